/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Planes and the pyramid as arrays: what a painter wants, tile by tile. */
#include <string.h>

#include "store/store-private.h"

/* Levels above this combine whole tiles. */
#define TILE_LEVEL ANZ_PYRAMID_TILE_LEVELS

/* Names the file and the next step in an error from the tile cache. */
static gboolean tile_error(AnzStore *store, GError **error)
{
	if (error && *error && (*error)->code == ANZ_ERROR_FORMAT) {
		g_autofree char *why = g_strdup((*error)->message);

		g_clear_error(error);
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_FORMAT,
			    "%s: damaged: %s; analyze the source again", store->path,
			    why);
	} else if (error && *error) {
		g_prefix_error(error, "%s: ", store->path);
	}
	return FALSE;
}

gboolean anz_store_read_plane(AnzStore *store, AnzPlane plane, guint64 pfn,
			      guint64 nr_pages, void *out, GError **error)
{
	guint width = anz_plane_width(plane);
	guint64 max_pfn = store->map->max_pfn;
	guint8 *to = out;

	if (!width || nr_pages > ANZ_MAX_PFN) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_ARGUMENT,
			    "there is no plane %u, or more frames are asked for than any "
			    "map has",
			    plane);
		return FALSE;
	}
	while (nr_pages > 0 && pfn < max_pfn) {
		guint64 at = pfn & (ANZ_TILE_PAGES - 1);
		guint64 n = MIN(MIN(ANZ_TILE_PAGES - at, nr_pages), max_pfn - pfn);
		AnzCachedTile *tile =
			anz_tile_cache_get(store->tiles, store->snapshot, plane,
					   pfn >> ANZ_TILE_SHIFT, error);

		if (!tile)
			return tile_error(store, error);
		memcpy(to, (const guint8 *)tile->values + at * width, n * width);
		anz_cached_tile_unref(tile);
		to += n * width;
		pfn += n;
		nr_pages -= n;
	}
	anz_tile_fill(plane, to, nr_pages);
	return TRUE;
}

/* --- pyramid --- */

/* Level 0: the class plane itself. */
static gboolean read_frames(AnzStore *store, guint64 pfn, guint64 n, guint8 *dominant,
			    guint32 *set, GError **error)
{
	guint8 classes[4096];

	while (n > 0) {
		guint64 some = MIN(n, sizeof(classes));

		if (!anz_store_read_plane(store, ANZ_PLANE_CLASS, pfn, some, classes,
					  error))
			return FALSE;
		for (guint64 i = 0; set && i < some; i++)
			*set++ = 1u << classes[i];
		if (dominant) {
			memcpy(dominant, classes, some);
			dominant += some;
		}
		pfn += some;
		n -= some;
	}
	return TRUE;
}

static void fill_holes(guint8 *dominant, guint32 *set, guint64 n)
{
	if (dominant)
		memset(dominant, ANZ_CLASS_HOLE, n);
	for (guint64 i = 0; set && i < n; i++)
		set[i] = 1u << ANZ_CLASS_HOLE;
}

/* Where cells of a level are stored: blobs of 2^tile_shift tiles, whose level 1 is level 1 + up. */
typedef struct {
	const char *sql;
	guint tile_shift, up;
} Blobs;

static const Blobs pyramids = {
	"SELECT tile, data FROM pyramid WHERE snapshot = ?1 AND tile BETWEEN ?2 AND ?3", 0, 0
};
static const Blobs overviews = {
	"SELECT part, data FROM overview WHERE snapshot = ?1 AND part BETWEEN ?2 AND ?3",
	ANZ_OVERVIEW_TILE_SHIFT, ANZ_OVERVIEW_LEVELS
};

/* Files made before there were overviews have none. */
static gboolean has_overview(AnzStore *store)
{
	sqlite3_stmt *stmt;

	if (store->overview_of == store->snapshot)
		return store->has_overview;
	stmt = anz_store_prepare(store, "SELECT 1 FROM overview WHERE snapshot = ?1 LIMIT 1", NULL);
	store->has_overview = stmt && sqlite3_step(stmt) == SQLITE_ROW;
	store->overview_of = store->snapshot;
	sqlite3_finalize(stmt);
	return store->has_overview;
}

/* The part of one blob's cells that is asked for. */
static void copy_cells(const AnzPyramid *pyramid, guint level, guint64 first, guint64 per_blob,
		       guint64 cell, guint64 n, guint8 *dominant, guint32 *set)
{
	guint64 begin = MAX(first, cell), end = MIN(first + per_blob, cell + n);
	guint from = anz_pyramid_offset(level) + (guint)(begin - first);

	if (dominant)
		memcpy(dominant + (begin - cell), &pyramid->dominant[from], end - begin);
	if (set)
		memcpy(set + (begin - cell), &pyramid->set[from], (end - begin) * sizeof(*set));
}

/* Levels 1 to 8: from the blobs, over cells that begin as holes. */
static gboolean read_blobs(AnzStore *store, const Blobs *blobs, guint level, guint64 cell, guint64 n,
			   guint8 *dominant, guint32 *set, GError **error)
{
	const guint64 per_blob = ((guint64)ANZ_TILE_PAGES << blobs->tile_shift) >> (2 * level);
	const guint64 first = cell / per_blob, last = (cell + n - 1) / per_blob;
	g_autofree AnzPyramid *pyramid = g_new(AnzPyramid, 1);
	sqlite3_stmt *stmt = anz_store_prepare(store, blobs->sql, error);
	gboolean ok = TRUE;
	int rc = SQLITE_DONE;

	if (!stmt)
		return FALSE;
	fill_holes(dominant, set, n);
	if (!store->codec)
		store->codec = anz_codec_context_new();
	sqlite3_bind_int64(stmt, 2, (gint64)first);
	sqlite3_bind_int64(stmt, 3, (gint64)last);
	while (ok && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		guint64 number = anz_column_u64(stmt, 0);
		const void *data = sqlite3_column_blob(stmt, 1);
		gsize len = (gsize)sqlite3_column_bytes(stmt, 1);

		ok = number >= first && number <= last && data &&
		     anz_pyramid_inflate(store->codec, data, len, pyramid);
		if (ok)
			copy_cells(pyramid, level - blobs->up, number * per_blob, per_blob, cell, n,
				   dominant, set);
		else
			g_set_error(error, ANZ_ERROR, ANZ_ERROR_FORMAT,
				    "%s: damaged: the pyramid of tile %" G_GUINT64_FORMAT
				    " does not inflate; analyze the source again",
				    store->path, number << blobs->tile_shift);
	}
	if (ok && rc != SQLITE_DONE)
		ok = anz_store_fail(store, rc, error);
	sqlite3_finalize(stmt);
	return ok;
}

/* A cell of several tiles while their histograms are added up. */
typedef struct {
	guint64 pages[ANZ_NR_CLASSES];
	guint64 stored_tiles;
	guint64 last_tile;
	gboolean any;
} WideCell;

static void finish_wide(WideCell *wide, guint64 tiles, guint64 index, guint8 *dominant,
			guint32 *set)
{
	guint best = 0;
	guint32 present = 0;

	/* Tiles that are not stored are holes. */
	wide->pages[ANZ_CLASS_HOLE] += (tiles - wide->stored_tiles) << ANZ_TILE_SHIFT;
	for (guint c = 0; c < ANZ_NR_CLASSES; c++) {
		if (wide->pages[c])
			present |= 1u << c;
		if (wide->pages[c] > wide->pages[best])
			best = c;
	}
	if (dominant)
		dominant[index] = (guint8)best;
	if (set)
		set[index] = present;
	*wide = (WideCell){ 0 };
}

/* Levels above 8: from the histograms. */
static gboolean read_wide(AnzStore *store, guint level, guint64 cell, guint64 n,
			  guint8 *dominant, guint32 *set, GError **error)
{
	const guint shift = 2 * (level - TILE_LEVEL);
	const guint64 tiles = (guint64)1 << shift;
	WideCell wide = { 0 };
	guint64 index = 0;
	sqlite3_stmt *stmt;
	int rc;

	fill_holes(dominant, set, n);
	stmt = anz_store_prepare(store,
				 "SELECT tile, class, pages FROM histogram "
				 "WHERE snapshot = ?1 AND tile BETWEEN ?2 AND ?3 ORDER "
				 "BY tile",
				 error);
	if (!stmt)
		return FALSE;
	sqlite3_bind_int64(stmt, 2, (gint64)(cell << shift));
	sqlite3_bind_int64(stmt, 3, (gint64)(((cell + n) << shift) - 1));
	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		guint64 tile = anz_column_u64(stmt, 0),
			page_class = anz_column_u64(stmt, 1);
		guint64 pages = anz_column_u64(stmt, 2), at = (tile >> shift) - cell;

		/* BETWEEN holds for tile, but a damaged index may break its order. */
		if (page_class >= ANZ_NR_CLASSES || pages > ANZ_TILE_PAGES || at >= n ||
		    (wide.any && tile < wide.last_tile)) {
			rc = SQLITE_CORRUPT;
			break;
		}
		if (wide.any && at != index)
			finish_wide(&wide, tiles, index, dominant, set);
		wide.stored_tiles += !wide.any || tile != wide.last_tile;
		wide.pages[page_class] += pages;
		wide.last_tile = tile;
		wide.any = TRUE;
		index = at;
	}
	if (wide.any)
		finish_wide(&wide, tiles, index, dominant, set);
	sqlite3_finalize(stmt);
	if (rc == SQLITE_CORRUPT)
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_FORMAT,
			    "%s: damaged: table histogram; analyze the source again",
			    store->path);
	else if (rc != SQLITE_DONE)
		anz_store_fail(store, rc, error);
	return rc == SQLITE_DONE;
}

gboolean anz_store_read_pyramid(AnzStore *store, guint level, guint64 cell,
				guint64 nr_cells, guint8 *dominant, guint32 *set,
				GError **error)
{
	guint64 frames = (guint64)1 << (2 * MIN(level, ANZ_PYRAMID_MAX_LEVEL));

	/* Everything below stays far from 2^63 frames. */
	if (level > ANZ_PYRAMID_MAX_LEVEL || cell > 2 * ANZ_MAX_PFN / frames ||
	    nr_cells > 2 * ANZ_MAX_PFN / frames) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_ARGUMENT,
			    "%s: no map has cell %" G_GUINT64_FORMAT " of level %u",
			    store->path, cell, level);
		return FALSE;
	}
	if (nr_cells == 0)
		return TRUE;
	if (level == 0)
		return read_frames(store, cell, nr_cells, dominant, set, error);
	if (level <= TILE_LEVEL)
		return read_blobs(store, level >= ANZ_PYRAMID_TOP_LEVEL && has_overview(store) ?
				  &overviews : &pyramids, level, cell, nr_cells, dominant, set, error);
	return read_wide(store, level, cell, nr_cells, dominant, set, error);
}
