/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From conditions of SQL to a range of frames and a set of classes. */
#include "store/page-range.h"

#include <math.h>

static void empty_range(AnzPageRange *range)
{
	range->end = range->start;
}

/* Largest integer not above @a / @b. */
static __int128 floor_div(__int128 a, __int128 b)
{
	return a >= 0 ? a / b : -((-a + b - 1) / b);
}

/*
 * Bounds the range by "base + pfn * unit OP v".  A wider range is no mistake: SQLite
 * tests again.
 */
static void bound_by_integer(AnzPageRange *range, const AnzPageMap *map, char op,
			     gint64 v, guint64 base, guint64 unit)
{
	__int128 first = range->start, last = range->end;
	__int128 distance = (__int128)v - (gint64)base;
	__int128 below = floor_div(distance, unit);
	gboolean exact = below * unit == distance;

	/*
	 * Addresses are compared as signed numbers, so they must not run over the sign.
	 */
	if ((__int128)(gint64)base + (__int128)map->max_pfn * unit > G_MAXINT64)
		return;
	switch (op) {
	case '=':
		first = exact ? MAX(first, below) : last;
		last = MIN(last, below + 1);
		break;
	case '>':
		first = MAX(first, below + 1);
		break;
	case 'g':
		first = MAX(first, exact ? below : below + 1);
		break;
	case '<':
		last = MIN(last, exact ? below : below + 1);
		break;
	case 'l':
		last = MIN(last, below + 1);
		break;
	}
	if (first >= last) {
		empty_range(range);
	} else {
		range->start = (guint64)first;
		range->end = (guint64)last;
	}
}

static void bound_frames(AnzPageRange *range, const AnzPageMap *map, AnzPageColumn column,
			 char op, sqlite3_value *arg)
{
	guint64 base, unit;
	double real;

	if (!anz_page_map_affine(map, column, &base, &unit)) {
		empty_range(range); /* the column is NULL everywhere */
		return;
	}
	switch (sqlite3_value_numeric_type(arg)) {
	case SQLITE_NULL:
		empty_range(range);
		break;
	case SQLITE_INTEGER:
		bound_by_integer(range, map, op, sqlite3_value_int64(arg), base, unit);
		break;
	case SQLITE_FLOAT:
		real = sqlite3_value_double(arg);
		if (real < -9e18 || real > 9e18)
			break;
		if (op == '=' && floor(real) < real) {
			empty_range(range);
			break;
		}
		real = op == 'g' || op == '<' ? ceil(real) : floor(real);
		bound_by_integer(range, map, op, (gint64)real, base, unit);
		break;
	default:
		break; /* text that is no number */
	}
}

/* Bit of the class that @arg names, or 0. */
static guint32 class_bit(sqlite3_value *arg)
{
	const char *name = NULL;
	int number;

	if (sqlite3_value_type(arg) == SQLITE_TEXT)
		name = (const char *)sqlite3_value_text(arg);
	number = name ? anz_page_class_from_name(name) : -1;
	return number < 0 ? 0 : 1u << number;
}

static guint32 bound_classes(guint32 wanted, char op, sqlite3_value *arg)
{
	sqlite3_value *item = NULL;
	guint32 listed = 0;

	if (op == 'i') {
		for (int rc = sqlite3_vtab_in_first(arg, &item); rc == SQLITE_OK && item;
		     rc = sqlite3_vtab_in_next(arg, &item))
			listed |= class_bit(item);
		return wanted & listed;
	}
	if (op == '=')
		return wanted & class_bit(arg);
	return sqlite3_value_type(arg) == SQLITE_NULL ? 0 : wanted & ~class_bit(arg);
}

/* Whose pages: a number of table owners, which 0 is none of. */
static void bound_owner(AnzPageRange *range, AnzPlane plane, sqlite3_value *arg)
{
	gint64 number = sqlite3_value_int64(arg);

	if (sqlite3_value_numeric_type(arg) != SQLITE_INTEGER)
		return;
	if (number <= 0 || number > G_MAXUINT32) {
		empty_range(range);
		return;
	}
	range->plane = plane;
	range->value = (guint32)number;
}

void anz_page_range_bound(AnzPageRange *range, const AnzPageMap *map,
			  AnzPageColumn column, char op, sqlite3_value *arg)
{
	if (column == ANZ_PAGE_CLASS)
		range->classes = bound_classes(range->classes, op, arg);
	else if (column == ANZ_PAGE_OWNER || column == ANZ_PAGE_CGROUP)
		bound_owner(range, column == ANZ_PAGE_OWNER ? ANZ_PLANE_OWNER : ANZ_PLANE_CGROUP, arg);
	else
		bound_frames(range, map, column, op, arg);
}
