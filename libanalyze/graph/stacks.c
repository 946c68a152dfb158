/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Kernel stacks.  They lie in vmalloc space (VMAP_STACK) or in the direct map, so each page is
 * translated by itself.  A stack whose task has gone is kept for the next one (cached_stacks of
 * kernel/fork.c, two on each cpu); arm64 has one more on each cpu for interrupts.
 */
#include "graph/spaces.h"

#define NR_CACHED_STACKS 2
#define MAX_STACK (1u << 20)

static void claim_stack(AnzGraph *graph, guint32 owner, guint64 vaddr, guint64 nr_bytes)
{
	guint shift = graph->kernel->page_shift;
	guint64 nr_pages = nr_bytes >> shift, pfn, next;

	for (guint64 i = 0; i < nr_pages; ) {
		guint64 n = 1;

		if (!anz_graph_pfn_of(graph, vaddr + (i << shift), &pfn)) {
			i++;
			continue;
		}
		while (i + n < nr_pages &&
		       anz_graph_pfn_of(graph, vaddr + ((i + n) << shift), &next) && next == pfn + n)
			n++;
		anz_graph_claim(graph, owner, ANZ_RANK_WALKED, pfn, n, i, ANZ_CLASS_KERNEL_STACK);
		i += n;
	}
}

static void claim_cached(AnzGraph *graph, guint cpu, guint64 nr_bytes)
{
	AnzKernel *kernel = graph->kernel;
	guint64 cached, area, addr;

	if (!anz_kernel_symbol(kernel, "cached_stacks", &cached))
		return;
	for (guint i = 0; i < NR_CACHED_STACKS; i++) {
		if (!anz_kernel_read_u64(kernel, anz_kernel_percpu(kernel, cached + i * 8, cpu),
					 &area) || !area ||
		    !anz_kernel_read_member(kernel, area, "vm_struct", "addr", &addr))
			continue;
		claim_stack(graph, anz_graph_owner(graph, ANZ_OWNER_STACK, area,
						   "no task (kept by cpu %u)", cpu), addr, nr_bytes);
	}
}

static void claim_irq(AnzGraph *graph, guint cpu, guint64 nr_bytes)
{
	AnzKernel *kernel = graph->kernel;
	guint64 pointer, stack;

	if (anz_image_arch(kernel->image) == ANZ_ARCH_AARCH64 &&
	    anz_kernel_symbol(kernel, "irq_stack_ptr", &pointer) &&
	    anz_kernel_read_u64(kernel, anz_kernel_percpu(kernel, pointer, cpu), &stack) && stack)
		claim_stack(graph, anz_graph_owner(graph, ANZ_OWNER_STACK, stack,
						   "interrupts of cpu %u", cpu), stack, nr_bytes);
}

/*
 * THREAD_SIZE is a macro.  The linker script leaves that much room for the first task's stack; areas
 * of vmalloc space know how many pages they have.
 */
static guint64 stack_bytes(AnzKernel *kernel, const AnzTask *task)
{
	static const char *const marks[][2] = {
		{ "__start_init_stack", "__end_init_stack" },	/* since 6.9 */
		{ "__start_init_task", "__end_init_task" },
	};
	guint64 start, end, area, nr_pages;

	for (guint i = 0; i < G_N_ELEMENTS(marks); i++)
		if (anz_kernel_symbol(kernel, marks[i][0], &start) &&
		    anz_kernel_symbol(kernel, marks[i][1], &end) && end - start <= MAX_STACK)
			return end - start;
	if (anz_kernel_read_member(kernel, task->address, "task_struct", "stack_vm_area", &area) &&
	    area && anz_kernel_read_member(kernel, area, "vm_struct", "nr_pages", &nr_pages) &&
	    nr_pages <= MAX_STACK >> kernel->page_shift)
		return nr_pages << kernel->page_shift;
	return 0;
}

void anz_stacks_build(AnzGraph *graph)
{
	AnzKernel *kernel = graph->kernel;
	GArray *tasks = graph->spaces->tasks;
	guint64 nr_bytes;

	if (!tasks->len)
		return;
	nr_bytes = stack_bytes(kernel, &g_array_index(tasks, AnzTask, tasks->len - 1));
	if (!nr_bytes) {
		anz_kernel_remark(kernel, "note", "stack", 1,
				  "nothing tells how large a kernel stack is; they have no owner");
		return;
	}
	for (guint i = 0; i < tasks->len && !anz_graph_cancelled(graph); i++) {
		const AnzTask *task = &g_array_index(tasks, AnzTask, i);

		if (task->stack)
			claim_stack(graph, anz_graph_owner(graph, ANZ_OWNER_STACK, task->address,
							   "%s (%u)", task->comm, task->pid),
				    task->stack, nr_bytes);
	}
	for (guint i = 0; i < kernel->possible_cpus->len; i++) {
		guint cpu = g_array_index(kernel->possible_cpus, guint, i);

		claim_cached(graph, cpu, nr_bytes);
		claim_irq(graph, cpu, nr_bytes);
	}
}
