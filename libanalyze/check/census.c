/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Counting the planes: per class, and per class, zone and migratetype. */
#include <string.h>

#include "check/census.h"

#define NR_KEYS (256u * 256u)	/* zone and migratetype, a byte each */

AnzCensus *anz_census_take(const AnzPlanes *planes, const AnzKernel *kernel)
{
	AnzCensus *census = g_new0(AnzCensus, 1);
	/* A row of counts per (zone, migratetype) met, made on demand. */
	g_autofree guint64 **rows = g_new0(guint64 *, NR_KEYS);
	guint64 seen = 0;

	census->max_pfn = planes->max_pfn;
	for (guint t = 0; t < planes->nr_tiles; t++) {
		const AnzTile *tile = &planes->tiles[t];
		guint64 base = tile->number << ANZ_TILE_SHIFT;
		guint nr = MIN(ANZ_TILE_PAGES, planes->max_pfn - base);

		for (guint i = 0; i < nr; i++) {
			guint8 page_class = tile->page_class[i];
			guint key = anz_tile_zone(tile, i) << 8 |
				    anz_tile_migratetype(planes, tile, i);

			if (!rows[key])
				rows[key] = g_new0(guint64, ANZ_NR_CLASSES);
			rows[key][page_class]++;
			census->mapped[page_class] += !!(tile->attr[i] & ANZ_ATTR_MAPPED);
			census->excluded[page_class] +=
				!!(tile->attr[i] & ANZ_ATTR_CONTENT_EXCLUDED);
		}
		seen += nr;
	}
	census->cells = g_array_new(FALSE, TRUE, sizeof(AnzCensusCell));
	for (guint key = 0; key < NR_KEYS; key++) {
		for (guint c = 0; rows[key] && c < ANZ_NR_CLASSES; c++) {
			AnzCensusCell cell = { .zone = key >> 8, .migratetype = key & 0xff,
					       .page_class = c, .nr_pages = rows[key][c] };

			census->pages[c] += rows[key][c];
			if (rows[key][c] && c != ANZ_CLASS_HOLE)
				g_array_append_val(census->cells, cell);
		}
		g_free(rows[key]);
	}
	census->pages[ANZ_CLASS_HOLE] += planes->max_pfn - seen;
	return census;
}

void anz_census_free(AnzCensus *census)
{
	if (!census)
		return;
	g_array_unref(census->cells);
	g_free(census);
}
