/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Makes files with debug info for the tests of types/: a folder that is gone afterwards,
 * and the compiler run in it.
 */
#ifndef TESTS_TYPES_UTIL_H
#define TESTS_TYPES_UTIL_H

#include <glib/gstdio.h>

#include "types/types.h"

/**
 * Compiles a declaration into the test and keeps its text for the compiler of the test.
 */
#define DECLARED(name, ...) \
	__VA_ARGS__ \
	static const char name[] = #__VA_ARGS__

/** New folder for a test's files; to be removed by anz_test_remove(). */
char *anz_test_folder(void);
void anz_test_remove(char *folder);

/** Writes @text to @folder/@name, making folders on the way. */
void anz_test_write(const char *folder, const char *name, const void *text, gssize len);

/** Runs a shell-quoted command in @folder; %FALSE with a test message if it fails. */
gboolean anz_test_run(const char *folder, const char *format, ...) G_GNUC_PRINTF(2, 3);

/** Opens one file of @folder as type information; fails the test if that fails. */
AnzTypes *anz_test_open(const char *folder, const char *name);

#endif
