/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* zram devices and zswap of an invented machine: found by their disks, and by variables. */
#include "graph/compressed.h"

#include <string.h>

#include "kernel-util.h"

#define TEXT(...) TEXT_(__VA_ARGS__)
#define TEXT_(...) #__VA_ARGS__

#define ZRAM_TYPES \
	typedef struct { long counter; } atomic64_t; \
	struct gendisk { char disk_name[32]; void *private_data; }; \
	struct block_device { struct gendisk *bd_disk; }; \
	struct inode { struct list_head i_sb_list; }; \
	struct bdev_inode { struct block_device bdev; struct inode vfs_inode; }; \
	struct super_block { struct list_head s_inodes; }; \
	struct zs_pool { const char *name; atomic64_t pages_allocated; }; \
	struct zram_stats { atomic64_t compr_data_size, pages_stored, same_pages, max_used_pages; }; \
	struct zram { struct zs_pool *mem_pool; struct gendisk *disk; unsigned long limit_pages; \
		struct zram_stats stats; unsigned long disksize; const char *comp_algs[2]; };

ZRAM_TYPES

typedef struct {
	TestMachine *m;
	AnzPlanes *planes;
	AnzGraph *graph;
	struct super_block *super;
} Fixture;

static void say_symbol(Fixture *f, const char *name, guint64 address)
{
	test_machine_say(f->m, "SYMBOL(%s)=%" G_GINT64_MODIFIER "x\n", name, address);
}

static void set_up(Fixture *f, gconstpointer data)
{
	guint64 super, pointer;

	f->m = test_machine_new();
	test_machine_types(f->m, TEXT(MACHINE_TYPES) " " TEXT(ZRAM_TYPES));
	super = test_machine_alloc(f->m, sizeof(struct super_block), 8);
	pointer = test_machine_alloc(f->m, 8, 8);
	f->super = test_machine_at(f->m, super);
	f->super->s_inodes.next = f->super->s_inodes.prev = (void *)(gsize)super;
	memcpy(test_machine_at(f->m, pointer), &super, 8);
	say_symbol(f, "blockdev_superblock", pointer);
}

static void tear_down(Fixture *f, gconstpointer data)
{
	anz_graph_free(f->graph);
	anz_planes_free(f->planes);
	test_machine_free(f->m);
}

static guint64 text(Fixture *f, const char *string)
{
	guint64 at = test_machine_alloc(f->m, 64, 8);

	strcpy(test_machine_at(f->m, at), string);
	return at;
}

/* A disk with an inode, and one of a partition that leads to it, too. */
static struct gendisk *add_disk(Fixture *f, const char *name, guint64 *address)
{
	struct gendisk *disk;

	*address = test_machine_alloc(f->m, sizeof(struct gendisk), 8);
	disk = test_machine_at(f->m, *address);
	strcpy(disk->disk_name, name);
	for (guint i = 0; i < 2; i++) {
		struct bdev_inode *inode = test_machine_at(f->m,
			test_machine_alloc(f->m, sizeof(struct bdev_inode), 8));

		inode->bdev.bd_disk = (void *)(gsize)*address;
		test_list_add(f->m, &f->super->s_inodes, &inode->vfs_inode.i_sb_list);
	}
	return disk;
}

static struct zram *add_zram(Fixture *f, const char *name)
{
	guint64 at, zram = test_machine_alloc(f->m, sizeof(struct zram), 8);
	struct gendisk *disk = add_disk(f, name, &at);
	struct zram *it = test_machine_at(f->m, zram);

	disk->private_data = (void *)(gsize)zram;
	it->disk = (void *)(gsize)at;
	return it;
}

static void build(Fixture *f)
{
	const guint64 numbers[] = { 0 };

	test_machine_open(f->m, NULL);
	f->planes = anz_planes_new(numbers, 1, 9, 0);
	f->planes->max_pfn = MACHINE_FRAMES;
	f->graph = anz_graph_new(f->m->kernel, f->planes, NULL, NULL, NULL);
}

static void test_zram(Fixture *f, gconstpointer data)
{
	guint64 pool = test_machine_alloc(f->m, sizeof(struct zs_pool), 8), at;
	struct zram *zram = add_zram(f, "zram0");
	const AnzZram *it;

	((struct zs_pool *)test_machine_at(f->m, pool))->pages_allocated.counter = 51;
	zram->mem_pool = (void *)(gsize)pool;
	zram->disksize = 1 << 26;
	zram->comp_algs[0] = (void *)(gsize)text(f, "lzo-rle");
	zram->stats.pages_stored.counter = 3073;
	zram->stats.same_pages.counter = 12;
	zram->stats.compr_data_size.counter = 169061;
	zram->stats.max_used_pages.counter = 52;
	/* Never given a size; a limit, but no pool. */
	add_zram(f, "zram1")->limit_pages = 100;
	/* Not what their names say. */
	add_zram(f, "zram2")->disk = NULL;
	add_disk(f, "zram3", &at)->private_data = (void *)(gsize)0xffff88ff00000000;
	add_disk(f, "sda", &at);
	build(f);
	anz_compressed_build(f->graph);
	g_assert_cmpuint(f->graph->compressed->zrams->len, ==, 2);
	it = &g_array_index(f->graph->compressed->zrams, AnzZram, 0);
	g_assert_cmpstr(it->disk, ==, "zram0");
	g_assert_cmpstr(it->algorithm, ==, "lzo-rle");
	g_assert_cmpuint(it->size_bytes, ==, 1 << 26);
	g_assert_cmpint(it->nr_stored, ==, 3073);
	g_assert_cmpint(it->nr_same, ==, 12);
	/* This kernel does not count them. */
	g_assert_cmpint(it->nr_huge, ==, ANZ_NOT_COUNTED);
	g_assert_cmpint(it->compressed_bytes, ==, 169061);
	g_assert_cmpint(it->pool_pages, ==, 51);
	g_assert_cmpint(it->peak_pages, ==, 52);
	g_assert_cmpint(it->limit_pages, ==, ANZ_NOT_COUNTED);
	it++;
	g_assert_cmpstr(it->disk, ==, "zram1");
	g_assert_null(it->algorithm);
	g_assert_cmpint(it->pool_pages, ==, 0);
	g_assert_cmpint(it->limit_pages, ==, 100);
	g_assert_false(f->graph->compressed->has_zswap);
}

static void test_zswap(Fixture *f, gconstpointer data)
{
	guint64 stored = test_machine_alloc(f->m, 8, 8), enabled = test_machine_alloc(f->m, 1, 1);
	guint64 pools[2];
	const AnzZswap *zswap;

	/* An atomic_t, and something else behind it. */
	((guint32 *)test_machine_at(f->m, stored))[0] = 4711;
	((guint32 *)test_machine_at(f->m, stored))[1] = 1;
	*(guint8 *)test_machine_at(f->m, enabled) = 1;
	say_symbol(f, "zswap_stored_pages", stored);
	say_symbol(f, "zswap_enabled", enabled);
	for (guint i = 0; i < 2; i++) {
		pools[i] = test_machine_alloc(f->m, sizeof(struct zs_pool), 8);
		((struct zs_pool *)test_machine_at(f->m, pools[i]))->pages_allocated.counter = 10 + i;
	}
	build(f);
	anz_graph_owner(f->graph, ANZ_OWNER_POOL, pools[0], "zsmalloc pool zswap1");
	anz_graph_owner(f->graph, ANZ_OWNER_POOL, pools[1], "zsmalloc pool zram0");
	anz_compressed_build(f->graph);
	g_assert_true(f->graph->compressed->has_zswap);
	zswap = &f->graph->compressed->zswap;
	g_assert_cmpint(zswap->enabled, ==, 1);
	g_assert_cmpint(zswap->nr_stored, ==, 4711);
	g_assert_cmpint(zswap->nr_same, ==, ANZ_NOT_COUNTED);
	g_assert_cmpint(zswap->limit_hits, ==, ANZ_NOT_COUNTED);
	g_assert_cmpint(zswap->pool_bytes, ==, 10 << 12);
}

/* The variable that older kernels have. */
static void test_zswap_total(Fixture *f, gconstpointer data)
{
	guint64 stored = test_machine_alloc(f->m, 8, 8), total = test_machine_alloc(f->m, 8, 8);

	*(guint64 *)test_machine_at(f->m, total) = 123 << 12;
	say_symbol(f, "zswap_stored_pages", stored);
	say_symbol(f, "zswap_pool_total_size", total);
	build(f);
	anz_compressed_build(f->graph);
	g_assert_cmpint(f->graph->compressed->zswap.pool_bytes, ==, 123 << 12);
	g_assert_cmpint(f->graph->compressed->zswap.enabled, ==, ANZ_NOT_COUNTED);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add("/compressed/zram", Fixture, NULL, set_up, test_zram, tear_down);
	g_test_add("/compressed/zswap", Fixture, NULL, set_up, test_zswap, tear_down);
	g_test_add("/compressed/zswap-total", Fixture, NULL, set_up, test_zswap_total, tear_down);
	return g_test_run();
}
