/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The classes of this machine with their colours and counts; each can be hidden, shown alone, or given
 * another colour.  Rows are real widgets, so that all of it works without a pointer.
 */
#ifndef GUI_LEGEND_H
#define GUI_LEGEND_H

#include <gtk/gtk.h>

#include "view.h"

#define MDV_TYPE_LEGEND (mdv_legend_get_type())
G_DECLARE_FINAL_TYPE(MdvLegend, mdv_legend, MDV, LEGEND, GtkWidget)

GtkWidget *mdv_legend_new(MdvView *view);

/** Shows @page_class alone; once more, all classes again. */
void mdv_legend_solo(MdvView *view, AnzPageClass page_class);
/** Hides @page_class, or shows it again. */
void mdv_legend_toggle(MdvView *view, AnzPageClass page_class);

/** The MdvKey in it (transfer none). */
GtkWidget *mdv_legend_key(MdvLegend *legend);

#endif
