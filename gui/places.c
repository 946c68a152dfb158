/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "places.h"

#include "bookmarks.h"
#include "words.h"

struct _MdvPlaces {
	GtkWidget parent;
	MdvView *view;
	MdvDocument *document;	/* whose they are; the view may have gone on to another one */
	GtkWidget *scroller, *list, *hint;
	GArray *bookmarks;	/* of MdvBookmark */
	gboolean filling;	/* entries come and go: what they say is not the user's */
};

G_DEFINE_FINAL_TYPE(MdvPlaces, mdv_places, GTK_TYPE_WIDGET)

static guint failed_signal;

static MdvBookmark *bookmark_at(MdvPlaces *self, guint i)
{
	return &g_array_index(self->bookmarks, MdvBookmark, i);
}

static guint number_of(gpointer widget)
{
	return GPOINTER_TO_UINT(g_object_get_data(G_OBJECT(widget), "place"));
}

static void save(MdvPlaces *self)
{
	g_autoptr(GError) error = NULL;

	if (!mdv_bookmarks_save(self->bookmarks, self->document, &error))
		g_signal_emit(self, failed_signal, 0, error);
}

static void on_go(GtkButton *button, MdvPlaces *self)
{
	mdv_places_go(self, number_of(button));
}

static void on_remove(GtkButton *button, MdvPlaces *self)
{
	mdv_places_remove(self, number_of(button));
}

/* Saved when it is complete: each letter would be a file written. */
static void on_note(MdvPlaces *self, GtkWidget *entry)
{
	const char *text = gtk_editable_get_text(GTK_EDITABLE(entry));
	MdvBookmark *bookmark;

	if (self->filling || number_of(entry) >= self->bookmarks->len)
		return;
	bookmark = bookmark_at(self, number_of(entry));
	if (!g_strcmp0(bookmark->note, text))
		return;
	g_free(bookmark->note);
	bookmark->note = g_strdup(text);
	save(self);
}

static void on_note_left(GtkEventControllerFocus *focus, MdvPlaces *self)
{
	on_note(self, gtk_event_controller_get_widget(GTK_EVENT_CONTROLLER(focus)));
}

static void on_note_entered(GtkEntry *entry, MdvPlaces *self)
{
	on_note(self, GTK_WIDGET(entry));
}

static GtkWidget *entry_new(MdvPlaces *self, guint i)
{
	GtkWidget *entry = gtk_entry_new();
	GtkEventController *focus = gtk_event_controller_focus_new();

	gtk_editable_set_text(GTK_EDITABLE(entry), bookmark_at(self, i)->note);
	gtk_entry_set_placeholder_text(GTK_ENTRY(entry), "Note");
	gtk_widget_set_hexpand(entry, TRUE);
	gtk_accessible_update_property(GTK_ACCESSIBLE(entry), GTK_ACCESSIBLE_PROPERTY_LABEL, "Note",
				       -1);
	g_object_set_data(G_OBJECT(entry), "place", GUINT_TO_POINTER(i));
	g_signal_connect(entry, "activate", G_CALLBACK(on_note_entered), self);
	g_signal_connect(focus, "leave", G_CALLBACK(on_note_left), self);
	gtk_widget_add_controller(entry, focus);
	return entry;
}

static GtkWidget *button_new(MdvPlaces *self, GtkWidget *button, guint i, GCallback pressed)
{
	g_object_set_data(G_OBJECT(button), "place", GUINT_TO_POINTER(i));
	gtk_button_set_has_frame(GTK_BUTTON(button), FALSE);
	g_signal_connect(button, "clicked", pressed, self);
	return button;
}

static void add_row(MdvPlaces *self, guint i)
{
	const MdvBookmark *bookmark = bookmark_at(self, i);
	guint64 page_size = mdv_document_page_size(self->document);
	g_autofree char *address = mdv_words_address(bookmark->pfn * page_size);
	g_autofree char *size = mdv_words_size(bookmark->nr_pages * page_size);
	g_autofree char *text = g_strdup_printf("%s, %s", address, size);
	GtkWidget *row = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 6);
	GtkWidget *go = gtk_button_new_with_label(text);
	GtkWidget *remove = gtk_button_new_from_icon_name("edit-delete-symbolic");

	gtk_label_set_xalign(GTK_LABEL(gtk_button_get_child(GTK_BUTTON(go))), 0);
	gtk_label_set_width_chars(GTK_LABEL(gtk_button_get_child(GTK_BUTTON(go))), 26);
	gtk_widget_set_tooltip_text(go, "Show these pages");
	gtk_widget_set_tooltip_text(remove, "Drop this bookmark");
	gtk_accessible_update_property(GTK_ACCESSIBLE(remove), GTK_ACCESSIBLE_PROPERTY_LABEL,
				       "Drop this bookmark", -1);
	gtk_box_append(GTK_BOX(row), button_new(self, go, i, G_CALLBACK(on_go)));
	gtk_box_append(GTK_BOX(row), entry_new(self, i));
	gtk_box_append(GTK_BOX(row), button_new(self, remove, i, G_CALLBACK(on_remove)));
	gtk_box_append(GTK_BOX(self->list), row);
}

static void fill(MdvPlaces *self)
{
	GtkWidget *child;

	self->filling = TRUE;
	while ((child = gtk_widget_get_first_child(self->list)))
		gtk_box_remove(GTK_BOX(self->list), child);
	for (guint i = 0; i < self->bookmarks->len; i++)
		add_row(self, i);
	self->filling = FALSE;
	gtk_widget_set_visible(self->hint, !self->bookmarks->len);
	gtk_widget_set_visible(self->scroller, self->bookmarks->len > 0);
}

/* A note that is being written is kept before its entry goes. */
static void finish_notes(MdvPlaces *self)
{
	for (GtkWidget *row = gtk_widget_get_first_child(self->list); row;
	     row = gtk_widget_get_next_sibling(row))
		on_note(self, gtk_widget_get_next_sibling(gtk_widget_get_first_child(row)));
}

/* --- handed on --- */

gboolean mdv_places_add(MdvPlaces *self, const char *note)
{
	MdvBookmark bookmark = { .zoom = mdv_view_camera(self->view)->zoom, .note = (char *)note };

	if (!mdv_view_selection(self->view, &bookmark.pfn, &bookmark.nr_pages))
		return FALSE;
	finish_notes(self);
	mdv_bookmarks_add(self->bookmarks, &bookmark);
	fill(self);
	save(self);
	return TRUE;
}

guint mdv_places_n(MdvPlaces *self)
{
	return self->bookmarks->len;
}

gboolean mdv_places_go(MdvPlaces *self, guint place)
{
	const MdvBookmark *bookmark;
	MdvCamera camera;

	if (place >= self->bookmarks->len)
		return FALSE;
	bookmark = bookmark_at(self, place);
	mdv_view_go(self->view, bookmark->pfn, bookmark->nr_pages);
	camera = *mdv_view_camera(self->view);
	camera.zoom = bookmark->zoom;
	mdv_view_set_camera(self->view, &camera);
	return TRUE;
}

gboolean mdv_places_remove(MdvPlaces *self, guint place)
{
	if (place >= self->bookmarks->len)
		return FALSE;
	finish_notes(self);
	g_array_remove_index(self->bookmarks, place);
	fill(self);
	save(self);
	return TRUE;
}

const char *mdv_places_note(MdvPlaces *self, guint place)
{
	return place < self->bookmarks->len ? bookmark_at(self, place)->note : NULL;
}

/* --- widget --- */

static void mdv_places_dispose(GObject *object)
{
	MdvPlaces *self = MDV_PLACES(object);

	g_clear_pointer(&self->scroller, gtk_widget_unparent);
	g_clear_pointer(&self->hint, gtk_widget_unparent);
	g_clear_object(&self->view);
	g_clear_object(&self->document);
	g_clear_pointer(&self->bookmarks, g_array_unref);
	G_OBJECT_CLASS(mdv_places_parent_class)->dispose(object);
}

static void mdv_places_class_init(MdvPlacesClass *klass)
{
	G_OBJECT_CLASS(klass)->dispose = mdv_places_dispose;
	gtk_widget_class_set_layout_manager_type(GTK_WIDGET_CLASS(klass), GTK_TYPE_BIN_LAYOUT);
	gtk_widget_class_set_css_name(GTK_WIDGET_CLASS(klass), "places");
	failed_signal = g_signal_new("failed", G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST, 0, NULL,
				     NULL, NULL, G_TYPE_NONE, 1,
				     G_TYPE_ERROR | G_SIGNAL_TYPE_STATIC_SCOPE);
}

static void mdv_places_init(MdvPlaces *self)
{
	self->list = gtk_box_new(GTK_ORIENTATION_VERTICAL, 2);
	gtk_widget_set_margin_start(self->list, 8);
	gtk_widget_set_margin_end(self->list, 8);
	gtk_accessible_update_property(GTK_ACCESSIBLE(self->list), GTK_ACCESSIBLE_PROPERTY_LABEL,
				       "Bookmarks", -1);
	self->scroller = gtk_scrolled_window_new();
	gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(self->scroller), self->list);
	gtk_widget_set_parent(self->scroller, GTK_WIDGET(self));
	self->hint = gtk_label_new("Ctrl+D keeps the selected pages as a bookmark.");
	gtk_widget_add_css_class(self->hint, "dim-label");
	gtk_widget_set_parent(self->hint, GTK_WIDGET(self));
}

GtkWidget *mdv_places_new(MdvView *view)
{
	MdvPlaces *self = g_object_new(MDV_TYPE_PLACES, NULL);

	self->view = g_object_ref(view);
	self->document = g_object_ref(mdv_view_document(view));
	self->bookmarks = mdv_bookmarks_load(self->document);
	fill(self);
	return GTK_WIDGET(self);
}
