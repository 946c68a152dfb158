/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which pixel shows which page.  Tiles with memory in them get places ("slots") in the order of their
 * addresses; a machine whose memory lies scattered over a large address space has few slots.
 */
#include "picture/geometry.h"

#include <analyze/sketch.h>

#include "pages/sketch.h"

#include <math.h>
#include <stdlib.h>

/* @n tiles from @tile on have the slots from @slot on. */
typedef struct {
	guint64 slot, tile, n;
} Stretch;

struct AnzGeometry {
	gatomicrefcount refs;
	guint64 max_pfn;
	guint64 n_slots;
	guint row_tiles;
	/* of the picture, in frames' cells */
	guint64 width_cells, height_cells;
	GArray *stretches;
	AnzCurveTables tables;
};

#define TILE_SIDE 256

/* --- slots --- */

static void add_tiles(GArray *stretches, guint64 tile, guint64 n)
{
	Stretch *last = stretches->len ?
		&g_array_index(stretches, Stretch, stretches->len - 1) : NULL;
	Stretch next = { .tile = tile, .n = n };

	if (last && tile < last->tile + last->n)
		return;		/* named twice */
	if (last && tile == last->tile + last->n) {
		last->n += n;
		return;
	}
	next.slot = last ? last->slot + last->n : 0;
	g_array_append_val(stretches, next);
}

static guint64 tiles_of(guint64 max_pfn)
{
	return (max_pfn + ANZ_TILE_PAGES - 1) >> ANZ_TILE_SHIFT;
}

/* The tiles with a page that is not a hole; they come in ascending order. */
static gboolean present_tiles(AnzStore *store, GArray *tiles, GError **error)
{
	g_autoptr(AnzQuery) query = anz_store_query(store,
		"SELECT DISTINCT tile FROM histogram "
		"WHERE snapshot = :snapshot AND class <> :hole ORDER BY tile", error);
	guint64 limit = tiles_of(anz_store_max_pfn(store));
	g_autoptr(GError) err = NULL;

	if (!query)
		return FALSE;
	anz_query_bind_int(query, ":hole", ANZ_CLASS_HOLE);
	while (anz_query_next(query, &err)) {
		guint64 tile = (guint64)anz_query_int(query, 0);

		if (tile < limit)
			g_array_append_val(tiles, tile);
	}
	if (err) {
		g_propagate_error(error, g_steal_pointer(&err));
		return FALSE;
	}
	return TRUE;
}

static int by_value(const void *a, const void *b)
{
	guint64 x = *(const guint64 *)a, y = *(const guint64 *)b;

	return (x > y) - (x < y);
}

static gboolean find_stretches(AnzGeometry *g, AnzStore *store,
			       const AnzGeometryOptions *options, GError **error)
{
	g_autoptr(GArray) tiles = g_array_new(FALSE, FALSE, sizeof(guint64));

	if (options->show_holes) {
		add_tiles(g->stretches, 0, tiles_of(g->max_pfn));
		return TRUE;
	}
	if (!present_tiles(store, tiles, error) ||
	    (options->other && !present_tiles(options->other, tiles, error)))
		return FALSE;
	if (options->other && tiles->len)
		qsort(tiles->data, tiles->len, sizeof(guint64), by_value);
	for (guint i = 0; i < tiles->len; i++)
		add_tiles(g->stretches, g_array_index(tiles, guint64, i), 1);
	/* a map of nothing but holes is still a picture */
	if (!tiles->len)
		add_tiles(g->stretches, 0, 1);
	return TRUE;
}

/* --- size --- */

/* How far a row of this many tiles leaves the picture from 16:10. */
static double distortion(guint64 n, guint64 row_tiles)
{
	double rows = (double)((n + row_tiles - 1) / row_tiles);

	return fabs(log((double)MIN(n, row_tiles) / rows / 1.6));
}

static guint choose_row_tiles(guint64 n)
{
	guint best = 1;

	for (guint row = 2; row <= 1u << 16; row *= 2)
		if (distortion(n, row) < distortion(n, best))
			best = row;
	return best;
}

/* A machine smaller than a tile: only the square that its frames fill. */
static void measure_one_tile(AnzGeometry *g, AnzCurve curve)
{
	guint64 last = g_array_index(g->stretches, Stretch, 0).tile;
	guint64 used = MIN(g->max_pfn - (last << ANZ_TILE_SHIFT), ANZ_TILE_PAGES);
	guint side = 1;

	while ((guint64)side * side < used)
		side *= 2;
	g->width_cells = curve == ANZ_CURVE_ROWS ? MIN(used, TILE_SIDE) : side;
	g->height_cells = curve == ANZ_CURVE_ROWS ? (used + TILE_SIDE - 1) / TILE_SIDE : side;
}

static void measure(AnzGeometry *g, const AnzGeometryOptions *options)
{
	const Stretch *last = &g_array_index(g->stretches, Stretch, g->stretches->len - 1);

	g->n_slots = last->slot + last->n;
	g->row_tiles = options->row_tiles ? MIN(options->row_tiles, 1u << 16) :
		choose_row_tiles(g->n_slots);
	g->width_cells = MIN(g->n_slots, g->row_tiles) * TILE_SIDE;
	g->height_cells = (g->n_slots + g->row_tiles - 1) / g->row_tiles * TILE_SIDE;
	if (g->n_slots == 1)
		measure_one_tile(g, options->curve);
}

static AnzGeometry *geometry_new(const AnzGeometryOptions *options, guint64 max_pfn, GError **error)
{
	AnzGeometry *g;

	if (options->curve >= ANZ_NR_CURVES) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_ARGUMENT, "there is no curve %d",
			    (int)options->curve);
		return NULL;
	}
	g = g_new0(AnzGeometry, 1);
	g_atomic_ref_count_init(&g->refs);
	g->stretches = g_array_new(FALSE, FALSE, sizeof(Stretch));
	g->max_pfn = MAX(max_pfn, 1);
	return g;
}

AnzGeometry *anz_geometry_new(AnzStore *store, const AnzGeometryOptions *options, GError **error)
{
	guint64 other = options->other ? anz_store_max_pfn(options->other) : 0;
	AnzGeometry *g = geometry_new(options, MAX(anz_store_max_pfn(store), other), error);

	if (!g)
		return NULL;
	if (!find_stretches(g, store, options, error)) {
		anz_geometry_unref(g);
		return NULL;
	}
	measure(g, options);
	anz_curve_tables_fill(&g->tables, options->curve);
	return g;
}

AnzGeometry *anz_geometry_new_sketch(AnzSketch *sketch, const AnzGeometryOptions *options, GError **error)
{
	guint64 max_pfn;
	guint nr;
	const guint64 *numbers = anz_sketch_numbers(sketch, &nr, &max_pfn);
	AnzGeometry *g = geometry_new(options, max_pfn, error);

	if (!g)
		return NULL;
	if (options->show_holes)
		add_tiles(g->stretches, 0, tiles_of(g->max_pfn));
	for (guint i = 0; i < nr && !options->show_holes; i++)
		add_tiles(g->stretches, numbers[i], 1);
	if (!g->stretches->len)
		add_tiles(g->stretches, 0, 1);
	measure(g, options);
	anz_curve_tables_fill(&g->tables, options->curve);
	return g;
}

AnzGeometry *anz_geometry_ref(AnzGeometry *g)
{
	g_atomic_ref_count_inc(&g->refs);
	return g;
}

void anz_geometry_unref(AnzGeometry *g)
{
	if (!g || !g_atomic_ref_count_dec(&g->refs))
		return;
	g_array_unref(g->stretches);
	g_free(g);
}

/* --- lookups --- */

/* The stretch that has @value between its @first and @first + n, by tile or by slot. */
static const Stretch *find(const AnzGeometry *g, guint64 value, gboolean by_tile)
{
	guint low = 0, high = g->stretches->len;

	while (low < high) {
		guint middle = low + (high - low) / 2;
		const Stretch *s = &g_array_index(g->stretches, Stretch, middle);
		guint64 first = by_tile ? s->tile : s->slot;

		if (value < first)
			high = middle;
		else if (value - first >= s->n)
			low = middle + 1;
		else
			return s;
	}
	return NULL;
}

gboolean anz_geometry_tile_at(const AnzGeometry *g, guint64 column, guint64 row, guint64 *tile,
			      gboolean *is_break)
{
	const Stretch *s;
	guint64 slot;

	if (column >= g->row_tiles || row > g->n_slots / g->row_tiles)
		return FALSE;
	slot = row * g->row_tiles + column;
	s = find(g, slot, FALSE);
	if (!s)
		return FALSE;
	*tile = s->tile + (slot - s->slot);
	if (is_break)
		*is_break = slot == s->slot && s->tile > 0;
	return TRUE;
}

static int clamp_zoom(int zoom)
{
	return CLAMP(zoom, ANZ_ZOOM_MIN, ANZ_ZOOM_MAX);
}

/* Cells of @level across, at least one. */
static guint64 scaled(guint64 cells, int zoom)
{
	guint level = anz_zoom_level(zoom);

	return ((cells + ((1u << level) - 1)) >> level) * anz_zoom_cell_px(zoom);
}

void anz_geometry_size(const AnzGeometry *g, int zoom, guint64 *width, guint64 *height)
{
	zoom = clamp_zoom(zoom);
	*width = scaled(g->width_cells, zoom);
	*height = scaled(g->height_cells, zoom);
}

int anz_geometry_fit(const AnzGeometry *g, guint width, guint height)
{
	for (int zoom = ANZ_ZOOM_MAX; zoom > ANZ_ZOOM_MIN; zoom--) {
		guint64 w, h;

		anz_geometry_size(g, zoom, &w, &h);
		if (w <= width && h <= height)
			return zoom;
	}
	return ANZ_ZOOM_MIN;
}

gboolean anz_geometry_cell_at(const AnzGeometry *g, int zoom, gint64 x, gint64 y, AnzCell *cell)
{
	const guint level = anz_zoom_level(zoom = clamp_zoom(zoom));
	const guint px = anz_zoom_cell_px(zoom), order = ANZ_CURVE_MAX_ORDER - level;
	const guint64 mask = (1u << order) - 1;
	guint64 cx, cy, tile, pfn, width, height;

	anz_geometry_size(g, zoom, &width, &height);
	if (x < 0 || y < 0 || (guint64)x >= width || (guint64)y >= height)
		return FALSE;
	cx = (guint64)x / px;
	cy = (guint64)y / px;
	if (!anz_geometry_tile_at(g, cx >> order, cy >> order, &tile, NULL))
		return FALSE;
	pfn = (tile << ANZ_TILE_SHIFT) + ((guint64)g->tables.to_index[ANZ_CURVE_OFFSET(order) +
		((cy & mask) << order | (cx & mask))] << (2 * level));
	if (pfn >= g->max_pfn)
		return FALSE;
	*cell = (AnzCell){ .pfn = pfn, .nr_pages = (guint64)1 << (2 * level),
			   .x = (gint64)(cx * px), .y = (gint64)(cy * px), .side = px };
	return TRUE;
}

gboolean anz_geometry_cell_of(const AnzGeometry *g, int zoom, guint64 pfn, AnzCell *cell)
{
	const guint level = anz_zoom_level(zoom = clamp_zoom(zoom));
	const guint px = anz_zoom_cell_px(zoom), order = ANZ_CURVE_MAX_ORDER - level;
	const Stretch *s = find(g, pfn >> ANZ_TILE_SHIFT, TRUE);
	guint64 slot, cx, cy, index;
	guint place;

	if (!s || pfn >= g->max_pfn)
		return FALSE;
	slot = s->slot + ((pfn >> ANZ_TILE_SHIFT) - s->tile);
	index = (pfn & (ANZ_TILE_PAGES - 1)) >> (2 * level);
	place = g->tables.to_place[ANZ_CURVE_OFFSET(order) + index];
	cx = (slot % g->row_tiles << order) + (place & 0xff);
	cy = (slot / g->row_tiles << order) + (place >> 8);
	*cell = (AnzCell){ .pfn = pfn & ~(((guint64)1 << (2 * level)) - 1),
			   .nr_pages = (guint64)1 << (2 * level),
			   .x = (gint64)(cx * px), .y = (gint64)(cy * px), .side = px };
	return TRUE;
}

const AnzCurveTables *anz_geometry_tables(const AnzGeometry *g)
{
	return &g->tables;
}

guint anz_geometry_row_tiles(const AnzGeometry *g)
{
	return g->row_tiles;
}

guint64 anz_geometry_rows(const AnzGeometry *g)
{
	return (g->n_slots + g->row_tiles - 1) / g->row_tiles;
}

guint64 anz_geometry_row_pfn(const AnzGeometry *g, guint64 row)
{
	guint64 tile;

	return anz_geometry_tile_at(g, 0, row, &tile, NULL) ? tile << ANZ_TILE_SHIFT : g->max_pfn;
}
