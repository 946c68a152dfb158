/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What checking costs: processor time of the rules beside that of the stages before them, which an analysis
 * needs anyway (it also writes its file, which is not counted here).  Fails if it is more than half of that.
 *
 *	cost DUMP VMLINUX
 */
#include "rows.h"
#include "stages.h"

#define RUNS 9

int main(int argc, char **argv)
{
	const char *paths[] = { argv[1], NULL }, *vmlinux[] = { argc > 2 ? argv[2] : NULL, NULL };
	AnzImageOptions image = { 0 };
	AnzTypesOptions types = { .files = vmlinux };
	g_autoptr(GError) error = NULL;
	double before = G_MAXDOUBLE, checking = G_MAXDOUBLE;
	BenchRows *bench;
	Opened opened;

	if (argc < 3) {
		g_printerr("usage: cost DUMP VMLINUX\n");
		return 2;
	}
	opened.image = anz_image_open(paths, &image, &error);
	g_assert_no_error(error);
	opened.types = anz_types_open(&types, &error);
	g_assert_no_error(error);
	/* The least of several: what others do on the machine only adds. */
	for (guint i = 0; i < RUNS; i++) {
		Stages *stages = stages_run(&opened);

		g_assert_nonnull(stages);
		before = MIN(before, stages->seconds - stages->check_seconds);
		checking = MIN(checking, stages->check_seconds);
		stages_free(stages);
	}
	bench = bench_rows_new("check-cost");
	bench_rows_add(bench, (BenchRow){ .what = "all rules", .value = checking * 1e3, .unit = "ms",
					  .against = "the stages before them", .floor = before * 1e3,
					  .target_ratio = 0.5 });
	opened_clear(&opened);
	return bench_rows_finish(bench) && checking * 2 <= before ? 0 : 1;
}
