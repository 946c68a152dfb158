/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The kernel's own page tables, x86-64: direct map, vmemmap and text are really mapped,
 * so that whoever reads the dump has to walk them. Tables come from memblock at boot
 * and from the buddy allocator later, as in the kernel.
 */
#include "machine.h"

#define PTE_PRESENT 0x1ull
#define PTE_RW 0x2ull
#define PTE_TABLE 0x63ull		/* present, rw, accessed, dirty */
#define PTE_LEAF (0x163ull | 1ull << 63)	/* and global, no-execute */
#define PTE_PSE 0x80ull
#define PTE_ADDR 0x000ffffffffff000ull

static guint64 entry_pa(guint64 table, guint64 va, int shift)
{
	return table + (va >> shift & 511) * 8;
}

/* the table below @entry, made if there is none */
static guint64 next_table(struct machine *m, guint64 entry)
{
	guint64 e = get64(image_at(&m->img, entry)), t;

	if (e & PTE_PRESENT)
		return e & PTE_ADDR;
	t = boot_alloc(m, 0, 4096, 4096);
	put64(image_at(&m->img, entry), t | PTE_TABLE);
	return t;
}

static int top_shift(const struct machine *m)
{
	return m->recipe->levels == 5 ? 48 : 39;
}

/**
 * paging_map:
 * @len: bytes, a multiple of the base page
 * @max_shift: largest leaf, 12, 21 or 30
 *
 * Maps [@va, @va + @len) to @pa with the largest leaves that alignment allows.
 */
void paging_map(struct machine *m, guint64 va, guint64 pa, guint64 len, int max_shift)
{
	while (len) {
		guint64 table = m->pgd_pa;
		int leaf = 12, shift;

		for (int s = max_shift; s > 12; s -= 9)
			if (!((va | pa) & ((1ull << s) - 1)) && len >= 1ull << s) {
				leaf = s;
				break;
			}
		for (shift = top_shift(m); shift > leaf; shift -= 9)
			table = next_table(m, entry_pa(table, va, shift));
		put64(image_at(&m->img, entry_pa(table, va, leaf)),
		      pa | PTE_LEAF | (leaf > 12 ? PTE_PSE : 0));
		va += 1ull << leaf;
		pa += 1ull << leaf;
		len -= MIN(len, 1ull << leaf);
	}
}

static guint64 pmd_entry(struct machine *m, guint64 va)
{
	guint64 table = m->pgd_pa;

	for (int shift = top_shift(m); shift > 21; shift -= 9)
		table = get64(image_at(&m->img, entry_pa(table, va, shift))) & PTE_ADDR;
	return entry_pa(table, va, 21);
}

/* is @va, somewhere in vmemmap, mapped by base pages? */
gboolean paging_is_split(struct machine *m, guint64 va)
{
	return !(get64(image_at(&m->img, pmd_entry(m, va))) & PTE_PSE);
}

/* map the pmd page around @va by base pages; @table is a frame to use as page table */
void paging_split(struct machine *m, guint64 va, guint32 table)
{
	guint64 at = pmd_entry(m, va), e = get64(image_at(&m->img, at));
	guint64 t = (guint64)table << 12;

	for (int i = 0; i < 512; i++)
		put64(image_at(&m->img, t + i * 8),
		      (e & PTE_ADDR & ~0x1fffffull) + i * 4096ull + PTE_LEAF);
	put64(image_at(&m->img, at), t | PTE_TABLE);
}

/* remap one base page of vmemmap; its pmd must have been split */
void paging_set_pte(struct machine *m, guint64 va, guint64 pa, gboolean writable)
{
	guint64 t = get64(image_at(&m->img, pmd_entry(m, va))) & PTE_ADDR;

	put64(image_at(&m->img, entry_pa(t, va, 12)),
	      pa | (writable ? PTE_LEAF : PTE_LEAF & ~PTE_RW));
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
gboolean paging_boot(struct machine *m, GError **error)
{
	guint64 len = ksym(m->kb, "_end") - ksym(m->kb, "_text");

	(void)error;
	m->pgd_pa = symbol_pa(m, "init_top_pgt");
	for (guint i = 0; i < m->ram->len; i++) {
		struct ram *r = &g_array_index(m->ram, struct ram, i);
		guint64 start = r->start_pfn << 12, end = r->end_pfn << 12;

		/* neighbouring pieces of one run share large leaves */
		while (i + 1 < m->ram->len &&
		       g_array_index(m->ram, struct ram, i + 1).start_pfn << 12 == end)
			end = g_array_index(m->ram, struct ram, ++i).end_pfn << 12;
		paging_map(m, phys_to_virt(m, start), start, end - start, 30);
	}
	paging_map(m, m->kernel_va, m->recipe->kernel_phys, len, 21);
	return TRUE;
}
