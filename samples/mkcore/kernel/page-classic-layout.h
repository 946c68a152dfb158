/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* the part of the layout table that belongs to the classic page format */
	S(page), O(page, flags), O(page, lru), O(page, buddy_list), O(page, pcp_list),
	O(page, mlock_count),
	O(page, mapping), O(page, private),
	O(page, _mapcount), O(page, page_type), O(page, _refcount), O(page, memcg_data),
	O(page, pp_magic), O(page, pp), O(page, dma_addr), O(page, pp_ref_count),
	{ "page.compound", __builtin_offsetof(struct page, COMPOUND_WORD), 8 },
	{ "page.index_any", __builtin_offsetof(struct page, PAGE_INDEX), 8 },
#if K_COMPOUND == 0
	O(page, compound_dtor), O(page, compound_order), O(page, compound_mapcount),
	O(page, compound_pincount), O(page, compound_nr),
	O(folio, _folio_dtor), O(folio, _folio_order), O(folio, _folio_nr_pages),
#elif K_COMPOUND == 1
	O(folio, _folio_dtor), O(folio, _folio_order), O(folio, _folio_nr_pages),
	O(folio, _entire_mapcount), O(folio, _nr_pages_mapped), O(folio, _pincount),
#else
	O(folio, _large_mapcount), O(folio, _entire_mapcount), O(folio, _nr_pages_mapped),
	O(folio, _pincount),
#if K_SHEAVES
	O(folio, _nr_pages), O(folio, _mm_id_mapcount),
#else
	O(folio, _folio_nr_pages),
#endif
#endif
	S(folio), O(folio, flags), O(folio, lru), O(folio, mapping), O(folio, index),
	O(folio, private), O(folio, _mapcount), O(folio, _refcount), O(folio, _flags_1),
	S(slab), O(slab, slab_cache), O(slab, slab_list), O(slab, next), O(slab, slabs),
	O(slab, freelist), O(slab, counters),
#if K_PTDESC
	S(ptdesc), O(ptdesc, pt_list), O(ptdesc, pt_mm), O(ptdesc, ptl),
#endif
