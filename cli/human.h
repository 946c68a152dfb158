/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Numbers as people read them. */
#ifndef CLI_HUMAN_H
#define CLI_HUMAN_H

#include <glib.h>

/** Appends @bytes as "512 B", "4.0 KiB", "1.5 GiB". */
void human_size(GString *to, guint64 bytes);
/** Appends @seconds as "3 days 04:05:06" or "00:00:07". */
void human_duration(GString *to, double seconds);
/** Appends @seconds since 1970 as "2025-11-23 21:24:56 UTC". */
void human_time(GString *to, gint64 seconds);
/** Appends @text with control characters (@keep_tabs: save tabs) and bytes not UTF-8 as \xNN. */
void human_safe(GString *to, const char *text, gboolean keep_tabs);
/** How many bytes at the head of @text are printable ASCII: nearly always all of them. */
gsize human_plain_length(const char *text);
/** Columns of a terminal that @text takes. */
gsize human_width(const char *text);

#endif
