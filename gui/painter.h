/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Square pieces of the picture as textures, painted by worker threads and kept while there is room.
 * Asking never waits: a piece that is not there yet is begun, and "changed" says when there are more.
 */
#ifndef GUI_PAINTER_H
#define GUI_PAINTER_H

#include <gtk/gtk.h>

#include "view.h"

#define MDV_PIECE_PX 256

#define MDV_TYPE_PAINTER (mdv_painter_get_type())
G_DECLARE_FINAL_TYPE(MdvPainter, mdv_painter, MDV, PAINTER, GObject)

/** AnzPicture of which of the view's two documents. */
typedef enum {
	MDV_PAINT_DOCUMENT,
	MDV_PAINT_OTHER,
} MdvPaintWhat;

MdvPainter *mdv_painter_new(MdvView *view, MdvPaintWhat what);

/**
 * mdv_painter_get:
 * @x, @y: number of the piece, which begins at pixel @x * MDV_PIECE_PX of the picture at @zoom
 *
 * Returns: (transfer none): its texture, or %NULL; then it has been begun.
 */
GdkTexture *mdv_painter_get(MdvPainter *painter, int zoom, guint x, guint y);

/** The texture if it is there; nothing is begun. */
GdkTexture *mdv_painter_peek(MdvPainter *painter, int zoom, guint x, guint y);

/** Pieces that were asked for and are not there yet. */
guint mdv_painter_n_pending(MdvPainter *painter);
/** Those at @zoom alone. */
guint mdv_painter_n_pending_at(MdvPainter *painter, int zoom);

/** Pieces begun for a part of the picture that is not looked at any more need not be made. */
void mdv_painter_forget_pending(MdvPainter *painter);

/** The first thing that went wrong while painting, or %NULL (transfer none). */
const GError *mdv_painter_error(MdvPainter *painter);

#endif
