/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Tiles as bytes: compressing and inflating 65536 values of a plane, and what is derived
 * from the class plane.  Knows nothing of SQLite; the formats are described in
 * schemas/catalogue.sql.
 */
#ifndef ANZ_STORE_TILES_H
#define ANZ_STORE_TILES_H

#include <analyze/store.h>

#include "codec/codec.h"

/* Largest number of bytes in a tile: 65536 values of 32 bits. */
#define ANZ_TILE_MAX_BYTES (ANZ_TILE_PAGES * 4)

/* Cells of the levels 1 to 8 of one tile: 16384 + 4096 + ... + 1. */
#define ANZ_PYRAMID_TILE_LEVELS 8
#define ANZ_PYRAMID_TILE_CELLS 21845

typedef struct {
	guint8 dominant[ANZ_PYRAMID_TILE_CELLS];
	guint32 set[ANZ_PYRAMID_TILE_CELLS];
} AnzPyramid;

/* Bytes of an inflated pyramid blob. */
#define ANZ_PYRAMID_BYTES (ANZ_PYRAMID_TILE_CELLS * 5)

/* Cells of the levels 3 to 8 of one tile: 1024 + 256 + ... + 1; the last of a pyramid's. */
#define ANZ_PYRAMID_TOP_LEVEL 3
#define ANZ_PYRAMID_TOP_CELLS 1365

typedef struct {
	guint8 dominant[ANZ_PYRAMID_TOP_CELLS];
	guint32 set[ANZ_PYRAMID_TOP_CELLS];
} AnzPyramidTop;

/* An overview is a pyramid over the tops of 16 tiles: its level L is their level L + 2. */
#define ANZ_OVERVIEW_TILE_SHIFT 4
#define ANZ_OVERVIEW_LEVELS 2

/** Fills @values with @n default values of @plane (class hole, 255 or 0). */
void anz_tile_fill(AnzPlane plane, void *values, gsize n);

/** %TRUE if all ANZ_TILE_PAGES @values are the default of @plane. */
gboolean anz_tile_is_default(AnzPlane plane, const void *values);

/**
 * anz_tile_inflate:
 * @data: blob of table tile
 * @values: (out caller-allocated): ANZ_TILE_PAGES values in host byte order
 *
 * Returns: %FALSE if the blob is damaged or holds a class that is not assigned; @values
 * is then undefined.
 */
gboolean anz_tile_inflate(AnzCodecContext *codec, AnzPlane plane, const void *data,
			  gsize len, void *values);

/** Compresses a tile; (transfer full).  %NULL only if zstd cannot get memory. */
GByteArray *anz_tile_deflate(AnzCodecContext *codec, AnzPlane plane, const void *values);

/** Pages of each class in a tile.  %FALSE if a class is not assigned. */
gboolean anz_tile_histogram(const guint8 *classes, guint32 pages[ANZ_NR_CLASSES]);

/** First cell of @level (1 to ANZ_PYRAMID_TILE_LEVELS) in the arrays of a pyramid. */
guint anz_pyramid_offset(guint level);

/** Derives the pyramid of a tile, whose classes must all be assigned. */
void anz_pyramid_build(const guint8 *classes, AnzPyramid *pyramid);

/** The levels of @pyramid from %ANZ_PYRAMID_TOP_LEVEL up. */
void anz_pyramid_get_top(const AnzPyramid *pyramid, AnzPyramidTop *top);

/** Makes an overview of holes. */
void anz_overview_clear(AnzPyramid *overview);
/** Puts the top of tile @tile into the overview of the part that it belongs to. */
void anz_overview_set(AnzPyramid *overview, guint64 tile, const AnzPyramidTop *top);

GByteArray *anz_pyramid_deflate(AnzCodecContext *codec, const AnzPyramid *pyramid);
gboolean anz_pyramid_inflate(AnzCodecContext *codec, const void *data, gsize len,
			     AnzPyramid *pyramid);

#endif
