/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The viewer's window: toolbar, legend, map, inspector, tables, status.  All that it can do is an action
 * ("win.open", "win.search" ...), which keys, menus and tests share.
 */
#ifndef GUI_WINDOW_H
#define GUI_WINDOW_H

#include "drawer.h"
#include "inspector.h"
#include "key.h"
#include "load.h"
#include "map-view.h"

#define MDV_TYPE_WINDOW (mdv_window_get_type())
G_DECLARE_FINAL_TYPE(MdvWindow, mdv_window, MDV, WINDOW, GtkApplicationWindow)

/** @prefs_path: (nullable): where preferences are kept; %NULL for the user's own place. */
MdvWindow *mdv_window_new(GtkApplication *application, const char *prefs_path);

/** Options for dumps that are opened from now on; copied. */
void mdv_window_set_load_options(MdvWindow *window, const MdvLoadOptions *options);
/** Opens an analysis file, a dump, or the parts of one. */
void mdv_window_open(MdvWindow *window, const char *const *paths);
/** Opens an older analysis to compare with. */
void mdv_window_compare(MdvWindow *window, const char *path);
/** Shows another snapshot of the file that is open, or compares with it. */
void mdv_window_show_snapshot(MdvWindow *window, gint64 snapshot, gboolean to_compare);
/** Opens what @view names, unless it is open, and shows it so; with no name, what is open. @view: (transfer full) */
void mdv_window_show_view(MdvWindow *window, AnzView *view);
/** What is shown, as a line that shows it again (transfer full); %NULL if nothing is open. */
char *mdv_window_link(MdvWindow *window);
/** What the search box would do with @text. */
void mdv_window_search(MdvWindow *window, const char *text);

MdvView *mdv_window_view(MdvWindow *window);
MdvMapView *mdv_window_map(MdvWindow *window);
MdvDrawer *mdv_window_drawer(MdvWindow *window);
MdvInspector *mdv_window_inspector(MdvWindow *window);
MdvKey *mdv_window_key(MdvWindow *window);
MdvRaw *mdv_window_raw(MdvWindow *window);
/** The words of the last error, or "" (transfer none). */
const char *mdv_window_error(MdvWindow *window);
/** What is said above the map, a warning or the last error; "" nothing (transfer none). */
const char *mdv_window_message(MdvWindow *window);
/** What the status line says (transfer none). */
const char *mdv_window_status(MdvWindow *window);
/** %TRUE while a file is being opened, a search runs, or pieces of the picture are missing. */
gboolean mdv_window_is_busy(MdvWindow *window);

/** The window's picture as PNG, for documentation. */
gboolean mdv_window_screenshot(MdvWindow *window, const char *path, GError **error);

#endif
