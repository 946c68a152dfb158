/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "graph/swap-slots.h"

#include <string.h>

#include "graph/files.h"
#include "graph/spaces.h"
#include "graph/swap-groups.h"
#include "graph/xarray.h"

/* Slots that are read at a time where they are in no clusters. */
#define BLOCK_SLOTS 4096
#define MAX_CLUSTER_SLOTS 8192
#define MAX_SLOTS ((guint64)G_MAXUINT32)
#define MAX_RUNS (1u << 22)
/* So many blocks one after another that cannot be read, and the rest is not there either. */
#define MAX_GAP 1024

/* include/linux/swap.h: bits and values of a byte of swap_map. */
#define MAP_HAS_CACHE 0x40
#define MAP_CONTINUED 0x80
#define MAP_COUNT 0x3f
#define MAP_BAD 0x3f
#define MAP_SHMEM 0xbf

/* mm/swap_table.h: an entry of a swap table with counts has them on top. */
#define TABLE_COUNT_SHIFT 60
#define TABLE_COUNT_MAX 15
#define TABLE_BAD (~(guint64)7)
#define TABLE_MARK 3ull
#define TABLE_PFN 2ull

/* include/linux/swap.h, 4.11 to 6.17: SWAP_ADDRESS_SPACE_SHIFT, slots of one tree of cached pages. */
#define TREE_SHIFT 14
#define MAX_TREES ((guint)(MAX_SLOTS >> TREE_SHIFT) + 1)

/* Slots with a page in the swap cache. */
typedef struct {
	guint64 first, nr;
} Stretch;

typedef struct {
	AnzGraph *graph;
	AnzSwap *swap;
	AnzSwapArea *area;
	AnzSwapGroups *groups;	/* (nullable) */
	AnzField map, clusters, table;
	guint64 cluster_size, cluster_slots;	/* 0: no tables */
	/* Trees of cached pages; unknown where tables tell. */
	guint64 trees, nr_trees;	/* symbols */
	guint64 tree_size;
	AnzField head;
	AnzXarrayLayout xarray;
	gboolean has_trees;
	guint64 tree_base;
	GArray *cached;		/* Stretch by slot, of the area at hand */
	guint next_cached;
	guint64 unknown_groups, unread_groups, lost_runs, broken_trees;
} Reader;

AnzSlotState anz_swap_map_state(guint8 byte)
{
	guint8 count = byte & (guint8)~MAP_HAS_CACHE;
	AnzSlotState state = { 0 };

	if (count == MAP_BAD) {
		state.bad = TRUE;
		return state;
	}
	state.used = byte != 0;
	state.nr_users = count == MAP_SHMEM ? 1 : count & MAP_CONTINUED ? ANZ_SWAP_MANY :
			 count & MAP_COUNT;
	return state;
}

AnzSlotState anz_swap_table_state(guint64 entry, gboolean counts)
{
	AnzSlotState state = { 0 };

	if (entry == TABLE_BAD) {
		state.bad = TRUE;
		return state;
	}
	/* Values of an xarray are what evicted pages left; all else is a page, by frame or by folio. */
	state.cached = entry && !(entry & 1);
	state.used = counts ? entry != 0 : state.cached;
	if (counts)
		state.nr_users = entry >> TABLE_COUNT_SHIFT == TABLE_COUNT_MAX ? ANZ_SWAP_MANY :
				 (gint32)(entry >> TABLE_COUNT_SHIFT);
	return state;
}

static void resolve(Reader *r)
{
	AnzKernel *kernel = r->graph->kernel;
	guint64 stride;

	anz_field(kernel, "swap_info_struct", "swap_map", &r->map);
	if (anz_field(kernel, "swap_info_struct", "cluster_info", &r->clusters) &&
	    anz_field(kernel, "swap_cluster_info", "table", &r->table) &&
	    anz_kernel_sizeof(kernel, "swap_cluster_info", &r->cluster_size) && r->cluster_size &&
	    anz_kernel_array_len(kernel, "swap_table", "entries", &r->cluster_slots, &stride) &&
	    (stride != 8 || r->cluster_slots > MAX_CLUSTER_SLOTS))
		r->cluster_slots = 0;
	r->has_trees = !r->table.known && anz_xarray_resolve(&r->xarray, kernel) &&
		       anz_kernel_symbol(kernel, "swapper_spaces", &r->trees) &&
		       anz_kernel_symbol(kernel, "nr_swapper_spaces", &r->nr_trees) &&
		       anz_kernel_sizeof(kernel, "address_space", &r->tree_size) &&
		       anz_field(kernel, "address_space", "i_pages.xa_head", &r->head);
}

static void add_cached(guint64 index, guint64 nr, guint64 entry, gpointer data)
{
	Reader *r = data;
	/* The index is that in the area, since 6.10 that in the tree. */
	Stretch stretch = { r->tree_base | (index & (((guint64)1 << TREE_SHIFT) - 1)), nr };
	Stretch *last = r->cached->len ? &g_array_index(r->cached, Stretch, r->cached->len - 1) : NULL;

	if (entry & 1) {
		r->area->nr_shadows += nr;
		return;
	}
	r->area->nr_cache_pages += nr;
	if (last && last->first + last->nr == stretch.first)
		last->nr += nr;
	else if (!last || stretch.first > last->first)
		g_array_append_val(r->cached, stretch);
}

static void read_trees(Reader *r)
{
	AnzKernel *kernel = r->graph->kernel;
	guint64 spaces, head;
	guint32 nr;

	g_array_set_size(r->cached, 0);
	r->next_cached = 0;
	if (!r->has_trees || !anz_kernel_read_u64(kernel, r->trees + r->area->type * 8ull, &spaces) ||
	    !anz_kernel_read_u32(kernel, r->nr_trees + r->area->type * 4ull, &nr) || !spaces)
		return;
	for (guint i = 0; i < MIN(nr, MAX_TREES) && !anz_graph_cancelled(r->graph); i++) {
		r->tree_base = (guint64)i << TREE_SHIFT;
		if (!anz_kernel_read_u64(kernel, spaces + i * r->tree_size + r->head.offset, &head) ||
		    !anz_xarray_walk(&r->xarray, head, r->graph->planes->max_pfn + 64, add_cached, r))
			r->broken_trees++;
	}
}

/* Slots are asked for in rising order. */
static gboolean is_cached(Reader *r, guint64 slot)
{
	while (r->next_cached < r->cached->len) {
		const Stretch *it = &g_array_index(r->cached, Stretch, r->next_cached);

		if (slot < it->first + it->nr)
			return slot >= it->first;
		r->next_cached++;
	}
	return FALSE;
}

static void add_slot(Reader *r, guint64 slot, const AnzSlotState *state, guint16 group_id)
{
	AnzSwapArea *area = r->area;
	GArray *runs = r->swap->runs;
	AnzSwapRun *last = runs->len ? &g_array_index(runs, AnzSwapRun, runs->len - 1) : NULL;
	AnzSwapRun run = { .first = slot, .nr_slots = 1, .nr_users = state->nr_users,
			   .type = area->type, .cached = state->cached, .bad = state->bad };
	int group;

	if (state->bad) {
		area->nr_bad++;
	} else if (!state->used) {
		return;
	} else {
		area->nr_in_use++;
		area->nr_cached += state->cached;
		area->nr_held += !state->nr_users && !state->cached;
		area->nr_many += state->nr_users == ANZ_SWAP_MANY;
		area->nr_users += state->nr_users == ANZ_SWAP_MANY ? 0 : state->nr_users;
		group = group_id ? anz_swap_groups_find(r->groups, group_id) : -1;
		if (group >= 0) {
			AnzCgroup *it = &g_array_index(r->graph->cgroups->groups, AnzCgroup, group);

			it->nr_swapped++;
			area->nr_charged++;
			run.cgroup = it->owner;
		}
		r->unknown_groups += group_id && group < 0;
	}
	if (last && last->type == run.type && last->first + last->nr_slots == slot &&
	    last->nr_users == run.nr_users && last->cgroup == run.cgroup &&
	    last->cached == run.cached && last->bad == run.bad)
		last->nr_slots++;
	else if (runs->len < MAX_RUNS)
		g_array_append_val(runs, run);
	else
		r->lost_runs++;
}

/* What the byte of swap_map and the entry of the table say together. */
static AnzSlotState state_of(Reader *r, guint64 slot, const guint8 *byte, guint64 entry)
{
	AnzSlotState map = { 0 }, table = anz_swap_table_state(entry, !byte);

	if (!byte)
		return table;
	map = anz_swap_map_state(*byte);
	map.cached = !map.bad && (r->table.known ? table.cached : is_cached(r, slot));
	map.used |= map.cached;
	return map;
}

/* @table: of the cluster of these slots, 0 none.  %FALSE if they cannot be read. */
static gboolean read_block(Reader *r, guint64 map, guint64 table, guint64 cluster, guint64 first,
			   guint nr)
{
	AnzKernel *kernel = r->graph->kernel;
	g_autofree guint8 *bytes = g_malloc0(nr), *entries = g_malloc0((gsize)nr * 8);
	g_autofree guint16 *ids = g_new0(guint16, nr);
	gboolean any = FALSE;

	if ((map && !anz_kernel_read(kernel, map + first, bytes, nr)) ||
	    (table && !anz_kernel_read(kernel, table, entries, (gsize)nr * 8)))
		return FALSE;
	for (guint i = 0; i < nr && !any; i++)
		any = bytes[i] || anz_load64(entries + (gsize)i * 8, kernel->big_endian);
	/* Numbers of groups are left where a slot was in use before. */
	if (any && r->groups && !anz_swap_groups_read(r->groups, first, nr, cluster, ids)) {
		r->unread_groups += nr;
		memset(ids, 0, (gsize)nr * sizeof(*ids));
	}
	for (guint i = 0; i < nr; i++) {
		guint64 entry = anz_load64(entries + (gsize)i * 8, kernel->big_endian);
		AnzSlotState state = state_of(r, first + i, map ? bytes + i : NULL, entry);

		if (table && (entry & 1) && (entry << 4) >> 5)
			r->area->nr_shadows++;
		r->area->nr_cache_pages += table && state.cached;
		add_slot(r, first + i, &state, ids[i]);
	}
	return TRUE;
}

static void read_area(Reader *r)
{
	AnzKernel *kernel = r->graph->kernel;
	AnzSwapArea *area = r->area;
	guint64 map = 0, clusters = 0, nr_slots = MIN(area->nr_slots, MAX_SLOTS), slot = 0;
	guint gap = 0;
	gboolean tables = r->table.known && r->cluster_slots;

	if ((r->map.known && !anz_kernel_read_u64(kernel, area->address + r->map.offset, &map)) ||
	    (tables && !anz_kernel_read_u64(kernel, area->address + r->clusters.offset, &clusters)) ||
	    (!map && !clusters) || (r->table.known && !tables))
		return;
	area->known = TRUE;
	if (r->groups)
		anz_swap_groups_begin(r->groups, area->type);
	read_trees(r);
	for (guint64 nr; slot < nr_slots && gap < MAX_GAP && !anz_graph_cancelled(r->graph);
	     slot += nr) {
		guint64 table = 0, cluster = 0;

		nr = MIN(nr_slots - slot, tables ? r->cluster_slots : BLOCK_SLOTS);
		if (tables)
			cluster = clusters + slot / r->cluster_slots * r->cluster_size;
		if ((tables && !anz_kernel_read_u64(kernel, cluster + r->table.offset, &table)) ||
		    !read_block(r, map, table, cluster, slot, nr)) {
			area->nr_unread += nr;
			gap++;
		} else {
			gap = 0;
		}
	}
	area->nr_unread += area->nr_slots - slot;
}

/* Whether each slot in use was seen, with its group. */
static gboolean is_known(const Reader *r)
{
	gboolean known = r->swap->readable && r->groups && !r->unknown_groups && !r->unread_groups &&
			 !anz_graph_cancelled(r->graph);

	for (guint i = 0; i < r->swap->areas->len; i++) {
		const AnzSwapArea *area = &g_array_index(r->swap->areas, AnzSwapArea, i);

		known &= area->known && !area->nr_unread;
	}
	return known;
}

static void say(const Reader *r)
{
	AnzKernel *kernel = r->graph->kernel;
	guint64 unknown = 0, unread = 0;

	for (guint i = 0; i < r->swap->areas->len; i++) {
		const AnzSwapArea *area = &g_array_index(r->swap->areas, AnzSwapArea, i);

		unknown += !area->known;
		unread += area->nr_unread;
	}
	if (unknown)
		anz_kernel_remark(kernel, "warning", "swap", unknown,
				  "swap areas of whose slots nothing is known: this kernel keeps them in a "
				  "way not understood, or where they are kept is not in the dump");
	if (unread)
		anz_kernel_remark(kernel, "warning", "swap", unread,
				  "slots of swap areas whose state is not in the dump");
	if (r->unknown_groups)
		anz_kernel_remark(kernel, "note", "swap", r->unknown_groups,
				  "slots of swap areas charged to a control group that was not found");
	if (r->unread_groups)
		anz_kernel_remark(kernel, "note", "swap", r->unread_groups,
				  "slots of swap areas of which it is not known which control group they are "
				  "charged to");
	if (r->broken_trees)
		anz_kernel_remark(kernel, "warning", "swap", r->broken_trees,
				  "trees of the swap cache that are broken or not whole in the dump");
	if (r->lost_runs)
		anz_kernel_remark(kernel, "note", "swap", r->lost_runs,
				  "slots in use that are counted but have no rows of their own");
}

void anz_swap_slots_build(AnzGraph *graph)
{
	Reader r = { .graph = graph, .swap = graph->spaces ? graph->spaces->swap : NULL };

	if (!r.swap)
		return;
	if (graph->cgroups && !r.swap->areas->len)
		graph->cgroups->swap_known = r.swap->readable;
	if (!r.swap->areas->len)
		return;
	resolve(&r);
	r.groups = anz_swap_groups_new(graph);
	r.cached = g_array_new(FALSE, FALSE, sizeof(Stretch));
	for (guint i = 0; i < r.swap->areas->len && !anz_graph_cancelled(graph); i++) {
		r.area = &g_array_index(r.swap->areas, AnzSwapArea, i);
		if (graph->files)
			r.area->nr_file_entries = graph->files->swapped[r.area->type];
		read_area(&r);
	}
	if (!anz_graph_cancelled(graph))
		say(&r);
	if (graph->cgroups)
		graph->cgroups->swap_known = is_known(&r);
	g_array_unref(r.cached);
	anz_swap_groups_free(r.groups);
	if (r.xarray.kernel)
		anz_xarray_clear(&r.xarray);
}
