/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* memdesc map: all memory in one picture, as PNG, as SVG or as letters. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "human.h"
#include "interrupt.h"
#include "map-blocks.h"
#include "sink.h"
#include "source.h"
#include "verbs.h"

static const Column cell_columns[] = {
	{ "pfn", NULL, KIND_INTEGER, 0, "first frame" },
	{ "physical", NULL, KIND_ADDRESS, 0, "its physical address" },
	{ "pages", NULL, KIND_PAGES, 0, "how many frames" },
	{ "class", NULL, KIND_TEXT, 0, "the most frequent class" },
	{ "classes", NULL, KIND_LIST, 0, "all classes that occur" },
};
static const Table cell_table = TABLE("cells", cell_columns, 0,
	"one row per cell of 4^LEVEL frames, without cells of holes alone");

#define LINE_CELLS 64		/* letters a line */
#define MAX_LINES 48		/* when the level is not given */
#define HOLE_SET (1u << ANZ_CLASS_HOLE)
#define BROKEN_SET \
	(1u << ANZ_CLASS_HWPOISON | 1u << ANZ_CLASS_UNKNOWN_TYPE | 1u << ANZ_CLASS_UNREADABLE)

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
	AnzGeometryOptions geometry;
	AnzPictureStyle style;
	guint32 classes;	/* 0: all */
	guint width, height;	/* from --size; 0 not given */
	gboolean picture;	/* not letters */
	gboolean svg;
} Wishes;

#define MAX_SIZE 32768		/* of --size: more is some mistake */

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
	if (width > MAX_SIZE || height > MAX_SIZE) {
		g_set_error(error, CLI_ERROR, CLI_ERROR_USAGE,
			    "--size takes at most %dx%d pixels, not '%s'; without it, --zoom makes the "
			    "whole picture as large as it is", MAX_SIZE, MAX_SIZE, text);
		return FALSE;
	}
	w->width = (guint)width;
	w->height = (guint)height;
	return TRUE;
}

/* What the name after -o asks for.  Letters in a file called .jpg would be no use to anybody. */
static gboolean read_output(const Args *args, Wishes *w, GError **error)
{
	g_autofree char *base = args->output ? g_path_get_basename(args->output) : g_strdup("-");
	const char *dot = strrchr(base, '.');
	g_autofree char *suffix = g_ascii_strdown(dot && dot > base ? dot : "", -1);
	gboolean text = args->json || args->csv || args->columns;

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
	} else if (!w->picture && w->style.mode != ANZ_CELL_DOMINANT &&
		   w->style.mode != ANZ_CELL_FRAGMENTATION) {
		g_set_error(error, CLI_ERROR, CLI_ERROR_USAGE,
			    "--mode %s is for pictures; name one with -o FILE.png or -o FILE.svg",
			    args->mode);
	} else if (!w->picture && w->style.mode == ANZ_CELL_FRAGMENTATION && w->classes) {
		g_set_error(error, CLI_ERROR, CLI_ERROR_USAGE,
			    "--class does not go with --mode fragmentation, but in pictures");
	} else {
		return TRUE;
	}
	return FALSE;
}

static gboolean read_wishes(Args *args, Wishes *w, GError **error)
{
	guint palette = ANZ_PALETTE_DARK, mode = ANZ_CELL_DOMINANT, curve = ANZ_CURVE_HILBERT;

	if (!choose("--palette", args->palette, anz_palette_from_name, anz_palette_name, &palette,
		    error))
		return FALSE;
	anz_picture_style_init(&w->style, palette);
	if (!choose("--mode", args->mode, anz_cell_mode_from_name, anz_cell_mode_name, &mode,
		    error) ||
	    !choose("--layout", args->layout, anz_curve_from_name, anz_curve_name, &curve, error) ||
	    !choose_several("--overlay", args->overlay, anz_overlay_from_name, anz_overlay_name,
			    &w->style.overlays, error) ||
	    !choose_several("--class", args->page_class, anz_page_class_from_name, class_name,
			    &w->classes, error) ||
	    !read_size(args->size, w, error))
		return FALSE;
	if (mode == ANZ_CELL_CHANGE) {
		g_set_error(error, CLI_ERROR, CLI_ERROR_USAGE,
			    "--mode: 'change' needs a second analysis; memdesc diff compares two");
		return FALSE;
	}
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
	w->style.mode = mode;
	w->style.chosen = w->classes;
	w->style.hidden = w->classes && (mode == ANZ_CELL_DOMINANT || mode == ANZ_CELL_MIXED) ?
		~w->classes & ((1u << ANZ_NR_CLASSES) - 1) : 0;
	w->geometry = (AnzGeometryOptions){ .size = sizeof(w->geometry), .curve = curve,
					    .row_tiles = (guint)args->row_tiles,
					    .show_holes = args->holes };
	return read_output(args, w, error);
}

/* --- PNG and SVG --- */

/* What part of the picture, and how large: the whole, or a window around --at. */
static gboolean frame_picture(Args *args, const Wishes *w, AnzStore *store,
			      const AnzGeometry *geometry, int *zoom, gint64 *x, gint64 *y,
			      guint *width, guint *height, GError **error)
{
	guint64 whole_width, whole_height;
	AnzAddress address;
	AnzCell cell;

	*zoom = args->zoom;
	if (*zoom == G_MININT)
		*zoom = args->at ? 2 :
			anz_geometry_fit(geometry, w->width ? w->width : 1600,
					 w->height ? w->height : 1600);
	anz_geometry_size(geometry, *zoom, &whole_width, &whole_height);
	*x = *y = 0;
	if (!args->at && (w->width ? w->width : whole_width) >
	    ANZ_PNG_MAX_PIXELS / (w->height ? w->height : whole_height)) {
		g_set_error(error, CLI_ERROR, CLI_ERROR_USAGE,
			    "the whole picture at --zoom %d has %" G_GUINT64_FORMAT "x%" G_GUINT64_FORMAT
			    " pixels; choose a smaller --zoom, or a part of it with --at and --size", *zoom,
			    whole_width, whole_height);
		return FALSE;
	}
	*width = w->width ? w->width : (guint)whole_width;
	*height = w->height ? w->height : (guint)whole_height;
	if (!args->at) {
		/* a size larger than the picture puts it into the middle */
		if (*width > whole_width)
			*x = -(gint64)((*width - whole_width) / 2);
		if (*height > whole_height)
			*y = -(gint64)((*height - whole_height) / 2);
		return TRUE;
	}
	if (!anz_store_resolve(store, args->at, &address, error))
		return FALSE;
	if (address.kind == ANZ_ADDRESS_VIRTUAL ||
	    !anz_geometry_cell_of(geometry, *zoom, address.pfn, &cell)) {
		g_set_error(error, CLI_ERROR, CLI_ERROR_USAGE,
			    "--at: %s is not in the picture (%s); --holes shows all of the map",
			    args->at, address.words);
		return FALSE;
	}
	*width = w->width ? w->width : 1024;
	*height = w->height ? w->height : 768;
	*x = cell.x + cell.side / 2 - *width / 2;
	*y = cell.y + cell.side / 2 - *height / 2;
	return TRUE;
}

static gboolean write_picture(Args *args, const Wishes *w, AnzStore *store, GError **error)
{
	g_autoptr(AnzGeometry) geometry = anz_geometry_new(store, &w->geometry, error);
	g_autoptr(AnzPicture) picture = NULL;
	g_autofree char *view = NULL, *release = NULL;
	guint width, height;
	gboolean ok;
	gint64 x, y;
	Sink *sink;
	int zoom;

	if (!geometry || !frame_picture(args, w, store, geometry, &zoom, &x, &y, &width, &height,
					error))
		return FALSE;
	release = anz_store_meta(store, "kernel.release");
	view = g_strdup_printf("map --layout %s --mode %s --palette %s --zoom %d",
			       anz_curve_name(w->geometry.curve),
			       anz_cell_mode_name(w->style.mode),
			       anz_palette_name(w->style.palette), zoom);
	picture = anz_picture_new(store, NULL, geometry);
	anz_picture_set_style(picture, &w->style);

	const AnzPngText text[] = {
		{ "Software", "memdesc " MEMDESC_VERSION },
		{ "Title", release ? release : "physical memory" },
		{ "memdesc:view", view },
		{ NULL, NULL }
	};

	sink = sink_open(args->output, error);
	if (!sink)
		return FALSE;
	if (sink_is_terminal(sink)) {
		sink_free(sink);
		g_set_error(error, CLI_ERROR, CLI_ERROR_USAGE,
			    "a PNG is nothing for a terminal; name a file with -o");
		return FALSE;
	}
	ok = w->svg ? anz_picture_write_svg(picture, zoom, x, y, width, height, sink_file(sink),
					    release ? release : "physical memory", interrupt_flag(),
					    error) :
		anz_picture_write_png(picture, zoom, x, y, width, height, sink_file(sink), text,
				      interrupt_flag(), error);
	if (!ok) {
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

/* --- letters --- */

typedef struct {
	const Wishes *wishes;
	Output *out;
	AnzStore *store;
	guint level;
	guint64 page_size, max_pfn;
	guint32 seen;		/* classes whose letters were printed */
} Letters;

static guint choose_level(AnzStore *store, guint64 frames)
{
	guint level = 0;

	while (level < ANZ_PYRAMID_MAX_LEVEL &&
	       frames > ((guint64)LINE_CELLS * MAX_LINES << (2 * level)))
		level++;
	return level;
}

/* Frames that are not holes, as the census counts them. */
static gboolean count_frames(AnzStore *store, guint64 *frames, GError **error)
{
	g_autoptr(AnzQuery) query = anz_store_query(store,
		"SELECT coalesce(sum(pages), 0) FROM classes "
		"WHERE snapshot = :snapshot AND class <> 'hole'", error);

	if (!query || !anz_query_next(query, error))
		return FALSE;
	*frames = (guint64)anz_query_int(query, 0);
	return TRUE;
}

/* What a cell shows as: the class asked for, what is broken, or the most frequent class. */
static int cell_class(const Letters *l, guint dominant, guint32 set)
{
	guint32 shown = l->wishes->classes ? set & l->wishes->classes : set & BROKEN_SET;

	if (shown)
		return g_bit_nth_lsf(shown, -1);
	return l->wishes->classes ? -1 : (int)dominant;
}

static char *size_text(guint64 bytes)
{
	GString *text = g_string_new(NULL);

	human_size(text, bytes);
	return g_string_free(text, FALSE);
}

static void print_line(Letters *l, guint64 pfn, const guint8 *dominant, const guint32 *set, guint n)
{
	g_autofree char *address = g_strdup_printf("0x%" G_GINT64_MODIFIER "x", pfn * l->page_size);
	g_autoptr(GString) line = g_string_new(NULL);

	g_string_printf(line, "%14s ", address);
	for (guint i = 0; i < n; i++) {
		int c = cell_class(l, dominant[i], set[i]);

		g_string_append_c(line, c < 0 ? ' ' : anz_page_class_info((guint)c)->letter);
		if (c >= 0)
			l->seen |= 1u << c;
	}
	g_strchomp(line->str);
	output_line(l->out, PAINT_NONE, line->str);
}

static void print_holes(Letters *l, guint64 frames)
{
	g_autofree char *size = size_text(frames * l->page_size);
	g_autofree char *line = g_strdup_printf("%14s %s of holes", "", size);

	if (frames)
		output_line(l->out, PAINT_DIM, line);
}

static void print_legend(Letters *l)
{
	g_autoptr(GString) line = g_string_new(NULL);

	if (!l->seen)
		return;
	output_heading(l->out, "Letters");
	for (guint c = 0; c < ANZ_NR_CLASSES; c++) {
		const AnzPageClassInfo *info = anz_page_class_info(c);

		if (!(l->seen >> c & 1))
			continue;
		g_string_printf(line, "%c  %-13s %s", info->letter, info->name, info->meaning);
		output_line(l->out, PAINT_NONE, line->str);
	}
}

static void print_cells(Letters *l, guint64 pfn, const guint8 *dominant, const guint32 *set, guint n)
{
	for (guint i = 0; i < n; i++, pfn += (guint64)1 << (2 * l->level)) {
		g_autoptr(GString) classes = g_string_new(NULL);

		if (set[i] == HOLE_SET ||
		    (l->wishes->classes && !(set[i] & l->wishes->classes)))
			continue;
		for (guint c = 0; c < ANZ_NR_CLASSES; c++)
			if (set[i] >> c & 1)
				g_string_append_printf(classes, "%s%s", classes->len ? "\n" : "",
						       class_name(c));
		output_uint(l->out, pfn);
		output_uint(l->out, pfn * l->page_size);
		output_uint(l->out, MIN((guint64)1 << (2 * l->level), l->max_pfn - pfn));
		output_text(l->out, class_name(dominant[i]));
		output_text(l->out, classes->str);
		output_row(l->out);
	}
}

static gboolean only_holes(const guint32 *set, guint n)
{
	for (guint i = 0; i < n; i++)
		if (set[i] != HOLE_SET)
			return FALSE;
	return TRUE;
}

static gboolean print_all(Letters *l, GError **error)
{
	const guint64 cells = (l->max_pfn + ((guint64)1 << (2 * l->level)) - 1) >> (2 * l->level);
	gboolean report = output_is_report(l->out);
	guint8 dominant[LINE_CELLS];
	guint32 set[LINE_CELLS];
	guint64 holes = 0;

	for (guint64 cell = 0; cell < cells && !output_failed(l->out); cell += LINE_CELLS) {
		guint n = (guint)MIN(LINE_CELLS, cells - cell);
		guint64 pfn = cell << (2 * l->level);

		if (interrupted()) {
			g_set_error(error, ANZ_ERROR, ANZ_ERROR_CANCELLED, "interrupted");
			return FALSE;
		}
		if (!anz_store_read_pyramid(l->store, l->level, cell, n, dominant, set, error))
			return FALSE;
		if (!report) {
			print_cells(l, pfn, dominant, set, n);
		} else if (only_holes(set, n)) {
			holes += MIN((guint64)n << (2 * l->level), l->max_pfn - pfn);
		} else {
			print_holes(l, holes);
			holes = 0;
			print_line(l, pfn, dominant, set, n);
		}
	}
	if (report)
		print_holes(l, holes);
	return TRUE;
}

/* Pageblocks instead of classes. */
static gboolean print_blocks(Args *args, Output *out, AnzStore *store, GError **error)
{
	guint64 page_size = store_page_size(store), frames;
	g_autofree char *cell = NULL, *line = NULL;
	guint least, level;

	if (!map_blocks_level(store, &least, error) || !count_frames(store, &frames, error))
		return FALSE;
	if (args->cell_level >= 0 && (guint)args->cell_level < least) {
		g_set_error(error, CLI_ERROR, CLI_ERROR_USAGE,
			    "--cells: with --mode fragmentation a cell has a pageblock at least, so %u is the "
			    "least level here", least);
		return FALSE;
	}
	level = args->cell_level >= 0 ? (guint)args->cell_level : MAX(least, choose_level(store, frames));
	cell = size_text(page_size << (2 * level));
	line = size_text((page_size << (2 * level)) * LINE_CELLS);
	output_heading(out, "A letter stands for %s, a line for %s", cell, line);
	return map_blocks_print(out, store, level, LINE_CELLS, error);
}

static gboolean print_letters(Args *args, const Wishes *w, Output *out, AnzStore *store,
			      GError **error)
{
	Letters l = { .wishes = w, .out = out, .store = store, .page_size = store_page_size(store),
		      .max_pfn = anz_store_max_pfn(store) };
	g_autofree char *cell = NULL, *line = NULL;
	gboolean ok;
	guint64 frames;

	if (!count_frames(store, &frames, error))
		return FALSE;
	l.level = args->cell_level >= 0 ? (guint)args->cell_level : choose_level(store, frames);
	cell = size_text(l.page_size << (2 * l.level));
	line = size_text((l.page_size << (2 * l.level)) * LINE_CELLS);
	output_heading(out, "A letter stands for %s, a line for %s", cell, line);
	if (!output_is_report(out) && !output_begin(out, &cell_table, error))
		return FALSE;
	ok = print_all(&l, error);
	if (!output_is_report(out))
		output_end(out);
	else if (ok)
		print_legend(&l);
	return ok;
}

static gboolean run(Args *args, GError **error)
{
	g_autoptr(Output) out = NULL;
	g_autoptr(Source) source = NULL;
	Wishes wishes = { 0 };

	if (!read_wishes(args, &wishes, error))
		return FALSE;
	if (!wishes.picture) {
		out = output_open(args, wishes.style.mode == ANZ_CELL_FRAGMENTATION ? &map_block_table :
				  &cell_table, verb_map.tables, error);
		if (!out)
			return FALSE;
	}
	source = source_open(args, args->words, args->n_words, error);
	if (!source)
		return FALSE;
	if (wishes.picture)
		return write_picture(args, &wishes, source->store, error);
	return (wishes.style.mode == ANZ_CELL_FRAGMENTATION ?
		print_blocks(args, out, source->store, error) :
		print_letters(args, &wishes, out, source->store, error)) &&
		output_close(g_steal_pointer(&out), error);
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

static const Table *const tables[] = { &cell_table, &map_block_table, NULL };

static const Example examples[] = {
	{ "memdesc map vmcore.memdesc -o map.png", "All memory as a picture." },
	{ "memdesc map vmcore.memdesc -o here.png --at 0xe939000 --overlay block",
	  "The surroundings of a page, with blocks and folios outlined." },
	{ "memdesc map vmcore.memdesc -o blocks.svg --mode fragmentation",
	  "What keeps memory from being free in whole pageblocks, with a legend." },
	{ "memdesc map vmcore.memdesc --class slab", "Where slab pages are, in letters." },
	{ NULL }
};

const Verb verb_map = {
	.name = "map",
	.arguments = "SOURCE...",
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
	.min_words = 1, .max_words = G_MAXUINT,
	.run = run,
};
