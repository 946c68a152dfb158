/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the kernel keeps of each frame beside its struct page, for those who asked for it when the machine
 * booted (CONFIG_PAGE_EXTENSION, mm/page_ext.c).
 *
 * Records hang on each memory section: mem_section.page_ext is where frame 0 would have its own, with the
 * lowest bit set while it must not be used.  They are page_ext_size bytes long, and the part of each user
 * lies page_ext_operations.offset bytes into them.
 */
#ifndef ANZ_GRAPH_PAGE_EXT_H
#define ANZ_GRAPH_PAGE_EXT_H

#include "graph/graph.h"

typedef struct {
	AnzField ext;		/* mem_section.page_ext */
	guint64 size;		/* of one record */
	guint64 offset;		/* of the user's part in it; 0 also for one who did not ask */
} AnzPageExt;

/**
 * anz_page_ext_resolve:
 * @ops: symbol of the user's struct page_ext_operations
 * @size: of the user's part, which has to lie within the record
 *
 * Returns: %FALSE if this kernel has no such records.
 */
gboolean anz_page_ext_resolve(AnzKernel *kernel, const char *ops, guint64 size, AnzPageExt *ext);

/** @record: of frame @pfn, @ext->size bytes */
typedef void (*AnzPageExtFunc)(guint64 pfn, const guint8 *record, gpointer data);

/** Calls @func for every frame, rising.  Returns: sections whose records are not in the dump, or not all. */
guint64 anz_page_ext_each(AnzGraph *graph, const AnzPageExt *ext, AnzPageExtFunc func, gpointer data);

#endif
