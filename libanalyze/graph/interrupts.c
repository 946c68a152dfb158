/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Tables that the interrupt controller of arm64 machines reads in memory: command queues and device tables of
 * each interrupt translation service, what every interrupt is set to, and what each cpu has pending
 * (drivers/irqchip/irq-gic-v3-its.c).  Their pages have no class of their own.
 */
#include "graph/buffers.h"

#include "graph/range.h"
#include "kernel/record.h"

#define MAX_SERVICES 4096
#define MAX_TABLES 16		/* GITS_BASER_NR_REGS is 8 */
#define MAX_ORDER 16
/*
 * ITS_CMD_QUEUE_SZ; and LPI_PROPBASE_SZ: no interrupt has a number of more than 16 bits, and the table is a
 * multiple of this.  LPI_PENDBASE_SZ: a bit for each.
 */
#define UNIT_BYTES 65536
#define RDIST_WORDS 7		/* all of struct rdists.rdist */

typedef struct {
	AnzGraph *graph;
	AnzField link, commands, base, order;	/* of struct its_node; the last two in its first table */
	guint64 nr_tables, stride;
	guint32 owner;
} Builder;

static gboolean add_service(guint64 node, gpointer data)
{
	const Builder *b = data;
	AnzGraph *graph = b->graph;
	AnzKernel *kernel = graph->kernel;
	guint64 at;
	guint32 order;

	if (anz_kernel_read_u64(kernel, node + b->commands.offset, &at) && at)
		anz_graph_claim_range(graph, b->owner, ANZ_RANK_WALKED, ANZ_UNNAMED_CLASSES, at, UNIT_BYTES,
				      ANZ_NR_CLASSES);
	for (guint64 i = 0; i < MIN(b->nr_tables, MAX_TABLES); i++)
		if (anz_kernel_read_u64(kernel, node + b->base.offset + i * b->stride, &at) && at &&
		    anz_kernel_read_u32(kernel, node + b->order.offset + i * b->stride, &order) &&
		    order <= MAX_ORDER)
			anz_graph_claim_range(graph, b->owner, ANZ_RANK_WALKED, ANZ_UNNAMED_CLASSES, at,
					      1ull << (order + kernel->page_shift), ANZ_NR_CLASSES);
	return !anz_graph_cancelled(graph);
}

static void claim_services(Builder *b)
{
	AnzKernel *kernel = b->graph->kernel;
	guint64 head;

	if (!anz_kernel_symbol(kernel, "its_nodes", &head) ||
	    !anz_field(kernel, "its_node", "entry", &b->link) ||
	    !anz_field(kernel, "its_node", "cmd_base", &b->commands) ||
	    !anz_field(kernel, "its_node", "tables[0].base", &b->base) ||
	    !anz_field(kernel, "its_node", "tables[0].order", &b->order) ||
	    !anz_kernel_array_len(kernel, "its_node", "tables", &b->nr_tables, &b->stride))
		return;
	if (!anz_kernel_walk_list(kernel, head, b->link.offset, MAX_SERVICES, add_service, b))
		anz_kernel_remark(kernel, "warning", "interrupts", 1,
				  "the list of interrupt translation services is broken or not whole in the "
				  "dump");
}

/*
 * What a cpu has pending hangs on a struct without a name, which type information of pointers lacks.  Behind a
 * lock and the address of the registers it has the page; no other word of it points at a struct page.
 */
static void claim_pending(const Builder *b, guint64 rdist)
{
	AnzKernel *kernel = b->graph->kernel;
	guint64 nr_pages = MAX(UNIT_BYTES >> kernel->page_shift, 1), word, pfn;

	for (guint i = 0; i < RDIST_WORDS; i++) {
		if (!anz_kernel_read_u64(kernel, rdist + i * 8, &word))
			return;
		pfn = anz_kernel_page_pfn(kernel, word);
		if (pfn == G_MAXUINT64 || pfn % nr_pages)
			continue;
		anz_graph_claim_frames(b->graph, b->owner, ANZ_RANK_WALKED, ANZ_UNNAMED_CLASSES, pfn,
				       nr_pages, ANZ_NO_POSITION, ANZ_NR_CLASSES);
		return;
	}
}

static void claim_redistributors(const Builder *b)
{
	AnzKernel *kernel = b->graph->kernel;
	guint64 symbol, rdists, at;

	if (!anz_kernel_symbol(kernel, "gic_rdists", &symbol) ||
	    !anz_kernel_read_u64(kernel, symbol, &rdists) || !rdists)
		return;
	if (anz_kernel_read_member(kernel, rdists, "rdists", "prop_table_va", &at) && at)
		anz_graph_claim_range(b->graph, b->owner, ANZ_RANK_WALKED, ANZ_UNNAMED_CLASSES, at,
				      UNIT_BYTES, ANZ_NR_CLASSES);
	if (!anz_kernel_read_member(kernel, rdists, "rdists", "rdist", &at) || !at)
		return;
	for (guint cpu = 0; cpu < kernel->nr_cpus; cpu++)
		if (kernel->percpu_offset[cpu])
			claim_pending(b, anz_kernel_percpu(kernel, at, cpu));
}

void anz_interrupts_build(AnzGraph *graph)
{
	Builder b = { .graph = graph };
	guint64 symbol;

	if (!anz_kernel_symbol(graph->kernel, "its_nodes", &symbol) &&
	    !anz_kernel_symbol(graph->kernel, "gic_rdists", &symbol))
		return;
	b.owner = anz_graph_owner(graph, ANZ_OWNER_DRIVER, 0, "tables of the interrupt controller");
	claim_services(&b);
	claim_redistributors(&b);
}
