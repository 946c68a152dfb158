/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vmalloc areas, modules and per-cpu chunks of an invented machine: which frames they claim. */
#include "graph/areas.h"

#include <string.h>

#include "graph/range.h"
#include "kernel-util.h"

#define TEXT(...) TEXT_(__VA_ARGS__)
#define TEXT_(...) #__VA_ARGS__

#define AREA_TYPES \
	struct vm_struct { void *addr; unsigned long size, flags; unsigned int nr_pages; \
		unsigned long phys_addr; const void *caller; }; \
	struct vmap_area { unsigned long va_start, va_end; struct list_head list; \
		union { unsigned long subtree_max_size; struct vm_struct *vm; }; }; \
	struct module_memory { void *base; unsigned int size; }; \
	struct module { struct list_head list; char name[56]; struct module_memory mem[2]; }; \
	struct vmap_node { unsigned long pool; struct { struct list_head head; } busy; }; \
	struct pcpu_chunk { struct list_head list; void *base_addr; int free_bytes, nr_pages; \
		unsigned long populated[1]; };

AREA_TYPES

#define MAPPED 0xffffc90000000000ull	/* a leaf of 2 MiB onto frame 1024 */
#define MAPPED_PFN 1024

static TestMachine *machine_new(void)
{
	static const char source[] = TEXT(MACHINE_TYPES) " " TEXT(AREA_TYPES);
	TestMachine *m = test_machine_new();

	test_machine_types(m, source);
	test_machine_map(m, MAPPED, MAPPED_PFN << 12);
	return m;
}

static AnzGraph *graph_of(TestMachine *m)
{
	const guint64 numbers[] = { 0 };
	AnzPlanes *planes = anz_planes_new(numbers, 1, 9, 0);

	planes->max_pfn = MACHINE_FRAMES;
	memset(anz_planes_edit_at(planes, 0)->page_class, ANZ_CLASS_KERNEL_OTHER, ANZ_TILE_PAGES);
	return anz_graph_new(m->kernel, planes, NULL, NULL, NULL);
}

static void graph_free(AnzGraph *graph)
{
	anz_planes_free(graph->planes);
	anz_graph_free(graph);
}

/* "name pfn+pages rank" of all claims in the order of their making. */
static void assert_claims(const AnzGraph *graph, const char *expected)
{
	g_autoptr(GString) got = g_string_new(NULL);

	for (guint i = 0; i < graph->claims->len; i++) {
		const AnzClaim *it = &anz_spool_index(graph->claims, AnzClaim, i);

		g_string_append_printf(got, "%s%s %" G_GUINT64_FORMAT "+%" G_GUINT64_FORMAT " %u",
				       i ? ", " : "", anz_graph_get_owner(graph, it->owner)->name,
				       it->pfn, it->nr_pages, it->rank);
	}
	g_assert_cmpstr(got->str, ==, expected);
}

static guint64 list_head(TestMachine *m, const char *symbol)
{
	guint64 at = test_machine_alloc(m, sizeof(struct list_head), 8);
	struct list_head *head = test_machine_at(m, at);

	head->next = head->prev = (void *)(gsize)at;
	test_machine_say(m, "SYMBOL(%s)=%" G_GINT64_MODIFIER "x\n", symbol, at);
	return at;
}

static struct vm_struct *add_area(TestMachine *m, guint64 head, guint64 start, guint64 nr_pages)
{
	struct vmap_area *va = test_machine_at(m, test_machine_alloc(m, sizeof(*va), 64));
	guint64 at = test_machine_alloc(m, sizeof(struct vm_struct), 64);
	struct vm_struct *vm = test_machine_at(m, at);

	va->va_start = start;
	va->va_end = start + (nr_pages << 12);
	va->vm = (void *)(gsize)at;
	vm->addr = (void *)(gsize)start;
	vm->size = nr_pages << 12;
	vm->flags = 2;
	vm->nr_pages = nr_pages - 1;
	vm->caller = (void *)0xffffffff81000123;
	test_list_add(m, test_machine_at(m, head), &va->list);
	return vm;
}

static void test_areas(void)
{
	g_autoptr(TestMachine) m = machine_new();
	guint64 head = list_head(m, "vmap_area_list");
	struct vm_struct *vm;
	AnzGraph *graph;
	const AnzArea *area;

	/* By address in the end, and only what is mapped: the second runs over the end of the leaf. */
	add_area(m, head, MAPPED + (510 << 12), 4);
	add_area(m, head, MAPPED, 3);
	vm = add_area(m, head, MAPPED + (8 << 12), 2);
	vm->flags = 4;
	vm = add_area(m, head, MAPPED + (16 << 12), 2);
	vm->flags = 1;
	vm->phys_addr = 0xfed00000;
	/* What the area and its struct say of the address is not the same. */
	vm = add_area(m, head, MAPPED + (32 << 12), 2);
	vm->addr = (void *)0x1000;
	test_machine_open(m, NULL);
	graph = graph_of(m);
	memset(anz_planes_edit_at(graph->planes, 0)->page_class + MAPPED_PFN + 1, ANZ_CLASS_SLAB, 1);
	anz_areas_build(graph);
	assert_claims(graph, "0xffffffff81000123 1024+1 1, 0xffffffff81000123 1026+1 1, "
		      "0xffffffff81000123 1032+2 2, 0xffffffff81000123 1534+2 1");
	g_assert_cmpuint(graph->areas->areas->len, ==, 4);
	area = &g_array_index(graph->areas->areas, AnzArea, 2);
	g_assert_cmpuint(area->owner, ==, 0);
	g_assert_cmphex(area->paddr, ==, 0xfed00000);
	area = &g_array_index(graph->areas->areas, AnzArea, 3);
	g_assert_cmpuint(area->nr_claimed, ==, 2);
	g_assert_cmpuint(test_machine_remarks(m, "tells of another address"), ==, 1);
	graph_free(graph);
}

static void test_modules(void)
{
	g_autoptr(TestMachine) m = machine_new();
	guint64 head = list_head(m, "modules");
	struct module *module = test_machine_at(m, test_machine_alloc(m, sizeof(*module), 64));
	AnzGraph *graph;

	strcpy(module->name, "zram");
	module->mem[0] = (struct module_memory){ (void *)(MAPPED + 0x4000), 0x1001 };
	/* Its init part was freed. */
	module->mem[1] = (struct module_memory){ (void *)(MAPPED + 0x8000), 0 };
	test_list_add(m, test_machine_at(m, head), &module->list);
	test_machine_open(m, NULL);
	graph = graph_of(m);
	anz_modules_build(graph);
	assert_claims(graph, "zram 1028+2 1");
	g_assert_nonnull(anz_modules_at(graph->areas, MAPPED + 0x5000));
	g_assert_null(anz_modules_at(graph->areas, MAPPED + 0x5001));
	graph_free(graph);
}

static guint64 pointer(TestMachine *m, const char *symbol, guint64 value)
{
	guint64 at = test_machine_alloc(m, 8, 8);

	memcpy(test_machine_at(m, at), &value, 8);
	test_machine_say(m, "SYMBOL(%s)=%" G_GINT64_MODIFIER "x\n", symbol, at);
	return at;
}

/* A kernel for one cpu has its only node in a variable, and no pointer to it. */
static void test_nodes(void)
{
	for (guint is_single = 0; is_single < 2; is_single++) {
		g_autoptr(TestMachine) m = machine_new();
		guint64 nodes = test_machine_alloc(m, 2 * sizeof(struct vmap_node), 8);
		AnzGraph *graph;

		for (guint i = 0; i < 2; i++) {
			guint64 at = nodes + i * sizeof(struct vmap_node) + offsetof(struct vmap_node, busy);
			struct list_head *head = test_machine_at(m, at);

			head->next = head->prev = (void *)(gsize)at;
			add_area(m, at, MAPPED + (i << 16), 2);
		}
		pointer(m, "nr_vmap_nodes", is_single ? 1 : 2);
		if (is_single)
			test_machine_say(m, "SYMBOL(single)=%" G_GINT64_MODIFIER "x\n", nodes);
		else
			pointer(m, "vmap_nodes", nodes);
		test_machine_open(m, NULL);
		graph = graph_of(m);
		anz_areas_build(graph);
		assert_claims(graph, is_single ? "0xffffffff81000123 1024+2 1" :
			      "0xffffffff81000123 1024+2 1, 0xffffffff81000123 1040+2 1");
		graph_free(graph);
	}
}

static void test_percpu(void)
{
	g_autoptr(TestMachine) m = machine_new();
	guint64 slots = test_machine_alloc(m, 2 * sizeof(struct list_head), 8);
	guint64 offsets = test_machine_alloc(m, MACHINE_CPUS * 8, 8);
	const guint64 offset[MACHINE_CPUS] = { 0, 0x40000 };
	struct list_head *slot = test_machine_at(m, slots);
	struct pcpu_chunk *chunk = test_machine_at(m, test_machine_alloc(m, sizeof(*chunk), 64));
	const AnzPercpuChunk *found;
	AnzGraph *graph;

	for (guint i = 0; i < 2; i++)
		slot[i].next = slot[i].prev = (void *)(gsize)(slots + i * sizeof(*slot));
	memcpy(test_machine_at(m, offsets), offset, sizeof(offset));
	pointer(m, "pcpu_chunk_lists", slots);
	pointer(m, "pcpu_nr_slots", 2);
	pointer(m, "pcpu_unit_offsets", offsets);
	chunk->base_addr = (void *)(MAPPED + 0x10000);
	chunk->nr_pages = 8;
	chunk->free_bytes = 100;
	chunk->populated[0] = 0x0b;
	test_list_add(m, &slot[1], &chunk->list);
	test_machine_open(m, NULL);
	graph = graph_of(m);
	anz_percpu_build(graph);
	assert_claims(graph, "per-cpu chunk at 0xffffc90000010000 1040+2 1, "
		      "per-cpu chunk at 0xffffc90000010000 1104+2 1, "
		      "per-cpu chunk at 0xffffc90000010000 1043+1 1, "
		      "per-cpu chunk at 0xffffc90000010000 1107+1 1");
	found = &g_array_index(graph->areas->chunks, AnzPercpuChunk, 0);
	g_assert_cmpuint(found->nr_populated, ==, 3);
	g_assert_cmpuint(found->nr_claimed, ==, 6);
	graph_free(graph);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/areas/vmalloc", test_areas);
	g_test_add_func("/areas/nodes", test_nodes);
	g_test_add_func("/areas/modules", test_modules);
	g_test_add_func("/areas/percpu", test_percpu);
	return g_test_run();
}
