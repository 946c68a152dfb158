/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The one table of verbs.  Each verb's file holds its entry: name, arguments, options, help,
 * examples, tables and their columns, and the function that runs it.  Parsing, "memdesc help",
 * the man pages and bash completion are all made from it.
 */
#ifndef CLI_VERBS_H
#define CLI_VERBS_H

#include "cli.h"
#include "output.h"

/** What may follow an option, for completion. */
typedef enum {
	COMPLETE_NONE,
	COMPLETE_FILE,
	COMPLETE_DIR,
	COMPLETE_WORDS,		/* Option.words */
	COMPLETE_CLASS,		/* a page class */
	COMPLETE_COLUMN,	/* a column of the verb's tables */
	COMPLETE_TABLE,		/* a table of the verb */
} Complete;

typedef struct {
	const char *name;	/* long name */
	char letter;		/* 0: none */
	GOptionArg type;
	const char *value;	/* "FILE"; NULL for a switch */
	gsize offset;		/* in Args */
	const char *help;	/* one line or a few sentences */
	Complete complete;
	const char *words;	/* separated by blanks */
} Option;

typedef struct {
	const char *command;
	const char *what;
} Example;

typedef struct {
	const char *name;
	const char *arguments;		/* "SOURCE... ADDR..." */
	const char *summary;		/* one line, no full stop */
	const char *description;	/* paragraphs, parted by an empty line */
	const Option *options;		/* ends with a NULL name; may be NULL */
	const Table *const *tables;	/* ends with NULL; the first is the main one */
	const Example *examples;	/* ends with a NULL command */
	guint min_words, max_words;
	gboolean (*run)(Args *args, GError **error);
} Verb;

extern const Verb verb_analyze, verb_info, verb_summary, verb_log, verb_zones,
	verb_buddy, verb_page, verb_runs, verb_cost, verb_map, verb_view, verb_diff, verb_query,
	verb_export, verb_slabs, verb_cgroups, verb_areas, verb_files, verb_procs, verb_desc, verb_check,
	verb_swap;

/** All verbs in the order of help; ends with NULL. */
extern const Verb *const verbs[];

/** A group of options that verbs share. */
typedef struct {
	const char *title;
	const Option *options;
} OptionGroup;

/** Groups of options beside the verb's own; ends with a NULL title. */
extern const OptionGroup shared_options[];
/** %FALSE if @option does not apply to @verb or the verb has its own of that name. */
gboolean verb_shares(const Verb *verb, const OptionGroup *group, const Option *option);

const Verb *verb_find(const char *name);
/** The verb whose name is nearest to @name, or NULL when none is near. */
const Verb *verb_guess(const char *name);

/* What several verbs print (common.c). */
extern const Table log_table, remark_table;
gboolean print_remarks(Output *out, AnzStore *store, GError **error);

/**
 * print_log:
 * @last: only so many, -1 for all
 * @level: messages at least that severe, -1 for all
 */
gboolean print_log(Output *out, AnzStore *store, int last, int level, GError **error);

/**
 * reconciliation_verdict:
 *
 * Returns: (transfer full): whether the census agrees with the kernel's counters, as a sentence;
 * %NULL with @error.  @agrees: 1, 0, or -1 if there was nothing to compare.
 */
char *reconciliation_verdict(AnzStore *store, int *agrees, GError **error);

/** In a report, how much `memdesc check` has to say; nothing if it has nothing. */
void say_findings(Output *out, AnzStore *store);

/** Bytes per page of the current snapshot; 4096 if the file does not say. */
guint64 store_page_size(AnzStore *store);

/**
 * check_name:
 * @name: (inout): a name as given, or %NULL, which is fine; becomes the one that is in use, as
 *	capitals do not matter
 * @sql: its first column has the names there are
 *
 * Returns: %FALSE with a usage error that lists them.
 */
gboolean check_name(AnzStore *store, const char *option, char **name, const char *sql,
		    GError **error);

/** The same for a number, of which -1 stands for any. */
gboolean check_number(AnzStore *store, const char *option, int number, const char *sql,
		      GError **error);

/** Bytes per page, in an SQL expression. */
#define PAGE_SIZE_SQL "(SELECT page_size FROM snapshot WHERE id = :snapshot)"
/** The names of zones and of migratetypes, for check_name(); nodes and orders, check_number(). */
#define NODES_SQL "SELECT node FROM nodes WHERE snapshot = :snapshot ORDER BY node"
#define ORDERS_SQL \
	"SELECT DISTINCT \"order\" FROM free_area WHERE snapshot = :snapshot ORDER BY 1"
#define ZONE_NAMES_SQL \
	"SELECT zone FROM zones WHERE snapshot = :snapshot GROUP BY zone ORDER BY min(id)"
#define MIGRATETYPE_NAMES_SQL \
	"SELECT name FROM migratetype WHERE snapshot = :snapshot ORDER BY number"

/** Whether @word has the form of an address, and so is no part of a split dump. */
gboolean word_is_address(const char *word);

/** Refuses to put an analysis file where a file of another kind lies. */
gboolean check_replaceable(const char *path, GError **error);

#endif
