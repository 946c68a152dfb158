/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the window shows as a link, and a link as what the window shows.  The file is opened first, then
 * what it is compared with, then the rest is as the link says; each step begins when the one before has
 * ended.
 */
#include <math.h>
#include <string.h>

#include "window-private.h"

/* --- to a link --- */

/* "live" and the like are no files, and stay as they are. */
static char *full_path(const char *path)
{
	return g_file_test(path, G_FILE_TEST_EXISTS) ? g_canonicalize_filename(path, NULL) : g_strdup(path);
}

static char **full_paths(char *const *paths)
{
	g_autoptr(GStrvBuilder) all = g_strv_builder_new();

	for (; *paths; paths++) {
		g_autofree char *path = full_path(*paths);

		g_strv_builder_add(all, path);
	}
	return g_strv_builder_end(all);
}

/* Of a file with several, the one that is shown; a link may be followed when there are more. */
static gint64 snapshot_of(MdvDocument *document)
{
	return mdv_document_n_snapshots(document) > 1 ? anz_store_snapshot(mdv_document_store(document)) : 0;
}

/* What is there of a dump that is still being read has a place in it, too. %NULL if nothing is there. */
static AnzView *describe(MdvWindow *self)
{
	MdvDocument *document = mdv_view_document(self->view), *other = mdv_view_other(self->view);
	MdvView *sketched = mdv_window_sketched(self);
	AnzView *view;

	if (!sketched && (!document || !self->shown))
		return NULL;
	view = mdv_view_describe(sketched ? sketched : self->view);
	view->paths = full_paths(sketched ? self->paths : self->shown);
	if (sketched)
		return view;
	view->snapshot = snapshot_of(document);
	if (other) {
		view->other = full_path(mdv_document_origin(other));
		view->other_snapshot = snapshot_of(other);
	}
	return view;
}

char *mdv_window_link(MdvWindow *self)
{
	g_autoptr(AnzView) view = describe(self);

	return view ? anz_view_text(view) : NULL;
}

/* --- from a link --- */

static gboolean same_files(AnzView *now, const AnzView *wanted)
{
	g_auto(GStrv) paths = full_paths(wanted->paths);

	return g_strv_equal((const char *const *)now->paths, (const char *const *)paths) &&
		(!wanted->snapshot || now->snapshot == wanted->snapshot || (!now->snapshot && wanted->snapshot == 1));
}

static gboolean same_other(MdvWindow *self, const AnzView *wanted)
{
	MdvDocument *other = mdv_view_other(self->view);
	g_autofree char *path = full_path(wanted->other);
	g_autofree char *there = other ? full_path(mdv_document_origin(other)) : NULL;

	return !g_strcmp0(path, there) && (!wanted->other_snapshot ||
		anz_store_snapshot(mdv_document_store(other)) == wanted->other_snapshot);
}

static void light(MdvWindow *self, const char *text)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *sql = NULL;
	AnzSearch search;

	mdv_window_set_search_text(self, text ?: "");
	if (!text) {
		mdv_view_set_lit(self->view, NULL, NULL, NULL);
		return;
	}
	if (!anz_search_parse(mdv_document_store(mdv_view_document(self->view)), text, &search, &error)) {
		mdv_window_show_error(self, error);
		return;
	}
	sql = search.kind != ANZ_SEARCH_ADDRESS ? g_strdup(search.sql) :
		g_strdup_printf("SELECT %" G_GUINT64_FORMAT " AS pfn", search.pfn);
	if (search.kind != ANZ_SEARCH_NOTHING)
		mdv_window_light(self, sql, search.words, text);
	anz_search_clear(&search);
}

void mdv_window_light_again(MdvWindow *self)
{
	g_autofree char *wanted = g_steal_pointer(&self->wanted_search);
	g_autofree char *now = g_strdup(mdv_view_lit_search(self->view));
	AnzSearch search;

	if (wanted) {
		light(self, wanted);
	} else if (now && anz_search_parse(mdv_document_store(mdv_view_document(self->view)), now, &search, NULL)) {
		mdv_window_light(self, self->matches ? search.sql : NULL, mdv_view_lit_words(self->view), now);
		anz_search_clear(&search);
	}
}

/* What is to be lit of a preview waits: most of what can be searched for is not known yet. */
static void apply(MdvWindow *self, const AnzView *view)
{
	g_autoptr(GError) error = NULL;

	mdv_window_keep_own_looks(self);
	if (!mdv_view_show(self->view, view, &error))
		mdv_window_show_error(self, error);
	mdv_window_apply_palette(self);
	mdv_window_note_linked_looks(self);
	g_free(self->wanted_search);
	self->wanted_search = self->partly ? g_strdup(view->search) : NULL;
	if (!self->wanted_search)
		light(self, view->search);
	mdv_window_update_states(self);
}

void mdv_window_follow_link_partly(MdvWindow *self)
{
	g_autoptr(AnzView) wanted = NULL;

	if (!self->wanted || self->wanted->other)
		return;
	wanted = g_steal_pointer(&self->wanted);
	apply(self, wanted);
}

void mdv_window_follow_link(MdvWindow *self, gboolean failed)
{
	g_autoptr(AnzView) wanted = g_steal_pointer(&self->wanted);
	MdvDocument *document = mdv_view_document(self->view);

	if (!wanted || (failed && !self->wanted_other))
		return;
	if (failed) {
		/* there is nothing to compare with, but the rest can be seen */
		g_clear_pointer(&wanted->other, g_free);
		if (wanted->style.mode == ANZ_CELL_CHANGE)
			wanted->style.mode = ANZ_CELL_DOMINANT;
	} else if (wanted->other && !same_other(self, wanted)) {
		const char *const paths[] = { wanted->other, NULL };

		self->wanted_other = TRUE;
		mdv_window_begin(self, paths, wanted->other_snapshot, TRUE);
		self->wanted = g_steal_pointer(&wanted);
		return;
	}
	if (!wanted->other && mdv_view_other(self->view))
		mdv_window_uncompare(self);
	if (document)
		apply(self, wanted);
}

void mdv_window_go_to_link(MdvWindow *self, const char *text)
{
	g_autoptr(GError) error = NULL;
	AnzView *view = anz_view_parse(text, &error);

	if (view)
		mdv_window_show_view(self, view);
	else
		mdv_window_show_error(self, error);
}

void mdv_window_show_view(MdvWindow *self, AnzView *view)
{
	g_autoptr(AnzView) now = describe(self);
	gboolean same = now && (!view->paths || same_files(now, view));

	if (!view->paths && !now) {
		g_autoptr(GError) error = g_error_new(ANZ_ERROR, ANZ_ERROR_ARGUMENT,
			"the view names no file, and none is open; open it first");

		mdv_window_show_error(self, error);
		anz_view_free(view);
		return;
	}
	if (same && (self->partly || mdv_window_sketched(self))) {
		anz_view_free(self->wanted);
		self->wanted = view;
		if (self->partly)
			mdv_window_follow_link_partly(self);
		return;
	}
	mdv_window_stop_loading(self);
	mdv_window_clear_error(self);
	self->wanted_other = FALSE;
	if (!same) {
		mdv_window_open_snapshot(self, (const char *const *)view->paths, view->snapshot);
		self->wanted = view;
		return;
	}
	self->wanted = view;
	mdv_window_follow_link(self, FALSE);
}
