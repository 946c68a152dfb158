/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A tile that is not in use, in a few KiB.  Memory comes in blocks, so most frames equal the one before
 * them: a tile is first told as stretches of equal frames, some thousands, and these are compressed.
 * That is several times as fast as compressing the arrays, which is done only where nearly every frame
 * is another.
 */
#include "pages/planes-private.h"

#include <string.h>

#include "codec/codec.h"

/* With more, the stretches are no smaller than the arrays compress to. */
#define MAX_STRETCHES (ANZ_TILE_PAGES / 4)
/* Lengths less one and attr, two bytes each; class, order and zone. */
#define STRETCH_BYTES 7
/* Fills go by eight bytes and may reach over the end of the last array. */
#define ROOM_BYTES (ANZ_TILE_OPEN_BYTES + 8)
/* What counts is speed. */
#define PACK_LEVEL 1

struct AnzTilePacker {
	AnzCodecContext *codec;
	guint8 *scratch;	/* for what comes out of the codec */
	gsize room;
	guint8 *stretches;	/* MAX_STRETCHES */
	guint8 *spare;		/* arrays of a tile that was packed, for the next one */
};

/* A tile as stretches, each property in an array of its own. */
typedef struct {
	guint16 *length, *attr;	/* length less one */
	guint8 *page_class, *order, *zone;
} Stretches;

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
	g_free(packer->stretches);
	g_free(packer->spare);
	g_free(packer);
}

static gboolean have_scratch(AnzTilePacker *packer)
{
	packer->room = anz_codec_bound(ANZ_TILE_OPEN_BYTES);
	if (!packer->scratch)
		packer->scratch = g_try_malloc(packer->room);
	if (!packer->stretches)
		packer->stretches = g_try_malloc(MAX_STRETCHES * STRETCH_BYTES);
	return packer->scratch && packer->stretches;
}

/* The arrays of @nr stretches in @bytes. */
static Stretches stretches_in(guint8 *bytes, guint nr)
{
	return (Stretches){ .length = (guint16 *)bytes, .attr = (guint16 *)bytes + nr,
			    .page_class = bytes + 4 * nr, .order = bytes + 5 * nr,
			    .zone = bytes + 6 * nr };
}

static guint64 load_eight(const void *from)
{
	guint64 eight;

	memcpy(&eight, from, sizeof(eight));
	return eight;
}

#define EIGHT_TIMES(byte) ((byte) * G_GUINT64_CONSTANT(0x0101010101010101))
#define FOUR_TIMES(two) ((two) * G_GUINT64_CONSTANT(0x0001000100010001))

/* The first frame behind @i that differs from it. */
static guint stretch_end(const AnzTile *tile, guint i)
{
	const guint8 page_class = tile->page_class[i], order = tile->order[i], zone = tile->zone[i];
	const guint16 attr = tile->attr[i];
	const guint64 classes = EIGHT_TIMES(page_class), orders = EIGHT_TIMES(order);
	const guint64 zones = EIGHT_TIMES(zone), attrs = FOUR_TIMES(attr);

	for (i++; i + 8 <= ANZ_TILE_PAGES; i += 8)
		if ((load_eight(tile->page_class + i) ^ classes) | (load_eight(tile->order + i) ^ orders) |
		    (load_eight(tile->zone + i) ^ zones) | (load_eight(tile->attr + i) ^ attrs) |
		    (load_eight(tile->attr + i + 4) ^ attrs))
			break;
	while (i < ANZ_TILE_PAGES && tile->page_class[i] == page_class && tile->order[i] == order &&
	       tile->zone[i] == zone && tile->attr[i] == attr)
		i++;
	return i;
}

/* Returns how many stretches there are, of which those below @room were written. */
static guint find_stretches(const AnzTile *tile, const Stretches *to, guint room)
{
	guint nr = 0;

	for (guint i = 0, end; i < ANZ_TILE_PAGES; i = end, nr++) {
		if (nr == room)
			return room + 1;
		end = stretch_end(tile, i);
		to->length[nr] = end - i - 1;
		to->attr[nr] = tile->attr[i];
		to->page_class[nr] = tile->page_class[i];
		to->order[nr] = tile->order[i];
		to->zone[nr] = tile->zone[i];
	}
	return nr;
}

/* What one fill writes over its end, the next one writes again. */
static void fill_bytes(guint8 *to, const guint16 *length, const guint8 *values, guint nr)
{
	for (guint i = 0; i < nr; i++) {
		guint64 eight = EIGHT_TIMES(values[i]);
		guint8 *end = to + length[i] + 1;

		for (guint8 *at = to; at < end; at += 8)
			memcpy(at, &eight, sizeof(eight));
		to = end;
	}
}

static void fill_words(guint16 *to, const guint16 *length, const guint16 *values, guint nr)
{
	for (guint i = 0; i < nr; i++) {
		guint64 four = FOUR_TIMES(values[i]);
		guint16 *end = to + length[i] + 1;

		for (guint16 *at = to; at < end; at += 4)
			memcpy(at, &four, sizeof(four));
		to = end;
	}
}

static void set_arrays(AnzTile *tile, guint8 *bytes)
{
	tile->page_class = bytes;
	tile->order = bytes + ANZ_TILE_PAGES;
	tile->zone = bytes + 2 * ANZ_TILE_PAGES;
	tile->attr = (guint16 *)(bytes + 3 * ANZ_TILE_PAGES);
}

/* As the arrays lie behind each other, the end of each is written after the fills of the one before. */
static void fill_tile(AnzTile *tile, guint8 *bytes, guint nr)
{
	const Stretches from = stretches_in(bytes, nr);

	fill_bytes(tile->page_class, from.length, from.page_class, nr);
	fill_bytes(tile->order, from.length, from.order, nr);
	fill_bytes(tile->zone, from.length, from.zone, nr);
	fill_words(tile->attr, from.length, from.attr, nr);
}

void anz_tile_close(AnzTile *tile)
{
	g_clear_pointer(&tile->page_class, g_free);
	tile->order = tile->zone = NULL;
	tile->attr = NULL;
}

static void keep_arrays(AnzTile *tile, AnzTilePacker *packer)
{
	g_free(packer->spare);
	packer->spare = g_steal_pointer(&tile->page_class);
	anz_tile_close(tile);
}

static void fill_holes(AnzTile *tile)
{
	memset(tile->page_class, ANZ_CLASS_HOLE, ANZ_TILE_PAGES);
	memset(tile->order, 0, ANZ_TILE_PAGES);
	memset(tile->zone, ANZ_NO_ZONE, ANZ_TILE_PAGES);
	memset(tile->attr, 0, ANZ_TILE_PAGES * sizeof(guint16));
}

static gboolean unpack(AnzTile *tile, AnzTilePacker *packer)
{
	guint nr = tile->nr_stretches;

	if (!nr)
		return anz_codec_inflate(packer->codec, ANZ_CODEC_ZSTD, tile->packed, tile->packed_len,
					 tile->page_class, ANZ_TILE_OPEN_BYTES);
	if (!have_scratch(packer) ||
	    !anz_codec_inflate(packer->codec, ANZ_CODEC_ZSTD, tile->packed, tile->packed_len,
			       packer->stretches, nr * STRETCH_BYTES))
		return FALSE;
	fill_tile(tile, packer->stretches, nr);
	return TRUE;
}

gboolean anz_tile_open(AnzTile *tile, AnzTilePacker *packer)
{
	guint8 *bytes;

	if (tile->page_class)
		return TRUE;
	bytes = packer->spare ? g_steal_pointer(&packer->spare) : g_try_malloc(ROOM_BYTES);
	if (!bytes)
		return FALSE;
	set_arrays(tile, bytes);
	if (!tile->packed)
		fill_holes(tile);
	else if (!unpack(tile, packer))
		anz_tile_close(tile);
	return tile->page_class != NULL;
}

/* Into the packer's scratch; how many bytes, 0 if that fails. */
static gsize pack(const AnzTile *tile, AnzTilePacker *packer, guint *nr_stretches)
{
	Stretches wide = stretches_in(packer->stretches, MAX_STRETCHES), narrow;
	guint nr = find_stretches(tile, &wide, MAX_STRETCHES);

	*nr_stretches = nr > MAX_STRETCHES ? 0 : nr;
	if (nr > MAX_STRETCHES)
		return anz_codec_deflate(packer->codec, tile->page_class, ANZ_TILE_OPEN_BYTES,
					 packer->scratch, packer->room, PACK_LEVEL);
	/* Together, now that their number is known. */
	narrow = stretches_in(packer->stretches, nr);
	memmove(narrow.attr, wide.attr, nr * sizeof(guint16));
	memmove(narrow.page_class, wide.page_class, nr);
	memmove(narrow.order, wide.order, nr);
	memmove(narrow.zone, wide.zone, nr);
	return anz_codec_deflate(packer->codec, packer->stretches, nr * STRETCH_BYTES, packer->scratch,
				 packer->room, PACK_LEVEL);
}

void anz_tile_pack(AnzTile *tile, AnzTilePacker *packer, gboolean changed)
{
	guint nr_stretches;
	guint8 *packed;
	gsize len;

	if (tile->packed && !changed) {
		keep_arrays(tile, packer);
		return;
	}
	len = have_scratch(packer) ? pack(tile, packer, &nr_stretches) : 0;
	packed = len ? g_try_malloc(len) : NULL;
	/* Without memory to pack in, it stays as it is. */
	if (!packed)
		return;
	memcpy(packed, packer->scratch, len);
	g_free(tile->packed);
	tile->packed = packed;
	tile->packed_len = len;
	tile->nr_stretches = nr_stretches;
	keep_arrays(tile, packer);
}
