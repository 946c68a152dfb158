/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Trace ring buffers (kernel/trace/ring_buffer.c): each instance has a ring of pages for each cpu, and
 * each ring a page apart for its reader.
 */
#include "graph/buffers.h"

#include "graph/range.h"

#define MAX_INSTANCES (1u << 12)
#define MAX_PAGES (1u << 26)	/* of one ring */
#define LINK_FLAGS 3ull		/* RB_FLAG_MASK, in the links of a ring */

typedef struct {
	AnzGraph *graph;
	AnzField list, name, buffer, snapshot;	/* trace_array */
	AnzField buffers;			/* trace_buffer */
	AnzField pages, reader, spare;		/* ring_buffer_per_cpu */
	AnzField page_list, page;		/* buffer_page */
	guint64 broken;
} Builder;

static void claim_data(Builder *b, guint32 owner, guint64 data)
{
	guint64 pfn;

	if (data && anz_graph_pfn_of(b->graph, data, &pfn))
		anz_graph_claim_block(b->graph, owner, ANZ_RANK_WALKED, pfn, ANZ_CLASS_BUFFER);
}

/* @page: struct buffer_page */
static void claim_page(Builder *b, guint32 owner, guint64 page)
{
	guint64 data;

	if (page && anz_kernel_read_u64(b->graph->kernel, page + b->page.offset, &data))
		claim_data(b, owner, data);
}

static void claim_ring(Builder *b, guint32 owner, guint64 ring)
{
	AnzKernel *kernel = b->graph->kernel;
	guint64 first, at, value;

	if (b->reader.known && anz_kernel_read_u64(kernel, ring + b->reader.offset, &value))
		claim_page(b, owner, value);
	if (b->spare.known && anz_kernel_read_u64(kernel, ring + b->spare.offset, &value))
		claim_data(b, owner, value);
	if (!anz_kernel_read_u64(kernel, ring + b->pages.offset, &first) || !first)
		return;
	at = first;
	for (guint i = 0; i < MAX_PAGES && !anz_graph_cancelled(b->graph); i++) {
		claim_page(b, owner, at - b->page_list.offset);
		if (!anz_kernel_read_u64(kernel, at, &at) || !(at &= ~LINK_FLAGS)) {
			b->broken++;
			return;
		}
		if (at == first)
			return;
	}
	b->broken++;
}

static void claim_buffer(Builder *b, guint32 owner, guint64 buffer)
{
	AnzKernel *kernel = b->graph->kernel;
	guint64 rings, ring;

	if (!buffer || !anz_kernel_read_u64(kernel, buffer + b->buffers.offset, &rings) || !rings)
		return;
	for (guint i = 0; i < kernel->possible_cpus->len; i++) {
		guint cpu = g_array_index(kernel->possible_cpus, guint, i);

		if (anz_kernel_read_u64(kernel, rings + cpu * 8, &ring) && ring)
			claim_ring(b, owner, ring);
	}
}

static gboolean add_instance(guint64 instance, gpointer data)
{
	Builder *b = data;
	AnzKernel *kernel = b->graph->kernel;
	guint64 name = 0, buffer;
	g_autofree char *text = NULL;
	guint32 owner;

	if (b->name.known)
		anz_kernel_read_u64(kernel, instance + b->name.offset, &name);
	/* The first of all has no name. */
	text = name ? anz_kernel_read_string(kernel, name, 128) : NULL;
	owner = anz_graph_owner(b->graph, ANZ_OWNER_TRACE, instance, "trace ring buffers%s%s",
				text && *text ? " of instance " : "", text ? text : "");
	if (anz_kernel_read_u64(kernel, instance + b->buffer.offset, &buffer))
		claim_buffer(b, owner, buffer);
	if (b->snapshot.known &&
	    anz_kernel_read_u64(kernel, instance + b->snapshot.offset, &buffer))
		claim_buffer(b, owner, buffer);
	return !anz_graph_cancelled(b->graph);
}

/* Names of tasks for the traces: one allocation (kernel/trace/trace_sched_switch.c). */
static void claim_names(AnzGraph *graph)
{
	guint64 symbol, buffer, pfn;

	if (anz_kernel_symbol(graph->kernel, "savedcmd", &symbol) &&
	    anz_kernel_read_u64(graph->kernel, symbol, &buffer) && buffer &&
	    anz_graph_pfn_of(graph, buffer, &pfn))
		anz_graph_claim_block(graph, anz_graph_owner(graph, ANZ_OWNER_TRACE, buffer,
							     "saved names of traced tasks"),
				      ANZ_RANK_WALKED, pfn, ANZ_NR_CLASSES);
}

void anz_trace_build(AnzGraph *graph)
{
	AnzKernel *kernel = graph->kernel;
	Builder b = { .graph = graph };
	guint64 head;

	claim_names(graph);
	if (!anz_kernel_symbol(kernel, "ftrace_trace_arrays", &head) ||
	    !anz_field(kernel, "trace_array", "list", &b.list))
		return;
	anz_field(kernel, "trace_array", "name", &b.name);
	/* trace_buffer before 5.6; snapshots since they exist. */
	anz_field(kernel, "trace_array", "array_buffer.buffer|trace_buffer.buffer", &b.buffer);
	anz_field(kernel, "trace_array", "snapshot_buffer.buffer|max_buffer.buffer", &b.snapshot);
	anz_field(kernel, "trace_buffer", "buffers", &b.buffers);
	anz_field(kernel, "ring_buffer_per_cpu", "pages", &b.pages);
	anz_field(kernel, "ring_buffer_per_cpu", "reader_page", &b.reader);
	/* A structure of its own since 6.9, which begins with the same pointer. */
	anz_field(kernel, "ring_buffer_per_cpu", "free_page.data|free_page", &b.spare);
	anz_field(kernel, "buffer_page", "list", &b.page_list);
	anz_field(kernel, "buffer_page", "page", &b.page);
	if (!b.buffer.known || !b.buffers.known || !b.pages.known || !b.page.known) {
		anz_kernel_remark(kernel, "note", "trace", 1,
				  "trace ring buffers are of no known form; their pages have no owner");
		return;
	}
	if (!anz_kernel_walk_list(kernel, head, b.list.offset, MAX_INSTANCES, add_instance, &b) ||
	    b.broken)
		anz_kernel_remark(kernel, "warning", "trace", MAX(b.broken, 1),
				  "trace ring buffers that are broken or not whole in the dump");
}
