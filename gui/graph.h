/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The graph around the selection, or around an owner that was pressed: every node is a button.  Pages
 * are gone to, an owner is put in the middle and has all its pages lit.
 */
#ifndef GUI_GRAPH_H
#define GUI_GRAPH_H

#include <gtk/gtk.h>

#include "graph-model.h"
#include "view.h"

#define MDV_TYPE_GRAPH (mdv_graph_get_type())
G_DECLARE_FINAL_TYPE(MdvGraph, mdv_graph, MDV, GRAPH, GtkWidget)

GtkWidget *mdv_graph_new(MdvView *view);

/** What is shown (transfer none); %NULL while the graph is not in sight. */
const MdvGraphModel *mdv_graph_model(MdvGraph *graph);
/** As if the node was pressed. */
void mdv_graph_press(MdvGraph *graph, guint node);

#endif
