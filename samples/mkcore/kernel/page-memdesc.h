/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * struct page in the memory-descriptor format and the descriptors its word points at.
 * Names as published where they are published; the rest is this project's convention.
 *
 *	K_SHAPE		8, 16 or 32: bytes of struct page
 *	K_WORD		the word is a u64, an unsigned long, a struct of one member, a
 *			typedef of one (0 to 3)
 *	K_BUDDY		1 ptr-prev-first, 2 ptr-next-first, 3 pfn-prev-first,
 *			4 pfn8-global, 5 pfn8-zone, 6 list32
 *	K_VARIANT	of the 32 bytes: 0 may2024, 1 jan2025, 2 newest
 *	K_BARE		16 bytes of which nothing says that a free page has links
 *	K_X_kind	how a descriptor states its extent: 0 two members, 1 bit-fields,
 *			2 in anonymous members, 3 not at all, 4 only its pfn
 */
#if K_WORD == 0
#define MD_WORD u64
#elif K_WORD == 1
#define MD_WORD unsigned long
#elif K_WORD == 2
struct memdesc {
	u64 word;
};
#define MD_WORD struct memdesc
#else
typedef struct {
	unsigned long v;
} memdesc_t;
#define MD_WORD memdesc_t
#endif

struct page;

#if K_SHAPE == 8
struct buddy {
	u64 links;
};

struct page {
	MD_WORD memdesc;
};
#elif K_SHAPE == 16
#if K_BUDDY == 3
struct buddy {
	unsigned long prev;
	unsigned long next;
};
#elif K_BUDDY == 1
struct buddy {
	struct page *prev;
	struct page *next;
};
#endif
struct page {
#if K_BARE
	MD_WORD memdesc;
	unsigned long private;
#elif K_BUDDY == 2
	MD_WORD memdesc_or_next;
	unsigned long private_or_prev;
#else
	union {
		MD_WORD memdesc;
		struct buddy buddy;
	};
#endif
} __attribute__((aligned(16)));
#else
struct page {
	K_FLAGS_T flags;
#if K_VARIANT == 0
	union {
		struct list_head buddy_list;
		unsigned long compound_head;
	};
	unsigned long private;
#elif K_VARIANT == 1
	union {
		struct list_head buddy_list;
		struct list_head pcp_list;
		struct {
			MD_WORD memdesc;
			atomic_t _refcount;
		};
	};
	union {
		unsigned long private;
		atomic_t _mapcount;
	};
#else
	union {
		struct list_head buddy_list;
		struct list_head pcp_list;
		struct {
			MD_WORD memdesc;
			union {
				unsigned long private;
				atomic_t _mapcount;
			};
		};
	};
	atomic_t _refcount;
#endif
};
#endif
_Static_assert(sizeof(struct page) == K_SHAPE, "size of struct page");

/* how a descriptor says which pages are its own; the names are always pfn and order */
#define X_CAT_(a, b) a##b
#define X_CAT(a, b) X_CAT_(a, b)
#define X_0 unsigned char order; unsigned long pfn;
#define X_1 union { unsigned long extent; struct { \
		unsigned long order:6; unsigned long pfn:58; }; };
#define X_2 struct { unsigned int order; union { unsigned long pfn; }; };
#define X_3
#define X_4 unsigned long pfn;
#define DESC __attribute__((aligned(16)))

struct folio {
	K_FLAGS_T flags;
	struct list_head lru;
#if K_PERMUTED
	atomic_t _refcount;
	X_CAT(X_, K_X_folio)
	pgoff_t index;
	atomic_t _mapcount;
	struct mem_cgroup *memcg;
	atomic_t pincount;
	void *private;
	struct address_space *mapping;
#else
	struct address_space *mapping;
	pgoff_t index;
	void *private;
	atomic_t _refcount;
	atomic_t _mapcount;
	atomic_t pincount;
	X_CAT(X_, K_X_folio)
	struct mem_cgroup *memcg;
#endif
} DESC;

#if K_ANON_FOLIO
struct anon_folio {
	K_FLAGS_T flags;
	struct list_head lru;
	pgoff_t index;
	struct address_space *mapping;
	atomic_t _mapcount;
	atomic_t _refcount;
	atomic_t pincount;
	X_CAT(X_, K_X_anon_folio)
	struct mem_cgroup *memcg;
	swp_entry_t swap;
} DESC;
#endif

struct slab {
#if K_PERMUTED
	X_CAT(X_, K_X_slab)
#endif
	struct kmem_cache *slab_cache;
	union {
		struct list_head slab_list;
		struct {
			struct slab *next;
			int slabs;
		};
	};
	void *freelist;
	union {
		unsigned long counters;
		struct {
			unsigned inuse:16;
			unsigned objects:15;
			unsigned frozen:1;
		};
	};
	unsigned long obj_exts;
#if !K_PERMUTED
	X_CAT(X_, K_X_slab)
#endif
} DESC;

struct ptdesc {
	struct list_head pt_list;
	struct mm_struct *pt_mm;
	X_CAT(X_, K_X_ptdesc)
	spinlock_t ptl;
} DESC;

struct ksm {
	K_FLAGS_T flags;
	struct list_head lru;
	struct ksm_stable_node *stable_node;
	atomic_t _refcount;
	atomic_t _mapcount;
	X_CAT(X_, K_X_ksm)
} DESC;

struct movable {
	const void *ops;
	atomic_t _refcount;
	X_CAT(X_, K_X_movable)
	unsigned long private;
} DESC;

#if K_NETPOOL
struct netpool {
	unsigned long pp_magic;
	struct page_pool *pp;
	unsigned long dma_addr;
	atomic_long_t pp_ref_count;
	X_CAT(X_, K_X_netpool)
} DESC;
#else
struct bump {
	struct page_pool *pp;
	unsigned long dma_addr;
	atomic_long_t pp_ref_count;
	X_CAT(X_, K_X_bump)
} DESC;
#endif

struct hwpoison {
	unsigned long old;		/* the word that the page had */
	X_CAT(X_, K_X_hwpoison)
} DESC;

struct pcpudesc {
	X_CAT(X_, K_X_pcpudesc)
	void *chunk;
} DESC;

struct acctmem {
	struct mem_cgroup *memcg;
	X_CAT(X_, K_X_acctmem)
} DESC;

struct zspage;
struct zpdesc {
	struct zpdesc *next;
	struct zspage *zspage;
	unsigned int first_obj_offset;
	atomic_t _refcount;
	X_CAT(X_, K_X_zpdesc)
} DESC;

struct mgdesc {
	X_CAT(X_, K_X_mgdesc)
	atomic_t _refcount;
} DESC;
