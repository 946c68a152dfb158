/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The census as numbers, and its reconciliation with the kernel's own counters: the first check of
 * all, printed with every summary.
 */
#ifndef ANZ_CHECK_CENSUS_H
#define ANZ_CHECK_CENSUS_H

#include "lists/lists.h"

/** Pages of one class in one zone and one migratetype. */
typedef struct {
	guint8 zone;		/* ANZ_NO_ZONE */
	guint8 page_class;
	guint8 migratetype;	/* ANZ_NO_MIGRATETYPE */
	guint64 nr_pages;
} AnzCensusCell;

typedef struct {
	guint64 pages[ANZ_NR_CLASSES];
	guint64 mapped[ANZ_NR_CLASSES];
	guint64 excluded[ANZ_NR_CLASSES];
	guint64 unmarked[ANZ_NR_CLASSES];	/* whose class only their owner tells; set by analysis.c */
	guint64 kfence;		/* slab pages of KFENCE's, which no counter counts; set by analysis.c */
	guint64 max_pfn;	/* what the classes sum to */
	gint64 moved;		/* pages that changed hands while live memory was read, -1 unknown; 0 in
				 * a dump; set by analysis.c */
	gint64 drained;		/* pages that went between free and per-cpu lists meanwhile, at most; no
				 * event counts these */
	GArray *cells;		/* AnzCensusCell, non-zero ones */
} AnzCensus;

/** One line of the reconciliation; all values in pages. */
typedef struct {
	const char *counter;
	gboolean kernel_known;
	gint64 kernel;
	gint64 census;
	gint64 tolerance;	/* negative: the two cannot be compared exactly */
	const char *meaning;
} AnzReconciliation;

/** Counts @planes.  Frames of no tile are holes.  %NULL with @error (CANCELLED, UNSUPPORTED). */
AnzCensus *anz_census_take(AnzPlanes *planes, const gint *cancel, GError **error);
void anz_census_free(AnzCensus *census);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AnzCensus, anz_census_free)

/**
 * Free pages of @zone on the list that may be the one of isolated pageblocks, which NR_FREE_PAGES leaves out:
 * the last one, where the migratetypes have no names.  0: nothing is in doubt.
 */
guint64 anz_lists_perhaps_isolated(const AnzLists *lists, const AnzKernel *kernel, guint zone);

/** Returns: (transfer full): array of AnzReconciliation. */
GArray *anz_census_reconcile(const AnzCensus *census, const AnzLists *lists, AnzKernel *kernel);

#endif
