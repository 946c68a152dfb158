/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An entry's two lowest bits tell what it is: 0 a pointer, 1 or 3 a value, 2 internal: above 4096 a
 * pointer to a node, below it a sibling (the slot it names holds the entry), or the marks "retry"
 * (256) and "zero" (257), which stand for nothing here.
 */
#include "graph/xarray.h"

#include <string.h>

#define MAX_DEPTH 16		/* 64 bits of index in steps of 4 */
#define INTERNAL_END 4096

gboolean anz_xarray_resolve(AnzXarrayLayout *layout, AnzKernel *kernel)
{
	guint64 nr_slots = 0, slot_size = 0;
	AnzField slots;

	memset(layout, 0, sizeof(*layout));
	layout->kernel = kernel;
	anz_field(kernel, "xa_node", "count", &layout->count);
	if (!anz_field(kernel, "xa_node", "shift", &layout->shift) ||
	    !anz_field(kernel, "xa_node", "slots", &slots) ||
	    !anz_kernel_array_len(kernel, "xa_node", "slots", &nr_slots, &slot_size) ||
	    slot_size != 8 || (nr_slots != 16 && nr_slots != 64))
		return FALSE;
	layout->slots = slots.offset;
	layout->chunk_shift = nr_slots == 64 ? 6 : 4;
	anz_record_init_type(&layout->node, kernel, "xa_node");
	layout->stack = g_malloc(layout->node.size * MAX_DEPTH);
	return layout->node.size >= layout->slots + nr_slots * 8;
}

void anz_xarray_clear(AnzXarrayLayout *layout)
{
	anz_record_clear(&layout->node);
	g_clear_pointer(&layout->stack, g_free);
}

typedef struct {
	AnzXarrayLayout *layout;
	AnzXarrayFunc func;
	gpointer data;
	guint64 nodes_left;
	gboolean whole;
} Walk;

static gboolean is_node(guint64 entry)
{
	return (entry & 3) == 2 && entry > INTERNAL_END;
}

/* Every slot that is not empty counts, siblings too. */
static void count_slots(AnzXarrayLayout *l, guint64 node, const guint8 *slots)
{
	guint used = 0;

	for (guint i = 0; i < 1u << l->chunk_shift; i++)
		used += anz_load64(slots + i * 8, l->kernel->big_endian) != 0;
	if (l->count.known && anz_record_get(&l->node, &l->count) != used)
		l->odd_node = node;
}

static void walk_node(Walk *walk, guint64 node, guint64 index, guint max_shift, guint depth)
{
	AnzXarrayLayout *l = walk->layout;
	guint nr_slots = 1u << l->chunk_shift, shift;
	guint64 paddr, len;
	guint8 *bytes = l->stack + depth * l->node.size;
	const guint8 *slots = bytes + l->slots;

	if (!walk->nodes_left || depth >= MAX_DEPTH || !anz_record_read(&l->node, node) ||
	    l->node.len < l->node.size) {
		walk->whole = FALSE;
		/* An address that is nowhere is wrong, one that is not in the dump is not. */
		if (!walk->nodes_left || depth >= MAX_DEPTH ||
		    !anz_image_translate(l->kernel->image, node, &paddr, &len))
			l->odd_node = node;
		return;
	}
	walk->nodes_left--;
	shift = anz_record_get(&l->node, &l->shift);
	/* Each level is one chunk lower; a node that is not would lead in circles. */
	if (shift % l->chunk_shift || shift >= 64 || shift > max_shift) {
		walk->whole = FALSE;
		l->odd_node = node;
		return;
	}
	memcpy(bytes, l->node.bytes, l->node.size);
	count_slots(l, node, slots);
	for (guint i = 0; i < nr_slots; ) {
		guint64 entry = anz_load64(slots + i * 8, l->kernel->big_endian);
		guint64 at = index + ((guint64)i << shift);
		guint nr = 1;

		if (is_node(entry)) {
			if (shift) {
				walk_node(walk, anz_kernel_untag(l->kernel, entry - 2), at,
					  shift - l->chunk_shift, depth + 1);
			} else {
				walk->whole = FALSE;
				l->odd_node = node;
			}
		} else if (entry && (entry & 3) != 2) {
			/* Siblings of this entry follow it. */
			while (i + nr < nr_slots &&
			       anz_load64(slots + (i + nr) * 8, l->kernel->big_endian) ==
			       ((guint64)i << 2 | 2))
				nr++;
			walk->func(at, (guint64)nr << shift, entry, walk->data);
		}
		i += nr;
	}
}

gboolean anz_xarray_walk(AnzXarrayLayout *layout, guint64 head, guint64 max_nodes,
			 AnzXarrayFunc func, gpointer data)
{
	Walk walk = { .layout = layout, .func = func, .data = data, .nodes_left = max_nodes,
		      .whole = TRUE };

	layout->odd_node = 0;
	if (is_node(head))
		walk_node(&walk, anz_kernel_untag(layout->kernel, head - 2), 0, 63, 0);
	else if (head && (head & 3) != 2)
		/* A single entry at index 0 needs no node. */
		func(0, 1, head, data);
	return walk.whole;
}
