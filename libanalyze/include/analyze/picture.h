/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The picture of all memory: which pixel shows which page, and what colour it gets.
 *
 * The plane of the picture is made of the store's tiles of 65536 frames.  A tile is a square of 256 x
 * 256 cells, one a frame; tiles stand in rows, so that addresses grow to the right and then downwards.
 * Inside a tile the frames follow a curve.  On the Hilbert and the Morton curve an aligned run of 4^n
 * frames is a square and one of 2 * 4^n a rectangle, so free blocks, huge pages and slabs keep their
 * shape.
 *
 * Zoom Z >= 0 shows a frame as 2^Z x 2^Z pixels, zoom -L shows 4^L consecutive frames as one pixel.
 * Pixel coordinates always belong to a zoom; (0, 0) is the corner of the picture.
 */
#ifndef ANALYZE_PICTURE_H
#define ANALYZE_PICTURE_H

#include <stdio.h>

#include <analyze/store.h>

G_BEGIN_DECLS

#define ANZ_PNG_MAX_PIXELS ((guint64)1 << 32)	/* 16 TiB at one pixel a page */
#define ANZ_SVG_MAX_PIXELS ((guint64)1 << 26)

#define ANZ_ZOOM_MIN (-8)	/* a tile is one pixel */
#define ANZ_ZOOM_MAX 5		/* a frame is 32 pixels wide */

/* --- sets of pages --- */

/** AnzPageRange: @nr_pages frames from @pfn on. */
typedef struct {
	guint64 pfn;
	guint64 nr_pages;
} AnzPageRange;

/** AnzPageSet: a set of frames that never changes: what a search found, what an owner holds. */
typedef struct AnzPageSet AnzPageSet;

/**
 * anz_page_set_new:
 * @ranges: in any order, overlapping perhaps; ends past 2^64 are cut
 *
 * Returns: (transfer full): %NULL if there is no memory for it.
 */
AnzPageSet *anz_page_set_new(const AnzPageRange *ranges, gsize n);
AnzPageSet *anz_page_set_ref(AnzPageSet *set);
void anz_page_set_unref(AnzPageSet *set);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AnzPageSet, anz_page_set_unref)

/** Frames in the set. */
guint64 anz_page_set_count(const AnzPageSet *set);
/** Its ranges by ascending frame, none touching the next; borrowed. */
const AnzPageRange *anz_page_set_ranges(const AnzPageSet *set, gsize *n);
/** %TRUE if any of @nr_pages frames from @pfn on is in the set. */
gboolean anz_page_set_meets(const AnzPageSet *set, guint64 pfn, guint64 nr_pages);
/** Index of the first range that ends after @pfn; the number of ranges if there is none. */
gsize anz_page_set_find(const AnzPageSet *set, guint64 pfn);

/* --- where pages lie --- */

/**
 * AnzCurve: how the frames of a tile fill its square.
 * @ANZ_CURVE_HILBERT: neighbours in memory are neighbours in the picture
 * @ANZ_CURVE_MORTON: Z order; squares as with Hilbert, easier to navigate
 * @ANZ_CURVE_ROWS: left to right, then down
 */
typedef enum {
	ANZ_CURVE_HILBERT,
	ANZ_CURVE_MORTON,
	ANZ_CURVE_ROWS,
	ANZ_NR_CURVES
} AnzCurve;

/** "hilbert", "morton", "rows"; %NULL if there is no such curve. */
const char *anz_curve_name(guint curve);
/** The curve named so, or -1. */
int anz_curve_from_name(const char *name);

/**
 * AnzGeometryOptions:
 * @size: sizeof(AnzGeometryOptions)
 * @curve: inside a tile
 * @row_tiles: tiles in a row; 0 for a picture somewhat wider than high
 * @show_holes: give tiles without any memory their place too, instead of leaving them out
 * @other: (nullable): a second analysis whose tiles are to have a place too
 */
typedef struct {
	gsize size;
	AnzCurve curve;
	guint row_tiles;
	gboolean show_holes;
	AnzStore *other;
} AnzGeometryOptions;

/** AnzGeometry: which pixel shows which page.  Never changes; may be used by several threads. */
typedef struct AnzGeometry AnzGeometry;

/**
 * anz_geometry_new:
 *
 * Returns: (transfer full): %NULL with @error (a damaged file).
 */
AnzGeometry *anz_geometry_new(AnzStore *store, const AnzGeometryOptions *options,
			      GError **error);
AnzGeometry *anz_geometry_ref(AnzGeometry *geometry);
void anz_geometry_unref(AnzGeometry *geometry);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AnzGeometry, anz_geometry_unref)

/** Size of the whole picture at @zoom in pixels; at least 1 x 1. */
void anz_geometry_size(const AnzGeometry *geometry, int zoom, guint64 *width, guint64 *height);
/** The largest zoom at which the picture fits, or %ANZ_ZOOM_MIN. */
int anz_geometry_fit(const AnzGeometry *geometry, guint width, guint height);

/**
 * AnzCell: what one square of the picture shows.
 * @pfn: first frame
 * @nr_pages: consecutive frames: 1 at zoom 0 and above, 4^L at zoom -L
 * @x: left edge in pixels
 * @y: upper edge
 * @side: width and height in pixels
 */
typedef struct {
	guint64 pfn;
	guint64 nr_pages;
	gint64 x, y;
	guint side;
} AnzCell;

/** The cell under a pixel.  %FALSE where no frame of the map is. */
gboolean anz_geometry_cell_at(const AnzGeometry *geometry, int zoom, gint64 x, gint64 y,
			      AnzCell *cell);
/** The cell that shows @pfn.  %FALSE if @pfn lies outside the map or in a tile left out. */
gboolean anz_geometry_cell_of(const AnzGeometry *geometry, int zoom, guint64 pfn, AnzCell *cell);

guint anz_geometry_row_tiles(const AnzGeometry *geometry);
/** Rows of tiles. */
guint64 anz_geometry_rows(const AnzGeometry *geometry);
/** First frame of a row of tiles. */
guint64 anz_geometry_row_pfn(const AnzGeometry *geometry, guint64 row);

/* --- colours --- */

typedef enum {
	ANZ_PALETTE_DARK,
	ANZ_PALETTE_LIGHT,
	ANZ_PALETTE_CONTRAST,
	ANZ_PALETTE_MONO,	/* greys and patterns, for paper and for who sees no hues */
	ANZ_NR_PALETTES
} AnzPalette;

/** AnzPattern: lines over a colour, four pixels from one to the next. */
typedef enum {
	ANZ_PATTERN_NONE,
	ANZ_PATTERN_HATCH,	/* from the lower left to the upper right */
	ANZ_PATTERN_BACK,	/* from the upper left to the lower right */
	ANZ_PATTERN_DOTS,
	ANZ_PATTERN_LINES,	/* from left to right */
	ANZ_PATTERN_BARS,	/* from top to bottom */
	ANZ_PATTERN_GRID,
	ANZ_PATTERN_CHECKS,
	ANZ_NR_PATTERNS
} AnzPattern;

/** "dark", "light", "contrast", "mono"; %NULL if there is no such palette. */
const char *anz_palette_name(guint palette);
int anz_palette_from_name(const char *name);
/** Colour of @page_class as 0xRRGGBB. */
guint32 anz_palette_colour(AnzPalette palette, AnzPageClass page_class);
/**
 * anz_palette_pattern:
 *
 * Pattern of @page_class: what is broken is hatched in every palette, where a page is four pixels wide and
 * more; %ANZ_PALETTE_MONO has patterns for most classes, at any zoom.
 */
AnzPattern anz_palette_pattern(AnzPalette palette, AnzPageClass page_class);
/** Colour (0xffRRGGBB) of the pixel at @x, @y of an area of @colour with @pattern: for legends. */
guint32 anz_pattern_pixel(guint32 colour, AnzPattern pattern, gint64 x, gint64 y);
/** %TRUE if the palette's background is light. */
gboolean anz_palette_is_light(AnzPalette palette);

/**
 * AnzCellMode: what a cell of several pages shows.
 * @ANZ_CELL_DOMINANT: its most frequent class, but broken pages always
 * @ANZ_CELL_MIXED: the mean of the classes' colours, in linear light
 * @ANZ_CELL_HEAT: the share of the chosen classes
 * @ANZ_CELL_ANY: a chosen class as soon as one page has it
 * @ANZ_CELL_OWNER: whose it is: a colour for each owner, of a cell that of its first page with one;
 *	pages that nobody is known to own are dimmed
 * @ANZ_CELL_CGROUP: which control group it is charged to, likewise
 * @ANZ_CELL_FILESYSTEM: which file system its file is on, likewise
 * @ANZ_CELL_FRAGMENTATION: how near the pageblock around it is to being one free block, by what compaction
 *	can do (AnzMobility); pages in the way have the colour of their class where a cell is at most a
 *	sixteenth of a pageblock.  A cell of several blocks has the mean of their colours, in linear light
 * @ANZ_CELL_CHANGE: pages whose class differs from that in the other analysis; the rest goes grey
 */
typedef enum {
	ANZ_CELL_DOMINANT,
	ANZ_CELL_MIXED,
	ANZ_CELL_HEAT,
	ANZ_CELL_ANY,
	ANZ_CELL_OWNER,
	ANZ_CELL_CGROUP,
	ANZ_CELL_FILESYSTEM,
	ANZ_CELL_FRAGMENTATION,
	ANZ_CELL_CHANGE,
	ANZ_NR_CELL_MODES
} AnzCellMode;

const char *anz_cell_mode_name(guint mode);
int anz_cell_mode_from_name(const char *name);
/**
 * anz_cell_mode_groups:
 *
 * SQL for what has a colour of its own in a mode: the number that anz_palette_owner_colour() takes, a name,
 * and how many pages it has, most first; %NULL if in this mode nothing has.
 */
const char *anz_cell_mode_groups(guint mode);

/** AnzOverlay: lines between neighbours that differ in something. */
typedef enum {
	ANZ_OVERLAY_SECTION,		/* 128 MiB steps of the frame number with 4 KiB pages */
	ANZ_OVERLAY_MIGRATETYPE,
	ANZ_OVERLAY_BLOCK,		/* buddy block, folio, slab */
	ANZ_OVERLAY_ZONE,
	ANZ_OVERLAY_NODE,
	ANZ_NR_OVERLAYS
} AnzOverlay;

const char *anz_overlay_name(guint overlay);
int anz_overlay_from_name(const char *name);

/**
 * AnzPictureStyle:
 * @size: sizeof(AnzPictureStyle)
 * @mode: what a cell shows
 * @palette: for the background, heat and lines
 * @colours: of the classes, 0xRRGGBB; anz_picture_style_init() takes them from the palette
 * @hidden: set of classes that are dimmed (bit n = class n)
 * @chosen: the classes that HEAT and ANY ask for; 0 for the broken ones
 * @overlays: bit n = overlay n
 * @grid: part cells of 8 pixels and more, and mark where tiles were left out
 */
typedef struct {
	gsize size;
	AnzCellMode mode;
	AnzPalette palette;
	guint32 colours[ANZ_NR_CLASSES];
	guint32 hidden;
	guint32 chosen;
	guint overlays;
	gboolean grid;
} AnzPictureStyle;

void anz_picture_style_init(AnzPictureStyle *style, AnzPalette palette);
/** Colour of owner number @owner of table owners: neighbours in number differ much. */
guint32 anz_palette_owner_colour(AnzPalette palette, guint32 owner);
/** Colour behind the picture, 0xRRGGBB. */
guint32 anz_palette_background(AnzPalette palette);

/** AnzLegendEntry: one colour of a legend and what it stands for. */
typedef struct {
	guint32 colour;
	AnzPattern pattern;
	const char *words;
} AnzLegendEntry;

#define ANZ_LEGEND_MAX 8

/**
 * anz_picture_legend:
 * @entries: (out caller-allocated): %ANZ_LEGEND_MAX entries
 *
 * What the colours of @style's mode mean beside those of the classes.
 *
 * Returns: how many entries were set; 0 if colours are those of classes and nothing else.
 */
guint anz_picture_legend(const AnzPictureStyle *style, AnzLegendEntry *entries);

/* --- pageblocks --- */

/**
 * AnzBlockCount: pageblocks by what compaction could make of them (AnzMobility).
 * @blocks: those that have any memory
 * @free_blocks: all free
 * @open_blocks: not all free, but nothing in them is in the way
 * @blocked_blocks: the rest
 * @free_pages: on free lists
 * @cannot_move: pages in the way, and what is no memory in blocks that have some
 * @in_the_way: the classes of those pages
 */
typedef struct {
	guint64 blocks, free_blocks, open_blocks, blocked_blocks;
	guint64 free_pages, cannot_move;
	guint32 in_the_way;
} AnzBlockCount;

/**
 * anz_store_read_blocks:
 * @pfn: first frame, at a multiple of a pageblock
 * @nr_pages: a multiple of a pageblock, or more than there are; may be 0
 * @count: (out caller-allocated)
 *
 * Returns: the order of a pageblock; 0 with @error if the file does not say it, or cannot be read.
 */
guint anz_store_read_blocks(AnzStore *store, guint64 pfn, guint64 nr_pages, AnzBlockCount *count,
			    GError **error);

/* --- painting --- */

/** AnzPicture: paints one analysis.  Used by one thread, as its store is. */
typedef struct AnzPicture AnzPicture;

/** AnzCellCache: coarse cells that were unpacked, so that other colours need not unpack them again. */
typedef struct AnzCellCache AnzCellCache;

/** @max_bytes: 10 MB are as many cells as a window of 1920 x 1080 pixels may show (transfer full). */
AnzCellCache *anz_cell_cache_new(gsize max_bytes);
AnzCellCache *anz_cell_cache_ref(AnzCellCache *cache);
void anz_cell_cache_unref(AnzCellCache *cache);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AnzCellCache, anz_cell_cache_unref)

/**
 * anz_picture_new:
 * @store: (transfer none): must outlive the picture
 * @other: (transfer none) (nullable): what %ANZ_CELL_CHANGE compares with: the older one
 */
AnzPicture *anz_picture_new(AnzStore *store, AnzStore *other, AnzGeometry *geometry);
void anz_picture_free(AnzPicture *picture);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AnzPicture, anz_picture_free)

/** @cache: (nullable): to share with other pictures, in any thread, of the same snapshot of the same file. */
void anz_picture_set_cell_cache(AnzPicture *picture, AnzCellCache *cache);

void anz_picture_set_geometry(AnzPicture *picture, AnzGeometry *geometry);
void anz_picture_set_style(AnzPicture *picture, const AnzPictureStyle *style);
/** @lit: (nullable): pages outside this set are dimmed; %NULL: none are. */
void anz_picture_set_lit(AnzPicture *picture, AnzPageSet *lit);

/**
 * anz_picture_paint:
 * @x: left edge in the picture at @zoom
 * @width: at most 65536 pixels
 * @pixels: (out caller-allocated): @height rows of @stride pixels 0xffRRGGBB in host byte order
 * @cancel: (nullable): polled; non-zero ends with ANZ_ERROR_CANCELLED
 */
gboolean anz_picture_paint(AnzPicture *picture, int zoom, gint64 x, gint64 y, guint width,
			   guint height, guint32 *pixels, gsize stride, const gint *cancel,
			   GError **error);

/** Something to be told in the PNG beside the pixels: a keyword of Latin letters, and UTF-8 text. */
typedef struct {
	const char *key;
	const char *text;
} AnzPngText;

/**
 * anz_picture_write_png:
 * @file: written from where it stands; not closed
 * @text: (nullable): ends with a %NULL key
 *
 * Writes a part of the picture as PNG, in bands, so that the whole picture of a large machine needs
 * little memory.  Width and height are at most 1000000, and together at most %ANZ_PNG_MAX_PIXELS.
 */
gboolean anz_picture_write_png(AnzPicture *picture, int zoom, gint64 x, gint64 y, guint width,
			       guint height, FILE *file, const AnzPngText *text,
			       const gint *cancel, GError **error);

/**
 * anz_picture_write_svg:
 * @title: of the document
 *
 * Writes a part of the picture as SVG: as PNG within, with addresses at its left and a legend at its right
 * as text.  It is held in memory, so at most %ANZ_SVG_MAX_PIXELS pixels.
 */
gboolean anz_picture_write_svg(AnzPicture *picture, int zoom, gint64 x, gint64 y, guint width,
			       guint height, FILE *file, const char *title, const gint *cancel,
			       GError **error);

G_END_DECLS

#endif
