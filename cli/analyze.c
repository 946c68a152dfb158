/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* memdesc analyze: a dump in, one analysis file out. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "human.h"
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
};
static const Table analysis_table = TABLE("analysis", analysis_columns, 0,
					  "what was written, one row");

static char *default_output(const char *source)
{
	g_autofree char *base = NULL;

	if (g_str_has_prefix(source, "raw:"))
		source += strlen("raw:");
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

static gboolean print_result(Output *out, AnzStore *store, const char *path, gint64 started,
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
	if (stat(path, &st))
		st.st_size = 0;
	if (output_is_report(out)) {
		human_size(memory, bytes);
		output_line(out, PAINT_STRONG, path);
		output_say(out, PAINT_NONE,
			   "Linux %s %s: %s of memory, analysed in %.1f s: %s.\n%s",
			   release ? release : "of unknown release", arch ? arch : "",
			   memory->str, seconds, classes, verdict);
		return TRUE;
	}
	if (!output_begin(out, &analysis_table, error))
		return FALSE;
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
	output_row(out);
	output_end(out);
	return TRUE;
}

static gboolean run(Args *args, GError **error)
{
	g_autofree char *path = args->output ? g_steal_pointer(&args->output) :
		default_output(args->words[0]);
	gint64 started = g_get_monotonic_time();

	/* words first: whatever is wrong with them must not cost an analysis */
	if (!source_check_words(args, args->words, args->n_words, error) ||
	    !check_sources(args, error) || !check_output(args, path, error))
		return FALSE;

	g_autoptr(Output) out = output_open(args, &analysis_table, verb_analyze.tables, error);

	if (!out)
		return FALSE;

	g_autoptr(AnzSource) dump = source_open_dump(args, (const char *const *)args->words,
						     error);
	g_autoptr(AnzStore) store = NULL;

	if (!dump)
		return FALSE;
	store = source_analyze(args, dump, path, args->append, error);
	if (!store)
		return FALSE;
	source_warn_types(args, store);
	if (source_store_is_partial(store))
		source_warn_partial(args, store, path);
	return print_result(out, store, path, started, error) &&
		output_close(g_steal_pointer(&out), error);
}

static const Option options[] = {
	{ "output", 'o', G_OPTION_ARG_FILENAME, "FILE", G_STRUCT_OFFSET(Args, output),
	  "The analysis file to write; without it, the name of the first SOURCE with .memdesc "
	  "added, in the current folder. An older analysis of that name is replaced when the new "
	  "one is whole; a file that is anything else is never touched.", COMPLETE_FILE },
	{ "append", 0, G_OPTION_ARG_NONE, NULL, G_STRUCT_OFFSET(Args, append),
	  "Add a snapshot to the analysis file instead of replacing it." },
	{ NULL }
};

static const Table *const tables[] = { &analysis_table, NULL };

static const Example examples[] = {
	{ "memdesc analyze vmcore --vmlinux /usr/lib/debug/boot/vmlinux-6.12.0",
	  "Writes vmcore.memdesc in the current folder." },
	{ "memdesc analyze dump.1 dump.2 dump.3 -o dump.memdesc", "The parts of a split dump." },
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
		"Prints where the file is and what is in it. An interrupted or failed analysis "
		"leaves no file.",
	.options = options,
	.tables = tables,
	.examples = examples,
	.min_words = 1, .max_words = G_MAXUINT,
	.run = run,
};
