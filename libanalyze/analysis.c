/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The stages of an analysis, in order: image, types, kernel, pages, lists, census, store.
 */
#include <analyze/analysis.h>
#include <analyze/drgn.h>

#include <string.h>

#include "check/check.h"
#include "check/still.h"
#include "drgn/drgn-source.h"
#include "graph/describe.h"
#include "graph/extents.h"
#include "graph/graph.h"
#include "graph/metadata.h"
#include "graph/slab.h"
#include "image/tables.h"
#include "kernel/identity.h"
#include "pages/sketch.h"
#include "source-priv.h"
#include "store/graph-rows.h"
#include "store/snapshot.h"

const char *anz_version(void)
{
	return MEMDESC_VERSION;
}

static gboolean cancelled(const gint *cancel, GError **error)
{
	if (!anz_is_cancelled(cancel))
		return FALSE;
	g_set_error(error, ANZ_ERROR, ANZ_ERROR_CANCELLED, "interrupted");
	return TRUE;
}

static void log_line(const AnzSourceOptions *options, const char *line)
{
	if (options->log)
		options->log(line, options->log_data);
}

/*
 * Everything that finds struct page begins in VMCOREINFO; a dump that has it neither as a note nor
 * in its memory cannot be read further.
 */
static gboolean have_vmcoreinfo(const AnzSource *source, GError **error)
{
	if (!anz_vmcoreinfo_is_empty(anz_image_vmcoreinfo(source->image)))
		return TRUE;
	g_set_error(error, ANZ_ERROR, ANZ_ERROR_KERNEL,
		    "%s: no VMCOREINFO, neither as a note nor in the dumped memory, so this may be no "
		    "Linux kernel's dump; if you have its text, name it with --vmcoreinfo FILE",
		    source->paths[0]);
	return FALSE;
}

static void append_to(GError *error, const char *more)
{
	char *both = g_strconcat(error->message, more, NULL);

	g_free(error->message);
	error->message = both;
}

/* A stage begins; what it reads is counted apart. */
static void stage(const AnzSource *source, AnzReadFor what)
{
	anz_image_reading_for(source->image, what);
}

/*
 * Of machines other than x86-64 and arm64 only an ELF dump says, in its program headers, what lies at which
 * address.  Whether that leads to struct page is tried at the first frames of some ranges of memory.
 */
static gboolean finds_pages(const AnzSource *source, AnzKernel *kernel)
{
	guint64 pfn = 0, nr_pages, address;
	AnzMemState state;
	guint8 word[8];

	if (anz_image_arch(source->image) != ANZ_ARCH_OTHER)
		return TRUE;
	for (guint i = 0; i < 64 && anz_image_ram_run(source->image, pfn, &pfn, &nr_pages, &state); i++) {
		address = anz_kernel_page_address(kernel, pfn);
		if (address && anz_kernel_read(kernel, address, word, sizeof(word)))
			return TRUE;
		pfn += nr_pages;
	}
	return FALSE;
}

/* By two pointers in a row, whose size VMCOREINFO states of every kernel. */
static gboolean is_32_bit(const AnzSource *source)
{
	guint64 size;

	return anz_vmcoreinfo_size(anz_image_vmcoreinfo(source->image), "list_head", &size) && size == 8;
}

/* Without layouts the kernel is opened by what VMCOREINFO states, which may not do. */
static AnzKernel *open_kernel(const AnzSource *source, GError **error)
{
	const AnzKernelOptions options = {
		.memdesc_table = source->memdesc_table,
		.buddy_layout = source->buddy_layout,
	};
	const char *missing = anz_types_missing(source->types);
	g_autoptr(GError) why = NULL;
	AnzKernel *kernel;

	stage(source, ANZ_READ_OPENING);
	anz_image_forget(source->image);
	kernel = anz_kernel_open(source->image, source->types, &options, &why);
	if (kernel && !finds_pages(source, kernel)) {
		g_clear_pointer(&kernel, anz_kernel_free);
		g_set_error_literal(&why, ANZ_ERROR, ANZ_ERROR_UNSUPPORTED, "no struct page is found");
	}
	if (kernel) {
		if (missing)
			anz_kernel_remark(kernel, "warning", "types", 1,
					  "no type information: only what VMCOREINFO states is known of "
					  "this kernel's structures; per-cpu lists, migratetypes, reserved "
					  "pages, mapcounts of large folios, owners and all counters but "
					  "NR_FREE_PAGES are missing; name its vmlinux with --vmlinux");
		return kernel;
	}
	if (is_32_bit(source)) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_UNSUPPORTED,
			    "%s: memory of a 32-bit kernel, of which nothing is understood here; look at it "
			    "with crash", source->paths[0]);
		return NULL;
	}
	if (anz_image_arch(source->image) == ANZ_ARCH_OTHER) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_UNSUPPORTED,
			    "%s: memory of a machine of another kind (%s): page tables of x86-64 and arm64 "
			    "only are understood, and without them %s; look at it with crash or drgn",
			    source->paths[0], anz_image_arch_name(source->image), why->message);
		return NULL;
	}
	if (missing)
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_NO_DEBUG_INFO,
			    "%s\n  VMCOREINFO alone does not do: %s", missing, why->message);
	else
		g_propagate_prefixed_error(error, g_steal_pointer(&why), "%s: ",
					   source->paths[0]);
	if (error && *error && anz_image_is_incomplete(source->image))
		append_to(*error, "; the dump is incomplete, so copy it again, name all its parts, or "
			  "take another one");
	return NULL;
}

/* The source that drgn reads, if it is one; %FALSE with @error if it cannot. */
static gboolean open_drgn(AnzSource *source, const AnzSourceOptions *options,
			  struct drgn_program *program, GError **error)
{
	const char *what = options->paths && options->paths[0] && !options->memory ?
			   anz_drgn_word(options->paths[0]) : NULL;

	if (!program && !what)
		return TRUE;
	source->drgn = anz_drgn_open(what, program, options->vmlinux, error);
	return source->drgn != NULL;
}

static AnzTypes *open_types(const AnzSource *source, const AnzTypesOptions *options, GError **error)
{
	return source->drgn ? anz_drgn_types(source->drgn) : anz_types_open(options, error);
}

static AnzSource *open_source(const AnzSourceOptions *options, struct drgn_program *program,
			      GError **error)
{
	g_autoptr(AnzSource) source = g_new0(AnzSource, 1);
	AnzImageOptions image_options = {
		.vmcoreinfo_path = options->vmcoreinfo,
		.log = options->log,
		.log_data = options->log_data,
		.cancel = options->cancel,
		.is_live = options->live,
	};
	AnzTypesOptions types_options = {
		.files = options->vmlinux,
		.search_dirs = options->debug_dirs,
		.debuginfod_urls = options->debuginfod_urls,
		.debuginfod_cache = options->debuginfod_cache,
		.force = options->force,
		.log = options->log,
		.log_data = options->log_data,
	};
	const AnzMemory *memory = options->memory;
	const AnzVmcoreinfo *info;

	if (!memory && !program && (!options->paths || !options->paths[0])) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_ARGUMENT, "no source was named");
		return NULL;
	}
	if (!open_drgn(source, options, program, error))
		return NULL;
	if (source->drgn) {
		memory = anz_drgn_memory(source->drgn);
		image_options.is_live |= anz_drgn_is_live(source->drgn);
		image_options.reader = "the drgn program";
	}
	source->is_callers = memory != NULL;
	source->paths = source->is_callers ?
		g_strsplit(memory->name ? memory->name : "memory", "\n", 1) :
		g_strdupv((char **)options->paths);
	source->cancel = options->cancel;
	source->log = options->log;
	source->log_data = options->log_data;
	source->memdesc_table = g_strdup(options->memdesc_table);
	source->buddy_layout = g_strdup(options->buddy_layout);
	source->image = source->is_callers ?
		anz_image_open_callbacks(memory, &image_options, error) :
		anz_image_open(options->paths, &image_options, error);
	if (!source->image || cancelled(options->cancel, error) || !have_vmcoreinfo(source, error))
		return NULL;
	if (anz_image_is_incomplete(source->image))
		log_line(options, "the dump is incomplete: what is missing counts as unreadable");
	info = anz_image_vmcoreinfo(source->image);
	types_options.build_id = anz_vmcoreinfo_line(info, "BUILD-ID");
	types_options.release = anz_vmcoreinfo_line(info, "OSRELEASE");
	types_options.dump_name = source->paths[0];
	types_options.image = source->image;
	source->types = open_types(source, &types_options, error);
	if (!source->types || cancelled(options->cancel, error))
		return NULL;
	source->kernel = open_kernel(source, error);
	return source->kernel ? g_steal_pointer(&source) : NULL;
}

/*
 * @to: options as this version has them, all zero; @from: the caller's, whose first member is their size.  New
 * members come at the end and mean nothing when they are 0, so that a caller built for an older version
 * has what it had.
 */
static gboolean take_options(gpointer to, gsize size, gconstpointer from, GError **error)
{
	gsize given;

	memcpy(&given, from, sizeof(given));
	if (given < sizeof(given) || given > size) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_ARGUMENT,
			    "options of %" G_GSIZE_FORMAT " bytes: this libanalyze, which knows %"
			    G_GSIZE_FORMAT ", is older than what its caller was built for", given, size);
		return FALSE;
	}
	memcpy(to, from, given);
	return TRUE;
}

AnzSource *anz_source_open(const AnzSourceOptions *options, GError **error)
{
	AnzSourceOptions mine = { 0 };

	g_return_val_if_fail(options, NULL);
	return take_options(&mine, sizeof(mine), options, error) ? open_source(&mine, NULL, error) :
	       NULL;
}

AnzSource *anz_source_open_drgn(struct drgn_program *program, const AnzSourceOptions *options,
				GError **error)
{
	AnzSourceOptions mine = { 0 };

	g_return_val_if_fail(program && options, NULL);
	return take_options(&mine, sizeof(mine), options, error) ? open_source(&mine, program, error) :
	       NULL;
}

void anz_source_close(AnzSource *source)
{
	if (!source)
		return;
	anz_kernel_free(source->kernel);
	anz_types_free(source->types);
	anz_image_free(source->image);
	anz_drgn_free(source->drgn);
	g_strfreev(source->paths);
	g_free(source->memdesc_table);
	g_free(source->buddy_layout);
	g_free(source);
}

/* What the decoder met and did not understand; what contradicts itself is for the rules. */
static void remark_decoding(AnzKernel *kernel, const AnzDecodeStats *stats)
{
	if (stats->odd_mapping)
		anz_kernel_remark(kernel, "note", "mapping", stats->odd_mapping,
				  "untyped pages whose mapping word is no pointer; they show as "
				  "kernel-other");
	if (stats->fake_heads)
		anz_kernel_remark(kernel, "note", "compound", stats->fake_heads,
				  "struct pages shared by optimised hugetlb vmemmap");
	if (stats->unmapped)
		anz_kernel_remark(kernel, "warning", "section", stats->unmapped,
				  "struct pages that a section claims but that are not mapped");
}

typedef struct {
	AnzStoreWriter *writer;
	const AnzAnalyzeOptions *options;
	const char *folder;	/* (nullable): for what does not fit the budget */
	gint64 last_report;	/* monotonic microseconds */
	gboolean has_wide_values;
	guint nr_looks;
	gboolean is_partial;	/* live memory: at every look */
	guint64 bytes_before[ANZ_N_READS];	/* of live memory, read for earlier analyses */
} Run;

/*
 * Looks at live memory in all before what was wrong at each of them counts.  Something in the making may
 * well be there at two looks: a task that is not running holds its page until it runs again.
 */
#define LIVE_LOOKS 5

static void report(Run *run, const char *stage, guint64 done, guint64 total)
{
	gint64 now = g_get_monotonic_time();

	if (!run->options->progress || (done < total && now - run->last_report < 100000))
		return;
	run->last_report = now;
	run->options->progress(stage, done, total, run->options->progress_data);
}

static void pages_progress(guint64 done, guint64 total, gpointer data)
{
	report(data, "reading struct pages", done, total);
}

static void sink_tile(guint64 tile, const guint32 *flags, const gint32 *refcount,
		      const gint32 *mapcount, const guint8 *generation, const guint8 *refs, gpointer data)
{
	Run *run = data;

	/* Memory descriptors of 8 and 16 bytes have neither flags nor counts in struct page. */
	if (!run->has_wide_values)
		return;
	anz_store_writer_tile(run->writer, ANZ_PLANE_FLAGS, tile, flags);
	anz_store_writer_tile(run->writer, ANZ_PLANE_REFCOUNT, tile, refcount);
	anz_store_writer_tile(run->writer, ANZ_PLANE_MAPCOUNT, tile, mapcount);
	if (generation)
		anz_store_writer_tile(run->writer, ANZ_PLANE_GENERATION, tile, generation);
	if (refs)
		anz_store_writer_tile(run->writer, ANZ_PLANE_LRU_REFS, tile, refs);
}

/* An analysis is read from other folders than it was made in. */
static char *absolute_source(const char *path)
{
	g_autofree char *absolute = NULL;

	if (!strcmp(path, "live") || g_str_has_prefix(path, "live:"))
		return g_strdup(path);
	if (!g_str_has_prefix(path, "raw:"))
		return g_canonicalize_filename(path, NULL);
	absolute = g_canonicalize_filename(path + strlen("raw:"), NULL);
	return g_strconcat("raw:", absolute, NULL);
}

static void write_source(AnzStoreWriter *writer, const AnzSource *source)
{
	const AnzImage *image = source->image;
	g_autoptr(GPtrArray) absolute = g_ptr_array_new_with_free_func(g_free);
	g_autofree char *paths = NULL, *described = NULL;

	for (guint i = 0; source->paths[i]; i++)
		g_ptr_array_add(absolute, source->is_callers ? g_strdup(source->paths[i]) :
				absolute_source(source->paths[i]));
	g_ptr_array_add(absolute, NULL);
	paths = g_strjoinv("\n", (char **)absolute->pdata);
	described = g_strjoinv("\n", (char **)anz_types_describe(source->types));
	anz_store_writer_meta(writer, "source.path", "%s", paths);
	anz_store_writer_meta(writer, "source.format", "%s", anz_image_format(image));
	anz_store_writer_meta(writer, "source.bytes", "%" G_GUINT64_FORMAT,
			      anz_image_file_bytes(image));
	anz_store_writer_meta(writer, "source.filtered", "%d", anz_image_is_filtered(image));
	anz_store_writer_meta(writer, "source.incomplete", "%d", anz_image_is_incomplete(image));
	anz_store_writer_meta(writer, "source.zero_ambiguous", "%d",
			      anz_image_zero_is_ambiguous(image));
	anz_store_writer_meta(writer, "source.type_info", "%s", described);
	anz_store_writer_meta(writer, "source.types", "%s",
			      anz_kernel_layout_origin(source->kernel));
	if (anz_image_is_live(image))
		anz_store_writer_meta(writer, "source.live", "1");
	if (anz_image_vmcoreinfo_origin(image))
		anz_store_writer_meta(writer, "vmcoreinfo.origin", "%s",
				      anz_image_vmcoreinfo_origin(image));
}

static char *iso_time(gint64 seconds)
{
	g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(seconds);

	return time ? g_date_time_format(time, "%Y-%m-%dT%H:%M:%SZ") : NULL;
}

static void write_snapshot_row(AnzStoreWriter *writer, const AnzKernel *kernel, gint64 taken)
{
	g_autofree char *then = taken >= 0 ? iso_time(taken) : NULL;
	g_autofree char *now = iso_time(g_get_real_time() / G_USEC_PER_SEC);

	anz_store_writer_insert(writer, "snapshot", "sssuu", then, now, MEMDESC_VERSION,
				kernel->max_pfn, (guint64)1 << kernel->page_shift);
}

/*
 * Above this much memory, descriptors, mappings and owners come only on demand: finding owners reads
 * a structure for each folio and each page table.
 */
#define DETAIL_LIMIT_BYTES (256ull << 30)

static gboolean wants_details(AnzKernel *kernel, const AnzAnalyzeOptions *options)
{
	guint64 pages = 0;

	for (guint i = 0; i < kernel->zones->len; i++)
		pages += g_array_index(kernel->zones, AnzZone, i).present;
	if (options->detail == ANZ_DETAIL_ALL || pages <= DETAIL_LIMIT_BYTES >> kernel->page_shift)
		return TRUE;
	anz_kernel_remark(kernel, "note", "detail", 1,
			  "owners of pages were not looked for, and %shave no rows of their own, because "
			  "the machine has more than 256 GiB of memory; analyze --detail all does both",
			  kernel->memdesc ? "descriptors, mappings and page tables " :
			  "mappings and page tables ");
	return FALSE;
}

/**
 * Look: one look at the whole machine, from struct pages to findings.
 * @kernel: as it was when the look began
 */
typedef struct {
	AnzKernel *kernel;
	AnzPlanes *planes;
	AnzLists *lists;
	AnzSpool *descriptors;
	AnzGraph *graph;
	AnzCensus *census;
	GArray *lines;
	AnzFindings *findings;
	GArray *states;		/* AnzZoneState; NULL: not live */
	gboolean detailed;
} Look;

static void look_clear(Look *look)
{
	g_clear_pointer(&look->findings, anz_findings_free);
	g_clear_pointer(&look->states, g_array_unref);
	g_clear_pointer(&look->lines, g_array_unref);
	g_clear_pointer(&look->census, anz_census_free);
	g_clear_pointer(&look->graph, anz_graph_free);
	g_clear_pointer(&look->descriptors, anz_spool_free);
	g_clear_pointer(&look->lists, anz_lists_free);
	g_clear_pointer(&look->planes, anz_planes_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Look, look_clear)

/* What a viewer can show while the slower stages run: classes, runs, zones and free lists. */
static gboolean write_preview(AnzSource *source, Run *run, const Look *look, GError **error)
{
	g_autoptr(AnzIdentity) identity = NULL;
	g_autoptr(AnzCensus) census = NULL;
	g_autoptr(AnzStoreWriter) writer = NULL;
	g_autoptr(AnzStore) store = NULL;
	g_autoptr(GArray) no_lines = g_array_new(FALSE, FALSE, sizeof(AnzReconciliation));

	if (!run->options->preview)
		return TRUE;
	writer = anz_store_writer_new(run->options->preview, FALSE, error);
	census = writer ? anz_census_take(look->planes, source->cancel, error) : NULL;
	if (!census)
		return FALSE;
	identity = anz_identity_read(look->kernel);
	write_snapshot_row(writer, look->kernel, identity->time);
	write_source(writer, source);
	anz_snapshot_write_lists(writer, look->kernel, look->lists);
	anz_snapshot_write_census(writer, look->kernel, census, no_lines);
	if (!anz_snapshot_write_planes(writer, look->kernel, look->planes, source->cancel, error))
		return FALSE;
	anz_snapshot_write_kernel(writer, look->kernel, look->lists, identity);
	anz_store_writer_meta(writer, "analysis.preliminary", "1");
	store = anz_store_writer_commit(g_steal_pointer(&writer), error);
	if (store && run->options->preview_ready)
		run->options->preview_ready(run->options->preview, run->options->preview_data);
	return store != NULL;
}

/* A sample of all struct pages, for who cannot wait; %NULL if nobody does, or it was cancelled. */
static AnzSketch *draw_sketch(AnzSource *source, Run *run, const AnzKernel *kernel)
{
	g_autoptr(AnzSketch) sketch = NULL;
	g_autoptr(GArray) numbers = NULL;

	if (!run->options->sketch_ready)
		return NULL;
	report(run, "looking here and there", 0, 0);
	numbers = anz_planes_tile_numbers(kernel);
	sketch = anz_sketch_new((const guint64 *)numbers->data, numbers->len, kernel->max_pfn);
	if (!anz_sketch_sample(sketch, kernel, source->image, source->cancel))
		return NULL;
	run->options->sketch_ready(sketch, run->options->sketch_data);
	return g_steal_pointer(&sketch);
}

/*
 * Every stage but the writing.  The look that is written hands wide values on (@is_written) and makes the
 * preview.
 */
static gboolean look_take(Look *look, AnzSource *source, Run *run, gboolean is_written,
			  GError **error)
{
	const AnzAnalyzeOptions *options = run->options;
	AnzKernel *kernel = look->kernel;
	const gint *cancel = source->cancel;
	gboolean is_live = anz_image_is_live(source->image), is_counted;
	guint64 before = 0, after = 0;
	gint64 on_pcp = 0;
	g_autoptr(AnzSketch) sketch = NULL;
	AnzChecker checker;

	look->states = is_live ? anz_zone_states_take(kernel) : NULL;
	is_counted = is_live && anz_kernel_moved_pages(kernel, &before);
	if (is_live)
		anz_lists_pcp_counts(kernel, &on_pcp);
	stage(source, ANZ_READ_PAGES);
	sketch = is_written ? draw_sketch(source, run, kernel) : NULL;
	look->planes = anz_planes_decode(kernel, options->threads, options->memory_bytes / 2,
					 is_written ? sink_tile : NULL, run, sketch, pages_progress,
					 run, cancel, error);
	if (!look->planes)
		return FALSE;
	anz_spool_room_set_folder(look->planes->room, run->folder);
	anz_spool_room_set_cancel(look->planes->room, cancel);
	stage(source, ANZ_READ_LISTS);
	report(run, "walking free lists", 0, 0);
	look->lists = anz_lists_walk(kernel, look->planes, cancel, error);
	stage(source, ANZ_READ_DESCRIPTORS);
	look->descriptors = look->lists ?
		anz_extents_resolve(kernel, look->planes, cancel, error) : NULL;
	if (!look->descriptors)
		return FALSE;
	if (is_live)
		anz_zone_states_add_lists(look->states, look->lists);
	remark_decoding(kernel, &look->planes->stats);
	if (!anz_planes_finish(look->planes, kernel, cancel, error) ||
	    (is_written && !write_preview(source, run, look, error)))
		return FALSE;
	look->detailed = wants_details(kernel, options);
	report(run, "finding owners", 0, 0);
	look->graph = anz_graph_new(kernel, look->planes, look->lists, look->descriptors, cancel);
	if (look->detailed)
		anz_graph_build(look->graph);
	if (cancelled(cancel, error))
		return FALSE;
	look->census = anz_census_take(look->planes, cancel, error);
	if (!look->census)
		return FALSE;
	memcpy(look->census->unmarked, look->graph->found, sizeof(look->census->unmarked));
	look->census->kfence = look->graph->slabs ? look->graph->slabs->kfence_pages : 0;
	if (is_live) {
		anz_lists_pcp_sum(look->lists, &look->census->drained);
		look->census->drained = MAX(look->census->drained, on_pcp);
		look->census->moved = is_counted && anz_kernel_moved_pages(kernel, &after) ?
				      (gint64)(after - before) : -1;
	}
	look->lines = anz_census_reconcile(look->census, look->lists, kernel);
	stage(source, ANZ_READ_CHECKS);
	report(run, "checking", 0, 0);
	look->findings = anz_findings_new();
	checker = (AnzChecker){ .kernel = kernel, .planes = look->planes, .lists = look->lists,
				.descriptors = look->descriptors, .graph = look->graph,
				.census = look->census, .reconciliation = look->lines,
				.findings = look->findings, .cancel = cancel };
	return anz_check_run(&checker, error);
}

/* What is still found after so many looks, and the first of it. */
static void log_left(const AnzSource *source, const AnzFindings *findings, guint nr_looks)
{
	for (guint i = 0; source->log && i < findings->found->len; i++) {
		const AnzFinding *it = &g_array_index(findings->found, AnzFinding, i);
		g_autofree char *line = NULL;

		if (it->suppressed)
			continue;
		line = g_strdup_printf("found alike at %u looks: %s, pfn %" G_GINT64_FORMAT ", %s: expected "
				       "%s, seen %s", nr_looks, anz_check_rule(it->rule)->id,
				       (gint64)it->pfn, it->object ? it->object : "-",
				       it->expected ? it->expected : "-", it->seen ? it->seen : "-");
		source->log(line, source->log_data);
		return;
	}
}

/* Whether something that all this rests on could not be read. */
static gboolean is_partial(const Look *look)
{
	return look->lists->broken || !look->kernel->zones->len ||
	       look->census->pages[ANZ_CLASS_UNREADABLE] || look->census->pages[ANZ_CLASS_EXCLUDED];
}

/* What counts has to be seen again; so has, once, what may count because nothing happens in its zone. */
static gboolean is_another_wanted(const Look *look, guint nr_again)
{
	g_autofree gboolean *still = NULL;

	if (anz_findings_any(look->findings))
		return TRUE;
	still = nr_again == 1 ? anz_zone_states_still(look->states, NULL, look->kernel) : NULL;
	return still && anz_findings_may_count(look->findings, still);
}

/*
 * In live memory a rule may seem broken because something was half done, or done between two reads.  What
 * is wrong is still so at the next look; and what cannot be read, as where a link led that was no more one.
 */
static gboolean look_again(const Look *look, AnzSource *source, Run *run, GError **error)
{
	for (guint i = 1; i < LIVE_LOOKS && (run->is_partial || is_another_wanted(look, i)); i++) {
		g_autoptr(AnzKernel) kernel = open_kernel(source, error);
		g_auto(Look) again = { .kernel = kernel };
		g_autofree gboolean *still = NULL;

		if (!kernel || !look_take(&again, source, run, FALSE, error))
			return FALSE;
		still = anz_zone_states_still(look->states, again.states, kernel);
		anz_findings_confirm(look->findings, again.findings, still);
		run->is_partial &= is_partial(&again);
		run->nr_looks++;
		log_left(source, look->findings, run->nr_looks);
	}
	return TRUE;
}

static void write_reads(AnzStoreWriter *writer, const AnzSource *source, const Run *run)
{
	guint64 sum = 0;

	for (guint i = 0; i < ANZ_N_READS; i++) {
		guint64 bytes = anz_image_bytes_read(source->image, i) - run->bytes_before[i];
		g_autofree char *key = g_strdup_printf("analysis.read.%s", anz_read_for_name(i));

		sum += bytes;
		if (bytes)
			anz_store_writer_meta(writer, key, "%" G_GUINT64_FORMAT, bytes);
	}
	anz_store_writer_meta(writer, "analysis.bytes_read", "%" G_GUINT64_FORMAT, sum);
}

static gboolean write_all(AnzSource *source, Run *run, const Look *look, gint64 began, GError **error)
{
	AnzKernel *kernel = look->kernel;
	g_autoptr(AnzIdentity) identity = NULL;
	g_autoptr(AnzMetadata) metadata = NULL;
	guint64 lost = 0, ram_frames = 0, pfn = 0, start, nr_pages;
	AnzStoreWriter *writer = run->writer;
	AnzMemState state;

	stage(source, ANZ_READ_REST);
	identity = anz_identity_read(kernel);
	metadata = anz_metadata_take(kernel, look->planes, look->descriptors, source->cancel, error);
	if (!metadata)
		return FALSE;
	report(run, "writing", 0, 0);
	source->partial = run->is_partial;
	while (anz_image_ram_run(source->image, pfn, &start, &nr_pages, &state)) {
		ram_frames += nr_pages;
		if (state == ANZ_MEM_LOST)
			lost += nr_pages;
		pfn = start + nr_pages;
	}
	if (lost)
		anz_kernel_remark(kernel, "warning", "source", lost,
				  "pages whose content the dump should hold but does not: it was cut short "
				  "or a part is missing");
	write_snapshot_row(writer, kernel, identity->time);
	write_source(writer, source);
	anz_snapshot_write_ranges(writer, source->image);
	anz_snapshot_write_log(writer, kernel);
	anz_snapshot_write_lists(writer, kernel, look->lists);
	anz_snapshot_write_census(writer, kernel, look->census, look->lines);
	anz_snapshot_write_findings(writer, kernel, look->findings);
	if (look->detailed)
		anz_snapshot_write_descriptors(writer, kernel, look->descriptors);
	anz_snapshot_write_graph(writer, look->graph);
	anz_snapshot_write_metadata(writer, kernel, metadata);
	anz_snapshot_write_spaces(writer, look->graph, look->detailed);
	if (!anz_snapshot_write_planes(writer, kernel, look->planes, source->cancel, error))
		return FALSE;
	anz_snapshot_write_kernel(writer, kernel, look->lists, identity);
	anz_snapshot_write_remarks(writer, kernel);
	anz_store_writer_meta(writer, "memory.frames", "%" G_GUINT64_FORMAT, look->census->max_pfn);
	if (look->planes->stats.fake_heads)
		anz_store_writer_meta(writer, "memory.shared_array_pages", "%" G_GUINT64_FORMAT,
				      look->planes->stats.fake_heads);
	anz_store_writer_meta(writer, "memory.ram_frames", "%" G_GUINT64_FORMAT, ram_frames);
	anz_store_writer_meta(writer, "analysis.partial", "%d", source->partial);
	anz_store_writer_meta(writer, "analysis.seconds", "%.3f",
			      (g_get_monotonic_time() - began) / 1e6);
	if (anz_image_is_live(source->image)) {
		anz_store_writer_meta(writer, "analysis.looks", "%u", run->nr_looks);
		write_reads(writer, source, run);
		if (look->census->moved >= 0)
			anz_store_writer_meta(writer, "analysis.moved_pages", "%" G_GINT64_FORMAT,
					      look->census->moved);
	}
	return TRUE;
}

/* More memory than was granted is no error, but said. */
static void log_room(const AnzSource *source, const AnzPlanes *planes)
{
	const char *why = anz_spool_room_trouble(planes->room);
	g_autofree char *line = NULL;

	if (!why || !source->log)
		return;
	line = g_strdup_printf("more memory was taken than --memory grants, for what is over could not be "
			       "put into a temporary file: %s", why);
	source->log(line, source->log_data);
}

/* What was resolved of a live kernel when it was opened, or analysed last, is of the past. */
static gboolean refresh_kernel(AnzSource *source, GError **error)
{
	AnzKernel *now;

	if (!anz_image_is_live(source->image) || !source->is_analysed) {
		source->is_analysed = TRUE;
		return TRUE;
	}
	now = open_kernel(source, error);
	if (!now)
		return FALSE;
	anz_kernel_free(source->kernel);
	source->kernel = now;
	return TRUE;
}

AnzStore *anz_source_analyze(AnzSource *source, const AnzAnalyzeOptions *options,
			     GError **error)
{
	g_autoptr(AnzStoreWriter) writer = NULL;
	g_auto(Look) look = { 0 };
	gint64 began = g_get_monotonic_time();
	AnzAnalyzeOptions mine = { 0 };
	Run run = { .options = &mine, .nr_looks = 1 };
	g_autofree char *folder = NULL;

	g_return_val_if_fail(source && options, NULL);
	if (!take_options(&mine, sizeof(mine), options, error))
		return NULL;
	/* Opened first: an output that cannot be written is said before the work, not after. */
	writer = anz_store_writer_new(mine.output, mine.append, error);
	folder = mine.output ? g_path_get_dirname(mine.output) : NULL;
	/* The first analysis is charged with what was read to open the source. */
	for (guint i = 0; source->is_analysed && i < ANZ_N_READS; i++)
		run.bytes_before[i] = anz_image_bytes_read(source->image, i);
	if (!writer || !refresh_kernel(source, error))
		return NULL;
	anz_store_writer_set_cancel(writer, source->cancel);
	run.writer = writer;
	run.folder = folder;
	run.has_wide_values = !source->kernel->memdesc ||
			      source->kernel->memdesc->shape == ANZ_SHAPE_MEMDESC32;
	look.kernel = source->kernel;
	if (!look_take(&look, source, &run, TRUE, error))
		return NULL;
	run.is_partial = is_partial(&look);
	if ((anz_image_is_live(source->image) && !look_again(&look, source, &run, error)) ||
	    !write_all(source, &run, &look, began, error) || cancelled(source->cancel, error))
		return NULL;
	log_room(source, look.planes);
	/* Sorting for the indexes takes memory, too. */
	look_clear(&look);
	return anz_store_writer_commit(g_steal_pointer(&writer), error);
}

gboolean anz_source_was_partial(const AnzSource *source)
{
	return source->partial;
}

gsize anz_source_struct_page_size(const AnzSource *source)
{
	return source->kernel->format.stride;
}

gboolean anz_source_read_struct_page(AnzSource *source, guint64 pfn, void *buf)
{
	guint64 address = anz_kernel_page_address(source->kernel, pfn);

	return address && anz_kernel_read(source->kernel, address, buf,
					  source->kernel->format.stride);
}

char **anz_source_describe_page(AnzSource *source, AnzStore *store, guint64 pfn, GError **error)
{
	g_autoptr(AnzQuery) query = NULL;
	guint8 page_class, order;
	guint64 descriptor = 0;

	if (!anz_store_read_plane(store, ANZ_PLANE_CLASS, pfn, 1, &page_class, error) ||
	    !anz_store_read_plane(store, ANZ_PLANE_ORDER, pfn, 1, &order, error))
		return NULL;
	query = anz_store_query(store, "SELECT descriptor FROM page WHERE pfn = :pfn", error);
	if (!query)
		return NULL;
	anz_query_bind_int(query, ":pfn", pfn);
	if (anz_query_next(query, NULL))
		descriptor = anz_query_int(query, 0);
	return anz_describe_page(source->kernel, pfn, page_class, order, descriptor);
}

char **anz_source_describe_struct(AnzSource *source, const char *type, guint64 address,
				  GError **error)
{
	return anz_describe_struct(source->kernel, type, address, error);
}

gsize anz_source_read_physical(AnzSource *source, guint64 paddr, void *buf, gsize len)
{
	return anz_image_read_phys(source->image, paddr, buf, len, NULL);
}

gboolean anz_source_translate(AnzSource *source, guint64 vaddr, guint64 *paddr)
{
	guint64 len;

	return anz_image_translate(source->image, vaddr, paddr, &len);
}

gboolean anz_source_translate_process(AnzSource *source, guint64 mm, guint64 vaddr,
				      guint64 *paddr)
{
	AnzImage *image = source->image;
	AnzTableEntry entry;
	guint64 pgd, root, len;

	if (!anz_kernel_read_member(source->kernel, mm, "mm_struct", "pgd", &pgd) ||
	    !anz_image_translate(image, anz_kernel_untag(source->kernel, pgd), &root, &len) ||
	    !anz_image_translate_in(image, ANZ_TABLES_USER, root, vaddr, &entry) || !entry.present)
		return FALSE;
	*paddr = entry.paddr + (vaddr - entry.vaddr);
	return TRUE;
}
