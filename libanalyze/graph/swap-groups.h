/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which control group each slot of a swap area is charged to: by number (mem_cgroup.id), in an array of
 * numbers for each area, or since 7.1 for each cluster of slots.
 */
#ifndef ANZ_GRAPH_SWAP_GROUPS_H
#define ANZ_GRAPH_SWAP_GROUPS_H

#include "graph/cgroups.h"

typedef struct AnzSwapGroups AnzSwapGroups;

/** %NULL if there are no control groups, or nothing tells where their numbers are. */
AnzSwapGroups *anz_swap_groups_new(AnzGraph *graph);
void anz_swap_groups_free(AnzSwapGroups *groups);

/** The area whose slots are asked for from now on; claims the pages that their numbers are kept in. */
void anz_swap_groups_begin(AnzSwapGroups *groups, guint type);
/**
 * anz_swap_groups_read:
 * @cluster: address of the struct swap_cluster_info of these slots; 0 where there is none
 * @ids: (out): @nr numbers, 0 for none
 *
 * Slots [@first, @first + @nr), all of one cluster where @cluster is not 0.
 *
 * Returns: %FALSE if they are not in the dump.
 */
gboolean anz_swap_groups_read(AnzSwapGroups *groups, guint64 first, guint nr, guint64 cluster,
			      guint16 *ids);
/** Index in AnzCgroups.groups of the group with that number; -1 if none has it. */
int anz_swap_groups_find(const AnzSwapGroups *groups, guint16 id);

#endif
