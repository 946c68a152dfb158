/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What page metadata costs on a machine, and what it would cost in each memory-descriptor format.
 * Reckoned from an analysis file alone.
 */
#ifndef ANALYZE_COST_H
#define ANALYZE_COST_H

#include <analyze/store.h>

G_BEGIN_DECLS

/** Number of shapes reckoned with: classic, memdesc32, memdesc16, memdesc8. */
#define ANZ_COST_SHAPES 4

/** Sums over nodes; real nodes count from 0. */
#define ANZ_COST_MACHINE (-1)
#define ANZ_COST_NO_NODE (-2)	/* frames in no zone */

/**
 * AnzCostTotal: one format, for the machine or one node.
 * @format: "today": as the dump is, with the slabs of its descriptors as they are; else the name of a
 *	shape, with slabs packed to the full
 * @frames: that have a struct page
 * @array_bytes: of the page array
 * @descriptors: objects allocated beside it
 * @object_bytes: these objects
 * @slab_bytes: the slabs they lie in; -1 unknown (they are no slab objects)
 * @total_bytes: array and slabs (or objects, where slabs are unknown)
 * @saved_bytes: less than the classic shape takes
 */
typedef struct {
	const char *format;
	gint64 node;
	guint64 page_bytes;
	guint64 frames;
	guint64 array_bytes;
	guint64 descriptors;
	guint64 object_bytes;
	gint64 slab_bytes;
	guint64 total_bytes;
	gint64 saved_bytes;
} AnzCostTotal;

/**
 * AnzCostType: one kind of descriptor in one format; rows of a format sum to its machine total.
 * @descriptor: struct; %NULL for pages that have none
 * @orders: allocations it is for: "0", "1+", "any"; %NULL with @descriptor
 * @pages: it describes
 * @bytes: of one object; 0 where it is an overlay of struct page
 * @status: 'P' published, 'C' this project's convention, 'D' the dump's own; 0 where @bytes is
 * @source: where the size is from, in words
 */
typedef struct {
	const char *format;
	const char *descriptor;
	const char *orders;
	guint64 pages;
	guint64 array_bytes;
	guint64 descriptors;
	guint64 bytes;
	guint64 object_bytes;
	gint64 slab_bytes;
	guint64 total_bytes;
	char status;
	const char *source;
} AnzCostType;

/**
 * AnzCostAllocation: allocations alike in class and order.
 * @descriptor: they have at the goal; %NULL none
 * @order: -1: neither stated nor a power of two
 * @classic_bytes: their struct pages in the classic shape
 * @saved_bytes: by shape, what the shrunken struct pages save minus what the descriptors and their
 *	share of a slab take; negative: it costs more than it saves
 */
typedef struct {
	const char *page_class;
	const char *descriptor;
	gint order;
	guint64 allocations;
	guint64 pages;
	guint64 classic_bytes;
	gint64 saved_bytes[ANZ_COST_SHAPES];
} AnzCostAllocation;

/**
 * AnzCostBalance: the rows above, summed by their sign.
 * @overhead_bytes: what neither has: struct slab of the slabs that hold descriptors, and slabs that
 *	are not quite full
 * @net_bytes: gained + without - lost - overhead: AnzCostTotal.saved_bytes
 */
typedef struct {
	const char *format;
	guint64 losing_allocations, losing_pages;
	gint64 lost_bytes;
	guint64 gaining_allocations, gaining_pages;
	gint64 gained_bytes;
	guint64 without_pages;
	gint64 without_bytes;
	gint64 overhead_bytes;
	gint64 net_bytes;
} AnzCostBalance;

/**
 * AnzCostLimit: a buddy layout whose links are frame numbers.
 * @limit_frames: that its fields can number, in all or (@per_zone) in one zone
 * @frames: of this machine up to the end of its last zone, or of its largest zone
 * @zones: populated ones that the buddy allocator manages
 * @zones_needed: with no zone larger than the limit; 0 where no number of zones helps
 */
typedef struct {
	const char *layout;
	gboolean per_zone;
	guint64 limit_frames;
	guint64 frames;
	gboolean fits;
	guint64 zones;
	guint64 zones_needed;
} AnzCostLimit;

/**
 * AnzCostStep: a step on the way from today's struct page to descriptors.
 * @done: 1, 0, or -1 when the file does not tell (no type information)
 * @seen: what tells, such as the members that are still there
 */
typedef struct {
	const char *step;
	gint done;
	const char *meaning;
	const char *seen;
} AnzCostStep;

/**
 * AnzCost: all of it; arrays with their lengths.
 * @shape: of the dump: "classic", "memdesc8" ...
 * @memory_bytes: all frames that are no hole
 * @shared_bytes: of the dump's page array, behind which other parts of it lie (optimised hugetlb vmemmap):
 *	counted in all sums, but no memory of their own
 * @stage: where the dumped kernel stands, in a sentence
 * @slab_caches: that hold descriptors, found in the dump
 */
typedef struct {
	const char *shape;
	guint64 page_size;
	guint64 memory_bytes;
	guint64 slab_caches;
	const char *stage;
	guint64 shared_bytes;
	AnzCostTotal *totals;
	guint nr_totals;
	AnzCostType *types;
	guint nr_types;
	AnzCostAllocation *allocations;
	guint nr_allocations;
	AnzCostBalance *balances;
	guint nr_balances;
	AnzCostLimit *limits;
	guint nr_limits;
	AnzCostStep *steps;
	guint nr_steps;
	/*< private >*/
	gpointer priv;
} AnzCost;

/** Whose sizes of descriptors to take. */
typedef enum {
	ANZ_COST_SIZES_AUTO,	/* a memory-descriptor kernel's own, else the table's */
	ANZ_COST_SIZES_TABLE,	/* schemas/memdesc-cost.tsv */
	/*
	 * The objects of its slab caches, else its type information; an overlay counts as large as
	 * its struct pages allow.
	 */
	ANZ_COST_SIZES_DUMP,
} AnzCostSizes;

/**
 * anz_cost_new:
 *
 * Reckons for the current snapshot.
 *
 * Returns: (transfer full): %NULL with @error (QUERY; UNSUPPORTED: the file was made before analyses
 * recorded what is needed).
 */
AnzCost *anz_cost_new(AnzStore *store, AnzCostSizes sizes, GError **error);
void anz_cost_free(AnzCost *cost);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AnzCost, anz_cost_free)

G_END_DECLS

#endif
