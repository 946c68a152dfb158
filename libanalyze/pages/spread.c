/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Second pass, over class and order bytes only: tails take their head's class, free blocks cover the
 * frames behind their first page.  State carries over tile ends, because gigantic pages do; it ends
 * where frame numbers stop being consecutive.
 */
#include "pages/planes.h"

/* Attributes that belong to a folio as a whole and stand on its head. */
#define FOLIO_ATTRS (ANZ_ATTR_DIRTY | ANZ_ATTR_WRITEBACK | ANZ_ATTR_LOCKED | \
		     ANZ_ATTR_LRU | ANZ_ATTR_ACTIVE | ANZ_ATTR_UNEVICTABLE | ANZ_ATTR_MLOCKED)

typedef struct {
	guint64 head;		/* frame */
	guint64 left;		/* frames still to come of the block or compound page */
	gboolean is_block;	/* free, guard or unaccepted block: covers whatever stands there */
	guint8 page_class;
	guint8 order;
	guint16 attr;
} Cover;

static gboolean covers_blindly(guint8 page_class)
{
	return page_class == ANZ_CLASS_FREE || page_class == ANZ_CLASS_GUARD ||
	       page_class == ANZ_CLASS_UNACCEPTED;
}

/* A struct page that is not in the dump may well have been a tail. */
static gboolean is_unseen(guint8 code)
{
	return code == ANZ_CLASS_EXCLUDED || code == ANZ_CLASS_UNREADABLE;
}

static void begin_cover(Cover *cover, const AnzTile *tile, guint i)
{
	*cover = (Cover){ .head = (tile->number << ANZ_TILE_SHIFT) + i };
	if (!(tile->attr[i] & ANZ_ATTR_HEAD))
		return;
	cover->page_class = tile->page_class[i];
	cover->order = tile->order[i];
	cover->attr = tile->attr[i] & FOLIO_ATTRS;
	if (tile->attr[i] & ANZ_ATTR_WHOLE_MAPPED)
		cover->attr |= ANZ_ATTR_MAPPED;
	tile->attr[i] &= ~ANZ_ATTR_WHOLE_MAPPED;
	cover->is_block = covers_blindly(cover->page_class);
	cover->left = (1ull << cover->order) - 1;
}

static void note(AnzPlanes *planes, AnzSuspectKind kind, const AnzTile *tile, guint i,
		 const Cover *cover)
{
	anz_suspect_add(planes->suspects, &planes->stats, (AnzSuspect){
		.kind = kind, .pfn = (tile->number << ANZ_TILE_SHIFT) + i, .head = cover->head,
		.expected = cover->order });
}

static void spread_tile(AnzPlanes *planes, AnzTile *tile, Cover *cover)
{
	for (guint i = 0; i < ANZ_TILE_PAGES; i++) {
		guint8 code = tile->page_class[i];

		if (cover->left && cover->is_block) {
			/*
			 * Interior words of a free block are stale and mean nothing, but another
			 * block's head inside is a contradiction.  A struct page that is not in the
			 * dump is inside the block all the same.
			 */
			if (code == ANZ_CLASS_FREE && tile->attr[i] & ANZ_ATTR_HEAD)
				note(planes, ANZ_SUSPECT_BLOCK_INSIDE, tile, i, cover);
			tile->page_class[i] = cover->page_class;
			tile->order[i] = cover->order;
			tile->attr[i] = (tile->attr[i] & ANZ_ATTR_HWPOISON) | ANZ_ATTR_TAIL;
			cover->left--;
			continue;
		}
		if (cover->left && (code == ANZ_CODE_TAIL || is_unseen(code))) {
			tile->order[i] = cover->order;
			cover->left--;
			if (is_unseen(code))
				continue;
			tile->page_class[i] = cover->page_class;
			tile->attr[i] |= cover->attr;
			continue;
		}
		if (code == ANZ_CODE_TAIL) {
			note(planes, ANZ_SUSPECT_ORPHAN_TAIL, tile, i, cover);
			tile->page_class[i] = ANZ_CLASS_UNKNOWN_TYPE;
			continue;
		}
		if (cover->left) {
			if (code != ANZ_CLASS_HOLE && code != ANZ_CLASS_OFFLINE)
				note(planes, ANZ_SUSPECT_CUT, tile, i, cover);
			cover->left = 0;
		}
		if (tile->attr[i] & ANZ_ATTR_HEAD)
			begin_cover(cover, tile, i);
	}
}

void anz_planes_spread(AnzPlanes *planes)
{
	Cover cover = { 0 };
	guint64 number = 0;

	for (guint i = 0; i < planes->nr_tiles; i++) {
		AnzTile *tile = anz_planes_edit_at(planes, i);

		if (i && tile->number != number + 1)
			cover.left = 0;
		number = tile->number;
		spread_tile(planes, tile, &cover);
	}
}
