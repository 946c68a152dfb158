/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * struct page of released kernels and the descriptors laid over it. The permuting
 * recipes pass the order of the pieces in as macros: K_P0..3 the four big pieces
 * (FLAGS, UNION, COUNTS, MEMCG), K_U0..3 the pieces inside the union (LRU, MAPPING,
 * INDEX, PRIVATE), K_HEAD_POS the word of the union that is the compound word,
 * K_W0..4 and K_S0..3 the words of a second page and of a slab around it. Every
 * overlay is built from the same orders, so the kernel's rule that they match holds.
 */
#define CAT_(a, b) a##b
#define CAT(a, b) CAT_(a, b)
/* a macro does not expand inside itself, so what is inside has its own */
#define IN_(a, b) a##b
#define IN(a, b) IN_(a, b)
#if K_INFO
#define COMPOUND_WORD compound_info
#else
#define COMPOUND_WORD compound_head
#endif
#if K_FOLIO_INDEX
#define PAGE_INDEX __folio_index
#else
#define PAGE_INDEX index
#endif

/* the count must not lie over the compound word: its bit 0 would make a tail */
#if K_MLOCK_FIRST
#define MLOCK_WORDS { unsigned int mlock_count; void *__filler; }
#else
#define MLOCK_WORDS { void *__filler; unsigned int mlock_count; }
#endif

/* ---- struct page ---- */
#define PG_LRU union { \
		struct list_head lru; \
		struct MLOCK_WORDS; \
		struct list_head buddy_list; \
		struct list_head pcp_list; \
	};
#define PG_MAPPING struct address_space *mapping;
#define PG_INDEX union { pgoff_t PAGE_INDEX; unsigned long share; };
#define PG_PRIVATE unsigned long private;

#define TW_HEAD unsigned long COMPOUND_WORD;
#if K_COMPOUND == 0
#define TW_A struct { unsigned char compound_dtor, compound_order; \
		atomic_t compound_mapcount; };
#define TW_B struct { atomic_t compound_pincount; unsigned int compound_nr; };
#else
#define TW_A unsigned long _compound_pad_1;
#define TW_B unsigned long _compound_pad_2;
#endif
#define TW_C unsigned long _compound_pad_3;
#define TW_D unsigned long _compound_pad_4;

#define P_FLAGS K_FLAGS_T flags;
#if K_HEAD_POS || K_COMPOUND == 0
#define P_COMPOUND struct { IN(TW_, K_W0) IN(TW_, K_W1) IN(TW_, K_W2) \
		IN(TW_, K_W3) IN(TW_, K_W4) };
#else
#define P_COMPOUND struct { unsigned long COMPOUND_WORD; };
#endif
#if K_HEAD_POS
#define P_PGMAP struct { void *_pgmap_pad[K_HEAD_POS]; struct dev_pagemap *pgmap; };
#else
#define P_PGMAP struct { struct dev_pagemap *pgmap; void *zone_device_data; };
#endif
#define P_UNION union { \
		struct { IN(PG_, K_U0) IN(PG_, K_U1) IN(PG_, K_U2) IN(PG_, K_U3) }; \
		struct { \
			unsigned long pp_magic; \
			struct page_pool *pp; \
			unsigned long _pp_mapping_pad; \
			unsigned long dma_addr; \
			atomic_long_t pp_ref_count; \
		}; \
		P_COMPOUND \
		P_PGMAP \
		struct callback_head callback_head; \
	};
#if K_COUNTS_SWAPPED
#define P_COUNTS atomic_t _refcount; \
	union { atomic_t _mapcount; unsigned int page_type; };
#else
#define P_COUNTS union { atomic_t _mapcount; unsigned int page_type; }; \
	atomic_t _refcount;
#endif
#define P_MEMCG unsigned long memcg_data;

struct page {
	CAT(P_, K_P0)
	CAT(P_, K_P1)
	CAT(P_, K_P2)
	CAT(P_, K_P3)
} __attribute__((aligned(16)));

/* ---- struct folio: the first page by the same names, then the second ---- */
#define FL_LRU union { \
		struct list_head lru; \
		struct MLOCK_WORDS; \
	};
#define FL_MAPPING struct address_space *mapping;
#define FL_INDEX pgoff_t index;
#define FL_PRIVATE union { void *private; swp_entry_t swap; };
#define F_FLAGS K_FLAGS_T flags;
#define F_UNION struct { IN(FL_, K_U0) IN(FL_, K_U1) IN(FL_, K_U2) IN(FL_, K_U3) };
#if K_COUNTS_SWAPPED
#define F_COUNTS atomic_t _refcount; atomic_t _mapcount;
#define F1_COUNTS atomic_t _refcount_1; atomic_t _mapcount_1;
#else
#define F_COUNTS atomic_t _mapcount; atomic_t _refcount;
#define F1_COUNTS atomic_t _mapcount_1; atomic_t _refcount_1;
#endif
#define F_MEMCG unsigned long memcg_data;

#if K_COMPOUND == 0
#define FOLIO_HEAD_1 __head
#else
#define FOLIO_HEAD_1 _head_1
#endif
#define FW_HEAD unsigned long FOLIO_HEAD_1;
#if K_COMPOUND == 0
#define FW_A struct { unsigned char _folio_dtor, _folio_order; \
		atomic_t _total_mapcount; };
#define FW_B struct { atomic_t _pincount; unsigned int _folio_nr_pages; };
#define FW_C unsigned long _pad_1c;
#define FW_D unsigned long _pad_1d;
#elif K_COMPOUND == 1
#define FW_A struct { unsigned char _folio_dtor, _folio_order; \
		atomic_t _entire_mapcount; };
#define FW_B struct { atomic_t _nr_pages_mapped, _pincount; };
#define FW_C unsigned int _folio_nr_pages;
#define FW_D unsigned long _pad_1d;
#elif K_SHEAVES
#define FW_A struct { atomic_t _large_mapcount, _nr_pages_mapped; };
#define FW_B struct { atomic_t _entire_mapcount, _pincount; };
#define FW_C int _mm_id_mapcount[2];
#define FW_D unsigned int _mm_ids;
#else
#define FW_A struct { atomic_t _large_mapcount, _entire_mapcount; };
#define FW_B struct { atomic_t _nr_pages_mapped, _pincount; };
#define FW_C unsigned int _folio_nr_pages;
#define FW_D unsigned long _pad_1d;
#endif
#if K_SHEAVES
#define F1_MEMCG unsigned int _nr_pages;
#else
#define F1_MEMCG unsigned long _memcg_1;
#endif
#define F1_FLAGS unsigned long _flags_1;
#define F1_UNION struct { IN(FW_, K_W0) IN(FW_, K_W1) IN(FW_, K_W2) \
		IN(FW_, K_W3) IN(FW_, K_W4) };

struct folio {
	union {
		struct {
			CAT(F_, K_P0)
			CAT(F_, K_P1)
			CAT(F_, K_P2)
			CAT(F_, K_P3)
		};
		struct page page;
	};
	union {
		struct {
			CAT(F1_, K_P0)
			CAT(F1_, K_P1)
			CAT(F1_, K_P2)
			CAT(F1_, K_P3)
		};
		struct page __page_1;
	};
};

/* ---- struct slab ---- */
#define SL_CACHE struct kmem_cache *slab_cache;
#define SL_LIST union { struct list_head slab_list; \
		struct { struct slab *next; int slabs; }; };
#define SL_FREELIST void *freelist;
#define SL_COUNTERS union { unsigned long counters; struct { \
		unsigned inuse:16; unsigned objects:15; unsigned frozen:1; }; };
#if K_SLAB_NEW
#define S_FLAGS K_FLAGS_T K_SLAB_FLAGS;
#else
#define S_FLAGS unsigned long __page_flags;
#endif
#define S_UNION struct { IN(SL_, K_S0) IN(SL_, K_S1) IN(SL_, K_S2) IN(SL_, K_S3) };
#if K_COUNTS_SWAPPED
#define S_COUNTS atomic_t __page_refcount; unsigned int __page_type;
#else
#define S_COUNTS unsigned int __page_type; atomic_t __page_refcount;
#endif
#define S_MEMCG unsigned long obj_exts;
#if K_MEMDESC_T
#define K_SLAB_FLAGS flags
#else
#define K_SLAB_FLAGS __page_flags
#endif

struct slab {
	CAT(S_, K_P0)
	CAT(S_, K_P1)
	CAT(S_, K_P2)
	CAT(S_, K_P3)
} __attribute__((aligned(16)));

#if K_PTDESC
/* ---- struct ptdesc ---- */
#define PT_LRU union { struct list_head pt_list; struct callback_head pt_rcu_head; };
#define PT_MAPPING unsigned long __page_mapping;
#define PT_INDEX union { pgoff_t pt_index; struct mm_struct *pt_mm; \
		atomic_t pt_frag_refcount; };
#define PT_PRIVATE union { unsigned long _pt_pad_2; spinlock_t ptl; };
#if K_MEMDESC_T
#define D_FLAGS K_FLAGS_T pt_flags;
#else
#define D_FLAGS unsigned long __page_flags;
#endif
#define D_UNION struct { IN(PT_, K_U0) IN(PT_, K_U1) IN(PT_, K_U2) IN(PT_, K_U3) };
#if K_COUNTS_SWAPPED
#define D_COUNTS atomic_t __page_refcount; unsigned int __page_type;
#else
#define D_COUNTS unsigned int __page_type; atomic_t __page_refcount;
#endif
#define D_MEMCG unsigned long pt_memcg_data;

struct ptdesc {
	CAT(D_, K_P0)
	CAT(D_, K_P1)
	CAT(D_, K_P2)
	CAT(D_, K_P3)
} __attribute__((aligned(16)));
#endif

#if K_ZPDESC
/* ---- struct zpdesc ---- */
struct zspage;
#define ZP_LRU struct list_head lru;
#define ZP_MAPPING unsigned long movable_ops;
#define ZP_INDEX union { struct zpdesc *next; unsigned long handle; };
#define ZP_PRIVATE struct zspage *zspage;
#define Z_FLAGS unsigned long flags;
#define Z_UNION struct { IN(ZP_, K_U0) IN(ZP_, K_U1) IN(ZP_, K_U2) IN(ZP_, K_U3) };
#if K_COUNTS_SWAPPED
#define Z_COUNTS atomic_t _refcount; unsigned int first_obj_offset;
#else
#define Z_COUNTS unsigned int first_obj_offset; atomic_t _refcount;
#endif
#define Z_MEMCG unsigned long zp_memcg_data;

struct zpdesc {
	CAT(Z_, K_P0)
	CAT(Z_, K_P1)
	CAT(Z_, K_P2)
	CAT(Z_, K_P3)
} __attribute__((aligned(16)));
#endif

_Static_assert(sizeof(struct page) == sizeof(struct slab), "slab overlays page");
_Static_assert(__builtin_offsetof(struct page, COMPOUND_WORD) + sizeof(struct page) ==
	       __builtin_offsetof(struct folio, FOLIO_HEAD_1), "compound word of page 1");
_Static_assert(__builtin_offsetof(struct page, mapping) ==
	       __builtin_offsetof(struct folio, mapping), "folio overlays page");
