/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From the SOURCE words of a command line to an open analysis. */
#ifndef CLI_SOURCE_H
#define CLI_SOURCE_H

#include <analyze/analyze.h>

#include "cli.h"

typedef struct {
	AnzStore *store;
	AnzSource *dump;	/* NULL when the words name an analysis file */
} Source;

/**
 * source_open:
 * @words: the first @n_words of them are one SOURCE: an analysis file, or a dump or the parts of
 *	one, which is analysed into a private temporary store
 *
 * Chooses --snapshot, sets args->exit_status to EXIT_PARTIAL if part of the memory behind the
 * analysis could not be read.
 */
Source *source_open(Args *args, char **words, guint n_words, GError **error);
/** The same for verbs about owners: says so if this analysis did not look for any. */
Source *source_open_owners(Args *args, char **words, guint n_words, GError **error);
/** Whether @word names live memory: "live", "live:FILE", "drgn:live". */
gboolean source_is_live(const char *word);
/** Opens the dump alone, with the command line's options. */
AnzSource *source_open_dump(Args *args, const char *const *paths, GError **error);
void source_free(Source *source);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Source, source_free)

/**
 * source_dump:
 *
 * The dump behind an analysis, for the bytes that the analysis does not hold: the one that was
 * analysed in this run, else the file that the analysis names, when it is still there.
 *
 * Returns: (transfer none): %NULL with @error.
 */
AnzSource *source_dump(Source *source, Args *args, GError **error);

/** How many leading words name the source, in "SOURCE... REST": 1, or more for a split dump. */
guint source_count_words(const Args *args, gboolean (*is_rest)(const char *word));
/** The same where addresses have to follow: 0 with a usage error, which shows @usage, if none does. */
guint source_need_addresses(const Args *args, gboolean (*is_address)(const char *word), const char *usage,
			    GError **error);

/** The analysis of @dump with progress; @path %NULL for a private temporary one. */
AnzStore *source_analyze(Args *args, AnzSource *dump, const char *path, gboolean append,
			 GError **error);

/** Refuses pipes among the files that will be opened, before opening them waits for a writer. */
gboolean source_check_words(const Args *args, char **words, guint n_words, GError **error);

/** TRUE if the analysis says of itself that memory was unreadable or the dump cut short. */
gboolean source_store_is_partial(AnzStore *store);

/** Says that an analysis is partial, and sets the exit status; @path: where the remarks are. */
void source_warn_partial(Args *args, AnzStore *store, const char *path);

/** Says that an analysis was made without type information, if so. */
void source_warn_types(Args *args, AnzStore *store);

#endif
