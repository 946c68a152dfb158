/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A map like the window's, of a view of its own: what the window showed before stays as it is, and comes back
 * if the dump cannot be read.
 */
#include "sketch.h"

#include <stdlib.h>

#include "minimap.h"
#include "ruler.h"
#include "swatch.h"
#include "words.h"

#define LOOK_MS 200

struct _MdvSketch {
	GtkWidget parent;
	MdvView *looks;		/* the window's */
	MdvView *view;
	GtkWidget *box, *map, *words;
	GtkWidget *swatches[ANZ_NR_CLASSES + 1], *shares[ANZ_NR_CLASSES + 1];	/* lines of the legend */
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

static void set_line(MdvSketch *self, guint i, guint32 colour, AnzPattern pattern, const char *words)
{
	gtk_widget_set_visible(gtk_widget_get_parent(self->shares[i]), words != NULL);
	if (!words)
		return;
	mdv_swatch_set(self->swatches[i], colour, pattern);
	gtk_label_set_text(GTK_LABEL(self->shares[i]), words);
}

/* A line for each class, the largest first, and one for what the hatched part is. */
static void update_shares(MdvSketch *self)
{
	const AnzPictureStyle *style = mdv_view_style(self->looks);
	guint64 cells[ANZ_NR_CLASSES], known = anz_sketch_count(mdv_view_sketch(self->view), cells);
	Share shares[ANZ_NR_CLASSES];
	guint n = 0;

	for (guint c = 0; c < ANZ_NR_CLASSES; c++)
		shares[c] = (Share){ c, c == ANZ_CLASS_HOLE ? 0 : cells[c] };
	qsort(shares, ANZ_NR_CLASSES, sizeof(*shares), largest_first);
	for (; n < ANZ_NR_CLASSES && shares[n].cells; n++) {
		g_autofree char *words = g_strdup_printf("%s, %.1f%%", anz_page_class_info(shares[n].page_class)->name,
			100.0 * (double)shares[n].cells / (double)known);

		set_line(self, n, style->colours[shares[n].page_class],
			 anz_palette_pattern(style->palette, shares[n].page_class), words);
	}
	set_line(self, n++, anz_palette_unknown(style->palette), ANZ_PATTERN_HATCH, "not known yet");
	while (n <= ANZ_NR_CLASSES)
		set_line(self, n++, 0, ANZ_PATTERN_NONE, NULL);
}

static void update_words(MdvSketch *self)
{
	AnzSketch *sketch = mdv_view_sketch(self->view);
	g_autofree char *sampled = mdv_words_pages(anz_sketch_sampled_pages(sketch));
	g_autofree char *text = NULL;
	guint total;

	self->tiles = anz_sketch_tiles(sketch, &total);
	text = g_strdup_printf("A first look, at %s here and there; of %.0f%% of memory all has been read "
			       "since. Shares are estimates.", sampled,
			       total ? 100.0 * self->tiles / total : 100.0);
	gtk_label_set_text(GTK_LABEL(self->words), text);
	update_shares(self);
	gtk_accessible_update_property(GTK_ACCESSIBLE(self), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text, -1);
}

const char *mdv_sketch_words(MdvSketch *self)
{
	return mdv_view_sketch(self->view) ? gtk_label_get_text(GTK_LABEL(self->words)) : "";
}

MdvMapView *mdv_sketch_map(MdvSketch *self)
{
	return MDV_MAP_VIEW(self->map);
}

MdvView *mdv_sketch_view(MdvSketch *self)
{
	return self->view;
}

/* --- what is read meanwhile --- */

static gboolean look_again(gpointer data)
{
	MdvSketch *self = data;

	if (anz_sketch_tiles(mdv_view_sketch(self->view), NULL) == self->tiles)
		return G_SOURCE_CONTINUE;
	update_words(self);
	/* also what has not changed is painted anew: which it is, nobody knows */
	mdv_view_set_style(self->view, mdv_view_style(self->looks));
	return G_SOURCE_CONTINUE;
}

void mdv_sketch_set(MdvSketch *self, AnzSketch *sketch)
{
	if (!sketch && !mdv_view_sketch(self->view))
		return;
	g_clear_handle_id(&self->timer, g_source_remove);
	mdv_view_set_curve(self->view, mdv_view_curve(self->looks));
	mdv_view_set_show_holes(self->view, mdv_view_show_holes(self->looks));
	mdv_view_set_style(self->view, mdv_view_style(self->looks));
	mdv_view_set_sketch(self->view, sketch);
	if (!sketch)
		return;
	update_words(self);
	self->timer = g_timeout_add(LOOK_MS, look_again, self);
}

/* --- object --- */

static void mdv_sketch_dispose(GObject *object)
{
	MdvSketch *self = MDV_SKETCH(object);

	g_clear_handle_id(&self->timer, g_source_remove);
	g_clear_pointer(&self->box, gtk_widget_unparent);
	g_clear_object(&self->view);
	g_clear_object(&self->looks);
	G_OBJECT_CLASS(mdv_sketch_parent_class)->dispose(object);
}

static void mdv_sketch_class_init(MdvSketchClass *klass)
{
	G_OBJECT_CLASS(klass)->dispose = mdv_sketch_dispose;
	gtk_widget_class_set_layout_manager_type(GTK_WIDGET_CLASS(klass), GTK_TYPE_BIN_LAYOUT);
	gtk_widget_class_set_css_name(GTK_WIDGET_CLASS(klass), "sketch");
	gtk_widget_class_set_accessible_role(GTK_WIDGET_CLASS(klass), GTK_ACCESSIBLE_ROLE_GROUP);
}

/* Where the window has minimap and legend of what comes after it. */
static GtkWidget *make_left(MdvSketch *self)
{
	GtkWidget *left = gtk_box_new(GTK_ORIENTATION_VERTICAL, 4), *scroller = gtk_scrolled_window_new();
	GtkWidget *minimap = mdv_minimap_new(self->view, mdv_map_view_painter(MDV_MAP_VIEW(self->map)));
	GtkWidget *legend = gtk_box_new(GTK_ORIENTATION_VERTICAL, 4);

	for (guint i = 0; i <= ANZ_NR_CLASSES; i++) {
		GtkWidget *line = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 6);

		self->swatches[i] = mdv_swatch_new();
		self->shares[i] = gtk_label_new(NULL);
		gtk_widget_add_css_class(self->shares[i], "numeric");
		gtk_box_append(GTK_BOX(line), self->swatches[i]);
		gtk_box_append(GTK_BOX(line), self->shares[i]);
		gtk_box_append(GTK_BOX(legend), line);
	}
	gtk_widget_add_css_class(legend, "message");
	gtk_widget_set_overflow(minimap, GTK_OVERFLOW_HIDDEN);
	gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(scroller), legend);
	gtk_scrolled_window_set_policy(GTK_SCROLLED_WINDOW(scroller), GTK_POLICY_NEVER,
				       GTK_POLICY_AUTOMATIC);
	gtk_widget_set_vexpand(scroller, TRUE);
	gtk_box_append(GTK_BOX(left), minimap);
	gtk_box_append(GTK_BOX(left), scroller);
	gtk_widget_set_size_request(left, MDV_SIDE_WIDTH, -1);
	return left;
}

static void mdv_sketch_init(MdvSketch *self)
{
	GtkWidget *row = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 0);

	self->view = mdv_view_new();
	self->map = mdv_map_view_new(self->view, MDV_PAINT_DOCUMENT);
	gtk_widget_set_overflow(self->map, GTK_OVERFLOW_HIDDEN);
	self->box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
	gtk_box_append(GTK_BOX(row), make_left(self));
	gtk_box_append(GTK_BOX(row), mdv_ruler_new(self->view));
	gtk_box_append(GTK_BOX(row), self->map);
	gtk_box_append(GTK_BOX(self->box), row);
	self->words = gtk_label_new("");
	gtk_label_set_wrap(GTK_LABEL(self->words), TRUE);
	gtk_label_set_xalign(GTK_LABEL(self->words), 0);
	gtk_widget_add_css_class(self->words, "numeric");
	gtk_widget_add_css_class(self->words, "message");
	gtk_box_append(GTK_BOX(self->box), self->words);
	gtk_widget_set_parent(self->box, GTK_WIDGET(self));
	gtk_accessible_update_property(GTK_ACCESSIBLE(self), GTK_ACCESSIBLE_PROPERTY_LABEL,
				       "All memory, from a sample", -1);
}

GtkWidget *mdv_sketch_new(MdvView *looks)
{
	MdvSketch *self = g_object_new(MDV_TYPE_SKETCH, NULL);

	self->looks = g_object_ref(looks);
	return GTK_WIDGET(self);
}
