/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* memdesc swap: swap areas, who has pages there, and their slots. */
#include "source.h"
#include "verbs.h"

static const Column area_columns[] = {
	{ "name", NULL, KIND_TEXT, 0, "last part of its path" },
	{ "disk", NULL, KIND_TEXT, 0, "that it lies on" },
	{ "priority", NULL, KIND_INTEGER, 0, "areas of higher priority are used first" },
	{ "bytes", "SIZE", KIND_BYTES, 0, "pages that it can hold, in bytes" },
	{ "used", NULL, KIND_PAGES, 0, "the kernel's own count of slots in use" },
	{ "in_use", NULL, KIND_PAGES, 0, "slots that were found in use" },
	{ "cached", NULL, KIND_PAGES, 0, "of these, those whose page is in memory, too" },
	{ "users", NULL, KIND_INTEGER, 0,
	  "entries of page tables and files that name these slots, by the kernel's counts" },
	{ "found", NULL, KIND_INTEGER, 0,
	  "such entries found in page tables of processes and in files of shared memory" },
	{ "charged", NULL, KIND_PAGES, 0, "slots in use that are charged to a control group" },
	{ "held", NULL, KIND_PAGES, COLUMN_EXTRA, "slots in use of no page yet or any more" },
	{ "bad", NULL, KIND_PAGES, COLUMN_EXTRA, "slots that hold no page: the header, or bad blocks" },
	{ "many", NULL, KIND_PAGES, COLUMN_EXTRA,
	  "slots with more users than the kernel counts in one place; not in users" },
	{ "unread", NULL, KIND_PAGES, COLUMN_EXTRA, "slots whose state is not in the dump" },
	{ "cache_pages", NULL, KIND_PAGES, COLUMN_EXTRA, "pages that its swap cache leads to" },
	{ "shadows", NULL, KIND_PAGES, COLUMN_EXTRA, "entries there that evicted pages left" },
	{ "entries", NULL, KIND_PAGES, COLUMN_EXTRA, "entries of page tables that name it" },
	{ "file_entries", NULL, KIND_PAGES, COLUMN_EXTRA, "entries of files that name it" },
	{ "slots", NULL, KIND_PAGES, COLUMN_EXTRA, "all slots, the header's included" },
	{ "type", NULL, KIND_INTEGER, COLUMN_EXTRA, "its number in swap entries" },
	{ "address", NULL, KIND_ADDRESS, COLUMN_EXTRA, "of struct swap_info_struct" },
};
static const Table area_table = TABLE("swap_areas", area_columns, 0, "one row per swap area");

static const Column user_columns[] = {
	{ "kind", NULL, KIND_TEXT, 0, "process or file" },
	{ "pid", NULL, KIND_INTEGER, 0, "of a process" },
	{ "pages", NULL, KIND_PAGES, 0, "of its pages are in swap" },
	{ "bytes", "SIZE", KIND_BYTES, 0, "the same in bytes" },
	{ "area", NULL, KIND_TEXT, 0, "in which swap area; null: in any" },
	{ "owner", NULL, KIND_INTEGER, COLUMN_EXTRA, "its number in table owners" },
	{ "name", NULL, KIND_TEXT, 0, "of the process or file" },
};
static const Table user_table = TABLE("swap_users", user_columns, 0,
				      "processes and files that have pages in swap");

static const Column slot_columns[] = {
	{ "area", NULL, KIND_TEXT, 0, "name of the swap area" },
	{ "type", NULL, KIND_INTEGER, COLUMN_EXTRA, "its number in swap entries" },
	{ "slot", NULL, KIND_INTEGER, 0, "first slot" },
	{ "slots", NULL, KIND_PAGES, 0, "how many that are alike" },
	{ "users", NULL, KIND_INTEGER, 0,
	  "entries that name each; null: more than the kernel counts in one place" },
	{ "cached", NULL, KIND_BOOLEAN, 0, "the page is in memory, too" },
	{ "bad", NULL, KIND_BOOLEAN, 0, "holds no page: the header, or a bad block" },
	{ "cgroup", NULL, KIND_TEXT, 0, "control group that each is charged to" },
};
static const Table slot_table = TABLE("swap_slots", slot_columns, 0,
				      "slots that are not free (with --table swap_slots)");

static const Column zram_columns[] = {
	{ "disk", NULL, KIND_TEXT, 0, "name of the device" },
	{ "algorithm", NULL, KIND_TEXT, 0, "that compresses" },
	{ "size", NULL, KIND_BYTES, 0, "of the device" },
	{ "data", NULL, KIND_BYTES, 0, "pages that it holds, in bytes" },
	{ "compressed", "COMPR", KIND_BYTES, 0, "what those that are not the same all over became" },
	{ "total", NULL, KIND_BYTES, 0, "what they take, by the kernel's own count" },
	{ "peak", NULL, KIND_BYTES, 0, "most that this ever was" },
	{ "max", "LIMIT", KIND_BYTES, 0, "of that; null: none" },
	{ "same", NULL, KIND_PAGES, 0, "of those pages, made of one word again and again" },
	{ "huge", NULL, KIND_PAGES, 0, "of those pages, that did not become smaller" },
	{ "found", NULL, KIND_PAGES, 0, "frames of its pool that were found" },
	{ "pool_pages", NULL, KIND_PAGES, COLUMN_EXTRA, "the same by the kernel's own count" },
	{ "stored", NULL, KIND_PAGES, COLUMN_EXTRA, "pages that it holds" },
	{ "address", NULL, KIND_ADDRESS, COLUMN_EXTRA, "of struct zram" },
};
static const Table zram_table = TABLE("zram", zram_columns, 0, "one row per zram device, used for swap or not");

static const Column zswap_columns[] = {
	{ "enabled", NULL, KIND_BOOLEAN, 0, "whether pages go there now" },
	{ "data", NULL, KIND_BYTES, 0, "pages that it holds, in bytes" },
	{ "pool", "TOTAL", KIND_BYTES, 0, "what they take, by the kernel's own count" },
	{ "found", NULL, KIND_PAGES, 0, "frames of its pools that were found; of zsmalloc only" },
	{ "max_percent", "MAX%", KIND_INTEGER, 0, "most of all memory that this may be" },
	{ "same", NULL, KIND_PAGES, 0,
	  "of those pages, made of one word again and again; null: not kept there" },
	{ "written_back", "WRITTEN", KIND_PAGES, 0, "pages written to swap areas since boot" },
	{ "limit_hits", "FULL", KIND_INTEGER, 0, "times that it was full, since boot" },
	{ "rejected", NULL, KIND_PAGES, 0, "pages that did not become smaller, since boot" },
	{ "stored", NULL, KIND_PAGES, COLUMN_EXTRA, "pages that it holds" },
};
static const Table zswap_table = TABLE("zswap", zswap_columns, 0, "one row where the kernel has zswap");

static const struct {
	const Table *table;
	gboolean on_demand;
	const char *heading, *sql;
	const char *from;	/* no heading in a report if this has no rows */
} parts[] = {
	{ &area_table, FALSE, "Swap areas",
	  "SELECT *, pages * " PAGE_SIZE_SQL " AS bytes, entries + file_entries AS found "
	  "FROM swap_areas WHERE snapshot = :snapshot ORDER BY priority DESC, type" },
	{ &user_table, FALSE, "Who has pages in swap, those with most first",
	  "SELECT o.kind, p.pid, u.pages AS pages, u.pages * " PAGE_SIZE_SQL " AS bytes, a.name AS area, "
	  "o.id AS owner, ifnull(p.comm, o.name) AS name FROM swap_uses u "
	  "JOIN owners o ON o.snapshot = u.snapshot AND o.id = u.owner "
	  "LEFT JOIN processes p ON p.snapshot = u.snapshot AND p.owner = u.owner "
	  "LEFT JOIN swap_areas a ON a.snapshot = u.snapshot AND a.type = u.type "
	  "WHERE u.snapshot = :snapshot "
	  "UNION ALL SELECT o.kind, NULL, f.swapped, f.swapped * " PAGE_SIZE_SQL ", NULL, o.id, o.name "
	  "FROM files f JOIN owners o ON o.snapshot = f.snapshot AND o.id = f.owner "
	  "WHERE f.snapshot = :snapshot AND f.swapped > 0 ORDER BY pages DESC, owner, area" },
	{ &zram_table, FALSE, "Compressed block devices",
	  "SELECT disk, algorithm, size, stored * " PAGE_SIZE_SQL " AS data, compressed, "
	  "pool_pages * " PAGE_SIZE_SQL " AS total, peak * " PAGE_SIZE_SQL " AS peak, "
	  "max * " PAGE_SIZE_SQL " AS max, same, huge, ifnull((SELECT o.pages FROM owners o "
	  "WHERE o.snapshot = z.snapshot AND o.kind = 'pool' AND o.address = z.pool), 0) AS found, "
	  "pool_pages, stored, address FROM zram z WHERE snapshot = :snapshot ORDER BY disk", "zram" },
	{ &zswap_table, FALSE, "Pages kept compressed on their way to swap: zswap",
	  "SELECT enabled, stored * " PAGE_SIZE_SQL " AS data, pool, (SELECT ifnull(sum(o.pages), 0) "
	  "FROM owners o WHERE o.snapshot = z.snapshot AND o.kind = 'pool' "
	  "AND o.name LIKE 'zsmalloc pool zswap%') AS found, max_percent, same, written_back, "
	  "limit_hits, rejected, stored FROM zswap z WHERE snapshot = :snapshot", "zswap" },
	{ &slot_table, TRUE, "Slots that are not free",
	  "SELECT ifnull(a.name, 'type ' || s.type) AS area, s.type, slot, s.slots, s.users, s.cached, "
	  "s.bad, g.cgroup FROM swap_slots s "
	  "LEFT JOIN swap_areas a ON a.snapshot = s.snapshot AND a.type = s.type "
	  "LEFT JOIN cgroups g ON g.snapshot = s.snapshot AND g.owner = s.cgroup "
	  "WHERE s.snapshot = :snapshot ORDER BY s.type, slot" },
};

static gboolean has_rows(AnzStore *store, const char *table)
{
	g_autofree char *sql = g_strdup_printf("SELECT EXISTS (SELECT 1 FROM %s WHERE snapshot = :snapshot)",
					       table);
	g_autoptr(AnzQuery) query = anz_store_query(store, sql, NULL);

	return query && anz_query_next(query, NULL) && anz_query_int(query, 0);
}

static gboolean run(Args *args, GError **error)
{
	g_autoptr(Output) out = output_open(args, &area_table, verb_swap.tables, error);

	if (!out)
		return FALSE;

	g_autoptr(Source) source = source_open(args, args->words, args->n_words, error);

	if (!source)
		return FALSE;
	for (guint i = 0; i < G_N_ELEMENTS(parts); i++) {
		g_autoptr(AnzQuery) query = NULL;

		if ((parts[i].on_demand && !output_asked(out, parts[i].table)) ||
		    (parts[i].from && output_is_report(out) && !has_rows(source->store, parts[i].from)))
			continue;
		query = anz_store_query(source->store, parts[i].sql, error);
		if (!query)
			return FALSE;
		output_heading(out, parts[i].heading);
		if (!output_query(out, parts[i].table, query, error))
			return FALSE;
	}
	return output_close(g_steal_pointer(&out), error);
}

static const Table *const tables[] = { &area_table, &user_table, &zram_table, &zswap_table,
					&slot_table, NULL };

static const Example examples[] = {
	{ "memdesc swap vmcore.memdesc", "Swap areas, and who has pages there." },
	{ "memdesc swap vmcore.memdesc --table swap_slots --csv", "Every slot in use, for a script." },
	{ "memdesc cgroups vmcore.memdesc --columns cgroup,swapped,swap_usage",
	  "By control group, beside memory.swap.current." },
	{ NULL }
};

const Verb verb_swap = {
	.name = "swap",
	.arguments = "SOURCE...",
	.summary = "swap areas: slots in use, and whose pages are there",
	.description =
		"Prints swap areas with the slots that are in use, from the kernel's map of slots or, in "
		"kernels that have none, from the tables of its clusters of slots; how many pages are in the "
		"swap cache, too; and how many entries name those slots: what the kernel has counted for "
		"them, beside what page tables of processes and files of shared memory hold. Processes and "
		"files follow, those with most pages in swap first.\n\n"
		"Then what is kept compressed in memory: devices of zram with what zramctl shows of them, and "
		"zswap, each beside the frames of its pool.",
	.tables = tables,
	.examples = examples,
	.min_words = 1, .max_words = G_MAXUINT,
	.run = run,
};
