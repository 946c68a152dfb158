/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <math.h>

#include <glib/gstdio.h>

#include "changes.h"
#include "glide.h"
#include "graph.h"
#include "prefs.h"
#include "session.h"
#include "window-private.h"

/* --- graph --- */

static MdvGraph *graph(Session *s)
{
	act(s, "table", "graph");
	g_assert_nonnull(mdv_drawer_graph(mdv_window_drawer(s->window)));
	return mdv_drawer_graph(mdv_window_drawer(s->window));
}

/* The node of that title; what its words have to say is looked at, too. */
static guint node(MdvGraph *graph, const char *title, const char *words)
{
	const GArray *nodes = mdv_graph_model(graph)->nodes;

	for (guint i = 0; i < nodes->len; i++) {
		const MdvNode *found = &g_array_index(nodes, MdvNode, i);

		if (strcmp(found->title, title))
			continue;
		if (!strstr(found->words, words))
			g_error("%s: \"%s\" is not in: %s", title, words, found->words);
		return i;
	}
	for (guint i = 0; i < nodes->len; i++)
		g_printerr("# there is: %s\n", g_array_index(nodes, MdvNode, i).title);
	g_error("no node: %s", title);
}

static gboolean joined(MdvGraph *graph, guint from, guint to)
{
	const GArray *edges = mdv_graph_model(graph)->edges;

	for (guint i = 0; i < edges->len; i++)
		if (g_array_index(edges, MdvEdge, i).from == from &&
		    g_array_index(edges, MdvEdge, i).to == to)
			return TRUE;
	return FALSE;
}

/* From a page over its folio to the file, to all the file's pages, and back to some of them. */
static void test_graph(Session *s, gconstpointer data)
{
	MdvGraph *pane;
	guint page, folio, file;

	search(s, "pfn:16390");
	pane = graph(s);
	page = node(pane, "page 16390", "file");
	folio = node(pane, "folio 0xffffea0000100180", "1 page");
	file = node(pane, "file /var/lib/x.db", "8,000 pages, at 0xffff888004100000");
	g_assert_true(joined(pane, page, folio));
	g_assert_true(joined(pane, folio, file));
	g_assert_true(joined(pane, node(pane, "page 16389", "before: file"), page));
	g_assert_true(joined(pane, page, node(pane, "page 16391", "after: file")));
	mdv_graph_press(pane, file);
	settle(s);
	g_assert_cmpuint(lit_count(s), ==, 8000);
	g_assert_true(joined(pane, node(pane, "pages 16384 to 24383", "file"),
			     node(pane, "file /var/lib/x.db", "8,000")));
	mdv_graph_press(pane, node(pane, "pages 16384 to 24383", "file"));
	settle(s);
	assert_selected(s, 16384, 8000);
	node(pane, "pages 16384 to 24383", "file");
	node(pane, "page 24384", "after: file");
}

/* Blocks, lists, those who map pages, and owners that map what they own. */
static void test_graph_kinds(Session *s, gconstpointer data)
{
	MdvGraph *pane;

	search(s, "pfn:9000");
	pane = graph(s);
	node(pane, "pages 8192 to 8703", "before: anon");
	node(pane, "pages 9216 to 9727", "after: anon");
	node(pane, "process db-server (7)", "9,728 pages, maps it at 0x7f0000328000");
	search(s, "pfn:24390");
	node(pane, "process db-server (7)", "maps it at 0x7f1000006000");
	node(pane, "process \033[1mchild (12)", "maps it at 0x7f1000006000");
	mdv_graph_press(pane, node(pane, "file tmpfs:/memfd:\033[1mloud (deleted)", "191 pages"));
	settle(s);
	node(pane, "process \033[1mchild (12)", "maps it at 0x7f1000000000");
	search(s, "pfn:24576");
	node(pane, "free list of DMA32, movable", "order 10, position");
	act(s, "clear", NULL);
	act(s, "clear", NULL);
	g_assert_null(mdv_graph_model(pane));
}

static GtkWidget *find_button(GtkWidget *within, const char *words)
{
	GtkWidget *found = NULL;

	if (GTK_IS_BUTTON(within) && gtk_widget_get_tooltip_text(within) &&
	    g_str_has_prefix(gtk_widget_get_tooltip_text(within), words))
		return within;
	for (GtkWidget *child = gtk_widget_get_first_child(within); child && !found;
	     child = gtk_widget_get_next_sibling(child))
		found = find_button(child, words);
	return found;
}

/* Nodes are buttons, which keys and screen readers reach. */
static void test_graph_buttons(Session *s, gconstpointer data)
{
	MdvGraph *pane;
	GtkWidget *button;

	search(s, "pfn:16390");
	pane = graph(s);
	button = find_button(GTK_WIDGET(pane), "page 16391");
	g_assert_nonnull(button);
	gtk_test_accessible_assert_property(button, GTK_ACCESSIBLE_PROPERTY_LABEL,
					    "page 16391: after: file");
	g_signal_emit_by_name(button, "clicked");
	settle(s);
	assert_selected(s, 16391, 1);
	g_assert_null(find_button(GTK_WIDGET(pane), "page 16389"));
	act(s, "back", NULL);
	g_assert_nonnull(find_button(GTK_WIDGET(pane), "page 16389"));
}

/* --- one page among others --- */

static void test_place(Session *s, gconstpointer data)
{
	search(s, "pfn:16390");
	assert_shown(s, "place", "offset 0x806000 (8.0 MiB)");
	search(s, "pfn:2561");
	assert_shown(s, "place", "page table of level 0, for addresses from 0x7f0000000000 on; "
		     "in store for when a huge page there is split");
	mdv_view_select(s->view, 16384, 8192);
	assert_shown(s, "owner", "file /var/lib/x.db \302\267 8,000 pages of these");
}

/* The pages around the selected one, or those that are selected. */
static void test_pages(Session *s, gconstpointer data)
{
	MdvSheet *pages;

	search(s, "pfn:9000");
	pages = sheet(s, "pages");
	g_assert_cmpuint(mdv_sheet_n_rows(pages), ==, 512);
	g_assert_cmpstr(mdv_sheet_cell(pages, 0, "pfn"), ==, "8704");
	g_assert_cmpstr(mdv_sheet_cell(pages, 296, "class"), ==, "anon");
	g_assert_cmpstr(mdv_sheet_cell(pages, 296, "owner_name"), ==, "process db-server (7)");
	search(s, "pfn:20000");
	g_assert_cmpuint(mdv_sheet_n_rows(pages), ==, 512);
	g_assert_cmpstr(mdv_sheet_cell(pages, 0, "pfn"), ==, "19968");
	mdv_sheet_choose(pages, 5);
	settle(s);
	assert_selected(s, 19973, 1);
	mdv_view_select(s->view, 24570, 10);
	settle(s);
	g_assert_cmpuint(mdv_sheet_n_rows(pages), ==, 10);
	g_assert_cmpstr(mdv_sheet_cell(pages, 5, "class"), ==, "hwpoison");
}

static void test_runs(Session *s, gconstpointer data)
{
	search(s, "pfn:300");
	act(s, "next-run", NULL);
	assert_selected(s, 1024, 1536);
	act(s, "next-run", NULL);
	assert_selected(s, 2560, 1536);
	act(s, "previous-run", NULL);
	act(s, "previous-run", NULL);
	assert_selected(s, 256, 768);
}

static void test_hover(Session *s, gconstpointer data)
{
	GtkWidget *map = GTK_WIDGET(mdv_window_map(s->window));
	g_autoptr(GListModel) controllers = gtk_widget_observe_controllers(map);

	search(s, "pfn:16390");
	for (guint i = 0; i < g_list_model_get_n_items(controllers); i++) {
		g_autoptr(GtkEventController) controller = g_list_model_get_item(controllers, i);

		if (GTK_IS_EVENT_CONTROLLER_MOTION(controller))
			g_signal_emit_by_name(controller, "motion",
					      gtk_widget_get_width(map) / 2.0,
					      gtk_widget_get_height(map) / 2.0);
	}
	g_assert_cmpstr(mdv_window_status(s->window), ==, "0x4006000  frame 16390  file"
			"  file /var/lib/x.db  node 0 DMA32  refcount 2");
}

/* --- moving --- */

/* However often one looks, it goes as far. */
static void test_glide_way(void)
{
	double way[2] = { 0, 0 };

	for (guint i = 0; i < 2; i++) {
		const gint64 step = i ? 100000 : 3000;
		gboolean goes_on = TRUE;
		MdvGlide glide;

		g_assert_true(mdv_glide_start(&glide, 3000, -4000, 1000));
		for (gint64 now = 1000; goes_on; now += step) {
			double dx, dy;

			goes_on = mdv_glide_step(&glide, now, &dx, &dy);
			g_assert_cmpfloat_with_epsilon(dx * -4, dy * 3, 1e-6);
			way[i] += hypot(dx, dy);
		}
		g_assert_cmpfloat(glide.x, ==, 0);
	}
	g_assert_cmpfloat_with_epsilon(way[0], way[1], 4);
	g_assert_cmpfloat_with_epsilon(way[0], 5000 * 0.325, 4);
	for (guint i = 0; i < 2; i++) {
		MdvGlide glide;

		g_assert_false(mdv_glide_start(&glide, i ? 79 : (double)NAN, 0, 0));
	}
}

/* A picture that was let go moves on, unless the user wants nothing to move by itself. */
static void test_glide(Session *s, gconstpointer data)
{
	GtkWidget *map = GTK_WIDGET(mdv_window_map(s->window));
	GtkSettings *settings = gtk_widget_get_settings(map);
	double before, moved;

	search(s, "pfn:9000");
	before = mdv_view_camera(s->view)->x;
	gtk_widget_activate_action(map, "map.glide", "(dd)", 1000.0, 0.0);
	settle(s);
	moved = (mdv_view_camera(s->view)->x - before) * exp2(mdv_view_camera(s->view)->zoom);
	g_assert_cmpfloat(moved, >, 1000 * 0.325 - 5);
	g_assert_cmpfloat(moved, <=, 1000 * 0.325);
	g_object_set(settings, "gtk-enable-animations", FALSE, NULL);
	before = mdv_view_camera(s->view)->x;
	gtk_widget_activate_action(map, "map.glide", "(dd)", -1000.0, 0.0);
	settle(s);
	g_assert_cmpfloat(mdv_view_camera(s->view)->x, ==, before);
	g_object_set(settings, "gtk-enable-animations", TRUE, NULL);
}

/* --- bookmarks --- */

static MdvPlaces *places(Session *s)
{
	g_assert_nonnull(mdv_drawer_places(mdv_window_drawer(s->window)));
	return mdv_drawer_places(mdv_window_drawer(s->window));
}

static void test_bookmarks(Session *s, gconstpointer data)
{
	g_autofree char *path = file_in("good.memdesc.bookmarks"), *text = NULL;
	int zoom;

	act(s, "bookmark", "of nothing");
	g_assert_cmpuint(mdv_places_n(places(s)), ==, 0);
	search(s, "pfn:9000");
	act(s, "zoom-out", NULL);
	zoom = mdv_view_camera(s->view)->zoom;
	act(s, "bookmark", "who \342\200\223 and why?");
	mdv_view_select(s->view, 24570, 10);
	act(s, "bookmark", "");
	g_assert_cmpstr(mdv_window_error(s->window), ==, "");
	g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
	g_assert_nonnull(strstr(text, "pfn=9000\npages=1\n"));
	/* they are there again with their file, and with no other */
	open_file(s, "bad.memdesc");
	g_assert_cmpuint(mdv_places_n(places(s)), ==, 0);
	open_file(s, "good.memdesc");
	g_assert_cmpuint(mdv_places_n(places(s)), ==, 2);
	g_assert_cmpstr(mdv_places_note(places(s), 0), ==, "who \342\200\223 and why?");
	g_assert_true(mdv_places_go(places(s), 0));
	settle(s);
	assert_selected(s, 9000, 1);
	g_assert_cmpint(mdv_view_camera(s->view)->zoom, ==, zoom);
	g_assert_false(mdv_places_go(places(s), 2));
	g_assert_true(mdv_places_remove(places(s), 0));
	g_assert_true(mdv_places_go(places(s), 0));
	settle(s);
	assert_selected(s, 24570, 10);
	g_assert_true(mdv_places_remove(places(s), 0));
	g_assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
}

/* What makes no sense is left out; what cannot be kept is said. */
static void test_bookmarks_wrong(Session *s, gconstpointer data)
{
	g_autofree char *path = file_in("good.memdesc.bookmarks");

	g_assert_true(g_file_set_contents(path, "[a]\npfn=99999999999\npages=1\n[b]\npfn=5\n[c]\n"
					  "pfn=5\npages=18446744073709551615\n[d]\npfn=x\npages=2\n"
					  "[e]\npfn=7\npages=2\nzoom=-900\nnote=kept\n", -1, NULL));
	open_file(s, "good.memdesc");
	g_assert_cmpuint(mdv_places_n(places(s)), ==, 1);
	g_assert_cmpstr(mdv_places_note(places(s), 0), ==, "kept");
	g_assert_true(mdv_places_go(places(s), 0));
	g_assert_cmpint(mdv_view_camera(s->view)->zoom, ==, ANZ_ZOOM_MIN);
	g_unlink(path);
	g_assert_cmpint(g_mkdir(path, 0700), ==, 0);
	open_file(s, "bad.memdesc");
	open_file(s, "good.memdesc");
	g_assert_cmpuint(mdv_places_n(places(s)), ==, 0);
	search(s, "pfn:9000");
	act(s, "bookmark", "nowhere to keep it");
	assert_error(s, "bookmarks cannot be kept there");
	g_assert_cmpuint(mdv_places_n(places(s)), ==, 1);
	g_assert_cmpint(g_rmdir(path), ==, 0);
}

/* --- what was found --- */

/* What is lit is a table too, as long as it is lit. */
static void test_matches(Session *s, gconstpointer data)
{
	MdvSheet *matches;

	search(s, "slab");
	matches = sheet(s, "matches");
	g_assert_cmpuint(mdv_sheet_n_rows(matches), ==, 2);
	mdv_sheet_choose(matches, 1);
	settle(s);
	assert_selected(s, 67584, 2048);
	search(s, "anon, free");
	matches = sheet(s, "matches");
	g_assert_cmpuint(mdv_sheet_n_rows(matches), ==, 5);
	g_assert_cmpstr(mdv_sheet_cell(matches, 1, "pfn"), ==, "8192");
	act(s, "clear", NULL);
	g_assert_null(mdv_drawer_find(mdv_window_drawer(s->window), "matches"));
	search(s, "slab");
	mdv_sheet_choose(sheet(s, "owners"), 0);
	settle(s);
	g_assert_null(mdv_drawer_find(mdv_window_drawer(s->window), "matches"));
}

/* Without type information one is warned, and can name it. */
static void test_vmlinux(Session *s, gconstpointer data)
{
	g_autofree char *vmlinux = file_in("sample/vmlinux"), *nothing = file_in("words.txt");

	open_file(s, "sample/vmcore");
	g_assert_cmpstr(mdv_window_error(s->window), ==, "");
	g_assert_nonnull(strstr(mdv_window_message(s->window), "No type information"));
	g_assert_false(mdv_document_has_rows(mdv_view_document(s->view), "caches"));
	act(s, "vmlinux", vmlinux);
	g_assert_cmpstr(mdv_window_message(s->window), ==, "");
	g_assert_true(mdv_document_has_rows(mdv_view_document(s->view), "caches"));
	g_assert_true(g_file_set_contents(nothing, "no types\n", -1, NULL));
	act(s, "vmlinux", nothing);
	assert_error(s, "words.txt");
	g_assert_true(mdv_document_has_rows(mdv_view_document(s->view), "caches"));
}

/* --- bytes --- */

static void assert_bytes(Session *s, const char *part)
{
	g_autofree char *text = mdv_raw_text(mdv_window_raw(s->window));

	if (!strstr(text, part))
		g_error("\"%s\" is not in: %s", part, text);
}

/* An analysis of the sample dump with two snapshots of it, as "memdesc analyze --append" makes one. */
static void make_two_snapshots(const char *path)
{
	g_autofree char *vmcore = file_in("sample/vmcore"), *vmlinux = file_in("sample/vmlinux");
	const char *const paths[] = { vmcore, NULL }, *const types[] = { vmlinux, NULL };
	AnzSourceOptions open = { .size = sizeof(open), .paths = paths, .vmlinux = types };
	AnzAnalyzeOptions options = { .size = sizeof(options), .output = path };
	g_autoptr(GError) error = NULL;
	g_autoptr(AnzSource) source = anz_source_open(&open, &error);

	g_assert_no_error(error);
	for (guint i = 0; i < 2; i++) {
		g_autoptr(AnzStore) store = NULL;

		options.append = i > 0;
		store = anz_source_analyze(source, &options, &error);
		g_assert_no_error(error);
	}
}

/* The dump is found again from its analysis: the word's fields by name, its bytes, the page's. */
static void test_bytes(Session *s, gconstpointer data)
{
	g_autofree char *path = file_in("two.memdesc"), *line = NULL;
	g_autoptr(AnzQuery) query = NULL;
	MdvPrefs prefs;
	guint64 pfn;

	open_file(s, "good.memdesc");
	search(s, "pfn:16390");
	act(s, "bytes", NULL);
	assert_bytes(s, "/nowhere/vmcore.1: cannot open: No such file or directory");
	make_two_snapshots(path);
	open_file(s, "two.memdesc");
	query = anz_store_query(mdv_document_store(mdv_view_document(s->view)),
				"SELECT pfn, descriptor, struct_page FROM page WHERE class = 'slab' LIMIT 1",
				NULL);
	g_assert_true(anz_query_next(query, NULL));
	pfn = (guint64)anz_query_int(query, 0);
	mdv_view_select(s->view, pfn, 1);
	settle(s);
	assert_bytes(s, "bits 0-3, type: 5 (Slab)\n");
	line = g_strdup_printf("bits 4-63, descriptor: 0x%" G_GINT64_MODIFIER "x\n",
			       (guint64)anz_query_int(query, 1));
	assert_bytes(s, line);
	g_free(line);
	line = g_strdup_printf("+0x00  %016" G_GINT64_MODIFIER "x",
			       (guint64)anz_query_int(query, 1) + 5);
	assert_bytes(s, line);
	assert_bytes(s, "\n000  ");
	assert_bytes(s, "\n0f8  ");
	/* others are read as they are selected, the last one is shown; of several there is none */
	mdv_view_select(s->view, pfn + 1, 1);
	mdv_view_select(s->view, pfn, 1);
	settle(s);
	assert_bytes(s, line);
	mdv_view_select(s->view, pfn, 2);
	settle(s);
	g_assert_false(gtk_widget_get_visible(GTK_WIDGET(mdv_window_raw(s->window))));
	gtk_window_close(GTK_WINDOW(s->window));
	mdv_prefs_load(&prefs, s->prefs);
	g_assert_true(prefs.bytes);
}

/* --- snapshots --- */

static gint64 shown_snapshot(Session *s)
{
	return anz_store_snapshot(mdv_document_store(mdv_view_document(s->view)));
}

static void go_to_snapshot(Session *s, const char *action, gint64 snapshot)
{
	g_action_group_activate_action(G_ACTION_GROUP(s->window), action,
				       g_variant_new_int64(snapshot));
	settle(s);
}

/* Another snapshot is shown at the same place; two of one file are compared. */
static void test_snapshots(Session *s, gconstpointer data)
{
	g_autofree char *path = file_in("two.memdesc");
	g_autoptr(GMenuModel) menu = NULL;
	MdvCamera camera;

	open_file(s, "good.memdesc");
	g_assert_null(mdv_window_snapshot_menu(s->window));
	if (!g_file_test(path, G_FILE_TEST_EXISTS))
		make_two_snapshots(path);
	open_file(s, "two.memdesc");
	g_assert_cmpint(shown_snapshot(s), ==, 2);
	g_assert_nonnull(strstr(mdv_document_subtitle(mdv_view_document(s->view)), "snapshot 2 of "));
	menu = mdv_window_snapshot_menu(s->window);
	g_assert_nonnull(menu);
	search(s, "pfn:6000");
	search(s, "slab");
	camera = *mdv_view_camera(s->view);
	go_to_snapshot(s, "snapshot", 1);
	g_assert_cmpint(shown_snapshot(s), ==, 1);
	assert_selected(s, 6000, 1);
	g_assert_cmpint(mdv_view_camera(s->view)->zoom, ==, camera.zoom);
	g_assert_cmpfloat(mdv_view_camera(s->view)->x, ==, camera.x);
	g_assert_null(mdv_view_lit(s->view));
	go_to_snapshot(s, "compare-snapshot", 2);
	g_assert_nonnull(mdv_view_other(s->view));
	g_assert_cmpint(mdv_view_style(s->view)->mode, ==, ANZ_CELL_CHANGE);
	go_to_snapshot(s, "snapshot", 7);
	assert_error(s, "7");
	g_assert_cmpint(shown_snapshot(s), ==, 1);
	go_to_snapshot(s, "snapshot", 2);
	g_assert_null(mdv_view_other(s->view));
	g_assert_cmpint(shown_snapshot(s), ==, 2);
}

void add_pane_tests(void)
{
	g_test_add_func("/viewer/glide-way", test_glide_way);
	ADD("graph", test_graph, "good.memdesc");
	ADD("graph-kinds", test_graph_kinds, "good.memdesc");
	ADD("graph-buttons", test_graph_buttons, "good.memdesc");
	ADD("place", test_place, "good.memdesc");
	ADD("pages", test_pages, "good.memdesc");
	ADD("runs", test_runs, "good.memdesc");
	ADD("hover", test_hover, "good.memdesc");
	ADD("glide", test_glide, "good.memdesc");
	ADD("bookmarks", test_bookmarks, "good.memdesc");
	ADD("bookmarks-wrong", test_bookmarks_wrong, NULL);
	ADD("matches", test_matches, "good.memdesc");
	ADD("vmlinux", test_vmlinux, NULL);
	ADD("bytes", test_bytes, NULL);
	ADD("snapshots", test_snapshots, NULL);
}
