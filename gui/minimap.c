/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "minimap.h"

#include <math.h>

#include "words.h"

#define HEIGHT 150

struct _MdvMinimap {
	GtkWidget parent;
	MdvView *view;
	MdvPainter *painter;
};

G_DEFINE_FINAL_TYPE(MdvMinimap, mdv_minimap, GTK_TYPE_WIDGET)

/* The picture's place: zoom, and how much it is enlarged to fill the widget. */
typedef struct {
	int zoom;
	double scale, left, top;
	guint64 width, height;
} Place;

static gboolean find_place(MdvMinimap *self, Place *place)
{
	AnzGeometry *geometry = mdv_view_geometry(self->view);
	int width = gtk_widget_get_width(GTK_WIDGET(self));
	int height = gtk_widget_get_height(GTK_WIDGET(self));

	if (!geometry || width < 8 || height < 8)
		return FALSE;
	place->zoom = MIN(anz_geometry_fit(geometry, (guint)width, (guint)height) , 0);
	anz_geometry_size(geometry, place->zoom, &place->width, &place->height);
	place->scale = MIN((double)width / place->width, (double)height / place->height);
	/* whole steps look clean; 4.8 would smear anything else */
	if (place->scale >= 1)
		place->scale = floor(place->scale);
	place->left = floor((width - place->width * place->scale) / 2);
	place->top = floor((height - place->height * place->scale) / 2);
	return TRUE;
}

static void draw_view(MdvMinimap *self, GtkSnapshot *snapshot, const Place *p)
{
	const MdvCamera *camera = mdv_view_camera(self->view);
	double per_cell = p->scale * exp2(p->zoom);
	guint width, height;
	GskRoundedRect rect;
	graphene_rect_t at;
	const GdkRGBA black = { 0, 0, 0, 0.9f }, white = { 1, 1, 1, 1 };
	const GdkRGBA blacks[4] = { black, black, black, black };
	const GdkRGBA whites[4] = { white, white, white, white };
	const float one[4] = { 1, 1, 1, 1 };
	double w, h;

	mdv_view_get_window(self->view, &width, &height);
	w = MAX(4, width / exp2(camera->zoom) * per_cell);
	h = MAX(4, height / exp2(camera->zoom) * per_cell);
	at = GRAPHENE_RECT_INIT((float)(p->left + camera->x * per_cell - w / 2),
				(float)(p->top + camera->y * per_cell - h / 2), (float)w, (float)h);
	gsk_rounded_rect_init_from_rect(&rect, &at, 0);
	gtk_snapshot_append_border(snapshot, &rect, one, whites);
	graphene_rect_inset(&at, -1, -1);
	gsk_rounded_rect_init_from_rect(&rect, &at, 0);
	gtk_snapshot_append_border(snapshot, &rect, one, blacks);
}

static void mdv_minimap_snapshot(GtkWidget *widget, GtkSnapshot *snapshot)
{
	MdvMinimap *self = MDV_MINIMAP(widget);
	guint32 ground = anz_palette_background(mdv_view_style(self->view)->palette);
	GdkRGBA background = { (ground >> 16 & 0xff) / 255.0f, (ground >> 8 & 0xff) / 255.0f,
			       (ground & 0xff) / 255.0f, 1 };
	graphene_rect_t all = GRAPHENE_RECT_INIT(0, 0, (float)gtk_widget_get_width(widget),
						 (float)gtk_widget_get_height(widget));
	Place p;

	gtk_snapshot_append_color(snapshot, &background, &all);
	if (!find_place(self, &p))
		return;
	gtk_snapshot_push_clip(snapshot, &all);
	for (guint y = 0; y * MDV_PIECE_PX < p.height; y++) {
		for (guint x = 0; x * MDV_PIECE_PX < p.width; x++) {
			GdkTexture *texture = mdv_painter_get(self->painter, p.zoom, x, y);
			float side = (float)(MDV_PIECE_PX * p.scale);

			if (texture)
				gtk_snapshot_append_texture(snapshot, texture,
					&GRAPHENE_RECT_INIT((float)(p.left + x * side),
							    (float)(p.top + y * side), side, side));
		}
	}
	draw_view(self, snapshot, &p);
	gtk_snapshot_pop(snapshot);
}

static void mdv_minimap_measure(GtkWidget *widget, GtkOrientation orientation, int for_size,
				int *minimum, int *natural, int *minimum_baseline,
				int *natural_baseline)
{
	*minimum = orientation == GTK_ORIENTATION_HORIZONTAL ? 100 : HEIGHT;
	*natural = *minimum;
}

static void go(MdvMinimap *self, double x, double y)
{
	MdvCamera camera = *mdv_view_camera(self->view);
	Place p;

	if (!find_place(self, &p))
		return;
	camera.x = (x - p.left) / (p.scale * exp2(p.zoom));
	camera.y = (y - p.top) / (p.scale * exp2(p.zoom));
	mdv_view_set_camera(self->view, &camera);
}

static void on_drag_begin(GtkGestureDrag *drag, double x, double y, MdvMinimap *self)
{
	mdv_view_remember(self->view);
	go(self, x, y);
}

static void on_drag_update(GtkGestureDrag *drag, double dx, double dy, MdvMinimap *self)
{
	double x, y;

	if (gtk_gesture_drag_get_start_point(drag, &x, &y))
		go(self, x + dx, y + dy);
}

/* How far down the picture the window is, for those who do not see it. */
static void camera_changed(MdvMinimap *self)
{
	AnzGeometry *geometry = mdv_view_geometry(self->view);
	guint64 width, height;

	gtk_widget_queue_draw(GTK_WIDGET(self));
	if (!geometry)
		return;
	anz_geometry_size(geometry, 0, &width, &height);
	gtk_accessible_update_property(GTK_ACCESSIBLE(self), GTK_ACCESSIBLE_PROPERTY_VALUE_MIN, 0.0,
		GTK_ACCESSIBLE_PROPERTY_VALUE_MAX, 100.0, GTK_ACCESSIBLE_PROPERTY_VALUE_NOW,
		100.0 * mdv_view_camera(self->view)->y / (double)height, -1);
}

static void mdv_minimap_dispose(GObject *object)
{
	MdvMinimap *self = MDV_MINIMAP(object);

	g_clear_object(&self->view);
	g_clear_object(&self->painter);
	G_OBJECT_CLASS(mdv_minimap_parent_class)->dispose(object);
}

static void mdv_minimap_class_init(MdvMinimapClass *klass)
{
	GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

	G_OBJECT_CLASS(klass)->dispose = mdv_minimap_dispose;
	widget_class->snapshot = mdv_minimap_snapshot;
	widget_class->measure = mdv_minimap_measure;
	gtk_widget_class_set_accessible_role(widget_class, GTK_ACCESSIBLE_ROLE_SCROLLBAR);
	gtk_widget_class_set_css_name(widget_class, "minimap");
}

static void mdv_minimap_init(MdvMinimap *self)
{
	GtkGesture *drag = gtk_gesture_drag_new();

	g_signal_connect(drag, "drag-begin", G_CALLBACK(on_drag_begin), self);
	g_signal_connect(drag, "drag-update", G_CALLBACK(on_drag_update), self);
	gtk_widget_add_controller(GTK_WIDGET(self), GTK_EVENT_CONTROLLER(drag));
	gtk_accessible_update_property(GTK_ACCESSIBLE(self), GTK_ACCESSIBLE_PROPERTY_LABEL,
				       "Overview of all memory", -1);
}

GtkWidget *mdv_minimap_new(MdvView *view, MdvPainter *painter)
{
	MdvMinimap *self = g_object_new(MDV_TYPE_MINIMAP, NULL);

	self->view = g_object_ref(view);
	self->painter = g_object_ref(painter);
	g_signal_connect_object(view, "camera", G_CALLBACK(camera_changed), self,
				G_CONNECT_SWAPPED);
	g_signal_connect_object(painter, "changed", G_CALLBACK(gtk_widget_queue_draw), self,
				G_CONNECT_SWAPPED);
	return GTK_WIDGET(self);
}
