/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A caller's own memory as a source: a debugger that has a dump or a machine open already hands
 * over functions that read it.
 */
#ifndef ANALYZE_MEMORY_H
#define ANALYZE_MEMORY_H

#include <analyze/error.h>

G_BEGIN_DECLS

/** AnzMemoryRange: physical addresses [start, end) behind which there is memory. */
typedef struct {
	guint64 start;
	guint64 end;
} AnzMemoryRange;

/**
 * AnzMemory:
 * @size: sizeof(AnzMemory)
 * @name: what messages and the analysis call it
 * @machine: as "uname -m" has it: "x86_64", "aarch64"
 * @big_endian: byte order of the machine
 * @vmcoreinfo: (nullable): VMCOREINFO text; %NULL to have memory searched for it
 * @ranges: @nr_ranges: in any order; where none of them is there are holes
 * @read_physical: fills @buf with @len bytes at @paddr, which lie within one of @ranges.  %FALSE
 *	if not all can be read; then pieces of a page are asked for, and what fails again counts as
 *	missing from the source
 * @read_virtual: (nullable): the same for kernel virtual addresses, for what the kernel's page
 *	tables, read through @read_physical, do not reach
 * @data: handed to both
 *
 * The functions are called by one thread at a time, but not always by the same one, until the
 * source is closed.
 */
typedef struct {
	gsize size;
	const char *name;
	const char *machine;
	gboolean big_endian;
	const char *vmcoreinfo;
	const AnzMemoryRange *ranges;
	guint nr_ranges;
	gboolean (*read_physical)(guint64 paddr, void *buf, gsize len, gpointer data);
	gboolean (*read_virtual)(guint64 vaddr, void *buf, gsize len, gpointer data);
	gpointer data;
} AnzMemory;

G_END_DECLS

#endif
