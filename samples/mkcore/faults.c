/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Planted faults, as patches of the finished image.  What is not about lists is so in every format; the
 * words of single pages are those of the classic struct page here, of memory descriptors in
 * faults-memdesc.c.
 */
#include "faults.h"

#include <string.h>

#include "classic.h"
#include "faults-private.h"

#define POISON_DELTA 0xdead000000000000ull

/* ---- what faults are made of ---- */

guint64 fault_peek(struct machine *m, const struct fault *f, guint64 pa, int width)
{
	guint64 v = 0;

	for (int i = 0; i < width; i++)
		v |= (guint64)*image_see(&m->img, pa + i) << 8 * (mk_big ? width - 1 - i : i);
	/* what this fault has written already */
	for (guint i = 0; i < f->patches->len; i++) {
		const struct patch *p = &g_array_index(f->patches, struct patch, i);

		if (p->pa == pa && p->width == width)
			v = p->value;
	}
	return v;
}

void fault_poke(struct fault *f, guint64 pa, guint64 value, int width)
{
	struct patch p = { pa, value, width };

	g_array_append_val(f->patches, p);
}

void fault_add(struct machine *m, struct fault *f, guint64 pa, gint64 by, int width)
{
	fault_poke(f, pa, fault_peek(m, f, pa, width) + by, width);
}

static struct classic *classic(struct machine *m)
{
	return m->format_data;
}

static guint64 at(struct machine *m, guint64 pfn, guint32 offset)
{
	return page_pa(m, pfn) + offset;
}

static guint64 zone_pa(struct machine *m, const struct zone *z, const char *member)
{
	return z->va - m->page_offset + koff(m->kb, member);
}

/* ---- free lists ---- */

static guint64 free_head_va(struct machine *m, const struct zone *z, int order, int type)
{
	return z->va + koff(m->kb, "zone.free_area") + order * ksize(m->kb, "free_area") +
	       koff(m->kb, "free_area.free_list") + type * 16;
}

static guint64 nr_free_pa(struct machine *m, const struct zone *z, int order)
{
	return zone_pa(m, z, "zone.free_area") + order * ksize(m->kb, "free_area") +
	       koff(m->kb, "free_area.nr_free");
}

static guint64 pcp_head_pa(struct machine *m, const struct zone *z, int cpu, int list)
{
	return z->pcp[cpu].pages_pa + koff(m->kb, "per_cpu_pages.lists") + list * 16;
}

/* address of the list_head of a page, of which page_pa is known */
static guint64 node_va(struct machine *m, guint32 pfn)
{
	return page_va(m, pfn) + classic(m)->off.lru;
}

static guint64 node_pa(struct machine *m, guint64 va)
{
	guint64 offset = va - m->vmemmap;

	/* of a page, or of a list's head in the direct map */
	if (va >= m->vmemmap && offset / m->page_size_struct < m->max_pfn)
		return page_pa(m, offset / m->page_size_struct) + offset % m->page_size_struct;
	return va - m->page_offset;
}

static void unlink_page(struct machine *m, struct fault *f, guint32 pfn)
{
	guint64 pa = node_pa(m, node_va(m, pfn));
	guint64 next = fault_peek(m, f, pa, 8), prev = fault_peek(m, f, pa + 8, 8);

	fault_poke(f, node_pa(m, prev), next, 8);
	fault_poke(f, node_pa(m, next) + 8, prev, 8);
}

static void link_page(struct machine *m, struct fault *f, guint32 pfn, guint64 head_va)
{
	guint64 va = node_va(m, pfn), pa = node_pa(m, va), head = node_pa(m, head_va);
	guint64 last = fault_peek(m, f, head + 8, 8);

	fault_poke(f, pa, head_va, 8);
	fault_poke(f, pa + 8, last, 8);
	fault_poke(f, node_pa(m, last), va, 8);
	fault_poke(f, head + 8, va, 8);
}

gboolean fault_pick_free(struct machine *m, int min_order, int max_order, guint64 min_len,
			 struct picked *p)
{
	for (guint i = 0; i < m->zones->len; i++)
		for (int o = min_order; o <= MIN(max_order, m->recipe->nr_orders - 1); o++)
			for (int t = 0; t < 3; t++) {
				struct zone *z = m->zones->pdata[i];
				guint32 pfn = z->free[o][t].head;

				if (z->free[o][t].nr < min_len)
					continue;
				for (guint64 n = z->free[o][t].nr / 2; n; n--)
					pfn = *frame_next(m, pfn);
				*p = (struct picked){ z, o, t, pfn };
				return TRUE;
			}
	return FALSE;
}

gboolean fault_pick_pcp(struct machine *m, guint64 min_len, struct picked *p)
{
	for (guint i = 0; i < m->zones->len; i++)
		for (int cpu = 0; cpu < m->recipe->cpus; cpu++)
			for (int l = 0; l < 3; l++) {
				struct zone *z = m->zones->pdata[i];
				struct flist *list = &z->pcp[cpu].lists[l];
				guint32 pfn = list->head;

				if (list->nr < min_len)
					continue;
				for (guint64 n = list->nr / 2; n; n--)
					pfn = *frame_next(m, pfn);
				*p = (struct picked){ z, 0, l, pfn, cpu };
				return TRUE;
			}
	return FALSE;
}

/* an allocation of class @cls and at least 2^@min_order pages, compound if @compound */
struct alloc *fault_pick_alloc(struct machine *m, int cls, int min_order, int max_order,
			       guint flags, guint without)
{
	for (guint i = 0; i < m->allocs->len; i++) {
		struct alloc *a = alloc_get(m, i);

		if (a->cls == cls && a->order >= min_order && a->order <= max_order &&
		    (a->flags & flags) == flags && !(a->flags & without) &&
		    m->cls[a->pfn] == cls)
			return a;
	}
	return NULL;
}

static gboolean in_use(struct machine *m, guint64 pfn)
{
	return pfn < m->max_pfn && m->bits[pfn] & FB_RAM && m->cls[pfn] != PC_FREE &&
	       m->cls[pfn] != PC_FREE_PCP && m->cls[pfn] != PC_UNACCEPTED &&
	       m->cls[pfn] != PC_HOLE;
}

/* a page that is on no list and knows nothing of one */
static guint64 stranger_va(struct machine *m)
{
	const struct alloc *a = fault_pick_alloc(m, PC_PAGE_TABLE, 0, 0, 0, 0);

	return a ? node_va(m, a->pfn) : 0;
}

#define NEED(condition) \
	do { \
		if (!(condition)) \
			return FALSE; \
	} while (0)

static gboolean spoil_link(struct machine *m, struct fault *f, gboolean pcp, guint64 value)
{
	struct picked p;

	NEED(value && (pcp ? fault_pick_pcp(m, 3, &p) : fault_pick_free(m, 0, 3, 3, &p)));
	f->pfn = p.pfn;
	fault_poke(f, at(m, p.pfn, classic(m)->off.lru), value, 8);
	return TRUE;
}

static gboolean buddy_link_symmetry(struct machine *m, struct fault *f)
{
	return spoil_link(m, f, FALSE, stranger_va(m));
}

static gboolean buddy_link_poison(struct machine *m, struct fault *f)
{
	return spoil_link(m, f, FALSE, POISON_DELTA + 0x100);
}

static gboolean buddy_link_target(struct machine *m, struct fault *f)
{
	return spoil_link(m, f, FALSE, phys_to_virt(m, 0x123458));
}

static gboolean pcp_link_symmetry(struct machine *m, struct fault *f)
{
	return spoil_link(m, f, TRUE, stranger_va(m));
}

static gboolean pcp_link_poison(struct machine *m, struct fault *f)
{
	return spoil_link(m, f, TRUE, POISON_DELTA + 0x100);
}

static gboolean pcp_link_target(struct machine *m, struct fault *f)
{
	return spoil_link(m, f, TRUE, phys_to_virt(m, 0x123458));
}

/* a single page of odd number, whose neighbour is in use, on the list of order 1 */
static gboolean buddy_alignment(struct machine *m, struct fault *f)
{
	for (guint i = 0; i < m->zones->len; i++)
		for (int t = 0; t < 3; t++) {
			struct zone *z = m->zones->pdata[i];

			for (guint32 pfn = z->free[0][t].head; pfn != NO_PFN; pfn = *frame_next(m, pfn)) {
				if (!(pfn & 1) || !in_use(m, pfn + 1))
					continue;
				f->pfn = pfn;
				unlink_page(m, f, pfn);
				link_page(m, f, pfn, free_head_va(m, z, 1, t));
				fault_poke(f, at(m, pfn, classic(m)->off.private), 1, 8);
				fault_add(m, f, nr_free_pa(m, z, 0), -1, 8);
				fault_add(m, f, nr_free_pa(m, z, 1), 1, 8);
				return TRUE;
			}
		}
	return FALSE;
}

static gboolean buddy_type(struct machine *m, struct fault *f)
{
	struct picked p;

	NEED(fault_pick_free(m, 0, 0, 1, &p));
	f->pfn = p.pfn;
	fault_poke(f, at(m, p.pfn, classic(m)->off.mapcount), 0xffffffff, 4);
	return TRUE;
}

static gboolean buddy_order(struct machine *m, struct fault *f)
{
	struct picked p;

	NEED(fault_pick_free(m, 2, 6, 1, &p));
	f->pfn = p.pfn;
	fault_poke(f, at(m, p.pfn, classic(m)->off.private), p.order - 1, 8);
	return TRUE;
}

static gboolean buddy_head_state(struct machine *m, struct fault *f)
{
	struct picked p;

	NEED(fault_pick_free(m, 0, 9, 1, &p));
	f->pfn = p.pfn;
	fault_poke(f, at(m, p.pfn, classic(m)->off.refcount), 1, 4);
	return TRUE;
}

static gboolean buddy_interior_state(struct machine *m, struct fault *f)
{
	struct picked p;

	NEED(fault_pick_free(m, 2, 9, 1, &p));
	f->pfn = p.pfn + 3;
	fault_poke(f, at(m, f->pfn, classic(m)->off.refcount), 1, 4);
	return TRUE;
}

/* a later page of a block is on the list of single pages, too */
static gboolean buddy_overlap(struct machine *m, struct fault *f)
{
	struct picked p;

	NEED(fault_pick_free(m, 2, 9, 1, &p));
	f->pfn = p.pfn;
	fault_poke(f, at(m, p.pfn + 1, classic(m)->off.mapcount), classic(m)->types.word[PT_BUDDY],
		   4);
	fault_poke(f, at(m, p.pfn + 1, classic(m)->off.private), 0, 8);
	link_page(m, f, p.pfn + 1, free_head_va(m, p.zone, 0, p.list));
	fault_add(m, f, nr_free_pa(m, p.zone, 0), 1, 8);
	return TRUE;
}

/* a block split in two that both stay free */
static gboolean buddy_unmerged(struct machine *m, struct fault *f)
{
	struct picked p;
	guint64 head;

	NEED(fault_pick_free(m, 1, m->recipe->pageblock_order - 1, 1, &p));
	f->pfn = p.pfn;
	head = free_head_va(m, p.zone, p.order - 1, p.list);
	unlink_page(m, f, p.pfn);
	for (int i = 0; i < 2; i++) {
		guint32 pfn = p.pfn + (i << (p.order - 1));

		fault_poke(f, at(m, pfn, classic(m)->off.mapcount),
			   classic(m)->types.word[PT_BUDDY], 4);
		fault_poke(f, at(m, pfn, classic(m)->off.private), p.order - 1, 8);
		link_page(m, f, pfn, head);
	}
	fault_add(m, f, nr_free_pa(m, p.zone, p.order), -1, 8);
	fault_add(m, f, nr_free_pa(m, p.zone, p.order - 1), 2, 8);
	return TRUE;
}

static gboolean buddy_nr_free(struct machine *m, struct fault *f)
{
	struct picked p;

	NEED(fault_pick_free(m, 0, 9, 1, &p));
	fault_add(m, f, nr_free_pa(m, p.zone, p.order), 1, 8);
	return TRUE;
}

/* a free block on the list of another zone */
static gboolean buddy_zone(struct machine *m, struct fault *f)
{
	const struct zone *other;
	struct picked p;

	NEED(fault_pick_free(m, 0, 6, 1, &p) && m->zones->len > 1);
	other = m->zones->pdata[p.zone == m->zones->pdata[0] ? 1 : 0];
	f->pfn = p.pfn;
	unlink_page(m, f, p.pfn);
	link_page(m, f, p.pfn, free_head_va(m, other, p.order, p.list));
	fault_add(m, f, nr_free_pa(m, p.zone, p.order), -1, 8);
	fault_add(m, f, nr_free_pa(m, other, p.order), 1, 8);
	return TRUE;
}

static gboolean buddy_migratetype(struct machine *m, struct fault *f)
{
	struct picked p;

	NEED(fault_pick_free(m, 0, 6, 1, &p));
	f->pfn = p.pfn;
	unlink_page(m, f, p.pfn);
	link_page(m, f, p.pfn, free_head_va(m, p.zone, p.order, p.list == 0 ? 2 : 0));
	return TRUE;
}

static gboolean buddy_unlisted(struct machine *m, struct fault *f)
{
	struct picked p;

	NEED(fault_pick_free(m, 0, 6, 1, &p));
	f->pfn = p.pfn;
	unlink_page(m, f, p.pfn);
	fault_add(m, f, nr_free_pa(m, p.zone, p.order), -1, 8);
	return TRUE;
}

/* ---- per-cpu lists ---- */

static gboolean pcp_count(struct machine *m, struct fault *f)
{
	struct picked p;

	NEED(fault_pick_pcp(m, 1, &p));
	fault_add(m, f, p.zone->pcp[p.cpu].pages_pa + koff(m->kb, "per_cpu_pages.count"), 1, 4);
	return TRUE;
}

static gboolean pcp_state(struct machine *m, struct fault *f)
{
	struct picked p;

	NEED(fault_pick_pcp(m, 1, &p));
	f->pfn = p.pfn;
	fault_poke(f, at(m, p.pfn, classic(m)->off.refcount), 1, 4);
	return TRUE;
}

static gboolean pcp_zone(struct machine *m, struct fault *f)
{
	const struct zone *other;
	struct picked p;
	guint64 count = koff(m->kb, "per_cpu_pages.count");

	NEED(fault_pick_pcp(m, 1, &p) && m->zones->len > 1);
	other = m->zones->pdata[p.zone == m->zones->pdata[0] ? 1 : 0];
	f->pfn = p.pfn;
	unlink_page(m, f, p.pfn);
	link_page(m, f, p.pfn, phys_to_virt(m, pcp_head_pa(m, other, p.cpu, p.list)));
	fault_add(m, f, p.zone->pcp[p.cpu].pages_pa + count, -1, 4);
	fault_add(m, f, other->pcp[p.cpu].pages_pa + count, 1, 4);
	return TRUE;
}

/* a later page of a free block on a per-cpu list */
static gboolean pcp_overlap(struct machine *m, struct fault *f)
{
	struct picked p;

	NEED(fault_pick_free(m, 2, 9, 1, &p));
	f->pfn = p.pfn + 1;
	link_page(m, f, f->pfn, phys_to_virt(m, pcp_head_pa(m, p.zone, 0, 0)));
	return TRUE;
}

/* a page of odd number, whose neighbour is in use, on the list of pairs */
static gboolean pcp_alignment(struct machine *m, struct fault *f)
{
	for (guint i = 0; i < m->zones->len; i++)
		for (int cpu = 0; cpu < m->recipe->cpus; cpu++) {
			struct zone *z = m->zones->pdata[i];

			for (guint32 pfn = z->pcp[cpu].lists[0].head; pfn != NO_PFN;
			     pfn = *frame_next(m, pfn)) {
				if (!(pfn & 1) || !in_use(m, pfn + 1))
					continue;
				f->pfn = pfn;
				unlink_page(m, f, pfn);
				link_page(m, f, pfn,
					  phys_to_virt(m, pcp_head_pa(m, z, cpu, 3)));
				fault_add(m, f, z->pcp[cpu].pages_pa +
					  koff(m->kb, "per_cpu_pages.count"), 1, 4);
				return TRUE;
			}
		}
	return FALSE;
}

/* ---- counters ---- */

static gboolean spoil_stat(struct machine *m, struct fault *f, const char *item)
{
	struct picked p;

	NEED(khas(m->kb, item) && fault_pick_free(m, 0, 9, 1, &p));
	fault_add(m, f, zone_pa(m, p.zone, "zone.vm_stat") + koff(m->kb, item) * 8, 64, 8);
	return TRUE;
}

static gboolean zone_free_pages(struct machine *m, struct fault *f)
{
	return spoil_stat(m, f, "NR_FREE_PAGES");
}

static gboolean zone_free_cma(struct machine *m, struct fault *f)
{
	return spoil_stat(m, f, "NR_FREE_CMA_PAGES");
}

static gboolean zone_free_blocks(struct machine *m, struct fault *f)
{
	return spoil_stat(m, f, "NR_FREE_PAGES_BLOCKS");
}

static gboolean zone_unaccepted(struct machine *m, struct fault *f)
{
	NEED(khas(m->kb, "zone.unaccepted_pages"));
	return spoil_stat(m, f, "NR_UNACCEPTED");
}

static gboolean zone_sizes(struct machine *m, struct fault *f)
{
	const struct zone *z = m->zones->pdata[0];

	fault_poke(f, zone_pa(m, z, "zone.present_pages"), z->end_pfn - z->start_pfn + 1, 8);
	return TRUE;
}

static gboolean zone_counters(struct machine *m, struct fault *f)
{
	const struct zone *z = m->zones->pdata[0];
	guint64 pgdat = m->nodes[z->node].pgdat_va - m->page_offset;

	fault_add(m, f, pgdat + koff(m->kb, "pglist_data.vm_stat") + koff(m->kb, "NR_PAGETABLE") * 8,
		  10000, 8);
	return TRUE;
}

/* ---- single pages ---- */

static gboolean page_zone(struct machine *m, struct fault *f)
{
	const struct alloc *a = fault_pick_alloc(m, PC_KERNEL_OTHER, 0, 0, 0, 0);
	int shift = 64 - m->recipe->nodes_shift - 3;

	NEED(a);
	f->pfn = a->pfn;
	fault_poke(f, at(m, a->pfn, classic(m)->off.flags),
		   fault_peek(m, f, at(m, a->pfn, classic(m)->off.flags), 8) ^ 7ull << shift, 8);
	return TRUE;
}

static gboolean page_type(struct machine *m, struct fault *f)
{
	const struct alloc *a = fault_pick_alloc(m, PC_PAGE_TABLE, 0, 0, 0, 0);

	NEED(a && m->recipe->scheme == SCHEME_BYTE);
	f->pfn = a->pfn;
	fault_poke(f, at(m, a->pfn, classic(m)->off.mapcount), 0xee000000, 4);
	return TRUE;
}

static gboolean page_type_bits(struct machine *m, struct fault *f)
{
	const struct alloc *a = fault_pick_alloc(m, PC_PAGE_TABLE, 0, 0, 0, 0);
	guint64 word;

	NEED(a);
	f->pfn = a->pfn;
	word = fault_peek(m, f, at(m, a->pfn, classic(m)->off.mapcount), 4);
	fault_poke(f, at(m, a->pfn, classic(m)->off.mapcount), word ^ 2, 4);
	return TRUE;
}

static gboolean page_mapcount(struct machine *m, struct fault *f)
{
	const struct alloc *a = fault_pick_alloc(m, PC_ANON, 0, 0, AF_MAPPED, AF_POISON);

	NEED(a);
	f->pfn = a->pfn;
	fault_poke(f, at(m, a->pfn, classic(m)->off.mapcount), 0xfffffffe, 4);
	return TRUE;
}

static gboolean page_refcount(struct machine *m, struct fault *f)
{
	const struct alloc *a = fault_pick_alloc(m, PC_FILE, 0, 0, AF_MAPPED, AF_POISON);

	NEED(a);
	f->pfn = a->pfn;
	fault_poke(f, at(m, a->pfn, classic(m)->off.refcount), a->mapcount, 4);
	return TRUE;
}

static gboolean page_references(struct machine *m, struct fault *f)
{
	const struct alloc *a = fault_pick_alloc(m, PC_ANON, 0, 0, AF_MAPPED, AF_POISON);

	NEED(a);
	f->pfn = a->pfn;
	fault_add(m, f, at(m, a->pfn, classic(m)->off.refcount), 5, 4);
	return TRUE;
}

/* a compound page of at least 16 pages with nothing special about it */
static const struct alloc *pick_compound(struct machine *m)
{
	static const int classes[] = { PC_SLAB, PC_ANON, PC_FILE, PC_KERNEL_OTHER };

	for (guint i = 0; i < G_N_ELEMENTS(classes); i++) {
		const struct alloc *a = fault_pick_alloc(m, classes[i], 3, 9, AF_COMPOUND,
							 AF_HVO | AF_POISON);

		if (a)
			return a;
	}
	return NULL;
}

static gboolean compound_tail_head(struct machine *m, struct fault *f)
{
	const struct alloc *a = pick_compound(m);

	NEED(a);
	f->pfn = a->pfn + 5;
	fault_poke(f, at(m, f->pfn, classic(m)->off.compound), page_va(m, a->pfn + 64) | 1, 8);
	return TRUE;
}

static gboolean compound_orphan_tail(struct machine *m, struct fault *f)
{
	const struct alloc *a = fault_pick_alloc(m, PC_KERNEL_OTHER, 0, 0, 0, AF_COMPOUND);

	NEED(a);
	f->pfn = a->pfn;
	fault_poke(f, at(m, f->pfn, classic(m)->off.refcount), 0, 4);
	fault_poke(f, at(m, f->pfn, classic(m)->off.mapping), POISON_DELTA + 0x400, 8);
	fault_poke(f, at(m, f->pfn, classic(m)->off.compound), page_va(m, a->pfn & ~15u) | 1, 8);
	return TRUE;
}

static guint64 order_pa(struct machine *m, const struct alloc *a)
{
	if (m->recipe->compound == COMPOUND_DTOR)
		return at(m, a->pfn + 1, koff(m->kb, "page.compound_order"));
	if (m->recipe->compound == COMPOUND_FOLIO_DTOR)
		return at(m, a->pfn, koff(m->kb, "folio._folio_order"));
	return at(m, a->pfn + 1, classic(m)->off.flags) + (mk_big ? 7 : 0);
}

/* more pages than it has: the next one begins where tails should be */
static gboolean compound_tails(struct machine *m, struct fault *f)
{
	for (guint i = 0; i < m->allocs->len; i++) {
		const struct alloc *a = alloc_get(m, i);

		if (a->cls == PC_FREE || !(a->flags & AF_COMPOUND) || a->flags & (AF_HVO | AF_POISON) ||
		    a->order < 1 || a->order > 8 || a->pfn & ((2u << a->order) - 1) ||
		    a->cls == PC_HUGETLB || m->cls[a->pfn] != a->cls)
			continue;
		f->pfn = a->pfn;
		fault_poke(f, order_pa(m, a), a->order + 1, 1);
		return TRUE;
	}
	return FALSE;
}

static gboolean compound_order(struct machine *m, struct fault *f)
{
	const struct alloc *a = pick_compound(m);

	NEED(a);
	f->pfn = a->pfn;
	fault_poke(f, order_pa(m, a), 0x3f, 1);
	return TRUE;
}

static gboolean compound_tail_state(struct machine *m, struct fault *f)
{
	const struct alloc *a = pick_compound(m);

	NEED(a);
	f->pfn = a->pfn + 4;
	fault_poke(f, at(m, f->pfn, classic(m)->off.refcount), 1, 4);
	return TRUE;
}

static gboolean compound_tail_mapping(struct machine *m, struct fault *f)
{
	const struct alloc *a = pick_compound(m);

	NEED(a);
	f->pfn = a->pfn + 6;
	fault_poke(f, at(m, f->pfn, classic(m)->off.mapping), 0, 8);
	return TRUE;
}

/* one mapping fewer than its pages have */
static gboolean compound_mapcounts(struct machine *m, struct fault *f)
{
	const struct alloc *a = fault_pick_alloc(m, PC_FILE, 2, 8, AF_COMPOUND | AF_MAPPED,
						 AF_POISON | AF_PMD_MAPPED);

	NEED(a && khas(m->kb, "folio._large_mapcount"));
	f->pfn = a->pfn;
	fault_add(m, f, at(m, a->pfn, koff(m->kb, "folio._large_mapcount")), -1, 4);
	return TRUE;
}

static gboolean table_refcount(struct machine *m, struct fault *f)
{
	const struct alloc *a = fault_pick_alloc(m, PC_PAGE_TABLE, 0, 0, 0, 0);

	NEED(a);
	f->pfn = a->pfn;
	fault_poke(f, at(m, a->pfn, classic(m)->off.refcount), 0, 4);
	return TRUE;
}

static gboolean hwpoison_free(struct machine *m, struct fault *f)
{
	struct picked p;

	NEED(fault_pick_free(m, 1, 9, 1, &p) && classic(m)->f_hwpoison);
	f->pfn = p.pfn + 1;
	fault_poke(f, at(m, f->pfn, classic(m)->off.flags),
		   fault_peek(m, f, at(m, f->pfn, classic(m)->off.flags), 8) |
		   classic(m)->f_hwpoison, 8);
	return TRUE;
}

static gboolean reserved_refcount(struct machine *m, struct fault *f)
{
	const struct alloc *a = fault_pick_alloc(m, PC_RESERVED, 0, 9, 0, 0);

	NEED(a);
	f->pfn = a->pfn;
	fault_poke(f, at(m, f->pfn, classic(m)->off.refcount), 0, 4);
	return TRUE;
}

static gboolean reserved_listed(struct machine *m, struct fault *f)
{
	struct picked p;

	NEED(fault_pick_free(m, 0, 9, 1, &p));
	f->pfn = p.pfn;
	fault_poke(f, at(m, f->pfn, classic(m)->off.flags),
		   fault_peek(m, f, at(m, f->pfn, classic(m)->off.flags), 8) |
		   classic(m)->f_reserved, 8);
	return TRUE;
}

static gboolean guard_list(struct machine *m, struct fault *f)
{
	const struct alloc *a = fault_pick_alloc(m, PC_GUARD, 0, 9, 0, 0);

	NEED(a);
	f->pfn = a->pfn;
	fault_poke(f, at(m, f->pfn, classic(m)->off.lru), stranger_va(m), 8);
	return TRUE;
}

static gboolean guard_order(struct machine *m, struct fault *f)
{
	const struct alloc *a = fault_pick_alloc(m, PC_GUARD, 0, 9, 0, 0);

	NEED(a);
	f->pfn = a->pfn;
	fault_poke(f, at(m, f->pfn, classic(m)->off.private), 100, 8);
	return TRUE;
}

/* ---- sections ---- */

static guint64 section_pa(struct machine *m, guint64 number)
{
	guint64 per_root = PAGE_SIZE_OF(m) / ksize(m->kb, "mem_section");
	guint64 roots = get64(image_see(&m->img, symbol_pa(m, "mem_section"))) - m->page_offset;
	guint64 root = get64(image_see(&m->img, roots + number / per_root * 8)) - m->page_offset;

	return root + number % per_root * ksize(m->kb, "mem_section");
}

static guint64 last_section(struct machine *m)
{
	return section_pa(m, (m->max_pfn - 1) >>
			     (m->recipe->section_shift - m->recipe->page_shift));
}

static gboolean section_map(struct machine *m, struct fault *f)
{
	NEED(!mk_big);
	fault_add(m, f, last_section(m) + koff(m->kb, "mem_section.section_mem_map"), 1 << 21, 8);
	return TRUE;
}

static gboolean section_flags(struct machine *m, struct fault *f)
{
	guint64 pa = last_section(m) + koff(m->kb, "mem_section.section_mem_map");

	NEED(!mk_big);
	fault_poke(f, pa, fault_peek(m, f, pa, 8) & ~1ull, 8);
	return TRUE;
}

static gboolean section_usage(struct machine *m, struct fault *f)
{
	NEED(!mk_big);
	fault_poke(f, last_section(m) + koff(m->kb, "mem_section.usage"), 0, 8);
	return TRUE;
}

/* ---- all of them ---- */

static const struct {
	const char *name;
	gboolean (*make)(struct machine *m, struct fault *f);
} classic_faults[] = {
	{ "buddy.link-symmetry", buddy_link_symmetry },
	{ "buddy.link-poison", buddy_link_poison },
	{ "buddy.link-target", buddy_link_target },
	{ "buddy.alignment", buddy_alignment },
	{ "buddy.type", buddy_type },
	{ "buddy.order", buddy_order },
	{ "buddy.head-state", buddy_head_state },
	{ "buddy.interior-state", buddy_interior_state },
	{ "buddy.overlap", buddy_overlap },
	{ "buddy.unmerged", buddy_unmerged },
	{ "buddy.nr-free", buddy_nr_free },
	{ "buddy.zone", buddy_zone },
	{ "buddy.migratetype", buddy_migratetype },
	{ "buddy.unlisted", buddy_unlisted },
	{ "pcp.link-symmetry", pcp_link_symmetry },
	{ "pcp.link-poison", pcp_link_poison },
	{ "pcp.link-target", pcp_link_target },
	{ "pcp.count", pcp_count },
	{ "pcp.state", pcp_state },
	{ "pcp.zone", pcp_zone },
	{ "pcp.overlap", pcp_overlap },
	{ "pcp.alignment", pcp_alignment },
	{ "zone.free-pages", zone_free_pages },
	{ "zone.free-cma", zone_free_cma },
	{ "zone.free-blocks", zone_free_blocks },
	{ "zone.unaccepted", zone_unaccepted },
	{ "zone.sizes", zone_sizes },
	{ "zone.counters", zone_counters },
	{ "section.map", section_map },
	{ "section.flags", section_flags },
	{ "section.usage", section_usage },
	{ "page.zone", page_zone },
	{ "page.type", page_type },
	{ "page.type-bits", page_type_bits },
	{ "page.mapcount", page_mapcount },
	{ "page.refcount", page_refcount },
	{ "page.references", page_references },
	{ "compound.tail-head", compound_tail_head },
	{ "compound.orphan-tail", compound_orphan_tail },
	{ "compound.tails", compound_tails },
	{ "compound.order", compound_order },
	{ "compound.tail-state", compound_tail_state },
	{ "compound.tail-mapping", compound_tail_mapping },
	{ "compound.mapcounts", compound_mapcounts },
	{ "table.refcount", table_refcount },
	{ "hwpoison.free", hwpoison_free },
	{ "reserved.refcount", reserved_refcount },
	{ "reserved.listed", reserved_listed },
	{ "guard.list", guard_list },
	{ "guard.order", guard_order },
};

void fault_free(struct fault *f)
{
	if (!f)
		return;
	g_array_unref(f->patches);
	g_free(f);
}

static struct fault *make(struct machine *m, const char *name,
			  gboolean (*how)(struct machine *m, struct fault *f))
{
	struct fault *f = g_new0(struct fault, 1);

	f->name = name;
	f->pfn = NO_PFN;
	f->patches = g_array_new(FALSE, FALSE, sizeof(struct patch));
	if (how(m, f))
		return f;
	fault_free(f);
	return NULL;
}

struct fault *fault_make(struct machine *m, const char *name, GError **error)
{
	gboolean is_classic = !g_str_has_prefix(m->recipe->page_format, "memdesc");
	struct fault *f = NULL;
	gboolean known = FALSE;

	for (guint i = 0; i < G_N_ELEMENTS(classic_faults); i++)
		if (!strcmp(classic_faults[i].name, name)) {
			known = TRUE;
			f = is_classic ? make(m, name, classic_faults[i].make) : NULL;
		}
	for (guint i = 0; memdesc_faults[i].name; i++)
		if (!strcmp(memdesc_faults[i].name, name)) {
			known = TRUE;
			f = is_classic ? f : make(m, name, memdesc_faults[i].make);
		}
	for (guint i = 0; graph_faults[i].name; i++)
		if (!strcmp(graph_faults[i].name, name)) {
			known = TRUE;
			f = make(m, name, graph_faults[i].make);
		}
	if (!f)
		g_set_error(error, MK_ERROR, MK_ERROR_RECIPE, known ?
			    "fault %s: this machine has nothing that could be broken so" :
			    "fault %s: there is no such fault", name);
	return f;
}

void fault_plant(struct machine *m, const struct fault *f)
{
	for (guint i = 0; i < f->patches->len; i++) {
		const struct patch *p = &g_array_index(f->patches, struct patch, i);

		image_put(&m->img, p->pa, p->value, p->width);
	}
}

static void list(struct machine *m, const char *name, FILE *out)
{
	struct fault *f = fault_make(m, name, NULL);

	for (guint i = 0; f && i < f->patches->len; i++) {
		const struct patch *p = &g_array_index(f->patches, struct patch, i);
		g_autofree char *pfn = f->pfn == NO_PFN ? g_strdup("-") :
				       g_strdup_printf("%" G_GUINT64_FORMAT, f->pfn);

		fprintf(out, "%s\t%s\t%" G_GUINT64_FORMAT "\t%d\t%" G_GUINT64_FORMAT "\n", name, pfn,
			p->pa, p->width, p->value);
	}
	fault_free(f);
}

void faults_list(struct machine *m, FILE *out)
{
	for (guint i = 0; i < G_N_ELEMENTS(classic_faults); i++)
		list(m, classic_faults[i].name, out);
	for (guint i = 0; memdesc_faults[i].name; i++)
		list(m, memdesc_faults[i].name, out);
	for (guint i = 0; graph_faults[i].name; i++)
		list(m, graph_faults[i].name, out);
}
