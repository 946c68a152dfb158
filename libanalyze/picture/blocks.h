/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Pageblocks by what compaction could make of them: the colours of ANZ_CELL_FRAGMENTATION. */
#ifndef ANZ_PICTURE_BLOCKS_H
#define ANZ_PICTURE_BLOCKS_H

#include <analyze/picture.h>

/**
 * AnzBlockUse: the pages of one pageblock
 * @free: on free lists
 * @stays: in the way of one large free block; what is no memory counts with them
 * @absent: there is no page at all
 * @set: classes that occur
 */
typedef struct {
	guint free, stays;
	gboolean absent;
	guint32 set;
} AnzBlockUse;

/** @classes: of the @n pages of a block. */
void anz_block_measure(const guint8 *classes, guint n, AnzBlockUse *use);

/** Colour of a block of @n pages that is not absent, 0xRRGGBB. */
guint32 anz_block_colour(AnzPalette palette, const AnzBlockUse *use, guint n);

/** Classes whose pages compaction cannot move. */
guint32 anz_block_stays_set(void);

#endif
