/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* memdesc slabs: slab caches, and the slabs of one. */
#include "source.h"
#include "verbs.h"

static const Column cache_columns[] = {
	{ "cache", NULL, KIND_TEXT, 0, "name" },
	{ "object_size", "OBJECT", KIND_BYTES, 0, "bytes of an object that its users see" },
	{ "size", "STRIDE", KIND_BYTES, 0, "bytes from one object to the next" },
	{ "slab_objects", "PER_SLAB", KIND_INTEGER, 0, "objects in a new slab" },
	{ "slab_order", "ORDER", KIND_INTEGER, 0, "of a new slab" },
	{ "slabs", NULL, KIND_INTEGER, 0, "slabs it has" },
	{ "pages", NULL, KIND_PAGES, 0, "pages of these" },
	{ "bytes", "SIZE", KIND_BYTES, 0, "the same in bytes" },
	{ "objects", NULL, KIND_INTEGER, 0, "objects in them, used or free" },
	{ "in_use", NULL, KIND_INTEGER, 0, "of these, on no freelist" },
	{ "use", "USE%", KIND_PERCENT, 0, "in_use as a share of objects" },
	{ "active", NULL, KIND_INTEGER, COLUMN_EXTRA,
	  "objects that are not free on a node's partial list: active_objs of /proc/slabinfo" },
	{ "kernel_slabs", NULL, KIND_INTEGER, COLUMN_EXTRA, "the kernel's own count of slabs" },
	{ "kernel_objects", NULL, KIND_INTEGER, COLUMN_EXTRA,
	  "the kernel's own count of objects" },
	{ "broken", NULL, KIND_INTEGER, COLUMN_EXTRA, "slabs whose freelist is broken" },
	{ "unread", NULL, KIND_INTEGER, COLUMN_EXTRA, "slabs whose freelist is not in the dump" },
	{ "flags_text", "FLAGS", KIND_TEXT, 0, "SLAB_* flags in words" },
	{ "aliases", NULL, KIND_INTEGER, COLUMN_EXTRA, "other names that were merged into it" },
	{ "constructor", NULL, KIND_TEXT, COLUMN_EXTRA, "function that sets up new objects" },
	{ "address", NULL, KIND_ADDRESS, COLUMN_EXTRA, "of struct kmem_cache" },
	{ "listed", NULL, KIND_BOOLEAN, COLUMN_EXTRA, "on the kernel's list of caches" },
};
static const Table cache_table = TABLE("caches", cache_columns, 0, "one row per slab cache");

static const Column slab_columns[] = {
	{ "pfn", NULL, KIND_INTEGER, 0, "first frame" },
	{ "pages", NULL, KIND_PAGES, 0, "how many" },
	{ "cache", NULL, KIND_TEXT, 0, "its cache" },
	{ "node", NULL, KIND_INTEGER, 0, "NUMA node" },
	{ "state", NULL, KIND_TEXT, 0,
	  "full; node-partial: on its node's list; cpu: a cpu's active slab; cpu-partial: on a "
	  "cpu's list" },
	{ "objects", NULL, KIND_INTEGER, 0, "objects in it" },
	{ "in_use", NULL, KIND_INTEGER, 0, "of these, on no freelist" },
	{ "frozen", NULL, KIND_BOOLEAN, COLUMN_EXTRA, "its frozen bit" },
	{ "status", NULL, KIND_TEXT, 0, "ok, or what is wrong with its freelist" },
	{ "address", NULL, KIND_ADDRESS, 0, "of struct slab" },
};
static const Table slab_table = TABLE("slabs", slab_columns, 0,
				      "one row per slab (with --cache or --table slabs)");

#define CACHE_NAMES_SQL \
	"SELECT cache FROM caches WHERE snapshot = :snapshot GROUP BY cache ORDER BY cache"

static gboolean print_caches(Output *out, AnzStore *store, const Args *args, GError **error)
{
	g_autoptr(AnzQuery) query = anz_store_query(store,
		"SELECT *, pages * " PAGE_SIZE_SQL " AS bytes, "
		"CASE WHEN objects THEN 100.0 * in_use / objects END AS use FROM caches "
		"WHERE snapshot = :snapshot AND (:cache IS NULL OR cache = :cache) "
		"AND (:all OR slabs) ORDER BY pages DESC, cache, address", error);

	if (!query)
		return FALSE;
	anz_query_bind_text(query, ":cache", args->cache);
	anz_query_bind_int(query, ":all", args->all || args->cache);
	output_heading(out, "Slab caches, largest first");
	return output_query(out, &cache_table, query, error);
}

static gboolean print_slabs(Output *out, AnzStore *store, const Args *args, GError **error)
{
	g_autoptr(AnzQuery) query = anz_store_query(store,
		"SELECT s.*, c.cache FROM slabs s JOIN caches c "
		"ON c.snapshot = s.snapshot AND c.address = s.cache "
		"WHERE s.snapshot = :snapshot AND (:cache IS NULL OR c.cache = :cache) "
		"ORDER BY s.pfn", error);

	if (!query)
		return FALSE;
	anz_query_bind_text(query, ":cache", args->cache);
	output_heading(out, "Slabs by frame");
	return output_query(out, &slab_table, query, error);
}

static gboolean run(Args *args, GError **error)
{
	g_autoptr(Output) out = output_open(args, &cache_table, verb_slabs.tables, error);

	if (!out)
		return FALSE;

	g_autoptr(Source) source = source_open_owners(args, args->words, args->n_words, error);

	if (!source ||
	    !check_name(source->store, "--cache", &args->cache, CACHE_NAMES_SQL, error) ||
	    !print_caches(out, source->store, args, error))
		return FALSE;
	if ((args->cache || output_asked(out, &slab_table)) &&
	    !print_slabs(out, source->store, args, error))
		return FALSE;
	return output_close(g_steal_pointer(&out), error);
}

static const Option options[] = {
	{ "cache", 0, G_OPTION_ARG_STRING, "NAME", G_STRUCT_OFFSET(Args, cache),
	  "Only the cache of this name, and its slabs one by one." },
	{ "all", 'a', G_OPTION_ARG_NONE, NULL, G_STRUCT_OFFSET(Args, all),
	  "Print also caches that have no slab." },
	{ NULL }
};

static const Table *const tables[] = { &cache_table, &slab_table, NULL };

static const Example examples[] = {
	{ "memdesc slabs vmcore.memdesc", "Caches, largest first." },
	{ "memdesc slabs vmcore.memdesc --cache dentry", "One cache and every slab of it." },
	{ "memdesc slabs vmcore.memdesc --json --columns cache,bytes,in_use",
	  "For a script." },
	{ NULL }
};

const Verb verb_slabs = {
	.name = "slabs",
	.arguments = "SOURCE...",
	.summary = "slab caches: objects, slabs, memory",
	.description =
		"Prints the caches of the slab allocator, largest first. Objects are counted on the "
		"slabs themselves: an object is in use if it is on no freelist, neither that of its "
		"slab nor that of a cpu. (/proc/slabinfo counts the free objects of full and per-cpu "
		"slabs as active; --columns cache,active has its figure.)",
	.options = options,
	.tables = tables,
	.examples = examples,
	.min_words = 1, .max_words = G_MAXUINT,
	.run = run,
};
