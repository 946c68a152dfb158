/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* memdesc export: one table for other programs, or an analysis file to hand on. */
#include <string.h>

#include "source.h"
#include "verbs.h"

/* The tables of the file that hold rows for people; page is made from the planes. */
#define TABLES_SQL \
	"SELECT 'page' UNION ALL SELECT name FROM " \
	"(SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') " \
	"AND name NOT LIKE 'sqlite_%' AND name NOT IN ('tile', 'pyramid', 'overview', 'page') ORDER BY name)"

/* Whether the rows of table @name, which must be one of the file's, are those of a snapshot each. */
static gboolean has_snapshots(AnzStore *store, const char *name, gboolean *has, GError **error)
{
	g_autoptr(AnzQuery) query = anz_store_query(store,
		"SELECT count(*) FROM pragma_table_xinfo(:name) WHERE name = 'snapshot'", error);
	g_autoptr(GError) err = NULL;

	if (!query)
		return FALSE;
	anz_query_bind_text(query, ":name", name);
	*has = anz_query_next(query, &err) && anz_query_int(query, 0);
	if (!err)
		return TRUE;
	g_propagate_error(error, g_steal_pointer(&err));
	return FALSE;
}

static gboolean export_table(Args *args, GError **error)
{
	g_autofree char *sql = NULL;

	args->csv = !args->json;

	g_autoptr(Output) out = output_open(args, NULL, NULL, error);

	if (!out)
		return FALSE;

	g_autoptr(Source) source = source_open(args, args->words, args->n_words, error);
	g_autoptr(AnzQuery) query = NULL;
	gboolean has;

	if (!source || !check_name(source->store, "--table", &args->table, TABLES_SQL, error) ||
	    !has_snapshots(source->store, args->table, &has, error))
		return FALSE;
	/* the name is one of the file's own: checked; page is always of the snapshot in hand */
	sql = g_strdup_printf("SELECT * FROM \"%s\"%s", args->table,
			      !strcmp(args->table, "snapshot") ? " WHERE id = :snapshot" :
			      has && strcmp(args->table, "page") ?
				      " WHERE snapshot = :snapshot" : "");
	query = anz_store_query(source->store, sql, error);
	if (!query || !output_rows(out, args->table, query, error))
		return FALSE;
	g_clear_pointer(&query, anz_query_free);
	return output_close(g_steal_pointer(&out), error);
}

static gboolean export_file(Args *args, GError **error)
{
	if (args->json || args->csv || args->columns) {
		g_set_error(error, CLI_ERROR, CLI_ERROR_USAGE,
			    "which table? --json, --csv and --columns go with --table TABLE");
		return FALSE;
	}
	if (!args->output || !strcmp(args->output, "-")) {
		g_set_error(error, CLI_ERROR, CLI_ERROR_USAGE,
			    "-o FILE must name the analysis file to write; or --table TABLE "
			    "exports one table");
		return FALSE;
	}
	if (!check_replaceable(args->output, error))
		return FALSE;

	g_autoptr(Source) source = source_open(args, args->words, args->n_words, error);

	if (!source || !anz_store_export(source->store, args->output, args->redact, error))
		return FALSE;
	cli_warn(args, "%s was written", args->output);
	return TRUE;
}

static gboolean run(Args *args, GError **error)
{
	if (!args->table)
		return export_file(args, error);
	if (args->redact) {
		g_set_error(error, CLI_ERROR, CLI_ERROR_USAGE,
			    "--redact makes a whole analysis file and does not go with --table; "
			    "export a redacted file first, then tables from it");
		return FALSE;
	}
	return export_table(args, error);
}

static const Option options[] = {
	{ "table", 0, G_OPTION_ARG_STRING, "TABLE", G_STRUCT_OFFSET(Args, table),
	  "Export this table of the analysis file, or page for a row per page frame, as CSV or "
	  "JSON.", COMPLETE_WORDS,
	  "page class_zone classes counter format_fact free_area free_block histogram log "
	  "memory_range meta migratetype nodes page_class page_flag pcp pcp_block "
	  "reconciliation remark runs snapshot zones" },
	{ "redact", 0, G_OPTION_ARG_NONE, NULL, G_STRUCT_OFFSET(Args, redact),
	  "Leave out the kernel's log and command line, the host's name, and names of files, "
	  "processes and cgroups." },
	{ NULL }
};

static const Table *const tables[] = { NULL };

static const Example examples[] = {
	{ "memdesc export vmcore.memdesc --redact -o for-support.memdesc",
	  "An analysis that can be handed on." },
	{ "memdesc export vmcore.memdesc --table page --columns pfn,class,order -o pages.csv",
	  "Every page frame as CSV." },
	{ NULL }
};

const Verb verb_export = {
	.name = "export",
	.arguments = "SOURCE...",
	.summary = "one table as CSV or JSON, or a redacted analysis file",
	.description =
		"With --table, writes one table of the analysis as CSV (or JSON with --json), row "
		"by row. Without it, writes the current snapshot alone as a new analysis file, "
		"which -o must name.\n\n"
		"An analysis file holds no page content.",
	.options = options,
	.tables = tables,
	.examples = examples,
	.min_words = 1, .max_words = G_MAXUINT,
	.run = run,
};
