/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Address spaces of processes: which frames their page tables map, and where; their areas; their page
 * tables; and what all that sums to beside the kernel's own counters.
 */
#ifndef ANZ_GRAPH_SPACES_H
#define ANZ_GRAPH_SPACES_H

#include "graph/graph.h"
#include "graph/swap.h"
#include "graph/tasks.h"
#include "graph/vmas.h"
#include "image/tables.h"

/*
 * No run of mapped frames crosses a multiple of this, so that whoever asks for frame N finds all runs
 * that hold it among those that begin at most so many frames before.
 */
#define ANZ_MAP_BLOCK 512

/* No such counter.  Counters may be below zero for as long as their parts are apart. */
#define ANZ_UNKNOWN G_MININT64

typedef enum {
	ANZ_MAP_HUGE = 1 << 0,		/* by one entry of a higher level */
	ANZ_MAP_SPECIAL = 1 << 1,	/* pte_special(): not counted by the kernel */
} AnzMapFlags;

/** Pages one after another in an address space and in memory. */
typedef struct {
	guint64 vpage;		/* virtual address >> page shift */
	guint64 pfn;
	guint32 space;		/* index in AnzSpaces.spaces */
	guint16 nr_pages;	/* at most ANZ_MAP_BLOCK */
	guint8 flags;		/* AnzMapFlags */
} AnzMap;

/** A page-table page. */
typedef struct {
	guint64 pfn;
	guint64 vaddr;		/* of the first byte that it maps */
	guint32 owner;
	guint8 level;		/* from below */
	gboolean deposited;	/* in store for the day that a huge page is split */
} AnzTablePage;

typedef struct {
	guint64 address;	/* of struct mm_struct; 0 the kernel's own */
	guint64 root;		/* physical address of the top table */
	guint32 owner;
	guint pid;		/* lowest process that uses it; 0 none */
	const char *comm;	/* of that; NULL none; the task's */
	guint first_vma, nr_vmas;
	guint first_map, nr_maps;

	guint nr_tasks;		/* that use it */

	/* The kernel's counters, in pages; ANZ_UNKNOWN. */
	gint64 kernel_rss[ANZ_NR_RSS];
	gint64 kernel_hugetlb;
	gint64 kernel_table_bytes;

	/* What its page tables say, in base pages. */
	guint64 nr_anon;	/* KSM and swap cache included, as MM_ANONPAGES */
	guint64 nr_file, nr_shmem, nr_swap, nr_hugetlb;
	guint64 nr_ksm;		/* of nr_anon */
	guint64 nr_thp;		/* of nr_anon, nr_file, nr_shmem: mapped by entries of higher levels */
	guint64 nr_special;	/* mapped, but counted by nobody: zero page, vvar */
	guint64 pss;		/* bytes: each page's share among its mappings; hugetlb left out */
	guint64 nr_tables[ANZ_TABLE_LEVELS];	/* by level, deposited ones with level 0 */
	guint64 nr_lost;	/* tables that are not in the dump */
	gboolean whole;		/* all of its maps are in AnzSpaces.maps */
} AnzSpace;

struct AnzSpaces {
	GArray *tasks;		/* AnzTask */
	gboolean whole;		/* no task, address space or page table is missing */
	GArray *spaces;		/* AnzSpace; the kernel's own first, if it could be walked */
	GArray *vmas;		/* AnzVma, those of one space together */
	GArray *maps;		/* AnzMap, by space and vpage */
	GArray *tables;		/* AnzTablePage by pfn */
	AnzSwap *swap;
	GStringChunk *names;	/* of areas */
	GHashTable *by_mm;	/* address of mm_struct -> index + 1 in spaces */
	guint nr_tiles;
	guint16 **mapped;	/* [nr_tiles][ANZ_TILE_PAGES]: how many entries map a frame;
				 * NULL: none in that tile */
};

/** Family: tasks, address spaces, anonymous memory, page tables and kernel stacks. */
void anz_spaces_build(AnzGraph *graph);
void anz_spaces_free(AnzSpaces *spaces);

/** How many page-table entries were seen to map @pfn; stops counting at 65535. */
guint anz_spaces_mapped(const AnzGraph *graph, guint64 pfn);
/** Index in spaces of @mm, or -1. */
int anz_spaces_find(const AnzSpaces *spaces, guint64 mm);

/* The parts, in the order in which they run. */
/** Every page table of every space (page-tables.c): maps, tables, counts. */
void anz_spaces_walk(AnzGraph *graph);
/** Anonymous pages that no page table maps, by their anon_vma or KSM node (anon.c). */
void anz_anon_build(AnzGraph *graph);
/** Kernel stacks (stacks.c). */
void anz_stacks_build(AnzGraph *graph);

#endif
