/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Freelists of slabs: every form of stored links, and lists that are broken. */
#include "kernel-util.h"

#include <string.h>

#include "graph/freelist.h"

#define TEXT(...) TEXT_(__VA_ARGS__)
#define TEXT_(...) #__VA_ARGS__
#define SLAB_TYPES(random) \
	struct kmem_cache { unsigned int size, offset; const char *name; random };

#define SIZE 64
#define OFFSET 16
#define OBJECTS 64
#define RANDOM 0x123456789abcdef0ull

typedef enum { PLAIN, XOR, SWAB } Form;

typedef struct {
	TestMachine *m;
	AnzGraph *graph;
	AnzFreelistWalker *walker;
	GByteArray *bits;
	guint8 *page;
	guint64 base;
	AnzCache cache;
	AnzSlab slab;
	Form form;
} Fixture;

static void set_up(Fixture *f, gconstpointer data)
{
	f->form = GPOINTER_TO_UINT(data);
	f->m = test_machine_new();
	test_machine_types(f->m, f->form == PLAIN ? TEXT(MACHINE_TYPES SLAB_TYPES()) :
			   TEXT(MACHINE_TYPES SLAB_TYPES(unsigned long random;)));
	test_machine_open(f->m, NULL);
	f->base = test_machine_alloc(f->m, 4096, 4096);
	f->page = test_machine_at(f->m, f->base);
	f->graph = anz_graph_new(f->m->kernel, NULL, NULL, NULL, NULL);
	f->bits = g_byte_array_new();
	f->walker = anz_freelist_walker_new(f->graph, f->bits);
	f->cache = (AnzCache){ .size = SIZE, .offset = OFFSET,
			       .random = f->form == PLAIN ? 0 : RANDOM };
	f->slab = (AnzSlab){ .address = 0xffffea0000001000, .nr_pages = 1, .nr_objects = OBJECTS,
			     .pfn = (f->base - MACHINE_DIRECT_MAP) >> 12, .status = "ok" };
}

static void tear_down(Fixture *f, gconstpointer data)
{
	anz_freelist_walker_free(f->walker);
	g_byte_array_unref(f->bits);
	anz_graph_free(f->graph);
	test_machine_free(f->m);
}

static guint64 object(const Fixture *f, guint index)
{
	return f->base + (guint64)index * SIZE;
}

/* As set_freepointer() stores it. */
static void link_to(Fixture *f, guint index, guint64 next)
{
	guint64 at = object(f, index) + OFFSET;

	if (f->form == XOR)
		next ^= RANDOM ^ at;
	else if (f->form == SWAB)
		next ^= RANDOM ^ GUINT64_SWAP_LE_BE(at);
	memcpy(f->page + (at - f->base), &next, 8);
}

/* A list of the objects named, the last of them -1. */
static guint64 make_list(Fixture *f, const int *objects)
{
	for (guint i = 0; objects[i] >= 0; i++)
		link_to(f, objects[i], objects[i + 1] < 0 ? 0 : object(f, objects[i + 1]));
	return object(f, objects[0]);
}

static void walk(Fixture *f, guint nr_inuse)
{
	f->slab.nr_inuse = nr_inuse;
	f->slab.status = "ok";
	f->slab.nr_free = 0;
	anz_freelist_walk(f->walker, &f->cache, &f->slab);
}

static gboolean is_free(const Fixture *f, guint index)
{
	return f->bits->data[f->slab.free_map + index / 8] >> (index % 8) & 1;
}

static void test_lists(Fixture *f, gconstpointer data)
{
	static const int some[] = { 5, 63, 0, 17, -1 }, none[] = { 9, -1 };

	f->slab.freelist = 0;
	walk(f, OBJECTS);
	g_assert_cmpuint(f->slab.nr_free, ==, 0);
	g_assert_cmpstr(f->slab.status, ==, "ok");
	f->slab.freelist = make_list(f, some);
	walk(f, OBJECTS - 4);
	g_assert_cmpstr(f->slab.status, ==, "ok");
	g_assert_cmpuint(f->slab.nr_free, ==, 4);
	for (guint i = 0; i < OBJECTS; i++)
		g_assert_cmpint(is_free(f, i), ==, i == 5 || i == 63 || i == 0 || i == 17);
	/* Now that the form is known, a list of one object is read by it. */
	f->slab.freelist = make_list(f, none);
	walk(f, OBJECTS - 1);
	g_assert_cmpstr(f->slab.status, ==, "ok");
	g_assert_true(is_free(f, 9));
}

/* A cpu's active slab: what the cpu's list holds counts as in use, what others freed does not. */
static void test_cpu_list(Fixture *f, gconstpointer data)
{
	static const int own[] = { 1, 2, -1 }, of_cpu[] = { 40, 30, 20, -1 };

	f->slab.freelist = make_list(f, own);
	f->slab.frozen = TRUE;
	anz_freelist_defer(f->walker, &f->slab, make_list(f, of_cpu));
	walk(f, OBJECTS - 2);
	g_assert_cmpstr(f->slab.status, ==, "ok");
	g_assert_cmpuint(f->slab.nr_free, ==, 5);
	g_assert_true(is_free(f, 40) && is_free(f, 1) && !is_free(f, 41));
	walk(f, OBJECTS);
	g_assert_cmpstr(f->slab.status, ==, "its freelist is broken");
}

static void test_broken(Fixture *f, gconstpointer data)
{
	static const int good[] = { 1, 2, 3, -1 }, circle[] = { 4, 5, 6, -1 };

	f->slab.freelist = make_list(f, good);
	walk(f, OBJECTS - 3);
	g_assert_cmpstr(f->slab.status, ==, "ok");
	/* Fewer free objects than the counter says. */
	walk(f, OBJECTS - 4);
	g_assert_cmpstr(f->slab.status, ==, "its freelist is broken");
	/* A circle ends. */
	f->slab.freelist = make_list(f, circle);
	link_to(f, 6, object(f, 4));
	walk(f, OBJECTS - 3);
	g_assert_cmpstr(f->slab.status, ==, "its freelist is broken");
	g_assert_cmpuint(f->slab.nr_free, ==, 3);
	/* Into the middle of an object, out of the slab, before it. */
	for (guint i = 0; i < 3; i++) {
		const guint64 wrong[] = { object(f, 7) + 8, f->base + 4096, f->base - SIZE };

		make_list(f, circle);
		link_to(f, 5, wrong[i]);
		walk(f, OBJECTS - 3);
		g_assert_cmpstr(f->slab.status, ==, "its freelist is broken");
	}
	g_assert_cmpuint(f->cache.nr_bad, ==, 5);
	anz_freelist_report(f->walker);
	g_assert_cmpuint(test_machine_remarks(f->m, "freelist is broken"), ==, 1);
	g_assert_nonnull(test_machine_fact(f->m, "slab freelists"));
}

/* The slab's memory is not there: its objects count as in use, and that is said. */
static void test_unread(Fixture *f, gconstpointer data)
{
	f->slab.pfn = 0x100000;
	f->slab.freelist = MACHINE_DIRECT_MAP + (0x100000ull << 12);
	walk(f, OBJECTS - 3);
	g_assert_cmpstr(f->slab.status, ==, "its freelist is not in the dump");
	g_assert_cmpuint(f->cache.nr_unread, ==, 1);
}

int main(int argc, char **argv)
{
	static const char *const names[] = { "plain", "xor", "swab" };

	g_test_init(&argc, &argv, NULL);
	for (guint form = PLAIN; form <= SWAB; form++) {
		static const struct {
			const char *name;
			void (*func)(Fixture *f, gconstpointer data);
		} tests[] = {
			{ "lists", test_lists }, { "cpu-list", test_cpu_list },
			{ "broken", test_broken }, { "unread", test_unread },
		};

		for (guint i = 0; i < G_N_ELEMENTS(tests); i++) {
			g_autofree char *path = g_strdup_printf("/freelist/%s/%s", names[form],
								tests[i].name);

			g_test_add(path, Fixture, GUINT_TO_POINTER(form), set_up, tests[i].func,
				   tear_down);
		}
	}
	return g_test_run();
}
