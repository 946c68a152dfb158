/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "graph/page-ext.h"

#define MAX_RECORD_BYTES 4096
#define BLOCK_PAGES 512
#define PAGE_EXT_INVALID 1ull

gboolean anz_page_ext_resolve(AnzKernel *kernel, const char *ops, guint64 size, AnzPageExt *ext)
{
	guint64 symbol, at;

	return anz_field(kernel, "mem_section", "page_ext", &ext->ext) &&
	       anz_kernel_symbol(kernel, "page_ext_size", &at) &&
	       anz_kernel_read_u64(kernel, at, &ext->size) && anz_kernel_symbol(kernel, ops, &symbol) &&
	       anz_kernel_read_member(kernel, symbol, "page_ext_operations", "offset", &ext->offset) &&
	       ext->size <= MAX_RECORD_BYTES && size <= ext->size && ext->offset <= ext->size - size;
}

static gboolean read_section(AnzGraph *graph, const AnzPageExt *ext, const AnzSection *section,
			     AnzPageExtFunc func, gpointer data)
{
	AnzKernel *kernel = graph->kernel;
	g_autofree guint8 *bytes = g_malloc(BLOCK_PAGES * ext->size);
	guint64 base;

	if (!section->record || !anz_kernel_read_u64(kernel, section->record + ext->ext.offset, &base))
		return FALSE;
	if (!base || (base & PAGE_EXT_INVALID))
		return TRUE;
	for (guint64 at = 0, n; at < section->nr_pages && !anz_graph_cancelled(graph); at += n) {
		guint64 pfn = section->start_pfn + at;

		n = MIN(section->nr_pages - at, BLOCK_PAGES);
		if (!anz_kernel_read(kernel, base + pfn * ext->size, bytes, n * ext->size))
			return FALSE;
		for (guint64 i = 0; i < n; i++)
			func(pfn + i, bytes + i * ext->size, data);
	}
	return TRUE;
}

guint64 anz_page_ext_each(AnzGraph *graph, const AnzPageExt *ext, AnzPageExtFunc func, gpointer data)
{
	const GArray *sections = graph->kernel->sections;
	guint64 nr_unread = 0;

	for (guint i = 0; i < sections->len && !anz_graph_cancelled(graph); i++)
		nr_unread += !read_section(graph, ext, &g_array_index(sections, AnzSection, i), func, data);
	return nr_unread;
}
