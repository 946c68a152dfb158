/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Overlapping ranges made disjoint: program headers that describe the same memory twice, and
 * flattened records that rewrite what an earlier record wrote.
 */
#ifndef ANZ_INTERVAL_H
#define ANZ_INTERVAL_H

#include <glib.h>

/**
 * AnzInterval:
 * @start: first address
 * @end: one past the last
 * @pos: where @start's byte is (in a file); moves along when the front is cut off
 * @tag: carried along unchanged
 */
typedef struct {
	guint64 start;
	guint64 end;
	guint64 pos;
	guint32 tag;
} AnzInterval;

/**
 * anz_intervals_flatten:
 * @in: (element-type AnzInterval): in order of preference, most wanted first; may be reordered
 *
 * Where two overlap, the one that comes first in @in keeps its range.  Empty ones are dropped.
 * Neighbours with the same tag, whose @pos also follow each other, become one.
 *
 * Returns: (transfer full) (element-type AnzInterval): disjoint, ascending.
 */
GArray *anz_intervals_flatten(GArray *in);

/**
 * anz_intervals_find:
 *
 * Returns: index of the first interval that ends after @addr, so it either holds @addr or is the
 * next one above it; the length of @list if there is none.
 */
guint anz_intervals_find(const GArray *list, guint64 addr);

#endif
