/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * This kernel: where its nodes, zones, sections, per-cpu areas and counters are, and how its
 * struct page is laid out.  All kernel knowledge that the hot loop must not have is resolved here,
 * once, and every layout fact that is used is recorded with the source that gave it.
 *
 * Decided by what the dump has (members, enumerators, VMCOREINFO keys), never by version number.
 */
#ifndef ANZ_KERNEL_H
#define ANZ_KERNEL_H

#include "image/image.h"
#include "image/vmcoreinfo.h"
#include "kernel/memdesc-format.h"
#include "kernel/page-format.h"
#include "types/types.h"

#define ANZ_NO_ZONE 255		/* zone id of a frame that lies in no zone's span */
#define ANZ_NO_MIGRATETYPE 255
/* 2^(SECTION_SIZE_BITS - 21) bits: 512 on arm64 before 5.12, 256 with 64 KiB pages, else 64. */
#define ANZ_SUBSECTION_WORDS 8

/** A fact in use and the source that gave it, for `memdesc info --facts`. */
typedef struct {
	char *name;		/* "page.flags", "SIZE(page)", "PG_slab" */
	char *value;
	const char *origin;	/* "DWARF", "BTF", "VMCOREINFO", "built-in", "user", "memory" */
} AnzFact;

/** Something the analysis has to say for itself. */
typedef struct {
	const char *severity;	/* "note", "warning" */
	const char *subject;
	char *message;
	guint64 count;
} AnzRemark;

typedef struct {
	guint nid;
	guint64 address;	/* of struct pglist_data */
	guint64 start_pfn;
	guint64 present;
	guint64 spanned;
} AnzNode;

typedef struct {
	guint id;		/* index in AnzKernel.zones, stored in the zone plane */
	guint nid;
	guint index;		/* enum zone_type */
	const char *name;	/* "Normal" */
	guint64 address;	/* of struct zone */
	guint64 start_pfn;
	guint64 spanned;
	guint64 present;
	guint64 managed;
	guint64 watermark[3];	/* min, low, high; with the boost of the moment */
	gboolean has_watermarks;
	int lock_held;		/* 1, 0, or -1 unknown */
	gint64 *stat;		/* by enum zone_stat_item: base plus per-cpu deltas, or NULL */
	gint64 *stat_delta;	/* the per-cpu deltas alone */
} AnzZone;

/** One memory section with a mem_map (or the whole array of a flat memory model). */
typedef struct {
	guint64 start_pfn;
	guint64 nr_pages;
	guint64 page_array;	/* virtual address of the struct page of start_pfn */
	guint64 pageblock_flags;/* virtual address of the bitmap, 0 none */
	guint64 subsections[ANZ_SUBSECTION_WORDS];	/* valid ones; all ones when early */
	guint64 subsection_pages;
	gboolean online;
	gboolean device;	/* ZONE_DEVICE taint */
	guint64 record;		/* address of its struct mem_section; 0 none */
} AnzSection;

/** A struct mem_section that contradicts itself. */
typedef struct {
	guint64 number;
	guint64 address;	/* of the struct */
	guint64 map;		/* section_mem_map */
	gboolean no_usage;	/* what is odd is not its flags but that it has no usage map */
} AnzOddSection;

typedef struct {
	const char *name;
	int number;		/* index in pglist_data.vm_stat or zone.vm_stat */
} AnzStatItem;

/** What the user says of the memory-descriptor format; outranks what the dump says. */
typedef struct {
	const char *memdesc_table;	/* (nullable): a table of schemas/memdesc-types.tsv */
	const char *buddy_layout;	/* (nullable): a variant of schemas/memdesc-buddy.tsv */
} AnzKernelOptions;

typedef struct AnzKernel AnzKernel;
struct AnzKernel {
	AnzImage *image;	/* borrowed */
	AnzTypes *types;	/* borrowed */
	const AnzVmcoreinfo *vmcoreinfo;
	AnzKernelOptions options;	/* strings borrowed; used while opening */
	gboolean big_endian;
	guint page_shift;

	guint64 slide;		/* KASLR: run-time minus link-time address of kernel symbols */
	guint64 page_offset;	/* virtual address of physical 0 in the direct map; 0 unknown */
	guint64 vmemmap;	/* struct page of pfn 0 as a virtual address; 0 if there is no such line */
	guint64 text_start, text_end;	/* kernel image, virtual; 0 unknown */
	guint64 image_start_pfn, image_nr_pages;	/* kernel image, frames; 0 pages unknown */
	guint64 zero_pfn;	/* frame of the shared zero page, G_MAXUINT64 unknown */
	guint64 huge_zero_pfn;	/* first frame of the huge one, G_MAXUINT64 none or unknown */
	guint64 max_pfn;	/* one past the last frame of the map */

	GArray *nodes;		/* AnzNode */
	GArray *zones;		/* AnzZone; only populated ones (spanned > 0) */
	GArray *sections;	/* AnzSection, by start_pfn */
	guint section_pages_shift;
	GArray *odd_sections;	/* AnzOddSection */
	gboolean sections_have_usage;	/* struct mem_section has such a member */

	guint nr_zone_types;	/* MAX_NR_ZONES; 0 unknown */

	guint nr_zone_stats, nr_node_stats;
	GArray *zone_stat_items;	/* AnzStatItem */
	GArray *node_stat_items;	/* AnzStatItem */
	gint64 **node_stat;	/* [nodes->len][nr_node_stats], deltas added; rows may be NULL */
	gint64 **node_stat_delta;
	gboolean stat_deltas_missing;	/* nothing tells where each cpu's part lies */
	guint64 stat_tolerance;	/* pages that unfolded per-cpu batches can explain, one counter */

	guint nr_orders;	/* elements of zone.free_area */
	guint nr_migratetypes;	/* elements of free_area.free_list */
	char **migratetype_names;	/* by number, may be longer than nr_migratetypes (isolate) */
	guint nr_migratetype_names;
	int migrate_isolate;	/* number of MIGRATE_ISOLATE, -1 none */
	guint pageblock_order;
	guint pageblock_bits;	/* bits per pageblock in the bitmap */
	guint pageblock_isolate_bit;	/* bit that overrides to MIGRATE_ISOLATE; 0 none */
	guint pageblock_type_mask;

	guint nr_cpus;		/* highest possible cpu + 1 */
	guint64 *percpu_offset;	/* [nr_cpus]; 0 for impossible cpus but cpu 0 of UP */
	GArray *possible_cpus;	/* guint */
	guint nr_online_cpus;

	AnzPageFormat format;
	AnzMemdescFormat *memdesc;	/* NULL: the classic shape */

	struct AnzModuleTypes *module_types;	/* NULL until asked for (module-types.h) */
	GArray *facts;		/* AnzFact */
	GArray *remarks;	/* AnzRemark */
};

/**
 * anz_kernel_open:
 * @image: (transfer none): must outlive the kernel
 * @types: (transfer none): must outlive the kernel
 * @options: (nullable)
 *
 * Resolves everything above.  What the analysis can do without becomes a remark.
 *
 * Returns: (transfer full): %NULL with @error: KERNEL (a page array of no known shape, no nodes),
 * NO_MEMORY_AT (a structure that cannot be done without is not in the dump).
 */
AnzKernel *anz_kernel_open(AnzImage *image, AnzTypes *types, const AnzKernelOptions *options,
			   GError **error);
void anz_kernel_free(AnzKernel *kernel);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AnzKernel, anz_kernel_free)

/**
 * anz_kernel_moved_pages:
 * @pages: (out): pages allocated and freed since boot, together, as the kernel counts its events
 *
 * What lies between two readings bounds how far counters and pages can have moved apart meanwhile.
 *
 * Returns: %FALSE if the kernel counts no events.
 */
gboolean anz_kernel_moved_pages(AnzKernel *kernel, guint64 *pages);
/**
 * anz_kernel_allocated_pages:
 * @zone: "DMA32"
 *
 * The same for pages that zones of one name, on whatever node, gave away.
 */
gboolean anz_kernel_allocated_pages(AnzKernel *kernel, const char *zone, guint64 *pages);

/* Records; repeated facts keep the first, repeated remarks (same text) add their counts. */
void anz_kernel_fact(AnzKernel *kernel, const char *name, const char *origin,
		     const char *value_format, ...) G_GNUC_PRINTF(4, 5);
void anz_kernel_remark(AnzKernel *kernel, const char *severity, const char *subject,
		       guint64 count, const char *format, ...) G_GNUC_PRINTF(5, 6);

/** "DWARF" or "BTF": what facts from type info name as their origin; else "VMCOREINFO". */
const char *anz_kernel_layout_origin(const AnzKernel *kernel);

/* Layout look-ups: type info first, then VMCOREINFO; what is found becomes a fact. */
/** Byte offset and width of a member ("zone", "free_area"); bit-fields are refused. */
gboolean anz_kernel_member(AnzKernel *kernel, const char *type, const char *path,
			   guint64 *offset, guint64 *size);
gboolean anz_kernel_sizeof(AnzKernel *kernel, const char *type, guint64 *size);
/** Elements of an array member: ("zone", "free_area"). */
gboolean anz_kernel_array_len(AnzKernel *kernel, const char *type, const char *path,
			      guint64 *nr_elems, guint64 *elem_size);
/** Run-time address: VMCOREINFO SYMBOL() first (it is already relocated), then the symbol table. */
gboolean anz_kernel_symbol(AnzKernel *kernel, const char *name, guint64 *address);
gboolean anz_kernel_enumerator(AnzKernel *kernel, const char *enum_name, const char *name,
			       gint64 *value);

/* Reads of kernel-virtual memory; %FALSE if any byte is not in the dump. */
/** @vaddr without the tag that KASAN keeps in the top byte of arm64 pointers to slab objects. */
guint64 anz_kernel_untag(const AnzKernel *kernel, guint64 vaddr);
gboolean anz_kernel_read(AnzKernel *kernel, guint64 vaddr, void *buf, gsize len);
gboolean anz_kernel_read_u64(AnzKernel *kernel, guint64 vaddr, guint64 *value);
gboolean anz_kernel_read_u32(AnzKernel *kernel, guint64 vaddr, guint32 *value);
/** An unsigned long or pointer of the dumped machine. */
gboolean anz_kernel_read_ulong(AnzKernel *kernel, guint64 vaddr, guint64 *value);
/** A scalar member of a structure at @address, of whatever integer type it is. */
gboolean anz_kernel_read_member(AnzKernel *kernel, guint64 address, const char *type,
				const char *path, guint64 *value);
/** A string of at most @max - 1 bytes, NUL-terminated; %NULL if nothing could be read. */
char *anz_kernel_read_string(AnzKernel *kernel, guint64 vaddr, gsize max);

/** (nullable): of a number as in the migratetype plane. */
const char *anz_kernel_migratetype_name(const AnzKernel *kernel, guint number);

/** Whether the frame @offset pages into @section has a struct page. */
static inline gboolean anz_section_has_page(const AnzSection *section, guint64 offset)
{
	guint64 bit = section->subsection_pages ? offset / section->subsection_pages : 0;

	return bit >= 64 * ANZ_SUBSECTION_WORDS ||
	       section->subsections[bit / 64] >> (bit % 64) & 1;
}

/** The section that holds @pfn, or %NULL. */
const AnzSection *anz_kernel_section(const AnzKernel *kernel, guint64 pfn);
/** Virtual address of the struct page of @pfn; 0 if it has none. */
guint64 anz_kernel_page_address(const AnzKernel *kernel, guint64 pfn);
/** Frame of the struct page at @address; G_MAXUINT64 if it is not one. */
guint64 anz_kernel_page_pfn(const AnzKernel *kernel, guint64 address);
/** Zone whose span holds @pfn and whose node agrees with the section; ANZ_NO_ZONE if none. */
guint anz_kernel_zone_id(const AnzKernel *kernel, guint nid_hint, guint index_hint, guint64 pfn);

#endif
