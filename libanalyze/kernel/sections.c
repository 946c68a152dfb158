/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The memory model: where the struct page of each frame lies.
 *
 * Sparse memory (every current 64-bit distribution): mem_section[] is a two-level array under
 * SPARSEMEM_EXTREME and a flat one otherwise; section_mem_map holds the section's struct page array
 * minus the section's first pfn, with flags in its low bits.  With a virtual memory map every
 * section decodes to the same base.  Flat memory: pglist_data.node_mem_map, or the variable mem_map.
 * A kernel that states neither may still state its vmemmap.
 * Sources: include/linux/mmzone.h, mm/sparse.c.
 */
#include <string.h>

#include "kernel/kernel-priv.h"

#define SECTION_MARKED_PRESENT 0
#define SECTION_HAS_MEM_MAP 1
#define SECTION_IS_ONLINE 2
#define SECTION_IS_EARLY 3
#define SECTION_TAINT_ZONE_DEVICE 4	/* 5.12 on; an enumerator tells where there is one */

#define USUAL_SECTION_BITS 27	/* x86-64, and arm64 with 4 and 16 KiB pages since 5.12 */
#define MAX_ROOTS (1u << 22)
#define MANY_PAGES (1ull << 28)		/* 1 TiB: a map of 1 GiB */
#define SUBSECTION_SHIFT 21		/* mmzone.h, the same on all architectures */

typedef struct {
	AnzKernel *kernel;
	guint64 size;			/* SIZE(mem_section) */
	guint64 map_offset;
	guint64 usage_offset;		/* G_MAXUINT64: old layout, bitmap pointer inside */
	guint64 flags_offset;		/* pageblock bitmap: in usage, or the pointer itself */
	guint64 subsection_offset;	/* in usage; G_MAXUINT64 none */
	guint subsection_words;
	guint64 map_mask;
	guint64 section_pages;
	gboolean size_known;	/* stated, or there are no numbers to learn it from */
	guint64 device_mask;		/* 0: no such flag on this kernel */
	guint64 vmemmap;
	gboolean vmemmap_differs;
	guint64 unreadable;
	guint64 senseless;
} SectionReader;

static void read_subsections(SectionReader *reader, AnzSection *section, guint64 address)
{
	guint8 raw[sizeof(section->subsections)];

	if (!anz_kernel_read(reader->kernel, address, raw, reader->subsection_words * 8)) {
		reader->unreadable++;
		return;
	}
	for (guint i = 0; i < reader->subsection_words; i++)
		section->subsections[i] = anz_load64(raw + i * 8, reader->kernel->big_endian);
}

static void note_odd(AnzKernel *kernel, guint64 number, guint64 address, guint64 map, gboolean no_usage)
{
	AnzOddSection odd = { .number = number, .address = address, .map = map,
			      .no_usage = no_usage };

	g_array_append_val(kernel->odd_sections, odd);
}

static void add_section(SectionReader *reader, guint64 number, const guint8 *record, guint64 address)
{
	AnzKernel *kernel = reader->kernel;
	guint64 map = anz_load64(record + reader->map_offset, kernel->big_endian);
	AnzSection section = { .start_pfn = number * reader->section_pages,
			       .nr_pages = reader->section_pages, .record = address };
	guint64 base, usage = 0;

	memset(section.subsections, 0xff, sizeof(section.subsections));
	if (!(map >> SECTION_MARKED_PRESENT & 1) || !(map >> SECTION_HAS_MEM_MAP & 1)) {
		/* Before it has a map, a section keeps its node in these bits. */
		if (map >> SECTION_HAS_MEM_MAP & 1 && map & reader->map_mask)
			note_odd(kernel, number, address, map, FALSE);
		return;
	}
	section.online = map >> SECTION_IS_ONLINE & 1;
	section.device = (map & reader->device_mask) != 0;
	base = map & reader->map_mask;
	section.page_array = base + section.start_pfn * kernel->format.stride;
	if (!reader->vmemmap)
		reader->vmemmap = base;
	else if (reader->vmemmap != base)
		reader->vmemmap_differs = TRUE;
	section.subsection_pages = 1ull << (SUBSECTION_SHIFT - kernel->page_shift);
	if (section.start_pfn > 1ull << 52) {
		reader->senseless++;
		return;
	}
	if (reader->usage_offset != G_MAXUINT64) {
		usage = anz_kernel_untag(kernel, anz_load64(record + reader->usage_offset,
							    kernel->big_endian));
		if (!usage)
			note_odd(kernel, number, address, map, TRUE);
		if (usage)
			section.pageblock_flags = usage + reader->flags_offset;
		/* pfn_valid(): an early section is valid as a whole, a later one by subsection. */
		if (!(map >> SECTION_IS_EARLY & 1) && usage &&
		    reader->subsection_offset != G_MAXUINT64)
			read_subsections(reader, &section, usage + reader->subsection_offset);
	} else if (reader->flags_offset != G_MAXUINT64) {
		section.pageblock_flags = anz_load64(record + reader->flags_offset,
						     kernel->big_endian);
	}
	g_array_append_val(kernel->sections, section);
}

static gboolean read_root(SectionReader *reader, guint64 address, guint64 first, guint64 count)
{
	g_autofree guint8 *records = g_try_malloc(count * reader->size);

	if (!records || !anz_kernel_read(reader->kernel, address, records, count * reader->size)) {
		reader->unreadable++;
		return FALSE;
	}
	for (guint64 i = 0; i < count; i++)
		add_section(reader, first + i, records + i * reader->size,
			    address + i * reader->size);
	return TRUE;
}

/* The low bits of section_mem_map that are flags; the map is aligned far above them. */
static guint64 section_map_mask(AnzKernel *kernel)
{
	gint64 last;

	if (anz_kernel_enumerator(kernel, NULL, "SECTION_MAP_LAST_BIT", &last) && last > 0 &&
	    last < 12)
		return ~((1ull << last) - 1);
	return ~0x3full;
}

static gboolean resolve_layout(SectionReader *reader)
{
	AnzKernel *kernel = reader->kernel;
	guint64 size = 0, words, word_size;
	gint64 bit;

	if (!anz_kernel_sizeof(kernel, "mem_section", &reader->size) || reader->size < 8 ||
	    reader->size > 4096 ||
	    !anz_kernel_member(kernel, "mem_section", "section_mem_map", &reader->map_offset,
			       &size) || reader->map_offset + 8 > reader->size)
		return FALSE;
	reader->usage_offset = reader->flags_offset = reader->subsection_offset = G_MAXUINT64;
	if (anz_kernel_member(kernel, "mem_section", "usage", &reader->usage_offset, NULL) &&
	    reader->usage_offset + 8 <= reader->size) {
		if (!anz_kernel_member(kernel, "mem_section_usage", "pageblock_flags",
				       &reader->flags_offset, NULL))
			reader->usage_offset = G_MAXUINT64;
		anz_kernel_member(kernel, "mem_section_usage", "subsection_map",
				  &reader->subsection_offset, NULL);
		reader->subsection_words = 1;
		if (anz_kernel_array_len(kernel, "mem_section_usage", "subsection_map", &words,
					 &word_size))
			reader->subsection_words = CLAMP(words, 1, ANZ_SUBSECTION_WORDS);
	} else if (anz_kernel_member(kernel, "mem_section", "pageblock_flags",
				     &reader->flags_offset, NULL) &&
		   reader->flags_offset + 8 > reader->size) {
		reader->flags_offset = G_MAXUINT64;
	}
	reader->map_mask = section_map_mask(kernel);
	kernel->sections_have_usage = reader->usage_offset != G_MAXUINT64;
	/* A macro up to 6.0; where the flags are enumerated a kernel without devices lacks it. */
	if (anz_kernel_enumerator(kernel, NULL, "SECTION_TAINT_ZONE_DEVICE_BIT", &bit) &&
	    bit >= 0 && bit < 64)
		reader->device_mask = 1ull << bit;
	else if (!anz_kernel_enumerator(kernel, NULL, "SECTION_MAP_LAST_BIT", &bit))
		reader->device_mask = 1ull << SECTION_TAINT_ZONE_DEVICE;
	return TRUE;
}

/*
 * There is no section table, or it is lost (a dump cut short), but with a virtual memory map its base
 * is enough: the source's own memory ranges then stand for the sections.
 */
static gboolean read_by_ranges(SectionReader *reader, const char *why)
{
	AnzKernel *kernel = reader->kernel;
	guint64 base, address, pfn = 0, start, nr_pages, next = 0;
	AnzMemState state;

	if (!anz_vmcoreinfo_symbol(kernel->vmcoreinfo, "vmemmap", &base) &&
	    !(anz_types_symbol(kernel->types, "vmemmap_base", &address) &&
	      anz_kernel_read_u64(kernel, address, &base)))
		return FALSE;
	while (anz_image_ram_run(kernel->image, pfn, &start, &nr_pages, &state)) {
		guint64 first = start & ~(reader->section_pages - 1);

		pfn = start + nr_pages;
		for (guint64 at = MAX(first, next); at < pfn; at += reader->section_pages) {
			AnzSection section = {
				.start_pfn = at, .nr_pages = reader->section_pages,
				.page_array = base + at * kernel->format.stride,
				.online = TRUE, .subsection_pages = reader->section_pages,
			};

			memset(section.subsections, 0xff, sizeof(section.subsections));
			g_array_append_val(kernel->sections, section);
			next = at + reader->section_pages;
		}
	}
	reader->vmemmap = base;
	reader->size_known = TRUE;
	anz_kernel_remark(kernel, "warning", "section", 1,
			  "%s: the dump's own memory ranges are taken for sections, and there are no "
			  "migratetypes", why);
	return TRUE;
}

static gboolean resolve_section_size(SectionReader *reader, GError **error)
{
	AnzKernel *kernel = reader->kernel;
	gint64 bits;

	reader->size_known = anz_kernel_enumerator(kernel, NULL, "SECTION_SIZE_BITS", &bits);
	if (!reader->size_known)
		bits = USUAL_SECTION_BITS;
	if (bits <= kernel->page_shift || bits > 40) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_KERNEL,
			    "SECTION_SIZE_BITS is %" G_GINT64_FORMAT ": senseless", bits);
		return FALSE;
	}
	reader->section_pages = 1ull << (bits - kernel->page_shift);
	kernel->section_pages_shift = bits - kernel->page_shift;
	return TRUE;
}

#define ROOTS_AT_ONCE 512

typedef struct {
	guint64 first, nr;	/* roots in @bytes */
	guint8 bytes[ROOTS_AT_ONCE * 8];
} RootBlock;

/*
 * There are 2^17 roots and more, nearly all 0: many at a time.  A page at most, because memory that is not
 * in the dump may come next.
 */
static gboolean read_root_pointer(AnzKernel *kernel, RootBlock *block, guint64 roots, guint64 i,
				  guint64 nr_roots, guint64 *address)
{
	guint64 at = roots + i * 8, page_end = (at | (((guint64)1 << kernel->page_shift) - 1)) + 1;

	if (i >= block->first + block->nr) {
		block->first = i;
		block->nr = MIN(MIN(nr_roots - i, ROOTS_AT_ONCE), (page_end - at) / 8);
		if (!block->nr || !anz_kernel_read(kernel, at, block->bytes, block->nr * 8)) {
			block->nr = 0;
			return anz_kernel_read_u64(kernel, at, address);
		}
	}
	*address = anz_load64(block->bytes + (i - block->first) * 8, kernel->big_endian);
	return TRUE;
}

/*
 * VMCOREINFO states mem_section's *value* under SPARSEMEM_EXTREME (the root array), the symbol
 * table the variable's address.  Roots are then pointers, each to a page full of sections.
 */
static gboolean read_sparse(SectionReader *reader, GError **error)
{
	AnzKernel *kernel = reader->kernel;
	guint64 roots, nr_roots = 0, per_root, address, highest;
	guint section_bits = kernel->section_pages_shift + kernel->page_shift;
	gint64 physmem_bits = 0;
	gboolean extreme = TRUE, length_stated = FALSE;
	RootBlock block = { 0 };

	per_root = (1ull << kernel->page_shift) / reader->size;
	if (anz_vmcoreinfo_symbol(kernel->vmcoreinfo, "mem_section", &roots)) {
		length_stated = anz_vmcoreinfo_length(kernel->vmcoreinfo, "mem_section",
						      &nr_roots) && nr_roots;
		anz_vmcoreinfo_number(kernel->vmcoreinfo, "MAX_PHYSMEM_BITS", &physmem_bits);
		/* Not EXTREME: one section per root, so there are as many roots as sections. */
		if (nr_roots && physmem_bits > section_bits && physmem_bits < 64 &&
		    nr_roots == 1ull << (physmem_bits - section_bits) && per_root > 1)
			extreme = FALSE;
	} else if (anz_types_symbol(kernel->types, "mem_section", &address)) {
		if (!anz_kernel_read_u64(kernel, address, &roots)) {
			g_set_error(error, ANZ_ERROR, ANZ_ERROR_NO_MEMORY_AT,
				    "mem_section at 0x%" G_GINT64_MODIFIER "x is not in the dump",
				    address);
			return FALSE;
		}
	}
	if (!nr_roots) {
		nr_roots = (1ull << (52 - section_bits)) / (extreme ? per_root : 1);
		/* Behind the array lies other memory: the kernel notes where sections end. */
		if (anz_kernel_symbol(kernel, "__highest_present_section_nr", &address) &&
		    anz_kernel_read_u64(kernel, address, &highest))
			nr_roots = MIN(nr_roots, highest / per_root + 1);
	}
	nr_roots = MIN(nr_roots, MAX_ROOTS);
	anz_kernel_fact(kernel, "memory model", "VMCOREINFO", extreme ?
			"sparse, two levels of sections" : "sparse, one level of sections");
	if (!extreme)
		return read_root(reader, roots, 0, nr_roots);
	for (guint64 i = 0; i < nr_roots; i++) {
		if (!read_root_pointer(kernel, &block, roots, i, nr_roots, &address)) {
			if (!i && !read_by_ranges(reader, "the section table is not in "
							"the dump")) {
				g_set_error(error, ANZ_ERROR, ANZ_ERROR_NO_MEMORY_AT,
					    "the section array at 0x%" G_GINT64_MODIFIER
					    "x is not in the dump", roots);
				return FALSE;
			}
			/* Without a length it simply ends somewhere. */
			reader->unreadable += i && length_stated;
			break;
		}
		if (address)
			read_root(reader, address, i * per_root, per_root);
	}
	return TRUE;
}

static guint64 section_number(const SectionReader *reader, guint i)
{
	return g_array_index(reader->kernel->sections, AnzSection, i).start_pfn /
	       reader->section_pages;
}

/* Sections of 2^@shift frames: do they lie where nodes do, and hold the ends of each node? */
static gboolean sections_fit(const SectionReader *reader, guint shift)
{
	const AnzKernel *kernel = reader->kernel;
	g_autoptr(GHashTable) numbers = g_hash_table_new(g_direct_hash, g_direct_equal);

	for (guint i = 0; i < kernel->sections->len; i++) {
		guint64 number = section_number(reader, i), start = number << shift;
		gboolean inside = !g_array_index(kernel->sections, AnzSection, i).online;

		/* What is not online may lie outside of the spans of nodes. */
		for (guint n = 0; !inside && n < kernel->nodes->len; n++) {
			const AnzNode *node = &g_array_index(kernel->nodes, AnzNode, n);

			inside = start < node->start_pfn + node->spanned &&
				 node->start_pfn < start + (1ull << shift);
		}
		if (!inside)
			return FALSE;
		g_hash_table_add(numbers, GSIZE_TO_POINTER(number));
	}
	for (guint n = 0; n < kernel->nodes->len; n++) {
		const AnzNode *node = &g_array_index(kernel->nodes, AnzNode, n);
		guint64 first = node->start_pfn >> shift;
		guint64 last = (node->start_pfn + node->spanned - 1) >> shift;

		if (node->spanned && (!g_hash_table_contains(numbers, GSIZE_TO_POINTER(first)) ||
				      !g_hash_table_contains(numbers, GSIZE_TO_POINTER(last))))
			return FALSE;
	}
	return TRUE;
}

/*
 * VMCOREINFO states SECTION_SIZE_BITS since 5.13 only; arm64 had 30 before 5.12, and 29 since with
 * pages of 64 KiB.  Sections were read by number, so the size is the one at which they cover the
 * nodes; the sections are then moved there.
 */
static void settle_section_size(SectionReader *reader)
{
	static const guint8 candidates[] = { USUAL_SECTION_BITS, 30, 29, 28, 26, 25, 24, 31, 32 };
	AnzKernel *kernel = reader->kernel;
	guint bits = 0;

	for (guint i = 0; i < G_N_ELEMENTS(candidates) && !bits; i++)
		if (candidates[i] > kernel->page_shift &&
		    sections_fit(reader, candidates[i] - kernel->page_shift))
			bits = candidates[i];
	anz_kernel_fact(kernel, "SECTION_SIZE_BITS", bits ? "memory" : "built-in", "%u",
			bits ? bits : USUAL_SECTION_BITS);
	if (!bits) {
		anz_kernel_remark(kernel, "warning", "section", 1,
				  "no SECTION_SIZE_BITS in VMCOREINFO, and no size at which the "
				  "sections cover the nodes: %u is assumed", USUAL_SECTION_BITS);
		return;
	}
	for (guint i = 0; i < kernel->sections->len; i++) {
		AnzSection *section = &g_array_index(kernel->sections, AnzSection, i);
		guint64 base = section->page_array - section->start_pfn * kernel->format.stride;

		section->start_pfn = section_number(reader, i) << (bits - kernel->page_shift);
		section->nr_pages = 1ull << (bits - kernel->page_shift);
		section->page_array = base + section->start_pfn * kernel->format.stride;
	}
	reader->section_pages = 1ull << (bits - kernel->page_shift);
	kernel->section_pages_shift = bits - kernel->page_shift;
}

/*
 * mem_map where no node says more (mm/mm_init.c, alloc_node_mem_map()): an array of its own, whose
 * first element is the first frame of the lowest node's first block of the largest order.
 */
static void read_mem_map(AnzKernel *kernel, guint64 max_pfn)
{
	AnzSection section = { .start_pfn = G_MAXUINT64, .online = TRUE };
	guint64 address, end = 0;

	for (guint i = 0; i < kernel->nodes->len; i++) {
		const AnzNode *node = &g_array_index(kernel->nodes, AnzNode, i);

		if (!node->spanned || node->start_pfn >= max_pfn)
			continue;
		section.start_pfn = MIN(section.start_pfn, node->start_pfn);
		end = MAX(end, node->start_pfn + MIN(node->spanned, max_pfn - node->start_pfn));
	}
	if (!end || !anz_kernel_symbol(kernel, "mem_map", &address) ||
	    !anz_kernel_read_u64(kernel, address, &section.page_array) || !section.page_array)
		return;
	section.start_pfn &= ~((1ull << kernel->format.max_buddy_order) - 1);
	section.nr_pages = section.subsection_pages = end - section.start_pfn;
	memset(section.subsections, 0xff, sizeof(section.subsections));
	g_array_append_val(kernel->sections, section);
}

/* Flat memory: one array per node; the pageblock bitmap belongs to the zone there.  FALSE: there is none. */
static gboolean read_flat(AnzKernel *kernel)
{
	/* All memory of such a machine is there from boot, so the dump knows its end. */
	guint64 max_pfn = anz_image_max_pfn(kernel->image);

	for (guint i = 0; i < kernel->nodes->len; i++) {
		const AnzNode *node = &g_array_index(kernel->nodes, AnzNode, i);
		guint64 spanned = node->start_pfn < max_pfn ?
				  MIN(node->spanned, max_pfn - node->start_pfn) : 0;
		AnzSection section = { .start_pfn = node->start_pfn, .nr_pages = spanned,
				       .subsection_pages = spanned, .online = TRUE };

		memset(section.subsections, 0xff, sizeof(section.subsections));
		if (spanned && anz_kernel_read_member(kernel, node->address, "pglist_data", "node_mem_map",
					   &section.page_array) && section.page_array)
			g_array_append_val(kernel->sections, section);
	}
	if (!kernel->sections->len)
		read_mem_map(kernel, max_pfn);
	if (!kernel->sections->len)
		return FALSE;
	kernel->section_pages_shift = 63;
	anz_kernel_fact(kernel, "memory model", anz_kernel_layout_origin(kernel), "flat");
	return TRUE;
}

static int compare_sections(gconstpointer a, gconstpointer b)
{
	const AnzSection *left = a, *right = b;

	return (left->start_pfn > right->start_pfn) - (left->start_pfn < right->start_pfn);
}

static gboolean has_memory(AnzKernel *kernel, const AnzSection *section)
{
	guint64 start, nr_pages;
	AnzMemState state;

	return anz_image_ram_run(kernel->image, section->start_pfn, &start, &nr_pages, &state) &&
	       start - section->start_pfn < section->nr_pages;
}

/*
 * A damaged table can claim any number of sections.  One whose frames the dump does not know and
 * whose page array begins nowhere in the kernel's page tables is only a claim.  A few of them do no
 * harm and are worth showing; many would take more memory than there is.
 */
static void drop_claims(AnzKernel *kernel)
{
	guint64 paddr, len, dropped = 0, claimed = 0;

	for (guint i = 0; i < kernel->sections->len; i++)
		claimed += g_array_index(kernel->sections, AnzSection, i).nr_pages;
	if (claimed < MANY_PAGES)
		return;
	for (guint i = kernel->sections->len; i-- > 0; ) {
		const AnzSection *section = &g_array_index(kernel->sections, AnzSection, i);

		if (has_memory(kernel, section) ||
		    anz_image_translate(kernel->image, section->page_array, &paddr, &len))
			continue;
		g_array_remove_index_fast(kernel->sections, i);
		dropped++;
	}
	if (dropped)
		anz_kernel_remark(kernel, "warning", "section", dropped,
				  "sections without memory in the dump and without a mapped page array: "
				  "left out");
}

gboolean anz_kernel_resolve_sections(AnzKernel *kernel, GError **error)
{
	SectionReader reader = { .kernel = kernel };
	guint64 ignored;

	if (!resolve_section_size(&reader, error))
		return FALSE;
	if (resolve_layout(&reader) && anz_kernel_symbol(kernel, "mem_section", &ignored)) {
		if (!read_sparse(&reader, error))
			return FALSE;
		if (!reader.size_known)
			settle_section_size(&reader);
	} else {
		gboolean stated = anz_vmcoreinfo_symbol(kernel->vmcoreinfo, "vmemmap", &ignored);

		/* The variable vmemmap_base has a value in kernels with flat memory, too. */
		if ((stated || !read_flat(kernel)) &&
		    read_by_ranges(&reader, "the kernel states a vmemmap but no section table"))
			anz_kernel_fact(kernel, "memory model", "VMCOREINFO", "virtual memory map");
	}
	if (reader.unreadable)
		anz_kernel_remark(kernel, "warning", "section", reader.unreadable,
				  "parts of the section table are not in the dump; frames there show "
				  "as holes");
	if (reader.senseless)
		anz_kernel_remark(kernel, "warning", "section", reader.senseless,
				  "sections beyond any machine's memory are left out");
	drop_claims(kernel);
	if (!kernel->sections->len) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_KERNEL,
			    "no memory section with a struct page array was found: neither "
			    "mem_section, vmemmap, node_mem_map nor mem_map leads to one");
		return FALSE;
	}
	g_array_sort(kernel->sections, compare_sections);
	for (guint i = 0; i < kernel->sections->len; i++) {
		const AnzSection *section = &g_array_index(kernel->sections, AnzSection, i);

		kernel->max_pfn = MAX(kernel->max_pfn, section->start_pfn + section->nr_pages);
	}
	if (!reader.vmemmap_differs && reader.vmemmap)
		kernel->vmemmap = reader.vmemmap;
	if (kernel->vmemmap)
		anz_kernel_fact(kernel, "struct page of pfn 0", "memory",
				"0x%" G_GINT64_MODIFIER "x", kernel->vmemmap);
	anz_kernel_fact(kernel, "sections with a page array", "memory", "%u",
			kernel->sections->len);
	return TRUE;
}

const AnzSection *anz_kernel_section(const AnzKernel *kernel, guint64 pfn)
{
	guint low = 0, high = kernel->sections->len;

	while (low < high) {
		guint middle = low + (high - low) / 2;
		const AnzSection *section = &g_array_index(kernel->sections, AnzSection, middle);

		if (pfn < section->start_pfn)
			high = middle;
		else if (pfn - section->start_pfn >= section->nr_pages)
			low = middle + 1;
		else
			return section;
	}
	return NULL;
}

guint64 anz_kernel_page_address(const AnzKernel *kernel, guint64 pfn)
{
	const AnzSection *section = anz_kernel_section(kernel, pfn);

	if (!section)
		return 0;
	return section->page_array + (pfn - section->start_pfn) * kernel->format.stride;
}

guint64 anz_kernel_page_pfn(const AnzKernel *kernel, guint64 address)
{
	guint32 stride = kernel->format.stride;

	if (kernel->vmemmap) {
		guint64 pfn = (address - kernel->vmemmap) / stride;

		if (address < kernel->vmemmap || (address - kernel->vmemmap) % stride ||
		    !anz_kernel_section(kernel, pfn))
			return G_MAXUINT64;
		return pfn;
	}
	for (guint i = 0; i < kernel->sections->len; i++) {
		const AnzSection *section = &g_array_index(kernel->sections, AnzSection, i);
		guint64 delta = address - section->page_array;

		if (address >= section->page_array && delta / stride < section->nr_pages)
			return delta % stride ? G_MAXUINT64 : section->start_pfn + delta / stride;
	}
	return G_MAXUINT64;
}
