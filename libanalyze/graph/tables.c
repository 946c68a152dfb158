/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Large tables that the kernel keeps for itself in pages of no type: the index of its type information,
 * the places that ftrace can patch, and the requests of block devices.
 */
#include "graph/buffers.h"

#include "graph/range.h"
#include "graph/slab.h"
#include "graph/xarray.h"

#define MAX_FTRACE_PAGES (1u << 16)
#define MAX_TAGS (1u << 16)	/* BLK_MQ_MAX_DEPTH is 10240 */
#define MAX_QUEUE_NODES (1u << 12)

/* kernel/bpf/btf.c: btf_vmlinux->types has a pointer for each type, and comes from kvcalloc(). */
static void claim_type_index(AnzGraph *graph)
{
	AnzKernel *kernel = graph->kernel;
	guint64 symbol, btf, types, pfn;

	if (anz_kernel_symbol(kernel, "btf_vmlinux", &symbol) &&
	    anz_kernel_read_u64(kernel, symbol, &btf) && btf &&
	    anz_kernel_read_member(kernel, btf, "btf", "types", &types) && types &&
	    anz_graph_pfn_of(graph, types, &pfn))
		anz_graph_claim_block(graph, anz_graph_owner(graph, ANZ_OWNER_KERNEL, btf,
							     "index of type information (BTF)"),
				      ANZ_RANK_WALKED, pfn, ANZ_CLASS_LARGE_KMALLOC);
}

/* kernel/trace/ftrace.c: a list of tables, each of one allocation. */
static void claim_ftrace_records(AnzGraph *graph)
{
	AnzKernel *kernel = graph->kernel;
	guint64 table, records, pfn;
	AnzField next, where;
	guint32 owner;

	if (!anz_kernel_symbol(kernel, "ftrace_pages_start", &table) ||
	    !anz_field(kernel, "ftrace_page", "next", &next) ||
	    !anz_field(kernel, "ftrace_page", "records", &where) ||
	    !anz_kernel_read_u64(kernel, table, &table) || !table)
		return;
	owner = anz_graph_owner(graph, ANZ_OWNER_KERNEL, 0, "ftrace records");
	for (guint i = 0; table && i < MAX_FTRACE_PAGES; i++) {
		if (anz_kernel_read_u64(kernel, table + where.offset, &records) && records &&
		    anz_graph_pfn_of(graph, records, &pfn))
			anz_graph_claim_block(graph, owner, ANZ_RANK_WALKED, pfn, ANZ_NR_CLASSES);
		if (!anz_kernel_read_u64(kernel, table + next.offset, &table))
			return;
	}
}

typedef struct {
	AnzGraph *graph;
	AnzField contexts, disk, name;		/* request_queue, gendisk */
	AnzField tags, sched_tags;		/* blk_mq_hw_ctx */
	AnzField nr_tags, requests;		/* blk_mq_tags */
	AnzXarrayLayout xarray;
	guint32 owner;				/* of the queue at hand */
} Queues;

/*
 * Blocks of pages are cut into requests, which are smaller than a page: each page has one that begins in
 * it, but for those at the end of the last block.
 */
static void claim_requests(Queues *q, guint64 tags)
{
	AnzKernel *kernel = q->graph->kernel;
	guint64 requests, first = 0, nr = 0, pfn, at;
	guint32 nr_tags;

	if (!tags || !anz_kernel_read_u32(kernel, tags + q->nr_tags.offset, &nr_tags) ||
	    !anz_kernel_read_u64(kernel, tags + q->requests.offset, &requests) || !requests)
		return;
	for (guint i = 0; i < MIN(nr_tags, MAX_TAGS); i++) {
		if (!anz_kernel_read_u64(kernel, requests + i * 8ull, &at) || !at ||
		    !anz_graph_pfn_of(q->graph, at, &pfn) || pfn - first < nr)
			continue;
		first = pfn;
		nr = anz_graph_claim_block(q->graph, q->owner, ANZ_RANK_WALKED, pfn,
					   ANZ_NR_CLASSES);
	}
}

static void add_context(guint64 index G_GNUC_UNUSED, guint64 nr G_GNUC_UNUSED, guint64 context,
			gpointer data)
{
	Queues *q = data;
	guint64 tags;

	if (anz_kernel_read_u64(q->graph->kernel, context + q->tags.offset, &tags))
		claim_requests(q, tags);
	if (q->sched_tags.known &&
	    anz_kernel_read_u64(q->graph->kernel, context + q->sched_tags.offset, &tags))
		claim_requests(q, tags);
}

static void add_queue(guint64 queue, gpointer data)
{
	Queues *q = data;
	AnzKernel *kernel = q->graph->kernel;
	guint64 head, disk = 0;
	g_autofree char *name = NULL;

	if (!anz_kernel_read_u64(kernel, queue + q->contexts.offset, &head) || !head)
		return;
	if (q->disk.known && q->name.known &&
	    anz_kernel_read_u64(kernel, queue + q->disk.offset, &disk) && disk)
		name = anz_kernel_read_string(kernel, disk + q->name.offset, 32);
	q->owner = anz_graph_owner(q->graph, ANZ_OWNER_DRIVER, queue, "requests of block device %s",
				   name && *name ? name : "without a name");
	anz_xarray_walk(&q->xarray, head, MAX_QUEUE_NODES, add_context, q);
}

/* block/blk-mq.c; an array of pointers in place of the XArray before 5.18 is not looked into. */
static void claim_queues(AnzGraph *graph)
{
	AnzKernel *kernel = graph->kernel;
	Queues q = { .graph = graph };
	int cache = anz_slabs_find(graph, "blk_requestq_cachep");

	anz_field(kernel, "request_queue", "disk", &q.disk);
	anz_field(kernel, "gendisk", "disk_name", &q.name);
	anz_field(kernel, "blk_mq_hw_ctx", "sched_tags", &q.sched_tags);
	if (cache < 0 || !anz_field(kernel, "request_queue", "hctx_table.xa_head", &q.contexts) ||
	    !anz_field(kernel, "blk_mq_hw_ctx", "tags", &q.tags) ||
	    !anz_field(kernel, "blk_mq_tags", "nr_tags", &q.nr_tags) ||
	    !anz_field(kernel, "blk_mq_tags", "static_rqs", &q.requests) ||
	    !anz_xarray_resolve(&q.xarray, kernel))
		return;
	anz_slabs_each_object(graph, cache, add_queue, &q);
	anz_xarray_clear(&q.xarray);
}

void anz_tables_build(AnzGraph *graph)
{
	claim_type_index(graph);
	claim_ftrace_records(graph);
	if (graph->slabs)
		claim_queues(graph);
}
