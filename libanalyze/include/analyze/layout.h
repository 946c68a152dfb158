/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a source's kernel says of itself, for programs that read structures of their own: VMCOREINFO,
 * symbols, layouts, and memory at kernel addresses.  Physical memory and translation are in
 * analysis.h; which frames the source has is table memory_range of an analysis.
 *
 * Threads: as the source, one at a time.
 */
#ifndef ANALYZE_LAYOUT_H
#define ANALYZE_LAYOUT_H

#include <analyze/analysis.h>

G_BEGIN_DECLS

/** %TRUE if multi-byte values of the dumped machine have their most significant byte first. */
gboolean anz_source_is_big_endian(const AnzSource *source);

/**
 * anz_source_vmcoreinfo:
 *
 * The VMCOREINFO text in use (the note's, or what stood in for it), one KEY=value a line in the
 * kernel's order; lines that are no text are left out.
 *
 * Returns: (transfer full): never %NULL.
 */
char *anz_source_vmcoreinfo(const AnzSource *source);

/**
 * anz_source_symbol:
 * @address: (out): where the symbol was at run time: SYMBOL() of VMCOREINFO, else the symbol table
 *	and the kernel's slide
 *
 * For a few names VMCOREINFO states the value of a variable and not its address (mem_section
 * under SPARSEMEM_EXTREME); see anz_source_vmcoreinfo() to tell.
 *
 * Returns: %FALSE if the kernel has no such symbol.
 */
gboolean anz_source_symbol(AnzSource *source, const char *name, guint64 *address);

/**
 * anz_source_type_size:
 * @type: a struct or union, without the word "struct"
 * @bytes: (out): its size
 *
 * Returns: %FALSE if the type info has no such type, and VMCOREINFO no SIZE() of it.
 */
gboolean anz_source_type_size(AnzSource *source, const char *type, guint64 *bytes);

/**
 * anz_source_member:
 * @type: a struct or union
 * @path: "flags", "lru.next", "free_area[2].nr_free"; anonymous structs and unions are looked
 *	through
 * @bit_offset: (out): from the start of @type
 * @bit_size: (out) (nullable): its width; 0 if only VMCOREINFO states its place
 *
 * Of several type-info files the first that has @type answers, as everywhere.
 *
 * Returns: %FALSE, the outputs untouched, if there is no such type or member.
 */
gboolean anz_source_member(AnzSource *source, const char *type, const char *path,
			   guint64 *bit_offset, guint64 *bit_size);

/**
 * anz_source_read_virtual:
 *
 * Returns: how many of @len bytes at kernel virtual address @vaddr could be read: up to the first
 * page that is not mapped or not in the dump.
 */
gsize anz_source_read_virtual(AnzSource *source, guint64 vaddr, void *buf, gsize len);

/**
 * anz_source_struct_page_address:
 *
 * Returns: the kernel virtual address of the struct page of @pfn; 0 if that frame has none.
 */
guint64 anz_source_struct_page_address(const AnzSource *source, guint64 pfn);

G_END_DECLS

#endif
