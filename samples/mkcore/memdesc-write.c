/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The array of words: what boot left, what is in use, and free blocks, whose first one or
 * two words hold links while all others keep what an earlier use left there. Then every
 * list head, in the encoding of its buddy variant.
 */
#include <string.h>

#include "memdesc.h"

#define PFN8_MASK ((1ull << 29) - 1)

static guint8 *page(struct machine *m, guint64 pfn)
{
	return image_at(&m->img, page_pa(m, pfn));
}

static guint32 word_offset(struct machine *m)
{
	return ((struct md *)m->format_data)->word_off;
}

void md_put_word(struct machine *m, guint64 pfn, guint64 word)
{
	put64(page(m, pfn) + word_offset(m), word);
}

guint64 md_get_word(struct machine *m, guint64 pfn)
{
	return get64(page(m, pfn) + word_offset(m));
}

/* all words of an allocation */
void md_put_words(struct machine *m, const struct alloc *a)
{
	guint64 per_page = PAGE_SIZE_OF(m) / sizeof(a->word), pfn = a->pfn, nr = a->nr_pages;

	if (m->page_size_struct > sizeof(a->word))
		for (; nr; nr--)
			md_put_word(m, pfn++, a->word);
	while (nr) {
		guint64 part = MIN(nr, per_page - pfn % per_page);

		image_fill(&m->img, page_pa(m, pfn), part * sizeof(a->word), a->word);
		pfn += part;
		nr -= part;
	}
}

/* the part of a larger struct page that is not the word */
static void init_page(struct machine *m, struct md *md, guint64 pfn, guint64 flags,
		      int refs)
{
	guint64 h, word;
	guint8 *p;

	if (md->size == 8)
		return;
	p = page(m, pfn);
	h = mix64(pfn ^ m->recipe->seed << 8);
	word = md_get_word(m, pfn);
	if (md->size == 16)
		/* nobody says what it holds: private of a driver, zero, anything */
		put64(p + 8,
		      h % 4 ? h % 3 ? h : phys_to_virt(m, h % m->max_pfn << m->recipe->page_shift) :
				    0);
	if (md->size != 32)
		return;
	memset(p, 0, 32);
	put64(p + koff(m->kb, "page.flags"), flags);
	if (khas(m->kb, "page._refcount"))
		put32(p + koff(m->kb, "page._refcount"), refs);
	put64(p + md->word_off, word);
}

/* a frame outside of all memory, or one that boot kept */
static void write_boot_page(struct machine *m, struct md *md, guint64 pfn, int node,
			    int zone, guint64 word)
{
	md_put_word(m, pfn, word);
	init_page(m, md, pfn, word && ~word ? md_top(m, node, zone) | md->f_reserved : 0,
		  1);
}

static guint64 hole_word(struct machine *m, guint64 pfn, int spans, guint64 misc)
{
	guint64 h = mix64(pfn ^ m->recipe->seed << 12);
	enum md_holes holes = m->recipe->md_holes;

	/* where spans overlap only the word says whose hole it is */
	if (spans > 1)
		return misc;
	if (spans)
		return holes != MH_MIXED || h % 4 ? misc : h % 32 == 4 ? ~0ull : 0;
	if (holes == MH_MIXED)
		holes = h % 3;
	return holes == MH_ZEROS ? 0 : holes == MH_ONES ? ~0ull : misc;
}

/* how many zones span @pfn; the last of them is @found */
int md_count_spans(struct machine *m, guint64 pfn, struct zone **found)
{
	int n = 0;

	for (guint i = 0; i < m->zones->len; i++) {
		struct zone *z = m->zones->pdata[i];

		if (pfn < z->start_pfn || pfn >= z->end_pfn)
			continue;
		*found = z;
		n++;
	}
	return n;
}

static void write_hole(struct machine *m, struct md *md, guint64 pfn, struct zone *next)
{
	struct zone *z = next;
	int spans = md_count_spans(m, pfn, &z);
	gboolean trap = pfn >= m->trap_pfn && pfn < m->trap_pfn + m->nr_trap;
	int node, zone;
	guint64 misc;

	/* a hole takes node and zone of the memory that follows it */
	if (spans > 1)
		z = next;
	node = trap ? 0 : z->node;
	zone = trap ? 5 : z->type;
	misc = md_misc(m, node, zone, MS_RESERVED, FALSE, 0);
	write_boot_page(m, md, pfn, node, zone,
			trap ? misc : hole_word(m, pfn, spans, misc));
}

/* reserved memory of the workload is written over by its allocation */
static void write_boot_pages(struct machine *m, struct md *md)
{
	guint64 nr = 1ull << (m->recipe->section_shift - m->recipe->page_shift);
	guint64 next = g_array_index(m->ram, struct ram, m->ram->len - 1).start_pfn;

	for (guint64 s = m->max_pfn; s > 0;) {
		s -= nr;
		if (!(m->bits[s] & FB_MAP))
			continue;
		for (guint64 pfn = s + nr; pfn-- > s;) {
			enum md_subtype sub = MS_RESERVED;
			const struct zone *z;

			if (!(m->bits[pfn] & FB_RAM)) {
				write_hole(m, md, pfn, zone_of(m, next));
				continue;
			}
			next = pfn;
			if (m->cls[pfn] == PC_OFFLINE && !(m->bits[pfn] & FB_HEAD))
				sub = MS_OFFLINE;
			else if (m->cls[pfn] != PC_HOLE && m->cls[pfn] != PC_RESERVED &&
				 m->cls[pfn] != PC_KERNEL_IMAGE)
				continue;
			z = zone_of(m, pfn);
			write_boot_page(m, md, pfn, z->node, z->type,
					md_misc(m, z->node, z->type, sub, FALSE, 0));
		}
	}
}

/* a word that some earlier use could have left, the worst the format allows */
static guint64 garbage(struct machine *m, struct md *md, guint64 pfn)
{
	guint64 h = mix64(pfn ^ m->recipe->seed << 16);
	const struct alloc *a = alloc_get(m, h % m->allocs->len);

	switch (h >> 32 & 7) {
	case 0: /* the word of something in use */ return a->word;
	case 1: return (a->word & ~15ull) | (h >> 40 & 15);
	case 2: /* looks like the head of a free block */
		return (h & ~15ull) | md->number[MT_BUDDY];
	case 3: /* looks like a second page */
		return 1ull << 63 | (h >> 40 & 63) << 12 | md->number[MT_BUDDY];
	case 4: return (h & ~15ull) | md->number[MT_HWPOISON];
	case 5: return h & 1 << 20 ? 0 : ~0ull;
	case 6: /* Misc, with bits that must not be */
		return (h & ~15ull) | md->number[MT_MISC];
	default: return h;
	}
}

/* newest 32 bytes: private lies over a link, and only the list states the order */
static gboolean order_in_private(struct machine *m)
{
	return koff(m->kb, "page.private") >= koff(m->kb, "page.buddy_list") + 16;
}

/* all pages of a free block; the first words are overwritten when its list is linked */
static void write_free(struct machine *m, struct md *md, const struct zone *z,
		       guint64 pfn)
{
	guint64 flags = md_top(m, z->node, z->type);

	for (guint64 q = pfn; q < pfn + (1ull << order_of(m, pfn)); q++) {
		if (m->recipe->stale == STALE_HARSH)
			md_put_word(m, q, garbage(m, md, q));
		else if (m->bits[q] & FB_WAS_HEAD)
			md_put_word(m, q, (mix64(q) & ~15ull) | md->number[MT_BUDDY]);
		else if (!md_get_word(m, q))
			md_put_word(m, q,
				    md_misc(m, z->node, z->type, MS_RESERVED, FALSE, 0));
		init_page(m, md, q, flags, 0);
	}
	if (md->size == 32 && m->cls[pfn] == PC_FREE && order_in_private(m))
		put64(page(m, pfn) + koff(m->kb, "page.private"), order_of(m, pfn));
}

static void init_pages(struct machine *m, struct md *md, const struct alloc *a, guint64 flags,
		       gboolean folio)
{
	for (guint64 q = a->pfn; q < a->pfn + (guint64)a->nr_pages; q++) {
		init_page(m, md, q, flags, folio ? 0 : 1);
		if (folio && md->mapcount_off)
			put32(page(m, q) + md->mapcount_off,
			      (a->flags & AF_MAPPED ? a->mapcount : 0) - 1);
	}
}

static void write_alloc(struct machine *m, struct md *md, const struct alloc *a)
{
	const struct zone *z = zone_of(m, a->pfn);
	guint64 flags = md_top(m, z->node, z->type);
	enum md_type t = md_type_of(md, a->word);
	gboolean folio = t == MT_FILE || t == MT_ANON || t == MT_KSM;

	if (a->cls == PC_RESERVED)
		flags |= md->f_reserved;
	if (a->cls == PC_HWPOISON && m->recipe->md_poison != MP_TYPE)
		flags |= md->f_hwpoison;
	md_put_words(m, a);
	if (md->size > (int)sizeof(a->word))
		init_pages(m, md, a, flags, folio);
	if (a->flags & AF_POISON) {
		const guint64 *word = md_poison_word(m, a);

		if (m->recipe->md_poison != MP_TYPE)
			flags |= md->f_hwpoison;
		if (word)
			md_put_word(m, a->poison, *word);
		init_page(m, md, a->poison, flags, 0);
		if (word)
			md_write_poison(m, a, *word);
	}
	if (md_is_pointer(t))
		md_write_descriptor(m, a);
}

/* ---- lists ---- */

struct link {
	guint64 head_pa, head_va;
	const struct zone *zone;
};

/* a link as the PFN variants hold it; NO_PFN is the head */
static guint64 pfn_link(const struct md *md, const struct zone *z, guint32 pfn)
{
	if (md->buddy == MB_PFN_PREV)
		return pfn == NO_PFN ? ~15ull : (guint64)pfn << 4;
	if (pfn == NO_PFN)
		return PFN8_MASK;
	return md->buddy == MB_PFN8_ZONE ? pfn - z->start_pfn : pfn;
}

static guint64 ptr_link(struct machine *m, const struct link *l, guint32 pfn)
{
	return pfn == NO_PFN ? l->head_va & ~15ull : page_va(m, pfn);
}

static guint64 list_link(struct machine *m, const struct md *md, const struct link *l,
			 guint32 pfn)
{
	return pfn == NO_PFN ? l->head_va : page_va(m, pfn) + md->list_off;
}

static void link_page(struct machine *m, const struct md *md, const struct link *l,
		      guint32 pfn, guint32 next, guint32 prev)
{
	guint8 *p = page(m, pfn);
	guint64 type = md->number[MT_BUDDY], order = order_of(m, pfn);

	switch (md->buddy) {
	case MB_PTR_PREV:
		put64(p, ptr_link(m, l, prev) | type);
		put64(p + 8, ptr_link(m, l, next) | order);
		break;
	case MB_PTR_NEXT:
		put64(p, ptr_link(m, l, next) | type);
		put64(p + 8, ptr_link(m, l, prev) | order);
		break;
	case MB_PFN_PREV:
		put64(p, pfn_link(md, l->zone, prev) | type);
		put64(p + 8, pfn_link(md, l->zone, next) | order);
		break;
	case MB_LIST32:
		put64(p + md->list_off, list_link(m, md, l, next));
		put64(p + md->list_off + 8, list_link(m, md, l, prev));
		break;
	default:
		put64(p, type | pfn_link(md, l->zone, next) << 4 |
				 pfn_link(md, l->zone, prev) << 33 |
				 (order ? 0 : 1ull << 62));
		if (order)
			put64(page(m, pfn + 1),
			      type | order << 12 | 1ull << 63 |
				      /* other bits mean nothing */
				      (m->recipe->stale == STALE_HARSH ?
					       mix64(pfn) >> 20 << 18 & ~(1ull << 63) :
					       0));
	}
}

static void link_head(struct machine *m, const struct md *md, const struct link *l,
		      guint32 first, guint32 last)
{
	guint8 *p = image_at(&m->img, l->head_pa);

	switch (md->buddy) {
	case MB_PFN_PREV:
		put64(p, pfn_link(md, l->zone, last));
		put64(p + 8, pfn_link(md, l->zone, first));
		break;
	case MB_PFN8_GLOBAL:
	case MB_PFN8_ZONE:
		put64(p, pfn_link(md, l->zone, first) << 4 | pfn_link(md, l->zone, last)
								     << 33);
		break;
	case MB_LIST32:
		put64(p, list_link(m, md, l, first));
		put64(p + 8, list_link(m, md, l, last));
		break;
	default: /* a list_head without tags */
		put64(p, first == NO_PFN ? l->head_va : page_va(m, first));
		put64(p + 8, last == NO_PFN ? l->head_va : page_va(m, last));
	}
}

static void link_flist(struct machine *m, const struct md *md, const struct link *l,
		       const struct flist *f)
{
	guint32 prev = NO_PFN;

	for (guint32 pfn = f->head; pfn != NO_PFN; pfn = *frame_next(m, pfn)) {
		link_page(m, md, l, pfn, *frame_next(m, pfn), prev);
		prev = pfn;
	}
	link_head(m, md, l, f->head, prev);
}

static void write_zone_lists(struct machine *m, const struct md *md, struct zone *z)
{
	const struct kbuild *kb = m->kb;
	guint64 area = koff(kb, "zone.free_area"), list = koff(kb, "free_area.free_list");
	guint64 stride = ksize(kb, "free_area.free_list[]");
	struct link l = { .zone = z };

	for (int o = 0; o < m->recipe->nr_orders; o++)
		for (int t = 0; t < m->nr_types; t++) {
			l.head_va = z->va + area + o * ksize(kb, "free_area") + list +
				    t * stride;
			l.head_pa = l.head_va - m->page_offset;
			link_flist(m, md, &l, &z->free[o][t]);
		}
	for (int cpu = 0; cpu < m->recipe->cpus; cpu++)
		for (int i = 0; i < m->nr_pcp_lists; i++) {
			l.head_pa = z->pcp[cpu].pages_pa +
				    koff(kb, "per_cpu_pages.lists") + i * stride;
			l.head_va = phys_to_virt(m, l.head_pa);
			link_flist(m, md, &l, &z->pcp[cpu].lists[i]);
		}
	if (khas(kb, "zone.unaccepted_pages")) {
		l.head_va = z->va + koff(kb, "zone.unaccepted_pages");
		l.head_pa = l.head_va - m->page_offset;
		link_flist(m, md, &l, &z->unaccepted);
	}
}

/* @vas are addresses of list_heads, all in the direct map */
static void link_vas(struct machine *m, guint64 head_pa, guint64 head_va,
		     const GArray *vas)
{
	guint64 prev_pa = head_pa, prev_va = head_va;

	for (guint i = 0; vas && i < vas->len; i++) {
		guint64 va = g_array_index(vas, guint64, i);

		image_put(&m->img, prev_pa, va, 8);
		prev_pa = va - m->page_offset;
		image_put(&m->img, prev_pa + 8, prev_va, 8);
		prev_va = va;
	}
	image_put(&m->img, prev_pa, head_va, 8);
	image_put(&m->img, head_pa + 8, prev_va, 8);
}

static void write_other_lists(struct machine *m, struct md *md)
{
	const struct kbuild *kb = m->kb;

	for (int n = 0; n < m->nr_nodes; n++)
		for (int l = 0; l < 5 && m->nodes[n].present; l++) {
			guint64 va = m->nodes[n].pgdat_va +
				     koff(kb, "pglist_data.__lruvec") +
				     koff(kb, "lruvec.lists") + l * 16;

			link_vas(m, va - m->page_offset, va, md->lru[n][l]);
		}
	for (int h = 0; h < 2; h++) {
		guint64 at = h * ksize(kb, "hstate");
		guint64 off = koff(kb, "hstate.hugepage_activelist") + at;

		link_vas(m, symbol_pa(m, "hstates") + off, symbol_va(m, "hstates") + off,
			 md->huge_active[h]);
		for (int n = 0; n < 1 << m->recipe->nodes_shift; n++) {
			off = koff(kb, "hstate.hugepage_freelists") + n * 16 + at;
			link_vas(m, symbol_pa(m, "hstates") + off,
				 symbol_va(m, "hstates") + off,
				 n < MAX_NODES ? md->huge_free[h][n] : NULL);
		}
	}
}

/**
 * md_write:
 *
 * The whole page array, every descriptor and every list that runs through them.
 */
void md_write(struct machine *m)
{
	struct md *md = m->format_data;

	/* made anew by each write */
	for (int n = 0; n < MAX_NODES; n++) {
		for (int l = 0; l < 5; l++)
			g_array_set_size(md->lru[n][l], 0);
		for (int h = 0; h < 2; h++)
			g_array_set_size(md->huge_free[h][n], 0);
	}
	for (int h = 0; h < 2; h++)
		g_array_set_size(md->huge_active[h], 0);
	write_boot_pages(m, md);
	for (guint i = 0; i < m->ram->len; i++) {
		struct ram *r = &g_array_index(m->ram, struct ram, i);

		for (guint64 pfn = r->start_pfn; pfn < r->end_pfn;) {
			guint8 cls = m->cls[pfn];

			if (!(m->bits[pfn] & FB_HEAD)) {
				pfn++;
			} else if (cls == PC_FREE || cls == PC_FREE_PCP ||
				   cls == PC_UNACCEPTED) {
				write_free(m, md, r->zone, pfn);
				pfn += 1ull << order_of(m, pfn);
			} else {
				const struct alloc *a = alloc_of(m, pfn);

				write_alloc(m, md, a);
				pfn += a->nr_pages;
			}
		}
	}
	for (guint i = 0; i < m->zones->len; i++)
		write_zone_lists(m, md, m->zones->pdata[i]);
	write_other_lists(m, md);
}
