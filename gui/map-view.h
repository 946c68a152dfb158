/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The picture of all memory, to be panned and zoomed.  It shows what its MdvView says, and every gesture
 * ends in a call of that view; its actions (map.zoom-in, map.fit ...) are what keys, menus and tests use.
 *
 * Signal "hover": the page under the pointer has changed.
 */
#ifndef GUI_MAP_VIEW_H
#define GUI_MAP_VIEW_H

#include "painter.h"

#define MDV_TYPE_MAP_VIEW (mdv_map_view_get_type())
G_DECLARE_FINAL_TYPE(MdvMapView, mdv_map_view, MDV, MAP_VIEW, GtkWidget)

GtkWidget *mdv_map_view_new(MdvView *view, MdvPaintWhat what);

/** What the pointer is on; %FALSE if that is no page. */
gboolean mdv_map_view_hover(MdvMapView *map, AnzCell *cell);
MdvPainter *mdv_map_view_painter(MdvMapView *map);
/** Changes the zoom by steps of two about a point of the widget. */
void mdv_map_view_zoom_about(MdvMapView *map, int steps, double x, double y);
/** %TRUE while a zoom is under way or pieces are missing: what is seen is not final. */
gboolean mdv_map_view_is_busy(MdvMapView *map);

#endif
