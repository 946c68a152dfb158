/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a kernel does before its page allocator runs: memory map, addresses, memblock
 * allocations (top down in each node), sections with their struct pages, per-cpu areas.
 */
#include <string.h>
#include <sys/mman.h>

#include "format.h"

#define SUBSECTION_SHIFT 21

static int ram_cmp(gconstpointer a, gconstpointer b)
{
	const struct ram *x = a, *y = b;

	return x->start_pfn < y->start_pfn ? -1 : x->start_pfn > y->start_pfn;
}

static int range_cmp(gconstpointer a, gconstpointer b)
{
	const struct recipe_range *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

static void add_ram(struct machine *m, struct zone *z, guint64 start, guint64 end)
{
	int shift = m->recipe->page_shift;
	struct ram r = { start >> shift, end >> shift, z, end >> shift };

	if (r.start_pfn >= r.end_pfn)
		return;
	g_array_append_val(m->ram, r);
	z->present += r.end_pfn - r.start_pfn;
}

static gboolean add_zone(struct machine *m, struct recipe_zone *rz, GError **error)
{
	struct zone *z = g_new0(struct zone, 1);
	guint64 at = rz->start, unit = PAGE_SIZE_OF(m);
	struct node *n;

	z->recipe = rz;
	z->index = m->zones->len;
	z->node = rz->node;
	z->type = rz->type;
	z->start_pfn = rz->start >> m->recipe->page_shift;
	z->end_pfn = rz->end >> m->recipe->page_shift;
	g_ptr_array_add(m->zones, z);
	if (rz->node < 0 || rz->node >= MAX_NODES ||
	    rz->node >= 1 << m->recipe->nodes_shift || rz->start % unit ||
	    rz->end % unit) {
		g_set_error(error, MK_ERROR, MK_ERROR_RECIPE,
			    "zone %s: node below %d, start and size multiples of a page",
			    rz->name, MIN(MAX_NODES, 1 << m->recipe->nodes_shift));
		return FALSE;
	}
	g_array_sort(rz->holes, range_cmp);
	for (guint i = 0; i < rz->holes->len; i++) {
		struct recipe_range *h =
			&g_array_index(rz->holes, struct recipe_range, i);

		if (h->start < at || h->end > rz->end || h->start % unit ||
		    h->end % unit) {
			g_set_error(error, MK_ERROR, MK_ERROR_RECIPE,
				    "zone %s: hole 0x%" G_GINT64_MODIFIER
				    "x is outside of "
				    "it, overlaps or cuts a page",
				    rz->name, h->start);
			return FALSE;
		}
		add_ram(m, z, at, h->start);
		at = h->end;
	}
	add_ram(m, z, at, rz->end);
	n = &m->nodes[z->node];
	if (n->zones[z->type]) {
		g_set_error(error, MK_ERROR, MK_ERROR_RECIPE,
			    "node %d has two zones %s", z->node, rz->name);
		return FALSE;
	}
	n->zones[z->type] = z;
	n->start_pfn = n->present ? MIN(n->start_pfn, z->start_pfn) : z->start_pfn;
	n->end_pfn = MAX(n->end_pfn, z->end_pfn);
	n->present = TRUE;
	n->nr_zones = MAX(n->nr_zones, z->type + 1);
	n->pages += z->present;
	m->nr_nodes = MAX(m->nr_nodes, z->node + 1);
	return TRUE;
}

static gboolean map_arrays(struct machine *m, GError **error)
{
	guint64 n = m->max_pfn;

	m->nr_blocks = (n >> m->recipe->pageblock_order) + 1;
	m->nr_groups = n / FRAME_GROUP + 1;
	m->nr_vmemmap = (n * m->page_size_struct >> m->recipe->page_shift) + 1;
	return (m->cls = mk_map(n, error)) && (m->bits = mk_map(n, error)) &&
		(m->groups = mk_map(m->nr_groups * sizeof(*m->groups), error)) &&
		(m->blocks = mk_map(m->nr_blocks, error)) &&
		(m->isolated = mk_map(m->nr_blocks, error)) &&
		(m->vmemmap_frame = mk_map(m->nr_vmemmap * 4, error));
}

/**
 * boot_layout:
 *
 * Zones and RAM from the recipe, addresses of the kernel, an empty image.
 */
gboolean boot_layout(struct machine *m, GError **error)
{
	const struct recipe *r = m->recipe;
	int sec = r->section_shift - r->page_shift;
	guint64 end = 0;

	for (guint i = 0; i < r->zones->len; i++)
		if (!add_zone(m, r->zones->pdata[i], error))
			return FALSE;
	g_array_sort(m->ram, ram_cmp);
	for (guint i = 0; i < m->ram->len; i++) {
		struct ram *a = &g_array_index(m->ram, struct ram, i);

		if (a->start_pfn < end) {
			g_set_error(error, MK_ERROR, MK_ERROR_RECIPE,
				    "two zones have memory at frame %" G_GUINT64_FORMAT,
				    a->start_pfn);
			return FALSE;
		}
		end = a->end_pfn;
	}
	if (end >> (r->physmem_bits - r->page_shift) || end >= NO_PFN / 2) {
		g_set_error(error, MK_ERROR, MK_ERROR_RECIPE,
			    "memory ends above physmem_bits=%d, or above 8 TiB",
			    r->physmem_bits);
		return FALSE;
	}
	m->max_pfn = (((end - 1) >> sec) + 1) << sec;
	if (r->trap && end + 2 <= m->max_pfn) {
		m->trap_pfn = end;
		m->nr_trap = 2;
	}
	m->page_size_struct = ksize(m->kb, "page");
	m->nr_types = koff(m->kb, "MIGRATE_TYPES");
	m->nr_pcp_lists = 14;

	if (r->arch == ARCH_AARCH64)
		m->low_pa = align_down(g_array_index(m->ram, struct ram, 0).start_pfn
				       << r->page_shift, 1 << 30);
	arch_layout(m);
	return image_init(&m->img, m->max_pfn << r->page_shift, r->page_shift, error) &&
		map_arrays(m, error);
}

/* the zone that @pfn's memory belongs to, NULL in a hole */
struct zone *zone_of(struct machine *m, guint64 pfn)
{
	guint lo = 0, hi = m->ram->len;

	while (lo < hi) {
		guint mid = (lo + hi) / 2;
		struct ram *r = &g_array_index(m->ram, struct ram, mid);

		if (pfn < r->start_pfn)
			hi = mid;
		else if (pfn >= r->end_pfn)
			lo = mid + 1;
		else
			return r->zone;
	}
	return NULL;
}

static gboolean in_range(const struct recipe_range *r, guint64 pa)
{
	return pa >= r->start && pa < r->end;
}

/* memory that memblock must leave alone: unaccepted, for CMA, logically offline */
static gboolean boot_may_use(struct machine *m, guint64 pfn)
{
	struct zone *z = zone_of(m, pfn);
	guint64 pa = pfn << m->recipe->page_shift;

	return z && m->cls[pfn] == PC_HOLE && !in_range(&z->recipe->cma, pa) &&
		!in_range(&z->recipe->offline, pa) &&
		pa < z->recipe->end - z->recipe->unaccepted;
}

static guint64 boot_try(struct machine *m, int node, guint64 nr, guint64 align_pfns)
{
	for (int i = m->ram->len - 1; i >= 0; i--) {
		struct ram *r = &g_array_index(m->ram, struct ram, i);
		guint64 pfn;

		if (node >= 0 && r->zone->node != node)
			continue;
		while (r->boot_top > r->start_pfn && !boot_may_use(m, r->boot_top - 1))
			r->boot_top--;
		if (r->boot_top - r->start_pfn < nr)
			continue;
		pfn = align_down(r->boot_top - nr, align_pfns);
		while (pfn >= r->start_pfn && pfn) {
			guint64 at = pfn + nr;

			while (at > pfn && boot_may_use(m, at - 1))
				at--;
			if (at == pfn)
				return pfn;
			if (at < nr)
				break;
			/* at - 1 is taken: the run must end there */
			pfn = align_down(at - 1 < nr ? 0 : at - 1 - nr, align_pfns);
		}
	}
	return 0;
}

/**
 * boot_alloc:
 * @node: where; other nodes are tried when it has no room
 * @len: bytes, rounded up to pages
 *
 * Returns: physical address of zeroed, reserved memory; 0 when there is none left, and
 * boot_memory() then fails.
 */
guint64 boot_alloc(struct machine *m, int node, guint64 len, guint64 align)
{
	int shift = m->recipe->page_shift;
	guint64 nr = align_up(len, 1ull << shift) >> shift;
	guint64 step = MAX(align >> shift, 1), pfn;

	pfn = boot_try(m, node, nr, step);
	if (!pfn)
		pfn = boot_try(m, -1, nr, step);
	if (!pfn) {
		m->boot_used = G_MAXUINT64;
		return 0;
	}
	memset(m->cls + pfn, PC_RESERVED, nr);
	if (m->boot_used != G_MAXUINT64)
		m->boot_used += nr;
	image_touch(&m->img, pfn << shift, nr << shift);
	return pfn << shift;
}

static void reserve_range(struct machine *m, guint64 start, guint64 end,
			  enum page_class cls)
{
	int shift = m->recipe->page_shift;

	for (guint64 pfn = start >> shift; pfn < (end + (1ull << shift) - 1) >> shift;
	     pfn++)
		if (pfn < m->max_pfn && m->bits[pfn] & FB_RAM)
			m->cls[pfn] = cls;
}

static gboolean place_kernel(struct machine *m, GError **error)
{
	guint64 start = m->recipe->kernel_phys;
	guint64 end = kernel_pa(m, ksym(m->kb, "_end"));

	for (guint64 pa = start; pa < end; pa += PAGE_SIZE_OF(m))
		if (pa >> m->recipe->page_shift >= m->max_pfn ||
		    !boot_may_use(m, pa >> m->recipe->page_shift)) {
			g_set_error(error, MK_ERROR, MK_ERROR_RECIPE,
				    "[machine] kernel: no free memory at "
				    "0x%" G_GINT64_MODIFIER
				    "x for an image of %" G_GUINT64_FORMAT " MiB",
				    pa, (end - start) >> 20);
			return FALSE;
		}
	reserve_range(m, start, end, PC_KERNEL_IMAGE);
	/* text nobody disassembles: bytes that do not compress to nothing */
	for (guint64 pa = start; pa < start + (256 << 10); pa += 8)
		put64(image_at(&m->img, pa),
		      mix64(pa ^ m->recipe->seed) & 0x0f3f7f1f7f0f3f1f);
	for (guint i = 0; i < m->kb->loads->len; i++) {
		struct kload *l = &g_array_index(m->kb->loads, struct kload, i);

		image_write(&m->img, kernel_pa(m, l->va), l->data, l->len);
	}
	return TRUE;
}

static void map_vmemmap(struct machine *m, int node, guint64 first_pfn, guint64 nr)
{
	guint64 va = page_va(m, first_pfn), end = page_va(m, first_pfn + nr);
	guint64 unit = PAGE_SIZE_OF(m), pmd = 1ull << paging_pmd_shift(m);

	/* neighbours share a page where the array of a section does not fill it */
	va = align_down(va, unit);
	while (va < end) {
		guint64 i = (va - m->vmemmap) / unit, len = unit, pa;
		gboolean big =
			!m->recipe->vmemmap_pte && va % pmd == 0 && va + pmd <= end;

		if (m->vmemmap_frame[i]) {
			va += unit;
			continue;
		}
		pa = big ? boot_alloc(m, node, pmd, pmd) : 0;
		if (big && pa)
			len = pmd;
		else
			pa = boot_alloc(m, node, unit, unit);
		if (!pa)
			return;
		paging_map(m, va, pa, len, paging_pmd_shift(m));
		for (guint64 k = 0; k < len / unit; k++)
			m->vmemmap_frame[i + k] = (pa + k * unit) / unit;
		va += len;
	}
}

guint64 page_pa(const struct machine *m, guint64 pfn)
{
	guint64 at = pfn * m->page_size_struct;
	int shift = m->recipe->page_shift;

	return ((guint64)m->vmemmap_frame[at >> shift] << shift) +
		(at & ((1ull << shift) - 1));
}

static gboolean section_has_ram(struct machine *m, guint64 first, guint64 nr, int *node)
{
	for (guint i = 0; i < m->ram->len; i++) {
		struct ram *r = &g_array_index(m->ram, struct ram, i);

		if (r->start_pfn < first + nr && r->end_pfn > first) {
			*node = r->zone->node;
			return TRUE;
		}
	}
	return FALSE;
}

static void mark_sections(struct machine *m)
{
	guint64 nr = 1ull << (m->recipe->section_shift - m->recipe->page_shift);
	int node;

	for (guint64 pfn = 0; pfn < m->max_pfn; pfn += nr)
		if (section_has_ram(m, pfn, nr, &node))
			memset(m->bits + pfn, FB_MAP, nr);
	for (guint i = 0; i < m->ram->len; i++) {
		struct ram *r = &g_array_index(m->ram, struct ram, i);

		for (guint64 pfn = r->start_pfn; pfn < r->end_pfn; pfn++)
			m->bits[pfn] |= FB_RAM;
	}
}

/* mem_section roots, sections and their usage; the flags come in books.c */
static void boot_sections(struct machine *m)
{
	const struct recipe *r = m->recipe;
	const struct kbuild *kb = m->kb;
	int sec = r->section_shift - r->page_shift, node = 0;
	guint64 nr = 1ull << sec, page = PAGE_SIZE_OF(m);
	guint64 per_root = page / ksize(kb, "mem_section");
	guint64 per_subsection = 1ull << (SUBSECTION_SHIFT - r->page_shift);
	guint64 nr_roots = (1ull << (r->physmem_bits - r->section_shift)) / per_root;
	guint64 roots = boot_alloc(m, 0, nr_roots * 8, page), highest = 0;
	guint64 usage_size = koff(kb, "mem_section_usage.pageblock_flags") +
		align_up((nr >> r->pageblock_order) * r->pb_bits, 64) / 8;

	if (!roots)
		return;
	image_put(&m->img, symbol_pa(m, "mem_section"), phys_to_virt(m, roots), 8);
	for (guint64 s = 0; s << sec < m->max_pfn; s++) {
		guint64 root_at = roots + s / per_root * 8, root, at, usage;

		if (!section_has_ram(m, s << sec, nr, &node))
			continue;
		root = get64(image_at(&m->img, root_at));
		if (!root) {
			guint64 pa = boot_alloc(m, node, page, page);

			root = phys_to_virt(m, pa);
			put64(image_at(&m->img, root_at), root);
		}
		at = root - m->page_offset + s % per_root * ksize(kb, "mem_section");
		usage = boot_alloc(m, node, usage_size, page);
		if (!usage)
			return;
		/* present, has a map, online, early */
		put64(image_at(&m->img, at + koff(kb, "mem_section.section_mem_map")),
		      m->vmemmap | 0xf);
		put64(image_at(&m->img, at + koff(kb, "mem_section.usage")),
		      phys_to_virt(m, usage));
		map_vmemmap(m, node, s << sec, nr);
		highest = s;
		for (guint64 sub = 0; sub < nr << r->page_shift >> SUBSECTION_SHIFT;
		     sub++) {
			guint64 p =
				(s << sec) + (sub << (SUBSECTION_SHIFT - r->page_shift));
			guint64 w = usage + koff(kb, "mem_section_usage.subsection_map") +
				sub / 64 * 8;
			gboolean any = FALSE;

			for (guint k = 0; k < m->ram->len && !any; k++) {
				struct ram *x = &g_array_index(m->ram, struct ram, k);

				any = x->start_pfn < p + per_subsection && x->end_pfn > p;
			}
			if (any)
				put64(image_at(&m->img, w),
				      get64(image_at(&m->img, w)) | 1ull << sub % 64);
		}
	}
	image_put(&m->img, symbol_pa(m, "__highest_present_section_nr"), highest, 8);
}

static void boot_percpu(struct machine *m)
{
	m->percpu_unit = 192 << 10;
	m->percpu_next = 128 << 10;	/* behind the static variables */
	m->percpu_start =
		m->recipe->percpu_zero_based ? 0 : symbol_va(m, "__per_cpu_start");
	for (int cpu = 0; cpu < m->recipe->cpus; cpu++) {
		int node = cpu % m->nr_nodes;
		guint64 pa = boot_alloc(m, m->nodes[node].present ? node : 0,
					m->percpu_unit, PAGE_SIZE_OF(m));

		m->per_cpu_offset[cpu] = phys_to_virt(m, pa) - m->percpu_start;
		image_put(&m->img, symbol_pa(m, "__per_cpu_offset") + cpu * 8,
			  m->per_cpu_offset[cpu], 8);
	}
}

/* a dynamic per-cpu allocation; returns the percpu pointer */
guint64 percpu_alloc(struct machine *m, guint64 len)
{
	guint64 at = align_up(m->percpu_next, 64);

	m->percpu_next = at + len;
	if (m->percpu_next > m->percpu_unit)
		m->boot_used = G_MAXUINT64;
	return m->percpu_start + at;
}

guint64 percpu_pa(struct machine *m, guint64 ptr, int cpu)
{
	return ptr + m->per_cpu_offset[cpu] - m->page_offset;
}

static void boot_zone(struct machine *m, struct zone *z)
{
	int cpus = m->recipe->cpus;

	z->va = m->nodes[z->node].pgdat_va + koff(m->kb, "pglist_data.node_zones") +
		z->type * ksize(m->kb, "zone");
	z->pcp_ptr = percpu_alloc(m, ksize(m->kb, "per_cpu_pages"));
	z->zonestat_ptr = percpu_alloc(m, ksize(m->kb, "per_cpu_zonestat"));
	z->pcp = g_new0(struct pcp, cpus);
	for (int cpu = 0; cpu < cpus; cpu++) {
		z->pcp[cpu].pages_pa = percpu_pa(m, z->pcp_ptr, cpu);
		z->pcp[cpu].zonestat_pa = percpu_pa(m, z->zonestat_ptr, cpu);
	}
}

static void boot_node(struct machine *m, int nid)
{
	struct node *n = &m->nodes[nid];
	guint64 pa;

	if (!n->present)
		return;
	pa = boot_alloc(m, nid, ksize(m->kb, "pglist_data"), PAGE_SIZE_OF(m));
	n->pgdat_va = phys_to_virt(m, pa);
	image_put(&m->img, symbol_pa(m, "node_data") + nid * 8, n->pgdat_va, 8);
	n->nodestat_ptr = percpu_alloc(m, ksize(m->kb, "per_cpu_nodestat"));
	n->nodestat_pa = g_new0(guint64, m->recipe->cpus);
	for (int cpu = 0; cpu < m->recipe->cpus; cpu++)
		n->nodestat_pa[cpu] = percpu_pa(m, n->nodestat_ptr, cpu);
}

/* everything memblock did not take goes to the buddy allocator, or stays unaccepted */
static void release_memory(struct machine *m)
{
	int shift = m->recipe->page_shift;

	for (guint i = 0; i < m->ram->len; i++) {
		struct ram *r = &g_array_index(m->ram, struct ram, i);
		struct recipe_range *off = (void *)&r->zone->recipe->offline;
		guint64 pfn = r->start_pfn;

		while (pfn < r->end_pfn) {
			guint64 end = pfn;

			while (end < r->end_pfn && m->cls[end] == PC_HOLE &&
			       !in_range(off, end << shift))
				end++;
			buddy_free_boot(m, r->zone, pfn, end);
			r->zone->managed += end - pfn;
			if (end < r->end_pfn && m->cls[end] == PC_HOLE)
				m->cls[end] = PC_OFFLINE;
			pfn = end + (end < r->end_pfn);
		}
	}
}

/**
 * boot_memory:
 *
 * From an empty machine to one whose page allocator has all its memory.
 */
gboolean boot_memory(struct machine *m, GError **error)
{
	mark_sections(m);
	if (!place_kernel(m, error))
		return FALSE;
	for (guint i = 0; i < m->recipe->reserve->len; i++) {
		struct recipe_range *r = &g_array_index(m->recipe->reserve,
							struct recipe_range, i);

		reserve_range(m, r->start, r->end, PC_RESERVED);
	}
	paging_boot(m);
	boot_percpu(m);
	for (int nid = 0; nid < m->nr_nodes; nid++)
		boot_node(m, nid);
	boot_sections(m);
	for (guint i = 0; i < m->zones->len; i++)
		boot_zone(m, m->zones->pdata[i]);
	if (m->boot_used == G_MAXUINT64) {
		g_set_error(error, MK_ERROR, MK_ERROR_RECIPE,
			    "the machine is too small for its own page array, page "
			    "tables and "
			    "per-cpu areas; give it more memory or fewer zones and CPUs");
		return FALSE;
	}
	buddy_init(m);
	release_memory(m);
	buddy_set_cma(m);
	return TRUE;
}
