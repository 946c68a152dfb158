/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a run of the program was asked to do: every option of every verb in one plain struct, and
 * the program's own error domain, whose codes decide the exit code and whether words are printed.
 */
#ifndef CLI_H
#define CLI_H

#include <glib.h>

/* Exit codes, documented in the man page; a higher one outranks a lower one. */
enum {
	EXIT_DONE = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
	EXIT_PARTIAL = 3,
	EXIT_FOUND = 4,		/* outranks 3: what the verb was asked to look for is there */
};

/**
 * CliError:
 * @CLI_ERROR_USAGE: the command line is wrong; exit 2
 * @CLI_ERROR_FAILED: anything else that the program itself finds; exit 1
 * @CLI_ERROR_PIPE: nobody reads our output any more; exit 1 without words
 */
typedef enum {
	CLI_ERROR_USAGE,
	CLI_ERROR_FAILED,
	CLI_ERROR_PIPE,
} CliError;

#define CLI_ERROR (cli_error_quark())
GQuark cli_error_quark(void);

/**
 * Args:
 *
 * The command line, parsed by parse.c from the verb table.  Owned by main().
 */
typedef struct {
	char **words;		/* what is left after the options: SOURCE..., ADDR... */
	guint n_words;

	/* output */
	gboolean json;
	gboolean csv;
	gboolean bytes;		/* exact bytes instead of KiB, MiB */
	gboolean no_header;
	char *columns;
	char *tables;
	char *output;

	/* where type information comes from, and how the source is read */
	char **vmlinux;
	char *vmcoreinfo;
	char **debug_dirs;
	gboolean debuginfod;
	char *memdesc_table;
	char *buddy_layout;
	gboolean force;
	int threads;
	char *memory;
	guint64 memory_bytes;	/* of memory; 0: the default */
	char *detail;
	gint64 snapshot;	/* -1: the newest */

	gboolean quiet;
	gboolean verbose;
	gboolean help;

	/* of one verb or a few */
	gboolean append;	/* analyze */
	double watch;		/* negative: not given */
	gint64 count;		/* 0: no end */
	gboolean facts;		/* info */
	int last;		/* info, log: last N messages; -1 not given */
	char *by;		/* summary */
	gboolean classes;	/* zones */
	gboolean list;		/* buddy, check, query */
	int node;		/* buddy, runs, zones; -1 any */
	char *zone;
	int order;		/* buddy; -1 any */
	char *migratetype;
	gboolean raw;		/* page */
	gboolean content;
	gboolean members;
	char *page_class;	/* runs, map */
	gint64 min_pages;
	gint64 largest;
	char *file;		/* query */
	gboolean each;
	char *table;		/* export */
	gboolean redact;
	char *level;		/* log */
	char *cache;		/* slabs */
	char *cgroup;		/* cgroups */
	gboolean dot;		/* desc */
	gboolean all;
	char *fs;		/* files */
	gboolean deleted;
	gboolean png;		/* map */
	int zoom;		/* G_MININT: not given */
	char *size;
	char *at;
	char *layout;
	char *mode;
	char *palette;
	char *overlay;
	char *view;		/* map, view: a link */
	char *search;
	gboolean holes;
	int row_tiles;
	int cell_level;		/* -1: not given */
	gboolean exit_code;	/* diff */
	gboolean transitions;
	gint64 before_snapshot;	/* -1: the newest */
	char *sizes;		/* cost */
	char *rules;		/* check */
	char *skip;
	char *severity;
	char *exit_level;	/* check --exit-code */
	char *suppressions;
	gint64 max;		/* findings to show */

	int exit_status;	/* what the verb found out: DONE, PARTIAL or FOUND */
} Args;

/**
 * cli_warn:
 *
 * Prints "memdesc: WORDS" to stderr, unless --quiet.
 */
void cli_warn(const Args *args, const char *format, ...) G_GNUC_PRINTF(2, 3);

#endif
