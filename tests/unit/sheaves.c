/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sheaves of a slab cache: those of cpus, and of a node's barn in both places that it has had. */
#include "kernel-util.h"

#include <string.h>

#include "graph/slab.h"

#define TEXT(...) TEXT_(__VA_ARGS__)
#define TEXT_(...) #__VA_ARGS__

#define SHEAF_TYPES \
	struct slab_sheaf { struct list_head barn_list; void *cache; unsigned int size; int node; \
		void *objects[]; }; \
	struct slub_percpu_sheaves { int lock; struct slab_sheaf *main, *spare, *rcu_free; }; \
	struct node_barn { int lock; struct list_head sheaves_full, sheaves_empty; };
/* Each has its barn where the other has nothing that the library looks for. */
#define OLD_TYPES \
	struct kmem_cache_node { int lock; struct node_barn *barn; }; \
	struct kmem_cache { struct slub_percpu_sheaves *cpu_sheaves; unsigned int size; \
		struct kmem_cache_node *node[2]; };
#define NEW_TYPES \
	struct kmem_cache_node { int lock; }; \
	struct per_node { struct node_barn *barn; struct kmem_cache_node *node; }; \
	struct kmem_cache { struct slub_percpu_sheaves *cpu_sheaves; unsigned int size; \
		struct per_node per_node[2]; };

SHEAF_TYPES

#define SIZE 64
#define OBJECTS 64

typedef struct {
	TestMachine *m;
	guint64 cache, base;
	AnzSlabs *slabs;
} Fixture;

static guint64 object(const Fixture *f, guint index)
{
	return f->base + (guint64)index * SIZE;
}

static guint64 sheaf(Fixture *f, const guint64 *objects, guint nr)
{
	guint64 at = test_machine_alloc(f->m, sizeof(struct slab_sheaf) + nr * 8, 64);
	struct slab_sheaf *it = test_machine_at(f->m, at);

	it->size = nr;
	memcpy(it->objects, objects, nr * 8);
	return at;
}

static void set_up(Fixture *f, gconstpointer is_new)
{
	static const char common[] = TEXT(MACHINE_TYPES) " " TEXT(SHEAF_TYPES) " ";
	g_autofree char *source = g_strconcat(common, is_new ? TEXT(NEW_TYPES) : TEXT(OLD_TYPES), NULL);
	guint64 percpu, barn, node;
	struct slub_percpu_sheaves *cpu[2];
	struct node_barn *b;
	guint64 *cache;
	AnzCache it = { .size = SIZE, .nr_in_use = OBJECTS };
	AnzSlab slab = { .nr_pages = 1, .nr_objects = OBJECTS };

	f->m = test_machine_new();
	test_machine_types(f->m, source);
	f->base = test_machine_alloc(f->m, 4096, 4096);
	percpu = test_machine_alloc(f->m, 4096, 4096);
	cpu[0] = test_machine_at(f->m, percpu);
	cpu[1] = test_machine_at(f->m, percpu - f->m->percpu_offset[0] + f->m->percpu_offset[1]);
	cpu[0]->main = (void *)(gsize)sheaf(f, (guint64[]){ object(f, 1), object(f, 2) }, 2);
	cpu[0]->rcu_free = (void *)(gsize)sheaf(f, (guint64[]){ object(f, 63) }, 1);
	/* No object of it: between two, on a page of no slab, one that is free already. */
	cpu[1]->spare = (void *)(gsize)sheaf(f, (guint64[]){ object(f, 3) + 8, f->base + 8192,
							     object(f, 5), object(f, 7) }, 4);
	cpu[1]->main = (void *)(gsize)0xffff88ff00000000;
	barn = test_machine_alloc(f->m, sizeof(struct node_barn), 64);
	b = test_machine_at(f->m, barn);
	b->sheaves_empty.next = b->sheaves_empty.prev =
		(void *)(gsize)test_machine_vaddr(f->m, &b->sheaves_empty);
	b->sheaves_full.next = b->sheaves_full.prev =
		(void *)(gsize)test_machine_vaddr(f->m, &b->sheaves_full);
	test_list_add(f->m, &b->sheaves_full, &((struct slab_sheaf *)test_machine_at(f->m,
		      sheaf(f, (guint64[]){ object(f, 40) }, 1)))->barn_list);
	node = test_machine_alloc(f->m, 64, 64);
	((guint64 *)test_machine_at(f->m, node))[1] = barn;
	f->cache = test_machine_alloc(f->m, 64, 64);
	cache = test_machine_at(f->m, f->cache);
	cache[0] = percpu - f->m->percpu_offset[0];
	cache[2] = is_new ? barn : node;
	test_machine_open(f->m, NULL);
	slab.pfn = (f->base - MACHINE_DIRECT_MAP) >> 12;
	it.address = f->cache;
	f->slabs = anz_slabs_new();
	g_byte_array_set_size(f->slabs->free_bits, OBJECTS / 8);
	memset(f->slabs->free_bits->data, 0, OBJECTS / 8);
	/* Object 5 is on the slab's freelist. */
	f->slabs->free_bits->data[0] = 1 << 5;
	slab.nr_free = 1;
	it.nr_in_use--;
	g_array_append_val(f->slabs->caches, it);
	g_array_append_val(f->slabs->slabs, slab);
}

static void tear_down(Fixture *f, gconstpointer data)
{
	anz_slabs_free(f->slabs);
	test_machine_free(f->m);
}

static void test_walk(Fixture *f, gconstpointer data)
{
	static const guint8 expected[OBJECTS / 8] = { 1 << 1 | 1 << 2 | 1 << 5 | 1 << 7, 0, 0, 0, 0,
						      1 << 0, 0, 1 << 7 };
	AnzPlanes planes = { .max_pfn = MACHINE_FRAMES };
	AnzGraph *graph = anz_graph_new(f->m->kernel, &planes, NULL, NULL, NULL);
	const GArray *remarks = f->m->kernel->remarks;

	anz_sheaves_walk(graph, f->slabs);
	g_assert_cmpmem(f->slabs->free_bits->data, OBJECTS / 8, expected, OBJECTS / 8);
	g_assert_cmpuint(g_array_index(f->slabs->slabs, AnzSlab, 0).nr_free, ==, 6);
	g_assert_cmpuint(g_array_index(f->slabs->caches, AnzCache, 0).nr_in_use, ==, OBJECTS - 6);
	g_assert_cmpuint(test_machine_remarks(f->m, "entries of sheaves"), ==, 1);
	g_assert_cmpuint(g_array_index(remarks, AnzRemark, remarks->len - 1).count, ==, 3);
	anz_graph_free(graph);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add("/sheaves/barn-in-node", Fixture, NULL, set_up, test_walk, tear_down);
	g_test_add("/sheaves/barn-beside-node", Fixture, "", set_up, test_walk, tear_down);
	return g_test_run();
}
