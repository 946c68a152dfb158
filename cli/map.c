/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* memdesc map: all memory in one picture, as PNG, as SVG or as letters. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "interrupt.h"
#include "map-blocks.h"
#include "map-letters.h"
#include "map-view.h"
#include "sink.h"
#include "source.h"
#include "verbs.h"

#define ALL_CLASSES ((1u << ANZ_NR_CLASSES) - 1)

/* --- options --- */

static gboolean bad_word(GError **error, const char *option, const char *word,
			 const char *(*name)(guint))
{
	g_autoptr(GString) known = g_string_new(NULL);

	for (guint i = 0; name(i); i++)
		g_string_append_printf(known, "%s%s", i ? ", " : "", name(i));
	g_set_error(error, CLI_ERROR, CLI_ERROR_USAGE, "%s: there is no '%s'; there is %s",
		    option, word, known->str);
	return FALSE;
}

/* @word %NULL leaves @value as it is. */
static gboolean choose(const char *option, const char *word, int (*number)(const char *),
		       const char *(*name)(guint), guint *value, GError **error)
{
	int n = word ? number(word) : 0;

	if (n < 0)
		return bad_word(error, option, word, name);
	if (word)
		*value = (guint)n;
	return TRUE;
}

static const char *class_name(guint page_class)
{
	const AnzPageClassInfo *info = anz_page_class_info(page_class);

	return info ? info->name : NULL;
}

/* "a,b" to a set of numbers. */
static gboolean choose_several(const char *option, const char *words,
			       int (*number)(const char *), const char *(*name)(guint),
			       guint32 *set, GError **error)
{
	g_auto(GStrv) parts = g_strsplit(words ? words : "", ",", -1);

	for (char **word = parts; *word; word++) {
		int n = number(g_strstrip(*word));

		if (n < 0)
			return bad_word(error, option, *word, name);
		*set |= 1u << n;
	}
	return TRUE;
}

typedef struct {
	AnzView *view;		/* what is drawn: what --view says, and what options say instead */
	AnzPageSet *lit;	/* what is searched for; NULL: nothing is */
	guint32 classes;	/* 0: all */
	gboolean picture;	/* not letters */
	gboolean svg;
} Wishes;

static gboolean read_size(const char *text, Wishes *w, GError **error)
{
	char *end;
	gulong width, height = 0;

	if (!text)
		return TRUE;
	width = strtoul(text, &end, 10);
	if (*end == 'x')
		height = strtoul(end + 1, &end, 10);
	if (*end || !width || !height || *text == '-') {
		g_set_error(error, CLI_ERROR, CLI_ERROR_USAGE,
			    "--size takes WIDTHxHEIGHT in pixels, as in 1600x1000, not '%s'", text);
		return FALSE;
	}
	if (width > ANZ_VIEW_MAX_SIZE || height > ANZ_VIEW_MAX_SIZE) {
		g_set_error(error, CLI_ERROR, CLI_ERROR_USAGE,
			    "--size takes at most %dx%d pixels, not '%s'; without it, --zoom makes the "
			    "whole picture as large as it is", ANZ_VIEW_MAX_SIZE, ANZ_VIEW_MAX_SIZE, text);
		return FALSE;
	}
	w->view->width = (guint)width;
	w->view->height = (guint)height;
	return TRUE;
}

/* What the name after -o asks for.  Letters in a file called .jpg would be no use to anybody. */
static gboolean read_output(const Args *args, Wishes *w, GError **error)
{
	g_autofree char *base = args->output ? g_path_get_basename(args->output) : g_strdup("-");
	const char *dot = strrchr(base, '.');
	g_autofree char *suffix = g_ascii_strdown(dot && dot > base ? dot : "", -1);
	gboolean text = args->json || args->csv || args->columns;
	AnzCellMode mode = w->view->style.mode;

	w->svg = !strcmp(suffix, ".svg");
	w->picture = args->png || w->svg || !strcmp(suffix, ".png");
	if (args->png && w->svg) {
		g_set_error(error, CLI_ERROR, CLI_ERROR_USAGE,
			    "--png and a name that ends in .svg contradict each other");
	} else if (w->picture && text) {
		g_set_error(error, CLI_ERROR, CLI_ERROR_USAGE,
			    "%s has neither JSON, CSV nor columns", w->svg ? "an SVG" : "a PNG");
	} else if (!w->picture && !text && *suffix && strcmp(suffix, ".txt")) {
		g_set_error(error, CLI_ERROR, CLI_ERROR_USAGE,
			    "-o %s: a map is made as .png, as .svg, or in letters as .txt", args->output);
	} else if (!w->picture && mode != ANZ_CELL_DOMINANT && mode != ANZ_CELL_FRAGMENTATION) {
		g_set_error(error, CLI_ERROR, CLI_ERROR_USAGE,
			    "--mode %s is for pictures; name one with -o FILE.png or -o FILE.svg",
			    anz_cell_mode_name(mode));
	} else if (!w->picture && mode == ANZ_CELL_FRAGMENTATION && (w->classes || w->view->search)) {
		g_set_error(error, CLI_ERROR, CLI_ERROR_USAGE,
			    "%s does not go with --mode fragmentation, but in pictures",
			    w->classes ? "--class" : "--search");
	} else {
		return TRUE;
	}
	return FALSE;
}

/* Another palette than the view's brings its own colours. */
static gboolean read_style(const Args *args, Wishes *w, GError **error)
{
	AnzPictureStyle *style = &w->view->style, fresh;
	guint palette = style->palette, mode = style->mode, curve = w->view->curve;
	guint32 overlays = 0;

	if (!choose("--palette", args->palette, anz_palette_from_name, anz_palette_name, &palette,
		    error) ||
	    !choose("--mode", args->mode, anz_cell_mode_from_name, anz_cell_mode_name, &mode,
		    error) ||
	    !choose("--layout", args->layout, anz_curve_from_name, anz_curve_name, &curve, error) ||
	    !choose_several("--overlay", args->overlay, anz_overlay_from_name, anz_overlay_name,
			    &overlays, error) ||
	    !choose_several("--class", args->page_class, anz_page_class_from_name, class_name,
			    &w->classes, error))
		return FALSE;
	if (args->mode && mode == ANZ_CELL_CHANGE && !w->view->other) {
		g_set_error(error, CLI_ERROR, CLI_ERROR_USAGE,
			    "--mode: 'change' needs a second analysis; memdesc diff compares two");
		return FALSE;
	}
	if (palette != style->palette) {
		anz_picture_style_init(&fresh, palette);
		memcpy(style->colours, fresh.colours, sizeof(style->colours));
		style->palette = palette;
	}
	style->mode = mode;
	w->view->curve = curve;
	if (args->overlay)
		style->overlays = overlays;
	if (args->page_class) {
		style->chosen = w->classes;
		style->hidden = mode == ANZ_CELL_DOMINANT || mode == ANZ_CELL_MIXED ?
			~w->classes & ALL_CLASSES : 0;
	} else {
		w->classes = style->chosen;
	}
	return TRUE;
}

static gboolean read_wishes(Args *args, Wishes *w, GError **error)
{
	if (!read_style(args, w, error) ||
	    !read_size(args->size, w, error))
		return FALSE;
	if (args->zoom != G_MININT && (args->zoom < ANZ_ZOOM_MIN || args->zoom > ANZ_ZOOM_MAX)) {
		g_set_error(error, CLI_ERROR, CLI_ERROR_USAGE,
			    "--zoom takes a number from %d to %d", ANZ_ZOOM_MIN, ANZ_ZOOM_MAX);
		return FALSE;
	}
	if (args->cell_level < -1 || args->cell_level > ANZ_PYRAMID_MAX_LEVEL ||
	    args->row_tiles < 0) {
		g_set_error(error, CLI_ERROR, CLI_ERROR_USAGE,
			    "--cells takes a level from 0 to %d, --row-tiles a number of tiles",
			    ANZ_PYRAMID_MAX_LEVEL);
		return FALSE;
	}
	w->view->show_holes |= args->holes;
	if (args->row_tiles)
		w->view->row_tiles = (guint)args->row_tiles;
	return read_output(args, w, error);
}

/* --- PNG and SVG --- */

/* --zoom and --at outrank what a view says of the place. */
static gboolean place_view(const Args *args, const Wishes *w, AnzStore *store, const AnzGeometry *geometry,
			   GError **error)
{
	AnzView *view = w->view;
	AnzAddress address;
	AnzCell cell;

	if (args->zoom != G_MININT) {
		view->has_off &= view->has_zoom && view->zoom == args->zoom;
		view->has_zoom = TRUE;
		view->zoom = args->zoom;
	}
	if (!args->at)
		return TRUE;
	if (!anz_store_resolve(store, args->at, &address, error))
		return FALSE;
	if (address.kind == ANZ_ADDRESS_VIRTUAL ||
	    !anz_geometry_cell_of(geometry, 0, address.pfn, &cell)) {
		g_set_error(error, CLI_ERROR, CLI_ERROR_USAGE,
			    "--at: %s is not in the picture (%s); --holes shows all of the map",
			    args->at, address.words);
		return FALSE;
	}
	view->has_place = TRUE;
	view->has_off = FALSE;
	view->pfn = address.pfn;
	return TRUE;
}

/* What part of the picture, and how large: the whole, or a window around a place. */
static gboolean frame_picture(const Args *args, const Wishes *w, AnzStore *store, const AnzGeometry *geometry,
			      gint64 *x, gint64 *y, GError **error)
{
	AnzView *view = w->view;
	guint64 width, height;

	if (!place_view(args, w, store, geometry, error) ||
	    !anz_view_middle(view, geometry, view->width ? view->width : 1600,
			     view->height ? view->height : 1600, &view->zoom, x, y, error))
		return FALSE;
	view->has_zoom = TRUE;
	anz_geometry_size(geometry, view->zoom, &width, &height);
	if (!view->has_place && (view->width ? view->width : width) >
	    ANZ_PNG_MAX_PIXELS / (view->height ? view->height : height)) {
		g_set_error(error, CLI_ERROR, CLI_ERROR_USAGE,
			    "the whole picture at --zoom %d has %" G_GUINT64_FORMAT "x%" G_GUINT64_FORMAT
			    " pixels; choose a smaller --zoom, or a part of it with --at and --size", view->zoom,
			    width, height);
		return FALSE;
	}
	view->width = view->width ? view->width : view->has_place ? 1024 : (guint)width;
	view->height = view->height ? view->height : view->has_place ? 768 : (guint)height;
	if (!anz_view_middle(view, geometry, view->width, view->height, &view->zoom, x, y, error))
		return FALSE;
	*x -= view->width / 2;
	*y -= view->height / 2;
	/* a size smaller than the whole has its beginning, unless a view was made with its middle */
	if (!view->has_place && !args->view) {
		*x = MIN(*x, 0);
		*y = MIN(*y, 0);
	}
	return TRUE;
}

static gboolean write_file(const Args *args, const Wishes *w, AnzPicture *picture, gint64 x, gint64 y,
			   const char *title, FILE *file, GError **error)
{
	const AnzView *view = w->view;
	g_autofree char *link = map_view_link(args, view);
	const AnzPngText text[] = {
		{ "Software", "memdesc " MEMDESC_VERSION },
		{ "Title", title },
		{ "memdesc:view", link },
		{ NULL, NULL }
	};

	return w->svg ? anz_picture_write_svg(picture, view->zoom, x, y, view->width, view->height, file, title,
					      interrupt_flag(), error) :
		anz_picture_write_png(picture, view->zoom, x, y, view->width, view->height, file, text,
				      interrupt_flag(), error);
}

static gboolean write_picture(Args *args, const Wishes *w, AnzStore *store, AnzStore *other, GError **error)
{
	const AnzGeometryOptions options = {
		.size = sizeof(options), .curve = w->view->curve, .row_tiles = w->view->row_tiles,
		.show_holes = w->view->show_holes, .other = other,
	};
	g_autoptr(AnzGeometry) geometry = anz_geometry_new(store, &options, error);
	g_autoptr(AnzPicture) picture = NULL;
	g_autofree char *release = NULL;
	gint64 x, y;
	Sink *sink;

	if (!geometry || !frame_picture(args, w, store, geometry, &x, &y, error))
		return FALSE;
	release = anz_store_meta(store, "kernel.release");
	picture = anz_picture_new(store, other, geometry);
	anz_picture_set_style(picture, &w->view->style);
	anz_picture_set_lit(picture, w->lit);
	sink = sink_open(args->output, error);
	if (!sink)
		return FALSE;
	if (sink_is_terminal(sink)) {
		sink_free(sink);
		g_set_error(error, CLI_ERROR, CLI_ERROR_USAGE,
			    "a PNG is nothing for a terminal; name a file with -o");
		return FALSE;
	}
	if (!write_file(args, w, picture, x, y, release ? release : "physical memory", sink_file(sink), error)) {
		/* the sink knows better why, if writing was what failed */
		if (sink_failed(sink) && !interrupted()) {
			g_clear_error(error);
			return sink_close(sink, error);
		}
		sink_free(sink);
		return FALSE;
	}
	return sink_close(sink, error);
}

static gboolean print_text(Args *args, const Wishes *w, AnzStore *store, GError **error)
{
	gboolean blocks = w->view->style.mode == ANZ_CELL_FRAGMENTATION;
	g_autoptr(Output) out = output_open(args, blocks ? &map_block_table : &map_cell_table, verb_map.tables, error);

	return out && (blocks ? map_letters_print_blocks(args, out, store, error) :
		       map_letters_print(args, w->classes, w->lit, out, store, error)) &&
		output_close(g_steal_pointer(&out), error);
}

static gboolean run(Args *args, GError **error)
{
	g_autoptr(AnzView) view = map_view_read(args, error);
	g_autoptr(AnzPageSet) lit = NULL;
	g_autoptr(Source) source = NULL, other = NULL;
	Wishes wishes = { .view = view };

	if (!view || !read_wishes(args, &wishes, error) ||
	    !map_view_open(args, view, &source,
			   wishes.picture || anz_search_needs_other(view->search) ? &other : NULL, error))
		return FALSE;
	if (view->search) {
		lit = anz_page_set_search(source->store, other ? other->store : NULL, view->search,
					  interrupt_flag(), error);
		if (!lit)
			return FALSE;
		if (!anz_page_set_count(lit))
			cli_warn(args, "no page is lit: there is none that '%s' finds", view->search);
		wishes.lit = lit;
	}
	return wishes.picture ?
		write_picture(args, &wishes, source->store, other ? other->store : NULL, error) :
		print_text(args, &wishes, source->store, error);
}

static const Option options[] = {
	{ "png", 0, G_OPTION_ARG_NONE, NULL, G_STRUCT_OFFSET(Args, png),
	  "Make a PNG; without it, one is made when the name after -o ends in .png, and an SVG with "
	  "addresses and a legend when it ends in .svg." },
	{ "zoom", 0, G_OPTION_ARG_INT, "N", G_STRUCT_OFFSET(Args, zoom),
	  "Of a picture: N from 0 to 5 shows a page 2^N pixels wide, -N down to -8 shows 4^N pages in a "
	  "pixel. Without it, what fits into --size, or into 1600x1600." },
	{ "size", 0, G_OPTION_ARG_STRING, "WxH", G_STRUCT_OFFSET(Args, size),
	  "Pixels of the picture, at most 32768x32768; without it, the whole." },
	{ "at", 0, G_OPTION_ARG_STRING, "ADDR", G_STRUCT_OFFSET(Args, at),
	  "Put this page into the middle of the picture." },
	{ "layout", 0, G_OPTION_ARG_STRING, "CURVE", G_STRUCT_OFFSET(Args, layout),
	  "How pages fill a square of 256 MiB: hilbert, morton or rows.", COMPLETE_WORDS,
	  "hilbert morton rows" },
	{ "mode", 0, G_OPTION_ARG_STRING, "MODE", G_STRUCT_OFFSET(Args, mode),
	  "What a pixel of several pages shows: dominant (the most frequent class, broken pages "
	  "always), mixed, heat (share of --class), any (--class as soon as one page has it), owner (a "
	  "colour for each owner), cgroup, filesystem (likewise) or fragmentation (how near a pageblock is "
	  "to being free as a whole, and which pages are in the way; also in letters, JSON and CSV).",
	  COMPLETE_WORDS, "dominant mixed heat any owner cgroup filesystem fragmentation" },
	{ "class", 0, G_OPTION_ARG_STRING, "CLASS,...", G_STRUCT_OFFSET(Args, page_class),
	  "Show these classes; the others are dimmed, and left out of letters.", COMPLETE_CLASS },
	{ "search", 0, G_OPTION_ARG_STRING, "TEXT", G_STRUCT_OFFSET(Args, search),
	  "Show the pages that this finds, as in the viewer's search box: an address, classes, "
	  "'flags:lru&!dirty', part of an owner's name, '= SQL' with a column pfn, or, with a --view that "
	  "compares, 'change:free>anon'; the others are dimmed, and left out of letters." },
	{ "view", 0, G_OPTION_ARG_STRING, "LINK", G_STRUCT_OFFSET(Args, view),
	  "Draw what a link says, as the viewer copies one (Ctrl+L) and a PNG has one in its text: file, place, "
	  "size, colours, what is shown and lit. SOURCE and options say otherwise." },
	{ "palette", 0, G_OPTION_ARG_STRING, "NAME", G_STRUCT_OFFSET(Args, palette),
	  "Colours: dark, light, contrast, or mono: greys and patterns, for paper.", COMPLETE_WORDS,
	  "dark light contrast mono" },
	{ "overlay", 0, G_OPTION_ARG_STRING, "NAME,...", G_STRUCT_OFFSET(Args, overlay),
	  "Draw borders: section, migratetype, block, zone, node.", COMPLETE_WORDS,
	  "section migratetype block zone node" },
	{ "holes", 0, G_OPTION_ARG_NONE, NULL, G_STRUCT_OFFSET(Args, holes),
	  "Of a picture: give address space without memory its place too." },
	{ "row-tiles", 0, G_OPTION_ARG_INT, "N", G_STRUCT_OFFSET(Args, row_tiles),
	  "Of a picture: squares of 65536 pages in a row." },
	{ "cells", 0, G_OPTION_ARG_INT, "LEVEL", G_STRUCT_OFFSET(Args, cell_level),
	  "Of letters, JSON and CSV: a cell stands for 4^LEVEL pages. Without it, what gives some "
	  "forty lines." },
	{ NULL }
};

static const Table *const tables[] = { &map_cell_table, &map_block_table, NULL };

static const Example examples[] = {
	{ "memdesc map vmcore.memdesc -o map.png", "All memory as a picture." },
	{ "memdesc map vmcore.memdesc -o here.png --at 0xe939000 --overlay block",
	  "The surroundings of a page, with blocks and folios outlined." },
	{ "memdesc map vmcore.memdesc -o blocks.svg --mode fragmentation",
	  "What keeps memory from being free in whole pageblocks, with a legend." },
	{ "memdesc map vmcore.memdesc --search dentry -o dentry.png",
	  "Where the slabs of a cache, or what else is named so, lie." },
	{ "memdesc map --view 'memdesc:///srv/a.memdesc?at=58089&zoom=2' -o here.png",
	  "What somebody saw in the viewer." },
	{ "memdesc map vmcore.memdesc --class slab", "Where slab pages are, in letters." },
	{ NULL }
};

const Verb verb_map = {
	.name = "map",
	.arguments = "[SOURCE...]",
	.summary = "a picture of all memory, as PNG, SVG or in letters",
	.description =
		"Draws what every page is: as PNG or SVG when -o names one, else in letters, a line of "
		"which begins with its physical address.\n\n"
		"In a picture, memory stands in squares of 65536 pages that follow one another to the "
		"right and then downwards. Inside a square, pages follow a Hilbert curve, on which "
		"an aligned block of 2^N pages is a square or a rectangle. A broken line says that "
		"addresses without memory were left out.",
	.options = options,
	.tables = tables,
	.examples = examples,
	.min_words = 0, .max_words = G_MAXUINT,
	.run = run,
};
