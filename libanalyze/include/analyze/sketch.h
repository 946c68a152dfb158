/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What can be seen of a machine's memory before all of it was read: a class for every 256 frames, first from a
 * sample spread evenly over all memory, then, tile by tile, from the frames themselves.  A preview of an
 * analysis (AnzAnalyzeOptions) follows once every frame has its class.
 */
#ifndef ANALYZE_SKETCH_H
#define ANALYZE_SKETCH_H

#include <analyze/picture.h>

G_BEGIN_DECLS

#define ANZ_SKETCH_CELL_PAGES 256
#define ANZ_SKETCH_TILE_CELLS (ANZ_TILE_PAGES / ANZ_SKETCH_CELL_PAGES)
/** Class of a cell of which nothing is known yet. */
#define ANZ_SKETCH_UNKNOWN 0xff

/** AnzSketch: filled by the analysis, looked at by any thread meanwhile. */
typedef struct AnzSketch AnzSketch;

AnzSketch *anz_sketch_ref(AnzSketch *sketch);
void anz_sketch_unref(AnzSketch *sketch);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AnzSketch, anz_sketch_unref)

/**
 * anz_sketch_tiles:
 * @total: (out) (nullable): tiles that some memory section touches
 *
 * Returns: tiles of which the frames themselves were read; it never falls.
 */
guint anz_sketch_tiles(AnzSketch *sketch, guint *total);

/** Frames of the map: memory ends before this one. */
guint64 anz_sketch_max_pfn(const AnzSketch *sketch);
/** In bytes; 0 until the sample was begun. */
guint64 anz_sketch_page_size(AnzSketch *sketch);

/** Pages that the sample looked at, of all tiles together. */
guint64 anz_sketch_sampled_pages(AnzSketch *sketch);

/**
 * anz_sketch_read:
 * @tile: its number, pfn >> %ANZ_TILE_SHIFT
 * @cells: (out caller-allocated): %ANZ_SKETCH_TILE_CELLS classes (AnzPageClass), each the most frequent of a
 *	sample of its frames, or %ANZ_SKETCH_UNKNOWN
 *
 * Returns: %TRUE if the tile's own frames were read.
 */
gboolean anz_sketch_read(AnzSketch *sketch, guint64 tile, guint8 *cells);

/**
 * anz_sketch_count:
 * @cells: (out caller-allocated): cells of each class, %ANZ_NR_CLASSES of them
 *
 * Returns: how many cells are of a class that is known, holes aside.
 */
guint64 anz_sketch_count(AnzSketch *sketch, guint64 *cells);

/** As anz_geometry_new(); @options->other is not used. */
AnzGeometry *anz_geometry_new_sketch(AnzSketch *sketch, const AnzGeometryOptions *options, GError **error);

/**
 * anz_picture_new_sketch:
 *
 * A picture of what is known so far: every paint looks anew.  Whatever the style, it shows dominant classes
 * without overlays, and what is not known yet in anz_palette_unknown(), hatched.
 */
AnzPicture *anz_picture_new_sketch(AnzSketch *sketch, AnzGeometry *geometry);

/** Colour of what is not known yet, 0xRRGGBB. */
guint32 anz_palette_unknown(AnzPalette palette);

G_END_DECLS

#endif
