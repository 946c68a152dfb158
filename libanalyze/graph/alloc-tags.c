/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "graph/alloc-tags.h"

#include <string.h>

#include "graph/page-ext.h"
#include "pages/records.h"

#define MAX_TAGS (1u << 20)
#define MAX_RUNS (1u << 24)
#define MAX_LINE 1000000u
#define MAX_NAME 256
/* CODETAG_EMPTY, of the debug option: an allocation that is not counted; a pointer and a number alike. */
#define REF_EMPTY 1
#define ID_FIRST 2		/* CODETAG_ID_FIRST */

typedef struct {
	AnzGraph *graph;
	AnzAllocTags *tags;
	AnzRecord record;	/* struct alloc_tag */
	AnzField line, file, function, module, counters;
	guint64 bytes, calls, counters_size;	/* of struct alloc_tag_counters */
	guint64 stride;		/* of the array of tags */
	guint64 kernel, nr_kernel;	/* the kernel's own tags */
	guint64 modules, nr_modules;	/* those of modules, since 6.13 in one array */
	gboolean is_compressed;
	guint id_shift;		/* in page->flags */
	guint64 id_mask;
	AnzPageExt ext;
	guint64 lost;
} Reader;

/* A static key is on when its count is not zero. */
static gboolean is_on(AnzKernel *kernel, const char *key)
{
	guint64 address;
	guint32 count;

	return anz_kernel_symbol(kernel, key, &address) && anz_kernel_read_u32(kernel, address, &count) &&
	       (gint32)count > 0;
}

static gboolean read_variable(AnzKernel *kernel, const char *symbol, const char *type, const char *member,
			      guint64 *value)
{
	guint64 address;

	return anz_kernel_symbol(kernel, symbol, &address) &&
	       anz_kernel_read_member(kernel, address, type, member, value);
}

/* Where tags are: two arrays, told by symbols of the linker or by what the kernel has made of them. */
static void find_arrays(Reader *r)
{
	AnzKernel *kernel = r->graph->kernel;
	guint64 end = 0, size;

	if (read_variable(kernel, "kernel_tags", "alloc_tag_kernel_section", "first_tag", &r->kernel) &&
	    r->kernel)
		read_variable(kernel, "kernel_tags", "alloc_tag_kernel_section", "count", &r->nr_kernel);
	else if (anz_kernel_symbol(kernel, "__start_alloc_tags", &r->kernel) &&
		 anz_kernel_symbol(kernel, "__stop_alloc_tags", &end) && end > r->kernel)
		r->nr_kernel = (end - r->kernel) / r->stride;
	if ((read_variable(kernel, "module_tags", "alloc_tag_module_section", "start_addr", &r->modules) ||
	     read_variable(kernel, "module_tags", "alloc_tag_module_section", "first_tag", &r->modules)) &&
	    read_variable(kernel, "module_tags", "alloc_tag_module_section", "size", &size))
		r->nr_modules = size / r->stride;
	r->nr_kernel = MIN(r->nr_kernel, MAX_TAGS);
	r->nr_modules = MIN(r->nr_modules, MAX_TAGS);
}

static gboolean find_references(Reader *r)
{
	AnzKernel *kernel = r->graph->kernel;
	guint64 address, mask;
	guint32 shift;

	if (!is_on(kernel, "mem_profiling_compressed"))
		return anz_page_ext_resolve(kernel, "page_alloc_tagging_ops", 8, &r->ext);
	r->is_compressed = TRUE;
	if (!anz_kernel_symbol(kernel, "alloc_tag_ref_offs", &address) ||
	    !anz_kernel_read_u32(kernel, address, &shift) ||
	    !anz_kernel_symbol(kernel, "alloc_tag_ref_mask", &address) ||
	    !anz_kernel_read_u64(kernel, address, &mask) || shift > 63 || !mask || !r->nr_kernel)
		return FALSE;
	r->id_shift = shift;
	r->id_mask = mask;
	return TRUE;
}

static gboolean resolve(Reader *r)
{
	AnzKernel *kernel = r->graph->kernel;

	if (!anz_kernel_sizeof(kernel, "alloc_tag", &r->stride) || !r->stride ||
	    !anz_field(kernel, "alloc_tag", "ct.lineno", &r->line) ||
	    !anz_field(kernel, "alloc_tag", "ct.filename", &r->file) ||
	    !anz_field(kernel, "alloc_tag", "ct.function", &r->function) ||
	    !anz_field(kernel, "alloc_tag", "counters", &r->counters) ||
	    !anz_kernel_sizeof(kernel, "alloc_tag_counters", &r->counters_size) ||
	    !anz_kernel_member(kernel, "alloc_tag_counters", "bytes", &r->bytes, NULL) ||
	    !anz_kernel_member(kernel, "alloc_tag_counters", "calls", &r->calls, NULL) ||
	    r->counters_size > 256 || r->bytes + 8 > r->counters_size || r->calls + 8 > r->counters_size)
		return FALSE;
	anz_field(kernel, "alloc_tag", "ct.modname", &r->module);
	anz_record_init(&r->record, kernel, r->stride);
	find_arrays(r);
	return TRUE;
}

/* Sums of all cpus: each may be below zero, where others' allocations were freed. */
static void read_counters(const Reader *r, AnzAllocTag *tag)
{
	AnzKernel *kernel = r->graph->kernel;
	guint64 counters = anz_record_get(&r->record, &r->counters), bytes = 0, calls = 0;
	guint8 raw[256];

	for (guint i = 0; counters && i < kernel->possible_cpus->len; i++) {
		guint cpu = g_array_index(kernel->possible_cpus, guint, i);

		if (!anz_kernel_read(kernel, anz_kernel_percpu(kernel, counters, cpu), raw, r->counters_size))
			continue;
		bytes += anz_load64(raw + r->bytes, kernel->big_endian);
		calls += anz_load64(raw + r->calls, kernel->big_endian);
	}
	tag->bytes = (gint64)bytes;
	tag->calls = (gint64)calls;
}

static const char *name_at(const Reader *r, const AnzField *field)
{
	guint64 at = anz_record_get(&r->record, field);
	g_autofree char *text = at ? anz_kernel_read_string(r->graph->kernel, at, MAX_NAME) : NULL;

	if (!text || !*text)
		return NULL;
	for (const char *p = text; *p; p++)
		if (!g_ascii_isgraph(*p))
			return NULL;
	return g_string_chunk_insert_const(r->tags->names, text);
}

/* Index + 1 of the tag at @address; 0 if there is none, or, with @unless_empty, if nothing is counted by it. */
static guint tag_at(Reader *r, guint64 address, gboolean unless_empty)
{
	AnzAllocTags *t = r->tags;
	AnzAllocTag it = { .address = address };
	gpointer found;
	guint index = 0;

	if (g_hash_table_lookup_extended(t->by_address, &address, NULL, &found))
		return GPOINTER_TO_UINT(found);
	if (address % 8 || g_hash_table_size(t->by_address) >= MAX_TAGS || !anz_record_read(&r->record, address) ||
	    r->record.len < r->stride)
		return 0;
	it.line = anz_record_get(&r->record, &r->line);
	if (it.line && it.line < MAX_LINE) {
		read_counters(r, &it);
		if (unless_empty && !it.bytes && !it.calls)
			return 0;
		it.file = name_at(r, &r->file);
		it.function = name_at(r, &r->function);
		it.module = name_at(r, &r->module);
		if (it.file && it.function) {
			g_array_append_val(t->tags, it);
			index = t->tags->len;
		}
	}
	g_hash_table_insert(t->by_address, g_memdup2(&address, sizeof(address)), GUINT_TO_POINTER(index));
	return index;
}

/* Pages of the folio or compound page that begins at @pfn; 0 if no allocation can begin there. */
static guint64 pages_at(const Reader *r, guint64 pfn)
{
	const AnzTile *tile = anz_planes_tile(r->graph->planes, pfn);
	guint i = anz_tile_index(pfn);

	/* What is said of a free page, or of a tail, is left from before. */
	if (!tile || tile->attr[i] & ANZ_ATTR_TAIL ||
	    g_str_equal(anz_page_class_info(tile->page_class[i])->group, "free"))
		return 0;
	return tile->attr[i] & ANZ_ATTR_HEAD ? 1ull << MIN(tile->order[i], 40) : 1;
}

/* The allocation that begins with frame @pfn refers to the tag at @address. */
static void add_allocation(Reader *r, guint64 pfn, guint64 address)
{
	AnzAllocTags *t = r->tags;
	guint64 nr_pages = pages_at(r, pfn);
	guint index = nr_pages ? tag_at(r, address, FALSE) : 0;
	AnzTagged it = { .pfn = pfn, .nr_pages = nr_pages, .tag = index - 1 }, *last;
	AnzAllocTag *tag;

	if (!nr_pages)
		return;
	if (!index) {
		t->nr_strange++;
		return;
	}
	tag = &g_array_index(t->tags, AnzAllocTag, it.tag);
	tag->nr_pages += nr_pages;
	tag->nr_allocations++;
	last = t->runs->len ? &g_array_index(t->runs, AnzTagged, t->runs->len - 1) : NULL;
	if (last && last->tag == it.tag && last->pfn + last->nr_pages == pfn)
		last->nr_pages += nr_pages;
	else if (t->runs->len < MAX_RUNS)
		g_array_append_val(t->runs, it);
	else
		r->lost += nr_pages;
}

static void take_pointer(guint64 pfn, const guint8 *record, gpointer data)
{
	Reader *r = data;
	guint64 ref = anz_load64(record + r->ext.offset, r->graph->kernel->big_endian);

	if (ref > REF_EMPTY)
		add_allocation(r, pfn, anz_kernel_untag(r->graph->kernel, ref));
}

/* Numbers go on from the kernel's own tags to those of modules. */
static guint64 address_of_id(const Reader *r, guint64 id)
{
	id -= ID_FIRST;
	if (id < r->nr_kernel)
		return r->kernel + id * r->stride;
	id -= r->nr_kernel;
	return id < r->nr_modules ? r->modules + id * r->stride : 0;
}

static void take_struct_pages(guint64 pfn, guint nr, const guint8 *records, guint64 address, gpointer data)
{
	Reader *r = data;
	const AnzPageFormat *format = &r->graph->kernel->format;

	(void)address;
	for (guint i = 0; i < nr; i++) {
		guint64 flags = anz_load64(records + (gsize)i * format->stride + format->flags,
					   format->big_endian);
		guint64 id = flags >> r->id_shift & r->id_mask;

		if (id >= ID_FIRST)
			add_allocation(r, pfn + i, address_of_id(r, id));
	}
}

static void read_references(Reader *r)
{
	AnzKernel *kernel = r->graph->kernel;
	const AnzRecordFuncs funcs = { .present = take_struct_pages, .data = r };
	AnzRecordBuffer buffer = { 0 };

	if (!r->is_compressed) {
		r->tags->nr_unread = anz_page_ext_each(r->graph, &r->ext, take_pointer, r);
		return;
	}
	for (guint i = 0; i < kernel->sections->len && !anz_graph_cancelled(r->graph); i++) {
		const AnzSection *section = &g_array_index(kernel->sections, AnzSection, i);

		anz_records_read_range(kernel, kernel->image, section->start_pfn,
				       section->start_pfn + section->nr_pages, &buffer, &funcs);
	}
	g_free(buffer.bytes);
}

static void read_array(Reader *r, guint64 start, guint64 nr)
{
	for (guint64 i = 0; i < nr && !anz_graph_cancelled(r->graph); i++)
		tag_at(r, start + i * r->stride, TRUE);
}

void anz_alloc_tags_build(AnzGraph *graph)
{
	AnzKernel *kernel = graph->kernel;
	Reader r = { .graph = graph };
	AnzAllocTags *t;

	/* Off: what there is may be of any time. */
	if (kernel->memdesc || !is_on(kernel, "mem_alloc_profiling_key") || !resolve(&r)) {
		anz_record_clear(&r.record);
		return;
	}
	graph->alloc_tags = r.tags = t = g_new0(AnzAllocTags, 1);
	t->tags = g_array_new(FALSE, TRUE, sizeof(AnzAllocTag));
	t->by_address = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
	t->names = g_string_chunk_new(4096);
	t->runs = g_array_new(FALSE, FALSE, sizeof(AnzTagged));
	read_array(&r, r.kernel, r.nr_kernel);
	read_array(&r, r.modules, r.nr_modules);
	if (find_references(&r))
		read_references(&r);
	else
		anz_kernel_remark(kernel, "warning", "alloc-tag", 1,
				  "allocation tags are kept, but not where pages are expected to refer to "
				  "them: only the kernel's own counters are shown");
	if (t->nr_unread)
		anz_kernel_remark(kernel, "warning", "alloc-tag", t->nr_unread,
				  "memory sections whose references to allocation tags are not in the dump, "
				  "or not all of them");
	if (t->nr_strange)
		anz_kernel_remark(kernel, "warning", "alloc-tag", t->nr_strange,
				  "pages that refer to something that is no allocation tag");
	if (r.lost)
		anz_kernel_remark(kernel, "note", "alloc-tag", r.lost,
				  "pages with allocation tags that are counted but have no rows");
	anz_record_clear(&r.record);
}

void anz_alloc_tags_free(AnzAllocTags *tags)
{
	if (!tags)
		return;
	g_array_unref(tags->tags);
	g_hash_table_unref(tags->by_address);
	g_string_chunk_free(tags->names);
	g_array_unref(tags->runs);
	g_free(tags);
}
