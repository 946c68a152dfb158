/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Curves that fill a square of 2^n x 2^n cells, as tables in both directions.
 *
 * Hilbert is made digit by digit from the top: two bits of the number choose a quadrant, and with it
 * how the curve is turned inside.  So the first digits alone place a coarse cell, and every level of a
 * zoom shows the same picture.
 */
#include "picture/curve.h"

#include <analyze/picture.h>

static const char *const names[ANZ_NR_CURVES] = { "hilbert", "morton", "rows" };

const char *anz_curve_name(guint curve)
{
	return curve < ANZ_NR_CURVES ? names[curve] : NULL;
}

int anz_curve_from_name(const char *name)
{
	for (int i = 0; i < ANZ_NR_CURVES; i++)
		if (!g_strcmp0(names[i], name))
			return i;
	return -1;
}

/*
 * The four ways a Hilbert curve can lie in its square: for each, the quadrant (y << 1 | x) of each of
 * its quarters, and how the curve lies there.
 */
static const struct {
	guint8 quadrant, turn;
} hilbert[4][4] = {
	{ { 0, 1 }, { 1, 0 }, { 3, 0 }, { 2, 2 } },	/* enters upper left, leaves lower left */
	{ { 0, 0 }, { 2, 1 }, { 3, 1 }, { 1, 3 } },	/* upper left to upper right */
	{ { 3, 3 }, { 1, 2 }, { 0, 2 }, { 2, 0 } },	/* lower right to lower left */
	{ { 3, 2 }, { 2, 3 }, { 0, 3 }, { 1, 1 } },	/* lower right to upper right */
};

static void place(AnzCurve curve, guint order, guint index, guint *x, guint *y)
{
	guint turn = 0;

	*x = *y = 0;
	if (curve == ANZ_CURVE_ROWS) {
		*x = index & ((1u << order) - 1);
		*y = index >> order;
		return;
	}
	for (guint i = order; i-- > 0;) {
		guint digit = index >> (2 * i) & 3, quadrant = digit;

		if (curve == ANZ_CURVE_HILBERT) {
			quadrant = hilbert[turn][digit].quadrant;
			turn = hilbert[turn][digit].turn;
		}
		*x = *x << 1 | (quadrant & 1);
		*y = *y << 1 | quadrant >> 1;
	}
}

void anz_curve_tables_fill(AnzCurveTables *tables, AnzCurve curve)
{
	for (guint order = 0; order <= ANZ_CURVE_MAX_ORDER; order++) {
		guint16 *to_index = tables->to_index + ANZ_CURVE_OFFSET(order);
		guint16 *to_place = tables->to_place + ANZ_CURVE_OFFSET(order);

		for (guint i = 0; i < 1u << (2 * order); i++) {
			guint x, y;

			place(curve, order, i, &x, &y);
			to_index[y << order | x] = (guint16)i;
			to_place[i] = (guint16)(y << 8 | x);
		}
	}
}
