/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The memory-descriptor page format: one word per page that says what it is, alone or
 * with a descriptor from a slab cache. A descriptor is made when its pages are given out
 * and goes back when they are freed, and its word stays behind in them. Slabs have
 * descriptors, too, so the caches of descriptors describe each other and themselves.
 */
#include <string.h>

#include "memdesc.h"

/* how each descriptor states its extent with extent=natural; see page-memdesc.h */
static const struct {
	const char *kind;
	int natural;
} extents[] = {
	{ "folio", 0 },	   { "anon_folio", 2 }, { "slab", 1 },	  { "ptdesc", 2 },
	{ "ksm", 0 },	   { "movable", 0 },	{ "netpool", 3 }, { "bump", 3 },
	{ "hwpoison", 4 }, { "pcpudesc", 0 },	{ "acctmem", 3 }, { "zpdesc", 4 },
	{ "mgdesc", 1 },
};

static gboolean has_anon_folio(const struct recipe *r)
{
	return r->anon_folio && r->md_table != MD_PATH2025;
}

static void define(struct kbuild_input *in, const char *name, int v)
{
	g_ptr_array_add(in->defines, g_strdup_printf("-DK_%s=%d", name, v));
}

static gboolean md_input(const struct recipe *r, struct kbuild_input *in, GError **error)
{
	static const int of_extent[] = { -1, 0, 1, 2, 3 };

	(void)error;
	in->page_h = "page-memdesc.h";
	in->page_layout_h = "page-memdesc-layout.h";
	in->pageflags_h = md_pageflags_h(r);
	define(in, "SHAPE", r->md_size);
	define(in, "WORD", r->md_word);
	define(in, "BUDDY", r->md_buddy);
	define(in, "VARIANT", r->md_variant);
	define(in, "BARE", r->md_bare);
	define(in, "PERMUTED", r->permute != 0);
	define(in, "ANON_FOLIO", has_anon_folio(r));
	define(in, "NETPOOL", r->md_table == MD_LSFMM2024);
	for (size_t i = 0; i < G_N_ELEMENTS(extents); i++) {
		g_autofree char *name = g_strconcat("X_", extents[i].kind, NULL);

		define(in, name,
		       r->md_extent ? of_extent[r->md_extent] : extents[i].natural);
	}
	if (r->md_buddy >= MB_PFN_PREV && r->md_buddy <= MB_PFN8_ZONE)
		g_ptr_array_add(in->defines, g_strdup("-DK_FREE_LIST_T=struct buddy"));
	return TRUE;
}

const char *md_kind(struct machine *m, enum md_type t)
{
	static const char *const kinds[MT_COUNT] = {
		[MT_FILE] = "folio",	    [MT_ANON] = "folio",
		[MT_KSM] = "ksm",	    [MT_SLAB] = "slab",
		[MT_MOVABLE] = "movable",   [MT_PAGETABLE] = "ptdesc",
		[MT_NETPOOL] = "netpool",   [MT_BUMP] = "bump",
		[MT_HWPOISON] = "hwpoison", [MT_PERCPU] = "pcpudesc",
		[MT_ACCTMEM] = "acctmem",   [MT_ZPDESC] = "zpdesc",
		[MT_MANAGED] = "mgdesc",
	};

	return t == MT_ANON && has_anon_folio(m->recipe) ? "anon_folio" : kinds[t];
}

static void md_start(struct machine *m)
{
	struct md *md = g_new0(struct md, 1);

	m->format_data = md;
	md_numbers(m->recipe, md->number);
	md->size = m->recipe->md_size;
	md->buddy = m->recipe->md_buddy;
	md->pending = g_array_new(FALSE, FALSE, sizeof(guint32));
	md->poison = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
	md->f_hwpoison = 1ull << koff(m->kb, "PG_hwpoison");
	md->f_reserved = 1ull << koff(m->kb, "PG_reserved");
	if (md->size == 32) {
		md->word_off = koff(m->kb, "page.word");
		md->list_off = koff(m->kb, "page.buddy_list");
		if (khas(m->kb, "page._mapcount"))
			md->mapcount_off = koff(m->kb, "page._mapcount");
	}
	for (int n = 0; n < MAX_NODES; n++) {
		for (int l = 0; l < 5; l++)
			md->lru[n][l] = g_array_new(FALSE, FALSE, 8);
		for (int h = 0; h < 2; h++)
			md->huge_free[h][n] = g_array_new(FALSE, FALSE, 8);
	}
	for (int h = 0; h < 2; h++)
		md->huge_active[h] = g_array_new(FALSE, FALSE, 8);
}

static void md_stop(struct machine *m)
{
	struct md *md = m->format_data;

	if (!md)
		return;
	for (int n = 0; n < MAX_NODES; n++) {
		for (int l = 0; l < 5; l++)
			g_array_unref(md->lru[n][l]);
		for (int h = 0; h < 2; h++)
			g_array_unref(md->huge_free[h][n]);
	}
	for (int h = 0; h < 2; h++)
		g_array_unref(md->huge_active[h]);
	g_array_unref(md->pending);
	g_hash_table_unref(md->poison);
	g_free(md);
	m->format_data = NULL;
}

/* descriptors are aligned to 16 and their caches SLAB_TYPESAFE_BY_RCU */
static struct slab_cache *new_cache(struct machine *m, const char *kind, guint32 size)
{
	g_autofree char *name = g_strconcat(kind, "_slab", NULL);
	struct slab_cache *c = slab_cache_new(m, name, size, 16, FALSE);

	c->flags = 0x80000;
	return c;
}

static void md_caches(struct machine *m)
{
	struct md *md = m->format_data;

	for (int t = 0; t < MT_COUNT; t++) {
		const char *kind = md_kind(m, t);
		guint32 size;

		if (!md_is_pointer(t) || md->number[t] < 0)
			continue;
		size = ksize(m->kb, kind);
		if (t == MT_FILE) {
			md->cache[t] = new_cache(m, "folio_small", size);
			md->large = new_cache(m, "folio_large", size + 48);
		} else if (t == MT_ANON && !strcmp(kind, "folio")) {
			md->cache[t] = md->cache[MT_FILE];
		} else {
			md->cache[t] = new_cache(m, kind, size);
		}
	}
}

static struct slab_cache *cache_of(struct machine *m, struct md *md, enum md_type t,
				   int order)
{
	if (order && md->cache[t] == md->cache[MT_FILE])
		return md->large;
	(void)m;
	return md->cache[t];
}

/* node and zone on top of a word, as in page->flags; vmemmap needs no section */
guint64 md_top(struct machine *m, int node, int zone)
{
	int node_shift = 64 - m->recipe->nodes_shift;

	return (guint64)node << node_shift | (guint64)zone << (node_shift - 3);
}

guint64 md_misc(struct machine *m, int node, int zone, enum md_subtype s, gboolean mapped,
		int order)
{
	struct md *md = m->format_data;

	return md_top(m, node, zone) | (guint64)order << 12 | (guint64) !!mapped << 11 |
	       (guint64)s << 4 | md->number[MT_MISC];
}

static enum md_type type_of(struct machine *m, enum page_class cls)
{
	const struct md *md = m->format_data;

	switch (cls) {
	case PC_FILE:
	case PC_SHMEM:
	case PC_HUGETLB:
	case PC_SWAP_CACHE: return MT_FILE;
	case PC_ANON: return MT_ANON;
	case PC_KSM: return MT_KSM;
	case PC_SLAB: return MT_SLAB;
	case PC_MOVABLE: return MT_MOVABLE;
	case PC_PAGE_TABLE: return MT_PAGETABLE;
	case PC_NET_POOL: return md->number[MT_BUMP] >= 0 ? MT_BUMP : MT_NETPOOL;
	case PC_ZSMALLOC: return MT_ZPDESC;
	case PC_PERCPU: return MT_PERCPU;
	case PC_HWPOISON: return MT_HWPOISON;
	default: return MT_MISC;
	}
}

static gboolean md_can_mark(struct machine *m, enum page_class cls)
{
	const struct md *md = m->format_data;

	return md->number[type_of(m, cls)] >= 0;
}

static enum md_type pick_type(struct machine *m, const struct alloc *a)
{
	const struct md *md = m->format_data;
	guint64 h = mix64(a->pfn ^ m->recipe->seed << 24) % 8;

	if (a->cls != PC_KERNEL_OTHER || a->flags & AF_PINNED)
		return type_of(m, a->cls);
	/* memory without a class of its own comes with and without descriptors */
	if (h == 0 && md->number[MT_ACCTMEM] >= 0)
		return MT_ACCTMEM;
	if (h == 1 && md->number[MT_MANAGED] >= 0)
		return MT_MANAGED;
	return MT_MISC;
}

static enum md_subtype pick_subtype(struct machine *m, const struct alloc *a)
{
	static const enum md_subtype other[] = { MS_EXACT, MS_BRD, MS_UNKNOWN,
						 MS_UNKNOWN };

	switch (a->cls) {
	case PC_RESERVED: return MS_RESERVED;
	case PC_ZERO_PAGE: return MS_ZERO;
	case PC_VMALLOC: return MS_VMALLOC;
	case PC_GUARD: return MS_GUARD;
	case PC_OFFLINE: return MS_OFFLINE;
	case PC_LARGE_KMALLOC: return MS_KMALLOC;
	default:
		return other[mix64(a->pfn ^ m->recipe->seed << 25) % G_N_ELEMENTS(other)];
	}
}

/* may take a slab, whose own descriptor then goes to md.pending */
static void give_descriptor(struct machine *m, struct md *md, guint32 index)
{
	struct alloc a = *alloc_get(m, index);
	enum md_type t = pick_type(m, &a);
	guint64 pa =
		slab_object_new(m, cache_of(m, md, t, a.order), zone_of(m, a.pfn)->node);

	if (!pa) {
		md->failed++;
		return;
	}
	a.word = phys_to_virt(m, pa) | md->number[t];
	alloc_get(m, index)->word = a.word;
	md_set_extent(m, t, pa, a.pfn, a.order);
	md_put_words(m, &a);
}

static void md_alloc(struct machine *m, struct alloc *a)
{
	struct md *md = m->format_data;
	guint32 index = a - &g_array_index(m->allocs, struct alloc, 0);

	a->flags &= ~AF_HIDDEN_ORDER; /* every word tells it, or a descriptor does */
	if (!md_is_pointer(pick_type(m, a))) {
		const struct zone *z = zone_of(m, a->pfn);
		gboolean mapped = a->cls == PC_ZERO_PAGE ||
				  ((a->cls == PC_KERNEL_OTHER || a->cls == PC_VMALLOC) &&
				   mix64(a->pfn ^ m->recipe->seed << 26) % 4 == 0);

		a->word = md_misc(m, z->node, z->type, pick_subtype(m, a), mapped,
				  a->order);
		md_put_words(m, a);
		return;
	}
	g_array_append_val(md->pending, index);
	if (md->busy)
		return;
	md->busy = TRUE;
	while (md->pending->len) {
		index = g_array_index(md->pending, guint32, md->pending->len - 1);
		g_array_set_size(md->pending, md->pending->len - 1);
		give_descriptor(m, md, index);
	}
	md->busy = FALSE;
}

static void md_free(struct machine *m, struct alloc *a)
{
	struct md *md = m->format_data;
	enum md_type t = md_type_of(md, a->word);

	if (a->word && md_is_pointer(t))
		slab_object_free(m, cache_of(m, md, t, a->order),
				 (a->word & ~15ull) - m->page_offset);
}

/* a page that went bad inside a folio has a word of its own */
static gboolean md_settle(struct machine *m, GError **error)
{
	struct md *md = m->format_data;
	guint n = m->allocs->len;

	for (guint i = 0; i < n; i++) {
		struct alloc a = *alloc_get(m, i);
		guint64 pa, key = a.poison, word;

		if (a.cls == PC_FREE || !(a.flags & AF_POISON) ||
		    m->recipe->md_poison == MP_FLAG)
			continue;
		pa = slab_object_new(m, md->cache[MT_HWPOISON], zone_of(m, a.pfn)->node);
		if (!pa) {
			md->failed++;
			break;
		}
		word = phys_to_virt(m, pa) | md->number[MT_HWPOISON];
		md_set_extent(m, MT_HWPOISON, pa, a.poison, 0);
		g_hash_table_insert(md->poison, g_memdup2(&key, 8), g_memdup2(&word, 8));
	}
	if (md->failed) {
		g_set_error(error, MK_ERROR, MK_ERROR_RECIPE,
			    "no memory was left for %" G_GUINT64_FORMAT
			    " descriptors; use a "
			    "lower fill",
			    md->failed);
		return FALSE;
	}
	if (md->size == 8 && md->buddy == MB_PFN8_GLOBAL && m->max_pfn >= 1ull << 29) {
		g_set_error_literal(error, MK_ERROR, MK_ERROR_RECIPE,
				    "pfn8-global ends at 2 TiB; use pfn8-zone");
		return FALSE;
	}
	for (guint i = 0; i < m->zones->len; i++) {
		struct zone *z = m->zones->pdata[i];

		if (md->buddy == MB_PFN8_ZONE &&
		    z->end_pfn - z->start_pfn >= 1ull << 29) {
			g_set_error_literal(error, MK_ERROR, MK_ERROR_RECIPE,
					    "pfn8-zone ends at 2 TiB per zone");
			return FALSE;
		}
	}
	return TRUE;
}

static guint64 md_slab_pa(struct machine *m, const struct alloc *a)
{
	return (a->word & ~15ull) - m->page_offset;
}

static guint64 md_desc_va(struct machine *m, const struct alloc *a)
{
	(void)m;
	return a->word & ~15ull;
}

static void md_vmcoreinfo(struct machine *m, GString *s)
{
	const struct recipe *r = m->recipe;
	static const char *const flags[] = { "PG_lru",	     "PG_private",
					     "PG_swapcache", "PG_swapbacked",
					     "PG_hwpoison",  "PG_hugetlb" };

	g_string_append_printf(s, "SIZE(page)=%u\n", m->page_size_struct);
	if (r->md_size == 32) {
		g_string_append_printf(s,
				       "OFFSET(page.flags)=%u\nOFFSET(page.%s)=%u\n"
				       "OFFSET(page.private)=%u\n",
				       (guint)koff(m->kb, "page.flags"),
				       r->md_variant ? "memdesc" : "compound_head",
				       (guint)koff(m->kb, "page.word"),
				       (guint)koff(m->kb, "page.private"));
	} else {
		g_string_append(s, r->md_buddy == MB_PTR_NEXT && !r->md_bare ?
					   "OFFSET(page.memdesc_or_next)=0\n" :
					   "OFFSET(page.memdesc)=0\n");
	}
	for (size_t i = 0; i < G_N_ELEMENTS(flags); i++)
		g_string_append_printf(s, "NUMBER(%s)=%u\n", flags[i],
				       (guint)koff(m->kb, flags[i]));
	md_types_vmcoreinfo(r, s);
	if (r->md_key)
		g_string_append_printf(s, "MEMDESC_BUDDY=%s\nMEMDESC_DESCRIPTORS=slab\n",
				       md_buddy_names[r->md_buddy]);
}

static void md_truth_types(struct machine *m, GString *s)
{
	const struct md *md = m->format_data;
	const char *comma = "";

	for (int t = 0; t < MT_COUNT; t++) {
		if (md->number[t] < 0)
			continue;
		g_string_append_printf(s, "%s\"%s\": %d", comma, md_type_names[t],
				       md->number[t]);
		comma = ", ";
	}
}

static gboolean md_truth_type(struct machine *m, enum page_class cls,
			      const struct alloc *a, guint64 *type, guint64 *descriptor)
{
	(void)m, (void)cls, (void)a;
	*type = *descriptor = 0;
	return FALSE; /* md_truth_row() says it */
}

static gboolean states_extent(struct machine *m, enum md_type t)
{
	g_autofree char *order = g_strconcat(md_kind(m, t), ".order", NULL);
	g_autofree char *bits = g_strconcat(md_kind(m, t), ".extent", NULL);

	return khas(m->kb, order) || khas(m->kb, bits);
}

/*
 * A poisoned first or last page has a word of its own, and the rest is a run that nobody can tell
 * from a whole allocation, unless its descriptor says more.
 */
gboolean md_edge_is_lost(struct machine *m, const struct alloc *a)
{
	return md_poison_word(m, a) &&
	       (a->poison == a->pfn || a->poison == a->pfn + a->nr_pages - 1) &&
	       !states_extent(m, md_type_of(m->format_data, a->word));
}

/* what a row says of the word that its pages hold; see memdesc-format.md 2 and 3 */
static void md_truth_row(struct machine *m, const struct alloc *a, struct truth_row *r)
{
	struct md *md = m->format_data;
	guint64 word;
	enum md_type t;

	if (!a &&
	    (r->cls == PC_FREE || r->cls == PC_FREE_PCP || r->cls == PC_UNACCEPTED)) {
		r->type = md->number[MT_BUDDY];
		r->has_type = TRUE;
		return;
	}
	word = a && (r->cls != PC_HWPOISON || a->cls == PC_HWPOISON) ?
		       a->word :
		       md_get_word(m, r->pfn);
	if (!a && (!word || !~word)) {
		/* before any table: nothing, something reserved, or something unknown */
		r->cls = !r->zone ? PC_HOLE : word ? PC_UNKNOWN_TYPE : PC_RESERVED;
		return;
	}
	t = md_type_of(md, word);
	r->type = md_number_of(word);
	r->has_type = TRUE;
	if (t == MT_MISC) {
		r->subtype = word >> 4 & 127;
		r->mapped = word >> 11 & 1;
		r->order = word >> 12 & 63;
		return;
	}
	/* only a folio's flags tell the zone where spans overlap; others have none */
	if (t != MT_FILE && t != MT_ANON && t != MT_KSM &&
	    md_count_spans(m, r->pfn, &(struct zone *){ NULL }) > 1)
		r->zone = NULL;
	r->descriptor = word & ~15ull;
	r->has_descriptor = TRUE;
	if (a && r->cls == PC_HWPOISON && a->cls != PC_HWPOISON) {
		r->order = r->mapped = -1;
		r->has_first = FALSE;
		return;
	}
	if (a && md_edge_is_lost(m, a)) {
		r->order = -1;
		r->has_first = FALSE;
	}
}

const struct page_format format_memdesc = {
	.name = "memdesc",
	.input = md_input,
	.start = md_start,
	.caches = md_caches,
	.can_mark = md_can_mark,
	.settle = md_settle,
	.alloc = md_alloc,
	.free = md_free,
	.slab_pa = md_slab_pa,
	.slab_va = md_desc_va,
	.folio_va = md_desc_va,
	.write = md_write,
	.rewrites = TRUE,
	.vmcoreinfo = md_vmcoreinfo,
	.truth_types = md_truth_types,
	.truth_type = md_truth_type,
	.truth_row = md_truth_row,
	.truth_descriptors = md_truth_descriptors,
	.stop = md_stop,
};
