/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One doubly linked list of struct pages, whatever its links look like, walked with suspicion. */
#ifndef ANZ_LISTS_WALK_H
#define ANZ_LISTS_WALK_H

#include "pages/planes.h"

/** The lists of a zone. */
typedef enum { ANZ_FAMILY_FREE, ANZ_FAMILY_UNACCEPTED, ANZ_FAMILY_PCP } AnzListFamily;

typedef enum {
	/* Of a link: @pfn and @forward say which. */
	ANZ_FAULT_LINK,		/* leads to another page, or the head, than the neighbour's links say */
	ANZ_FAULT_NOWHERE,	/* leads to no struct page */
	ANZ_FAULT_UNREADABLE,	/* the links of @pfn are not in the dump */
	/* Of a block. */
	ANZ_FAULT_ALIGNMENT,
	ANZ_FAULT_TWICE,	/* @seen of its frames were on a list already */
	ANZ_FAULT_CLASS,	/* the struct page says @seen, a page class */
	ANZ_FAULT_ORDER,	/* states order @seen */
	ANZ_FAULT_OUTSIDE,	/* outside of the zone */
	ANZ_FAULT_UNLISTED,	/* says that it is free and is on no list; @zone is its own */
} AnzListFaultKind;

/** Something wrong with a list, for the rules of check/. */
typedef struct {
	guint8 kind;		/* AnzListFaultKind */
	guint8 family;		/* AnzListFamily */
	guint8 zone, order;
	guint8 list;		/* migratetype, or index of a per-cpu list */
	guint8 forward : 1;	/* the link to the next page, not to the previous one */
	guint8 of_head : 1;	/* the link is the list head's, and @pfn means nothing */
	guint8 expected_known : 1;
	guint16 cpu;
	guint32 walked;		/* which walk, for lists.c */
	guint64 pfn;
	guint64 head;		/* address of the list's head */
	guint64 expected;	/* frame that the link should lead to; G_MAXUINT64 the head */
	guint64 seen;		/* the link as it stands there, or by kind */
} AnzListFault;

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
/** When *@cancel (nullable) is not 0, walks end early, with a problem. */
AnzReach *anz_reach_new(const AnzPlanes *planes, const gint *cancel);
void anz_reach_free(AnzReach *reach);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AnzReach, anz_reach_free)
/** Marks frames [@pfn, @pfn + @nr); frames of no tile are left out.  Returns how many were marked. */
guint64 anz_reach_mark(AnzReach *reach, guint64 pfn, guint64 nr);
gboolean anz_reach_has(const AnzReach *reach, guint64 pfn);

/** AnzListVisit: called for each page reached. */
typedef void (*AnzListVisit)(guint64 pfn, gpointer data);

/**
 * anz_list_walk:
 * @visit: called in list order, for what was reached from either end
 * @faults: array of AnzListFault, to which those of links are appended; which list it was is left to
 *	the caller
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
		    GArray *faults, gboolean *complete);

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
