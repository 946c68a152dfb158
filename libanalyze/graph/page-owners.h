/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who allocated each page, where the kernel has kept that (CONFIG_PAGE_OWNER and page_owner=on): task,
 * time, gfp flags and the stack of the call (mm/page_owner.c).
 */
#ifndef ANZ_GRAPH_PAGE_OWNERS_H
#define ANZ_GRAPH_PAGE_OWNERS_H

#include "graph/graph.h"
#include "graph/stack-depot.h"

/** Frames one after another that the same task allocated from the same place, in blocks of one size. */
typedef struct {
	guint64 pfn;
	guint64 nr_pages;
	guint32 stack;		/* index in AnzPageOwners.stacks */
	guint32 gfp;
	guint32 pid, tgid;
	guint32 order;
	gint32 moved;		/* why it was migrated last (enum migrate_reason); -1 never */
	guint64 seconds, nanoseconds;	/* since boot, of the first frame */
	const char *comm;	/* in AnzPageOwners.names; NULL where the kernel keeps none */
} AnzAllocated;

typedef struct {
	guint32 handle;
	guint64 nr_pages;
	guint64 nr_allocations;	/* blocks that begin among these */
	guint nr_frames;	/* 0: the stack is not in the dump */
	guint64 frames[ANZ_STACK_FRAMES];
} AnzAllocStack;

struct AnzPageOwners {
	GArray *runs;		/* AnzAllocated by pfn */
	GArray *stacks;		/* AnzAllocStack */
	GHashTable *by_handle;	/* handle -> index + 1 */
	GStringChunk *names;
	guint64 nr_pages;
	guint64 nr_unread;	/* sections whose records are not in the dump */
};

/** Family: reads the records, if there are any, into AnzGraph.page_owners.  Claims nothing. */
void anz_page_owners_build(AnzGraph *graph);
void anz_page_owners_free(AnzPageOwners *owners);

/**
 * anz_alloc_stack_text:
 *
 * Returns: (transfer full): one line a frame, innermost first: "symbol+0x12" or "symbol+0x12 [module]";
 * %NULL without frames.
 */
char *anz_alloc_stack_text(const AnzGraph *graph, const AnzAllocStack *stack);
/**
 * Returns: (transfer full) (nullable): the function that asked for memory: the first in @text, as above,
 * that is not part of the allocator.
 */
char *anz_alloc_stack_caller(const char *text);

#endif
