/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From the values of a tile to colours.  A cell of several frames takes its colour from the stored
 * pyramid where that suffices (which class is the most frequent, which classes are there), and from the
 * frames themselves where shares count.
 *
 * Nothing that is rare may vanish: broken pages show in any cell that has one, and a class that is not
 * hidden shows, dimmed, in a cell whose most frequent class is.
 */
#include "picture/cells.h"

#include <string.h>

#include "picture/blocks.h"
#include "picture/cell-cache.h"
#include "picture/colour.h"

#define CHANGE_CHROMA 15	/* percent that unchanged pages keep */

#define BROKEN_CLASSES \
	(1u << ANZ_CLASS_HWPOISON | 1u << ANZ_CLASS_UNKNOWN_TYPE | 1u << ANZ_CLASS_UNREADABLE)

struct AnzCells {
	AnzStore *store, *other;
	AnzSketch *sketch;			/* instead of those */
	AnzCellCache *cache;			/* of the store's pyramid; NULL: nothing is kept */
	AnzPictureStyle style;
	const AnzPageSet *lit;
	guint32 opaque[ANZ_NR_CLASSES];		/* as a class is drawn */
	guint32 dimmed[ANZ_NR_CLASSES];		/* the same outside the lit set */
	guint32 rare[ANZ_NR_CLASSES];		/* a shown class in a cell of hidden ones */
	guint16 light[ANZ_NR_CLASSES][3];
	guint32 heat[ANZ_HEAT_STEPS + 1];
	guint8 from_light[4097];		/* linear light >> 4 to sRGB */
	guint16 to_light[256];
	guint block_order;			/* of a pageblock; 0: the file does not say */
	guint32 stays;				/* classes that are in the way of free blocks */

	guint8 classes[ANZ_TILE_PAGES];
	guint8 older[ANZ_TILE_PAGES];
	guint8 lit_cells[ANZ_TILE_PAGES];
	guint32 set[ANZ_TILE_PAGES / 2];
	/* what of the pyramid is in classes and set: cells of this level, of tiles from the first on */
	guint ahead_level;			/* 0: nothing */
	guint64 ahead_first, ahead_end;
	guint32 colour[ANZ_TILE_PAGES];
	guint32 owner[ANZ_TILE_PAGES];
	guint32 *file_system;			/* of the owner of that number; NULL: not asked yet */
	guint64 nr_owners;			/* in it */
};

static AnzCells *cells_new(void)
{
	AnzCells *cells = g_new0(AnzCells, 1);
	AnzPictureStyle style;

	cells->stays = anz_block_stays_set();
	for (guint i = 0; i < G_N_ELEMENTS(cells->to_light); i++)
		cells->to_light[i] = anz_colour_to_linear((guint8)i);
	for (guint i = 0; i < G_N_ELEMENTS(cells->from_light); i++)
		cells->from_light[i] = anz_colour_from_linear(i << 4);
	anz_picture_style_init(&style, ANZ_PALETTE_DARK);
	anz_cells_set_style(cells, &style, NULL);
	return cells;
}

AnzCells *anz_cells_new(AnzStore *store, AnzStore *other)
{
	AnzCells *cells = cells_new();
	guint64 order;

	cells->store = store;
	cells->other = other;
	if (anz_store_meta_uint(store, "format.pageblock_order", &order) && order <= ANZ_TILE_SHIFT)
		cells->block_order = (guint)order;
	return cells;
}

AnzCells *anz_cells_new_sketch(AnzSketch *sketch)
{
	AnzCells *cells = cells_new();

	cells->sketch = sketch;
	return cells;
}

void anz_cells_free(AnzCells *cells)
{
	anz_cell_cache_unref(cells->cache);
	g_free(cells->file_system);
	g_free(cells);
}

void anz_cells_set_cache(AnzCells *cells, AnzCellCache *cache)
{
	if (cache)
		anz_cell_cache_ref(cache);
	anz_cell_cache_unref(cells->cache);
	cells->cache = cache;
}

static guint32 dim(const AnzCells *cells, guint32 colour, guint percent)
{
	return anz_colour_blend(colour, anz_palette_background(cells->style.palette), percent);
}

static void fill_heat(AnzCells *cells)
{
	const guint32 ground = cells->opaque[ANZ_CLASS_FREE] & 0xffffff;

	for (guint i = 0; i <= ANZ_HEAT_STEPS; i++)
		cells->heat[i] = ANZ_CELL_PLAIN | anz_palette_heat(cells->style.palette, ground, i);
}

void anz_cells_set_style(AnzCells *cells, const AnzPictureStyle *style, const AnzPageSet *lit)
{
	cells->style = *style;
	cells->lit = lit;
	if (!cells->style.chosen)
		cells->style.chosen = BROKEN_CLASSES;
	for (guint c = 0; c < ANZ_NR_CLASSES; c++) {
		guint32 plain = style->colours[c] & 0xffffff;
		guint32 top = ANZ_CELL_PATTERN(anz_palette_pattern(style->palette, c));
		gboolean hidden = style->hidden >> c & 1;

		cells->opaque[c] = hidden ? ANZ_CELL_PLAIN | dim(cells, plain, 88) : top | plain;
		cells->dimmed[c] = ANZ_CELL_PLAIN | dim(cells, plain, hidden ? 92 : 80);
		cells->rare[c] = ANZ_CELL_PLAIN | dim(cells, plain, 45);
		for (guint i = 0; i < 3; i++)
			cells->light[c][i] =
				anz_colour_to_linear(cells->opaque[c] >> (16 - 8 * i) & 0xff);
	}
	fill_heat(cells);
}

/* --- one tile's input --- */

static gboolean read_classes(AnzStore *store, guint64 tile, guint8 *classes, GError **error)
{
	return anz_store_read_plane(store, ANZ_PLANE_CLASS, tile << ANZ_TILE_SHIFT,
				    ANZ_TILE_PAGES, classes, error);
}

/* Which cells have a lit page: the ranges that meet the tile, one after another. */
static void mark_lit(AnzCells *cells, guint64 tile, guint level)
{
	const guint64 first = tile << ANZ_TILE_SHIFT, end = first + ANZ_TILE_PAGES;
	gsize n;
	const AnzPageRange *ranges = anz_page_set_ranges(cells->lit, &n);

	memset(cells->lit_cells, 0, ANZ_TILE_PAGES >> (2 * level));
	for (gsize i = anz_page_set_find(cells->lit, first); i < n && ranges[i].pfn < end; i++) {
		guint64 from = MAX(ranges[i].pfn, first) - first;
		guint64 to = MIN(ranges[i].pfn + ranges[i].nr_pages, end) - first;

		from >>= 2 * level;
		to = ((to - 1) >> (2 * level)) + 1;
		memset(cells->lit_cells + from, 1, to - from);
	}
}

/* --- colours of cells --- */

/* The most frequent class, but what must not vanish outranks it. */
static guint32 colour_of_set(const AnzCells *cells, guint dominant, guint32 set)
{
	guint32 broken = set & BROKEN_CLASSES & ~cells->style.hidden;
	guint32 shown = set & ~cells->style.hidden;

	if (broken)
		return cells->opaque[g_bit_nth_lsf(broken, -1)];
	if (cells->style.hidden >> dominant & 1 && shown)
		return cells->rare[g_bit_nth_lsf(shown, -1)];
	return cells->opaque[dominant];
}

static guint32 colour_of_any(const AnzCells *cells, guint dominant, guint32 set)
{
	guint32 chosen = set & cells->style.chosen;

	return chosen ? ANZ_CELL_PLAIN | (cells->style.colours[g_bit_nth_lsf(chosen, -1)] & 0xffffff) :
		cells->dimmed[dominant];
}

static void colour_frames(AnzCells *cells)
{
	guint32 lut[ANZ_NR_CLASSES];

	for (guint c = 0; c < ANZ_NR_CLASSES; c++) {
		switch (cells->style.mode) {
		case ANZ_CELL_ANY:
			lut[c] = colour_of_any(cells, c, 1u << c);
			break;
		case ANZ_CELL_HEAT:
			lut[c] = cells->heat[cells->style.chosen >> c & 1 ? ANZ_HEAT_STEPS : 0];
			break;
		default:
			lut[c] = cells->opaque[c];
		}
	}
	for (guint i = 0; i < ANZ_TILE_PAGES; i++)
		cells->colour[i] = lut[cells->classes[i]];
}

/*
 * Tiles are asked for one after another, as they stand in a row of the picture: a query for each would
 * cost more than what it finds.
 */
static gboolean read_ahead(AnzCells *cells, guint64 tile, guint level, GError **error)
{
	/* coarse levels are stored 16 tiles at a time */
	const guint64 n = ANZ_TILE_PAGES >> (2 * level), align = level < 3 ? 1 : 16;
	const guint64 first = tile / align * align, tiles = MAX((guint64)1 << level, align);

	if (cells->ahead_level == level && tile >= cells->ahead_first && tile < cells->ahead_end)
		return TRUE;
	cells->ahead_level = 0;
	if (!cells->cache || !anz_cell_cache_get(cells->cache, level, first * n, (guint)(n * tiles),
						 cells->classes, cells->set)) {
		if (!anz_store_read_pyramid(cells->store, level, first * n, n * tiles, cells->classes,
					    cells->set, error))
			return FALSE;
		if (cells->cache)
			anz_cell_cache_put(cells->cache, level, first * n, (guint)(n * tiles), cells->classes,
					   cells->set);
	}
	cells->ahead_level = level;
	cells->ahead_first = first;
	cells->ahead_end = first + tiles;
	return TRUE;
}

static void colour_pyramid(AnzCells *cells, guint64 tile, guint n)
{
	const gsize at = (gsize)(tile - cells->ahead_first) * n;

	for (guint i = 0; i < n; i++) {
		/* the file may say anything */
		guint dominant = cells->classes[at + i] < ANZ_NR_CLASSES ? cells->classes[at + i] : ANZ_CLASS_HOLE;
		guint32 set = cells->set[at + i] & ((1u << ANZ_NR_CLASSES) - 1);

		cells->colour[i] = cells->style.mode == ANZ_CELL_ANY ?
			colour_of_any(cells, dominant, set) : colour_of_set(cells, dominant, set);
	}
}

static void colour_mixed(AnzCells *cells, guint level)
{
	const guint pages = 1u << (2 * level);
	const guint8 *class = cells->classes;

	for (guint i = 0; i < ANZ_TILE_PAGES >> (2 * level); i++) {
		guint32 r = 0, g = 0, b = 0;

		for (guint p = 0; p < pages; p++) {
			const guint16 *light = cells->light[*class++];

			r += light[0];	/* 65536 times 65535 still fits */
			g += light[1];
			b += light[2];
		}
		cells->colour[i] = ANZ_CELL_PLAIN |
			(guint32)cells->from_light[(r >> (2 * level)) >> 4] << 16 |
			(guint32)cells->from_light[(g >> (2 * level)) >> 4] << 8 |
			cells->from_light[(b >> (2 * level)) >> 4];
	}
}

static void colour_heat(AnzCells *cells, guint level)
{
	const guint pages = 1u << (2 * level);
	const guint8 *class = cells->classes;

	for (guint i = 0; i < ANZ_TILE_PAGES >> (2 * level); i++) {
		guint sum = 0;

		for (guint p = 0; p < pages; p++)
			sum += cells->style.chosen >> *class++ & 1;
		/* rounded up: one page of many is not none */
		cells->colour[i] = cells->heat[(sum * ANZ_HEAT_STEPS + pages - 1) / pages];
	}
}

/* The newer class of most changed pages, or the grey of what has not changed. */
static guint32 colour_of_change(const AnzCells *cells, guint first, guint pages)
{
	guint16 changed[ANZ_NR_CLASSES] = { 0 }, same[ANZ_NR_CLASSES] = { 0 };
	guint best = 0;
	gboolean any = FALSE;

	for (guint i = first; i < first + pages; i++) {
		guint class = cells->classes[i];

		if (cells->classes[i] != cells->older[i]) {
			changed[class] += changed[class] < G_MAXUINT16;
			any = TRUE;
		} else {
			same[class] += same[class] < G_MAXUINT16;
		}
	}
	for (guint c = 1; c < ANZ_NR_CLASSES; c++)
		if ((any ? changed : same)[c] > (any ? changed : same)[best])
			best = c;
	if (any)
		return cells->opaque[best];
	return ANZ_CELL_PLAIN |
		dim(cells, anz_colour_fade(cells->style.colours[best], CHANGE_CHROMA), 60);
}

static gboolean colour_changes(AnzCells *cells, guint64 tile, guint level, GError **error)
{
	const guint pages = 1u << (2 * level);

	if (!cells->other)
		memcpy(cells->older, cells->classes, sizeof(cells->older));
	else if (!read_classes(cells->other, tile, cells->older, error))
		return FALSE;
	for (guint i = 0; i < ANZ_TILE_PAGES >> (2 * level); i++)
		cells->colour[i] = colour_of_change(cells, i * pages, pages);
	return TRUE;
}

/* A file system is told by the least number of its files: as anz_cell_mode_groups() has it. */
static gboolean read_file_systems(AnzCells *cells, GError **error)
{
	g_autoptr(AnzQuery) known = NULL, query = NULL;
	g_autoptr(GError) err = NULL;

	if (cells->file_system)
		return TRUE;
	cells->file_system = g_new0(guint32, 1);
	cells->nr_owners = 1;
	known = anz_store_query(cells->store, "SELECT 1 FROM sqlite_schema WHERE name = 'files'", error);
	if (!known)
		return FALSE;
	if (!anz_query_next(known, NULL))
		return TRUE;	/* a file from before there were any */
	query = anz_store_query(cells->store, "SELECT owner, min(owner) OVER (PARTITION BY fs, device) "
				"FROM files WHERE snapshot = :snapshot ORDER BY owner DESC", error);
	if (!query)
		return FALSE;
	while (anz_query_next(query, &err)) {
		guint64 owner = (guint64)anz_query_int(query, 0);

		if (cells->nr_owners == 1) {
			guint32 *all = owner < G_MAXUINT32 ? g_try_new0(guint32, owner + 1) : NULL;

			if (!all)
				break;		/* no file has so large a number */
			g_free(cells->file_system);
			cells->file_system = all;
			cells->nr_owners = owner + 1;
		}
		if (owner && owner < cells->nr_owners)
			cells->file_system[owner] = (guint32)anz_query_int(query, 1);
	}
	if (err)
		g_propagate_error(error, g_steal_pointer(&err));
	return !err;
}

/* Of each frame of the tile, the number whose colour it gets: owner, control group or file system. */
static gboolean read_groups(AnzCells *cells, guint64 tile, GError **error)
{
	AnzPlane plane = cells->style.mode == ANZ_CELL_CGROUP ? ANZ_PLANE_CGROUP : ANZ_PLANE_OWNER;

	if (!anz_store_read_plane(cells->store, plane, tile << ANZ_TILE_SHIFT, ANZ_TILE_PAGES, cells->owner,
				  error))
		return FALSE;
	if (cells->style.mode != ANZ_CELL_FILESYSTEM)
		return TRUE;
	if (!read_file_systems(cells, error))
		return FALSE;
	for (guint i = 0; i < ANZ_TILE_PAGES; i++)
		cells->owner[i] = cells->owner[i] < cells->nr_owners ?
			cells->file_system[cells->owner[i]] : 0;
	return TRUE;
}

/* The colour of a cell's first owner; what nobody owns is left as a shadow of its class. */
static gboolean colour_owners(AnzCells *cells, guint64 tile, guint level, GError **error)
{
	const guint pages = 1u << (2 * level);
	const guint32 *owner = cells->owner;

	if (!read_groups(cells, tile, error))
		return FALSE;
	for (guint i = 0; i < ANZ_TILE_PAGES >> (2 * level); i++, owner += pages) {
		guint first = 0;

		while (first < pages && !owner[first])
			first++;
		cells->colour[i] = first == pages ? cells->dimmed[cells->classes[i * pages]] :
			ANZ_CELL_PLAIN |
			anz_palette_owner_colour(cells->style.palette, owner[first]);
	}
	return TRUE;
}

/* --- fragmentation --- */

/*
 * Colours of the tile's blocks into set, the broken classes of each into owner, and into older whether its
 * frames must be looked at.
 */
static void measure_blocks(AnzCells *cells)
{
	const guint order = cells->block_order, n = 1u << order;

	for (guint b = 0; b < ANZ_TILE_PAGES >> order; b++) {
		AnzBlockUse use;

		anz_block_measure(cells->classes + ((gsize)b << order), n, &use);
		cells->owner[b] = use.set & BROKEN_CLASSES & ~cells->style.hidden;
		cells->older[b] = cells->owner[b] || use.stays;
		cells->set[b] = use.absent ? cells->opaque[ANZ_CLASS_HOLE] :
			ANZ_CELL_PLAIN | anz_block_colour(cells->style.palette, &use, n);
	}
}

static guint32 colour_of_blocks(const AnzCells *cells, guint first, guint n)
{
	guint32 light[3] = { 0 }, broken = 0;

	for (guint b = first; b < first + n; b++) {
		broken |= cells->owner[b];
		for (guint i = 0; i < 3; i++)
			light[i] += cells->to_light[cells->set[b] >> (16 - 8 * i) & 0xff];
	}
	if (broken)
		return cells->opaque[g_bit_nth_lsf(broken, -1)];
	return ANZ_CELL_PLAIN | (guint32)cells->from_light[light[0] / n >> 4] << 16 |
		(guint32)cells->from_light[light[1] / n >> 4] << 8 | cells->from_light[light[2] / n >> 4];
}

/* Of a cell no larger than its block: what is broken or in the way there, else the block's colour. */
static guint32 colour_in_block(const AnzCells *cells, guint first, guint pages, guint block)
{
	gboolean fine = pages << 4 <= 1u << cells->block_order;
	guint32 set = 0, seen;

	if (!cells->older[block])
		return cells->set[block];
	for (guint i = first; i < first + pages; i++)
		set |= 1u << cells->classes[i];
	set &= ~cells->style.hidden;
	seen = set & BROKEN_CLASSES ? set & BROKEN_CLASSES : fine ? set & cells->stays : 0;
	return seen ? cells->opaque[g_bit_nth_lsf(seen, -1)] : cells->set[block];
}

static gboolean colour_fragmentation(AnzCells *cells, guint level, GError **error)
{
	const guint order = cells->block_order, cell_order = 2 * level;

	if (!order) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_ARGUMENT,
			    "the analysis does not say how large a pageblock is; choose another mode");
		return FALSE;
	}
	measure_blocks(cells);
	for (guint i = 0; i < ANZ_TILE_PAGES >> cell_order; i++) {
		guint first = i << cell_order;

		cells->colour[i] = cell_order > order ?
			colour_of_blocks(cells, first >> order, 1u << (cell_order - order)) :
			colour_in_block(cells, first, 1u << cell_order, first >> order);
	}
	return TRUE;
}

/* What is not in the lit set loses most of its colour. */
static void dim_unlit(AnzCells *cells, guint64 tile, guint level)
{
	mark_lit(cells, tile, level);
	for (guint i = 0; i < ANZ_TILE_PAGES >> (2 * level); i++)
		if (!cells->lit_cells[i])
			cells->colour[i] = ANZ_CELL_PLAIN | dim(cells, cells->colour[i], 78);
}

/* What a sketch says of a cell, which may have several of its cells or be a part of one. */
static void colour_sketch(AnzCells *cells, guint64 tile, guint level)
{
	const guint per_cell = ANZ_SKETCH_CELL_PAGES >> 2 * MIN(level, 4);
	const guint merged = level > 4 ? 1u << (2 * (level - 4)) : 1;

	anz_sketch_read(cells->sketch, tile, cells->classes);
	for (guint i = 0; i < ANZ_TILE_PAGES >> (2 * level); i++) {
		const guint8 *seen = cells->classes + (level > 4 ? i * merged : i / per_cell);
		guint16 count[ANZ_SKETCH_UNKNOWN + 1] = { 0 };
		guint best = ANZ_SKETCH_UNKNOWN;

		for (guint c = 0; c < merged; c++)
			if (seen[c] < ANZ_NR_CLASSES && ++count[seen[c]] > count[best])
				best = seen[c];
		cells->colour[i] = best < ANZ_NR_CLASSES ? cells->opaque[best] :
			ANZ_CELL_PATTERN(ANZ_PATTERN_HATCH) | anz_palette_unknown(cells->style.palette);
	}
}

const guint32 *anz_cells_colour(AnzCells *cells, guint64 tile, guint level, GError **error)
{
	const guint n = ANZ_TILE_PAGES >> (2 * level);
	gboolean by_class = cells->style.mode == ANZ_CELL_DOMINANT ||
			    cells->style.mode == ANZ_CELL_ANY;

	if (cells->sketch) {
		colour_sketch(cells, tile, level);
		return cells->colour;
	}
	if (level && by_class) {
		if (!read_ahead(cells, tile, level, error))
			return NULL;
		colour_pyramid(cells, tile, n);
	} else {
		cells->ahead_level = 0;
		if (!read_classes(cells->store, tile, cells->classes, error))
			return NULL;
		if (cells->style.mode == ANZ_CELL_CHANGE) {
			if (!colour_changes(cells, tile, level, error))
				return NULL;
		} else if (anz_cell_mode_groups(cells->style.mode)) {
			if (!colour_owners(cells, tile, level, error))
				return NULL;
		} else if (cells->style.mode == ANZ_CELL_FRAGMENTATION) {
			if (!colour_fragmentation(cells, level, error))
				return NULL;
		} else if (!level) {
			colour_frames(cells);
		} else if (cells->style.mode == ANZ_CELL_MIXED) {
			colour_mixed(cells, level);
		} else {
			colour_heat(cells, level);
		}
	}
	if (cells->lit)
		dim_unlit(cells, tile, level);
	return cells->colour;
}
