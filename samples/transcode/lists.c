/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Free lists, per-cpu lists and unaccepted memory, in the order in which the analysis walked them,
 * with the links of the variant.  Heads stay where they are; where a head becomes smaller the room
 * behind the last one is left over (the overlay says so).
 */
#include <string.h>

#include "transcode.h"

#define HEAD G_MAXUINT64	/* instead of a frame number: the list's head */

typedef struct {
	guint64 head;		/* virtual address */
	const Zone *zone;
	guint order;
	gboolean is_pcp;
	const guint64 *pfns;
	guint nr;
} List;

static guint64 page_address(const Transcoder *t, guint64 pfn)
{
	return t->new_array + pfn * t->variant->bytes;
}

/* A link to the neighbour @pfn in the terms of the variant, without the tag. */
static guint64 link_value(const Transcoder *t, const List *list, guint64 pfn)
{
	switch (t->variant->links) {
	case LINKS_LIST:
		return pfn == HEAD ? list->head : page_address(t, pfn) + t->variant->word;
	case LINKS_POINTER:
		return pfn == HEAD ? list->head & ~0xfull : page_address(t, pfn);
	case LINKS_PFN:
		return pfn == HEAD ? ~0xfull : pfn << 4;
	case LINKS_PFN8:
		break;
	}
	if (pfn == HEAD)
		return (1ull << PFN8_BITS) - 1;
	return t->variant->zone_relative ? pfn - list->zone->start_pfn : pfn;
}

/* Two words (one of the 8-byte shape) that link to @prev and @next. */
static void encode_links(const Transcoder *t, const List *list, guint64 prev, guint64 next,
			 guint64 type, guint64 order, guint64 *words)
{
	guint64 prev_link = link_value(t, list, prev), next_link = link_value(t, list, next);

	switch (t->variant->links) {
	case LINKS_LIST:
		words[0] = next_link;
		words[1] = prev_link;
		break;
	case LINKS_POINTER:
	case LINKS_PFN:
		words[0] = (t->variant->next_first ? next_link : prev_link) | type;
		words[1] = (t->variant->next_first ? prev_link : next_link) | order;
		break;
	case LINKS_PFN8:
		words[0] = type | next_link << PFN8_NEXT_SHIFT | prev_link << PFN8_PREV_SHIFT |
			   (order ? 0 : PFN8_ORDER0);
		words[1] = 0;
		break;
	}
	words[0] = GUINT64_TO_LE(words[0]);
	words[1] = GUINT64_TO_LE(words[1]);
}

static gboolean write_head(Transcoder *t, const List *list, GError **error)
{
	guint64 first = list->nr ? list->pfns[0] : HEAD, words[2];
	guint64 last = list->nr ? list->pfns[list->nr - 1] : HEAD;

	if (t->variant->links == LINKS_POINTER) {
		/* An untagged struct list_head that points at struct pages, or at itself. */
		words[0] = GUINT64_TO_LE(list->nr ? page_address(t, first) : list->head);
		words[1] = GUINT64_TO_LE(list->nr ? page_address(t, last) : list->head);
	} else {
		encode_links(t, list, last, first, 0, 0, words);
	}
	return memory_write_virtual(t->memory, list->head, words, t->head_bytes, error);
}

static gboolean write_block(Transcoder *t, const List *list, guint at, GError **error)
{
	const Variant *variant = t->variant;
	guint64 pfn = list->pfns[at], words[2], second;
	guint64 type = t->table->number[WORD_BUDDY];
	guint8 *record = record_at(t, pfn, error);

	if (!record)
		return FALSE;
	encode_links(t, list, at ? list->pfns[at - 1] : HEAD,
		     at + 1 < list->nr ? list->pfns[at + 1] : HEAD, type, list->order, words);
	memcpy(record + variant->word, words, variant->bytes == 8 ? 8 : 16);
	if (variant->private_word) {
		guint64 order = GUINT64_TO_LE(list->is_pcp ? 0 : list->order);

		memcpy(record + variant->private_word, &order, 8);
	}
	t->nr_blocks++;
	if (variant->links != LINKS_PFN8 || !list->order)
		return TRUE;
	/* The word has no room for an order: the second page's says it. */
	record = record_at(t, pfn + 1, error);
	if (!record)
		return FALSE;
	second = GUINT64_TO_LE(type | PFN8_SECOND | (guint64)list->order << PFN8_SECOND_ORDER_SHIFT);
	memcpy(record, &second, 8);
	return TRUE;
}

static gboolean write_list(Transcoder *t, const List *list, GError **error)
{
	for (guint i = 0; i < list->nr; i++)
		if (!write_block(t, list, i, error))
			return FALSE;
	t->nr_lists++;
	return write_head(t, list, error);
}

/* Frames of one list, in its order. */
static GArray *read_blocks(AnzQuery *query, GError **error)
{
	g_autoptr(GArray) pfns = g_array_new(FALSE, FALSE, sizeof(guint64));
	GError *problem = NULL;

	while (anz_query_next(query, &problem)) {
		guint64 pfn = anz_query_int(query, 0);

		g_array_append_val(pfns, pfn);
	}
	if (problem) {
		g_propagate_error(error, problem);
		return NULL;
	}
	return g_steal_pointer(&pfns);
}

/* A list that could not be walked to its end has no order to keep. */
static gboolean lists_are_whole(Transcoder *t, GError **error)
{
	g_autoptr(AnzQuery) query = anz_store_query(
		t->store,
		"SELECT 'zone ' || zone || ' order ' || \"order\" || ' ' || migratetype, status "
		"FROM free_area WHERE snapshot = :snapshot AND status <> 'ok' UNION ALL "
		"SELECT 'zone ' || zone || ' cpu ' || cpu, status FROM pcp "
		"WHERE snapshot = :snapshot AND status <> 'ok'", error);
	GError *problem = NULL;

	if (!query)
		return FALSE;
	if (anz_query_next(query, &problem)) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_KERNEL,
			    "a list of free pages of the dump is damaged, so it cannot be written anew: "
			    "%s: %s", anz_query_text(query, 0), anz_query_text(query, 1));
		return FALSE;
	}
	if (problem)
		g_propagate_error(error, problem);
	return !problem;
}

static gboolean clear(Transcoder *t, guint64 vaddr, gsize len, GError **error)
{
	g_autofree guint8 *zeros = g_malloc0(len);

	return memory_write_virtual(t->memory, vaddr, zeros, len, error);
}

static gboolean write_free_list(Transcoder *t, const Zone *zone, guint64 head, guint order,
				guint type, GError **error)
{
	g_autoptr(AnzQuery) query = anz_store_query(
		t->store,
		"SELECT b.pfn FROM free_block b JOIN zones z USING (snapshot, node, zone) "
		"JOIN migratetype m ON m.snapshot = b.snapshot AND m.name = b.migratetype "
		"WHERE b.snapshot = :snapshot AND z.id = :zone AND b.\"order\" = :order "
		"AND m.number = :type ORDER BY b.position", error);
	g_autoptr(GArray) pfns = NULL;
	List list = { .head = head, .zone = zone, .order = order };

	if (!query)
		return FALSE;
	anz_query_bind_int(query, ":zone", zone->id);
	anz_query_bind_int(query, ":order", order);
	anz_query_bind_int(query, ":type", type);
	pfns = read_blocks(query, error);
	if (!pfns)
		return FALSE;
	list.pfns = (const guint64 *)pfns->data;
	list.nr = pfns->len;
	return write_list(t, &list, error);
}

static gboolean write_free_lists(Transcoder *t, const Zone *zone, GError **error)
{
	guint64 areas, area_bytes, lists;

	if (!machine_offset(t, "zone", "free_area", &areas, error) ||
	    !machine_offset(t, "free_area", "free_list", &lists, error) ||
	    !anz_source_type_size(t->source, "free_area", &area_bytes))
		return FALSE;
	for (guint order = 0; order < t->nr_orders; order++) {
		guint64 heads = zone->address + areas + order * area_bytes + lists;

		if (!clear(t, heads, t->nr_migratetypes * 16, error))
			return FALSE;
		for (guint type = 0; type < t->nr_migratetypes; type++)
			if (!write_free_list(t, zone, heads + type * t->head_bytes, order, type,
					     error))
				return FALSE;
	}
	return TRUE;
}

/* The analysis has no rows for these, so the old list is walked; one that is broken is refused. */
static gboolean write_unaccepted(Transcoder *t, const Zone *zone, GError **error)
{
	g_autoptr(GArray) pfns = g_array_new(FALSE, FALSE, sizeof(guint64));
	guint64 bits, lru, at;
	List list = { .zone = zone, .order = t->nr_orders - 1 };

	if (!anz_source_member(t->source, "zone", "unaccepted_pages", &bits, NULL))
		return TRUE;
	list.head = zone->address + bits / 8;
	if (!machine_offset(t, "page", "lru", &lru, error) ||
	    !machine_read_u64(t, list.head, &at, error))
		return FALSE;
	while (at != list.head) {
		guint64 pfn = (at - lru - t->old_array) / t->old_page_bytes;

		if (pfn >= t->max_pfn || pfns->len > t->max_pfn >> list.order) {
			g_set_error(error, ANZ_ERROR, ANZ_ERROR_KERNEL,
				    "the list of unaccepted memory at 0x%" G_GINT64_MODIFIER "x is damaged, "
				    "so it cannot be written anew", list.head);
			return FALSE;
		}
		g_array_append_val(pfns, pfn);
		if (!machine_read_u64(t, at, &at, error))
			return FALSE;
	}
	list.pfns = (const guint64 *)pfns->data;
	list.nr = pfns->len;
	return clear(t, list.head, 16, error) && write_list(t, &list, error);
}

/* Blocks of one list are of one order. */
static gboolean write_pcp_list(Transcoder *t, const Zone *zone, guint64 head, guint cpu, guint index,
			       GError **error)
{
	static const char from[] =
		"FROM pcp_block b JOIN zones z USING (snapshot, node, zone) "
		"WHERE b.snapshot = :snapshot AND z.id = :zone AND b.cpu = :cpu AND b.list = :list";
	g_autofree char *blocks = g_strdup_printf("SELECT b.pfn %s ORDER BY b.position", from);
	g_autofree char *order = g_strdup_printf("SELECT max(b.\"order\") %s", from);
	const char *const sql[] = { blocks, order };
	g_autoptr(GArray) pfns = NULL;
	List list = { .head = head, .zone = zone, .is_pcp = TRUE };

	for (guint i = 0; i < G_N_ELEMENTS(sql); i++) {
		g_autoptr(AnzQuery) query = anz_store_query(t->store, sql[i], error);

		if (!query)
			return FALSE;
		anz_query_bind_int(query, ":zone", zone->id);
		anz_query_bind_int(query, ":cpu", cpu);
		anz_query_bind_int(query, ":list", index);
		if (!i)
			pfns = read_blocks(query, error);
		else if (anz_query_next(query, error))
			list.order = anz_query_int(query, 0);
		if (!pfns)
			return FALSE;
	}
	list.pfns = (const guint64 *)pfns->data;
	list.nr = pfns->len;
	return write_list(t, &list, error);
}

static gboolean write_pcp_lists(Transcoder *t, const Zone *zone, GError **error)
{
	g_autoptr(AnzQuery) cpus = anz_store_query(
		t->store, "SELECT p.cpu FROM pcp p JOIN zones z USING (snapshot, node, zone) "
			  "WHERE p.snapshot = :snapshot AND z.id = :zone ORDER BY p.cpu", error);
	guint64 pageset_offset, lists, offsets, pageset, offset;
	GError *problem = NULL;

	if (!cpus || !machine_offset(t, "zone", "per_cpu_pageset", &pageset_offset, error) ||
	    !machine_offset(t, "per_cpu_pages", "lists", &lists, error) ||
	    !machine_read_u64(t, zone->address + pageset_offset, &pageset, error))
		return FALSE;
	if (!anz_source_symbol(t->source, "__per_cpu_offset", &offsets)) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_KERNEL,
			    "this kernel has no __per_cpu_offset, so its per-cpu lists are not found");
		return FALSE;
	}
	anz_query_bind_int(cpus, ":zone", zone->id);
	while (anz_query_next(cpus, &problem)) {
		guint cpu = anz_query_int(cpus, 0);
		guint64 heads;

		if (!machine_read_u64(t, offsets + cpu * 8ull, &offset, error))
			return FALSE;
		heads = pageset + offset + lists;
		if (!clear(t, heads, t->nr_pcp_lists * 16, error))
			return FALSE;
		for (guint i = 0; i < t->nr_pcp_lists; i++)
			if (!write_pcp_list(t, zone, heads + i * t->head_bytes, cpu, i, error))
				return FALSE;
	}
	if (problem)
		g_propagate_error(error, problem);
	return !problem;
}

gboolean lists_write(Transcoder *t, GError **error)
{
	if (!lists_are_whole(t, error))
		return FALSE;
	for (guint i = 0; i < t->zones->len; i++) {
		const Zone *zone = &g_array_index(t->zones, Zone, i);

		if (!write_free_lists(t, zone, error) || !write_unaccepted(t, zone, error) ||
		    !write_pcp_lists(t, zone, error))
			return FALSE;
	}
	return TRUE;
}
