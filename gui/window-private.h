/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Between the parts of the window: window.c, window-*.c. */
#ifndef GUI_WINDOW_PRIVATE_H
#define GUI_WINDOW_PRIVATE_H

#include "prefs.h"
#include "window.h"

struct _MdvWindow {
	GtkApplicationWindow parent;
	MdvView *view;
	char *prefs_path;

	/* widgets, owned by the window's tree */
	GtkWidget *title, *subtitle, *snapshots;
	GtkWidget *info, *info_label;
	GtkWidget *progress_row, *progress_label, *progress_bar;
	GtkWidget *toolbar, *search, *search_note, *search_buttons, *mode, *curve;
	GtkWidget *stack;	/* "empty", "sketch" or "main" */
	GtkWidget *sketch;
	GtkWidget *map, *other_map, *maps, *captions[2];
	GtkWidget *left, *key, *inspector, *drawer, *rows;
	GtkWidget *status;

	/* options for dumps */
	char **vmlinux;
	char *vmcoreinfo;
	gboolean force;

	GCancellable *loading;	/* NULL: nothing is being opened */
	GCancellable *lighting;
	gboolean lighting_busy;
	AnzPageSet *noted;	/* not owned: lit when the search box was last looked at; NULL: nothing was */
	AnzPageSet *matches;	/* not owned: what table "matches" shows; NULL: there is none */
	char **paths;		/* what was opened last; NULL nothing */
	char **shown;		/* what the document is of */
	AnzView *wanted;	/* to be shown once what is being opened is there; NULL nothing */
	gboolean wanted_other;	/* what it is compared with is what is being opened */
	gboolean partly;	/* the document is a preview of what is being opened */
	char *wanted_search;	/* to be lit once it is whole; NULL nothing */
	MdvPrefs own, linked;	/* looks before and after a link was followed */
	gboolean has_link;
	guint exports;
	char *error;
	gboolean updating;	/* widgets are being set from the view, not by the user */
	gboolean side_by_side, blink;
	guint dressing;		/* waits for the picture before the theme changes; 0: it does not */
	guint still_frames;	/* since nothing was to be painted any more */
};

/* window-layout.c */
void mdv_window_make(MdvWindow *self);

/* window.c */
void mdv_window_update_status(MdvWindow *self);
/** Something went wrong while painting, perhaps. */
void mdv_window_painter_changed(MdvWindow *self);
void mdv_window_show_error(MdvWindow *self, const GError *error);
void mdv_window_clear_error(MdvWindow *self);
/** Nothing went wrong, but one should know. */
void mdv_window_show_warning(MdvWindow *self, const char *words);
/** As if it had been typed, but nothing comes of it. */
void mdv_window_set_search_text(MdvWindow *self, const char *text);
void mdv_window_arrange_maps(MdvWindow *self);
/** What is shown of a dump of which there is no document yet; %NULL if there is, or none is read. */
MdvView *mdv_window_sketched(MdvWindow *self);
/** The map, or what there is instead of it. */
void mdv_window_arrange_stack(MdvWindow *self);
void mdv_window_uncompare(MdvWindow *self);
/** The window becomes dark or light as the palette is, once the picture is seen in it. */
void mdv_window_apply_palette(MdvWindow *self);

/** A link brings its own looks, which do not become preferences unless they are chosen again. */
void mdv_window_keep_own_looks(MdvWindow *self);
void mdv_window_note_linked_looks(MdvWindow *self);

/* window-link.c */
/** What stands in the search box, or was handed to action "view". */
void mdv_window_go_to_link(MdvWindow *self, const char *text);
/** What is being opened is there, or could not be opened: goes on with the link that asked for it. */
void mdv_window_follow_link(MdvWindow *self, gboolean failed);
/** A preview is there: goes where the link leads; what it lights and compares with has time. */
void mdv_window_follow_link_partly(MdvWindow *self);
/** What was lit of a preview, and what a link wanted, is looked for in all that is known by now. */
void mdv_window_light_again(MdvWindow *self);

/* window-open.c */
void mdv_window_begin(MdvWindow *self, const char *const *paths, gint64 snapshot, gboolean to_compare);
/** @snapshot: 0 for the newest */
void mdv_window_open_snapshot(MdvWindow *self, const char *const *paths, gint64 snapshot);
void mdv_window_stop_loading(MdvWindow *self);
/**
 * mdv_window_light:
 * @sql: (nullable): rows of the table of matches; %NULL: there is none
 * @search: (nullable): what finds the same, as the search box takes it; %NULL: @sql does
 */
void mdv_window_light(MdvWindow *self, const char *sql, const char *words, const char *search);

/* window-files.c */
void mdv_window_add_file_actions(MdvWindow *self);

/* window-actions.c */
void mdv_window_add_actions(MdvWindow *self);
/** Sets the states of actions and widgets that show the view's. */
void mdv_window_update_states(MdvWindow *self);

/* window-keys.c */
void mdv_window_add_keys(MdvWindow *self);
/** Keys of a detailed action, as gtk_accelerator_parse() takes them; %NULL if it has none (transfer none). */
const char *mdv_window_keys_of(const char *detailed);

/* window-menus.c */
GMenuModel *mdv_window_menu(void);
/** Words, detailed action and its keys or "", by threes (transfer full). */
char **mdv_window_commands(void);
GMenuModel *mdv_window_overlay_menu(void);
/** The snapshots of the file that is open, to show or to compare with; %NULL if there is only one. */
GMenuModel *mdv_window_snapshot_menu(MdvWindow *self);

#endif
