/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * lists/: walks over the free lists, per-cpu lists and unaccepted blocks of a machine made by hand:
 * whole, and broken in each way that a list can be.  A broken list costs as few blocks as possible
 * and never another list's.
 */
#include <string.h>

#include "kernel-util.h"

typedef struct {
	TestMachine *m;
	AnzPlanes *planes;
	AnzLists *lists;
} Walked;

static Walked *walk(TestMachine *m)
{
	Walked *w = g_new0(Walked, 1);
	GError *error = NULL;

	w->m = m;
	test_machine_open(m, NULL);
	w->planes = anz_planes_decode(m->kernel, 1, 0, NULL, NULL, NULL, NULL, NULL, NULL, &error);
	g_assert_no_error(error);
	w->lists = anz_lists_walk(m->kernel, w->planes, NULL, &error);
	g_assert_no_error(error);
	return w;
}

static void walked_free(Walked *w)
{
	anz_lists_free(w->lists);
	anz_planes_free(w->planes);
	g_free(w);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Walked, walked_free)

static const AnzFreeList *list_of(const Walked *w, guint zone, guint order, guint migratetype)
{
	for (guint i = 0; i < w->lists->free_lists->len; i++) {
		const AnzFreeList *list = &g_array_index(w->lists->free_lists, AnzFreeList, i);

		if (list->zone == zone && list->order == order &&
		    list->migratetype == migratetype)
			return list;
	}
	g_assert_not_reached();
}

/* The pfns of one list as "1 2 3". */
static char *blocks_of(GArray *blocks, guint zone, guint order, guint list, guint cpu)
{
	GString *text = g_string_new(NULL);
	guint position = 0;

	for (guint i = 0; i < blocks->len; i++) {
		const AnzListBlock *block = &g_array_index(blocks, AnzListBlock, i);

		if (block->zone != zone || block->order != order || block->list != list ||
		    block->cpu != cpu)
			continue;
		g_assert_cmpuint(block->position, ==, position++);
		g_string_append_printf(text, "%s%" G_GUINT64_FORMAT, position > 1 ? " " : "",
				       block->pfn);
	}
	return g_string_free(text, FALSE);
}

#define assert_blocks(w, zone, order, type, expected) \
	do { \
		g_autofree char *seen_ = blocks_of((w)->lists->free_blocks, zone, order, type, 0); \
		g_assert_cmpstr(seen_, ==, expected); \
	} while (0)

#define assert_status(w, zone, order, type, expected) \
	do { \
		const char *status_ = list_of(w, zone, order, type)->status; \
		if (!strstr(status_, expected)) \
			g_error("status is \"%s\", not \"%s\"", status_, expected); \
	} while (0)

static guint16 attr(const Walked *w, guint64 pfn)
{
	return anz_planes_tile(w->planes, pfn)->attr[anz_tile_index(pfn)];
}

static guint8 page_class(const Walked *w, guint64 pfn)
{
	return anz_planes_tile(w->planes, pfn)->page_class[anz_tile_index(pfn)];
}

static struct list_head *link_of(TestMachine *m, guint64 pfn)
{
	return &test_machine_page(m, pfn)->buddy_list;
}

static void *link_address(TestMachine *m, guint64 pfn)
{
	return (void *)(gsize)test_machine_vaddr(m, link_of(m, pfn));
}

/* One list of five blocks of order 1 in zone Normal, and a second one of three. */
static const guint64 five[] = { 3000, 2100, 4096, 2102, 5000 };
static const guint64 three[] = { 6000, 6002, 6004 };

static TestMachine *with_blocks(void)
{
	TestMachine *m = test_machine_new();

	for (guint i = 0; i < G_N_ELEMENTS(five); i++)
		test_machine_free_block(m, five[i], 1, MIGRATE_MOVABLE);
	for (guint i = 0; i < G_N_ELEMENTS(three); i++)
		test_machine_free_block(m, three[i], 1, MIGRATE_RECLAIMABLE);
	return m;
}

/* How many lists have a status that says @text. */
static guint statuses(const AnzLists *lists, const char *text)
{
	guint nr = 0;

	for (guint i = 0; i < lists->free_lists->len; i++)
		nr += !!strstr(g_array_index(lists->free_lists, AnzFreeList, i).status, text);
	for (guint i = 0; i < lists->pcp_sets->len; i++)
		nr += !!strstr(g_array_index(lists->pcp_sets, AnzPcpSet, i).status, text);
	return nr;
}

/* The first page that is on no list. */
static void assert_unlisted(const Walked *w, guint64 pfn)
{
	for (guint i = 0; i < w->lists->faults->len; i++) {
		const AnzListFault *fault = &g_array_index(w->lists->faults, AnzListFault, i);

		if (fault->kind != ANZ_FAULT_UNLISTED)
			continue;
		g_assert_cmpuint(fault->pfn, ==, pfn);
		return;
	}
	g_assert_not_reached();
}

static void assert_three_whole(const Walked *w)
{
	assert_blocks(w, 1, 1, MIGRATE_RECLAIMABLE, "6000 6002 6004");
	assert_status(w, 1, 1, MIGRATE_RECLAIMABLE, "ok");
}

static void test_whole(void)
{
	g_autoptr(TestMachine) m = with_blocks();
	g_autoptr(Walked) w = NULL;

	test_machine_free_block(m, 1024, 10, MIGRATE_UNMOVABLE);
	test_machine_free_block(m, 2048, 0, MIGRATE_ISOLATE);
	w = walk(m);
	assert_blocks(w, 1, 1, MIGRATE_MOVABLE, "3000 2100 4096 2102 5000");
	assert_three_whole(w);
	assert_blocks(w, 0, 10, MIGRATE_UNMOVABLE, "1024");
	assert_status(w, 1, 1, MIGRATE_MOVABLE, "ok");
	/* nr_free is the order's, not the list's. */
	g_assert_cmpuint(list_of(w, 1, 1, MIGRATE_MOVABLE)->nr_blocks, ==, 5);
	g_assert_cmpuint(list_of(w, 1, 1, MIGRATE_MOVABLE)->nr_free, ==, 8);
	g_assert_true(list_of(w, 1, 1, MIGRATE_MOVABLE)->nr_free_known);
	g_assert_cmpuint(w->lists->free_lists->len, ==, 2 * 11 * MIGRATE_TYPES);
	g_assert_cmpuint(w->lists->listed_pages[0], ==, 1024);
	g_assert_cmpuint(w->lists->listed_pages[1], ==, 17);
	g_assert_cmpuint(w->lists->isolated_pages[1], ==, 1);
	g_assert_cmpuint(w->lists->unlisted, ==, 0);
	g_assert_false(w->lists->broken);
	g_assert_cmphex(attr(w, 3000), ==, ANZ_ATTR_HEAD | ANZ_ATTR_ON_LIST);
	g_assert_cmphex(attr(w, 3001), ==, ANZ_ATTR_TAIL | ANZ_ATTR_ON_LIST);
	g_assert_cmphex(attr(w, 3002), ==, 0);
	g_assert_cmpuint(page_class(w, 2047), ==, ANZ_CLASS_FREE);
	g_assert_cmpuint(m->kernel->remarks->len, ==, 0);
}

static void test_empty(void)
{
	g_autoptr(TestMachine) m = test_machine_new();
	g_autoptr(Walked) w = walk(m);

	for (guint i = 0; i < w->lists->free_lists->len; i++) {
		const AnzFreeList *list = &g_array_index(w->lists->free_lists, AnzFreeList, i);

		g_assert_cmpstr(list->status, ==, "ok");
		g_assert_cmpuint(list->nr_blocks, ==, 0);
	}
	g_assert_cmpuint(w->lists->free_blocks->len, ==, 0);
	g_assert_cmpuint(w->lists->pcp_sets->len, ==, 4);
	g_assert_false(w->lists->broken);
	g_assert_cmpuint(m->kernel->remarks->len, ==, 0);
}

/* next leads back into the list: what lies behind is reached from the far end. */
static void test_loop(void)
{
	g_autoptr(TestMachine) m = with_blocks();
	g_autoptr(Walked) w = NULL;

	link_of(m, 4096)->next = link_address(m, 3000);
	w = walk(m);
	assert_blocks(w, 1, 1, MIGRATE_MOVABLE, "3000 2100 4096 2102 5000");
	assert_status(w, 1, 1, MIGRATE_MOVABLE, "pfn 3000 was on a list already");
	/* Everything was found: the analysis lacks nothing, but says what is wrong. */
	g_assert_false(w->lists->broken);
	g_assert_cmpuint(statuses(w->lists, "pfn 3000 was on a list already"), ==, 1);
}

static void test_self_loop(void)
{
	g_autoptr(TestMachine) m = with_blocks();
	g_autoptr(Walked) w = NULL;

	link_of(m, 2100)->next = link_address(m, 2100);
	link_of(m, 2100)->prev = link_address(m, 2100);
	w = walk(m);
	/* 2100 says that it is alone, but both its neighbours point at it. */
	assert_blocks(w, 1, 1, MIGRATE_MOVABLE, "3000 4096 2102 5000");
	g_assert_true(w->lists->broken);
	g_assert_cmpuint(w->lists->unlisted, ==, 1);
	assert_unlisted(w, 2100);
	assert_three_whole(w);
}

/* next leads into another list: that one's blocks stay its own. */
static void test_cross_link(void)
{
	g_autoptr(TestMachine) m = with_blocks();
	g_autoptr(Walked) w = NULL;

	link_of(m, 2100)->next = link_address(m, 6002);
	w = walk(m);
	assert_blocks(w, 1, 1, MIGRATE_MOVABLE, "3000 2100 4096 2102 5000");
	assert_status(w, 1, 1, MIGRATE_MOVABLE,
		      "pfn 6002 points back to pfn 6000, not to pfn 2100");
	assert_three_whole(w);
	g_assert_false(w->lists->broken);
}

/* Both directions lead into another list. */
static void test_cross_link_twice(void)
{
	g_autoptr(TestMachine) m = with_blocks();
	g_autoptr(Walked) w = NULL;

	link_of(m, 2100)->next = link_address(m, 6002);
	link_of(m, 4096)->prev = link_address(m, 6004);
	w = walk(m);
	assert_blocks(w, 1, 1, MIGRATE_MOVABLE, "3000 2100 4096 2102 5000");
	assert_three_whole(w);
	/* Nothing says any more that 2100 and 4096 were neighbours. */
	g_assert_true(w->lists->broken);
}

static void test_nonsense_link(void)
{
	static const guint64 nonsense[] = {
		0, 0xdead000000000100, 0x123, MACHINE_VMEMMAP + 2 * 64 + 9,
		MACHINE_VMEMMAP + MACHINE_FRAMES * 64ull + 8, MACHINE_DIRECT_MAP + 0x1000,
		G_MAXUINT64,
	};

	for (guint i = 0; i < G_N_ELEMENTS(nonsense); i++) {
		g_autoptr(TestMachine) m = with_blocks();
		g_autoptr(Walked) w = NULL;

		link_of(m, 4096)->next = (void *)(gsize)nonsense[i];
		w = walk(m);
		assert_blocks(w, 1, 1, MIGRATE_MOVABLE, "3000 2100 4096 2102 5000");
		assert_status(w, 1, 1, MIGRATE_MOVABLE, "which leads to no struct page");
		assert_three_whole(w);
		g_assert_false(w->lists->broken);
	}
}

/* A block between two bad links is lost; it still says that it is free. */
static void test_hole(void)
{
	g_autoptr(TestMachine) m = with_blocks();
	g_autoptr(Walked) w = NULL;

	link_of(m, 2100)->next = (void *)0x1000;
	link_of(m, 2102)->prev = (void *)0x1000;
	w = walk(m);
	assert_blocks(w, 1, 1, MIGRATE_MOVABLE, "3000 2100 2102 5000");
	g_assert_true(w->lists->broken);
	g_assert_cmpuint(w->lists->unlisted, ==, 1);
	g_assert_cmpuint(page_class(w, 4096), ==, ANZ_CLASS_FREE);
	assert_unlisted(w, 4096);
}

static void test_wrong_prev(void)
{
	g_autoptr(TestMachine) m = with_blocks();
	g_autoptr(Walked) w = NULL;

	link_of(m, 4096)->prev = (void *)0xdead000000000122;
	w = walk(m);
	assert_blocks(w, 1, 1, MIGRATE_MOVABLE, "3000 2100 4096 2102 5000");
	assert_status(w, 1, 1, MIGRATE_MOVABLE, "pfn 4096 points back to 0xdead000000000122");
	g_assert_false(w->lists->broken);
}

static void test_bad_heads(void)
{
	g_autoptr(TestMachine) m = with_blocks();
	struct free_area *area = &test_machine_zone(m, 1)->free_area[1];
	g_autoptr(Walked) w = NULL;

	area->free_list[MIGRATE_MOVABLE].next = (void *)0x10;
	memset(&area->free_list[MIGRATE_RECLAIMABLE], 0, sizeof(struct list_head));
	w = walk(m);
	assert_blocks(w, 1, 1, MIGRATE_MOVABLE, "3000 2100 4096 2102 5000");
	assert_status(w, 1, 1, MIGRATE_MOVABLE, "which leads to no struct page");
	assert_blocks(w, 1, 1, MIGRATE_RECLAIMABLE, "");
	assert_status(w, 1, 1, MIGRATE_RECLAIMABLE, "which leads to no struct page");
	g_assert_true(w->lists->broken);
	g_assert_cmpuint(w->lists->unlisted, ==, 3);
}

/* The zone itself lies in memory that is not in the dump any more once it was read. */
static void test_heads_absent(void)
{
	g_autoptr(TestMachine) m = with_blocks();
	g_autoptr(AnzPlanes) planes = NULL;
	g_autoptr(AnzLists) lists = NULL;
	GError *error = NULL;

	test_machine_open(m, NULL);
	planes = anz_planes_decode(m->kernel, 1, 0, NULL, NULL, NULL, NULL, NULL, NULL, &error);
	g_assert_no_error(error);
	for (guint i = 0; i < 2; i++)
		g_array_index(m->kernel->zones, AnzZone, i).address = 0xffffc00000000000;
	lists = anz_lists_walk(m->kernel, planes, NULL, &error);
	g_assert_no_error(error);
	g_assert_true(lists->broken);
	g_assert_cmpuint(lists->free_blocks->len, ==, 0);
	/* One for each list, unaccepted pages included. */
	g_assert_cmpuint(test_machine_remarks(m, "is not in the dump"), ==,
			 2 * (11 * MIGRATE_TYPES + 1));
}

/* What is on a list but does not say so, says another order, or lies where it cannot. */
static void test_contradictions(void)
{
	g_autoptr(TestMachine) m = test_machine_new();
	g_autoptr(Walked) w = NULL;
	struct zone *zone = test_machine_zone(m, 1);

	test_machine_free_block(m, 3000, 1, MIGRATE_UNMOVABLE);
	test_machine_page(m, 3000)->page_type = 0xffffffff;
	test_machine_free_block(m, 3008, 2, MIGRATE_UNMOVABLE);
	test_machine_page(m, 3008)->private = 0;
	test_machine_free_block(m, 3017, 3, MIGRATE_UNMOVABLE);
	test_machine_page(m, 100)->page_type = (guint32)PGTY_buddy << 24;
	test_machine_page(m, 100)->private = 2;
	test_list_add(m, &zone->free_area[2].free_list[MIGRATE_MOVABLE], link_of(m, 100));
	w = walk(m);
	assert_status(w, 1, 1, MIGRATE_UNMOVABLE,
		      "pfn 3000 is on the list but its struct page says kernel-other");
	assert_status(w, 1, 2, MIGRATE_UNMOVABLE,
		      "pfn 3008 is on the list of order 2 but says order 0");
	assert_status(w, 1, 3, MIGRATE_UNMOVABLE, "pfn 3017 is not aligned to order 3");
	assert_status(w, 1, 2, MIGRATE_MOVABLE, "pfn 100 lies outside the zone");
	g_assert_false(w->lists->broken);
}

/* A block of order 2 on its list, and one of order 0 inside it. */
static void test_overlap(void)
{
	g_autoptr(TestMachine) m = test_machine_new();
	g_autoptr(Walked) w = NULL;

	test_machine_free_block(m, 3000, 2, MIGRATE_UNMOVABLE);
	test_machine_free_block(m, 3002, 0, MIGRATE_UNMOVABLE);
	w = walk(m);
	g_assert_cmpuint(w->planes->stats.suspects[ANZ_SUSPECT_BLOCK_INSIDE], ==, 1);
	assert_status(w, 1, 2, MIGRATE_UNMOVABLE, "overlaps another listed block");
}

/* Links of struct pages that are not in the dump: reached from both ends up to there. */
static void test_links_absent(void)
{
	g_autoptr(TestMachine) m = test_machine_new();
	const guint64 lost = MACHINE_VMEMMAP + ((guint64)2 << 20);
	g_autoptr(Walked) w = NULL;

	/* Struct pages from frame 32768 on lie in the next leaf, which is not mapped. */
	test_machine_free_block(m, 3000, 0, MIGRATE_MOVABLE);
	test_machine_free_block(m, 3002, 0, MIGRATE_MOVABLE);
	link_of(m, 3000)->next = (void *)(gsize)(lost + 8);
	link_of(m, 3002)->prev = (void *)(gsize)(lost + 8);
	m->sections[8] = (struct mem_section){ MACHINE_VMEMMAP | 0xf, m->sections[0].usage };
	test_machine_zone(m, 1)->spanned_pages = 9 * MACHINE_SECTION_PAGES - MACHINE_NORMAL_PFN;
	w = walk(m);
	assert_blocks(w, 1, 0, MIGRATE_MOVABLE, "3000 3002");
	assert_status(w, 1, 0, MIGRATE_MOVABLE, "the links of pfn 32768 are not in the dump");
	g_assert_true(w->lists->broken);
	g_assert_cmpuint(page_class(w, 32768), ==, ANZ_CLASS_UNREADABLE);
	g_assert_cmpuint(w->planes->stats.unmapped, ==, MACHINE_SECTION_PAGES);
}

static void test_nr_free(void)
{
	g_autoptr(TestMachine) m = with_blocks();
	g_autoptr(Walked) w = NULL;

	test_machine_zone(m, 1)->free_area[1].nr_free = 9;
	w = walk(m);
	g_assert_cmpuint(list_of(w, 1, 1, MIGRATE_MOVABLE)->nr_free, ==, 9);
	g_assert_cmpuint(list_of(w, 1, 1, MIGRATE_MOVABLE)->nr_blocks, ==, 5);
}

static const AnzPcpSet *pcp_of(const Walked *w, guint zone, guint cpu)
{
	for (guint i = 0; i < w->lists->pcp_sets->len; i++) {
		const AnzPcpSet *set = &g_array_index(w->lists->pcp_sets, AnzPcpSet, i);

		if (set->zone == zone && set->cpu == cpu)
			return set;
	}
	g_assert_not_reached();
}

static void test_pcp(void)
{
	g_autoptr(TestMachine) m = test_machine_new();
	g_autofree char *singles = NULL, *huge = NULL;
	g_autoptr(Walked) w = NULL;

	/* 3 * order + migratetype, then two lists of pageblock order. */
	test_machine_pcp_block(m, 2100, 0, 1, MIGRATE_MOVABLE);
	test_machine_pcp_block(m, 2099, 0, 1, MIGRATE_MOVABLE);
	test_machine_pcp_block(m, 2104, 3, 1, 9 + MIGRATE_RECLAIMABLE);
	test_machine_pcp_block(m, 3072, 9, 1, 13);
	test_machine_pcp_block(m, 5, 0, 0, MIGRATE_UNMOVABLE);
	test_machine_pcp(m, 1, 1)->high = 77;
	/* Stale words must not matter. */
	test_machine_page(m, 2101)->lru.next = (void *)0xdead000000000100;
	w = walk(m);
	singles = blocks_of(w->lists->pcp_blocks, 1, 0, MIGRATE_MOVABLE, 1);
	g_assert_cmpstr(singles, ==, "2100 2099");
	huge = blocks_of(w->lists->pcp_blocks, 1, 9, 13, 1);
	g_assert_cmpstr(huge, ==, "3072");
	g_assert_cmpint(pcp_of(w, 1, 1)->count, ==, 2 + 8 + 512);
	g_assert_cmpint(pcp_of(w, 1, 1)->high, ==, 77);
	g_assert_cmpuint(pcp_of(w, 1, 1)->nr_pages, ==, 2 + 8 + 512);
	g_assert_cmpuint(pcp_of(w, 1, 0)->nr_pages, ==, 0);
	g_assert_cmpuint(pcp_of(w, 0, 0)->nr_pages, ==, 1);
	g_assert_cmpstr(pcp_of(w, 1, 1)->status, ==, "ok");
	g_assert_cmpuint(w->lists->pcp_pages[1], ==, 522);
	g_assert_cmpuint(page_class(w, 2100), ==, ANZ_CLASS_FREE_PCP);
	g_assert_cmpuint(page_class(w, 2101), ==, ANZ_CLASS_KERNEL_OTHER);
	g_assert_cmphex(attr(w, 2104), ==, ANZ_ATTR_HEAD | ANZ_ATTR_ON_LIST);
	g_assert_cmphex(attr(w, 2111), ==, ANZ_ATTR_TAIL | ANZ_ATTR_ON_LIST);
	g_assert_cmpuint(page_class(w, 2111), ==, ANZ_CLASS_FREE_PCP);
	g_assert_cmpuint(page_class(w, 3583), ==, ANZ_CLASS_FREE_PCP);
	g_assert_cmpuint(page_class(w, 3584), ==, ANZ_CLASS_KERNEL_OTHER);
	g_assert_cmpuint(m->kernel->remarks->len, ==, 0);
}

static void test_pcp_contradictions(void)
{
	g_autoptr(TestMachine) m = test_machine_new();
	g_autoptr(Walked) w = NULL;

	test_machine_pcp_block(m, 2100, 0, 0, 0);
	test_machine_page(m, 2100)->page_type = (guint32)PGTY_slab << 24;
	test_machine_pcp_block(m, 3001, 1, 1, 3);
	test_machine_free_block(m, 100, 2, MIGRATE_MOVABLE);
	test_machine_pcp_block(m, 101, 0, 0, 1);
	w = walk(m);
	g_assert_cmpuint(statuses(w->lists, "pfn 2100 is on a per-cpu list but its "
					      "struct page says slab"), ==, 1);
	g_assert_cmpuint(page_class(w, 2100), ==, ANZ_CLASS_SLAB);
	g_assert_cmpuint(statuses(w->lists, "pfn 3001 is not aligned to order 1"), ==, 1);
	/* A frame inside a free block was reached before. */
	g_assert_cmpuint(statuses(w->lists, "pfn 101 was on a list already"), ==, 1);
	g_assert_cmpuint(page_class(w, 101), ==, ANZ_CLASS_FREE);
}

/* Two blocks of a per-cpu list that overlap. */
static void test_pcp_overlap(void)
{
	g_autoptr(TestMachine) m = test_machine_new();
	g_autoptr(Walked) w = NULL;

	test_machine_pcp_block(m, 3002, 0, 0, 0);
	test_machine_pcp_block(m, 3000, 2, 0, 6);
	w = walk(m);
	g_assert_cmpuint(statuses(w->lists, "block at pfn 3000 overlaps another"), ==, 1);
}

static void add_unaccepted(TestMachine *m, guint64 pfn, gboolean is_typed)
{
	struct zone *zone = test_machine_zone(m, 1);
	struct page *page = test_machine_page(m, pfn);

	if (is_typed)
		page->page_type = (guint32)PGTY_unaccepted << 24;
	page->_refcount = 0;
	test_list_add(m, &zone->unaccepted_pages, &page->lru);
	zone->vm_stat[NR_FREE_PAGES] += 1024;
}

static void assert_unaccepted(const Walked *w)
{
	g_assert_cmpuint(w->lists->unaccepted->len, ==, 2);
	g_assert_cmpuint(w->lists->unaccepted_pages[1], ==, 2048);
	g_assert_cmpuint(w->lists->listed_pages[1], ==, 2048);
	for (guint64 pfn = 4096; pfn < 5120; pfn++) {
		g_assert_cmpuint(page_class(w, pfn), ==, ANZ_CLASS_UNACCEPTED);
		g_assert_cmphex(attr(w, pfn), ==, ANZ_ATTR_ON_LIST |
				(pfn == 4096 ? ANZ_ATTR_HEAD : ANZ_ATTR_TAIL));
	}
	g_assert_cmpuint(page_class(w, 5120), ==, ANZ_CLASS_KERNEL_OTHER);
	g_assert_cmpuint(page_class(w, 7168), ==, ANZ_CLASS_UNACCEPTED);
	g_assert_cmpuint(w->m->kernel->remarks->len, ==, 0);
}

static void test_unaccepted(void)
{
	g_autoptr(TestMachine) m = test_machine_new();
	g_autoptr(Walked) w = NULL;

	add_unaccepted(m, 4096, TRUE);
	add_unaccepted(m, 7168, TRUE);
	w = walk(m);
	assert_unaccepted(w);
}

/* Before 6.12 nothing but the list says so. */
static void test_unaccepted_untyped(void)
{
	g_autoptr(TestMachine) m = test_machine_new();
	g_autoptr(Walked) w = NULL;

	add_unaccepted(m, 4096, FALSE);
	add_unaccepted(m, 7168, FALSE);
	/* A kernel without that type: the last one before it. */
	test_machine_types(m, "");
	{
		g_autofree char *path = g_build_filename(m->folder, "types.c", NULL);
		g_autofree char *text = NULL;
		g_auto(GStrv) parts = NULL;
		g_autofree char *without = NULL;

		g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
		parts = g_strsplit(text, "PGTY_unaccepted,", -1);
		g_assert_cmpuint(g_strv_length(parts), ==, 2);
		without = g_strjoinv("", parts);
		test_machine_types(m, without);
	}
	w = walk(m);
	assert_unaccepted(w);
}

static void test_unaccepted_contradiction(void)
{
	g_autoptr(TestMachine) m = test_machine_new();
	g_autoptr(Walked) w = NULL;

	add_unaccepted(m, 4096, TRUE);
	test_machine_page(m, 4096)->page_type = (guint32)PGTY_table << 24;
	w = walk(m);
	g_assert_cmpuint(w->lists->faults->len, ==, 1);
	g_assert_cmpuint(g_array_index(w->lists->faults, AnzListFault, 0).kind, ==, ANZ_FAULT_CLASS);
	g_assert_cmpuint(g_array_index(w->lists->faults, AnzListFault, 0).pfn, ==, 4096);
	g_assert_cmpuint(g_array_index(w->lists->faults, AnzListFault, 0).seen, ==,
			 ANZ_CLASS_PAGE_TABLE);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/lists/whole", test_whole);
	g_test_add_func("/lists/empty", test_empty);
	g_test_add_func("/lists/loop", test_loop);
	g_test_add_func("/lists/self-loop", test_self_loop);
	g_test_add_func("/lists/cross-link", test_cross_link);
	g_test_add_func("/lists/cross-link-twice", test_cross_link_twice);
	g_test_add_func("/lists/nonsense-link", test_nonsense_link);
	g_test_add_func("/lists/hole", test_hole);
	g_test_add_func("/lists/wrong-prev", test_wrong_prev);
	g_test_add_func("/lists/bad-heads", test_bad_heads);
	g_test_add_func("/lists/heads-absent", test_heads_absent);
	g_test_add_func("/lists/contradictions", test_contradictions);
	g_test_add_func("/lists/overlap", test_overlap);
	g_test_add_func("/lists/links-absent", test_links_absent);
	g_test_add_func("/lists/nr-free", test_nr_free);
	g_test_add_func("/lists/pcp", test_pcp);
	g_test_add_func("/lists/pcp-contradictions", test_pcp_contradictions);
	g_test_add_func("/lists/pcp-overlap", test_pcp_overlap);
	g_test_add_func("/lists/unaccepted", test_unaccepted);
	g_test_add_func("/lists/unaccepted-untyped", test_unaccepted_untyped);
	g_test_add_func("/lists/unaccepted-contradiction", test_unaccepted_contradiction);
	return g_test_run();
}
