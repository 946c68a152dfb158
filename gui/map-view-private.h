/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Between what the map does with input (map-view.c) and what it draws (map-draw.c). */
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

/** The widget's snapshot function. */
void mdv_map_draw(GtkWidget *widget, GtkSnapshot *snapshot);

#endif
