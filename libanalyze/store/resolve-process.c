/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* "412:0x7f0000001000": the page that a process has at an address, from the mappings that are stored. */
#include <string.h>

#include "store/store-private.h"

static gboolean G_GNUC_PRINTF(3, 4) refuse(const char *text, GError **error, const char *format, ...)
{
	g_autofree char *why = NULL;
	va_list args;

	va_start(args, format);
	why = g_strdup_vprintf(format, args);
	va_end(args);
	g_set_error(error, ANZ_ERROR, ANZ_ERROR_ARGUMENT, "%s: %s", text, why);
	return FALSE;
}

/* Steps to the only row; %NULL with @error, or without one if there is none. */
static AnzQuery *row(AnzStore *store, const char *sql, gint64 who, guint64 vaddr, GError **error)
{
	g_autoptr(AnzQuery) query = anz_store_query(store, sql, error);

	if (!query)
		return NULL;
	anz_query_bind_int(query, ":who", who);
	anz_query_bind_int(query, ":vaddr", (gint64)vaddr);
	return anz_query_next(query, error) ? g_steal_pointer(&query) : NULL;
}

/* Why no page is known to be there. */
static gboolean explain(AnzStore *store, const char *text, gint64 owner, guint64 vaddr,
			GError **error)
{
	GError *err = NULL;
	g_autoptr(AnzQuery) query = row(store,
		"SELECT coalesce(name, 'without a name'), flags_text, "
		"EXISTS(SELECT 1 FROM mappings WHERE snapshot = :snapshot) FROM vmas "
		"WHERE snapshot = :snapshot AND owner = :who AND start <= :vaddr AND \"end\" > :vaddr "
		"LIMIT 1", owner, vaddr, &err);

	if (err) {
		g_propagate_error(error, err);
		return FALSE;
	}
	if (!query)
		return refuse(text, error, "the process has no area there; 'memdesc procs' with its "
			      "number lists those that it has");
	if (!anz_query_int(query, 2))
		return refuse(text, error, "this analysis has no table of mappings, because the machine "
			      "is large; analyze --detail all makes one");
	return refuse(text, error, "the area there (%s, %s) has no page of its own at that address: never "
		      "written to, in swap, the zero page, or not in the dump",
		      anz_query_text(query, 0), anz_query_text(query, 1));
}

gboolean anz_store_resolve_process(AnzStore *store, const char *text, AnzAddress *out,
				   GError **error)
{
	const AnzPageMap *map = store->map;
	const char *colon = strchr(text, ':');
	g_autofree char *pid = g_strndup(text, colon - text);
	g_autofree char *hex = g_strconcat(g_str_has_prefix(colon + 1, "0x") ? "" : "0x", colon + 1,
					   NULL);
	g_autoptr(AnzQuery) task = NULL, mapping = NULL;
	GError *err = NULL;
	guint64 number, vaddr, distance;
	gint64 owner;

	if (!anz_parse_u64(pid, &number) || number > G_MAXINT32 || !anz_parse_u64(hex, &vaddr))
		return refuse(text, error, "not an address of a process; that is a process number, a "
			      "colon and a hexadecimal address (412:0x7f0000001000)");
	task = row(store, "SELECT p.owner, o.name FROM tasks t LEFT JOIN processes p "
		   "ON p.snapshot = t.snapshot AND p.mm = t.mm LEFT JOIN owners o "
		   "ON o.snapshot = t.snapshot AND o.id = p.owner WHERE t.snapshot = :snapshot "
		   "AND t.pid = :who ORDER BY p.owner IS NULL LIMIT 1", number, 0, &err);
	if (err) {
		g_propagate_error(error, err);
		return FALSE;
	}
	if (!task)
		return refuse(text, error, "there is no process %s here; 'memdesc procs' lists them", pid);
	if (anz_query_is_null(task, 0))
		return refuse(text, error, "process %s has no address space of its own", pid);
	owner = anz_query_int(task, 0);
	mapping = row(store, "SELECT vaddr, pfn, pages FROM mappings WHERE snapshot = :snapshot "
		      "AND owner = :who AND vaddr <= :vaddr ORDER BY vaddr DESC LIMIT 1", owner, vaddr,
		      &err);
	if (err) {
		g_propagate_error(error, err);
		return FALSE;
	}
	distance = mapping ? (vaddr - (guint64)anz_query_int(mapping, 0)) >> map->page_shift : 0;
	if (!mapping || distance >= (guint64)anz_query_int(mapping, 2) ||
	    anz_query_int(mapping, 1) + distance >= map->max_pfn)
		return explain(store, text, owner, vaddr, error);
	*out = (AnzAddress){ .kind = ANZ_ADDRESS_PROCESS, .vaddr = vaddr,
			     .pfn = anz_query_int(mapping, 1) + distance };
	out->offset = vaddr & (((guint64)1 << map->page_shift) - 1);
	out->paddr = (out->pfn << map->page_shift) + out->offset;
	g_snprintf(out->words, sizeof(out->words), "address of process %.60s, byte %"
		   G_GUINT64_FORMAT " of the page", anz_query_text(task, 1), out->offset);
	return TRUE;
}
