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
	gboolean covers;	/* unaccepted: the list decides the class */
	gboolean untyped;	/* the struct page does not say what it is, nor its order */
	guint zone, order, list;
	guint64 nr_blocks;
	AnzListSpec spec;	/* its head changes from list to list */
} FreeWalk;

/* What is odd about a block; @before: how many of its frames were on a list already. */
static char *check_block(FreeWalk *walk, guint64 pfn, guint64 before)
{
	const AnzZone *zone = &g_array_index(walk->kernel->zones, AnzZone, walk->zone);
	AnzTile *tile = anz_planes_tile(walk->planes, pfn);
	guint i = anz_tile_index(pfn);
	guint64 stated;

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
	if (!walk->untyped && anz_list_stated_order(walk->kernel, walk->planes, pfn, walk->order,
						    &stated) && stated != walk->order)
		return g_strdup_printf("pfn %" G_GUINT64_FORMAT
				       " is on the list of order %u but says order %"
				       G_GUINT64_FORMAT, pfn, walk->order, stated);
	if (pfn < zone->start_pfn || pfn - zone->start_pfn >= zone->spanned)
		return g_strdup_printf("pfn %" G_GUINT64_FORMAT " lies outside the zone", pfn);
	return NULL;
}

/*
 * The list says that these frames are free, whatever their words say.  Struct pages of the classic
 * shape say so themselves (pages/spread.c); memory descriptors inside a block are stale, and
 * unaccepted blocks before 6.12 carry no type.
 */
static void cover_block(FreeWalk *walk, guint64 pfn, guint8 page_class)
{
	for (guint64 at = pfn; at < pfn + (1ull << walk->order); at++) {
		AnzTile *tile = anz_planes_tile(walk->planes, at);
		guint i = anz_tile_index(at);

		if (!tile)
			continue;
		tile->page_class[i] = page_class;
		tile->order[i] = walk->order;
		tile->attr[i] = ANZ_ATTR_ON_LIST |
				(at == pfn ? ANZ_ATTR_HEAD : ANZ_ATTR_TAIL);
		/* The zone is that of the list, where the word does not state one. */
		if (walk->kernel->memdesc)
			anz_tile_set_zone(tile, i, walk->zone);
	}
}

/* Takes a block into the books and says what is odd about it. */
static char *visit_block(guint64 pfn, gpointer data)
{
	FreeWalk *walk = data;
	AnzListBlock block = { .pfn = pfn, .position = walk->nr_blocks, .order = walk->order,
			       .zone = walk->zone, .list = walk->list };
	guint64 before = anz_list_mark(walk->planes, pfn, walk->order);
	char *wrong = check_block(walk, pfn, before);

	g_array_append_val(walk->blocks, block);
	walk->nr_blocks++;
	if (walk->kernel->memdesc || walk->covers)
		cover_block(walk, pfn, walk->covers ? ANZ_CLASS_UNACCEPTED : ANZ_CLASS_FREE);
	return wrong;
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
		walk->spec.head = area + list_offset + type * list_stride;
		list.status = anz_list_walk(kernel, walk->planes, &walk->spec, visit_block, walk,
					    &complete);
		list.nr_blocks = walk->nr_blocks;
		walk->lists->broken |= !complete;
		walk->lists->listed_pages[walk->zone] += walk->nr_blocks << walk->order;
		if (kernel->migrate_isolate == (int)type)
			walk->lists->isolated_pages[walk->zone] += walk->nr_blocks << walk->order;
		g_array_append_val(walk->lists->free_lists, list);
	}
}

static void walk_unaccepted(FreeWalk *walk, const AnzZone *zone)
{
	AnzKernel *kernel = walk->kernel;
	guint64 head, lru = 0;
	AnzListSpec spec;
	g_autofree char *status = NULL;
	gboolean complete;

	if (!anz_kernel_member(kernel, "zone", "unaccepted_pages", &head, NULL) ||
	    (!kernel->memdesc && !anz_kernel_member(kernel, "page", "lru", &lru, NULL)))
		return;
	if (kernel->memdesc)
		lru = kernel->memdesc->buddy_list;
	walk->blocks = walk->lists->unaccepted;
	walk->order = kernel->nr_orders - 1;
	/* Memory descriptors: a Buddy word, told from a free block by the list alone. */
	walk->page_class = kernel->memdesc ? ANZ_CLASS_FREE : ANZ_CLASS_KERNEL_OTHER;
	walk->untyped = !kernel->memdesc;
	for (guint i = 0; i < kernel->format.nr_types; i++)
		if (kernel->format.types[i].page_class == ANZ_CLASS_UNACCEPTED)
			walk->untyped = FALSE;
	if (!walk->untyped && !kernel->memdesc)
		walk->page_class = ANZ_CLASS_UNACCEPTED;
	walk->list = 0;
	walk->nr_blocks = 0;
	walk->covers = TRUE;
	spec = anz_list_spec(kernel, lru, zone->start_pfn);
	spec.head = zone->address + head;
	status = anz_list_walk(kernel, walk->planes, &spec, visit_block, walk, &complete);
	walk->covers = FALSE;
	walk->lists->broken |= !complete;
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
		list_stride = anz_list_head_stride(kernel);
	if (!anz_kernel_member(kernel, "free_area", "nr_free", &nr_free_offset, NULL))
		nr_free_offset = list_offset + list_stride * kernel->nr_migratetypes;
	for (guint z = 0; z < kernel->zones->len; z++) {
		const AnzZone *zone = &g_array_index(kernel->zones, AnzZone, z);

		walk.zone = z;
		walk.blocks = lists->free_blocks;
		walk.page_class = ANZ_CLASS_FREE;
		walk.untyped = FALSE;
		walk.spec = anz_list_spec(kernel, kernel->format.list, zone->start_pfn);
		for (guint order = 0; order < kernel->nr_orders; order++) {
			walk.order = order;
			walk_free_area(&walk, zone->address + area_offset + order * area_size,
				       list_offset, list_stride, nr_free_offset);
		}
		walk_unaccepted(&walk, zone);
	}
}
