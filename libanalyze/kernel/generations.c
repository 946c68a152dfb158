/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where page->flags holds the generation of a folio under multi-generational LRU: 0 for a folio that is on
 * none of its lists, else the number of its generation and one.  The field stands below those of
 * page-fields.c:
 *
 *	| ... | ZONE | LAST_CPUPID | KASAN_TAG | LRU_GEN | LRU_REFS | ... | flags |
 *
 * Widths are constants of the build again: what tells them is tried, and has to be right for real pages.
 * Source: include/linux/page-flags-layout.h, kernel/bounds.c, lru_gen_add_folio() in mm_inline.h.
 */
#include "kernel/kernel-priv.h"

#define MAX_SAMPLES 16384	/* of all zones */
#define MAX_GENERATIONS 7
#define MAX_TIERS 8
#define ANON_AND_FILE 2		/* include/linux/mmzone.h */
#define PID_BITS 8		/* LAST__PID_SHIFT */
#define KASAN_TAG_BITS 8
#define MAX_CPU_BITS 16

/* Flags of sampled pages: of those on LRU lists that have generations, and of all others. */
typedef struct {
	GArray *listed, *others;	/* guint64 */
} Samples;

static void take_zone(AnzKernel *kernel, const AnzZone *zone, Samples *samples)
{
	const AnzPageFormat *format = &kernel->format;
	guint64 step = MAX(zone->spanned / MAX(MAX_SAMPLES / kernel->zones->len, 1), 1);
	g_autofree guint8 *record = g_malloc(format->stride);

	/* Odd, so that not all are first pages of blocks. */
	step |= step > 1;
	for (guint64 at = 0; at < zone->spanned; at += step) {
		guint64 pfn = zone->start_pfn + at, address = anz_kernel_page_address(kernel, pfn);
		guint64 flags;

		if (!address || !anz_kernel_read(kernel, address, record, format->stride))
			continue;
		/* Other words of a folio's tails lie where these have their flags. */
		if (anz_load64(record + format->head, kernel->big_endian) & 1)
			continue;
		flags = anz_load64(record + format->flags, kernel->big_endian);
		if (!(flags & format->f_lru))
			g_array_append_val(samples->others, flags);
		else if (!(flags & format->f_unevictable))
			g_array_append_val(samples->listed, flags);
	}
}

static guint in_range(const GArray *flags, guint shift, guint64 mask, guint64 least, guint64 most)
{
	guint nr = 0;

	for (guint i = 0; i < flags->len; i++) {
		guint64 value = g_array_index(flags, guint64, i) >> shift & mask;

		nr += value >= least && value <= most;
	}
	return nr;
}

/* A page that is on its way from or to a list may have one without the other: one in 64 at most. */
static gboolean is_proved(const Samples *s, guint shift, guint64 mask, guint nr_gens)
{
	guint listed = in_range(s->listed, shift, mask, 1, nr_gens);
	guint others = in_range(s->others, shift, mask, 0, 0);

	return listed && s->listed->len - listed <= s->listed->len / 64 &&
	       s->others->len - others <= s->others->len / 64;
}

/* How many bits number a cpu: known but for kernels of fewer than 64, where it is one of several. */
static guint cpu_bits(AnzKernel *kernel, guint *least)
{
	guint64 size;
	guint bits = 0;

	if (!anz_kernel_sizeof(kernel, "cpumask", &size) || !size || size > 1 << 13)
		return *least = 0;
	while (bits < MAX_CPU_BITS && (1ull << bits) < size * 8)
		bits++;
	*least = size > 8 ? bits : 0;
	return bits;
}

/* NR_PAGEFLAGS */
static guint nr_flag_bits(const AnzPageFormat *format)
{
	guint nr = 0;

	while (nr < 63 && format->flags_plane_mask >> nr)
		nr++;
	return nr;
}

static gboolean find_shift(AnzKernel *kernel, const Samples *samples, guint gen_bits, guint nr_gens)
{
	AnzPageFormat *format = &kernel->format;
	gboolean in_flags;
	guint64 offset;
	guint least, most = cpu_bits(kernel, &least);

	/* The task and cpu that used a page last stand here with NUMA balancing, if there is room. */
	in_flags = anz_kernel_member(kernel, "mm_struct", "numa_scan_seq", &offset, NULL) &&
		   !anz_kernel_member(kernel, "page", "_last_cpupid", &offset, NULL);
	/* From above: the field of the last cpu is all ones for free pages, which no generation is. */
	for (guint cpus = in_flags ? least : 0; cpus <= (in_flags ? most : 0); cpus++)
		for (guint tag = 0; tag <= KASAN_TAG_BITS; tag += KASAN_TAG_BITS) {
			guint above = (in_flags ? PID_BITS + cpus : 0) + tag + gen_bits;

			if (above > format->zone_shift)
				continue;
			if (!is_proved(samples, format->zone_shift - above, (1ull << gen_bits) - 1,
				       nr_gens))
				continue;
			format->gen_shift = format->zone_shift - above;
			format->gen_mask = (1ull << gen_bits) - 1;
			return TRUE;
		}
	return FALSE;
}

/*
 * Below the generation stands LRU_REFS, as wide as there are tiers but two, or as there is room above the flags
 * (LRU_REFS_WIDTH of page-flags-layout.h).
 */
static void resolve_refs(AnzKernel *kernel)
{
	AnzPageFormat *format = &kernel->format;
	guint64 offset, bytes, nr_tiers;
	guint low = nr_flag_bits(format), width;

	/* Of the array [ANON_AND_FILE][MAX_NR_TIERS] BTF has the product only. */
	if (!anz_kernel_member(kernel, "lruvec", "lrugen.avg_refaulted", &offset, &bytes))
		return;
	nr_tiers = bytes / sizeof(guint64) / ANON_AND_FILE;
	if (nr_tiers < 2 || nr_tiers > MAX_TIERS)
		return;
	width = MIN(nr_tiers - 2, format->gen_shift > low ? format->gen_shift - low : 0);
	format->refs_mask = (1u << width) - 1;
	format->refs_shift = format->gen_shift - width;
	anz_kernel_fact(kernel, "page.flags LRU_REFS field", anz_kernel_layout_origin(kernel),
			width ? "%u bits from bit %u" : "no room for it", width, format->refs_shift);
}

/* Whether the field could be anywhere: some bit between flags and zone is set in a listed page. */
static gboolean is_unused(const AnzPageFormat *format, const Samples *samples)
{
	/* Nothing between the flags and the last cpu, of which free pages have all bits. */
	for (guint bit = nr_flag_bits(format); bit < format->zone_shift; bit++) {
		if (in_range(samples->others, bit, 1, 1, 1) > samples->others->len / 64)
			break;
		if (in_range(samples->listed, bit, 1, 1, 1) > samples->listed->len / 64)
			return FALSE;
	}
	return TRUE;
}

void anz_kernel_resolve_generations(AnzKernel *kernel)
{
	AnzPageFormat *format = &kernel->format;
	Samples samples = { 0 };
	guint64 nr_gens, stride;
	guint bits = 0;

	if (kernel->memdesc || !kernel->zones->len || !format->f_lru || !format->zone_bits ||
	    format->head == ANZ_ABSENT_OFFSET || format->head + 8 > format->stride ||
	    !anz_kernel_array_len(kernel, "lruvec", "lrugen.timestamps", &nr_gens, &stride) ||
	    !nr_gens || nr_gens > MAX_GENERATIONS)
		return;
	while ((1ull << bits) < nr_gens + 1)
		bits++;
	samples.listed = g_array_new(FALSE, FALSE, sizeof(guint64));
	samples.others = g_array_new(FALSE, FALSE, sizeof(guint64));
	for (guint i = 0; i < kernel->zones->len; i++)
		take_zone(kernel, &g_array_index(kernel->zones, AnzZone, i), &samples);
	if (find_shift(kernel, &samples, bits, nr_gens)) {
		format->nr_gens = nr_gens;
		resolve_refs(kernel);
		anz_kernel_fact(kernel, "page.flags generation field", "memory",
				"%u bits from bit %u", bits, format->gen_shift);
		anz_kernel_fact(kernel, "generation field proved on", "memory",
				"%u pages of LRU lists and %u others", samples.listed->len,
				samples.others->len);
	} else if (!samples.listed->len || is_unused(format, &samples)) {
		anz_kernel_fact(kernel, "page.flags generation field", "memory",
				"not in use (%u pages of LRU lists looked at)", samples.listed->len);
	} else {
		anz_kernel_remark(kernel, "warning", "generations", 1,
				  "pages on LRU lists seem to have generations, but these are not where "
				  "page->flags is expected to have them: they are not shown");
	}
	g_array_unref(samples.listed);
	g_array_unref(samples.others);
}
