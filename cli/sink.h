/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where output goes: stdout, or a file that comes into being whole or not at all.  Errors of
 * writing are remembered and reported once, by sink_close().
 */
#ifndef CLI_SINK_H
#define CLI_SINK_H

#include <stdio.h>

#include <glib.h>

typedef struct Sink Sink;

/**
 * sink_open:
 * @path: (nullable): file to write; %NULL or "-" for stdout.  A device or pipe is written
 *	directly, anything else under a temporary name beside it.
 */
Sink *sink_open(const char *path, GError **error);
FILE *sink_file(Sink *sink);
/** %TRUE if the sink is a terminal. */
gboolean sink_is_terminal(const Sink *sink);
/** %TRUE once a write has failed: there is no point in going on. */
gboolean sink_failed(Sink *sink);

/**
 * sink_close:
 *
 * Flushes, checks, and gives a file its name.  Consumes @sink.
 *
 * Returns: %FALSE with @error (CLI_ERROR_FAILED, CLI_ERROR_PIPE).
 */
gboolean sink_close(Sink *sink, GError **error);
/** Drops a file that was not closed.  %NULL is fine. */
void sink_free(Sink *sink);

/**
 * sink_check_output:
 * @sources: (nullable): %NULL-terminated files that must not be overwritten
 *
 * Refuses, before long work, an output file that cannot be made or that is one of the sources.
 */
gboolean sink_check_output(const char *path, const char *const *sources, GError **error);

#endif
