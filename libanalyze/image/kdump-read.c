/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Pages out of a kdump-compressed dump.  Whole pages are inflated straight into the caller's
 * buffer; parts of pages (page tables, list heads) go through a small cache of the handle's own,
 * so threads with a clone each share no lock.
 */
#include "image/kdump.h"

#include <string.h>

/* Per handle; touched only as far as it is used. */
#define CACHE_BYTES ((gsize)2 << 20)
#define NO_PFN G_MAXUINT64

typedef struct {
	AnzCodecContext *codec;
	guint nr_slots;		/* a power of two */
	guint64 *cached_pfn;	/* by slot */
	guint8 *cache;		/* nr_slots blocks */
	guint8 *packed;		/* compressed bytes that do not lie in one piece */
	gsize packed_room;
	guint part;		/* the part used last */
	guint64 last_pfn, last_rank;	/* of the descriptor used last: the next one follows */
} Reader;

static Reader *reader(AnzImage *image)
{
	const Kdump *kdump = image->shared->data;
	Reader *r = image->handle;

	if (r)
		return r;
	r = g_new0(Reader, 1);
	r->codec = anz_codec_context_new();
	r->nr_slots = CACHE_BYTES >> kdump->block_shift;
	r->cache = g_malloc(CACHE_BYTES);
	r->cached_pfn = g_new(guint64, r->nr_slots);
	for (guint i = 0; i < r->nr_slots; i++)
		r->cached_pfn[i] = NO_PFN;
	r->last_pfn = NO_PFN - 1;
	image->handle = r;
	return r;
}

static void kdump_free_handle(AnzImage *image)
{
	Reader *r = image->handle;

	if (!r)
		return;
	anz_codec_context_free(r->codec);
	g_free(r->cached_pfn);
	g_free(r->cache);
	g_free(r->packed);
	g_free(r);
	image->handle = NULL;
}

static gboolean kdump_clone(AnzImage *to, AnzImage *from, GError **error)
{
	(void)from;
	(void)error;
	to->handle = NULL;
	return TRUE;
}

/* The part whose range holds @pfn, or NULL (the part was not given). */
static const KdumpPart *part_of(AnzImage *image, guint64 pfn)
{
	const Kdump *kdump = image->shared->data;
	Reader *r = reader(image);
	const KdumpPart *part = &kdump->parts[r->part];

	if (pfn >= part->start_pfn && pfn < part->end_pfn)
		return part;
	for (guint i = 0; i < kdump->nr_parts; i++) {
		part = &kdump->parts[i];
		if (pfn >= part->start_pfn && pfn < part->end_pfn) {
			r->part = i;
			return part;
		}
	}
	return NULL;
}

static gboolean bit(const guint8 *bitmap, guint64 pfn)
{
	return bitmap[pfn / 8] >> (pfn % 8) & 1;
}

static AnzMemState pfn_state(AnzImage *image, guint64 pfn)
{
	const Kdump *kdump = image->shared->data;
	const KdumpPart *part;

	if (pfn >= kdump->max_pfn)
		return ANZ_MEM_ABSENT;
	part = part_of(image, pfn);
	if (!bit((part ? part : kdump->parts)->dumped, pfn))
		return bit((part ? part : kdump->parts)->exists, pfn) ? ANZ_MEM_EXCLUDED :
									ANZ_MEM_ABSENT;
	if (!part)
		return ANZ_MEM_LOST;
	if (part->is_whole)
		return ANZ_MEM_PRESENT;
	return anz_kdump_desc_state(kdump, part, anz_kdump_rank(part, pfn));
}

static AnzMemState kdump_state(AnzImage *image, guint64 paddr)
{
	return pfn_state(image, paddr >> ((Kdump *)image->shared->data)->block_shift);
}

/*
 * How many frames from @pfn on, below @end, have both bitmaps as @pfn has them: whole words at a
 * time, since a run may be a terabyte of holes.
 */
static guint64 same_bits(const KdumpPart *part, guint64 pfn, guint64 end)
{
	gboolean exists = bit(part->exists, pfn), dumped = bit(part->dumped, pfn);
	guint8 want_exists = exists ? 0xff : 0, want_dumped = dumped ? 0xff : 0;
	guint64 at = pfn + 1;

	while (at < end) {
		if (at % 64 == 0 && end - at >= 64) {
			guint64 e, d;

			memcpy(&e, part->exists + at / 8, 8);
			memcpy(&d, part->dumped + at / 8, 8);
			if (e == (exists ? G_MAXUINT64 : 0) &&
			    d == (dumped ? G_MAXUINT64 : 0)) {
				at += 64;
				continue;
			}
		}
		if (at % 8 == 0 && end - at >= 8 && part->exists[at / 8] == want_exists &&
		    part->dumped[at / 8] == want_dumped) {
			at += 8;
			continue;
		}
		if (bit(part->exists, at) != exists || bit(part->dumped, at) != dumped)
			break;
		at++;
	}
	return at - pfn;
}

static gboolean kdump_run(AnzImage *image, guint64 from, guint64 *start, guint64 *end,
			  AnzMemState *state)
{
	const Kdump *kdump = image->shared->data;
	guint64 pfn = from >> kdump->block_shift;

	while (pfn < kdump->max_pfn) {
		const KdumpPart *part = part_of(image, pfn);
		guint64 limit = kdump->max_pfn, nr;

		if (part) {
			limit = part->end_pfn;
		} else {
			for (guint i = kdump->nr_parts; i-- > 0;)
				if (kdump->parts[i].start_pfn > pfn)
					limit = kdump->parts[i].start_pfn;
		}
		nr = same_bits(part ? part : kdump->parts, pfn, limit);
		*state = pfn_state(image, pfn);
		if (*state == ANZ_MEM_ABSENT) {
			pfn += nr;
			continue;
		}
		if (part && !part->is_whole && bit(part->dumped, pfn)) {
			guint64 rank = anz_kdump_rank(part, pfn), n = 1;

			while (n < nr &&
			       anz_kdump_desc_state(kdump, part, rank + n) == *state)
				n++;
			nr = n;
		}
		*start = MAX(from, pfn << kdump->block_shift);
		*end = (pfn + nr) << kdump->block_shift;
		return TRUE;
	}
	return FALSE;
}

/* Compressed bytes: in place, or gathered from the pieces of a flattened file. */
static const guint8 *packed_bytes(Reader *r, const KdumpPart *part, const KdumpDesc *desc)
{
	const guint8 *at = anz_file_map_all(part->file, desc->offset, desc->size);

	if (at)
		return at;
	if (r->packed_room < desc->size) {
		g_free(r->packed);
		r->packed = g_malloc(desc->size);
		r->packed_room = desc->size;
	}
	return anz_file_read_all(part->file, desc->offset, r->packed, desc->size) ? r->packed :
										   NULL;
}

/* Fills one block, which is known to be PRESENT by the bitmaps. */
static gboolean read_block(AnzImage *image, guint64 pfn, guint8 *out)
{
	const Kdump *kdump = image->shared->data;
	const KdumpPart *part = part_of(image, pfn);
	Reader *r = reader(image);
	const guint8 *packed;
	KdumpDesc desc;

	if (!part)
		return FALSE;
	r->last_rank = pfn == r->last_pfn + 1 && pfn != part->start_pfn ?
		r->last_rank + 1 : anz_kdump_rank(part, pfn);
	r->last_pfn = pfn;
	if (!anz_kdump_desc(part, kdump->is_big, r->last_rank, &desc) || desc.offset == 0)
		return FALSE;
	if (desc.offset == part->zero_offset && anz_kdump_codec(&desc) == ANZ_CODEC_NONE &&
	    desc.size == kdump->block_size) {
		memset(out, 0, kdump->block_size);
		return TRUE;
	}
	/* No compressor expands a page by more than a small part, so longer is nonsense. */
	if (desc.size == 0 || desc.size > 2 * kdump->block_size)
		return FALSE;
	packed = packed_bytes(r, part, &desc);
	return packed && anz_codec_inflate(r->codec, anz_kdump_codec(&desc), packed, desc.size,
					   out, kdump->block_size);
}

static gsize kdump_read(AnzImage *image, guint64 paddr, void *buf, gsize len,
			AnzMemState *stopped)
{
	const Kdump *kdump = image->shared->data;
	Reader *r = reader(image);
	gsize done = 0;

	while (done < len) {
		guint64 at = paddr + done, pfn = at >> kdump->block_shift;
		gsize skip = at & (kdump->block_size - 1);
		gsize part = MIN(len - done, kdump->block_size - skip);
		guint slot = pfn & (r->nr_slots - 1);
		guint8 *cached = r->cache + ((gsize)slot << kdump->block_shift);

		if (r->cached_pfn[slot] != pfn) {
			guint8 *to = part == kdump->block_size ? (guint8 *)buf + done : cached;

			*stopped = pfn_state(image, pfn);
			if (*stopped != ANZ_MEM_PRESENT)
				return done;
			if (to == cached)
				r->cached_pfn[slot] = NO_PFN;
			if (!read_block(image, pfn, to)) {
				*stopped = ANZ_MEM_LOST;
				return done;
			}
			done += part;
			if (to != cached)
				continue;
			r->cached_pfn[slot] = pfn;
			done -= part;
		}
		memcpy((guint8 *)buf + done, cached + skip, part);
		done += part;
	}
	*stopped = ANZ_MEM_PRESENT;
	return done;
}

static gboolean kdump_is_zero(AnzImage *image, guint64 paddr)
{
	const Kdump *kdump = image->shared->data;
	guint64 pfn = paddr >> kdump->block_shift;
	const KdumpPart *part;
	KdumpDesc desc;

	if (pfn >= kdump->max_pfn)
		return FALSE;
	part = part_of(image, pfn);
	return part && bit(part->dumped, pfn) && part->zero_offset &&
	       anz_kdump_desc(part, kdump->is_big, anz_kdump_rank(part, pfn), &desc) &&
	       desc.offset == part->zero_offset && anz_kdump_codec(&desc) == ANZ_CODEC_NONE;
}

const AnzBackend anz_kdump_backend = {
	.state = kdump_state,
	.run = kdump_run,
	.read = kdump_read,
	.is_zero = kdump_is_zero,
	.clone = kdump_clone,
	.free_handle = kdump_free_handle,
	.free_data = anz_kdump_free,
};
