/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Kernel virtual to physical, by walking the kernel's own page tables.  Both architectures are the
 * same walk: at most five tables, each indexed by a slice of the address; only the shape of an
 * entry differs.  A walk is a loop over levels, so no table can make it run for ever.
 *
 * x86-64: the top table is init_top_pgt in the kernel image, whose physical address is
 *	va - __START_KERNEL_map + phys_base.
 * aarch64: swapper_pg_dir, at va - kimage_voffset.  How many levels there are follows from the page
 *	size and the address bits in use, 64 - TCR_EL1.T1SZ, which may be fewer than VA_BITS of a
 *	kernel built for 52 bits on a CPU without them.
 */
#include "image/image-priv.h"

#include <string.h>

#define X86_START_KERNEL_MAP G_GUINT64_CONSTANT(0xffffffff80000000)
#define X86_PRESENT 0x1
#define X86_LARGE 0x80
#define X86_ADDR_MASK G_GUINT64_CONSTANT(0x000ffffffffff000)

#define ARM_VALID 0x1
#define ARM_TABLE 0x2	/* with VALID: a table above the last level, a page in it */

void anz_xlat_forget(AnzXlat *xlat)
{
	memset(xlat->tlb, 0xff, sizeof(xlat->tlb));
	memset(xlat->last, 0xff, sizeof(xlat->last));
}

guint64 anz_xlat_entry_address(const AnzXlat *xlat, guint64 entry, guint page_shift)
{
	guint64 addr;

	if (xlat->arch == ANZ_ARCH_X86_64)
		return entry & X86_ADDR_MASK & ~xlat->sme_mask;
	/* DDI 0487, D8.3: bits 47:granule; with LPA2 49:granule and 51:50 from 9:8. */
	addr = entry & (((guint64)1 << (xlat->is_lpa2 ? 50 : 48)) - 1) &
	       ~(((guint64)1 << page_shift) - 1);
	if (xlat->is_lpa2)
		addr |= (entry >> 8 & 3) << 50;
	if (xlat->is_lpa)
		addr |= (entry >> 12 & 0xf) << 48;
	return addr;
}

AnzXlatEntry anz_xlat_entry_kind(const AnzXlat *xlat, guint64 entry, guint level)
{
	gboolean is_last = level + 1 == xlat->nr_levels;

	if (xlat->arch == ANZ_ARCH_X86_64) {
		if (!(entry & X86_PRESENT))
			return ANZ_XLAT_NONE;
		if (is_last)
			return ANZ_XLAT_LEAF;
		/* 1 GiB and 2 MiB leaves exist; the bit is reserved in the levels above. */
		if (entry & X86_LARGE)
			return xlat->level[level].shift <= 30 ? ANZ_XLAT_LEAF : ANZ_XLAT_NONE;
		return ANZ_XLAT_TABLE;
	}
	if (!(entry & ARM_VALID))
		return ANZ_XLAT_NONE;
	if (is_last)
		return entry & ARM_TABLE ? ANZ_XLAT_LEAF : ANZ_XLAT_NONE;
	return entry & ARM_TABLE ? ANZ_XLAT_TABLE : ANZ_XLAT_LEAF;
}

static gboolean is_kernel_address(const AnzXlat *xlat, guint64 vaddr)
{
	/* x86-64 sign-extends from its top bit; aarch64's TTBR1 takes addresses of all ones. */
	guint top = xlat->arch == ANZ_ARCH_X86_64 ? xlat->va_bits - 1 : xlat->va_bits;

	return vaddr >> top == G_MAXUINT64 >> top;
}

AnzXlatResult anz_xlat_walk(AnzImage *image, guint64 vaddr, guint64 *paddr, guint64 *len,
			    AnzMemState *stopped)
{
	AnzXlat *xlat = &image->xlat;
	guint first = 0;
	guint64 table = xlat->root;

	*stopped = ANZ_MEM_ABSENT;
	if (xlat->arch == ANZ_ARCH_OTHER || !is_kernel_address(xlat, vaddr))
		return ANZ_XLAT_UNMAPPED;
	for (guint l = 0; l < xlat->nr_levels; l++) {
		const AnzTlbSlot *slot = &xlat->tlb[l][vaddr >> xlat->level[l].shift &
						       (ANZ_TLB_SLOTS - 1)];

		if (slot->vaddr != G_MAXUINT64 && vaddr - slot->vaddr < slot->size) {
			*paddr = slot->paddr + (vaddr - slot->vaddr);
			*len = slot->size - (vaddr - slot->vaddr);
			return ANZ_XLAT_OK;
		}
	}
	/* last[l]: the table of level l that the walk before used, by the address bits above. */
	for (guint l = xlat->nr_levels - 1; l > 0; l--)
		if (xlat->last[l].prefix == vaddr >> xlat->level[l - 1].shift) {
			first = l;
			table = xlat->last[l].table;
			break;
		}
	for (guint l = first; l < xlat->nr_levels; l++) {
		const AnzXlatLevel *level = &xlat->level[l];
		guint64 index = vaddr >> level->shift & (((guint64)1 << level->bits) - 1);
		guint64 mask = ((guint64)1 << level->shift) - 1;
		guint8 raw[8];
		guint64 entry;
		AnzTlbSlot *slot;

		if (anz_image_read_table(image, table + index * 8, raw, 8, stopped) != 8)
			return ANZ_XLAT_NO_TABLE;
		entry = anz_load64(raw, image->shared->is_big);
		switch (anz_xlat_entry_kind(xlat, entry, l)) {
		case ANZ_XLAT_NONE:
			*stopped = ANZ_MEM_ABSENT;
			return ANZ_XLAT_UNMAPPED;
		case ANZ_XLAT_TABLE:
			table = anz_xlat_entry_address(xlat, entry,
				xlat->level[xlat->nr_levels - 1].shift);
			if (l + 1 < xlat->nr_levels) {
				xlat->last[l + 1].prefix = vaddr >> level->shift;
				xlat->last[l + 1].table = table;
			}
			continue;
		case ANZ_XLAT_LEAF:
			slot = &xlat->tlb[l][vaddr >> level->shift & (ANZ_TLB_SLOTS - 1)];
			slot->vaddr = vaddr & ~mask;
			slot->size = mask + 1;
			/* A large leaf has other bits (PAT) where a page has address bits. */
			slot->paddr = anz_xlat_entry_address(xlat, entry,
				xlat->level[xlat->nr_levels - 1].shift) & ~mask;
			*paddr = slot->paddr + (vaddr & mask);
			*len = slot->size - (vaddr & mask);
			return ANZ_XLAT_OK;
		}
	}
	return ANZ_XLAT_UNMAPPED;
}

static gboolean root_is_there(AnzImage *image, guint64 root, GError **error)
{
	AnzMemState stopped;
	guint8 raw[8];

	if (anz_image_read_phys(image, root, raw, 8, &stopped) == 8)
		return TRUE;
	g_set_error(error, ANZ_ERROR, ANZ_ERROR_NO_MEMORY_AT,
		    "%s: the kernel's page table at physical 0x%" G_GINT64_MODIFIER "x %s; "
		    "kernel addresses cannot be translated (does VMCOREINFO belong to this "
		    "dump?)", image->shared->name, root,
		    stopped == ANZ_MEM_EXCLUDED ? "was excluded from the dump" :
		    stopped == ANZ_MEM_LOST ? "is missing from the file" : "is not in the dump");
	return FALSE;
}

static void set_levels(AnzXlat *xlat, guint page_shift, guint nr_levels, guint top_bits)
{
	xlat->nr_levels = nr_levels;
	for (guint l = 0; l < nr_levels; l++) {
		xlat->level[l].shift = page_shift + (page_shift - 3) * (nr_levels - 1 - l);
		xlat->level[l].bits = l ? page_shift - 3 : top_bits;
	}
	anz_xlat_forget(xlat);
}

static void set_x86_levels(AnzXlat *xlat, gboolean five)
{
	xlat->va_bits = five ? 57 : 48;
	set_levels(xlat, 12, five ? 5 : 4, 9);
}

/* The kernel maps its own image, so the top table, which lies in it, finds itself. */
static gboolean self_test(AnzImage *image, guint64 pgd_vaddr)
{
	AnzMemState stopped;
	guint64 paddr, len;

	return anz_xlat_walk(image, pgd_vaddr, &paddr, &len, &stopped) == ANZ_XLAT_OK &&
	       paddr == image->xlat.root;
}

gboolean anz_image_setup_translation(AnzImage *image, guint64 pgd_vaddr, gint64 phys_base,
				     gboolean five_levels, guint64 sme_mask, GError **error)
{
	AnzXlat *xlat = &image->xlat;
	AnzXlat before = *xlat;

	if (image->shared->arch != ANZ_ARCH_X86_64 || pgd_vaddr < X86_START_KERNEL_MAP) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_UNSUPPORTED,
			    "%s: cannot set up address translation for %s from a page table at "
			    "0x%" G_GINT64_MODIFIER "x", image->shared->name,
			    image->shared->arch_name, pgd_vaddr);
		return FALSE;
	}
	memset(xlat, 0, sizeof(*xlat));
	xlat->arch = ANZ_ARCH_X86_64;
	xlat->sme_mask = sme_mask;
	xlat->root = (pgd_vaddr - X86_START_KERNEL_MAP + (guint64)phys_base) &
		     ~(guint64)0xfff;
	set_x86_levels(xlat, five_levels);
	if (!root_is_there(image, xlat->root, error)) {
		*xlat = before;
		return FALSE;
	}
	xlat->is_proved = self_test(image, pgd_vaddr & ~(guint64)0xfff);
	if (xlat->is_proved)
		return TRUE;
	set_x86_levels(xlat, !five_levels);
	xlat->is_proved = self_test(image, pgd_vaddr & ~(guint64)0xfff);
	if (xlat->is_proved) {
		anz_image_log(image, "%s: page tables have %u levels, not %u as was said",
			      image->shared->name, xlat->nr_levels, five_levels ? 5 : 4);
		return TRUE;
	}
	set_x86_levels(xlat, five_levels);
	anz_image_log(image, "%s: the page table at physical 0x%" G_GINT64_MODIFIER "x does not "
		      "map itself at 0x%" G_GINT64_MODIFIER "x; translated addresses may be "
		      "wrong", image->shared->name, xlat->root, pgd_vaddr);
	return TRUE;
}

static gboolean setup_x86(AnzImage *image, const AnzVmcoreinfo *info, GError **error)
{
	guint64 pgd;
	gint64 phys_base = 0, five = 0, sme = 0;

	if ((!anz_vmcoreinfo_symbol(info, "init_top_pgt", &pgd) &&
	     !anz_vmcoreinfo_symbol(info, "swapper_pg_dir", &pgd) &&
	     !anz_vmcoreinfo_symbol(info, "init_level4_pgt", &pgd)) ||
	    !anz_vmcoreinfo_number(info, "phys_base", &phys_base)) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_UNSUPPORTED,
			    "%s: VMCOREINFO names no init_top_pgt or no phys_base; kernel "
			    "addresses cannot be translated", image->shared->name);
		return FALSE;
	}
	anz_vmcoreinfo_number(info, "pgtable_l5_enabled", &five);
	anz_vmcoreinfo_number(info, "sme_mask", &sme);
	return anz_image_setup_translation(image, pgd, phys_base, five != 0, sme, error);
}

gboolean anz_image_setup_translation_arm64(AnzImage *image, guint64 pgd_vaddr,
					   guint64 kimage_voffset, guint page_shift,
					   guint va_bits, guint va_bits_actual, GError **error)
{
	AnzXlat *xlat = &image->xlat, before = *xlat;
	guint per_level = page_shift - 3, levels, levels_built, bits;

	if ((page_shift != 12 && page_shift != 14 && page_shift != 16) || va_bits < 36 ||
	    va_bits > 52 || va_bits_actual < 36 || va_bits_actual > va_bits) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_UNSUPPORTED,
			    "%s: aarch64 with %u address bits (%u built in) and a page shift of "
			    "%u: no such page tables", image->shared->name, va_bits_actual,
			    va_bits, page_shift);
		return FALSE;
	}
	levels = (va_bits_actual - page_shift + per_level - 1) / per_level;
	levels_built = (va_bits - page_shift + per_level - 1) / per_level;
	memset(xlat, 0, sizeof(*xlat));
	xlat->arch = ANZ_ARCH_AARCH64;
	xlat->root = pgd_vaddr - kimage_voffset;
	xlat->va_bits = va_bits_actual;
	/* PA_BITS_52 needs VA_BITS_52 or 64 KiB pages (Kconfig); without it the bits are 0. */
	xlat->is_lpa = page_shift == 16;
	xlat->is_lpa2 = page_shift != 16 && va_bits_actual == 52;
	/*
	 * Fewer bits in use than built for: with 64 KiB pages the top table keeps its built size
	 * and its upper end is used (TTBR1_BADDR_4852_OFFSET); with 4 and 16 KiB pages the top
	 * level is folded away, and the table is the page that swapper_pg_dir lies in
	 * (pgd_to_folded_p4d(), p4d_to_folded_pud() of asm/pgtable.h, 6.9 and later).
	 */
	bits = (levels < levels_built ? va_bits_actual : va_bits) - page_shift -
	       (levels - 1) * per_level;
	if (levels < levels_built)
		xlat->root &= ~(((guint64)1 << page_shift) - 1);
	set_levels(xlat, page_shift, levels, bits);
	if (!root_is_there(image, xlat->root, error)) {
		*xlat = before;
		return FALSE;
	}
	xlat->is_proved = self_test(image, levels < levels_built ?
				    pgd_vaddr & ~(((guint64)1 << page_shift) - 1) : pgd_vaddr);
	if (!xlat->is_proved)
		anz_image_log(image, "%s: the page table at physical 0x%" G_GINT64_MODIFIER "x "
			      "does not map itself at 0x%" G_GINT64_MODIFIER "x; translated "
			      "addresses may be wrong", image->shared->name, xlat->root,
			      pgd_vaddr);
	return TRUE;
}

static gboolean setup_arm64(AnzImage *image, const AnzVmcoreinfo *info, GError **error)
{
	guint64 pgd;
	gint64 voffset, va_bits, t1sz, page_size;

	if (!anz_vmcoreinfo_symbol(info, "swapper_pg_dir", &pgd) ||
	    !anz_vmcoreinfo_number(info, "kimage_voffset", &voffset) ||
	    !anz_vmcoreinfo_number(info, "VA_BITS", &va_bits)) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_UNSUPPORTED,
			    "%s: VMCOREINFO names no swapper_pg_dir, kimage_voffset or VA_BITS; "
			    "kernel addresses cannot be translated", image->shared->name);
		return FALSE;
	}
	if (!anz_vmcoreinfo_line(info, "PAGESIZE") ||
	    !g_ascii_string_to_signed(anz_vmcoreinfo_line(info, "PAGESIZE"), 10, 4096, 65536,
				      &page_size, NULL))
		page_size = (gint64)1 << image->shared->page_shift;
	/* Exported since 5.9; before, the bits built for were the bits in use, but for 52. */
	if (!anz_vmcoreinfo_number(info, "TCR_EL1_T1SZ", &t1sz))
		t1sz = 64 - va_bits;
	return anz_image_setup_translation_arm64(image, pgd, voffset,
						 g_bit_nth_lsf(page_size, -1),
						 CLAMP(va_bits, 0, 64),
						 CLAMP(64 - t1sz, 0, 64), error);
}

gboolean anz_xlat_setup_vmcoreinfo(AnzImage *image, const AnzVmcoreinfo *info, GError **error)
{
	switch (image->shared->arch) {
	case ANZ_ARCH_X86_64:
		return setup_x86(image, info, error);
	case ANZ_ARCH_AARCH64:
		return setup_arm64(image, info, error);
	case ANZ_ARCH_OTHER:
		break;
	}
	g_set_error(error, ANZ_ERROR, ANZ_ERROR_UNSUPPORTED,
		    "%s: this build cannot translate kernel addresses of %s", image->shared->name,
		    image->shared->arch_name);
	return FALSE;
}
