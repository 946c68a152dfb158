/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "map-view.h"

#include "verbs.h"

AnzView *map_view_read(const Args *args, GError **error)
{
	g_autoptr(GError) err = NULL;
	AnzView *view = args->view ? anz_view_parse(args->view, &err) : anz_view_new();

	if (!view) {
		g_set_error(error, CLI_ERROR, CLI_ERROR_USAGE, "--view: %s", err->message);
		return NULL;
	}
	if (args->search) {
		g_free(view->search);
		view->search = g_strdup(args->search);
	}
	return view;
}

gboolean map_view_open(Args *args, const AnzView *view, Source **source, Source **other, GError **error)
{
	char **words = args->n_words ? args->words : view->paths;
	gint64 snapshot = args->snapshot;

	if (!words) {
		g_set_error(error, CLI_ERROR, CLI_ERROR_USAGE, "nothing was named to work on: memdesc map %s",
			    args->view ? "--view LINK SOURCE..., for the link names no file" : "SOURCE...");
		return FALSE;
	}
	if (args->snapshot < 0 && view->snapshot)
		args->snapshot = view->snapshot;
	*source = source_open(args, words, g_strv_length(words), error);
	if (*source && other && view->other) {
		char *paths[] = { view->other, NULL };

		args->snapshot = view->other_snapshot ? view->other_snapshot : -1;
		*other = source_open(args, paths, 1, error);
	}
	args->snapshot = snapshot;
	return *source && (!other || !view->other || *other);
}

static void without_folder(char **path)
{
	char *name = *path ? g_path_get_basename(*path) : NULL;

	g_free(*path);
	*path = name;
}

char *map_view_link(const Args *args, const AnzView *view)
{
	g_autofree char *text = anz_view_text(view);
	g_autoptr(AnzView) copy = anz_view_parse(text, NULL);

	if (args->n_words) {
		g_strfreev(copy->paths);
		copy->paths = g_strdupv(args->words);
	}
	if (args->snapshot >= 0)
		copy->snapshot = args->snapshot;
	for (char **path = copy->paths; path && *path; path++)
		without_folder(path);
	without_folder(&copy->other);
	return anz_view_text(copy);
}
