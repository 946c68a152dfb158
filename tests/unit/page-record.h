/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Struct pages made by hand: the page formats of five stages of the kernel as literals, and one
 * record (with what a head keeps in the record behind it) written in either byte order.
 */
#ifndef TESTS_PAGE_RECORD_H
#define TESTS_PAGE_RECORD_H

#include "kernel/page-format.h"

/* How this stage of the kernel says what a page is (kernel-facts: page_type, compound pages). */
typedef enum {
	STAGE_LOW,		/* 6.1: low inverted bits, PG_slab, order and dtor in page[1] */
	STAGE_LOW_FLAG,		/* 6.7: low bits, PG_slab, PG_hugetlb in folio._flags_1 */
	STAGE_LOW_SLAB,		/* 6.10: low bits, hugetlb and slab among them */
	STAGE_HIGH,		/* 6.11: high inverted bits */
	STAGE_BYTE,		/* 6.12: the top byte */
	STAGE_MASK,		/* 7.1: the top byte, masks in tails */
	NR_STAGES
} Stage;

/* Bits of page.flags in the tests; no kernel has just these. */
#define F_LOCKED	(1ull << 0)
#define F_WRITEBACK	(1ull << 1)
#define F_DIRTY		(1ull << 4)
#define F_LRU		(1ull << 5)
#define F_HEAD		(1ull << 6)
#define F_ACTIVE	(1ull << 8)
#define F_SLAB		(1ull << 9)
#define F_SWAPCACHE	(1ull << 10)
#define F_RESERVED	(1ull << 13)
#define F_SWAPBACKED	(1ull << 17)
#define F_UNEVICTABLE	(1ull << 18)
#define F_MLOCKED	(1ull << 19)
#define F_HWPOISON	(1ull << 20)
#define F_HUGETLB	(1ull << 21)	/* of the second page, STAGE_LOW_FLAG */
#define F_ZONE(zone)	((guint64)(zone) << 51)
#define F_NODE(node)	((guint64)(node) << 54)

#define TEST_DEVICE_ZONE 4
#define TEST_STRIDE 64
#define TEST_ZSMALLOC 0xffffffff81234560ull
#define TEST_PP 0xdead000000000040ull
#define TEST_POINTER 0xffff888001234560ull
#define TEST_VMEMMAP 0xffffea0000000000ull
#define NO_TYPE 0xffffffffu

typedef struct {
	guint64 flags;
	guint64 word8;		/* lru.next, compound_head, pp_magic */
	guint64 word16;		/* lru.prev */
	guint64 mapping;
	guint64 private_word;
	guint32 type;		/* _mapcount or page_type */
	gint32 refcount;
	/* What a head keeps in the second record; such a record's own fields are gone. */
	gboolean has_second;
	guint8 order;
	guint8 dtor;
	guint64 second_flags;
	guint64 second_word8;
	gint32 whole_maps;	/* how often mapped as a whole; stored minus one */
} TestPage;

AnzPageFormat test_format(Stage stage, gboolean big_endian);

/** Writes @page (and its second record, if it has one) at @at. */
void test_page_write(const AnzPageFormat *format, const TestPage *page, guint8 *at);

void test_put32(guint8 *at, guint32 value, gboolean big);
void test_put64(guint8 *at, guint64 value, gboolean big);

#endif
