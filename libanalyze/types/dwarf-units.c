/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which compile units are read, and what is defined in them.
 *
 * Nothing says in which unit a type is defined, and a vmlinux has 200 MB of units.  But
 * names of units are names of source files, and a unit holds every type of every header
 * that its source used: what mm/page_alloc.c knows of struct zone is all there is to
 * know.  So units are read in an order of preference until the name turns up: mm/ first,
 * then a handful of others that define what an analysis of memory asks for.  These
 * together are the core.  A name that is not in the core counts as undefined, unless the
 * caller asks for an exhaustive search; only so can "has this kernel an enum pagetype?"
 * be answered without reading everything.
 *
 * A file without any unit of mm/ is no kernel (a module, an overlay, a test's own type
 * file): all of its units are the core, in the order of the file.
 *
 * To read a unit is to walk over the children of its DIE (0.2 ms, some 3,000 of them);
 * structs are looked into later, one by one, by dwarf-build.c.
 */
#include <dwarf.h>
#include <string.h>

#include "types/dwarf-private.h"

/* A unit of mm/ that is sure to be there in each kernel, and that most is found in. */
#define ANCHOR "mm/page_alloc.c"

/* Read in this order. */
static const char *const first_units[] = {
	ANCHOR,
	"mm/slub.c",		/* kmem_cache, slab, kmem_cache_cpu */
	"mm/vmscan.c",		/* lruvec, mem_cgroup, reclaim */
	"mm/hugetlb.c",		/* hstate, hugepage_subpool */
	"mm/swapfile.c",	/* swap_info_struct, bdi */
	"mm/memory.c",
	"mm/vmalloc.c",		/* vmap_area, vm_struct, vmap_node */
	"mm/percpu.c",		/* pcpu_chunk */
	"mm/sparse.c",
	"mm/mm_init.c",
	"mm/shmem.c",		/* shmem_inode_info */
	"mm/memcontrol.c",
	"mm/ksm.c",
	"mm/zsmalloc.c",
};

/* The rest of mm/ comes between these lists. */
static const char *const further_units[] = {
	"kernel/fork.c",		/* task_struct, signal_struct, nsproxy */
	"lib/genalloc.c",		/* gen_pool */
	"lib/stackdepot.c",		/* stack_record, handle_parts */
	"lib/maple_tree.c",		/* maple_range_64: where a process's areas hang */
	"fs/inode.c",
	"fs/dcache.c",
	"fs/namespace.c",		/* struct mount */
	"fs/pipe.c",
	"block/bdev.c",			/* bdev_inode, block_device, gendisk */
	"fs/block_dev.c",		/* the same up to 5.14 */
	"block/blk-mq.c",		/* blk_mq_tags */
	"fs/hugetlbfs/inode.c",
	"kernel/cgroup/cgroup.c",
	"kernel/module/main.c",
	"kernel/module.c",		/* the same up to 5.18 */
	"kernel/trace/ring_buffer.c",
	"kernel/trace/trace.c",		/* trace_array */
	"kernel/trace/ftrace.c",	/* ftrace_page */
	"kernel/bpf/btf.c",
	"kernel/dma/pool.c",		/* dma_gen_pool */
	"kernel/printk/printk.c",	/* printk_ringbuffer */
	"kernel/sched/core.c",		/* struct rq: who runs on a cpu */
	"kernel/time/timekeeping.c",	/* tk_core: when the dump was taken */
	"net/core/page_pool.c",
	"net/core/skbuff.c",
	"net/packet/af_packet.c",	/* packet_sock */
	"drivers/block/zram/zram_drv.c",	/* struct zram, where it is built in */
	"drivers/irqchip/irq-gic-v3-its.c",	/* its_node, rdists */
	"arch/x86/mm/init_64.c",
	"arch/arm64/mm/init.c",
};

/* Folders in which an exhaustive search goes on. */
static const char *const further_dirs[] = {
	"kernel/", "fs/", "lib/", "arch/", "block/", "ipc/", "net/", "security/",
	"io_uring/", "drivers/base/", "drivers/virtio/",
};

enum {
	RANK_MM = 1000,
	RANK_FURTHER = 2000,
	RANK_END_OF_CORE = 3000,
	RANK_DIRS = 4000,
	RANK_OTHER = 5000,
	RANK_NO_NAME = 6000,	/* partial and type units: reached through others */
};

static guint32 rank_name(const char *name)
{
	if (!name)
		return RANK_NO_NAME;
	for (guint i = 0; i < G_N_ELEMENTS(first_units); i++) {
		if (strcmp(name, first_units[i]) == 0)
			return i;
	}
	if (g_str_has_prefix(name, "mm/"))
		return RANK_MM;
	for (guint i = 0; i < G_N_ELEMENTS(further_units); i++) {
		if (strcmp(name, further_units[i]) == 0)
			return RANK_FURTHER + i;
	}
	for (guint i = 0; i < G_N_ELEMENTS(further_dirs); i++) {
		if (g_str_has_prefix(name, further_dirs[i]))
			return RANK_DIRS + i;
	}
	return RANK_OTHER;
}

static gint compare_units(gconstpointer a, gconstpointer b)
{
	const AnzDwarfUnit *x = a, *y = b;

	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

/* Raw bytes of a section of @d->elf, as they are after libdw has decompressed it. */
static const guint8 *section_bytes(AnzDwarf *d, const char *name, GElf_Shdr *shdr,
				   gsize *len)
{
	Elf_Scn *scn = NULL;
	size_t strndx;

	if (elf_getshdrstrndx(d->elf, &strndx) != 0)
		return NULL;
	while ((scn = elf_nextscn(d->elf, scn))) {
		if (!gelf_getshdr(scn, shdr) || shdr->sh_type == SHT_NOBITS)
			continue;
		const char *have = elf_strptr(d->elf, strndx, shdr->sh_name);
		if (!have || strcmp(have, name) != 0)
			continue;

		Elf_Data *data = shdr->sh_flags & SHF_COMPRESSED ? NULL :
				 elf_rawdata(scn, NULL);
		if (!data || !data->d_buf)
			return NULL;
		*len = data->d_size;
		return data->d_buf;
	}
	return NULL;
}

/*
 * A name that is nowhere in .debug_str names nothing, if names can only be there: the
 * linker merged the strings (gcc then puts all but the shortest names there), and there
 * is no second file (dwz).  Worth a look only where reading the units is dear.
 */
#define DEAR_UNITS 64

static void consider_debug_str(AnzDwarf *d, const AnzUnitSections *sections,
			       guint64 flags, gboolean seen_64bit)
{
	GElf_Shdr shdr;

	if (d->units->len <= DEAR_UNITS || seen_64bit || d->dwfl || !sections->str ||
	    !(flags & SHF_MERGE) || !(flags & SHF_STRINGS) ||
	    anz_elf_file_section(d->file, ".gnu_debugaltlink", &shdr) ||
	    anz_elf_file_section(d->file, ".debug_sup", &shdr))
		return;
	d->debug_str = (const char *)sections->str;
	d->debug_str_len = sections->str_len;
}

static char *libdw_unit_name(AnzDwarf *d, Dwarf_Off die_off)
{
	Dwarf_Die die;

	return dwarf_offdie(d->dw, die_off, &die) ? g_strdup(dwarf_diename(&die)) : NULL;
}

/*
 * Distributions build in places of their own: "/build/linux-x/linux-6.1/mm/page_alloc.c",
 * "../mm/page_alloc.c".  The root of the tree is what stands before "mm/page_alloc.c":
 * the first
 * @len characters of the result.
 */
static const char *root_of_tree(GPtrArray *names, gsize *len)
{
	for (guint i = 0; i < names->len; i++) {
		const char *name = g_ptr_array_index(names, i);

		if (!name || !g_str_has_suffix(name, ANCHOR))
			continue;
		*len = strlen(name) - strlen(ANCHOR);
		if (*len == 0 || name[*len - 1] == '/')
			return name;
	}
	*len = 0;
	return "";
}

static void rank_units(AnzDwarf *d, GPtrArray *names)
{
	gsize root_len;
	const char *root = root_of_tree(names, &root_len);
	gboolean is_kernel = FALSE;

	for (guint i = 0; i < d->units->len; i++) {
		AnzDwarfUnit *unit = &g_array_index(d->units, AnzDwarfUnit, i);
		const char *name = g_ptr_array_index(names, i);

		if (name && strncmp(name, root, root_len) == 0)
			name += root_len;
		unit->rank = rank_name(name);
		is_kernel |= unit->rank <= RANK_MM;
	}
	if (!is_kernel) {
		d->nr_core = d->units->len;
		return;
	}
	g_array_sort(d->units, compare_units);
	while (d->nr_core < d->units->len &&
	       g_array_index(d->units, AnzDwarfUnit, d->nr_core).rank < RANK_END_OF_CORE)
		d->nr_core++;
}

/*
 * What naming a unit needs; and whether 64-bit DWARF was seen, and the flags of
 * .debug_str.
 */
typedef struct {
	AnzUnitSections sections;
	GPtrArray *names;
	GPtrArray *copies;	/* those of @names that are not in @sections */
	guint64 str_flags;
	gboolean seen_64bit;
} Listing;

static void open_sections(AnzDwarf *d, Listing *listing)
{
	AnzUnitSections *s = &listing->sections;
	GElf_Shdr shdr;

	s->big_endian = d->file->big_endian;
	/* in an object file libdw reads a relocated copy, the raw bytes are not final */
	if (d->dwfl)
		return;
	s->info = section_bytes(d, ".debug_info", &shdr, &s->info_len);
	s->abbrev = section_bytes(d, ".debug_abbrev", &shdr, &s->abbrev_len);
	s->line_str = section_bytes(d, ".debug_line_str", &shdr, &s->line_str_len);
	s->str = section_bytes(d, ".debug_str", &shdr, &s->str_len);
	listing->str_flags = s->str ? shdr.sh_flags : 0;
}

/*
 * The units of .debug_info; with @types those of .debug_types.  FALSE after an error of
 * libdw.
 */
static gboolean list_section(AnzDwarf *d, Listing *listing, gboolean types)
{
	Dwarf_Off off = 0, next, abbrev_off;
	size_t header_size;
	Dwarf_Half version;
	uint8_t address_size, offset_size;
	uint64_t signature;
	int result;

	while ((result = dwarf_next_unit(d->dw, off, &next, &header_size, &version,
					 &abbrev_off, &address_size, &offset_size,
					 types ? &signature : NULL, NULL)) == 0) {
		AnzDwarfUnit unit = { .die_off = off + header_size, .in_types = types,
				      .order = d->units->len };
		gboolean unknown = FALSE;
		char *name = NULL;

		if (!types)
			name = (char *)anz_dwarf_unit_name(
				&listing->sections, unit.die_off, abbrev_off,
				address_size, offset_size, &unknown);
		if (unknown) {
			name = libdw_unit_name(d, unit.die_off);
			g_ptr_array_add(listing->copies, name);
		}
		g_ptr_array_add(listing->names, name);
		g_array_append_val(d->units, unit);
		listing->seen_64bit |= offset_size > 4;
		if (next <= off)
			break;
		off = next;
	}
	return result >= 0;
}

gboolean anz_dwarf_list_units(AnzDwarf *d, GError **error)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new();
	g_autoptr(GPtrArray) copies = g_ptr_array_new_with_free_func(g_free);
	Listing listing = { .names = names, .copies = copies };

	open_sections(d, &listing);
	gboolean whole = list_section(d, &listing, FALSE);
	if (d->units->len == 0) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_FORMAT,
			    "%s: .debug_info cannot be read: %s", d->file->path,
			    whole ? "it has no units" : dwarf_errmsg(-1));
		return FALSE;
	}
	list_section(d, &listing, TRUE);
	rank_units(d, names);
	consider_debug_str(d, &listing.sections, listing.str_flags, listing.seen_64bit);
	return TRUE;
}

static void define(AnzDwarf *d, AnzTypeNs ns, Dwarf_Die *die)
{
	const char *name = dwarf_diename(die);

	if (!name || g_hash_table_contains(d->defined[ns], name))
		return;
	g_array_append_val(d->dies, *die);
	g_hash_table_insert(d->defined[ns], (char *)name, GUINT_TO_POINTER(d->dies->len));
}

/*
 * With -fdebug-types-section a unit only declares a type and points at the unit that has
 * it.
 */
static gboolean is_definition(Dwarf_Die *die)
{
	return !dwarf_hasattr(die, DW_AT_declaration) ||
	       dwarf_hasattr(die, DW_AT_signature);
}

static void read_children(AnzDwarf *d, Dwarf_Die *unit, guint depth)
{
	Dwarf_Die child, imported;
	Dwarf_Attribute attr;

	if (depth > 16 || !g_hash_table_add(d->units_seen, unit->addr) ||
	    dwarf_child(unit, &child) != 0)
		return;
	do {
		switch (dwarf_tag(&child)) {
		case DW_TAG_structure_type:
		case DW_TAG_union_type:
		case DW_TAG_class_type:
			if (is_definition(&child))
				define(d, ANZ_TYPE_NS_TAG, &child);
			break;
		case DW_TAG_enumeration_type:
			if (is_definition(&child)) {
				define(d, ANZ_TYPE_NS_ENUM, &child);
				g_array_append_val(d->enums, child);
			}
			break;
		case DW_TAG_typedef:
		case DW_TAG_base_type:
			define(d, ANZ_TYPE_NS_TYPEDEF, &child);
			break;
		case DW_TAG_imported_unit:
			/* dwz moves what several units share into a partial unit */
			if (dwarf_formref_die(dwarf_attr(&child, DW_AT_import, &attr),
					      &imported))
				read_children(d, &imported, depth + 1);
			break;
		default:
			break;
		}
	} while (dwarf_siblingof(&child, &child) == 0);
}

gboolean anz_dwarf_read_unit(AnzDwarf *d, guint limit)
{
	Dwarf_Die die;

	if (d->nr_read >= MIN(limit, d->units->len))
		return FALSE;

	const AnzDwarfUnit *unit = &g_array_index(d->units, AnzDwarfUnit, d->nr_read++);

	if (unit->in_types ? dwarf_offdie_types(d->dw, unit->die_off, &die) :
			     dwarf_offdie(d->dw, unit->die_off, &die))
		read_children(d, &die, 0);
	return TRUE;
}
