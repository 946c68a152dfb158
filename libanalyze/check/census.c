/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Counting the planes: per class, and per class, zone and migratetype. */
#include "check/census.h"
#include "pages/pass.h"

#define NR_KEYS (256u * 256u)	/* zone and migratetype, a byte each */

typedef struct {
	const AnzPlanes *planes;
	AnzCensus *census;
	guint64 **rows;		/* of counts, per (zone, migratetype) met */
	guint64 seen;
} Counting;

static gpointer runs_new(gpointer data, GError **error)
{
	(void)data;
	(void)error;
	return g_array_new(FALSE, FALSE, sizeof(AnzPageRun));
}

static void runs_free(gpointer slot)
{
	g_array_unref(slot);
}

static void find_runs(AnzTile *tile, gpointer slot, gpointer data)
{
	const Counting *counting = data;

	g_array_set_size(slot, 0);
	anz_tile_runs(counting->planes, tile, slot);
}

static void count_runs(const AnzTile *tile, gpointer slot, gpointer data)
{
	Counting *counting = data;
	AnzCensus *census = counting->census;
	const GArray *runs = slot;

	(void)tile;
	for (guint i = 0; i < runs->len; i++) {
		const AnzPageRun *run = &g_array_index(runs, AnzPageRun, i);
		guint64 nr = MIN(run->nr_pages, census->max_pfn - MIN(run->pfn, census->max_pfn));
		guint64 **row = &counting->rows[run->zone << 8 | run->migratetype];

		if (!*row)
			*row = g_new0(guint64, ANZ_NR_CLASSES);
		(*row)[run->page_class] += nr;
		census->mapped[run->page_class] += run->mapped;
		census->excluded[run->page_class] += run->excluded;
		counting->seen += nr;
	}
}

AnzCensus *anz_census_take(AnzPlanes *planes, const gint *cancel, GError **error)
{
	g_autoptr(AnzCensus) census = g_new0(AnzCensus, 1);
	g_autofree guint64 **rows = g_new0(guint64 *, NR_KEYS);
	Counting counting = { .planes = planes, .census = census, .rows = rows };
	const AnzPass pass = { .slot_new = runs_new, .slot_free = runs_free, .work = find_runs,
			       .drain = count_runs, .read_only = TRUE, .cancel = cancel,
			       .data = &counting };
	gboolean ok;

	census->max_pfn = planes->max_pfn;
	census->cells = g_array_new(FALSE, TRUE, sizeof(AnzCensusCell));
	ok = anz_planes_pass(planes, &pass, error);
	for (guint key = 0; key < NR_KEYS; key++) {
		for (guint c = 0; rows[key] && c < ANZ_NR_CLASSES; c++) {
			AnzCensusCell cell = { .zone = key >> 8, .migratetype = key & 0xff,
					       .page_class = c, .nr_pages = rows[key][c] };

			census->pages[c] += rows[key][c];
			if (rows[key][c] && c != ANZ_CLASS_HOLE)
				g_array_append_val(census->cells, cell);
		}
		g_free(rows[key]);
	}
	census->pages[ANZ_CLASS_HOLE] += planes->max_pfn - counting.seen;
	return ok ? g_steal_pointer(&census) : NULL;
}

void anz_census_free(AnzCensus *census)
{
	if (!census)
		return;
	g_array_unref(census->cells);
	g_free(census);
}
