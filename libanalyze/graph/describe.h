/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One page's own bytes in words: the fields of its word, the members of its descriptor. */
#ifndef ANZ_GRAPH_DESCRIBE_H
#define ANZ_GRAPH_DESCRIBE_H

#include "kernel/kernel.h"

/**
 * anz_describe_page:
 * @page_class: what the analysis says the page is; chooses the overlay of the classic shape
 * @order: of the compound page or block it is in
 * @descriptor: address of its descriptor in a memory-descriptor format, 0 none
 *
 * Returns: (transfer full): %NULL-terminated lines "name: value"; empty if nothing can be read.
 */
char **anz_describe_page(AnzKernel *kernel, guint64 pfn, guint8 page_class, guint order,
			 guint64 descriptor);

/**
 * anz_describe_struct:
 * @type: name of a struct or union, from any compile unit
 * @address: kernel virtual
 *
 * Returns: (transfer full): as above; %NULL with @error (ARGUMENT: no such type; NO_MEMORY_AT: not in
 * the dump).
 */
char **anz_describe_struct(AnzKernel *kernel, const char *type, guint64 address, GError **error);

#endif
