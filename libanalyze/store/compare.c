/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Two class planes side by side, tile by tile; most tiles of one machine are the same twice. */
#include <string.h>

#include <analyze/compare.h>

#include "store/store-private.h"
#include "store/tiles.h"

#define NO_ZONE 255	/* in the zone plane */

typedef struct {
	AnzComparison *result;
	gboolean (*change)(const AnzChange *change, gpointer data);
	gpointer data;
	AnzChange run;		/* under way; nr_pages 0: none */
	gboolean stopped;
} Comparer;

static void end_run(Comparer *c)
{
	if (c->run.nr_pages) {
		c->result->nr_changes++;
		if (c->change && !c->stopped && !c->change(&c->run, c->data))
			c->stopped = TRUE;
	}
	c->run.nr_pages = 0;
}

static void compare_page(Comparer *c, guint64 pfn, guint from, guint to)
{
	c->result->pages[from][to]++;
	if (from == to) {
		end_run(c);
		return;
	}
	c->result->nr_changed++;
	if (c->run.nr_pages && (c->run.from != from || c->run.to != to))
		end_run(c);
	if (!c->run.nr_pages)
		c->run = (AnzChange){ .pfn = pfn, .from = from, .to = to };
	c->run.nr_pages++;
}

static void compare_tile(Comparer *c, guint64 pfn, const guint8 *from, const guint8 *to, guint n)
{
	guint32 pages[ANZ_NR_CLASSES];

	if (n == ANZ_TILE_PAGES && !memcmp(from, to, n) && anz_tile_histogram(from, pages)) {
		for (guint class = 0; class < ANZ_NR_CLASSES; class++)
			c->result->pages[class][class] += pages[class];
		end_run(c);
		return;
	}
	for (guint i = 0; i < n && !c->stopped; i++)
		compare_page(c, pfn + i, from[i], to[i]);
}

static gboolean same_page_size(AnzStore *before, AnzStore *after, GError **error)
{
	if (before->map->page_shift == after->map->page_shift)
		return TRUE;
	g_set_error(error, ANZ_ERROR, ANZ_ERROR_ARGUMENT,
		    "%s has pages of %u bytes and %s of %u; they cannot be compared page by page",
		    before->path, 1u << before->map->page_shift, after->path,
		    1u << after->map->page_shift);
	return FALSE;
}

static gboolean is_cancelled(const gint *cancel, GError **error)
{
	if (!anz_is_cancelled(cancel))
		return FALSE;
	g_set_error(error, ANZ_ERROR, ANZ_ERROR_CANCELLED, "the comparison was cancelled");
	return TRUE;
}

gboolean anz_compare(AnzStore *before, AnzStore *after, AnzComparison *result,
		     gboolean (*change)(const AnzChange *change, gpointer data), gpointer data,
		     const gint *cancel, GError **error)
{
	guint64 end = MAX(anz_store_max_pfn(before), anz_store_max_pfn(after));
	Comparer c = { .result = result, .change = change, .data = data };
	g_autofree guint8 *from = NULL, *to = NULL;

	if (!same_page_size(before, after, error))
		return FALSE;
	memset(result, 0, sizeof(*result));
	result->nr_pages = end;
	from = g_malloc(ANZ_TILE_PAGES);
	to = g_malloc(ANZ_TILE_PAGES);
	for (guint64 pfn = 0; pfn < end && !c.stopped; pfn += ANZ_TILE_PAGES) {
		guint n = (guint)MIN(ANZ_TILE_PAGES, end - pfn);

		if (is_cancelled(cancel, error) ||
		    !anz_store_read_plane(before, ANZ_PLANE_CLASS, pfn, n, from, error) ||
		    !anz_store_read_plane(after, ANZ_PLANE_CLASS, pfn, n, to, error))
			return FALSE;
		compare_tile(&c, pfn, from, to, n);
	}
	end_run(&c);
	return TRUE;
}

/* --- transitions --- */

/* What is compared of one tile. */
typedef struct {
	guint8 page_class[ANZ_TILE_PAGES], order[ANZ_TILE_PAGES], zone[ANZ_TILE_PAGES];
} State;

static gboolean read_state(AnzStore *store, guint64 pfn, guint n, State *state, GError **error)
{
	return anz_store_read_plane(store, ANZ_PLANE_CLASS, pfn, n, state->page_class, error) &&
	       anz_store_read_plane(store, ANZ_PLANE_ORDER, pfn, n, state->order, error) &&
	       anz_store_read_plane(store, ANZ_PLANE_ZONE, pfn, n, state->zone, error);
}

static void count_transitions(GHashTable *counts, const State *from, const State *to, guint n)
{
	for (guint i = 0; i < n; i++) {
		guint zone = to->zone[i] == NO_ZONE ? from->zone[i] : to->zone[i];
		gint64 key = (gint64)zone << 32 | (gint64)from->page_class[i] << 24 |
			     (gint64)to->page_class[i] << 16 | from->order[i] << 8 | to->order[i];
		guint64 *count;

		if (from->page_class[i] == to->page_class[i] && from->order[i] == to->order[i])
			continue;
		count = g_hash_table_lookup(counts, &key);
		if (!count) {
			count = g_new0(guint64, 1);
			g_hash_table_insert(counts, g_memdup2(&key, sizeof(key)), count);
		}
		++*count;
	}
}

static int compare_transitions(gconstpointer a, gconstpointer b)
{
	const AnzTransition *x = a, *y = b;
	const guint left[] = { x->zone, x->from, x->to, x->from_order, x->to_order };
	const guint right[] = { y->zone, y->from, y->to, y->from_order, y->to_order };

	if (x->nr_pages != y->nr_pages)
		return x->nr_pages > y->nr_pages ? -1 : 1;
	for (guint i = 0; i < G_N_ELEMENTS(left); i++)
		if (left[i] != right[i])
			return left[i] < right[i] ? -1 : 1;
	return 0;
}

static GArray *sorted_transitions(GHashTable *counts)
{
	GArray *list = g_array_new(FALSE, FALSE, sizeof(AnzTransition));
	GHashTableIter iter;
	gpointer key, count;

	g_hash_table_iter_init(&iter, counts);
	while (g_hash_table_iter_next(&iter, &key, &count)) {
		guint64 k = *(const gint64 *)key;
		AnzTransition it = { .zone = k >> 32 & 0xff, .from = k >> 24 & 0xff,
				     .to = k >> 16 & 0xff, .from_order = k >> 8 & 0xff,
				     .to_order = k & 0xff, .nr_pages = *(const guint64 *)count };

		g_array_append_val(list, it);
	}
	g_array_sort(list, compare_transitions);
	return list;
}

GArray *anz_compare_transitions(AnzStore *before, AnzStore *after, const gint *cancel,
				GError **error)
{
	guint64 end = MAX(anz_store_max_pfn(before), anz_store_max_pfn(after));
	g_autoptr(GHashTable) counts = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free,
							     g_free);
	g_autofree State *from = g_new(State, 1), *to = g_new(State, 1);

	if (!same_page_size(before, after, error))
		return NULL;
	for (guint64 pfn = 0; pfn < end; pfn += ANZ_TILE_PAGES) {
		guint n = (guint)MIN(ANZ_TILE_PAGES, end - pfn);

		if (is_cancelled(cancel, error) || !read_state(before, pfn, n, from, error) ||
		    !read_state(after, pfn, n, to, error))
			return NULL;
		count_transitions(counts, from, to, n);
	}
	return sorted_transitions(counts);
}
