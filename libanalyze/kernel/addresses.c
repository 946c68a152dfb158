/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Well-known places: the direct map, the kernel image, the shared zero pages.
 */
#include "kernel/kernel-priv.h"

/*
 * The kernel image is mapped at two places: by its own mapping, which is no part of the direct map, and
 * is everywhere as far from physical memory as _stext is.
 */
static gboolean in_image_mapping(AnzKernel *kernel, guint64 vaddr, guint64 paddr)
{
	guint64 text, text_paddr, len;

	if (kernel->text_start && vaddr >= kernel->text_start && vaddr < kernel->text_end)
		return TRUE;
	return anz_kernel_symbol(kernel, "_stext", &text) &&
	       anz_image_translate(kernel->image, text, &text_paddr, &len) &&
	       text - text_paddr == vaddr - paddr;
}

/* Takes @vaddr, that of something the kernel allocates in the direct map, for what shows its base. */
static gboolean page_offset_from(AnzKernel *kernel, guint64 vaddr, const char *what)
{
	guint64 paddr, len, back;

	if (!anz_image_translate(kernel->image, vaddr, &paddr, &len) ||
	    in_image_mapping(kernel, vaddr, paddr))
		return FALSE;
	if (!anz_image_translate(kernel->image, vaddr - (paddr & 0x1fffff), &back, &len) ||
	    back != (paddr & ~0x1fffffull))
		return FALSE;
	kernel->page_offset = vaddr - paddr;
	anz_kernel_fact(kernel, "direct map", "memory", "0x%" G_GINT64_MODIFIER "x (from %s)",
			kernel->page_offset, what);
	return TRUE;
}

/*
 * The direct map is linear, so any pointer into it minus its page-walked physical address is its
 * base (as a virtual address of physical 0; randomised on x86-64, page_offset_base there).
 */
static void resolve_page_offset(AnzKernel *kernel)
{
	guint64 address, vaddr;

	if (anz_types_symbol(kernel->types, "page_offset_base", &address) &&
	    anz_kernel_read_u64(kernel, address, &vaddr) && vaddr >> 63) {
		kernel->page_offset = vaddr;
		anz_kernel_fact(kernel, "direct map", "memory", "0x%" G_GINT64_MODIFIER
				"x (page_offset_base)", vaddr);
		return;
	}
	for (guint i = 0; i < kernel->nodes->len; i++)
		if (page_offset_from(kernel, g_array_index(kernel->nodes, AnzNode, i).address,
				     "a node's struct"))
			return;
	/* The only node of a kernel without NUMA lies in the image; the root of its sections does not. */
	for (guint i = 0; i < kernel->sections->len; i++) {
		vaddr = g_array_index(kernel->sections, AnzSection, i).record;
		if (vaddr && page_offset_from(kernel, vaddr, "a section's struct"))
			return;
	}
	/* Nor does the page array of a flat memory model. */
	if (anz_kernel_symbol(kernel, "mem_map", &address) &&
	    anz_kernel_read_u64(kernel, address, &vaddr) &&
	    page_offset_from(kernel, vaddr, "mem_map"))
		return;
	anz_kernel_remark(kernel, "note", "addresses", 1,
			  "the base of the direct map is not known; virtual addresses of pages are "
			  "missing");
}

static void resolve_zero_pages(AnzKernel *kernel)
{
	static const char *const variables[] = { "zero_page_pfn", "zero_pfn" };
	guint64 address, paddr, len, pfn;

	/* An array in the image on most architectures, else a pointer to its struct page. */
	if (anz_kernel_symbol(kernel, "empty_zero_page", &address) &&
	    anz_image_translate(kernel->image, address, &paddr, &len) &&
	    !(paddr & ((1ull << kernel->page_shift) - 1)))
		kernel->zero_pfn = paddr >> kernel->page_shift;
	for (guint i = 0; i < G_N_ELEMENTS(variables) && kernel->zero_pfn == G_MAXUINT64; i++)
		if (anz_kernel_symbol(kernel, variables[i], &address) &&
		    anz_kernel_read_u64(kernel, address, &pfn) && pfn &&
		    anz_kernel_section(kernel, pfn))
			kernel->zero_pfn = pfn;
	/* Allocated when first wanted; ~0 until then. */
	if (anz_kernel_symbol(kernel, "huge_zero_pfn", &address) &&
	    anz_kernel_read_u64(kernel, address, &pfn) && pfn && anz_kernel_section(kernel, pfn) &&
	    !(pfn & ((1ull << (kernel->page_shift - 3)) - 1)))
		kernel->huge_zero_pfn = pfn;
}

void anz_kernel_resolve_addresses(AnzKernel *kernel)
{
	guint64 start, end, paddr, end_paddr, len;

	if (anz_kernel_symbol(kernel, "_text", &start) && anz_kernel_symbol(kernel, "_end", &end) &&
	    end > start && end - start < 1ull << 32) {
		kernel->text_start = start;
		kernel->text_end = end;
		if (anz_image_translate(kernel->image, start, &paddr, &len)) {
			/* Frames that the image no longer owns (init memory) are not reserved. */
			kernel->image_start_pfn = paddr >> kernel->page_shift;
			kernel->image_nr_pages = (end - start) >> kernel->page_shift;
			if (anz_image_translate(kernel->image, end - 1, &end_paddr, &len) &&
			    end_paddr - paddr != end - 1 - start) {
				kernel->image_nr_pages = 0;
				anz_kernel_remark(kernel, "note", "addresses", 1,
						  "the kernel image is not contiguous in physical "
						  "memory; its pages show as reserved");
			}
		}
	}
	resolve_page_offset(kernel);
	resolve_zero_pages(kernel);
}
