/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Descriptors: what a folio, slab, ptdesc... in its slab object says, and the same for
 * the truth file, read back from the image so that later writers (slab.c, the lists) are
 * in it, too.
 */
#include <string.h>

#include "memdesc.h"

#define PP_SIGNATURE 0xdead000000000040ull
#define LIST_POISON1 0xdead000000000100ull
#define LIST_POISON2 0xdead000000000122ull

static const struct {
	const char *kind, *members;
} members[] = {
	{ "folio", "flags lru mapping index private _refcount _mapcount pincount memcg" },
	{ "anon_folio",
	  "flags lru mapping index _refcount _mapcount pincount memcg swap" },
	{ "slab", "slab_cache slab_list freelist counters obj_exts" },
	{ "ptdesc", "pt_list pt_mm ptl" },
	{ "ksm", "flags lru stable_node _refcount _mapcount" },
	{ "movable", "ops _refcount private" },
	{ "netpool", "pp_magic pp dma_addr pp_ref_count" },
	{ "bump", "pp dma_addr pp_ref_count" },
	{ "hwpoison", "old" },
	{ "pcpudesc", "chunk" },
	{ "acctmem", "memcg" },
	{ "zpdesc", "next zspage first_obj_offset _refcount" },
	{ "mgdesc", "_refcount" },
};

static gboolean find(struct machine *m, const char *kind, const char *member,
		     guint64 *off, guint64 *size)
{
	char name[64];

	g_snprintf(name, sizeof(name), "%s.%s", kind, member);
	if (!khas(m->kb, name))
		return FALSE;
	*off = koff(m->kb, name);
	*size = ksize(m->kb, name);
	return TRUE;
}

static void set(struct machine *m, const char *kind, guint64 pa, const char *member,
		guint64 v)
{
	guint64 off, size;

	if (find(m, kind, member, &off, &size))
		image_put(&m->img, pa + off, v, MIN(size, 8));
}

/*
 * pfn and order, as far as this kind has them. Bit-fields fill their word from bit 0, in
 * big-endian byte order from its top bit.
 */
void md_set_extent(struct machine *m, enum md_type t, guint64 pa, guint64 pfn, int order)
{
	const char *kind = md_kind(m, t);

	set(m, kind, pa, "pfn", pfn);
	set(m, kind, pa, "order", order);
	set(m, kind, pa, "extent", mk_big ? (guint64)order << 58 | pfn : pfn << 6 | order);
}

static guint64 owner_va(GArray *owners, guint32 i)
{
	return i < owners->len ? g_array_index(owners, struct owner, i).va : 0;
}

static guint64 flag(struct machine *m, const char *name)
{
	return 1ull << koff(m->kb, name);
}

static guint64 folio_flags(struct machine *m, const struct alloc *a)
{
	guint64 f = flag(m, "PG_lru") | flag(m, "PG_uptodate");

	if (a->cls != PC_FILE)
		f |= flag(m, "PG_swapbacked");
	if (a->flags & AF_ACTIVE)
		f |= flag(m, "PG_active");
	if (a->flags & AF_DIRTY)
		f |= flag(m, "PG_dirty");
	if (a->flags & AF_UNEVICTABLE)
		f |= flag(m, "PG_unevictable") | flag(m, "PG_mlocked");
	if (mix64(a->pfn ^ m->recipe->seed) & 1)
		f |= flag(m, "PG_referenced");
	if (a->cls == PC_SWAP_CACHE)
		f |= flag(m, "PG_swapcache");
	if (a->cls == PC_FILE && a->flags & AF_PRIVATE)
		f |= flag(m, "PG_private");
	if (a->cls == PC_HUGETLB)
		f = flag(m, "PG_hugetlb") |
		    (a->flags & AF_IN_USE ? flag(m, "PG_uptodate") : 0);
	return f;
}

static guint64 folio_mapping(struct machine *m, const struct alloc *a)
{
	switch (a->cls) {
	case PC_FILE: return owner_va(m->inodes, a->owner) + koff(m->kb, "inode.i_data");
	case PC_SHMEM: return owner_va(m->shmem, a->owner) + koff(m->kb, "inode.i_data");
	case PC_HUGETLB:
		return a->flags & AF_IN_USE ? owner_va(m->anon, a->owner) | 1 : 0;
	default: return a->flags & AF_BARE ? 0 : owner_va(m->anon, a->owner) | 1;
	}
}

static void to_list(struct machine *m, struct md *md, const struct alloc *a,
		    const char *kind, guint64 pa)
{
	gboolean gigantic = a->order > arch_huge_order(m, FALSE);
	int node = zone_of(m, a->pfn)->node;
	guint64 off, size, va;
	GArray *list;

	if (!find(m, kind, "lru", &off, &size))
		return;
	va = phys_to_virt(m, pa + off);
	if (a->flags & AF_UNEVICTABLE) {
		image_put(&m->img, pa + off, LIST_POISON1, 8);
		image_put(&m->img, pa + off + 8, LIST_POISON2, 8);
		return;
	}
	if (a->cls == PC_HUGETLB)
		list = a->flags & AF_IN_USE ? md->huge_active[gigantic] :
					      md->huge_free[gigantic][node];
	else
		list = md->lru[node]
			      [(a->cls == PC_FILE ? 2 : 0) + !!(a->flags & AF_ACTIVE)];
	g_array_append_val(list, va);
}

static void write_folio(struct machine *m, struct md *md, const struct alloc *a,
			const char *kind, guint64 pa, guint64 top)
{
	int nr = 1 << a->order, maps = a->flags & AF_MAPPED ? a->mapcount : 0;
	guint64 refs, private = 0;

	/* mappings of all its pages; a pmd maps them at once */
	if (!(a->flags & AF_PMD_MAPPED) && a->cls != PC_HUGETLB)
		maps *= nr;
	refs = maps +
	       (a->cls == PC_FILE || a->cls == PC_SHMEM || a->cls == PC_SWAP_CACHE ? nr :
										     0);
	if (a->cls == PC_SWAP_CACHE)
	private = 1ull << 58 | (a->pfn + 16);
	else if (a->cls == PC_FILE && a->flags & AF_PRIVATE) private =
		low_va(m, mix64(a->pfn) % 4096 * 104 + (1 << 20));
	set(m, kind, pa, "flags",
	    top | folio_flags(m, a) |
		    (a->flags & AF_POISON ? flag(m, "PG_has_hwpoisoned") : 0));
	set(m, kind, pa, "mapping", folio_mapping(m, a));
	set(m, kind, pa, "index", a->index);
	set(m, kind, pa, "private", private);
	set(m, kind, pa, "_refcount", refs);
	set(m, kind, pa, "_mapcount", maps - 1);
	if (a->cls == PC_KSM)
		set(m, kind, pa, "stable_node", owner_va(m->ksm, a->owner));
	to_list(m, md, a, kind, pa);
}

/**
 * md_write_descriptor:
 * @a: an allocation whose word is a pointer
 */
void md_write_descriptor(struct machine *m, const struct alloc *a)
{
	struct md *md = m->format_data;
	enum md_type t = md_type_of(md, a->word);
	const char *kind = md_kind(m, t);
	const struct zone *z = zone_of(m, a->pfn);
	guint64 pa = (a->word & ~15ull) - m->page_offset,
		h = mix64(a->pfn ^ m->recipe->seed);

	md_set_extent(m, t, pa, a->pfn, a->order);
	switch (t) {
	case MT_FILE:
	case MT_ANON:
	case MT_KSM: write_folio(m, md, a, kind, pa, md_top(m, z->node, z->type)); break;
	case MT_PAGETABLE: set(m, kind, pa, "pt_mm", owner_va(m->mms, a->owner)); break;
	case MT_NETPOOL:
	case MT_BUMP:
		set(m, kind, pa, "pp_magic", PP_SIGNATURE);
		set(m, kind, pa, "pp", low_va(m, 1 << 20));
		set(m, kind, pa, "dma_addr", (guint64)a->pfn << m->recipe->page_shift);
		set(m, kind, pa, "pp_ref_count", 1);
		break;
	case MT_ZPDESC:
		set(m, kind, pa, "zspage", low_va(m, (h % 4096 + 300) << 8));
		set(m, kind, pa, "first_obj_offset", h % 4096);
		set(m, kind, pa, "_refcount", 1);
		break;
	case MT_MOVABLE:
		set(m, kind, pa, "ops", symbol_va(m, "_stext"));
		set(m, kind, pa, "_refcount", 1);
		set(m, kind, pa, "private", h);
		break;
	case MT_PERCPU:
		set(m, kind, pa, "chunk", low_va(m, (1 << 20) + h % 4096 * 16));
		break;
	case MT_ACCTMEM:
		set(m, kind, pa, "memcg", low_va(m, (1 << 20) + h % 64 * 4096));
		break;
	case MT_MANAGED: set(m, kind, pa, "_refcount", 1 + h % 3); break;
	default: /* slab.c writes slabs */ break;
	}
}

/* the page's own descriptor, while the rest of @a stays what it was */
void md_write_poison(struct machine *m, const struct alloc *a, guint64 word)
{
	set(m, "hwpoison", (word & ~15ull) - m->page_offset, "old", a->word);
}

static void put_members(struct machine *m, FILE *out, const char *kind, guint64 pa)
{
	g_auto(GStrv) names = NULL;
	const char *comma = "";

	for (size_t i = 0; i < G_N_ELEMENTS(members); i++)
		if (!strcmp(members[i].kind, kind))
			names = g_strsplit(members[i].members, " ", -1);
	for (char **n = names; n && *n; n++) {
		guint64 off, size, v;

		if (!find(m, kind, *n, &off, &size))
			continue;
		v = size >= 8 ? get64(image_see(&m->img, pa + off)) :
				get32(image_see(&m->img, pa + off));
		if (size == 16)
			/* a list_head is two numbers */
			fprintf(out,
				"%s\"%s.next\": %" G_GUINT64_FORMAT
				", \"%s.prev\": %" G_GUINT64_FORMAT,
				comma, *n, v, *n, get64(image_see(&m->img, pa + off + 8)));
		else
			fprintf(out, "%s\"%s\": %" G_GUINT64_FORMAT, comma, *n, v);
		comma = ", ";
	}
}

static void put_one(struct machine *m, FILE *out, const char *comma, guint64 word,
		    guint64 pfn, int order, gboolean lost_edge)
{
	struct md *md = m->format_data;
	enum md_type t = md_type_of(md, word);
	const char *kind = md_kind(m, t);
	guint64 va = word & ~15ull;

	fprintf(out,
		"%s\n{\"address\": %" G_GUINT64_FORMAT ", \"kind\": \"%s\", "
		"\"type\": %d, ",
		comma, va, kind, md->number[t]);
	if (lost_edge)
		fprintf(out, "\"pfn\": null, \"order\": null, \"nr_pages\": %u, ",
			(1u << order) - 1);
	else
		fprintf(out,
			"\"pfn\": %" G_GUINT64_FORMAT ", \"order\": %d, "
			"\"nr_pages\": %u, ",
			pfn, order, 1u << order);
	fputs("\"members\": {", out);
	put_members(m, out, kind, va - m->page_offset);
	fputs("}}", out);
}

/* the word of the bad page inside @a, NULL if there is none or only a flag tells */
const guint64 *md_poison_word(struct machine *m, const struct alloc *a)
{
	struct md *md = m->format_data;
	guint64 key = a->poison;

	return a->flags & AF_POISON ? g_hash_table_lookup(md->poison, &key) : NULL;
}

/* by address of the pages; a poisoned page inside a folio follows the folio */
void md_truth_descriptors(struct machine *m, FILE *out)
{
	struct md *md = m->format_data;
	const char *comma = "";

	for (guint i = 0; i < m->ram->len; i++) {
		struct ram *r = &g_array_index(m->ram, struct ram, i);

		for (guint64 pfn = r->start_pfn; pfn < r->end_pfn; pfn++) {
			guint8 cls = m->cls[pfn];
			const struct alloc *a;

			/* a poisoned first page still is an allocation */
			if (!(m->bits[pfn] & FB_HEAD) || cls == PC_FREE ||
			    cls == PC_FREE_PCP || cls == PC_UNACCEPTED)
				continue;
			a = alloc_of(m, pfn);
			/* a poisoned page alone: nothing points at its folio any more */
			if (md_is_pointer(md_type_of(md, a->word)) &&
			    (a->order || !md_poison_word(m, a))) {
				put_one(m, out, comma, a->word, a->pfn, a->order,
					md_edge_is_lost(m, a));
				comma = ",";
			}
			if (md_poison_word(m, a)) {
				put_one(m, out, comma, *md_poison_word(m, a), a->poison,
					0, FALSE);
				comma = ",";
			}
		}
	}
}
