/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What pointer, wheel and fingers do to the map. */
#include <math.h>

#include "map-view-private.h"

#define CLICK_SLOP 4

static void on_motion(GtkEventControllerMotion *motion, double x, double y, MdvMapView *self)
{
	self->pointer_x = x;
	self->pointer_y = y;
	mdv_map_update_hover(self);
}

static void on_leave(GtkEventControllerMotion *motion, MdvMapView *self)
{
	self->pointer_x = self->pointer_y = -1;
	mdv_map_update_hover(self);
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

		mdv_map_pan(self, (state & GDK_SHIFT_MASK && wheel ? dx + dy : dx) * step * mdv_map_device(self),
		    (state & GDK_SHIFT_MASK && wheel ? 0 : dy) * step * mdv_map_device(self));
		return GDK_EVENT_STOP;
	}
	self->scroll_left -= wheel ? dy : dy / 40;
	steps = (int)self->scroll_left;
	self->scroll_left -= steps;
	if (steps)
		mdv_map_view_zoom_about(self, steps, self->pointer_x, self->pointer_y);
	return GDK_EVENT_STOP;
}

/* Two fingers were lifted while they moved. */
static void on_decelerate(GtkEventControllerScroll *scroll, double x, double y, MdvMapView *self)
{
	GdkModifierType state =
		gtk_event_controller_get_current_event_state(GTK_EVENT_CONTROLLER(scroll));

	if (!(state & (GDK_CONTROL_MASK | GDK_SHIFT_MASK)))
		mdv_map_glide(self, x, y);
}

static void on_swipe(GtkGestureSwipe *swipe, double x, double y, MdvMapView *self)
{
	if (self->dragged)
		mdv_map_glide(self, -x, -y);
}

static void on_drag_begin(GtkGestureDrag *drag, double x, double y, MdvMapView *self)
{
	mdv_map_settle(self);
	self->dragged = FALSE;
	self->drag_x = mdv_view_camera(self->view)->x;
	self->drag_y = mdv_view_camera(self->view)->y;
}

static void on_drag_update(GtkGestureDrag *drag, double dx, double dy, MdvMapView *self)
{
	MdvCamera camera = *mdv_view_camera(self->view);

	if (hypot(dx, dy) < CLICK_SLOP)
		return;
	self->dragged = TRUE;
	gtk_gesture_set_state(GTK_GESTURE(drag), GTK_EVENT_SEQUENCE_CLAIMED);
	gtk_widget_set_cursor_from_name(GTK_WIDGET(self), "grabbing");
	camera.x = self->drag_x - dx * mdv_map_device(self) / exp2(camera.zoom);
	camera.y = self->drag_y - dy * mdv_map_device(self) / exp2(camera.zoom);
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
	if (!mdv_map_cell_at(self, x, y, &cell)) {
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

void mdv_map_add_controllers(MdvMapView *self)
{
	GtkEventController *motion = gtk_event_controller_motion_new();
	GtkEventController *scroll =
		gtk_event_controller_scroll_new(GTK_EVENT_CONTROLLER_SCROLL_BOTH_AXES |
						GTK_EVENT_CONTROLLER_SCROLL_KINETIC);
	GtkGesture *drag = gtk_gesture_drag_new(), *click = gtk_gesture_click_new();
	GtkGesture *pinch = gtk_gesture_zoom_new(), *swipe = gtk_gesture_swipe_new();

	g_signal_connect(motion, "motion", G_CALLBACK(on_motion), self);
	g_signal_connect(motion, "enter", G_CALLBACK(on_motion), self);
	g_signal_connect(motion, "leave", G_CALLBACK(on_leave), self);
	g_signal_connect(scroll, "scroll", G_CALLBACK(on_scroll), self);
	g_signal_connect(scroll, "decelerate", G_CALLBACK(on_decelerate), self);
	g_signal_connect(swipe, "swipe", G_CALLBACK(on_swipe), self);
	g_signal_connect(drag, "drag-begin", G_CALLBACK(on_drag_begin), self);
	g_signal_connect(drag, "drag-update", G_CALLBACK(on_drag_update), self);
	g_signal_connect(drag, "drag-end", G_CALLBACK(on_drag_end), self);
	g_signal_connect(click, "released", G_CALLBACK(on_click), self);
	g_signal_connect(pinch, "begin", G_CALLBACK(on_pinch_begin), self);
	g_signal_connect(pinch, "scale-changed", G_CALLBACK(on_pinch), self);
	/* any button drags; only the first one selects */
	gtk_gesture_single_set_button(GTK_GESTURE_SINGLE(drag), 0);
	gtk_gesture_single_set_button(GTK_GESTURE_SINGLE(swipe), 0);
	gtk_gesture_group(drag, click);
	gtk_gesture_group(drag, swipe);
	gtk_widget_add_controller(GTK_WIDGET(self), motion);
	gtk_widget_add_controller(GTK_WIDGET(self), scroll);
	gtk_widget_add_controller(GTK_WIDGET(self), GTK_EVENT_CONTROLLER(drag));
	gtk_widget_add_controller(GTK_WIDGET(self), GTK_EVENT_CONTROLLER(click));
	gtk_widget_add_controller(GTK_WIDGET(self), GTK_EVENT_CONTROLLER(pinch));
	gtk_widget_add_controller(GTK_WIDGET(self), GTK_EVENT_CONTROLLER(swipe));
}
