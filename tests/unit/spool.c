/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * pages/spool.c: what is in a spool does not depend on where it lies, memory stays below the budget, no
 * file is left behind, and without a place for files it goes on in memory.
 */
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "pages/spool.h"

#define NR 100000u
#define PAGE 4096u	/* what each spool may always have */

typedef struct {
	guint32 key;
	guint32 serial;		/* in which order they were added */
	char filling[16];
} Element;

static char *folder;

static int by_key(gconstpointer a, gconstpointer b, gpointer data)
{
	const Element *x = a, *y = b;

	++*(guint *)data;
	return x->key < y->key ? -1 : x->key > y->key;
}

static AnzSpoolRoom *make_room(guint64 budget)
{
	AnzSpoolRoom *room = anz_spool_room_new(budget);

	anz_spool_room_set_folder(room, folder);
	return room;
}

/* In lots of one to seven elements. */
static void fill(AnzSpool *spool, guint nr, guint32 nr_keys)
{
	Element lot[7] = { 0 };
	GRand *random = g_rand_new_with_seed(8);

	for (guint i = 0, n; i < nr; i += n) {
		n = MIN(i % 7 + 1, nr - i);
		for (guint k = 0; k < n; k++)
			lot[k] = (Element){ .key = g_rand_int_range(random, 0, nr_keys), .serial = i + k,
					    .filling = "filling" };
		anz_spool_append(spool, lot, n);
	}
	g_rand_free(random);
}

static void assert_alike(const AnzSpool *a, const AnzSpool *b)
{
	g_assert_cmpuint(a->len, ==, b->len);
	g_assert_cmpmem(a->data, a->len * sizeof(Element), b->data, b->len * sizeof(Element));
}

static void assert_folder_empty(void)
{
	GDir *dir = g_dir_open(folder, 0, NULL);

	g_assert_null(g_dir_read_name(dir));
	g_dir_close(dir);
}

static void test_budgets(void)
{
	static const guint64 budgets[] = { 0, PAGE, 100000, NR * sizeof(Element) / 2 };
	AnzSpoolRoom *wide = make_room(G_MAXUINT64);
	AnzSpool *model = anz_spool_new(wide, sizeof(Element));

	fill(model, NR, G_MAXINT32);
	g_assert_cmpuint(model->len, ==, NR);
	g_assert_cmpuint(anz_spool_index(model, Element, NR - 1).serial, ==, NR - 1);
	g_assert_cmpuint(anz_spool_room_file_bytes(wide), ==, 0);
	g_assert_cmpuint(anz_spool_room_memory_bytes(wide), >=, NR * sizeof(Element));
	for (guint i = 0; i < G_N_ELEMENTS(budgets); i++) {
		AnzSpoolRoom *room = make_room(budgets[i]);
		AnzSpool *a = anz_spool_new(room, sizeof(Element));
		AnzSpool *b = anz_spool_new(room, sizeof(Element));

		fill(a, NR, G_MAXINT32);
		fill(b, NR / 10, G_MAXINT32);
		assert_alike(a, model);
		g_assert_cmpint(memcmp(b->data, model->data, b->len * sizeof(Element)), ==, 0);
		g_assert_cmpuint(anz_spool_room_memory_bytes(room), <=, budgets[i] + 2 * PAGE);
		g_assert_cmpuint(anz_spool_room_file_bytes(room), >=, NR * sizeof(Element));
		g_assert_null(anz_spool_room_trouble(room));
		assert_folder_empty();
		/* What was said of @a is b's as well, once it is gone. */
		anz_spool_clear(a);
		g_assert_cmpuint(a->len, ==, 0);
		fill(a, 10, G_MAXINT32);
		g_assert_cmpint(memcmp(a->data, model->data, 10 * sizeof(Element)), ==, 0);
		anz_spool_free(a);
		anz_spool_free(b);
		g_assert_cmpuint(anz_spool_room_memory_bytes(room), ==, 0);
		g_assert_cmpuint(anz_spool_room_file_bytes(room), ==, 0);
		anz_spool_room_unref(room);
	}
	anz_spool_free(model);
	anz_spool_room_unref(wide);
}

/* By key, those of one key as they were added. */
static void assert_sorted(const AnzSpool *spool)
{
	for (guint i = 1; i < spool->len; i++) {
		const Element *it = &anz_spool_index(spool, Element, i - 1);

		g_assert_cmpuint(it[0].key, <=, it[1].key);
		if (it[0].key == it[1].key)
			g_assert_cmpuint(it[0].serial, <, it[1].serial);
	}
}

static void test_sort(void)
{
	static const guint lengths[] = { 0, 1, 2, 1000, 16384, 16385, 3 * 16384, NR };

	for (guint i = 0; i < G_N_ELEMENTS(lengths); i++)
		for (guint64 budget = 0; budget <= 1ull << 30; budget = budget ? budget << 10 : 1 << 20) {
			AnzSpoolRoom *room = make_room(budget);
			AnzSpool *spool = anz_spool_new(room, sizeof(Element));
			guint calls = 0;

			fill(spool, lengths[i], 5000);
			anz_spool_sort(spool, by_key, &calls);
			g_assert_cmpuint(spool->len, ==, lengths[i]);
			assert_sorted(spool);
			/* What is in order is looked at once. */
			calls = 0;
			anz_spool_sort(spool, by_key, &calls);
			g_assert_cmpuint(calls, ==, lengths[i] ? lengths[i] - 1 : 0);
			g_assert_cmpuint(anz_spool_room_memory_bytes(room), <=, budget + PAGE);
			anz_spool_free(spool);
			g_assert_cmpuint(anz_spool_room_file_bytes(room), ==, 0);
			anz_spool_room_unref(room);
		}
	assert_folder_empty();
}

static void test_lengths(void)
{
	AnzSpoolRoom *room = make_room(0);
	AnzSpool *spool = anz_spool_new(room, sizeof(Element));
	const Element zero = { 0 };

	fill(spool, 1000, 100);
	anz_spool_set_len(spool, 10);
	anz_spool_set_len(spool, NR);
	g_assert_cmpuint(anz_spool_index(spool, Element, 9).serial, ==, 9);
	for (guint i = 10; i < NR; i++)
		g_assert_cmpmem(&anz_spool_index(spool, Element, i), sizeof(zero), &zero, sizeof(zero));
	anz_spool_free(spool);
	anz_spool_room_unref(room);
	/* Nobody's budget. */
	spool = anz_spool_new(NULL, sizeof(Element));
	fill(spool, NR, 100);
	g_assert_cmpuint(anz_spool_index(spool, Element, NR - 1).serial, ==, NR - 1);
	anz_spool_free(spool);
}

/* No place for a file, or none for a longer one. */
static void test_trouble(void)
{
	AnzSpoolRoom *room = anz_spool_room_new(0);
	AnzSpool *spool = anz_spool_new(room, sizeof(Element));
	AnzSpoolRoom *wide = make_room(G_MAXUINT64);
	AnzSpool *model = anz_spool_new(wide, sizeof(Element));
	struct rlimit old, least;

	fill(model, NR, G_MAXINT32);
	anz_spool_room_set_folder(room, "/there/is/no/such/folder");
	fill(spool, NR, G_MAXINT32);
	assert_alike(spool, model);
	g_assert_true(g_str_has_prefix(anz_spool_room_trouble(room), "/there/is/no/such/folder: "));
	g_assert_cmpuint(anz_spool_room_file_bytes(room), ==, 0);
	anz_spool_free(spool);
	anz_spool_room_unref(room);

	room = make_room(0);
	spool = anz_spool_new(room, sizeof(Element));
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &old);
	least = old;
	least.rlim_cur = 1 << 20;
	setrlimit(RLIMIT_FSIZE, &least);
	fill(spool, NR / 10, G_MAXINT32);
	g_assert_cmpuint(anz_spool_room_file_bytes(room), >, 0);
	g_assert_null(anz_spool_room_trouble(room));
	anz_spool_clear(spool);
	fill(spool, NR, G_MAXINT32);
	setrlimit(RLIMIT_FSIZE, &old);
	assert_alike(spool, model);
	g_assert_nonnull(anz_spool_room_trouble(room));
	g_assert_cmpuint(anz_spool_room_memory_bytes(room), >=, NR * sizeof(Element));
	g_assert_cmpuint(anz_spool_room_file_bytes(room), ==, 0);
	anz_spool_free(spool);
	anz_spool_room_unref(room);
	anz_spool_free(model);
	anz_spool_room_unref(wide);
	assert_folder_empty();
}

/* Nobody waits for a file to be written, but what was put in is still there. */
static void test_cancel(void)
{
	AnzSpoolRoom *room = make_room(NR), *wide = make_room(G_MAXUINT64);
	AnzSpool *spool = anz_spool_new(room, sizeof(Element));
	AnzSpool *model = anz_spool_new(wide, sizeof(Element));
	gint cancel = 1;

	anz_spool_room_set_cancel(room, &cancel);
	fill(spool, NR, G_MAXINT32);
	fill(model, NR, G_MAXINT32);
	assert_alike(spool, model);
	g_assert_cmpuint(anz_spool_room_file_bytes(room), ==, 0);
	anz_spool_free(spool);
	anz_spool_free(model);
	anz_spool_room_unref(room);
	anz_spool_room_unref(wide);
	assert_folder_empty();
}

int main(int argc, char **argv)
{
	int failed;

	g_test_init(&argc, &argv, NULL);
	folder = g_dir_make_tmp("spool-XXXXXX", NULL);
	g_test_add_func("/spool/budgets", test_budgets);
	g_test_add_func("/spool/sort", test_sort);
	g_test_add_func("/spool/lengths", test_lengths);
	g_test_add_func("/spool/trouble", test_trouble);
	g_test_add_func("/spool/cancel", test_cancel);
	failed = g_test_run();
	g_rmdir(folder);
	g_free(folder);
	return failed;
}
