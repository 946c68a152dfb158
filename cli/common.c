/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What more than one verb prints: the kernel's log, the analysis's remarks, the verdict. */
#include <string.h>

#include "verbs.h"

static const Column remark_columns[] = {
	{ "severity", NULL, KIND_TEXT, 0, "note or warning" },
	{ "subject", NULL, KIND_TEXT, 0, "what it is about: page-type, free-list, section, ..." },
	{ "count", NULL, KIND_INTEGER, 0, "how many times it was met" },
	{ "message", NULL, KIND_TEXT, 0, "the remark" },
};
const Table remark_table = TABLE("remark", remark_columns, 0,
				 "what the analysis did not understand, assumed or could not read");

gboolean print_remarks(Output *out, AnzStore *store, GError **error)
{
	g_autoptr(AnzQuery) query = NULL;
	g_autoptr(AnzQuery) count = NULL;

	if (!output_wants(out, &remark_table))
		return TRUE;
	if (output_is_report(out)) {
		count = anz_store_query(store, "SELECT count(*) FROM remark "
					"WHERE snapshot = :snapshot", error);
		if (!count || !anz_query_next(count, error))
			return FALSE;
		if (!anz_query_int(count, 0))
			return TRUE;	/* no table rather than an empty one */
		output_heading(out, "Remarks of the analysis");
	}
	query = anz_store_query(store, "SELECT severity, subject, count, message FROM remark "
				"WHERE snapshot = :snapshot "
				"ORDER BY severity = 'note', subject, message", error);
	return query && output_query(out, &remark_table, query, error);
}

static const Column log_columns[] = {
	{ "seq", NULL, KIND_INTEGER, 0, "number of the message" },
	{ "seconds", NULL, KIND_REAL, 0, "time since boot" },
	{ "level", NULL, KIND_INTEGER, 0, "0 emergency ... 7 debug" },
	{ "facility", NULL, KIND_INTEGER, COLUMN_EXTRA, "0 kernel, as in syslog" },
	{ "caller", NULL, KIND_TEXT, COLUMN_EXTRA, "T123 task, C1 processor" },
	{ "message", NULL, KIND_TEXT, 0, "the text" },
};
const Table log_table = TABLE("log", log_columns, 0, "the kernel's log, oldest message first");

/* As dmesg(1) prints it: "[    1.234567] message", the stamp before each line. */
static gboolean print_as_dmesg(Output *out, AnzQuery *query, GError **error)
{
	g_autoptr(GError) err = NULL;

	while (!output_failed(out) && anz_query_next(query, &err)) {
		g_autofree char *stamp = anz_query_is_null(query, 1) ? g_strdup("") :
			g_strdup_printf("[%12.6f] ", anz_query_double(query, 1));
		gboolean severe = !anz_query_is_null(query, 2) && anz_query_int(query, 2) <= 3;
		const char *message = anz_query_text(query, 5);
		g_auto(GStrv) lines = g_strsplit(message ? message : "", "\n", -1);

		for (char **line = lines; *line; line++) {
			g_autofree char *text = g_strconcat(stamp, *line, NULL);

			g_strchomp(text);
			output_line(out, severe ? PAINT_BAD : PAINT_NONE, text);
		}
	}
	if (err) {
		g_propagate_error(error, g_steal_pointer(&err));
		return FALSE;
	}
	return TRUE;
}

gboolean print_log(Output *out, AnzStore *store, int last, int level, GError **error)
{
	g_autoptr(AnzQuery) query = NULL;

	if (!output_wants(out, &log_table))
		return TRUE;
	query = anz_store_query(store,
		"SELECT * FROM (SELECT seq, seconds, level, facility, caller, message FROM log "
		"WHERE snapshot = :snapshot AND (:level < 0 OR level <= :level) "
		"ORDER BY seq DESC LIMIT :last) ORDER BY seq", error);
	if (!query)
		return FALSE;
	anz_query_bind_int(query, ":level", level);
	anz_query_bind_int(query, ":last", last);
	if (output_is_report(out))
		return print_as_dmesg(out, query, error);
	return output_query(out, &log_table, query, error);
}

char *reconciliation_verdict(AnzStore *store, int *agrees, GError **error)
{
	g_autoptr(AnzQuery) query = anz_store_query(store,
		"SELECT counter, difference, tolerance "
		"FROM reconciliation "
		"WHERE snapshot = :snapshot AND difference IS NOT NULL "
		"AND tolerance IS NOT NULL "
		"ORDER BY counter", error);
	g_autoptr(GString) off = g_string_new(NULL);
	g_autoptr(GError) err = NULL;
	guint compared = 0, differ = 0;

	if (!query)
		return NULL;
	while (anz_query_next(query, &err)) {
		gint64 difference = anz_query_int(query, 1);
		gint64 tolerance = anz_query_int(query, 2);

		compared++;
		if (ABS(difference) <= tolerance)
			continue;
		g_string_append_printf(off, "%s%s by %+" G_GINT64_FORMAT,
				       differ++ ? ", " : "", anz_query_text(query, 0),
				       difference);
	}
	if (err) {
		g_propagate_error(error, g_steal_pointer(&err));
		return NULL;
	}
	*agrees = compared ? !differ : -1;
	if (!compared)
		return g_strdup("The kernel's own counters could not be compared.");
	if (!differ)
		return g_strdup("The census agrees with the kernel's own counters.");
	return g_strdup_printf("The census differs from the kernel's own counters: %s pages.",
			       off->str);
}

void say_findings(Output *out, AnzStore *store)
{
	AnzFindingCounts n;

	/* A file of a version that checked nothing has no such table. */
	if (!anz_store_count_findings(store, &n, NULL))
		return;
	if (n.errors || n.warnings || n.infos)
		output_say(out, n.errors ? PAINT_BAD : PAINT_STRONG, "The rules found %" G_GUINT64_FORMAT
			   " errors, %" G_GUINT64_FORMAT " warnings and %" G_GUINT64_FORMAT
			   " things to know; 'memdesc check' lists them.", n.errors, n.warnings, n.infos);
}

guint64 store_page_size(AnzStore *store)
{
	g_autoptr(AnzQuery) query = anz_store_query(store,
		"SELECT page_size FROM snapshot WHERE id = :snapshot", NULL);

	if (!query || !anz_query_next(query, NULL) || anz_query_int(query, 0) <= 0)
		return 4096;
	return anz_query_int(query, 0);
}

/* More are no help on a screen. */
#define MANY_NAMES 60
#define SOME_NAMES 20

/* What was meant is most likely longer than what was typed. */
static char *list_names(const GPtrArray *known, const char *name)
{
	const guint most = known->len > MANY_NAMES ? SOME_NAMES : MANY_NAMES;
	g_autoptr(GString) text = g_string_new(NULL);
	g_autofree char *part = g_ascii_strdown(name, -1);
	guint nr = 0;

	for (int pass = known->len > MANY_NAMES ? 0 : 1; pass < 2 && !nr; pass++)
		for (guint i = 0; i < known->len && nr < most; i++) {
			g_autofree char *low = g_ascii_strdown(known->pdata[i], -1);

			if (pass == 0 && !strstr(low, part))
				continue;
			g_string_append_printf(text, "%s%s", nr++ ? ", " : "", (char *)known->pdata[i]);
		}
	if (nr < known->len)
		g_string_append_printf(text, " and %u more", known->len - nr);
	return g_string_free(g_steal_pointer(&text), FALSE);
}

gboolean check_name(AnzStore *store, const char *option, char **name, const char *sql,
		    GError **error)
{
	g_autoptr(AnzQuery) query = NULL;
	g_autoptr(GPtrArray) known = g_ptr_array_new_with_free_func(g_free);
	g_autofree char *names = NULL;
	g_autoptr(GError) err = NULL;

	if (!*name)
		return TRUE;
	query = anz_store_query(store, sql, error);
	if (!query)
		return FALSE;
	while (anz_query_next(query, &err)) {
		const char *text = anz_query_text(query, 0);

		if (!text)
			continue;
		if (!g_ascii_strcasecmp(text, *name)) {
			g_free(*name);
			*name = g_strdup(text);
			return TRUE;
		}
		g_ptr_array_add(known, g_strdup(text));
	}
	if (err) {
		g_propagate_error(error, g_steal_pointer(&err));
		return FALSE;
	}
	names = list_names(known, *name);
	g_set_error(error, CLI_ERROR, CLI_ERROR_USAGE, "%s: there is no '%s' here; there is %s",
		    option, *name, known->len ? names : "none");
	return FALSE;
}

gboolean check_number(AnzStore *store, const char *option, int number, const char *sql,
		      GError **error)
{
	g_autofree char *text = number == -1 ? NULL : g_strdup_printf("%d", number);

	return check_name(store, option, &text, sql, error);
}

gboolean check_replaceable(const char *path, GError **error)
{
	if (!g_file_test(path, G_FILE_TEST_EXISTS) || anz_store_probe(path))
		return TRUE;
	g_set_error(error, CLI_ERROR, CLI_ERROR_FAILED,
		    "%s exists and is not an analysis file; name another file with -o, "
		    "or remove it", path);
	return FALSE;
}

gboolean word_is_address(const char *word)
{
	gsize digits = strspn(word, "0123456789abcdefABCDEF");

	return (digits && word[digits] == ':') ||
		g_str_has_prefix(word, "pfn:") || g_str_has_prefix(word, "phys:") ||
		g_str_has_prefix(word, "virt:") || g_str_has_prefix(word, "0x") ||
		(digits == 16 && !word[16]) ||
		(*word && !word[strspn(word, "0123456789")]);
}
