/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* All lists of all zones, and what the walks say together. */
#include "lists/lists-priv.h"

static void free_list_clear(gpointer data)
{
	g_free(((AnzFreeList *)data)->status);
}

static void pcp_set_clear(gpointer data)
{
	g_free(((AnzPcpSet *)data)->status);
}

/* A list is as its walk was, or else as its first odd block is. */
static void settle_statuses(AnzKernel *kernel, AnzLists *lists, AnzCover *cover)
{
	for (guint i = 0; i < cover->lists->len; i++) {
		const AnzWalkedList *walked = &g_array_index(cover->lists, AnzWalkedList, i);
		const char *wrong = walked->problem ? walked->problem : walked->odd;
		const AnzZone *zone;
		AnzPcpSet *set;

		switch (walked->family) {
		case ANZ_FAMILY_FREE:
			g_array_index(lists->free_lists, AnzFreeList, walked->index).status =
				g_strdup(wrong ? wrong : "ok");
			break;
		case ANZ_FAMILY_UNACCEPTED:
			zone = &g_array_index(kernel->zones, AnzZone, walked->index);
			if (wrong)
				anz_kernel_remark(kernel, "warning", "free-list", 1,
						  "unaccepted pages of node %u zone %s: %s",
						  zone->nid, zone->name, wrong);
			break;
		case ANZ_FAMILY_PCP:
			set = &g_array_index(lists->pcp_sets, AnzPcpSet, walked->index);
			if (wrong && !set->status)
				set->status = g_strdup_printf("list %u: %s", walked->list, wrong);
			break;
		}
	}
	for (guint i = 0; i < lists->pcp_sets->len; i++) {
		AnzPcpSet *set = &g_array_index(lists->pcp_sets, AnzPcpSet, i);

		if (!set->status)
			set->status = g_strdup("ok");
	}
}

static void report(AnzKernel *kernel, const AnzLists *lists)
{
	for (guint i = 0; i < lists->free_lists->len; i++) {
		const AnzFreeList *list = &g_array_index(lists->free_lists, AnzFreeList, i);
		const AnzZone *zone = &g_array_index(kernel->zones, AnzZone, list->zone);

		if (!g_str_equal(list->status, "ok"))
			anz_kernel_remark(kernel, "warning", "free-list", 1,
					  "node %u zone %s order %u %s: %s", zone->nid, zone->name,
					  list->order, kernel->migratetype_names[list->migratetype],
					  list->status);
	}
	for (guint i = 0; i < lists->pcp_sets->len; i++) {
		const AnzPcpSet *set = &g_array_index(lists->pcp_sets, AnzPcpSet, i);
		const AnzZone *zone = &g_array_index(kernel->zones, AnzZone, set->zone);

		if (!g_str_equal(set->status, "ok"))
			anz_kernel_remark(kernel, "warning", "pcp", 1,
					  "node %u zone %s cpu %u: %s", zone->nid, zone->name,
					  set->cpu, set->status);
	}
}

AnzLists *anz_lists_walk(AnzKernel *kernel, AnzPlanes *planes, const gint *cancel,
			 GError **error)
{
	g_autoptr(AnzCover) cover = anz_cover_new(planes);
	AnzLists *lists = g_new0(AnzLists, 1);
	guint nr = kernel->zones->len + 1;

	lists->free_lists = g_array_new(FALSE, TRUE, sizeof(AnzFreeList));
	g_array_set_clear_func(lists->free_lists, free_list_clear);
	lists->pcp_sets = g_array_new(FALSE, TRUE, sizeof(AnzPcpSet));
	g_array_set_clear_func(lists->pcp_sets, pcp_set_clear);
	lists->free_blocks = g_array_new(FALSE, TRUE, sizeof(AnzListBlock));
	lists->unaccepted = g_array_new(FALSE, TRUE, sizeof(AnzListBlock));
	lists->pcp_blocks = g_array_new(FALSE, TRUE, sizeof(AnzListBlock));
	lists->listed_pages = g_new0(guint64, nr);
	lists->isolated_pages = g_new0(guint64, nr);
	lists->unaccepted_pages = g_new0(guint64, nr);
	lists->pcp_pages = g_new0(guint64, nr);
	anz_lists_walk_free(kernel, planes, cover, lists);
	anz_lists_walk_pcp(kernel, planes, cover, lists);
	if (!anz_cover_apply(cover, kernel, planes, cancel, error)) {
		anz_lists_free(lists);
		return NULL;
	}
	lists->unlisted = cover->unlisted;
	settle_statuses(kernel, lists, cover);
	if (lists->unlisted)
		anz_kernel_remark(kernel, "warning", "free-list", lists->unlisted,
				  "pages say that they are free blocks but are on no list (first: pfn %"
				  G_GUINT64_FORMAT ")", cover->first_unlisted);
	report(kernel, lists);
	return lists;
}

void anz_lists_free(AnzLists *lists)
{
	if (!lists)
		return;
	g_array_unref(lists->free_lists);
	g_array_unref(lists->pcp_sets);
	g_array_unref(lists->free_blocks);
	g_array_unref(lists->unaccepted);
	g_array_unref(lists->pcp_blocks);
	g_free(lists->listed_pages);
	g_free(lists->isolated_pages);
	g_free(lists->unaccepted_pages);
	g_free(lists->pcp_pages);
	g_free(lists);
}
