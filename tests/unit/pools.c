/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Pages of network and DMA pools and of the balloon, as older and newer kernels have them: whose they are. */
#include "graph/buffers.h"

#include <string.h>

#include "graph/slab.h"
#include "kernel-util.h"

#define TEXT(...) TEXT_(__VA_ARGS__)
#define TEXT_(...) #__VA_ARGS__

#define POOL_TYPES \
	struct kobject { const char *name; }; \
	struct device { int id; struct kobject kobj; }; \
	struct net_device { long state; char name[16]; }; \
	struct page_pool_params_fast { unsigned int order; struct device *dev; }; \
	struct page_pool_params_slow { struct net_device *netdev; }; \
	struct page_pool { struct page_pool_params_fast p; struct page_pool_params_slow slow; }; \
	struct netmem_desc { unsigned long flags, pp_magic; struct page_pool *pp; };

#define DMA_TYPES \
	struct gen_pool { struct list_head chunks; }; \
	struct gen_pool_chunk { struct list_head next_chunk; unsigned long start_addr, end_addr; };
#define DMA_HOLDER \
	struct dma_gen_pool { _Bool cc_shared; struct gen_pool *pool; };

#define MEMPOOL_TYPES \
	struct mempool_s { int lock, min_nr, curr_nr; void **elements; void *pool_data; \
		void *alloc, *free; };

POOL_TYPES
DMA_TYPES
DMA_HOLDER
MEMPOOL_TYPES

/* In the middle of enum pageflags. */
#define NEWER "#define PG_head PG_movable_ops = 2, PG_head\n"
#define POOL_PFN 3000
#define BALLOON_PFN 3010

static TestMachine *machine_new(gboolean is_newer)
{
	static const char older[] = TEXT(MACHINE_TYPES) " " TEXT(POOL_TYPES);
	static const char newer[] = NEWER TEXT(MACHINE_TYPES) " " TEXT(POOL_TYPES);
	TestMachine *m = test_machine_new();

	test_machine_types(m, is_newer ? newer : older);
	return m;
}

static AnzGraph *graph_of(TestMachine *m)
{
	const guint64 numbers[] = { 0 };
	AnzPlanes *planes = anz_planes_new(numbers, 1, 9, 0);
	AnzTile *tile = anz_planes_edit_at(planes, 0);

	planes->max_pfn = MACHINE_FRAMES;
	memset(tile->page_class, ANZ_CLASS_FREE, ANZ_TILE_PAGES);
	memset(tile->page_class + POOL_PFN, ANZ_CLASS_NET_POOL, 4);
	memset(tile->page_class + BALLOON_PFN, ANZ_CLASS_OFFLINE, 2);
	return anz_graph_new(m->kernel, planes, NULL, NULL, NULL);
}

/* "pfn owner" of all claims in the order of their making. */
static void assert_claims(const AnzGraph *graph, const char *expected)
{
	g_autoptr(GString) got = g_string_new(NULL);

	for (guint i = 0; i < graph->claims->len; i++) {
		const AnzClaim *it = &anz_spool_index(graph->claims, AnzClaim, i);

		g_assert_cmpuint(it->nr_pages, ==, 1);
		g_string_append_printf(got, "%s%" G_GUINT64_FORMAT " %s", i ? ", " : "", it->pfn,
				       anz_graph_get_owner(graph, it->owner)->name);
	}
	g_assert_cmpstr(got->str, ==, expected);
}

static void free_all(AnzGraph *graph)
{
	anz_planes_free(graph->planes);
	anz_graph_free(graph);
}

static struct page_pool *add_pool(TestMachine *m, guint64 pfn)
{
	guint64 at = test_machine_alloc(m, sizeof(struct page_pool), 64);
	struct netmem_desc *page = (struct netmem_desc *)test_machine_page(m, pfn);

	page->pp = (void *)(gsize)at;
	return test_machine_at(m, at);
}

static void test_pools(void)
{
	g_autoptr(TestMachine) m = machine_new(FALSE);
	guint64 netdev = test_machine_alloc(m, sizeof(struct net_device), 64);
	guint64 device = test_machine_alloc(m, sizeof(struct device), 64);
	guint64 name = test_machine_alloc(m, 32, 8);
	struct page_pool *pool;
	AnzGraph *graph;

	strcpy(((struct net_device *)test_machine_at(m, netdev))->name, "eth0");
	strcpy(test_machine_at(m, name), "0000:00:03.0");
	((struct device *)test_machine_at(m, device))->kobj.name = (void *)(gsize)name;
	pool = add_pool(m, POOL_PFN);
	pool->slow.netdev = (void *)(gsize)netdev;
	pool->p.dev = (void *)(gsize)device;
	/* Another one that has no interface, and one that has neither; the fourth page names none. */
	add_pool(m, POOL_PFN + 1)->p.dev = (void *)(gsize)device;
	add_pool(m, POOL_PFN + 2);
	test_machine_open(m, NULL);
	graph = graph_of(m);
	anz_pools_build(graph);
	assert_claims(graph, "3000 network page pool of eth0, 3001 network page pool of 0000:00:03.0, "
		      "3002 network page pool");
	free_all(graph);
}

/* What is set aside for DMA; since 7.3 a structure holds the pointer to the pool. */
static void test_dma_pools(gconstpointer has_holder)
{
	static const char plain[] = TEXT(MACHINE_TYPES) " " TEXT(DMA_TYPES);
	static const char holder[] = TEXT(MACHINE_TYPES) " " TEXT(DMA_TYPES) " " TEXT(DMA_HOLDER);
	g_autoptr(TestMachine) m = test_machine_new();
	guint64 memory = test_machine_alloc(m, 4096, 4096), paddr = 0;
	guint64 pool_at = test_machine_alloc(m, sizeof(struct gen_pool), 8);
	guint64 chunk_at = test_machine_alloc(m, sizeof(struct gen_pool_chunk), 8);
	guint64 symbol = test_machine_alloc(m, sizeof(struct dma_gen_pool), 8);
	struct gen_pool *pool = test_machine_at(m, pool_at);
	struct gen_pool_chunk *chunk = test_machine_at(m, chunk_at);
	g_autofree char *expected = NULL;
	AnzGraph *graph;

	if (has_holder)
		*(struct dma_gen_pool *)test_machine_at(m, symbol) =
			(struct dma_gen_pool){ .cc_shared = 1, .pool = (void *)(gsize)pool_at };
	else
		memcpy(test_machine_at(m, symbol), &pool_at, 8);
	pool->chunks.next = pool->chunks.prev = (void *)(gsize)pool_at;
	test_list_add(m, &pool->chunks, &chunk->next_chunk);
	chunk->start_addr = memory;
	chunk->end_addr = memory + 4095;
	test_machine_say(m, "SYMBOL(atomic_pool_dma32)=%" G_GINT64_MODIFIER "x\n", symbol);
	test_machine_types(m, has_holder ? holder : plain);
	test_machine_open(m, NULL);
	graph = graph_of(m);
	g_assert_true(anz_image_translate(m->image, memory, &paddr, NULL));
	anz_planes_edit_at(graph->planes, 0)->page_class[paddr >> 12] = ANZ_CLASS_KERNEL_OTHER;
	anz_pools_build(graph);
	expected = g_strdup_printf("%" G_GUINT64_FORMAT " DMA pool atomic_pool_dma32", paddr >> 12);
	assert_claims(graph, expected);
	free_all(graph);
}

/* By what the page itself points at. */
static void test_balloon_by_mapping(void)
{
	g_autoptr(TestMachine) m = machine_new(FALSE);
	AnzGraph *graph;

	test_machine_say(m, "SYMBOL(balloon_mops)=ffffffff81400000\n");
	test_machine_page(m, BALLOON_PFN)->mapping = (void *)0xffffffff81400002;
	test_machine_open(m, NULL);
	graph = graph_of(m);
	anz_pools_build(graph);
	assert_claims(graph, "3010 0xffffffff81400000");
	free_all(graph);
}

/* By a flag; offline pages without it are not the balloon's.  The mapping means something else. */
static void test_balloon_by_flag(gconstpointer is_registered)
{
	g_autoptr(TestMachine) m = machine_new(TRUE);
	guint64 ops = 0xffffffff81400000, at = test_machine_alloc(m, 8, 8);
	AnzGraph *graph;

	test_machine_say(m, "SYMBOL(balloon_mops)=ffffffff81400000\n");
	if (is_registered) {
		memcpy(test_machine_at(m, at), &ops, 8);
		test_machine_say(m, "SYMBOL(offline_movable_ops)=%" G_GINT64_MODIFIER "x\n", at);
	}
	test_machine_page(m, BALLOON_PFN)->flags |= 4;
	test_machine_page(m, BALLOON_PFN + 1)->mapping = (void *)0xffffffff81400002;
	test_machine_open(m, NULL);
	graph = graph_of(m);
	anz_pools_build(graph);
	assert_claims(graph, "3010 0xffffffff81400000");
	free_all(graph);
}

#define ALLOC_PAGES 0xffffffff81500000ull
#define FREE_PAGES 0xffffffff81500100ull
#define MEMPOOL_PFN 512		/* and the block behind: two of order 1 */

static void put_mempool(TestMachine *m, guint64 at, guint64 elements, guint nr, guint64 order, guint64 free_func)
{
	*(struct mempool_s *)test_machine_at(m, at) =
		(struct mempool_s){ .min_nr = nr, .curr_nr = nr, .elements = (void *)(gsize)elements,
				    .pool_data = (void *)(gsize)order, .alloc = (void *)(gsize)ALLOC_PAGES,
				    .free = (void *)(gsize)free_func };
}

/* One cache, kmalloc-64, with one slab of two objects at @at. */
static AnzSlabs *slabs_at(guint64 at)
{
	AnzSlabs *slabs = anz_slabs_new();
	AnzCache cache = { .name = g_strdup("kmalloc-64"), .object_size = 64, .size = 64 };
	AnzSlab slab = { .pfn = (at - MACHINE_DIRECT_MAP) >> 12, .nr_objects = 2 };

	g_array_append_val(slabs->caches, cache);
	g_array_append_val(slabs->slabs, slab);
	return slabs;
}

/* A mempool of pages in the kernel's variables and one in an object, beside what only looks like one. */
static void test_mempools(void)
{
	g_autoptr(TestMachine) m = test_machine_new();
	guint64 image = test_machine_alloc(m, 4096, 4096), objects = test_machine_alloc(m, 4096, 4096);
	guint64 elements = test_machine_alloc(m, 2 * 8, 8), bad = test_machine_alloc(m, 8, 8);
	guint64 *words = test_machine_at(m, elements);
	AnzGraph *graph;

	test_machine_types(m, TEXT(MACHINE_TYPES) " " TEXT(MEMPOOL_TYPES));
	test_machine_say(m, "SYMBOL(mempool_alloc_pages)=%llx\nSYMBOL(mempool_free_pages)=%llx\n", ALLOC_PAGES,
			 FREE_PAGES);
	test_machine_say(m, "SYMBOL(_sdata)=%" G_GINT64_MODIFIER "x\nSYMBOL(_edata)=%" G_GINT64_MODIFIER "x\n",
			 image, image + 1152);
	test_machine_say(m, "SYMBOL(__bss_start)=%" G_GINT64_MODIFIER "x\nSYMBOL(__bss_stop)=%"
			 G_GINT64_MODIFIER "x\n", image + 1152, image + 2048);
	for (guint i = 0; i < 2; i++)
		words[i] = MACHINE_VMEMMAP + (MEMPOOL_PFN + 2 * i) * sizeof(struct page);
	put_mempool(m, image + 256, elements, 1, 1, FREE_PAGES);
	put_mempool(m, image + 512, elements, 2, 1, FREE_PAGES + 8);	/* another's functions */
	put_mempool(m, image + 768, elements, 2, 60, FREE_PAGES);	/* no such order */
	put_mempool(m, image + 1024, elements, 1u << 20, 1, FREE_PAGES);	/* not so many */
	put_mempool(m, image + 1280, bad, 1, 1, FREE_PAGES);	/* no struct page */
	put_mempool(m, image + 3072, elements, 1, 1, FREE_PAGES);	/* behind all variables */
	put_mempool(m, objects + 64, elements + 8, 1, 1, FREE_PAGES);
	test_machine_open(m, NULL);
	graph = graph_of(m);
	memset(anz_planes_edit_at(graph->planes, 0)->page_class + MEMPOOL_PFN, ANZ_CLASS_KERNEL_OTHER, 4);
	graph->slabs = slabs_at(objects);
	anz_mempools_build(graph);
	g_assert_cmpuint(graph->claims->len, ==, 2);
	for (guint i = 0; i < 2; i++) {
		const AnzClaim *it = &anz_spool_index(graph->claims, AnzClaim, i);

		g_assert_cmpuint(it->pfn, ==, MEMPOOL_PFN + 2 * i);
		g_assert_cmpuint(it->nr_pages, ==, 2);
		g_assert_cmpuint(anz_graph_get_owner(graph, it->owner)->address, ==,
				 i ? objects + 64 : image + 256);
	}
	g_assert_cmpuint(test_machine_remarks(m, "mempools"), ==, 1);
	free_all(graph);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_data_func("/pools/dma", NULL, test_dma_pools);
	g_test_add_data_func("/pools/dma-holder", "", test_dma_pools);
	g_test_add_func("/pools/network", test_pools);
	g_test_add_func("/pools/balloon-by-mapping", test_balloon_by_mapping);
	g_test_add_data_func("/pools/balloon-by-flag", NULL, test_balloon_by_flag);
	g_test_add_data_func("/pools/balloon-by-registration", "yes", test_balloon_by_flag);
	g_test_add_func("/pools/mempools", test_mempools);
	return g_test_run();
}
