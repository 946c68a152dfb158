/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The whole picture, small, with the part that the map shows; press or drag to go there. */
#ifndef GUI_MINIMAP_H
#define GUI_MINIMAP_H

#include "painter.h"

#define MDV_TYPE_MINIMAP (mdv_minimap_get_type())
G_DECLARE_FINAL_TYPE(MdvMinimap, mdv_minimap, MDV, MINIMAP, GtkWidget)

/** @painter: the map's, whose pieces it shares. */
GtkWidget *mdv_minimap_new(MdvView *view, MdvPainter *painter);

#endif
