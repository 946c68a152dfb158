/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A machine in memory whose books are checked again and again, without an analysis file. */
#ifndef TESTS_CHECK_STAGES_H
#define TESTS_CHECK_STAGES_H

#include "analysed.h"
#include "check/check.h"

/** Everything that the rules look at. */
typedef struct {
	AnzKernel *kernel;
	AnzPlanes *planes;
	AnzLists *lists;
	AnzSpool *descriptors;
	AnzGraph *graph;
	AnzFindings *findings;
	double seconds, check_seconds;	/* of processor time: all of it, and the rules alone */
} Stages;

/** The dump's bytes and its type information, opened once. */
typedef struct {
	AnzImage *image;
	AnzTypes *types;
} Opened;

void opened_init(Opened *opened, const Sample *sample);
void opened_clear(Opened *opened);

/**
 * stages_run:
 *
 * From the kernel's own structures to the findings, as an analysis does it; what only makes rows of tables is
 * left out.
 *
 * Returns: (transfer full): %NULL if it ends with an error.
 */
Stages *stages_run(const Opened *opened);
void stages_free(Stages *stages);

/** Findings that count. */
guint64 stages_nr_findings(const Stages *stages);

#endif
