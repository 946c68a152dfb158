/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Faults in the dump of a real kernel: what takes processes, which no sample of mkcore has, and one of most
 * other families.  The dump itself is not touched: its bytes are mapped privately.
 *
 *	real ELF-DUMP VMLINUX VMCOREINFO [OVERLAY]
 *	real --plan ELF-DUMP VMLINUX VMCOREINFO
 *
 * A dump that was rewritten with memory descriptors, which comes with an OVERLAY, gets those faults that are in
 * page tables and in what descriptors count.  VMCOREINFO is a file; - is what the dumped memory has.
 *
 * --plan prints where some of them are to be written, for tests/oracle/damaged: rule, frame, physical address
 * and eight bytes.
 */
#include <string.h>

#include "dump.h"
#include "graph/slab.h"
#include "graph/spaces.h"

/* --- faults --- */

typedef struct {
	const Dump *dump;
	const Stages *sound;
	guint64 pfn;		/* where it must be found; ANZ_NO_PFN: at no page */
	guint64 paddr;
	guint8 *at;		/* what is overwritten, */
	guint8 old[8];		/* and with what it is taken back */
} Fault;

static guint64 page_of(const Fault *f, guint64 pfn, guint offset)
{
	return anz_kernel_page_address(f->sound->kernel, pfn) + offset;
}

static gboolean overwrite(Fault *f, guint64 paddr, guint64 value, gsize len)
{
	f->paddr = paddr;
	f->at = dump_at(f->dump, paddr, sizeof(f->old));
	if (!f->at)
		return FALSE;
	memcpy(f->old, f->at, sizeof(f->old));
	memcpy(f->at, &value, len);
	return TRUE;
}

static gboolean overwrite_virtual(Fault *f, guint64 vaddr, guint64 value, gsize len)
{
	guint64 paddr, run;

	return anz_image_translate(f->sound->kernel->image, vaddr, &paddr, &run) &&
	       overwrite(f, paddr, value, len);
}

/* The descriptor of the page @pfn; NULL in the classic shape. */
static const AnzDescriptor *descriptor_of(const Fault *f, guint64 pfn)
{
	const AnzSpool *all = f->sound->descriptors;

	for (guint i = 0; i < all->len; i++) {
		const AnzDescriptor *it = &anz_spool_index(all, AnzDescriptor, i);

		if (pfn >= it->pfn && pfn < it->pfn + it->nr_pages)
			return it;
	}
	return NULL;
}

/* A counter in the descriptor of @pfn. */
static gboolean overwrite_count(Fault *f, guint64 pfn, const char *member, guint64 value)
{
	AnzKernel *kernel = f->sound->kernel;
	const AnzDescriptor *it = descriptor_of(f, pfn);
	guint64 offset;

	return it && anz_kernel_member(kernel, kernel->memdesc->types[it->type].struct_name, member, &offset,
				       NULL) && overwrite_virtual(f, it->address + offset, value, 4);
}

/* A page that one process maps once, of class @page_class and no larger folio; NULL: none. */
static const AnzMap *pick_map(const Fault *f, guint8 page_class)
{
	const AnzSpaces *spaces = f->sound->graph->spaces;

	for (guint i = 0; i < spaces->maps->len; i++) {
		/* From the middle on: not a process that has hardly begun. */
		const AnzMap *map = &g_array_index(spaces->maps, AnzMap, (spaces->maps->len / 3 + i) %
								      spaces->maps->len);
		const AnzTile *tile = anz_planes_tile(f->sound->planes, map->pfn);

		if (!map->flags && tile && tile->page_class[anz_tile_index(map->pfn)] == page_class &&
		    !(tile->attr[anz_tile_index(map->pfn)] & (ANZ_ATTR_HEAD | ANZ_ATTR_TAIL)) &&
		    anz_spaces_mapped(f->sound->graph, map->pfn) == 1)
			return map;
	}
	return NULL;
}

/* The page-table entry of @map's first page: its frame becomes @pfn. */
static gboolean point_at(Fault *f, const AnzMap *map, guint64 pfn)
{
	const AnzSpaces *spaces = f->sound->graph->spaces;
	guint shift = f->sound->kernel->page_shift;
	guint64 vaddr = map->vpage << shift;
	const AnzTablePage *table = NULL;
	guint64 paddr, entry;

	for (guint i = 0; i < spaces->tables->len; i++) {
		const AnzTablePage *it = &g_array_index(spaces->tables, AnzTablePage, i);

		if (!it->level && !it->deposited && it->vaddr <= vaddr &&
		    vaddr - it->vaddr < (guint64)1 << (2 * shift - 3) &&
		    it->owner == g_array_index(spaces->spaces, AnzSpace, map->space).owner)
			table = it;
	}
	if (!table)
		return FALSE;
	paddr = (table->pfn << shift) + (map->vpage & ((1u << (shift - 3)) - 1)) * 8;
	memcpy(&entry, dump_at(f->dump, paddr, 8), 8);
	return overwrite(f, paddr, entry ^ (map->pfn ^ pfn) << shift, 8);
}

static gboolean target(Fault *f)
{
	const AnzMap *map = pick_map(f, ANZ_CLASS_ANON);

	f->pfn = g_array_index(f->sound->lists->free_blocks, AnzListBlock, 0).pfn;
	return map && point_at(f, map, f->pfn);
}

/* An entry for a page that another process maps already. */
static gboolean mapped(Fault *f)
{
	const AnzMap *map = pick_map(f, ANZ_CLASS_ANON), *other = pick_map(f, ANZ_CLASS_SHMEM);

	f->pfn = other ? other->pfn : 0;
	return map && other && point_at(f, map, other->pfn);
}

static gboolean unmapped(Fault *f)
{
	const AnzMap *map = pick_map(f, ANZ_CLASS_SHMEM);

	f->pfn = map ? map->pfn : 0;
	if (map && f->sound->kernel->memdesc)
		return overwrite_count(f, map->pfn, "_mapcount", 1);
	return map && overwrite_virtual(f, page_of(f, map->pfn, f->sound->kernel->format.page_type), 1, 4);
}

static gboolean refcount(Fault *f)
{
	const AnzMap *map = pick_map(f, ANZ_CLASS_SHMEM);

	f->pfn = map ? map->pfn : 0;
	if (map && f->sound->kernel->memdesc)
		return overwrite_count(f, map->pfn, "_refcount", 1);
	return map && overwrite_virtual(f, page_of(f, map->pfn, f->sound->kernel->format.refcount), 1, 4);
}

static gboolean free_link(Fault *f)
{
	const GArray *blocks = f->sound->lists->free_blocks;

	f->pfn = g_array_index(blocks, AnzListBlock, blocks->len / 2).pfn;
	return overwrite_virtual(f, page_of(f, f->pfn, f->sound->kernel->format.list),
				 0xffff888000001234, 8);
}

static gboolean pcp_state(Fault *f)
{
	const GArray *blocks = f->sound->lists->pcp_blocks;

	f->pfn = g_array_index(blocks, AnzListBlock, blocks->len / 2).pfn;
	return overwrite_virtual(f, page_of(f, f->pfn, f->sound->kernel->format.refcount), 1, 4);
}

/* A write behind the end of an object that is free: its link. */
static gboolean freelist(Fault *f)
{
	const AnzSlabs *slabs = f->sound->graph->slabs;

	for (guint i = slabs->slabs->len / 2; i < slabs->slabs->len; i++) {
		const AnzSlab *slab = &g_array_index(slabs->slabs, AnzSlab, i);

		f->pfn = slab->pfn;
		if (slab->freelist && slab->state == ANZ_SLAB_NODE && slab->nr_free > 2)
			return overwrite_virtual(f, slab->freelist + g_array_index(slabs->caches, AnzCache,
							slab->cache).offset, 0x4141414141414141, 8);
	}
	return FALSE;
}

/* The type of a page table, with a bit that no page table has. */
static gboolean type_bits(Fault *f)
{
	const GArray *tables = f->sound->graph->spaces->tables;
	const AnzPageFormat *format = &f->sound->kernel->format;
	guint32 type;

	for (guint i = tables->len / 2; i < tables->len; i++) {
		f->pfn = g_array_index(tables, AnzTablePage, i).pfn;
		if (anz_kernel_read_u32(f->sound->kernel, page_of(f, f->pfn, format->page_type), &type) &&
		    (gint32)type < format->type_below)
			return overwrite_virtual(f, page_of(f, f->pfn, format->page_type), type ^ 2, 4);
	}
	return FALSE;
}

static gboolean anon(Fault *f)
{
	const AnzMap *map = pick_map(f, ANZ_CLASS_ANON);

	f->pfn = map ? map->pfn : 0;
	return map && overwrite_virtual(f, page_of(f, map->pfn, f->sound->kernel->format.mapping),
					anz_graph_virt_of(f->sound->graph, map->pfn) | 1, 8);
}

/* A large folio is mapped less than once. */
static gboolean large(Fault *f)
{
	const AnzSpool *all = f->sound->descriptors;

	for (guint i = 0; i < all->len; i++) {
		const AnzDescriptor *it = &anz_spool_index(all, AnzDescriptor, i);

		f->pfn = it->pfn;
		if (it->nr_pages > 1 && it->page_class == ANZ_CLASS_ANON)
			return overwrite_count(f, it->pfn, "_large_mapcount", (guint32)-2);
	}
	return FALSE;
}

static gboolean table(Fault *f)
{
	const GArray *tables = f->sound->graph->spaces->tables;

	f->pfn = tables->len ? g_array_index(tables, AnzTablePage, tables->len / 2).pfn : 0;
	return tables->len && overwrite_count(f, f->pfn, "__page_refcount", 0);
}

/* Where a fault can be. */
typedef enum {
	SHAPE_CLASSIC = 1 << 0,
	SHAPE_MEMDESC = 1 << 1,
	ANY_SHAPE = SHAPE_CLASSIC | SHAPE_MEMDESC,
} Shapes;

static const struct {
	AnzRule rule;
	gboolean (*plant)(Fault *f);
	AnzRule consequences[3];	/* up to the rule itself */
	Shapes shapes;
	gboolean planned;
} faults[] = {
	/* The page that the entry led to is not mapped any more. */
	{ ANZ_RULE_TABLE_TARGET, target, { ANZ_RULE_RMAP_UNMAPPED, ANZ_RULE_TABLE_TARGET }, ANY_SHAPE },
	{ ANZ_RULE_RMAP_MAPPED, mapped, { ANZ_RULE_RMAP_UNMAPPED, ANZ_RULE_RMAP_MAPPED }, ANY_SHAPE },
	{ ANZ_RULE_RMAP_UNMAPPED, unmapped, { ANZ_RULE_PAGE_REFCOUNT, ANZ_RULE_RMAP_UNMAPPED }, ANY_SHAPE },
	{ ANZ_RULE_PAGE_REFCOUNT, refcount, { ANZ_RULE_PAGE_REFCOUNT }, ANY_SHAPE, TRUE },
	{ ANZ_RULE_BUDDY_LINK_TARGET, free_link, { ANZ_RULE_BUDDY_LINK_TARGET }, SHAPE_CLASSIC, TRUE },
	{ ANZ_RULE_PCP_STATE, pcp_state, { ANZ_RULE_PCP_STATE }, SHAPE_CLASSIC },
	{ ANZ_RULE_SLAB_FREELIST, freelist, { ANZ_RULE_SLAB_FREELIST }, SHAPE_CLASSIC, TRUE },
	{ ANZ_RULE_PAGE_TYPE_BITS, type_bits, { ANZ_RULE_PAGE_TYPE_BITS }, SHAPE_CLASSIC, TRUE },
	{ ANZ_RULE_ANON_MAPPING, anon, { ANZ_RULE_ANON_MAPPING }, SHAPE_CLASSIC },
	/* In the classic shape these two are planted into a sample of mkcore. */
	{ ANZ_RULE_COMPOUND_MAPCOUNTS, large, { ANZ_RULE_PAGE_REFERENCES, ANZ_RULE_COMPOUND_MAPCOUNTS },
	  SHAPE_MEMDESC },
	{ ANZ_RULE_TABLE_REFCOUNT, table, { ANZ_RULE_TABLE_REFCOUNT }, SHAPE_MEMDESC },
};

static gboolean may_follow(guint fault, AnzRule rule)
{
	for (guint i = 0; faults[fault].consequences[i] != faults[fault].rule; i++)
		if (faults[fault].consequences[i] == rule)
			return TRUE;
	return FALSE;
}

static guint judge(guint fault, guint64 pfn, const Stages *stages)
{
	const char *id = anz_check_rule(faults[fault].rule)->id;
	gboolean hit = FALSE;
	guint wrong = 0;

	for (guint i = 0; stages && i < stages->findings->found->len; i++) {
		const AnzFinding *it = &g_array_index(stages->findings->found, AnzFinding, i);

		if (it->suppressed)
			continue;
		if (it->rule == faults[fault].rule && it->pfn == pfn) {
			hit = TRUE;
		} else if (!may_follow(fault, it->rule)) {
			g_print("%s: unexpected: %s at pfn %" G_GUINT64_FORMAT ", %s: expected %s, seen %s\n",
				id, anz_check_rule(it->rule)->id, it->pfn, it->object, it->expected, it->seen);
			wrong++;
		}
	}
	g_print("%s: %s at pfn %" G_GUINT64_FORMAT "\n", id, hit ? "found" : "NOT found", pfn);
	return wrong + !hit;
}

/* The line of tests/oracle/damaged for a fault that is planted. */
static void print_plan(guint fault, const Fault *f)
{
	g_print("%s %" G_GUINT64_FORMAT " %" G_GINT64_MODIFIER "x ", anz_check_rule(faults[fault].rule)->id,
		f->pfn, f->paddr);
	for (guint i = 0; i < sizeof(f->old); i++)
		g_print("%02x", f->at[i]);
	g_print("\n");
}

/* FALSE if it is not found as it should be. */
static gboolean try_fault(const Opened *opened, const Dump *dump, const Stages *sound, guint i,
			  gboolean plan)
{
	Fault fault = { .dump = dump, .sound = sound };
	Stages *stages;
	guint wrong = 0;

	if ((plan && !faults[i].planned) ||
	    !(faults[i].shapes & (sound->kernel->memdesc ? SHAPE_MEMDESC : SHAPE_CLASSIC)))
		return TRUE;
	if (!sound->findings->rules[faults[i].rule].evaluated) {
		g_print("%s: looked at nothing\n", anz_check_rule(faults[i].rule)->id);
		return FALSE;
	}
	if (!faults[i].plant(&fault)) {
		g_print("%s: nothing to break\n", anz_check_rule(faults[i].rule)->id);
		return FALSE;
	}
	if (plan) {
		print_plan(i, &fault);
	} else {
		stages = stages_run(opened);
		wrong = judge(i, fault.pfn, stages);
		stages_free(stages);
	}
	memcpy(fault.at, fault.old, sizeof(fault.old));
	return !wrong;
}

int main(int argc, char **argv)
{
	gboolean plan = argc > 1 && !strcmp(argv[1], "--plan");
	Dump dump = { 0 };
	const char *vmlinux[] = { NULL, NULL, NULL };
	Opened opened;
	Stages *sound;
	guint wrong = 0;

	argv += plan;
	argc -= plan;
	if (argc != 4 && argc != 5) {
		g_printerr("usage: real [--plan] ELF-DUMP VMLINUX VMCOREINFO [OVERLAY]\n");
		return 2;
	}
	dump_open(&dump, argv[1], argv[3]);
	vmlinux[argc - 4] = argv[2];
	if (argc == 5)
		vmlinux[0] = argv[4];
	dump_open_stages(&dump, vmlinux, &opened);
	sound = stages_run(&opened);
	g_assert_nonnull(sound);
	if (stages_nr_findings(sound)) {
		g_print("%" G_GUINT64_FORMAT " findings without a fault\n", stages_nr_findings(sound));
		wrong++;
	}
	for (guint i = 0; i < G_N_ELEMENTS(faults); i++)
		wrong += !try_fault(&opened, &dump, sound, i, plan);
	stages_free(sound);
	opened_clear(&opened);
	dump_close(&dump);
	return wrong ? 1 : 0;
}
