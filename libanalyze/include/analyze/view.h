/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A view as one line of text, to be handed on: what somebody looks at, in which file, drawn how.
 *
 *	memdesc:///srv/machine.memdesc?layout=hilbert&mode=dominant&palette=dark&at=58089&zoom=2&select=58089,1
 *
 * Behind the name of the file stand keys and values, each at most once, in any order; file and values have
 * %XX for what is no letter, digit or one of "-._~/,:".  All keys may be missing:
 *
 *	part=FILE	another part of a split dump (may be given more than once)
 *	snapshot=N	of the file; the newest without it
 *	with=FILE	the older analysis that is compared with
 *	with-snapshot=N
 *	layout, mode, palette	as anz_curve_name(), anz_cell_mode_name(), anz_palette_name()
 *	row=N		tiles in a row
 *	holes=yes	address space without memory has its place
 *	grid=no
 *	borders=NAME,...	as anz_overlay_name()
 *	show=CLASS,...	the other classes are dimmed; or hide=CLASS,...
 *	colours=CLASS:RRGGBB,...	those that are not the palette's
 *	at=PFN		the frame in the middle; without it, the whole picture
 *	zoom=N		as anz_geometry_size()
 *	off=X,Y		where in that frame the middle is, in pixels at that zoom; without it, its own middle
 *	size=WxH	of what was seen, in pixels
 *	select=PFN,N	the selected frames
 *	search=TEXT	what is lit, as anz_search_parse() takes it
 */
#ifndef ANALYZE_VIEW_H
#define ANALYZE_VIEW_H

#include <analyze/picture.h>

G_BEGIN_DECLS

#define ANZ_VIEW_MAX_SIZE 32768		/* of width and height */

/**
 * AnzView:
 * @paths: (nullable): the file, or the parts of a dump, %NULL-terminated; %NULL: none is named
 * @snapshot: of the file; 0 for the newest
 * @other: (nullable): the older analysis
 * @other_snapshot: 0 for the newest
 * @curve: inside a tile
 * @row_tiles: as AnzGeometryOptions
 * @show_holes: likewise
 * @style: how it is drawn
 * @has_place: @pfn is said; else the whole picture is seen
 * @pfn: frame in the middle
 * @has_off: @dx and @dy are said; else the cell's middle is in the middle
 * @dx: column of pixels within the cell of @pfn that is in the middle; may lie outside of the cell
 * @dy: row of pixels
 * @has_zoom: @zoom is said
 * @zoom: as anz_geometry_size()
 * @width: of what was seen, in pixels; 0 not said
 * @height: likewise
 * @first: first selected frame
 * @nr_selected: frames selected; 0 none
 * @search: (nullable): what is lit, in the words of anz_search_parse()
 */
typedef struct {
	char **paths;
	gint64 snapshot;
	char *other;
	gint64 other_snapshot;
	AnzCurve curve;
	guint row_tiles;
	gboolean show_holes;
	AnzPictureStyle style;
	gboolean has_place, has_off, has_zoom;
	guint64 pfn;
	gint64 dx, dy;
	int zoom;
	guint width, height;
	guint64 first, nr_selected;
	char *search;
} AnzView;

/** The whole picture of no file, as it is drawn when nothing is said. */
AnzView *anz_view_new(void);
void anz_view_free(AnzView *view);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AnzView, anz_view_free)

/** %TRUE if @text is meant as a view: it begins with "memdesc:". */
gboolean anz_view_is(const char *text);
/**
 * anz_view_parse:
 *
 * Returns: (transfer full): %NULL with @error, in words, if @text is no view.
 */
AnzView *anz_view_parse(const char *text, GError **error);
/** The view as one line (transfer full); anz_view_parse() makes the same of it. */
char *anz_view_text(const AnzView *view);

/**
 * anz_view_look_at:
 * @x: column of pixels of the picture at @zoom that is in the middle; may lie outside of it
 *
 * Sets the place and the zoom.
 */
void anz_view_look_at(AnzView *view, const AnzGeometry *geometry, int zoom, gint64 x, gint64 y);
/**
 * anz_view_middle:
 * @width: pixels that are there to see it in; of them, the one behind width / 2 is the middle
 * @zoom: (out)
 * @x: (out): column of pixels of the picture at @zoom that is in the middle
 *
 * Without a place, the middle is that of the whole picture; without a zoom, it is one at which all of it fits,
 * or of a place, four pixels a page.
 *
 * Returns: %FALSE with @error if the frame has no place in the picture.
 */
gboolean anz_view_middle(const AnzView *view, const AnzGeometry *geometry, guint width, guint height,
			 int *zoom, gint64 *x, gint64 *y, GError **error);

G_END_DECLS

#endif
