/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Slab caches (SLUB), their slabs and which objects of each slab are in use.
 *
 * An object is in use unless it is on a freelist, the slab's own or the lockless one of the cpu whose
 * active slab it is, or in a sheaf (6.18 on).
 */
#ifndef ANZ_GRAPH_SLAB_H
#define ANZ_GRAPH_SLAB_H

#include "graph/graph.h"

typedef struct {
	guint32 owner;
	guint64 address;	/* of struct kmem_cache */
	char *name;
	guint64 object_size;	/* bytes that its users see */
	guint64 size;		/* bytes from one object to the next */
	guint64 align;
	guint64 offset;		/* of the free pointer in a free object */
	guint64 left_pad;	/* red zone before each object */
	guint64 random;		/* of hardened free pointers */
	guint64 flags;
	guint order;		/* of a new slab */
	guint objects_per_slab;	/* of a new slab */
	gint aliases;		/* other names merged into it */
	gboolean listed;	/* found on slab_caches */
	guint64 ctor;

	/* Sums over its slabs. */
	guint64 nr_slabs, nr_pages;
	guint64 nr_objects;
	guint64 nr_in_use;	/* objects on no freelist and in no sheaf */
	guint64 nr_partial_free;/* free objects of slabs on node partial lists: what /proc/slabinfo
				 * takes off to give its active_objs */
	guint64 nr_bad;		/* slabs whose freelist is broken */
	guint64 nr_unread;	/* slabs whose freelist is not in the dump */
	/* Counters of the kernel's own, where it keeps them; else -1. */
	gint64 kernel_slabs, kernel_objects;
	gboolean lists_broken;	/* which of its slabs are on lists is not known */
} AnzCache;

typedef enum {
	ANZ_SLAB_FULL,		/* on no list */
	ANZ_SLAB_NODE,		/* on its node's partial list */
	ANZ_SLAB_CPU,		/* a cpu's active slab */
	ANZ_SLAB_CPU_PARTIAL,	/* on a cpu's partial list */
} AnzSlabState;

typedef struct {
	guint64 address;	/* of struct slab */
	guint64 pfn;
	guint32 nr_pages;
	guint32 cache;		/* index in AnzSlabs.caches */
	guint32 first;		/* bytes before its first object: a red zone, or where KFENCE put it */
	guint32 nr_objects;
	guint32 nr_inuse;	/* slab.inuse */
	guint32 nr_free;	/* on freelists and in sheaves */
	guint64 freelist;
	guint64 exts;		/* vector of what each object is charged to, with flags; 0 none */
	guint32 ext_stride;	/* bytes of an element of it; 0: as its type has it */
	guint8 state;		/* AnzSlabState */
	gint16 node;		/* of its pages; -1 none */
	gboolean kfence;	/* a page of KFENCE's, with one object of any cache or none */
	gboolean frozen;
	const char *status;	/* "ok", or what is wrong with its freelist */
	guint32 free_map;	/* where its bits (one an object, 1 free) begin in AnzSlabs.free_bits */
} AnzSlab;

struct AnzSlabs {
	GArray *caches;		/* AnzCache */
	GArray *slabs;		/* AnzSlab by pfn */
	GByteArray *free_bits;
	GHashTable *by_address;	/* address of struct kmem_cache -> index + 1 */
	guint64 kfence_pages;	/* marked as slabs by KFENCE, used or not */
};

/** The family: finds caches and slabs, claims their pages. */
void anz_slabs_build(AnzGraph *graph);
/** Without any caches. */
AnzSlabs *anz_slabs_new(void);
void anz_slabs_free(AnzSlabs *slabs);
/** Objects in sheaves count as free from then on (sheaves.c); to be called when freelists were walked. */
void anz_sheaves_walk(const AnzGraph *graph, AnzSlabs *slabs);

const char *anz_slab_state_name(AnzSlabState state);
/** Flags of a cache in words; transfer full. */
char *anz_cache_flags_text(AnzKernel *kernel, guint64 flags);

/** The slab that holds frame @pfn, or %NULL. */
const AnzSlab *anz_slabs_at(const AnzSlabs *slabs, guint64 pfn);
static inline gboolean anz_slab_object_free(const AnzSlabs *slabs, const AnzSlab *slab, guint index)
{
	return slabs->free_bits->data[slab->free_map + index / 8] >> (index % 8) & 1;
}

typedef void (*AnzObjectFunc)(guint64 address, gpointer data);
/**
 * anz_slabs_each_object:
 * @cache: index in AnzSlabs.caches
 *
 * Calls @func for every object that is on no freelist: those that a cpu keeps for itself are among
 * them, and what they hold is stale.  Nothing happens where the direct map is not known.
 */
void anz_slabs_each_object(const AnzGraph *graph, guint cache, AnzObjectFunc func, gpointer data);
/**
 * anz_slabs_find:
 * @variables: names of variables that point at it, parted by '|'; "net_hotdata.skbuff_cache" is a
 *	member of one, of a struct of the same name
 *
 * Caches of like objects are merged and keep the name of the first, so a name does not find them all.
 *
 * Returns: index of the cache in AnzSlabs.caches, -1 if no variable of the dumped kernel leads to one.
 */
int anz_slabs_find(const AnzGraph *graph, const char *variables);
/**
 * anz_slabs_named:
 *
 * Where no variable is left: since 7.3 the addresses of some caches stand in the code alone
 * (runtime_const_ptr()).  @type is what its objects are; a cache of that name and size is taken.
 *
 * Returns: as anz_slabs_find().
 */
int anz_slabs_named(const AnzGraph *graph, const char *name, const char *type);

#endif
