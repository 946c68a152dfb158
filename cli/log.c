/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* memdesc log: the dumped kernel's messages, as dmesg shows them. */
#include <string.h>

#include "source.h"
#include "verbs.h"

static const char *const levels[] = {
	"emerg", "alert", "crit", "err", "warn", "notice", "info", "debug"
};

static gboolean parse_level(const char *text, int *level, GError **error)
{
	*level = -1;
	if (!text)
		return TRUE;
	for (guint i = 0; i < G_N_ELEMENTS(levels); i++)
		if (!g_ascii_strcasecmp(text, levels[i]) ||
		    (text[0] == (char)('0' + i) && !text[1]))
			*level = i;
	if (*level >= 0)
		return TRUE;

	g_autofree char *known = g_strjoinv(", ", (char **)(void *)(const char *[]){
		levels[0], levels[1], levels[2], levels[3], levels[4], levels[5], levels[6],
		levels[7], NULL });

	g_set_error(error, CLI_ERROR, CLI_ERROR_USAGE,
		    "--level: '%s' is no level; it takes 0 to 7 or %s", text, known);
	return FALSE;
}

/* Nothing printed may mean that nothing was severe enough, or that there is no log at all. */
static gboolean warn_if_none(Args *args, AnzStore *store, GError **error)
{
	g_autoptr(AnzQuery) query = anz_store_query(store,
		"SELECT 1 FROM log WHERE snapshot = :snapshot LIMIT 1", error);
	g_autoptr(GError) err = NULL;

	if (!query)
		return FALSE;
	if (!anz_query_next(query, &err) && !err)
		cli_warn(args, "no kernel messages are known; the remarks of 'memdesc summary %s' "
			 "may say why", args->words[0]);
	if (!err)
		return TRUE;
	g_propagate_error(error, g_steal_pointer(&err));
	return FALSE;
}

static gboolean run(Args *args, GError **error)
{
	int level;

	if (!parse_level(args->level, &level, error))
		return FALSE;

	g_autoptr(Output) out = output_open(args, &log_table, verb_log.tables, error);

	if (!out)
		return FALSE;

	g_autoptr(Source) source = source_open(args, args->words, args->n_words, error);

	if (!source || !print_log(out, source->store, args->last, level, error) ||
	    !warn_if_none(args, source->store, error))
		return FALSE;
	return output_close(g_steal_pointer(&out), error);
}

static const Option options[] = {
	{ "level", 0, G_OPTION_ARG_STRING, "LEVEL", G_STRUCT_OFFSET(Args, level),
	  "Print messages at least as severe as LEVEL: emerg, alert, crit, err, warn, notice, "
	  "info, debug, or 0 to 7.", COMPLETE_WORDS,
	  "emerg alert crit err warn notice info debug" },
	{ "last", 0, G_OPTION_ARG_INT, "N", G_STRUCT_OFFSET(Args, last),
	  "Print the last N of them." },
	{ NULL }
};

static const Table *const tables[] = { &log_table, NULL };

static const Example examples[] = {
	{ "memdesc log vmcore --last 30", "What the kernel said last." },
	{ "memdesc log vmcore --level err --json", "Errors and worse, for a script." },
	{ NULL }
};

const Verb verb_log = {
	.name = "log",
	.arguments = "SOURCE...",
	.summary = "the kernel's log",
	.description = "Prints the log buffer of the dumped kernel, oldest message first, with the "
		"time since boot in seconds before each line, as dmesg(1) does.",
	.options = options,
	.tables = tables,
	.examples = examples,
	.min_words = 1, .max_words = G_MAXUINT,
	.run = run,
};
