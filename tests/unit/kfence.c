/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Objects that KFENCE keeps for slab caches: where they lie, and which pages are its own. */
#include "kernel-util.h"

#include <string.h>

#include "graph/slab.h"

#define TEXT(...) TEXT_(__VA_ARGS__)
#define TEXT_(...) #__VA_ARGS__

#define SLAB_TYPES \
	struct kmem_cache { unsigned int size, object_size, red_left_pad; }; \
	struct slab { \
		unsigned long flags; \
		struct kmem_cache *slab_cache; \
		void *freelist; \
		unsigned int inuse:16, objects:15, frozen:1; \
	};
#define KFENCE_TYPES \
	enum kfence_object_state { KFENCE_OBJECT_UNUSED, KFENCE_OBJECT_ALLOCATED, \
		KFENCE_OBJECT_RCU_FREEING, KFENCE_OBJECT_FREED }; \
	struct kfence_metadata { struct list_head list; enum kfence_object_state state; \
		unsigned long addr; unsigned char tracks[1000]; };

SLAB_TYPES
KFENCE_TYPES

#define POOL_PFN 2048u
#define OBJECTS 300u	/* more than kernels are built with */
#define BEHIND_PFN (POOL_PFN + 2 * OBJECTS + 2)
#define SIZE 200u
#define PAD 8u

typedef struct {
	TestMachine *m;
	AnzGraph *graph;
	guint64 cache;
	GArray *seen;	/* addresses */
} Fixture;

typedef struct {
	gboolean is_array, has_types;
} Variant;

static guint64 virt_of(guint64 pfn)
{
	return MACHINE_DIRECT_MAP + (pfn << 12);
}

static void mark(Fixture *f, AnzTile *tile, guint64 pfn, guint objects)
{
	struct slab *slab = (struct slab *)test_machine_page(f->m, pfn);

	tile->page_class[pfn] = ANZ_CLASS_SLAB;
	*slab = (struct slab){ .slab_cache = (void *)(gsize)f->cache, .objects = objects,
			       .inuse = objects };
}

/* Object @index at @offset of its page, in @state. */
static void keep(Fixture *f, guint64 metadata, guint index, guint offset,
		 enum kfence_object_state state)
{
	struct kfence_metadata *it = test_machine_at(f->m, metadata);

	it[index].state = state;
	it[index].addr = virt_of(POOL_PFN + 2 * (index + 1)) + offset;
}

static void set_up(Fixture *f, gconstpointer data)
{
	const Variant *variant = data;
	static const char all[] = TEXT(MACHINE_TYPES) " " TEXT(SLAB_TYPES) " " TEXT(KFENCE_TYPES);
	static const char few[] = TEXT(MACHINE_TYPES) " " TEXT(SLAB_TYPES);
	const guint64 numbers[] = { 0 };
	AnzPlanes *planes = anz_planes_new(numbers, 1, 9, 0);
	AnzTile *tile = anz_planes_edit_at(planes, 0);
	guint64 metadata, pool, pointer;

	f->m = test_machine_new();
	test_machine_types(f->m, variant->has_types ? all : few);
	f->cache = test_machine_alloc(f->m, sizeof(struct kmem_cache), 64);
	*(struct kmem_cache *)test_machine_at(f->m, f->cache) =
		(struct kmem_cache){ .size = SIZE, .object_size = SIZE - PAD, .red_left_pad = PAD };
	metadata = test_machine_alloc(f->m, OBJECTS * sizeof(struct kfence_metadata), 4096);
	pool = test_machine_alloc(f->m, 8, 8);
	pointer = test_machine_alloc(f->m, 8, 8);
	*(guint64 *)test_machine_at(f->m, pool) = virt_of(POOL_PFN);
	*(guint64 *)test_machine_at(f->m, pointer) = metadata;
	test_machine_say(f->m, "SYMBOL(__kfence_pool)=%" G_GINT64_MODIFIER "x\n", pool);
	test_machine_say(f->m, "SYMBOL(kfence_metadata)=%" G_GINT64_MODIFIER "x\n",
			 variant->is_array ? metadata : pointer);
	test_machine_open(f->m, NULL);

	planes->max_pfn = MACHINE_FRAMES;
	memset(tile->page_class, ANZ_CLASS_FREE, ANZ_TILE_PAGES);
	for (guint i = 0; i < OBJECTS; i++)
		keep(f, metadata, i, 0, KFENCE_OBJECT_UNUSED);
	keep(f, metadata, 1, 0, KFENCE_OBJECT_ALLOCATED);
	keep(f, metadata, 4, 4096 - SIZE + PAD, KFENCE_OBJECT_ALLOCATED);
	keep(f, metadata, 5, 64, KFENCE_OBJECT_FREED);
	keep(f, metadata, OBJECTS - 1, 128, KFENCE_OBJECT_RCU_FREEING);
	mark(f, tile, POOL_PFN + 4, 1);
	mark(f, tile, POOL_PFN + 10, 1);
	mark(f, tile, POOL_PFN + 12, 1);
	mark(f, tile, POOL_PFN + 2 * OBJECTS, 1);
	/* One of the cache's own, where the next object's page would be. */
	mark(f, tile, BEHIND_PFN, 20);
	f->graph = anz_graph_new(f->m->kernel, planes, NULL, NULL, NULL);
	f->seen = g_array_new(FALSE, FALSE, sizeof(guint64));
	anz_slabs_build(f->graph);
}

static void tear_down(Fixture *f, gconstpointer data)
{
	AnzPlanes *planes = f->graph->planes;

	g_array_unref(f->seen);
	anz_graph_free(f->graph);
	anz_planes_free(planes);
	test_machine_free(f->m);
}

static void see(guint64 address, gpointer data)
{
	g_array_append_val(((Fixture *)data)->seen, address);
}

static void assert_slab(const Fixture *f, guint64 pfn, gboolean kfence, guint first, guint objects)
{
	const AnzSlab *slab = anz_slabs_at(f->graph->slabs, pfn);

	g_assert_nonnull(slab);
	g_assert_cmpint(slab->kfence, ==, kfence);
	g_assert_cmpuint(slab->first, ==, first);
	g_assert_cmpuint(slab->nr_objects, ==, objects);
}

static void test_objects(Fixture *f, gconstpointer data)
{
	const guint64 expected[] = {
		virt_of(POOL_PFN + 4), virt_of(POOL_PFN + 10) + 4096 - SIZE + PAD,
		virt_of(POOL_PFN + 2 * OBJECTS) + 128, virt_of(BEHIND_PFN) + PAD,
	};

	assert_slab(f, POOL_PFN + 4, TRUE, 0, 1);
	assert_slab(f, POOL_PFN + 10, TRUE, 4096 - SIZE + PAD, 1);
	assert_slab(f, POOL_PFN + 12, TRUE, 64, 0);
	assert_slab(f, POOL_PFN + 2 * OBJECTS, TRUE, 128, 1);
	assert_slab(f, BEHIND_PFN, FALSE, PAD, 20);
	anz_slabs_each_object(f->graph, 0, see, f);
	g_assert_cmpuint(f->seen->len, ==, 3 + 20);
	g_assert_cmpuint(f->graph->slabs->kfence_pages, ==, 4);
	g_assert_cmpmem(f->seen->data, sizeof(expected), expected, sizeof(expected));
	for (guint i = 0; i < G_N_ELEMENTS(f->graph->oddities.looked); i++)
		g_assert_cmpuint(f->graph->oddities.met[i], ==, 0);
}

/* Nothing says where objects lie, so that none is said to be anywhere. */
static void test_no_metadata(Fixture *f, gconstpointer data)
{
	assert_slab(f, POOL_PFN + 4, TRUE, 0, 0);
	assert_slab(f, POOL_PFN + 10, TRUE, 0, 0);
	assert_slab(f, BEHIND_PFN, FALSE, PAD, 20);
	anz_slabs_each_object(f->graph, 0, see, f);
	g_assert_cmpuint(g_array_index(f->seen, guint64, f->seen->len - 1), ==,
			 virt_of(BEHIND_PFN) + PAD + 19 * SIZE);
}

static const Variant array = { TRUE, TRUE }, pointer = { FALSE, TRUE }, untyped = { FALSE, FALSE };

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add("/kfence/array", Fixture, &array, set_up, test_objects, tear_down);
	g_test_add("/kfence/pointer", Fixture, &pointer, set_up, test_objects, tear_down);
	g_test_add("/kfence/no-metadata", Fixture, &untyped, set_up, test_no_metadata, tear_down);
	return g_test_run();
}
