/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The fields at the top of page->flags: | SECTION | NODE | ZONE | ... | flags |.  Their widths are
 * build-time constants that no debug info states, so they are computed from what does (number of
 * nodes, zones, sections) and then proved on real struct pages.
 * Source: include/linux/page-flags-layout.h.
 */
#include "kernel/kernel-priv.h"

#define SAMPLES_PER_ZONE 64
#define MAX_NODE_BITS 10	/* NODES_SHIFT is at most 10 in every architecture */

static guint bits_for(guint64 count)
{
	guint bits = 0;

	while (bits < 63 && (1ull << bits) < count)
		bits++;
	return bits;
}

/* How many sampled pages of the zones' spans state that zone and node, and their section. */
static guint64 agreeing_samples(AnzKernel *kernel, guint section_bits, guint64 *nr_samples)
{
	const AnzPageFormat *format = &kernel->format;
	guint64 agreeing = 0;

	*nr_samples = 0;
	for (guint i = 0; i < kernel->zones->len; i++) {
		const AnzZone *zone = &g_array_index(kernel->zones, AnzZone, i);
		guint64 step = MAX(zone->spanned / SAMPLES_PER_ZONE, 1);

		for (guint64 at = 0; at < zone->spanned; at += step) {
			guint64 pfn = zone->start_pfn + at;
			guint64 address = anz_kernel_page_address(kernel, pfn);
			guint64 flags;

			if (!address ||
			    anz_image_pfn_state(kernel->image, pfn) == ANZ_MEM_ABSENT ||
			    !anz_kernel_read_u64(kernel, address + format->flags, &flags))
				continue;
			(*nr_samples)++;
			if (section_bits &&
			    flags >> (64 - section_bits) != pfn >> kernel->section_pages_shift)
				continue;
			if ((flags >> format->zone_shift & ((1ull << format->zone_bits) - 1)) ==
			    zone->index &&
			    (flags >> format->node_shift & ((1ull << format->node_bits) - 1)) ==
			    zone->nid)
				agreeing++;
		}
	}
	return agreeing;
}

static void set_widths(AnzPageFormat *format, guint section_bits, guint node_bits, guint zone_bits)
{
	format->node_bits = node_bits;
	format->zone_bits = zone_bits;
	format->node_shift = 64 - section_bits - node_bits;
	format->zone_shift = format->node_shift - zone_bits;
	/* A field of no bits at the very top; its mask is 0 wherever it stands. */
	format->node_shift = MIN(format->node_shift, 63);
	format->zone_shift = MIN(format->zone_shift, 63);
}

/*
 * NODES_SHIFT is stated as LENGTH(node_data) on x86-64 only.  Elsewhere each width is tried and the
 * one on which most pages agree is taken.
 */
static guint64 find_node_bits(AnzKernel *kernel, guint section_bits, guint zone_bits,
			      guint64 *nr_samples)
{
	guint best_bits = 0;
	guint64 best = 0;

	for (guint bits = 0; bits <= MAX_NODE_BITS; bits++) {
		guint64 agreeing;

		set_widths(&kernel->format, section_bits, bits, zone_bits);
		agreeing = agreeing_samples(kernel, section_bits, nr_samples);
		if (agreeing > best) {
			best = agreeing;
			best_bits = bits;
		}
	}
	set_widths(&kernel->format, section_bits, best_bits, zone_bits);
	return best;
}

/*
 * The same fields on top of a Misc word; most words have none, so nothing can be proved here.  Where the length of
 * node_data is not stated, the nodes that there are must fit.
 */
static void resolve_word_fields(AnzKernel *kernel, guint section_bits, guint64 nr_zones)
{
	AnzMemdescFormat *memdesc = kernel->memdesc;
	const char *origin = "VMCOREINFO";
	guint64 nr_nodes;

	if (!anz_vmcoreinfo_length(kernel->vmcoreinfo, "node_data", &nr_nodes) ||
	    nr_nodes > 1u << MAX_NODE_BITS) {
		origin = "memory";
		nr_nodes = 1;
		for (guint i = 0; i < kernel->nodes->len; i++)
			nr_nodes = MAX(nr_nodes, g_array_index(kernel->nodes, AnzNode, i).nid + 1);
	}
	memdesc->node_bits = bits_for(nr_nodes);
	memdesc->zone_bits = nr_zones < 2 ? 0 : nr_zones <= 2 ? 1 : nr_zones <= 4 ? 2 : 3;
	memdesc->node_shift = 64 - section_bits - memdesc->node_bits;
	memdesc->zone_shift = memdesc->node_shift - memdesc->zone_bits;
	kernel->format.node_bits = memdesc->node_bits;
	kernel->format.zone_bits = memdesc->zone_bits;
	anz_kernel_fact(kernel, "memdesc Misc node field", origin, "%u bits from bit %u",
			memdesc->node_bits, memdesc->node_shift);
	anz_kernel_fact(kernel, "memdesc Misc zone field", anz_kernel_layout_origin(kernel), "%u bits from bit %u",
			memdesc->zone_bits, memdesc->zone_shift);
}

/* SECTIONS_SHIFT: how many bits number a section, stated or from the length of the section table. */
static guint bits_of_section_number(AnzKernel *kernel)
{
	guint size_bits = kernel->section_pages_shift + kernel->page_shift;
	guint64 nr_roots, size;
	gint64 physmem_bits;

	if (kernel->section_pages_shift >= 63)
		return 0;	/* flat memory */
	if (anz_vmcoreinfo_number(kernel->vmcoreinfo, "MAX_PHYSMEM_BITS", &physmem_bits))
		return physmem_bits > size_bits && physmem_bits - size_bits < 40 ?
		       physmem_bits - size_bits : 0;
	/* Before 5.9. */
	if (!anz_vmcoreinfo_length(kernel->vmcoreinfo, "mem_section", &nr_roots) || !nr_roots ||
	    nr_roots > 1u << 30 || !anz_kernel_sizeof(kernel, "mem_section", &size) || !size)
		return 0;
	return MIN(bits_for(nr_roots * MAX((1ull << kernel->page_shift) / size, 1)), 39);
}

/* Sets the widths for section numbers of @section_bits.  Returns how many samples agree. */
static guint64 try_widths(AnzKernel *kernel, guint section_bits, guint64 nr_zones,
			  guint64 *nr_samples, const char **origin)
{
	guint zone_bits = nr_zones < 2 ? 0 : nr_zones <= 2 ? 1 : nr_zones <= 4 ? 2 : 3;
	guint64 nr_nodes;

	*origin = "VMCOREINFO";
	if (anz_vmcoreinfo_length(kernel->vmcoreinfo, "node_data", &nr_nodes) && nr_nodes &&
	    nr_nodes <= 1u << MAX_NODE_BITS) {
		set_widths(&kernel->format, section_bits, bits_for(nr_nodes), zone_bits);
		return agreeing_samples(kernel, section_bits, nr_samples);
	}
	*origin = "memory";
	return find_node_bits(kernel, section_bits, zone_bits, nr_samples);
}

/*
 * Sections of a device are never online.  The flag that says so came with 5.12; before, only their
 * struct pages do: those of offline memory lie in another zone or were never written.
 */
static void find_device_sections(AnzKernel *kernel)
{
	const AnzPageFormat *format = &kernel->format;
	guint64 flags;

	if (!format->zone_bits || format->device_zone == ANZ_NO_ZONE)
		return;
	for (guint i = 0; i < kernel->sections->len; i++) {
		AnzSection *section = &g_array_index(kernel->sections, AnzSection, i);
		guint64 first = 0;

		if (section->online || section->device)
			continue;
		while (first < 64 * ANZ_SUBSECTION_WORDS &&
		       !(section->subsections[first / 64] >> (first % 64) & 1))
			first++;
		first *= section->subsection_pages;
		if (first >= section->nr_pages ||
		    !anz_kernel_read_u64(kernel, section->page_array + first * format->stride +
					 format->flags, &flags))
			continue;
		section->device = (flags >> format->zone_shift &
				   ((1ull << format->zone_bits) - 1)) == format->device_zone;
	}
}

void anz_kernel_resolve_page_fields(AnzKernel *kernel)
{
	AnzPageFormat *format = &kernel->format;
	guint64 nr_zones = kernel->nr_zone_types ? kernel->nr_zone_types : 4;
	guint64 nr_samples, agreeing;
	gint64 value;
	guint numbered;
	const char *origin;

	format->device_zone = ANZ_NO_ZONE;
	if (anz_kernel_enumerator(kernel, "zone_type", "ZONE_DEVICE", &value) && value >= 0 &&
	    value < 8)
		format->device_zone = value;
	/* Sections stand in the word only where there is no virtual memory map. */
	numbered = bits_of_section_number(kernel);
	if (kernel->memdesc && (kernel->memdesc->shape != ANZ_SHAPE_MEMDESC32 ||
				kernel->memdesc->flags == ANZ_ABSENT_OFFSET)) {
		resolve_word_fields(kernel, kernel->vmemmap ? 0 : numbered, nr_zones);
		return;
	}
	agreeing = try_widths(kernel, kernel->vmemmap ? 0 : numbered, nr_zones, &nr_samples,
			      &origin);
	/* Arrays of a machine with little memory may lie in line by chance. */
	if (agreeing * 4 < nr_samples * 3 && kernel->vmemmap && numbered)
		agreeing = try_widths(kernel, numbered, nr_zones, &nr_samples, &origin);
	anz_kernel_fact(kernel, "page.flags node field", origin, "%u bits from bit %u",
			format->node_bits, format->node_shift);
	anz_kernel_fact(kernel, "page.flags zone field", origin, "%u bits from bit %u",
			format->zone_bits, format->zone_shift);
	anz_kernel_fact(kernel, "node and zone fields proved on", "memory",
			"%" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " pages", agreeing,
			nr_samples);
	/* Spans of zones hold a few pages of other zones where nodes interleave. */
	if (agreeing * 4 < nr_samples * 3) {
		anz_kernel_remark(kernel, "warning", "page-flags", 1,
				  "the node and zone fields of page->flags are not where they are "
				  "expected; zones are told by their spans alone");
		format->node_bits = format->zone_bits = 0;
	}
	/* A Misc word has them as page->flags has. */
	if (kernel->memdesc) {
		kernel->memdesc->node_bits = format->node_bits;
		kernel->memdesc->node_shift = format->node_shift;
		kernel->memdesc->zone_bits = format->zone_bits;
		kernel->memdesc->zone_shift = format->zone_shift;
	}
	if (nr_samples)
		find_device_sections(kernel);
}
