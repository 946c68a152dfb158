/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One row of the virtual table `page`: columns made from tile values when they are asked
 * for.
 */
#ifndef ANZ_STORE_PAGE_ROW_H
#define ANZ_STORE_PAGE_ROW_H

#include "store/page-map.h"
#include "store/tile-cache.h"

/*
 * Column, name, declared type (as in schemas/catalogue.sql).  Documented in page-row.c.
 */
#define ANZ_PAGE_COLUMNS(X) \
	X(SNAPSHOT, "snapshot", "INTEGER HIDDEN") \
	X(PFN, "pfn", "INTEGER") \
	X(CLASS, "class", "TEXT") \
	X(ORDER, "order", "INTEGER") \
	X(FIRST_PFN, "first_pfn", "INTEGER") \
	X(LAST_PFN, "last_pfn", "INTEGER") \
	X(NODE, "node", "INTEGER") \
	X(ZONE, "zone", "TEXT") \
	X(MIGRATETYPE, "migratetype", "TEXT") \
	X(HEAD, "head", "BOOLEAN") \
	X(TAIL, "tail", "BOOLEAN") \
	X(MAPPED, "mapped", "BOOLEAN") \
	X(DIRTY, "dirty", "BOOLEAN") \
	X(WRITEBACK, "writeback", "BOOLEAN") \
	X(LOCKED, "locked", "BOOLEAN") \
	X(LRU, "lru", "BOOLEAN") \
	X(ACTIVE, "active", "BOOLEAN") \
	X(UNEVICTABLE, "unevictable", "BOOLEAN") \
	X(MLOCKED, "mlocked", "BOOLEAN") \
	X(RESERVED, "reserved", "BOOLEAN") \
	X(HWPOISON, "hwpoison", "BOOLEAN") \
	X(EXCLUDED, "excluded", "BOOLEAN") \
	X(ON_LIST, "on_list", "BOOLEAN") \
	X(ISOLATED, "isolated", "BOOLEAN") \
	X(FLAGS, "flags", "INTEGER") \
	X(FLAGS_TEXT, "flags_text", "TEXT") \
	X(REFCOUNT, "refcount", "INTEGER") \
	X(MAPCOUNT, "mapcount", "INTEGER") \
	X(PHYSICAL, "physical", "ADDRESS") \
	X(VIRTUAL, "virtual", "ADDRESS") \
	X(STRUCT_PAGE, "struct_page", "ADDRESS") \
	X(DESCRIPTOR, "descriptor", "ADDRESS") \
	X(OWNER, "owner", "INTEGER") \
	X(CGROUP, "cgroup", "INTEGER") \
	X(GENERATION, "generation", "INTEGER") \
	X(LRU_REFS, "lru_refs", "INTEGER")

typedef enum {
#define X(id, name, type) ANZ_PAGE_##id,
	ANZ_PAGE_COLUMNS(X)
#undef X
	ANZ_PAGE_NR_COLUMNS
} AnzPageColumn;

/**
 * AnzPageRow: @tile: number of the tile that @planes are of; @planes: loaded ones, else
 * %NULL.
 */
typedef struct {
	AnzPageMap *map;
	AnzTileCache *cache;
	guint64 pfn;
	guint64 tile;
	AnzCachedTile *planes[ANZ_NR_PLANES];
} AnzPageRow;

/** Moves to @pfn; planes of another tile are dropped. */
static inline void anz_page_row_move(AnzPageRow *row, guint64 pfn)
{
	row->pfn = pfn;
	if (pfn >> ANZ_TILE_SHIFT == row->tile)
		return;
	row->tile = pfn >> ANZ_TILE_SHIFT;
	for (guint p = 0; p < ANZ_NR_PLANES; p++)
		g_clear_pointer(&row->planes[p], anz_cached_tile_unref);
}

/** Drops all planes and the map. */
void anz_page_row_clear(AnzPageRow *row);

/** Values of @plane in the row's tile; %NULL with @error. */
const void *anz_page_row_plane(AnzPageRow *row, AnzPlane plane, GError **error);

/** Hands the value of @column to SQLite. */
gboolean anz_page_row_result(AnzPageRow *row, AnzPageColumn column,
			     sqlite3_context *context, GError **error);

/**
 * anz_page_map_affine:
 *
 * The columns whose value is base + pfn * unit for every frame.  %FALSE if @column is
 * none or the map does not know the numbers.
 */
gboolean anz_page_map_affine(const AnzPageMap *map, AnzPageColumn column, guint64 *base,
			     guint64 *unit);

#endif
