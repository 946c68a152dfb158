/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sums of colours: 0xRRGGBB in sRGB, and in linear light where light is added up. */
#ifndef ANZ_PICTURE_COLOUR_H
#define ANZ_PICTURE_COLOUR_H

#include <analyze/picture.h>

/* schemas/palettes.tsv */
extern const guint32 anz_palette_table[ANZ_NR_PALETTES][ANZ_NR_CLASSES];
extern const guint32 anz_palette_backgrounds[ANZ_NR_PALETTES];
extern const guint32 anz_palette_lines[ANZ_NR_PALETTES];
extern const guint8 anz_palette_patterns[ANZ_NR_PALETTES][ANZ_NR_CLASSES];
extern const guint32 anz_palette_open[ANZ_NR_PALETTES];
extern const guint32 anz_palette_moves[ANZ_NR_PALETTES];
extern const guint32 anz_palette_blocker[ANZ_NR_PALETTES];
extern const guint32 anz_palette_blocked[ANZ_NR_PALETTES];

#define ANZ_HEAT_STEPS 256
/** Share of @step / %ANZ_HEAT_STEPS; from what free pages look like to nearly white, or black. */
guint32 anz_palette_heat(AnzPalette palette, guint32 ground, guint step);
/** A block without pages in the way of which @step / %ANZ_HEAT_STEPS are free. */
guint32 anz_palette_open_block(AnzPalette palette, guint step);
/** A block with pages in the way: %ANZ_HEAT_STEPS one page, 0 all pages, in steps of their logarithm. */
guint32 anz_palette_blocked_block(AnzPalette palette, guint step);

/** %TRUE where a palette tells classes by patterns at any size. */
gboolean anz_palette_is_textured(AnzPalette palette);
/** Colour of a pattern's lines on @colour. */
guint32 anz_pattern_ink(guint32 colour);
/** %TRUE if the pixel at @x, @y of the picture belongs to the lines. */
gboolean anz_pattern_at(AnzPattern pattern, gint64 x, gint64 y);

/** Light of one channel value, 0 to 65535. */
guint16 anz_colour_to_linear(guint8 value);
guint8 anz_colour_from_linear(guint light);

/** @colour with @percent of @other in it, as sRGB values. */
guint32 anz_colour_blend(guint32 colour, guint32 other, guint percent);
/** @colour with @percent of its chroma left, its lightness kept. */
guint32 anz_colour_fade(guint32 colour, guint percent);

#endif
