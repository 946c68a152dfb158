/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One table of what all benchmarks found, from the files that they wrote (rows.h):
 *
 *	bench-table FOLDER
 *
 * A file from another day stays until its benchmark runs again, so each head says when it was written.
 */
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <stdio.h>

#include "rows.h"

typedef struct {
	guint figures, with_target, met;
	gboolean sanitized;
	GPtrArray *missed;	/* "BENCHMARK: WHAT" */
} Sum;

static const char *text_of(JsonObject *row, const char *name)
{
	return json_object_get_string_member_with_default(row, name, NULL);
}

static double number_of(JsonObject *row, const char *name)
{
	return json_object_get_double_member_with_default(row, name, 0);
}

static void print_row(JsonArray *array, guint index, JsonNode *node, gpointer data)
{
	Sum *sum = data;
	JsonObject *json = json_node_get_object(node);
	gboolean of_ratio = g_strcmp0(text_of(json, "target_of"), "ratio") == 0;
	BenchRow row = {
		.what = text_of(json, "what"), .value = number_of(json, "value"),
		.unit = text_of(json, "unit"), .against = text_of(json, "against"),
		.floor = number_of(json, "floor"),
		.target = of_ratio ? 0 : number_of(json, "target"),
		.target_ratio = of_ratio ? number_of(json, "target") : 0,
		.more_is_better = g_strcmp0(text_of(json, "better"), "more") == 0,
	};
	int met;

	if (text_of(json, "skipped")) {
		bench_row_print_skipped(row.what, text_of(json, "skipped"));
		return;
	}
	bench_row_print(&row);
	met = bench_row_met(&row);
	sum->figures++;
	sum->with_target += met >= 0;
	sum->met += met == 1;
	if (met == 0)
		g_ptr_array_add(sum->missed, g_strdup_printf("%s: %s", text_of(json, "benchmark"),
							      row.what));
}

static gboolean print_file(const char *path, Sum *sum)
{
	g_autoptr(JsonParser) parser = json_parser_new();
	g_autoptr(GError) error = NULL;
	g_autoptr(GDateTime) written = NULL;
	g_autofree char *when = NULL, *title = NULL;
	JsonObject *file;
	GStatBuf st;

	if (g_stat(path, &st) || !json_parser_load_from_file(parser, path, &error)) {
		printf("%s: %s\n", path, error ? error->message : "cannot be read");
		return FALSE;
	}
	file = json_node_get_object(json_parser_get_root(parser));
	written = g_date_time_new_from_unix_local(st.st_mtime);
	when = g_date_time_format(written, "%F %R");
	title = g_strdup_printf("%s (%s)", text_of(file, "benchmark"), when);
	sum->sanitized |= json_object_get_boolean_member_with_default(file, "sanitized", FALSE);
	bench_row_print_head(title);
	json_array_foreach_element(json_object_get_array_member(file, "rows"), print_row, sum);
	return TRUE;
}

static gint compare_names(gconstpointer a, gconstpointer b)
{
	return g_strcmp0(*(char *const *)a, *(char *const *)b);
}

int main(int argc, char **argv)
{
	g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GPtrArray) missed = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GDir) dir = argc == 2 ? g_dir_open(argv[1], 0, NULL) : NULL;
	Sum sum = { .missed = missed };
	gboolean ok = TRUE;
	const char *name;

	if (argc != 2) {
		fprintf(stderr, "usage: bench-table FOLDER\n");
		return 2;
	}
	while (dir && (name = g_dir_read_name(dir)))
		if (g_str_has_suffix(name, ".json"))
			g_ptr_array_add(paths, g_build_filename(argv[1], name, NULL));
	if (!paths->len) {
		printf("no benchmark has written anything to %s\n", argv[1]);
		return 1;
	}
	g_ptr_array_sort(paths, compare_names);
	for (guint i = 0; i < paths->len; i++)
		ok &= print_file(g_ptr_array_index(paths, i), &sum);
	printf("\n%u figures, %u with a target, %u of them met\n", sum.figures, sum.with_target, sum.met);
	for (guint i = 0; i < missed->len; i++)
		printf("  missed: %s\n", (char *)g_ptr_array_index(missed, i));
	if (sum.sanitized)
		printf("Some come from a build with sanitizers and say nothing.\n");
	return ok ? 0 : 1;
}
