/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* memdesc areas: vmalloc areas, modules, per-cpu chunks. */
#include "source.h"
#include "verbs.h"

static const Column area_columns[] = {
	{ "start", NULL, KIND_ADDRESS, 0, "first byte" },
	{ "bytes", "SIZE", KIND_BYTES, 0, "of address space, guard page included" },
	{ "pages", NULL, KIND_PAGES, 0,
	  "frames of kernel memory found behind it; what is of a stack, module or per-cpu chunk is "
	  "theirs" },
	{ "owned", NULL, KIND_PAGES, 0, "of these, owned by the area" },
	{ "allocated", NULL, KIND_PAGES, COLUMN_EXTRA, "what vmalloc() allocated for it" },
	{ "flags_text", "FLAGS", KIND_TEXT, 0, "VM_* flags in words" },
	{ "physical", NULL, KIND_ADDRESS, COLUMN_EXTRA, "of device memory" },
	{ "end", NULL, KIND_ADDRESS, COLUMN_EXTRA, "one past the last byte" },
	{ "address", NULL, KIND_ADDRESS, COLUMN_EXTRA, "of struct vm_struct" },
	{ "caller", NULL, KIND_TEXT, 0, "who asked for it" },
};
static const Table area_table = TABLE("areas", area_columns, 0, "one row per vmalloc area");

static const Column module_columns[] = {
	{ "module", NULL, KIND_TEXT, 0, "name" },
	{ "size", NULL, KIND_BYTES, 0, "of all its parts" },
	{ "pages", NULL, KIND_PAGES, 0, "frames behind them" },
	{ "address", NULL, KIND_ADDRESS, 0, "of struct module" },
};
static const Table module_table = TABLE("modules", module_columns, 0, "one row per kernel module");

static const Column chunk_columns[] = {
	{ "base", NULL, KIND_ADDRESS, 0, "of the first cpu's unit" },
	{ "unit_pages", NULL, KIND_PAGES, 0, "pages of one unit, populated or not" },
	{ "populated", NULL, KIND_PAGES, 0, "of these" },
	{ "pages", NULL, KIND_PAGES, 0, "frames behind the units of all cpus" },
	{ "bytes", "SIZE", KIND_BYTES, 0, "the same in bytes" },
	{ "free_bytes", "FREE", KIND_BYTES, 0, "free bytes of one unit" },
	{ "name", "CHUNK", KIND_TEXT, 0, "what it is" },
	{ "address", NULL, KIND_ADDRESS, COLUMN_EXTRA, "of struct pcpu_chunk" },
};
static const Table chunk_table = TABLE("percpu_chunks", chunk_columns, 0,
				       "one row per chunk of the per-cpu allocator");

static gboolean print(Output *out, AnzStore *store, const Table *table, const char *heading,
		      const char *sql, GError **error)
{
	g_autoptr(AnzQuery) query = anz_store_query(store, sql, error);

	if (!query)
		return FALSE;
	output_heading(out, heading);
	return output_query(out, table, query, error);
}

static gboolean run(Args *args, GError **error)
{
	g_autoptr(Output) out = output_open(args, &area_table, verb_areas.tables, error);

	if (!out)
		return FALSE;

	g_autoptr(Source) source = source_open_owners(args, args->words, args->n_words, error);

	if (!source ||
	    !print(out, source->store, &area_table, "vmalloc areas, those with most memory first",
		   "SELECT a.*, a.\"end\" - a.start AS bytes, ifnull(o.pages, 0) AS owned FROM areas a "
		   "LEFT JOIN owners o ON o.snapshot = a.snapshot AND o.id = a.owner "
		   "WHERE a.snapshot = :snapshot ORDER BY a.pages DESC, a.start", error) ||
	    !print(out, source->store, &module_table, "Modules, largest first",
		   "SELECT * FROM modules WHERE snapshot = :snapshot ORDER BY pages DESC, module",
		   error) ||
	    !print(out, source->store, &chunk_table, "Per-cpu memory",
		   "SELECT c.*, c.pages * " PAGE_SIZE_SQL " AS bytes, o.name FROM percpu_chunks c "
		   "JOIN owners o ON o.snapshot = c.snapshot AND o.id = c.owner "
		   "WHERE c.snapshot = :snapshot ORDER BY c.pages DESC, c.base", error))
		return FALSE;
	return output_close(g_steal_pointer(&out), error);
}

static const Table *const tables[] = { &area_table, &module_table, &chunk_table, NULL };

static const Example examples[] = {
	{ "memdesc areas vmcore.memdesc", "Areas, modules and per-cpu chunks." },
	{ "memdesc areas vmcore.memdesc --table areas --csv", "The areas alone, for a script." },
	{ NULL }
};

const Verb verb_areas = {
	.name = "areas",
	.arguments = "SOURCE...",
	.summary = "vmalloc areas, modules, per-cpu memory",
	.description =
		"Prints what the kernel has mapped page by page: the areas of vmalloc space with the "
		"function that asked for each (as /proc/vmallocinfo does), kernel modules, and chunks of "
		"the per-cpu allocator. Modules, per-cpu chunks and kernel stacks lie in such areas and "
		"own their pages, so an area may own fewer than lie behind it.",
	.tables = tables,
	.examples = examples,
	.min_words = 1, .max_words = G_MAXUINT,
	.run = run,
};
