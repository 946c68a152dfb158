/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ruler.h"

#include <math.h>

#include "words.h"

#define TILE_SIDE 256
#define TICK 6

struct _MdvRuler {
	GtkWidget parent;
	MdvView *view;
	PangoLayout *layout;
	guint64 last;		/* address that there is room for */
};

G_DEFINE_FINAL_TYPE(MdvRuler, mdv_ruler, GTK_TYPE_WIDGET)

static void draw_label(MdvRuler *self, GtkSnapshot *snapshot, double y, guint64 row)
{
	AnzGeometry *geometry = mdv_view_geometry(self->view);
	g_autofree char *address = mdv_words_address(anz_geometry_row_pfn(geometry, row) *
						     mdv_view_page_size(self->view));
	int width = gtk_widget_get_width(GTK_WIDGET(self)), text_width, text_height;
	GdkRGBA colour;

	gtk_style_context_get_color(gtk_widget_get_style_context(GTK_WIDGET(self)), &colour);
	pango_layout_set_text(self->layout, address, -1);
	pango_layout_get_pixel_size(self->layout, &text_width, &text_height);
	gtk_snapshot_append_color(snapshot, &colour,
				  &GRAPHENE_RECT_INIT((float)(width - TICK), (float)y, TICK, 1));
	gtk_snapshot_save(snapshot);
	gtk_snapshot_translate(snapshot, &GRAPHENE_POINT_INIT((float)(width - TICK - 3 - text_width),
							      (float)(y + 1)));
	gtk_snapshot_append_layout(snapshot, self->layout, &colour);
	gtk_snapshot_restore(snapshot);
}

static void mdv_ruler_snapshot(GtkWidget *widget, GtkSnapshot *snapshot)
{
	MdvRuler *self = MDV_RULER(widget);
	AnzGeometry *geometry = mdv_view_geometry(self->view);
	const MdvCamera *camera = mdv_view_camera(self->view);
	int height = gtk_widget_get_height(widget), text_height;
	double side = ldexp(TILE_SIDE, camera->zoom) / gtk_widget_get_scale_factor(widget);
	double top;
	guint64 row, step = 1;

	if (!geometry)
		return;
	pango_layout_set_text(self->layout, "0x", -1);
	pango_layout_get_pixel_size(self->layout, NULL, &text_height);
	/* labels that do not touch */
	while (side * step < text_height + 4)
		step *= 2;
	top = rint(height / 2.0 - camera->y * side / TILE_SIDE);
	row = top < 0 ? (guint64)(-top / side) / step * step : 0;
	gtk_snapshot_push_clip(snapshot, &GRAPHENE_RECT_INIT(0, 0,
		(float)gtk_widget_get_width(widget), (float)height));
	for (; row < anz_geometry_rows(geometry); row += step) {
		double y = top + row * side;

		if (y > height)
			break;
		/* the row that is seen now keeps its label in sight */
		if (y < 0 && y + side * step > text_height + 2)
			y = 0;
		draw_label(self, snapshot, y, row);
	}
	gtk_snapshot_pop(snapshot);
}

/* Another document's memory may end later, and its rows may begin so. */
static guint64 last_address(MdvRuler *self)
{
	return mdv_view_max_pfn(self->view) * mdv_view_page_size(self->view);
}

static void picture_changed(MdvRuler *self)
{
	if (self->last != last_address(self))
		gtk_widget_queue_resize(GTK_WIDGET(self));
}

static void mdv_ruler_measure(GtkWidget *widget, GtkOrientation orientation, int for_size,
			      int *minimum, int *natural, int *minimum_baseline,
			      int *natural_baseline)
{
	MdvRuler *self = MDV_RULER(widget);
	g_autofree char *last = NULL;
	int width;

	*minimum = *natural = 0;
	if (orientation == GTK_ORIENTATION_VERTICAL)
		return;
	self->last = last_address(self);
	last = mdv_words_address(self->last);
	pango_layout_set_text(self->layout, last, -1);
	pango_layout_get_pixel_size(self->layout, &width, NULL);
	*minimum = *natural = MAX(width, 60) + TICK + 6;
}

static void mdv_ruler_dispose(GObject *object)
{
	MdvRuler *self = MDV_RULER(object);

	g_clear_object(&self->view);
	g_clear_object(&self->layout);
	G_OBJECT_CLASS(mdv_ruler_parent_class)->dispose(object);
}

static void mdv_ruler_class_init(MdvRulerClass *klass)
{
	GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

	G_OBJECT_CLASS(klass)->dispose = mdv_ruler_dispose;
	widget_class->snapshot = mdv_ruler_snapshot;
	widget_class->measure = mdv_ruler_measure;
	gtk_widget_class_set_accessible_role(widget_class, GTK_ACCESSIBLE_ROLE_PRESENTATION);
	gtk_widget_class_set_css_name(widget_class, "ruler");
}

static void mdv_ruler_init(MdvRuler *self)
{
	PangoAttrList *attributes = pango_attr_list_new();

	pango_attr_list_insert(attributes, pango_attr_scale_new(PANGO_SCALE_SMALL));
	self->layout = gtk_widget_create_pango_layout(GTK_WIDGET(self), NULL);
	pango_layout_set_attributes(self->layout, attributes);
	pango_attr_list_unref(attributes);
	gtk_widget_set_vexpand(GTK_WIDGET(self), TRUE);
}

GtkWidget *mdv_ruler_new(MdvView *view)
{
	MdvRuler *self = g_object_new(MDV_TYPE_RULER, NULL);

	self->view = g_object_ref(view);
	g_signal_connect_object(view, "camera", G_CALLBACK(gtk_widget_queue_draw), self,
				G_CONNECT_SWAPPED);
	g_signal_connect_object(view, "document", G_CALLBACK(gtk_widget_queue_resize), self,
				G_CONNECT_SWAPPED);
	g_signal_connect_object(view, "picture", G_CALLBACK(picture_changed), self, G_CONNECT_SWAPPED);
	return GTK_WIDGET(self);
}
