/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * CSV as in RFC 4180, save that lines end in LF alone, as awk and the shell want them: a field with
 * a comma, quote or line break is quoted, a quote inside is doubled; null is an empty field and an
 * empty text "".  One table a file; when --table names several, a blank line parts them.
 */
#include <string.h>

#include "output-private.h"

static void put_text(FILE *file, const char *text)
{
	if (*text && !strpbrk(text, ",\"\r\n") && *text != ' ') {
		fputs(text, file);
		return;
	}
	putc('"', file);
	for (; *text; text++) {
		if (*text == '"')
			putc('"', file);
		putc(*text, file);
	}
	putc('"', file);
}

static void csv_begin(Output *out)
{
	if (out->n_tables)
		fputc('\n', out->file);
	for (guint i = 0; out->header && i < out->n_selected; i++) {
		if (i)
			putc(',', out->file);
		put_text(out->file, output_column(out, i)->name);
	}
	if (out->header)
		fputc('\n', out->file);
}

static void csv_row(Output *out, gboolean sum)
{
	(void)sum;
	for (guint i = 0; i < out->n_selected; i++) {
		const Column *column = output_column(out, i);
		const Cell *cell = output_cell(out, i);

		if (i)
			putc(',', out->file);
		if (cell->type == CELL_TEXT)
			put_text(out->file, cell->s);
		else if (column->kind == KIND_ADDRESS && cell->type != CELL_NULL &&
			 cell->type != CELL_REAL)
			fprintf(out->file, "0x%" G_GINT64_MODIFIER "x", cell->u);
		else if (cell->type != CELL_NULL)
			cell_write_number(out->file, cell, column->kind);
	}
	fputc('\n', out->file);
}

static void csv_end(Output *out)
{
	(void)out;
}

const Form form_csv = {
	.begin = csv_begin, .row = csv_row, .end = csv_end,
};
