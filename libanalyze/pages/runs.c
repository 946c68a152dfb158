/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs: the map as a list, broken where class, zone or migratetype changes. */
#include <string.h>

#include "pages/planes.h"

/* How many of @n bytes from @p on are equal to the first one. */
static guint same_bytes(const guint8 *p, guint n)
{
	guint64 first = p[0] * 0x0101010101010101ull, eight;
	guint i = 0;

	for (; i + 8 <= n; i += 8) {
		memcpy(&eight, p + i, sizeof(eight));
		if (eight != first)
			break;
	}
	while (i < n && p[i] == p[0])
		i++;
	return i;
}

/* What a run of @n frames from frame @i of the tile on holds. */
static void count_run(const AnzTile *tile, guint i, guint n, AnzPageRun *run)
{
	guint mapped = 0, excluded = 0;

	for (guint k = i; k < i + n; k++) {
		mapped += tile->attr[k] / ANZ_ATTR_MAPPED & 1;
		excluded += tile->attr[k] / ANZ_ATTR_CONTENT_EXCLUDED & 1;
	}
	run->mapped = mapped;
	run->excluded = excluded;
	run->order = same_bytes(tile->order + i, n) == n ? tile->order[i] : -1;
}

void anz_tile_runs(const AnzPlanes *planes, const AnzTile *tile, GArray *runs)
{
	guint64 base = tile->number << ANZ_TILE_SHIFT;
	guint block = 1u << MIN(planes->pageblock_order, ANZ_TILE_SHIFT), n;

	for (guint i = 0; i < ANZ_TILE_PAGES; i += n) {
		guint8 migratetype = anz_tile_migratetype(planes, tile, i);
		AnzPageRun run = { .pfn = base + i, .page_class = tile->page_class[i],
				   .zone = tile->zone[i], .migratetype = migratetype };

		/* To the end of the pageblock, and over blocks of the same type. */
		n = block - i % block;
		while (i + n < ANZ_TILE_PAGES &&
		       anz_tile_migratetype(planes, tile, i + n) == migratetype)
			n += block;
		n = same_bytes(tile->page_class + i, n);
		n = same_bytes(tile->zone + i, n);
		run.nr_pages = n;
		count_run(tile, i, n, &run);
		g_array_append_val(runs, run);
	}
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
