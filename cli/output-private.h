/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Between output.c and the three forms. */
#ifndef CLI_OUTPUT_PRIVATE_H
#define CLI_OUTPUT_PRIVATE_H

#include "output.h"
#include "sink.h"

typedef enum { CELL_NULL, CELL_INT, CELL_UINT, CELL_REAL, CELL_TEXT } CellType;

typedef struct {
	CellType type;
	Paint paint;
	union {
		gint64 i;
		guint64 u;
		double d;
		const char *s;
	};
} Cell;

/** One of text, JSON, CSV. */
typedef struct {
	void (*begin)(Output *out);
	void (*row)(Output *out, gboolean sum);
	void (*end)(Output *out);
	void (*finish)(Output *out);
	void (*free)(Output *out);
} Form;

extern const Form form_text, form_json, form_csv;

struct Output {
	const Form *form;
	gpointer form_data;
	Sink *sink;
	FILE *file;
	gboolean bytes;
	gboolean header;
	gboolean colour;
	gboolean anything;	/* in text: something was printed, so a blank line goes first */

	const Table *main_table;
	char **columns;		/* from --columns, or NULL */
	char **tables;		/* from --table, or NULL */

	/* the table under way; NULL between tables and in one that is not wanted */
	const Table *table;
	guint *selected;	/* columns shown, in order */
	guint n_selected;
	guint n_tables;		/* begun so far */
	guint64 n_rows;
	GArray *cells;		/* of Cell: the row under way, all columns */
};

static inline const Cell *output_cell(const Output *out, guint i)
{
	return &g_array_index(out->cells, Cell, out->selected[i]);
}

static inline const Column *output_column(const Output *out, guint i)
{
	return &out->table->columns[out->selected[i]];
}

/** Appends a cell as text for people. */
void cell_to_text(GString *to, const Cell *cell, Kind kind, gboolean bytes);
/** Writes a number as JSON and CSV have it. */
void cell_write_number(FILE *file, const Cell *cell, Kind kind);
const char *paint_escape(Paint paint);
#define PAINT_RESET "\033[0m"

#endif
