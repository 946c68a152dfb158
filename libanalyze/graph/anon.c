/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Anonymous pages that no page table maps: in the swap cache, on the move, or part of a huge page
 * that is mapped elsewhere.  Their folio still names an anon_vma, whose tree of areas leads to the
 * process, or a node of KSM, whose list does; in the swap cache alone it names a slot.
 */
#include "graph/spaces.h"

#define MAX_VISITS 4096		/* of one tree or list */
#define MAX_DEPTH 64

/* page->mapping: the two low bits tell what the pointer is to (include/linux/page-flags.h). */
#define MAPPING_ANON 1
#define MAPPING_KSM 3

/* Members of a folio, or of what a memory-descriptor format has in its place. */
typedef struct {
	const char *type;
	AnzField mapping, index, slot;
} FolioLayout;

typedef struct {
	AnzGraph *graph;
	FolioLayout layouts[4];	/* the overlay first; unused ones have no type */
	AnzRecord folio, chain, vma, rmap_item;
	AnzField root, rb, rb_left, rb_right, chain_vma, subtree_last;
	AnzField vm_start, vm_end, vm_pgoff, vm_mm;
	AnzField ksm_first, ksm_link, ksm_mm, ksm_address;
	guint visits;
	guint64 nobody;
} Finder;

/* Where a folio belongs. */
typedef struct {
	guint32 owner;
	guint64 position;	/* of the folio's first page */
} Place;

static void resolve_folio(AnzKernel *kernel, const char *type, FolioLayout *layout)
{
	layout->type = type;
	anz_field(kernel, type, "mapping", &layout->mapping);
	anz_field(kernel, type, "index|__folio_index", &layout->index);
	/* folio->swap since 6.6; a swp_entry_t in private before. */
	anz_field(kernel, type, "swap.val|private", &layout->slot);
}

/* anon_folio and folio may be two structs; %NULL if there are more than anybody thought of. */
static const FolioLayout *layout_of(Finder *f, const AnzItem *item)
{
	if (!item->type)
		return &f->layouts[0];
	for (guint i = 0; i < G_N_ELEMENTS(f->layouts); i++) {
		if (!f->layouts[i].type)
			resolve_folio(f->graph->kernel, item->type, &f->layouts[i]);
		if (g_str_equal(f->layouts[i].type, item->type))
			return &f->layouts[i];
	}
	return NULL;
}

static void resolve(Finder *f)
{
	AnzKernel *kernel = f->graph->kernel;

	resolve_folio(kernel, anz_types_find(kernel->types, "folio") ? "folio" : "page",
		      &f->layouts[0]);
	anz_field(kernel, "anon_vma", "rb_root.rb_root.rb_node|rb_root.rb_node", &f->root);
	anz_field(kernel, "anon_vma_chain", "rb", &f->rb);
	anz_field(kernel, "anon_vma_chain", "rb.rb_left", &f->rb_left);
	anz_field(kernel, "anon_vma_chain", "rb.rb_right", &f->rb_right);
	anz_field(kernel, "anon_vma_chain", "vma", &f->chain_vma);
	anz_field(kernel, "anon_vma_chain", "rb_subtree_last", &f->subtree_last);
	anz_field(kernel, "vm_area_struct", "vm_start", &f->vm_start);
	anz_field(kernel, "vm_area_struct", "vm_end", &f->vm_end);
	anz_field(kernel, "vm_area_struct", "vm_pgoff", &f->vm_pgoff);
	anz_field(kernel, "vm_area_struct", "vm_mm", &f->vm_mm);
	/* Both had no prefix before 6.1. */
	if (!anz_field(kernel, "ksm_stable_node", "hlist.first", &f->ksm_first))
		anz_field(kernel, "stable_node", "hlist.first", &f->ksm_first);
	if (anz_field(kernel, "ksm_rmap_item", "hlist.next", &f->ksm_link)) {
		anz_field(kernel, "ksm_rmap_item", "mm", &f->ksm_mm);
		anz_field(kernel, "ksm_rmap_item", "address", &f->ksm_address);
		anz_record_init_type(&f->rmap_item, kernel, "ksm_rmap_item");
	} else {
		anz_field(kernel, "rmap_item", "hlist.next", &f->ksm_link);
		anz_field(kernel, "rmap_item", "mm", &f->ksm_mm);
		anz_field(kernel, "rmap_item", "address", &f->ksm_address);
		anz_record_init_type(&f->rmap_item, kernel, "rmap_item");
	}
	/* Each of its members lies within; what is not there reads as not in the dump. */
	anz_record_init(&f->folio, kernel, 256);
	anz_record_init_type(&f->chain, kernel, "anon_vma_chain");
	anz_record_init_type(&f->vma, kernel, "vm_area_struct");
}

static guint32 owner_of_mm(const Finder *f, guint64 mm)
{
	int index = anz_spaces_find(f->graph->spaces, anz_kernel_untag(f->graph->kernel, mm));

	return index < 0 ? 0 : g_array_index(f->graph->spaces->spaces, AnzSpace, index).owner;
}

/* Whether the area at @vma has page @index of its anon_vma. */
static gboolean try_vma(Finder *f, guint64 vma, guint64 index, Place *place)
{
	guint shift = f->graph->kernel->page_shift;
	guint64 start, end, pgoff;

	if (!vma || !anz_record_read(&f->vma, vma))
		return FALSE;
	start = anz_record_get(&f->vma, &f->vm_start) >> shift;
	end = anz_record_get(&f->vma, &f->vm_end) >> shift;
	pgoff = anz_record_get(&f->vma, &f->vm_pgoff);
	if (index < pgoff || index - pgoff >= end - start)
		return FALSE;
	place->owner = owner_of_mm(f, anz_record_get(&f->vma, &f->vm_mm));
	place->position = start + (index - pgoff);
	return place->owner != 0;
}

/* The tree is sorted by first page, each node knows the last page below it (interval_tree.h). */
static gboolean search_tree(Finder *f, guint64 node, guint64 index, guint depth, Place *place)
{
	guint64 left, right, vma;

	if (!node || depth > MAX_DEPTH || f->visits++ > MAX_VISITS ||
	    !anz_record_read(&f->chain, node - f->rb.offset))
		return FALSE;
	left = anz_record_get(&f->chain, &f->rb_left);
	right = anz_record_get(&f->chain, &f->rb_right);
	vma = anz_record_get(&f->chain, &f->chain_vma);
	if (anz_record_has(&f->chain, &f->subtree_last) &&
	    anz_record_get(&f->chain, &f->subtree_last) < index)
		return FALSE;
	return search_tree(f, left, index, depth + 1, place) || try_vma(f, vma, index, place) ||
	       search_tree(f, right, index, depth + 1, place);
}

static gboolean search_ksm(Finder *f, guint64 stable_node, Place *place)
{
	guint64 at;

	if (!f->ksm_first.known || !f->ksm_link.known || !f->ksm_mm.known ||
	    !anz_kernel_read_u64(f->graph->kernel, stable_node + f->ksm_first.offset, &at))
		return FALSE;
	for (guint i = 0; at && i < MAX_VISITS; i++) {
		/* next is the first member of an hlist_node. */
		if (!anz_record_read(&f->rmap_item, at - f->ksm_link.offset))
			return FALSE;
		place->owner = owner_of_mm(f, anz_record_get(&f->rmap_item, &f->ksm_mm));
		/* The address has flags in its low bits. */
		place->position = anz_record_get(&f->rmap_item, &f->ksm_address) >>
				  f->graph->kernel->page_shift;
		if (place->owner)
			return TRUE;
		at = anz_record_get(&f->rmap_item, &f->ksm_link);
	}
	return FALSE;
}

static gboolean in_swap(Finder *f, const FolioLayout *layout, Place *place)
{
	const AnzSwapArea *area;
	guint64 offset;
	guint type;

	anz_swap_split(anz_record_get(&f->folio, &layout->slot), &type, &offset);
	area = anz_swap_area(f->graph->spaces->swap, type);
	if (!area || !offset || offset >= area->nr_slots)
		return FALSE;
	place->owner = anz_graph_owner(f->graph, ANZ_OWNER_SWAP, area->address,
				       "swap area %u%s%s", type, area->name ? ", " : "",
				       area->name ? area->name : "");
	place->position = offset;
	return TRUE;
}

static gboolean find_place(Finder *f, const AnzItem *item, Place *place)
{
	AnzKernel *kernel = f->graph->kernel;
	const FolioLayout *layout = layout_of(f, item);
	guint64 mapping, index, address, root;

	if (!layout || !anz_record_read(&f->folio, item->address))
		return FALSE;
	mapping = anz_record_get(&f->folio, &layout->mapping);
	index = anz_record_get(&f->folio, &layout->index);
	address = anz_kernel_untag(kernel, mapping & ~(guint64)3);
	f->visits = 0;
	if ((mapping & 3) == MAPPING_KSM && search_ksm(f, address, place))
		return TRUE;
	if ((mapping & 3) == MAPPING_ANON && f->root.known &&
	    anz_kernel_read_u64(kernel, address + f->root.offset, &root) &&
	    search_tree(f, root, index, 0, place))
		return TRUE;
	if (item->page_class == ANZ_CLASS_SWAP_CACHE && in_swap(f, layout, place))
		return TRUE;
	if ((mapping & 3) != MAPPING_ANON)
		return FALSE;
	place->owner = anz_graph_owner(f->graph, ANZ_OWNER_ANON, address,
				       "anonymous memory of no process");
	place->position = index;
	return TRUE;
}

static void look_at(const AnzItem *item, gpointer data)
{
	Finder *f = data;
	gboolean looked = FALSE, found = FALSE;
	guint64 from = 0;
	Place place;

	while (from < item->nr_pages && !anz_graph_cancelled(f->graph)) {
		guint64 to = from;

		while (to < item->nr_pages && !anz_spaces_mapped(f->graph, item->pfn + to))
			to++;
		if (to > from && !looked) {
			found = find_place(f, item, &place);
			looked = TRUE;
		}
		if (to > from && found)
			anz_graph_claim(f->graph, place.owner, ANZ_RANK_MAPPED, item->pfn + from,
					to - from, place.position + from, ANZ_NR_CLASSES);
		else if (to > from)
			f->nobody += to - from;
		from = to + 1;
	}
}

void anz_anon_build(AnzGraph *graph)
{
	Finder f = { .graph = graph };

	resolve(&f);
	if (f.layouts[0].mapping.known || graph->kernel->memdesc)
		anz_graph_each_item(graph, ANZ_CLASS_BIT(ANZ_CLASS_ANON) |
				    ANZ_CLASS_BIT(ANZ_CLASS_KSM) |
				    ANZ_CLASS_BIT(ANZ_CLASS_SWAP_CACHE), look_at, &f);
	/* Without tasks in it the dump's anonymous pages belong to nobody it knows. */
	if (f.nobody && graph->spaces->tasks->len)
		anz_kernel_remark(graph->kernel, "note", "anon", f.nobody,
				  "anonymous pages that no page table maps and whose structures lead to "
				  "no process");
	anz_record_clear(&f.folio);
	anz_record_clear(&f.chain);
	anz_record_clear(&f.vma);
	anz_record_clear(&f.rmap_item);
}
