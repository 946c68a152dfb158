/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The page format: how one struct page of this kernel encodes what it is, as a plain struct of
 * offsets and masks.  Resolved once (kernel/page-format.c); the loop that uses it (pages/) knows no
 * kernel names.
 */
#ifndef ANZ_PAGE_FORMAT_H
#define ANZ_PAGE_FORMAT_H

#include <analyze/page-class.h>

#define ANZ_MAX_PAGE_TYPES 32
#define ANZ_ABSENT_OFFSET G_MAXUINT32

/**
 * AnzPageTypeRule: page_type matches when (v & mask) == value.
 * All released encodings have this form: inverted bits below a base (up to 6.11: mask is base |
 * bit, value is base) and the top byte (6.12 on: mask 0xff000000).
 */
typedef struct {
	guint32 mask;
	guint32 value;
	guint32 exact_mask, exact;	/* bits whose value the type fixes beyond that, and the value */
	guint8 page_class;
	gboolean is_buddy;
	gboolean has_order;	/* private holds an order that covers the following pages */
	char name[16];
} AnzPageTypeRule;

typedef enum {
	ANZ_TAIL_POINTER,	/* word bit 0 set, the rest is the head's address */
	ANZ_TAIL_POINTER_OR_MASK,	/* 7.1 on: or a mask to apply to the tail's own address */
} AnzTailEncoding;

/**
 * AnzPageFormat: classic shape (56 to 96 bytes).  Offsets are bytes from the struct page, or from
 * the head's struct page for what lies in later pages of a compound page; ANZ_ABSENT_OFFSET where
 * this kernel has no such member.  Masks are 0 where it has no such flag.
 */
typedef struct {
	guint32 stride;		/* SIZE(page) */
	gboolean big_endian;
	guint32 flags, head, mapping, page_type, refcount, private_word, index, list;
	guint32 pp_magic;

	guint64 f_head, f_slab, f_reserved, f_hwpoison, f_swapcache, f_swapbacked, f_lru,
		f_active, f_unevictable, f_mlocked, f_dirty, f_writeback, f_locked;
	guint64 f_private, f_reported;
	guint64 tail_mapping;	/* mapping of tails behind the fourth; 0: not known here */
	guint pages_per_map_page;	/* struct pages in a base page of the memory map */
	guint64 f_check;	/* flags that no free page has; 0: not known (PAGE_FLAGS_CHECK_AT_PREP) */
	guint64 flags_plane_mask;	/* bits that go to the flags plane */
	guint node_shift, node_bits, zone_shift, zone_bits;
	guint gen_shift, gen_mask;	/* generation of a folio, plus one; mask 0: it has none */
	guint nr_gens;		/* generations that there are at a time */
	guint refs_shift, refs_mask;	/* LRU_REFS, how often it was used through files; mask 0: not kept */
	guint device_zone;	/* zone number of ZONE_DEVICE; 255 none */

	guint nr_types;
	AnzPageTypeRule types[ANZ_MAX_PAGE_TYPES];
	gint32 type_below;	/* as signed: below this there is a page type, else a mapcount */
	guint64 zsmalloc_mops;	/* address of zsmalloc's movable_operations; 0 unknown */
	guint64 pp_signature;	/* 0: not known on this architecture */

	AnzTailEncoding tail;
	guint32 order_offset;	/* u8, from the head */
	guint32 hugetlb_dtor_offset;	/* u8, from the head */
	guint8 hugetlb_dtor;
	guint32 hugetlb_flag_offset;	/* u64 flags word, from the head (folio._flags_1) */
	guint64 hugetlb_flag;
	guint32 entire_mapcount_offset;	/* s32, minus one, from the head */
	guint32 large_mapcount_offset;	/* s32, minus one, from the head; with the next one */
	guint32 nr_pages_mapped_offset;	/* s32, from the head: stays 0 if pages are not counted */
	guint max_order;	/* no compound page is larger; orders above are senseless */
	guint max_buddy_order;
} AnzPageFormat;

#endif
