/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Per-cpu page lists: zone->per_cpu_pageset, a per-cpu struct per_cpu_pages whose lists[] hold
 * blocks of order 0 to 3 by migratetype and, behind those, huge pages.  Their pages
 * look like any untyped page with refcount 0: only the list tells.  Before 5.14 the struct was
 * per_cpu_pageset.pcp behind zone->pageset and held single pages.
 * Source: mm/page_alloc.c, order_to_pindex().
 */
#include "lists/lists-priv.h"

#define COSTLY_ORDER 3		/* PAGE_ALLOC_COSTLY_ORDER, unchanged since 2.6 */
#define MAX_PCP_LISTS 64

typedef struct {
	const char *zone_member;	/* per-cpu pointer in struct zone */
	guint64 base;			/* of struct per_cpu_pages in what it points at */
	guint64 lists_offset, list_stride, nr_lists;
	guint nr_types;			/* MIGRATE_PCPTYPES */
} PcpLayout;

typedef struct {
	AnzKernel *kernel;
	PcpLayout layout;
	const AnzPlanes *planes;
	AnzCover *cover;
	AnzLists *lists;
	AnzCoverBlock block;	/* what all blocks of this list have in common */
	guint cpu, list;
	guint64 nr_pages;
	guint32 position;
} PcpWalk;

static void visit_block(guint64 pfn, gpointer data)
{
	PcpWalk *walk = data;
	AnzListBlock listed = { .pfn = pfn, .position = walk->position, .cpu = walk->cpu,
				.order = walk->block.order, .zone = walk->block.zone,
				.list = walk->list };

	g_array_append_val(walk->lists->pcp_blocks, listed);
	walk->nr_pages += 1ull << walk->block.order;
	walk->block.pfn = pfn;
	walk->block.position = walk->position++;
	anz_cover_add(walk->cover, &walk->block);
}

static guint order_of_list(const PcpLayout *layout, const AnzKernel *kernel, guint index)
{
	if (layout->nr_lists <= layout->nr_types)
		return 0;
	if (index < layout->nr_types * (COSTLY_ORDER + 1))
		return index / layout->nr_types;
	/*
	 * One or two lists of huge pages.  Their order is that of a PMD; PAGE_BLOCK_MAX_ORDER may
	 * make pageblocks smaller than that.
	 */
	return MAX(kernel->pageblock_order, MIN(kernel->page_shift - 3, kernel->nr_orders - 1));
}

static void walk_set(PcpWalk *walk, guint64 address)
{
	AnzKernel *kernel = walk->kernel;
	const PcpLayout *layout = &walk->layout;
	guint zone = walk->block.zone;
	AnzPcpSet set = { .zone = zone, .cpu = walk->cpu, .address = address, .high = -1 };
	AnzListSpec spec = anz_list_spec(kernel, kernel->memdesc ? kernel->memdesc->pcp_list :
					 kernel->format.list,
					 g_array_index(kernel->zones, AnzZone, zone).start_pfn);
	guint64 value;

	if (!anz_kernel_read_member(kernel, address, "per_cpu_pages", "count", &value)) {
		set.count = -1;
		set.status = g_strdup("not in the dump");
		g_array_append_val(walk->lists->pcp_sets, set);
		walk->lists->broken = TRUE;
		return;
	}
	set.count = (gint32)value;
	if (anz_kernel_read_member(kernel, address, "per_cpu_pages", "high", &value))
		set.high = (gint32)value;
	walk->nr_pages = 0;
	for (guint i = 0; i < layout->nr_lists; i++) {
		const AnzWalkedList what = { .family = ANZ_FAMILY_PCP, .list = i,
					     .index = walk->lists->pcp_sets->len };

		walk->list = i;
		walk->position = 0;
		walk->block.order = order_of_list(layout, kernel, i);
		spec.head = address + layout->lists_offset + i * layout->list_stride;
		walk->lists->broken |= !anz_cover_walk(walk->cover, kernel, walk->planes, &spec,
						       &what, &walk->block, visit_block, walk);
	}
	set.nr_pages = walk->nr_pages;
	walk->lists->pcp_pages[zone] += walk->nr_pages;
	g_array_append_val(walk->lists->pcp_sets, set);
}

static gboolean resolve_layout(AnzKernel *kernel, PcpLayout *layout)
{
	guint64 offset;
	gint64 value;

	if (anz_kernel_member(kernel, "zone", "per_cpu_pageset", &offset, NULL)) {
		layout->zone_member = "per_cpu_pageset";
		layout->base = 0;
	} else if (anz_kernel_member(kernel, "zone", "pageset", &offset, NULL) &&
		   anz_kernel_member(kernel, "per_cpu_pageset", "pcp", &layout->base, NULL)) {
		layout->zone_member = "pageset";
	} else {
		return FALSE;
	}
	if (!anz_kernel_member(kernel, "per_cpu_pages", "lists", &layout->lists_offset, NULL) ||
	    !anz_kernel_array_len(kernel, "per_cpu_pages", "lists", &layout->nr_lists,
				  &layout->list_stride) ||
	    layout->nr_lists > MAX_PCP_LISTS)
		return FALSE;
	if (!layout->list_stride)
		layout->list_stride = anz_list_head_stride(kernel);
	layout->nr_types = 3;
	if (anz_kernel_enumerator(kernel, "migratetype", "MIGRATE_PCPTYPES", &value) && value > 0 &&
	    value < MAX_PCP_LISTS)
		layout->nr_types = value;
	return TRUE;
}

typedef void (*SetFunc)(AnzKernel *kernel, guint zone, guint cpu, guint64 address, gpointer data);

/* Calls @func for each zone and cpu; %FALSE if those of some zone cannot be found. */
static gboolean each_set(AnzKernel *kernel, const PcpLayout *layout, SetFunc func, gpointer data)
{
	gboolean whole = TRUE;
	guint64 percpu;

	for (guint z = 0; z < kernel->zones->len; z++) {
		const AnzZone *zone = &g_array_index(kernel->zones, AnzZone, z);

		if (!anz_kernel_read_member(kernel, zone->address, "zone", layout->zone_member, &percpu)) {
			whole = FALSE;
			continue;
		}
		for (guint i = 0; i < kernel->possible_cpus->len; i++) {
			guint cpu = g_array_index(kernel->possible_cpus, guint, i);

			func(kernel, z, cpu, percpu + layout->base + kernel->percpu_offset[cpu], data);
		}
	}
	return whole;
}

static void walk_set_of(AnzKernel *kernel, guint zone, guint cpu, guint64 address, gpointer data)
{
	PcpWalk *walk = data;

	/*
	 * A page of a per-cpu list carries no type in the classic shape and a Buddy word
	 * among memory descriptors; one of the classic shape that says "free block" belongs
	 * to a free list.
	 */
	walk->block = (AnzCoverBlock){ .zone = zone, .page_class = kernel->memdesc ?
				       ANZ_CLASS_FREE : ANZ_CLASS_KERNEL_OTHER };
	walk->cpu = cpu;
	walk_set(walk, address);
}

void anz_lists_walk_pcp(AnzKernel *kernel, const AnzPlanes *planes, AnzCover *cover,
			AnzLists *lists)
{
	PcpWalk walk = { .kernel = kernel, .planes = planes, .cover = cover, .lists = lists };

	lists->pcp_unknown = !kernel->possible_cpus->len;
	if (!resolve_layout(kernel, &walk.layout)) {
		lists->pcp_unknown = TRUE;
		anz_kernel_remark(kernel, "warning", "pcp", 1,
				  "struct per_cpu_pages is not as any known kernel has it: per-cpu "
				  "page lists were not walked; their pages show as %s",
				  kernel->memdesc ? "free" : "kernel-other");
		return;
	}
	lists->pcp_unknown |= !each_set(kernel, &walk.layout, walk_set_of, &walk);
}

gboolean anz_lists_pcp_sum(const AnzLists *lists, gint64 *pages)
{
	gboolean known = lists->pcp_sets->len > 0;

	*pages = 0;
	for (guint i = 0; i < lists->pcp_sets->len; i++) {
		gint64 count = g_array_index(lists->pcp_sets, AnzPcpSet, i).count;

		known &= count >= 0;
		*pages += MAX(count, 0);
	}
	return known;
}

typedef struct {
	gint64 pages;
	gboolean whole;
} Counts;

static void add_count(AnzKernel *kernel, guint zone, guint cpu, guint64 address, gpointer data)
{
	Counts *counts = data;
	guint64 count;

	(void)zone;
	(void)cpu;
	if (anz_kernel_read_member(kernel, address, "per_cpu_pages", "count", &count))
		counts->pages += MAX((gint32)count, 0);
	else
		counts->whole = FALSE;
}

gboolean anz_lists_pcp_counts(AnzKernel *kernel, gint64 *pages)
{
	PcpLayout layout = { 0 };
	Counts counts = { .whole = TRUE };
	gboolean found = resolve_layout(kernel, &layout) && each_set(kernel, &layout, add_count, &counts);

	*pages = counts.pages;
	return found && counts.whole;
}
