/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where the tiles of a map live: open, as arrays, or packed.  A map that fits its budget is never
 * packed; of a larger one the last tiles used are open and all others packed.
 */
#include "pages/planes-private.h"

#include <string.h>

#include "codec/codec.h"

/* page_class, order, zone and the two bytes of attr. */
#define OPEN_BYTES (5 * (gsize)ANZ_TILE_PAGES)
/* How many tiles a caller may have in hand. */
#define MIN_OPEN 8
/* Tiles are stretches of equal values; what counts is speed. */
#define PACK_LEVEL 1

struct AnzTilePacker {
	AnzCodecContext *codec;
	guint8 *scratch;
	gsize room;
	guint8 *spare;		/* arrays of a tile that was packed, for the next one */
};

AnzTilePacker *anz_tile_packer_new(void)
{
	AnzTilePacker *packer = g_new0(AnzTilePacker, 1);

	packer->codec = anz_codec_context_new();
	return packer;
}

void anz_tile_packer_free(AnzTilePacker *packer)
{
	if (!packer)
		return;
	anz_codec_context_free(packer->codec);
	g_free(packer->scratch);
	g_free(packer->spare);
	g_free(packer);
}

static void set_arrays(AnzTile *tile, guint8 *bytes)
{
	tile->page_class = bytes;
	tile->order = bytes + ANZ_TILE_PAGES;
	tile->zone = bytes + 2 * ANZ_TILE_PAGES;
	tile->attr = (guint16 *)(bytes + 3 * ANZ_TILE_PAGES);
}

static void close_tile(AnzTile *tile)
{
	g_clear_pointer(&tile->page_class, g_free);
	tile->order = tile->zone = NULL;
	tile->attr = NULL;
}

static void keep_arrays(AnzTile *tile, AnzTilePacker *packer)
{
	g_free(packer->spare);
	packer->spare = g_steal_pointer(&tile->page_class);
	close_tile(tile);
}

static void fill_holes(AnzTile *tile)
{
	memset(tile->page_class, ANZ_CLASS_HOLE, ANZ_TILE_PAGES);
	memset(tile->order, 0, ANZ_TILE_PAGES);
	memset(tile->zone, ANZ_NO_ZONE, ANZ_TILE_PAGES);
	memset(tile->attr, 0, ANZ_TILE_PAGES * sizeof(guint16));
}

gboolean anz_tile_open(AnzTile *tile, AnzTilePacker *packer)
{
	guint8 *bytes;

	if (tile->page_class)
		return TRUE;
	bytes = packer->spare ? g_steal_pointer(&packer->spare) : g_try_malloc(OPEN_BYTES);
	if (!bytes)
		return FALSE;
	set_arrays(tile, bytes);
	if (!tile->packed)
		fill_holes(tile);
	else if (!anz_codec_inflate(packer->codec, ANZ_CODEC_ZSTD, tile->packed, tile->packed_len,
				    bytes, OPEN_BYTES))
		close_tile(tile);
	return tile->page_class != NULL;
}

void anz_tile_pack(AnzTile *tile, AnzTilePacker *packer, gboolean changed)
{
	guint8 *packed;
	gsize len;

	if (tile->packed && !changed) {
		keep_arrays(tile, packer);
		return;
	}
	if (!packer->scratch) {
		packer->room = anz_codec_bound(OPEN_BYTES);
		packer->scratch = g_try_malloc(packer->room);
	}
	len = packer->scratch ? anz_codec_deflate(packer->codec, tile->page_class, OPEN_BYTES,
						  packer->scratch, packer->room, PACK_LEVEL) : 0;
	packed = len ? g_try_malloc(len) : NULL;
	/* Without memory to pack in, it stays as it is. */
	if (!packed)
		return;
	memcpy(packed, packer->scratch, len);
	g_free(tile->packed);
	tile->packed = packed;
	tile->packed_len = len;
	keep_arrays(tile, packer);
}

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
	/* Links are worth less than open tiles: the walks can read them from the dump. */
	planes->max_buddies = MIN(budget / 4 / sizeof(AnzBuddyRecord), G_MAXUINT / 2);
	planes->max_open = CLAMP(budget / 4 * 3 / OPEN_BYTES, MIN_OPEN, G_MAXUINT);
	planes->threads = 1;
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
		close_tile(&planes->all_tiles[i]);
		g_free(planes->all_tiles[i].packed);
		g_free(planes->all_tiles[i].block_type);
	}
	g_free(planes->all_tiles);
	g_array_unref(planes->buddies);
	g_array_unref(planes->suspects);
	anz_tile_packer_free(planes->packer);
	g_free(planes);
}

void anz_suspect_add(GArray *suspects, AnzDecodeStats *stats, AnzSuspect suspect)
{
	if (stats->suspects[suspect.kind]++ < ANZ_MAX_SUSPECTS)
		g_array_append_val(suspects, suspect);
}

gboolean anz_planes_fit(const AnzPlanes *planes)
{
	return planes->nr_tiles <= planes->max_open;
}

void anz_planes_close_all(AnzPlanes *planes)
{
	GList *link;

	while ((link = g_queue_pop_tail_link(&planes->in_use)))
		anz_tile_pack(link->data, planes->packer, TRUE);
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

/* What is open is the map's own business: to its users @const_planes does not change. */
AnzTile *anz_planes_tile_at(const AnzPlanes *const_planes, guint index)
{
	AnzPlanes *planes = (AnzPlanes *)const_planes;
	AnzTile *tile = &planes->all_tiles[index];

	if (tile->page_class && (anz_planes_fit(planes) || planes->in_use.head == &tile->use))
		return tile;
	if (anz_planes_fit(planes)) {
		if (!anz_tile_open(tile, planes->packer))
			g_error("no memory for %" G_GSIZE_FORMAT " bytes", OPEN_BYTES);
		return tile;
	}
	if (tile->page_class) {
		g_queue_unlink(&planes->in_use, &tile->use);
	} else {
		/* As many as the budget allows are open before and after. */
		if (planes->in_use.length >= planes->max_open)
			anz_tile_pack(g_queue_pop_tail_link(&planes->in_use)->data,
				      planes->packer, TRUE);
		if (!anz_tile_open(tile, planes->packer))
			g_error("no memory for %" G_GSIZE_FORMAT " bytes", OPEN_BYTES);
	}
	g_queue_push_head_link(&planes->in_use, &tile->use);
	return tile;
}

AnzTile *anz_planes_tile(const AnzPlanes *planes, guint64 pfn)
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
