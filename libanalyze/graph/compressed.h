/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Pages kept compressed in memory: zram devices, and zswap.  The kernel's own counts, of which the frames
 * of their pools can be held against owners.
 */
#ifndef ANZ_GRAPH_COMPRESSED_H
#define ANZ_GRAPH_COMPRESSED_H

#include "graph/graph.h"

#define ANZ_NOT_COUNTED G_MININT64

/** A struct zram; counts that this kernel does not keep are ANZ_NOT_COUNTED. */
typedef struct {
	guint64 address;
	char *disk;		/* "zram0" */
	char *algorithm;	/* NULL unknown */
	guint64 size_bytes;	/* of the device */
	guint64 pool;		/* struct zs_pool; 0: the device was never given a size */
	gint64 nr_stored, nr_same, nr_huge;	/* pages; same: of one word all over, not in the pool;
						 * huge: did not become smaller */
	gint64 compressed_bytes;
	gint64 pool_pages;	/* zs_pool.pages_allocated */
	gint64 peak_pages;	/* most that it ever had */
	gint64 limit_pages;	/* ANZ_NOT_COUNTED: none */
} AnzZram;

typedef struct {
	gint64 enabled;		/* 0, 1 */
	gint64 nr_stored, nr_same;
	gint64 pool_bytes;	/* zswap_pool_total_size, or of its pools that are zsmalloc's */
	gint64 max_percent;	/* of memory */
	gint64 written_back, limit_hits, rejected;	/* since boot */
} AnzZswap;

struct AnzCompressed {
	GArray *zrams;		/* AnzZram */
	gboolean has_zswap;
	AnzZswap zswap;
};

/** Family: to be called when the pools of zsmalloc are owners.  Claims nothing. */
void anz_compressed_build(AnzGraph *graph);
void anz_compressed_free(AnzCompressed *compressed);

#endif
