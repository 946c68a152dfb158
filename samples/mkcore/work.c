/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The workload: a seeded sequence of allocations and frees, until each class has its
 * share of the wanted fill; then scattered frees, which is what fragments memory.
 */
#include "format.h"

static int pick_node(struct machine *m)
{
	int n = rng_below(&m->rng, m->nr_nodes);

	while (!m->nodes[n].present)
		n = (n + 1) % m->nr_nodes;
	return n;
}

static GArray *owners(struct machine *m, enum page_class cls)
{
	switch (cls) {
	case PC_FILE:
		return m->inodes;
	case PC_SHMEM:
		return m->shmem;
	case PC_KSM:
		return m->ksm;
	case PC_PAGE_TABLE:
		return m->mms;
	default:
		return m->anon;
	}
}

static const char *owner_cache(enum page_class cls)
{
	switch (cls) {
	case PC_FILE:
		return "ext4_inode_cache";
	case PC_SHMEM:
		return "shmem_inode_cache";
	case PC_KSM:
		return "ksm_stable_node";
	case PC_PAGE_TABLE:
		return "mm_struct";
	default:
		return "anon_vma";
	}
}

/* an inode, anon_vma, stable node or mm for a page of @cls; makes one when it is time */
static guint32 pick_owner(struct machine *m, enum page_class cls)
{
	GArray *a = owners(m, cls);
	guint64 pages_each = cls == PC_KSM ? 1 : cls == PC_PAGE_TABLE ? 16 : 96;
	struct owner o = { 0 };

	if (a->len && rng_below(&m->rng, pages_each))
		return rng_below(&m->rng, a->len);
	o.node = pick_node(m);
	o.pa = slab_object_new(m, slab_cache_find(m, owner_cache(cls)), o.node);
	if (!o.pa)
		return a->len ? a->len - 1 : NO_PFN;
	o.va = phys_to_virt(m, o.pa);
	if (cls == PC_ANON || cls == PC_SWAP_CACHE)
		o.next_index = 0x5500000 + rng_below(&m->rng, 1 << 20) * 16;
	g_array_append_val(a, o);
	return a->len - 1;
}

/* a folio of @cls; file folios take the next aligned index of their file */
static guint32 make_folio(struct machine *m, enum page_class cls, int order,
			  guint32 flags)
{
	guint32 own = pick_owner(m, cls), pfn, i;
	struct owner *o;
	struct alloc *a;

	if (own == NO_PFN)
		return NO_PFN;
	pfn = buddy_alloc(m, pick_node(m), TRUE, 1, order);
	if (pfn == NO_PFN)
		return NO_PFN;
	i = alloc_new(m, pfn, order, cls, flags | (order ? AF_COMPOUND : 0));
	a = alloc_get(m, i);
	o = &g_array_index(owners(m, cls), struct owner, own);
	a->owner = own;
	if (rng_percent(&m->rng, 10))
		o->next_index += 1 + rng_below(&m->rng, 64);	/* a gap in the file */
	o->next_index = align_up(o->next_index, 1 << order);
	a->index = o->next_index;
	o->next_index += 1 << order;
	o->nr_pages += 1 << order;
	if (rng_percent(&m->rng, 40))
		a->flags |= AF_ACTIVE;
	if (rng_percent(&m->rng, cls == PC_FILE ? 6 : 60))
		a->flags |= AF_DIRTY;
	if (cls == PC_FILE && rng_percent(&m->rng, 20))
		a->flags |= AF_PRIVATE;
	return i;
}

static void set_mapped(struct machine *m, guint32 i, int count, gboolean pmd)
{
	struct alloc *a = alloc_get(m, i);

	a->mapcount = count;
	if (count)
		a->flags |= AF_MAPPED | (pmd ? AF_PMD_MAPPED : 0);
}

/* an order by its share of the pages: of order o there are 2^o times fewer folios */
static int pick_order(struct machine *m, int limit)
{
	const double *share = m->recipe->orders;
	double sum = 0, at;
	int order;

	for (order = 0; order <= limit; order++)
		sum += share[order] / (1 << order);
	at = (rng_next(&m->rng) >> 11) * 0x1p-53 * sum;
	for (order = 0; order < limit; order++) {
		at -= share[order] / (1 << order);
		if (at < 0)
			break;
	}
	return order;
}

static gboolean make_file(struct machine *m, enum page_class cls, int limit)
{
	int order =
		cls == PC_SHMEM && rng_percent(&m->rng, 90) ? 0 : pick_order(m, limit);
	guint32 i = make_folio(m, cls, order, 0);

	if (i == NO_PFN)
		return FALSE;
	if (rng_percent(&m->rng, 25))
		set_mapped(m, i, 1 + rng_below(&m->rng, 3), order == arch_huge_order(m, FALSE));
	return TRUE;
}

static gboolean make_anon(struct machine *m, int limit)
{
	int order = pick_order(m, limit);
	guint32 i;

	if (order == 1)			/* no anonymous folio of order 1 before 6.10 */
		order = 0;
	i = make_folio(m, PC_ANON, order, rng_percent(&m->rng, 5) ? AF_UNEVICTABLE : 0);
	if (i == NO_PFN)
		return FALSE;
	set_mapped(m, i, 1 + (rng_percent(&m->rng, 20) ? rng_below(&m->rng, 4) : 0),
		   order == arch_huge_order(m, FALSE));
	return TRUE;
}

static gboolean make_hugetlb(struct machine *m, guint32 pfn, int order)
{
	gboolean in_use = !rng_percent(&m->rng, m->recipe->hugetlb_free);
	guint32 own, i;

	if (pfn == NO_PFN)
		return FALSE;
	i = alloc_new(m, pfn, order, PC_HUGETLB, AF_COMPOUND | AF_PINNED);
	if (in_use) {
		own = pick_owner(m, PC_ANON);
		alloc_get(m, i)->owner = own;
		alloc_get(m, i)->flags |= AF_IN_USE | AF_MAPPED;
		alloc_get(m, i)->mapcount = 1;
		alloc_get(m, i)->index = 0x7f0000 >> 1;
	}
	if (m->recipe->hvo != HVO_NONE && rng_percent(&m->rng, 75))
		hvo_optimise(m, i);
	return TRUE;
}

static gboolean make_slab(struct machine *m)
{
	double sum = 0, at;
	struct slab_cache *c = NULL;

	for (guint i = 0; i < m->caches->len; i++)
		sum += ((struct slab_cache *)m->caches->pdata[i])->weight;
	at = rng_below(&m->rng, 1 << 20) * sum / (1 << 20);
	for (guint i = 0; i < m->caches->len; i++) {
		c = m->caches->pdata[i];
		at -= c->weight;
		if (at < 0)
			break;
	}
	return slab_fill(m, c, pick_node(m), rng_percent(&m->rng, 70) ? 100 :
			 rng_below(&m->rng, 100)) != NO_PFN;
}

static gboolean make_kernel(struct machine *m, enum page_class cls, int order, int mt,
			    guint32 flags)
{
	guint32 pfn = buddy_alloc(m, pick_node(m), mt == 1, mt, order), i;

	if (pfn == NO_PFN)
		return FALSE;
	i = alloc_new(m, pfn, order, cls, flags);
	if (cls == PC_PAGE_TABLE) {
		guint32 own = pick_owner(m, cls);

		alloc_get(m, i)->owner = own;
		if (own != NO_PFN)
			g_array_index(m->mms, struct owner, own).nr_pages++;
	}
	return TRUE;
}

static gboolean make_other(struct machine *m)
{
	int order = rng_percent(&m->rng, 70) ? 0 : 1 + rng_below(&m->rng, 4);
	gboolean compound = order && rng_percent(&m->rng, m->recipe->compound_other);

	return make_kernel(m, PC_KERNEL_OTHER, order, 0, compound ? AF_COMPOUND :
			   order ? AF_HIDDEN_ORDER : 0);
}

/* poison a page of an existing folio, or one that was free */
static gboolean make_poison(struct machine *m)
{
	guint32 pfn, i;

	for (int tries = 0; tries < 50 && m->live->len && rng_percent(&m->rng, 80);
	     tries++) {
		guint32 n = g_array_index(m->live, guint32,
					  rng_below(&m->rng, m->live->len));
		struct alloc *a = alloc_get(m, n);

		if (a->cls != PC_FILE && a->cls != PC_ANON)
			continue;
		alloc_pin(m, n);
		a->flags |= AF_POISON;
		a->poison = a->pfn + rng_below(&m->rng, a->nr_pages);
		m->bits[a->poison] |= FB_POISON;
		m->cls[a->poison] = PC_HWPOISON;
		m->used[PC_HWPOISON]++;
		return TRUE;
	}
	pfn = buddy_take_page(m, m->zones->pdata[rng_below(&m->rng, m->zones->len)],
			      rng_next(&m->rng));
	if (pfn == NO_PFN)
		return FALSE;
	i = alloc_new(m, pfn, 0, PC_HWPOISON, AF_PINNED);
	m->bits[alloc_get(m, i)->pfn] |= FB_POISON;
	return TRUE;
}

static gboolean make_one(struct machine *m, enum page_class cls, guint64 room)
{
	int huge = arch_huge_order(m, FALSE), limit = MIN(log2_u64(MAX(room, 1)), huge);
	guint32 i;

	switch (cls) {
	case PC_FILE:
	case PC_SHMEM:
		return make_file(m, cls, limit);
	case PC_ANON:
		return make_anon(m, limit);
	case PC_KSM:
		i = make_folio(m, cls, 0, 0);
		if (i == NO_PFN)
			return FALSE;
		set_mapped(m, i, 2 + rng_below(&m->rng, 9), FALSE);
		return TRUE;
	case PC_SWAP_CACHE:
		i = make_folio(m, cls, 0, 0);
		if (i == NO_PFN)
			return FALSE;
		if (rng_percent(&m->rng, 40))
			set_mapped(m, i, 1, FALSE);
		else if (rng_percent(&m->rng, 50))
			alloc_get(m, i)->flags |= AF_BARE;	/* read ahead */
		return TRUE;
	case PC_HUGETLB:
		return make_hugetlb(m, buddy_alloc(m, pick_node(m), TRUE, 1, huge),
				    huge);
	case PC_SLAB:
		return make_slab(m);
	case PC_LARGE_KMALLOC:
		return make_kernel(m, cls, 2 + rng_below(&m->rng, 3), 0, AF_COMPOUND);
	case PC_PAGE_TABLE:
	case PC_ZSMALLOC:
	case PC_NET_POOL:
	case PC_OFFLINE:
		return make_kernel(m, cls, 0, cls == PC_ZSMALLOC ? 1 : 0, 0);
	case PC_MOVABLE:
		return make_kernel(m, cls, rng_below(&m->rng, 2), 1, 0);
	case PC_VMALLOC:
	case PC_PERCPU:
		return make_kernel(m, cls, rng_below(&m->rng, 4), 0, 0);
	case PC_ZERO_PAGE:
		return make_kernel(m, cls, 0, 0, AF_PINNED);
	case PC_GUARD:
		return make_kernel(m, cls, rng_below(&m->rng, 3), 0, 0);
	case PC_RESERVED:
		return make_kernel(m, cls, rng_below(&m->rng, 3), 0, AF_HIDDEN_ORDER);
	case PC_HWPOISON:
		return make_poison(m);
	default:
		return make_other(m);
	}
}

static void free_one(struct machine *m)
{
	guint32 i = g_array_index(m->live, guint32, rng_below(&m->rng, m->live->len));
	struct alloc *a = alloc_get(m, i);

	if (a->cls == PC_SLAB)
		slab_freed(m, a->owner);
	alloc_end(m, i);
}

/* all that may be freed in the pageblock of a random allocation goes */
static void free_block(struct machine *m)
{
	guint64 nr = 1ull << m->recipe->pageblock_order, start;
	guint32 pick = g_array_index(m->live, guint32, rng_below(&m->rng, m->live->len));

	start = align_down(alloc_get(m, pick)->pfn, nr);
	for (guint64 pfn = start; pfn < start + nr; pfn++) {
		struct alloc *a;

		if (!(m->bits[pfn] & FB_HEAD) || m->cls[pfn] == PC_FREE ||
		    m->cls[pfn] == PC_FREE_PCP)
			continue;
		a = alloc_of(m, pfn);
		if (a->flags & AF_PINNED)
			continue;
		if (a->cls == PC_SLAB)
			slab_freed(m, a->owner);
		alloc_end(m, *frame_owner(m, pfn));
	}
}

/* classes this kernel cannot mark become what they look like there */
static void fix_shares(struct machine *m, double *share)
{
	const struct recipe *r = m->recipe;

	if (m->format->can_mark) {
		for (int c = 0; c < PC_COUNT; c++) {
			if (!share[c] || m->format->can_mark(m, c))
				continue;
			share[c == PC_KSM ? PC_ANON : PC_KERNEL_OTHER] += share[c];
			share[c] = 0;
		}
		return;
	}
	if (!r->large_kmalloc_type) {
		share[PC_KERNEL_OTHER] += share[PC_LARGE_KMALLOC];
		share[PC_LARGE_KMALLOC] = 0;
	}
	if (r->scheme < SCHEME_HIGH) {
		share[PC_KERNEL_OTHER] += share[PC_ZSMALLOC];
		share[PC_ZSMALLOC] = 0;
	}
	if (!r->memory_failure)
		share[PC_HWPOISON] = 0;
	/* page_pool's words have fixed places that permuted ones would collide with */
	if (r->permute)
		share[PC_NET_POOL] = 0;
}

static guint64 in_use(struct machine *m)
{
	guint64 n = 0;

	for (int c = 0; c < PC_COUNT; c++)
		n += m->used[c];
	return n;
}

static void grow(struct machine *m, const double *want)
{
	gboolean dead[PC_COUNT] = { FALSE };
	int failed[PC_COUNT] = { 0 };

	while (!mk_interrupted) {
		double sum = 0, at;
		int cls;

		m->cpu = rng_below(&m->rng, m->recipe->cpus);
		if (m->live->len > 100 && rng_percent(&m->rng, m->recipe->churn)) {
			free_one(m);
			continue;
		}
		for (cls = 0; cls < PC_COUNT; cls++)
			if (!dead[cls] && want[cls] > m->used[cls])
				sum += want[cls] - m->used[cls];
		if (sum < 1)
			return;
		at = (rng_next(&m->rng) >> 11) * 0x1p-53 * sum;
		for (cls = 0; cls < PC_COUNT - 1; cls++) {
			if (!dead[cls] && want[cls] > m->used[cls])
				at -= want[cls] - m->used[cls];
			if (at < 0)
				break;
		}
		/* as reading ahead and faulting do, several of a kind one after another */
		for (int n = MAX(m->recipe->burst, 1); n && want[cls] > m->used[cls]; n--) {
			if (make_one(m, cls, want[cls] - m->used[cls]))
				continue;
			/* give up on a class whose order no zone has any more */
			if (++failed[cls] > 8)
				dead[cls] = TRUE;
			break;
		}
	}
}

/* leave something on every per-cpu list, as a running system does */
static void fill_pcp(struct machine *m)
{
	for (int cpu = 0; cpu < m->recipe->cpus; cpu++)
		for (int n = 0; n < m->nr_nodes; n++)
			for (int mt = 0; mt < 3 && m->recipe->pcp_fill; mt++)
				for (int order = 0; order <= 3; order++) {
					guint32 pfn;

					if (!m->nodes[n].present || order > 1 + mt)
						continue;
					m->cpu = cpu;
					pfn = buddy_alloc(m, n, FALSE, mt, order);
					if (pfn != NO_PFN)
						buddy_free(m, pfn, order);
				}
}

/**
 * work_step:
 *
 * One allocation or one free, in a machine that work_run() has made. Page cache stays as it is: the
 * trees that hold it were built for good.
 */
void work_step(struct machine *m)
{
	static const enum page_class classes[] = { PC_ANON, PC_KERNEL_OTHER, PC_SLAB };

	m->cpu = rng_below(&m->rng, m->recipe->cpus);
	if (rng_percent(&m->rng, 50)) {
		make_one(m, classes[rng_below(&m->rng, G_N_ELEMENTS(classes))], 512);
		return;
	}
	for (int tries = 0; tries < 50 && m->live->len; tries++) {
		guint32 i = g_array_index(m->live, guint32, rng_below(&m->rng, m->live->len));
		struct alloc *a = alloc_get(m, i);

		if (a->cls != PC_ANON && a->cls != PC_KERNEL_OTHER)
			continue;
		alloc_end(m, i);
		return;
	}
}

/**
 * work_run:
 *
 * From freshly booted to the recipe's fill and fragmentation. Every class that has a
 * share ends within one allocation of it, unless memory for its order ran out.
 */
gboolean work_run(struct machine *m, GError **error)
{
	const struct recipe *r = m->recipe;
	double share[PC_COUNT], want[PC_COUNT], sum = 0, target, extra;
	guint64 managed = 0;
	g_autoptr(GArray) gigantic = g_array_new(FALSE, FALSE, sizeof(guint32));
	guint32 text, note;

	/* gigantic pages are taken before anything is in their way, as at boot */
	for (guint64 i = 0; i < r->gigantic; i++) {
		guint32 pfn = buddy_alloc_aligned_range(m, 1ull << arch_huge_order(m, TRUE));

		if (pfn == NO_PFN) {
			g_set_error(error, MK_ERROR, MK_ERROR_RECIPE,
				    "[workload] gigantic: no aligned free GiB left for "
				    "number %" G_GUINT64_FORMAT,
				    i + 1);
			return FALSE;
		}
		g_array_append_val(gigantic, pfn);
	}
	slab_boot(m);
	m->command_line_pa = slab_object_new(m, slab_cache_find(m, "kmalloc-64"), 0);
	/* the pages of VMCOREINFO: its text, and the ELF note with a copy */
	text = buddy_alloc(m, 0, FALSE, 0, 0);
	note = buddy_alloc(m, 0, FALSE, 0, 1);
	if (text == NO_PFN || note == NO_PFN || !m->command_line_pa) {
		g_set_error_literal(
			error, MK_ERROR, MK_ERROR_RECIPE,
			"no memory is left after boot; the zones are too small");
		return FALSE;
	}
	alloc_new(m, text, 0, PC_KERNEL_OTHER, AF_PINNED);
	alloc_new(m, note, 1, PC_KERNEL_OTHER, AF_PINNED | AF_HIDDEN_ORDER);
	m->vmcoreinfo_pa = (guint64)text << r->page_shift;
	m->note_pa = (guint64)note << r->page_shift;
	buddy_set_highatomic(m, r->highatomic);
	for (guint i = 0; i < gigantic->len; i++)
		make_hugetlb(m, g_array_index(gigantic, guint32, i),
			     arch_huge_order(m, TRUE));

	for (guint i = 0; i < m->zones->len; i++) {
		struct zone *z = m->zones->pdata[i];

		managed += z->managed - (z->unaccepted.nr << (r->nr_orders - 1));
	}
	for (int c = 0; c < PC_COUNT; c++)
		share[c] = r->share[c];
	fix_shares(m, share);
	for (int c = 0; c < PC_COUNT; c++)
		sum += share[c];
	target = managed * r->fill / 100;
	extra = (managed - target) * CLAMP(r->fragmentation, 30, 80) / 100;
	for (int c = 0; c < PC_COUNT; c++)
		want[c] = sum ? share[c] / sum * (target + extra) : 0;
	grow(m, want);
	while (in_use(m) > target && m->live->len) {
		if (buddy_fragmentation(m) < r->fragmentation)
			free_one(m);
		else
			free_block(m);
	}
	if (!xarray_build(m)) {
		g_set_error_literal(
			error, MK_ERROR, MK_ERROR_RECIPE,
			"[workload] fill: no memory was left for the nodes of the "
			"page cache; use a lower one");
		return FALSE;
	}
	buddy_drain(m, r->pcp_fill);
	if (r->isolate) {
		buddy_drain(m, 0);
		buddy_isolate(m, r->isolate);
		fill_pcp(m);
	} else {
		fill_pcp(m);
	}
	m->cpu = 0;
	return TRUE;
}
