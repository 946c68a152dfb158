/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The kernel's own books, written when all is final: zones, nodes, counters with their
 * per-cpu deltas, pageblock types, hugetlb pools, names. They agree with the truth, so
 * a reader's reconciliation must come out at zero.
 */
#include <string.h>

#include "format.h"

static void put(struct machine *m, guint64 va, const char *member, guint64 v)
{
	guint64 size = ksize(m->kb, member);

	image_put(&m->img, va - m->page_offset + koff(m->kb, member), v, MIN(size, 8));
}

static void set_symbol(struct machine *m, const char *name, guint64 v, int width)
{
	image_put(&m->img, symbol_pa(m, name), v, width);
}

/* of a bitmap of unsigned longs */
static void set_bit(struct machine *m, guint64 map_pa, guint bit)
{
	guint8 *word = image_at(&m->img, map_pa + bit / 64 * 8);

	put64(word, get64(word) | 1ull << bit % 64);
}

static void lru_stat(struct machine *m, struct zone *z, const struct alloc *a,
		     gboolean file)
{
	int list = a->flags & AF_UNEVICTABLE ? 4 :
		(file ? 2 : 0) + (a->flags & AF_ACTIVE ? 1 : 0);
	struct node *n = &m->nodes[z->node];

	z->stat[koff(m->kb, "NR_ZONE_LRU_BASE") + list] += a->nr_pages;
	n->stat[koff(m->kb, "NR_LRU_BASE") + list] += a->nr_pages;
	if (a->flags & AF_UNEVICTABLE)
		z->stat[koff(m->kb, "NR_MLOCK")] += a->nr_pages;
}

static void count_alloc(struct machine *m, const struct alloc *a)
{
	struct zone *z = zone_of(m, a->pfn);
	struct node *n = &m->nodes[z->node];
	/* a poisoned page has been taken out of what its folio counts as */
	guint64 nr = a->nr_pages - !!(a->flags & AF_POISON);
	gboolean mapped = a->flags & AF_MAPPED, thp = a->order >= m->recipe->pageblock_order;

#define NODE(item) n->stat[koff(m->kb, item)]
	switch (a->cls) {
	case PC_FILE:
	case PC_SHMEM:
		lru_stat(m, z, a, a->cls == PC_FILE);
		NODE("NR_FILE_PAGES") += nr;
		if (mapped)
			NODE("NR_FILE_MAPPED") += nr;
		if (a->cls == PC_SHMEM)
			NODE("NR_SHMEM") += nr;
		if (thp)
			NODE(a->cls == PC_SHMEM ? "NR_SHMEM_THPS" : "NR_FILE_THPS") += nr;
		if (a->cls == PC_FILE && a->flags & AF_DIRTY) {
			NODE("NR_FILE_DIRTY") += nr;
			z->stat[koff(m->kb, "NR_ZONE_WRITE_PENDING")] += nr;
		}
		break;
	case PC_ANON:
	case PC_KSM:
	case PC_SWAP_CACHE:
		lru_stat(m, z, a, FALSE);
		if (mapped)
			NODE("NR_ANON_MAPPED") += nr;
		if (thp)
			NODE("NR_ANON_THPS") += nr;
		if (a->cls == PC_SWAP_CACHE) {
			NODE("NR_SWAPCACHE") += nr;
			NODE("NR_FILE_PAGES") += nr;
		}
		break;
	case PC_SLAB: {
		const struct slab *s = m->slabs->pdata[a->owner];
		const struct slab_cache *c = m->caches->pdata[s->cache];

		NODE(c->reclaimable ? "NR_SLAB_RECLAIMABLE_B" :
		     "NR_SLAB_UNRECLAIMABLE_B") += nr;
		break;
	}
	case PC_LARGE_KMALLOC:
		NODE("NR_SLAB_UNRECLAIMABLE_B") += nr;
		break;
	case PC_PAGE_TABLE:
		NODE("NR_PAGETABLE") += nr;
		break;
	case PC_ZSMALLOC:
		z->stat[koff(m->kb, "NR_ZSPAGES")] += nr;
		break;
	case PC_HUGETLB:
		if (khas(m->kb, "NR_HUGETLB") && a->flags & AF_IN_USE)
			NODE("NR_HUGETLB") += nr;
		break;
	}
#undef NODE
}

static void count_all(struct machine *m)
{
	const struct kbuild *kb = m->kb;

	for (guint i = 0; i < m->allocs->len; i++) {
		const struct alloc *a = alloc_get(m, i);

		if (a->cls != PC_FREE)
			count_alloc(m, a);
	}
	for (guint i = 0; i < m->zones->len; i++) {
		struct zone *z = m->zones->pdata[i];

		z->stat[koff(kb, "NR_FREE_PAGES")] = buddy_free_pages(m, z);
		if (khas(kb, "NR_UNACCEPTED"))
			z->stat[koff(kb, "NR_UNACCEPTED")] =
				z->unaccepted.nr << (m->recipe->nr_orders - 1);
		for (int o = 0; o < m->recipe->nr_orders; o++)
			for (int t = 0; t < m->nr_types - 1; t++) {
				guint64 nr = z->free[o][t].nr << o;

				if (khas(kb, "MIGRATE_CMA") && t == 4)
					z->stat[koff(kb, "NR_FREE_CMA_PAGES")] += nr;
				if (khas(kb, "NR_FREE_PAGES_BLOCKS") &&
				    o >= m->recipe->pageblock_order)
					z->stat[koff(kb, "NR_FREE_PAGES_BLOCKS")] += nr;
			}
	}
}

/* one counter: most of it in vm_stat, the rest as small deltas of the cpus */
static gint64 spread(struct machine *m, gint64 value, gboolean with_deltas, gint8 *delta)
{
	for (int cpu = 0; cpu < m->recipe->cpus; cpu++) {
		delta[cpu] = with_deltas ? (gint8)(rng_below(&m->rng, 61)) - 30 : 0;
		value -= delta[cpu];
	}
	return value;
}

static void write_stats(struct machine *m)
{
	const struct kbuild *kb = m->kb;
	int nz = koff(kb, "NR_VM_ZONE_STAT_ITEMS"),
	    nn = koff(kb, "NR_VM_NODE_STAT_ITEMS");
	g_autofree gint8 *delta = g_new0(gint8, m->recipe->cpus);
	guint64 diff = koff(kb, "per_cpu_zonestat.vm_stat_diff");
	guint64 ndiff = koff(kb, "per_cpu_nodestat.vm_node_stat_diff");
	gint64 zone_sum[64] = { 0 }, node_sum[64] = { 0 };

	for (guint i = 0; i < m->zones->len; i++) {
		struct zone *z = m->zones->pdata[i];
		guint64 at = z->va - m->page_offset + koff(kb, "zone.vm_stat");

		for (int k = 0; k < nz; k++) {
			gint64 v = spread(m, z->stat[k],
					  k == 0 || rng_percent(&m->rng, 40), delta);

			zone_sum[k] += v;
			image_put(&m->img, at + k * 8, v, 8);
			for (int cpu = 0; cpu < m->recipe->cpus; cpu++)
				image_put(&m->img, z->pcp[cpu].zonestat_pa + diff + k,
					  delta[cpu], 1);
		}
		for (int cpu = 0; cpu < m->recipe->cpus; cpu++)
			image_put(&m->img, z->pcp[cpu].zonestat_pa +
				  koff(kb, "per_cpu_zonestat.stat_threshold"), 32, 1);
	}
	for (int n = 0; n < m->nr_nodes; n++) {
		struct node *nd = &m->nodes[n];
		guint64 at =
			nd->pgdat_va - m->page_offset + koff(kb, "pglist_data.vm_stat");

		for (int k = 0; k < nn && nd->present; k++) {
			gint64 v =
				spread(m, nd->stat[k], rng_percent(&m->rng, 40), delta);

			node_sum[k] += v;
			image_put(&m->img, at + k * 8, v, 8);
			for (int cpu = 0; cpu < m->recipe->cpus; cpu++)
				image_put(&m->img, nd->nodestat_pa[cpu] + ndiff + k,
					  delta[cpu], 1);
		}
	}
	for (int k = 0; k < nz; k++)
		image_put(&m->img, symbol_pa(m, "vm_zone_stat") + k * 8, zone_sum[k], 8);
	for (int k = 0; k < nn; k++)
		image_put(&m->img, symbol_pa(m, "vm_node_stat") + k * 8, node_sum[k], 8);
}

/* strings of the kernel live in its read-only data; the next one goes to @at */
static guint64 put_string(struct machine *m, guint64 *at, const char *text)
{
	guint64 va = *at;

	image_write(&m->img, kernel_pa(m, va), text, strlen(text) + 1);
	*at += align_up(strlen(text) + 1, 8);
	return va + m->recipe->kaslr;
}

static void write_zone(struct machine *m, struct zone *z, guint64 name)
{
	const struct kbuild *kb = m->kb;
	guint64 va = z->va, wm = MAX(z->managed / 256, 4);
	guint64 reserve = koff(kb, "zone.lowmem_reserve"),
		area = koff(kb, "zone.free_area");

	for (int w = 0; w < 3; w++)
		image_put(&m->img,
			  va - m->page_offset + koff(kb, "zone._watermark") + w * 8,
			  wm * (4 + w) / 4, 8);
	for (int t = z->type + 1; t < ZONES_PER_NODE; t++)
		image_put(&m->img, va - m->page_offset + reserve + t * 8, z->managed / 64,
			  8);
	put(m, va, "zone.nr_reserved_highatomic", z->nr_highatomic);
	put(m, va, "zone.node", z->node);
	put(m, va, "zone.zone_pgdat", m->nodes[z->node].pgdat_va);
	put(m, va, "zone.per_cpu_pageset", z->pcp_ptr);
	put(m, va, "zone.per_cpu_zonestats", z->zonestat_ptr);
	put(m, va, "zone.pageset_batch", z->pcp[0].batch);
	put(m, va, khas(kb, "zone.pageset_high") ? "zone.pageset_high" :
	    "zone.pageset_high_max", z->pcp[0].high);
	put(m, va, "zone.zone_start_pfn", z->start_pfn);
	put(m, va, "zone.managed_pages", z->managed);
	put(m, va, "zone.spanned_pages", z->end_pfn - z->start_pfn);
	put(m, va, "zone.present_pages", z->present);
	put(m, va, "zone.name", name);
	put(m, va, "zone.nr_isolate_pageblock", z->nr_isolate);
	put(m, va, "zone.initialized", 1);
	put(m, va, "zone.contiguous", z->present == z->end_pfn - z->start_pfn);
	if (khas(kb, "zone.cma_pages"))
		put(m, va, "zone.cma_pages", z->cma_pages);
	if (khas(kb, "zone.nr_free_highatomic")) {
		guint64 nr = 0;

		for (int o = 0; o < m->recipe->nr_orders; o++)
			nr += z->free[o][3].nr << o;
		put(m, va, "zone.nr_free_highatomic", nr);
	}
	for (int i = 0; i < 16 && khas(kb, "zone.vmemmap_tails"); i++)
		if (z->vmemmap_tail[i])
			/* the struct pages in the frame, by the direct map */
			image_put(&m->img, va - m->page_offset +
				  koff(kb, "zone.vmemmap_tails") + i * 8,
				  phys_to_virt(m, (guint64)z->vmemmap_tail[i]
						  << m->recipe->page_shift), 8);
	for (int o = 0; o < m->recipe->nr_orders; o++)
		image_put(&m->img,
			  va - m->page_offset + area + o * ksize(kb, "free_area") +
				  koff(kb, "free_area.nr_free"),
			  z->nr_free[o], 8);
	for (int cpu = 0; cpu < m->recipe->cpus; cpu++) {
		guint64 p = phys_to_virt(m, z->pcp[cpu].pages_pa);

		put(m, p, "per_cpu_pages.count", z->pcp[cpu].count);
		put(m, p, "per_cpu_pages.high", z->pcp[cpu].high);
		put(m, p, "per_cpu_pages.batch", z->pcp[cpu].batch);
	}
}

static void write_zonelist(struct machine *m, struct node *n, int nid)
{
	const struct kbuild *kb = m->kb;
	guint64 at =
		n->pgdat_va - m->page_offset + koff(kb, "pglist_data.node_zonelists");

	for (int k = 0; k < m->nr_nodes; k++)
		for (int t = ZONES_PER_NODE - 1; t >= 0; t--) {
			struct zone *z = m->nodes[(nid + k) % m->nr_nodes].zones[t];

			if (!z)
				continue;
			image_put(&m->img, at + koff(kb, "zoneref.zone"), z->va, 8);
			image_put(&m->img, at + koff(kb, "zoneref.zone_idx"), t, 4);
			at += ksize(kb, "zoneref");
		}
}

static void write_nodes(struct machine *m, guint64 *strings)
{
	static const char *const names[] = { "DMA", "DMA32", "Normal", "Movable",
					     "Device" };
	const struct kbuild *kb = m->kb;
	guint64 states = symbol_pa(m, "node_states"), name[ZONES_PER_NODE];

	for (int t = 0; t < ZONES_PER_NODE; t++)
		name[t] = put_string(m, strings, names[t]);
	for (int nid = 0; nid < m->nr_nodes; nid++) {
		struct node *n = &m->nodes[nid];
		guint64 va = n->pgdat_va, zones = va + koff(kb, "pglist_data.node_zones");

		if (!n->present)
			continue;
		put(m, va, "pglist_data.nr_zones", n->nr_zones);
		put(m, va, "pglist_data.node_start_pfn", n->start_pfn);
		put(m, va, "pglist_data.node_present_pages", n->pages);
		put(m, va, "pglist_data.node_spanned_pages", n->end_pfn - n->start_pfn);
		put(m, va, "pglist_data.node_id", nid);
		put(m, va, "pglist_data.per_cpu_nodestats", n->nodestat_ptr);
		write_zonelist(m, n, nid);
		/* a zone without memory has a name and a node, and list heads of zeros */
		for (int t = 0; t < ZONES_PER_NODE; t++) {
			guint64 z = zones + t * ksize(kb, "zone");

			if (n->zones[t]) {
				write_zone(m, n->zones[t], name[t]);
				continue;
			}
			put(m, z, "zone.name", name[t]);
			put(m, z, "zone.zone_pgdat", va);
			put(m, z, "zone.node", nid);
		}
		for (int s = 0; s < 5; s++)
			set_bit(m, states + s * ksize(kb, "nodemask_t"), nid);
	}
}

/* migratetype and skip bit of every pageblock, in the section's usage */
static void write_pageblocks(struct machine *m)
{
	const struct recipe *r = m->recipe;
	const struct kbuild *kb = m->kb;
	int sec = r->section_shift - r->page_shift, bits = r->pb_bits;
	guint64 roots =
		get64(image_at(&m->img, symbol_pa(m, "mem_section"))) - m->page_offset;
	guint64 size = ksize(kb, "mem_section"), per_root = PAGE_SIZE_OF(m) / size;

	for (guint64 s = 0; s << sec < m->max_pfn; s++) {
		guint64 root, usage, blocks = 1ull << (sec - r->pageblock_order);

		if (!(m->bits[s << sec] & FB_MAP))
			continue;
		root = get64(image_at(&m->img, roots + s / per_root * 8)) -
		       m->page_offset;
		usage = get64(image_at(&m->img, root + s % per_root * size +
				       koff(kb, "mem_section.usage"))) - m->page_offset +
			koff(kb, "mem_section_usage.pageblock_flags");
		for (guint64 b = 0; b < blocks; b++) {
			guint64 index = (s << sec >> r->pageblock_order) + b, at, v;
			guint64 type = m->blocks[index];

			if (m->isolated[index] && bits == 8)
				v = (m->isolated[index] - 1) | 1 << 4;
			else
				v = type;
			if (mix64(index) % 5 == 0)
				v |= 1 << 3;		/* compaction skips it */
			at = usage + b * bits / 64 * 8;
			put64(image_at(&m->img, at), get64(image_at(&m->img, at)) |
			      v << b * bits % 64);
		}
	}
}

static void write_hstates(struct machine *m)
{
	const struct kbuild *kb = m->kb;
	guint64 base = symbol_pa(m, "hstates");

	for (int h = 0; h < 2; h++) {
		guint64 at = base + h * ksize(kb, "hstate"), nr = 0, nr_free = 0;
		int order = arch_huge_order(m, h);
		g_autofree char *name = g_strdup_printf(
			"hugepages-%" G_GUINT64_FORMAT "kB", PAGE_SIZE_OF(m) << order >> 10);

		for (guint i = 0; i < m->allocs->len; i++) {
			const struct alloc *a = alloc_get(m, i);
			guint64 n, f;

			if (a->cls != PC_HUGETLB || a->order != order)
				continue;
			n = at + koff(kb, "hstate.nr_huge_pages_node") +
				zone_of(m, a->pfn)->node * 4;
			f = at + koff(kb, "hstate.free_huge_pages_node") +
				zone_of(m, a->pfn)->node * 4;
			nr++;
			put32(image_at(&m->img, n), get32(image_at(&m->img, n)) + 1);
			if (a->flags & AF_IN_USE)
				continue;
			nr_free++;
			put32(image_at(&m->img, f), get32(image_at(&m->img, f)) + 1);
		}
		image_put(&m->img, at + koff(kb, "hstate.order"), order, 4);
		image_put(&m->img, at + koff(kb, "hstate.mask"),
			  ~((PAGE_SIZE_OF(m) << order) - 1), 8);
		image_put(&m->img, at + koff(kb, "hstate.max_huge_pages"), nr, 8);
		image_put(&m->img, at + koff(kb, "hstate.nr_huge_pages"), nr, 8);
		image_put(&m->img, at + koff(kb, "hstate.free_huge_pages"), nr_free, 8);
		image_write(&m->img, at + koff(kb, "hstate.name"), name,
			    strlen(name) + 1);
	}
	set_symbol(m, "hugetlb_max_hstate", 2, 4);
}

static void write_uts(struct machine *m)
{
	const struct kbuild *kb = m->kb;
	guint64 at = symbol_pa(m, "init_uts_ns") + koff(kb, "uts_namespace.name");
	const char *const fields[][2] = {
		{ "new_utsname.sysname", "Linux" },
		{ "new_utsname.nodename", "sample" },
		{ "new_utsname.release", m->recipe->release },
		{ "new_utsname.version", "#1 SMP synthetic sample" },
		{ "new_utsname.machine", arch_machine(m) },
		{ "new_utsname.domainname", "(none)" },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(fields); i++)
		image_write(&m->img, at + koff(kb, fields[i][0]), fields[i][1],
			    strlen(fields[i][1]) + 1);
}

static void write_variables(struct machine *m)
{
	static const char command_line[] = "BOOT_IMAGE=/vmlinuz root=/dev/vda ro quiet";
	guint64 total = 0, cma = 0, poisoned = 0;
	guint64 end = g_array_index(m->ram, struct ram, m->ram->len - 1).end_pfn;

	for (guint i = 0; i < m->zones->len; i++) {
		struct zone *z = m->zones->pdata[i];

		total += z->managed;
		cma += z->cma_pages;
	}
	for (guint i = 0; i < m->ram->len; i++) {
		struct ram *r = &g_array_index(m->ram, struct ram, i);

		for (guint64 pfn = r->start_pfn; pfn < r->end_pfn; pfn++)
			poisoned += m->cls[pfn] == PC_HWPOISON;
	}
	image_write(&m->img, m->command_line_pa, command_line, sizeof(command_line));
	set_symbol(m, "saved_command_line", phys_to_virt(m, m->command_line_pa), 8);
	arch_write_variables(m);
	set_symbol(m, "max_pfn", end, 8);
	set_symbol(m, "max_low_pfn", end, 8);
	set_symbol(m, "max_mapnr", end, 8);
	set_symbol(m, "high_memory", phys_to_virt(m, end << m->recipe->page_shift), 8);
	set_symbol(m, "_totalram_pages", total, 8);
	set_symbol(m, "totalcma_pages", cma, 8);
	set_symbol(m, "num_poisoned_pages", poisoned, 8);
	set_symbol(m, "nr_node_ids", m->nr_nodes, 4);
	set_symbol(m, "nr_cpu_ids", m->recipe->cpus, 4);
	set_symbol(m, "movable_zone", 3, 4);
	image_put(&m->img, symbol_pa(m, "init_mm") + koff(m->kb, "mm_struct.pgd"),
		  symbol_va(m, arch_pgd(m)), 8);
	for (int cpu = 0; cpu < m->recipe->cpus; cpu++) {
		const char *const masks[] = { "__cpu_possible_mask", "__cpu_online_mask",
			"__cpu_present_mask" };

		for (int k = 0; k < 3; k++)
			set_bit(m, symbol_pa(m, masks[k]), cpu);
	}
}

static void write_owners(struct machine *m)
{
	const struct kbuild *kb = m->kb;
	struct { GArray *a; int mode; } files[] = { { m->inodes, 0100644 },
		{ m->shmem, 0100600 } };

	for (int f = 0; f < 2; f++)
		for (guint i = 0; i < files[f].a->len; i++) {
			struct owner *o = &g_array_index(files[f].a, struct owner, i);
			guint64 data = o->va + koff(kb, "inode.i_data");

			put(m, o->va, "inode.i_ino", i + 11);
			put(m, o->va, "inode.i_mode", files[f].mode);
			put(m, o->va, "inode.i_size", (guint64)o->next_index
						   << m->recipe->page_shift);
			put(m, o->va, "inode.i_mapping", data);
			put(m, data, "address_space.host", o->va);
			put(m, data, "address_space.nrpages", o->nr_pages);
		}
	for (guint i = 0; i < m->anon->len; i++) {
		struct owner *o = &g_array_index(m->anon, struct owner, i);

		put(m, o->va, "anon_vma.root", o->va);
		put(m, o->va, "anon_vma.parent", o->va);
		put(m, o->va, "anon_vma.refcount", 1);
	}
	for (guint i = 0; i < m->mms->len; i++) {
		struct owner *o = &g_array_index(m->mms, struct owner, i);

		put(m, o->va, "mm_struct.mm_users", 1);
		put(m, o->va, "mm_struct.mm_count", 1);
		put(m, o->va, "mm_struct.pgtables_bytes", o->nr_pages << m->recipe->page_shift);
	}
	for (guint i = 0; i < m->allocs->len; i++) {
		const struct alloc *a = alloc_get(m, i);

		if (a->cls == PC_KSM && a->owner < m->ksm->len)
			put(m, g_array_index(m->ksm, struct owner, a->owner).va,
			    "ksm_stable_node.kpfn", a->pfn);
	}
}

/* something to read in pages of users; most stay zero, as in most dumps */
static void write_contents(struct machine *m)
{
	int shift = m->recipe->page_shift;

	for (guint i = 0; m->recipe->content && i < m->allocs->len; i++) {
		const struct alloc *a = alloc_get(m, i);
		gboolean user = a->cls >= PC_FILE && a->cls <= PC_SWAP_CACHE;

		for (guint64 pfn = a->pfn; a->cls != PC_FREE && pfn < a->pfn + (guint64)
		     a->nr_pages && (user || a->cls == PC_KERNEL_OTHER); pfn++) {
			guint64 h = mix64(pfn + m->recipe->seed);
			char text[64];
			int len;

			if (pfn == m->vmcoreinfo_pa >> shift || pfn == m->note_pa >> shift ||
			    image_is_touched(&m->img, pfn) || (h >> 20) % 1000 >=
			    m->recipe->content * 10)
				continue;
			len = g_snprintf(text, sizeof(text),
					 "%s page %" G_GUINT64_FORMAT " ",
					 page_class_names[a->cls], pfn);
			for (int at = 0; at + len < 1024; at += len)
				image_write(&m->img, (pfn << shift) + at, text, len);
			put64(image_at(&m->img, (pfn << shift) + 1024), h);
		}
	}
}

/**
 * books_write:
 *
 * Everything but the page array and its lists; call before page_format.write().
 */
void books_write(struct machine *m)
{
	guint64 strings = ksym(m->kb, "_etext") - 8192;

	count_all(m);
	write_nodes(m, &strings);
	write_stats(m);
	write_pageblocks(m);
	write_hstates(m);
	write_uts(m);
	write_variables(m);
	write_owners(m);
	write_contents(m);
}
