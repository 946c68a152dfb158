/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The pool begins with two guard pages; then a page for an object and a guard page take turns
 * (addr_to_metadata(), mm/kfence/kfence.h).  How many objects there are is a matter of configuration that
 * nothing states, but the metadata of each says on which page it is.
 */
#include "graph/kfence.h"

#define USUAL_PAGES 512	/* of a pool of 255 objects, which is what kernels are built with */

/* Frames from the pool's beginning to @pfn; %FALSE: no page for objects. */
static gboolean object_of(const AnzKfence *k, guint64 pfn, guint64 *index)
{
	if (!k->pool || pfn < k->pfn + 2 || (pfn - k->pfn) % 2)
		return FALSE;
	*index = (pfn - k->pfn) / 2 - 1;
	return TRUE;
}

/* Whether the metadata of object @index, those being at @metadata, name its page; then *@addr is set. */
static gboolean is_named(const AnzKfence *k, guint64 metadata, guint64 index, guint64 *addr)
{
	guint shift = k->kernel->page_shift;
	guint64 at = metadata + index * k->stride;

	if (!anz_kernel_read_u64(k->kernel, at + k->addr.offset, addr))
		return FALSE;
	*addr = anz_kernel_untag(k->kernel, *addr);
	return *addr >> shift == (k->pool >> shift) + 2 * (index + 1);
}

/* An array at first, the pointer to one since 6.5: the first object's page tells which. */
static void find_metadata(AnzKfence *k)
{
	guint64 array, pointer, addr;

	if (!anz_kernel_symbol(k->kernel, "kfence_metadata", &array) ||
	    !anz_kernel_sizeof(k->kernel, "kfence_metadata", &k->stride) ||
	    !anz_field(k->kernel, "kfence_metadata", "addr", &k->addr) ||
	    !anz_field(k->kernel, "kfence_metadata", "state", &k->state) ||
	    !anz_kernel_enumerator(k->kernel, "kfence_object_state", "KFENCE_OBJECT_FREED", &k->freed) ||
	    !anz_kernel_enumerator(k->kernel, "kfence_object_state", "KFENCE_OBJECT_UNUSED", &k->unused))
		return;
	if (anz_kernel_read_u64(k->kernel, array, &pointer) && pointer &&
	    is_named(k, pointer, 0, &addr))
		k->metadata = pointer;
	else if (is_named(k, array, 0, &addr))
		k->metadata = array;
}

void anz_kfence_find(const AnzGraph *graph, AnzKfence *kfence)
{
	AnzKernel *kernel = graph->kernel;
	guint64 symbol, pool;

	*kfence = (AnzKfence){ .kernel = kernel };
	if (!anz_kernel_symbol(kernel, "__kfence_pool", &symbol) ||
	    !anz_kernel_read_u64(kernel, symbol, &pool) || !pool ||
	    !anz_graph_pfn_of(graph, pool, &kfence->pfn))
		return;
	kfence->pool = anz_kernel_untag(kernel, pool);
	find_metadata(kfence);
}

gboolean anz_kfence_page(const AnzKfence *kfence, guint64 pfn, guint32 *first, gboolean *in_use)
{
	guint64 index, addr;
	guint32 state;

	*first = 0;
	*in_use = FALSE;
	if (!object_of(kfence, pfn, &index))
		return FALSE;
	if (!kfence->metadata)
		return pfn - kfence->pfn < USUAL_PAGES;
	if (!is_named(kfence, kfence->metadata, index, &addr))
		return FALSE;
	*first = addr & (((guint64)1 << kfence->kernel->page_shift) - 1);
	*in_use = anz_kernel_read_u32(kfence->kernel, kfence->metadata + index * kfence->stride +
				      kfence->state.offset, &state) &&
		  state != kfence->unused && state != kfence->freed;
	return TRUE;
}
