/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "graph/disks.h"

#define MAX_DEVICES (1u << 20)
#define DISK_NAME_LEN 33

typedef struct {
	AnzGraph *graph;
	AnzDiskFunc func;
	gpointer data;
	AnzField inode, disk, disk_name;	/* of a device's inode, to its gendisk */
	GHashTable *seen;			/* guint64: disks */
} Walk;

static gboolean visit(guint64 inode, gpointer data)
{
	Walk *w = data;
	AnzKernel *kernel = w->graph->kernel;
	g_autofree char *name = NULL;
	guint64 disk;

	if (!anz_kernel_read_u64(kernel, inode - w->inode.offset + w->disk.offset, &disk) || !disk ||
	    !g_hash_table_add(w->seen, g_memdup2(&disk, sizeof(disk))))
		return !anz_graph_cancelled(w->graph);
	name = anz_kernel_read_string(kernel, disk + w->disk_name.offset, DISK_NAME_LEN);
	w->func(disk, name ? name : "", w->data);
	return !anz_graph_cancelled(w->graph);
}

gboolean anz_disks_each(AnzGraph *graph, AnzDiskFunc func, gpointer data)
{
	AnzKernel *kernel = graph->kernel;
	Walk w = { .graph = graph, .func = func, .data = data };
	AnzField inodes, sb_list;
	guint64 symbol, super;
	gboolean whole;

	if (!anz_kernel_symbol(kernel, "blockdev_superblock", &symbol) ||
	    !anz_kernel_read_u64(kernel, symbol, &super) || !super ||
	    !anz_field(kernel, "super_block", "s_inodes", &inodes) ||
	    !anz_field(kernel, "inode", "i_sb_list", &sb_list) ||
	    !anz_field(kernel, "bdev_inode", "vfs_inode", &w.inode) ||
	    !anz_field(kernel, "block_device", "bd_disk", &w.disk) ||
	    !anz_field(kernel, "gendisk", "disk_name", &w.disk_name))
		return TRUE;
	w.seen = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
	whole = anz_kernel_walk_list(kernel, super + inodes.offset, sb_list.offset, MAX_DEVICES, visit, &w);
	g_hash_table_unref(w.seen);
	return whole;
}
