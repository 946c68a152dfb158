/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The painter: gathers the cells of a rectangle from the tiles it meets, into a matrix in the order of
 * the picture, and draws each cell as its square of pixels.  What a cell's colour is, is decided in
 * cells.c; where it lies, in geometry.c.
 */
#include <string.h>

#include "picture/cells.h"
#include "picture/colour.h"
#include "picture/geometry.h"
#include "picture/picture-private.h"

#define MAX_SIDE 65536		/* of what is painted at once */
#define GRID_FROM_PX 8		/* cells of this width have room for a line */
#define HATCH_FROM_PX 4


static AnzPicture *picture_new(AnzCells *cells, AnzGeometry *geometry)
{
	AnzPicture *picture = g_new0(AnzPicture, 1);

	picture->geometry = anz_geometry_ref(geometry);
	picture->cells = cells;
	anz_picture_style_init(&picture->style, ANZ_PALETTE_DARK);
	return picture;
}

AnzPicture *anz_picture_new(AnzStore *store, AnzStore *other, AnzGeometry *geometry)
{
	AnzPicture *picture = picture_new(anz_cells_new(store, other), geometry);

	picture->store = store;
	return picture;
}

AnzPicture *anz_picture_new_sketch(AnzSketch *sketch, AnzGeometry *geometry)
{
	AnzPicture *picture = picture_new(anz_cells_new_sketch(sketch), geometry);

	picture->sketch = anz_sketch_ref(sketch);
	return picture;
}

void anz_picture_free(AnzPicture *picture)
{
	if (!picture)
		return;
	anz_geometry_unref(picture->geometry);
	anz_cells_free(picture->cells);
	anz_identities_free(picture->identities);
	anz_page_set_unref(picture->lit);
	anz_sketch_unref(picture->sketch);
	g_free(picture);
}

void anz_picture_set_geometry(AnzPicture *picture, AnzGeometry *geometry)
{
	anz_geometry_ref(geometry);
	anz_geometry_unref(picture->geometry);
	picture->geometry = geometry;
}

void anz_picture_set_style(AnzPicture *picture, const AnzPictureStyle *style)
{
	picture->style = *style;
	picture->style.palette = MIN((guint)style->palette, ANZ_NR_PALETTES - 1);
	anz_cells_set_style(picture->cells, &picture->style, picture->lit);
}

void anz_picture_set_cell_cache(AnzPicture *picture, AnzCellCache *cache)
{
	anz_cells_set_cache(picture->cells, cache);
}

void anz_picture_set_lit(AnzPicture *picture, AnzPageSet *lit)
{
	if (lit)
		anz_page_set_ref(lit);
	anz_page_set_unref(picture->lit);
	picture->lit = lit;
	anz_cells_set_style(picture->cells, &picture->style, lit);
}

/* --- gathering cells --- */

/* A rectangle of cells; x and y may begin at -1: edges need the neighbour before. */
typedef struct {
	gint64 x, y;
	guint width, height;
	guint level, order;	/* order: log2 of a tile's cells across */
} CellRect;

/* The part of @rect in one tile, in the rectangle's own coordinates. */
typedef struct {
	guint64 tile;
	guint left, top, right, bottom;
	guint64 column, row;
} Part;

typedef gboolean (*PartFn)(AnzPicture *picture, const CellRect *rect, const Part *part,
			   gpointer data, GError **error);

static guint clip(gint64 value, gint64 from, guint size)
{
	return (guint)CLAMP(value - from, 0, (gint64)size);
}

static gboolean is_cancelled(const gint *cancel, GError **error)
{
	if (!anz_is_cancelled(cancel))
		return FALSE;
	g_set_error(error, ANZ_ERROR, ANZ_ERROR_CANCELLED, "painting was cancelled");
	return TRUE;
}

static gboolean for_each_part(AnzPicture *picture, const CellRect *rect, PartFn fn, gpointer data,
			      const gint *cancel, GError **error)
{
	const gint64 side = (gint64)1 << rect->order;
	const gint64 first_row = MAX(rect->y, 0) / side, first_column = MAX(rect->x, 0) / side;
	const gint64 end_x = rect->x + rect->width, end_y = rect->y + rect->height;

	for (gint64 row = first_row; row * side < end_y; row++) {
		for (gint64 column = first_column; column * side < end_x; column++) {
			Part part = {
				.left = clip(column * side, rect->x, rect->width),
				.right = clip((column + 1) * side, rect->x, rect->width),
				.top = clip(row * side, rect->y, rect->height),
				.bottom = clip((row + 1) * side, rect->y, rect->height),
				.column = (guint64)column, .row = (guint64)row,
			};

			if (!anz_geometry_tile_at(picture->geometry, part.column, part.row,
						  &part.tile, NULL))
				continue;
			if (is_cancelled(cancel, error) || !fn(picture, rect, &part, data, error))
				return FALSE;
		}
	}
	return TRUE;
}

/* Number along the curve of the cell at @x, @y of the rectangle. */
static inline guint index_at(const guint16 *table, const CellRect *rect, guint x, guint y)
{
	const guint mask = (1u << rect->order) - 1;
	guint cx = (guint)(rect->x + x) & mask, cy = (guint)(rect->y + y) & mask;

	return table[cy << rect->order | cx];
}

static const guint16 *curve_table(AnzPicture *picture, const CellRect *rect)
{
	return anz_geometry_tables(picture->geometry)->to_index + ANZ_CURVE_OFFSET(rect->order);
}

static gboolean gather_colours(AnzPicture *picture, const CellRect *rect, const Part *part,
			       gpointer data, GError **error)
{
	const guint16 *table = curve_table(picture, rect);
	const guint32 *colour = anz_cells_colour(picture->cells, part->tile, rect->level, error);
	guint32 *out = data;

	if (!colour)
		return FALSE;
	for (guint y = part->top; y < part->bottom; y++)
		for (guint x = part->left; x < part->right; x++)
			out[(gsize)y * rect->width + x] = colour[index_at(table, rect, x, y)];
	return TRUE;
}

typedef struct {
	AnzOverlay overlay;
	guint64 *out;
} IdentityTarget;

static gboolean gather_identity(AnzPicture *picture, const CellRect *rect, const Part *part,
				gpointer data, GError **error)
{
	const IdentityTarget *target = data;
	const guint16 *table = curve_table(picture, rect);
	const guint64 *identity = anz_identities_of(picture->identities, target->overlay, part->tile,
						    rect->level, error);

	if (!identity)
		return FALSE;
	for (guint y = part->top; y < part->bottom; y++)
		for (guint x = part->left; x < part->right; x++)
			target->out[(gsize)y * rect->width + x] =
				identity[index_at(table, rect, x, y)];
	return TRUE;
}

/* --- drawing --- */

/* Where pixels go: the rectangle's cells begin one cell before x, y of the target's. */
typedef struct {
	guint32 *pixels;
	gsize stride;
	guint width, height;
	gint64 x, y;		/* of its corner, in the picture */
	guint px;		/* per cell */
} Target;

static void fill(const Target *t, gint64 x, gint64 y, guint w, guint h, guint32 colour)
{
	guint left = clip(x, t->x, t->width), right = clip(x + w, t->x, t->width);
	guint top = clip(y, t->y, t->height), bottom = clip(y + h, t->y, t->height);

	for (guint row = top; row < bottom; row++)
		for (guint column = left; column < right; column++)
			t->pixels[row * t->stride + column] = colour;
}

/* The pattern of a cell, 0 if there is no cell. */
static AnzPattern pattern_of(guint32 colour)
{
	return colour >> 24 ? (AnzPattern)(0xff - (colour >> 24)) : ANZ_PATTERN_NONE;
}

/* Lines of a pattern, in step with the picture so that cells join. */
static void draw_pattern(const Target *t, gint64 x, gint64 y, guint32 colour)
{
	guint32 ink = 0xff000000u | anz_pattern_ink(colour);

	for (guint row = 0; row < t->px; row++)
		for (guint column = 0; column < t->px; column++)
			if (anz_pattern_at(pattern_of(colour), x + column, y + row))
				fill(t, x + column, y + row, 1, 1, ink);
}

static void draw_cells(AnzPicture *picture, const Target *t, const CellRect *rect,
		       const guint32 *colours, gboolean grid)
{
	guint32 background = anz_palette_background(picture->style.palette);
	guint pattern_px = anz_palette_is_textured(picture->style.palette) ? 1 : HATCH_FROM_PX;

	for (guint cy = 1; cy < rect->height; cy++) {
		for (guint cx = 1; cx < rect->width; cx++) {
			guint32 colour = colours[(gsize)cy * rect->width + cx];
			guint32 solid = colour | 0xff000000u;
			gint64 x = (rect->x + cx) * t->px, y = (rect->y + cy) * t->px;

			fill(t, x, y, t->px, t->px, solid);
			if (t->px >= pattern_px && pattern_of(colour))
				draw_pattern(t, x, y, colour);
			if (!grid || !(colour >> 24))
				continue;
			solid = 0xff000000u | anz_colour_blend(solid & 0xffffff, background, 40);
			fill(t, x, y, t->px, 1, solid);
			fill(t, x, y, 1, t->px, solid);
		}
	}
}

/* One pixel a cell: no squares to fill. */
static void draw_pixels(const Target *t, const CellRect *rect, const guint32 *colours)
{
	for (guint y = 0; y < t->height; y++)
		for (guint x = 0; x < t->width; x++)
			t->pixels[y * t->stride + x] = 0xff000000u |
				colours[(gsize)(y + 1) * rect->width + x + 1];
}

/* The same with patterns, which areas of pixels show together. */
static void draw_textured_pixels(const Target *t, const CellRect *rect, const guint32 *colours)
{
	for (guint y = 0; y < t->height; y++) {
		for (guint x = 0; x < t->width; x++) {
			guint32 colour = colours[(gsize)(y + 1) * rect->width + x + 1];

			t->pixels[y * t->stride + x] = anz_pattern_pixel(colour, pattern_of(colour),
									 t->x + x, t->y + y);
		}
	}
}

/* Lines between cells whose identities differ; none at the picture's own border. */
static void draw_edges(const Target *t, const CellRect *rect, const guint64 *identity,
		       guint32 colour, guint thick)
{
	for (guint cy = 1; cy < rect->height; cy++) {
		for (guint cx = 1; cx < rect->width; cx++) {
			gsize i = (gsize)cy * rect->width + cx;
			gint64 x = (rect->x + cx) * t->px, y = (rect->y + cy) * t->px;

			if (x > 0 && identity[i] != identity[i - 1])
				fill(t, x, y, thick, t->px, colour);
			if (y > 0 && identity[i] != identity[i - rect->width])
				fill(t, x, y, t->px, thick, colour);
		}
	}
}

/*
 * Lines differ from all classes in lightness; of two overlays the coarser one is drawn later and
 * thicker.
 */
static guint32 overlay_colour(const AnzPicture *picture, AnzOverlay overlay)
{
	guint32 line = anz_palette_lines[picture->style.palette];
	static const guint strength[ANZ_NR_OVERLAYS] = { 45, 60, 85, 90, 100 };

	return 0xff000000u |
		anz_colour_blend(anz_palette_background(picture->style.palette), line,
				 strength[overlay]);
}

static gboolean draw_overlays(AnzPicture *picture, const Target *t, const CellRect *rect,
			      const gint *cancel, GError **error)
{
	gsize n = (gsize)rect->width * rect->height;
	g_autofree guint64 *identity = NULL;

	for (guint o = 0; o < ANZ_NR_OVERLAYS; o++) {
		IdentityTarget target = { .overlay = o };
		guint thick = o >= ANZ_OVERLAY_ZONE && t->px >= GRID_FROM_PX ? 2 : 1;

		/* blocks of single frames would be all lines */
		if (picture->sketch || !(picture->style.overlays >> o & 1) || (o == ANZ_OVERLAY_BLOCK && t->px < 4))
			continue;
		if (!identity)
			identity = g_try_new(guint64, n);
		if (!identity) {
			g_set_error(error, ANZ_ERROR, ANZ_ERROR_ARGUMENT,
				    "there is no memory for a picture of that size");
			return FALSE;
		}
		if (!picture->identities)
			picture->identities = anz_identities_new(picture->store);
		for (gsize i = 0; i < n; i++)
			identity[i] = G_MAXUINT64;
		target.out = identity;
		if (!for_each_part(picture, rect, gather_identity, &target, cancel, error))
			return FALSE;
		draw_edges(t, rect, identity, overlay_colour(picture, o), thick);
	}
	return TRUE;
}

/* Where tiles were left out, a broken line says that addresses jump. */
static gboolean draw_break(AnzPicture *picture, const CellRect *rect, const Part *part,
			   gpointer data, GError **error)
{
	const Target *t = data;
	gint64 side = (gint64)t->px << rect->order;
	guint32 colour = overlay_colour(picture, ANZ_OVERLAY_NODE);
	gboolean is_break;
	guint64 tile;

	if (!anz_geometry_tile_at(picture->geometry, part->column, part->row, &tile, &is_break) ||
	    !is_break || side < 8)
		return TRUE;
	for (gint64 y = 0; y < side; y += 8)
		fill(t, (gint64)part->column * side, (gint64)part->row * side + y, 2, 4, colour);
	return TRUE;
}

static gboolean check_rect(guint width, guint height, gsize stride, GError **error)
{
	if (width && height && width <= MAX_SIDE && height <= MAX_SIDE && stride >= width)
		return TRUE;
	g_set_error(error, ANZ_ERROR, ANZ_ERROR_ARGUMENT,
		    "a picture of %u x %u pixels cannot be painted at once", width, height);
	return FALSE;
}

gboolean anz_picture_paint(AnzPicture *picture, int zoom, gint64 x, gint64 y, guint width,
			   guint height, guint32 *pixels, gsize stride, const gint *cancel,
			   GError **error)
{
	const gint64 far = (gint64)1 << 48;
	g_autofree guint32 *colours = NULL;
	CellRect rect = { 0 };
	Target t = { .pixels = pixels, .stride = stride, .width = width, .height = height,
		     .x = x, .y = y };
	gsize n;

	if (!check_rect(width, height, stride, error))
		return FALSE;
	zoom = CLAMP(zoom, ANZ_ZOOM_MIN, ANZ_ZOOM_MAX);
	t.x = x = CLAMP(x, -far, far);
	t.y = y = CLAMP(y, -far, far);
	t.px = anz_zoom_cell_px(zoom);
	rect.level = anz_zoom_level(zoom);
	rect.order = ANZ_CURVE_MAX_ORDER - rect.level;
	/* shifts round towards minus infinity, as coordinates left of the picture need */
	rect.x = (x >> MAX(zoom, 0)) - 1;
	rect.y = (y >> MAX(zoom, 0)) - 1;
	rect.width = (guint)(((x + width - 1) >> MAX(zoom, 0)) - rect.x + 1);
	rect.height = (guint)(((y + height - 1) >> MAX(zoom, 0)) - rect.y + 1);
	n = (gsize)rect.width * rect.height;
	colours = g_try_new(guint32, n);
	if (!colours) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_ARGUMENT,
			    "there is no memory for a picture of %u x %u pixels", width, height);
		return FALSE;
	}
	/* no top byte: there is no cell */
	for (gsize i = 0; i < n; i++)
		colours[i] = anz_palette_background(picture->style.palette);
	if (!for_each_part(picture, &rect, gather_colours, colours, cancel, error))
		return FALSE;
	if (t.px == 1 && anz_palette_is_textured(picture->style.palette))
		draw_textured_pixels(&t, &rect, colours);
	else if (t.px == 1)
		draw_pixels(&t, &rect, colours);
	else
		draw_cells(picture, &t, &rect, colours,
			   picture->style.grid && t.px >= GRID_FROM_PX);
	return draw_overlays(picture, &t, &rect, cancel, error) &&
		(!picture->style.grid ||
		 for_each_part(picture, &rect, draw_break, &t, cancel, error));
}
