/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Descriptors that still overlay struct page (MEMDESC_DESCRIPTORS=vmemmap): what a folio of one page
 * and one of several say of themselves, in the layouts of three stages of the kernel.
 */
#include <string.h>

#include "graph/extents.h"
#include "kernel-util.h"
#include "kernel/kernel-priv.h"

#define FILE_TYPE 2	/* wiki2025 */
#define OLD_PAGE 64
#define NR_OLD 64	/* old struct pages */

#define NEW_PAGE "struct page { unsigned long long memdesc; };\n"
#define FLAGS "enum pageflags { PG_swapcache = 10, PG_swapbacked = 17, PG_hwpoison = 20 %s };\n"
/* The old struct page, by another name here: its own is that of the new one. */
#define OLD(extra) "struct old_page { unsigned long flags, a, b; void *mapping; " \
	"unsigned long index, private; union { int _mapcount; unsigned page_type; }; " \
	"int _refcount; unsigned long memcg_data; };\n" \
	"struct folio { union { struct { unsigned long flags, lru[2]; void *mapping; " \
	"unsigned long index, private; int _mapcount, _refcount; unsigned long memcg_data; }; " \
	"struct old_page page; }; " extra " };\n"

typedef struct {
	const char *name, *more_flags, *types, *info;
	guint mark_at;		/* bytes from the head, of what says hugetlb */
	guint mark_bytes;
	guint64 mark;
	guint mapcount_at;	/* of a large folio */
} Stage;

static const Stage stages[] = {
	{ "6.1", "", "enum compound_dtor_id { NULL_DTOR, PAGE_DTOR, HUGETLB_PAGE_DTOR };\n"
	  OLD("unsigned long _flags_1, __head; unsigned char _folio_dtor, _folio_order; "
	      "int _total_mapcount;"), "NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=-129\n", 80, 1, 2, 84 },
	{ "6.6", ", PG_hugetlb = 8", OLD("unsigned long _flags_1, _head_1; "
	  "unsigned _folio_avail; int _entire_mapcount;"),
	  "NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=-129\n", 64, 8, 1 << 8, 84 },
	{ "6.12", "", "enum pagetype { PGTY_buddy = 0xf0, PGTY_hugetlb = 0xf4 };\n"
	  OLD("unsigned long _flags_1, _head_1; int _large_mapcount, _entire_mapcount;"),
	  "NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=-268435456\n", 48, 4, 0xf4000000, 80 },
};

typedef struct {
	TestMachine *m;
	AnzPlanes *planes;
	guint64 old_pages;	/* virtual address */
} Fixture;

static guint8 *old_page(Fixture *f, guint64 pfn)
{
	return test_machine_at(f->m, f->old_pages + pfn * OLD_PAGE);
}

static void put(Fixture *f, guint64 pfn, guint at, guint64 value, guint bytes)
{
	memcpy(old_page(f, pfn) + at, &value, bytes);
}

static void fixture_open(Fixture *f, const Stage *stage)
{
	g_autofree char *flags = g_strdup_printf(FLAGS, stage->more_flags);
	g_autofree char *source = g_strconcat("struct list_head { struct list_head *next, *prev; };\n",
					      NEW_PAGE, flags, stage->types, NULL);
	AnzSection section = { .nr_pages = NR_OLD, .subsection_pages = NR_OLD, .online = TRUE,
			       .page_array = MACHINE_VMEMMAP };
	GError *error = NULL;

	f->m = test_machine_new();
	g_string_append(f->m->info, "SIZE(page)=8\n"
				    "OFFSET(page.memdesc)=0\nMEMDESC_TABLE=wiki2025\n"
				    "MEMDESC_BUDDY=pfn8-global\nMEMDESC_DESCRIPTORS=vmemmap\n");
	g_string_append(f->m->info, stage->info);
	f->old_pages = test_machine_alloc(f->m, NR_OLD * OLD_PAGE, 64);
	for (guint64 pfn = 0; pfn < NR_OLD; pfn++)
		put(f, pfn, 48, G_MAXUINT32, 4);	/* not mapped */
	test_machine_types(f->m, source);
	/* The walk needs the page tables that the machine has; the kernel is resolved here. */
	test_machine_open_bare(f->m);
	g_assert_true(anz_kernel_resolve_page_format(f->m->kernel, &error));
	g_assert_no_error(error);
	g_assert_nonnull(f->m->kernel->memdesc);

	memset(section.subsections, 0xff, sizeof(section.subsections));
	g_array_append_val(f->m->kernel->sections, section);
	f->planes = anz_planes_new((const guint64[]){ 0 }, 1, 9, 0);
	f->planes->threads = 1;
	memset(anz_planes_tile(f->planes, 0)->page_class, ANZ_CLASS_FILE, NR_OLD);
}

static void fixture_close(Fixture *f)
{
	anz_planes_free(f->planes);
	test_machine_free(f->m);
}

/* Pages whose word leads to the old struct page of the first of them. */
static void add_folio(Fixture *f, guint64 pfn, guint nr)
{
	guint64 *words = test_machine_at(f->m, MACHINE_VMEMMAP);

	for (guint i = 0; i < nr; i++)
		words[pfn + i] = GUINT64_TO_LE((f->old_pages + pfn * OLD_PAGE) | FILE_TYPE);
}

static void test_stage(gconstpointer data)
{
	const Stage *stage = data;
	Fixture f;
	g_autoptr(AnzSpool) found = NULL;
	GError *error = NULL;
	const AnzTile *tile;

	fixture_open(&f, stage);
	/* 0: one page.  What lies where a larger folio has its second page belongs to frame 1. */
	add_folio(&f, 0, 1);
	put(&f, 0, stage->mapcount_at, 5, 4);
	/* 4 to 7: hugetlb, mapped as a whole. */
	add_folio(&f, 4, 4);
	put(&f, 4, stage->mark_at, stage->mark, stage->mark_bytes);
	put(&f, 4, stage->mapcount_at, 0, 4);
	/* 8 to 11: a large folio of a file; not mapped. */
	add_folio(&f, 8, 4);
	put(&f, 8, 80, G_MAXUINT64, 8);
	/* The bit that is PG_hugetlb in a second page means something else in the first. */
	put(&f, 12, 0, 1 << 8, 8);
	add_folio(&f, 12, 1);
	/* Swap cache; and a page of shmem whose owner uses the same bit. */
	put(&f, 13, 0, 1 << 10 | 1 << 17, 8);
	put(&f, 13, 24, 0xffff888000001001ull, 8);
	add_folio(&f, 13, 1);
	put(&f, 14, 0, 1 << 10 | 1 << 17, 8);
	put(&f, 14, 24, 0xffff888000001000ull, 8);
	put(&f, 14, 48, 0, 4);
	add_folio(&f, 14, 1);

	found = anz_extents_resolve(f.m->kernel, f.planes, NULL, &error);
	g_assert_no_error(error);
	tile = anz_planes_tile(f.planes, 0);
	g_assert_cmpuint(found->len, ==, 6);
	g_assert_cmpuint(tile->page_class[0], ==, ANZ_CLASS_FILE);
	g_assert_false(tile->attr[0] & ANZ_ATTR_MAPPED);
	for (guint i = 4; i < 8; i++) {
		g_assert_cmpuint(tile->page_class[i], ==, ANZ_CLASS_HUGETLB);
		g_assert_true(tile->attr[i] & ANZ_ATTR_MAPPED);
	}
	for (guint i = 8; i < 12; i++) {
		g_assert_cmpuint(tile->page_class[i], ==, ANZ_CLASS_FILE);
		g_assert_false(tile->attr[i] & ANZ_ATTR_MAPPED);
		g_assert_cmpuint(tile->order[i], ==, 2);
	}
	g_assert_cmpuint(tile->page_class[12], ==, ANZ_CLASS_FILE);
	g_assert_cmpuint(tile->page_class[13], ==, ANZ_CLASS_SWAP_CACHE);
	g_assert_cmpuint(tile->page_class[14], ==, ANZ_CLASS_SHMEM);
	g_assert_true(tile->attr[14] & ANZ_ATTR_MAPPED);
	fixture_close(&f);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (guint i = 0; i < G_N_ELEMENTS(stages); i++) {
		g_autofree char *path = g_strdup_printf("/overlay-folios/%s", stages[i].name);

		g_test_add_data_func(path, &stages[i], test_stage);
	}
	return g_test_run();
}
