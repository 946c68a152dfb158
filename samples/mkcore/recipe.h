/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a recipe says, after parsing: nothing here depends on a page format. */
#ifndef MKCORE_RECIPE_H
#define MKCORE_RECIPE_H

#include <glib.h>
#include "util.h"

/* one class a page frame can have; the names of the project's page classes */
enum page_class {
	PC_HOLE,
	PC_FREE,
	PC_FREE_PCP,
	PC_UNACCEPTED,
	PC_FILE,
	PC_SHMEM,
	PC_ANON,
	PC_KSM,
	PC_HUGETLB,
	PC_SWAP_CACHE,
	PC_SLAB,
	PC_LARGE_KMALLOC,
	PC_PAGE_TABLE,
	PC_KERNEL_STACK,
	PC_VMALLOC,
	PC_PERCPU,
	PC_ZSMALLOC,
	PC_NET_POOL,
	PC_MOVABLE,
	PC_KERNEL_IMAGE,
	PC_RESERVED,
	PC_ZERO_PAGE,
	PC_GUARD,
	PC_OFFLINE,
	PC_DEVICE,
	PC_HWPOISON,
	PC_KERNEL_OTHER,
	PC_UNKNOWN_TYPE,
	PC_COUNT
};

extern const char *const page_class_names[PC_COUNT];

enum arch { ARCH_X86_64, ARCH_AARCH64 };

enum scheme {			/* how a page type is told */
	SCHEME_LOW,		/* <= 6.8: inverted bits from 0x80, slab is a flag */
	SCHEME_LOW_HUGETLB,	/* 6.9 */
	SCHEME_LOW_SLAB,	/* 6.10 */
	SCHEME_HIGH,		/* 6.11: inverted bits from 0x40000000 */
	SCHEME_BYTE,		/* 6.12: the top byte */
};

enum compound {			/* where the order of a compound page is kept */
	COMPOUND_DTOR,		/* 6.1 */
	COMPOUND_FOLIO_DTOR,	/* 6.3 */
	COMPOUND_FLAGS1,	/* 6.6 */
};

enum flag_order {		/* the order of enum pageflags */
	FLAGS_OLD,		/* 6.1: PG_head at 16 */
	FLAGS_MID,		/* 6.6: PG_head at 6 */
	FLAGS_NEW,		/* 6.12: no PG_error, no PG_mappedtodisk */
	FLAGS_NEWEST,		/* 7.x: PG_dropbehind */
};

enum hvo {
	HVO_NONE,
	HVO_FAKE_HEAD,
	HVO_SHARED_TAIL,
};

enum stale {
	STALE_REAL,		/* what was measured on real kernels */
	STALE_HARSH,		/* every word that nothing forbids is garbage */
};

/* memory-descriptor formats; 0 is what the shape has by default */
enum md_table { MD_TABLE_AUTO, MD_LSFMM2024, MD_WIKI2025, MD_PATH2025 };
enum md_buddy { MB_AUTO, MB_PTR_PREV, MB_PTR_NEXT, MB_PFN_PREV, MB_PFN8_GLOBAL,
	MB_PFN8_ZONE, MB_LIST32 };
enum md_stated { MD_DWARF, MD_NUMBERS, MD_TABLE, MD_NONE };
enum md_poison { MP_BOTH, MP_TYPE, MP_FLAG };
enum md_holes { MH_ZEROS, MH_ONES, MH_MISC, MH_MIXED };

struct recipe_range {
	guint64 start, end;	/* physical bytes */
};

struct recipe_zone {
	int node;
	int type;		/* enum zone_type */
	char *name;
	guint64 start, end;	/* span, physical bytes */
	GArray *holes;		/* struct recipe_range */
	guint64 unaccepted;	/* bytes at the end of the zone */
	struct recipe_range cma;
	struct recipe_range offline;	/* plugged but logically offline, by range */
};

struct recipe {
	char *name;
	guint64 seed;

	/* machine */
	enum arch arch;
	gboolean big;		/* byte order */
	guint64 page_size;
	int page_shift;		/* follows from page_size */
	int va_bits;		/* follows from page_size and levels */
	int section_shift;	/* SECTION_SIZE_BITS */
	int physmem_bits;
	int levels;		/* of page tables */
	int cpus, nr_cpus;	/* present; CONFIG_NR_CPUS */
	int nodes_shift;
	int pageblock_order;
	int nr_orders;		/* length of free_area[] */
	guint64 kaslr;		/* virtual offset of the kernel's text */
	guint64 kernel_phys;	/* where the text was loaded */
	gboolean kaslr_bases;	/* direct map and vmemmap moved too */
	gboolean trap;		/* two reserved pages of no zone behind the last zone */
	gboolean vmemmap_pte;	/* map vmemmap with base pages */
	GArray *reserve;	/* struct recipe_range */
	char *fault;		/* planted; NULL: none */
	GPtrArray *zones;	/* struct recipe_zone */

	/* format */
	char *page_format;	/* classic */
	char *release;
	enum scheme scheme;
	enum compound compound;
	gboolean info;		/* compound_info instead of compound_head */
	gboolean tail_mask;	/* its value is a mask */
	gboolean memdesc_t;
	gboolean folio_index;
	gboolean pcp_new;
	gboolean slab_new;
	gboolean sheaves;
	gboolean ptdesc;
	gboolean zpdesc;
	gboolean blocks;	/* NR_FREE_PAGES_BLOCKS, isolate as a pageblock bit */
	gboolean lists_strict;	/* 6.10: a free list holds only its own pageblocks */
	gboolean memory_failure;
	gboolean large_kmalloc_type;
	gboolean slab_frozen_ref;	/* slab heads have refcount 0 */
	gboolean kernel_pt_typed;	/* page tables of the kernel have the type, too */
	gboolean percpu_zero_based;
	gboolean unaccepted;
	gboolean cma;
	enum flag_order flags;
	gboolean last_cpupid;
	int pb_bits;
	enum hvo hvo;
	guint64 permute;	/* 0: natural order */
	enum stale stale;
	int md_size;		/* bytes of a struct page with a descriptor word, or 0 */
	enum md_table md_table;
	enum md_buddy md_buddy;
	enum md_stated md_stated;	/* what says the numbers of the types */
	enum md_holes md_holes;
	enum md_poison md_poison;	/* of 32 bytes: how a bad page is told */
	int md_variant;		/* of 32 bytes: may2024, jan2025, newest */
	int md_word;		/* C type of the word */
	int md_extent;		/* how descriptors state their pages */
	gboolean md_key;	/* MEMDESC_BUDDY is in VMCOREINFO */
	gboolean md_bare;	/* 16 bytes: struct page has no buddy member */
	gboolean anon_folio;	/* struct anon_folio exists */
	guint64 shuffle;	/* seed that renumbers the types; 0 is none */
	gboolean md_odd_names;	/* enumerators are spelt as no kernel would */
	char **formats;		/* of the output */
	gboolean note;		/* VMCOREINFO note in the file */
	gboolean qemu;		/* program headers as QEMU writes them */
	int dwarf;

	/* workload */
	double fill, fragmentation;
	double share[PC_COUNT];
	double content;		/* percent of user pages with something in them */
	double churn;
	int burst;		/* allocations of one class in a row */
	int pcp_fill;
	int highatomic, isolate;	/* pageblocks */
	guint64 gigantic;	/* hugetlb pages of 1 GiB */
	guint64 hugetlb_free;	/* percent of the pool that is free */
	double compound_other;
	double orders[19];	/* of file and anonymous folios: percent of their pages */
};

/* arch.c */
void arch_defaults(struct recipe *r);
const char *arch_check(const struct recipe *r);
guint64 arch_kernel_base(const struct recipe *r);

struct recipe *recipe_load(const char *path, GError **error);
void recipe_free(struct recipe *r);

#endif
