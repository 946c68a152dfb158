/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* memdesc procs: what processes have in memory, and the areas of one of them. */
#include <string.h>

#include "source.h"
#include "verbs.h"

static const Column process_columns[] = {
	{ "pid", NULL, KIND_INTEGER, 0, "process; null: memory that none uses any more" },
	{ "rss", NULL, KIND_BYTES, 0, "resident: anon, file and shmem pages that its page tables map" },
	{ "pss", NULL, KIND_BYTES, 0,
	  "the same, each page shared out among all that map it; null: not all are known" },
	{ "anon", NULL, KIND_PAGES, 0, "anonymous pages mapped, KSM and swap cache included" },
	{ "file", NULL, KIND_PAGES, 0, "pages of files mapped, and what the kernel counts with them" },
	{ "shmem", NULL, KIND_PAGES, 0, "pages of shared memory and tmpfs mapped" },
	{ "hugetlb", NULL, KIND_PAGES, 0, "pages of hugetlb pools mapped; not part of rss" },
	{ "swap", NULL, KIND_PAGES, 0, "pages in swap" },
	{ "thp", NULL, KIND_PAGES, 0, "of anon, file and shmem, mapped by one entry for many pages" },
	{ "ksm", NULL, KIND_PAGES, 0, "of anon, merged with alike pages of others" },
	{ "tables", NULL, KIND_PAGES, 0, "its page tables" },
	{ "agrees", "KERNEL", KIND_TEXT, 0,
	  "whether the kernel's own counters say the same: \"equal\", or which differ and by how much" },
	{ "kernel_anon", NULL, KIND_PAGES, COLUMN_EXTRA, "MM_ANONPAGES, the kernel's counter" },
	{ "kernel_file", NULL, KIND_PAGES, COLUMN_EXTRA, "MM_FILEPAGES" },
	{ "kernel_shmem", NULL, KIND_PAGES, COLUMN_EXTRA, "MM_SHMEMPAGES" },
	{ "kernel_swap", NULL, KIND_PAGES, COLUMN_EXTRA, "MM_SWAPENTS" },
	{ "kernel_hugetlb", NULL, KIND_PAGES, COLUMN_EXTRA, "mm_struct.hugetlb_usage" },
	{ "kernel_tables", NULL, KIND_BYTES, COLUMN_EXTRA,
	  "mm_struct.pgtables_bytes: page tables but the top one" },
	{ "special", NULL, KIND_PAGES, COLUMN_EXTRA, "mapped, but counted by nobody: the zero page" },
	{ "lost_tables", NULL, KIND_INTEGER, COLUMN_EXTRA, "page tables that are not in the dump" },
	{ "threads", NULL, KIND_INTEGER, 0, "tasks that use its memory" },
	{ "mm", NULL, KIND_ADDRESS, COLUMN_EXTRA, "of struct mm_struct" },
	{ "comm", NULL, KIND_TEXT, 0, "name" },
};
static const Table process_table = TABLE("processes", process_columns, 0,
					 "one row per address space");

static const Column vma_columns[] = {
	{ "pid", NULL, KIND_INTEGER, COLUMN_EXTRA, "process" },
	{ "start", NULL, KIND_ADDRESS, 0, "first byte" },
	{ "end", NULL, KIND_ADDRESS, 0, "one past the last byte" },
	{ "size", NULL, KIND_BYTES, 0, "from one to the other" },
	{ "rss", NULL, KIND_BYTES, 0, "of these, anon, file and shmem pages mapped" },
	{ "anon", NULL, KIND_PAGES, 0, "anonymous pages mapped" },
	{ "file", NULL, KIND_PAGES, 0, "pages of files mapped" },
	{ "shmem", NULL, KIND_PAGES, 0, "pages of shared memory and tmpfs mapped" },
	{ "hugetlb", NULL, KIND_PAGES, 0, "pages of hugetlb pools mapped" },
	{ "swap", NULL, KIND_PAGES, 0, "pages in swap" },
	{ "flags", NULL, KIND_TEXT, 0, "as in /proc/PID/maps, then others" },
	{ "offset", NULL, KIND_ADDRESS, COLUMN_EXTRA, "of the first byte in its file" },
	{ "inode", NULL, KIND_ADDRESS, COLUMN_EXTRA, "of its file's struct inode" },
	{ "anon_vma", NULL, KIND_ADDRESS, COLUMN_EXTRA, "of its struct anon_vma" },
	{ "address", NULL, KIND_ADDRESS, COLUMN_EXTRA, "of struct vm_area_struct" },
	{ "name", NULL, KIND_TEXT, 0, "its file, or what it is for" },
};
static const Table vma_table = TABLE("vmas", vma_columns, 0,
				     "areas of the address space (with PID)");

/* "anon +3, swap -1": what the walk has more than the counter. */
#define DIFFERENCE_SQL(name) \
	"CASE WHEN kernel_" name " <> " name " THEN printf(', " name " %+d', " name " - kernel_" \
	name ") ELSE '' END"
#define AGREES_SQL \
	"CASE WHEN kernel_anon + kernel_file + kernel_shmem + kernel_swap IS NULL THEN NULL ELSE " \
	"coalesce(nullif(substr(" DIFFERENCE_SQL("anon") " || " DIFFERENCE_SQL("file") " || " \
	DIFFERENCE_SQL("shmem") " || " DIFFERENCE_SQL("swap") " || " \
	"coalesce(" DIFFERENCE_SQL("hugetlb") ", ''), 3), ''), 'equal') END"

static gboolean print_processes(Output *out, AnzStore *store, const Args *args, gint64 owner,
				GError **error)
{
	g_autoptr(AnzQuery) query = anz_store_query(store,
		"SELECT *, (anon + file + shmem) * " PAGE_SIZE_SQL " AS rss, "
		"table_pages AS tables, " AGREES_SQL " AS agrees FROM processes "
		"WHERE snapshot = :snapshot AND (:owner < 0 OR owner = :owner) "
		"ORDER BY anon + file + shmem DESC, pid IS NULL, pid, mm LIMIT :largest", error);

	if (!query)
		return FALSE;
	anz_query_bind_int(query, ":owner", owner);
	anz_query_bind_int(query, ":largest", args->largest ? args->largest : -1);
	output_heading(out, "Processes, largest first");
	return output_query(out, &process_table, query, error);
}

/* An empty table alone would look as if nothing had been running. */
static gboolean explain_none(Output *out, AnzStore *store, GError **error)
{
	g_autoptr(AnzQuery) query = anz_store_query(store,
		"SELECT EXISTS(SELECT 1 FROM processes WHERE snapshot = :snapshot)", error);

	if (!query || !anz_query_next(query, error))
		return FALSE;
	if (!anz_query_int(query, 0))
		output_say(out, PAINT_NONE, "No process was found: the dump has no tasks, or its dumper "
			   "left them out.");
	return TRUE;
}

static gboolean print_vmas(Output *out, AnzStore *store, gint64 owner, GError **error)
{
	g_autoptr(AnzQuery) query = anz_store_query(store,
		"SELECT p.pid, start, \"end\", \"end\" - start AS size, "
		"(v.anon + v.file_pages + v.shmem) * " PAGE_SIZE_SQL " AS rss, v.anon, "
		"v.file_pages AS file, v.shmem, v.hugetlb, v.swap, flags_text AS flags, "
		"offset * " PAGE_SIZE_SQL " AS offset, inode, anon_vma, v.address, "
		"coalesce((SELECT o.name FROM owners o WHERE o.snapshot = :snapshot "
		"AND o.address = v.inode AND o.kind = 'file'), v.name) AS name "
		"FROM vmas v JOIN processes p ON p.snapshot = v.snapshot AND p.owner = v.owner "
		"WHERE v.snapshot = :snapshot AND (:owner < 0 OR v.owner = :owner) "
		"ORDER BY v.owner, start", error);

	if (!query)
		return FALSE;
	anz_query_bind_int(query, ":owner", owner);
	output_heading(out, "Areas");
	return output_query(out, &vma_table, query, error);
}

/* A process or thread by number; all digits, and no part of a split dump that lies here. */
static gboolean is_pid(const char *word)
{
	return *word && !word[strspn(word, "0123456789")] && strlen(word) < 10 &&
	       !g_file_test(word, G_FILE_TEST_EXISTS);
}

/* The row in owners of the address space that task @pid uses. */
static gboolean find_owner(AnzStore *store, const char *pid, gint64 *owner, GError **error)
{
	g_autoptr(AnzQuery) query = anz_store_query(store,
		"SELECT t.comm, p.owner FROM tasks t LEFT JOIN processes p "
		"ON p.snapshot = t.snapshot AND p.mm = t.mm "
		"WHERE t.snapshot = :snapshot AND t.pid = :pid ORDER BY p.owner IS NULL LIMIT 1", error);
	g_autoptr(GError) err = NULL;

	if (!query)
		return FALSE;
	if (!*pid || pid[strspn(pid, "0123456789")] || strlen(pid) > 10) {
		g_set_error(error, CLI_ERROR, CLI_ERROR_USAGE,
			    "%s: a process is named by its number; 'memdesc procs' without one lists "
			    "them", pid);
		return FALSE;
	}
	anz_query_bind_int(query, ":pid", g_ascii_strtoll(pid, NULL, 10));
	if (!anz_query_next(query, &err)) {
		if (err)
			g_propagate_error(error, g_steal_pointer(&err));
		else
			g_set_error(error, CLI_ERROR, CLI_ERROR_FAILED,
				    "there is no process %s here; 'memdesc procs' without a number "
				    "lists them", pid);
		return FALSE;
	}
	if (anz_query_is_null(query, 1)) {
		g_set_error(error, CLI_ERROR, CLI_ERROR_FAILED,
			    "%s (%s) has no address space of its own: it is a kernel thread, or has "
			    "given it back on its way out", pid, anz_query_text(query, 0));
		return FALSE;
	}
	*owner = anz_query_int(query, 1);
	return TRUE;
}

static gboolean run(Args *args, GError **error)
{
	guint n_sources = source_count_words(args, is_pid);
	gboolean one = args->n_words > n_sources;
	gint64 owner = -1;
	g_autoptr(Output) out = output_open(args, &process_table, verb_procs.tables, error);

	if (!out)
		return FALSE;
	if (args->n_words > n_sources + 1) {
		g_set_error(error, CLI_ERROR, CLI_ERROR_USAGE,
			    "one PID at a time: memdesc procs SOURCE PID");
		return FALSE;
	}

	g_autoptr(Source) source = source_open_owners(args, args->words, n_sources, error);

	if (!source ||
	    (one && !find_owner(source->store, args->words[n_sources], &owner, error)) ||
	    !print_processes(out, source->store, args, owner, error) ||
	    !explain_none(out, source->store, error))
		return FALSE;
	if ((one || output_asked(out, &vma_table)) && !print_vmas(out, source->store, owner, error))
		return FALSE;
	return output_close(g_steal_pointer(&out), error);
}

static const Option options[] = {
	{ "largest", 0, G_OPTION_ARG_INT64, "N", G_STRUCT_OFFSET(Args, largest),
	  "The N processes with most resident memory." },
	{ NULL }
};

static const Table *const tables[] = { &process_table, &vma_table, NULL };

static const Example examples[] = {
	{ "memdesc procs vmcore.memdesc --largest 20", "Who has most in memory." },
	{ "memdesc procs vmcore.memdesc 4711", "One process, area by area." },
	{ "memdesc procs vmcore.memdesc --json --columns pid,pss,swap", "For a script." },
	{ NULL }
};

const Verb verb_procs = {
	.name = "procs",
	.arguments = "SOURCE... [PID]",
	.summary = "processes: resident memory by kind, and the areas of one",
	.description =
		"Prints what each process's page tables map, by kind, largest first. Processes that "
		"share an address space are one row. The last but two of the columns holds this "
		"against the kernel's own counters (mm_struct.rss_stat, what cpus and threads have "
		"not handed in added): in a dump of a stopped machine the two should be equal.\n\n"
		"With PID, the number of a process or of one of its threads, its areas follow, with "
		"what of each is in memory.",
	.options = options,
	.tables = tables,
	.examples = examples,
	.min_words = 1, .max_words = G_MAXUINT,
	.run = run,
};
