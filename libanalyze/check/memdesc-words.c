/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Words of a memory-descriptor dump that are no pointers: a pass that reads them again, now that lists say
 * where they mean something.  Rules M1 and M5 of a Misc allocation: the same word over its order, node and
 * zone where the page is, nothing in the bits between.  Pages of 32 bytes say in two places that they have
 * a memory error.
 */
#include <string.h>

#include "check/check.h"
#include "pages/pass.h"
#include "pages/records.h"

typedef struct {
	AnzRule rule;
	guint64 pfn, word, expected;
} Odd;

typedef struct {
	AnzImage *image;
	AnzRecordBuffer records;
	const AnzChecker *checker;
	const AnzTile *tile;
	GArray *odd;		/* Odd */
	guint64 seen[ANZ_NR_RULES];
	gboolean typed_poison;	/* the table in force has a type for that */
	/* the run of Misc allocations with one word under way; 0 of end: none */
	guint64 word, start, end;
	gboolean explained;	/* it began amid another one */
	guint64 poison, next;	/* frames with a memory error behind one another: from, up to */
} Slot;

/* So many are kept of each tile; more of them say nothing new. */
#define MAX_ODD 256

static void note(Slot *slot, AnzRule rule, guint64 pfn, guint64 word, guint64 expected)
{
	Odd odd = { rule, pfn, word, expected };

	if (slot->odd->len < MAX_ODD)
		g_array_append_val(slot->odd, odd);
}

static guint order_of(const AnzMemdescFormat *memdesc, guint64 word)
{
	return word >> memdesc->type_bits >> ANZ_MISC_ORDER_SHIFT & ANZ_MISC_ORDER_MASK;
}

static gboolean is_poison(const AnzMemdescType *type)
{
	return type->kind != ANZ_MEMDESC_UNASSIGNED && type->page_class == ANZ_CLASS_HWPOISON;
}

/* How many pages a Misc allocation of @order has; 1 where no tile holds it, for nothing tells then. */
static guint64 pages_of(guint order)
{
	return order < ANZ_TILE_SHIFT ? 1ull << order : 1;
}

/* No allocation is so large. */
static gboolean is_absurd(const AnzKernel *kernel, guint order)
{
	return order > 34 - kernel->page_shift;
}

/*
 * The run of one Misc word is over at frame @at: it must hold whole allocations, of which pages with a
 * memory error may stand anywhere.  TRUE if it does.
 */
static gboolean end_run(Slot *slot, guint64 at)
{
	const AnzKernel *kernel = slot->checker->kernel;
	guint order = order_of(kernel->memdesc, slot->word);
	gboolean whole;

	if (!slot->end)
		return TRUE;
	whole = at >= slot->end && !is_absurd(kernel, order);
	if (!whole && !slot->explained)
		note(slot, ANZ_RULE_MEMDESC_MISC_ORDER, slot->start, slot->word, order);
	slot->end = 0;
	return whole;
}

/*
 * A run begins at @frame, where the one before was @whole or not.  Its first allocation begins there, or
 * with pages that have a memory error.
 */
static void begin_run(Slot *slot, guint64 frame, guint64 word, gboolean whole)
{
	guint order = order_of(slot->checker->kernel->memdesc, word);
	guint64 base = frame & ~(pages_of(order) - 1);

	slot->seen[ANZ_RULE_MEMDESC_MISC_ORDER]++;
	slot->explained = base != frame && (slot->next != frame || slot->poison > base);
	if (slot->explained && whole)
		note(slot, ANZ_RULE_MEMDESC_MISC_ORDER, frame, word, order);
	slot->word = word;
	slot->start = frame;
	slot->end = base + pages_of(order);
}

static void check_fields(Slot *slot, guint64 pfn, guint64 word, guint zone_id)
{
	const AnzKernel *kernel = slot->checker->kernel;
	const AnzMemdescFormat *memdesc = kernel->memdesc;
	guint reserved = memdesc->type_bits + ANZ_MISC_RESERVED_SHIFT;
	guint top = memdesc->zone_bits ? memdesc->zone_shift : memdesc->node_shift;
	const AnzZone *zone = &g_array_index(kernel->zones, AnzZone, zone_id);
	guint index = word >> memdesc->zone_shift & ((1u << memdesc->zone_bits) - 1);
	guint nid = memdesc->node_bits ? word >> memdesc->node_shift &
		    ((1ull << memdesc->node_bits) - 1) : zone->nid;

	if (memdesc->misc_class[word >> memdesc->type_bits & ANZ_MISC_SUBTYPE_MASK] == ANZ_NR_CLASSES)
		note(slot, ANZ_RULE_MEMDESC_SUBTYPE, pfn, word, 0);
	slot->seen[ANZ_RULE_MEMDESC_SUBTYPE]++;
	if (top > reserved && top < 64) {
		slot->seen[ANZ_RULE_MEMDESC_MISC_BITS]++;
		if (word >> reserved & ((1ull << (top - reserved)) - 1))
			note(slot, ANZ_RULE_MEMDESC_MISC_BITS, pfn, word, 0);
	}
	if (memdesc->zone_bits) {
		slot->seen[ANZ_RULE_MEMDESC_MISC_ZONE]++;
		if (index != zone->index || nid != zone->nid)
			note(slot, ANZ_RULE_MEMDESC_MISC_ZONE, pfn, word, zone_id);
	}
}

/* How many of the @nr frames from frame @t of the tile on have the same word, and are as free or not. */
static guint same_words(const AnzTile *tile, guint t, const guint8 *at, guint stride, guint nr)
{
	guint same = 1;

	while (same < nr && !memcmp(at + (gsize)same * stride, at, sizeof(guint64)) &&
	       tile->zone[t + same] != ANZ_NO_ZONE && !(tile->attr[t + same] & ANZ_ATTR_ON_LIST))
		same++;
	return same;
}

/* Pages with a memory error, where both the word and flags beside it can say so. */
static void look_for_poison(Slot *slot, guint64 pfn, guint nr, const guint8 *records)
{
	const AnzKernel *kernel = slot->checker->kernel;
	const AnzMemdescFormat *memdesc = kernel->memdesc;
	guint64 mask = (1ull << memdesc->type_bits) - 1;

	if (!slot->typed_poison || memdesc->flags == ANZ_ABSENT_OFFSET || !memdesc->f_hwpoison)
		return;
	for (guint i = 0; i < nr; i++, records += kernel->format.stride) {
		guint64 word;
		gboolean typed, marked;

		if (slot->tile->page_class[anz_tile_index(pfn + i)] != ANZ_CLASS_HWPOISON)
			continue;
		word = anz_load64(records + memdesc->word, kernel->big_endian);
		typed = is_poison(&memdesc->types[word & mask]);
		marked = (anz_load64(records + memdesc->flags, kernel->big_endian) & memdesc->f_hwpoison) != 0;
		slot->seen[ANZ_RULE_MEMDESC_POISON]++;
		if (typed != marked)
			note(slot, ANZ_RULE_MEMDESC_POISON, pfn + i, word, typed);
	}
}

static void look(guint64 pfn, guint nr, const guint8 *records, guint64 address, gpointer data)
{
	Slot *slot = data;
	const AnzKernel *kernel = slot->checker->kernel;
	const AnzMemdescFormat *memdesc = kernel->memdesc;
	const guint8 *at = records + memdesc->word;
	guint64 mask = (1ull << memdesc->type_bits) - 1;

	(void)address;
	look_for_poison(slot, pfn, nr, records);
	for (guint i = 0, same; i < nr; i += same, at += (gsize)same * kernel->format.stride) {
		guint64 word = anz_load64(at, kernel->big_endian), frame = pfn + i;
		guint t = anz_tile_index(frame), zone = slot->tile->zone[t];
		const AnzMemdescType *type = &memdesc->types[word & mask];
		gboolean whole;

		same = 1;
		/* Free pages have stale words, frames of no zone whatever they like. */
		if (slot->tile->attr[t] & ANZ_ATTR_ON_LIST || zone == ANZ_NO_ZONE ||
		    !word || word == ~0ull) {
			end_run(slot, frame);
			continue;
		}
		slot->seen[ANZ_RULE_MEMDESC_TYPE]++;
		if (is_poison(type)) {
			if (slot->next != frame)
				slot->poison = frame;
			slot->next = frame + 1;
			if (slot->end > frame)
				continue;
		}
		if (type->kind == ANZ_MEMDESC_UNASSIGNED)
			note(slot, ANZ_RULE_MEMDESC_TYPE, frame, word, 0);
		if (type->kind != ANZ_MEMDESC_INLINE) {
			end_run(slot, frame);
			/* Those behind it that are alike would say the same. */
			if (type->kind == ANZ_MEMDESC_POINTER) {
				same = same_words(slot->tile, t, at, kernel->format.stride, nr - i);
				slot->seen[ANZ_RULE_MEMDESC_TYPE] += same - 1;
				if (slot->next == frame + 1)
					slot->next = frame + same;
			}
			continue;
		}
		if (slot->end && slot->end >= frame && slot->word == word) {
			if (slot->end == frame)
				slot->end += pages_of(order_of(memdesc, word));
			continue;
		}
		whole = end_run(slot, frame);
		begin_run(slot, frame, word, whole);
		check_fields(slot, frame, word, zone);
	}
}

static void slot_free(gpointer data)
{
	Slot *slot = data;

	anz_image_free(slot->image);
	g_free(slot->records.bytes);
	g_array_unref(slot->odd);
	g_free(slot);
}

static gpointer slot_new(gpointer data, GError **error)
{
	Slot *slot = g_new0(Slot, 1);

	slot->checker = data;
	slot->odd = g_array_new(FALSE, FALSE, sizeof(Odd));
	for (guint t = 0; t < ANZ_MEMDESC_MAX_TYPES; t++)
		slot->typed_poison |= is_poison(&slot->checker->kernel->memdesc->types[t]);
	slot->image = anz_image_clone(slot->checker->kernel->image, error);
	if (slot->image)
		return slot;
	slot_free(slot);
	return NULL;
}

static void work(AnzTile *tile, gpointer data, gpointer user_data)
{
	Slot *slot = data;
	const AnzRecordFuncs funcs = { .present = look, .data = slot };

	(void)user_data;
	slot->tile = tile;
	slot->end = slot->next = 0;
	anz_records_read(slot->checker->kernel, slot->image, tile->number, &slot->records, &funcs);
	end_run(slot, G_MAXUINT64);
}

static void describe(AnzChecker *checker, const Odd *odd, AnzFinding *finding)
{
	finding->object = g_strdup(odd->rule == ANZ_RULE_MEMDESC_TYPE || odd->rule == ANZ_RULE_MEMDESC_POISON ?
				   "word" : "Misc word");
	finding->seen = g_strdup_printf("0x%016" G_GINT64_MODIFIER "x", odd->word);
	switch (odd->rule) {
	case ANZ_RULE_MEMDESC_TYPE:
		finding->expected = g_strdup("a type that is assigned");
		break;
	case ANZ_RULE_MEMDESC_SUBTYPE:
		finding->expected = g_strdup("a subtype that is assigned");
		break;
	case ANZ_RULE_MEMDESC_MISC_ORDER:
		finding->expected = g_strdup_printf("the same word in all pages of order %"
						    G_GUINT64_FORMAT, odd->expected);
		break;
	case ANZ_RULE_MEMDESC_MISC_ZONE:
		finding->expected = anz_check_zone_name(checker, odd->expected);
		break;
	case ANZ_RULE_MEMDESC_POISON:
		finding->expected = g_strdup(odd->expected ? "flags with PG_hwpoison" : "type HWPoison");
		break;
	default:
		finding->expected = g_strdup("zero between order and zone");
		break;
	}
}

static void drain(const AnzTile *tile, gpointer data, gpointer user_data)
{
	AnzChecker *checker = user_data;
	Slot *slot = data;

	(void)tile;
	for (guint i = 0; i < ANZ_NR_RULES; i++)
		anz_check_evaluated(checker, i, slot->seen[i]);
	memset(slot->seen, 0, sizeof(slot->seen));
	for (guint i = 0; i < slot->odd->len; i++) {
		const Odd *odd = &g_array_index(slot->odd, Odd, i);
		AnzFinding *finding = anz_findings_add(checker->findings, odd->rule, odd->pfn, odd->pfn, 0,
						       anz_check_word_excuse(checker));

		if (finding)
			describe(checker, odd, finding);
	}
	g_array_set_size(slot->odd, 0);
}

gboolean anz_check_memdesc_words(AnzChecker *checker, GError **error)
{
	const AnzPass pass = { .slot_new = slot_new, .slot_free = slot_free, .work = work,
			       .drain = drain, .read_only = TRUE, .cancel = checker->cancel,
			       .data = checker };

	return anz_planes_pass(checker->planes, &pass, error);
}
