/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs: the map as a list, broken where class, zone or migratetype changes. */
#include "pages/planes.h"

void anz_planes_runs(const AnzPlanes *planes, void (*func)(const AnzPageRun *run, gpointer data),
		     gpointer data)
{
	AnzPageRun run = { .nr_pages = 0 };

	for (guint t = 0; t < planes->nr_tiles; t++) {
		const AnzTile *tile = &planes->tiles[t];
		guint64 base = tile->number << ANZ_TILE_SHIFT;

		for (guint i = 0; i < ANZ_TILE_PAGES; i++) {
			guint8 page_class = tile->page_class[i];
			guint8 zone = anz_tile_zone(tile, i);
			guint8 migratetype = anz_tile_migratetype(planes, tile, i);

			if (!run.nr_pages || run.page_class != page_class || run.zone != zone ||
			    run.migratetype != migratetype || run.pfn + run.nr_pages != base + i) {
				if (run.nr_pages && run.page_class != ANZ_CLASS_HOLE)
					func(&run, data);
				run = (AnzPageRun){ .pfn = base + i, .page_class = page_class,
						    .zone = zone, .migratetype = migratetype,
						    .order = tile->order[i] };
			}
			run.nr_pages++;
			if (run.order != tile->order[i])
				run.order = -1;
			run.mapped += !!(tile->attr[i] & ANZ_ATTR_MAPPED);
			run.excluded += !!(tile->attr[i] & ANZ_ATTR_CONTENT_EXCLUDED);
		}
	}
	if (run.nr_pages && run.page_class != ANZ_CLASS_HOLE)
		func(&run, data);
}
