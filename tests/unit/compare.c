/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Two analyses of one invented machine: every page counted once, every run of change told once. */
#include <string.h>

#include "store-util.h"

static gboolean collect(const AnzChange *change, gpointer data)
{
	g_array_append_val((GArray *)data, *change);
	return TRUE;
}

static gboolean only_one(const AnzChange *change, gpointer data)
{
	++*(guint *)data;
	return FALSE;
}

static AnzStore *open_changed(StoreFixture *f, Map *map)
{
	g_autofree char *path = make_file(f->folder, "later.db", map);
	g_autoptr(GError) error = NULL;
	AnzStore *store = anz_store_open(path, &error);

	g_assert_no_error(error);
	return store;
}

static void test_changes(StoreFixture *f, gconstpointer data)
{
	g_autoptr(Map) later = map_new(1);
	g_autoptr(GArray) changes = g_array_new(FALSE, FALSE, sizeof(AnzChange));
	g_autoptr(GError) error = NULL;
	AnzComparison result;
	guint64 sum = 0, in_runs = 0, off_diagonal = 0;

	/* across the border of two tiles, alone, and up to the map's end */
	memset(later->page_class + 2 * ANZ_TILE_PAGES - 10, ANZ_CLASS_ANON, 15);
	later->page_class[77] = (guint8)((later->page_class[77] + 1) % ANZ_NR_CLASSES);
	for (guint64 pfn = MAP_FRAMES - 4; pfn < MAP_FRAMES; pfn++)
		later->page_class[pfn] = later->page_class[pfn] == ANZ_CLASS_KSM ? ANZ_CLASS_ANON :
			ANZ_CLASS_KSM;

	g_autoptr(AnzStore) after = open_changed(f, later);

	g_assert_true(anz_compare(f->store, after, &result, collect, changes, NULL, &error));
	g_assert_no_error(error);
	g_assert_cmpuint(result.nr_pages, ==, MAP_FRAMES);
	g_assert_cmpuint(result.nr_changes, ==, changes->len);
	for (guint from = 0; from < ANZ_NR_CLASSES; from++) {
		for (guint to = 0; to < ANZ_NR_CLASSES; to++) {
			sum += result.pages[from][to];
			off_diagonal += from == to ? 0 : result.pages[from][to];
		}
	}
	g_assert_cmpuint(sum, ==, MAP_FRAMES);
	g_assert_cmpuint(off_diagonal, ==, result.nr_changed);
	g_assert_cmpuint(result.nr_changed, ==, 15 + 1 + 4);
	for (guint i = 0; i < changes->len; i++) {
		const AnzChange *c = &g_array_index(changes, AnzChange, i);

		in_runs += c->nr_pages;
		for (guint64 pfn = c->pfn; pfn < c->pfn + c->nr_pages; pfn++) {
			g_assert_cmpuint(f->map->page_class[pfn], ==, c->from);
			g_assert_cmpuint(later->page_class[pfn], ==, c->to);
		}
	}
	g_assert_cmpuint(in_runs, ==, result.nr_changed);
	g_assert_cmpuint(g_array_index(changes, AnzChange, 0).pfn, ==, 77);
	/* slab to anon up to the border, then hole to anon */
	g_assert_cmpuint(g_array_index(changes, AnzChange, 1).nr_pages, ==, 10);
	g_assert_cmpuint(g_array_index(changes, AnzChange, 2).from, ==, ANZ_CLASS_HOLE);
	g_assert_cmpuint(g_array_index(changes, AnzChange, 2).nr_pages, ==, 5);
}

static void test_same(StoreFixture *f, gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	AnzComparison result;
	guint calls = 0;

	g_assert_true(anz_compare(f->store, f->store, &result, only_one, &calls, NULL, &error));
	g_assert_cmpuint(result.nr_changed, ==, 0);
	g_assert_cmpuint(calls, ==, 0);
	g_assert_cmpuint(result.pages[ANZ_CLASS_SLAB][ANZ_CLASS_SLAB], >=, ANZ_TILE_PAGES);
}

static void test_stops(StoreFixture *f, gconstpointer data)
{
	g_autoptr(Map) later = map_new(2);
	g_autoptr(AnzStore) after = open_changed(f, later);
	g_autoptr(GError) error = NULL;
	AnzComparison result;
	guint calls = 0;
	gint cancel = 1;

	g_assert_true(anz_compare(f->store, after, &result, only_one, &calls, NULL, &error));
	g_assert_cmpuint(calls, ==, 1);
	g_assert_false(anz_compare(f->store, after, &result, NULL, NULL, &cancel, &error));
	assert_message(error, ANZ_ERROR_CANCELLED, "cancelled");
}

static void test_page_sizes(StoreFixture *f, gconstpointer data)
{
	g_autofree char *path = make_file(f->folder, "big-pages.db", f->map);
	g_autoptr(AnzStore) after = NULL;
	g_autoptr(GError) error = NULL;
	AnzComparison result;

	edit_file(path, "UPDATE snapshot SET page_size = 65536");
	after = anz_store_open(path, &error);
	g_assert_no_error(error);
	g_assert_false(anz_compare(f->store, after, &result, NULL, NULL, NULL, &error));
	assert_message(error, ANZ_ERROR_ARGUMENT, "cannot be compared");
}

/* A name or twice the memory tells machines apart; what is not known does not. */
static void test_machines(StoreFixture *f, gconstpointer data)
{
	static const struct {
		const char *edit, *words;
	} cases[] = {
		{ "UPDATE meta SET value = '100' WHERE key = 'memory.ram_frames'", NULL },
		{ "INSERT OR REPLACE INTO meta VALUES (1, 'memory.ram_frames', '230')",
		  "100 pages of memory there, 230 here" },
		{ "UPDATE meta SET value = 'elsewhere' WHERE key = 'kernel.hostname'",
		  "host topsecrethost there, elsewhere here, 100 pages of memory there, 230 here" },
		{ "DELETE FROM meta WHERE key IN ('kernel.hostname', 'memory.ram_frames')", NULL },
		{ "UPDATE meta SET value = 'aarch64' WHERE key = 'kernel.arch'",
		  "architecture x86_64 there, aarch64 here" },
	};
	g_autofree char *path = make_file(f->folder, "other.db", f->map);

	anz_store_close(f->store);
	edit_file(f->path, "INSERT OR REPLACE INTO meta VALUES (1, 'memory.ram_frames', '100')");
	f->store = anz_store_open(f->path, NULL);
	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(AnzStore) other = NULL;
		g_autofree char *words = NULL;

		edit_file(path, cases[i].edit);
		other = anz_store_open(path, NULL);
		words = anz_compare_machines(f->store, other);
		g_assert_cmpstr(words, ==, cases[i].words);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	ADD_STORE_TEST("compare/changes", test_changes);
	ADD_STORE_TEST("compare/same", test_same);
	ADD_STORE_TEST("compare/stops", test_stops);
	ADD_STORE_TEST("compare/page-sizes", test_page_sizes);
	ADD_STORE_TEST("compare/machines", test_machines);
	return g_test_run();
}
