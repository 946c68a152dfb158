/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * memdesc buddy: the free lists.  In text a matrix per zone, migratetypes by orders, as
 * /proc/pagetypeinfo shows it, with the order's own counter below: what was walked must equal what
 * the kernel counted.  JSON and CSV have the rows that the matrix is made of.
 */
#include <string.h>

#include "source.h"
#include "verbs.h"

static const Column area_columns[] = {
	{ "node", NULL, KIND_INTEGER, 0, "NUMA node" },
	{ "zone", NULL, KIND_TEXT, 0, "zone" },
	{ "order", NULL, KIND_INTEGER, 0, "blocks of 2^order pages" },
	{ "migratetype", NULL, KIND_TEXT, 0, "which list of that order" },
	{ "blocks", NULL, KIND_INTEGER, 0, "blocks reached by walking the list" },
	{ "nr_free", NULL, KIND_INTEGER, 0, "the order's own counter, of all its lists together" },
	{ "status", NULL, KIND_TEXT, 0, "ok, or why the walk ended" },
};
static const Table area_table = TABLE("free_area", area_columns, 0,
				      "one row per zone, order and migratetype");

static const Column pcp_columns[] = {
	{ "node", NULL, KIND_INTEGER, 0, "NUMA node" },
	{ "zone", NULL, KIND_TEXT, 0, "zone" },
	{ "cpu", NULL, KIND_INTEGER, 0, "processor" },
	{ "count", NULL, KIND_PAGES, 0, "per_cpu_pages.count" },
	{ "pages", NULL, KIND_PAGES, 0, "pages reached by walking its lists" },
	{ "high", NULL, KIND_PAGES, 0, "count at which pages go back to the zone" },
	{ "status", NULL, KIND_TEXT, 0, "ok, or why the walk ended" },
};
static const Table pcp_table = TABLE("pcp", pcp_columns, 0,
				     "per-cpu page lists, one row per zone and processor");

static const Column block_columns[] = {
	{ "pfn", NULL, KIND_INTEGER, 0, "first frame" },
	{ "physical", NULL, KIND_ADDRESS, 0, "its physical address" },
	{ "order", NULL, KIND_INTEGER, 0, "2^order pages" },
	{ "bytes", "SIZE", KIND_BYTES, 0, "size of the block" },
	{ "node", NULL, KIND_INTEGER, 0, "NUMA node" },
	{ "zone", NULL, KIND_TEXT, 0, "zone" },
	{ "migratetype", NULL, KIND_TEXT, 0, "which list" },
	{ "position", NULL, KIND_INTEGER, 0, "in its list, 0 first from head.next" },
};
static const Table block_table = TABLE("free_block", block_columns, 0,
				       "every free block in walk order (with --list)");

/* One zone's matrix under way. */
typedef struct {
	gint64 node;
	char *zone;
	GPtrArray *types;	/* names of migratetypes in order of rows */
	GArray *blocks;		/* of gint64 [n_orders] per type */
	GArray *nr_free;	/* of gint64 per order; -1 unknown */
	GArray *broken;		/* of char *: walks that did not end well */
	guint n_orders;
} Matrix;

static void bind_filters(AnzQuery *query, const Args *args)
{
	anz_query_bind_int(query, ":node", args->node);
	anz_query_bind_text(query, ":zone", args->zone);
	anz_query_bind_int(query, ":order", args->order);
	anz_query_bind_text(query, ":migratetype", args->migratetype);
}

#define FILTER \
	"WHERE snapshot = :snapshot AND (:node < 0 OR node = :node) " \
	"AND (:zone IS NULL OR zone = :zone) "
#define FILTER_LIST \
	FILTER "AND (:order < 0 OR \"order\" = :order) " \
	"AND (:migratetype IS NULL OR migratetype = :migratetype) "
#define ZONE_ORDER(t) \
	"node, (SELECT zone_index FROM zones z WHERE z.snapshot = :snapshot " \
	"AND z.node = " t ".node AND z.zone = " t ".zone) "
#define TYPE_ORDER(t) \
	"(SELECT number FROM migratetype m WHERE m.snapshot = :snapshot " \
	"AND m.name = " t ".migratetype), migratetype "

static void matrix_reset(Matrix *m)
{
	g_clear_pointer(&m->zone, g_free);
	g_ptr_array_set_size(m->types, 0);
	g_array_set_size(m->blocks, 0);
	g_array_set_size(m->nr_free, 0);
	g_array_set_size(m->broken, 0);
}

static void matrix_row(Output *out, const char *name, const gint64 *values, guint n,
		       guint64 page_size, gboolean sum)
{
	guint64 pages = 0;

	output_text(out, name);
	for (guint i = 0; i < n; i++) {
		if (values[i] < 0)
			output_null(out);
		else
			output_int(out, values[i]);
		pages += values[i] > 0 ? (guint64)values[i] << MIN(i, 40) : 0;
	}
	output_uint(out, pages);
	output_uint(out, pages * page_size);
	if (sum)
		output_sum_row(out);
	else
		output_row(out);
}

/* Prints "nr_free" and, where the lists say otherwise, by how much. */
static gboolean matrix_sums(Output *out, const Matrix *m, guint64 page_size, gboolean filtered)
{
	g_autofree gint64 *sum = g_new0(gint64, m->n_orders);
	g_autofree gint64 *off = g_new0(gint64, m->n_orders);
	gboolean differ = FALSE;

	for (guint t = 0; t < m->types->len; t++)
		for (guint i = 0; i < m->n_orders; i++)
			sum[i] += g_array_index(m->blocks, gint64, t * m->n_orders + i);
	matrix_row(out, "listed", sum, m->n_orders, page_size, TRUE);
	/* a counter is of all lists: it says nothing about one of them */
	if (filtered)
		return TRUE;
	matrix_row(out, "nr_free", (const gint64 *)(void *)m->nr_free->data, m->n_orders,
		   page_size, TRUE);
	for (guint i = 0; i < m->n_orders; i++) {
		gint64 counted = g_array_index(m->nr_free, gint64, i);

		off[i] = counted < 0 ? 0 : sum[i] - counted;
		differ |= off[i] != 0;
	}
	if (!differ)
		return TRUE;
	output_text(out, "difference");
	for (guint i = 0; i < m->n_orders; i++) {
		output_int(out, off[i]);
		output_paint(out, off[i] ? PAINT_BAD : PAINT_NONE);
	}
	output_null(out);
	output_null(out);
	output_sum_row(out);
	return FALSE;
}

/* Returns whether lists and counters agree. */
static gboolean matrix_print(Output *out, const Matrix *m, guint64 page_size, gboolean filtered)
{
	g_autofree Column *columns = g_new0(Column, m->n_orders + 3);
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
	Table table = { "matrix", columns, m->n_orders + 3, TABLE_PRIVATE, NULL };
	gboolean agree;

	columns[0] = (Column){ "migratetype", "ORDER", KIND_TEXT, 0, NULL };
	for (guint i = 0; i < m->n_orders; i++) {
		g_ptr_array_add(names, g_strdup_printf("%u", i));
		columns[i + 1] = (Column){ names->pdata[i], NULL, KIND_INTEGER, 0, NULL };
	}
	columns[m->n_orders + 1] = (Column){ "pages", NULL, KIND_PAGES, 0, NULL };
	columns[m->n_orders + 2] = (Column){ "bytes", "SIZE", KIND_BYTES, 0, NULL };

	output_heading(out, "Node %" G_GINT64_FORMAT ", zone %s: free blocks by order", m->node,
		       m->zone);
	output_begin(out, &table, NULL);
	for (guint t = 0; t < m->types->len; t++)
		matrix_row(out, m->types->pdata[t],
			   (const gint64 *)(void *)m->blocks->data + t * m->n_orders,
			   m->n_orders, page_size, FALSE);
	agree = matrix_sums(out, m, page_size, filtered);
	output_end(out);
	for (guint i = 0; i < m->broken->len; i++)
		output_line(out, PAINT_BAD, g_array_index(m->broken, char *, i));
	return agree;
}

static void matrix_add(Matrix *m, AnzQuery *query)
{
	gint64 order = anz_query_int(query, 2);
	const char *type = anz_query_text(query, 3);
	const char *status = anz_query_text(query, 6);

	if (order < 0 || order >= m->n_orders)
		return;
	if (!m->types->len || strcmp(m->types->pdata[m->types->len - 1], type)) {
		g_ptr_array_add(m->types, g_strdup(type));
		g_array_set_size(m->blocks, m->types->len * m->n_orders);
	}
	g_array_index(m->blocks, gint64, (m->types->len - 1) * m->n_orders + order) =
		anz_query_int(query, 4);
	if (!anz_query_is_null(query, 5))
		g_array_index(m->nr_free, gint64, order) = anz_query_int(query, 5);
	if (strcmp(status, "ok")) {
		char *line = g_strdup_printf("order %" G_GINT64_FORMAT " %s: %s", order, type,
					     status);

		g_array_append_val(m->broken, line);
	}
}

static void matrix_start(Matrix *m, gint64 node, const char *zone)
{
	gint64 unknown = -1;

	matrix_reset(m);
	m->node = node;
	m->zone = g_strdup(zone);
	for (guint i = 0; i < m->n_orders; i++)
		g_array_append_val(m->nr_free, unknown);
}

static void free_string(gpointer p)
{
	g_free(*(char **)p);
}

static gboolean print_matrices(Output *out, AnzStore *store, const Args *args, GError **error)
{
	g_autoptr(AnzQuery) query = anz_store_query(store,
		"SELECT node, zone, \"order\", migratetype, blocks, nr_free, status, "
		"1 + (SELECT max(\"order\") FROM free_area WHERE snapshot = :snapshot) "
		"FROM free_area AS f " FILTER_LIST
		"ORDER BY " ZONE_ORDER("f") ", zone, " TYPE_ORDER("f") ", \"order\"", error);
	Matrix m = {
		.types = g_ptr_array_new_with_free_func(g_free),
		.blocks = g_array_new(FALSE, TRUE, sizeof(gint64)),
		.nr_free = g_array_new(FALSE, TRUE, sizeof(gint64)),
		.broken = g_array_new(FALSE, TRUE, sizeof(char *)),
	};
	gboolean filtered = args->order >= 0 || args->migratetype;
	guint64 page_size = store_page_size(store);
	gboolean agree = TRUE, broken = FALSE;
	g_autoptr(GError) err = NULL;

	g_array_set_clear_func(m.broken, free_string);
	if (query)
		bind_filters(query, args);
	while (query && anz_query_next(query, &err)) {
		gint64 node = anz_query_int(query, 0);
		const char *zone = anz_query_text(query, 1);

		if (!m.zone || node != m.node || strcmp(zone, m.zone)) {
			if (m.zone)
				agree &= matrix_print(out, &m, page_size, filtered);
			m.n_orders = CLAMP(anz_query_int(query, 7), 1, 64);
			matrix_start(&m, node, zone);
		}
		matrix_add(&m, query);
		broken |= m.broken->len > 0;
	}
	if (query && !err) {
		if (m.zone)
			agree &= matrix_print(out, &m, page_size, filtered);
		else
			output_say(out, PAINT_NONE, "No free list matches.");
		if (m.zone && !filtered)
			output_say(out, agree && !broken ? PAINT_GOOD : PAINT_BAD, "%s",
				   !agree ? "Some lists differ from nr_free." :
				   broken ? "Some lists could not be walked to their end." :
				   "All lists agree with nr_free.");
	}
	matrix_reset(&m);
	g_ptr_array_unref(m.types);
	g_array_unref(m.blocks);
	g_array_unref(m.nr_free);
	g_array_unref(m.broken);
	if (err) {
		g_propagate_error(error, g_steal_pointer(&err));
		return FALSE;
	}
	return query != NULL;
}

static gboolean print_table(Output *out, AnzStore *store, const Args *args, const Table *table,
			    const char *heading, const char *sql, GError **error)
{
	g_autoptr(AnzQuery) query = NULL;

	if (!output_wants(out, table))
		return TRUE;
	query = anz_store_query(store, sql, error);
	if (!query)
		return FALSE;
	bind_filters(query, args);
	output_heading(out, "%s", heading);
	return output_query(out, table, query, error);
}

static gboolean print_all(Output *out, AnzStore *store, const Args *args, gboolean list,
			  GError **error)
{
	if (output_is_report(out)) {
		if (!print_matrices(out, store, args, error))
			return FALSE;
	} else if (!print_table(out, store, args, &area_table, "",
				"SELECT node, zone, \"order\", migratetype, blocks, nr_free, "
				"status FROM free_area AS f " FILTER_LIST
				"ORDER BY " ZONE_ORDER("f") ", zone, \"order\", "
				TYPE_ORDER("f"), error)) {
		return FALSE;
	}
	/* per-cpu lists are not sorted out by order and type */
	if (output_is_report(out) && (args->order >= 0 || args->migratetype))
		goto blocks;
	/* in a report, a processor without pages of a zone says nothing */
	if (!print_table(out, store, args, &pcp_table, "Per-cpu lists, in pages",
			 output_is_report(out) ?
			 "SELECT * FROM pcp AS f " FILTER "AND (count OR pages OR status != 'ok') "
			 "ORDER BY " ZONE_ORDER("f") ", zone, cpu" :
			 "SELECT * FROM pcp AS f " FILTER
			 "ORDER BY " ZONE_ORDER("f") ", zone, cpu", error))
		return FALSE;
blocks:
	return !list ||
		print_table(out, store, args, &block_table, "Free blocks",
			    "SELECT pfn, pfn * page_size AS physical, \"order\", "
			    "page_size << \"order\" AS bytes, node, zone, migratetype, position "
			    "FROM free_block AS f, (SELECT page_size FROM snapshot "
			    "WHERE id = :snapshot) " FILTER_LIST
			    "ORDER BY " ZONE_ORDER("f") ", zone, \"order\", " TYPE_ORDER("f")
			    ", position", error);
}

static gboolean check_filters(AnzStore *store, Args *args, GError **error)
{
	return check_number(store, "--node", args->node, NODES_SQL, error) &&
		check_number(store, "--order", args->order, ORDERS_SQL, error) &&
		check_name(store, "--zone", &args->zone, ZONE_NAMES_SQL, error) &&
		check_name(store, "--migratetype", &args->migratetype, MIGRATETYPE_NAMES_SQL,
			   error);
}

static gboolean run(Args *args, GError **error)
{
	g_autoptr(Output) out = output_open(args, args->list ? &block_table : &area_table,
					    verb_buddy.tables, error);

	if (!out)
		return FALSE;

	g_autoptr(Source) source = source_open(args, args->words, args->n_words, error);

	if (!source || !check_filters(source->store, args, error) ||
	    !print_all(out, source->store, args,
		       args->list || output_asked(out, &block_table), error))
		return FALSE;
	return output_close(g_steal_pointer(&out), error);
}

static const Option options[] = {
	{ "list", 0, G_OPTION_ARG_NONE, NULL, G_STRUCT_OFFSET(Args, list),
	  "Print also every free block, in the order of its list." },
	{ "node", 0, G_OPTION_ARG_INT, "N", G_STRUCT_OFFSET(Args, node), "Only node N." },
	{ "zone", 0, G_OPTION_ARG_STRING, "NAME", G_STRUCT_OFFSET(Args, zone),
	  "Only zones of this name.", COMPLETE_WORDS, "DMA DMA32 Normal Movable Device" },
	{ "order", 0, G_OPTION_ARG_INT, "N", G_STRUCT_OFFSET(Args, order),
	  "Only blocks of 2^N pages." },
	{ "migratetype", 0, G_OPTION_ARG_STRING, "NAME", G_STRUCT_OFFSET(Args, migratetype),
	  "Only lists of this migratetype.", COMPLETE_WORDS,
	  "unmovable movable reclaimable highatomic cma isolate" },
	{ NULL }
};

static const Table *const tables[] = { &area_table, &pcp_table, &block_table, NULL };

static const Example examples[] = {
	{ "memdesc buddy vmcore.memdesc", "All free lists, as in /proc/pagetypeinfo." },
	{ "memdesc buddy vmcore.memdesc --list --order 10 --csv",
	  "Where the free blocks of 4 MiB are." },
	{ NULL }
};

const Verb verb_buddy = {
	.name = "buddy",
	.arguments = "SOURCE...",
	.summary = "the free lists, walked, beside the kernel's counters",
	.description =
		"Prints for each zone how many free blocks of each order and migratetype were "
		"reached by walking the kernel's lists (listed), and the order's own counter "
		"(nr_free), which must be the same. Then the per-cpu lists: the kernel's count "
		"and the pages reached; in text, processors without any are left out.",
	.options = options,
	.tables = tables,
	.examples = examples,
	.min_words = 1, .max_words = G_MAXUINT,
	.run = run,
};
