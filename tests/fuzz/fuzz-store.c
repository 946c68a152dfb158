/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The input is an analysis file: opens it and reads through every path that trusts its
 * numbers.
 */
#include "fuzz.h"

#include <analyze/analyze.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *path;

static void remove_file(void)
{
	g_unlink(path);
	g_free(path);
}

/* One file for all inputs: SQLite opens files by name only. */
static gboolean write_file(const uint8_t *data, size_t len)
{
	/*
	 * A wrong header is refused by two comparisons; what comes after it is of
	 * interest.
	 */
	static const uint8_t magic[16] = "SQLite format 3",
			     id[4] = { 'm', 'e', 'm', 'd' };
	static const uint8_t version[4] = { 0, 0, 0, 1 };
	static int fd = -1;

	if (fd < 0) {
		fd = g_file_open_tmp("fuzz-store-XXXXXX", &path, NULL);
		if (fd < 0)
			abort();
		atexit(remove_file);
	}
	return ftruncate(fd, 0) == 0 && pwrite(fd, data, len, 0) == (ssize_t)len &&
	       (len < 100 ||
		(pwrite(fd, magic, 16, 0) == 16 && pwrite(fd, version, 4, 60) == 4 &&
		 pwrite(fd, id, 4, 68) == 4));
}

static void run(AnzStore *store, const char *sql)
{
	g_autoptr(AnzQuery) query = anz_store_query(store, sql, NULL);

	for (guint rows = 0; query && rows < 3000 && anz_query_next(query, NULL);
	     rows++) {
		for (guint i = 0; i < anz_query_n_columns(query); i++) {
			anz_query_column_kind(query, i);
			anz_query_text(query, i);
		}
	}
}

static void read_arrays(AnzStore *store)
{
	static uint8_t values[4 * 3000];
	static guint32 set[3000];
	const guint64 max_pfn = anz_store_max_pfn(store);
	const guint64 places[] = { 0, ANZ_TILE_PAGES - 1000,
				   max_pfn - MIN(max_pfn, 1000) };

	for (guint i = 0; i < G_N_ELEMENTS(places); i++) {
		for (guint plane = 0; plane < ANZ_NR_PLANES; plane++)
			anz_store_read_plane(store, (AnzPlane)plane, places[i], 3000,
					     values, NULL);
		for (guint level = 0; level <= ANZ_PYRAMID_MAX_LEVEL; level++) {
			guint64 cell = places[i] >> (2 * level);
			guint64 n =
				MIN(3000, ((guint64)ANZ_TILE_PAGES >> (2 * level)) + 2);

			anz_store_read_pyramid(store, level, cell, n, values, set, NULL);
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const char *const addresses[] = {
		"17",
		"0x12000",
		"0xffffea0000000040",
		"0xffff888000000000",
		"0xffffffff81000000",
	};
	static const char *const queries[] = {
		"SELECT * FROM page",
		"SELECT * FROM page WHERE pfn BETWEEN 65000 AND 66000",
		"SELECT pfn FROM page WHERE class = 'slab'",
		"SELECT class, pfn FROM page ORDER BY class DESC",
		"SELECT pfn FROM page WHERE struct_page > 0 AND virtual < -5 AND class "
		"<> 'hole'",
		"SELECT r.*, p.class FROM runs r JOIN page p ON p.snapshot = r.snapshot "
		"AND "
		"p.pfn BETWEEN r.pfn AND r.pfn + 3",
		"SELECT sum(pages) AS pages, max(log.message) FROM classes, log",
	};
	g_autoptr(AnzStore) store = NULL;

	if (!write_file(data, len))
		return 0;
	anz_store_probe(path);
	store = anz_store_open(path, NULL);
	if (!store)
		return 0;
	for (guint i = 0; i < G_N_ELEMENTS(queries); i++)
		run(store, queries[i]);
	for (const AnzNamedQuery *q = anz_named_query_list(); q->name; q++)
		run(store, q->sql);
	for (guint i = 0; i < G_N_ELEMENTS(addresses); i++) {
		AnzAddress address;

		anz_store_resolve(store, addresses[i], &address, NULL);
	}
	read_arrays(store);
	return 0;
}
