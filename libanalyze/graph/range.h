/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Claims on ranges of kernel-virtual memory, wherever its pages lie. */
#ifndef ANZ_GRAPH_RANGE_H
#define ANZ_GRAPH_RANGE_H

#include "graph/graph.h"

/* Pages that no descriptor names an owner of: what the kernel's own structures may speak for. */
#define ANZ_UNNAMED_CLASSES (ANZ_CLASS_BIT(ANZ_CLASS_KERNEL_OTHER) | \
			     ANZ_CLASS_BIT(ANZ_CLASS_RESERVED) | \
			     ANZ_CLASS_BIT(ANZ_CLASS_KERNEL_IMAGE) | \
			     ANZ_CLASS_BIT(ANZ_CLASS_UNKNOWN_TYPE) | \
			     ANZ_CLASS_BIT(ANZ_CLASS_LARGE_KMALLOC))

/**
 * anz_graph_claim_frames:
 * @classes: ANZ_CLASS_BIT()s of the frames to claim; others of the range are left alone
 * @position: of the first frame of the range, claimed or not; or ANZ_NO_POSITION
 *
 * As anz_graph_claim(), for the frames of some classes only.
 *
 * Returns: how many frames were claimed.
 */
guint64 anz_graph_claim_frames(AnzGraph *graph, guint32 owner, AnzRank rank, guint32 classes,
			       guint64 pfn, guint64 nr_pages, guint64 position, guint page_class);

/**
 * anz_graph_claim_range:
 * @vaddr: kernel virtual address, rounded down to a page
 * @nr_bytes: rounded up
 *
 * The same for the frames behind virtual memory; what is not mapped is passed over.  Positions count
 * from 0 at @vaddr.
 *
 * Returns: how many frames were claimed.
 */
guint64 anz_graph_claim_range(AnzGraph *graph, guint32 owner, AnzRank rank, guint32 classes,
			      guint64 vaddr, guint64 nr_bytes, guint page_class);

/**
 * anz_graph_is_inner:
 *
 * Returns: whether @pfn is a later page of an allocation without __GFP_COMP: nobody counts its users.
 */
gboolean anz_graph_is_inner(const AnzGraph *graph, guint64 pfn);

/**
 * anz_graph_claim_block:
 * @pfn: any frame of a compound page, which is claimed as a whole; or the first of another allocation
 *
 * As anz_graph_claim_frames(), for the kernel's own users of a page: of the ANZ_UNNAMED_CLASSES.
 */
guint64 anz_graph_claim_block(AnzGraph *graph, guint32 owner, AnzRank rank, guint64 pfn,
			      guint page_class);

#endif
