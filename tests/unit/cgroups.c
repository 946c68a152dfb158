/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Control groups of an invented machine: their tree, what is charged to each, the kernel's counters. */
#include "graph/cgroups.h"

#include <string.h>

#include "graph/generations.h"
#include "graph/slab.h"
#include "kernel-util.h"

#define TEXT(...) TEXT_(__VA_ARGS__)
#define TEXT_(...) #__VA_ARGS__

#define NODE_TYPES \
	struct page_counter { struct { long counter; } usage; unsigned long max; }; \
	struct kernfs_node { struct kernfs_node *__parent; const char *name; unsigned long id; }; \
	struct cgroup { struct kernfs_node *kn; }; \
	struct css { struct cgroup *cgroup; struct list_head sibling, children; unsigned flags; }; \
	struct obj_cgroup { int refs; struct mem_cgroup *memcg; }; \
	struct memcg_stock_pcp { struct mem_cgroup *cached[2]; unsigned char nr_pages[2]; }; \
	enum lru_list { LRU_INACTIVE_ANON, LRU_ACTIVE_ANON, LRU_INACTIVE_FILE, LRU_ACTIVE_FILE, \
		LRU_UNEVICTABLE, NR_LRU_LISTS }; \
	enum memcg_stat_item { MEMCG_SWAP = NR_VM_NODE_STAT_ITEMS, MEMCG_SOCK, MEMCG_PERCPU_B, \
		MEMCG_KMEM, MEMCG_NR_STAT }; \
	struct lrugen { unsigned long max_seq, min_seq[2], timestamps[3]; long nr_pages[3][2][4]; \
		_Bool enabled; }; \
	struct lruvec { int lock; struct lrugen lrugen; }; \
	struct mem_cgroup_per_node { struct lruvec lruvec; unsigned long lru_zone_size[4][5]; }; \
	struct memcg_vmstats { long state[4]; }; \
	struct mem_cgroup { \
		struct css css; \
		struct { int id; } id; \
		struct page_counter memory, swap; \
		struct memcg_vmstats *vmstats; \
		struct mem_cgroup_per_node *nodeinfo[1]; \
	};

NODE_TYPES

/* What a slab's vector is made of: how far apart its elements are, and where in each its group stands. */
typedef struct {
	const char *types;
	guint element, at;
	gboolean profiled;	/* memory allocation profiling has elements in it, too */
} Vector;

#define LRU(page_flags) (1ul << PG_lru | (page_flags))
#define SWAPBACKED (1ul << PG_swapbacked)

typedef struct {
	TestMachine *m;
	AnzGraph *graph;
	AnzPlanes *planes;
	guint64 group[3];	/* the root, a, a/b */
	guint64 objcg;		/* of a/b, handed on to a */
} Fixture;

static struct mem_cgroup *group_at(Fixture *f, guint i)
{
	return test_machine_at(f->m, f->group[i]);
}

static void empty_list(TestMachine *m, struct list_head *head)
{
	head->next = head->prev = (void *)(gsize)test_machine_vaddr(m, head);
}

static void make_group(Fixture *f, guint i, const char *name, guint parent)
{
	TestMachine *m = f->m;
	guint64 text = test_machine_alloc(m, 64, 8);
	guint64 kn_at = test_machine_alloc(m, sizeof(struct kernfs_node), 8);
	guint64 cgroup_at = test_machine_alloc(m, sizeof(struct cgroup), 8);
	guint64 node = test_machine_alloc(m, sizeof(struct mem_cgroup_per_node), 64);
	guint64 stats = test_machine_alloc(m, sizeof(struct memcg_vmstats), 64);
	struct kernfs_node *kn = test_machine_at(m, kn_at);
	struct mem_cgroup *group;

	f->group[i] = test_machine_alloc(m, sizeof(struct mem_cgroup), 64);
	group = group_at(f, i);
	strcpy(test_machine_at(m, text), name);
	kn->name = (void *)(gsize)text;
	kn->id = 100 + i;
	if (i) {
		struct cgroup *up = test_machine_at(m, (gsize)group_at(f, parent)->css.cgroup);

		kn->__parent = up->kn;
		test_list_add(m, &group_at(f, parent)->css.children, &group->css.sibling);
	}
	((struct cgroup *)test_machine_at(m, cgroup_at))->kn = (void *)(gsize)kn_at;
	group->css.cgroup = (void *)(gsize)cgroup_at;
	group->css.flags = 2;
	group->id.id = i + 1;
	group->nodeinfo[0] = (void *)(gsize)node;
	group->vmstats = (void *)(gsize)stats;
	group->memory.usage.counter = 50 * i;
	group->memory.max = i == 1 ? 1000 : G_MAXINT64 >> 12;
	empty_list(m, &group->css.children);
}

static void set_up(Fixture *f, gconstpointer data)
{
	const Vector *vector = data;
	static const char plain[] = TEXT(MACHINE_TYPES) " " TEXT(NODE_TYPES);
	g_autofree char *source = g_strconcat(plain, " ", vector ? vector->types : "", NULL);
	guint64 root, objcg;

	f->m = test_machine_new();
	test_machine_types(f->m, source);
	make_group(f, 0, "", 0);
	make_group(f, 1, "a", 0);
	make_group(f, 2, "b\033[31m", 1);
	root = test_machine_alloc(f->m, 8, 8);
	memcpy(test_machine_at(f->m, root), &f->group[0], 8);
	test_machine_say(f->m, "SYMBOL(root_mem_cgroup)=%" G_GINT64_MODIFIER "x\n", root);
	objcg = f->objcg = test_machine_alloc(f->m, sizeof(struct obj_cgroup), 16);
	((struct obj_cgroup *)test_machine_at(f->m, objcg))->memcg = (void *)(gsize)f->group[1];
}

static void build(Fixture *f)
{
	const guint64 numbers[] = { 0 };

	test_machine_open(f->m, NULL);
	f->planes = anz_planes_new(numbers, 1, 9, 0);
	f->planes->max_pfn = MACHINE_FRAMES;
	f->planes->threads = 1;
	memset(anz_planes_edit_at(f->planes, 0)->page_class, ANZ_CLASS_KERNEL_OTHER, ANZ_TILE_PAGES);
	f->graph = anz_graph_new(f->m->kernel, f->planes, NULL, NULL, NULL);
	anz_cgroups_build(f->graph);
	anz_generations_build(f->graph);
}

static void tear_down(Fixture *f, gconstpointer data)
{
	anz_graph_free(f->graph);
	anz_planes_free(f->planes);
	test_machine_free(f->m);
}

static const AnzCgroup *found(const Fixture *f, guint i)
{
	g_assert_cmpuint(f->graph->cgroups->groups->len, >, i);
	return &g_array_index(f->graph->cgroups->groups, AnzCgroup, i);
}

/* Frame @pfn: what the census took it for, and what its struct page says. */
static void page(Fixture *f, guint64 pfn, AnzPageClass page_class, guint16 attr, guint order,
		 guint64 flags, guint64 memcg)
{
	AnzTile *tile = anz_planes_edit_at(f->planes, 0);

	tile->page_class[pfn] = page_class;
	tile->attr[pfn] = attr;
	tile->order[pfn] = order;
	test_machine_page(f->m, pfn)->flags |= flags;
	test_machine_page(f->m, pfn)->memcg_data = memcg;
}

static void test_tree(Fixture *f, gconstpointer data)
{
	group_at(f, 2)->css.flags = 0;
	build(f);
	g_assert_cmpuint(f->graph->cgroups->groups->len, ==, 3);
	g_assert_cmpstr(found(f, 0)->path, ==, "/");
	g_assert_cmpstr(found(f, 1)->path, ==, "/a");
	g_assert_cmpstr(found(f, 2)->path, ==, "/a/b?[31m");
	g_assert_cmpint(found(f, 1)->online, ==, 1);
	g_assert_cmpint(found(f, 2)->online, ==, 0);
	g_assert_cmpuint(found(f, 2)->id, ==, 3);
	g_assert_cmpuint(found(f, 2)->inode, ==, 102);
	/* The root's counters count what is below it only. */
	g_assert_cmpint(found(f, 0)->usage, ==, ANZ_CGROUP_UNKNOWN);
	g_assert_cmpint(found(f, 1)->usage, ==, 50);
	g_assert_cmpint(found(f, 1)->max, ==, 1000);
	g_assert_cmpint(found(f, 2)->max, ==, ANZ_CGROUP_UNKNOWN);
	g_assert_cmpuint(anz_graph_get_owner(f->graph, found(f, 2)->owner)->parent, ==,
			 found(f, 1)->owner);
	g_assert_cmpint(anz_cgroups_find(f->graph, f->objcg), ==, 1);
	g_assert_cmpint(anz_cgroups_find(f->graph, f->objcg), ==, 1);
	g_assert_cmpint(anz_cgroups_find(f->graph, 0xffff888000001000), ==, -1);
}

/* A list of children that leads nowhere ends, and says so; so does one that is a circle of its own. */
static void test_broken_tree(Fixture *f, gconstpointer data)
{
	struct list_head *children = &group_at(f, 1)->css.children;

	children->next = (void *)(gsize)0xffff88ff00000000;
	build(f);
	g_assert_cmpuint(f->graph->cgroups->groups->len, ==, 2);
	g_assert_cmpuint(test_machine_remarks(f->m, "lists of control groups"), ==, 1);
}

static void test_pages(Fixture *f, gconstpointer data)
{
	const AnzCharged *charged;

	build(f);
	/* A huge folio of a: its tails say nothing that counts. */
	page(f, 2048, ANZ_CLASS_ANON, ANZ_ATTR_HEAD, 3, LRU(SWAPBACKED), f->group[1]);
	for (guint i = 1; i < 8; i++)
		page(f, 2048 + i, ANZ_CLASS_ANON, ANZ_ATTR_TAIL, 3, 0, i == 1 ? 0xdead000000000122 : 0);
	page(f, 2056, ANZ_CLASS_FILE, 0, 0, LRU(0), f->group[1]);
	/* Anonymous pages that may be dropped are on the lists of files. */
	page(f, 2057, ANZ_CLASS_ANON, 0, 0, LRU(0), f->group[2]);
	page(f, 2058, ANZ_CLASS_SHMEM, 0, 0, LRU(SWAPBACKED | 1ul << PG_unevictable), f->group[2]);
	/* On a list, but charged to nobody: the root has the list. */
	page(f, 2059, ANZ_CLASS_FILE, 0, 0, LRU(0), 0);
	/* Kernel memory, by way of an obj_cgroup that was handed on. */
	page(f, 2060, ANZ_CLASS_PAGE_TABLE, 0, 0, 0, f->objcg | 2);
	/* A slab's word is something else. */
	page(f, 2061, ANZ_CLASS_SLAB, 0, 0, 0, f->group[1] | 1);
	page(f, 2062, ANZ_CLASS_FILE, 0, 0, 0, 0xffff888000001000);
	anz_cgroups_charge(f->graph);
	g_assert_cmpuint(found(f, 1)->nr_pages, ==, 10);
	g_assert_cmpuint(found(f, 1)->pages[ANZ_CLASS_ANON], ==, 8);
	g_assert_cmpuint(found(f, 1)->nr_kernel_pages, ==, 1);
	g_assert_cmpuint(found(f, 1)->lru[ANZ_LRU_ANON], ==, 8);
	g_assert_cmpuint(found(f, 1)->lru[ANZ_LRU_FILE], ==, 1);
	g_assert_cmpuint(found(f, 2)->nr_pages, ==, 2);
	g_assert_cmpuint(found(f, 2)->lru[ANZ_LRU_FILE], ==, 1);
	g_assert_cmpuint(found(f, 2)->lru[ANZ_LRU_UNEVICTABLE], ==, 1);
	g_assert_cmpuint(found(f, 0)->nr_pages, ==, 0);
	g_assert_cmpuint(found(f, 0)->lru[ANZ_LRU_FILE], ==, 1);
	g_assert_cmpuint(f->graph->cgroups->unknown_pages, ==, 1);
	g_assert_cmpuint(test_machine_remarks(f->m, "not in the tree"), ==, 1);
	g_assert_cmpuint(f->graph->cgroups->charged->len, ==, 3);
	charged = &g_array_index(f->graph->cgroups->charged, AnzCharged, 0);
	g_assert_cmpuint(charged->pfn, ==, 2048);
	g_assert_cmpuint(charged->nr_pages, ==, 9);
	g_assert_cmpuint(charged->owner, ==, found(f, 1)->owner);
}

/* Two bits of a generation below two of a zone, which stand below two of a node. */
#define GENERATION(number) (((number) + 1ul) << 58)

static struct lrugen *lrugen_at(Fixture *f, guint group)
{
	struct mem_cgroup_per_node *node = test_machine_at(f->m, (gsize)group_at(f, group)->nodeinfo[0]);

	return &node->lruvec.lrugen;
}

static const AnzLruvec *lruvec_at(const Fixture *f, guint group)
{
	g_assert_nonnull(f->graph->generations);
	g_assert_cmpuint(f->graph->generations->lruvecs->len, >, group);
	return &g_array_index(f->graph->generations->lruvecs, AnzLruvec, group);
}

static guint64 of_generation(const Fixture *f, guint group, guint generation, guint type, guint zone)
{
	return lruvec_at(f, group)->found[anz_generations_at(f->graph->generations, generation, type, zone)];
}

static void test_generations(Fixture *f, gconstpointer data)
{
	const guint64 zone = MACHINE_NORMAL_PFN;
	guint i;

	/* Where the field is has to be seen in pages that have it. */
	for (i = 0; i < 100; i++)
		test_machine_page(f->m, zone + 100 + i)->flags |= LRU(GENERATION(i % 3));
	lrugen_at(f, 1)->max_seq = 7;
	lrugen_at(f, 1)->min_seq[1] = 5;
	lrugen_at(f, 1)->nr_pages[1][0][1] = 8;
	lrugen_at(f, 1)->enabled = TRUE;
	build(f);
	g_assert_cmpstr(test_machine_fact(f->m, "page.flags generation field"), ==, "2 bits from bit 58");
	/* A huge folio of a, of whose tails the flags say nothing. */
	page(f, zone, ANZ_CLASS_ANON, ANZ_ATTR_HEAD, 3, LRU(SWAPBACKED | GENERATION(1)), f->group[1]);
	for (i = 1; i < 8; i++)
		page(f, zone + i, ANZ_CLASS_ANON, ANZ_ATTR_TAIL, 3, 0, 0);
	page(f, zone + 8, ANZ_CLASS_FILE, 0, 0, LRU(GENERATION(0)), f->group[1]);
	page(f, zone + 9, ANZ_CLASS_FILE, 0, 0, LRU(GENERATION(2)), f->group[2]);
	/* Of nobody: on the root's. */
	page(f, zone + 10, ANZ_CLASS_FILE, 0, 0, LRU(GENERATION(2)), 0);
	/* In the other zone. */
	page(f, 9, ANZ_CLASS_SHMEM, 0, 0, LRU(SWAPBACKED | GENERATION(0)), f->group[1]);
	/* On the list of unevictable pages, and on none. */
	page(f, zone + 11, ANZ_CLASS_FILE, 0, 0, LRU(1ul << PG_unevictable | GENERATION(0)), f->group[1]);
	page(f, zone + 12, ANZ_CLASS_FILE, 0, 0, GENERATION(0), f->group[1]);
	for (i = 0; i < 13; i++)
		anz_planes_edit_at(f->planes, 0)->zone[zone + i] = 1;
	anz_planes_edit_at(f->planes, 0)->zone[9] = 0;
	anz_cgroups_charge(f->graph);
	g_assert_cmpuint(of_generation(f, 1, 1, 0, 1), ==, 8);
	g_assert_cmpuint(of_generation(f, 1, 0, 1, 1), ==, 1);
	g_assert_cmpuint(of_generation(f, 1, 0, 0, 0), ==, 1);
	g_assert_cmpuint(of_generation(f, 1, 0, 0, 1), ==, 0);
	g_assert_cmpuint(of_generation(f, 2, 2, 1, 1), ==, 1);
	g_assert_cmpuint(of_generation(f, 0, 2, 1, 1), ==, 1);
	g_assert_true(lruvec_at(f, 1)->is_enabled);
	g_assert_false(lruvec_at(f, 2)->is_enabled);
	g_assert_cmpint(lruvec_at(f, 1)->kernel[anz_generations_at(f->graph->generations, 1, 0, 1)], ==, 8);
	g_assert_cmpuint(lruvec_at(f, 1)->min_seq[1], ==, 5);
	g_assert_cmpuint(anz_lruvec_seq(f->graph->generations, lruvec_at(f, 1), 1), ==, 7);
	g_assert_cmpuint(anz_lruvec_seq(f->graph->generations, lruvec_at(f, 1), 0), ==, 6);
	g_assert_cmpuint(anz_lruvec_seq(f->graph->generations, lruvec_at(f, 1), 2), ==, 5);
	/* Frames without a zone that is known are told. */
	g_assert_cmpuint(test_machine_remarks(f->m, "of generations or zones"), ==, 1);
	g_assert_cmpuint(f->graph->generations->nr_strange, ==, 100);
}

/* One slab of four objects, two of them charged to a. */
static void test_objects(Fixture *f, gconstpointer data)
{
	const Vector *it = data;
	guint64 element = it->element, at = it->at;
	guint64 vector = test_machine_alloc(f->m, 4 * element, 64);
	AnzCache cache = { .size = 100 };
	AnzSlab slab = { .nr_objects = 4, .exts = vector | 1 }, lost = { .nr_objects = 4 };
	guint8 *bytes = test_machine_at(f->m, vector);
	AnzSlabs *slabs = anz_slabs_new();
	g_autoptr(GArray) sums = NULL;

	if (it->profiled) {
		guint64 key = test_machine_alloc(f->m, 4, 4);

		*(guint32 *)test_machine_at(f->m, key) = 1;
		test_machine_say(f->m, "SYMBOL(slab_obj_ext_has_codetag_key)=%" G_GINT64_MODIFIER "x\n",
				 key);
	}
	memcpy(bytes + at + element, &f->objcg, 8);
	memcpy(bytes + at + 3 * element, &f->objcg, 8);
	build(f);
	g_array_append_val(slabs->caches, cache);
	g_array_append_val(slabs->slabs, slab);
	/* Where the vector is not in the dump, and where there is none. */
	lost.exts = 0xffff88ff00000001;
	g_array_append_val(slabs->slabs, lost);
	lost.exts = 1;
	g_array_append_val(slabs->slabs, lost);
	f->graph->slabs = slabs;
	anz_cgroups_charge(f->graph);
	g_assert_cmpuint(f->graph->cgroups->caches->len, ==, 1);
	g_assert_cmpuint(found(f, 1)->nr_objects, ==, 2);
	/* Each with the pointer to its group. */
	g_assert_cmpuint(found(f, 1)->object_bytes, ==, 216);
	sums = anz_cgroups_sum(f->graph->cgroups);
	g_assert_cmpuint(g_array_index(sums, AnzCgroup, 0).nr_objects, ==, 2);
	g_assert_cmpuint(g_array_index(sums, AnzCgroup, 2).nr_objects, ==, 0);
}

static void test_counters(Fixture *f, gconstpointer data)
{
	struct mem_cgroup_per_node *node;
	struct memcg_vmstats *stats;
	guint64 variable = test_machine_alloc(f->m, 4096, 4096), table;
	g_autoptr(GArray) sums = NULL, lines = NULL;
	struct memcg_stock_pcp *stock;
	const AnzCgroupLine *line;

	node = test_machine_at(f->m, (gsize)group_at(f, 1)->nodeinfo[0]);
	node->lru_zone_size[0][LRU_INACTIVE_ANON] = 1;
	node->lru_zone_size[1][LRU_ACTIVE_ANON] = 2;
	node->lru_zone_size[3][LRU_ACTIVE_FILE] = 4;
	node->lru_zone_size[2][LRU_UNEVICTABLE] = 8;
	node->lruvec.lrugen.nr_pages[1][0][3] = 16;
	node->lruvec.lrugen.nr_pages[0][1][0] = 32;
	/* Only four items are kept: place plus one. */
	table = test_machine_alloc(f->m, MEMCG_NR_STAT, 8);
	((guint8 *)test_machine_at(f->m, table))[NR_SLAB_RECLAIMABLE_B] = 1;
	((guint8 *)test_machine_at(f->m, table))[NR_SLAB_UNRECLAIMABLE_B] = 3;
	((guint8 *)test_machine_at(f->m, table))[MEMCG_SOCK] = 4;
	test_machine_say(f->m, "SYMBOL(mem_cgroup_stats_index)=%" G_GINT64_MODIFIER "x\n", table);
	stats = test_machine_at(f->m, (gsize)group_at(f, 1)->vmstats);
	memcpy(stats->state, (long []){ 1000, -1, 24, 7 }, sizeof(stats->state));
	/* Each cpu's copy, of which the second has two groups in stock. */
	test_machine_say(f->m, "SYMBOL(memcg_stock)=%" G_GINT64_MODIFIER "x\n",
			 variable - f->m->percpu_offset[0]);
	stock = test_machine_at(f->m, variable);
	stock->cached[0] = (void *)(gsize)f->group[2];
	stock->nr_pages[0] = 63;
	stock = test_machine_at(f->m, variable - f->m->percpu_offset[0] + f->m->percpu_offset[1]);
	stock->cached[0] = (void *)(gsize)f->group[1];
	stock->cached[1] = (void *)(gsize)f->group[2];
	stock->nr_pages[0] = 5;
	stock->nr_pages[1] = 200;
	build(f);
	g_assert_cmpint(found(f, 1)->kernel_lru[ANZ_LRU_ANON], ==, 19);
	g_assert_cmpint(found(f, 1)->kernel_lru[ANZ_LRU_FILE], ==, 36);
	g_assert_cmpint(found(f, 1)->kernel_lru[ANZ_LRU_UNEVICTABLE], ==, 8);
	g_assert_cmpint(found(f, 1)->stat[ANZ_CGROUP_SLAB], ==, 1024);
	g_assert_cmpint(found(f, 1)->stat[ANZ_CGROUP_SOCKET], ==, 7);
	g_assert_cmpint(found(f, 1)->stat[ANZ_CGROUP_ANON], ==, ANZ_CGROUP_UNKNOWN);
	g_assert_cmpint(found(f, 1)->stocked, ==, 5);
	g_assert_cmpint(found(f, 2)->stocked, ==, 263);
	sums = anz_cgroups_sum(f->graph->cgroups);
	lines = anz_cgroup_lines(f->graph, found(f, 1), &g_array_index(sums, AnzCgroup, 1));
	line = &g_array_index(lines, AnzCgroupLine, 0);
	g_assert_cmpstr(line->name, ==, "memory.current");
	g_assert_cmpint(line->kernel, ==, 50);
	g_assert_cmpint(line->census, ==, 5 + 263 + 7);
}

/* Types of a kernel that has such a vector in another way: not 0, but not known. */
static void test_strange_objects(Fixture *f, gconstpointer data)
{
	build(f);
	f->graph->slabs = anz_slabs_new();
	anz_cgroups_charge(f->graph);
	g_assert_cmpuint(test_machine_remarks(f->m, "charged to is not known"), ==, 1);
}

#define SLAB_TYPES \
	struct kmem_cache { unsigned int size, object_size; }; \
	struct slabobj_ext { union { struct obj_cgroup *_objcg; }; }; \
	struct slab { \
		unsigned long flags; \
		struct kmem_cache *slab_cache; \
		void *freelist; \
		unsigned int inuse:16, objects:15, frozen:1; \
		unsigned int obj_exts_in_object:1, obj_exts_needs_objcg:1; \
		unsigned long obj_exts; \
	};

SLAB_TYPES

static void charge(Fixture *f, guint64 vector, guint stride, guint object)
{
	memcpy(test_machine_at(f->m, vector + object * stride), &f->objcg, 8);
}

/* Since 7.3 a slab has its vector apart, in the padding of its objects, or for nobody's group. */
static void test_slabs(Fixture *f, gconstpointer data)
{
	guint64 cache_at = test_machine_alloc(f->m, sizeof(struct kmem_cache), 64);
	guint64 inside = test_machine_alloc(f->m, 4096, 4096), apart = test_machine_alloc(f->m, 16 * 8, 8);
	guint64 other = test_machine_alloc(f->m, 16 * 8, 8), pfn = 2048;
	const struct slab slabs[] = {
		{ .obj_exts = (inside + 248) | 1, .obj_exts_in_object = 1, .obj_exts_needs_objcg = 1 },
		{ .obj_exts = apart | 1, .obj_exts_needs_objcg = 1 },
		{ .obj_exts = other | 1 },
	};

	*(struct kmem_cache *)test_machine_at(f->m, cache_at) =
		(struct kmem_cache){ .size = 256, .object_size = 240 };
	charge(f, inside + 248, 256, 0);
	charge(f, inside + 248, 256, 15);
	charge(f, apart, 8, 3);
	charge(f, other, 8, 3);
	build(f);
	for (guint i = 0; i < G_N_ELEMENTS(slabs); i++) {
		struct slab *slab = (struct slab *)test_machine_page(f->m, pfn + i);

		page(f, pfn + i, ANZ_CLASS_SLAB, 0, 0, 0, 0);
		*slab = slabs[i];
		slab->slab_cache = (void *)(gsize)cache_at;
		slab->objects = slab->inuse = 16;
	}
	anz_slabs_build(f->graph);
	g_assert_cmpuint(f->graph->slabs->slabs->len, ==, 3);
	anz_cgroups_charge(f->graph);
	g_assert_cmpuint(found(f, 1)->nr_objects, ==, 3);
	g_assert_cmpuint(found(f, 1)->object_bytes, ==, 3 * (256 + 8));
	g_assert_cmpuint(f->graph->cgroups->unknown_objects, ==, 0);
}

static const Vector vectors[] = {
	{ "", 8, 0, FALSE },
	{ "struct slabobj_ext { unsigned long ref; struct obj_cgroup *objcg; };", 16, 8, FALSE },
	{ "struct slabobj_ext { union { struct obj_cgroup *_objcg; }; };", 8, 0, FALSE },
	{ "struct slabobj_ext { union { struct obj_cgroup *_objcg; unsigned long _ctref; }; };", 16, 0,
	  TRUE },
	{ "struct slabobj_ext { unsigned long _ctref; };", 0, 0, FALSE },
	{ TEXT(SLAB_TYPES), 8, 0, FALSE },
};

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add("/cgroups/tree", Fixture, NULL, set_up, test_tree, tear_down);
	g_test_add("/cgroups/broken-tree", Fixture, NULL, set_up, test_broken_tree, tear_down);
	g_test_add("/cgroups/pages", Fixture, NULL, set_up, test_pages, tear_down);
	g_test_add("/cgroups/generations", Fixture, NULL, set_up, test_generations, tear_down);
	g_test_add("/cgroups/objects/pointers", Fixture, &vectors[0], set_up, test_objects, tear_down);
	g_test_add("/cgroups/objects/extensions", Fixture, &vectors[1], set_up, test_objects, tear_down);
	g_test_add("/cgroups/objects/alone", Fixture, &vectors[2], set_up, test_objects, tear_down);
	g_test_add("/cgroups/objects/profiled", Fixture, &vectors[3], set_up, test_objects, tear_down);
	g_test_add("/cgroups/objects/strange", Fixture, &vectors[4], set_up, test_strange_objects,
		   tear_down);
	g_test_add("/cgroups/slabs", Fixture, &vectors[5], set_up, test_slabs, tear_down);
	g_test_add("/cgroups/counters", Fixture, NULL, set_up, test_counters, tear_down);
	return g_test_run();
}
