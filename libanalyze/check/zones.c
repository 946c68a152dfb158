/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Counters of a zone against its lists, exactly; counters of the whole machine against the census, within
 * what per-cpu batches hide.  Sources: mm/page_alloc.c account_freepages(), mm/vmstat.c.
 */
#include <string.h>

#include "check/check.h"

static int stat_item(const AnzKernel *kernel, const char *name)
{
	for (guint i = 0; i < kernel->zone_stat_items->len; i++)
		if (g_str_equal(g_array_index(kernel->zone_stat_items, AnzStatItem, i).name, name))
			return g_array_index(kernel->zone_stat_items, AnzStatItem, i).number;
	return -1;
}

typedef struct {
	guint64 pages;		/* on all lists but isolated ones, unaccepted ones included */
	guint64 cma, blocks;
} Listed;

static Listed count_listed(const AnzChecker *checker, guint zone)
{
	const GArray *lists = checker->lists->free_lists;
	const AnzKernel *kernel = checker->kernel;
	Listed sum = { .pages = checker->lists->listed_pages[zone] -
				checker->lists->isolated_pages[zone] };

	for (guint i = 0; i < lists->len; i++) {
		const AnzFreeList *list = &g_array_index(lists, AnzFreeList, i);
		guint64 pages = list->nr_blocks << list->order;

		if (list->zone != zone || (int)list->migratetype == kernel->migrate_isolate)
			continue;
		if (g_str_equal(kernel->migratetype_names[list->migratetype], "cma"))
			sum.cma += pages;
		if (list->order >= kernel->pageblock_order)
			sum.blocks += pages;
	}
	return sum;
}

/* One counter of @zone, which is @expected, or as much less as nothing tells (0: it does). */
static void compare(AnzChecker *checker, AnzRule rule, const AnzZone *zone, const char *counter,
		    guint64 expected, guint64 perhaps_less)
{
	int item = stat_item(checker->kernel, counter);
	g_autofree char *name = NULL;
	AnzFinding *finding;

	if (item < 0) {
		anz_check_not_here(checker, rule, "this kernel has no such counter");
		return;
	}
	if (!zone->stat) {
		anz_check_unreadable(checker, rule, 1);
		return;
	}
	anz_check_evaluated(checker, rule, 1);
	if ((guint64)zone->stat[item] == expected || (guint64)zone->stat[item] == expected - perhaps_less)
		return;
	finding = anz_findings_add(checker->findings, rule, zone->id, ANZ_NO_PFN, zone->address,
				   checker->lists->broken ? "not all lists could be walked" :
				   checker->kernel->stat_deltas_missing ?
				   "the counter lacks what cpus have not folded in" :
				   anz_check_list_excuse(checker, zone->id));
	if (!finding)
		return;
	name = anz_check_zone_name(checker, zone->id);
	finding->zone = zone->id;
	finding->object = g_strdup_printf("%s of %s", counter, name);
	finding->expected = g_strdup_printf("%" G_GUINT64_FORMAT " pages, as on the lists", expected);
	finding->seen = g_strdup_printf("%" G_GINT64_FORMAT, zone->stat[item]);
}

static void check_sizes(AnzChecker *checker, const AnzZone *zone)
{
	AnzFinding *finding;

	anz_check_evaluated(checker, ANZ_RULE_ZONE_SIZES, 1);
	if (zone->managed <= zone->present && zone->present <= zone->spanned)
		return;
	finding = anz_findings_add(checker->findings, ANZ_RULE_ZONE_SIZES, zone->id, ANZ_NO_PFN,
				   zone->address, NULL);
	if (!finding)
		return;
	finding->object = anz_check_zone_name(checker, zone->id);
	finding->expected = g_strdup("managed <= present <= spanned");
	finding->seen = g_strdup_printf("managed %" G_GUINT64_FORMAT ", present %" G_GUINT64_FORMAT
					", spanned %" G_GUINT64_FORMAT, zone->managed,
					zone->present, zone->spanned);
}

/* Lines that other rules look at zone by zone, or list by list. */
static gboolean is_of_lists(const char *counter)
{
	static const char *const names[] = { "NR_FREE_PAGES", "free_area.nr_free", "page_type buddy",
					     "per_cpu_pages.count" };

	for (guint i = 0; i < G_N_ELEMENTS(names); i++)
		if (g_str_equal(counter, names[i]))
			return TRUE;
	return FALSE;
}

static const char *line_excuse(const AnzChecker *checker, const AnzReconciliation *line)
{
	/* Struct page, which counted for each page of a folio, is gone: all of it shows as mapped. */
	if (checker->kernel->memdesc && g_str_equal(line->counter, "NR_ANON_MAPPED") &&
	    line->census > line->kernel)
		return "memory descriptors do not tell which pages of a large folio are mapped";
	/* Pages that no rule could class: what they hide cannot be missed. */
	if (checker->census->pages[ANZ_CLASS_EXCLUDED] || checker->census->pages[ANZ_CLASS_UNREADABLE])
		return "part of the page array is not in the dump";
	return NULL;
}

static void check_counters(AnzChecker *checker)
{
	for (guint i = 0; i < checker->reconciliation->len; i++) {
		const AnzReconciliation *line = &g_array_index(checker->reconciliation,
							       AnzReconciliation, i);
		gint64 difference = line->census - line->kernel;
		AnzFinding *finding;

		if (is_of_lists(line->counter) || line->tolerance < 0)
			continue;
		if (!line->kernel_known) {
			anz_check_unreadable(checker, ANZ_RULE_ZONE_COUNTERS, 1);
			continue;
		}
		anz_check_evaluated(checker, ANZ_RULE_ZONE_COUNTERS, 1);
		if (ABS(difference) <= line->tolerance)
			continue;
		finding = anz_findings_add(checker->findings, ANZ_RULE_ZONE_COUNTERS, i, ANZ_NO_PFN, 0,
					   line_excuse(checker, line));
		if (!finding)
			continue;
		finding->object = g_strdup(line->counter);
		finding->expected = g_strdup_printf("%" G_GINT64_FORMAT " pages, give or take %"
						    G_GINT64_FORMAT, line->census, line->tolerance);
		finding->seen = g_strdup_printf("%" G_GINT64_FORMAT, line->kernel);
	}
}

void anz_check_zones(AnzChecker *checker)
{
	AnzKernel *kernel = checker->kernel;
	gboolean unaccepted = anz_kernel_member(kernel, "zone", "unaccepted_pages",
						&(guint64){ 0 }, NULL);

	for (guint i = 0; i < kernel->zones->len; i++) {
		const AnzZone *zone = &g_array_index(kernel->zones, AnzZone, i);
		Listed listed = count_listed(checker, i);

		check_sizes(checker, zone);
		if (!checker->lists->free_lists->len)
			continue;
		compare(checker, ANZ_RULE_ZONE_FREE_PAGES, zone, "NR_FREE_PAGES", listed.pages,
			anz_lists_perhaps_isolated(checker->lists, kernel, i));
		compare(checker, ANZ_RULE_ZONE_FREE_CMA, zone, "NR_FREE_CMA_PAGES", listed.cma, 0);
		compare(checker, ANZ_RULE_ZONE_FREE_BLOCKS, zone, "NR_FREE_PAGES_BLOCKS",
			listed.blocks, 0);
		if (unaccepted)
			compare(checker, ANZ_RULE_ZONE_UNACCEPTED, zone, "NR_UNACCEPTED",
				checker->lists->unaccepted_pages[i], 0);
		else
			anz_check_not_here(checker, ANZ_RULE_ZONE_UNACCEPTED,
					   "this kernel accepts all memory at boot");
	}
	check_counters(checker);
}
