/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A movement that was let go: it goes on, slower and slower, until it stops. */
#ifndef GUI_GLIDE_H
#define GUI_GLIDE_H

#include <glib.h>

/** MdvGlide: @x and @y are pixels a second; all zero: nothing moves. */
typedef struct {
	double x, y;
	gint64 at;		/* microseconds: when it had that speed */
} MdvGlide;

/** Speeds that are too small to be meant start nothing, and %FALSE is returned. */
gboolean mdv_glide_start(MdvGlide *glide, double x, double y, gint64 now);
/** How far it went since it was asked last, in pixels; %FALSE when it has come to rest. */
gboolean mdv_glide_step(MdvGlide *glide, gint64 now, double *dx, double *dy);

#endif
