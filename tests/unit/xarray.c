/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Walks of XArrays: plain and multi-index entries, values, and trees that make no sense. */
#include "kernel-util.h"

#include "graph/xarray.h"

#define TEXT(...) TEXT_(__VA_ARGS__)
#define TEXT_(...) #__VA_ARGS__
#define XA_TYPES \
	struct xa_node { unsigned char shift, offset, count, nr_values; struct xa_node *parent; \
		void *array; struct list_head private_list; void *slots[64]; \
		unsigned long tags[3][1]; };

typedef struct { unsigned char shift, offset, count, nr_values; struct xa_node *parent;
	void *array; struct list_head private_list; guint64 slots[64]; unsigned long tags[3][1];
} Node;

typedef struct {
	TestMachine *m;
	AnzXarrayLayout layout;
} Fixture;

static void set_up(Fixture *f, gconstpointer data)
{
	f->m = test_machine_new();
	test_machine_types(f->m, TEXT(MACHINE_TYPES XA_TYPES));
	test_machine_open(f->m, NULL);
	g_assert_true(anz_xarray_resolve(&f->layout, f->m->kernel));
}

static void tear_down(Fixture *f, gconstpointer data)
{
	anz_xarray_clear(&f->layout);
	test_machine_free(f->m);
}

/* A node; its address as an entry goes to *@entry. */
static Node *node_new(Fixture *f, guint shift, guint64 *entry)
{
	guint64 vaddr = test_machine_alloc(f->m, sizeof(Node), 64);
	Node *node = test_machine_at(f->m, vaddr);

	node->shift = shift;
	*entry = vaddr + 2;
	return node;
}

static guint64 sibling(guint slot)
{
	return (guint64)slot << 2 | 2;
}

static void collect(guint64 index, guint64 nr, guint64 entry, gpointer data)
{
	g_string_append_printf(data, "%" G_GUINT64_FORMAT "+%" G_GUINT64_FORMAT
			       "=%" G_GINT64_MODIFIER "x ", index, nr, entry);
}

static gboolean walk(Fixture *f, guint64 head, guint64 max_nodes, const char *expected)
{
	g_autoptr(GString) got = g_string_new(NULL);
	gboolean whole = anz_xarray_walk(&f->layout, head, max_nodes, collect, got);

	g_assert_cmpstr(got->str, ==, expected);
	return whole;
}

static void test_single(Fixture *f, gconstpointer data)
{
	g_assert_true(walk(f, 0, 10, ""));
	g_assert_true(walk(f, 0xffff888000001000, 10, "0+1=ffff888000001000 "));
	g_assert_true(walk(f, 0x15, 10, "0+1=15 "));
}

static void test_entries(Fixture *f, gconstpointer data)
{
	guint64 head, low, lower;
	Node *top = node_new(f, 6, &head), *first = node_new(f, 0, &low);
	Node *last = node_new(f, 0, &lower);

	top->slots[0] = low;
	first->slots[0] = 0x1000;
	first->slots[3] = 0x2001;		/* a value */
	first->slots[8] = 0x3000;		/* four indices */
	first->slots[9] = first->slots[10] = first->slots[11] = sibling(8);
	first->slots[12] = sibling(8 + 1);	/* of no entry that stands before it */
	first->slots[20] = 256 << 2 | 2;	/* retry */
	/* 128 indices in two slots of the node above. */
	top->slots[2] = 0x4000;
	top->slots[3] = sibling(2);
	top->slots[63] = lower;
	last->slots[63] = 0x5000;
	g_assert_true(walk(f, head, 10, "0+1=1000 3+1=2001 8+4=3000 128+128=4000 4095+1=5000 "));
}

static void test_broken(Fixture *f, gconstpointer data)
{
	guint64 head, low;
	Node *top = node_new(f, 6, &head), *child = node_new(f, 0, &low);

	/* A node below itself, by way of a shift that does not sink. */
	top->slots[0] = head;
	top->slots[1] = 0x1000;
	g_assert_false(walk(f, head, 100, "64+64=1000 "));
	/* A node where only entries may be. */
	top->slots[0] = low;
	child->slots[0] = head;
	child->slots[1] = 0x2000;
	g_assert_false(walk(f, head, 100, "1+1=2000 64+64=1000 "));
	/* Not in the dump, a shift of no sense, too many nodes. */
	child->slots[0] = 0;
	top->slots[2] = 0xffff8880deadb002;
	g_assert_false(walk(f, head, 100, "1+1=2000 64+64=1000 "));
	top->slots[2] = 0;
	g_assert_false(walk(f, head, 1, "64+64=1000 "));
	g_assert_true(walk(f, head, 2, "1+1=2000 64+64=1000 "));
	top->shift = 7;
	g_assert_false(walk(f, head, 100, ""));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add("/xarray/single", Fixture, NULL, set_up, test_single, tear_down);
	g_test_add("/xarray/entries", Fixture, NULL, set_up, test_entries, tear_down);
	g_test_add("/xarray/broken", Fixture, NULL, set_up, test_broken, tear_down);
	return g_test_run();
}
