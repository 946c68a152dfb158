/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One doubly linked list of struct pages, whatever its links look like, walked with suspicion. */
#ifndef ANZ_LISTS_WALK_H
#define ANZ_LISTS_WALK_H

#include "pages/planes.h"

/** Where a list begins and how its links are to be read. */
typedef struct {
	guint64 head;		/* virtual address of the list's head */
	AnzLinkKind kind;
	guint32 link;		/* ANZ_LINKS_LIST: offset of the list member in struct page */
	guint64 base_pfn;	/* ANZ_LINKS_PFN: what the numbers are relative to */
} AnzListSpec;

/** A spec without a head for lists of this kernel through the member at @link (classic, list32). */
AnzListSpec anz_list_spec(const AnzKernel *kernel, guint32 link, guint64 zone_start_pfn);
/** Bytes from one head to the next in an array of them. */
guint64 anz_list_head_stride(const AnzKernel *kernel);

/**
 * AnzReach: which frames the walks have reached, a bit each.  Walks go criss-cross over all memory, so
 * they look at nothing but these bits and the links; tiles are marked afterwards, in order
 * (lists/cover.c).
 */
typedef struct AnzReach AnzReach;
AnzReach *anz_reach_new(const AnzPlanes *planes);
void anz_reach_free(AnzReach *reach);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AnzReach, anz_reach_free)
/** Marks frames [@pfn, @pfn + @nr); frames of no tile are left out.  Returns how many were marked. */
guint64 anz_reach_mark(AnzReach *reach, guint64 pfn, guint64 nr);

/** AnzListVisit: called for each page reached. */
typedef void (*AnzListVisit)(guint64 pfn, gpointer data);

/**
 * anz_list_walk:
 * @visit: called in list order, for what was reached from either end
 * @complete: (out): %FALSE if part of the list may be missing: the walks from both ends stopped
 *	before they met
 *
 * A frame that is marked in @reach already is not entered: it has been on a list before.  Nor is one
 * that does not point back: the link that led there may have strayed into another list.
 *
 * Returns: (transfer full): %NULL, or the first thing that was wrong.
 */
char *anz_list_walk(AnzKernel *kernel, const AnzPlanes *planes, AnzReach *reach,
		    const AnzListSpec *spec, AnzListVisit visit, gpointer data,
		    gboolean *complete);

/**
 * anz_list_stated_order:
 *
 * The order that a listed page of a memory-descriptor kernel itself states, where its layout has a
 * place for it.  @list_order is the order of the list (a block of order 0 has no second page to look
 * at).  What a classic struct page states stands in the order plane.
 *
 * Returns: %FALSE if the layout has no such place or it cannot be read.
 */
gboolean anz_list_stated_order(AnzKernel *kernel, const AnzPlanes *planes, guint64 pfn,
			       guint list_order, guint64 *order);

#endif
