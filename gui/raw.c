/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "raw.h"

#include <string.h>

#include "dump.h"
#include "words.h"

#define BYTES_A_LINE 8

struct _MdvRaw {
	GtkWidget parent;
	MdvView *view;
	GtkWidget *expander, *box, *note, *grid;
	GtkWidget *heads[2], *dumps[2];		/* struct page, content */
	GPtrArray *lines;			/* as shown */
	MdvDump *dump;				/* NULL: nothing was asked of this document's yet */
	GCancellable *cancellable;		/* NULL: nothing is being read */
	int n_rows;
};

G_DEFINE_FINAL_TYPE(MdvRaw, mdv_raw, GTK_TYPE_WIDGET)

static void show_note(MdvRaw *self, const char *text)
{
	gtk_label_set_text(GTK_LABEL(self->note), text);
	gtk_widget_set_visible(self->note, *text != 0);
}

static void clear(MdvRaw *self)
{
	GtkWidget *child;

	while ((child = gtk_widget_get_first_child(self->grid)))
		gtk_grid_remove(GTK_GRID(self->grid), child);
	for (guint i = 0; i < G_N_ELEMENTS(self->dumps); i++) {
		gtk_widget_set_visible(self->heads[i], FALSE);
		gtk_widget_set_visible(self->dumps[i], FALSE);
	}
	g_ptr_array_set_size(self->lines, 0);
	self->n_rows = 0;
}

/* --- what was read --- */

static GtkWidget *cell_new(const char *text, const char *class_name)
{
	GtkWidget *label = gtk_label_new(text);

	gtk_label_set_xalign(GTK_LABEL(label), 0);
	gtk_label_set_yalign(GTK_LABEL(label), 0);
	gtk_label_set_wrap(GTK_LABEL(label), TRUE);
	gtk_label_set_wrap_mode(GTK_LABEL(label), PANGO_WRAP_WORD_CHAR);
	gtk_widget_add_css_class(label, class_name);
	return label;
}

/* "bits 0-3, type: 5 (Slab)" */
static void add_line(MdvRaw *self, const char *line)
{
	const char *colon = strstr(line, ": ");
	g_autofree char *name = colon ? g_strndup(line, (gsize)(colon - line)) : g_strdup("");
	GtkWidget *key = cell_new(name, "dim-label"), *value;

	value = cell_new(colon ? colon + 2 : line, strcmp(name, "in binary") ? "numeric" : "bytes");
	gtk_label_set_max_width_chars(GTK_LABEL(key), 16);
	gtk_label_set_selectable(GTK_LABEL(value), TRUE);
	gtk_widget_set_can_focus(value, FALSE);
	gtk_widget_set_hexpand(value, TRUE);
	gtk_grid_attach(GTK_GRID(self->grid), key, 0, self->n_rows, 1, 1);
	gtk_grid_attach(GTK_GRID(self->grid), value, 1, self->n_rows++, 1, 1);
	g_ptr_array_add(self->lines, g_strdup(line));
}

static void show_dump(MdvRaw *self, guint which, const char *text)
{
	gtk_widget_set_visible(self->heads[which], TRUE);
	gtk_widget_set_visible(self->dumps[which], TRUE);
	gtk_label_set_text(GTK_LABEL(self->dumps[which]), text);
	g_ptr_array_add(self->lines, g_strdup(text));
}

static void show_words(MdvRaw *self, const MdvPageBytes *bytes)
{
	g_autoptr(GString) text = g_string_new(NULL);

	for (guint i = 0; i < bytes->n_words; i++)
		g_string_append_printf(text, "%s+0x%02x  %016" G_GINT64_MODIFIER "x", i ? "\n" : "",
				       i * 8, bytes->words[i]);
	show_dump(self, 0, bytes->n_words ? text->str : "not in the dump");
}

static void show_content(MdvRaw *self, const MdvPageBytes *bytes)
{
	g_autoptr(GString) text = g_string_new(NULL);

	for (gsize i = 0; i < bytes->n_content; i += BYTES_A_LINE) {
		gsize n = MIN(BYTES_A_LINE, bytes->n_content - i);

		g_string_append_printf(text, "%s%03x ", i ? "\n" : "", (guint)i);
		for (gsize j = 0; j < n; j++)
			g_string_append_printf(text, " %02x", bytes->content[i + j]);
		g_string_append_printf(text, "%*s", (int)(BYTES_A_LINE - n) * 3 + 2, "");
		for (gsize j = 0; j < n; j++)
			g_string_append_c(text, g_ascii_isprint(bytes->content[i + j]) ?
					  (char)bytes->content[i + j] : '.');
	}
	show_dump(self, 1, bytes->n_content ? text->str : "not in the dump");
}

static void bytes_read(GObject *source, GAsyncResult *result, gpointer data)
{
	g_autoptr(MdvRaw) self = data;
	g_autoptr(GError) error = NULL;
	g_autoptr(MdvPageBytes) bytes = mdv_dump_read_finish(result, &error);

	if (!self->cancellable || g_task_get_cancellable(G_TASK(result)) != self->cancellable)
		return;		/* another page was selected meanwhile */
	g_clear_object(&self->cancellable);
	if (!bytes) {
		g_autofree char *words = mdv_words_error(error);

		show_note(self, words);
		return;
	}
	show_note(self, "");
	for (char **line = bytes->lines; *line; line++)
		add_line(self, *line);
	show_words(self, bytes);
	show_content(self, bytes);
}

static void update(MdvRaw *self)
{
	guint64 pfn, n;
	gboolean one = mdv_view_document(self->view) &&
		mdv_view_selection(self->view, &pfn, &n) && n == 1;

	if (self->cancellable)
		g_cancellable_cancel(self->cancellable);
	g_clear_object(&self->cancellable);
	gtk_widget_set_visible(GTK_WIDGET(self), one);
	clear(self);
	if (!one || !mdv_raw_is_unfolded(self))
		return;
	if (!self->dump)
		self->dump = mdv_dump_new(mdv_view_document(self->view));
	self->cancellable = g_cancellable_new();
	show_note(self, "Reading the dump \342\200\246");
	mdv_dump_read_async(self->dump, pfn, self->cancellable, bytes_read, g_object_ref(self));
}

static void forget_dump(MdvRaw *self)
{
	if (self->dump)
		mdv_dump_stop(self->dump);
	g_clear_object(&self->dump);
}

static void document_changed(MdvRaw *self)
{
	forget_dump(self);
	update(self);
}

/* --- handed on --- */

gboolean mdv_raw_is_unfolded(MdvRaw *self)
{
	return gtk_expander_get_expanded(GTK_EXPANDER(self->expander));
}

void mdv_raw_set_unfolded(MdvRaw *self, gboolean unfolded)
{
	gtk_expander_set_expanded(GTK_EXPANDER(self->expander), unfolded);
}

gboolean mdv_raw_is_busy(MdvRaw *self)
{
	return self->cancellable != NULL;
}

char *mdv_raw_text(MdvRaw *self)
{
	GString *text = g_string_new(gtk_label_get_text(GTK_LABEL(self->note)));

	for (guint i = 0; i < self->lines->len; i++)
		g_string_append_printf(text, "%s\n", (char *)g_ptr_array_index(self->lines, i));
	return g_string_free(text, FALSE);
}

/* --- widget --- */

static void mdv_raw_dispose(GObject *object)
{
	MdvRaw *self = MDV_RAW(object);

	if (self->cancellable)
		g_cancellable_cancel(self->cancellable);
	g_clear_object(&self->cancellable);
	forget_dump(self);
	g_clear_pointer(&self->expander, gtk_widget_unparent);
	g_clear_object(&self->view);
	g_clear_pointer(&self->lines, g_ptr_array_unref);
	G_OBJECT_CLASS(mdv_raw_parent_class)->dispose(object);
}

static void mdv_raw_class_init(MdvRawClass *klass)
{
	G_OBJECT_CLASS(klass)->dispose = mdv_raw_dispose;
	gtk_widget_class_set_layout_manager_type(GTK_WIDGET_CLASS(klass), GTK_TYPE_BIN_LAYOUT);
}

static void mdv_raw_init(MdvRaw *self)
{
	static const char *const titles[] = { "Struct page", "Content" };

	self->lines = g_ptr_array_new_with_free_func(g_free);
	self->note = cell_new("", "dim-label");
	gtk_widget_set_visible(self->note, FALSE);
	self->grid = gtk_grid_new();
	gtk_grid_set_column_spacing(GTK_GRID(self->grid), 10);
	gtk_grid_set_row_spacing(GTK_GRID(self->grid), 3);
	self->box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 4);
	gtk_box_append(GTK_BOX(self->box), self->note);
	gtk_box_append(GTK_BOX(self->box), self->grid);
	for (guint i = 0; i < G_N_ELEMENTS(titles); i++) {
		self->heads[i] = cell_new(titles[i], "dim-label");
		self->dumps[i] = gtk_label_new("");
		gtk_label_set_xalign(GTK_LABEL(self->dumps[i]), 0);
		gtk_label_set_selectable(GTK_LABEL(self->dumps[i]), TRUE);
		gtk_widget_set_can_focus(self->dumps[i], FALSE);
		gtk_widget_add_css_class(self->dumps[i], "bytes");
		gtk_box_append(GTK_BOX(self->box), self->heads[i]);
		gtk_box_append(GTK_BOX(self->box), self->dumps[i]);
	}
	self->expander = gtk_expander_new("Bytes in the dump");
	gtk_expander_set_child(GTK_EXPANDER(self->expander), self->box);
	g_signal_connect_object(self->expander, "notify::expanded", G_CALLBACK(update), self,
				G_CONNECT_SWAPPED);
	gtk_widget_set_parent(self->expander, GTK_WIDGET(self));
	gtk_widget_set_visible(GTK_WIDGET(self), FALSE);
}

GtkWidget *mdv_raw_new(MdvView *view)
{
	MdvRaw *self = g_object_new(MDV_TYPE_RAW, NULL);

	self->view = g_object_ref(view);
	g_signal_connect_object(view, "selection", G_CALLBACK(update), self, G_CONNECT_SWAPPED);
	g_signal_connect_object(view, "document", G_CALLBACK(document_changed), self,
				G_CONNECT_SWAPPED);
	return GTK_WIDGET(self);
}
