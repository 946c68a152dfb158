/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Descriptors of a memory-descriptor dump: what the words of allocated pages point at, how far each
 * descriptor's pages reach, and what a folio says of itself.
 */
#ifndef ANZ_GRAPH_EXTENTS_H
#define ANZ_GRAPH_EXTENTS_H

#include "pages/planes.h"

/** What is wrong with a descriptor; anz_descriptor_status() has the words. */
typedef enum {
	ANZ_DESCRIPTOR_OK,
	ANZ_DESCRIPTOR_UNREADABLE,
	ANZ_DESCRIPTOR_OTHER_EXTENT,
	ANZ_DESCRIPTOR_REACHES_OVER,
	ANZ_DESCRIPTOR_TWICE,
} AnzDescriptorStatus;

/** One descriptor.  A terabyte has millions of them: 32 bytes each. */
typedef struct {
	guint64 address;
	guint64 pfn;		/* first frame */
	guint64 nr_pages;
	guint8 type;		/* number in the word */
	guint8 page_class;
	gint8 order;		/* -1: neither stated nor a power of two */
	guint8 zone;		/* by the folio's flags; ANZ_NO_ZONE: they do not tell */
	guint8 status;		/* AnzDescriptorStatus */
	guint8 mapped : 1;	/* into a process, by the folio's mapcounts */
	guint8 stated : 1;	/* pfn and order are the descriptor's own */
} AnzDescriptor;

/** "ok", or what is wrong. */
const char *anz_descriptor_status(guint status);

/**
 * anz_extents_resolve:
 *
 * Reads the descriptor behind every run of one word that no free list covers, and sets class, order
 * and head and tail attributes of its frames.  To be called after the lists were walked.
 *
 * Returns: (transfer full): spool of AnzDescriptor, those that reach over tiles last, the others by
 * pfn; empty for the classic shape.  %NULL with @error (CANCELLED, or an image could not be cloned).
 */
AnzSpool *anz_extents_resolve(AnzKernel *kernel, AnzPlanes *planes, const gint *cancel,
			      GError **error);

#endif
