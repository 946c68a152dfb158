/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * JSON: one object per run, {"memdesc": VERSION, "<table>": [ {...}, ... ], ...}, one row a line,
 * written as rows come.  Numbers are numbers, addresses "0x..." strings, booleans true and false.
 * A library that builds a tree would keep every row; writing JSON takes the hundred lines below.
 */
#include <string.h>

#include "human.h"
#include "output-private.h"

static void put_string(FILE *file, const char *text)
{
	/* names and numbers of the kernel's are nearly all like this */
	gsize plain = strcspn(text, "\"\\");

	putc_unlocked('"', file);
	if (human_plain_length(text) == plain && !text[plain]) {
		fwrite_unlocked(text, 1, plain, file);
		putc_unlocked('"', file);
		return;
	}
	for (const char *p = text; *p;) {
		gunichar c = g_utf8_get_char_validated(p, -1);

		if (c == (gunichar)-1 || c == (gunichar)-2) {
			/* not UTF-8: U+FFFD, as JSON must be Unicode */
			fputs("\\ufffd", file);
			p++;
			continue;
		}
		switch (c) {
		case '"':
		case '\\':
			putc('\\', file);
			putc(c, file);
			break;
		case '\n':
			fputs("\\n", file);
			break;
		case '\t':
			fputs("\\t", file);
			break;
		default:
			if (c < 0x20 || c == 0x7f)
				fprintf(file, "\\u%04x", c);
			else
				fwrite(p, 1, g_utf8_skip[*(const guchar *)p], file);
		}
		p = g_utf8_next_char(p);
	}
	putc('"', file);
}

static void put_list(FILE *file, const char *text)
{
	g_auto(GStrv) items = g_strsplit(text, "\n", -1);

	putc('[', file);
	for (guint i = 0; items[i]; i++) {
		if (i)
			fputs(", ", file);
		put_string(file, items[i]);
	}
	putc(']', file);
}

static void put_value(FILE *file, const Cell *cell, Kind kind)
{
	switch (cell->type) {
	case CELL_NULL:
		fputs("null", file);
		break;
	case CELL_TEXT:
		if (kind == KIND_LIST)
			put_list(file, cell->s);
		else
			put_string(file, cell->s);
		break;
	case CELL_INT:
	case CELL_UINT:
		if (kind == KIND_ADDRESS) {
			fprintf(file, "\"0x%" G_GINT64_MODIFIER "x\"", cell->u);
			break;
		}
		/* fall through */
	default:
		cell_write_number(file, cell, kind);
	}
}

static void start(Output *out)
{
	if (out->n_tables)
		return;
	fputs("{\n  \"memdesc\": ", out->file);
	put_string(out->file, MEMDESC_VERSION);
}

static void json_begin(Output *out)
{
	start(out);
	fputs(",\n  ", out->file);
	put_string(out->file, out->table->name);
	fputs(": [", out->file);
}

static void json_row(Output *out, gboolean sum)
{
	(void)sum;
	fputs(out->n_rows ? ",\n    {" : "\n    {", out->file);
	for (guint i = 0; i < out->n_selected; i++) {
		const Column *column = output_column(out, i);

		if (i)
			fputs(", ", out->file);
		put_string(out->file, column->name);
		fputs(": ", out->file);
		put_value(out->file, output_cell(out, i), column->kind);
	}
	putc('}', out->file);
}

static void json_end(Output *out)
{
	fputs(out->n_rows ? "\n  ]" : "]", out->file);
}

static void json_finish(Output *out)
{
	start(out);
	fputs("\n}\n", out->file);
}

const Form form_json = {
	.begin = json_begin, .row = json_row, .end = json_end, .finish = json_finish,
};
