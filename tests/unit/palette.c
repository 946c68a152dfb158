/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Colours of page classes must differ for everybody: each palette is looked at with usual sight and as
 * people with protanopia, deuteranopia and tritanopia see it (Machado, Oliveira and Fernandes 2009,
 * severity 1), and the difference is CIEDE2000's (Sharma, Wu and Dalal 2005).
 */
#include <math.h>

#include <analyze/analyze.h>

#include "picture/colour.h"

typedef struct {
	double l, a, b;
} Lab;

static const double sights[][3][3] = {
	{ { 1, 0, 0 }, { 0, 1, 0 }, { 0, 0, 1 } },
	{ { 0.152286, 1.052583, -0.204868 }, { 0.114503, 0.786281, 0.099216 },
	  { -0.003882, -0.048116, 1.051998 } },
	{ { 0.367322, 0.860646, -0.227968 }, { 0.280085, 0.672501, 0.047413 },
	  { -0.011820, 0.042940, 0.968881 } },
	{ { 1.255528, -0.076749, -0.178779 }, { -0.078411, 0.930809, 0.147602 },
	  { 0.004733, 0.691367, 0.303900 } },
};

static double lab_root(double t)
{
	return t > 0.008856 ? cbrt(t) : 7.787 * t + 16.0 / 116;
}

static Lab lab_of(guint32 colour, guint sight)
{
	double seen[3], linear[3];

	for (guint i = 0; i < 3; i++)
		linear[i] = anz_colour_to_linear(colour >> (16 - 8 * i) & 0xff) / 65535.0;
	for (guint i = 0; i < 3; i++) {
		seen[i] = 0;
		for (guint j = 0; j < 3; j++)
			seen[i] += sights[sight][i][j] * linear[j];
		seen[i] = CLAMP(seen[i], 0, 1);
	}

	double x = (0.4124 * seen[0] + 0.3576 * seen[1] + 0.1805 * seen[2]) / 0.95047;
	double y = 0.2126 * seen[0] + 0.7152 * seen[1] + 0.0722 * seen[2];
	double z = (0.0193 * seen[0] + 0.1192 * seen[1] + 0.9505 * seen[2]) / 1.08883;

	return (Lab){ 116 * lab_root(y) - 16, 500 * (lab_root(x) - lab_root(y)),
		      200 * (lab_root(y) - lab_root(z)) };
}

static double degrees(double b, double a)
{
	double angle = atan2(b, a) * 180 / G_PI;

	return angle < 0 ? angle + 360 : angle;
}

static double sine(double angle)
{
	return sin(angle * G_PI / 180);
}

static double cosine(double angle)
{
	return cos(angle * G_PI / 180);
}

static double difference(Lab p, Lab q)
{
	double mean7 = pow((hypot(p.a, p.b) + hypot(q.a, q.b)) / 2, 7);
	double g = 1 + 0.5 * (1 - sqrt(mean7 / (mean7 + pow(25, 7))));
	double c1 = hypot(p.a * g, p.b), c2 = hypot(q.a * g, q.b), c = (c1 + c2) / 2;
	double h1 = degrees(p.b, p.a * g), h2 = degrees(q.b, q.a * g), dh = h2 - h1, h = h1 + h2;

	if (c1 * c2 == 0)
		dh = 0;
	else if (fabs(dh) > 180)
		dh += dh > 0 ? -360 : 360;
	if (c1 * c2 != 0)
		h = fabs(h1 - h2) <= 180 ? h / 2 : h < 360 ? h / 2 + 180 : h / 2 - 180;

	double l = (p.l + q.l) / 2 - 50, c7 = pow(c, 7);
	double t = 1 - 0.17 * cosine(h - 30) + 0.24 * cosine(2 * h) + 0.32 * cosine(3 * h + 6) -
		0.2 * cosine(4 * h - 63);
	double dl = (q.l - p.l) / (1 + 0.015 * l * l / sqrt(20 + l * l));
	double dc = (c2 - c1) / (1 + 0.045 * c);
	double dH = 2 * sqrt(c1 * c2) * sine(dh / 2) / (1 + 0.015 * c * t);
	double turn = -sine(60 * exp(-pow((h - 275) / 25, 2))) * 2 * sqrt(c7 / (c7 + pow(25, 7)));

	return sqrt(dl * dl + dc * dc + dH * dH + turn * dc * dH);
}

/* Pairs of the paper's table of test data. */
static void test_difference(void)
{
	static const struct {
		Lab p, q;
		double expected;
	} pairs[] = {
		{ { 50, 2.6772, -79.7751 }, { 50, 0, -82.7485 }, 2.0425 },
		{ { 50, -1, 2 }, { 50, 0, 0 }, 2.3669 },
		{ { 50, 2.5, 0 }, { 61, -5, 29 }, 22.8977 },
		{ { 60.2574, -34.0099, 36.2677 }, { 60.4626, -34.1751, 39.4387 }, 1.2644 },
		{ { 2.0776, 0.0795, -1.135 }, { 0.9033, -0.0636, -0.5514 }, 0.9082 },
	};

	for (guint i = 0; i < G_N_ELEMENTS(pairs); i++)
		g_assert_cmpfloat_with_epsilon(difference(pairs[i].p, pairs[i].q),
					       pairs[i].expected, 0.0001);
}

/* Classes that fill most of a machine and so lie beside each other. */
static const AnzPageClass common[] = {
	ANZ_CLASS_FREE, ANZ_CLASS_FREE_PCP, ANZ_CLASS_FILE, ANZ_CLASS_SHMEM, ANZ_CLASS_ANON,
	ANZ_CLASS_SLAB, ANZ_CLASS_PAGE_TABLE, ANZ_CLASS_KERNEL_OTHER, ANZ_CLASS_RESERVED,
	ANZ_CLASS_HOLE, ANZ_CLASS_HUGETLB, ANZ_CLASS_KERNEL_IMAGE, ANZ_CLASS_HWPOISON,
};

static void hold_apart(guint palette, guint a, guint b, double least)
{
	for (guint sight = 0; sight < G_N_ELEMENTS(sights); sight++) {
		double d = difference(lab_of(anz_palette_colour(palette, a), sight),
				      lab_of(anz_palette_colour(palette, b), sight));

		if (d < least)
			g_error("palette %s, sight %u: %s and %s differ by %.1f, less than %.1f",
				anz_palette_name(palette), sight, anz_page_class_info(a)->name,
				anz_page_class_info(b)->name, d, least);
	}
}

static void test_palettes(void)
{
	for (guint palette = 0; palette < ANZ_PALETTE_MONO; palette++) {
		for (guint i = 0; i < G_N_ELEMENTS(common); i++)
			for (guint j = i + 1; j < G_N_ELEMENTS(common); j++)
				/* what is hatched is told by that too */
				hold_apart(palette, common[i], common[j],
					   anz_palette_pattern(palette, common[i]) ||
					   anz_palette_pattern(palette, common[j]) ? 7.5 : 10);
		for (guint a = 0; a < ANZ_NR_CLASSES; a++)
			for (guint b = a + 1; b < ANZ_NR_CLASSES; b++)
				hold_apart(palette, a, b, 3.4);
	}
}

/* Greys are few: classes of one pattern differ in grey, others are told by the pattern. */
static void test_mono(void)
{
	const guint palette = ANZ_PALETTE_MONO;

	for (guint a = 0; a < ANZ_NR_CLASSES; a++) {
		guint32 colour = anz_palette_colour(palette, a);
		AnzPattern pattern = anz_palette_pattern(palette, a);
		gboolean grey = (colour >> 16) == (colour & 0xff) && (colour >> 8 & 0xff) == (colour & 0xff);

		/* only what is broken has a colour */
		g_assert_true(grey == (pattern != ANZ_PATTERN_HATCH));
		for (guint sight = 0; pattern && sight < G_N_ELEMENTS(sights); sight++)
			g_assert_cmpfloat(difference(lab_of(colour, sight),
						     lab_of(anz_pattern_ink(colour), sight)), >, 15);
		for (guint b = a + 1; b < ANZ_NR_CLASSES; b++)
			if (anz_palette_pattern(palette, b) == pattern)
				hold_apart(palette, a, b, 9);
	}
}

/* Patterns differ in every square of four pixels, wherever it begins. */
static void test_patterns(void)
{
	for (guint p = 0; p < ANZ_NR_PATTERNS; p++) {
		for (gint64 x = -5; x < 5; x++)
			for (gint64 y = -5; y < 5; y++)
				g_assert_true(anz_pattern_at(p, x, y) == anz_pattern_at(p, x + 4, y + 4));
		for (guint q = p + 1; q < ANZ_NR_PATTERNS; q++) {
			guint same = 0;

			for (guint i = 0; i < 16; i++)
				same += anz_pattern_at(p, i & 3, i >> 2) == anz_pattern_at(q, i & 3, i >> 2);
			g_assert_cmpuint(same, <, 16);
		}
	}
	g_assert_cmphex(anz_pattern_pixel(0xf0f0f0, ANZ_PATTERN_LINES, 7, 1), ==, 0xfff0f0f0);
	g_assert_cmphex(anz_pattern_pixel(0xf0f0f0, ANZ_PATTERN_LINES, 7, 4), ==,
			0xff000000 | anz_pattern_ink(0xf0f0f0));
}

/* The steps of the legend of pageblocks, and the ground, for everybody. */
static void test_blocks(void)
{
	for (guint palette = 0; palette < ANZ_NR_PALETTES; palette++) {
		guint32 steps[7] = { anz_palette_colour(palette, ANZ_CLASS_HOLE) };

		for (guint i = 0; i < 3; i++) {
			steps[1 + i] = anz_palette_open_block(palette, i * ANZ_HEAT_STEPS / 2);
			steps[4 + i] = anz_palette_blocked_block(palette, i * ANZ_HEAT_STEPS / 2);
		}
		for (guint sight = 0; sight < G_N_ELEMENTS(sights); sight++)
			for (guint i = 0; i < G_N_ELEMENTS(steps); i++)
				for (guint j = i + 1; j < G_N_ELEMENTS(steps); j++)
					g_assert_cmpfloat(difference(lab_of(steps[i], sight),
								     lab_of(steps[j], sight)), >,
							  palette == ANZ_PALETTE_MONO ? 7.5 : 10);
	}
}

/* Heat grows in one direction of lightness and begins to be seen with the first page. */
static void test_heat(void)
{
	for (guint palette = 0; palette < ANZ_NR_PALETTES; palette++) {
		guint32 ground = anz_palette_colour(palette, ANZ_CLASS_FREE);

		for (guint sight = 0; sight < G_N_ELEMENTS(sights); sight++) {
			Lab none = lab_of(anz_palette_heat(palette, ground, 0), sight);

			g_assert_cmpfloat(difference(none, lab_of(anz_palette_heat(palette, ground, 1),
								  sight)), >, 5);
			g_assert_cmpfloat(difference(lab_of(anz_palette_heat(palette, ground, 64), sight),
						     lab_of(anz_palette_heat(palette, ground, 128), sight)),
					  >, 4);
			g_assert_cmpfloat(difference(lab_of(anz_palette_heat(palette, ground, 128), sight),
						     lab_of(anz_palette_heat(palette, ground, 256), sight)),
					  >, 10);
		}
	}
}

/* Every mode but that of classes alone says what its colours mean. */
static void test_legends(void)
{
	for (guint mode = 0; mode < ANZ_NR_CELL_MODES; mode++) {
		AnzLegendEntry entries[ANZ_LEGEND_MAX];
		AnzPictureStyle style;
		guint n;

		anz_picture_style_init(&style, ANZ_PALETTE_LIGHT);
		style.mode = mode;
		n = anz_picture_legend(&style, entries);
		g_assert_true((n == 0) == (mode == ANZ_CELL_DOMINANT));
		g_assert_cmpuint(n, <=, ANZ_LEGEND_MAX);
		for (guint i = 0; i < n; i++)
			g_assert_true(*entries[i].words && entries[i].colour <= 0xffffff);
	}
}

/* Owners that follow one another in number are told apart; none is the background. */
static void test_owners(void)
{
	for (guint palette = 0; palette < ANZ_NR_PALETTES; palette++) {
		Lab ground = lab_of(anz_palette_background(palette), 0);

		for (guint32 owner = 1; owner < 2000; owner++) {
			Lab this = lab_of(anz_palette_owner_colour(palette, owner), 0);

			g_assert_cmpfloat(difference(this, ground), >, 10);
			for (guint32 near = owner + 1; near < owner + 3; near++)
				g_assert_cmpfloat(difference(this,
					lab_of(anz_palette_owner_colour(palette, near), 0)), >, 10);
		}
	}
}

static void test_names(void)
{
	for (guint i = 0; i < ANZ_NR_PALETTES; i++)
		g_assert_cmpint(anz_palette_from_name(anz_palette_name(i)), ==, i);
	for (guint i = 0; i < ANZ_NR_CELL_MODES; i++)
		g_assert_cmpint(anz_cell_mode_from_name(anz_cell_mode_name(i)), ==, i);
	for (guint i = 0; i < ANZ_NR_OVERLAYS; i++)
		g_assert_cmpint(anz_overlay_from_name(anz_overlay_name(i)), ==, i);
	for (guint i = 0; i < ANZ_NR_CURVES; i++)
		g_assert_cmpint(anz_curve_from_name(anz_curve_name(i)), ==, i);
	g_assert_cmpint(anz_palette_from_name("mauve"), ==, -1);
	g_assert_null(anz_curve_name(ANZ_NR_CURVES));
	for (guint i = 0; i < ANZ_NR_PALETTES; i++)
		g_assert_cmpint(anz_palette_pattern(i, ANZ_CLASS_HWPOISON), ==, ANZ_PATTERN_HATCH);
	g_assert_cmpint(anz_palette_pattern(ANZ_PALETTE_DARK, ANZ_CLASS_FREE), ==, ANZ_PATTERN_NONE);
	g_assert_false(anz_palette_is_light(ANZ_PALETTE_CONTRAST));
	g_assert_true(anz_palette_is_light(ANZ_PALETTE_MONO));
}

static void test_sums(void)
{
	for (guint v = 0; v < 256; v++)
		g_assert_cmpuint(anz_colour_from_linear(anz_colour_to_linear((guint8)v)), ==, v);
	g_assert_cmphex(anz_colour_blend(0x000000, 0xffffff, 50), ==, 0x808080);
	g_assert_cmphex(anz_colour_blend(0x123456, 0xffffff, 0), ==, 0x123456);
	g_assert_cmphex(anz_colour_fade(0x123456, 100), ==, 0x123456);
	g_assert_cmphex(anz_colour_fade(0x808080, 0), ==, 0x808080);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/palette/ciede2000", test_difference);
	g_test_add_func("/palette/held-apart", test_palettes);
	g_test_add_func("/palette/mono", test_mono);
	g_test_add_func("/palette/patterns", test_patterns);
	g_test_add_func("/palette/blocks", test_blocks);
	g_test_add_func("/palette/heat", test_heat);
	g_test_add_func("/palette/legends", test_legends);
	g_test_add_func("/palette/owners", test_owners);
	g_test_add_func("/palette/names", test_names);
	g_test_add_func("/palette/sums", test_sums);
	return g_test_run();
}
