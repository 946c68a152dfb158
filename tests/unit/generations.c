/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where page->flags has a folio's generation: kernels with and without what stands above it, with
 * generations switched off, and with something that is none.  No control groups: the node has the lists.
 */
#include "graph/generations.h"

#include <string.h>

#include "graph/cgroups.h"
#include "kernel-util.h"

#define TEXT(...) TEXT_(__VA_ARGS__)
#define TEXT_(...) #__VA_ARGS__

#define LRU_TYPES \
	struct lrugen { unsigned long max_seq, min_seq[2], timestamps[4]; long nr_pages[4][2][4]; \
		unsigned long avg_refaulted[2][4]; }; \
	struct lruvec { struct lrugen lrugen; };
LRU_TYPES

#define LRU (1ul << PG_lru)
#define NR_PAGES 200u
#define FIRST_PFN (MACHINE_NORMAL_PFN + 64)

/* The types of the machine with a struct lruvec in each node, and @more. */
static void machine_types(TestMachine *m, const char *more)
{
	g_auto(GStrv) parts = g_strsplit(TEXT(MACHINE_TYPES), "struct pglist_data {", 2);
	g_auto(GStrv) node = g_strsplit(parts[1], "unsigned long room[64]", 2);
	g_autofree char *source = NULL;

	g_assert_nonnull(node[1]);
	source = g_strconcat(parts[0], TEXT(LRU_TYPES), " struct pglist_data {", node[0],
			     "struct lruvec __lruvec", node[1], " ", more, NULL);
	test_machine_types(m, source);
}

static struct lrugen *lrugen_of(TestMachine *m)
{
	G_STATIC_ASSERT(sizeof(struct lruvec) <= sizeof(m->node->room));
	return (struct lrugen *)(void *)m->node->room;
}

/* NR_PAGES pages of all four generations; every page else has @others, and pages without one. */
static void fill(TestMachine *m, guint shift, guint64 others)
{
	for (guint64 pfn = 0; pfn < MACHINE_FRAMES; pfn++)
		test_machine_page(m, pfn)->flags |= others;
	for (guint i = 0; i < NR_PAGES; i++) {
		struct page *page = test_machine_page(m, FIRST_PFN + i);

		page->flags &= ~others;
		page->flags |= LRU | (i % 4 + 1ul) << shift;
	}
}

/* @shift: where the fields have to be found, of kernels with @types. */
static void check_found(const char *types, guint shift, guint64 others)
{
	g_autoptr(TestMachine) m = test_machine_new();
	g_autofree char *expected = g_strdup_printf("3 bits from bit %u", shift);
	g_autofree char *refs = g_strdup_printf("2 bits from bit %u", shift - 2);

	machine_types(m, types);
	fill(m, shift, others);
	test_machine_open(m, NULL);
	g_assert_cmpstr(test_machine_fact(m, "page.flags generation field"), ==, expected);
	g_assert_cmpuint(m->kernel->format.nr_gens, ==, 4);
	g_assert_cmpstr(test_machine_fact(m, "page.flags LRU_REFS field"), ==, refs);
}

/* Nodes and zones have two bits each; pages that nobody has used last have all bits of the last cpu. */
static void test_layouts(void)
{
	check_found("", 57, 0);
	/* 64 cpus or fewer: whatever fits. */
	check_found("struct mm_struct { int numa_scan_seq; };", 57 - 8 - 6, 0x3fffull << 46);
	check_found("struct mm_struct { int numa_scan_seq; };", 57 - 8 - 1, 0x1ffull << 51);
	/* Tags of KASAN between the two, zero for most. */
	check_found("struct mm_struct { int numa_scan_seq; };", 57 - 8 - 6 - 8, 0x3fffull << 46);
}

static void test_off(void)
{
	g_autoptr(TestMachine) m = test_machine_new();

	machine_types(m, "struct mm_struct { int numa_scan_seq; };");
	for (guint64 pfn = 0; pfn < MACHINE_FRAMES; pfn++)
		test_machine_page(m, pfn)->flags |= 0x3fffull << 46;
	for (guint i = 0; i < NR_PAGES; i++)
		test_machine_page(m, FIRST_PFN + i)->flags |= LRU;
	test_machine_open(m, NULL);
	g_assert_cmpstr(test_machine_fact(m, "page.flags generation field"), ==,
			"not in use (200 pages of LRU lists looked at)");
	g_assert_cmpuint(m->kernel->format.gen_mask, ==, 0);
	g_assert_cmpuint(m->kernel->remarks->len, ==, 0);
}

/* Something is there, but not where it could be: said, not guessed. */
static void test_elsewhere(void)
{
	g_autoptr(TestMachine) m = test_machine_new();

	machine_types(m, "");
	fill(m, 40, 0);
	test_machine_open(m, NULL);
	g_assert_cmpuint(m->kernel->format.gen_mask, ==, 0);
	g_assert_cmpuint(test_machine_remarks(m, "not where page->flags is expected"), ==, 1);
}

/* A kernel without such lists has nothing to say of them. */
static void test_none(void)
{
	g_autoptr(TestMachine) m = test_machine_new();

	test_machine_types(m, "");
	fill(m, 57, 0);
	test_machine_open(m, NULL);
	g_assert_null(test_machine_fact(m, "page.flags generation field"));
	g_assert_cmpuint(m->kernel->format.gen_mask, ==, 0);
}

typedef struct {
	guint8 values[ANZ_TILE_PAGES], refs[ANZ_TILE_PAGES];
	guint tiles;
} Sunk;

static void sink(guint64 tile, const guint32 *flags, const gint32 *refcount, const gint32 *mapcount,
		 const guint8 *generation, const guint8 *refs, gpointer data)
{
	Sunk *sunk = data;

	if (generation)
		memcpy(sunk->values, generation, ANZ_TILE_PAGES);
	if (refs)
		memcpy(sunk->refs, refs, ANZ_TILE_PAGES);
	sunk->tiles += generation != NULL;
}

/* Pages are counted in the lists of their node. */
static void test_counts(void)
{
	g_autoptr(TestMachine) m = test_machine_new();
	g_autoptr(AnzPlanes) planes = NULL;
	g_autoptr(AnzGraph) graph = NULL;
	g_autofree Sunk *sunk = g_new0(Sunk, 1);
	const AnzGenerations *g;
	const AnzLruvec *it;

	machine_types(m, "");
	fill(m, 57, 0);
	for (guint i = 0; i < NR_PAGES; i++)
		test_machine_page(m, FIRST_PFN + i)->_refcount = 1;
	test_machine_page(m, FIRST_PFN + 1)->flags |= 3ull << 55;
	/* Of what is on no list the fields say nothing. */
	test_machine_page(m, FIRST_PFN)->flags |= 1ull << 55;
	test_machine_page(m, FIRST_PFN)->flags &= ~LRU;
	lrugen_of(m)->max_seq = 9;
	lrugen_of(m)->nr_pages[2][1][1] = 50;
	test_machine_open(m, NULL);
	planes = anz_planes_decode(m->kernel, 1, 0, sink, sunk, NULL, NULL, NULL, NULL, NULL);
	g_assert_cmpuint(sunk->tiles, ==, 1);
	g_assert_cmpuint(sunk->values[FIRST_PFN], ==, 0);
	g_assert_cmpuint(sunk->values[FIRST_PFN + 1], ==, 2);
	g_assert_cmpuint(sunk->values[FIRST_PFN + NR_PAGES], ==, 0);
	g_assert_cmpuint(sunk->refs[FIRST_PFN], ==, 0);
	g_assert_cmpuint(sunk->refs[FIRST_PFN + 1], ==, 4);
	g_assert_cmpuint(sunk->refs[FIRST_PFN + 2], ==, 1);
	graph = anz_graph_new(m->kernel, planes, NULL, NULL, NULL);
	anz_generations_build(graph);
	anz_cgroups_charge(graph);
	g = graph->generations;
	g_assert_nonnull(g);
	g_assert_cmpuint(g->lruvecs->len, ==, 1);
	it = &g_array_index(g->lruvecs, AnzLruvec, 0);
	g_assert_cmpuint(it->owner, ==, 0);
	g_assert_true(it->is_enabled);
	g_assert_cmpint(it->kernel[anz_generations_at(g, 2, 1, 1)], ==, 50);
	g_assert_cmpuint(it->found[anz_generations_at(g, 0, 1, 1)], ==, 49);
	g_assert_cmpuint(it->found[anz_generations_at(g, 2, 1, 1)], ==, 50);
	g_assert_cmpuint(it->found[anz_generations_at(g, 2, 0, 1)], ==, 0);
	g_assert_cmpuint(anz_lruvec_seq(g, it, 1), ==, 9);
	g_assert_cmpuint(anz_lruvec_seq(g, it, 2), ==, 6);
	g_assert_cmpuint(g->nr_strange, ==, 0);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/generations/layouts", test_layouts);
	g_test_add_func("/generations/off", test_off);
	g_test_add_func("/generations/elsewhere", test_elsewhere);
	g_test_add_func("/generations/none", test_none);
	g_test_add_func("/generations/counts", test_counts);
	return g_test_run();
}
