/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The tables below the map: those of the file that have rows.  Everything that the map can show can be
 * reached from here as well.
 */
#ifndef GUI_DRAWER_H
#define GUI_DRAWER_H

#include "graph.h"
#include "places.h"
#include "sheet.h"

#define MDV_TYPE_DRAWER (mdv_drawer_get_type())
G_DECLARE_FINAL_TYPE(MdvDrawer, mdv_drawer, MDV, DRAWER, GtkWidget)

/** Signal "failed" (a #GError, static scope): something in it could not be done. */
GtkWidget *mdv_drawer_new(MdvView *view);

/** The sheet that is seen, or %NULL. */
MdvSheet *mdv_drawer_current(MdvDrawer *drawer);
/** The sheet called @name, or %NULL. */
MdvSheet *mdv_drawer_find(MdvDrawer *drawer, const char *name);
/** The graph around the selection; %NULL without a document. */
MdvGraph *mdv_drawer_graph(MdvDrawer *drawer);
/** The bookmarks; %NULL without a document. */
MdvPlaces *mdv_drawer_places(MdvDrawer *drawer);
gboolean mdv_drawer_show(MdvDrawer *drawer, const char *name);
/** A sheet of the user's own: replaces the last one of the same @name, and is shown. */
void mdv_drawer_put(MdvDrawer *drawer, const char *name, const char *title, const char *sql,
		    const char *light_sql);
/** Likewise, but what is shown stays so. */
void mdv_drawer_offer(MdvDrawer *drawer, const char *name, const char *title, const char *sql);
/** Puts a widget of another kind there, and shows it. */
void mdv_drawer_put_widget(MdvDrawer *drawer, const char *name, const char *title, GtkWidget *page);
void mdv_drawer_remove(MdvDrawer *drawer, const char *name);

#endif
