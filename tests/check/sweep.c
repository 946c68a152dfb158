/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Random damage: single bits and single words of page arrays, list heads and descriptors.  The analysis
 * must come to an end each time; which share of the damage some rule notices is printed by region, and
 * must reach 95 % of links, types, orders and reference counts of words in use.
 *
 *	sweep FAULTS MKCORE RECIPE...
 *
 * Regions are learned from the machine's own truth by way of the analysis of the whole sample: which page
 * is what decides which words of it are in use.
 */
#include "analysed.h"

#include <stdlib.h>
#include <string.h>

/* splitmix64: the same damage everywhere */
static guint64 random_next(guint64 *state)
{
	guint64 z = *state += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

/* A kind of word, in pages that a query picks; the page array's place is learned from faults.tsv. */
typedef struct {
	const char *name;
	const char *pages;	/* SQL: pfn of pages that have such a word */
	const char *member;	/* of struct page, as in VMCOREINFO's OFFSET() */
	guint width, add;	/* bytes; behind the member's offset */
	guint least;		/* percent that must be detected; 0 none */
} Region;

static const Region regions[] = {
	{ "links, free blocks", "SELECT pfn FROM free_block WHERE snapshot = :snapshot", "lru", 8, 0,
	  95 },
	{ "links, per-cpu lists", "SELECT pfn FROM pcp_block WHERE snapshot = :snapshot", "lru", 8, 8,
	  95 },
	{ "type, free blocks", "SELECT pfn FROM free_block WHERE snapshot = :snapshot", "_mapcount", 4,
	  0, 95 },
	{ "type, slabs and page tables", "SELECT pfn FROM page WHERE class IN ('slab', 'page-table') "
	  "AND NOT tail", "_mapcount", 4, 0, 90 },
	{ "order, free blocks", "SELECT pfn FROM free_block WHERE snapshot = :snapshot", "private", 8, 0,
	  95 },
	{ "refcount, free pages", "SELECT pfn FROM page WHERE class = 'free'", "_refcount", 4, 0, 95 },
	{ "refcount, per-cpu pages", "SELECT pfn FROM pcp_block WHERE snapshot = :snapshot", "_refcount",
	  4, 0, 95 },
	{ "refcount, single folios", "SELECT pfn FROM page WHERE class IN ('anon', 'file', 'shmem') "
	  "AND \"order\" = 0", "_refcount", 4, 0, 95 },
	{ "mapping, free pages", "SELECT pfn FROM page WHERE class = 'free'", "mapping", 8, 0, 0 },
	{ "mapcount, single folios", "SELECT pfn FROM page WHERE class IN ('anon', 'file', 'shmem') "
	  "AND \"order\" = 0", "_mapcount", 4, 0, 0 },
	{ "flags, pages in use", "SELECT pfn FROM page WHERE class IN ('anon', 'file', 'slab')", "flags",
	  8, 0, 0 },
};

static GArray *query_pfns(AnzStore *store, const char *sql)
{
	GArray *pfns = g_array_new(FALSE, FALSE, sizeof(guint64));
	g_autoptr(GError) error = NULL;
	g_autoptr(AnzQuery) query = anz_store_query(store, sql, &error);

	g_assert_no_error(error);
	while (anz_query_next(query, &error)) {
		guint64 pfn = anz_query_int(query, 0);

		g_array_append_val(pfns, pfn);
	}
	g_assert_no_error(error);
	return pfns;
}

static guint64 member_offset(const Sample *sample, const char *member)
{
	g_autofree char *text = NULL, *key = g_strdup_printf("OFFSET(page.%s)=", member);
	const char *at;

	g_assert_true(g_file_get_contents(sample->vmcoreinfo, &text, NULL, NULL));
	at = strstr(text, key);
	g_assert_nonnull(at);
	return g_ascii_strtoull(at + strlen(key), NULL, 10);
}

/* Where the word of @pfn is in the dump. */
static gsize place_of(AnzSource *source, AnzStore *store, guint64 pfn, guint64 offset)
{
	g_autofree char *base = anz_store_meta(store, "kernel.vmemmap");
	guint64 vaddr = g_ascii_strtoull(base ? base : "0", NULL, 16) +
			pfn * anz_source_struct_page_size(source) + offset, paddr = 0;

	g_assert_true(anz_source_translate(source, vaddr, &paddr));
	return paddr;
}

static void damage(guint8 *at, guint width, guint64 *state)
{
	guint64 value = random_next(state);

	if (value & 1)
		at[(value >> 8) % width] ^= 1 << (value >> 16) % 8;
	else
		for (guint i = 0; i < width; i++)
			at[i] = random_next(state);
}

static gboolean sweep_region(Sample *sample, const Region *region, const GArray *places, guint nr,
			     guint64 *state)
{
	guint detected = 0, failed = 0;

	for (guint i = 0; i < nr; i++) {
		gsize at = g_array_index(places, guint64, random_next(state) % places->len);
		guint8 old[8];
		g_autoptr(GArray) found = NULL;

		memcpy(old, sample->bytes + at, region->width);
		do
			damage(sample->bytes + at, region->width, state);
		while (!memcmp(old, sample->bytes + at, region->width));
		found = sample_check(sample, FALSE);
		failed += !found;
		detected += !found || found->len;
		memcpy(sample->bytes + at, old, region->width);
	}
	g_print("%-30s %5u of %5u detected, %5.1f %%%s\n", region->name, detected, nr,
		100.0 * detected / nr, region->least ? "" : " (no rule is for all of these)");
	if (failed)
		g_print("%-30s %5u analyses ended with an error\n", "", failed);
	return detected * 100 >= nr * region->least;
}

static guint sweep(Sample *sample, guint nr_faults, guint64 *state)
{
	g_autofree char *raw = g_strconcat("raw:", sample->raw, NULL);
	const char *paths[] = { raw, NULL }, *vmlinux[] = { sample->vmlinux, NULL };
	AnzSourceOptions open = { .size = sizeof(open), .paths = paths, .vmlinux = vmlinux,
				  .vmcoreinfo = sample->vmcoreinfo };
	AnzAnalyzeOptions analyze = { .size = sizeof(analyze) };
	g_autoptr(GError) error = NULL;
	g_autoptr(AnzSource) source = anz_source_open(&open, &error);
	g_autoptr(AnzStore) store = source ? anz_source_analyze(source, &analyze, &error) : NULL;
	guint wrong = 0, nr = MAX(nr_faults / G_N_ELEMENTS(regions), 1);

	g_assert_no_error(error);
	for (guint i = 0; i < G_N_ELEMENTS(regions); i++) {
		const Region *region = &regions[i];
		g_autoptr(GArray) places = query_pfns(store, region->pages);
		guint64 offset = member_offset(sample, region->member) + region->add;

		g_assert_cmpuint(places->len, >, 0);
		for (guint k = 0; k < places->len; k++)
			g_array_index(places, guint64, k) =
				place_of(source, store, g_array_index(places, guint64, k), offset);
		if (!sweep_region(sample, region, places, nr, state)) {
			g_print("%s: less than %u %%\n", region->name, region->least);
			wrong++;
		}
	}
	return wrong;
}

int main(int argc, char **argv)
{
	guint64 state = 20240527;
	guint wrong = 0;

	if (argc < 4) {
		g_printerr("usage: sweep FAULTS MKCORE RECIPE...\n");
		return 2;
	}
	for (int i = 3; i < argc; i++) {
		Sample *sample = sample_make(argv[2], argv[i]);

		g_print("%s\n", argv[i]);
		wrong += sweep(sample, atoi(argv[1]), &state);
		sample_free(sample);
	}
	return wrong ? 1 : 0;
}
