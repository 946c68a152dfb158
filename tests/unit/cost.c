/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* <analyze/cost.h>: sums, slabs, limits and stages, of machines small enough to reckon by hand. */
#include <string.h>

#include "store-util.h"

typedef struct {
	char *folder, *path;
	AnzStoreWriter *writer;
	AnzStore *store;
} Fixture;

static void allocate(Fixture *f, gint64 node, const char *page_class, guint64 order, guint64 n)
{
	anz_store_writer_insert(f->writer, "allocation", "nsuuu", node, page_class, order, n, n << order);
}

static void zone(Fixture *f, gint64 id, const char *name, guint64 start, guint64 spanned)
{
	anz_store_writer_insert(f->writer, "zones", "iisiuuuuunuunnnn", id, (gint64)0, name, id,
				G_GUINT64_CONSTANT(0xffff888000001000), start, spanned, spanned, spanned, ANZ_NULL,
				(guint64)0, (guint64)0, ANZ_NULL, ANZ_NULL, ANZ_NULL, ANZ_NULL);
}

static void layout(Fixture *f, const char *name, guint64 bytes)
{
	anz_store_writer_insert(f->writer, "struct_layout", "ss--u", name, NULL, bytes);
}

static void setup(Fixture *f, gconstpointer data)
{
	g_autoptr(GError) error = NULL;

	f->folder = folder_new();
	f->path = g_build_filename(f->folder, "cost.memdesc", NULL);
	f->writer = anz_store_writer_new(f->path, FALSE, &error);
	g_assert_no_error(error);
	anz_store_writer_insert(f->writer, "snapshot", "-ssuu", "now", "test", (guint64)65536,
				(guint64)4096);
	anz_store_writer_insert(f->writer, "classes", "suuuu", "file", (guint64)1000,
				(guint64)4096000, (guint64)0, (guint64)0);
}

static AnzCost *reckon(Fixture *f, const char *shape, guint size, AnzCostSizes sizes)
{
	g_autoptr(GError) error = NULL;
	AnzCost *cost;

	anz_store_writer_meta(f->writer, "format.shape", "%s", shape);
	anz_store_writer_meta(f->writer, "format.struct_page_size", "%u", size);
	anz_store_writer_meta(f->writer, "kernel.cpus_possible", "2");
	f->store = anz_store_writer_commit(g_steal_pointer(&f->writer), &error);
	g_assert_no_error(error);
	cost = anz_cost_new(f->store, sizes, &error);
	g_assert_no_error(error);
	return cost;
}

static void teardown(Fixture *f, gconstpointer data)
{
	anz_store_writer_free(f->writer);
	anz_store_close(f->store);
	folder_free(f->folder);
	g_free(f->path);
}

static const AnzCostTotal *total(const AnzCost *cost, const char *format, gint64 node)
{
	for (guint i = 0; i < cost->nr_totals; i++)
		if (!strcmp(cost->totals[i].format, format) && cost->totals[i].node == node)
			return &cost->totals[i];
	g_error("no total of %s, node %d", format, (int)node);
}

static const AnzCostType *type(const AnzCost *cost, const char *format, const char *descriptor,
			       const char *orders)
{
	for (guint i = 0; i < cost->nr_types; i++)
		if (!strcmp(cost->types[i].format, format) &&
		    !g_strcmp0(cost->types[i].descriptor, descriptor) &&
		    !g_strcmp0(cost->types[i].orders, orders))
			return &cost->types[i];
	g_error("no type %s of %s", descriptor, format);
}

static const AnzCostStep *step(const AnzCost *cost, const char *name)
{
	for (guint i = 0; i < cost->nr_steps; i++)
		if (!strcmp(cost->steps[i].step, name))
			return &cost->steps[i];
	g_error("no step %s", name);
}

/* Nodes and types of every format sum to its machine total, and balances to what that saves. */
static void check_sums(const AnzCost *cost)
{
	guint formats = 0;

	for (guint i = 0; i < cost->nr_totals; i++) {
		const AnzCostTotal *machine = &cost->totals[i];
		guint64 frames = 0, array = 0, all = 0, types = 0, pages = 0;

		if (machine->node != ANZ_COST_MACHINE)
			continue;
		formats++;
		for (guint j = 0; j < cost->nr_totals; j++) {
			const AnzCostTotal *it = &cost->totals[j];

			if (it->node == ANZ_COST_MACHINE || strcmp(it->format, machine->format))
				continue;
			frames += it->frames;
			array += it->array_bytes;
			all += it->total_bytes;
		}
		for (guint j = 0; j < cost->nr_types; j++) {
			if (strcmp(cost->types[j].format, machine->format))
				continue;
			types += cost->types[j].total_bytes;
			pages += cost->types[j].pages;
		}
		g_assert_cmpuint(frames, ==, machine->frames);
		g_assert_cmpuint(pages, ==, machine->frames);
		g_assert_cmpuint(array, ==, machine->array_bytes);
		g_assert_cmpuint(all, ==, machine->total_bytes);
		g_assert_cmpuint(types, ==, machine->total_bytes);
	}
	g_assert_cmpuint(formats, >=, 4);
	g_assert_cmpuint(cost->nr_balances, ==, 3);
	for (guint i = 0; i < cost->nr_balances; i++) {
		const AnzCostBalance *it = &cost->balances[i];

		g_assert_cmpint(it->net_bytes, ==, total(cost, it->format, ANZ_COST_MACHINE)->saved_bytes);
		g_assert_cmpint(it->net_bytes, ==, it->gained_bytes + it->without_bytes -
				it->lost_bytes - it->overhead_bytes);
	}
}

/*
 * 1000 single pages of page cache: folios of 80 bytes, 51 to a page: 20 slabs.  One large folio, 112
 * bytes: 1 slab.  10 slabs of two pages, 21 more: 31 struct slabs of 64 bytes: 1 slab, itself the 32nd.
 */
static void test_classic(Fixture *f, gconstpointer data)
{
	g_autoptr(AnzCost) cost = NULL;
	const AnzCostTotal *today, *goal;

	allocate(f, 0, "file", 0, 1000);
	allocate(f, 0, "file", 9, 1);
	allocate(f, 0, "slab", 1, 10);
	allocate(f, 0, "free", 10, 2);
	allocate(f, ANZ_NULL, "reserved", 0, 7);
	anz_store_writer_meta(f->writer, "memory.shared_array_pages", "7");
	cost = reckon(f, "classic", 64, ANZ_COST_SIZES_AUTO);
	check_sums(cost);
	g_assert_cmpuint(cost->shared_bytes, ==, 7 * 4096);
	today = total(cost, "today", ANZ_COST_MACHINE);
	g_assert_cmpuint(today->frames, ==, 1000 + 512 + 20 + 2048 + 7);
	g_assert_cmpuint(today->total_bytes, ==, today->frames * 64);
	g_assert_cmpuint(today->descriptors, ==, 0);
	g_assert_cmpuint(total(cost, "today", ANZ_COST_NO_NODE)->frames, ==, 7);
	goal = total(cost, "memdesc8", ANZ_COST_MACHINE);
	g_assert_cmpuint(goal->array_bytes, ==, today->frames * 8);
	g_assert_cmpuint(type(cost, "memdesc8", "folio", "0")->slab_bytes, ==, 20 * 4096);
	g_assert_cmpuint(type(cost, "memdesc8", "folio", "1+")->slab_bytes, ==, 4096);
	g_assert_cmpuint(type(cost, "memdesc8", "slab", "any")->descriptors, ==, 32);
	g_assert_cmpint(goal->slab_bytes, ==, 22 * 4096);
	g_assert_cmpuint(goal->object_bytes, ==, 1000 * 80 + 112 + 32 * 64);
	g_assert_cmpint(type(cost, "memdesc32", "folio", "0")->status, ==, 'P');
	g_assert_cmpint(type(cost, "memdesc8", "folio", "1+")->status, ==, 'C');
	g_assert_cmpint(type(cost, "today", "folio", "any")->status, ==, 0);
	/* a folio of one page: 56 bytes of struct page saved, 4096 / 51 spent */
	g_assert_cmpuint(cost->nr_allocations, ==, 3);
	g_assert_cmpint(cost->allocations[0].saved_bytes[3], ==, 1000 * 56 - (1000 * 4096 + 50) / 51);
	g_assert_cmpint(cost->allocations[1].saved_bytes[3], ==, 512 * 56 - (4096 + 35) / 36);
	g_assert_cmpint(cost->allocations[2].saved_bytes[3], ==, 20 * 56 - 10 * 64);
	g_assert_cmpuint(cost->balances[2].losing_allocations, ==, 1000);
	g_assert_cmpuint(cost->balances[2].gaining_pages, ==, 512 + 20);
	g_assert_cmpuint(cost->balances[2].without_pages, ==, 2048 + 7);
}

/* Poisoned pages have a descriptor each; a folio keeps its own when its first page is poisoned. */
static void test_poison(Fixture *f, gconstpointer data)
{
	g_autoptr(AnzCost) cost = NULL;

	anz_store_writer_insert(f->writer, "allocation", "nsuuu", (gint64)0, "hwpoison", (guint64)2,
				(guint64)1, (guint64)2);
	anz_store_writer_insert(f->writer, "allocation", "nsuuu", (gint64)0, "anon", (guint64)2,
				(guint64)0, (guint64)3);
	cost = reckon(f, "classic", 64, ANZ_COST_SIZES_AUTO);
	check_sums(cost);
	g_assert_cmpuint(type(cost, "memdesc8", "hwpoison", "any")->descriptors, ==, 2);
	g_assert_cmpuint(type(cost, "memdesc8", "anon_folio", "any")->descriptors, ==, 1);
	/* there the type table has no anon_folio */
	g_assert_cmpuint(type(cost, "memdesc32", "folio", "1+")->descriptors, ==, 1);
}

/* An overlay is no longer than its struct pages. */
static void test_overlays(Fixture *f, gconstpointer data)
{
	g_autoptr(AnzCost) cost = NULL;
	guint small = 0, large = 0;

	layout(f, "page", 64);
	layout(f, "folio", 250);
	allocate(f, 0, "file", 0, 10);
	allocate(f, 0, "file", 9, 10);
	cost = reckon(f, "classic", 64, ANZ_COST_SIZES_DUMP);
	check_sums(cost);
	for (guint i = 0; i < cost->nr_types; i++) {
		small += !strcmp(cost->types[i].format, "memdesc8") && cost->types[i].bytes == 64 &&
			 cost->types[i].descriptors == 10 && cost->types[i].status == 'D';
		large += !strcmp(cost->types[i].format, "memdesc8") && cost->types[i].bytes == 256 &&
			 cost->types[i].descriptors == 10;
	}
	g_assert_cmpuint(small, ==, 1);
	g_assert_cmpuint(large, ==, 1);
}

static void describe(Fixture *f, const char *kind, const char *name, const char *page_class, guint64 n)
{
	anz_store_writer_insert(f->writer, "descriptor_use", "isssuuu", (gint64)0, kind, name, page_class,
				(guint64)0, n, n);
}

static void cache(Fixture *f, const char *name, guint64 address, guint64 size, guint64 slabs)
{
	anz_store_writer_insert(f->writer, "descriptor_cache", "issuuuuu", (gint64)0, name, "c", address,
				size, (guint64)0, slabs, slabs);
}

static void put_descriptors(Fixture *f, gboolean caches)
{
	allocate(f, 0, "file", 0, 300);
	allocate(f, 0, "slab", 0, 20);
	allocate(f, 0, "kernel-other", 0, 50);
	describe(f, "File", "folio", "file", 300);
	describe(f, "Slab", "slab", "slab", 20);
	describe(f, "AcctMem", "acctmem", "kernel-other", 30);
	layout(f, "page", 8);
	layout(f, "folio", 88);
	if (!caches)
		return;
	cache(f, "folio", 1, 96, 9);
	cache(f, "slab", 2, 64, 3);
	cache(f, "acctmem", 3, 16, 1);
}

/*
 * Today's slabs as they are.  The projection packs 300 folios, 42 to a page, into 8 slabs and acctmem
 * into 1; the 7 slabs that hold no descriptors and those 9 need 16 struct slabs, and their slab a 17th.
 */
static void test_descriptors(Fixture *f, gconstpointer data)
{
	g_autoptr(AnzCost) cost = NULL;
	const AnzCostTotal *today, *goal;

	put_descriptors(f, TRUE);
	cost = reckon(f, "memdesc8", 8, ANZ_COST_SIZES_AUTO);
	check_sums(cost);
	g_assert_cmpuint(cost->slab_caches, ==, 3);
	today = total(cost, "today", ANZ_COST_MACHINE);
	g_assert_cmpuint(today->frames, ==, 370);
	g_assert_cmpuint(today->descriptors, ==, 350);
	g_assert_cmpint(today->slab_bytes, ==, 13 * 4096);
	g_assert_cmpuint(today->total_bytes, ==, 370 * 8 + 13 * 4096);
	g_assert_cmpint(today->saved_bytes, ==, 370 * 56 - 13 * 4096);
	g_assert_cmpuint(type(cost, "today", "folio", "any")->bytes, ==, 96);
	g_assert_cmpuint(type(cost, "today", NULL, NULL)->pages, ==, 20);
	g_assert_cmpuint(type(cost, "classic", "folio", "any")->array_bytes, ==, 300 * 64);
	goal = total(cost, "memdesc8", ANZ_COST_MACHINE);
	g_assert_cmpuint(type(cost, "memdesc8", "slab", "any")->descriptors, ==, 17);
	g_assert_cmpint(goal->slab_bytes, ==, (8 + 1 + 1) * 4096);
	g_assert_cmpuint(step(cost, "page-8")->done, ==, 1);
}

/* Descriptors that are no slab objects: only the objects are known. */
static void test_no_slabs(Fixture *f, gconstpointer data)
{
	g_autoptr(AnzCost) cost = NULL;
	const AnzCostTotal *today;

	put_descriptors(f, FALSE);
	cost = reckon(f, "memdesc8", 8, ANZ_COST_SIZES_AUTO);
	check_sums(cost);
	today = total(cost, "today", ANZ_COST_MACHINE);
	g_assert_cmpint(today->slab_bytes, ==, -1);
	/* struct folio rounded up to 16; the others by the table */
	g_assert_cmpuint(today->object_bytes, ==, 300 * 96 + 20 * 64 + 30 * 32);
	g_assert_cmpuint(today->total_bytes, ==, 370 * 8 + today->object_bytes);
}

/* The limit of 29 bits less the one value that means the head; devices do not count. */
static void test_limits(Fixture *f, gconstpointer data)
{
	const guint64 limit = (1u << 29) - 1;
	g_autoptr(AnzCost) cost = NULL;

	allocate(f, 0, "file", 0, 1);
	zone(f, 0, "DMA", 1, 4095);
	zone(f, 1, "Normal", 4096, 2 * limit + 1);
	zone(f, 2, "Movable", 4096 + 2 * limit + 1, limit);
	zone(f, 3, "Device", 1ull << 36, 1ull << 33);
	cost = reckon(f, "classic", 64, ANZ_COST_SIZES_AUTO);
	g_assert_cmpuint(cost->nr_limits, ==, 2);
	g_assert_cmpstr(cost->limits[0].layout, ==, "pfn8-global");
	g_assert_cmpuint(cost->limits[0].limit_frames, ==, limit);
	g_assert_cmpuint(cost->limits[0].frames, ==, 4096 + 3 * limit + 1);
	g_assert_false(cost->limits[0].fits);
	g_assert_cmpuint(cost->limits[0].zones, ==, 3);
	g_assert_cmpuint(cost->limits[0].zones_needed, ==, 0);
	g_assert_cmpstr(cost->limits[1].layout, ==, "pfn8-zone");
	g_assert_cmpuint(cost->limits[1].frames, ==, 2 * limit + 1);
	g_assert_false(cost->limits[1].fits);
	g_assert_cmpuint(cost->limits[1].zones_needed, ==, 1 + 3 + 1);
}

static void test_limit_just_met(Fixture *f, gconstpointer data)
{
	g_autoptr(AnzCost) cost = NULL;

	allocate(f, 0, "file", 0, 1);
	zone(f, 0, "Normal", 1, (1u << 29) - 2);
	cost = reckon(f, "classic", 64, ANZ_COST_SIZES_AUTO);
	g_assert_true(cost->limits[0].fits);
	g_assert_cmpuint(cost->limits[0].zones_needed, ==, 1);
	g_assert_cmpuint(cost->limits[1].zones_needed, ==, 1);
}

static void member(Fixture *f, const char *name, const char *type_name)
{
	anz_store_writer_insert(f->writer, "struct_layout", "sssuu", "page", name, type_name, (guint64)0,
				(guint64)8);
}

static void test_stage(Fixture *f, gconstpointer data)
{
	g_autoptr(AnzCost) cost = NULL;

	allocate(f, 0, "file", 0, 1);
	layout(f, "page", 32);
	layout(f, "ptdesc", 64);
	member(f, "flags", "memdesc_flags_t");
	member(f, "private", NULL);
	member(f, "memdesc", "u64");
	cost = reckon(f, "memdesc32", 32, ANZ_COST_SIZES_AUTO);
	g_assert_cmpint(step(cost, "flags")->done, ==, 1);
	g_assert_cmpint(step(cost, "ptdesc")->done, ==, 1);
	g_assert_cmpint(step(cost, "slab")->done, ==, 0);
	g_assert_cmpint(step(cost, "word")->done, ==, 1);
	g_assert_cmpint(step(cost, "lru")->done, ==, 1);
	g_assert_cmpint(step(cost, "private")->done, ==, 0);
	g_assert_cmpstr(step(cost, "private")->seen, ==, "page.private");
	g_assert_cmpint(step(cost, "page-32")->done, ==, 1);
	g_assert_cmpint(step(cost, "page-16")->done, ==, 0);
	g_assert_cmpstr(cost->stage, ==, "memdesc32 struct page of 32 bytes; of the members that the "
			"conversion removes it still has private");
}

static void test_stage_unknown(Fixture *f, gconstpointer data)
{
	g_autoptr(AnzCost) cost = NULL;

	allocate(f, 0, "file", 0, 1);
	cost = reckon(f, "classic", 64, ANZ_COST_SIZES_AUTO);
	g_assert_cmpint(step(cost, "mapping")->done, ==, -1);
	g_assert_nonnull(strstr(cost->stage, "may have any"));
}

static void assert_refused(Fixture *f, const char *sql, gint code, const char *words)
{
	g_autoptr(GError) error = NULL;

	g_clear_pointer(&f->store, anz_store_close);
	edit_file(f->path, sql);
	f->store = anz_store_open(f->path, &error);
	g_assert_no_error(error);
	g_assert_null(anz_cost_new(f->store, ANZ_COST_SIZES_AUTO, &error));
	assert_message(error, code, words);
}

/* Files of before, and damaged ones: an error with a next step, no overflow. */
static void test_refused(Fixture *f, gconstpointer data)
{
	put_descriptors(f, TRUE);
	anz_cost_free(reckon(f, "memdesc8", 8, ANZ_COST_SIZES_AUTO));
	assert_refused(f, "UPDATE allocation SET node = -1, \"order\" = 63; "
		       "UPDATE descriptor_cache SET pages = 1 << 60", ANZ_ERROR_FORMAT, "damaged");
	assert_refused(f, "UPDATE allocation SET pages = 9223372036854775807", ANZ_ERROR_FORMAT, "damaged");
	assert_refused(f, "UPDATE meta SET value = 'memdesc4' WHERE key = 'format.shape'",
		       ANZ_ERROR_FORMAT, "analyze the source again");
	assert_refused(f, "UPDATE meta SET value = 'classic' WHERE key = 'format.shape';"
		       "DROP TABLE allocation", ANZ_ERROR_UNSUPPORTED, "analyze the source again");
}

#define ADD(name, function) \
	g_test_add("/cost/" name, Fixture, NULL, setup, function, teardown)

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	ADD("classic", test_classic);
	ADD("poison", test_poison);
	ADD("overlays", test_overlays);
	ADD("descriptors", test_descriptors);
	ADD("no-slabs", test_no_slabs);
	ADD("limits", test_limits);
	ADD("limit-just-met", test_limit_just_met);
	ADD("stage", test_stage);
	ADD("stage-unknown", test_stage_unknown);
	ADD("refused", test_refused);
	return g_test_run();
}
