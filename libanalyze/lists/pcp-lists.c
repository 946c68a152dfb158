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
	AnzKernel *kernel;
	AnzPlanes *planes;
	AnzLists *lists;
	guint zone, cpu, list, order;
	guint64 nr_pages;
	guint32 position;
} PcpWalk;

typedef struct {
	const char *zone_member;	/* per-cpu pointer in struct zone */
	guint64 base;			/* of struct per_cpu_pages in what it points at */
	guint64 lists_offset, list_stride, nr_lists;
	guint nr_types;			/* MIGRATE_PCPTYPES */
} PcpLayout;

static const char *class_name_at(const AnzPlanes *planes, guint64 pfn)
{
	const AnzTile *tile = anz_planes_tile(planes, pfn);

	return anz_page_class_info(tile->page_class[anz_tile_index(pfn)])->name;
}

/*
 * A page of a per-cpu list carries no type in the classic shape and a Buddy word among memory
 * descriptors; one of the classic shape that says "free block" belongs to a free list.
 */
static gboolean may_be_free(const PcpWalk *walk, guint64 pfn)
{
	const AnzTile *tile = anz_planes_tile(walk->planes, pfn);

	return tile->page_class[anz_tile_index(pfn)] ==
	       (walk->kernel->memdesc ? ANZ_CLASS_FREE : ANZ_CLASS_KERNEL_OTHER);
}

static char *visit_block(guint64 pfn, gpointer data)
{
	PcpWalk *walk = data;
	AnzListBlock block = { .pfn = pfn, .position = walk->position++, .cpu = walk->cpu,
			       .order = walk->order, .zone = walk->zone, .list = walk->list };
	char *wrong = NULL;
	guint64 before;

	g_array_append_val(walk->lists->pcp_blocks, block);
	walk->nr_pages += 1ull << walk->order;
	before = anz_list_mark(walk->planes, pfn, walk->order);
	if (pfn & ((1ull << walk->order) - 1))
		wrong = g_strdup_printf("pfn %" G_GUINT64_FORMAT " is not aligned to order %u", pfn,
					walk->order);
	else if (before)
		wrong = g_strdup_printf("the block at pfn %" G_GUINT64_FORMAT
					" overlaps another listed block", pfn);
	if (!wrong && !may_be_free(walk, pfn))
		wrong = g_strdup_printf("pfn %" G_GUINT64_FORMAT
					" is on a per-cpu list but its struct page says %s", pfn,
					class_name_at(walk->planes, pfn));
	/* What carries a type or a mapping is not free, whatever list it is on. */
	if (!may_be_free(walk, pfn))
		return wrong;
	for (guint64 at = pfn; at < pfn + (1ull << walk->order); at++) {
		AnzTile *tile = anz_planes_tile(walk->planes, at);
		guint i = anz_tile_index(at);

		if (!tile)
			continue;
		/* Behind the first page of a block words are stale. */
		tile->page_class[i] = ANZ_CLASS_FREE_PCP;
		tile->order[i] = walk->order;
		tile->attr[i] &= ANZ_ATTR_ON_LIST | (walk->kernel->memdesc ? 0 : ANZ_ATTR_HWPOISON);
		if (walk->kernel->memdesc)
			anz_tile_set_zone(tile, i, walk->zone);
		tile->attr[i] |= at == pfn ? ANZ_ATTR_HEAD : ANZ_ATTR_TAIL;
	}
	return wrong;
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

static void walk_set(PcpWalk *walk, const PcpLayout *layout, guint64 address)
{
	AnzKernel *kernel = walk->kernel;
	AnzPcpSet set = { .zone = walk->zone, .cpu = walk->cpu, .high = -1 };
	AnzListSpec spec = anz_list_spec(kernel, kernel->memdesc ? kernel->memdesc->pcp_list :
					 kernel->format.list,
					 g_array_index(kernel->zones, AnzZone,
						       walk->zone).start_pfn);
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
		g_autofree char *status = NULL;
		gboolean complete;

		walk->list = i;
		walk->order = order_of_list(layout, kernel, i);
		walk->position = 0;
		spec.head = address + layout->lists_offset + i * layout->list_stride;
		status = anz_list_walk(kernel, walk->planes, &spec, visit_block, walk, &complete);
		walk->lists->broken |= !complete;
		if (!set.status && !g_str_equal(status, "ok"))
			set.status = g_strdup_printf("list %u: %s", i, status);
	}
	set.nr_pages = walk->nr_pages;
	walk->lists->pcp_pages[walk->zone] += walk->nr_pages;
	if (!set.status)
		set.status = g_strdup("ok");
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
	    !layout->list_stride || layout->nr_lists > MAX_PCP_LISTS)
		return FALSE;
	layout->nr_types = 3;
	if (anz_kernel_enumerator(kernel, "migratetype", "MIGRATE_PCPTYPES", &value) && value > 0 &&
	    value < MAX_PCP_LISTS)
		layout->nr_types = value;
	return TRUE;
}

void anz_lists_walk_pcp(AnzKernel *kernel, AnzPlanes *planes, AnzLists *lists)
{
	PcpWalk walk = { .kernel = kernel, .planes = planes, .lists = lists };
	PcpLayout layout = { 0 };
	guint64 percpu;

	if (!resolve_layout(kernel, &layout)) {
		anz_kernel_remark(kernel, "warning", "pcp", 1,
				  "struct per_cpu_pages is not as any known kernel has it: per-cpu "
				  "page lists were not walked; their pages show as kernel-other");
		return;
	}
	for (guint z = 0; z < kernel->zones->len; z++) {
		const AnzZone *zone = &g_array_index(kernel->zones, AnzZone, z);

		walk.zone = z;
		if (!anz_kernel_read_member(kernel, zone->address, "zone", layout.zone_member,
					    &percpu))
			continue;
		for (guint i = 0; i < kernel->possible_cpus->len; i++) {
			walk.cpu = g_array_index(kernel->possible_cpus, guint, i);
			walk_set(&walk, &layout, percpu + layout.base +
				 kernel->percpu_offset[walk.cpu]);
		}
	}
}
