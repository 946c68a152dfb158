/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Pages that are allocated, have no type and are on nobody's list (buffers of drivers, large kmalloc()
 * before 6.15, rings) are still pointed at by someone: by the address of their struct page or by their
 * address in the direct map.  One pass over the kernel's own memory looks for such words.  That is a
 * guess: the word may be a number, or left over, or one of several pointers.  So it is done for no
 * other pages, objects on freelists do not count, and a word that is the address of the first byte (or
 * of the first struct page) outranks one that points somewhere inside.
 *
 * What is found may hold the only pointer to the next: rounds go on over the pages found, a few times.
 */
#include "graph/pointed.h"

#include <string.h>

#include "graph/range.h"
#include "graph/slab.h"

#define MAX_TARGETS (1u << 20)
#define MAX_ROUNDS 4
#define MAX_ORDER_PAGES 1024
/* Where pointers are looked for, the most telling first. */
static const guint8 sources[] = {
	ANZ_CLASS_KERNEL_IMAGE, ANZ_CLASS_SLAB, ANZ_CLASS_PERCPU, ANZ_CLASS_LARGE_KMALLOC,
	ANZ_CLASS_RESERVED, ANZ_CLASS_VMALLOC, ANZ_CLASS_KERNEL_OTHER, ANZ_CLASS_KERNEL_STACK,
};

/* Where words point that may be meant: the direct map of the targets' frames, and their struct pages. */
typedef struct {
	guint64 map, map_bytes;		/* map_bytes 0: there is no direct map */
	guint64 array, array_bytes;
	guint64 least;			/* of both: most words are smaller */
} Window;

/* One allocation without an owner. */
typedef struct {
	guint64 pfn;
	guint64 nr_pages;
	guint64 source;		/* physical address of the word; 0 none found */
	guint8 rank;		/* of its class in sources[] */
	gboolean exact;
	guint8 round;		/* in which its owner was registered; 0 not yet */
} Target;

typedef struct {
	AnzGraph *graph;
	AnzSpool *targets;	/* Target by pfn */
	guint8 *page;		/* one page's bytes */
	guint64 first, last;	/* frames of the lowest and highest target */
	Window window;		/* of these */
	guint32 struct_pages;	/* owner */
	guint64 guessed;	/* pages */
} Scan;

static const AnzOwned *owned_at(const AnzGraph *graph, guint64 pfn)
{
	guint low = 0, high = graph->owned->len;

	while (low < high) {
		guint mid = low + (high - low) / 2;
		const AnzOwned *it = &anz_spool_index(graph->owned, AnzOwned, mid);

		if (pfn < it->pfn)
			high = mid;
		else if (pfn >= it->pfn + it->nr_pages)
			low = mid + 1;
		else
			return it;
	}
	return NULL;
}

static void add_frame(Scan *s, guint64 pfn, gboolean is_tail)
{
	Target *last = s->targets->len ?
		       &anz_spool_index(s->targets, Target, s->targets->len - 1) : NULL;
	Target next = { .pfn = pfn, .nr_pages = 1 };

	if (last && last->pfn + last->nr_pages == pfn && last->nr_pages < MAX_ORDER_PAGES &&
	    (is_tail || anz_graph_is_inner(s->graph, pfn)))
		last->nr_pages++;
	else if (s->targets->len < MAX_TARGETS)
		anz_spool_append(s->targets, &next, 1);
}

static void find_targets(Scan *s)
{
	const AnzPlanes *planes = s->graph->planes;
	guint next = 0;

	for (guint t = 0; t < planes->nr_tiles && !anz_graph_cancelled(s->graph); t++) {
		const AnzTile *tile = anz_planes_tile_at(planes, t);
		guint64 base = tile->number << ANZ_TILE_SHIFT;

		for (guint i = 0; i < ANZ_TILE_PAGES; i++) {
			const AnzOwned *it;

			if (tile->page_class[i] != ANZ_CLASS_KERNEL_OTHER)
				continue;
			while (next < s->graph->owned->len &&
			       (it = &anz_spool_index(s->graph->owned, AnzOwned, next)) &&
			       it->pfn + it->nr_pages <= base + i)
				next++;
			it = next < s->graph->owned->len ?
			     &anz_spool_index(s->graph->owned, AnzOwned, next) : NULL;
			if (!it || it->pfn > base + i)
				add_frame(s, base + i, tile->attr[i] & ANZ_ATTR_TAIL);
		}
	}
}

static Target *target_at(const Scan *s, guint64 pfn)
{
	guint low = 0, high = s->targets->len;

	if (pfn < s->first || pfn > s->last)
		return NULL;
	while (low < high) {
		guint mid = low + (high - low) / 2;
		Target *it = &anz_spool_index(s->targets, Target, mid);

		if (pfn < it->pfn)
			high = mid;
		else if (pfn >= it->pfn + it->nr_pages)
			low = mid + 1;
		else
			return it;
	}
	return NULL;
}

/* Objects on freelists hold what was there before. */
static gboolean is_live(const Scan *s, guint64 source)
{
	const AnzGraph *graph = s->graph;
	guint64 pfn = source >> graph->kernel->page_shift, offset;
	const AnzSlab *slab = anz_slabs_at(graph->slabs, pfn);
	const AnzCache *cache;

	if (!slab)
		return TRUE;
	cache = &g_array_index(graph->slabs->caches, AnzCache, slab->cache);
	offset = (source - (slab->pfn << graph->kernel->page_shift) - slab->first) / cache->size;
	return offset < slab->nr_objects &&
	       !(slab->nr_free && anz_slab_object_free(graph->slabs, slab, offset));
}

static void take(Scan *s, Target *target, guint rank, gboolean exact, guint64 source)
{
	if (target->round || (target->source && (target->exact > exact ||
	    (target->exact == exact && target->rank <= rank))) ||
	    target_at(s, source >> s->graph->kernel->page_shift) == target || !is_live(s, source))
		return;
	target->source = source;
	target->exact = exact;
	target->rank = rank;
}

static Window window_of(const Scan *s)
{
	const AnzKernel *kernel = s->graph->kernel;
	guint64 nr = s->last - s->first + 1;
	Window w = { .array = anz_kernel_page_address(kernel, s->first), .least = G_MAXUINT64 };

	if (kernel->page_offset) {
		w.map = kernel->page_offset + (s->first << kernel->page_shift);
		w.map_bytes = nr << kernel->page_shift;
		w.least = w.map;
	}
	if (w.array) {
		w.array_bytes = nr * kernel->format.stride;
		w.least = MIN(w.least, w.array);
	}
	return w;
}

static void take_word(Scan *s, guint64 word, guint rank, guint64 source)
{
	const AnzKernel *kernel = s->graph->kernel;
	const Window *w = &s->window;
	Target *target = NULL;
	gboolean exact = FALSE;

	if (word - w->map < w->map_bytes) {
		target = target_at(s, (word - kernel->page_offset) >> kernel->page_shift);
		exact = target && word - kernel->page_offset == target->pfn << kernel->page_shift;
	} else if (word - w->array < w->array_bytes) {
		guint64 at = anz_kernel_page_pfn(kernel, word);

		target = at == G_MAXUINT64 ? NULL : target_at(s, at);
		exact = target && word == anz_kernel_page_address(kernel, target->pfn);
	}
	if (target)
		take(s, target, rank, exact, source);
}

/* The hot loop: one comparison a word for nearly all words, where they lie in the file if they can be. */
static void scan_page(Scan *s, guint64 pfn, guint rank)
{
	const AnzKernel *kernel = s->graph->kernel;
	gsize page_bytes = (gsize)1 << kernel->page_shift, len;
	guint64 paddr = pfn << kernel->page_shift;
	const guint8 *page = anz_image_map_phys(kernel->image, paddr, &len);
	const gboolean big_endian = kernel->big_endian;
	const guint64 least = s->window.least;

	if (!page || len < page_bytes) {
		page = s->page;
		len = anz_image_read_phys(kernel->image, paddr, s->page, page_bytes, NULL);
	}
	len = MIN(len, page_bytes);
	for (gsize i = 0; i + 8 <= len; i += 8) {
		guint64 word = anz_load64(page + i, big_endian);

		if (G_UNLIKELY(word >= least))
			take_word(s, word, rank, paddr + i);
	}
}

/* Struct pages point at each other: that one page follows another on a list owns neither. */
static gboolean is_source(const Scan *s, guint64 pfn, guint8 page_class)
{
	const AnzOwned *owned;

	if (page_class != ANZ_CLASS_RESERVED && page_class != ANZ_CLASS_KERNEL_OTHER)
		return TRUE;
	owned = owned_at(s->graph, pfn);
	return !owned || owned->owner != s->struct_pages;
}

static void scan_memory(Scan *s)
{
	const AnzPlanes *planes = s->graph->planes;
	guint8 rank_of[ANZ_NR_CLASSES];

	memset(rank_of, G_MAXUINT8, sizeof(rank_of));
	for (guint i = 0; i < G_N_ELEMENTS(sources); i++)
		rank_of[sources[i]] = i;
	for (guint t = 0; t < planes->nr_tiles && !anz_graph_cancelled(s->graph); t++) {
		const AnzTile *tile = anz_planes_tile_at(planes, t);
		guint64 base = tile->number << ANZ_TILE_SHIFT;

		for (guint i = 0; i < ANZ_TILE_PAGES; i++) {
			guint rank = rank_of[tile->page_class[i]];

			if (rank != G_MAXUINT8 && !target_at(s, base + i) &&
			    is_source(s, base + i, tile->page_class[i]))
				scan_page(s, base + i, rank);
		}
	}
}

/* The targets whose owners were found in the round before, after all other memory. */
static void scan_found(Scan *s, guint round)
{
	for (guint i = 0; i < s->targets->len && !anz_graph_cancelled(s->graph); i++) {
		const Target *target = &anz_spool_index(s->targets, Target, i);

		for (guint64 n = 0; target->round == round && n < target->nr_pages; n++)
			scan_page(s, target->pfn + n, G_N_ELEMENTS(sources));
	}
}

/*
 * Owner for what holds the word at physical address @source.  A variable of the kernel's own that is
 * nothing but that word, and an exact one, is as good as a name.
 */
static guint32 owner_of(Scan *s, guint64 source, gboolean exact)
{
	AnzGraph *graph = s->graph;
	AnzKernel *kernel = graph->kernel;
	guint64 pfn = source >> kernel->page_shift, vaddr, offset;
	const AnzSlab *slab = anz_slabs_at(graph->slabs, pfn);
	const AnzOwned *owned = owned_at(graph, pfn);
	const AnzOwner *holder = owned ? anz_graph_get_owner(graph, owned->owner) : NULL;
	g_autofree char *name = g_strdup(holder ? holder->name : "memory of no known owner");
	guint32 parent = holder ? holder->id : 0, id;

	if (slab) {
		const AnzCache *cache = &g_array_index(graph->slabs->caches, AnzCache, slab->cache);
		guint64 start = slab->pfn << kernel->page_shift;

		offset = (source - start - slab->first) / cache->size;
		vaddr = anz_graph_virt_of(graph, slab->pfn) + slab->first + offset * cache->size;
		id = anz_graph_owner(graph, ANZ_OWNER_OBJECT, vaddr, "pointer in an object of %s",
				     cache->name);
	} else if (pfn - kernel->image_start_pfn < kernel->image_nr_pages) {
		const char *symbol;

		vaddr = kernel->text_start +
			(source - (kernel->image_start_pfn << kernel->page_shift));
		symbol = anz_types_symbol_at(kernel->types, vaddr, &offset);
		if (symbol && exact && !offset)
			id = anz_graph_owner(graph, ANZ_OWNER_KERNEL, vaddr, "%s", symbol);
		else
			id = anz_graph_owner(graph, ANZ_OWNER_OBJECT, vaddr - (symbol ? offset : 0),
					     "pointer in %s", symbol ? symbol : name);
	} else {
		id = anz_graph_owner(graph, ANZ_OWNER_OBJECT, anz_graph_virt_of(graph, pfn), "%s%s",
				     holder && holder->kind == ANZ_OWNER_OBJECT ? "" : "pointer in ",
				     name);
	}
	anz_graph_get_owner(graph, id)->parent = parent;
	return id;
}

static int by_pfn(gconstpointer a, gconstpointer b, gpointer data)
{
	const AnzOwned *x = a, *y = b;

	(void)data;
	return x->pfn < y->pfn ? -1 : x->pfn > y->pfn;
}

/* Returns whether any page got an owner. */
static gboolean settle(Scan *s, guint round)
{
	AnzGraph *graph = s->graph;
	/* Apart, for graph->owned is searched meanwhile. */
	g_autoptr(AnzSpool) found = anz_spool_new(graph->planes->room, sizeof(AnzOwned));

	for (guint i = 0; i < s->targets->len; i++) {
		Target *target = &anz_spool_index(s->targets, Target, i);
		AnzOwned owned = { .pfn = target->pfn, .nr_pages = target->nr_pages,
				   .position = ANZ_NO_POSITION };

		if (!target->source || target->round)
			continue;
		target->round = round;
		owned.owner = owner_of(s, target->source, target->exact);
		anz_graph_get_owner(graph, owned.owner)->nr_pages += owned.nr_pages;
		anz_spool_append(found, &owned, 1);
		if (anz_graph_get_owner(graph, owned.owner)->kind == ANZ_OWNER_OBJECT)
			s->guessed += owned.nr_pages;
	}
	if (found->len) {
		anz_spool_append(graph->owned, found->data, found->len);
		anz_spool_sort(graph->owned, by_pfn, NULL);
	}
	return found->len > 0;
}

void anz_pointed_build(AnzGraph *graph)
{
	AnzKernel *kernel = graph->kernel;
	Scan s = { .graph = graph };

	if (!kernel->page_offset)
		return;
	/* Of a running machine no more is read than what it names, and words go stale meanwhile. */
	if (anz_image_is_live(kernel->image)) {
		anz_kernel_remark(kernel, "note", "owner", 1,
				  "owners that only a search of all memory for pointers could tell were "
				  "not looked for in live memory");
		return;
	}
	s.struct_pages = anz_graph_owner(graph, ANZ_OWNER_KERNEL, 0, "struct pages");
	s.targets = anz_spool_new(graph->planes->room, sizeof(Target));
	find_targets(&s);
	if (s.targets->len) {
		const Target *last = &anz_spool_index(s.targets, Target, s.targets->len - 1);

		s.first = anz_spool_index(s.targets, Target, 0).pfn;
		s.last = last->pfn + last->nr_pages - 1;
		s.window = window_of(&s);
		s.page = g_malloc((gsize)1 << kernel->page_shift);
		scan_memory(&s);
		for (guint round = 1; round <= MAX_ROUNDS && settle(&s, round); round++)
			scan_found(&s, round);
		g_free(s.page);
	}
	if (s.guessed)
		anz_kernel_remark(kernel, "note", "owner", s.guessed,
				  "pages whose owner (of kind object) is a guess: nothing but a pointer to "
				  "them was found");
	anz_spool_free(s.targets);
}
