/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Physical addresses beside the map: where each row of tiles begins. */
#ifndef GUI_RULER_H
#define GUI_RULER_H

#include <gtk/gtk.h>

#include "view.h"

#define MDV_TYPE_RULER (mdv_ruler_get_type())
G_DECLARE_FINAL_TYPE(MdvRuler, mdv_ruler, MDV, RULER, GtkWidget)

GtkWidget *mdv_ruler_new(MdvView *view);

#endif
