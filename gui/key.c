/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "key.h"

#include <string.h>

#include "swatch.h"
#include "words.h"

#define MAX_GROUPS 8	/* the largest */

struct _MdvKey {
	GtkWidget parent;
	MdvView *view;
	GtkWidget *box, *heading, *list;
	GPtrArray *words;
	gboolean valid;		/* the rows are of the document, and of this style */
	AnzPictureStyle style;
};

G_DEFINE_FINAL_TYPE(MdvKey, mdv_key, GTK_TYPE_WIDGET)

static GtkWidget *make_label(const char *words)
{
	GtkWidget *label = gtk_label_new(words);

	gtk_label_set_xalign(GTK_LABEL(label), 0);
	gtk_label_set_wrap(GTK_LABEL(label), TRUE);
	gtk_label_set_wrap_mode(GTK_LABEL(label), PANGO_WRAP_WORD_CHAR);
	gtk_label_set_lines(GTK_LABEL(label), 2);
	gtk_label_set_ellipsize(GTK_LABEL(label), PANGO_ELLIPSIZE_END);
	gtk_widget_set_tooltip_text(label, words);
	gtk_widget_set_hexpand(label, TRUE);
	return label;
}

/* Without a colour. */
static void add_words(MdvKey *self, const char *words)
{
	gtk_box_append(GTK_BOX(self->list), make_label(words));
	g_ptr_array_add(self->words, g_strdup(words));
}

static void add_row(MdvKey *self, guint32 colour, AnzPattern pattern, const char *words)
{
	GtkWidget *row = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 6), *swatch = mdv_swatch_new();
	mdv_swatch_set(swatch, colour, pattern);
	/* beside a label that wraps it is given more room than it needs */
	gtk_widget_set_halign(swatch, GTK_ALIGN_START);
	gtk_box_append(GTK_BOX(row), swatch);
	gtk_box_append(GTK_BOX(row), make_label(words));
	gtk_box_append(GTK_BOX(self->list), row);
	g_ptr_array_add(self->words, g_strdup(words));
}

/* The largest of what has a colour of its own in this mode. */
static void add_groups(MdvKey *self, const AnzPictureStyle *style)
{
	const char *sql = anz_cell_mode_groups(style->mode);
	g_autoptr(AnzQuery) query = NULL;
	guint64 page_size = mdv_document_page_size(mdv_view_document(self->view));

	if (sql)
		query = anz_store_query(mdv_document_store(mdv_view_document(self->view)), sql, NULL);
	for (guint n = 0; query && n < MAX_GROUPS && anz_query_next(query, NULL); n++) {
		g_autofree char *size = mdv_words_size((guint64)anz_query_int(query, 2) * page_size);
		g_autofree char *words = g_strdup_printf("%s, %s", anz_query_text(query, 1), size);

		add_row(self, anz_palette_owner_colour(style->palette, (guint32)anz_query_int(query, 0)),
			ANZ_PATTERN_NONE, words);
	}
}

/* HEAT and ANY ask for the classes that are shown, and for the broken ones while all are. */
static gboolean asks_for_broken(const AnzPictureStyle *style)
{
	return (style->mode == ANZ_CELL_HEAT || style->mode == ANZ_CELL_ANY) && !style->chosen;
}

static void update(MdvKey *self)
{
	static const char *const headings[ANZ_NR_CELL_MODES] = {
		[ANZ_CELL_MIXED] = "Mixture", [ANZ_CELL_HEAT] = "Share of the shown classes",
		[ANZ_CELL_ANY] = "Any of the shown classes", [ANZ_CELL_OWNER] = "Owners, the largest",
		[ANZ_CELL_CGROUP] = "Control groups, the largest",
		[ANZ_CELL_FILESYSTEM] = "File systems, the largest",
		[ANZ_CELL_FRAGMENTATION] = "Pageblocks", [ANZ_CELL_CHANGE] = "Changes",
	};
	const AnzPictureStyle *style = mdv_view_style(self->view);
	MdvDocument *document = mdv_view_document(self->view);
	AnzLegendEntry entries[ANZ_LEGEND_MAX];
	GtkWidget *child;
	guint n;

	if (self->valid && style->mode == self->style.mode && !style->chosen == !self->style.chosen &&
	    style->palette == self->style.palette &&
	    !memcmp(style->colours, self->style.colours, sizeof(style->colours)))
		return;
	self->valid = TRUE;
	self->style = *style;
	while ((child = gtk_widget_get_first_child(self->list)))
		gtk_box_remove(GTK_BOX(self->list), child);
	g_ptr_array_set_size(self->words, 0);
	n = document ? anz_picture_legend(style, entries) : 0;
	gtk_widget_set_visible(GTK_WIDGET(self), n > 0);
	if (!n)
		return;
	gtk_label_set_text(GTK_LABEL(self->heading), asks_for_broken(style) ? "Broken pages" :
			   headings[style->mode]);
	gtk_widget_set_tooltip_text(self->heading, asks_for_broken(style) ?
				    "hwpoison, unreadable and unknown-type" : NULL);
	add_groups(self, style);
	for (guint i = 0; i < n; i++)
		add_row(self, entries[i].colour, entries[i].pattern, entries[i].words);
	if (asks_for_broken(style))
		add_words(self, "hide classes to ask for others");
}

static void document_changed(MdvKey *self)
{
	self->valid = FALSE;
	update(self);
}

guint mdv_key_n_rows(MdvKey *self)
{
	return self->words->len;
}

const char *mdv_key_words(MdvKey *self, guint row)
{
	return row < self->words->len ? g_ptr_array_index(self->words, row) : NULL;
}

static void mdv_key_dispose(GObject *object)
{
	MdvKey *self = MDV_KEY(object);

	g_clear_pointer(&self->box, gtk_widget_unparent);
	g_clear_pointer(&self->words, g_ptr_array_unref);
	g_clear_object(&self->view);
	G_OBJECT_CLASS(mdv_key_parent_class)->dispose(object);
}

static void mdv_key_class_init(MdvKeyClass *klass)
{
	G_OBJECT_CLASS(klass)->dispose = mdv_key_dispose;
	gtk_widget_class_set_layout_manager_type(GTK_WIDGET_CLASS(klass), GTK_TYPE_BIN_LAYOUT);
	gtk_widget_class_set_css_name(GTK_WIDGET_CLASS(klass), "key");
	gtk_widget_class_set_accessible_role(GTK_WIDGET_CLASS(klass), GTK_ACCESSIBLE_ROLE_GROUP);
}

static void mdv_key_init(MdvKey *self)
{
	self->words = g_ptr_array_new_with_free_func(g_free);
	self->box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 2);
	self->heading = gtk_label_new("");
	self->list = gtk_box_new(GTK_ORIENTATION_VERTICAL, 2);
	gtk_label_set_xalign(GTK_LABEL(self->heading), 0);
	gtk_widget_add_css_class(self->heading, "heading");
	gtk_box_append(GTK_BOX(self->box), self->heading);
	gtk_box_append(GTK_BOX(self->box), self->list);
	gtk_widget_set_margin_start(self->box, 6);
	gtk_widget_set_margin_end(self->box, 6);
	gtk_widget_set_margin_bottom(self->box, 4);
	gtk_widget_set_parent(self->box, GTK_WIDGET(self));
	gtk_widget_set_visible(GTK_WIDGET(self), FALSE);
	gtk_accessible_update_property(GTK_ACCESSIBLE(self), GTK_ACCESSIBLE_PROPERTY_LABEL,
				       "What colours mean in this mode", -1);
}

GtkWidget *mdv_key_new(MdvView *view)
{
	MdvKey *self = g_object_new(MDV_TYPE_KEY, NULL);

	self->view = g_object_ref(view);
	g_signal_connect_object(view, "document", G_CALLBACK(document_changed), self, G_CONNECT_SWAPPED);
	g_signal_connect_object(view, "picture", G_CALLBACK(update), self, G_CONNECT_SWAPPED);
	return GTK_WIDGET(self);
}
