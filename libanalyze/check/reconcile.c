/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Census against the kernel's own counters.  Free pages must agree exactly; other counters are
 * batched per cpu, and what a batch can hide is the tolerance.  Sources: mm/vmstat.c,
 * mm/page_alloc.c account_freepages(), mm/hugetlb.c, mm/slub.c.
 */
#include "check/census.h"

typedef struct {
	AnzKernel *kernel;
	gint64 moved, drained;	/* as in AnzCensus */
	GArray *lines;
} Reconciler;

/* Far beyond any machine; keeps sums and differences of senseless counters in range. */
#define MAX_COUNTER ((gint64)1 << 56)

static gint64 add_counter(gint64 sum, gint64 counter)
{
	return CLAMP(sum + CLAMP(counter, -MAX_COUNTER, MAX_COUNTER), -MAX_COUNTER, MAX_COUNTER);
}

static int item_number(const GArray *items, const char *name)
{
	for (guint i = 0; i < items->len; i++)
		if (g_str_equal(g_array_index(items, AnzStatItem, i).name, name))
			return g_array_index(items, AnzStatItem, i).number;
	return -1;
}

/* Sum over zones (or nodes) of the named counters; FALSE if one does not exist or is unreadable. */
static gboolean zone_sum(const AnzKernel *kernel, const char *name, gint64 *sum)
{
	int number = item_number(kernel->zone_stat_items, name);
	gint64 total = 0;

	if (number < 0 || !kernel->zones->len)
		return FALSE;
	for (guint i = 0; i < kernel->zones->len; i++) {
		const AnzZone *zone = &g_array_index(kernel->zones, AnzZone, i);

		if (!zone->stat)
			return FALSE;
		total = add_counter(total, zone->stat[number]);
	}
	*sum = add_counter(*sum, total);
	return TRUE;
}

static gboolean node_sum(const AnzKernel *kernel, const char *name, gint64 *sum)
{
	int number = item_number(kernel->node_stat_items, name);
	gint64 total = 0;

	if (number < 0 || !kernel->nodes->len)
		return FALSE;
	for (guint i = 0; i < kernel->nodes->len; i++) {
		if (!kernel->node_stat[i])
			return FALSE;
		total = add_counter(total, kernel->node_stat[i][number]);
	}
	*sum = add_counter(*sum, total);
	return TRUE;
}

static void add_line(Reconciler *reconciler, const char *counter, gboolean known, gint64 kernel,
		     gint64 census, gint64 tolerance, const char *meaning)
{
	AnzReconciliation line = { .counter = counter, .kernel_known = known, .kernel = kernel,
				   .census = census, .tolerance = tolerance,
				   .meaning = meaning };

	/* No page that stood still while the others were counted makes a difference. */
	if (tolerance >= 0)
		line.tolerance = reconciler->moved < 0 ? -1 : tolerance + reconciler->moved;
	g_array_append_val(reconciler->lines, line);
}

/* As add_line(), of what goes to per-cpu lists and comes from there. */
static void add_free_line(Reconciler *reconciler, const char *counter, gboolean known, gint64 kernel,
			  gint64 census, gint64 tolerance, const char *meaning)
{
	add_line(reconciler, counter, known, kernel, census,
		 tolerance < 0 ? tolerance : tolerance + reconciler->drained, meaning);
}

/* hstates[0..hugetlb_max_hstate): pages of every pool, of whatever size. */
static gboolean hugetlb_pages(AnzKernel *kernel, gint64 *pages)
{
	guint64 hstates, count_address, size, order, nr;
	guint32 count;

	if (!anz_kernel_symbol(kernel, "hstates", &hstates) ||
	    !anz_kernel_symbol(kernel, "hugetlb_max_hstate", &count_address) ||
	    !anz_kernel_read_u32(kernel, count_address, &count) || count > 16 ||
	    !anz_kernel_sizeof(kernel, "hstate", &size))
		return FALSE;
	for (guint i = 0; i < count; i++) {
		if (!anz_kernel_read_member(kernel, hstates + i * size, "hstate", "order", &order) ||
		    !anz_kernel_read_member(kernel, hstates + i * size, "hstate", "nr_huge_pages",
					    &nr) || order > 40)
			return FALSE;
		*pages = add_counter(*pages, MIN(nr, (guint64)MAX_COUNTER >> order) << order);
	}
	return TRUE;
}

/*
 * Page types from 6.15 on and Misc words mark large kmalloc() pages; nothing before does, nor do
 * words whose descriptors are the struct pages of such a kernel.
 */
static gboolean marks_large_kmalloc(const AnzKernel *kernel)
{
	if (kernel->memdesc)
		return !kernel->memdesc->vmemmap_descriptors;
	for (guint i = 0; i < kernel->format.nr_types; i++)
		if (kernel->format.types[i].page_class == ANZ_CLASS_LARGE_KMALLOC)
			return TRUE;
	return FALSE;
}

guint64 anz_lists_perhaps_isolated(const AnzLists *lists, const AnzKernel *kernel, guint zone)
{
	guint last = kernel->nr_migratetypes - 1;
	guint64 pages = 0;

	if (kernel->migrate_isolate >= 0 || !kernel->nr_migratetypes ||
	    !g_str_has_prefix(kernel->migratetype_names[last], "type"))
		return 0;
	for (guint i = 0; i < lists->free_lists->len; i++) {
		const AnzFreeList *list = &g_array_index(lists->free_lists, AnzFreeList, i);

		if (list->zone == zone && list->migratetype == last)
			pages += list->nr_blocks << list->order;
	}
	return pages;
}

GArray *anz_census_reconcile(const AnzCensus *census, const AnzLists *lists, AnzKernel *kernel)
{
	Reconciler reconciler = { .kernel = kernel, .moved = census->moved,
				  .drained = census->drained,
				  .lines = g_array_new(FALSE, TRUE, sizeof(AnzReconciliation)) };
	const guint64 *pages = census->pages;
	gint64 tolerance = kernel->stat_deltas_missing ? -1 : (gint64)kernel->stat_tolerance;
	gint64 listed = 0, isolated = 0, perhaps = 0, unaccepted = 0, pcp = 0, pcp_count, nr_free = 0, value;
	gboolean known, counts_known = lists->free_lists->len > 0;

	for (guint i = 0; i < kernel->zones->len; i++) {
		listed += lists->listed_pages[i];
		isolated += lists->isolated_pages[i];
		perhaps += anz_lists_perhaps_isolated(lists, kernel, i);
		unaccepted += lists->unaccepted_pages[i];
		pcp += lists->pcp_pages[i];
	}
	for (guint i = 0; i < lists->free_lists->len; i++) {
		const AnzFreeList *list = &g_array_index(lists->free_lists, AnzFreeList, i);

		counts_known &= list->nr_free_known;
		/* nr_free belongs to the order: count it once, with the first of its lists. */
		if (!list->migratetype)
			nr_free = add_counter(nr_free,
					      MIN(list->nr_free,
						  (guint64)MAX_COUNTER >> list->order) <<
					      list->order);
	}
	value = 0;
	known = zone_sum(kernel, "NR_FREE_PAGES", &value);
	if (known && value == listed - isolated - perhaps)
		isolated += perhaps;
	add_free_line(&reconciler, "NR_FREE_PAGES", known, value, listed - isolated,
		      kernel->stat_deltas_missing ? -1 : 0,
		      "free pages on the buddy lists and unaccepted pages, isolated ones left out");
	add_free_line(&reconciler, "free_area.nr_free", counts_known, nr_free,
		      listed - unaccepted, 0,
		      "blocks reached on the free lists, in pages");
	/* Memory descriptors on per-cpu lists say that they are free, too. */
	add_free_line(&reconciler, "page_type buddy", counts_known, pages[ANZ_CLASS_FREE],
		      listed - unaccepted, kernel->memdesc && lists->pcp_unknown ? -1 : 0,
		      "pages that say they are free, and pages that a free list reaches");
	known = anz_lists_pcp_sum(lists, &pcp_count);
	add_free_line(&reconciler, "per_cpu_pages.count", known, pcp_count, pcp, 0,
		      "pages on per-cpu lists");

	value = 0;
	known = node_sum(kernel, "NR_SLAB_RECLAIMABLE_B", &value) &&
		node_sum(kernel, "NR_SLAB_UNRECLAIMABLE_B", &value);
	/* Before 5.9 the names had no unit. */
	if (!known) {
		value = 0;
		known = node_sum(kernel, "NR_SLAB_RECLAIMABLE", &value) &&
			node_sum(kernel, "NR_SLAB_UNRECLAIMABLE", &value);
	}
	add_line(&reconciler, "NR_SLAB", known, value,
		 pages[ANZ_CLASS_SLAB] + pages[ANZ_CLASS_LARGE_KMALLOC] - census->kfence,
		 marks_large_kmalloc(kernel) ? tolerance : -1,
		 marks_large_kmalloc(kernel) && census->kfence ?
		 "slab pages and large kmalloc() pages, KFENCE's left out" :
		 marks_large_kmalloc(kernel) ?
		 "slab pages and large kmalloc() pages" :
		 "slab pages; the kernel adds large kmalloc() pages, few of which can be told before 6.15");
	value = 0;
	/* A counter of the zone before 5.11. */
	known = node_sum(kernel, "NR_PAGETABLE", &value) ||
		zone_sum(kernel, "NR_PAGETABLE", &value);
	node_sum(kernel, "NR_SECONDARY_PAGETABLE", &value);
	/* What is counted is marked as well (pagetable_pte_ctor()), and what is not is not. */
	add_line(&reconciler, "NR_PAGETABLE", known, value,
		 pages[ANZ_CLASS_PAGE_TABLE] - census->unmarked[ANZ_CLASS_PAGE_TABLE], tolerance,
		 census->unmarked[ANZ_CLASS_PAGE_TABLE] ?
		 "page-table pages but for top tables and the kernel's own, which carry no mark" :
		 "page-table pages");
	value = 0;
	known = node_sum(kernel, "NR_ANON_MAPPED", &value);
	add_line(&reconciler, "NR_ANON_MAPPED", known, value,
		 census->mapped[ANZ_CLASS_ANON] + census->mapped[ANZ_CLASS_KSM] +
		 census->mapped[ANZ_CLASS_SWAP_CACHE], tolerance,
		 "mapped anonymous pages, KSM and swap cache included");
	value = 0;
	known = node_sum(kernel, "NR_FILE_PAGES", &value);
	add_line(&reconciler, "NR_FILE_PAGES", known, value,
		 pages[ANZ_CLASS_FILE] + pages[ANZ_CLASS_SHMEM] + pages[ANZ_CLASS_SWAP_CACHE],
		 tolerance, "page cache: file, shmem and swap cache");
	value = 0;
	known = node_sum(kernel, "NR_SHMEM", &value);
	add_line(&reconciler, "NR_SHMEM", known, value, pages[ANZ_CLASS_SHMEM], tolerance,
		 "shmem pages");
	value = 0;
	known = hugetlb_pages(kernel, &value);
	if (known || pages[ANZ_CLASS_HUGETLB])
		add_line(&reconciler, "hstate.nr_huge_pages", known, value,
			 pages[ANZ_CLASS_HUGETLB], 0, "pages of hugetlb pools");
	return reconciler.lines;
}
