/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* memdesc runs: memory from the first frame to the last, as runs of pages that are alike. */
#include <string.h>

#include "source.h"
#include "verbs.h"

static const Column run_columns[] = {
	{ "pfn", NULL, KIND_INTEGER, 0, "first frame" },
	{ "physical", NULL, KIND_ADDRESS, 0, "its physical address" },
	{ "pages", NULL, KIND_PAGES, 0, "how many frames" },
	{ "bytes", "SIZE", KIND_BYTES, 0, "the same in bytes" },
	{ "class", NULL, KIND_TEXT, 0, "what the pages are" },
	{ "order", NULL, KIND_INTEGER, 0, "of their blocks, when the same for all" },
	{ "node", NULL, KIND_INTEGER, 0, "NUMA node" },
	{ "zone", NULL, KIND_TEXT, 0, "zone" },
	{ "migratetype", NULL, KIND_TEXT, 0, "of the pageblock" },
	{ "mapped", NULL, KIND_PAGES, 0, "of these, pages mapped into a process" },
	{ "excluded", NULL, KIND_PAGES, 0, "of these, pages whose content is not in the dump" },
};
static const Table run_table = TABLE("runs", run_columns, 0, "one row per run");

static gboolean check_filters(AnzStore *store, Args *args, GError **error)
{
	return check_number(store, "--node", args->node, NODES_SQL, error) &&
		check_name(store, "--zone", &args->zone, ZONE_NAMES_SQL, error) &&
		check_name(store, "--migratetype", &args->migratetype, MIGRATETYPE_NAMES_SQL,
			   error);
}

static gboolean print_runs(Output *out, AnzStore *store, const Args *args, GError **error)
{
	/* without --largest rows come in the order of the primary key: nothing is kept */
	g_autofree char *sql = g_strdup_printf(
		"SELECT pfn, pfn * page_size AS physical, pages, pages * page_size AS bytes, "
		"class, \"order\", node, zone, migratetype, mapped, excluded "
		"FROM runs, (SELECT page_size FROM snapshot WHERE id = :snapshot) "
		"WHERE snapshot = :snapshot AND (:class IS NULL OR class = :class) "
		"AND (:node < 0 OR node = :node) AND (:zone IS NULL OR zone = :zone) "
		"AND (:migratetype IS NULL OR migratetype = :migratetype) "
		"AND pages >= :min_pages ORDER BY %s",
		args->largest ? "pages DESC, pfn LIMIT :largest" : "pfn");
	g_autoptr(AnzQuery) query = anz_store_query(store, sql, error);

	if (!query)
		return FALSE;
	anz_query_bind_text(query, ":class", args->page_class);
	anz_query_bind_int(query, ":node", args->node);
	anz_query_bind_text(query, ":zone", args->zone);
	anz_query_bind_text(query, ":migratetype", args->migratetype);
	anz_query_bind_int(query, ":min_pages", args->min_pages);
	anz_query_bind_int(query, ":largest", args->largest);
	return output_query(out, &run_table, query, error);
}

static gboolean check_class(const char *name, GError **error)
{
	g_autoptr(GString) known = g_string_new(NULL);

	if (!name || anz_page_class_from_name(name) >= 0)
		return TRUE;
	for (guint i = 0; i < ANZ_NR_CLASSES; i++)
		g_string_append_printf(known, "%s%s", i ? ", " : "",
				       anz_page_class_info(i)->name);
	g_set_error(error, CLI_ERROR, CLI_ERROR_USAGE,
		    "--class: there is no class '%s'; there is %s", name, known->str);
	return FALSE;
}

static gboolean run(Args *args, GError **error)
{
	if (!check_class(args->page_class, error))
		return FALSE;

	g_autoptr(Output) out = output_open(args, &run_table, verb_runs.tables, error);

	if (!out)
		return FALSE;

	g_autoptr(Source) source = source_open(args, args->words, args->n_words, error);

	if (!source || !check_filters(source->store, args, error) ||
	    !print_runs(out, source->store, args, error))
		return FALSE;
	return output_close(g_steal_pointer(&out), error);
}

static const Option options[] = {
	{ "class", 0, G_OPTION_ARG_STRING, "CLASS", G_STRUCT_OFFSET(Args, page_class),
	  "Only runs of this class.", COMPLETE_CLASS },
	{ "node", 0, G_OPTION_ARG_INT, "N", G_STRUCT_OFFSET(Args, node), "Only node N." },
	{ "zone", 0, G_OPTION_ARG_STRING, "NAME", G_STRUCT_OFFSET(Args, zone),
	  "Only zones of this name.", COMPLETE_WORDS, "DMA DMA32 Normal Movable Device" },
	{ "migratetype", 0, G_OPTION_ARG_STRING, "NAME", G_STRUCT_OFFSET(Args, migratetype),
	  "Only pageblocks of this migratetype.", COMPLETE_WORDS,
	  "unmovable movable reclaimable highatomic cma isolate" },
	{ "min-pages", 0, G_OPTION_ARG_INT64, "N", G_STRUCT_OFFSET(Args, min_pages),
	  "Only runs of at least N pages." },
	{ "largest", 0, G_OPTION_ARG_INT64, "N", G_STRUCT_OFFSET(Args, largest),
	  "The N longest runs, longest first." },
	{ NULL }
};

static const Table *const tables[] = { &run_table, NULL };

static const Example examples[] = {
	{ "memdesc runs vmcore.memdesc --class slab --min-pages 512",
	  "Where slab pages fill whole 2 MiB." },
	{ "memdesc runs vmcore.memdesc --largest 10 --class free",
	  "The ten largest stretches of free memory." },
	{ NULL }
};

const Verb verb_runs = {
	.name = "runs",
	.arguments = "SOURCE...",
	.summary = "memory as runs of pages that are alike, from first to last",
	.description =
		"Prints maximal runs of frames alike in class, node, zone and migratetype, "
		"sorted by frame number. Long lists are written row by row.",
	.options = options,
	.tables = tables,
	.examples = examples,
	.min_words = 1, .max_words = G_MAXUINT,
	.run = run,
};
