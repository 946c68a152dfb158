/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The two families of lists, and what their walks hand on: blocks, which are brought to the tiles in
 * one pass by address when all lists were walked.
 */
#ifndef ANZ_LISTS_PRIV_H
#define ANZ_LISTS_PRIV_H

#include "lists/lists.h"
#include "lists/walk.h"

/** A list that was walked. */
typedef struct {
	AnzListFamily family;
	guint index;		/* of its AnzFreeList or AnzPcpSet, or zone */
	guint list;		/* of a per-cpu set */
	guint order;		/* of its blocks */
	char *problem;		/* of the walk; outranks what is odd about a block */
	char *odd;		/* what is odd about the first odd block, which is at: */
	guint32 odd_position;
	AnzListFaultKind oddity;	/* of several at one block the first is said */
} AnzWalkedList;

/** A block that a walk reached. */
typedef struct {
	guint64 pfn;
	guint32 position;	/* in its list */
	guint32 list;		/* in AnzCover.lists */
	guint8 order;
	guint8 zone;
	guint8 page_class;	/* that its first page must have */
	guint8 states_order : 1;/* in the order plane */
	guint8 as_expected : 1;	/* its first page has the class */
} AnzCoverBlock;

typedef struct {
	AnzReach *reach;
	GArray *lists;		/* AnzWalkedList */
	GArray *blocks;		/* AnzCoverBlock */
	GArray *unlisted_blocks;/* AnzCoverBlock: free by their own words alone, by address */
	GArray *faults;		/* AnzListFault; @walked is in lists, or none of an unlisted page */
	guint64 unlisted;	/* pages that say "free block" and are on no list */
} AnzCover;

AnzCover *anz_cover_new(const AnzPlanes *planes, const gint *cancel);
void anz_cover_free(AnzCover *cover);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AnzCover, anz_cover_free)

/**
 * anz_cover_walk:
 * @what: family, index and list
 * @block: gets its list; @visit makes it whole for each page and calls anz_cover_add()
 *
 * Returns: %FALSE if part of the list may be missing.
 */
gboolean anz_cover_walk(AnzCover *cover, AnzKernel *kernel, const AnzPlanes *planes,
			const AnzListSpec *spec, const AnzWalkedList *what, AnzCoverBlock *block,
			AnzListVisit visit, gpointer data);
/**
 * Takes a block in, whose first frame the walk has marked, and says what is odd about its place.
 * %FALSE if something is.
 */
gboolean anz_cover_add(AnzCover *cover, const AnzCoverBlock *block);
/** @seen: as in AnzListFault.  @words: (transfer full). */
void anz_cover_note(AnzCover *cover, const AnzCoverBlock *block, AnzListFaultKind oddity,
		    guint64 seen, char *words);
/** Marks the frames of all blocks in @planes, compares with what their struct pages say. */
gboolean anz_cover_apply(AnzCover *cover, const AnzKernel *kernel, AnzPlanes *planes,
			 const gint *cancel, GError **error);

/**
 * anz_lists_find_unlisted:
 *
 * Where per-cpu lists are not known, memory descriptors that say "free" on no list may be theirs, and
 * what lies behind one of order 1 and more is as stale as in any free block.  Takes those that state
 * their order into @cover, after all lists were walked.
 *
 * Returns: %FALSE with @error (CANCELLED, UNSUPPORTED: no memory).
 */
gboolean anz_lists_find_unlisted(AnzKernel *kernel, AnzPlanes *planes, AnzCover *cover,
				 const gint *cancel, GError **error);
void anz_lists_walk_free(AnzKernel *kernel, const AnzPlanes *planes, AnzCover *cover,
			 AnzLists *lists);
void anz_lists_walk_pcp(AnzKernel *kernel, const AnzPlanes *planes, AnzCover *cover,
			AnzLists *lists);

#endif
