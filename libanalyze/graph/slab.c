/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Slab caches and slabs: every page of class slab names its cache, so slabs are found from the
 * census and not from lists (SLUB keeps full slabs on none).  Lists then tell the state of the
 * others: node partial lists, each cpu's active slab and its partial list.
 */
#include "graph/slab.h"

#include <string.h>

#include "graph/freelist.h"
#include "graph/kfence.h"

/* Caches there can be; a machine has a few hundred. */
#define MAX_CACHES (1u << 16)
#define MAX_NAME 128

/* Members of struct kmem_cache and what hangs on it. */
typedef struct {
	AnzField name, list, object_size, size, align, offset, oo, random, left_pad, flags,
		refcount, ctor, cpu_slab;
	guint64 node_stride, nr_nodes, node_pointer;	/* where node N's pointer stands */
	AnzField nr_partial, partial, nr_slabs, total_objects, list_lock;	/* kmem_cache_node */
	AnzField cpu_freelist, cpu_active, cpu_partial;		/* kmem_cache_cpu */
	const char *slab_type;
	AnzField slab_cache, freelist, inuse, objects, frozen, slab_list, next, exts,
		ext_stride, exts_inside, exts_objcg;	/* slab */
} Layout;

typedef struct {
	AnzGraph *graph;
	AnzSlabs *slabs;
	Layout layout;
	AnzRecord cache, node, slab;
	AnzFreelistWalker *walker;
	GHashTable *by_slab;	/* address of struct slab -> index + 1 in slabs->slabs */
	guint64 bad_slab;
	gboolean nodes_told;	/* by flags or spans */
	gboolean caches_whole;	/* every cache that is listed was found */
	AnzKfence kfence;
	/* While a node's list is walked: */
	guint cache_index;
	gint nid;
	guint64 last;		/* list_head that the next one must point back at */
	guint64 nr_listed;
	const char *excuse;
	/* Slabs, and empty ones among them that no list has, by cache and node. */
	guint32 *nr_slabs, *nr_leaving;
	guint nr_nids;
} Builder;

const char *anz_slab_state_name(AnzSlabState state)
{
	static const char *const names[] = { "full", "node-partial", "cpu", "cpu-partial" };

	return names[state];
}

static gboolean resolve_nodes(AnzKernel *kernel, Layout *l)
{
	guint64 stride = 0;
	AnzField pointer;

	/* 7.1: an array of structures, each with a barn and a node. */
	if (anz_kernel_array_len(kernel, "kmem_cache", "per_node", &l->nr_nodes, &stride) &&
	    anz_field(kernel, "kmem_cache", "per_node[0].node", &pointer)) {
		l->node_pointer = pointer.offset;
		l->node_stride = stride;
		return stride > 0;
	}
	if (anz_kernel_array_len(kernel, "kmem_cache", "node", &l->nr_nodes, &stride) &&
	    anz_field(kernel, "kmem_cache", "node", &pointer)) {
		l->node_pointer = pointer.offset;
		l->node_stride = stride;
		return stride > 0;
	}
	return FALSE;
}

static gboolean resolve(AnzKernel *kernel, Layout *l)
{
	gboolean ok;

	/* Before 5.17 struct page itself has a slab's members. */
	l->slab_type = anz_types_find(kernel->types, "slab") ? "slab" : "page";
	ok = anz_field(kernel, l->slab_type, "slab_cache", &l->slab_cache);
	anz_field(kernel, l->slab_type, "freelist", &l->freelist);
	anz_field(kernel, l->slab_type, "inuse", &l->inuse);
	anz_field(kernel, l->slab_type, "objects", &l->objects);
	anz_field(kernel, l->slab_type, "frozen", &l->frozen);
	anz_field(kernel, l->slab_type, "slab_list", &l->slab_list);
	anz_field(kernel, l->slab_type, "next", &l->next);
	anz_field(kernel, l->slab_type, "obj_exts|memcg_data|obj_cgroups", &l->exts);
	anz_field(kernel, l->slab_type, "stride", &l->ext_stride);
	/* 7.3 has these instead. */
	anz_field(kernel, l->slab_type, "obj_exts_in_object", &l->exts_inside);
	anz_field(kernel, l->slab_type, "obj_exts_needs_objcg", &l->exts_objcg);
	ok &= anz_field(kernel, "kmem_cache", "size", &l->size);
	anz_field(kernel, "kmem_cache", "name", &l->name);
	anz_field(kernel, "kmem_cache", "list", &l->list);
	anz_field(kernel, "kmem_cache", "object_size", &l->object_size);
	anz_field(kernel, "kmem_cache", "align", &l->align);
	anz_field(kernel, "kmem_cache", "offset", &l->offset);
	anz_field(kernel, "kmem_cache", "oo.x", &l->oo);
	anz_field(kernel, "kmem_cache", "random", &l->random);
	anz_field(kernel, "kmem_cache", "red_left_pad", &l->left_pad);
	anz_field(kernel, "kmem_cache", "flags", &l->flags);
	anz_field(kernel, "kmem_cache", "refcount", &l->refcount);
	anz_field(kernel, "kmem_cache", "ctor", &l->ctor);
	anz_field(kernel, "kmem_cache", "cpu_slab", &l->cpu_slab);
	resolve_nodes(kernel, l);
	anz_field(kernel, "kmem_cache_node", "nr_partial", &l->nr_partial);
	anz_field(kernel, "kmem_cache_node", "partial", &l->partial);
	anz_field(kernel, "kmem_cache_node", "nr_slabs.counter", &l->nr_slabs);
	anz_field(kernel, "kmem_cache_node", "total_objects.counter", &l->total_objects);
	anz_field(kernel, "kmem_cache_node", "list_lock.rlock.raw_lock|list_lock.lock.owner",
		  &l->list_lock);
	anz_field(kernel, "kmem_cache_cpu", "freelist", &l->cpu_freelist);
	/* The slab was a struct page here before 5.17. */
	anz_field(kernel, "kmem_cache_cpu", "slab|page", &l->cpu_active);
	anz_field(kernel, "kmem_cache_cpu", "partial", &l->cpu_partial);
	return ok;
}

/* Reads the struct kmem_cache at @address; returns its index + 1, 0 if it makes no sense. */
static guint add_cache(Builder *b, guint64 address, gboolean listed)
{
	const Layout *l = &b->layout;
	AnzCache cache = { .address = address, .listed = listed, .kernel_slabs = -1,
			   .kernel_objects = -1 };
	gpointer known = g_hash_table_lookup(b->slabs->by_address, &address);
	guint64 oo, name;

	if (known)
		return GPOINTER_TO_UINT(known);
	if (b->slabs->caches->len >= MAX_CACHES || !anz_record_read(&b->cache, address))
		return 0;
	cache.size = anz_record_get(&b->cache, &l->size);
	cache.object_size = anz_record_get(&b->cache, &l->object_size);
	cache.offset = anz_record_get(&b->cache, &l->offset);
	/* A size of no sense would make every object of it nonsense as well. */
	if (!cache.size || cache.size > 1 << 26 || cache.offset + 8 > cache.size)
		return 0;
	cache.align = anz_record_get(&b->cache, &l->align);
	cache.random = anz_record_get(&b->cache, &l->random);
	cache.left_pad = anz_record_get(&b->cache, &l->left_pad);
	cache.flags = anz_record_get(&b->cache, &l->flags);
	cache.aliases = MAX((gint)anz_record_get(&b->cache, &l->refcount) - 1, 0);
	cache.ctor = anz_record_get(&b->cache, &l->ctor);
	oo = anz_record_get(&b->cache, &l->oo);
	/* OO_SHIFT is 16 (mm/slub.c). */
	cache.order = MIN(oo >> 16, 63);
	cache.objects_per_slab = oo & 0xffff;
	name = anz_record_get(&b->cache, &l->name);
	cache.name = name ? anz_kernel_read_string(b->graph->kernel, name, MAX_NAME) : NULL;
	if (!cache.name || !*cache.name) {
		g_free(cache.name);
		cache.name = g_strdup_printf("cache at 0x%" G_GINT64_MODIFIER "x", address);
	}
	cache.owner = anz_graph_owner(b->graph, ANZ_OWNER_CACHE, address, "%s", cache.name);
	g_array_append_val(b->slabs->caches, cache);
	g_hash_table_insert(b->slabs->by_address, g_memdup2(&address, sizeof(address)),
			    GUINT_TO_POINTER(b->slabs->caches->len));
	return b->slabs->caches->len;
}

static gboolean add_listed(guint64 entry, gpointer data)
{
	add_cache(data, entry, TRUE);
	return TRUE;
}

static void find_caches(Builder *b)
{
	AnzKernel *kernel = b->graph->kernel;
	guint64 head;

	if (!b->layout.list.known || !anz_kernel_symbol(kernel, "slab_caches", &head))
		return;
	b->caches_whole = anz_kernel_walk_list(kernel, head, b->layout.list.offset, MAX_CACHES,
					       add_listed, b);
	if (!b->caches_whole)
		anz_kernel_remark(kernel, "warning", "slab", 1,
				  "the list of slab caches is broken or not whole in the dump; further "
				  "caches are known by their slabs only");
}

static void note(Builder *b, AnzOddityKind kind, const AnzSlab *slab, guint64 seen, guint64 expected,
		 const char *what)
{
	AnzOddity odd = { .kind = kind, .pfn = slab->pfn, .address = slab->address, .seen = seen,
			  .expected = expected, .what = what, .excuse = b->excuse };

	if (kind != ANZ_ODD_SLAB_CACHE)
		odd.owner = g_array_index(b->slabs->caches, AnzCache, slab->cache).owner;
	anz_oddities_note(&b->graph->oddities, odd);
}

/* The cache of a slab: index + 1, or 0. */
static guint cache_of(Builder *b, const AnzSlab *slab)
{
	AnzKernel *kernel = b->graph->kernel;
	guint64 address = anz_kernel_untag(kernel, anz_record_get(&b->slab, &b->layout.slab_cache));
	guint64 paddr, len;
	guint index = address ? add_cache(b, address, FALSE) : 0;

	if (slab->kfence)
		return index;
	b->graph->oddities.looked[ANZ_ODD_SLAB_CACHE]++;
	if (index && b->caches_whole &&
	    !g_array_index(b->slabs->caches, AnzCache, index - 1).listed)
		note(b, ANZ_ODD_SLAB_CACHE, slab, address, 0, "what is on no list of caches");
	if (index)
		return index;
	/* A struct that a filtered dump left out says nothing. */
	if (address && anz_image_translate(kernel->image, address, &paddr, &len) &&
	    !anz_record_read(&b->cache, address))
		b->graph->oddities.unread[ANZ_ODD_SLAB_CACHE]++;
	else
		note(b, ANZ_ODD_SLAB_CACHE, slab, address, 0, "no struct kmem_cache");
	return 0;
}

static void add_slab(const AnzItem *item, gpointer data)
{
	Builder *b = data;
	const Layout *l = &b->layout;
	AnzSlab slab = { .address = item->address, .pfn = item->pfn, .status = "ok",
			 .nr_pages = MIN(item->nr_pages, 1u << 20),
			 .node = anz_graph_node(b->graph, item->pfn) };
	gboolean has_object;
	guint64 most;
	const AnzCache *cache;
	guint index;

	if (!anz_record_read(&b->slab, item->address)) {
		b->graph->oddities.unread[ANZ_ODD_SLAB_CACHE]++;
		b->bad_slab++;
		return;
	}
	/* Every other page of KFENCE's pool is marked as a slab, of no cache until it is used. */
	slab.kfence = anz_kfence_page(&b->kfence, slab.pfn, &slab.first, &has_object);
	b->slabs->kfence_pages += slab.kfence;
	index = cache_of(b, &slab);
	if (!index) {
		b->bad_slab++;
		return;
	}
	slab.cache = index - 1;
	cache = &g_array_index(b->slabs->caches, AnzCache, slab.cache);
	most = ((guint64)slab.nr_pages << b->graph->kernel->page_shift) / cache->size;
	slab.nr_objects = anz_record_get(&b->slab, &l->objects);
	if (!l->objects.known)
		slab.nr_objects = most;
	slab.nr_inuse = anz_record_get(&b->slab, &l->inuse);
	b->graph->oddities.looked[ANZ_ODD_SLAB_OBJECTS] += l->objects.known;
	if (slab.kfence) {
		slab.nr_objects = slab.nr_inuse = has_object;
	} else if (slab.nr_objects > most || (l->objects.known && !slab.nr_objects)) {
		note(b, ANZ_ODD_SLAB_OBJECTS, &slab, slab.nr_objects, most, "objects");
		slab.status = slab.nr_objects ? "more objects than its pages hold" : "no objects";
		slab.nr_objects = MIN(slab.nr_objects, most);
	} else if (slab.nr_inuse > slab.nr_objects) {
		note(b, ANZ_ODD_SLAB_OBJECTS, &slab, slab.nr_inuse, slab.nr_objects, "objects in use");
	}
	if (!slab.kfence) {
		slab.first = cache->left_pad;
		slab.frozen = anz_record_get(&b->slab, &l->frozen);
		slab.freelist = anz_record_get(&b->slab, &l->freelist);
	}
	slab.exts = anz_record_get(&b->slab, &l->exts);
	slab.ext_stride = anz_record_get(&b->slab, &l->ext_stride);
	/* Each object's lies in its own padding. */
	if (anz_record_get(&b->slab, &l->exts_inside))
		slab.ext_stride = MIN(cache->size, G_MAXUINT32);
	/* The vector is for something else. */
	if (l->exts_objcg.known && !anz_record_get(&b->slab, &l->exts_objcg))
		slab.exts = 0;
	g_array_append_val(b->slabs->slabs, slab);
	anz_graph_claim(b->graph, cache->owner, ANZ_RANK_SURE, item->pfn, item->nr_pages,
			ANZ_NO_POSITION, ANZ_NR_CLASSES);
}

static int by_pfn(gconstpointer a, gconstpointer b)
{
	const AnzSlab *x = a, *y = b;

	return x->pfn < y->pfn ? -1 : x->pfn > y->pfn;
}

const AnzSlab *anz_slabs_at(const AnzSlabs *slabs, guint64 pfn)
{
	guint low = 0, high = slabs ? slabs->slabs->len : 0;

	while (low < high) {
		guint mid = low + (high - low) / 2;
		const AnzSlab *slab = &g_array_index(slabs->slabs, AnzSlab, mid);

		if (pfn < slab->pfn)
			high = mid;
		else if (pfn >= slab->pfn + slab->nr_pages)
			low = mid + 1;
		else
			return slab;
	}
	return NULL;
}

void anz_slabs_each_object(const AnzGraph *graph, guint cache, AnzObjectFunc func, gpointer data)
{
	const AnzSlabs *slabs = graph->slabs;
	const AnzCache *it = &g_array_index(slabs->caches, AnzCache, cache);

	for (guint s = 0; s < slabs->slabs->len && !anz_graph_cancelled(graph); s++) {
		const AnzSlab *slab = &g_array_index(slabs->slabs, AnzSlab, s);
		guint64 base = anz_graph_virt_of(graph, slab->pfn);

		for (guint i = 0; slab->cache == cache && base && i < slab->nr_objects; i++)
			if (!slab->nr_free || !anz_slab_object_free(slabs, slab, i))
				func(base + slab->first + i * it->size, data);
	}
}

int anz_slabs_find(const AnzGraph *graph, const char *variables)
{
	g_auto(GStrv) each = g_strsplit(variables, "|", 0);
	AnzKernel *kernel = graph->kernel;

	for (guint i = 0; graph->slabs && each[i]; i++) {
		char *member = strchr(each[i], '.');
		AnzField field = { 0 };
		guint64 address;
		gpointer index;

		if (member)
			*member++ = '\0';
		if (!anz_kernel_symbol(kernel, each[i], &address) ||
		    (member && !anz_field(kernel, each[i], member, &field)) ||
		    !anz_kernel_read_u64(kernel, address + field.offset, &address))
			continue;
		address = anz_kernel_untag(kernel, address);
		index = g_hash_table_lookup(graph->slabs->by_address, &address);
		if (index)
			return GPOINTER_TO_INT(index) - 1;
	}
	return -1;
}

int anz_slabs_named(const AnzGraph *graph, const char *name, const char *type)
{
	guint64 size;

	if (!graph->slabs || !anz_kernel_sizeof(graph->kernel, type, &size))
		return -1;
	for (guint i = 0; i < graph->slabs->caches->len; i++) {
		const AnzCache *it = &g_array_index(graph->slabs->caches, AnzCache, i);

		if (!g_strcmp0(it->name, name) && it->object_size == size)
			return i;
	}
	return -1;
}

static AnzSlab *slab_by_address(Builder *b, guint64 address)
{
	guint index;

	address = anz_kernel_untag(b->graph->kernel, address);
	index = GPOINTER_TO_UINT(g_hash_table_lookup(b->by_slab, &address));
	return index ? &g_array_index(b->slabs->slabs, AnzSlab, index - 1) : NULL;
}

/* What is off about a list itself: its links, or what they lead to; @slab: where, NULL the list's head. */
static void note_list(Builder *b, const AnzSlab *slab, guint64 head, guint64 seen, const char *what)
{
	AnzCache *cache = &g_array_index(b->slabs->caches, AnzCache, b->cache_index);

	cache->lists_broken = TRUE;
	anz_oddities_note(&b->graph->oddities, (AnzOddity){
		.kind = ANZ_ODD_SLAB_LIST, .pfn = slab ? slab->pfn : G_MAXUINT64,
		.address = slab ? slab->address : head, .seen = seen, .owner = cache->owner,
		.node = b->nid, .what = what, .excuse = b->excuse });
}

static gboolean mark_partial(guint64 entry, gpointer data)
{
	Builder *b = data;
	AnzSlab *slab = slab_by_address(b, entry);
	guint64 link = entry + b->layout.slab_list.offset, prev;

	b->graph->oddities.looked[ANZ_ODD_SLAB_LIST]++;
	if (!slab || slab->cache != b->cache_index) {
		note_list(b, slab, link, entry, slab ? "leads to a slab of another cache" :
			  "leads to no slab");
		return FALSE;
	}
	if (slab->state == ANZ_SLAB_NODE) {
		note_list(b, slab, link, entry, "leads in circles");
		return FALSE;
	}
	if (anz_kernel_read_u64(b->graph->kernel, link + 8, &prev) &&
	    anz_kernel_untag(b->graph->kernel, prev) != b->last)
		note_list(b, slab, link, prev, "prev does not lead back");
	if (slab->frozen || (slab->nr_objects && slab->nr_inuse == slab->nr_objects))
		note_list(b, slab, link, slab->nr_inuse, slab->frozen ? "holds a slab that a cpu has" :
			  "holds a slab without free objects");
	b->last = link;
	b->nr_listed++;
	slab->state = ANZ_SLAB_NODE;
	return TRUE;
}

static void walk_partial(Builder *b, guint64 node, guint64 nr_partial)
{
	const Layout *l = &b->layout;
	AnzKernel *kernel = b->graph->kernel;
	AnzCache *cache = &g_array_index(b->slabs->caches, AnzCache, b->cache_index);
	guint64 head = node + l->partial.offset, prev;
	gboolean broken = cache->lists_broken;

	b->last = anz_kernel_untag(kernel, head);
	b->nr_listed = 0;
	cache->lists_broken = FALSE;
	if (!anz_kernel_walk_list(kernel, b->last, l->slab_list.offset, MIN(nr_partial + 1024, 1u << 26),
				  mark_partial, b))
		note_list(b, NULL, head, b->last, "does not end");
	else if (!cache->lists_broken && anz_kernel_read_u64(kernel, head + 8, &prev) &&
		 anz_kernel_untag(kernel, prev) != b->last)
		note_list(b, NULL, head, prev, "prev of its head is not the last slab");
	b->graph->oddities.looked[ANZ_ODD_SLAB_NR_PARTIAL]++;
	if (!cache->lists_broken && l->nr_partial.known && nr_partial != b->nr_listed)
		anz_oddities_note(&b->graph->oddities, (AnzOddity){
			.kind = ANZ_ODD_SLAB_NR_PARTIAL, .pfn = G_MAXUINT64,
			.address = node + l->nr_partial.offset, .seen = nr_partial,
			.expected = b->nr_listed, .owner = cache->owner, .node = b->nid,
			.excuse = b->excuse });
	cache->lists_broken |= broken;
}

/* Whether somebody was changing the lists of the node just read. */
static const char *node_excuse(const Builder *b)
{
	/* A queued spinlock is one word, zero when it is free; with PREEMPT_RT the owner of a mutex. */
	return anz_record_get(&b->node, &b->layout.list_lock) ?
	       "the node's lock was held: its lists may have been half changed" : NULL;
}

static guint64 count_of(const Builder *b, const guint32 *counts, guint nid)
{
	return nid < b->nr_nids ? counts[b->cache_index * b->nr_nids + nid] : 0;
}

/* The word of a memory descriptor states no node; where spans overlap, frames do not tell it either. */
static gboolean nodes_are_told(const AnzKernel *kernel)
{
	for (guint i = 0; kernel->memdesc && i < kernel->zones->len; i++) {
		const AnzZone *one = &g_array_index(kernel->zones, AnzZone, i);

		for (guint k = 0; k < i; k++) {
			const AnzZone *other = &g_array_index(kernel->zones, AnzZone, k);

			if (one->nid != other->nid &&
			    one->start_pfn < other->start_pfn + other->spanned &&
			    other->start_pfn < one->start_pfn + one->spanned)
				return FALSE;
		}
	}
	return TRUE;
}

/* Slabs that were emptied wait for RCU, and are not counted any more. */
static void check_nr_slabs(Builder *b, const AnzCache *cache, guint64 node, guint64 counted)
{
	guint64 found = count_of(b, b->nr_slabs, b->nid);

	b->graph->oddities.looked[ANZ_ODD_SLAB_NR_SLABS]++;
	if (counted <= found && counted >= found - count_of(b, b->nr_leaving, b->nid))
		return;
	anz_oddities_note(&b->graph->oddities, (AnzOddity){
		.kind = ANZ_ODD_SLAB_NR_SLABS, .pfn = G_MAXUINT64,
		.address = node + b->layout.nr_slabs.offset, .seen = counted, .expected = found,
		.owner = cache->owner, .node = b->nid, .excuse = b->bad_slab ?
		"slabs without a cache may be its own" : b->nodes_told ? b->excuse :
		"the spans of nodes overlap, so that slabs may be another node's" });
}

static void walk_nodes(Builder *b, AnzCache *cache)
{
	const Layout *l = &b->layout;
	AnzKernel *kernel = b->graph->kernel;
	guint64 nr_nodes = MIN(l->nr_nodes, 1 << 12);

	/* Pointers behind the last node that this machine can have are not there: the array is cut. */
	for (guint64 i = 0; l->node_stride && i < nr_nodes; i++) {
		guint64 node, at = cache->address + l->node_pointer + i * l->node_stride;
		guint64 nr_partial, nr_slabs;
		gboolean exists = FALSE;

		for (guint n = 0; n < kernel->nodes->len; n++)
			exists |= g_array_index(kernel->nodes, AnzNode, n).nid == i;
		if (!exists || !anz_kernel_read_u64(kernel, at, &node) || !node ||
		    !anz_record_read(&b->node, node))
			continue;
		b->nid = i;
		b->excuse = node_excuse(b);
		nr_slabs = anz_record_get(&b->node, &l->nr_slabs);
		nr_partial = anz_record_get(&b->node, &l->nr_partial);
		if (anz_record_has(&b->node, &l->nr_slabs))
			cache->kernel_slabs = MAX(cache->kernel_slabs, 0) + (gint64)nr_slabs;
		if (anz_record_has(&b->node, &l->total_objects))
			cache->kernel_objects = MAX(cache->kernel_objects, 0) +
						(gint64)anz_record_get(&b->node, &l->total_objects);
		if (l->partial.known && l->slab_list.known)
			walk_partial(b, node, MIN(nr_partial, 1u << 26));
		if (l->nr_slabs.known)
			check_nr_slabs(b, cache, node, nr_slabs);
		b->excuse = NULL;
	}
}

/* A cpu's active slab has a freelist of its own, and a chain of partial slabs behind it. */
static void walk_cpus(Builder *b, const AnzCache *cache)
{
	const Layout *l = &b->layout;
	AnzKernel *kernel = b->graph->kernel;
	guint64 percpu;

	if (!l->cpu_slab.known || !l->cpu_active.known ||
	    !anz_kernel_read_u64(kernel, cache->address + l->cpu_slab.offset, &percpu) || !percpu)
		return;
	for (guint i = 0; i < kernel->possible_cpus->len; i++) {
		guint64 at = anz_kernel_percpu(kernel, percpu,
					       g_array_index(kernel->possible_cpus, guint, i));
		guint64 address, freelist = 0;
		AnzSlab *slab;

		if (anz_kernel_read_u64(kernel, at + l->cpu_active.offset, &address) && address &&
		    (slab = slab_by_address(b, address))) {
			slab->state = ANZ_SLAB_CPU;
			if (l->cpu_freelist.known)
				anz_kernel_read_u64(kernel, at + l->cpu_freelist.offset, &freelist);
			anz_freelist_defer(b->walker, slab, freelist);
		}
		if (!l->cpu_partial.known || !l->next.known ||
		    !anz_kernel_read_u64(kernel, at + l->cpu_partial.offset, &address))
			continue;
		/* Bounded: a slab that is on the chain already ends it. */
		while (address && (slab = slab_by_address(b, address)) &&
		       slab->state != ANZ_SLAB_CPU_PARTIAL) {
			slab->state = ANZ_SLAB_CPU_PARTIAL;
			if (!anz_kernel_read_u64(kernel, address + l->next.offset, &address))
				break;
		}
	}
}

/* Slabs by cache and node. */
static void count_slabs(Builder *b)
{
	AnzKernel *kernel = b->graph->kernel;

	b->nodes_told = nodes_are_told(kernel);
	for (guint i = 0; i < kernel->nodes->len; i++)
		b->nr_nids = MAX(b->nr_nids, g_array_index(kernel->nodes, AnzNode, i).nid + 1);
	b->nr_slabs = g_new0(guint32, (gsize)b->nr_nids * MAX(b->slabs->caches->len, 1));
	b->nr_leaving = g_new0(guint32, (gsize)b->nr_nids * MAX(b->slabs->caches->len, 1));
	for (guint i = 0; i < b->slabs->slabs->len; i++) {
		AnzSlab *slab = &g_array_index(b->slabs->slabs, AnzSlab, i);

		g_hash_table_insert(b->by_slab, &slab->address, GUINT_TO_POINTER(i + 1));
		if (slab->node < 0 || (guint)slab->node >= b->nr_nids || slab->kfence)
			continue;
		b->nr_slabs[slab->cache * b->nr_nids + slab->node]++;
		b->nr_leaving[slab->cache * b->nr_nids + slab->node] += !slab->nr_inuse;
	}
}

/* Free objects of a slab that neither a node nor a cpu has on a list are lost. */
static void find_unlisted(Builder *b)
{
	for (guint i = 0; i < b->slabs->slabs->len; i++) {
		const AnzSlab *slab = &g_array_index(b->slabs->slabs, AnzSlab, i);
		const AnzCache *cache = &g_array_index(b->slabs->caches, AnzCache, slab->cache);

		b->graph->oddities.looked[ANZ_ODD_SLAB_UNLISTED]++;
		if (slab->state != ANZ_SLAB_FULL || slab->frozen || slab->nr_inuse >= slab->nr_objects)
			continue;
		b->excuse = cache->lists_broken ? "the list that it may be on is broken" :
			    !slab->nr_inuse ? "an empty slab, which may wait to be freed" : NULL;
		note(b, ANZ_ODD_SLAB_UNLISTED, slab, slab->nr_inuse, slab->nr_objects, NULL);
	}
	b->excuse = NULL;
}

static void walk_lists(Builder *b)
{
	count_slabs(b);
	for (guint i = 0; i < b->slabs->caches->len; i++) {
		AnzCache *cache = &g_array_index(b->slabs->caches, AnzCache, i);

		b->cache_index = i;
		walk_nodes(b, cache);
		walk_cpus(b, cache);
	}
	if (b->layout.partial.known && b->layout.slab_list.known && b->layout.objects.known)
		find_unlisted(b);
}

static void walk_freelists(Builder *b)
{
	for (guint i = 0; i < b->slabs->slabs->len && !anz_graph_cancelled(b->graph); i++) {
		AnzSlab *slab = &g_array_index(b->slabs->slabs, AnzSlab, i);
		AnzCache *cache = &g_array_index(b->slabs->caches, AnzCache, slab->cache);

		anz_freelist_walk(b->walker, cache, slab);
		cache->nr_slabs++;
		cache->nr_pages += slab->nr_pages;
		cache->nr_objects += slab->nr_objects;
		cache->nr_in_use += slab->nr_objects - slab->nr_free;
		if (slab->state == ANZ_SLAB_NODE && slab->nr_inuse <= slab->nr_objects)
			cache->nr_partial_free += slab->nr_objects - slab->nr_inuse;
	}
	anz_freelist_report(b->walker);
}

void anz_slabs_build(AnzGraph *graph)
{
	AnzKernel *kernel = graph->kernel;
	Builder b = { .graph = graph };

	if (!resolve(kernel, &b.layout)) {
		anz_kernel_remark(kernel, "note", "slab", 1,
				  "the type information has no struct kmem_cache of a known form: slab "
				  "caches are not known");
		return;
	}
	graph->slabs = b.slabs = anz_slabs_new();
	b.by_slab = g_hash_table_new(g_int64_hash, g_int64_equal);
	b.walker = anz_freelist_walker_new(graph, b.slabs->free_bits);
	anz_kfence_find(graph, &b.kfence);
	anz_record_init_type(&b.cache, kernel, "kmem_cache");
	anz_record_init_type(&b.node, kernel, "kmem_cache_node");
	anz_record_init_type(&b.slab, kernel, b.layout.slab_type);
	find_caches(&b);
	anz_graph_each_item(graph, ANZ_CLASS_BIT(ANZ_CLASS_SLAB), add_slab, &b);
	g_array_sort(b.slabs->slabs, by_pfn);
	walk_lists(&b);
	walk_freelists(&b);
	anz_sheaves_walk(graph, b.slabs);
	if (b.bad_slab)
		anz_kernel_remark(kernel, "warning", "slab", b.bad_slab,
				  "slabs whose cache pointer leads to no slab cache; their pages have "
				  "no owner");
	anz_record_clear(&b.cache);
	anz_record_clear(&b.node);
	anz_record_clear(&b.slab);
	anz_freelist_walker_free(b.walker);
	g_hash_table_unref(b.by_slab);
	g_free(b.nr_slabs);
	g_free(b.nr_leaving);
}

AnzSlabs *anz_slabs_new(void)
{
	AnzSlabs *slabs = g_new0(AnzSlabs, 1);

	slabs->caches = g_array_new(FALSE, TRUE, sizeof(AnzCache));
	slabs->slabs = g_array_new(FALSE, TRUE, sizeof(AnzSlab));
	slabs->free_bits = g_byte_array_new();
	slabs->by_address = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
	return slabs;
}

void anz_slabs_free(AnzSlabs *slabs)
{
	if (!slabs)
		return;
	for (guint i = 0; i < slabs->caches->len; i++)
		g_free(g_array_index(slabs->caches, AnzCache, i).name);
	g_array_unref(slabs->caches);
	g_array_unref(slabs->slabs);
	g_byte_array_unref(slabs->free_bits);
	g_hash_table_unref(slabs->by_address);
	g_free(slabs);
}
