/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Chunks of the per-cpu allocator (mm/percpu.c).  A chunk has a unit for each cpu, at the distances
 * pcpu_unit_offsets; pages are populated in all units at once.  The first chunk was made at boot around
 * the static per-cpu variables, the others lie in vmalloc space.
 */
#include "graph/areas.h"

#include "graph/range.h"

#define MAX_CHUNKS (1u << 20)
#define MAX_SLOTS 256
/* Of one unit: 2 MiB in chunks on x86-64 with large pages. */
#define MAX_UNIT_PAGES (1u << 16)

typedef struct {
	AnzGraph *graph;
	AnzAreas *areas;
	AnzField list, base, nr_pages, populated, free_bytes;
	AnzRecord chunk;
	GArray *offsets;	/* guint64: of each possible cpu's unit */
	guint64 broken;
} Builder;

/* Frames of @nr_pages pages at @vaddr of the first unit, in all units. */
static void claim_units(Builder *b, AnzPercpuChunk *chunk, guint64 vaddr, guint64 nr_pages)
{
	for (guint i = 0; i < b->offsets->len; i++)
		chunk->nr_claimed += anz_graph_claim_range(b->graph, chunk->owner, ANZ_RANK_WALKED,
			ANZ_UNNAMED_CLASSES, vaddr + g_array_index(b->offsets, guint64, i),
			nr_pages << b->graph->kernel->page_shift, ANZ_CLASS_PERCPU);
}

static gboolean is_populated(const Builder *b, const guint8 *bits, guint64 i)
{
	return anz_load64(bits + i / 64 * 8, b->graph->kernel->big_endian) >> (i % 64) & 1;
}

static void add_chunk(Builder *b, guint64 address)
{
	AnzKernel *kernel = b->graph->kernel;
	AnzPercpuChunk chunk = { .address = address };
	g_autofree guint8 *bits = NULL;
	guint64 n;

	if (anz_graph_find_owner(b->graph, ANZ_OWNER_PERCPU, address))
		return;
	chunk.base = anz_record_read(&b->chunk, address) ? anz_record_get(&b->chunk, &b->base) : 0;
	chunk.nr_pages = anz_record_get(&b->chunk, &b->nr_pages);
	if (!chunk.base || !chunk.nr_pages || chunk.nr_pages > MAX_UNIT_PAGES) {
		b->broken++;
		return;
	}
	bits = g_malloc0((chunk.nr_pages + 63) / 64 * 8);
	if (!anz_kernel_read(kernel, address + b->populated.offset, bits,
			     (chunk.nr_pages + 63) / 64 * 8)) {
		b->broken++;
		return;
	}
	chunk.free_bytes = anz_record_get(&b->chunk, &b->free_bytes);
	chunk.owner = anz_graph_owner(b->graph, ANZ_OWNER_PERCPU, address,
				      "per-cpu chunk at 0x%" G_GINT64_MODIFIER "x", chunk.base);
	for (guint64 i = 0; i < chunk.nr_pages; i += n) {
		gboolean populated = is_populated(b, bits, i);

		for (n = 1; i + n < chunk.nr_pages &&
			    is_populated(b, bits, i + n) == populated; n++)
			;
		if (!populated)
			continue;
		chunk.nr_populated += n;
		claim_units(b, &chunk, chunk.base + (i << kernel->page_shift), n);
	}
	g_array_append_val(b->areas->chunks, chunk);
}

static gboolean add_listed(guint64 entry, gpointer data)
{
	Builder *b = data;

	add_chunk(b, entry);
	return b->areas->chunks->len < MAX_CHUNKS && !anz_graph_cancelled(b->graph);
}

static gboolean read_offsets(Builder *b)
{
	AnzKernel *kernel = b->graph->kernel;
	guint64 address, offsets;

	if (!anz_kernel_symbol(kernel, "pcpu_unit_offsets", &address) ||
	    !anz_kernel_read_u64(kernel, address, &offsets) || !offsets)
		return FALSE;
	for (guint i = 0; i < kernel->possible_cpus->len; i++) {
		guint cpu = g_array_index(kernel->possible_cpus, guint, i);
		guint64 offset;

		if (anz_kernel_read_u64(kernel, offsets + cpu * 8, &offset))
			g_array_append_val(b->offsets, offset);
	}
	return b->offsets->len > 0;
}

/* The compiler's per-cpu variables, in front of the first chunk. */
static void add_static(Builder *b)
{
	AnzKernel *kernel = b->graph->kernel;
	AnzPercpuChunk chunk = { 0 };
	guint64 address, start, end;

	if (!anz_kernel_symbol(kernel, "pcpu_base_addr", &address) ||
	    !anz_kernel_read_u64(kernel, address, &chunk.base) || !chunk.base ||
	    !anz_kernel_symbol(kernel, "__per_cpu_start", &start) ||
	    !anz_kernel_symbol(kernel, "__per_cpu_end", &end) || end <= start ||
	    (end - start) >> kernel->page_shift > MAX_UNIT_PAGES)
		return;
	chunk.nr_pages = (end - start + ((guint64)1 << kernel->page_shift) - 1) >> kernel->page_shift;
	chunk.nr_populated = chunk.nr_pages;
	chunk.owner = anz_graph_owner(b->graph, ANZ_OWNER_PERCPU, 0, "static per-cpu variables");
	claim_units(b, &chunk, chunk.base, chunk.nr_pages);
	g_array_append_val(b->areas->chunks, chunk);
}

static void walk_slots(Builder *b)
{
	AnzKernel *kernel = b->graph->kernel;
	guint64 address, slots;
	gint64 nr_types;
	guint32 nr = 0;

	/* pcpu_slot before 5.14. */
	if ((!anz_kernel_symbol(kernel, "pcpu_chunk_lists", &address) &&
	     !anz_kernel_symbol(kernel, "pcpu_slot", &address)) ||
	    !anz_kernel_read_u64(kernel, address, &slots) || !slots ||
	    !anz_kernel_symbol(kernel, "pcpu_nr_slots", &address) ||
	    !anz_kernel_read_u32(kernel, address, &nr))
		return;
	/* From 5.9 to 5.13 chunks that are charged to control groups had lists of their own behind the others. */
	if (anz_kernel_enumerator(kernel, "pcpu_chunk_type", "PCPU_NR_CHUNK_TYPES", &nr_types) &&
	    nr_types > 0 && nr_types <= MAX_SLOTS)
		nr = MIN(nr, MAX_SLOTS) * nr_types;
	for (guint i = 0; i < MIN(nr, MAX_SLOTS); i++)
		if (!anz_kernel_walk_list(kernel, slots + i * 16, b->list.offset, MAX_CHUNKS,
					  add_listed, b))
			b->broken++;
}

void anz_percpu_build(AnzGraph *graph)
{
	static const char *const special[] = { "pcpu_first_chunk", "pcpu_reserved_chunk" };
	AnzKernel *kernel = graph->kernel;
	Builder b = { .graph = graph, .areas = anz_areas_get(graph) };
	guint64 address, chunk, populated;
	guint32 nr_units = 0;

	anz_field(kernel, "pcpu_chunk", "list", &b.list);
	anz_field(kernel, "pcpu_chunk", "base_addr", &b.base);
	anz_field(kernel, "pcpu_chunk", "nr_pages", &b.nr_pages);
	anz_field(kernel, "pcpu_chunk", "free_bytes", &b.free_bytes);
	if (!anz_field(kernel, "pcpu_chunk", "populated", &b.populated) || !b.list.known ||
	    !b.base.known || !b.nr_pages.known)
		return;
	b.offsets = g_array_new(FALSE, FALSE, sizeof(guint64));
	anz_record_init_type(&b.chunk, kernel, "pcpu_chunk");
	if (read_offsets(&b)) {
		/* On no list when they are full or reserved for modules. */
		for (guint i = 0; i < G_N_ELEMENTS(special); i++)
			if (anz_kernel_symbol(kernel, special[i], &address) &&
			    anz_kernel_read_u64(kernel, address, &chunk) && chunk)
				add_chunk(&b, chunk);
		walk_slots(&b);
		add_static(&b);
	}
	if (anz_kernel_symbol(kernel, "pcpu_nr_units", &address) &&
	    anz_kernel_read_u32(kernel, address, &nr_units))
		b.areas->nr_units = nr_units;
	if (anz_kernel_symbol(kernel, "pcpu_nr_populated", &address) &&
	    anz_kernel_read_u64(kernel, address, &populated))
		b.areas->kernel_percpu = populated;
	if (b.broken)
		anz_kernel_remark(kernel, "warning", "percpu", b.broken,
				  "per-cpu chunks, or lists of them, that are broken or not in the dump");
	anz_record_clear(&b.chunk);
	g_array_unref(b.offsets);
}
