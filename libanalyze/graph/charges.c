/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is charged to which control group: frames by memcg_data of their folio, objects by the vector
 * of their slab.  On which LRU list a folio is depends on its group, so lists are counted here, too.
 */
#include "graph/cgroups.h"

#include <string.h>

#include "graph/generations.h"
#include "graph/slab.h"
#include "pages/pass.h"
#include "pages/records.h"

/*
 * Low bits of memcg_data and of a slab's vector (enum page_memcg_data_flags, objext_flags): what they
 * point at is aligned to 8 at least.
 */
#define FLAGS 7ull
#define FLAG_KMEM 2ull
#define NO_LRU 0xff

/* Frames alike in what their folio says. */
typedef struct {
	guint64 pfn;
	guint64 word;		/* memcg_data */
	guint32 nr_pages;
	guint8 page_class;
	guint8 lru;		/* AnzLru or NO_LRU */
	guint8 generation;	/* and one; 0: none */
	guint8 zone;		/* id */
} Run;

/* What one worker needs; after its tile, what it found there. */
typedef struct {
	const AnzKernel *kernel;
	AnzImage *image;
	AnzTile *tile;
	AnzRecordBuffer buffer;
	GArray *runs;		/* Run */
	gboolean has_memcg;
	guint64 memcg;		/* offset of memcg_data */
	gboolean plain;		/* it has no flags: mem_cgroup */
	/* The folio at hand. */
	guint64 head, head_end;
	guint64 word;
	guint8 lru, generation;
} Slot;

typedef struct {
	AnzGraph *graph;
	gboolean has_memcg;
	guint64 memcg;
	gboolean plain;
} Charger;

/* Before 5.11 a bit of page_type, which no page of a process has, said what the flag says now. */
static gboolean is_kernel_page(guint page_class)
{
	return g_str_equal(anz_page_class_info(page_class)->group, "kernel");
}

static guint8 lru_of(const AnzPageFormat *format, guint64 flags)
{
	if (!(flags & format->f_lru))
		return NO_LRU;
	if (flags & format->f_unevictable)
		return ANZ_LRU_UNEVICTABLE;
	/* folio_is_file_lru(): anonymous pages that may be dropped are among those of files. */
	return flags & format->f_swapbacked ? ANZ_LRU_ANON : ANZ_LRU_FILE;
}

static void take_head(Slot *s, const guint8 *record, guint64 pfn, guint64 nr_pages)
{
	const AnzPageFormat *format = &s->kernel->format;
	gboolean big = s->kernel->big_endian;
	guint64 flags = anz_load64(record + format->flags, big);

	s->head = pfn;
	s->head_end = pfn + nr_pages;
	s->word = s->has_memcg ? anz_load64(record + s->memcg, big) : 0;
	s->lru = lru_of(format, flags);
	s->generation = s->lru == ANZ_LRU_ANON || s->lru == ANZ_LRU_FILE ?
			flags >> format->gen_shift & format->gen_mask : 0;
}

static void take_frame(Slot *s, guint64 pfn, const guint8 *record)
{
	guint i = anz_tile_index(pfn);
	guint16 attr = s->tile->attr[i];
	guint64 nr_pages = attr & (ANZ_ATTR_HEAD | ANZ_ATTR_TAIL) ?
			   1ull << MIN(s->tile->order[i], 40) : 1;
	guint8 page_class = s->tile->page_class[i];
	guint64 first = pfn & ~(nr_pages - 1);
	Run *last = s->runs->len ? &g_array_index(s->runs, Run, s->runs->len - 1) : NULL;
	Run run = { .pfn = pfn, .nr_pages = 1, .page_class = page_class };

	if (!(attr & ANZ_ATTR_TAIL)) {
		take_head(s, record, pfn, nr_pages);
	} else if (pfn < s->head || pfn >= s->head_end) {
		/* Its head is in another tile, or not in the dump. */
		g_autofree guint8 *head = g_malloc0(s->kernel->format.stride);
		guint64 address = anz_kernel_page_address(s->kernel, first);

		if (address)
			anz_image_read_virt(s->image, address, head, s->kernel->format.stride, NULL);
		take_head(s, head, first, nr_pages);
	}
	/* A slab has its objects' groups there. */
	run.word = page_class == ANZ_CLASS_SLAB ? 0 : s->word;
	run.lru = s->lru;
	run.generation = s->generation;
	run.zone = s->tile->zone[i];
	if (s->plain && run.word && is_kernel_page(page_class))
		run.word |= FLAG_KMEM;
	if (!run.word && run.lru == NO_LRU)
		return;
	if (last && last->pfn + last->nr_pages == pfn && last->word == run.word &&
	    last->lru == run.lru && last->generation == run.generation && last->zone == run.zone &&
	    last->page_class == page_class)
		last->nr_pages++;
	else
		g_array_append_val(s->runs, run);
}

static void take_records(guint64 pfn, guint nr, const guint8 *records, guint64 address,
			 gpointer data)
{
	Slot *s = data;
	guint stride = s->kernel->format.stride;

	(void)address;
	for (guint i = 0; i < nr; i++)
		take_frame(s, pfn + i, records + (gsize)i * stride);
}

static gpointer slot_new(gpointer data, GError **error)
{
	const Charger *c = data;
	AnzImage *image = anz_image_clone(c->graph->kernel->image, error);
	Slot *s;

	if (!image)
		return NULL;
	s = g_new0(Slot, 1);
	s->kernel = c->graph->kernel;
	s->image = image;
	s->has_memcg = c->has_memcg;
	s->memcg = c->memcg;
	s->plain = c->plain;
	s->runs = g_array_new(FALSE, FALSE, sizeof(Run));
	return s;
}

static void slot_free(gpointer slot)
{
	Slot *s = slot;

	anz_image_free(s->image);
	g_array_unref(s->runs);
	g_free(s->buffer.bytes);
	g_free(s);
}

/* Nobody is charged with such pages, and they are on no list of a group. */
static gboolean is_silent(guint page_class)
{
	return page_class == ANZ_CLASS_FREE || page_class == ANZ_CLASS_FREE_PCP ||
	       page_class == ANZ_CLASS_UNACCEPTED || page_class == ANZ_CLASS_RESERVED ||
	       page_class == ANZ_CLASS_OFFLINE || page_class == ANZ_CLASS_EXCLUDED ||
	       page_class == ANZ_CLASS_UNREADABLE || page_class == ANZ_CLASS_HOLE;
}

/* A tail says what its head says. */
static gboolean must_read(const AnzTile *tile, guint from, guint to)
{
	for (guint i = from; i < to; i++)
		if (!(tile->attr[i] & ANZ_ATTR_TAIL) && !is_silent(tile->page_class[i]))
			return TRUE;
	return FALSE;
}

/*
 * The struct pages were read once, and are read here again: only those pages of them that can tell
 * something, which are far fewer on most machines.
 */
static void work(AnzTile *tile, gpointer slot, gpointer data)
{
	Slot *s = slot;
	const AnzRecordFuncs funcs = { .present = take_records, .data = s };
	guint64 start = (guint64)tile->number << ANZ_TILE_SHIFT;
	guint step = MAX((1u << s->kernel->page_shift) / s->kernel->format.stride, 1), to;

	(void)data;
	s->tile = tile;
	s->head = s->head_end = 0;
	g_array_set_size(s->runs, 0);
	for (guint i = 0; i < ANZ_TILE_PAGES; i = to) {
		for (to = i; to < ANZ_TILE_PAGES && must_read(tile, to, MIN(to + step, ANZ_TILE_PAGES)); )
			to = MIN(to + step, ANZ_TILE_PAGES);
		if (to > i) {
			anz_records_read_range(s->kernel, s->image, start + i, start + to, &s->buffer,
					       &funcs);
			continue;
		}
		for (to = MIN(i + step, ANZ_TILE_PAGES); i < to; i++)
			if (tile->attr[i] & ANZ_ATTR_TAIL && !is_silent(tile->page_class[i]))
				take_frame(s, start + i, NULL);
	}
}

/* Frames of @run. */
static void charge_frames(AnzGraph *graph, const Run *run)
{
	AnzCgroups *cgroups = graph->cgroups;
	/* What is on a list without a group is on the root's. */
	int index = run->word & ~FLAGS ? anz_cgroups_find(graph, run->word & ~FLAGS) : -1;
	AnzCgroup *group = &g_array_index(cgroups->groups, AnzCgroup, MAX(index, 0));
	AnzCharged charged = { .pfn = run->pfn, .nr_pages = run->nr_pages, .owner = group->owner };
	AnzCharged *last;

	if (run->lru != NO_LRU)
		group->lru[run->lru] += run->nr_pages;
	if (run->generation && graph->generations)
		anz_generations_count(graph, MAX(index, 0), run->zone, run->lru, run->generation,
				      run->nr_pages);
	if (!(run->word & ~FLAGS))
		return;
	if (index < 0) {
		cgroups->unknown_pages += run->nr_pages;
		return;
	}
	group->pages[run->page_class] += run->nr_pages;
	group->nr_pages += run->nr_pages;
	if (run->word & FLAG_KMEM)
		group->nr_kernel_pages += run->nr_pages;
	last = cgroups->charged->len ?
	       &g_array_index(cgroups->charged, AnzCharged, cgroups->charged->len - 1) : NULL;
	if (last && last->owner == charged.owner && last->pfn + last->nr_pages == charged.pfn)
		last->nr_pages += charged.nr_pages;
	else
		g_array_append_val(cgroups->charged, charged);
}

static void drain(const AnzTile *tile, gpointer slot, gpointer data)
{
	const Charger *c = data;
	const Slot *s = slot;

	(void)tile;
	for (guint i = 0; i < s->runs->len; i++) {
		const Run *run = &g_array_index(s->runs, Run, i);

		if (c->graph->cgroups)
			charge_frames(c->graph, run);
		else if (run->generation)
			anz_generations_count(c->graph, 0, run->zone, run->lru, run->generation,
					      run->nr_pages);
	}
}

/* Classic shape: struct pages in bulk. */
static void charge_struct_pages(AnzGraph *graph)
{
	Charger c = { .graph = graph };
	const AnzPass pass = { .slot_new = slot_new, .slot_free = slot_free, .work = work,
			       .drain = drain, .read_only = TRUE, .cancel = graph->cancel,
			       .data = &c };
	AnzField memcg;
	guint64 offset;

	/* mem_cgroup before 5.11. */
	if (graph->cgroups &&
	    (anz_field(graph->kernel, "page", "memcg_data|mem_cgroup", &memcg) ||
	     anz_field(graph->kernel, "folio", "memcg_data", &memcg)))
		c.has_memcg = memcg.member.bit_size == 64 &&
			      memcg.offset + 8 <= graph->kernel->format.stride;
	if (c.has_memcg) {
		c.memcg = memcg.offset;
		c.plain = !anz_kernel_member(graph->kernel, "page", "memcg_data", &offset, NULL) &&
			  !anz_kernel_member(graph->kernel, "folio", "memcg_data", &offset, NULL);
		graph->cgroups->lru_known = graph->kernel->format.f_lru &&
					    graph->kernel->format.f_swapbacked;
	} else if (graph->cgroups || !graph->generations) {
		return;
	}
	/* What fails here has failed before: a cancelled analysis, or no memory for the map. */
	if (!anz_planes_pass(graph->planes, &pass, NULL) && !anz_graph_cancelled(graph))
		anz_kernel_remark(graph->kernel, "warning", "cgroup", 1,
				  "pages could not be read once more: what is charged to control "
				  "groups is not known");
}

static int by_pfn(gconstpointer a, gconstpointer b)
{
	const AnzCharged *x = a, *y = b;

	return x->pfn < y->pfn ? -1 : x->pfn > y->pfn;
}

/* Memory descriptors: a member of each that has one. */
static void charge_descriptors(AnzGraph *graph)
{
	AnzKernel *kernel = graph->kernel;
	AnzField member[ANZ_MEMDESC_MAX_TYPES] = { 0 };

	for (guint t = 0; t < ANZ_MEMDESC_MAX_TYPES; t++) {
		const AnzMemdescType *type = &kernel->memdesc->types[t];

		if (type->kind == ANZ_MEMDESC_POINTER && type->struct_name &&
		    type->page_class != ANZ_CLASS_SLAB)
			anz_field(kernel, type->struct_name,
				  "memcg_data|memcg|pt_memcg_data|zp_memcg_data|obj_cgroup",
				  &member[t]);
	}
	for (guint i = 0; i < graph->descriptors->len; i++) {
		const AnzDescriptor *it = &anz_spool_index(graph->descriptors, AnzDescriptor, i);
		guint64 word;

		if (it->type < ANZ_MEMDESC_MAX_TYPES && member[it->type].known &&
		    anz_kernel_read_u64(kernel, it->address + member[it->type].offset, &word))
			charge_frames(graph, &(Run){ .pfn = it->pfn, .nr_pages = it->nr_pages,
						     .word = word, .page_class = it->page_class,
						     .lru = NO_LRU });
		if (i % 4096 == 0 && anz_graph_cancelled(graph))
			break;
	}
	g_array_sort(graph->cgroups->charged, by_pfn);
}

/* --- objects --- */

typedef struct {
	AnzGraph *graph;
	GHashTable *sums;	/* group << 32 | cache -> guint64 objects */
	guint64 objcg, stride;	/* of an element of a slab's vector */
	guint8 *vector;
} Objects;

#define MAX_VECTOR (1u << 20)

static void add_object(Objects *o, const AnzSlab *slab, guint64 objcg)
{
	AnzCgroups *cgroups = o->graph->cgroups;
	int index = anz_cgroups_find(o->graph, objcg);
	guint64 key = (guint64)MAX(index, 0) << 32 | slab->cache, *sum;

	if (index < 0) {
		cgroups->unknown_objects++;
		return;
	}
	sum = g_hash_table_lookup(o->sums, &key);
	if (!sum) {
		sum = g_new0(guint64, 1);
		g_hash_table_insert(o->sums, g_memdup2(&key, sizeof(key)), sum);
	}
	++*sum;
}

static void add_slab(Objects *o, const AnzSlab *slab)
{
	AnzKernel *kernel = o->graph->kernel;
	guint64 vector = slab->exts & ~FLAGS, stride = slab->ext_stride ? slab->ext_stride : o->stride;
	/* Where it lies in the objects the last element ends with its slab. */
	guint64 len = slab->nr_objects ? (slab->nr_objects - 1) * stride + o->objcg + 8 : 0;

	if (!vector || !len || len > MAX_VECTOR || stride < o->objcg + 8 ||
	    !anz_kernel_read(kernel, vector, o->vector, len))
		return;
	for (guint i = 0; i < slab->nr_objects; i++) {
		guint64 objcg = anz_load64(o->vector + i * stride + o->objcg, kernel->big_endian);

		if (objcg)
			add_object(o, slab, objcg);
	}
}

/*
 * What a slab's vector is made of: struct slabobj_ext since 6.10, with a member for each user; since 7.3
 * one such struct for each user, the group first; plain pointers before.  False if that is not known.
 */
static gboolean resolve_vector(AnzKernel *kernel, Objects *o)
{
	guint64 key;
	guint32 enabled = 0;
	AnzField objcg;

	o->stride = 8;
	if (!anz_types_find(kernel->types, "slabobj_ext"))
		return TRUE;
	if (!anz_field(kernel, "slabobj_ext", "objcg|_objcg", &objcg) ||
	    !anz_kernel_sizeof(kernel, "slabobj_ext", &o->stride))
		return FALSE;
	o->objcg = objcg.offset;
	/* The other user is memory allocation profiling. */
	if (anz_kernel_symbol(kernel, "slab_obj_ext_has_codetag_key", &key) &&
	    anz_kernel_read_u32(kernel, key, &enabled) && enabled)
		o->stride *= 2;
	return TRUE;
}

static int by_group(gconstpointer a, gconstpointer b)
{
	const AnzCgroupCache *x = a, *y = b;

	if (x->group != y->group)
		return x->group < y->group ? -1 : 1;
	return x->cache < y->cache ? -1 : x->cache > y->cache;
}

static void charge_objects(AnzGraph *graph)
{
	AnzCgroups *cgroups = graph->cgroups;
	Objects o = { .graph = graph };
	GHashTableIter iter;
	gpointer key, value;

	if (!resolve_vector(graph->kernel, &o)) {
		anz_kernel_remark(graph->kernel, "warning", "cgroup", 1,
				  "what slab objects are charged to is not known: no member of struct "
				  "slabobj_ext is understood");
		return;
	}
	o.sums = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
	o.vector = g_malloc(MAX_VECTOR);
	for (guint i = 0; i < graph->slabs->slabs->len && !anz_graph_cancelled(graph); i++)
		add_slab(&o, &g_array_index(graph->slabs->slabs, AnzSlab, i));
	g_hash_table_iter_init(&iter, o.sums);
	while (g_hash_table_iter_next(&iter, &key, &value)) {
		guint64 pair = *(guint64 *)key;
		AnzCgroupCache it = { .group = pair >> 32, .cache = (guint32)pair,
				      .nr_objects = *(guint64 *)value };
		AnzCgroup *group = &g_array_index(cgroups->groups, AnzCgroup, it.group);

		group->nr_objects += it.nr_objects;
		/* obj_full_size(): each is charged with the pointer to its group. */
		group->object_bytes += it.nr_objects * (8 +
			g_array_index(graph->slabs->caches, AnzCache, it.cache).size);
		g_array_append_val(cgroups->caches, it);
	}
	g_array_sort(cgroups->caches, by_group);
	g_hash_table_unref(o.sums);
	g_free(o.vector);
}

void anz_cgroups_charge(AnzGraph *graph)
{
	AnzCgroups *cgroups = graph->cgroups;

	if (cgroups && !cgroups->groups->len)
		return;
	if (!graph->kernel->memdesc)
		charge_struct_pages(graph);
	if (graph->generations && graph->generations->nr_strange)
		anz_kernel_remark(graph->kernel, "warning", "generations",
				  graph->generations->nr_strange,
				  "pages of generations or zones that no list has");
	if (!cgroups)
		return;
	if (graph->kernel->memdesc)
		charge_descriptors(graph);
	if (graph->slabs)
		charge_objects(graph);
	if (cgroups->unknown_pages)
		anz_kernel_remark(graph->kernel, "warning", "cgroup", cgroups->unknown_pages,
				  "pages charged to a control group that is not in the tree of groups");
	if (cgroups->unknown_objects)
		anz_kernel_remark(graph->kernel, "warning", "cgroup", cgroups->unknown_objects,
				  "slab objects charged to a control group that is not in the tree of "
				  "groups");
}

GArray *anz_cgroups_sum(const AnzCgroups *cgroups)
{
	GArray *sums = g_array_sized_new(FALSE, TRUE, sizeof(AnzCgroup), cgroups->groups->len);

	g_array_append_vals(sums, cgroups->groups->data, cgroups->groups->len);
	/* Children come after their parents. */
	for (guint i = sums->len; i-- > 0; ) {
		const AnzCgroup *it = &g_array_index(sums, AnzCgroup, i);
		AnzCgroup *up;

		if (!it->parent)
			continue;
		up = &g_array_index(sums, AnzCgroup, it->parent - 1);
		for (guint c = 0; c < ANZ_NR_CLASSES; c++)
			up->pages[c] += it->pages[c];
		up->nr_pages += it->nr_pages;
		up->nr_kernel_pages += it->nr_kernel_pages;
		up->nr_objects += it->nr_objects;
		up->object_bytes += it->object_bytes;
		up->nr_swapped += it->nr_swapped;
		up->stocked += it->stocked;
	}
	return sums;
}
