/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The list of verbs and the options that they share. */
#include <string.h>

#include "verbs.h"

const Verb *const verbs[] = {
	&verb_analyze,
	&verb_info,
	&verb_summary,
	&verb_zones,
	&verb_buddy,
	&verb_page,
	&verb_runs,
	&verb_check,
	&verb_slabs,
	&verb_areas,
	&verb_files,
	&verb_procs,
	&verb_cgroups,
	&verb_swap,
	&verb_desc,
	&verb_cost,
	&verb_map,
	&verb_view,
	&verb_diff,
	&verb_log,
	&verb_query,
	&verb_export,
	NULL
};

#define AT(field) G_STRUCT_OFFSET(Args, field)

static const Option output_options[] = {
	{ "json", 0, G_OPTION_ARG_NONE, NULL, AT(json),
	  "Print JSON: one object with an array of objects per table." },
	{ "csv", 0, G_OPTION_ARG_NONE, NULL, AT(csv),
	  "Print the main table as comma-separated values (RFC 4180)." },
	{ "columns", 0, G_OPTION_ARG_STRING, "COL,...", AT(columns),
	  "Print these columns of the main table, in this order, and nothing else. "
	  "Scripts should always name the columns they read.", COMPLETE_COLUMN },
	{ "table", 0, G_OPTION_ARG_STRING, "TABLE,...", AT(tables),
	  "Print these tables only; with --columns or --csv, this one instead of the main table.",
	  COMPLETE_TABLE },
	{ "bytes", 'b', G_OPTION_ARG_NONE, NULL, AT(bytes),
	  "Print sizes in bytes instead of KiB, MiB, GiB." },
	{ "no-header", 0, G_OPTION_ARG_NONE, NULL, AT(no_header),
	  "Leave out headings." },
	{ "output", 'o', G_OPTION_ARG_FILENAME, "FILE", AT(output),
	  "Write to FILE instead of standard output. FILE appears when it is whole.",
	  COMPLETE_FILE },
	{ NULL }
};

static const Option source_options[] = {
	{ "vmlinux", 0, G_OPTION_ARG_FILENAME_ARRAY, "FILE", AT(vmlinux),
	  "Type information (DWARF or BTF) of the dumped kernel: a vmlinux, its separate debug file, or "
	  "bare BTF. "
	  "May be given more than once; the first match wins, so that an overlay goes before the "
	  "kernel's own.", COMPLETE_FILE },
	{ "vmcoreinfo", 0, G_OPTION_ARG_FILENAME, "FILE", AT(vmcoreinfo),
	  "VMCOREINFO text for a dump that has none.", COMPLETE_FILE },
	{ "debug-dir", 0, G_OPTION_ARG_FILENAME_ARRAY, "DIR", AT(debug_dirs),
	  "Search DIR for the kernel's debug file instead of the usual folders. "
	  "May be given more than once.", COMPLETE_DIR },
	{ "debuginfod", 0, G_OPTION_ARG_NONE, NULL, AT(debuginfod),
	  "Ask the servers in DEBUGINFOD_URLS for the kernel's debug file." },
	{ "memdesc-table", 0, G_OPTION_ARG_STRING, "TABLE", AT(memdesc_table),
	  "Read the types of memory descriptors by TABLE (lsfmm2024, wiki2025, path2025), whatever "
	  "the dump says." },
	{ "buddy-layout", 0, G_OPTION_ARG_STRING, "LAYOUT", AT(buddy_layout),
	  "Read the links of free pages among memory descriptors by LAYOUT (ptr-prev-first, "
	  "ptr-next-first, pfn-prev-first, pfn8-global, pfn8-zone, list32), whatever the dump says." },
	{ "force", 0, G_OPTION_ARG_NONE, NULL, AT(force),
	  "Go on when the type information belongs to another build of the kernel, or an appended snapshot "
	  "to another machine." },
	{ "threads", 0, G_OPTION_ARG_INT, "N", AT(threads),
	  "Use N threads to decode pages; without it, one per processor." },
	{ "memory", 0, G_OPTION_ARG_STRING, "SIZE", AT(memory),
	  "Take SIZE (512M) of memory for the map of all pages and for what is found there, mapped files "
	  "aside. A map that does not fit is kept compressed, which takes longer; descriptors and owners "
	  "of pages that do not fit lie in a temporary file beside the output. Some 64 MiB come on top, "
	  "and 32 for each TiB of the machine." },
	{ "detail", 0, G_OPTION_ARG_STRING, "auto|all", AT(detail),
	  "Above 256 GiB of memory, give rows to descriptors of pages only with all." },
	{ NULL }
};

static const Option snapshot_options[] = {
	{ "snapshot", 0, G_OPTION_ARG_INT64, "N", AT(snapshot),
	  "Read snapshot N of an analysis file instead of its newest." },
	{ NULL }
};

static const Option general_options[] = {
	{ "quiet", 'q', G_OPTION_ARG_NONE, NULL, AT(quiet),
	  "No notes and no progress on standard error; errors are still reported." },
	{ "verbose", 'v', G_OPTION_ARG_NONE, NULL, AT(verbose),
	  "Say on standard error what is being found where." },
	{ "help", 'h', G_OPTION_ARG_NONE, NULL, AT(help), "Print help for this verb." },
	{ NULL }
};

const OptionGroup shared_options[] = {
	{ "Output", output_options },
	{ "Source", source_options },
	{ "Snapshot", snapshot_options },
	{ "General", general_options },
	{ NULL }
};

gboolean verb_shares(const Verb *verb, const OptionGroup *group, const Option *option)
{
	if (group->options == snapshot_options && verb == &verb_analyze)
		return FALSE;
	for (const Option *own = verb->options; own && own->name; own++)
		if (!strcmp(own->name, option->name))
			return FALSE;
	return TRUE;
}

const Verb *verb_find(const char *name)
{
	for (const Verb *const *v = verbs; *v; v++)
		if (!strcmp((*v)->name, name))
			return *v;
	return NULL;
}

/* Letters to add, drop or change to make @b of @a; names are short. */
static guint distance(const char *a, const char *b)
{
	guint row[64];
	gsize n = strlen(b);

	if (n >= G_N_ELEMENTS(row))
		return G_MAXUINT;
	for (gsize j = 0; j <= n; j++)
		row[j] = j;
	for (gsize i = 0; a[i]; i++) {
		guint diagonal = row[0];

		row[0] = i + 1;
		for (gsize j = 0; j < n; j++) {
			guint change = diagonal + (a[i] != b[j]);

			diagonal = row[j + 1];
			row[j + 1] = MIN(change, MIN(row[j], row[j + 1]) + 1);
		}
	}
	return row[n];
}

const Verb *verb_guess(const char *name)
{
	const Verb *best = NULL;
	guint nearest = strlen(name) < 5 ? 2 : 3;	/* two letters changed make any short word */

	for (const Verb *const *v = verbs; *v; v++) {
		guint d = g_str_has_prefix((*v)->name, name) && strlen(name) > 1 ?
			1 : distance(name, (*v)->name);

		if (d < nearest) {
			nearest = d;
			best = *v;
		}
	}
	return best;
}
