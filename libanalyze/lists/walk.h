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
 * AnzListVisit: called for each page reached.  Returns a word on what is wrong with it (transfer
 * full), or %NULL.
 */
typedef char *(*AnzListVisit)(guint64 pfn, gpointer data);

/**
 * anz_list_walk:
 * @visit: called in list order, for what was reached from either end
 * @complete: (out): %FALSE if part of the list may be missing: the walks from both ends stopped
 *	before they met
 *
 * A frame whose attribute ON_LIST is set already is not entered: it has been on a list before.  Nor
 * is one that does not point back: the link that led there may have strayed into another list.
 *
 * Returns: (transfer full): "ok" or the first thing that was wrong.
 */
char *anz_list_walk(AnzKernel *kernel, AnzPlanes *planes, const AnzListSpec *spec,
		    AnzListVisit visit, gpointer data, gboolean *complete);

/**
 * Marks the frames of a block as reached, the first excepted, which the walk itself has marked.
 * Returns how many were marked before.
 */
guint64 anz_list_mark(AnzPlanes *planes, guint64 pfn, guint order);

/**
 * anz_list_stated_order:
 *
 * The order that a listed page itself states, where its format has a place for it: private of the
 * classic shape, bits of the words of memory descriptors.  @list_order is the order of the list (a
 * block of order 0 has no second page to look at).
 *
 * Returns: %FALSE if the format has no such place or it cannot be read.
 */
gboolean anz_list_stated_order(AnzKernel *kernel, const AnzPlanes *planes, guint64 pfn,
			       guint list_order, guint64 *order);

#endif
