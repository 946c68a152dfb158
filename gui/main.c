/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* memdesc-viewer: the picture of all physical memory. */
#include <locale.h>
#include <stdlib.h>

#include <gio/gio.h>
#include <glib-unix.h>
#include <signal.h>

#include "window.h"

static struct {
	char **vmlinux;
	char *vmcoreinfo;
	char *compare;
	char *search;
	char *view;
	char *screenshot;
	char *size;
	char **actions;
	gboolean force;
	gboolean version;
	char **paths;
} options;

static AnzView *linked;		/* what is to be shown first; NULL: nothing is said of it */

static const GOptionEntry entries[] = {
	{ "vmlinux", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &options.vmlinux,
	  "Type information (DWARF) of the dumped kernel; may be given more than once", "FILE" },
	{ "vmcoreinfo", 0, 0, G_OPTION_ARG_FILENAME, &options.vmcoreinfo,
	  "VMCOREINFO text for a dump that has none", "FILE" },
	{ "force", 0, 0, G_OPTION_ARG_NONE, &options.force,
	  "Go on when the type information belongs to another build of the kernel", NULL },
	{ "compare", 0, 0, G_OPTION_ARG_FILENAME, &options.compare,
	  "Compare with this older analysis", "FILE" },
	{ "view", 0, 0, G_OPTION_ARG_STRING, &options.view,
	  "Show what a link says, of FILE if one is named", "LINK" },
	{ "search", 0, 0, G_OPTION_ARG_STRING, &options.search,
	  "Search for an address, class, flag or owner", "TEXT" },
	{ "action", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options.actions,
	  "Activate an action of the window, such as palette('light') or border-block; may be "
	  "given more than once", "ACTION" },
	{ "screenshot", 0, 0, G_OPTION_ARG_FILENAME, &options.screenshot,
	  "Save the window's picture as PNG and leave", "FILE" },
	{ "size", 0, 0, G_OPTION_ARG_STRING, &options.size, "Size of the window", "WxH" },
	{ "version", 0, 0, G_OPTION_ARG_NONE, &options.version, "Print the version", NULL },
	{ G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &options.paths, NULL, NULL },
	{ NULL }
};

/* What is still to be done once what was begun has ended. */
typedef struct {
	MdvWindow *window;	/* NULL: it was closed */
	guint step, quiet;
	int status;
} Script;

static gboolean activate_detailed(MdvWindow *window, const char *detailed)
{
	g_autofree char *name = NULL;
	g_autoptr(GVariant) target = NULL;
	g_autoptr(GError) error = NULL;

	if (g_action_parse_detailed_name(detailed, &name, &target, &error) &&
	    g_action_group_has_action(G_ACTION_GROUP(window), name)) {
		g_action_group_activate_action(G_ACTION_GROUP(window), name, target);
		return TRUE;
	}
	g_printerr("memdesc-viewer: there is no action %s\n", detailed);
	return FALSE;
}

static void take_screenshot(Script *script)
{
	g_autoptr(GError) error = NULL;

	if (*mdv_window_error(script->window)) {
		g_printerr("memdesc-viewer: %s\n", mdv_window_error(script->window));
		script->status = 1;
	} else if (!mdv_window_screenshot(script->window, options.screenshot, &error)) {
		g_printerr("memdesc-viewer: %s\n", error->message);
		script->status = 1;
	}
	gtk_window_destroy(GTK_WINDOW(script->window));
}

/* One step at a time, each when nothing has been under way for a few rounds. */
static gboolean go_on(gpointer data)
{
	Script *script = data;
	guint n_actions = options.actions ? g_strv_length(options.actions) : 0;
	guint step;

	if (!script->window)
		return G_SOURCE_REMOVE;
	if (mdv_window_is_busy(script->window)) {
		script->quiet = 0;
		return G_SOURCE_CONTINUE;
	}
	if (++script->quiet < 4)
		return G_SOURCE_CONTINUE;
	script->quiet = 0;
	step = script->step++;
	if (step == 0) {
		if (options.compare)
			mdv_window_compare(script->window, options.compare);
	} else if (step == 1) {
		if (options.search)
			mdv_window_search(script->window, options.search);
	} else if (step - 2 < n_actions) {
		if (!activate_detailed(script->window, options.actions[step - 2]))
			script->status = 2;
	} else {
		if (options.screenshot)
			take_screenshot(script);
		return G_SOURCE_REMOVE;
	}
	return G_SOURCE_CONTINUE;
}

static void activated(GtkApplication *application, Script *script)
{
	MdvWindow *window = mdv_window_new(application, options.screenshot ? "/dev/null" : NULL);
	const MdvLoadOptions load = { (const char *const *)options.vmlinux, options.vmcoreinfo,
				      options.force };
	int width, height;

	if (options.size && sscanf(options.size, "%dx%d", &width, &height) == 2)
		gtk_window_set_default_size(GTK_WINDOW(window), width, height);
	mdv_window_set_load_options(window, &load);
	if (linked)
		mdv_window_show_view(window, g_steal_pointer(&linked));
	else if (options.paths)
		mdv_window_open(window, (const char *const *)options.paths);
	g_set_weak_pointer(&script->window, window);
	g_timeout_add(50, go_on, script);
	gtk_window_present(GTK_WINDOW(window));
}

/* Ctrl-C and the like close the window, so that private files go with it; the next one ends it at once. */
static gboolean interrupt(Script *script, int number)
{
	script->status = 128 + number;
	if (script->window)
		gtk_window_close(GTK_WINDOW(script->window));
	return G_SOURCE_REMOVE;
}

static gboolean on_sigint(gpointer script)
{
	return interrupt(script, SIGINT);
}

static gboolean on_sigterm(gpointer script)
{
	return interrupt(script, SIGTERM);
}

static gboolean on_sighup(gpointer script)
{
	return interrupt(script, SIGHUP);
}

static void listen_to_signals(Script *script)
{
	static const struct {
		int number;
		GSourceFunc func;
	} all[] = { { SIGINT, on_sigint }, { SIGTERM, on_sigterm }, { SIGHUP, on_sighup } };

	for (guint i = 0; i < G_N_ELEMENTS(all); i++) {
		struct sigaction old;

		/* who started it may have wanted that it goes on */
		if (!sigaction(all[i].number, NULL, &old) && old.sa_handler != SIG_IGN)
			g_unix_signal_add(all[i].number, all[i].func, script);
	}
}

/* A desktop names local files by URI. */
static gboolean take_file_uris(GError **error)
{
	for (char **path = options.paths; path && *path; path++) {
		char *local;

		if (!g_str_has_prefix(*path, "file:"))
			continue;
		local = g_filename_from_uri(*path, NULL, error);
		if (!local)
			return FALSE;
		g_free(*path);
		*path = local;
	}
	return TRUE;
}

/* A link alone is as good as a file, and one beside files is about those. */
static gboolean take_link(GError **error)
{
	gboolean alone = !options.view && options.paths && anz_view_is(options.paths[0]);

	if (!options.view && !alone)
		return take_file_uris(error);
	if (alone && options.paths[1]) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_ARGUMENT,
			    "a link stands alone; --view LINK FILE shows another file so");
		return FALSE;
	}
	linked = anz_view_parse(alone ? options.paths[0] : options.view, error);
	if (!linked || !take_file_uris(error))
		return FALSE;
	if (!alone && options.paths) {
		g_strfreev(linked->paths);
		linked->paths = g_strdupv(options.paths);
	}
	if (linked->paths)
		return TRUE;
	g_set_error(error, ANZ_ERROR, ANZ_ERROR_ARGUMENT,
		    "the link names no file; name one behind it, as in --view LINK FILE");
	return FALSE;
}

static void free_options(void)
{
	anz_view_free(linked);
	g_free(options.view);
	g_strfreev(options.vmlinux);
	g_strfreev(options.actions);
	g_strfreev(options.paths);
	g_free(options.vmcoreinfo);
	g_free(options.compare);
	g_free(options.search);
	g_free(options.screenshot);
	g_free(options.size);
}

int main(int argc, char **argv)
{
	g_autoptr(GOptionContext) context =
		g_option_context_new("[FILE | VMCORE... | LINK] \342\200\223 the map of physical memory");
	g_autoptr(GtkApplication) application = NULL;
	g_autoptr(GError) error = NULL;
	Script script = { 0 };
	int status;

	setlocale(LC_ALL, "");
	g_option_context_add_main_entries(context, entries, NULL);
	if (!g_option_context_parse(context, &argc, &argv, &error)) {
		g_printerr("memdesc-viewer: %s\n", error->message);
		return 2;
	}
	if (!take_link(&error)) {
		g_printerr("memdesc-viewer: %s%s\n", error->message, anz_error_next_step(error));
		free_options();
		return 2;
	}
	if (options.version) {
		g_print("memdesc-viewer %s (library %s)\n", MEMDESC_VERSION, anz_version());
		free_options();
		return 0;
	}
	if (!gtk_init_check()) {
		g_printerr("memdesc-viewer: there is no display to open a window on; 'memdesc map' "
			   "makes the picture without one\n");
		free_options();
		return 1;
	}
	application = gtk_application_new("org.memdesc.Viewer", G_APPLICATION_NON_UNIQUE);
	g_signal_connect(application, "activate", G_CALLBACK(activated), &script);
	listen_to_signals(&script);
	status = g_application_run(G_APPLICATION(application), 0, NULL);
	g_clear_weak_pointer(&script.window);
	free_options();
	return status ? status : script.status;
}
