/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Links to views: what is copied shows the same again, here or in another window. */
#include <glib/gstdio.h>

#include "prefs.h"
#include "session.h"

static char *link_now(Session *s)
{
	act(s, "copy-link", NULL);
	return mdv_window_link(s->window);
}

static void copied(GObject *source, GAsyncResult *result, gpointer data)
{
	*(char **)data = gdk_clipboard_read_text_finish(GDK_CLIPBOARD(source), result, NULL);
}

static char *clipboard_text(Session *s)
{
	char *text = NULL;

	gdk_clipboard_read_text_async(gtk_widget_get_clipboard(GTK_WIDGET(s->window)), NULL, copied, &text);
	while (!text)
		g_main_context_iteration(NULL, TRUE);
	return text;
}

static char *picture(Session *s)
{
	g_autofree char *path = file_in("link.png");
	g_autofree char *bytes = NULL;
	gsize size;

	act(s, "export-view", path);
	g_assert_true(g_file_get_contents(path, &bytes, &size, NULL));
	g_assert_cmpint(g_unlink(path), ==, 0);
	return g_compute_checksum_for_data(G_CHECKSUM_SHA1, (const guchar *)bytes, size);
}

/* Everything that a link says is brought out of place, and comes back with it, to the pixel. */
static void test_link(Session *s, gconstpointer data)
{
	g_autofree char *link = NULL, *pasted = NULL, *again = NULL, *before = NULL, *after = NULL, *other = NULL;
	g_autofree char *whole = NULL;
	MdvPrefs prefs;

	other = picture(s);
	search(s, "DENTRY");
	search(s, "pfn:67600");
	act(s, "palette", "light");
	act(s, "layout", "morton");
	act(s, "mode", "mixed");
	act(s, "border-block", NULL);
	act(s, "toggle-class", "file");
	act(s, "holes", NULL);
	act(s, "zoom-in", NULL);
	gtk_widget_activate_action(GTK_WIDGET(mdv_window_map(s->window)), "map.pan", "(ii)", 1, 1);
	before = picture(s);
	g_assert_cmpstr(before, !=, other);
	link = link_now(s);
	pasted = clipboard_text(s);
	g_assert_cmpstr(pasted, ==, link);
	g_assert_true(g_str_has_prefix(link, "memdesc:///"));
	g_assert_nonnull(strstr(link, "/good.memdesc?layout=morton&mode=mixed&palette=light&holes=yes&borders=block"
				"&hide=file&at="));
	g_assert_nonnull(strstr(link, "&select=67600,1&search=DENTRY"));

	/* another file, and other looks */
	open_file(s, "large.memdesc");
	act(s, "palette", "dark");
	act(s, "layout", "rows");
	act(s, "clear", NULL);
	act(s, "holes", NULL);
	/* the legend of another file may have given the map another size meanwhile */
	act(s, "fit", NULL);
	whole = link_now(s);
	g_assert_null(strstr(whole, "&at="));
	search(s, link);
	g_assert_cmpstr(mdv_window_error(s->window), ==, "");
	g_assert_cmpstr(mdv_document_title(mdv_view_document(s->view)), ==, "good.memdesc");
	again = mdv_window_link(s->window);
	g_assert_cmpstr(again, ==, link);
	after = picture(s);
	g_assert_cmpstr(after, ==, before);
	assert_selected(s, 67600, 1);
	g_assert_cmpuint(lit_count(s), ==, 2048);
	act(s, "view", whole);
	g_assert_cmpstr(mdv_document_title(mdv_view_document(s->view)), ==, "large.memdesc");
	g_assert_false(mdv_view_show_holes(s->view));

	/* what a link brought is no preference, what was chosen afterwards is */
	act(s, "view", link);
	act(s, "layout", "hilbert");
	gtk_window_close(GTK_WINDOW(s->window));
	mdv_prefs_load(&prefs, s->prefs);
	g_assert_cmpint(prefs.palette, ==, ANZ_PALETTE_DARK);
	g_assert_cmpint(prefs.curve, ==, ANZ_CURVE_HILBERT);
	g_assert_cmphex(prefs.overlays, ==, 1u << ANZ_OVERLAY_BLOCK);
	g_assert_false(prefs.holes);
}

/* What was lit by a row of a table; what is compared with; and words for what is no link. */
static void test_link_parts(Session *s, gconstpointer data)
{
	g_autofree char *older = file_in("bad.memdesc"), *link = NULL, *again = NULL, *lost = NULL;
	g_autofree char *changes = NULL, *large = file_in("large.memdesc");
	guint64 lit;

	act(s, "view", "memdesc:?zoom=-2");
	g_assert_cmpint(mdv_view_camera(s->view)->zoom, ==, -2);
	mdv_sheet_choose(sheet(s, "owners"), 1);
	settle(s);
	lit = lit_count(s);
	g_assert_cmpuint(lit, >, 0);
	mdv_window_compare(s->window, older);
	settle(s);
	link = link_now(s);
	g_assert_nonnull(strstr(link, "/bad.memdesc&layout=hilbert&mode=change"));
	act(s, "uncompare", NULL);
	act(s, "clear", NULL);
	act(s, "mode", "owner");
	search(s, link);
	g_assert_nonnull(mdv_view_other(s->view));
	g_assert_cmpint(mdv_view_style(s->view)->mode, ==, ANZ_CELL_CHANGE);
	g_assert_cmpuint(lit_count(s), ==, lit);
	again = mdv_window_link(s->window);
	g_assert_cmpstr(again, ==, link);

	/* pages that changed are found again by the two classes */
	mdv_window_compare(s->window, large);
	settle(s);
	search(s, "change:file>hole");
	g_assert_cmpuint(lit_count(s), ==, 13664);
	changes = link_now(s);
	g_assert_nonnull(strstr(changes, "&search=change:file%3Ehole"));
	act(s, "uncompare", NULL);
	search(s, changes);
	g_assert_cmpuint(lit_count(s), ==, 13664);

	/* without what it compares with, the rest is seen */
	lost = g_strdup("memdesc:?with=/no/such/file&mode=change&palette=mono");
	act(s, "view", lost);
	assert_error(s, "is the name right?");
	g_assert_null(mdv_view_other(s->view));
	g_assert_cmpint(mdv_view_style(s->view)->palette, ==, ANZ_PALETTE_MONO);
	g_assert_cmpint(mdv_view_style(s->view)->mode, ==, ANZ_CELL_DOMINANT);

	search(s, "memdesc:a?mood=good");
	assert_error(s, "a view has no 'mood'");
	act(s, "view", "good.memdesc");
	assert_error(s, "this is no view");
	act(s, "view", "memdesc:/no/such/file?at=1");
	assert_error(s, "is the name right?");
	act(s, "view", "memdesc:?at=99999999");
	assert_error(s, "is not in this picture");
	g_assert_cmpstr(mdv_document_title(mdv_view_document(s->view)), ==, "good.memdesc");
}

static void test_no_link(Session *s, gconstpointer data)
{
	g_assert_null(mdv_window_link(s->window));
	g_assert_false(is_enabled(s, "copy-link"));
	act(s, "view", "memdesc:?at=1");
	assert_error(s, "open it first");
}

void add_link_tests(void)
{
	ADD("link", test_link, "good.memdesc");
	ADD("link-parts", test_link_parts, "good.memdesc");
	ADD("no-link", test_no_link, NULL);
}
