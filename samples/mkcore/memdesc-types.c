/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Numbers and names of the memory-descriptor format: the three published type tables, a
 * seed that renumbers them, and the enumerators the kernel of a recipe has for them.
 */
#include <string.h>

#include "memdesc.h"

const char *const md_type_names[MT_COUNT] = {
	"Misc",	    "Buddy",   "File",	    "Anon",    "KSM",
	"Slab",	    "Movable", "PageTable", "NetPool", "Bump",
	"HWPoison", "PerCPU",  "AcctMem",   "ZPDesc",  "Managed",
};

/* readers match them with underscores and case ignored */
static const char *const enumerators[MT_COUNT] = {
	"MISC",	    "BUDDY",   "FILE",	     "ANON",	 "KSM",
	"SLAB",	    "MOVABLE", "PAGE_TABLE", "NET_POOL", "BUMP",
	"HWPOISON", "PERCPU",  "ACCT_MEM",   "ZPDESC",	 "MANAGED",
};

const char *const md_buddy_names[] = {
	"",	     "ptr-prev-first", "ptr-next-first", "pfn-prev-first", "pfn8-global",
	"pfn8-zone", "list32"
};
const char *const md_table_names[] = { "", "lsfmm2024", "wiki2025", "path2025" };

/* by number; -1 ends a table, MT_COUNT is an alias of Buddy */
static const int tables[][16] = {
	[MD_LSFMM2024] = { MT_MISC, MT_BUDDY, MT_FILE, MT_ANON, MT_KSM, MT_SLAB,
			   MT_MOVABLE, MT_PAGETABLE, MT_NETPOOL, MT_HWPOISON, MT_PERCPU,
			   -1 },
	[MD_WIKI2025] = { MT_MISC, MT_BUDDY, MT_FILE, MT_ANON, MT_KSM, MT_SLAB, MT_BUMP,
			  MT_MOVABLE, MT_PAGETABLE, MT_HWPOISON, MT_PERCPU, MT_ACCTMEM,
			  MT_ZPDESC, MT_MANAGED, -1 },
	[MD_PATH2025] = { MT_BUDDY, MT_MISC, MT_FILE, MT_ANON, MT_COUNT, MT_SLAB,
			  MT_MOVABLE, MT_PAGETABLE, MT_COUNT, MT_HWPOISON, MT_PERCPU,
			  MT_ACCTMEM, MT_COUNT, MT_MANAGED, -1 },
};

/**
 * md_numbers:
 * @number: (out): by enum md_type, -1 for what the recipe's table lacks
 */
void md_numbers(const struct recipe *r, int *number)
{
	const int *table = tables[r->md_table];
	struct rng rng = { r->shuffle ^ 0x3d5c };
	int of[16];

	for (int i = 0; i < 16; i++)
		of[i] = i;
	for (int i = 15; i > 0 && r->shuffle; i--) {
		int j = rng_below(&rng, i + 1), t = of[i];

		of[i] = of[j];
		of[j] = t;
	}
	for (int t = 0; t < MT_COUNT; t++)
		number[t] = -1;
	for (int i = 0; table[i] >= 0; i++)
		if (table[i] < MT_COUNT)
			number[table[i]] = of[i];
}

enum md_type md_type_of(const struct md *md, guint64 word)
{
	for (int t = 0; t < MT_COUNT; t++)
		if (md->number[t] == md_number_of(word))
			return t;
	return MT_COUNT;
}

/* "MEMDESC_TYPE_PAGE_TABLE", or with other case and underscores, which nobody should mind */
static char *enumerator(const struct recipe *r, int type)
{
	GString *s = g_string_new("MEMDESC_TYPE_");

	for (const char *p = enumerators[type]; *p; p++) {
		if (!r->md_odd_names) {
			g_string_append_c(s, *p);
			continue;
		}
		if (*p != '_')
			g_string_append_c(s, s->len % 2 ? g_ascii_tolower(*p) : *p);
		if (p == enumerators[type] + 1)
			g_string_append(s, "__");
	}
	return g_string_free(s, FALSE);
}

static void append_types(const struct recipe *r, GString *s)
{
	int number[MT_COUNT];

	if (r->md_stated != MD_DWARF)
		return;
	md_numbers(r, number);
	g_string_append_printf(s, "enum %s {\n", r->md_odd_names ? "mdt" : "memdesc_type");
	for (int t = 0; t < MT_COUNT; t++) {
		g_autofree char *name = enumerator(r, t);

		if (number[t] >= 0)
			g_string_append_printf(s, "\t%s = %d,\n", name, number[t]);
	}
	/* no types: a reader must not take them for some */
	g_string_append(s, "\tMEMDESC_TYPE_NR = 16,\n\tMEMDESC_TYPE_MASK = 15,\n};\n");
}

/* the lines of VMCOREINFO that say which numbers are in force */
void md_types_vmcoreinfo(const struct recipe *r, GString *s)
{
	int number[MT_COUNT];

	if (r->md_stated == MD_TABLE)
		g_string_append_printf(s, "MEMDESC_TABLE=%s\n",
				       md_table_names[r->md_table]);
	if (r->md_stated != MD_NUMBERS)
		return;
	md_numbers(r, number);
	for (int t = 0; t < MT_COUNT; t++) {
		g_autofree char *name = enumerator(r, t);

		if (number[t] >= 0)
			g_string_append_printf(s, "NUMBER(%s)=%d\n", name, number[t]);
	}
}

/* Returns: (transfer full): text of the header with enum pageflags and memdesc_type */
char *md_pageflags_h(const struct recipe *r)
{
	/* a folio's bits; those of struct page (32 bytes) are some of them */
	static const char *const names[] = {
		"locked",	"writeback", "referenced", "uptodate",	  "dirty",
		"lru",		"head",	     "waiters",	   "active",	  "workingset",
		"owner_priv_1", "owner_2",   "arch_1",	   "reserved",	  "private",
		"private_2",	"reclaim",   "swapbacked", "unevictable", "dropbehind",
		"mlocked",	"hwpoison",  "young",	   "idle",	  "hugetlb"
	};
	static const char *const aliases[][2] = { { "swapcache", "owner_priv_1" },
						  { "readahead", "reclaim" },
						  { "anon_exclusive", "owner_2" },
						  { "has_hwpoisoned", "active" },
						  { "reported", "uptodate" } };
	const char *order[G_N_ELEMENTS(names)];
	g_autoptr(GString) entries = g_string_new("#define K_FLAG_ENTRIES ");
	GString *s =
		g_string_new("/* made by mkcore for one recipe */\nenum pageflags {\n");
	struct rng rng = { r->permute ^ 0xf1a65 };

	memcpy(order, names, sizeof(order));
	for (int i = G_N_ELEMENTS(names) - 1; i > 0 && r->permute; i--) {
		int j = rng_below(&rng, i + 1);
		const char *t = order[i];

		order[i] = order[j];
		order[j] = t;
	}
	for (size_t i = 0; i < G_N_ELEMENTS(order); i++) {
		g_string_append_printf(s, "\tPG_%s = %zu,\n", order[i], i);
		g_string_append_printf(entries, "E(PG_%s), ", order[i]);
	}
	g_string_append_printf(s, "\t__NR_PAGEFLAGS = %zu,\n", G_N_ELEMENTS(order));
	for (size_t i = 0; i < G_N_ELEMENTS(aliases); i++) {
		g_string_append_printf(s, "\tPG_%s = PG_%s,\n", aliases[i][0],
				       aliases[i][1]);
		g_string_append_printf(entries, "E(PG_%s), ", aliases[i][0]);
	}
	g_string_append(s, "};\n");
	append_types(r, s);
	g_string_append_printf(s, "%s\n", entries->str);
	return g_string_free(s, FALSE);
}
