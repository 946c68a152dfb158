/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The buddy allocator's lists.  Links, orders and overlaps were noted by the walks (lists/); here is what
 * concerns blocks and their neighbours, and lists and their counters.
 * Sources: mm/page_alloc.c (__free_one_page, page_is_buddy, __add_to_free_list), lib/list_debug.c.
 */
#include "check/check.h"

/* B8: a free buddy of the same order should have been merged, unless their types forbid it. */
static gboolean may_stay_apart(const AnzChecker *checker, guint order, guint one, guint other)
{
	const AnzKernel *kernel = checker->kernel;
	gint64 nr_mergeable;

	/* Blocks of a pageblock and more: only the types that every allocation may fall back to. */
	if (order < kernel->pageblock_order || one == other)
		return FALSE;
	if (!anz_kernel_enumerator(checker->kernel, "migratetype", "MIGRATE_PCPTYPES",
				   &nr_mergeable))
		nr_mergeable = 3;
	return one >= nr_mergeable || other >= nr_mergeable;
}

static void check_merged(AnzChecker *checker, const AnzListBlock *block)
{
	guint64 buddy = block->pfn ^ 1ull << block->order;
	const AnzTile *tile = anz_planes_tile(checker->planes, buddy);
	const AnzTile *own = anz_planes_tile(checker->planes, block->pfn);
	const char *excuse = anz_check_list_excuse(checker, block->zone);
	guint i = anz_tile_index(buddy);
	AnzFinding *finding;

	if (block->order + 1u >= checker->kernel->nr_orders)
		return;
	anz_check_evaluated(checker, ANZ_RULE_BUDDY_UNMERGED, 1);
	if (!tile || buddy < block->pfn || tile->page_class[i] != ANZ_CLASS_FREE ||
	    tile->order[i] != block->order ||
	    (tile->attr[i] & (ANZ_ATTR_HEAD | ANZ_ATTR_ON_LIST)) !=
	    (ANZ_ATTR_HEAD | ANZ_ATTR_ON_LIST) || tile->zone[i] != block->zone ||
	    may_stay_apart(checker, block->order,
			   anz_tile_migratetype(checker->planes, own, anz_tile_index(block->pfn)),
			   anz_tile_migratetype(checker->planes, tile, i)))
		return;
	finding = anz_findings_add(checker->findings, ANZ_RULE_BUDDY_UNMERGED, block->pfn, block->pfn,
				   0, excuse ? excuse : anz_check_types_excuse(checker));
	if (!finding)
		return;
	finding->zone = block->zone;
	finding->object = anz_check_list_name(checker, ANZ_FAMILY_FREE, block->zone, 0, block->order,
					      block->list);
	finding->expected = g_strdup_printf("one block of order %u", block->order + 1);
	finding->seen = g_strdup_printf("pfn %" G_GUINT64_FORMAT " is free at order %u, too", buddy,
					block->order);
}

/* B10: zone bits of the page itself; spans were compared by the walk. */
static void check_zone(AnzChecker *checker, const AnzListBlock *block)
{
	const AnzTile *tile = anz_planes_tile(checker->planes, block->pfn);
	guint zone = tile->zone[anz_tile_index(block->pfn)];
	AnzFinding *finding;

	if (zone == block->zone)
		return;
	finding = anz_findings_add(checker->findings, ANZ_RULE_BUDDY_ZONE, block->pfn, block->pfn, 0,
				   anz_check_list_excuse(checker, block->zone));
	if (!finding)
		return;
	finding->zone = block->zone;
	finding->object = anz_check_list_name(checker, ANZ_FAMILY_FREE, block->zone, 0, block->order,
					      block->list);
	finding->expected = anz_check_zone_name(checker, block->zone);
	finding->seen = anz_check_zone_name(checker, zone);
}

/*
 * B11: strict only since account_freepages() counts by list (6.10).  That kernel also moved the slab flag
 * into the page type, which is what can be seen in a dump: struct page may be gone since, the names of its
 * flags are what they were.
 */
static gboolean lists_are_strict(AnzKernel *kernel)
{
	gint64 bit;

	if (kernel->memdesc)
		return !anz_kernel_enumerator(kernel, "pageflags", "PG_slab", &bit);
	for (guint i = 0; i < kernel->format.nr_types; i++)
		if (kernel->format.types[i].page_class == ANZ_CLASS_SLAB)
			return !kernel->format.f_slab;
	return FALSE;
}

static void check_migratetype(AnzChecker *checker, const AnzListBlock *block, const char *excuse)
{
	const AnzKernel *kernel = checker->kernel;
	guint64 step = 1ull << MIN(block->order, kernel->pageblock_order);

	for (guint64 pfn = block->pfn; pfn < block->pfn + (1ull << block->order); pfn += step) {
		const AnzTile *tile = anz_planes_tile(checker->planes, pfn);
		guint type = tile ? anz_tile_migratetype(checker->planes, tile,
							 anz_tile_index(pfn)) :
			     ANZ_NO_MIGRATETYPE;
		AnzFinding *finding;

		if (type == ANZ_NO_MIGRATETYPE) {
			anz_check_unreadable(checker, ANZ_RULE_BUDDY_MIGRATETYPE, 1);
			continue;
		}
		anz_check_evaluated(checker, ANZ_RULE_BUDDY_MIGRATETYPE, 1);
		if (type == block->list)
			continue;
		if (!excuse)
			excuse = anz_check_list_excuse(checker, block->zone);
		finding = anz_findings_add(checker->findings, ANZ_RULE_BUDDY_MIGRATETYPE,
					   pfn >> kernel->pageblock_order, pfn, 0, excuse);
		if (!finding)
			continue;
		finding->zone = block->zone;
		finding->object = anz_check_list_name(checker, ANZ_FAMILY_FREE, block->zone, 0,
						      block->order, block->list);
		finding->expected = g_strdup(kernel->migratetype_names[block->list]);
		finding->seen = g_strdup(type < kernel->nr_migratetype_names ?
					 kernel->migratetype_names[type] : "none");
	}
}

/* B9: one counter for all lists of an order. */
static void check_nr_free(AnzChecker *checker)
{
	const GArray *lists = checker->lists->free_lists;
	guint64 blocks = 0;

	for (guint i = 0; i < lists->len; i++) {
		const AnzFreeList *list = &g_array_index(lists, AnzFreeList, i);
		const AnzFreeList *next = list + 1;
		AnzFinding *finding;

		blocks += list->nr_blocks;
		if (i + 1 < lists->len && next->zone == list->zone && next->order == list->order)
			continue;
		if (!list->nr_free_known) {
			anz_check_unreadable(checker, ANZ_RULE_BUDDY_NR_FREE, 1);
		} else {
			anz_check_evaluated(checker, ANZ_RULE_BUDDY_NR_FREE, 1);
			finding = list->nr_free == blocks ? NULL :
				  anz_findings_add(checker->findings, ANZ_RULE_BUDDY_NR_FREE,
						   list->zone << 8 | list->order, ANZ_NO_PFN,
						   g_array_index(checker->kernel->zones, AnzZone,
								 list->zone).address,
						   anz_check_list_excuse(checker, list->zone));
			if (finding) {
				g_autofree char *zone = anz_check_zone_name(checker, list->zone);

				finding->zone = list->zone;
				finding->object = g_strdup_printf("%s order %u", zone, list->order);
				finding->expected = g_strdup_printf("%" G_GUINT64_FORMAT
								    " blocks, as on its lists",
								    blocks);
				finding->seen = g_strdup_printf("%" G_GUINT64_FORMAT, list->nr_free);
			}
		}
		blocks = 0;
	}
}

void anz_check_buddy(AnzChecker *checker)
{
	static const AnzRule links[] = { ANZ_RULE_BUDDY_LINK_SYMMETRY, ANZ_RULE_BUDDY_LINK_POISON,
					 ANZ_RULE_BUDDY_LINK_TARGET };
	static const AnzRule of_blocks[] = { ANZ_RULE_BUDDY_ALIGNMENT, ANZ_RULE_BUDDY_TYPE,
					     ANZ_RULE_BUDDY_ORDER, ANZ_RULE_BUDDY_OVERLAP,
					     ANZ_RULE_BUDDY_ZONE };
	const GArray *blocks = checker->lists->free_blocks;
	g_autoptr(GPtrArray) sorted = anz_check_by_pfn(blocks);
	guint64 nr = blocks->len + checker->lists->unaccepted->len;
	gboolean strict = lists_are_strict(checker->kernel);
	const char *excuse = strict ? NULL : "advisory: before 6.10 free pages need not be on the list "
					     "of their pageblock's type";

	anz_check_list_faults(checker, ANZ_FAMILY_FREE);
	anz_check_list_faults(checker, ANZ_FAMILY_UNACCEPTED);
	for (guint i = 0; i < G_N_ELEMENTS(links); i++)
		anz_check_evaluated(checker, links[i], 2 * (nr + checker->lists->free_lists->len));
	for (guint i = 0; i < G_N_ELEMENTS(of_blocks); i++)
		anz_check_evaluated(checker, of_blocks[i], nr);
	anz_check_evaluated(checker, ANZ_RULE_BUDDY_UNLISTED, nr + checker->lists->unlisted);
	for (guint i = 0; i < sorted->len && !anz_is_cancelled(checker->cancel); i++) {
		check_merged(checker, sorted->pdata[i]);
		check_zone(checker, sorted->pdata[i]);
		check_migratetype(checker, sorted->pdata[i], excuse);
	}
	check_nr_free(checker);
}
