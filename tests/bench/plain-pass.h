/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The floor of an analysis: reading the struct page array once and doing nothing with it. */
#ifndef TESTS_BENCH_PLAIN_PASS_H
#define TESTS_BENCH_PLAIN_PASS_H

#include <glib.h>

/** Seconds that one thread takes to read every word of the array; @bytes: how many there are. */
double plain_pass(const char *dump, const char *vmlinux, guint64 *bytes);

#endif
