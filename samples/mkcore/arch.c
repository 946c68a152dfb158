/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the architecture decides: page sizes and depths of page tables, where the kernel has
 * its image, its direct map and its page array, and how a reader of a dump is told.
 * Sources: Documentation/arch/x86/x86_64/mm.rst, arch/arm64/include/asm/memory.h.
 */
#include "machine.h"

#define X86_IMAGE 0xffffffff80000000ull		/* __START_KERNEL_map */
#define ARM_MODULES (2ull << 30)		/* between the linear map and the image */
#define ARM_VMEMMAP_END -(1ull << 30)

/* levels of page tables -> bits of a virtual address; 0 where no kernel has them */
static int va_bits_of(const struct recipe *r)
{
	static const struct {
		enum arch arch;
		int page_shift, levels, bits;
	} known[] = {
		{ ARCH_X86_64, 12, 4, 48 },  { ARCH_X86_64, 12, 5, 57 },
		{ ARCH_AARCH64, 12, 3, 39 }, { ARCH_AARCH64, 12, 4, 48 },
		{ ARCH_AARCH64, 14, 2, 36 }, { ARCH_AARCH64, 14, 3, 47 },
		{ ARCH_AARCH64, 14, 4, 48 }, { ARCH_AARCH64, 16, 2, 42 },
		{ ARCH_AARCH64, 16, 3, 48 },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(known); i++)
		if (known[i].arch == r->arch && known[i].page_shift == r->page_shift &&
		    known[i].levels == r->levels)
			return known[i].bits;
	return 0;
}

/* what the recipe leaves to the architecture and its page size */
void arch_defaults(struct recipe *r)
{
	gboolean arm = r->arch == ARCH_AARCH64;

	r->page_shift = log2_u64(r->page_size);
	if (!r->levels)
		r->levels = arm && r->page_shift > 12 ? 3 : 4;
	r->va_bits = va_bits_of(r);
	if (!r->section_shift)
		r->section_shift = arm && r->page_shift == 16 ? 29 : 27;
	if (!r->physmem_bits)
		r->physmem_bits = arm ? 48 : r->levels == 5 ? 52 : 46;
	if (!r->nr_orders)
		r->nr_orders = r->page_shift == 16 ? 14 : r->page_shift == 14 ? 12 : 11;
	if (!r->pageblock_order)
		r->pageblock_order = MIN(r->page_shift - 3, r->nr_orders - 1);
	/* only x86-64 had them linked at zero */
	if (arm)
		r->percpu_zero_based = FALSE;
}

/* Returns: what the architecture forbids, or NULL */
const char *arch_check(const struct recipe *r)
{
	if (r->page_size != 1ull << r->page_shift || r->page_shift < 12 ||
	    r->page_shift > 16 || r->page_shift % 2)
		return "[machine] page_size: 4K, 16K or 64K";
	if (r->arch == ARCH_X86_64 && (r->page_shift != 12 || r->big))
		return "[machine] page_size, endian: x86-64 has 4K and little";
	if (!r->va_bits)
		return "[machine] levels: x86-64 has 4 or 5; aarch64 3 or 4 with pages of "
		       "4K, 2 to 4 with 16K, 2 or 3 with 64K";
	if (r->arch != ARCH_X86_64 && (r->hvo != HVO_NONE || r->gigantic))
		return "[machine] arch: hvo and gigantic are for x86-64 only";
	return NULL;
}

/* where the kernel is linked: _text */
guint64 arch_kernel_base(const struct recipe *r)
{
	/* the linear map fills the lower half of the kernel's addresses */
	if (r->arch == ARCH_AARCH64)
		return -(1ull << (r->va_bits - 1)) + ARM_MODULES;
	return X86_IMAGE + (16 << 20);
}

static void layout_x86(struct machine *m)
{
	gboolean five = m->recipe->levels == 5;

	m->page_offset = five ? 0xff11000000000000 : 0xffff888000000000;
	m->vmalloc_base = five ? 0xffa0000000000000 : 0xffffc90000000000;
	m->vmemmap = five ? 0xffd4000000000000 : 0xffffea0000000000;
	if (m->recipe->kaslr_bases) {
		/* each moves by whole gigabytes, in order, as KASLR does */
		m->page_offset += rng_below(&m->rng, 4096) << 30;
		m->vmalloc_base += rng_below(&m->rng, 4096) << 30;
		m->vmemmap += rng_below(&m->rng, 512) << 30;
	}
}

/* PHYS_OFFSET is where memory begins; KASLR moves it down so that addresses move up */
static void layout_arm64(struct machine *m)
{
	int bits = m->recipe->va_bits, shift = m->recipe->page_shift;
	guint64 base = -(1ull << bits), offset = m->low_pa;
	guint64 struct_size = 1ull << log2_u64(m->page_size_struct * 2 - 1);
	guint64 size = (1ull << (bits - 1) >> shift) * struct_size;

	if (m->recipe->kaslr_bases)
		offset -= rng_below(&m->rng, 16) << 30;
	m->phys_offset = offset;
	m->page_offset = base - offset;
	m->vmalloc_base = arch_kernel_base(m->recipe);
	m->vmemmap_start = ARM_VMEMMAP_END - size;
	m->vmemmap = m->vmemmap_start - (guint64)((gint64)offset >> shift) *
						m->page_size_struct;
}

/**
 * arch_layout:
 *
 * The base addresses of a machine whose memory is known.
 */
void arch_layout(struct machine *m)
{
	m->kernel_base = ksym(m->kb, "_text");
	m->kernel_va = m->kernel_base + m->recipe->kaslr;
	if (m->recipe->arch == ARCH_AARCH64)
		layout_arm64(m);
	else
		layout_x86(m);
}

/* the order of a huge page; of a gigantic one, the next size that the architecture has */
int arch_huge_order(const struct machine *m, gboolean gigantic)
{
	/* 1 GiB by a pud, or 32 pmds together */
	if (gigantic)
		return m->recipe->page_shift == 14 ? 16 : 18;
	return m->recipe->pageblock_order;
}

const char *arch_machine(const struct machine *m)
{
	if (m->recipe->arch == ARCH_AARCH64)
		return m->recipe->big ? "aarch64_be" : "aarch64";
	return "x86_64";
}

/* the kernel's own top page table */
const char *arch_pgd(const struct machine *m)
{
	return m->recipe->arch == ARCH_AARCH64 ? "swapper_pg_dir" : "init_top_pgt";
}

gint64 arch_phys_base(const struct machine *m)
{
	return m->recipe->kernel_phys - (m->kernel_va - X86_IMAGE);
}

static void set_symbol(struct machine *m, const char *name, guint64 v, int width)
{
	image_put(&m->img, symbol_pa(m, name), v, width);
}

/* variables of the kernel that say where it put things */
void arch_write_variables(struct machine *m)
{
	const struct recipe *r = m->recipe;

	if (r->arch == ARCH_AARCH64) {
		set_symbol(m, "memstart_addr", m->phys_offset, 8);
		set_symbol(m, "kimage_voffset", m->kernel_va - r->kernel_phys, 8);
		return;
	}
	set_symbol(m, "phys_base", arch_phys_base(m), 8);
	set_symbol(m, "page_offset_base", m->page_offset, 8);
	set_symbol(m, "vmalloc_base", m->vmalloc_base, 8);
	set_symbol(m, "vmemmap_base", m->vmemmap, 8);
	set_symbol(m, "__pgtable_l5_enabled", r->levels == 5, 4);
	set_symbol(m, "pgdir_shift", r->levels == 5 ? 48 : 39, 4);
	set_symbol(m, "ptrs_per_p4d", r->levels == 5 ? 512 : 1, 4);
}

static void hex(GString *s, const char *key, guint64 v)
{
	g_string_append_printf(s, "%s=0x%" G_GINT64_MODIFIER "x\n", key, v);
}

/* the lines of VMCOREINFO that the architecture adds; see its vmcore_info.c */
void arch_vmcoreinfo(struct machine *m, GString *s)
{
	const struct recipe *r = m->recipe;

	if (r->arch == ARCH_AARCH64) {
		g_string_append_printf(s, "NUMBER(VA_BITS)=%d\n", r->va_bits);
		hex(s, "NUMBER(MODULES_VADDR)", -(1ull << (r->va_bits - 1)));
		hex(s, "NUMBER(MODULES_END)", arch_kernel_base(r));
		hex(s, "NUMBER(VMALLOC_START)", m->vmalloc_base);
		hex(s, "NUMBER(VMEMMAP_START)", m->vmemmap_start);
		hex(s, "NUMBER(VMEMMAP_END)", ARM_VMEMMAP_END);
		hex(s, "NUMBER(kimage_voffset)", m->kernel_va - r->kernel_phys);
		hex(s, "NUMBER(PHYS_OFFSET)", m->phys_offset);
		hex(s, "NUMBER(TCR_EL1_T1SZ)", 64 - r->va_bits);
		g_string_append_printf(s, "KERNELOFFSET=%" G_GINT64_MODIFIER "x\n", r->kaslr);
		hex(s, "NUMBER(KERNELPACMASK)", 0);
		return;
	}
	g_string_append_printf(s, "NUMBER(phys_base)=%" G_GINT64_FORMAT "\n",
			       arch_phys_base(m));
	g_string_append_printf(s, "SYMBOL(init_top_pgt)=%" G_GINT64_MODIFIER "x\n",
			       symbol_va(m, "init_top_pgt"));
	g_string_append_printf(s, "NUMBER(pgtable_l5_enabled)=%d\n", r->levels == 5);
	if (r->compound == COMPOUND_FLAGS1) {
		g_string_append_printf(s, "SYMBOL(vmemmap)=%" G_GINT64_MODIFIER "x\n",
				       m->vmemmap);
		hex(s, "NUMBER(VMALLOC_START)", m->vmalloc_base);
	}
	g_string_append_printf(s, "KERNELOFFSET=%" G_GINT64_MODIFIER "x\n", r->kaslr);
	g_string_append_printf(s, "NUMBER(KERNEL_IMAGE_SIZE)=%d\nNUMBER(sme_mask)=0\n",
			       1 << 30);
}
