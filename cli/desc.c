/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * memdesc desc: one node of the graph with its edges (a folio, a slab, a page table, or an owner:
 * cache, file, process ...), or any structure of the kernel by its type.
 */
#include <string.h>

#include "source.h"
#include "verbs.h"

/* Edges in a Graphviz picture; more make none that can be read. */
#define MAX_DOT_EDGES 120

static const Column node_columns[] = {
	{ "given", "Address", KIND_TEXT, 0, "the address as it was given" },
	{ "understood", "Understood as", KIND_TEXT, 0, "how it was taken" },
	{ "address", "Node at", KIND_ADDRESS, 0, "of the descriptor, or of the owner's structure" },
	{ "kind", "Kind", KIND_TEXT, 0,
	  "struct of the descriptor (folio, slab, ptdesc ...), or kind of the owner" },
	{ "name", "Name", KIND_TEXT, 0, "of an owner" },
	{ "class", "Class", KIND_TEXT, 0, "of the pages of a descriptor" },
	{ "pfn", "First frame", KIND_INTEGER, 0, "of a descriptor" },
	{ "order", "Order", KIND_INTEGER, 0, "of a descriptor" },
	{ "pages", "Pages", KIND_PAGES, 0, "that it describes, or owns" },
	{ "members", "Members", KIND_LIST, 0,
	  "members of the structure (with --members, and of TYPE@ADDR)" },
};
static const Table node_table = TABLE("descriptors", node_columns, TABLE_RECORD,
				      "one row per address");

static const Column edge_columns[] = {
	{ "direction", NULL, KIND_TEXT, 0, "to: something has this node; from: this node has it" },
	{ "edge", NULL, KIND_TEXT, 0, "owns, maps, contains, table" },
	{ "kind", NULL, KIND_TEXT, 0, "what is at the other end" },
	{ "name", NULL, KIND_TEXT, 0, "its name" },
	{ "address", NULL, KIND_ADDRESS, 0, "of its structure" },
	{ "pfn", NULL, KIND_INTEGER, 0, "first frame of the stretch meant" },
	{ "pages", NULL, KIND_PAGES, 0, "frames of it" },
	{ "place", NULL, KIND_ADDRESS, 0, "offset in a file, virtual address in a process" },
};
static const Table edge_table = TABLE("edges", edge_columns, 0, "edges of the nodes named");

typedef struct {
	const char *given;
	char *understood;
	guint64 address;
	gint64 owner;		/* id, or 0 for a descriptor */
	char *kind, *name, *page_class;
	gint64 pfn, order, pages;	/* of a descriptor */
	char *members;
} Node;

static void node_clear(Node *node)
{
	g_free(node->understood);
	g_free(node->kind);
	g_free(node->name);
	g_free(node->page_class);
	g_free(node->members);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Node, node_clear)

/* TYPE@ADDR; the type's length, or 0. */
static gsize type_length(const char *word)
{
	const char *at = strchr(word, '@');

	return at ? at - word : 0;
}

static gboolean is_node(const char *word)
{
	return type_length(word) || g_str_has_prefix(word, "0x") ||
	       word_is_address(word);
}

static gboolean parse_address(const char *word, guint64 *address)
{
	const char *digits = g_str_has_prefix(word, "0x") ? word + 2 : word;
	char *end;

	if (!*digits || strlen(digits) > 16 || !g_ascii_isxdigit(*digits))
		return FALSE;
	*address = g_ascii_strtoull(digits, &end, 16);
	return !*end;
}

/* %FALSE without @error if no owner's structure lies there. */
static gboolean find_owner(AnzStore *store, const char *word, Node *node, GError **error)
{
	g_autoptr(AnzQuery) query = NULL;
	guint64 address;

	if (!parse_address(word, &address))
		return FALSE;
	query = anz_store_query(store,
		"SELECT id, kind, name, pages FROM owners WHERE snapshot = :snapshot "
		"AND address = :address ORDER BY pages DESC LIMIT 1", error);
	if (!query)
		return FALSE;
	anz_query_bind_int(query, ":address", address);
	if (!anz_query_next(query, error))
		return FALSE;
	node->address = address;
	node->owner = anz_query_int(query, 0);
	node->kind = g_strdup(anz_query_text(query, 1));
	node->name = g_strdup(anz_query_text(query, 2));
	node->pages = anz_query_int(query, 3);
	node->understood = g_strdup("structure of an owner");
	return TRUE;
}

static gboolean find_descriptor(AnzStore *store, const char *word, Node *node, GError **error)
{
	g_autoptr(AnzQuery) query = NULL;
	const AnzPageClassInfo *info;
	AnzAddress address;

	if (!anz_store_resolve(store, word, &address, error))
		return FALSE;
	if (address.kind == ANZ_ADDRESS_VIRTUAL) {
		g_set_error(error, CLI_ERROR, CLI_ERROR_FAILED,
			    "%s: no owner's structure lies at that address, and it is neither in the "
			    "direct map nor among struct pages; 'memdesc page' finds the page behind it, "
			    "TYPE@%s prints it as a structure", word, word);
		return FALSE;
	}
	query = anz_store_query(store,
		"SELECT descriptor, class, first_pfn, \"order\", "
		"last_pfn - first_pfn + 1, struct_page FROM page WHERE pfn = :pfn", error);
	if (!query)
		return FALSE;
	anz_query_bind_int(query, ":pfn", address.pfn);
	if (!anz_query_next(query, error)) {
		if (error && !*error)
			g_set_error(error, CLI_ERROR, CLI_ERROR_FAILED, "%s: outside the map", word);
		return FALSE;
	}
	node->address = anz_query_int(query, anz_query_is_null(query, 0) ? 5 : 0);
	node->page_class = g_strdup(anz_query_text(query, 1));
	info = anz_page_class_info(anz_page_class_from_name(node->page_class));
	node->kind = g_strdup(anz_query_is_null(query, 0) || !info->descriptor ? "page" :
			      info->descriptor);
	node->pfn = anz_query_is_null(query, 2) ? (gint64)address.pfn : anz_query_int(query, 2);
	node->order = anz_query_is_null(query, 3) ? 0 : anz_query_int(query, 3);
	node->pages = anz_query_is_null(query, 4) ? 1 : anz_query_int(query, 4);
	node->understood = g_strdup(address.words);
	return TRUE;
}

static gboolean read_members(Source *source, Args *args, const char *type, guint64 address,
			     Node *node, GError **error)
{
	AnzSource *dump = source_dump(source, args, error);
	g_auto(GStrv) lines = NULL;

	if (!dump)
		return FALSE;
	lines = anz_source_describe_struct(dump, type, address, error);
	if (!lines)
		return FALSE;
	node->members = g_strjoinv("\n", lines);
	return TRUE;
}

/* The structure behind an owner of each kind; those of most kinds vary with what was found. */
static const char *owner_struct(const char *kind)
{
	static const struct {
		const char *kind, *type;
	} structs[] = {
		{ "cache", "kmem_cache" }, { "file", "inode" }, { "process", "mm_struct" },
		{ "anon", "anon_vma" }, { "swap", "swap_info_struct" }, { "stack", "task_struct" },
		{ "area", "vm_struct" }, { "module", "module" }, { "percpu", "pcpu_chunk" },
		{ "pipe", "pipe_inode_info" }, { "socket", "sock" }, { "trace", "trace_buffer" },
	};

	for (guint i = 0; i < G_N_ELEMENTS(structs); i++)
		if (g_str_equal(kind, structs[i].kind))
			return structs[i].type;
	return NULL;
}

static gboolean find_node(Source *source, Args *args, const char *word, Node *node, GError **error)
{
	gsize len = type_length(word);
	g_autoptr(GError) err = NULL;

	node->given = word;
	if (len) {
		g_autofree char *type = g_strndup(word, len);
		const char *name = g_str_has_prefix(type, "struct ") ? type + 7 : type;

		if (!parse_address(word + len + 1, &node->address)) {
			g_set_error(error, CLI_ERROR, CLI_ERROR_USAGE,
				    "%s: behind @ stands a kernel virtual address (0x...)", word);
			return FALSE;
		}
		node->kind = g_strdup(name);
		node->understood = g_strdup("structure by type");
		return read_members(source, args, name, node->address, node, error);
	}
	if (!find_owner(source->store, word, node, &err)) {
		if (err) {
			g_propagate_error(error, g_steal_pointer(&err));
			return FALSE;
		}
		if (!find_descriptor(source->store, word, node, error))
			return FALSE;
	}
	if (!args->members)
		return TRUE;
	if (node->owner && !owner_struct(node->kind)) {
		g_set_error(error, CLI_ERROR, CLI_ERROR_FAILED,
			    "%s: which structure an owner of kind %s has is not fixed; name it: "
			    "TYPE@%s", word, node->kind, word);
		return FALSE;
	}
	return read_members(source, args, node->owner ? owner_struct(node->kind) : node->kind,
			    node->address, node, error);
}

static void print_node(Output *out, const Node *node)
{
	gboolean descriptor = node->page_class != NULL;

	output_text(out, node->given);
	output_text(out, node->understood);
	output_uint(out, node->address);
	output_text(out, node->kind);
	output_text(out, node->name);
	output_text(out, node->page_class);
	if (descriptor) {
		output_int(out, node->pfn);
		output_int(out, node->order);
	} else {
		output_null(out);
		output_null(out);
	}
	if (descriptor || node->owner)
		output_int(out, node->pages);
	else
		output_null(out);
	output_text(out, node->members);
	output_row(out);
}

/* A stretch ends where it ends, so whatever overlaps begins at most the longest one before. */
#define OVERLAP_SQL(table) \
	"pfn < :end AND pfn + pages > :pfn AND pfn >= :pfn - coalesce((SELECT max(pages) FROM " \
	table " WHERE snapshot = :snapshot), 0)"

static AnzQuery *edges_of(AnzStore *store, const Node *node, GError **error)
{
	static const char owner_sql[] =
		"SELECT 'from' AS direction, edge, target_kind AS kind, target_name AS name, "
		"target AS address, pfn, pages, place FROM edges "
		"WHERE snapshot = :snapshot AND source_owner = :owner "
		"UNION ALL SELECT 'to', edge, source_kind, source_name, source, pfn, pages, place "
		"FROM edges WHERE snapshot = :snapshot AND target_owner = :owner";
	static const char descriptor_sql[] =
		"SELECT 'to' AS direction, edge, source_kind AS kind, source_name AS name, "
		"source AS address, max(pfn, :pfn) AS pfn, "
		"min(pfn + pages, :end) - max(pfn, :pfn) AS pages, "
		"place + (max(pfn, :pfn) - pfn) * (SELECT page_size FROM snapshot "
		"WHERE id = :snapshot) AS place FROM edges "
		"WHERE snapshot = :snapshot AND edge = 'owns' AND " OVERLAP_SQL("owned")
		" UNION ALL SELECT 'to', edge, source_kind, source_name, source, max(pfn, :pfn), "
		"min(pfn + pages, :end) - max(pfn, :pfn), place + (max(pfn, :pfn) - pfn) * "
		"(SELECT page_size FROM snapshot WHERE id = :snapshot) FROM edges "
		"WHERE snapshot = :snapshot AND edge IN ('maps', 'table') AND "
		OVERLAP_SQL("mappings");
	AnzQuery *query = anz_store_query(store, node->owner ? owner_sql : descriptor_sql, error);

	if (!query)
		return NULL;
	anz_query_bind_int(query, ":owner", node->owner);
	anz_query_bind_int(query, ":pfn", node->pfn);
	anz_query_bind_int(query, ":end", node->pfn + node->pages);
	return query;
}

static gboolean has_edges(const Node *node)
{
	return node->owner || node->page_class;
}

/* --- Graphviz --- */

static void dot_text(GString *to, const char *text)
{
	for (; text && *text; text++) {
		if (*text == '"' || *text == '\\')
			g_string_append_c(to, '\\');
		if ((guint8)*text >= 0x20)
			g_string_append_c(to, *text);
	}
}

static gboolean print_dot(Output *out, AnzStore *store, const Node *node, GError **error)
{
	g_autoptr(AnzQuery) query = edges_of(store, node, error);
	g_autoptr(GString) line = g_string_new(NULL);
	g_autoptr(GError) err = NULL;
	guint64 n = 0, left_out = 0;

	if (!query)
		return FALSE;
	output_line(out, PAINT_NONE, "digraph memdesc {");
	output_line(out, PAINT_NONE, "\trankdir=LR; node [shape=box, fontname=\"sans-serif\"];");
	g_string_append(line, "\tn0 [style=bold, label=\"");
	dot_text(line, node->kind);
	g_string_append_printf(line, " 0x%" G_GINT64_MODIFIER "x\\n", node->address);
	if (node->page_class)
		g_string_append_printf(line, "%s, frames %" G_GINT64_FORMAT "+%" G_GINT64_FORMAT,
				       node->page_class, node->pfn, node->pages);
	else
		dot_text(line, node->name);
	g_string_append(line, "\"];");
	output_line(out, PAINT_NONE, line->str);
	while (anz_query_next(query, &err)) {
		gboolean from = !g_strcmp0(anz_query_text(query, 0), "from");

		if (++n > MAX_DOT_EDGES) {
			left_out++;
			continue;
		}
		g_string_printf(line, "\tn%" G_GUINT64_FORMAT " [label=\"", n);
		dot_text(line, anz_query_text(query, 2));
		g_string_append_c(line, ' ');
		dot_text(line, anz_query_text(query, 3));
		if (!anz_query_is_null(query, 5))
			g_string_append_printf(line, "\\nframes %" G_GINT64_FORMAT "+%"
					       G_GINT64_FORMAT, anz_query_int(query, 5),
					       anz_query_int(query, 6));
		g_string_append(line, "\"];");
		output_line(out, PAINT_NONE, line->str);
		g_string_printf(line, from ? "\tn0 -> n%" G_GUINT64_FORMAT " [label=\"" :
				"\tn%" G_GUINT64_FORMAT " -> n0 [label=\"", n);
		dot_text(line, anz_query_text(query, 1));
		if (!anz_query_is_null(query, 7))
			g_string_append_printf(line, "\\n0x%" G_GINT64_MODIFIER "x",
					       (guint64)anz_query_int(query, 7));
		g_string_append(line, "\"];");
		output_line(out, PAINT_NONE, line->str);
	}
	if (err) {
		g_propagate_error(error, g_steal_pointer(&err));
		return FALSE;
	}
	if (left_out) {
		g_string_printf(line, "\tmore [shape=plaintext, label=\"and %" G_GUINT64_FORMAT
				" more edges\"]; n0 -> more [style=dotted];", left_out);
		output_line(out, PAINT_NONE, line->str);
	}
	output_line(out, PAINT_NONE, "}");
	return TRUE;
}

static gboolean print_edges(Output *out, AnzStore *store, const Node *node, GError **error)
{
	g_autoptr(AnzQuery) query = edges_of(store, node, error);
	g_autoptr(GError) err = NULL;

	if (!query)
		return FALSE;
	while (anz_query_next(query, &err)) {
		for (guint i = 0; i < G_N_ELEMENTS(edge_columns); i++)
			output_query_cell(out, query, i);
		output_row(out);
	}
	if (!err)
		return TRUE;
	g_propagate_error(error, g_steal_pointer(&err));
	return FALSE;
}

static gboolean print_tables(Output *out, AnzStore *store, Node *nodes, guint n, GError **error)
{
	gboolean report = output_is_report(out);

	if (!output_begin(out, &node_table, error))
		return FALSE;
	for (guint i = 0; i < n; i++)
		print_node(out, &nodes[i]);
	output_end(out);
	/* People get a table for each node; a script gets one, for a name comes once in JSON. */
	if (!report && !output_begin(out, &edge_table, error))
		return FALSE;
	for (guint i = 0; i < n; i++) {
		if (!has_edges(&nodes[i]))
			continue;
		if (report) {
			output_heading(out, "Edges%s%s", n > 1 ? " of " : "",
				       n > 1 ? nodes[i].given : "");
			if (!output_begin(out, &edge_table, error))
				return FALSE;
		}
		if (!print_edges(out, store, &nodes[i], error))
			return FALSE;
		if (report)
			output_end(out);
	}
	if (!report)
		output_end(out);
	return TRUE;
}

static gboolean print_all(Output *out, Source *source, Args *args, char **words, guint n,
			  GError **error)
{
	Node *nodes = g_new0(Node, n);
	gboolean ok = TRUE;

	/* All or nothing: a wrong address is told before anything is printed. */
	for (guint i = 0; ok && i < n; i++)
		ok = find_node(source, args, words[i], &nodes[i], error);
	if (ok && args->dot) {
		for (guint i = 0; ok && i < n; i++)
			ok = print_dot(out, source->store, &nodes[i], error);
	} else if (ok) {
		ok = print_tables(out, source->store, nodes, n, error);
	}
	for (guint i = 0; i < n; i++)
		node_clear(&nodes[i]);
	g_free(nodes);
	return ok;
}

static gboolean run(Args *args, GError **error)
{
	guint n_sources = source_need_addresses(args, is_node, "desc SOURCE ADDR|TYPE@ADDR...", error);

	if (!n_sources)
		return FALSE;
	if (args->dot && (args->json || args->csv || args->columns || args->tables)) {
		g_set_error(error, CLI_ERROR, CLI_ERROR_USAGE,
			    "--dot is a format of its own: it does not go with --json, --csv, "
			    "--columns or --table");
		return FALSE;
	}

	g_autoptr(Output) out = output_open(args, &node_table, verb_desc.tables, error);

	if (!out)
		return FALSE;

	g_autoptr(Source) source = source_open(args, args->words, n_sources, error);

	if (!source || !print_all(out, source, args, args->words + n_sources,
				  args->n_words - n_sources, error))
		return FALSE;
	return output_close(g_steal_pointer(&out), error);
}

static const Option options[] = {
	{ "members", 0, G_OPTION_ARG_NONE, NULL, G_STRUCT_OFFSET(Args, members),
	  "Print also the members of the structure by name." },
	{ "dot", 0, G_OPTION_ARG_NONE, NULL, G_STRUCT_OFFSET(Args, dot),
	  "Write the node and its edges as a graph for Graphviz: ... --dot | dot -Tsvg >graph.svg" },
	{ NULL }
};

static const Table *const tables[] = { &node_table, &edge_table, NULL };

static const Example examples[] = {
	{ "memdesc desc vmcore.memdesc 0xffffea0004001c00", "A folio, slab or page table: who has it." },
	{ "memdesc desc vmcore.memdesc 0xffff888003c41c00 --dot | dot -Tsvg >cache.svg",
	  "An owner and what it owns, as a picture." },
	{ "memdesc desc vmcore kmem_cache@0xffff888003c41c00", "Any structure by its type." },
	{ NULL }
};

const Verb verb_desc = {
	.name = "desc",
	.arguments = "SOURCE... ADDR|TYPE@ADDR...",
	.summary = "a descriptor or an owner with its edges; any structure by its type",
	.description =
		"ADDR is the address of an owner's structure (struct kmem_cache, inode, mm_struct "
		"...), or any address of a page that 'memdesc page' takes, which stands for the folio, "
		"slab, page table or other descriptor that the page belongs to. Printed are the node "
		"and its edges: who owns and maps it, or what it owns.\n\n"
		"TYPE@ADDR prints the structure of that type at a kernel virtual address, as the "
		"kernel's type information describes it. Types that only a module has come from the BTF "
		"that the module brought along; where several have one of that name, MODULE:TYPE@ADDR "
		"says whose. This and --members need the dump: the one "
		"named as SOURCE, or the one that an analysis file was made from.",
	.options = options,
	.tables = tables,
	.examples = examples,
	.min_words = 2, .max_words = G_MAXUINT,
	.run = run,
};
