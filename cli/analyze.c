/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* memdesc analyze: a dump in, one analysis file out. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "human.h"
#include "interrupt.h"
#include "sink.h"
#include "source.h"
#include "verbs.h"

static const Column analysis_columns[] = {
	{ "file", NULL, KIND_TEXT, 0, "the analysis file" },
	{ "file_bytes", NULL, KIND_BYTES, 0, "its size" },
	{ "snapshot", NULL, KIND_INTEGER, 0, "number of the snapshot added to it" },
	{ "release", NULL, KIND_TEXT, 0, "kernel release" },
	{ "frames", NULL, KIND_PAGES, 0, "page frames of the map" },
	{ "bytes", "MEMORY", KIND_BYTES, 0, "memory behind them" },
	{ "agrees", NULL, KIND_BOOLEAN, 0, "the census agrees with the kernel's own counters" },
	{ "partial", NULL, KIND_BOOLEAN, 0, "part of the source could not be read" },
	{ "seconds", NULL, KIND_REAL, 0, "how long it took" },
	{ "bytes_read", NULL, KIND_BYTES, 0, "read of live memory; null: a dump" },
	{ "looks", NULL, KIND_INTEGER, 0, "at all of live memory, before what is wrong counts; null: a dump" },
};
static const Table analysis_table = TABLE("analysis", analysis_columns, 0,
					  "what was written; one row, or one for each time with --watch");

static char *default_output(const char *source)
{
	g_autofree char *base = NULL;

	if (g_str_has_prefix(source, "raw:"))
		source += strlen("raw:");
	else if (g_str_has_prefix(source, "live:"))
		source = "live";
	base = g_path_get_basename(source);
	return g_strconcat(base, ".memdesc", NULL);
}

/* What can be known to fail is known before the work begins. */
static gboolean check_output(const Args *args, const char *path, GError **error)
{
	if (!strcmp(path, "-")) {
		g_set_error(error, CLI_ERROR, CLI_ERROR_USAGE,
			    "an analysis file cannot go to standard output; name a file");
		return FALSE;
	}
	if (!sink_check_output(path, (const char *const *)args->words, error))
		return FALSE;
	return check_replaceable(path, error);
}

static gboolean check_sources(const Args *args, GError **error)
{
	for (char **word = args->words; *word; word++) {
		if (!anz_store_probe(*word))
			continue;
		g_set_error(error, CLI_ERROR, CLI_ERROR_USAGE,
			    "%s is an analysis already; 'memdesc summary %s' shows it", *word,
			    *word);
		return FALSE;
	}
	return TRUE;
}

/* "free 1.2 GiB, anon 300.0 MiB, slab 20.1 MiB, 9 more classes" */
static char *largest_classes(AnzStore *store, GError **error)
{
	g_autoptr(AnzQuery) query = anz_store_query(store,
		"SELECT class, bytes FROM classes WHERE snapshot = :snapshot AND class != 'hole' "
		"AND pages > 0 ORDER BY pages DESC, class", error);
	g_autoptr(GString) words = g_string_new(NULL);
	g_autoptr(GError) err = NULL;
	guint n = 0;

	if (!query)
		return NULL;
	while (anz_query_next(query, &err)) {
		if (n++ >= 5)
			continue;
		g_string_append_printf(words, "%s%s ", n > 1 ? ", " : "",
				       anz_query_text(query, 0));
		human_size(words, anz_query_int(query, 1));
	}
	if (err) {
		g_propagate_error(error, g_steal_pointer(&err));
		return NULL;
	}
	if (n > 5)
		g_string_append_printf(words, ", %u more class%s", n - 5, n == 6 ? "" : "es");
	return g_string_free(g_steal_pointer(&words), FALSE);
}

static gboolean memory_bytes(AnzStore *store, guint64 *bytes, GError **error)
{
	g_autoptr(AnzQuery) query = anz_store_query(store,
		"SELECT total(bytes) FROM classes WHERE snapshot = :snapshot AND class != 'hole'",
		error);

	if (!query || !anz_query_next(query, error))
		return FALSE;
	*bytes = anz_query_int(query, 0);
	return TRUE;
}

/* What it was read for, so that the cost can be judged. */
static void say_reads(Output *out, AnzStore *store)
{
	g_autoptr(AnzQuery) query = anz_store_query(store, "SELECT substr(key, 15), "
		"CAST(value AS INTEGER) AS bytes FROM meta WHERE snapshot = :snapshot "
		"AND key LIKE 'analysis.read.%' ORDER BY bytes DESC, key", NULL);
	g_autoptr(GString) words = g_string_new("Read for: ");
	guint n = 0;

	while (query && anz_query_next(query, NULL)) {
		g_string_append_printf(words, "%s%s ", n++ ? ", " : "", anz_query_text(query, 0));
		human_size(words, anz_query_int(query, 1));
	}
	if (n)
		output_say(out, PAINT_NONE, "%s.", words->str);
}

/* What live memory cost; nothing of a dump. */
static void say_live(Output *out, AnzStore *store)
{
	g_autoptr(GString) words = g_string_new("Live memory: read ");
	guint64 bytes, looks = 1, moved;

	if (!anz_store_meta_uint(store, "analysis.bytes_read", &bytes))
		return;
	human_size(words, bytes);
	anz_store_meta_uint(store, "analysis.looks", &looks);
	if (looks > 1)
		g_string_append_printf(words, " in %" G_GUINT64_FORMAT " looks", looks);
	if (anz_store_meta_uint(store, "analysis.moved_pages", &moved))
		g_string_append_printf(words, "; %" G_GUINT64_FORMAT " pages were allocated or freed "
				       "meanwhile, and counters may differ by so many", moved);
	output_say(out, PAINT_NONE, "%s.", words->str);
	say_reads(out, store);
}

static void put_meta(Output *out, AnzStore *store, const char *key)
{
	guint64 value;

	if (anz_store_meta_uint(store, key, &value))
		output_uint(out, value);
	else
		output_null(out);
}

static gboolean print_report(Output *out, AnzStore *store, const char *path, gint64 started,
			     GError **error)
{
	g_autofree char *verdict = NULL, *classes = NULL, *release = NULL, *arch = NULL;
	g_autoptr(GString) memory = g_string_new(NULL);
	double seconds = (g_get_monotonic_time() - started) / 1e6;
	guint64 bytes;
	struct stat st;
	int agrees;

	verdict = reconciliation_verdict(store, &agrees, error);
	classes = verdict ? largest_classes(store, error) : NULL;
	if (!classes || !memory_bytes(store, &bytes, error))
		return FALSE;
	release = anz_store_meta(store, "kernel.release");
	arch = anz_store_meta(store, "kernel.arch");
	if (!path || stat(path, &st))
		st.st_size = 0;
	if (output_is_report(out)) {
		human_size(memory, bytes);
		output_line(out, PAINT_STRONG, path ? path : "not kept in a file");
		output_say(out, PAINT_NONE,
			   "Linux %s %s: %s of memory, analysed in %.1f s: %s.\n%s",
			   release ? release : "of unknown release", arch ? arch : "",
			   memory->str, seconds, classes, verdict);
		say_live(out, store);
		return TRUE;
	}
	output_text(out, path);
	output_int(out, st.st_size);
	output_int(out, anz_store_snapshot(store));
	output_text(out, release);
	output_uint(out, anz_store_max_pfn(store));
	output_uint(out, bytes);
	if (agrees < 0)
		output_null(out);
	else
		output_bool(out, agrees);
	output_bool(out, source_store_is_partial(store));
	output_real(out, seconds);
	put_meta(out, store, "analysis.bytes_read");
	put_meta(out, store, "analysis.looks");
	output_row(out);
	return !output_failed(out);
}

/* Snapshots of two machines in one file would be compared with each other by and by. */
static gboolean check_appended(Args *args, AnzSource *dump, const char *path, GError **error)
{
	g_autoptr(AnzStore) store = NULL;
	g_autofree char *words = NULL;

	if (!args->append || !path || !anz_store_probe(path))
		return TRUE;
	store = anz_store_open(path, error);
	if (!store)
		return FALSE;
	words = anz_source_other_machine(dump, store);
	if (words && !args->force) {
		g_set_error(error, CLI_ERROR, CLI_ERROR_FAILED,
			    "%s is of another machine (%s); write a file of its own, or add it all the "
			    "same with --force", path, words);
		return FALSE;
	}
	if (words)
		cli_warn(args, "%s is of another machine (%s)", path, words);
	return TRUE;
}

/* One analysis: of a dump the only one. */
static gboolean analyze_once(Args *args, Output *out, AnzSource *dump, const char *path,
			     gboolean append, GError **error)
{
	gint64 started = g_get_monotonic_time();
	g_autoptr(AnzStore) store = source_analyze(args, dump, path, append, error);

	if (!store)
		return FALSE;
	source_warn_types(args, store);
	if (source_store_is_partial(store))
		source_warn_partial(args, store, path ? path : args->words[0]);
	return print_report(out, store, path, started, error);
}

/* Until @seconds are over or a signal comes. */
static void wait_seconds(double seconds)
{
	gint64 end = g_get_monotonic_time() + (gint64)(seconds * 1e6);

	while (!interrupted()) {
		gint64 left = end - g_get_monotonic_time();

		if (left <= 0)
			return;
		/* A signal may come just before the sleep. */
		g_usleep(MIN(left, 200000));
	}
}

/*
 * Again and again.  A signal ends it, and what was taken until then stays; the snapshot under way is
 * dropped.
 */
static gboolean watch(Args *args, Output *out, AnzSource *dump, const char *path, GError **error)
{
	g_autoptr(GError) err = NULL;
	gint64 done = 0;

	while (args->count < 0 || done < args->count) {
		if (done)
			wait_seconds(args->watch);
		if (interrupted() ||
		    !analyze_once(args, out, dump, path, args->append || done, &err))
			break;
		done++;
		output_flush(out);
	}
	if (err && (!done || !g_error_matches(err, ANZ_ERROR, ANZ_ERROR_CANCELLED))) {
		g_propagate_error(error, g_steal_pointer(&err));
		return FALSE;
	}
	return TRUE;
}

/* What does not change need not be watched. */
static gboolean check_watch(const Args *args, GError **error)
{
	const char *why = NULL;

	if (args->watch < 0 && args->count >= 0)
		why = "--count is for --watch";
	else if (!args->count)
		why = "--count: how often, 1 or more";
	else if (args->watch >= 0 && !source_is_live(args->words[0]) &&
		 !g_str_has_prefix(args->words[0], "raw:"))
		why = "--watch is for live memory: live, or raw:FILE of a machine that runs";
	if (why)
		g_set_error_literal(error, CLI_ERROR, CLI_ERROR_USAGE, why);
	return !why;
}

static gboolean run(Args *args, GError **error)
{
	gboolean is_watch = args->watch >= 0;
	g_autofree char *path = args->output ? g_steal_pointer(&args->output) :
		is_watch ? NULL : default_output(args->words[0]);

	/* words first: whatever is wrong with them must not cost an analysis */
	if (!source_check_words(args, args->words, args->n_words, error) ||
	    !check_watch(args, error) || !check_sources(args, error) ||
	    (path && !check_output(args, path, error)))
		return FALSE;

	g_autoptr(Output) out = output_open(args, &analysis_table, verb_analyze.tables, error);
	g_autoptr(AnzSource) dump = NULL;

	if (!out)
		return FALSE;
	dump = source_open_dump(args, (const char *const *)args->words, error);
	if (!dump || !check_appended(args, dump, path, error) ||
	    (!output_is_report(out) && !output_begin(out, &analysis_table, error)))
		return FALSE;
	if (is_watch ? !watch(args, out, dump, path, error) :
		       !analyze_once(args, out, dump, path, args->append, error))
		return FALSE;
	if (!output_is_report(out))
		output_end(out);
	return output_close(g_steal_pointer(&out), error);
}

static const Option options[] = {
	{ "output", 'o', G_OPTION_ARG_FILENAME, "FILE", G_STRUCT_OFFSET(Args, output),
	  "The analysis file to write; without it, the name of the first SOURCE with .memdesc "
	  "added, in the current folder. An older analysis of that name is replaced when the new "
	  "one is whole; a file that is anything else is never touched.", COMPLETE_FILE },
	{ "append", 0, G_OPTION_ARG_NONE, NULL, G_STRUCT_OFFSET(Args, append),
	  "Add a snapshot to the analysis file instead of replacing it. One of another machine, by host name "
	  "or architecture, is refused without --force." },
	{ "watch", 0, G_OPTION_ARG_DOUBLE, "SECONDS", G_STRUCT_OFFSET(Args, watch),
	  "Analyse live memory (or raw:FILE of a machine that runs) again SECONDS after it was done, "
	  "until Ctrl-C. With -o, each time adds a snapshot to the file; without, none is kept." },
	{ "count", 0, G_OPTION_ARG_INT64, "N", G_STRUCT_OFFSET(Args, count),
	  "With --watch, end after N times." },
	{ NULL }
};

static const Table *const tables[] = { &analysis_table, NULL };

static const Example examples[] = {
	{ "memdesc analyze vmcore --vmlinux /usr/lib/debug/boot/vmlinux-6.12.0",
	  "Writes vmcore.memdesc in the current folder." },
	{ "memdesc analyze dump.1 dump.2 dump.3 -o dump.memdesc", "The parts of a split dump." },
	{ "memdesc analyze live --watch 60 -o day.memdesc", "This machine, every minute." },
	{ NULL }
};

const Verb verb_analyze = {
	.name = "analyze",
	.arguments = "SOURCE...",
	.summary = "make an analysis file of a dump",
	.description =
		"Reads a crash dump, learns the layouts of its kernel, classifies every page, "
		"walks the free lists, and writes what it found into one SQLite file, which all "
		"other verbs read at once. A dump that is given to another verb is analysed "
		"into a temporary file first, every time.\n\n"
		"SOURCE is a dump (several words are the parts of one split dump), raw:FILE, a plain "
		"image of physical memory, or live, the memory of this machine, which goes on running: "
		"it is read through /proc/kcore, as root. What seems wrong in live memory counts only "
		"when five looks at it agree. In a build with libdrgn, drgn:VMCORE and drgn:live "
		"read through that.\n\n"
		"Prints where the file is and what is in it. An interrupted or failed analysis "
		"leaves no file.",
	.options = options,
	.tables = tables,
	.examples = examples,
	.min_words = 1, .max_words = G_MAXUINT,
	.run = run,
};
