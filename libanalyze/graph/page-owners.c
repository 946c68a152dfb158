/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "graph/page-owners.h"

#include <string.h>

#include "graph/areas.h"
#include "graph/page-ext.h"

#define MAX_RUNS (1u << 24)
#define NANOSECONDS 1000000000ull

typedef struct {
	AnzGraph *graph;
	AnzPageOwners *owners;
	AnzStackDepot *depot;	/* (nullable) */
	AnzPageExt ext;
	AnzField flags;		/* page_ext.flags */
	guint64 allocated;	/* bit of flags: the page is not free */
	AnzField order, moved, gfp, handle, time, pid, tgid, comm;
	AnzRecord record;	/* one page's struct page_owner */
	guint64 lost;
} Reader;

static gboolean resolve(Reader *r)
{
	AnzKernel *kernel = r->graph->kernel;
	guint64 size;
	gint64 bit;

	if (!anz_field(kernel, "page_ext", "flags", &r->flags) ||
	    !anz_field(kernel, "page_owner", "handle", &r->handle) ||
	    !anz_field(kernel, "page_owner", "order", &r->order) ||
	    !anz_kernel_enumerator(kernel, "page_ext_flags", "PAGE_EXT_OWNER_ALLOCATED", &bit) ||
	    bit < 0 || bit > 63 || !anz_kernel_sizeof(kernel, "page_owner", &size) ||
	    !anz_page_ext_resolve(kernel, "page_owner_ops", size, &r->ext))
		return FALSE;
	r->allocated = 1ull << bit;
	anz_field(kernel, "page_owner", "last_migrate_reason", &r->moved);
	anz_field(kernel, "page_owner", "gfp_mask", &r->gfp);
	anz_field(kernel, "page_owner", "ts_nsec", &r->time);
	anz_field(kernel, "page_owner", "pid", &r->pid);
	anz_field(kernel, "page_owner", "tgid", &r->tgid);
	anz_field(kernel, "page_owner", "comm", &r->comm);
	anz_record_init(&r->record, kernel, size);
	/* Offset 0 is that of the flags: nobody asked for page_owner when the machine booted. */
	return r->ext.offset && r->flags.offset + 8 <= r->ext.offset;
}

static guint32 stack_of(Reader *r, guint32 handle)
{
	AnzPageOwners *o = r->owners;
	gpointer found = g_hash_table_lookup(o->by_handle, GUINT_TO_POINTER(handle));
	AnzAllocStack stack = { .handle = handle };

	if (!found) {
		if (r->depot)
			stack.nr_frames = anz_stack_depot_read(r->depot, handle, stack.frames);
		g_array_append_val(o->stacks, stack);
		found = GUINT_TO_POINTER(o->stacks->len);
		g_hash_table_insert(o->by_handle, GUINT_TO_POINTER(handle), found);
	}
	return GPOINTER_TO_UINT(found) - 1;
}

static gboolean continues(const AnzAllocated *last, const AnzAllocated *it)
{
	return last->pfn + last->nr_pages == it->pfn && last->stack == it->stack &&
	       last->gfp == it->gfp && last->pid == it->pid && last->tgid == it->tgid &&
	       last->order == it->order && last->moved == it->moved && last->comm == it->comm;
}

/* @record: what page_owner keeps of frame @pfn */
static void add_page(Reader *r, guint64 pfn, const guint8 *record)
{
	AnzPageOwners *o = r->owners;
	AnzAllocated it = { .pfn = pfn, .nr_pages = 1 };
	AnzAllocated *last = o->runs->len ?
			     &g_array_index(o->runs, AnzAllocated, o->runs->len - 1) : NULL;
	g_autofree char *comm = NULL;
	AnzAllocStack *stack;
	guint64 time;

	memcpy(r->record.bytes, record, r->record.size);
	r->record.len = r->record.size;
	it.stack = stack_of(r, anz_record_get(&r->record, &r->handle));
	it.order = anz_record_get(&r->record, &r->order);
	it.gfp = anz_record_get(&r->record, &r->gfp);
	it.pid = anz_record_get(&r->record, &r->pid);
	it.tgid = anz_record_get(&r->record, &r->tgid);
	it.moved = r->moved.known ? (gint32)anz_record_get(&r->record, &r->moved) : -1;
	time = anz_record_get(&r->record, &r->time);
	it.seconds = time / NANOSECONDS;
	it.nanoseconds = time % NANOSECONDS;
	comm = r->comm.known ? anz_record_text(&r->record, &r->comm) : NULL;
	if (comm)
		it.comm = g_string_chunk_insert_const(o->names, comm);
	stack = &g_array_index(o->stacks, AnzAllocStack, it.stack);
	stack->nr_pages++;
	/* Every page of a block has the block's record. */
	stack->nr_allocations += it.order < 64 && !(pfn & ((1ull << it.order) - 1));
	o->nr_pages++;
	if (last && continues(last, &it))
		last->nr_pages++;
	else if (o->runs->len < MAX_RUNS)
		g_array_append_val(o->runs, it);
	else
		r->lost++;
}

static void take_record(guint64 pfn, const guint8 *record, gpointer data)
{
	Reader *r = data;

	if (anz_load64(record + r->flags.offset, r->graph->kernel->big_endian) & r->allocated)
		add_page(r, pfn, record + r->ext.offset);
}

void anz_page_owners_build(AnzGraph *graph)
{
	AnzKernel *kernel = graph->kernel;
	Reader r = { .graph = graph };
	AnzPageOwners *o;
	guint64 without = 0;

	if (!resolve(&r)) {
		anz_record_clear(&r.record);
		return;
	}
	graph->page_owners = r.owners = o = g_new0(AnzPageOwners, 1);
	o->runs = g_array_new(FALSE, FALSE, sizeof(AnzAllocated));
	o->stacks = g_array_new(FALSE, TRUE, sizeof(AnzAllocStack));
	o->by_handle = g_hash_table_new(NULL, NULL);
	o->names = g_string_chunk_new(4096);
	r.depot = anz_stack_depot_new(kernel);
	o->nr_unread = anz_page_ext_each(graph, &r.ext, take_record, &r);
	for (guint i = 0; i < o->stacks->len; i++)
		without += !g_array_index(o->stacks, AnzAllocStack, i).nr_frames;
	if (o->nr_unread)
		anz_kernel_remark(kernel, "warning", "page-owner", o->nr_unread,
				  "memory sections whose page_owner records are not in the dump, or not "
				  "all of them");
	if (without)
		anz_kernel_remark(kernel, "warning", "page-owner", without,
				  "stacks of page_owner that were not found");
	if (r.lost)
		anz_kernel_remark(kernel, "note", "page-owner", r.lost,
				  "pages with page_owner records that are counted but have no rows");
	anz_stack_depot_free(r.depot);
	anz_record_clear(&r.record);
}

void anz_page_owners_free(AnzPageOwners *owners)
{
	if (!owners)
		return;
	g_array_unref(owners->runs);
	g_array_unref(owners->stacks);
	g_hash_table_unref(owners->by_handle);
	g_string_chunk_free(owners->names);
	g_free(owners);
}

char *anz_alloc_stack_text(const AnzGraph *graph, const AnzAllocStack *stack)
{
	GString *text = g_string_new(NULL);

	for (guint i = 0; i < stack->nr_frames; i++) {
		/* Return addresses: the call is before them, and may be the last of its function. */
		g_autofree char *symbol = anz_areas_symbol(graph, stack->frames[i] - 1, TRUE);

		g_string_append_printf(text, "%s%s", i ? "\n" : "", symbol);
	}
	return g_string_free(text, !stack->nr_frames);
}

/* How functions between page_owner and those who want memory begin. */
static const char *const allocator[] = {
	"save_stack", "__set_page_owner", "set_page_owner", "post_alloc_hook", "prep_new_page",
	"get_page_from_freelist", "__alloc_pages", "alloc_pages", "__alloc_frozen_pages",
	"alloc_frozen_pages", "__get_free_page", "get_zeroed_page", "__folio_alloc", "folio_alloc",
	"vma_alloc_folio", "new_slab", "allocate_slab", "alloc_slab_page", "___slab_alloc",
	"__slab_alloc", "kmem_cache_alloc", "__kmem_cache_alloc", "kmalloc", "__kmalloc",
	"___kmalloc", "__do_kmalloc", "kvmalloc", "__kvmalloc", "__vmalloc", "vmalloc",
	"alloc_contig", "__pte_alloc", "__pmd_alloc", "refill_",
};

char *anz_alloc_stack_caller(const char *text)
{
	g_auto(GStrv) lines = g_strsplit(text ? text : "", "\n", 0);
	guint at = 0;

	for (guint i = 0; lines[i] && i == at; i++)
		for (guint n = 0; n < G_N_ELEMENTS(allocator) && i == at; n++)
			at += g_str_has_prefix(lines[i], allocator[n]);
	/* A stack of nothing but these: the outermost that there is. */
	if (at && !lines[at])
		at--;
	return lines[at] ? g_strndup(lines[at], strcspn(lines[at], "+")) : NULL;
}
