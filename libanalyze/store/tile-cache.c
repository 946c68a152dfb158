/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A cache of inflated tiles.  Users hold references, so a tile that is pushed out by
 * another cursor stays valid for those that are still reading it.  One thread only, like
 * the connection below.
 */
#include "store/tile-cache.h"

/*
 * Neighbouring tiles of a join or of a picture being panned; 4 tiles of all planes are
 * 4.5 MB.
 */
#define TILES_PER_PLANE 4

typedef struct {
	AnzCachedTile *tile;
	gint64 snapshot;
	guint64 number;
	guint64 last_used;
} Slot;

struct AnzTileCache {
	sqlite3 *db;
	sqlite3_stmt *select;
	sqlite3_stmt *descriptor;
	AnzCodecContext *codec;
	AnzCachedTile *defaults[ANZ_NR_PLANES];
	Slot slots[ANZ_NR_PLANES][TILES_PER_PLANE];
	guint64 clock;
};

AnzTileCache *anz_tile_cache_new(sqlite3 *db)
{
	AnzTileCache *cache = g_new0(AnzTileCache, 1);

	cache->db = db;
	cache->codec = anz_codec_context_new();
	return cache;
}

void anz_tile_cache_free(AnzTileCache *cache)
{
	if (!cache)
		return;
	anz_tile_cache_clear(cache);
	for (guint p = 0; p < ANZ_NR_PLANES; p++)
		g_clear_pointer(&cache->defaults[p], anz_cached_tile_unref);
	sqlite3_finalize(cache->select);
	sqlite3_finalize(cache->descriptor);
	anz_codec_context_free(cache->codec);
	g_free(cache);
}

void anz_tile_cache_clear(AnzTileCache *cache)
{
	for (guint p = 0; p < ANZ_NR_PLANES; p++) {
		for (guint i = 0; i < TILES_PER_PLANE; i++)
			g_clear_pointer(&cache->slots[p][i].tile, anz_cached_tile_unref);
	}
}

static AnzCachedTile *tile_new(AnzPlane plane)
{
	AnzCachedTile *tile = g_malloc(sizeof(*tile) +
				 (gsize)ANZ_TILE_PAGES * anz_plane_width(plane));

	tile->refs = 1;
	return tile;
}

static AnzCachedTile *tile_ref(AnzCachedTile *tile)
{
	tile->refs++;
	return tile;
}

void anz_cached_tile_unref(AnzCachedTile *tile)
{
	if (tile && --tile->refs == 0)
		g_free(tile);
}

/* The slot that holds the tile, or else the one to replace (its tile is then NULL). */
static Slot *find_slot(AnzTileCache *cache, gint64 snapshot, AnzPlane plane,
		       guint64 number)
{
	Slot *oldest = NULL;

	for (guint i = 0; i < TILES_PER_PLANE; i++) {
		Slot *slot = &cache->slots[plane][i];

		if (slot->tile && slot->number == number && slot->snapshot == snapshot)
			return slot;
		if (!slot->tile)
			slot->last_used = 0;
		if (!oldest || slot->last_used < oldest->last_used)
			oldest = slot;
	}
	g_clear_pointer(&oldest->tile, anz_cached_tile_unref);
	oldest->snapshot = snapshot;
	oldest->number = number;
	return oldest;
}

/* Reads and inflates; *@out stays NULL if no such tile is stored. */
static gboolean read_tile(AnzTileCache *cache, gint64 snapshot, AnzPlane plane,
			  guint64 number, AnzCachedTile **out, GError **error)
{
	g_autoptr(AnzCachedTile) tile = NULL;
	gboolean ok = TRUE;
	int rc;

	if (!cache->select)
		cache->select = anz_sqlite_prepare(cache->db,
			"SELECT data FROM main.tile "
			"WHERE snapshot = ?1 AND plane = ?2 AND tile = ?3", error);
	if (!cache->select)
		return FALSE;
	sqlite3_bind_int64(cache->select, 1, snapshot);
	sqlite3_bind_int(cache->select, 2, plane);
	sqlite3_bind_int64(cache->select, 3, (gint64)number);
	rc = sqlite3_step(cache->select);
	if (rc == SQLITE_ROW) {
		const void *data = sqlite3_column_blob(cache->select, 0);
		gsize len = (gsize)sqlite3_column_bytes(cache->select, 0);

		tile = tile_new(plane);
		ok = data &&
		     anz_tile_inflate(cache->codec, plane, data, len, tile->values);
		if (!ok)
			g_set_error(error, ANZ_ERROR, ANZ_ERROR_FORMAT,
				    "tile %" G_GUINT64_FORMAT
				    " of plane %s does not inflate",
				    number, anz_plane_name(plane));
	} else if (rc != SQLITE_DONE) {
		ok = anz_sqlite_error(error, cache->db, rc, "reading tiles");
	}
	sqlite3_reset(cache->select);
	if (ok)
		*out = g_steal_pointer(&tile);
	return ok;
}

AnzCachedTile *anz_tile_cache_get(AnzTileCache *cache, gint64 snapshot, AnzPlane plane,
				  guint64 tile, GError **error)
{
	Slot *slot = find_slot(cache, snapshot, plane, tile);

	if (!slot->tile && !read_tile(cache, snapshot, plane, tile, &slot->tile, error))
		return NULL;
	if (!slot->tile) {
		if (!cache->defaults[plane]) {
			cache->defaults[plane] = tile_new(plane);
			anz_tile_fill(plane, cache->defaults[plane]->values,
				      ANZ_TILE_PAGES);
		}
		slot->tile = tile_ref(cache->defaults[plane]);
	}
	slot->last_used = ++cache->clock;
	return tile_ref(slot->tile);
}

gboolean anz_tile_cache_descriptor(AnzTileCache *cache, gint64 snapshot, guint64 pfn,
				   gboolean poisoned, gint64 *address)
{
	gboolean found;

	/*
	 * Extents do not overlap, save that a poisoned page of a folio has a descriptor of its own;
	 * so the last one that begins at or before the frame decides.
	 */
	if (!cache->descriptor)
		cache->descriptor = anz_sqlite_prepare(cache->db,
			"SELECT address, pfn + pages FROM main.descriptors "
			"WHERE snapshot = ?1 AND pfn <= ?2 AND (kind = 'HWPoison') = ?3 "
			"ORDER BY pfn DESC LIMIT 1", NULL);
	if (!cache->descriptor)
		return FALSE;
	sqlite3_bind_int64(cache->descriptor, 1, snapshot);
	sqlite3_bind_int64(cache->descriptor, 2, (gint64)pfn);
	sqlite3_bind_int(cache->descriptor, 3, poisoned);
	found = sqlite3_step(cache->descriptor) == SQLITE_ROW &&
		(guint64)sqlite3_column_int64(cache->descriptor, 1) > pfn;
	if (found)
		*address = sqlite3_column_int64(cache->descriptor, 0);
	sqlite3_reset(cache->descriptor);
	return found;
}
