/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* GOption does the parsing; its entries are made from the verb table. */
#include <string.h>

#include "parse.h"

void args_init(Args *args)
{
	*args = (Args){ .snapshot = -1, .last = -1, .node = -1, .order = -1, .zoom = G_MININT,
			.cell_level = -1, .before_snapshot = -1, .max = G_MAXINT64,
			.watch = -1, .count = -1 };
}

void args_clear(Args *args)
{
	g_strfreev(args->words);
	g_strfreev(args->vmlinux);
	g_strfreev(args->debug_dirs);
	g_free(args->columns);
	g_free(args->tables);
	g_free(args->output);
	g_free(args->vmcoreinfo);
	g_free(args->memdesc_table);
	g_free(args->buddy_layout);
	g_free(args->memory);
	g_free(args->detail);
	g_free(args->by);
	g_free(args->zone);
	g_free(args->migratetype);
	g_free(args->page_class);
	g_free(args->file);
	g_free(args->table);
	g_free(args->level);
	g_free(args->cache);
	g_free(args->cgroup);
	g_free(args->fs);
	g_free(args->size);
	g_free(args->at);
	g_free(args->layout);
	g_free(args->mode);
	g_free(args->palette);
	g_free(args->overlay);
	g_free(args->view);
	g_free(args->search);
	g_free(args->sizes);
	g_free(args->rules);
	g_free(args->skip);
	g_free(args->severity);
	g_free(args->exit_level);
	g_free(args->suppressions);
}

/* @group: %NULL for the verb's own options. */
static void add_entries(GArray *entries, const Verb *verb, const OptionGroup *group, Args *args)
{
	const Option *options = group ? group->options : verb->options;

	for (; options && options->name; options++) {
		if (group && !verb_shares(verb, group, options))
			continue;

		GOptionEntry entry = {
			.long_name = options->name,
			.short_name = options->letter,
			.arg = options->type,
			.arg_data = G_STRUCT_MEMBER_P(args, options->offset),
			.description = options->help,
			.arg_description = options->value,
		};

		g_array_append_val(entries, entry);
	}
}

static gboolean usage(GError **error, const Verb *verb, const char *what)
{
	g_set_error(error, CLI_ERROR, CLI_ERROR_USAGE, "%s; see 'memdesc help %s'", what,
		    verb->name);
	return FALSE;
}

/* "512M"; at least what eight tiles take. */
static gboolean parse_memory(const char *text, guint64 *bytes)
{
	static const char units[] = "KMGT";
	char *end;
	guint64 value = g_ascii_strtoull(text, &end, 10);
	const char *unit = *end ? strchr(units, g_ascii_toupper(*end)) : NULL;
	guint shift = unit ? 10 * (unit - units + 1) : 0;

	if (!g_ascii_isdigit(*text) || (*end && (!unit || end[1])) || value >> (63 - shift))
		return FALSE;
	*bytes = value << shift;
	return *bytes >= 16 << 20;
}

static gboolean check(const Verb *verb, Args *args, GError **error)
{
	if (args->json && args->csv)
		return usage(error, verb, "--json and --csv exclude each other");
	if (args->threads > 1024)
		return usage(error, verb, "--threads takes a number from 0 to 1024");
	if (args->memory && !parse_memory(args->memory, &args->memory_bytes))
		return usage(error, verb, "--memory takes a size from 16M on, such as 512M");
	if (args->detail && strcmp(args->detail, "auto") && strcmp(args->detail, "all"))
		return usage(error, verb, "--detail takes auto or all");
	return TRUE;
}

/*
 * What stands for "not given" in Args is -1 or 0, which the user must not be able to say: before
 * parsing each number is set to one that is nobody's, and what it was is kept in @defaults.  A number
 * that is G_MININT from the start may be negative.
 */
static void hide_defaults(const GArray *entries, GArray *defaults)
{
	for (guint i = 0; i < entries->len; i++) {
		const GOptionEntry *entry = &g_array_index(entries, GOptionEntry, i);
		gint64 value = 0;

		if (entry->arg == G_OPTION_ARG_INT) {
			value = *(int *)entry->arg_data;
			*(int *)entry->arg_data = G_MININT;
		} else if (entry->arg == G_OPTION_ARG_INT64) {
			value = *(gint64 *)entry->arg_data;
			*(gint64 *)entry->arg_data = G_MININT64;
		}
		g_array_append_val(defaults, value);
	}
}

static gboolean check_integer(const Verb *verb, const GOptionEntry *entry, gint64 fallback,
			     GError **error)
{
	gboolean is_wide = entry->arg == G_OPTION_ARG_INT64;
	gint64 value = is_wide ? *(gint64 *)entry->arg_data : *(int *)entry->arg_data;
	g_autofree char *what = NULL;

	if (value == (is_wide ? G_MININT64 : G_MININT)) {
		if (is_wide)
			*(gint64 *)entry->arg_data = fallback;
		else
			*(int *)entry->arg_data = fallback;
		return TRUE;
	}
	if (value >= 0 || fallback == G_MININT)
		return TRUE;
	what = g_strdup_printf("--%s takes a number from 0 on", entry->long_name);
	return usage(error, verb, what);
}

static gboolean check_value(const Verb *verb, const GOptionEntry *entry, gint64 fallback,
			    GError **error)
{
	g_autofree char *what = NULL;
	gboolean is_empty = FALSE;
	char **list;

	switch (entry->arg) {
	case G_OPTION_ARG_INT:
	case G_OPTION_ARG_INT64:
		return check_integer(verb, entry, fallback, error);
	case G_OPTION_ARG_STRING:
	case G_OPTION_ARG_FILENAME:
		is_empty = !g_strcmp0(*(char **)entry->arg_data, "");
		break;
	case G_OPTION_ARG_FILENAME_ARRAY:
		list = *(char ***)entry->arg_data;
		is_empty = *entry->long_name && list && g_strv_contains((const char *const *)list, "");
		break;
	default:
		break;
	}
	what = g_strdup_printf("--%s was given nothing", entry->long_name);
	return !is_empty || usage(error, verb, what);
}

static gboolean check_words(const Verb *verb, const Args *args, GError **error)
{
	g_autofree char *what = NULL;

	/* query --list and the like check for themselves */
	if (args->n_words < verb->min_words && !args->list && !args->file) {
		if (!args->n_words)
			what = g_strdup_printf("nothing was named to work on: memdesc %s %s",
					       verb->name, verb->arguments);
		else
			what = g_strdup_printf("too few arguments: memdesc %s %s", verb->name,
					       verb->arguments);
		return usage(error, verb, what);
	}
	return TRUE;
}

gboolean parse_args(const Verb *verb, int argc, char **argv, Args *args, GError **error)
{
	g_autoptr(GArray) entries = g_array_new(TRUE, TRUE, sizeof(GOptionEntry));
	g_autoptr(GArray) defaults = g_array_new(FALSE, FALSE, sizeof(gint64));
	g_autoptr(GOptionContext) context = g_option_context_new(NULL);
	g_autoptr(GError) err = NULL;
	GOptionEntry rest = {
		.long_name = G_OPTION_REMAINING,
		.arg = G_OPTION_ARG_FILENAME_ARRAY,
		.arg_data = &args->words,
	};

	add_entries(entries, verb, NULL, args);
	for (const OptionGroup *group = shared_options; group->title; group++)
		add_entries(entries, verb, group, args);
	g_array_append_val(entries, rest);
	hide_defaults(entries, defaults);
	g_option_context_set_help_enabled(context, FALSE);
	g_option_context_add_main_entries(context, (GOptionEntry *)(void *)entries->data, NULL);
	if (!g_option_context_parse(context, &argc, &argv, &err))
		return usage(error, verb, err->message);
	for (guint i = 0; i < entries->len; i++)
		if (!check_value(verb, &g_array_index(entries, GOptionEntry, i),
				 g_array_index(defaults, gint64, i), error))
			return FALSE;
	args->n_words = args->words ? g_strv_length(args->words) : 0;
	if (args->help)
		return TRUE;
	return check(verb, args, error) && check_words(verb, args, error);
}
