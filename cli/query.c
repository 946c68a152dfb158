/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* memdesc query: any SQL that reads, or one of the queries that come with the program. */
#include <string.h>

#include "source.h"
#include "verbs.h"

static const Column query_columns[] = {
	{ "name", NULL, KIND_TEXT, 0, "to be used as @name" },
	{ "description", NULL, KIND_TEXT, 0, "what it shows" },
	{ "sql", NULL, KIND_TEXT, COLUMN_EXTRA, "the statement" },
};
static const Table query_table = TABLE("queries", query_columns, 0,
				       "the queries that come with the program (with --list)");

static gboolean list_queries(Args *args, GError **error)
{
	const Table *const tables[] = { &query_table, NULL };
	g_autoptr(Output) out = output_open(args, &query_table, tables, error);

	if (!out || !output_begin(out, &query_table, error))
		return FALSE;
	for (const AnzNamedQuery *q = anz_named_query_list(); q->name; q++) {
		output_text(out, q->name);
		output_text(out, q->description);
		output_text(out, q->sql);
		output_row(out);
	}
	output_end(out);
	return output_close(g_steal_pointer(&out), error);
}

static const char *find_named(const char *name, GError **error)
{
	const char *sql = anz_named_query(name);
	g_autoptr(GString) known = NULL;

	if (sql)
		return sql;
	known = g_string_new(NULL);
	for (const AnzNamedQuery *q = anz_named_query_list(); q->name; q++)
		g_string_append_printf(known, "%s@%s", known->len ? ", " : "", q->name);
	g_set_error(error, CLI_ERROR, CLI_ERROR_USAGE, "there is no query '%s'; there is %s", name,
		    known->str);
	return NULL;
}

/* The statement: --file's text, or the last word. */
static char *get_sql(const Args *args, GError **error)
{
	const char *word = args->n_words ? args->words[args->n_words - 1] : "";
	g_autoptr(GError) err = NULL;
	const char *named;
	char *sql;

	if (args->file) {
		if (g_file_get_contents(args->file, &sql, NULL, &err))
			return sql;
		g_set_error(error, CLI_ERROR, CLI_ERROR_FAILED, "--file: %s", err->message);
		return NULL;
	}
	if (*word != '@')
		return g_strdup(word);
	named = find_named(word, error);
	return named ? g_strdup(named) : NULL;
}

static gboolean run(Args *args, GError **error)
{
	guint n_sources = args->file ? args->n_words : args->n_words - 1;
	g_autofree char *sql = NULL;

	if (args->list)
		return list_queries(args, error);
	if (args->file ? !args->n_words : args->n_words < 2) {
		g_set_error(error, CLI_ERROR, CLI_ERROR_USAGE,
			    "a source and a statement are needed: memdesc query SOURCE SQL; "
			    "see 'memdesc help query'");
		return FALSE;
	}
	sql = get_sql(args, error);
	if (!sql)
		return FALSE;

	g_autoptr(Output) out = output_open(args, NULL, NULL, error);

	if (!out)
		return FALSE;

	g_autoptr(Source) source = source_open(args, args->words, n_sources, error);
	g_autoptr(AnzQuery) query = NULL;

	if (!source)
		return FALSE;
	query = anz_store_query(source->store, sql, error);
	if (!query) {
		/* the words of the user do not parse */
		if (error && g_error_matches(*error, ANZ_ERROR, ANZ_ERROR_QUERY)) {
			(*error)->domain = CLI_ERROR;
			(*error)->code = CLI_ERROR_USAGE;
		}
		return FALSE;
	}
	if (!output_rows(out, "rows", query, error))
		return FALSE;
	g_clear_pointer(&query, anz_query_free);
	return output_close(g_steal_pointer(&out), error);
}

static const Option options[] = {
	{ "list", 0, G_OPTION_ARG_NONE, NULL, G_STRUCT_OFFSET(Args, list),
	  "List the queries that come with the program. Needs no SOURCE." },
	{ "file", 0, G_OPTION_ARG_FILENAME, "FILE", G_STRUCT_OFFSET(Args, file),
	  "Read the statement from FILE; all arguments are then the SOURCE.", COMPLETE_FILE },
	{ NULL }
};

static const Table *const tables[] = { &query_table, NULL };

static const Example examples[] = {
	{ "memdesc query vmcore.memdesc \"SELECT class, sum(pages) AS pages FROM runs "
	  "WHERE snapshot = :snapshot GROUP BY class\"", "Plain SQL." },
	{ "memdesc query vmcore.memdesc \"SELECT pfn, flags_text FROM page "
	  "WHERE class = 'slab' AND locked\"",
	  "Page by page: the table page has a row for every frame." },
	{ "memdesc query --list", "The queries that come with the program." },
	{ NULL }
};

const Verb verb_query = {
	.name = "query",
	.arguments = "SOURCE... SQL|@NAME",
	.summary = "the answer to any SQL query",
	.description =
		"Runs one SQL statement that only reads, or a named one (@NAME), and prints its "
		"rows, in JSON as table rows. The parameter :snapshot stands for the snapshot in "
		"use. Tables and columns are those of the analysis file, which is an ordinary "
		"SQLite database; besides there is the table page with a row for every page "
		"frame.\n\n"
		"Columns that hold addresses, sizes or booleans are printed as such; a column "
		"that is computed takes the form of the one it is named like (sum(pages) AS "
		"pages).",
	.options = options,
	.tables = tables,
	.examples = examples,
	.min_words = 2, .max_words = G_MAXUINT,
	.run = run,
};
