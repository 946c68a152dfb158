/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tiles as bytes: planes, their compression, histogram and pyramid of the class plane. */
#include "store/tiles.h"

#include <string.h>

/*
 * Planes are stretches of equal values: on such data the levels 2 and 3 are no smaller.
 */
#define TILE_LEVEL 1

static const struct {
	const char *name;
	guint8 width;
	guint8 fill; /* every byte of a default value */
} planes[ANZ_NR_PLANES] = {
	[ANZ_PLANE_CLASS] = { "class", 1, ANZ_CLASS_HOLE },
	[ANZ_PLANE_ORDER] = { "order", 1, 0 },
	[ANZ_PLANE_ATTR] = { "attr", 2, 0 },
	[ANZ_PLANE_MIGRATETYPE] = { "migratetype", 1, 255 },
	[ANZ_PLANE_ZONE] = { "zone", 1, 255 },
	[ANZ_PLANE_FLAGS] = { "flags", 4, 0 },
	[ANZ_PLANE_REFCOUNT] = { "refcount", 4, 0 },
	[ANZ_PLANE_MAPCOUNT] = { "mapcount", 4, 0 },
	[ANZ_PLANE_OWNER] = { "owner", 4, 0 },
	[ANZ_PLANE_CGROUP] = { "cgroup", 4, 0 },
	[ANZ_PLANE_GENERATION] = { "generation", 1, 0 },
	[ANZ_PLANE_LRU_REFS] = { "lru_refs", 1, 0 },
};

guint anz_plane_width(AnzPlane plane)
{
	return (guint)plane < ANZ_NR_PLANES ? planes[plane].width : 0;
}

const char *anz_plane_name(AnzPlane plane)
{
	return (guint)plane < ANZ_NR_PLANES ? planes[plane].name : NULL;
}

void anz_tile_fill(AnzPlane plane, void *values, gsize n)
{
	memset(values, planes[plane].fill, n * planes[plane].width);
}

gboolean anz_tile_is_default(AnzPlane plane, const void *values)
{
	const guint8 *bytes = values;
	gsize len = (gsize)ANZ_TILE_PAGES * planes[plane].width;

	/*
	 * If the first byte is the fill and each byte equals the one before it, all are.
	 */
	return bytes[0] == planes[plane].fill && memcmp(bytes, bytes + 1, len - 1) == 0;
}

#if G_BYTE_ORDER == G_BIG_ENDIAN
static void swap_values(guint width, void *values)
{
	if (width == 2) {
		for (guint16 *v = values, *end = v + ANZ_TILE_PAGES; v < end; v++)
			*v = GUINT16_SWAP_LE_BE(*v);
	} else if (width == 4) {
		for (guint32 *v = values, *end = v + ANZ_TILE_PAGES; v < end; v++)
			*v = GUINT32_SWAP_LE_BE(*v);
	}
}
#endif

static gboolean classes_are_assigned(const guint8 *classes, gsize n)
{
	guint8 top = 0;

	for (gsize i = 0; i < n; i++)
		top = MAX(top, classes[i]);
	return top < ANZ_NR_CLASSES;
}

gboolean anz_tile_inflate(AnzCodecContext *codec, AnzPlane plane, const void *data,
			  gsize len, void *values)
{
	if (!anz_codec_inflate(codec, ANZ_CODEC_ZSTD, data, len, values,
			       (gsize)ANZ_TILE_PAGES * planes[plane].width))
		return FALSE;
#if G_BYTE_ORDER == G_BIG_ENDIAN
	swap_values(planes[plane].width, values);
#endif
	return plane != ANZ_PLANE_CLASS || classes_are_assigned(values, ANZ_TILE_PAGES);
}

static GByteArray *deflate(AnzCodecContext *codec, const void *bytes, gsize len)
{
	gsize room = anz_codec_bound(len), used;
	g_autoptr(GByteArray) out = g_byte_array_sized_new(room);

	g_byte_array_set_size(out, room);
	used = anz_codec_deflate(codec, bytes, len, out->data, room, TILE_LEVEL);
	if (!used)
		return NULL;
	g_byte_array_set_size(out, used);
	return g_steal_pointer(&out);
}

GByteArray *anz_tile_deflate(AnzCodecContext *codec, AnzPlane plane, const void *values)
{
	gsize len = (gsize)ANZ_TILE_PAGES * planes[plane].width;
#if G_BYTE_ORDER == G_BIG_ENDIAN
	g_autofree void *swapped = g_memdup2(values, len);

	swap_values(planes[plane].width, swapped);
	return deflate(codec, swapped, len);
#else
	return deflate(codec, values, len);
#endif
}

gboolean anz_tile_histogram(const guint8 *classes, guint32 pages[ANZ_NR_CLASSES])
{
	/*
	 * Four rows of counters: runs of one class would else wait for their own last
	 * increment.
	 */
	guint32 rows[4][256] = { 0 };

	if (!classes_are_assigned(classes, ANZ_TILE_PAGES))
		return FALSE;
	for (gsize i = 0; i < ANZ_TILE_PAGES; i += 4) {
		for (guint j = 0; j < 4; j++)
			rows[j][classes[i + j]]++;
	}
	for (guint c = 0; c < ANZ_NR_CLASSES; c++)
		pages[c] = rows[0][c] + rows[1][c] + rows[2][c] + rows[3][c];
	return TRUE;
}

guint anz_pyramid_offset(guint level)
{
	/* 65536/4 + 65536/16 + ... of the levels below. */
	return (ANZ_TILE_PAGES - (ANZ_TILE_PAGES >> (2 * (level - 1)))) / 3;
}

/* Counts of one cell per level while the frames are gone through. */
typedef struct {
	guint32 set;
	guint32 pages[32];
} Cell;

static void cell_add(Cell *cell, guint page_class, guint32 pages)
{
	if (!(cell->set & (1u << page_class))) {
		cell->set |= 1u << page_class;
		cell->pages[page_class] = 0;
	}
	cell->pages[page_class] += pages;
}

static guint8 cell_dominant(const Cell *cell)
{
	guint32 most = 0;
	guint8 dominant = 0;

	for (guint32 left = cell->set; left; left &= left - 1) {
		guint c = (guint)__builtin_ctz(left);

		if (cell->pages[c] > most) {
			most = cell->pages[c];
			dominant = (guint8)c;
		}
	}
	return dominant;
}

/*
 * Writes the finished cell number @index of @level, adds it to the level above and
 * empties it.
 */
static void cell_finish(AnzPyramid *pyramid, Cell *cells, guint level, guint index)
{
	Cell *cell = &cells[level];
	guint at = anz_pyramid_offset(level) + index;

	pyramid->dominant[at] = cell_dominant(cell);
	pyramid->set[at] = cell->set;
	if (level < ANZ_PYRAMID_TILE_LEVELS) {
		for (guint32 left = cell->set; left; left &= left - 1) {
			guint c = (guint)__builtin_ctz(left);

			cell_add(&cells[level + 1], c, cell->pages[c]);
		}
	}
	cell->set = 0;
}

/* Fills all cells of the levels 1 to @level below the uniform cell @index of @level. */
static void fill_uniform(AnzPyramid *pyramid, guint level, guint index, guint8 page_class)
{
	for (guint l = 1; l <= level; l++) {
		guint shift = 2 * (level - l);
		guint first = anz_pyramid_offset(l) + (index << shift);

		memset(&pyramid->dominant[first], page_class, (gsize)1 << shift);
		for (guint i = 0; i < 1u << shift; i++)
			pyramid->set[first + i] = 1u << page_class;
	}
}

void anz_pyramid_build(const guint8 *classes, AnzPyramid *pyramid)
{
	enum { BLOCK_LEVEL = 4, BLOCK = 1 << (2 * BLOCK_LEVEL) };
	Cell cells[ANZ_PYRAMID_TILE_LEVELS + 1];

	for (guint l = 0; l <= ANZ_PYRAMID_TILE_LEVELS; l++)
		cells[l].set = 0;
	for (guint block = 0; block < ANZ_TILE_PAGES / BLOCK; block++) {
		const guint8 *c = classes + block * BLOCK;

		if (memcmp(c, c + 1, BLOCK - 1) == 0) {
			/* Most of memory: 256 frames alike. */
			fill_uniform(pyramid, BLOCK_LEVEL, block, c[0]);
			cell_add(&cells[BLOCK_LEVEL + 1], c[0], BLOCK);
		} else {
			for (guint i = 0; i < BLOCK; i++) {
				guint end = block * BLOCK + i + 1;

				cell_add(&cells[1], c[i], 1);
				for (guint l = 1;
				     l <= BLOCK_LEVEL && end % (1u << 2 * l) == 0; l++)
					cell_finish(pyramid, cells, l,
						    (end >> 2 * l) - 1);
			}
		}
		for (guint l = BLOCK_LEVEL + 1; l <= ANZ_PYRAMID_TILE_LEVELS; l++) {
			guint end = (block + 1) * BLOCK;

			if (end % (1u << 2 * l))
				break;
			cell_finish(pyramid, cells, l, (end >> 2 * l) - 1);
		}
	}
}

void anz_pyramid_get_top(const AnzPyramid *pyramid, AnzPyramidTop *top)
{
	guint first = anz_pyramid_offset(ANZ_PYRAMID_TOP_LEVEL);

	memcpy(top->dominant, pyramid->dominant + first, sizeof(top->dominant));
	memcpy(top->set, pyramid->set + first, sizeof(top->set));
}

void anz_overview_clear(AnzPyramid *overview)
{
	memset(overview->dominant, ANZ_CLASS_HOLE, sizeof(overview->dominant));
	for (guint i = 0; i < ANZ_PYRAMID_TILE_CELLS; i++)
		overview->set[i] = 1u << ANZ_CLASS_HOLE;
}

void anz_overview_set(AnzPyramid *overview, guint64 tile, const AnzPyramidTop *top)
{
	guint within = tile & ((1u << ANZ_OVERVIEW_TILE_SHIFT) - 1);
	guint top_first = anz_pyramid_offset(ANZ_PYRAMID_TOP_LEVEL);

	for (guint level = ANZ_PYRAMID_TOP_LEVEL; level <= ANZ_PYRAMID_TILE_LEVELS; level++) {
		guint n = ANZ_TILE_PAGES >> (2 * level);
		guint from = anz_pyramid_offset(level) - top_first;
		guint to = anz_pyramid_offset(level - ANZ_OVERVIEW_LEVELS) + within * n;

		memcpy(overview->dominant + to, top->dominant + from, n);
		memcpy(overview->set + to, top->set + from, n * sizeof(*top->set));
	}
}

GByteArray *anz_pyramid_deflate(AnzCodecContext *codec, const AnzPyramid *pyramid)
{
	g_autofree guint8 *bytes = g_malloc(ANZ_PYRAMID_BYTES);

	memcpy(bytes, pyramid->dominant, ANZ_PYRAMID_TILE_CELLS);
	for (guint i = 0; i < ANZ_PYRAMID_TILE_CELLS; i++) {
		guint32 le = GUINT32_TO_LE(pyramid->set[i]);

		memcpy(bytes + ANZ_PYRAMID_TILE_CELLS + 4 * (gsize)i, &le, 4);
	}
	return deflate(codec, bytes, ANZ_PYRAMID_BYTES);
}

gboolean anz_pyramid_inflate(AnzCodecContext *codec, const void *data, gsize len,
			     AnzPyramid *pyramid)
{
	g_autofree guint8 *bytes = g_malloc(ANZ_PYRAMID_BYTES);

	if (!anz_codec_inflate(codec, ANZ_CODEC_ZSTD, data, len, bytes,
			       ANZ_PYRAMID_BYTES) ||
	    !classes_are_assigned(bytes, ANZ_PYRAMID_TILE_CELLS))
		return FALSE;
	memcpy(pyramid->dominant, bytes, ANZ_PYRAMID_TILE_CELLS);
	for (guint i = 0; i < ANZ_PYRAMID_TILE_CELLS; i++) {
		guint32 le;

		memcpy(&le, bytes + ANZ_PYRAMID_TILE_CELLS + 4 * (gsize)i, 4);
		pyramid->set[i] = GUINT32_FROM_LE(le);
	}
	return TRUE;
}
