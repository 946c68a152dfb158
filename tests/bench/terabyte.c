/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A terabyte of memory in the 8-byte format, made, analysed and held against its maker's truth:
 *
 *	bench-terabyte MEMDESC MKCORE COMPARE-TRUTH RECIPE JSON
 *
 * The sample takes some 5 GB of disk (its holes aside) and is removed again; it lies below
 * $MEMDESC_BENCH_DIR, or the cache.  Exit 77 where there is no room for it.  Times are wall times of
 * the best of a few runs, page cache warm; memory is the peak of RssAnon.  Targets are printed, not
 * enforced; what does not equal the truth is a failure.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <analyze/analyze.h>
#include <glib/gstdio.h>

#include "measure.h"
#include "plain-pass.h"

#define DISK_BYTES (30ull << 30)
#define LOOKUPS 2000

typedef struct {
	const char *what, *unit;
	double value, target;	/* target 0: none, it is a floor or beside the point */
} Figure;

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

static gboolean has_room(const char *folder)
{
	struct statvfs fs;

	return !statvfs(folder, &fs) && (guint64)fs.f_bavail * fs.f_frsize >= DISK_BYTES;
}

static void remove_folder(const char *folder)
{
	g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
	const char *name;

	while (dir && (name = g_dir_read_name(dir))) {
		g_autofree char *path = g_build_filename(folder, name, NULL);

		if (g_remove(path))
			remove_folder(path);
	}
	g_rmdir(folder);
}

static void run(Measured *m, const char *folder)
{
	measure(m, folder);
	if (!m->why_not)
		return;
	printf("%s %s\n", m->name, m->why_not);
	remove_folder(folder);
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
static void measure_file(const char *path, Figure *open, Figure *summary, Figure *lookup)
{
	g_autoptr(GError) error = NULL;
	gint64 began = g_get_monotonic_time();
	g_autoptr(AnzStore) store = anz_store_open(path, &error);
	guint64 max_pfn, at = 12345;

	if (!store)
		g_error("%s: %s", path, error->message);
	open->value = (g_get_monotonic_time() - began) / 1e3;
	began = g_get_monotonic_time();
	{
		g_autoptr(AnzQuery) q = query(store, "SELECT class, pages FROM classes "
						     "WHERE snapshot = :snapshot ORDER BY pages");

		while (anz_query_next(q, &error))
			;
	}
	summary->value = (g_get_monotonic_time() - began) / 1e3;
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
	lookup->value = (g_get_monotonic_time() - began) / (double)LOOKUPS;
}

static void report(const Figure *figures, guint nr, const char *json_path)
{
	g_autoptr(GString) json = g_string_new("{\"terabyte\": [");
	gboolean missed = FALSE;

	printf("%-44s %10s %10s\n", "1 TiB, 8 bytes a page", "", "TARGET");
	for (guint i = 0; i < nr; i++) {
		const Figure *f = &figures[i];

		printf("%-44s %10.3g", f->what, f->value);
		if (f->target)
			printf(" %10.3g", f->target);
		printf(" %s%s\n", f->unit, f->target && f->value > f->target ? "  missed" : "");
		missed |= f->target && f->value > f->target;
		g_string_append_printf(json, "%s{\"what\": \"%s\", \"value\": %.6g, \"unit\": "
				       "\"%s\", \"target\": %.6g}", i ? ", " : "", f->what,
				       f->value, f->unit, f->target);
	}
	g_string_append(json, "]}\n");
	if (missed)
		printf("A target was missed.\n");
	g_file_set_contents(json_path, json->str, -1, NULL);
}

int main(int argc, char **argv)
{
	g_autofree char *folder = NULL, *sample = NULL, *dump = NULL, *vmlinux = NULL;
	g_autofree char *truth = NULL, *file = NULL, *whole = NULL, *out = NULL, *said = NULL;
	guint64 array_bytes;

	if (argc != 6) {
		fprintf(stderr, "usage: bench-terabyte MEMDESC MKCORE COMPARE-TRUTH RECIPE JSON\n");
		return 2;
	}
	folder = work_folder();
	if (!has_room(folder)) {
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
	Figure figures[] = {
		[0] = { "making the sample", "s", 0, 120 },
		[1] = { "  memory", "MB", 0, 6 * 1024 },
		[2] = { "one plain pass over the array, 1 thread", "s", 0, 0 },
		[3] = { "analysis, 2 threads", "s", 0, 10 },
		[4] = { "  of processor time", "s", 0, 0 },
		[5] = { "  anonymous memory", "MB", 0, 512 },
		[6] = { "  file", "MB", 0, 300 },
		[7] = { "analysis with --detail all", "s", 0, 0 },
		[8] = { "  anonymous memory", "MB", 0, 0 },
		[9] = { "  file", "MB", 0, 0 },
		[10] = { "opening the file", "ms", 0, 50 },
		[11] = { "summary from it", "ms", 0, 20 },
		[12] = { "a page from it", "us", 0, 20 },
	};

	run(&make, folder);
	figures[0].value = make.seconds;
	figures[1].value = make.anon_kb / 1024.0;
	plain_pass(dump, vmlinux, &array_bytes);
	figures[2].value = plain_pass(dump, vmlinux, &array_bytes);
	run(&analyze, folder);
	figures[3].value = analyze.seconds;
	figures[4].value = analyze.cpu_seconds;
	figures[5].value = analyze.anon_kb / 1024.0;
	figures[6].value = file_megabytes(file);
	measure_file(file, &figures[10], &figures[11], &figures[12]);
	run(&detail, folder);
	figures[7].value = detail.seconds;
	figures[8].value = detail.anon_kb / 1024.0;
	figures[9].value = file_megabytes(whole);
	run(&compare, folder);
	g_file_get_contents(out, &said, NULL, NULL);
	report(figures, G_N_ELEMENTS(figures), argv[5]);
	printf("The array has %" G_GUINT64_FORMAT " bytes.  Beside the truth:\n%s", array_bytes,
	       said ? said : "");
	remove_folder(folder);
	return 0;
}
