/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "page-owner.h"

#include "human.h"
#include "verbs.h"

/* Steps to the first row; %FALSE with @error, or without one if there is no row. */
static AnzQuery *first_row(AnzStore *store, const char *sql, guint64 pfn, GError **error)
{
	g_autoptr(AnzQuery) query = anz_store_query(store, sql, error);

	if (!query)
		return NULL;
	anz_query_bind_int(query, ":pfn", pfn);
	return anz_query_next(query, error) ? g_steal_pointer(&query) : NULL;
}

/* Which object of its slab the byte belongs to. */
static char *place_in_slab(AnzStore *store, guint64 pfn, guint64 offset, GError **error)
{
	g_autoptr(AnzQuery) query = first_row(store,
		"SELECT s.pfn, c.size, s.objects, s.free_map, s.status FROM slabs s JOIN caches c "
		"ON c.snapshot = s.snapshot AND c.address = s.cache WHERE s.snapshot = :snapshot "
		"AND s.pfn <= :pfn AND s.pfn + s.pages > :pfn ORDER BY s.pfn DESC LIMIT 1", pfn, error);
	guint64 byte, size, index, objects;
	const guint8 *map;
	gboolean is_free;
	gsize len;

	if (!query)
		return NULL;
	size = anz_query_int(query, 1);
	objects = anz_query_int(query, 2);
	byte = (pfn - anz_query_int(query, 0)) * store_page_size(store) + offset;
	index = size ? byte / size : 0;
	if (!size || index >= objects)
		return g_strdup("behind the last object of its slab");
	map = anz_query_blob(query, 3, &len);
	is_free = map && index / 8 < len && map[index / 8] >> (index % 8) & 1;
	return g_strdup_printf("object %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " (%s), byte %"
			       G_GUINT64_FORMAT " of it", index, objects,
			       is_free ? "free" : g_strcmp0(anz_query_text(query, 4), "ok") ?
			       "perhaps in use: the slab's freelist is not known to its end" : "in use",
			       byte % size);
}

/* Which part of an address space a page table is for. */
static char *place_of_table(AnzStore *store, guint64 pfn, GError **error)
{
	g_autoptr(AnzQuery) query = first_row(store,
		"SELECT level, vaddr, deposited FROM page_tables WHERE snapshot = :snapshot "
		"AND pfn = :pfn LIMIT 1", pfn, error);

	if (!query)
		return NULL;
	return g_strdup_printf("page table of level %d, for addresses from 0x%" G_GINT64_MODIFIER
			       "x on%s", (int)anz_query_int(query, 0),
			       (guint64)anz_query_int(query, 1), anz_query_int(query, 2) ?
			       "; in store for when a huge page there is split" : "");
}

/* How many mappings are named. */
#define MAX_MAPPINGS 8

static char *mappings(AnzStore *store, guint64 pfn, guint64 offset, GError **error)
{
	/* No run crosses a multiple of 512 frames, so these are all that can hold it. */
	g_autoptr(AnzQuery) query = anz_store_query(store,
		"SELECT o.name, m.vaddr, :pfn - m.pfn FROM mappings m JOIN owners o "
		"ON o.snapshot = m.snapshot AND o.id = m.owner WHERE m.snapshot = :snapshot "
		"AND m.pfn BETWEEN :pfn - 511 AND :pfn AND m.pfn + m.pages > :pfn "
		"ORDER BY m.owner, m.vaddr", error);
	GString *text = g_string_new(NULL);
	GError *err = NULL;
	guint64 nr = 0;

	if (!query) {
		g_string_free(text, TRUE);
		return NULL;
	}
	anz_query_bind_int(query, ":pfn", pfn);
	for (; anz_query_next(query, &err); nr++)
		if (nr < MAX_MAPPINGS)
			g_string_append_printf(text, "%s%s at 0x%" G_GINT64_MODIFIER "x",
					       nr ? "\n" : "", anz_query_text(query, 0),
					       anz_query_int(query, 1) + anz_query_int(query, 2) *
					       store_page_size(store) + offset);
	if (nr > MAX_MAPPINGS)
		g_string_append_printf(text, "\nand %" G_GUINT64_FORMAT " more", nr - MAX_MAPPINGS);
	if (err)
		g_propagate_error(error, err);
	return g_string_free(text, err || !nr);
}

static char *place(AnzStore *store, const char *kind, guint64 position, guint64 offset)
{
	guint64 at = position * store_page_size(store) + offset;
	GString *text = g_string_new(NULL);

	if (g_str_equal(kind, "swap")) {
		g_string_append_printf(text, "slot %" G_GUINT64_FORMAT, position);
	} else if (g_str_equal(kind, "process")) {
		g_string_append_printf(text, "address 0x%" G_GINT64_MODIFIER "x", at);
	} else {
		g_string_append_printf(text, "offset 0x%" G_GINT64_MODIFIER "x (", at);
		human_size(text, at);
		g_string_append_c(text, ')');
	}
	return g_string_free(text, FALSE);
}

gboolean page_owner_read(AnzStore *store, guint64 pfn, guint64 offset, PageOwner *owner,
			 GError **error)
{
	g_autoptr(GError) err = NULL;
	g_autoptr(AnzQuery) query = first_row(store,
		"SELECT o.kind, o.name, o.address, (SELECT w.position + :pfn - w.pfn FROM owned w "
		"WHERE w.snapshot = :snapshot AND w.owner = o.id AND w.pfn <= :pfn "
		"ORDER BY w.pfn DESC LIMIT 1) FROM page p JOIN owners o "
		"ON o.snapshot = :snapshot AND o.id = p.owner WHERE p.pfn = :pfn", pfn, &err);

	*owner = (PageOwner){ 0 };
	if (!err)
		owner->mapped_by = mappings(store, pfn, offset, &err);
	if (err) {
		g_propagate_error(error, g_steal_pointer(&err));
		return FALSE;
	}
	if (!query)
		return TRUE;
	owner->kind = g_strdup(anz_query_text(query, 0));
	owner->name = g_strdup(anz_query_text(query, 1));
	owner->has_address = !anz_query_is_null(query, 2);
	owner->address = anz_query_int(query, 2);
	if (g_str_equal(owner->kind, "cache"))
		owner->place = place_in_slab(store, pfn, offset, &err);
	else if (anz_query_is_null(query, 3))
		owner->place = place_of_table(store, pfn, &err);
	else
		owner->place = place(store, owner->kind, anz_query_int(query, 3), offset);
	if (!err)
		return TRUE;
	g_propagate_error(error, g_steal_pointer(&err));
	return FALSE;
}

void page_owner_clear(PageOwner *owner)
{
	g_free(owner->kind);
	g_free(owner->name);
	g_free(owner->place);
	g_free(owner->mapped_by);
}
