/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Planted faults in what hangs on pages: slabs and their lists, files and their trees, page tables.  The
 * structures are the same for every shape of struct page.
 */
#include <string.h>

#include "classic.h"
#include "faults-private.h"

#define NEED(condition) \
	do { \
		if (!(condition)) \
			return FALSE; \
	} while (0)

/* of an address in the direct map or in a struct page */
static guint64 va_pa(struct machine *m, guint64 va)
{
	guint64 offset = va - m->vmemmap;

	if (va >= m->vmemmap && offset / m->page_size_struct < m->max_pfn)
		return page_pa(m, offset / m->page_size_struct) + offset % m->page_size_struct;
	return va - m->page_offset;
}

/* ---- slabs ---- */

enum slab_want { FULL, PARTIAL };

/* a slab of a cache that nobody has pointers into, in the middle of the machine */
static struct slab *pick_slab(struct machine *m, enum slab_want want, struct slab_cache **cache)
{
	static const char *const names[] = { "dentry", "filp", "vm_area_struct", "kmalloc-192" };
	struct slab *found = NULL;

	for (guint i = 0; i < m->slabs->len / 2 || (i < m->slabs->len && !found); i++) {
		struct slab *s = m->slabs->pdata[i];
		struct slab_cache *c = s ? m->caches->pdata[s->cache] : NULL;

		for (guint n = 0; c && n < G_N_ELEMENTS(names); n++)
			if (!strcmp(c->name, names[n]) && !s->frozen &&
			    (want == FULL ? s->in_use == s->objects :
			     s->partial && s->in_use > 1 && s->objects - s->in_use > 3)) {
				found = s;
				*cache = c;
			}
	}
	return found;
}

static guint64 slab_member(struct machine *m, const struct slab *s, const char *member)
{
	return m->format->slab_pa(m, alloc_get(m, s->alloc)) + koff(m->kb, member);
}

static guint64 pfn_of(struct machine *m, const struct slab *s)
{
	return alloc_get(m, s->alloc)->pfn;
}

/* inuse is the lowest of the bit-fields, or, in big-endian order, the highest */
static void add_inuse(struct machine *m, struct fault *f, const struct slab *s, int by)
{
	guint64 pa = slab_member(m, s, "slab.counters");

	fault_poke(f, pa, fault_peek(m, f, pa, 8) + (mk_big ? (guint64)by << 48 : (guint64)by), 8);
}

static gboolean slab_cache(struct machine *m, struct fault *f)
{
	const struct alloc *a = fault_pick_alloc(m, PC_PAGE_TABLE, 0, 0, 0, 0);
	struct slab_cache *c;
	const struct slab *s = pick_slab(m, FULL, &c);

	NEED(a && s);
	f->pfn = pfn_of(m, s);
	fault_poke(f, slab_member(m, s, "slab.slab_cache"),
		   phys_to_virt(m, (guint64)a->pfn << m->recipe->page_shift), 8);
	return TRUE;
}

static gboolean slab_objects(struct machine *m, struct fault *f)
{
	struct slab_cache *c;
	const struct slab *s = pick_slab(m, FULL, &c);

	NEED(s);
	f->pfn = pfn_of(m, s);
	add_inuse(m, f, s, 1);
	return TRUE;
}

/* the link in the first free object, as a write behind the object before it would leave it */
static gboolean slab_freelist(struct machine *m, struct fault *f)
{
	struct slab_cache *c;
	const struct slab *s = pick_slab(m, PARTIAL, &c);
	guint64 first;

	NEED(s);
	f->pfn = pfn_of(m, s);
	first = fault_peek(m, f, slab_member(m, s, "slab.freelist"), 8) - m->page_offset;
	fault_poke(f, first + c->offset, 0x6b6b6b6b6b6b6b6b, 8);
	return TRUE;
}

static gboolean slab_count(struct machine *m, struct fault *f)
{
	struct slab_cache *c;
	const struct slab *s = pick_slab(m, PARTIAL, &c);

	NEED(s);
	f->pfn = pfn_of(m, s);
	add_inuse(m, f, s, -1);
	return TRUE;
}

static gboolean slab_list(struct machine *m, struct fault *f)
{
	struct slab_cache *c;
	const struct slab *s = pick_slab(m, PARTIAL, &c);

	NEED(s);
	f->pfn = pfn_of(m, s);
	fault_poke(f, slab_member(m, s, "slab.slab_list") + 8, phys_to_virt(m, 1 << 20), 8);
	return TRUE;
}

static gboolean spoil_node(struct machine *m, struct fault *f, const char *member)
{
	struct slab_cache *c;
	const struct slab *s = pick_slab(m, PARTIAL, &c);

	NEED(s);
	fault_add(m, f, c->node_pa[s->node] + koff(m->kb, member), 1, 8);
	return TRUE;
}

static gboolean slab_nr_partial(struct machine *m, struct fault *f)
{
	return spoil_node(m, f, "kmem_cache_node.nr_partial");
}

static gboolean slab_nr_slabs(struct machine *m, struct fault *f)
{
	return spoil_node(m, f, "kmem_cache_node.nr_slabs");
}

static gboolean slab_unlisted(struct machine *m, struct fault *f)
{
	struct slab_cache *c;
	const struct slab *s = pick_slab(m, PARTIAL, &c);
	guint64 pa, next, prev;

	NEED(s);
	f->pfn = pfn_of(m, s);
	pa = slab_member(m, s, "slab.slab_list");
	next = fault_peek(m, f, pa, 8);
	prev = fault_peek(m, f, pa + 8, 8);
	fault_poke(f, va_pa(m, prev), next, 8);
	fault_poke(f, va_pa(m, next) + 8, prev, 8);
	fault_add(m, f, c->node_pa[s->node] + koff(m->kb, "kmem_cache_node.nr_partial"), -1, 8);
	return TRUE;
}

/* ---- files ---- */

static const struct owner *file_of(struct machine *m, const struct alloc *a)
{
	return &g_array_index(m->inodes, struct owner, a->owner);
}

static guint64 space_member(struct machine *m, const struct alloc *a, const char *member)
{
	return file_of(m, a)->pa + koff(m->kb, "inode.i_data") + koff(m->kb, member);
}

/* the node that holds the entry of a single-page folio; 0: its file is that page alone */
static guint64 leaf_of(struct machine *m, const struct fault *f, const struct alloc *a)
{
	guint64 head = space_member(m, a, "address_space.i_pages") + koff(m->kb, "xarray.xa_head");
	guint64 entry = fault_peek(m, f, head, 8), node;
	int shift;

	if ((entry & 3) != 2)
		return 0;
	for (node = (entry & ~3ull) - m->page_offset;; node = (entry & ~3ull) - m->page_offset) {
		shift = fault_peek(m, f, node + koff(m->kb, "xa_node.shift"), 1);
		if (!shift)
			return node;
		entry = fault_peek(m, f, node + koff(m->kb, "xa_node.slots") +
				   (a->index >> shift & 63) * 8, 8);
	}
}

static guint64 slot_of(struct machine *m, guint64 leaf, const struct alloc *a)
{
	return leaf + koff(m->kb, "xa_node.slots") + (a->index & 63) * 8;
}

/* a file page in a tree with nodes, of another file than @but */
static const struct alloc *pick_page(struct machine *m, const struct fault *f, const struct alloc *but)
{
	for (guint i = m->allocs->len / 2; i < m->allocs->len; i++) {
		const struct alloc *a = alloc_get(m, i);

		if (a->cls == PC_FILE && !a->order && !(a->flags & AF_POISON) &&
		    (!but || but->owner != a->owner) && leaf_of(m, f, a))
			return a;
	}
	return NULL;
}

/* where a folio's mapping is in the image; 0 if it has none */
static guint64 mapping_pa(struct machine *m, const struct alloc *a, gboolean anon)
{
	const char *member = anon && khas(m->kb, "anon_folio.mapping") ? "anon_folio.mapping" :
			     khas(m->kb, "folio.mapping") ? "folio.mapping" : "page.mapping";

	return khas(m->kb, member) ? va_pa(m, m->format->folio_va(m, a)) + koff(m->kb, member) : 0;
}

static gboolean file_mapping(struct machine *m, struct fault *f)
{
	const struct alloc *a = pick_page(m, f, NULL);
	const struct alloc *other = fault_pick_alloc(m, PC_PAGE_TABLE, 0, 0, 0, 0);

	NEED(a && other);
	f->pfn = a->pfn;
	fault_poke(f, mapping_pa(m, a, FALSE),
		   phys_to_virt(m, (guint64)other->pfn << m->recipe->page_shift), 8);
	return TRUE;
}

/* a slot that leads to a page of another file */
static gboolean file_entry(struct machine *m, struct fault *f)
{
	const struct alloc *a = pick_page(m, f, NULL), *other = a ? pick_page(m, f, a) : NULL;

	NEED(other);
	f->pfn = other->pfn;
	fault_poke(f, slot_of(m, leaf_of(m, f, a), a), m->format->folio_va(m, other), 8);
	return TRUE;
}

/* removed, and still there */
static gboolean file_index(struct machine *m, struct fault *f)
{
	const struct alloc *a = pick_page(m, f, NULL);

	NEED(a);
	f->pfn = a->pfn;
	fault_poke(f, slot_of(m, leaf_of(m, f, a), a), 0, 8);
	fault_add(m, f, leaf_of(m, f, a) + koff(m->kb, "xa_node.count"), -1, 1);
	fault_add(m, f, space_member(m, a, "address_space.nrpages"), -1, 8);
	return TRUE;
}

static gboolean file_tree(struct machine *m, struct fault *f)
{
	const struct alloc *a = pick_page(m, f, NULL);

	NEED(a);
	fault_add(m, f, leaf_of(m, f, a) + koff(m->kb, "xa_node.count"), 1, 1);
	return TRUE;
}

static gboolean file_nrpages(struct machine *m, struct fault *f)
{
	const struct alloc *a = pick_page(m, f, NULL);

	NEED(a);
	fault_add(m, f, space_member(m, a, "address_space.nrpages"), 1, 8);
	return TRUE;
}

/* ---- anonymous pages, page tables ---- */

static gboolean anon_mapping(struct machine *m, struct fault *f)
{
	const struct alloc *a = fault_pick_alloc(m, PC_ANON, 0, 0, AF_MAPPED, AF_POISON);

	NEED(a && m->inodes->len && mapping_pa(m, a, TRUE));
	f->pfn = a->pfn;
	fault_poke(f, mapping_pa(m, a, TRUE),
		   g_array_index(m->inodes, struct owner, 0).va |
		   (fault_peek(m, f, mapping_pa(m, a, TRUE), 8) & 3), 8);
	return TRUE;
}

/* an entry of the kernel's top table that was empty leads to a page of a file */
static gboolean table_entry(struct machine *m, struct fault *f)
{
	const struct alloc *a = fault_pick_alloc(m, PC_FILE, 0, 0, 0, AF_POISON);
	guint64 half = PAGE_SIZE_OF(m) / 16;

	NEED(a);
	for (guint64 i = m->recipe->arch == ARCH_X86_64 ? half : 0; i < 2 * half; i++) {
		guint64 pa = m->pgd_pa + i * 8;

		const guint8 *entry = image_see(&m->img, pa);

		if (entry[0] || entry[7] || entry[1])
			continue;
		f->pfn = a->pfn;
		fault_poke(f, pa, paging_table_entry(m, (guint64)a->pfn << m->recipe->page_shift), 8);
		return TRUE;
	}
	return FALSE;
}

static gboolean hwpoison_count(struct machine *m, struct fault *f)
{
	NEED(m->recipe->memory_failure);
	fault_add(m, f, symbol_pa(m, "num_poisoned_pages"), 1, 8);
	return TRUE;
}

const struct fault_entry graph_faults[] = {
	{ "slab.cache", slab_cache },
	{ "slab.objects", slab_objects },
	{ "slab.freelist", slab_freelist },
	{ "slab.count", slab_count },
	{ "slab.list", slab_list },
	{ "slab.nr-partial", slab_nr_partial },
	{ "slab.nr-slabs", slab_nr_slabs },
	{ "slab.unlisted", slab_unlisted },
	{ "file.mapping", file_mapping },
	{ "file.entry", file_entry },
	{ "file.index", file_index },
	{ "file.tree", file_tree },
	{ "file.nrpages", file_nrpages },
	{ "anon.mapping", anon_mapping },
	{ "table.entry", table_entry },
	{ "hwpoison.count", hwpoison_count },
	{ NULL, NULL }
};
