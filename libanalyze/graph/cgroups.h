/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Control groups: the tree of struct mem_cgroup, and what is charged to each.
 *
 * A folio, or a page of kernel memory, names the group in memcg_data; an object of a slab in the
 * vector that hangs on its slab.  Kernel memory names a struct obj_cgroup, which leads to the group,
 * or to its parent once the group is gone (include/linux/memcontrol.h).
 */
#ifndef ANZ_GRAPH_CGROUPS_H
#define ANZ_GRAPH_CGROUPS_H

#include "graph/graph.h"

/** LRU lists as they are compared: active and inactive ones together, since lists move by themselves. */
typedef enum {
	ANZ_LRU_ANON,
	ANZ_LRU_FILE,
	ANZ_LRU_UNEVICTABLE,
	ANZ_NR_LRU
} AnzLru;

/** What a group's vmstats are asked for; names and units in cgroup-counters.c. */
typedef enum {
	ANZ_CGROUP_ANON,
	ANZ_CGROUP_FILE,
	ANZ_CGROUP_SHMEM,
	ANZ_CGROUP_KERNEL,
	ANZ_CGROUP_SLAB,
	ANZ_CGROUP_STACK,
	ANZ_CGROUP_PAGE_TABLES,
	ANZ_CGROUP_PERCPU,
	ANZ_CGROUP_SOCKET,
	ANZ_CGROUP_ZSWAP,
	ANZ_CGROUP_ZSWAPPED,
	ANZ_NR_CGROUP_STATS
} AnzCgroupStat;

typedef struct {
	guint32 owner;
	guint parent;		/* index in AnzCgroups.groups + 1; 0: the root */
	guint64 address;	/* of struct mem_cgroup */
	char *path;		/* "/system.slice/x.service"; never NULL */
	guint id;		/* mem_cgroup.id: what swap names; 0 none any more */
	guint64 inode;		/* of its folder in cgroupfs; 0 unknown */
	gint online;		/* 1, 0: removed, but something is still charged to it; -1 unknown */

	/* Found: its own, without the groups below it. */
	guint64 pages[ANZ_NR_CLASSES];
	guint64 nr_pages;
	guint64 nr_kernel_pages;	/* of these, charged as kernel memory */
	guint64 lru[ANZ_NR_LRU];	/* on LRU lists; unknown where pages have no flags */
	guint64 nr_objects, object_bytes;
	guint64 nr_swapped;		/* slots of swap areas that name it */

	/* The kernel's own; ANZ_CGROUP_UNKNOWN where it has or shows none. */
	gint64 usage, max;		/* memory.current and memory.max, pages; max: none is unknown */
	gint64 swap_usage;
	gint64 kernel_lru[ANZ_NR_LRU];	/* mem_cgroup_per_node.lru_zone_size: its own, exact */
	gint64 stat[ANZ_NR_CGROUP_STATS];	/* with all groups below, as last flushed */
	gint64 stocked;			/* pages of usage that cpus hold for it and nobody has yet */
} AnzCgroup;

#define ANZ_CGROUP_UNKNOWN G_MININT64

/** Objects of one cache that are charged to one group. */
typedef struct {
	guint group;		/* index in AnzCgroups.groups */
	guint cache;		/* index in AnzSlabs.caches */
	guint64 nr_objects;
} AnzCgroupCache;

/** A stretch of frames charged to one group. */
typedef struct {
	guint64 pfn;
	guint64 nr_pages;
	guint32 owner;		/* of the group */
} AnzCharged;

struct AnzCgroups {
	GArray *groups;		/* AnzCgroup; parents before children */
	GHashTable *by_address;	/* struct mem_cgroup, struct obj_cgroup -> index + 1, 0 unknown */
	GArray *charged;	/* AnzCharged by pfn */
	GArray *caches;		/* AnzCgroupCache by group */
	gboolean lru_known;	/* lru[] was counted */
	gboolean swap_known;	/* nr_swapped was counted, in every swap area */
	guint64 unknown_pages, unknown_objects;	/* charged to something that is no group known */
};

/** The family: the tree and the kernel's counters.  Makes an owner of each group, claims nothing. */
void anz_cgroups_build(AnzGraph *graph);
/** What is charged to whom; to be called once classes are final. */
void anz_cgroups_charge(AnzGraph *graph);
void anz_cgroups_free(AnzCgroups *cgroups);

/* The kernel's own counters (cgroup-counters.c). */
typedef struct AnzCgroupReader AnzCgroupReader;
AnzCgroupReader *anz_cgroup_reader_new(AnzKernel *kernel);
void anz_cgroup_reader_free(AnzCgroupReader *reader);
/** @record: holds the struct mem_cgroup of @group */
void anz_cgroup_reader_read(AnzCgroupReader *reader, const AnzRecord *record, AnzCgroup *group);
/** Pages that cpus keep in stock, into AnzCgroup.stocked. */
void anz_cgroups_read_stocks(AnzGraph *graph);

/** Index of the group that a pointer to struct mem_cgroup or obj_cgroup means, -1 unknown. */
int anz_cgroups_find(const AnzGraph *graph, guint64 address);

/** A counter of a group beside what was found; one row of table cgroup_counters. */
typedef struct {
	const char *name;	/* "memory.current", "lru anon" */
	gboolean subtree;	/* of the group with all below it; else its own */
	gboolean is_bytes;	/* else pages */
	gboolean exact;		/* the two must be equal */
	gint64 kernel;
	gint64 census;		/* ANZ_CGROUP_UNKNOWN: not counted */
	const char *meaning;
} AnzCgroupLine;

/**
 * anz_cgroup_lines:
 * @subtree: sums of @group and all below it, as anz_cgroups_sum() has them
 *
 * Returns: (transfer full): array of AnzCgroupLine, those that the kernel has.
 */
GArray *anz_cgroup_lines(const AnzGraph *graph, const AnzCgroup *group, const AnzCgroup *subtree);

/**
 * anz_cgroups_sum:
 *
 * Returns: (transfer full): array of AnzCgroup like groups, in which everything that was found is the
 * group's and that of all below it.
 */
GArray *anz_cgroups_sum(const AnzCgroups *cgroups);

#endif
