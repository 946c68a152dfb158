/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Large tables that the kernel keeps for itself in pages of no type: the index of its type information,
 * the places that ftrace can patch, and the records of stacks that debugging features keep.
 */
#include "graph/buffers.h"

#include "graph/range.h"
#include "graph/stack-depot.h"

#define MAX_FTRACE_PAGES (1u << 16)

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

static void claim_stack_pool(guint64 pool, gpointer data)
{
	AnzGraph *graph = data;
	guint64 pfn;

	if (anz_graph_pfn_of(graph, pool, &pfn))
		anz_graph_claim_block(graph, anz_graph_owner(graph, ANZ_OWNER_KERNEL, 0, "stack records"),
				      ANZ_RANK_WALKED, pfn, ANZ_NR_CLASSES);
}

/* lib/stackdepot.c */
static void claim_stacks(AnzGraph *graph)
{
	AnzStackDepot *depot = anz_stack_depot_new(graph->kernel);

	if (!depot)
		return;
	anz_stack_depot_each_pool(depot, claim_stack_pool, graph);
	anz_stack_depot_free(depot);
}

void anz_tables_build(AnzGraph *graph)
{
	claim_type_index(graph);
	claim_ftrace_records(graph);
	claim_stacks(graph);
}
