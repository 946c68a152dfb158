/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Migratetypes and the pageblock bitmap: a few bits per pageblock that say what kind of allocation
 * it serves.  Three of type and a skip hint at first; an isolate bit that overrides the type where
 * the kernel can undo isolation (PB_migrate_isolate), and others since, rounded up to 8 or 16.
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

/* A free block whose list says what its pageblock's type is. */
typedef struct {
	guint64 pfn;
	guint migratetype;
} Sample;

#define SAMPLES_PER_LIST 4
#define MAX_SAMPLES 512

/* The first blocks of one free list, as far as they look like pages; lists/ walks with more care. */
static void sample_list(AnzKernel *kernel, guint64 head, guint migratetype, GArray *samples)
{
	guint64 link = head;

	for (guint i = 0; i < SAMPLES_PER_LIST && samples->len < MAX_SAMPLES; i++) {
		Sample sample = { .migratetype = migratetype };

		if (!anz_kernel_read_u64(kernel, link, &link) || link == head)
			return;
		sample.pfn = anz_kernel_page_pfn(kernel, link - kernel->format.list);
		if (sample.pfn == G_MAXUINT64)
			return;
		g_array_append_val(samples, sample);
	}
}

static GArray *sample_free_blocks(AnzKernel *kernel)
{
	GArray *samples = g_array_new(FALSE, FALSE, sizeof(Sample));
	guint64 area, area_size, list, nr, stride;

	if (kernel->memdesc || !anz_kernel_member(kernel, "zone", "free_area", &area, NULL) ||
	    !anz_kernel_sizeof(kernel, "free_area", &area_size) ||
	    !anz_kernel_member(kernel, "free_area", "free_list", &list, NULL) ||
	    !anz_kernel_array_len(kernel, "free_area", "free_list", &nr, &stride))
		return samples;
	for (guint z = 0; z < kernel->zones->len; z++) {
		guint64 zone = g_array_index(kernel->zones, AnzZone, z).address;

		for (guint order = 0; order < kernel->nr_orders; order++)
			for (guint type = 0; type < kernel->nr_migratetypes; type++)
				if ((int)type != kernel->migrate_isolate)
					sample_list(kernel, zone + area + order * area_size + list +
						    type * stride, type, samples);
	}
	return samples;
}

/* On how many samples list and bitmap agree if pageblocks have @order; @known: bitmaps that exist. */
static guint agreeing(AnzKernel *kernel, const GArray *samples, guint order, guint *known)
{
	guint nr = 0;

	*known = 0;
	for (guint i = 0; i < samples->len; i++) {
		const Sample *sample = &g_array_index(samples, Sample, i);
		const AnzSection *section = anz_kernel_section(kernel, sample->pfn);
		guint64 bit, word;

		if (!section || !section->pageblock_flags)
			continue;
		bit = ((sample->pfn - section->start_pfn) >> order) * kernel->pageblock_bits;
		if (!anz_kernel_read_u64(kernel, section->pageblock_flags + bit / 64 * 8, &word))
			continue;
		(*known)++;
		nr += (word >> (bit % 64) & kernel->pageblock_type_mask) == sample->migratetype;
	}
	return nr;
}

/*
 * pageblock_order is a macro: the smaller of the huge page order and PAGE_BLOCK_MAX_ORDER, or
 * the latter alone in a kernel without huge pages; a variable only where huge pages vary.  PMD order
 * is page_shift - 3 with 8-byte entries.  So what is usual is proved on free blocks: a block's list
 * is that of its pageblock's type (always since 6.10, nearly always before).
 */
static guint resolve_order(AnzKernel *kernel)
{
	g_autoptr(GArray) samples = NULL;
	guint64 address;
	guint32 variable;
	guint order = MIN(kernel->page_shift - 3, kernel->nr_orders - 1), usual, known, best, nr;

	if (anz_types_symbol(kernel->types, "pageblock_order", &address) &&
	    anz_kernel_read_u32(kernel, address, &variable) && variable &&
	    variable < kernel->nr_orders) {
		anz_kernel_fact(kernel, "pageblock order", "memory", "%u", variable);
		return variable;
	}
	samples = sample_free_blocks(kernel);
	usual = order;
	best = agreeing(kernel, samples, order, &known);
	/* The largest that fits best, and only if it fits far better than what is usual. */
	if (known >= 8 && best < known - known / 10) {
		for (guint other = kernel->nr_orders - 1; other > 0; other--) {
			nr = agreeing(kernel, samples, other, &known);
			if (nr > best && nr >= known - known / 10) {
				best = nr;
				order = other;
			}
		}
	}
	anz_kernel_fact(kernel, "pageblock order", order == usual ? "built-in" : "memory",
			"%u (%u of %u free blocks agree)", order, best, known);
	return order;
}

void anz_kernel_resolve_pageblocks(AnzKernel *kernel)
{
	gint64 bits, isolate, last;

	resolve_names(kernel);
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
	anz_kernel_fact(kernel, "bits per pageblock", anz_kernel_layout_origin(kernel), "%u", kernel->pageblock_bits);
	kernel->pageblock_order = resolve_order(kernel);
}

const char *anz_kernel_migratetype_name(const AnzKernel *kernel, guint number)
{
	return number < kernel->nr_migratetype_names ? kernel->migratetype_names[number] : NULL;
}
