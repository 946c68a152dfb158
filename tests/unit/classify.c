/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * pages/classify.c: one literal record for every rule and for every two rules that meet on one
 * page; and what a head and its tails say of one another.  classify-random.c has the reference.
 */
#include <string.h>

#include "classify-batch.h"

typedef struct {
	const char *what;
	Stage stage;
	TestPage page;
	guint8 page_class;
	guint16 attr;
	guint8 order;
} Case;

#define STATE_FLAGS (F_LOCKED | F_WRITEBACK | F_DIRTY | F_LRU | F_ACTIVE | F_UNEVICTABLE | \
		     F_MLOCKED)
#define STATE_ATTRS (ANZ_ATTR_LOCKED | ANZ_ATTR_WRITEBACK | ANZ_ATTR_DIRTY | ANZ_ATTR_LRU | \
		     ANZ_ATTR_ACTIVE | ANZ_ATTR_UNEVICTABLE | ANZ_ATTR_MLOCKED)
#define HEAD_OF(...) HEAD_WITH(BATCH_ADDRESS | 1, __VA_ARGS__)
/* @word: in the first tail */
#define HEAD_WITH(word, ...) .has_second = TRUE, .second_word8 = (word), __VA_ARGS__

/* Pages without a type: NO_TYPE or a mapcount in the word. */
static const Case untyped[] = {
	{ "nothing", STAGE_BYTE, { .type = NO_TYPE }, ANZ_CLASS_KERNEL_OTHER },
	{ "nothing, mapped", STAGE_BYTE, { .type = 0 }, ANZ_CLASS_KERNEL_OTHER, ANZ_ATTR_MAPPED },
	{ "reserved", STAGE_BYTE, { .flags = F_RESERVED, .type = NO_TYPE }, ANZ_CLASS_RESERVED,
	  ANZ_ATTR_RESERVED },
	{ "file", STAGE_BYTE, { .mapping = TEST_POINTER, .type = NO_TYPE }, ANZ_CLASS_FILE },
	{ "file, mapped three times", STAGE_BYTE, { .mapping = TEST_POINTER, .type = 2 },
	  ANZ_CLASS_FILE, ANZ_ATTR_MAPPED },
	{ "every state", STAGE_BYTE,
	  { .flags = STATE_FLAGS, .mapping = TEST_POINTER, .type = NO_TYPE }, ANZ_CLASS_FILE,
	  STATE_ATTRS },
	{ "shmem", STAGE_BYTE,
	  { .flags = F_SWAPBACKED, .mapping = TEST_POINTER, .type = NO_TYPE }, ANZ_CLASS_SHMEM },
	{ "shmem whose flag says swap cache: another meaning of the bit", STAGE_BYTE,
	  { .flags = SWAP, .mapping = TEST_POINTER, .type = NO_TYPE }, ANZ_CLASS_SHMEM },
	{ "anon", STAGE_BYTE, { .flags = F_SWAPBACKED, .mapping = ANON, .type = 0 }, ANZ_CLASS_ANON,
	  ANZ_ATTR_MAPPED },
	{ "anon, swapbacked or not", STAGE_BYTE, { .mapping = ANON, .type = NO_TYPE },
	  ANZ_CLASS_ANON },
	{ "swap cache of an anonymous page", STAGE_BYTE,
	  { .flags = SWAP, .mapping = ANON, .type = NO_TYPE }, ANZ_CLASS_SWAP_CACHE },
	{ "swap cache with no mapping left", STAGE_BYTE, { .flags = SWAP, .type = NO_TYPE },
	  ANZ_CLASS_SWAP_CACHE },
	{ "the swap cache bit of a page that is not swapbacked", STAGE_BYTE,
	  { .flags = F_SWAPCACHE, .mapping = ANON, .type = NO_TYPE }, ANZ_CLASS_ANON },
	{ "ksm", STAGE_BYTE, { .mapping = KSM, .type = 4 }, ANZ_CLASS_KSM, ANZ_ATTR_MAPPED },
	{ "ksm in the swap cache", STAGE_BYTE, { .flags = SWAP, .mapping = KSM, .type = NO_TYPE },
	  ANZ_CLASS_KSM },
	{ "movable_ops", STAGE_LOW, { .flags = F_LOCKED, .mapping = TEST_POINTER | 2, .type = 7 },
	  ANZ_CLASS_MOVABLE },
	{ "movable_ops of zsmalloc", STAGE_LOW,
	  { .mapping = TEST_ZSMALLOC | 2, .type = NO_TYPE }, ANZ_CLASS_ZSMALLOC },
	{ "zsmalloc's operations as a mapping of another kind", STAGE_LOW,
	  { .mapping = TEST_ZSMALLOC, .type = NO_TYPE }, ANZ_CLASS_FILE },
	{ "page pool", STAGE_BYTE, { .word8 = TEST_PP, .type = NO_TYPE }, ANZ_CLASS_NET_POOL },
	{ "page pool, with low bits in the signature's word", STAGE_LOW,
	  { .word8 = TEST_PP | 2, .type = NO_TYPE }, ANZ_CLASS_NET_POOL },
	{ "page pool, with a DMA index in that word", STAGE_MASK,
	  { .word8 = TEST_PP | 0x12345ull << 7, .type = NO_TYPE }, ANZ_CLASS_NET_POOL },
	{ "no page pool: a poisoned list", STAGE_BYTE,
	  { .word8 = 0xdead000000000100ull, .word16 = 0xdead000000000122ull, .type = NO_TYPE },
	  ANZ_CLASS_KERNEL_OTHER },
	{ "device", STAGE_BYTE, { .flags = F_ZONE(TEST_DEVICE_ZONE) | F_NODE(3), .type = NO_TYPE },
	  ANZ_CLASS_DEVICE },
	{ "zone 5, which pages in no zone carry", STAGE_BYTE,
	  { .flags = F_ZONE(5) | F_RESERVED, .type = NO_TYPE }, ANZ_CLASS_RESERVED,
	  ANZ_ATTR_RESERVED },
	{ "poisoned file page", STAGE_BYTE,
	  { .flags = F_HWPOISON, .mapping = TEST_POINTER, .type = NO_TYPE }, ANZ_CLASS_FILE,
	  ANZ_ATTR_HWPOISON },
	{ "reserved page with a mapping", STAGE_BYTE,
	  { .flags = F_RESERVED, .mapping = TEST_POINTER, .type = NO_TYPE }, ANZ_CLASS_FILE,
	  ANZ_ATTR_RESERVED },
	{ "reserved anonymous page", STAGE_BYTE,
	  { .flags = F_RESERVED, .mapping = ANON, .type = NO_TYPE }, ANZ_CLASS_ANON,
	  ANZ_ATTR_RESERVED },
	{ "device page with an anonymous mapping", STAGE_BYTE,
	  { .flags = F_ZONE(TEST_DEVICE_ZONE), .mapping = ANON, .type = 0 }, ANZ_CLASS_DEVICE,
	  ANZ_ATTR_MAPPED },
	{ "page pool in a driver that maps its pages", STAGE_BYTE,
	  { .word8 = TEST_PP, .mapping = TEST_POINTER, .type = 0 }, ANZ_CLASS_NET_POOL },
	{ "a small negative mapcount is no type", STAGE_BYTE, { .mapping = ANON, .type = -2 },
	  ANZ_CLASS_ANON },
	{ "nor is the reserve of the old scheme", STAGE_LOW, { .mapping = ANON, .type = -128 },
	  ANZ_CLASS_ANON },
	{ "nor that of 6.11", STAGE_HIGH, { .mapping = ANON, .type = 0xffff0000 },
	  ANZ_CLASS_ANON },
};

/* Typed pages.  Flags that a type makes its own are not shown as states. */
static const Case typed[] = {
	{ "low: buddy", STAGE_LOW, { .type = 0xffffff7f, .private_word = 9 }, ANZ_CLASS_FREE,
	  ANZ_ATTR_HEAD, 9 },
	{ "low: offline", STAGE_LOW, { .type = 0xfffffeff }, ANZ_CLASS_OFFLINE },
	{ "low: table", STAGE_LOW, { .type = 0xfffffdff }, ANZ_CLASS_PAGE_TABLE },
	{ "low: guard", STAGE_LOW, { .type = 0xfffffbff, .private_word = 3 }, ANZ_CLASS_GUARD,
	  ANZ_ATTR_HEAD, 3 },
	{ "low: hugetlb is not there yet", STAGE_LOW, { .type = 0xfffff7ff },
	  ANZ_CLASS_UNKNOWN_TYPE },
	{ "low: slab flag", STAGE_LOW, { .flags = F_SLAB, .type = NO_TYPE }, ANZ_CLASS_SLAB },
	{ "low: slab flag, its words in use", STAGE_LOW,
	  { .flags = F_SLAB | F_ACTIVE, .mapping = TEST_POINTER | 1, .type = 0x80100010 },
	  ANZ_CLASS_SLAB },
	{ "low: slab flag and a type", STAGE_LOW, { .flags = F_SLAB, .type = 0xfffffdff },
	  ANZ_CLASS_SLAB },
	{ "6.10: hugetlb", STAGE_LOW_SLAB, { .type = 0xfffff7ff }, ANZ_CLASS_HUGETLB },
	{ "6.10: slab", STAGE_LOW_SLAB, { .type = 0xffffefff }, ANZ_CLASS_SLAB },
	{ "6.10: the old slab flag means nothing", STAGE_LOW_SLAB,
	  { .flags = F_SLAB, .type = NO_TYPE }, ANZ_CLASS_KERNEL_OTHER },
	{ "6.11: buddy", STAGE_HIGH, { .type = 0xbfffffff, .private_word = 10 }, ANZ_CLASS_FREE,
	  ANZ_ATTR_HEAD, 10 },
	{ "6.11: offline", STAGE_HIGH, { .type = 0xdfffffff }, ANZ_CLASS_OFFLINE },
	{ "6.11: table", STAGE_HIGH, { .type = 0xefffffff }, ANZ_CLASS_PAGE_TABLE },
	{ "6.11: guard, a byte that means unaccepted in 6.12", STAGE_HIGH, { .type = 0xf7ffffff },
	  ANZ_CLASS_GUARD, ANZ_ATTR_HEAD },
	{ "6.11: hugetlb", STAGE_HIGH, { .type = 0xfbffffff }, ANZ_CLASS_HUGETLB },
	{ "6.11: slab", STAGE_HIGH, { .type = 0xfdffffff }, ANZ_CLASS_SLAB },
	{ "6.11: zsmalloc, its low half in use", STAGE_HIGH, { .type = 0xfeff0123 },
	  ANZ_CLASS_ZSMALLOC },
	{ "6.12: buddy", STAGE_BYTE, { .type = 0xf0000000 }, ANZ_CLASS_FREE, ANZ_ATTR_HEAD, 0 },
	{ "6.12: offline", STAGE_BYTE, { .type = 0xf1000000 }, ANZ_CLASS_OFFLINE },
	{ "6.12: table", STAGE_BYTE, { .type = 0xf2000000 }, ANZ_CLASS_PAGE_TABLE },
	{ "6.12: guard", STAGE_BYTE, { .type = 0xf3000000, .private_word = 1 }, ANZ_CLASS_GUARD,
	  ANZ_ATTR_HEAD, 1 },
	{ "6.12: hugetlb", STAGE_BYTE, { .type = 0xf4000000 }, ANZ_CLASS_HUGETLB },
	{ "6.12: hugetlb keeps its states", STAGE_BYTE,
	  { .flags = F_DIRTY | F_LOCKED, .type = 0xf4000000 }, ANZ_CLASS_HUGETLB,
	  ANZ_ATTR_DIRTY | ANZ_ATTR_LOCKED },
	{ "6.12: slab", STAGE_BYTE, { .type = 0xf5000000 }, ANZ_CLASS_SLAB },
	{ "6.12: slab, whose flags mean other things", STAGE_BYTE,
	  { .flags = STATE_FLAGS, .mapping = 5, .type = 0xf5000000 }, ANZ_CLASS_SLAB },
	{ "6.12: zsmalloc with an offset in the low bits", STAGE_BYTE, { .type = 0xf6000abc },
	  ANZ_CLASS_ZSMALLOC },
	{ "6.12: unaccepted", STAGE_BYTE, { .type = 0xf7000000 }, ANZ_CLASS_UNACCEPTED,
	  ANZ_ATTR_HEAD, 10 },
	{ "6.15: large kmalloc", STAGE_BYTE, { .type = 0xf8000000 }, ANZ_CLASS_LARGE_KMALLOC },
	{ "6.12: a type nobody assigned", STAGE_BYTE, { .type = 0xf9000000 },
	  ANZ_CLASS_UNKNOWN_TYPE },
	{ "6.12: an overflowed mapcount", STAGE_BYTE, { .type = 0x80000001, .mapping = ANON },
	  ANZ_CLASS_UNKNOWN_TYPE },
	{ "6.12: mapcount underflow is no type", STAGE_BYTE, { .type = 0xff000000 },
	  ANZ_CLASS_KERNEL_OTHER },
	{ "type over reserved", STAGE_BYTE, { .flags = F_RESERVED, .type = 0xf2000000 },
	  ANZ_CLASS_PAGE_TABLE, ANZ_ATTR_RESERVED },
	{ "type over mapping", STAGE_BYTE, { .flags = SWAP, .mapping = KSM, .type = 0xf2000000 },
	  ANZ_CLASS_PAGE_TABLE },
	{ "type over a page pool's signature", STAGE_BYTE, { .word8 = TEST_PP, .type = 0xf5000000 },
	  ANZ_CLASS_SLAB },
	{ "slab flag over a page pool's signature", STAGE_LOW,
	  { .flags = F_SLAB, .word8 = TEST_PP, .type = NO_TYPE }, ANZ_CLASS_SLAB },
	{ "device over type", STAGE_BYTE,
	  { .flags = F_ZONE(TEST_DEVICE_ZONE), .type = 0xf2000000 }, ANZ_CLASS_DEVICE },
	{ "offline over device", STAGE_BYTE,
	  { .flags = F_ZONE(TEST_DEVICE_ZONE), .type = 0xf1000000 }, ANZ_CLASS_OFFLINE },
	{ "guard over device", STAGE_BYTE,
	  { .flags = F_ZONE(TEST_DEVICE_ZONE), .type = 0xf3000000 }, ANZ_CLASS_GUARD,
	  ANZ_ATTR_HEAD },
	{ "poisoned free page", STAGE_BYTE, { .flags = F_HWPOISON, .type = 0xf0000000 },
	  ANZ_CLASS_FREE, ANZ_ATTR_HEAD | ANZ_ATTR_HWPOISON },
	{ "free block, reported to the host", STAGE_BYTE,
	  { .flags = F_LRU, .type = 0xf0000000, .private_word = 4 }, ANZ_CLASS_FREE, ANZ_ATTR_HEAD,
	  4 },
	{ "free block of a senseless order", STAGE_BYTE,
	  { .type = 0xf0000000, .private_word = 11 }, ANZ_CLASS_FREE, ANZ_ATTR_HEAD, 0 },
	{ "guard block of a senseless order", STAGE_BYTE,
	  { .type = 0xf3000000, .private_word = 1ull << 40 }, ANZ_CLASS_GUARD, ANZ_ATTR_HEAD, 0 },
};

/* Heads: order and hugetlb marks stand in the second record. */
static const Case heads[] = {
	{ "kernel pages", STAGE_BYTE, { .flags = F_HEAD, .type = NO_TYPE, HEAD_OF(.order = 2) },
	  ANZ_CLASS_KERNEL_OTHER, ANZ_ATTR_HEAD, 2 },
	{ "large folio of a file", STAGE_BYTE,
	  { .flags = F_HEAD | F_DIRTY, .mapping = TEST_POINTER, .type = NO_TYPE,
	    HEAD_OF(.order = 4) }, ANZ_CLASS_FILE, ANZ_ATTR_HEAD | ANZ_ATTR_DIRTY, 4 },
	{ "large folio, only its first page mapped", STAGE_BYTE,
	  { .flags = F_HEAD, .mapping = ANON, .type = 0, HEAD_OF(.order = 9) }, ANZ_CLASS_ANON,
	  ANZ_ATTR_HEAD | ANZ_ATTR_MAPPED, 9 },
	{ "large folio mapped as a whole", STAGE_BYTE,
	  { .flags = F_HEAD, .mapping = ANON, .type = NO_TYPE,
	    HEAD_OF(.order = 9, .whole_maps = 1) }, ANZ_CLASS_ANON,
	  ANZ_ATTR_HEAD | ANZ_ATTR_MAPPED | ANZ_ATTR_WHOLE_MAPPED, 9 },
	{ "large folio poisoned in its head", STAGE_BYTE,
	  { .flags = F_HEAD | F_HWPOISON, .mapping = ANON, .type = NO_TYPE, HEAD_OF(.order = 9) },
	  ANZ_CLASS_ANON, ANZ_ATTR_HEAD | ANZ_ATTR_HWPOISON, 9 },
	{ "slab flag: its whole mapcount means nothing", STAGE_LOW,
	  { .flags = F_HEAD | F_SLAB, .type = NO_TYPE, HEAD_OF(.order = 3, .whole_maps = 1) },
	  ANZ_CLASS_SLAB, ANZ_ATTR_HEAD, 3 },
	{ "slab type", STAGE_BYTE, { .flags = F_HEAD, .type = 0xf5000000, HEAD_OF(.order = 3) },
	  ANZ_CLASS_SLAB, ANZ_ATTR_HEAD, 3 },
	{ "unknown type", STAGE_BYTE, { .flags = F_HEAD, .type = 0xf9000000, HEAD_OF(.order = 1) },
	  ANZ_CLASS_UNKNOWN_TYPE, ANZ_ATTR_HEAD, 1 },
	{ "6.1: hugetlb by destructor", STAGE_LOW,
	  { .flags = F_HEAD, .type = NO_TYPE, HEAD_OF(.order = 9, .dtor = 2) }, ANZ_CLASS_HUGETLB,
	  ANZ_ATTR_HEAD, 9 },
	{ "6.1: another destructor", STAGE_LOW,
	  { .flags = F_HEAD, .type = NO_TYPE, HEAD_OF(.order = 9, .dtor = 1) },
	  ANZ_CLASS_KERNEL_OTHER, ANZ_ATTR_HEAD, 9 },
	{ "6.1: a mapped hugetlb page has a mapping as well", STAGE_LOW,
	  { .flags = F_HEAD, .mapping = ANON, .type = NO_TYPE,
	    HEAD_OF(.order = 9, .dtor = 2, .whole_maps = 2) }, ANZ_CLASS_HUGETLB,
	  ANZ_ATTR_HEAD | ANZ_ATTR_MAPPED | ANZ_ATTR_WHOLE_MAPPED, 9 },
	{ "6.1: a slab is never a hugetlb page", STAGE_LOW,
	  { .flags = F_HEAD | F_SLAB, .type = NO_TYPE, HEAD_OF(.order = 3, .dtor = 2) },
	  ANZ_CLASS_SLAB, ANZ_ATTR_HEAD, 3 },
	{ "6.7: hugetlb by flag", STAGE_LOW_FLAG,
	  { .flags = F_HEAD, .type = NO_TYPE, HEAD_OF(.order = 9, .second_flags = F_HUGETLB) },
	  ANZ_CLASS_HUGETLB, ANZ_ATTR_HEAD, 9 },
	{ "6.7: that bit of the first page means nothing", STAGE_LOW_FLAG,
	  { .flags = F_HEAD | F_HUGETLB, .type = NO_TYPE, HEAD_OF(.order = 9) },
	  ANZ_CLASS_KERNEL_OTHER, ANZ_ATTR_HEAD, 9 },
	{ "6.10: hugetlb by type", STAGE_LOW_SLAB,
	  { .flags = F_HEAD, .type = 0xfffff7ff, HEAD_OF(.order = 9) }, ANZ_CLASS_HUGETLB,
	  ANZ_ATTR_HEAD, 9 },
	{ "6.12: hugetlb by type, gigantic, mapped", STAGE_BYTE,
	  { .flags = F_HEAD, .type = 0xf4000000, HEAD_OF(.order = 18, .whole_maps = 1) },
	  ANZ_CLASS_HUGETLB, ANZ_ATTR_HEAD | ANZ_ATTR_MAPPED | ANZ_ATTR_WHOLE_MAPPED, 18 },
	{ "order 0 behind a head", STAGE_BYTE,
	  { .flags = F_HEAD, .type = NO_TYPE, HEAD_OF(.order = 0) }, ANZ_CLASS_KERNEL_OTHER,
	  ANZ_ATTR_HEAD, 0 },
	{ "the largest order", STAGE_BYTE,
	  { .flags = F_HEAD, .type = 0xf4000000, HEAD_OF(.order = 22) }, ANZ_CLASS_HUGETLB,
	  ANZ_ATTR_HEAD, 22 },
	{ "order beyond any page", STAGE_BYTE,
	  { .flags = F_HEAD, .type = NO_TYPE, HEAD_OF(.order = 23) }, ANZ_CLASS_KERNEL_OTHER,
	  ANZ_ATTR_HEAD, 0 },
	{ "7.1: head, masks in its tails", STAGE_MASK,
	  { .flags = F_HEAD, .type = NO_TYPE,
	    HEAD_WITH((~0ull << (4 + 6)) | 1, .order = 4) }, ANZ_CLASS_KERNEL_OTHER,
	  ANZ_ATTR_HEAD, 4 },
	{ "a head whose first tail leads nowhere is one all the same", STAGE_BYTE,
	  { .flags = F_HEAD, .type = NO_TYPE, HEAD_WITH(0, .order = 4) },
	  ANZ_CLASS_KERNEL_OTHER, ANZ_ATTR_HEAD, 4 },
};

static void test_cases(gconstpointer data)
{
	const Case *c = data;

	for (int big = 0; big <= 1; big++) {
		AnzPageFormat format = test_format(c->stage, big);
		guint8 records[4 * TEST_STRIDE];
		g_autoptr(TestBatch) r = NULL;
		TestPage quiet = { .type = NO_TYPE }, page = c->page;

		page.refcount = 3;
		for (guint i = 1; i < 4; i++)
			test_page_write(&format, &quiet, records + i * TEST_STRIDE);
		test_page_write(&format, &page, records);
		r = test_batch_run(&format, records, 4);
		g_assert_cmpuint(r->page_class[0], ==, c->page_class);
		g_assert_cmphex(r->attr[0], ==, c->attr);
		g_assert_cmpuint(r->order[0], ==, c->order);
		g_assert_cmpint(r->refcount[0], ==, 3);
		g_assert_cmphex(r->flags[0], ==, page.flags & ((1 << 25) - 1));
		g_assert_cmpuint(r->zone_key[0], ==, page.flags >> 51);
		g_assert_cmpint(r->mapcount[0], ==, (gint32)page.type < 0 ? 0 :
				(gint64)page.type + 1);
		g_assert_cmpuint(r->page_class[3], ==, ANZ_CLASS_KERNEL_OTHER);
	}
}

static TestBatch *run_two(Stage stage, gboolean big, TestPage first, TestPage second)
{
	AnzPageFormat format = test_format(stage, big);
	guint8 records[2 * TEST_STRIDE];

	test_page_write(&format, &first, records);
	test_page_write(&format, &second, records + TEST_STRIDE);
	return test_batch_run(&format, records, 2);
}

static void test_buddy_links(void)
{
	TestPage page = { .type = 0xf0000000, .private_word = 1, .word8 = 0xffffea0000001008,
			  .word16 = 0xffff888000002000 };

	for (int big = 0; big <= 1; big++) {
		g_autoptr(TestBatch) r = run_two(STAGE_BYTE, big, page,
						 (TestPage){ .type = NO_TYPE });
		const AnzBuddyRecord *buddy;

		g_assert_cmpuint(r->buddies->len, ==, 1);
		buddy = &g_array_index(r->buddies, AnzBuddyRecord, 0);
		g_assert_cmphex(buddy->pfn, ==, BATCH_PFN);
		g_assert_cmphex(buddy->next, ==, 0xffffea0000001008);
		g_assert_cmphex(buddy->prev, ==, 0xffff888000002000);
	}
}

/* The first of a kind; there must be one. */
static const AnzSuspect *first_of(const TestBatch *r, AnzSuspectKind kind)
{
	for (guint i = 0; i < r->suspects->len; i++)
		if (g_array_index(r->suspects, AnzSuspect, i).kind == kind)
			return &g_array_index(r->suspects, AnzSuspect, i);
	g_assert_not_reached();
}

static void test_bad_orders(void)
{
	TestPage odd = { .type = 0xf0000000, .private_word = 1 };
	TestPage huge = { .type = 0xf3000000, .private_word = 11 };
	TestPage head = { .flags = F_HEAD, .type = NO_TYPE };
	g_autoptr(TestBatch) r = run_two(STAGE_BYTE, FALSE, huge, odd);
	g_autoptr(TestBatch) compound = run_two(STAGE_BYTE, FALSE, head,
						(TestPage){ .type = NO_TYPE });

	/* The second frame is odd: no block of order 1 begins there; it is on record even so. */
	g_assert_cmpuint(r->stats.suspects[ANZ_SUSPECT_BLOCK_ORDER], ==, 2);
	g_assert_cmpuint(r->order[1], ==, 0);
	g_assert_cmpuint(r->buddies->len, ==, 1);
	g_assert_cmphex(g_array_index(r->buddies, AnzBuddyRecord, 0).pfn, ==, BATCH_PFN + 1);
	g_assert_cmpuint(compound->stats.suspects[ANZ_SUSPECT_ORDER], ==, 1);
}

static void test_unknown_types(void)
{
	g_autoptr(TestBatch) r = run_two(STAGE_BYTE, FALSE, (TestPage){ .type = 0xf9abcdef },
				      (TestPage){ .type = 0xfa000000 });

	g_assert_cmpuint(r->stats.suspects[ANZ_SUSPECT_TYPE], ==, 2);
	g_assert_cmphex(first_of(r, ANZ_SUSPECT_TYPE)->seen, ==, 0xf9abcdef);
}

/* Only what really stays kernel-other counts: typed pages keep anything in that word. */
static void test_odd_mapping(void)
{
	g_autoptr(TestBatch) other = run_two(STAGE_BYTE, FALSE,
					  (TestPage){ .type = NO_TYPE, .mapping = 0x1000 },
					  (TestPage){ .type = 0xf5000000, .mapping = 4 });
	g_autoptr(TestBatch) slab = run_two(STAGE_LOW, FALSE,
					 (TestPage){ .flags = F_SLAB, .type = NO_TYPE,
						     .mapping = 8 },
					 (TestPage){ .type = NO_TYPE, .mapping = TEST_POINTER });
	g_autoptr(TestBatch) none = run_two(STAGE_BYTE, FALSE, (TestPage){ .type = NO_TYPE },
					    (TestPage){ .type = NO_TYPE, .mapping = 2 });

	g_assert_cmpuint(other->stats.odd_mapping, ==, 1);
	g_assert_cmpuint(other->page_class[0], ==, ANZ_CLASS_KERNEL_OTHER);
	g_assert_cmpuint(slab->stats.odd_mapping, ==, 0);
	g_assert_cmpuint(none->stats.odd_mapping, ==, 0);
}

/* A compound page of four, with @words in its tails. */
static TestBatch *run_compound(Stage stage, gboolean big, const guint64 *words)
{
	AnzPageFormat format = test_format(stage, big);
	guint8 records[4 * TEST_STRIDE];
	TestPage head = { .flags = F_HEAD, .type = NO_TYPE, .mapping = ANON, .has_second = TRUE,
			  .order = 2, .second_word8 = words[0] };

	for (guint i = 1; i < 4; i++)
		test_page_write(&format, &(TestPage){ .type = i == 2 ? 0 : NO_TYPE,
						      .flags = i == 3 ? F_HWPOISON : 0,
						      .word8 = words[i - 1] },
				records + i * TEST_STRIDE);
	test_page_write(&format, &head, records);
	return test_batch_run(&format, records, 4);
}

/* No mappings of single pages are counted (6.15 on, an option): the folio is mapped as a whole. */
static void test_no_page_mapcount(void)
{
	static const struct {
		gint32 large, nr_pages_mapped;
		gboolean mapped;
	} cases[] = { { 3, 0, TRUE }, { 0, 0, TRUE }, { -1, 0, FALSE }, { 3, 4, FALSE } };

	for (guint i = 0; i < 2 * G_N_ELEMENTS(cases); i++) {
		const gboolean big = i & 1;
		TestPage head = { .flags = F_HEAD | F_SWAPBACKED, .mapping = ANON, .type = NO_TYPE,
				  HEAD_OF(.order = 1) };
		AnzPageFormat format = test_format(STAGE_BYTE, big);
		guint8 records[2 * TEST_STRIDE];
		g_autoptr(TestBatch) r = NULL;

		format.large_mapcount_offset = TEST_STRIDE + 16;
		format.nr_pages_mapped_offset = TEST_STRIDE + 24;
		test_page_write(&format, &head, records);
		test_put32(records + TEST_STRIDE + 16, cases[i / 2].large, big);
		test_put32(records + TEST_STRIDE + 24, cases[i / 2].nr_pages_mapped, big);
		r = test_batch_run(&format, records, 2);
		g_assert_cmpuint(r->page_class[0], ==, ANZ_CLASS_ANON);
		g_assert_cmphex(r->attr[0], ==, ANZ_ATTR_HEAD | (cases[i / 2].mapped ?
				ANZ_ATTR_MAPPED | ANZ_ATTR_WHOLE_MAPPED : 0));
	}
}

static void test_tails(void)
{
	const guint64 pointer = BATCH_ADDRESS | 1, mask = (~0ull << (2 + 6)) | 1;
	const guint64 pointers[] = { pointer, pointer, pointer };
	const guint64 masks[] = { mask, mask, mask };
	const guint64 mixed[] = { pointer, mask, pointer };
	const guint64 strays[] = { pointer, pointer + 2 * TEST_STRIDE, pointer };
	const struct {
		Stage stage;
		const guint64 *words;
		guint wrong;
	} cases[] = {
		{ STAGE_BYTE, pointers, 0 }, { STAGE_LOW, pointers, 0 }, { STAGE_MASK, masks, 0 },
		{ STAGE_MASK, pointers, 0 }, { STAGE_MASK, mixed, 0 }, { STAGE_BYTE, strays, 1 },
		{ STAGE_MASK, strays, 1 },
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		for (int big = 0; big <= 1; big++) {
			g_autoptr(TestBatch) r = run_compound(cases[i].stage, big, cases[i].words);

			g_assert_cmpuint(r->page_class[0], ==, ANZ_CLASS_ANON);
			g_assert_cmpuint(r->order[0], ==, 2);
			for (guint t = 1; t < 4; t++)
				g_assert_cmpuint(r->page_class[t], ==, ANZ_CODE_TAIL);
			/* A tail's own mapcount and poison are its own. */
			g_assert_cmphex(r->attr[1], ==, ANZ_ATTR_TAIL);
			g_assert_cmphex(r->attr[2], ==, ANZ_ATTR_TAIL | ANZ_ATTR_MAPPED);
			g_assert_cmpint(r->mapcount[2], ==, 1);
			g_assert_cmphex(r->attr[3], ==, ANZ_ATTR_TAIL | ANZ_ATTR_HWPOISON);
			g_assert_cmpuint(r->stats.suspects[ANZ_SUSPECT_TAIL_HEAD], ==, cases[i].wrong);
			if (cases[i].wrong)
				g_assert_cmphex(first_of(r, ANZ_SUSPECT_TAIL_HEAD)->pfn, ==, BATCH_PFN + 2);
			g_assert_cmpuint(r->stats.fake_heads, ==, 0);
		}
	}
}

/* The mask of another order leads to another head. */
static void test_wrong_mask(void)
{
	const guint64 small = (~0ull << (1 + 6)) | 1, mask = (~0ull << (2 + 6)) | 1;
	const guint64 words[] = { mask, mask, small };
	g_autoptr(TestBatch) r = run_compound(STAGE_MASK, FALSE, words);

	g_assert_cmpuint(r->stats.suspects[ANZ_SUSPECT_TAIL_HEAD], ==, 1);
	g_assert_cmphex(first_of(r, ANZ_SUSPECT_TAIL_HEAD)->pfn, ==, BATCH_PFN + 3);
}

/* Whatever a mask looks like, before 7.1 it is a pointer, and not to this head. */
static void test_mask_too_early(void)
{
	const guint64 mask = (~0ull << (2 + 6)) | 1;
	const guint64 words[] = { mask, mask, mask };
	g_autoptr(TestBatch) r = run_compound(STAGE_BYTE, FALSE, words);

	g_assert_cmpuint(r->stats.suspects[ANZ_SUSPECT_TAIL_HEAD], ==, 3);
	g_assert_cmphex(first_of(r, ANZ_SUSPECT_TAIL_HEAD)->pfn, ==, BATCH_PFN + 1);
}

/* A tail behind a page that is none cannot contradict a head before that. */
static void test_tail_after_gap(void)
{
	AnzPageFormat format = test_format(STAGE_BYTE, FALSE);
	guint8 records[4 * TEST_STRIDE];
	TestPage head = { .flags = F_HEAD, .type = NO_TYPE, HEAD_OF(.order = 1) };
	TestPage tail = { .type = NO_TYPE, .word8 = (BATCH_ADDRESS - 64 * TEST_STRIDE) | 1 };
	g_autoptr(TestBatch) r = NULL;

	test_page_write(&format, &head, records);
	test_page_write(&format, &(TestPage){ .type = NO_TYPE }, records + 2 * TEST_STRIDE);
	test_page_write(&format, &tail, records + 3 * TEST_STRIDE);
	r = test_batch_run(&format, records, 4);
	g_assert_cmpuint(r->page_class[3], ==, ANZ_CODE_TAIL);
	g_assert_cmpuint(r->stats.suspects[ANZ_SUSPECT_TAIL_HEAD], ==, 0);
}

/* A batch that begins in the middle of a compound page: the tails agree among themselves. */
static void test_tails_first(void)
{
	TestPage tail = { .type = NO_TYPE, .word8 = (BATCH_ADDRESS - 2 * TEST_STRIDE) | 1 };
	TestPage stray = { .type = NO_TYPE, .word8 = (BATCH_ADDRESS - 4 * TEST_STRIDE) | 1 };
	g_autoptr(TestBatch) r = run_two(STAGE_BYTE, FALSE, tail, tail);
	g_autoptr(TestBatch) disagree = run_two(STAGE_BYTE, FALSE, tail, stray);

	g_assert_cmpuint(r->page_class[0], ==, ANZ_CODE_TAIL);
	g_assert_cmpuint(r->page_class[1], ==, ANZ_CODE_TAIL);
	g_assert_cmpuint(r->stats.suspects[ANZ_SUSPECT_TAIL_HEAD], ==, 0);
	g_assert_cmpuint(disagree->stats.suspects[ANZ_SUSPECT_TAIL_HEAD], ==, 1);
}

/* A batch may be cut behind a head; what is not there is not read (run() would notice). */
static void test_head_last(void)
{
	TestPage head = { .flags = F_HEAD, .type = NO_TYPE, .mapping = TEST_POINTER };
	g_autoptr(TestBatch) r = run_two(STAGE_LOW, FALSE, (TestPage){ .type = NO_TYPE }, head);

	g_assert_cmpuint(r->page_class[1], ==, ANZ_CLASS_FILE);
	g_assert_cmpuint(r->order[1], ==, 0);
}

/*
 * Optimised hugetlb vmemmap before 7.1: behind the first 64 struct pages the same memory is mapped
 * again and again, so every 64th tail looks like the head.
 */
static void test_fake_heads(void)
{
	const guint nr = 512, shown = 4096 / TEST_STRIDE;
	const struct {
		Stage stage;
		TestPage head;
	} cases[] = {
		{ STAGE_LOW, { .type = NO_TYPE, .dtor = 2 } },
		{ STAGE_LOW_FLAG, { .type = NO_TYPE, .second_flags = F_HUGETLB } },
		{ STAGE_BYTE, { .type = 0xf4000000 } },
	};

	for (guint k = 0; k < G_N_ELEMENTS(cases); k++) {
		for (int big = 0; big <= 1; big++) {
			AnzPageFormat format = test_format(cases[k].stage, big);
			g_autofree guint8 *records = g_malloc(nr * TEST_STRIDE);
			TestPage head = cases[k].head;
			g_autoptr(TestBatch) r = NULL;

			head.flags = F_HEAD | F_DIRTY;
			head.has_second = TRUE;
			head.order = 9;
			head.second_word8 = BATCH_ADDRESS | 1;
			head.whole_maps = 1;
			for (guint i = 1; i < shown; i++)
				test_page_write(&format, &(TestPage){ .type = NO_TYPE,
						.word8 = BATCH_ADDRESS | 1 },
						records + i * TEST_STRIDE);
			test_page_write(&format, &head, records);
			for (guint i = shown; i < nr; i += shown)
				memcpy(records + i * TEST_STRIDE, records, shown * TEST_STRIDE);
			r = test_batch_run(&format, records, nr);
			g_assert_cmpuint(r->page_class[0], ==, ANZ_CLASS_HUGETLB);
			g_assert_cmpuint(r->order[0], ==, 9);
			g_assert_cmpuint(r->stats.fake_heads, ==, nr / shown - 1);
			g_assert_cmpuint(r->stats.suspects[ANZ_SUSPECT_TAIL_HEAD], ==, 0);
			g_assert_cmpuint(r->stats.suspects[ANZ_SUSPECT_ORDER], ==, 0);
			for (guint i = 1; i < nr; i++) {
				g_assert_cmpuint(r->page_class[i], ==, ANZ_CODE_TAIL);
				g_assert_cmphex(r->attr[i], ==, ANZ_ATTR_TAIL);
			}
		}
	}
}

/* No zone field in the flags word: no page is a device's by it. */
static void test_no_zone_field(void)
{
	AnzPageFormat format = test_format(STAGE_BYTE, FALSE);
	guint8 records[2 * TEST_STRIDE] = { 0 };
	g_autoptr(TestBatch) r = NULL;
	TestPage page = { .flags = F_ZONE(TEST_DEVICE_ZONE), .type = NO_TYPE };

	format.node_bits = format.zone_bits = 0;
	format.device_zone = 0;
	test_page_write(&format, &page, records);
	r = test_batch_run(&format, records, 1);
	g_assert_cmpuint(r->page_class[0], ==, ANZ_CLASS_KERNEL_OTHER);
	g_assert_cmpuint(r->zone_key[0], ==, 0);
}

static void add_cases(const char *group, const Case *cases, guint nr)
{
	for (guint i = 0; i < nr; i++) {
		g_autofree char *path = g_strdup_printf("/classify/%s/%s", group, cases[i].what);

		g_test_add_data_func(path, &cases[i], test_cases);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	add_cases("untyped", untyped, G_N_ELEMENTS(untyped));
	add_cases("typed", typed, G_N_ELEMENTS(typed));
	add_cases("head", heads, G_N_ELEMENTS(heads));
	g_test_add_func("/classify/buddy-links", test_buddy_links);
	g_test_add_func("/classify/bad-orders", test_bad_orders);
	g_test_add_func("/classify/unknown-types", test_unknown_types);
	g_test_add_func("/classify/odd-mapping", test_odd_mapping);
	g_test_add_func("/classify/tails", test_tails);
	g_test_add_func("/classify/no-page-mapcount", test_no_page_mapcount);
	g_test_add_func("/classify/wrong-mask", test_wrong_mask);
	g_test_add_func("/classify/mask-too-early", test_mask_too_early);
	g_test_add_func("/classify/tail-after-gap", test_tail_after_gap);
	g_test_add_func("/classify/tails-first", test_tails_first);
	g_test_add_func("/classify/head-last", test_head_last);
	g_test_add_func("/classify/fake-heads", test_fake_heads);
	g_test_add_func("/classify/no-zone-field", test_no_zone_field);
	return g_test_run();
}
