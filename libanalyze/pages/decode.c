/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Decoding the whole page array: one tile is one unit of work.  Each has an image handle and buffers
 * of its own and writes into its tile, so no lock is taken; wide values travel back to the caller's
 * thread, which may write them to a store.
 */
#include <string.h>

#include "pages/classify-memdesc.h"
#include "pages/pass.h"
#include "pages/records.h"
#include "pages/sketch.h"

typedef struct {
	AnzKernel *kernel;
	AnzPlanes *planes;
	gboolean has_wide_values;
	AnzTileSink sink;
	gpointer sink_data;
	AnzSketch *sketch;
	void (*progress)(guint64 done, guint64 total, gpointer data);
	gpointer progress_data;
	guint64 done;		/* tiles */
} Decoder;

/* One unit of work. */
typedef struct {
	const Decoder *decoder;
	AnzTile *tile;
	AnzImage *image;
	AnzRecordBuffer records;
	guint16 *zone_key;
	guint32 *flags;
	gint32 *refcount;
	gint32 *mapcount;
	guint8 *generation;	/* NULL: pages have none */
	guint8 *refs;		/* the same */
	gboolean any_generation;
	GArray *buddies;
	GArray *suspects;
	AnzDecodeStats stats;
} Work;

static void work_free(gpointer data)
{
	Work *work = data;

	anz_image_free(work->image);
	g_free(work->records.bytes);
	g_free(work->zone_key);
	g_free(work->flags);
	g_free(work->refcount);
	g_free(work->mapcount);
	g_free(work->generation);
	g_free(work->refs);
	if (work->buddies)
		g_array_unref(work->buddies);
	if (work->suspects)
		g_array_unref(work->suspects);
	g_free(work);
}

static gpointer work_new(gpointer data, GError **error)
{
	Decoder *decoder = data;
	Work *work = g_new0(Work, 1);

	work->decoder = decoder;
	work->image = anz_image_clone(decoder->kernel->image, error);
	if (!work->image) {
		work_free(work);
		return NULL;
	}
	work->zone_key = g_new(guint16, ANZ_TILE_PAGES);
	work->flags = g_new0(guint32, ANZ_TILE_PAGES);
	work->refcount = g_new0(gint32, ANZ_TILE_PAGES);
	work->mapcount = g_new0(gint32, ANZ_TILE_PAGES);
	if (decoder->sink && decoder->kernel->format.gen_mask)
		work->generation = g_new0(guint8, ANZ_TILE_PAGES);
	if (work->generation && decoder->kernel->format.refs_mask)
		work->refs = g_new0(guint8, ANZ_TILE_PAGES);
	work->buddies = g_array_new(FALSE, FALSE, sizeof(AnzBuddyRecord));
	work->suspects = g_array_new(FALSE, FALSE, sizeof(AnzSuspect));
	return work;
}

static void add_stats(AnzDecodeStats *sum, const AnzDecodeStats *part)
{
	for (guint i = 0; i < ANZ_NR_SUSPECTS; i++)
		sum->suspects[i] += part->suspects[i];
	sum->odd_mapping += part->odd_mapping;
	sum->fake_heads += part->fake_heads;
	sum->unmapped += part->unmapped;
}

/* Tails have other words where their head has its flags: what they would say is left to the reader. */
static void take_generations(Work *work, guint at, guint nr, const guint8 *records)
{
	const AnzPageFormat *format = &work->decoder->kernel->format;
	guint8 *out = work->generation + at, any = 0;

	records += format->flags;
	for (guint i = 0; i < nr; i++) {
		guint64 flags = anz_load64(records + (gsize)i * format->stride, format->big_endian);

		out[i] = flags & format->f_lru ? flags >> format->gen_shift & format->gen_mask : 0;
		any |= out[i];
		if (work->refs)
			work->refs[at + i] = out[i] ? (flags >> format->refs_shift & format->refs_mask) + 1 : 0;
	}
	work->any_generation |= any != 0;
}

static void decode_records(guint64 pfn, guint nr, const guint8 *records, guint64 address,
			   gpointer data)
{
	Work *work = data;
	const AnzKernel *kernel = work->decoder->kernel;
	AnzTile *tile = work->tile;
	guint at = anz_tile_index(pfn);
	AnzBatch batch = {
		.page_class = tile->page_class + at, .order = tile->order + at,
		.attr = tile->attr + at, .zone_key = work->zone_key + at,
		.flags = work->flags + at, .refcount = work->refcount + at,
		.mapcount = work->mapcount + at, .buddies = work->buddies,
		.suspects = work->suspects, .stats = &work->stats,
	};

	if (kernel->memdesc)
		anz_classify_memdesc_batch(kernel->memdesc, &kernel->format, records, nr, pfn,
					   &batch);
	else
		anz_classify_batch(&kernel->format, records, nr, pfn, address, &batch);
	if (work->generation)
		take_generations(work, at, nr, records);
}

/* Neither memory that the dump knows of nor within the span of a zone. */
static gboolean is_nowhere(const Work *work, guint64 pfn)
{
	const AnzKernel *kernel = work->decoder->kernel;

	for (guint i = 0; i < kernel->zones->len; i++) {
		const AnzZone *zone = &g_array_index(kernel->zones, AnzZone, i);

		if (pfn - zone->start_pfn < zone->spanned)
			return FALSE;
	}
	return anz_image_pfn_state(work->image, pfn) == ANZ_MEM_ABSENT;
}

/*
 * What cannot be read takes the class that says why.  A section may reach beyond its memory, and a
 * page array that is mapped no further than the memory lacks nothing: the rest is a hole.
 */
static void note_absence(guint64 pfn, guint nr, AnzMemState why, gpointer data)
{
	Work *work = data;
	guint8 *page_class = work->tile->page_class + anz_tile_index(pfn);

	memset(page_class, why == ANZ_MEM_EXCLUDED ? ANZ_CLASS_EXCLUDED : ANZ_CLASS_UNREADABLE, nr);
	if (why != ANZ_MEM_ABSENT)
		return;
	for (guint i = 0; i < nr; i++) {
		if (is_nowhere(work, pfn + i))
			page_class[i] = ANZ_CLASS_HOLE;
		else
			work->stats.unmapped++;
	}
}

static void note_offline(guint64 pfn, guint nr, gpointer data)
{
	Work *work = data;

	memset(work->tile->page_class + anz_tile_index(pfn), ANZ_CLASS_OFFLINE, nr);
}

/*
 * Does page.flags name another zone than the one whose span holds the page?  Struct pages of holes and of
 * memory in no zone are reserved and name whatever they like (kernel-facts 2.1), and those that were not
 * read name none.
 */
static gboolean names_another_zone(const AnzKernel *kernel, const Work *work, guint i, guint id)
{
	guint zone_mask = (1u << kernel->format.zone_bits) - 1;
	guint8 code = work->tile->page_class[i];
	const AnzZone *zone;

	if (kernel->memdesc || !kernel->format.zone_bits || code == ANZ_CLASS_EXCLUDED ||
	    code == ANZ_CLASS_UNREADABLE || code == ANZ_CLASS_DEVICE ||
	    work->tile->attr[i] & ANZ_ATTR_RESERVED || (code == ANZ_CLASS_OFFLINE &&
							 work->zone_key[i] == G_MAXUINT16))
		return FALSE;
	if (id == ANZ_NO_ZONE)
		return TRUE;
	zone = &g_array_index(kernel->zones, AnzZone, id);
	return zone->index != (guint)(work->zone_key[i] & zone_mask) ||
	       zone->nid != (guint)work->zone_key[i] >> kernel->format.zone_bits;
}

/* The one zone that holds all frames of the tile, or ANZ_NO_ZONE if there is none or another one too. */
static guint only_zone(const AnzKernel *kernel, guint64 first, guint64 nr)
{
	guint only = ANZ_NO_ZONE;

	for (guint i = 0; i < kernel->zones->len; i++) {
		const AnzZone *zone = &g_array_index(kernel->zones, AnzZone, i);
		guint64 end = zone->start_pfn + zone->spanned;

		if (end <= first || zone->start_pfn >= first + nr)
			continue;
		if (only != ANZ_NO_ZONE || zone->start_pfn > first || end < first + nr)
			return ANZ_NO_ZONE;
		only = i;
	}
	return only;
}

/* Of a tile of memory descriptors that lies in one zone. */
static void resolve_in_zone(AnzTile *tile, guint8 zone)
{
	const guint8 zeros = anz_memdesc_code_class(ANZ_CODE_ZEROS, TRUE);
	const guint8 ones = anz_memdesc_code_class(ANZ_CODE_ONES, TRUE);
	guint8 *page_class = tile->page_class, *ids = tile->zone;

	for (guint i = 0; i < ANZ_TILE_PAGES; i++) {
		guint8 c = page_class[i];

		ids[i] = c == ANZ_CLASS_HOLE ? ANZ_NO_ZONE : zone;
		c = c == ANZ_CODE_ZEROS ? zeros : c;
		page_class[i] = c == ANZ_CODE_ONES ? ones : c;
	}
}

/* Frames that no section covers, or that were not decoded, have no zone and no wide values. */
static void resolve_zones(Work *work)
{
	const AnzKernel *kernel = work->decoder->kernel;
	AnzTile *tile = work->tile;
	guint64 base = tile->number << ANZ_TILE_SHIFT;
	guint zone_mask = (1u << kernel->format.zone_bits) - 1;
	guint last_key = G_MAXUINT, last_id = ANZ_NO_ZONE;
	guint64 valid_from = 1, valid_to = 0;
	guint8 *ids = tile->zone;
	/* Words of the classic shape are looked at one by one: they may name another zone. */
	guint only = kernel->memdesc ? only_zone(kernel, base, ANZ_TILE_PAGES) : ANZ_NO_ZONE;

	if (only != ANZ_NO_ZONE) {
		resolve_in_zone(tile, only);
		return;
	}
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
			if (valid_to == pfn + 1 && names_another_zone(kernel, work, i, last_id))
				anz_suspect_add(work->suspects, &work->stats, (AnzSuspect){
					.kind = ANZ_SUSPECT_ZONE, .pfn = pfn, .head = pfn,
					.seen = last_key, .expected = last_id });
		}
		if (tile->page_class[i] == ANZ_CODE_ZEROS || tile->page_class[i] == ANZ_CODE_ONES)
			tile->page_class[i] = anz_memdesc_code_class(tile->page_class[i],
								     ids[i] != ANZ_NO_ZONE);
	}
}

/* The bitmap of one section: some bits per pageblock, in unsigned longs. */
static void resolve_block_types(Work *work)
{
	const AnzKernel *kernel = work->decoder->kernel;
	AnzTile *tile = work->tile;
	guint shift = MIN(kernel->pageblock_order, ANZ_TILE_SHIFT);
	guint nr_blocks = ANZ_TILE_PAGES >> shift;
	guint64 base = tile->number << ANZ_TILE_SHIFT;

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
		if (anz_image_read_virt(work->image, section->pageblock_flags + bit / 64 * 8, raw,
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

static void decode_tile(AnzTile *tile, gpointer slot, gpointer data)
{
	Work *work = slot;
	const Decoder *decoder = data;
	const AnzRecordFuncs funcs = { decode_records, note_absence, note_offline, work };

	work->tile = tile;
	memset(work->zone_key, 0xff, ANZ_TILE_PAGES * sizeof(guint16));
	if (decoder->has_wide_values) {
		memset(work->flags, 0, ANZ_TILE_PAGES * sizeof(guint32));
		memset(work->refcount, 0, ANZ_TILE_PAGES * sizeof(gint32));
		memset(work->mapcount, 0, ANZ_TILE_PAGES * sizeof(gint32));
	}
	if (work->any_generation)
		memset(work->generation, 0, ANZ_TILE_PAGES);
	if (work->any_generation && work->refs)
		memset(work->refs, 0, ANZ_TILE_PAGES);
	work->any_generation = FALSE;
	anz_records_read(decoder->kernel, work->image, tile->number, &work->records, &funcs);
	resolve_zones(work);
	resolve_block_types(work);
	if (decoder->sketch)
		anz_sketch_take_tile(decoder->sketch, tile);
}

/* Links that do not fit the budget are not kept at all: the walks then read them from the dump. */
static void keep_buddies(AnzPlanes *planes, GArray *buddies)
{
	if (buddies->len > planes->max_buddies - planes->buddies->len) {
		planes->max_buddies = 0;
		g_array_unref(planes->buddies);
		planes->buddies = g_array_new(FALSE, FALSE, sizeof(AnzBuddyRecord));
	} else {
		g_array_append_vals(planes->buddies, buddies->data, buddies->len);
	}
	g_array_set_size(buddies, 0);
}

static void drain_tile(const AnzTile *tile, gpointer slot, gpointer data)
{
	Work *work = slot;
	Decoder *decoder = data;

	if (decoder->sink)
		decoder->sink(tile->number, work->flags, work->refcount, work->mapcount,
			      work->any_generation ? work->generation : NULL,
			      work->any_generation ? work->refs : NULL, decoder->sink_data);
	keep_buddies(decoder->planes, work->buddies);
	g_array_append_vals(decoder->planes->suspects, work->suspects->data, work->suspects->len);
	g_array_set_size(work->suspects, 0);
	add_stats(&decoder->planes->stats, &work->stats);
	work->stats = (AnzDecodeStats){ 0 };
	decoder->done++;
	if (decoder->progress)
		decoder->progress(decoder->done, decoder->planes->nr_tiles,
				  decoder->progress_data);
}

GArray *anz_planes_tile_numbers(const AnzKernel *kernel)
{
	GArray *numbers = g_array_new(FALSE, FALSE, sizeof(guint64));

	for (guint i = 0; i < kernel->sections->len; i++) {
		const AnzSection *section = &g_array_index(kernel->sections, AnzSection, i);
		guint64 last = (section->start_pfn + section->nr_pages - 1) >> ANZ_TILE_SHIFT;

		for (guint64 n = section->start_pfn >> ANZ_TILE_SHIFT; n <= last; n++)
			if (!numbers->len ||
			    g_array_index(numbers, guint64, numbers->len - 1) < n)
				g_array_append_val(numbers, n);
	}
	return numbers;
}

AnzPlanes *anz_planes_decode(AnzKernel *kernel, guint threads, guint64 budget_bytes,
			     AnzTileSink sink, gpointer data, AnzSketch *sketch,
			     void (*progress)(guint64 done, guint64 total, gpointer data),
			     gpointer progress_data, const gint *cancel, GError **error)
{
	g_autoptr(GArray) numbers = anz_planes_tile_numbers(kernel);
	g_autoptr(AnzPlanes) planes = anz_planes_new((const guint64 *)numbers->data, numbers->len,
						     kernel->pageblock_order, budget_bytes);
	/* Memory descriptors of 8 and 16 bytes have neither flags nor counts in struct page. */
	Decoder decoder = {
		.kernel = kernel, .planes = planes, .sink = sink, .sink_data = data,
		.sketch = sketch,
		.has_wide_values = !kernel->memdesc || kernel->memdesc->shape == ANZ_SHAPE_MEMDESC32,
		.progress = progress, .progress_data = progress_data,
	};
	const AnzPass pass = { .slot_new = work_new, .slot_free = work_free, .work = decode_tile,
			       .drain = drain_tile, .cancel = cancel, .data = &decoder };

	planes->max_pfn = kernel->max_pfn;
	planes->threads = CLAMP(threads ? threads : g_get_num_processors(), 1, 256);
	if (!anz_planes_pass(planes, &pass, error))
		return NULL;
	if (!kernel->memdesc)
		anz_planes_spread(planes);
	return g_steal_pointer(&planes);
}
