/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where the tiles of a map live: open, as arrays, or packed.  A map that fits its budget is never
 * packed.  Of a larger one the first tiles stay open, for a pass goes over all of them each time and would find
 * none of those that were used last; of the rest the last ones used are open and all others packed.
 */
#include "pages/planes-private.h"

#include <string.h>

/* How many tiles a caller may have in hand. */
#define MIN_OPEN 8
/* The part of open tiles that changes, one of so many: for passes, a tile each thread, and for walks. */
#define ROVING_SHARE 4

AnzPlanes *anz_planes_new(const guint64 *numbers, guint nr, guint pageblock_order,
			  guint64 budget_bytes)
{
	AnzPlanes *planes = g_new0(AnzPlanes, 1);
	guint64 budget = budget_bytes ? budget_bytes : ANZ_PLANES_DEFAULT_BUDGET;
	gsize nr_blocks = ANZ_TILE_PAGES >> MIN(pageblock_order, ANZ_TILE_SHIFT);

	planes->nr_tiles = nr;
	planes->all_tiles = g_new0(AnzTile, nr);
	planes->pageblock_order = pageblock_order;
	planes->max_pfn = nr ? (numbers[nr - 1] + 1) << ANZ_TILE_SHIFT : 0;
	planes->buddies = g_array_new(FALSE, FALSE, sizeof(AnzBuddyRecord));
	planes->suspects = g_array_new(FALSE, FALSE, sizeof(AnzSuspect));
	/*
	 * Links are worth less than open tiles: the walks can read them from the dump.  Arrays grow to
	 * powers of two, so what they take is bounded by one.
	 */
	planes->max_buddies = MIN((1ull << (g_bit_storage(MAX(budget / 4, 1)) - 1)) /
				  sizeof(AnzBuddyRecord), G_MAXUINT / 2);
	planes->max_open = CLAMP(budget / 4 * 3 / ANZ_TILE_OPEN_BYTES, MIN_OPEN, G_MAXUINT);
	planes->nr_kept = nr <= planes->max_open ? nr :
			  planes->max_open - MAX(planes->max_open / ROVING_SHARE, MIN_OPEN);
	planes->threads = 1;
	planes->room = anz_spool_room_new(budget / 2);
	planes->packer = anz_tile_packer_new();
	for (guint i = 0; i < nr; i++) {
		AnzTile *tile = &planes->all_tiles[i];

		tile->number = numbers[i];
		tile->block_type = g_malloc(nr_blocks);
		memset(tile->block_type, ANZ_NO_MIGRATETYPE, nr_blocks);
		tile->use.data = tile;
	}
	return planes;
}

void anz_planes_free(AnzPlanes *planes)
{
	if (!planes)
		return;
	for (guint i = 0; i < planes->nr_tiles; i++) {
		anz_tile_close(&planes->all_tiles[i]);
		g_free(planes->all_tiles[i].packed);
		g_free(planes->all_tiles[i].block_type);
	}
	g_free(planes->all_tiles);
	g_array_unref(planes->buddies);
	g_array_unref(planes->suspects);
	anz_spool_room_unref(planes->room);
	anz_tile_packer_free(planes->packer);
	g_free(planes);
}

void anz_suspect_add(GArray *suspects, AnzDecodeStats *stats, AnzSuspect suspect)
{
	if (stats->suspects[suspect.kind]++ < ANZ_MAX_SUSPECTS)
		g_array_append_val(suspects, suspect);
}

static void put_away(AnzPlanes *planes, AnzTile *tile)
{
	anz_tile_pack(tile, planes->packer, tile->is_edited);
	tile->is_edited = tile->page_class && tile->is_edited;
}

void anz_planes_close_all(AnzPlanes *planes)
{
	GList *link;

	while ((link = g_queue_pop_tail_link(&planes->in_use)))
		put_away(planes, link->data);
}

gint anz_planes_find(const AnzPlanes *planes, guint64 pfn)
{
	guint64 number = pfn >> ANZ_TILE_SHIFT;
	guint low = 0, high = planes->nr_tiles;

	/* Without holes between them, a tile's place follows from its number. */
	if (high && number >= planes->all_tiles[0].number &&
	    number - planes->all_tiles[0].number < high &&
	    planes->all_tiles[number - planes->all_tiles[0].number].number == number)
		return number - planes->all_tiles[0].number;
	while (low < high) {
		guint middle = low + (high - low) / 2;

		if (planes->all_tiles[middle].number < number)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == planes->nr_tiles || planes->all_tiles[low].number != number)
		return -1;
	return low;
}

static AnzTile *open_at(AnzPlanes *planes, guint index)
{
	AnzTile *tile = &planes->all_tiles[index];

	if (tile->page_class && (index < planes->nr_kept || planes->in_use.head == &tile->use))
		return tile;
	if (index < planes->nr_kept) {
		if (!anz_tile_open(tile, planes->packer))
			g_error("no memory for %" G_GSIZE_FORMAT " bytes", ANZ_TILE_OPEN_BYTES);
		return tile;
	}
	if (tile->page_class) {
		g_queue_unlink(&planes->in_use, &tile->use);
	} else {
		/* As many as the budget allows are open before and after. */
		if (planes->in_use.length >= planes->max_open - planes->nr_kept)
			put_away(planes, g_queue_pop_tail_link(&planes->in_use)->data);
		if (!anz_tile_open(tile, planes->packer))
			g_error("no memory for %" G_GSIZE_FORMAT " bytes", ANZ_TILE_OPEN_BYTES);
	}
	g_queue_push_head_link(&planes->in_use, &tile->use);
	return tile;
}

AnzTile *anz_planes_edit_at(AnzPlanes *planes, guint index)
{
	AnzTile *tile = open_at(planes, index);

	tile->is_edited = TRUE;
	return tile;
}

AnzTile *anz_planes_edit(AnzPlanes *planes, guint64 pfn)
{
	gint index = anz_planes_find(planes, pfn);

	return index < 0 ? NULL : anz_planes_edit_at(planes, index);
}

/* What is open is the map's own business: to its users @planes does not change. */
const AnzTile *anz_planes_tile_at(const AnzPlanes *planes, guint index)
{
	return open_at((AnzPlanes *)planes, index);
}

const AnzTile *anz_planes_tile(const AnzPlanes *planes, guint64 pfn)
{
	gint index = anz_planes_find(planes, pfn);

	return index < 0 ? NULL : anz_planes_tile_at(planes, index);
}

static int compare_buddies(gconstpointer a, gconstpointer b)
{
	const AnzBuddyRecord *left = a, *right = b;

	return (left->pfn > right->pfn) - (left->pfn < right->pfn);
}

const AnzBuddyRecord *anz_planes_buddy(const AnzPlanes *planes, guint64 pfn)
{
	AnzBuddyRecord key = { .pfn = pfn };

	if (!planes->buddies->len)
		return NULL;
	return bsearch(&key, planes->buddies->data, planes->buddies->len, sizeof(key),
		       compare_buddies);
}
