/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A session with the viewer, as a user has one: every step goes through an action or the search box, and
 * what came of it is asked of the window's state and of what it tells assistive technology.  A warning of
 * GTK's is fatal here.
 *
 *	session FOLDER: the fixtures of tests/cli and, in sample/, a dump with its vmlinux
 */
#include <math.h>

#include <glib/gstdio.h>

#include "changes.h"
#include "prefs.h"
#include "session.h"
#include "sketch.h"
#include "words.h"

static const char *folder;
static GtkApplication *application;	/* one a process, as with the program */

char *file_in(const char *name)
{
	return g_build_filename(folder, name, NULL);
}

/* --- time --- */

void settle(Session *s)
{
	gint64 end = g_get_monotonic_time() + 300 * G_USEC_PER_SEC;

	for (guint quiet = 0; quiet < 3; quiet++) {
		g_assert_cmpint(g_get_monotonic_time(), <, end);
		/* a frame: drawing is what asks for pieces of the picture */
		gtk_test_widget_wait_for_draw(GTK_WIDGET(s->window));
		while (g_main_context_pending(NULL))
			g_main_context_iteration(NULL, FALSE);
		if (mdv_window_is_busy(s->window))
			quiet = 0;
	}
}

void act(Session *s, const char *action, const char *parameter)
{
	GVariant *value = parameter ? g_variant_new_string(parameter) : NULL;

	g_assert_true(g_action_group_has_action(G_ACTION_GROUP(s->window), action));
	g_action_group_activate_action(G_ACTION_GROUP(s->window), action, value);
	settle(s);
}

void search(Session *s, const char *text)
{
	act(s, "search-text", text);
}

void open_file(Session *s, const char *name)
{
	g_autofree char *path = file_in(name);
	const char *const paths[] = { path, NULL };

	mdv_window_open(s->window, paths);
	settle(s);
}

void session_setup(Session *s, gconstpointer data)
{
	s->prefs = file_in("prefs.ini");
	s->window = g_object_ref_sink(mdv_window_new(application, s->prefs));
	s->view = mdv_window_view(s->window);
	gtk_window_set_default_size(GTK_WINDOW(s->window), 1280, 860);
	gtk_window_present(GTK_WINDOW(s->window));
	settle(s);
	if (data)
		open_file(s, data);
}

void session_teardown(Session *s, gconstpointer data)
{
	gtk_window_destroy(GTK_WINDOW(s->window));
	g_object_add_weak_pointer(G_OBJECT(s->window), (gpointer *)&s->window);
	g_object_unref(s->window);
	while (s->window || g_main_context_pending(NULL))
		g_main_context_iteration(NULL, FALSE);
	g_unlink(s->prefs);
	g_free(s->prefs);
}

/* --- helpers --- */

guint64 lit_count(Session *s)
{
	return mdv_view_lit(s->view) ? anz_page_set_count(mdv_view_lit(s->view)) : 0;
}

GtkWidget *find_widget(GtkWidget *widget, GType type)
{
	if (g_type_is_a(G_OBJECT_TYPE(widget), type))
		return widget;
	for (GtkWidget *child = gtk_widget_get_first_child(widget); child;
	     child = gtk_widget_get_next_sibling(child)) {
		GtkWidget *found = find_widget(child, type);

		if (found)
			return found;
	}
	return NULL;
}

static gboolean state_is(Session *s, const char *action, const char *expected)
{
	g_autoptr(GVariant) state = g_action_group_get_action_state(G_ACTION_GROUP(s->window), action);
	g_autofree char *text = g_variant_print(state, FALSE);

	return !strcmp(text, expected);
}

gboolean is_enabled(Session *s, const char *action)
{
	return g_action_group_get_action_enabled(G_ACTION_GROUP(s->window), action);
}

/* --- what is done --- */

static void test_empty(Session *s, gconstpointer data)
{
	g_assert_null(mdv_view_document(s->view));
	g_assert_true(is_enabled(s, "open"));
	g_assert_false(is_enabled(s, "export-view"));
	g_assert_false(is_enabled(s, "blink"));
	act(s, "clear", NULL);
	act(s, "next-match", NULL);
}

static void test_open(Session *s, gconstpointer data)
{
	MdvDocument *document = mdv_view_document(s->view);
	MdvMapView *map = mdv_window_map(s->window);

	g_assert_nonnull(document);
	g_assert_cmpstr(mdv_window_error(s->window), ==, "");
	g_assert_cmpstr(gtk_window_get_title(GTK_WINDOW(s->window)), ==,
			"good.memdesc \342\200\223 memdesc");
	g_assert_cmpuint(mdv_document_class_pages(document, ANZ_CLASS_SLAB), ==, 2816);
	g_assert_cmpuint(mdv_document_memory_pages(document), ==, 40864);
	g_assert_null(mdv_painter_error(mdv_map_view_painter(map)));
	g_assert_true(is_enabled(s, "export-view"));
	gtk_test_accessible_assert_role(map, GTK_ACCESSIBLE_ROLE_IMG);
	/* two tiles of 256 x 256 pages, and a window that has room for them at 1:1 */
	g_assert_cmpint(mdv_view_camera(s->view)->zoom, ==, 0);
}

static void test_zoom(Session *s, gconstpointer data)
{
	MdvCamera before, after;

	act(s, "zoom-in", NULL);
	g_assert_cmpint(mdv_view_camera(s->view)->zoom, ==, 1);
	act(s, "zoom-out", NULL);
	act(s, "zoom-out", NULL);
	g_assert_cmpint(mdv_view_camera(s->view)->zoom, ==, -1);
	for (guint i = 0; i < 20; i++)
		act(s, "zoom-in", NULL);
	g_assert_cmpint(mdv_view_camera(s->view)->zoom, ==, ANZ_ZOOM_MAX);
	act(s, "fit", NULL);
	g_assert_cmpint(mdv_view_camera(s->view)->zoom, ==, 0);

	/* what is under the pointer stays there */
	before = *mdv_view_camera(s->view);
	mdv_map_view_zoom_about(mdv_window_map(s->window), 2, 0, 0);
	settle(s);
	after = *mdv_view_camera(s->view);
	g_assert_cmpint(after.zoom, ==, 2);
	g_assert_cmpfloat(after.x, <=, before.x);
	gtk_widget_activate_action(GTK_WIDGET(mdv_window_map(s->window)), "map.pan", "(ii)", 1, 1);
	settle(s);
	g_assert_cmpfloat(mdv_view_camera(s->view)->x, >, after.x);
	g_assert_cmpfloat(mdv_view_camera(s->view)->y, >, after.y);
}

/* Who sees all memory sees all of it when there is more room, or less; who looks at a part stays there. */
static void test_room(Session *s, gconstpointer data)
{
	guint width, height, wider, higher;

	mdv_view_get_window(s->view, &width, &height);
	act(s, "show-legend", NULL);
	act(s, "show-inspector", NULL);
	act(s, "show-tables", NULL);
	mdv_view_get_window(s->view, &wider, &higher);
	g_assert_cmpuint(wider, >=, 2 * 512);
	g_assert_cmpuint(higher, >=, 2 * 256);
	g_assert_cmpint(mdv_view_camera(s->view)->zoom, ==, 1);
	g_assert_cmpfloat(mdv_view_camera(s->view)->x, ==, 256);
	act(s, "show-legend", NULL);
	act(s, "show-inspector", NULL);
	act(s, "show-tables", NULL);
	g_assert_cmpint(mdv_view_camera(s->view)->zoom, ==, 0);
	gtk_widget_activate_action(GTK_WIDGET(mdv_window_map(s->window)), "map.pan", "(ii)", 1, 0);
	settle(s);
	act(s, "show-legend", NULL);
	act(s, "show-inspector", NULL);
	g_assert_cmpint(mdv_view_camera(s->view)->zoom, ==, 0);
	g_assert_cmpfloat(mdv_view_camera(s->view)->x, ==, 256 + width / 4.0);
}

/* The first window of that title, other than ours. */
static GtkWindow *find_window(Session *s, const char *title)
{
	GListModel *windows = gtk_window_get_toplevels();

	for (guint i = 0; i < g_list_model_get_n_items(windows); i++) {
		g_autoptr(GtkWindow) window = g_list_model_get_item(windows, i);

		if (window != GTK_WINDOW(s->window) && !g_strcmp0(gtk_window_get_title(window), title))
			return window;
	}
	return NULL;
}

/* Type part of a name, press Enter; and the list of keys opens. */
static void test_commands(Session *s, gconstpointer data)
{
	GtkWidget *entry;

	act(s, "commands", NULL);
	g_assert_nonnull(find_window(s, "Commands"));
	entry = gtk_widget_get_first_child(gtk_window_get_child(find_window(s, "Commands")));
	gtk_editable_set_text(GTK_EDITABLE(entry), "morton");
	settle(s);
	g_signal_emit_by_name(entry, "activate");
	settle(s);
	g_assert_null(find_window(s, "Commands"));
	g_assert_cmpint(mdv_view_curve(s->view), ==, ANZ_CURVE_MORTON);
	act(s, "shortcuts", NULL);
	g_assert_cmpuint(g_list_model_get_n_items(gtk_window_get_toplevels()), ==, 2);
	for (guint i = 0; i < 2; i++) {
		g_autoptr(GtkWindow) window =
			g_list_model_get_item(gtk_window_get_toplevels(), i);

		if (GTK_IS_SHORTCUTS_WINDOW(window)) {
			gtk_window_destroy(window);
			break;
		}
	}
	settle(s);
}

static void test_history(Session *s, gconstpointer data)
{
	search(s, "pfn:20000");
	search(s, "pfn:70000");
	assert_selected(s, 70000, 1);
	act(s, "back", NULL);
	assert_selected(s, 20000, 1);
	act(s, "back", NULL);
	g_assert_cmpint(mdv_view_camera(s->view)->zoom, ==, 0);
	act(s, "back", NULL);
	act(s, "forward", NULL);
	assert_selected(s, 20000, 1);
	act(s, "forward", NULL);
	act(s, "forward", NULL);
	assert_selected(s, 70000, 1);
}

static void test_keyboard(Session *s, gconstpointer data)
{
	GtkWidget *map = GTK_WIDGET(mdv_window_map(s->window));
	AnzCell cell, next;
	guint64 pfn, n;

	search(s, "pfn:9000");
	g_assert_true(anz_geometry_cell_of(mdv_view_geometry(s->view),
					   mdv_view_camera(s->view)->zoom, 9000, &cell));
	gtk_widget_activate_action(map, "map.move", "(ii)", 1, 0);
	settle(s);
	g_assert_true(mdv_view_selection(s->view, &pfn, &n));
	g_assert_true(anz_geometry_cell_of(mdv_view_geometry(s->view),
					   mdv_view_camera(s->view)->zoom, pfn, &next));
	g_assert_cmpint(next.x, ==, cell.x + cell.side);
	g_assert_cmpint(next.y, ==, cell.y);
	gtk_widget_activate_action(map, "map.one-to-one", NULL);
	settle(s);
	g_assert_cmpint(mdv_view_camera(s->view)->zoom, ==, 0);
}

static void test_inspector(Session *s, gconstpointer data)
{
	g_autofree char *json = NULL;

	search(s, "0x2000000");
	assert_selected(s, 8192, 1);
	assert_shown(s, "class", "anon");
	assert_shown(s, "meaning", "anonymous memory of processes");
	assert_shown(s, "zone", "DMA32");
	assert_shown(s, "order", "9");
	assert_shown(s, "flags_text", "dirty,lru,head,swapbacked");
	assert_shown(s, "physical", "0x2000000");
	assert_shown(s, "attributes", "head, mapped, dirty, lru");
	json = mdv_inspector_json(mdv_window_inspector(s->window));
	g_assert_nonnull(strstr(json, "\"class\": \"anon\""));
	/* a stretch of pages is told by its classes */
	mdv_view_select(s->view, 24570, 10);
	assert_shown(s, "file", "5 pages, 50.0%");
	assert_shown(s, "hwpoison", "1 page, 10.0%");
	assert_shown(s, "free", "4 pages, 40.0%");
	act(s, "clear", NULL);
	assert_shown(s, "class", NULL);
}

static void test_search(Session *s, gconstpointer data)
{
	search(s, "slab");
	g_assert_cmpuint(lit_count(s), ==, 2816);
	g_assert_cmpstr(mdv_view_lit_words(s->view), ==, "slab");
	act(s, "next-match", NULL);
	assert_selected(s, 256, 768);
	act(s, "next-match", NULL);
	assert_selected(s, 67584, 2048);
	act(s, "next-match", NULL);
	assert_selected(s, 256, 768);
	act(s, "previous-match", NULL);
	assert_selected(s, 67584, 2048);
	search(s, "slab, page-table");
	g_assert_cmpuint(lit_count(s), ==, 2816 + 1536);
	search(s, "flags:mapped&!lru");
	g_assert_cmpuint(lit_count(s), ==, 2048);
	search(s, "flags:swapbacked|reserved");
	g_assert_cmpuint(lit_count(s), >, 4096);
	search(s, "= SELECT pfn, pages FROM runs WHERE class = 'hugetlb' AND snapshot = :snapshot");
	g_assert_cmpuint(lit_count(s), ==, 2048);
	g_assert_cmpuint(mdv_sheet_n_rows(mdv_drawer_find(mdv_window_drawer(s->window), "query")), ==,
			 1);
	/* an owner by a part of its name */
	search(s, "DENTRY");
	g_assert_cmpuint(lit_count(s), ==, 2048);
	act(s, "clear", NULL);
	g_assert_null(mdv_view_lit(s->view));
}

MdvSheet *sheet(Session *s, const char *name)
{
	MdvSheet *found = mdv_drawer_find(mdv_window_drawer(s->window), name);

	g_assert_nonnull(found);
	g_assert_true(mdv_drawer_show(mdv_window_drawer(s->window), name));
	settle(s);
	g_assert_false(mdv_sheet_is_busy(found));
	return found;
}

/* From a page to its owner, and from the owner to all its pages. */
static void test_owner(Session *s, gconstpointer data)
{
	MdvSheet *owners;
	guint row = 0;

	search(s, "pfn:16390");
	assert_shown(s, "owner", "file /var/lib/x.db");
	owners = sheet(s, "owners");
	while (g_strcmp0(mdv_sheet_cell(owners, row, "name"), "/var/lib/x.db"))
		g_assert_cmpuint(++row, <, mdv_sheet_n_rows(owners));
	mdv_sheet_choose(owners, row);
	settle(s);
	g_assert_cmpuint(lit_count(s), ==, 8000);
	g_assert_true(anz_page_set_meets(mdv_view_lit(s->view), 16390, 1));
}

static void test_no_owners(Session *s, gconstpointer data)
{
	search(s, "nobody");
	assert_error(s, "knows no owners");
	g_assert_null(mdv_drawer_find(mdv_window_drawer(s->window), "owners"));
}

static void test_search_errors(Session *s, gconstpointer data)
{
	search(s, "0x99999999999");
	assert_error(s, "outside the map");
	search(s, "nobody");
	g_assert_cmpuint(lit_count(s), ==, 0);
	search(s, "= SELEC 1");
	assert_error(s, "syntax error");
	search(s, "flags:lru&rm -rf");
	assert_error(s, "");
	search(s, "flags:");
	assert_error(s, "takes names of flags");
	search(s, "anon");
	g_assert_cmpstr(mdv_window_error(s->window), ==, "");
}

static void test_legend(Session *s, gconstpointer data)
{
	act(s, "solo", "anon");
	g_assert_cmphex(mdv_view_style(s->view)->hidden, ==,
			((1u << ANZ_NR_CLASSES) - 1) & ~(1u << ANZ_CLASS_ANON));
	g_assert_cmphex(mdv_view_style(s->view)->chosen, ==, 1u << ANZ_CLASS_ANON);
	act(s, "solo", "anon");
	g_assert_cmphex(mdv_view_style(s->view)->hidden, ==, 0);
	act(s, "toggle-class", "free");
	g_assert_cmphex(mdv_view_style(s->view)->hidden, ==, 1u << ANZ_CLASS_FREE);
	act(s, "clear", NULL);
	g_assert_cmphex(mdv_view_style(s->view)->hidden, ==, 0);
}

static void test_looks(Session *s, gconstpointer data)
{
	for (guint curve = 0; curve < ANZ_NR_CURVES; curve++) {
		act(s, "layout", anz_curve_name(curve));
		g_assert_cmpint(mdv_view_curve(s->view), ==, curve);
	}
	for (guint palette = 0; palette < ANZ_NR_PALETTES; palette++) {
		act(s, "palette", anz_palette_name(palette));
		g_assert_cmphex(mdv_view_style(s->view)->colours[ANZ_CLASS_SLAB], ==,
				anz_palette_colour(palette, ANZ_CLASS_SLAB));
	}
	for (guint mode = 0; mode < ANZ_CELL_CHANGE; mode++) {
		act(s, "mode", anz_cell_mode_name(mode));
		g_assert_cmpint(mdv_view_style(s->view)->mode, ==, mode);
	}
	/* the legend tells what the colours mean there */
	act(s, "mode", "fragmentation");
	g_assert_cmpstr(mdv_key_words(mdv_window_key(s->window), 0), ==, "block all free");
	act(s, "mode", "owner");
	g_assert_cmpstr(mdv_key_words(mdv_window_key(s->window), 0), ==,
			"process db-server (7), 38.0 MiB");
	/* of all classes, broken pages are asked for, and that is said */
	act(s, "mode", "any");
	g_assert_cmpstr(mdv_key_words(mdv_window_key(s->window), 0), ==,
			"a page is broken");
	act(s, "solo", "anon");
	g_assert_cmpstr(mdv_key_words(mdv_window_key(s->window), 0), ==,
			"a page of a chosen class is there");
	act(s, "clear", NULL);
	act(s, "mode", "dominant");
	g_assert_cmpuint(mdv_key_n_rows(mdv_window_key(s->window)), ==, 0);
	act(s, "border-zone", NULL);
	act(s, "border-block", NULL);
	g_assert_true(state_is(s, "border-zone", "true"));
	act(s, "border-zone", NULL);
	g_assert_true(state_is(s, "border-zone", "false"));
	g_assert_true(state_is(s, "border-block", "true"));
	act(s, "holes", NULL);
	g_assert_true(mdv_view_show_holes(s->view));
	g_assert_null(mdv_painter_error(mdv_map_view_painter(mdv_window_map(s->window))));
}

/* What was chosen is there in the next window. */
static void test_preferences(Session *s, gconstpointer data)
{
	AnzPictureStyle style;
	MdvPrefs prefs;

	act(s, "palette", "light");
	act(s, "layout", "morton");
	act(s, "border-node", NULL);
	act(s, "show-inspector", NULL);
	style = *mdv_view_style(s->view);
	style.colours[ANZ_CLASS_SLAB] = 0x123456;
	mdv_view_set_style(s->view, &style);
	gtk_window_close(GTK_WINDOW(s->window));
	mdv_prefs_load(&prefs, s->prefs);
	g_assert_cmpint(prefs.palette, ==, ANZ_PALETTE_LIGHT);
	g_assert_cmpint(prefs.curve, ==, ANZ_CURVE_MORTON);
	g_assert_cmphex(prefs.overlays, ==, 1u << ANZ_OVERLAY_NODE);
	g_assert_false(prefs.inspector);
	g_assert_true(prefs.legend);
	g_assert_cmphex(prefs.own, ==, 1u << ANZ_CLASS_SLAB);
	g_assert_cmphex(prefs.colours[ANZ_CLASS_SLAB], ==, 0x123456);
	/* senseless ones are as none */
	g_assert_true(g_file_set_contents(s->prefs, "[viewer]\npalette=mauve\nwidth=-4\n"
					  "layout=\noverlays=mood;zone;\ngrid=perhaps\n[colours]\n"
					  "slab=#12345\nanon=#-12345\nnobody=#123456\nfile=#00ff7f\n",
					  -1, NULL));
	mdv_prefs_load(&prefs, s->prefs);
	g_assert_cmpint(prefs.palette, ==, ANZ_PALETTE_DARK);
	g_assert_cmpint(prefs.width, ==, 1280);
	g_assert_cmphex(prefs.own, ==, 1u << ANZ_CLASS_FILE);
	g_assert_cmphex(prefs.colours[ANZ_CLASS_FILE], ==, 0x00ff7f);
	g_assert_cmphex(prefs.overlays, ==, 1u << ANZ_OVERLAY_ZONE);
	g_assert_true(prefs.grid);
}

static guint64 group_pages(Session *s, const char *sql)
{
	g_autoptr(AnzQuery) query = anz_store_query(mdv_document_store(mdv_view_document(s->view)), sql, NULL);

	g_assert_true(anz_query_next(query, NULL));
	return (guint64)anz_query_int(query, 0);
}

static void test_tables(Session *s, gconstpointer data)
{
	MdvSheet *runs = sheet(s, "runs"), *lists, *zones, *blocks, *groups;

	g_assert_cmpuint(mdv_sheet_n_rows(runs), ==, 18);
	g_assert_cmpstr(mdv_sheet_cell(runs, 3, "class"), ==, "slab");
	g_assert_cmpstr(mdv_sheet_cell(runs, 3, "pages"), ==, "768");
	mdv_sheet_choose(runs, 3);
	settle(s);
	assert_selected(s, 256, 768);
	lists = sheet(s, "free");
	g_assert_cmpuint(mdv_sheet_n_rows(lists), >, 4);
	for (guint row = 0; row < mdv_sheet_n_rows(lists); row++) {
		if (g_strcmp0(mdv_sheet_cell(lists, row, "zone"), "DMA32") ||
		    g_strcmp0(mdv_sheet_cell(lists, row, "migratetype"), "movable"))
			continue;
		g_assert_cmpstr(mdv_sheet_cell(lists, row, "10"), ==, "4");
		mdv_sheet_choose(lists, row);
		settle(s);
		g_assert_cmpuint(lit_count(s), ==, 4096);
	}
	g_assert_cmpuint(lit_count(s), ==, 4096);
	zones = sheet(s, "zones");
	g_assert_cmpuint(mdv_sheet_n_rows(zones), ==, 3);
	/* what has a colour in modes cgroup and filesystem has a row that lights its pages */
	groups = sheet(s, "cgroups");
	g_assert_cmpstr(mdv_sheet_cell(groups, 0, "pages"), !=, "0");
	mdv_sheet_choose(groups, 0);
	settle(s);
	g_assert_cmpuint(lit_count(s), ==, group_pages(s, "SELECT pages FROM cgroups "
		"WHERE snapshot = :snapshot ORDER BY pages DESC, owner LIMIT 1"));
	groups = sheet(s, "filesystems");
	mdv_sheet_choose(groups, 0);
	settle(s);
	g_assert_cmpuint(lit_count(s), >, 0);
	/* of the free pages at 28672 a block is made only if kernel-other could move */
	blocks = sheet(s, "fragmentation");
	g_assert_cmpuint(mdv_sheet_n_rows(blocks), ==, 1);
	g_assert_cmpstr(mdv_sheet_cell(blocks, 0, "pfn"), ==, "28672");
	g_assert_cmpstr(mdv_sheet_cell(blocks, 0, "free"), ==, "32");
	g_assert_cmpstr(mdv_sheet_cell(blocks, 0, "cannot_move"), ==, "480");
	g_assert_cmpstr(mdv_sheet_cell(blocks, 0, "in_the_way"), ==, "kernel-other");
	g_assert_null(mdv_drawer_find(mdv_window_drawer(s->window), "remarks"));
}

static void test_compare(Session *s, gconstpointer data)
{
	g_autofree char *older = file_in("large.memdesc"), *missing = file_in("missing.memdesc");
	GtkWidget *notebook;
	MdvChanges *changes = NULL;

	mdv_window_compare(s->window, older);
	settle(s);
	g_assert_cmpint(mdv_view_style(s->view)->mode, ==, ANZ_CELL_CHANGE);
	notebook = gtk_widget_get_first_child(GTK_WIDGET(mdv_window_drawer(s->window)));
	for (int i = 0; i < gtk_notebook_get_n_pages(GTK_NOTEBOOK(notebook)); i++) {
		GtkWidget *page = gtk_notebook_get_nth_page(GTK_NOTEBOOK(notebook), i);

		if (MDV_IS_CHANGES(page))
			changes = MDV_CHANGES(page);
	}
	g_assert_nonnull(changes);
	while (!mdv_changes_is_done(changes))
		settle(s);
	/* as "memdesc diff large.memdesc good.memdesc" has it */
	g_assert_cmpuint(mdv_changes_n_rows(changes), ==, 22);
	mdv_changes_choose(changes, 0);
	settle(s);
	g_assert_cmpstr(mdv_view_lit_search(s->view), ==, "change:file>hole");
	g_assert_cmpstr(mdv_view_lit_words(s->view), ==, "file \342\206\222 hole");
	g_assert_cmpuint(lit_count(s), ==, 13664);
	act(s, "side-by-side", NULL);
	act(s, "blink", NULL);
	g_assert_true(state_is(s, "blink", "true"));
	mdv_window_compare(s->window, missing);
	settle(s);
	assert_error(s, "is the name right?");
	/* with the older analysis goes what it said */
	act(s, "uncompare", NULL);
	g_assert_null(mdv_view_other(s->view));
	g_assert_null(mdv_view_lit(s->view));
	g_assert_cmpint(mdv_view_style(s->view)->mode, ==, ANZ_CELL_DOMINANT);
	g_assert_false(is_enabled(s, "blink"));
	search(s, "change:file>hole");
	assert_error(s, "none is compared with");
	search(s, "change:file");
	assert_error(s, "as in change:free>anon");
	search(s, "change:file>disk");
	assert_error(s, "there is no class 'disk'");
}

static void test_export(Session *s, gconstpointer data)
{
	g_autofree char *png = file_in("view.png"), *whole = file_in("whole.png");
	g_autofree char *csv = file_in("runs.csv"), *json = file_in("runs.json");
	g_autofree char *nowhere = file_in("no/such/folder/view.png"), *text = NULL, *shot = NULL;
	g_autofree char *svg = file_in("view.svg");
	g_autoptr(GMarkupParseContext) parser = NULL;
	const GMarkupParser nothing = { 0 };
	gsize len;
	g_autoptr(GdkTexture) texture = NULL;
	g_autoptr(GError) error = NULL;
	guint width, height;

	sheet(s, "runs");
	act(s, "export-view", png);
	act(s, "export-whole", whole);
	act(s, "export-table", csv);
	act(s, "export-table", json);
	g_assert_cmpstr(mdv_window_error(s->window), ==, "");
	texture = gdk_texture_new_from_filename(png, &error);
	g_assert_no_error(error);
	mdv_view_get_window(s->view, &width, &height);
	g_assert_cmpint(gdk_texture_get_width(texture), ==, width);
	g_assert_cmpint(gdk_texture_get_height(texture), ==, height);
	g_clear_object(&texture);
	texture = gdk_texture_new_from_filename(whole, &error);
	g_assert_no_error(error);
	g_assert_cmpint(gdk_texture_get_width(texture), ==, 512);
	g_assert_true(g_file_get_contents(csv, &text, NULL, NULL));
	g_assert_true(g_str_has_prefix(text, "pfn,pages,class,order,node,zone,migratetype,mapped,"
				       "excluded\r\n0,1,reserved,0,,,unmovable,0,0\r\n"));
	g_free(text);
	g_assert_true(g_file_get_contents(json, &text, NULL, NULL));
	g_assert_nonnull(strstr(text, "{\"pfn\": 256, \"pages\": 768, \"class\": \"slab\", "
				      "\"order\": 3, \"node\": 0, \"zone\": \"DMA\""));
	act(s, "export-view", svg);
	g_free(text);
	g_assert_true(g_file_get_contents(svg, &text, &len, NULL));
	parser = g_markup_parse_context_new(&nothing, 0, NULL, NULL);
	g_assert_true(g_markup_parse_context_parse(parser, text, (gssize)len, &error));
	g_assert_true(g_markup_parse_context_end_parse(parser, &error));
	g_assert_nonnull(strstr(text, "data:image/png;base64,iVBOR"));
	g_assert_nonnull(strstr(text, ">anon, 32.0 MiB</text>"));
	g_assert_nonnull(strstr(text, ">0x0</text>"));
	act(s, "export-view", nowhere);
	assert_error(s, "cannot write");
	shot = file_in("window.png");
	g_assert_true(mdv_window_screenshot(s->window, shot, &error));
	g_assert_no_error(error);
}

/* Errors are the command line's words, and the document that was open stays. */
static void test_wrong_files(Session *s, gconstpointer data)
{
	g_autofree char *text = file_in("words.txt");

	g_assert_true(g_file_set_contents(text, "not a dump\n", -1, NULL));
	open_file(s, "words.txt");
	g_assert_cmpstr(mdv_window_error(s->window), !=, "");
	assert_error(s, "words.txt");
	g_assert_nonnull(mdv_view_document(s->view));
	open_file(s, "missing.memdesc");
	assert_error(s, "is the name right?");
	open_file(s, "bad.memdesc");
	g_assert_cmpstr(mdv_window_error(s->window), ==, "");
	g_assert_cmpstr(mdv_document_title(mdv_view_document(s->view)), ==, "bad.memdesc");
	g_assert_cmpuint(mdv_sheet_n_rows(sheet(s, "remarks")), ==, 2);
	open_file(s, "empty.memdesc");
	g_assert_cmpuint(mdv_document_memory_pages(mdv_view_document(s->view)), ==, 0);
	act(s, "zoom-in", NULL);
	search(s, "anon");
	g_assert_cmpuint(lit_count(s), ==, 0);
	act(s, "next-match", NULL);
}

static guint count_files(const char *path)
{
	g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
	guint n = 0;

	while (dir && g_dir_read_name(dir))
		n++;
	return n;
}

/* What is only a preview has a link, too. */
static void document_changed(MdvView *view, Session *s)
{
	g_autofree char *link = mdv_window_link(s->window);

	g_assert_nonnull(link);
	g_assert_nonnull(strstr(link, "/sample/vmcore?"));
	s->documents++;
}

/* A sample of all memory is seen before anything else; there is a link to it, and one that waits for the rest. */
static void stack_changed(GtkStack *stack, GParamSpec *spec, guint *sketched)
{
	MdvWindow *window = MDV_WINDOW(gtk_widget_get_root(GTK_WIDGET(stack)));
	g_autofree char *link = NULL, *other = NULL;

	if (g_strcmp0(gtk_stack_get_visible_child_name(stack), "sketch"))
		return;
	link = mdv_window_link(window);
	g_assert_nonnull(strstr(link, "/sample/vmcore?"));
	other = g_strdup_printf("%s&select=300,1&search=slab", link);
	g_action_group_activate_action(G_ACTION_GROUP(window), "view", g_variant_new_string(other));
	g_assert_nonnull(strstr(mdv_sketch_words(MDV_SKETCH(gtk_stack_get_visible_child(stack))),
				"A first look, at "));
	++*sketched;
}

/* A dump is analysed into a private file, which goes with its document, or with the cancelled run. */
static void test_dump(Session *s, gconstpointer data)
{
	g_autofree char *vmlinux = file_in("sample/vmlinux"), *vmcore = file_in("sample/vmcore");
	g_autofree char *other = file_in("good.memdesc");
	const char *const types[] = { vmlinux, NULL }, *const paths[] = { vmcore, NULL };
	const MdvLoadOptions options = { types, NULL, FALSE };
	guint before = count_files(g_get_tmp_dir()), sketched = 0;
	GtkWidget *stack = gtk_widget_get_ancestor(GTK_WIDGET(mdv_window_map(s->window)), GTK_TYPE_STACK);
	gulong handler, stack_handler;

	mdv_window_set_load_options(s->window, &options);
	mdv_window_open(s->window, paths);
	g_assert_true(is_enabled(s, "cancel"));
	act(s, "cancel", NULL);
	g_assert_null(mdv_view_document(s->view));
	g_assert_cmpstr(mdv_window_error(s->window), ==, "");
	while (count_files(g_get_tmp_dir()) > before)
		g_main_context_iteration(NULL, FALSE);
	handler = g_signal_connect(s->view, "document", G_CALLBACK(document_changed), s);
	stack_handler = g_signal_connect(stack, "notify::visible-child-name", G_CALLBACK(stack_changed),
					 &sketched);
	mdv_window_open(s->window, paths);
	settle(s);
	g_signal_handler_disconnect(stack, stack_handler);
	g_assert_cmpuint(sketched, ==, 1);
	g_assert_cmpstr(gtk_stack_get_visible_child_name(GTK_STACK(stack)), ==, "main");
	g_signal_handler_disconnect(s->view, handler);
	g_assert_cmpstr(mdv_window_error(s->window), ==, "");
	/* first every page's class, then owners too */
	g_assert_cmpuint(s->documents, ==, 2);
	assert_selected(s, 300, 1);
	g_assert_cmpstr(mdv_view_lit_search(s->view), ==, "slab");
	g_assert_cmpuint(lit_count(s), ==,
			 mdv_document_class_pages(mdv_view_document(s->view), ANZ_CLASS_SLAB));
	g_assert_null(strstr(mdv_document_subtitle(mdv_view_document(s->view)), "being analysed"));
	g_assert_true(mdv_document_has_rows(mdv_view_document(s->view), "owners"));
	g_assert_cmpstr(mdv_document_title(mdv_view_document(s->view)), ==, "vmcore");
	g_assert_cmpuint(mdv_document_class_pages(mdv_view_document(s->view), ANZ_CLASS_SLAB), >, 0);
	g_assert_cmpuint(count_files(g_get_tmp_dir()), ==, before + 1);
	/* of another machine, as "memdesc diff" warns of it */
	mdv_window_compare(s->window, other);
	settle(s);
	g_assert_nonnull(mdv_view_other(s->view));
	g_assert_nonnull(strstr(mdv_window_message(s->window), "These are different machines ("));
	g_assert_cmpstr(mdv_window_error(s->window), ==, "");
	open_file(s, "good.memdesc");
	g_assert_cmpuint(count_files(g_get_tmp_dir()), ==, before);
}

/* The widget shows the very pixels of the painter, one to one. */
static void test_pixels(Session *s, gconstpointer data)
{
	GtkWidget *map = GTK_WIDGET(mdv_window_map(s->window));
	int width = gtk_widget_get_width(map), height = gtk_widget_get_height(map);
	g_autoptr(AnzStore) store = NULL;
	g_autoptr(AnzPicture) picture = NULL;
	g_autofree guint32 *expected = g_new(guint32, width * height);
	g_autofree guint32 *seen = g_new(guint32, width * height);
	g_autoptr(GError) error = NULL;
	const MdvCamera *camera = mdv_view_camera(s->view);

	store = mdv_document_reopen(mdv_view_document(s->view), &error);
	g_assert_no_error(error);
	picture = anz_picture_new(store, NULL, mdv_view_geometry(s->view));
	for (int zoom = -2; zoom <= 3; zoom++) {
		GtkSnapshot *snapshot = gtk_snapshot_new();
		g_autoptr(GdkPaintable) paintable = gtk_widget_paintable_new(map);
		g_autoptr(GskRenderNode) node = NULL;
		g_autoptr(GskRenderer) renderer = NULL;
		g_autoptr(GdkTexture) texture = NULL;
		MdvCamera to = { 300.25, 77.5, zoom };

		mdv_view_set_camera(s->view, &to);
		settle(s);
		anz_picture_set_style(picture, mdv_view_style(s->view));
		g_assert_true(anz_picture_paint(picture, zoom,
			(gint64)floor(camera->x * exp2(zoom) - width / 2.0 + 0.5),
			(gint64)floor(camera->y * exp2(zoom) - height / 2.0 + 0.5), (guint)width,
			(guint)height, expected, (gsize)width, NULL, &error));
		gdk_paintable_snapshot(paintable, snapshot, width, height);
		node = gtk_snapshot_free_to_node(snapshot);
		renderer = gsk_renderer_new_for_surface(
			gtk_native_get_surface(gtk_widget_get_native(map)));
		texture = gsk_renderer_render_texture(renderer, node,
			&GRAPHENE_RECT_INIT(0, 0, (float)width, (float)height));
		gdk_texture_download(texture, (guchar *)seen, (gsize)width * 4);
		gsk_renderer_unrealize(renderer);
		/* but for the frame of the focus, two pixels wide */
		for (int y = 2; y < height - 2; y++)
			for (int x = 2; x < width - 2; x++)
				if (seen[y * width + x] != expected[y * width + x])
					g_error("zoom %d: pixel %d, %d is %08x, not %08x", zoom, x,
						y, seen[y * width + x], expected[y * width + x]);
	}
}

int main(int argc, char **argv)
{
	g_autoptr(GError) error = NULL;
	int status;

	gtk_test_init(&argc, &argv, NULL);
	if (argc < 2) {
		g_printerr("usage: session FOLDER\n");
		return 2;
	}
	folder = argv[1];
	application = gtk_application_new("org.memdesc.Viewer.Test", G_APPLICATION_NON_UNIQUE);
	g_application_register(G_APPLICATION(application), NULL, &error);
	g_assert_no_error(error);
	ADD("empty", test_empty, NULL);
	ADD("open", test_open, "good.memdesc");
	ADD("zoom", test_zoom, "good.memdesc");
	ADD("room", test_room, "good.memdesc");
	ADD("commands", test_commands, "good.memdesc");
	ADD("history", test_history, "good.memdesc");
	ADD("keyboard", test_keyboard, "good.memdesc");
	ADD("inspector", test_inspector, "good.memdesc");
	ADD("search", test_search, "good.memdesc");
	ADD("search-errors", test_search_errors, "good.memdesc");
	ADD("owner", test_owner, "good.memdesc");
	ADD("no-owners", test_no_owners, "empty.memdesc");
	ADD("legend", test_legend, "good.memdesc");
	ADD("looks", test_looks, "good.memdesc");
	ADD("preferences", test_preferences, "good.memdesc");
	ADD("tables", test_tables, "good.memdesc");
	ADD("compare", test_compare, "good.memdesc");
	ADD("export", test_export, "good.memdesc");
	ADD("wrong-files", test_wrong_files, "good.memdesc");
	ADD("dump", test_dump, NULL);
	ADD("pixels", test_pixels, "good.memdesc");
	add_first_tests();
	add_sketch_tests();
	add_pane_tests();
	add_link_tests();
	add_name_tests();
	status = g_test_run();
	g_object_unref(application);
	return status;
}
