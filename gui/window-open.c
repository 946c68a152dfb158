/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a window does in the background: opening, comparing, searching. */
#include <string.h>

#include "changes.h"
#include "light.h"
#include "sketch.h"
#include "window-private.h"

/* --- opening --- */

typedef struct {
	MdvWindow *window;
	GCancellable *cancellable;
	GApplication *application;	/* which lives until the private files are gone */
	gboolean to_compare;
} Opening;

static void show_progress(const char *stage, guint64 done, guint64 total, gpointer data)
{
	Opening *opening = data;
	MdvWindow *self = opening->window;

	if (self->loading != opening->cancellable)
		return;
	gtk_label_set_text(GTK_LABEL(self->progress_label), stage);
	if (total)
		gtk_progress_bar_set_fraction(GTK_PROGRESS_BAR(self->progress_bar),
					      CLAMP((double)done / (double)total, 0, 1));
	else
		gtk_progress_bar_pulse(GTK_PROGRESS_BAR(self->progress_bar));
}

/* In the words of "memdesc diff". */
static void warn_of_other_machine(MdvWindow *self, MdvDocument *before)
{
	g_autofree char *why = anz_compare_machines(mdv_document_store(before),
		mdv_document_store(mdv_view_document(self->view)));
	g_autofree char *words = NULL;

	if (!why)
		return;
	words = g_strdup_printf("These are different machines (%s): that pages differ means little", why);
	mdv_window_show_warning(self, words);
}

static void set_shown(MdvWindow *self)
{
	g_strfreev(self->shown);
	self->shown = g_strdupv(self->paths);
}

static void take_document(MdvWindow *self, MdvDocument *document, gboolean to_compare)
{
	g_autoptr(GError) error = NULL;

	if (!to_compare)
		set_shown(self);
	if (*mdv_document_warning(document))
		mdv_window_show_warning(self, mdv_document_warning(document));
	if (!to_compare) {
		MdvDocument *shown = mdv_view_document(self->view);

		/* what one sees of its own preview, or of another snapshot, stays in sight */
		if (shown && mdv_document_is_preview_of(shown, document)) {
			mdv_view_refine_document(self->view, document);
			mdv_window_light_again(self);
		} else if (shown && mdv_document_is_sibling_of(shown, document)) {
			MdvCamera camera = *mdv_view_camera(self->view);

			mdv_window_uncompare(self);
			mdv_view_refine_document(self->view, document);
			mdv_view_set_camera(self->view, &camera);
			/* owners have other numbers there, pages other owners */
			mdv_view_set_lit(self->view, NULL, NULL, NULL);
		} else {
			mdv_view_set_document(self->view, document);
			mdv_view_join(self->view, mdv_sketch_view(MDV_SKETCH(self->sketch)));
		}
	} else if (!mdv_view_set_other(self->view, document, &error)) {
		mdv_window_show_error(self, error);
	} else {
		warn_of_other_machine(self, document);
		mdv_window_arrange_maps(self);
		mdv_drawer_put_widget(MDV_DRAWER(self->drawer), "changes", "Changes",
				      mdv_changes_new(self->view));
		mdv_window_update_states(self);
	}
}

/* Until there is more: the map of another dump that was open makes room. */
static void show_sketch(AnzSketch *sketch, gpointer data)
{
	Opening *opening = data;
	MdvWindow *self = opening->window;

	if (self->loading != opening->cancellable)
		return;
	mdv_sketch_set(MDV_SKETCH(self->sketch), sketch);
	mdv_window_arrange_stack(self);
	mdv_window_update_states(self);
	gtk_widget_grab_focus(GTK_WIDGET(mdv_sketch_map(MDV_SKETCH(self->sketch))));
}

static void drop_sketch(MdvWindow *self)
{
	mdv_sketch_set(MDV_SKETCH(self->sketch), NULL);
	mdv_window_arrange_stack(self);
}

static void show_preview(MdvDocument *document, gpointer data)
{
	Opening *opening = data;
	MdvWindow *self = opening->window;

	if (self->loading != opening->cancellable)
		return;
	set_shown(self);
	self->partly = TRUE;
	mdv_view_set_document(self->view, document);
	mdv_view_join(self->view, mdv_sketch_view(MDV_SKETCH(self->sketch)));
	drop_sketch(self);
	gtk_widget_grab_focus(self->map);
	mdv_window_follow_link_partly(self);
}

static void opened(GObject *source, GAsyncResult *result, gpointer data)
{
	Opening *opening = data;
	MdvWindow *self = opening->window;
	g_autoptr(GError) error = NULL;
	g_autoptr(MdvDocument) document = mdv_load_finish(result, &error);

	/* another one may have been begun meanwhile */
	if (self->loading == opening->cancellable) {
		g_clear_object(&self->loading);
		self->partly = FALSE;
		gtk_widget_set_visible(self->progress_row, FALSE);
		if (!document)
			g_clear_pointer(&self->wanted_search, g_free);
		if (document)
			take_document(self, document, opening->to_compare);
		else if (!g_error_matches(error, ANZ_ERROR, ANZ_ERROR_CANCELLED))
			mdv_window_show_error(self, error);
		drop_sketch(self);
		if (document && !opening->to_compare)
			gtk_widget_grab_focus(self->map);
		mdv_window_update_states(self);
		mdv_window_follow_link(self, document == NULL);
	}
	g_object_unref(opening->cancellable);
	g_object_unref(self);
	g_application_release(opening->application);
	g_object_unref(opening->application);
	g_free(opening);
}

void mdv_window_stop_loading(MdvWindow *self)
{
	if (!self->loading)
		return;
	g_cancellable_cancel(self->loading);
	g_clear_object(&self->loading);
	g_clear_pointer(&self->wanted, anz_view_free);
	g_clear_pointer(&self->wanted_search, g_free);
	self->partly = FALSE;
	gtk_widget_set_visible(self->progress_row, FALSE);
	drop_sketch(self);
}

void mdv_window_begin(MdvWindow *self, const char *const *paths, gint64 snapshot, gboolean to_compare)
{
	const MdvLoadOptions options = { (const char *const *)self->vmlinux, self->vmcoreinfo,
					 self->force, snapshot };
	Opening *opening = g_new0(Opening, 1);

	mdv_window_stop_loading(self);
	mdv_window_clear_error(self);
	self->loading = g_cancellable_new();
	opening->window = g_object_ref(self);
	opening->cancellable = g_object_ref(self->loading);
	opening->to_compare = to_compare;
	opening->application = g_object_ref(g_application_get_default());
	g_application_hold(opening->application);
	gtk_label_set_text(GTK_LABEL(self->progress_label), "opening");
	gtk_progress_bar_set_fraction(GTK_PROGRESS_BAR(self->progress_bar), 0);
	gtk_widget_set_visible(self->progress_row, TRUE);
	mdv_window_update_states(self);
	mdv_load_async(paths, &options, show_progress, to_compare ? NULL : show_sketch,
		       to_compare ? NULL : show_preview, self->loading, opened, opening);
}

void mdv_window_open_snapshot(MdvWindow *self, const char *const *paths, gint64 snapshot)
{
	char **copy = g_strdupv((char **)paths);	/* they may be our own */

	g_strfreev(self->paths);
	self->paths = copy;
	mdv_window_begin(self, (const char *const *)copy, snapshot, FALSE);
}

void mdv_window_open(MdvWindow *self, const char *const *paths)
{
	mdv_window_open_snapshot(self, paths, 0);
}

void mdv_window_compare(MdvWindow *self, const char *path)
{
	const char *const paths[] = { path, NULL };

	if (mdv_view_document(self->view))
		mdv_window_begin(self, paths, 0, TRUE);
}

void mdv_window_show_snapshot(MdvWindow *self, gint64 snapshot, gboolean to_compare)
{
	MdvDocument *document = mdv_view_document(self->view);
	const char *const paths[] = { document ? mdv_document_path(document) : NULL, NULL };

	if (document)
		mdv_window_begin(self, paths, snapshot, to_compare);
}

void mdv_window_set_load_options(MdvWindow *self, const MdvLoadOptions *options)
{
	g_strfreev(self->vmlinux);
	self->vmlinux = g_strdupv((char **)options->vmlinux);
	g_free(self->vmcoreinfo);
	self->vmcoreinfo = g_strdup(options->vmcoreinfo);
	self->force = options->force;
}

/* --- lighting --- */

typedef struct {
	MdvWindow *window;
	GCancellable *cancellable;
	char *sql, *words, *search;
} Lighting;

static void lit(GObject *source, GAsyncResult *result, gpointer data)
{
	Lighting *lighting = data;
	MdvWindow *self = lighting->window;
	g_autoptr(GError) error = NULL;
	g_autoptr(AnzPageSet) set = mdv_light_finish(result, &error);

	if (self->lighting == lighting->cancellable) {
		self->lighting_busy = FALSE;
		if (set && mdv_view_document(self->view) == MDV_DOCUMENT(source)) {
			if (lighting->sql) {
				self->matches = set;
				mdv_drawer_offer(MDV_DRAWER(self->drawer), "matches", "Matches", lighting->sql);
			}
			mdv_view_set_lit(self->view, set, lighting->words, lighting->search);
		} else if (error) {
			mdv_window_show_error(self, error);
		}
	}
	g_object_unref(lighting->cancellable);
	g_free(lighting->words);
	g_free(lighting->search);
	g_free(lighting->sql);
	g_object_unref(self);
	g_free(lighting);
}

void mdv_window_light(MdvWindow *self, const char *sql, const char *words, const char *search)
{
	Lighting *lighting;

	if (!mdv_view_document(self->view))
		return;
	if (self->lighting)
		g_cancellable_cancel(self->lighting);
	g_clear_object(&self->lighting);
	self->lighting = g_cancellable_new();
	self->lighting_busy = TRUE;
	lighting = g_new0(Lighting, 1);
	lighting->window = g_object_ref(self);
	lighting->cancellable = g_object_ref(self->lighting);
	lighting->words = g_strdup(words);
	lighting->sql = g_strdup(sql);
	lighting->search = search ? g_strdup(search) : g_strconcat("= ", sql, NULL);
	mdv_light_async(mdv_view_document(self->view), mdv_view_other(self->view), lighting->search,
			self->lighting, lit, lighting);
}

/* SQL of the user's own: its rows are a table, and if they have frames those are lit. */
static void show_rows(MdvWindow *self, const char *sql)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(AnzQuery) query = anz_store_query(mdv_document_store(mdv_view_document(self->view)),
						    sql, &error);
	gboolean has_pfn = FALSE;

	if (!query) {
		mdv_window_show_error(self, error);
		return;
	}
	for (guint i = 0; i < anz_query_n_columns(query); i++)
		has_pfn |= !strcmp(anz_query_column_name(query, i), "pfn");
	gtk_widget_set_visible(self->drawer, TRUE);
	mdv_drawer_put(MDV_DRAWER(self->drawer), "query", "Query", sql, NULL);
	if (has_pfn)
		mdv_window_light(self, sql, "SQL", NULL);
}

void mdv_window_search(MdvWindow *self, const char *text)
{
	MdvDocument *document = mdv_view_document(self->view);
	g_autoptr(GError) error = NULL;
	AnzSearch search;

	if (!document && !anz_view_is(text))
		return;
	mdv_window_clear_error(self);
	if (anz_view_is(text)) {
		mdv_window_go_to_link(self, text);
		return;
	}
	mdv_window_set_search_text(self, text);
	if (!anz_search_parse(mdv_document_store(document), text, &search, &error)) {
		mdv_window_show_error(self, error);
		return;
	}
	switch (search.kind) {
	case ANZ_SEARCH_ADDRESS:
		mdv_view_go(self->view, search.pfn, 1);
		break;
	case ANZ_SEARCH_PAGES:
	case ANZ_SEARCH_CHANGES:
		mdv_window_light(self, search.sql, search.words, text);
		break;
	case ANZ_SEARCH_ROWS:
		show_rows(self, search.sql);
		break;
	default:
		mdv_view_set_lit(self->view, NULL, NULL, NULL);
	}
	anz_search_clear(&search);
}
