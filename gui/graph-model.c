/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "graph-model.h"

#include <string.h>

#include "words.h"

#define MAX_SIDE 8		/* nodes of one kind that are shown; more are counted */
#define MAX_PARENTS 3

static void node_clear(gpointer data)
{
	MdvNode *node = data;

	g_free(node->title);
	g_free(node->words);
}

static MdvGraphModel *model_new(void)
{
	MdvGraphModel *model = g_new0(MdvGraphModel, 1);

	model->nodes = g_array_new(FALSE, TRUE, sizeof(MdvNode));
	g_array_set_clear_func(model->nodes, node_clear);
	model->edges = g_array_new(FALSE, FALSE, sizeof(MdvEdge));
	return model;
}

void mdv_graph_model_free(MdvGraphModel *model)
{
	if (!model)
		return;
	g_array_unref(model->nodes);
	g_array_unref(model->edges);
	g_free(model);
}

/* Takes @title and @words; the pointer is good until the next node. */
static MdvNode *add_node(MdvGraphModel *model, guint column, char *title, char *words)
{
	MdvNode node = { .column = column, .title = title, .words = words, .page_class = -1 };

	g_array_append_val(model->nodes, node);
	return &g_array_index(model->nodes, MdvNode, model->nodes->len - 1);
}

static guint last(const MdvGraphModel *model)
{
	return model->nodes->len - 1;
}

static void add_edge(MdvGraphModel *model, guint from, guint to, gboolean dotted)
{
	MdvEdge edge = { from, to, dotted };

	g_array_append_val(model->edges, edge);
}

static char *frames(guint64 pfn, guint64 n)
{
	return n == 1 ? g_strdup_printf("page %" G_GUINT64_FORMAT, pfn) :
		g_strdup_printf("pages %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT, pfn, pfn + n - 1);
}

static AnzQuery *query_at(MdvDocument *document, const char *sql, const char *name, gint64 value)
{
	AnzQuery *query = anz_store_query(mdv_document_store(document), sql, NULL);

	if (query)
		anz_query_bind_int(query, name, value);
	return query;
}

/* --- owners --- */

static void add_owner(MdvGraphModel *model, guint column, AnzQuery *owner, char *words)
{
	MdvNode *node = add_node(model, column, mdv_words_owner(anz_query_text(owner, 1),
							       anz_query_text(owner, 2)), words);

	node->owner = anz_query_int(owner, 0);
}

static char *owner_words(AnzQuery *owner)
{
	g_autofree char *pages = mdv_words_pages((guint64)anz_query_int(owner, 3));

	return anz_query_is_null(owner, 4) ? g_steal_pointer(&pages) :
		g_strdup_printf("%s, at 0x%" G_GINT64_MODIFIER "x", pages,
				(guint64)anz_query_int(owner, 4));
}

#define OWNER_COLUMNS "w.id, w.kind, w.name, w.pages, w.address, w.parent "

/* @id and whose that one is, and so on, each in a column of its own. */
static void add_chain(MdvGraphModel *model, MdvDocument *document, gint64 id, guint column, guint from)
{
	for (guint depth = 0; id > 0 && depth <= MAX_PARENTS; depth++) {
		g_autoptr(AnzQuery) owner = query_at(document, "SELECT " OWNER_COLUMNS "FROM owners w "
			"WHERE w.snapshot = :snapshot AND w.id = :id", ":id", id);

		if (!owner || !anz_query_next(owner, NULL))
			return;
		add_owner(model, column + depth, owner, owner_words(owner));
		add_edge(model, from, last(model), FALSE);
		from = last(model);
		id = anz_query_is_null(owner, 5) ? 0 : anz_query_int(owner, 5);
	}
}

/* The owner may be there already: whoever owns pages often maps them too, and more than once. */
static gboolean is_there(MdvGraphModel *model, gint64 owner, const char *words)
{
	for (guint i = 0; i < model->nodes->len; i++) {
		MdvNode *node = &g_array_index(model->nodes, MdvNode, i);

		if (node->owner != owner)
			continue;
		if (!node->is_centre && !strstr(node->words, "maps it")) {
			g_autofree char *old = node->words;
			const char *at = strstr(old, ", at ");

			if (at)
				old[at - old] = 0;
			node->words = g_strdup_printf("%s, %s", old, words);
		}
		return TRUE;
	}
	return FALSE;
}

/* Rows of OWNER_COLUMNS and an address of theirs that may be null. */
static void add_side(MdvGraphModel *model, AnzQuery *query, guint column, guint centre,
		     const char *with, const char *without)
{
	guint n = 0;

	while (query && anz_query_next(query, NULL)) {
		g_autofree char *words = anz_query_is_null(query, 6) ? g_strdup(without) :
			g_strdup_printf("%s 0x%" G_GINT64_MODIFIER "x", with,
					(guint64)anz_query_int(query, 6));

		if (is_there(model, anz_query_int(query, 0), words))
			continue;
		if (n++ == MAX_SIDE) {
			add_node(model, column, g_strdup("and more"),
				 g_strdup("the tables have all of them"));
			add_edge(model, centre, last(model), FALSE);
			return;
		}
		add_owner(model, column, query, g_steal_pointer(&words));
		add_edge(model, centre, last(model), FALSE);
	}
}

/* --- around pages --- */

typedef struct {
	int page_class;
	guint64 first, nr_pages;
	gint64 order, owner;
	guint64 struct_page, descriptor;
} Block;

/* The block, folio or slab around a frame; a page alone is one. */
static gboolean read_block(MdvDocument *document, guint64 pfn, Block *block)
{
	g_autoptr(AnzQuery) query = query_at(document,
		"SELECT class, coalesce(first_pfn, pfn), coalesce(last_pfn - first_pfn + 1, 1), "
		"coalesce(\"order\", 0), owner, struct_page, descriptor FROM page WHERE pfn = :pfn",
		":pfn", (gint64)pfn);

	if (!query || !anz_query_next(query, NULL))
		return FALSE;
	*block = (Block){
		.page_class = anz_page_class_from_name(anz_query_text(query, 0)),
		.first = (guint64)anz_query_int(query, 1), .nr_pages = (guint64)anz_query_int(query, 2),
		.order = anz_query_int(query, 3), .owner = anz_query_int(query, 4),
		.struct_page = (guint64)anz_query_int(query, 5),
		.descriptor = (guint64)anz_query_int(query, 6),
	};
	return block->page_class >= 0;
}

static const char *class_name(int page_class)
{
	return anz_page_class_info((guint)page_class)->name;
}

static void add_pages(MdvGraphModel *model, const Block *block, guint64 pfn, guint64 n,
		      const char *where)
{
	MdvNode *node = add_node(model, 0, frames(pfn, n),
				 g_strdup_printf("%s%s", where, class_name(block->page_class)));

	node->page_class = block->page_class;
	node->pfn = pfn;
	node->nr_pages = n;
}

/* What lies before, the pages themselves, and what lies after; the number of those in the middle. */
static guint add_neighbours(MdvGraphModel *model, MdvDocument *document, const Block *block,
			    guint64 pfn, guint64 n)
{
	guint64 first = MIN(pfn, block->first), end = MAX(pfn + n, block->first + block->nr_pages);
	guint centre;
	Block near;

	if (first && read_block(document, first - 1, &near))
		add_pages(model, &near, near.first, near.nr_pages, "before: ");
	add_pages(model, block, pfn, n, "");
	centre = last(model);
	g_array_index(model->nodes, MdvNode, centre).is_centre = TRUE;
	if (centre)
		add_edge(model, centre - 1, centre, TRUE);
	if (end < mdv_document_max_pfn(document) && read_block(document, end, &near)) {
		add_pages(model, &near, near.first, near.nr_pages, "after: ");
		add_edge(model, centre, last(model), TRUE);
	}
	return centre;
}

/* The folio, slab or other descriptor; the struct page alone where nothing lies over it. */
static guint add_descriptor(MdvGraphModel *model, const Block *block, guint centre)
{
	const AnzPageClassInfo *info = anz_page_class_info((guint)block->page_class);
	guint64 address = block->descriptor ? block->descriptor : block->struct_page;
	g_autofree char *pages = mdv_words_pages(block->nr_pages);
	MdvNode *node;

	if (!address)
		return centre;
	node = add_node(model, 1, g_strdup_printf("%s 0x%" G_GINT64_MODIFIER "x",
		block->descriptor && info->descriptor ? info->descriptor : "page", address),
		block->order ? g_strdup_printf("order %" G_GINT64_FORMAT ", %s", block->order, pages) :
		g_steal_pointer(&pages));
	node->page_class = block->page_class;
	node->pfn = block->first;
	node->nr_pages = block->nr_pages;
	add_edge(model, centre, last(model), FALSE);
	return last(model);
}

static void add_list(MdvGraphModel *model, MdvDocument *document, const Block *block, guint from)
{
	g_autoptr(AnzQuery) query = query_at(document,
		"SELECT 'free list of ' || zone || ', ' || migratetype, 'order ' || \"order\" || "
		"', position ' || position FROM free_block WHERE snapshot = :snapshot AND pfn = :pfn "
		"UNION ALL SELECT 'per-cpu list of cpu ' || cpu, zone || ', position ' || position "
		"FROM pcp_block WHERE snapshot = :snapshot AND pfn = :pfn", ":pfn",
		(gint64)block->first);

	if (!query || !anz_query_next(query, NULL))
		return;
	add_node(model, 2, g_strdup(anz_query_text(query, 0)), g_strdup(anz_query_text(query, 1)));
	add_edge(model, from, last(model), FALSE);
}

MdvGraphModel *mdv_graph_model_of_pages(MdvDocument *document, guint64 pfn, guint64 nr_pages)
{
	MdvGraphModel *model = model_new();
	g_autoptr(AnzQuery) mappers = NULL;
	guint from, descriptor;
	Block block;

	if (!read_block(document, pfn, &block))
		return model;
	from = add_neighbours(model, document, &block, pfn, nr_pages);
	descriptor = add_descriptor(model, &block, from);
	add_list(model, document, &block, descriptor);
	add_chain(model, document, block.owner, 2, descriptor);
	mappers = query_at(document, "SELECT " OWNER_COLUMNS ", m.vaddr + (:pfn - m.pfn) * "
		"(SELECT page_size FROM snapshot WHERE id = :snapshot) FROM mappings m JOIN owners w "
		"ON w.snapshot = m.snapshot AND w.id = m.owner WHERE m.snapshot = :snapshot "
		"AND m.pfn BETWEEN :pfn - 511 AND :pfn AND m.pfn + m.pages > :pfn "
		"ORDER BY m.owner, m.vaddr", ":pfn", (gint64)pfn);
	add_side(model, mappers, 2, descriptor, "maps it at", "maps it");
	return model;
}

/* --- around an owner --- */

static void add_stretches(MdvGraphModel *model, MdvDocument *document, gint64 owner, guint centre)
{
	g_autoptr(AnzQuery) query = query_at(document, "SELECT pfn, pages FROM owned "
		"WHERE snapshot = :snapshot AND owner = :owner ORDER BY pfn", ":owner", owner);
	guint n = 0;

	for (; query && anz_query_next(query, NULL); n++) {
		guint64 pfn = (guint64)anz_query_int(query, 0), pages = (guint64)anz_query_int(query, 1);
		Block block;

		if (n == MAX_SIDE) {
			add_node(model, 0, g_strdup("and more"), g_strdup("lit on the map"));
			add_edge(model, last(model), centre, FALSE);
			return;
		}
		if (!read_block(document, pfn, &block))
			continue;
		add_pages(model, &block, pfn, pages, "");
		add_edge(model, last(model), centre, FALSE);
	}
}

MdvGraphModel *mdv_graph_model_of_owner(MdvDocument *document, gint64 id)
{
	MdvGraphModel *model = model_new();
	g_autoptr(AnzQuery) owner = query_at(document, "SELECT " OWNER_COLUMNS "FROM owners w "
		"WHERE w.snapshot = :snapshot AND w.id = :id", ":id", id);
	g_autoptr(AnzQuery) users = NULL, parts = NULL;
	guint centre;

	if (!owner || !anz_query_next(owner, NULL))
		return model;
	add_owner(model, 1, owner, owner_words(owner));
	centre = last(model);
	g_array_index(model->nodes, MdvNode, centre).is_centre = TRUE;
	add_stretches(model, document, id, centre);
	if (!anz_query_is_null(owner, 5))
		add_chain(model, document, anz_query_int(owner, 5), 2, centre);
	users = query_at(document, "SELECT " OWNER_COLUMNS ", e.place FROM edges e JOIN owners w "
		"ON w.snapshot = e.snapshot AND w.id = e.source_owner WHERE e.snapshot = :snapshot "
		"AND e.target_owner = :id AND e.edge = 'maps' ORDER BY w.id, e.place", ":id", id);
	add_side(model, users, 2, centre, "maps it at", "maps it");
	parts = query_at(document, "SELECT " OWNER_COLUMNS ", NULL FROM owners w "
		"WHERE w.snapshot = :snapshot AND w.parent = :id ORDER BY w.id", ":id", id);
	add_side(model, parts, 2, centre, "", "belongs to it");
	return model;
}
