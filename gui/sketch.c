/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A map like the window's, of a view of its own: what the window showed before stays as it is, and comes back
 * if the dump cannot be read.
 */
#include "sketch.h"

#include <stdlib.h>

#include "words.h"

#define LOOK_MS 200
#define NO_BREAK "\302\240"	/* a space at which no line ends */

struct _MdvSketch {
	GtkWidget parent;
	MdvView *looks;		/* the window's */
	MdvView *view;
	GtkWidget *box, *map, *words, *legend;
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
	const AnzPictureStyle *style = mdv_view_style(self->looks);
	guint64 cells[ANZ_NR_CLASSES], known = anz_sketch_count(mdv_view_sketch(self->view), cells);
	Share shares[ANZ_NR_CLASSES];
	GString *text = g_string_new(NULL);

	for (guint c = 0; c < ANZ_NR_CLASSES; c++)
		shares[c] = (Share){ c, c == ANZ_CLASS_HOLE ? 0 : cells[c] };
	qsort(shares, ANZ_NR_CLASSES, sizeof(*shares), largest_first);
	for (guint i = 0; i < ANZ_NR_CLASSES && shares[i].cells; i++)
		g_string_append_printf(text, "<span foreground='#%06x'>\342\226\240</span>" NO_BREAK "%s" NO_BREAK
				       "%.1f%%    ", style->colours[shares[i].page_class],
				       anz_page_class_info(shares[i].page_class)->name,
				       100.0 * (double)shares[i].cells / (double)known);
	g_string_append_printf(text, "<span foreground='#%06x'>\342\226\250</span>" NO_BREAK "not" NO_BREAK
			       "known" NO_BREAK "yet", anz_palette_unknown(style->palette));
	return g_string_free(text, FALSE);
}

static void update_words(MdvSketch *self)
{
	AnzSketch *sketch = mdv_view_sketch(self->view);
	g_autofree char *sampled = mdv_words_pages(anz_sketch_sampled_pages(sketch));
	g_autofree char *shares = describe_shares(self), *text = NULL;
	guint total;

	self->tiles = anz_sketch_tiles(sketch, &total);
	text = g_strdup_printf("A first look, at %s here and there; of %.0f%% of memory all has been read "
			       "since. Shares are estimates.", sampled,
			       total ? 100.0 * self->tiles / total : 100.0);
	gtk_label_set_text(GTK_LABEL(self->words), text);
	gtk_label_set_markup(GTK_LABEL(self->legend), shares);
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

static GtkWidget *add_label(MdvSketch *self)
{
	GtkWidget *label = gtk_label_new("");

	gtk_label_set_wrap(GTK_LABEL(label), TRUE);
	gtk_label_set_justify(GTK_LABEL(label), GTK_JUSTIFY_CENTER);
	gtk_widget_add_css_class(label, "numeric");
	gtk_widget_add_css_class(label, "message");
	gtk_box_append(GTK_BOX(self->box), label);
	return label;
}

static void mdv_sketch_init(MdvSketch *self)
{
	self->view = mdv_view_new();
	self->map = mdv_map_view_new(self->view, MDV_PAINT_DOCUMENT);
	gtk_widget_set_overflow(self->map, GTK_OVERFLOW_HIDDEN);
	self->box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
	gtk_box_append(GTK_BOX(self->box), self->map);
	self->words = add_label(self);
	self->legend = add_label(self);
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
