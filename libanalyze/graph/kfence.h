/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * KFENCE (mm/kfence/core.c): every so often an object of any slab cache is put on a page of its own,
 * at its beginning or at its end, between two that no one may touch.
 */
#ifndef ANZ_GRAPH_KFENCE_H
#define ANZ_GRAPH_KFENCE_H

#include "graph/graph.h"
#include "kernel/record.h"

typedef struct {
	AnzKernel *kernel;
	guint64 pool;		/* virtual address; 0: this kernel has none */
	guint64 pfn;		/* of its first page */
	guint64 metadata;	/* of the first object; 0: not known */
	guint64 stride;		/* bytes from one to the next */
	AnzField addr, state;	/* kfence_metadata */
	gint64 freed, unused;	/* values of state */
} AnzKfence;

void anz_kfence_find(const AnzGraph *graph, AnzKfence *kfence);
/**
 * anz_kfence_page:
 * @pfn: a page that is marked as a slab
 * @first: (out): bytes in the page before its object
 * @in_use: (out): whether it has one, and where that lies is known
 *
 * Returns: whether the page is one of the pool.
 */
gboolean anz_kfence_page(const AnzKfence *kfence, guint64 pfn, guint32 *first, gboolean *in_use);

#endif
