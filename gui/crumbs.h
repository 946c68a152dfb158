/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where the selection lies: node, zone, section, pageblock, block, page; each goes there. */
#ifndef GUI_CRUMBS_H
#define GUI_CRUMBS_H

#include <gtk/gtk.h>

#include "view.h"

#define MDV_TYPE_CRUMBS (mdv_crumbs_get_type())
G_DECLARE_FINAL_TYPE(MdvCrumbs, mdv_crumbs, MDV, CRUMBS, GtkWidget)

GtkWidget *mdv_crumbs_new(MdvView *view);

/** Number of steps shown. */
guint mdv_crumbs_n(MdvCrumbs *crumbs);

#endif
