/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * zone->free_area[order].free_list[migratetype]: the buddy allocator's lists, and unaccepted blocks
 * (zone->unaccepted_pages, always of the largest order).
 * Source: include/linux/mmzone.h, mm/page_alloc.c.
 */
#include "lists/lists-priv.h"

typedef struct {
	AnzKernel *kernel;
	const AnzPlanes *planes;
	AnzCover *cover;
	AnzLists *lists;
	GArray *blocks;		/* of AnzListBlock: where reached blocks go */
	AnzCoverBlock block;	/* what all blocks of this list have in common */
	gboolean untyped;	/* the struct page does not say what it is, nor its order */
	guint list;
	guint64 nr_blocks;
	AnzListSpec spec;	/* its head changes from list to list */
} FreeWalk;

/* Takes a block into the books and says what is odd about it. */
static void visit_block(guint64 pfn, gpointer data)
{
	FreeWalk *walk = data;
	AnzCoverBlock *block = &walk->block;
	const AnzZone *zone = &g_array_index(walk->kernel->zones, AnzZone, block->zone);
	AnzListBlock listed = { .pfn = pfn, .position = walk->nr_blocks, .order = block->order,
				.zone = block->zone, .list = walk->list };
	guint64 stated;

	g_array_append_val(walk->blocks, listed);
	block->pfn = pfn;
	block->position = walk->nr_blocks++;
	if (!anz_cover_add(walk->cover, block))
		return;
	if (walk->kernel->memdesc && !walk->untyped &&
	    anz_list_stated_order(walk->kernel, walk->planes, pfn, block->order, &stated) &&
	    stated != block->order)
		anz_cover_note(walk->cover, block, ANZ_FAULT_ORDER, stated,
			       g_strdup_printf("pfn %" G_GUINT64_FORMAT
					       " is on the list of order %u but says order %"
					       G_GUINT64_FORMAT, pfn, block->order, stated));
	if (pfn < zone->start_pfn ||
	    pfn + (1ull << block->order) > zone->start_pfn + zone->spanned)
		anz_cover_note(walk->cover, block, ANZ_FAULT_OUTSIDE, 0,
			       g_strdup_printf("pfn %" G_GUINT64_FORMAT " lies outside the zone",
					       pfn));
}

/* Walks the list whose head is walk->spec.head. */
static void walk_list(FreeWalk *walk, AnzListFamily family, guint index)
{
	const AnzWalkedList what = { .family = family, .index = index };

	walk->nr_blocks = 0;
	walk->lists->broken |= !anz_cover_walk(walk->cover, walk->kernel, walk->planes,
					       &walk->spec, &what, &walk->block, visit_block, walk);
}

static void walk_free_area(FreeWalk *walk, guint64 area, guint64 list_offset, guint64 list_stride,
			   guint64 nr_free_offset)
{
	AnzKernel *kernel = walk->kernel;
	guint zone = walk->block.zone, order = walk->block.order;
	guint64 nr_free = 0;
	gboolean known = anz_kernel_read_ulong(kernel, area + nr_free_offset, &nr_free);

	for (guint type = 0; type < kernel->nr_migratetypes; type++) {
		AnzFreeList list = { .zone = zone, .order = order, .migratetype = type,
				     .nr_free = nr_free, .nr_free_known = known };

		walk->list = type;
		walk->spec.head = area + list_offset + type * list_stride;
		walk_list(walk, ANZ_FAMILY_FREE, walk->lists->free_lists->len);
		list.nr_blocks = walk->nr_blocks;
		walk->lists->listed_pages[zone] += walk->nr_blocks << order;
		if (kernel->migrate_isolate == (int)type)
			walk->lists->isolated_pages[zone] += walk->nr_blocks << order;
		g_array_append_val(walk->lists->free_lists, list);
	}
}

static void walk_unaccepted(FreeWalk *walk, const AnzZone *zone)
{
	AnzKernel *kernel = walk->kernel;
	guint64 head, lru = 0;
	guint64 nr_pages;

	if (!anz_kernel_member(kernel, "zone", "unaccepted_pages", &head, NULL) ||
	    (!kernel->memdesc && !anz_kernel_member(kernel, "page", "lru", &lru, NULL)))
		return;
	if (kernel->memdesc)
		lru = kernel->memdesc->buddy_list;
	walk->blocks = walk->lists->unaccepted;
	walk->block.order = kernel->nr_orders - 1;
	/* Memory descriptors: a Buddy word, told from a free block by the list alone. */
	walk->block.page_class = kernel->memdesc ? ANZ_CLASS_FREE : ANZ_CLASS_KERNEL_OTHER;
	walk->untyped = !kernel->memdesc;
	for (guint i = 0; i < kernel->format.nr_types; i++)
		if (kernel->format.types[i].page_class == ANZ_CLASS_UNACCEPTED)
			walk->untyped = FALSE;
	if (!walk->untyped && !kernel->memdesc)
		walk->block.page_class = ANZ_CLASS_UNACCEPTED;
	walk->block.states_order = !kernel->memdesc && !walk->untyped;
	walk->list = 0;
	walk->spec = anz_list_spec(kernel, lru, zone->start_pfn);
	walk->spec.head = zone->address + head;
	walk_list(walk, ANZ_FAMILY_UNACCEPTED, zone->id);
	nr_pages = walk->nr_blocks << walk->block.order;
	walk->lists->unaccepted_pages[zone->id] = nr_pages;
	walk->lists->listed_pages[zone->id] += nr_pages;
}

void anz_lists_walk_free(AnzKernel *kernel, const AnzPlanes *planes, AnzCover *cover,
			 AnzLists *lists)
{
	guint64 area_offset, area_size, list_offset, list_stride, nr_free_offset, nr;
	FreeWalk walk = { .kernel = kernel, .planes = planes, .cover = cover, .lists = lists };

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

		walk.blocks = lists->free_blocks;
		walk.block = (AnzCoverBlock){ .zone = z, .page_class = ANZ_CLASS_FREE,
					      .states_order = !kernel->memdesc };
		walk.untyped = FALSE;
		walk.spec = anz_list_spec(kernel, kernel->format.list, zone->start_pfn);
		for (guint order = 0; order < kernel->nr_orders; order++) {
			walk.block.order = order;
			walk_free_area(&walk, zone->address + area_offset + order * area_size,
				       list_offset, list_stride, nr_free_offset);
		}
		walk_unaccepted(&walk, zone);
	}
}
