/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Views as text, where they look, and what searches find. */
#include <string.h>

#include "store-util.h"

/* --- text and back --- */

/* @text is as anz_view_text() writes it. */
static void assert_same(const char *text)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(AnzView) view = anz_view_parse(text, &error);
	g_autofree char *again = NULL;

	g_assert_no_error(error);
	again = anz_view_text(view);
	g_assert_cmpstr(again, ==, text);
}

#define LOOKS "layout=hilbert&mode=dominant&palette=dark"

static void test_text(void)
{
	assert_same("memdesc:?" LOOKS);
	assert_same("memdesc:///srv/a.memdesc?" LOOKS);
	assert_same("memdesc:a.memdesc?layout=rows&mode=heat&palette=mono");
	assert_same("memdesc:///a?part=/b%20b&part=/c&snapshot=3&with=/older%3F%26&with-snapshot=1&" LOOKS);
	assert_same("memdesc:///a?" LOOKS "&row=3&holes=yes&grid=no&borders=section,block,node");
	assert_same("memdesc:///a?" LOOKS "&hide=free,slab");
	assert_same("memdesc:///a?" LOOKS "&show=hwpoison,hole");
	assert_same("memdesc:///a?" LOOKS "&colours=free:000000,slab:0a0b0c");
	assert_same("memdesc:///a?" LOOKS "&at=58089&zoom=2&size=1x32768&select=0,268435456");
	assert_same("memdesc:///a?" LOOKS "&at=0&zoom=-8&off=-4294967296,7");
	assert_same("memdesc:///a?" LOOKS "&search=%3D%20SELECT%20%27%2525%27,%20%27%2B%0A%C3%A4%27");
}

/* What is not said is as nobody said anything; what is written otherwise means the same. */
static void test_values(void)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(AnzView) none = anz_view_parse("memdesc:", &error);
	g_autoptr(AnzView) view = NULL;
	AnzPictureStyle style;

	g_assert_no_error(error);
	g_assert_null(none->paths);
	g_assert_false(none->has_place || none->has_zoom || none->has_off);
	g_assert_cmpuint(none->nr_selected, ==, 0);
	anz_picture_style_init(&style, ANZ_PALETTE_DARK);
	g_assert_cmpmem(&none->style, sizeof(style), &style, sizeof(style));

	view = anz_view_parse("memdesc:/srv/a%25b?colours=slab:0A0b0c&search=%E4%B8%AD&palette=light&show=slab&part=c"
			      "&off=3,-4&at=17&select=5,6&grid=yes&zoom=1", &error);
	g_assert_no_error(error);
	g_assert_cmpstr(view->paths[0], ==, "/srv/a%b");
	g_assert_cmpstr(view->paths[1], ==, "c");
	g_assert_null(view->paths[2]);
	g_assert_cmphex(view->style.colours[ANZ_CLASS_SLAB], ==, 0x0a0b0c);
	g_assert_cmphex(view->style.colours[ANZ_CLASS_ANON], ==,
			anz_palette_colour(ANZ_PALETTE_LIGHT, ANZ_CLASS_ANON));
	g_assert_cmpint(view->style.palette, ==, ANZ_PALETTE_LIGHT);
	g_assert_cmphex(view->style.chosen, ==, 1u << ANZ_CLASS_SLAB);
	g_assert_cmphex(view->style.hidden, ==, ((1u << ANZ_NR_CLASSES) - 1) & ~(1u << ANZ_CLASS_SLAB));
	g_assert_true(view->style.grid);
	g_assert_cmpstr(view->search, ==, "\344\270\255");
	g_assert_cmpuint(view->pfn, ==, 17);
	g_assert_cmpint(view->dx, ==, 3);
	g_assert_cmpint(view->dy, ==, -4);
	g_assert_cmpuint(view->first, ==, 5);
	g_assert_cmpuint(view->nr_selected, ==, 6);
}

static void test_refused(void)
{
	static const struct {
		const char *text, *words;
	} bad[] = {
		{ "", "this is no view" },
		{ "http://a/b", "this is no view" },
		{ "MEMDESC:a", "this is no view" },
		{ "memdesc://host/a", "another machine's file" },
		{ "memdesc:a%", "% without two digits" },
		{ "memdesc:a%0", "% without two digits" },
		{ "memdesc:a%00b", "% without two digits" },
		{ "memdesc:a?at=1&&zoom=2", "'' is not KEY=VALUE" },
		{ "memdesc:a?at", "'at' is not KEY=VALUE" },
		{ "memdesc:a?at=", "at was given nothing" },
		{ "memdesc:a?=1", "a view has no ''" },
		{ "memdesc:a?At=1", "a view has no 'At', which a newer version may know; it has part, snapshot" },
		{ "memdesc:a?at=1&at=1", "at is said twice" },
		{ "memdesc:a?at=-1", "at: takes a number from 0 to" },
		{ "memdesc:a?at=0x10", "at: takes a number" },
		{ "memdesc:a?at=1%201", "at: takes a number" },
		{ "memdesc:a?at=18446744073709551616", "at: takes a number" },
		{ "memdesc:a?zoom=6", "zoom: takes a number from -8 to 5, not '6'" },
		{ "memdesc:a?zoom=-9", "zoom: takes a number" },
		{ "memdesc:a?off=1,1", "needs at" },
		{ "memdesc:a?at=1&off=1", "two numbers with ',' between" },
		{ "memdesc:a?at=1&off=1,4294967297", "off: takes a number" },
		{ "memdesc:a?size=0x5", "size: takes a number from 1" },
		{ "memdesc:a?size=5x99999", "size: takes a number" },
		{ "memdesc:a?size=5,5", "two numbers with 'x' between" },
		{ "memdesc:a?row=0", "row: takes a number from 1" },
		{ "memdesc:a?select=5,", "select: takes a number" },
		{ "memdesc:a?snapshot=0", "snapshot: takes a number from 1" },
		{ "memdesc:a?with-snapshot=1", "needs with" },
		{ "memdesc:a?layout=spiral", "layout: there is no 'spiral'; there is hilbert, morton, rows" },
		{ "memdesc:a?mode=owners", "mode: there is no 'owners'" },
		{ "memdesc:a?mode=change", "mode change compares, and needs with" },
		{ "memdesc:a?palette=Dark", "palette: there is no 'Dark'" },
		{ "memdesc:a?borders=zone,", "borders: there is no ''" },
		{ "memdesc:a?show=slab,slob", "show: there is no 'slob'" },
		{ "memdesc:a?show=slab&hide=anon", "show and hide exclude each other" },
		{ "memdesc:a?colours=slab", "takes colours as in" },
		{ "memdesc:a?colours=slab:12345", "takes colours as in" },
		{ "memdesc:a?colours=slab:-12345", "takes colours as in" },
		{ "memdesc:a?colours=slob:123456", "colours: there is no 'slob'" },
		{ "memdesc:a?holes=1", "holes: takes yes or no" },
		{ "memdesc:a?search=%FF", "search: is no UTF-8" },
		{ "memdesc:?part=a", "part is of a file" },
	};
	g_autofree char *longer = g_strnfill(70000, 'a');
	g_autofree char *much = g_strconcat("memdesc:", longer, NULL);
	g_autoptr(GError) error = NULL;

	for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autoptr(AnzView) view = anz_view_parse(bad[i].text, &error);

		if (view)
			g_error("%s is a view", bad[i].text);
		assert_message(error, ANZ_ERROR_ARGUMENT, bad[i].words);
	}
	g_assert_null(anz_view_parse(much, &error));
	assert_message(error, ANZ_ERROR_ARGUMENT, "at most 65536 characters");
}

/* Bytes changed, dropped and doubled: it is refused, or a view whose text is one. */
static void test_damaged(void)
{
	static const char whole[] = "memdesc:///srv/a%20b.memdesc?part=/c&snapshot=2&with=/o&with-snapshot=1&" LOOKS
		"&row=3&holes=yes&grid=no&borders=block,zone&hide=free,slab&colours=slab:123456&at=58089&zoom=2"
		"&off=-1,3&size=640x480&select=5,6&search=%3D%20SELECT%201";
	g_autoptr(GRand) random = g_rand_new_with_seed(1);
	guint views = 0;

	assert_same(whole);
	for (guint i = 0; i < 20000; i++) {
		g_autoptr(GString) text = g_string_new(whole);
		g_autoptr(GError) error = NULL;
		g_autoptr(AnzView) view = NULL;

		for (guint n = g_rand_int_range(random, 1, 4); n && text->len > 20; n--) {
			gsize at = (gsize)g_rand_int_range(random, 8, (gint32)text->len);

			switch (g_rand_int_range(random, 0, 4)) {
			case 0:
				text->str[at] = (char)g_rand_int_range(random, 1, 256);
				break;
			case 1:
				g_string_erase(text, (gssize)at, 1);
				break;
			case 2:
				g_string_insert_c(text, (gssize)at, text->str[at]);
				break;
			default:
				g_string_truncate(text, at);
			}
		}
		view = anz_view_parse(text->str, &error);
		if (view) {
			g_autofree char *again = anz_view_text(view);

			views++;
			assert_same(again);
		} else {
			g_assert_error(error, ANZ_ERROR, ANZ_ERROR_ARGUMENT);
		}
	}
	/* both must have been met */
	g_assert_cmpuint(views, >, 1000);
	g_assert_cmpuint(views, <, 19000);
}

/* --- where one looks --- */

static AnzGeometry *geometry_new(AnzStore *store, AnzCurve curve)
{
	AnzGeometryOptions options = { .size = sizeof(options), .curve = curve };
	g_autoptr(GError) error = NULL;
	AnzGeometry *geometry = anz_geometry_new(store, &options, &error);

	g_assert_no_error(error);
	return geometry;
}

/* Any pixel, within the picture or beside it, at any zoom and any size of a window, comes back as it was. */
static void test_places(StoreFixture *f, gconstpointer data)
{
	for (guint curve = 0; curve < ANZ_NR_CURVES; curve++) {
		g_autoptr(AnzGeometry) geometry = geometry_new(f->store, curve);

		for (int zoom = ANZ_ZOOM_MIN; zoom <= ANZ_ZOOM_MAX; zoom++) {
			guint64 width, height;

			anz_geometry_size(geometry, zoom, &width, &height);
			for (guint i = 0; i < 25; i++) {
				gint64 x = (gint64)(i % 5 * width / 3) - 7, y = (gint64)(i / 5 * height / 3) - 9;
				g_autoptr(AnzView) view = anz_view_new();
				g_autoptr(AnzView) parsed = NULL;
				g_autofree char *text = NULL;
				gint64 left, top;
				int same;

				anz_view_look_at(view, geometry, zoom, x, y);
				text = anz_view_text(view);
				parsed = anz_view_parse(text, NULL);
				g_assert_true(anz_view_middle(parsed, geometry, 100 + i, 50, &same, &left, &top,
							      NULL));
				g_assert_cmpint(same, ==, zoom);
				g_assert_cmpint(left, ==, x);
				g_assert_cmpint(top, ==, y);
			}
		}
	}
}

static void test_middle(StoreFixture *f, gconstpointer data)
{
	g_autoptr(AnzGeometry) geometry = geometry_new(f->store, ANZ_CURVE_HILBERT);
	g_autoptr(AnzView) view = anz_view_new();
	g_autoptr(GError) error = NULL;
	guint64 width, height;
	AnzCell cell;
	gint64 x, y;
	int zoom;

	/* the whole, at what fits: as far from the left as from the right, or one pixel more */
	g_assert_true(anz_view_middle(view, geometry, 301, 301, &zoom, &x, &y, &error));
	g_assert_cmpint(zoom, ==, anz_geometry_fit(geometry, 301, 301));
	anz_geometry_size(geometry, zoom, &width, &height);
	g_assert_cmpint(x - 301 / 2, ==, -(301 - (gint64)width) / 2);
	g_assert_cmpint(y - 301 / 2, ==, -(301 - (gint64)height) / 2);
	g_assert_true(anz_view_middle(view, geometry, 300, 302, &zoom, &x, &y, &error));
	g_assert_cmpint(x - 150, ==, -(300 - (gint64)width) / 2);
	view->has_zoom = TRUE;
	view->zoom = 0;
	anz_geometry_size(geometry, 0, &width, &height);
	g_assert_true(anz_view_middle(view, geometry, 300, 300, &zoom, &x, &y, &error));
	g_assert_cmpint(zoom, ==, 0);
	g_assert_cmpint(x, ==, width / 2);

	/* a frame: its middle */
	view->has_place = TRUE;
	view->pfn = 1000;
	view->zoom = 3;
	g_assert_true(anz_geometry_cell_of(geometry, 3, 1000, &cell));
	g_assert_true(anz_view_middle(view, geometry, 300, 300, &zoom, &x, &y, &error));
	g_assert_cmpint(x, ==, cell.x + 4);
	g_assert_cmpint(y, ==, cell.y + 4);

	/* tile 2 is not stored, and has no place */
	view->pfn = 2 * ANZ_TILE_PAGES;
	g_assert_false(anz_view_middle(view, geometry, 300, 300, &zoom, &x, &y, &error));
	assert_message(error, ANZ_ERROR_ARGUMENT, "frame 131072 of the view is not in this picture");
}

/* --- searching --- */

static guint64 count(AnzStore *store, const char *text)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(AnzPageSet) set = anz_page_set_search(store, NULL, text, NULL, &error);

	g_assert_no_error(error);
	return anz_page_set_count(set);
}

static void test_search(StoreFixture *f, gconstpointer data)
{
	guint64 slab = 0, both = 0;
	g_autoptr(GError) error = NULL;
	g_autoptr(AnzPageSet) one = NULL;

	for (guint64 pfn = 0; pfn < MAP_FRAMES; pfn++) {
		slab += f->map->page_class[pfn] == ANZ_CLASS_SLAB;
		both += f->map->page_class[pfn] == ANZ_CLASS_SLAB || f->map->page_class[pfn] == ANZ_CLASS_ANON;
	}
	g_assert_cmpuint(slab, >, ANZ_TILE_PAGES);
	g_assert_cmpuint(count(f->store, "slab"), ==, slab);
	g_assert_cmpuint(count(f->store, " anon, slab "), ==, both);
	g_assert_cmpuint(count(f->store, "= SELECT 5 AS pfn, 3 AS pages UNION SELECT 7, 4"), ==, 6);
	g_assert_cmpuint(count(f->store, "= SELECT NULL AS pfn"), ==, 0);
	g_assert_cmpuint(count(f->store, ""), ==, 0);
	one = anz_page_set_search(f->store, NULL, "pfn:1234", NULL, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(anz_page_set_count(one), ==, 1);
	g_assert_true(anz_page_set_meets(one, 1234, 1));

	g_assert_null(anz_page_set_search(f->store, NULL, "= SELECT 1", NULL, &error));
	assert_message(error, ANZ_ERROR_QUERY, "no column pfn");
	g_assert_null(anz_page_set_search(f->store, NULL, "= SELEC 1", NULL, &error));
	assert_message(error, ANZ_ERROR_QUERY, "syntax error");
	g_assert_null(anz_page_set_search(f->store, NULL, "flags:lru&rm -rf", NULL, &error));
	assert_message(error, ANZ_ERROR_ARGUMENT, "flags are names joined by");
	g_assert_null(anz_page_set_search(f->store, NULL, "flags:!", NULL, &error));
	assert_message(error, ANZ_ERROR_ARGUMENT, "takes names of flags");
	/* compared with itself nothing has changed */
	g_assert_true(anz_search_needs_other(" change:slab>anon"));
	g_assert_false(anz_search_needs_other("changes"));
	g_clear_pointer(&one, anz_page_set_unref);
	one = anz_page_set_search(f->store, f->store, "change:slab>anon", NULL, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(anz_page_set_count(one), ==, 0);
	g_assert_null(anz_page_set_search(f->store, NULL, "change:slab>anon", NULL, &error));
	assert_message(error, ANZ_ERROR_ARGUMENT, "none is compared with");
	g_assert_null(anz_page_set_search(f->store, f->store, "change:slab", NULL, &error));
	assert_message(error, ANZ_ERROR_ARGUMENT, "as in change:free>anon");
	g_assert_null(anz_page_set_search(f->store, f->store, "change:slap>anon", NULL, &error));
	assert_message(error, ANZ_ERROR_ARGUMENT, "there is no class 'slap'");
	g_assert_null(anz_page_set_search(f->store, NULL, "pfn:99999999999", NULL, &error));
	g_assert_nonnull(error);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/view/text", test_text);
	g_test_add_func("/view/values", test_values);
	g_test_add_func("/view/refused", test_refused);
	g_test_add_func("/view/damaged", test_damaged);
	ADD_STORE_TEST("view-places", test_places);
	ADD_STORE_TEST("view-middle", test_middle);
	ADD_STORE_TEST("search", test_search);
	return g_test_run();
}
