/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whose page is it: owners, and the pages that each one claims.
 *
 * An owner is something that people have a name for: a slab cache, a file, a process, a vmalloc
 * area.  Each family of owners is one file of this folder; it registers owners and claims frames for
 * them.  Several owners may claim one frame (a library page is the file's and is mapped by forty
 * processes): the claim of the lowest rank wins and is the frame's owner, the others are mappings.
 *
 * Families see descriptors (AnzItem), not page formats: in the classic shape a descriptor lies over
 * the struct page of the first frame, in a memory-descriptor format the page's word points at it.
 */
#ifndef ANZ_GRAPH_H
#define ANZ_GRAPH_H

#include "graph/extents.h"
#include "graph/oddities.h"
#include "kernel/record.h"
#include "lists/lists.h"

/**
 * What kind of thing an owner is; names in graph.c, documented in schemas/catalogue.sql.
 */
typedef enum {
	ANZ_OWNER_CACHE,	/* slab cache; address of struct kmem_cache */
	ANZ_OWNER_FILE,		/* file with page cache; struct inode, or struct address_space */
	ANZ_OWNER_PROCESS,	/* user address space; struct mm_struct */
	ANZ_OWNER_ANON,		/* anonymous memory of no process found; struct anon_vma */
	ANZ_OWNER_SWAP,		/* swap cache; struct swap_info_struct */
	ANZ_OWNER_POOL,		/* hugetlb pool, page pool, zsmalloc pool, mempool */
	ANZ_OWNER_STACK,	/* kernel stack; struct task_struct */
	ANZ_OWNER_AREA,		/* vmalloc area; struct vm_struct */
	ANZ_OWNER_MODULE,	/* kernel module; struct module */
	ANZ_OWNER_PERCPU,	/* chunk of the per-cpu allocator; struct pcpu_chunk */
	ANZ_OWNER_KERNEL,	/* the kernel itself: image, its page tables, struct pages */
	ANZ_OWNER_BOOT,		/* memblock and resource ranges */
	ANZ_OWNER_PIPE,		/* pipe buffers; struct pipe_inode_info */
	ANZ_OWNER_SOCKET,	/* network buffers; struct sock, or the page_frag cache */
	ANZ_OWNER_TRACE,	/* trace ring buffers; struct trace_buffer */
	ANZ_OWNER_DRIVER,	/* a driver's own pages: rings, queues */
	ANZ_OWNER_CGROUP,	/* control group; struct mem_cgroup */
	ANZ_OWNER_OBJECT,	/* found by a pointer in this object only */
	ANZ_NR_OWNERS
} AnzOwnerKind;

const char *anz_owner_kind_name(AnzOwnerKind kind);

/** @id 0 is nobody. */
typedef struct {
	guint32 id;		/* index in AnzGraph.owners, from 1 */
	AnzOwnerKind kind;
	guint64 address;	/* of its structure; 0 if it has none */
	char *name;		/* for people: "dentry", "/var/lib/x.db", "bash (412)" */
	guint32 parent;		/* owner it belongs to (file -> file system), 0 none */
	guint64 nr_pages;	/* frames whose owner it is; known after anz_graph_settle() */
} AnzOwner;

/** Claims are settled in this order; among those of one rank the one of the earlier turn wins. */
typedef enum {
	ANZ_RANK_SURE,		/* the page itself names its owner (slab_cache, mapping) */
	ANZ_RANK_WALKED,	/* the owner's own structures lead to the page */
	ANZ_RANK_MAPPED,	/* a page table maps it */
	ANZ_RANK_NAMED,		/* its descriptor names something that nobody else knows */
	ANZ_RANK_POINTED,	/* a pointer to it was found, whose meaning is not known */
} AnzRank;

#define ANZ_NO_POSITION G_MAXUINT64

/** Frames [pfn, pfn + nr_pages) for @owner. */
typedef struct {
	guint64 pfn;
	guint64 nr_pages;
	/*
	 * Place of the first frame in its owner, in pages (file offset, virtual page number), rising
	 * by one a frame; or ANZ_NO_POSITION.
	 */
	guint64 position;
	guint32 owner;
	guint8 rank;		/* AnzRank */
	guint8 page_class;	/* of its frames that are kernel-other so far; ANZ_NR_CLASSES: as it is */
	guint16 turn;		/* AnzGraph.turn when it was made */
} AnzClaim;

/** A stretch of frames with one owner, as it was settled. */
typedef struct {
	guint64 pfn;
	guint64 nr_pages;
	guint64 position;
	guint32 owner;
} AnzOwned;

/** One descriptor with the frames that it describes. */
typedef struct {
	guint64 address;	/* of struct folio, slab, ptdesc ... */
	guint64 pfn;
	guint64 nr_pages;
	guint8 page_class;
	gboolean is_least;	/* its frames are those of its word: poisoned ones beside them may be its, too */
	const char *type;	/* struct of a memory descriptor; NULL: the overlay of its class */
} AnzItem;

typedef struct AnzAllocTags AnzAllocTags;
typedef struct AnzAreas AnzAreas;
typedef struct AnzCgroups AnzCgroups;
typedef struct AnzCompressed AnzCompressed;
typedef struct AnzSlabs AnzSlabs;
typedef struct AnzFiles AnzFiles;
typedef struct AnzGenerations AnzGenerations;
typedef struct AnzPageOwners AnzPageOwners;
typedef struct AnzSpaces AnzSpaces;

typedef struct {
	AnzKernel *kernel;	/* borrowed, as the next three */
	AnzPlanes *planes;
	const AnzLists *lists;
	const AnzSpool *descriptors;	/* AnzDescriptor by pfn; empty for the classic shape */
	AnzSpool *by_descriptor;	/* guint32: indices of descriptors, by their addresses */
	const gint *cancel;	/* (nullable) */

	GArray *owners;		/* AnzOwner; [0] is nobody */
	GHashTable *by_address;	/* (kind, address) -> id */
	AnzSpool *claims;	/* AnzClaim */
	guint16 turn;		/* rises with each family, and within one from what is told exactly to what
				 * is said of a larger range */
	AnzSpool *owned;	/* AnzOwned by pfn; after anz_graph_settle() */
	/* Pages that were kernel-other until an owner was found, by the class they have now. */
	guint64 found[ANZ_NR_CLASSES];
	AnzSlabs *slabs;	/* (nullable) */
	AnzFiles *files;	/* (nullable) */
	AnzSpaces *spaces;	/* (nullable) */
	AnzAreas *areas;	/* (nullable) */
	AnzCgroups *cgroups;	/* (nullable) */
	AnzPageOwners *page_owners;	/* (nullable) */
	AnzGenerations *generations;	/* (nullable) */
	AnzCompressed *compressed;	/* (nullable) */
	AnzAllocTags *alloc_tags;	/* (nullable) */
	AnzOddities oddities;
} AnzGraph;

/**
 * anz_graph_new:
 * @descriptors: (nullable): for the classic shape
 * @cancel: (nullable)
 *
 * A graph without owners.  What it is given must outlive it.
 */
AnzGraph *anz_graph_new(AnzKernel *kernel, AnzPlanes *planes, const AnzLists *lists,
			const AnzSpool *descriptors, const gint *cancel);
/**
 * anz_graph_build:
 *
 * Runs every family and settles their claims: from then on pages that were kernel-other have the
 * class of what was found to own them.  To be called when planes are finished.  When cancelled, what
 * was found so far is settled.
 */
void anz_graph_build(AnzGraph *graph);
/** The same without the search of all memory for pointers to pages that are still nobody's. */
void anz_graph_build_owners(AnzGraph *graph);
void anz_graph_free(AnzGraph *graph);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AnzGraph, anz_graph_free)

static inline gboolean anz_graph_cancelled(const AnzGraph *graph)
{
	return anz_is_cancelled(graph->cancel);
}

/**
 * anz_graph_owner:
 * @address: of the owner's structure; 0 for one that is known by its name alone
 * @name_format: used when the owner is new
 *
 * Returns: the id of the owner of that kind and address (or kind and name), registered if new.
 */
guint32 anz_graph_owner(AnzGraph *graph, AnzOwnerKind kind, guint64 address,
			const char *name_format, ...) G_GNUC_PRINTF(4, 5);
/** Its id, or 0. */
guint32 anz_graph_find_owner(const AnzGraph *graph, AnzOwnerKind kind, guint64 address);
/** Valid until the next owner is registered. */
AnzOwner *anz_graph_get_owner(const AnzGraph *graph, guint32 id);

/** Frames outside the map are dropped.  Nothing happens for owner 0. */
void anz_graph_claim(AnzGraph *graph, guint32 owner, AnzRank rank, guint64 pfn, guint64 nr_pages,
		     guint64 position, guint page_class);

#define ANZ_CLASS_BIT(page_class) (1u << (page_class))

typedef void (*AnzItemFunc)(const AnzItem *item, gpointer data);
/** Calls @func for every descriptor of the classes in @classes (ANZ_CLASS_BIT()). */
void anz_graph_each_item(const AnzGraph *graph, guint32 classes, AnzItemFunc func, gpointer data);

/**
 * The descriptor at @address; %FALSE if there is none.  Any struct page of a classic folio finds it.  What a
 * word of poison leads to is found only where no other word leads there.
 */
gboolean anz_graph_item_at(const AnzGraph *graph, guint64 address, AnzItem *item);

/** Class of one frame; ANZ_CLASS_HOLE outside the map. */
guint8 anz_graph_class(const AnzGraph *graph, guint64 pfn);
/** Node of one frame, -1 if it lies in no zone. */
int anz_graph_node(const AnzGraph *graph, guint64 pfn);

/** Frame behind a kernel virtual address; %FALSE if it is not mapped or not in the map. */
gboolean anz_graph_pfn_of(const AnzGraph *graph, guint64 vaddr, guint64 *pfn);
/** Direct-map address of a frame; 0 if the direct map is not known. */
guint64 anz_graph_virt_of(const AnzGraph *graph, guint64 pfn);

/** Settles claims (settle.c); called by anz_graph_build(). */
void anz_graph_settle(AnzGraph *graph);

#endif
