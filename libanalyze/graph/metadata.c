/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One pass over the tiles counts allocations by class, order and "tail" of every frame, and the
 * descriptors and slabs whose first frame lies there.  Descriptors come from the words, for a poisoned
 * first page hides its folio from the frames.  Which slabs hold descriptors is asked of the slabs
 * themselves, before: a descriptor's address leads to its slab, the slab to its cache, and then all
 * slabs of that cache count, filled or not.
 */
#include "graph/metadata.h"

#include "pages/pass.h"

#define MAX_ORDER 63

/* A slab of a cache that holds descriptors. */
typedef struct {
	guint64 pfn, nr_pages, cache;
	gint8 order;
	guint8 type;
} Slab;

typedef struct {
	AnzKernel *kernel;
	AnzPlanes *planes;
	const AnzSpool *descriptors;
	guint nr_sorted;	/* of these, at the beginning */
	AnzSpool *slabs;	/* Slab, by pfn */
	AnzMetadata *metadata;
	AnzMember slab_cache;
	const gint *cancel;	/* (nullable) */
} Taker;

static int zone_nid(const AnzKernel *kernel, guint zone)
{
	return zone < kernel->zones->len ? (int)g_array_index(kernel->zones, AnzZone, zone).nid : -1;
}

/* --- caches, by reading the dump --- */

/* Frame behind a virtual address; G_MAXUINT64 if there is none. */
static guint64 frame_of(const AnzKernel *kernel, guint64 vaddr)
{
	guint64 paddr, len, offset;

	vaddr = anz_kernel_untag(kernel, vaddr);
	offset = vaddr - kernel->page_offset;
	if (kernel->page_offset && vaddr >= kernel->page_offset &&
	    offset >> kernel->page_shift < kernel->max_pfn)
		return offset >> kernel->page_shift;
	if (!anz_image_translate(kernel->image, vaddr, &paddr, &len))
		return G_MAXUINT64;
	return paddr >> kernel->page_shift;
}

/* The cache of the slab that @descriptor describes; 0 unknown. */
static guint64 cache_of(const Taker *t, guint64 descriptor)
{
	guint8 raw[24] = { 0 };	/* anz_member_load() may look at the eight bytes around a member */
	AnzMember member = t->slab_cache;

	if (!anz_kernel_read(t->kernel, descriptor + member.bit_offset / 8, raw, 8))
		return 0;
	member.bit_offset = 0;
	return anz_kernel_untag(t->kernel, anz_member_load(&member, raw, t->kernel->big_endian));
}

/* The cache of the slab whose page is @pfn; 0 if the page's word is no slab's. */
static guint64 cache_at(const Taker *t, guint64 pfn)
{
	const AnzMemdescFormat *memdesc = t->kernel->memdesc;
	guint64 page = anz_kernel_page_address(t->kernel, pfn), word;

	if (!page || !anz_kernel_read_u64(t->kernel, page + memdesc->word, &word))
		return 0;
	if (memdesc->types[word & ((1ull << memdesc->type_bits) - 1)].page_class != ANZ_CLASS_SLAB)
		return 0;
	return cache_of(t, word >> memdesc->type_bits << memdesc->type_bits);
}

/* Caches of descriptors: address -> number of the descriptors' type, plus one. */
static GHashTable *find_caches(const Taker *t)
{
	GHashTable *caches = g_hash_table_new(NULL, NULL);
	g_autoptr(GHashTable) frames = g_hash_table_new(NULL, NULL);

	for (guint i = 0; i < t->descriptors->len && !anz_is_cancelled(t->cancel); i++) {
		const AnzDescriptor *it = &anz_spool_index(t->descriptors, AnzDescriptor, i);
		guint64 pfn = frame_of(t->kernel, it->address), cache;

		if (pfn == G_MAXUINT64 || !g_hash_table_add(frames, GSIZE_TO_POINTER(pfn)))
			continue;
		cache = cache_at(t, pfn);
		if (cache && !g_hash_table_contains(caches, GSIZE_TO_POINTER(cache)))
			g_hash_table_insert(caches, GSIZE_TO_POINTER(cache),
					    GUINT_TO_POINTER(it->type + 1u));
	}
	return caches;
}

static int compare_slabs(gconstpointer a, gconstpointer b, gpointer data)
{
	const Slab *left = a, *right = b;

	(void)data;
	return (left->pfn > right->pfn) - (left->pfn < right->pfn);
}

static void find_slabs(Taker *t)
{
	g_autoptr(GHashTable) caches = NULL;

	if (!t->kernel->memdesc || t->kernel->memdesc->vmemmap_descriptors ||
	    !anz_types_member(t->kernel->types, "slab", "slab_cache", &t->slab_cache) ||
	    t->slab_cache.bit_offset % 8 || t->slab_cache.bit_size != 64)
		return;
	caches = find_caches(t);
	for (guint i = 0; i < t->descriptors->len && !anz_is_cancelled(t->cancel); i++) {
		const AnzDescriptor *it = &anz_spool_index(t->descriptors, AnzDescriptor, i);
		Slab slab = { .pfn = it->pfn, .nr_pages = it->nr_pages, .order = it->order };
		guint type;

		if (it->page_class != ANZ_CLASS_SLAB || it->status == ANZ_DESCRIPTOR_TWICE)
			continue;
		slab.cache = cache_of(t, it->address);
		type = GPOINTER_TO_UINT(g_hash_table_lookup(caches, GSIZE_TO_POINTER(slab.cache)));
		slab.type = type - 1;
		if (slab.cache && type)
			anz_spool_append(t->slabs, &slab, 1);
	}
	anz_spool_sort(t->slabs, compare_slabs, NULL);
}

/* --- counting, a tile at a time --- */

/* Rows of one tile, or of all: few, and neighbours are alike. */
typedef struct {
	GArray *allocations, *descriptors, *slabs;
} Rows;

static void add_allocation(GArray *rows, const AnzAllocationCount *row)
{
	for (guint i = rows->len; i-- > 0;) {
		AnzAllocationCount *have = &g_array_index(rows, AnzAllocationCount, i);

		if (have->nid == row->nid && have->page_class == row->page_class &&
		    have->order == row->order) {
			have->allocations += row->allocations;
			have->pages += row->pages;
			return;
		}
	}
	g_array_append_val(rows, *row);
}

static void add_descriptor(GArray *rows, const AnzDescriptorCount *row)
{
	for (guint i = rows->len; i-- > 0;) {
		AnzDescriptorCount *have = &g_array_index(rows, AnzDescriptorCount, i);

		if (have->nid == row->nid && have->type == row->type &&
		    have->page_class == row->page_class && have->order == row->order) {
			have->descriptors += row->descriptors;
			have->pages += row->pages;
			return;
		}
	}
	g_array_append_val(rows, *row);
}

static void add_slab(GArray *rows, const AnzDescriptorSlabs *row)
{
	for (guint i = rows->len; i-- > 0;) {
		AnzDescriptorSlabs *have = &g_array_index(rows, AnzDescriptorSlabs, i);

		if (have->address == row->address && have->nid == row->nid &&
		    have->order == row->order) {
			have->slabs += row->slabs;
			have->pages += row->pages;
			return;
		}
	}
	g_array_append_val(rows, *row);
}

/*
 * Whether frame @i is the first of its block that is not poisoned: then it stands for the block, whose
 * own first frame is poisoned.
 */
static gboolean stands_for_block(const AnzTile *tile, guint i)
{
	guint first = i & ~((1u << MIN(tile->order[i], ANZ_TILE_SHIFT)) - 1);

	/* A larger block begins in another tile. */
	if (tile->order[i] > ANZ_TILE_SHIFT || tile->page_class[i] == ANZ_CLASS_HWPOISON || !(tile->attr[i] & ANZ_ATTR_TAIL))
		return FALSE;
	while (i > first && tile->page_class[i - 1] == ANZ_CLASS_HWPOISON)
		i--;
	return i == first;
}

/* How many of the frames are the first of an allocation. */
static guint count_first(const guint16 *attr, guint nr)
{
	guint first = 0;

	for (guint i = 0; i < nr; i++)
		first += !(attr[i] & ANZ_ATTR_TAIL);
	return first;
}

/* Neighbours are mostly alike, so each stretch of them is counted in registers. */
static void count_frames(const Taker *t, const AnzTile *tile, guint from, guint to, GArray *rows)
{
	while (from < to) {
		guint8 zone = tile->zone[from], order = tile->order[from];
		guint8 page_class = tile->page_class[from];
		AnzAllocationCount row = { .nid = zone_nid(t->kernel, zone), .page_class = page_class,
					   .order = MIN(order, MAX_ORDER),
					   .allocations = stands_for_block(tile, from) };
		guint i = from + 1;

		while (i < to && tile->page_class[i] == page_class && tile->order[i] == order &&
		       tile->zone[i] == zone)
			i++;
		row.allocations += count_first(tile->attr + from, i - from);
		row.pages = i - from;
		add_allocation(rows, &row);
		from = i;
	}
}

/* The frames of the tile that have a struct page. */
static void count_allocations(const Taker *t, const AnzTile *tile, GArray *rows)
{
	guint64 base = tile->number << ANZ_TILE_SHIFT;
	guint64 end = MIN(base + ANZ_TILE_PAGES, t->planes->max_pfn), pfn = base;

	while (pfn < end) {
		const AnzSection *section = anz_kernel_section(t->kernel, pfn);
		guint64 step = section && section->subsection_pages ? section->subsection_pages :
			       ANZ_TILE_PAGES;
		guint64 to;

		if (!section) {
			pfn++;
			continue;
		}
		to = MIN(end, section->start_pfn + section->nr_pages);
		to = MIN(to, pfn + step - (pfn - section->start_pfn) % step);
		if (anz_section_has_page(section, pfn - section->start_pfn))
			count_frames(t, tile, anz_tile_index(pfn), anz_tile_index(pfn) + (to - pfn), rows);
		pfn = to;
	}
}

/* Frames of the tile that this descriptor describes and no other one. */
static guint64 own_pages(const AnzTile *tile, const AnzDescriptor *it)
{
	guint64 base = tile->number << ANZ_TILE_SHIFT;
	guint64 from = MAX(it->pfn, base), end = MIN(it->pfn + it->nr_pages, base + ANZ_TILE_PAGES);
	const guint8 *page_class = tile->page_class + (from - base), own = it->page_class;
	const guint16 *attr = tile->attr + (from - base);
	guint nr = 0, len = end > from ? end - from : 0;

	for (guint i = 0; i < len; i++)
		nr += (page_class[i] == own) & !(attr[i] & ANZ_ATTR_ON_LIST);
	return nr;
}

static AnzDescriptorCount count_descriptor(const Taker *t, const AnzTile *tile, const AnzDescriptor *it)
{
	return (AnzDescriptorCount){
		.nid = zone_nid(t->kernel, tile->zone[anz_tile_index(it->pfn)]), .type = it->type,
		.page_class = it->page_class, .order = it->order,
		.descriptors = it->status != ANZ_DESCRIPTOR_TWICE, .pages = own_pages(tile, it),
	};
}

static gboolean leaves_tile(const AnzDescriptor *it)
{
	return it->nr_pages && it->pfn >> ANZ_TILE_SHIFT !=
			       (it->pfn + it->nr_pages - 1) >> ANZ_TILE_SHIFT;
}

/* How many descriptors stand by pfn, each within a tile: nearly all, then come the others. */
static guint count_sorted(const Taker *t)
{
	guint64 last = 0;
	guint i = 0;

	for (; i < t->descriptors->len && !anz_is_cancelled(t->cancel); i++) {
		const AnzDescriptor *it = &anz_spool_index(t->descriptors, AnzDescriptor, i);

		if (it->pfn < last || leaves_tile(it))
			break;
		last = it->pfn;
	}
	return i;
}

static guint first_descriptor(const Taker *t, guint64 pfn)
{
	guint low = 0, high = t->nr_sorted;

	while (low < high) {
		guint middle = low + (high - low) / 2;

		if (anz_spool_index(t->descriptors, AnzDescriptor, middle).pfn < pfn)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static guint first_slab(const AnzSpool *slabs, guint64 pfn)
{
	guint low = 0, high = slabs->len;

	while (low < high) {
		guint middle = low + (high - low) / 2;

		if (anz_spool_index(slabs, Slab, middle).pfn < pfn)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static gpointer rows_new(gpointer data, GError **error)
{
	Rows *rows = g_new0(Rows, 1);

	(void)data;
	(void)error;
	rows->allocations = g_array_new(FALSE, TRUE, sizeof(AnzAllocationCount));
	rows->descriptors = g_array_new(FALSE, TRUE, sizeof(AnzDescriptorCount));
	rows->slabs = g_array_new(FALSE, TRUE, sizeof(AnzDescriptorSlabs));
	return rows;
}

static void rows_free(gpointer slot)
{
	Rows *rows = slot;

	g_array_unref(rows->allocations);
	g_array_unref(rows->descriptors);
	g_array_unref(rows->slabs);
	g_free(rows);
}

static void count_tile(AnzTile *tile, gpointer slot, gpointer data)
{
	const Taker *t = data;
	Rows *rows = slot;
	guint64 base = tile->number << ANZ_TILE_SHIFT, end = base + ANZ_TILE_PAGES;

	g_array_set_size(rows->allocations, 0);
	g_array_set_size(rows->descriptors, 0);
	g_array_set_size(rows->slabs, 0);
	count_allocations(t, tile, rows->allocations);
	for (guint i = first_descriptor(t, base); i < t->nr_sorted; i++) {
		const AnzDescriptor *it = &anz_spool_index(t->descriptors, AnzDescriptor, i);
		AnzDescriptorCount row;

		if (it->pfn >= end)
			break;
		row = count_descriptor(t, tile, it);
		add_descriptor(rows->descriptors, &row);
	}
	for (guint i = first_slab(t->slabs, base); i < t->slabs->len; i++) {
		const Slab *slab = &anz_spool_index(t->slabs, Slab, i);
		AnzDescriptorSlabs row = { .address = slab->cache, .type = slab->type,
					   .order = slab->order, .slabs = 1, .pages = slab->nr_pages };

		if (slab->pfn >= end)
			break;
		row.nid = zone_nid(t->kernel, tile->zone[anz_tile_index(slab->pfn)]);
		add_slab(rows->slabs, &row);
	}
}

static void add_rows(const AnzTile *tile, gpointer slot, gpointer data)
{
	Taker *t = data;
	const Rows *rows = slot;

	(void)tile;
	for (guint i = 0; i < rows->allocations->len; i++)
		add_allocation(t->metadata->allocations,
			       &g_array_index(rows->allocations, AnzAllocationCount, i));
	for (guint i = 0; i < rows->descriptors->len; i++)
		add_descriptor(t->metadata->descriptors,
			       &g_array_index(rows->descriptors, AnzDescriptorCount, i));
	for (guint i = 0; i < rows->slabs->len; i++)
		add_slab(t->metadata->slabs, &g_array_index(rows->slabs, AnzDescriptorSlabs, i));
}

static void count_others(Taker *t)
{
	for (guint i = t->nr_sorted; i < t->descriptors->len; i++) {
		const AnzDescriptor *it = &anz_spool_index(t->descriptors, AnzDescriptor, i);
		const AnzTile *tile = anz_planes_tile(t->planes, it->pfn);
		guint64 end = MIN(it->pfn + it->nr_pages, t->planes->max_pfn);
		AnzDescriptorCount row;

		if (!tile)
			continue;
		row = count_descriptor(t, tile, it);
		for (guint64 pfn = (it->pfn | (ANZ_TILE_PAGES - 1)) + 1; pfn < end; pfn += ANZ_TILE_PAGES) {
			tile = anz_planes_tile(t->planes, pfn);
			row.pages += tile ? own_pages(tile, it) : 0;
		}
		add_descriptor(t->metadata->descriptors, &row);
	}
}

static void name_caches(Taker *t)
{
	for (guint i = 0; i < t->metadata->slabs->len; i++) {
		AnzDescriptorSlabs *row = &g_array_index(t->metadata->slabs, AnzDescriptorSlabs, i);
		guint64 name;

		if (anz_kernel_read_member(t->kernel, row->address, "kmem_cache", "name", &name))
			row->name = anz_kernel_read_string(t->kernel, name, 128);
		if (!anz_kernel_read_member(t->kernel, row->address, "kmem_cache", "size",
					    &row->object_size))
			row->object_size = 0;
	}
}

AnzMetadata *anz_metadata_take(AnzKernel *kernel, AnzPlanes *planes, const AnzSpool *descriptors,
			       const gint *cancel, GError **error)
{
	g_autoptr(AnzMetadata) metadata = g_new0(AnzMetadata, 1);
	g_autoptr(AnzSpool) slabs = anz_spool_new(planes->room, sizeof(Slab));
	Taker t = { .kernel = kernel, .planes = planes, .descriptors = descriptors, .slabs = slabs,
		    .metadata = metadata, .cancel = cancel };
	const AnzPass pass = { .slot_new = rows_new, .slot_free = rows_free, .work = count_tile,
			       .drain = add_rows, .read_only = TRUE, .cancel = cancel, .data = &t };

	metadata->allocations = g_array_new(FALSE, TRUE, sizeof(AnzAllocationCount));
	metadata->descriptors = g_array_new(FALSE, TRUE, sizeof(AnzDescriptorCount));
	metadata->slabs = g_array_new(FALSE, TRUE, sizeof(AnzDescriptorSlabs));
	t.nr_sorted = count_sorted(&t);
	find_slabs(&t);
	if (!anz_planes_pass(planes, &pass, error))
		return NULL;
	count_others(&t);
	name_caches(&t);
	return g_steal_pointer(&metadata);
}

void anz_metadata_free(AnzMetadata *metadata)
{
	if (!metadata)
		return;
	for (guint i = 0; metadata->slabs && i < metadata->slabs->len; i++)
		g_free(g_array_index(metadata->slabs, AnzDescriptorSlabs, i).name);
	g_array_unref(metadata->allocations);
	g_array_unref(metadata->descriptors);
	g_array_unref(metadata->slabs);
	g_free(metadata);
}
