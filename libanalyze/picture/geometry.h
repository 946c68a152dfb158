/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which tile has which place in the picture. */
#ifndef ANZ_PICTURE_GEOMETRY_H
#define ANZ_PICTURE_GEOMETRY_H

#include "picture/curve.h"

/** Level of a zoom: 4^level frames a cell. */
static inline guint anz_zoom_level(int zoom)
{
	return zoom < 0 ? (guint)-zoom : 0;
}

/** Width of a cell in pixels. */
static inline guint anz_zoom_cell_px(int zoom)
{
	return zoom > 0 ? 1u << zoom : 1;
}

const AnzCurveTables *anz_geometry_tables(const AnzGeometry *geometry);

/**
 * anz_geometry_tile_at:
 * @column: of the grid of tiles
 * @is_break: tiles before this one were left out
 *
 * %FALSE if no tile has that place.
 */
gboolean anz_geometry_tile_at(const AnzGeometry *geometry, guint64 column, guint64 row,
			      guint64 *tile, gboolean *is_break);

#endif
