/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * pages/spread.c and pages/runs.c on planes made by hand: what heads and free blocks cover, where
 * a cover ends, and what is odd about it.
 */
#include <string.h>

#include "pages/planes.h"

#define OTHER ANZ_CLASS_KERNEL_OTHER

/* Planes of @nr tiles with these numbers, every frame kernel-other in zone 0. */
static AnzPlanes *make_planes(const guint64 *numbers, guint nr)
{
	AnzPlanes *planes = anz_planes_new(numbers, nr, 9, 0);

	for (guint i = 0; i < nr; i++) {
		AnzTile *tile = anz_planes_edit_at(planes, i);

		memset(tile->page_class, OTHER, ANZ_TILE_PAGES);
		memset(tile->zone, 0, ANZ_TILE_PAGES);
		memset(tile->block_type, 0, ANZ_TILE_PAGES >> 9);
	}
	return planes;
}

static AnzPlanes *one_tile(void)
{
	return make_planes((const guint64[]){ 0 }, 1);
}

static void set(AnzPlanes *planes, guint64 pfn, guint8 page_class, guint8 order, guint16 attr)
{
	AnzTile *tile = anz_planes_edit(planes, pfn);

	tile->page_class[anz_tile_index(pfn)] = page_class;
	tile->order[anz_tile_index(pfn)] = order;
	tile->attr[anz_tile_index(pfn)] = attr;
}

/* A head with tails as the decoder leaves them. */
static void set_compound(AnzPlanes *planes, guint64 pfn, guint8 page_class, guint8 order,
			 guint64 nr_tails)
{
	set(planes, pfn, page_class, order, ANZ_ATTR_HEAD);
	for (guint64 i = 1; i <= nr_tails; i++)
		set(planes, pfn + i, ANZ_CODE_TAIL, 0, ANZ_ATTR_TAIL);
}

#define assert_page(planes, pfn, expected_class, expected_order, expected_attr) \
	do { \
		const AnzTile *at_ = anz_planes_tile(planes, pfn); \
		g_assert_cmpuint(at_->page_class[anz_tile_index(pfn)], ==, expected_class); \
		g_assert_cmpuint(at_->order[anz_tile_index(pfn)], ==, expected_order); \
		g_assert_cmphex(at_->attr[anz_tile_index(pfn)], ==, expected_attr); \
	} while (0)

static void test_tails(void)
{
	g_autoptr(AnzPlanes) planes = one_tile();

	set_compound(planes, 8, ANZ_CLASS_SLAB, 3, 7);
	set_compound(planes, 16, ANZ_CLASS_FILE, 2, 3);
	set(planes, 20, ANZ_CLASS_ANON, 0, 0);
	anz_planes_spread(planes);
	assert_page(planes, 7, OTHER, 0, 0);
	assert_page(planes, 8, ANZ_CLASS_SLAB, 3, ANZ_ATTR_HEAD);
	for (guint i = 9; i < 16; i++)
		assert_page(planes, i, ANZ_CLASS_SLAB, 3, ANZ_ATTR_TAIL);
	assert_page(planes, 16, ANZ_CLASS_FILE, 2, ANZ_ATTR_HEAD);
	assert_page(planes, 19, ANZ_CLASS_FILE, 2, ANZ_ATTR_TAIL);
	assert_page(planes, 20, ANZ_CLASS_ANON, 0, 0);
	g_assert_cmpuint(planes->stats.suspects[ANZ_SUSPECT_ORPHAN_TAIL] + planes->stats.suspects[ANZ_SUSPECT_CUT], ==, 0);
}

/* States of a folio stand on its head and hold for all of it; a page's own mapcount is its own. */
static void test_states(void)
{
	const guint16 states = ANZ_ATTR_DIRTY | ANZ_ATTR_WRITEBACK | ANZ_ATTR_LOCKED |
			       ANZ_ATTR_LRU | ANZ_ATTR_ACTIVE | ANZ_ATTR_UNEVICTABLE |
			       ANZ_ATTR_MLOCKED;
	g_autoptr(AnzPlanes) planes = one_tile();

	set_compound(planes, 4, ANZ_CLASS_FILE, 2, 3);
	set(planes, 4, ANZ_CLASS_FILE, 2, ANZ_ATTR_HEAD | ANZ_ATTR_MAPPED | ANZ_ATTR_RESERVED |
	    states);
	set(planes, 6, ANZ_CODE_TAIL, 0, ANZ_ATTR_TAIL | ANZ_ATTR_MAPPED | ANZ_ATTR_HWPOISON);
	set_compound(planes, 8, ANZ_CLASS_ANON, 1, 1);
	set(planes, 8, ANZ_CLASS_ANON, 1, ANZ_ATTR_HEAD | ANZ_ATTR_MAPPED | ANZ_ATTR_WHOLE_MAPPED);
	anz_planes_spread(planes);
	assert_page(planes, 4, ANZ_CLASS_FILE, 2, ANZ_ATTR_HEAD | ANZ_ATTR_MAPPED |
		    ANZ_ATTR_RESERVED | states);
	assert_page(planes, 5, ANZ_CLASS_FILE, 2, ANZ_ATTR_TAIL | states);
	assert_page(planes, 6, ANZ_CLASS_FILE, 2, ANZ_ATTR_TAIL | ANZ_ATTR_MAPPED |
		    ANZ_ATTR_HWPOISON | states);
	/* Mapped as a whole; the decoder's private bit is gone. */
	assert_page(planes, 8, ANZ_CLASS_ANON, 1, ANZ_ATTR_HEAD | ANZ_ATTR_MAPPED);
	assert_page(planes, 9, ANZ_CLASS_ANON, 1, ANZ_ATTR_TAIL | ANZ_ATTR_MAPPED);
}

static void test_orphans(void)
{
	g_autoptr(AnzPlanes) planes = one_tile();

	set(planes, 0, ANZ_CODE_TAIL, 0, ANZ_ATTR_TAIL);
	set_compound(planes, 8, ANZ_CLASS_SLAB, 1, 3);	/* two tails too many */
	anz_planes_spread(planes);
	g_assert_cmpuint(planes->stats.suspects[ANZ_SUSPECT_ORPHAN_TAIL], ==, 3);
	assert_page(planes, 0, ANZ_CLASS_UNKNOWN_TYPE, 0, ANZ_ATTR_TAIL);
	assert_page(planes, 9, ANZ_CLASS_SLAB, 1, ANZ_ATTR_TAIL);
	assert_page(planes, 10, ANZ_CLASS_UNKNOWN_TYPE, 0, ANZ_ATTR_TAIL);
	assert_page(planes, 11, ANZ_CLASS_UNKNOWN_TYPE, 0, ANZ_ATTR_TAIL);
}

static void test_cut(void)
{
	g_autoptr(AnzPlanes) planes = one_tile();

	set_compound(planes, 8, ANZ_CLASS_SLAB, 3, 3);
	set_compound(planes, 12, ANZ_CLASS_FILE, 1, 1);
	set(planes, 14, ANZ_CODE_TAIL, 0, ANZ_ATTR_TAIL);
	anz_planes_spread(planes);
	g_assert_cmpuint(planes->stats.suspects[ANZ_SUSPECT_CUT], ==, 1);
	assert_page(planes, 11, ANZ_CLASS_SLAB, 3, ANZ_ATTR_TAIL);
	assert_page(planes, 12, ANZ_CLASS_FILE, 1, ANZ_ATTR_HEAD);
	assert_page(planes, 13, ANZ_CLASS_FILE, 1, ANZ_ATTR_TAIL);
	/* The cut page does not come back. */
	g_assert_cmpuint(planes->stats.suspects[ANZ_SUSPECT_ORPHAN_TAIL], ==, 1);
	assert_page(planes, 14, ANZ_CLASS_UNKNOWN_TYPE, 0, ANZ_ATTR_TAIL);
}

/* Struct pages that the dump lacks do not cut what lies around them, and keep their class. */
static void test_unseen_inside(void)
{
	g_autoptr(AnzPlanes) planes = one_tile();

	set_compound(planes, 16, ANZ_CLASS_HUGETLB, 4, 15);
	for (guint i = 20; i < 24; i++)
		set(planes, i, ANZ_CLASS_EXCLUDED, 0, 0);
	for (guint i = 24; i < 26; i++)
		set(planes, i, ANZ_CLASS_UNREADABLE, 0, 0);
	set(planes, 32, ANZ_CLASS_FREE, 3, ANZ_ATTR_HEAD);
	set(planes, 35, ANZ_CLASS_EXCLUDED, 0, 0);
	/* The section behind is lost. */
	set_compound(planes, 64, ANZ_CLASS_HUGETLB, 6, 3);
	for (guint i = 68; i < 128; i++)
		set(planes, i, ANZ_CLASS_HOLE, 0, 0);
	anz_planes_spread(planes);
	assert_page(planes, 20, ANZ_CLASS_EXCLUDED, 4, 0);
	assert_page(planes, 25, ANZ_CLASS_UNREADABLE, 4, 0);
	assert_page(planes, 26, ANZ_CLASS_HUGETLB, 4, ANZ_ATTR_TAIL);
	assert_page(planes, 31, ANZ_CLASS_HUGETLB, 4, ANZ_ATTR_TAIL);
	assert_page(planes, 35, ANZ_CLASS_FREE, 3, ANZ_ATTR_TAIL);
	assert_page(planes, 68, ANZ_CLASS_HOLE, 0, 0);
	g_assert_cmpuint(planes->stats.suspects[ANZ_SUSPECT_ORPHAN_TAIL] + planes->stats.suspects[ANZ_SUSPECT_CUT], ==, 0);
}

/* Whatever stale words say inside a free block, the block covers it; poison alone stays to see. */
static void test_blocks(void)
{
	static const guint8 blocks[] = { ANZ_CLASS_FREE, ANZ_CLASS_GUARD, ANZ_CLASS_UNACCEPTED };

	for (guint k = 0; k < G_N_ELEMENTS(blocks); k++) {
		g_autoptr(AnzPlanes) planes = one_tile();

		set(planes, 8, blocks[k], 3, ANZ_ATTR_HEAD);
		set(planes, 9, ANZ_CODE_TAIL, 0, ANZ_ATTR_TAIL);
		set(planes, 10, ANZ_CLASS_SLAB, 0, ANZ_ATTR_DIRTY);
		set_compound(planes, 12, ANZ_CLASS_FILE, 2, 3);
		set(planes, 14, OTHER, 0, ANZ_ATTR_HWPOISON | ANZ_ATTR_MAPPED);
		anz_planes_spread(planes);
		assert_page(planes, 8, blocks[k], 3, ANZ_ATTR_HEAD);
		for (guint i = 9; i < 16; i++)
			assert_page(planes, i, blocks[k], 3,
				    ANZ_ATTR_TAIL | (i == 14 ? ANZ_ATTR_HWPOISON : 0));
		assert_page(planes, 16, OTHER, 0, 0);
		g_assert_cmpuint(planes->stats.suspects[ANZ_SUSPECT_ORPHAN_TAIL] + planes->stats.suspects[ANZ_SUSPECT_CUT] +
				 planes->stats.suspects[ANZ_SUSPECT_BLOCK_INSIDE], ==, 0);
	}
}

static void test_overlapping_blocks(void)
{
	g_autoptr(AnzPlanes) planes = one_tile();

	set(planes, 8, ANZ_CLASS_FREE, 3, ANZ_ATTR_HEAD);
	set(planes, 12, ANZ_CLASS_FREE, 4, ANZ_ATTR_HEAD);
	anz_planes_spread(planes);
	g_assert_cmpuint(planes->stats.suspects[ANZ_SUSPECT_BLOCK_INSIDE], ==, 1);
	assert_page(planes, 12, ANZ_CLASS_FREE, 3, ANZ_ATTR_TAIL);
	assert_page(planes, 16, OTHER, 0, 0);
}

/* A gigantic page of 1 GiB is four tiles of 64 Ki frames. */
static void test_gigantic(void)
{
	g_autoptr(AnzPlanes) planes = make_planes((const guint64[]){ 8, 9, 10, 11, 12 }, 5);
	const guint64 first = 8 << ANZ_TILE_SHIFT;

	set_compound(planes, first, ANZ_CLASS_HUGETLB, 18, (1 << 18) - 1);
	set(planes, first, ANZ_CLASS_HUGETLB, 18, ANZ_ATTR_HEAD | ANZ_ATTR_WHOLE_MAPPED);
	anz_planes_spread(planes);
	for (guint i = 1; i < 1 << 18; i++)
		assert_page(planes, first + i, ANZ_CLASS_HUGETLB, 18,
			    ANZ_ATTR_TAIL | ANZ_ATTR_MAPPED);
	assert_page(planes, first + (1 << 18), OTHER, 0, 0);
	g_assert_cmpuint(planes->stats.suspects[ANZ_SUSPECT_ORPHAN_TAIL] + planes->stats.suspects[ANZ_SUSPECT_CUT], ==, 0);
}

/* Between tiles that do not follow one another there is nothing a cover could cross. */
static void test_gap_between_tiles(void)
{
	g_autoptr(AnzPlanes) planes = make_planes((const guint64[]){ 4, 6, 7 }, 3);
	const guint64 first = (5 << ANZ_TILE_SHIFT) - 4;

	set_compound(planes, first, ANZ_CLASS_HUGETLB, 4, 3);
	set(planes, 6 << ANZ_TILE_SHIFT, ANZ_CODE_TAIL, 0, ANZ_ATTR_TAIL);
	/* 6 and 7 do follow one another. */
	set(planes, (7 << ANZ_TILE_SHIFT) - 2, ANZ_CLASS_FREE, 3, ANZ_ATTR_HEAD);
	anz_planes_spread(planes);
	assert_page(planes, first + 3, ANZ_CLASS_HUGETLB, 4, ANZ_ATTR_TAIL);
	assert_page(planes, 6 << ANZ_TILE_SHIFT, ANZ_CLASS_UNKNOWN_TYPE, 0, ANZ_ATTR_TAIL);
	assert_page(planes, 7 << ANZ_TILE_SHIFT, ANZ_CLASS_FREE, 3, ANZ_ATTR_TAIL);
	assert_page(planes, (7 << ANZ_TILE_SHIFT) + 5, ANZ_CLASS_FREE, 3, ANZ_ATTR_TAIL);
	assert_page(planes, (7 << ANZ_TILE_SHIFT) + 6, OTHER, 0, 0);
	g_assert_cmpuint(planes->stats.suspects[ANZ_SUSPECT_ORPHAN_TAIL], ==, 1);
}

/* The runs of the whole map, cut ones joined, holes left out. */
static GArray *runs_of(const AnzPlanes *planes)
{
	g_autoptr(GArray) parts = g_array_new(FALSE, FALSE, sizeof(AnzPageRun));
	GArray *runs = g_array_new(FALSE, FALSE, sizeof(AnzPageRun));

	for (guint i = 0; i < planes->nr_tiles; i++)
		anz_tile_runs(planes, anz_planes_tile_at(planes, i), parts);
	for (guint i = 0; i < parts->len; i++) {
		const AnzPageRun *run = &g_array_index(parts, AnzPageRun, i);

		if (run->page_class != ANZ_CLASS_HOLE &&
		    !(runs->len && anz_page_run_join(&g_array_index(runs, AnzPageRun,
								    runs->len - 1), run)))
			g_array_append_vals(runs, run, 1);
	}
	return runs;
}

#define assert_run(runs, i, expected_pfn, expected_pages, expected_class, expected_order) \
	do { \
		const AnzPageRun *run_ = &g_array_index(runs, AnzPageRun, i); \
		g_assert_cmpuint(run_->pfn, ==, expected_pfn); \
		g_assert_cmpuint(run_->nr_pages, ==, expected_pages); \
		g_assert_cmpuint(run_->page_class, ==, expected_class); \
		g_assert_cmpint(run_->order, ==, expected_order); \
	} while (0)

static void test_runs(void)
{
	g_autoptr(AnzPlanes) planes = make_planes((const guint64[]){ 0, 1, 3 }, 3);
	g_autoptr(GArray) runs = NULL;
	const guint64 tile = ANZ_TILE_PAGES;

	for (guint64 i = 0; i < 100; i++)
		set(planes, i, ANZ_CLASS_HOLE, 0, 0);
	for (guint64 i = 200; i < 300; i++)
		set(planes, i, ANZ_CLASS_ANON, i < 250 ? 0 : 1,
		    (i % 2 ? ANZ_ATTR_MAPPED : 0) | (i % 4 ? 0 : ANZ_ATTR_CONTENT_EXCLUDED));
	anz_planes_edit_at(planes, 0)->block_type[1] = 2;	/* frames 512 to 1023 */
	memset(anz_planes_edit_at(planes, 1)->zone + 10, 1, ANZ_TILE_PAGES - 10);
	memset(anz_planes_edit_at(planes, 2)->zone, 1, ANZ_TILE_PAGES);
	runs = runs_of(planes);

	g_assert_cmpuint(runs->len, ==, 7);
	assert_run(runs, 0, 100, 100, OTHER, 0);
	assert_run(runs, 1, 200, 100, ANZ_CLASS_ANON, -1);
	g_assert_cmpuint(g_array_index(runs, AnzPageRun, 1).mapped, ==, 50);
	g_assert_cmpuint(g_array_index(runs, AnzPageRun, 1).excluded, ==, 25);
	assert_run(runs, 2, 300, 212, OTHER, 0);
	assert_run(runs, 3, 512, 512, OTHER, 0);
	g_assert_cmpuint(g_array_index(runs, AnzPageRun, 3).migratetype, ==, 2);
	assert_run(runs, 4, 1024, tile - 1024 + 10, OTHER, 0);
	assert_run(runs, 5, tile + 10, tile - 10, OTHER, 0);
	g_assert_cmpuint(g_array_index(runs, AnzPageRun, 5).zone, ==, 1);
	/* Tile 2 does not exist: a run never spans it. */
	assert_run(runs, 6, 3 * tile, tile, OTHER, 0);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/spread/tails", test_tails);
	g_test_add_func("/spread/states", test_states);
	g_test_add_func("/spread/orphans", test_orphans);
	g_test_add_func("/spread/cut", test_cut);
	g_test_add_func("/spread/unseen-inside", test_unseen_inside);
	g_test_add_func("/spread/blocks", test_blocks);
	g_test_add_func("/spread/overlapping-blocks", test_overlapping_blocks);
	g_test_add_func("/spread/gigantic", test_gigantic);
	g_test_add_func("/spread/gap-between-tiles", test_gap_between_tiles);
	g_test_add_func("/runs", test_runs);
	return g_test_run();
}
