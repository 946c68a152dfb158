/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Pieces are drawn one texel to one device pixel, because GTK 4.8 can only scale smoothly; scaled ones
 * are seen during a zoom's tenth of a second, and where the right piece is still being painted.
 */
#include "map-view.h"

#include <math.h>

#include "words.h"

#define ZOOM_USEC 140000
#define COARSER_MAX 6		/* how many zooms up a stand-in is looked for */
#define CLICK_SLOP 4

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
	/* what stays under the pointer meanwhile: cells at a place in device pixels from the middle */
	double anchor_x, anchor_y, anchor_dx, anchor_dy;

	gboolean has_hover;
	AnzCell hover;
	double pointer_x, pointer_y;
	double drag_x, drag_y;		/* camera when a drag began */
	double scroll_left;		/* wheel steps not yet used */
	double pinch_from;
	gint64 labelled;		/* when the accessible label was last changed */
};

G_DEFINE_FINAL_TYPE(MdvMapView, mdv_map_view, GTK_TYPE_WIDGET)

static guint hover_signal;

/* --- coordinates --- */

static int device(MdvMapView *self)
{
	return gtk_widget_get_scale_factor(GTK_WIDGET(self));
}

/* Zoom whose pieces are drawn. */
static int drawn_zoom(MdvMapView *self)
{
	return CLAMP((int)lrint(self->scale), ANZ_ZOOM_MIN, ANZ_ZOOM_MAX);
}

/* Where the camera is while a zoom is under way: such that the anchor stays where it is. */
static void eye(MdvMapView *self, double *x, double *y)
{
	const MdvCamera *camera = mdv_view_camera(self->view);

	*x = camera->x;
	*y = camera->y;
	if (self->tick) {
		*x = self->anchor_x - self->anchor_dx / exp2(self->scale);
		*y = self->anchor_y - self->anchor_dy / exp2(self->scale);
	}
}

/* Left and upper edge of the widget in device pixels of the picture as drawn; whole when at rest. */
static void origin(MdvMapView *self, double *x, double *y)
{
	double per_cell = exp2(self->scale);

	eye(self, x, y);
	*x = *x * per_cell - gtk_widget_get_width(GTK_WIDGET(self)) * device(self) / 2.0;
	*y = *y * per_cell - gtk_widget_get_height(GTK_WIDGET(self)) * device(self) / 2.0;
	if (!self->tick) {
		*x = rint(*x);
		*y = rint(*y);
	}
}

/* The cell at a place of the widget. */
static gboolean cell_at(MdvMapView *self, double x, double y, AnzCell *cell)
{
	AnzGeometry *geometry = mdv_view_geometry(self->view);
	int zoom = drawn_zoom(self);
	double left, top, ratio = exp2(self->scale - zoom);

	if (!geometry)
		return FALSE;
	origin(self, &left, &top);
	return anz_geometry_cell_at(geometry, zoom, (gint64)floor((left + x * device(self)) / ratio),
				    (gint64)floor((top + y * device(self)) / ratio), cell);
}

/* --- drawing --- */

static GdkRGBA rgba(guint32 colour, double alpha)
{
	return (GdkRGBA){ (colour >> 16 & 0xff) / 255.0f, (colour >> 8 & 0xff) / 255.0f,
			  (colour & 0xff) / 255.0f, (float)alpha };
}

/* Where a square of the picture at the drawn zoom lies in the widget: both edges rounded alike. */
static graphene_rect_t place(MdvMapView *self, double left, double top, double x, double y, double w,
			     double h)
{
	double ratio = exp2(self->scale - drawn_zoom(self)), d = device(self);
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
	int zoom = drawn_zoom(self);
	double ratio = exp2(self->scale - zoom), side = MDV_PIECE_PX * ratio;
	double right = left + gtk_widget_get_width(GTK_WIDGET(self)) * device(self);
	double bottom = top + gtk_widget_get_height(GTK_WIDGET(self)) * device(self);
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

/* An aligned block of 2^n frames is a rectangle on the curves that keep blocks together. */
static gboolean is_block(guint64 pfn, guint64 n)
{
	return n && !(n & (n - 1)) && !(pfn & (n - 1));
}

/* Few cells are framed one by one; a block as a whole; of longer runs, the ends. */
static void draw_selection(MdvMapView *self, GtkSnapshot *snapshot, double left, double top)
{
	AnzGeometry *geometry = mdv_view_geometry(self->view);
	gboolean light = mdv_view_style(self->view)->palette == ANZ_PALETTE_LIGHT;
	guint64 pfn, n;
	int zoom = drawn_zoom(self);
	AnzCell first, last;

	if (!mdv_view_selection(self->view, &pfn, &n) ||
	    !anz_geometry_cell_of(geometry, zoom, pfn, &first) ||
	    !anz_geometry_cell_of(geometry, zoom, pfn + n - 1, &last))
		return;
	if (is_block(pfn, n) && n <= ANZ_TILE_PAGES && mdv_view_curve(self->view) != ANZ_CURVE_ROWS) {
		AnzCell corner = last;

		/* where the curve turns, the two ends share a side: the far corner is another frame */
		for (guint quarter = 1; quarter < 4 && n >= 4; quarter++) {
			AnzCell cell;

			if (!anz_geometry_cell_of(geometry, zoom, pfn + n / 4 * quarter, &cell))
				continue;
			first.x = MIN(first.x, cell.x);
			first.y = MIN(first.y, cell.y);
			corner.x = MAX(corner.x, cell.x);
			corner.y = MAX(corner.y, cell.y);
			if (anz_geometry_cell_of(geometry, zoom, pfn + n / 4 * (quarter + 1) - 1, &cell)) {
				first.x = MIN(first.x, cell.x);
				first.y = MIN(first.y, cell.y);
				corner.x = MAX(corner.x, cell.x);
				corner.y = MAX(corner.y, cell.y);
			}
		}
		first.x = MIN(first.x, last.x);
		first.y = MIN(first.y, last.y);
		last = corner;
		draw_frame(snapshot, place(self, left, top, (double)first.x, (double)first.y,
					   (double)(last.x - first.x) + first.side,
					   (double)(last.y - first.y) + first.side),
			   light ? 0x000000 : 0xffffff, light ? 0xffffff : 0x000000);
		return;
	}
	for (int end = 0; end < 2; end++) {
		const AnzCell *cell = end ? &last : &first;

		draw_frame(snapshot, place(self, left, top, (double)cell->x, (double)cell->y,
					   cell->side, cell->side),
			   light ? 0x000000 : 0xffffff, light ? 0xffffff : 0x000000);
	}
}

static void draw_hover(MdvMapView *self, GtkSnapshot *snapshot, double left, double top)
{
	GskRoundedRect rect;
	const float one[4] = { 1, 1, 1, 1 };
	const GdkRGBA c = rgba(mdv_view_style(self->view)->palette == ANZ_PALETTE_LIGHT ?
			       0x000000 : 0xffffff, 0.9);
	const GdkRGBA colours[4] = { c, c, c, c };
	AnzCell cell;
	graphene_rect_t at;

	if (!self->has_hover || self->tick ||
	    !anz_geometry_cell_of(mdv_view_geometry(self->view), drawn_zoom(self), self->hover.pfn,
				  &cell))
		return;
	at = place(self, left, top, (double)cell.x, (double)cell.y, cell.side, cell.side);
	graphene_rect_inset(&at, -1, -1);
	gsk_rounded_rect_init_from_rect(&rect, &at, 0);
	gtk_snapshot_append_border(snapshot, &rect, one, colours);
}

static void mdv_map_view_snapshot(GtkWidget *widget, GtkSnapshot *snapshot)
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
	origin(self, &left, &top);
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

/* --- camera --- */

static void update_hover(MdvMapView *self)
{
	AnzCell cell;
	gboolean has = self->pointer_x >= 0 &&
		cell_at(self, self->pointer_x, self->pointer_y, &cell);

	if (has == self->has_hover && (!has || (cell.pfn == self->hover.pfn &&
						cell.nr_pages == self->hover.nr_pages)))
		return;
	self->has_hover = has;
	if (has)
		self->hover = cell;
	gtk_widget_queue_draw(GTK_WIDGET(self));
	g_signal_emit(self, hover_signal, 0);
}

static gboolean animate(GtkWidget *widget, GdkFrameClock *clock, gpointer data)
{
	MdvMapView *self = MDV_MAP_VIEW(widget);
	double t = (double)(gdk_frame_clock_get_frame_time(clock) - self->scale_start) / ZOOM_USEC;
	double target = mdv_view_camera(self->view)->zoom;

	gtk_widget_queue_draw(widget);
	if (t < 1) {
		/* fast at first, settling */
		t = 1 - (1 - MAX(t, 0)) * (1 - MAX(t, 0));
		self->scale = self->scale_from + (target - self->scale_from) * t;
		return G_SOURCE_CONTINUE;
	}
	self->scale = target;
	self->tick = 0;
	update_hover(self);
	return G_SOURCE_REMOVE;
}

static void settle(MdvMapView *self)
{
	if (self->tick)
		gtk_widget_remove_tick_callback(GTK_WIDGET(self), self->tick);
	self->tick = 0;
	self->scale = mdv_view_camera(self->view)->zoom;
}

static gboolean wants_animation(MdvMapView *self)
{
	gboolean enabled = FALSE;

	g_object_get(gtk_widget_get_settings(GTK_WIDGET(self)), "gtk-enable-animations", &enabled,
		     NULL);
	return enabled && gtk_widget_get_mapped(GTK_WIDGET(self));
}

static void describe(MdvMapView *self)
{
	const MdvCamera *camera = mdv_view_camera(self->view);
	MdvDocument *document = mdv_view_document(self->view);
	g_autofree char *size = NULL, *label = NULL;
	gint64 now = g_get_monotonic_time();

	if (!document || now - self->labelled < 200000)
		return;
	self->labelled = now;
	size = mdv_words_size(mdv_document_memory_pages(document) *
			      mdv_document_page_size(document));
	if (camera->zoom >= 0)
		label = g_strdup_printf("Physical memory map, %s, a page is %u pixels wide", size,
					1u << camera->zoom);
	else
		label = g_strdup_printf("Physical memory map, %s, %u pages per pixel", size,
					1u << (-2 * camera->zoom));
	gtk_accessible_update_property(GTK_ACCESSIBLE(self), GTK_ACCESSIBLE_PROPERTY_LABEL, label,
				       -1);
}

static void camera_changed(MdvMapView *self)
{
	if (!self->tick)
		self->scale = mdv_view_camera(self->view)->zoom;
	describe(self);
	update_hover(self);
	gtk_widget_queue_draw(GTK_WIDGET(self));
}

static void selection_changed(MdvMapView *self)
{
	guint64 pfn, n;

	if (mdv_view_selection(self->view, &pfn, &n)) {
		g_autofree char *words = g_strdup_printf("%" G_GUINT64_FORMAT
			" pages from frame %" G_GUINT64_FORMAT " are selected", n, pfn);

		gtk_accessible_update_property(GTK_ACCESSIBLE(self),
					       GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, words, -1);
	}
	gtk_widget_queue_draw(GTK_WIDGET(self));
}

static void document_changed(MdvMapView *self)
{
	settle(self);
	self->has_hover = FALSE;
	self->labelled = 0;
	describe(self);
	gtk_widget_queue_draw(GTK_WIDGET(self));
}

void mdv_map_view_zoom_about(MdvMapView *self, int steps, double x, double y)
{
	MdvCamera camera = *mdv_view_camera(self->view);
	int target = CLAMP(camera.zoom + steps, ANZ_ZOOM_MIN, ANZ_ZOOM_MAX);
	double left, top, now;

	if (!mdv_view_geometry(self->view) || target == camera.zoom)
		return;
	/* the cell under the point, and how far from the middle of the window it is */
	origin(self, &left, &top);
	now = exp2(self->scale);
	self->anchor_x = (left + x * device(self)) / now;
	self->anchor_y = (top + y * device(self)) / now;
	self->anchor_dx = (x - gtk_widget_get_width(GTK_WIDGET(self)) / 2.0) * device(self);
	self->anchor_dy = (y - gtk_widget_get_height(GTK_WIDGET(self)) / 2.0) * device(self);
	camera.zoom = target;
	camera.x = self->anchor_x - self->anchor_dx / exp2(target);
	camera.y = self->anchor_y - self->anchor_dy / exp2(target);
	mdv_painter_forget_pending(self->painter);
	if (wants_animation(self)) {
		GdkFrameClock *clock = gtk_widget_get_frame_clock(GTK_WIDGET(self));

		self->scale_from = self->scale;
		self->scale_start = gdk_frame_clock_get_frame_time(clock);
		if (!self->tick)
			self->tick = gtk_widget_add_tick_callback(GTK_WIDGET(self), animate, NULL,
								  NULL);
	} else {
		settle(self);
		self->scale = target;
	}
	mdv_view_set_camera(self->view, &camera);
}

/* @x, @y in device pixels. */
static void pan(MdvMapView *self, double x, double y)
{
	MdvCamera camera = *mdv_view_camera(self->view);

	settle(self);
	camera.x += x / exp2(camera.zoom);
	camera.y += y / exp2(camera.zoom);
	mdv_painter_forget_pending(self->painter);
	mdv_view_set_camera(self->view, &camera);
}

/* --- pointer --- */

static void on_motion(GtkEventControllerMotion *motion, double x, double y, MdvMapView *self)
{
	self->pointer_x = x;
	self->pointer_y = y;
	update_hover(self);
}

static void on_leave(GtkEventControllerMotion *motion, MdvMapView *self)
{
	self->pointer_x = self->pointer_y = -1;
	update_hover(self);
}

/* A wheel zooms about the pointer, two fingers pan; with Ctrl both zoom. */
static gboolean on_scroll(GtkEventControllerScroll *scroll, double dx, double dy, MdvMapView *self)
{
	GdkModifierType state =
		gtk_event_controller_get_current_event_state(GTK_EVENT_CONTROLLER(scroll));
	gboolean wheel = gtk_event_controller_scroll_get_unit(scroll) == GDK_SCROLL_UNIT_WHEEL;
	int steps;

	if (state & GDK_SHIFT_MASK || (!wheel && !(state & GDK_CONTROL_MASK))) {
		double step = wheel ? 60 : 1;

		pan(self, (state & GDK_SHIFT_MASK && wheel ? dx + dy : dx) * step * device(self),
		    (state & GDK_SHIFT_MASK && wheel ? 0 : dy) * step * device(self));
		return GDK_EVENT_STOP;
	}
	self->scroll_left -= wheel ? dy : dy / 40;
	steps = (int)self->scroll_left;
	self->scroll_left -= steps;
	if (steps)
		mdv_map_view_zoom_about(self, steps, self->pointer_x, self->pointer_y);
	return GDK_EVENT_STOP;
}

static void on_drag_begin(GtkGestureDrag *drag, double x, double y, MdvMapView *self)
{
	settle(self);
	self->drag_x = mdv_view_camera(self->view)->x;
	self->drag_y = mdv_view_camera(self->view)->y;
}

static void on_drag_update(GtkGestureDrag *drag, double dx, double dy, MdvMapView *self)
{
	MdvCamera camera = *mdv_view_camera(self->view);

	if (hypot(dx, dy) < CLICK_SLOP)
		return;
	gtk_gesture_set_state(GTK_GESTURE(drag), GTK_EVENT_SEQUENCE_CLAIMED);
	gtk_widget_set_cursor_from_name(GTK_WIDGET(self), "grabbing");
	camera.x = self->drag_x - dx * device(self) / exp2(camera.zoom);
	camera.y = self->drag_y - dy * device(self) / exp2(camera.zoom);
	mdv_view_set_camera(self->view, &camera);
}

static void on_drag_end(GtkGestureDrag *drag, double dx, double dy, MdvMapView *self)
{
	gtk_widget_set_cursor(GTK_WIDGET(self), NULL);
}

static void on_pinch(GtkGestureZoom *pinch, double scale, MdvMapView *self)
{
	int steps = (int)(log2(scale) - self->pinch_from);
	double x, y;

	if (!steps || !gtk_gesture_get_bounding_box_center(GTK_GESTURE(pinch), &x, &y))
		return;
	self->pinch_from += steps;
	mdv_map_view_zoom_about(self, steps, x, y);
}

static void on_pinch_begin(GtkGesture *pinch, GdkEventSequence *sequence, MdvMapView *self)
{
	self->pinch_from = 0;
}

/* From the first frame of one to the last of the other, whichever comes first. */
static void extend_selection(MdvMapView *self, const AnzCell *cell)
{
	guint64 pfn, n, first, end;

	if (!mdv_view_selection(self->view, &pfn, &n)) {
		mdv_view_select(self->view, cell->pfn, cell->nr_pages);
		return;
	}
	first = MIN(pfn, cell->pfn);
	end = MAX(pfn + n, cell->pfn + cell->nr_pages);
	mdv_view_select(self->view, first, end - first);
}

static void on_click(GtkGestureClick *click, int n_press, double x, double y, MdvMapView *self)
{
	GdkModifierType state =
		gtk_event_controller_get_current_event_state(GTK_EVENT_CONTROLLER(click));
	AnzCell cell;

	gtk_widget_grab_focus(GTK_WIDGET(self));
	if (!cell_at(self, x, y, &cell)) {
		mdv_view_unselect(self->view);
		return;
	}
	if (n_press == 2)
		mdv_map_view_zoom_about(self, 2, x, y);
	else if (state & GDK_SHIFT_MASK)
		extend_selection(self, &cell);
	else
		mdv_view_select(self->view, cell.pfn, cell.nr_pages);
}

/* --- actions --- */

static void middle(MdvMapView *self, double *x, double *y)
{
	*x = gtk_widget_get_width(GTK_WIDGET(self)) / 2.0;
	*y = gtk_widget_get_height(GTK_WIDGET(self)) / 2.0;
}

static void zoom_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
	double x, y;

	middle(MDV_MAP_VIEW(widget), &x, &y);
	mdv_map_view_zoom_about(MDV_MAP_VIEW(widget), g_str_has_suffix(name, "in") ? 1 : -1, x, y);
}

static void fit_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
	MdvMapView *self = MDV_MAP_VIEW(widget);

	settle(self);
	mdv_view_remember(self->view);
	mdv_view_fit(self->view);
}

static void one_to_one_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
	MdvMapView *self = MDV_MAP_VIEW(widget);
	double x, y;

	middle(self, &x, &y);
	mdv_map_view_zoom_about(self, -mdv_view_camera(self->view)->zoom, x, y);
}

static void pan_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
	int dx, dy;

	g_variant_get(parameter, "(ii)", &dx, &dy);
	pan(MDV_MAP_VIEW(widget), dx * gtk_widget_get_width(widget) * device(MDV_MAP_VIEW(widget)) / 4.0,
	    dy * gtk_widget_get_height(widget) * device(MDV_MAP_VIEW(widget)) / 4.0);
}

/* The selection moves like a cursor, by a cell of what is seen; the camera follows. */
static void move_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
	MdvMapView *self = MDV_MAP_VIEW(widget);
	AnzGeometry *geometry = mdv_view_geometry(self->view);
	MdvCamera camera = *mdv_view_camera(self->view);
	double left, top, width = gtk_widget_get_width(widget) * device(self);
	double height = gtk_widget_get_height(widget) * device(self), x, y;
	guint64 pfn, n;
	AnzCell cell;
	int dx, dy;

	g_variant_get(parameter, "(ii)", &dx, &dy);
	if (!geometry)
		return;
	settle(self);
	if (!mdv_view_selection(self->view, &pfn, &n) ||
	    !anz_geometry_cell_of(geometry, camera.zoom, pfn, &cell)) {
		middle(self, &x, &y);
		if (cell_at(self, x, y, &cell) || anz_geometry_cell_at(geometry, camera.zoom, 0, 0, &cell))
			mdv_view_select(self->view, cell.pfn, cell.nr_pages);
		return;
	}
	if (!anz_geometry_cell_at(geometry, camera.zoom, cell.x + dx * (gint64)cell.side,
				  cell.y + dy * (gint64)cell.side, &cell))
		return;
	mdv_view_select(self->view, cell.pfn, cell.nr_pages);
	origin(self, &left, &top);
	x = (double)cell.x - left;
	y = (double)cell.y - top;
	if (x < cell.side || y < cell.side || x + 2 * cell.side > width || y + 2 * cell.side > height) {
		camera.x = (double)cell.x / exp2(camera.zoom);
		camera.y = (double)cell.y / exp2(camera.zoom);
		mdv_view_set_camera(self->view, &camera);
	}
}

static void add_keys(GtkWidgetClass *klass)
{
	static const struct {
		guint key;
		GdkModifierType state;
		const char *action;
		int x, y;
	} keys[] = {
		{ GDK_KEY_Left, 0, "map.move", -1, 0 }, { GDK_KEY_Right, 0, "map.move", 1, 0 },
		{ GDK_KEY_Up, 0, "map.move", 0, -1 }, { GDK_KEY_Down, 0, "map.move", 0, 1 },
		{ GDK_KEY_Left, GDK_SHIFT_MASK, "map.pan", -1, 0 },
		{ GDK_KEY_Right, GDK_SHIFT_MASK, "map.pan", 1, 0 },
		{ GDK_KEY_Up, GDK_SHIFT_MASK, "map.pan", 0, -1 },
		{ GDK_KEY_Down, GDK_SHIFT_MASK, "map.pan", 0, 1 },
		{ GDK_KEY_a, 0, "map.pan", -1, 0 }, { GDK_KEY_d, 0, "map.pan", 1, 0 },
		{ GDK_KEY_Page_Up, 0, "map.pan", 0, -2 }, { GDK_KEY_Page_Down, 0, "map.pan", 0, 2 },
	};
	static const struct {
		guint key;
		const char *action;
	} plain[] = {
		{ GDK_KEY_plus, "map.zoom-in" }, { GDK_KEY_equal, "map.zoom-in" },
		{ GDK_KEY_KP_Add, "map.zoom-in" }, { GDK_KEY_w, "map.zoom-in" },
		{ GDK_KEY_minus, "map.zoom-out" }, { GDK_KEY_KP_Subtract, "map.zoom-out" },
		{ GDK_KEY_s, "map.zoom-out" }, { GDK_KEY_0, "map.fit" }, { GDK_KEY_Home, "map.fit" },
		{ GDK_KEY_1, "map.one-to-one" },
	};

	for (guint i = 0; i < G_N_ELEMENTS(keys); i++)
		gtk_widget_class_add_binding_action(klass, keys[i].key, keys[i].state,
						    keys[i].action, "(ii)", keys[i].x, keys[i].y);
	for (guint i = 0; i < G_N_ELEMENTS(plain); i++)
		gtk_widget_class_add_binding_action(klass, plain[i].key, 0, plain[i].action, NULL);
}

/* --- widget --- */

static void mdv_map_view_size_allocate(GtkWidget *widget, int width, int height, int baseline)
{
	MdvMapView *self = MDV_MAP_VIEW(widget);

	mdv_view_set_window(self->view, (guint)(width * device(self)),
			    (guint)(height * device(self)));
}

static void mdv_map_view_measure(GtkWidget *widget, GtkOrientation orientation, int for_size,
				 int *minimum, int *natural, int *minimum_baseline,
				 int *natural_baseline)
{
	*minimum = 120;
	*natural = 600;
}

static void mdv_map_view_dispose(GObject *object)
{
	MdvMapView *self = MDV_MAP_VIEW(object);

	if (self->tick)
		gtk_widget_remove_tick_callback(GTK_WIDGET(self), self->tick);
	self->tick = 0;
	for (guint i = 0; self->view && i < G_N_ELEMENTS(self->view_ids); i++)
		g_clear_signal_handler(&self->view_ids[i], self->view);
	if (self->painter)
		g_clear_signal_handler(&self->painter_id, self->painter);
	g_clear_object(&self->painter);
	g_clear_object(&self->view);
	G_OBJECT_CLASS(mdv_map_view_parent_class)->dispose(object);
}

static void mdv_map_view_class_init(MdvMapViewClass *klass)
{
	GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

	G_OBJECT_CLASS(klass)->dispose = mdv_map_view_dispose;
	widget_class->snapshot = mdv_map_view_snapshot;
	widget_class->size_allocate = mdv_map_view_size_allocate;
	widget_class->measure = mdv_map_view_measure;
	hover_signal = g_signal_new("hover", G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST, 0, NULL,
				    NULL, NULL, G_TYPE_NONE, 0);
	gtk_widget_class_set_accessible_role(widget_class, GTK_ACCESSIBLE_ROLE_IMG);
	gtk_widget_class_install_action(widget_class, "map.zoom-in", NULL, zoom_action);
	gtk_widget_class_install_action(widget_class, "map.zoom-out", NULL, zoom_action);
	gtk_widget_class_install_action(widget_class, "map.fit", NULL, fit_action);
	gtk_widget_class_install_action(widget_class, "map.one-to-one", NULL, one_to_one_action);
	gtk_widget_class_install_action(widget_class, "map.pan", "(ii)", pan_action);
	gtk_widget_class_install_action(widget_class, "map.move", "(ii)", move_action);
	add_keys(widget_class);
	gtk_widget_class_set_css_name(widget_class, "memorymap");
}

static void add_controllers(MdvMapView *self)
{
	GtkEventController *motion = gtk_event_controller_motion_new();
	GtkEventController *scroll =
		gtk_event_controller_scroll_new(GTK_EVENT_CONTROLLER_SCROLL_BOTH_AXES);
	GtkGesture *drag = gtk_gesture_drag_new(), *click = gtk_gesture_click_new();
	GtkGesture *pinch = gtk_gesture_zoom_new();

	g_signal_connect(motion, "motion", G_CALLBACK(on_motion), self);
	g_signal_connect(motion, "enter", G_CALLBACK(on_motion), self);
	g_signal_connect(motion, "leave", G_CALLBACK(on_leave), self);
	g_signal_connect(scroll, "scroll", G_CALLBACK(on_scroll), self);
	g_signal_connect(drag, "drag-begin", G_CALLBACK(on_drag_begin), self);
	g_signal_connect(drag, "drag-update", G_CALLBACK(on_drag_update), self);
	g_signal_connect(drag, "drag-end", G_CALLBACK(on_drag_end), self);
	g_signal_connect(click, "released", G_CALLBACK(on_click), self);
	g_signal_connect(pinch, "begin", G_CALLBACK(on_pinch_begin), self);
	g_signal_connect(pinch, "scale-changed", G_CALLBACK(on_pinch), self);
	/* any button drags; only the first one selects */
	gtk_gesture_single_set_button(GTK_GESTURE_SINGLE(drag), 0);
	gtk_gesture_group(drag, click);
	gtk_widget_add_controller(GTK_WIDGET(self), motion);
	gtk_widget_add_controller(GTK_WIDGET(self), scroll);
	gtk_widget_add_controller(GTK_WIDGET(self), GTK_EVENT_CONTROLLER(drag));
	gtk_widget_add_controller(GTK_WIDGET(self), GTK_EVENT_CONTROLLER(click));
	gtk_widget_add_controller(GTK_WIDGET(self), GTK_EVENT_CONTROLLER(pinch));
}

static void mdv_map_view_init(MdvMapView *self)
{
	self->pointer_x = self->pointer_y = -1;
	gtk_widget_set_focusable(GTK_WIDGET(self), TRUE);
	gtk_widget_set_hexpand(GTK_WIDGET(self), TRUE);
	gtk_widget_set_vexpand(GTK_WIDGET(self), TRUE);
	gtk_accessible_update_property(GTK_ACCESSIBLE(self), GTK_ACCESSIBLE_PROPERTY_LABEL,
				       "Physical memory map", -1);
	add_controllers(self);
}

GtkWidget *mdv_map_view_new(MdvView *view, MdvPaintWhat what)
{
	MdvMapView *self = g_object_new(MDV_TYPE_MAP_VIEW, NULL);

	self->view = g_object_ref(view);
	self->painter = mdv_painter_new(view, what);
	self->painter_id = g_signal_connect_object(self->painter, "changed",
		G_CALLBACK(gtk_widget_queue_draw), self, G_CONNECT_SWAPPED);
	self->view_ids[0] = g_signal_connect_object(view, "picture",
		G_CALLBACK(gtk_widget_queue_draw), self, G_CONNECT_SWAPPED);
	self->view_ids[1] = g_signal_connect_object(view, "camera", G_CALLBACK(camera_changed),
						    self, G_CONNECT_SWAPPED);
	self->view_ids[2] = g_signal_connect_object(view, "selection",
		G_CALLBACK(selection_changed), self, G_CONNECT_SWAPPED);
	self->view_ids[3] = g_signal_connect_object(view, "document",
		G_CALLBACK(document_changed), self, G_CONNECT_SWAPPED);
	self->scale = mdv_view_camera(view)->zoom;
	return GTK_WIDGET(self);
}

gboolean mdv_map_view_hover(MdvMapView *self, AnzCell *cell)
{
	if (self->has_hover)
		*cell = self->hover;
	return self->has_hover;
}

MdvPainter *mdv_map_view_painter(MdvMapView *self)
{
	return self->painter;
}

gboolean mdv_map_view_is_busy(MdvMapView *self)
{
	return self->tick || mdv_painter_n_pending(self->painter) > 0;
}
