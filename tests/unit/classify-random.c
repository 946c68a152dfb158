/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * pages/classify.c on some hundred thousand random records, against a slow classifier that is a
 * table, highest rank first; and the same records in the other byte order.
 */
#include "classify-batch.h"

/*
 * A page as it was made, and the rules as a table, highest rank first, the first
 * that holds decides.  It knows the stages by name where the real one knows offsets and masks.
 */
typedef struct {
	Stage stage;
	const TestPage *page;
	guint64 next_word;	/* of the record behind */
	gboolean has_next;
	guint64 address, pfn;
} Seen;

static gboolean is_low(const Seen *s)
{
	return s->stage <= STAGE_LOW_SLAB;
}

static gboolean has_type(const Seen *s)
{
	gint32 v = s->page->type;

	return is_low(s) ? v < -128 : s->stage == STAGE_HIGH ? v < -65536 : v < -16777216;
}

/* Which type, as its number in the order of 6.12; 99 for none that is assigned. */
static guint type_number(const Seen *s)
{
	guint32 v = s->page->type;

	if (s->stage >= STAGE_BYTE)
		return v >> 24 >= 0xf0 && v >> 24 <= 0xf8 ? (v >> 24) - 0xf0 : 99;
	if (s->stage == STAGE_HIGH) {
		for (guint i = 0; i < 7 && v >> 31; i++)
			if (!(v >> (30 - i) & 1))
				return i;
		return 99;
	}
	for (guint i = 0; i < (s->stage == STAGE_LOW_SLAB ? 6u : 4u) && v >> 28 == 0xf; i++)
		if (!(v >> (7 + i) & 1))
			return i;
	return 99;
}

static gboolean is_type(const Seen *s, guint number)
{
	gboolean slab_flag = s->stage <= STAGE_LOW_FLAG && s->page->flags & F_SLAB;

	return !slab_flag && has_type(s) && type_number(s) == number;
}

static guint64 leads_to(const Seen *s, guint64 word, guint64 address)
{
	if (s->stage == STAGE_MASK)
		for (guint order = 1; order < 58; order++)
			if (word == ((~0ull << (order + 6)) | 1))
				return address >> (order + 6) << (order + 6);
	return word - 1;
}

static gboolean marked_hugetlb(const Seen *s)
{
	const TestPage *p = s->page;

	return p->flags & F_HEAD && p->has_second && s->has_next &&
	       ((s->stage == STAGE_LOW && p->dtor == 2) ||
		(s->stage == STAGE_LOW_FLAG && p->second_flags & F_HUGETLB));
}

static gboolean tail(const Seen *s) { return s->page->word8 & 1; }
static gboolean fake(const Seen *s)
{
	return s->page->flags & F_HEAD && s->has_next && s->next_word & 1 &&
	       leads_to(s, s->next_word, s->address + TEST_STRIDE) < s->address;
}
static gboolean offline(const Seen *s) { return is_type(s, 1); }
static gboolean guard(const Seen *s) { return is_type(s, 3); }
static gboolean device(const Seen *s)
{
	return (s->page->flags >> 51 & 7) == TEST_DEVICE_ZONE;
}
static gboolean slab_flag(const Seen *s)
{
	return s->stage <= STAGE_LOW_FLAG && s->page->flags & F_SLAB;
}
static gboolean buddy(const Seen *s) { return is_type(s, 0); }
static gboolean table(const Seen *s) { return is_type(s, 2); }
static gboolean hugetlb(const Seen *s) { return is_type(s, 4); }
static gboolean slab(const Seen *s) { return is_type(s, 5); }
static gboolean zsmalloc(const Seen *s) { return is_type(s, 6); }
static gboolean unaccepted(const Seen *s) { return is_type(s, 7); }
static gboolean large_kmalloc(const Seen *s) { return is_type(s, 8); }
static gboolean any_type(const Seen *s) { return has_type(s); }
static gboolean pool(const Seen *s)
{
	/* Bits 0, 1 and 7 to 38 are the driver's. */
	return s->page->word8 >> 39 == TEST_PP >> 39 && (s->page->word8 & 0x7c) == 0x40;
}
static gboolean zs_mops(const Seen *s) { return s->page->mapping == (TEST_ZSMALLOC | 2); }
static gboolean movable(const Seen *s) { return (s->page->mapping & 3) == 2; }
static gboolean ksm(const Seen *s) { return (s->page->mapping & 3) == 3; }
static gboolean pointer(const Seen *s)
{
	return s->page->mapping >> 63 && !(s->page->mapping & 3);
}
static gboolean swap(const Seen *s)
{
	return (s->page->flags & SWAP) == SWAP && !pointer(s);
}
static gboolean anon(const Seen *s) { return (s->page->mapping & 3) == 1; }
static gboolean shmem(const Seen *s) { return pointer(s) && s->page->flags & F_SWAPBACKED; }
static gboolean reserved(const Seen *s) { return s->page->flags & F_RESERVED; }
static gboolean always(const Seen *s) { return TRUE; }

static const struct {
	gboolean (*holds)(const Seen *s);
	guint8 page_class;
} ranks[] = {
	{ tail, ANZ_CODE_TAIL }, { fake, ANZ_CODE_TAIL },
	{ offline, ANZ_CLASS_OFFLINE }, { guard, ANZ_CLASS_GUARD }, { device, ANZ_CLASS_DEVICE },
	{ slab_flag, ANZ_CLASS_SLAB }, { buddy, ANZ_CLASS_FREE }, { table, ANZ_CLASS_PAGE_TABLE },
	{ hugetlb, ANZ_CLASS_HUGETLB }, { slab, ANZ_CLASS_SLAB }, { zsmalloc, ANZ_CLASS_ZSMALLOC },
	{ unaccepted, ANZ_CLASS_UNACCEPTED }, { large_kmalloc, ANZ_CLASS_LARGE_KMALLOC },
	{ any_type, ANZ_CLASS_UNKNOWN_TYPE }, { pool, ANZ_CLASS_NET_POOL },
	{ zs_mops, ANZ_CLASS_ZSMALLOC }, { movable, ANZ_CLASS_MOVABLE },
	{ marked_hugetlb, ANZ_CLASS_HUGETLB }, { ksm, ANZ_CLASS_KSM },
	{ swap, ANZ_CLASS_SWAP_CACHE }, { anon, ANZ_CLASS_ANON }, { shmem, ANZ_CLASS_SHMEM },
	{ pointer, ANZ_CLASS_FILE }, { reserved, ANZ_CLASS_RESERVED },
	{ always, ANZ_CLASS_KERNEL_OTHER },
};

static guint8 reference_class(const Seen *s)
{
	guint i = 0;

	while (!ranks[i].holds(s))
		i++;
	return ranks[i].page_class;
}

static guint reference_order(const Seen *s, guint8 page_class)
{
	const TestPage *p = s->page;
	guint64 order = 0;

	if (page_class == ANZ_CODE_TAIL)
		return 0;
	if (p->flags & F_HEAD && s->has_next)
		order = p->has_second && p->order <= 22 ? p->order : 0;
	else if (unaccepted(s))
		return 10;	/* always, wherever it lies */
	else if (buddy(s) || guard(s))
		order = p->private_word <= 10 ? p->private_word : 0;
	return s->pfn & ((1ull << order) - 1) ? 0 : order;
}

static guint64 pick(GRand *rand, const guint64 *values, guint nr)
{
	return values[g_rand_int_range(rand, 0, nr)];
}
#define PICK(rand, ...) pick(rand, (const guint64[]){ __VA_ARGS__ }, \
			     G_N_ELEMENTS(((const guint64[]){ __VA_ARGS__ })))

static TestPage random_page(GRand *rand, Stage stage, guint64 address)
{
	static const guint64 bits[] = { F_LOCKED, F_WRITEBACK, F_DIRTY, F_LRU, F_ACTIVE, F_SLAB,
					F_SWAPCACHE, F_RESERVED, F_SWAPBACKED, F_UNEVICTABLE,
					F_MLOCKED, F_HWPOISON, F_HUGETLB };
	TestPage p = { .refcount = g_rand_int(rand) };

	for (guint i = 0; i < G_N_ELEMENTS(bits); i++)
		if (!g_rand_int_range(rand, 0, 3))
			p.flags |= bits[i];
	p.flags |= F_ZONE(g_rand_int_range(rand, 0, 8)) | F_NODE(g_rand_int_range(rand, 0, 1024));
	p.mapping = PICK(rand, 0, 0, TEST_POINTER, ANON, KSM, TEST_POINTER | 2, TEST_ZSMALLOC | 2,
			 0x1000, 0xdead000000000400);
	p.word8 = PICK(rand, 0, TEST_POINTER, TEST_PP, TEST_PP | 3, TEST_PP | 0x5a5a80,
		       0xdead000000000100, TEST_PP | 4, address | 1,
		       (address - 4 * TEST_STRIDE) | 1,
		       (~0ull << 9) | 1, (~0ull << 7) | 1);
	p.word16 = g_rand_int(rand);
	p.private_word = PICK(rand, 0, 0, 1, 2, 3, 9, 10, 11, 1ull << 33);
	if (stage >= STAGE_BYTE)
		p.type = PICK(rand, NO_TYPE, NO_TYPE, 0, 5, 0x7fffffff, 0xff000000, 0xfeffffff,
			      0x80000000, (guint64)g_rand_int_range(rand, 0xf0, 0xfb) << 24 |
			      g_rand_int_range(rand, 0, 1 << 24));
	else if (stage == STAGE_HIGH)
		p.type = PICK(rand, NO_TYPE, NO_TYPE, 0, 5, 0xffff0000, 0xfffeffff, 0x80000000,
			      ~(1u << g_rand_int_range(rand, 16, 31)) ^
			      (guint32)g_rand_int_range(rand, 0, 1 << 16));
	else
		p.type = PICK(rand, NO_TYPE, NO_TYPE, 0, 5, -128, -129, 0x80000000, 0xe0000000,
			      ~(1u << g_rand_int_range(rand, 7, 28)) &
			      ~(guint32)PICK(rand, 0, 0, 1, 0x200));
	/* Heads keep the frame behind them for themselves. */
	if (!g_rand_int_range(rand, 0, 4)) {
		p.flags |= F_HEAD;
		p.has_second = TRUE;
		p.order = PICK(rand, 0, 1, 2, 3, 9, 10, 18, 22, 23, 255);
		p.dtor = g_rand_int_range(rand, 0, 4);
		p.second_flags = PICK(rand, 0, F_HUGETLB, F_DIRTY);
		p.second_word8 = PICK(rand, address | 1, address | 1, 0,
				      (address - 64 * TEST_STRIDE) | 1, (~0ull << 8) | 1);
		p.whole_maps = g_rand_int_range(rand, -1, 4);
	}
	return p;
}

static void compare(const Seen *s, const TestBatch *r, gsize i)
{
	const TestPage *p = s->page;
	guint8 c = reference_class(s);
	guint16 attr = p->flags & F_HWPOISON ? ANZ_ATTR_HWPOISON : 0;
	gboolean is_head = p->flags & F_HEAD && s->has_next;
	gboolean own_words = slab_flag(s) || (has_type(s) && !hugetlb(s)) ||
			     (!has_type(s) && (pool(s) || zs_mops(s) || movable(s)));
	gboolean mapped = (gint32)p->type >= 0;
	gboolean folio = c == ANZ_CLASS_FILE || c == ANZ_CLASS_SHMEM || c == ANZ_CLASS_ANON ||
			 c == ANZ_CLASS_KSM || c == ANZ_CLASS_SWAP_CACHE || c == ANZ_CLASS_HUGETLB;
	static const struct { guint64 flag; guint16 attr; } states[] = {
		{ F_LOCKED, ANZ_ATTR_LOCKED }, { F_WRITEBACK, ANZ_ATTR_WRITEBACK },
		{ F_DIRTY, ANZ_ATTR_DIRTY }, { F_LRU, ANZ_ATTR_LRU },
		{ F_ACTIVE, ANZ_ATTR_ACTIVE }, { F_UNEVICTABLE, ANZ_ATTR_UNEVICTABLE },
		{ F_MLOCKED, ANZ_ATTR_MLOCKED },
	};

	g_assert_cmpuint(r->page_class[i], ==, c);
	g_assert_cmpint(r->mapcount[i], ==, mapped ? MIN((gint64)p->type + 1, G_MAXINT32) : 0);
	if (c == ANZ_CODE_TAIL) {
		attr |= ANZ_ATTR_TAIL;
		if (tail(s))
			attr |= mapped ? ANZ_ATTR_MAPPED : 0;
		else
			attr |= p->flags & F_RESERVED ? ANZ_ATTR_RESERVED : 0;
		g_assert_cmphex(r->attr[i], ==, attr);
		return;
	}
	for (guint k = 0; !own_words && k < G_N_ELEMENTS(states); k++)
		attr |= p->flags & states[k].flag ? states[k].attr : 0;
	attr |= !own_words && mapped ? ANZ_ATTR_MAPPED : 0;
	attr |= p->flags & F_RESERVED ? ANZ_ATTR_RESERVED : 0;
	attr |= is_head || buddy(s) || guard(s) || unaccepted(s) ? ANZ_ATTR_HEAD : 0;
	if (is_head && folio && p->whole_maps > 0)
		attr |= ANZ_ATTR_MAPPED | ANZ_ATTR_WHOLE_MAPPED;
	g_assert_cmphex(r->attr[i], ==, attr);
	g_assert_cmpuint(r->order[i], ==, reference_order(s, c));
}

static void test_random(gconstpointer data)
{
	Stage stage = GPOINTER_TO_UINT(data) >> 1;
	gboolean big = GPOINTER_TO_UINT(data) & 1;
	AnzPageFormat format = test_format(stage, big);
	g_autofree guint8 *records = g_malloc(MAX_BATCH * TEST_STRIDE);
	g_autofree TestPage *pages = g_new0(TestPage, MAX_BATCH + 1);
	g_autoptr(GRand) rand = g_rand_new_with_seed(20240527 + stage);
	g_autoptr(TestBatch) r = NULL;
	guint nr_buddies = 0, seen_classes = 0;

	for (gsize i = 0; i < MAX_BATCH; i++) {
		TestPage *p = &pages[i];

		*p = random_page(rand, stage, BATCH_ADDRESS + i * TEST_STRIDE);
		if (i + 1 == MAX_BATCH)
			p->has_second = FALSE;
		test_page_write(&format, p, records + i * TEST_STRIDE);
		if (p->has_second) {
			/* What is behind a head is the head's. */
			pages[i + 1] = (TestPage){ .type = NO_TYPE };
			i++;
		}
	}
	r = test_batch_run(&format, records, MAX_BATCH);
	for (gsize i = 0; i < MAX_BATCH; i++) {
		Seen s = { .stage = stage, .page = &pages[i], .has_next = i + 1 < MAX_BATCH,
			   .address = BATCH_ADDRESS + i * TEST_STRIDE, .pfn = BATCH_PFN + i };

		if (s.page->has_second)
			s.next_word = s.page->second_word8;
		g_assert_cmpint(r->refcount[i], ==, s.page->refcount);
		g_assert_cmphex(r->flags[i], ==, s.page->flags & ((1 << 25) - 1));
		g_assert_cmpuint(r->zone_key[i], ==, s.page->flags >> 51);
		compare(&s, r, i);
		nr_buddies += !tail(&s) && buddy(&s);
		seen_classes |= r->page_class[i] == ANZ_CODE_TAIL ? 0 : 1u << r->page_class[i];
		if (s.page->has_second)
			i++;	/* its words are the head's */
	}
	g_assert_cmpuint(r->buddies->len, ==, nr_buddies);
	/* The records are not all alike: most classes that a struct page can have were met. */
	g_assert_cmpint(__builtin_popcount(seen_classes), >=, 16);
}

/* Big-endian records, byte-swapped word by word, give what little-endian ones give. */
static void test_swapped(void)
{
	for (Stage stage = 0; stage < NR_STAGES; stage++) {
		AnzPageFormat little = test_format(stage, FALSE), big = test_format(stage, TRUE);
		g_autofree guint8 *a = g_malloc(4096 * TEST_STRIDE);
		g_autofree guint8 *b = g_malloc(4096 * TEST_STRIDE);
		g_autoptr(GRand) rand = g_rand_new_with_seed(11 + stage);
		g_autoptr(TestBatch) from_a = NULL, from_b = NULL;

		for (gsize i = 0; i < 4096; i++) {
			TestPage p = random_page(rand, stage, BATCH_ADDRESS + i * TEST_STRIDE);

			/* An order can make the second record look like a head, whose own second
			 * record is the third one: half a word has no byte order to be swapped. */
			p.word16 = 0;
			if (i + 1 == 4096 && p.has_second)
				p = (TestPage){ .type = NO_TYPE };
			test_page_write(&little, &p, a + i * TEST_STRIDE);
			test_page_write(&big, &p, b + i * TEST_STRIDE);
			i += p.has_second;
		}
		from_a = test_batch_run(&little, a, 4096);
		from_b = test_batch_run(&big, b, 4096);
		g_assert_cmpmem(from_a->page_class, 4096, from_b->page_class, 4096);
		g_assert_cmpmem(from_a->order, 4096, from_b->order, 4096);
		g_assert_cmpmem(from_a->attr, 8192, from_b->attr, 8192);
		g_assert_cmpmem(from_a->flags, 16384, from_b->flags, 16384);
		g_assert_cmpmem(from_a->refcount, 16384, from_b->refcount, 16384);
		g_assert_cmpmem(from_a->mapcount, 16384, from_b->mapcount, 16384);
		g_assert_cmpmem(&from_a->stats, sizeof(from_a->stats), &from_b->stats,
				sizeof(from_b->stats));
	}
}

static void compare_batches(const TestBatch *a, const TestBatch *b, gsize nr)
{
	g_assert_cmpmem(a->page_class, nr, b->page_class, nr);
	g_assert_cmpmem(a->order, nr, b->order, nr);
	g_assert_cmpmem(a->attr, 2 * nr, b->attr, 2 * nr);
	g_assert_cmpmem(a->zone_key, 2 * nr, b->zone_key, 2 * nr);
	g_assert_cmpmem(a->flags, 4 * nr, b->flags, 4 * nr);
	g_assert_cmpmem(a->refcount, 4 * nr, b->refcount, 4 * nr);
	g_assert_cmpmem(a->mapcount, 4 * nr, b->mapcount, 4 * nr);
	g_assert_cmpmem(a->buddies->data, a->buddies->len * sizeof(AnzBuddyRecord),
			b->buddies->data, b->buddies->len * sizeof(AnzBuddyRecord));
	for (guint i = 0; i < MIN(a->suspects->len, b->suspects->len); i++) {
		const AnzSuspect *x = &g_array_index(a->suspects, AnzSuspect, i);
		const AnzSuspect *y = &g_array_index(b->suspects, AnzSuspect, i);

		g_assert_cmpuint(x->kind, ==, y->kind);
		g_assert_cmphex(x->pfn, ==, y->pfn);
		g_assert_cmphex(x->head, ==, y->head);
		g_assert_cmphex(x->seen, ==, y->seen);
		g_assert_cmphex(x->expected, ==, y->expected);
	}
	g_assert_cmpuint(a->suspects->len, ==, b->suspects->len);
	g_assert_cmpmem(&a->stats, sizeof(a->stats), &b->stats, sizeof(b->stats));
}

/* Pages as they lie in memory, one like the next, and now and then one that is not. */
static void fill_runs(const AnzPageFormat *format, Stage stage, GRand *rand, guint8 *records,
		      gsize nr)
{
	TestPage page = { .type = NO_TYPE };

	for (gsize i = 0; i < nr; i++) {
		guint8 *at = records + i * TEST_STRIDE;
		guint64 address = BATCH_ADDRESS + i * TEST_STRIDE;

		if (!g_rand_int_range(rand, 0, 6))
			page = random_page(rand, stage, address);
		/* Half of them as kernels have them: counts that add up, tails that are clean. */
		if (page.word8 & 1 && i & 64)
			page = (TestPage){ .type = NO_TYPE, .word8 = page.word8 };
		else if ((gint32)page.type >= -1 && i & 64)
			page.refcount = page.type + 1u + (page.mapping && !(page.mapping & 3));
		page.has_second &= i + 1 < nr;
		test_page_write(format, &page, at);
		i += page.has_second;
		/* Compound pages have more than one tail. */
		if (page.has_second && page.second_word8 & 1)
			page = (TestPage){ .type = NO_TYPE, .word8 = page.second_word8 };
		else if (page.has_second)
			page = (TestPage){ .type = NO_TYPE };
	}
}

/* Several pages at a time, or one by one: all that is filled in is the same, to the last note. */
static void test_lanes(gconstpointer data)
{
	Stage stage = GPOINTER_TO_UINT(data);
	AnzPageFormat format = test_format(stage, FALSE);
	g_autofree guint8 *records = g_malloc(MAX_BATCH * TEST_STRIDE);
	g_autoptr(GRand) rand = g_rand_new_with_seed(7 + stage);
	guint most = anz_classify_lanes(&format);
	guint64 seen = 0;

	if (most == 1) {
		g_test_skip("this compiler has no vectors of its own");
		return;
	}
	format.f_check = F_LOCKED | F_LRU | F_WRITEBACK;
	format.f_private = F_MLOCKED;
	format.pages_per_map_page = 4096 / TEST_STRIDE;
	for (guint round = 0; round < 40; round++) {
		g_autoptr(TestBatch) one = NULL;
		gsize nr = round ? g_rand_int_range(rand, 1, 8192) : MAX_BATCH;

		/* Where the words' fields lie, and what kernels do not have. */
		format.zone_bits = PICK(rand, 3, 3, 2, 0);
		format.node_bits = PICK(rand, 10, 10, 0);
		format.zone_shift = PICK(rand, 51, 51, 28, 54);
		format.device_zone = PICK(rand, TEST_DEVICE_ZONE, 255);
		format.zsmalloc_mops = PICK(rand, TEST_ZSMALLOC, 0);
		format.pp_signature = PICK(rand, TEST_PP, 0);
		format.tail_mapping = PICK(rand, 0, 0xdead000000000400);
		fill_runs(&format, stage, rand, records, nr);
		one = test_batch_run_by(&format, 1, records, nr);
		for (guint lanes = 4; lanes <= most; lanes *= 2) {
			g_autoptr(TestBatch) several = test_batch_run_by(&format, lanes, records, nr);

			compare_batches(one, several, nr);
		}
		for (guint k = 0; k < ANZ_NR_SUSPECTS; k++)
			seen |= (guint64)!!one->stats.suspects[k] << k;
		seen |= (guint64)!!one->stats.odd_mapping << 63;
	}
	/* Nearly every kind of note was taken. */
	g_assert_cmpint(__builtin_popcountll(seen), >=, 12);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/classify/swapped", test_swapped);
	for (guint i = 0; i < NR_STAGES * 2; i++) {
		g_autofree char *path = g_strdup_printf("/classify/random/%u-%s", i / 2,
							i & 1 ? "big" : "little");

		g_test_add_data_func(path, GUINT_TO_POINTER(i), test_random);
	}
	for (guint i = 0; i < NR_STAGES; i++) {
		g_autofree char *path = g_strdup_printf("/classify/lanes/%u", i);

		g_test_add_data_func(path, GUINT_TO_POINTER(i), test_lanes);
	}
	return g_test_run();
}
