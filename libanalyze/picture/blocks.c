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

guint32 anz_block_colour(AnzPalette palette, const AnzBlockUse *use, guint n)
{
	if (!use->stays)
		return anz_palette_open_block(palette, (guint)((guint64)use->free * ANZ_HEAT_STEPS / n));
	if (n == 1)
		return anz_palette_blocked_block(palette, 0);
	return anz_palette_blocked_block(palette,
		(guint)lround(ANZ_HEAT_STEPS * log2((double)n / use->stays) / log2(n)));
}
