/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * vmalloc areas: which there are, who asked for each, and which frames lie behind it.  Since 6.9 they
 * are spread over nodes with a list each (vmap_nodes, mm/vmalloc.c); before there was one list.
 */
#include "graph/areas.h"

#include <string.h>

#include "graph/range.h"

#define MAX_AREAS (1u << 24)
#define MAX_NODES (1u << 12)	/* of vmap_nodes; mm/vmalloc.c makes 128 at most */
/* Pages to look at for each frame of memory: areas may be larger than what is mapped in them. */
#define LOOKS_A_FRAME 16

/* include/linux/vmalloc.h; macros, the same since 5.12. */
enum {
	VM_IOREMAP = 1 << 0,
	VM_ALLOC = 1 << 1,
	VM_MAP_PUT_PAGES = 1 << 9,
};

static const char *const flag_names[] = {
	"ioremap", "vmalloc", "vmap", "user", "dma-coherent", "uninitialized", "no-guard", "kasan",
	"flush-reset-perms", "put-pages", "huge", "defer-kmemleak", "sparse",
};

typedef struct {
	AnzGraph *graph;
	AnzAreas *areas;
	AnzField list, va_start, va_end, vm;			/* vmap_area */
	AnzField addr, size, flags, nr_pages, paddr, caller;	/* vm_struct */
	AnzRecord va, area;
	guint64 unreadable, senseless;
	guint64 looks;	/* left */
} Builder;

char *anz_area_flags_text(guint64 flags)
{
	GString *text = g_string_new(NULL);

	for (guint i = 0; i < 64; i++) {
		if (!(flags >> i & 1))
			continue;
		if (text->len)
			g_string_append_c(text, ',');
		if (i < G_N_ELEMENTS(flag_names))
			g_string_append(text, flag_names[i]);
		else
			g_string_append_printf(text, "bit%u", i);
	}
	return g_string_free(text, FALSE);
}

char *anz_areas_symbol(const AnzGraph *graph, guint64 vaddr, gboolean with_offset)
{
	const AnzModule *module = graph->areas ? anz_modules_at(graph->areas, vaddr) : NULL;
	g_autofree char *in_module = NULL;
	GString *text = g_string_new(NULL);
	const char *symbol;
	guint64 offset;

	if (module)
		symbol = in_module = anz_modules_symbol(graph->kernel, module, vaddr, &offset);
	else
		symbol = anz_types_symbol_at(graph->kernel->types, vaddr, &offset);
	if (symbol)
		g_string_append(text, symbol);
	else if (!module || with_offset)
		g_string_append_printf(text, "0x%" G_GINT64_MODIFIER "x", vaddr);
	if (symbol && with_offset)
		g_string_append_printf(text, "+0x%" G_GINT64_MODIFIER "x", offset);
	if (module)
		g_string_append_printf(text, "%s[%s]", text->len ? " " : "", module->name);
	return g_string_free(text, FALSE);
}

/* An area without a struct vm_struct: address space of vm_map_ram(), mapped for a short time. */
static gboolean add_unnamed(Builder *b, guint64 address)
{
	AnzArea area = { .address = address };

	area.start = anz_record_get(&b->va, &b->va_start);
	area.end = anz_record_get(&b->va, &b->va_end);
	area.caller = g_strdup("vm_map_ram");
	g_array_append_val(b->areas->areas, area);
	return TRUE;
}

static gboolean add_area(guint64 address, gpointer data)
{
	Builder *b = data;
	AnzArea area = { 0 };
	guint64 caller;

	if (b->areas->areas->len >= MAX_AREAS || !anz_record_read(&b->va, address)) {
		b->unreadable++;
		return b->areas->areas->len < MAX_AREAS;
	}
	area.address = anz_kernel_untag(b->graph->kernel, anz_record_get(&b->va, &b->vm));
	if (!area.address)
		return add_unnamed(b, address);
	if (!anz_record_read(&b->area, area.address) || !anz_record_has(&b->area, &b->size)) {
		b->unreadable++;
		return TRUE;
	}
	area.start = anz_record_get(&b->area, &b->addr);
	area.end = area.start + anz_record_get(&b->area, &b->size);
	area.flags = anz_record_get(&b->area, &b->flags);
	area.nr_pages = anz_record_get(&b->area, &b->nr_pages);
	area.paddr = anz_record_get(&b->area, &b->paddr);
	/* In a union with the size of the largest hole, for areas that are free. */
	if (area.start != anz_record_get(&b->va, &b->va_start) || area.end <= area.start) {
		b->senseless++;
		return TRUE;
	}
	caller = anz_record_get(&b->area, &b->caller);
	area.caller = caller ? anz_areas_symbol(b->graph, caller, TRUE) : NULL;
	g_array_append_val(b->areas->areas, area);
	return TRUE;
}

static void walk(Builder *b, guint64 head)
{
	if (!anz_kernel_walk_list(b->graph->kernel, head, b->list.offset, MAX_AREAS, add_area, b))
		b->unreadable++;
}

/*
 * The array of nodes.  A kernel for one cpu has one, in a variable of its own, and its compiler keeps no pointer
 * to what is never another.
 */
static gboolean find_nodes(AnzKernel *kernel, guint64 *nodes)
{
	guint64 pointer, any;

	if (anz_kernel_symbol(kernel, "vmap_nodes", &pointer))
		return anz_kernel_read_u64(kernel, pointer, nodes);
	return anz_kernel_symbol(kernel, "nr_vmap_nodes", &any) && anz_kernel_symbol(kernel, "single", nodes);
}

static void walk_nodes(Builder *b, guint64 nodes)
{
	AnzKernel *kernel = b->graph->kernel;
	AnzField head;
	guint64 address, stride;
	guint32 nr = 1;

	if (!anz_field(kernel, "vmap_node", "busy.head", &head) ||
	    !anz_kernel_sizeof(kernel, "vmap_node", &stride) || !nodes)
		return;
	if (anz_kernel_symbol(kernel, "nr_vmap_nodes", &address))
		anz_kernel_read_u32(kernel, address, &nr);
	for (guint i = 0; i < MIN(nr, MAX_NODES); i++)
		walk(b, nodes + i * stride + head.offset);
}

static int by_start(gconstpointer a, gconstpointer b)
{
	const AnzArea *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

/*
 * What vmalloc() allocated is the area's.  What vmap() maps was somebody's before: the area is its
 * owner only if nobody else says so.
 */
static void claim_area(Builder *b, AnzArea *area)
{
	AnzGraph *graph = b->graph;
	gboolean allocated = area->flags & (VM_ALLOC | VM_MAP_PUT_PAGES);
	guint64 bytes = MIN(area->end - area->start, b->looks << graph->kernel->page_shift);
	g_autofree char *name = g_strdup(area->caller ? area->caller : "caller not known");
	char *plus = strchr(name, '+');

	if (area->flags & VM_IOREMAP)
		return;
	/* People know functions, not offsets in them: "init+0x10 [zram]" is init of zram. */
	if (plus)
		memmove(plus, plus + strcspn(plus, " "), strlen(plus + strcspn(plus, " ")) + 1);
	area->owner = anz_graph_owner(graph, ANZ_OWNER_AREA, area->address, "%s", name);
	area->nr_claimed = anz_graph_claim_range(graph, area->owner, allocated ? ANZ_RANK_WALKED :
						 ANZ_RANK_MAPPED, ANZ_UNNAMED_CLASSES, area->start,
						 bytes, ANZ_CLASS_VMALLOC);
	b->looks -= bytes >> graph->kernel->page_shift;
}

AnzAreas *anz_areas_get(AnzGraph *graph)
{
	AnzAreas *areas = graph->areas;

	if (areas)
		return areas;
	graph->areas = areas = g_new0(AnzAreas, 1);
	areas->areas = g_array_new(FALSE, TRUE, sizeof(AnzArea));
	areas->modules = g_array_new(FALSE, TRUE, sizeof(AnzModule));
	areas->chunks = g_array_new(FALSE, TRUE, sizeof(AnzPercpuChunk));
	areas->kernel_percpu = -1;
	return areas;
}

void anz_areas_build(AnzGraph *graph)
{
	AnzKernel *kernel = graph->kernel;
	Builder b = { .graph = graph, .areas = anz_areas_get(graph) };
	guint64 nodes, head;

	anz_field(kernel, "vmap_area", "va_start", &b.va_start);
	anz_field(kernel, "vmap_area", "va_end", &b.va_end);
	anz_field(kernel, "vmap_area", "vm", &b.vm);
	anz_field(kernel, "vm_struct", "addr", &b.addr);
	anz_field(kernel, "vm_struct", "size", &b.size);
	anz_field(kernel, "vm_struct", "flags", &b.flags);
	anz_field(kernel, "vm_struct", "nr_pages", &b.nr_pages);
	anz_field(kernel, "vm_struct", "phys_addr", &b.paddr);
	anz_field(kernel, "vm_struct", "caller", &b.caller);
	/* Without types there are no owners of any kind; the source says so. */
	if (!anz_field(kernel, "vmap_area", "list", &b.list) || !b.vm.known || !b.size.known)
		return;
	b.looks = LOOKS_A_FRAME * graph->planes->max_pfn;
	anz_record_init_type(&b.va, kernel, "vmap_area");
	anz_record_init_type(&b.area, kernel, "vm_struct");
	if (find_nodes(kernel, &nodes))
		walk_nodes(&b, nodes);
	else if (anz_kernel_symbol(kernel, "vmap_area_list", &head))
		walk(&b, head);
	else
		anz_kernel_remark(kernel, "note", "vmalloc", 1,
				  "no list of vmalloc areas of a known form; they are not known");
	g_array_sort(b.areas->areas, by_start);
	for (guint i = 0; i < b.areas->areas->len && !anz_graph_cancelled(graph); i++)
		claim_area(&b, &g_array_index(b.areas->areas, AnzArea, i));
	if (b.unreadable)
		anz_kernel_remark(kernel, "warning", "vmalloc", b.unreadable,
				  "vmalloc areas, or lists of them, that are not in the dump");
	if (b.senseless)
		anz_kernel_remark(kernel, "warning", "vmalloc", b.senseless,
				  "vmalloc areas whose struct vm_struct tells of another address");
	if (!b.looks)
		anz_kernel_remark(kernel, "warning", "vmalloc", 1,
				  "vmalloc areas are many times larger than memory; those at the highest "
				  "addresses were not looked into");
	anz_record_clear(&b.va);
	anz_record_clear(&b.area);
}

void anz_areas_free(AnzAreas *areas)
{
	if (!areas)
		return;
	for (guint i = 0; i < areas->areas->len; i++)
		g_free(g_array_index(areas->areas, AnzArea, i).caller);
	for (guint i = 0; i < areas->modules->len; i++)
		g_free(g_array_index(areas->modules, AnzModule, i).name);
	g_array_unref(areas->areas);
	g_array_unref(areas->modules);
	g_array_unref(areas->chunks);
	g_free(areas);
}
