/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * mm/swap_cgroup.c: swap_cgroup_ctrl[type].map led to pages of numbers of 16 bits; since 6.14 it is an
 * array of words with two numbers each.  mm/swap_table.h: swap_cluster_info.memcg_table.
 */
#include "graph/swap-groups.h"

#include "graph/range.h"

struct AnzSwapGroups {
	AnzGraph *graph;
	GHashTable *by_id;	/* mem_cgroup.id -> index + 1 */
	AnzField table;		/* swap_cluster_info.memcg_table */
	AnzField ids;		/* id[] in what that leads to */
	guint64 ctrl, ctrl_size;	/* swap_cgroup_ctrl[]; 0 none */
	AnzField map;
	gboolean in_pages;	/* map is an array of struct page pointers */
	guint64 at;		/* map of the area at hand; 0 none */
	guint64 page;		/* address of the page of numbers read last, by its place in map */
	guint64 page_at;
};

AnzSwapGroups *anz_swap_groups_new(AnzGraph *graph)
{
	AnzKernel *kernel = graph->kernel;
	AnzSwapGroups *g;
	AnzField pairs;

	if (!graph->cgroups)
		return NULL;
	g = g_new0(AnzSwapGroups, 1);
	g->graph = graph;
	g->page_at = G_MAXUINT64;
	if (anz_field(kernel, "swap_memcg_table", "id", &g->ids))
		anz_field(kernel, "swap_cluster_info", "memcg_table", &g->table);
	if (!g->table.known && anz_kernel_symbol(kernel, "swap_cgroup_ctrl", &g->ctrl) &&
	    (!anz_kernel_sizeof(kernel, "swap_cgroup_ctrl", &g->ctrl_size) ||
	     !anz_field(kernel, "swap_cgroup_ctrl", "map", &g->map)))
		g->ctrl = 0;
	g->in_pages = !anz_field(kernel, "swap_cgroup", "ids", &pairs);
	g->by_id = g_hash_table_new(NULL, NULL);
	for (guint i = 0; i < graph->cgroups->groups->len; i++) {
		guint id = g_array_index(graph->cgroups->groups, AnzCgroup, i).id;

		if (id)
			g_hash_table_insert(g->by_id, GUINT_TO_POINTER(id), GUINT_TO_POINTER(i + 1));
	}
	if (!g->table.known && !g->ctrl)
		g_clear_pointer(&g, anz_swap_groups_free);
	return g;
}

void anz_swap_groups_free(AnzSwapGroups *groups)
{
	if (!groups)
		return;
	g_hash_table_unref(groups->by_id);
	g_free(groups);
}

/* The @length pages of numbers of the area at hand. */
static void claim_pages(AnzSwapGroups *g, guint64 length)
{
	AnzKernel *kernel = g->graph->kernel;
	guint32 owner = anz_graph_owner(g->graph, ANZ_OWNER_KERNEL, 0, "control groups of swap slots");
	guint64 nr = MIN(length, g->graph->planes->max_pfn), page, pfn;

	for (guint64 i = 0; i < nr && anz_kernel_read_u64(kernel, g->at + i * 8, &page); i++) {
		pfn = page ? anz_kernel_page_pfn(kernel, page) : G_MAXUINT64;
		if (pfn != G_MAXUINT64)
			anz_graph_claim_frames(g->graph, owner, ANZ_RANK_WALKED, ANZ_UNNAMED_CLASSES, pfn, 1,
					       ANZ_NO_POSITION, ANZ_NR_CLASSES);
	}
}

void anz_swap_groups_begin(AnzSwapGroups *groups, guint type)
{
	AnzKernel *kernel = groups->graph->kernel;
	guint64 ctrl = groups->ctrl + type * groups->ctrl_size, length;

	groups->at = 0;
	groups->page_at = G_MAXUINT64;
	if (!groups->ctrl || !anz_kernel_read_u64(kernel, ctrl + groups->map.offset, &groups->at) || !groups->at)
		return;
	if (groups->in_pages && anz_kernel_read_member(kernel, ctrl, "swap_cgroup_ctrl", "length", &length))
		claim_pages(groups, length);
}

/* Where the number of slot @slot is, and how many more lie beside it. */
static gboolean place_of(AnzSwapGroups *g, guint64 slot, guint64 *address, guint64 *nr)
{
	AnzKernel *kernel = g->graph->kernel;
	guint64 per_page = ((guint64)1 << kernel->page_shift) / 2, page, pfn;

	if (!g->in_pages) {
		*address = g->at + slot * 2;
		*nr = G_MAXUINT64;
		return TRUE;
	}
	if (slot / per_page != g->page_at) {
		g->page_at = slot / per_page;
		g->page = 0;
		if (anz_kernel_read_u64(kernel, g->at + g->page_at * 8, &page)) {
			pfn = anz_kernel_page_pfn(kernel, page);
			g->page = pfn == G_MAXUINT64 ? 0 : anz_graph_virt_of(g->graph, pfn);
		}
	}
	*address = g->page + slot % per_page * 2;
	*nr = per_page - slot % per_page;
	return g->page != 0;
}

static void take(const AnzKernel *kernel, const guint8 *bytes, guint nr, gboolean pairs, guint16 *ids)
{
	for (guint i = 0; i < nr; i++)
		/* Of a pair the first is the lower half of the word. */
		ids[i] = !pairs ? anz_load16(bytes + i * 2, kernel->big_endian) :
			 anz_load32(bytes + i / 2 * 4, kernel->big_endian) >> (i % 2 * 16);
}

gboolean anz_swap_groups_read(AnzSwapGroups *groups, guint64 first, guint nr, guint64 cluster,
			      guint16 *ids)
{
	AnzKernel *kernel = groups->graph->kernel;
	g_autofree guint8 *bytes = g_malloc((gsize)nr * 2 + 2);
	guint64 address, left;

	memset(ids, 0, (gsize)nr * 2);
	if (groups->table.known) {
		if (!cluster || !anz_kernel_read_u64(kernel, cluster + groups->table.offset, &address))
			return FALSE;
		/* Made when the first of its slots is charged. */
		if (!address)
			return TRUE;
		if (!anz_kernel_read(kernel, address + groups->ids.offset, bytes, (gsize)nr * 2))
			return FALSE;
		take(kernel, bytes, nr, FALSE, ids);
		return TRUE;
	}
	if (!groups->at)
		return TRUE;
	for (guint i = 0, n; i < nr; i += n) {
		if (!place_of(groups, first + i, &address, &left))
			return FALSE;
		n = MIN(nr - i, left);
		if (!anz_kernel_read(kernel, address, bytes, ((gsize)n * 2 + 3) & ~(gsize)3))
			return FALSE;
		take(kernel, bytes, n, !groups->in_pages, ids + i);
	}
	return TRUE;
}

int anz_swap_groups_find(const AnzSwapGroups *groups, guint16 id)
{
	return (int)GPOINTER_TO_UINT(g_hash_table_lookup(groups->by_id, GUINT_TO_POINTER(id))) - 1;
}
