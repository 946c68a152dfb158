/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The one error domain of the library.  A code says which kind of step helps; the message names
 * the file, the address and that step.  Broken memory in a dump is never an error: it is a page
 * class and a count (see page-class.h).
 */
#ifndef ANALYZE_ERROR_H
#define ANALYZE_ERROR_H

#include <glib.h>

G_BEGIN_DECLS

/**
 * AnzError:
 * @ANZ_ERROR_IO: a file or device could not be opened, read or written (disk full included)
 * @ANZ_ERROR_FORMAT: a file is not what it should be: not a dump, truncated, senseless header
 * @ANZ_ERROR_UNSUPPORTED: understood, but not something this build can do
 * @ANZ_ERROR_NO_DEBUG_INFO: no type information was found for the dumped kernel
 * @ANZ_ERROR_MISMATCH: type information belongs to another kernel than the dump
 * @ANZ_ERROR_NO_MEMORY_AT: an address that the analysis cannot do without is absent from the dump
 * @ANZ_ERROR_KERNEL: the kernel's own structures do not make sense (unknown page array shape ...)
 * @ANZ_ERROR_CANCELLED: the caller asked to stop
 * @ANZ_ERROR_QUERY: a query is wrong
 * @ANZ_ERROR_ARGUMENT: an argument of the caller's is wrong
 */
typedef enum {
	ANZ_ERROR_IO,
	ANZ_ERROR_FORMAT,
	ANZ_ERROR_UNSUPPORTED,
	ANZ_ERROR_NO_DEBUG_INFO,
	ANZ_ERROR_MISMATCH,
	ANZ_ERROR_NO_MEMORY_AT,
	ANZ_ERROR_KERNEL,
	ANZ_ERROR_CANCELLED,
	ANZ_ERROR_QUERY,
	ANZ_ERROR_ARGUMENT,
} AnzError;

#define ANZ_ERROR (anz_error_quark())
GQuark anz_error_quark(void);

/**
 * anz_error_next_step:
 *
 * A message names the next step behind a semicolon.  One that only says what is wrong gets the step
 * that helps against its kind.
 *
 * Returns: (transfer none): words to put behind the message; "" if it needs none.
 */
const char *anz_error_next_step(const GError *error);

/**
 * anz_is_cancelled:
 * @cancel: (nullable): a flag as functions take it; who wants the work to stop sets it with g_atomic_int_set()
 *
 * Returns: whether the work is to stop; it then ends with %ANZ_ERROR_CANCELLED.
 */
static inline gboolean anz_is_cancelled(const gint *cancel)
{
	return cancel && g_atomic_int_get(cancel);
}

G_END_DECLS

#endif
