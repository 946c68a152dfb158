/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sums of colours: 0xRRGGBB in sRGB, and in linear light where light is added up. */
#ifndef ANZ_PICTURE_COLOUR_H
#define ANZ_PICTURE_COLOUR_H

#include <analyze/picture.h>

/* schemas/palettes.tsv */
extern const guint32 anz_palette_table[ANZ_NR_PALETTES][ANZ_NR_CLASSES];
extern const guint32 anz_palette_backgrounds[ANZ_NR_PALETTES];
extern const guint32 anz_palette_lines[ANZ_NR_PALETTES];
extern const guint32 anz_palette_hatched;

/** Light of one channel value, 0 to 65535. */
guint16 anz_colour_to_linear(guint8 value);
guint8 anz_colour_from_linear(guint light);

/** @colour with @percent of @other in it, as sRGB values. */
guint32 anz_colour_blend(guint32 colour, guint32 other, guint percent);
/** @colour with @percent of its chroma left, its lightness kept. */
guint32 anz_colour_fade(guint32 colour, guint percent);

#endif
