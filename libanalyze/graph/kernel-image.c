/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The kernel image by its sections, the page array, and reserved memory by what firmware and the boot
 * allocator call it: the resource tree of /proc/iomem and memblock.
 */
#include "graph/kernel-image.h"

#include <string.h>

#include "graph/range.h"

#define MAX_RESOURCES (1u << 18)
#define MAX_DEPTH 16
#define MAX_REGIONS (1u << 16)

#define IMAGE_CLASSES (ANZ_CLASS_BIT(ANZ_CLASS_KERNEL_IMAGE) | ANZ_CLASS_BIT(ANZ_CLASS_RESERVED) | \
		       ANZ_CLASS_BIT(ANZ_CLASS_ZERO_PAGE))

/* Init memory is freed once the kernel runs: what is left of it is still reserved. */
static void claim_image(AnzGraph *graph)
{
	static const struct {
		const char *start, *end, *name;
	} sections[] = {
		{ "_stext", "_etext", "kernel text" },
		{ "__start_rodata", "__end_rodata", "kernel read-only data" },
		{ "_sdata", "_edata", "kernel data" },
		{ "__bss_start", "__bss_stop", "kernel bss" },
		{ "__brk_base", "__brk_limit", "kernel early heap (brk)" },
		{ "__init_begin", "__init_end", "kernel init" },
	};
	AnzKernel *kernel = graph->kernel;
	guint64 start, end;

	for (guint i = 0; i < G_N_ELEMENTS(sections); i++)
		if (anz_kernel_symbol(kernel, sections[i].start, &start) &&
		    anz_kernel_symbol(kernel, sections[i].end, &end) && end > start &&
		    end - start < 1ull << 32)
			anz_graph_claim_range(graph, anz_graph_owner(graph, ANZ_OWNER_KERNEL, 0, "%s",
								     sections[i].name),
					      ANZ_RANK_WALKED, IMAGE_CLASSES, start, end - start,
					      ANZ_NR_CLASSES);
	graph->turn++;
	anz_graph_claim_frames(graph, anz_graph_owner(graph, ANZ_OWNER_KERNEL, 0, "kernel image"),
			       ANZ_RANK_WALKED, IMAGE_CLASSES, kernel->image_start_pfn,
			       kernel->image_nr_pages, ANZ_NO_POSITION, ANZ_NR_CLASSES);
}

/*
 * Struct pages of a section; of memory that was added later they lie in pages that the page allocator
 * gave.
 */
static void claim_page_array(AnzGraph *graph)
{
	AnzKernel *kernel = graph->kernel;
	guint32 owner = anz_graph_owner(graph, ANZ_OWNER_KERNEL, 0, "struct pages");

	for (guint i = 0; i < kernel->sections->len && !anz_graph_cancelled(graph); i++) {
		const AnzSection *section = &g_array_index(kernel->sections, AnzSection, i);

		anz_graph_claim_range(graph, owner, ANZ_RANK_WALKED, ANZ_UNNAMED_CLASSES,
				      section->page_array, section->nr_pages * kernel->format.stride,
				      ANZ_NR_CLASSES);
	}
}

typedef struct {
	AnzGraph *graph;
	AnzRecord resource;
	AnzField start, end, name, sibling, child;
	guint64 left;
	guint16 turn;		/* of the innermost */
	gboolean broken;
} Tree;

/* Innermost names first: they say most. */
static void claim_resources(Tree *tree, guint64 address, guint depth)
{
	AnzKernel *kernel = tree->graph->kernel;

	while (address && tree->left) {
		guint64 start, end, name, child, sibling;
		g_autofree char *text = NULL;

		tree->left--;
		if (depth > MAX_DEPTH || !anz_record_read(&tree->resource, address)) {
			tree->broken = TRUE;
			return;
		}
		start = anz_record_get(&tree->resource, &tree->start) >> kernel->page_shift;
		end = (anz_record_get(&tree->resource, &tree->end) >> kernel->page_shift) + 1;
		name = anz_record_get(&tree->resource, &tree->name);
		child = anz_record_get(&tree->resource, &tree->child);
		sibling = anz_record_get(&tree->resource, &tree->sibling);
		if (child)
			claim_resources(tree, child, depth + 1);
		tree->graph->turn = tree->turn + MAX_DEPTH - depth;
		text = name ? anz_kernel_read_string(kernel, name, 64) : NULL;
		/* All memory is System RAM: that says nothing of what is in it. */
		if (text && *text && strcmp(text, "System RAM") && end > start)
			anz_graph_claim_frames(tree->graph,
					       anz_graph_owner(tree->graph, ANZ_OWNER_BOOT, 0, "%s",
							       text),
					       ANZ_RANK_WALKED, ANZ_CLASS_BIT(ANZ_CLASS_RESERVED),
					       start, end - start, ANZ_NO_POSITION, ANZ_NR_CLASSES);
		address = sibling;
	}
	tree->broken |= !tree->left;
}

static void claim_iomem(AnzGraph *graph)
{
	AnzKernel *kernel = graph->kernel;
	Tree tree = { .graph = graph, .left = MAX_RESOURCES, .turn = graph->turn };
	guint64 root, child;

	anz_field(kernel, "resource", "start", &tree.start);
	anz_field(kernel, "resource", "end", &tree.end);
	anz_field(kernel, "resource", "name", &tree.name);
	anz_field(kernel, "resource", "sibling", &tree.sibling);
	if (!anz_field(kernel, "resource", "child", &tree.child) ||
	    !anz_kernel_symbol(kernel, "iomem_resource", &root) ||
	    !anz_kernel_read_u64(kernel, root + tree.child.offset, &child))
		return;
	anz_record_init_type(&tree.resource, kernel, "resource");
	claim_resources(&tree, child, 0);
	graph->turn = tree.turn + MAX_DEPTH;
	anz_record_clear(&tree.resource);
	if (tree.broken)
		anz_kernel_remark(kernel, "note", "reserved", 1,
				  "the tree of resources is broken or not whole in the dump");
}

/* What was allocated before the page allocator ran, and given back by nobody. */
static void claim_memblock(AnzGraph *graph)
{
	AnzKernel *kernel = graph->kernel;
	AnzField base, size;
	AnzRecord region;
	guint64 memblock, count, regions;
	guint32 owner;

	if (!anz_field(kernel, "memblock_region", "base", &base) ||
	    !anz_field(kernel, "memblock_region", "size", &size) ||
	    !anz_kernel_symbol(kernel, "memblock", &memblock) ||
	    !anz_kernel_read_member(kernel, memblock, "memblock", "reserved.cnt", &count) ||
	    !anz_kernel_read_member(kernel, memblock, "memblock", "reserved.regions", &regions) ||
	    !regions)
		return;
	owner = anz_graph_owner(graph, ANZ_OWNER_BOOT, 0, "boot allocator (memblock)");
	anz_record_init_type(&region, kernel, "memblock_region");
	for (guint64 i = 0; i < MIN(count, MAX_REGIONS); i++) {
		guint64 first, end;

		if (!anz_record_read(&region, regions + i * region.size))
			break;
		first = anz_record_get(&region, &base);
		end = first + anz_record_get(&region, &size);
		if (end <= first)
			continue;
		first >>= kernel->page_shift;
		end = (end - 1) >> kernel->page_shift;
		anz_graph_claim_frames(graph, owner, ANZ_RANK_WALKED,
				       ANZ_CLASS_BIT(ANZ_CLASS_RESERVED), first, end - first + 1,
				       ANZ_NO_POSITION, ANZ_NR_CLASSES);
	}
	anz_record_clear(&region);
}

void anz_kernel_image_build(AnzGraph *graph)
{
	claim_image(graph);
	claim_page_array(graph);
	claim_iomem(graph);
	graph->turn++;
	claim_memblock(graph);
}
