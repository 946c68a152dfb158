/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One line on a terminal's stderr that says how far the analysis is. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include "cli.h"

/** %TRUE if stderr is a terminal and --quiet was not given. */
gboolean progress_wanted(const Args *args);
/** AnzAnalyzeOptions.progress */
void progress_report(const char *stage, guint64 done, guint64 total, gpointer data);
/** Removes the line, before anything else is printed. */
void progress_clear(void);

#endif
