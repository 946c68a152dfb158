/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How fast the store is, beside what SQLite does by itself in the same run:
 *
 *	bench-store [TILES]	default 256 tiles: 64 GiB of memory
 *
 * insert	rows through anz_store_writer_insert() against a bare prepared statement
 * tile		compressing and storing all planes
 * the rest	queries of the virtual table `page`, rows gone through per second
 */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rows.h"
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

static AnzStore *write_tiles(BenchRows *rows, const char *path, guint tiles)
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
	bench_rows_add(rows, (BenchRow){ .what = "storing a tile of 65536 pages, all planes",
					 .value = start * 1e3 / tiles, .unit = "ms" });
	g_free(values);
	return store;
}

/* @target_us: for each row, where it is looked up by its number; 0: how many are gone through. */
static void query(BenchRows *rows, AnzStore *store, const char *sql, double nr_rows, double target_us,
		  const char *what)
{
	double start = now();
	g_autoptr(GError) error = NULL;
	AnzQuery *q = anz_store_query(store, sql, &error);

	check(q != NULL, sql);
	while (anz_query_next(q, &error))
		;
	check(!error, sql);
	anz_query_free(q);
	start = now() - start;
	if (target_us)
		bench_rows_add(rows, (BenchRow){ .what = what,
						 .value = start / nr_rows * 1e6, .unit = "us",
						 .target = target_us });
	else
		bench_rows_add(rows, (BenchRow){ .what = sql, .value = nr_rows / start / 1e6,
						 .unit = "Mrow/s", .more_is_better = TRUE });
}

/* A statement each, as people and the viewer ask: neighbours, and a jump now and then. */
static __attribute__((noinline)) void look_up(BenchRows *rows, AnzStore *store, guint64 nr_pages)
{
	const guint nr = 2000;
	double start = now();
	guint64 at = 12345;

	for (guint i = 0; i < nr; i++) {
		g_autoptr(AnzQuery) q = anz_store_query(store, "SELECT class, \"order\" FROM page "
							"WHERE pfn = :pfn", NULL);

		at = i % 100 ? (at + 7) % nr_pages : at * 2862933555777941757 % nr_pages;
		check(q != NULL, "look-up");
		anz_query_bind_int(q, ":pfn", at);
		check(anz_query_next(q, NULL), "look-up");
	}
	bench_rows_add(rows, (BenchRow){ .what = "a page through SQL, a statement each", .unit = "us",
					 .value = (now() - start) / nr * 1e6, .target = 20 });
}

static void measure_opening(BenchRows *rows, const char *path)
{
	double opened, summed, best_open = 1e9, best_summary = 1e9;

	for (guint i = 0; i < 5; i++) {
		AnzStore *store;
		AnzQuery *q;

		opened = now();
		store = anz_store_open(path, NULL);
		opened = now() - opened;
		check(store != NULL, "reopen");
		summed = now();
		q = anz_store_query(store, "SELECT class, pages FROM classes WHERE snapshot = :snapshot",
				    NULL);
		check(q != NULL, "classes");
		while (anz_query_next(q, NULL))
			;
		summed = now() - summed;
		anz_query_free(q);
		anz_store_close(store);
		best_open = MIN(best_open, opened);
		best_summary = MIN(best_summary, summed);
	}
	bench_rows_add(rows, (BenchRow){ .what = "opening the file", .value = best_open * 1e3,
					 .unit = "ms", .target = 50 });
	bench_rows_add(rows, (BenchRow){ .what = "summary from it", .value = best_summary * 1e3,
					 .unit = "ms", .target = 20 });
}

int main(int argc, char **argv)
{
	guint tiles = argc > 1 ? (guint)atoi(argv[1]) : 256;
	double pages = (double)tiles * ANZ_TILE_PAGES, bare = 1e9, ours = 1e9;
	g_autofree char *folder = g_dir_make_tmp("bench-store-XXXXXX", NULL);
	g_autofree char *path = g_build_filename(folder, "file.db", NULL);
	static const char *const sql[] = {
		"SELECT count(*) FROM page",
		"SELECT count(class) FROM page",
		"SELECT class, count(*) FROM page GROUP BY class",
		"SELECT count(*) FROM page WHERE class = 'file'",
		"SELECT count(*) FROM page WHERE class IN ('file', 'anon', 'shmem')",
		"SELECT count(*) FROM page WHERE refcount = 5 AND zone = 'Normal'",
		"SELECT max(flags), sum(refcount), count(struct_page) FROM page",
	};
	BenchRows *rows = bench_rows_new("store");
	AnzStore *store;

	for (guint i = 0; i < 5; i++) {
		double t = insert_bare(path);

		bare = MIN(bare, t);
		remove(path);
		t = insert_rows(path);
		ours = MIN(ours, t);
	}
	bench_rows_add(rows, (BenchRow){ .what = "inserting rows", .value = ROWS / ours / 1e6,
					 .unit = "Mrow/s", .against = "a bare prepared statement",
					 .floor = ROWS / bare / 1e6, .target_ratio = 0.8,
					 .more_is_better = TRUE });
	store = write_tiles(rows, path, tiles);
	for (guint i = 0; i < G_N_ELEMENTS(sql); i++)
		query(rows, store, sql[i], pages, 0, NULL);
	look_up(rows, store, (guint64)tiles * ANZ_TILE_PAGES);
	query(rows, store,
	      "WITH n(i) AS (VALUES (0) UNION ALL SELECT i + 1 FROM n WHERE i < 99999) "
	      "SELECT sum(p.refcount) FROM n JOIN page p ON p.pfn = n.i * 7", 100000, 20,
	      "a page through SQL, of a join");
	anz_store_close(store);
	measure_opening(rows, path);
	remove(path);
	remove(folder);
	return bench_rows_finish(rows) ? 0 : 1;
}
