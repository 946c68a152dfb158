/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Tables as text.  Up to KEEP_ROWS rows are kept and laid out by libsmartcols; a longer table
 * takes its widths from the rows kept so far, prints them, and goes on row by row, so that a list
 * of millions of runs needs no memory.  Nothing is ever cut off, and no line ends in blanks.
 */
#include <string.h>

#include <libsmartcols.h>

#include "human.h"
#include "output-private.h"

#define KEEP_ROWS 10000

typedef struct {
	char **text;		/* one per selected column */
	Paint *paint;
} Row;

typedef struct {
	GPtrArray *rows;	/* of Row, while kept */
	gsize *width;		/* set once rows are streamed */
	gboolean *right;
	GString *line;
} TextForm;

static void row_free(gpointer data)
{
	Row *row = data;

	g_strfreev(row->text);
	g_free(row->paint);
	g_free(row);
}

static char *heading(const Output *out, guint i)
{
	const Column *column = output_column(out, i);

	/* "SIZE" over human sizes, "BYTES" over exact ones */
	if (column->header && !(column->kind == KIND_BYTES && out->bytes))
		return g_strdup(column->header);
	return g_ascii_strup(column->name, -1);
}

static gboolean is_number(const Column *column)
{
	switch (column->kind) {
	case KIND_TEXT:
	case KIND_LIST:
	case KIND_BOOLEAN:
	case KIND_TIME:
		return FALSE;
	default:
		return !(column->flags & COLUMN_LEFT);
	}
}

static void text_begin(Output *out)
{
	TextForm *form = out->form_data;

	if (!form) {
		form = out->form_data = g_new0(TextForm, 1);
		form->rows = g_ptr_array_new_with_free_func(row_free);
		form->line = g_string_new(NULL);
	}
	g_ptr_array_set_size(form->rows, 0);
	g_clear_pointer(&form->width, g_free);
	g_free(form->right);
	form->right = g_new0(gboolean, out->n_selected);
	for (guint i = 0; i < out->n_selected; i++)
		form->right[i] = is_number(output_column(out, i));
}

/* Records: "label: value", one line per column that says something. */

static const char *label_of(const Column *column)
{
	return column->header ? column->header : column->name;
}

static gboolean says_nothing(const Cell *cell)
{
	return cell->type == CELL_NULL || (cell->type == CELL_TEXT && !*cell->s);
}

static gsize label_width(const Output *out)
{
	gsize width = 0;

	for (guint i = 0; i < out->n_selected; i++)
		if (!says_nothing(output_cell(out, i)))
			width = MAX(width, human_width(label_of(output_column(out, i))) + 1);
	return width;
}

static void record_line(Output *out, const char *label, gsize width, const char *value,
			Paint paint)
{
	gboolean coloured = out->colour && paint != PAINT_NONE;
	int pad = out->header ? (int)width : 0;

	if (out->header)
		fprintf(out->file, "%s%s%*s  ", label, *label ? ":" : "",
			(int)(pad - human_width(label) - !!*label), "");
	fprintf(out->file, "%s%s%s\n", coloured ? paint_escape(paint) : "", value,
		coloured ? PAINT_RESET : "");
}

static void print_record(Output *out)
{
	gsize width = label_width(out);

	if (out->n_rows)
		fputc('\n', out->file);
	for (guint i = 0; i < out->n_selected; i++) {
		const Column *column = output_column(out, i);
		const Cell *cell = output_cell(out, i);
		g_autoptr(GString) value = g_string_new(NULL);

		if (says_nothing(cell))
			continue;
		if (column->kind != KIND_LIST || cell->type != CELL_TEXT) {
			cell_to_text(value, cell, column->kind, out->bytes);
			record_line(out, label_of(column), width, value->str, cell->paint);
			continue;
		}
		g_auto(GStrv) items = g_strsplit(cell->s, "\n", -1);

		for (guint j = 0; items[j]; j++) {
			g_string_truncate(value, 0);
			human_safe(value, items[j], FALSE);
			record_line(out, j ? "" : label_of(column), width, value->str,
				    cell->paint);
		}
	}
}

/* Rows: kept, or streamed with the widths of the kept ones. */

static void put_blanks(GString *line, gsize n)
{
	while (n--)
		g_string_append_c(line, ' ');
}

static void put_cell(const Output *out, GString *line, guint i, const char *text, Paint paint)
{
	const TextForm *form = out->form_data;
	gsize width = human_width(text);
	gsize pad = form->width[i] > width ? form->width[i] - width : 0;
	gboolean coloured = out->colour && paint != PAINT_NONE;

	if (i)
		g_string_append_c(line, ' ');
	if (form->right[i])
		put_blanks(line, pad);
	if (coloured)
		g_string_append(line, paint_escape(paint));
	g_string_append(line, text);
	if (coloured)
		g_string_append(line, PAINT_RESET);
	if (!form->right[i] && i + 1 < out->n_selected)
		put_blanks(line, pad);
}

static void put_line(Output *out, GString *line)
{
	while (line->len && line->str[line->len - 1] == ' ')
		g_string_truncate(line, line->len - 1);
	g_string_append_c(line, '\n');
	fwrite(line->str, 1, line->len, out->file);
	g_string_truncate(line, 0);
}

static void start_streaming(Output *out)
{
	TextForm *form = out->form_data;

	form->width = g_new0(gsize, out->n_selected);
	for (guint i = 0; i < out->n_selected; i++) {
		g_autofree char *head = heading(out, i);

		form->width[i] = out->header ? human_width(head) : 0;
		for (guint r = 0; r < form->rows->len; r++) {
			Row *row = form->rows->pdata[r];

			form->width[i] = MAX(form->width[i], human_width(row->text[i]));
		}
	}
	for (guint i = 0; out->header && i < out->n_selected; i++) {
		g_autofree char *head = heading(out, i);

		put_cell(out, form->line, i, head, PAINT_NONE);
	}
	if (out->header)
		put_line(out, form->line);
	for (guint r = 0; r < form->rows->len; r++) {
		Row *row = form->rows->pdata[r];

		for (guint i = 0; i < out->n_selected; i++)
			put_cell(out, form->line, i, row->text[i], row->paint[i]);
		put_line(out, form->line);
	}
	g_ptr_array_set_size(form->rows, 0);
}

static void stream_row(Output *out)
{
	TextForm *form = out->form_data;
	g_autoptr(GString) value = g_string_new(NULL);

	for (guint i = 0; i < out->n_selected; i++) {
		const Cell *cell = output_cell(out, i);

		g_string_truncate(value, 0);
		cell_to_text(value, cell, output_column(out, i)->kind, out->bytes);
		put_cell(out, form->line, i, value->str, cell->paint);
	}
	put_line(out, form->line);
}

static void text_row(Output *out, gboolean sum)
{
	TextForm *form = out->form_data;

	if (out->table->flags & TABLE_RECORD) {
		print_record(out);
		return;
	}
	if (form->rows->len == KEEP_ROWS)
		start_streaming(out);
	if (form->width) {
		stream_row(out);
		return;
	}

	Row *row = g_new0(Row, 1);

	row->text = g_new0(char *, out->n_selected + 1);
	row->paint = g_new0(Paint, out->n_selected);
	for (guint i = 0; i < out->n_selected; i++) {
		const Cell *cell = output_cell(out, i);
		GString *value = g_string_new(NULL);

		/* a sum says nothing where there is nothing to add */
		if (!sum || cell->type != CELL_NULL)
			cell_to_text(value, cell, output_column(out, i)->kind, out->bytes);
		row->text[i] = g_string_free(value, FALSE);
		row->paint[i] = sum && out->colour ? PAINT_STRONG : cell->paint;
		/* a query's columns do not say what they hold: the values do */
		if ((cell->type == CELL_INT || cell->type == CELL_UINT ||
		     cell->type == CELL_REAL) && output_column(out, i)->kind == KIND_TEXT)
			form->right[i] = TRUE;
	}
	g_ptr_array_add(form->rows, row);
}

static void strip_blanks(Output *out, const char *text)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

	for (char **line = lines; *line; line++) {
		g_strchomp(*line);
		if (line[1] || **line)
			fprintf(out->file, "%s\n", *line);
	}
}

static void text_end(Output *out)
{
	TextForm *form = out->form_data;

	if ((out->table->flags & TABLE_RECORD) || form->width)
		return;
	if (!form->rows->len) {
		/* a heading over nothing is still an answer */
		start_streaming(out);
		return;
	}

	struct libscols_table *table = scols_new_table();

	if (!table)
		g_error("out of memory");
	scols_table_set_termforce(table, SCOLS_TERMFORCE_NEVER);
	scols_table_enable_noheadings(table, !out->header);
	scols_table_enable_colors(table, out->colour);
	for (guint i = 0; i < out->n_selected; i++) {
		g_autofree char *head = heading(out, i);

		struct libscols_column *column =
			scols_table_new_column(table, head, 0,
					       form->right[i] ? SCOLS_FL_RIGHT : 0);

		/* texts are escaped already: "\x1b" must not become "\x5cx1b" */
		if (column)
			scols_column_set_safechars(column, "\\");
	}
	for (guint r = 0; r < form->rows->len; r++) {
		Row *row = form->rows->pdata[r];
		struct libscols_line *line = scols_table_new_line(table, NULL);

		for (guint i = 0; line && i < out->n_selected; i++) {
			struct libscols_cell *cell = scols_line_get_cell(line, i);

			scols_cell_set_data(cell, row->text[i]);
			if (out->colour && row->paint[i] != PAINT_NONE)
				scols_cell_set_color(cell, paint_escape(row->paint[i]));
		}
	}

	char *text = NULL;	/* malloc()ed by libsmartcols */

	if (!scols_print_table_to_string(table, &text) && text)
		strip_blanks(out, text);
	free(text);
	scols_unref_table(table);
	g_ptr_array_set_size(form->rows, 0);
}

static void text_free(Output *out)
{
	TextForm *form = out->form_data;

	if (!form)
		return;
	g_ptr_array_unref(form->rows);
	g_string_free(form->line, TRUE);
	g_free(form->width);
	g_free(form->right);
	g_free(form);
}

const Form form_text = {
	.begin = text_begin, .row = text_row, .end = text_end, .free = text_free,
};
