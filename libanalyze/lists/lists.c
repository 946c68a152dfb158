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
static void settle_statuses(AnzLists *lists, const AnzCover *cover)
{
	for (guint i = 0; i < cover->lists->len; i++) {
		const AnzWalkedList *walked = &g_array_index(cover->lists, AnzWalkedList, i);
		const char *wrong = walked->problem ? walked->problem : walked->odd;
		AnzPcpSet *set;

		switch (walked->family) {
		case ANZ_FAMILY_FREE:
			g_array_index(lists->free_lists, AnzFreeList, walked->index).status =
				g_strdup(wrong ? wrong : "ok");
			break;
		case ANZ_FAMILY_UNACCEPTED:
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

/* Which list each fault was met on. */
static void name_faults(AnzLists *lists, const AnzCover *cover)
{
	for (guint i = 0; i < lists->faults->len; i++) {
		AnzListFault *fault = &g_array_index(lists->faults, AnzListFault, i);
		const AnzWalkedList *walked;

		if (fault->kind == ANZ_FAULT_UNLISTED)
			continue;
		walked = &g_array_index(cover->lists, AnzWalkedList, fault->walked);
		fault->family = walked->family;
		fault->order = walked->order;
		switch (walked->family) {
		case ANZ_FAMILY_FREE: {
			const AnzFreeList *list = &g_array_index(lists->free_lists, AnzFreeList,
								 walked->index);

			fault->zone = list->zone;
			fault->list = list->migratetype;
			break;
		}
		case ANZ_FAMILY_UNACCEPTED:
			fault->zone = walked->index;
			break;
		case ANZ_FAMILY_PCP: {
			const AnzPcpSet *set = &g_array_index(lists->pcp_sets, AnzPcpSet,
							      walked->index);

			fault->zone = set->zone;
			fault->cpu = set->cpu;
			fault->list = walked->list;
			break;
		}
		}
	}
}

/* What could not be read is for a remark; what is wrong is for the rules (check/). */
static void report(AnzKernel *kernel, const AnzLists *lists, const AnzCover *cover)
{
	for (guint i = 0; i < lists->faults->len; i++) {
		const AnzListFault *fault = &g_array_index(lists->faults, AnzListFault, i);
		const AnzZone *zone = &g_array_index(kernel->zones, AnzZone, fault->zone);
		const char *status;

		if (fault->kind != ANZ_FAULT_UNREADABLE)
			continue;
		status = g_array_index(cover->lists, AnzWalkedList, fault->walked).problem;
		if (fault->family == ANZ_FAMILY_PCP)
			anz_kernel_remark(kernel, "warning", "pcp", 1,
					  "node %u zone %s cpu %u: list %u: %s", zone->nid, zone->name,
					  fault->cpu, fault->list, status);
		else if (fault->family == ANZ_FAMILY_UNACCEPTED)
			anz_kernel_remark(kernel, "warning", "free-list", 1,
					  "unaccepted pages of node %u zone %s: %s", zone->nid,
					  zone->name, status);
		else
			anz_kernel_remark(kernel, "warning", "free-list", 1,
					  "node %u zone %s order %u %s: %s", zone->nid, zone->name,
					  fault->order, kernel->migratetype_names[fault->list],
					  status);
	}
	for (guint i = 0; i < lists->pcp_sets->len; i++) {
		const AnzPcpSet *set = &g_array_index(lists->pcp_sets, AnzPcpSet, i);
		const AnzZone *zone = &g_array_index(kernel->zones, AnzZone, set->zone);

		if (set->count < 0)
			anz_kernel_remark(kernel, "warning", "pcp", 1,
					  "node %u zone %s cpu %u: %s", zone->nid, zone->name,
					  set->cpu, set->status);
	}
}

AnzLists *anz_lists_walk(AnzKernel *kernel, AnzPlanes *planes, const gint *cancel,
			 GError **error)
{
	g_autoptr(AnzCover) cover = anz_cover_new(planes, cancel);
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
	/* If they were cancelled, the pass of the last of these says so. */
	if ((kernel->memdesc && lists->pcp_unknown &&
	     !anz_lists_find_unlisted(kernel, planes, cover, cancel, error)) ||
	    !anz_cover_apply(cover, kernel, planes, cancel, error)) {
		anz_lists_free(lists);
		return NULL;
	}
	lists->unlisted = cover->unlisted;
	lists->faults = g_array_ref(cover->faults);
	settle_statuses(lists, cover);
	name_faults(lists, cover);
	report(kernel, lists, cover);
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
	if (lists->faults)
		g_array_unref(lists->faults);
	g_free(lists->listed_pages);
	g_free(lists->isolated_pages);
	g_free(lists->unaccepted_pages);
	g_free(lists->pcp_pages);
	g_free(lists);
}
