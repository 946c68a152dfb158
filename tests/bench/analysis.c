/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A summary of a 1 GiB dump, page cache warm, beside what others do with the same dump, and whole analyses
 * of two kernels, owners and findings included:
 *
 *	bench-analysis MEMDESC BENCH-TYPES DRGN-SCRIPT
 *
 * Wall time is the best of a few runs; memory is the peak of RssAnon (and, apart, of mapped files)
 * in one more run that is watched.  Targets are printed, not enforced: a busy machine is no
 * failure.  The dump is that of samples/real-kernel, set 6.1 (all three can open it), and that of 6.12 for
 * whole analyses; makedumpfile reads those of set 6.1-kexec.  Exit 77 if the first is not there.  Peers that
 * are not installed, or fail, are left out, with the reason.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "measure.h"
#include "rows.h"

/* Leaves the page cache, as far as the system agrees. */
static void make_cold(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	close(fd);
}

/* What bench-types says of itself, best of a few; @cold: (nullable): a file to be read anew each time. */
static void measure_types(Measured *m, const char *folder, const char *cold)
{
	g_autofree char *out = g_build_filename(folder, "out", NULL);

	m->seconds = G_MAXDOUBLE;
	for (guint i = 0; i < m->runs; i++) {
		g_autofree char *said = NULL;

		if (cold)
			make_cold(cold);
		measure_once(m, folder, FALSE);
		if (m->why_not)
			return;
		g_file_get_contents(out, &said, NULL, NULL);
		m->seconds = MIN(m->seconds, g_ascii_strtod(said, NULL));
	}
}

/* Reads a file once, so that it lies in the page cache if there is room. */
static gboolean warm(const char *path)
{
	g_autofree char *buf = g_malloc(1 << 20);
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return FALSE;
	while (read(fd, buf, 1 << 20) > 0)
		;
	close(fd);
	return TRUE;
}

static char *dump_folder(const char *set)
{
	const char *dumps = g_getenv("MEMDESC_DUMPS"), *cache = g_getenv("MEMDESC_CACHE");

	if (dumps)
		return g_build_filename(dumps, set, NULL);
	if (cache)
		return g_build_filename(cache, "dumps", set, NULL);
	return g_build_filename(g_get_user_cache_dir(), "memdesc", "dumps", set, NULL);
}

static void add_row(BenchRows *rows, const Measured *m, double target)
{
	if (m->why_not)
		bench_rows_skip(rows, m->name, m->why_not);
	else
		bench_rows_add(rows, (BenchRow){ .what = m->name, .value = m->seconds, .unit = "s",
						 .target = target });
}

/* The summary, beside what another needs for less; @target_ratio 0: the one does nothing like the other. */
static void add_peer(BenchRows *rows, const Measured *ours, const Measured *peer, double target_ratio)
{
	if (peer->why_not)
		bench_rows_skip(rows, peer->name, peer->why_not);
	else
		bench_rows_add(rows, (BenchRow){ .what = ours->name, .value = ours->seconds,
			.unit = "s", .against = peer->name, .floor = peer->seconds,
			.target_ratio = target_ratio });
}

/*
 * What makedumpfile does to tell pages apart (free ones, page cache, user data), which it needs no debug
 * file for, beside the summary of the same dump; it cannot read that of QEMU.
 */
static void measure_filter(BenchRows *bench, const char *memdesc, const char *dump_name, const char *folder)
{
	g_autofree char *dumps = dump_folder("6.1-kexec");
	g_autofree char *dump = g_build_filename(dumps, dump_name, NULL);
	g_autofree char *vmlinux = g_build_filename(dumps, "vmlinux", NULL);
	g_autofree char *name = g_strconcat("memdesc summary, ", dump_name, NULL);
	Measured ours = { name, { memdesc, "summary", dump, "--vmlinux", vmlinux }, NULL, 5 };
	Measured peer = { "makedumpfile -d 30 --dry-run",
			  { "makedumpfile", "-d", "30", "--dry-run", dump, "none" }, NULL, 5 };

	if (!warm(dump) || !warm(vmlinux)) {
		bench_rows_skip(bench, name, "its dump is not there");
		return;
	}
	measure(&ours, folder);
	measure(&peer, folder);
	if (ours.why_not)
		bench_rows_skip(bench, name, ours.why_not);
	else
		add_peer(bench, &ours, &peer, 0);
	g_free(ours.why_not);
	g_free(peer.why_not);
}

#define WHOLE_SECONDS 2
#define WHOLE_MIB 128

/*
 * Everything that an analysis file of one kernel holds: the census, lists, descriptors, the graph of owners
 * and all rules.  %FALSE if it failed.
 */
static gboolean measure_whole(BenchRows *bench, const char *memdesc, const char *set, const char *folder)
{
	g_autofree char *dumps = dump_folder(set);
	g_autofree char *dump = g_build_filename(dumps, "full.elf", NULL);
	g_autofree char *vmlinux = g_build_filename(dumps, "vmlinux", NULL);
	g_autofree char *file = g_build_filename(folder, "whole.memdesc", NULL);
	g_autofree char *name = g_strdup_printf("whole analysis with owners, %s", set);
	g_autofree char *cpu = g_strconcat(name, ": processor time", NULL);
	g_autofree char *memory = g_strconcat(name, ": memory", NULL);
	Measured m = { name, { memdesc, "analyze", dump, "--vmlinux", vmlinux, "-o", file }, NULL, 5 };
	gboolean ok;

	if (!warm(dump) || !warm(vmlinux)) {
		bench_rows_skip(bench, name, "its dump is not there");
		return TRUE;
	}
	measure(&m, folder);
	add_row(bench, &m, WHOLE_SECONDS);
	ok = !m.why_not;
	if (ok) {
		bench_rows_add(bench, (BenchRow){ .what = cpu, .value = m.cpu_seconds, .unit = "s" });
		bench_rows_add(bench, (BenchRow){ .what = memory, .value = m.anon_kb / 1024.0,
						  .unit = "MiB", .target = WHOLE_MIB });
	}
	unlink(file);
	g_free(m.why_not);
	return ok;
}

int main(int argc, char **argv)
{
	g_autofree char *dumps = dump_folder("6.1");
	g_autofree char *dump = g_build_filename(dumps, "full.elf", NULL);
	g_autofree char *vmlinux = g_build_filename(dumps, "vmlinux", NULL);
	g_autofree char *folder = g_dir_make_tmp("memdesc-bench-XXXXXX", NULL);
	g_autofree char *copied = g_build_filename(folder, "copied", NULL);
	const char *const files[] = { "in", "out", "err", "copied" };
	BenchRows *bench;
	gboolean ok;

	if (argc != 4) {
		fprintf(stderr, "usage: bench-analysis MEMDESC BENCH-TYPES DRGN-SCRIPT\n");
		return 2;
	}
	if (!warm(dump) || !warm(vmlinux)) {
		printf("skipped: no %s (sh samples/real-kernel/make 6.1)\n", dump);
		return 77;
	}
	/* 0.0.22 opens QEMU's ELF dumps through libkdumpfile only. */
	g_setenv("DRGN_USE_LIBKDUMPFILE_FOR_ELF", "1", TRUE);
	bench = bench_rows_new("analysis");
	{
		Measured rows[] = {
			{ "memdesc summary", { argv[1], "summary", dump, "--vmlinux", vmlinux },
			  NULL, 7 },
			{ "loading types: DWARF", { argv[2], dump, vmlinux }, NULL, 5 },
			{ "loading types: DWARF, not in the page cache",
			  { argv[2], dump, vmlinux }, NULL, 2 },
			{ "loading types: BTF in the dump", { argv[2], dump }, NULL, 5 },
			{ "drgn, six classes",
			  { "drgn", "-q", "-c", dump, "-s", vmlinux, argv[3] }, NULL, 3 },
			{ "crash, kmem -i", { "crash", "-s", vmlinux, dump },
			  "kmem -i\nquit\n", 1 },
			{ "crash, kmem -p", { "crash", "-s", vmlinux, dump },
			  "kmem -p\nquit\n", 1 },
			{ "cp of the dump", { "cp", dump, copied }, NULL, 2 },
		};
		const double targets[] = { 0.5, 0.1, 0.6, 0.03 };
		const guint cold = 2, copy = 7;

		for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
			if (i && i < G_N_ELEMENTS(targets))
				measure_types(&rows[i], folder, i == cold ? vmlinux : NULL);
			else
				measure(&rows[i], folder);
			if (i < G_N_ELEMENTS(targets))
				add_row(bench, &rows[i], targets[i]);
			else
				add_peer(bench, &rows[0], &rows[i], i == copy ? 0 : 1);
			if (!i)
				bench_rows_add(bench, (BenchRow){
					.what = "memdesc summary: memory", .unit = "MiB",
					.value = rows[i].anon_kb / 1024.0, .target = 64 });
		}
		ok = !rows[0].why_not && !rows[1].why_not && !rows[3].why_not;
		for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
			g_free(rows[i].why_not);
	}
	measure_filter(bench, argv[1], "d0.elf", folder);
	measure_filter(bench, argv[1], "d0-zlib.kdump", folder);
	ok &= measure_whole(bench, argv[1], "6.1", folder);
	ok &= measure_whole(bench, argv[1], "6.12", folder);
	for (guint i = 0; i < G_N_ELEMENTS(files); i++) {
		g_autofree char *path = g_build_filename(folder, files[i], NULL);

		unlink(path);
	}
	rmdir(folder);
	return bench_rows_finish(bench) && ok ? 0 : 1;
}
