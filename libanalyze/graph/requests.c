/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Requests of block devices (block/blk-mq.c): each hardware queue of a device, and each of its
 * scheduler, has all requests that it can ever have made at once, in blocks of pages that have no class
 * of their own.  A queue is found by its disk, which has a name, or by its slab cache, which knows of
 * queues without a disk as well (a controller's own, or of a device that no driver claims).
 */
#include "graph/buffers.h"

#include "graph/disks.h"
#include "graph/range.h"
#include "graph/slab.h"
#include "graph/xarray.h"

#define MAX_CONTEXTS (1u << 16)	/* hardware queues of one device */
#define MAX_TAGS (1u << 16)	/* BLK_MQ_MAX_DEPTH is 10240 */

typedef struct {
	AnzGraph *graph;
	AnzField queue;				/* gendisk */
	AnzField nr_contexts, array, table;	/* request_queue: one of the last two */
	AnzField tags, sched_tags;		/* blk_mq_hw_ctx */
	AnzField nr_tags, requests;		/* blk_mq_tags */
	AnzXarrayLayout xarray;
	GHashTable *seen;			/* guint64: request_queue, blk_mq_tags */
	guint32 owner;				/* of the queue at hand */
	gboolean odd;				/* something of it is broken */
	guint64 broken;				/* queues */
} Builder;

static gboolean is_new(Builder *b, guint64 address)
{
	return g_hash_table_add(b->seen, g_memdup2(&address, sizeof(address)));
}

/*
 * Blocks of pages are cut into requests, which are smaller than a page: each page has one that begins in
 * it, but for those at the end of the last block, which is claimed as a whole.
 */
static void claim_requests(Builder *b, guint64 tags)
{
	AnzKernel *kernel = b->graph->kernel;
	guint64 requests, first = 0, nr = 0, pfn, at;
	guint32 nr_tags;

	if (!anz_kernel_read_u32(kernel, tags + b->nr_tags.offset, &nr_tags) || nr_tags > MAX_TAGS ||
	    !anz_kernel_read_u64(kernel, tags + b->requests.offset, &requests)) {
		b->odd = TRUE;
		return;
	}
	for (guint i = 0; requests && i < nr_tags; i++) {
		if (!anz_kernel_read_u64(kernel, requests + i * 8ull, &at)) {
			b->odd = TRUE;
			return;
		}
		if (!at || !anz_graph_pfn_of(b->graph, at, &pfn) || pfn - first < nr)
			continue;
		first = pfn;
		nr = anz_graph_claim_block(b->graph, b->owner, ANZ_RANK_WALKED, pfn, ANZ_NR_CLASSES);
	}
}

/* The tags of one context may be those of all. */
static void claim_tags(Builder *b, guint64 context, const AnzField *member)
{
	guint64 tags;

	if (!member->known)
		return;
	if (!anz_kernel_read_u64(b->graph->kernel, context + member->offset, &tags))
		b->odd = TRUE;
	else if (tags && is_new(b, tags))
		claim_requests(b, tags);
}

static void add_context(guint64 index G_GNUC_UNUSED, guint64 nr G_GNUC_UNUSED, guint64 context,
			gpointer data)
{
	Builder *b = data;

	/* A value entry is no pointer. */
	if (!context || context & 1)
		return;
	claim_tags(b, context, &b->tags);
	claim_tags(b, context, &b->sched_tags);
}

static void add_contexts(Builder *b, guint64 queue)
{
	AnzKernel *kernel = b->graph->kernel;
	guint64 head, context;
	guint32 nr;

	if (b->table.known) {
		if (anz_kernel_read_u64(kernel, queue + b->table.offset, &head) &&
		    !anz_xarray_walk(&b->xarray, head, MAX_CONTEXTS, add_context, b))
			b->odd = TRUE;
		return;
	}
	if (!anz_kernel_read_u64(kernel, queue + b->array.offset, &head) || !head ||
	    !anz_kernel_read_u32(kernel, queue + b->nr_contexts.offset, &nr))
		return;
	for (guint i = 0; i < MIN(nr, MAX_CONTEXTS); i++)
		if (anz_kernel_read_u64(kernel, head + i * 8ull, &context))
			add_context(i, 1, context, b);
}

static void add_queue(Builder *b, guint64 queue, const char *of)
{
	if (!queue || !is_new(b, queue))
		return;
	b->owner = anz_graph_owner(b->graph, ANZ_OWNER_DRIVER, queue, "requests of %s", of);
	b->odd = FALSE;
	add_contexts(b, queue);
	b->broken += b->odd;
}

static void add_disk(guint64 disk, const char *name, gpointer data)
{
	Builder *b = data;
	g_autofree char *of = g_strdup_printf("block device %s", name);
	guint64 queue;

	if (anz_kernel_read_u64(b->graph->kernel, disk + b->queue.offset, &queue))
		add_queue(b, queue, of);
}

static void add_object(guint64 queue, gpointer data)
{
	add_queue(data, queue, "a block device without a disk");
}

static gboolean resolve(Builder *b)
{
	AnzKernel *kernel = b->graph->kernel;
	gboolean known;

	/* hctx_table from 5.19 to 6.18: between two times of an array. */
	anz_field(kernel, "request_queue", "hctx_table.xa_head", &b->table);
	anz_field(kernel, "request_queue", "queue_hw_ctx", &b->array);
	anz_field(kernel, "request_queue", "nr_hw_queues", &b->nr_contexts);
	anz_field(kernel, "blk_mq_hw_ctx", "sched_tags", &b->sched_tags);
	anz_field(kernel, "gendisk", "queue", &b->queue);
	known = anz_field(kernel, "blk_mq_hw_ctx", "tags", &b->tags) &&
		anz_field(kernel, "blk_mq_tags", "nr_tags", &b->nr_tags) &&
		anz_field(kernel, "blk_mq_tags", "static_rqs", &b->requests);
	return known && (b->table.known ? anz_xarray_resolve(&b->xarray, kernel) :
			 b->array.known && b->nr_contexts.known);
}

void anz_requests_build(AnzGraph *graph)
{
	AnzKernel *kernel = graph->kernel;
	Builder b = { .graph = graph };
	int cache;

	if (!resolve(&b))
		return;
	b.seen = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
	/* Disks first: what they have is told by their names. */
	if (b.queue.known && !anz_disks_each(graph, add_disk, &b))
		b.broken++;
	cache = anz_slabs_find(graph, "blk_requestq_cachep");
	if (cache >= 0)
		anz_slabs_each_object(graph, cache, add_object, &b);
	if (b.broken)
		anz_kernel_remark(kernel, "warning", "block", b.broken,
				  "block devices whose requests are broken or not whole in the dump");
	if (b.table.known)
		anz_xarray_clear(&b.xarray);
	g_hash_table_unref(b.seen);
}
