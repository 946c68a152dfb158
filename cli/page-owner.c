/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "page-owner.h"

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

static char *cgroup(AnzStore *store, guint64 pfn, GError **error)
{
	g_autoptr(AnzQuery) query = first_row(store,
		"SELECT o.name FROM page p JOIN owners o ON o.snapshot = :snapshot "
		"AND o.id = p.cgroup WHERE p.pfn = :pfn", pfn, error);

	return query ? g_strdup(anz_query_text(query, 0)) : NULL;
}

/* Where the dumped kernel has kept it (page_owner=on). */
static void allocation(AnzStore *store, guint64 pfn, PageOwner *owner, GError **error)
{
	g_autoptr(AnzQuery) query = first_row(store,
		"SELECT printf('%s (%d), %.3f s after boot, order %d, gfp 0x%x', ifnull(comm, 'task'), "
		"a.pid, seconds, \"order\", gfp), s.frames FROM allocated a LEFT JOIN alloc_stacks s "
		"ON s.snapshot = a.snapshot AND s.stack = a.stack WHERE a.snapshot = :snapshot "
		"AND a.pfn = (SELECT max(pfn) FROM allocated WHERE snapshot = :snapshot "
		"AND pfn <= :pfn) AND a.pfn + a.pages > :pfn", pfn, error);

	if (!query)
		return;
	owner->allocated_by = g_strdup(anz_query_text(query, 0));
	owner->stack = g_strdup(anz_query_text(query, 1));
}

/* Where it has kept that (allocation tags). */
static char *source_line(AnzStore *store, guint64 pfn, GError **error)
{
	g_autoptr(AnzQuery) query = first_row(store,
		"SELECT file || ':' || line || ' ' || function || ifnull(' [' || module || ']', '') "
		"FROM tagged t JOIN alloc_tags USING (snapshot, tag) WHERE t.snapshot = :snapshot "
		"AND t.pfn = (SELECT max(pfn) FROM tagged WHERE snapshot = :snapshot AND pfn <= :pfn) "
		"AND t.pfn + t.pages > :pfn", pfn, error);

	return query ? g_strdup(anz_query_text(query, 0)) : NULL;
}

gboolean page_owner_read(AnzStore *store, guint64 pfn, guint64 offset, PageOwner *owner,
			 GError **error)
{
	g_autoptr(GError) err = NULL;
	g_autoptr(AnzQuery) query = first_row(store,
		"SELECT o.kind, o.name, o.address FROM page p JOIN owners o "
		"ON o.snapshot = :snapshot AND o.id = p.owner WHERE p.pfn = :pfn", pfn, &err);

	*owner = (PageOwner){ 0 };
	if (!err)
		owner->mapped_by = mappings(store, pfn, offset, &err);
	if (!err)
		owner->cgroup = cgroup(store, pfn, &err);
	if (!err)
		allocation(store, pfn, owner, &err);
	if (!err)
		owner->tag = source_line(store, pfn, &err);
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
	owner->place = anz_store_page_place(store, pfn, offset, &err);
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
	g_free(owner->cgroup);
	g_free(owner->allocated_by);
	g_free(owner->stack);
	g_free(owner->tag);
}
