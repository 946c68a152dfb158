/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "graph/range.h"

/* Pages of one allocation that is no compound page: MAX_ORDER of all kernels but a few. */
#define MAX_BLOCK 1024

guint64 anz_graph_claim_frames(AnzGraph *graph, guint32 owner, AnzRank rank, guint32 classes,
			       guint64 pfn, guint64 nr_pages, guint64 position, guint page_class)
{
	guint64 claimed = 0, end, start = pfn;

	if (pfn >= graph->planes->max_pfn)
		return 0;
	end = pfn + MIN(nr_pages, graph->planes->max_pfn - pfn);
	while (pfn < end) {
		guint64 n = 0;

		while (pfn + n < end && classes >> anz_graph_class(graph, pfn + n) & 1)
			n++;
		if (n)
			anz_graph_claim(graph, owner, rank, pfn, n, position == ANZ_NO_POSITION ?
					ANZ_NO_POSITION : position + (pfn - start), page_class);
		claimed += n;
		pfn += n + 1;
	}
	return claimed;
}

/* Frames behind @vaddr on that follow one another: at most @nr_pages, 0 if it is not mapped. */
static guint64 frames_at(AnzGraph *graph, guint64 vaddr, guint64 nr_pages, guint64 *pfn)
{
	const AnzKernel *kernel = graph->kernel;
	guint64 paddr, len;

	/* A page of the direct map is where it is, mapped or (secret memory) not. */
	if (kernel->page_offset && vaddr >= kernel->page_offset &&
	    vaddr - kernel->page_offset < graph->planes->max_pfn << kernel->page_shift) {
		*pfn = (vaddr - kernel->page_offset) >> kernel->page_shift;
		return nr_pages;
	}
	if (!anz_image_translate(kernel->image, vaddr, &paddr, &len))
		return 0;
	*pfn = paddr >> kernel->page_shift;
	return MIN(MAX(len >> kernel->page_shift, 1), nr_pages);
}

guint64 anz_graph_claim_range(AnzGraph *graph, guint32 owner, AnzRank rank, guint32 classes,
			      guint64 vaddr, guint64 nr_bytes, guint page_class)
{
	guint shift = graph->kernel->page_shift;
	guint64 start = anz_kernel_untag(graph->kernel, vaddr) >> shift;
	guint64 nr_pages, claimed = 0, pfn = 0, next;

	nr_bytes += vaddr & (((guint64)1 << shift) - 1);
	nr_pages = (nr_bytes >> shift) + (nr_bytes & (((guint64)1 << shift) - 1) ? 1 : 0);
	for (guint64 i = 0; i < nr_pages && !anz_graph_cancelled(graph); ) {
		guint64 n = frames_at(graph, (start + i) << shift, nr_pages - i, &pfn), more;

		if (!n) {
			i++;
			continue;
		}
		/* One claim for as long as the next page lies behind the last. */
		while (i + n < nr_pages &&
		       (more = frames_at(graph, (start + i + n) << shift, nr_pages - i - n, &next)) &&
		       next == pfn + n)
			n += more;
		claimed += anz_graph_claim_frames(graph, owner, rank, classes, pfn, n, i, page_class);
		i += n;
	}
	return claimed;
}

gboolean anz_graph_is_inner(const AnzGraph *graph, guint64 pfn)
{
	AnzKernel *kernel = graph->kernel;
	const AnzTile *tile = anz_planes_tile(graph->planes, pfn);
	guint64 page;
	guint32 count;
	AnzMember member;

	if (!tile || kernel->memdesc ||
	    tile->page_class[anz_tile_index(pfn)] != ANZ_CLASS_KERNEL_OTHER ||
	    tile->attr[anz_tile_index(pfn)] & ANZ_ATTR_HEAD ||
	    !anz_types_member(kernel->types, "page", "_refcount", &member))
		return FALSE;
	page = anz_kernel_page_address(kernel, pfn);
	return page && anz_kernel_read_u32(kernel, page + member.bit_offset / 8, &count) && !count;
}

guint64 anz_graph_claim_block(AnzGraph *graph, guint32 owner, AnzRank rank, guint64 pfn,
			      guint page_class)
{
	const AnzTile *tile = anz_planes_tile(graph->planes, pfn);
	guint i = anz_tile_index(pfn);
	guint64 nr_pages = 1, start = pfn;

	if (!tile)
		return 0;
	if (tile->attr[i] & (ANZ_ATTR_HEAD | ANZ_ATTR_TAIL)) {
		nr_pages <<= MIN(tile->order[i], 40);
		start &= ~(nr_pages - 1);
	} else {
		while (nr_pages < MAX_BLOCK && anz_graph_is_inner(graph, pfn + nr_pages))
			nr_pages++;
	}
	return anz_graph_claim_frames(graph, owner, rank, ANZ_UNNAMED_CLASSES, start,
				      nr_pages, ANZ_NO_POSITION, page_class);
}
