/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* memdesc diff: what has become of the pages between two analyses of one machine. */
#include <string.h>

#include "interrupt.h"
#include "source.h"
#include "verbs.h"

static const Column matrix_columns[] = {
	{ "from", NULL, KIND_TEXT, 0, "class before" },
	{ "to", NULL, KIND_TEXT, 0, "class after" },
	{ "pages", NULL, KIND_PAGES, 0, "how many" },
	{ "bytes", "SIZE", KIND_BYTES, 0, "the same in bytes" },
	{ "share", "SHARE%", KIND_PERCENT, 0, "percent of the pages that were of class from" },
};
static const Table matrix_table = TABLE("matrix", matrix_columns, 0,
	"pages by class before and after; the report leaves out those that stayed");

static const Column class_columns[] = {
	{ "class", NULL, KIND_TEXT, 0, "what the pages are" },
	{ "before", NULL, KIND_PAGES, 0, "pages before" },
	{ "after", NULL, KIND_PAGES, 0, "pages after" },
	{ "difference", NULL, KIND_PAGES, 0, "after - before" },
	{ "gone", NULL, KIND_PAGES, 0, "pages that were of this class and are not any more" },
	{ "come", NULL, KIND_PAGES, 0, "pages that have become of this class" },
};
static const Table class_table = TABLE("classes", class_columns, 0, "pages by class");

static const Column total_columns[] = {
	{ "frames", NULL, KIND_PAGES, 0, "page frames of the larger map" },
	{ "changed", NULL, KIND_PAGES, 0, "frames whose class differs" },
	{ "bytes", "SIZE", KIND_BYTES, 0, "those in bytes" },
	{ "changes", NULL, KIND_INTEGER, 0, "runs of frames that changed alike" },
};
static const Table total_table = TABLE("totals", total_columns, 0, "sums, one row");

static const Column change_columns[] = {
	{ "pfn", NULL, KIND_INTEGER, 0, "first frame" },
	{ "physical", NULL, KIND_ADDRESS, 0, "its physical address" },
	{ "pages", NULL, KIND_PAGES, 0, "how many frames" },
	{ "bytes", "SIZE", KIND_BYTES, 0, "the same in bytes" },
	{ "from", NULL, KIND_TEXT, 0, "class before" },
	{ "to", NULL, KIND_TEXT, 0, "class after" },
};
static const Table change_table = TABLE("changes", change_columns, 0,
	"every run of frames that changed alike; not in the report");

static const Column transition_columns[] = {
	{ "node", NULL, KIND_INTEGER, 0, "of the zone" },
	{ "zone", NULL, KIND_TEXT, 0, "of the frames, after; null: in none" },
	{ "from", NULL, KIND_TEXT, 0, "class before" },
	{ "from_order", NULL, KIND_INTEGER, 0, "order of the blocks before" },
	{ "to", NULL, KIND_TEXT, 0, "class after" },
	{ "to_order", NULL, KIND_INTEGER, 0, "order of the blocks after" },
	{ "pages", NULL, KIND_PAGES, 0, "how many" },
	{ "bytes", "SIZE", KIND_BYTES, 0, "the same in bytes" },
};
static const Table transition_table = TABLE("transitions", transition_columns, 0,
	"pages whose class or order changed, by zone and order (with --transitions)");

typedef struct {
	Args *args;
	Output *out;
	AnzStore *before, *after;
	AnzComparison result;
	guint64 page_size;
} Diff;

static const char *class_name(guint page_class)
{
	return anz_page_class_info(page_class)->name;
}

/* --- what is printed --- */

/* A pair of classes and how many pages went that way. */
typedef struct {
	guint from, to;
	guint64 pages;
} Way;

static int by_pages(gconstpointer a, gconstpointer b)
{
	const Way *x = a, *y = b;

	if (x->pages != y->pages)
		return x->pages > y->pages ? -1 : 1;
	return x->from != y->from ? (int)x->from - (int)y->from : (int)x->to - (int)y->to;
}

static guint64 sum_before(const AnzComparison *result, guint page_class)
{
	guint64 sum = 0;

	for (guint to = 0; to < ANZ_NR_CLASSES; to++)
		sum += result->pages[page_class][to];
	return sum;
}

static guint64 sum_after(const AnzComparison *result, guint page_class)
{
	guint64 sum = 0;

	for (guint from = 0; from < ANZ_NR_CLASSES; from++)
		sum += result->pages[from][page_class];
	return sum;
}

static gboolean print_matrix(const Diff *d, GError **error)
{
	g_autoptr(GArray) ways = g_array_new(FALSE, FALSE, sizeof(Way));
	gboolean all = !output_is_report(d->out);

	for (guint from = 0; from < ANZ_NR_CLASSES; from++) {
		for (guint to = 0; to < ANZ_NR_CLASSES; to++) {
			Way way = { from, to, d->result.pages[from][to] };

			if (way.pages && (all || from != to))
				g_array_append_val(ways, way);
		}
	}
	if (!ways->len && !all)
		return TRUE;
	g_array_sort(ways, by_pages);
	output_heading(d->out, "What has become of pages");
	if (!output_begin(d->out, &matrix_table, error))
		return FALSE;
	for (guint i = 0; i < ways->len; i++) {
		const Way *way = &g_array_index(ways, Way, i);

		output_text(d->out, class_name(way->from));
		output_text(d->out, class_name(way->to));
		output_uint(d->out, way->pages);
		output_uint(d->out, way->pages * d->page_size);
		output_real(d->out, 100.0 * way->pages / sum_before(&d->result, way->from));
		output_row(d->out);
	}
	output_end(d->out);
	return TRUE;
}

static gboolean print_classes(const Diff *d, GError **error)
{
	output_heading(d->out, "Pages by class");
	if (!output_begin(d->out, &class_table, error))
		return FALSE;
	for (guint c = 0; c < ANZ_NR_CLASSES; c++) {
		guint64 before = sum_before(&d->result, c), after = sum_after(&d->result, c);
		guint64 stayed = d->result.pages[c][c];

		if (!before && !after)
			continue;
		output_text(d->out, class_name(c));
		output_uint(d->out, before);
		output_uint(d->out, after);
		output_int(d->out, (gint64)(after - before));
		output_uint(d->out, before - stayed);
		output_uint(d->out, after - stayed);
		output_row(d->out);
	}
	output_end(d->out);
	return TRUE;
}

static gboolean print_totals(const Diff *d, GError **error)
{
	const AnzComparison *r = &d->result;

	if (output_is_report(d->out)) {
		if (!r->nr_changed)
			output_say(d->out, PAINT_GOOD, "No page changed its class.");
		else
			output_say(d->out, PAINT_NONE,
				   "%" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT
				   " frames changed their class, in %" G_GUINT64_FORMAT
				   " runs; --table changes lists them.",
				   r->nr_changed, r->nr_pages, r->nr_changes);
		return TRUE;
	}
	if (!output_begin(d->out, &total_table, error))
		return FALSE;
	output_uint(d->out, r->nr_pages);
	output_uint(d->out, r->nr_changed);
	output_uint(d->out, r->nr_changed * d->page_size);
	output_uint(d->out, r->nr_changes);
	output_row(d->out);
	output_end(d->out);
	return TRUE;
}

static gboolean print_change(const AnzChange *change, gpointer data)
{
	const Diff *d = data;

	output_uint(d->out, change->pfn);
	output_uint(d->out, change->pfn * d->page_size);
	output_uint(d->out, change->nr_pages);
	output_uint(d->out, change->nr_pages * d->page_size);
	output_text(d->out, class_name(change->from));
	output_text(d->out, class_name(change->to));
	output_row(d->out);
	return !output_failed(d->out);
}

/* Row by row, so the planes are gone through once more. */
static gboolean print_changes(Diff *d, GError **error)
{
	AnzComparison again;
	gboolean ok;

	if (output_is_report(d->out) || !output_wants(d->out, &change_table))
		return TRUE;
	if (!output_begin(d->out, &change_table, error))
		return FALSE;
	ok = anz_compare(d->before, d->after, &again, print_change, d, interrupt_flag(), error);
	output_end(d->out);
	return ok;
}

/* Names of zones by their number in the zone plane, which is a byte. */
typedef struct {
	gint64 node[256];
	char *name[256];
} Zones;

static void zones_clear(Zones *zones)
{
	for (guint i = 0; i < G_N_ELEMENTS(zones->name); i++)
		g_free(zones->name[i]);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Zones, zones_clear)

static gboolean read_zones(AnzStore *store, Zones *zones, GError **error)
{
	g_autoptr(AnzQuery) query = anz_store_query(store, "SELECT id, node, zone FROM zones "
						    "WHERE snapshot = :snapshot", error);
	g_autoptr(GError) err = NULL;

	while (query && anz_query_next(query, &err)) {
		guint id = anz_query_int(query, 0) & 255;

		zones->node[id] = anz_query_int(query, 1);
		g_free(zones->name[id]);
		zones->name[id] = g_strdup(anz_query_text(query, 2));
	}
	if (err)
		g_propagate_error(error, g_steal_pointer(&err));
	return query && !err;
}

static gboolean print_transitions(const Diff *d, GError **error)
{
	g_autoptr(GArray) list = NULL;
	g_auto(Zones) zones = { 0 };

	if (!d->args->transitions && !output_asked(d->out, &transition_table))
		return TRUE;
	list = anz_compare_transitions(d->before, d->after, interrupt_flag(), error);
	if (!list || !read_zones(d->after, &zones, error))
		return FALSE;
	if (!list->len && output_is_report(d->out))
		return TRUE;
	output_heading(d->out, "Transitions of pages, by zone and order");
	if (!output_begin(d->out, &transition_table, error))
		return FALSE;
	for (guint i = 0; i < list->len && !output_failed(d->out); i++) {
		const AnzTransition *it = &g_array_index(list, AnzTransition, i);

		if (zones.name[it->zone & 255])
			output_int(d->out, zones.node[it->zone & 255]);
		else
			output_null(d->out);
		output_text(d->out, zones.name[it->zone & 255]);
		output_text(d->out, class_name(it->from));
		output_uint(d->out, it->from_order);
		output_text(d->out, class_name(it->to));
		output_uint(d->out, it->to_order);
		output_uint(d->out, it->nr_pages);
		output_uint(d->out, it->nr_pages * d->page_size);
		output_row(d->out);
	}
	output_end(d->out);
	return TRUE;
}

/* --- what is compared --- */

/* The snapshot before the one that is compared with; one file can hold several. */
static gboolean earlier_snapshot(AnzStore *store, const char *path, gint64 *snapshot,
				 GError **error)
{
	g_autoptr(AnzQuery) query = anz_store_query(store,
		"SELECT max(id) FROM snapshot WHERE id < :snapshot", error);
	g_autoptr(GError) err = NULL;

	if (!query)
		return FALSE;
	if (anz_query_next(query, &err) && !anz_query_is_null(query, 0)) {
		*snapshot = anz_query_int(query, 0);
		return TRUE;
	}
	if (err)
		g_propagate_error(error, g_steal_pointer(&err));
	else
		g_set_error(error, CLI_ERROR, CLI_ERROR_USAGE,
			    "%s has no earlier snapshot to compare with; name a second file, or "
			    "add a snapshot with 'memdesc analyze --append'", path);
	return FALSE;
}

static gboolean open_both(Diff *d, Source **before, Source **after, GError **error)
{
	Args *args = d->args;
	gint64 newer = args->snapshot, older = args->before_snapshot;
	gboolean one = args->n_words == 1;

	*after = source_open(args, args->words + !one, 1, error);
	if (!*after)
		return FALSE;
	if (one && older < 0 &&
	    !earlier_snapshot((*after)->store, args->words[0], &older, error))
		return FALSE;
	args->snapshot = older;
	*before = source_open(args, args->words, 1, error);
	args->snapshot = newer;
	return *before != NULL;
}

static void note_other_machine(const Diff *d)
{
	g_autofree char *words = anz_compare_machines(d->before, d->after);

	if (words)
		cli_warn(d->args, "these are different machines (%s): that pages differ means little", words);
}

static gboolean run(Args *args, GError **error)
{
	Diff d = { .args = args };

	if (args->n_words > 2) {
		g_set_error(error, CLI_ERROR, CLI_ERROR_USAGE,
			    "diff compares two sources; make an analysis file of a split dump first");
		return FALSE;
	}

	g_autoptr(Output) out = output_open(args, &matrix_table, verb_diff.tables, error);
	g_autoptr(Source) before = NULL;
	g_autoptr(Source) after = NULL;

	if (!out || !open_both(&d, &before, &after, error))
		return FALSE;
	d.out = out;
	d.before = before->store;
	d.after = after->store;
	d.page_size = store_page_size(after->store);
	note_other_machine(&d);
	if (!anz_compare(d.before, d.after, &d.result, NULL, NULL, interrupt_flag(), error) ||
	    !print_matrix(&d, error) || !print_classes(&d, error) || !print_totals(&d, error) ||
	    !print_changes(&d, error) || !print_transitions(&d, error))
		return FALSE;
	if (args->exit_code && d.result.nr_changed)
		args->exit_status = EXIT_FOUND;
	return output_close(g_steal_pointer(&out), error);
}

static const Option options[] = {
	{ "exit-code", 0, G_OPTION_ARG_NONE, NULL, G_STRUCT_OFFSET(Args, exit_code),
	  "Exit with 4 if a page changed its class." },
	{ "transitions", 0, G_OPTION_ARG_NONE, NULL, G_STRUCT_OFFSET(Args, transitions),
	  "Also count every change of class or order by zone and order: which states page "
	  "descriptors go from and to." },
	{ "before-snapshot", 0, G_OPTION_ARG_INT64, "N", G_STRUCT_OFFSET(Args, before_snapshot),
	  "Compare with snapshot N of BEFORE instead of its newest." },
	{ NULL }
};

static const Table *const tables[] = {
	&matrix_table, &class_table, &total_table, &change_table,
	&transition_table, NULL
};

static const Example examples[] = {
	{ "memdesc diff before.memdesc after.memdesc", "What has become of every page." },
	{ "memdesc diff a.memdesc b.memdesc --table changes --csv -o changes.csv",
	  "Every run of frames that changed." },
	{ "memdesc diff live.memdesc --transitions", "Which states pages went from and to." },
	{ "memdesc diff live.memdesc", "The newest snapshot of a file with the one before." },
	{ NULL }
};

const Verb verb_diff = {
	.name = "diff",
	.arguments = "BEFORE [AFTER]",
	.summary = "what has become of the pages between two analyses",
	.description =
		"Compares two analyses of one machine frame by frame: which classes pages had "
		"before and have after, and where. Frames outside a map count as holes. With one "
		"file, its newest snapshot (or --snapshot) is compared with the one before.",
	.options = options,
	.tables = tables,
	.examples = examples,
	.min_words = 1, .max_words = 2,
	.run = run,
};
