/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "commands.h"

#include <string.h>

static const char *action_of(GtkListBoxRow *row)
{
	return g_object_get_data(G_OBJECT(row), "detailed-action");
}

static gboolean matches(GtkListBoxRow *row, gpointer data)
{
	g_autofree char *typed = g_utf8_casefold(gtk_editable_get_text(data), -1);
	GtkWidget *label = gtk_widget_get_first_child(gtk_list_box_row_get_child(row));
	g_autofree char *words = g_utf8_casefold(gtk_label_get_text(GTK_LABEL(label)), -1);

	return strstr(words, typed) != NULL;
}

/* The list goes first: what an action does may need the focus back in the window. */
static void run_row(GtkListBox *list, GtkListBoxRow *row, GtkWindow *window)
{
	GtkWidget *parent = GTK_WIDGET(gtk_window_get_transient_for(window));
	g_autofree char *detailed = g_strdup(action_of(row)), *name = NULL;
	g_autoptr(GVariant) target = NULL;

	gtk_window_destroy(window);
	if (g_action_parse_detailed_name(detailed, &name, &target, NULL))
		gtk_widget_activate_action_variant(parent, name, target);
}

static void typed(GtkEditable *entry, GtkListBox *list)
{
	gtk_list_box_invalidate_filter(list);
}

static void entered(GtkSearchEntry *entry, GtkListBox *list)
{
	for (int i = 0;; i++) {
		GtkListBoxRow *row = gtk_list_box_get_row_at_index(list, i);

		if (!row)
			return;
		if (gtk_widget_get_child_visible(GTK_WIDGET(row))) {
			g_signal_emit_by_name(list, "row-activated", row);
			return;
		}
	}
}

static GtkWidget *keys_label(const char *keys)
{
	g_autofree char *words = NULL;
	GdkModifierType state = 0;
	GtkWidget *label;
	guint key = 0;

	if (*keys && gtk_accelerator_parse(keys, &key, &state))
		words = gtk_accelerator_get_label(key, state);
	label = gtk_label_new(words);
	gtk_widget_add_css_class(label, "dim-label");
	return label;
}

static void append(GtkListBox *list, const char *words, const char *detailed, const char *keys)
{
	GtkWidget *row = gtk_list_box_row_new(), *label = gtk_label_new(words);
	GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 8);

	gtk_label_set_xalign(GTK_LABEL(label), 0);
	gtk_widget_set_hexpand(label, TRUE);
	gtk_box_append(GTK_BOX(box), label);
	gtk_box_append(GTK_BOX(box), keys_label(keys));
	gtk_widget_set_margin_start(box, 8);
	gtk_widget_set_margin_end(box, 8);
	gtk_widget_set_margin_top(box, 3);
	gtk_widget_set_margin_bottom(box, 3);
	gtk_list_box_row_set_child(GTK_LIST_BOX_ROW(row), box);
	g_object_set_data_full(G_OBJECT(row), "detailed-action", g_strdup(detailed), g_free);
	gtk_list_box_append(list, row);
}

void mdv_commands_show(GtkWindow *parent, const char *const *commands)
{
	GtkWidget *window = gtk_window_new(), *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 6);
	GtkWidget *entry = gtk_search_entry_new(), *scroller = gtk_scrolled_window_new();
	GtkWidget *list = gtk_list_box_new();

	for (; commands[0]; commands += 3)
		append(GTK_LIST_BOX(list), commands[0], commands[1], commands[2]);
	gtk_list_box_set_filter_func(GTK_LIST_BOX(list), matches, entry, NULL);
	gtk_accessible_update_property(GTK_ACCESSIBLE(list), GTK_ACCESSIBLE_PROPERTY_LABEL,
				       "Commands", -1);
	g_signal_connect(list, "row-activated", G_CALLBACK(run_row), window);
	g_signal_connect(entry, "changed", G_CALLBACK(typed), list);
	g_signal_connect(entry, "activate", G_CALLBACK(entered), list);
	g_signal_connect_swapped(entry, "stop-search", G_CALLBACK(gtk_window_destroy), window);
	gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(scroller), list);
	gtk_widget_set_vexpand(scroller, TRUE);
	gtk_box_append(GTK_BOX(box), entry);
	gtk_box_append(GTK_BOX(box), scroller);
	gtk_window_set_child(GTK_WINDOW(window), box);
	gtk_window_set_title(GTK_WINDOW(window), "Commands");
	gtk_window_set_transient_for(GTK_WINDOW(window), parent);
	gtk_window_set_modal(GTK_WINDOW(window), TRUE);
	gtk_window_set_default_size(GTK_WINDOW(window), 420, 380);
	gtk_window_present(GTK_WINDOW(window));
	gtk_widget_grab_focus(entry);
}
