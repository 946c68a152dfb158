/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Nodes and zones.  A NUMA kernel has node_data[], an array of pointers (NULL: no such node); a
 * kernel without NUMA has one struct pglist_data, contig_page_data.  Zones with no span have
 * all-zero list heads and are left out.
 */
#include <string.h>

#include "kernel/kernel-priv.h"

#define MAX_ZONE_TYPES 8	/* three bits of page->flags */

static const char *zone_name(AnzKernel *kernel, guint64 zone_address, guint index)
{
	const AnzType *type = anz_types_find_enum(kernel->types, "zone_type");
	g_autofree char *text = NULL;
	guint64 name;

	if (anz_kernel_read_member(kernel, zone_address, "zone", "name", &name) && name) {
		text = anz_kernel_read_string(kernel, name, 32);
		if (text && *text && g_str_is_ascii(text))
			return g_intern_string(text);
	}
	for (guint i = 0; type && i < type->nr_enumerators; i++)
		if (type->enumerators[i].value == index &&
		    g_str_has_prefix(type->enumerators[i].name, "ZONE_"))
			return g_intern_string(type->enumerators[i].name + strlen("ZONE_"));
	g_free(text);
	text = g_strdup_printf("zone%u", index);
	return g_intern_string(text);
}

static int lock_state(AnzKernel *kernel, guint64 zone_address)
{
	/* zone->_lock where the lock has wrappers of its own. */
	static const char *const spinlocks[] = { "lock.rlock.raw_lock", "_lock.rlock.raw_lock" };
	/* PREEMPT_RT: an rt_mutex, whose owner word is 0, or 1 while the waiters are being woken. */
	static const char *const mutexes[] = { "lock.lock.owner", "_lock.lock.owner" };
	AnzMember member;
	guint32 word;
	guint64 owner;

	for (guint i = 0; i < G_N_ELEMENTS(spinlocks); i++) {
		/* A queued spinlock is one 32-bit word, zero when free. */
		if (anz_types_member(kernel->types, "zone", spinlocks[i], &member) &&
		    member.bit_size == 32 &&
		    anz_kernel_read_u32(kernel, zone_address + member.bit_offset / 8, &word))
			return word != 0;
		if (anz_types_member(kernel->types, "zone", mutexes[i], &member) &&
		    member.bit_size == 64 &&
		    anz_kernel_read_u64(kernel, zone_address + member.bit_offset / 8, &owner))
			return owner > 1;
	}
	return -1;
}

/*
 * Without type info: managed_pages stands before spanned_pages and present_pages behind it
 * (kernel-facts 2.8).  That is stated nowhere, so it must make sense to be believed.
 */
static void read_neighbours(AnzKernel *kernel, guint64 address, AnzZone *zone)
{
	guint64 offset, managed, present;

	if (!anz_kernel_member(kernel, "zone", "spanned_pages", &offset, NULL) || offset < 8 ||
	    !anz_kernel_read_ulong(kernel, address + offset - 8, &managed) ||
	    !anz_kernel_read_ulong(kernel, address + offset + 8, &present) ||
	    managed > present || present > zone->spanned)
		return;
	zone->managed = managed;
	zone->present = present;
}

/*
 * Do all zones of @node lie in it if struct zone has zone_start_pfn at @at?  @exactly: and one behind the
 * other, the first from the node's first page, the last to its last.
 */
static gboolean zones_fit(AnzKernel *kernel, const AnzNode *node, guint64 zones, guint64 zone_size,
			  guint nr_zones, guint64 at, gboolean exactly)
{
	guint64 next = node->start_pfn, start, spanned;
	gboolean first = TRUE;

	for (guint i = 0; i < nr_zones; i++) {
		guint64 address = zones + i * zone_size;

		if (!anz_kernel_read_member(kernel, address, "zone", "spanned_pages", &spanned) ||
		    !anz_kernel_read_ulong(kernel, address + at, &start)) {
			if (exactly)
				return FALSE;
			continue;
		}
		if (!spanned)
			continue;
		if (start < node->start_pfn || start - node->start_pfn > node->spanned ||
		    spanned > node->spanned - (start - node->start_pfn))
			return FALSE;
		if (exactly && (first ? start != next : start < next))
			return FALSE;
		next = start + spanned;
		first = FALSE;
	}
	return !exactly || next == node->start_pfn + node->spanned;
}

/*
 * Where in struct zone zone_start_pfn lies.  Without type info nothing states it: in all known kernels it
 * is the word two before spanned_pages (kernel-facts 2.8).  That must make sense to be believed, and the
 * most is made by a word with which the zones divide their node.
 */
static gboolean find_zone_start(AnzKernel *kernel, const AnzNode *node, guint64 zones,
				guint64 zone_size, guint nr_zones, guint64 *start_at)
{
	guint64 spanned, usual;

	if (anz_kernel_member(kernel, "zone", "zone_start_pfn", start_at, NULL))
		return TRUE;
	if (!anz_kernel_member(kernel, "zone", "spanned_pages", &spanned, NULL) || spanned < 16)
		return FALSE;
	*start_at = usual = spanned - 16;
	if (zones_fit(kernel, node, zones, zone_size, nr_zones, usual, TRUE))
		return TRUE;
	for (guint i = 0; i <= 16; i++) {
		guint64 at = spanned - 64 + i * 8;

		if (spanned + i * 8 < 64 ||
		    !zones_fit(kernel, node, zones, zone_size, nr_zones, at, TRUE))
			continue;
		*start_at = at;
		anz_kernel_remark(kernel, "note", "zone", 1,
				  "node %u: nothing states where struct zone has zone_start_pfn: offset %"
				  G_GUINT64_FORMAT " is taken, with which its zones divide the node",
				  node->nid, at);
		return TRUE;
	}
	/* Mirrored memory has zones that overlap. */
	if (!zones_fit(kernel, node, zones, zone_size, nr_zones, usual, FALSE))
		anz_kernel_remark(kernel, "warning", "zone", 1,
				  "node %u: nothing states where its zones start, and the usual word of "
				  "struct zone makes no sense: what lies in which zone is uncertain",
				  node->nid);
	return TRUE;
}

static gboolean read_zone(AnzKernel *kernel, guint64 address, guint nid, guint index,
			  guint64 start_at)
{
	AnzZone zone = { .nid = nid, .index = index, .address = address };
	guint64 spanned, boost;

	if (!anz_kernel_read_member(kernel, address, "zone", "spanned_pages", &spanned)) {
		anz_kernel_remark(kernel, "warning", "zone", 1,
				  "a struct zone of node %u is not in the dump", nid);
		return FALSE;
	}
	if (!spanned)
		return TRUE;
	zone.spanned = spanned;
	if (!anz_kernel_read_ulong(kernel, address + start_at, &zone.start_pfn))
		return FALSE;
	anz_kernel_read_member(kernel, address, "zone", "present_pages", &zone.present);
	if (!anz_kernel_read_member(kernel, address, "zone", "managed_pages.counter",
				    &zone.managed))
		anz_kernel_read_member(kernel, address, "zone", "managed_pages", &zone.managed);
	if (!anz_types_kind(kernel->types))
		read_neighbours(kernel, address, &zone);
	if (zone.start_pfn > 1ull << 52 || zone.spanned > 1ull << 52) {
		anz_kernel_remark(kernel, "warning", "zone", 1,
				  "zone %u of node %u spans a senseless range (start %"
				  G_GUINT64_FORMAT ", %" G_GUINT64_FORMAT " pages): left out",
				  index, nid, zone.start_pfn, zone.spanned);
		return FALSE;
	}
	/* wmark_pages(): after a fallback to another migratetype the kernel raises all for a while (5.0 up). */
	if (!anz_kernel_read_member(kernel, address, "zone", "watermark_boost", &boost))
		boost = 0;
	zone.has_watermarks = TRUE;
	for (guint i = 0; i < 3; i++) {
		g_autofree char *now = g_strdup_printf("_watermark[%u]", i);
		g_autofree char *old = g_strdup_printf("watermark[%u]", i);

		if (!anz_kernel_read_member(kernel, address, "zone", now, &zone.watermark[i]) &&
		    !anz_kernel_read_member(kernel, address, "zone", old, &zone.watermark[i]))
			zone.has_watermarks = FALSE;
		zone.watermark[i] += boost;
	}
	zone.lock_held = lock_state(kernel, address);
	zone.name = zone_name(kernel, address, index);
	zone.id = kernel->zones->len;
	if (zone.id >= ANZ_NO_ZONE) {
		anz_kernel_remark(kernel, "warning", "zone", 1,
				  "more than %u populated zones: the others are left out",
				  ANZ_NO_ZONE);
		return FALSE;
	}
	g_array_append_val(kernel->zones, zone);
	return TRUE;
}

static void read_node(AnzKernel *kernel, guint nid, guint64 address, guint64 zones_offset,
		      guint64 zone_size, guint nr_zones)
{
	AnzNode node = { .nid = nid, .address = address };
	guint64 offset, start_at;
	guint32 used;

	if (!anz_kernel_read_member(kernel, address, "pglist_data", "node_start_pfn",
				    &node.start_pfn) ||
	    !anz_kernel_read_member(kernel, address, "pglist_data", "node_spanned_pages",
				    &node.spanned)) {
		anz_kernel_remark(kernel, "warning", "node", 1,
				  "node %u: its struct pglist_data is not in the dump", nid);
		return;
	}
	anz_kernel_read_member(kernel, address, "pglist_data", "node_present_pages",
			       &node.present);
	g_array_append_val(kernel->nodes, node);
	/* An int: VMCOREINFO does not say so. */
	if (anz_kernel_member(kernel, "pglist_data", "nr_zones", &offset, NULL) &&
	    anz_kernel_read_u32(kernel, address + offset, &used))
		nr_zones = MIN(nr_zones, used);
	if (!find_zone_start(kernel, &node, address + zones_offset, zone_size, nr_zones, &start_at))
		return;
	for (guint i = 0; i < nr_zones; i++)
		read_zone(kernel, address + zones_offset + i * zone_size, nid, i, start_at);
}

static guint64 nodemask_size(AnzKernel *kernel)
{
	const AnzType *type = anz_types_find_typedef(kernel->types, "nodemask_t");
	guint64 size;

	if (anz_kernel_sizeof(kernel, "nodemask_t", &size))
		return size;
	return type ? type->size : 0;
}

/*
 * node_data[] is longer than the number of nodes, and where VMCOREINFO does not state its length what
 * lies behind it is something else: only nodes that the kernel calls online are entered.
 */
static gboolean node_is_online(AnzKernel *kernel, guint nid)
{
	guint64 map, word, size;
	gint64 online;

	/* VMCOREINFO's name for &node_states[N_ONLINE]; the symbol table has only the array. */
	if (!anz_kernel_symbol(kernel, "node_online_map", &map)) {
		if (!anz_types_symbol(kernel->types, "node_states", &map) ||
		    !anz_types_enumerator(kernel->types, "node_states", "N_ONLINE", &online) ||
		    online < 0 || online > 16 || !(size = nodemask_size(kernel)))
			return TRUE;
		map += online * size;
	}
	if (!anz_kernel_read_u64(kernel, map + nid / 64 * 8, &word))
		return TRUE;
	return word >> (nid % 64) & 1;
}

/*
 * How many entries of node_data[] are nodes, where neither its length is stated nor how many nodes there can be:
 * those whose node_id says so.  Without that member, those from the first on that are not NULL.
 */
static guint64 count_nodes(AnzKernel *kernel, guint64 node_data)
{
	guint64 address, offset, nr = 0;
	gboolean has_id = anz_kernel_member(kernel, "pglist_data", "node_id", &offset, NULL);
	guint32 id;

	for (guint nid = 0; nid < ANZ_MAX_NODES; nid++) {
		if (!anz_kernel_read_ulong(kernel, node_data + nid * 8ull, &address))
			break;
		if (!address && has_id)
			continue;
		if (!address || !anz_kernel_read_u32(kernel, address + (has_id ? offset : 0), &id) ||
		    (has_id && id != nid))
			break;
		nr = nid + 1;
	}
	anz_kernel_remark(kernel, "warning", "node", 1,
			  "neither LENGTH(node_data) nor nodemask_t tells how many nodes this kernel can have: "
			  "the first %" G_GUINT64_FORMAT " entries of node_data are taken, which are nodes", nr);
	return nr;
}

/*
 * Without type info nothing states the length of node_zones, but pglist_data.nr_zones lies behind it
 * and counts what is in use (up to the last zone with memory; read_node() stops there).
 */
static guint64 zones_at_most(AnzKernel *kernel, guint64 zones_offset, guint64 zone_size)
{
	guint64 behind;

	if (!anz_kernel_member(kernel, "pglist_data", "nr_zones", &behind, NULL) ||
	    behind <= zones_offset)
		return 0;
	return MIN((behind - zones_offset) / zone_size, MAX_ZONE_TYPES);
}

/*
 * MAX_NR_ZONES without type info, from the room before pglist_data.nr_zones: node_zones[], and
 * node_zonelists[], each of which has 16 bytes for every zone of every possible node and 16 more;
 * one list in kernels without NUMA, two in others (include/linux/mmzone.h).  0 if that does not
 * come out even.
 */
static guint count_zone_types(AnzKernel *kernel, guint64 zone_size)
{
	guint64 room, nr_nodes, any;
	gboolean is_numa = anz_kernel_symbol(kernel, "node_data", &any);
	guint64 lists = is_numa ? 2 : 1;

	if (!anz_vmcoreinfo_offset(kernel->vmcoreinfo, "pglist_data.nr_zones", &room))
		return 0;
	if (!anz_vmcoreinfo_length(kernel->vmcoreinfo, "node_data", &nr_nodes))
		nr_nodes = is_numa ? 0 : 1;
	for (guint64 nr = 1; nr <= MAX_ZONE_TYPES; nr++) {
		/* Where the number of nodes is not stated either, any power of two may be it. */
		for (guint64 nodes = nr_nodes ? nr_nodes : 2; nodes <= ANZ_MAX_NODES;
		     nodes *= 2) {
			if (nr * zone_size + lists * 16 * (nodes * nr + 1) == room)
				return nr;
			if (nr_nodes)
				break;
		}
	}
	return 0;
}

gboolean anz_kernel_resolve_nodes(AnzKernel *kernel, GError **error)
{
	guint64 zones_offset, zone_size, elem_size, nr_zones, nr_nodes, node_data, address;
	guint64 nr_orders, nr_types;

	if (!anz_kernel_sizeof(kernel, "zone", &zone_size) || !zone_size ||
	    zone_size > 1 << 20 ||
	    !anz_kernel_member(kernel, "pglist_data", "node_zones", &zones_offset, NULL)) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_KERNEL,
			    "struct zone or pglist_data.node_zones is not in the type information; is "
			    "this the vmlinux of the dump?");
		return FALSE;
	}
	if (anz_kernel_array_len(kernel, "pglist_data", "node_zones", &nr_zones, &elem_size)) {
		kernel->nr_zone_types = nr_zones;
	} else {
		kernel->nr_zone_types = count_zone_types(kernel, zone_size);
		nr_zones = kernel->nr_zone_types ? kernel->nr_zone_types :
			   zones_at_most(kernel, zones_offset, zone_size);
	}
	if (!nr_zones || nr_zones > MAX_ZONE_TYPES) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_KERNEL,
			    "pglist_data.node_zones has %" G_GUINT64_FORMAT " elements; 1 to %u are "
			    "understood", nr_zones, MAX_ZONE_TYPES);
		return FALSE;
	}
	if (!anz_kernel_array_len(kernel, "zone", "free_area", &nr_orders, &elem_size))
		nr_orders = 0;
	if (!anz_kernel_array_len(kernel, "free_area", "free_list", &nr_types, &elem_size))
		nr_types = 0;
	if (!nr_orders || nr_orders > ANZ_MAX_ORDERS || !nr_types ||
	    nr_types > ANZ_MAX_MIGRATETYPES) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_KERNEL,
			    "zone.free_area has %" G_GUINT64_FORMAT " orders of %" G_GUINT64_FORMAT
			    " migratetypes: not a free-list layout that is understood", nr_orders,
			    nr_types);
		return FALSE;
	}
	kernel->nr_orders = nr_orders;
	kernel->nr_migratetypes = nr_types;
	kernel->format.max_buddy_order = nr_orders - 1;

	if (anz_kernel_symbol(kernel, "node_data", &node_data)) {
		if (!anz_vmcoreinfo_length(kernel->vmcoreinfo, "node_data", &nr_nodes))
			nr_nodes = nodemask_size(kernel) * 8;
		if (!nr_nodes)
			nr_nodes = count_nodes(kernel, node_data);
		nr_nodes = MIN(nr_nodes, ANZ_MAX_NODES);
		for (guint nid = 0; nid < nr_nodes; nid++) {
			if (!node_is_online(kernel, nid))
				continue;
			if (!anz_kernel_read_ulong(kernel, node_data + nid * 8ull, &address)) {
				anz_kernel_remark(kernel, "warning", "node", 1,
						  "part of node_data[] is not in the dump");
				break;
			}
			if (address)
				read_node(kernel, nid, address, zones_offset, zone_size,
					  nr_zones);
		}
	} else if (anz_kernel_symbol(kernel, "contig_page_data", &address)) {
		read_node(kernel, 0, address, zones_offset, zone_size, nr_zones);
	} else if (anz_types_kind(kernel->types)) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_KERNEL,
			    "neither node_data nor contig_page_data is among the symbols; is this the "
			    "vmlinux of the dump?");
		return FALSE;
	} else {
		/* x86-64 has it in VMCOREINFO, arm64 has not. */
		anz_kernel_remark(kernel, "warning", "node", 1,
				  "nothing tells where node_data is: nodes, zones and free lists are "
				  "missing");
	}
	/* Pages can be told without zones; a dump that was cut short may have lost them. */
	if (!kernel->zones->len)
		anz_kernel_remark(kernel, "warning", "zone", 1,
				  "no populated zone was found: the dump lacks them or the symbols are "
				  "another kernel's; there are no free lists and no counters");
	anz_kernel_fact(kernel, "nodes", "memory", "%u", kernel->nodes->len);
	anz_kernel_fact(kernel, "populated zones", "memory", "%u", kernel->zones->len);
	return TRUE;
}

guint anz_kernel_zone_id(const AnzKernel *kernel, guint nid_hint, guint index_hint, guint64 pfn)
{
	guint by_span = ANZ_NO_ZONE;

	for (guint i = 0; i < kernel->zones->len; i++) {
		const AnzZone *zone = &g_array_index(kernel->zones, AnzZone, i);

		if (pfn < zone->start_pfn || pfn - zone->start_pfn >= zone->spanned)
			continue;
		if (zone->nid == nid_hint && zone->index == index_hint)
			return i;
		/* Spans of nodes may overlap; the page's own word decides, a span is second best. */
		if (by_span == ANZ_NO_ZONE)
			by_span = i;
	}
	return by_span;
}
