/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Rows of benchmarks; see rows.h.  NAME.json is
 *
 *	{"benchmark": NAME, "sanitized": BOOL, "rows": [
 *	  {"benchmark": NAME, "what": TEXT, "value": X, "unit": TEXT, "against": TEXT, "floor": X,
 *	   "ratio": X, "better": "less" | "more", "target": X, "target_of": "value" | "ratio",
 *	   "met": BOOL}, {"benchmark": NAME, "what": TEXT, "skipped": TEXT}]}
 */
#include "rows.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <stdio.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED TRUE
#else
#define SANITIZED FALSE
#endif

struct BenchRows {
	char *benchmark;
	char *path;		/* NULL: only printed */
	JsonBuilder *json;
};

static double ratio_of(const BenchRow *row)
{
	return row->floor > 0 ? row->value / row->floor : 0;
}

int bench_row_met(const BenchRow *row)
{
	double seen = row->target_ratio ? ratio_of(row) : row->value;
	double wanted = row->target_ratio ? row->target_ratio : row->target;

	if (!wanted)
		return -1;
	return row->more_is_better ? seen >= wanted : seen <= wanted;
}

void bench_row_print_head(const char *title)
{
	printf("\n%-50s %10s %-8s %10s %7s %9s\n", title, "VALUE", "UNIT", "BESIDE", "RATIO", "TARGET");
}

void bench_row_print(const BenchRow *row)
{
	int met = bench_row_met(row);

	printf("%-50s %10.4g %-8s", row->what, row->value, row->unit);
	if (row->floor > 0)
		printf(" %10.4g %6.2fx", row->floor, ratio_of(row));
	else
		printf(" %10s %7s", "", "");
	if (met >= 0)
		printf(" %s%7.4g%s%s", row->more_is_better ? ">=" : "<=",
		       row->target_ratio ? row->target_ratio : row->target,
		       row->target_ratio ? "x" : "", met ? "" : "  missed");
	if (row->against)
		printf("  (%s)", row->against);
	printf("\n");
	fflush(stdout);
}

void bench_row_print_skipped(const char *what, const char *why)
{
	printf("%-50s %s\n", what, why);
	fflush(stdout);
}

BenchRows *bench_rows_new(const char *benchmark)
{
	const char *folder = g_getenv("MEMDESC_BENCH_JSON");
	BenchRows *rows = g_new0(BenchRows, 1);

	rows->benchmark = g_strdup(benchmark);
	rows->json = json_builder_new();
	if (folder) {
		g_autofree char *name = g_strconcat(benchmark, ".json", NULL);

		rows->path = g_build_filename(folder, name, NULL);
		if (g_mkdir_with_parents(folder, 0777))
			g_error("%s cannot be made: %s", folder, g_strerror(errno));
		g_remove(rows->path);
	}
	json_builder_begin_object(rows->json);
	json_builder_set_member_name(rows->json, "benchmark");
	json_builder_add_string_value(rows->json, benchmark);
	json_builder_set_member_name(rows->json, "sanitized");
	json_builder_add_boolean_value(rows->json, SANITIZED);
	json_builder_set_member_name(rows->json, "rows");
	json_builder_begin_array(rows->json);
	bench_row_print_head(benchmark);
	return rows;
}

static void add_text(BenchRows *rows, const char *name, const char *text)
{
	json_builder_set_member_name(rows->json, name);
	json_builder_add_string_value(rows->json, text);
}

static void add_number(BenchRows *rows, const char *name, double value)
{
	json_builder_set_member_name(rows->json, name);
	json_builder_add_double_value(rows->json, value);
}

static void begin_row(BenchRows *rows, const char *what)
{
	json_builder_begin_object(rows->json);
	add_text(rows, "benchmark", rows->benchmark);
	add_text(rows, "what", what);
}

void bench_rows_add(BenchRows *rows, BenchRow row)
{
	int met = bench_row_met(&row);

	bench_row_print(&row);
	begin_row(rows, row.what);
	add_number(rows, "value", row.value);
	add_text(rows, "unit", row.unit);
	if (row.against)
		add_text(rows, "against", row.against);
	if (row.floor > 0) {
		add_number(rows, "floor", row.floor);
		add_number(rows, "ratio", ratio_of(&row));
	}
	add_text(rows, "better", row.more_is_better ? "more" : "less");
	if (met >= 0) {
		add_number(rows, "target", row.target_ratio ? row.target_ratio : row.target);
		add_text(rows, "target_of", row.target_ratio ? "ratio" : "value");
		json_builder_set_member_name(rows->json, "met");
		json_builder_add_boolean_value(rows->json, met);
	}
	json_builder_end_object(rows->json);
}

void bench_rows_skip(BenchRows *rows, const char *what, const char *why)
{
	bench_row_print_skipped(what, why);
	begin_row(rows, what);
	add_text(rows, "skipped", why);
	json_builder_end_object(rows->json);
}

gboolean bench_rows_finish(BenchRows *rows)
{
	g_autoptr(JsonGenerator) generator = json_generator_new();
	g_autoptr(JsonNode) root = NULL;
	g_autoptr(GError) error = NULL;

	json_builder_end_array(rows->json);
	json_builder_end_object(rows->json);
	root = json_builder_get_root(rows->json);
	json_generator_set_root(generator, root);
	json_generator_set_pretty(generator, TRUE);
	if (rows->path && !json_generator_to_file(generator, rows->path, &error))
		printf("%s\n", error->message);
	if (SANITIZED)
		printf("A build with sanitizers: the figures say nothing (meson setup --buildtype=release).\n");
	g_object_unref(rows->json);
	g_free(rows->benchmark);
	g_free(rows->path);
	g_free(rows);
	return !error;
}
