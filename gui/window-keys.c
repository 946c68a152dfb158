/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The keys of the window's actions; those of the map's own are in map-view.c. */
#include <string.h>

#include "window-private.h"

typedef struct {
	const char *keys, *action;
	const char *text;	/* parameter of the action, if it takes one */
} Key;

/* Where an action has several, the first is the one that is shown. */
static const Key everywhere[] = {
	{ "<Control>o", "win.open" }, { "<Control>f", "win.search" },
	{ "<Control>g", "win.next-match" }, { "<Control><Shift>g", "win.previous-match" },
	{ "<Alt>Left", "win.back" }, { "<Alt>Right", "win.forward" },
	{ "<Control>plus", "win.zoom-in" }, { "<Control>equal", "win.zoom-in" },
	{ "<Control>minus", "win.zoom-out" }, { "<Control>0", "win.fit" },
	{ "F9", "win.show-legend" }, { "F10", "win.show-inspector" },
	{ "F12", "win.show-tables" }, { "F11", "win.fullscreen" },
	{ "<Control>question", "win.shortcuts" }, { "<Control><Shift>p", "win.commands" },
	{ "<Control><Shift>c", "win.copy-inspector" }, { "<Control>d", "win.bookmark", "" },
	{ "<Control>l", "win.copy-link" },
};

/* Plain letters work while the map has the focus; a text box takes them for itself. */
static const Key in_map[] = {
	{ "slash", "win.search" }, { "g", "win.search" }, { "n", "win.next-match" },
	{ "<Shift>n", "win.previous-match" }, { "Escape", "win.clear" },
	{ "b", "win.border-block" }, { "c", "win.blink" }, { "<Shift>c", "win.side-by-side" },
	{ "bracketleft", "win.previous-run" }, { "bracketright", "win.next-run" },
	{ "x", "win.bytes" }, { "<Control>c", "win.copy-address" }, { "question", "win.shortcuts" },
};

static const char *find(const Key *keys, guint n, const char *detailed)
{
	for (guint i = 0; i < n; i++) {
		g_autofree char *action = keys[i].text ?
			g_strdup_printf("%s('%s')", keys[i].action, keys[i].text) : g_strdup(keys[i].action);

		if (!strcmp(action, detailed))
			return keys[i].keys;
	}
	return NULL;
}

const char *mdv_window_keys_of(const char *detailed)
{
	return find(everywhere, G_N_ELEMENTS(everywhere), detailed) ?:
		find(in_map, G_N_ELEMENTS(in_map), detailed);
}

static GtkEventController *make_controller(const Key *keys, guint n)
{
	GtkEventController *controller = gtk_shortcut_controller_new();

	for (guint i = 0; i < n; i++) {
		GtkShortcut *shortcut = gtk_shortcut_new(gtk_shortcut_trigger_parse_string(keys[i].keys),
							 gtk_named_action_new(keys[i].action));

		if (keys[i].text)
			gtk_shortcut_set_arguments(shortcut, g_variant_new_string(keys[i].text));
		gtk_shortcut_controller_add_shortcut(GTK_SHORTCUT_CONTROLLER(controller), shortcut);
	}
	return controller;
}

void mdv_window_add_keys(MdvWindow *self)
{
	GtkEventController *window = make_controller(everywhere, G_N_ELEMENTS(everywhere));

	gtk_shortcut_controller_set_scope(GTK_SHORTCUT_CONTROLLER(window), GTK_SHORTCUT_SCOPE_GLOBAL);
	gtk_widget_add_controller(GTK_WIDGET(self), window);
	gtk_widget_add_controller(self->maps, make_controller(in_map, G_N_ELEMENTS(in_map)));
}
