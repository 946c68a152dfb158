/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "suppressions.h"

typedef struct {
	char *rule;		/* id or family */
	GPatternSpec *object;	/* NULL: a frame */
	guint64 pfn;
	char *reason;
} Entry;

struct Suppressions {
	GArray *entries;
};

static void entry_clear(gpointer data)
{
	Entry *entry = data;

	g_free(entry->rule);
	g_free(entry->reason);
	if (entry->object)
		g_pattern_spec_free(entry->object);
}

/* The next word of @line, which may stand in double quotes; NULL at the end. */
static char *next_word(char **line)
{
	char *word = g_strchug(*line), *end;

	if (!*word)
		return NULL;
	if (*word == '"' && (end = strchr(word + 1, '"'))) {
		word++;
	} else {
		end = word + strcspn(word, " \t");
	}
	*line = *end ? end + 1 : end;
	*end = '\0';
	return word;
}

static gboolean read_line(Suppressions *suppressions, char *line)
{
	char *rule = next_word(&line), *what = rule ? next_word(&line) : NULL, *end;
	Entry entry = { 0 };

	g_strstrip(line);
	if (!what || !*line)
		return FALSE;
	entry.pfn = g_ascii_strtoull(what, &end, 0);
	if (*end || end == what)
		entry.object = g_pattern_spec_new(what);
	entry.rule = g_strdup(rule);
	entry.reason = g_strdup(line);
	g_array_append_val(suppressions->entries, entry);
	return TRUE;
}

Suppressions *suppressions_read(const char *path, GError **error)
{
	g_autoptr(Suppressions) suppressions = g_new0(Suppressions, 1);
	g_autofree char *text = NULL;
	g_auto(GStrv) lines = NULL;

	suppressions->entries = g_array_new(FALSE, FALSE, sizeof(Entry));
	g_array_set_clear_func(suppressions->entries, entry_clear);
	if (!path)
		return g_steal_pointer(&suppressions);
	if (!g_file_get_contents(path, &text, NULL, error))
		return NULL;
	lines = g_strsplit(text, "\n", -1);
	for (guint i = 0; lines[i]; i++) {
		g_strstrip(lines[i]);
		if (!*lines[i] || *lines[i] == '#' || read_line(suppressions, lines[i]))
			continue;
		g_set_error(error, CLI_ERROR, CLI_ERROR_USAGE,
			    "%s, line %u: a line has a rule, a frame number or object, and a reason",
			    path, i + 1);
		return NULL;
	}
	return g_steal_pointer(&suppressions);
}

void suppressions_free(Suppressions *suppressions)
{
	if (!suppressions)
		return;
	g_array_unref(suppressions->entries);
	g_free(suppressions);
}

const char *suppressions_match(const Suppressions *suppressions, const char *rule, gint64 pfn,
			       const char *object)
{
	for (guint i = 0; i < suppressions->entries->len; i++) {
		const Entry *entry = &g_array_index(suppressions->entries, Entry, i);
		gsize n = strlen(entry->rule);

		if (strncmp(entry->rule, rule, n) || (rule[n] && rule[n] != '.'))
			continue;
		if (entry->object ? g_pattern_spec_match_string(entry->object, object ? object : "") :
		    pfn >= 0 && entry->pfn == (guint64)pfn)
			return entry->reason;
	}
	return NULL;
}
