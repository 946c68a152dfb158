/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Pages in pools: free hugetlb pages, page pools of network drivers, zsmalloc, the balloon, and what is
 * set aside for DMA in atomic context.
 */
#include "graph/buffers.h"

#include "graph/areas.h"
#include "graph/range.h"
#include "kernel/module-types.h"

#define MAX_HSTATES 16
#define MAX_DMA_CHUNKS (1u << 16)
#define MAX_POOL (1u << 24)	/* huge pages of one list */
#define MAPPING_FLAGS 3ull
#define MAPPING_MOVABLE 2	/* PAGE_MAPPING_MOVABLE: the rest points at struct movable_operations */

typedef struct {
	AnzGraph *graph;
	guint32 owner;		/* of the list at hand */
	AnzRank rank;
	AnzField mapping, flags, pool;	/* of struct page, or what lies over it */
	AnzField netdev, netdev_name;	/* of struct page_pool, net_device */
	AnzField device, device_name;	/* of struct page_pool, device */
	guint64 movable_flag;	/* of the pages that are moved by what @offline_ops says; 0 none */
	guint64 offline_ops;
	AnzField zspage, zs_pool, zs_name;	/* of that, struct zspage, and struct zs_pool */
	guint64 nameless;	/* pages of zsmalloc whose pool was not found */
} Builder;

static gboolean add_huge_page(guint64 entry, gpointer data)
{
	Builder *b = data;
	AnzItem item;

	if (anz_graph_item_at(b->graph, entry, &item))
		anz_graph_claim(b->graph, b->owner, b->rank, item.pfn, item.nr_pages,
				ANZ_NO_POSITION, ANZ_NR_CLASSES);
	return !anz_graph_cancelled(b->graph);
}

static void walk_pool(Builder *b, guint64 head, const AnzField *link)
{
	if (!anz_kernel_walk_list(b->graph->kernel, head, link->offset, MAX_POOL, add_huge_page, b))
		anz_kernel_remark(b->graph->kernel, "warning", "hugetlb", 1,
				  "lists of hugetlb pages that are broken or not whole in the dump");
}

/* Pages in use are their file's or their process's; the pool owns them if nobody else is found. */
static void add_hugetlb(Builder *b)
{
	AnzKernel *kernel = b->graph->kernel;
	AnzField free_lists, active, name, link;
	guint64 hstates, stride, address, nr_lists, list_stride;
	guint32 nr = 0;

	if (!anz_kernel_symbol(kernel, "hstates", &hstates) ||
	    !anz_kernel_sizeof(kernel, "hstate", &stride) ||
	    !anz_kernel_symbol(kernel, "hugetlb_max_hstate", &address) ||
	    !anz_kernel_read_u32(kernel, address, &nr) ||
	    !anz_field(kernel, "hstate", "hugepage_freelists", &free_lists) ||
	    !anz_field(kernel, "hstate", "hugepage_activelist", &active) ||
	    !anz_kernel_array_len(kernel, "hstate", "hugepage_freelists", &nr_lists, &list_stride) ||
	    !anz_field(kernel, kernel->memdesc ? "folio" : "page", "lru", &link))
		return;
	anz_field(kernel, "hstate", "name", &name);
	for (guint i = 0; i < MIN(nr, MAX_HSTATES); i++) {
		guint64 hstate = hstates + i * stride;
		g_autofree char *text = name.known ?
			anz_kernel_read_string(kernel, hstate + name.offset, 32) : NULL;

		b->owner = anz_graph_owner(b->graph, ANZ_OWNER_POOL, hstate, "hugetlb pool %s",
					   text ? text : "");
		b->rank = ANZ_RANK_WALKED;
		for (guint n = 0; n < kernel->nodes->len; n++) {
			guint nid = g_array_index(kernel->nodes, AnzNode, n).nid;

			if (nid < nr_lists)
				walk_pool(b, hstate + free_lists.offset + nid * list_stride, &link);
		}
		b->rank = ANZ_RANK_POINTED;
		walk_pool(b, hstate + active.offset, &link);
	}
}

/* The interface that a pool is for; of pools that do not know it, and of older kernels, its device. */
static char *pool_name(Builder *b, guint64 pool)
{
	AnzKernel *kernel = b->graph->kernel;
	guint64 at;

	/* An array in struct net_device. */
	if (b->netdev.known && b->netdev_name.known &&
	    anz_kernel_read_u64(kernel, pool + b->netdev.offset, &at) && at)
		return anz_kernel_read_string(kernel, at + b->netdev_name.offset, 16);
	if (b->device.known && b->device_name.known &&
	    anz_kernel_read_u64(kernel, pool + b->device.offset, &at) && at &&
	    anz_kernel_read_u64(kernel, at + b->device_name.offset, &at) && at)
		return anz_kernel_read_string(kernel, at, 64);
	return NULL;
}

static guint32 pool_owner(Builder *b, guint64 pool)
{
	guint32 owner = anz_graph_find_owner(b->graph, ANZ_OWNER_POOL, pool);
	g_autofree char *name = owner ? NULL : pool_name(b, pool);

	if (owner)
		return owner;
	return anz_graph_owner(b->graph, ANZ_OWNER_POOL, pool, "network page pool%s%s",
			       name && *name ? " of " : "", name ? name : "");
}

/* A page in a network driver's pool names it. */
static void add_net_page(const AnzItem *item, gpointer data)
{
	Builder *b = data;
	guint64 pool;

	if (anz_kernel_read_u64(b->graph->kernel, item->address + b->pool.offset, &pool) && pool)
		anz_graph_claim(b->graph, pool_owner(b, anz_kernel_untag(b->graph->kernel, pool)),
				ANZ_RANK_SURE, item->pfn, item->nr_pages, ANZ_NO_POSITION,
				ANZ_NR_CLASSES);
}

static void resolve_net_pools(Builder *b)
{
	AnzKernel *kernel = b->graph->kernel;

	/* A struct of its own over struct page since 6.17. */
	if (!anz_field(kernel, "page", "pp", &b->pool))
		anz_field(kernel, "netmem_desc", "pp", &b->pool);
	anz_field(kernel, "page_pool", "slow.netdev", &b->netdev);
	anz_field(kernel, "net_device", "name", &b->netdev_name);
	anz_field(kernel, "page_pool", "p.dev", &b->device);
	anz_field(kernel, "device", "kobj.name", &b->device_name);
}

/* zsmalloc may be a module, and then its types are that's alone. */
static void resolve_zsmalloc(Builder *b)
{
	AnzKernel *kernel = b->graph->kernel;

	/* A descriptor that is yet to be made may keep the member's old name. */
	if (!anz_field(kernel, "zpdesc", "zspage|private", &b->zspage) &&
	    (kernel->memdesc ||
	     (!anz_field_of(anz_module_type(kernel, "zsmalloc:zpdesc", NULL), "zspage", &b->zspage) &&
	      !anz_field(kernel, "page", "private", &b->zspage))))
		return;
	if (!anz_field(kernel, "zspage", "pool", &b->zs_pool) ||
	    !anz_field(kernel, "zs_pool", "name", &b->zs_name)) {
		anz_field_of(anz_module_type(kernel, "zsmalloc:zspage", NULL), "pool", &b->zs_pool);
		anz_field_of(anz_module_type(kernel, "zsmalloc:zs_pool", NULL), "name", &b->zs_name);
	}
}

/* The pool of the zspage that a page is part of; 0, and no name, if it cannot be told. */
static guint64 zs_pool_of(Builder *b, const AnzItem *item, char **name)
{
	AnzKernel *kernel = b->graph->kernel;
	guint64 zspage, pool, at;

	if (!b->zspage.known || !b->zs_pool.known || !b->zs_name.known ||
	    !anz_kernel_read_u64(kernel, item->address + b->zspage.offset, &zspage) || !zspage ||
	    !anz_kernel_read_u64(kernel, zspage + b->zs_pool.offset, &pool) || !pool ||
	    !anz_kernel_read_u64(kernel, pool + b->zs_name.offset, &at))
		return 0;
	*name = anz_kernel_read_string(kernel, at, 64);
	return *name && **name ? pool : 0;
}

static void add_zsmalloc(const AnzItem *item, gpointer data)
{
	Builder *b = data;
	g_autofree char *name = NULL;
	guint64 pool = zs_pool_of(b, item, &name);

	b->nameless += pool ? 0 : item->nr_pages;
	b->owner = pool ? anz_graph_owner(b->graph, ANZ_OWNER_POOL, pool, "zsmalloc pool %s", name) :
		   anz_graph_owner(b->graph, ANZ_OWNER_POOL, 0, "zsmalloc");
	anz_graph_claim(b->graph, b->owner, ANZ_RANK_SURE, item->pfn, item->nr_pages, ANZ_NO_POSITION,
			ANZ_NR_CLASSES);
}

/*
 * Whose functions move the page: the balloon's are the kernel's own, zsmalloc may be a module.  Not one
 * of the pages behind a balloon is the machine's any more.  A page says so in its mapping; since 6.17 by
 * a flag, and of each type there are the functions of one driver only (mm/migrate.c).
 */
static guint64 movable_ops(const Builder *b, const AnzItem *item)
{
	AnzKernel *kernel = b->graph->kernel;
	guint64 word;

	if (b->movable_flag)
		return item->page_class == ANZ_CLASS_OFFLINE &&
		       anz_kernel_read_u64(kernel, item->address + b->flags.offset, &word) &&
		       word & b->movable_flag ? b->offline_ops : 0;
	if (!b->mapping.known ||
	    !anz_kernel_read_u64(kernel, item->address + b->mapping.offset, &word) ||
	    (word & MAPPING_FLAGS) != MAPPING_MOVABLE)
		return 0;
	return word & ~MAPPING_FLAGS;
}

static void add_movable(const AnzItem *item, gpointer data)
{
	Builder *b = data;
	g_autofree char *name = NULL;
	guint64 ops = movable_ops(b, item);

	if (!ops)
		return;
	name = anz_areas_symbol(b->graph, ops, FALSE);
	/* Before 6.11 nothing else tells pages of zsmalloc. */
	if (g_str_has_prefix(name, "zsmalloc_mops")) {
		add_zsmalloc(item, b);
		return;
	}
	anz_graph_claim(b->graph, anz_graph_owner(b->graph, ANZ_OWNER_POOL, ops, "%s", name),
			ANZ_RANK_SURE, item->pfn, item->nr_pages, ANZ_NO_POSITION, ANZ_NR_CLASSES);
}

static void resolve_movable(Builder *b)
{
	AnzKernel *kernel = b->graph->kernel;
	guint64 symbol;
	gint64 bit;

	anz_field(kernel, "page", "mapping", &b->mapping);
	if (!anz_field(kernel, "page", "flags", &b->flags) ||
	    !anz_types_enumerator(kernel->types, "pageflags", "PG_movable_ops", &bit) ||
	    bit < 0 || bit > 63)
		return;
	b->movable_flag = 1ull << bit;
	/* Where it is missing, the balloon is the only one there can be. */
	if (anz_kernel_symbol(kernel, "offline_movable_ops", &symbol))
		anz_kernel_read_u64(kernel, symbol, &b->offline_ops);
	else
		anz_kernel_symbol(kernel, "balloon_mops", &b->offline_ops);
}

typedef struct {
	Builder *b;
	AnzField start, end;
} Chunks;

static gboolean add_chunk(guint64 chunk, gpointer data)
{
	const Chunks *c = data;
	AnzGraph *graph = c->b->graph;
	guint64 start, end;

	if (anz_kernel_read_u64(graph->kernel, chunk + c->start.offset, &start) &&
	    anz_kernel_read_u64(graph->kernel, chunk + c->end.offset, &end) &&
	    end > start && end - start < 1ull << 32)
		/* end_addr is the last byte. */
		anz_graph_claim_range(graph, c->b->owner, ANZ_RANK_WALKED, ANZ_UNNAMED_CLASSES, start,
				      end - start + 1, ANZ_NR_CLASSES);
	return TRUE;
}

/* kernel/dma/pool.c */
static void add_dma_pools(Builder *b)
{
	static const char *const pools[] = { "atomic_pool_dma", "atomic_pool_dma32",
					     "atomic_pool_kernel" };
	AnzKernel *kernel = b->graph->kernel;
	Chunks c = { .b = b };
	AnzField chunks, link, holder = { 0 };
	guint64 symbol, pool;

	if (!anz_field(kernel, "gen_pool", "chunks", &chunks) ||
	    !anz_field(kernel, "gen_pool_chunk", "next_chunk", &link) ||
	    !anz_field(kernel, "gen_pool_chunk", "start_addr", &c.start) ||
	    !anz_field(kernel, "gen_pool_chunk", "end_addr", &c.end))
		return;
	/* Pointers to a pool; since 7.3 structures with that pointer in them. */
	anz_field(kernel, "dma_gen_pool", "pool", &holder);
	for (guint i = 0; i < G_N_ELEMENTS(pools); i++) {
		if (!anz_kernel_symbol(kernel, pools[i], &symbol) ||
		    !anz_kernel_read_u64(kernel, symbol + holder.offset, &pool) || !pool)
			continue;
		b->owner = anz_graph_owner(b->graph, ANZ_OWNER_POOL, pool, "DMA pool %s", pools[i]);
		anz_kernel_walk_list(kernel, pool + chunks.offset, link.offset, MAX_DMA_CHUNKS,
				     add_chunk, &c);
	}
}

void anz_pools_build(AnzGraph *graph)
{
	AnzKernel *kernel = graph->kernel;
	Builder b = { .graph = graph };

	add_hugetlb(&b);
	add_dma_pools(&b);
	resolve_net_pools(&b);
	if (b.pool.known && !kernel->memdesc)
		anz_graph_each_item(graph, ANZ_CLASS_BIT(ANZ_CLASS_NET_POOL), add_net_page, &b);
	/* Whose data pages of zsmalloc hold is their pool's name: "zram0", "zswap". */
	resolve_zsmalloc(&b);
	resolve_movable(&b);
	if ((b.mapping.known || b.offline_ops) && !kernel->memdesc)
		anz_graph_each_item(graph, ANZ_CLASS_BIT(ANZ_CLASS_MOVABLE) |
				    ANZ_CLASS_BIT(ANZ_CLASS_OFFLINE), add_movable, &b);
	anz_graph_each_item(graph, ANZ_CLASS_BIT(ANZ_CLASS_ZSMALLOC), add_zsmalloc, &b);
	if (b.nameless && b.zs_name.known)
		anz_kernel_remark(kernel, "note", "zsmalloc", b.nameless,
				  "pages of zsmalloc whose structures do not lead to a pool");
}
