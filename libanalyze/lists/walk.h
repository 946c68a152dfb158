/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One doubly linked list of struct pages, walked with suspicion. */
#ifndef ANZ_LISTS_WALK_H
#define ANZ_LISTS_WALK_H

#include "pages/planes.h"

/**
 * AnzListVisit: called for each page reached.  Returns a word on what is wrong with it (transfer
 * full), or %NULL.
 */
typedef char *(*AnzListVisit)(guint64 pfn, gpointer data);

/**
 * anz_list_walk:
 * @head: virtual address of the struct list_head that heads the list
 * @link: offset of the list member in struct page
 * @visit: called in list order, for what was reached from either end
 * @complete: (out): %FALSE if part of the list may be missing: the walks from both ends stopped
 *	before they met
 *
 * A frame whose attribute ON_LIST is set already is not entered: it has been on a list before.  Nor
 * is one that does not point back: the link that led there may have strayed into another list.
 *
 * Returns: (transfer full): "ok" or the first thing that was wrong.
 */
char *anz_list_walk(AnzKernel *kernel, AnzPlanes *planes, guint64 head, guint32 link,
		    AnzListVisit visit, gpointer data, gboolean *complete);

/** Marks the frames of a block as reached; they must exist. Returns how many were marked before. */
guint64 anz_list_mark(AnzPlanes *planes, guint64 pfn, guint order);

#endif
