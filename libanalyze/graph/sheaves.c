/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sheaves of slab caches (mm/slub.c, 6.18 up): arrays of objects that a cpu, or a node's barn, keeps to
 * hand out.  To their slab these are in use; to everybody else they are free.
 */
#include "graph/slab.h"

#define MAX_OBJECTS 4096	/* of one sheaf; 60 is much */
#define MAX_SHEAVES 4096	/* on one list of a barn; the kernel keeps 10 */

typedef struct {
	const AnzGraph *graph;
	AnzSlabs *slabs;
	guint cache;			/* whose sheaves are walked */
	AnzField cpu_sheaves, main, spare, rcu_free;
	AnzField size, link;		/* slab_sheaf */
	AnzField full, empty;		/* node_barn */
	guint64 objects;		/* offset of slab_sheaf.objects */
	guint64 barn, barn_stride, nr_barns;	/* kmem_cache.per_node[].barn; stride 0: none */
	guint64 node, node_stride, nr_nodes;	/* kmem_cache.node[], each with a barn */
	AnzField node_barn;
	guint64 nr_found, nr_odd;
} Walker;

static gboolean resolve(AnzKernel *kernel, Walker *w)
{
	AnzField objects, barn;

	if (!anz_field(kernel, "kmem_cache", "cpu_sheaves", &w->cpu_sheaves) ||
	    !anz_field(kernel, "slab_sheaf", "size", &w->size) ||
	    !anz_field(kernel, "slab_sheaf", "objects", &objects) ||
	    w->size.member.bit_size > 64)
		return FALSE;
	w->objects = objects.offset;
	anz_field(kernel, "slab_sheaf", "barn_list", &w->link);
	anz_field(kernel, "slub_percpu_sheaves", "main", &w->main);
	anz_field(kernel, "slub_percpu_sheaves", "spare", &w->spare);
	anz_field(kernel, "slub_percpu_sheaves", "rcu_free", &w->rcu_free);
	anz_field(kernel, "node_barn", "sheaves_full", &w->full);
	anz_field(kernel, "node_barn", "sheaves_empty", &w->empty);
	/* Beside the node since 7.1, in it before. */
	if (anz_field(kernel, "kmem_cache", "per_node[0].barn", &barn) &&
	    anz_kernel_array_len(kernel, "kmem_cache", "per_node", &w->nr_barns, &w->barn_stride)) {
		w->barn = barn.offset;
	} else if (anz_field(kernel, "kmem_cache_node", "barn", &w->node_barn) &&
		   anz_field(kernel, "kmem_cache", "node", &barn) &&
		   anz_kernel_array_len(kernel, "kmem_cache", "node", &w->nr_nodes,
					&w->node_stride)) {
		w->node = barn.offset;
	}
	return TRUE;
}

static void add_object(Walker *w, guint64 object)
{
	AnzCache *cache = &g_array_index(w->slabs->caches, AnzCache, w->cache);
	guint64 pfn, from, index;
	AnzSlab *slab = NULL;
	guint8 *byte;

	object = anz_kernel_untag(w->graph->kernel, object);
	if (anz_graph_pfn_of(w->graph, object, &pfn))
		slab = (AnzSlab *)anz_slabs_at(w->slabs, pfn);
	if (!slab || slab->cache != w->cache) {
		w->nr_odd++;
		return;
	}
	from = object - anz_graph_virt_of(w->graph, slab->pfn) - slab->first;
	index = from / cache->size;
	if (from % cache->size || index >= slab->nr_objects) {
		w->nr_odd++;
		return;
	}
	byte = &w->slabs->free_bits->data[slab->free_map + index / 8];
	if (*byte >> (index % 8) & 1) {
		w->nr_odd++;	/* on a freelist or in another sheaf as well */
		return;
	}
	*byte |= 1u << (index % 8);
	slab->nr_free++;
	cache->nr_in_use--;
	w->nr_found++;
}

static gboolean add_sheaf(guint64 sheaf, gpointer data)
{
	Walker *w = data;
	AnzKernel *kernel = w->graph->kernel;
	guint32 nr = 0;

	if (!sheaf || !anz_kernel_read_u32(kernel, sheaf + w->size.offset, &nr))
		return TRUE;
	for (guint i = 0; i < MIN(nr, MAX_OBJECTS); i++) {
		guint64 object;

		if (!anz_kernel_read_u64(kernel, sheaf + w->objects + i * 8ull, &object))
			break;
		add_object(w, object);
	}
	return TRUE;
}

static void walk_barn(Walker *w, guint64 barn)
{
	if (!barn || !w->link.known)
		return;
	if (w->full.known)
		anz_kernel_walk_list(w->graph->kernel, barn + w->full.offset, w->link.offset,
				     MAX_SHEAVES, add_sheaf, w);
	/* Those have no object, unless somebody was at it. */
	if (w->empty.known)
		anz_kernel_walk_list(w->graph->kernel, barn + w->empty.offset, w->link.offset,
				     MAX_SHEAVES, add_sheaf, w);
}

static void walk_barns(Walker *w, guint64 cache)
{
	AnzKernel *kernel = w->graph->kernel;

	for (guint n = 0; n < kernel->nodes->len; n++) {
		guint64 nid = g_array_index(kernel->nodes, AnzNode, n).nid, node, barn = 0;

		if (w->barn_stride && nid < w->nr_barns)
			anz_kernel_read_u64(kernel, cache + w->barn + nid * w->barn_stride, &barn);
		else if (w->node_stride && nid < w->nr_nodes &&
			 anz_kernel_read_u64(kernel, cache + w->node + nid * w->node_stride, &node) &&
			 node)
			anz_kernel_read_u64(kernel, node + w->node_barn.offset, &barn);
		walk_barn(w, barn);
	}
}

static void walk_cpus(Walker *w, guint64 sheaves)
{
	const AnzField *const members[] = { &w->main, &w->spare, &w->rcu_free };
	AnzKernel *kernel = w->graph->kernel;

	for (guint i = 0; i < kernel->possible_cpus->len; i++) {
		guint64 at = anz_kernel_percpu(kernel, sheaves,
					       g_array_index(kernel->possible_cpus, guint, i));

		for (guint n = 0; n < G_N_ELEMENTS(members); n++) {
			guint64 sheaf;

			if (members[n]->known &&
			    anz_kernel_read_u64(kernel, at + members[n]->offset, &sheaf))
				add_sheaf(sheaf, w);
		}
	}
}

void anz_sheaves_walk(const AnzGraph *graph, AnzSlabs *slabs)
{
	AnzKernel *kernel = graph->kernel;
	Walker w = { .graph = graph, .slabs = slabs };

	if (!kernel->page_offset || !resolve(kernel, &w))
		return;
	for (guint i = 0; i < slabs->caches->len && !anz_graph_cancelled(graph); i++) {
		guint64 address = g_array_index(slabs->caches, AnzCache, i).address, sheaves;

		/* NULL: this cache has none. */
		if (!anz_kernel_read_u64(kernel, address + w.cpu_sheaves.offset, &sheaves) || !sheaves)
			continue;
		w.cache = i;
		walk_cpus(&w, sheaves);
		walk_barns(&w, address);
	}
	anz_kernel_fact(kernel, "objects in sheaves", "memory", "%" G_GUINT64_FORMAT, w.nr_found);
	if (w.nr_odd)
		anz_kernel_remark(kernel, "warning", "slab", w.nr_odd,
				  "entries of sheaves that are no object of their cache, or one that is free "
				  "already");
}
