/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "graph/freelist.h"

#include <string.h>

/* A slab is read at once; the largest ones of SLUB are 32 KiB, debugging ones a little more. */
#define MAX_SLAB (1u << 20)

typedef enum {
	LINK_SWAB,	/* next ^ random ^ swab(address) */
	LINK_XOR,	/* next ^ random ^ address */
	LINK_PLAIN,	/* next */
	NR_LINKS
} LinkForm;

struct AnzFreelistWalker {
	AnzGraph *graph;
	GByteArray *free_bits;
	GHashTable *cpu_lists;	/* address of struct slab -> cpu freelist */
	guint8 *bytes;		/* of the slab at hand */
	guint64 base;		/* its virtual address */
	gsize len;		/* bytes of it that the dump has */
	LinkForm form;
	gboolean form_proved;	/* a list of two or more objects came out whole */
	guint64 nr_bad, nr_unread;
};

AnzFreelistWalker *anz_freelist_walker_new(AnzGraph *graph, GByteArray *free_bits)
{
	AnzFreelistWalker *walker = g_new0(AnzFreelistWalker, 1);
	AnzField random;

	walker->graph = graph;
	walker->free_bits = free_bits;
	walker->cpu_lists = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
	walker->bytes = g_malloc(MAX_SLAB);
	walker->form = anz_field(graph->kernel, "kmem_cache", "random", &random) ? LINK_SWAB :
		       LINK_PLAIN;
	return walker;
}

void anz_freelist_walker_free(AnzFreelistWalker *walker)
{
	g_hash_table_unref(walker->cpu_lists);
	g_free(walker->bytes);
	g_free(walker);
}

void anz_freelist_defer(AnzFreelistWalker *walker, const AnzSlab *slab, guint64 freelist)
{
	if (freelist)
		g_hash_table_insert(walker->cpu_lists,
				    g_memdup2(&slab->address, sizeof(slab->address)),
				    g_memdup2(&freelist, sizeof(freelist)));
}

static guint64 decode(LinkForm form, guint64 stored, guint64 random, guint64 at)
{
	switch (form) {
	case LINK_SWAB:
		return stored ^ random ^ GUINT64_SWAP_LE_BE(at);
	case LINK_XOR:
		return stored ^ random ^ at;
	default:
		return stored;
	}
}

typedef enum { WALK_OK, WALK_BROKEN, WALK_MISCOUNTED, WALK_UNREAD } WalkResult;

/*
 * From @object on; sets a bit for each object in @map, in which a bit that is set already ends the
 * walk as a circle.  *@nr counts.
 */
static WalkResult walk(const AnzFreelistWalker *walker, const AnzCache *cache, const AnzSlab *slab,
		       LinkForm form, guint64 object, guint8 *map, guint32 *nr)
{
	const AnzKernel *kernel = walker->graph->kernel;

	while (object) {
		guint64 at, from, index;

		object = anz_kernel_untag(kernel, object);
		from = object - walker->base - slab->first;
		index = from / cache->size;
		if (object < walker->base + slab->first || from % cache->size ||
		    index >= slab->nr_objects || map[index / 8] >> (index % 8) & 1)
			return WALK_BROKEN;
		map[index / 8] |= 1u << (index % 8);
		++*nr;
		at = object + cache->offset;
		if (at + 8 - walker->base > walker->len)
			return WALK_UNREAD;
		object = decode(form, anz_load64(walker->bytes + (at - walker->base),
						 kernel->big_endian), cache->random, at);
	}
	return WALK_OK;
}

/* Both lists of the slab in one form; @expected: free objects by its counters, -1 if they cannot tell. */
static WalkResult walk_slab(const AnzFreelistWalker *walker, const AnzCache *cache,
			    const AnzSlab *slab, LinkForm form, guint64 cpu_list, gint64 expected,
			    guint8 *map, guint32 *nr)
{
	WalkResult result;

	memset(map, 0, (slab->nr_objects + 7) / 8);
	*nr = 0;
	result = walk(walker, cache, slab, form, slab->freelist, map, nr);
	if (result == WALK_OK && expected >= 0 && *nr != expected)
		result = WALK_MISCOUNTED;
	if (result == WALK_OK && cpu_list)
		result = walk(walker, cache, slab, form, cpu_list, map, nr);
	return result;
}

static gboolean is_wrong(WalkResult result)
{
	return result == WALK_BROKEN || result == WALK_MISCOUNTED;
}

static void note(AnzFreelistWalker *walker, const AnzCache *cache, const AnzSlab *slab,
		 WalkResult result, gint64 expected)
{
	anz_oddities_note(&walker->graph->oddities, (AnzOddity){
		.kind = result == WALK_BROKEN ? ANZ_ODD_SLAB_FREELIST : ANZ_ODD_SLAB_COUNT,
		.pfn = slab->pfn, .address = slab->address, .owner = cache->owner,
		.seen = slab->nr_free, .expected = expected });
}

static void walk_in_some_form(AnzFreelistWalker *walker, AnzCache *cache, AnzSlab *slab,
			      guint64 cpu_list, gint64 expected, guint8 *map)
{
	WalkResult result = walk_slab(walker, cache, slab, walker->form, cpu_list, expected, map,
				      &slab->nr_free);

	/* Until a list proved the form, another one may be it. */
	for (guint form = 0; is_wrong(result) && !walker->form_proved && form < NR_LINKS; form++) {
		guint32 nr;
		g_autofree guint8 *other = g_malloc((slab->nr_objects + 7) / 8);

		if (form == walker->form ||
		    walk_slab(walker, cache, slab, form, cpu_list, expected, other, &nr) != WALK_OK ||
		    nr < 2)
			continue;
		walker->form = form;
		slab->nr_free = nr;
		memcpy(map, other, (slab->nr_objects + 7) / 8);
		result = WALK_OK;
	}
	if (result == WALK_OK && slab->nr_free > 1)
		walker->form_proved = TRUE;
	if (is_wrong(result)) {
		note(walker, cache, slab, result, expected);
		slab->status = "its freelist is broken";
		cache->nr_bad++;
		walker->nr_bad++;
	} else if (result == WALK_UNREAD) {
		slab->status = "its freelist is not in the dump";
		walker->graph->oddities.unread[ANZ_ODD_SLAB_FREELIST]++;
		walker->graph->oddities.unread[ANZ_ODD_SLAB_COUNT]++;
		cache->nr_unread++;
		walker->nr_unread++;
	}
}

void anz_freelist_walk(AnzFreelistWalker *walker, AnzCache *cache, AnzSlab *slab)
{
	const AnzKernel *kernel = walker->graph->kernel;
	const guint64 *cpu_list = g_hash_table_lookup(walker->cpu_lists, &slab->address);
	gint64 expected = -1;
	gsize want = MIN((gsize)slab->nr_pages << kernel->page_shift, MAX_SLAB);

	slab->free_map = walker->free_bits->len;
	g_byte_array_set_size(walker->free_bits, slab->free_map + (slab->nr_objects + 7) / 8);
	if (slab->nr_objects)
		memset(walker->free_bits->data + slab->free_map, 0, (slab->nr_objects + 7) / 8);
	/*
	 * A cpu takes a slab's whole list and counts all objects as in use; what others then free goes to
	 * the slab's own list and is counted there.  So the two agree for frozen slabs too (mm/slub.c:
	 * get_freelist(), __slab_free(), which swap both at once).
	 */
	if (slab->nr_inuse <= slab->nr_objects)
		expected = slab->nr_objects - slab->nr_inuse;
	walker->graph->oddities.looked[ANZ_ODD_SLAB_FREELIST]++;
	walker->graph->oddities.looked[ANZ_ODD_SLAB_COUNT] += expected >= 0;
	if (!slab->freelist && !cpu_list) {
		if (expected > 0)
			note(walker, cache, slab, WALK_MISCOUNTED, expected);
		return;
	}
	walker->base = anz_graph_virt_of(walker->graph, slab->pfn);
	walker->len = walker->base ? anz_image_read_virt(kernel->image, walker->base, walker->bytes,
							 want, NULL) : 0;
	walk_in_some_form(walker, cache, slab, cpu_list ? *cpu_list : 0, expected,
			  walker->free_bits->data + slab->free_map);
}

void anz_freelist_report(AnzFreelistWalker *walker)
{
	AnzKernel *kernel = walker->graph->kernel;
	static const char *const forms[] = {
		"hardened: next ^ random ^ swab(address)", "hardened: next ^ random ^ address",
		"plain pointers",
	};

	if (walker->form_proved)
		anz_kernel_fact(kernel, "slab freelists", "memory", "%s", forms[walker->form]);
	if (walker->nr_bad)
		anz_kernel_remark(kernel, "warning", "slab", walker->nr_bad,
				  "slabs whose freelist is broken: their free objects count as in use "
				  "from there on");
	if (walker->nr_unread)
		anz_kernel_remark(kernel, "note", "slab", walker->nr_unread,
				  "slabs whose freelist is not in the dump: their free objects count as "
				  "in use");
}
