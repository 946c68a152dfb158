/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * `memdesc cost` beside the census and, for memory descriptors, beside what is really there:
 *
 *   compare-cost STORE truth.json
 *
 * Frames by class against the census, sums of nodes and types against the machine's; in the classic
 * shape allocations by class and order against the truth's; of memory descriptors their number by struct
 * and their slab caches, slab by slab.  Prints how much was compared.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <analyze/analyze.h>
#include <json-glib/json-glib.h>

#include "rows.h"

static gboolean failed;

static void G_GNUC_PRINTF(3, 4) same(guint64 seen, guint64 expected, const char *format, ...)
{
	va_list args;

	if (seen == expected)
		return;
	failed = TRUE;
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf(": %" G_GUINT64_FORMAT ", not %" G_GUINT64_FORMAT "  WRONG\n", seen, expected);
}

/* Frames that have a struct page are those of the census; a hole may have one or not. */
static void compare_census(AnzStore *store, const AnzCost *cost)
{
	g_autoptr(AnzQuery) q = rows_query(store,
		"SELECT c.class, c.pages, coalesce((SELECT sum(a.pages) FROM allocation a "
		"WHERE a.snapshot = c.snapshot AND a.class = c.class), 0) FROM classes c "
		"WHERE c.snapshot = :snapshot");
	guint64 frames = 0;
	guint classes = 0;

	while (next(q)) {
		guint64 census = anz_query_int(q, 1), seen = anz_query_int(q, 2);

		frames += seen;
		if (strcmp(anz_query_text(q, 0), "hole"))
			same(seen, census, "pages of class %s", anz_query_text(q, 0));
		else
			same(MIN(seen, census), seen, "holes with a struct page");
		classes++;
	}
	same(cost->totals[0].frames, frames, "frames");
	printf("census       %9u classes, %" G_GUINT64_FORMAT " frames compared\n", classes, frames);
}

static void compare_sums(const AnzCost *cost)
{
	guint formats = 0;

	for (guint i = 0; i < cost->nr_totals; i++) {
		const AnzCostTotal *machine = &cost->totals[i];
		guint64 nodes = 0, types = 0, objects = 0;

		if (machine->node != ANZ_COST_MACHINE)
			continue;
		for (guint n = 0; n < cost->nr_totals; n++)
			if (cost->totals[n].node != ANZ_COST_MACHINE &&
			    !strcmp(cost->totals[n].format, machine->format))
				nodes += cost->totals[n].total_bytes;
		for (guint t = 0; t < cost->nr_types; t++)
			if (!strcmp(cost->types[t].format, machine->format)) {
				types += cost->types[t].total_bytes;
				objects += cost->types[t].descriptors;
			}
		same(nodes, machine->total_bytes, "%s: nodes sum to", machine->format);
		same(types, machine->total_bytes, "%s: types sum to", machine->format);
		same(objects, machine->descriptors, "%s: descriptors sum to", machine->format);
		same(machine->array_bytes, machine->frames * machine->page_bytes, "%s: page array",
		     machine->format);
		formats++;
	}
	for (guint i = 0; i < cost->nr_balances; i++)
		for (guint t = 0; t < cost->nr_totals; t++)
			if (cost->totals[t].node == ANZ_COST_MACHINE &&
			    !strcmp(cost->totals[t].format, cost->balances[i].format))
				same(cost->balances[i].net_bytes, cost->totals[t].saved_bytes,
				     "%s: net saving", cost->balances[i].format);
	printf("sums         %9u formats compared\n", formats);
}

static JsonArray *array_of(JsonObject *object, const char *name)
{
	JsonNode *node = json_object_get_member(object, name);

	return node && JSON_NODE_HOLDS_ARRAY(node) ? json_node_get_array(node) : NULL;
}

/* Column of a table of the truth. */
static guint column_of(JsonObject *table, const char *name)
{
	JsonArray *columns = array_of(table, "columns");

	for (guint i = 0; columns && i < json_array_get_length(columns); i++)
		if (!strcmp(json_array_get_string_element(columns, i), name))
			return i;
	die(name, NULL);
	return 0;
}

/*
 * What the truth has of one class and order: single pages, or folios by their first frame, as a poisoned
 * page parts the rows of its folio.
 */
static guint64 true_allocations(JsonObject *pages, const AnzCostAllocation *like)
{
	g_autoptr(GHashTable) firsts = g_hash_table_new(NULL, NULL);
	JsonArray *rows = array_of(pages, "rows");
	guint c_pages = column_of(pages, "pages"), c_class = column_of(pages, "class");
	guint c_order = column_of(pages, "order"), c_first = column_of(pages, "first_pfn");
	guint64 singles = 0;

	for (guint i = 0; rows && i < json_array_get_length(rows); i++) {
		JsonArray *row = json_array_get_array_element(rows, i);
		gint64 order = json_array_get_null_element(row, c_order) ? 0 :
			       json_array_get_int_element(row, c_order);

		if (strcmp(json_array_get_string_element(row, c_class), like->page_class) ||
		    order != like->order)
			continue;
		if (order)
			g_hash_table_add(firsts, GSIZE_TO_POINTER(json_array_get_int_element(row, c_first)));
		else
			singles += json_array_get_int_element(row, c_pages);
	}
	return singles + g_hash_table_size(firsts);
}

/* The kernel's own page tables may carry no mark; those that map something are found all the same. */
static guint64 unmarked_tables(JsonObject *pages, const AnzCostAllocation *it, guint64 expected)
{
	guint64 untyped = true_allocations(pages, &(AnzCostAllocation){ .page_class = "kernel-other",
									.order = it->order });

	if (strcmp(it->page_class, "page-table") || it->allocations < expected)
		return 0;
	return MIN(it->allocations - expected, untyped);
}

static void compare_allocations(const AnzCost *cost, JsonObject *pages)
{
	guint64 nr = 0;

	for (guint i = 0; i < cost->nr_allocations; i++) {
		const AnzCostAllocation *it = &cost->allocations[i];
		guint64 expected = true_allocations(pages, it);

		/* in the truth a poisoned page has the order of its folio, or none */
		if (!strcmp(it->page_class, "hwpoison"))
			continue;
		same(it->allocations, expected + unmarked_tables(pages, it, expected),
		     "allocations of %s, order %d", it->page_class, it->order);
		nr += it->allocations;
	}
	printf("allocations  %9" G_GUINT64_FORMAT " in %u rows compared\n", nr, cost->nr_allocations);
}

/* "kind" of the truth is the name of the struct. */
static void compare_descriptors(const AnzCost *cost, JsonArray *truth)
{
	g_autoptr(GHashTable) expected = g_hash_table_new(g_str_hash, g_str_equal);
	GHashTableIter iter;
	gpointer name, value;
	guint nr = truth ? json_array_get_length(truth) : 0;

	for (guint i = 0; i < nr; i++) {
		const char *kind = json_object_get_string_member(json_array_get_object_element(truth, i),
								 "kind");

		g_hash_table_insert(expected, (gpointer)kind,
				    GUINT_TO_POINTER(GPOINTER_TO_UINT(g_hash_table_lookup(expected, kind)) + 1));
	}
	g_hash_table_iter_init(&iter, expected);
	while (g_hash_table_iter_next(&iter, &name, &value)) {
		guint64 seen = 0;

		for (guint t = 0; t < cost->nr_types; t++)
			if (!strcmp(cost->types[t].format, "today") &&
			    !g_strcmp0(cost->types[t].descriptor, name))
				seen += cost->types[t].descriptors;
		same(seen, GPOINTER_TO_UINT(value), "descriptors of struct %s", (char *)name);
	}
	same(cost->totals[0].descriptors, nr, "descriptors");
	printf("descriptors  %9u of %u structs compared\n", nr, g_hash_table_size(expected));
}

/* Every cache that holds descriptors, with all its slabs; what they take is the sum over them. */
static void compare_caches(AnzStore *store, const AnzCost *cost, JsonArray *truth)
{
	guint nr = truth ? json_array_get_length(truth) : 0;
	guint64 pages = 0, slabs = 0;
	guint caches = 0;

	for (guint i = 0; i < nr; i++) {
		JsonObject *cache = json_array_get_object_element(truth, i);
		guint64 address = json_object_get_int_member(cache, "address");
		g_autoptr(AnzQuery) q = rows_query(store,
			"SELECT name, max(object_size), sum(slabs), sum(pages), sum(slabs << \"order\") "
			"FROM descriptor_cache WHERE snapshot = :snapshot AND address = :address "
			"GROUP BY name");
		const char *name = json_object_get_string_member(cache, "name");

		anz_query_bind_int(q, ":address", address);
		if (!next(q))
			continue;
		if (g_strcmp0(anz_query_text(q, 0), name))
			same(0, 1, "cache %s is called %s", name, anz_query_text(q, 0));
		same(anz_query_int(q, 1), json_object_get_int_member(cache, "size"), "object size of %s", name);
		same(anz_query_int(q, 2), json_object_get_int_member(cache, "slabs"), "slabs of %s", name);
		same(anz_query_int(q, 3), anz_query_int(q, 4), "pages of %s", name);
		slabs += anz_query_int(q, 2);
		pages += anz_query_int(q, 3);
		caches++;
	}
	same(caches, cost->slab_caches, "caches that hold descriptors");
	if (cost->totals[0].descriptors)
		same(caches > 0, TRUE, "any caches of descriptors");
	if (cost->totals[0].slab_bytes >= 0)
		same(cost->totals[0].slab_bytes, pages * cost->page_size, "bytes of their slabs");
	printf("caches       %9u with %" G_GUINT64_FORMAT " slabs compared\n", caches, slabs);
}

int main(int argc, char **argv)
{
	g_autoptr(JsonParser) parser = json_parser_new();
	g_autoptr(GError) error = NULL;
	g_autoptr(AnzStore) store = NULL;
	g_autoptr(AnzCost) cost = NULL;
	JsonObject *truth;

	if (argc != 3) {
		fputs("usage: compare-cost STORE truth.json\n", stderr);
		return 2;
	}
	store = anz_store_open(argv[1], &error);
	if (store)
		cost = anz_cost_new(store, ANZ_COST_SIZES_AUTO, &error);
	if (!cost)
		die(argv[1], error);
	if (!json_parser_load_from_file(parser, argv[2], &error))
		die(argv[2], error);
	truth = json_node_get_object(json_parser_get_root(parser));
	compare_census(store, cost);
	compare_sums(cost);
	if (strcmp(cost->shape, "classic")) {
		compare_descriptors(cost, array_of(truth, "descriptors"));
		compare_caches(store, cost, array_of(truth, "caches"));
	} else {
		compare_allocations(cost, json_object_get_object_member(truth, "pages"));
	}
	return failed;
}
