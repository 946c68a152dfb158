/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "regions.h"

#include "graph/files.h"
#include "graph/slab.h"
#include "lists/links.h"

typedef struct {
	const Stages *stages;
	AnzKernel *kernel;
	GArray *regions;
} Finder;

static guint begin(Finder *f, const char *name, guint bits, guint least)
{
	Region region = { .name = name, .bits = bits, .least = least,
			  .places = g_array_new(FALSE, FALSE, sizeof(guint64)) };

	g_array_append_val(f->regions, region);
	return f->regions->len - 1;
}

static void add(Finder *f, guint region, guint64 vaddr)
{
	guint64 paddr, len;

	if (vaddr && anz_image_translate(f->kernel->image, vaddr, &paddr, &len))
		g_array_append_val(g_array_index(f->regions, Region, region).places, paddr);
}

static guint64 page_word(const Finder *f, guint64 pfn, guint offset)
{
	return anz_kernel_page_address(f->kernel, pfn) + offset;
}

static guint64 offset_of(Finder *f, const char *type, const char *member)
{
	guint64 offset;

	return anz_kernel_member(f->kernel, type, member, &offset, NULL) ? offset : G_MAXUINT64;
}

/* --- the allocator's lists --- */

static void find_heads(Finder *f)
{
	guint64 area = offset_of(f, "zone", "free_area"), list = offset_of(f, "free_area", "free_list");
	guint64 counter = offset_of(f, "free_area", "nr_free"), lists = offset_of(f, "per_cpu_pages", "lists");
	guint64 stride = anz_list_head_stride(f->kernel), size = 0;
	guint free_heads = begin(f, "links, heads of free lists", 64, 95);
	guint pcp_heads = begin(f, "links, heads of per-cpu lists", 64, 95);
	guint counters = begin(f, "counters, nr_free", 64, 95);
	const GArray *free_lists = f->stages->lists->free_lists, *sets = f->stages->lists->pcp_sets;

	anz_kernel_sizeof(f->kernel, "free_area", &size);
	for (guint i = 0; i < free_lists->len; i++) {
		const AnzFreeList *it = &g_array_index(free_lists, AnzFreeList, i);
		guint64 at = g_array_index(f->kernel->zones, AnzZone, it->zone).address + area +
			     it->order * size;

		if (!it->migratetype)
			add(f, counters, at + counter);
		for (guint64 w = 0; w < stride && it->nr_blocks; w += 8)
			add(f, free_heads, at + list + it->migratetype * stride + w);
	}
	for (guint i = 0; i < f->stages->lists->pcp_blocks->len; i++) {
		const AnzListBlock *it = &g_array_index(f->stages->lists->pcp_blocks, AnzListBlock, i);

		for (guint s = 0; s < sets->len && !it->position; s++) {
			const AnzPcpSet *set = &g_array_index(sets, AnzPcpSet, s);

			for (guint64 w = 0; w < stride && set->zone == it->zone && set->cpu == it->cpu;
			     w += 8)
				add(f, pcp_heads, set->address + lists + it->list * stride + w);
		}
	}
}

/* --- struct page of the classic shape --- */

typedef struct {
	guint free_type, free_order, free_links, pcp_links, free_count, pcp_count, folio_count, typed_count,
		large_count, slab_type, table_type, order, tails, free_mapping, folio_mapping, mapcount,
		flags;
} Classic;

static void find_in_page(Finder *f, const Classic *c, guint64 pfn, guint8 page_class, guint16 attr)
{
	const AnzPageFormat *p = &f->kernel->format;
	gboolean tail = attr & ANZ_ATTR_TAIL, head = attr & ANZ_ATTR_HEAD, folio;

	if (page_class == ANZ_CLASS_HOLE || attr & (ANZ_ATTR_HWPOISON | ANZ_ATTR_RESERVED))
		return;
	folio = page_class == ANZ_CLASS_ANON || page_class == ANZ_CLASS_FILE ||
		page_class == ANZ_CLASS_SHMEM;
	if (page_class == ANZ_CLASS_FREE) {
		add(f, c->free_count, page_word(f, pfn, p->refcount));
		add(f, c->free_mapping, page_word(f, pfn, p->mapping));
	} else if (tail) {
		if (page_class != ANZ_CLASS_FREE_PCP && page_class != ANZ_CLASS_GUARD)
			add(f, c->tails, page_word(f, pfn, p->head));
	} else if (page_class == ANZ_CLASS_SLAB || page_class == ANZ_CLASS_PAGE_TABLE) {
		add(f, page_class == ANZ_CLASS_SLAB ? c->slab_type : c->table_type,
		    page_word(f, pfn, p->page_type));
		add(f, c->typed_count, page_word(f, pfn, p->refcount));
	} else if (folio) {
		add(f, head ? c->large_count : c->folio_count, page_word(f, pfn, p->refcount));
		add(f, c->folio_mapping, page_word(f, pfn, p->mapping));
		if (!head)
			add(f, c->mapcount, page_word(f, pfn, p->page_type));
	}
	/* Of a block on a list the list has the order. */
	if (page_class != ANZ_CLASS_FREE && page_class != ANZ_CLASS_FREE_PCP && head)
		add(f, c->order, page_word(f, pfn, p->order_offset));
	if (folio || page_class == ANZ_CLASS_SLAB)
		add(f, c->flags, page_word(f, pfn, p->flags));
}

static void find_blocks(Finder *f, const Classic *c)
{
	const AnzPageFormat *p = &f->kernel->format;
	const AnzLists *lists = f->stages->lists;

	for (guint i = 0; i < lists->free_blocks->len; i++) {
		guint64 pfn = g_array_index(lists->free_blocks, AnzListBlock, i).pfn;

		add(f, c->free_type, page_word(f, pfn, p->page_type));
		add(f, c->free_order, page_word(f, pfn, p->private_word));
		add(f, c->free_links, page_word(f, pfn, p->list));
		add(f, c->free_links, page_word(f, pfn, p->list + 8));
	}
	for (guint i = 0; i < lists->pcp_blocks->len; i++) {
		guint64 pfn = g_array_index(lists->pcp_blocks, AnzListBlock, i).pfn;

		add(f, c->pcp_links, page_word(f, pfn, p->list));
		add(f, c->pcp_links, page_word(f, pfn, p->list + 8));
		add(f, c->pcp_count, page_word(f, pfn, p->refcount));
	}
}

static void find_classic(Finder *f)
{
	const AnzPlanes *planes = f->stages->planes;
	Classic c = {
		.free_links = begin(f, "links, free blocks", 64, 95),
		.pcp_links = begin(f, "links, per-cpu lists", 64, 95),
		.tails = begin(f, "links, tails to their heads", 64, 95),
		.free_type = begin(f, "types, free blocks", 32, 95),
		.slab_type = begin(f, "types, slabs", 32, 95),
		.table_type = begin(f, "types, page tables", 32, 95),
		.free_order = begin(f, "orders, free blocks", 64, 95),
		.order = begin(f, "orders, compound pages", 8, 95),
		.free_count = begin(f, "refcounts, free pages", 32, 95),
		.pcp_count = begin(f, "refcounts, per-cpu lists", 32, 95),
		.folio_count = begin(f, "refcounts, single folios", 32, 95),
		.large_count = begin(f, "refcounts, large folios", 32, 95),
		.typed_count = begin(f, "refcounts, slabs and page tables", 32, 95),
		.free_mapping = begin(f, "mapping, free pages", 64, 95),
		.folio_mapping = begin(f, "mapping, folios", 64, 0),
		.mapcount = begin(f, "mapcount, single folios", 32, 0),
		.flags = begin(f, "flags, folios and slabs", 64, 0),
	};

	find_blocks(f, &c);
	for (guint t = 0; t < planes->nr_tiles; t++) {
		const AnzTile *tile = anz_planes_tile_at(planes, t);

		for (guint i = 0; i < ANZ_TILE_PAGES; i++)
			find_in_page(f, &c, (tile->number << ANZ_TILE_SHIFT) + i, tile->page_class[i],
				     tile->attr[i]);
	}
}

/* --- words and descriptors --- */

static void find_words(Finder *f)
{
	const AnzMemdescFormat *m = f->kernel->memdesc;
	const AnzLists *lists = f->stages->lists;
	guint links = begin(f, "links and orders, free blocks", 64, 95);
	guint pcp = begin(f, "links, per-cpu lists", 64, 95);
	guint types = begin(f, "types, words with descriptors", m->type_bits, 95);
	guint misc_types = begin(f, "types, Misc words", m->type_bits, 95);
	guint pointers = begin(f, "pointers, words with descriptors", 64, 0);
	guint misc = begin(f, "Misc words", 64, 0);
	const AnzPlanes *planes = f->stages->planes;

	for (guint i = 0; i < lists->free_blocks->len; i++)
		add(f, links, page_word(f, g_array_index(lists->free_blocks, AnzListBlock, i).pfn, m->word));
	for (guint i = 0; i < lists->pcp_blocks->len; i++)
		add(f, pcp, page_word(f, g_array_index(lists->pcp_blocks, AnzListBlock, i).pfn, m->word));
	for (guint t = 0; t < planes->nr_tiles; t++) {
		const AnzTile *tile = anz_planes_tile_at(planes, t);

		for (guint i = 0; i < ANZ_TILE_PAGES; i++) {
			guint64 pfn = (tile->number << ANZ_TILE_SHIFT) + i, word;
			AnzMemdescKind kind;

			/* Only what allocations hold is in use. */
			if (tile->attr[i] & ANZ_ATTR_ON_LIST || tile->zone[i] == ANZ_NO_ZONE ||
			    tile->page_class[i] == ANZ_CLASS_HOLE || tile->attr[i] & ANZ_ATTR_HWPOISON ||
			    !anz_kernel_read_u64(f->kernel, page_word(f, pfn, m->word), &word) || !word)
				continue;
			kind = m->types[word & ((1u << m->type_bits) - 1)].kind;
			add(f, kind == ANZ_MEMDESC_INLINE ? misc_types : types, page_word(f, pfn, m->word));
			add(f, kind == ANZ_MEMDESC_INLINE ? misc : pointers, page_word(f, pfn, m->word));
		}
	}
}

static void find_descriptors(Finder *f)
{
	const AnzSpool *all = f->stages->descriptors;
	guint pfns = begin(f, "pfn, descriptors", 64, 95), orders = begin(f, "orders, descriptors", 8, 95);
	guint counts = begin(f, "refcounts, folio descriptors", 32, 95);
	guint mapcounts = begin(f, "mapcounts, folio descriptors", 32, 0);
	guint mappings = begin(f, "mapping, folio descriptors", 64, 0);

	for (guint i = 0; i < all->len; i++) {
		const AnzDescriptor *it = &anz_spool_index(all, AnzDescriptor, i);
		const AnzMemdescType *type = &f->kernel->memdesc->types[it->type];
		AnzField refcount = { 0 };

		if (type->has_extent && it->stated) {
			add(f, pfns, it->address + type->pfn.bit_offset / 8);
			if (type->order.bit_size >= 8)
				add(f, orders, it->address + type->order.bit_offset / 8);
		}
		if (!type->has_mapping || !type->struct_name)
			continue;
		if (anz_field(f->kernel, type->struct_name, "_refcount", &refcount))
			add(f, counts, it->address + refcount.offset);
		if (type->nr_mapcounts)
			add(f, mapcounts, it->address + type->mapcounts[0].bit_offset / 8);
		add(f, mappings, it->address + type->mapping.bit_offset / 8);
	}
}

/* --- what hangs on pages, in every shape --- */

static void find_slabs(Finder *f)
{
	const AnzSlabs *slabs = f->stages->graph->slabs;
	const char *type = anz_types_find(f->kernel->types, "slab") ? "slab" : "page";
	guint64 cache = offset_of(f, type, "slab_cache"), freelist = offset_of(f, type, "freelist");
	guint64 list = offset_of(f, type, "slab_list");
	guint caches = begin(f, "slab_cache, slabs", 64, 95), lists = begin(f, "links, partial slabs", 64, 95);
	guint heads = begin(f, "freelist, slabs", 64, 95), inside = begin(f, "links, free objects", 64, 95);
	guint counters = begin(f, "counters, slabs", 32, 95);

	for (guint i = 0; slabs && i < slabs->slabs->len; i++) {
		const AnzSlab *it = &g_array_index(slabs->slabs, AnzSlab, i);
		const AnzCache *of = &g_array_index(slabs->caches, AnzCache, it->cache);

		add(f, caches, it->address + cache);
		if (it->freelist) {
			add(f, heads, it->address + freelist);
			add(f, inside, it->freelist + of->offset);
			add(f, counters, it->address + freelist + 8);
		}
		for (guint w = 0; w < 16 && it->state == ANZ_SLAB_NODE; w += 8)
			add(f, lists, it->address + list + w);
	}
}

static void find_files(Finder *f)
{
	const AnzFiles *files = f->stages->graph->files;
	guint64 head = offset_of(f, "address_space", "i_pages.xa_head");
	guint64 nrpages = offset_of(f, "address_space", "nrpages");
	guint64 slots = offset_of(f, "xa_node", "slots");
	guint heads = begin(f, "links, trees of files", 64, 95), counters = begin(f, "nrpages, files", 64, 95);
	guint entries = begin(f, "links, nodes of trees", 64, 95);

	for (guint i = 0; files && i < files->files->len; i++) {
		const AnzFile *it = &g_array_index(files->files, AnzFile, i);
		guint64 root, slot;

		if (!it->nr_indexed || !anz_kernel_read_u64(f->kernel, it->mapping + head, &root))
			continue;
		add(f, heads, it->mapping + head);
		add(f, counters, it->mapping + nrpages);
		for (guint n = 0; (root & 3) == 2 && n < 64; n++)
			if (anz_kernel_read_u64(f->kernel, root - 2 + slots + n * 8, &slot) && slot)
				add(f, entries, root - 2 + slots + n * 8);
	}
}

GArray *regions_find(const Stages *stages)
{
	Finder f = { .stages = stages, .kernel = stages->kernel,
		     .regions = g_array_new(FALSE, FALSE, sizeof(Region)) };

	find_heads(&f);
	if (stages->kernel->memdesc) {
		find_words(&f);
		find_descriptors(&f);
	} else {
		find_classic(&f);
	}
	find_slabs(&f);
	find_files(&f);
	for (guint i = f.regions->len; i-- > 0; ) {
		Region *region = &g_array_index(f.regions, Region, i);

		if (region->places->len)
			continue;
		g_array_unref(region->places);
		g_array_remove_index(f.regions, i);
	}
	return f.regions;
}

void regions_free(GArray *regions)
{
	for (guint i = 0; i < regions->len; i++)
		g_array_unref(g_array_index(regions, Region, i).places);
	g_array_unref(regions);
}
