/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a window shows: the documents, how they are drawn, what is selected, what is lit, and where the
 * camera is.  Every widget reads it and listens to it, so that picture, list and inspector share one
 * selection; nothing in a window changes but through here.
 *
 * Signals (no arguments): "document" another analysis; "picture" other pixels (geometry, style, lit
 * set); "camera" another part of the picture; "selection".
 */
#ifndef GUI_VIEW_H
#define GUI_VIEW_H

#include <analyze/search.h>
#include <analyze/sketch.h>

#include "document.h"

#define MDV_TYPE_VIEW (mdv_view_get_type())
G_DECLARE_FINAL_TYPE(MdvView, mdv_view, MDV, VIEW, GObject)

MdvView *mdv_view_new(void);

/* --- documents --- */

/** %NULL until one was opened (transfer none). */
MdvDocument *mdv_view_document(MdvView *view);
void mdv_view_set_document(MdvView *view, MdvDocument *document);
/** A more complete analysis of the same dump, or another snapshot: camera, selection, history stay. */
void mdv_view_refine_document(MdvView *view, MdvDocument *document);
/** The older analysis that is compared with, or %NULL. */
MdvDocument *mdv_view_other(MdvView *view);
/** What is seen instead of a document, of a dump that is being read; %NULL shows nothing. */
AnzSketch *mdv_view_sketch(MdvView *view);
void mdv_view_set_sketch(MdvView *view, AnzSketch *sketch);
/** Bytes of a page of what is seen, and how many frames it ends at, whichever of two ends later; 0: nothing. */
guint64 mdv_view_page_size(MdvView *view);
guint64 mdv_view_max_pfn(MdvView *view);
/** %FALSE with @error if the two cannot be compared. */
gboolean mdv_view_set_other(MdvView *view, MdvDocument *other, GError **error);

/* --- picture --- */

/** How pages are laid out; %NULL without a document. */
AnzGeometry *mdv_view_geometry(MdvView *view);
const AnzPictureStyle *mdv_view_style(MdvView *view);
void mdv_view_set_style(MdvView *view, const AnzPictureStyle *style);
AnzCurve mdv_view_curve(MdvView *view);
void mdv_view_set_curve(MdvView *view, AnzCurve curve);
gboolean mdv_view_show_holes(MdvView *view);
void mdv_view_set_show_holes(MdvView *view, gboolean show);

/** Pages that keep their colour while the others are dimmed; %NULL: all do. */
AnzPageSet *mdv_view_lit(MdvView *view);
/** What is lit, in words; "" if nothing is. */
const char *mdv_view_lit_words(MdvView *view);
/** What finds it again, as anz_search_parse() takes it; %NULL if nothing is lit (transfer none). */
const char *mdv_view_lit_search(MdvView *view);
void mdv_view_set_lit(MdvView *view, AnzPageSet *lit, const char *words, const char *search);

/* --- selection --- */

/** %FALSE if nothing is selected. */
gboolean mdv_view_selection(MdvView *view, guint64 *pfn, guint64 *nr_pages);
void mdv_view_select(MdvView *view, guint64 pfn, guint64 nr_pages);
void mdv_view_unselect(MdvView *view);
/** Selects, and brings into sight at a zoom that shows it whole; remembers where one was. */
void mdv_view_go(MdvView *view, guint64 pfn, guint64 nr_pages);

/* --- camera --- */

/**
 * MdvCamera: @x and @y: what is in the middle of the window, in cells of frames (pixels at zoom 0);
 * @zoom as for anz_geometry_size()
 */
typedef struct {
	double x, y;
	int zoom;
} MdvCamera;

const MdvCamera *mdv_view_camera(MdvView *view);
void mdv_view_set_camera(MdvView *view, const MdvCamera *camera);
/** Size of the window that the camera looks through, in pixels; if it saw the whole picture, it still does. */
void mdv_view_set_window(MdvView *view, guint width, guint height);
void mdv_view_get_window(MdvView *view, guint *width, guint *height);
/** The whole picture. */
void mdv_view_fit(MdvView *view);
/** Goes where @other is, which shows the same memory; stays if it has no such place. */
void mdv_view_join(MdvView *view, MdvView *other);

/** Remembers camera and selection, so that mdv_view_back() finds them. */
void mdv_view_remember(MdvView *view);
gboolean mdv_view_back(MdvView *view);
gboolean mdv_view_forward(MdvView *view);

/* --- as a link --- */

/** The pixel of the picture at the camera's zoom that is the window's upper left one. */
void mdv_view_origin(MdvView *view, gint64 *x, gint64 *y);
/** All of it but the documents (transfer full). */
AnzView *mdv_view_describe(MdvView *view);
/**
 * mdv_view_show:
 *
 * Draws the documents that are there as @link says, and goes where it is; what is lit stays.
 *
 * Returns: %FALSE with @error if that place is not in the picture; the rest is as it should be.
 */
gboolean mdv_view_show(MdvView *view, const AnzView *link, GError **error);

#endif
