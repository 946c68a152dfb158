/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Pages are copied when first changed; everything else is read through from the source. */
#include <string.h>

#include "memory.h"

struct Memory {
	AnzSource *source;
	guint page_shift;
	guint64 first_new, next_new;
	GHashTable *pages;	/* frame number -> bytes of a changed or added frame */
};

Memory *memory_new(AnzSource *source, guint page_shift, guint64 first_new)
{
	Memory *memory = g_new0(Memory, 1);

	memory->source = source;
	memory->page_shift = page_shift;
	memory->first_new = memory->next_new = first_new;
	memory->pages = g_hash_table_new_full(NULL, NULL, NULL, g_free);
	return memory;
}

void memory_free(Memory *memory)
{
	if (!memory)
		return;
	g_hash_table_unref(memory->pages);
	g_free(memory);
}

guint memory_page_shift(const Memory *memory)
{
	return memory->page_shift;
}

guint64 memory_add_frame(Memory *memory)
{
	guint64 pfn = memory->next_new++;

	g_hash_table_insert(memory->pages, GSIZE_TO_POINTER(pfn),
			    g_malloc0((gsize)1 << memory->page_shift));
	return pfn;
}

guint64 memory_nr_added(const Memory *memory, guint64 *first)
{
	*first = memory->first_new;
	return memory->next_new - memory->first_new;
}

guint8 *memory_page(Memory *memory, guint64 pfn)
{
	guint8 *page = g_hash_table_lookup(memory->pages, GSIZE_TO_POINTER(pfn));
	gsize bytes = (gsize)1 << memory->page_shift;

	if (page)
		return page;
	page = g_malloc(bytes);
	if (anz_source_read_physical(memory->source, pfn << memory->page_shift, page, bytes) !=
	    bytes) {
		g_free(page);
		return NULL;
	}
	g_hash_table_insert(memory->pages, GSIZE_TO_POINTER(pfn), page);
	return page;
}

gboolean memory_write(Memory *memory, guint64 paddr, const void *data, gsize len, GError **error)
{
	guint64 mask = ((guint64)1 << memory->page_shift) - 1;
	const guint8 *from = data;

	while (len) {
		gsize part = MIN(len, mask + 1 - (paddr & mask));
		guint8 *page = memory_page(memory, paddr >> memory->page_shift);

		if (!page) {
			g_set_error(error, ANZ_ERROR, ANZ_ERROR_NO_MEMORY_AT,
				    "physical memory at 0x%" G_GINT64_MODIFIER "x must be changed but "
				    "is not in the dump; use a complete one", paddr);
			return FALSE;
		}
		memcpy(page + (paddr & mask), from, part);
		paddr += part;
		from += part;
		len -= part;
	}
	return TRUE;
}

gboolean memory_write_virtual(Memory *memory, guint64 vaddr, const void *data, gsize len,
			      GError **error)
{
	guint64 mask = ((guint64)1 << memory->page_shift) - 1, paddr;
	const guint8 *from = data;

	while (len) {
		gsize part = MIN(len, mask + 1 - (vaddr & mask));

		if (!anz_source_translate(memory->source, vaddr, &paddr)) {
			g_set_error(error, ANZ_ERROR, ANZ_ERROR_NO_MEMORY_AT,
				    "kernel memory at 0x%" G_GINT64_MODIFIER "x must be changed but is "
				    "not mapped", vaddr);
			return FALSE;
		}
		if (!memory_write(memory, paddr, from, part, error))
			return FALSE;
		vaddr += part;
		from += part;
		len -= part;
	}
	return TRUE;
}

gboolean memory_read_pages(Memory *memory, guint64 pfn, guint nr, guint8 *out)
{
	gsize bytes = (gsize)1 << memory->page_shift;
	gboolean from_source = FALSE;

	for (guint i = 0; i < nr && !from_source; i++)
		from_source = !g_hash_table_contains(memory->pages, GSIZE_TO_POINTER(pfn + i));
	if (from_source && anz_source_read_physical(memory->source, pfn << memory->page_shift, out,
						    nr * bytes) != nr * bytes)
		return FALSE;
	for (guint i = 0; i < nr; i++) {
		const guint8 *page = g_hash_table_lookup(memory->pages, GSIZE_TO_POINTER(pfn + i));

		if (page)
			memcpy(out + i * bytes, page, bytes);
	}
	return TRUE;
}
