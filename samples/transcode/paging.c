/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Only one entry of a table that the kernel had made is changed: an empty one of the top table.
 * Everything below it is ours, in frames of our own.
 *
 * Sources: Intel SDM 3A, 4.5; Arm DDI 0487, D8.3; arch/arm64/include/asm/pgtable.h
 * (pgd_to_folded_p4d(): fewer levels in use than the kernel was built for).
 */
#include "paging.h"
#include "vmcoreinfo.h"

#define MAX_LEVELS 5

#define X86_TABLE 0x63ull			/* present, writable, accessed, dirty */
#define X86_LEAF (1ull << 63 | 0x163ull)	/* and global, no-execute */

#define ARM_TABLE 0x3ull
/* Page, inner shareable, accessed, never executed. */
#define ARM_LEAF (1ull << 54 | 1ull << 53 | 1ull << 10 | 3ull << 8 | 0x3ull)

struct Paging {
	Memory *memory;
	guint nr_levels;
	guint shift[MAX_LEVELS];	/* of each level's index, top first */
	guint bits[MAX_LEVELS];
	guint64 root;			/* physical address */
	guint first_slot;		/* of the kernel's half in the top table */
	guint64 table_entry, leaf_entry;
	guint64 max_paddr;
};

static void set_levels(Paging *paging, guint page_shift, guint nr_levels, guint top_bits)
{
	guint per_level = page_shift - 3;

	paging->nr_levels = nr_levels;
	for (guint i = 0; i < nr_levels; i++) {
		paging->shift[i] = page_shift + (nr_levels - 1 - i) * per_level;
		paging->bits[i] = i ? per_level : top_bits;
	}
}

static gboolean set_up_x86(Paging *paging, const char *vmcoreinfo)
{
	gint64 five_levels = 0;

	vmcoreinfo_number(vmcoreinfo, "NUMBER(pgtable_l5_enabled)", 10, &five_levels);
	set_levels(paging, 12, five_levels ? 5 : 4, 9);
	paging->first_slot = 256;
	paging->table_entry = X86_TABLE;
	paging->leaf_entry = X86_LEAF;
	paging->max_paddr = 1ull << 51;
	return TRUE;
}

static gboolean set_up_arm64(Paging *paging, const char *vmcoreinfo)
{
	guint page_shift = memory_page_shift(paging->memory), per_level = page_shift - 3;
	gint64 va_bits, t1sz, in_use;
	guint levels, levels_built, top_bits;

	if (!vmcoreinfo_number(vmcoreinfo, "NUMBER(VA_BITS)", 10, &va_bits) || va_bits < 30 ||
	    va_bits > 52)
		return FALSE;
	if (!vmcoreinfo_number(vmcoreinfo, "NUMBER(TCR_EL1_T1SZ)", 10, &t1sz))
		t1sz = 64 - va_bits;
	in_use = 64 - t1sz;
	if (in_use < 30 || in_use > va_bits)
		return FALSE;
	levels = (in_use - page_shift + per_level - 1) / per_level;
	levels_built = (va_bits - page_shift + per_level - 1) / per_level;
	top_bits = (levels < levels_built ? in_use : va_bits) - page_shift -
		   (levels - 1) * per_level;
	if (levels > MAX_LEVELS)
		return FALSE;
	if (levels < levels_built)
		paging->root &= ~(((guint64)1 << page_shift) - 1);
	set_levels(paging, page_shift, levels, top_bits);
	/* A top table built for more bits: its upper end is in use. */
	paging->first_slot = (1u << top_bits) - (1u << (in_use - paging->shift[0]));
	paging->table_entry = ARM_TABLE;
	paging->leaf_entry = ARM_LEAF;
	paging->max_paddr = 1ull << 48;
	return TRUE;
}

Paging *paging_new(AnzSource *source, Memory *memory, const char *arch, const char *vmcoreinfo,
		   GError **error)
{
	g_autoptr(Paging) paging = g_new0(Paging, 1);
	guint64 table;

	paging->memory = memory;
	if (!anz_source_symbol(source, "swapper_pg_dir", &table) ||
	    !anz_source_translate(source, table, &paging->root)) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_KERNEL,
			    "the kernel's top page table (swapper_pg_dir) was not found");
		return NULL;
	}
	if (!(g_str_equal(arch, "x86_64") ? set_up_x86(paging, vmcoreinfo) :
	      g_str_equal(arch, "aarch64") && set_up_arm64(paging, vmcoreinfo))) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_UNSUPPORTED,
			    "page tables of this machine (%s) cannot be extended; dumps of x86-64 and "
			    "aarch64 kernels can be transcoded", arch);
		return NULL;
	}
	return g_steal_pointer(&paging);
}

void paging_free(Paging *paging)
{
	g_free(paging);
}

static guint64 *entry_at(Paging *paging, guint64 table, guint level, guint64 vaddr)
{
	guint64 index = vaddr >> paging->shift[level] & ((1ull << paging->bits[level]) - 1);
	guint64 paddr = table + index * 8, mask = (1ull << memory_page_shift(paging->memory)) - 1;
	guint8 *page = memory_page(paging->memory, paddr >> memory_page_shift(paging->memory));

	return page ? (guint64 *)(page + (paddr & mask)) : NULL;
}

static guint64 slot_address(const Paging *paging, guint slot)
{
	return ~0ull << (paging->shift[0] + paging->bits[0]) | (guint64)slot << paging->shift[0];
}

static gboolean is_empty_slot(Paging *paging, guint slot)
{
	const guint64 *entry = entry_at(paging, paging->root, 0, slot_address(paging, slot));

	return entry && !*entry;
}

gboolean paging_find_room(Paging *paging, guint64 near, guint64 bytes, guint64 *vaddr,
			  GError **error)
{
	guint nr_slots = 1u << paging->bits[0], nr = nr_slots - paging->first_slot;
	guint from = near >> paging->shift[0] & (nr_slots - 1);

	for (guint i = 1; i < nr && bytes <= 1ull << paging->shift[0]; i++) {
		guint slot = paging->first_slot + (from - paging->first_slot + i) % nr;

		if (!is_empty_slot(paging, slot))
			continue;
		*vaddr = slot_address(paging, slot);
		return TRUE;
	}
	g_set_error(error, ANZ_ERROR, ANZ_ERROR_UNSUPPORTED,
		    "no empty entry of the kernel's top page table has room for a page array of %"
		    G_GUINT64_FORMAT " bytes", bytes);
	return FALSE;
}

gboolean paging_map(Paging *paging, guint64 vaddr, guint64 pfn, GError **error)
{
	guint page_shift = memory_page_shift(paging->memory);
	guint64 table = paging->root, mask = paging->max_paddr - (1ull << page_shift);

	for (guint level = 0; level < paging->nr_levels; level++) {
		guint64 *entry = entry_at(paging, table, level, vaddr);
		gboolean is_last = level + 1 == paging->nr_levels;

		if (!entry || pfn << page_shift >= paging->max_paddr) {
			g_set_error(error, ANZ_ERROR, ANZ_ERROR_NO_MEMORY_AT,
				    "no page table entry can be made for 0x%" G_GINT64_MODIFIER "x",
				    vaddr);
			return FALSE;
		}
		if (is_last)
			*entry = GUINT64_TO_LE(pfn << page_shift | paging->leaf_entry);
		else if (!*entry)
			*entry = GUINT64_TO_LE(memory_add_frame(paging->memory) << page_shift |
					       paging->table_entry);
		table = GUINT64_FROM_LE(*entry) & mask;
	}
	return TRUE;
}
