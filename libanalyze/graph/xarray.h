/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The kernel's XArray (include/linux/xarray.h, 4.20 up), as a mapping's i_pages is one. */
#ifndef ANZ_GRAPH_XARRAY_H
#define ANZ_GRAPH_XARRAY_H

#include "kernel/record.h"

/**
 * AnzXarrayLayout: members that a walk needs; see anz_xarray_resolve().
 */
typedef struct {
	AnzKernel *kernel;
	AnzField shift, count;
	guint64 slots;		/* offset of xa_node.slots */
	guint chunk_shift;	/* log2 of its elements: 6, or 4 in small kernels */
	AnzRecord node;
	guint8 *stack;		/* nodes of the path at hand, one above another */
	guint64 odd_node;	/* address of a node that made no sense in the last walk; 0 none */
} AnzXarrayLayout;

/** %FALSE if this kernel's type info has no struct xa_node of a known form. */
gboolean anz_xarray_resolve(AnzXarrayLayout *layout, AnzKernel *kernel);
void anz_xarray_clear(AnzXarrayLayout *layout);

/**
 * AnzXarrayFunc:
 * @entry: a pointer, or a value entry (lowest bit set; the value is entry >> 1)
 * @nr: indices that the entry covers from @index on: more than one in a multi-index entry
 */
typedef void (*AnzXarrayFunc)(guint64 index, guint64 nr, guint64 entry, gpointer data);

/**
 * anz_xarray_walk:
 * @head: xarray.xa_head
 * @max_nodes: nodes to read at most; a tree that has more is taken for broken
 *
 * Calls @func for every entry, by index.
 *
 * Returns: %FALSE if a node could not be read or made no sense; what hangs on it is missing.
 */
gboolean anz_xarray_walk(AnzXarrayLayout *layout, guint64 head, guint64 max_nodes,
			 AnzXarrayFunc func, gpointer data);

#endif
