/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One tile at one level, as colours, in the order of its frames. */
#ifndef ANZ_PICTURE_CELLS_H
#define ANZ_PICTURE_CELLS_H

#include <analyze/sketch.h>

/** Top byte of a cell's colour: opaque, less the number of its pattern. */
#define ANZ_CELL_PLAIN 0xff000000u
#define ANZ_CELL_PATTERN(pattern) (ANZ_CELL_PLAIN - ((guint32)(pattern) << 24))

/** AnzCells: what turns a tile into colours; private to one picture. */
typedef struct AnzCells AnzCells;

AnzCells *anz_cells_new(AnzStore *store, AnzStore *other);
/** Of a sketch (transfer none), which must outlive them. */
AnzCells *anz_cells_new_sketch(AnzSketch *sketch);
void anz_cells_free(AnzCells *cells);

/** @cache: (nullable): of the store's snapshot */
void anz_cells_set_cache(AnzCells *cells, AnzCellCache *cache);

/** Borrows @lit until the next call. */
void anz_cells_set_style(AnzCells *cells, const AnzPictureStyle *style, const AnzPageSet *lit);

/**
 * anz_cells_colour:
 * @level: 0 to 8
 *
 * Returns: (transfer none): 65536 >> 2 * @level colours, valid until the next call; %NULL with @error.
 */
const guint32 *anz_cells_colour(AnzCells *cells, guint64 tile, guint level, GError **error);

#endif
