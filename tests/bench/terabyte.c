/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A terabyte of memory in the 8-byte format, made, analysed and held against its maker's truth:
 *
 *	bench-terabyte MEMDESC MKCORE COMPARE-TRUTH RECIPE
 *
 * The sample takes some 5 GB of disk (its holes aside) and is removed again; it lies below
 * $MEMDESC_BENCH_DIR, or the cache.  Exit 77 where there is no room for it.  Times are wall times of
 * the best of a few runs, page cache warm; memory is the peak of RssAnon.  Targets are printed, not
 * enforced; what does not equal the truth is a failure.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <analyze/analyze.h>
#include <glib/gstdio.h>

#include "measure.h"
#include "plain-pass.h"
#include "rows.h"

#define DISK_BYTES (30ull << 30)
#define LOOKUPS 2000

static char *work_folder(void)
{
	const char *named = g_getenv("MEMDESC_BENCH_DIR"), *cache = g_getenv("MEMDESC_CACHE");
	g_autofree char *above = named ? g_strdup(named) : cache ? g_strdup(cache) :
				 g_build_filename(g_get_user_cache_dir(), "memdesc", NULL);
	char *folder = g_build_filename(above, "terabyte-XXXXXX", NULL);

	if (g_mkdir_with_parents(above, 0777) || !g_mkdtemp(folder))
		g_error("%s cannot be made", folder);
	return folder;
}

static void run(Measured *m, const char *folder)
{
	measure(m, folder);
	if (!m->why_not)
		return;
	printf("%s %s\n", m->name, m->why_not);
	bench_remove_folder(folder);
	exit(1);
}

static double file_megabytes(const char *path)
{
	GStatBuf st;

	return g_stat(path, &st) ? 0 : st.st_size / 1e6;
}

static AnzQuery *query(AnzStore *store, const char *sql)
{
	g_autoptr(GError) error = NULL;
	AnzQuery *q = anz_store_query(store, sql, &error);

	if (!q)
		g_error("%s: %s", sql, error->message);
	return q;
}

/* Opening, a summary's query, and look-ups of single pages all over the map. */
static void measure_file(const char *path, BenchRows *rows)
{
	g_autoptr(GError) error = NULL;
	gint64 began = g_get_monotonic_time();
	g_autoptr(AnzStore) store = anz_store_open(path, &error);
	guint64 max_pfn, at = 12345;

	if (!store)
		g_error("%s: %s", path, error->message);
	bench_rows_add(rows, (BenchRow){ .what = "opening the file", .unit = "ms", .target = 50,
		.value = (g_get_monotonic_time() - began) / 1e3 });
	began = g_get_monotonic_time();
	{
		g_autoptr(AnzQuery) q = query(store, "SELECT class, pages FROM classes "
						     "WHERE snapshot = :snapshot ORDER BY pages");

		while (anz_query_next(q, &error))
			;
	}
	bench_rows_add(rows, (BenchRow){ .what = "summary from it", .unit = "ms", .target = 20,
		.value = (g_get_monotonic_time() - began) / 1e3 });
	max_pfn = anz_store_max_pfn(store);
	began = g_get_monotonic_time();
	for (guint i = 0; i < LOOKUPS; i++) {
		g_autoptr(AnzQuery) q = query(store, "SELECT class, \"order\" FROM page "
						     "WHERE pfn = :pfn");

		/* Neighbours within a stretch, and a jump now and then, as people look. */
		at = i % 100 ? (at + 7) % max_pfn : at * 2862933555777941757 % max_pfn;
		anz_query_bind_int(q, ":pfn", at);
		if (!anz_query_next(q, &error))
			g_error("page %" G_GUINT64_FORMAT " was not found", at);
	}
	bench_rows_add(rows, (BenchRow){ .what = "a page from it, through SQL", .unit = "us",
		.target = 20, .value = (g_get_monotonic_time() - began) / (double)LOOKUPS });
}

static void add_analysis(BenchRows *rows, const Measured *m, const char *file, double pass,
			 double seconds, double anon_mib, double megabytes)
{
	g_autofree char *cpu = g_strconcat(m->name, ": processor time", NULL);
	g_autofree char *memory = g_strconcat(m->name, ": memory", NULL);
	g_autofree char *bytes = g_strconcat(m->name, ": file", NULL);

	bench_rows_add(rows, (BenchRow){ .what = m->name, .value = m->seconds, .unit = "s",
					 .against = "one plain pass over the array", .floor = pass,
					 .target = seconds });
	bench_rows_add(rows, (BenchRow){ .what = cpu, .value = m->cpu_seconds, .unit = "s",
					 .against = "one plain pass over the array", .floor = pass });
	bench_rows_add(rows, (BenchRow){ .what = memory, .value = m->anon_kb / 1024.0,
					 .unit = "MiB", .target = anon_mib });
	bench_rows_add(rows, (BenchRow){ .what = bytes, .value = file_megabytes(file),
					 .unit = "MB", .target = megabytes });
}

int main(int argc, char **argv)
{
	g_autofree char *folder = NULL, *sample = NULL, *dump = NULL, *vmlinux = NULL;
	g_autofree char *truth = NULL, *file = NULL, *whole = NULL, *out = NULL, *said = NULL;
	BenchRows *rows;
	guint64 array_bytes;
	double pass;

	if (argc != 5) {
		fprintf(stderr, "usage: bench-terabyte MEMDESC MKCORE COMPARE-TRUTH RECIPE\n");
		return 2;
	}
	folder = work_folder();
	if (!bench_has_room(folder, DISK_BYTES)) {
		printf("skipped: less than 30 GB of disk are free at %s; MEMDESC_BENCH_DIR names "
		       "another place\n", folder);
		g_rmdir(folder);
		return 77;
	}
	sample = g_build_filename(folder, "sample", NULL);
	dump = g_build_filename(sample, "vmcore", NULL);
	vmlinux = g_build_filename(sample, "vmlinux", NULL);
	truth = g_build_filename(sample, "truth.json", NULL);
	file = g_build_filename(folder, "analysis.memdesc", NULL);
	whole = g_build_filename(folder, "whole.memdesc", NULL);
	out = g_build_filename(folder, "out", NULL);

	Measured make = { "mkcore", { argv[2], argv[4], "-o", sample }, NULL, 0 };
	Measured analyze = { "memdesc analyze", { argv[1], "analyze", dump, "--vmlinux", vmlinux,
						  "-o", file, "--threads", "2" }, NULL, 2 };
	Measured detail = { "memdesc analyze --detail all",
			    { argv[1], "analyze", dump, "--vmlinux", vmlinux, "-o", whole,
			      "--detail", "all", "--threads", "2" }, NULL, 0 };
	Measured compare = { "compare-truth", { argv[3], whole, truth }, NULL, 0 };

	rows = bench_rows_new("terabyte");
	run(&make, folder);
	bench_rows_add(rows, (BenchRow){ .what = "making the sample", .value = make.seconds,
					 .unit = "s", .target = 120 });
	bench_rows_add(rows, (BenchRow){ .what = "  memory", .value = make.anon_kb / 1024.0,
					 .unit = "MiB", .target = 2560 });
	plain_pass(dump, vmlinux, &array_bytes);
	pass = plain_pass(dump, vmlinux, &array_bytes);
	run(&analyze, folder);
	add_analysis(rows, &analyze, file, pass, 10, 512, 300);
	measure_file(file, rows);
	run(&detail, folder);
	add_analysis(rows, &detail, whole, pass, 0, 0, 0);
	run(&compare, folder);
	g_file_get_contents(out, &said, NULL, NULL);
	printf("The array has %" G_GUINT64_FORMAT " bytes.  Beside the truth:\n%s", array_bytes,
	       said ? said : "");
	bench_remove_folder(folder);
	return bench_rows_finish(rows) ? 0 : 1;
}
