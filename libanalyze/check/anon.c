/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Anonymous pages: each names an anon_vma, or a node of KSM, that is in use.  Only for pages that are mapped:
 * an anon_vma may be gone before the last page in the swap cache that names it (folio_get_anon_vma(),
 * mm/rmap.c).
 */
#include "check/check.h"
#include "graph/slab.h"

#define MAPPING_BITS 3ull	/* 1 anonymous, 3 KSM (include/linux/page-flags.h) */
#define MAPPING_KSM 3
#define MAX_TYPES 4		/* of descriptors that have a mapping */

typedef struct {
	AnzChecker *checker;
	int anon_cache, ksm_cache;	/* in AnzSlabs.caches; -1: not known, then any */
	struct {
		const char *type;
		AnzField mapping;
	} types[MAX_TYPES];
} Look;

/* Where items of @type have their mapping; %NULL: they have none. */
static const AnzField *mapping_of(Look *look, const char *type)
{
	AnzKernel *kernel = look->checker->kernel;

	if (!type)
		type = anz_types_find(kernel->types, "folio") ? "folio" : "page";
	for (guint i = 0; i < MAX_TYPES; i++) {
		if (!look->types[i].type) {
			look->types[i].type = type;
			anz_field(kernel, type, "mapping", &look->types[i].mapping);
		}
		if (g_str_equal(look->types[i].type, type))
			return look->types[i].mapping.known ? &look->types[i].mapping : NULL;
	}
	return NULL;
}

static gboolean is_mapped(const AnzChecker *checker, const AnzItem *item)
{
	const AnzTile *tile = anz_planes_tile(checker->planes, item->pfn);

	return tile && tile->attr[anz_tile_index(item->pfn)] & ANZ_ATTR_MAPPED;
}

/* What the page names instead of an object in use; %NULL: it is one, or cannot be looked at. */
static const char *what_is(const Look *look, guint64 address, int cache, gboolean *unread)
{
	const AnzChecker *checker = look->checker;
	const AnzSlabs *slabs = checker->graph->slabs;
	guint64 paddr, len, offset;
	const AnzSlab *slab;
	const AnzCache *it;

	if (!anz_image_translate(checker->kernel->image, address, &paddr, &len))
		return "not mapped";
	slab = anz_slabs_at(slabs, paddr >> checker->kernel->page_shift);
	if (!slab)
		return "in no slab";
	it = &g_array_index(slabs->caches, AnzCache, slab->cache);
	offset = paddr - (slab->pfn << checker->kernel->page_shift) - slab->first;
	if (cache >= 0 && slab->cache != (guint)cache)
		return "an object of another cache";
	if (slab->kfence && !slab->nr_objects) {
		/* Nothing says whether it has one, or where. */
		*unread = TRUE;
		return NULL;
	}
	if (offset % it->size)
		return "amid an object";
	*unread = g_strcmp0(slab->status, "ok") != 0;
	if (!*unread && offset / it->size < slab->nr_objects &&
	    anz_slab_object_free(slabs, slab, offset / it->size))
		return "a free object";
	return NULL;
}

static void look_at(const AnzItem *item, gpointer data)
{
	Look *look = data;
	AnzChecker *checker = look->checker;
	const AnzField *field = mapping_of(look, item->type);
	gboolean unread = FALSE;
	AnzFinding *finding;
	const char *what;
	guint64 mapping;

	if (!field || !is_mapped(checker, item))
		return;
	if (!anz_kernel_read_u64(checker->kernel, item->address + field->offset, &mapping)) {
		anz_check_unreadable(checker, ANZ_RULE_ANON_MAPPING, 1);
		return;
	}
	/* What a memory descriptor points at is told by its type alone. */
	what = what_is(look, anz_kernel_untag(checker->kernel, mapping & ~MAPPING_BITS),
		       (mapping & MAPPING_BITS) == MAPPING_KSM ? look->ksm_cache : look->anon_cache, &unread);
	if (unread)
		anz_check_unreadable(checker, ANZ_RULE_ANON_MAPPING, 1);
	else
		anz_check_evaluated(checker, ANZ_RULE_ANON_MAPPING, 1);
	if (!what)
		return;
	finding = anz_findings_add(checker->findings, ANZ_RULE_ANON_MAPPING, item->pfn, item->pfn,
				   item->address, NULL);
	if (!finding)
		return;
	finding->object = g_strdup(item->page_class == ANZ_CLASS_KSM ? "KSM page" : "anonymous page");
	finding->expected = g_strdup(item->page_class == ANZ_CLASS_KSM ? "a node of KSM" : "an anon_vma");
	finding->seen = g_strdup_printf("0x%" G_GINT64_MODIFIER "x: %s", mapping, what);
}

void anz_check_anon(AnzChecker *checker)
{
	Look look = { .checker = checker };

	if (!checker->graph->slabs || !checker->graph->slabs->slabs->len) {
		anz_check_not_here(checker, ANZ_RULE_ANON_MAPPING, "slabs are not known");
		return;
	}
	look.anon_cache = anz_slabs_find(checker->graph, "anon_vma_cachep");
	look.ksm_cache = anz_slabs_find(checker->graph, "stable_node_cache");
	anz_graph_each_item(checker->graph, ANZ_CLASS_BIT(ANZ_CLASS_ANON) |
			    ANZ_CLASS_BIT(ANZ_CLASS_KSM), look_at, &look);
}
