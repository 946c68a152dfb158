/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Swap areas, and what page-table entries mean that are neither empty nor present: a slot of a swap
 * area, a page on the move, a poisoned page, a marker.
 */
#ifndef ANZ_GRAPH_SWAP_H
#define ANZ_GRAPH_SWAP_H

#include "graph/graph.h"

#define ANZ_SWAP_TYPES 32	/* 1 << MAX_SWAPFILES_SHIFT, types that are no areas included */

typedef struct {
	guint type;		/* index in swap_info[] */
	guint64 address;	/* of struct swap_info_struct */
	guint64 nr_slots;	/* the header's included */
	guint64 nr_used;	/* by the kernel's own count; a bit at the top, if set, is no part of it */
	guint64 nr_pages;	/* by the kernel's own count: slots that can hold a page */
	gint64 priority;
	char *name;		/* last part of its path; NULL unknown */
	char *disk;		/* that it lies on; NULL unknown */

	/* By its slots (swap-slots.h). */
	gboolean known;		/* all of them could be read, nr_unread aside */
	guint64 nr_in_use;
	guint64 nr_bad;		/* the header's included */
	guint64 nr_cached;	/* of those in use: whose page is in the swap cache */
	guint64 nr_held;	/* of those in use: of no page yet or any more */
	guint64 nr_users;	/* entries that name them, by the kernel's counts */
	guint64 nr_many;	/* slots whose count is not all known */
	guint64 nr_charged;	/* to a control group that is known */
	guint64 nr_unread;
	guint64 nr_cache_pages;	/* in its trees of cached pages */
	guint64 nr_shadows;	/* what evicted pages left there */

	guint64 nr_entries;	/* of page tables that name it */
	guint64 nr_file_entries;	/* of trees of shmem files */
} AnzSwapArea;

/** Pages of one address space in one area. */
typedef struct {
	guint32 owner;
	guint32 type;
	guint64 nr_pages;
} AnzSwapUse;

typedef struct {
	GArray *areas;		/* AnzSwapArea by type */
	guint encoding;		/* of page-table entries, index of a table in swap.c */
	guint64 votes[4];	/* entries that fit, by encoding */
	GArray *runs;		/* AnzSwapRun by type and slot; slots that are free have none */
	GArray *uses;		/* AnzSwapUse */
	gboolean readable;	/* it is known how many areas there are */
} AnzSwap;

typedef enum {
	ANZ_SWAP_SLOT,		/* @type and @offset say where */
	ANZ_SWAP_MIGRATION,	/* @offset is the frame that the page moves from */
	ANZ_SWAP_HWPOISON,	/* @offset is the frame */
	ANZ_SWAP_OTHER,		/* device memory, markers, or nothing known */
} AnzSwapKind;

AnzSwap *anz_swap_read(AnzKernel *kernel);
void anz_swap_free(AnzSwap *swap);

/** Counts for which encodings the entry @raw makes sense; anz_swap_settle() takes the best. */
void anz_swap_vote(AnzSwap *swap, const AnzGraph *graph, guint64 raw);
void anz_swap_settle(AnzSwap *swap, const AnzGraph *graph);

/** What the page-table entry @raw, which is not present, stands for. */
AnzSwapKind anz_swap_decode(const AnzSwap *swap, const AnzGraph *graph, guint64 raw, guint *type,
			    guint64 *offset);

/** Parts of a swp_entry_t, as struct page, struct folio and radix trees hold it. */
void anz_swap_split(guint64 value, guint *type, guint64 *offset);
/** The area of that number, or %NULL. */
AnzSwapArea *anz_swap_area(const AnzSwap *swap, guint type);
/** @nr_pages entries of the address space @owner name slots of area @type. */
void anz_swap_add_use(AnzSwap *swap, guint type, guint32 owner, guint64 nr_pages);

#endif
