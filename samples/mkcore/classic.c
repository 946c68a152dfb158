/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The classic page format: a struct page of flags, words that mean something else per
 * use, a count that is also a type, and compound pages with heads and tails. Here is what
 * it tells the compiler, VMCOREINFO and the truth; classic-write.c makes the array.
 */
#include <string.h>

#include "classic.h"

static gboolean classic_input(const struct recipe *r, struct kbuild_input *in,
			      GError **error)
{
	(void)error;
	in->page_h = "page-classic.h";
	in->page_layout_h = "page-classic-layout.h";
	in->pageflags_h = classic_pageflags_h(r);
	classic_permute(r, in->defines);
	return TRUE;
}

static guint64 flag(struct machine *m, const char *name)
{
	return khas(m->kb, name) ? 1ull << koff(m->kb, name) : 0;
}

static void classic_start(struct machine *m)
{
	struct classic *c = g_new0(struct classic, 1);
	const struct kbuild *kb = m->kb;

	m->format_data = c;
	classic_types_init(m->recipe, &c->types);
	c->off.flags = koff(kb, "page.flags");
	c->off.lru = koff(kb, "page.lru");
	c->off.compound = koff(kb, "page.compound");
	c->off.mapping = koff(kb, "page.mapping");
	c->off.index = koff(kb, "page.index_any");
	c->off.private = koff(kb, "page.private");
	c->off.mapcount = koff(kb, "page._mapcount");
	c->off.refcount = koff(kb, "page._refcount");
	c->off.memcg = koff(kb, "page.memcg_data");
	c->f_head = flag(m, "PG_head");
	c->f_lru = flag(m, "PG_lru");
	c->f_uptodate = flag(m, "PG_uptodate");
	c->f_referenced = flag(m, "PG_referenced");
	c->f_active = flag(m, "PG_active");
	c->f_dirty = flag(m, "PG_dirty");
	c->f_swapbacked = flag(m, "PG_swapbacked");
	c->f_swapcache = flag(m, "PG_swapcache");
	c->f_reserved = flag(m, "PG_reserved");
	c->f_private = flag(m, "PG_private");
	c->f_unevictable = flag(m, "PG_unevictable");
	c->f_mlocked = flag(m, "PG_mlocked");
	c->f_hwpoison = flag(m, "PG_hwpoison");
	c->f_slab = flag(m, "PG_slab");
	c->f_has_hwpoisoned = flag(m, "PG_has_hwpoisoned");
	c->f_rmappable = flag(m, "PG_large_rmappable");
	c->f_hugetlb1 = flag(m, "PG_hugetlb");
	c->f_writeback = flag(m, "PG_writeback");
	c->f_reported = flag(m, "PG_reported");
	for (int n = 0; n < MAX_NODES; n++)
		for (int l = 0; l < 5; l++)
			c->lists[n][l] = g_array_new(FALSE, FALSE, 4);
	for (int h = 0; h < 2; h++) {
		c->huge_active[h] = g_array_new(FALSE, FALSE, 4);
		for (int n = 0; n < MAX_NODES; n++)
			c->huge_free[h][n] = g_array_new(FALSE, FALSE, 4);
	}
}

static void classic_stop(struct machine *m)
{
	struct classic *c = m->format_data;

	if (!c)
		return;
	for (int n = 0; n < MAX_NODES; n++)
		for (int l = 0; l < 5; l++)
			g_array_unref(c->lists[n][l]);
	for (int h = 0; h < 2; h++) {
		g_array_unref(c->huge_active[h]);
		for (int n = 0; n < MAX_NODES; n++)
			g_array_unref(c->huge_free[h][n]);
	}
	g_free(c);
	m->format_data = NULL;
}

static guint64 classic_slab_pa(struct machine *m, const struct alloc *a)
{
	return page_pa(m, a->pfn);
}

/* descriptors lie over the head's struct page */
static guint64 classic_desc_va(struct machine *m, const struct alloc *a)
{
	return page_va(m, a->pfn);
}

static void number(GString *s, const char *name, gint64 v)
{
	g_string_append_printf(s, "NUMBER(%s)=%" G_GINT64_FORMAT "\n", name, v);
}

static void type_number(struct classic *c, GString *s, const char *name, enum page_type t)
{
	if (c->types.word[t])
		number(s, name, (gint32)c->types.word[t]);
}

static void offset(struct machine *m, GString *s, const char *name)
{
	g_string_append_printf(s, "OFFSET(%s)=%" G_GUINT64_FORMAT "\n", name,
			       koff(m->kb, name));
}

static void classic_vmcoreinfo(struct machine *m, GString *s)
{
	struct classic *c = m->format_data;
	const struct recipe *r = m->recipe;

	g_string_append_printf(s, "SIZE(page)=%u\n", m->page_size_struct);
	offset(m, s, "page.flags");
	offset(m, s, "page._refcount");
	offset(m, s, "page.mapping");
	offset(m, s, "page.lru");
	offset(m, s, "page._mapcount");
	offset(m, s, "page.private");
	g_string_append_printf(s, "OFFSET(page.%s)=%u\n",
			       r->info ? "compound_info" : "compound_head",
			       c->off.compound);
	if (r->compound == COMPOUND_DTOR) {
		offset(m, s, "page.compound_dtor");
		offset(m, s, "page.compound_order");
	} else if (r->compound == COMPOUND_FOLIO_DTOR) {
		offset(m, s, "folio._folio_dtor");
		offset(m, s, "folio._folio_order");
	}
	number(s, "PG_lru", koff(m->kb, "PG_lru"));
	number(s, "PG_private", koff(m->kb, "PG_private"));
	number(s, "PG_swapcache", koff(m->kb, "PG_swapcache"));
	number(s, "PG_swapbacked", koff(m->kb, "PG_swapbacked"));
	if (khas(m->kb, "PG_slab"))
		number(s, "PG_slab", koff(m->kb, "PG_slab"));
	if (khas(m->kb, "PG_hwpoison"))
		number(s, "PG_hwpoison", koff(m->kb, "PG_hwpoison"));
	number(s, "PG_head_mask", c->f_head);
	type_number(c, s, "PAGE_BUDDY_MAPCOUNT_VALUE", PT_BUDDY);
	if (r->compound < COMPOUND_FLAGS1)
		number(s, "HUGETLB_PAGE_DTOR", 2);
	else if (c->f_hugetlb1)
		number(s, "PG_hugetlb", koff(m->kb, "PG_hugetlb"));
	else
		type_number(c, s, "PAGE_HUGETLB_MAPCOUNT_VALUE", PT_HUGETLB);
	type_number(c, s, "PAGE_OFFLINE_MAPCOUNT_VALUE", PT_OFFLINE);
	if (r->scheme >= SCHEME_LOW_SLAB)
		type_number(c, s, "PAGE_SLAB_MAPCOUNT_VALUE", PT_SLAB);
	if (r->unaccepted && r->folio_index)		/* both came with 6.16 */
		type_number(c, s, "PAGE_UNACCEPTED_MAPCOUNT_VALUE", PT_UNACCEPTED);
}

static void classic_truth_types(struct machine *m, GString *s)
{
	struct classic *c = m->format_data;
	const char *comma = "";

	for (int i = 0; i < PT_COUNT; i++) {
		if (!c->types.word[i])
			continue;
		g_string_append_printf(s, "%s\"%s\": %u", comma, classic_type_names[i],
				       c->types.word[i]);
		comma = ", ";
	}
}

static gboolean classic_truth_type(struct machine *m, enum page_class cls,
				   const struct alloc *a, guint64 *type,
				   guint64 *descriptor)
{
	static const int of_class[PC_COUNT] = {
		[PC_FREE] = PT_BUDDY + 1, [PC_UNACCEPTED] = PT_UNACCEPTED + 1,
		[PC_HUGETLB] = PT_HUGETLB + 1, [PC_SLAB] = PT_SLAB + 1,
		[PC_LARGE_KMALLOC] = PT_LARGE_KMALLOC + 1,
		[PC_PAGE_TABLE] = PT_TABLE + 1, [PC_ZSMALLOC] = PT_ZSMALLOC + 1,
		[PC_GUARD] = PT_GUARD + 1, [PC_OFFLINE] = PT_OFFLINE + 1,
	};
	struct classic *c = m->format_data;

	(void)a;
	*descriptor = 0;
	*type = of_class[cls] ? c->types.word[of_class[cls] - 1] : 0;
	return *type != 0;
}

const struct page_format format_classic = {
	.name = "classic",
	.input = classic_input,
	.start = classic_start,
	.slab_pa = classic_slab_pa,
	.slab_va = classic_desc_va,
	.folio_va = classic_desc_va,
	.write = classic_write,
	.vmcoreinfo = classic_vmcoreinfo,
	.truth_types = classic_truth_types,
	.truth_type = classic_truth_type,
	.stop = classic_stop,
};

const struct page_format *format_find(const char *name)
{
	static const struct page_format *const formats[] = { &format_classic };

	if (g_str_has_prefix(name, "memdesc"))
		return &format_memdesc;
	for (size_t i = 0; i < G_N_ELEMENTS(formats); i++)
		if (!strcmp(formats[i]->name, name))
			return formats[i];
	return NULL;
}
