/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* check/: the census sums up, and is held against the kernel's own counters. */
#include "check/census.h"
#include "kernel-util.h"

#define TEXT_OF(...) #__VA_ARGS__
#define AS_TEXT(types) TEXT_OF(types)

typedef struct {
	AnzPlanes *planes;
	AnzLists *lists;
	AnzCensus *census;
	GArray *lines;
} Books;

static Books *balance(TestMachine *m)
{
	Books *b = g_new0(Books, 1);
	GError *error = NULL;

	test_machine_open(m, NULL);
	b->planes = anz_planes_decode(m->kernel, 1, 0, NULL, NULL, NULL, NULL, NULL, NULL, &error);
	g_assert_no_error(error);
	b->lists = anz_lists_walk(m->kernel, b->planes, NULL, &error);
	g_assert_no_error(error);
	anz_planes_finish(b->planes, m->kernel, NULL, &error);
	g_assert_no_error(error);
	b->census = anz_census_take(b->planes, NULL, &error);
	g_assert_no_error(error);
	b->lines = anz_census_reconcile(b->census, b->lists, m->kernel);
	return b;
}

static void books_free(Books *b)
{
	g_array_unref(b->lines);
	anz_census_free(b->census);
	anz_lists_free(b->lists);
	anz_planes_free(b->planes);
	g_free(b);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Books, books_free)

static const AnzReconciliation *line(const Books *b, const char *counter)
{
	for (guint i = 0; i < b->lines->len; i++)
		if (g_str_equal(g_array_index(b->lines, AnzReconciliation, i).counter, counter))
			return &g_array_index(b->lines, AnzReconciliation, i);
	g_error("no line %s", counter);
}

static void assert_line(const Books *b, const char *counter, gint64 kernel, gint64 census)
{
	const AnzReconciliation *l = line(b, counter);

	g_assert_true(l->kernel_known);
	g_assert_cmpint(l->kernel, ==, kernel);
	g_assert_cmpint(l->census, ==, census);
}

static void set_type(TestMachine *m, guint64 pfn, guint type)
{
	test_machine_page(m, pfn)->page_type = type << 24;
}

static TestMachine *busy_machine(void)
{
	TestMachine *m = test_machine_new();

	test_machine_free_block(m, 1024, 10, MIGRATE_UNMOVABLE);
	test_machine_free_block(m, 4096, 3, MIGRATE_MOVABLE);
	test_machine_free_block(m, 4112, 0, MIGRATE_MOVABLE);
	test_machine_free_block(m, 4160, 4, MIGRATE_ISOLATE);
	test_machine_pcp_block(m, 5000, 2, 1, 6);
	set_type(m, 6000, PGTY_slab);
	set_type(m, 6001, PGTY_slab);
	set_type(m, 6002, PGTY_table);
	test_machine_page(m, 6003)->mapping = (void *)0xffff888000001001;
	test_machine_page(m, 6003)->_mapcount = 0;
	test_machine_page(m, 6004)->mapping = (void *)0xffff888000001000;
	test_machine_page(m, 6005)->mapping = (void *)0xffff888000001000;
	test_machine_page(m, 6005)->flags |= 1 << PG_swapbacked;
	m->node->vm_stat[NR_SLAB_RECLAIMABLE_B] = 1;
	m->node->vm_stat[NR_SLAB_UNRECLAIMABLE_B] = 1;
	m->node->vm_stat[NR_PAGETABLE] = 1;
	m->node->vm_stat[NR_ANON_MAPPED] = 1;
	m->node->vm_stat[NR_FILE_PAGES] = 2;
	m->node->vm_stat[NR_SHMEM] = 1;
	return m;
}

/* Counters by their names before 5.9, and page tables counted by zone, as before 5.11. */
static void test_old_names(void)
{
	g_autoptr(TestMachine) m = busy_machine();
	g_autoptr(GString) source = g_string_new(AS_TEXT(MACHINE_TYPES));
	g_autoptr(Books) b = NULL;

	g_assert_cmpuint(g_string_replace(source, "CLAIMABLE_B", "CLAIMABLE", 0), ==, 2);
	g_assert_cmpuint(g_string_replace(source, "NR_PAGETABLE", "NR_OTHER", 0), ==, 1);
	g_assert_cmpuint(g_string_replace(source, "NR_MLOCK", "NR_PAGETABLE", 0), ==, 1);
	test_machine_types(m, source->str);
	test_machine_zone(m, 1)->vm_stat[NR_MLOCK] = 5;
	b = balance(m);
	assert_line(b, "NR_SLAB", 2, 2);
	assert_line(b, "NR_PAGETABLE", 5, 1);
}

static void test_balanced(void)
{
	g_autoptr(TestMachine) m = busy_machine();
	g_autoptr(Books) b = balance(m);
	guint64 sum = 0, cells = 0;

	/* Isolated blocks are on lists and are free, but do not count in NR_FREE_PAGES. */
	assert_line(b, "NR_FREE_PAGES", 1033, 1033);
	assert_line(b, "free_area.nr_free", 1049, 1049);
	assert_line(b, "page_type buddy", 1049, 1049);
	assert_line(b, "per_cpu_pages.count", 4, 4);
	assert_line(b, "NR_SLAB", 2, 2);
	assert_line(b, "NR_PAGETABLE", 1, 1);
	assert_line(b, "NR_ANON_MAPPED", 1, 1);
	assert_line(b, "NR_FILE_PAGES", 2, 2);
	assert_line(b, "NR_SHMEM", 1, 1);
	for (guint c = 0; c < ANZ_NR_CLASSES; c++)
		sum += b->census->pages[c];
	g_assert_cmpuint(sum, ==, MACHINE_FRAMES);
	g_assert_cmpuint(b->census->max_pfn, ==, MACHINE_FRAMES);
	g_assert_cmpuint(b->census->pages[ANZ_CLASS_FREE], ==, 1049);
	g_assert_cmpuint(b->census->pages[ANZ_CLASS_FREE_PCP], ==, 4);
	g_assert_cmpuint(b->census->mapped[ANZ_CLASS_ANON], ==, 1);
	for (guint i = 0; i < b->census->cells->len; i++)
		cells += g_array_index(b->census->cells, AnzCensusCell, i).nr_pages;
	g_assert_cmpuint(cells, ==, MACHINE_FRAMES);
}

/* Each kind of imbalance shows in its own line, with its sign. */
static void test_imbalances(void)
{
	g_autoptr(TestMachine) m = busy_machine();
	g_autoptr(Books) b = NULL;

	test_machine_zone(m, 1)->vm_stat[NR_FREE_PAGES] += 5;
	test_machine_zone(m, 1)->free_area[3].nr_free++;
	set_type(m, 7000, PGTY_buddy);	/* on no list */
	test_machine_pcp(m, 1, 0)->count = 3;
	set_type(m, 7001, PGTY_slab);
	b = balance(m);
	assert_line(b, "NR_FREE_PAGES", 1038, 1033);
	assert_line(b, "free_area.nr_free", 1057, 1049);
	assert_line(b, "page_type buddy", 1050, 1049);
	assert_line(b, "per_cpu_pages.count", 7, 4);
	assert_line(b, "NR_SLAB", 2, 3);
}

/* Pages of KFENCE's pool are marked as slabs, and no counter has them. */
static void test_kfence(void)
{
	g_autoptr(TestMachine) m = busy_machine();
	g_autoptr(Books) b = NULL;

	set_type(m, 7001, PGTY_slab);
	b = balance(m);
	g_array_unref(b->lines);
	b->census->kfence = 1;
	b->lines = anz_census_reconcile(b->census, b->lists, m->kernel);
	assert_line(b, "NR_SLAB", 2, 2);
}

/* Of live memory: what went from hand to hand meanwhile, and what per-cpu lists gave back or took. */
static void test_moving(void)
{
	g_autoptr(TestMachine) m = busy_machine();
	g_autoptr(Books) b = balance(m);
	g_autoptr(GArray) lines = NULL;
	gint64 on_pcp = 0, walked;

	g_assert_true(anz_lists_pcp_counts(m->kernel, &on_pcp));
	g_assert_cmpint(on_pcp, ==, line(b, "per_cpu_pages.count")->kernel);
	g_assert_true(anz_lists_pcp_sum(b->lists, &walked));
	g_assert_cmpint(walked, ==, on_pcp);
	g_assert_cmpint(on_pcp, >, 0);
	b->census->moved = 100;
	b->census->drained = 20;
	lines = anz_census_reconcile(b->census, b->lists, m->kernel);
	for (guint i = 0; i < lines->len; i++) {
		const AnzReconciliation *l = &g_array_index(lines, AnzReconciliation, i);
		const AnzReconciliation *still = &g_array_index(b->lines, AnzReconciliation, i);
		gboolean is_free = strstr(l->counter, "free") || strstr(l->counter, "FREE") ||
				   strstr(l->counter, "buddy") || strstr(l->counter, "per_cpu");

		if (still->tolerance < 0)
			g_assert_cmpint(l->tolerance, <, 0);
		else
			g_assert_cmpint(l->tolerance, ==, still->tolerance + (is_free ? 120 : 100));
	}
}

/* An unaccepted block on its list counts as free; one on no list leaves the lists' line alone. */
static void test_unaccepted(void)
{
	g_autoptr(TestMachine) m = busy_machine();
	struct zone *zone = test_machine_zone(m, 1);
	g_autoptr(Books) b = NULL;

	set_type(m, 7168, PGTY_unaccepted);
	test_list_add(m, &zone->unaccepted_pages, &test_machine_page(m, 7168)->lru);
	zone->vm_stat[NR_FREE_PAGES] += 1024;
	set_type(m, 3072, PGTY_unaccepted);
	b = balance(m);
	assert_line(b, "NR_FREE_PAGES", 2057, 2057);
	assert_line(b, "free_area.nr_free", 1049, 1049);
	g_assert_cmpuint(b->census->pages[ANZ_CLASS_UNACCEPTED], ==, 2048);
}

/* Counters that cannot be: differences stay in range (and the sanitizer stays silent). */
static void test_senseless_counters(void)
{
	g_autoptr(TestMachine) m = busy_machine();
	g_autoptr(Books) b = NULL;

	test_machine_zone(m, 0)->vm_stat[NR_FREE_PAGES] = G_MAXINT64;
	test_machine_zone(m, 1)->vm_stat[NR_FREE_PAGES] = G_MAXINT64;
	test_machine_zone(m, 1)->free_area[10].nr_free = G_MAXUINT64;
	m->node->vm_stat[NR_SLAB_RECLAIMABLE_B] = G_MININT64;
	m->node->vm_stat[NR_SLAB_UNRECLAIMABLE_B] = G_MININT64;
	for (guint cpu = 0; cpu < MACHINE_CPUS; cpu++) {
		struct per_cpu_zonestat *stat = test_machine_at(m,
			(guint64)(gsize)test_machine_zone(m, 0)->per_cpu_zonestats +
			m->percpu_offset[cpu]);

		stat->vm_stat_diff[NR_FREE_PAGES] = 100;
	}
	b = balance(m);
	for (guint i = 0; i < b->lines->len; i++) {
		const AnzReconciliation *l = &g_array_index(b->lines, AnzReconciliation, i);

		g_assert_cmpint(ABS(l->kernel - l->census), <, (gint64)1 << 60);
	}
	g_assert_cmpint(line(b, "NR_SLAB")->kernel, <, -1000000);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/reconcile/kfence", test_kfence);
	g_test_add_func("/reconcile/balanced", test_balanced);
	g_test_add_func("/reconcile/old-names", test_old_names);
	g_test_add_func("/reconcile/imbalances", test_imbalances);
	g_test_add_func("/reconcile/moving", test_moving);
	g_test_add_func("/reconcile/unaccepted", test_unaccepted);
	g_test_add_func("/reconcile/senseless-counters", test_senseless_counters);
	return g_test_run();
}
