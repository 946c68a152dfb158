/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * memdesc check: do the kernel's books balance?  The rules were evaluated when the dump was analysed; here
 * their findings are chosen, put into words and turned into an exit code that a script can trust.
 */
#include <string.h>

#include <analyze/check.h>

#include "source.h"
#include "suppressions.h"
#include "verbs.h"

static const Column finding_columns[] = {
	{ "severity", NULL, KIND_TEXT, 0, "error, warning or info" },
	{ "rule", NULL, KIND_TEXT, 0, "which rule is broken; --list explains them" },
	{ "pfn", NULL, KIND_INTEGER, 0, "the page at fault" },
	{ "address", NULL, KIND_ADDRESS, COLUMN_EXTRA,
	  "of its struct page, or of the structure at fault" },
	{ "object", NULL, KIND_TEXT, 0, "what it is part of" },
	{ "expected", NULL, KIND_TEXT, 0, "what should be there" },
	{ "seen", NULL, KIND_TEXT, 0, "what is there" },
	{ "count", NULL, KIND_INTEGER, 0, "findings of the same cause; the row shows the first" },
	{ "suppressed", NULL, KIND_TEXT, COLUMN_EXTRA, "why it does not count" },
	{ "hex", NULL, KIND_TEXT, COLUMN_EXTRA, "memory at the address, in hexadecimal" },
	{ "command", NULL, KIND_TEXT, COLUMN_EXTRA, "shows more of it" },
};
static const Table finding_table = TABLE("findings", finding_columns, 0,
					 "what is wrong; one row for each cause");

static const Column rule_columns[] = {
	{ "rule", NULL, KIND_TEXT, 0, "family and name" },
	{ "severity", NULL, KIND_TEXT, 0, "error, warning or info" },
	{ "evaluated", NULL, KIND_INTEGER, 0, "times it was looked at" },
	{ "findings", NULL, KIND_INTEGER, 0, "times it was broken, listed or not" },
	{ "suppressed", NULL, KIND_INTEGER, 0, "times it was broken but an exception applies" },
	{ "unreadable", NULL, KIND_INTEGER, 0, "times what it looks at is not in the dump" },
	{ "note", NULL, KIND_TEXT, 0, "why it evaluated nothing" },
};
static const Table rule_table = TABLE("rules", rule_columns, 0, "what each rule did");

static const Column catalogue_columns[] = {
	{ "rule", NULL, KIND_TEXT, 0, "family and name" },
	{ "severity", NULL, KIND_TEXT, 0, "error, warning or info" },
	{ "wrong", NULL, KIND_TEXT, 0, "what is wrong when it is broken" },
	{ "means", NULL, KIND_TEXT, 0, "what that usually means" },
	{ "kernel", NULL, KIND_TEXT, 0, "the kernel's own check that does the same" },
};
static const Table catalogue_table = TABLE("catalogue", catalogue_columns, 0,
					   "all rules (with --list)");

/* 0 info, 1 warning, 2 error; 3 for "never"; -1: no such word. */
static int level_of(const char *word)
{
	static const char *const words[] = { "info", "warning", "error", "never" };

	for (guint i = 0; i < G_N_ELEMENTS(words); i++)
		if (!g_ascii_strcasecmp(words[i], word))
			return i;
	return -1;
}

/* Does @list, "RULE,FAMILY,...", hold @id?  A name that is neither is a usage error. */
static gboolean list_has(const char *list, const char *id)
{
	g_auto(GStrv) names = list ? g_strsplit(list, ",", -1) : NULL;

	for (char **name = names; name && *name; name++) {
		gsize n = strlen(*name);

		if (!strcmp(*name, id) || (!strncmp(*name, id, n) && id[n] == '.'))
			return TRUE;
	}
	return FALSE;
}

static gboolean check_list(const char *option, const char *list, GError **error)
{
	g_auto(GStrv) names = list ? g_strsplit(list, ",", -1) : NULL;

	for (char **name = names; name && *name; name++) {
		const AnzCheckRule *rule;
		gboolean known = FALSE;

		for (guint i = 0; (rule = anz_check_rule(i)); i++)
			known |= list_has(*name, rule->id);
		if (known)
			continue;
		g_set_error(error, CLI_ERROR, CLI_ERROR_USAGE,
			    "%s: there is no rule and no family '%s'; 'memdesc check --list' lists "
			    "them", option, *name);
		return FALSE;
	}
	return TRUE;
}

static gboolean is_chosen(const Args *args, const char *id)
{
	return (!args->rules || list_has(args->rules, id)) && !list_has(args->skip, id);
}

typedef struct {
	guint64 by_level[3];	/* that count, by severity */
	guint64 suppressed, listed, left_out;
	guint64 counted;	/* of by_level, those that have no row */
	GHashTable *rules;	/* ids of rules that have a row */
} Tally;

/* The command of a finding, with the source that was named for FILE. */
static char *command_for(const char *command, const Args *args)
{
	g_autofree char *quoted = g_shell_quote(args->words[0]);
	const char *at = command ? strstr(command, "FILE") : NULL;
	const char *name = strpbrk(args->words[0], " '\"\\$&|;<>()*?[]`~#") ? quoted : args->words[0];

	if (!at)
		return g_strdup(command);
	return g_strdup_printf("%.*s%s%s", (int)(at - command), command, name, at + strlen("FILE"));
}

static void put_finding(Output *out, AnzQuery *query, const Args *args, const char *suppressed)
{
	const char *severity = anz_query_text(query, 0);
	g_autofree char *command = command_for(anz_query_text(query, 10), args);

	output_text(out, severity);
	output_paint(out, suppressed ? PAINT_DIM : !strcmp(severity, "error") ? PAINT_BAD :
		     !strcmp(severity, "warning") ? PAINT_STRONG : PAINT_NONE);
	for (guint i = 1; i < 8; i++)
		output_query_cell(out, query, i);
	output_text(out, suppressed);
	output_query_cell(out, query, 9);
	output_text(out, command);
	output_row(out);
}

/* Counts a finding and says whether it is to be shown; a report shows only what counts. */
static gboolean take(Output *out, const Args *args, Tally *tally, AnzQuery *query,
		     const char *suppressed, int least)
{
	int level = level_of(anz_query_text(query, 0));

	if (suppressed)
		tally->suppressed += anz_query_int(query, 7);
	else if (level >= 0)
		tally->by_level[level] += anz_query_int(query, 7);
	if (level < least || (suppressed && output_is_report(out)))
		return FALSE;
	if (tally->listed >= (guint64)args->max) {
		tally->left_out++;
		return FALSE;
	}
	tally->listed++;
	return TRUE;
}

static gboolean print_findings(Output *out, AnzStore *store, const Args *args,
			       const Suppressions *suppressions, int least, Tally *tally,
			       GError **error)
{
	g_autoptr(AnzQuery) query = anz_store_query(store,
		"SELECT severity, rule, pfn, address, object, expected, seen, count, suppressed, "
		"hex, command FROM findings WHERE snapshot = :snapshot "
		"ORDER BY suppressed IS NOT NULL, severity = 'info', severity = 'warning', "
		"(SELECT number FROM rules WHERE snapshot = :snapshot AND rules.rule = findings.rule), "
		"pfn", error);
	g_autoptr(GError) err = NULL;
	/* Of no findings a report says so in words. */
	gboolean begun = !output_is_report(out);

	if (!query || (begun && !output_begin(out, &finding_table, error)))
		return FALSE;
	while (anz_query_next(query, &err)) {
		const char *id = anz_query_text(query, 1);
		const char *suppressed = anz_query_text(query, 8);

		if (!is_chosen(args, id))
			continue;
		if (!suppressed)
			suppressed = suppressions_match(suppressions, id,
							anz_query_is_null(query, 2) ? -1 :
							anz_query_int(query, 2),
							anz_query_text(query, 4));
		if (!take(out, args, tally, query, suppressed, least))
			continue;
		if (!begun) {
			begun = TRUE;
			output_heading(out, "Findings");
			output_begin(out, &finding_table, NULL);
		}
		if (!suppressed)
			g_hash_table_add(tally->rules, g_strdup(id));
		put_finding(out, query, args, suppressed);
	}
	if (begun)
		output_end(out);
	if (err) {
		g_propagate_error(error, g_steal_pointer(&err));
		return FALSE;
	}
	return TRUE;
}

/* A rule that is broken very often has rows of the first only; what has none may still fail a run. */
static gboolean count_others(AnzStore *store, const Args *args, int least, Tally *tally, GError **error)
{
	g_autoptr(AnzQuery) query = anz_store_query(store,
		"SELECT rule, severity, max(0, r.findings - (SELECT total(count) FROM findings f WHERE "
		"f.snapshot = :snapshot AND f.rule = r.rule AND f.suppressed IS NULL)), "
		"max(0, r.suppressed - (SELECT total(count) FROM findings f WHERE "
		"f.snapshot = :snapshot AND f.rule = r.rule AND f.suppressed IS NOT NULL)) "
		"FROM rules r WHERE snapshot = :snapshot", error);
	g_autoptr(GError) err = NULL;

	if (!query)
		return FALSE;
	while (anz_query_next(query, &err)) {
		int level = level_of(anz_query_text(query, 1));

		if (!is_chosen(args, anz_query_text(query, 0)) || level < 0)
			continue;
		tally->by_level[level] += (guint64)anz_query_int(query, 2);
		tally->suppressed += (guint64)anz_query_int(query, 3);
		if (level >= least)
			tally->counted += (guint64)anz_query_int(query, 2);
	}
	if (!err)
		return TRUE;
	g_propagate_error(error, g_steal_pointer(&err));
	return FALSE;
}

/* What the rules with a row mean, once each. */
static void explain(Output *out, const Tally *tally)
{
	const AnzCheckRule *rule;

	for (guint i = 0; (rule = anz_check_rule(i)); i++)
		if (g_hash_table_contains(tally->rules, rule->id))
			output_say(out, PAINT_NONE, "%s: %s. Usually: %s.", rule->id, rule->wrong,
				   rule->means);
}

static gboolean print_rules(Output *out, AnzStore *store, const Args *args, GError **error)
{
	g_autoptr(AnzQuery) query = NULL;
	g_autoptr(GError) err = NULL;

	if (!output_wants(out, &rule_table))
		return TRUE;
	query = anz_store_query(store,
		"SELECT rule, severity, evaluated, findings, suppressed, unreadable, note FROM rules "
		"WHERE snapshot = :snapshot ORDER BY number", error);
	output_heading(out, "What each rule did");
	if (!query || !output_begin(out, &rule_table, error))
		return FALSE;
	while (anz_query_next(query, &err)) {
		if (!is_chosen(args, anz_query_text(query, 0)))
			continue;
		for (guint i = 0; i < G_N_ELEMENTS(rule_columns); i++)
			output_query_cell(out, query, i);
		output_row(out);
	}
	output_end(out);
	if (err) {
		g_propagate_error(error, g_steal_pointer(&err));
		return FALSE;
	}
	return TRUE;
}

static void print_verdict(Output *out, const Tally *tally)
{
	if (!tally->listed && !tally->counted)
		output_say(out, PAINT_NONE, "No findings.");
	if (tally->left_out)
		output_say(out, PAINT_NONE, "%" G_GUINT64_FORMAT " more are not shown; --max N shows "
			   "more.", tally->left_out);
	if (tally->counted)
		output_say(out, PAINT_NONE, "%" G_GUINT64_FORMAT " more were only counted, for the first of a "
			   "rule are kept.", tally->counted);
	output_say(out, tally->by_level[2] ? PAINT_BAD : tally->by_level[1] ? PAINT_STRONG :
		   PAINT_GOOD, "Errors: %" G_GUINT64_FORMAT ", warnings: %" G_GUINT64_FORMAT
		   ", for information: %" G_GUINT64_FORMAT "; suppressed: %" G_GUINT64_FORMAT ".",
		   tally->by_level[2], tally->by_level[1], tally->by_level[0], tally->suppressed);
}

static gboolean has_tables(AnzStore *store, const char *path, GError **error)
{
	g_autoptr(AnzQuery) query = anz_store_query(store,
		"SELECT count(*) FROM rules WHERE snapshot = :snapshot", NULL);

	if (query && anz_query_next(query, NULL) && anz_query_int(query, 0))
		return TRUE;
	g_set_error(error, CLI_ERROR, CLI_ERROR_FAILED,
		    "%s was made by a version that checked nothing; analyze the dump again", path);
	return FALSE;
}

static gboolean print_catalogue(Output *out, const Args *args, GError **error)
{
	const AnzCheckRule *rule;

	if (!output_begin(out, &catalogue_table, error))
		return FALSE;
	for (guint i = 0; (rule = anz_check_rule(i)); i++) {
		if (!is_chosen(args, rule->id))
			continue;
		output_text(out, rule->id);
		output_text(out, rule->severity);
		output_text(out, rule->wrong);
		output_text(out, rule->means);
		output_text(out, rule->kernel);
		output_row(out);
	}
	output_end(out);
	return TRUE;
}

static gboolean check_options(Args *args, int *least, int *fails, GError **error)
{
	*least = args->severity ? level_of(args->severity) : 0;
	*fails = args->exit_level ? level_of(args->exit_level) : 2;
	if (*least < 0 || *least > 2 || *fails < 0) {
		g_set_error(error, CLI_ERROR, CLI_ERROR_USAGE, "%s takes %s",
			    *fails < 0 ? "--exit-code" : "--severity", *fails < 0 ?
			    "error, warning, info or never" : "error, warning or info");
		return FALSE;
	}
	if (args->max < 0) {
		g_set_error(error, CLI_ERROR, CLI_ERROR_USAGE, "--max takes a number from 0 on");
		return FALSE;
	}
	return check_list("--rules", args->rules, error) && check_list("--skip", args->skip, error);
}

static gboolean run_check(Args *args, Output *out, GError **error)
{
	g_autoptr(Suppressions) suppressions = NULL;
	g_autoptr(GHashTable) explained = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
								NULL);
	Tally tally = { .rules = explained };
	int least, fails;

	if (!check_options(args, &least, &fails, error))
		return FALSE;
	suppressions = suppressions_read(args->suppressions, error);
	if (!suppressions)
		return FALSE;

	g_autoptr(Source) source = source_open(args, args->words, args->n_words, error);

	if (!source || !has_tables(source->store, args->words[0], error) ||
	    !print_findings(out, source->store, args, suppressions, least, &tally, error) ||
	    !count_others(source->store, args, least, &tally, error))
		return FALSE;
	explain(out, &tally);
	if (!print_rules(out, source->store, args, error))
		return FALSE;
	print_verdict(out, &tally);
	for (int level = fails; level < 3; level++)
		if (tally.by_level[level])
			args->exit_status = EXIT_FOUND;
	return TRUE;
}

static gboolean run(Args *args, GError **error)
{
	g_autoptr(Output) out = NULL;
	int least, fails;

	out = output_open(args, args->list ? &catalogue_table : &finding_table, verb_check.tables,
			  error);
	if (!out)
		return FALSE;
	if (!args->list) {
		if (!run_check(args, out, error))
			return FALSE;
	} else if (!check_options(args, &least, &fails, error) ||
		   !print_catalogue(out, args, error)) {
		return FALSE;
	}
	return output_close(g_steal_pointer(&out), error);
}

static const Option options[] = {
	{ "list", 0, G_OPTION_ARG_NONE, NULL, G_STRUCT_OFFSET(Args, list),
	  "Print all rules with what they mean instead; needs no SOURCE." },
	{ "rules", 0, G_OPTION_ARG_STRING, "RULE,...", G_STRUCT_OFFSET(Args, rules),
	  "Only these rules, or all of a family: buddy, pcp.count." },
	{ "skip", 0, G_OPTION_ARG_STRING, "RULE,...", G_STRUCT_OFFSET(Args, skip),
	  "All rules but these, or but those of a family." },
	{ "severity", 0, G_OPTION_ARG_STRING, "LEVEL", G_STRUCT_OFFSET(Args, severity),
	  "Show only findings at least as severe: error, warning, info.", COMPLETE_WORDS,
	  "error warning info" },
	{ "max", 0, G_OPTION_ARG_INT64, "N", G_STRUCT_OFFSET(Args, max),
	  "Show at most N findings; the others are counted." },
	{ "exit-code", 0, G_OPTION_ARG_STRING, "LEVEL", G_STRUCT_OFFSET(Args, exit_level),
	  "Exit 4 when there is a finding at least as severe: error (without this option), warning, "
	  "info, or never.", COMPLETE_WORDS, "error warning info never" },
	{ "suppressions", 0, G_OPTION_ARG_FILENAME, "FILE", G_STRUCT_OFFSET(Args, suppressions),
	  "Findings that FILE names do not count. A line of it is a rule or a family, a frame number "
	  "or a pattern of the object (* for any), and the reason; # begins a comment.",
	  COMPLETE_FILE },
	{ NULL }
};

static const Table *const tables[] = { &finding_table, &rule_table, &catalogue_table, NULL };

static const Example examples[] = {
	{ "memdesc check vmcore --vmlinux vmlinux || echo broken", "In a script." },
	{ "memdesc check vmcore.memdesc --rules buddy,pcp --severity warning",
	  "The allocator's lists only." },
	{ "memdesc check --list --rules memdesc", "What the rules of one family mean." },
	{ NULL }
};

const Verb verb_check = {
	.name = "check",
	.arguments = "SOURCE...",
	.summary = "do the kernel's books balance? exit 4 if not",
	.description =
		"Prints what in the kernel's memory management contradicts itself: links of free "
		"lists, orders, references of pages that are free, tails without heads, counters. "
		"Most rules do what a debug option of the kernel would have done.\n\n"
		"A finding names the page or structure, what should be there and what is; findings "
		"of one cause are one row with a count. Where an exception applies, as when a zone's "
		"lock was held when the machine stopped, a finding is suppressed: it does not count, "
		"and --columns suppressed says why. Findings of severity info may well be right.\n\n"
		"The last table says how often each rule was looked at: one that evaluated nothing "
		"has proved nothing, and its note says why.",
	.options = options,
	.tables = tables,
	.examples = examples,
	.min_words = 1, .max_words = G_MAXUINT,
	.run = run,
};
