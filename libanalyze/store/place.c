/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where a page lies: in which part of its owner, in which section of memory. */
#include <analyze/store.h>

/* Steps to the first row; %NULL with @error, or without one if there is no row. */
static AnzQuery *first_row(AnzStore *store, const char *sql, guint64 pfn, GError **error)
{
	g_autoptr(AnzQuery) query = anz_store_query(store, sql, error);

	if (!query)
		return NULL;
	anz_query_bind_int(query, ":pfn", (gint64)pfn);
	return anz_query_next(query, error) ? g_steal_pointer(&query) : NULL;
}

/* A file of an earlier version has no such column; its name is then that of what is selected from besides. */
#define FIRST_OFFSET_SQL "(SELECT first_offset FROM slabs WHERE snapshot = s.snapshot AND pfn = s.pfn)"

/* Which object of its slab the byte belongs to. */
static char *place_in_slab(AnzStore *store, guint64 pfn, guint64 offset, GError **error)
{
	g_autoptr(AnzQuery) query = first_row(store,
		"SELECT s.pfn, c.size, s.objects, s.free_map, s.status, (SELECT page_size FROM snapshot "
		"WHERE id = :snapshot), " FIRST_OFFSET_SQL ", c.object_size "
		"FROM (SELECT 0 AS first_offset), slabs s JOIN caches c "
		"ON c.snapshot = s.snapshot AND c.address = s.cache WHERE s.snapshot = :snapshot "
		"AND s.pfn <= :pfn AND s.pfn + s.pages > :pfn ORDER BY s.pfn DESC LIMIT 1", pfn, error);
	guint64 byte, size, index, objects, first, object_bytes;
	const guint8 *map;
	gboolean is_free;
	const char *use;
	gsize len;

	if (!query)
		return NULL;
	size = (guint64)anz_query_int(query, 1);
	objects = (guint64)anz_query_int(query, 2);
	byte = (pfn - (guint64)anz_query_int(query, 0)) * (guint64)anz_query_int(query, 5) + offset;
	first = (guint64)anz_query_int(query, 6);
	object_bytes = (guint64)anz_query_int(query, 7);
	if (byte < first)
		return g_strdup("before the first object of its slab");
	byte -= first;
	index = size ? byte / size : 0;
	if (!size || index >= objects)
		return g_strdup("behind the last object of its slab");
	byte %= size;
	map = anz_query_blob(query, 3, &len);
	is_free = map && index / 8 < len && map[index / 8] >> (index % 8) & 1;
	use = is_free ? "free" : g_strcmp0(anz_query_text(query, 4), "ok") ?
	      "perhaps in use: the slab's freelist is not known to its end" : "in use";
	/* Red zones, and what the kernel keeps of an object. */
	if (byte >= object_bytes)
		return g_strdup_printf("byte %" G_GUINT64_FORMAT " behind object %" G_GUINT64_FORMAT
				       " of %" G_GUINT64_FORMAT " (%s)", byte - object_bytes, index,
				       objects, use);
	return g_strdup_printf("object %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " (%s), byte %"
			       G_GUINT64_FORMAT " of it", index, objects, use, byte);
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

static char *place_at(const char *kind, guint64 position, guint64 at)
{
	static const char *const unit[] = { "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	double size = (double)at / 1024;
	guint i = 0;

	if (g_str_equal(kind, "swap"))
		return g_strdup_printf("slot %" G_GUINT64_FORMAT, position);
	if (g_str_equal(kind, "process"))
		return g_strdup_printf("address 0x%" G_GINT64_MODIFIER "x", at);
	if (at < 1024)
		return g_strdup_printf("offset 0x%x (%u B)", (guint)at, (guint)at);
	/* 1023.95 would print as 1024.0 */
	for (; size >= 1023.95 && i + 1 < G_N_ELEMENTS(unit); i++)
		size /= 1024;
	return g_strdup_printf("offset 0x%" G_GINT64_MODIFIER "x (%.1f %s)", at, size, unit[i]);
}

char *anz_store_page_place(AnzStore *store, guint64 pfn, guint64 offset, GError **error)
{
	g_autoptr(AnzQuery) query = first_row(store,
		"SELECT o.kind, (SELECT w.position + :pfn - w.pfn FROM owned w "
		"WHERE w.snapshot = :snapshot AND w.owner = o.id AND w.pfn <= :pfn "
		"ORDER BY w.pfn DESC LIMIT 1), (SELECT page_size FROM snapshot WHERE id = :snapshot) "
		"FROM page p JOIN owners o ON o.snapshot = :snapshot AND o.id = p.owner "
		"WHERE p.pfn = :pfn", pfn, error);
	const char *kind;
	guint64 position;

	if (!query)
		return NULL;
	kind = anz_query_text(query, 0);
	if (g_str_equal(kind, "cache"))
		return place_in_slab(store, pfn, offset, error);
	if (anz_query_is_null(query, 1))
		return place_of_table(store, pfn, error);
	position = (guint64)anz_query_int(query, 1);
	return place_at(kind, position,
			position * (guint64)anz_query_int(query, 2) + offset);
}

guint64 anz_store_section_pages(AnzStore *store)
{
	g_autoptr(AnzQuery) query = anz_store_query(store,
		"SELECT CAST(value AS INTEGER), page_size FROM format_fact f "
		"JOIN snapshot s ON s.id = f.snapshot "
		"WHERE snapshot = :snapshot AND name = 'SECTION_SIZE_BITS'", NULL);
	gint64 bits, page_size;

	if (!query || !anz_query_next(query, NULL))
		return 0;
	bits = anz_query_int(query, 0);
	page_size = anz_query_int(query, 1);
	return bits > 0 && bits < 63 && page_size > 0 ? ((guint64)1 << bits) / (guint64)page_size : 0;
}
