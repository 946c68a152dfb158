/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An analysis file of an invented machine, made without a dump: "make-fixture FILE KIND [append]".
 * The machine is a short list of stretches of memory; planes, runs, census and free lists are all
 * derived from it, so that they agree with one another.
 *
 *	good	two nodes, three zones, everything agrees
 *	bad	the same machine read badly: a list broken, a counter off, a counter unreadable
 *	large	30000 runs, for what is written row by row
 *	empty	nothing but holes; no facts, no log, no lists
 *	desc	memory descriptors of 8 bytes, in slabs of their own
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/writer.h"

#define PAGE_SIZE 4096
#define NONE 255
#define NR_ORDERS 11
#define PAGE_OFFSET G_GUINT64_CONSTANT(0xffff888000000000)
#define VMEMMAP G_GUINT64_CONSTANT(0xffffea0000000000)

enum { UNMOVABLE, MOVABLE, RECLAIMABLE, HIGHATOMIC };
static const char *const migratetypes[] = { "unmovable", "movable", "reclaimable", "highatomic" };

static const struct {
	int node;
	const char *name;
	int index;
	guint64 start, spanned, present, managed;
} zones[] = {
	{ 0, "DMA", 0, 1, 4095, 3998, 3840 },
	{ 0, "DMA32", 1, 4096, 28672, 28672, 27000 },
	{ 1, "Normal", 2, 65536, 8192, 8192, 8000 },
};

enum { FLAG_LOCKED = 1 << 0, FLAG_REFERENCED = 1 << 1, FLAG_DIRTY = 1 << 3, FLAG_LRU = 1 << 4,
       FLAG_HEAD = 1 << 6, FLAG_RESERVED = 1 << 14, FLAG_SWAPBACKED = 1 << 19 };

/* A stretch of pages, or of blocks of 2^order pages. */
typedef struct {
	guint64 pfn, pages;
	guint8 page_class, order;
	guint16 attr;
	guint8 migratetype, zone;
	guint32 flags;
	gint32 refcount, mapcount;
	guint32 owner;		/* row of owners[], from 1; 0 none */
	guint32 cgroup;		/* of cgroups[], FIRST_CGROUP up; 0 none */
} Stretch;

#define FIRST_CGROUP 200

static const Stretch machine[] = {
	{ 0, 1, ANZ_CLASS_RESERVED, 0, ANZ_ATTR_RESERVED | ANZ_ATTR_NO_ZONE, UNMOVABLE, NONE,
	  FLAG_RESERVED, 1, 0 },
	{ 1, 159, ANZ_CLASS_RESERVED, 0, ANZ_ATTR_RESERVED, UNMOVABLE, 0, FLAG_RESERVED, 1, 0 },
	{ 160, 96, ANZ_CLASS_HOLE, 0, 0, NONE, NONE, 0, 0, 0 },
	{ 256, 768, ANZ_CLASS_SLAB, 3, 0, UNMOVABLE, 0, FLAG_HEAD, 1, 0, 1 },
	{ 1024, 1024, ANZ_CLASS_FREE, 10, ANZ_ATTR_ON_LIST, MOVABLE, 0, 0, 0, 0 },
	{ 2048, 512, ANZ_CLASS_FREE, 9, ANZ_ATTR_ON_LIST, MOVABLE, 0, 0, 0, 0 },
	{ 2560, 1536, ANZ_CLASS_PAGE_TABLE, 0, 0, UNMOVABLE, 0, 0, 1, 0, 5, FIRST_CGROUP + 2 },
	{ 4096, 4096, ANZ_CLASS_KERNEL_IMAGE, 0, ANZ_ATTR_RESERVED, UNMOVABLE, 1, FLAG_RESERVED,
	  1, 0 },
	{ 8192, 8192, ANZ_CLASS_ANON, 9, ANZ_ATTR_MAPPED | ANZ_ATTR_LRU | ANZ_ATTR_DIRTY, MOVABLE,
	  1, FLAG_LRU | FLAG_DIRTY | FLAG_HEAD | FLAG_SWAPBACKED, 513, 1, 5, FIRST_CGROUP + 2 },
	{ 16384, 8000, ANZ_CLASS_FILE, 0, ANZ_ATTR_LRU, MOVABLE, 1, FLAG_LRU | FLAG_REFERENCED,
	  2, 0, 3, FIRST_CGROUP + 3 },
	{ 24384, 191, ANZ_CLASS_FILE, 0,
	  ANZ_ATTR_LRU | ANZ_ATTR_MAPPED | ANZ_ATTR_CONTENT_EXCLUDED, MOVABLE, 1,
	  FLAG_LRU | FLAG_REFERENCED, 3, 1, 4 },
	{ 24575, 1, ANZ_CLASS_HWPOISON, 0, ANZ_ATTR_HWPOISON, MOVABLE, 1, 0, 1, 0 },
	{ 24576, 4096, ANZ_CLASS_FREE, 10, ANZ_ATTR_ON_LIST, MOVABLE, 1, 0, 0, 0 },
	{ 28672, 24, ANZ_CLASS_FREE, 3, ANZ_ATTR_ON_LIST, UNMOVABLE, 1, 0, 0, 0 },
	{ 28696, 2, ANZ_CLASS_FREE, 0, ANZ_ATTR_ON_LIST, UNMOVABLE, 1, 0, 0, 0 },
	{ 28698, 6, ANZ_CLASS_FREE_PCP, 0, ANZ_ATTR_ON_LIST, UNMOVABLE, 1, 0, 0, 0 },
	{ 28704, 4064, ANZ_CLASS_KERNEL_OTHER, 0, 0, UNMOVABLE, 1, 0, 1, 0 },
	{ 32768, 32768, ANZ_CLASS_HOLE, 0, 0, NONE, NONE, 0, 0, 0 },
	{ 65536, 2048, ANZ_CLASS_HUGETLB, 9, ANZ_ATTR_MAPPED, MOVABLE, 2, FLAG_HEAD, 1, 1 },
	{ 67584, 2048, ANZ_CLASS_SLAB, 0, 0, RECLAIMABLE, 2, 0, 1, 0, 2 },
	{ 69632, 4096, ANZ_CLASS_FREE, 10, ANZ_ATTR_ON_LIST, MOVABLE, 2, 0, 0, 0 },
};

/* Owners of stretches: the first are slab caches, those behind them files, then a process. */
static const struct {
	const char *cache, *flags;
	guint64 address, object_size, size, order, objects;
} owners[] = {
	{ "kmalloc-2k", "panic", G_GUINT64_CONSTANT(0xffff888004000000), 2048, 2048, 3, 16 },
	{ "dentry", "reclaim_account,panic", G_GUINT64_CONSTANT(0xffff888004000200), 192, 192, 0,
	  21 },
};

/* Frames 256 to 262 are slabs of descriptors; see write_descriptors(). */
static const Stretch descriptor_machine[] = {
	{ 1, 255, ANZ_CLASS_RESERVED, 0, 0, UNMOVABLE, 0, 0, 0, 0 },
	{ 256, 16, ANZ_CLASS_SLAB, 0, 0, UNMOVABLE, 0, 0, 0, 0 },
	{ 272, 16, ANZ_CLASS_SLAB, 2, 0, UNMOVABLE, 0, 0, 0, 0 },
	{ 512, 512, ANZ_CLASS_FILE, 9, ANZ_ATTR_MAPPED, MOVABLE, 0, 0, 0, 0 },
	{ 1024, 64, ANZ_CLASS_FILE, 0, 0, MOVABLE, 0, 0, 0, 0 },
	{ 1088, 64, ANZ_CLASS_ANON, 0, ANZ_ATTR_MAPPED, MOVABLE, 0, 0, 0, 0 },
	{ 1152, 32, ANZ_CLASS_PAGE_TABLE, 0, 0, UNMOVABLE, 0, 0, 0, 0 },
	{ 2048, 2048, ANZ_CLASS_FREE, 10, ANZ_ATTR_ON_LIST, MOVABLE, 0, 0, 0, 0 },
};

/* One descriptor for each allocation of a stretch, packed from @slab on. */
static const struct {
	guint stretch;		/* in descriptor_machine */
	const char *kind, *name;
	guint type, bytes, slab;
} descriptor_sets[] = {
	{ 1, "Slab", "slab", 5, 64, 256 },
	{ 2, "Slab", "slab", 5, 64, 257 },
	{ 4, "File", "folio", 2, 80, 258 },
	{ 3, "File", "folio", 2, 128, 260 },
	{ 5, "Anon", "anon_folio", 3, 96, 261 },
	{ 6, "PageTable", "ptdesc", 8, 48, 263 },
};

static const struct {
	const char *name, *cache;
	guint bytes, slabs;
} descriptor_caches[] = {
	{ "slab", "slab_slab", 64, 2 },
	{ "folio", "folio_small_slab", 80, 2 },
	{ "folio", "folio_large_slab", 128, 1 },
	{ "anon_folio", "anon_folio_slab", 96, 2 },
	{ "ptdesc", "ptdesc_slab", 48, 1 },
};

static const struct {
	const char *path, *fs, *device;
	guint64 inode, ino, size, first_index;
	gboolean deleted;
} files[] = {
	{ "/var/lib/x.db", "ext4", "8:1", G_GUINT64_CONSTANT(0xffff888004100000), 1234, 33554432,
	  2048, FALSE },
	{ "tmpfs:/memfd:\033[1mloud", "tmpfs", "0:1", G_GUINT64_CONSTANT(0xffff888004100400), 7,
	  782336, 0, TRUE },
};

static const Stretch holes[] = {
	{ 0, 4096, ANZ_CLASS_HOLE, 0, 0, NONE, NONE, 0, 0, 0 },
};

typedef struct {
	AnzStoreWriter *writer;
	const Stretch *stretch;
	guint n_stretches;
	guint64 max_pfn;
	gboolean bad;
} Maker;

static const char *class_name(guint page_class)
{
	return anz_page_class_info(page_class)->name;
}

static guint64 if_attr(const Stretch *s, guint16 attr)
{
	return s->attr & attr ? s->pages : 0;
}

static void fill(const Stretch *s, AnzPlane plane, guint8 *values, guint64 from, guint64 to)
{
	for (guint64 pfn = MAX(from, s->pfn); pfn < MIN(to, s->pfn + s->pages); pfn++) {
		gboolean head = !s->order || !(pfn & ((1u << s->order) - 1));
		guint16 block = !s->order && s->page_class != ANZ_CLASS_FREE ? 0 :
			head ? ANZ_ATTR_HEAD : ANZ_ATTR_TAIL;
		guint64 i = pfn - from;

		switch (plane) {
		case ANZ_PLANE_CLASS:
			values[i] = s->page_class;
			break;
		case ANZ_PLANE_ORDER:
			values[i] = s->order;
			break;
		case ANZ_PLANE_ATTR:
			((guint16 *)(void *)values)[i] = s->attr | block;
			break;
		case ANZ_PLANE_MIGRATETYPE:
			values[i] = s->migratetype;
			break;
		case ANZ_PLANE_ZONE:
			values[i] = s->zone;
			break;
		case ANZ_PLANE_FLAGS:
			((guint32 *)(void *)values)[i] = head ? s->flags : 0;
			break;
		case ANZ_PLANE_REFCOUNT:
			((gint32 *)(void *)values)[i] = head ? s->refcount : 0;
			break;
		case ANZ_PLANE_MAPCOUNT:
			((gint32 *)(void *)values)[i] = s->mapcount;
			break;
		case ANZ_PLANE_CGROUP:
			((guint32 *)(void *)values)[i] = s->cgroup;
			break;
		case ANZ_PLANE_GENERATION:
			values[i] = head && s->attr & ANZ_ATTR_LRU ? 1 + s->page_class % 4 : 0;
			break;
		case ANZ_PLANE_LRU_REFS:
			values[i] = head && s->attr & ANZ_ATTR_LRU ? 1 + s->page_class % 3 : 0;
			break;
		case ANZ_PLANE_OWNER:
			((guint32 *)(void *)values)[i] = s->owner;
			break;
		default:
			g_assert_not_reached();
		}
	}
}

static void write_planes(const Maker *m)
{
	for (AnzPlane plane = 0; plane < ANZ_NR_PLANES; plane++) {
		gsize bytes = (gsize)ANZ_TILE_PAGES * anz_plane_width(plane);
		g_autofree guint8 *values = g_malloc(bytes);

		for (guint64 from = 0; from < m->max_pfn; from += ANZ_TILE_PAGES) {
			int blank = plane == ANZ_PLANE_CLASS ? ANZ_CLASS_HOLE :
				plane == ANZ_PLANE_MIGRATETYPE || plane == ANZ_PLANE_ZONE ?
				NONE : 0;

			memset(values, blank, bytes);
			for (guint i = 0; i < m->n_stretches; i++)
				fill(&m->stretch[i], plane, values, from, from + ANZ_TILE_PAGES);
			anz_store_writer_tile(m->writer, plane, from >> ANZ_TILE_SHIFT, values);
		}
	}
}

static void write_census(const Maker *m)
{
	for (guint c = 0; c < ANZ_NR_CLASSES; c++) {
		guint64 pages = 0, mapped = 0, excluded = 0;

		for (guint i = 0; i < m->n_stretches; i++) {
			const Stretch *s = &m->stretch[i];

			if (s->page_class != c)
				continue;
			pages += s->pages;
			mapped += if_attr(s, ANZ_ATTR_MAPPED);
			excluded += if_attr(s, ANZ_ATTR_CONTENT_EXCLUDED);
		}
		if (pages)
			anz_store_writer_insert(m->writer, "classes", "suuuu", class_name(c),
						pages, pages * PAGE_SIZE, mapped, excluded);
	}
}

/* Neighbours that are alike are one run; class_zone gets its sums from SQL's point of view. */
static void write_runs(const Maker *m)
{
	for (guint i = 0; i < m->n_stretches;) {
		const Stretch *s = &m->stretch[i];
		guint64 pages = 0, mapped = 0, excluded = 0;
		gboolean same_order = TRUE;
		guint j = i;

		for (; j < m->n_stretches && m->stretch[j].page_class == s->page_class &&
		     m->stretch[j].zone == s->zone &&
		     m->stretch[j].migratetype == s->migratetype; j++) {
			pages += m->stretch[j].pages;
			mapped += if_attr(&m->stretch[j], ANZ_ATTR_MAPPED);
			excluded += if_attr(&m->stretch[j], ANZ_ATTR_CONTENT_EXCLUDED);
			same_order &= m->stretch[j].order == s->order;
		}

		gboolean hole = s->page_class == ANZ_CLASS_HOLE;
		const char *zone = s->zone == NONE ? NULL : zones[s->zone].name;
		gint64 node = s->zone == NONE ? ANZ_NULL : zones[s->zone].node;
		const char *type = s->migratetype == NONE ? NULL : migratetypes[s->migratetype];

		anz_store_writer_insert(m->writer, "runs", "uusnnssuu", s->pfn, pages,
					class_name(s->page_class),
					same_order && !hole ? (gint64)s->order : ANZ_NULL, node,
					zone, type, mapped, excluded);
		anz_store_writer_insert(m->writer, "class_zone", "nsssu", node, zone,
					class_name(s->page_class), type, pages);
		i = j;
	}
}

/* Blocks and pages of @zone, listed or per-cpu. */
static guint64 pages_of(const Maker *m, guint zone, guint page_class)
{
	guint64 pages = 0;

	for (guint i = 0; i < m->n_stretches; i++)
		if (m->stretch[i].zone == zone && m->stretch[i].page_class == page_class)
			pages += m->stretch[i].pages;
	return pages;
}

static guint64 write_blocks(const Maker *m, guint zone, guint order, guint type)
{
	guint64 n = 0;

	for (guint i = 0; i < m->n_stretches; i++) {
		const Stretch *s = &m->stretch[i];

		if (s->page_class != ANZ_CLASS_FREE || s->zone != zone || s->order != order ||
		    s->migratetype != type)
			continue;
		for (guint64 pfn = s->pfn; pfn < s->pfn + s->pages; pfn += (guint64)1 << order)
			anz_store_writer_insert(m->writer, "free_block", "uuissu", pfn,
						(guint64)order, (gint64)zones[zone].node,
						zones[zone].name, migratetypes[type], n++);
	}
	return n;
}

static void write_lists(const Maker *m)
{
	for (guint z = 0; z < G_N_ELEMENTS(zones); z++) {
		gint64 node = zones[z].node;
		const char *name = zones[z].name;

		for (guint order = 0; order < NR_ORDERS; order++) {
			guint64 blocks[G_N_ELEMENTS(migratetypes)], sum = 0;

			for (guint t = 0; t < G_N_ELEMENTS(migratetypes); t++)
				sum += blocks[t] = write_blocks(m, z, order, t);
			for (guint t = 0; t < G_N_ELEMENTS(migratetypes); t++) {
				gboolean broken = m->bad && z == 1 && order == 3 && !t;

				anz_store_writer_insert(m->writer, "free_area", "isusuus", node,
					name, (guint64)order, migratetypes[t],
					broken ? (guint64)1 : blocks[t], sum,
					broken ? "broken at 0xffffea00001c0208" : "ok");
			}
		}
		for (guint cpu = 0; cpu < 2; cpu++) {
			guint64 pages = cpu == 1 ? pages_of(m, z, ANZ_CLASS_FREE_PCP) : 0;

			anz_store_writer_insert(m->writer, "pcp", "isuuuus", node, name,
						(guint64)cpu, pages, pages, (guint64)186, "ok");
			for (guint64 i = 0; i < pages; i++)
				anz_store_writer_insert(m->writer, "pcp_block", "uuisuuu",
							28698 + i, (guint64)0, node, name,
							(guint64)cpu, (guint64)0, i);
		}
	}
}

/* Every stretch is a kind of allocation of its own; a hole this large has no struct pages. */
static void write_allocations(const Maker *m)
{
	for (guint i = 0; i < m->n_stretches; i++) {
		const Stretch *s = &m->stretch[i];

		if (s->page_class == ANZ_CLASS_HOLE && s->pages > 1024)
			continue;
		anz_store_writer_insert(m->writer, "allocation", "nsuuu", s->zone == NONE ? ANZ_NULL :
					(gint64)zones[s->zone].node, class_name(s->page_class),
					(guint64)s->order, s->pages >> s->order, s->pages);
	}
}

static void write_layout(const Maker *m, const char *name, const char *member, const char *type,
			 guint64 offset, guint64 bytes)
{
	if (member)
		anz_store_writer_insert(m->writer, "struct_layout", "sssuu", name, member, type, offset,
					bytes);
	else
		anz_store_writer_insert(m->writer, "struct_layout", "ss--u", name, NULL, bytes);
}

static void write_classic_layout(const Maker *m)
{
	write_layout(m, "page", NULL, NULL, 0, 64);
	write_layout(m, "page", "flags", "memdesc_flags_t", 0, 8);
	write_layout(m, "page", "lru", "list_head", 8, 16);
	write_layout(m, "page", "compound_head", "unsigned long", 8, 8);
	write_layout(m, "page", "mapping", NULL, 24, 8);
	write_layout(m, "page", "__folio_index", "unsigned long", 32, 8);
	write_layout(m, "page", "private", "unsigned long", 40, 8);
	write_layout(m, "folio", NULL, NULL, 0, 256);
	write_layout(m, "slab", NULL, NULL, 0, 64);
	write_layout(m, "ptdesc", NULL, NULL, 0, 64);
}

static void write_descriptor_set(const Maker *m, guint i)
{
	const Stretch *s = &m->stretch[descriptor_sets[i].stretch];
	guint64 base = PAGE_OFFSET + descriptor_sets[i].slab * PAGE_SIZE;
	guint per_page = PAGE_SIZE / descriptor_sets[i].bytes;

	for (guint64 n = 0; n < s->pages >> s->order; n++)
		anz_store_writer_insert(m->writer, "descriptors", "ussuuuuus", base +
					n / per_page * PAGE_SIZE + n % per_page * descriptor_sets[i].bytes,
					descriptor_sets[i].kind, descriptor_sets[i].name,
					(guint64)descriptor_sets[i].type, s->pfn + (n << s->order),
					(guint64)s->order, (guint64)1 << s->order, (guint64)1, "ok");
	anz_store_writer_insert(m->writer, "descriptor_use", "isssuuu", (gint64)0,
				descriptor_sets[i].kind, descriptor_sets[i].name,
				class_name(s->page_class), (guint64)s->order, s->pages >> s->order,
				s->pages);
}

static void write_descriptors(const Maker *m)
{
	for (guint i = 0; i < G_N_ELEMENTS(descriptor_sets); i++)
		write_descriptor_set(m, i);
	for (guint i = 0; i < G_N_ELEMENTS(descriptor_caches); i++) {
		anz_store_writer_insert(m->writer, "descriptor_cache", "issuuuuu", (gint64)0,
					descriptor_caches[i].name, descriptor_caches[i].cache,
					PAGE_OFFSET + 0x300000 + i * 0x100,
					(guint64)descriptor_caches[i].bytes, (guint64)0,
					(guint64)descriptor_caches[i].slabs,
					(guint64)descriptor_caches[i].slabs);
		/* a large folio's object is longer than its struct */
		if (i != 2)
			write_layout(m, descriptor_caches[i].name, NULL, NULL, 0,
				     descriptor_caches[i].bytes);
	}
	write_layout(m, "page", NULL, NULL, 0, 8);
	write_layout(m, "page", "memdesc", "u64", 0, 8);
	anz_store_writer_meta(m->writer, "format.shape", "memdesc8");
	anz_store_writer_meta(m->writer, "format.struct_page_size", "8");
	anz_store_writer_meta(m->writer, "kernel.cpus_possible", "2");
	anz_store_writer_meta(m->writer, "kernel.page_shift", "12");
	anz_store_writer_meta(m->writer, "kernel.page_offset", "0x%" G_GINT64_MODIFIER "x", PAGE_OFFSET);
	anz_store_writer_meta(m->writer, "kernel.vmemmap", "0x%" G_GINT64_MODIFIER "x", VMEMMAP);
}

static void write_machine(const Maker *m)
{
	for (guint z = 0; z < G_N_ELEMENTS(zones); z++) {
		guint64 listed = pages_of(m, z, ANZ_CLASS_FREE);
		guint64 pcp = pages_of(m, z, ANZ_CLASS_FREE_PCP);

		anz_store_writer_insert(m->writer, "zones", "uisuuuuuuuuuuuui", (guint64)z,
					(gint64)zones[z].node, zones[z].name,
					(guint64)zones[z].index,
					G_GUINT64_CONSTANT(0xffff888007ffa000) + z * 0x600,
					zones[z].start, zones[z].spanned, zones[z].present,
					zones[z].managed, listed, listed, pcp, (guint64)16 << z,
					(guint64)20 << z, (guint64)24 << z,
					(gint64)(m->bad && z == 1));
	}
	anz_store_writer_insert(m->writer, "nodes", "iuuuu", (gint64)0,
				G_GUINT64_CONSTANT(0xffff888007ffa000), (guint64)1,
				(guint64)32670, (guint64)32767);
	anz_store_writer_insert(m->writer, "nodes", "iuuuu", (gint64)1,
				G_GUINT64_CONSTANT(0xffff888011ffa000), (guint64)65536,
				(guint64)8192, (guint64)8192);
	for (guint t = 0; t < G_N_ELEMENTS(migratetypes); t++)
		anz_store_writer_insert(m->writer, "migratetype", "us", (guint64)t,
					migratetypes[t]);

	static const struct {
		guint bit;
		const char *name;
	} flags[] = { { 0, "locked" }, { 1, "referenced" }, { 3, "dirty" }, { 4, "lru" },
		      { 6, "head" }, { 14, "reserved" }, { 19, "swapbacked" } };

	for (guint i = 0; i < G_N_ELEMENTS(flags); i++)
		anz_store_writer_insert(m->writer, "page_flag", "us", (guint64)flags[i].bit,
					flags[i].name);
}

static void reconcile(const Maker *m, const char *counter, guint page_class, gint64 off,
		      gint64 tolerance, const char *meaning)
{
	gint64 pages = 0;

	for (guint i = 0; i < m->n_stretches; i++)
		if (m->stretch[i].page_class == page_class)
			pages += m->stretch[i].pages;
	if (off == ANZ_NULL)
		anz_store_writer_insert(m->writer, "reconciliation", "s-i-is", counter, pages,
					tolerance, meaning);
	else
		anz_store_writer_insert(m->writer, "reconciliation", "siiiis", counter,
					pages - off, pages, off, tolerance, meaning);
}

static void write_facts(const Maker *m)
{
	AnzStoreWriter *w = m->writer;

	anz_store_writer_meta(w, "source.path", "/nowhere/vmcore.1\n/nowhere/vmcore.2");
	anz_store_writer_meta(w, "source.format", "kdump-compressed (lzo), split");
	anz_store_writer_meta(w, "source.bytes", "%u", 123456789);
	anz_store_writer_meta(w, "source.filtered", "1");
	anz_store_writer_meta(w, "source.incomplete", "%d", m->bad);
	anz_store_writer_meta(w, "source.type_info", "DWARF of /nowhere/vmlinux");
	anz_store_writer_meta(w, "vmcoreinfo.origin", "note");
	anz_store_writer_meta(w, "kernel.release", "6.12.0-test");
	anz_store_writer_meta(w, "kernel.version", "Linux version 6.12.0-test #1 SMP");
	anz_store_writer_meta(w, "kernel.build_id", "0123456789abcdef");
	anz_store_writer_meta(w, "kernel.arch", "x86_64");
	anz_store_writer_meta(w, "kernel.hostname", "invented");
	anz_store_writer_meta(w, "kernel.command_line", "quiet \"name=with, comma\"");
	anz_store_writer_meta(w, "kernel.time", "1700000000");
	anz_store_writer_meta(w, "kernel.uptime", "183845.250000");
	anz_store_writer_meta(w, "kernel.panic", "sysrq triggered crash");
	anz_store_writer_meta(w, "kernel.panic_cpu", "1");
	anz_store_writer_meta(w, "kernel.cpus_online", "2");
	anz_store_writer_meta(w, "kernel.page_shift", "12");
	anz_store_writer_meta(w, "kernel.slide", "0x1c000000");
	anz_store_writer_meta(w, "kernel.page_offset", "0x%" G_GINT64_MODIFIER "x", PAGE_OFFSET);
	anz_store_writer_meta(w, "kernel.vmemmap", "0x%" G_GINT64_MODIFIER "x", VMEMMAP);
	anz_store_writer_meta(w, "format.shape", "classic");
	anz_store_writer_meta(w, "format.struct_page_size", "64");
	anz_store_writer_meta(w, "format.pageblock_order", "9");
	anz_store_writer_meta(w, "memory.frames", "%" G_GUINT64_FORMAT, m->max_pfn);
	anz_store_writer_meta(w, "memory.ram_frames", "%u", 40864);
	anz_store_writer_meta(w, "analysis.partial", "%d", m->bad);
	anz_store_writer_meta(w, "analysis.seconds", "0.125");
	anz_store_writer_fact(w, "page.flags", "DWARF", "offset 0");
	anz_store_writer_fact(w, "page._mapcount", "VMCOREINFO", "offset 48");
	anz_store_writer_fact(w, "PGTY_buddy", "built-in", "0xf0");
	if (m->bad) {
		anz_store_writer_insert(w, "remark", "sssi", "warning", "free-list",
					"node 0 zone DMA32 order 3: list is broken", (gint64)1);
		anz_store_writer_insert(w, "remark", "sssi", "note", "page-type",
					"type 0xf9 is not known", (gint64)17);
	}
	anz_store_writer_insert(w, "log", "udiiss", (guint64)0, 0.0, (gint64)5, (gint64)0,
				"T0", "Linux version 6.12.0-test #1 SMP");
	anz_store_writer_insert(w, "log", "udiiss", (guint64)1, 0.004, (gint64)6, (gint64)0,
				"T0", "two lines,\nthe second with a tab\tand a \"quote\"");
	anz_store_writer_insert(w, "log", "udiiss", (guint64)2, 12.5, (gint64)3, (gint64)0,
				"C1", "an error with \033[31mescape\033[0m and \377");
	anz_store_writer_insert(w, "log", "u-ii-s", (guint64)3, (gint64)4, (gint64)1,
				"a warning without a time");
	anz_store_writer_insert(w, "log", "udiiss", (guint64)4, 183845.25, (gint64)0, (gint64)0,
				"T812", "Kernel panic - not syncing: sysrq triggered crash");
}

/* The first slab of each cache has three free objects; in the bad machine one freelist is broken. */
static void write_cache(const Maker *m, const Stretch *s, guint64 owner)
{
	const guint64 slab_pages = (guint64)1 << s->order, slabs = s->pages / slab_pages;
	const guint8 free_map[] = { 0x15, 0, 0 };
	const guint64 objects = owners[owner - 1].objects;

	anz_store_writer_insert(m->writer, "owners", "usus-u", owner, "cache",
				owners[owner - 1].address, owners[owner - 1].cache, s->pages);
	anz_store_writer_insert(m->writer, "owned", "uuu-", owner, s->pfn, s->pages);
	anz_store_writer_insert(m->writer, "caches", "uusuuuuuus-uuuuuuuuuuu", owner,
				owners[owner - 1].address, owners[owner - 1].cache,
				owners[owner - 1].object_size, owners[owner - 1].size,
				(guint64)8, owners[owner - 1].order, objects, (guint64)0x40000,
				owners[owner - 1].flags, (guint64)(owner == 1), slabs, s->pages,
				slabs * objects, slabs * objects - 3, slabs * objects - 3, slabs,
				slabs * objects, (guint64)m->bad, (guint64)0, (guint64)1);
	for (guint64 i = 0; i < slabs; i++)
		anz_store_writer_insert(m->writer, "slabs", "uuuuusuuusbu",
					VMEMMAP + (s->pfn + i * slab_pages) * 64,
					owners[owner - 1].address, s->pfn + i * slab_pages,
					slab_pages, (guint64)zones[s->zone].node,
					i ? "full" : "node-partial", objects,
					i ? objects : objects - 3, (guint64)0, m->bad && i == 1 ?
					"its freelist is broken" : "ok", i ? NULL : free_map,
					(gsize)(objects + 7) / 8, (guint64)0);
}

static void write_file(const Maker *m, const Stretch *s, guint64 owner)
{
	guint i = owner - 1 - G_N_ELEMENTS(owners);
	g_autofree char *name = g_strconcat(files[i].path, files[i].deleted ? " (deleted)" : "", NULL);

	anz_store_writer_insert(m->writer, "owners", "usus-u", owner, "file", files[i].inode, name,
				s->pages);
	anz_store_writer_insert(m->writer, "owned", "uuuu", owner, s->pfn, s->pages,
				files[i].first_index);
	anz_store_writer_insert(m->writer, "files", "uuusissuuuuuuuuuuuuu", owner,
				files[i].inode + 0x170, files[i].inode, files[i].path,
				(gint64)files[i].deleted, files[i].fs, files[i].device,
				files[i].ino, (guint64)!files[i].deleted, files[i].size, s->pages,
				s->pages, if_attr(s, ANZ_ATTR_MAPPED), (guint64)0, (guint64)0,
				s->pages, (guint64)3, (guint64)0, (guint64)0, (guint64)1);
}

/* An area, a module in it and a chunk, in frames that are kernel-other. */
static void write_areas(const Maker *m)
{
	static const struct {
		const char *kind, *name;
		guint64 address, pfn, pages;
	} owner[] = {
		{ "area", "alloc_large_system_hash", G_GUINT64_CONSTANT(0xffff888004100000), 28704, 256 },
		{ "module", "zram", G_GUINT64_CONSTANT(0xffffffffc0562e00), 28960, 10 },
		{ "percpu", "per-cpu chunk at 0xffffe8ffffc00000",
		  G_GUINT64_CONSTANT(0xffff888004100200), 28970, 6 },
		{ "area", "module_alloc", G_GUINT64_CONSTANT(0xffff888004100080), 28976, 0 },
	};
	AnzStoreWriter *w = m->writer;
	const guint64 first = 100;

	for (guint i = 0; i < G_N_ELEMENTS(owner); i++) {
		anz_store_writer_insert(w, "owners", "usus-u", first + i, owner[i].kind,
					owner[i].address, owner[i].name, owner[i].pages);
		if (owner[i].pages)
			anz_store_writer_insert(w, "owned", "uuu-", first + i, owner[i].pfn,
						owner[i].pages);
	}
	anz_store_writer_insert(w, "areas", "uuuuussuu-", first,
				G_GUINT64_CONSTANT(0xffffc90000000000),
				G_GUINT64_CONSTANT(0xffffc90000101000), owner[0].address, (guint64)2,
				"vmalloc", "alloc_large_system_hash+0x197", owner[0].pages,
				owner[0].pages);
	anz_store_writer_insert(w, "areas", "-uuuussuuu", G_GUINT64_CONSTANT(0xffffc90000102000),
				G_GUINT64_CONSTANT(0xffffc90000104000),
				G_GUINT64_CONSTANT(0xffff888004100040), (guint64)1, "ioremap",
				"hpet_enable+0xef", (guint64)0, (guint64)0, (guint64)0xfed00000);
	anz_store_writer_insert(w, "areas", "uuuuussuu-", first + 3,
				G_GUINT64_CONSTANT(0xffffffffc0560000),
				G_GUINT64_CONSTANT(0xffffffffc056b000),
				owner[3].address, (guint64)2, "vmalloc",
				"module_alloc+0x64", owner[1].pages, owner[1].pages);
	anz_store_writer_insert(w, "modules", "uusuu", first + 1, owner[1].address, "zram",
				(guint64)40000, owner[1].pages);
	anz_store_writer_insert(w, "percpu_chunks", "uuuuuuu", first + 2,
				G_GUINT64_CONSTANT(0xffffe8ffffc00000), owner[2].address, (guint64)64,
				(guint64)3, owner[2].pages, (guint64)8192);
}

/* A group in use, and one that was removed, with one above both and the root. */
static const struct {
	const char *path;
	guint parent;		/* index + 1 */
	gboolean online;
	guint64 pages, kernel_pages, objects, bytes, subtree_pages;
	gint64 usage, max, swap;
} cgroups[] = {
	{ "/", 0, TRUE, 0, 0, 0, 0, 17728, ANZ_NULL, ANZ_NULL, ANZ_NULL },
	{ "/system.slice", 1, TRUE, 0, 0, 0, 0, 17728, 17800, 65536, 16 },
	{ "/system.slice/db.service", 2, TRUE, 9728, 1536, 500, 100000, 9728, 9800, 16384, 16 },
	{ "/system.slice/gone.service", 2, FALSE, 8000, 0, 0, 0, 8000, 8000, ANZ_NULL, 0 },
};

static void write_cgroups(const Maker *m)
{
	AnzStoreWriter *w = m->writer;
	const gint64 db = FIRST_CGROUP + 2, gone = FIRST_CGROUP + 3;

	for (guint i = 0; i < G_N_ELEMENTS(cgroups); i++) {
		gint64 owner = FIRST_CGROUP + i;
		guint64 address = G_GUINT64_CONSTANT(0xffff888005000000) + i * 0x1000;
		guint64 below = i < 2 ? cgroups[2].objects : cgroups[i].objects;

		anz_store_writer_insert(w, "owners", "isusnu", owner, "cgroup", address,
					cgroups[i].path, cgroups[i].parent ?
					(gint64)(FIRST_CGROUP + cgroups[i].parent - 1) : ANZ_NULL,
					(guint64)0);
		anz_store_writer_insert(w, "cgroups", "iusuuuuuuuuuunnnn", owner, address,
					cgroups[i].path, (guint64)cgroups[i].online, (guint64)i + 1,
					(guint64)i + 2, cgroups[i].pages, cgroups[i].kernel_pages,
					cgroups[i].objects, cgroups[i].bytes,
					cgroups[i].subtree_pages, below, below * 200,
					cgroups[i].usage, cgroups[i].max, cgroups[i].swap,
					i == 2 ? cgroups[i].swap : 0);
	}
	anz_store_writer_insert(w, "cgroup_classes", "isu", db, "anon", (guint64)8192);
	anz_store_writer_insert(w, "cgroup_classes", "isu", db, "page-table", (guint64)1536);
	anz_store_writer_insert(w, "cgroup_classes", "isu", gone, "file", (guint64)8000);
	anz_store_writer_insert(w, "cgroup_caches", "iuuu", db, owners[1].address, (guint64)500,
				(guint64)96000);
	/* One of its folios says another generation than the one whose list it is on. */
	anz_store_writer_insert(w, "generations", "iuissuuuduuu", db, G_GUINT64_CONSTANT(0xffff888005002a00),
				(gint64)0, "DMA32", "anon", (guint64)(ANZ_CLASS_ANON % 4), (guint64)9,
				(guint64)0, 2.5, (guint64)7, (guint64)7680, (guint64)8192);
	anz_store_writer_insert(w, "generations", "iuissuuuduuu", db, G_GUINT64_CONSTANT(0xffff888005002a00),
				(gint64)0, "DMA32", "anon", (guint64)((ANZ_CLASS_ANON + 3) % 4),
				(guint64)8, (guint64)1, 60.0, (guint64)7, (guint64)512, (guint64)0);
	anz_store_writer_insert(w, "generations", "iuissuuu-uuu", gone,
				G_GUINT64_CONSTANT(0xffff888005003a00), (gint64)0, "DMA32", "file",
				(guint64)(ANZ_CLASS_FILE % 4), (guint64)3, (guint64)2, (guint64)0,
				(guint64)8000, (guint64)8000);
	anz_store_writer_insert(w, "cgroup_counters", "isisiiis", db, "lru_anon", (gint64)0, "pages",
				(gint64)8192, (gint64)8192, (gint64)1, "pages on LRU lists, active or not");
	anz_store_writer_insert(w, "cgroup_counters", "isisinis", db, "sock", (gint64)1, "pages",
				(gint64)12, ANZ_NULL, (gint64)0, "memory of socket buffers, as charged");
}

static void write_rule(Maker *m, gint64 number, const char *rule, const char *severity,
		       guint64 evaluated, guint64 findings, guint64 suppressed, const char *note)
{
	anz_store_writer_insert(m->writer, "rules", "issuuuusss", number, rule, severity, evaluated,
				findings, suppressed, (guint64)0, note, "something is wrong",
				"somebody wrote there");
}

static void write_findings(Maker *m)
{
	AnzStoreWriter *w = m->writer;
	guint64 some = m->bad;

	write_rule(m, 0, "buddy.link-target", "error", 70, some, 0, NULL);
	write_rule(m, 1, "buddy.migratetype", "warning", 35, some, 0, NULL);
	write_rule(m, 2, "pcp.count", "warning", 2, 0, some, NULL);
	write_rule(m, 3, "zone.free-cma", "warning", 0, 0, 0, "this kernel has no such counter");
	write_rule(m, 4, "page.references", "info", 8191, some * 15, 0, NULL);
	if (!m->bad)
		return;
	anz_store_writer_insert(w, "findings", "ssnnsssusss", "page.references", "info",
				(gint64)16400, (gint64)(VMEMMAP + 16400 * 64), "page on an LRU list",
				"2 references", "7", (guint64)12, NULL, "00112233", "memdesc page FILE "
				"16400");
	anz_store_writer_insert(w, "findings", "ssnnsssusss", "buddy.link-target", "error",
				(gint64)28672, (gint64)(VMEMMAP + 28672 * 64),
				"free list, node 0 zone DMA32 order 3 unmovable",
				"next leads to pfn 28680", "0x1234", (guint64)1, NULL,
				"3412000000000000", "memdesc page FILE 28672");
	anz_store_writer_insert(w, "findings", "ssnnsssusss", "buddy.migratetype", "warning",
				(gint64)24576, (gint64)(VMEMMAP + 24576 * 64),
				"free list, node 0 zone DMA32 order 10 movable", "movable", "unmovable",
				(guint64)1, NULL, NULL, "memdesc page FILE 24576");
	anz_store_writer_insert(w, "findings", "ssnnsssusss", "pcp.count", "warning", ANZ_NULL,
				(gint64)(PAGE_OFFSET + 0x8000), "per-cpu lists, node 0 zone DMA32 cpu 1",
				"6 pages, as on its lists", "7", (guint64)1,
				"the zone's lock was held", NULL, NULL);
}

/* A process (owner 5), its child, a thread of it and a kernel thread; the stretches that it owns. */
static const struct {
	const char *comm;
	guint pid, tgid;
	guint64 mm;
	gboolean is_kernel;
} tasks[] = {
	{ "kthreadd", 2, 2, 0, TRUE },
	{ "db-server", 7, 7, G_GUINT64_CONSTANT(0xffff888004200000), FALSE },
	{ "db-writer", 9, 7, G_GUINT64_CONSTANT(0xffff888004200000), FALSE },
	{ "\033[1mchild", 12, 12, G_GUINT64_CONSTANT(0xffff888004200400), FALSE },
};
#define ANON_START G_GUINT64_CONSTANT(0x7f0000000000)
#define FILE_START G_GUINT64_CONSTANT(0x7f1000000000)

static void write_owned(const Maker *m, guint owner)
{
	guint64 pages = 0;

	for (guint i = 0; i < m->n_stretches; i++) {
		const Stretch *s = &m->stretch[i];

		if (s->owner != owner)
			continue;
		pages += s->pages;
		if (s->page_class == ANZ_CLASS_ANON)
			anz_store_writer_insert(m->writer, "owned", "iuuu", (gint64)owner, s->pfn,
						s->pages, ANON_START / PAGE_SIZE);
		else
			anz_store_writer_insert(m->writer, "owned", "iuu-", (gint64)owner, s->pfn,
						s->pages);
	}
	anz_store_writer_insert(m->writer, "owners", "isus-u", (gint64)owner, "process",
				tasks[1].mm, "db-server (7)", pages);
}

static void write_tasks(const Maker *m)
{
	for (guint i = 0; i < G_N_ELEMENTS(tasks); i++)
		anz_store_writer_insert(m->writer, "tasks", "uiisnin",
					G_GUINT64_CONSTANT(0xffff888004300000) + i * 0x2000,
					(gint64)tasks[i].pid, (gint64)tasks[i].tgid, tasks[i].comm,
					tasks[i].mm ? (gint64)tasks[i].mm : ANZ_NULL,
					(gint64)tasks[i].is_kernel, (gint64)(0xffffc90000000000 +
									     i * 0x8000));
}

/* The child has the file alone; in the bad machine the counters do not agree and shares are unknown. */
static void write_processes(const Maker *m)
{
	const gint64 process = 5, child = 6, anon = 8192, shmem = 191;
	const guint64 vma = G_GUINT64_CONSTANT(0xffff888004400000);

	write_tasks(m);
	write_owned(m, process);
	anz_store_writer_insert(m->writer, "owners", "isus-u", child, "process", tasks[3].mm,
				"\033[1mchild (12)", (guint64)0);
	anz_store_writer_insert(m->writer, "processes", "iisiuiiiiiiiiiiiiiiniiii", process,
				(gint64)7, "db-server", (gint64)2, tasks[1].mm,
				anon - (m->bad ? 3 : 0), (gint64)0, shmem + (m->bad ? 1 : 0),
				(gint64)16, (gint64)0, (gint64)81920, anon, (gint64)0, shmem,
				(gint64)16, (gint64)0, (gint64)0, anon, (gint64)1,
				m->bad ? ANZ_NULL : (anon + shmem / 2) * PAGE_SIZE, (gint64)21,
				(gint64)18, (gint64)1, (gint64)m->bad);
	anz_store_writer_insert(m->writer, "processes", "iisiunnnnnniiiiiiiiiiiii", child,
				(gint64)12, "\033[1mchild", (gint64)1, tasks[3].mm, ANZ_NULL,
				ANZ_NULL, ANZ_NULL, ANZ_NULL, ANZ_NULL, ANZ_NULL, (gint64)0,
				(gint64)0, shmem, (gint64)0, (gint64)0, (gint64)0, (gint64)0,
				(gint64)0, shmem / 2 * PAGE_SIZE, (gint64)4, (gint64)1, (gint64)1,
				(gint64)0);
	anz_store_writer_insert(m->writer, "vmas", "iuuuusu--usiiiii", process, ANON_START,
				ANON_START + (anon + 32) * PAGE_SIZE, vma, (guint64)0x100073,
				"rw-p", ANON_START / PAGE_SIZE, vma + 0x1000, "[heap]", anon,
				(gint64)0, (gint64)0, (gint64)0, (gint64)16);
	for (gint64 owner = process; owner <= child; owner++) {
		anz_store_writer_insert(m->writer, "vmas", "iuuuusuuu-siiiii", owner, FILE_START,
					FILE_START + shmem * PAGE_SIZE, vma + owner * 0x100,
					(guint64)0xfb, "rw-s", (guint64)0, vma + 0x2000,
					files[1].inode, "loud", (gint64)0, (gint64)0, shmem,
					(gint64)0, (gint64)0);
		anz_store_writer_insert(m->writer, "mappings", "iuuuii", owner, FILE_START,
					(guint64)24384, (guint64)shmem, (gint64)0, (gint64)0);
	}
	for (gint64 page = 0; page < anon; page += 512)
		anz_store_writer_insert(m->writer, "mappings", "iuuuii", process,
					ANON_START + page * PAGE_SIZE, 8192 + page, (guint64)512,
					(gint64)1, (gint64)0);
	anz_store_writer_insert(m->writer, "page_tables", "uiiui", (guint64)2560, process,
				(gint64)1, ANON_START, (gint64)0);
	anz_store_writer_insert(m->writer, "page_tables", "uiiui", (guint64)2561, process,
				(gint64)0, ANON_START, (gint64)1);
	anz_store_writer_insert(m->writer, "swap_areas", "iusuusuiuuuuuuuuuuuu", (gint64)0,
				vma + 0x3000, "swapfile", (guint64)4096, (guint64)16, "vda",
				(guint64)4095, (gint64)-2, (guint64)16, (guint64)1, (guint64)4,
				(guint64)2, (guint64)18, (guint64)0, (guint64)16, (guint64)0, (guint64)4,
				(guint64)3, (guint64)16, (guint64)2);
	/* Of which it is not known where the kernel keeps its slots. */
	anz_store_writer_insert(m->writer, "swap_areas", "iu-uu-ui----------uu", (gint64)1,
				vma + 0x4000, (guint64)1024, (guint64)7, (guint64)1023, (gint64)100,
				(guint64)0, (guint64)0);
	anz_store_writer_insert(m->writer, "alloc_stacks", "uuuss", (guint64)0x2a0001, (guint64)3,
				(guint64)1024, "do_anonymous_page", "post_alloc_hook+0x31\n"
				"get_page_from_freelist+0x11d\ndo_anonymous_page+0x8c\n"
				"handle_mm_fault+0x2d1");
	anz_store_writer_insert(m->writer, "alloc_stacks", "uuu--", (guint64)0x2a0002, (guint64)1,
				(guint64)1);
	anz_store_writer_insert(m->writer, "allocated", "uuuuuuusd-", (guint64)8192, (guint64)1024,
				(guint64)0x2a0001, (guint64)9, (guint64)0x140dca, (guint64)7,
				(guint64)7, "db-server", 17.25);
	anz_store_writer_insert(m->writer, "allocated", "uuuuuuu-di", (guint64)9216, (guint64)1,
				(guint64)0x2a0002, (guint64)0, (guint64)0xcc0, (guint64)1, (guint64)1,
				0.5, (gint64)3);
	anz_store_writer_insert(m->writer, "zram", "susuuuuuuuuu", "zram0", vma + 0x5000, "lzo-rle",
				(guint64)1 << 26, (guint64)3073, (guint64)12, (guint64)3, (guint64)169061,
				vma + 0x6000, (guint64)51, (guint64)52, (guint64)4096);
	anz_store_writer_insert(m->writer, "zram", "su-u--------", "zram1", vma + 0x7000, (guint64)0);
	if (!m->bad)
		anz_store_writer_insert(m->writer, "zswap", "uu-uuuuu", (guint64)1, (guint64)40,
					(guint64)65536, (guint64)20, (guint64)7, (guint64)2, (guint64)5);
	anz_store_writer_insert(m->writer, "alloc_tags", "usussiiuu", vma + 0x8000, "mm/memory.c",
				(guint64)1061, "folio_prealloc", NULL, (gint64)33554432, (gint64)16,
				(guint64)16, (guint64)8192);
	anz_store_writer_insert(m->writer, "alloc_tags", "usussiiuu", vma + 0x8028, "drivers/block/x.c",
				(guint64)77, "x_init", "x", (gint64)71680, (gint64)35, (guint64)1,
				(guint64)1);
	anz_store_writer_insert(m->writer, "tagged", "uuu", (guint64)8192, (guint64)8192, vma + 0x8000);
	anz_store_writer_insert(m->writer, "tagged", "uuu", (guint64)28710, (guint64)1, vma + 0x8028);
	anz_store_writer_insert(m->writer, "swap_uses", "iiu", process, (gint64)0, (guint64)16);
	anz_store_writer_insert(m->writer, "swap_slots", "iuu-ii-", (gint64)0, (guint64)0, (guint64)1,
				(gint64)0, (gint64)1);
	anz_store_writer_insert(m->writer, "swap_slots", "iuuiiii", (gint64)0, (guint64)64,
				(guint64)12, (gint64)1, (gint64)0, (gint64)0, (gint64)FIRST_CGROUP + 2);
	anz_store_writer_insert(m->writer, "swap_slots", "iuuiiii", (gint64)0, (guint64)76,
				(guint64)4, (gint64)1, (gint64)1, (gint64)0, (gint64)FIRST_CGROUP + 2);
}

static void write_good_or_bad(Maker *m)
{
	m->stretch = machine;
	m->n_stretches = G_N_ELEMENTS(machine);
	m->max_pfn = 73728;
	write_machine(m);
	write_facts(m);
	write_lists(m);
	for (guint i = 0; i < m->n_stretches; i++)
		if (m->stretch[i].owner > G_N_ELEMENTS(owners) + G_N_ELEMENTS(files))
			continue;
		else if (m->stretch[i].owner > G_N_ELEMENTS(owners))
			write_file(m, &m->stretch[i], m->stretch[i].owner);
		else if (m->stretch[i].owner)
			write_cache(m, &m->stretch[i], m->stretch[i].owner);
	write_processes(m);
	write_areas(m);
	write_cgroups(m);
	write_allocations(m);
	/* read without type information */
	if (!m->bad)
		write_classic_layout(m);
	write_findings(m);
	reconcile(m, "NR_FREE_PAGES", ANZ_CLASS_FREE, 0, 0, "free pages on lists");
	reconcile(m, "NR_ANON_MAPPED", ANZ_CLASS_ANON, -3, 64, "anonymous pages");
	reconcile(m, "NR_SLAB", ANZ_CLASS_SLAB, m->bad ? 500 : 12, 64, "pages of slab caches");
	reconcile(m, "NR_PAGETABLE", ANZ_CLASS_PAGE_TABLE, m->bad ? ANZ_NULL : 0, 32,
		  "page tables");
}

static Stretch *many(guint n)
{
	Stretch *stretch = g_new0(Stretch, n);

	for (guint i = 0; i < n; i++)
		stretch[i] = (Stretch){
			.pfn = 2 * i, .pages = 2,
			.page_class = i & 1 ? ANZ_CLASS_ANON : ANZ_CLASS_FILE,
			.migratetype = MOVABLE, .zone = 2, .refcount = 1,
		};
	return stretch;
}

int main(int argc, char **argv)
{
	g_autoptr(GError) error = NULL;
	g_autofree Stretch *stretches = NULL;
	AnzStore *store;
	Maker m = { 0 };

	if (argc < 3) {
		fputs("usage: make-fixture FILE good|bad|large|empty|desc [append]\n", stderr);
		return 2;
	}
	m.writer = anz_store_writer_new(argv[1], argc > 3, &error);
	if (!m.writer)
		goto failed;
	m.bad = !strcmp(argv[2], "bad");
	if (!strcmp(argv[2], "large")) {
		m.n_stretches = 30000;
		m.stretch = stretches = many(m.n_stretches);
		m.max_pfn = 2 * m.n_stretches;
	} else if (!strcmp(argv[2], "empty")) {
		m.n_stretches = G_N_ELEMENTS(holes);
		m.stretch = holes;
		m.max_pfn = 4096;
	} else if (!strcmp(argv[2], "desc")) {
		m.n_stretches = G_N_ELEMENTS(descriptor_machine);
		m.stretch = descriptor_machine;
		m.max_pfn = 4096;
		write_machine(&m);
		write_allocations(&m);
		write_descriptors(&m);
	} else {
		write_good_or_bad(&m);
	}
	anz_store_writer_insert(m.writer, "snapshot", "sssui", "2023-11-14T22:13:20Z",
				"2025-01-02T03:04:05Z", "make-fixture", m.max_pfn,
				(gint64)PAGE_SIZE);
	write_planes(&m);
	write_census(&m);
	write_runs(&m);
	store = anz_store_writer_commit(m.writer, &error);
	if (!store)
		goto failed;
	anz_store_close(store);
	return 0;
failed:
	fprintf(stderr, "make-fixture: %s\n", error->message);
	return 1;
}
