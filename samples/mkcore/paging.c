/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The kernel's own page tables: direct map, vmemmap and text are really mapped, so that
 * whoever reads the dump has to walk them. Tables come from memblock at boot and from the
 * buddy allocator later, as in the kernel. x86-64 and aarch64 differ in the bits of an
 * entry and, with pages of 16 and 64 KiB, in how many address bits a table resolves.
 */
#include "machine.h"

struct entry_bits {
	guint64 table, leaf, page;	/* what is set beside the address; page: at the last level */
	guint64 writable, readonly;	/* to set and to clear for a page that must not be written */
};

static const struct entry_bits entry_bits[] = {
	[ARCH_X86_64] = {
		.table = 0x63,				/* present, rw, accessed, dirty */
		.leaf = 0x163 | 0x80 | 1ull << 63,	/* and global, large, no-execute */
		.page = 0x163 | 1ull << 63,
		.writable = 0x2,
	},
	[ARCH_AARCH64] = {
		.table = 0x3,
		/* valid, shareable, accessed, dirty; never executed */
		.leaf = 0x68000000000701,
		.page = 0x68000000000703,
		.readonly = 0x80,
	},
};

static const struct entry_bits *bits(const struct machine *m)
{
	return &entry_bits[m->recipe->arch];
}

static guint64 entry_addr(const struct machine *m, guint64 entry)
{
	return entry & 0x0000ffffffffffff & ~(PAGE_SIZE_OF(m) - 1);
}

/* address bits that one table resolves */
static int table_bits(const struct machine *m)
{
	return m->recipe->page_shift - 3;
}

/* what leads to the table at @table_pa */
guint64 paging_table_entry(const struct machine *m, guint64 table_pa)
{
	return table_pa | bits(m)->table;
}

int paging_pmd_shift(const struct machine *m)
{
	return m->recipe->page_shift + table_bits(m);
}

static int top_shift(const struct machine *m)
{
	return m->recipe->page_shift + (m->recipe->levels - 1) * table_bits(m);
}

static guint64 entry_pa(const struct machine *m, guint64 table, guint64 va, int shift)
{
	int nr = MIN(table_bits(m), m->recipe->va_bits - shift);

	return table + (va >> shift & ((1ull << nr) - 1)) * 8;
}

/* the table below @entry, made if there is none */
static guint64 next_table(struct machine *m, guint64 entry)
{
	guint64 e = get64(image_at(&m->img, entry)), t;

	if (e & 1)
		return entry_addr(m, e);
	t = boot_alloc(m, 0, PAGE_SIZE_OF(m), PAGE_SIZE_OF(m));
	put64(image_at(&m->img, entry), paging_table_entry(m, t));
	return t;
}

/**
 * paging_map:
 * @len: bytes, a multiple of the base page
 * @max_shift: largest leaf; those of a base page, of a pmd and of the table above exist
 *
 * Maps [@va, @va + @len) to @pa with the largest leaves that alignment allows.
 */
void paging_map(struct machine *m, guint64 va, guint64 pa, guint64 len, int max_shift)
{
	int last = m->recipe->page_shift, step = table_bits(m);

	while (len) {
		guint64 table = m->pgd_pa;
		int leaf = last, shift;

		for (int s = last + step; s <= MIN(max_shift, top_shift(m)); s += step)
			if (!((va | pa) & ((1ull << s) - 1)) && len >= 1ull << s)
				leaf = s;
		for (shift = top_shift(m); shift > leaf; shift -= step)
			table = next_table(m, entry_pa(m, table, va, shift));
		put64(image_at(&m->img, entry_pa(m, table, va, leaf)),
		      pa | (leaf > last ? bits(m)->leaf : bits(m)->page));
		va += 1ull << leaf;
		pa += 1ull << leaf;
		len -= MIN(len, 1ull << leaf);
	}
}

static guint64 pmd_entry(struct machine *m, guint64 va)
{
	int pmd = paging_pmd_shift(m);
	guint64 table = m->pgd_pa;

	for (int shift = top_shift(m); shift > pmd; shift -= table_bits(m))
		table = entry_addr(m, get64(image_at(&m->img,
						     entry_pa(m, table, va, shift))));
	return entry_pa(m, table, va, pmd);
}

/* is @va, somewhere in vmemmap, mapped by base pages? */
gboolean paging_is_split(struct machine *m, guint64 va)
{
	guint64 e = get64(image_at(&m->img, pmd_entry(m, va)));

	return (e & ~entry_addr(m, ~0ull)) == bits(m)->table;
}

/* map the pmd page around @va by base pages; @table is a frame to use as page table */
void paging_split(struct machine *m, guint64 va, guint32 table)
{
	guint64 at = pmd_entry(m, va), e = get64(image_at(&m->img, at));
	guint64 t = (guint64)table << m->recipe->page_shift;
	guint64 pa = entry_addr(m, e) & ~((1ull << paging_pmd_shift(m)) - 1);

	for (guint64 i = 0; i < 1ull << table_bits(m); i++)
		put64(image_at(&m->img, t + i * 8),
		      (pa + i * PAGE_SIZE_OF(m)) | bits(m)->page);
	put64(image_at(&m->img, at), paging_table_entry(m, t));
}

/* remap one base page of vmemmap; its pmd must have been split */
void paging_set_pte(struct machine *m, guint64 va, guint64 pa, gboolean writable)
{
	guint64 t = entry_addr(m, get64(image_at(&m->img, pmd_entry(m, va))));
	guint64 set = bits(m)->page;

	if (!writable)
		set = (set & ~bits(m)->writable) | bits(m)->readonly;
	put64(image_at(&m->img, entry_pa(m, t, va, m->recipe->page_shift)), pa | set);
}

/* of an address as linked: where it was loaded */
guint64 kernel_pa(const struct machine *m, guint64 linked_va)
{
	return linked_va - m->kernel_base + m->recipe->kernel_phys;
}

guint64 symbol_pa(const struct machine *m, const char *name)
{
	return kernel_pa(m, ksym(m->kb, name));
}

/* as the running kernel sees it, moved by KASLR */
guint64 symbol_va(const struct machine *m, const char *name)
{
	return ksym(m->kb, name) + m->recipe->kaslr;
}

/**
 * paging_boot:
 *
 * Direct map of all RAM and the kernel's text; vmemmap is mapped with the sections.
 */
void paging_boot(struct machine *m)
{
	guint64 len = ksym(m->kb, "_end") - ksym(m->kb, "_text");
	int page_shift = m->recipe->page_shift, pmd = paging_pmd_shift(m);

	m->pgd_pa = symbol_pa(m, arch_pgd(m));
	for (guint i = 0; i < m->ram->len; i++) {
		struct ram *r = &g_array_index(m->ram, struct ram, i);
		guint64 start = r->start_pfn << page_shift, end = r->end_pfn << page_shift;

		/* neighbouring pieces of one run share large leaves */
		while (i + 1 < m->ram->len &&
		       g_array_index(m->ram, struct ram, i + 1).start_pfn << page_shift ==
			       end)
			end = g_array_index(m->ram, struct ram, ++i).end_pfn << page_shift;
		paging_map(m, phys_to_virt(m, start), start, end - start,
			   pmd + table_bits(m));
	}
	paging_map(m, m->kernel_va, m->recipe->kernel_phys, len, pmd);
}
