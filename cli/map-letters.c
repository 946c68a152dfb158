/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "map-letters.h"

#include "human.h"
#include "interrupt.h"
#include "map-blocks.h"

static const Column cell_columns[] = {
	{ "pfn", NULL, KIND_INTEGER, 0, "first frame" },
	{ "physical", NULL, KIND_ADDRESS, 0, "its physical address" },
	{ "pages", NULL, KIND_PAGES, 0, "how many frames" },
	{ "class", NULL, KIND_TEXT, 0, "the most frequent class" },
	{ "classes", NULL, KIND_LIST, 0, "all classes that occur" },
};
const Table map_cell_table = TABLE("cells", cell_columns, 0,
	"one row per cell of 4^LEVEL frames, without cells of holes alone");

#define LINE_CELLS 64		/* letters a line */
#define MAX_LINES 48		/* when the level is not given */
#define HOLE_SET (1u << ANZ_CLASS_HOLE)
#define BROKEN_SET \
	(1u << ANZ_CLASS_HWPOISON | 1u << ANZ_CLASS_UNKNOWN_TYPE | 1u << ANZ_CLASS_UNREADABLE)

typedef struct {
	guint32 classes;	/* 0: all */
	const AnzPageSet *lit;	/* NULL: all */
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

static gboolean is_lit(const Letters *l, guint64 pfn)
{
	return !l->lit || anz_page_set_meets(l->lit, pfn, (guint64)1 << (2 * l->level));
}

/* What a cell shows as: the class asked for, what is broken, or the most frequent class. */
static int cell_class(const Letters *l, guint64 pfn, guint dominant, guint32 set)
{
	guint32 shown = l->classes ? set & l->classes : set & BROKEN_SET;

	if (!is_lit(l, pfn))
		return -1;
	if (shown)
		return g_bit_nth_lsf(shown, -1);
	return l->classes ? -1 : (int)dominant;
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
		int c = cell_class(l, pfn + ((guint64)i << (2 * l->level)), dominant[i], set[i]);

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

		if (set[i] == HOLE_SET || !is_lit(l, pfn) ||
		    (l->classes && !(set[i] & l->classes)))
			continue;
		for (guint c = 0; c < ANZ_NR_CLASSES; c++)
			if (set[i] >> c & 1)
				g_string_append_printf(classes, "%s%s", classes->len ? "\n" : "",
						       anz_page_class_info(c)->name);
		output_uint(l->out, pfn);
		output_uint(l->out, pfn * l->page_size);
		output_uint(l->out, MIN((guint64)1 << (2 * l->level), l->max_pfn - pfn));
		output_text(l->out, anz_page_class_info(dominant[i])->name);
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

gboolean map_letters_print_blocks(const Args *args, Output *out, AnzStore *store, GError **error)
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

gboolean map_letters_print(const Args *args, guint32 classes, const AnzPageSet *lit, Output *out,
			   AnzStore *store, GError **error)
{
	Letters l = { .classes = classes, .lit = lit, .out = out, .store = store, .page_size = store_page_size(store),
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
	if (!output_is_report(out) && !output_begin(out, &map_cell_table, error))
		return FALSE;
	ok = print_all(&l, error);
	if (!output_is_report(out))
		output_end(out);
	else if (ok)
		print_legend(&l);
	return ok;
}
