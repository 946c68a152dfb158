/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The form-independent half of output: which tables and columns are shown, the row under way, and
 * how a single value reads.  The forms (text, JSON, CSV) get whole rows.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "human.h"
#include "output-private.h"

static char *known_names(const Table *table, const Table *const *tables)
{
	GString *names = g_string_new(NULL);

	for (guint i = 0; table && i < table->n_columns; i++)
		g_string_append_printf(names, "%s%s", i ? ", " : "", table->columns[i].name);
	for (guint i = 0; tables && tables[i]; i++)
		g_string_append_printf(names, "%s%s", i ? ", " : "", tables[i]->name);
	return g_string_free(names, FALSE);
}

static int find_column(const Table *table, const char *name)
{
	for (guint i = 0; i < table->n_columns; i++)
		if (!g_ascii_strcasecmp(table->columns[i].name, name))
			return i;
	/* What stands over the column in text is as good, where it is another word. */
	for (guint i = 0; i < table->n_columns; i++)
		if (table->columns[i].header &&
		    !g_ascii_strcasecmp(table->columns[i].header, name))
			return i;
	return -1;
}

static gboolean check_columns(char **columns, const Table *table, GError **error)
{
	for (; *columns; columns++) {
		if (find_column(table, *columns) >= 0)
			continue;
		g_autofree char *known = known_names(table, NULL);

		g_set_error(error, CLI_ERROR, CLI_ERROR_USAGE,
			    "--columns: table %s has no column '%s'; it has %s", table->name,
			    *columns, known);
		return FALSE;
	}
	return TRUE;
}

static const Table *find_table(const Table *const *tables, const char *name)
{
	for (; tables && *tables; tables++)
		if (!strcmp((*tables)->name, name))
			return *tables;
	return NULL;
}

static char **split_names(const char *list)
{
	char **names = g_strsplit(list, ",", -1);

	for (char **n = names; *n; n++)
		g_strstrip(*n);
	return names;
}

static gboolean check_choice(Output *out, const Table *const *tables, GError **error)
{
	const Table *table = out->main_table;

	for (char **n = out->tables; n && *n; n++) {
		if (find_table(tables, *n))
			continue;
		g_autofree char *known = known_names(NULL, tables);

		g_set_error(error, CLI_ERROR, CLI_ERROR_USAGE,
			    "--table: there is no table '%s' here; there is %s", *n, known);
		return FALSE;
	}
	if (out->tables && out->tables[0])
		table = find_table(tables, out->tables[0]);
	if (out->columns && out->tables && g_strv_length(out->tables) > 1) {
		g_set_error(error, CLI_ERROR, CLI_ERROR_USAGE,
			    "--columns picks from one table, but --table names several");
		return FALSE;
	}
	return !out->columns || !table || check_columns(out->columns, table, error);
}

Output *output_open(const Args *args, const Table *main_table, const Table *const *tables,
		    GError **error)
{
	g_autoptr(Output) out = g_new0(Output, 1);

	out->cells = g_array_new(FALSE, FALSE, sizeof(Cell));
	out->form = args->json ? &form_json : args->csv ? &form_csv : &form_text;
	out->bytes = args->bytes;
	out->header = !args->no_header;
	out->main_table = main_table;
	out->columns = args->columns ? split_names(args->columns) : NULL;
	out->tables = args->tables ? split_names(args->tables) : NULL;
	if (!check_choice(out, tables, error))
		return NULL;
	out->sink = sink_open(args->output, error);
	if (!out->sink)
		return NULL;
	out->file = sink_file(out->sink);

	const char *no_color = g_getenv("NO_COLOR");

	out->colour = sink_is_terminal(out->sink) && !(no_color && *no_color) &&
		g_strcmp0(g_getenv("TERM"), "dumb");
	return g_steal_pointer(&out);
}

gboolean output_asked(const Output *out, const Table *table)
{
	return out->tables && g_strv_contains((const char *const *)out->tables, table->name);
}

gboolean output_is_text(const Output *out)
{
	return out->form == &form_text;
}

gboolean output_is_report(const Output *out)
{
	return output_is_text(out) && !out->tables && !out->columns;
}

gboolean output_wants(const Output *out, const Table *table)
{
	if (table->flags & TABLE_PRIVATE)
		return output_is_report(out);
	if (out->tables)
		return output_asked(out, table);
	if (out->columns || out->form == &form_csv)
		return !out->main_table || out->main_table == table;
	return TRUE;
}

static void separate(Output *out)
{
	if (out->anything)
		fputc('\n', out->file);
	out->anything = TRUE;
}

const char *paint_escape(Paint paint)
{
	switch (paint) {
	case PAINT_GOOD:
		return "\033[32m";
	case PAINT_BAD:
		return "\033[31m";
	case PAINT_DIM:
		return "\033[2m";
	case PAINT_STRONG:
		return "\033[1m";
	case PAINT_NONE:
		break;
	}
	return "";
}

void output_line(Output *out, Paint paint, const char *line)
{
	gboolean coloured = out->colour && paint != PAINT_NONE;
	g_autoptr(GString) safe = NULL;

	if (!output_is_report(out))
		return;
	safe = g_string_new(NULL);
	human_safe(safe, line, TRUE);
	fprintf(out->file, "%s%s%s\n", coloured ? paint_escape(paint) : "", safe->str,
		coloured ? PAINT_RESET : "");
	out->anything = TRUE;
}

static void words(Output *out, Paint paint, const char *format, va_list list)
{
	g_autofree char *text = g_strdup_vprintf(format, list);
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

	for (char **line = lines; *line; line++)
		output_line(out, paint, *line);
}

void output_heading(Output *out, const char *format, ...)
{
	va_list list;

	if (!output_is_report(out) || !out->header)
		return;
	separate(out);
	va_start(list, format);
	words(out, PAINT_STRONG, format, list);
	va_end(list);
	out->anything = FALSE;	/* the table follows at once */
}

void output_say(Output *out, Paint paint, const char *format, ...)
{
	va_list list;

	if (!output_is_report(out))
		return;
	separate(out);
	va_start(list, format);
	words(out, paint, format, list);
	va_end(list);
}

gboolean output_begin(Output *out, const Table *table, GError **error)
{
	g_assert(!out->table);
	if (!output_wants(out, table))
		return TRUE;
	if (out->columns && !check_columns(out->columns, table, error))
		return FALSE;
	out->table = table;
	out->n_rows = 0;
	out->n_selected = 0;
	g_array_set_size(out->cells, 0);
	g_free(out->selected);
	out->selected = g_new(guint, MAX(out->columns ? g_strv_length(out->columns) : 0,
					 table->n_columns));
	if (out->columns) {
		for (char **n = out->columns; *n; n++)
			out->selected[out->n_selected++] = find_column(table, *n);
	} else {
		for (guint i = 0; i < table->n_columns; i++)
			if (!output_is_text(out) || !(table->columns[i].flags & COLUMN_EXTRA))
				out->selected[out->n_selected++] = i;
	}
	if (output_is_text(out))
		separate(out);
	out->form->begin(out);
	out->n_tables++;
	return TRUE;
}

static void push(Output *out, Cell cell)
{
	if (out->table)
		g_array_append_val(out->cells, cell);
}

void output_null(Output *out)
{
	push(out, (Cell){ .type = CELL_NULL });
}

void output_int(Output *out, gint64 value)
{
	push(out, (Cell){ .type = CELL_INT, .i = value });
}

void output_uint(Output *out, guint64 value)
{
	push(out, (Cell){ .type = CELL_UINT, .u = value });
}

void output_real(Output *out, double value)
{
	push(out, (Cell){ .type = isfinite(value) ? CELL_REAL : CELL_NULL, .d = value });
}

void output_text(Output *out, const char *value)
{
	push(out, (Cell){ .type = value ? CELL_TEXT : CELL_NULL, .s = value });
}

void output_bool(Output *out, gboolean value)
{
	output_int(out, !!value);
}

void output_paint(Output *out, Paint paint)
{
	if (out->table)
		g_array_index(out->cells, Cell, out->cells->len - 1).paint = paint;
}

void output_row(Output *out)
{
	if (!out->table)
		return;
	g_assert(out->cells->len == out->table->n_columns);
	out->form->row(out, FALSE);
	out->n_rows++;
	g_array_set_size(out->cells, 0);
}

void output_sum_row(Output *out)
{
	if (!out->table)
		return;
	g_assert(out->cells->len == out->table->n_columns);
	if (output_is_report(out))
		out->form->row(out, TRUE);
	g_array_set_size(out->cells, 0);
}

void output_end(Output *out)
{
	if (!out->table)
		return;
	out->form->end(out);
	out->table = NULL;
	out->anything = TRUE;
}

gboolean output_failed(Output *out)
{
	return sink_failed(out->sink);
}

void output_flush(Output *out)
{
	fflush(sink_file(out->sink));
}

gboolean output_close(Output *out, GError **error)
{
	g_assert(!out->table);
	if (out->form->finish)
		out->form->finish(out);

	gboolean ok = sink_close(g_steal_pointer(&out->sink), error);

	output_free(out);
	return ok;
}

void output_free(Output *out)
{
	if (!out)
		return;
	if (out->form && out->form->free)
		out->form->free(out);
	sink_free(out->sink);
	g_strfreev(out->columns);
	g_strfreev(out->tables);
	g_free(out->selected);
	g_array_unref(out->cells);
	g_free(out);
}

/* Values */

/* Most of what an export writes; printf() takes three times as long. */
static void write_decimal(FILE *file, const Cell *cell)
{
	gboolean negative = cell->type == CELL_INT && cell->i < 0;
	guint64 value = negative ? -cell->u : cell->u;
	char digits[24];
	gsize at = sizeof(digits);

	do {
		digits[--at] = '0' + value % 10;
		value /= 10;
	} while (value);
	if (negative)
		digits[--at] = '-';
	fwrite_unlocked(digits + at, 1, sizeof(digits) - at, file);
}

void cell_write_number(FILE *file, const Cell *cell, Kind kind)
{
	char buf[G_ASCII_DTOSTR_BUF_SIZE];

	switch (cell->type) {
	case CELL_INT:
	case CELL_UINT:
		if (kind == KIND_BOOLEAN)
			fputs(cell->i ? "true" : "false", file);
		else
			write_decimal(file, cell);
		break;
	default:
		/* the shortest form that reads back the same; a share needs no 15 digits */
		if (kind == KIND_PERCENT)
			g_ascii_formatd(buf, sizeof(buf), "%.2f", cell->d);
		else
			g_ascii_formatd(buf, sizeof(buf), "%.15g", cell->d);
		if (kind != KIND_PERCENT && g_ascii_strtod(buf, NULL) != cell->d)
			g_ascii_dtostr(buf, sizeof(buf), cell->d);
		fputs(buf, file);
	}
}

static void integer_to_text(GString *to, const Cell *cell, Kind kind, gboolean bytes)
{
	switch (kind) {
	case KIND_ADDRESS:
	case KIND_MASK:
		g_string_append_printf(to, "0x%" G_GINT64_MODIFIER "x", cell->u);
		return;
	case KIND_BOOLEAN:
		g_string_append(to, cell->i ? "yes" : "no");
		return;
	case KIND_DURATION:
		human_duration(to, cell->i);
		return;
	case KIND_TIME:
		human_time(to, cell->i);
		return;
	case KIND_BYTES:
		if (bytes)
			break;
		if (cell->type == CELL_INT && cell->i < 0)
			g_string_append_c(to, '-');
		human_size(to, cell->type == CELL_INT && cell->i < 0 ? -cell->u : cell->u);
		return;
	default:
		break;
	}
	if (cell->type == CELL_INT)
		g_string_append_printf(to, "%" G_GINT64_FORMAT, cell->i);
	else
		g_string_append_printf(to, "%" G_GUINT64_FORMAT, cell->u);
}

/* In a row of a table its items stand side by side. */
static void list_to_text(GString *to, const char *items)
{
	g_auto(GStrv) split = g_strsplit(items, "\n", -1);

	for (guint i = 0; split[i]; i++) {
		g_string_append(to, i ? "," : "");
		human_safe(to, split[i], FALSE);
	}
}

void cell_to_text(GString *to, const Cell *cell, Kind kind, gboolean bytes)
{
	switch (cell->type) {
	case CELL_NULL:
		g_string_append_c(to, '-');
		return;
	case CELL_INT:
	case CELL_UINT:
		integer_to_text(to, cell, kind, bytes);
		return;
	case CELL_REAL:
		if (kind == KIND_PERCENT)
			g_string_append_printf(to, "%.1f", cell->d);
		else if (kind == KIND_DURATION)
			human_duration(to, cell->d);
		else
			g_string_append_printf(to, "%.10g", cell->d);
		return;
	case CELL_TEXT:
		if (kind == KIND_LIST)
			list_to_text(to, cell->s);
		else
			human_safe(to, cell->s, FALSE);
	}
}
