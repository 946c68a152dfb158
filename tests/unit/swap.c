/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Slots of invented swap areas, in the ways that kernels have kept them: a map of bytes with trees of
 * cached pages, the same with tables of what is cached, tables alone.
 */
#include "graph/swap-slots.h"

#include <string.h>

#include "graph/cgroups.h"
#include "graph/spaces.h"
#include "kernel-util.h"

#define TEXT(...) TEXT_(__VA_ARGS__)
#define TEXT_(...) #__VA_ARGS__

#define AREA_TYPES \
	struct xarray { void *xa_head; }; \
	struct xa_node { unsigned char shift, offset, count, nr_values; void *slots[64]; }; \
	struct address_space { void *host; struct xarray i_pages; }; \
	struct gendisk { int major; char disk_name[32]; }; \
	struct block_device { struct gendisk *bd_disk; };
/* 6.1: swap_cgroup_ctrl[].map leads to pages of numbers. */
#define MAP_TYPES \
	struct swap_info_struct { unsigned long flags; short prio; unsigned int max; \
		unsigned char *swap_map; unsigned int pages, inuse_pages; \
		struct block_device *bdev; }; \
	struct swap_cgroup { unsigned short id; }; \
	struct swap_cgroup_ctrl { struct page **map; unsigned long length; };
/* 6.18: what is cached is in the clusters; numbers of groups in pairs. */
#define BOTH_TYPES \
	struct swap_cluster_info { int lock; void *table; }; \
	struct swap_table { struct { long counter; } entries[256]; }; \
	struct swap_info_struct { unsigned long flags; short prio; unsigned int max; \
		unsigned char *swap_map; unsigned int pages; struct { long counter; } inuse_pages; \
		struct swap_cluster_info *cluster_info; }; \
	struct swap_cgroup { struct { int counter; } ids; }; \
	struct swap_cgroup_ctrl { struct swap_cgroup *map; };
/* 7.1: no map any more. */
#define TABLE_TYPES \
	struct swap_cluster_info { int lock; void *table; struct swap_memcg_table *memcg_table; }; \
	struct swap_table { struct { long counter; } entries[256]; }; \
	struct swap_memcg_table { unsigned short id[256]; }; \
	struct swap_info_struct { unsigned long flags; short prio; unsigned int max; \
		unsigned int pages; struct { long counter; } inuse_pages; \
		struct swap_cluster_info *cluster_info; };

AREA_TYPES

/* Each of the three under a name of its own. */
struct map_area { unsigned long flags; short prio; unsigned int max; guint64 swap_map;
	unsigned int pages, inuse_pages; guint64 bdev; };
struct both_area { unsigned long flags; short prio; unsigned int max; guint64 swap_map;
	unsigned int pages; long inuse_pages; guint64 cluster_info; };
struct table_area { unsigned long flags; short prio; unsigned int max, pages; long inuse_pages;
	guint64 cluster_info; };
struct both_cluster { int lock; guint64 table; };
struct table_cluster { int lock; guint64 table, memcg_table; };

#define GROUP_ID 7

typedef struct {
	TestMachine *m;
	AnzGraph *graph;
	AnzPlanes *planes;
} Fixture;

static void machine_with(Fixture *f, const char *types)
{
	static const char base[] = TEXT(MACHINE_TYPES) " " TEXT(AREA_TYPES);
	g_autofree char *source = g_strconcat(base, " ", types, NULL);

	f->m = test_machine_new();
	test_machine_types(f->m, source);
}

static void put_symbol(Fixture *f, const char *name, guint64 value)
{
	test_machine_say(f->m, "SYMBOL(%s)=%" G_GINT64_MODIFIER "x\n", name, value);
}

/* swap_info[] with one area, which lies at @area. */
static void put_area(Fixture *f, guint64 area)
{
	guint64 infos = test_machine_alloc(f->m, 8, 8), nr = test_machine_alloc(f->m, 4, 4);

	memcpy(test_machine_at(f->m, infos), &area, 8);
	*(guint32 *)test_machine_at(f->m, nr) = 1;
	put_symbol(f, "swap_info", infos);
	put_symbol(f, "nr_swapfiles", nr);
}

/* Builds the slots; there is one control group, with number GROUP_ID. */
static const AnzSwapArea *build(Fixture *f)
{
	const guint64 numbers[] = { 0 };
	AnzCgroup group = { .owner = 33, .id = GROUP_ID };
	AnzCgroups *cgroups = g_new0(AnzCgroups, 1);

	test_machine_open(f->m, NULL);
	f->planes = anz_planes_new(numbers, 1, 9, 0);
	f->planes->max_pfn = MACHINE_FRAMES;
	f->planes->threads = 1;
	memset(anz_planes_edit_at(f->planes, 0)->page_class, ANZ_CLASS_KERNEL_OTHER, MACHINE_FRAMES);
	f->graph = anz_graph_new(f->m->kernel, f->planes, NULL, NULL, NULL);
	cgroups->groups = g_array_new(FALSE, TRUE, sizeof(AnzCgroup));
	cgroups->by_address = g_hash_table_new(NULL, NULL);
	cgroups->charged = g_array_new(FALSE, FALSE, sizeof(AnzCharged));
	cgroups->caches = g_array_new(FALSE, FALSE, sizeof(AnzCgroupCache));
	g_array_append_val(cgroups->groups, group);
	f->graph->cgroups = cgroups;
	anz_spaces_build(f->graph);
	anz_swap_slots_build(f->graph);
	g_assert_cmpuint(f->graph->spaces->swap->areas->len, ==, 1);
	return &g_array_index(f->graph->spaces->swap->areas, AnzSwapArea, 0);
}

static guint64 nr_swapped(const Fixture *f)
{
	return g_array_index(f->graph->cgroups->groups, AnzCgroup, 0).nr_swapped;
}

static void assert_run(const Fixture *f, guint i, guint64 first, guint64 nr, gint32 users,
		       gboolean cached, gboolean bad, guint32 cgroup)
{
	const GArray *runs = f->graph->spaces->swap->runs;
	const AnzSwapRun *run;

	g_assert_cmpuint(runs->len, >, i);
	run = &g_array_index(runs, AnzSwapRun, i);
	g_assert_cmpuint(run->first, ==, first);
	g_assert_cmpuint(run->nr_slots, ==, nr);
	g_assert_cmpint(run->nr_users, ==, users);
	g_assert_cmpint(run->cached, ==, cached);
	g_assert_cmpint(run->bad, ==, bad);
	g_assert_cmpuint(run->cgroup, ==, cgroup);
}

static void clear(Fixture *f)
{
	anz_graph_free(f->graph);
	anz_planes_free(f->planes);
	test_machine_free(f->m);
}

static void test_bytes(void)
{
	static const struct {
		guint8 byte;
		AnzSlotState state;	/* users, used, cached, bad */
	} cases[] = {
		{ 0, { 0, FALSE, FALSE, FALSE } },
		{ 1, { 1, TRUE, FALSE, FALSE } },
		{ 0x3e, { 0x3e, TRUE, FALSE, FALSE } },
		{ 0x40, { 0, TRUE, FALSE, FALSE } },	/* on hold */
		{ 0x42, { 2, TRUE, FALSE, FALSE } },
		{ 0x3f, { 0, FALSE, FALSE, TRUE } },	/* bad */
		{ 0xbf, { 1, TRUE, FALSE, FALSE } },	/* shmem */
		{ 0xff, { 1, TRUE, FALSE, FALSE } },	/* shmem, on hold */
		{ 0x81, { ANZ_SWAP_MANY, TRUE, FALSE, FALSE } },
		{ 0xc0, { ANZ_SWAP_MANY, TRUE, FALSE, FALSE } },
	};
	static const struct {
		guint64 entry;
		gboolean counts;
		AnzSlotState state;
	} entries[] = {
		{ 0, TRUE, { 0, FALSE, FALSE, FALSE } },
		{ 1, TRUE, { 0, TRUE, FALSE, FALSE } },
		{ 3ull << 60 | 0x123 << 1 | 1, TRUE, { 3, TRUE, FALSE, FALSE } },
		{ 1ull << 60 | 0x800 << 2 | 2, TRUE, { 1, TRUE, TRUE, FALSE } },
		{ 15ull << 60 | 1, TRUE, { ANZ_SWAP_MANY, TRUE, FALSE, FALSE } },
		{ ~7ull, TRUE, { 0, FALSE, FALSE, TRUE } },
		{ 0xffffea0000001000, FALSE, { 0, TRUE, TRUE, FALSE } },	/* a folio */
		{ 0x123 << 1 | 1, FALSE, { 0, FALSE, FALSE, FALSE } },
		{ 0, FALSE, { 0, FALSE, FALSE, FALSE } },
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		AnzSlotState state = anz_swap_map_state(cases[i].byte);

		g_assert_cmpmem(&state, sizeof(state), &cases[i].state, sizeof(state));
	}
	for (guint i = 0; i < G_N_ELEMENTS(entries); i++) {
		AnzSlotState state = anz_swap_table_state(entries[i].entry, entries[i].counts);

		g_assert_cmpmem(&state, sizeof(state), &entries[i].state, sizeof(state));
	}
}

/* Slots 0 bad; 10 to 13 used twice, of these 11 and 12 cached; 20000, in the second tree, on hold. */
static void make_map(Fixture *f, guint64 slots, guint64 area_at)
{
	TestMachine *m = f->m;
	guint64 map_at = test_machine_alloc(m, slots, 4096);
	struct map_area *area = test_machine_at(m, area_at);
	guint8 *map = test_machine_at(m, map_at);

	*area = (struct map_area){ .flags = 3, .prio = -2, .max = slots, .swap_map = map_at,
				   .pages = slots - 1, .inuse_pages = 6 };
	map[0] = 0x3f;
	memset(map + 10, 2, 4);
	map[11] = map[12] = 0x42;
	map[15000] = 0xbf;
	map[20000] = 0x40;
}

/* Frame @pfn is claimed for the numbers of control groups, and nothing else is. */
static void assert_numbers_claimed(const AnzGraph *graph, guint64 pfn)
{
	guint claims = 0;

	for (guint i = 0; i < graph->claims->len; i++) {
		const AnzClaim *it = &g_array_index(graph->claims, AnzClaim, i);

		if (g_str_equal(anz_graph_get_owner(graph, it->owner)->name, "control groups of swap slots")) {
			g_assert_cmpuint(it->pfn, ==, pfn);
			g_assert_cmpuint(it->nr_pages, ==, 1);
			claims++;
		}
	}
	g_assert_cmpuint(claims, >, 0);
}

static void test_map(void)
{
	Fixture f;
	guint64 area_at, ctrl, pages, numbers, spaces_at, spaces, nr_at, node_at, bdev, disk, page;
	const AnzSwapArea *area;
	struct xa_node *node;

	machine_with(&f, TEXT(MAP_TYPES));
	area_at = test_machine_alloc(f.m, sizeof(struct map_area), 64);
	make_map(&f, 20480, area_at);
	bdev = test_machine_alloc(f.m, sizeof(struct block_device), 64);
	disk = test_machine_alloc(f.m, sizeof(struct gendisk), 64);
	((struct map_area *)test_machine_at(f.m, area_at))->bdev = bdev;
	((struct block_device *)test_machine_at(f.m, bdev))->bd_disk = (void *)(gsize)disk;
	strcpy(((struct gendisk *)test_machine_at(f.m, disk))->disk_name, "vdz");
	/* Pages of numbers: that of slots 0 to 2047, and none behind it. */
	ctrl = test_machine_alloc(f.m, 16, 8);
	pages = test_machine_alloc(f.m, 16 * 8, 8);
	numbers = test_machine_alloc(f.m, 4096, 4096);
	page = MACHINE_VMEMMAP + (numbers - MACHINE_DIRECT_MAP) / 4096 * sizeof(struct page);
	memcpy(test_machine_at(f.m, ctrl), &pages, 8);
	*(guint64 *)test_machine_at(f.m, ctrl + 8) = 10;
	memcpy(test_machine_at(f.m, pages), &page, 8);
	((guint16 *)test_machine_at(f.m, numbers))[10] = GROUP_ID;
	((guint16 *)test_machine_at(f.m, numbers))[11] = GROUP_ID;
	((guint16 *)test_machine_at(f.m, numbers))[12] = 9;	/* nobody's */
	((guint16 *)test_machine_at(f.m, numbers))[40] = GROUP_ID;	/* left over: the slot is free */
	for (guint i = 1; i < 10; i++)
		memcpy(test_machine_at(f.m, pages + i * 8), &page, 8);
	put_symbol(&f, "swap_cgroup_ctrl", ctrl);
	/* Two trees of 16384 slots. */
	spaces_at = test_machine_alloc(f.m, 8, 8);
	spaces = test_machine_alloc(f.m, 2 * sizeof(struct address_space), 8);
	nr_at = test_machine_alloc(f.m, 4, 4);
	node_at = test_machine_alloc(f.m, 1024, 1024);
	memcpy(test_machine_at(f.m, spaces_at), &spaces, 8);
	*(guint32 *)test_machine_at(f.m, nr_at) = 2;
	node = test_machine_at(f.m, node_at);
	node->count = 3;
	node->slots[11] = node->slots[12] = (void *)(gsize)MACHINE_VMEMMAP;
	node->slots[13] = (void *)(gsize)(77 << 1 | 1);
	((struct address_space *)test_machine_at(f.m, spaces))->i_pages.xa_head =
		(void *)(gsize)(node_at | 2);
	put_symbol(&f, "swapper_spaces", spaces_at);
	put_symbol(&f, "nr_swapper_spaces", nr_at);
	put_area(&f, area_at);
	area = build(&f);
	g_assert_true(area->known);
	g_assert_cmpstr(area->disk, ==, "vdz");
	g_assert_cmpint(area->priority, ==, -2);
	g_assert_cmpuint(area->nr_used, ==, 6);
	g_assert_cmpuint(area->nr_in_use, ==, 6);
	g_assert_cmpuint(area->nr_bad, ==, 1);
	g_assert_cmpuint(area->nr_cached, ==, 2);
	g_assert_cmpuint(area->nr_cache_pages, ==, 2);
	g_assert_cmpuint(area->nr_shadows, ==, 1);
	g_assert_cmpuint(area->nr_held, ==, 1);
	g_assert_cmpuint(area->nr_users, ==, 9);
	g_assert_cmpuint(area->nr_charged, ==, 2);
	g_assert_cmpuint(area->nr_unread, ==, 0);
	g_assert_cmpuint(nr_swapped(&f), ==, 2);
	g_assert_false(f.graph->cgroups->swap_known);
	g_assert_cmpuint(test_machine_remarks(f.m, "control group that was not found"), ==, 1);
	assert_run(&f, 0, 0, 1, 0, FALSE, TRUE, 0);
	assert_run(&f, 1, 10, 1, 2, FALSE, FALSE, 33);
	assert_run(&f, 2, 11, 1, 2, TRUE, FALSE, 33);
	assert_run(&f, 3, 12, 1, 2, TRUE, FALSE, 0);
	assert_run(&f, 4, 13, 1, 2, FALSE, FALSE, 0);
	assert_run(&f, 5, 15000, 1, 1, FALSE, FALSE, 0);
	assert_run(&f, 6, 20000, 1, 0, FALSE, FALSE, 0);
	assert_numbers_claimed(f.graph, (numbers - MACHINE_DIRECT_MAP) / 4096);
	clear(&f);
}

/* A map of which the second half is not there, and one that is nowhere. */
static void test_missing(void)
{
	Fixture f;
	guint64 area_at;
	struct map_area *area;
	const AnzSwapArea *found;

	machine_with(&f, TEXT(MAP_TYPES));
	area_at = test_machine_alloc(f.m, sizeof(struct map_area), 64);
	make_map(&f, 20480, area_at);
	area = test_machine_at(f.m, area_at);
	area->max = G_MAXUINT32;
	put_area(&f, area_at);
	found = build(&f);
	g_assert_cmpuint(found->nr_in_use, >=, 6);
	g_assert_cmpuint(found->nr_unread, >, 0);
	g_assert_false(f.graph->cgroups->swap_known);
	g_assert_cmpuint(test_machine_remarks(f.m, "state is not in the dump"), ==, 1);
	clear(&f);

	machine_with(&f, TEXT(MAP_TYPES));
	area_at = test_machine_alloc(f.m, sizeof(struct map_area), 64);
	area = test_machine_at(f.m, area_at);
	area->flags = 3;
	area->max = 100;
	put_area(&f, area_at);
	found = build(&f);
	g_assert_false(found->known);
	g_assert_cmpuint(test_machine_remarks(f.m, "way not understood"), ==, 1);
	clear(&f);
}

static void test_both(void)
{
	Fixture f;
	guint64 area_at, clusters, table, map_at, ctrl, pairs;
	struct both_area *area;
	const AnzSwapArea *found;
	guint8 *map;

	machine_with(&f, TEXT(BOTH_TYPES));
	area_at = test_machine_alloc(f.m, sizeof(struct both_area), 64);
	clusters = test_machine_alloc(f.m, 2 * sizeof(struct both_cluster), 64);
	table = test_machine_alloc(f.m, 256 * 8, 4096);
	map_at = test_machine_alloc(f.m, 512, 4096);
	ctrl = test_machine_alloc(f.m, 8, 8);
	pairs = test_machine_alloc(f.m, 1024, 8);
	area = test_machine_at(f.m, area_at);
	/* The bit at the top says that it is off the list of those with room; older ones have bit 30. */
	*area = (struct both_area){ .flags = 3, .prio = 100, .max = 512, .swap_map = map_at,
				    .pages = 511, .inuse_pages = 1ul << 30 | 3,
				    .cluster_info = clusters };
	map = test_machine_at(f.m, map_at);
	map[0] = 0x3f;
	map[5] = map[6] = map[300] = 1;
	((struct both_cluster *)test_machine_at(f.m, clusters))->table = table;
	((guint64 *)test_machine_at(f.m, table))[6] = MACHINE_VMEMMAP + 64;
	((guint64 *)test_machine_at(f.m, table))[7] = 5 << 1 | 1;
	memcpy(test_machine_at(f.m, ctrl), &pairs, 8);
	((guint32 *)test_machine_at(f.m, pairs))[2] = GROUP_ID << 16;
	((guint32 *)test_machine_at(f.m, pairs))[3] = GROUP_ID;
	((guint32 *)test_machine_at(f.m, pairs))[150] = GROUP_ID;
	put_symbol(&f, "swap_cgroup_ctrl", ctrl);
	put_area(&f, area_at);
	found = build(&f);
	g_assert_cmpuint(found->nr_used, ==, 3);
	g_assert_cmpuint(found->nr_in_use, ==, 3);
	g_assert_cmpuint(found->nr_cached, ==, 1);
	g_assert_cmpuint(found->nr_shadows, ==, 1);
	g_assert_cmpuint(nr_swapped(&f), ==, 3);
	g_assert_true(f.graph->cgroups->swap_known);
	assert_run(&f, 1, 5, 1, 1, FALSE, FALSE, 33);
	assert_run(&f, 2, 6, 1, 1, TRUE, FALSE, 33);
	assert_run(&f, 3, 300, 1, 1, FALSE, FALSE, 33);
	clear(&f);
}

static void test_table(void)
{
	Fixture f;
	guint64 area_at, clusters, table, numbers, *entries;
	struct table_area *area;
	struct table_cluster *cluster;
	const AnzSwapArea *found;

	machine_with(&f, TEXT(TABLE_TYPES));
	area_at = test_machine_alloc(f.m, sizeof(struct table_area), 64);
	clusters = test_machine_alloc(f.m, 3 * sizeof(struct table_cluster), 64);
	table = test_machine_alloc(f.m, 256 * 8, 4096);
	numbers = test_machine_alloc(f.m, 512, 64);
	area = test_machine_at(f.m, area_at);
	*area = (struct table_area){ .flags = 3, .max = 600, .pages = 599,
				     .inuse_pages = 1ul << 62 | 4, .cluster_info = clusters };
	/* The first cluster has no table, the last one is not whole. */
	cluster = test_machine_at(f.m, clusters);
	cluster[2].table = table;
	cluster[2].memcg_table = numbers;
	entries = test_machine_at(f.m, table);
	entries[0] = ~7ull;
	entries[1] = entries[2] = 2ull << 60 | 99 << 1 | 1;
	entries[3] = 1ull << 60 | 50 << 2 | 2;
	entries[4] = 15ull << 60 | 1;
	entries[200] = 1ull << 60 | 1;	/* behind the area's end */
	for (guint i = 1; i < 5; i++)
		((guint16 *)test_machine_at(f.m, numbers))[i] = GROUP_ID;
	put_area(&f, area_at);
	found = build(&f);
	g_assert_true(found->known);
	g_assert_cmpuint(found->nr_used, ==, 4);
	g_assert_cmpuint(found->nr_in_use, ==, 4);
	g_assert_cmpuint(found->nr_users, ==, 5);
	g_assert_cmpuint(found->nr_many, ==, 1);
	g_assert_cmpuint(found->nr_cached, ==, 1);
	g_assert_cmpuint(found->nr_shadows, ==, 2);
	g_assert_cmpuint(found->nr_bad, ==, 1);
	g_assert_cmpuint(nr_swapped(&f), ==, 4);
	assert_run(&f, 0, 512, 1, 0, FALSE, TRUE, 0);
	assert_run(&f, 1, 513, 2, 2, FALSE, FALSE, 33);
	assert_run(&f, 2, 515, 1, 1, TRUE, FALSE, 33);
	assert_run(&f, 3, 516, 1, ANZ_SWAP_MANY, FALSE, FALSE, 33);
	clear(&f);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/swap/bytes", test_bytes);
	g_test_add_func("/swap/map", test_map);
	g_test_add_func("/swap/missing", test_missing);
	g_test_add_func("/swap/both", test_both);
	g_test_add_func("/swap/table", test_table);
	return g_test_run();
}
