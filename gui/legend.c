/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "legend.h"

#include "key.h"
#include "swatch.h"
#include "words.h"

#define ALL_CLASSES ((1u << ANZ_NR_CLASSES) - 1)

struct _MdvLegend {
	GtkWidget parent;
	MdvView *view;
	GtkWidget *scroller, *box, *list;
	GtkWidget *key;		/* what the mode's colours mean, above the classes */
	GtkWidget *swatches[ANZ_NR_CLASSES], *patterns[ANZ_NR_CLASSES], *eyes[ANZ_NR_CLASSES], *rows[ANZ_NR_CLASSES];
	gboolean updating;
};

G_DEFINE_FINAL_TYPE(MdvLegend, mdv_legend, GTK_TYPE_WIDGET)

/* HEAT and ANY ask for the classes that are shown. */
static void set_hidden(MdvView *view, guint32 hidden)
{
	AnzPictureStyle style = *mdv_view_style(view);

	style.hidden = hidden;
	style.chosen = hidden ? ~hidden & ALL_CLASSES : 0;
	mdv_view_set_style(view, &style);
}

void mdv_legend_solo(MdvView *view, AnzPageClass page_class)
{
	guint32 alone = ALL_CLASSES & ~(1u << page_class);

	set_hidden(view, mdv_view_style(view)->hidden == alone ? 0 : alone);
}

void mdv_legend_toggle(MdvView *view, AnzPageClass page_class)
{
	set_hidden(view, mdv_view_style(view)->hidden ^ 1u << page_class);
}

static GdkRGBA colour_of(MdvLegend *self, guint page_class)
{
	guint32 c = mdv_view_style(self->view)->colours[page_class];

	return (GdkRGBA){ (c >> 16 & 0xff) / 255.0f, (c >> 8 & 0xff) / 255.0f, (c & 0xff) / 255.0f,
			  1 };
}

/* Over the colour: what the palette tells the class by besides. */
static void show_pattern(MdvLegend *self, guint page_class)
{
	const AnzPictureStyle *style = mdv_view_style(self->view);
	AnzPattern pattern = anz_palette_pattern(style->palette, page_class);

	gtk_widget_set_visible(self->patterns[page_class], pattern != ANZ_PATTERN_NONE);
	if (pattern != ANZ_PATTERN_NONE)
		mdv_swatch_set(self->patterns[page_class], style->colours[page_class], pattern);
}

static void update(MdvLegend *self)
{
	guint32 hidden = mdv_view_style(self->view)->hidden;

	self->updating = TRUE;
	for (guint c = 0; c < ANZ_NR_CLASSES; c++) {
		GdkRGBA colour = colour_of(self, c);

		if (!self->rows[c])
			continue;
		gtk_color_chooser_set_rgba(GTK_COLOR_CHOOSER(self->swatches[c]), &colour);
		show_pattern(self, c);
		gtk_toggle_button_set_active(GTK_TOGGLE_BUTTON(self->eyes[c]), !(hidden >> c & 1));
		if (hidden >> c & 1)
			gtk_widget_add_css_class(self->rows[c], "dim-label");
		else
			gtk_widget_remove_css_class(self->rows[c], "dim-label");
	}
	self->updating = FALSE;
}

static guint class_of(gpointer widget)
{
	return GPOINTER_TO_UINT(g_object_get_data(G_OBJECT(widget), "page-class"));
}

static void on_eye(GtkToggleButton *eye, MdvLegend *self)
{
	if (!self->updating)
		mdv_legend_toggle(self->view, class_of(eye));
}

static void on_row(GtkButton *row, MdvLegend *self)
{
	mdv_legend_solo(self->view, class_of(row));
}

static void on_colour(GtkColorButton *button, MdvLegend *self)
{
	AnzPictureStyle style = *mdv_view_style(self->view);
	GdkRGBA c;

	if (self->updating)
		return;
	gtk_color_chooser_get_rgba(GTK_COLOR_CHOOSER(button), &c);
	style.colours[class_of(button)] = (guint32)(c.red * 255 + 0.5f) << 16 |
		(guint32)(c.green * 255 + 0.5f) << 8 | (guint32)(c.blue * 255 + 0.5f);
	mdv_view_set_style(self->view, &style);
}

static GtkWidget *label_new(const char *text, float xalign)
{
	GtkWidget *label = gtk_label_new(text);

	gtk_label_set_xalign(GTK_LABEL(label), xalign);
	gtk_widget_add_css_class(label, "numeric");
	return label;
}

/* Name on the left, size and share on the right; the whole of it a button. */
static GtkWidget *make_button(MdvLegend *self, guint c, guint64 pages, guint64 memory)
{
	const AnzPageClassInfo *info = anz_page_class_info(c);
	MdvDocument *document = mdv_view_document(self->view);
	g_autofree char *size = mdv_words_size(pages * mdv_document_page_size(document));
	g_autofree char *count = mdv_words_count(pages);
	g_autofree char *share = c == ANZ_CLASS_HOLE || !memory ? g_strdup("") :
		g_strdup_printf("%.1f%%", 100.0 * (double)pages / (double)memory);
	g_autofree char *tip = g_strdup_printf("%s: %s\n%s pages\nPress to show these alone",
					       info->name, info->meaning, count);
	g_autofree char *label = g_strdup_printf("%s, %s, %s pages %s", info->name, size, count,
						 share);
	GtkWidget *button = gtk_button_new();
	GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 4);
	GtkWidget *name = label_new(info->name, 0), *percent = label_new(share, 1);

	gtk_widget_set_hexpand(name, TRUE);
	gtk_label_set_ellipsize(GTK_LABEL(name), PANGO_ELLIPSIZE_END);
	gtk_label_set_width_chars(GTK_LABEL(percent), 5);
	gtk_widget_add_css_class(percent, "dim-label");
	gtk_box_append(GTK_BOX(box), name);
	gtk_box_append(GTK_BOX(box), label_new(size, 1));
	gtk_box_append(GTK_BOX(box), percent);
	gtk_button_set_child(GTK_BUTTON(button), box);
	gtk_button_set_has_frame(GTK_BUTTON(button), FALSE);
	gtk_widget_set_hexpand(button, TRUE);
	gtk_widget_set_tooltip_text(button, tip);
	gtk_accessible_update_property(GTK_ACCESSIBLE(button), GTK_ACCESSIBLE_PROPERTY_LABEL, label,
				       -1);
	g_object_set_data(G_OBJECT(button), "page-class", GUINT_TO_POINTER(c));
	g_signal_connect(button, "clicked", G_CALLBACK(on_row), self);
	return button;
}

static void add_row(MdvLegend *self, guint c, guint64 pages, guint64 memory)
{
	g_autofree char *colour = g_strdup_printf("Colour of %s", anz_page_class_info(c)->name);
	g_autofree char *shown = g_strdup_printf("Show %s", anz_page_class_info(c)->name);
	GtkWidget *row = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 2);
	GtkWidget *swatch = gtk_color_button_new(), *eye = gtk_toggle_button_new();
	GtkWidget *overlay = gtk_overlay_new(), *pattern = mdv_swatch_new();

	gtk_widget_set_tooltip_text(swatch, colour);
	gtk_widget_add_css_class(swatch, "swatch");
	gtk_widget_set_valign(swatch, GTK_ALIGN_CENTER);
	gtk_accessible_update_property(GTK_ACCESSIBLE(swatch), GTK_ACCESSIBLE_PROPERTY_LABEL, colour,
				       -1);
	gtk_button_set_icon_name(GTK_BUTTON(eye), "view-reveal-symbolic");
	gtk_button_set_has_frame(GTK_BUTTON(eye), FALSE);
	gtk_widget_set_tooltip_text(eye, shown);
	gtk_accessible_update_property(GTK_ACCESSIBLE(eye), GTK_ACCESSIBLE_PROPERTY_LABEL, shown, -1);
	g_object_set_data(G_OBJECT(swatch), "page-class", GUINT_TO_POINTER(c));
	g_object_set_data(G_OBJECT(eye), "page-class", GUINT_TO_POINTER(c));
	g_signal_connect(swatch, "color-set", G_CALLBACK(on_colour), self);
	g_signal_connect(eye, "toggled", G_CALLBACK(on_eye), self);
	/* presses go through to the button below */
	gtk_widget_set_can_target(pattern, FALSE);
	gtk_overlay_set_child(GTK_OVERLAY(overlay), swatch);
	gtk_overlay_add_overlay(GTK_OVERLAY(overlay), pattern);
	gtk_box_append(GTK_BOX(row), overlay);
	gtk_box_append(GTK_BOX(row), make_button(self, c, pages, memory));
	gtk_box_append(GTK_BOX(row), eye);
	gtk_box_append(GTK_BOX(self->list), row);
	self->swatches[c] = swatch;
	self->patterns[c] = pattern;
	self->eyes[c] = eye;
	self->rows[c] = row;
}

static void document_changed(MdvLegend *self)
{
	MdvDocument *document = mdv_view_document(self->view);
	GtkWidget *child;

	while ((child = gtk_widget_get_first_child(self->list)))
		gtk_box_remove(GTK_BOX(self->list), child);
	for (guint c = 0; c < ANZ_NR_CLASSES; c++)
		self->rows[c] = self->eyes[c] = self->swatches[c] = self->patterns[c] = NULL;
	for (guint c = 0; document && c < ANZ_NR_CLASSES; c++) {
		guint64 pages = mdv_document_class_pages(document, c);

		if (pages)
			add_row(self, c, pages, mdv_document_memory_pages(document));
	}
	update(self);
}

static void mdv_legend_dispose(GObject *object)
{
	MdvLegend *self = MDV_LEGEND(object);

	g_clear_pointer(&self->scroller, gtk_widget_unparent);
	g_clear_object(&self->view);
	G_OBJECT_CLASS(mdv_legend_parent_class)->dispose(object);
}

static void mdv_legend_class_init(MdvLegendClass *klass)
{
	G_OBJECT_CLASS(klass)->dispose = mdv_legend_dispose;
	gtk_widget_class_set_layout_manager_type(GTK_WIDGET_CLASS(klass), GTK_TYPE_BIN_LAYOUT);
	gtk_widget_class_set_css_name(GTK_WIDGET_CLASS(klass), "legend");
}

static void mdv_legend_init(MdvLegend *self)
{
	self->list = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
	gtk_widget_set_margin_start(self->list, 4);
	gtk_widget_set_margin_end(self->list, 4);
	self->scroller = gtk_scrolled_window_new();
	gtk_scrolled_window_set_policy(GTK_SCROLLED_WINDOW(self->scroller), GTK_POLICY_NEVER,
				       GTK_POLICY_AUTOMATIC);
	self->box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 4);
	gtk_box_append(GTK_BOX(self->box), self->list);
	gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(self->scroller), self->box);
	gtk_widget_set_vexpand(self->scroller, TRUE);
	gtk_widget_set_vexpand(GTK_WIDGET(self), TRUE);
	gtk_widget_set_parent(self->scroller, GTK_WIDGET(self));
	gtk_accessible_update_property(GTK_ACCESSIBLE(self), GTK_ACCESSIBLE_PROPERTY_LABEL, "Legend",
				       -1);
}

GtkWidget *mdv_legend_new(MdvView *view)
{
	MdvLegend *self = g_object_new(MDV_TYPE_LEGEND, NULL);

	self->view = g_object_ref(view);
	self->key = mdv_key_new(view);
	gtk_box_prepend(GTK_BOX(self->box), self->key);
	g_signal_connect_object(view, "document", G_CALLBACK(document_changed), self,
				G_CONNECT_SWAPPED);
	g_signal_connect_object(view, "picture", G_CALLBACK(update), self, G_CONNECT_SWAPPED);
	return GTK_WIDGET(self);
}

GtkWidget *mdv_legend_key(MdvLegend *self)
{
	return self->key;
}
