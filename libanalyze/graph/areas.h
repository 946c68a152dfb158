/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Kernel memory that is mapped page by page: vmalloc areas, modules, chunks of the per-cpu allocator.
 *
 * Modules and chunks lie in vmalloc areas of their own; their pages belong to the module or the chunk,
 * and kernel stacks to their tasks (stacks.c).  What is left of an area is its caller's.
 */
#ifndef ANZ_GRAPH_AREAS_H
#define ANZ_GRAPH_AREAS_H

#include "graph/graph.h"

/** One vmalloc area, as a line of /proc/vmallocinfo. */
typedef struct {
	guint32 owner;		/* 0: ioremap() of a device, which has no frames of memory */
	guint64 address;	/* of struct vm_struct; of struct vmap_area for vm_map_ram() */
	guint64 start, end;	/* virtual, guard page included */
	guint64 flags;		/* VM_* of include/linux/vmalloc.h */
	guint64 nr_pages;	/* vm_struct.nr_pages: what vmalloc() allocated; else 0 */
	guint64 nr_claimed;	/* frames of memory behind it that no descriptor names an owner of */
	guint64 paddr;		/* of ioremap() */
	char *caller;		/* "alloc_large_system_hash+0x197", "init+0x10 [zram]" */
} AnzArea;

/** One part of a module: code, data ... */
typedef struct {
	guint64 start, size;
} AnzModulePart;

typedef struct {
	guint32 owner;
	guint64 address;	/* of struct module */
	char *name;
	guint64 size;		/* bytes, all parts together */
	guint64 nr_pages;	/* frames behind them */
	AnzModulePart parts[16];
	guint nr_parts;
} AnzModule;

/** One chunk of the per-cpu allocator: a stretch of addresses with a unit for every cpu. */
typedef struct {
	guint32 owner;
	guint64 address;	/* of struct pcpu_chunk; 0 the static per-cpu variables */
	guint64 base;		/* of its first unit, virtual */
	guint64 nr_pages;	/* of one unit, populated or not */
	guint64 nr_populated;	/* of these */
	guint64 nr_claimed;	/* frames found behind all units */
	guint64 free_bytes;	/* of one unit, within populated and unpopulated pages */
} AnzPercpuChunk;

struct AnzAreas {
	GArray *areas;		/* AnzArea by start */
	GArray *modules;	/* AnzModule, as listed */
	GArray *chunks;		/* AnzPercpuChunk */
	guint64 nr_units;	/* of a chunk: possible cpus, rounded up by groups */
	gint64 kernel_percpu;	/* pcpu_nr_populated: pages of one unit in use, all chunks; -1 unknown */
};

/** Families, in the order in which they have to run: the first claim wins. */
void anz_percpu_build(AnzGraph *graph);
void anz_modules_build(AnzGraph *graph);
void anz_areas_build(AnzGraph *graph);
void anz_areas_free(AnzAreas *areas);

/** graph->areas, made when first asked for. */
AnzAreas *anz_areas_get(AnzGraph *graph);
/** The module that holds run-time address @vaddr, or %NULL. */
const AnzModule *anz_modules_at(const AnzAreas *areas, guint64 vaddr);
/**
 * anz_modules_symbol:
 * @offset: (out): of @vaddr in it
 *
 * Returns: (transfer full): the symbol of @module at or below @vaddr, by the module's own table in
 * memory (CONFIG_KALLSYMS); %NULL if there is none.
 */
char *anz_modules_symbol(AnzKernel *kernel, const AnzModule *module, guint64 vaddr, guint64 *offset);
/**
 * anz_areas_symbol:
 *
 * Returns: (transfer full): symbol, or module, at @vaddr for people: "kernel_clone+0xbf", "init+0x10 [zram]".
 */
char *anz_areas_symbol(const AnzGraph *graph, guint64 vaddr, gboolean with_offset);
/** Flags of an area in words; transfer full. */
char *anz_area_flags_text(guint64 flags);

#endif
