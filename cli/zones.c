/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* memdesc zones: nodes and zones as the kernel describes them, beside what was found in them. */
#include <string.h>

#include "source.h"
#include "verbs.h"

static const Column zone_columns[] = {
	{ "node", NULL, KIND_INTEGER, 0, "NUMA node" },
	{ "zone", NULL, KIND_TEXT, 0, "name" },
	{ "start_pfn", NULL, KIND_INTEGER, 0, "first frame" },
	{ "spanned", NULL, KIND_PAGES, 0, "frames from first to last, holes included" },
	{ "present", NULL, KIND_PAGES, 0, "of these, with memory behind them" },
	{ "managed", NULL, KIND_PAGES, 0, "of these, given to the buddy allocator" },
	{ "managed_bytes", "SIZE", KIND_BYTES, 0, "managed, in bytes" },
	{ "nr_free", NULL, KIND_PAGES, 0, "NR_FREE_PAGES, per-cpu deltas added" },
	{ "listed", NULL, KIND_PAGES, 0, "free pages found by walking the lists" },
	{ "pcp", NULL, KIND_PAGES, 0, "free pages found on per-cpu lists" },
	{ "watermark_min", "MIN", KIND_PAGES, 0,
	  "watermark: below it only emergencies are served" },
	{ "watermark_low", "LOW", KIND_PAGES, 0, "watermark: below it kswapd wakes" },
	{ "watermark_high", "HIGH", KIND_PAGES, 0, "watermark: at it kswapd sleeps" },
	{ "lock_held", "LOCKED", KIND_BOOLEAN, 0,
	  "zone->lock was held when the dump was made, so that lists may be in motion" },
	{ "address", NULL, KIND_ADDRESS, COLUMN_EXTRA, "of struct zone" },
	{ "zone_index", NULL, KIND_INTEGER, COLUMN_EXTRA, "enum zone_type" },
};
static const Table zone_table = TABLE("zones", zone_columns, 0, "one row per zone");

static const Column node_columns[] = {
	{ "node", NULL, KIND_INTEGER, 0, "NUMA node" },
	{ "start_pfn", NULL, KIND_INTEGER, 0, "first frame" },
	{ "spanned", NULL, KIND_PAGES, 0, "frames from first to last, holes included" },
	{ "present", NULL, KIND_PAGES, 0, "of these, with memory behind them" },
	{ "bytes", "SIZE", KIND_BYTES, 0, "present, in bytes" },
	{ "address", NULL, KIND_ADDRESS, 0, "of struct pglist_data" },
};
static const Table node_table = TABLE("nodes", node_columns, 0, "one row per NUMA node");

static const Column class_columns[] = {
	{ "node", NULL, KIND_INTEGER, 0, "NUMA node; null: in no zone" },
	{ "zone", NULL, KIND_TEXT, 0, "name" },
	{ "class", NULL, KIND_TEXT, 0, "what the pages are" },
	{ "pages", NULL, KIND_PAGES, 0, "how many" },
	{ "bytes", "SIZE", KIND_BYTES, 0, "the same in bytes" },
};
static const Table class_table = TABLE("class_zone", class_columns, 0,
				       "pages by zone and class (with --classes)");

static gboolean print_table(Output *out, AnzStore *store, const Args *args, const Table *table,
			    const char *heading, const char *sql, GError **error)
{
	g_autoptr(AnzQuery) query = anz_store_query(store, sql, error);

	if (!query)
		return FALSE;
	anz_query_bind_int(query, ":node", args->node);
	anz_query_bind_text(query, ":zone", args->zone);
	output_heading(out, "%s", heading);
	return output_query(out, table, query, error);
}

static gboolean print_all(Output *out, AnzStore *store, Args *args, gboolean classes,
			  GError **error)
{
	if (!check_number(store, "--node", args->node, NODES_SQL, error) ||
	    !check_name(store, "--zone", &args->zone, ZONE_NAMES_SQL, error))
		return FALSE;
	if (!print_table(out, store, args, &node_table, "Nodes; counts in pages",
			 "SELECT node, start_pfn, spanned, present, "
			 "present * " PAGE_SIZE_SQL " AS bytes, address FROM nodes "
			 "WHERE snapshot = :snapshot AND (:node < 0 OR node = :node) "
			 "ORDER BY node", error))
		return FALSE;
	if (!print_table(out, store, args, &zone_table, "Zones; counts in pages",
			 "SELECT *, managed * " PAGE_SIZE_SQL " AS managed_bytes FROM zones "
			 "WHERE snapshot = :snapshot AND (:node < 0 OR node = :node) "
			 "AND (:zone IS NULL OR zone = :zone) ORDER BY node, zone_index", error))
		return FALSE;
	if (!classes)
		return TRUE;
	return print_table(out, store, args, &class_table, "Classes by zone",
		"SELECT node, zone, class, sum(pages) AS pages, "
		"sum(pages) * " PAGE_SIZE_SQL " AS bytes FROM class_zone c "
		"WHERE snapshot = :snapshot AND (:node < 0 OR node = :node) "
		"AND (:zone IS NULL OR zone = :zone) GROUP BY 1, 2, 3 "
		"ORDER BY node IS NULL, node, (SELECT zone_index FROM zones z "
		"WHERE snapshot = :snapshot AND z.zone = c.zone LIMIT 1), zone, "
		"sum(pages) DESC, class", error);
}

static gboolean run(Args *args, GError **error)
{
	g_autoptr(Output) out = output_open(args, args->classes ? &class_table : &zone_table,
					    verb_zones.tables, error);

	if (!out)
		return FALSE;

	g_autoptr(Source) source = source_open(args, args->words, args->n_words, error);

	if (!source || !print_all(out, source->store, args,
				  args->classes || output_asked(out, &class_table), error))
		return FALSE;
	return output_close(g_steal_pointer(&out), error);
}

static const Option options[] = {
	{ "classes", 0, G_OPTION_ARG_NONE, NULL, G_STRUCT_OFFSET(Args, classes),
	  "Print also what the pages of each zone are." },
	{ "node", 0, G_OPTION_ARG_INT, "N", G_STRUCT_OFFSET(Args, node), "Only node N." },
	{ "zone", 0, G_OPTION_ARG_STRING, "NAME", G_STRUCT_OFFSET(Args, zone),
	  "Only zones of this name.", COMPLETE_WORDS, "DMA DMA32 Normal Movable Device" },
	{ NULL }
};

static const Table *const tables[] = { &zone_table, &node_table, &class_table, NULL };

static const Example examples[] = {
	{ "memdesc zones vmcore.memdesc", "Nodes and zones with spans, counters, watermarks." },
	{ "memdesc zones vmcore.memdesc --classes --zone Normal --csv",
	  "What lies in zone Normal, for a spreadsheet." },
	{ NULL }
};

const Verb verb_zones = {
	.name = "zones",
	.arguments = "SOURCE...",
	.summary = "nodes and zones: spans, free pages, watermarks, classes",
	.description =
		"Prints every node and every populated zone: where it lies, how many frames it "
		"spans, has and manages, the kernel's free counter beside the free pages found "
		"by walking its lists, and the watermarks.",
	.options = options,
	.tables = tables,
	.examples = examples,
	.min_words = 1, .max_words = G_MAXUINT,
	.run = run,
};
