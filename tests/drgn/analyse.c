/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Analyses a dump through drgn: as the command line would, or as a program that has a drgn program of its
 * own.  Compiled against the stand-in, or the real libdrgn where that is installed.
 *
 *   drgn-analyse word|program VMCORE VMLINUX|none OUTPUT
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <analyze/analyze.h>
#include <analyze/drgn.h>
#include <drgn.h>

static int fail(const char *what)
{
	fprintf(stderr, "drgn-analyse: %s\n", what);
	return 1;
}

int main(int argc, char **argv)
{
	g_autofree char *word = argc == 5 ? g_strconcat("drgn:", argv[2], NULL) : NULL;
	const char *paths[] = { word, NULL }, *vmlinux[] = { argc == 5 ? argv[3] : NULL, NULL };
	AnzSourceOptions open = { .size = sizeof(open) };
	AnzAnalyzeOptions analyze = { .size = sizeof(analyze), .output = argc == 5 ? argv[4] : NULL };
	g_autoptr(GError) error = NULL;
	struct drgn_program *program = NULL;
	struct drgn_error *err;
	AnzSource *source;
	AnzStore *store = NULL;

	if (argc != 5)
		return fail("usage: word|program VMCORE VMLINUX|none OUTPUT");
	if (strcmp(argv[3], "none") == 0)
		vmlinux[0] = NULL;
	if (strcmp(argv[1], "word") == 0) {
		open.paths = paths;
		open.vmlinux = vmlinux;
		source = anz_source_open(&open, &error);
	} else {
		err = drgn_program_create(NULL, &program);
		if (!err)
			err = drgn_program_set_core_dump(program, argv[2]);
		if (!err)
			err = drgn_program_load_debug_info(program, vmlinux, 1, false, false);
		if (err)
			return fail(drgn_error_string(err));
		source = anz_source_open_drgn(program, &open, &error);
	}
	if (source)
		store = anz_source_analyze(source, &analyze, &error);
	if (error)
		fail(error->message);
	anz_store_close(store);
	anz_source_close(source);
	if (program)
		drgn_program_destroy(program);
	return !store;
}
