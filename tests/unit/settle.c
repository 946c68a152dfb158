/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owners and claims: who gets a frame that several want, and what is written down of it. */
#include <string.h>

#include "graph/graph.h"

#define FIRST_TILE 2
#define NR_TILES 3
#define BASE ((guint64)FIRST_TILE << ANZ_TILE_SHIFT)
#define END (BASE + ((guint64)NR_TILES << ANZ_TILE_SHIFT))

static AnzGraph *graph_new(void)
{
	guint64 numbers[NR_TILES] = { FIRST_TILE, FIRST_TILE + 1, FIRST_TILE + 2 };
	static AnzKernel kernel;
	AnzPlanes *planes = anz_planes_new(numbers, NR_TILES, 9, 0);

	planes->max_pfn = END;
	for (guint t = 0; t < NR_TILES; t++)
		memset(anz_planes_edit_at(planes, t)->page_class, ANZ_CLASS_KERNEL_OTHER,
		       ANZ_TILE_PAGES);
	return anz_graph_new(&kernel, planes, NULL, NULL, NULL);
}

static void graph_free(AnzGraph *graph)
{
	anz_planes_free(graph->planes);
	anz_graph_free(graph);
}

/* "owner pfn+pages@position ..." of all stretches, frames counted from BASE. */
static void assert_owned(AnzGraph *graph, const char *expected)
{
	g_autoptr(GString) got = g_string_new(NULL);

	anz_graph_settle(graph);
	for (guint i = 0; i < graph->owned->len; i++) {
		const AnzOwned *it = &anz_spool_index(graph->owned, AnzOwned, i);

		g_string_append_printf(got, "%s%s %" G_GUINT64_FORMAT "+%" G_GUINT64_FORMAT,
				       i ? ", " : "", anz_graph_get_owner(graph, it->owner)->name,
				       it->pfn - BASE, it->nr_pages);
		if (it->position != ANZ_NO_POSITION)
			g_string_append_printf(got, "@%" G_GUINT64_FORMAT, it->position);
	}
	g_assert_cmpstr(got->str, ==, expected);
}

static void test_owners(void)
{
	AnzGraph *graph = graph_new();
	guint32 a = anz_graph_owner(graph, ANZ_OWNER_CACHE, 0x1000, "%s", "dentry");
	guint32 b = anz_graph_owner(graph, ANZ_OWNER_FILE, 0x1000, "inode %d", 7);
	guint32 c = anz_graph_owner(graph, ANZ_OWNER_KERNEL, 0, "page tables");

	/* Told apart by kind and address, or by kind and name. */
	g_assert_cmpuint(a, ==, 1);
	g_assert_cmpuint(b, ==, 2);
	g_assert_cmpuint(anz_graph_owner(graph, ANZ_OWNER_CACHE, 0x1000, "other"), ==, a);
	g_assert_cmpuint(anz_graph_owner(graph, ANZ_OWNER_KERNEL, 0, "page %s", "tables"), ==, c);
	g_assert_cmpuint(anz_graph_owner(graph, ANZ_OWNER_KERNEL, 0, "image"), >, c);
	g_assert_cmpuint(anz_graph_find_owner(graph, ANZ_OWNER_FILE, 0x1000), ==, b);
	g_assert_cmpuint(anz_graph_find_owner(graph, ANZ_OWNER_FILE, 0x2000), ==, 0);
	g_assert_cmpstr(anz_graph_get_owner(graph, b)->name, ==, "inode 7");
	g_assert_null(anz_graph_get_owner(graph, 99));
	graph_free(graph);
}

static void test_ranks(void)
{
	AnzGraph *graph = graph_new();
	guint32 page = anz_graph_owner(graph, ANZ_OWNER_FILE, 1, "file");
	guint32 map = anz_graph_owner(graph, ANZ_OWNER_PROCESS, 2, "bash");
	guint32 late = anz_graph_owner(graph, ANZ_OWNER_PROCESS, 3, "late");
	guint32 guess = anz_graph_owner(graph, ANZ_OWNER_OBJECT, 4, "guess");

	/* A weaker claim made earlier gives way; of two alike the first stays. */
	anz_graph_claim(graph, guess, ANZ_RANK_POINTED, BASE, 40, ANZ_NO_POSITION, ANZ_NR_CLASSES);
	anz_graph_claim(graph, map, ANZ_RANK_MAPPED, BASE + 5, 10, 1000, ANZ_NR_CLASSES);
	anz_graph_claim(graph, late, ANZ_RANK_MAPPED, BASE + 10, 10, 5000, ANZ_NR_CLASSES);
	anz_graph_claim(graph, page, ANZ_RANK_SURE, BASE + 12, 2, 77, ANZ_NR_CLASSES);
	/* Nobody's claims, and frames that do not exist. */
	anz_graph_claim(graph, 0, ANZ_RANK_SURE, BASE, 40, 0, ANZ_NR_CLASSES);
	anz_graph_claim(graph, page, ANZ_RANK_SURE, END, 40, 0, ANZ_NR_CLASSES);
	assert_owned(graph, "guess 0+5, bash 5+7@1000, file 12+2@77, bash 14+1@1009, "
		     "late 15+5@5005, guess 20+20");
	g_assert_cmpuint(anz_graph_get_owner(graph, map)->nr_pages, ==, 8);
	g_assert_cmpuint(anz_graph_get_owner(graph, guess)->nr_pages, ==, 25);
	graph_free(graph);
}

/* Of one rank the earlier turn wins, wherever its claim begins; in one turn the earlier frame. */
static void test_turns(void)
{
	AnzGraph *graph = graph_new();
	guint32 chunk = anz_graph_owner(graph, ANZ_OWNER_PERCPU, 1, "chunk");
	guint32 boot = anz_graph_owner(graph, ANZ_OWNER_BOOT, 0, "boot");

	anz_graph_claim(graph, chunk, ANZ_RANK_WALKED, BASE + 10, 5, ANZ_NO_POSITION,
			ANZ_CLASS_PERCPU);
	graph->turn++;
	anz_graph_claim(graph, boot, ANZ_RANK_WALKED, BASE, 20, ANZ_NO_POSITION,
			ANZ_CLASS_VMALLOC);
	assert_owned(graph, "boot 0+10, chunk 10+5, boot 15+5");
	g_assert_cmpuint(graph->found[ANZ_CLASS_PERCPU], ==, 5);
	g_assert_cmpuint(graph->found[ANZ_CLASS_VMALLOC], ==, 15);
	graph_free(graph);
}

/* Stretches go on over the edge of a tile when place and owner do; claims longer than a tile too. */
static void test_tiles(void)
{
	AnzGraph *graph = graph_new();
	guint32 a = anz_graph_owner(graph, ANZ_OWNER_AREA, 1, "a");
	guint32 b = anz_graph_owner(graph, ANZ_OWNER_AREA, 2, "b");

	anz_graph_claim(graph, a, ANZ_RANK_WALKED, BASE + 65530, 70000, 10, ANZ_NR_CLASSES);
	anz_graph_claim(graph, b, ANZ_RANK_SURE, BASE + 65536 + 100, 1, ANZ_NO_POSITION,
			ANZ_NR_CLASSES);
	anz_graph_claim(graph, b, ANZ_RANK_SURE, END - 2, 1000, ANZ_NO_POSITION, ANZ_NR_CLASSES);
	assert_owned(graph, "a 65530+106@10, b 65636+1, a 65637+69893@117, b 196606+2");
	graph_free(graph);
}

/* Two parts of a file that lie side by side but not in order are two stretches. */
static void test_positions(void)
{
	AnzGraph *graph = graph_new();
	guint32 a = anz_graph_owner(graph, ANZ_OWNER_FILE, 1, "a");

	anz_graph_claim(graph, a, ANZ_RANK_SURE, BASE, 2, 8, ANZ_NR_CLASSES);
	anz_graph_claim(graph, a, ANZ_RANK_SURE, BASE + 2, 1, 10, ANZ_NR_CLASSES);
	anz_graph_claim(graph, a, ANZ_RANK_SURE, BASE + 3, 1, 4, ANZ_NR_CLASSES);
	anz_graph_claim(graph, a, ANZ_RANK_SURE, BASE + 4, 1, ANZ_NO_POSITION, ANZ_NR_CLASSES);
	assert_owned(graph, "a 0+3@8, a 3+1@4, a 4+1");
	graph_free(graph);
}

/* Only pages without a class of their own take the one that a claim brings. */
static void test_classes(void)
{
	AnzGraph *graph = graph_new();
	guint32 a = anz_graph_owner(graph, ANZ_OWNER_AREA, 1, "a");
	AnzTile *tile = anz_planes_edit(graph->planes, BASE);

	tile->page_class[1] = ANZ_CLASS_SLAB;
	tile->page_class[2] = ANZ_CLASS_RESERVED;
	anz_graph_claim(graph, a, ANZ_RANK_WALKED, BASE, 4, ANZ_NO_POSITION, ANZ_CLASS_VMALLOC);
	anz_graph_claim(graph, a, ANZ_RANK_WALKED, BASE + 4, 1, ANZ_NO_POSITION, ANZ_NR_CLASSES);
	assert_owned(graph, "a 0+5");
	tile = anz_planes_edit(graph->planes, BASE);
	g_assert_cmpuint(tile->page_class[0], ==, ANZ_CLASS_VMALLOC);
	g_assert_cmpuint(tile->page_class[1], ==, ANZ_CLASS_SLAB);
	g_assert_cmpuint(tile->page_class[2], ==, ANZ_CLASS_RESERVED);
	g_assert_cmpuint(tile->page_class[3], ==, ANZ_CLASS_VMALLOC);
	g_assert_cmpuint(tile->page_class[4], ==, ANZ_CLASS_KERNEL_OTHER);
	graph_free(graph);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/settle/owners", test_owners);
	g_test_add_func("/settle/ranks", test_ranks);
	g_test_add_func("/settle/turns", test_turns);
	g_test_add_func("/settle/tiles", test_tiles);
	g_test_add_func("/settle/positions", test_positions);
	g_test_add_func("/settle/classes", test_classes);
	return g_test_run();
}
