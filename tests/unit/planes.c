/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * pages/planes.c and pages/pass.c: a map larger than its budget, whose tiles are packed and opened
 * again, holds what was written into it, whatever the order of access.
 */
#include <string.h>

#include "pages/pass.h"

#define NR_TILES 40
#define TILE_BYTES (5ull * ANZ_TILE_PAGES)
#define NR_OPEN 8		/* the least there is */

static AnzPlanes *make_planes(guint64 budget)
{
	guint64 numbers[NR_TILES];

	for (guint i = 0; i < NR_TILES; i++)
		numbers[i] = 3 + i + i / 10 * 100;	/* with gaps */
	return anz_planes_new(numbers, NR_TILES, 9, budget);
}

static guint nr_open(const AnzPlanes *planes)
{
	guint nr = 0;

	for (guint i = 0; i < planes->nr_tiles; i++)
		nr += planes->all_tiles[i].page_class != NULL;
	return nr;
}

/* A different value for each array, tile and frame. */
static void write_values(AnzTile *tile, guint64 salt)
{
	for (guint i = 0; i < ANZ_TILE_PAGES; i++) {
		guint64 value = (tile->number + salt) * 7919 + i / 37;

		tile->page_class[i] = value % ANZ_NR_CLASSES;
		tile->order[i] = value % 11;
		tile->zone[i] = value % 5;
		tile->attr[i] = value;
	}
}

static void assert_values(const AnzTile *tile, guint64 salt)
{
	for (guint i = 0; i < ANZ_TILE_PAGES; i += 31) {
		guint64 value = (tile->number + salt) * 7919 + i / 37;

		g_assert_cmpuint(tile->page_class[i], ==, value % ANZ_NR_CLASSES);
		g_assert_cmpuint(tile->order[i], ==, value % 11);
		g_assert_cmpuint(tile->zone[i], ==, value % 5);
		g_assert_cmpuint(tile->attr[i], ==, (guint16)value);
	}
}

/* A tile that nothing was written into is a hole in no zone. */
static void assert_blank(const AnzTile *tile)
{
	for (guint i = 0; i < ANZ_TILE_PAGES; i += 31) {
		g_assert_cmpuint(tile->page_class[i], ==, ANZ_CLASS_HOLE);
		g_assert_cmpuint(tile->zone[i], ==, ANZ_NO_ZONE);
		g_assert_cmpuint(tile->attr[i], ==, 0);
	}
}

/* Budgets: one tile's, which means the least there is; and one that holds the whole map. */
static const guint64 small = 1, large = 2 * NR_TILES * TILE_BYTES;

static void test_out_of_order(gconstpointer budget)
{
	g_autoptr(AnzPlanes) planes = make_planes(*(const guint64 *)budget);
	AnzTile *held;

	for (guint i = 0; i < NR_TILES; i++) {
		AnzTile *tile = anz_planes_edit_at(planes, i * 7 % NR_TILES);

		assert_blank(tile);
		write_values(tile, 0);
	}
	if (budget == &small)
		g_assert_cmpuint(nr_open(planes), ==, NR_OPEN);
	else
		g_assert_cmpuint(nr_open(planes), ==, NR_TILES);
	for (guint i = 0; i < NR_TILES; i++)
		assert_values(anz_planes_tile_at(planes, i * 3 % NR_TILES), 0);
	/* What the caller has in hand stays until seven others were asked for. */
	held = anz_planes_edit_at(planes, 0);
	for (guint i = 1; i < NR_OPEN; i++)
		anz_planes_tile_at(planes, i);
	assert_values(held, 0);
	held->order[5] = 77;
	for (guint i = NR_OPEN; i < NR_TILES; i++)
		anz_planes_tile_at(planes, i);
	g_assert_cmpuint(anz_planes_tile_at(planes, 0)->order[5], ==, 77);
}

/* Every frame another, as no machine has it; and all alike: the two ends of packing. */
static void test_extremes(void)
{
	g_autoptr(AnzPlanes) planes = make_planes(small);
	const AnzTile *back;
	AnzTile *tile = anz_planes_edit_at(planes, 0);

	for (guint i = 0; i < ANZ_TILE_PAGES; i++) {
		tile->page_class[i] = i % ANZ_NR_CLASSES;
		tile->order[i] = i >> 8;
		tile->zone[i] = i;
		tile->attr[i] = i * 40503;
	}
	/* One long stretch, ends of each length at the end of a tile, and one frame by itself. */
	for (guint t = 1; t < 18; t++) {
		tile = anz_planes_edit_at(planes, t);
		memset(tile->page_class, ANZ_CLASS_FILE, ANZ_TILE_PAGES);
		for (guint i = ANZ_TILE_PAGES - t; i < ANZ_TILE_PAGES; i++)
			tile->attr[i] = 0x8001;
	}
	for (guint t = 18; t < NR_TILES; t++)
		anz_planes_tile_at(planes, t);
	g_assert_null(planes->all_tiles[0].page_class);
	back = anz_planes_tile_at(planes, 0);
	g_assert_cmpuint(back->nr_stretches, ==, 0);
	for (guint i = 0; i < ANZ_TILE_PAGES; i++) {
		g_assert_cmpuint(back->page_class[i], ==, i % ANZ_NR_CLASSES);
		g_assert_cmpuint(back->order[i], ==, i >> 8);
		g_assert_cmpuint(back->zone[i], ==, (guint8)i);
		g_assert_cmpuint(back->attr[i], ==, (guint16)(i * 40503));
	}
	for (guint t = 1; t < 18; t++) {
		back = anz_planes_tile_at(planes, t);
		g_assert_cmpuint(back->nr_stretches, ==, 2);
		g_assert_cmpuint(back->packed_len, <, 64);
		for (guint i = 0; i < ANZ_TILE_PAGES; i++) {
			g_assert_cmpuint(back->page_class[i], ==, ANZ_CLASS_FILE);
			g_assert_cmpuint(back->zone[i], ==, ANZ_NO_ZONE);
			g_assert_cmpuint(back->order[i], ==, 0);
			g_assert_cmpuint(back->attr[i], ==, i < ANZ_TILE_PAGES - t ? 0 : 0x8001);
		}
	}
}

/* Only what was opened for writing is packed again. */
static void test_edit(void)
{
	g_autoptr(AnzPlanes) planes = make_planes(small);
	const guint8 *packed;

	anz_planes_edit_at(planes, 3)->order[1] = 7;
	for (guint i = 10; i < 20; i++)
		anz_planes_tile_at(planes, i);
	packed = planes->all_tiles[3].packed;
	g_assert_nonnull(packed);
	g_assert_cmpuint(anz_planes_tile_at(planes, 3)->order[1], ==, 7);
	for (guint i = 10; i < 20; i++)
		anz_planes_tile_at(planes, i);
	g_assert_true(planes->all_tiles[3].packed == packed);
	/* Opened to look at, then to write into, while it is open. */
	anz_planes_tile_at(planes, 3);
	anz_planes_edit_at(planes, 3)->order[2] = 8;
	anz_planes_tile_at(planes, 3);
	for (guint i = 10; i < 20; i++)
		anz_planes_tile_at(planes, i);
	g_assert_cmpuint(anz_planes_tile_at(planes, 3)->order[1], ==, 7);
	g_assert_cmpuint(anz_planes_tile_at(planes, 3)->order[2], ==, 8);
}

static void test_find(void)
{
	g_autoptr(AnzPlanes) planes = make_planes(small);

	g_assert_cmpint(anz_planes_find(planes, 0), ==, -1);
	g_assert_cmpint(anz_planes_find(planes, 3ull << ANZ_TILE_SHIFT), ==, 0);
	g_assert_cmpint(anz_planes_find(planes, (13ull << ANZ_TILE_SHIFT) - 1), ==, 9);
	g_assert_cmpint(anz_planes_find(planes, 13ull << ANZ_TILE_SHIFT), ==, -1);
	g_assert_cmpint(anz_planes_find(planes, 113ull << ANZ_TILE_SHIFT), ==, 10);
	g_assert_cmpint(anz_planes_find(planes, G_MAXUINT64), ==, -1);
	g_assert_null(anz_planes_tile(planes, 13ull << ANZ_TILE_SHIFT));
	g_assert_cmpuint(nr_open(planes), ==, 0);
}

typedef struct {
	guint64 salt;
	guint64 last;		/* tile drained */
	guint nr_drained;
	gint cancel;
} Seen;

static void write_work(AnzTile *tile, gpointer slot, gpointer data)
{
	(void)slot;
	write_values(tile, ((Seen *)data)->salt);
}

static void check_work(AnzTile *tile, gpointer slot, gpointer data)
{
	*(guint64 *)slot = tile->number;
	assert_values(tile, ((Seen *)data)->salt);
	/* Nothing of this is kept: the pass says that it only reads. */
	if (tile->packed)
		memset(tile->order, 99, ANZ_TILE_PAGES);
}

static void check_drain(const AnzTile *tile, gpointer slot, gpointer data)
{
	Seen *seen = data;

	g_assert_cmpuint(*(guint64 *)slot, ==, tile->number);
	g_assert_cmpuint(tile->number, >, seen->last);
	seen->last = tile->number;
	if (++seen->nr_drained == 11)
		seen->cancel = TRUE;
}

static gpointer slot_new(gpointer data, GError **error)
{
	(void)data;
	(void)error;
	return g_new0(guint64, 1);
}

static void test_pass(gconstpointer budget)
{
	g_autoptr(AnzPlanes) planes = make_planes(*(const guint64 *)budget);
	g_autoptr(GError) error = NULL;
	Seen seen = { .salt = 5 };
	const AnzPass write = { .work = write_work, .data = &seen };
	const AnzPass check = { .slot_new = slot_new, .slot_free = g_free, .work = check_work,
				.drain = check_drain, .read_only = TRUE, .data = &seen };
	const AnzPass stopped = { .slot_new = slot_new, .slot_free = g_free, .work = check_work,
				  .drain = check_drain, .read_only = TRUE,
				  .cancel = &seen.cancel, .data = &seen };

	planes->threads = 3;
	/* Some are open already when the pass begins. */
	for (guint i = 0; i < 5; i++)
		anz_planes_tile_at(planes, i);
	g_assert_true(anz_planes_pass(planes, &write, &error));
	if (budget == &small)
		g_assert_cmpuint(nr_open(planes), ==, 0);
	g_assert_true(anz_planes_pass(planes, &check, &error));
	g_assert_cmpuint(seen.nr_drained, ==, NR_TILES);
	assert_values(anz_planes_tile_at(planes, 17), 5);

	seen.last = seen.nr_drained = 0;
	seen.cancel = FALSE;
	g_assert_false(anz_planes_pass(planes, &stopped, &error));
	g_assert_error(error, ANZ_ERROR, ANZ_ERROR_CANCELLED);
	g_assert_cmpuint(seen.nr_drained, <, NR_TILES);
}

typedef struct {
	guint nr_open, most_open;
} Count;

static void count_work(AnzTile *tile, gpointer slot, gpointer data)
{
	Count *count = data;
	guint now = g_atomic_int_add(&count->nr_open, 1) + 1, most;

	(void)slot;
	write_values(tile, 1);
	do
		most = g_atomic_int_get(&count->most_open);
	while (now > most && !g_atomic_int_compare_and_exchange(&count->most_open, most, now));
	/* The others have the time to come in. */
	for (guint i = 0; i < 200 && g_atomic_int_get(&count->nr_open) <= NR_OPEN; i++)
		g_thread_yield();
	g_atomic_int_add(&count->nr_open, -1);
}

/* More threads than tiles that may be open: the budget counts. */
static void test_pass_threads(void)
{
	g_autoptr(AnzPlanes) planes = make_planes(small);
	g_autoptr(GError) error = NULL;
	Count count = { 0 };
	const AnzPass pass = { .work = count_work, .data = &count };

	planes->threads = NR_TILES;
	g_assert_true(anz_planes_pass(planes, &pass, &error));
	g_assert_cmpuint(count.most_open, >, 0);
	g_assert_cmpuint(count.most_open, <=, NR_OPEN);
}

/* What noted links may take: an array of them grows to the next power of two. */
static void test_budget(void)
{
	for (guint64 budget = 16 << 20; budget < 1ull << 40; budget = budget * 5 / 3) {
		g_autoptr(AnzPlanes) planes = make_planes(budget);
		guint64 links = (guint64)planes->max_buddies * sizeof(AnzBuddyRecord), room = 1;

		while (room < links)
			room *= 2;
		g_assert_cmpuint(room + planes->max_open * TILE_BYTES, <=, budget);
		g_assert_cmpuint(links, >, budget / 16);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_data_func("/planes/out-of-order/packed", &small, test_out_of_order);
	g_test_add_data_func("/planes/out-of-order/open", &large, test_out_of_order);
	g_test_add_func("/planes/extremes", test_extremes);
	g_test_add_func("/planes/edit", test_edit);
	g_test_add_func("/planes/find", test_find);
	g_test_add_data_func("/planes/pass/packed", &small, test_pass);
	g_test_add_data_func("/planes/pass/open", &large, test_pass);
	g_test_add_func("/planes/pass/threads", test_pass_threads);
	g_test_add_func("/planes/budget", test_budget);
	return g_test_run();
}
