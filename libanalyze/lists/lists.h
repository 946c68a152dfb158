/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The allocator's lists, rebuilt: buddy free lists per zone, order and migratetype; per-cpu page
 * lists; unaccepted blocks.  A walk over corrupt links always ends, because no frame is entered
 * twice; it is taken up again from the list's other end.
 */
#ifndef ANZ_LISTS_H
#define ANZ_LISTS_H

#include "lists/walk.h"

/** One free list. */
typedef struct {
	guint zone;		/* id in AnzKernel.zones */
	guint order;
	guint migratetype;
	guint64 nr_blocks;	/* reached */
	guint64 nr_free;	/* free_area.nr_free: the order's own counter, of all its lists */
	gboolean nr_free_known;
	char *status;		/* "ok" or the first thing that was wrong */
} AnzFreeList;

/** One block on a free, unaccepted or per-cpu list, in walk order. */
typedef struct {
	guint64 pfn;
	guint32 position;
	guint16 cpu;		/* of a per-cpu list */
	guint8 order;
	guint8 zone;
	guint8 list;		/* migratetype of a free list; index of a per-cpu list */
} AnzListBlock;

/** One zone's page lists on one cpu. */
typedef struct {
	guint zone;
	guint cpu;
	guint64 address;	/* of struct per_cpu_pages */
	gint64 count;		/* per_cpu_pages.count */
	gint64 high;
	guint64 nr_pages;	/* reached */
	char *status;
} AnzPcpSet;

typedef struct {
	GArray *free_lists;	/* AnzFreeList */
	GArray *free_blocks;	/* AnzListBlock */
	GArray *unaccepted;	/* AnzListBlock */
	GArray *pcp_sets;	/* AnzPcpSet */
	GArray *pcp_blocks;	/* AnzListBlock */
	guint64 *listed_pages;	/* per zone: free and unaccepted */
	guint64 *isolated_pages;/* per zone: of these on MIGRATE_ISOLATE lists */
	guint64 *unaccepted_pages;
	guint64 *pcp_pages;
	guint64 unlisted;	/* pages that say "free block" and are on no list */
	gboolean pcp_unknown;	/* some per-cpu list could not be found: its pages are not told */
	GArray *faults;		/* AnzListFault, what is wrong with the lists */
	gboolean broken;	/* some walk could not be finished */
} AnzLists;

/**
 * anz_lists_walk:
 *
 * Walks every list of every populated zone and marks what it reaches in @planes: ON_LIST, class
 * free-pcp for pages on per-cpu lists, unaccepted for unaccepted blocks that carry no type.
 * What could not be read becomes a remark of @kernel.
 *
 * Returns: (transfer full): %NULL with @error (CANCELLED, UNSUPPORTED: no memory).
 */
AnzLists *anz_lists_walk(AnzKernel *kernel, AnzPlanes *planes, const gint *cancel,
			 GError **error);
void anz_lists_free(AnzLists *lists);

/**
 * anz_lists_pcp_sum:
 * @pages: (out): sum of per_cpu_pages.count as the walk found it; negative ones count as none
 *
 * Returns: whether there are per-cpu lists, and all had a count that can be one.
 */
gboolean anz_lists_pcp_sum(const AnzLists *lists, gint64 *pages);

/**
 * anz_lists_pcp_counts:
 * @pages: (out): sum of per_cpu_pages.count of all zones and cpus, as it is now; negative ones count as none
 *
 * Walks nothing.  Pages that are drained to the free lists, or taken from there, count as no event
 * (free_pcppages_bulk() and rmqueue_bulk() of mm/page_alloc.c).
 *
 * Returns: whether all could be read.
 */
gboolean anz_lists_pcp_counts(AnzKernel *kernel, gint64 *pages);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(AnzLists, anz_lists_free)

#endif
