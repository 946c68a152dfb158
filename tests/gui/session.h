/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A session with the viewer: what the files of its tests share. */
#ifndef TESTS_GUI_SESSION_H
#define TESTS_GUI_SESSION_H

#include <string.h>

#include "window.h"

typedef struct {
	MdvWindow *window;
	MdvView *view;
	char *prefs;
	guint documents;	/* shown so far, where it is counted */
} Session;

/** Path of one of the fixtures (transfer full). */
char *file_in(const char *name);
/** Everything that was begun is done, and what came of it was drawn. */
void settle(Session *s);
/** @parameter: (nullable): text for the action */
void act(Session *s, const char *action, const char *parameter);
void search(Session *s, const char *text);
void open_file(Session *s, const char *name);
/** The table of that name, shown and loaded. */
MdvSheet *sheet(Session *s, const char *name);
guint64 lit_count(Session *s);
gboolean is_enabled(Session *s, const char *action);
/** The first of that type at or below @widget, or %NULL. */
GtkWidget *find_widget(GtkWidget *widget, GType type);

void session_setup(Session *s, gconstpointer data);
void session_teardown(Session *s, gconstpointer data);

/** What is seen before the analysis is whole. */
void add_sketch_tests(void);
/** What hangs on the selection: graph, bytes, bookmarks, pages; and snapshots. */
void add_pane_tests(void);
/** What a user who knows nothing yet meets first. */
void add_first_tests(void);
/** Links to views. */
void add_link_tests(void);
/** Names of controls, and the window of keys. */
void add_name_tests(void);

#define assert_selected(s, first, n) \
	do { \
		guint64 pfn_ = 0, n_ = 0; \
		g_assert_true(mdv_view_selection((s)->view, &pfn_, &n_)); \
		g_assert_cmpuint(pfn_, ==, first); \
		g_assert_cmpuint(n_, ==, n); \
	} while (0)

#define assert_shown(s, name, expected) \
	g_assert_cmpstr(mdv_inspector_value(mdv_window_inspector((s)->window), name), ==, expected)

#define assert_error(s, part) \
	do { \
		if (!strstr(mdv_window_error((s)->window), part)) \
			g_error("\"%s\" is not in: %s", part, mdv_window_error((s)->window)); \
	} while (0)

#define ADD(name, function, file) \
	g_test_add("/viewer/" name, Session, file, session_setup, function, session_teardown)

#endif
