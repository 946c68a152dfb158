/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The machine being made: memory map, allocator state, what every frame is. One arrow
 * of time: boot.c lays out memory, work.c runs the allocators, books.c and the page
 * format write what came out into the image, truth.c into the truth file.
 */
#ifndef MKCORE_MACHINE_H
#define MKCORE_MACHINE_H

#include <glib.h>

#include "image.h"
#include "kbuild.h"
#include "recipe.h"

#define NO_PFN G_MAXUINT32
#define MAX_ORDERS 16
#define MAX_TYPES 8
#define MAX_PCP_LISTS 16
#define MAX_NODES 64
#define ZONES_PER_NODE 5

/* a doubly linked list of frames; the links are frame_next() and frame_prev() */
struct flist {
	guint32 head, tail;
	guint64 nr;
};

struct pcp {
	struct flist lists[MAX_PCP_LISTS];
	int count, high, batch;
	guint64 pages_pa, zonestat_pa;	/* where the per-cpu structures are */
};

struct zone {
	const struct recipe_zone *recipe;
	int index;		/* in machine.zones */
	int node, type;
	guint64 start_pfn, end_pfn;
	guint64 present, managed;
	guint64 va;		/* of the struct zone */
	struct flist free[MAX_ORDERS][MAX_TYPES];
	guint64 nr_free[MAX_ORDERS];
	struct flist unaccepted;
	struct pcp *pcp;	/* one per cpu */
	guint64 pcp_ptr, zonestat_ptr;	/* the percpu pointers */
	guint64 nr_isolate, nr_highatomic, cma_pages;
	guint64 stat[64];	/* vm_stat as it would be without per-cpu deltas */
	guint32 vmemmap_tail[16];	/* shared tail frames by order, HVO of 7.1 */
};

struct node {
	gboolean present;
	guint64 start_pfn, end_pfn, pages;
	guint64 pgdat_va;
	guint64 nodestat_ptr;
	guint64 *nodestat_pa;	/* one per cpu */
	guint64 stat[64];
	int nr_zones;
	struct zone *zones[ZONES_PER_NODE];
};

/* RAM, sorted; each piece belongs to one zone */
struct ram {
	guint64 start_pfn, end_pfn;
	struct zone *zone;
	guint64 boot_top;	/* memblock has nothing at or above */
};

enum alloc_flag {
	AF_COMPOUND	= 1 << 0,	/* head and tails are marked */
	AF_PINNED	= 1 << 1,	/* the workload must not free it */
	AF_MAPPED	= 1 << 2,
	AF_DIRTY	= 1 << 3,
	AF_ACTIVE	= 1 << 4,
	AF_UNEVICTABLE	= 1 << 5,
	AF_HVO		= 1 << 6,	/* its struct pages are shared */
	AF_POISON	= 1 << 7,	/* a page inside is poisoned */
	AF_IN_USE	= 1 << 8,	/* hugetlb: not in the free pool */
	AF_BARE		= 1 << 9,	/* swap cache without a mapping */
	AF_PMD_MAPPED	= 1 << 10,
	AF_HIDDEN_ORDER	= 1 << 11,	/* nothing in struct page tells the order */
	AF_PRIVATE	= 1 << 12,	/* page cache with buffer heads */
};

struct alloc {
	guint32 pfn;
	guint32 nr_pages;	/* 1 << order except for ranges */
	guint32 owner;		/* inode, anon_vma, mm, slab: by class */
	guint32 index;		/* in the file, or of the virtual address */
	guint32 poison;		/* frame, with AF_POISON */
	gint32 mapcount;
	guint16 flags;
	guint8 order, cls;
	guint32 live;		/* its place in machine.live */
	guint64 word;		/* free for the page format, such as a descriptor */
};

/* per frame */
enum frame_bit {
	FB_RAM		= 1 << 0,
	FB_MAP		= 1 << 1,	/* has a struct page */
	FB_HEAD		= 1 << 2,	/* first frame of an allocation or free block */
	FB_POISON	= 1 << 3,
	FB_WAS_USED	= 1 << 4,	/* allocated once since boot */
	FB_WAS_TAIL	= 1 << 5,
	FB_WAS_HEAD	= 1 << 6,	/* was head of a free block that was merged */
	FB_PRIVATE	= 1 << 7,	/* a driver left something in private */
};

/*
 * What is known of a block at its first frame. In most groups no other frame begins one, and what
 * the others would need is not there: a byte or two for a frame of a large machine, not nine.
 */
#define FRAME_GROUP 512

struct frame_rest {
	guint32 next[FRAME_GROUP], prev[FRAME_GROUP];
	guint8 order[FRAME_GROUP];
};

struct frame_group {
	guint32 next, prev;		/* of the first frame */
	struct frame_rest *rest;	/* of all others, or NULL */
	guint8 order;
};

struct owner {			/* an inode, anon_vma, stable node or mm */
	guint64 pa, va;
	guint32 next_index, node;
	guint64 nr_pages;
};

struct slab_cache {
	char *name;
	guint64 va, pa;		/* of the struct kmem_cache */
	guint32 size, object_size, align, offset, objects;
	guint8 order;
	guint32 flags;
	gboolean reclaimable;
	guint64 random;
	guint64 nr_slabs, nr_objects, in_use;
	GQueue *partial[MAX_NODES];	/* of slab numbers */
	guint64 node_pa[MAX_NODES];	/* of struct kmem_cache_node */
	guint64 node_slabs[MAX_NODES];
	double weight;
};

struct slab {
	guint32 alloc;		/* index of its struct alloc */
	guint16 cache, objects, in_use;
	guint8 node;
	gboolean frozen;
	gint16 cpu;		/* of the active slab, or -1 */
	GList *partial;		/* its place on the list of its node, or NULL */
	guint8 *bits;		/* one bit per object: in use */
};

struct page_format;

struct machine {
	const struct recipe *recipe;
	const struct page_format *format;
	void *format_data;
	struct kbuild *kb;
	struct image img;
	struct rng rng;

	GPtrArray *zones;	/* struct zone, in the recipe's order */
	struct node nodes[MAX_NODES];
	int nr_nodes;
	GArray *ram;		/* struct ram */
	guint64 max_pfn;	/* first frame behind the last section */
	guint64 trap_pfn, nr_trap;
	guint64 boot_used;

	/* per frame; index is the pfn */
	guint8 *cls, *bits;
	struct frame_group *groups;	/* of FRAME_GROUP frames each */
	guint64 nr_groups;
	guint8 *blocks;		/* migratetype per pageblock */
	guint8 *isolated;	/* per pageblock: type before isolation, plus one */
	guint64 nr_blocks;

	/* addresses */
	guint64 page_offset, vmalloc_base, vmemmap;	/* of physical address and frame 0 */
	guint64 low_pa;			/* memory begins in the GiB from here */
	guint64 phys_offset, vmemmap_start;	/* aarch64: of the lowest address */
	guint64 kernel_va;	/* of _text as it runs */
	guint64 kernel_base;	/* of _text as it is linked */
	guint64 pgd_pa;
	guint64 per_cpu_offset[8192];
	guint64 percpu_unit, percpu_next, percpu_start, percpu_base_pa;
	guint32 *vmemmap_frame;	/* frame behind each base page of vmemmap */
	guint64 nr_vmemmap;
	guint32 page_size_struct;	/* sizeof(struct page) */

	int nr_types, nr_pcp_lists;

	GArray *allocs;		/* struct alloc; freed ones have cls PC_FREE */
	GArray *alloc_free;	/* of guint32: slots to use again */
	GArray *live;		/* of guint32: allocs the workload may free */
	guint64 used[PC_COUNT];
	GArray *inodes, *shmem, *anon, *ksm, *mms;	/* struct owner */
	GPtrArray *caches;	/* struct slab_cache */
	GPtrArray *slabs;	/* struct slab, or NULL */
	GArray *slab_free;	/* of guint32 */
	int cpu;		/* the one that runs */

	guint64 vmcoreinfo_pa, note_pa, command_line_pa;
	GString *vmcoreinfo;
};

/* frames.c */
struct frame_rest *frame_rest_new(struct machine *m, guint64 pfn);
void frames_forget(struct machine *m, guint64 pfn, guint64 nr_pages);
void frames_clear(struct machine *m);

static inline struct frame_rest *frame_rest(struct machine *m, guint64 pfn)
{
	struct frame_rest *rest = m->groups[pfn / FRAME_GROUP].rest;

	return rest ? rest : frame_rest_new(m, pfn);
}

/* a free block: the next one on its list */
static inline guint32 *frame_next(struct machine *m, guint64 head)
{
	return head % FRAME_GROUP ? &frame_rest(m, head)->next[head % FRAME_GROUP] :
				    &m->groups[head / FRAME_GROUP].next;
}

static inline guint32 *frame_prev(struct machine *m, guint64 head)
{
	return head % FRAME_GROUP ? &frame_rest(m, head)->prev[head % FRAME_GROUP] :
				    &m->groups[head / FRAME_GROUP].prev;
}

/* an allocated block: its alloc; the same memory, since it is on no list */
static inline guint32 *frame_owner(struct machine *m, guint64 head)
{
	return frame_next(m, head);
}

#define ORDER_BITS 5

/* order of a block; above ORDER_BITS the list of a free one */
static inline guint8 *frame_order(struct machine *m, guint64 head)
{
	return head % FRAME_GROUP ? &frame_rest(m, head)->order[head % FRAME_GROUP] :
				    &m->groups[head / FRAME_GROUP].order;
}

static inline int order_of(struct machine *m, guint64 head)
{
	return *frame_order(m, head) & ((1 << ORDER_BITS) - 1);
}

/* migratetype of the list that a free block is on */
static inline int list_type_of(struct machine *m, guint64 head)
{
	return *frame_order(m, head) >> ORDER_BITS;
}

#define PAGE_SIZE_OF(m) ((guint64)1 << (m)->recipe->page_shift)

/* arch.c */
void arch_layout(struct machine *m);
const char *arch_machine(const struct machine *m);
const char *arch_pgd(const struct machine *m);
gint64 arch_phys_base(const struct machine *m);
void arch_write_variables(struct machine *m);
void arch_vmcoreinfo(struct machine *m, GString *out);
int arch_huge_order(const struct machine *m, gboolean gigantic);

/* boot.c */
gboolean boot_layout(struct machine *m, GError **error);
gboolean boot_memory(struct machine *m, GError **error);
struct zone *zone_of(struct machine *m, guint64 pfn);
guint64 boot_alloc(struct machine *m, int node, guint64 len, guint64 align);
guint64 percpu_alloc(struct machine *m, guint64 len);
guint64 percpu_pa(struct machine *m, guint64 ptr, int cpu);

/* paging.c */
void paging_map(struct machine *m, guint64 va, guint64 pa, guint64 len, int max_shift);
void paging_boot(struct machine *m);
guint64 paging_table_entry(const struct machine *m, guint64 table_pa);
int paging_pmd_shift(const struct machine *m);
gboolean paging_is_split(struct machine *m, guint64 va);
void paging_split(struct machine *m, guint64 va, guint32 table);
void paging_set_pte(struct machine *m, guint64 va, guint64 pa, gboolean writable);
guint64 kernel_pa(const struct machine *m, guint64 linked_va);
guint64 symbol_pa(const struct machine *m, const char *name);
guint64 symbol_va(const struct machine *m, const char *name);

static inline guint64 phys_to_virt(const struct machine *m, guint64 pa)
{
	return m->page_offset + pa;
}

/* an address in low memory, for pointers to what nobody looks at */
static inline guint64 low_va(const struct machine *m, guint64 offset)
{
	return phys_to_virt(m, m->low_pa + offset);
}

static inline guint64 page_va(const struct machine *m, guint64 pfn)
{
	return m->vmemmap + pfn * m->page_size_struct;
}

/* where byte 0 of a struct page lies in the image; it may run on into a second frame */
guint64 page_pa(const struct machine *m, guint64 pfn);

/* buddy.c */
void flist_init(struct flist *l);
void flist_add(struct machine *m, struct flist *l, guint32 pfn, gboolean tail);
void flist_del(struct machine *m, struct flist *l, guint32 pfn);
void buddy_init(struct machine *m);
void buddy_free_boot(struct machine *m, struct zone *z, guint64 start, guint64 end);
guint32 buddy_alloc(struct machine *m, int node, gboolean movable, int mt, int order);
void buddy_free(struct machine *m, guint32 pfn, int order);
guint32 buddy_alloc_aligned_range(struct machine *m, guint64 nr_pages);
guint32 buddy_take_page(struct machine *m, struct zone *z, guint64 pick);
void buddy_drain(struct machine *m, double keep_percent);
void buddy_isolate(struct machine *m, int nr);
void buddy_set_cma(struct machine *m);
void buddy_set_highatomic(struct machine *m, int nr);
guint64 buddy_free_pages(struct machine *m, struct zone *z);
guint64 buddy_node_free(struct machine *m, int node);
double buddy_fragmentation(struct machine *m);
int block_type(struct machine *m, guint64 pfn);

/* allocs.c */
struct alloc *alloc_get(struct machine *m, guint32 index);
guint32 alloc_new(struct machine *m, guint32 pfn, int order, enum page_class cls,
		  guint32 flags);
void alloc_end(struct machine *m, guint32 index);
void alloc_pin(struct machine *m, guint32 index);
static inline struct alloc *alloc_of(struct machine *m, guint64 head)
{
	return alloc_get(m, *frame_owner(m, head));
}

/* slab.c */
struct slab_cache *slab_cache_new(struct machine *m, const char *name, guint32 size,
				  guint32 align, gboolean reclaimable);
guint64 slab_object_new(struct machine *m, struct slab_cache *c, int node);
void slab_object_free(struct machine *m, struct slab_cache *c, guint64 pa);
guint32 slab_fill(struct machine *m, struct slab_cache *c, int node, double percent);
void slab_boot(struct machine *m);
void slab_freed(struct machine *m, guint32 slab);
struct slab_cache *slab_cache_find(struct machine *m, const char *name);
void slab_write(struct machine *m);

/* hvo.c */
gboolean hvo_optimise(struct machine *m, guint32 alloc);

/* xarray.c */
gboolean xarray_build(struct machine *m);

/* work.c */
gboolean work_run(struct machine *m, GError **error);
void work_step(struct machine *m);

/* run.c */
gboolean run_live(struct machine *m, const char *path, guint64 steps, double seconds,
		  GError **error);

/* books.c */
void books_write(struct machine *m);
void vmcoreinfo_build(struct machine *m);

/* truth.c */
gboolean truth_write(struct machine *m, const char *path, GError **error);

struct machine *machine_new(const struct recipe *r, struct kbuild *kb,
			    const struct page_format *fmt, GError **error);
void machine_free(struct machine *m);

#endif
