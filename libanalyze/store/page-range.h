/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which frames a scan of the virtual table `page` goes through. */
#ifndef ANZ_STORE_PAGE_RANGE_H
#define ANZ_STORE_PAGE_RANGE_H

#include "store/page-row.h"

/**
 * AnzPageRange: frames @start up to @end whose class is in @classes (bit n = class n), and
 * whose value in @plane is @value, unless @plane is ANZ_NR_PLANES.
 */
typedef struct {
	guint64 start, end;
	guint32 classes;
	AnzPlane plane;
	guint32 value;
} AnzPageRange;

/**
 * anz_page_range_bound:
 * @column: the class, owner, cgroup, or one of those of anz_page_map_affine()
 * @op: '=', '<', '>', 'l' (<=), 'g' (>=); for the class '=', '!' (<>) or 'i' (IN);
 *	for owner and cgroup '='
 * @arg: what the column is compared with
 *
 * Narrows @range to the rows for which "column op arg" holds.  By the class that is
 * exact; by a number the range may stay too wide (for SQLite tests again), but never is
 * too narrow.
 */
void anz_page_range_bound(AnzPageRange *range, const AnzPageMap *map,
			  AnzPageColumn column, char op, sqlite3_value *arg);

#endif
