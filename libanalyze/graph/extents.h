/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Descriptors of a memory-descriptor dump: what the words of allocated pages point at, how far each
 * descriptor's pages reach, and what a folio says of itself.
 */
#ifndef ANZ_GRAPH_EXTENTS_H
#define ANZ_GRAPH_EXTENTS_H

#include "pages/planes.h"

/** One descriptor. */
typedef struct {
	guint64 address;
	guint64 pfn;		/* first frame */
	guint64 nr_pages;
	guint8 type;		/* number in the word */
	guint8 page_class;
	gint8 order;		/* -1: neither stated nor a power of two */
	guint8 zone;		/* by the folio's flags; ANZ_NO_ZONE: they do not tell */
	gboolean mapped;	/* into a process, by the folio's mapcounts */
	gboolean stated;	/* pfn and order are the descriptor's own */
	const char *status;	/* "ok", or what is wrong with it */
} AnzDescriptor;

/**
 * anz_extents_resolve:
 *
 * Reads the descriptor behind every run of one word that no free list covers, and sets class, order
 * and head and tail attributes of its frames.  To be called after the lists were walked.
 *
 * Returns: (transfer full): array of AnzDescriptor by address and pfn; empty for the classic shape.
 */
GArray *anz_extents_resolve(AnzKernel *kernel, AnzPlanes *planes);

#endif
