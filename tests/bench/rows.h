/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a benchmark found, one row a figure, printed at once and written as JSON for the table of
 * all of them (table.c).  $MEMDESC_BENCH_JSON names the folder; without it rows are only printed.
 */
#ifndef TESTS_BENCH_ROWS_H
#define TESTS_BENCH_ROWS_H

#include <glib.h>

/** A figure; what is not set is not known, or does not apply. */
typedef struct {
	const char *what;
	double value;
	const char *unit;
	const char *against;	/* a peer, or what cannot be done with less, in the same run */
	double floor;		/* its figure, in the same unit; 0: there is none */
	double target;		/* for the value; printed and judged, never a failure */
	double target_ratio;	/* for value / floor; of both targets one at most */
	gboolean more_is_better;	/* targets are least ones */
} BenchRow;

typedef struct BenchRows BenchRows;

/** Prints the head, and removes what the benchmark of that name wrote before. */
BenchRows *bench_rows_new(const char *benchmark);
void bench_rows_add(BenchRows *rows, BenchRow row);
/** @what could not be measured, and why. */
void bench_rows_skip(BenchRows *rows, const char *what, const char *why);
/** Writes them to NAME.json and frees; FALSE if that failed, which is printed. */
gboolean bench_rows_finish(BenchRows *rows);

/* The table's lines. */
void bench_row_print_head(const char *title);
void bench_row_print(const BenchRow *row);
void bench_row_print_skipped(const char *what, const char *why);
/** 1 met, 0 missed, -1 no target. */
int bench_row_met(const BenchRow *row);

#endif
