/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "map-blocks.h"

#include <analyze/picture.h>

#include "human.h"
#include "interrupt.h"
#include "verbs.h"

static const Column block_columns[] = {
	{ "pfn", NULL, KIND_INTEGER, 0, "first frame" },
	{ "physical", NULL, KIND_ADDRESS, 0, "its physical address" },
	{ "pages", NULL, KIND_PAGES, 0, "how many frames" },
	{ "blocks", NULL, KIND_INTEGER, 0, "pageblocks with memory" },
	{ "free_blocks", "FREE", KIND_INTEGER, 0, "of them, all free" },
	{ "open_blocks", "OPEN", KIND_INTEGER, 0, "in use, but all that is can be moved" },
	{ "blocked_blocks", "BLOCKED", KIND_INTEGER, 0, "with pages in the way" },
	{ "free_pages", "FREE_PAGES", KIND_PAGES, 0, "free pages" },
	{ "cannot_move", "CANNOT_MOVE", KIND_PAGES, 0, "pages in the way of free blocks" },
	{ "in_the_way", "IN_THE_WAY", KIND_LIST, 0, "their classes" },
};
const Table map_block_table = TABLE("blocks", block_columns, 0,
	"one row per cell of 4^LEVEL frames (--mode fragmentation), without cells that have no memory");

typedef struct {
	Output *out;
	AnzStore *store;
	guint level, line;
	guint64 page_size, max_pfn;
	guint64 holes;		/* frames that no line was printed for yet */
} Blocks;

gboolean map_blocks_level(AnzStore *store, guint *level, GError **error)
{
	AnzBlockCount count;
	guint order = anz_store_read_blocks(store, 0, 0, &count, error);

	*level = (order + 1) / 2;
	return order != 0;
}

/* All free, nothing in the way, tenths of blocks with something in the way, or all of them. */
static char letter_of(const AnzBlockCount *count)
{
	guint64 tenths;

	if (!count->blocks)
		return ' ';
	if (!count->blocked_blocks)
		return count->free_blocks == count->blocks ? '.' : '+';
	if (count->blocked_blocks == count->blocks)
		return 'X';
	tenths = (count->blocked_blocks * 10 + count->blocks - 1) / count->blocks;
	return (char)('0' + MIN(tenths, 9));
}

static void print_row(Blocks *b, guint64 pfn, const AnzBlockCount *count)
{
	g_autoptr(GString) classes = g_string_new(NULL);

	for (guint c = 0; c < ANZ_NR_CLASSES; c++)
		if (count->in_the_way >> c & 1)
			g_string_append_printf(classes, "%s%s", classes->len ? "\n" : "",
					       anz_page_class_info(c)->name);
	output_uint(b->out, pfn);
	output_uint(b->out, pfn * b->page_size);
	output_uint(b->out, MIN((guint64)1 << (2 * b->level), b->max_pfn - pfn));
	output_uint(b->out, count->blocks);
	output_uint(b->out, count->free_blocks);
	output_uint(b->out, count->open_blocks);
	output_uint(b->out, count->blocked_blocks);
	output_uint(b->out, count->free_pages);
	output_uint(b->out, count->cannot_move);
	output_text(b->out, classes->str);
	output_row(b->out);
}

static void print_holes(Blocks *b)
{
	g_autoptr(GString) size = g_string_new(NULL);
	g_autofree char *line = NULL;

	if (!b->holes)
		return;
	human_size(size, b->holes * b->page_size);
	line = g_strdup_printf("%14s %s of holes", "", size->str);
	output_line(b->out, PAINT_DIM, line);
	b->holes = 0;
}

static void print_line(Blocks *b, guint64 pfn, const char *letters)
{
	g_autofree char *address = g_strdup_printf("0x%" G_GINT64_MODIFIER "x", pfn * b->page_size);
	g_autofree char *line = g_strdup_printf("%14s %s", address, letters);

	print_holes(b);
	output_line(b->out, PAINT_NONE, g_strchomp(line));
}

static void print_legend(Output *out)
{
	static const char *const lines[] = {
		".  all blocks are free", "+  nothing is in the way of free blocks: the rest can be moved",
		"1 to 9  so many tenths of the blocks have pages in the way, rounded up",
		"X  all blocks have pages in the way",
	};

	output_heading(out, "Letters");
	for (guint i = 0; i < G_N_ELEMENTS(lines); i++)
		output_line(out, PAINT_NONE, lines[i]);
}

static gboolean print_cells(Blocks *b, GError **error)
{
	const guint64 pages = (guint64)1 << (2 * b->level), in_line = pages * b->line;
	gboolean report = output_is_report(b->out);

	for (guint64 first = 0; first < b->max_pfn && !output_failed(b->out); first += in_line) {
		guint64 end = MIN(first + in_line, b->max_pfn);
		g_autoptr(GString) letters = g_string_new(NULL);
		gboolean any = FALSE;

		if (interrupted()) {
			g_set_error(error, ANZ_ERROR, ANZ_ERROR_CANCELLED, "interrupted");
			return FALSE;
		}
		for (guint64 pfn = first; pfn < end; pfn += pages) {
			AnzBlockCount count;

			if (!anz_store_read_blocks(b->store, pfn, pages, &count, error))
				return FALSE;
			any |= count.blocks != 0;
			if (report)
				g_string_append_c(letters, letter_of(&count));
			else if (count.blocks)
				print_row(b, pfn, &count);
		}
		if (report && any)
			print_line(b, first, letters->str);
		else if (report)
			b->holes += end - first;
	}
	if (report)
		print_holes(b);
	return TRUE;
}

gboolean map_blocks_print(Output *out, AnzStore *store, guint level, guint line, GError **error)
{
	Blocks b = { .out = out, .store = store, .level = level, .line = line,
		     .page_size = store_page_size(store), .max_pfn = anz_store_max_pfn(store) };
	gboolean ok;

	if (!output_is_report(out) && !output_begin(out, &map_block_table, error))
		return FALSE;
	ok = print_cells(&b, error);
	if (!output_is_report(out))
		output_end(out);
	else if (ok)
		print_legend(out);
	return ok;
}
