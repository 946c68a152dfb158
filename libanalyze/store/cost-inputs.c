/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading what `memdesc cost` reckons with: allocations, descriptors, their slabs, layouts. */
#include <string.h>

#include "store/cost-private.h"

const char *const anz_cost_shapes[ANZ_COST_SHAPES] = { "classic", "memdesc32", "memdesc16", "memdesc8" };

/*
 * No machine is larger than 2^40 frames (4 PiB); a damaged file may say anything.  What is reckoned
 * from sums below this fits 63 bits.
 */
#define MAX_PAGES ((guint64)1 << 40)

/* Whether @word is one of the comma-separated @words. */
static gboolean listed(const char *words, const char *word)
{
	const gsize len = strlen(word);

	for (const char *at = words; *at; at += strcspn(at, ",") + !!at[strcspn(at, ",")])
		if (strcspn(at, ",") == len && !strncmp(at, word, len))
			return TRUE;
	return FALSE;
}

gboolean anz_cost_is_large(const AnzCostUse *use)
{
	return use->order < 0 ? use->pages > use->allocations : use->order > 0;
}

const AnzCostRow *anz_cost_row(const AnzCostUse *use, guint shape)
{
	const char *orders = anz_cost_is_large(use) ? "1+" : "0";
	const AnzCostRow *by_class = NULL;

	for (const AnzCostRow *row = anz_cost_rows + 1; use->needs && row->descriptor; row++) {
		if (!row->size[shape].bytes || (strcmp(row->orders, "any") && strcmp(row->orders, orders)))
			continue;
		if (use->descriptor && !strcmp(row->descriptor, use->descriptor))
			return row;
		if (!by_class && listed(row->classes, use->page_class))
			by_class = row;
	}
	return by_class;
}

guint64 anz_cost_struct_bytes(const AnzCostInputs *inputs, const char *name)
{
	for (guint i = 0; i < inputs->layouts->len; i++) {
		const AnzCostLayout *it = &g_array_index(inputs->layouts, AnzCostLayout, i);

		if (!it->member && !strcmp(it->name, name))
			return it->bytes;
	}
	return 0;
}

static const char *keep(AnzCostInputs *inputs, AnzQuery *query, guint column)
{
	const char *text = anz_query_text(query, column);

	return text ? g_string_chunk_insert_const(inputs->strings, text) : NULL;
}

static guint64 count(AnzQuery *query, guint column)
{
	return MAX(anz_query_int(query, column), 0);
}

static gboolean damaged(GError **error)
{
	g_set_error(error, ANZ_ERROR, ANZ_ERROR_FORMAT,
		    "damaged: it counts more pages than any machine has; analyze the source again");
	return FALSE;
}

static gint64 node(AnzQuery *query, guint column)
{
	/* a damaged file may have negative ones */
	return anz_query_is_null(query, column) || anz_query_int(query, column) < 0 ? ANZ_COST_NO_NODE :
	       anz_query_int(query, column);
}

/* %FALSE with @error: the query did not end by itself. */
static gboolean done(AnzQuery *query, GError **error, const GError *failure)
{
	if (query && !failure)
		return TRUE;
	if (failure)
		g_propagate_error(error, g_error_copy(failure));
	return FALSE;
}

/* Allocations of the classic shape; whether one needs a descriptor, its class says. */
#define ALLOCATIONS_SQL \
	"SELECT node, class, NULL, \"order\", sum(allocations), sum(pages), 1 FROM allocation " \
	"WHERE snapshot = :snapshot GROUP BY node, class, \"order\" ORDER BY node, class, \"order\""
/*
 * Memory descriptors: what they describe, and then the frames that are left, by class.  A class may
 * have pages of both sorts (kernel-other).
 */
#define DESCRIPTORS_SQL \
	"SELECT node, class, struct, \"order\", sum(descriptors) AS n, sum(pages) AS p, 1 AS needs " \
	"FROM descriptor_use WHERE snapshot = :snapshot GROUP BY node, class, struct, \"order\" " \
	"UNION ALL " \
	"SELECT a.node, a.class, NULL, 0, 0, a.pages - coalesce((SELECT sum(d.pages) " \
	"FROM descriptor_use d WHERE d.snapshot = :snapshot AND d.node IS a.node " \
	"AND d.class = a.class), 0), 0 FROM (SELECT node, class, sum(pages) AS pages FROM allocation " \
	"WHERE snapshot = :snapshot GROUP BY node, class) a " \
	"ORDER BY 1, 2, 7, 3, 4"

/*
 * Poisoned pages have a descriptor each, wherever they are; and where the first page of a folio is
 * poisoned the rest of it still has one.
 */
static void repair(AnzCostUse *use)
{
	if (!strcmp(use->page_class, anz_page_class_info(ANZ_CLASS_HWPOISON)->name)) {
		use->order = 0;
		use->allocations = use->pages;
	} else {
		guint order = MAX(use->order, 0);

		use->allocations = MAX(use->allocations, (use->pages + ((guint64)1 << order) - 1) >> order);
	}
}

static gboolean read_uses(AnzCostInputs *inputs, AnzStore *store, GError **error)
{
	g_autoptr(AnzQuery) query = anz_store_query(store, inputs->shape ? DESCRIPTORS_SQL :
						    ALLOCATIONS_SQL, error);
	g_autoptr(GError) err = NULL;
	guint64 sum = 0;

	while (query && anz_query_next(query, &err)) {
		AnzCostUse use = {
			.node = node(query, 0),
			.page_class = keep(inputs, query, 1),
			.descriptor = keep(inputs, query, 2),
			.order = anz_query_is_null(query, 3) ? -1 : (gint)CLAMP(anz_query_int(query, 3), 0, 63),
			.allocations = count(query, 4),
			.pages = count(query, 5),
			.needs = anz_query_int(query, 6) != 0,
		};

		if (!use.page_class || !(use.pages | use.allocations))
			continue;
		if (use.pages > MAX_PAGES || use.allocations > MAX_PAGES ||
		    (sum += use.pages + use.allocations) > 2 * MAX_PAGES)
			return damaged(error);
		if (!inputs->shape)
			repair(&use);
		use.needs = use.needs && anz_cost_row(&use, ANZ_COST_MEMDESC8);
		g_array_append_val(inputs->uses, use);
	}
	return done(query, error, err);
}

static gboolean read_slabs(AnzCostInputs *inputs, AnzStore *store, GError **error)
{
	g_autoptr(AnzQuery) query = anz_store_query(store,
		"SELECT node, coalesce(struct, ''), coalesce(object_size, 0), sum(slabs), sum(pages), "
		"(SELECT count(DISTINCT address) FROM descriptor_cache WHERE snapshot = :snapshot) "
		"FROM descriptor_cache WHERE snapshot = :snapshot GROUP BY 1, 2, 3 ORDER BY 1, 2, 3", error);
	g_autoptr(GError) err = NULL;
	guint64 sum = 0;

	while (query && anz_query_next(query, &err)) {
		AnzCostSlabs slabs = { node(query, 0), keep(inputs, query, 1), count(query, 2),
				       count(query, 3), count(query, 4) };

		if (slabs.slabs > MAX_PAGES || (sum += slabs.pages) > MAX_PAGES)
			return damaged(error);
		inputs->caches = count(query, 5);
		g_array_append_val(inputs->slabs, slabs);
	}
	return done(query, error, err);
}

static gboolean read_layouts(AnzCostInputs *inputs, AnzStore *store, GError **error)
{
	g_autoptr(AnzQuery) query = anz_store_query(store,
		"SELECT member, CASE WHEN member IS NULL THEN struct ELSE type END, bytes "
		"FROM struct_layout WHERE snapshot = :snapshot AND (member IS NULL OR struct = 'page')",
		error);
	g_autoptr(GError) err = NULL;

	while (query && anz_query_next(query, &err)) {
		AnzCostLayout layout = { keep(inputs, query, 0), keep(inputs, query, 1), count(query, 2) };

		if (layout.member || layout.name)
			g_array_append_val(inputs->layouts, layout);
	}
	return done(query, error, err);
}

static gboolean read_memory(AnzCostInputs *inputs, AnzStore *store, GError **error)
{
	g_autoptr(AnzQuery) query = anz_store_query(store,
		"SELECT (SELECT page_size FROM snapshot WHERE id = :snapshot), "
		"(SELECT sum(bytes) FROM classes WHERE snapshot = :snapshot AND class != 'hole')", error);
	guint64 shared;

	if (!query || !anz_query_next(query, error))
		return FALSE;
	inputs->page_size = count(query, 0);
	inputs->memory_bytes = count(query, 1);
	if (anz_store_meta_uint(store, "memory.shared_array_pages", &shared) && shared <= MAX_PAGES)
		inputs->shared_bytes = shared * inputs->page_size;
	return TRUE;
}

/* Files of before these tables have neither rows nor the tables. */
static gboolean check_recorded(AnzStore *store, GError **error)
{
	g_autoptr(AnzQuery) query = anz_store_query(store,
		"SELECT 1 FROM allocation WHERE snapshot = :snapshot LIMIT 1", NULL);

	if (query && anz_query_next(query, NULL))
		return TRUE;
	g_set_error(error, ANZ_ERROR, ANZ_ERROR_UNSUPPORTED,
		    "this analysis does not record what pages are allocated in; analyze the source again");
	return FALSE;
}

AnzCostInputs *anz_cost_inputs_read(AnzStore *store, GError **error)
{
	g_autoptr(AnzCostInputs) inputs = g_new0(AnzCostInputs, 1);
	g_autofree char *shape = anz_store_meta(store, "format.shape");

	inputs->strings = g_string_chunk_new(512);
	inputs->uses = g_array_new(FALSE, TRUE, sizeof(AnzCostUse));
	inputs->slabs = g_array_new(FALSE, TRUE, sizeof(AnzCostSlabs));
	inputs->layouts = g_array_new(FALSE, TRUE, sizeof(AnzCostLayout));
	while (inputs->shape < ANZ_COST_SHAPES && g_strcmp0(anz_cost_shapes[inputs->shape], shape))
		inputs->shape++;
	if (!anz_store_meta_uint(store, "format.struct_page_size", &inputs->struct_page_size) ||
	    inputs->struct_page_size > 4096 || inputs->shape == ANZ_COST_SHAPES) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_FORMAT,
			    "the file does not say what struct page looks like; analyze the source again");
		return NULL;
	}
	if (!anz_store_meta_uint(store, "kernel.cpus_possible", &inputs->cpus))
		inputs->cpus = 1;
	if (!check_recorded(store, error) || !read_memory(inputs, store, error) ||
	    !read_layouts(inputs, store, error) || !read_uses(inputs, store, error) ||
	    !read_slabs(inputs, store, error))
		return NULL;
	return g_steal_pointer(&inputs);
}

void anz_cost_inputs_free(AnzCostInputs *inputs)
{
	if (!inputs)
		return;
	g_array_unref(inputs->uses);
	g_array_unref(inputs->slabs);
	g_array_unref(inputs->layouts);
	g_string_chunk_free(inputs->strings);
	g_free(inputs);
}
