/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The page cache's index: an xarray per file, built when the workload has ended, with
 * its nodes as slab objects. A folio of order o fills 2^o slots of a leaf: an entry and
 * siblings, or the same one or more levels up.
 */
#include "format.h"

#define CHUNK 6
#define SLOTS (1 << CHUNK)

static guint64 node_new(struct machine *m, int node, guint64 array, guint64 parent,
			int shift, int offset)
{
	const struct kbuild *kb = m->kb;
	guint64 pa = slab_object_new(m, slab_cache_find(m, "radix_tree_node"), node);

	if (!pa)
		return 0;
	image_put(&m->img, pa + koff(kb, "xa_node.shift"), shift, 1);
	image_put(&m->img, pa + koff(kb, "xa_node.offset"), offset, 1);
	image_put(&m->img, pa + koff(kb, "xa_node.parent"), parent, 8);
	image_put(&m->img, pa + koff(kb, "xa_node.array"), array, 8);
	return pa;
}

static void set_slot(struct machine *m, guint64 node_pa, int i, guint64 entry)
{
	guint64 count = node_pa + koff(m->kb, "xa_node.count");

	image_put(&m->img, node_pa + koff(m->kb, "xa_node.slots") + i * 8, entry, 8);
	++*image_at(&m->img, count);
}

/* the node that an entry of @shift at @index belongs into; 0 without memory */
static guint64 descend(struct machine *m, int nid, guint64 array, guint64 root, int shift,
		       int leaf_shift, guint64 index)
{
	guint64 node = root;

	for (; shift > leaf_shift; shift -= CHUNK) {
		int i = index >> shift & (SLOTS - 1);
		guint64 at = node + koff(m->kb, "xa_node.slots") + i * 8;
		guint64 child = get64(image_at(&m->img, at));

		if (!child) {
			guint64 pa = node_new(m, nid, array, phys_to_virt(m, node),
					      shift - CHUNK, i);

			if (!pa)
				return 0;
			child = phys_to_virt(m, pa) | 2;
			set_slot(m, node, i, child);
		}
		node = (child & ~3ull) - m->page_offset;
	}
	return node;
}

static gboolean insert(struct machine *m, int nid, guint64 array, guint64 root, int top,
		       const struct alloc *a, guint64 entry)
{
	int shift = a->order / CHUNK * CHUNK, n = 1 << a->order % CHUNK;
	guint64 node = descend(m, nid, array, root, top, shift, a->index);
	int i = a->index >> shift & (SLOTS - 1);

	if (!node)
		return FALSE;
	set_slot(m, node, i, entry);
	/* a sibling is the number of the slot it repeats, as an internal entry */
	for (int k = 1; k < n; k++)
		set_slot(m, node, i + k, (guint64)i << 2 | 2);
	return TRUE;
}

static gboolean build(struct machine *m, const struct owner *o, GArray *folios)
{
	const struct kbuild *kb = m->kb;
	guint64 pages =
		o->va + koff(kb, "inode.i_data") + koff(kb, "address_space.i_pages");
	guint64 head = pages - m->page_offset + koff(kb, "xarray.xa_head"), root;
	guint64 last = 0;
	int top = 0;

	for (guint i = 0; i < folios->len; i++) {
		const struct alloc *a = alloc_get(m, g_array_index(folios, guint32, i));

		last = MAX(last, a->index + (1ull << a->order) - 1);
		top = MAX(top, a->order / CHUNK * CHUNK);
	}
	image_put(&m->img, pages - m->page_offset + koff(kb, "xarray.xa_flags"), 0x21, 4);
	if (!folios->len)
		return TRUE;
	if (!last) {
		const struct alloc *a = alloc_get(m, g_array_index(folios, guint32, 0));

		image_put(&m->img, head, m->format->folio_va(m, a), 8);
		return TRUE;
	}
	while (last >> (top + CHUNK))
		top += CHUNK;
	root = node_new(m, o->node, pages, 0, top, 0);
	if (!root)
		return FALSE;
	image_put(&m->img, head, phys_to_virt(m, root) | 2, 8);
	for (guint i = 0; i < folios->len; i++) {
		struct alloc a = *alloc_get(m, g_array_index(folios, guint32, i));

		if (!insert(m, o->node, pages, root, top, &a, m->format->folio_va(m, &a)))
			return FALSE;
	}
	return TRUE;
}

static gboolean build_all(struct machine *m, GArray *owners, enum page_class cls)
{
	g_autoptr(GPtrArray) lists = g_ptr_array_new_with_free_func(
		(GDestroyNotify)g_array_unref);
	guint n = m->allocs->len;

	for (guint i = 0; i < owners->len; i++)
		g_ptr_array_add(lists, g_array_new(FALSE, FALSE, sizeof(guint32)));
	for (guint32 i = 0; i < n; i++) {
		const struct alloc *a = alloc_get(m, i);

		if (a->cls == cls && a->owner < owners->len)
			g_array_append_val((GArray *)lists->pdata[a->owner], i);
	}
	for (guint i = 0; i < owners->len; i++)
		if (!build(m, &g_array_index(owners, struct owner, i), lists->pdata[i]))
			return FALSE;
	return TRUE;
}

/**
 * xarray_build:
 *
 * Returns: FALSE if memory ran out for the nodes; the trees are incomplete then.
 */
gboolean xarray_build(struct machine *m)
{
	return build_all(m, m->inodes, PC_FILE) && build_all(m, m->shmem, PC_SHMEM);
}
