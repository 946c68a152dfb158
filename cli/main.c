/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * memdesc: one program, verbs.  Finds the verb, has it parsed and run, and turns what came of it
 * into words and an exit code.
 */
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include <analyze/analyze.h>

#include "help.h"
#include "interrupt.h"
#include "parse.h"
#include "progress.h"
#include "sink.h"

static int report(const GError *error)
{
	progress_clear();
	if (g_error_matches(error, CLI_ERROR, CLI_ERROR_PIPE))
		return EXIT_FAILED;
	/* whatever failed because of the signal: say what the user did */
	if (interrupted() || g_error_matches(error, ANZ_ERROR, ANZ_ERROR_CANCELLED)) {
		g_printerr("memdesc: interrupted; no file was written\n");
		return EXIT_FAILED;
	}
	g_printerr("memdesc: %s%s\n", error->message, anz_error_next_step(error));
	if (g_error_matches(error, CLI_ERROR, CLI_ERROR_USAGE) ||
	    g_error_matches(error, ANZ_ERROR, ANZ_ERROR_ARGUMENT))
		return EXIT_USAGE;
	return EXIT_FAILED;
}

/* Help and version are output too: a full disk must not pass silently. */
static int flushed(void)
{
	if (!fflush(stdout) && !ferror(stdout))
		return EXIT_DONE;
	g_printerr("memdesc: cannot write standard output\n");
	return EXIT_FAILED;
}

static int unknown_verb(const char *name)
{
	const Verb *guess = verb_guess(name);

	if (*name == '-')
		g_printerr("memdesc: unknown option '%s'", name);
	else
		g_printerr("memdesc: unknown verb '%s'", name);
	if (guess)
		g_printerr("; did you mean '%s'?\n", guess->name);
	else
		g_printerr("; 'memdesc help' lists the verbs\n");
	return EXIT_USAGE;
}

static int show_help(int argc, char **argv)
{
	const Verb *verb;

	if (argc < 2 || !strcmp(argv[1], "help")) {
		help_program(stdout);
		return flushed();
	}
	verb = verb_find(argv[1]);
	if (!verb)
		return unknown_verb(argv[1]);
	help_verb(stdout, verb);
	return flushed();
}

static int run_verb(const Verb *verb, int argc, char **argv)
{
	g_autoptr(GError) error = NULL;
	Args args;
	int status;

	args_init(&args);
	if (!parse_args(verb, argc, argv, &args, &error)) {
		status = report(error);
	} else if (args.help) {
		help_verb(stdout, verb);
		status = flushed();
	} else {
		interrupt_install();
		if (!sink_check_output(args.output, (const char *const *)args.words, &error) ||
		    !verb->run(&args, &error))
			status = report(error);
		else
			status = args.exit_status;
	}
	args_clear(&args);
	return status;
}

int main(int argc, char **argv)
{
	const Verb *verb;

	/* characters, but not decimal commas: text is the same everywhere */
	setlocale(LC_CTYPE, "");
	if (argc < 2) {
		help_program(stderr);
		return EXIT_USAGE;
	}
	if (!strcmp(argv[1], "help") || !strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))
		return show_help(argc - 1, argv + 1);
	if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "version")) {
		printf("memdesc %s (library %s)\n", MEMDESC_VERSION, anz_version());
		return flushed();
	}
	verb = verb_find(argv[1]);
	if (!verb)
		return unknown_verb(argv[1]);
	return run_verb(verb, argc - 1, argv + 1);
}
