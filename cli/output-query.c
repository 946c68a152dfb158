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

gboolean output_rows(Output *out, const char *name, AnzQuery *query, GError **error)
{
	guint n = anz_query_n_columns(query);
	g_autofree Column *columns = g_new0(Column, n);
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
	Table table = { name, columns, n, 0, NULL };
	g_autoptr(GError) err = NULL;
	/* only the first row tells what an expression holds */
	gboolean more = anz_query_next(query, &err);

	for (guint i = 0; i < n; i++) {
		g_ptr_array_add(names, unique_name(columns, i, anz_query_column_name(query, i)));
		columns[i] = (Column){ .name = names->pdata[i],
				       .kind = kind_of(anz_query_column_kind(query, i)) };
	}
	if (!err && !output_begin(out, &table, error))
		return FALSE;
	while (more && !output_failed(out)) {
		for (guint i = 0; i < n; i++)
			output_query_cell(out, query, i);
		output_row(out);
		more = anz_query_next(query, &err);
	}
	output_end(out);
	if (err) {
		g_propagate_error(error, g_steal_pointer(&err));
		return FALSE;
	}
	return TRUE;
}
