/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Filling a sketch; what is done with one is in analyze/sketch.h. */
#ifndef ANZ_PAGES_SKETCH_H
#define ANZ_PAGES_SKETCH_H

#include <analyze/sketch.h>

#include "kernel/kernel.h"
#include "pages/planes.h"

/**
 * anz_sketch_new:
 * @numbers: of the tiles, ascending
 *
 * Returns: (transfer full): a sketch of which nothing is known.
 */
AnzSketch *anz_sketch_new(const guint64 *numbers, guint nr, guint64 max_pfn);

/**
 * anz_sketch_sample:
 * @image: of @kernel, or a clone
 *
 * Looks at some struct pages of every tile, fewer the more tiles there are: what it costs has a bound that
 * does not grow with memory.
 *
 * Returns: %FALSE if it was cancelled.
 */
gboolean anz_sketch_sample(AnzSketch *sketch, const AnzKernel *kernel, AnzImage *image,
			   const gint *cancel);

/** Takes over a tile that was decoded, before its heads are spread over what is behind them. */
void anz_sketch_take_tile(AnzSketch *sketch, const AnzTile *tile);

/** Numbers of the tiles (guint64), ascending, and the end of the map; borrowed. */
const guint64 *anz_sketch_numbers(const AnzSketch *sketch, guint *nr, guint64 *max_pfn);

#endif
