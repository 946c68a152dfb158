/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Free memory is of use to huge pages in whole pageblocks only.  A block without pages in the way can be
 * made free by moving what is in use, and the less of it is, the sooner; one with a single page in the way is
 * the sad case, for which that page's owner is to be found; one that is full of such pages is no loss.  So
 * there are two ramps, and the second goes by the logarithm of how many pages are in the way.
 */
#include "picture/blocks.h"

#include <math.h>
#include <string.h>

#include "picture/colour.h"

static AnzMobility mobility(guint page_class)
{
	const AnzPageClassInfo *info = anz_page_class_info(page_class);

	return info ? info->mobility : ANZ_MOBILITY_ABSENT;
}

guint32 anz_block_stays_set(void)
{
	guint32 set = 0;

	for (guint c = 0; c < ANZ_NR_CLASSES; c++)
		if (mobility(c) == ANZ_MOBILITY_STAYS)
			set |= 1u << c;
	return set;
}

void anz_block_measure(const guint8 *classes, guint n, AnzBlockUse *use)
{
	guint count[ANZ_NR_CLASSES] = { 0 }, absent = 0;

	*use = (AnzBlockUse){ 0 };
	/* most blocks are all alike */
	if (n > 1 && !memcmp(classes, classes + 1, n - 1)) {
		count[classes[0]] = n;
	} else {
		for (guint i = 0; i < n; i++)
			count[classes[i]]++;
	}
	for (guint c = 0; c < ANZ_NR_CLASSES; c++) {
		if (!count[c])
			continue;
		use->set |= 1u << c;
		switch (mobility(c)) {
		case ANZ_MOBILITY_FREE:
			use->free += count[c];
			break;
		case ANZ_MOBILITY_STAYS:
			use->stays += count[c];
			break;
		case ANZ_MOBILITY_ABSENT:
			absent += count[c];
			break;
		default:
			break;
		}
	}
	use->absent = absent == n;
	use->stays += absent;
}

static void count_block(const guint8 *classes, guint n, AnzBlockCount *count)
{
	AnzBlockUse use;

	anz_block_measure(classes, n, &use);
	if (use.absent)
		return;
	count->blocks++;
	count->free_pages += use.free;
	count->cannot_move += use.stays;
	count->in_the_way |= use.set & anz_block_stays_set();
	if (use.stays)
		count->blocked_blocks++;
	else if (use.free == n)
		count->free_blocks++;
	else
		count->open_blocks++;
}

guint32 anz_block_colour(AnzPalette palette, const AnzBlockUse *use, guint n)
{
	if (!use->stays)
		return anz_palette_open_block(palette, (guint)((guint64)use->free * ANZ_HEAT_STEPS / n));
	if (n == 1)
		return anz_palette_blocked_block(palette, 0);
	return anz_palette_blocked_block(palette,
		(guint)lround(ANZ_HEAT_STEPS * log2((double)n / use->stays) / log2(n)));
}

guint anz_store_read_blocks(AnzStore *store, guint64 pfn, guint64 nr_pages, AnzBlockCount *count,
			    GError **error)
{
	const guint64 end = MIN(pfn + MIN(nr_pages, G_MAXUINT64 - pfn), anz_store_max_pfn(store));
	g_autofree guint8 *classes = NULL;
	guint64 order;

	*count = (AnzBlockCount){ 0 };
	if (!anz_store_meta_uint(store, "format.pageblock_order", &order) || !order ||
	    order > ANZ_TILE_SHIFT) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_ARGUMENT,
			    "the analysis does not say how large a pageblock is; choose another mode");
		return 0;
	}
	classes = pfn < end ? g_malloc(ANZ_TILE_PAGES) : NULL;
	for (; pfn < end; pfn += ANZ_TILE_PAGES) {
		guint64 nr = MIN(ANZ_TILE_PAGES, (end - pfn + (1u << order) - 1) >> order << order);

		/* what lies behind the map is read as holes */
		if (!anz_store_read_plane(store, ANZ_PLANE_CLASS, pfn, nr, classes, error))
			return 0;
		for (guint64 b = 0; b < nr >> order; b++)
			count_block(classes + (b << order), 1u << order, count);
	}
	return (guint)order;
}
