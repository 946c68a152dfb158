/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The page allocator: free lists per order and migratetype, split, merge, fallback with
 * stealing of pageblocks, per-cpu lists with refill and overflow. It decides which
 * frames are free and in what order they are linked; nobody else touches the lists.
 */
#include "machine.h"

#define COSTLY_ORDER 3

void flist_init(struct flist *l)
{
	l->head = l->tail = NO_PFN;
	l->nr = 0;
}

void flist_add(struct machine *m, struct flist *l, guint32 pfn, gboolean tail)
{
	if (tail) {
		*frame_next(m, pfn) = NO_PFN;
		*frame_prev(m, pfn) = l->tail;
		*(l->tail == NO_PFN ? &l->head : frame_next(m, l->tail)) = pfn;
		l->tail = pfn;
	} else {
		*frame_prev(m, pfn) = NO_PFN;
		*frame_next(m, pfn) = l->head;
		*(l->head == NO_PFN ? &l->tail : frame_prev(m, l->head)) = pfn;
		l->head = pfn;
	}
	l->nr++;
}

void flist_del(struct machine *m, struct flist *l, guint32 pfn)
{
	guint32 n = *frame_next(m, pfn), p = *frame_prev(m, pfn);

	*(p == NO_PFN ? &l->head : frame_next(m, p)) = n;
	*(n == NO_PFN ? &l->tail : frame_prev(m, n)) = p;
	l->nr--;
}

static int isolate_type(struct machine *m)
{
	return m->nr_types - 1;
}

static int max_order(const struct machine *m)
{
	return m->recipe->nr_orders - 1;
}

/* migratetype of the pageblock of @pfn */
int block_type(struct machine *m, guint64 pfn)
{
	return m->blocks[pfn >> m->recipe->pageblock_order];
}

void buddy_init(struct machine *m)
{
	for (guint64 b = 0; b < m->nr_blocks; b++)
		m->blocks[b] = 1;		/* movable, as after boot */
	for (guint i = 0; i < m->zones->len; i++) {
		struct zone *z = m->zones->pdata[i];
		guint64 batch = MIN(z->present >> 10, 256) / 4;

		for (int o = 0; o < MAX_ORDERS; o++)
			for (int t = 0; t < MAX_TYPES; t++)
				flist_init(&z->free[o][t]);
		flist_init(&z->unaccepted);
		batch = MAX((1ull << log2_u64(batch + batch / 2 + 1)) - 1, 1);
		for (int cpu = 0; cpu < m->recipe->cpus; cpu++) {
			struct pcp *p = &z->pcp[cpu];

			for (int l = 0; l < MAX_PCP_LISTS; l++)
				flist_init(&p->lists[l]);
			p->batch = batch;
			p->high = batch * 6;
		}
	}
}

static void list_insert(struct machine *m, struct zone *z, guint32 pfn, int order, int mt,
			gboolean tail)
{
	frames_forget(m, pfn, 1ull << order);
	flist_add(m, &z->free[order][mt], pfn, tail);
	z->nr_free[order]++;
	*frame_order(m, pfn) = order | mt << ORDER_BITS;
	m->cls[pfn] = PC_FREE;
	m->bits[pfn] |= FB_HEAD;
}

static void list_remove(struct machine *m, struct zone *z, guint32 pfn)
{
	int order = order_of(m, pfn);

	flist_del(m, &z->free[order][list_type_of(m, pfn)], pfn);
	z->nr_free[order]--;
	m->bits[pfn] &= ~FB_HEAD;
}

static gboolean is_free_head(struct machine *m, struct zone *z, guint64 pfn, int order)
{
	return pfn < z->end_pfn && m->cls[pfn] == PC_FREE && m->bits[pfn] & FB_HEAD &&
		order_of(m, pfn) == order && zone_of(m, pfn) == z;
}

static gboolean types_merge(struct machine *m, guint64 a, guint64 b, int order)
{
	int ta = block_type(m, a), tb = block_type(m, b);

	/* blocks of isolate, highatomic and CMA do not merge with others */
	return order < m->recipe->pageblock_order || ta == tb || (ta < 3 && tb < 3);
}

static void free_one(struct machine *m, struct zone *z, guint64 pfn, int order, int mt)
{
	gboolean tail = FALSE;

	while (order < max_order(m)) {
		guint64 buddy = pfn ^ 1ull << order;

		if (!is_free_head(m, z, buddy, order) ||
		    !types_merge(m, pfn, buddy, order))
			break;
		list_remove(m, z, buddy);
		m->bits[MAX(pfn, buddy)] |= FB_WAS_HEAD;
		/* the kernel sets all blocks of a merge to the type of the freed one */
		if (order >= m->recipe->pageblock_order && block_type(m, buddy) != mt)
			for (guint64 p = buddy; p < buddy + (1ull << order);
				     p += 1ull << m->recipe->pageblock_order)
				m->blocks[p >> m->recipe->pageblock_order] = mt;
		pfn &= ~(1ull << order);
		order++;
	}
	if (order < max_order(m) - 1) {
		guint64 up = pfn & ~(1ull << order);

		/* likely to merge soon: keep it from being handed out */
		tail = is_free_head(m, z, up ^ 1ull << (order + 1), order + 1);
	}
	list_insert(m, z, pfn, order, mt, tail);
}

static void mark_free(struct machine *m, guint64 pfn, int order, enum page_class cls)
{
	for (guint64 p = pfn; p < pfn + (1ull << order); p++) {
		m->cls[p] = cls;
		m->bits[p] &= ~FB_HEAD;
	}
}

/* memory of [start, end) that boot did not use, in the largest aligned pieces */
void buddy_free_boot(struct machine *m, struct zone *z, guint64 start, guint64 end)
{
	guint64 cut = (z->recipe->end - z->recipe->unaccepted) >> m->recipe->page_shift;

	cut = align_up(cut, 1ull << max_order(m));
	while (start < end) {
		int order =
			start ? MIN(__builtin_ctzll(start), max_order(m)) : max_order(m);

		while (start + (1ull << order) > end)
			order--;
		mark_free(m, start, order, PC_FREE);
		if (z->recipe->unaccepted && start >= cut && order == max_order(m)) {
			mark_free(m, start, order, PC_UNACCEPTED);
			*frame_order(m, start) = order;
			m->bits[start] |= FB_HEAD;
			flist_add(m, &z->unaccepted, start, TRUE);
		} else {
			free_one(m, z, start, order, block_type(m, start));
		}
		start += 1ull << order;
	}
}

/* take a block off its list and give back what is above @order */
static void expand(struct machine *m, struct zone *z, guint64 pfn, int order, int mt)
{
	int high = order_of(m, pfn);

	list_remove(m, z, pfn);
	while (high > order) {
		high--;
		list_insert(m, z, pfn + (1ull << high), high, mt, FALSE);
	}
}

static guint32 rmqueue_smallest(struct machine *m, struct zone *z, int order, int mt)
{
	for (int o = order; o <= max_order(m); o++) {
		guint32 pfn = z->free[o][mt].head;

		if (pfn == NO_PFN)
			continue;
		expand(m, z, pfn, order, mt);
		return pfn;
	}
	return NO_PFN;
}

/* all free memory of a pageblock moves to the list of @mt; returns its pages */
static guint64 move_block(struct machine *m, struct zone *z, guint64 pfn, int mt)
{
	guint64 nr = 1ull << m->recipe->pageblock_order, start = align_down(pfn, nr);
	guint64 moved = 0;

	for (guint64 p = start; p < start + nr && p < z->end_pfn;) {
		if (m->cls[p] == PC_FREE && m->bits[p] & FB_HEAD && zone_of(m, p) == z) {
			int order = order_of(m, p);

			list_remove(m, z, p);
			list_insert(m, z, p, order, mt, FALSE);
			moved += 1ull << order;
			p += 1ull << order;
		} else {
			p++;
		}
	}
	return moved;
}

static guint32 fallback(struct machine *m, struct zone *z, int order, int mt)
{
	static const int table[3][2] = { { 2, 1 }, { 2, 0 }, { 0, 1 } };
	int pb = m->recipe->pageblock_order;

	for (int o = max_order(m); o >= order; o--) {
		for (int i = 0; i < 2; i++) {
			int from = table[mt][i];
			guint32 pfn = z->free[o][from].head;

			if (pfn == NO_PFN)
				continue;
			if (o >= pb) {
				/* whole pageblocks change hands */
				list_remove(m, z, pfn);
				for (guint64 b = 0; b < 1ull << (o - pb); b++)
					m->blocks[(pfn >> pb) + b] = mt;
				list_insert(m, z, pfn, o, mt, FALSE);
				expand(m, z, pfn, order, mt);
				return pfn;
			}
			if (block_type(m, pfn) < 3 && (o >= pb / 2 || mt != 1)) {
				guint64 moved = move_block(m, z, pfn, mt);

				if (moved * 2 >= 1ull << pb) {
					m->blocks[pfn >> pb] = mt;
				} else if (m->recipe->lists_strict) {
					/* not enough to claim: each back to its own */
					move_block(m, z, pfn, block_type(m, pfn));
					expand(m, z, pfn, order, list_type_of(m, pfn));
					return pfn;
				}
				expand(m, z, pfn, order, list_type_of(m, pfn));
				return pfn;
			}
			if (!m->recipe->lists_strict) {
				/* up to 6.9 the rest went to the new type's list */
				list_remove(m, z, pfn);
				list_insert(m, z, pfn, o, mt, FALSE);
				expand(m, z, pfn, order, mt);
				return pfn;
			}
			expand(m, z, pfn, order, from);
			return pfn;
		}
	}
	return NO_PFN;
}

static guint32 rmqueue(struct machine *m, struct zone *z, int order, int mt)
{
	guint32 pfn = rmqueue_smallest(m, z, order, mt);

	if (pfn == NO_PFN && mt == 1 && m->recipe->cma)
		pfn = rmqueue_smallest(m, z, order, 4);
	if (pfn == NO_PFN)
		pfn = fallback(m, z, order, mt);
	return pfn;
}

/* index of the per-cpu list, -1 if there is none for @order */
static int pcp_index(struct machine *m, int order, int mt)
{
	if (mt > 2)
		mt = 1;
	if (order <= COSTLY_ORDER)
		return 3 * order + mt;
	return order == m->recipe->pageblock_order ? 12 + (mt == 1) : -1;
}

static guint32 pcp_alloc(struct machine *m, struct zone *z, int order, int mt)
{
	struct pcp *p = &z->pcp[m->cpu];
	struct flist *l = &p->lists[pcp_index(m, order, mt)];
	guint32 pfn;

	if (!l->nr) {
		int batch = MAX(p->batch >> order, 2);

		if (order == m->recipe->pageblock_order)
			batch = 1;
		while (batch--) {
			pfn = rmqueue(m, z, order, mt);
			if (pfn == NO_PFN)
				break;
			mark_free(m, pfn, order, PC_FREE_PCP);
			m->bits[pfn] |= FB_HEAD;
			*frame_order(m, pfn) = order;
			flist_add(m, l, pfn, TRUE);
			p->count += 1 << order;
		}
	}
	pfn = l->head;
	if (pfn == NO_PFN)
		return NO_PFN;
	flist_del(m, l, pfn);
	p->count -= 1 << order;
	return pfn;
}

static void pcp_flush(struct machine *m, struct zone *z, struct pcp *p, int keep)
{
	for (int i = 0; p->count > keep && i < 64 * MAX_PCP_LISTS; i++) {
		struct flist *l = &p->lists[i % m->nr_pcp_lists];
		guint32 pfn = l->tail;
		int order;

		if (pfn == NO_PFN)
			continue;
		order = order_of(m, pfn);
		flist_del(m, l, pfn);
		p->count -= 1 << order;
		mark_free(m, pfn, order, PC_FREE);
		free_one(m, z, pfn, order, block_type(m, pfn));
	}
}

static gboolean zone_suits(struct zone *z, gboolean movable)
{
	return movable || z->type != 3;
}

/**
 * buddy_alloc:
 * @node: preferred
 * @movable: may come from ZONE_MOVABLE
 * @mt: migratetype of the request, below 3
 *
 * Returns: the first frame, NO_PFN if no zone can serve it.
 */
guint32 buddy_alloc(struct machine *m, int node, gboolean movable, int mt, int order)
{
	for (int n = 0; n < m->nr_nodes; n++) {
		struct node *nd = &m->nodes[(node + n) % m->nr_nodes];

		for (int t = ZONES_PER_NODE - 1; t >= 0; t--) {
			struct zone *z = nd->zones[t];
			guint32 pfn;

			if (!z || !zone_suits(z, movable))
				continue;
			pfn = pcp_index(m, order, mt) >= 0 ? pcp_alloc(m, z, order, mt) :
				rmqueue(m, z, order, mt);
			if (pfn == NO_PFN)
				continue;
			m->bits[pfn] |= FB_HEAD;
			*frame_order(m, pfn) = order;
			for (guint64 p = pfn; p < pfn + (1ull << order); p++)
				m->bits[p] = (m->bits[p] & ~(FB_WAS_HEAD | FB_WAS_TAIL |
							     FB_PRIVATE)) | FB_WAS_USED;
			return pfn;
		}
	}
	return NO_PFN;
}

/* give back a block; small orders go to the per-cpu lists first */
void buddy_free(struct machine *m, guint32 pfn, int order)
{
	struct zone *z = zone_of(m, pfn);
	struct pcp *p = &z->pcp[m->cpu];
	int mt = block_type(m, pfn), i = pcp_index(m, order, mt);

	if (i >= 0 && mt != isolate_type(m)) {
		mark_free(m, pfn, order, PC_FREE_PCP);
		m->bits[pfn] |= FB_HEAD;
		*frame_order(m, pfn) = order;
		flist_add(m, &p->lists[i], pfn, FALSE);
		p->count += 1 << order;
		if (p->count >= MAX(p->high, 1 << order))
			pcp_flush(m, z, p, p->count - MAX(p->batch, 1 << order));
		return;
	}
	mark_free(m, pfn, order, PC_FREE);
	free_one(m, z, pfn, order, mt);
}

/* a run of @nr_pages (a power of two), aligned to itself, taken from whole free blocks */
guint32 buddy_alloc_aligned_range(struct machine *m, guint64 nr_pages)
{
	for (guint i = 0; i < m->zones->len; i++) {
		struct zone *z = m->zones->pdata[i];
		guint64 pfn = align_up(z->start_pfn, nr_pages);

		for (; pfn + nr_pages <= z->end_pfn; pfn += nr_pages) {
			guint64 p = pfn;

			while (p < pfn + nr_pages && is_free_head(m, z, p, max_order(m)))
				p += 1ull << max_order(m);
			if (p < pfn + nr_pages)
				continue;
			for (p = pfn; p < pfn + nr_pages; p += 1ull << max_order(m))
				list_remove(m, z, p);
			for (p = pfn; p < pfn + nr_pages; p++)
				m->bits[p] |= FB_WAS_USED;
			m->bits[pfn] |= FB_HEAD;
			return pfn;
		}
	}
	return NO_PFN;
}

/**
 * buddy_take_page:
 * @pick: any number; chooses the page
 *
 * Takes one frame out of a free block, as memory failure does: the block is split around
 * it and the frame is on no list any more. Returns: the frame, or NO_PFN.
 */
guint32 buddy_take_page(struct machine *m, struct zone *z, guint64 pick)
{
	for (int o = max_order(m); o >= 0; o--) {
		guint32 pfn = z->free[o][1].head;
		guint64 target;

		if (pfn == NO_PFN)
			continue;
		target = pfn + pick % (1ull << o);
		list_remove(m, z, pfn);
		while (o-- > 0) {
			guint64 half = 1ull << o;
			gboolean upper = target >= pfn + half;

			list_insert(m, z, upper ? pfn : pfn + half, o, 1, FALSE);
			pfn += upper ? half : 0;
		}
		m->bits[target] |= FB_HEAD;
		return target;
	}
	return NO_PFN;
}

/* per-cpu lists shrink to @keep_percent of their high mark */
void buddy_drain(struct machine *m, double keep_percent)
{
	for (guint i = 0; i < m->zones->len; i++) {
		struct zone *z = m->zones->pdata[i];

		for (int cpu = 0; cpu < m->recipe->cpus; cpu++)
			pcp_flush(m, z, &z->pcp[cpu],
				  z->pcp[cpu].high * keep_percent / 100);
	}
}

/* split a block that is larger than a pageblock, so that one of them can change type */
static void split_to_block(struct machine *m, struct zone *z, guint64 block)
{
	int pb = m->recipe->pageblock_order;

	for (int o = pb + 1; o <= max_order(m); o++) {
		guint64 pfn = align_down(block, 1ull << o);
		int mt;

		if (!is_free_head(m, z, pfn, o))
			continue;
		mt = list_type_of(m, pfn);
		list_remove(m, z, pfn);
		for (guint64 p = pfn; p < pfn + (1ull << o); p += 1ull << pb)
			list_insert(m, z, p, pb, mt, TRUE);
	}
}

static void set_block_type(struct machine *m, struct zone *z, guint64 pfn, int mt)
{
	split_to_block(m, z, pfn);
	m->blocks[pfn >> m->recipe->pageblock_order] = mt;
	move_block(m, z, pfn, mt);
}

static guint64 block_free_pages(struct machine *m, guint64 start)
{
	guint64 nr = 0;

	for (guint64 p = start; p < start + (1ull << m->recipe->pageblock_order); p++)
		nr += m->cls[p] == PC_FREE;
	return nr;
}

/* pageblocks wholly inside @z, of type @mt, with at least @min_free free pages */
static gboolean pick_block(struct machine *m, struct zone *z, int mt, guint64 min_free,
			   guint64 *found)
{
	guint64 nr = 1ull << m->recipe->pageblock_order;
	guint64 first = align_up(z->start_pfn, nr), count, at;

	if (first + nr > z->end_pfn)
		return FALSE;
	count = (z->end_pfn - first) / nr;
	at = rng_below(&m->rng, count);
	for (guint64 i = 0; i < count; i++) {
		guint64 p = first + (at + i) % count * nr;

		if (zone_of(m, p) == z && zone_of(m, p + nr - 1) == z &&
		    block_type(m, p) == mt && block_free_pages(m, p) >= min_free) {
			*found = p;
			return TRUE;
		}
	}
	return FALSE;
}

/* isolate @nr pageblocks somewhere; what is free in them leaves NR_FREE_PAGES */
void buddy_isolate(struct machine *m, int nr)
{
	for (int i = 0; i < nr; i++) {
		struct zone *z = m->zones->pdata[rng_below(&m->rng, m->zones->len)];
		guint64 pfn;

		if (!pick_block(m, z, 1, 16, &pfn))
			continue;
		m->isolated[pfn >> m->recipe->pageblock_order] = block_type(m, pfn) + 1;
		set_block_type(m, z, pfn, isolate_type(m));
		z->nr_isolate++;
	}
}

void buddy_set_highatomic(struct machine *m, int nr)
{
	for (int i = 0; i < nr; i++) {
		struct zone *z = m->zones->pdata[rng_below(&m->rng, m->zones->len)];
		guint64 pfn;

		if (z->type == 3 || !pick_block(m, z, 1, 64, &pfn))
			continue;
		set_block_type(m, z, pfn, 3);
		z->nr_highatomic += 1ull << m->recipe->pageblock_order;
	}
}

void buddy_set_cma(struct machine *m)
{
	guint64 nr = 1ull << m->recipe->pageblock_order;

	for (guint i = 0; m->recipe->cma && i < m->zones->len; i++) {
		struct zone *z = m->zones->pdata[i];
		const struct recipe_range *c = &z->recipe->cma;
		guint64 start = align_up(c->start >> m->recipe->page_shift, nr);
		guint64 end = align_down(c->end >> m->recipe->page_shift, nr);

		for (guint64 p = start; p < end; p += nr) {
			if (zone_of(m, p) != z || zone_of(m, p + nr - 1) != z)
				continue;
			set_block_type(m, z, p, 4);
			z->cma_pages += nr;
		}
	}
}
