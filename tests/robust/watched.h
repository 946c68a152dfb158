/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Runs a program and watches it: how it ended, what it said, how long and how much
 * memory.
 */
#ifndef WATCHED_H
#define WATCHED_H

#include <glib.h>

typedef struct {
	int exit_status;	/* -1: ended by a signal or by the time limit */
	gboolean timed_out;
	int signal;
	guint64 peak_bytes;	/* of resident memory, mapped files included */
	double seconds;
	char *out;		/* what it wrote to stdout and stderr, at most 1 MiB each */
	char *err;
} Watched;

/**
 * watched_run:
 * @argv: %NULL-terminated; argv[0] is a path
 * @limit_seconds: killed after that
 *
 * stdin is /dev/null.  Aborts if the program cannot be started at all.
 */
Watched *watched_run(const char *const *argv, guint limit_seconds);
void watched_free(Watched *w);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Watched, watched_free)

/**
 * What no run may do, whatever its input; %NULL if it did nothing of it. (transfer
 * full)
 */
char *watched_misbehaved(const Watched *w, guint64 limit_bytes);

#endif
