/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The stages of an analysis, in order: image, types, kernel, pages, lists, census, store.
 */
#include <analyze/analysis.h>

#include <string.h>

#include "check/check.h"
#include "graph/describe.h"
#include "graph/extents.h"
#include "graph/graph.h"
#include "graph/metadata.h"
#include "image/tables.h"
#include "kernel/identity.h"
#include "source-priv.h"
#include "store/graph-rows.h"
#include "store/snapshot.h"

const char *anz_version(void)
{
	return MEMDESC_VERSION;
}

static gboolean cancelled(const gint *cancel, GError **error)
{
	if (!cancel || !g_atomic_int_get(cancel))
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

/* Without layouts the kernel was opened by what VMCOREINFO states, which may not do. */
static gboolean open_kernel(AnzSource *source, const AnzKernelOptions *options, GError **error)
{
	const char *missing = anz_types_missing(source->types);
	g_autoptr(GError) why = NULL;

	source->kernel = anz_kernel_open(source->image, source->types, options, &why);
	if (source->kernel) {
		if (missing)
			anz_kernel_remark(source->kernel, "warning", "types", 1,
					  "no type information: only what VMCOREINFO states is known of "
					  "this kernel's structures; per-cpu lists, migratetypes, reserved "
					  "pages, mapcounts of large folios, owners and all counters but "
					  "NR_FREE_PAGES are missing; name its vmlinux with --vmlinux");
		return TRUE;
	}
	if (missing) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_NO_DEBUG_INFO,
			    "%s\n  VMCOREINFO alone does not do: %s", missing, why->message);
		return FALSE;
	}
	g_propagate_prefixed_error(error, g_steal_pointer(&why), "%s: ", source->paths[0]);
	if (error && *error && anz_image_is_incomplete(source->image))
		append_to(*error, "; the dump is incomplete, so copy it again or take another one");
	return FALSE;
}

static AnzSource *open_source(const AnzSourceOptions *options, GError **error)
{
	g_autoptr(AnzSource) source = g_new0(AnzSource, 1);
	AnzImageOptions image_options = {
		.vmcoreinfo_path = options->vmcoreinfo,
		.log = options->log,
		.log_data = options->log_data,
		.cancel = options->cancel,
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
	AnzKernelOptions kernel_options = {
		.memdesc_table = options->memdesc_table,
		.buddy_layout = options->buddy_layout,
	};
	const AnzVmcoreinfo *info;

	if (!options->memory && (!options->paths || !options->paths[0])) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_ARGUMENT, "no source was named");
		return NULL;
	}
	source->is_callers = options->memory != NULL;
	source->paths = source->is_callers ?
		g_strsplit(options->memory->name ? options->memory->name : "memory", "\n", 1) :
		g_strdupv((char **)options->paths);
	source->cancel = options->cancel;
	source->image = source->is_callers ?
		anz_image_open_callbacks(options->memory, &image_options, error) :
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
	source->types = anz_types_open(&types_options, error);
	if (!source->types || cancelled(options->cancel, error))
		return NULL;
	return open_kernel(source, &kernel_options, error) ? g_steal_pointer(&source) : NULL;
}

AnzSource *anz_source_open(const AnzSourceOptions *options, GError **error)
{
	/* Before anything else of it is read: a caller built for another version may have less. */
	g_return_val_if_fail(options && options->size == sizeof(*options), NULL);
	return open_source(options, error);
}

void anz_source_close(AnzSource *source)
{
	if (!source)
		return;
	anz_kernel_free(source->kernel);
	anz_types_free(source->types);
	anz_image_free(source->image);
	g_strfreev(source->paths);
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
	gint64 last_report;	/* monotonic microseconds */
	gboolean has_wide_values;
	gboolean detailed;	/* owners are looked for, descriptors get rows */
} Run;

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
		      const gint32 *mapcount, gpointer data)
{
	Run *run = data;

	/* Memory descriptors of 8 and 16 bytes have neither flags nor counts in struct page. */
	if (!run->has_wide_values)
		return;
	anz_store_writer_tile(run->writer, ANZ_PLANE_FLAGS, tile, flags);
	anz_store_writer_tile(run->writer, ANZ_PLANE_REFCOUNT, tile, refcount);
	anz_store_writer_tile(run->writer, ANZ_PLANE_MAPCOUNT, tile, mapcount);
}

static void write_source(AnzStoreWriter *writer, const AnzSource *source)
{
	const AnzImage *image = source->image;
	g_autoptr(GPtrArray) absolute = g_ptr_array_new_with_free_func(g_free);
	g_autofree char *paths = NULL, *described = NULL;

	for (guint i = 0; source->paths[i]; i++)
		g_ptr_array_add(absolute, source->is_callers ||
				g_str_has_prefix(source->paths[i], "raw:") ?
				g_strdup(source->paths[i]) :
				g_canonicalize_filename(source->paths[i], NULL));
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

/* What a viewer can show while the slower stages run: classes, runs, zones and free lists. */
static gboolean write_preview(AnzSource *source, Run *run, AnzPlanes *planes, const AnzLists *lists,
			      GError **error)
{
	g_autoptr(AnzIdentity) identity = NULL;
	g_autoptr(AnzCensus) census = NULL;
	g_autoptr(AnzStoreWriter) writer = NULL;
	g_autoptr(AnzStore) store = NULL;
	g_autoptr(GArray) no_lines = g_array_new(FALSE, FALSE, sizeof(AnzReconciliation));

	if (!run->options->preview)
		return TRUE;
	writer = anz_store_writer_new(run->options->preview, FALSE, error);
	census = writer ? anz_census_take(planes, source->cancel, error) : NULL;
	if (!census)
		return FALSE;
	identity = anz_identity_read(source->kernel);
	write_snapshot_row(writer, source->kernel, identity->time);
	write_source(writer, source);
	anz_snapshot_write_lists(writer, source->kernel, lists);
	anz_snapshot_write_census(writer, source->kernel, census, no_lines);
	if (!anz_snapshot_write_planes(writer, source->kernel, planes, source->cancel, error))
		return FALSE;
	anz_snapshot_write_kernel(writer, source->kernel, lists, identity);
	anz_store_writer_meta(writer, "analysis.preliminary", "1");
	store = anz_store_writer_commit(g_steal_pointer(&writer), error);
	if (store && run->options->preview_ready)
		run->options->preview_ready(run->options->preview, run->options->preview_data);
	return store != NULL;
}

/* Everything that is known once the lists were walked. */
static gboolean write_all(AnzSource *source, Run *run, AnzPlanes *planes, const AnzLists *lists,
			  const GArray *descriptors, const AnzGraph *graph, gint64 began,
			  GError **error)
{
	g_autoptr(AnzIdentity) identity = anz_identity_read(source->kernel);
	g_autoptr(AnzCensus) census = anz_census_take(planes, source->cancel, error);
	g_autoptr(AnzMetadata) metadata = NULL;
	g_autoptr(GArray) lines = NULL;
	g_autoptr(AnzFindings) findings = anz_findings_new();
	AnzChecker checker = { .kernel = source->kernel, .planes = planes, .lists = lists,
			       .descriptors = descriptors, .graph = graph, .census = census,
			       .findings = findings, .cancel = source->cancel };
	guint64 lost = 0, ram_frames = 0, pfn = 0, start, nr_pages;
	AnzStoreWriter *writer = run->writer;
	AnzMemState state;

	if (!census)
		return FALSE;
	metadata = anz_metadata_take(source->kernel, planes, descriptors, source->cancel, error);
	if (!metadata)
		return FALSE;
	memcpy(census->unmarked, graph->found, sizeof(census->unmarked));
	lines = anz_census_reconcile(census, lists, source->kernel);
	checker.reconciliation = lines;
	report(run, "checking", 0, 0);
	if (!anz_check_run(&checker, error))
		return FALSE;
	report(run, "writing", 0, 0);
	source->partial = lists->broken || !source->kernel->zones->len || census->pages[ANZ_CLASS_UNREADABLE] ||
			  census->pages[ANZ_CLASS_EXCLUDED];
	while (anz_image_ram_run(source->image, pfn, &start, &nr_pages, &state)) {
		ram_frames += nr_pages;
		if (state == ANZ_MEM_LOST)
			lost += nr_pages;
		pfn = start + nr_pages;
	}
	if (lost)
		anz_kernel_remark(source->kernel, "warning", "source", lost,
				  "pages whose content the dump should hold but does not: it was cut short "
				  "or a part is missing");
	write_snapshot_row(writer, source->kernel, identity->time);
	write_source(writer, source);
	anz_snapshot_write_ranges(writer, source->image);
	anz_snapshot_write_log(writer, source->kernel);
	anz_snapshot_write_lists(writer, source->kernel, lists);
	anz_snapshot_write_census(writer, source->kernel, census, lines);
	anz_snapshot_write_findings(writer, source->kernel, findings);
	if (run->detailed)
		anz_snapshot_write_descriptors(writer, source->kernel, descriptors);
	anz_snapshot_write_graph(writer, graph);
	anz_snapshot_write_metadata(writer, source->kernel, metadata);
	anz_snapshot_write_spaces(writer, graph, run->detailed);
	if (!anz_snapshot_write_planes(writer, source->kernel, planes, source->cancel, error))
		return FALSE;
	anz_snapshot_write_kernel(writer, source->kernel, lists, identity);
	anz_snapshot_write_remarks(writer, source->kernel);
	anz_store_writer_meta(writer, "memory.frames", "%" G_GUINT64_FORMAT, census->max_pfn);
	anz_store_writer_meta(writer, "memory.ram_frames", "%" G_GUINT64_FORMAT, ram_frames);
	anz_store_writer_meta(writer, "analysis.partial", "%d", source->partial);
	anz_store_writer_meta(writer, "analysis.seconds", "%.3f",
			      (g_get_monotonic_time() - began) / 1e6);
	return TRUE;
}

AnzStore *anz_source_analyze(AnzSource *source, const AnzAnalyzeOptions *options,
			     GError **error)
{
	g_autoptr(AnzStoreWriter) writer = NULL;
	g_autoptr(AnzPlanes) planes = NULL;
	g_autoptr(AnzLists) lists = NULL;
	g_autoptr(GArray) descriptors = NULL;
	g_autoptr(AnzGraph) graph = NULL;
	gint64 began = g_get_monotonic_time();
	Run run = { .options = options };

	g_return_val_if_fail(options && options->size == sizeof(*options), NULL);
	/* Opened first: an output that cannot be written is said before the work, not after. */
	writer = anz_store_writer_new(options->output, options->append, error);
	if (!writer)
		return NULL;
	run.writer = writer;
	run.has_wide_values = !source->kernel->memdesc ||
			      source->kernel->memdesc->shape == ANZ_SHAPE_MEMDESC32;
	planes = anz_planes_decode(source->kernel, options->threads, options->memory_bytes / 2,
				   sink_tile, &run, pages_progress, &run, source->cancel, error);
	if (!planes)
		return NULL;
	report(&run, "walking free lists", 0, 0);
	lists = anz_lists_walk(source->kernel, planes, source->cancel, error);
	if (!lists)
		return NULL;
	descriptors = anz_extents_resolve(source->kernel, planes, source->cancel, error);
	if (!descriptors)
		return NULL;
	remark_decoding(source->kernel, &planes->stats);
	if (!anz_planes_finish(planes, source->kernel, source->cancel, error))
		return NULL;
	if (!write_preview(source, &run, planes, lists, error))
		return NULL;
	run.detailed = wants_details(source->kernel, options);
	report(&run, "finding owners", 0, 0);
	graph = anz_graph_new(source->kernel, planes, lists, descriptors, source->cancel);
	if (run.detailed)
		anz_graph_build(graph);
	if (cancelled(source->cancel, error) ||
	    !write_all(source, &run, planes, lists, descriptors, graph, began, error) ||
	    cancelled(source->cancel, error))
		return NULL;
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
