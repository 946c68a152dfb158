/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The book of allocations: one record per block that the allocator gave out, found from
 * its first frame, and the list of those that the workload may free again.
 */
#include <string.h>
#include <sys/mman.h>

#include "format.h"

struct alloc *alloc_get(struct machine *m, guint32 index)
{
	return &g_array_index(m->allocs, struct alloc, index);
}

/**
 * alloc_new:
 * @pfn: first frame of a block of 2^@order, already off the free lists
 * @flags: enum alloc_flag; without AF_PINNED the workload may free it
 *
 * Returns: its number, which holds until alloc_end(). A pointer from alloc_get() holds
 * only until the next alloc_new().
 */
guint32 alloc_new(struct machine *m, guint32 pfn, int order, enum page_class cls,
		  guint32 flags)
{
	struct alloc a = { .pfn = pfn, .nr_pages = 1u << order, .flags = flags,
		.order = order, .cls = cls, .owner = NO_PFN, .live = NO_PFN };
	guint32 index;

	if (m->alloc_free->len) {
		index = g_array_index(m->alloc_free, guint32, m->alloc_free->len - 1);
		g_array_set_size(m->alloc_free, m->alloc_free->len - 1);
	} else {
		index = m->allocs->len;
		g_array_set_size(m->allocs, index + 1);
	}
	if (!(flags & AF_PINNED)) {
		a.live = m->live->len;
		g_array_append_val(m->live, index);
	}
	*alloc_get(m, index) = a;
	frames_forget(m, pfn, a.nr_pages);
	memset(m->cls + pfn, cls, a.nr_pages);
	for (guint64 p = pfn + 1; p < pfn + (guint64)a.nr_pages; p++)
		m->bits[p] &= ~FB_HEAD;
	m->bits[pfn] |= FB_HEAD;
	*frame_order(m, pfn) = order;
	*frame_owner(m, pfn) = index;
	m->used[cls] += a.nr_pages;
	if (m->format->alloc)
		m->format->alloc(m, alloc_get(m, index));
	return index;
}

static void drop_live(struct machine *m, struct alloc *a)
{
	guint32 last;

	if (a->live == NO_PFN)
		return;
	last = g_array_index(m->live, guint32, m->live->len - 1);
	g_array_index(m->live, guint32, a->live) = last;
	alloc_get(m, last)->live = a->live;
	g_array_set_size(m->live, m->live->len - 1);
	a->live = NO_PFN;
}

void alloc_pin(struct machine *m, guint32 index)
{
	struct alloc *a = alloc_get(m, index);

	drop_live(m, a);
	a->flags |= AF_PINNED;
}

static GArray *owners_of(struct machine *m, enum page_class cls)
{
	switch (cls) {
	case PC_FILE:
		return m->inodes;
	case PC_SHMEM:
		return m->shmem;
	case PC_ANON:
	case PC_SWAP_CACHE:
		return m->anon;
	case PC_KSM:
		return m->ksm;
	case PC_PAGE_TABLE:
		return m->mms;
	default:
		return NULL;
	}
}

/* the block goes back to the allocator; its frames remember what they were */
void alloc_end(struct machine *m, guint32 index)
{
	struct alloc *a = alloc_get(m, index);
	GArray *owners = owners_of(m, a->cls);
	guint32 pfn = a->pfn;
	int order = a->order;

	if (m->format->free)
		m->format->free(m, a);
	a = alloc_get(m, index);
	drop_live(m, a);
	if (owners && a->owner < owners->len)
		g_array_index(owners, struct owner, a->owner).nr_pages -= a->nr_pages;
	m->used[a->cls] -= a->nr_pages;
	if (a->flags & AF_COMPOUND)
		for (guint64 p = pfn + 1; p < pfn + (1ull << order); p++)
			m->bits[p] |= FB_WAS_TAIL;
	if (a->cls == PC_KERNEL_OTHER && mix64(pfn) % 8 == 0)
		m->bits[pfn] |= FB_PRIVATE;
	a->cls = PC_FREE;
	g_array_append_val(m->alloc_free, index);
	buddy_free(m, pfn, order);
}

/**
 * machine_new:
 *
 * Returns: a machine whose page allocator is up and whose workload has not run.
 */
struct machine *machine_new(const struct recipe *r, struct kbuild *kb,
			    const struct page_format *fmt, GError **error)
{
	struct machine *m = g_new0(struct machine, 1);

	m->recipe = r;
	m->kb = kb;
	m->format = fmt;
	m->rng.state = r->seed * 0x9e3779b97f4a7c15ull + 1;
	m->zones = g_ptr_array_new();
	m->ram = g_array_new(FALSE, TRUE, sizeof(struct ram));
	m->allocs = g_array_new(FALSE, FALSE, sizeof(struct alloc));
	m->alloc_free = g_array_new(FALSE, FALSE, sizeof(guint32));
	m->live = g_array_new(FALSE, FALSE, sizeof(guint32));
	m->inodes = g_array_new(FALSE, TRUE, sizeof(struct owner));
	m->shmem = g_array_new(FALSE, TRUE, sizeof(struct owner));
	m->anon = g_array_new(FALSE, TRUE, sizeof(struct owner));
	m->ksm = g_array_new(FALSE, TRUE, sizeof(struct owner));
	m->mms = g_array_new(FALSE, TRUE, sizeof(struct owner));
	m->caches = g_ptr_array_new();
	m->slabs = g_ptr_array_new();
	m->slab_free = g_array_new(FALSE, FALSE, sizeof(guint32));
	m->vmcoreinfo = g_string_new(NULL);
	if (!boot_layout(m, error) || !boot_memory(m, error)) {
		machine_free(m);
		return NULL;
	}
	return m;
}

static void unmap(void *p, guint64 len)
{
	if (p)
		munmap(p, len);
}

void machine_free(struct machine *m)
{
	if (!m)
		return;
	if (m->format->stop)
		m->format->stop(m);
	for (guint i = 0; i < m->zones->len; i++) {
		struct zone *z = m->zones->pdata[i];

		g_free(z->pcp);
		g_free(z);
	}
	for (int i = 0; i < MAX_NODES; i++)
		g_free(m->nodes[i].nodestat_pa);
	for (guint i = 0; i < m->caches->len; i++) {
		struct slab_cache *c = m->caches->pdata[i];

		for (int n = 0; n < MAX_NODES; n++)
			if (c->partial[n])
				g_queue_free(c->partial[n]);
		g_free(c->name);
		g_free(c);
	}
	for (guint i = 0; i < m->slabs->len; i++) {
		struct slab *s = m->slabs->pdata[i];

		if (s)
			g_free(s->bits);
		g_free(s);
	}
	unmap(m->cls, m->max_pfn);
	unmap(m->bits, m->max_pfn);
	frames_clear(m);
	unmap(m->groups, m->nr_groups * sizeof(*m->groups));
	unmap(m->blocks, m->nr_blocks);
	unmap(m->isolated, m->nr_blocks);
	unmap(m->vmemmap_frame, m->nr_vmemmap * 4);
	image_clear(&m->img);
	g_ptr_array_unref(m->zones);
	g_array_unref(m->ram);
	g_array_unref(m->allocs);
	g_array_unref(m->alloc_free);
	g_array_unref(m->live);
	g_array_unref(m->inodes);
	g_array_unref(m->shmem);
	g_array_unref(m->anon);
	g_array_unref(m->ksm);
	g_array_unref(m->mms);
	g_ptr_array_unref(m->caches);
	g_ptr_array_unref(m->slabs);
	g_array_unref(m->slab_free);
	g_string_free(m->vmcoreinfo, TRUE);
	g_free(m);
}
