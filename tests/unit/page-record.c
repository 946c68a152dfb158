/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See page-record.h. */
#include <string.h>

#include "page-record.h"

void test_put32(guint8 *at, guint32 value, gboolean big)
{
	value = big ? GUINT32_TO_BE(value) : GUINT32_TO_LE(value);
	memcpy(at, &value, sizeof(value));
}

void test_put64(guint8 *at, guint64 value, gboolean big)
{
	value = big ? GUINT64_TO_BE(value) : GUINT64_TO_LE(value);
	memcpy(at, &value, sizeof(value));
}

typedef struct {
	const char *name;
	guint8 page_class;
	guint32 low, high, byte;	/* 0: no such type at that stage */
} NamedType;

static const NamedType named_types[] = {
	{ "buddy", ANZ_CLASS_FREE, 0x80, 0x40000000, 0xf0 },
	{ "offline", ANZ_CLASS_OFFLINE, 0x100, 0x20000000, 0xf1 },
	{ "table", ANZ_CLASS_PAGE_TABLE, 0x200, 0x10000000, 0xf2 },
	{ "guard", ANZ_CLASS_GUARD, 0x400, 0x08000000, 0xf3 },
	{ "hugetlb", ANZ_CLASS_HUGETLB, 0x800, 0x04000000, 0xf4 },
	{ "slab", ANZ_CLASS_SLAB, 0x1000, 0x02000000, 0xf5 },
	{ "zsmalloc", ANZ_CLASS_ZSMALLOC, 0, 0x01000000, 0xf6 },
	{ "unaccepted", ANZ_CLASS_UNACCEPTED, 0, 0, 0xf7 },
	{ "large_kmalloc", ANZ_CLASS_LARGE_KMALLOC, 0, 0, 0xf8 },
};

static void add_types(AnzPageFormat *f, Stage stage)
{
	for (guint i = 0; i < G_N_ELEMENTS(named_types); i++) {
		const NamedType *from = &named_types[i];
		AnzPageTypeRule *to = &f->types[f->nr_types];

		*to = (AnzPageTypeRule){ .page_class = from->page_class,
					 .is_buddy = from->page_class == ANZ_CLASS_FREE,
					 .has_order = from->page_class == ANZ_CLASS_FREE ||
						      from->page_class == ANZ_CLASS_GUARD };
		g_strlcpy(to->name, from->name, sizeof(to->name));
		if (stage >= STAGE_BYTE) {
			to->mask = 0xff000000;
			to->value = from->byte << 24;
		} else if (stage == STAGE_HIGH) {
			if (!from->high)
				continue;
			to->mask = 0x80000000 | from->high;
			to->value = 0x80000000;
		} else {
			if (!from->low || (stage != STAGE_LOW_SLAB && from->low > 0x400))
				continue;
			to->mask = 0xf0000000 | from->low;
			to->value = 0xf0000000;
		}
		f->nr_types++;
	}
	f->type_below = stage >= STAGE_BYTE ? (gint32)0xff000000 :
			stage == STAGE_HIGH ? (gint32)0xffff0000 : -128;
}

AnzPageFormat test_format(Stage stage, gboolean big_endian)
{
	AnzPageFormat f = {
		.stride = TEST_STRIDE, .big_endian = big_endian,
		.flags = 0, .head = 8, .list = 8, .pp_magic = 8, .mapping = 24, .index = 32,
		.private_word = 40, .page_type = 48, .refcount = 52,
		.f_head = F_HEAD, .f_reserved = F_RESERVED, .f_hwpoison = F_HWPOISON,
		.f_swapcache = F_SWAPCACHE, .f_swapbacked = F_SWAPBACKED, .f_lru = F_LRU,
		.f_active = F_ACTIVE, .f_unevictable = F_UNEVICTABLE, .f_mlocked = F_MLOCKED,
		.f_dirty = F_DIRTY, .f_writeback = F_WRITEBACK, .f_locked = F_LOCKED,
		.flags_plane_mask = (1 << 25) - 1,
		.node_shift = 54, .node_bits = 10, .zone_shift = 51, .zone_bits = 3,
		.device_zone = TEST_DEVICE_ZONE,
		.zsmalloc_mops = TEST_ZSMALLOC, .pp_signature = TEST_PP,
		.tail = stage == STAGE_MASK ? ANZ_TAIL_POINTER_OR_MASK : ANZ_TAIL_POINTER,
		.order_offset = TEST_STRIDE + (big_endian ? 7 : 0),
		.hugetlb_dtor_offset = ANZ_ABSENT_OFFSET,
		.hugetlb_flag_offset = ANZ_ABSENT_OFFSET,
		.entire_mapcount_offset = TEST_STRIDE + 20,
		.large_mapcount_offset = ANZ_ABSENT_OFFSET,
		.nr_pages_mapped_offset = ANZ_ABSENT_OFFSET,
		.max_order = 22, .max_buddy_order = 10,
	};

	if (stage == STAGE_LOW || stage == STAGE_LOW_FLAG)
		f.f_slab = F_SLAB;
	if (stage == STAGE_LOW) {
		f.order_offset = TEST_STRIDE + 17;
		f.hugetlb_dtor_offset = TEST_STRIDE + 16;
		f.hugetlb_dtor = 2;
	} else if (stage == STAGE_LOW_FLAG) {
		f.hugetlb_flag_offset = TEST_STRIDE;
		f.hugetlb_flag = F_HUGETLB;
	}
	add_types(&f, stage);
	return f;
}

void test_page_write(const AnzPageFormat *f, const TestPage *page, guint8 *at)
{
	gboolean big = f->big_endian;

	memset(at, 0, f->stride);
	test_put64(at + f->flags, page->flags, big);
	test_put64(at + f->list, page->word8, big);
	test_put64(at + f->list + 8, page->word16, big);
	test_put64(at + f->mapping, page->mapping, big);
	test_put64(at + f->private_word, page->private_word, big);
	test_put32(at + f->page_type, page->type, big);
	test_put32(at + f->refcount, page->refcount, big);
	if (!page->has_second)
		return;
	memset(at + f->stride, 0, f->stride);
	test_put64(at + f->stride + f->flags, page->second_flags, big);
	test_put64(at + f->stride + f->head, page->second_word8, big);
	test_put32(at + f->stride + f->page_type, NO_TYPE, big);
	test_put32(at + f->entire_mapcount_offset, page->whole_maps - 1, big);
	if (f->hugetlb_dtor_offset != ANZ_ABSENT_OFFSET)
		at[f->hugetlb_dtor_offset] = page->dtor;
	at[f->order_offset] = page->order;
}
