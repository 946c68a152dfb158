/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * kernel/memdesc-format.c: which shape, buddy layout and type numbers follow from type info,
 * VMCOREINFO and the user's word, in that order of authority reversed; what is assumed is said, and
 * what fits nothing is refused.  Each case is a sentence of memdesc-format.md 1 and 2.
 */
#include <string.h>

#include "kernel-util.h"
#include "kernel/kernel-priv.h"

#define NO_TYPES "struct other { int x; } other;\n"
#define LIST_HEAD "struct list_head { struct list_head *next, *prev; };\n"
#define PAGE8 "struct page { unsigned long long memdesc; };\n"
#define PAGE16(buddy) "struct page; struct buddy { " buddy " };\n" \
	"struct page { union { unsigned long memdesc; struct buddy buddy; }; } page;\n"
#define PAGE32(word, rest) LIST_HEAD "struct page { unsigned long flags; union { " \
	"struct list_head buddy_list; " word " }; " rest " } page;\n"
#define NEWEST PAGE32("struct list_head pcp_list; struct { unsigned long memdesc, private; };", \
		      "int _refcount;")

typedef struct {
	const char *name, *source, *info;
	guint size;
	const char *table, *buddy;	/* the user's */
	const char *outcome;		/* "SHAPE BUDDY TABLE", or part of the error; NULL: classic */
	const char *numbers;		/* "NUMBER CLASS, ...": all that are assigned, in order */
	const char *remark;		/* part of one that must be there */
	const char *assumed;		/* what is said to be: T the table, L the links */
} Case;

#define WIKI "0 reserved, 1 free, 2 file, 3 anon, 4 ksm, 5 slab, 6 net-pool, 7 movable, " \
	"8 page-table, 9 hwpoison, 10 percpu, 11 kernel-other, 12 zsmalloc, 13 kernel-other"
#define LSFMM "0 reserved, 1 free, 2 file, 3 anon, 4 ksm, 5 slab, 6 movable, 7 page-table, " \
	"8 net-pool, 9 hwpoison, 10 percpu"
#define PATH "0 free, 1 reserved, 2 file, 3 anon, 4 free, 5 slab, 6 movable, 7 page-table, " \
	"8 free, 9 hwpoison, 10 percpu, 11 kernel-other, 12 free, 13 kernel-other"
#define GLOBAL "memdesc8 pfn8-global "
#define ASSUMED "table wiki2025 is assumed"
#define LINKS_ASSUMED "nothing in the dump states how free pages are linked"

static const Case cases[] = {
	/* shapes */
	{ "u64", PAGE8, "", 8, NULL, NULL, GLOBAL "wiki2025", WIKI, LINKS_ASSUMED,
	  "TL" },
	{ "unsigned long", "struct page { unsigned long memdesc; };\n", "", 8, NULL, NULL,
	  GLOBAL "wiki2025", WIKI, ASSUMED, "TL" },
	{ "struct of one member", "struct page { struct { unsigned long v; } memdesc; };\n", "", 8,
	  NULL, NULL, GLOBAL "wiki2025", WIKI, ASSUMED, "TL" },
	{ "typedef of one", "typedef struct { unsigned long v; } memdesc_t;\n"
	  "struct page { memdesc_t memdesc; };\n", "", 8, NULL, NULL, GLOBAL "wiki2025", WIKI, NULL,
	  "TL" },
	{ "no word", "struct page { unsigned long flags; };\n", "", 8, NULL, NULL, NULL, NULL, NULL,
	  "" },
	{ "24 bytes", "struct page { unsigned long memdesc, a, b; };\n", "", 24, NULL, NULL, NULL,
	  NULL, NULL, "" },
	{ "32 without flags", LIST_HEAD "struct page { unsigned long memdesc; struct list_head "
	  "buddy_list; unsigned long x; };\n", "", 32, NULL, NULL, NULL, NULL, NULL, "" },
	{ "32 newest", NEWEST, "", 32, NULL, NULL, "memdesc32 list32 path2025", PATH,
	  "table path2025 is assumed", "T" },
	{ "32 of May 2024", PAGE32("unsigned long compound_head;", "unsigned long private;"), "", 32,
	  NULL, NULL, "memdesc32 list32 path2025", PATH, NULL, "T" },

	/* without type info */
	{ "8, VMCOREINFO alone", NO_TYPES, "SIZE(page)=8\nOFFSET(page.memdesc)=0\n"
	  "MEMDESC_BUDDY=pfn8-zone\nMEMDESC_TABLE=lsfmm2024\n", 8, NULL, NULL,
	  "memdesc8 pfn8-zone lsfmm2024", LSFMM, NULL, "" },
	{ "16, bare", NO_TYPES, "OFFSET(page.memdesc)=0\n", 16, NULL, NULL,
	  "memdesc16 ptr-prev-first wiki2025", WIKI, LINKS_ASSUMED, "TL" },
	{ "16, other word", NO_TYPES, "OFFSET(page.memdesc_or_next)=0\n", 16, NULL, NULL,
	  "memdesc16 ptr-next-first wiki2025", WIKI, NULL, "T" },
	{ "32, VMCOREINFO alone", NO_TYPES, "OFFSET(page.memdesc)=8\n", 32, NULL, NULL,
	  "memdesc32 list32 path2025", PATH, NULL, "T" },

	/* buddy layouts */
	{ "pointers, prev first", PAGE16("struct page *prev, *next;"), "", 16, NULL, NULL,
	  "memdesc16 ptr-prev-first wiki2025", WIKI, NULL, "T" },
	{ "pointers, next first", PAGE16("struct page *next, *prev;"), "", 16, NULL, NULL,
	  "memdesc16 ptr-next-first wiki2025", WIKI, NULL, "T" },
	{ "integers", PAGE16("unsigned long prev, next;"), "", 16, NULL, NULL,
	  "memdesc16 pfn-prev-first wiki2025", WIKI, "struct buddy holds integers", "T" },
	{ "memdesc_or_next", "struct page { unsigned long memdesc_or_next, prev; };\n", "", 16, NULL,
	  NULL, "memdesc16 ptr-next-first wiki2025", WIKI, NULL, "T" },
	{ "key beats members", PAGE16("struct page *prev, *next;"), "MEMDESC_BUDDY=pfn-prev-first\n",
	  16, NULL, NULL, "memdesc16 pfn-prev-first wiki2025", WIKI, NULL, "T" },
	{ "user beats key", PAGE16("unsigned long prev, next;"), "MEMDESC_BUDDY=pfn-prev-first\n", 16,
	  NULL, "ptr-next-first", "memdesc16 ptr-next-first wiki2025", WIKI, NULL, "T" },
	{ "of another size", PAGE8, "MEMDESC_BUDDY=ptr-prev-first\n", 8, NULL, NULL,
	  "buddy layout 'ptr-prev-first' (VMCOREINFO) does not exist for a struct page of 8 bytes; "
	  "choose one of: pfn8-global pfn8-zone", NULL, NULL, "" },
	{ "unknown", PAGE8, "", 8, NULL, "pfn9", "buddy layout 'pfn9' (user)", NULL, NULL, "" },

	/* numbers of the types */
	{ "table by key", PAGE8, "MEMDESC_TABLE=lsfmm2024\n", 8, NULL, NULL, GLOBAL "lsfmm2024",
	  LSFMM, NULL, "L" },
	{ "user beats enumerators", "enum t { MEMDESC_TYPE_FILE = 7 };\n" PAGE8 "enum t t;\n", "", 8,
	  "lsfmm2024", NULL, GLOBAL "lsfmm2024", LSFMM, NULL, "L" },
	{ "aliases are list32's alone", PAGE8, "MEMDESC_TABLE=path2025\n", 8, NULL, NULL,
	  GLOBAL "path2025", "0 free, 1 reserved, 2 file, 3 anon, 5 slab, 6 movable, 7 page-table, "
	  "9 hwpoison, 10 percpu, 11 kernel-other, 13 kernel-other", NULL, "L" },
	{ "list32 has one table", NEWEST, "MEMDESC_TABLE=wiki2025\n", 32, NULL, NULL,
	  "type table wiki2025 cannot be used with free lists of struct list_head", NULL, NULL, "" },
	{ "no such table", PAGE8, "MEMDESC_TABLE=wiki2026\n", 8, NULL, NULL,
	  "no memdesc type table 'wiki2026' (MEMDESC_TABLE in VMCOREINFO); choose one of: lsfmm2024 "
	  "wiki2025 path2025", NULL, NULL, "" },
	/* once one matches, the table's numbers are not used; case and underscores do not count */
	{ "enumerators", "enum anything { MEMDESC_TYPE_page_TABLE = 3, MEMDESC_TYPE_HW_POISON = 12, "
	  "MEMDESC_TYPE_Misc = 9, MEMDESC_TYPE_NETPOOL = 0 };\n" PAGE8 "enum anything t;\n",
	  "MEMDESC_TABLE=wiki2025\nNUMBER(MEMDESC_TYPE_FILE)=2\n", 8, NULL, NULL,
	  GLOBAL "enumerators", "0 net-pool, 3 page-table, 9 reserved, 12 hwpoison", NULL, "L" },
	{ "names of no type", "enum t { MEMDESC_TYPE_SLAB = 1, MEMDESC_TYPE_MASK = 15, "
	  "MEMDESC_TYPE_NR = 16 };\n" PAGE8 "enum t t;\n", "", 8, NULL, NULL, GLOBAL "enumerators",
	  "1 slab", "MEMDESC_TYPE_NR is no type that any table knows", "L" },
	{ "too large for the field", "enum t { MEMDESC_TYPE_SLAB = 1, MEMDESC_TYPE_FILE = 16 };\n"
	  PAGE8 "enum t t;\n", "", 8, NULL, NULL, GLOBAL "enumerators", "1 slab",
	  "MEMDESC_TYPE_FILE is 16, which does not fit", "L" },
	{ "one number twice", "enum t { MEMDESC_TYPE_SLAB = 1, MEMDESC_TYPE_FILE = 1 };\n" PAGE8
	  "enum t t;\n", "", 8, NULL, NULL, GLOBAL "enumerators", NULL, "cannot be told apart", "L" },
	{ "numbers", PAGE8, "NUMBER(MEMDESC_TYPE_BUDDY)=0xe\nNUMBER(MEMDESC_TYPE_ANON)=4\n"
	  "NUMBER(MEMDESC_TYPE_KSM)=x\n", 8, NULL, NULL, GLOBAL "enumerators", "4 anon, 14 free",
	  "no number: ignored", "L" },
	{ "enumerators with list32", "enum t { MEMDESC_TYPE_BUDDY, MEMDESC_TYPE_FILE = 5 };\n" NEWEST
	  "enum t t;\n", "", 32, NULL, NULL, "memdesc32 list32 enumerators",
	  "0 free, 4 free, 5 file, 8 free, 12 free", NULL, "" },
};

static char *assigned(const AnzMemdescFormat *format)
{
	GString *text = g_string_new(NULL);

	for (guint i = 0; i < ANZ_MEMDESC_MAX_TYPES; i++)
		if (format->types[i].kind != ANZ_MEMDESC_UNASSIGNED)
			g_string_append_printf(text, "%s%u %s", text->len ? ", " : "", i,
				anz_page_class_info(format->types[i].page_class)->name);
	return g_string_free(text, FALSE);
}

static void test_case(gconstpointer data)
{
	const Case *c = data;
	g_autoptr(TestMachine) m = test_machine_new();
	g_autofree char *outcome = NULL, *numbers = NULL;
	g_autoptr(GError) error = NULL;
	gboolean is_memdesc = FALSE;

	test_machine_types(m, c->source);
	g_string_append(m->info, c->info);
	test_machine_open_bare(m);
	m->kernel->options.memdesc_table = (char *)c->table;
	m->kernel->options.buddy_layout = (char *)c->buddy;
	if (!anz_kernel_resolve_memdesc(m->kernel, c->size, &is_memdesc, &error)) {
		g_assert_true(is_memdesc);
		g_assert_nonnull(strstr(error->message, c->outcome));
		return;
	}
	g_assert_no_error(error);
	g_assert_cmpint(is_memdesc, ==, c->outcome != NULL);
	if (!is_memdesc)
		return;
	outcome = g_strdup_printf("memdesc%u %s %s", m->kernel->format.stride,
				  m->kernel->memdesc->buddy, m->kernel->memdesc->table);
	g_assert_cmpstr(outcome, ==, c->outcome);
	numbers = assigned(m->kernel->memdesc);
	if (c->numbers)
		g_assert_cmpstr(numbers, ==, c->numbers);
	if (c->remark)
		g_assert_cmpuint(test_machine_remarks(m, c->remark), ==, 1);
	/* What the dump states is not called an assumption, and every assumption is. */
	g_assert_cmpuint(test_machine_remarks(m, "is assumed"), ==, strlen(c->assumed));
}

/* Where the word and the lists of 32 bytes are. */
static void test_places(void)
{
	g_autoptr(TestMachine) m = test_machine_new(), bare = test_machine_new();
	gboolean is_memdesc;

	test_machine_types(m, NEWEST);
	test_machine_open_bare(m);
	g_assert_true(anz_kernel_resolve_memdesc(m->kernel, 32, &is_memdesc, NULL));
	g_assert_cmpuint(m->kernel->memdesc->word, ==, 8);
	g_assert_cmpuint(m->kernel->memdesc->buddy_list, ==, 8);
	g_assert_cmpuint(m->kernel->memdesc->pcp_list, ==, 8);
	g_assert_cmpuint(m->kernel->memdesc->private_word, ==, 16);
	g_assert_cmpuint(m->kernel->memdesc->refcount, ==, 24);

	/* "buddy_list in place of memdesc": all there is to go by without type info. */
	test_machine_types(bare, NO_TYPES);
	test_machine_say(bare, "OFFSET(page.memdesc)=16");
	test_machine_open_bare(bare);
	g_assert_true(anz_kernel_resolve_memdesc(bare->kernel, 32, &is_memdesc, NULL));
	g_assert_true(is_memdesc);
	g_assert_cmpuint(bare->kernel->memdesc->buddy_list, ==, 16);
	g_assert_cmpuint(bare->kernel->memdesc->flags, ==, ANZ_ABSENT_OFFSET);
}

/* pfn and order in any integer type, as bit-fields, in anonymous members; one alone states nothing. */
static void test_descriptors(void)
{
	g_autoptr(TestMachine) m = test_machine_new();
	const AnzMemdescType *types;
	gboolean is_memdesc;

	test_machine_types(m, PAGE8
		"struct folio { unsigned long flags; unsigned char order; unsigned long long pfn; } a;\n"
		"struct slab { unsigned long order:6, pfn:58; } b;\n"
		"struct ptdesc { struct { int order; union { unsigned long pfn; }; }; } c;\n"
		"struct zpdesc { unsigned long pfn; } d;\n"
		"struct pcpudesc { short order; unsigned pfn; } e;\n");
	test_machine_say(m, "MEMDESC_DESCRIPTORS=vmemmap");
	test_machine_open_bare(m);
	g_assert_true(anz_kernel_resolve_memdesc(m->kernel, 8, &is_memdesc, NULL));
	types = m->kernel->memdesc->types;
	g_assert_true(m->kernel->memdesc->vmemmap_descriptors);
	g_assert_true(types[2].has_extent && types[5].has_extent && types[8].has_extent &&
		      types[10].has_extent);
	g_assert_false(types[12].has_extent);
	g_assert_true(types[2].has_flags);
	g_assert_cmpuint(types[5].pfn.bit_size, ==, 58);
	/* no struct anon_folio: the folio; no struct ksm: the class stays */
	g_assert_cmpstr(types[3].struct_name, ==, "folio");
	g_assert_null(types[4].type);
	g_assert_cmpuint(types[4].page_class, ==, ANZ_CLASS_KSM);
	g_assert_cmpint(types[4].kind, ==, ANZ_MEMDESC_POINTER);
}

/* 29 bits name 2^29 - 1 frames, of the machine or of the zone. */
static void test_reach(void)
{
	static const struct {
		const char *buddy;
		guint64 start, spanned;
		gboolean said;
	} reaches[] = {
		{ "pfn8-global", 0, 0x1fffffff, FALSE }, { "pfn8-global", 0, 0x20000000, TRUE },
		{ "pfn8-global", 0x1ffffffe, 1, FALSE }, { "pfn8-global", 0x1ffffffe, 2, TRUE },
		{ "pfn8-zone", 0x30000000, 0x1fffffff, FALSE },
		{ "pfn8-zone", 0x30000000, 0x20000000, TRUE },
	};

	for (guint i = 0; i < G_N_ELEMENTS(reaches); i++) {
		g_autoptr(TestMachine) m = test_machine_new();
		AnzZone zone = { .name = "Normal", .start_pfn = reaches[i].start,
				 .spanned = reaches[i].spanned };
		gboolean is_memdesc;

		test_machine_types(m, PAGE8);
		test_machine_say(m, "MEMDESC_BUDDY=%s", reaches[i].buddy);
		test_machine_open_bare(m);
		g_assert_true(anz_kernel_resolve_memdesc(m->kernel, 8, &is_memdesc, NULL));
		g_array_append_val(m->kernel->zones, zone);
		anz_kernel_check_link_reach(m->kernel);
		g_assert_cmpuint(test_machine_remarks(m, "behind what a link of buddy layout"), ==,
				 reaches[i].said);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *path = g_strdup_printf("/memdesc-format/%02u %s", i, cases[i].name);

		g_test_add_data_func(path, &cases[i], test_case);
	}
	g_test_add_func("/memdesc-format/reach", test_reach);
	g_test_add_func("/memdesc-format/places", test_places);
	g_test_add_func("/memdesc-format/descriptors", test_descriptors);
	return g_test_run();
}
