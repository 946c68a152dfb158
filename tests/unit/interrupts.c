/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tables of an invented interrupt controller: claimed where they lie, as long as they are, and no further. */
#include "graph/buffers.h"

#include <string.h>

#include "kernel-util.h"

#define TEXT(...) TEXT_(__VA_ARGS__)
#define TEXT_(...) #__VA_ARGS__

#define ITS_TYPES \
	struct its_baser { void *base; unsigned long val; unsigned int order, psz; }; \
	struct its_node { int lock; struct list_head entry; void *cmd_base; struct its_baser tables[8]; }; \
	struct rdists { void *rdist; unsigned long prop_table_pa; void *prop_table_va; };

ITS_TYPES

#define DIRECT(pfn) ((void *)(gsize)(MACHINE_DIRECT_MAP + ((guint64)(pfn) << 12)))

static void put_symbol(TestMachine *m, const char *name, guint64 value)
{
	test_machine_say(m, "SYMBOL(%s)=%" G_GINT64_MODIFIER "x\n", name, value);
}

static struct its_node *add_node(TestMachine *m, guint64 head)
{
	struct its_node *node = test_machine_at(m, test_machine_alloc(m, sizeof(struct its_node), 8));

	test_list_add(m, test_machine_at(m, head), &node->entry);
	return node;
}

static AnzGraph *build(TestMachine *m, AnzPlanes **planes)
{
	const guint64 numbers[] = { 0 };
	AnzGraph *graph;

	test_machine_open(m, NULL);
	*planes = anz_planes_new(numbers, 1, 9, 0);
	(*planes)->max_pfn = MACHINE_FRAMES;
	memset(anz_planes_edit_at(*planes, 0)->page_class, ANZ_CLASS_KERNEL_OTHER, MACHINE_FRAMES);
	graph = anz_graph_new(m->kernel, *planes, NULL, NULL, NULL);
	anz_interrupts_build(graph);
	return graph;
}

static void assert_claims(const AnzGraph *graph, const char *expected)
{
	g_autoptr(GString) got = g_string_new(NULL);

	for (guint i = 0; i < graph->claims->len; i++) {
		const AnzClaim *it = &anz_spool_index(graph->claims, AnzClaim, i);

		g_string_append_printf(got, "%s%" G_GUINT64_FORMAT "+%" G_GUINT64_FORMAT, i ? " " : "",
				       it->pfn, it->nr_pages);
	}
	g_assert_cmpstr(got->str, ==, expected);
}

/* The page with what a cpu has pending, as struct rdists.rdist has it: behind a lock and an address. */
static void put_pending(TestMachine *m, guint64 at, guint64 pfn)
{
	const guint64 words[] = { 0, 0xffff800008080000, MACHINE_VMEMMAP + pfn * sizeof(struct page), 0 };

	memcpy(test_machine_at(m, at), words, sizeof(words));
}

static void test_tables(void)
{
	g_autoptr(TestMachine) m = test_machine_new();
	g_autoptr(AnzPlanes) planes = NULL;
	g_autoptr(AnzGraph) graph = NULL;
	guint64 head = test_machine_alloc(m, 16, 8), pointer = test_machine_alloc(m, 8, 8);
	guint64 rdists = test_machine_alloc(m, sizeof(struct rdists), 8), rdist;
	struct list_head *list = test_machine_at(m, head);
	struct its_node *node;

	test_machine_types(m, TEXT(MACHINE_TYPES) " " TEXT(ITS_TYPES));
	list->next = list->prev = (void *)(gsize)head;
	node = add_node(m, head);
	node->cmd_base = DIRECT(16);
	node->tables[0] = (struct its_baser){ .base = DIRECT(64), .order = 2 };
	node->tables[7] = (struct its_baser){ .base = DIRECT(80), .order = 0 };
	/* No such order. */
	node->tables[3] = (struct its_baser){ .base = DIRECT(96), .order = 60 };
	add_node(m, head)->cmd_base = DIRECT(32);
	((struct rdists *)test_machine_at(m, rdists))->prop_table_va = DIRECT(112);
	/* Of two cpus: a page that can be what is pending, and one that lies wrong. */
	rdist = test_machine_alloc(m, 64 + m->percpu_offset[1] - m->percpu_offset[0], 64) - m->percpu_offset[0];
	((struct rdists *)test_machine_at(m, rdists))->rdist = (void *)(gsize)rdist;
	put_pending(m, rdist + m->percpu_offset[0], 128);
	put_pending(m, rdist + m->percpu_offset[1], 150);
	memcpy(test_machine_at(m, pointer), &rdists, 8);
	put_symbol(m, "its_nodes", head);
	put_symbol(m, "gic_rdists", pointer);
	graph = build(m, &planes);
	assert_claims(graph, "16+16 64+4 80+1 32+16 112+16 128+16");
	g_assert_cmpuint(graph->owners->len, ==, 2);
}

static void test_broken(void)
{
	g_autoptr(TestMachine) m = test_machine_new();
	g_autoptr(AnzPlanes) planes = NULL;
	g_autoptr(AnzGraph) graph = NULL;
	guint64 head = test_machine_alloc(m, 16, 8);

	test_machine_types(m, TEXT(MACHINE_TYPES) " " TEXT(ITS_TYPES));
	((struct list_head *)test_machine_at(m, head))->next = (void *)(gsize)0xffff88ff00000000;
	put_symbol(m, "its_nodes", head);
	graph = build(m, &planes);
	assert_claims(graph, "");
	g_assert_cmpuint(test_machine_remarks(m, "interrupt translation services"), ==, 1);
}

static void test_none(void)
{
	g_autoptr(TestMachine) m = test_machine_new();
	g_autoptr(AnzPlanes) planes = NULL;
	g_autoptr(AnzGraph) graph = NULL;

	test_machine_types(m, "");
	graph = build(m, &planes);
	g_assert_cmpuint(graph->owners->len, ==, 1);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/interrupts/tables", test_tables);
	g_test_add_func("/interrupts/broken", test_broken);
	g_test_add_func("/interrupts/none", test_none);
	return g_test_run();
}
