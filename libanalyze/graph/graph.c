/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owners and claims, and the order in which the families run. */
#include "graph/graph.h"

#include "graph/alloc-tags.h"
#include "graph/areas.h"
#include "graph/buffers.h"
#include "graph/cgroups.h"
#include "graph/compressed.h"
#include "graph/files.h"
#include "graph/generations.h"
#include "graph/kernel-image.h"
#include "graph/named.h"
#include "graph/page-owners.h"
#include "graph/pointed.h"
#include "graph/slab.h"
#include "graph/spaces.h"
#include "graph/swap-slots.h"

static const char *const kind_names[ANZ_NR_OWNERS] = {
	[ANZ_OWNER_CACHE] = "cache",
	[ANZ_OWNER_FILE] = "file",
	[ANZ_OWNER_PROCESS] = "process",
	[ANZ_OWNER_ANON] = "anon",
	[ANZ_OWNER_SWAP] = "swap",
	[ANZ_OWNER_POOL] = "pool",
	[ANZ_OWNER_STACK] = "stack",
	[ANZ_OWNER_AREA] = "area",
	[ANZ_OWNER_MODULE] = "module",
	[ANZ_OWNER_PERCPU] = "percpu",
	[ANZ_OWNER_KERNEL] = "kernel",
	[ANZ_OWNER_BOOT] = "boot",
	[ANZ_OWNER_PIPE] = "pipe",
	[ANZ_OWNER_SOCKET] = "socket",
	[ANZ_OWNER_TRACE] = "trace",
	[ANZ_OWNER_DRIVER] = "driver",
	[ANZ_OWNER_CGROUP] = "cgroup",
	[ANZ_OWNER_OBJECT] = "object",
};

const char *anz_owner_kind_name(AnzOwnerKind kind)
{
	return (guint)kind < ANZ_NR_OWNERS ? kind_names[kind] : NULL;
}

/* Key of by_address: owners without an address are told apart by their names. */
typedef struct {
	AnzOwnerKind kind;
	guint64 address;
	const char *name;
} OwnerKey;

static guint key_hash(gconstpointer data)
{
	const OwnerKey *key = data;

	if (key->address)
		return g_int64_hash(&key->address) * 31 + key->kind;
	return g_str_hash(key->name) * 31 + key->kind;
}

static gboolean key_equal(gconstpointer a, gconstpointer b)
{
	const OwnerKey *x = a, *y = b;

	return x->kind == y->kind && x->address == y->address &&
	       (x->address || g_str_equal(x->name, y->name));
}

AnzGraph *anz_graph_new(AnzKernel *kernel, AnzPlanes *planes, const AnzLists *lists,
			const AnzSpool *descriptors, const gint *cancel)
{
	AnzGraph *graph = g_new0(AnzGraph, 1);
	AnzSpoolRoom *room = planes ? planes->room : NULL;

	graph->kernel = kernel;
	graph->planes = planes;
	graph->lists = lists;
	graph->descriptors = descriptors;
	graph->cancel = cancel;
	graph->owners = g_array_new(FALSE, TRUE, sizeof(AnzOwner));
	g_array_set_size(graph->owners, 1);
	graph->by_address = g_hash_table_new_full(key_hash, key_equal, g_free, NULL);
	graph->by_descriptor = anz_spool_new(room, sizeof(guint32));
	graph->claims = anz_spool_new(room, sizeof(AnzClaim));
	graph->owned = anz_spool_new(room, sizeof(AnzOwned));
	graph->oddities.kept = g_array_new(FALSE, FALSE, sizeof(AnzOddity));
	return graph;
}

static int compare_addresses(gconstpointer a, gconstpointer b, gpointer data)
{
	const AnzSpool *descriptors = data;
	guint64 x = anz_spool_index(descriptors, AnzDescriptor, *(const guint32 *)a).address;
	guint64 y = anz_spool_index(descriptors, AnzDescriptor, *(const guint32 *)b).address;

	return x < y ? -1 : x > y;
}

static void index_descriptors(AnzGraph *graph)
{
	guint nr = graph->descriptors ? graph->descriptors->len : 0;

	anz_spool_set_len(graph->by_descriptor, nr);
	for (guint32 i = 0; i < nr; i++)
		anz_spool_index(graph->by_descriptor, guint32, i) = i;
	anz_spool_sort(graph->by_descriptor, compare_addresses, (gpointer)graph->descriptors);
}

void anz_graph_build_owners(AnzGraph *graph)
{
	static const struct {
		void (*build)(AnzGraph *graph);
		AnzReadFor reading_for;
	} families[] = {
		{ anz_slabs_build, ANZ_READ_SLABS },
		{ anz_cgroups_build, ANZ_READ_CGROUPS },
		{ anz_generations_build, ANZ_READ_CGROUPS },
		{ anz_files_build, ANZ_READ_FILES },
		{ anz_spaces_build, ANZ_READ_PROCESSES },
		{ anz_swap_slots_build, ANZ_READ_PROCESSES },
		{ anz_percpu_build, ANZ_READ_AREAS },
		{ anz_modules_build, ANZ_READ_AREAS },
		{ anz_areas_build, ANZ_READ_AREAS },
		{ anz_kernel_image_build, ANZ_READ_AREAS },
		{ anz_pools_build, ANZ_READ_BUFFERS },
		{ anz_compressed_build, ANZ_READ_BUFFERS },
		{ anz_pipes_build, ANZ_READ_BUFFERS },
		{ anz_sockets_build, ANZ_READ_BUFFERS },
		{ anz_trace_build, ANZ_READ_BUFFERS },
		{ anz_requests_build, ANZ_READ_BUFFERS },
		{ anz_mempools_build, ANZ_READ_BUFFERS },
		{ anz_tables_build, ANZ_READ_PROCESSES },
		{ anz_interrupts_build, ANZ_READ_BUFFERS },
		{ anz_named_build, ANZ_READ_DESCRIPTORS },
		{ anz_page_owners_build, ANZ_READ_DESCRIPTORS },
		{ anz_alloc_tags_build, ANZ_READ_DESCRIPTORS },
	};
	AnzImage *image = graph->kernel->image;

	index_descriptors(graph);
	for (guint i = 0; i < G_N_ELEMENTS(families) && !anz_graph_cancelled(graph); i++, graph->turn++) {
		anz_image_reading_for(image, families[i].reading_for);
		families[i].build(graph);
	}
	if (!anz_graph_cancelled(graph))
		anz_graph_settle(graph);
}

void anz_graph_build(AnzGraph *graph)
{
	anz_graph_build_owners(graph);
	anz_image_reading_for(graph->kernel->image, ANZ_READ_POINTERS);
	if (!anz_graph_cancelled(graph))
		anz_pointed_build(graph);
	anz_image_reading_for(graph->kernel->image, ANZ_READ_CHARGES);
	if (!anz_graph_cancelled(graph))
		anz_cgroups_charge(graph);
}

void anz_graph_free(AnzGraph *graph)
{
	if (!graph)
		return;
	anz_slabs_free(graph->slabs);
	anz_files_free(graph->files);
	anz_spaces_free(graph->spaces);
	anz_areas_free(graph->areas);
	anz_cgroups_free(graph->cgroups);
	anz_page_owners_free(graph->page_owners);
	anz_generations_free(graph->generations);
	anz_compressed_free(graph->compressed);
	anz_alloc_tags_free(graph->alloc_tags);
	g_hash_table_unref(graph->by_address);
	for (guint i = 0; i < graph->owners->len; i++)
		g_free(g_array_index(graph->owners, AnzOwner, i).name);
	g_array_unref(graph->owners);
	anz_spool_free(graph->claims);
	anz_spool_free(graph->owned);
	g_array_unref(graph->oddities.kept);
	anz_spool_free(graph->by_descriptor);
	g_free(graph);
}

guint32 anz_graph_owner(AnzGraph *graph, AnzOwnerKind kind, guint64 address,
			const char *name_format, ...)
{
	AnzOwner owner = { .id = graph->owners->len, .kind = kind, .address = address };
	OwnerKey *key;
	gpointer id;
	va_list args;

	if (address && (id = GUINT_TO_POINTER(anz_graph_find_owner(graph, kind, address))))
		return GPOINTER_TO_UINT(id);
	va_start(args, name_format);
	owner.name = g_strdup_vprintf(name_format, args);
	va_end(args);
	key = g_new(OwnerKey, 1);
	*key = (OwnerKey){ .kind = kind, .address = address, .name = owner.name };
	if (!address && (id = g_hash_table_lookup(graph->by_address, key))) {
		g_free(key);
		g_free(owner.name);
		return GPOINTER_TO_UINT(id);
	}
	g_array_append_val(graph->owners, owner);
	g_hash_table_insert(graph->by_address, key, GUINT_TO_POINTER(owner.id));
	return owner.id;
}

guint32 anz_graph_find_owner(const AnzGraph *graph, AnzOwnerKind kind, guint64 address)
{
	OwnerKey key = { .kind = kind, .address = address };

	if (!address)
		return 0;
	return GPOINTER_TO_UINT(g_hash_table_lookup(graph->by_address, &key));
}

AnzOwner *anz_graph_get_owner(const AnzGraph *graph, guint32 id)
{
	return id < graph->owners->len ? &g_array_index(graph->owners, AnzOwner, id) : NULL;
}

void anz_graph_claim(AnzGraph *graph, guint32 owner, AnzRank rank, guint64 pfn, guint64 nr_pages,
		     guint64 position, guint page_class)
{
	guint64 max_pfn = graph->planes->max_pfn;
	AnzClaim claim = { .pfn = pfn, .position = position, .owner = owner, .rank = rank,
			   .page_class = page_class, .turn = graph->turn };

	if (!owner || pfn >= max_pfn)
		return;
	claim.nr_pages = MIN(nr_pages, max_pfn - pfn);
	if (claim.nr_pages)
		anz_spool_append(graph->claims, &claim, 1);
}

/* Of a folio whose first page is poisoned, that of the first page that is not. */
static guint8 class_of_head(const AnzTile *tile, guint i)
{
	if (tile->page_class[i] != ANZ_CLASS_HWPOISON || !(tile->attr[i] & ANZ_ATTR_HEAD))
		return tile->page_class[i];
	for (guint k = i + 1; k < ANZ_TILE_PAGES && tile->attr[k] & ANZ_ATTR_TAIL; k++)
		if (tile->page_class[k] != ANZ_CLASS_HWPOISON)
			return tile->page_class[k];
	return ANZ_CLASS_HWPOISON;
}

/* Classic shape: a descriptor lies over the struct page of the first frame of a folio. */
static void each_head(const AnzGraph *graph, guint32 classes, AnzItemFunc func, gpointer data)
{
	const AnzPlanes *planes = graph->planes;

	for (guint t = 0; t < planes->nr_tiles; t++) {
		const AnzTile *tile = anz_planes_tile_at(planes, t);
		guint64 base = tile->number << ANZ_TILE_SHIFT;

		for (guint i = 0; i < ANZ_TILE_PAGES; i++) {
			AnzItem item = { .pfn = base + i, .page_class = class_of_head(tile, i) };

			if (!(classes >> item.page_class & 1) || tile->attr[i] & ANZ_ATTR_TAIL)
				continue;
			item.nr_pages = tile->attr[i] & ANZ_ATTR_HEAD ?
					1ull << MIN(tile->order[i], 40) : 1;
			item.address = anz_kernel_page_address(graph->kernel, item.pfn);
			if (item.address)
				func(&item, data);
		}
	}
}

static AnzItem descriptor_item(const AnzGraph *graph, const AnzDescriptor *it)
{
	return (AnzItem){ .address = it->address, .pfn = it->pfn, .nr_pages = it->nr_pages,
			  .page_class = it->page_class, .is_least = !it->stated,
			  .type = it->type < ANZ_MEMDESC_MAX_TYPES ?
				  graph->kernel->memdesc->types[it->type].struct_name : NULL };
}

void anz_graph_each_item(const AnzGraph *graph, guint32 classes, AnzItemFunc func, gpointer data)
{
	if (!graph->kernel->memdesc) {
		each_head(graph, classes, func, data);
		return;
	}
	for (guint i = 0; i < graph->descriptors->len; i++) {
		const AnzDescriptor *it = &anz_spool_index(graph->descriptors, AnzDescriptor, i);
		AnzItem item = descriptor_item(graph, it);

		if (classes >> it->page_class & 1)
			func(&item, data);
	}
}

static gboolean descriptor_at(const AnzGraph *graph, guint64 address, AnzItem *item)
{
	guint low = 0, high = graph->descriptors->len;
	gboolean found = FALSE;

	while (low < high) {
		guint mid = low + (high - low) / 2;

		if (anz_spool_index(graph->descriptors, AnzDescriptor,
				    anz_spool_index(graph->by_descriptor, guint32, mid)).address < address)
			low = mid + 1;
		else
			high = mid;
	}
	for (; low < graph->descriptors->len; low++) {
		guint32 index = anz_spool_index(graph->by_descriptor, guint32, low);
		const AnzDescriptor *it = &anz_spool_index(graph->descriptors, AnzDescriptor, index);

		if (it->address != address)
			break;
		*item = descriptor_item(graph, it);
		found = TRUE;
		if (it->page_class != ANZ_CLASS_HWPOISON)
			break;
	}
	return found;
}

gboolean anz_graph_item_at(const AnzGraph *graph, guint64 address, AnzItem *item)
{
	const AnzTile *tile;
	guint64 pfn;
	guint i;

	if (graph->kernel->memdesc)
		return descriptor_at(graph, address, item);
	pfn = anz_kernel_page_pfn(graph->kernel, address);
	tile = pfn == G_MAXUINT64 ? NULL : anz_planes_tile(graph->planes, pfn);
	if (!tile)
		return FALSE;
	i = anz_tile_index(pfn);
	item->nr_pages = tile->attr[i] & (ANZ_ATTR_HEAD | ANZ_ATTR_TAIL) ?
			 1ull << MIN(tile->order[i], 40) : 1;
	item->pfn = pfn & ~(item->nr_pages - 1);
	item->page_class = tile->page_class[i];
	item->address = anz_kernel_page_address(graph->kernel, item->pfn);
	item->is_least = FALSE;
	item->type = NULL;
	return item->address != 0;
}

guint8 anz_graph_class(const AnzGraph *graph, guint64 pfn)
{
	const AnzTile *tile = anz_planes_tile(graph->planes, pfn);

	return tile ? tile->page_class[anz_tile_index(pfn)] : ANZ_CLASS_HOLE;
}

int anz_graph_node(const AnzGraph *graph, guint64 pfn)
{
	const AnzTile *tile = anz_planes_tile(graph->planes, pfn);
	guint zone = tile ? tile->zone[anz_tile_index(pfn)] : ANZ_NO_ZONE;

	if (zone >= graph->kernel->zones->len)
		return -1;
	return g_array_index(graph->kernel->zones, AnzZone, zone).nid;
}

gboolean anz_graph_pfn_of(const AnzGraph *graph, guint64 vaddr, guint64 *pfn)
{
	const AnzKernel *kernel = graph->kernel;
	guint64 limit = graph->planes->max_pfn << kernel->page_shift, paddr, len;

	vaddr = anz_kernel_untag(kernel, vaddr);
	if (kernel->page_offset && vaddr >= kernel->page_offset &&
	    vaddr - kernel->page_offset < limit) {
		*pfn = (vaddr - kernel->page_offset) >> kernel->page_shift;
		return TRUE;
	}
	if (!anz_image_translate(kernel->image, vaddr, &paddr, &len) || paddr >= limit)
		return FALSE;
	*pfn = paddr >> kernel->page_shift;
	return TRUE;
}

guint64 anz_graph_virt_of(const AnzGraph *graph, guint64 pfn)
{
	const AnzKernel *kernel = graph->kernel;

	return kernel->page_offset ? kernel->page_offset + (pfn << kernel->page_shift) : 0;
}
