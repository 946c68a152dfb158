/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Free blocks that no list which could be walked reaches, of memory descriptors. */
#include "lists/lists-priv.h"
#include "pages/pass.h"

/* More are no pages of per-cpu lists: the map is broken, and the words of so many say little. */
#define MAX_CANDIDATES (1u << 22)

typedef struct {
	const AnzReach *reach;
	GArray *pfns;		/* guint64, ascending */
} Search;

static gpointer slot_new(gpointer data, GError **error)
{
	(void)data;
	(void)error;
	return g_array_new(FALSE, FALSE, sizeof(guint64));
}

static void slot_free(gpointer slot)
{
	g_array_unref(slot);
}

static void work(AnzTile *tile, gpointer slot, gpointer data)
{
	const Search *search = data;

	g_array_set_size(slot, 0);
	for (guint i = 0; i < ANZ_TILE_PAGES; i++) {
		guint64 pfn = (tile->number << ANZ_TILE_SHIFT) + i;

		if (tile->page_class[i] == ANZ_CLASS_FREE && !anz_reach_has(search->reach, pfn))
			g_array_append_val((GArray *)slot, pfn);
	}
}

static void drain(const AnzTile *tile, gpointer slot, gpointer data)
{
	Search *search = data;
	GArray *found = slot;

	(void)tile;
	if (found->len <= MAX_CANDIDATES - search->pfns->len)
		g_array_append_vals(search->pfns, found->data, found->len);
}

static const AnzZone *zone_of(const AnzKernel *kernel, guint64 pfn, guint64 nr)
{
	for (guint i = 0; i < kernel->zones->len; i++) {
		const AnzZone *zone = &g_array_index(kernel->zones, AnzZone, i);

		if (pfn >= zone->start_pfn && pfn - zone->start_pfn < zone->spanned)
			return nr <= zone->spanned - (pfn - zone->start_pfn) ? zone : NULL;
	}
	return NULL;
}

static gboolean any_reached(const AnzReach *reach, guint64 pfn, guint64 nr)
{
	for (guint64 i = 0; i < nr; i++)
		if (anz_reach_has(reach, pfn + i))
			return TRUE;
	return FALSE;
}

static void add_blocks(AnzKernel *kernel, const AnzPlanes *planes, AnzCover *cover,
		       const GArray *pfns)
{
	guint64 covered = 0;	/* end of the last block: what lies below is stale */

	for (guint i = 0; i < pfns->len; i++) {
		guint64 pfn = g_array_index(pfns, guint64, i), order;
		AnzCoverBlock block = { .pfn = pfn };
		const AnzZone *zone;

		if (pfn < covered ||
		    !anz_list_stated_order(kernel, planes, pfn, kernel->nr_orders - 1, &order) ||
		    !order || order >= kernel->nr_orders || order > ANZ_TILE_SHIFT ||
		    pfn & ((1ull << order) - 1))
			continue;
		zone = zone_of(kernel, pfn, 1ull << order);
		if (!zone || any_reached(cover->reach, pfn, 1ull << order))
			continue;
		block.order = order;
		block.zone = zone->id;
		g_array_append_val(cover->unlisted_blocks, block);
		covered = pfn + (1ull << order);
	}
}

gboolean anz_lists_find_unlisted(AnzKernel *kernel, AnzPlanes *planes, AnzCover *cover,
				 const gint *cancel, GError **error)
{
	g_autoptr(GArray) pfns = g_array_new(FALSE, FALSE, sizeof(guint64));
	Search search = { .reach = cover->reach, .pfns = pfns };
	const AnzPass pass = { .slot_new = slot_new, .slot_free = slot_free, .work = work,
			       .drain = drain, .read_only = TRUE, .cancel = cancel,
			       .data = &search };

	if (!anz_planes_pass(planes, &pass, error))
		return FALSE;
	add_blocks(kernel, planes, cover, pfns);
	return TRUE;
}
