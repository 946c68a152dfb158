/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What describes pages, counted: frames that have a struct page by what they are and in blocks of
 * which size; in a memory-descriptor dump also the descriptors and the slabs that hold them.
 */
#ifndef ANZ_GRAPH_METADATA_H
#define ANZ_GRAPH_METADATA_H

#include "graph/extents.h"

/** Frames with a struct page, alike in node, class and order. */
typedef struct {
	int nid;		/* -1: in no zone */
	guint8 page_class;
	guint8 order;
	guint64 allocations;	/* blocks, compound pages, folios; a page of none of these is one */
	guint64 pages;
} AnzAllocationCount;

/** Descriptors alike in node of their first page, type, class and order. */
typedef struct {
	int nid;
	guint8 type;		/* number in the word */
	guint8 page_class;
	int order;		/* -1: neither stated nor a power of two */
	guint64 descriptors;
	guint64 pages;		/* described by them and by no other: poisoned pages count for their own */
} AnzDescriptorCount;

/** Slabs of one cache that holds descriptors, alike in node and order. */
typedef struct {
	guint64 address;	/* of struct kmem_cache */
	char *name;		/* (nullable) */
	guint64 object_size;	/* kmem_cache.size; 0 unknown */
	guint8 type;		/* of the first descriptor found in it */
	int nid;
	int order;		/* -1 unknown */
	guint64 slabs;		/* those without a live descriptor included */
	guint64 pages;
} AnzDescriptorSlabs;

typedef struct {
	GArray *allocations;	/* AnzAllocationCount; pages sum to the frames that have a struct page */
	GArray *descriptors;	/* AnzDescriptorCount */
	GArray *slabs;		/* AnzDescriptorSlabs */
} AnzMetadata;

/**
 * anz_metadata_take:
 * @descriptors: of AnzDescriptor, as anz_extents_resolve() returns them
 *
 * To be called last, when every frame has its class.
 *
 * Returns: (transfer full): %NULL with @error (CANCELLED, UNSUPPORTED: no memory).
 */
AnzMetadata *anz_metadata_take(AnzKernel *kernel, AnzPlanes *planes, const AnzSpool *descriptors,
			       const gint *cancel, GError **error);
void anz_metadata_free(AnzMetadata *metadata);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AnzMetadata, anz_metadata_free)

#endif
