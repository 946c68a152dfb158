/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From blocks on lists to marks on frames, by address, whatever the order of the lists was.  The list
 * says that these frames are free, whatever their words say: struct pages of the classic shape say so
 * themselves (pages/spread.c); memory descriptors inside a block are stale, and unaccepted blocks
 * before 6.12 carry no type.
 */
#include <string.h>

#include "lists/lists-priv.h"
#include "pages/pass.h"

AnzCover *anz_cover_new(const AnzPlanes *planes, const gint *cancel)
{
	AnzCover *cover = g_new0(AnzCover, 1);

	cover->reach = anz_reach_new(planes, cancel);
	cover->lists = g_array_new(FALSE, TRUE, sizeof(AnzWalkedList));
	cover->blocks = g_array_new(FALSE, FALSE, sizeof(AnzCoverBlock));
	cover->unlisted_blocks = g_array_new(FALSE, FALSE, sizeof(AnzCoverBlock));
	cover->faults = g_array_new(FALSE, TRUE, sizeof(AnzListFault));
	return cover;
}

void anz_cover_free(AnzCover *cover)
{
	if (!cover)
		return;
	for (guint i = 0; i < cover->lists->len; i++) {
		g_free(g_array_index(cover->lists, AnzWalkedList, i).problem);
		g_free(g_array_index(cover->lists, AnzWalkedList, i).odd);
	}
	anz_reach_free(cover->reach);
	g_array_unref(cover->lists);
	g_array_unref(cover->blocks);
	g_array_unref(cover->unlisted_blocks);
	g_array_unref(cover->faults);
	g_free(cover);
}

void anz_cover_note(AnzCover *cover, const AnzCoverBlock *block, AnzListFaultKind oddity,
		    guint64 seen, char *words)
{
	AnzWalkedList *list = &g_array_index(cover->lists, AnzWalkedList, block->list);
	AnzListFault fault = { .kind = oddity, .walked = block->list, .pfn = block->pfn,
			       .seen = seen };

	g_array_append_val(cover->faults, fault);
	if (list->odd && (list->odd_position < block->position ||
			  (list->odd_position == block->position && list->oddity <= oddity))) {
		g_free(words);
		return;
	}
	g_free(list->odd);
	list->odd = words;
	list->odd_position = block->position;
	list->oddity = oddity;
}

gboolean anz_cover_walk(AnzCover *cover, AnzKernel *kernel, const AnzPlanes *planes,
			const AnzListSpec *spec, const AnzWalkedList *what, AnzCoverBlock *block,
			AnzListVisit visit, gpointer data)
{
	guint nr_faults = cover->faults->len;
	AnzWalkedList *walked;
	gboolean complete;
	char *problem;

	block->list = cover->lists->len;
	g_array_append_vals(cover->lists, what, 1);
	problem = anz_list_walk(kernel, planes, cover->reach, spec, visit, data, cover->faults,
				&complete);
	walked = &g_array_index(cover->lists, AnzWalkedList, block->list);
	walked->problem = problem;
	walked->order = block->order;
	for (guint i = nr_faults; i < cover->faults->len; i++)
		g_array_index(cover->faults, AnzListFault, i).walked = block->list;
	return complete;
}

gboolean anz_cover_add(AnzCover *cover, const AnzCoverBlock *block)
{
	guint64 nr = 1ull << block->order;
	guint64 before = anz_reach_mark(cover->reach, block->pfn + 1, nr - 1);

	g_array_append_vals(cover->blocks, block, 1);
	if (block->pfn & (nr - 1)) {
		anz_cover_note(cover, block, ANZ_FAULT_ALIGNMENT, 0,
			       g_strdup_printf("pfn %" G_GUINT64_FORMAT
					       " is not aligned to order %u", block->pfn,
					       block->order));
		return FALSE;
	}
	if (before) {
		anz_cover_note(cover, block, ANZ_FAULT_TWICE, before,
			       g_strdup_printf("the block at pfn %" G_GUINT64_FORMAT
					       " overlaps another listed block", block->pfn));
		return FALSE;
	}
	return TRUE;
}

/* Something odd that a worker has found. */
typedef struct {
	AnzCoverBlock block;
	AnzListFaultKind oddity;
	guint64 seen;
	char *words;
} Finding;

/* So many unlisted pages of a tile are named; the others are counted. */
#define MAX_UNLISTED 256

typedef struct {
	GArray *findings;
	GArray *unlisted;	/* AnzListFault */
	guint64 nr_unlisted;
} Slot;

typedef struct {
	AnzCover *cover;
	const AnzKernel *kernel;
	guint max_order;	/* of any block */
} Apply;

static gpointer slot_new(gpointer data, GError **error)
{
	Slot *slot = g_new0(Slot, 1);

	(void)data;
	(void)error;
	slot->findings = g_array_new(FALSE, FALSE, sizeof(Finding));
	slot->unlisted = g_array_new(FALSE, FALSE, sizeof(AnzListFault));
	return slot;
}

static void slot_free(gpointer data)
{
	Slot *slot = data;

	for (guint i = 0; i < slot->findings->len; i++)
		g_free(g_array_index(slot->findings, Finding, i).words);
	g_array_unref(slot->findings);
	g_array_unref(slot->unlisted);
	g_free(slot);
}

/* The block's first page, before it is marked: what does it say of itself? */
static void check_first(Slot *slot, const AnzTile *tile, AnzCoverBlock *block, gboolean is_pcp)
{
	guint i = anz_tile_index(block->pfn);
	gboolean is_aligned = !(block->pfn & ((1ull << block->order) - 1));
	Finding finding = { .block = *block, .oddity = ANZ_FAULT_CLASS,
			    .seen = tile->page_class[i] };

	block->as_expected = tile->page_class[i] == block->page_class;
	if (!block->as_expected) {
		finding.words = g_strdup_printf("pfn %" G_GUINT64_FORMAT
						" is on %s list but its struct page says %s",
						block->pfn, is_pcp ? "a per-cpu" : "the",
						anz_page_class_info(tile->page_class[i])->name);
		g_array_append_val(slot->findings, finding);
	} else if (block->states_order && is_aligned && tile->order[i] != block->order) {
		finding.oddity = ANZ_FAULT_ORDER;
		finding.seen = tile->order[i];
		finding.words = g_strdup_printf("pfn %" G_GUINT64_FORMAT
						" is on the list of order %u but says order %u",
						block->pfn, block->order, tile->order[i]);
		g_array_append_val(slot->findings, finding);
	}
}

/* Frames [from, to) of the tile are in the block, the first of which is frame @first of it or -1. */
static void mark(const Apply *apply, AnzTile *tile, const AnzCoverBlock *block,
		 AnzListFamily family, guint from, guint to, gint first)
{
	gboolean memdesc = apply->kernel->memdesc != NULL;
	static const guint8 classes[] = {
		[ANZ_FAMILY_FREE] = ANZ_CLASS_FREE,
		[ANZ_FAMILY_UNACCEPTED] = ANZ_CLASS_UNACCEPTED,
		[ANZ_FAMILY_PCP] = ANZ_CLASS_FREE_PCP,
	};
	/* In the classic shape a poisoned page on a per-cpu list still says so. */
	guint16 keep = family == ANZ_FAMILY_PCP && !memdesc ? ANZ_ATTR_HWPOISON : 0;
	guint16 *attr = tile->attr;

	if (family == ANZ_FAMILY_FREE && !memdesc) {
		for (guint i = from; i < to; i++)
			tile->attr[i] |= ANZ_ATTR_ON_LIST;
		return;
	}
	memset(tile->page_class + from, classes[family], to - from);
	memset(tile->order + from, block->order, to - from);
	for (guint i = from; i < to; i++)
		attr[i] = (attr[i] & keep) | ANZ_ATTR_ON_LIST | ANZ_ATTR_TAIL;
	if (first >= 0)
		attr[first] ^= ANZ_ATTR_TAIL | ANZ_ATTR_HEAD;
	/* The zone is that of the list, where the word does not state one. */
	if (memdesc)
		memset(tile->zone + from, block->zone, to - from);
}

static void apply_block(const Apply *apply, AnzTile *tile, const AnzCoverBlock *block,
			AnzListFamily family)
{
	guint64 start = tile->number << ANZ_TILE_SHIFT, end = block->pfn + (1ull << block->order);
	gboolean begins_here = block->pfn >= start;
	guint from = begins_here ? block->pfn - start : 0;
	guint to = MIN(end - start, ANZ_TILE_PAGES);

	/* What carries a type or a mapping is not free, whatever per-cpu list it is on. */
	if (family == ANZ_FAMILY_PCP && !(begins_here && block->as_expected)) {
		for (guint i = from; i < to; i++)
			tile->attr[i] |= ANZ_ATTR_ON_LIST;
		return;
	}
	mark(apply, tile, block, family, from, to, begins_here ? (gint)from : -1);
}

/* The first block at or above @pfn. */
static guint lower_bound(const GArray *blocks, guint64 pfn)
{
	guint low = 0, high = blocks->len;

	while (low < high) {
		guint middle = low + (high - low) / 2;

		if (g_array_index(blocks, AnzCoverBlock, middle).pfn < pfn)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static AnzListFamily family_of(const AnzCover *cover, const AnzCoverBlock *block)
{
	return g_array_index(cover->lists, AnzWalkedList, block->list).family;
}

static void note_unlisted(Slot *slot, const AnzTile *tile, guint i)
{
	AnzListFault fault = { .kind = ANZ_FAULT_UNLISTED, .zone = tile->zone[i],
			       .order = tile->order[i],
			       .pfn = (tile->number << ANZ_TILE_SHIFT) + i };

	g_array_append_val(slot->unlisted, fault);
}

/*
 * The frames of a block that only its own words tell; it is aligned, so it lies in one tile.  No list
 * reaches its first page; what is behind it counts as listed, so that nobody believes the stale words.
 */
static void mark_unlisted(AnzTile *tile, const AnzCoverBlock *block)
{
	guint first = anz_tile_index(block->pfn);

	for (guint i = first; i < first + (1u << block->order); i++) {
		if (tile->attr[i] & ANZ_ATTR_ON_LIST)
			continue;
		tile->page_class[i] = ANZ_CLASS_FREE;
		tile->order[i] = block->order;
		tile->attr[i] = i == first ? ANZ_ATTR_HEAD : ANZ_ATTR_TAIL | ANZ_ATTR_ON_LIST;
		tile->zone[i] = block->zone;
	}
}

/* Says that it is free, and has of @marks just @unlisted. */
static gboolean is_unlisted(const AnzTile *tile, guint i, guint16 marks, guint16 unlisted)
{
	guint8 c = tile->page_class[i];

	return ((c == ANZ_CLASS_FREE) | (c == ANZ_CLASS_UNACCEPTED)) &
	       ((tile->attr[i] & marks) == unlisted);
}

static guint count_unlisted(const AnzTile *tile, guint16 marks, guint16 unlisted)
{
	guint nr = 0;

	for (guint i = 0; i < ANZ_TILE_PAGES; i++)
		nr += is_unlisted(tile, i, marks, unlisted);
	return nr;
}

static void work(AnzTile *tile, gpointer data, gpointer user_data)
{
	const Apply *apply = user_data;
	const AnzCover *cover = apply->cover;
	guint64 start = tile->number << ANZ_TILE_SHIFT, end = start + ANZ_TILE_PAGES;
	guint64 reach = 1ull << apply->max_order;
	guint first = lower_bound(cover->blocks, start > reach ? start - reach : 0);
	guint last = lower_bound(cover->blocks, end);
	/* In the classic shape a block's head covers what lies behind it (pages/spread.c). */
	guint16 unlisted = apply->kernel->memdesc ? 0 : ANZ_ATTR_HEAD;
	guint16 marks = ANZ_ATTR_ON_LIST | unlisted;
	Slot *slot = data;

	/* All are looked at before any is marked: in a broken map blocks lie in each other. */
	for (guint i = lower_bound(cover->blocks, start); i < last; i++) {
		AnzCoverBlock *block = &g_array_index(cover->blocks, AnzCoverBlock, i);

		check_first(slot, tile, block, family_of(cover, block) == ANZ_FAMILY_PCP);
	}
	for (guint i = first; i < last; i++) {
		const AnzCoverBlock *block = &g_array_index(cover->blocks, AnzCoverBlock, i);

		if (block->pfn + (1ull << block->order) > start)
			apply_block(apply, tile, block, family_of(cover, block));
	}
	for (guint i = lower_bound(cover->unlisted_blocks, start);
	     i < lower_bound(cover->unlisted_blocks, end); i++)
		mark_unlisted(tile, &g_array_index(cover->unlisted_blocks, AnzCoverBlock, i));
	slot->nr_unlisted = count_unlisted(tile, marks, unlisted);
	for (guint i = 0, nr = 0; nr < MIN(slot->nr_unlisted, MAX_UNLISTED); i++)
		if (is_unlisted(tile, i, marks, unlisted)) {
			note_unlisted(slot, tile, i);
			nr++;
		}
}

static void drain(const AnzTile *tile, gpointer data, gpointer user_data)
{
	AnzCover *cover = ((Apply *)user_data)->cover;
	Slot *slot = data;

	(void)tile;
	for (guint i = 0; i < slot->findings->len; i++) {
		Finding *finding = &g_array_index(slot->findings, Finding, i);

		anz_cover_note(cover, &finding->block, finding->oddity, finding->seen,
			       finding->words);
	}
	g_array_set_size(slot->findings, 0);
	g_array_append_vals(cover->faults, slot->unlisted->data, slot->unlisted->len);
	g_array_set_size(slot->unlisted, 0);
	cover->unlisted += slot->nr_unlisted;
}

static int compare_blocks(gconstpointer a, gconstpointer b)
{
	const AnzCoverBlock *left = a, *right = b;

	return (left->pfn > right->pfn) - (left->pfn < right->pfn);
}

gboolean anz_cover_apply(AnzCover *cover, const AnzKernel *kernel, AnzPlanes *planes,
			 const gint *cancel, GError **error)
{
	Apply apply = { .cover = cover, .kernel = kernel };
	const AnzPass pass = { .slot_new = slot_new, .slot_free = slot_free, .work = work,
			       .drain = drain, .cancel = cancel, .data = &apply };

	/* Then the pass says so. */
	if (!anz_is_cancelled(cancel))
		g_array_sort(cover->blocks, compare_blocks);
	for (guint i = 0; i < cover->blocks->len; i++)
		apply.max_order = MAX(apply.max_order,
				      g_array_index(cover->blocks, AnzCoverBlock, i).order);
	return anz_planes_pass(planes, &pass, error);
}
