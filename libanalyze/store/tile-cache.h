/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Inflated tiles of an analysis file, the last few of each plane kept. */
#ifndef ANZ_STORE_TILE_CACHE_H
#define ANZ_STORE_TILE_CACHE_H

#include "store/sqlite-face.h"
#include "store/tiles.h"

typedef struct AnzTileCache AnzTileCache;

/** AnzCachedTile: @values: ANZ_TILE_PAGES values in host byte order. */
typedef struct {
	guint refs;
	guint64 values[];
} AnzCachedTile;

/** @db is borrowed and must outlive the cache. */
AnzTileCache *anz_tile_cache_new(sqlite3 *db);
void anz_tile_cache_free(AnzTileCache *cache);

/** Forgets all tiles: the file was changed. */
void anz_tile_cache_clear(AnzTileCache *cache);

/**
 * anz_tile_cache_get:
 *
 * Returns: (transfer full): the tile, filled with the plane's default if none is stored;
 * %NULL with
 * @error (FORMAT for a damaged one, IO, CANCELLED).  Free with anz_cached_tile_unref().
 */
AnzCachedTile *anz_tile_cache_get(AnzTileCache *cache, gint64 snapshot, AnzPlane plane,
				  guint64 tile, GError **error);

/**
 * anz_tile_cache_descriptor:
 * @poisoned: the page is poisoned: the descriptor that says so, not its folio's
 * @address: (out): of the descriptor whose frames include @pfn
 *
 * Returns: %FALSE if no row of table descriptors does (or the file has no such table).
 */
gboolean anz_tile_cache_descriptor(AnzTileCache *cache, gint64 snapshot, guint64 pfn,
				   gboolean poisoned, gint64 *address);

void anz_cached_tile_unref(AnzCachedTile *tile);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AnzCachedTile, anz_cached_tile_unref)

#endif
