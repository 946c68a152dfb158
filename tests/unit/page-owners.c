/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What page_owner keeps of the pages of an invented machine: records behind memory sections, stacks in a
 * depot of either form.
 */
#include "graph/page-owners.h"

#include <string.h>

#include "graph/stack-depot.h"
#include "kernel-util.h"

#define TEXT(...) TEXT_(__VA_ARGS__)
#define TEXT_(...) #__VA_ARGS__

/* The machine's struct mem_section with the member of CONFIG_PAGE_EXTENSION. */
#define EXT_TYPES \
	enum page_ext_flags { PAGE_EXT_OWNER, PAGE_EXT_OWNER_ALLOCATED }; \
	struct page_ext { unsigned long flags; }; \
	struct page_ext_operations { unsigned long offset, size; }; \
	struct page_owner { unsigned short order; short last_migrate_reason; unsigned int gfp_mask; \
		unsigned int handle, free_handle; unsigned long long ts_nsec, free_ts_nsec; \
		char comm[16]; int pid, tgid; };
/* 6.8 up, and 6.1. */
#define NEW_DEPOT \
	union handle_parts { unsigned int handle; struct { unsigned int pool_index_plus_1 : 17; \
		unsigned int offset : 10; unsigned int extra : 5; }; }; \
	struct stack_record { struct list_head hash_list; unsigned int hash, size; \
		union handle_parts handle; int count; unsigned long entries[64]; };
#define OLD_DEPOT \
	union handle_parts { unsigned int handle; struct { unsigned int slabindex : 16; \
		unsigned int offset : 10; unsigned int valid : 1; unsigned int extra : 5; }; }; \
	struct stack_record { void *next; unsigned int hash, size; union handle_parts handle; \
		unsigned long entries[]; };

EXT_TYPES

#define RECORD_BYTES 96
#define RECORD_OFFSET 16
#define POOL 3		/* where the stack lies */
#define STACK_AT 0x140	/* in its pool */

typedef struct {
	gboolean is_new;
	gboolean is_pointer;	/* the array of pools is allocated */
} Depot;

typedef struct {
	TestMachine *m;
	AnzGraph *graph;
	AnzPlanes *planes;
	guint64 records, ops;
	guint64 pools;		/* of the depot */
	guint32 handle;
} Fixture;

static void put_symbol(Fixture *f, const char *name, guint64 value)
{
	test_machine_say(f->m, "SYMBOL(%s)=%" G_GINT64_MODIFIER "x\n", name, value);
}

static struct page_owner *record_of(Fixture *f, guint64 pfn)
{
	guint8 *record = test_machine_at(f->m, f->records + pfn * RECORD_BYTES);

	return (struct page_owner *)(record + RECORD_OFFSET);
}

static void allocate(Fixture *f, guint64 pfn, guint order, guint32 handle, int pid, guint64 time)
{
	for (guint i = 0; i < 1u << order; i++) {
		struct page_owner *it = record_of(f, pfn + i);

		*(guint64 *)test_machine_at(f->m, f->records + (pfn + i) * RECORD_BYTES) = 3;
		*it = (struct page_owner){ .order = order, .last_migrate_reason = -1,
					   .gfp_mask = 0xcc0, .handle = handle, .ts_nsec = time,
					   .pid = pid, .tgid = 40 };
		strcpy(it->comm, "task");
	}
}

static void make_depot(Fixture *f, const Depot *depot)
{
	TestMachine *m = f->m;
	guint64 pools = test_machine_alloc(m, 8 * 8, 8), pool = test_machine_alloc(m, 4096, 4096);
	guint64 at = f->pools = pools;
	guint index = depot->is_new ? POOL + 1 : POOL;
	guint32 *words = test_machine_at(m, pool + STACK_AT + (depot->is_new ? 16 : 8));
	guint64 *entries = test_machine_at(m, pool + STACK_AT + (depot->is_new ? 32 : 24));

	memcpy(test_machine_at(m, pools + POOL * 8), &pool, 8);
	f->handle = depot->is_new ? index | (STACK_AT >> 4) << 17 :
		    index | (STACK_AT >> 4) << 16 | 1u << 26;
	words[1] = 2;
	words[2] = f->handle;
	entries[0] = 0xffffffff81000111;
	entries[1] = 0xffffffff81000222;
	if (depot->is_pointer) {
		at = test_machine_alloc(m, 8, 8);
		memcpy(test_machine_at(m, at), &pools, 8);
	}
	put_symbol(f, depot->is_new ? "stack_pools" : "stack_slabs", at);
}

static void set_up(Fixture *f, gconstpointer data)
{
	const Depot *depot = data;
	static const char base[] = TEXT(MACHINE_TYPES) " " TEXT(EXT_TYPES) " ";
	g_autoptr(GString) source = g_string_new(base);
	guint64 size;

	g_string_replace(source, "unsigned long section_mem_map; struct mem_section_usage *usage;",
			 "unsigned long section_mem_map; struct mem_section_usage *usage; "
			 "struct page_ext *page_ext; unsigned long pad;", 1);
	g_string_append(source, depot->is_new ? TEXT(NEW_DEPOT) : TEXT(OLD_DEPOT));
	f->m = test_machine_new();
	test_machine_types(f->m, source->str);
	make_depot(f, depot);
	f->records = test_machine_alloc(f->m, MACHINE_SECTION_PAGES * RECORD_BYTES, 4096);
	size = test_machine_alloc(f->m, 8, 8);
	f->ops = test_machine_alloc(f->m, sizeof(struct page_ext_operations), 8);
	*(guint64 *)test_machine_at(f->m, size) = RECORD_BYTES;
	((struct page_ext_operations *)test_machine_at(f->m, f->ops))->offset = RECORD_OFFSET;
	put_symbol(f, "page_ext_size", size);
	put_symbol(f, "page_owner_ops", f->ops);
}

/* @bases: of both sections' records */
static const AnzPageOwners *build(Fixture *f, guint64 first_base, guint64 second_base)
{
	const guint64 numbers[] = { 0 };
	guint64 sections, at = 0;

	test_machine_open_bare(f->m);
	sections = test_machine_alloc(f->m, 2 * 32, 32);
	memcpy(test_machine_at(f->m, sections + 16), &first_base, 8);
	memcpy(test_machine_at(f->m, sections + 48), &second_base, 8);
	if (!f->m->kernel->sections)
		f->m->kernel->sections = g_array_new(FALSE, TRUE, sizeof(AnzSection));
	g_array_set_size(f->m->kernel->sections, 0);
	for (guint i = 0; i < MACHINE_SECTIONS; i++, at += MACHINE_SECTION_PAGES) {
		AnzSection section = { .start_pfn = at, .nr_pages = MACHINE_SECTION_PAGES,
				       .record = sections + i * 32 };

		g_array_append_val(f->m->kernel->sections, section);
	}
	f->planes = anz_planes_new(numbers, 1, 9, 0);
	f->planes->max_pfn = MACHINE_FRAMES;
	f->graph = anz_graph_new(f->m->kernel, f->planes, NULL, NULL, NULL);
	anz_page_owners_build(f->graph);
	return f->graph->page_owners;
}

static void tear_down(Fixture *f, gconstpointer data)
{
	(void)data;
	anz_graph_free(f->graph);
	anz_planes_free(f->planes);
	test_machine_free(f->m);
}

static void test_pages(Fixture *f, gconstpointer data)
{
	const AnzPageOwners *owners;
	const AnzAllocated *run;
	const AnzAllocStack *stack;
	g_autofree char *text = NULL, *caller = NULL;

	(void)data;
	allocate(f, 16, 2, f->handle, 41, 2500000000);
	allocate(f, 20, 2, f->handle, 41, 3000000000);
	allocate(f, 24, 0, f->handle, 41, 3000000000);
	allocate(f, 25, 0, f->handle, 42, 3000000000);
	/* Another number with the same stack in it is another's; one of a pool that is none. */
	allocate(f, 30, 0, f->handle + (1u << 17), 41, 0);
	allocate(f, 40, 0, 7, 41, 0);
	/* Freed: the record stays, the bit goes. */
	allocate(f, 50, 0, f->handle, 41, 0);
	*(guint64 *)test_machine_at(f->m, f->records + 50 * RECORD_BYTES) = 1;
	/* The second section's records must not be used. */
	owners = build(f, f->records, (f->records - MACHINE_SECTION_PAGES * RECORD_BYTES) | 1);
	g_assert_nonnull(owners);
	g_assert_cmpuint(owners->nr_pages, ==, 12);
	g_assert_cmpuint(owners->nr_unread, ==, 0);
	g_assert_cmpuint(owners->runs->len, ==, 5);
	run = &g_array_index(owners->runs, AnzAllocated, 0);
	g_assert_cmpuint(run->pfn, ==, 16);
	g_assert_cmpuint(run->nr_pages, ==, 8);
	g_assert_cmpuint(run->order, ==, 2);
	g_assert_cmpuint(run->gfp, ==, 0xcc0);
	g_assert_cmpuint(run->pid, ==, 41);
	g_assert_cmpuint(run->tgid, ==, 40);
	g_assert_cmpint(run->moved, ==, -1);
	g_assert_cmpuint(run->seconds, ==, 2);
	g_assert_cmpuint(run->nanoseconds, ==, 500000000);
	g_assert_cmpstr(run->comm, ==, "task");
	g_assert_cmpuint(g_array_index(owners->runs, AnzAllocated, 2).pid, ==, 42);
	g_assert_cmpuint(owners->stacks->len, ==, 3);
	stack = &g_array_index(owners->stacks, AnzAllocStack, 0);
	g_assert_cmpuint(stack->nr_pages, ==, 10);
	g_assert_cmpuint(stack->nr_allocations, ==, 4);
	g_assert_cmpuint(stack->nr_frames, ==, 2);
	g_assert_cmphex(stack->frames[0], ==, 0xffffffff81000111);
	g_assert_cmphex(stack->frames[1], ==, 0xffffffff81000222);
	g_assert_cmpuint(g_array_index(owners->stacks, AnzAllocStack, 1).nr_frames, ==, 0);
	g_assert_cmpuint(g_array_index(owners->stacks, AnzAllocStack, 2).nr_frames, ==, 0);
	g_assert_cmpuint(test_machine_remarks(f->m, "stacks of page_owner that were not found"), ==, 1);
}

static void append_pool(guint64 pool, gpointer data)
{
	g_array_append_val((GArray *)data, pool);
}

/* The pools in use, which end where none follows, and the one kept ready; none where no record is the first. */
static void test_pools(Fixture *f, gconstpointer data)
{
	const Depot *kind = data;
	g_autoptr(GArray) pools = g_array_new(FALSE, FALSE, sizeof(guint64));
	guint64 all[3], ready = test_machine_alloc(f->m, 8, 8);
	guint64 *first;
	AnzStackDepot *depot;

	for (guint i = 0; i < G_N_ELEMENTS(all); i++)
		all[i] = test_machine_alloc(f->m, 4096, 4096);
	memcpy(test_machine_at(f->m, f->pools), all, 2 * 8);
	memcpy(test_machine_at(f->m, ready), &all[2], 8);
	put_symbol(f, "new_pool", ready);
	build(f, f->records, 0);
	depot = anz_stack_depot_new(f->m->kernel);
	anz_stack_depot_each_pool(depot, append_pool, pools);
	g_assert_cmpuint(pools->len, ==, 0);
	first = test_machine_at(f->m, all[0]);
	((guint32 *)(first + (kind->is_new ? 2 : 1)))[2] = kind->is_new ? 1 : 1u << 26;
	anz_stack_depot_each_pool(depot, append_pool, pools);
	g_assert_cmpmem(pools->data, pools->len * 8, all, sizeof(all));
	anz_stack_depot_free(depot);
}

static void test_missing(Fixture *f, gconstpointer data)
{
	const AnzPageOwners *owners = build(f, 0, 0xffff88ff00000000);

	(void)data;
	g_assert_nonnull(owners);
	g_assert_cmpuint(owners->nr_pages, ==, 0);
	/* None, and not in the dump, are two things. */
	g_assert_cmpuint(owners->nr_unread, ==, 1);
}

/* The kernel could, but nobody asked for it. */
static void test_off(Fixture *f, gconstpointer data)
{
	(void)data;
	((struct page_ext_operations *)test_machine_at(f->m, f->ops))->offset = 0;
	allocate(f, 16, 2, f->handle, 41, 0);
	g_assert_null(build(f, f->records, 0));
}

/* It would reach beyond its record. */
static void test_odd(Fixture *f, gconstpointer data)
{
	(void)data;
	((struct page_ext_operations *)test_machine_at(f->m, f->ops))->offset = RECORD_BYTES - 8;
	allocate(f, 16, 2, f->handle, 41, 0);
	g_assert_null(build(f, f->records, 0));
}

static void test_caller(void)
{
	g_autofree char *asked = anz_alloc_stack_caller("post_alloc_hook+0x1\n__alloc_pages_noprof+0x2\n"
							"kvmalloc_node+0x3\nsock_alloc_send+0x4 [x]\n");
	g_autofree char *only = anz_alloc_stack_caller("post_alloc_hook+0x1\n__alloc_pages+0x2");
	g_autofree char *module = anz_alloc_stack_caller("virtblk_probe+0x10 [virtio_blk]\nmain+0x1");

	g_assert_cmpstr(asked, ==, "sock_alloc_send");
	g_assert_cmpstr(only, ==, "__alloc_pages");
	g_assert_cmpstr(module, ==, "virtblk_probe");
	g_assert_null(anz_alloc_stack_caller(NULL));
}

static const Depot of_array = { TRUE, FALSE }, of_pointer = { TRUE, TRUE }, of_old = { FALSE, FALSE };

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add("/page-owners/array", Fixture, &of_array, set_up, test_pages, tear_down);
	g_test_add("/page-owners/pointer", Fixture, &of_pointer, set_up, test_pages, tear_down);
	g_test_add("/page-owners/slabs", Fixture, &of_old, set_up, test_pages, tear_down);
	g_test_add("/page-owners/pools", Fixture, &of_array, set_up, test_pools, tear_down);
	g_test_add("/page-owners/pools-by-pointer", Fixture, &of_pointer, set_up, test_pools, tear_down);
	g_test_add("/page-owners/old-pools", Fixture, &of_old, set_up, test_pools, tear_down);
	g_test_add("/page-owners/missing", Fixture, &of_array, set_up, test_missing, tear_down);
	g_test_add("/page-owners/off", Fixture, &of_array, set_up, test_off, tear_down);
	g_test_add("/page-owners/odd", Fixture, &of_array, set_up, test_odd, tear_down);
	g_test_add_func("/page-owners/caller", test_caller);
	return g_test_run();
}
