/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How fast the store is, beside what SQLite does by itself in the same run:
 *
 *	bench-store [TILES]	default 256 tiles: 64 GiB of memory
 *
 * insert	rows through anz_store_writer_insert() against a bare prepared statement;
 *		exit 1 if that is below 0.8 of the latter
 * tile		compressing and storing all planes
 * the rest	queries of the virtual table `page`, rows gone through per second
 */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/writer.h"

#define ROWS 1000000

static double now(void)
{
	return (double)g_get_monotonic_time() / 1e6;
}

static void check(gboolean ok, const char *what)
{
	if (!ok) {
		fprintf(stderr, "bench-store: %s\n", what);
		exit(2);
	}
}

/* The same rows with nothing between the loop and SQLite. */
static double insert_bare(const char *path)
{
	sqlite3 *db;
	sqlite3_stmt *stmt;
	double start;

	check(sqlite3_open(path, &db) == SQLITE_OK, "open");
	check(sqlite3_exec(db,
			   "PRAGMA page_size = 4096; PRAGMA journal_mode = OFF;"
			   "PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE;"
			   "PRAGMA cache_size = -16384; BEGIN;"
			   "CREATE TABLE free_block (snapshot, pfn, \"order\", node, "
			   "zone TEXT, "
			   "migratetype TEXT, position)",
			   NULL, NULL, NULL) == SQLITE_OK,
	      "create");
	sqlite3_prepare_v2(db, "INSERT INTO free_block VALUES (?,?,?,?,?,?,?)", -1, &stmt,
			   NULL);
	start = now();
	for (gint64 i = 0; i < ROWS; i++) {
		sqlite3_bind_int64(stmt, 1, 1);
		sqlite3_bind_int64(stmt, 2, i * 8);
		sqlite3_bind_int64(stmt, 3, i % 11);
		sqlite3_bind_int64(stmt, 4, i % 2);
		sqlite3_bind_text(stmt, 5, "Normal", -1, SQLITE_STATIC);
		sqlite3_bind_text(stmt, 6, "Movable", -1, SQLITE_STATIC);
		sqlite3_bind_int64(stmt, 7, i);
		sqlite3_step(stmt);
		sqlite3_reset(stmt);
	}
	start = now() - start;
	sqlite3_finalize(stmt);
	sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
	sqlite3_close(db);
	return start;
}

static double insert_rows(const char *path)
{
	AnzStoreWriter *writer = anz_store_writer_new(path, FALSE, NULL);
	double start = now();

	for (gint64 i = 0; i < ROWS; i++)
		anz_store_writer_insert(writer, "free_block", "uiissi", (guint64)i * 8,
					i % 11, i % 2, "Normal", "Movable", i);
	start = now() - start;
	check(!anz_store_writer_error(writer), "insert");
	anz_store_writer_free(writer);
	return start;
}

/* Memory as it is: stretches of a class, folios, flags that go with the class. */
static void fill(guint plane, guint8 *values, guint32 *state)
{
	guint width = anz_plane_width((AnzPlane)plane);

	for (guint i = 0, left = 0, run = 0; i < ANZ_TILE_PAGES; i++, left--) {
		if (left == 0) {
			*state = *state * 1664525 + 1013904223;
			left = 1 + ((*state >> 8) % 4 ? (*state >> 16) % 8
						      : (*state >> 16) % 512);
			run = (*state >> 12) % 12;
		}
		memset(values + i * width, 0, width);
		values[i * width] = (guint8)(plane == ANZ_PLANE_ZONE ? 2 : run);
	}
}

static AnzStore *write_tiles(const char *path, guint tiles)
{
	AnzStoreWriter *writer = anz_store_writer_new(path, FALSE, NULL);
	guint8 *values = g_malloc(ANZ_TILE_PAGES * 4);
	double start = now(), made = 0;
	guint32 state = 1;
	AnzStore *store;

	anz_store_writer_insert(writer, "snapshot", "-ssui", "now", "bench",
				(guint64)tiles * ANZ_TILE_PAGES, (gint64)4096);
	anz_store_writer_insert(writer, "zones", "iisiuuuuuiuuiiii", (gint64)2, (gint64)0,
				"Normal", (gint64)2, (guint64)0, (guint64)0, (guint64)0,
				(guint64)0, (guint64)0, (gint64)0, (guint64)0, (guint64)0,
				(gint64)0, (gint64)0, (gint64)0, (gint64)0);
	for (guint tile = 0; tile < tiles; tile++) {
		for (guint plane = 0; plane < ANZ_NR_PLANES; plane++) {
			double before = now();

			fill(plane, values, &state);
			made += now() - before;
			anz_store_writer_tile(writer, (AnzPlane)plane, tile, values);
		}
	}
	store = anz_store_writer_commit(writer, NULL);
	start = now() - start - made;
	check(store != NULL, "commit");
	printf("tile\t%.2f ms for 65536 pages, all planes (%.2f s a terabyte)\n",
	       start * 1e3 / tiles, start / tiles * 4096);
	g_free(values);
	return store;
}

static void query(AnzStore *store, const char *sql, double rows)
{
	double start = now();
	g_autoptr(GError) error = NULL;
	AnzQuery *q = anz_store_query(store, sql, &error);
	guint got = 0;

	check(q != NULL, sql);
	while (anz_query_next(q, &error))
		got++;
	check(!error, sql);
	anz_query_free(q);
	start = now() - start;
	printf("query\t%.3f s, %.1f M rows/s, %u results: %s\n", start,
	       rows / start / 1e6, got, sql);
}

int main(int argc, char **argv)
{
	guint tiles = argc > 1 ? (guint)atoi(argv[1]) : 256;
	double rows = (double)tiles * ANZ_TILE_PAGES, bare = 1e9, ours = 1e9;
	g_autofree char *folder = g_dir_make_tmp("bench-store-XXXXXX", NULL);
	g_autofree char *path = g_build_filename(folder, "file.db", NULL);
	AnzStore *store;

	for (guint i = 0; i < 3; i++) {
		double t = insert_bare(path);

		bare = MIN(bare, t);
		remove(path);
		t = insert_rows(path);
		ours = MIN(ours, t);
	}
	printf("insert\t%.2f M rows/s, bare SQLite %.2f M rows/s, ratio %.2f\n",
	       ROWS / ours / 1e6, ROWS / bare / 1e6, bare / ours);
	store = write_tiles(path, tiles);
	query(store, "SELECT count(*) FROM page", rows);
	query(store, "SELECT count(class) FROM page", rows);
	query(store, "SELECT class, count(*) FROM page GROUP BY class", rows);
	query(store, "SELECT count(*) FROM page WHERE class = 'file'", rows);
	query(store, "SELECT count(*) FROM page WHERE class IN ('file', 'anon', 'shmem')",
	      rows);
	query(store, "SELECT count(*) FROM page WHERE refcount = 5 AND zone = 'Normal'",
	      rows);
	query(store, "SELECT max(flags), sum(refcount), count(struct_page) FROM page",
	      rows);
	query(store,
	      "WITH n(i) AS (VALUES (0) UNION ALL SELECT i + 1 FROM n WHERE i < 99999) "
	      "SELECT sum(p.refcount) FROM n JOIN page p ON p.pfn = n.i * 7",
	      100000);
	anz_store_close(store);
	remove(path);
	remove(folder);
	return bare / ours < 0.8;
}
