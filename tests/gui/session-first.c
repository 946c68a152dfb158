/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a user who knows nothing yet meets in the first minutes. */
#include "session.h"
#include "swatch.h"

static const char *subtitle(Session *s)
{
	return mdv_document_subtitle(mdv_view_document(s->view));
}

/* One need not open a table to learn that something is broken; a second warning there is excused. */
static void test_findings(Session *s, gconstpointer data)
{
	g_assert_true(g_str_has_suffix(subtitle(s), " \302\267 1 error \302\267 1 warning"));
	open_file(s, "good.memdesc");
	g_assert_true(g_str_has_suffix(subtitle(s), " \302\267 no findings"));
	/* nothing was looked at there */
	open_file(s, "empty.memdesc");
	g_assert_null(strstr(subtitle(s), "findings"));
}

/* The box and what is lit never contradict each other. */
static void test_search_box(Session *s, gconstpointer data)
{
	GtkEditable *box = GTK_EDITABLE(find_widget(GTK_WIDGET(s->window), GTK_TYPE_SEARCH_ENTRY));
	MdvSheet *owners;

	search(s, "slab");
	g_assert_cmpuint(lit_count(s), >, 0);
	gtk_editable_set_text(box, "");
	settle(s);
	g_assert_null(mdv_view_lit(s->view));
	search(s, "slab");
	act(s, "clear", NULL);
	g_assert_null(mdv_view_lit(s->view));
	g_assert_cmpstr(gtk_editable_get_text(box), ==, "");
	/* what another widget lights was not typed */
	search(s, "slab");
	owners = sheet(s, "owners");
	gtk_widget_grab_focus(GTK_WIDGET(mdv_window_map(s->window)));
	mdv_sheet_choose(owners, 0);
	settle(s);
	g_assert_nonnull(mdv_view_lit(s->view));
	g_assert_cmpstr(gtk_editable_get_text(box), ==, "");
	g_assert_nonnull(mdv_view_lit(s->view));
	/* an address lights nothing and dims nothing, and stays to be changed */
	search(s, "slab");
	search(s, "pfn:16390");
	g_assert_nonnull(mdv_view_lit(s->view));
	act(s, "palette", "light");
	g_assert_cmpstr(gtk_editable_get_text(box), ==, "pfn:16390");
}

/* Other colours are those of the selected page too. */
static void test_swatch(Session *s, gconstpointer data)
{
	GtkWidget *swatch = find_widget(GTK_WIDGET(mdv_window_inspector(s->window)), GTK_TYPE_PICTURE);
	guint32 pixels[MDV_SWATCH_WIDTH * MDV_SWATCH_HEIGHT];

	search(s, "pfn:16390");
	assert_shown(s, "class", "file");
	act(s, "palette", "light");
	gdk_texture_download(GDK_TEXTURE(gtk_picture_get_paintable(GTK_PICTURE(swatch))), (guchar *)pixels,
			     MDV_SWATCH_WIDTH * sizeof(*pixels));
	g_assert_cmphex(pixels[0] & 0xffffff, ==, anz_palette_colour(ANZ_PALETTE_LIGHT, ANZ_CLASS_FILE));
	g_assert_cmphex(anz_palette_colour(ANZ_PALETTE_DARK, ANZ_CLASS_FILE), !=, pixels[0] & 0xffffff);
}

/* A row that is chosen already leads back to its pages. */
static void test_again(Session *s, gconstpointer data)
{
	MdvSheet *runs = sheet(s, "runs");
	GtkWidget *list = find_widget(GTK_WIDGET(runs), GTK_TYPE_COLUMN_VIEW);
	MdvCamera camera;

	mdv_sheet_choose(runs, 3);
	settle(s);
	camera = *mdv_view_camera(s->view);
	act(s, "fit", NULL);
	g_assert_cmpint(mdv_view_camera(s->view)->zoom, !=, camera.zoom);
	g_signal_emit_by_name(list, "activate", 3);
	settle(s);
	g_assert_cmpint(mdv_view_camera(s->view)->zoom, ==, camera.zoom);
	g_assert_cmpfloat(mdv_view_camera(s->view)->x, ==, camera.x);
}

/* In a small window the bytes are below what fits. */
static void test_bytes(Session *s, gconstpointer data)
{
	MdvInspector *inspector = mdv_window_inspector(s->window);
	GtkWidget *scroller = find_widget(GTK_WIDGET(inspector), GTK_TYPE_SCROLLED_WINDOW);
	GtkAdjustment *at = gtk_scrolled_window_get_vadjustment(GTK_SCROLLED_WINDOW(scroller));

	search(s, "pfn:16390");
	g_assert_cmpfloat(gtk_adjustment_get_value(at), ==, 0);
	act(s, "bytes", NULL);
	for (guint i = 0; i < 20 && gtk_adjustment_get_value(at) == 0; i++)
		settle(s);
	g_assert_cmpfloat(gtk_adjustment_get_value(at), >, 0);
	act(s, "bytes", NULL);
}

/* Another analysis, or the whole of what was a preview: who looked at zones still does. */
static void test_table_stays(Session *s, gconstpointer data)
{
	g_assert_nonnull(sheet(s, "zones"));
	open_file(s, "bad.memdesc");
	g_assert_cmpstr(mdv_sheet_name(mdv_drawer_current(mdv_window_drawer(s->window))), ==, "zones");
}

static guint32 *pixels_of(Session *s, MdvMapView *map, gsize *n)
{
	const guint side = MDV_PIECE_PX;
	GdkTexture *texture = mdv_painter_peek(mdv_map_view_painter(map), mdv_view_camera(s->view)->zoom, 0, 0);
	guint32 *pixels = g_new(guint32, side * side);

	g_assert_nonnull(texture);
	*n = side * side * sizeof(*pixels);
	gdk_texture_download(texture, (guchar *)pixels, side * sizeof(*pixels));
	return pixels;
}

/* What did not change stays still when the two analyses are shown in turn. */
static void test_film(Session *s, gconstpointer data)
{
	g_autofree char *same = file_in("good.memdesc");
	GtkWidget *maps = gtk_widget_get_parent(gtk_widget_get_parent(GTK_WIDGET(mdv_window_map(s->window))));
	MdvMapView *older = MDV_MAP_VIEW(find_widget(gtk_widget_get_last_child(maps), MDV_TYPE_MAP_VIEW));
	g_autofree guint32 *now = NULL, *then = NULL;
	gsize n, m;

	g_assert_true(older != mdv_window_map(s->window));
	mdv_window_compare(s->window, same);
	settle(s);
	now = pixels_of(s, mdv_window_map(s->window), &n);
	act(s, "blink", NULL);
	g_assert_false(gtk_widget_get_mapped(GTK_WIDGET(mdv_window_map(s->window))));
	then = pixels_of(s, older, &m);
	g_assert_cmpmem(now, n, then, m);
	act(s, "blink", NULL);
	act(s, "uncompare", NULL);
}

void add_first_tests(void)
{
	ADD("first-findings", test_findings, "bad.memdesc");
	ADD("first-search-box", test_search_box, "good.memdesc");
	ADD("first-swatch", test_swatch, "good.memdesc");
	ADD("first-again", test_again, "good.memdesc");
	ADD("first-bytes", test_bytes, "good.memdesc");
	ADD("first-table-stays", test_table_stays, "good.memdesc");
	ADD("first-film", test_film, "good.memdesc");
}
