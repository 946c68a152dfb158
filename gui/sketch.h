/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is seen while a dump's pages are being read: all memory from a sample, getting better tile by tile. */
#ifndef GUI_SKETCH_H
#define GUI_SKETCH_H

#include <gtk/gtk.h>

#include "map-view.h"

#define MDV_TYPE_SKETCH (mdv_sketch_get_type())
/* Of what stands left of a map, in pixels. */
#define MDV_SIDE_WIDTH 296

G_DECLARE_FINAL_TYPE(MdvSketch, mdv_sketch, MDV, SKETCH, GtkWidget)

/** Takes curve and colours from @looks, which need not show the same memory. */
GtkWidget *mdv_sketch_new(MdvView *looks);

/** @sketch: (transfer none) (nullable): what to show from now on, looked at again a few times a second. */
void mdv_sketch_set(MdvSketch *self, AnzSketch *sketch);

/** Its own map, and what that one shows: another view than the window's (transfer none). */
MdvMapView *mdv_sketch_map(MdvSketch *self);
MdvView *mdv_sketch_view(MdvSketch *self);

/** What stands below the picture: how much was looked at, and the shares of classes (transfer none). */
const char *mdv_sketch_words(MdvSketch *self);

#endif
