/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How the viewer feels, in figures, with nobody looking:
 *
 *	bench-viewer FILE	an analysis, of 2^28 pages for the targets to mean something
 *
 * snapshot() is what the map itself costs a frame; what the toolkit makes of it on a machine without a
 * graphics card is another matter and not measured.
 */
#include <math.h>
#include <stdlib.h>
#include <time.h>

#include "window.h"

static MdvWindow *window;

static double now(void)
{
	return (double)g_get_monotonic_time() / 1e3;
}

static double processor_time(void)
{
	return (double)clock() * 1e3 / CLOCKS_PER_SEC;
}

/* Everything is there; @longest: the longest single dispatch of the main loop meanwhile. */
static void settle(double *longest)
{
	for (guint quiet = 0; quiet < 200; quiet++) {
		double start = now();
		gboolean any = g_main_context_iteration(NULL, FALSE);

		if (longest)
			*longest = MAX(*longest, now() - start);
		if (any || mdv_window_is_busy(window))
			quiet = 0;
		if (!any)
			g_usleep(200);
	}
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double snapshot_once(GtkWidget *map)
{
	GtkSnapshot *snapshot = gtk_snapshot_new();
	double start = now();

	GTK_WIDGET_GET_CLASS(map)->snapshot(map, snapshot);
	start = now() - start;
	g_object_unref(snapshot);
	return start;
}

/* Pans across the picture, or zooms in and out, one step a frame. */
static void bench_frames(const char *what, gboolean zoom)
{
	MdvView *view = mdv_window_view(window);
	MdvMapView *map = mdv_window_map(window);
	double times[300];

	for (guint i = 0; i < G_N_ELEMENTS(times); i++) {
		MdvCamera camera = *mdv_view_camera(view);

		if (zoom) {
			mdv_map_view_zoom_about(map, i / 5 % 2 ? 1 : -1, 400, 300);
		} else {
			camera.x += 40 / exp2(camera.zoom);
			camera.y += 15 / exp2(camera.zoom);
			mdv_view_set_camera(view, &camera);
		}
		times[i] = snapshot_once(GTK_WIDGET(map));
		while (g_main_context_iteration(NULL, FALSE))
			;
	}
	qsort(times, G_N_ELEMENTS(times), sizeof(times[0]), by_value);
	printf("T5 snapshot() while %s  p50 %.3f p99 %.3f ms   targets 1, 4\n", what, times[150],
	       times[297]);
}

/* Until the map is as it should be; the overview may still be at work. */
static void wait_for_map(void)
{
	MdvMapView *map = mdv_window_map(window);

	snapshot_once(GTK_WIDGET(map));
	while (mdv_painter_n_pending_at(mdv_map_view_painter(map),
					mdv_view_camera(mdv_window_view(window))->zoom))
		g_main_context_iteration(NULL, TRUE);
}

static void bench_jump(guint64 max_pfn)
{
	double start = now();

	mdv_view_go(mdv_window_view(window), max_pfn / 3, 4096);
	wait_for_map();
	printf("T7 exact picture after a jump       %9.1f ms   target 100\n", now() - start);
}

static void bench_filter(void)
{
	double start = now();

	g_action_group_activate_action(G_ACTION_GROUP(window), "toggle-class",
				       g_variant_new_string("slab"));
	wait_for_map();
	printf("T9 a class hidden                   %9.1f ms   target 50\n", now() - start);
}

static void bench_idle(void)
{
	double start = processor_time(), end = now() + 1000;

	while (now() < end) {
		g_main_context_iteration(NULL, FALSE);
		g_usleep(1000);
	}
	printf("T13 processor time of an idle second %8.1f ms   target 0, of which the loop here has some\n",
	       processor_time() - start);
}

int main(int argc, char **argv)
{
	g_autoptr(GtkApplication) application = NULL;
	const char *paths[] = { argc > 1 ? argv[1] : NULL, NULL };
	double start, longest = 0;

	if (argc != 2 || !gtk_init_check()) {
		g_printerr("usage, with a display: bench-viewer FILE\n");
		return 2;
	}
	application = gtk_application_new("org.memdesc.Viewer.Bench", G_APPLICATION_NON_UNIQUE);
	g_application_register(G_APPLICATION(application), NULL, NULL);
	window = mdv_window_new(application, "/dev/null");
	gtk_window_set_default_size(GTK_WINDOW(window), 1920, 1080);
	gtk_window_present(GTK_WINDOW(window));
	settle(NULL);
	start = now();
	mdv_window_open(window, paths);
	settle(&longest);
	if (*mdv_window_error(window)) {
		g_printerr("bench-viewer: %s\n", mdv_window_error(window));
		return 1;
	}
	printf("T1 opened, painted, tables loaded   %9.1f ms   target 300 for the picture\n",
	       now() - start);
	printf("T14 longest dispatch while opening  %9.1f ms   target 50\n", longest);
	bench_frames("panning at fit ", FALSE);
	bench_frames("zooming        ", TRUE);
	settle(NULL);
	bench_jump(mdv_document_max_pfn(mdv_view_document(mdv_window_view(window))));
	bench_frames("panning near   ", FALSE);
	settle(NULL);
	bench_filter();
	settle(NULL);
	bench_idle();
	gtk_window_destroy(GTK_WINDOW(window));
	return 0;
}
