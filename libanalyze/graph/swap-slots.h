/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Slots of swap areas, one by one: which are in use, by how many entries, which have their page in the
 * swap cache, and which control group each is charged to.
 *
 * The kernel has kept that in several ways.  Up to 6.17: a byte for each slot (swap_info_struct.swap_map)
 * and trees of cached pages (swapper_spaces).  Later: a table in each cluster of slots, which first holds
 * what is cached, and in the end the counts as well.  What the type information has decides.
 */
#ifndef ANZ_GRAPH_SWAP_SLOTS_H
#define ANZ_GRAPH_SWAP_SLOTS_H

#include "graph/swap.h"

/** Slots one after another that are alike. */
typedef struct {
	guint64 first;
	guint64 nr_slots;
	gint32 nr_users;	/* entries of page tables and shmem files that name each; ANZ_SWAP_MANY */
	guint32 cgroup;		/* owner id of the group each is charged to; 0 none */
	guint8 type;		/* of its area */
	gboolean cached;	/* its page is in memory, too */
	gboolean bad;		/* not used for pages: the header, or what swapon was told of */
} AnzSwapRun;

/** More than fit where the kernel counts them first. */
#define ANZ_SWAP_MANY (-1)

/**
 * AnzSlotState: one slot
 * @used: somebody has it, if only for a moment
 */
typedef struct {
	gint32 nr_users;
	gboolean used, cached, bad;
} AnzSlotState;

/** What a byte of swap_map says (include/linux/swap.h, 2.6.33 up); @cached: it is on hold for a page. */
AnzSlotState anz_swap_map_state(guint8 byte);
/**
 * anz_swap_table_state:
 * @counts: the table has counts; otherwise it only tells what is cached
 *
 * What an entry of a cluster's swap table says (mm/swap_table.h, 6.18 up).
 */
AnzSlotState anz_swap_table_state(guint64 entry, gboolean counts);

/**
 * Family, after address spaces and control groups: reads the slots of all areas into AnzSwap.runs, their
 * sums into the areas and the groups.
 */
void anz_swap_slots_build(AnzGraph *graph);

#endif
