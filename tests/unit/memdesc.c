/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Memory-descriptor words by hand: each kind of word and its class, runs of one descriptor's word,
 * and the links of every buddy variant.  The numbers are those of memdesc-format.md section 2.
 */
#include <string.h>

#include "lists/links.h"
#include "graph/word-runs.h"
#include "memdesc-words.h"
#include "pages/classify-memdesc.h"

#define VMEMMAP 0xffffea0000000000ull
#define NR_PAGES 32768

typedef struct {
	guint8 classes[16], orders[16];
	guint16 attrs[16], keys[16];
	guint32 flags[16];
	gint32 refcounts[16], mapcounts[16];
	AnzDecodeStats stats;
	AnzBatch batch;
} Outcome;

static Outcome *classify(const AnzMemdescFormat *memdesc, const guint64 *words, guint nr,
			 guint64 pfn, gboolean big)
{
	Outcome *out = g_new0(Outcome, 1);
	AnzPageFormat format = { .stride = 8, .big_endian = big };
	guint64 raw[16];

	for (guint i = 0; i < nr; i++)
		raw[i] = big ? GUINT64_TO_BE(words[i]) : GUINT64_TO_LE(words[i]);
	out->batch = (AnzBatch){
		.page_class = out->classes, .order = out->orders, .attr = out->attrs,
		.zone_key = out->keys, .flags = out->flags, .refcount = out->refcounts,
		.mapcount = out->mapcounts,
		.buddies = g_array_new(FALSE, FALSE, sizeof(AnzBuddyRecord)),
		.stats = &out->stats,
	};
	anz_classify_memdesc_batch(memdesc, &format, (const guint8 *)raw, nr, pfn, &out->batch);
	return out;
}

static void outcome_free(Outcome *out)
{
	g_array_unref(out->batch.buddies);
	g_free(out);
}

static void test_words(gconstpointer big)
{
	static const struct {
		guint64 word;
		guint8 page_class;
	} cases[] = {
		{ 0, ANZ_CODE_ZEROS },
		{ ~0ull, ANZ_CODE_ONES },
		{ 1ull << 4, ANZ_CLASS_ZERO_PAGE },
		{ 2ull << 4, ANZ_CLASS_KERNEL_OTHER },
		{ 3ull << 4 | 1ull << 11, ANZ_CLASS_VMALLOC },
		{ 6ull << 4 | 2ull << 12, ANZ_CLASS_LARGE_KMALLOC },
		{ 9ull << 4, ANZ_CLASS_UNKNOWN_TYPE },		/* subtype not assigned */
		{ 0xffff888000001000ull | 2, ANZ_CLASS_FILE },
		{ 0xffff888000001000ull | 8, ANZ_CLASS_PAGE_TABLE },
		{ 0xffff888000001000ull | 9, ANZ_CLASS_HWPOISON },
		{ 0xffff888000001000ull | 12, ANZ_CLASS_ZSMALLOC },
		{ 0xffff888000001000ull | 14, ANZ_CLASS_UNKNOWN_TYPE },
		{ 1ull | 0x1fffffffull << 4, ANZ_CLASS_FREE },
	};
	g_autofree AnzMemdescFormat *memdesc = test_memdesc_format("wiki2025", "pfn8-global");
	guint64 words[G_N_ELEMENTS(cases)];
	Outcome *out;

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++)
		words[i] = cases[i].word;
	out = classify(memdesc, words, G_N_ELEMENTS(cases), 0, GPOINTER_TO_INT(big));
	for (guint i = 0; i < G_N_ELEMENTS(cases); i++)
		g_assert_cmpuint(out->classes[i], ==, cases[i].page_class);
	g_assert_cmpuint(out->attrs[4], ==, ANZ_ATTR_MAPPED);
	g_assert_cmpuint(out->orders[5], ==, 2);
	g_assert_cmpuint(out->attrs[5], ==, ANZ_ATTR_TAIL);
	g_assert_cmpuint(out->attrs[9], ==, ANZ_ATTR_HWPOISON);
	g_assert_cmpuint(out->batch.buddies->len, ==, 1);
	outcome_free(out);
}

/* A type field of five bits: 32 types, and what follows it stands one bit higher. */
static void test_wide_type(void)
{
	g_autofree AnzMemdescFormat *memdesc = test_memdesc_format("wiki2025", "pfn8-global");
	const guint64 words[] = { 0xffff888000001020ull | 17, 3ull << 5 | 1ull << 12 | 2ull << 13,
				  0xffff888000001010ull | 2 };
	Outcome *out;

	memdesc->type_bits = 5;
	memdesc->types[17] = memdesc->types[5];
	out = classify(memdesc, words, G_N_ELEMENTS(words), 8, FALSE);
	g_assert_cmpuint(out->classes[0], ==, ANZ_CLASS_SLAB);
	g_assert_cmpuint(out->classes[1], ==, ANZ_CLASS_VMALLOC);
	g_assert_cmpuint(out->orders[1], ==, 2);
	g_assert_cmpuint(out->attrs[1], ==, ANZ_ATTR_MAPPED | ANZ_ATTR_TAIL);
	/* bit 4 is part of the type */
	g_assert_cmpuint(out->classes[2], ==, ANZ_CLASS_UNKNOWN_TYPE);
	outcome_free(out);
}

/* The zone fields of a Misc word: node 1, zone 2. */
static void test_misc_zone(void)
{
	g_autofree AnzMemdescFormat *memdesc = test_memdesc_format("wiki2025", "pfn8-global");
	const guint64 words[] = { 2ull << 4 | 1ull << 63 | 2ull << 61, 0xffff888000000012ull };
	Outcome *out = classify(memdesc, words, 2, 0, FALSE);

	g_assert_cmpuint(out->keys[0], ==, 1 << 2 | 2);
	g_assert_cmpuint(out->keys[1], ==, G_MAXUINT16);
	outcome_free(out);
}

static void assert_run(GArray *runs, guint index, guint64 pfn, guint64 nr, guint64 word)
{
	const AnzWordRun *run = &g_array_index(runs, AnzWordRun, index);

	g_assert_cmpuint(run->pfn, ==, pfn);
	g_assert_cmpuint(run->nr_pages, ==, nr);
	g_assert_cmphex(run->word, ==, word);
}

/*
 * A poisoned page does not end a run; another descriptor's word does, and so does a page that a list
 * covers, whose word is stale.  The words come in two parts, as a dump may give them.
 */
static void test_runs(void)
{
	const guint64 a = 0xffff888000001002ull, b = 0xffff888000002005ull;
	const guint64 poison = 0xffff888000003009ull, misc = 3ull << 4;
	const guint64 words[] = { a, a, poison, a, poison, a, b, poison, a, a, a, misc, b, 0, b };
	g_autofree AnzMemdescFormat *memdesc = test_memdesc_format("wiki2025", "pfn8-global");
	g_autoptr(AnzPlanes) planes = anz_planes_new((const guint64[]){ 0 }, 1, 9, 0);
	g_autoptr(GArray) runs = g_array_new(FALSE, FALSE, sizeof(AnzWordRun));
	AnzTile *tile = anz_planes_edit_at(planes, 0);

	tile->attr[109] = ANZ_ATTR_ON_LIST;
	anz_word_runs_find(memdesc, G_BYTE_ORDER == G_BIG_ENDIAN, 8, tile, 100, 3,
			   (const guint8 *)words, runs);
	anz_word_runs_find(memdesc, G_BYTE_ORDER == G_BIG_ENDIAN, 8, tile, 103,
			   G_N_ELEMENTS(words) - 3, (const guint8 *)&words[3], runs);
	g_assert_cmpuint(runs->len, ==, 9);
	assert_run(runs, 0, 100, 6, a);
	assert_run(runs, 1, 102, 1, poison);
	assert_run(runs, 2, 104, 1, poison);
	assert_run(runs, 3, 106, 1, b);
	assert_run(runs, 4, 107, 1, poison);
	assert_run(runs, 5, 108, 1, a);
	assert_run(runs, 6, 110, 1, a);
	assert_run(runs, 7, 112, 1, b);
	assert_run(runs, 8, 114, 1, b);
}

/* list32: every word whose two low bits are zero is a link. */
static void test_list32(void)
{
	g_autofree AnzMemdescFormat *memdesc = test_memdesc_format("path2025", "list32");
	const guint64 words[] = { 0xffffea0000000148ull, 0xffffea000000014cull, 1ull | 2ull << 4,
				  0xffff888000001002ull };
	static const guint8 classes[] = { ANZ_CLASS_FREE, ANZ_CLASS_FREE, ANZ_CLASS_KERNEL_OTHER,
					  ANZ_CLASS_FILE };
	Outcome *out;

	/* Only the word is looked at here: a stride of 8 with no flags stands for the shape. */
	memdesc->shape = ANZ_SHAPE_MEMDESC8;
	memdesc->nr_words = 1;
	out = classify(memdesc, words, G_N_ELEMENTS(words), 0, FALSE);
	for (guint i = 0; i < G_N_ELEMENTS(classes); i++)
		g_assert_cmpuint(out->classes[i], ==, classes[i]);
	outcome_free(out);
}

static AnzKernel *fake_kernel(AnzMemdescFormat *memdesc, guint stride)
{
	AnzKernel *kernel = g_new0(AnzKernel, 1);
	AnzSection section = { .nr_pages = NR_PAGES, .page_array = VMEMMAP, .online = TRUE };

	kernel->memdesc = memdesc;
	kernel->vmemmap = VMEMMAP;
	kernel->format.stride = stride;
	kernel->sections = g_array_new(FALSE, FALSE, sizeof(AnzSection));
	g_array_append_val(kernel->sections, section);
	return kernel;
}

static void fake_free(AnzKernel *kernel)
{
	g_array_unref(kernel->sections);
	g_free(kernel->memdesc);
	g_free(kernel);
}

static void assert_link(const AnzKernel *kernel, guint64 head, guint64 zone_start,
			const guint64 *words, gboolean forward, AnzLinkTarget kind, guint64 pfn)
{
	AnzListSpec spec = anz_list_spec(kernel, 8, zone_start);
	AnzLink link;

	spec.head = head;
	link = anz_link_from_page(kernel, &spec, words, forward);
	g_assert_cmpint(link.kind, ==, kind);
	if (kind == ANZ_LINK_PAGE)
		g_assert_cmpuint(link.pfn, ==, pfn);
}

static void test_pointer_links(void)
{
	const guint64 head = 0xffff888000123458ull;	/* 8 mod 16, as heads are */
	const guint64 page = VMEMMAP + 77 * 16;
	AnzKernel *kernel = fake_kernel(test_memdesc_format("wiki2025", "ptr-prev-first"), 16);
	/* prev | type, next | order */
	const guint64 prev_first[] = { page | 1, (head & ~0xfull) | 5 };
	const guint64 next_first[] = { (head & ~0xfull) | 1, page | 5 };
	const guint64 nonsense[] = { 0xffff888000000001ull, (page + 8) | 5 };

	assert_link(kernel, head, 0, prev_first, FALSE, ANZ_LINK_PAGE, 77);
	assert_link(kernel, head, 0, prev_first, TRUE, ANZ_LINK_HEAD, 0);
	assert_link(kernel, head, 0, nonsense, FALSE, ANZ_LINK_BAD, 0);
	g_assert_cmpuint(anz_word_field(&kernel->memdesc->links.order, prev_first), ==, 5);
	g_assert_cmpuint(anz_list_head_stride(kernel), ==, 16);
	fake_free(kernel);

	kernel = fake_kernel(test_memdesc_format("wiki2025", "ptr-next-first"), 16);
	assert_link(kernel, head, 0, next_first, FALSE, ANZ_LINK_PAGE, 77);
	assert_link(kernel, head, 0, next_first, TRUE, ANZ_LINK_HEAD, 0);
	fake_free(kernel);
}

static void test_pfn_links(void)
{
	const guint64 ones29 = (1ull << 29) - 1;
	/* type 0-3, next 4-32, prev 33-61, bit 62 order 0 */
	const guint64 word[] = { 1 | 1234ull << 4 | ones29 << 33 | 1ull << 62, 0 };
	const guint64 two[] = { 55ull << 4 | 1, ~0xfull | 3 };
	const guint64 outside[] = { 1 | (guint64)(NR_PAGES + 1) << 4, 0 };
	AnzKernel *kernel = fake_kernel(test_memdesc_format("wiki2025", "pfn8-global"), 8);

	assert_link(kernel, 0x1000, 1000, word, TRUE, ANZ_LINK_PAGE, 1234);
	assert_link(kernel, 0x1000, 1000, word, FALSE, ANZ_LINK_HEAD, 0);
	assert_link(kernel, 0x1000, 1000, outside, TRUE, ANZ_LINK_BAD, 0);
	g_assert_cmpuint(anz_word_field(&kernel->memdesc->links.order0, word), ==, 1);
	g_assert_cmpuint(anz_list_head_stride(kernel), ==, 8);
	fake_free(kernel);

	kernel = fake_kernel(test_memdesc_format("wiki2025", "pfn8-zone"), 8);
	assert_link(kernel, 0x1000, 1000, word, TRUE, ANZ_LINK_PAGE, 2234);
	assert_link(kernel, 0x1000, 1000, word, FALSE, ANZ_LINK_HEAD, 0);
	fake_free(kernel);

	kernel = fake_kernel(test_memdesc_format("wiki2025", "pfn-prev-first"), 16);
	assert_link(kernel, 0x1000, 0, two, FALSE, ANZ_LINK_PAGE, 55);
	assert_link(kernel, 0x1000, 0, two, TRUE, ANZ_LINK_HEAD, 0);
	g_assert_cmpuint(anz_word_field(&kernel->memdesc->links.order, two), ==, 3);
	fake_free(kernel);
}

/* Links of struct list_head are not rounded: the head itself, or the member of a struct page. */
static void test_list_links(void)
{
	AnzKernel *kernel = fake_kernel(test_memdesc_format("path2025", "list32"), 32);
	const guint64 words[] = { VMEMMAP + 9 * 32 + 8, 0xffff888000123458ull };

	assert_link(kernel, 0xffff888000123458ull, 0, words, TRUE, ANZ_LINK_PAGE, 9);
	assert_link(kernel, 0xffff888000123458ull, 0, words, FALSE, ANZ_LINK_HEAD, 0);
	assert_link(kernel, 0xffff888000123450ull, 0, words, FALSE, ANZ_LINK_BAD, 0);
	fake_free(kernel);
}

/* Long batches take another way through the loop than words one by one; both say the same. */
static void test_batches(void)
{
	static const struct { const char *table, *buddy; gboolean big; } formats[] = {
		{ "wiki2025", "pfn8-global", FALSE }, { "lsfmm2024", "pfn8-zone", FALSE },
		{ "wiki2025", "pfn8-global", TRUE },
	};
	g_autoptr(GRand) rand = g_rand_new_with_seed(8);

	for (guint round = 0; round < 3000; round++) {
		guint f = round % G_N_ELEMENTS(formats), nr = g_rand_int_range(rand, 1, 17);
		g_autofree AnzMemdescFormat *memdesc = test_memdesc_format(formats[f].table, formats[f].buddy);
		guint64 words[16], first_pfn = g_rand_int(rand);
		Outcome *all;

		for (guint i = 0; i < nr; i++) {
			words[i] = (guint64)g_rand_int(rand) << 32 | g_rand_int(rand);
			if (round % 5 == 0)
				words[i] = g_rand_int_range(rand, 0, 2) ? 0 : ~0ull;
		}
		all = classify(memdesc, words, nr, first_pfn, formats[f].big);
		for (guint i = 0, buddies = 0; i < nr; i++) {
			Outcome *one = classify(memdesc, words + i, 1, first_pfn + i, formats[f].big);

			g_assert_cmpuint(all->classes[i], ==, one->classes[0]);
			g_assert_cmpuint(all->orders[i], ==, one->orders[0]);
			g_assert_cmpuint(all->attrs[i], ==, one->attrs[0]);
			g_assert_cmpuint(all->keys[i], ==, one->keys[0]);
			buddies += one->batch.buddies->len;
			if (one->batch.buddies->len)
				g_assert_cmpuint(g_array_index(all->batch.buddies, AnzBuddyRecord,
							       buddies - 1).pfn, ==, first_pfn + i);
			outcome_free(one);
		}
		outcome_free(all);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_data_func("/memdesc/words/little-endian", GINT_TO_POINTER(FALSE), test_words);
	g_test_add_data_func("/memdesc/words/big-endian", GINT_TO_POINTER(TRUE), test_words);
	g_test_add_func("/memdesc/batches", test_batches);
	g_test_add_func("/memdesc/wide-type", test_wide_type);
	g_test_add_func("/memdesc/misc-zone", test_misc_zone);
	g_test_add_func("/memdesc/runs", test_runs);
	g_test_add_func("/memdesc/list32", test_list32);
	g_test_add_func("/memdesc/links/pointer", test_pointer_links);
	g_test_add_func("/memdesc/links/pfn", test_pfn_links);
	g_test_add_func("/memdesc/links/list", test_list_links);
	return g_test_run();
}
