/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The bookmarks of a document as a list: go to one, change its note, drop it. */
#ifndef GUI_PLACES_H
#define GUI_PLACES_H

#include <gtk/gtk.h>

#include "view.h"

#define MDV_TYPE_PLACES (mdv_places_get_type())
G_DECLARE_FINAL_TYPE(MdvPlaces, mdv_places, MDV, PLACES, GtkWidget)

/**
 * mdv_places_new:
 *
 * Signal "failed" (a #GError, static scope): they could not be kept.
 */
GtkWidget *mdv_places_new(MdvView *view);

/** Adds the selection, with that note; %FALSE if nothing is selected. */
gboolean mdv_places_add(MdvPlaces *places, const char *note);
guint mdv_places_n(MdvPlaces *places);
/** As if it was pressed; FALSE if there is none of that number. */
gboolean mdv_places_go(MdvPlaces *places, guint place);
gboolean mdv_places_remove(MdvPlaces *places, guint place);
const char *mdv_places_note(MdvPlaces *places, guint place);

#endif
