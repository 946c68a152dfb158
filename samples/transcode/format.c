/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The published shapes and tables, written down once more: the library reads its own copy
 * (schemas/memdesc-*.tsv), so that a slip in either shows as a difference.
 */
#include <string.h>

#include "format.h"

static const TypeTable tables[] = {
	/*		Misc Buddy File Anon KSM Slab Movable PT NetPool HWPoison PerCPU ZPDesc */
	{ "wiki2025",	{ 0, 1, 2, 3, 4, 5, 7, 8, 6, 9, 10, 12 } },
	{ "lsfmm2024",	{ 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, -1 } },
	{ "path2025",	{ 1, 0, 2, 3, -1, 5, 6, 7, -1, 9, 10, -1 } },
};

static const char *const type_names[NR_WORD_TYPES] = {
	"Misc", "Buddy", "File", "Anon", "KSM", "Slab", "Movable", "PageTable", "NetPool",
	"HWPoison", "PerCPU", "ZPDesc",
};

#define BUDDY_POINTERS "struct buddy {\n\tstruct page *prev;\n\tstruct page *next;\n};\n"
#define BUDDY_NUMBERS "struct buddy {\n\tunsigned long prev;\n\tunsigned long next;\n};\n"
#define BUDDY_WORD "struct buddy {\n\tunsigned long long links;\n};\n"
#define PAGE_8 "struct page {\n\tunsigned long long memdesc;\n};\n"
#define PAGE_16 "struct page {\n\tunion {\n\t\tunsigned long long memdesc;\n" \
		"\t\tstruct buddy buddy;\n\t};\n};\n"

static const Variant variants[] = {
	{ .name = "pfn8-global", .buddy = "pfn8-global", .bytes = 8, .links = LINKS_PFN8,
	  .offsets = "OFFSET(page.memdesc)=0\n", .text = PAGE_8, .struct_buddy = BUDDY_WORD },
	{ .name = "pfn8-zone", .buddy = "pfn8-zone", .bytes = 8, .links = LINKS_PFN8,
	  .zone_relative = TRUE,
	  .offsets = "OFFSET(page.memdesc)=0\n", .text = PAGE_8, .struct_buddy = BUDDY_WORD },
	{ .name = "ptr-prev-first", .buddy = "ptr-prev-first", .bytes = 16,
	  .links = LINKS_POINTER,
	  .offsets = "OFFSET(page.memdesc)=0\n", .text = BUDDY_POINTERS PAGE_16 },
	{ .name = "ptr-next-first", .buddy = "ptr-next-first", .bytes = 16,
	  .links = LINKS_POINTER, .next_first = TRUE,
	  .offsets = "OFFSET(page.memdesc_or_next)=0\n",
	  .text = "struct page {\n\tunsigned long memdesc_or_next;\n"
		  "\tunsigned long private_or_prev;\n};\n" },
	{ .name = "pfn-prev-first", .buddy = "pfn-prev-first", .bytes = 16, .links = LINKS_PFN,
	  .offsets = "OFFSET(page.memdesc)=0\n", .text = PAGE_16, .struct_buddy = BUDDY_NUMBERS },
	{ .name = "list32-may2024", .buddy = "list32", .bytes = 32, .links = LINKS_LIST, .word = 8,
	  .private_word = 24,
	  .offsets = "OFFSET(page.flags)=0\nOFFSET(page.buddy_list)=8\n"
		     "OFFSET(page.compound_head)=8\nOFFSET(page.private)=24\n",
	  .text = "struct page {\n\tunsigned long flags;\n"
		  "\tunion {\n\t\tstruct list_head buddy_list;\n"
		  "\t\tunsigned long compound_head;\n\t};\n"
		  "\tunsigned long private;\n};\n" },
	{ .name = "list32-jan2025", .buddy = "list32", .bytes = 32, .links = LINKS_LIST, .word = 8,
	  .refcount = 16, .private_word = 24,
	  .offsets = "OFFSET(page.flags)=0\nOFFSET(page.memdesc)=8\nOFFSET(page._refcount)=16\n"
		     "OFFSET(page.buddy_list)=8\nOFFSET(page.private)=24\n",
	  .text = "struct page {\n\tunsigned long flags;\n"
		  "\tunion {\n\t\tstruct list_head buddy_list;\n"
		  "\t\tstruct list_head pcp_list;\n"
		  "\t\tstruct {\n\t\t\tunsigned long long memdesc;\n"
		  "\t\t\tint _refcount;\n\t\t};\n\t};\n"
		  "\tunion {\n\t\tunsigned long private;\n\t\tint _mapcount;\n\t};\n};\n" },
	{ .name = "list32", .buddy = "list32", .bytes = 32, .links = LINKS_LIST, .word = 8,
	  .refcount = 24,
	  .offsets = "OFFSET(page.flags)=0\nOFFSET(page.memdesc)=8\nOFFSET(page._refcount)=24\n"
		     "OFFSET(page.buddy_list)=8\nOFFSET(page.private)=16\n",
	  .text = "struct page {\n\tunsigned long flags;\n"
		  "\tunion {\n\t\tstruct list_head buddy_list;\n"
		  "\t\tstruct list_head pcp_list;\n"
		  "\t\tstruct {\n\t\t\tunsigned long long memdesc;\n"
		  "\t\t\tunion {\n\t\t\t\tunsigned long private;\n"
		  "\t\t\t\tint _mapcount;\n\t\t\t};\n\t\t};\n\t};\n"
		  "\tint _refcount;\n};\n" },
};

const Variant *variant_find(const char *name)
{
	for (guint i = 0; i < G_N_ELEMENTS(variants); i++)
		if (!strcmp(variants[i].name, name))
			return &variants[i];
	return NULL;
}

char *variant_names(void)
{
	GString *names = g_string_new(NULL);

	for (guint i = 0; i < G_N_ELEMENTS(variants); i++)
		g_string_append_printf(names, " %s", variants[i].name);
	return g_string_free(names, FALSE);
}

const TypeTable *table_find(const Variant *variant, const char *name)
{
	gboolean is32 = variant->links == LINKS_LIST;

	for (guint i = 0; i < G_N_ELEMENTS(tables); i++) {
		/* Aligned pointers read as type 0, 4, 8 or 12: only path2025 makes these Buddy. */
		if (is32 != !strcmp(tables[i].name, "path2025"))
			continue;
		if (!name || !strcmp(tables[i].name, name))
			return &tables[i];
	}
	return NULL;
}

const char *word_type_name(WordType type)
{
	return type_names[type];
}
