/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Descriptors of a memory-descriptor dump: do they exist, and are the pages that point at one those that it
 * states?  What the pass over the words (graph/extents.c) met is judged here; the words of Misc pages are
 * in memdesc-words.c.
 */
#include <string.h>

#include "check/check.h"
#include "graph/slab.h"

static gboolean is_poison(const AnzDescriptor *it)
{
	return it->page_class == ANZ_CLASS_HWPOISON;
}

static AnzFinding *add(AnzChecker *checker, AnzRule rule, const AnzDescriptor *it)
{
	AnzFinding *finding = anz_findings_add(checker->findings, rule, it->pfn, it->pfn, 0,
						anz_check_word_excuse(checker));
	const AnzMemdescType *type = &checker->kernel->memdesc->types[it->type];

	if (finding)
		finding->object = g_strdup_printf("%s descriptor at 0x%" G_GINT64_MODIFIER "x",
						  type->name, it->address);
	return finding;
}

/* --- M3, M4: extents --- */

/* States its pages, but others than those that point at it. */
static gboolean is_stranger(const AnzChecker *checker, const AnzDescriptor *it)
{
	return it->status == ANZ_DESCRIPTOR_OTHER_EXTENT ||
	       (it->status == ANZ_DESCRIPTOR_TWICE && !it->stated &&
		checker->kernel->memdesc->types[it->type].has_extent);
}

static guint64 *key_of(const AnzDescriptor *it)
{
	guint64 key = it->address | it->type;

	return g_memdup2(&key, sizeof(key));
}

/* Words that stand in more than one place: by word the number of places, and of strangers among them. */
typedef struct {
	guint places, strangers;
	guint64 torn_pfn;	/* extent of a descriptor whose pages are parted by others */
} Places;

static GHashTable *find_places(const AnzChecker *checker)
{
	GHashTable *places = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
	const AnzSpool *all = checker->descriptors;

	for (guint i = 0; i < all->len && !anz_is_cancelled(checker->cancel); i++) {
		const AnzDescriptor *it = &anz_spool_index(all, AnzDescriptor, i);

		if (it->status == ANZ_DESCRIPTOR_TWICE)
			g_hash_table_replace(places, key_of(it), g_new0(Places, 1));
	}
	for (guint i = 0; g_hash_table_size(places) && i < all->len; i++) {
		const AnzDescriptor *it = &anz_spool_index(all, AnzDescriptor, i);
		guint64 key = it->address | it->type;
		Places *at = is_poison(it) ? NULL : g_hash_table_lookup(places, &key);

		if (!at)
			continue;
		at->places++;
		at->strangers += is_stranger(checker, it);
		if (it->stated)
			at->torn_pfn = it->pfn;
	}
	return places;
}

static void check_extent(AnzChecker *checker, const AnzDescriptor *it, const Places *places)
{
	gboolean stranger = is_stranger(checker, it);
	AnzFinding *finding = NULL;
	AnzRule rule = ANZ_RULE_MEMDESC_EXTENT;

	/* Parts of one extent, with something else between them, are one finding. */
	if (places && (stranger || (!places->strangers && it->status == ANZ_DESCRIPTOR_TWICE &&
				    !it->stated)))
		rule = ANZ_RULE_MEMDESC_SHARED;
	else if (!stranger && it->status != ANZ_DESCRIPTOR_REACHES_OVER)
		return;
	finding = add(checker, rule, it);
	if (!finding)
		return;
	finding->expected = g_strdup(rule == ANZ_RULE_MEMDESC_SHARED ?
				     "pages in one place" : "the pages that it states");
	finding->seen = g_strdup(anz_descriptor_status(it->status));
}

/* --- M1, M2, M7: objects --- */

typedef struct {
	guint32 uses[ANZ_MEMDESC_MAX_TYPES];	/* by type, of descriptors in this cache */
} CacheUse;

static const char *struct_of(const AnzChecker *checker, guint type)
{
	const char *name = checker->kernel->memdesc->types[type].struct_name;

	return name ? name : "";
}

/* Physical address of a descriptor, G_MAXUINT64 if its memory is not mapped. */
static guint64 descriptor_paddr(AnzChecker *checker, guint64 address)
{
	guint64 paddr, len;

	return anz_image_translate(checker->kernel->image, address, &paddr, &len) ? paddr : G_MAXUINT64;
}

static void check_in_slab(AnzChecker *checker, const AnzDescriptor *it, CacheUse *uses)
{
	const AnzSlabs *slabs = checker->graph->slabs;
	guint64 paddr = descriptor_paddr(checker, it->address);
	guint shift = checker->kernel->page_shift;
	const AnzSlab *slab;
	const AnzCache *cache;
	guint64 offset;
	AnzFinding *finding;

	if (paddr == G_MAXUINT64)
		return;	/* M2 says so */
	anz_check_evaluated(checker, ANZ_RULE_MEMDESC_OBJECT, 1);
	anz_check_evaluated(checker, ANZ_RULE_MEMDESC_DESCRIPTOR_FREE, 1);
	slab = slabs ? anz_slabs_at(slabs, paddr >> shift) : NULL;
	if (!slab) {
		const AnzTile *tile = anz_planes_tile(checker->planes, paddr >> shift);
		guint8 c = tile ? tile->page_class[anz_tile_index(paddr >> shift)] : ANZ_CLASS_HOLE;
		gboolean is_free = c == ANZ_CLASS_FREE || c == ANZ_CLASS_FREE_PCP;

		finding = add(checker, is_free ? ANZ_RULE_MEMDESC_DESCRIPTOR_FREE :
			      ANZ_RULE_MEMDESC_OBJECT, it);
		if (!finding)
			return;
		finding->expected = g_strdup("an object of a slab cache");
		finding->seen = g_strdup_printf("its page is %s", anz_page_class_info(c)->name);
		return;
	}
	cache = &g_array_index(slabs->caches, AnzCache, slab->cache);
	offset = paddr - (slab->pfn << shift);
	if (cache->size && (offset < slab->first || (offset - slab->first) % cache->size)) {
		finding = add(checker, ANZ_RULE_MEMDESC_OBJECT, it);
		if (finding) {
			finding->expected = g_strdup_printf("the start of an object of cache %s",
							    cache->name);
			finding->seen = g_strdup_printf("byte %" G_GUINT64_FORMAT " of its slab",
							offset);
		}
		return;
	}
	uses[slab->cache].uses[it->type]++;
}

/* One struct lives in one cache; where a few words say another type than the others the few are wrong. */
static void check_object_type(AnzChecker *checker, const AnzDescriptor *it, const CacheUse *uses)
{
	const AnzSlabs *slabs = checker->graph->slabs;
	guint64 paddr = descriptor_paddr(checker, it->address);
	const AnzSlab *slab = paddr == G_MAXUINT64 ? NULL :
			      anz_slabs_at(slabs, paddr >> checker->kernel->page_shift);
	const char *name = struct_of(checker, it->type);
	guint64 same = 0, others = 0;
	guint other = 0;
	AnzFinding *finding;

	if (!slab)
		return;
	anz_check_evaluated(checker, ANZ_RULE_MEMDESC_OBJECT_TYPE, 1);
	for (guint t = 0; t < ANZ_MEMDESC_MAX_TYPES; t++) {
		guint32 n = uses[slab->cache].uses[t];

		if (!strcmp(struct_of(checker, t), name)) {
			same += n;
		} else if (n) {
			others += n;
			other = t;
		}
	}
	if (others < 8 * same)
		return;
	finding = add(checker, ANZ_RULE_MEMDESC_OBJECT_TYPE, it);
	if (!finding)
		return;
	finding->expected = g_strdup_printf("%s, as the other objects of cache %s",
					    checker->kernel->memdesc->types[other].name,
					    g_array_index(slabs->caches, AnzCache, slab->cache).name);
	finding->seen = g_strdup(checker->kernel->memdesc->types[it->type].name);
}

static void check_pointer(AnzChecker *checker, const AnzDescriptor *it)
{
	const AnzMemdescType *type = &checker->kernel->memdesc->types[it->type];
	AnzFinding *finding;
	guint8 byte;

	anz_check_evaluated(checker, ANZ_RULE_MEMDESC_POINTER, 1);
	if (it->status != ANZ_DESCRIPTOR_UNREADABLE &&
	    (type->read_bytes || anz_kernel_read(checker->kernel, it->address, &byte, 1)))
		return;
	/* What a filtered dump left out says nothing of the kernel. */
	if (descriptor_paddr(checker, it->address) != G_MAXUINT64) {
		anz_check_unreadable(checker, ANZ_RULE_MEMDESC_POINTER, 1);
		return;
	}
	finding = add(checker, ANZ_RULE_MEMDESC_POINTER, it);
	if (!finding)
		return;
	finding->expected = g_strdup("an address that is mapped");
	finding->seen = g_strdup_printf("0x%" G_GINT64_MODIFIER "x", it->address);
}

void anz_check_memdesc(AnzChecker *checker)
{
	static const AnzRule of_objects[] = { ANZ_RULE_MEMDESC_OBJECT, ANZ_RULE_MEMDESC_OBJECT_TYPE,
					      ANZ_RULE_MEMDESC_DESCRIPTOR_FREE };
	const AnzSpool *all = checker->descriptors;
	gboolean in_slabs = !checker->kernel->memdesc->vmemmap_descriptors && checker->graph->slabs &&
			    checker->graph->slabs->caches->len;
	g_autofree CacheUse *uses = in_slabs ?
		g_new0(CacheUse, checker->graph->slabs->caches->len) : NULL;
	g_autoptr(GHashTable) places = find_places(checker);

	for (guint i = 0; !in_slabs && i < G_N_ELEMENTS(of_objects); i++)
		anz_check_not_here(checker, of_objects[i], checker->kernel->memdesc->vmemmap_descriptors ?
				   "descriptors lie in the page array that this dump was made from" :
				   "slab caches are not known");
	for (guint i = 0; i < all->len && !anz_is_cancelled(checker->cancel); i++) {
		const AnzDescriptor *it = &anz_spool_index(all, AnzDescriptor, i);
		guint64 key = it->address | it->type;

		check_pointer(checker, it);
		if (in_slabs)
			check_in_slab(checker, it, uses);
		if (is_poison(it))
			continue;
		anz_check_evaluated(checker, ANZ_RULE_MEMDESC_EXTENT, 1);
		anz_check_evaluated(checker, ANZ_RULE_MEMDESC_SHARED, 1);
		check_extent(checker, it, g_hash_table_lookup(places, &key));
	}
	for (guint i = 0; in_slabs && i < all->len && !anz_is_cancelled(checker->cancel); i++)
		check_object_type(checker, &anz_spool_index(all, AnzDescriptor, i), uses);
}
