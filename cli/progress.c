/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Progress: "classify pages  43%  ETA 0:12", rewritten in place.  The time left is taken from the
 * stage's own pace, once it has run for a second.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "progress.h"

static struct {
	char stage[64];
	gint64 started;		/* microseconds, when the stage began */
	gboolean shown;
} line;

gboolean progress_wanted(const Args *args)
{
	const char *term = g_getenv("TERM");

	return !args->quiet && isatty(STDERR_FILENO) && term && strcmp(term, "dumb");
}

void progress_report(const char *stage, guint64 done, guint64 total, gpointer data)
{
	gint64 now = g_get_monotonic_time();

	(void)data;
	if (strcmp(line.stage, stage)) {
		g_strlcpy(line.stage, stage, sizeof(line.stage));
		line.started = now;
	}

	double elapsed = (now - line.started) / 1e6;

	fprintf(stderr, "\r\033[K%s", line.stage);
	if (total) {
		double part = MIN(done, total) / (double)total;

		fprintf(stderr, "  %3.0f%%", part * 100);
		if (elapsed >= 1 && part > 0.01) {
			guint64 left = elapsed * (1 - part) / part + 0.5;

			fprintf(stderr, "  ETA %" G_GUINT64_FORMAT ":%02u", left / 60,
				(guint)(left % 60));
		}
	} else if (done) {
		fprintf(stderr, "  %" G_GUINT64_FORMAT, done);
	}
	fflush(stderr);
	line.shown = TRUE;
}

void progress_clear(void)
{
	if (!line.shown)
		return;
	fputs("\r\033[K", stderr);
	fflush(stderr);
	line.shown = FALSE;
}
