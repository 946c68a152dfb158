/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The picture against a slow painter that asks, pixel by pixel, which pages lie there and what the
 * arrays behind the file say of them.  No tolerance: every pixel is as told.
 */
#include <math.h>
#include <png.h>
#include <stdlib.h>
#include <string.h>

#include "picture/cell-cache.h"
#include "picture/colour.h"
#include "picture/curve.h"
#include "store-util.h"

#define OPAQUE 0xff000000u
#define BLOCK_ORDER 9	/* of pageblocks, as store-util.c has it */

static AnzGeometry *geometry_new(AnzStore *store, AnzCurve curve, guint row_tiles, gboolean holes)
{
	AnzGeometryOptions options = { .size = sizeof(options), .curve = curve,
				       .row_tiles = row_tiles, .show_holes = holes };
	g_autoptr(GError) error = NULL;
	AnzGeometry *geometry = anz_geometry_new(store, &options, &error);

	g_assert_no_error(error);
	return geometry;
}

/* --- curves --- */

static void test_curves(void)
{
	g_autofree AnzCurveTables *tables = g_new(AnzCurveTables, 1);

	for (guint curve = 0; curve < ANZ_NR_CURVES; curve++) {
		anz_curve_tables_fill(tables, curve);
		for (guint order = 0; order <= ANZ_CURVE_MAX_ORDER; order++) {
			const guint16 *to_index = tables->to_index + ANZ_CURVE_OFFSET(order);
			const guint16 *to_place = tables->to_place + ANZ_CURVE_OFFSET(order);

			for (guint i = 0; i < 1u << (2 * order); i++) {
				guint x = to_place[i] & 0xff, y = to_place[i] >> 8;

				g_assert_cmpuint(to_index[y << order | x], ==, i);
				/* a Hilbert curve never jumps */
				if (curve == ANZ_CURVE_HILBERT && i)
					g_assert_cmpint(abs((int)x - (to_place[i - 1] & 0xff)) +
							abs((int)y - (to_place[i - 1] >> 8)), ==, 1);
				/* the coarser curve is the same picture */
				if (curve != ANZ_CURVE_ROWS && order) {
					guint up = tables->to_place[ANZ_CURVE_OFFSET(order - 1) + i / 4];

					g_assert_cmpuint(up, ==, (y >> 1) << 8 | x >> 1);
				}
			}
		}
	}
}

/* Each aligned block of 2^n frames is a rectangle whose sides are n/2 doublings, or one more. */
static void test_blocks_are_rectangles(void)
{
	g_autofree AnzCurveTables *tables = g_new(AnzCurveTables, 1);
	const guint16 *place = tables->to_place + ANZ_CURVE_OFFSET(ANZ_CURVE_MAX_ORDER);

	for (guint curve = ANZ_CURVE_HILBERT; curve <= ANZ_CURVE_MORTON; curve++) {
		anz_curve_tables_fill(tables, curve);
		for (guint order = 0; order <= 16; order++) {
			for (guint pfn = 0; pfn < ANZ_TILE_PAGES; pfn += 1u << order) {
				guint left = 255, right = 0, top = 255, bottom = 0;

				for (guint i = pfn; i < pfn + (1u << order); i++) {
					left = MIN(left, place[i] & 0xff);
					right = MAX(right, place[i] & 0xff);
					top = MIN(top, place[i] >> 8);
					bottom = MAX(bottom, place[i] >> 8);
				}
				g_assert_cmpuint((right - left + 1) * (bottom - top + 1), ==,
						 1u << order);
			}
		}
	}
}

/* --- page sets --- */

static void test_page_set(void)
{
	const AnzPageRange given[] = { { 100, 10 }, { 5, 5 }, { 105, 20 }, { 10, 1 }, { 50, 0 },
				       { G_MAXUINT64 - 3, 100 } };
	g_autoptr(AnzPageSet) set = anz_page_set_new(given, G_N_ELEMENTS(given));
	const AnzPageRange *ranges;
	gsize n;

	ranges = anz_page_set_ranges(set, &n);
	g_assert_cmpuint(n, ==, 3);
	g_assert_cmpuint(ranges[0].pfn, ==, 5);
	g_assert_cmpuint(ranges[0].nr_pages, ==, 6);
	g_assert_cmpuint(ranges[1].pfn, ==, 100);
	g_assert_cmpuint(ranges[1].nr_pages, ==, 25);
	g_assert_cmpuint(ranges[2].nr_pages, ==, 3);
	g_assert_cmpuint(anz_page_set_count(set), ==, 34);
	g_assert_true(anz_page_set_meets(set, 10, 1));
	g_assert_false(anz_page_set_meets(set, 11, 89));
	g_assert_true(anz_page_set_meets(set, 11, 90));
	g_assert_false(anz_page_set_meets(set, 5, 0));
	g_assert_false(anz_page_set_meets(set, 125, 1000));
	g_assert_cmpuint(anz_page_set_find(set, 0), ==, 0);
	g_assert_cmpuint(anz_page_set_find(set, 11), ==, 1);
	g_assert_cmpuint(anz_page_set_find(set, G_MAXUINT64), ==, 3);
}

static void test_empty_set(void)
{
	g_autoptr(AnzPageSet) set = anz_page_set_new(NULL, 0);

	g_assert_cmpuint(anz_page_set_count(set), ==, 0);
	g_assert_false(anz_page_set_meets(set, 0, G_MAXUINT64));
	g_assert_cmpuint(anz_page_set_find(set, 0), ==, 0);
}

/* --- geometry --- */

static void check_round_trip(const AnzGeometry *geometry, int zoom, guint64 pfn)
{
	AnzCell cell, same;

	g_assert_true(anz_geometry_cell_of(geometry, zoom, pfn, &cell));
	g_assert_cmpuint(cell.pfn, <=, pfn);
	g_assert_cmpuint(pfn - cell.pfn, <, cell.nr_pages);
	g_assert_cmpuint(cell.nr_pages, ==, zoom < 0 ? 1u << (-2 * zoom) : 1u);
	g_assert_true(anz_geometry_cell_at(geometry, zoom, cell.x + cell.side - 1,
					   cell.y + cell.side - 1, &same));
	g_assert_cmpuint(same.pfn, ==, cell.pfn);
	g_assert_cmpint(same.x, ==, cell.x);
	g_assert_cmpint(same.y, ==, cell.y);
}

static void test_places(StoreFixture *f, gconstpointer data)
{
	static const guint64 frames[] = { 0, 1, 255, 65535, 65536, 100000, 3 * 65536 + 77,
					  MAP_FRAMES - 1 };

	for (guint curve = 0; curve < ANZ_NR_CURVES; curve++) {
		for (int holes = 0; holes < 2; holes++) {
			g_autoptr(AnzGeometry) geometry = geometry_new(f->store, curve, 0, holes);

			for (int zoom = ANZ_ZOOM_MIN; zoom <= ANZ_ZOOM_MAX; zoom++)
				for (guint i = 0; i < G_N_ELEMENTS(frames); i++)
					check_round_trip(geometry, zoom, frames[i]);
		}
	}
}

static void test_holes_left_out(StoreFixture *f, gconstpointer data)
{
	g_autoptr(AnzGeometry) without = geometry_new(f->store, ANZ_CURVE_HILBERT, 2, FALSE);
	g_autoptr(AnzGeometry) with = geometry_new(f->store, ANZ_CURVE_HILBERT, 2, TRUE);
	guint64 width, height;
	AnzCell cell;

	/* tile 2 holds nothing */
	g_assert_false(anz_geometry_cell_of(without, 0, 2 * 65536 + 5, &cell));
	g_assert_true(anz_geometry_cell_of(with, 0, 2 * 65536 + 5, &cell));
	anz_geometry_size(without, 0, &width, &height);
	g_assert_cmpuint(width, ==, 512);
	g_assert_cmpuint(height, ==, 512);
	anz_geometry_size(with, -1, &width, &height);
	g_assert_cmpuint(width, ==, 256);
	g_assert_cmpuint(height, ==, 384);
	g_assert_cmpuint(anz_geometry_rows(with), ==, 3);
	g_assert_cmpuint(anz_geometry_row_pfn(with, 1), ==, 2 * 65536);
	g_assert_cmpuint(anz_geometry_row_pfn(without, 1), ==, 3 * 65536);
	g_assert_cmpint(anz_geometry_fit(with, 255, 384), ==, -2);
	g_assert_cmpint(anz_geometry_fit(with, 256, 384), ==, -1);
	g_assert_cmpint(anz_geometry_fit(with, 1, 1), ==, ANZ_ZOOM_MIN);
	g_assert_false(anz_geometry_cell_at(with, 0, -1, 0, &cell));
	g_assert_false(anz_geometry_cell_at(with, 0, 512, 0, &cell));
	/* behind the last frame, and behind the last tile */
	g_assert_false(anz_geometry_cell_at(with, 0, 255, 767, &cell));
	g_assert_false(anz_geometry_cell_at(with, 0, 300, 600, &cell));
}

/* --- the painter --- */

/* A painter without any cleverness. */
typedef struct {
	const Map *map, *older;
	const AnzGeometry *geometry;
	AnzPictureStyle style;
	AnzPageSet *lit;
} Slow;

#define BROKEN \
	(1u << ANZ_CLASS_HWPOISON | 1u << ANZ_CLASS_UNKNOWN_TYPE | 1u << ANZ_CLASS_UNREADABLE)

static guint32 dimmed(const Slow *s, guint32 colour, guint percent)
{
	return OPAQUE | anz_colour_blend(colour & 0xffffff,
					 anz_palette_background(s->style.palette), percent);
}

static guint32 plain(const Slow *s, guint c)
{
	return s->style.hidden >> c & 1 ? dimmed(s, s->style.colours[c], 88) :
		OPAQUE | s->style.colours[c];
}

static guint lowest(guint32 set)
{
	guint n = 0;

	while (!(set >> n & 1))
		n++;
	return n;
}

static guint class_at(const Map *map, guint64 pfn)
{
	return pfn < MAP_FRAMES ? map->page_class[pfn] : ANZ_CLASS_HOLE;
}

static guint32 slow_dominant(const Slow *s, const guint64 *pages, guint32 set, guint best)
{
	guint32 shown = set & ~s->style.hidden;

	if (shown & BROKEN)
		return plain(s, lowest(shown & BROKEN));
	if (s->style.hidden >> best & 1 && shown)
		return dimmed(s, s->style.colours[lowest(shown)], 45);
	return plain(s, best);
}

static guint32 slow_mixed(const Slow *s, const guint64 *pages, guint64 n)
{
	guint32 colour = OPAQUE;

	for (guint shift = 0; shift < 24; shift += 8) {
		guint64 light = 0;

		for (guint c = 0; c < ANZ_NR_CLASSES; c++)
			light += pages[c] * anz_colour_to_linear(plain(s, c) >> shift & 0xff);
		colour |= (guint32)anz_colour_from_linear((guint)(light / n) >> 4 << 4) << shift;
	}
	return colour;
}

static guint32 slow_change(const Slow *s, const AnzCell *cell)
{
	guint64 changed[ANZ_NR_CLASSES] = { 0 }, same[ANZ_NR_CLASSES] = { 0 }, any = 0;
	guint best = 0;

	for (guint64 pfn = cell->pfn; pfn < cell->pfn + cell->nr_pages; pfn++) {
		guint now = class_at(s->map, pfn), before = class_at(s->older, pfn);

		(now == before ? same : changed)[now]++;
		any += now != before;
	}
	for (guint c = 0; c < ANZ_NR_CLASSES; c++)
		if ((any ? changed : same)[c] > (any ? changed : same)[best])
			best = c;
	return any ? plain(s, best) :
		dimmed(s, anz_colour_fade(s->style.colours[best], 15), 60);
}

/* Owners 1000 and 3000 are files of one file system, 2000 is one of another: write_files(). */
static guint32 slow_group(const Slow *s, guint64 pfn)
{
	guint32 owner = s->map->owner[pfn];

	if (s->style.mode == ANZ_CELL_CGROUP)
		return s->map->cgroup[pfn];
	if (s->style.mode == ANZ_CELL_OWNER)
		return owner;
	return owner == 3000 ? 1000 : owner == 4000 ? 0 : owner;
}

static guint32 slow_owner(const Slow *s, const AnzCell *cell)
{
	guint first = class_at(s->map, cell->pfn);

	for (guint64 pfn = cell->pfn; pfn < MIN(cell->pfn + cell->nr_pages, MAP_FRAMES); pfn++)
		if (slow_group(s, pfn))
			return OPAQUE | anz_palette_owner_colour(s->style.palette, slow_group(s, pfn));
	return dimmed(s, s->style.colours[first], s->style.hidden >> first & 1 ? 92 : 80);
}

/* Of the block around each frame: free, in the way, none there; and what is broken in it. */
static guint32 slow_block(const Slow *s, guint64 block, guint *stays)
{
	const guint n = 1u << BLOCK_ORDER;
	guint free = 0, absent = 0;

	*stays = 0;
	for (guint64 pfn = block * n; pfn < (block + 1) * n; pfn++) {
		AnzMobility mobility = anz_page_class_info(class_at(s->map, pfn))->mobility;

		free += mobility == ANZ_MOBILITY_FREE;
		*stays += mobility == ANZ_MOBILITY_STAYS || mobility == ANZ_MOBILITY_ABSENT;
		absent += mobility == ANZ_MOBILITY_ABSENT;
	}
	if (absent == n)
		return plain(s, ANZ_CLASS_HOLE);
	return OPAQUE | (!*stays ? anz_palette_open_block(s->style.palette, free * 256 / n) :
		anz_palette_blocked_block(s->style.palette,
					  (guint)lround(256 * log2((double)n / *stays) / BLOCK_ORDER)));
}

static guint32 slow_fragmentation(const Slow *s, const AnzCell *cell, guint32 set)
{
	guint64 first = cell->pfn >> BLOCK_ORDER, n = cell->nr_pages >> BLOCK_ORDER;
	guint64 light[3] = { 0 };
	guint32 colour = OPAQUE;
	guint stays;

	set &= ~s->style.hidden;
	if (set & BROKEN)
		return plain(s, lowest(set & BROKEN));
	for (guint c = 0; c < ANZ_NR_CLASSES && cell->nr_pages <= 32; c++)
		if (set >> c & 1 && anz_page_class_info(c)->mobility == ANZ_MOBILITY_STAYS)
			return plain(s, c);
	if (n <= 1)
		return slow_block(s, first, &stays);
	for (guint64 block = first; block < first + n; block++)
		for (guint i = 0; i < 3; i++)
			light[i] += anz_colour_to_linear(slow_block(s, block, &stays) >> (8 * i) & 0xff);
	for (guint i = 0; i < 3; i++)
		colour |= (guint32)anz_colour_from_linear((guint)(light[i] / n) >> 4 << 4) << (8 * i);
	return colour;
}

static guint32 slow_cell(const Slow *s, const AnzCell *cell)
{
	guint64 pages[ANZ_NR_CLASSES] = { 0 };
	guint32 chosen = s->style.chosen ? s->style.chosen : BROKEN, set = 0, colour;
	guint best = 0;

	for (guint64 pfn = cell->pfn; pfn < cell->pfn + cell->nr_pages; pfn++)
		pages[class_at(s->map, pfn)]++;
	for (guint c = 0; c < ANZ_NR_CLASSES; c++) {
		set |= pages[c] ? 1u << c : 0;
		best = pages[c] > pages[best] ? c : best;
	}
	switch (s->style.mode) {
	case ANZ_CELL_MIXED:
		colour = cell->nr_pages == 1 ? plain(s, best) : slow_mixed(s, pages, cell->nr_pages);
		break;
	case ANZ_CELL_ANY:
		colour = set & chosen ? OPAQUE | s->style.colours[lowest(set & chosen)] :
			dimmed(s, s->style.colours[best], s->style.hidden >> best & 1 ? 92 : 80);
		break;
	case ANZ_CELL_OWNER:
	case ANZ_CELL_CGROUP:
	case ANZ_CELL_FILESYSTEM:
		colour = slow_owner(s, cell);
		break;
	case ANZ_CELL_FRAGMENTATION:
		colour = slow_fragmentation(s, cell, set);
		break;
	case ANZ_CELL_CHANGE:
		colour = slow_change(s, cell);
		break;
	default:
		colour = slow_dominant(s, pages, set, best);
	}
	if (s->lit && !anz_page_set_meets(s->lit, cell->pfn, cell->nr_pages))
		colour = dimmed(s, colour, 78);
	return colour;
}

/* Every cell of a stretch of the picture, by one pixel inside it where neither grid nor edge is. */
static void check_area(AnzPicture *picture, const Slow *s, int zoom, gint64 x, gint64 y, guint side)
{
	g_autofree guint32 *pixels = g_new(guint32, side * side);
	g_autoptr(GError) error = NULL;

	g_assert_true(anz_picture_paint(picture, zoom, x, y, side, side, pixels, side, NULL, &error));
	g_assert_no_error(error);
	for (guint row = 0; row < side; row++) {
		for (guint column = 0; column < side; column++) {
			guint32 got = pixels[row * side + column];
			AnzCell cell;

			if (!anz_geometry_cell_at(s->geometry, zoom, x + column, y + row, &cell)) {
				guint64 width, height;

				anz_geometry_size(s->geometry, zoom, &width, &height);
				if (x + column < 0 || y + row < 0 ||
				    (guint64)(x + column) >= width || (guint64)(y + row) >= height)
					g_assert_cmphex(got, ==, OPAQUE |
						anz_palette_background(s->style.palette));
				continue;
			}
			if (got != slow_cell(s, &cell))
				g_error("zoom %d, mode %s, pixel %u, %u, frame %" G_GUINT64_FORMAT
					": %08x, not %08x", zoom, anz_cell_mode_name(s->style.mode),
					column, row, cell.pfn, got, slow_cell(s, &cell));
		}
	}
}

static void check_style(StoreFixture *f, const Slow *s, AnzPicture *picture)
{
	anz_picture_set_style(picture, &s->style);
	anz_picture_set_lit(picture, s->lit);
	check_area(picture, s, 0, -3, -2, 150);
	check_area(picture, s, 1, 440, 100, 150);
	check_area(picture, s, -1, 100, 90, 100);
	check_area(picture, s, -3, 0, 0, 80);
	check_area(picture, s, -5, -1, -1, 40);
	check_area(picture, s, ANZ_ZOOM_MIN, 0, 0, 4);
}

/* Two file systems, and an owner that is no file. */
static void write_files(StoreFixture *f)
{
	anz_store_close(f->store);
	edit_file(f->path, "INSERT INTO files (snapshot, owner, mapping, deleted, fs, device, nrpages, pages, "
		  "mapped, dirty, writeback, indexed, shadows, swapped, disagreeing, whole) VALUES "
		  "(1, 1000, 1, 0, 'xfs', '9:1', 0, 3, 0, 0, 0, 0, 0, 0, 0, 1), "
		  "(1, 2000, 2, 0, 'xfs', '9:2', 0, 9, 0, 0, 0, 0, 0, 0, 0, 1), "
		  "(1, 3000, 3, 0, 'xfs', '9:1', 0, 8, 0, 0, 0, 0, 0, 0, 0, 1)");
	f->store = anz_store_open(f->path, NULL);
	g_assert_nonnull(f->store);
}

/* What has a colour in a mode has a name, too: the file systems, the larger one first. */
static void test_groups(StoreFixture *f, gconstpointer data)
{
	g_autoptr(AnzQuery) query = NULL;
	g_autoptr(GError) error = NULL;

	write_files(f);
	g_assert_null(anz_cell_mode_groups(ANZ_CELL_DOMINANT));
	query = anz_store_query(f->store, anz_cell_mode_groups(ANZ_CELL_FILESYSTEM), &error);
	g_assert_no_error(error);
	g_assert_true(anz_query_next(query, &error));
	g_assert_cmpint(anz_query_int(query, 0), ==, 1000);
	g_assert_cmpstr(anz_query_text(query, 1), ==, "xfs 9:1");
	g_assert_cmpint(anz_query_int(query, 2), ==, 11);
	g_assert_true(anz_query_next(query, &error));
	g_assert_cmpint(anz_query_int(query, 0), ==, 2000);
	g_clear_pointer(&query, anz_query_free);
	query = anz_store_query(f->store, anz_cell_mode_groups(ANZ_CELL_CGROUP), &error);
	g_assert_no_error(error);
	g_assert_true(anz_query_next(query, &error));
	g_assert_cmpint(anz_query_int(query, 0), ==, 5);
	g_clear_pointer(&query, anz_query_free);
	query = anz_store_query(f->store, anz_cell_mode_groups(ANZ_CELL_OWNER), &error);
	g_assert_no_error(error);
	g_assert_true(anz_query_next(query, &error));
}

/* Blocks counted one by one, in stretches of all sizes, beyond the map as well. */
static void test_count_blocks(StoreFixture *f, gconstpointer data)
{
	static const guint64 stretches[][2] = {
		{ 0, 512 }, { 512, 1024 }, { 0, 65536 }, { 32768, 65536 }, { 0, G_MAXUINT64 },
		{ 65536, 0 }, { (guint64)1 << 40, 512 },
	};
	const Slow s = { .map = f->map };

	for (guint i = 0; i < G_N_ELEMENTS(stretches); i++) {
		guint64 first = stretches[i][0], blocks = 0, blocked = 0, stays_sum = 0;
		guint64 end = MIN(first + MIN(stretches[i][1], MAP_FRAMES), MAP_FRAMES);
		g_autoptr(GError) error = NULL;
		AnzBlockCount count;

		g_assert_cmpuint(anz_store_read_blocks(f->store, first, stretches[i][1], &count, &error), ==,
				 BLOCK_ORDER);
		g_assert_no_error(error);
		for (guint64 block = first >> BLOCK_ORDER; block << BLOCK_ORDER < end; block++) {
			guint stays;

			if (slow_block(&s, block, &stays) == plain(&s, ANZ_CLASS_HOLE))
				continue;
			blocks++;
			blocked += stays != 0;
			stays_sum += stays;
		}
		g_assert_cmpuint(count.blocks, ==, blocks);
		g_assert_cmpuint(count.blocked_blocks, ==, blocked);
		g_assert_cmpuint(count.cannot_move, ==, stays_sum);
		g_assert_cmpuint(count.free_blocks + count.open_blocks, ==, blocks - blocked);
	}
}

static void test_modes(StoreFixture *f, gconstpointer data)
{
	static const AnzPageRange ranges[] = { { 3, 9 }, { 40000, 3000 }, { 3 * 65536, 1 } };
	g_autoptr(AnzPageSet) lit = anz_page_set_new(ranges, G_N_ELEMENTS(ranges));
	g_autoptr(Map) older = map_new(1);
	g_autofree char *path = NULL;
	g_autoptr(GError) error = NULL;
	g_autoptr(AnzStore) other = NULL;

	write_files(f);
	for (gsize pfn = 0; pfn < MAP_FRAMES; pfn += 1 + pfn % 911)
		older->page_class[pfn] = (guint8)((older->page_class[pfn] + 1) % ANZ_CLASS_HOLE);
	path = make_file(f->folder, "older.db", older);
	other = anz_store_open(path, &error);
	g_assert_no_error(error);

	for (guint curve = 0; curve < ANZ_NR_CURVES; curve++) {
		g_autoptr(AnzGeometry) geometry = geometry_new(f->store, curve, 2, curve == 1);
		g_autoptr(AnzPicture) picture = anz_picture_new(f->store, other, geometry);
		Slow s = { .map = f->map, .older = older, .geometry = geometry };

		for (guint mode = 0; mode < ANZ_NR_CELL_MODES; mode++) {
			if (mode == ANZ_CELL_HEAT)
				continue;	/* test_heat */
			/* patterns are looked at elsewhere */
			anz_picture_style_init(&s.style, mode % ANZ_PALETTE_MONO);
			s.style.mode = mode;
			s.style.grid = FALSE;
			s.style.hidden = curve ? 1u << ANZ_CLASS_SLAB | 1u << ANZ_CLASS_FREE : 0;
			s.style.chosen = curve == 1 ? 1u << ANZ_CLASS_ANON : 0;
			s.lit = curve == 2 ? lit : NULL;
			check_style(f, &s, picture);
		}
	}
}

/* Cells of no, one, half and all chosen pages get hotter; a single page is told from none. */
static void test_heat(StoreFixture *f, gconstpointer data)
{
	g_autoptr(AnzGeometry) geometry = geometry_new(f->store, ANZ_CURVE_HILBERT, 0, TRUE);
	g_autoptr(AnzPicture) picture = anz_picture_new(f->store, NULL, geometry);
	AnzPictureStyle style;
	guint32 seen[65] = { 0 };
	guint n_seen = 0, before = 0;

	anz_picture_style_init(&style, ANZ_PALETTE_DARK);
	style.mode = ANZ_CELL_HEAT;
	style.chosen = 1u << ANZ_CLASS_SLAB | 1u << ANZ_CLASS_FILE | 1u << ANZ_CLASS_ANON;
	anz_picture_set_style(picture, &style);
	for (guint64 pfn = 0; pfn < MAP_FRAMES; pfn += 64) {
		guint32 pixel;
		guint count = 0;
		AnzCell cell;

		for (guint64 i = pfn; i < pfn + 64; i++)
			count += style.chosen >> class_at(f->map, i) & 1;
		if (seen[count])
			continue;
		g_assert_true(anz_geometry_cell_of(geometry, -3, pfn, &cell));
		g_assert_true(anz_picture_paint(picture, -3, cell.x, cell.y, 1, 1, &pixel, 1, NULL,
						NULL));
		seen[count] = pixel;
	}
	for (guint i = 0; i < G_N_ELEMENTS(seen); i++) {
		guint light = (seen[i] >> 16 & 0xff) + (seen[i] >> 8 & 0xff);

		if (!seen[i])
			continue;
		if (n_seen++)
			g_assert_cmpuint(light, >, before);
		before = light;
	}
	g_assert_cmphex(seen[0], ==, OPAQUE | style.colours[ANZ_CLASS_FREE]);
	g_assert_true(seen[64] && n_seen > 10);
}

/* A picture painted in pieces is the picture painted whole: edges, grid and hatches join. */
static void test_pieces(StoreFixture *f, gconstpointer data)
{
	g_autoptr(AnzGeometry) geometry = geometry_new(f->store, ANZ_CURVE_HILBERT, 2, FALSE);
	g_autoptr(AnzPicture) picture = anz_picture_new(f->store, NULL, geometry);
	g_autofree guint32 *whole = g_new(guint32, 96 * 96), *piece = g_new(guint32, 96 * 96);
	AnzPictureStyle style;

	anz_picture_style_init(&style, ANZ_PALETTE_LIGHT);
	style.overlays = (1u << ANZ_NR_OVERLAYS) - 1;
	anz_picture_set_style(picture, &style);
	for (int zoom = -2; zoom <= ANZ_ZOOM_MAX; zoom++) {
		gint64 x = zoom > 0 ? (256 << zoom) - 50 : 30, y = x;
		const guint cuts[] = { 0, 1, 17, 64, 96 };

		g_assert_true(anz_picture_paint(picture, zoom, x, y, 96, 96, whole, 96, NULL, NULL));
		for (guint r = 0; r + 1 < G_N_ELEMENTS(cuts); r++)
			for (guint c = 0; c + 1 < G_N_ELEMENTS(cuts); c++)
				g_assert_true(anz_picture_paint(picture, zoom, x + cuts[c],
					y + cuts[r], cuts[c + 1] - cuts[c], cuts[r + 1] - cuts[r],
					piece + cuts[r] * 96 + cuts[c], 96, NULL, NULL));
		g_assert_cmpmem(whole, 96 * 96 * 4, piece, 96 * 96 * 4);
	}
}

/* Around a block of 16 frames there is a line and inside it none. */
/*
 * Cells that are kept give the same pixels as those that are read, whether there is room for all, for those of
 * levels 3 and 4, for those of level 4, or for none.
 */
static void test_kept_cells(StoreFixture *f, gconstpointer data)
{
	static const gsize budgets[] = { 1 << 20, 110000, 40000, 0 };
	g_autoptr(AnzGeometry) geometry = geometry_new(f->store, ANZ_CURVE_HILBERT, 2, FALSE);
	g_autofree guint32 *plain = g_new(guint32, 128 * 128), *kept = g_new(guint32, 128 * 128);

	for (guint b = 0; b < G_N_ELEMENTS(budgets); b++) {
		g_autoptr(AnzCellCache) cache = anz_cell_cache_new(budgets[b]);
		guint8 dominant[4 * ANZ_TILE_PAGES >> 4];
		guint32 set[4 * ANZ_TILE_PAGES >> 4];

		for (guint i = 0; i < 12; i++) {
			const int zoom = -1 - (int)(i % 4);
			g_autoptr(AnzPicture) without = anz_picture_new(f->store, NULL, geometry);
			g_autoptr(AnzPicture) with = anz_picture_new(f->store, NULL, geometry);
			AnzPictureStyle style;

			anz_picture_style_init(&style, i % ANZ_NR_PALETTES);
			style.hidden = 1u << (i % ANZ_NR_CLASSES);
			anz_picture_set_style(without, &style);
			anz_picture_set_style(with, &style);
			anz_picture_set_cell_cache(with, cache);
			g_assert_true(anz_picture_paint(without, zoom, 0, 0, 128, 128, plain, 128, NULL, NULL));
			g_assert_true(anz_picture_paint(with, zoom, 0, 0, 128, 128, kept, 128, NULL, NULL));
			g_assert_cmpmem(kept, 128 * 128 * 4, plain, 128 * 128 * 4);
		}
		g_assert_cmpint(anz_cell_cache_get(cache, 4, 0, 16 * ANZ_TILE_PAGES >> 8, dominant, set), ==,
				b < 3);
		g_assert_cmpint(anz_cell_cache_get(cache, 2, 0, 4 * ANZ_TILE_PAGES >> 4, dominant, set), ==,
				b < 1);
	}
}

static void test_block_outline(StoreFixture *f, gconstpointer data)
{
	g_autoptr(AnzGeometry) geometry = geometry_new(f->store, ANZ_CURVE_MORTON, 2, FALSE);
	g_autoptr(AnzPicture) picture = anz_picture_new(f->store, NULL, geometry);
	guint32 with[16 * 16], without[16 * 16];
	AnzPictureStyle style;
	guint64 pfn = 0;
	AnzCell cell;

	/* one that does not lie at the picture's own border, where there are no lines */
	for (;; pfn += 16) {
		g_assert_cmpuint(pfn, <, MAP_FRAMES);
		if (anz_geometry_cell_of(geometry, 2, pfn, &cell) && cell.x && cell.y &&
		    f->map->order[pfn] == 4)
			break;
	}
	anz_picture_style_init(&style, ANZ_PALETTE_DARK);
	style.grid = FALSE;
	anz_picture_set_style(picture, &style);
	g_assert_true(anz_picture_paint(picture, 2, cell.x, cell.y, 16, 16, without, 16, NULL, NULL));
	style.overlays = 1u << ANZ_OVERLAY_BLOCK;
	anz_picture_set_style(picture, &style);
	g_assert_true(anz_picture_paint(picture, 2, cell.x, cell.y, 16, 16, with, 16, NULL, NULL));
	for (guint i = 0; i < 16 * 16; i++) {
		gboolean border = i / 16 == 0 || i % 16 == 0;

		g_assert_true((with[i] != without[i]) == border);
	}
}

/* Sections are as large as the analysis says, not as they are on some machines. */
static void test_section_outline(StoreFixture *f, gconstpointer data)
{
	const guint64 section = 1u << (SECTION_BITS - 12);
	g_autoptr(AnzGeometry) geometry = geometry_new(f->store, ANZ_CURVE_MORTON, 2, FALSE);
	g_autoptr(AnzPicture) picture = anz_picture_new(f->store, NULL, geometry);
	g_autofree guint32 *with = g_new(guint32, 128 * 128);
	g_autofree guint32 *without = g_new(guint32, 128 * 128);
	AnzPictureStyle style;
	guint64 pfn = 0;
	AnzCell cell;

	g_assert_cmpuint(anz_store_section_pages(f->store), ==, section);
	for (;; pfn += section) {
		g_assert_cmpuint(pfn, <, MAP_FRAMES);
		if (anz_geometry_cell_of(geometry, 1, pfn, &cell) && cell.x && cell.y)
			break;
	}
	anz_picture_style_init(&style, ANZ_PALETTE_DARK);
	style.grid = FALSE;
	anz_picture_set_style(picture, &style);
	g_assert_true(anz_picture_paint(picture, 1, cell.x, cell.y, 128, 128, without, 128, NULL, NULL));
	style.overlays = 1u << ANZ_OVERLAY_SECTION;
	anz_picture_set_style(picture, &style);
	g_assert_true(anz_picture_paint(picture, 1, cell.x, cell.y, 128, 128, with, 128, NULL, NULL));
	for (guint i = 0; i < 128 * 128; i++) {
		gboolean border = i / 128 == 0 || i % 128 == 0;

		g_assert_true((with[i] != without[i]) == border);
	}
}

/* At one pixel a page too, every pixel is the class's grey or its pattern's ink. */
static void test_textures(StoreFixture *f, gconstpointer data)
{
	g_autoptr(AnzGeometry) geometry = geometry_new(f->store, ANZ_CURVE_HILBERT, 2, FALSE);
	g_autoptr(AnzPicture) picture = anz_picture_new(f->store, NULL, geometry);
	g_autofree guint32 *pixels = g_new(guint32, 200 * 200);
	AnzPictureStyle style;

	anz_picture_style_init(&style, ANZ_PALETTE_MONO);
	style.grid = FALSE;
	anz_picture_set_style(picture, &style);
	for (int zoom = 0; zoom <= 4; zoom++) {
		guint inked = 0;

		g_assert_true(anz_picture_paint(picture, zoom, 3, 5, 200, 200, pixels, 200, NULL, NULL));
		for (guint i = 0; i < 200 * 200; i++) {
			gint64 x = 3 + i % 200, y = 5 + i / 200;
			AnzCell cell;
			guint c;

			g_assert_true(anz_geometry_cell_at(geometry, zoom, x, y, &cell));
			c = class_at(f->map, cell.pfn);
			g_assert_cmphex(pixels[i], ==, anz_pattern_pixel(style.colours[c],
				anz_palette_pattern(ANZ_PALETTE_MONO, c), x, y));
			inked += pixels[i] != (OPAQUE | style.colours[c]);
		}
		g_assert_cmpuint(inked, >, 1000);
	}
}

/* Without the size of pageblocks there is nothing to be said of them. */
static void test_no_blocks(StoreFixture *f, gconstpointer data)
{
	g_autoptr(AnzGeometry) geometry = geometry_new(f->store, ANZ_CURVE_ROWS, 0, FALSE);
	g_autoptr(AnzPicture) picture = NULL;
	g_autoptr(GError) error = NULL;
	AnzPictureStyle style;
	guint32 pixel;

	anz_store_close(f->store);
	edit_file(f->path, "DELETE FROM meta WHERE key = 'format.pageblock_order'");
	f->store = anz_store_open(f->path, NULL);
	picture = anz_picture_new(f->store, NULL, geometry);
	anz_picture_style_init(&style, ANZ_PALETTE_DARK);
	style.mode = ANZ_CELL_FRAGMENTATION;
	anz_picture_set_style(picture, &style);
	g_assert_false(anz_picture_paint(picture, 0, 0, 0, 1, 1, &pixel, 1, NULL, &error));
	assert_message(error, ANZ_ERROR_ARGUMENT, "how large a pageblock");
}

static void test_refuses(StoreFixture *f, gconstpointer data)
{
	g_autoptr(AnzGeometry) geometry = geometry_new(f->store, ANZ_CURVE_ROWS, 0, FALSE);
	g_autoptr(AnzPicture) picture = anz_picture_new(f->store, NULL, geometry);
	AnzGeometryOptions wrong = { .size = sizeof(wrong), .curve = ANZ_NR_CURVES };
	g_autoptr(GError) error = NULL;
	guint32 pixel = 0x1234;
	gint cancel = 1;

	g_assert_false(anz_picture_paint(picture, 0, 0, 0, 0, 1, &pixel, 1, NULL, &error));
	assert_message(error, ANZ_ERROR_ARGUMENT, "cannot be painted");
	g_assert_false(anz_picture_paint(picture, 0, 0, 0, 1, 1, &pixel, 1, &cancel, &error));
	assert_message(error, ANZ_ERROR_CANCELLED, "cancelled");
	g_assert_false(anz_picture_write_png(picture, 0, 0, 0, 2000000, 1, stdout, NULL, NULL,
					     &error));
	assert_message(error, ANZ_ERROR_ARGUMENT, "smaller zoom");
	g_assert_false(anz_picture_write_png(picture, 0, 0, 0, 900000, 900000, stdout, NULL, NULL,
					     &error));
	assert_message(error, ANZ_ERROR_ARGUMENT, "smaller zoom");
	g_assert_false(anz_picture_write_svg(picture, 0, 0, 0, 9000, 9000, stdout, "", NULL, &error));
	assert_message(error, ANZ_ERROR_ARGUMENT, "or PNG");
	g_assert_null(anz_geometry_new(f->store, &wrong, &error));
	assert_message(error, ANZ_ERROR_ARGUMENT, "no curve");
	/* far outside is nothing but background */
	g_assert_true(anz_picture_paint(picture, 5, G_MAXINT64, G_MININT64, 1, 1, &pixel, 1, NULL,
					NULL));
	g_assert_cmphex(pixel, ==, OPAQUE | anz_palette_background(ANZ_PALETTE_DARK));
}

/* --- PNG --- */

static void test_png(StoreFixture *f, gconstpointer data)
{
	const guint width = 70, height = 600;	/* more than two bands */
	static const AnzPngText text[] = { { "Title", "caf\303\251" }, { NULL, NULL } };
	g_autoptr(AnzGeometry) geometry = geometry_new(f->store, ANZ_CURVE_HILBERT, 1, FALSE);
	g_autoptr(AnzPicture) picture = anz_picture_new(f->store, NULL, geometry);
	g_autofree guint32 *pixels = g_new(guint32, width * height);
	g_autofree guint8 *rgb = g_malloc(width * height * 3);
	g_autofree char *path = g_build_filename(f->folder, "map.png", NULL);
	g_autofree char *bytes = NULL;
	png_image image = { .version = PNG_IMAGE_VERSION };
	g_autoptr(GError) error = NULL;
	gsize len;
	FILE *file = fopen(path, "wb");

	g_assert_true(anz_picture_write_png(picture, 0, 5, 40, width, height, file, text, NULL,
					    &error));
	g_assert_no_error(error);
	fclose(file);
	g_assert_true(g_file_get_contents(path, &bytes, &len, NULL));
	g_assert_nonnull(memmem(bytes, len, "Title", 5));
	g_assert_true(png_image_begin_read_from_memory(&image, bytes, len));
	g_assert_cmpuint(image.width, ==, width);
	g_assert_cmpuint(image.height, ==, height);
	image.format = PNG_FORMAT_RGB;
	g_assert_true(png_image_finish_read(&image, NULL, rgb, 0, NULL));
	g_assert_true(anz_picture_paint(picture, 0, 5, 40, width, height, pixels, width, NULL, NULL));
	for (guint i = 0; i < width * height; i++)
		g_assert_cmphex(pixels[i] & 0xffffff, ==,
				rgb[3 * i] << 16 | rgb[3 * i + 1] << 8 | rgb[3 * i + 2]);
}

static void test_png_full_disk(StoreFixture *f, gconstpointer data)
{
	g_autoptr(AnzGeometry) geometry = geometry_new(f->store, ANZ_CURVE_HILBERT, 0, FALSE);
	g_autoptr(AnzPicture) picture = anz_picture_new(f->store, NULL, geometry);
	g_autoptr(GError) error = NULL;
	FILE *file = fopen("/dev/full", "wb");

	setvbuf(file, NULL, _IONBF, 0);
	g_assert_false(anz_picture_write_png(picture, 0, 0, 0, 512, 512, file, NULL, NULL, &error));
	assert_message(error, ANZ_ERROR_IO, "PNG");
	fclose(file);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/picture/curves", test_curves);
	g_test_add_func("/picture/blocks-are-rectangles", test_blocks_are_rectangles);
	g_test_add_func("/picture/page-set", test_page_set);
	g_test_add_func("/picture/empty-set", test_empty_set);
	ADD_STORE_TEST("picture/places", test_places);
	ADD_STORE_TEST("picture/holes-left-out", test_holes_left_out);
	ADD_STORE_TEST("picture/modes", test_modes);
	ADD_STORE_TEST("picture/groups", test_groups);
	ADD_STORE_TEST("picture/count-blocks", test_count_blocks);
	ADD_STORE_TEST("picture/heat", test_heat);
	ADD_STORE_TEST("picture/pieces", test_pieces);
	ADD_STORE_TEST("picture/kept-cells", test_kept_cells);
	ADD_STORE_TEST("picture/block-outline", test_block_outline);
	ADD_STORE_TEST("picture/section-outline", test_section_outline);
	ADD_STORE_TEST("picture/textures", test_textures);
	ADD_STORE_TEST("picture/no-blocks", test_no_blocks);
	ADD_STORE_TEST("picture/refuses", test_refuses);
	ADD_STORE_TEST("picture/png", test_png);
	ADD_STORE_TEST("picture/png-full-disk", test_png_full_disk);
	return g_test_run();
}
