/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * transcode: a real kernel's dump, rewritten as if that kernel had memory descriptors.  README.md
 * beside this file says what changes and what stays.
 */
#include <errno.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

#include "transcode.h"

static char *opt_format, *opt_table, *opt_output, *opt_cc;
static char **opt_vmlinux;
static gboolean opt_verbose;

static const GOptionEntry options[] = {
	{ "format", 'f', 0, G_OPTION_ARG_STRING, &opt_format, "shape of struct page and of free lists",
	  "NAME" },
	{ "table", 't', 0, G_OPTION_ARG_STRING, &opt_table,
	  "numbers of the types: wiki2025 (default), lsfmm2024; path2025 with list32", "NAME" },
	{ "vmlinux", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &opt_vmlinux, "type info of the dump",
	  "FILE" },
	{ "output", 'o', 0, G_OPTION_ARG_FILENAME, &opt_output, "folder for vmcore and overlay.o",
	  "DIR" },
	{ "cc", 0, 0, G_OPTION_ARG_FILENAME, &opt_cc, "C compiler that makes overlay.o (cc)",
	  "COMMAND" },
	{ "verbose", 'v', 0, G_OPTION_ARG_NONE, &opt_verbose, "say what was written", NULL },
	{ NULL }
};

static void transcoder_clear(Transcoder *t)
{
	if (t->array_pages)
		g_hash_table_unref(t->array_pages);
	if (t->zones)
		g_array_unref(t->zones);
	g_free(t->old_page);
	paging_free(t->paging);
	memory_free(t->memory);
	anz_store_close(t->store);
	anz_source_close(t->source);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Transcoder, transcoder_clear)

static gboolean open_dump(Transcoder *t, const char *dump, GError **error)
{
	const char *const paths[] = { dump, NULL };
	AnzSourceOptions open = { .size = sizeof(open), .paths = paths,
				  .vmlinux = (const char *const *)opt_vmlinux };
	AnzAnalyzeOptions analyze = { .size = sizeof(analyze) };

	t->zones = g_array_new(FALSE, TRUE, sizeof(Zone));
	t->array_pages = g_hash_table_new(NULL, NULL);
	t->source = anz_source_open(&open, error);
	if (t->source)
		t->store = anz_source_analyze(t->source, &analyze, error);
	return t->store != NULL;
}

static void report(const Transcoder *t)
{
	guint64 first, nr = memory_nr_added(t->memory, &first);

	printf("%s, table %s: page array at 0x%" G_GINT64_MODIFIER "x, %" G_GUINT64_FORMAT
	       " frames from %" G_GUINT64_FORMAT " on added\n", t->variant->name, t->table->name,
	       t->new_array, nr, first);
	for (guint i = 0; i < NR_WORD_TYPES; i++)
		if (t->nr_words[i])
			printf("%-10s %9" G_GUINT64_FORMAT " words\n", word_type_name(i),
			       t->nr_words[i]);
	printf("%" G_GUINT64_FORMAT " blocks on %" G_GUINT64_FORMAT " lists\n", t->nr_blocks,
	       t->nr_lists);
	if (t->nr_lost)
		printf("%" G_GUINT64_FORMAT " struct pages are not in the dump: unassigned Misc\n",
		       t->nr_lost);
}

/* Both files under temporary names; they get their own when both are whole. */
static gboolean write_output(Transcoder *t, const char *dump, GError **error)
{
	static const char *const names[] = { "overlay.o", "vmcore" };
	g_autofree char *text = vmcoreinfo_rewrite(t);
	char *made[2], *wanted[2];
	gboolean ok;

	if (g_mkdir_with_parents(opt_output, 0777)) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_IO, "cannot create %s: %s", opt_output,
			    g_strerror(errno));
		return FALSE;
	}
	for (guint i = 0; i < 2; i++) {
		wanted[i] = g_build_filename(opt_output, names[i], NULL);
		made[i] = g_strconcat(wanted[i], ".part", NULL);
	}
	ok = vmcoreinfo_write_copies(t, text, error) &&
	     overlay_compile(t, opt_cc ? opt_cc : "cc", made[0], error) &&
	     elf_write(t, text, dump, made[1], error);
	for (guint i = 0; i < 2; i++) {
		if (ok && g_rename(made[i], wanted[i])) {
			g_set_error(error, ANZ_ERROR, ANZ_ERROR_IO, "%s: %s", wanted[i],
				    g_strerror(errno));
			ok = FALSE;
		}
		if (!ok)
			g_unlink(made[i]);
	}
	for (guint i = 0; i < 2; i++) {
		g_free(wanted[i]);
		g_free(made[i]);
	}
	return ok;
}

static gboolean transcode(const char *dump, const Variant *variant, const TypeTable *table,
			  GError **error)
{
	g_auto(Transcoder) t = { .variant = variant, .table = table };

	if (!open_dump(&t, dump, error) || !machine_read(&t, error) || !words_write(&t, error) ||
	    !lists_write(&t, error) || !sections_write(&t, error) ||
	    !write_output(&t, dump, error))
		return FALSE;
	if (opt_verbose)
		report(&t);
	return TRUE;
}

static int usage(const char *format, ...) G_GNUC_PRINTF(1, 2);

static int usage(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("transcode: ", stderr);
	vfprintf(stderr, format, args);
	fputs("\nTry transcode --help.\n", stderr);
	va_end(args);
	return 2;
}

int main(int argc, char **argv)
{
	g_autoptr(GOptionContext) context = g_option_context_new(
		"DUMP - rewrite a dump of today's kernels with memory descriptors");
	g_autofree char *names = variant_names();
	g_autofree char *formats = g_strdup_printf("Formats:%s", names);
	g_autoptr(GError) error = NULL;
	const Variant *variant;
	const TypeTable *table;

	g_option_context_add_main_entries(context, options, NULL);
	g_option_context_set_description(context, formats);
	if (!g_option_context_parse(context, &argc, &argv, &error))
		return usage("%s", error->message);
	if (argc != 2 || !opt_format || !opt_output)
		return usage("needs one DUMP, --format NAME and -o DIR");
	variant = variant_find(opt_format);
	if (!variant)
		return usage("there is no format '%s'; choose one of:%s", opt_format, names);
	table = table_find(variant, opt_table);
	if (!table)
		return usage("type table '%s' does not go with format %s", opt_table, opt_format);
	if (!transcode(argv[1], variant, table, &error)) {
		fprintf(stderr, "transcode: %s\n", error->message);
		return 1;
	}
	return 0;
}
