/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tables of the curves: cell in its square to number along the curve, and back. */
#ifndef ANZ_PICTURE_CURVE_H
#define ANZ_PICTURE_CURVE_H

#include <analyze/picture.h>

#define ANZ_CURVE_MAX_ORDER 8	/* a tile: 256 x 256 */
/** Where the table of a square of 2^order begins: behind those of all smaller ones. */
#define ANZ_CURVE_OFFSET(order) (((1u << (2 * (order))) - 1) / 3)
#define ANZ_CURVE_ENTRIES ANZ_CURVE_OFFSET(ANZ_CURVE_MAX_ORDER + 1)

/**
 * AnzCurveTables: for every order of square
 * @to_index: y << order | x to the number along the curve
 * @to_place: number along the curve to y << 8 | x
 */
typedef struct {
	guint16 to_index[ANZ_CURVE_ENTRIES];
	guint16 to_place[ANZ_CURVE_ENTRIES];
} AnzCurveTables;

void anz_curve_tables_fill(AnzCurveTables *tables, AnzCurve curve);

#endif
