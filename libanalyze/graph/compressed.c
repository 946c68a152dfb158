/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * zram is a module, as zsmalloc may be, and has its types there (drivers/block/zram/zram_drv.h).  zswap has
 * no struct: its counters are variables (mm/zswap.c).
 */
#include "graph/compressed.h"

#include <string.h>

#include "graph/disks.h"
#include "kernel/module-types.h"

#define MAX_ZRAMS 4096
#define ZSMALLOC_NAME "zsmalloc pool "	/* of owners that pools.c makes */

typedef struct {
	AnzGraph *graph;
	AnzCompressed *c;
	AnzField private_data;		/* gendisk */
	AnzField disk, pool, size, limit, algorithm, stored, same, huge, bytes, peak;	/* zram */
	AnzField allocated;		/* zs_pool */
	AnzRecord record;		/* struct zram */
} Builder;

static void zram_clear(gpointer data)
{
	AnzZram *zram = data;

	g_free(zram->disk);
	g_free(zram->algorithm);
}

/* The struct of a driver that may be built in or not. */
static const AnzType *type_of(AnzKernel *kernel, const char *module, const char *name)
{
	const AnzType *type = anz_types_find(kernel->types, name);
	g_autofree char *full = g_strconcat(module, ":", name, NULL);

	return type ? type : anz_module_type(kernel, full, NULL);
}

static gboolean resolve(Builder *b)
{
	AnzKernel *kernel = b->graph->kernel;
	const AnzType *zram = type_of(kernel, "zram", "zram");

	if (!zram || !anz_field(kernel, "gendisk", "private_data", &b->private_data) ||
	    !anz_field_of(zram, "disk", &b->disk) || !anz_field_of(zram, "disksize", &b->size) ||
	    !anz_field_of(zram, "mem_pool", &b->pool))
		return FALSE;
	anz_field_of(zram, "limit_pages", &b->limit);
	/* Several since 6.2, each a name; one array of characters before. */
	if (!anz_field_of(zram, "comp_algs[0]", &b->algorithm))
		anz_field_of(zram, "compressor", &b->algorithm);
	anz_field_of(zram, "stats.pages_stored.counter", &b->stored);
	anz_field_of(zram, "stats.same_pages.counter", &b->same);
	anz_field_of(zram, "stats.huge_pages.counter", &b->huge);
	anz_field_of(zram, "stats.compr_data_size.counter", &b->bytes);
	anz_field_of(zram, "stats.max_used_pages.counter", &b->peak);
	anz_record_init(&b->record, kernel, zram->size);
	return TRUE;
}

static gint64 count(const Builder *b, const AnzField *field)
{
	return anz_record_has(&b->record, field) ? (gint64)anz_record_get(&b->record, field) :
	       ANZ_NOT_COUNTED;
}

static gint64 pages_of_pool(const Builder *b, guint64 pool)
{
	guint64 pages;

	if (!pool)
		return 0;
	return b->allocated.known &&
	       anz_kernel_read_u64(b->graph->kernel, pool + b->allocated.offset, &pages) ?
	       (gint64)pages : ANZ_NOT_COUNTED;
}

static char *algorithm_of(const Builder *b)
{
	if (!anz_record_has(&b->record, &b->algorithm))
		return NULL;
	if (b->algorithm.member.bit_size != 64)
		return anz_record_text(&b->record, &b->algorithm);
	return anz_kernel_read_string(b->graph->kernel, anz_record_get(&b->record, &b->algorithm), 64);
}

/* A device whose name says that it is one, and that leads back to the disk. */
static void add_zram(guint64 disk, const char *name, gpointer data)
{
	Builder *b = data;
	AnzKernel *kernel = b->graph->kernel;
	AnzZram it = { 0 };

	if (!g_str_has_prefix(name, "zram") || b->c->zrams->len >= MAX_ZRAMS ||
	    !anz_kernel_read_u64(kernel, disk + b->private_data.offset, &it.address) ||
	    !it.address || !anz_record_read(&b->record, it.address) ||
	    anz_kernel_untag(kernel, anz_record_get(&b->record, &b->disk)) !=
	    anz_kernel_untag(kernel, disk))
		return;
	it.disk = g_strdup(name);
	it.algorithm = algorithm_of(b);
	it.size_bytes = anz_record_get(&b->record, &b->size);
	it.pool = it.size_bytes ? anz_record_get(&b->record, &b->pool) : 0;
	it.nr_stored = count(b, &b->stored);
	it.nr_same = count(b, &b->same);
	it.nr_huge = count(b, &b->huge);
	it.compressed_bytes = count(b, &b->bytes);
	it.peak_pages = count(b, &b->peak);
	it.limit_pages = count(b, &b->limit);
	if (!it.limit_pages)
		it.limit_pages = ANZ_NOT_COUNTED;
	it.pool_pages = pages_of_pool(b, it.pool);
	g_array_append_val(b->c->zrams, it);
}

/* --- zswap --- */

/*
 * An atomic_t, an atomic_long_t later: the lower half is the same where bytes go upwards, and no machine
 * has as many pages as would need the other.
 */
static gint64 atomic_of(AnzKernel *kernel, const char *symbol)
{
	guint64 address;
	guint32 value;

	return !kernel->big_endian && anz_kernel_symbol(kernel, symbol, &address) &&
	       anz_kernel_read_u32(kernel, address, &value) ? (gint64)value : ANZ_NOT_COUNTED;
}

static gint64 u64_of(AnzKernel *kernel, const char *symbol)
{
	guint64 address, value;

	return anz_kernel_symbol(kernel, symbol, &address) &&
	       anz_kernel_read_u64(kernel, address, &value) ? (gint64)value : ANZ_NOT_COUNTED;
}

static gint64 flag_of(AnzKernel *kernel, const char *symbol)
{
	guint64 address;
	guint8 value;

	return anz_kernel_symbol(kernel, symbol, &address) &&
	       anz_kernel_read(kernel, address, &value, 1) ? (gint64)!!value : ANZ_NOT_COUNTED;
}

/* Since 6.8 no variable has the size of its pools; those of zsmalloc are owners, by name. */
static gint64 pool_bytes(const Builder *b)
{
	gint64 sum = u64_of(b->graph->kernel, "zswap_pool_total_size");

	if (sum != ANZ_NOT_COUNTED)
		return sum;
	sum = 0;
	for (guint i = 1; i < b->graph->owners->len; i++) {
		const AnzOwner *owner = &g_array_index(b->graph->owners, AnzOwner, i);
		gint64 pages;

		if (owner->kind != ANZ_OWNER_POOL || !g_str_has_prefix(owner->name, ZSMALLOC_NAME "zswap"))
			continue;
		pages = pages_of_pool(b, owner->address);
		if (pages == ANZ_NOT_COUNTED)
			return ANZ_NOT_COUNTED;
		sum += pages << b->graph->kernel->page_shift;
	}
	return sum;
}

static void read_zswap(const Builder *b)
{
	AnzKernel *kernel = b->graph->kernel;
	AnzZswap *zswap = &b->c->zswap;

	zswap->nr_stored = atomic_of(kernel, "zswap_stored_pages");
	if (zswap->nr_stored == ANZ_NOT_COUNTED)
		return;
	b->c->has_zswap = TRUE;
	zswap->enabled = flag_of(kernel, "zswap_enabled");
	/* 4.16 to 6.10; zero-filled pages never come here since. */
	zswap->nr_same = atomic_of(kernel, "zswap_same_filled_pages");
	zswap->max_percent = atomic_of(kernel, "zswap_max_pool_percent");
	zswap->written_back = u64_of(kernel, "zswap_written_back_pages");
	zswap->limit_hits = u64_of(kernel, "zswap_pool_limit_hit");
	zswap->rejected = u64_of(kernel, "zswap_reject_compress_poor");
	zswap->pool_bytes = pool_bytes(b);
}

void anz_compressed_build(AnzGraph *graph)
{
	AnzKernel *kernel = graph->kernel;
	Builder b = { .graph = graph };

	graph->compressed = b.c = g_new0(AnzCompressed, 1);
	b.c->zrams = g_array_new(FALSE, TRUE, sizeof(AnzZram));
	g_array_set_clear_func(b.c->zrams, zram_clear);
	anz_field_of(type_of(kernel, "zsmalloc", "zs_pool"), "pages_allocated.counter", &b.allocated);
	if (resolve(&b))
		anz_disks_each(graph, add_zram, &b);
	anz_record_clear(&b.record);
	read_zswap(&b);
}

void anz_compressed_free(AnzCompressed *compressed)
{
	if (!compressed)
		return;
	g_array_unref(compressed->zrams);
	g_free(compressed);
}
