/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The graph of a dump, and that of the same dump with memory descriptors: every edge to a frame of the
 * original (who owns it, who maps it, whose page table it is, and where in that) frame by frame, and every
 * edge between owners.
 *
 *   compare-edges TABLE ORIGINAL TRANSCODED
 *
 * What the formats cannot say has a name, and is counted:
 *
 *   no type        the type table has no number for it: zsmalloc, net-pool
 *   no struct      today's kernels have no struct of the name that the type's descriptors have (net-pool)
 *   no pointer     known by a pointer to its struct page, which still leads to the old array
 *   no count       a later page of an allocation that is no compound page: today its reference count
 *                  of 0 tells, a Misc word has none
 *   second table   the same of the second page of a top table
 *   deposited      page tables kept for huge pages hang on struct pages
 *   nameless       Misc words name nobody: offline pages (balloon)
 *   poison         a poisoned page's word does not say what it lies in
 *   old array      the struct pages of the original are descriptors, in memory of the boot allocator
 *   named          a descriptor's own word names an owner that nobody else leads to (of the samples, which
 *                  have no processes); such words of struct page are not trusted
 *   no frames      an owner that has lost all its frames by one of these
 *   guess          what has lost its owner by one of these may be guessed to be another's, by a pointer
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <analyze/analyze.h>

#define SHOW 8

typedef struct {
	guint64 pfn, place;
	guint32 source;		/* number of its text */
	guint32 edge;
} Edge;

enum { NO_TYPE, NO_STRUCT, NO_POINTER, NO_COUNT, SECOND_TABLE, DEPOSITED, NAMELESS, POISON, OLD_ARRAY,
       NAMED, NO_FRAMES, GUESS, NR_KINDS };
static const char *const kind_names[NR_KINDS] = {
	"no type", "no struct", "no pointer", "no count", "second table", "deposited", "nameless", "poison",
	"old array", "named", "no frames", "guess",
};
enum { OWNS, MAPS, TABLE, DEPOSIT, NR_EDGES };
static const char *const edge_names[NR_EDGES] = { "owns", "maps", "table", "deposit" };

typedef struct {
	const char *table;
	guint64 max_pfn;
	GPtrArray *texts;	/* of owners: "kind|address|name" */
	GHashTable *numbers;	/* text: its index in @texts, plus one */
	guint8 *page_class, *order;
	guint16 *attr;
	gint32 *refcount;
	guint8 *deposited;	/* the frame is a table in store */
	guint64 compared[NR_EDGES], tolerated[NR_KINDS], differ;
} Comparison;

static void die(GError *error)
{
	fprintf(stderr, "compare-edges: %s\n", error ? error->message : "not comparable");
	exit(1);
}

static AnzQuery *query(AnzStore *store, const char *sql)
{
	GError *error = NULL;
	AnzQuery *q = anz_store_query(store, sql, &error);

	if (!q)
		die(error);
	return q;
}

static gboolean next(AnzQuery *q)
{
	GError *error = NULL;
	gboolean more = anz_query_next(q, &error);

	if (error)
		die(error);
	return more;
}

static guint32 number_of(Comparison *c, const char *text)
{
	guint32 number = GPOINTER_TO_UINT(g_hash_table_lookup(c->numbers, text));

	if (!number) {
		char *copy = g_strdup(text);

		g_ptr_array_add(c->texts, copy);
		number = c->texts->len;
		g_hash_table_insert(c->numbers, copy, GUINT_TO_POINTER(number));
	}
	return number - 1;
}

static gint by_frame(gconstpointer a, gconstpointer b)
{
	const Edge *x = a, *y = b;

	return x->pfn != y->pfn ? (x->pfn > y->pfn ? 1 : -1) : memcmp(x, y, sizeof(Edge));
}

/* All edges that end at frames of the original, one for each frame. */
static GArray *frame_edges(Comparison *c, AnzStore *store)
{
	g_autoptr(AnzQuery) q = query(store,
		"SELECT CASE edge WHEN 'owns' THEN 0 WHEN 'maps' THEN 1 ELSE 2 + ifnull((SELECT deposited "
		"FROM page_tables t WHERE t.snapshot = e.snapshot AND t.pfn = e.pfn AND "
		"t.owner = e.source_owner), 0) END, source_kind || '|' || ifnull(printf('%x', source), '') || "
		"'|' || source_name || ifnull('|' || target_name, ''), pfn, pages, ifnull(place, -1), "
		"(SELECT page_size FROM snapshot WHERE id = :snapshot) "
		"FROM edges e WHERE snapshot = :snapshot AND pfn IS NOT NULL");
	GArray *edges = g_array_new(FALSE, TRUE, sizeof(Edge));

	while (next(q)) {
		guint64 pfn = anz_query_int(q, 2), nr = anz_query_int(q, 3);
		gint64 place = anz_query_int(q, 4), page_bytes = anz_query_int(q, 5);
		Edge edge = { .source = number_of(c, anz_query_text(q, 1)),
			      .edge = anz_query_int(q, 0) };

		for (guint64 i = 0; i < nr && pfn + i < c->max_pfn; i++) {
			edge.pfn = pfn + i;
			edge.place = place == -1 ? G_MAXUINT64 : (guint64)(place + i * page_bytes);
			g_array_append_val(edges, edge);
		}
	}
	g_array_sort(edges, by_frame);
	return edges;
}

static void read_planes(Comparison *c, AnzStore *store)
{
	GError *error = NULL;

	c->page_class = g_malloc(c->max_pfn);
	c->order = g_malloc(c->max_pfn);
	c->attr = g_new(guint16, c->max_pfn);
	c->refcount = g_new(gint32, c->max_pfn);
	for (guint64 pfn = 0; pfn < c->max_pfn; pfn += ANZ_TILE_PAGES) {
		guint64 nr = MIN(ANZ_TILE_PAGES, c->max_pfn - pfn);

		if (!anz_store_read_plane(store, ANZ_PLANE_CLASS, pfn, nr, c->page_class + pfn, &error) ||
		    !anz_store_read_plane(store, ANZ_PLANE_ORDER, pfn, nr, c->order + pfn, &error) ||
		    !anz_store_read_plane(store, ANZ_PLANE_ATTR, pfn, nr, c->attr + pfn, &error) ||
		    !anz_store_read_plane(store, ANZ_PLANE_REFCOUNT, pfn, nr, c->refcount + pfn, &error))
			die(error);
	}
}

static void find_deposits(Comparison *c, const GArray *edges)
{
	c->deposited = g_malloc0(c->max_pfn);
	for (guint i = 0; i < edges->len; i++) {
		const Edge *edge = &g_array_index(edges, Edge, i);

		if (edge->edge == DEPOSIT)
			c->deposited[edge->pfn] = 1;
	}
}

static const char *text_of(const Comparison *c, const Edge *edge)
{
	return c->texts->pdata[edge->source];
}

/* A page of a block with a poisoned page at one of its ends. */
static gboolean is_poisoned(const Comparison *c, guint64 pfn)
{
	guint64 nr = c->attr[pfn] & (ANZ_ATTR_HEAD | ANZ_ATTR_TAIL) ? 1ull << c->order[pfn] : 1;
	guint64 start = pfn & ~(nr - 1);

	return c->page_class[pfn] == ANZ_CLASS_HWPOISON ||
	       c->page_class[start] == ANZ_CLASS_HWPOISON ||
	       c->page_class[start + nr - 1] == ANZ_CLASS_HWPOISON;
}

/* Owners whose own structures name struct pages, some of them. */
static gboolean is_pointed(const char *text)
{
	return g_str_has_prefix(text, "pipe|") || g_str_has_prefix(text, "socket|") ||
	       g_str_has_prefix(text, "driver|") || g_str_has_prefix(text, "kernel|");
}

static gboolean lacks_type(const Comparison *c, guint8 page_class)
{
	return (page_class == ANZ_CLASS_ZSMALLOC && !g_str_equal(c->table, "wiki2025")) ||
	       (page_class == ANZ_CLASS_NET_POOL && g_str_equal(c->table, "path2025"));
}

/* As graph/named.c has it. */
static gboolean is_named(const Comparison *c, const Edge *edge)
{
	guint8 page_class = c->page_class[edge->pfn];
	const char *text = text_of(c, edge);

	if (page_class == ANZ_CLASS_PAGE_TABLE)
		return g_str_has_prefix(text, "process|") && strstr(text, "|address space at ");
	return (page_class == ANZ_CLASS_KSM || page_class == ANZ_CLASS_HUGETLB) &&
	       g_str_has_prefix(text, "anon|");
}

/* Why an edge of the original is gone; NR_KINDS: it should not be. */
static guint why_gone(const Comparison *c, const Edge *edge, gboolean is_now_named)
{
	guint64 pfn = edge->pfn;
	guint8 page_class = c->page_class[pfn];
	gboolean is_untyped = page_class == ANZ_CLASS_BUFFER || page_class == ANZ_CLASS_KERNEL_OTHER;

	if (c->deposited[pfn])
		return DEPOSITED;
	if (page_class == ANZ_CLASS_PAGE_TABLE && pfn & 1 && !c->refcount[pfn] &&
	    c->page_class[pfn - 1] == ANZ_CLASS_PAGE_TABLE)
		return SECOND_TABLE;
	if (edge->edge != OWNS)
		return NR_KINDS;
	if (lacks_type(c, page_class))
		return NO_TYPE;
	if (page_class == ANZ_CLASS_NET_POOL)
		return NO_STRUCT;
	if (page_class == ANZ_CLASS_OFFLINE || page_class == ANZ_CLASS_MOVABLE)
		return NAMELESS;
	if (is_poisoned(c, pfn))
		return POISON;
	if (g_str_has_suffix(text_of(c, edge), "|struct pages"))
		return OLD_ARRAY;
	if (is_now_named && g_str_has_prefix(text_of(c, edge), "pool|"))
		return NAMED;
	if (g_str_has_prefix(text_of(c, edge), "object|"))
		return GUESS;
	if (!is_untyped || c->refcount[pfn])
		return is_untyped && is_pointed(text_of(c, edge)) ? NO_POINTER : NR_KINDS;
	return NO_COUNT;
}

/* Why there is an edge that the original has not, where @gone is one that it has, or NULL. */
static guint why_come(const Comparison *c, const Edge *edge, const Edge *gone)
{
	const char *text = text_of(c, edge);

	if (edge->edge != OWNS)
		return NR_KINDS;
	if (is_named(c, edge) && (!gone || g_str_has_prefix(text_of(c, gone), "pool|")))
		return NAMED;
	/* The folio seems to begin behind the poison, and its pages to lie further ahead. */
	if (gone && gone->source == edge->source && is_poisoned(c, edge->pfn))
		return POISON;
	if (gone && g_str_has_prefix(text, "boot|") &&
	    g_str_has_suffix(text_of(c, gone), "|struct pages"))
		return OLD_ARRAY;
	return g_str_has_prefix(text, "object|") ? GUESS : NR_KINDS;
}

static void judge(Comparison *c, const Edge *edge, guint kind, const char *what)
{
	if (kind < NR_KINDS) {
		c->tolerated[kind]++;
		return;
	}
	if (c->differ++ < SHOW)
		printf("    frame %" G_GUINT64_FORMAT " (%s, count %d): %s %s %s at 0x%" G_GINT64_MODIFIER
		       "x\n", edge->pfn, anz_page_class_info(c->page_class[edge->pfn])->name,
		       c->refcount[edge->pfn], what, text_of(c, edge), edge_names[edge->edge], edge->place);
}

static gboolean find(const GArray *edges, guint from, guint to, const Edge *wanted)
{
	for (guint i = from; i < to; i++)
		if (!by_frame(&g_array_index(edges, Edge, i), wanted))
			return TRUE;
	return FALSE;
}

static guint end_of_frame(const GArray *edges, guint from, guint64 pfn)
{
	while (from < edges->len && g_array_index(edges, Edge, from).pfn == pfn)
		from++;
	return from;
}

static void compare_frames(Comparison *c, const GArray *before, const GArray *after)
{
	guint i = 0, k = 0;

	while (i < before->len || k < after->len) {
		guint64 pfn = MIN(i < before->len ? g_array_index(before, Edge, i).pfn : G_MAXUINT64,
				  k < after->len ? g_array_index(after, Edge, k).pfn : G_MAXUINT64);
		guint i_end = end_of_frame(before, i, pfn), k_end = end_of_frame(after, k, pfn);
		gboolean is_now_named = FALSE;
		const Edge *gone = NULL;

		for (guint n = k; n < k_end; n++)
			is_now_named |= is_named(c, &g_array_index(after, Edge, n));
		for (guint n = i; n < i_end; n++) {
			const Edge *edge = &g_array_index(before, Edge, n);

			c->compared[edge->edge]++;
			if (find(after, k, k_end, edge))
				continue;
			gone = edge;
			judge(c, edge, why_gone(c, edge, is_now_named), "no more");
		}
		for (guint n = k; n < k_end; n++) {
			const Edge *edge = &g_array_index(after, Edge, n);

			if (!find(before, i, i_end, edge))
				judge(c, edge, why_come(c, edge, gone), "new");
		}
		i = i_end;
		k = k_end;
	}
}

/* Edges between owners as texts, and the owners that have any edge at all. */
typedef struct {
	GHashTable *edges, *owners;
} Whole;

static Whole owner_edges(AnzStore *store)
{
	g_autoptr(AnzQuery) q = query(store,
		"SELECT edge || ' ' || source_kind || '|' || source_name || ' ' || ifnull(printf('%x', source), "
		"'') || ' -> ' || target_kind || '|' || target_name || ' ' || ifnull(printf('%x', target), '') || "
		"' ' || CASE edge WHEN 'maps' THEN printf('%x %d', place, pages) ELSE '' END, target_kind, "
		"target_kind || '|' || target_name FROM edges WHERE snapshot = :snapshot AND pfn IS NULL");
	g_autoptr(AnzQuery) owners = query(store, "SELECT kind || '|' || name FROM owners "
						  "WHERE snapshot = :snapshot");
	Whole whole = { g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free),
			g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL) };

	while (next(q))
		g_hash_table_replace(whole.edges, g_strdup(anz_query_text(q, 0)),
				     g_strdup(anz_query_text(q, 2)));
	while (next(owners))
		g_hash_table_add(whole.owners, g_strdup(anz_query_text(owners, 0)));
	return whole;
}

static void clear_whole(Whole *whole)
{
	g_hash_table_unref(whole->edges);
	g_hash_table_unref(whole->owners);
}

/* An owner that has lost all its frames, each for a reason above, is none any more; guesses come and go. */
static guint64 compare_owners(Comparison *c, AnzStore *store, AnzStore *other)
{
	Whole before = owner_edges(store), after = owner_edges(other);
	guint64 nr = g_hash_table_size(before.edges);
	GHashTableIter iter;
	gpointer edge, target;

	g_hash_table_iter_init(&iter, before.edges);
	while (g_hash_table_iter_next(&iter, &edge, &target)) {
		if (g_hash_table_contains(after.edges, edge))
			continue;
		if (g_str_has_prefix(target, "object|"))
			c->tolerated[GUESS]++;
		else if (!g_hash_table_contains(after.owners, target))
			c->tolerated[NO_FRAMES]++;
		else if (c->differ++ < SHOW)
			printf("    no more: %s\n", (char *)edge);
	}
	g_hash_table_iter_init(&iter, after.edges);
	while (g_hash_table_iter_next(&iter, &edge, &target)) {
		if (g_hash_table_contains(before.edges, edge))
			continue;
		if (g_str_has_prefix(target, "object|"))
			c->tolerated[GUESS]++;
		else if (c->differ++ < SHOW)
			printf("    new: %s\n", (char *)edge);
	}
	clear_whole(&before);
	clear_whole(&after);
	return nr;
}

int main(int argc, char **argv)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(AnzStore) before = NULL, after = NULL;
	g_autoptr(GArray) first = NULL, second = NULL;
	Comparison c = { 0 };
	guint64 nr_owner_edges;

	if (argc != 4) {
		fputs("usage: compare-edges TABLE ORIGINAL TRANSCODED\n", stderr);
		return 2;
	}
	before = anz_store_open(argv[2], &error);
	after = before ? anz_store_open(argv[3], &error) : NULL;
	if (!after)
		die(error);
	c.table = argv[1];
	c.max_pfn = anz_store_max_pfn(before);
	c.texts = g_ptr_array_new_with_free_func(g_free);
	c.numbers = g_hash_table_new(g_str_hash, g_str_equal);
	read_planes(&c, before);
	first = frame_edges(&c, before);
	second = frame_edges(&c, after);
	find_deposits(&c, first);
	compare_frames(&c, first, second);
	nr_owner_edges = compare_owners(&c, before, after);
	for (guint i = 0; i < NR_EDGES; i++)
		printf("%-14s %9" G_GUINT64_FORMAT " edges to frames compared\n", edge_names[i],
		       c.compared[i]);
	printf("%-14s %9" G_GUINT64_FORMAT " edges compared\n", "of owners", nr_owner_edges);
	for (guint i = 0; i < NR_KINDS; i++)
		if (c.tolerated[i])
			printf("%-14s %9" G_GUINT64_FORMAT " tolerated\n", kind_names[i], c.tolerated[i]);
	if (c.differ)
		printf("%" G_GUINT64_FORMAT " edges differ: WRONG\n", c.differ);
	g_hash_table_unref(c.numbers);
	g_ptr_array_unref(c.texts);
	g_free(c.page_class);
	g_free(c.order);
	g_free(c.attr);
	g_free(c.refcount);
	g_free(c.deposited);
	return c.differ || !first->len || !c.compared[OWNS];
}
