/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One table object that prints text, JSON or CSV.  A verb describes its tables once (name, columns,
 * kinds, help); the same description drives --columns, help, man pages and completion.  A verb
 * pushes cells in the order of the columns and ends each row; what is shown, and how, is decided
 * here.
 *
 * Column and table names are stable; headings and number formats of text are for people.
 */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include <analyze/store.h>

#include "cli.h"

/** What a column holds; decides heading, alignment and format. */
typedef enum {
	KIND_TEXT,
	KIND_INTEGER,
	KIND_REAL,
	KIND_ADDRESS,		/* "0x..." everywhere */
	KIND_PAGES,		/* a count of base pages */
	KIND_BYTES,		/* human readable in text unless -b */
	KIND_BOOLEAN,		/* yes, no; true, false */
	KIND_PERCENT,
	KIND_DURATION,		/* seconds; days and h:m:s in text */
	KIND_TIME,		/* seconds since 1970; UTC date in text */
	KIND_LIST,		/* text, one item a line; an array in JSON */
	KIND_MASK,		/* bits: a number, hexadecimal in text */
} Kind;

enum {
	COLUMN_EXTRA = 1 << 0,	/* in text only when named with --columns */
	COLUMN_LEFT = 1 << 1,	/* a number, but aligned to the left */
};

typedef struct {
	const char *name;	/* snake_case: JSON, CSV, --columns */
	const char *header;	/* in text; NULL: the name in capitals */
	Kind kind;
	guint flags;
	const char *help;
} Column;

enum {
	TABLE_RECORD = 1 << 0,	/* in text: one "label: value" line per column */
	TABLE_PRIVATE = 1 << 1,	/* text only, not to be chosen with --table */
};

typedef struct {
	const char *name;
	const Column *columns;
	guint n_columns;
	guint flags;
	const char *help;
} Table;

#define TABLE(table_name, table_columns, table_flags, table_help) \
	{ .name = (table_name), .columns = (table_columns), \
	  .n_columns = G_N_ELEMENTS(table_columns), .flags = (table_flags), .help = (table_help) }

typedef enum {
	PAINT_NONE,
	PAINT_GOOD,
	PAINT_BAD,
	PAINT_DIM,
	PAINT_STRONG,
} Paint;

typedef struct Output Output;

/**
 * output_open:
 * @main_table: (nullable): what --columns picks from and what CSV holds unless --table names
 *	others; %NULL when tables are only known later (query)
 * @tables: (nullable): %NULL-terminated, all that --table may name
 *
 * Checks --columns and --table and opens the output.
 *
 * Returns: %NULL with @error (usage, or not writable).
 */
Output *output_open(const Args *args, const Table *main_table, const Table *const *tables,
		    GError **error);

/** %TRUE if @table will be shown; saves the work of making it. */
gboolean output_wants(const Output *out, const Table *table);
/** %TRUE if @table was named with --table. */
gboolean output_asked(const Output *out, const Table *table);
/** %TRUE if the whole report is wanted as text: words, matrices, all tables. */
gboolean output_is_report(const Output *out);
/** %TRUE if output is text at all. */
gboolean output_is_text(const Output *out);

/** A line above the next table, only in a report.  %NULL is none. */
void output_heading(Output *out, const char *format, ...) G_GNUC_PRINTF(2, 3);
/** A paragraph, which may have line breaks, only in a report. */
void output_say(Output *out, Paint paint, const char *format, ...) G_GNUC_PRINTF(3, 4);

/** One line of running text, only in a report. */
void output_line(Output *out, Paint paint, const char *line);

/**
 * output_begin:
 *
 * Starts @table, which must stay valid until output_end().  Tables that are not wanted swallow
 * their rows.
 *
 * Returns: %FALSE with @error if --columns names a column that @table has not.
 */
gboolean output_begin(Output *out, const Table *table, GError **error);
/* Cells, in the order of the table's columns; text must live until output_row(). */
void output_null(Output *out);
void output_int(Output *out, gint64 value);
void output_uint(Output *out, guint64 value);
void output_real(Output *out, double value);
void output_text(Output *out, const char *value);	/* NULL is null */
void output_bool(Output *out, gboolean value);
/** Colour of the cell pushed last. */
void output_paint(Output *out, Paint paint);
void output_row(Output *out);
/** A row of text reports only, under a rule as it were: sums. */
void output_sum_row(Output *out);
void output_end(Output *out);

/**
 * output_query:
 *
 * All rows of @query as rows of @table (begun and ended here), columns matched by name; columns
 * that the query has not are null.
 *
 * Returns: %FALSE with @error.
 */
gboolean output_query(Output *out, const Table *table, AnzQuery *query, GError **error);

/**
 * output_rows:
 * @name: what the table is called in JSON
 *
 * All rows of @query with whatever columns it has; a name that comes twice gets "_2".
 *
 * Returns: %FALSE with @error.
 */
gboolean output_rows(Output *out, const char *name, AnzQuery *query, GError **error);

typedef struct OutputRows OutputRows;

/**
 * output_rows_new:
 * @name: what the table is called in JSON
 * @label: (nullable): name of a first column that says where a row comes from
 *
 * The same for the rows of one statement on several files, as one table: columns are those of the
 * first that has rows.
 */
OutputRows *output_rows_new(Output *out, const char *name, const char *label);
/**
 * output_rows_add:
 * @label: text of the first column
 *
 * Returns: %FALSE with @error: of the query, which may have printed rows before it failed; or usage,
 * before anything is printed, if --columns names a column that there is not.
 */
gboolean output_rows_add(OutputRows *rows, const char *label, AnzQuery *query, GError **error);
gboolean output_rows_end(OutputRows *rows, GError **error);
void output_rows_free(OutputRows *rows);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(OutputRows, output_rows_free)

/** Pushes one value of @query as the next cell. */
void output_query_cell(Output *out, AnzQuery *query, guint column);

/** %TRUE once writing has failed; output_close() will say why. */
gboolean output_failed(Output *out);

/** Hands on what was written so far, for output that takes long to end. */
void output_flush(Output *out);

/** Ends, flushes, renames.  Consumes @out. */
gboolean output_close(Output *out, GError **error);
void output_free(Output *out);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Output, output_free)

#endif
