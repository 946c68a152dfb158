/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "store-util.h"

#include <glib/gstdio.h>
#include <sqlite3.h>
#include <string.h>

#define ALL ((gsize)MAP_TILES * ANZ_TILE_PAGES)

static guint32 next_random(guint32 *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 8;
}

/* Values of one frame that is no hole. */
static void fill_frame(Map *map, gsize pfn, guint8 page_class, guint32 *state)
{
	map->page_class[pfn] = page_class;
	map->attr[pfn] = next_random(state) & 0xffff;
	map->migratetype[pfn] = next_random(state) % 5 ? next_random(state) % 3 : 255;
	map->zone[pfn] = next_random(state) % 7 ? next_random(state) % 3 : 255;
	map->flags[pfn] = next_random(state) & 0xff0fffff;
	map->refcount[pfn] = (gint32)(next_random(state) % 5) - 1;
	map->mapcount[pfn] = (gint32)(next_random(state) % 100);
	map->owner[pfn] = next_random(state) % 5 * 1000;
	map->cgroup[pfn] = next_random(state) % 3 * 70;
	map->generation[pfn] = next_random(state) % 5;
	map->refs[pfn] = pfn % 5;
}

static void fill_mixed(Map *map, gsize first, gsize end, guint32 longest, guint32 *state)
{
	while (first < end) {
		gsize n = 1 + next_random(state) % longest;
		guint8 page_class = (guint8)(next_random(state) % ANZ_NR_CLASSES);

		for (; n > 0 && first < end; n--)
			fill_frame(map, first++, page_class, state);
	}
}

/* Orders must be those of aligned blocks. */
static void fill_orders(Map *map, guint32 *state)
{
	for (gsize pfn = 0; pfn < MAP_FRAMES;) {
		guint order = next_random(state) % 4 ? 0 : next_random(state) % 10;

		while (pfn & ((1u << order) - 1) || pfn + (1u << order) > MAP_FRAMES)
			order--;
		memset(map->order + pfn, (int)order, (gsize)1 << order);
		pfn += (gsize)1 << order;
	}
}

Map *map_new(guint32 seed)
{
	Map *map = g_new0(Map, 1);
	guint32 state = seed;

	map->page_class = g_malloc(ALL);
	memset(map->page_class, ANZ_CLASS_HOLE, ALL);
	map->order = g_malloc0(ALL);
	map->migratetype = g_malloc(ALL);
	memset(map->migratetype, 255, ALL);
	map->zone = g_malloc(ALL);
	memset(map->zone, 255, ALL);
	map->attr = g_new0(guint16, ALL);
	map->flags = g_new0(guint32, ALL);
	map->refcount = g_new0(gint32, ALL);
	map->mapcount = g_new0(gint32, ALL);
	map->owner = g_new0(guint32, ALL);
	map->cgroup = g_new0(guint32, ALL);
	map->generation = g_new0(guint8, ALL);
	map->refs = g_new0(guint8, ALL);
	fill_mixed(map, 0, ANZ_TILE_PAGES, 700, &state);
	for (gsize pfn = ANZ_TILE_PAGES; pfn < 2 * ANZ_TILE_PAGES; pfn++)
		fill_frame(map, pfn, ANZ_CLASS_SLAB, &state);
	fill_mixed(map, 3 * ANZ_TILE_PAGES, 4 * ANZ_TILE_PAGES, 1, &state);
	fill_mixed(map, 4 * ANZ_TILE_PAGES, MAP_FRAMES, 40, &state);
	fill_orders(map, &state);
	return map;
}

void map_free(Map *map)
{
	g_free(map->page_class);
	g_free(map->order);
	g_free(map->migratetype);
	g_free(map->zone);
	g_free(map->attr);
	g_free(map->flags);
	g_free(map->refcount);
	g_free(map->mapcount);
	g_free(map->owner);
	g_free(map->cgroup);
	g_free(map->generation);
	g_free(map->refs);
	g_free(map);
}

const void *map_plane(const Map *map, AnzPlane plane)
{
	const void *const planes[ANZ_NR_PLANES] = {
		[ANZ_PLANE_CLASS] = map->page_class,
		[ANZ_PLANE_ORDER] = map->order,
		[ANZ_PLANE_ATTR] = map->attr,
		[ANZ_PLANE_MIGRATETYPE] = map->migratetype,
		[ANZ_PLANE_ZONE] = map->zone,
		[ANZ_PLANE_FLAGS] = map->flags,
		[ANZ_PLANE_REFCOUNT] = map->refcount,
		[ANZ_PLANE_MAPCOUNT] = map->mapcount,
		[ANZ_PLANE_OWNER] = map->owner,
		[ANZ_PLANE_CGROUP] = map->cgroup,
		[ANZ_PLANE_GENERATION] = map->generation,
		[ANZ_PLANE_LRU_REFS] = map->refs,
	};

	return planes[plane];
}

static void write_meta(AnzStoreWriter *writer)
{
	anz_store_writer_meta(writer, "kernel.vmemmap", "0x%" G_GINT64_MODIFIER "x",
			      VMEMMAP);
	anz_store_writer_meta(writer, "kernel.page_offset", "0x%" G_GINT64_MODIFIER "x",
			      PAGE_OFFSET);
	anz_store_writer_meta(writer, "format.struct_page_size", "64");
	anz_store_writer_meta(writer, "format.pageblock_order", "9");
	anz_store_writer_meta(writer, "kernel.arch", "x86_64");
	anz_store_writer_meta(writer, "kernel.text_start", "0x%" G_GINT64_MODIFIER "x",
			      TEXT_START);
	anz_store_writer_meta(writer, "kernel.text_end", "0x%" G_GINT64_MODIFIER "x",
			      TEXT_START + 0x2000000);
	anz_store_writer_meta(writer, "kernel.image_phys", "0x%" G_GINT64_MODIFIER "x",
			      TEXT_PHYS);
	anz_store_writer_meta(writer, "kernel.release", "6.12.0-test");
	anz_store_writer_meta(writer, "kernel.hostname", "topsecrethost");
	anz_store_writer_meta(writer, "kernel.command_line", "root=/dev/hushhush quiet");
	anz_store_writer_meta(writer, "kernel.panic_task", "whistleblower");
	anz_store_writer_meta(writer, "source.path",
			      "/srv/customer-x/vmcore.1\n/srv/other-y/part.2");
	anz_store_writer_meta(writer, "source.type_info", "DWARF of /srv/customer-x/debug/vm.debug");
	anz_store_writer_insert(writer, "remark", "sssi", "note", "types",
				"/srv/customer-x/debug/vm.debug: has no line table", (gint64)1);
	anz_store_writer_fact(writer, "page.flags", "DWARF", "offset 0");
	anz_store_writer_fact(writer, "SECTION_SIZE_BITS", "VMCOREINFO", "%u", SECTION_BITS);
	anz_store_writer_insert(writer, "remark", "sssi", "warning", "page-type",
				"vmcore.1 of topsecrethost: type 0xfa is not assigned",
				(gint64)3);
	anz_store_writer_insert(writer, "log", "idiiss", (gint64)1, 0.5, (gint64)6,
				(gint64)0, "T1", "eth0: hushhush address");
}

static void write_classes(AnzStoreWriter *writer, const Map *map)
{
	guint64 pages[ANZ_NR_CLASSES] = { 0 };

	for (gsize pfn = 0; pfn < MAP_FRAMES; pfn++)
		pages[map->page_class[pfn]]++;
	for (guint c = 0; c < ANZ_NR_CLASSES; c++) {
		if (!pages[c])
			continue;
		anz_store_writer_insert(writer, "classes", "suuuu",
					anz_page_class_info(c)->name, pages[c],
					pages[c] * 4096, (guint64)0, (guint64)0);
		anz_store_writer_insert(writer, "class_zone", "isssu", (gint64)0,
					"Normal", anz_page_class_info(c)->name,
					c % 2 ? "Movable" : "Unmovable", pages[c]);
	}
	for (gsize pfn = 0, end; pfn < MAP_FRAMES; pfn = end) {
		end = pfn + 1;
		while (end < MAP_FRAMES && map->page_class[end] == map->page_class[pfn])
			end++;
		anz_store_writer_insert(
			writer, "runs", "uusnnssuu", (guint64)pfn, (guint64)(end - pfn),
			anz_page_class_info(map->page_class[pfn])->name, ANZ_NULL,
			(gint64)0, NULL, NULL, (guint64)0, (guint64)0);
	}
}

static void write_kernel(AnzStoreWriter *writer)
{
	static const char *const types[] = { "Unmovable", "Movable", "Reclaimable" };
	static const struct {
		const char *name;
		gint64 node;
	} zones[] = { { "DMA", 0 }, { "Normal", 0 }, { "Normal", 1 } };

	for (gint64 i = 0; i < 3; i++) {
		anz_store_writer_insert(
			writer, "zones", "iisiuuuuuiuuiiii", i, zones[i].node,
			zones[i].name, i, (guint64)0xffff888000001000, (guint64)0,
			(guint64)MAP_FRAMES, (guint64)MAP_FRAMES, (guint64)1000,
			(gint64)14, (guint64)14, (guint64)0, (gint64)1, (gint64)2,
			(gint64)3, (gint64)0);
		anz_store_writer_insert(writer, "migratetype", "is", i, types[i]);
	}
	anz_store_writer_insert(writer, "page_flag", "is", (gint64)0, "locked");
	anz_store_writer_insert(writer, "page_flag", "is", (gint64)10, "owner_priv_1");
	anz_store_writer_insert(writer, "page_flag", "is", (gint64)10, "checked");
	anz_store_writer_insert(writer, "nodes", "iuuuu", (gint64)0,
				(guint64)0xffff888000002000, (guint64)0,
				(guint64)MAP_FRAMES, (guint64)MAP_FRAMES);
	anz_store_writer_insert(writer, "counter", "n-sii", ANZ_NULL, "NR_MLOCK",
				(gint64)5, (gint64)-1);
	anz_store_writer_insert(writer, "reconciliation", "siiiis", "NR_FREE_PAGES",
				(gint64)14, (gint64)14, (gint64)0, (gint64)0,
				"free pages");
	/*
	 * Zone Normal of node 0: 2 single pages, 1 pair, 1 block of 8 and then,
	 * elsewhere, 2.
	 */
	for (gint64 order = 0; order < 4; order++) {
		static const gint64 blocks[] = { 2, 1, 0, 1 };

		anz_store_writer_insert(writer, "free_area", "isisiis", (gint64)0,
					"Normal", order, "Movable", blocks[order],
					blocks[order], "ok");
		anz_store_writer_insert(writer, "free_area", "isisiis", (gint64)0,
					"Normal", order, "Unmovable",
					(gint64)(order == 1), blocks[order], "ok");
	}
	anz_store_writer_insert(writer, "free_block", "uiissi", (guint64)8, (gint64)3,
				(gint64)0, "Normal", "Movable", (gint64)0);
	anz_store_writer_insert(writer, "pcp", "isiiuis", (gint64)0, "Normal", (gint64)0,
				(gint64)1, (guint64)1, (gint64)10, "ok");
	anz_store_writer_insert(writer, "findings", "ssnnsssu-s-", "pcp.count", "warning", ANZ_NULL,
				(gint64)0x1000, "per-cpu lists", "6", "7", (guint64)1, "00");
	anz_store_writer_insert(writer, "rules", "issuuuu-ss", (gint64)0, "pcp.count", "warning",
				(guint64)2, (guint64)1, (guint64)0, (guint64)0, "wrong", "means");
	anz_store_writer_insert(writer, "descriptors", "ussiunuis", (guint64)0xffff888000001000,
				"File", "folio", (gint64)2, (guint64)16, (gint64)2, (guint64)4,
				(gint64)1, "ok");
	anz_store_writer_insert(writer, "pcp_block", "uiisiii", (guint64)3, (gint64)0,
				(gint64)0, "Normal", (gint64)0, (gint64)1, (gint64)0);
	anz_store_writer_insert(writer, "allocation", "isiuu", (gint64)0, "file", (gint64)2,
				(guint64)1, (guint64)4);
	anz_store_writer_insert(writer, "descriptor_use", "isssiuu", (gint64)0, "File", "folio",
				"file", (gint64)2, (guint64)1, (guint64)4);
	anz_store_writer_insert(writer, "descriptor_cache", "issuiiuu", (gint64)0, "folio",
				"folio_slab", (guint64)0xffff888000002000, (gint64)80, (gint64)0,
				(guint64)1, (guint64)1);
	anz_store_writer_insert(writer, "struct_layout", "ss--u", "folio", NULL, (guint64)80);
	anz_store_writer_insert(writer, "memory_range", "uus", (guint64)0,
				(guint64)MAP_FRAMES, "present");
}

/* An area, a module and a chunk, of owners that stand in no other table. */
static void write_kernel_owners(AnzStoreWriter *writer)
{
	anz_store_writer_insert(writer, "areas", "-uuuussuu-", (guint64)0xffffc90000000000,
				(guint64)0xffffc90000005000, (guint64)0xffff888000004000,
				(guint64)2, "alloc", "kernel_clone+0xbf", (guint64)4, (guint64)4);
	anz_store_writer_insert(writer, "modules", "uusuu", (guint64)3,
				(guint64)0xffffffffc0002000, "virtio_blk", (guint64)16384,
				(guint64)4);
	anz_store_writer_insert(writer, "percpu_chunks", "uu-uuu-", (guint64)4,
				(guint64)0xffff88803e000000, (guint64)32, (guint64)32, (guint64)64);
}

/* A cache with a slab, and a file. */
static void write_owners(AnzStoreWriter *writer)
{
	const guint64 cache = 0xffff888000002000, inode = 0xffff888000003000;

	anz_store_writer_insert(writer, "owners", "usus-u", (guint64)1, "cache", cache,
				"hushhush_cache", (guint64)1);
	anz_store_writer_insert(writer, "owners", "usus-u", (guint64)2, "file", inode,
				"/srv/secretfile", (guint64)3);
	anz_store_writer_insert(writer, "owned", "uuuu", (guint64)2, (guint64)70000,
				(guint64)3, (guint64)5);
	anz_store_writer_insert(writer, "caches", "uusuuuuuus-uuuuuuuuuuu", (guint64)1, cache,
				"kmalloc-64", (guint64)64, (guint64)64, (guint64)64,
				(guint64)0, (guint64)64, (guint64)0, "panic", (guint64)0,
				(guint64)1, (guint64)1, (guint64)64, (guint64)60, (guint64)60,
				(guint64)1, (guint64)64, (guint64)0, (guint64)0, (guint64)1);
	anz_store_writer_insert(writer, "slabs", "uuuuusuuusbu", (guint64)0xffffea0000444c00,
				cache, (guint64)69936, (guint64)1, (guint64)0, "node-partial",
				(guint64)64, (guint64)60, (guint64)0, "ok",
				"\x0f\0\0\0\0\0\0", (gsize)8, (guint64)0);
	anz_store_writer_insert(writer, "files", "uuusissuuuuuuuuuuuuu", (guint64)2, inode + 0x170,
				inode, "/srv/secretfile", (gint64)0, "ext4", "8:1", (guint64)12,
				(guint64)1, (guint64)12288, (guint64)3, (guint64)3, (guint64)0,
				(guint64)0, (guint64)0, (guint64)3, (guint64)0, (guint64)0,
				(guint64)0, (guint64)1);
}

/* One row each; the path is among what a redacted file must not have. */
static void write_cgroup(AnzStoreWriter *writer)
{
	anz_store_writer_insert(writer, "owners", "usus-u", (guint64)5, "cgroup",
				(guint64)0xffff88800000a000, "/customer-x.slice", (guint64)0);
	anz_store_writer_insert(writer, "cgroups", "uusuuuuuuuuuuu-u-", (guint64)5,
				(guint64)0xffff88800000a000, "/customer-x.slice", (guint64)1,
				(guint64)3, (guint64)44, (guint64)3, (guint64)0, (guint64)2,
				(guint64)144, (guint64)3, (guint64)2, (guint64)144, (guint64)67,
				(guint64)0);
	anz_store_writer_insert(writer, "cgroup_classes", "usu", (guint64)5, "file", (guint64)3);
	anz_store_writer_insert(writer, "cgroup_caches", "uuuu", (guint64)5,
				(guint64)0xffff888000002000, (guint64)2, (guint64)128);
	anz_store_writer_insert(writer, "generations", "uuussuuuduuu", (guint64)5,
				(guint64)0xffff888000003000, (guint64)0, "Normal", "file", (guint64)2,
				(guint64)6, (guint64)1, 7.5, (guint64)4, (guint64)3, (guint64)3);
	anz_store_writer_insert(writer, "cgroup_counters", "ususuuus", (guint64)5, "lru_file",
				(guint64)0, "pages", (guint64)3, (guint64)3, (guint64)1,
				"pages on LRU lists");
}

/* One row each; the names are among what a redacted file must not have. */
static void write_process(AnzStoreWriter *writer)
{
	const guint64 mm = 0xffff888000009000, vma = 0xffff888000004000;

	anz_store_writer_insert(writer, "owners", "isus-u", (gint64)3, "process", mm,
				"whistleblower (7)", (guint64)4);
	anz_store_writer_insert(writer, "tasks", "uiisuiu", (guint64)0xffff888000005000, (gint64)7,
				(gint64)7, "whistleblower", mm, (gint64)0,
				(guint64)0xffffc90000000000);
	anz_store_writer_insert(writer, "processes", "iisiuiiiiiiiiiiiiiiiiiii", (gint64)3,
				(gint64)7, "whistleblower", (gint64)1, mm, (gint64)4, (gint64)0,
				(gint64)0, (gint64)0, (gint64)0, (gint64)4096, (gint64)4,
				(gint64)0, (gint64)0, (gint64)0, (gint64)0, (gint64)0, (gint64)0,
				(gint64)0, (gint64)16384, (gint64)4, (gint64)1, (gint64)1,
				(gint64)0);
	anz_store_writer_insert(writer, "vmas", "iuuuusuuu-siiiii", (gint64)3, (guint64)0x400000,
				(guint64)0x404000, vma, (guint64)0x73, "rw-p", (guint64)0,
				(guint64)0xffff888000006000, (guint64)0xffff888000007000,
				"customer-x.db", (gint64)4, (gint64)0, (gint64)0, (gint64)0,
				(gint64)0);
	anz_store_writer_insert(writer, "mappings", "iuuuii", (gint64)3, (guint64)0x400000,
				(guint64)16, (guint64)4, (gint64)0, (gint64)0);
	anz_store_writer_insert(writer, "page_tables", "uiiui", (guint64)24, (gint64)3, (gint64)0,
				(guint64)0x400000, (gint64)0);
	anz_store_writer_insert(writer, "swap_areas", "iusuu-ui----------uu", (gint64)0,
				(guint64)0xffff888000008000, "whistleblower.swap", (guint64)16,
				(guint64)3, (guint64)15, (gint64)-2, (guint64)0, (guint64)0);
	anz_store_writer_insert(writer, "alloc_stacks", "uuuss", (guint64)17, (guint64)1, (guint64)1,
				"do_anonymous_page", "do_anonymous_page+0x8c");
	anz_store_writer_insert(writer, "allocated", "uuuuuuusd-", (guint64)3, (guint64)1, (guint64)17,
				(guint64)0, (guint64)0xcc0, (guint64)7, (guint64)7, "whistleblower", 1.5);
	anz_store_writer_insert(writer, "alloc_tags", "usus-uuuu", (guint64)0xffffffff82000000, "mm/slub.c",
				(guint64)2365, "alloc_slab_page", (guint64)8192, (guint64)2, (guint64)2,
				(guint64)2);
	anz_store_writer_insert(writer, "tagged", "uuu", (guint64)9, (guint64)2, (guint64)0xffffffff82000000);
	anz_store_writer_insert(writer, "zram", "susuuuuuuuuu", "zram0", (guint64)0xffff888000004000, "lzo",
				(guint64)1 << 26, (guint64)9, (guint64)1, (guint64)2, (guint64)5000,
				(guint64)0xffff888000005000, (guint64)3, (guint64)4, (guint64)100);
	anz_store_writer_insert(writer, "zswap", "uuuuuuuu", (guint64)1, (guint64)9, (guint64)1, (guint64)8192,
				(guint64)20, (guint64)2, (guint64)3, (guint64)4);
	anz_store_writer_insert(writer, "swap_uses", "iiu", (gint64)4, (gint64)0, (guint64)3);
	anz_store_writer_insert(writer, "swap_slots", "iuuuuu-", (gint64)0, (guint64)1, (guint64)3,
				(guint64)1, (guint64)0, (guint64)0);
}

void write_snapshot(AnzStoreWriter *writer, const Map *map)
{
	anz_store_writer_insert(writer, "snapshot", "-ssui", "2026-11-23T00:00:00Z",
				"test", (guint64)MAP_FRAMES, (gint64)4096);
	write_meta(writer);
	write_kernel(writer);
	write_owners(writer);
	write_kernel_owners(writer);
	write_cgroup(writer);
	write_classes(writer, map);
	write_process(writer);
	for (guint p = 0; p < ANZ_NR_PLANES; p++) {
		const guint8 *values = map_plane(map, (AnzPlane)p);

		for (guint64 tile = 0; tile < MAP_TILES; tile++)
			anz_store_writer_tile(
				writer, (AnzPlane)p, tile,
				values + tile * ANZ_TILE_PAGES *
						 anz_plane_width((AnzPlane)p));
	}
}

char *folder_new(void)
{
	g_autoptr(GError) error = NULL;
	char *folder = g_dir_make_tmp("memdesc-store-XXXXXX", &error);

	g_assert_no_error(error);
	return folder;
}

void folder_free(char *folder)
{
	g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
	const char *name;

	while (dir && (name = g_dir_read_name(dir)) != NULL) {
		g_autofree char *path = g_build_filename(folder, name, NULL);

		g_remove(path);
	}
	g_rmdir(folder);
	g_free(folder);
}

guint folder_count(const char *folder)
{
	g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
	guint n = 0;

	while (g_dir_read_name(dir))
		n++;
	return n;
}

char *make_file(const char *folder, const char *name, const Map *map)
{
	char *path = g_build_filename(folder, name, NULL);
	g_autoptr(GError) error = NULL;
	AnzStoreWriter *writer = anz_store_writer_new(path, FALSE, &error);
	g_autoptr(AnzStore) store = NULL;

	g_assert_no_error(error);
	write_snapshot(writer, map);
	store = anz_store_writer_commit(writer, &error);
	g_assert_no_error(error);
	g_assert_nonnull(store);
	return path;
}

void store_setup(StoreFixture *f, gconstpointer data)
{
	g_autoptr(GError) error = NULL;

	f->folder = folder_new();
	f->map = map_new(1);
	f->path = make_file(f->folder, "memory.db", f->map);
	f->store = anz_store_open(f->path, &error);
	g_assert_no_error(error);
}

void store_teardown(StoreFixture *f, gconstpointer data)
{
	anz_store_close(f->store);
	map_free(f->map);
	folder_free(f->folder);
	g_free(f->path);
}

char *query_rows(AnzStore *store, const char *sql)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(AnzQuery) query = anz_store_query(store, sql, &error);
	g_autoptr(GString) rows = g_string_new(NULL);

	g_assert_no_error(error);
	while (anz_query_next(query, &error)) {
		if (rows->len)
			g_string_append_c(rows, '\n');
		for (guint i = 0; i < anz_query_n_columns(query); i++) {
			if (i)
				g_string_append_c(rows, '|');
			g_string_append(rows, anz_query_text(query, i) ?: "");
		}
	}
	g_assert_no_error(error);
	return g_string_free(g_steal_pointer(&rows), FALSE);
}


void edit_file(const char *path, const char *sql)
{
	sqlite3 *db = NULL;
	char *message = NULL;

	g_assert_cmpint(sqlite3_open(path, &db), ==, SQLITE_OK);
	sqlite3_exec(db, sql, NULL, NULL, &message);
	g_assert_cmpstr(message, ==, NULL);
	sqlite3_close(db);
}
