/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How fast the picture of a large machine is, without a window:
 *
 *	bench-picture FILE	an analysis, of 2^28 pages for the targets to mean something
 *
 * Figures are processor time of this process, which has one thread: what the machine does besides does not
 * count.  A target that was missed is said, and is no failure.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <glib/gstdio.h>

#include <analyze/analyze.h>

#include "rows.h"
#include "store/tiles.h"

#define WIDTH 1920
#define HEIGHT 1080

static BenchRows *rows;

static double now(void)
{
	return (double)clock() * 1e3 / CLOCKS_PER_SEC;
}

static void check(gboolean ok, const GError *error, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "bench-picture: %s: %s\n", what, error ? error->message : "failed");
	exit(1);
}

static void figure(const char *what, double value, double target, const char *unit)
{
	bench_rows_add(rows, (BenchRow){ .what = what, .value = value, .unit = unit, .target = target });
}

/* KiB of a line of /proc/self/status. */
static guint64 memory_kib(const char *key)
{
	g_autofree char *status = NULL;
	const char *at;

	if (!g_file_get_contents("/proc/self/status", &status, NULL, NULL))
		return 0;
	at = strstr(status, key);
	return at ? g_ascii_strtoull(at + strlen(key), NULL, 10) : 0;
}

static AnzGeometry *geometry_of(AnzStore *store)
{
	AnzGeometryOptions options = { .size = sizeof(options) };
	g_autoptr(GError) error = NULL;
	AnzGeometry *geometry = anz_geometry_new(store, &options, &error);

	check(geometry != NULL, error, "geometry");
	return geometry;
}

static double paint(AnzPicture *picture, int zoom, gint64 x, gint64 y, guint width, guint height,
		    guint32 *pixels)
{
	g_autoptr(GError) error = NULL;
	double start = now();

	check(anz_picture_paint(picture, zoom, x, y, width, height, pixels, width, NULL, &error),
	      error, "painting");
	return now() - start;
}

static void bench_modes(AnzPicture *picture, int fit, guint32 *pixels)
{
	AnzPictureStyle style;

	for (guint mode = 0; mode < ANZ_CELL_CHANGE; mode++) {
		g_autofree char *what = g_strdup_printf("all memory, mode %s", anz_cell_mode_name(mode));

		anz_picture_style_init(&style, ANZ_PALETTE_DARK);
		style.mode = mode;
		style.chosen = 1u << ANZ_CLASS_SLAB;
		anz_picture_set_style(picture, &style);
		figure(what, paint(picture, fit, 0, 0, WIDTH, HEIGHT, pixels), 0, "ms");
	}
	style.mode = ANZ_CELL_DOMINANT;
	anz_picture_set_style(picture, &style);
}

/*
 * A window full of picture at every zoom, from nothing: what a jump (T7), another palette or a hidden class
 * (T9) costs, on one thread; the viewer has two.
 */
static void bench_windows(AnzPicture *picture, const AnzGeometry *geometry, guint32 *pixels)
{
	for (int zoom = -5; zoom <= ANZ_ZOOM_MAX; zoom++) {
		g_autofree char *what = g_strdup_printf("T7 T9 a window of %dx%d at zoom %d", WIDTH, HEIGHT,
							zoom);
		AnzPictureStyle style;
		guint64 width, height;

		anz_geometry_size(geometry, zoom, &width, &height);
		/* another style: nothing of the last window is kept */
		anz_picture_style_init(&style, zoom & 1 ? ANZ_PALETTE_LIGHT : ANZ_PALETTE_DARK);
		anz_picture_set_style(picture, &style);
		figure(what, paint(picture, zoom, width > WIDTH ? (gint64)(width - WIDTH) / 2 : 0,
				   height > HEIGHT ? (gint64)(height - HEIGHT) / 2 : 0, WIDTH, HEIGHT,
				   pixels), 100, "ms");
	}
}

/* Levels 1 to 8 and the histogram of every tile, from its classes; reading those is not counted. */
static void bench_pyramid(AnzStore *store, guint64 tiles)
{
	g_autofree guint8 *classes = g_malloc(ANZ_TILE_PAGES);
	g_autofree AnzPyramid *pyramid = g_new(AnzPyramid, 1);
	guint32 pages[ANZ_NR_CLASSES];
	double sum = 0, start;

	for (guint64 tile = 0; tile < tiles; tile++) {
		g_autoptr(GError) error = NULL;

		check(anz_store_read_plane(store, ANZ_PLANE_CLASS, tile << ANZ_TILE_SHIFT, ANZ_TILE_PAGES,
					   classes, &error), error, "class plane");
		start = now();
		check(anz_tile_histogram(classes, pages), NULL, "histogram");
		anz_pyramid_build(classes, pyramid);
		sum += now() - start;
	}
	figure("T4 pyramid and histograms, on one thread", sum, 1000, "ms");
}

/* The next page of a class, or of an owner, behind a frame. */
static void bench_find(AnzStore *store, const char *what, const char *sql, guint64 pfn)
{
	g_autoptr(GError) error = NULL;
	double start = now();
	g_autoptr(AnzQuery) query = anz_store_query(store, sql, &error);

	check(query != NULL, error, what);
	anz_query_bind_int(query, ":pfn", (gint64)pfn);
	anz_query_next(query, &error);
	check(!error, error, what);
	figure(what, now() - start, 50, "ms");
}

/* 200 rows from the middle of the runs, as a table shows them: by the key, never by OFFSET. */
static void bench_rows(AnzStore *store, guint64 max_pfn)
{
	g_autoptr(GError) error = NULL;
	double start = now();
	g_autoptr(AnzQuery) query = anz_store_query(store, "SELECT * FROM runs WHERE snapshot = :snapshot "
						    "AND pfn >= :pfn ORDER BY pfn LIMIT 200", &error);
	guint n = 0;

	check(query != NULL, error, "rows");
	anz_query_bind_int(query, ":pfn", (gint64)(max_pfn / 2));
	while (anz_query_next(query, &error))
		n++;
	check(!error && n > 0, error, "rows");
	figure("T11 200 rows from the middle of a table", now() - start, 5, "ms");
}

static void bench_png(AnzPicture *picture, const AnzGeometry *geometry, const char *path)
{
	guint64 width, height, before = memory_kib("RssAnon:"), peak = memory_kib("VmHWM:");
	g_autoptr(GError) error = NULL;
	double start = now();
	FILE *file = fopen(path, "wb");

	check(file != NULL, NULL, path);
	anz_geometry_size(geometry, 0, &width, &height);
	check(anz_picture_write_png(picture, 0, 0, 0, (guint)width, (guint)height, file, NULL, NULL,
				    &error), error, "PNG");
	fclose(file);
	figure("T17 PNG of one pixel a page", (now() - start) / 1e3, 20, "s");
	figure("T17 memory for it",
	       (double)(MAX(memory_kib("RssAnon:"), before) - before + memory_kib("VmHWM:") - peak) / 1024,
	       64, "MB");
	g_unlink(path);
}

static void bench_compare(AnzStore *store, const char *path)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(AnzStore) other = anz_store_open(path, &error);
	g_autofree AnzComparison *result = g_new(AnzComparison, 1);
	double start = now();

	check(other && anz_compare(store, other, result, NULL, NULL, NULL, &error), error, "compare");
	figure("comparing with itself", now() - start, 0, "ms");
}

int main(int argc, char **argv)
{
	g_autofree char *folder = g_dir_make_tmp("memdesc-bench-XXXXXX", NULL);
	g_autofree char *png = folder ? g_build_filename(folder, "a.png", NULL) : NULL;
	g_autofree guint32 *pixels = g_new(guint32, WIDTH * HEIGHT);
	g_autoptr(AnzGeometry) geometry = NULL;
	g_autoptr(AnzPicture) picture = NULL;
	g_autoptr(AnzStore) store = NULL;
	g_autoptr(GError) error = NULL;
	double start = now();
	guint64 max_pfn;
	int fit;

	check(folder && argc == 2, NULL, "usage: bench-picture FILE");
	rows = bench_rows_new("picture");
	store = anz_store_open(argv[1], &error);
	check(store != NULL, error, argv[1]);
	max_pfn = anz_store_max_pfn(store);
	geometry = geometry_of(store);
	fit = anz_geometry_fit(geometry, WIDTH, HEIGHT);
	picture = anz_picture_new(store, NULL, geometry);
	paint(picture, fit, 0, 0, WIDTH, HEIGHT, pixels);
	figure("T1 open and first full picture", now() - start, 300, "ms");
	bench_modes(picture, fit, pixels);
	bench_windows(picture, geometry, pixels);
	bench_pyramid(store, (max_pfn + ANZ_TILE_PAGES - 1) >> ANZ_TILE_SHIFT);
	bench_find(store, "T10 next page of a class",
		   "SELECT pfn FROM page WHERE class = 'hwpoison' AND pfn > :pfn LIMIT 1", max_pfn / 2);
	bench_find(store, "T10 next page of an owner",
		   "SELECT pfn FROM owned WHERE snapshot = :snapshot AND owner = 1 AND pfn > :pfn "
		   "ORDER BY pfn LIMIT 1", max_pfn / 2);
	bench_rows(store, max_pfn);
	bench_compare(store, argv[1]);
	bench_png(picture, geometry, png);
	figure("T12 anonymous memory", (double)memory_kib("RssAnon:") / 1024, 250, "MB");
	g_rmdir(folder);
	return bench_rows_finish(rows) ? 0 : 1;
}
