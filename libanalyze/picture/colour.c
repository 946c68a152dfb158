/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Palettes and the few sums that are done with colours. */
#include "picture/colour.h"

#include <math.h>

#include <analyze/sketch.h>

static const char *const palette_names[ANZ_NR_PALETTES] = { "dark", "light", "contrast", "mono" };
static const char *const mode_names[ANZ_NR_CELL_MODES] = {
	"dominant", "mixed", "heat", "any", "owner", "cgroup", "filesystem", "fragmentation", "change"
};
static const char *const overlay_names[ANZ_NR_OVERLAYS] = {
	"section", "migratetype", "block", "zone", "node"
};

static int from_name(const char *const *names, guint n, const char *name)
{
	for (guint i = 0; i < n; i++)
		if (!g_strcmp0(names[i], name))
			return (int)i;
	return -1;
}

const char *anz_palette_name(guint palette)
{
	return palette < ANZ_NR_PALETTES ? palette_names[palette] : NULL;
}

int anz_palette_from_name(const char *name)
{
	return from_name(palette_names, ANZ_NR_PALETTES, name);
}

/* A file system goes by the least number of its files' owners (see cells.c). */
const char *anz_cell_mode_groups(guint mode)
{
	switch (mode) {
	case ANZ_CELL_OWNER:
		return "SELECT id, CASE WHEN name LIKE kind || '%' THEN name ELSE kind || ' ' || name END, "
		       "pages FROM owners WHERE snapshot = :snapshot AND pages > 0 ORDER BY pages DESC, id";
	case ANZ_CELL_CGROUP:
		return "SELECT owner, cgroup, pages FROM cgroups WHERE snapshot = :snapshot AND pages > 0 "
		       "ORDER BY pages DESC, owner";
	case ANZ_CELL_FILESYSTEM:
		return "SELECT min(owner), coalesce(fs, '?') || coalesce(' ' || device, ''), sum(pages) "
		       "FROM files WHERE snapshot = :snapshot GROUP BY fs, device HAVING sum(pages) > 0 "
		       "ORDER BY 3 DESC, 1";
	default:
		return NULL;
	}
}

const char *anz_cell_mode_name(guint mode)
{
	return mode < ANZ_NR_CELL_MODES ? mode_names[mode] : NULL;
}

int anz_cell_mode_from_name(const char *name)
{
	return from_name(mode_names, ANZ_NR_CELL_MODES, name);
}

const char *anz_overlay_name(guint overlay)
{
	return overlay < ANZ_NR_OVERLAYS ? overlay_names[overlay] : NULL;
}

int anz_overlay_from_name(const char *name)
{
	return from_name(overlay_names, ANZ_NR_OVERLAYS, name);
}

guint32 anz_palette_colour(AnzPalette palette, AnzPageClass page_class)
{
	if ((guint)palette >= ANZ_NR_PALETTES || (guint)page_class >= ANZ_NR_CLASSES)
		return 0;
	return anz_palette_table[palette][page_class];
}

guint32 anz_palette_background(AnzPalette palette)
{
	return (guint)palette < ANZ_NR_PALETTES ? anz_palette_backgrounds[palette] : 0;
}

guint32 anz_palette_unknown(AnzPalette palette)
{
	return anz_colour_blend(anz_palette_background(palette), anz_palette_is_light(palette) ? 0 : 0xffffff,
				14);
}

gboolean anz_palette_is_light(AnzPalette palette)
{
	return (anz_palette_background(palette) >> 8 & 0xff) >= 0x80;
}

gboolean anz_palette_is_textured(AnzPalette palette)
{
	return palette == ANZ_PALETTE_MONO;
}

/* Hues a golden angle apart never meet again; every third is darker, every third lighter. */
guint32 anz_palette_owner_colour(AnzPalette palette, guint32 owner)
{
	const guint hue = (guint)((guint64)owner * 137508 / 1000 % 360);
	const guint rise = hue % 60 * 255 / 59;
	const guint32 wheel[6] = {
		0xff0000 | rise << 8, (255 - rise) << 16 | 0x00ff00, 0x00ff00 | rise,
		(255 - rise) << 8 | 0x0000ff, rise << 16 | 0x0000ff, 0xff0000 | (255 - rise),
	};
	const guint32 pure = wheel[hue / 60 % 6];
	static const guint32 greys[7] = { 0xd0d0d0, 0xa9a9a9, 0x898989, 0x6f6f6f, 0x535353, 0x353535,
					  0x151515 };

	if (palette == ANZ_PALETTE_MONO)
		return greys[(guint64)owner * 2 % 7];
	if (owner % 3 == 0)
		return anz_colour_blend(pure, 0x808080, 40);
	if (owner % 3 == 1)
		return anz_colour_blend(pure, 0xffffff, palette == ANZ_PALETTE_LIGHT ? 20 : 45);
	return anz_colour_blend(pure, 0x000000, palette == ANZ_PALETTE_LIGHT ? 45 : 30);
}

/* --- ramps --- */

guint32 anz_palette_heat(AnzPalette palette, guint32 ground, guint step)
{
	const guint32 warm = anz_palette_colour(palette, ANZ_CLASS_ANON);
	const guint32 hot = palette == ANZ_PALETTE_MONO ? 0x000000 :
		palette == ANZ_PALETTE_LIGHT ? 0x7a0000 : 0xfff6c8;
	const guint percent = 100 * step / ANZ_HEAT_STEPS;

	if (!step)
		return ground;
	/* anything but none is seen */
	return percent < 50 ? anz_colour_blend(ground, warm, 35 + percent * 13 / 10) :
		anz_colour_blend(warm, hot, (percent - 50) * 2);
}

guint32 anz_palette_open_block(AnzPalette palette, guint step)
{
	return anz_colour_blend(anz_palette_moves[palette], anz_palette_open[palette],
				100 * step / ANZ_HEAT_STEPS);
}

guint32 anz_palette_blocked_block(AnzPalette palette, guint step)
{
	return anz_colour_blend(anz_palette_blocked[palette], anz_palette_blocker[palette],
				100 * step / ANZ_HEAT_STEPS);
}

/* --- patterns --- */

AnzPattern anz_palette_pattern(AnzPalette palette, AnzPageClass page_class)
{
	if ((guint)palette >= ANZ_NR_PALETTES || (guint)page_class >= ANZ_NR_CLASSES)
		return ANZ_PATTERN_NONE;
	return anz_palette_patterns[palette][page_class];
}

guint32 anz_pattern_ink(guint32 colour)
{
	guint green = colour >> 8 & 0xff, red = colour >> 16 & 0xff;

	return anz_colour_blend(colour & 0xffffff, red + green < 0xa0 ? 0xffffff : 0, 65);
}

gboolean anz_pattern_at(AnzPattern pattern, gint64 x, gint64 y)
{
	switch (pattern) {
	case ANZ_PATTERN_HATCH:
		return ((x + y) & 3) == 0;
	case ANZ_PATTERN_BACK:
		return ((x - y) & 3) == 0;
	case ANZ_PATTERN_DOTS:
		return ((x & 3) | (y & 3)) == 0;
	case ANZ_PATTERN_LINES:
		return (y & 3) == 0;
	case ANZ_PATTERN_BARS:
		return (x & 3) == 0;
	case ANZ_PATTERN_GRID:
		return (x & 3) == 0 || (y & 3) == 0;
	case ANZ_PATTERN_CHECKS:
		return ((x ^ y) & 2) != 0;
	default:
		return FALSE;
	}
}

guint32 anz_pattern_pixel(guint32 colour, AnzPattern pattern, gint64 x, gint64 y)
{
	return 0xff000000u | (anz_pattern_at(pattern, x, y) ? anz_pattern_ink(colour) :
			      colour & 0xffffff);
}

void anz_picture_style_init(AnzPictureStyle *style, AnzPalette palette)
{
	*style = (AnzPictureStyle){ .size = sizeof(*style), .palette = palette, .grid = TRUE };
	for (guint c = 0; c < ANZ_NR_CLASSES; c++)
		style->colours[c] = anz_palette_colour(palette, c);
}

guint16 anz_colour_to_linear(guint8 value)
{
	double v = value / 255.0;

	v = v <= 0.04045 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4);
	return (guint16)lround(v * 65535);
}

guint8 anz_colour_from_linear(guint light)
{
	double v = MIN(light, 65535u) / 65535.0;

	v = v <= 0.0031308 ? v * 12.92 : 1.055 * pow(v, 1 / 2.4) - 0.055;
	return (guint8)lround(v * 255);
}

guint32 anz_colour_blend(guint32 colour, guint32 other, guint percent)
{
	guint32 out = 0;

	for (guint shift = 0; shift < 24; shift += 8) {
		guint a = colour >> shift & 0xff, b = other >> shift & 0xff;

		out |= ((a * (100 - percent) + b * percent + 50) / 100) << shift;
	}
	return out;
}

guint32 anz_colour_fade(guint32 colour, guint percent)
{
	guint r = colour >> 16 & 0xff, g = colour >> 8 & 0xff, b = colour & 0xff;
	guint grey = (r * 54 + g * 183 + b * 19) / 256;

	return anz_colour_blend(grey << 16 | grey << 8 | grey, colour, percent);
}
