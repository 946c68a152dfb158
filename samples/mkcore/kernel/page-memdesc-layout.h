/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* the part of the layout table that belongs to the memory-descriptor format */
#define XO_0(t) O(t, pfn), O(t, order),
#define XO_1(t) O(t, extent),
#define XO_2(t) O(t, pfn), O(t, order),
#define XO_3(t)
#define XO_4(t) O(t, pfn),
	S(page),
#if K_SHAPE == 32
	O(page, flags), O(page, buddy_list), O(page, private),
#if K_VARIANT == 0
	{ "page.word", __builtin_offsetof(struct page, compound_head), 8 },
#else
	O(page, pcp_list), O(page, _refcount), O(page, _mapcount),
	{ "page.word", __builtin_offsetof(struct page, memdesc), 8 },
#endif
#endif
	S(folio), O(folio, flags), O(folio, lru), O(folio, mapping), O(folio, index),
	O(folio, private), O(folio, _refcount), O(folio, _mapcount), O(folio, pincount),
	O(folio, memcg), X_CAT(XO_, K_X_folio)(folio)
#if K_ANON_FOLIO
	S(anon_folio), O(anon_folio, flags), O(anon_folio, lru), O(anon_folio, mapping),
	O(anon_folio, index), O(anon_folio, _refcount), O(anon_folio, _mapcount),
	O(anon_folio, pincount), O(anon_folio, memcg), O(anon_folio, swap),
	X_CAT(XO_, K_X_anon_folio)(anon_folio)
#endif
	S(slab), O(slab, slab_cache), O(slab, slab_list), O(slab, next), O(slab, slabs),
	O(slab, freelist), O(slab, counters), O(slab, obj_exts),
	X_CAT(XO_, K_X_slab)(slab)
	S(ptdesc), O(ptdesc, pt_list), O(ptdesc, pt_mm), O(ptdesc, ptl),
	X_CAT(XO_, K_X_ptdesc)(ptdesc)
	S(ksm), O(ksm, flags), O(ksm, lru), O(ksm, stable_node), O(ksm, _refcount),
	O(ksm, _mapcount), X_CAT(XO_, K_X_ksm)(ksm)
	S(movable), O(movable, ops), O(movable, _refcount), O(movable, private),
	X_CAT(XO_, K_X_movable)(movable)
#if K_NETPOOL
	S(netpool), O(netpool, pp_magic), O(netpool, pp), O(netpool, dma_addr),
	O(netpool, pp_ref_count), X_CAT(XO_, K_X_netpool)(netpool)
#else
	S(bump), O(bump, pp), O(bump, dma_addr), O(bump, pp_ref_count),
	X_CAT(XO_, K_X_bump)(bump)
#endif
	S(hwpoison), O(hwpoison, old), X_CAT(XO_, K_X_hwpoison)(hwpoison)
	S(pcpudesc), O(pcpudesc, chunk), X_CAT(XO_, K_X_pcpudesc)(pcpudesc)
	S(acctmem), O(acctmem, memcg), X_CAT(XO_, K_X_acctmem)(acctmem)
	S(zpdesc), O(zpdesc, next), O(zpdesc, zspage), O(zpdesc, first_obj_offset),
	O(zpdesc, _refcount), X_CAT(XO_, K_X_zpdesc)(zpdesc)
	S(mgdesc), O(mgdesc, _refcount), X_CAT(XO_, K_X_mgdesc)(mgdesc)
