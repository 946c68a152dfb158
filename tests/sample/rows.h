/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rows of an analysis for the comparisons with a truth, which end at the first thing that cannot be read. */
#ifndef TESTS_SAMPLE_ROWS_H
#define TESTS_SAMPLE_ROWS_H

#include <analyze/analyze.h>

/** Says that @what failed, and why (nullable: it is not as specified), and exits with 99. */
void die(const char *what, const GError *error) G_GNUC_NORETURN;
/** (transfer full): anz_store_query() that dies instead of failing. */
AnzQuery *rows_query(AnzStore *store, const char *sql);
/** anz_query_next() that dies instead of failing. */
gboolean next(AnzQuery *query);

#endif
