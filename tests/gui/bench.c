/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How the viewer feels, in figures, with nobody looking:
 *
 *	bench-viewer FILE	an analysis, of 2^28 pages for the targets to mean something
 *
 * Figures are processor time, which a busy machine does not stretch: of the main thread for what blocks the
 * window, of all threads else.  What the toolkit takes to draw frames meanwhile is told apart: without a
 * graphics card that is most of it, and not ours.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "rows.h"
#include "window.h"

static MdvWindow *window;
static BenchRows *rows;

static double clock_ms(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static double main_thread(void)
{
	return clock_ms(CLOCK_THREAD_CPUTIME_ID);
}

/* Of all threads, and how much of it was the toolkit's frames. */
typedef struct {
	double all, frames;
	guint n_frames;
} Spent;

static double in_frames, frame_began;
static guint n_frames;

static void before_frame(void)
{
	frame_began = main_thread();
}

static void after_frame(void)
{
	in_frames += main_thread() - frame_began;
	n_frames++;
}

static Spent spent(void)
{
	return (Spent){ clock_ms(CLOCK_PROCESS_CPUTIME_ID), in_frames, n_frames };
}

static void figure(const char *what, double value, double target)
{
	bench_rows_add(rows, (BenchRow){ .what = what, .value = value, .unit = "ms", .target = target });
}

static void figure_since(const char *what, Spent since, double target)
{
	Spent now = spent();
	double frames = now.frames - since.frames;

	figure(what, now.all - since.all - frames, target);
	figure("   the toolkit's frames meanwhile", frames, 0);
}

/* Everything is there; @longest: the longest single dispatch of the main loop meanwhile, frames aside. */
static void settle(double *longest)
{
	for (guint quiet = 0; quiet < 200; quiet++) {
		double start = main_thread(), frames = in_frames;
		gboolean any = g_main_context_iteration(NULL, FALSE);

		if (longest)
			*longest = MAX(*longest, main_thread() - start - (in_frames - frames));
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
	double start = main_thread();

	GTK_WIDGET_GET_CLASS(map)->snapshot(map, snapshot);
	start = main_thread() - start;
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
	figure(what, times[150], 1);
	figure("   of a hundred the slowest", times[297], 4);
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
	Spent start = spent();

	mdv_view_go(mdv_window_view(window), max_pfn / 3, 4096);
	wait_for_map();
	figure_since("T7 exact picture after a jump", start, 100);
}

static void bench_page(guint64 pfn)
{
	Spent start = spent();

	mdv_view_select(mdv_window_view(window), pfn, 1);
	while (mdv_window_is_busy(window))
		g_main_context_iteration(NULL, FALSE);
	figure_since("T8 a page, its owner and all known of it", start, 100);
}

/* From the press until the whole of it is seen, the toolkit's frames included. */
static void bench_filter(const char *what, const char *action, const char *parameter)
{
	Spent start = spent(), now;
	guint painted;

	g_action_group_activate_action(G_ACTION_GROUP(window), action,
				       g_variant_new_string(parameter));
	wait_for_map();
	painted = n_frames;
	while (n_frames == painted)
		g_main_context_iteration(NULL, TRUE);
	now = spent();
	figure(what, now.all - start.all, 50);
	figure("   of that the toolkit's frames", now.frames - start.frames, 0);
	bench_rows_add(rows, (BenchRow){ .what = "   so many", .value = now.n_frames - start.n_frames,
					 .unit = "frames" });
}

/* What comes after a palette that is light where the last one was dark. */
static void bench_theme(void)
{
	Spent start = spent(), now;

	settle(NULL);
	now = spent();
	figure("   the window's dark or light look, afterwards", now.all - start.all, 0);
}

static gboolean stop(gpointer data)
{
	*(gboolean *)data = TRUE;
	return G_SOURCE_REMOVE;
}

/* A second in which nobody does anything: how often the main loop wakes up, but for the end of it. */
static void bench_idle(void)
{
	double start = clock_ms(CLOCK_PROCESS_CPUTIME_ID);
	gboolean over = FALSE;
	guint wake_ups = 0;

	g_timeout_add(1000, stop, &over);
	while (!over) {
		g_main_context_iteration(NULL, TRUE);
		wake_ups += !over;
	}
	/* less than one */
	bench_rows_add(rows, (BenchRow){ .what = "T13 wake-ups in an idle second", .value = wake_ups,
					 .unit = "times", .target = 0.5 });
	figure("T13 processor time of it", clock_ms(CLOCK_PROCESS_CPUTIME_ID) - start, 1);
}

static void report_memory(void)
{
	g_autofree char *status = NULL;
	const char *at;

	if (!g_file_get_contents("/proc/self/status", &status, NULL, NULL))
		return;
	at = strstr(status, "RssAnon:");
	if (at) {
		double mb = (double)g_ascii_strtoull(at + strlen("RssAnon:"), NULL, 10) / 1024;

		bench_rows_add(rows, (BenchRow){ .what = "T12 anonymous memory, pieces included",
						 .value = mb, .unit = "MB", .target = 250 });
	}
}

int main(int argc, char **argv)
{
	g_autoptr(GtkApplication) application = NULL;
	const char *paths[] = { argc > 1 ? argv[1] : NULL, NULL };
	double longest = 0;
	GdkFrameClock *frames;
	Spent start;

	if (argc != 2 || !gtk_init_check()) {
		g_printerr("usage, with a display: bench-viewer FILE\n");
		return 2;
	}
	rows = bench_rows_new("viewer");
	application = gtk_application_new("org.memdesc.Viewer.Bench", G_APPLICATION_NON_UNIQUE);
	g_application_register(G_APPLICATION(application), NULL, NULL);
	window = mdv_window_new(application, "/dev/null");
	gtk_window_set_default_size(GTK_WINDOW(window), 1920, 1080);
	gtk_window_present(GTK_WINDOW(window));
	settle(NULL);
	frames = gtk_widget_get_frame_clock(GTK_WIDGET(window));
	g_signal_connect(frames, "before-paint", G_CALLBACK(before_frame), NULL);
	g_signal_connect(frames, "after-paint", G_CALLBACK(after_frame), NULL);
	start = spent();
	mdv_window_open(window, paths);
	while (!mdv_view_document(mdv_window_view(window)) && !*mdv_window_error(window))
		g_main_context_iteration(NULL, TRUE);
	if (*mdv_window_error(window)) {
		g_printerr("bench-viewer: %s\n", mdv_window_error(window));
		return 1;
	}
	wait_for_map();
	figure_since("T1 opened, and all memory painted", start, 300);
	settle(&longest);
	figure_since("   and tables loaded", start, 0);
	bench_frames("T5 snapshot() while panning at fit, median", FALSE);
	bench_frames("T5 snapshot() while zooming, median", TRUE);
	settle(&longest);
	bench_filter("T9 a class hidden, a map full of cells", "toggle-class", "slab");
	settle(&longest);
	mdv_view_fit(mdv_window_view(window));
	settle(&longest);
	bench_filter("T9 a class hidden, all memory", "toggle-class", "anon");
	settle(&longest);
	bench_filter("T9 another palette, all memory", "palette", "light");
	bench_theme();
	settle(&longest);
	bench_jump(mdv_document_max_pfn(mdv_view_document(mdv_window_view(window))));
	settle(&longest);
	bench_frames("T5 snapshot() while panning near by, median", FALSE);
	settle(&longest);
	bench_filter("T9 a class hidden, near by", "toggle-class", "file");
	settle(&longest);
	bench_page(mdv_document_max_pfn(mdv_view_document(mdv_window_view(window))) / 5);
	settle(&longest);
	figure("T14 longest dispatch, frames aside", longest, 50);
	report_memory();
	bench_idle();
	gtk_window_destroy(GTK_WINDOW(window));
	return bench_rows_finish(rows) ? 0 : 1;
}
