/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Painting on a line: the ranges cut the line into elementary pieces; each range in turn paints
 * the pieces that nobody painted before.  A "next bare piece" pointer with path halving makes the
 * whole thing linear but for the sort, whatever a hostile file piles up.
 */
#include "image/interval.h"

#define NOBODY G_MAXUINT32

static gint compare_u64(gconstpointer a, gconstpointer b)
{
	guint64 x = *(const guint64 *)a, y = *(const guint64 *)b;

	return (x > y) - (x < y);
}

static gint compare_start(gconstpointer a, gconstpointer b)
{
	guint64 x = ((const AnzInterval *)a)->start, y = ((const AnzInterval *)b)->start;

	return (x > y) - (x < y);
}

/* Appends, merging with the last one where they are one piece. */
static void append(GArray *out, const AnzInterval *piece)
{
	if (out->len) {
		AnzInterval *last = &g_array_index(out, AnzInterval, out->len - 1);

		if (last->end == piece->start && last->tag == piece->tag &&
		    last->pos + (last->end - last->start) == piece->pos) {
			last->end = piece->end;
			return;
		}
	}
	g_array_append_val(out, *piece);
}

static gboolean is_ascending(const GArray *list)
{
	for (guint i = 1; i < list->len; i++)
		if (g_array_index(list, AnzInterval, i - 1).start >
		    g_array_index(list, AnzInterval, i).start)
			return FALSE;
	return TRUE;
}

static gboolean is_disjoint(const GArray *list)
{
	for (guint i = 1; i < list->len; i++)
		if (g_array_index(list, AnzInterval, i - 1).end >
		    g_array_index(list, AnzInterval, i).start)
			return FALSE;
	return TRUE;
}

static guint find_u64(const GArray *edges, guint64 value)
{
	guint lo = 0, hi = edges->len;

	while (lo < hi) {
		guint mid = lo + (hi - lo) / 2;

		if (g_array_index(edges, guint64, mid) < value)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* Piece i spans edges[i] to edges[i + 1]; next[i] == i while it is bare. */
static guint bare_from(guint32 *next, guint i)
{
	while (next[i] != i) {
		next[i] = next[next[i]];
		i = next[i];
	}
	return i;
}

static GArray *paint(const GArray *in)
{
	g_autoptr(GArray) edges = g_array_sized_new(FALSE, FALSE, sizeof(guint64), in->len * 2);
	g_autofree guint32 *next = NULL, *owner = NULL;
	GArray *out = g_array_new(FALSE, FALSE, sizeof(AnzInterval));
	guint nr = 0;

	for (guint i = 0; i < in->len; i++) {
		const AnzInterval *it = &g_array_index(in, AnzInterval, i);

		g_array_append_val(edges, it->start);
		g_array_append_val(edges, it->end);
	}
	g_array_sort(edges, compare_u64);
	for (guint i = 0; i < edges->len; i++)
		if (!nr || g_array_index(edges, guint64, nr - 1) !=
		    g_array_index(edges, guint64, i))
			g_array_index(edges, guint64, nr++) = g_array_index(edges, guint64, i);
	g_array_set_size(edges, nr);

	next = g_new(guint32, nr + 1);
	owner = g_new(guint32, nr + 1);
	for (guint i = 0; i <= nr; i++) {
		next[i] = i;
		owner[i] = NOBODY;
	}
	for (guint i = 0; i < in->len; i++) {
		const AnzInterval *it = &g_array_index(in, AnzInterval, i);
		guint last = find_u64(edges, it->end);

		for (guint p = bare_from(next, find_u64(edges, it->start)); p < last;
		     p = bare_from(next, p)) {
			owner[p] = i;
			next[p] = p + 1;
		}
	}
	for (guint p = 0; p + 1 < nr; p++) {
		const AnzInterval *it;
		AnzInterval piece;

		if (owner[p] == NOBODY)
			continue;
		it = &g_array_index(in, AnzInterval, owner[p]);
		piece = *it;
		piece.start = g_array_index(edges, guint64, p);
		piece.end = g_array_index(edges, guint64, p + 1);
		piece.pos = it->pos + (piece.start - it->start);
		append(out, &piece);
	}
	return out;
}

GArray *anz_intervals_flatten(GArray *in)
{
	g_autoptr(GArray) sorted = NULL;
	GArray *out;
	guint kept = 0;

	for (guint i = 0; i < in->len; i++) {
		AnzInterval it = g_array_index(in, AnzInterval, i);

		if (it.start < it.end)
			g_array_index(in, AnzInterval, kept++) = it;
	}
	g_array_set_size(in, kept);

	/* Nearly always nothing overlaps; then sorting is all, and often not even that. */
	if (is_ascending(in)) {
		sorted = g_array_ref(in);
	} else {
		sorted = g_array_sized_new(FALSE, FALSE, sizeof(AnzInterval), in->len);
		g_array_append_vals(sorted, in->data, in->len);
		g_array_sort(sorted, compare_start);
	}
	if (!is_disjoint(sorted))
		return paint(in);
	out = g_array_sized_new(FALSE, FALSE, sizeof(AnzInterval), sorted->len);
	for (guint i = 0; i < sorted->len; i++)
		append(out, &g_array_index(sorted, AnzInterval, i));
	return out;
}

guint anz_intervals_find(const GArray *list, guint64 addr)
{
	guint lo = 0, hi = list->len;

	while (lo < hi) {
		guint mid = lo + (hi - lo) / 2;

		if (g_array_index(list, AnzInterval, mid).end <= addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}
