/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A summary of a 1 GiB dump, page cache warm, beside what others do with the same dump:
 *
 *	bench-analysis MEMDESC BENCH-TYPES DRGN-SCRIPT JSON
 *
 * Wall time is the best of a few runs; memory is the peak of RssAnon (and, apart, of mapped files)
 * in one more run that is watched.  Targets are printed, not enforced: a busy machine is no
 * failure.  The dump is that of samples/real-kernel, set 6.1 (all three can open it); exit 77 if it
 * is not there.  Peers that are not installed, or fail, are left out, with the reason.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "measure.h"

#define TARGET_SECONDS 0.5
#define TARGET_TYPES_SECONDS 0.15
#define TARGET_BTF_SECONDS 0.05
#define TARGET_ANON_KB (64 << 10)

/* What bench-types says of itself, best of a few. */
static void measure_types(Measured *m, const char *folder)
{
	g_autofree char *out = g_build_filename(folder, "out", NULL);

	m->seconds = G_MAXDOUBLE;
	for (guint i = 0; i <= m->runs; i++) {
		g_autofree char *said = NULL;

		measure_once(m, folder, i == m->runs);
		if (m->why_not)
			return;
		g_file_get_contents(out, &said, NULL, NULL);
		if (i < m->runs)
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

static char *dump_folder(void)
{
	const char *dumps = g_getenv("MEMDESC_DUMPS"), *cache = g_getenv("MEMDESC_CACHE");

	if (dumps)
		return g_build_filename(dumps, "6.1", NULL);
	if (cache)
		return g_build_filename(cache, "dumps", "6.1", NULL);
	return g_build_filename(g_get_user_cache_dir(), "memdesc", "dumps", "6.1", NULL);
}

static void print_row(const Measured *m, const Measured *ours, const char *target)
{
	if (m->why_not) {
		printf("%-28s %s\n", m->name, m->why_not);
		return;
	}
	printf("%-28s %9.3f %10.1f %10.1f %8.1f  %s\n", m->name, m->seconds, m->anon_kb / 1024.0,
	       m->file_kb / 1024.0, m->seconds / ours->seconds, target);
}

static void append_json(GString *json, const Measured *m)
{
	if (m->why_not)
		return;
	g_string_append_printf(json, "%s{\"what\": \"%s\", \"seconds\": %.4f, "
			       "\"anonymous_bytes\": %" G_GUINT64_FORMAT
			       ", \"file_bytes\": %" G_GUINT64_FORMAT "}",
			       json->str[json->len - 1] == '[' ? "" : ", ", m->name, m->seconds,
			       m->anon_kb << 10, m->file_kb << 10);
}

int main(int argc, char **argv)
{
	g_autofree char *dumps = dump_folder();
	g_autofree char *dump = g_build_filename(dumps, "full.elf", NULL);
	g_autofree char *vmlinux = g_build_filename(dumps, "vmlinux", NULL);
	g_autofree char *folder = g_dir_make_tmp("memdesc-bench-XXXXXX", NULL);
	g_autoptr(GString) json = g_string_new("{\"analysis\": [");
	const char *const files[] = { "in", "out", "err" };
	gboolean ok;

	if (argc != 5) {
		fprintf(stderr, "usage: bench-analysis MEMDESC BENCH-TYPES DRGN-SCRIPT JSON\n");
		return 2;
	}
	if (!warm(dump) || !warm(vmlinux)) {
		printf("skipped: no %s (sh samples/real-kernel/make 6.1)\n", dump);
		return 77;
	}
	/* 0.0.22 opens QEMU's ELF dumps through libkdumpfile only. */
	g_setenv("DRGN_USE_LIBKDUMPFILE_FOR_ELF", "1", TRUE);
	{
		Measured rows[] = {
			{ "memdesc summary", { argv[1], "summary", dump, "--vmlinux", vmlinux },
			  NULL, 7 },
			{ "  of which loading types", { argv[2], dump, vmlinux }, NULL, 5 },
			{ "  types from BTF in the dump", { argv[2], dump }, NULL, 5 },
			{ "drgn, six classes",
			  { "drgn", "-q", "-c", dump, "-s", vmlinux, argv[3] }, NULL, 3 },
			{ "crash, kmem -i", { "crash", "-s", vmlinux, dump },
			  "kmem -i\nquit\n", 1 },
			{ "crash, kmem -p", { "crash", "-s", vmlinux, dump },
			  "kmem -p\nquit\n", 1 },
		};
		const char *const targets[] = { "target 0.5 s, 64 MB anonymous", "target 0.15 s",
						"target 0.05 s", "", "", "" };

		printf("1 GiB dump, page cache warm: %s\n%-28s %9s %10s %10s %8s\n", dump, "WHAT",
		       "SECONDS", "ANON MiB", "FILES MiB", "RATIO");
		for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
			if (i == 1 || i == 2)
				measure_types(&rows[i], folder);
			else
				measure(&rows[i], folder);
			print_row(&rows[i], &rows[0], targets[i]);
			fflush(stdout);
			append_json(json, &rows[i]);
		}
		ok = !rows[0].why_not && !rows[1].why_not && !rows[2].why_not;
		if (ok && (rows[0].seconds > TARGET_SECONDS || rows[0].anon_kb > TARGET_ANON_KB ||
			   rows[1].seconds > TARGET_TYPES_SECONDS ||
			   rows[2].seconds > TARGET_BTF_SECONDS))
			printf("A target was missed.\n");
		for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
			g_free(rows[i].why_not);
	}
	g_string_append(json, "]}\n");
	for (guint i = 0; i < G_N_ELEMENTS(files); i++) {
		g_autofree char *path = g_build_filename(folder, files[i], NULL);

		unlink(path);
	}
	rmdir(folder);
	return ok && g_file_set_contents(argv[4], json->str, json->len, NULL) ? 0 : 1;
}
