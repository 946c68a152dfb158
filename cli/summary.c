/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * memdesc summary: the census (what every page is), and whether the kernel's own counters tell the
 * same story.
 */
#include <string.h>

#include "lru.h"
#include "source.h"
#include "summary-attributes.h"
#include "verbs.h"

static const Column class_columns[] = {
	{ "class", NULL, KIND_TEXT, 0, "what the pages are" },
	{ "pages", NULL, KIND_PAGES, 0, "how many" },
	{ "bytes", "SIZE", KIND_BYTES, 0, "the same in bytes" },
	{ "share", "SHARE%", KIND_PERCENT, 0, "percent of all pages but holes" },
	{ "mapped", NULL, KIND_PAGES, 0, "of these, pages mapped into a process" },
	{ "excluded", NULL, KIND_PAGES, 0, "of these, pages whose content is not in the dump" },
	{ "group", NULL, KIND_TEXT, COLUMN_EXTRA,
	  "free, user, kernel, boot, away, broken or absent" },
	{ "meaning", NULL, KIND_TEXT, COLUMN_EXTRA, "the class in words" },
};
static const Table class_table = TABLE("classes", class_columns, 0,
				       "the census: pages by class");

static const Column zone_columns[] = {
	{ "node", NULL, KIND_INTEGER, 0, "NUMA node; null: in no zone" },
	{ "zone", NULL, KIND_TEXT, 0, "zone; null with --by node" },
	{ "migratetype", NULL, KIND_TEXT, 0,
	  "of the pageblock; null unless --by migratetype" },
	{ "class", NULL, KIND_TEXT, 0, "what the pages are" },
	{ "pages", NULL, KIND_PAGES, 0, "how many" },
	{ "bytes", "SIZE", KIND_BYTES, 0, "the same in bytes" },
	{ "share", "SHARE%", KIND_PERCENT, 0, "percent of the pages of this node, zone or type" },
};
static const Table zone_table = TABLE("class_zone", zone_columns, 0,
				      "the census broken down (with --by)");

static const Column reconciliation_columns[] = {
	{ "counter", NULL, KIND_TEXT, 0, "the kernel's name for it" },
	{ "kernel", NULL, KIND_PAGES, 0, "pages as the kernel counted them; null: unreadable" },
	{ "census", NULL, KIND_PAGES, 0, "pages as this analysis counted them" },
	{ "difference", NULL, KIND_PAGES, 0, "census - kernel" },
	{ "tolerance", NULL, KIND_PAGES, 0,
	  "what per-cpu batching in the kernel explains; 0: must be exact" },
	{ "agrees", NULL, KIND_BOOLEAN, 0, "the difference is within the tolerance; null: cannot be compared exactly" },
	{ "meaning", NULL, KIND_TEXT, 0, "what is compared" },
};
static const Table reconciliation_table = TABLE("reconciliation", reconciliation_columns, 0,
						"the kernel's own counters beside the census");

/* Shorter ones are not worth a line each: `query @kernel-other` has them all. */
#define REMAINDER_BYTES 65536

static const Column remainder_columns[] = {
	{ "pfn", NULL, KIND_INTEGER, 0, "first frame" },
	{ "pages", NULL, KIND_PAGES, 0, "how many frames" },
	{ "bytes", "SIZE", KIND_BYTES, 0, "the same in bytes" },
	{ "order", NULL, KIND_INTEGER, 0, "of their blocks, when the same for all" },
	{ "node", NULL, KIND_INTEGER, 0, "NUMA node" },
	{ "zone", NULL, KIND_TEXT, 0, "zone" },
	{ "owner", NULL, KIND_TEXT, 0, "what a pointer to them was found in, if any" },
	{ "owners", NULL, KIND_INTEGER, 0,
	  "how many of that name hold pointers to them: neighbours of one name are one stretch, and not one thing" },
};
static const Table remainder_table = TABLE("remainder", remainder_columns, 0,
	"stretches of kernel-other, 64 KiB and longer, of which no more is known");

static const Column total_columns[] = {
	{ "frames", NULL, KIND_PAGES, 0, "page frames of the map" },
	{ "pages", NULL, KIND_PAGES, 0, "of these, all but holes" },
	{ "bytes", "SIZE", KIND_BYTES, 0, "those in bytes" },
	{ "mapped", NULL, KIND_PAGES, 0, "pages mapped into a process" },
	{ "excluded", NULL, KIND_PAGES, 0, "pages whose content is not in the dump" },
	{ "agrees", NULL, KIND_BOOLEAN, 0,
	  "the census agrees with the kernel's counters; null: nothing to compare" },
	{ "partial", NULL, KIND_BOOLEAN, 0, "part of the source could not be read" },
};
static const Table total_table = TABLE("totals", total_columns, 0, "sums, one row");

typedef struct {
	guint64 pages, mapped, excluded, holes;
	guint64 page_size;
} Totals;

static gboolean read_totals(AnzStore *store, Totals *totals, GError **error)
{
	g_autoptr(AnzQuery) query = anz_store_query(store,
		"SELECT total(pages), total(mapped), total(excluded), "
		"total(iif(class = 'hole', pages, 0)) FROM classes WHERE snapshot = :snapshot",
		error);

	if (!query || !anz_query_next(query, error))
		return FALSE;
	totals->pages = anz_query_int(query, 0);
	totals->mapped = anz_query_int(query, 1);
	totals->excluded = anz_query_int(query, 2);
	totals->holes = anz_query_int(query, 3);
	totals->page_size = store_page_size(store);
	return TRUE;
}

static void put_share(Output *out, guint64 pages, guint64 of)
{
	if (of)
		output_real(out, 100.0 * pages / of);
	else
		output_null(out);
}

static void sum_row(Output *out, const char *name, guint64 pages, guint64 share_of,
		    const Totals *totals)
{
	output_text(out, name);
	output_uint(out, pages);
	output_uint(out, pages * totals->page_size);
	put_share(out, pages, share_of);
	output_uint(out, totals->mapped);
	output_uint(out, totals->excluded);
	output_null(out);
	output_null(out);
	output_sum_row(out);
}

/* Holes are no memory: they stand behind what is. */
static gint64 place_of(gint64 number)
{
	return number == ANZ_CLASS_HOLE ? ANZ_NR_CLASSES : number;
}

/* Rows begin with the class number. */
static int compare_classes(gconstpointer a, gconstpointer b)
{
	const gint64 *x = a, *y = b;

	return x[0] != y[0] ? (place_of(x[0]) > place_of(y[0]) ? 1 : -1) : (int)(x[1] - y[1]);
}

/* In the stable order of classes; names that this program does not know last. */
static gboolean print_classes(Output *out, AnzStore *store, const Totals *totals, GError **error)
{
	g_autoptr(AnzQuery) query = anz_store_query(store,
		"SELECT class, pages, bytes, mapped, excluded FROM classes "
		"WHERE snapshot = :snapshot ORDER BY class", error);
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GArray) rows = g_array_new(FALSE, FALSE, 6 * sizeof(gint64));
	g_autoptr(GError) err = NULL;
	guint64 memory = totals->pages - totals->holes;

	if (!query || !output_begin(out, &class_table, error))
		return FALSE;
	while (anz_query_next(query, &err)) {
		const char *name = anz_query_text(query, 0);
		int number = anz_page_class_from_name(name);
		gint64 row[6] = { number < 0 ? ANZ_NR_CLASSES + 1 : number, names->len };

		for (guint i = 1; i < 5; i++)
			row[i + 1] = anz_query_int(query, i);
		g_ptr_array_add(names, g_strdup(name));
		g_array_append_val(rows, row);
	}
	if (err) {
		output_end(out);
		g_propagate_error(error, g_steal_pointer(&err));
		return FALSE;
	}
	g_array_sort(rows, compare_classes);
	for (guint i = 0; i < rows->len; i++) {
		const gint64 *row = (const gint64 *)(void *)rows->data + 6 * i;
		const AnzPageClassInfo *info = anz_page_class_info(row[0]);

		output_text(out, names->pdata[row[1]]);
		output_int(out, row[2]);
		output_int(out, row[3]);
		put_share(out, row[2], row[0] == ANZ_CLASS_HOLE ? 0 : memory);
		output_int(out, row[4]);
		output_int(out, row[5]);
		output_text(out, info ? info->group : NULL);
		output_text(out, info ? info->meaning : NULL);
		output_row(out);
	}
	if (totals->holes)
		sum_row(out, "memory", memory, memory, totals);
	sum_row(out, "total", totals->pages, totals->holes ? 0 : memory, totals);
	output_end(out);
	return TRUE;
}

static gboolean print_breakdown(Output *out, AnzStore *store, const char *by, GError **error)
{
	/* two of the three are made null, so that pages add up over them */
	g_autofree char *sql = g_strdup_printf(
		"WITH g AS (SELECT %s AS node, %s AS zone, %s AS migratetype, class, "
		"sum(pages) AS pages FROM class_zone WHERE snapshot = :snapshot "
		"GROUP BY 1, 2, 3, 4) "
		"SELECT node, zone, migratetype, class, pages, "
		"pages * " PAGE_SIZE_SQL " AS bytes, "
		"100.0 * pages / sum(pages) OVER (PARTITION BY node, zone, migratetype) AS share "
		"FROM g ORDER BY node IS NULL, node, "
		"(SELECT zone_index FROM zones WHERE snapshot = :snapshot "
		"AND zones.zone = g.zone LIMIT 1), zone, "
		"(SELECT number FROM migratetype m WHERE snapshot = :snapshot "
		"AND m.name = g.migratetype), migratetype IS NULL, migratetype, pages DESC, class",
		strcmp(by, "migratetype") ? "node" : "NULL",
		!strcmp(by, "zone") ? "zone" : "NULL",
		!strcmp(by, "migratetype") ? "migratetype" : "NULL");
	g_autoptr(AnzQuery) query = anz_store_query(store, sql, error);

	if (!query)
		return FALSE;
	output_heading(out, "By %s", by);
	return output_query(out, &zone_table, query, error);
}

static gboolean print_reconciliation(Output *out, AnzStore *store, GError **error)
{
	g_autoptr(AnzQuery) query = anz_store_query(store,
		"SELECT counter, kernel, census, difference, tolerance, "
		"abs(difference) <= tolerance AS agrees, meaning "
		"FROM reconciliation WHERE snapshot = :snapshot ORDER BY counter", error);

	if (!query)
		return FALSE;
	output_heading(out, "Reconciliation with the kernel's own counters, in pages");
	return output_query(out, &reconciliation_table, query, error);
}

static AnzQuery *query_remainder(AnzStore *store, const char *select, guint64 page_size,
				 GError **error)
{
	g_autofree char *sql = g_strdup_printf("SELECT %s FROM (%s)", select,
					       anz_named_query("kernel-other"));
	AnzQuery *query = anz_store_query(store, sql, error);

	if (query)
		anz_query_bind_int(query, ":least", MAX(REMAINDER_BYTES / page_size, 1));
	return query;
}

static gboolean print_remainder(Output *out, AnzStore *store, guint64 page_size, GError **error)
{
	g_autoptr(AnzQuery) query = NULL, count = NULL;

	if (!output_wants(out, &remainder_table))
		return TRUE;
	if (output_is_report(out)) {
		count = query_remainder(store, "count(*)", page_size, error);
		if (!count || !anz_query_next(count, error))
			return FALSE;
		if (!anz_query_int(count, 0))
			return TRUE;	/* no table rather than an empty one */
		output_heading(out, "Kernel pages of which no more is known, 64 KiB and more on end");
	}
	query = query_remainder(store, "*", page_size, error);
	return query && output_query(out, &remainder_table, query, error);
}

static gboolean print_totals(Output *out, AnzStore *store, const Totals *totals, int agrees,
			     GError **error)
{
	/* in a report the sum line says it */
	if (output_is_report(out))
		return TRUE;
	if (!output_begin(out, &total_table, error))
		return FALSE;
	output_uint(out, totals->pages);
	output_uint(out, totals->pages - totals->holes);
	output_uint(out, (totals->pages - totals->holes) * totals->page_size);
	output_uint(out, totals->mapped);
	output_uint(out, totals->excluded);
	if (agrees < 0)
		output_null(out);
	else
		output_bool(out, agrees);
	output_bool(out, source_store_is_partial(store));
	output_row(out);
	output_end(out);
	return TRUE;
}

static gboolean is_generation(const char *by)
{
	return !strcmp(by, "generation");
}

static gboolean print_all(Output *out, AnzStore *store, const char *by, GError **error)
{
	g_autofree char *verdict = NULL;
	Totals totals;
	int agrees;

	if (!read_totals(store, &totals, error))
		return FALSE;
	verdict = reconciliation_verdict(store, &agrees, error);
	if (!verdict)
		return FALSE;
	output_heading(out, "Page classes; counts in pages");
	if (!print_classes(out, store, &totals, error) ||
	    !print_totals(out, store, &totals, agrees, error))
		return FALSE;
	if (by && !(is_attribute(by) ? print_attribute(out, store, by, error) :
		    is_generation(by) ? lru_print_generations(out, store, error) :
		    print_breakdown(out, store, by, error)))
		return FALSE;
	if (!print_remainder(out, store, totals.page_size, error) ||
	    !print_reconciliation(out, store, error))
		return FALSE;
	output_say(out, agrees > 0 ? PAINT_GOOD : PAINT_BAD, "%s", verdict);
	say_findings(out, store);
	return print_remarks(out, store, error);
}

static gboolean run(Args *args, GError **error)
{
	const char *by = args->by;

	if (by && strcmp(by, "zone") && strcmp(by, "node") && strcmp(by, "migratetype") &&
	    !is_attribute(by) && !is_generation(by)) {
		g_set_error(error, CLI_ERROR, CLI_ERROR_USAGE,
			    "--by takes zone, node, migratetype, lru, generation, dirty, mlocked or mapped, "
			    "not '%s'", by);
		return FALSE;
	}

	g_autoptr(Output) out = output_open(args, !by ? &class_table : is_attribute(by) ?
					    &attribute_table : is_generation(by) ? &generation_table :
					    &zone_table, verb_summary.tables, error);

	if (!out)
		return FALSE;
	if (!by && output_asked(out, &zone_table))
		by = "zone";
	else if (!by && output_asked(out, &attribute_table))
		by = "lru";
	else if (!by && output_asked(out, &generation_table))
		by = "generation";

	g_autoptr(Source) source = source_open(args, args->words, args->n_words, error);

	/* Before anything is printed that an error would leave half said. */
	if (!source || (by && is_generation(by) && !lru_check_generations(source->store, error)) ||
	    !print_all(out, source->store, by, error))
		return FALSE;
	return output_close(g_steal_pointer(&out), error);
}

static const Option options[] = {
	{ "by", 0, G_OPTION_ARG_STRING, "WHAT", G_STRUCT_OFFSET(Args, by),
	  "Break the census down by zone, node or migratetype, or by whether pages are on LRU lists and "
	  "on which, dirty, mlocked, or mapped into a process; generation: by the age of pages under "
	  "multi-generational LRU, beside the kernel's own counts.", COMPLETE_WORDS,
	  "zone node migratetype generation " ATTRIBUTE_WORDS },
	{ NULL }
};

static const Table *const tables[] = {
	&class_table, &total_table, &zone_table, &attribute_table, &generation_table, &remainder_table,
	&reconciliation_table,
	&remark_table, NULL
};

static const Example examples[] = {
	{ "memdesc summary vmcore --vmlinux /usr/lib/debug/boot/vmlinux-6.12.0",
	  "The census of a dump, straight from it." },
	{ "memdesc summary vmcore.memdesc --by node", "From an analysis file, node by node." },
	{ "memdesc summary vmcore.memdesc --table class_attribute --by dirty",
	  "What is dirty, and nothing else." },
	{ "memdesc summary vmcore.memdesc --table reconciliation --columns counter,difference "
	  "--no-header", "For a script." },
	{ NULL }
};

const Verb verb_summary = {
	.name = "summary",
	.arguments = "SOURCE...",
	.summary = "what all pages are, and whether the kernel's counters agree",
	.description =
		"Prints the census: every page frame of the machine has exactly one class, and "
		"the classes sum to the frames of the map. A hole is a frame number with no "
		"memory behind it; shares are of all other pages.\n\n"
		"Then the kernel's own counters beside what the census counted. A tolerance is "
		"what counters kept per processor may lag behind; a difference beyond it means "
		"that the analysis misread something or the kernel miscounted.",
	.options = options,
	.tables = tables,
	.examples = examples,
	.min_words = 1, .max_words = G_MAXUINT,
	.run = run,
};
