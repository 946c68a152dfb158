/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A small area of a colour with its pattern, for legends. */
#ifndef GUI_SWATCH_H
#define GUI_SWATCH_H

#include <analyze/analyze.h>
#include <gtk/gtk.h>

#define MDV_SWATCH_WIDTH 18
#define MDV_SWATCH_HEIGHT 14

/** A GtkPicture with nothing in it. */
GtkWidget *mdv_swatch_new(void);
void mdv_swatch_set(GtkWidget *swatch, guint32 colour, AnzPattern pattern);

#endif
