/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How long a dump is waited for: until there is a first picture of it, from a sample, until there is one of
 * every page, and until a cancelled analysis has ended, with nothing left behind.
 *
 *	bench-load DUMP VMLINUX
 *
 * T2 is processor time of all threads, T16 is wall time, of which most is waiting for threads.  It is cancelled
 * at moments spread evenly over the time of a whole analysis, so that every long stage is met in its midst.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <glib/gstdio.h>

#include <analyze/analyze.h>

#include "rows.h"

typedef struct {
	const char *folder;
	const char *dump, *vmlinux;
	double started, sketch, preview;	/* ms of processor time */
	gint cancel;
	gint64 cancelled, ended;	/* us, by the clock on the wall */
	gint64 delay;			/* us from the start until it is cancelled */
	const char *stage;		/* the last one reported */
} Load;

/* How long cancelled ones were waited for, in us. */
typedef struct {
	gint64 longest, closed;		/* until the analysis had returned, and until its dump was closed */
	const char *stage;		/* of the longest */
} Waits;

#define MOMENTS 15

static double processor_time(void)
{
	return (double)clock() * 1e3 / CLOCKS_PER_SEC;
}

static void check(gboolean ok, const GError *error, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "bench-load: %s: %s\n", what, error ? error->message : "failed");
	exit(1);
}

static guint count_files(const char *folder)
{
	g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
	guint n = 0;

	while (dir && g_dir_read_name(dir))
		n++;
	return n;
}

static void paint_sketch(AnzSketch *sketch, gpointer data)
{
	AnzGeometryOptions options = { .size = sizeof(options) };
	g_autofree guint32 *pixels = g_new(guint32, 1920 * 1080);
	g_autoptr(GError) error = NULL;
	g_autoptr(AnzGeometry) geometry = anz_geometry_new_sketch(sketch, &options, &error);
	g_autoptr(AnzPicture) picture = geometry ? anz_picture_new_sketch(sketch, geometry) : NULL;
	Load *load = data;

	check(picture && anz_picture_paint(picture, anz_geometry_fit(geometry, 1920, 1080), 0, 0, 1920,
					   1080, pixels, 1920, NULL, &error), error, "sketch");
	load->sketch = processor_time() - load->started;
}

/* What a window shows then: all memory. */
static void paint_first(const char *path)
{
	AnzGeometryOptions options = { .size = sizeof(options) };
	g_autofree guint32 *pixels = g_new(guint32, 1920 * 1080);
	g_autoptr(GError) error = NULL;
	g_autoptr(AnzStore) store = anz_store_open(path, &error);
	g_autoptr(AnzGeometry) geometry = store ? anz_geometry_new(store, &options, &error) : NULL;
	g_autoptr(AnzPicture) picture = geometry ? anz_picture_new(store, NULL, geometry) : NULL;

	check(picture && anz_picture_paint(picture, anz_geometry_fit(geometry, 1920, 1080), 0, 0, 1920,
					   1080, pixels, 1920, NULL, &error), error, "first picture");
}

static void preview_ready(const char *path, gpointer data)
{
	Load *load = data;

	paint_first(path);
	load->preview = processor_time() - load->started;
	g_atomic_int_set(&load->cancel, 1);
	load->cancelled = g_get_monotonic_time();
}

static void progress(const char *stage, guint64 done, guint64 total, gpointer data)
{
	Load *load = data;

	(void)done;
	(void)total;
	load->stage = stage;
}

static gpointer cancel_later(gpointer data)
{
	Load *load = data;

	g_usleep((gulong)load->delay);
	load->cancelled = g_get_monotonic_time();
	g_atomic_int_set(&load->cancel, 1);
	return NULL;
}

/* Opens and analyses; %FALSE: it was cancelled. */
static gboolean run(Load *load, gboolean preview)
{
	const char *paths[] = { load->dump, NULL }, *vmlinux[] = { load->vmlinux, NULL };
	g_autofree char *output = g_build_filename(load->folder, "a.memdesc", NULL);
	g_autofree char *early = g_build_filename(load->folder, "early.memdesc", NULL);
	AnzSourceOptions open = { .size = sizeof(open), .paths = paths, .vmlinux = vmlinux,
				  .cancel = &load->cancel };
	AnzAnalyzeOptions analyze = { .size = sizeof(analyze), .output = output, .progress = progress,
				      .progress_data = load };
	g_autoptr(AnzSource) source = NULL;
	g_autoptr(AnzStore) store = NULL;
	g_autoptr(GError) error = NULL;

	if (preview) {
		analyze.preview = early;
		analyze.preview_ready = preview_ready;
		analyze.preview_data = load;
		analyze.sketch_ready = paint_sketch;
		analyze.sketch_data = load;
	}
	load->stage = "opening";
	load->started = processor_time();
	source = anz_source_open(&open, &error);
	if (source)
		store = anz_source_analyze(source, &analyze, &error);
	load->ended = g_get_monotonic_time();
	g_unlink(early);
	g_unlink(output);
	check(store || g_error_matches(error, ANZ_ERROR, ANZ_ERROR_CANCELLED), error, load->dump);
	check(!count_files(load->folder), NULL, "a file was left");
	return store != NULL;
}

static void note_wait(const Load *load, Waits *waits)
{
	gint64 waited = load->ended - load->cancelled;

	waits->closed = MAX(waits->closed, g_get_monotonic_time() - load->cancelled);
	if (waited < waits->longest)
		return;
	waits->longest = waited;
	waits->stage = load->stage;
}

static void cancel_after(Load *load, gint64 delay, Waits *waits)
{
	gboolean was_done;
	GThread *thread;

	load->cancel = 0;
	load->delay = delay;
	thread = g_thread_new("cancel", cancel_later, load);
	was_done = run(load, FALSE);
	g_thread_join(thread);
	/* The whole one, which was timed, may have taken longer. */
	if (!was_done)
		note_wait(load, waits);
}

int main(int argc, char **argv)
{
	g_autofree char *folder = g_dir_make_tmp("memdesc-bench-XXXXXX", NULL), *what = NULL;
	Load load = { .folder = folder };
	Waits waits = { 0 };
	gint64 began;
	BenchRows *rows;

	check(folder && argc == 3, NULL, "usage: bench-load DUMP VMLINUX");
	load.dump = argv[1];
	load.vmlinux = argv[2];
	rows = bench_rows_new("load");
	check(!run(&load, TRUE), NULL, "it was not cancelled");
	note_wait(&load, &waits);
	bench_rows_add(rows, (BenchRow){ .what = "T2 dump to first picture, processor time",
					 .value = load.sketch, .unit = "ms", .target = 2000 });
	bench_rows_add(rows, (BenchRow){ .what = "to a picture of every page, all threads",
					 .value = load.preview, .unit = "ms" });
	load.cancel = 0;
	began = g_get_monotonic_time();
	check(run(&load, FALSE), NULL, "it was cancelled");
	for (gint64 i = 0, whole = load.ended - began; i < MOMENTS; i++)
		cancel_after(&load, whole * (2 * i + 1) / (2 * MOMENTS), &waits);
	what = g_strdup_printf("T16 cancelled %u times, longest (%s)", MOMENTS + 1, waits.stage);
	bench_rows_add(rows, (BenchRow){ .what = what, .value = (double)waits.longest / 1e3,
					 .unit = "ms", .target = 100 });
	bench_rows_add(rows, (BenchRow){ .what = "the longest, with closing of the dump",
					 .value = (double)waits.closed / 1e3, .unit = "ms" });
	g_rmdir(folder);
	return bench_rows_finish(rows) ? 0 : 1;
}
