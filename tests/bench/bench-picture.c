/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How fast the picture of a large machine is, without a window:
 *
 *	bench-picture [TILES]		default 4096 tiles: 2^28 pages, 1 TiB
 *	bench-picture TILES FILE	only makes FILE, for others to measure with
 *
 * Each line has a figure, in processor time, and what the figure should be held against.  A machine is invented: blocks of
 * all classes and sizes, in 64 different tiles that repeat.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include <glib/gstdio.h>

#include <analyze/analyze.h>

#include "store/writer.h"

#define PATTERNS 64
#define WIDTH 1920
#define HEIGHT 1080

/* Milliseconds of this process's own processor time: what the machine does besides does not count. */
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

static void fill_pattern(guint8 *classes, guint8 *orders, guint32 seed)
{
	for (guint pfn = 0; pfn < ANZ_TILE_PAGES;) {
		guint order;

		seed = seed * 1664525 + 1013904223;
		order = MIN(seed >> 24 & 15, 10);
		while (pfn & ((1u << order) - 1))
			order--;
		memset(classes + pfn, (int)(seed >> 8) % ANZ_CLASS_HOLE & 0xff, (gsize)1 << order);
		memset(orders + pfn, (int)order, (gsize)1 << order);
		pfn += 1u << order;
	}
}

static void make_file(const char *path, guint64 tiles)
{
	g_autofree guint8 *classes = g_malloc(PATTERNS * (gsize)ANZ_TILE_PAGES);
	g_autofree guint8 *orders = g_malloc(PATTERNS * (gsize)ANZ_TILE_PAGES);
	g_autoptr(GError) error = NULL;
	AnzStoreWriter *writer = anz_store_writer_new(path, FALSE, &error);

	check(writer != NULL, error, path);
	for (guint i = 0; i < PATTERNS; i++)
		fill_pattern(classes + i * (gsize)ANZ_TILE_PAGES, orders + i * (gsize)ANZ_TILE_PAGES,
			     i + 1);
	anz_store_writer_insert(writer, "snapshot", "-ssui", "2026-01-01T00:00:00Z", "bench-picture",
				tiles << ANZ_TILE_SHIFT, (gint64)4096);
	for (guint64 tile = 0; tile < tiles; tile++) {
		gsize at = tile % PATTERNS * (gsize)ANZ_TILE_PAGES;

		anz_store_writer_tile(writer, ANZ_PLANE_CLASS, tile, classes + at);
		anz_store_writer_tile(writer, ANZ_PLANE_ORDER, tile, orders + at);
	}
	anz_store_close(anz_store_writer_commit(writer, &error));
	check(!error, error, path);
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
		anz_picture_style_init(&style, ANZ_PALETTE_DARK);
		style.mode = mode;
		style.chosen = 1u << ANZ_CLASS_SLAB;
		anz_picture_set_style(picture, &style);
		printf("%-34s %9.1f ms\n", anz_cell_mode_name(mode),
		       paint(picture, fit, 0, 0, WIDTH, HEIGHT, pixels));
	}
	style.mode = ANZ_CELL_DOMINANT;
	for (int zoom = ANZ_ZOOM_MIN; zoom <= ANZ_ZOOM_MAX; zoom++) {
		anz_picture_set_style(picture, &style);
		printf("zoom %2d, a window of %d x %d       %9.1f ms\n", zoom, WIDTH, HEIGHT,
		       paint(picture, zoom, 4000, 3000, WIDTH, HEIGHT, pixels));
	}
	style.overlays = 1u << ANZ_OVERLAY_BLOCK;
	anz_picture_set_style(picture, &style);
	printf("zoom  3 with borders of blocks     %9.1f ms\n",
	       paint(picture, 3, 4000, 3000, WIDTH, HEIGHT, pixels));
}

/* One piece of the picture as the viewer paints them: all of it is in one tile at zoom 0. */
static void bench_piece(AnzPicture *picture, guint32 *pixels)
{
	double sum = 0;
	const guint n = 200;

	for (guint i = 0; i < n; i++)
		sum += paint(picture, 0, (i % 64) * 256, (i / 64) * 256, 256, 256, pixels);
	printf("a piece of 256 x 256 pages         %9.3f ms\n", sum / n);
}

/* Where is the next page of a class: histogram first, then one tile. */
static void bench_find(AnzStore *store, guint64 tiles)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(AnzQuery) query = anz_store_query(store,
		"SELECT pfn FROM page WHERE class = 'hwpoison' AND pfn > :pfn LIMIT 1", &error);
	double start = now();

	check(query != NULL, error, "query");
	anz_query_bind_int(query, ":pfn", (gint64)((tiles - 1) << ANZ_TILE_SHIFT));
	anz_query_next(query, &error);
	check(!error, error, "query");
	printf("T10 next page of a class           %9.1f ms   target 50\n", now() - start);
}

static void bench_png(AnzPicture *picture, const AnzGeometry *geometry, const char *path)
{
	guint64 width, height;
	g_autoptr(GError) error = NULL;
	double start = now();
	FILE *file = fopen(path, "wb");

	check(file != NULL, NULL, path);
	anz_geometry_size(geometry, 0, &width, &height);
	check(anz_picture_write_png(picture, 0, 0, 0, (guint)width, (guint)height, file, NULL, NULL,
				    &error), error, "PNG");
	fclose(file);
	printf("T17 PNG of %" G_GUINT64_FORMAT " x %" G_GUINT64_FORMAT "         %9.1f s    target 20\n",
	       width, height, (now() - start) / 1e3);
	g_unlink(path);
}

static void bench_compare(AnzStore *store, const char *path)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(AnzStore) other = anz_store_open(path, &error);
	g_autofree AnzComparison *result = g_new(AnzComparison, 1);
	double start = now();

	check(other && anz_compare(store, other, result, NULL, NULL, NULL, &error), error, "compare");
	printf("comparing with itself              %9.1f ms\n", now() - start);
}

int main(int argc, char **argv)
{
	guint64 tiles = argc > 1 ? g_ascii_strtoull(argv[1], NULL, 10) : 4096;
	g_autofree char *folder = g_dir_make_tmp("memdesc-bench-XXXXXX", NULL);
	g_autofree char *path = folder ? g_build_filename(folder, "a.memdesc", NULL) : NULL;
	g_autofree char *png = folder ? g_build_filename(folder, "a.png", NULL) : NULL;
	g_autofree guint32 *pixels = g_new(guint32, WIDTH * HEIGHT);
	g_autoptr(AnzGeometry) geometry = NULL;
	g_autoptr(AnzPicture) picture = NULL;
	g_autoptr(AnzStore) store = NULL;
	g_autoptr(GError) error = NULL;
	struct rusage before, after;
	double start;
	int fit;

	check(folder && tiles > 0 && tiles <= 65536, NULL, "usage: bench-picture [TILES]");
	if (argc > 2) {
		make_file(argv[2], tiles);
		g_rmdir(folder);
		return 0;
	}
	make_file(path, tiles);
	getrusage(RUSAGE_SELF, &before);
	start = now();
	store = anz_store_open(path, &error);
	check(store != NULL, error, path);
	geometry = geometry_of(store);
	fit = anz_geometry_fit(geometry, WIDTH, HEIGHT);
	picture = anz_picture_new(store, NULL, geometry);
	paint(picture, fit, 0, 0, WIDTH, HEIGHT, pixels);
	printf("%" G_GUINT64_FORMAT " pages, whole picture at zoom %d\n", tiles << ANZ_TILE_SHIFT, fit);
	printf("T1 open and first full picture     %9.1f ms   target 300\n", now() - start);
	bench_modes(picture, fit, pixels);
	bench_piece(picture, pixels);
	bench_find(store, tiles);
	bench_compare(store, path);
	bench_png(picture, geometry, png);
	getrusage(RUSAGE_SELF, &after);
	printf("T12 memory at most                 %9ld MB   of which %ld to make the file\n",
	       after.ru_maxrss / 1024, before.ru_maxrss / 1024);
	g_unlink(path);
	g_rmdir(folder);
	return 0;
}
