/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Running a program and what that took: wall time, processor time, peak of its memory. */
#ifndef TESTS_BENCH_MEASURE_H
#define TESTS_BENCH_MEASURE_H

#include <glib.h>

typedef struct {
	const char *name;
	const char *argv[16];
	const char *input;	/* on stdin */
	guint runs;
	double seconds;		/* best */
	double cpu_seconds;	/* user and system, of the best run */
	double last_cpu_seconds;
	guint64 anon_kb, file_kb;
	char *why_not;
} Measured;

/** One run, watched or not; -1 with why_not set if it failed.  @folder gets in, out and err. */
double measure_once(Measured *m, const char *folder, gboolean watched);
/** The best of m->runs runs and one more that is watched for memory (with 0, it is the only one). */
void measure(Measured *m, const char *folder);

/** What is in it goes, too. */
void bench_remove_folder(const char *folder);
/** Whether so much disk is free there. */
gboolean bench_has_room(const char *folder, guint64 bytes);
/** Whether so much memory can be had without swapping. */
gboolean bench_has_memory(guint64 bytes);

#endif
