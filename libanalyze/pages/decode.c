/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Decoding the whole page array: one tile is one unit of work.  Each worker has an image handle and
 * buffers of its own and writes into its tile's slices, so no lock is taken; wide values travel back
 * to the caller's thread, which may write them to a store.
 */
#include <string.h>

#include "pages/classify-memdesc.h"

/* Buffers of one unit of work; they go round between the pool and the caller. */
typedef struct {
	AnzTile *tile;
	guint8 *records;	/* struct pages of one section part */
	gsize records_size;
	guint16 *zone_key;
	guint32 *flags;
	gint32 *refcount;
	gint32 *mapcount;
	GArray *buddies;
	GArray *runs;
	AnzDecodeStats stats;
	gboolean done;
} Work;

typedef struct {
	AnzKernel *kernel;
	AnzPlanes *planes;
	GAsyncQueue *images;	/* AnzImage handles not in use */
	GAsyncQueue *finished;	/* Work */
	const gint *cancel;
} Decoder;

static void work_free(gpointer data)
{
	Work *work = data;

	g_free(work->records);
	g_free(work->zone_key);
	g_free(work->flags);
	g_free(work->refcount);
	g_free(work->mapcount);
	if (work->buddies)
		g_array_unref(work->buddies);
	if (work->runs)
		g_array_unref(work->runs);
	g_free(work);
}

static Work *work_new(void)
{
	Work *work = g_new0(Work, 1);

	work->zone_key = g_new(guint16, ANZ_TILE_PAGES);
	work->flags = g_new(guint32, ANZ_TILE_PAGES);
	work->refcount = g_new(gint32, ANZ_TILE_PAGES);
	work->mapcount = g_new(gint32, ANZ_TILE_PAGES);
	work->buddies = g_array_new(FALSE, FALSE, sizeof(AnzBuddyRecord));
	work->runs = g_array_new(FALSE, FALSE, sizeof(AnzWordRun));
	return work;
}

static void add_stats(AnzDecodeStats *sum, const AnzDecodeStats *part)
{
	if (!sum->unknown_type)
		sum->unknown_type_value = part->unknown_type_value;
	if (!sum->wrong_head)
		sum->wrong_head_pfn = part->wrong_head_pfn;
	sum->unknown_type += part->unknown_type;
	sum->bad_buddy_order += part->bad_buddy_order;
	sum->bad_compound_order += part->bad_compound_order;
	sum->wrong_head += part->wrong_head;
	sum->odd_mapping += part->odd_mapping;
	sum->fake_heads += part->fake_heads;
	sum->unmapped += part->unmapped;
}

static AnzPageClass class_of_absence(AnzMemState state, AnzDecodeStats *stats, guint64 nr_pages)
{
	if (state == ANZ_MEM_EXCLUDED)
		return ANZ_CLASS_EXCLUDED;
	if (state == ANZ_MEM_ABSENT)
		stats->unmapped += nr_pages;
	return ANZ_CLASS_UNREADABLE;
}

/*
 * Frames [at, at + nr) of the tile, all in one section.  What cannot be read takes the class that
 * says why; the rest of the run goes on behind the page that stopped it.
 */
static void decode_part(Decoder *decoder, AnzImage *image, Work *work, guint64 pfn, guint nr,
			guint64 address)
{
	const AnzPageFormat *format = &decoder->kernel->format;
	AnzTile *tile = work->tile;
	guint first = anz_tile_index(pfn);
	guint64 page_size = 1ull << decoder->kernel->page_shift;
	gsize len = (gsize)nr * format->stride, done = 0;
	AnzBatch batch;

	if (work->records_size < len) {
		g_free(work->records);
		work->records = g_malloc(len);
		work->records_size = len;
	}
	while (done < len) {
		AnzMemState stopped = ANZ_MEM_PRESENT;
		gsize got = anz_image_read_virt(image, address + done, work->records + done,
						len - done, &stopped);
		gsize good_from = (done + format->stride - 1) / format->stride;
		gsize good_to = (done + got) / format->stride, bad_to;
		gsize skip;

		if (good_to > good_from) {
			guint at = first + good_from;

			/* A cut batch may begin with a tail or end with a head: both are harmless,
			 * the head's order then comes from elsewhere or stays unknown. */
			batch = (AnzBatch){
				.page_class = tile->page_class + at, .order = tile->order + at,
				.attr = tile->attr + at, .zone_key = work->zone_key + at,
				.flags = work->flags + at, .refcount = work->refcount + at,
				.mapcount = work->mapcount + at, .buddies = work->buddies,
				.runs = work->runs, .stats = &work->stats,
			};
			if (decoder->kernel->memdesc)
				anz_classify_memdesc_batch(decoder->kernel->memdesc, format,
							   work->records +
							   good_from * format->stride,
							   good_to - good_from, pfn + good_from,
							   &batch);
			else
				anz_classify_batch(format, work->records + good_from * format->stride,
						   good_to - good_from, pfn + good_from,
						   address + good_from * format->stride, &batch);
		}
		done += got;
		if (done >= len)
			break;
		/* To the end of the page that could not be read. */
		skip = page_size - ((address + done) & (page_size - 1));
		skip = MIN(skip, len - done);
		bad_to = MIN((done + skip + format->stride - 1) / format->stride, nr);
		memset(tile->page_class + first + good_to,
		       class_of_absence(stopped, &work->stats, bad_to - good_to),
		       bad_to - good_to);
		done += skip;
	}
}

static gboolean subsection_valid(const AnzSection *section, guint64 offset)
{
	guint64 bit = section->subsection_pages ? offset / section->subsection_pages : 0;

	return bit >= 64 * ANZ_SUBSECTION_WORDS ||
	       section->subsections[bit / 64] >> (bit % 64) & 1;
}

/* All frames of @section that fall into the tile. */
static void decode_section(Decoder *decoder, AnzImage *image, Work *work,
			   const AnzSection *section)
{
	guint64 tile_start = work->tile->number << ANZ_TILE_SHIFT;
	guint64 start = MAX(section->start_pfn, tile_start);
	guint64 end = MIN(section->start_pfn + section->nr_pages, tile_start + ANZ_TILE_PAGES);
	guint64 at = start;

	/* Hot-plugged but never onlined: the struct pages were never initialised. */
	if (!section->online && !section->device) {
		memset(work->tile->page_class + anz_tile_index(start), ANZ_CLASS_OFFLINE, end - start);
		return;
	}
	while (at < end) {
		guint64 offset = at - section->start_pfn;
		gboolean valid = subsection_valid(section, offset);
		guint64 to = at;

		while (to < end && subsection_valid(section, to - section->start_pfn) == valid)
			to = MIN(end, to + MAX(section->subsection_pages -
					       (to - section->start_pfn) % MAX(section->subsection_pages, 1),
					       1));
		if (valid)
			decode_part(decoder, image, work, at, to - at, section->page_array +
				    offset * decoder->kernel->format.stride);
		at = to;
	}
}

/* Frames that no section covers, or that were not decoded, have no zone and no wide values. */
static void resolve_zones(Decoder *decoder, Work *work)
{
	const AnzKernel *kernel = decoder->kernel;
	AnzTile *tile = work->tile;
	guint64 base = tile->number << ANZ_TILE_SHIFT;
	guint zone_mask = (1u << kernel->format.zone_bits) - 1;
	guint last_key = G_MAXUINT, last_id = ANZ_NO_ZONE;
	guint64 valid_from = 1, valid_to = 0;
	gboolean uniform = TRUE;
	g_autofree guint8 *ids = g_malloc(ANZ_TILE_PAGES);

	for (guint i = 0; i < ANZ_TILE_PAGES; i++) {
		guint64 pfn = base + i;

		if (tile->page_class[i] == ANZ_CLASS_HOLE) {
			ids[i] = ANZ_NO_ZONE;
		} else if (work->zone_key[i] == last_key && pfn >= valid_from && pfn < valid_to) {
			ids[i] = last_id;
		} else {
			last_key = work->zone_key[i];
			last_id = anz_kernel_zone_id(kernel, last_key >> kernel->format.zone_bits,
						     last_key & zone_mask, pfn);
			valid_from = pfn;
			valid_to = pfn + 1;
			if (last_id != ANZ_NO_ZONE) {
				const AnzZone *zone = &g_array_index(kernel->zones, AnzZone, last_id);

				/* Only while the word's own zone holds it do later frames follow. */
				if (!kernel->format.zone_bits ||
				    (zone->index == (last_key & zone_mask) &&
				     zone->nid == last_key >> kernel->format.zone_bits))
					valid_to = zone->start_pfn + zone->spanned;
			}
			ids[i] = last_id;
		}
		if (tile->page_class[i] == ANZ_CODE_ZEROS || tile->page_class[i] == ANZ_CODE_ONES)
			tile->page_class[i] = anz_memdesc_code_class(tile->page_class[i],
								     ids[i] != ANZ_NO_ZONE);
		uniform &= ids[i] == ids[0];
	}
	tile->zone_value = ids[0];
	if (!uniform)
		tile->zone = g_steal_pointer(&ids);
}

/* The bitmap of one section: some bits per pageblock, in unsigned longs. */
static void resolve_block_types(Decoder *decoder, AnzImage *image, Work *work)
{
	const AnzKernel *kernel = decoder->kernel;
	AnzTile *tile = work->tile;
	guint shift = MIN(kernel->pageblock_order, ANZ_TILE_SHIFT);
	guint nr_blocks = ANZ_TILE_PAGES >> shift;
	guint64 base = tile->number << ANZ_TILE_SHIFT;

	memset(tile->block_type, ANZ_NO_MIGRATETYPE, nr_blocks);
	for (guint i = 0; i < nr_blocks; i++) {
		guint64 pfn = base + ((guint64)i << shift);
		const AnzSection *section = anz_kernel_section(kernel, pfn);
		guint64 bit, word;
		guint8 raw[8];
		guint value;

		if (!section || !section->pageblock_flags)
			continue;
		bit = ((pfn - section->start_pfn) >> kernel->pageblock_order) *
		      kernel->pageblock_bits;
		if (anz_image_read_virt(image, section->pageblock_flags + bit / 64 * 8, raw,
					sizeof(raw), NULL) != sizeof(raw))
			continue;
		word = anz_load64(raw, kernel->big_endian) >> (bit % 64);
		value = word & kernel->pageblock_type_mask;
		if (kernel->pageblock_isolate_bit && kernel->migrate_isolate >= 0 &&
		    word >> kernel->pageblock_isolate_bit & 1)
			value = kernel->migrate_isolate;
		if (value < kernel->nr_migratetype_names)
			tile->block_type[i] = value;
	}
}

static void decode_tile(gpointer item, gpointer user_data)
{
	Work *work = item;
	Decoder *decoder = user_data;
	const GArray *sections = decoder->kernel->sections;
	guint64 start = work->tile->number << ANZ_TILE_SHIFT;
	AnzImage *image;

	if (decoder->cancel && g_atomic_int_get(decoder->cancel)) {
		g_async_queue_push(decoder->finished, work);
		return;
	}
	image = g_async_queue_pop(decoder->images);
	memset(work->tile->page_class, ANZ_CLASS_HOLE, ANZ_TILE_PAGES);
	memset(work->tile->order, 0, ANZ_TILE_PAGES);
	memset(work->tile->attr, 0, ANZ_TILE_PAGES * sizeof(guint16));
	memset(work->zone_key, 0xff, ANZ_TILE_PAGES * sizeof(guint16));
	memset(work->flags, 0, ANZ_TILE_PAGES * sizeof(guint32));
	memset(work->refcount, 0, ANZ_TILE_PAGES * sizeof(gint32));
	memset(work->mapcount, 0, ANZ_TILE_PAGES * sizeof(gint32));
	for (guint i = 0; i < sections->len; i++) {
		const AnzSection *section = &g_array_index(sections, AnzSection, i);

		if (section->start_pfn >= start + ANZ_TILE_PAGES)
			break;
		if (section->start_pfn + section->nr_pages > start)
			decode_section(decoder, image, work, section);
	}
	resolve_zones(decoder, work);
	resolve_block_types(decoder, image, work);
	work->done = TRUE;
	g_async_queue_push(decoder->images, image);
	g_async_queue_push(decoder->finished, work);
}

/* Tiles that some section touches, in order. */
static void make_tiles(AnzPlanes *planes, const AnzKernel *kernel)
{
	g_autoptr(GArray) tiles = g_array_new(FALSE, TRUE, sizeof(AnzTile));

	for (guint i = 0; i < kernel->sections->len; i++) {
		const AnzSection *section = &g_array_index(kernel->sections, AnzSection, i);
		guint64 last = (section->start_pfn + section->nr_pages - 1) >> ANZ_TILE_SHIFT;

		for (guint64 n = section->start_pfn >> ANZ_TILE_SHIFT; n <= last; n++) {
			AnzTile tile = { .number = n, .zone_value = ANZ_NO_ZONE };

			if (!tiles->len ||
			    g_array_index(tiles, AnzTile, tiles->len - 1).number < n)
				g_array_append_val(tiles, tile);
		}
	}
	planes->nr_tiles = tiles->len;
	planes->tiles = (AnzTile *)g_array_free(g_steal_pointer(&tiles), FALSE);
}

static int compare_buddies(gconstpointer a, gconstpointer b)
{
	const AnzBuddyRecord *left = a, *right = b;

	return (left->pfn > right->pfn) - (left->pfn < right->pfn);
}

static int compare_runs(gconstpointer a, gconstpointer b)
{
	const AnzWordRun *left = a, *right = b;

	return (left->pfn > right->pfn) - (left->pfn < right->pfn);
}

/*
 * Runs in order, those that a tile's end cut in two made one again, over poisoned pages between them
 * as well.
 */
static void join_runs(AnzPlanes *planes, const AnzMemdescFormat *memdesc)
{
	guint64 type_mask = (1ull << memdesc->type_bits) - 1, gap = 0;
	gint open = -1;
	guint kept = 0;

	g_array_sort(planes->runs, compare_runs);
	for (guint i = 0; i < planes->runs->len; i++) {
		AnzWordRun run = g_array_index(planes->runs, AnzWordRun, i);
		AnzWordRun *last = open < 0 ? NULL : &g_array_index(planes->runs, AnzWordRun, open);

		if (memdesc->types[run.word & type_mask].page_class == ANZ_CLASS_HWPOISON) {
			gap += last && last->pfn + last->nr_pages + gap == run.pfn;
			g_array_index(planes->runs, AnzWordRun, kept++) = run;
			continue;
		}
		if (last && last->word == run.word && last->pfn + last->nr_pages + gap == run.pfn) {
			last->nr_pages += gap + run.nr_pages;
		} else {
			open = kept;
			g_array_index(planes->runs, AnzWordRun, kept++) = run;
		}
		gap = 0;
	}
	g_array_set_size(planes->runs, kept);
}

/* How many tiles there are comes from the dump, so memory may run out: FALSE with @error. */
static gboolean start_tile(GThreadPool *pool, Work *work, AnzPlanes *planes, guint index,
			   GError **error)
{
	AnzTile *tile = &planes->tiles[index];

	tile->page_class = g_try_malloc(ANZ_TILE_PAGES);
	tile->order = g_try_malloc(ANZ_TILE_PAGES);
	tile->attr = g_try_malloc(ANZ_TILE_PAGES * sizeof(guint16));
	tile->block_type = g_try_malloc(ANZ_TILE_PAGES >>
					MIN(planes->pageblock_order, ANZ_TILE_SHIFT));
	if (!tile->page_class || !tile->order || !tile->attr || !tile->block_type) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_UNSUPPORTED,
			    "not enough memory for a map of %" G_GUINT64_FORMAT
			    " page frames (4 bytes each); use a machine with more memory",
			    (guint64)planes->nr_tiles << ANZ_TILE_SHIFT);
		return FALSE;
	}
	work->tile = tile;
	g_thread_pool_push(pool, work, NULL);
	return TRUE;
}

AnzPlanes *anz_planes_decode(AnzKernel *kernel, guint threads, AnzTileSink sink, gpointer data,
			     void (*progress)(guint64 done, guint64 total, gpointer data),
			     gpointer progress_data, const gint *cancel, GError **error)
{
	g_autoptr(AnzPlanes) planes = g_new0(AnzPlanes, 1);
	g_autoptr(GPtrArray) clones = g_ptr_array_new_with_free_func((GDestroyNotify)anz_image_free);
	g_autoptr(GPtrArray) works = g_ptr_array_new_with_free_func(work_free);
	g_autoptr(GAsyncQueue) images = g_async_queue_new();
	g_autoptr(GAsyncQueue) finished = g_async_queue_new();
	Decoder decoder = { .kernel = kernel, .planes = planes, .images = images,
			    .finished = finished, .cancel = cancel };
	GThreadPool *pool;
	guint next = 0, done = 0;
	gboolean ok = TRUE;

	if (!threads)
		threads = g_get_num_processors();
	planes->max_pfn = kernel->max_pfn;
	planes->pageblock_order = kernel->pageblock_order;
	planes->buddies = g_array_new(FALSE, FALSE, sizeof(AnzBuddyRecord));
	planes->runs = g_array_new(FALSE, FALSE, sizeof(AnzWordRun));
	make_tiles(planes, kernel);
	threads = CLAMP(threads, 1, MIN(planes->nr_tiles, 256));
	for (guint i = 0; i < threads; i++) {
		AnzImage *clone = anz_image_clone(kernel->image, error);

		if (!clone)
			return NULL;
		g_ptr_array_add(clones, clone);
		g_async_queue_push(images, clone);
	}
	pool = g_thread_pool_new(decode_tile, &decoder, threads, FALSE, error);
	if (!pool)
		return NULL;
	/* Two units per worker: one in work, one on its way to the sink. */
	for (guint i = 0; ok && i < 2 * threads && next < planes->nr_tiles; i++) {
		Work *work = work_new();

		g_ptr_array_add(works, work);
		ok = start_tile(pool, work, planes, next, error);
		next += ok;
	}
	while (done < next) {
		Work *work = g_async_queue_pop(finished);

		done++;
		if (work->done && sink)
			sink(work->tile->number, work->flags, work->refcount, work->mapcount, data);
		g_array_append_vals(planes->buddies, work->buddies->data, work->buddies->len);
		g_array_set_size(work->buddies, 0);
		g_array_append_vals(planes->runs, work->runs->data, work->runs->len);
		g_array_set_size(work->runs, 0);
		add_stats(&planes->stats, &work->stats);
		work->stats = (AnzDecodeStats){ 0 };
		work->done = FALSE;
		if (progress)
			progress(done, planes->nr_tiles, progress_data);
		if (ok && next < planes->nr_tiles && !(cancel && g_atomic_int_get(cancel))) {
			ok = start_tile(pool, work, planes, next, error);
			next += ok;
		}
	}
	g_thread_pool_free(pool, FALSE, TRUE);
	if (!ok)
		return NULL;
	if (cancel && g_atomic_int_get(cancel)) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_CANCELLED, "interrupted");
		return NULL;
	}
	g_array_sort(planes->buddies, compare_buddies);
	if (kernel->memdesc)
		join_runs(planes, kernel->memdesc);
	else
		anz_planes_spread(planes);
	return g_steal_pointer(&planes);
}

void anz_planes_free(AnzPlanes *planes)
{
	if (!planes)
		return;
	for (guint i = 0; i < planes->nr_tiles; i++) {
		g_free(planes->tiles[i].page_class);
		g_free(planes->tiles[i].order);
		g_free(planes->tiles[i].attr);
		g_free(planes->tiles[i].zone);
		g_free(planes->tiles[i].block_type);
	}
	g_free(planes->tiles);
	if (planes->buddies)
		g_array_unref(planes->buddies);
	if (planes->runs)
		g_array_unref(planes->runs);
	g_free(planes);
}

AnzTile *anz_planes_tile(const AnzPlanes *planes, guint64 pfn)
{
	guint64 number = pfn >> ANZ_TILE_SHIFT;
	guint low = 0, high = planes->nr_tiles;

	while (low < high) {
		guint middle = low + (high - low) / 2;

		if (planes->tiles[middle].number < number)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == planes->nr_tiles || planes->tiles[low].number != number)
		return NULL;
	return &planes->tiles[low];
}

void anz_tile_set_zone(AnzTile *tile, guint index, guint8 zone)
{
	if (anz_tile_zone(tile, index) == zone)
		return;
	if (!tile->zone) {
		tile->zone = g_malloc(ANZ_TILE_PAGES);
		memset(tile->zone, tile->zone_value, ANZ_TILE_PAGES);
	}
	tile->zone[index] = zone;
}

const AnzBuddyRecord *anz_planes_buddy(const AnzPlanes *planes, guint64 pfn)
{
	AnzBuddyRecord key = { .pfn = pfn };

	if (!planes->buddies->len)
		return NULL;
	return bsearch(&key, planes->buddies->data, planes->buddies->len, sizeof(key),
		       compare_buddies);
}
