/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Swap areas, and what page-table entries mean that are neither empty nor present: a slot of a swap
 * area, a page on the move, a poisoned page, a marker.
 */
#ifndef ANZ_GRAPH_SWAP_H
#define ANZ_GRAPH_SWAP_H

#include "graph/graph.h"

typedef struct {
	guint type;		/* index in swap_info[] */
	guint64 address;	/* of struct swap_info_struct */
	guint64 nr_slots;	/* the header's included */
	guint64 nr_used;
	char *name;		/* last part of its path; NULL unknown */
} AnzSwapArea;

typedef struct {
	GArray *areas;		/* AnzSwapArea by type */
	guint encoding;		/* of page-table entries, index of a table in swap.c */
	guint64 votes[4];	/* entries that fit, by encoding */
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
const AnzSwapArea *anz_swap_area(const AnzSwap *swap, guint type);

#endif
