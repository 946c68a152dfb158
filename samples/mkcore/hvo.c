/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Optimised vmemmap of hugetlb pages: all struct pages of a hugetlb page beyond the
 * first base page of the array are mapped to one frame, and the frames behind them go to
 * the page allocator. Before 7.1 that one frame is the first page's own, so every 64th
 * struct page reads as a head; from 7.1 on it is shared by a zone and an order.
 */
#include "machine.h"

static gboolean take_frame(struct machine *m, int node, enum page_class cls, guint32 *pfn)
{
	*pfn = buddy_alloc(m, node, FALSE, 0, 0);
	if (*pfn == NO_PFN)
		return FALSE;
	alloc_new(m, *pfn, 0, cls, AF_PINNED);
	image_touch(&m->img, (guint64)*pfn << 12, 4096);
	return TRUE;
}

/* a reserved frame that held struct pages becomes ordinary free memory */
static void release_frame(struct machine *m, guint32 frame)
{
	struct zone *z = zone_of(m, frame);

	*frame_order(m, frame) = 0;
	m->bits[frame] |= FB_WAS_USED;
	z->managed++;
	buddy_free(m, frame, 0);
}

/**
 * hvo_optimise:
 * @alloc: number of a hugetlb allocation
 *
 * Returns: FALSE if the array's shape or a lack of memory forbids it; nothing changed.
 */
gboolean hvo_optimise(struct machine *m, guint32 alloc)
{
	struct alloc *a = alloc_get(m, alloc);
	guint64 va = page_va(m, a->pfn), end = page_va(m, a->pfn + a->nr_pages);
	struct zone *z = zone_of(m, a->pfn);
	guint32 table = NO_PFN, tail, first;
	int slot = a->order - log2_u64(2 * 4096 / m->page_size_struct);

	if (va % 4096 || end % 4096 || end - va < 2 * 4096 || slot < 0 || slot >= 16)
		return FALSE;
	first = m->vmemmap_frame[(va - m->vmemmap) >> 12];
	tail = first;
	if (m->recipe->hvo == HVO_SHARED_TAIL) {
		if (!z->vmemmap_tail[slot] &&
		    !take_frame(m, z->node, PC_KERNEL_OTHER, &z->vmemmap_tail[slot])) {
			z->vmemmap_tail[slot] = 0;
			return FALSE;
		}
		tail = z->vmemmap_tail[slot];
	}
	for (guint64 at = va + 4096; at < end; at += 4096) {
		guint64 i = (at - m->vmemmap) >> 12;
		guint32 old = m->vmemmap_frame[i];

		if (!paging_is_split(m, at)) {
			if (!take_frame(m, z->node, m->recipe->kernel_pt_typed ?
					PC_PAGE_TABLE : PC_KERNEL_OTHER, &table))
				return FALSE;
			paging_split(m, at, table);
		}
		paging_set_pte(m, at, (guint64)tail << 12, FALSE);
		m->vmemmap_frame[i] = tail;
		release_frame(m, old);
	}
	a = alloc_get(m, alloc);
	a->flags |= AF_HVO;
	alloc_pin(m, alloc);
	return TRUE;
}
