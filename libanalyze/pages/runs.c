/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs: the map as a list, broken where class, zone or migratetype changes. */
#include "pages/planes.h"

void anz_tile_runs(const AnzPlanes *planes, const AnzTile *tile, GArray *runs)
{
	guint64 base = tile->number << ANZ_TILE_SHIFT;
	AnzPageRun run = { .nr_pages = 0 };

	for (guint i = 0; i < ANZ_TILE_PAGES; i++) {
		guint8 migratetype = anz_tile_migratetype(planes, tile, i);

		if (!run.nr_pages || run.page_class != tile->page_class[i] ||
		    run.zone != tile->zone[i] || run.migratetype != migratetype) {
			if (run.nr_pages)
				g_array_append_val(runs, run);
			run = (AnzPageRun){ .pfn = base + i, .page_class = tile->page_class[i],
					    .zone = tile->zone[i], .migratetype = migratetype,
					    .order = tile->order[i] };
		}
		run.nr_pages++;
		if (run.order != tile->order[i])
			run.order = -1;
		run.mapped += !!(tile->attr[i] & ANZ_ATTR_MAPPED);
		run.excluded += !!(tile->attr[i] & ANZ_ATTR_CONTENT_EXCLUDED);
	}
	g_array_append_val(runs, run);
}

gboolean anz_page_run_join(AnzPageRun *run, const AnzPageRun *next)
{
	if (run->pfn + run->nr_pages != next->pfn || run->page_class != next->page_class ||
	    run->zone != next->zone || run->migratetype != next->migratetype)
		return FALSE;
	run->nr_pages += next->nr_pages;
	run->mapped += next->mapped;
	run->excluded += next->excluded;
	if (run->order != next->order)
		run->order = -1;
	return TRUE;
}
