/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The kernel's own counters: vm_stat of zones and nodes, with what each cpu has not yet folded in
 * (vm_stat_diff).  They are the yardstick of the census.  Source: mm/vmstat.c.
 */
#include "kernel/kernel-priv.h"

#define MAX_STAT_ITEMS 256

GArray *anz_kernel_stat_items(AnzKernel *kernel, const char *enum_name, const char *end_name,
			      guint *nr_items)
{
	const AnzType *type = anz_types_find_enum(kernel->types, enum_name);
	GArray *items = g_array_new(FALSE, TRUE, sizeof(AnzStatItem));
	gint64 end = 0;

	*nr_items = 0;
	for (guint i = 0; type && i < type->nr_enumerators; i++)
		if (g_str_equal(type->enumerators[i].name, end_name))
			end = type->enumerators[i].value;
	if (end <= 0 || end > MAX_STAT_ITEMS)
		return items;
	*nr_items = end;
	for (guint i = 0; i < type->nr_enumerators; i++) {
		const AnzEnumerator *from = &type->enumerators[i];
		AnzStatItem item = { .name = from->name, .number = from->value };

		if (from->value >= 0 && from->value < end)
			g_array_append_val(items, item);
	}
	return items;
}

/*
 * Adds the unfolded per-cpu parts: percpu is the per-cpu pointer kept in the zone or node, diff the
 * offset of an s8 array behind it.
 */
static void add_deltas(AnzKernel *kernel, guint64 percpu, guint64 diff, guint nr, gint64 *stat,
		       gint64 *delta)
{
	gint8 parts[MAX_STAT_ITEMS];

	for (guint i = 0; i < kernel->possible_cpus->len; i++) {
		guint cpu = g_array_index(kernel->possible_cpus, guint, i);

		if (!anz_kernel_read(kernel, percpu + kernel->percpu_offset[cpu] + diff, parts, nr)) {
			anz_kernel_remark(kernel, "warning", "counters", 1,
					  "per-cpu counter deltas are not in the dump; counters may be "
					  "short of them");
			continue;
		}
		for (guint item = 0; item < nr; item++) {
			/* A counter in a dump may be any number, so it may wrap. */
			stat[item] = (guint64)stat[item] + parts[item];
			delta[item] += parts[item];
		}
	}
}

static gint64 *read_stats(AnzKernel *kernel, guint64 address, const char *type, guint nr)
{
	guint64 offset;
	g_autofree guint8 *raw = g_malloc(nr * 8);
	gint64 *stat;

	if (!anz_kernel_member(kernel, type, "vm_stat", &offset, NULL) ||
	    !anz_kernel_read(kernel, address + offset, raw, nr * 8)) {
		anz_kernel_remark(kernel, "warning", "counters", 1,
				  "the vm_stat counters of a %s are not in the dump", type);
		return NULL;
	}
	stat = g_new0(gint64, nr);
	for (guint i = 0; i < nr; i++)
		stat[i] = anz_load64(raw + i * 8, kernel->big_endian);
	return stat;
}

/* Sum over cpus of the largest value an unfolded batch can have. */
static void add_tolerance(AnzKernel *kernel, guint64 percpu, const char *type)
{
	AnzMember member;
	guint8 threshold;

	if (!anz_types_member(kernel->types, type, "stat_threshold", &member))
		return;
	for (guint i = 0; i < kernel->possible_cpus->len; i++) {
		guint cpu = g_array_index(kernel->possible_cpus, guint, i);

		if (anz_kernel_read(kernel, percpu + kernel->percpu_offset[cpu] +
				    member.bit_offset / 8, &threshold, 1))
			kernel->stat_tolerance += threshold;
	}
}

/* Without type info there is one counter whose place VMCOREINFO states. */
static void take_stated_counter(AnzKernel *kernel)
{
	AnzStatItem item = { .name = "NR_FREE_PAGES" };
	gint64 number;

	if (!anz_vmcoreinfo_number(kernel->vmcoreinfo, item.name, &number) || number < 0 ||
	    number >= MAX_STAT_ITEMS)
		return;
	item.number = number;
	g_array_append_val(kernel->zone_stat_items, item);
	kernel->nr_zone_stats = number + 1;
	kernel->stat_deltas_missing = TRUE;
}

void anz_kernel_resolve_counters(AnzKernel *kernel)
{
	guint64 diff, percpu;
	gboolean zone_diffs, node_diffs, old_pageset;

	kernel->zone_stat_items = anz_kernel_stat_items(kernel, "zone_stat_item",
							"NR_VM_ZONE_STAT_ITEMS",
							&kernel->nr_zone_stats);
	kernel->node_stat_items = anz_kernel_stat_items(kernel, "node_stat_item",
							"NR_VM_NODE_STAT_ITEMS",
							&kernel->nr_node_stats);
	if (!kernel->nr_zone_stats && !anz_types_kind(kernel->types))
		take_stated_counter(kernel);
	if (!kernel->possible_cpus->len)	/* without symbols */
		kernel->stat_deltas_missing = TRUE;
	zone_diffs = anz_kernel_member(kernel, "per_cpu_zonestat", "vm_stat_diff", &diff, NULL);
	/* Before 5.14 the deltas lay beside the page lists. */
	old_pageset = !zone_diffs &&
		      anz_kernel_member(kernel, "per_cpu_pageset", "vm_stat_diff", &diff, NULL);
	for (guint i = 0; kernel->nr_zone_stats && i < kernel->zones->len; i++) {
		AnzZone *zone = &g_array_index(kernel->zones, AnzZone, i);

		zone->stat = read_stats(kernel, zone->address, "zone", kernel->nr_zone_stats);
		if (!zone->stat)
			continue;
		zone->stat_delta = g_new0(gint64, kernel->nr_zone_stats);
		if ((zone_diffs && anz_kernel_read_member(kernel, zone->address, "zone",
							  "per_cpu_zonestats", &percpu)) ||
		    (old_pageset && anz_kernel_read_member(kernel, zone->address, "zone",
							   "pageset", &percpu)))
			add_deltas(kernel, percpu, diff, kernel->nr_zone_stats, zone->stat,
				   zone->stat_delta);
	}

	node_diffs = anz_kernel_member(kernel, "per_cpu_nodestat", "vm_node_stat_diff", &diff, NULL);
	kernel->node_stat = g_new0(gint64 *, kernel->nodes->len + 1);
	kernel->node_stat_delta = g_new0(gint64 *, kernel->nodes->len + 1);
	for (guint i = 0; kernel->nr_node_stats && i < kernel->nodes->len; i++) {
		const AnzNode *node = &g_array_index(kernel->nodes, AnzNode, i);

		kernel->node_stat[i] = read_stats(kernel, node->address, "pglist_data",
						  kernel->nr_node_stats);
		if (!kernel->node_stat[i])
			continue;
		kernel->node_stat_delta[i] = g_new0(gint64, kernel->nr_node_stats);
		if (!node_diffs || !anz_kernel_read_member(kernel, node->address, "pglist_data",
							   "per_cpu_nodestats", &percpu))
			continue;
		add_deltas(kernel, percpu, diff, kernel->nr_node_stats, kernel->node_stat[i],
			   kernel->node_stat_delta[i]);
		add_tolerance(kernel, percpu, "per_cpu_nodestat");
	}
}
