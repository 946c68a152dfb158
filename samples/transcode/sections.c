/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What leads to the array: section_mem_map of every section, and the variable vmemmap_base of
 * x86-64.  Source: include/linux/mmzone.h, mm/sparse.c.
 */
#include "transcode.h"
#include "vmcoreinfo.h"

#define SECTION_HAS_MAP 3u	/* SECTION_MARKED_PRESENT and SECTION_HAS_MEM_MAP */
#define MAX_FLAGS 4096

static gboolean write_section(Transcoder *t, guint64 address, guint *nr, GError **error)
{
	guint64 map, flags;

	if (!machine_read_u64(t, address, &map, error))
		return FALSE;
	if ((map & SECTION_HAS_MAP) != SECTION_HAS_MAP)
		return TRUE;
	flags = map - t->old_array;
	if (flags >= MAX_FLAGS) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_KERNEL,
			    "section_mem_map at 0x%" G_GINT64_MODIFIER "x does not lead to the page "
			    "array at 0x%" G_GINT64_MODIFIER "x", address, t->old_array);
		return FALSE;
	}
	map = GUINT64_TO_LE(t->new_array + flags);
	++*nr;
	return memory_write_virtual(t->memory, address, &map, 8, error);
}

/* The root array: its address is what VMCOREINFO calls SYMBOL(mem_section). */
static gboolean find_roots(Transcoder *t, guint64 *roots, guint64 *nr_roots, GError **error)
{
	g_autofree char *text = anz_source_vmcoreinfo(t->source);
	gint64 value;

	if (vmcoreinfo_number(text, "SYMBOL(mem_section)", 16, &value) &&
	    vmcoreinfo_number(text, "LENGTH(mem_section)", 10, (gint64 *)nr_roots)) {
		*roots = value;
		return TRUE;
	}
	g_set_error(error, ANZ_ERROR, ANZ_ERROR_KERNEL,
		    "VMCOREINFO does not tell where mem_section is");
	return FALSE;
}

gboolean sections_write(Transcoder *t, GError **error)
{
	guint64 roots, nr_roots = 0, bytes, map, root, per_root, base;
	guint nr = 0;

	if (!machine_offset(t, "mem_section", "section_mem_map", &map, error) ||
	    !find_roots(t, &roots, &nr_roots, error))
		return FALSE;
	if (!anz_source_type_size(t->source, "mem_section", &bytes) || !bytes ||
	    nr_roots > 1u << 22) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_KERNEL,
			    "the section table of this kernel is not understood");
		return FALSE;
	}
	per_root = (1ull << t->page_shift) / bytes;
	for (guint64 i = 0; i < nr_roots; i++) {
		if (!machine_read_u64(t, roots + i * 8, &root, error))
			return FALSE;
		for (guint64 k = 0; root && k < per_root; k++)
			if (!write_section(t, root + k * bytes + map, &nr, error))
				return FALSE;
	}
	if (!nr) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_KERNEL,
			    "no section of this kernel has a page array");
		return FALSE;
	}
	if (!anz_source_symbol(t->source, "vmemmap_base", &base))
		return TRUE;
	map = GUINT64_TO_LE(t->new_array);
	return memory_write_virtual(t->memory, base, &map, 8, error);
}
