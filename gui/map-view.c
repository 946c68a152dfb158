/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The map as a widget: camera, zooming about a point, keys, actions. */
#include <math.h>

#include "map-view-private.h"
#include "words.h"

#define ZOOM_USEC 140000

G_DEFINE_FINAL_TYPE(MdvMapView, mdv_map_view, GTK_TYPE_WIDGET)

static guint hover_signal;

/* --- coordinates --- */

int mdv_map_device(MdvMapView *self)
{
	return gtk_widget_get_scale_factor(GTK_WIDGET(self));
}

int mdv_map_drawn_zoom(MdvMapView *self)
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

void mdv_map_origin(MdvMapView *self, double *x, double *y)
{
	double per_cell = exp2(self->scale);

	eye(self, x, y);
	*x = *x * per_cell - gtk_widget_get_width(GTK_WIDGET(self)) * mdv_map_device(self) / 2.0;
	*y = *y * per_cell - gtk_widget_get_height(GTK_WIDGET(self)) * mdv_map_device(self) / 2.0;
	if (!self->tick) {
		*x = floor(*x + 0.5);
		*y = floor(*y + 0.5);
	}
}

/* The cell at a place of the widget. */
gboolean mdv_map_cell_at(MdvMapView *self, double x, double y, AnzCell *cell)
{
	AnzGeometry *geometry = mdv_view_geometry(self->view);
	int zoom = mdv_map_drawn_zoom(self);
	double left, top, ratio = exp2(self->scale - zoom);

	if (!geometry)
		return FALSE;
	mdv_map_origin(self, &left, &top);
	return anz_geometry_cell_at(geometry, zoom, (gint64)floor((left + x * mdv_map_device(self)) / ratio),
				    (gint64)floor((top + y * mdv_map_device(self)) / ratio), cell);
}

/* --- camera --- */

void mdv_map_update_hover(MdvMapView *self)
{
	AnzCell cell;
	gboolean has = self->pointer_x >= 0 &&
		mdv_map_cell_at(self, self->pointer_x, self->pointer_y, &cell);

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
	mdv_map_update_hover(self);
	return G_SOURCE_REMOVE;
}

static void stop_glide(MdvMapView *self)
{
	if (self->glide_tick)
		gtk_widget_remove_tick_callback(GTK_WIDGET(self), self->glide_tick);
	self->glide_tick = 0;
}

void mdv_map_settle(MdvMapView *self)
{
	stop_glide(self);
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
	mdv_map_update_hover(self);
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
	mdv_map_settle(self);
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
	stop_glide(self);
	/* the cell under the point, and how far from the middle of the window it is */
	mdv_map_origin(self, &left, &top);
	now = exp2(self->scale);
	self->anchor_x = (left + x * mdv_map_device(self)) / now;
	self->anchor_y = (top + y * mdv_map_device(self)) / now;
	self->anchor_dx = (x - gtk_widget_get_width(GTK_WIDGET(self)) / 2.0) * mdv_map_device(self);
	self->anchor_dy = (y - gtk_widget_get_height(GTK_WIDGET(self)) / 2.0) * mdv_map_device(self);
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
		mdv_map_settle(self);
		self->scale = target;
	}
	mdv_view_set_camera(self->view, &camera);
}

/* @x, @y in device pixels. */
static void move_by(MdvMapView *self, double x, double y)
{
	MdvCamera camera = *mdv_view_camera(self->view);

	camera.x += x / exp2(camera.zoom);
	camera.y += y / exp2(camera.zoom);
	mdv_painter_forget_pending(self->painter);
	mdv_view_set_camera(self->view, &camera);
}

void mdv_map_pan(MdvMapView *self, double x, double y)
{
	mdv_map_settle(self);
	move_by(self, x, y);
}

static gboolean go_on_gliding(GtkWidget *widget, GdkFrameClock *clock, gpointer data)
{
	MdvMapView *self = MDV_MAP_VIEW(widget);
	MdvCamera before = *mdv_view_camera(self->view);
	double dx, dy;
	gboolean goes_on = mdv_glide_step(&self->glide, gdk_frame_clock_get_frame_time(clock), &dx, &dy);

	move_by(self, dx * mdv_map_device(self), dy * mdv_map_device(self));
	/* at the edge of the picture there is nowhere to go */
	if (goes_on && (before.x != mdv_view_camera(self->view)->x ||
			before.y != mdv_view_camera(self->view)->y || (dx == 0 && dy == 0)))
		return G_SOURCE_CONTINUE;
	self->glide_tick = 0;
	return G_SOURCE_REMOVE;
}

/* @x, @y: how fast the camera was moved when it was let go, in widget pixels a second. */
void mdv_map_glide(MdvMapView *self, double x, double y)
{
	GdkFrameClock *clock = gtk_widget_get_frame_clock(GTK_WIDGET(self));

	mdv_map_settle(self);
	if (wants_animation(self) && clock &&
	    mdv_glide_start(&self->glide, x, y, gdk_frame_clock_get_frame_time(clock)))
		self->glide_tick = gtk_widget_add_tick_callback(GTK_WIDGET(self), go_on_gliding, NULL,
								NULL);
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

	mdv_map_settle(self);
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
	mdv_map_pan(MDV_MAP_VIEW(widget), dx * gtk_widget_get_width(widget) * mdv_map_device(MDV_MAP_VIEW(widget)) / 4.0,
	    dy * gtk_widget_get_height(widget) * mdv_map_device(MDV_MAP_VIEW(widget)) / 4.0);
}

/* As if the picture was let go at that speed: pixels a second. */
static void glide_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
	double x, y;

	g_variant_get(parameter, "(dd)", &x, &y);
	mdv_map_glide(MDV_MAP_VIEW(widget), x, y);
}

/* The selection moves like a cursor, by a cell of what is seen; the camera follows. */
static void move_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
	MdvMapView *self = MDV_MAP_VIEW(widget);
	AnzGeometry *geometry = mdv_view_geometry(self->view);
	MdvCamera camera = *mdv_view_camera(self->view);
	double left, top, width = gtk_widget_get_width(widget) * mdv_map_device(self);
	double height = gtk_widget_get_height(widget) * mdv_map_device(self), x, y;
	guint64 pfn, n;
	AnzCell cell;
	int dx, dy;

	g_variant_get(parameter, "(ii)", &dx, &dy);
	if (!geometry)
		return;
	mdv_map_settle(self);
	if (!mdv_view_selection(self->view, &pfn, &n) ||
	    !anz_geometry_cell_of(geometry, camera.zoom, pfn, &cell)) {
		middle(self, &x, &y);
		if (mdv_map_cell_at(self, x, y, &cell) || anz_geometry_cell_at(geometry, camera.zoom, 0, 0, &cell))
			mdv_view_select(self->view, cell.pfn, cell.nr_pages);
		return;
	}
	if (!anz_geometry_cell_at(geometry, camera.zoom, cell.x + dx * (gint64)cell.side,
				  cell.y + dy * (gint64)cell.side, &cell))
		return;
	mdv_view_select(self->view, cell.pfn, cell.nr_pages);
	mdv_map_origin(self, &left, &top);
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

	mdv_view_set_window(self->view, (guint)(width * mdv_map_device(self)),
			    (guint)(height * mdv_map_device(self)));
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
	stop_glide(self);
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
	widget_class->snapshot = mdv_map_draw;
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
	gtk_widget_class_install_action(widget_class, "map.glide", "(dd)", glide_action);
	add_keys(widget_class);
	gtk_widget_class_set_css_name(widget_class, "memorymap");
}

static void mdv_map_view_init(MdvMapView *self)
{
	self->pointer_x = self->pointer_y = -1;
	gtk_widget_set_focusable(GTK_WIDGET(self), TRUE);
	gtk_widget_set_hexpand(GTK_WIDGET(self), TRUE);
	gtk_widget_set_vexpand(GTK_WIDGET(self), TRUE);
	gtk_accessible_update_property(GTK_ACCESSIBLE(self), GTK_ACCESSIBLE_PROPERTY_LABEL,
				       "Physical memory map", -1);
	mdv_map_add_controllers(self);
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
	return self->tick || self->glide_tick || mdv_painter_n_pending(self->painter) > 0;
}
