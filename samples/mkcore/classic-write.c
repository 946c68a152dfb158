/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The classic page array, frame by frame: first what boot left, then each free block and
 * each allocation with its tails, then the lists that link them.
 */
#include <string.h>

#include "classic.h"

#define LIST_POISON1 0xdead000000000100ull
#define LIST_POISON2 0xdead000000000122ull
#define TAIL_MAPPING 0xdead000000000400ull
#define PP_SIGNATURE 0xdead000000000040ull
#define MAGIC_HWPOISON 0x48575053		/* "HWPS" */
#define NO_TYPE 0xffffffffu
#define ENTIRELY_MAPPED 0x800000		/* mm/internal.h */

static guint8 *page(struct machine *m, guint64 pfn)
{
	return image_at(&m->img, page_pa(m, pfn));
}

/* node, zone and last_cpupid on top of the word, as set_page_links() leaves them */
static guint64 links(struct machine *m, int node, int zone)
{
	int node_shift = 64 - m->recipe->nodes_shift, zone_shift = node_shift - 3;
	guint64 f = (guint64)node << node_shift | (guint64)zone << zone_shift;

	if (m->recipe->last_cpupid) {
		int width = 8 + log2_u64(m->recipe->nr_cpus * 2 - 1);

		f |= ((1ull << width) - 1) << (zone_shift - width);
	}
	return f;
}

static guint64 zone_links(struct machine *m, const struct zone *z)
{
	return links(m, z->node, z->type);
}

/* every word of a struct page that nothing else sets */
static guint8 *init_page(struct machine *m, struct classic *c, guint64 pfn, guint64 flags,
			 guint32 type, guint32 refcount)
{
	guint8 *p = page(m, pfn);
	guint64 self = page_va(m, pfn) + c->off.lru;

	memset(p, 0, m->page_size_struct);
	put64(p + c->off.flags, flags);
	put64(p + c->off.lru, self);
	put64(p + c->off.lru + 8, self);
	put32(p + c->off.mapcount, type);
	put32(p + c->off.refcount, refcount);
	return p;
}

static void set_bits(guint8 *p, guint32 off, guint64 bits)
{
	put64(p + off, get64(p + off) | bits);
}

/* words that an earlier life left in a page inside a free block */
static void leave_stale(struct machine *m, struct classic *c, guint64 pfn)
{
	guint8 *p = page(m, pfn), bits = m->bits[pfn];
	guint64 h = mix64(pfn ^ m->recipe->seed << 20);

	if (!(bits & FB_WAS_USED) && m->recipe->stale == STALE_REAL)
		return;
	put64(p + c->off.index, h % 4 ? h % 100000 : 0x55aa00000ull + h % 4096);
	if (bits & FB_WAS_HEAD) {
		put64(p + c->off.lru, LIST_POISON1);
		put64(p + c->off.lru + 8, LIST_POISON2);
	} else if (h % 3) {
		put64(p + c->off.lru, page_va(m, pfn ^ 1) + c->off.lru);
		put64(p + c->off.lru + 8, LIST_POISON2);
	}
	if (bits & FB_WAS_TAIL)
		put64(p + c->off.compound, 0);
	if (bits & FB_PRIVATE)
		put64(p + c->off.private, phys_to_virt(m, h % m->max_pfn << m->recipe->page_shift | 0x340));
	if (m->recipe->stale != STALE_HARSH)
		return;
	/* not mapping and memcg_data: the allocator takes no page that has them */
	put64(p + c->off.private, h);
	put64(p + c->off.lru, (h << 8) & ~1ull);
	put64(p + c->off.lru + 8, (h << 16) & ~1ull);
	put64(p + c->off.compound, page_va(m, h % m->max_pfn));
}

/* the block of a free list, per-cpu list or unaccepted list; links come with the list */
static void write_free(struct machine *m, struct classic *c, const struct zone *z,
		       guint64 pfn)
{
	int order = order_of(m, pfn);
	guint64 flags = zone_links(m, z);
	guint32 type = NO_TYPE;
	guint8 *p;

	if (m->cls[pfn] == PC_FREE)
		type = c->types.word[PT_BUDDY];
	else if (m->cls[pfn] == PC_UNACCEPTED && m->recipe->scheme == SCHEME_BYTE)
		type = c->types.word[PT_UNACCEPTED];
	for (guint64 q = pfn + 1; q < pfn + (1ull << order); q++) {
		init_page(m, c, q, flags, NO_TYPE, 0);
		leave_stale(m, c, q);
	}
	p = init_page(m, c, pfn, flags, type, 0);
	if (m->cls[pfn] == PC_FREE) {
		put64(p + c->off.private, order);
		if (order >= m->recipe->pageblock_order && mix64(pfn) % 16 == 0)
			set_bits(p, c->off.flags, c->f_reported);
	} else if (m->cls[pfn] == PC_FREE_PCP) {
		/* up to 6.2 index held the migratetype */
		put64(p + c->off.index, m->recipe->compound == COMPOUND_DTOR ?
		      (guint64)block_type(m, pfn) : mix64(pfn) % 4096);
	}
}

/* order, counts and flags in the second page; K_COMPOUND decides where */
static void write_second(struct machine *m, struct classic *c, const struct alloc *a,
			 guint8 dtor, int total_maps, int entire_maps)
{
	const struct kbuild *kb = m->kb;
	guint8 *h = page(m, a->pfn), *s = page(m, a->pfn + 1);
	guint32 nr = 1u << a->order;
	gboolean by_page = a->flags & AF_MAPPED && !(a->flags & AF_PMD_MAPPED);
	guint64 word = get64(s + c->off.compound), second = 0;

	/* all words of the union are someone's; only the compound word is kept */
	for (int i = 0; i < 5; i++)
		put64(s + MIN(MIN(c->off.lru, c->off.mapping),
			      MIN(c->off.index, c->off.private)) + i * 8, 0);
	put64(s + c->off.compound, word);
	if (m->recipe->compound == COMPOUND_DTOR) {
		s[koff(kb, "page.compound_dtor")] = dtor;
		s[koff(kb, "page.compound_order")] = a->order;
		put32(s + koff(kb, "page.compound_mapcount"), entire_maps - 1);
		put32(s + koff(kb, "page.compound_nr"), nr);
	} else if (m->recipe->compound == COMPOUND_FOLIO_DTOR) {
		h[koff(kb, "folio._folio_dtor")] = dtor;
		h[koff(kb, "folio._folio_order")] = a->order;
		put32(h + koff(kb, "folio._entire_mapcount"), entire_maps - 1);
		put32(h + koff(kb, "folio._nr_pages_mapped"), by_page ? nr : 0);
		put32(h + koff(kb, "folio._folio_nr_pages"), nr);
	} else {
		second = a->order;
		put32(h + koff(kb, "folio._large_mapcount"), total_maps - 1);
		put32(h + koff(kb, "folio._entire_mapcount"), entire_maps - 1);
		put32(h + koff(kb, "folio._nr_pages_mapped"), by_page ? nr :
		      entire_maps && a->cls != PC_HUGETLB ? ENTIRELY_MAPPED : 0);
		put32(h + koff(kb, khas(kb, "folio._nr_pages") ? "folio._nr_pages" :
			       "folio._folio_nr_pages"), nr);
		if (a->cls == PC_HUGETLB)
			second |= c->f_hugetlb1;
		else if (a->cls <= PC_SWAP_CACHE)
			second |= c->f_rmappable;
	}
	if (a->flags & AF_POISON)
		second |= c->f_has_hwpoisoned;
	set_bits(s, c->off.flags, second);
}

static guint64 tail_word(struct machine *m, const struct alloc *a)
{
	guint64 head = page_va(m, a->pfn);

	if (m->recipe->tail_mask)
		return ~0ull << (a->order + log2_u64(m->page_size_struct)) | 1;
	return head | 1;
}

/* head flag, tails and second page of a compound allocation whose head is written */
static void write_compound(struct machine *m, struct classic *c, const struct alloc *a,
			   guint64 flags, int total_maps, int entire_maps)
{
	guint64 last = a->pfn + (1ull << a->order), word = tail_word(m, a);
	gboolean by_page = a->flags & AF_MAPPED && !(a->flags & AF_PMD_MAPPED);
	guint8 dtor = a->cls == PC_HUGETLB ? 2 : a->cls <= PC_SWAP_CACHE ? 3 : 1;

	/* the rest of an optimised array is mapped to pages that are not its own */
	if (a->flags & AF_HVO)
		last = a->pfn + 4096 / m->page_size_struct;
	set_bits(page(m, a->pfn), c->off.flags, c->f_head);
	for (guint64 q = a->pfn + 1; q < last; q++) {
		guint8 *p = init_page(m, c, q, flags, NO_TYPE, 0);

		put64(p + c->off.lru, 0);
		put64(p + c->off.lru + 8, 0);
		put64(p + c->off.mapping, TAIL_MAPPING);
		put64(p + c->off.compound, word);
		if (by_page)
			put32(p + c->off.mapcount, a->mapcount - 1);
	}
	write_second(m, c, a, dtor, total_maps, entire_maps);
}

static guint64 owner_va(GArray *owners, guint32 i)
{
	return i < owners->len ? g_array_index(owners, struct owner, i).va : 0;
}

static void to_lru(struct machine *m, struct classic *c, const struct alloc *a,
		   const struct zone *z, gboolean file)
{
	int list = (file ? 2 : 0) + (a->flags & AF_ACTIVE ? 1 : 0);
	guint8 *p = page(m, a->pfn);

	(void)m;
	if (a->flags & AF_UNEVICTABLE) {
		/* on no list: one of the words counts mlocks */
		put64(p + c->off.lru, LIST_POISON1);
		put64(p + c->off.lru + 8, LIST_POISON2);
		put64(p + koff(m->kb, "page.mlock_count"), 1);
		return;
	}
	g_array_append_val(c->lists[z->node][list], a->pfn);
}

static void write_folio(struct machine *m, struct classic *c, const struct alloc *a,
			const struct zone *z)
{
	gboolean file = a->cls == PC_FILE, large = a->flags & AF_COMPOUND;
	int nr = 1 << a->order, maps = a->flags & AF_MAPPED ? a->mapcount : 0;
	int entire = a->flags & AF_PMD_MAPPED ? maps : 0;
	int total = entire ? entire : maps * nr;
	guint64 h = mix64(a->pfn ^ m->recipe->seed), flags = c->f_lru | c->f_uptodate;
	guint64 mapping = 0, private = 0;
	guint32 refs = total;
	guint8 *p;

	if (!file)
		flags |= c->f_swapbacked;
	if (a->flags & AF_ACTIVE)
		flags |= c->f_active;
	if (a->flags & AF_DIRTY)
		flags |= c->f_dirty;
	if (a->flags & AF_UNEVICTABLE)
		flags |= c->f_unevictable | c->f_mlocked;
	if (h & 1)
		flags |= c->f_referenced;
	switch (a->cls) {
	case PC_FILE:
		mapping = owner_va(m->inodes, a->owner) + koff(m->kb, "inode.i_data");
		refs += nr;
		if (a->flags & AF_PRIVATE) {	/* buffer heads */
			flags |= c->f_private;
			private = low_va(m, h % 4096 * 104 + (1 << 20));
			refs++;
		}
		break;
	case PC_SHMEM:
		mapping = owner_va(m->shmem, a->owner) + koff(m->kb, "inode.i_data");
		refs += nr;
		break;
	case PC_KSM:
		mapping = owner_va(m->ksm, a->owner) | 3;
		break;
	case PC_SWAP_CACHE:
		flags |= c->f_swapcache;
		private = 1ull << 58 | (a->pfn + 16);	/* swap type and offset */
		refs += nr;
		/* fall through */
	default:
		mapping = a->flags & AF_BARE ? 0 : owner_va(m->anon, a->owner) | 1;
	}
	p = init_page(m, c, a->pfn, zone_links(m, z) | flags, NO_TYPE, refs);
	put64(p + c->off.mapping, mapping);
	put64(p + c->off.index, a->index);
	put64(p + c->off.private, private);
	if (maps && !entire && !large)
		put32(p + c->off.mapcount, maps - 1);
	else if (maps && !entire)
		put32(p + c->off.mapcount, a->mapcount - 1);
	if (large)
		write_compound(m, c, a, zone_links(m, z), total, entire);
	if (a->flags & AF_POISON)
		set_bits(page(m, a->poison), c->off.flags, c->f_hwpoison);
	to_lru(m, c, a, z, file);
}

static void write_hugetlb(struct machine *m, struct classic *c, const struct alloc *a,
			  const struct zone *z)
{
	gboolean used = a->flags & AF_IN_USE;
	int state = a->order > arch_huge_order(m, FALSE);
	guint8 *p =
		init_page(m, c, a->pfn, zone_links(m, z) | (used ? c->f_uptodate : 0),
			  c->types.word[PT_HUGETLB] ? c->types.word[PT_HUGETLB] : NO_TYPE,
			  used ? 1 : 0);

	if (used) {
		put64(p + c->off.mapping, owner_va(m->anon, a->owner) | 1);
		put64(p + c->off.index, a->index);
		g_array_append_val(c->huge_active[state], a->pfn);
	} else {
		put64(p + c->off.private, 1 << 3);	/* HPG_freed */
		g_array_append_val(c->huge_free[state][z->node], a->pfn);
	}
	write_compound(m, c, a, zone_links(m, z), used ? 1 : 0, used ? 1 : 0);
	if (a->flags & AF_HVO && m->recipe->hvo == HVO_SHARED_TAIL) {
		/* the shared frame: a base page full of tails, once for zone and order */
		guint64 per = 4096 / m->page_size_struct;

		for (guint64 q = a->pfn + per; q < a->pfn + 2 * per; q++) {
			guint8 *t = init_page(m, c, q, zone_links(m, z), NO_TYPE, 0);

			put64(t + c->off.lru, 0);
			put64(t + c->off.lru + 8, 0);
			put64(t + c->off.mapping, TAIL_MAPPING);
			put64(t + c->off.compound, tail_word(m, a));
		}
	}
}

static void write_slab_page(struct machine *m, struct classic *c, const struct alloc *a,
			    const struct zone *z)
{
	guint32 type = c->types.word[PT_SLAB] ? c->types.word[PT_SLAB] : NO_TYPE;
	guint8 *p = init_page(m, c, a->pfn, zone_links(m, z) | c->f_slab, type,
			      m->recipe->slab_frozen_ref ? 0 : 1);

	(void)p;
	if (a->flags & AF_COMPOUND)
		write_compound(m, c, a, zone_links(m, z), 0, 0);
}

static void write_zsmalloc(struct machine *m, struct classic *c, const struct alloc *a,
			   const struct zone *z)
{
	guint64 h = mix64(a->pfn);
	guint32 type = c->types.word[PT_ZSMALLOC];
	guint8 *p;

	/* the owner's part of the word holds the offset of the first object */
	type = m->recipe->scheme == SCHEME_BYTE ? type | h % 4096 :
		(type & 0xffff0000) | h % 4096;
	p = init_page(m, c, a->pfn, zone_links(m, z) | (h & 2 ? c->f_private : 0), type,
		      1);
	put64(p + c->off.private, low_va(m, (h % 4096 + 300) << 8));
	put64(p + c->off.index, a->pfn + 1 < m->max_pfn ? page_va(m, a->pfn + 1) : 0);
	if (!m->recipe->zpdesc)		/* PAGE_MAPPING_MOVABLE */
		put64(p + c->off.mapping, symbol_va(m, "_stext") | 2);
}

static void write_other(struct machine *m, struct classic *c, const struct alloc *a,
			const struct zone *z)
{
	guint64 base = zone_links(m, z), h = mix64(a->pfn);
	guint8 *p;

	for (guint64 q = a->pfn + 1; q < a->pfn + (1ull << a->order); q++)
		init_page(m, c, q, base, NO_TYPE, 0);
	p = init_page(m, c, a->pfn, base, NO_TYPE, 1);
	if (h % 4 == 0)
		put64(p + c->off.private, phys_to_virt(m, h % 65536 << 6));
	if (h % 8 == 1)
		put64(p + c->off.index, h >> 40);
	if (a->flags & AF_COMPOUND)
		write_compound(m, c, a, base, 0, 0);
}

static void write_alloc(struct machine *m, struct classic *c, const struct alloc *a)
{
	const struct zone *z = zone_of(m, a->pfn);
	guint64 base = zone_links(m, z);
	guint64 end = a->pfn + (1ull << a->order);
	guint8 *p;

	switch (a->cls) {
	case PC_FILE:
	case PC_SHMEM:
	case PC_ANON:
	case PC_KSM:
	case PC_SWAP_CACHE:
		write_folio(m, c, a, z);
		break;
	case PC_HUGETLB:
		write_hugetlb(m, c, a, z);
		break;
	case PC_SLAB:
		write_slab_page(m, c, a, z);
		break;
	case PC_LARGE_KMALLOC:
		init_page(m, c, a->pfn, base, c->types.word[PT_LARGE_KMALLOC],
			  m->recipe->slab_frozen_ref ? 0 : 1);
		write_compound(m, c, a, base, 0, 0);
		break;
	case PC_PAGE_TABLE:
		p = init_page(m, c, a->pfn, base, c->types.word[PT_TABLE], 1);
		if (khas(m->kb, "ptdesc.pt_mm"))
			put64(p + koff(m->kb, "ptdesc.pt_mm"),
			      owner_va(m->mms, a->owner));
		break;
	case PC_ZSMALLOC:
		write_zsmalloc(m, c, a, z);
		break;
	case PC_NET_POOL:
		p = init_page(m, c, a->pfn, base, NO_TYPE, 1);
		put64(p + koff(m->kb, "page.pp_magic"), PP_SIGNATURE);
		put64(p + koff(m->kb, "page.pp"), phys_to_virt(m, 1 << 20));
		put64(p + koff(m->kb, "page.dma_addr"),
		      (guint64)a->pfn << m->recipe->page_shift);
		put64(p + koff(m->kb, "page.pp_ref_count"), 1);
		break;
	case PC_GUARD:
		for (guint64 q = a->pfn + 1; q < end; q++) {
			init_page(m, c, q, base, NO_TYPE, 0);
			leave_stale(m, c, q);
		}
		p = init_page(m, c, a->pfn, base, c->types.word[PT_GUARD], 0);
		put64(p + c->off.private, a->order);
		break;
	case PC_OFFLINE:
		init_page(m, c, a->pfn, base, c->types.word[PT_OFFLINE], 1);
		break;
	case PC_RESERVED:
		for (guint64 q = a->pfn; q < end; q++)
			init_page(m, c, q, base | c->f_reserved, NO_TYPE, 1);
		break;
	case PC_HWPOISON:
		p = init_page(m, c, a->pfn, base | c->f_hwpoison, NO_TYPE, 1);
		put64(p + c->off.private, MAGIC_HWPOISON);
		break;
	default:
		write_other(m, c, a, z);
	}
}

/* frames that no allocator ever had: holes, boot memory, the image, offline ranges */
static void write_boot_pages(struct machine *m, struct classic *c)
{
	guint64 nr = 1ull << (m->recipe->section_shift - m->recipe->page_shift);
	struct zone *next = NULL;

	for (guint64 s = m->max_pfn; s > 0;) {
		s -= nr;
		if (!(m->bits[s] & FB_MAP))
			continue;
		/* a hole takes node and zone of the memory that follows it */
		for (guint64 pfn = s + nr; pfn-- > s;) {
			struct zone *z = m->bits[pfn] & FB_RAM ? zone_of(m, pfn) : next;
			gboolean trap = m->nr_trap && pfn >= m->trap_pfn &&
				pfn < m->trap_pfn + m->nr_trap;

			if (m->bits[pfn] & FB_RAM)
				next = z;
			if (!z)
				z = g_array_index(m->ram, struct ram, m->ram->len - 1)
					    .zone;
			if (trap) {
				/* in no zone: the search fell off its end */
				init_page(m, c, pfn, links(m, 0, 5) | c->f_reserved,
					  NO_TYPE, 1);
				continue;
			}
			if (m->cls[pfn] == PC_OFFLINE && !(m->bits[pfn] & FB_HEAD))
				init_page(m, c, pfn, zone_links(m, z),
					  c->types.word[PT_OFFLINE], 1);
			else if (m->cls[pfn] == PC_HOLE || m->cls[pfn] == PC_RESERVED ||
				 m->cls[pfn] == PC_KERNEL_IMAGE)
				init_page(m, c, pfn, zone_links(m, z) | c->f_reserved,
					  NO_TYPE, 1);
		}
	}
}

static void link_list(struct machine *m, struct classic *c, guint64 head_pa,
		      guint64 head_va, const guint32 *pfns, guint n)
{
	guint64 prev_va = head_va;

	for (guint i = 0; i < n; i++) {
		guint8 *p = page(m, pfns[i]) + c->off.lru;
		guint64 next = i + 1 < n ? page_va(m, pfns[i + 1]) + c->off.lru : head_va;

		put64(p, next);
		put64(p + 8, prev_va);
		prev_va = page_va(m, pfns[i]) + c->off.lru;
	}
	image_put(&m->img, head_pa, n ? page_va(m, pfns[0]) + c->off.lru : head_va, 8);
	image_put(&m->img, head_pa + 8, prev_va, 8);
}

static void link_flist(struct machine *m, struct classic *c, guint64 head_pa,
		       guint64 head_va, const struct flist *l)
{
	g_autoptr(GArray) a = g_array_sized_new(FALSE, FALSE, 4, l->nr);

	for (guint32 pfn = l->head; pfn != NO_PFN; pfn = *frame_next(m, pfn))
		g_array_append_val(a, pfn);
	link_list(m, c, head_pa, head_va, (guint32 *)a->data, a->len);
}

static void write_zone_lists(struct machine *m, struct classic *c, struct zone *z)
{
	const struct kbuild *kb = m->kb;
	guint64 area = koff(kb, "zone.free_area"), list = koff(kb, "free_area.free_list");

	for (int o = 0; o < m->recipe->nr_orders; o++)
		for (int t = 0; t < m->nr_types; t++) {
			guint64 va =
				z->va + area + o * ksize(kb, "free_area") + list + t * 16;

			link_flist(m, c, va - m->page_offset, va, &z->free[o][t]);
		}
	for (int cpu = 0; cpu < m->recipe->cpus; cpu++)
		for (int l = 0; l < m->nr_pcp_lists; l++) {
			guint64 pa = z->pcp[cpu].pages_pa +
				     koff(kb, "per_cpu_pages.lists") + l * 16;

			link_flist(m, c, pa, phys_to_virt(m, pa), &z->pcp[cpu].lists[l]);
		}
	if (khas(kb, "zone.unaccepted_pages")) {
		guint64 va = z->va + koff(kb, "zone.unaccepted_pages");

		link_flist(m, c, va - m->page_offset, va, &z->unaccepted);
	}
}

static void write_other_lists(struct machine *m, struct classic *c)
{
	const struct kbuild *kb = m->kb;

	for (int n = 0; n < m->nr_nodes; n++)
		for (int l = 0; l < 5 && m->nodes[n].present; l++) {
			guint64 va = m->nodes[n].pgdat_va +
				koff(kb, "pglist_data.__lruvec") +
				koff(kb, "lruvec.lists") + l * 16;
			GArray *a = c->lists[n][l];

			link_list(m, c, va - m->page_offset, va, (guint32 *)a->data,
				  a->len);
		}
	for (int h = 0; h < 2; h++) {
		guint64 at = h * ksize(kb, "hstate");
		guint64 off = koff(kb, "hstate.hugepage_activelist") + at;
		GArray *a = c->huge_active[h];

		link_list(m, c, symbol_pa(m, "hstates") + off,
			  symbol_va(m, "hstates") + off, (guint32 *)a->data, a->len);
		for (int n = 0; n < 1 << m->recipe->nodes_shift; n++) {
			off = koff(kb, "hstate.hugepage_freelists") + n * 16 + at;
			a = n < MAX_NODES ? c->huge_free[h][n] : NULL;
			link_list(m, c, symbol_pa(m, "hstates") + off,
				  symbol_va(m, "hstates") + off,
				  a ? (guint32 *)a->data : NULL, a ? a->len : 0);
		}
	}
}

/**
 * classic_write:
 *
 * The whole page array and every list that runs through it; machine and books are final.
 */
void classic_write(struct machine *m)
{
	struct classic *c = m->format_data;

	write_boot_pages(m, c);
	for (guint i = 0; i < m->ram->len; i++) {
		struct ram *r = &g_array_index(m->ram, struct ram, i);

		for (guint64 pfn = r->start_pfn; pfn < r->end_pfn;) {
			guint8 cls = m->cls[pfn];
			gboolean head = m->bits[pfn] & FB_HEAD;

			if (head && (cls == PC_FREE || cls == PC_FREE_PCP ||
				     cls == PC_UNACCEPTED)) {
				write_free(m, c, r->zone, pfn);
				pfn += 1ull << order_of(m, pfn);
			} else if (head) {
				const struct alloc *a = alloc_of(m, pfn);

				write_alloc(m, c, a);
				pfn += 1ull << a->order;
			} else {
				pfn++;
			}
		}
	}
	for (guint i = 0; i < m->zones->len; i++)
		write_zone_lists(m, c, m->zones->pdata[i]);
	write_other_lists(m, c);
}
