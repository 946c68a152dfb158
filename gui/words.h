/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Numbers and errors as people read them. */
#ifndef GUI_WORDS_H
#define GUI_WORDS_H

#include <analyze/analyze.h>

/** "4.0 KiB" (transfer full). */
char *mdv_words_size(guint64 bytes);
/** "1,234,567" (transfer full). */
char *mdv_words_count(guint64 n);
/** "1 page", "1,234 pages" (transfer full). */
char *mdv_words_pages(guint64 n);
/** "file /var/lib/x.db", but "kernel page tables" and not "kernel kernel page tables". */
char *mdv_words_owner(const char *kind, const char *name);
/** "0x1f000" (transfer full). */
char *mdv_words_address(guint64 address);
/** The message with the step that helps, as the command line says it (transfer full). */
char *mdv_words_error(const GError *error);

#endif
