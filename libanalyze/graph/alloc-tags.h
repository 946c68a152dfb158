/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which line of the kernel allocated what, where the kernel has kept that (CONFIG_MEM_ALLOC_PROFILING, 6.10
 * up): a struct alloc_tag for each call of an allocator in the source, with counters that /proc/allocinfo
 * shows, and for each allocation of pages a reference to its tag.
 *
 * The first page of an allocation has the reference: a pointer in its page_ext record, or since 6.13, if the
 * kernel was started so, a number in unused bits of page->flags (include/linux/alloc_tag.h, pgalloc_tag.h).
 */
#ifndef ANZ_GRAPH_ALLOC_TAGS_H
#define ANZ_GRAPH_ALLOC_TAGS_H

#include "graph/graph.h"

/** A call of an allocator; strings are in AnzAllocTags.names. */
typedef struct {
	guint64 address;	/* of struct alloc_tag */
	const char *file;
	const char *function;
	const char *module;	/* NULL: the kernel itself */
	guint line;
	gint64 bytes, calls;	/* the kernel's own counters, of objects of slabs and per-cpu memory as well */
	guint64 nr_pages, nr_allocations;	/* whose first page refers to it */
} AnzAllocTag;

/** Frames one after another that the same call allocated. */
typedef struct {
	guint64 pfn;
	guint64 nr_pages;
	guint32 tag;		/* index in AnzAllocTags.tags */
} AnzTagged;

struct AnzAllocTags {
	GArray *tags;		/* AnzAllocTag that have anything */
	GHashTable *by_address;	/* guint64 -> index + 1; 0: no tag */
	GStringChunk *names;
	GArray *runs;		/* AnzTagged by pfn */
	guint64 nr_unread;	/* sections whose references are not in the dump */
	guint64 nr_strange;	/* references to what is no tag */
};

/** Family: reads tags and references, if there are any, into AnzGraph.alloc_tags.  Claims nothing. */
void anz_alloc_tags_build(AnzGraph *graph);
void anz_alloc_tags_free(AnzAllocTags *tags);

#endif
