/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* make-store-seeds FOLDER: small analysis files for fuzz-store, in FOLDER/store. */
#include <glib/gstdio.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/writer.h"

static void fail(const char *what)
{
	fprintf(stderr, "%s\n", what);
	exit(1);
}

/* Values that change often enough for blobs with all kinds of zstd blocks. */
static void write_tiles(AnzStoreWriter *writer, guint64 tile, guint32 step)
{
	g_autofree guint8 *values = g_malloc(ANZ_TILE_PAGES * 4);

	for (guint plane = 0; plane < ANZ_NR_PLANES; plane++) {
		guint width = anz_plane_width((AnzPlane)plane);

		memset(values, 0, ANZ_TILE_PAGES * 4);
		for (guint i = 0; i < ANZ_TILE_PAGES; i++)
			values[i * width] =
				(guint8)(i / step * 7 % (plane ? 3 : ANZ_NR_CLASSES));
		anz_store_writer_tile(writer, (AnzPlane)plane, tile, values);
	}
}

static void write_rows(AnzStoreWriter *writer)
{
	static const char *const texts[][2] = {
		{ "kernel.vmemmap", "0xffffea0000000000" },
		{ "kernel.page_offset", "0xffff888000000000" },
		{ "format.struct_page_size", "64" },
		{ "kernel.text_start", "0xffffffff81000000" },
		{ "kernel.text_end", "0xffffffff83000000" },
		{ "kernel.image_phys", "0x1000000" },
	};

	anz_store_writer_insert(writer, "snapshot", "-ssui", "2026-11-23T00:00:00Z",
				"seed", (guint64)4 * ANZ_TILE_PAGES, (gint64)4096);
	for (guint i = 0; i < G_N_ELEMENTS(texts); i++)
		anz_store_writer_meta(writer, texts[i][0], "%s", texts[i][1]);
	for (gint64 i = 0; i < 3; i++) {
		anz_store_writer_insert(writer, "zones", "iisiuuuuuiuuiiii", i, i,
					"Normal", i, (guint64)4096, (guint64)0,
					(guint64)9, (guint64)9, (guint64)9, (gint64)1,
					(guint64)1, (guint64)1, (gint64)1, (gint64)1,
					(gint64)1, (gint64)0);
		anz_store_writer_insert(writer, "migratetype", "is", i, "Movable");
		anz_store_writer_insert(writer, "page_flag", "is", i, "flag");
		anz_store_writer_insert(writer, "runs", "uusnnssuu", (guint64)i,
					(guint64)1, "slab", ANZ_NULL, i, "Normal", NULL,
					(guint64)0, (guint64)0);
		anz_store_writer_insert(writer, "log", "idiiss", i, 0.5, (gint64)6,
					(gint64)0, "T1", "a line");
		anz_store_writer_insert(writer, "free_area", "isisiis", (gint64)0,
					"Normal", i, "Movable", i, i, "ok");
	}
}

/* Small pages: more structure, less padding in each byte that is changed. */
static void shrink(const char *path, const char *page_size)
{
	g_autofree char *sql =
		g_strdup_printf("PRAGMA page_size = %s; VACUUM", page_size);
	sqlite3 *db;

	if (sqlite3_open(path, &db) != SQLITE_OK ||
	    sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		fail(sqlite3_errmsg(db));
	sqlite3_close(db);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name, *page_size;
		guint32 step;
	} seeds[] = { { "long.db", "512", 5000 }, { "short.db", "1024", 3 } };

	if (argc != 2)
		fail("usage: make-store-seeds FOLDER");
	for (guint i = 0; i < G_N_ELEMENTS(seeds); i++) {
		g_autofree char *dir = g_build_filename(argv[1], "store", NULL);
		g_autofree char *path = g_build_filename(dir, seeds[i].name, NULL);
		g_autoptr(GError) error = NULL;
		AnzStoreWriter *writer;
		AnzStore *store;

		g_mkdir_with_parents(dir, 0777);
		writer = anz_store_writer_new(path, FALSE, &error);
		if (!writer)
			fail(error->message);
		write_rows(writer);
		write_tiles(writer, 0, seeds[i].step);
		write_tiles(writer, 2, seeds[i].step + 1);
		store = anz_store_writer_commit(writer, &error);
		if (!store)
			fail(error->message);
		anz_store_close(store);
		shrink(path, seeds[i].page_size);
	}
	return 0;
}
