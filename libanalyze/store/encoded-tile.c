/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What can be done of storing a tile on any thread: compressing, histogram, pyramid. */
#include "store/encoded-tile.h"

/* Histogram, pyramid and extent of a class tile that is not all holes. */
static void encode_classes(AnzCodecContext *codec, AnzEncodedTile *encoded,
			   const guint8 *classes)
{
	g_autofree AnzPyramid *pyramid = g_new(AnzPyramid, 1);
	guint64 last = ANZ_TILE_PAGES;

	if (!anz_tile_histogram(classes, encoded->pages)) {
		encoded->bad_class = TRUE;
		return;
	}
	while (last > 0 && classes[last - 1] == ANZ_CLASS_HOLE)
		last--;
	encoded->end_pfn = (encoded->tile << ANZ_TILE_SHIFT) + last;
	anz_pyramid_build(classes, pyramid);
	encoded->pyramid = anz_pyramid_deflate(codec, pyramid);
	encoded->top = g_new(AnzPyramidTop, 1);
	anz_pyramid_get_top(pyramid, encoded->top);
}

AnzEncodedTile *anz_encoded_tile_new(AnzCodecContext *codec, AnzPlane plane, guint64 tile,
				     const void *values)
{
	AnzEncodedTile *encoded = g_new0(AnzEncodedTile, 1);

	encoded->plane = plane;
	encoded->tile = tile;
	encoded->is_default = anz_tile_is_default(plane, values);
	if (encoded->is_default)
		return encoded;
	if (plane == ANZ_PLANE_CLASS)
		encode_classes(codec, encoded, values);
	encoded->data = anz_tile_deflate(codec, plane, values);
	return encoded;
}

AnzEncodedTile *anz_encoded_tile_again(const AnzEncodedTile *like, guint64 tile)
{
	AnzEncodedTile *encoded = g_new0(AnzEncodedTile, 1);

	encoded->plane = like->plane;
	encoded->tile = tile;
	encoded->is_default = like->is_default;
	encoded->data = like->data ? g_byte_array_ref(like->data) : NULL;
	return encoded;
}

void anz_encoded_tile_free(AnzEncodedTile *encoded)
{
	if (!encoded)
		return;
	g_clear_pointer(&encoded->data, g_byte_array_unref);
	g_clear_pointer(&encoded->pyramid, g_byte_array_unref);
	g_free(encoded->top);
	g_free(encoded);
}
