/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From a dump to an analysis: opens the source, learns its kernel's layouts, classifies every page,
 * rebuilds the free lists and writes one SQLite store.
 */
#ifndef ANALYZE_ANALYSIS_H
#define ANALYZE_ANALYSIS_H

#include <analyze/error.h>
#include <analyze/memory.h>
#include <analyze/sketch.h>
#include <analyze/store.h>

G_BEGIN_DECLS

/**
 * AnzSourceOptions: how to open a source.
 * @size: sizeof(AnzSourceOptions); less in a caller built for an older version, for which later members are 0
 * @paths: %NULL-terminated: one dump file, the parts of a split dump, "raw:FILE", or "live", the
 *	memory of this machine ("live:FILE": through another file than /proc/kcore); not used, and may
 *	be %NULL, if there is @memory
 * @memory: (nullable): the caller's own memory instead; what it points at must stay as it is until
 *	the source is closed
 * @vmlinux: (nullable): %NULL-terminated type-info files, first match wins
 * @vmcoreinfo: (nullable): a file with VMCOREINFO text
 * @debug_dirs: (nullable): folders to search for debug files; %NULL for the usual ones
 * @debuginfod_urls: (nullable): ask these servers too
 * @debuginfod_cache: (nullable): where debuginfod keeps what it fetched
 * @memdesc_table: (nullable): type table of a memory-descriptor dump, instead of what it says
 * @buddy_layout: (nullable): layout of its free pages' links, likewise
 * @force: go on when the type info's build-id is not the dump's
 * @live: a raw image or @memory goes on changing while it is read, as "live" always does
 * @log: (nullable): one line of words at a time, without newline
 * @cancel: (nullable): polled with g_atomic_int_get(); non-zero stops the work with
 *	ANZ_ERROR_CANCELLED, leaving nothing half-written
 */
typedef struct {
	gsize size;
	const char *const *paths;
	const AnzMemory *memory;
	const char *const *vmlinux;
	const char *vmcoreinfo;
	const char *const *debug_dirs;
	const char *debuginfod_urls;
	const char *debuginfod_cache;
	const char *memdesc_table;
	const char *buddy_layout;
	gboolean force;
	gboolean live;
	void (*log)(const char *line, gpointer data);
	gpointer log_data;
	const gint *cancel;
} AnzSourceOptions;

#define ANZ_ANALYZE_DEFAULT_MEMORY (512ull << 20)

/**
 * AnzDetail:
 * @ANZ_DETAIL_AUTO: descriptors get rows up to 256 GiB of memory
 * @ANZ_DETAIL_ALL: at any size
 */
typedef enum { ANZ_DETAIL_AUTO, ANZ_DETAIL_ALL } AnzDetail;

/**
 * AnzAnalyzeOptions:
 * @size: sizeof(AnzAnalyzeOptions); as for #AnzSourceOptions
 * @output: (nullable): the file to write; %NULL for a private temporary store
 * @append: add a snapshot to @output
 * @threads: workers that decode pages; 0 for one per processor
 * @memory_bytes: what the map of all pages and what is found there may take of memory, mapped files
 *	aside; 0 for %ANZ_ANALYZE_DEFAULT_MEMORY.  A map that does not fit is kept compressed;
 *	descriptors and owners of pages that do not fit lie in a file without a name in the folder of
 *	@output, or /var/tmp.  On top come some 64 MiB, and 32 MiB for each TiB of the machine.
 * @detail: what gets rows
 * @preview: (nullable): a file to write as soon as every page has its class, before owners are
 *	looked for and the books are checked: an analysis without those tables, with 1 under
 *	analysis.preliminary in table meta
 * @preview_ready: (nullable): called from the calling thread once it is whole
 * @progress: (nullable): called from the calling thread, at most some ten times a second;
 *	@total is 0 while unknown
 * @sketch_ready: (nullable): called from the calling thread before struct pages are read, with a sketch of
 *	all memory from a sample; it gets better while they are.  Take a reference to keep it
 */
typedef struct {
	gsize size;
	const char *output;
	gboolean append;
	guint threads;
	guint64 memory_bytes;
	AnzDetail detail;
	const char *preview;
	void (*preview_ready)(const char *path, gpointer data);
	gpointer preview_data;
	void (*progress)(const char *stage, guint64 done, guint64 total, gpointer data);
	gpointer progress_data;
	void (*sketch_ready)(AnzSketch *sketch, gpointer data);
	gpointer sketch_data;
} AnzAnalyzeOptions;

typedef struct AnzSource AnzSource;

/**
 * anz_source_open:
 *
 * Returns: (transfer full): %NULL with @error: IO, FORMAT, UNSUPPORTED, NO_DEBUG_INFO, MISMATCH,
 * NO_MEMORY_AT, KERNEL, CANCELLED.
 */
AnzSource *anz_source_open(const AnzSourceOptions *options, GError **error);

/**
 * anz_source_reopen:
 * @store: (transfer none): an analysis
 * @options: as for anz_source_open(); @paths is not used, and without @vmlinux the type-info files are
 *	those that the analysis names
 *
 * The dump that @store was made from, if it still lies where it was, for the bytes that an analysis
 * does not hold.
 *
 * Returns: (transfer full): %NULL with @error: ARGUMENT if the analysis names no dump, MISMATCH if its
 * size is another now, or as anz_source_open().
 */
AnzSource *anz_source_reopen(AnzStore *store, const AnzSourceOptions *options, GError **error);

void anz_source_close(AnzSource *source);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AnzSource, anz_source_close)

/**
 * anz_source_analyze:
 *
 * Runs every stage and returns the store, opened for reading.  The store stays valid after
 * @source is closed.
 *
 * Live memory is read without stopping it.  Walks are bounded and begin anew where a list changes under
 * them; what rules object to counts only when five looks at all memory found it alike, and is suppressed
 * where lists, counters and pages, which were read at different moments, disagree; and counters may
 * differ by as many pages as changed hands meanwhile.  Each call looks anew.
 */
AnzStore *anz_source_analyze(AnzSource *source, const AnzAnalyzeOptions *options,
			     GError **error);

/** %TRUE if some page array or free-list memory could not be read in the last analysis. */
gboolean anz_source_was_partial(const AnzSource *source);

/**
 * anz_source_other_machine:
 * @store: an earlier analysis
 *
 * What tells that @source is not a dump of the machine in @store: name or architecture.
 *
 * Returns: (transfer full): in words, "there" being @store and "here" @source; %NULL if nothing does.
 */
char *anz_source_other_machine(AnzSource *source, AnzStore *store);

/** Size of one struct page in bytes. */
gsize anz_source_struct_page_size(const AnzSource *source);

/**
 * anz_source_read_struct_page:
 * @buf: anz_source_struct_page_size() bytes
 *
 * Raw bytes of the struct page of @pfn.  %FALSE if there is none or it is not in the dump.
 */
gboolean anz_source_read_struct_page(AnzSource *source, guint64 pfn, void *buf);

/**
 * anz_source_describe_page:
 * @store: (transfer none): an analysis of this very source
 *
 * The page's own bytes in words: in a memory-descriptor format the fields of its word and the members
 * of its descriptor by name, otherwise the members of the struct that overlays its struct page.
 *
 * Returns: (transfer full): %NULL-terminated lines "name: value"; %NULL with @error.
 */
char **anz_source_describe_page(AnzSource *source, AnzStore *store, guint64 pfn, GError **error);

/**
 * anz_source_describe_struct:
 * @type: name of a struct or union of the dumped kernel, without "struct "
 * @address: kernel virtual address of one
 *
 * Its members in words.  At most 200 lines, 8 elements of an array, 4 KiB.
 *
 * Returns: (transfer full): %NULL-terminated lines "name: value"; %NULL with @error (ARGUMENT: no such
 * type; NO_MEMORY_AT: not in the dump).
 */
char **anz_source_describe_struct(AnzSource *source, const char *type, guint64 address,
				  GError **error);

/**
 * anz_source_read_physical:
 *
 * Returns: how many of @len bytes at @paddr could be read.
 */
gsize anz_source_read_physical(AnzSource *source, guint64 paddr, void *buf, gsize len);

/** Physical address behind a kernel virtual one, by the kernel's page tables. */
gboolean anz_source_translate(AnzSource *source, guint64 vaddr, guint64 *paddr);

/**
 * anz_source_translate_process:
 * @mm: address of its struct mm_struct, as in tables tasks and processes
 *
 * The same for an address of a process, by its own page tables.
 */
gboolean anz_source_translate_process(AnzSource *source, guint64 mm, guint64 vaddr,
				      guint64 *paddr);

/** "6.12.0-rc1 (libanalyze 0.1.0)"-like version of this library. */
const char *anz_version(void);

G_END_DECLS

#endif
