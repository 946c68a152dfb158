/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rows of a query as rows of output, written as they come. */
#include <string.h>

#include "output-private.h"

void output_query_cell(Output *out, AnzQuery *query, guint column)
{
	if (anz_query_is_null(query, column)) {
		output_null(out);
		return;
	}
	switch (anz_query_value_kind(query, column)) {
	case ANZ_COLUMN_REAL:
		output_real(out, anz_query_double(query, column));
		break;
	case ANZ_COLUMN_TEXT:
		output_text(out, anz_query_text(query, column));
		break;
	case ANZ_COLUMN_BLOB:
		output_text(out, "(blob)");	/* hex(column) shows it */
		break;
	default:
		output_int(out, anz_query_int(query, column));
	}
}

gboolean output_query(Output *out, const Table *table, AnzQuery *query, GError **error)
{
	g_autofree int *from = g_new(int, table->n_columns);
	guint n = anz_query_n_columns(query);
	g_autoptr(GError) err = NULL;

	if (!output_wants(out, table))
		return TRUE;
	for (guint i = 0; i < table->n_columns; i++) {
		from[i] = -1;
		for (guint j = 0; j < n; j++)
			if (!strcmp(anz_query_column_name(query, j), table->columns[i].name))
				from[i] = j;
	}
	if (!output_begin(out, table, error))
		return FALSE;
	while (!output_failed(out) && anz_query_next(query, &err)) {
		for (guint i = 0; i < table->n_columns; i++) {
			if (from[i] < 0)
				output_null(out);
			else
				output_query_cell(out, query, from[i]);
		}
		output_row(out);
	}
	output_end(out);
	if (err) {
		g_propagate_error(error, g_steal_pointer(&err));
		return FALSE;
	}
	return TRUE;
}

/* How the store says a column wants to be shown, in our terms. */
static Kind kind_of(AnzColumnKind kind)
{
	switch (kind) {
	case ANZ_COLUMN_INTEGER:
		return KIND_INTEGER;
	case ANZ_COLUMN_REAL:
		return KIND_REAL;
	case ANZ_COLUMN_ADDRESS:
		return KIND_ADDRESS;
	case ANZ_COLUMN_PAGES:
		return KIND_PAGES;
	case ANZ_COLUMN_BYTES:
		return KIND_BYTES;
	case ANZ_COLUMN_BOOLEAN:
		return KIND_BOOLEAN;
	case ANZ_COLUMN_TEXT:
	case ANZ_COLUMN_BLOB:
		break;
	}
	return KIND_TEXT;
}

/* Two columns of a join may have one name; an object in JSON cannot. */
static char *unique_name(const Column *columns, guint n, const char *name)
{
	g_autofree char *unique = g_strdup(name);

	for (guint number = 2, i = 0; i < n; i++) {
		if (strcmp(columns[i].name, unique))
			continue;
		g_free(unique);
		unique = g_strdup_printf("%s_%u", name, number++);
		i = -1;		/* look again from the first */
	}
	return g_steal_pointer(&unique);
}

struct OutputRows {
	Output *out;
	Table table;
	Column *columns;	/* of the table; NULL before the first query */
	GPtrArray *names;
	const char *label;	/* (nullable): the first column's name */
	gboolean has_begun;
};

OutputRows *output_rows_new(Output *out, const char *name, const char *label)
{
	OutputRows *rows = g_new0(OutputRows, 1);

	rows->out = out;
	rows->table.name = name;
	rows->label = label;
	rows->names = g_ptr_array_new_with_free_func(g_free);
	return rows;
}

void output_rows_free(OutputRows *rows)
{
	if (!rows)
		return;
	g_ptr_array_unref(rows->names);
	g_free(rows->columns);
	g_free(rows);
}

/* Names, and what they hold: of an expression only the first row tells that. */
static void take_columns(OutputRows *rows, AnzQuery *query)
{
	guint n = anz_query_n_columns(query), first = rows->label ? 1 : 0;

	g_ptr_array_set_size(rows->names, 0);
	g_free(rows->columns);
	rows->columns = g_new0(Column, first + n);
	if (first)
		rows->columns[0] = (Column){ .name = rows->label, .kind = KIND_TEXT };
	for (guint i = 0; i < n; i++) {
		char *name = unique_name(rows->columns, first + i, anz_query_column_name(query, i));

		g_ptr_array_add(rows->names, name);
		rows->columns[first + i] = (Column){
			.name = name, .kind = kind_of(anz_query_column_kind(query, i)) };
	}
	rows->table.columns = rows->columns;
	rows->table.n_columns = first + n;
}

/* A statement with a star has the columns that a file has. */
static gboolean has_columns(const OutputRows *rows, AnzQuery *query, GError **error)
{
	guint n = anz_query_n_columns(query), first = rows->label ? 1 : 0;

	if (rows->table.n_columns == first + n) {
		guint i = 0;

		while (i < n && (g_str_has_prefix(rows->columns[first + i].name,
						  anz_query_column_name(query, i))))
			i++;
		if (i == n)
			return TRUE;
	}
	g_set_error(error, CLI_ERROR, CLI_ERROR_FAILED,
		    "the statement yields other columns here; name those that are wanted");
	return FALSE;
}

gboolean output_rows_add(OutputRows *rows, const char *label, AnzQuery *query, GError **error)
{
	Output *out = rows->out;
	guint n = anz_query_n_columns(query);
	g_autoptr(GError) err = NULL;
	gboolean more = anz_query_next(query, &err);

	if (rows->has_begun && !has_columns(rows, query, error))
		return FALSE;
	if (!rows->has_begun && (more || !rows->columns))
		take_columns(rows, query);
	if (!rows->has_begun && more) {
		if (!output_begin(out, &rows->table, error))
			return FALSE;
		rows->has_begun = TRUE;
	}
	while (more && !output_failed(out)) {
		if (rows->label)
			output_text(out, label);
		for (guint i = 0; i < n; i++)
			output_query_cell(out, query, i);
		output_row(out);
		more = anz_query_next(query, &err);
	}
	if (!err)
		return TRUE;
	g_propagate_error(error, g_steal_pointer(&err));
	return FALSE;
}

gboolean output_rows_end(OutputRows *rows, GError **error)
{
	if (!rows->has_begun && rows->columns && !output_begin(rows->out, &rows->table, error))
		return FALSE;
	output_end(rows->out);
	return TRUE;
}

gboolean output_rows(Output *out, const char *name, AnzQuery *query, GError **error)
{
	g_autoptr(OutputRows) rows = output_rows_new(out, name, NULL);

	return output_rows_add(rows, NULL, query, error) && output_rows_end(rows, error);
}
