/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "check/still.h"

static const AnzZoneState *state_at(const GArray *states, guint zone)
{
	return &g_array_index(states, AnzZoneState, zone);
}

static AnzZoneState read_state(AnzKernel *kernel, guint zone)
{
	const AnzZone *it = &g_array_index(kernel->zones, AnzZone, zone);
	AnzZoneState state = { .address = it->address };

	state.known = anz_kernel_allocated_pages(kernel, it->name, &state.allocated);
	return state;
}

GArray *anz_zone_states_take(AnzKernel *kernel)
{
	GArray *states = g_array_sized_new(FALSE, TRUE, sizeof(AnzZoneState), kernel->zones->len);

	for (guint i = 0; i < kernel->zones->len; i++) {
		AnzZoneState state = read_state(kernel, i);

		g_array_append_val(states, state);
	}
	return states;
}

/* FNV-1a, by words. */
static void add(GArray *states, guint zone, guint64 value)
{
	AnzZoneState *state = zone < states->len ? &g_array_index(states, AnzZoneState, zone) : NULL;

	if (state)
		state->listed = (state->listed ^ value) * 0x100000001b3ull;
}

static void add_blocks(GArray *states, const GArray *blocks, guint family)
{
	for (guint i = 0; i < blocks->len; i++) {
		const AnzListBlock *it = &g_array_index(blocks, AnzListBlock, i);

		add(states, it->zone, it->pfn);
		add(states, it->zone, family << 24 | it->cpu << 16 | it->order << 8 | it->list);
	}
}

void anz_zone_states_add_lists(GArray *states, const AnzLists *lists)
{
	add_blocks(states, lists->free_blocks, 1);
	add_blocks(states, lists->unaccepted, 2);
	add_blocks(states, lists->pcp_blocks, 3);
	for (guint i = 0; i < lists->free_lists->len; i++) {
		const AnzFreeList *it = &g_array_index(lists->free_lists, AnzFreeList, i);

		add(states, it->zone, it->nr_free);
	}
	for (guint i = 0; i < lists->pcp_sets->len; i++) {
		const AnzPcpSet *it = &g_array_index(lists->pcp_sets, AnzPcpSet, i);

		add(states, it->zone, it->count);
	}
}

gboolean *anz_zone_states_still(const GArray *first, const GArray *again, AnzKernel *kernel)
{
	gboolean *still = g_new0(gboolean, MAX(first->len, 1));

	for (guint i = 0; i < first->len && i < kernel->zones->len && (!again || i < again->len); i++) {
		const AnzZoneState *then = state_at(first, i);
		AnzZoneState now = read_state(kernel, i);

		still[i] = then->known && now.known && then->address == now.address &&
			   then->allocated == now.allocated &&
			   (!again || (state_at(again, i)->address == then->address &&
				       state_at(again, i)->listed == then->listed));
	}
	return still;
}
