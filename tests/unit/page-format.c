/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * kernel/page-format.c: the layouts of seven stages of the kernel as small C sources, compiled for
 * their debug info, with the VMCOREINFO that goes with each; every encoding is chosen by what is
 * there.  And layouts that no kernel has: moved, incomplete, of another shape.
 */
#include <string.h>

#include "kernel-util.h"
#include "kernel/kernel-priv.h"

#define LIST_HEAD "struct list_head { struct list_head *next, *prev; };\n"
/* Flags as 6.1 numbers them, and as 6.12 does. */
#define FLAGS_OLD "enum pageflags { PG_locked, PG_referenced, PG_uptodate, PG_dirty, PG_lru, " \
	"PG_active, PG_workingset, PG_waiters, PG_error, PG_slab, PG_owner_priv_1, PG_arch_1, " \
	"PG_reserved, PG_private, PG_private_2, PG_writeback, PG_head, PG_mappedtodisk, " \
	"PG_reclaim, PG_swapbacked, PG_unevictable, PG_mlocked, PG_hwpoison, __NR_PAGEFLAGS, " \
	"PG_swapcache = PG_owner_priv_1"
#define FLAGS_NEW "enum pageflags { PG_locked, PG_writeback, PG_referenced, PG_uptodate, " \
	"PG_dirty, PG_lru, PG_head, PG_waiters, PG_active, PG_workingset, PG_owner_priv_1, " \
	"PG_owner_2, PG_arch_1, PG_reserved, PG_private, PG_private_2, PG_reclaim, " \
	"PG_swapbacked, PG_unevictable, PG_mlocked, PG_hwpoison, __NR_PAGEFLAGS, " \
	"PG_swapcache = PG_owner_priv_1 };\n"
/* @flags: member; @list: its spellings; @compound: of the second page; @type: of _mapcount */
#define PAGE(flags, list, compound, type) \
	"struct page { " flags " union { struct { union { " list " }; void *mapping; " \
	"unsigned long index, private; }; struct { unsigned long pp_magic; }; " \
	"struct { " compound " }; }; union { " type " }; int _refcount; " \
	"unsigned long memcg_data; };\n"
#define FLAGS "unsigned long flags;"
#define LRU "struct list_head lru;"
#define LISTS "struct list_head lru, buddy_list, pcp_list;"
#define MAPCOUNT "int _mapcount; unsigned int page_type;"
#define FOLIO(tail) "struct folio { struct page page; " tail " };\n"
#define DTORS "enum compound_dtor_id { NULL_COMPOUND_DTOR, COMPOUND_PAGE_DTOR, " \
	"HUGETLB_PAGE_DTOR };\n"
#define TYPES_HIGH "enum pagetype { PG_buddy = 0x40000000, PG_offline = 0x20000000, " \
	"PG_table = 0x10000000, PG_guard = 0x08000000, PG_hugetlb = 0x04000000, " \
	"PG_slab = 0x02000000, PG_zsmalloc = 0x01000000, PAGE_TYPE_BASE = 0x80000000, " \
	"PAGE_MAPCOUNT_RESERVE = ~0x0000ffff };\n"
#define TYPES_BYTE "enum pagetype { PGTY_buddy = 0xf0, PGTY_offline, PGTY_table, PGTY_guard, " \
	"PGTY_hugetlb, PGTY_slab, PGTY_zsmalloc, PGTY_unaccepted, PGTY_large_kmalloc, " \
	"PGTY_mapcount_underflow = 0xff };\n"
#define BUDDY_LOW "NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=-129\n"
#define BUDDY_HIGH "NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=-1073741825\n"
#define BUDDY_BYTE "NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=-268435456\n"

#define SOURCE_6_1 LIST_HEAD FLAGS_OLD " };\n" DTORS \
	PAGE(FLAGS, LISTS, "unsigned long compound_head; unsigned char compound_dtor, " \
	     "compound_order; int compound_mapcount;", MAPCOUNT)
#define SOURCE_6_12 LIST_HEAD FLAGS_NEW TYPES_BYTE \
	PAGE(FLAGS, LISTS, "unsigned long compound_head;", MAPCOUNT) \
	FOLIO("unsigned long _flags_1, _head_1; int _large_mapcount, _entire_mapcount;")

typedef struct {
	const char *name;
	const char *source;
	const char *info;
	AnzTailEncoding tail;
	guint order_offset, dtor_offset, hugetlb_flag_offset, entire_mapcount_offset;
	guint head_bit;
	int slab_bit;		/* -1: no such flag */
	gint32 type_below;
	const char *types;	/* "name class mask value", one a line */
} Stage;

#define NONE ANZ_ABSENT_OFFSET
#define LOW4 "buddy free f0000080 f0000000\noffline offline f0000100 f0000000\n" \
	"table page-table f0000200 f0000000\nguard guard f0000400 f0000000\n"

/* 5.10: bit 0x200 says "charged", and what follows stands one higher. */
#define KMEMCG4 "buddy free f0000080 f0000000\noffline offline f0000100 f0000000\n" \
	"table page-table f0000400 f0000000\nguard guard f0000800 f0000000\n" \
	"kmemcg kernel-other f0000200 f0000000\n"
#define PAGE_5_10(charge) "struct page { unsigned long flags; union { struct { " LRU \
	" void *mapping; unsigned long index, private; }; struct { unsigned long pp_magic; }; " \
	"struct { unsigned long compound_head; " \
	"unsigned char compound_dtor, compound_order; int compound_mapcount; }; }; " \
	"union { " MAPCOUNT " }; int _refcount; " charge " };\n"

static const Stage stages[] = {
	{ "6.1", SOURCE_6_1, BUDDY_LOW "NUMBER(PAGE_OFFLINE_MAPCOUNT_VALUE)=-257\n"
	  "NUMBER(PG_slab)=9\nNUMBER(HUGETLB_PAGE_DTOR)=2\n", ANZ_TAIL_POINTER, 64 + 17, 64 + 16,
	  NONE, 64 + 20, 16, 9, -128, LOW4 },
	{ "6.4", LIST_HEAD FLAGS_OLD " };\n" DTORS
	  PAGE(FLAGS, LISTS, "unsigned long compound_head;", MAPCOUNT)
	  FOLIO("unsigned long _flags_1, _head_1; unsigned char _folio_dtor, _folio_order; "
		"int _entire_mapcount;"), BUDDY_LOW, ANZ_TAIL_POINTER, 64 + 17, 64 + 16, NONE,
	  64 + 20, 16, 9, -128, LOW4 },
	{ "6.7", LIST_HEAD FLAGS_OLD ", PG_hugetlb = PG_active };\n"
	  PAGE(FLAGS, LISTS, "unsigned long compound_head;", MAPCOUNT)
	  FOLIO("unsigned long _flags_1, _head_1; unsigned _folio_avail; int _entire_mapcount;"),
	  BUDDY_LOW "NUMBER(PG_hugetlb)=5\n", ANZ_TAIL_POINTER, 64, NONE, 64, 64 + 20, 16, 9, -128,
	  LOW4 },
	{ "6.10", LIST_HEAD FLAGS_NEW
	  PAGE(FLAGS, LISTS, "unsigned long compound_head;", MAPCOUNT)
	  FOLIO("unsigned long _flags_1, _head_1; int _large_mapcount, _entire_mapcount;"),
	  BUDDY_LOW "NUMBER(PAGE_SLAB_MAPCOUNT_VALUE)=-4097\n"
	  "NUMBER(PAGE_HUGETLB_MAPCOUNT_VALUE)=-2049\n", ANZ_TAIL_POINTER, 64, NONE, NONE, 64 + 20,
	  6, -1, -128, LOW4 "hugetlb hugetlb f0000800 f0000000\nslab slab f0001000 f0000000\n" },
	{ "6.11", LIST_HEAD FLAGS_NEW TYPES_HIGH
	  PAGE(FLAGS, LISTS, "unsigned long compound_head;", MAPCOUNT)
	  FOLIO("unsigned long _flags_1, _head_1; int _large_mapcount, _entire_mapcount;"),
	  BUDDY_HIGH, ANZ_TAIL_POINTER, 64, NONE, NONE, 64 + 20, 6, -1, -65536,
	  "buddy free c0000000 80000000\noffline offline a0000000 80000000\n"
	  "table page-table 90000000 80000000\nguard guard 88000000 80000000\n"
	  "hugetlb hugetlb 84000000 80000000\nslab slab 82000000 80000000\n"
	  "zsmalloc zsmalloc 81000000 80000000\n" },
	{ "6.12", SOURCE_6_12, BUDDY_BYTE, ANZ_TAIL_POINTER, 64, NONE, NONE, 64 + 20, 6, -1,
	  -16777216,
	  "buddy free ff000000 f0000000\noffline offline ff000000 f1000000\n"
	  "table page-table ff000000 f2000000\nguard guard ff000000 f3000000\n"
	  "hugetlb hugetlb ff000000 f4000000\nslab slab ff000000 f5000000\n"
	  "zsmalloc zsmalloc ff000000 f6000000\nunaccepted unaccepted ff000000 f7000000\n"
	  "large_kmalloc large-kmalloc ff000000 f8000000\n" },
	{ "7.1, with a type that is new", "typedef struct { unsigned long f; } memdesc_flags_t;\n"
	  LIST_HEAD FLAGS_NEW "enum pagetype { PGTY_buddy = 0xf0, PGTY_future = 0xf9 };\n"
	  PAGE("memdesc_flags_t flags;", LISTS, "unsigned long compound_info;", MAPCOUNT)
	  FOLIO("unsigned long _flags_1, _head_1; int _large_mapcount, _nr_pages_mapped, "
		"_entire_mapcount;"), BUDDY_BYTE, ANZ_TAIL_POINTER_OR_MASK, 64, NONE, NONE, 64 + 24,
	  6, -1, -16777216,
	  "buddy free ff000000 f0000000\nfuture kernel-other ff000000 f9000000\n" },
	{ "5.10", LIST_HEAD FLAGS_OLD " };\n" DTORS PAGE_5_10("void *mem_cgroup;"),
	  BUDDY_LOW "NUMBER(PAGE_OFFLINE_MAPCOUNT_VALUE)=-257\n", ANZ_TAIL_POINTER, 64 + 17, 64 + 16,
	  NONE, 64 + 20, 16, 9, -128, KMEMCG4 },
	{ "5.10 without control groups", LIST_HEAD FLAGS_OLD " };\n" DTORS PAGE_5_10("long pad;")
	  "enum zone_stat_item { NR_FREE_PAGES, NR_PAGETABLE, NR_VM_ZONE_STAT_ITEMS };\n",
	  BUDDY_LOW, ANZ_TAIL_POINTER, 64 + 17, 64 + 16, NONE, 64 + 20, 16, 9, -128, KMEMCG4 },
	{ "5.15 without control groups", LIST_HEAD FLAGS_OLD " };\n" DTORS PAGE_5_10("long pad;")
	  "enum zone_stat_item { NR_FREE_PAGES, NR_VM_ZONE_STAT_ITEMS };\n",
	  BUDDY_LOW, ANZ_TAIL_POINTER, 64 + 17, 64 + 16, NONE, 64 + 20, 16, 9, -128, LOW4 },
};

static TestMachine *bare(const char *source, const char *info)
{
	TestMachine *m = test_machine_new();

	g_string_assign(m->info, "PAGESIZE=4096\nNUMBER(phys_base)=0\n");
	g_string_append(m->info, info);
	test_machine_types(m, source);
	test_machine_open_bare(m);
	return m;
}

static TestMachine *resolved(const char *source, const char *info)
{
	TestMachine *m = bare(source, info);
	GError *error = NULL;

	g_assert_true(anz_kernel_resolve_page_format(m->kernel, &error));
	g_assert_no_error(error);
	return m;
}

static int compare_lines(gconstpointer a, gconstpointer b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The order of the rules does not matter: at most one matches. */
static char *sorted(const char *lines)
{
	char **parts = g_strsplit(lines, "\n", -1);
	char *text;

	qsort(parts, g_strv_length(parts), sizeof(*parts), compare_lines);
	text = g_strjoinv("\n", parts);
	g_strfreev(parts);
	return text;
}

#define assert_types(format, expected) \
	do { \
		g_autofree char *types_ = describe_types(format); \
		g_autofree char *seen_ = sorted(types_), *wanted_ = sorted(expected); \
		g_assert_cmpstr(seen_, ==, wanted_); \
	} while (0)

static char *describe_types(const AnzPageFormat *f)
{
	GString *text = g_string_new(NULL);

	for (guint i = 0; i < f->nr_types; i++)
		g_string_append_printf(text, "%s %s %08x %08x\n", f->types[i].name,
				       anz_page_class_info(f->types[i].page_class)->name,
				       f->types[i].mask, f->types[i].value);
	return g_string_free(text, FALSE);
}

static void test_stage(gconstpointer data)
{
	const Stage *s = data;
	g_autoptr(TestMachine) m = resolved(s->source, s->info);
	const AnzPageFormat *f = &m->kernel->format;

	g_assert_cmpuint(f->stride, ==, 64);
	g_assert_cmpuint(f->flags, ==, 0);
	g_assert_cmpuint(f->head, ==, 8);
	g_assert_cmpuint(f->list, ==, 8);
	g_assert_cmpuint(f->pp_magic, ==, 8);
	g_assert_cmpuint(f->mapping, ==, 24);
	g_assert_cmpuint(f->private_word, ==, 40);
	g_assert_cmpuint(f->page_type, ==, 48);
	g_assert_cmpuint(f->refcount, ==, 52);
	g_assert_cmpuint(f->tail, ==, s->tail);
	g_assert_cmpuint(f->order_offset, ==, s->order_offset);
	g_assert_cmpuint(f->hugetlb_dtor_offset, ==, s->dtor_offset);
	g_assert_cmpuint(f->hugetlb_flag_offset, ==, s->hugetlb_flag_offset);
	g_assert_cmpuint(f->entire_mapcount_offset, ==, s->entire_mapcount_offset);
	if (s->dtor_offset != NONE)
		g_assert_cmpuint(f->hugetlb_dtor, ==, 2);
	if (s->hugetlb_flag_offset != NONE)
		g_assert_cmphex(f->hugetlb_flag, ==, 1 << 5);
	g_assert_cmphex(f->f_head, ==, 1ull << s->head_bit);
	g_assert_cmphex(f->f_slab, ==, s->slab_bit < 0 ? 0 : 1ull << s->slab_bit);
	g_assert_cmphex(f->f_swapcache, ==, 1 << 10);
	g_assert_cmpint(f->type_below, ==, s->type_below);
	assert_types(f, s->types);
	for (guint i = 0; i < f->nr_types; i++) {
		gboolean is_buddy = g_str_equal(f->types[i].name, "buddy");

		g_assert_cmpint(f->types[i].is_buddy, ==, is_buddy);
		g_assert_cmpint(f->types[i].has_order, ==,
				is_buddy || g_str_equal(f->types[i].name, "guard"));
	}
	g_assert_cmpuint(m->kernel->remarks->len, ==, 0);
}

/* Not to be had by hard-coding: everything lies elsewhere. */
static void test_permuted(void)
{
	g_autoptr(TestMachine) m = resolved(
		LIST_HEAD
		"enum pageflags { PG_slab = 3, PG_head = 24, PG_locked = 7, PG_lru = 1, "
		"PG_reserved = 30, PG_hwpoison = 2, PG_swapcache = 29, PG_swapbacked = 11, "
		"PG_active = 12, PG_unevictable = 13, PG_mlocked = 14, PG_dirty = 0, "
		"PG_writeback = 5, __NR_PAGEFLAGS = 31 };\n"
		"enum pagetype { PGTY_table = 0xc1, PGTY_slab = 0xc8, PGTY_buddy = 0xc5, "
		"PGTY_offline = 0x99, PGTY_mapcount_underflow = 0xff };\n"
		"struct page { unsigned long memcg_data; int _refcount; "
		"union { int _mapcount; unsigned int page_type; }; unsigned long private; "
		"unsigned long index; void *mapping; union { " LISTS
		" struct { unsigned long other, compound_head; }; }; unsigned long flags; "
		"unsigned long virtual; };\n"
		"struct folio { struct page page; unsigned long _head_1; int _entire_mapcount, "
		"_x; unsigned long _flags_1; };\n",
		"NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=-989855744\n");
	const AnzPageFormat *f = &m->kernel->format;

	g_assert_cmpuint(f->stride, ==, 72);
	g_assert_cmpuint(f->refcount, ==, 8);
	g_assert_cmpuint(f->page_type, ==, 12);
	g_assert_cmpuint(f->private_word, ==, 16);
	g_assert_cmpuint(f->index, ==, 24);
	g_assert_cmpuint(f->mapping, ==, 32);
	g_assert_cmpuint(f->list, ==, 40);
	g_assert_cmpuint(f->head, ==, 48);
	g_assert_cmpuint(f->flags, ==, 56);
	g_assert_cmpuint(f->order_offset, ==, 72 + 16);
	g_assert_cmpuint(f->entire_mapcount_offset, ==, 72 + 8);
	g_assert_cmpuint(f->pp_magic, ==, ANZ_ABSENT_OFFSET);
	g_assert_cmphex(f->f_slab, ==, 1 << 3);
	g_assert_cmphex(f->f_head, ==, 1 << 24);
	g_assert_cmphex(f->f_locked, ==, 1 << 7);
	g_assert_cmphex(f->f_lru, ==, 1 << 1);
	g_assert_cmphex(f->f_reserved, ==, 1 << 30);
	g_assert_cmphex(f->f_hwpoison, ==, 1 << 2);
	g_assert_cmphex(f->f_swapcache, ==, 1 << 29);
	g_assert_cmphex(f->f_swapbacked, ==, 1 << 11);
	g_assert_cmphex(f->f_active, ==, 1 << 12);
	g_assert_cmphex(f->f_unevictable, ==, 1 << 13);
	g_assert_cmphex(f->f_mlocked, ==, 1 << 14);
	g_assert_cmphex(f->f_dirty, ==, 1 << 0);
	g_assert_cmphex(f->f_writeback, ==, 1 << 5);
	g_assert_cmphex(f->flags_plane_mask, ==, (1u << 31) - 1);
	assert_types(&m->kernel->format, "table page-table ff000000 c1000000\n"
			"slab slab ff000000 c8000000\nbuddy free ff000000 c5000000\n"
			"offline offline ff000000 99000000\n");
}

/* No type information: VMCOREINFO alone, as of 6.12, says enough for the coarse classes. */
static void test_vmcoreinfo_only(void)
{
	g_autoptr(TestMachine) m = resolved("int nothing;\n", BUDDY_BYTE
		"SIZE(page)=64\nOFFSET(page.flags)=0\nOFFSET(page._refcount)=52\n"
		"OFFSET(page.mapping)=24\nOFFSET(page.lru)=8\nOFFSET(page._mapcount)=48\n"
		"OFFSET(page.private)=40\nOFFSET(page.compound_head)=8\n"
		"NUMBER(PAGE_SLAB_MAPCOUNT_VALUE)=-184549376\n"
		"NUMBER(PAGE_HUGETLB_MAPCOUNT_VALUE)=-201326592\n"
		"NUMBER(PAGE_OFFLINE_MAPCOUNT_VALUE)=-251658240\nNUMBER(PG_head_mask)=64\n"
		"NUMBER(PG_lru)=5\nNUMBER(PG_swapbacked)=17\n");

	assert_types(&m->kernel->format, "buddy free ff000000 f0000000\n"
			"offline offline ff000000 f1000000\nhugetlb hugetlb ff000000 f4000000\n"
			"slab slab ff000000 f5000000\n");
	g_assert_cmphex(m->kernel->format.f_head, ==, 64);
	g_assert_cmphex(m->kernel->format.f_lru, ==, 1 << 5);
	g_assert_cmphex(m->kernel->format.f_reserved, ==, 0);
	g_assert_cmpuint(m->kernel->format.order_offset, ==, 64);
	g_assert_cmpuint(test_machine_remarks(m, "only the page types that VMCOREINFO states"),
			 ==, 1);
	g_assert_cmpstr(test_machine_fact(m, "page.flags"), ==, "0");
}

/* 6.11 without its enumeration: which bit is which, nobody says. */
static void test_high_without_enum(void)
{
	g_autoptr(TestMachine) m = resolved(
		LIST_HEAD FLAGS_NEW PAGE(FLAGS, LISTS, "unsigned long compound_head;", MAPCOUNT),
		BUDDY_HIGH "NUMBER(PAGE_SLAB_MAPCOUNT_VALUE)=-33554433\n");

	assert_types(&m->kernel->format, "buddy free c0000000 80000000\n"
		     "slab slab 82000000 80000000\n");
	g_assert_cmpuint(test_machine_remarks(m, "nothing tells the value of page type"), ==, 3);
}

/* An enumeration that does not name what VMCOREINFO states. */
static void test_enum_without_buddy(void)
{
	const struct {
		const char *types, *info, *expected;
	} cases[] = {
		{ "enum pagetype { PGTY_table = 0xf2 };\n", BUDDY_BYTE,
		  "table page-table ff000000 f2000000\nbuddy free ff000000 f0000000\n" },
		{ "enum pagetype { PG_table = 0x10000000 };\n", BUDDY_HIGH,
		  "table page-table 90000000 80000000\nbuddy free c0000000 80000000\n" },
		{ "enum pagetype { PG_table = 0x200 };\n", BUDDY_LOW,
		  "table page-table f0000200 f0000000\nbuddy free f0000080 f0000000\n" },
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *source = g_strconcat(LIST_HEAD FLAGS_NEW
			PAGE(FLAGS, LISTS, "unsigned long compound_head;", MAPCOUNT),
			cases[i].types, NULL);
		g_autoptr(TestMachine) m = resolved(source, cases[i].info);

		assert_types(&m->kernel->format, cases[i].expected);
	}
}

/* A dump without that key: the enumeration tells the scheme; without either one is assumed. */
static void test_no_buddy_value(void)
{
	g_autoptr(TestMachine) byte = resolved(SOURCE_6_12, "");
	g_autoptr(TestMachine) low = resolved(SOURCE_6_1, "");

	assert_types(&byte->kernel->format, stages[5].types);
	g_assert_cmpuint(byte->kernel->remarks->len, ==, 0);
	assert_types(&low->kernel->format, LOW4);
	g_assert_cmpuint(test_machine_remarks(low, "nothing states how page types are encoded"), ==,
			 1);
}

static void assert_fails(const char *source, const char *info, const char *const *words)
{
	g_autoptr(TestMachine) m = bare(source, info);
	g_autoptr(GError) error = NULL;

	g_assert_false(anz_kernel_resolve_page_format(m->kernel, &error));
	g_assert_error(error, ANZ_ERROR, ANZ_ERROR_KERNEL);
	for (; *words; words++)
		if (!strstr(error->message, *words))
			g_error("\"%s\" does not say \"%s\"", error->message, *words);
}
#define ASSERT_FAILS(source, info, ...) \
	assert_fails(source, info, (const char *const[]){ __VA_ARGS__, NULL })

static void test_other_encodings(void)
{
	static const char *const values[] = { "-12345", "0", "-1", "2130706432", "-130",
					      "-2147483649" };

	for (guint i = 0; i < G_N_ELEMENTS(values); i++) {
		g_autofree char *info = g_strdup_printf("NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=%s\n",
							values[i]);

		ASSERT_FAILS(SOURCE_6_12, info, "marks free pages with page_type 0x",
			     "will not guess");
	}
}

static void test_other_shapes(void)
{
	/* Too small without being a memory descriptor, and something that grew. */
	ASSERT_FAILS(LIST_HEAD "struct page { unsigned long flags; union { struct list_head "
		     "buddy_list; void *owner; }; unsigned long private; };\n", BUDDY_BYTE,
		     "32 bytes", "flags, (anonymous), private");
	ASSERT_FAILS("struct page { unsigned long word; };\n", BUDDY_BYTE, "8 bytes", "word");
	ASSERT_FAILS("struct page { unsigned long flags; int _refcount; char pad[100]; };\n",
		     BUDDY_BYTE, "112 bytes", "flags, _refcount, pad");
	ASSERT_FAILS("int nothing;\n", BUDDY_BYTE "SIZE(page)=32\n", "32 bytes", "members unknown");
	ASSERT_FAILS("int nothing;\n", BUDDY_BYTE, "no struct page", "SIZE(page)");
	/* The size is right, but something that is needed is not there. */
	ASSERT_FAILS(LIST_HEAD "struct page { unsigned long flags; " LRU
		     "int _mapcount, _refcount; "
		     "unsigned long private, more[3]; };\n", BUDDY_BYTE, "lacks one of mapping");
	ASSERT_FAILS("struct page { unsigned long words[8]; };\n", BUDDY_BYTE, "64 bytes", "words");
}

/* Offsets from VMCOREINFO may be any number; none may lead out of the struct. */
static void test_offsets_outside(void)
{
	static const char *const members[] = { "flags", "_refcount", "mapping", "lru", "_mapcount",
					       "private", "compound_head" };
	static const guint right[] = { 0, 52, 24, 8, 48, 40, 8 };
	/* The first offset at which the member no longer fits; lru is two words. */
	static const guint first_wrong[] = { 57, 61, 57, 49, 61, 57, 57 };

	for (guint wrong = 0; wrong <= G_N_ELEMENTS(members); wrong++) {
		g_autoptr(GString) info = g_string_new(BUDDY_BYTE "SIZE(page)=64\n");
		g_autoptr(TestMachine) m = NULL;
		g_autoptr(GError) error = NULL;
		gboolean all_right = wrong == G_N_ELEMENTS(members), done;

		for (guint i = 0; i < G_N_ELEMENTS(members); i++)
			g_string_append_printf(info, "OFFSET(page.%s)=%u\n", members[i],
					       i == wrong ? first_wrong[i] :
					       all_right && i != 0 ? first_wrong[i] - 1 : right[i]);
		m = bare("int nothing;\n", info->str);
		done = anz_kernel_resolve_page_format(m->kernel, &error);
		g_assert_cmpint(done, ==, all_right);
		if (!all_right)
			g_assert_nonnull(strstr(error->message, "do not fit"));
	}
}

/* Older headers: lru alone; __folio_index since 6.16; the member may sit in a bit-field no more. */
static void test_spellings(void)
{
	g_autoptr(TestMachine) m = resolved(
		LIST_HEAD FLAGS_OLD " };\n"
		"struct page { unsigned long flags; union { struct { " LRU " void *mapping; "
		"unsigned long __folio_index, private; }; unsigned long compound_head; }; "
		"int _mapcount, _refcount; unsigned long memcg_data; };\n", BUDDY_LOW);

	g_assert_cmpuint(m->kernel->format.list, ==, 8);
	g_assert_cmpuint(m->kernel->format.index, ==, 32);
	g_assert_cmpuint(m->kernel->format.page_type, ==, 48);
	g_assert_cmpuint(m->kernel->format.entire_mapcount_offset, ==, ANZ_ABSENT_OFFSET);
	/* Neither folio nor compound_order: where 6.6 and later have it. */
	g_assert_cmpuint(m->kernel->format.order_offset, ==, 64);
	g_assert_nonnull(test_machine_fact(m, "compound order"));
}

static void test_no_compound(void)
{
	g_autoptr(TestMachine) m = resolved(
		LIST_HEAD FLAGS_OLD " };\n"
		"struct page { unsigned long flags; " LRU " void *mapping; unsigned long index, "
		"private; int _mapcount, _refcount; unsigned long memcg_data; };\n", BUDDY_LOW);

	g_assert_cmpuint(m->kernel->format.head, ==, ANZ_ABSENT_OFFSET);
	g_assert_cmpuint(test_machine_remarks(m, "neither compound_head nor compound_info"), ==, 1);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (guint i = 0; i < G_N_ELEMENTS(stages); i++) {
		g_autofree char *path = g_strdup_printf("/page-format/%s", stages[i].name);

		g_test_add_data_func(path, &stages[i], test_stage);
	}
	g_test_add_func("/page-format/permuted", test_permuted);
	g_test_add_func("/page-format/vmcoreinfo-only", test_vmcoreinfo_only);
	g_test_add_func("/page-format/high-without-enum", test_high_without_enum);
	g_test_add_func("/page-format/enum-without-buddy", test_enum_without_buddy);
	g_test_add_func("/page-format/no-buddy-value", test_no_buddy_value);
	g_test_add_func("/page-format/other-encodings", test_other_encodings);
	g_test_add_func("/page-format/other-shapes", test_other_shapes);
	g_test_add_func("/page-format/offsets-outside", test_offsets_outside);
	g_test_add_func("/page-format/spellings", test_spellings);
	g_test_add_func("/page-format/no-compound", test_no_compound);
	return g_test_run();
}
