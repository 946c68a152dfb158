/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the kernel itself counts for each control group: page counters, which are exact but run ahead of
 * what is charged by what each cpu has in stock; sizes of LRU lists, which are exact; and vmstats, which
 * are flushed now and then (mm/memcontrol.c).
 */
#include "graph/cgroups.h"

#define MAX_STATS 256
#define MAX_STOCKS 64		/* groups that one cpu has a stock of; 7 now */

/* Units of vmstats items. */
typedef enum { UNIT_PAGES, UNIT_BYTES, UNIT_KIB } Unit;

static const struct {
	const char *enum_name, *item;	/* enumerator */
	const char *more;		/* (nullable): another one to add */
	Unit unit;
	const char *name, *meaning;	/* name as in memory.stat */
} stats[ANZ_NR_CGROUP_STATS] = {
	[ANZ_CGROUP_ANON] = { "node_stat_item", "NR_ANON_MAPPED", NULL, UNIT_PAGES, "anon",
		"mapped anonymous pages" },
	[ANZ_CGROUP_FILE] = { "node_stat_item", "NR_FILE_PAGES", NULL, UNIT_PAGES, "file",
		"pages of files and shmem" },
	[ANZ_CGROUP_SHMEM] = { "node_stat_item", "NR_SHMEM", NULL, UNIT_PAGES, "shmem",
		"pages of shmem" },
	[ANZ_CGROUP_KERNEL] = { "memcg_stat_item", "MEMCG_KMEM", NULL, UNIT_PAGES, "kernel",
		"kernel memory: pages charged as such, slab objects, per-cpu memory" },
	[ANZ_CGROUP_SLAB] = { "node_stat_item", "NR_SLAB_RECLAIMABLE_B", "NR_SLAB_UNRECLAIMABLE_B",
		UNIT_BYTES, "slab", "slab objects; the kernel counts large kmalloc() with them" },
	[ANZ_CGROUP_STACK] = { "node_stat_item", "NR_KERNEL_STACK_KB", NULL, UNIT_KIB, "kernel_stack",
		"kernel stacks" },
	[ANZ_CGROUP_PAGE_TABLES] = { "node_stat_item", "NR_PAGETABLE", NULL, UNIT_PAGES, "pagetables",
		"page tables" },
	[ANZ_CGROUP_PERCPU] = { "memcg_stat_item", "MEMCG_PERCPU_B", NULL, UNIT_BYTES, "percpu",
		"per-cpu memory" },
	[ANZ_CGROUP_SOCKET] = { "memcg_stat_item", "MEMCG_SOCK", NULL, UNIT_PAGES, "sock",
		"memory of socket buffers, as charged" },
	[ANZ_CGROUP_ZSWAP] = { "memcg_stat_item", "MEMCG_ZSWAP_B", NULL, UNIT_BYTES, "zswap",
		"compressed pages in zswap" },
	[ANZ_CGROUP_ZSWAPPED] = { "memcg_stat_item", "MEMCG_ZSWAPPED", NULL, UNIT_PAGES, "zswapped",
		"pages that these were" },
};

struct AnzCgroupReader {
	AnzKernel *kernel;
	AnzField usage, max, swap_usage, vmstats;
	guint64 nodeinfo, lru_sizes;	/* offsets */
	guint64 nr_zones, nr_lists;
	gboolean has_lru;
	gint lru_unevictable;
	guint64 gen_sizes, nr_gens;	/* of multi-generational lists */
	gboolean vmstats_inside;
	guint64 state;			/* offset of memcg_vmstats.state, or of the array inside */
	int index[ANZ_NR_CGROUP_STATS][2];	/* in it, of item and more; -1 not kept */
};

static void resolve_lru(AnzCgroupReader *r)
{
	AnzKernel *kernel = r->kernel;
	gint64 unevictable, nr_lists;
	AnzField nodeinfo;
	guint64 size;

	/*
	 * lru_zone_size[zone][list].  Only sizes are asked for: BTF knows no arrays of arrays, and says
	 * that there is one of so many elements.
	 */
	if (!anz_field(kernel, "mem_cgroup", "nodeinfo", &nodeinfo) ||
	    !anz_kernel_member(kernel, "mem_cgroup_per_node", "lru_zone_size", &r->lru_sizes, &size) ||
	    !anz_kernel_enumerator(kernel, "lru_list", "LRU_UNEVICTABLE", &unevictable) ||
	    !anz_kernel_enumerator(kernel, "lru_list", "NR_LRU_LISTS", &nr_lists) ||
	    unevictable < 4 || unevictable >= nr_lists || nr_lists > 64)
		return;
	r->nr_lists = nr_lists;
	if (!size || size % (r->nr_lists * 8) || size > 64 * r->nr_lists * 8)
		return;
	r->nodeinfo = nodeinfo.offset;
	r->lru_unevictable = unevictable;
	r->nr_zones = size / (r->nr_lists * 8);
	r->has_lru = TRUE;
	/* nr_pages[generation][0 anonymous, 1 file][zone] takes the place of the others since 6.1. */
	if (anz_kernel_member(kernel, "mem_cgroup_per_node", "lruvec.lrugen.nr_pages", &r->gen_sizes,
			      &size) && !(size % (2 * r->nr_zones * 8)) &&
	    size <= 64 * 2 * r->nr_zones * 8)
		r->nr_gens = size / (2 * r->nr_zones * 8);
}

/*
 * Since 6.10 the array holds only the items that groups count, and mem_cgroup_stats_index[] tells where
 * each is: plus one, with 0 for none; later as it is, with 255 for none.
 */
static void resolve_stats(AnzCgroupReader *r)
{
	AnzKernel *kernel = r->kernel;
	guint8 table[MAX_STATS];
	guint64 nr_state, stride, symbol;
	gint64 number, nr_items;
	AnzField state;
	gboolean mapped, ones = FALSE;

	for (guint i = 0; i < ANZ_NR_CGROUP_STATS; i++)
		r->index[i][0] = r->index[i][1] = -1;
	if (!anz_field(kernel, "mem_cgroup", "vmstats", &r->vmstats))
		return;
	/* Before 5.13 the array was in struct mem_cgroup itself. */
	r->vmstats_inside = anz_kernel_array_len(kernel, "mem_cgroup", "vmstats", &nr_state, &stride);
	if (!r->vmstats_inside &&
	    (!anz_field(kernel, "memcg_vmstats", "state", &state) ||
	     !anz_kernel_array_len(kernel, "memcg_vmstats", "state", &nr_state, &stride)))
		return;
	if (!anz_kernel_enumerator(kernel, "memcg_stat_item", "MEMCG_NR_STAT", &nr_items) ||
	    nr_items <= 0 || nr_items > MAX_STATS || stride != 8)
		return;
	r->state = r->vmstats_inside ? r->vmstats.offset : state.offset;
	mapped = nr_state < (guint64)nr_items;
	if (mapped && (!anz_kernel_symbol(kernel, "mem_cgroup_stats_index", &symbol) ||
		       !anz_kernel_read(kernel, symbol, table, nr_items)))
		return;
	for (gint64 i = 0; mapped && i < nr_items; i++)
		ones |= table[i] == 0xff;
	for (guint i = 0; i < 2 * ANZ_NR_CGROUP_STATS; i++) {
		const char *item = i % 2 ? stats[i / 2].more : stats[i / 2].item;
		gint64 at;

		if (!item || !anz_kernel_enumerator(kernel, stats[i / 2].enum_name, item, &number) ||
		    number < 0 || number >= nr_items)
			continue;
		at = !mapped ? number : ones ? (table[number] == 0xff ? -1 : table[number]) :
		     (gint64)table[number] - 1;
		if (at >= 0 && (guint64)at < nr_state)
			r->index[i / 2][i % 2] = at;
	}
}

AnzCgroupReader *anz_cgroup_reader_new(AnzKernel *kernel)
{
	AnzCgroupReader *r = g_new0(AnzCgroupReader, 1);

	r->kernel = kernel;
	anz_field(kernel, "mem_cgroup", "memory.usage.counter", &r->usage);
	anz_field(kernel, "mem_cgroup", "memory.max", &r->max);
	anz_field(kernel, "mem_cgroup", "swap.usage.counter", &r->swap_usage);
	resolve_lru(r);
	resolve_stats(r);
	return r;
}

void anz_cgroup_reader_free(AnzCgroupReader *reader)
{
	g_free(reader);
}

static void read_lru(const AnzCgroupReader *r, AnzCgroup *group)
{
	AnzKernel *kernel = r->kernel;
	gsize size = r->nr_zones * r->nr_lists * 8, gen_size = r->nr_gens * 2 * r->nr_zones * 8;
	g_autofree guint8 *bytes = g_malloc(MAX(size, gen_size));
	gint64 sums[ANZ_NR_LRU] = { 0 };

	for (guint n = 0; n < kernel->nodes->len; n++) {
		guint nid = g_array_index(kernel->nodes, AnzNode, n).nid;
		guint64 node;

		if (!anz_kernel_read_u64(kernel, group->address + r->nodeinfo + nid * 8ull, &node) ||
		    !anz_kernel_read(kernel, node + r->lru_sizes, bytes, size))
			return;
		for (guint64 zone = 0; zone < r->nr_zones; zone++)
			for (gint lru = 0; lru <= r->lru_unevictable; lru++) {
				AnzLru kind = lru == r->lru_unevictable ? ANZ_LRU_UNEVICTABLE :
					      lru < 2 ? ANZ_LRU_ANON : ANZ_LRU_FILE;

				/* A counter in a dump may be any number. */
				sums[kind] = (guint64)sums[kind] +
					     anz_load64(bytes + (zone * r->nr_lists + lru) * 8,
							kernel->big_endian);
			}
		if (!anz_kernel_read(kernel, node + r->gen_sizes, bytes, gen_size))
			return;
		for (guint64 i = 0; i < r->nr_gens * 2 * r->nr_zones; i++) {
			guint64 type = i / r->nr_zones % 2;

			sums[type] = (guint64)sums[type] +
				     anz_load64(bytes + i * 8, kernel->big_endian);
		}
	}
	memcpy(group->kernel_lru, sums, sizeof(sums));
}

static gint64 read_stat(const AnzCgroupReader *r, guint64 vmstats, guint stat)
{
	AnzKernel *kernel = r->kernel;
	guint64 sum = 0, value;

	if (!vmstats || r->index[stat][0] < 0)
		return ANZ_CGROUP_UNKNOWN;
	for (guint i = 0; i < 2 && r->index[stat][i] >= 0; i++) {
		if (!anz_kernel_read_u64(kernel, vmstats + r->state + r->index[stat][i] * 8ull,
					 &value))
			return ANZ_CGROUP_UNKNOWN;
		sum += value;
	}
	return stats[stat].unit == UNIT_KIB ? sum << 10 >> kernel->page_shift : sum;
}

void anz_cgroup_reader_read(AnzCgroupReader *reader, const AnzRecord *record, AnzCgroup *group)
{
	const AnzKernel *kernel = reader->kernel;
	/* PAGE_COUNTER_MAX: LONG_MAX / PAGE_SIZE. */
	guint64 unlimited = (guint64)G_MAXINT64 >> kernel->page_shift, vmstats, value;
	/* What the root itself uses is charged to no counter. */
	gboolean counted = group->parent != 0;

	group->usage = counted && anz_record_has(record, &reader->usage) ?
		       (gint64)anz_record_get(record, &reader->usage) : ANZ_CGROUP_UNKNOWN;
	value = anz_record_get(record, &reader->max);
	group->max = counted && anz_record_has(record, &reader->max) && value < unlimited ?
		     (gint64)value : ANZ_CGROUP_UNKNOWN;
	group->swap_usage = counted && anz_record_has(record, &reader->swap_usage) ?
			    (gint64)anz_record_get(record, &reader->swap_usage) :
			    ANZ_CGROUP_UNKNOWN;
	for (guint i = 0; i < ANZ_NR_LRU; i++)
		group->kernel_lru[i] = ANZ_CGROUP_UNKNOWN;
	if (reader->has_lru)
		read_lru(reader, group);
	vmstats = reader->vmstats_inside ? group->address :
		  anz_record_get(record, &reader->vmstats);
	for (guint i = 0; i < ANZ_NR_CGROUP_STATS; i++)
		group->stat[i] = read_stat(reader, vmstats, i);
}

/* One cpu may have a stock of one group, or since 6.16 of several. */
void anz_cgroups_read_stocks(AnzGraph *graph)
{
	AnzKernel *kernel = graph->kernel;
	AnzRecord stock;
	guint64 variable, nr = 1, stride;
	gboolean several;

	if (!anz_kernel_symbol(kernel, "memcg_stock", &variable) ||
	    !anz_record_init_type(&stock, kernel, "memcg_stock_pcp"))
		return;
	several = anz_kernel_array_len(kernel, "memcg_stock_pcp", "cached", &nr, &stride);
	for (guint n = 0; n < MIN(nr, MAX_STOCKS); n++) {
		g_autofree char *cached_path = several ? g_strdup_printf("cached[%u]", n) :
					       g_strdup("cached");
		g_autofree char *pages_path = several ? g_strdup_printf("nr_pages[%u]", n) :
					      g_strdup("nr_pages");
		AnzField cached, nr_pages;

		if (!anz_field(kernel, "memcg_stock_pcp", cached_path, &cached) ||
		    !anz_field(kernel, "memcg_stock_pcp", pages_path, &nr_pages))
			break;
		for (guint i = 0; i < kernel->possible_cpus->len; i++) {
			guint cpu = g_array_index(kernel->possible_cpus, guint, i);
			int group;

			if (!anz_record_read(&stock, anz_kernel_percpu(kernel, variable, cpu)) ||
			    !anz_record_get(&stock, &cached))
				continue;
			group = anz_cgroups_find(graph, anz_record_get(&stock, &cached));
			if (group >= 0)
				g_array_index(graph->cgroups->groups, AnzCgroup, group).stocked +=
					anz_record_get(&stock, &nr_pages);
		}
	}
	anz_record_clear(&stock);
}

/* --- beside what was found --- */

static void add_line(GArray *lines, AnzCgroupLine line)
{
	if (line.kernel != ANZ_CGROUP_UNKNOWN)
		g_array_append_val(lines, line);
}

/* What the subtree of a group has, by the items of stats[]; in their units. */
static gint64 census_of(const AnzGraph *graph, const AnzCgroup *sum, AnzCgroupStat stat)
{
	const guint64 *pages = sum->pages;
	guint shift = graph->kernel->page_shift;

	switch (stat) {
	case ANZ_CGROUP_ANON:
		return pages[ANZ_CLASS_ANON] + pages[ANZ_CLASS_KSM] + pages[ANZ_CLASS_SWAP_CACHE];
	case ANZ_CGROUP_FILE:
		return pages[ANZ_CLASS_FILE] + pages[ANZ_CLASS_SHMEM];
	case ANZ_CGROUP_SHMEM:
		return pages[ANZ_CLASS_SHMEM];
	case ANZ_CGROUP_KERNEL:
		return sum->nr_kernel_pages + (sum->object_bytes >> shift);
	case ANZ_CGROUP_SLAB:
		return sum->object_bytes;
	case ANZ_CGROUP_STACK:
		return pages[ANZ_CLASS_KERNEL_STACK];
	case ANZ_CGROUP_PAGE_TABLES:
		return pages[ANZ_CLASS_PAGE_TABLE];
	default:
		return ANZ_CGROUP_UNKNOWN;
	}
}

static guint64 known(gint64 value)
{
	return value == ANZ_CGROUP_UNKNOWN ? 0 : value;
}

GArray *anz_cgroup_lines(const AnzGraph *graph, const AnzCgroup *group, const AnzCgroup *subtree)
{
	static const char *const lru_names[ANZ_NR_LRU] = { "lru_anon", "lru_file",
							   "lru_unevictable" };
	GArray *lines = g_array_new(FALSE, FALSE, sizeof(AnzCgroupLine));
	guint64 bytes = subtree->object_bytes + known(group->stat[ANZ_CGROUP_PERCPU]);
	gint64 charged = subtree->nr_pages + (bytes >> graph->kernel->page_shift) +
			 known(group->stat[ANZ_CGROUP_SOCKET]) + subtree->stocked;

	add_line(lines, (AnzCgroupLine){ "memory.current", TRUE, FALSE, FALSE, group->usage, charged,
		"all that is charged, and what cpus have in stock for it; per-cpu memory and sockets by "
		"the kernel's own count" });
	add_line(lines, (AnzCgroupLine){ "memory.swap.current", TRUE, FALSE,
		graph->cgroups->swap_known, group->swap_usage, graph->cgroups->swap_known ?
		(gint64)subtree->nr_swapped : ANZ_CGROUP_UNKNOWN, "slots of swap areas" });
	for (guint i = 0; i < ANZ_NR_LRU; i++)
		add_line(lines, (AnzCgroupLine){ lru_names[i], FALSE, FALSE, TRUE,
			group->kernel_lru[i], graph->cgroups->lru_known ? (gint64)group->lru[i] :
			ANZ_CGROUP_UNKNOWN, "pages on LRU lists, active or not" });
	for (guint i = 0; i < ANZ_NR_CGROUP_STATS; i++)
		add_line(lines, (AnzCgroupLine){ stats[i].name, TRUE, stats[i].unit == UNIT_BYTES,
			FALSE, group->stat[i], census_of(graph, subtree, i), stats[i].meaning });
	return lines;
}
