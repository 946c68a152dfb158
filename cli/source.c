/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Every verb reads an analysis: an analysis file is opened as it is, anything else is analysed
 * first, into a private temporary store that vanishes with the run.
 */
#include <string.h>
#include <sys/stat.h>

#include "interrupt.h"
#include "progress.h"
#include "source.h"

static void log_line(const char *line, gpointer data)
{
	const Args *args = data;

	if (args->verbose && !args->quiet) {
		progress_clear();
		g_printerr("memdesc: %s\n", line);
	}
}

/* The library reads no environment: what it says about debuginfod is handed on here. */
static gboolean set_debuginfod(const Args *args, AnzSourceOptions *options, char **cache,
			       GError **error)
{
	const char *urls = g_getenv("DEBUGINFOD_URLS");
	const char *path = g_getenv("DEBUGINFOD_CACHE_PATH");

	if (!args->debuginfod)
		return TRUE;
	if (!urls || !*urls) {
		g_set_error(error, CLI_ERROR, CLI_ERROR_USAGE,
			    "--debuginfod: DEBUGINFOD_URLS is not set; set it to the addresses "
			    "of one or more debuginfod servers");
		return FALSE;
	}
	/* the place that gdb and others use, so that a file is fetched once */
	*cache = path && *path ? g_strdup(path) :
		g_build_filename(g_get_user_cache_dir(), "debuginfod_client", NULL);
	options->debuginfod_urls = urls;
	options->debuginfod_cache = *cache;
	return TRUE;
}

/* Opening a pipe waits for a writer, perhaps for ever; and dumps are not read front to back. */
static gboolean no_pipe(const char *path, GError **error)
{
	struct stat st;

	if (g_str_has_prefix(path, "raw:"))
		path += strlen("raw:");
	else if (g_str_has_prefix(path, "live:") || g_str_has_prefix(path, "drgn:"))
		path += strlen("live:");
	if (stat(path, &st) || !(S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode)))
		return TRUE;
	g_set_error(error, CLI_ERROR, CLI_ERROR_FAILED,
		    "%s: is a pipe, in which one cannot go back; save what comes out of it as a "
		    "file first", path);
	return FALSE;
}

gboolean source_check_words(const Args *args, char **words, guint n_words, GError **error)
{
	for (guint i = 0; i < n_words; i++)
		if (!no_pipe(words[i], error))
			return FALSE;
	for (char **path = args->vmlinux; path && *path; path++)
		if (!no_pipe(*path, error))
			return FALSE;
	return !args->vmcoreinfo || no_pipe(args->vmcoreinfo, error);
}

gboolean source_is_live(const char *word)
{
	return !strcmp(word, "live") || g_str_has_prefix(word, "live:") || !strcmp(word, "drgn:live");
}

static gboolean fill_options(Args *args, const char *const *paths, AnzSourceOptions *options,
			     char **cache, GError **error)
{
	*options = (AnzSourceOptions){
		.size = sizeof(*options),
		.paths = paths,
		.vmlinux = (const char *const *)args->vmlinux,
		.vmcoreinfo = args->vmcoreinfo,
		.debug_dirs = (const char *const *)args->debug_dirs,
		.memdesc_table = args->memdesc_table,
		.buddy_layout = args->buddy_layout,
		.force = args->force,
		.live = args->watch >= 0,
		.log = log_line,
		.log_data = args,
		.cancel = interrupt_flag(),
	};
	return set_debuginfod(args, options, cache, error);
}

AnzSource *source_open_dump(Args *args, const char *const *paths, GError **error)
{
	g_autofree char *cache = NULL;
	AnzSourceOptions options;

	return fill_options(args, paths, &options, &cache, error) ?
		anz_source_open(&options, error) : NULL;
}

AnzStore *source_analyze(Args *args, AnzSource *dump, const char *path, gboolean append,
			 GError **error)
{
	AnzAnalyzeOptions options = {
		.size = sizeof(options),
		.output = path,
		.append = append,
		.threads = args->threads,
		.memory_bytes = args->memory_bytes,
		.detail = !g_strcmp0(args->detail, "all") ? ANZ_DETAIL_ALL : ANZ_DETAIL_AUTO,
		.progress = progress_wanted(args) ? progress_report : NULL,
	};
	AnzStore *store = anz_source_analyze(dump, &options, error);

	progress_clear();
	return store;
}

static gboolean is_set(AnzStore *store, const char *key)
{
	guint64 value = 0;

	return anz_store_meta_uint(store, key, &value) && value;
}

/* A dump that was cut short lacks pages, even if all struct pages and lists happen to be there. */
gboolean source_store_is_partial(AnzStore *store)
{
	return is_set(store, "analysis.partial") || is_set(store, "source.incomplete");
}

void source_warn_partial(Args *args, AnzStore *store, const char *path)
{
	args->exit_status = EXIT_PARTIAL;
	if (is_set(store, "source.incomplete"))
		cli_warn(args, "the dump is incomplete: it was cut short while being written or "
			 "copied, or not all parts of a split one were named; some of its pages are "
			 "missing");
	if (is_set(store, "analysis.partial"))
		cli_warn(args, "part of the source could not be read; the remarks of "
			 "'memdesc summary %s' say what", path);
}

void source_warn_types(Args *args, AnzStore *store)
{
	g_autofree char *types = anz_store_meta(store, "source.types");

	if (!g_strcmp0(types, "VMCOREINFO"))
		cli_warn(args, "no type information (DWARF or BTF) was found for the dumped kernel: free "
			 "lists and the page types that VMCOREINFO states are told, much else is "
			 "missing or shows as kernel-other; name its vmlinux with --vmlinux");
}

static void note_unused_options(const Args *args, const char *path)
{
	const char *option = args->vmlinux ? "--vmlinux" : args->vmcoreinfo ? "--vmcoreinfo" :
		args->debug_dirs ? "--debug-dir" : args->debuginfod ? "--debuginfod" :
		args->memdesc_table ? "--memdesc-table" :
		args->buddy_layout ? "--buddy-layout" : NULL;

	if (option)
		cli_warn(args, "%s has no effect: %s is an analysis already", option, path);
}

static gboolean open_store(Args *args, Source *source, char **words, guint n_words,
			   GError **error)
{
	if (n_words == 1 && anz_store_probe(words[0])) {
		/* page --raw goes back to the dump, and uses them */
		if (!args->raw && !args->content)
			note_unused_options(args, words[0]);
		source->store = anz_store_open(words[0], error);
		return source->store != NULL;
	}
	for (guint i = 0; n_words > 1 && i < n_words; i++) {
		if (!anz_store_probe(words[i]))
			continue;
		g_set_error(error, CLI_ERROR, CLI_ERROR_USAGE,
			    "%s is an analysis file; name it alone, several files are the parts "
			    "of one split dump", words[i]);
		return FALSE;
	}

	g_autofree const char **paths = g_new0(const char *, n_words + 1);

	for (guint i = 0; i < n_words; i++)
		paths[i] = words[i];
	source->dump = source_open_dump(args, paths, error);
	if (!source->dump)
		return FALSE;
	source->store = source_analyze(args, source->dump, NULL, FALSE, error);
	return source->store != NULL;
}

Source *source_open(Args *args, char **words, guint n_words, GError **error)
{
	g_autoptr(Source) source = g_new0(Source, 1);

	if (!source_check_words(args, words, n_words, error) ||
	    !open_store(args, source, words, n_words, error))
		return NULL;
	if (args->snapshot >= 0 &&
	    !anz_store_set_snapshot(source->store, args->snapshot, error))
		return NULL;
	anz_store_set_cancel(source->store, interrupt_flag());
	source_warn_types(args, source->store);
	if (source_store_is_partial(source->store))
		source_warn_partial(args, source->store, words[0]);
	return g_steal_pointer(&source);
}

static void warn_owners(Args *args, AnzStore *store)
{
	g_autoptr(AnzQuery) query = anz_store_query(store, "SELECT 1 FROM remark "
		"WHERE snapshot = :snapshot AND subject = 'detail' LIMIT 1", NULL);

	if (query && anz_query_next(query, NULL))
		cli_warn(args, "owners of pages were not looked for when this was analysed, because the "
			 "machine has more than 256 GiB; 'memdesc analyze --detail all' on the source "
			 "does, which takes more time and memory");
}

Source *source_open_owners(Args *args, char **words, guint n_words, GError **error)
{
	Source *source = source_open(args, words, n_words, error);

	if (source)
		warn_owners(args, source->store);
	return source;
}

AnzSource *source_dump(Source *source, Args *args, GError **error)
{
	g_autofree char *cache = NULL;
	AnzSourceOptions options;
	g_autoptr(GError) err = NULL;

	if (source->dump)
		return source->dump;
	if (!fill_options(args, NULL, &options, &cache, error))
		return NULL;
	source->dump = anz_source_reopen(source->store, &options, &err);
	if (source->dump)
		return source->dump;
	/* what the analysis itself lacks says so in its own words */
	if (!g_error_matches(err, ANZ_ERROR, ANZ_ERROR_ARGUMENT) &&
	    !g_error_matches(err, ANZ_ERROR, ANZ_ERROR_MISMATCH))
		g_prefix_error(&err, "this needs the dump, which must be named as SOURCE or lie "
			       "where it was: ");
	g_propagate_error(error, g_steal_pointer(&err));
	return NULL;
}

guint source_count_words(const Args *args, gboolean (*is_rest)(const char *word))
{
	guint n = 1;

	while (n < args->n_words && !is_rest(args->words[n]) &&
	       g_file_test(args->words[n], G_FILE_TEST_EXISTS))
		n++;
	return n;
}

void source_free(Source *source)
{
	if (!source)
		return;
	anz_store_close(source->store);
	anz_source_close(source->dump);
	g_free(source);
}

guint source_need_addresses(const Args *args, gboolean (*is_address)(const char *word), const char *usage,
			    GError **error)
{
	guint n = source_count_words(args, is_address);

	if (n < args->n_words)
		return n;
	g_set_error(error, CLI_ERROR, CLI_ERROR_USAGE, "no address was named: memdesc %s", usage);
	return 0;
}
