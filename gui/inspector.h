/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Everything known of the selected page, in words: the row of table `page`, the run it lies in, and its
 * descriptor and owner as links that light all their pages.
 */
#ifndef GUI_INSPECTOR_H
#define GUI_INSPECTOR_H

#include <gtk/gtk.h>

#include "raw.h"
#include "view.h"

#define MDV_TYPE_INSPECTOR (mdv_inspector_get_type())
G_DECLARE_FINAL_TYPE(MdvInspector, mdv_inspector, MDV, INSPECTOR, GtkWidget)

GtkWidget *mdv_inspector_new(MdvView *view);

/** What is shown as JSON (transfer full). */
char *mdv_inspector_json(MdvInspector *inspector);
/** The page's bytes, at its end. */
MdvRaw *mdv_inspector_raw(MdvInspector *inspector);
/** Unfolds the page's bytes, and scrolls to them once they are there; or folds them. */
void mdv_inspector_toggle_raw(MdvInspector *inspector);
/** Value shown under @name, or %NULL. */
const char *mdv_inspector_value(MdvInspector *inspector, const char *name);

#endif
