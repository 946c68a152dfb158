/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Two analyses of one machine, page by page: what was what, and what has it become. */
#ifndef ANALYZE_COMPARE_H
#define ANALYZE_COMPARE_H

#include <analyze/store.h>

G_BEGIN_DECLS

/** AnzChange: @nr_pages frames from @pfn on were of class @from and are of class @to. */
typedef struct {
	guint64 pfn;
	guint64 nr_pages;
	AnzPageClass from, to;
} AnzChange;

/**
 * AnzComparison:
 * @pages: by class before and class after; what is outside a map is a hole.  All sum to @nr_pages
 * @nr_pages: frames of the larger map
 * @nr_changed: those whose classes differ
 * @nr_changes: maximal runs of changed frames that are alike
 */
typedef struct {
	guint64 pages[ANZ_NR_CLASSES][ANZ_NR_CLASSES];
	guint64 nr_pages;
	guint64 nr_changed;
	guint64 nr_changes;
} AnzComparison;

/**
 * anz_compare:
 * @before: the current snapshot of one store
 * @after: and of another, of a machine with pages of the same size
 * @result: (out caller-allocated):
 * @change: (nullable): gets each run of change by ascending frame; %FALSE ends the comparison early,
 *	which is no error
 * @cancel: (nullable): polled; non-zero ends with ANZ_ERROR_CANCELLED
 *
 * Returns: %FALSE with @error (ARGUMENT, FORMAT, IO, CANCELLED).
 */
gboolean anz_compare(AnzStore *before, AnzStore *after, AnzComparison *result,
		     gboolean (*change)(const AnzChange *change, gpointer data), gpointer data,
		     const gint *cancel, GError **error);

/** AnzTransition: pages of @zone that were @from, in blocks of @from_order, and became @to. */
typedef struct {
	guint zone;	/* id, as in table zones; 255 for frames in none */
	AnzPageClass from, to;
	guint from_order, to_order;
	guint64 nr_pages;
} AnzTransition;

/**
 * anz_compare_transitions:
 *
 * What page descriptors did between two looks at one machine: every change of class or order, counted
 * by zone.  A frame's zone is that of @after, or, if it is in none by then, of @before.
 *
 * Returns: (transfer full) (element-type AnzTransition): by pages, most first; %NULL with @error as
 * anz_compare().
 */
GArray *anz_compare_transitions(AnzStore *before, AnzStore *after, const gint *cancel,
				GError **error);

/**
 * anz_compare_machines:
 *
 * What tells that the two are not of one machine: name, architecture or amount of memory.  A comparison of
 * their pages says little then.
 *
 * Returns: (transfer full): in words, "there" being @before and "here" @after; %NULL if nothing does.
 */
char *anz_compare_machines(AnzStore *before, AnzStore *after);

G_END_DECLS

#endif
