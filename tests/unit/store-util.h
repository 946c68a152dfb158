/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A made-up analysis file for the tests of libanalyze/store, and the arrays it was made
 * from.
 */
#ifndef TESTS_STORE_UTIL_H
#define TESTS_STORE_UTIL_H

#include <analyze/analyze.h>

#include "store/writer.h"

/*
 * Tile 0 mixed in stretches, 1 all slab, 2 not stored, 3 random frame by frame, 4 cut by
 * the map.
 */
#define MAP_TILES 5
#define MAP_FRAMES (4 * ANZ_TILE_PAGES + 1234)
#define SECTION_BITS 24	/* log2 of the bytes of a section: 4096 frames */

#define VMEMMAP G_GUINT64_CONSTANT(0xffffea0000000000)
#define PAGE_OFFSET G_GUINT64_CONSTANT(0xffff888000000000)
#define TEXT_START G_GUINT64_CONSTANT(0xffffffff81000000)
#define TEXT_PHYS G_GUINT64_CONSTANT(0x1000000)

/* Values of all planes, MAP_TILES * ANZ_TILE_PAGES each. */
typedef struct {
	guint8 *page_class, *order, *migratetype, *zone;
	guint16 *attr;
	guint32 *flags;
	gint32 *refcount, *mapcount;
	guint32 *owner;
	guint32 *cgroup;
	guint8 *generation;
	guint8 *refs;
} Map;

Map *map_new(guint32 seed);
void map_free(Map *map);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Map, map_free)

const void *map_plane(const Map *map, AnzPlane plane);

/* Writes everything of @map and rows in every table. */
void write_snapshot(AnzStoreWriter *writer, const Map *map);

/* A new folder, removed with all its files by folder_free(). */
char *folder_new(void);
void folder_free(char *folder);

/* Number of files in @folder. */
guint folder_count(const char *folder);

/* Makes folder/name of @map. */
char *make_file(const char *folder, const char *name, const Map *map);

/* A folder with an analysis file of map_new(1) in it, opened. */
typedef struct {
	char *folder;
	Map *map;
	char *path;
	AnzStore *store;
} StoreFixture;

void store_setup(StoreFixture *f, gconstpointer data);
void store_teardown(StoreFixture *f, gconstpointer data);

#define ADD_STORE_TEST(name, function) \
	g_test_add("/store/" name, StoreFixture, NULL, store_setup, function, \
		   store_teardown)

/* Fails unless @error has this code and these words; clears it. */
#define assert_message(error, code, part) \
	do { \
		g_assert_error(error, ANZ_ERROR, code); \
		if (!strstr((error)->message, part)) \
			g_error("\"%s\" is not in: %s", part, (error)->message); \
		g_clear_error(&(error)); \
	} while (0)

/* All rows, columns joined by "|", rows by newlines; fails the test on an error. */
char *query_rows(AnzStore *store, const char *sql);

#define assert_query(store, sql, expected) \
	do { \
		g_autofree char *got_ = query_rows(store, sql); \
		g_assert_cmpstr(got_, ==, expected); \
	} while (0)

/* Runs SQL with plain SQLite on a closed file. */
void edit_file(const char *path, const char *sql);

#endif
