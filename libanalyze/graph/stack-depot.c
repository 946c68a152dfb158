/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A number has three parts, whose places and names are those of union handle_parts: which pool (counted
 * from 1 since 6.8, so that no stack has number 0), where in it, and bits of the user's.  A record holds
 * its own number, so what is found is known to be right.
 */
#include "graph/stack-depot.h"

#include <string.h>

#define MAX_POOLS 8192	/* DEPOT_POOLS_CAP */
#define ALIGN_SHIFT 4	/* DEPOT_STACK_ALIGN: offsets count so many bytes, as a power of two */

struct AnzStackDepot {
	AnzKernel *kernel;
	guint64 pools;		/* stack_pools, or stack_slabs up to 6.2 */
	guint first;		/* number of the first pool */
	AnzField index, offset;	/* in union handle_parts */
	AnzField size, handle, entries;	/* in struct stack_record */
	AnzRecord parts;	/* a number, taken apart */
};

AnzStackDepot *anz_stack_depot_new(AnzKernel *kernel)
{
	AnzStackDepot *d = g_new0(AnzStackDepot, 1);

	d->kernel = kernel;
	d->first = anz_field(kernel, "handle_parts", "pool_index_plus_1", &d->index);
	anz_record_init(&d->parts, kernel, 4);
	if ((!d->first && !anz_field(kernel, "handle_parts", "pool_index|slabindex", &d->index)) ||
	    !anz_field(kernel, "handle_parts", "offset", &d->offset) ||
	    !anz_field(kernel, "stack_record", "size", &d->size) ||
	    !anz_field(kernel, "stack_record", "handle", &d->handle) ||
	    !anz_field(kernel, "stack_record", "entries", &d->entries) ||
	    (!anz_kernel_symbol(kernel, "stack_pools", &d->pools) &&
	     !anz_kernel_symbol(kernel, "stack_slabs", &d->pools)))
		g_clear_pointer(&d, anz_stack_depot_free);
	return d;
}

void anz_stack_depot_free(AnzStackDepot *depot)
{
	if (!depot)
		return;
	anz_record_clear(&depot->parts);
	g_free(depot);
}

static void take_apart(AnzStackDepot *d, guint32 handle, guint64 *index, guint64 *offset)
{
	guint32 stored = d->kernel->big_endian ? GUINT32_TO_BE(handle) : GUINT32_TO_LE(handle);

	memcpy(d->parts.bytes, &stored, 4);
	d->parts.len = 4;
	*index = anz_record_get(&d->parts, &d->index);
	*offset = anz_record_get(&d->parts, &d->offset);
}

/* The record in the pool that @pools, an array of pointers, has at @index; %FALSE if it is another's. */
static gboolean find(AnzStackDepot *d, guint64 pools, guint64 index, guint64 offset, guint64 *record)
{
	guint64 pool, its_index, its_offset;
	guint32 handle;

	if (!anz_kernel_read_u64(d->kernel, pools + (index - d->first) * 8, &pool) || !pool)
		return FALSE;
	*record = pool + (offset << ALIGN_SHIFT);
	if (!anz_kernel_read_u32(d->kernel, *record + d->handle.offset, &handle))
		return FALSE;
	take_apart(d, handle, &its_index, &its_offset);
	return its_index == index && its_offset == offset;
}

guint anz_stack_depot_read(AnzStackDepot *depot, guint32 handle, guint64 frames[ANZ_STACK_FRAMES])
{
	guint64 index, offset, record, pools;
	guint32 size;

	take_apart(depot, handle, &index, &offset);
	if (!handle || index < depot->first)
		return 0;
	/* An array of so many pointers; later kernels allocate it, and keep a pointer to it. */
	if (!find(depot, depot->pools, index, offset, &record) &&
	    (!anz_kernel_read_u64(depot->kernel, depot->pools, &pools) ||
	     !find(depot, pools, index, offset, &record)))
		return 0;
	if (!anz_kernel_read_u32(depot->kernel, record + depot->size.offset, &size))
		return 0;
	size = MIN(size, ANZ_STACK_FRAMES);
	for (guint i = 0; i < size; i++)
		if (!anz_kernel_read_u64(depot->kernel, record + depot->entries.offset + i * 8,
					 &frames[i]))
			return i;
	return size;
}

/* Whether @pools has as its first a pool that begins with its first record. */
static gboolean begins(AnzStackDepot *d, guint64 pools)
{
	guint64 record;
	guint32 handle;

	return find(d, pools, d->first, 0, &record) &&
	       anz_kernel_read_u32(d->kernel, record + d->handle.offset, &handle) && handle;
}

void anz_stack_depot_each_pool(AnzStackDepot *depot, void (*func)(guint64 pool, gpointer data),
			       gpointer data)
{
	AnzKernel *kernel = depot->kernel;
	guint64 pools = depot->pools, pool, symbol;

	/* An array, or a pointer to one, as in anz_stack_depot_read(). */
	if (!begins(depot, pools) &&
	    (!anz_kernel_read_u64(kernel, pools, &pools) || !begins(depot, pools)))
		return;
	for (guint i = 0; i < MAX_POOLS && anz_kernel_read_u64(kernel, pools + i * 8ull, &pool) && pool; i++)
		func(pool, data);
	if (anz_kernel_symbol(kernel, "new_pool", &symbol) && anz_kernel_read_u64(kernel, symbol, &pool) &&
	    pool)
		func(pool, data);
}
