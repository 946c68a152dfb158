/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Pages that a mempool keeps for when there are no others (mm/mempool.c, mempool_create_page_pool()): of no
 * type, and known to nobody but the pool's array of elements.  Nothing lists mempools.  Each says by which
 * functions its elements come and go, so those of pages are found by the address of mempool_alloc_pages():
 * in the kernel's own variables, and in objects of just the size that kmalloc() gives a mempool.
 */
#include "graph/buffers.h"

#include "graph/range.h"
#include "graph/slab.h"

#define CHUNK_BYTES 65536u
#define MAX_ELEMENTS (1u << 16)
#define MAX_PART_BYTES (1ull << 30)

typedef struct {
	AnzGraph *graph;
	AnzField nr, elements, order, alloc, free;
	guint64 alloc_pages, free_pages;	/* addresses of the functions */
	guint64 broken;				/* pools */
} Builder;

static guint32 owner_of(AnzGraph *graph, guint64 pool)
{
	guint64 offset;
	const char *symbol = anz_types_symbol_at(graph->kernel->types, pool, &offset);

	if (symbol && offset)
		return anz_graph_owner(graph, ANZ_OWNER_POOL, pool, "mempool in %s", symbol);
	return anz_graph_owner(graph, ANZ_OWNER_POOL, pool, symbol ? "mempool %s" : "mempool", symbol);
}

/* @pool: address of what has mempool_alloc_pages() where a mempool has its alloc. */
static void add_pool(Builder *b, guint64 pool)
{
	AnzGraph *graph = b->graph;
	AnzKernel *kernel = graph->kernel;
	guint64 free_func, elements, order, page, pfn;
	guint32 nr, owner;

	if (!anz_kernel_read_u64(kernel, pool + b->free.offset, &free_func) ||
	    free_func != b->free_pages ||
	    !anz_kernel_read_u32(kernel, pool + b->nr.offset, &nr) || nr > MAX_ELEMENTS ||
	    !anz_kernel_read_u64(kernel, pool + b->elements.offset, &elements) || !elements ||
	    !anz_kernel_read_u64(kernel, pool + b->order.offset, &order) || order >= kernel->nr_orders)
		return;
	owner = owner_of(graph, pool);
	for (guint i = 0; i < nr; i++) {
		if (!anz_kernel_read_u64(kernel, elements + i * 8ull, &page) ||
		    (pfn = anz_kernel_page_pfn(kernel, page)) == G_MAXUINT64) {
			b->broken++;
			return;
		}
		anz_graph_claim_frames(graph, owner, ANZ_RANK_WALKED, ANZ_UNNAMED_CLASSES, pfn,
				       1ull << order, ANZ_NO_POSITION, ANZ_NR_CLASSES);
	}
}

/* Of the image only what is written to while the kernel runs, for live memory is read at every look. */
static void look_in_variables(Builder *b)
{
	static const char *const parts[][2] = { { "_sdata", "_edata" }, { "__bss_start", "__bss_stop" } };
	AnzKernel *kernel = b->graph->kernel;
	g_autofree guint8 *chunk = g_malloc(CHUNK_BYTES);

	for (guint p = 0; p < G_N_ELEMENTS(parts); p++) {
		guint64 start, end;

		if (!anz_kernel_symbol(kernel, parts[p][0], &start) || start % 8 ||
		    !anz_kernel_symbol(kernel, parts[p][1], &end) || end < start ||
		    end - start > MAX_PART_BYTES)
			continue;
		for (guint64 at = start; at < end && !anz_graph_cancelled(b->graph); at += CHUNK_BYTES) {
			gsize len = anz_image_read_virt(kernel->image, at, chunk, MIN(CHUNK_BYTES, end - at),
							NULL);

			for (gsize i = 0; i + 8 <= len; i += 8)
				if (anz_load64(chunk + i, kernel->big_endian) == b->alloc_pages)
					add_pool(b, at + i - b->alloc.offset);
		}
	}
}

static void look_at_object(guint64 object, gpointer data)
{
	Builder *b = data;
	guint64 word;

	if (anz_kernel_read_u64(b->graph->kernel, object + b->alloc.offset, &word) && word == b->alloc_pages)
		add_pool(b, object);
}

/* mempool_create() takes its memory of kmalloc(), whose sizes are no more than twice of what was asked for. */
static void look_in_objects(Builder *b, guint64 size)
{
	const GArray *caches = b->graph->slabs ? b->graph->slabs->caches : NULL;

	for (guint i = 0; caches && i < caches->len; i++) {
		const AnzCache *cache = &g_array_index(caches, AnzCache, i);

		if (g_str_has_prefix(cache->name, "kmalloc-") && cache->object_size >= size &&
		    cache->object_size < 2 * size)
			anz_slabs_each_object(b->graph, i, look_at_object, b);
	}
}

void anz_mempools_build(AnzGraph *graph)
{
	AnzKernel *kernel = graph->kernel;
	Builder b = { .graph = graph };
	const char *type = "mempool";	/* mempool_s until 7.0 */
	guint64 size;

	if (!anz_kernel_symbol(kernel, "mempool_alloc_pages", &b.alloc_pages) ||
	    !anz_kernel_symbol(kernel, "mempool_free_pages", &b.free_pages))
		return;
	if (!anz_field(kernel, type, "alloc", &b.alloc))
		type = "mempool_s";
	if (!anz_field(kernel, type, "alloc", &b.alloc) || !anz_field(kernel, type, "free", &b.free) ||
	    !anz_field(kernel, type, "curr_nr", &b.nr) ||
	    !anz_field(kernel, type, "elements", &b.elements) ||
	    !anz_field(kernel, type, "pool_data", &b.order) ||
	    !anz_kernel_sizeof(kernel, type, &size))
		return;
	look_in_variables(&b);
	look_in_objects(&b, size);
	if (b.broken)
		anz_kernel_remark(kernel, "warning", "mempool", b.broken,
				  "mempools whose pages are not all told");
}
