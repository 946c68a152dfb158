/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The steps of anz_kernel_open(), in the order they run; each lives in the file named after it. */
#ifndef ANZ_KERNEL_PRIV_H
#define ANZ_KERNEL_PRIV_H

#include "kernel/kernel.h"

#define ANZ_MAX_NODES 1024	/* NODES_SHIFT is at most 10 in every architecture */
#define ANZ_MAX_CPUS 16384	/* twice the largest NR_CPUS that any architecture offers */
#define ANZ_MAX_ORDERS 32
#define ANZ_MAX_MIGRATETYPES 32

void anz_kernel_resolve_percpu(AnzKernel *kernel);
gboolean anz_kernel_resolve_nodes(AnzKernel *kernel, GError **error);
gboolean anz_kernel_resolve_sections(AnzKernel *kernel, GError **error);
gboolean anz_kernel_resolve_page_format(AnzKernel *kernel, GError **error);
/** @size: SIZE(page).  Sets kernel->memdesc if the shape is one of memory descriptors. */
/** Says so if links hold fewer frame numbers than the zones have: call when zones are known. */
void anz_kernel_check_link_reach(AnzKernel *kernel);
gboolean anz_kernel_resolve_memdesc(AnzKernel *kernel, guint64 size, gboolean *is_memdesc,
				    GError **error);
/** Needs sections: learns node and zone fields of the flags word and proves them on real pages. */
void anz_kernel_resolve_page_fields(AnzKernel *kernel);
/** Needs those: learns where the flags word has a folio's generation, and proves that, too. */
void anz_kernel_resolve_generations(AnzKernel *kernel);
void anz_kernel_resolve_counters(AnzKernel *kernel);
void anz_kernel_resolve_pageblocks(AnzKernel *kernel);
void anz_kernel_resolve_addresses(AnzKernel *kernel);

/** "enum x" of the dump as items; lets a caller walk numbers to names. */
GArray *anz_kernel_stat_items(AnzKernel *kernel, const char *enum_name, const char *end_name,
			      guint *nr_items);

#endif
