/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is seen of a dump before its analysis is whole. */
#include <glib/gstdio.h>

#include "minimap.h"
#include "ruler.h"
#include "session.h"
#include "sketch.h"

static void keep(AnzSketch *sketch, gpointer data)
{
	*(AnzSketch **)data = anz_sketch_ref(sketch);
}

static AnzSketch *analyze(const char *output)
{
	g_autofree char *vmlinux = file_in("sample/vmlinux"), *vmcore = file_in("sample/vmcore");
	const char *const types[] = { vmlinux, NULL }, *const paths[] = { vmcore, NULL };
	AnzSourceOptions open = { .size = sizeof(open), .paths = paths, .vmlinux = types };
	AnzSketch *sketch = NULL;
	AnzAnalyzeOptions options = { .size = sizeof(options), .output = output, .sketch_ready = keep,
				      .sketch_data = &sketch };
	g_autoptr(GError) error = NULL;
	g_autoptr(AnzSource) source = anz_source_open(&open, &error);
	g_autoptr(AnzStore) store = NULL;

	g_assert_no_error(error);
	store = anz_source_analyze(source, &options, &error);
	g_assert_no_error(error);
	g_assert_nonnull(sketch);
	return sketch;
}

static void wait_for(GtkWidget *window, MdvMapView *map)
{
	do {
		gtk_test_widget_wait_for_draw(window);
		while (g_main_context_pending(NULL))
			g_main_context_iteration(NULL, FALSE);
	} while (mdv_map_view_is_busy(map));
}

/* It is zoomed and moved like any map, and what comes after it begins at the same place. */
static void test_sketch(Session *s, gconstpointer data)
{
	g_autofree char *output = file_in("sketched.memdesc");
	g_autoptr(AnzSketch) sketch = analyze(output);
	GtkWidget *window = gtk_window_new(), *widget = mdv_sketch_new(s->view);
	MdvView *view = mdv_sketch_view(MDV_SKETCH(widget));
	MdvMapView *map = mdv_sketch_map(MDV_SKETCH(widget));
	AnzCell seen, found;
	int fit;

	gtk_window_set_child(GTK_WINDOW(window), widget);
	gtk_window_set_default_size(GTK_WINDOW(window), 800, 600);
	g_assert_cmpstr(mdv_sketch_words(MDV_SKETCH(widget)), ==, "");
	mdv_sketch_set(MDV_SKETCH(widget), sketch);
	g_assert_nonnull(strstr(mdv_sketch_words(MDV_SKETCH(widget)), "A first look, at "));
	gtk_window_present(GTK_WINDOW(window));
	wait_for(window, map);
	g_assert_null(mdv_painter_error(mdv_map_view_painter(map)));
	fit = mdv_view_camera(view)->zoom;
	g_assert_nonnull(mdv_painter_peek(mdv_map_view_painter(map), fit, 0, 0));
	g_assert_cmpint(gtk_widget_get_width(find_widget(widget, MDV_TYPE_RULER)), >=, 60);
	g_assert_cmpuint(mdv_view_page_size(view), ==, 4096);
	gtk_test_accessible_assert_property(find_widget(widget, MDV_TYPE_MINIMAP), GTK_ACCESSIBLE_PROPERTY_VALUE_NOW, 50.0);
	/* nothing can be chosen of it */
	mdv_view_select(view, 0, 1);
	g_assert_false(mdv_view_selection(view, &seen.pfn, &seen.nr_pages));

	gtk_widget_activate_action(GTK_WIDGET(map), "map.zoom-in", NULL);
	gtk_widget_activate_action(GTK_WIDGET(map), "map.pan", "(ii)", 1, 0);
	wait_for(window, map);
	g_assert_cmpint(mdv_view_camera(view)->zoom, ==, fit + 1);
	g_assert_true(anz_geometry_cell_at(mdv_view_geometry(view), 0, (gint64)mdv_view_camera(view)->x,
					   (gint64)mdv_view_camera(view)->y, &seen));
	open_file(s, "sketched.memdesc");
	mdv_view_join(s->view, view);
	settle(s);
	g_assert_cmpint(mdv_view_camera(s->view)->zoom, ==, fit + 1);
	g_assert_true(anz_geometry_cell_at(mdv_view_geometry(s->view), 0,
					   (gint64)mdv_view_camera(s->view)->x,
					   (gint64)mdv_view_camera(s->view)->y, &found));
	g_assert_cmpuint(found.pfn, ==, seen.pfn);

	/* who saw all of it sees all */
	act(s, "fit", NULL);
	fit = mdv_view_camera(s->view)->zoom;
	mdv_sketch_set(MDV_SKETCH(widget), NULL);
	g_assert_cmpstr(mdv_sketch_words(MDV_SKETCH(widget)), ==, "");
	mdv_sketch_set(MDV_SKETCH(widget), sketch);
	mdv_view_join(s->view, view);
	g_assert_cmpint(mdv_view_camera(s->view)->zoom, ==, fit);
	gtk_window_destroy(GTK_WINDOW(window));
	open_file(s, "good.memdesc");
	g_assert_cmpint(g_unlink(output), ==, 0);
}

void add_sketch_tests(void)
{
	ADD("sketch", test_sketch, NULL);
}
