/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * memdesc info: what the dump is and what the machine was.  One row of facts, each from a key of
 * table meta (or asked of another table), the last messages of the kernel, and the remarks.
 */
#include <string.h>

#include "source.h"
#include "verbs.h"

static const Column info_columns[] = {
	{ "source", "Source", KIND_LIST, 0, "the files that were read" },
	{ "format", "Format", KIND_TEXT, 0, "of the dump" },
	{ "source_bytes", "Size", KIND_BYTES, 0, "of the files together" },
	{ "filtered", "Filtered", KIND_BOOLEAN, 0, "the dumper left pages out" },
	{ "incomplete", "Incomplete", KIND_BOOLEAN, 0, "the dump is flagged or found truncated" },
	{ "zero_ambiguous", "Zero ambiguous", KIND_BOOLEAN, COLUMN_EXTRA,
	  "excluded pages and pages of zeros cannot be told apart" },
	{ "type_info", "Type info", KIND_LIST, 0, "where struct layouts came from" },
	{ "vmcoreinfo_origin", "VMCOREINFO from", KIND_TEXT, 0, "note, memory or a file" },
	{ "release", "Kernel release", KIND_TEXT, 0, "as uname -r says" },
	{ "version", "Kernel version", KIND_TEXT, 0, "the kernel's banner" },
	{ "build_id", "Build ID", KIND_TEXT, 0, "of the kernel image" },
	{ "arch", "Architecture", KIND_TEXT, 0, "as uname -m says" },
	{ "hostname", "Host", KIND_TEXT, 0, "the machine's name" },
	{ "command_line", "Command line", KIND_TEXT, 0, "of the kernel" },
	{ "time", "Time", KIND_TIME, 0, "of the dump, in seconds since 1970" },
	{ "uptime", "Uptime", KIND_DURATION, 0, "seconds since boot" },
	{ "panic", "Panic", KIND_TEXT, 0, "the panic message" },
	{ "panic_cpu", "Panic CPU", KIND_INTEGER, 0, "which processor" },
	{ "panic_task", "Panic task", KIND_TEXT, 0, "which task" },
	{ "cpus_online", "CPUs online", KIND_INTEGER, 0, "processors" },
	{ "cpus_possible", "CPUs possible", KIND_INTEGER, 0, "processors that could be" },
	{ "nodes", "NUMA nodes", KIND_INTEGER, 0, "how many" },
	{ "ram_bytes", "Memory in dump", KIND_BYTES, 0, "behind the frames that the dump knows" },
	{ "frames", "Page frames", KIND_PAGES, 0, "of the map" },
	{ "page_size", "Page size", KIND_BYTES, 0, "of a base page" },
	{ "slide", "KASLR slide", KIND_ADDRESS, 0, "of the kernel image" },
	{ "phys_base", "phys_base", KIND_TEXT, COLUMN_EXTRA, "physical address of its link base" },
	{ "page_offset", "Direct map", KIND_ADDRESS, 0, "virtual address of physical 0" },
	{ "vmemmap", "vmemmap", KIND_ADDRESS, 0, "virtual address of struct page of frame 0" },
	{ "text_start", "Text start", KIND_ADDRESS, COLUMN_EXTRA, "of the kernel image" },
	{ "text_end", "Text end", KIND_ADDRESS, COLUMN_EXTRA, "of the kernel image" },
	{ "shape", "Page format", KIND_TEXT, COLUMN_EXTRA, "how pages are described" },
	{ "struct_page_size", "struct page", KIND_BYTES, 0, "its size" },
	{ "page_type_scheme", "Page types", KIND_TEXT, 0, "how page types are encoded" },
	{ "memdesc_table", "Memdesc types", KIND_TEXT, 0, "table of memory-descriptor types" },
	{ "buddy_layout", "Buddy layout", KIND_TEXT, 0,
	  "how free pages are linked among memory descriptors" },
	{ "compound", "Compound pages", KIND_TEXT, 0, "how tails find their head" },
	{ "pageblock_order", "Pageblock order", KIND_INTEGER, 0, "pages per block: 2^order" },
	{ "taken", "Snapshot taken", KIND_TEXT, COLUMN_EXTRA,
	  "when the memory was as it is shown, if the dump tells" },
	{ "analyzed", "Analysed", KIND_TEXT, 0, "when" },
	{ "tool", "Analysed by", KIND_TEXT, 0, "which version of the program" },
	{ "seconds", "Analysis took", KIND_REAL, COLUMN_EXTRA, "seconds" },
	{ "partial", "Partial", KIND_BOOLEAN, 0, "part of the source could not be read" },
	{ "snapshot", "Snapshot", KIND_INTEGER, 0, "the one shown" },
	{ "snapshots", "Snapshots", KIND_INTEGER, COLUMN_EXTRA, "how many the file holds" },
};
static const Table info_table = TABLE("info", info_columns, TABLE_RECORD,
				      "what the dump is, one row; null: not known");

/* Where each column's value is: a key of table meta, or SQL. */
static const char *const info_from[] = {
	"source.path", "source.format", "source.bytes", "source.filtered", "source.incomplete",
	"source.zero_ambiguous", "source.type_info", "vmcoreinfo.origin", "kernel.release",
	"kernel.version", "kernel.build_id", "kernel.arch", "kernel.hostname",
	"kernel.command_line", "kernel.time", "kernel.uptime", "kernel.panic",
	"kernel.panic_cpu", "kernel.panic_task", "kernel.cpus_online", "kernel.cpus_possible",
	"SELECT count(*) FROM nodes WHERE snapshot = :snapshot",
	"SELECT m.value * s.page_size FROM meta m, snapshot s WHERE m.snapshot = :snapshot "
	"AND s.id = :snapshot AND m.key = 'memory.ram_frames'",
	"memory.frames",
	"SELECT page_size FROM snapshot WHERE id = :snapshot",
	"kernel.slide", "kernel.phys_base", "kernel.page_offset", "kernel.vmemmap",
	"kernel.text_start", "kernel.text_end", "format.shape", "format.struct_page_size",
	"format.page_type_scheme", "format.memdesc_table", "format.buddy_layout",
	"format.compound", "format.pageblock_order",
	"SELECT taken FROM snapshot WHERE id = :snapshot",
	"SELECT analyzed FROM snapshot WHERE id = :snapshot",
	"SELECT tool FROM snapshot WHERE id = :snapshot",
	"analysis.seconds", "analysis.partial",
	"SELECT id FROM snapshot WHERE id = :snapshot",
	"SELECT count(*) FROM snapshot",
};
G_STATIC_ASSERT(G_N_ELEMENTS(info_from) == G_N_ELEMENTS(info_columns));

static const Column fact_columns[] = {
	{ "name", NULL, KIND_TEXT, 0, "what" },
	{ "value", NULL, KIND_TEXT, 0, "as it is used" },
	{ "origin", NULL, KIND_TEXT, 0, "DWARF, BTF, VMCOREINFO, built-in, user or memory" },
};
static const Table fact_table = TABLE("format_fact", fact_columns, 0,
				      "every layout fact in use (with --facts)");

static char *value_of(AnzStore *store, const char *from)
{
	g_autoptr(AnzQuery) query = NULL;

	if (!g_str_has_prefix(from, "SELECT "))
		return anz_store_meta(store, from);
	query = anz_store_query(store, from, NULL);
	if (!query || !anz_query_next(query, NULL) || anz_query_is_null(query, 0))
		return NULL;
	return g_strdup(anz_query_text(query, 0));
}

static void put_value(Output *out, const char *text, Kind kind)
{
	char *end;

	if (!text) {
		output_null(out);
		return;
	}
	switch (kind) {
	case KIND_TEXT:
	case KIND_LIST:
		output_text(out, text);
		break;
	case KIND_REAL:
	case KIND_DURATION:
		output_real(out, g_ascii_strtod(text, NULL));
		break;
	default: {
		gboolean hexadecimal = g_str_has_prefix(text, "0x");
		guint64 value = g_ascii_strtoull(text, &end, hexadecimal ? 16 : 10);

		/* a negative slide, or words where a number should be: as it stands */
		if (*text == '-' || end == text || *end)
			output_text(out, text);
		else
			output_uint(out, value);
	}
	}
}

static gboolean print_info(Output *out, AnzStore *store, GError **error)
{
	g_autoptr(GPtrArray) values = g_ptr_array_new_with_free_func(g_free);

	if (!output_begin(out, &info_table, error))
		return FALSE;
	for (guint i = 0; i < G_N_ELEMENTS(info_columns); i++) {
		char *value = value_of(store, info_from[i]);

		g_ptr_array_add(values, value);
		put_value(out, value, info_columns[i].kind);
		if (!strcmp(info_columns[i].name, "panic"))
			output_paint(out, PAINT_BAD);
	}
	output_row(out);
	output_end(out);
	return TRUE;
}

static gboolean print_facts(Output *out, AnzStore *store, GError **error)
{
	g_autoptr(AnzQuery) query = anz_store_query(store,
		"SELECT name, value, origin FROM format_fact WHERE snapshot = :snapshot "
		"ORDER BY name", error);

	if (!query)
		return FALSE;
	output_heading(out, "Layout facts in use");
	return output_query(out, &fact_table, query, error);
}

static gboolean print_all(Output *out, AnzStore *store, int last, gboolean facts,
			  GError **error)
{
	if (!print_info(out, store, error))
		return FALSE;
	if (facts && !print_facts(out, store, error))
		return FALSE;
	if (last) {
		output_heading(out, "Last kernel messages");
		if (!print_log(out, store, last, -1, error))
			return FALSE;
	}
	say_findings(out, store);
	return print_remarks(out, store, error);
}

static gboolean run(Args *args, GError **error)
{
	g_autoptr(Output) out = output_open(args, args->facts ? &fact_table : &info_table,
					    verb_info.tables, error);

	if (!out)
		return FALSE;

	g_autoptr(Source) source = source_open(args, args->words, args->n_words, error);

	if (!source || !print_all(out, source->store, args->last < 0 ? 5 : args->last,
				  args->facts || output_asked(out, &fact_table), error))
		return FALSE;
	return output_close(g_steal_pointer(&out), error);
}

static const Option options[] = {
	{ "facts", 0, G_OPTION_ARG_NONE, NULL, G_STRUCT_OFFSET(Args, facts),
	  "Print also every layout fact in use (offsets, flag bits, encodings) and where it "
	  "came from." },
	{ "last", 0, G_OPTION_ARG_INT, "N", G_STRUCT_OFFSET(Args, last),
	  "Print the last N kernel messages instead of 5." },
	{ NULL }
};

static const Table *const tables[] = {
	&info_table, &fact_table, &log_table, &remark_table, NULL
};

static const Example examples[] = {
	{ "memdesc info vmcore", "What is this file?" },
	{ "memdesc info vmcore.memdesc --facts --csv", "The page format that was found." },
	{ "memdesc info vmcore.memdesc --columns release --no-header", "For a script." },
	{ NULL }
};

const Verb verb_info = {
	.name = "info",
	.arguments = "SOURCE...",
	.summary = "what the dump is: kernel, machine, panic, last messages",
	.description =
		"Prints what is known about the dump and the machine: format, kernel, host, time "
		"and uptime, panic message, processors, memory, where the kernel lay, and how its "
		"pages are described; then the last messages of the kernel and what the analysis "
		"has to remark.",
	.options = options,
	.tables = tables,
	.examples = examples,
	.min_words = 1, .max_words = G_MAXUINT,
	.run = run,
};
