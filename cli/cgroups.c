/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* memdesc cgroups: control groups, and what is charged to one. */
#include "source.h"
#include "verbs.h"

static const Column group_columns[] = {
	{ "cgroup", NULL, KIND_TEXT, 0, "path" },
	{ "online", NULL, KIND_BOOLEAN, 0,
	  "no: removed, but there until nothing is charged to it any more" },
	{ "subtree_bytes", "SIZE", KIND_BYTES, 0,
	  "pages and slab objects charged to it and to the groups below it" },
	{ "pages", NULL, KIND_PAGES, 0, "pages charged to the group itself" },
	{ "anon", NULL, KIND_PAGES, 0, "of these, anonymous: KSM and swap cache included" },
	{ "file", NULL, KIND_PAGES, 0, "of these, page cache of files" },
	{ "shmem", NULL, KIND_PAGES, 0, "of these, shared memory" },
	{ "kernel_pages", "KERNEL", KIND_PAGES, 0, "of these, charged as kernel memory" },
	{ "objects", NULL, KIND_INTEGER, 0, "slab objects charged to the group itself" },
	{ "object_bytes", "OBJECTS_SIZE", KIND_BYTES, 0,
	  "these in bytes, as charged: each with the pointer to its group" },
	{ "subtree_pages", NULL, KIND_PAGES, COLUMN_EXTRA,
	  "pages charged to it and to the groups below it" },
	{ "subtree_objects", NULL, KIND_INTEGER, COLUMN_EXTRA,
	  "slab objects charged to it and to the groups below it" },
	{ "usage", "CURRENT", KIND_BYTES, 0,
	  "the kernel's own count, groups below included: memory.current" },
	{ "max", NULL, KIND_BYTES, 0, "its limit, memory.max; null: none" },
	{ "swap_usage", "SWAP", KIND_BYTES, 0, "the kernel's own count: memory.swap.current" },
	{ "swapped", NULL, KIND_PAGES, COLUMN_EXTRA, "slots of swap areas charged to the group itself" },
	{ "id", NULL, KIND_INTEGER, COLUMN_EXTRA, "number that swap slots name it by" },
	{ "inode", NULL, KIND_INTEGER, COLUMN_EXTRA, "of its folder" },
	{ "address", NULL, KIND_ADDRESS, COLUMN_EXTRA, "of struct mem_cgroup" },
};
static const Table group_table = TABLE("cgroups", group_columns, 0, "one row per control group");

static const Column class_columns[] = {
	{ "cgroup", NULL, KIND_TEXT, 0, "path" },
	{ "class", NULL, KIND_TEXT, 0, "what the pages are" },
	{ "pages", NULL, KIND_PAGES, 0, "how many are charged to the group itself" },
	{ "bytes", "SIZE", KIND_BYTES, 0, "the same in bytes" },
};
static const Table class_table = TABLE("cgroup_classes", class_columns, 0,
				       "pages by class (with --cgroup or --table)");

static const Column cache_columns[] = {
	{ "cgroup", NULL, KIND_TEXT, 0, "path" },
	{ "cache", NULL, KIND_TEXT, 0, "name of the slab cache" },
	{ "objects", NULL, KIND_INTEGER, 0, "how many are charged to the group itself" },
	{ "bytes", "SIZE", KIND_BYTES, 0, "these, from one object to the next" },
};
static const Table cache_table = TABLE("cgroup_caches", cache_columns, 0,
				       "slab objects by cache (with --cgroup or --table)");

static const Column counter_columns[] = {
	{ "cgroup", NULL, KIND_TEXT, 0, "path" },
	{ "counter", NULL, KIND_TEXT, 0, "name of a file, or of an item of memory.stat" },
	{ "unit", NULL, KIND_TEXT, 0, "pages or bytes" },
	{ "kernel", NULL, KIND_INTEGER, 0, "what the kernel counted" },
	{ "census", NULL, KIND_INTEGER, 0, "what was found; null: not counted" },
	{ "difference", NULL, KIND_INTEGER, 0, "census - kernel" },
	{ "exact", NULL, KIND_BOOLEAN, 0,
	  "the two must be equal; else the kernel's is as old as its last flush, or means a little "
	  "more or less" },
	{ "subtree", NULL, KIND_BOOLEAN, 0, "groups below are included" },
	{ "meaning", NULL, KIND_TEXT, 0, "what is counted" },
};
static const Table counter_table = TABLE("cgroup_counters", counter_columns, 0,
	"the kernel's own counters beside what was found (with --cgroup or --table)");

static const Column generation_columns[] = {
	{ "cgroup", NULL, KIND_TEXT, 0, "path" },
	{ "node", NULL, KIND_INTEGER, 0, "NUMA node" },
	{ "zone", NULL, KIND_TEXT, 0, "zone" },
	{ "type", NULL, KIND_TEXT, 0,
	  "anon: what is written to swap, if anywhere, shared memory included; file" },
	{ "seq", NULL, KIND_INTEGER, 0, "sequence number" },
	{ "age", NULL, KIND_INTEGER, 0, "how many generations are younger" },
	{ "seconds", NULL, KIND_REAL, 0, "since it began" },
	{ "kernel", NULL, KIND_PAGES, 0, "pages as the kernel counted them: lrugen.nr_pages" },
	{ "pages", NULL, KIND_PAGES, 0, "pages whose folio says so" },
	{ "bytes", "SIZE", KIND_BYTES, 0, "the same in bytes" },
	{ "generation", NULL, KIND_INTEGER, COLUMN_EXTRA, "last bits of seq, as in table page" },
	{ "min_seq", NULL, KIND_INTEGER, COLUMN_EXTRA, "sequence number of the oldest of its type" },
	{ "lruvec", NULL, KIND_ADDRESS, COLUMN_EXTRA, "of struct lruvec" },
};
static const Table generation_table = TABLE("cgroup_generations", generation_columns, 0,
	"pages by generation under multi-generational LRU (with --cgroup or --table)");

#define NAMES_SQL \
	"SELECT cgroup FROM cgroups WHERE snapshot = :snapshot GROUP BY cgroup ORDER BY cgroup"
#define CLASS_SQL(classes) \
	"(SELECT ifnull(sum(pages), 0) FROM cgroup_classes c WHERE c.snapshot = g.snapshot " \
	"AND c.owner = g.owner AND c.class IN (" classes "))"
#define ONE_SQL "snapshot = :snapshot AND (:cgroup IS NULL OR g.cgroup = :cgroup)"

static const struct {
	const Table *table;
	const char *heading, *sql;
} details[] = {
	{ &class_table, "Pages by class",
	  "SELECT g.cgroup, c.class, c.pages, c.pages * " PAGE_SIZE_SQL " AS bytes "
	  "FROM cgroups g JOIN cgroup_classes c USING (snapshot, owner) WHERE " ONE_SQL " "
	  "ORDER BY g.cgroup, g.owner, c.pages DESC, c.class" },
	{ &cache_table, "Slab objects by cache",
	  "SELECT g.cgroup, k.cache, c.objects, c.bytes FROM cgroups g "
	  "JOIN cgroup_caches c USING (snapshot, owner) "
	  "JOIN caches k ON k.snapshot = c.snapshot AND k.address = c.cache "
	  "WHERE g." ONE_SQL " ORDER BY g.cgroup, g.owner, c.bytes DESC, k.cache, k.address" },
	{ &generation_table, "Pages by generation",
	  "SELECT g.cgroup, n.*, n.pages * " PAGE_SIZE_SQL " AS bytes FROM cgroups g "
	  "JOIN generations n USING (snapshot, owner) WHERE " ONE_SQL " "
	  "ORDER BY g.cgroup, g.owner, n.node, n.type, n.age, n.zone" },
	{ &counter_table, "Beside the kernel's own counters",
	  "SELECT g.cgroup, c.*, c.census - c.kernel AS difference FROM cgroups g "
	  "JOIN cgroup_counters c USING (snapshot, owner) WHERE " ONE_SQL " "
	  "ORDER BY g.cgroup, g.owner, c.exact DESC, c.counter" },
};

static gboolean print(Output *out, AnzStore *store, const Args *args, const Table *table,
		      const char *heading, const char *sql, GError **error)
{
	g_autoptr(AnzQuery) query = anz_store_query(store, sql, error);

	if (!query)
		return FALSE;
	anz_query_bind_text(query, ":cgroup", args->cgroup);
	output_heading(out, "%s", heading);
	return output_query(out, table, query, error);
}

static gboolean run(Args *args, GError **error)
{
	g_autoptr(Output) out = output_open(args, &group_table, verb_cgroups.tables, error);

	if (!out)
		return FALSE;

	g_autoptr(Source) source = source_open_owners(args, args->words, args->n_words, error);

	if (!source ||
	    !check_name(source->store, "--cgroup", &args->cgroup, NAMES_SQL, error) ||
	    !print(out, source->store, args, &group_table, "Control groups, largest first",
		   "SELECT cgroup, online, subtree_pages * " PAGE_SIZE_SQL " + subtree_object_bytes "
		   "AS subtree_bytes, pages, "
		   CLASS_SQL("'anon', 'ksm', 'swap-cache'") " AS anon, " CLASS_SQL("'file'")
		   " AS file, " CLASS_SQL("'shmem'") " AS shmem, kernel_pages, objects, object_bytes, "
		   "subtree_pages, subtree_objects, usage * " PAGE_SIZE_SQL " AS usage, "
		   "max * " PAGE_SIZE_SQL " AS max, swap_usage * " PAGE_SIZE_SQL " AS swap_usage, "
		   "swapped, id, inode, address FROM cgroups g WHERE " ONE_SQL " "
		   "ORDER BY subtree_bytes DESC, cgroup, owner", error))
		return FALSE;
	for (guint i = 0; i < G_N_ELEMENTS(details); i++)
		if ((args->cgroup || output_asked(out, details[i].table)) &&
		    !print(out, source->store, args, details[i].table, details[i].heading,
			   details[i].sql, error))
			return FALSE;
	return output_close(g_steal_pointer(&out), error);
}

static const Option options[] = {
	{ "cgroup", 0, G_OPTION_ARG_STRING, "PATH", G_STRUCT_OFFSET(Args, cgroup),
	  "Only the control group at PATH, with its pages by class, its slab objects by cache, its "
	  "pages by generation and the kernel's own counters." },
	{ NULL }
};

static const Table *const tables[] = {
	&group_table, &class_table, &cache_table, &generation_table, &counter_table, NULL
};

static const Example examples[] = {
	{ "memdesc cgroups vmcore.memdesc", "Control groups, largest first." },
	{ "memdesc cgroups vmcore.memdesc --cgroup /system.slice/db.service", "What one has." },
	{ "memdesc cgroups vmcore.memdesc --json --table cgroup_classes", "For a script." },
	{ "memdesc query vmcore.memdesc \"SELECT pfn FROM page WHERE cgroup = (SELECT owner "
	  "FROM cgroups WHERE cgroup = '/user.slice')\"", "Which pages are charged to one." },
	{ NULL }
};

const Verb verb_cgroups = {
	.name = "cgroups",
	.arguments = "SOURCE...",
	.summary = "control groups: pages and kernel objects charged to each",
	.description =
		"Prints control groups of memory with what is charged to each: pages by the folios "
		"themselves, slab objects one by one. The kernel's own counters stand beside. "
		"memory.current runs ahead by what each cpu keeps in stock, and holds per-cpu memory "
		"and buffers of sockets, which no page says.\n\n"
		"A group that was removed stays as long as a page or an object is charged to it; such "
		"groups are listed as not online.",
	.options = options,
	.tables = tables,
	.examples = examples,
	.min_words = 1, .max_words = G_MAXUINT,
	.run = run,
};
