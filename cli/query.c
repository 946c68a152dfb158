/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* memdesc query: any SQL that reads, or one of the queries that come with the program. */
#include <string.h>

#include "progress.h"
#include "source.h"
#include "verbs.h"

static const Column query_columns[] = {
	{ "name", NULL, KIND_TEXT, 0, "to be used as @name" },
	{ "takes", NULL, KIND_TEXT, 0, "what stands behind @name; null: nothing" },
	{ "description", NULL, KIND_TEXT, 0, "what it shows" },
	{ "sql", NULL, KIND_TEXT, COLUMN_EXTRA, "the statement" },
};
static const Column failed_columns[] = {
	{ "file", NULL, KIND_TEXT, 0, "as it was named" },
	{ "error", NULL, KIND_TEXT, 0, "why it has no rows, or not all" },
};
static const Table failed_table = TABLE("failed", failed_columns, 0,
					"files that could not be asked (JSON, with --each)");
static const Table query_table = TABLE("queries", query_columns, 0,
				       "the queries that come with the program (with --list)");

/* A named query that has this parameter takes an address, and is asked about the frame there. */
#define FRAME_PARAMETER ":pfn"

static gboolean takes_address(const char *sql)
{
	return strstr(sql, FRAME_PARAMETER) != NULL;
}

static gboolean list_queries(Args *args, GError **error)
{
	const Table *const tables[] = { &query_table, NULL };
	g_autoptr(Output) out = output_open(args, &query_table, tables, error);

	if (!out || !output_begin(out, &query_table, error))
		return FALSE;
	for (const AnzNamedQuery *q = anz_named_query_list(); q->name; q++) {
		output_text(out, q->name);
		output_text(out, takes_address(q->sql) ? "ADDRESS" : NULL);
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

/* What is asked for, and of which words of the command line it is made. */
typedef struct {
	char *sql;
	const char *address;	/* (nullable): for FRAME_PARAMETER */
	guint n_sources;
} Question;

static void question_clear(Question *question)
{
	g_free(question->sql);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Question, question_clear)

/* @NAME [ADDRESS]; @at: index of its word. */
static gboolean ask_named(const Args *args, guint at, Question *question, GError **error)
{
	const char *sql = find_named(args->words[at], error);
	guint rest = args->n_words - at - 1, wanted;

	if (!sql)
		return FALSE;
	wanted = takes_address(sql) ? 1 : 0;
	if (rest != wanted) {
		g_set_error(error, CLI_ERROR, CLI_ERROR_USAGE, wanted ?
			    "%s takes one ADDRESS behind it; see 'memdesc help query'" :
			    "%s takes nothing behind it; see 'memdesc query --list'",
			    args->words[at]);
		return FALSE;
	}
	question->sql = g_strdup(sql);
	question->address = wanted ? args->words[at + 1] : NULL;
	question->n_sources = at;
	return TRUE;
}

/* --file's text, @NAME with what it takes, or the last word. */
static gboolean ask(const Args *args, Question *question, GError **error)
{
	g_autoptr(GError) err = NULL;

	question->n_sources = args->n_words;
	if (args->file) {
		if (g_file_get_contents(args->file, &question->sql, NULL, &err))
			return TRUE;
		g_set_error(error, CLI_ERROR, CLI_ERROR_FAILED, "--file: %s", err->message);
		return FALSE;
	}
	for (guint i = 1; i < args->n_words; i++)
		if (args->words[i][0] == '@')
			return ask_named(args, i, question, error);
	question->sql = g_strdup(args->words[--question->n_sources]);
	return TRUE;
}

static gboolean bind_address(AnzStore *store, AnzQuery *query, const char *word, GError **error)
{
	AnzAddress address;

	if (!anz_store_resolve(store, word, &address, error))
		return FALSE;
	if (address.kind == ANZ_ADDRESS_VIRTUAL) {
		g_set_error(error, CLI_ERROR, CLI_ERROR_FAILED,
			    "%s: neither in the direct map nor among struct pages; 'memdesc page' finds "
			    "the page behind it", word);
		return FALSE;
	}
	anz_query_bind_int(query, FRAME_PARAMETER, address.pfn);
	return TRUE;
}

static AnzQuery *ask_store(const Question *question, AnzStore *store, GError **error)
{
	g_autoptr(AnzQuery) query = anz_store_query(store, question->sql, error);

	if (!query || (question->address && !bind_address(store, query, question->address, error)))
		return NULL;
	return g_steal_pointer(&query);
}

/* The words of the user do not parse. */
static gboolean is_about_sql(GError *error)
{
	if (!g_error_matches(error, ANZ_ERROR, ANZ_ERROR_QUERY))
		return FALSE;
	error->domain = CLI_ERROR;
	error->code = CLI_ERROR_USAGE;
	return TRUE;
}

static gboolean ask_one(Args *args, const Question *question, Output *out, GError **error)
{
	g_autoptr(Source) source = source_open(args, args->words, question->n_sources, error);
	g_autoptr(AnzQuery) query = source ? ask_store(question, source->store, error) : NULL;

	if (!query) {
		if (source && error)
			is_about_sql(*error);
		return FALSE;
	}
	return output_rows(out, "rows", query, error);
}

/*
 * One file's rows.  FALSE with @error if it has none to give, or not all; @stop: then there is no point in
 * asking others.
 */
static gboolean ask_file(Args *args, const Question *question, OutputRows *rows, char **word,
			 gboolean *stop, GError **error)
{
	g_autoptr(GError) why = NULL;
	g_autoptr(Source) source = source_open(args, word, 1, &why);
	g_autoptr(AnzQuery) query = source ? ask_store(question, source->store, &why) : NULL;

	if (query && output_rows_add(rows, *word, query, &why))
		return TRUE;
	/* A statement that the first file does not understand is wrong; another file may be older. */
	if ((!query && source && *stop && is_about_sql(why)) ||
	    (query && g_error_matches(why, CLI_ERROR, CLI_ERROR_USAGE)) ||
	    g_error_matches(why, ANZ_ERROR, ANZ_ERROR_CANCELLED))
		*stop = TRUE;
	else
		*stop = FALSE;
	g_propagate_error(error, g_steal_pointer(&why));
	return FALSE;
}

/* A file that cannot be asked is named, and the rest goes on: fleets have one such somewhere. */
static gboolean ask_each(Args *args, const Question *question, Output *out, GError **error)
{
	g_autoptr(OutputRows) rows = output_rows_new(out, "rows", "file");
	g_autoptr(GPtrArray) failed = g_ptr_array_new_with_free_func(g_free);
	guint nr_done = 0;

	for (guint i = 0; i < question->n_sources && !output_failed(out); i++) {
		g_autoptr(GError) why = NULL;
		gboolean stop = !nr_done;

		if (ask_file(args, question, rows, &args->words[i], &stop, &why)) {
			nr_done++;
			continue;
		}
		if (stop) {
			g_propagate_error(error, g_steal_pointer(&why));
			return FALSE;
		}
		progress_clear();
		if (!g_str_has_prefix(why->message, args->words[i]))
			g_prefix_error(&why, "%s: ", args->words[i]);
		g_printerr("memdesc: %s%s\n", why->message, anz_error_next_step(why));
		g_ptr_array_add(failed, g_strdup(args->words[i]));
		g_ptr_array_add(failed, g_strdup(why->message));
	}
	if (!output_rows_end(rows, error))
		return FALSE;
	if (args->json) {
		if (!output_begin(out, &failed_table, error))
			return FALSE;
		for (guint i = 0; i < failed->len; i += 2) {
			output_text(out, failed->pdata[i]);
			output_text(out, failed->pdata[i + 1]);
			output_row(out);
		}
		output_end(out);
	}
	if (failed->len)
		args->exit_status = nr_done ? EXIT_PARTIAL : EXIT_FAILED;
	return TRUE;
}

static gboolean run(Args *args, GError **error)
{
	g_auto(Question) question = { 0 };

	if (args->list)
		return list_queries(args, error);
	if (args->file ? !args->n_words : args->n_words < 2) {
		g_set_error(error, CLI_ERROR, CLI_ERROR_USAGE,
			    "a source and a statement are needed: memdesc query SOURCE SQL; "
			    "see 'memdesc help query'");
		return FALSE;
	}
	if (!ask(args, &question, error))
		return FALSE;

	g_autoptr(Output) out = output_open(args, NULL, NULL, error);

	if (!out || !(args->each ? ask_each : ask_one)(args, &question, out, error))
		return FALSE;
	return output_close(g_steal_pointer(&out), error);
}

static const Option options[] = {
	{ "list", 0, G_OPTION_ARG_NONE, NULL, G_STRUCT_OFFSET(Args, list),
	  "List the queries that come with the program. Needs no SOURCE." },
	{ "file", 0, G_OPTION_ARG_FILENAME, "FILE", G_STRUCT_OFFSET(Args, file),
	  "Read the statement from FILE; all arguments are then the SOURCE.", COMPLETE_FILE },
	{ "each", 0, G_OPTION_ARG_NONE, NULL, G_STRUCT_OFFSET(Args, each),
	  "Each SOURCE is a file of its own, not a part of one dump: all are asked, one after the "
	  "other, and a first column, file, says whose row it is. One that cannot be asked is named, "
	  "and the others go on; the exit code is then 3, or 1 if there is no other." },
	{ NULL }
};

static const Table *const tables[] = { &query_table, &failed_table, NULL };

static const Example examples[] = {
	{ "memdesc query vmcore.memdesc \"SELECT class, sum(pages) AS pages FROM runs "
	  "WHERE snapshot = :snapshot GROUP BY class\"", "Plain SQL." },
	{ "memdesc query vmcore.memdesc \"SELECT pfn, flags_text FROM page "
	  "WHERE class = 'slab' AND locked\"",
	  "Page by page: the table page has a row for every frame." },
	{ "memdesc query vmcore.memdesc @who-blocks 0x12400000",
	  "What keeps the pageblock around that address from being free." },
	{ "memdesc query --each fleet/*.memdesc \"SELECT class, bytes FROM classes "
	  "WHERE snapshot = :snapshot\" --csv -o fleet.csv", "What memory is, in every analysis there is." },
	{ "memdesc query --list", "The queries that come with the program." },
	{ NULL }
};

const Verb verb_query = {
	.name = "query",
	.arguments = "SOURCE... SQL|@NAME [ADDRESS]",
	.summary = "the answer to any SQL query",
	.description =
		"Runs one SQL statement that only reads, or a named one (@NAME), and prints its "
		"rows, in JSON as table rows. Some named ones take an ADDRESS, of any form that page "
		"takes. The parameter :snapshot stands for the snapshot in "
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
