/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Walks the page tables of every address space, once: what they map becomes runs and sums, the tables
 * themselves become pages with an owner.  Anonymous pages go to the first process that maps them, in
 * order of process id, which is the eldest of those that share them by fork().
 */
#include "graph/spaces.h"

/* Runs and entries that are kept; 24 bytes each. */
#define MAX_MAPS (8u << 20)
#define MAX_DEPOSITED 512	/* of one table: one for each of its entries */

/* Pages whose own structures name no owner, so that a page table's word counts. */
#define CLAIMABLE (ANZ_CLASS_BIT(ANZ_CLASS_ANON) | ANZ_CLASS_BIT(ANZ_CLASS_KSM) | \
		   ANZ_CLASS_BIT(ANZ_CLASS_SWAP_CACHE) | ANZ_CLASS_BIT(ANZ_CLASS_HUGETLB) | \
		   ANZ_CLASS_BIT(ANZ_CLASS_KERNEL_OTHER) | ANZ_CLASS_BIT(ANZ_CLASS_UNKNOWN_TYPE))
/* What a table can lie in: an allocated page, or one of the boot allocator or the kernel image. */
#define TABLE_CLASSES (ANZ_CLASS_BIT(ANZ_CLASS_PAGE_TABLE) | \
		       ANZ_CLASS_BIT(ANZ_CLASS_KERNEL_OTHER) | ANZ_CLASS_BIT(ANZ_CLASS_RESERVED) | \
		       ANZ_CLASS_BIT(ANZ_CLASS_KERNEL_IMAGE) | ANZ_CLASS_BIT(ANZ_CLASS_UNKNOWN_TYPE))

/* What no process ever maps: page_table_check would stop the kernel. */
#define UNMAPPABLE (ANZ_CLASS_BIT(ANZ_CLASS_FREE) | ANZ_CLASS_BIT(ANZ_CLASS_FREE_PCP) | \
		    ANZ_CLASS_BIT(ANZ_CLASS_SLAB) | ANZ_CLASS_BIT(ANZ_CLASS_PAGE_TABLE))

/* An entry that is neither empty nor present, until all are known (swap.h). */
typedef struct {
	guint64 raw, vpage;
	guint32 space;
	guint32 nr_pages;
} Absent;

typedef struct {
	AnzGraph *graph;
	AnzSpaces *spaces;
	AnzSpace *space;
	guint32 index;		/* of @space */
	AnzMap run;		/* open if it has pages */
	gboolean run_claimed;
	GHashTable *seen;	/* frames of this tree's tables, plus one */
	guint64 current[ANZ_TABLE_LEVELS];	/* frame of the table being read, by level */
	guint64 deposits_of;	/* frame of the table whose deposits were taken last */
	GArray *absent;		/* Absent */
	AnzField huge_pte, table_list, refcount;
	guint64 looping, misplaced, on_free, unkept, lost;
} Walker;

static guint8 class_at(const Walker *w, guint64 pfn)
{
	return anz_graph_class(w->graph, pfn);
}

static void flush(Walker *w)
{
	const AnzMap *run = &w->run;

	if (!run->nr_pages)
		return;
	if (w->run_claimed)
		anz_graph_claim(w->graph, w->space->owner, ANZ_RANK_MAPPED, run->pfn, run->nr_pages,
				run->vpage, ANZ_NR_CLASSES);
	if (w->spaces->maps->len < MAX_MAPS) {
		g_array_append_val(w->spaces->maps, *run);
	} else {
		w->space->whole = FALSE;
		w->unkept++;
	}
	w->run.nr_pages = 0;
}

static void count_mapping(Walker *w, guint64 pfn)
{
	int tile = anz_planes_find(w->graph->planes, pfn);
	guint16 **counts;

	if (tile < 0)
		return;
	counts = &w->spaces->mapped[tile];
	if (!*counts)
		*counts = g_new0(guint16, ANZ_TILE_PAGES);
	if ((*counts)[anz_tile_index(pfn)] < G_MAXUINT16)
		(*counts)[anz_tile_index(pfn)]++;
}

/* One base page into the open run, or into a new one. */
static void add_page(Walker *w, guint64 vpage, guint64 pfn, guint flags, gboolean claimed)
{
	AnzMap *run = &w->run;

	if (!run->nr_pages || run->vpage + run->nr_pages != vpage ||
	    run->pfn + run->nr_pages != pfn || run->flags != flags ||
	    w->run_claimed != claimed || !(pfn % ANZ_MAP_BLOCK)) {
		flush(w);
		*run = (AnzMap){ .vpage = vpage, .pfn = pfn, .space = w->index, .flags = flags };
		w->run_claimed = claimed;
	}
	run->nr_pages++;
	count_mapping(w, pfn);
}

/* mm_counter() of include/linux/mm.h: anonymous, shmem, and all else that is counted. */
typedef enum { KIND_ANON, KIND_SHMEM, KIND_HUGETLB, KIND_FILE } Kind;

static Kind kind_of(guint8 page_class)
{
	switch (page_class) {
	case ANZ_CLASS_ANON:
	case ANZ_CLASS_KSM:
	case ANZ_CLASS_SWAP_CACHE:
		return KIND_ANON;
	case ANZ_CLASS_SHMEM:
		return KIND_SHMEM;
	case ANZ_CLASS_HUGETLB:
		return KIND_HUGETLB;
	default:
		return KIND_FILE;
	}
}

static void count_rss(Walker *w, guint8 page_class, guint64 nr_pages, gboolean is_huge)
{
	AnzSpace *space = w->space;
	Kind kind = kind_of(page_class);

	if (page_class == ANZ_CLASS_FREE || page_class == ANZ_CLASS_FREE_PCP) {
		w->on_free += nr_pages;
		return;
	}
	space->nr_anon += kind == KIND_ANON ? nr_pages : 0;
	space->nr_shmem += kind == KIND_SHMEM ? nr_pages : 0;
	space->nr_hugetlb += kind == KIND_HUGETLB ? nr_pages : 0;
	space->nr_file += kind == KIND_FILE ? nr_pages : 0;
	space->nr_ksm += page_class == ANZ_CLASS_KSM ? nr_pages : 0;
	space->nr_thp += is_huge && kind != KIND_HUGETLB ? nr_pages : 0;
}

static void add_mapped(Walker *w, const AnzTableEntry *entry)
{
	guint shift = w->graph->kernel->page_shift;
	guint64 pfn = entry->paddr >> shift, nr_pages = entry->nr_bytes >> shift;
	guint8 page_class = class_at(w, pfn);
	guint flags = (entry->level ? ANZ_MAP_HUGE : 0) | (entry->special ? ANZ_MAP_SPECIAL : 0);

	/* Memory of devices has no class, and the zero page is everybody's. */
	if (page_class == ANZ_CLASS_HOLE)
		return;
	w->graph->oddities.looked[ANZ_ODD_TABLE_TARGET]++;
	if (UNMAPPABLE >> page_class & 1 && !entry->special)
		anz_oddities_note(&w->graph->oddities, (AnzOddity){
			.kind = ANZ_ODD_TABLE_TARGET, .pfn = pfn, .seen = entry->vaddr,
			.expected = page_class, .owner = w->space->owner });
	if (entry->special || page_class == ANZ_CLASS_ZERO_PAGE) {
		w->space->nr_special += nr_pages;
		if (page_class == ANZ_CLASS_ZERO_PAGE)
			return;
	} else {
		count_rss(w, page_class, nr_pages, entry->level);
	}
	nr_pages = MIN(nr_pages, w->graph->planes->max_pfn - pfn);
	for (guint64 i = 0; i < nr_pages; i++)
		add_page(w, (entry->vaddr >> shift) + i, pfn + i, flags,
			 CLAIMABLE >> page_class & 1);
}

static void add_table(Walker *w, guint64 pfn, guint64 nr_pages, guint level, guint64 vaddr,
		      gboolean deposited)
{
	AnzTablePage table = { .vaddr = vaddr, .owner = w->space->owner, .level = level,
			       .deposited = deposited };

	w->space->nr_tables[level]++;
	anz_graph_claim(w->graph, w->space->owner, ANZ_RANK_WALKED, pfn, nr_pages, ANZ_NO_POSITION,
			ANZ_CLASS_PAGE_TABLE);
	for (table.pfn = pfn; table.pfn < pfn + nr_pages; table.pfn++)
		if (w->spaces->tables->len < MAX_MAPS)
			g_array_append_val(w->spaces->tables, table);
}

/*
 * Tables in store for huge pages: pmd_huge_pte of the table's own struct page points at the first, the
 * others hang on a ring with it (pgtable_trans_huge_deposit(), mm/pgtable-generic.c).
 */
static void take_deposits(Walker *w, guint64 table_pfn, guint64 vaddr)
{
	AnzKernel *kernel = w->graph->kernel;
	guint64 first, at, page = anz_kernel_page_address(kernel, table_pfn);

	if (kernel->memdesc || !w->huge_pte.known || !w->table_list.known || !page ||
	    !anz_kernel_read_u64(kernel, page + w->huge_pte.offset, &first))
		return;
	at = first;
	for (guint i = 0; at && i < MAX_DEPOSITED; i++) {
		guint64 pfn = anz_kernel_page_pfn(kernel, at);

		if (pfn == G_MAXUINT64 || class_at(w, pfn) != ANZ_CLASS_PAGE_TABLE ||
		    !g_hash_table_add(w->seen, GSIZE_TO_POINTER(pfn + 1)))
			return;
		add_table(w, pfn, 1, 0, vaddr, TRUE);
		if (!anz_kernel_read_u64(kernel, at + w->table_list.offset, &at))
			return;
		at -= w->table_list.offset;
		if (at == first)
			return;
	}
}

static gboolean visit_entry(const AnzTableEntry *entry, gpointer data)
{
	Walker *w = data;
	guint shift = w->graph->kernel->page_shift;
	Absent absent = { .raw = entry->raw, .vpage = entry->vaddr >> shift, .space = w->index,
			  .nr_pages = MIN(entry->nr_bytes >> shift, G_MAXUINT32) };

	if (anz_graph_cancelled(w->graph))
		return FALSE;
	if (entry->present) {
		add_mapped(w, entry);
	} else if (w->absent->len < MAX_MAPS) {
		anz_swap_vote(w->spaces->swap, w->graph, entry->raw);
		g_array_append_val(w->absent, absent);
	} else {
		w->space->whole = FALSE;
		w->unkept++;
	}
	if (entry->level == 1 && w->current[1] != w->deposits_of) {
		w->deposits_of = w->current[1];
		take_deposits(w, w->current[1],
			      /* a table is a page of 8-byte entries */
			      entry->vaddr & ~((entry->nr_bytes << (shift - 3)) - 1));
	}
	return TRUE;
}

/*
 * x86-64 allocates top tables in pairs where it may have to keep a second one with little of the
 * kernel in it (PGD_ALLOCATION_ORDER); a later page of a block has no users of its own.
 */
static gboolean has_second(const Walker *w, guint64 pfn)
{
	AnzKernel *kernel = w->graph->kernel;
	guint64 page = anz_kernel_page_address(kernel, pfn + 1);
	guint32 refcount;

	return anz_image_arch(kernel->image) == ANZ_ARCH_X86_64 && !kernel->memdesc && !(pfn & 1) &&
	       class_at(w, pfn + 1) == ANZ_CLASS_KERNEL_OTHER && page && w->refcount.known &&
	       anz_kernel_read_u32(kernel, page + w->refcount.offset, &refcount) && !refcount;
}

static void note_entry(Walker *w, guint64 pfn, guint64 vaddr, const char *what)
{
	anz_oddities_note(&w->graph->oddities, (AnzOddity){
		.kind = ANZ_ODD_TABLE_ENTRY, .pfn = pfn, .seen = vaddr, .owner = w->space->owner,
		.what = what });
}

static gboolean visit_table(guint64 paddr, guint64 nr_bytes, guint level, guint64 vaddr,
			    gpointer data)
{
	Walker *w = data;
	guint shift = w->graph->kernel->page_shift;
	guint64 pfn = paddr >> shift, nr_pages = MAX(nr_bytes >> shift, 1);
	guint8 page_class = class_at(w, pfn);
	gboolean is_root = paddr == w->space->root;

	w->current[level] = pfn;
	w->graph->oddities.looked[ANZ_ODD_TABLE_ENTRY]++;
	if (!g_hash_table_add(w->seen, GSIZE_TO_POINTER(pfn + 1))) {
		/* KASAN's shadow is mostly one table that is pointed at again and again. */
		if (w->space->address) {
			w->looping++;
			note_entry(w, pfn, vaddr, "a table of this tree, again");
		}
		return FALSE;
	}
	/* A top table smaller than a page is an object of a slab cache. */
	if (page_class == ANZ_CLASS_SLAB && is_root)
		return TRUE;
	if (!(TABLE_CLASSES >> page_class & 1)) {
		w->misplaced++;
		/*
		 * Of what is not in the dump nothing can be said, nor of a table in memory that is there
		 * and has no struct page: firmware's, or kept from the kernel.
		 */
		if (page_class == ANZ_CLASS_EXCLUDED || page_class == ANZ_CLASS_UNREADABLE ||
		    (page_class == ANZ_CLASS_HOLE &&
		     anz_image_pfn_state(w->graph->kernel->image, pfn) == ANZ_MEM_PRESENT))
			w->graph->oddities.unread[ANZ_ODD_TABLE_ENTRY]++;
		else
			note_entry(w, pfn, vaddr, anz_page_class_info(page_class)->name);
		return FALSE;
	}
	if (is_root && w->space->address && has_second(w, pfn)) {
		nr_pages = 2;
		g_hash_table_add(w->seen, GSIZE_TO_POINTER(pfn + 2));
	}
	add_table(w, pfn, nr_pages, level, vaddr, FALSE);
	return TRUE;
}

static void lose_table(guint64 paddr, guint level, guint64 vaddr, AnzMemState why, gpointer data)
{
	Walker *w = data;

	w->space->nr_lost++;
	w->lost++;
	w->graph->oddities.unread[ANZ_ODD_TABLE_ENTRY]++;
}

/* Of the kernel's own tree only the tables are of interest: what it maps is all of memory. */
static gboolean pass_entry(const AnzTableEntry *entry, gpointer data)
{
	return !anz_graph_cancelled(((Walker *)data)->graph);
}

static void walk_space(Walker *w, guint index)
{
	const AnzTableVisitor user = { visit_table, visit_entry, lose_table };
	const AnzTableVisitor kernel = { visit_table, pass_entry, lose_table };
	AnzImage *image = w->graph->kernel->image;
	AnzSpace *space = &g_array_index(w->spaces->spaces, AnzSpace, index);

	w->space = space;
	w->index = index;
	w->deposits_of = G_MAXUINT64;
	space->first_map = w->spaces->maps->len;
	space->whole = TRUE;
	g_hash_table_remove_all(w->seen);
	if (space->root)
		anz_image_walk_tables(image, space->address ? ANZ_TABLES_USER : ANZ_TABLES_KERNEL,
				      space->root, space->address ? &user : &kernel, w);
	flush(w);
	space->nr_maps = w->spaces->maps->len - space->first_map;
	space->whole &= !space->nr_lost;
}

/* Entries that were not present, now that all have been seen. */
static void add_absent(Walker *w)
{
	AnzSpaces *s = w->spaces;

	anz_swap_settle(s->swap, w->graph);
	for (guint i = 0; i < w->absent->len; i++) {
		const Absent *absent = &g_array_index(w->absent, Absent, i);
		AnzSpace *space = &g_array_index(s->spaces, AnzSpace, absent->space);
		guint64 vaddr = absent->vpage << w->graph->kernel->page_shift, offset;
		AnzVma *vma = anz_vmas_find(s->vmas, space->first_vma, space->nr_vmas, vaddr);
		guint type;

		w->space = space;
		switch (anz_swap_decode(s->swap, w->graph, absent->raw, &type, &offset)) {
		case ANZ_SWAP_SLOT:
			space->nr_swap += absent->nr_pages;
			anz_swap_add_use(s->swap, type, space->owner, absent->nr_pages);
			if (vma)
				vma->nr_swap += absent->nr_pages;
			break;
		case ANZ_SWAP_MIGRATION:
			/* Still counted while it moves. */
			count_rss(w, class_at(w, offset), absent->nr_pages, absent->nr_pages > 1);
			break;
		case ANZ_SWAP_HWPOISON:
		case ANZ_SWAP_OTHER:
			break;
		}
	}
}

/* A page's share of each of its mappings, as /proc/PID/smaps has it, and the areas' own sums. */
static void sum_up(Walker *w, AnzSpace *space)
{
	AnzSpaces *s = w->spaces;
	guint64 page_bytes = (guint64)1 << w->graph->kernel->page_shift, share = 0;
	AnzVma *vma = NULL;

	for (guint i = space->first_map; i < space->first_map + space->nr_maps; i++) {
		const AnzMap *map = &g_array_index(s->maps, AnzMap, i);

		for (guint64 n = 0; n < map->nr_pages && !(map->flags & ANZ_MAP_SPECIAL); n++) {
			guint64 pfn = map->pfn + n, vaddr = (map->vpage + n) * page_bytes;
			Kind kind = kind_of(class_at(w, pfn));

			if (!vma || vaddr < vma->start || vaddr >= vma->end)
				vma = anz_vmas_find(s->vmas, space->first_vma, space->nr_vmas, vaddr);
			if (kind != KIND_HUGETLB)
				share += (page_bytes << 12) /
					 MAX(anz_spaces_mapped(w->graph, pfn), 1);
			if (!vma)
				continue;
			vma->nr_anon += kind == KIND_ANON;
			vma->nr_shmem += kind == KIND_SHMEM;
			vma->nr_hugetlb += kind == KIND_HUGETLB;
			vma->nr_file += kind == KIND_FILE;
		}
	}
	space->pss = share >> 12;
}

static void report(const Walker *w)
{
	AnzKernel *kernel = w->graph->kernel;

	if (w->lost)
		anz_kernel_remark(kernel, "warning", "page-table", w->lost,
				  "page tables that are not in the dump; what they map is not counted");
	if (w->looping)
		anz_kernel_remark(kernel, "warning", "page-table", w->looping,
				  "page-table entries that lead back into the same tree");
	if (w->misplaced)
		anz_kernel_remark(kernel, "warning", "page-table", w->misplaced,
				  "page-table entries that lead to pages which are no page tables");
	if (w->on_free)
		anz_kernel_remark(kernel, "warning", "page-table", w->on_free,
				  "free pages that a process's page tables still map");
	if (w->unkept)
		anz_kernel_remark(kernel, "note", "page-table", w->unkept,
				  "runs of mapped pages left out of table mappings, which is full; "
				  "sums by process count them, shares (PSS) do not");
}

static int by_pfn(gconstpointer a, gconstpointer b)
{
	const AnzTablePage *x = a, *y = b;

	return x->pfn < y->pfn ? -1 : x->pfn > y->pfn;
}

void anz_spaces_walk(AnzGraph *graph)
{
	AnzKernel *kernel = graph->kernel;
	AnzSpaces *s = graph->spaces;
	Walker w = { .graph = graph, .spaces = s };

	w.seen = g_hash_table_new(NULL, NULL);
	w.absent = g_array_new(FALSE, FALSE, sizeof(Absent));
	if (!anz_field(kernel, "ptdesc", "pmd_huge_pte", &w.huge_pte))
		anz_field(kernel, "page", "pmd_huge_pte", &w.huge_pte);
	if (!anz_field(kernel, "ptdesc", "pt_list", &w.table_list))
		anz_field(kernel, "page", "lru", &w.table_list);
	anz_field(kernel, "page", "_refcount", &w.refcount);
	for (guint i = 0; i < s->spaces->len && !anz_graph_cancelled(graph); i++)
		walk_space(&w, i);
	add_absent(&w);
	s->whole &= !w.lost && !anz_graph_cancelled(graph);
	for (guint i = 0; i < s->spaces->len; i++)
		sum_up(&w, &g_array_index(s->spaces, AnzSpace, i));
	g_array_sort(s->tables, by_pfn);
	report(&w);
	g_array_unref(w.absent);
	g_hash_table_unref(w.seen);
}
