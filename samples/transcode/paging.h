/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The kernel's page tables, extended by one region that had no mapping. */
#ifndef TRANSCODE_PAGING_H
#define TRANSCODE_PAGING_H

#include "memory.h"

typedef struct Paging Paging;

/**
 * @arch: "x86_64" or "aarch64"
 * @vmcoreinfo: the dump's
 *
 * Returns: %NULL with @error.
 */
Paging *paging_new(AnzSource *source, Memory *memory, const char *arch, const char *vmcoreinfo,
		   GError **error);
void paging_free(Paging *paging);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Paging, paging_free)

/**
 * A kernel virtual address from which on @bytes are not mapped: the beginning of an entry of the top
 * table that is empty, the next one above @near if there is one.
 */
gboolean paging_find_room(Paging *paging, guint64 near, guint64 bytes, guint64 *vaddr,
			  GError **error);
/** Maps one base page of a region that paging_find_room() gave. */
gboolean paging_map(Paging *paging, guint64 vaddr, guint64 pfn, GError **error);

#endif
