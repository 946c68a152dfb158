/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owners and what they own, written as rows and as the owner plane. */
#ifndef ANZ_STORE_GRAPH_ROWS_H
#define ANZ_STORE_GRAPH_ROWS_H

#include "graph/graph.h"
#include "store/writer.h"

/** Tables owners, owned, caches, slabs, files, and the plane owner. */
void anz_snapshot_write_graph(AnzStoreWriter *writer, const AnzGraph *graph);
/**
 * Tables tasks, processes, vmas, swap_areas, swap_uses, swap_slots, zram, zswap; with @detailed also mappings and
 * page_tables (space-rows.c).
 */
void anz_snapshot_write_spaces(AnzStoreWriter *writer, const AnzGraph *graph, gboolean detailed);

#endif
