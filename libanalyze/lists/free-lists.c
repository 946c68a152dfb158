/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * zone->free_area[order].free_list[migratetype]: the buddy allocator's lists, and unaccepted blocks
 * (zone->unaccepted_pages, always of the largest order).
 * Source: include/linux/mmzone.h, mm/page_alloc.c.
 */
#include <string.h>

#include "lists/lists-priv.h"

typedef struct {
	AnzKernel *kernel;
	AnzPlanes *planes;
	AnzLists *lists;
	GArray *blocks;		/* of AnzListBlock: where reached blocks go */
	guint8 page_class;	/* that a block's first page must have */
	gboolean untyped;	/* the struct page does not say what it is, nor its order */
	guint zone, order, list;
	guint64 nr_blocks;
} FreeWalk;

/* Takes a block into the books and says what is odd about it. */
static char *visit_block(guint64 pfn, gpointer data)
{
	FreeWalk *walk = data;
	const AnzZone *zone = &g_array_index(walk->kernel->zones, AnzZone, walk->zone);
	AnzTile *tile = anz_planes_tile(walk->planes, pfn);
	guint i = anz_tile_index(pfn);
	AnzListBlock block = { .pfn = pfn, .position = walk->nr_blocks, .order = walk->order,
			       .zone = walk->zone, .list = walk->list };
	guint64 before;

	g_array_append_val(walk->blocks, block);
	walk->nr_blocks++;
	before = anz_list_mark(walk->planes, pfn, walk->order);
	if (pfn & ((1ull << walk->order) - 1))
		return g_strdup_printf("pfn %" G_GUINT64_FORMAT " is not aligned to order %u", pfn,
				       walk->order);
	if (before)
		return g_strdup_printf("the block at pfn %" G_GUINT64_FORMAT
				       " overlaps another listed block", pfn);
	if (tile->page_class[i] != walk->page_class)
		return g_strdup_printf("pfn %" G_GUINT64_FORMAT
				       " is on the list but its struct page says %s", pfn,
				       anz_page_class_info(tile->page_class[i])->name);
	if (!walk->untyped && tile->order[i] != walk->order)
		return g_strdup_printf("pfn %" G_GUINT64_FORMAT
				       " is on the list of order %u but says order %u", pfn,
				       walk->order, tile->order[i]);
	if (pfn < zone->start_pfn || pfn - zone->start_pfn >= zone->spanned)
		return g_strdup_printf("pfn %" G_GUINT64_FORMAT " lies outside the zone", pfn);
	return NULL;
}

static void walk_free_area(FreeWalk *walk, guint64 area, guint64 list_offset, guint64 list_stride,
			   guint64 nr_free_offset)
{
	AnzKernel *kernel = walk->kernel;
	guint64 nr_free = 0;
	gboolean known = anz_kernel_read_ulong(kernel, area + nr_free_offset, &nr_free);

	for (guint type = 0; type < kernel->nr_migratetypes; type++) {
		AnzFreeList list = { .zone = walk->zone, .order = walk->order,
				     .migratetype = type, .nr_free = nr_free,
				     .nr_free_known = known };
		gboolean complete;

		walk->list = type;
		walk->nr_blocks = 0;
		list.status = anz_list_walk(kernel, walk->planes,
					    area + list_offset + type * list_stride,
					    kernel->format.list, visit_block, walk, &complete);
		list.nr_blocks = walk->nr_blocks;
		walk->lists->broken |= !complete;
		walk->lists->listed_pages[walk->zone] += walk->nr_blocks << walk->order;
		if (kernel->migrate_isolate == (int)type)
			walk->lists->isolated_pages[walk->zone] += walk->nr_blocks << walk->order;
		g_array_append_val(walk->lists->free_lists, list);
	}
}

/* Unaccepted blocks before 6.12 carry no page type: the list alone says what they are. */
static void cover_unaccepted(AnzPlanes *planes, guint64 pfn, guint order)
{
	for (guint64 at = pfn; at < pfn + (1ull << order); at++) {
		AnzTile *tile = anz_planes_tile(planes, at);
		guint i = anz_tile_index(at);

		if (!tile)
			continue;
		tile->page_class[i] = ANZ_CLASS_UNACCEPTED;
		tile->order[i] = order;
		tile->attr[i] |= at == pfn ? ANZ_ATTR_HEAD : ANZ_ATTR_TAIL;
	}
}

static void walk_unaccepted(FreeWalk *walk, const AnzZone *zone)
{
	AnzKernel *kernel = walk->kernel;
	guint first = walk->lists->unaccepted->len;
	guint64 head, lru;
	g_autofree char *status = NULL;
	gboolean complete;

	if (!anz_kernel_member(kernel, "zone", "unaccepted_pages", &head, NULL) ||
	    !anz_kernel_member(kernel, "page", "lru", &lru, NULL))
		return;
	walk->blocks = walk->lists->unaccepted;
	walk->order = kernel->nr_orders - 1;
	walk->page_class = ANZ_CLASS_KERNEL_OTHER;
	walk->untyped = TRUE;
	for (guint i = 0; i < kernel->format.nr_types; i++)
		if (kernel->format.types[i].page_class == ANZ_CLASS_UNACCEPTED)
			walk->untyped = FALSE;
	if (!walk->untyped)
		walk->page_class = ANZ_CLASS_UNACCEPTED;
	walk->list = 0;
	walk->nr_blocks = 0;
	status = anz_list_walk(kernel, walk->planes, zone->address + head, lru, visit_block, walk,
			       &complete);
	walk->lists->broken |= !complete;
	for (guint i = first; i < walk->lists->unaccepted->len; i++)
		cover_unaccepted(walk->planes,
				 g_array_index(walk->lists->unaccepted, AnzListBlock, i).pfn,
				 walk->order);
	walk->lists->unaccepted_pages[walk->zone] = walk->nr_blocks << walk->order;
	walk->lists->listed_pages[walk->zone] += walk->nr_blocks << walk->order;
	if (!g_str_equal(status, "ok"))
		anz_kernel_remark(kernel, "warning", "free-list", 1,
				  "unaccepted pages of node %u zone %s: %s", zone->nid, zone->name,
				  status);
}

void anz_lists_walk_free(AnzKernel *kernel, AnzPlanes *planes, AnzLists *lists)
{
	guint64 area_offset, area_size, list_offset, list_stride, nr_free_offset, nr;
	FreeWalk walk = { .kernel = kernel, .planes = planes, .lists = lists };

	if (!anz_kernel_member(kernel, "zone", "free_area", &area_offset, NULL) ||
	    !anz_kernel_sizeof(kernel, "free_area", &area_size) ||
	    !anz_kernel_member(kernel, "free_area", "free_list", &list_offset, NULL)) {
		anz_kernel_remark(kernel, "warning", "free-list", 1,
				  "struct free_area is not in the type information: free lists were "
				  "not walked");
		lists->broken = TRUE;
		return;
	}
	if (!anz_kernel_array_len(kernel, "free_area", "free_list", &nr, &list_stride) ||
	    !list_stride)
		list_stride = 16;
	if (!anz_kernel_member(kernel, "free_area", "nr_free", &nr_free_offset, NULL))
		nr_free_offset = list_offset + list_stride * kernel->nr_migratetypes;
	for (guint z = 0; z < kernel->zones->len; z++) {
		const AnzZone *zone = &g_array_index(kernel->zones, AnzZone, z);

		walk.zone = z;
		walk.blocks = lists->free_blocks;
		walk.page_class = ANZ_CLASS_FREE;
		walk.untyped = FALSE;
		for (guint order = 0; order < kernel->nr_orders; order++) {
			walk.order = order;
			walk_free_area(&walk, zone->address + area_offset + order * area_size,
				       list_offset, list_stride, nr_free_offset);
		}
		walk_unaccepted(&walk, zone);
	}
}
