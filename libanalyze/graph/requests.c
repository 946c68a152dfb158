/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Requests of block devices (block/blk-mq.c): each hardware queue of a device, and each of its
 * scheduler, has all requests that it can ever have made at once, in blocks of pages that have no class
 * of their own.  The device is found by its inode.
 */
#include "graph/buffers.h"

#include "graph/disks.h"
#include "graph/range.h"
#include "graph/xarray.h"

#define MAX_QUEUES (1u << 16)	/* of one device */
#define MAX_BLOCKS (1u << 20)	/* of pages, of one queue */

typedef struct {
	AnzGraph *graph;
	AnzField queue;				/* gendisk */
	AnzField nr_queues, array, table;	/* request_queue: one of the last two */
	AnzField tags, sched_tags;		/* blk_mq_hw_ctx */
	AnzField page_list;			/* blk_mq_tags */
	AnzField lru, order;			/* struct page; the order is in its private */
	AnzXarrayLayout xarray;
	GHashTable *seen;			/* guint64: blk_mq_tags */
	guint32 owner;				/* of the device at hand */
	guint64 broken;
} Builder;

static gboolean claim_pages(guint64 page, gpointer data)
{
	Builder *b = data;
	guint64 pfn = anz_kernel_page_pfn(b->graph->kernel, page), order;

	if (pfn == G_MAXUINT64 || !anz_kernel_read_u64(b->graph->kernel, page + b->order.offset, &order) ||
	    order >= b->graph->kernel->nr_orders) {
		b->broken++;
		return FALSE;
	}
	anz_graph_claim_frames(b->graph, b->owner, ANZ_RANK_WALKED, ANZ_UNNAMED_CLASSES, pfn,
			       1ull << order, ANZ_NO_POSITION, ANZ_NR_CLASSES);
	return !anz_graph_cancelled(b->graph);
}

/* The tags of one queue may be those of all. */
static void claim_tags(Builder *b, guint64 hctx, const AnzField *member)
{
	guint64 tags;

	if (!member->known || !anz_kernel_read_u64(b->graph->kernel, hctx + member->offset, &tags) ||
	    !tags || !g_hash_table_add(b->seen, g_memdup2(&tags, sizeof(tags))))
		return;
	if (!anz_kernel_walk_list(b->graph->kernel, tags + b->page_list.offset, b->lru.offset,
				  MAX_BLOCKS, claim_pages, b))
		b->broken++;
}

static void claim_queue(guint64 index, guint64 nr, guint64 hctx, gpointer data)
{
	Builder *b = data;

	(void)index;
	(void)nr;
	/* A value entry is no pointer. */
	if (!hctx || hctx & 1)
		return;
	claim_tags(b, hctx, &b->tags);
	claim_tags(b, hctx, &b->sched_tags);
}

static void claim_queues(Builder *b, guint64 queue)
{
	AnzKernel *kernel = b->graph->kernel;
	guint64 head, hctx;
	guint32 nr;

	if (b->table.known) {
		if (anz_kernel_read_u64(kernel, queue + b->table.offset, &head) &&
		    !anz_xarray_walk(&b->xarray, head, MAX_QUEUES, claim_queue, b))
			b->broken++;
		return;
	}
	if (!anz_kernel_read_u64(kernel, queue + b->array.offset, &head) || !head ||
	    !anz_kernel_read_u32(kernel, queue + b->nr_queues.offset, &nr))
		return;
	for (guint i = 0; i < MIN(nr, MAX_QUEUES); i++)
		if (anz_kernel_read_u64(kernel, head + i * 8, &hctx))
			claim_queue(i, 1, hctx, b);
}

static void add_disk(guint64 disk, const char *name, gpointer data)
{
	Builder *b = data;
	guint64 queue;

	if (!anz_kernel_read_u64(b->graph->kernel, disk + b->queue.offset, &queue) || !queue)
		return;
	b->owner = anz_graph_owner(b->graph, ANZ_OWNER_DRIVER, queue, "requests of block device %s", name);
	claim_queues(b, queue);
}

static gboolean resolve(Builder *b)
{
	AnzKernel *kernel = b->graph->kernel;
	gboolean known;

	/* hctx_table from 5.19 to 6.18: between two times of an array. */
	anz_field(kernel, "request_queue", "hctx_table.xa_head", &b->table);
	anz_field(kernel, "request_queue", "queue_hw_ctx", &b->array);
	anz_field(kernel, "request_queue", "nr_hw_queues", &b->nr_queues);
	anz_field(kernel, "blk_mq_hw_ctx", "sched_tags", &b->sched_tags);
	known = anz_field(kernel, "gendisk", "queue", &b->queue) &&
		anz_field(kernel, "blk_mq_hw_ctx", "tags", &b->tags) &&
		anz_field(kernel, "blk_mq_tags", "page_list", &b->page_list) &&
		anz_field(kernel, "page", "lru", &b->lru) &&
		anz_field(kernel, "page", "private", &b->order);
	return known && (b->table.known ? anz_xarray_resolve(&b->xarray, kernel) :
			 b->array.known && b->nr_queues.known);
}

void anz_requests_build(AnzGraph *graph)
{
	AnzKernel *kernel = graph->kernel;
	Builder b = { .graph = graph };

	if (kernel->memdesc || !resolve(&b))
		return;
	b.seen = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
	if (!anz_disks_each(graph, add_disk, &b))
		b.broken++;
	if (b.broken)
		anz_kernel_remark(kernel, "warning", "block", b.broken,
				  "block devices whose requests are broken or not whole in the dump");
	if (b.table.known)
		anz_xarray_clear(&b.xarray);
	g_hash_table_unref(b.seen);
}
