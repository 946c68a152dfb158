/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Page cache: which file each page belongs to, and at what offset.
 *
 * It is found from both sides.  Every folio of the page cache names its mapping and its index, so no
 * page is missed, whatever the file: on a mounted file system, deleted, a memfd, a block device.  Each
 * superblock's inodes add the files that have no page left but shadow or swap entries, and each
 * mapping's i_pages says how the kernel itself would find the pages.
 */
#ifndef ANZ_GRAPH_FILES_H
#define ANZ_GRAPH_FILES_H

#include "graph/swap.h"

/** One address_space that has pages, or entries in place of pages. */
typedef struct {
	guint32 owner;
	guint64 mapping;	/* of struct address_space */
	guint64 inode;		/* its host; 0 none */
	guint64 superblock;
	char *path;		/* NULL: no dentry names it */
	char *fs;		/* type of file system; NULL unknown */
	char *device;		/* "254:0", or that and a disk's name */
	gboolean deleted;	/* the name is gone from its folder */
	guint64 ino;
	guint64 mode;
	guint64 links;
	guint64 size;		/* bytes */
	guint64 nrpages;	/* the kernel's own count */
	guint64 nr_pages;	/* pages that name this mapping */
	guint64 nr_mapped, nr_dirty, nr_writeback;	/* of these */
	guint64 nr_indexed;	/* pages that i_pages leads to */
	guint64 nr_shadows;	/* entries of pages that were evicted */
	guint64 nr_swapped;	/* entries of shmem pages that are in swap */
	guint64 nr_disagreeing;	/* pages that i_pages leads to and that name another mapping or index,
				 * or none at all */
	guint64 nr_lost;	/* of these: entries that lead to no page at all */
	gboolean whole;		/* i_pages could be walked to its end */
	gboolean is_stray;	/* its host is no inode that leads back here */
	gboolean is_shmem;
} AnzFile;

struct AnzFiles {
	GArray *files;		/* AnzFile */
	GHashTable *by_mapping;	/* address -> index + 1 */
	guint64 nr_superblocks, nr_inodes;
	guint64 swapped[ANZ_SWAP_TYPES];	/* nr_swapped of all files, by swap area */
};

/** The family. */
void anz_files_build(AnzGraph *graph);
void anz_files_free(AnzFiles *files);

#endif
