/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What has become of pages, class by class: a list of which each row lights the pages it counts. */
#ifndef GUI_CHANGES_H
#define GUI_CHANGES_H

#include <gtk/gtk.h>

#include "view.h"

#define MDV_TYPE_CHANGES (mdv_changes_get_type())
G_DECLARE_FINAL_TYPE(MdvChanges, mdv_changes, MDV, CHANGES, GtkWidget)

/** Begins to compare the view's two documents. */
GtkWidget *mdv_changes_new(MdvView *view);

/** Ways from one class to another; 0 until the comparison is done. */
guint mdv_changes_n_rows(MdvChanges *changes);
gboolean mdv_changes_is_done(MdvChanges *changes);
void mdv_changes_choose(MdvChanges *changes, guint row);

#endif
