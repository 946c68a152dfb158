/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "store/graph-rows.h"

#include <math.h>
#include <string.h>

#include "graph/alloc-tags.h"
#include "graph/areas.h"
#include "graph/cgroups.h"
#include "graph/files.h"
#include "graph/generations.h"
#include "graph/page-owners.h"
#include "graph/slab.h"

static void write_owners(AnzStoreWriter *writer, const AnzGraph *graph)
{
	for (guint i = 1; i < graph->owners->len; i++) {
		const AnzOwner *owner = &g_array_index(graph->owners, AnzOwner, i);

		anz_store_writer_insert(writer, "owners", "isnsnu", (gint64)owner->id,
					anz_owner_kind_name(owner->kind),
					owner->address ? (gint64)owner->address : ANZ_NULL,
					owner->name, owner->parent ? (gint64)owner->parent :
					ANZ_NULL, owner->nr_pages);
	}
}

/*
 * Stretches by owner, those of each by frame, which is the key of their table: rows that come in another
 * order are looked up one by one, and in a table larger than the cache each in a page that was put away.
 *
 * Returns: (transfer full): indices in graph->owned (guint32)
 */
static AnzSpool *owned_by_owner(const AnzGraph *graph)
{
	guint nr_owners = graph->owners->len;
	g_autofree guint32 *next = g_new0(guint32, nr_owners + 1);
	AnzSpool *indices = anz_spool_new(graph->planes->room, sizeof(guint32));

	anz_spool_set_len(indices, graph->owned->len);
	/* Where the stretches of each owner begin, after those of all owners before it. */
	for (guint i = 0; i < graph->owned->len; i++)
		next[anz_spool_index(graph->owned, AnzOwned, i).owner + 1]++;
	for (guint i = 0; i < nr_owners; i++)
		next[i + 1] += next[i];
	for (guint i = 0; i < graph->owned->len; i++) {
		guint32 at = next[anz_spool_index(graph->owned, AnzOwned, i).owner]++;

		anz_spool_index(indices, guint32, at) = i;
	}
	return indices;
}

static void write_owned(AnzStoreWriter *writer, const AnzGraph *graph)
{
	g_autoptr(AnzSpool) indices = owned_by_owner(graph);

	for (guint i = 0; i < graph->owned->len; i++) {
		const AnzOwned *it = &anz_spool_index(graph->owned, AnzOwned,
						      anz_spool_index(indices, guint32, i));

		anz_store_writer_insert(writer, "owned", "iuun", (gint64)it->owner, it->pfn,
					it->nr_pages, it->position == ANZ_NO_POSITION ? ANZ_NULL :
					(gint64)it->position);
	}
}

/* A plane of owners, filled one stretch at a time; stretches go by frame. */
typedef struct {
	AnzStoreWriter *writer;
	AnzPlane plane;
	guint32 *values;
	guint64 tile;
	gboolean any;
} PlaneWriter;

static void end_tile(PlaneWriter *p)
{
	if (p->any)
		anz_store_writer_tile(p->writer, p->plane, p->tile, p->values);
	memset(p->values, 0, ANZ_TILE_PAGES * sizeof(*p->values));
	p->any = FALSE;
}

static void put_stretch(PlaneWriter *p, guint64 pfn, guint64 nr_pages, guint32 owner)
{
	for (guint64 end = pfn + nr_pages; pfn < end; pfn++) {
		if (pfn >> ANZ_TILE_SHIFT != p->tile) {
			end_tile(p);
			p->tile = pfn >> ANZ_TILE_SHIFT;
		}
		p->values[anz_tile_index(pfn)] = owner;
		p->any = TRUE;
	}
}

static void write_planes(AnzStoreWriter *writer, const AnzGraph *graph)
{
	g_autofree guint32 *values = g_new0(guint32, ANZ_TILE_PAGES);
	PlaneWriter p = { .writer = writer, .plane = ANZ_PLANE_OWNER, .values = values };

	for (guint i = 0; i < graph->owned->len; i++) {
		const AnzOwned *it = &anz_spool_index(graph->owned, AnzOwned, i);

		put_stretch(&p, it->pfn, it->nr_pages, it->owner);
	}
	end_tile(&p);
	p.plane = ANZ_PLANE_CGROUP;
	for (guint i = 0; graph->cgroups && i < graph->cgroups->charged->len; i++) {
		const AnzCharged *it = &g_array_index(graph->cgroups->charged, AnzCharged, i);

		put_stretch(&p, it->pfn, it->nr_pages, it->owner);
	}
	end_tile(&p);
}

static void write_caches(AnzStoreWriter *writer, const AnzGraph *graph)
{
	for (guint i = 0; i < graph->slabs->caches->len; i++) {
		const AnzCache *it = &g_array_index(graph->slabs->caches, AnzCache, i);
		g_autofree char *flags = anz_cache_flags_text(graph->kernel, it->flags);
		guint64 offset;
		const char *ctor = it->ctor ?
			anz_types_symbol_at(graph->kernel->types, it->ctor, &offset) : NULL;

		anz_store_writer_insert(writer, "caches", "iusuuuiiussiuuuuunnuui",
					(gint64)it->owner, it->address, it->name, it->object_size,
					it->size, it->align, (gint64)it->order,
					(gint64)it->objects_per_slab, it->flags, flags, ctor,
					(gint64)it->aliases, it->nr_slabs, it->nr_pages,
					it->nr_objects, it->nr_in_use,
					it->nr_objects - it->nr_partial_free,
					it->kernel_slabs < 0 ? ANZ_NULL : it->kernel_slabs,
					it->kernel_objects < 0 ? ANZ_NULL : it->kernel_objects,
					it->nr_bad, it->nr_unread, (gint64)it->listed);
	}
}

static void write_slabs(AnzStoreWriter *writer, const AnzGraph *graph)
{
	const AnzSlabs *slabs = graph->slabs;

	for (guint i = 0; i < slabs->slabs->len; i++) {
		const AnzSlab *it = &g_array_index(slabs->slabs, AnzSlab, i);
		const AnzCache *cache = &g_array_index(slabs->caches, AnzCache, it->cache);
		int node = anz_graph_node(graph, it->pfn);

		anz_store_writer_insert(writer, "slabs", "uuuunsuuisbu", it->address, cache->address,
					it->pfn, (guint64)it->nr_pages, node < 0 ? ANZ_NULL :
					(gint64)node, anz_slab_state_name(it->state),
					(guint64)it->nr_objects,
					(guint64)(it->nr_objects - it->nr_free),
					(gint64)it->frozen, it->status, it->nr_free ?
					slabs->free_bits->data + it->free_map : NULL,
					(gsize)(it->nr_objects + 7) / 8, (guint64)it->first);
	}
}

static void write_files(AnzStoreWriter *writer, const AnzGraph *graph)
{
	for (guint i = 0; i < graph->files->files->len; i++) {
		const AnzFile *it = &g_array_index(graph->files->files, AnzFile, i);
		gboolean inode = it->inode != 0;

		anz_store_writer_insert(writer, "files", "iunsissnnnuuuuuuuuui",
					(gint64)it->owner, it->mapping, inode ? (gint64)it->inode :
					ANZ_NULL, it->path, (gint64)it->deleted, it->fs, it->device,
					inode ? (gint64)it->ino : ANZ_NULL, inode ?
					(gint64)it->links : ANZ_NULL, inode ? (gint64)it->size :
					ANZ_NULL, it->nrpages, it->nr_pages, it->nr_mapped,
					it->nr_dirty, it->nr_writeback, it->nr_indexed,
					it->nr_shadows, it->nr_swapped, it->nr_disagreeing,
					(gint64)it->whole);
	}
}

static void write_areas(AnzStoreWriter *writer, const AnzGraph *graph)
{
	const AnzAreas *areas = graph->areas;

	for (guint i = 0; i < areas->areas->len; i++) {
		const AnzArea *it = &g_array_index(areas->areas, AnzArea, i);
		g_autofree char *flags = anz_area_flags_text(it->flags);

		anz_store_writer_insert(writer, "areas", "nuuuussuun", it->owner ? (gint64)it->owner :
					ANZ_NULL, it->start, it->end, it->address, it->flags, flags,
					it->caller, it->nr_pages, it->nr_claimed, it->paddr ?
					(gint64)it->paddr : ANZ_NULL);
	}
	for (guint i = 0; i < areas->modules->len; i++) {
		const AnzModule *it = &g_array_index(areas->modules, AnzModule, i);

		anz_store_writer_insert(writer, "modules", "iusuu", (gint64)it->owner, it->address,
					it->name, it->size, it->nr_pages);
	}
	for (guint i = 0; i < areas->chunks->len; i++) {
		const AnzPercpuChunk *it = &g_array_index(areas->chunks, AnzPercpuChunk, i);

		anz_store_writer_insert(writer, "percpu_chunks", "iunuuun", (gint64)it->owner,
					it->base, it->address ? (gint64)it->address : ANZ_NULL,
					it->nr_pages, it->nr_populated, it->nr_claimed,
					it->address ? (gint64)it->free_bytes : ANZ_NULL);
	}
}

static void write_cgroup_lines(AnzStoreWriter *writer, const AnzGraph *graph,
			       const AnzCgroup *group, const AnzCgroup *subtree)
{
	g_autoptr(GArray) lines = anz_cgroup_lines(graph, group, subtree);

	for (guint i = 0; i < lines->len; i++) {
		const AnzCgroupLine *line = &g_array_index(lines, AnzCgroupLine, i);

		anz_store_writer_insert(writer, "cgroup_counters", "isisinis", (gint64)group->owner,
					line->name, (gint64)line->subtree,
					line->is_bytes ? "bytes" : "pages", line->kernel,
					line->census, (gint64)line->exact, line->meaning);
	}
}

static void write_cgroups(AnzStoreWriter *writer, const AnzGraph *graph)
{
	const AnzCgroups *cgroups = graph->cgroups;
	g_autoptr(GArray) sums = anz_cgroups_sum(cgroups);

	/* What is not known is ANZ_NULL already. */
	G_STATIC_ASSERT(ANZ_CGROUP_UNKNOWN == ANZ_NULL);
	for (guint i = 0; i < cgroups->groups->len; i++) {
		const AnzCgroup *it = &g_array_index(cgroups->groups, AnzCgroup, i);
		const AnzCgroup *sum = &g_array_index(sums, AnzCgroup, i);

		anz_store_writer_insert(writer, "cgroups", "iusnnnuuuuuuunnnn", (gint64)it->owner,
					it->address, it->path, it->online < 0 ? ANZ_NULL :
					(gint64)it->online, it->id ? (gint64)it->id : ANZ_NULL,
					it->inode ? (gint64)it->inode : ANZ_NULL, it->nr_pages,
					it->nr_kernel_pages, it->nr_objects, it->object_bytes,
					sum->nr_pages, sum->nr_objects, sum->object_bytes,
					it->usage, it->max, it->swap_usage, cgroups->swap_known ?
					(gint64)it->nr_swapped : ANZ_NULL);
		for (guint c = 0; c < ANZ_NR_CLASSES; c++)
			if (it->pages[c])
				anz_store_writer_insert(writer, "cgroup_classes", "isu",
							(gint64)it->owner,
							anz_page_class_info(c)->name, it->pages[c]);
		write_cgroup_lines(writer, graph, it, sum);
	}
	for (guint i = 0; i < cgroups->caches->len; i++) {
		const AnzCgroupCache *it = &g_array_index(cgroups->caches, AnzCgroupCache, i);
		const AnzCache *cache = &g_array_index(graph->slabs->caches, AnzCache, it->cache);

		anz_store_writer_insert(writer, "cgroup_caches", "iuuu", (gint64)
					g_array_index(cgroups->groups, AnzCgroup, it->group).owner,
					cache->address, it->nr_objects,
					it->nr_objects * cache->size);
	}
}

static const char *zone_name(const AnzKernel *kernel, guint nid, guint index)
{
	for (guint i = 0; i < kernel->zones->len; i++) {
		const AnzZone *zone = &g_array_index(kernel->zones, AnzZone, i);

		if (zone->nid == nid && zone->index == index)
			return zone->name;
	}
	return NULL;
}

/* One type of one zone in one struct lruvec; rows of nothing are left out. */
static void write_lruvec(AnzStoreWriter *writer, const AnzGraph *graph, const AnzLruvec *it, guint type,
			 guint zone)
{
	static const char *const types[ANZ_LRU_TYPES] = { "anon", "file" };
	const AnzGenerations *g = graph->generations;
	const char *name = zone_name(graph->kernel, it->nid, zone);

	for (guint i = 0; i < g->nr_gens; i++) {
		guint at = anz_generations_at(g, i, type, zone);
		guint64 seq = anz_lruvec_seq(g, it, i);
		/* Of ticks, which begin below zero. */
		gint64 ticks = it->born && g->now ? (gint64)(g->now - it->born[i]) : -1;

		if (!it->kernel[at] && !it->found[at])
			continue;
		/* What is no number is NULL to SQLite. */
		anz_store_writer_insert(writer, "generations", "nuissuuuduiu", it->owner ?
					(gint64)it->owner : ANZ_NULL, it->address, (gint64)it->nid,
					name ? name : "?", types[type], (guint64)i, seq,
					it->max_seq - seq, ticks < 0 ? NAN : ticks * g->tick,
					it->min_seq[type], it->kernel[at], it->found[at]);
	}
}

static void write_generations(AnzStoreWriter *writer, const AnzGraph *graph)
{
	const AnzGenerations *g = graph->generations;

	for (guint i = 0; i < g->lruvecs->len; i++) {
		const AnzLruvec *it = &g_array_index(g->lruvecs, AnzLruvec, i);

		for (guint at = 0; it->kernel && at < ANZ_LRU_TYPES * g->nr_zones; at++)
			write_lruvec(writer, graph, it, at / g->nr_zones, at % g->nr_zones);
	}
}

static void write_page_owners(AnzStoreWriter *writer, const AnzGraph *graph)
{
	const AnzPageOwners *o = graph->page_owners;

	for (guint i = 0; i < o->stacks->len; i++) {
		const AnzAllocStack *it = &g_array_index(o->stacks, AnzAllocStack, i);
		g_autofree char *frames = anz_alloc_stack_text(graph, it);
		g_autofree char *caller = anz_alloc_stack_caller(frames);

		anz_store_writer_insert(writer, "alloc_stacks", "uuuss", (guint64)it->handle,
					it->nr_allocations, it->nr_pages, caller, frames);
	}
	for (guint i = 0; i < o->runs->len; i++) {
		const AnzAllocated *it = &g_array_index(o->runs, AnzAllocated, i);

		anz_store_writer_insert(writer, "allocated", "uuuuuuusdn", it->pfn, it->nr_pages,
					(guint64)g_array_index(o->stacks, AnzAllocStack,
							       it->stack).handle,
					(guint64)it->order, (guint64)it->gfp, (guint64)it->pid,
					(guint64)it->tgid, it->comm, it->seconds +
					it->nanoseconds / 1e9, it->moved < 0 ? ANZ_NULL :
					(gint64)it->moved);
	}
}

static void write_alloc_tags(AnzStoreWriter *writer, const AnzGraph *graph)
{
	const AnzAllocTags *t = graph->alloc_tags;

	for (guint i = 0; i < t->tags->len; i++) {
		const AnzAllocTag *it = &g_array_index(t->tags, AnzAllocTag, i);

		anz_store_writer_insert(writer, "alloc_tags", "usussiiuu", it->address, it->file,
					(guint64)it->line, it->function, it->module, it->bytes, it->calls,
					it->nr_allocations, it->nr_pages);
	}
	for (guint i = 0; i < t->runs->len; i++) {
		const AnzTagged *it = &g_array_index(t->runs, AnzTagged, i);

		anz_store_writer_insert(writer, "tagged", "uuu", it->pfn, it->nr_pages,
					g_array_index(t->tags, AnzAllocTag, it->tag).address);
	}
}

void anz_snapshot_write_graph(AnzStoreWriter *writer, const AnzGraph *graph)
{
	write_owners(writer, graph);
	write_owned(writer, graph);
	write_planes(writer, graph);
	if (graph->slabs) {
		write_caches(writer, graph);
		write_slabs(writer, graph);
	}
	if (graph->files)
		write_files(writer, graph);
	if (graph->areas)
		write_areas(writer, graph);
	if (graph->cgroups)
		write_cgroups(writer, graph);
	if (graph->generations)
		write_generations(writer, graph);
	if (graph->page_owners)
		write_page_owners(writer, graph);
	if (graph->alloc_tags)
		write_alloc_tags(writer, graph);
}
