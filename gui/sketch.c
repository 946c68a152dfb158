/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Painted on the main thread: one class for 256 pages is little, and a window full of it takes a few
 * milliseconds whatever the machine's size.
 */
#include "sketch.h"

#include <stdlib.h>

#include "words.h"

#define LOOK_MS 200

struct _MdvSketch {
	GtkWidget parent;
	MdvView *view;
	AnzSketch *sketch;
	AnzGeometry *geometry;
	AnzPicture *picture;
	GtkWidget *words, *legend;
	GdkTexture *texture;
	guint timer;
	guint tiles;		/* that were read when it was painted */
};

G_DEFINE_FINAL_TYPE(MdvSketch, mdv_sketch, GTK_TYPE_WIDGET)

/* --- words --- */

typedef struct {
	guint page_class;
	guint64 cells;
} Share;

static int largest_first(const void *a, const void *b)
{
	const Share *x = a, *y = b;

	return x->cells < y->cells ? 1 : x->cells > y->cells ? -1 : (int)x->page_class - (int)y->page_class;
}

/* A square of each class's colour with its name and share, and what the hatched part is. */
static char *describe_shares(MdvSketch *self)
{
	const AnzPictureStyle *style = mdv_view_style(self->view);
	guint64 cells[ANZ_NR_CLASSES], known = anz_sketch_count(self->sketch, cells);
	Share shares[ANZ_NR_CLASSES];
	GString *text = g_string_new(NULL);

	for (guint c = 0; c < ANZ_NR_CLASSES; c++)
		shares[c] = (Share){ c, c == ANZ_CLASS_HOLE ? 0 : cells[c] };
	qsort(shares, ANZ_NR_CLASSES, sizeof(*shares), largest_first);
	for (guint i = 0; i < ANZ_NR_CLASSES && shares[i].cells; i++)
		g_string_append_printf(text, "<span foreground='#%06x'>\342\226\240</span> %s %.1f%%    ",
				       style->colours[shares[i].page_class],
				       anz_page_class_info(shares[i].page_class)->name,
				       100.0 * (double)shares[i].cells / (double)known);
	g_string_append_printf(text, "<span foreground='#%06x'>\342\226\250</span> not known yet",
			       anz_palette_unknown(style->palette));
	return g_string_free(text, FALSE);
}

static void update_words(MdvSketch *self)
{
	g_autofree char *sampled = mdv_words_pages(anz_sketch_sampled_pages(self->sketch));
	g_autofree char *shares = describe_shares(self), *text = NULL;
	guint total;

	self->tiles = anz_sketch_tiles(self->sketch, &total);
	text = g_strdup_printf("A first look, at %s here and there; of %.0f%% of memory all has been read "
			       "since. Shares are estimates.", sampled,
			       total ? 100.0 * self->tiles / total : 100.0);
	gtk_label_set_text(GTK_LABEL(self->words), text);
	gtk_label_set_markup(GTK_LABEL(self->legend), shares);
	gtk_accessible_update_property(GTK_ACCESSIBLE(self), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text, -1);
}

const char *mdv_sketch_words(MdvSketch *self)
{
	return self->sketch ? gtk_label_get_text(GTK_LABEL(self->words)) : "";
}

/* --- picture --- */

static int height_of(GtkWidget *label, int width)
{
	int natural = 0;

	gtk_widget_measure(label, GTK_ORIENTATION_VERTICAL, width, NULL, &natural, NULL, NULL);
	return natural;
}

static GdkTexture *paint(MdvSketch *self, int width, int height)
{
	int zoom = anz_geometry_fit(self->geometry, (guint)width, (guint)height);
	guint64 full_width, full_height;
	g_autoptr(GBytes) bytes = NULL;
	guint32 *pixels;

	anz_geometry_size(self->geometry, zoom, &full_width, &full_height);
	width = (int)MIN((guint64)width, full_width);
	height = (int)MIN((guint64)height, full_height);
	pixels = g_try_new(guint32, (gsize)width * (gsize)height);
	if (!pixels)
		return NULL;
	anz_picture_set_style(self->picture, mdv_view_style(self->view));
	if (!anz_picture_paint(self->picture, zoom, 0, 0, (guint)width, (guint)height, pixels,
			       (gsize)width, NULL, NULL)) {
		g_free(pixels);
		return NULL;
	}
	bytes = g_bytes_new_take(pixels, (gsize)width * (gsize)height * 4);
	return gdk_memory_texture_new(width, height, GDK_MEMORY_DEFAULT, bytes, (gsize)width * 4);
}

static void mdv_sketch_snapshot(GtkWidget *widget, GtkSnapshot *snapshot)
{
	MdvSketch *self = MDV_SKETCH(widget);
	int scale = gtk_widget_get_scale_factor(widget);
	int width = gtk_widget_get_width(widget);
	int height = gtk_widget_get_height(widget) - height_of(self->words, width) -
		     height_of(self->legend, width);
	int shown_width, shown_height;

	if (self->picture && width > 0 && height > 0) {
		if (!self->texture)
			self->texture = paint(self, width * scale, height * scale);
		if (self->texture) {
			shown_width = gdk_texture_get_width(self->texture) / scale;
			shown_height = gdk_texture_get_height(self->texture) / scale;
			gtk_snapshot_append_texture(snapshot, self->texture,
				&GRAPHENE_RECT_INIT((float)((width - shown_width) / 2),
						    (float)((height - shown_height) / 2),
						    (float)shown_width, (float)shown_height));
		}
	}
	gtk_widget_snapshot_child(widget, self->words, snapshot);
	gtk_widget_snapshot_child(widget, self->legend, snapshot);
}

static void mdv_sketch_size_allocate(GtkWidget *widget, int width, int height, int baseline)
{
	MdvSketch *self = MDV_SKETCH(widget);
	int words = height_of(self->words, width), legend = height_of(self->legend, width);

	g_clear_object(&self->texture);
	gtk_widget_size_allocate(self->words, &(GtkAllocation){ 0, height - words - legend, width, words }, -1);
	gtk_widget_size_allocate(self->legend, &(GtkAllocation){ 0, height - legend, width, legend }, -1);
}

static void mdv_sketch_measure(GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
			       int *natural, int *minimum_baseline, int *natural_baseline)
{
	*minimum = *natural = 200;
}

static gboolean look_again(gpointer data)
{
	MdvSketch *self = data;

	if (anz_sketch_tiles(self->sketch, NULL) == self->tiles)
		return G_SOURCE_CONTINUE;
	update_words(self);
	g_clear_object(&self->texture);
	gtk_widget_queue_resize(GTK_WIDGET(self));
	return G_SOURCE_CONTINUE;
}

void mdv_sketch_set(MdvSketch *self, AnzSketch *sketch)
{
	AnzGeometryOptions options = {
		.size = sizeof(options), .curve = mdv_view_curve(self->view),
		.show_holes = mdv_view_show_holes(self->view),
	};

	g_clear_handle_id(&self->timer, g_source_remove);
	g_clear_object(&self->texture);
	g_clear_pointer(&self->picture, anz_picture_free);
	g_clear_pointer(&self->geometry, anz_geometry_unref);
	g_clear_pointer(&self->sketch, anz_sketch_unref);
	if (!sketch)
		return;
	self->geometry = anz_geometry_new_sketch(sketch, &options, NULL);
	if (!self->geometry)
		return;
	self->sketch = anz_sketch_ref(sketch);
	self->picture = anz_picture_new_sketch(sketch, self->geometry);
	update_words(self);
	self->timer = g_timeout_add(LOOK_MS, look_again, self);
	gtk_widget_queue_resize(GTK_WIDGET(self));
}

/* --- object --- */

static void mdv_sketch_dispose(GObject *object)
{
	MdvSketch *self = MDV_SKETCH(object);

	if (self->view)
		mdv_sketch_set(self, NULL);
	g_clear_pointer(&self->words, gtk_widget_unparent);
	g_clear_pointer(&self->legend, gtk_widget_unparent);
	g_clear_object(&self->view);
	G_OBJECT_CLASS(mdv_sketch_parent_class)->dispose(object);
}

static void mdv_sketch_class_init(MdvSketchClass *klass)
{
	GtkWidgetClass *widget = GTK_WIDGET_CLASS(klass);

	G_OBJECT_CLASS(klass)->dispose = mdv_sketch_dispose;
	widget->snapshot = mdv_sketch_snapshot;
	widget->size_allocate = mdv_sketch_size_allocate;
	widget->measure = mdv_sketch_measure;
	gtk_widget_class_set_css_name(widget, "sketch");
	gtk_widget_class_set_accessible_role(widget, GTK_ACCESSIBLE_ROLE_IMG);
}

static GtkWidget *make_label(MdvSketch *self)
{
	GtkWidget *label = gtk_label_new("");

	gtk_label_set_wrap(GTK_LABEL(label), TRUE);
	gtk_label_set_justify(GTK_LABEL(label), GTK_JUSTIFY_CENTER);
	gtk_widget_add_css_class(label, "numeric");
	gtk_widget_add_css_class(label, "message");
	gtk_widget_set_parent(label, GTK_WIDGET(self));
	return label;
}

static void mdv_sketch_init(MdvSketch *self)
{
	self->words = make_label(self);
	self->legend = make_label(self);
	gtk_widget_set_vexpand(GTK_WIDGET(self), TRUE);
	gtk_widget_set_hexpand(GTK_WIDGET(self), TRUE);
	gtk_accessible_update_property(GTK_ACCESSIBLE(self), GTK_ACCESSIBLE_PROPERTY_LABEL,
				       "All memory, from a sample", -1);
}

GtkWidget *mdv_sketch_new(MdvView *view)
{
	MdvSketch *self = g_object_new(MDV_TYPE_SKETCH, NULL);

	self->view = g_object_ref(view);
	return GTK_WIDGET(self);
}
