/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Pieces are drawn one texel to one device pixel, because GTK 4.8 can only scale smoothly; scaled ones
 * are seen during a zoom's tenth of a second, and where the right piece is still being painted.
 */
#include <math.h>

#include "map-view-private.h"

#define COARSER_MAX 6		/* how many zooms up a stand-in is looked for */

static GdkRGBA rgba(guint32 colour, double alpha)
{
	return (GdkRGBA){ (colour >> 16 & 0xff) / 255.0f, (colour >> 8 & 0xff) / 255.0f,
			  (colour & 0xff) / 255.0f, (float)alpha };
}

/* Where a square of the picture at the drawn zoom lies in the widget: both edges rounded alike. */
static graphene_rect_t place(MdvMapView *self, double left, double top, double x, double y, double w,
			     double h)
{
	double ratio = exp2(self->scale - mdv_map_drawn_zoom(self)), d = mdv_map_device(self);
	double x0 = rint(x * ratio - left) / d, x1 = rint((x + w) * ratio - left) / d;
	double y0 = rint(y * ratio - top) / d, y1 = rint((y + h) * ratio - top) / d;

	return GRAPHENE_RECT_INIT((float)x0, (float)y0, (float)(x1 - x0), (float)(y1 - y0));
}

/* A coarser piece, enlarged, where the right one is not there yet. */
static void draw_stand_in(MdvMapView *self, GtkSnapshot *snapshot, int zoom, guint px, guint py,
			  const graphene_rect_t *at)
{
	for (int up = 1; up <= COARSER_MAX && zoom - up >= ANZ_ZOOM_MIN; up++) {
		GdkTexture *texture = mdv_painter_peek(self->painter, zoom - up, px >> up, py >> up);
		float side = at->size.width * (1 << up);
		float height = at->size.height * (1 << up);

		if (!texture)
			continue;
		gtk_snapshot_push_clip(snapshot, at);
		gtk_snapshot_append_texture(snapshot, texture, &GRAPHENE_RECT_INIT(
			at->origin.x - at->size.width * (px & ((1u << up) - 1)),
			at->origin.y - at->size.height * (py & ((1u << up) - 1)), side, height));
		gtk_snapshot_pop(snapshot);
		return;
	}
}

static void draw_pieces(MdvMapView *self, GtkSnapshot *snapshot, double left, double top)
{
	int zoom = mdv_map_drawn_zoom(self);
	double ratio = exp2(self->scale - zoom), side = MDV_PIECE_PX * ratio;
	double right = left + gtk_widget_get_width(GTK_WIDGET(self)) * mdv_map_device(self);
	double bottom = top + gtk_widget_get_height(GTK_WIDGET(self)) * mdv_map_device(self);
	guint64 width, height;

	anz_geometry_size(mdv_view_geometry(self->view), zoom, &width, &height);
	for (gint64 py = MAX(0, (gint64)floor(top / side));
	     py * side < bottom && py * MDV_PIECE_PX < (gint64)height; py++) {
		for (gint64 px = MAX(0, (gint64)floor(left / side));
		     px * side < right && px * MDV_PIECE_PX < (gint64)width; px++) {
			GdkTexture *texture = mdv_painter_get(self->painter, zoom, (guint)px, (guint)py);
			graphene_rect_t at = place(self, left, top, (double)px * MDV_PIECE_PX,
						   (double)py * MDV_PIECE_PX, MDV_PIECE_PX,
						   MDV_PIECE_PX);

			if (texture)
				gtk_snapshot_append_texture(snapshot, texture, &at);
			else
				draw_stand_in(self, snapshot, zoom, (guint)px, (guint)py, &at);
		}
	}
}

static void draw_frame(GtkSnapshot *snapshot, graphene_rect_t at, guint32 inner, guint32 outer)
{
	GskRoundedRect rect;
	const float one[4] = { 1, 1, 1, 1 }, two[4] = { 2, 2, 2, 2 };
	const GdkRGBA in = rgba(inner, 1), out = rgba(outer, 1);
	const GdkRGBA ins[4] = { in, in, in, in }, outs[4] = { out, out, out, out };

	graphene_rect_inset(&at, -3, -3);
	gsk_rounded_rect_init_from_rect(&rect, &at, 0);
	gtk_snapshot_append_border(snapshot, &rect, one, outs);
	graphene_rect_inset(&at, 1, 1);
	gsk_rounded_rect_init_from_rect(&rect, &at, 0);
	gtk_snapshot_append_border(snapshot, &rect, two, ins);
}

/* The square around all cells of an aligned block: its quarters begin and end at its corners. */
static gboolean block_place(MdvMapView *self, guint64 pfn, guint64 n, gint64 *left, gint64 *top,
			    gint64 *right, gint64 *bottom)
{
	const guint64 parts = MIN(n, 4), step = n / parts;

	*left = *top = G_MAXINT64;
	*right = *bottom = 0;
	for (guint64 i = 0; i < 2 * parts; i++) {
		guint64 at = pfn + i / 2 * step + (i & 1 ? step - 1 : 0);
		AnzCell cell;

		if (!anz_geometry_cell_of(mdv_view_geometry(self->view), mdv_map_drawn_zoom(self), at, &cell))
			return FALSE;
		*left = MIN(*left, cell.x);
		*top = MIN(*top, cell.y);
		*right = MAX(*right, cell.x + cell.side);
		*bottom = MAX(*bottom, cell.y + cell.side);
	}
	return TRUE;
}

/* Where blocks keep together, one of 2^n frames is a rectangle. */
static gboolean is_rectangle(MdvMapView *self, guint64 pfn, guint64 n)
{
	return n <= ANZ_TILE_PAGES && !(n & (n - 1)) && !(pfn & (n - 1)) &&
		mdv_view_curve(self->view) != ANZ_CURVE_ROWS;
}

/* A block is framed as a whole; of other stretches, both ends are. */
static void draw_selection(MdvMapView *self, GtkSnapshot *snapshot, double left, double top)
{
	gboolean light = anz_palette_is_light(mdv_view_style(self->view)->palette);
	guint64 pfn, n;

	if (!mdv_view_selection(self->view, &pfn, &n))
		return;
	for (int end = 0; end < (is_rectangle(self, pfn, n) ? 1 : 2); end++) {
		gboolean whole = is_rectangle(self, pfn, n);
		gint64 x0, y0, x1, y1;

		if (block_place(self, end ? pfn + n - 1 : pfn, whole ? n : 1, &x0, &y0, &x1, &y1))
			draw_frame(snapshot, place(self, left, top, (double)x0, (double)y0,
						   (double)(x1 - x0), (double)(y1 - y0)),
				   light ? 0x000000 : 0xffffff, light ? 0xffffff : 0x000000);
	}
}

static void draw_hover(MdvMapView *self, GtkSnapshot *snapshot, double left, double top)
{
	GskRoundedRect rect;
	const float one[4] = { 1, 1, 1, 1 };
	gboolean light = anz_palette_is_light(mdv_view_style(self->view)->palette);
	const GdkRGBA c = rgba(light ? 0x000000 : 0xffffff, 0.9);
	const GdkRGBA colours[4] = { c, c, c, c };
	AnzCell cell;
	graphene_rect_t at;

	if (!self->has_hover || self->tick ||
	    !anz_geometry_cell_of(mdv_view_geometry(self->view), mdv_map_drawn_zoom(self), self->hover.pfn,
				  &cell))
		return;
	at = place(self, left, top, (double)cell.x, (double)cell.y, cell.side, cell.side);
	graphene_rect_inset(&at, -1, -1);
	gsk_rounded_rect_init_from_rect(&rect, &at, 0);
	gtk_snapshot_append_border(snapshot, &rect, one, colours);
}

void mdv_map_draw(GtkWidget *widget, GtkSnapshot *snapshot)
{
	MdvMapView *self = MDV_MAP_VIEW(widget);
	graphene_rect_t all = GRAPHENE_RECT_INIT(0, 0, (float)gtk_widget_get_width(widget),
						 (float)gtk_widget_get_height(widget));
	GdkRGBA background =
		rgba(anz_palette_background(mdv_view_style(self->view)->palette), 1);
	double left, top;

	gtk_snapshot_append_color(snapshot, &background, &all);
	if (!mdv_view_geometry(self->view))
		return;
	mdv_map_origin(self, &left, &top);
	gtk_snapshot_push_clip(snapshot, &all);
	draw_pieces(self, snapshot, left, top);
	draw_selection(self, snapshot, left, top);
	draw_hover(self, snapshot, left, top);
	gtk_snapshot_pop(snapshot);
	if (gtk_widget_has_visible_focus(widget)) {
		GskRoundedRect rect;
		const float one[4] = { 2, 2, 2, 2 };
		const GdkRGBA c = { 0.35f, 0.6f, 1, 0.8f }, colours[4] = { c, c, c, c };

		gsk_rounded_rect_init_from_rect(&rect, &all, 0);
		gtk_snapshot_append_border(snapshot, &rect, one, colours);
	}
}
