/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Names of files: from an inode's dentry up to its file system's root, and from there over the mount
 * to the root of all.
 */
#ifndef ANZ_GRAPH_PATH_H
#define ANZ_GRAPH_PATH_H

#include "kernel/record.h"

typedef struct AnzPaths AnzPaths;

AnzPaths *anz_paths_new(AnzKernel *kernel);
void anz_paths_free(AnzPaths *paths);

/**
 * anz_paths_of_inode:
 * @inode: address of struct inode
 * @superblock: address of its struct super_block, or 0
 * @deleted: (out): the name is no longer in its folder
 *
 * Returns: (transfer full): "/var/lib/x.db", or, of a file system that is mounted nowhere (memfd,
 * shared anonymous memory), "tmpfs:/memfd:name"; %NULL if no dentry names the inode.
 */
char *anz_paths_of_inode(AnzPaths *paths, guint64 inode, guint64 superblock, gboolean *deleted);

/** The name of a dentry and of those above it within its file system; "/" for the root. */
char *anz_paths_of_dentry(AnzPaths *paths, guint64 dentry);

#endif
