/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How time, memory and file grow with the machine: samples of one make in several sizes, analysed
 * with two threads, each beside a plain pass over its array in the same run.
 *
 *	bench-growth MEMDESC MKCORE
 *
 * 1, 16 and 64 GiB in the classic format and 16 GiB to 4 TiB in the 8-byte one; a size for whose making
 * there is not enough memory or disk is left out, with the reason.  $MEMDESC_BENCH_GROWTH names other
 * sizes in GiB of the latter, as "16 1024 2048".  Samples lie below $MEMDESC_BENCH_DIR, or the folder for
 * temporary files, one at a time; holes stay holes.  Processor time is counted.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <glib/gstdio.h>

#include "measure.h"
#include "plain-pass.h"
#include "rows.h"

/* A node each; frame numbers of the 8-byte format reach 2 TiB behind the start of a zone. */
#define GIB_OF_NODE 1024
/* What samples/mkcore takes for a GiB of memory, and the dump and its analysis of disk, at most. */
#define MAKER_BYTES(is_classic) ((is_classic) ? 24ull << 20 : 5ull << 19)
#define DISK_BYTES(is_classic) ((is_classic) ? 32ull << 20 : 5ull << 20)
#define FIXED_BYTES (1ull << 30)
/* From one size to the next, time and file for a GiB. */
#define GROWTH_TARGET 1.25
#define SMALL_BUDGET "64M"

static const char common[] =
	"[machine]\nseed = 64\ncpus = 4\nkernel = 32M\nreserve = 4K-8K\n"
	"[zone 0]\nnode = 0\nname = DMA32\nstart = 4K\nsize = 524284K\nholes = 636K-1M\n"
	"[zone 1]\nnode = 0\nname = Normal\nstart = 512M\nsize = %uM\n";
/* As recipes/terabyte.ini has it: the memory of a large machine is page cache and anonymous memory. */
static const char workload[] =
	"[workload]\nfill = 90\nfragmentation = 30\nchurn = 5\nburst = 256\n"
	"orders = 0:0.8 4:10 9:89.2\ncontent = 0\nfile = 50\nanon = 40\nshmem = 0.05\nksm = 0.02\n"
	"hugetlb = 5\nswap-cache = 0.02\nslab = 0.02\nlarge-kmalloc = 0.2\npage-table = 0.05\n"
	"zsmalloc = 0.02\nnet-pool = 0.02\nguard = 0.05\noffline = 0.1\nhwpoison = 0.0001\n"
	"kernel-other = 3\nreserved = 0.1\n";

typedef struct {
	const char *name;
	const char *format;	/* of a recipe */
	guint gib[8];		/* ends with 0 */
} Series;

/* Of the size before. */
typedef struct {
	double cpu_per_gib, bytes_per_gib;
} Last;

static void add_grown(BenchRows *rows, const char *size, const char *of, double now, double *last,
		      const char *unit)
{
	g_autofree char *what = g_strdup_printf("%s: %s for a GiB", size, of);

	bench_rows_add(rows, (BenchRow){ .what = what, .value = now, .unit = unit,
		.against = *last > 0 ? "the size before" : NULL, .floor = *last,
		.target_ratio = *last > 0 ? GROWTH_TARGET : 0 });
	*last = now;
}

static char *make_recipe(const Series *series, guint gib)
{
	g_autoptr(GString) text = g_string_new(NULL);

	g_string_printf(text, common, MIN(gib, GIB_OF_NODE) * 1024 - 512);
	for (guint node = 1; node * GIB_OF_NODE < gib; node++)
		g_string_append_printf(text, "[zone %u]\nnode = %u\nname = Normal\nstart = %uG\n"
				       "size = %uG\n", node + 1, node, node * GIB_OF_NODE,
				       MIN(gib - node * GIB_OF_NODE, GIB_OF_NODE));
	g_string_append_printf(text, "[format]\n%s\n%s", series->format, workload);
	return g_string_free(g_steal_pointer(&text), FALSE);
}

/* Why not, or NULL. */
static const char *no_room(const Series *series, const char *folder, guint gib)
{
	gboolean classic = !strstr(series->format, "memdesc");

	if (!bench_has_room(folder, DISK_BYTES(classic) * gib + FIXED_BYTES))
		return "not enough disk; MEMDESC_BENCH_DIR names another place";
	if (!bench_has_memory(MAKER_BYTES(classic) * gib + FIXED_BYTES))
		return "not enough memory to make it";
	return NULL;
}

static gboolean measure_size(BenchRows *rows, char **argv, const Series *series, guint gib,
			     const char *above, Last *last)
{
	g_autofree char *size = g_strdup_printf("%s, %u GiB", series->name, gib);
	g_autofree char *folder = g_build_filename(above, "memdesc-growth-XXXXXX", NULL);
	g_autofree char *recipe = NULL, *sample = NULL, *dump = NULL, *vmlinux = NULL, *file = NULL;
	g_autofree char *small = g_strconcat(size, ": memory with --memory " SMALL_BUDGET, NULL);
	g_autofree char *text = make_recipe(series, gib);
	g_autofree char *memory = g_strconcat(size, ": memory", NULL);
	const char *why_not;
	double pass;
	guint64 array_bytes;
	GStatBuf st;

	if (!g_mkdtemp(folder))
		g_error("%s cannot be made", folder);
	why_not = no_room(series, folder, gib);
	if (why_not) {
		bench_rows_skip(rows, size, why_not);
		g_rmdir(folder);
		return TRUE;
	}
	recipe = g_build_filename(folder, "recipe.ini", NULL);
	sample = g_build_filename(folder, "sample", NULL);
	dump = g_build_filename(sample, "vmcore", NULL);
	vmlinux = g_build_filename(sample, "vmlinux", NULL);
	file = g_build_filename(folder, "analysis.memdesc", NULL);
	g_file_set_contents(recipe, text, -1, NULL);

	Measured make = { "mkcore", { argv[2], recipe, "-o", sample, "--no-truth" }, NULL, 0 };
	Measured analyze = { size, { argv[1], "analyze", dump, "--vmlinux", vmlinux, "-o", file,
				     "--threads", "2" }, NULL, 2 };
	Measured little = { size, { argv[1], "analyze", dump, "--vmlinux", vmlinux, "-o", file,
				    "--threads", "2", "--memory", SMALL_BUDGET }, NULL, 0 };
	Measured *const runs[] = { &make, &analyze, &little };

	for (guint i = 0; i < G_N_ELEMENTS(runs); i++) {
		measure(runs[i], folder);
		if (!runs[i]->why_not)
			continue;
		bench_rows_skip(rows, size, runs[i]->why_not);
		bench_remove_folder(folder);
		return FALSE;
	}
	plain_pass(dump, vmlinux, &array_bytes);
	pass = plain_pass(dump, vmlinux, &array_bytes);
	bench_rows_add(rows, (BenchRow){ .what = size, .value = analyze.cpu_seconds, .unit = "s",
					 .against = "plain pass", .floor = pass });
	add_grown(rows, size, "time", analyze.cpu_seconds / gib * 1e3, &last->cpu_per_gib, "ms");
	bench_rows_add(rows, (BenchRow){ .what = memory, .value = analyze.anon_kb / 1024.0,
					 .unit = "MiB", .target = gib <= 1024 ? 512 : 0 });
	/* The program and SQLite come on top. */
	bench_rows_add(rows, (BenchRow){ .what = small, .value = little.anon_kb / 1024.0,
					 .unit = "MiB", .target = 64 + 32 });
	if (!g_stat(file, &st))
		add_grown(rows, size, "file", st.st_size / 1e3 / gib, &last->bytes_per_gib, "kB");
	bench_remove_folder(folder);
	return TRUE;
}

int main(int argc, char **argv)
{
	Series series[] = {
		{ "classic", "like = 6.12", { 1, 16, 64 } },
		{ "8-byte words", "like = 7.2\nshape = memdesc8\nbuddy = pfn8-zone",
		  { 16, 64, 256, 1024, 4096 } },
	};
	const char *named = g_getenv("MEMDESC_BENCH_DIR"), *sizes = g_getenv("MEMDESC_BENCH_GROWTH");
	const char *above = named ? named : g_get_tmp_dir();
	gboolean ok = TRUE;
	BenchRows *rows;

	if (argc != 3) {
		fprintf(stderr, "usage: bench-growth MEMDESC MKCORE\n");
		return 2;
	}
	if (sizes) {
		g_auto(GStrv) words = g_strsplit_set(sizes, " ,", -1);
		guint nr = 0;

		memset(series[1].gib, 0, sizeof(series[1].gib));
		for (char **word = words; *word; word++)
			if (atoi(*word) > 0 && nr + 1 < G_N_ELEMENTS(series[1].gib))
				series[1].gib[nr++] = atoi(*word);
	}
	rows = bench_rows_new("growth");
	for (guint i = 0; i < G_N_ELEMENTS(series); i++) {
		Last last = { 0 };

		for (const guint *gib = series[i].gib; *gib; gib++)
			ok &= measure_size(rows, argv, &series[i], *gib, above, &last);
	}
	return bench_rows_finish(rows) && ok ? 0 : 1;
}
