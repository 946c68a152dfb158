/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The window's actions that bring something in or out: files and the clipboard. */
#include <string.h>

#include "export.h"
#include "window-private.h"
#include "words.h"

/* --- opening --- */

typedef struct {
	MdvWindow *window;
	void (*chosen)(MdvWindow *window, const char *path);
} Choice;

static void file_chosen(GtkNativeDialog *dialog, int response, Choice *choice)
{
	if (response == GTK_RESPONSE_ACCEPT) {
		g_autoptr(GFile) file = gtk_file_chooser_get_file(GTK_FILE_CHOOSER(dialog));
		g_autofree char *path = file ? g_file_get_path(file) : NULL;

		if (path)
			choice->chosen(choice->window, path);
	}
	g_object_unref(dialog);
	g_free(choice);
}

static void choose_file(MdvWindow *self, const char *title, const char *suggestion,
			void (*chosen)(MdvWindow *window, const char *path))
{
	GtkFileChooserNative *dialog = gtk_file_chooser_native_new(title, GTK_WINDOW(self),
		suggestion ? GTK_FILE_CHOOSER_ACTION_SAVE : GTK_FILE_CHOOSER_ACTION_OPEN,
		suggestion ? "_Save" : "_Open", "_Cancel");
	Choice *choice = g_new0(Choice, 1);

	choice->window = self;
	choice->chosen = chosen;
	if (suggestion)
		gtk_file_chooser_set_current_name(GTK_FILE_CHOOSER(dialog), suggestion);
	g_signal_connect(dialog, "response", G_CALLBACK(file_chosen), choice);
	gtk_native_dialog_set_modal(GTK_NATIVE_DIALOG(dialog), TRUE);
	gtk_native_dialog_show(GTK_NATIVE_DIALOG(dialog));
}

static void open_path(MdvWindow *self, const char *path)
{
	const char *const paths[] = { path, NULL };

	mdv_window_open(self, paths);
}

static void on_open(GSimpleAction *action, GVariant *parameter, gpointer data)
{
	choose_file(data, "Open an analysis or a dump", NULL, open_path);
}

static void use_types(MdvWindow *self, const char *path)
{
	g_strfreev(self->vmlinux);
	self->vmlinux = g_new0(char *, 2);
	self->vmlinux[0] = g_strdup(path);
	if (self->paths)
		mdv_window_open(self, (const char *const *)self->paths);
}

/* What was opened, or could not be, is opened again with it. */
static void on_vmlinux(GSimpleAction *action, GVariant *parameter, gpointer data)
{
	const char *path = g_variant_get_string(parameter, NULL);

	if (*path)
		use_types(data, path);
	else
		choose_file(data, "Type information of the dumped kernel", NULL, use_types);
}

static void on_compare(GSimpleAction *action, GVariant *parameter, gpointer data)
{
	choose_file(data, "Compare with an older analysis", NULL, mdv_window_compare);
}

static void on_uncompare(GSimpleAction *action, GVariant *parameter, gpointer data)
{
	mdv_window_uncompare(data);
}

static void on_snapshot(GSimpleAction *action, GVariant *parameter, gpointer data)
{
	mdv_window_show_snapshot(data, g_variant_get_int64(parameter),
				 !strcmp(g_action_get_name(G_ACTION(action)), "compare-snapshot"));
}

static void on_cancel(GSimpleAction *action, GVariant *parameter, gpointer data)
{
	mdv_window_stop_loading(data);
	mdv_window_update_states(data);
}

/* --- exporting --- */

static void png_written(GObject *source, GAsyncResult *result, gpointer data)
{
	g_autoptr(MdvWindow) self = data;
	g_autoptr(GError) error = NULL;

	self->exports--;
	if (!mdv_export_png_finish(result, &error))
		mdv_window_show_error(self, error);
}

static void export_png(MdvWindow *self, const char *path, gboolean whole)
{
	self->exports++;
	mdv_export_png_async(self->view, path, whole, NULL, png_written, g_object_ref(self));
}

static void export_view(MdvWindow *self, const char *path)
{
	export_png(self, path, FALSE);
}

static void export_whole(MdvWindow *self, const char *path)
{
	export_png(self, path, TRUE);
}

static void export_table(MdvWindow *self, const char *path)
{
	MdvSheet *sheet = mdv_drawer_current(MDV_DRAWER(self->drawer));
	g_autoptr(GError) error = NULL;

	if (sheet && !mdv_sheet_export(sheet, path, &error))
		mdv_window_show_error(self, error);
}

/* With a name, as tests and scripts give one; without, a dialog asks. */
static void on_export(GSimpleAction *action, GVariant *parameter, gpointer data)
{
	static const struct {
		const char *action, *title, *suggestion;
		void (*chosen)(MdvWindow *window, const char *path);
	} kinds[] = {
		{ "export-view", "Save what is seen (.png or .svg)", "map.png", export_view },
		{ "export-whole", "Save the whole picture (.png or .svg)", "memory.png", export_whole },
		{ "export-table", "Save the table (.csv or .json)", "table.csv", export_table },
	};
	const char *path = g_variant_get_string(parameter, NULL);

	for (guint i = 0; i < G_N_ELEMENTS(kinds); i++) {
		if (strcmp(g_action_get_name(G_ACTION(action)), kinds[i].action))
			continue;
		if (*path)
			kinds[i].chosen(data, path);
		else
			choose_file(data, kinds[i].title, kinds[i].suggestion, kinds[i].chosen);
	}
}

static void copy_text(MdvWindow *self, const char *text)
{
	gdk_clipboard_set_text(gtk_widget_get_clipboard(GTK_WIDGET(self)), text);
}

static void on_copy_address(GSimpleAction *action, GVariant *parameter, gpointer data)
{
	MdvWindow *self = data;
	g_autofree char *text = NULL;
	guint64 pfn, n;

	if (!mdv_view_selection(self->view, &pfn, &n))
		return;
	text = mdv_words_address(pfn * mdv_document_page_size(mdv_view_document(self->view)));
	copy_text(self, text);
}

static void on_copy_inspector(GSimpleAction *action, GVariant *parameter, gpointer data)
{
	MdvWindow *self = data;
	g_autofree char *json = mdv_inspector_json(MDV_INSPECTOR(self->inspector));

	copy_text(self, json);
}

static void on_copy_link(GSimpleAction *action, GVariant *parameter, gpointer data)
{
	MdvWindow *self = data;
	g_autofree char *link = mdv_window_link(self);

	if (!link)
		return;
	copy_text(self, link);
	gtk_label_set_text(GTK_LABEL(self->status),
			   "The link is in the clipboard; paste it into the search box to get here");
}

static const GActionEntry entries[] = {
	{ .name = "open", .activate = on_open },
	{ .name = "vmlinux", .activate = on_vmlinux, .parameter_type = "s" },
	{ .name = "compare", .activate = on_compare },
	{ .name = "uncompare", .activate = on_uncompare },
	{ .name = "snapshot", .activate = on_snapshot, .parameter_type = "x", .state = "int64 0" },
	{ .name = "compare-snapshot", .activate = on_snapshot, .parameter_type = "x" },
	{ .name = "cancel", .activate = on_cancel },
	{ .name = "export-view", .activate = on_export, .parameter_type = "s" },
	{ .name = "export-whole", .activate = on_export, .parameter_type = "s" },
	{ .name = "export-table", .activate = on_export, .parameter_type = "s" },
	{ .name = "copy-address", .activate = on_copy_address },
	{ .name = "copy-inspector", .activate = on_copy_inspector },
	{ .name = "copy-link", .activate = on_copy_link },
};

void mdv_window_add_file_actions(MdvWindow *self)
{
	g_action_map_add_action_entries(G_ACTION_MAP(self), entries, G_N_ELEMENTS(entries), self);
}
