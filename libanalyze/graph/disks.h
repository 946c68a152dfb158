/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Block devices, by their inodes. */
#ifndef ANZ_GRAPH_DISKS_H
#define ANZ_GRAPH_DISKS_H

#include "graph/graph.h"

/** @disk: address of struct gendisk; @name: of it, "" if it cannot be read */
typedef void (*AnzDiskFunc)(guint64 disk, const char *name, gpointer data);

/**
 * anz_disks_each:
 *
 * Calls @func once for each disk; partitions share that of the whole.
 *
 * Returns: %FALSE if the list of their inodes is broken or not whole in the dump.
 */
gboolean anz_disks_each(AnzGraph *graph, AnzDiskFunc func, gpointer data);

#endif
