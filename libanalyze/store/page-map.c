/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Loads the small tables of a snapshot that turn tile values into names and addresses. */
#include "store/page-map.h"

#include <errno.h>
#include <string.h>

#include "store/tiles.h"

gboolean anz_parse_u64(const char *text, guint64 *value)
{
	gboolean negative = *text == '-';
	guint base = 10;
	guint64 v;
	char *end;

	if (negative)
		text++;
	if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
		base = 16;
		text += 2;
	}
	/* strtoull() would accept a sign and spaces of its own. */
	if (!g_ascii_isxdigit(*text))
		return FALSE;
	errno = 0;
	v = g_ascii_strtoull(text, &end, base);
	if (errno || *end)
		return FALSE;
	*value = negative ? 0 - v : v;
	return TRUE;
}

gint64 anz_newest_snapshot(sqlite3 *db, GError **error)
{
	sqlite3_stmt *stmt =
		anz_sqlite_prepare(db, "SELECT max(id) FROM main.snapshot", error);
	gint64 id = 0;
	int rc;

	if (!stmt)
		return 0;
	rc = sqlite3_step(stmt);
	if (rc == SQLITE_ROW)
		id = sqlite3_column_int64(stmt, 0);
	if (rc != SQLITE_ROW)
		anz_sqlite_error(error, db, rc, "analysis file");
	else if (id <= 0)
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_FORMAT,
			    "the analysis file holds no snapshot; analyze the source "
			    "again");
	sqlite3_finalize(stmt);
	return MAX(id, 0);
}

typedef void (*RowFunc)(AnzPageMap *map, sqlite3_stmt *stmt, GStringChunk *names);

static const char *keep_text(sqlite3_stmt *stmt, int column, GStringChunk *names)
{
	const char *text = (const char *)sqlite3_column_text(stmt, column);

	return text ? g_string_chunk_insert_const(names, text) : NULL;
}

static void snapshot_row(AnzPageMap *map, sqlite3_stmt *stmt, GStringChunk *names)
{
	guint64 page_size = anz_column_u64(stmt, 1);

	map->max_pfn = anz_column_u64(stmt, 0);
	if (page_size >= 512 && page_size <= (1u << 30) &&
	    (page_size & (page_size - 1)) == 0)
		map->page_shift = (guint)__builtin_ctzll(page_size);
}

static void meta_row(AnzPageMap *map, sqlite3_stmt *stmt, GStringChunk *names)
{
	const char *key = (const char *)sqlite3_column_text(stmt, 0);
	const char *text = (const char *)sqlite3_column_text(stmt, 1);
	guint64 value;

	if (key && text && strcmp(key, "format.shape") == 0) {
		map->has_descriptors = strcmp(text, "classic") != 0;
		return;
	}
	if (!key || !text || !anz_parse_u64(text, &value))
		return;
	if (strcmp(key, "kernel.vmemmap") == 0)
		map->vmemmap = value;
	else if (strcmp(key, "kernel.page_offset") == 0)
		map->page_offset = value;
	else if (value <= 4096)
		map->struct_page_size = value;
}

static void zone_row(AnzPageMap *map, sqlite3_stmt *stmt, GStringChunk *names)
{
	guint64 id = anz_column_u64(stmt, 0);

	/* 255 in the zone plane means none. */
	if (id >= 255)
		return;
	map->zone_node[id] = sqlite3_column_int64(stmt, 1);
	map->zone_name[id] = keep_text(stmt, 2, names);
}

static void migratetype_row(AnzPageMap *map, sqlite3_stmt *stmt, GStringChunk *names)
{
	guint64 number = anz_column_u64(stmt, 0);

	if (number < 255)
		map->migratetype[number] = keep_text(stmt, 1, names);
}

static void flag_row(AnzPageMap *map, sqlite3_stmt *stmt, GStringChunk *names)
{
	guint64 bit = anz_column_u64(stmt, 0);

	if (bit < G_N_ELEMENTS(map->flag_name) && !map->flag_name[bit])
		map->flag_name[bit] = keep_text(stmt, 1, names);
}

static void plane_row(AnzPageMap *map, sqlite3_stmt *stmt, GStringChunk *names)
{
	guint64 plane = anz_column_u64(stmt, 0);

	if (plane < ANZ_NR_PLANES)
		map->recorded |= 1u << plane;
}

static void histogram_row(AnzPageMap *map, sqlite3_stmt *stmt, GStringChunk *names)
{
	guint64 tile = anz_column_u64(stmt, 0), page_class = anz_column_u64(stmt, 1);
	AnzTileClasses *last = NULL;

	if (tile > map->max_pfn >> ANZ_TILE_SHIFT || page_class >= ANZ_NR_CLASSES)
		return;
	if (map->tiles->len)
		last = &g_array_index(map->tiles, AnzTileClasses, map->tiles->len - 1);
	if (last && last->tile > tile)
		return; /* a damaged index; what is kept stays sorted */
	if (!last || last->tile != tile) {
		AnzTileClasses new_tile = { .tile = tile };

		g_array_append_val(map->tiles, new_tile);
		last = &g_array_index(map->tiles, AnzTileClasses, map->tiles->len - 1);
	}
	last->set |= 1u << page_class;
}

static gboolean for_each_row(AnzPageMap *map, sqlite3 *db, GStringChunk *names,
			     const char *sql, RowFunc func, GError **error)
{
	sqlite3_stmt *stmt = anz_sqlite_prepare(db, sql, error);
	int rc;

	if (!stmt)
		return FALSE;
	sqlite3_bind_int64(stmt, 1, map->snapshot);
	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW)
		func(map, stmt, names);
	if (rc != SQLITE_DONE)
		anz_sqlite_error(error, db, rc, "analysis file");
	sqlite3_finalize(stmt);
	return rc == SQLITE_DONE;
}

AnzPageMap *anz_page_map_load(sqlite3 *db, gint64 snapshot, GStringChunk *names,
			      GError **error)
{
	static const struct {
		const char *sql;
		RowFunc func;
	} tables[] = {
		{ "SELECT max_pfn, page_size FROM main.snapshot WHERE id = ?1",
		  snapshot_row },
		{ "SELECT key, value FROM main.meta WHERE snapshot = ?1 AND key IN "
		  "('kernel.vmemmap', 'kernel.page_offset', 'format.struct_page_size', "
		  "'format.shape')",
		  meta_row },
		{ "SELECT id, node, zone FROM main.zones WHERE snapshot = ?1", zone_row },
		{ "SELECT number, name FROM main.migratetype WHERE snapshot = ?1",
		  migratetype_row },
		{ "SELECT bit, name FROM main.page_flag WHERE snapshot = ?1 ORDER BY "
		  "rowid",
		  flag_row },
		/* A table of planes to look up, as DISTINCT would read every tile. */
		{ "WITH planes(n) AS (VALUES (5), (6), (7), (8)) SELECT n FROM planes WHERE "
		  "EXISTS "
		  "(SELECT 1 FROM main.tile WHERE snapshot = ?1 AND plane = n)",
		  plane_row },
		{ "SELECT tile, class FROM main.histogram WHERE snapshot = ?1 ORDER BY "
		  "tile",
		  histogram_row },
	};
	g_autoptr(AnzPageMap) map = g_rc_box_new0(AnzPageMap);

	map->snapshot = snapshot;
	map->tiles = g_array_new(FALSE, FALSE, sizeof(AnzTileClasses));
	for (guint i = 0; i < G_N_ELEMENTS(tables); i++) {
		if (!for_each_row(map, db, names, tables[i].sql, tables[i].func, error))
			return NULL;
		if (tables[i].func != snapshot_row)
			continue;
		if (!map->page_shift || map->max_pfn == 0 || map->max_pfn > ANZ_MAX_PFN) {
			g_set_error(error, ANZ_ERROR, ANZ_ERROR_FORMAT,
				    "snapshot %" G_GINT64_FORMAT
				    " is not in the analysis file or is "
				    "damaged: see the numbers in table snapshot",
				    snapshot);
			return NULL;
		}
	}
	return g_steal_pointer(&map);
}

static void page_map_clear(gpointer data)
{
	AnzPageMap *map = data;

	g_array_unref(map->tiles);
}

void anz_page_map_unref(AnzPageMap *map)
{
	if (map)
		g_rc_box_release_full(map, page_map_clear);
}
