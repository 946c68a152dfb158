/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Freelists of slabs.  The link of a free object stands inside the object, and with
 * CONFIG_SLAB_FREELIST_HARDENED it is stored as next ^ cache->random ^ swab(its own address);
 * before 5.7 without the swab.  Which it is shows only in the lists themselves.
 */
#ifndef ANZ_GRAPH_FREELIST_H
#define ANZ_GRAPH_FREELIST_H

#include "graph/slab.h"

typedef struct AnzFreelistWalker AnzFreelistWalker;

/** @free_bits: takes one bit for every object of every slab walked */
AnzFreelistWalker *anz_freelist_walker_new(AnzGraph *graph, GByteArray *free_bits);
void anz_freelist_walker_free(AnzFreelistWalker *walker);

/** Says that a cpu's own freelist @freelist belongs to @slab, to be walked with it. */
void anz_freelist_defer(AnzFreelistWalker *walker, const AnzSlab *slab, guint64 freelist);

/** Fills in nr_free, status and free_map of @slab; counts oddities in @cache. */
void anz_freelist_walk(AnzFreelistWalker *walker, AnzCache *cache, AnzSlab *slab);

/** Turns what was odd into remarks. */
void anz_freelist_report(AnzFreelistWalker *walker);

#endif
