/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Migratetypes and the pageblock bitmap: a few bits per pageblock that say what kind of allocation
 * it serves.  Four bits up to 7.0 (three of type, one skip hint); eight with an isolate bit that
 * overrides the type where the kernel can undo isolation (PB_migrate_isolate).
 * Source: include/linux/pageblock-flags.h.
 */
#include <string.h>

#include "kernel/kernel-priv.h"

static void resolve_names(AnzKernel *kernel)
{
	const AnzType *type = anz_types_find_enum(kernel->types, "migratetype");
	guint nr = kernel->nr_migratetypes;
	gint64 value;

	if (anz_kernel_enumerator(kernel, "migratetype", "MIGRATE_ISOLATE", &value) && value >= 0 &&
	    value < ANZ_MAX_MIGRATETYPES) {
		kernel->migrate_isolate = value;
		nr = MAX(nr, (guint)value + 1);
	}
	kernel->nr_migratetype_names = nr;
	kernel->migratetype_names = g_new0(char *, nr + 1);
	for (guint i = 0; type && i < type->nr_enumerators; i++) {
		const AnzEnumerator *item = &type->enumerators[i];

		/* MIGRATE_PCPTYPES and MIGRATE_TYPES are counts that share a number. */
		if (item->value < 0 || item->value >= nr || kernel->migratetype_names[item->value] ||
		    !g_str_has_prefix(item->name, "MIGRATE_") ||
		    g_str_equal(item->name, "MIGRATE_PCPTYPES") ||
		    g_str_equal(item->name, "MIGRATE_TYPES"))
			continue;
		kernel->migratetype_names[item->value] =
			g_ascii_strdown(item->name + strlen("MIGRATE_"), -1);
	}
	for (guint i = 0; i < nr; i++)
		if (!kernel->migratetype_names[i])
			kernel->migratetype_names[i] = g_strdup_printf("type%u", i);
}

/*
 * pageblock_order is a macro: the smaller of the huge page order and the largest buddy order, unless
 * the kernel keeps it in a variable.  PMD order is page_shift - 3 with 8-byte entries.
 */
static guint resolve_order(AnzKernel *kernel)
{
	guint64 address;
	guint32 variable;
	guint order = MIN(kernel->page_shift - 3, kernel->nr_orders - 1);

	if (anz_types_symbol(kernel->types, "pageblock_order", &address) &&
	    anz_kernel_read_u32(kernel, address, &variable) && variable &&
	    variable < kernel->nr_orders) {
		anz_kernel_fact(kernel, "pageblock order", "memory", "%u", variable);
		return variable;
	}
	anz_kernel_fact(kernel, "pageblock order", "built-in", "%u", order);
	return order;
}

void anz_kernel_resolve_pageblocks(AnzKernel *kernel)
{
	gint64 bits, isolate, last;

	resolve_names(kernel);
	kernel->pageblock_order = resolve_order(kernel);
	/* NR_PAGEBLOCK_BITS is rounded up to a power of two where it counts all bits. */
	kernel->pageblock_bits = 4;
	if (anz_kernel_enumerator(kernel, "pageblock_bits", "NR_PAGEBLOCK_BITS", &bits) ||
	    anz_kernel_enumerator(kernel, "pageblock_bits", "__NR_PAGEBLOCK_BITS", &bits)) {
		if (bits > 0 && bits <= 32) {
			while (bits & (bits - 1))
				bits++;
			kernel->pageblock_bits = bits;
		}
	}
	kernel->pageblock_type_mask = 7;
	if (anz_kernel_enumerator(kernel, "pageblock_bits", "PB_migrate_end", &last) ||
	    anz_kernel_enumerator(kernel, "pageblock_bits", "PB_migrate_2", &last))
		if (last >= 0 && last < 8)
			kernel->pageblock_type_mask = (1u << (last + 1)) - 1;
	if (anz_kernel_enumerator(kernel, "pageblock_bits", "PB_migrate_isolate", &isolate) &&
	    isolate > 0 && isolate < (gint64)kernel->pageblock_bits)
		kernel->pageblock_isolate_bit = isolate;
	anz_kernel_fact(kernel, "bits per pageblock", "DWARF", "%u", kernel->pageblock_bits);
}
