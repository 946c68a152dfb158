/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lru.h"

#include "verbs.h"

static const Column generation_columns[] = {
	{ "node", NULL, KIND_INTEGER, 0, "NUMA node" },
	{ "zone", NULL, KIND_TEXT, 0, "zone" },
	{ "type", NULL, KIND_TEXT, 0,
	  "anon: what is written to swap, if anywhere, shared memory included; file" },
	{ "age", NULL, KIND_INTEGER, 0, "how many generations of its control group are younger" },
	{ "active", NULL, KIND_BOOLEAN, 0, "the kernel counts it as active: one of the two youngest" },
	{ "lists", NULL, KIND_INTEGER, 0, "lists of control groups that have any" },
	{ "kernel", NULL, KIND_PAGES, 0, "pages as the kernel counted them: lrugen.nr_pages" },
	{ "pages", NULL, KIND_PAGES, 0, "pages whose folio says so" },
	{ "difference", NULL, KIND_PAGES, 0, "pages - kernel" },
	{ "bytes", "SIZE", KIND_BYTES, 0, "these pages in bytes" },
	{ "share", "SHARE%", KIND_PERCENT, 0, "percent of the pages of this node, zone and type" },
};
const Table generation_table = TABLE("generations", generation_columns, 0,
	"pages of multi-generational LRU by age of their generation (with --by generation)");

/*
 * A folio's flags are those of its first page.  What is charged to no group is on the lists of the root.
 * All types and zones of one struct lruvec count generations alike, so that any row tells the number.
 */
gboolean page_lru_read(AnzStore *store, gint64 pfn, PageLru *lru, GError **error)
{
	g_autoptr(AnzQuery) query = anz_store_query(store,
		"WITH head AS (SELECT * FROM page WHERE pfn = (SELECT iif(tail, first_pfn, pfn) FROM page "
		"WHERE pfn = :pfn)) "
		"SELECT CASE WHEN NOT lru THEN NULL WHEN unevictable THEN 'unevictable' ELSE "
		"CASE flags >> (SELECT bit FROM page_flag WHERE snapshot = :snapshot "
		"AND name = 'swapbacked') & 1 WHEN 1 THEN 'anon' WHEN 0 THEN 'file' END || "
		"CASE WHEN h.generation IS NOT NULL THEN '' WHEN active THEN ', active' "
		"ELSE ', inactive' END END, h.generation, seq, age, lru_refs FROM head h LEFT JOIN "
		"(SELECT node, owner, generation, seq, age FROM generations WHERE snapshot = :snapshot) g "
		"ON g.node = h.node AND g.generation = h.generation AND g.owner IS ifnull(h.cgroup, "
		"(SELECT owner FROM cgroups WHERE snapshot = :snapshot AND cgroup = '/')) LIMIT 1",
		error);
	gint64 *const numbers[] = { &lru->generation, &lru->seq, &lru->age, &lru->refs };

	*lru = (PageLru){ .generation = -1, .seq = -1, .age = -1, .refs = -1 };
	if (!query)
		return FALSE;
	anz_query_bind_int(query, ":pfn", pfn);
	if (!anz_query_next(query, error))
		return FALSE;
	lru->list = g_strdup(anz_query_text(query, 0));
	for (guint i = 0; i < G_N_ELEMENTS(numbers); i++)
		if (!anz_query_is_null(query, i + 1))
			*numbers[i] = anz_query_int(query, i + 1);
	return TRUE;
}

void page_lru_clear(PageLru *lru)
{
	g_free(lru->list);
}

gboolean lru_check_generations(AnzStore *store, GError **error)
{
	g_autoptr(AnzQuery) any = anz_store_query(store,
		"SELECT EXISTS (SELECT 1 FROM generations WHERE snapshot = :snapshot), "
		"EXISTS (SELECT 1 FROM owners WHERE snapshot = :snapshot)", error);

	if (!any || !anz_query_next(any, error))
		return FALSE;
	if (!anz_query_int(any, 0)) {
		g_set_error(error, CLI_ERROR, CLI_ERROR_FAILED, "%s", anz_query_int(any, 1) ?
			    "no page has a generation: this kernel has no multi-generational LRU, or it is "
			    "switched off; --by lru tells active pages from inactive ones" :
			    "this analysis did without owners, which tell the lists that a generation is "
			    "counted in; analyze --detail all has them");
		return FALSE;
	}
	return TRUE;
}

gboolean lru_print_generations(Output *out, AnzStore *store, GError **error)
{
	g_autoptr(AnzQuery) query = anz_store_query(store,
		"SELECT node, zone, type, age, age < 2 AS active, count(*) AS lists, "
		"sum(kernel) AS kernel, sum(pages) AS pages, sum(pages) - sum(kernel) AS difference, "
		"sum(pages) * " PAGE_SIZE_SQL " AS bytes, "
		"100.0 * sum(pages) / sum(sum(pages)) OVER (PARTITION BY node, zone, type) AS share "
		"FROM generations g WHERE snapshot = :snapshot GROUP BY node, zone, type, age "
		"ORDER BY node, (SELECT zone_index FROM zones z WHERE z.snapshot = :snapshot "
		"AND z.zone = g.zone LIMIT 1), zone, type, age", error);

	if (!query)
		return FALSE;
	output_heading(out, "By generation");
	return output_query(out, &generation_table, query, error);
}
