/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* memdesc files: who fills the page cache, and what of one file is in memory. */
#include <stdio.h>
#include <string.h>

#include "source.h"
#include "verbs.h"

static const Column file_columns[] = {
	{ "pages", NULL, KIND_PAGES, 0, "frames in the page cache" },
	{ "bytes", "CACHED", KIND_BYTES, 0, "the same in bytes" },
	{ "size", NULL, KIND_BYTES, 0, "size of the file" },
	{ "mapped", NULL, KIND_PAGES, 0, "of the frames, mapped into a process" },
	{ "dirty", NULL, KIND_PAGES, 0, "of the frames, not written back yet" },
	{ "writeback", NULL, KIND_PAGES, COLUMN_EXTRA, "of the frames, being written back" },
	{ "swapped", NULL, KIND_PAGES, 0, "pages of it that are in swap (tmpfs, shared memory)" },
	{ "shadows", NULL, KIND_PAGES, COLUMN_EXTRA, "entries that evicted pages left behind" },
	{ "fs", NULL, KIND_TEXT, 0, "type of file system" },
	{ "device", NULL, KIND_TEXT, 0, "major:minor of the file system" },
	{ "ino", "INODE", KIND_INTEGER, 0, "inode number" },
	{ "deleted", NULL, KIND_BOOLEAN, COLUMN_EXTRA, "its name is gone from its folder" },
	{ "nrpages", NULL, KIND_PAGES, COLUMN_EXTRA,
	  "the kernel's own count (of hugetlb files in huge pages before 6.7)" },
	{ "indexed", NULL, KIND_PAGES, COLUMN_EXTRA, "frames that its page cache tree leads to" },
	{ "disagreeing", NULL, KIND_PAGES, COLUMN_EXTRA,
	  "entries of that tree whose page does not name this file and offset" },
	{ "whole", NULL, KIND_BOOLEAN, COLUMN_EXTRA, "that tree could be walked to its end" },
	{ "inode", "STRUCT_INODE", KIND_ADDRESS, COLUMN_EXTRA, "of struct inode" },
	{ "mapping", NULL, KIND_ADDRESS, COLUMN_EXTRA, "of struct address_space" },
	{ "path", NULL, KIND_TEXT, 0,
	  "its name, as the kernel's root sees it; null: no name is in memory" },
};
static const Table file_table = TABLE("files", file_columns, 0, "one row per file");

static const Column extent_columns[] = {
	{ "offset", NULL, KIND_ADDRESS, 0, "in the file, in bytes" },
	{ "index", NULL, KIND_INTEGER, 0, "the same in pages" },
	{ "pages", NULL, KIND_PAGES, 0, "frames one after another" },
	{ "bytes", "SIZE", KIND_BYTES, 0, "the same in bytes" },
	{ "pfn", NULL, KIND_INTEGER, 0, "the first of them" },
	{ "physical", NULL, KIND_ADDRESS, 0, "its physical address" },
	{ "order", NULL, KIND_INTEGER, 0, "of the folio that the first of them is in" },
	{ "path", NULL, KIND_TEXT, COLUMN_EXTRA, "the file" },
};
static const Table extent_table = TABLE("extents", extent_columns, 0,
					"which offsets of the files named lie in which frames");

/* A file system that is mounted nowhere has its type and a colon before the name. */
#define MATCH_SQL \
	"(:path IS NULL OR f.path = :path OR f.path LIKE '%:' || :path)"

static gboolean print_files(Output *out, AnzStore *store, const Args *args, const char *path,
			    GError **error)
{
	g_autoptr(AnzQuery) query = anz_store_query(store,
		"SELECT f.*, f.pages * " PAGE_SIZE_SQL " AS bytes FROM files f "
		"WHERE f.snapshot = :snapshot AND " MATCH_SQL " "
		"AND (:fs IS NULL OR f.fs = :fs) AND (:deleted = 0 OR f.deleted) "
		"ORDER BY f.pages DESC, f.path, f.mapping LIMIT :largest", error);

	if (!query)
		return FALSE;
	anz_query_bind_text(query, ":path", path);
	anz_query_bind_text(query, ":fs", args->fs);
	anz_query_bind_int(query, ":deleted", args->deleted);
	anz_query_bind_int(query, ":largest", args->largest ? args->largest : -1);
	output_heading(out, "Files in the page cache, largest first");
	return output_query(out, &file_table, query, error);
}

static gboolean print_extents(Output *out, AnzStore *store, const char *path, GError **error)
{
	g_autoptr(AnzQuery) query = anz_store_query(store,
		"SELECT o.position * " PAGE_SIZE_SQL " AS offset, o.position AS \"index\", o.pages, "
		"o.pages * " PAGE_SIZE_SQL " AS bytes, o.pfn, o.pfn * " PAGE_SIZE_SQL " AS physical, "
		"(SELECT \"order\" FROM page WHERE pfn = o.pfn) AS \"order\", f.path "
		"FROM files f JOIN owned o ON o.snapshot = f.snapshot AND o.owner = f.owner "
		"WHERE f.snapshot = :snapshot AND " MATCH_SQL " ORDER BY f.mapping, o.position",
		error);

	if (!query)
		return FALSE;
	anz_query_bind_text(query, ":path", path);
	output_heading(out, "Where it lies");
	return output_query(out, &extent_table, query, error);
}

static gboolean check_path(AnzStore *store, const char *path, GError **error)
{
	g_autoptr(AnzQuery) query = anz_store_query(store,
		"SELECT 1 FROM files f WHERE f.snapshot = :snapshot AND " MATCH_SQL " LIMIT 1", error);
	g_autoptr(GError) err = NULL;

	if (!query)
		return FALSE;
	anz_query_bind_text(query, ":path", path);
	if (anz_query_next(query, &err))
		return TRUE;
	if (err)
		g_propagate_error(error, g_steal_pointer(&err));
	else
		g_set_error(error, CLI_ERROR, CLI_ERROR_FAILED,
			    "%s: no page of a file of that name is in memory; 'memdesc files' lists "
			    "those that have some, as the kernel's root names them", path);
	return FALSE;
}

/*
 * A name in the dumped machine, and not one of the parts of a split dump: those exist here and begin
 * as dumps and analysis files do.
 */
static gboolean is_path(const char *word)
{
	static const char *const magics[] = {
		"KDUMP   ", "DISKDUMP", "makedumpfile", "SQLite format 3",
	};
	char begin[20] = "";
	gboolean is_dump = FALSE;
	FILE *file;

	if (!g_path_is_absolute(word) && !strchr(word, ':'))
		return FALSE;
	file = g_file_test(word, G_FILE_TEST_IS_REGULAR) ? fopen(word, "rbe") : NULL;
	if (!file)
		return TRUE;
	if (fread(begin, 1, sizeof(begin), file) == sizeof(begin)) {
		for (guint i = 0; i < G_N_ELEMENTS(magics); i++)
			is_dump |= !strncmp(begin, magics[i], strlen(magics[i]));
		/* ET_CORE, in either byte order. */
		is_dump |= !strncmp(begin, "\177ELF", 4) && (begin[16] | begin[17]) == 4;
	}
	fclose(file);
	return !is_dump;
}

static gboolean print_all(Output *out, AnzStore *store, Args *args, char **paths, guint n,
			  GError **error)
{
	for (guint i = 0; i < n; i++)
		if (!check_path(store, paths[i], error))
			return FALSE;
	if (!n)
		return print_files(out, store, args, NULL, error);
	for (guint i = 0; i < n; i++)
		if (!print_files(out, store, args, paths[i], error) ||
		    !print_extents(out, store, paths[i], error))
			return FALSE;
	return TRUE;
}

static gboolean run(Args *args, GError **error)
{
	guint n_sources = source_count_words(args, is_path);
	g_autoptr(Output) out = output_open(args, &file_table, verb_files.tables, error);

	if (!out)
		return FALSE;
	if (args->n_words - n_sources > 1) {
		g_set_error(error, CLI_ERROR, CLI_ERROR_USAGE,
			    "one PATH at a time: memdesc files SOURCE PATH");
		return FALSE;
	}

	g_autoptr(Source) source = source_open_owners(args, args->words, n_sources, error);

	if (!source || !print_all(out, source->store, args, args->words + n_sources,
		       args->n_words - n_sources, error))
		return FALSE;
	return output_close(g_steal_pointer(&out), error);
}

static const Option options[] = {
	{ "fs", 0, G_OPTION_ARG_STRING, "TYPE", G_STRUCT_OFFSET(Args, fs),
	  "Only files of this type of file system (ext4, tmpfs ...)." },
	{ "deleted", 0, G_OPTION_ARG_NONE, NULL, G_STRUCT_OFFSET(Args, deleted),
	  "Only files that were deleted while somebody held them open, memfds among them." },
	{ "largest", 0, G_OPTION_ARG_INT64, "N", G_STRUCT_OFFSET(Args, largest),
	  "The N files with most pages." },
	{ NULL }
};

static const Table *const tables[] = { &file_table, &extent_table, NULL };

static const Example examples[] = {
	{ "memdesc files vmcore.memdesc --largest 20", "Who fills the page cache." },
	{ "memdesc files vmcore.memdesc /var/lib/x.db",
	  "Which parts of one file are in memory, and where." },
	{ NULL }
};

const Verb verb_files = {
	.name = "files",
	.arguments = "SOURCE... [PATH]",
	.summary = "files in the page cache, and where one of them lies",
	.description =
		"Prints the files that have pages in memory, largest first: those of mounted file "
		"systems, deleted ones that are still open, shared memory, block devices. Names are "
		"those of the dumped machine, as its first process saw them; a file system that is "
		"mounted nowhere is named by its type (tmpfs:/memfd:name).\n\n"
		"With PATH, the name of one file there, prints which of its offsets lie in which "
		"frames.",
	.options = options,
	.tables = tables,
	.examples = examples,
	.min_words = 1, .max_words = G_MAXUINT,
	.run = run,
};
