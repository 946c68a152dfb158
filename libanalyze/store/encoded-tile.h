/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A tile on its way from a worker to the writer: everything that is computed, nothing
 * stored.
 */
#ifndef ANZ_STORE_ENCODED_TILE_H
#define ANZ_STORE_ENCODED_TILE_H

#include "store/tiles.h"
#include "store/writer.h"

/**
 * AnzEncodedTile:
 * @is_default: not stored; all below is empty then
 * @data: blob of table tile
 * @pyramid: (class plane): blob of table pyramid
 * @top: (class plane): what table overview gets of it
 * @pages: (class plane): rows of table histogram
 * @end_pfn: (class plane): one past the last frame that is no hole
 * @bad_class: a class is not assigned
 */
struct AnzEncodedTile {
	AnzPlane plane;
	guint64 tile;
	gboolean is_default;
	GByteArray *data;
	GByteArray *pyramid;
	AnzPyramidTop *top;
	guint32 pages[ANZ_NR_CLASSES];
	guint64 end_pfn;
	gboolean bad_class;
};

#endif
