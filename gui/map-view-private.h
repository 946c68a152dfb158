/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Between the map's parts: camera and actions (map-view.c), input (map-pointer.c), drawing (map-draw.c). */
#ifndef GUI_MAP_VIEW_PRIVATE_H
#define GUI_MAP_VIEW_PRIVATE_H

#include "glide.h"
#include "map-view.h"

struct _MdvMapView {
	GtkWidget parent;
	MdvView *view;
	MdvPainter *painter;
	gulong view_ids[4], painter_id;

	/* the zoom as drawn, log2 of device pixels a frame; moves towards the camera's */
	double scale;
	double scale_from;
	gint64 scale_start;
	guint tick;
	MdvGlide glide;			/* a drag or scroll that was let go */
	guint glide_tick;
	/* what stays under the pointer meanwhile: cells at a place in device pixels from the middle */
	double anchor_x, anchor_y, anchor_dx, anchor_dy;

	gboolean has_hover;
	AnzCell hover;
	double pointer_x, pointer_y;
	double drag_x, drag_y;		/* camera when a drag began */
	gboolean dragged;		/* it went further than a click does */
	double scroll_left;		/* wheel steps not yet used */
	double pinch_from;
	gint64 labelled;		/* when the accessible label was last changed */
};

/** Device pixels per widget pixel. */
int mdv_map_device(MdvMapView *self);
/** Zoom whose pieces are drawn. */
int mdv_map_drawn_zoom(MdvMapView *self);
/** Left and upper edge of the widget in device pixels of the picture as drawn; whole when at rest. */
void mdv_map_origin(MdvMapView *self, double *x, double *y);

/** The cell at a place of the widget; %FALSE if there is none. */
gboolean mdv_map_cell_at(MdvMapView *self, double x, double y, AnzCell *cell);

/** The pointer or the picture under it has moved. */
void mdv_map_update_hover(MdvMapView *self);
/** Ends a zoom and a glide that are under way. */
void mdv_map_settle(MdvMapView *self);
/** @x, @y in device pixels. */
void mdv_map_pan(MdvMapView *self, double x, double y);
/** @x, @y: how fast the camera was moved when it was let go, in widget pixels a second. */
void mdv_map_glide(MdvMapView *self, double x, double y);
/** What listens to pointer, wheel and fingers. */
void mdv_map_add_controllers(MdvMapView *self);

/** The widget's snapshot function. */
void mdv_map_draw(GtkWidget *widget, GtkSnapshot *snapshot);

#endif
