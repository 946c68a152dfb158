/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Two class planes side by side, tile by tile; most tiles of one machine are the same twice. */
#include <string.h>

#include <analyze/compare.h>

#include "store/store-private.h"
#include "store/tiles.h"

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

		if (cancel && g_atomic_int_get(cancel)) {
			g_set_error(error, ANZ_ERROR, ANZ_ERROR_CANCELLED,
				    "the comparison was cancelled");
			return FALSE;
		}
		if (!anz_store_read_plane(before, ANZ_PLANE_CLASS, pfn, n, from, error) ||
		    !anz_store_read_plane(after, ANZ_PLANE_CLASS, pfn, n, to, error))
			return FALSE;
		compare_tile(&c, pfn, from, to, n);
	}
	end_run(&c);
	return TRUE;
}
