/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Owners of a synthetic machine's pages beside what its descriptors say in the truth:
 *
 *   compare-owners STORE truth.json
 *
 * Every slab cache with its slabs and objects; of memory descriptors, frame by frame, the cache of
 * every slab, the mapping and offset of every page of a file, and what other descriptors name
 * (address space, pool, chunk, control group ...).  The classic shape's truth has no descriptors:
 * caches alone.  Prints how much was compared.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <analyze/analyze.h>
#include <json-glib/json-glib.h>

#include "rows.h"

#define SHOW 10

static guint64 wrong;

static void G_GNUC_PRINTF(1, 2) differs(const char *format, ...)
{
	va_list args;

	if (wrong++ >= SHOW)
		return;
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	puts("  WRONG");
}

/* Addresses are above 2^63, so JSON readers give them as they can: as negative numbers or doubles. */
static guint64 member_u64(JsonObject *object, const char *name)
{
	JsonNode *node = json_object_get_member(object, name);

	if (!node || json_node_is_null(node))
		return 0;
	return (guint64)json_node_get_int(node);
}

typedef struct {
	guint64 slabs, objects, in_use;
} Counts;

static guint compare_caches(AnzStore *store, JsonArray *truth)
{
	g_autoptr(GHashTable) caches = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	g_autoptr(AnzQuery) q = rows_query(store, "SELECT cache, slabs, objects, in_use, broken, unread "
				      "FROM caches WHERE snapshot = :snapshot");

	while (next(q)) {
		Counts counts = { anz_query_int(q, 1), anz_query_int(q, 2), anz_query_int(q, 3) };

		if (anz_query_int(q, 4) || anz_query_int(q, 5))
			differs("cache %s: freelists that are broken or missing", anz_query_text(q, 0));
		g_hash_table_insert(caches, g_strdup(anz_query_text(q, 0)),
				    g_memdup2(&counts, sizeof(counts)));
	}
	for (guint i = 0; i < json_array_get_length(truth); i++) {
		JsonObject *cache = json_array_get_object_element(truth, i);
		const char *name = json_object_get_string_member(cache, "name");
		const Counts *seen = g_hash_table_lookup(caches, name);
		guint64 slabs = member_u64(cache, "slabs"), objects = member_u64(cache, "total_objects");
		guint64 in_use = member_u64(cache, "objects");

		if (!seen)
			differs("cache %s: not found", name);
		else if (seen->slabs != slabs || seen->objects != objects || seen->in_use != in_use)
			differs("cache %s: %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " objects in %"
				G_GUINT64_FORMAT " slabs, not %" G_GUINT64_FORMAT " of %"
				G_GUINT64_FORMAT " in %" G_GUINT64_FORMAT, name, seen->in_use,
				seen->objects, seen->slabs, in_use, objects, slabs);
	}
	return json_array_get_length(truth);
}

/* Addresses of struct address_space by the file's owner: no index of the table has them so. */
static GHashTable *mappings;

static void load_mappings(AnzStore *store)
{
	g_autoptr(AnzQuery) q = rows_query(store, "SELECT owner, mapping FROM files WHERE snapshot = :snapshot");

	mappings = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
	while (next(q)) {
		gint64 row[] = { anz_query_int(q, 0), anz_query_int(q, 1) };

		g_hash_table_insert(mappings, g_memdup2(&row[0], 8), g_memdup2(&row[1], 8));
	}
}

/* Of a row of owners_of(). */
static guint64 owner_address(AnzQuery *q)
{
	gint64 id = anz_query_int(q, 5);
	const gint64 *mapping = g_hash_table_lookup(mappings, &id);

	return mapping ? *mapping : anz_query_int(q, 2);
}

/* A frame's owner, and where in it the frame stands. */
static AnzQuery *owners_of(AnzStore *store, guint64 pfn, guint64 nr_pages)
{
	AnzQuery *q = rows_query(store,
		"SELECT p.pfn, o.kind, o.address, (SELECT w.position + p.pfn - w.pfn "
		"FROM owned w WHERE w.snapshot = :snapshot AND w.owner = o.id AND w.pfn <= p.pfn "
		"ORDER BY w.pfn DESC LIMIT 1), p.class, o.id FROM page p "
		"LEFT JOIN owners o ON o.snapshot = :snapshot AND o.id = p.owner "
		"WHERE p.pfn >= :pfn AND p.pfn < :end");

	anz_query_bind_int(q, ":pfn", pfn);
	anz_query_bind_int(q, ":end", pfn + nr_pages);
	return q;
}

/* The member by which a descriptor names its owner; its low @mask bits are a mark. */
static guint64 named_owner(const char *kind, JsonObject *members)
{
	static const struct {
		const char *kind, *member;
		guint64 mask;
	} names[] = {
		{ "ptdesc", "pt_mm", 0 }, { "bump", "pp", 0 }, { "netpool", "pp", 0 },
		{ "pcpudesc", "chunk", 0 }, { "zpdesc", "zspage", 0 }, { "acctmem", "memcg", 0 },
		{ "movable", "ops", 0 }, { "ksm", "stable_node", 0 },
		{ "anon_folio", "mapping", 3 }, { "folio", "mapping", 3 },
	};

	for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
		guint64 value = g_str_equal(kind, names[i].kind) ?
				member_u64(members, names[i].member) : 0;

		if (value && (!names[i].mask || value & names[i].mask))
			return value & ~names[i].mask;
	}
	return 0;
}

/*
 * What else is known of a page may outrank what its descriptor names: a process maps it, or all
 * zspages together are the pool of zsmalloc, which has no structure that a dump must have.
 */
static void compare_named(AnzStore *store, guint64 pfn, guint64 pages, guint64 named,
			  guint64 *named_pages)
{
	g_autoptr(AnzQuery) q = owners_of(store, pfn, pages);

	while (next(q)) {
		++*named_pages;
		if (anz_query_is_null(q, 1))
			differs("frame %" G_GINT64_FORMAT ": no owner, not %#" G_GINT64_MODIFIER "x",
				anz_query_int(q, 0), named);
		else if (owner_address(q) != named &&
			 !g_str_equal(anz_query_text(q, 1), "process") &&
			 !(g_str_equal(anz_query_text(q, 4), "zsmalloc") &&
			   g_str_equal(anz_query_text(q, 1), "pool")))
			differs("frame %" G_GINT64_FORMAT ": owner %#" G_GINT64_MODIFIER
				"x, not %#" G_GINT64_MODIFIER "x", anz_query_int(q, 0),
				owner_address(q), named);
	}
}

static void compare_descriptor(AnzStore *store, JsonObject *it, guint64 *slab_pages,
			       guint64 *file_pages, guint64 *named_pages)
{
	const char *kind = json_object_get_string_member(it, "kind");
	JsonObject *members = json_object_get_object_member(it, "members");
	guint64 pfn = member_u64(it, "pfn"), pages = member_u64(it, "nr_pages");
	guint64 cache = member_u64(members, "slab_cache"), mapping = member_u64(members, "mapping");
	guint64 index = member_u64(members, "index");
	gboolean slab = g_str_equal(kind, "slab") && cache;
	/* A folio with a mapping whose low bits are clear, as every file's are. */
	gboolean file = g_str_equal(kind, "folio") && mapping && !(mapping & 3);
	guint64 named = slab || file ? 0 : named_owner(kind, members);
	g_autoptr(AnzQuery) q = slab || file ? owners_of(store, pfn, pages) : NULL;

	if (named)
		compare_named(store, pfn, pages, named, named_pages);
	while (q && next(q)) {
		guint64 at = anz_query_int(q, 0), owner = owner_address(q);
		const char *class = anz_query_text(q, 4);

		if (slab) {
			++*slab_pages;
			if (owner != cache)
				differs("frame %" G_GUINT64_FORMAT ": cache %#" G_GINT64_MODIFIER
					"x, not %#" G_GINT64_MODIFIER "x", at, owner, cache);
		} else if (g_str_equal(class, "file") || g_str_equal(class, "shmem")) {
			++*file_pages;
			if (owner != mapping || (guint64)anz_query_int(q, 3) != index + at - pfn)
				differs("frame %" G_GUINT64_FORMAT ": mapping %#" G_GINT64_MODIFIER
					"x, page %" G_GINT64_FORMAT ", not %#" G_GINT64_MODIFIER
					"x, page %" G_GUINT64_FORMAT, at, owner, anz_query_int(q, 3),
					mapping, index + at - pfn);
		}
	}
}

int main(int argc, char **argv)
{
	g_autoptr(JsonParser) parser = json_parser_new();
	g_autoptr(GError) error = NULL;
	g_autoptr(AnzStore) store = NULL;
	guint64 slab_pages = 0, file_pages = 0, named_pages = 0;
	JsonArray *descriptors;
	JsonObject *truth;
	guint caches;

	if (argc != 3) {
		fputs("usage: compare-owners STORE truth.json\n", stderr);
		return 2;
	}
	store = anz_store_open(argv[1], &error);
	if (!store || !json_parser_load_from_file(parser, argv[2], &error))
		die(argv[store ? 2 : 1], error);
	truth = json_node_get_object(json_parser_get_root(parser));
	load_mappings(store);
	caches = compare_caches(store, json_object_get_array_member(truth, "caches"));
	descriptors = json_object_get_array_member(truth, "descriptors");
	for (guint i = 0; i < json_array_get_length(descriptors); i++)
		compare_descriptor(store, json_array_get_object_element(descriptors, i), &slab_pages,
				   &file_pages, &named_pages);
	printf("owners       %9u caches, %" G_GUINT64_FORMAT " slab pages, %" G_GUINT64_FORMAT
	       " file pages, %" G_GUINT64_FORMAT " others compared\n", caches, slab_pages, file_pages,
	       named_pages);
	g_hash_table_unref(mappings);
	if (wrong > SHOW)
		printf("... and %" G_GUINT64_FORMAT " more\n", wrong - SHOW);
	return wrong > 0;
}
