/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The kernel's memory-management types as far as a page analysis looks at them: names
 * and order of members as in the kernel, text our own. mkcore compiles this with one
 * set of K_* macros per recipe, so that the C compiler decides every offset and the
 * vmlinux gets real DWARF; K_* stand for what changed between releases:
 *
 *	K_COMPOUND	0 dtor/order bytes in page[1] (6.1), 1 folio._folio_dtor (6.3),
 *			2 order in the low byte of page[1].flags (6.6)
 *	K_INFO		the compound word is called compound_info (7.1)
 *	K_MEMDESC_T	flags is a memdesc_flags_t (6.18)
 *	K_PCP_NEW	per_cpu_pages with high_min/high_max (6.7)
 *	K_SLAB_NEW	slab_cache comes first in struct slab (6.2)
 *	K_SHEAVES	no kmem_cache_cpu (7.0), per_node[] (7.1)
 *	K_BLOCKS	NR_FREE_PAGES_BLOCKS (7.x), pageblock_isolate bit
 */
#ifndef MKCORE_TYPES_H
#define MKCORE_TYPES_H

typedef signed char s8;
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef _Bool bool;
typedef unsigned long size_t;
typedef u64 phys_addr_t;
typedef phys_addr_t resource_size_t;
typedef unsigned int gfp_t;
typedef unsigned long pgoff_t;
typedef struct { int counter; } atomic_t;
typedef struct { long counter; } atomic_long_t;
typedef struct { u32 val; } spinlock_t;
typedef struct { unsigned long pgd; } pgd_t;
typedef struct { unsigned long pte; } pte_t;
typedef struct page *pgtable_t;
typedef struct { unsigned long val; } swp_entry_t;
typedef struct {
	unsigned long bits[K_MAX_NUMNODES / 64 ? K_MAX_NUMNODES / 64 : 1];
} nodemask_t;

struct list_head {
	struct list_head *next, *prev;
};

struct callback_head {
	struct callback_head *next;
	void (*func)(struct callback_head *head);
};
#define rcu_head callback_head

#if K_MEMDESC_T
typedef struct {
	unsigned long f;
} memdesc_flags_t;
#define K_FLAGS_T memdesc_flags_t
#else
#define K_FLAGS_T unsigned long
#endif

#include "pageflags.h"		/* made by mkcore: enum pageflags, enum pagetype */

enum zone_type {
	ZONE_DMA,
	ZONE_DMA32,
	ZONE_NORMAL,
	ZONE_MOVABLE,
	ZONE_DEVICE,
	__MAX_NR_ZONES
};
#define MAX_NR_ZONES 5

enum migratetype {
	MIGRATE_UNMOVABLE,
	MIGRATE_MOVABLE,
	MIGRATE_RECLAIMABLE,
	MIGRATE_PCPTYPES,
	MIGRATE_HIGHATOMIC = MIGRATE_PCPTYPES,
#if K_CMA
	MIGRATE_CMA,
	__MIGRATE_TYPE_END = MIGRATE_CMA,
#else
	__MIGRATE_TYPE_END = MIGRATE_HIGHATOMIC,
#endif
	MIGRATE_ISOLATE,
	MIGRATE_TYPES
};

enum pageblock_bits {
#if K_PB_BITS == 8
	PB_migrate_0,
	PB_migrate_1,
	PB_migrate_2,
	PB_compact_skip,
	PB_migrate_isolate,
	__NR_PAGEBLOCK_BITS
#else
	PB_migrate,
	PB_migrate_end = PB_migrate + 3 - 1,
	PB_migrate_skip,
	NR_PAGEBLOCK_BITS
#endif
};

enum zone_stat_item {
	NR_FREE_PAGES,
#if K_BLOCKS
	NR_FREE_PAGES_BLOCKS,
#endif
	NR_ZONE_LRU_BASE,
	NR_ZONE_INACTIVE_ANON = NR_ZONE_LRU_BASE,
	NR_ZONE_ACTIVE_ANON,
	NR_ZONE_INACTIVE_FILE,
	NR_ZONE_ACTIVE_FILE,
	NR_ZONE_UNEVICTABLE,
	NR_ZONE_WRITE_PENDING,
	NR_MLOCK,
#if !K_SHEAVES
	NR_BOUNCE,
#endif
	NR_ZSPAGES,
	NR_FREE_CMA_PAGES,
#if K_UNACCEPTED
	NR_UNACCEPTED,
#endif
	NR_VM_ZONE_STAT_ITEMS
};

enum lru_list {
	LRU_INACTIVE_ANON,
	LRU_ACTIVE_ANON,
	LRU_INACTIVE_FILE,
	LRU_ACTIVE_FILE,
	LRU_UNEVICTABLE,
	NR_LRU_LISTS
};

enum node_stat_item {
	NR_LRU_BASE,
	NR_INACTIVE_ANON = NR_LRU_BASE,
	NR_ACTIVE_ANON,
	NR_INACTIVE_FILE,
	NR_ACTIVE_FILE,
	NR_UNEVICTABLE,
	NR_SLAB_RECLAIMABLE_B,
	NR_SLAB_UNRECLAIMABLE_B,
	NR_ISOLATED_ANON,
	NR_ISOLATED_FILE,
	WORKINGSET_NODES,
	WORKINGSET_REFAULT_BASE,
	WORKINGSET_REFAULT_ANON = WORKINGSET_REFAULT_BASE,
	WORKINGSET_REFAULT_FILE,
	WORKINGSET_ACTIVATE_BASE,
	WORKINGSET_ACTIVATE_ANON = WORKINGSET_ACTIVATE_BASE,
	WORKINGSET_ACTIVATE_FILE,
	WORKINGSET_RESTORE_BASE,
	WORKINGSET_RESTORE_ANON = WORKINGSET_RESTORE_BASE,
	WORKINGSET_RESTORE_FILE,
	WORKINGSET_NODERECLAIM,
	NR_ANON_MAPPED,
	NR_FILE_MAPPED,
	NR_FILE_PAGES,
	NR_FILE_DIRTY,
	NR_WRITEBACK,
	NR_WRITEBACK_TEMP,
	NR_SHMEM,
	NR_SHMEM_THPS,
	NR_SHMEM_PMDMAPPED,
	NR_FILE_THPS,
	NR_FILE_PMDMAPPED,
	NR_ANON_THPS,
	NR_VMSCAN_WRITE,
	NR_VMSCAN_IMMEDIATE,
	NR_DIRTIED,
	NR_WRITTEN,
	NR_THROTTLED_WRITTEN,
	NR_KERNEL_MISC_RECLAIMABLE,
	NR_FOLL_PIN_ACQUIRED,
	NR_FOLL_PIN_RELEASED,
	NR_KERNEL_STACK_KB,
	NR_PAGETABLE,
	NR_SECONDARY_PAGETABLE,
#if K_PCP_NEW
	NR_IOMMU_PAGES,
#endif
	NR_SWAPCACHE,
	PGPROMOTE_SUCCESS,
	PGPROMOTE_CANDIDATE,
#if K_BLOCKS
	NR_HUGETLB,
#endif
	NR_VM_NODE_STAT_ITEMS
};

enum numa_stat_item {
	NUMA_HIT,
	NUMA_MISS,
	NUMA_FOREIGN,
	NUMA_INTERLEAVE_HIT,
	NUMA_LOCAL,
	NUMA_OTHER,
	NR_VM_NUMA_EVENT_ITEMS
};

enum {
	SECTION_MARKED_PRESENT_BIT,
	SECTION_HAS_MEM_MAP_BIT,
	SECTION_IS_ONLINE_BIT,
	SECTION_IS_EARLY_BIT,
	SECTION_TAINT_ZONE_DEVICE_BIT,
	SECTION_MAP_LAST_BIT
};

enum slab_state { DOWN, PARTIAL, UP, FULL };

struct xarray {
	spinlock_t xa_lock;
	gfp_t xa_flags;
	void *xa_head;
};

struct xa_node {
	unsigned char shift;
	unsigned char offset;
	unsigned char count;
	unsigned char nr_values;
	struct xa_node *parent;
	struct xarray *array;
	union {
		struct list_head private_list;
		struct callback_head callback_head;
	};
	void *slots[64];
	union {
		unsigned long tags[3][1];
		unsigned long marks[3][1];
	};
};

struct super_block;
struct mem_cgroup;
struct dev_pagemap;
struct page_pool;

struct inode {
	u16 i_mode;
	unsigned int i_flags;
	struct super_block *i_sb;
	struct address_space *i_mapping;
	unsigned long i_ino;
	long long i_size;
	atomic_t i_count;
	struct list_head i_lru;
	struct list_head i_sb_list;
	struct address_space {
		struct inode *host;
		struct xarray i_pages;
		gfp_t gfp_mask;
		atomic_t i_mmap_writable;
		unsigned long nrpages;
		pgoff_t writeback_index;
		const void *a_ops;
		unsigned long flags;
	} i_data;
};

struct anon_vma {
	struct anon_vma *root;
	spinlock_t rwsem;
	atomic_t refcount;
	unsigned long num_children;
	unsigned long num_active_vmas;
	struct anon_vma *parent;
};

struct ksm_stable_node {
	struct list_head list;
	unsigned long kpfn;
	u32 chain_prune_time;
	int rmap_hlist_len;
};

struct mm_struct {
	atomic_t mm_count;
	pgd_t *pgd;
	atomic_t mm_users;
	atomic_long_t pgtables_bytes;
	unsigned long total_vm;
};

#include "page.h"		/* the page format's own: struct page and overlays */

#define NR_PAGE_ORDERS K_NR_ORDERS

struct free_area {
#ifdef K_FREE_LIST_T
	K_FREE_LIST_T free_list[MIGRATE_TYPES];
#else
	struct list_head free_list[MIGRATE_TYPES];
#endif
	unsigned long nr_free;
};

struct per_cpu_pages {
	spinlock_t lock;
	int count;
	int high;
#if K_PCP_NEW
	int high_min;
	int high_max;
	int batch;
	u8 flags;
	u8 alloc_factor;
	u8 expire;
	short free_count;
#else
	int batch;
	short free_factor;
	short expire;
#endif
#ifdef K_FREE_LIST_T
	K_FREE_LIST_T lists[K_NR_PCP_LISTS];
#else
	struct list_head lists[K_NR_PCP_LISTS];
#endif
} __attribute__((aligned(64)));

struct per_cpu_zonestat {
	s8 vm_stat_diff[NR_VM_ZONE_STAT_ITEMS];
	s8 stat_threshold;
	unsigned long vm_numa_event[NR_VM_NUMA_EVENT_ITEMS];
};

struct per_cpu_nodestat {
	s8 stat_threshold;
	s8 vm_node_stat_diff[NR_VM_NODE_STAT_ITEMS];
};

struct zone {
	unsigned long _watermark[4];
	unsigned long watermark_boost;
	unsigned long nr_reserved_highatomic;
#if K_PCP_NEW
	unsigned long nr_free_highatomic;
#endif
	long lowmem_reserve[MAX_NR_ZONES];
	int node;
	struct pglist_data *zone_pgdat;
	struct per_cpu_pages *per_cpu_pageset;
	struct per_cpu_zonestat *per_cpu_zonestats;
#if K_PCP_NEW
	int pageset_high_min;
	int pageset_high_max;
#else
	int pageset_high;
#endif
	int pageset_batch;
	unsigned long zone_start_pfn;
	atomic_long_t managed_pages;
	unsigned long spanned_pages;
	unsigned long present_pages;
	unsigned long present_early_pages;
#if K_CMA
	unsigned long cma_pages;
#endif
	const char *name;
	unsigned long nr_isolate_pageblock;
	struct { u32 sequence; spinlock_t lock; } span_seqlock;
	int initialized;
	struct free_area free_area[NR_PAGE_ORDERS] __attribute__((aligned(64)));
#if K_UNACCEPTED
#ifdef K_FREE_LIST_T
	K_FREE_LIST_T unaccepted_pages;
#else
	struct list_head unaccepted_pages;
#endif
#endif
	unsigned long flags;
	spinlock_t lock;
	unsigned long percpu_drift_mark __attribute__((aligned(64)));
	bool contiguous;
	atomic_long_t vm_stat[NR_VM_ZONE_STAT_ITEMS] __attribute__((aligned(64)));
	atomic_long_t vm_numa_event[NR_VM_NUMA_EVENT_ITEMS];
#if K_VMEMMAP_TAILS
	struct page *vmemmap_tails[K_VMEMMAP_TAILS];
#endif
} __attribute__((aligned(64)));

struct zoneref {
	struct zone *zone;
	int zone_idx;
};

struct zonelist {
	struct zoneref _zonerefs[K_MAX_NUMNODES * MAX_NR_ZONES + 1];
};

struct lruvec {
	struct list_head lists[NR_LRU_LISTS];
	spinlock_t lru_lock;
	unsigned long anon_cost;
	unsigned long file_cost;
	unsigned long flags;
	struct pglist_data *pgdat;
};

typedef struct pglist_data {
	struct zone node_zones[MAX_NR_ZONES];
	struct zonelist node_zonelists[2];
	int nr_zones;
	spinlock_t node_size_lock;
	unsigned long node_start_pfn;
	unsigned long node_present_pages;
	unsigned long node_spanned_pages;
	int node_id;
	unsigned long totalreserve_pages;
	struct lruvec __lruvec __attribute__((aligned(64)));
	unsigned long flags;
	struct per_cpu_nodestat *per_cpu_nodestats;
	atomic_long_t vm_stat[NR_VM_NODE_STAT_ITEMS];
} pg_data_t;

struct mem_section_usage {
	struct callback_head rcu;
	unsigned long subsection_map[K_SUBSECTION_LONGS];
	unsigned long pageblock_flags[0];
};

struct mem_section {
	unsigned long section_mem_map;
	struct mem_section_usage *usage;
};

/* slub */
struct kmem_cache_order_objects {
	unsigned int x;
};

#if !K_SHEAVES
struct kmem_cache_cpu {
	void **freelist;
	unsigned long tid;
	struct slab *slab;
	struct slab *partial;
};
#endif

struct kmem_cache_node {
	spinlock_t list_lock;
	unsigned long nr_partial;
	struct list_head partial;
	atomic_long_t nr_slabs;
	atomic_long_t total_objects;
	struct list_head full;
};

#if K_SHEAVES
struct kmem_cache_per_node_ptrs {
	void *barn;
	struct kmem_cache_node *node;
};
#endif

struct kmem_cache {
#if K_SHEAVES
	void *cpu_sheaves;
#else
	struct kmem_cache_cpu *cpu_slab;
#endif
	u32 flags;
	unsigned long min_partial;
	unsigned int size;
	unsigned int object_size;
	u64 reciprocal_size;
	unsigned int offset;
	struct kmem_cache_order_objects oo;
	struct kmem_cache_order_objects min;
	gfp_t allocflags;
	int refcount;
	void (*ctor)(void *object);
	unsigned int inuse;
	unsigned int align;
	unsigned int red_left_pad;
	const char *name;
	struct list_head list;
	unsigned long random;
	unsigned int remote_node_defrag_ratio;
#if K_SHEAVES
	struct kmem_cache_per_node_ptrs per_node[K_MAX_NUMNODES];
#else
	struct kmem_cache_node *node[K_MAX_NUMNODES];
#endif
};

struct hstate {
	unsigned int order;
	unsigned int demote_order;
	unsigned long mask;
	unsigned long max_huge_pages;
	unsigned long nr_huge_pages;
	unsigned long free_huge_pages;
	unsigned long resv_huge_pages;
	unsigned long surplus_huge_pages;
	unsigned long nr_overcommit_huge_pages;
	struct list_head hugepage_activelist;
	struct list_head hugepage_freelists[K_MAX_NUMNODES];
	unsigned int nr_huge_pages_node[K_MAX_NUMNODES];
	unsigned int free_huge_pages_node[K_MAX_NUMNODES];
	unsigned int surplus_huge_pages_node[K_MAX_NUMNODES];
	char name[32];
};

struct new_utsname {
	char sysname[65];
	char nodename[65];
	char release[65];
	char version[65];
	char machine[65];
	char domainname[65];
};

struct uts_namespace {
	struct new_utsname name;
	void *user_ns;
};

typedef struct cpumask {
	unsigned long bits[K_NR_CPUS / 64 ? K_NR_CPUS / 64 : 1];
} cpumask_t;

#endif
