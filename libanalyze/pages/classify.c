/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The hot loop.  The list of conditions in classify_page() is the specification of the classes:
 * a later line outranks an earlier one.  What a rule of check/ may object to is noted on the way, because
 * references, mappings and flags are seen nowhere else: a test that is hardly ever true.
 *
 * Most pages are as plain as the one before them.  These are looked at several at a time, one a lane
 * of a vector (classify-lanes.h); heads, free blocks, and whatever is odd go to classify_page(), which
 * also does all of them where there are no such vectors.
 */
#include "pages/classify.h"

#include <string.h>

/* Vectors as the compiler has them for any processor; records of the machine's own byte order. */
#if defined(__has_builtin) && G_BYTE_ORDER == G_LITTLE_ENDIAN
#if __has_builtin(__builtin_shufflevector) && __has_builtin(__builtin_convertvector)
#define ANZ_HAVE_LANES 1
#endif
#endif

/* Bits of the page pool's mark that are a driver's own. */
#define PP_DRIVER_BITS 0x7fffffff83ull

static inline __attribute__((always_inline)) guint64 load64(const guint8 *p, gboolean big)
{
	guint64 v;

	__builtin_memcpy(&v, p, sizeof(v));
	return big ? GUINT64_FROM_BE(v) : GUINT64_FROM_LE(v);
}

static inline __attribute__((always_inline)) guint32 load32(const guint8 *p, gboolean big)
{
	guint32 v;

	__builtin_memcpy(&v, p, sizeof(v));
	return big ? GUINT32_FROM_BE(v) : GUINT32_FROM_LE(v);
}

/* Address of the head that a tail's word leads to; the word has bit 0 set. */
static inline guint64 head_of_tail(const AnzPageFormat *f, guint64 word, guint64 address)
{
	guint64 inverted = ~(word & ~1ull);

	/* 7.1 on: (~0 << k) | 1 is a mask for the tail's own address, anything else a pointer. */
	if (f->tail == ANZ_TAIL_POINTER_OR_MASK && !(inverted & (inverted + 1)) &&
	    inverted >= f->stride)
		return address & word & ~1ull;
	return word - 1;
}

static __attribute__((noinline, cold)) void
suspect(AnzBatch *out, AnzSuspectKind kind, guint64 pfn, guint64 head, guint64 seen, guint64 expected)
{
	anz_suspect_add(out->suspects, out->stats, (AnzSuspect){
		.kind = kind, .pfn = pfn, .head = head, .seen = seen, .expected = expected });
}

static const AnzPageTypeRule *find_type(const AnzPageFormat *f, guint32 type)
{
	for (guint i = 0; i < f->nr_types; i++)
		if ((type & f->types[i].mask) == f->types[i].value)
			return &f->types[i];
	return NULL;
}

/*
 * A typed page: the type decides, whatever the other words say.  Only a hugetlb page is a folio,
 * whose flags mean what they say.
 */
static guint8 classify_typed(const AnzPageFormat *f, const guint8 *record, guint32 type,
			     guint64 pfn, gsize i, AnzBatch *out)
{
	const AnzPageTypeRule *rule = find_type(f, type);
	guint64 order;

	if (!rule || rule->page_class != ANZ_CLASS_HUGETLB)
		out->attr[i] &= ANZ_ATTR_HWPOISON;
	if (!rule) {
		suspect(out, ANZ_SUSPECT_TYPE, pfn, pfn, type, 0);
		return ANZ_CLASS_UNKNOWN_TYPE;
	}
	if ((type & rule->exact_mask) != rule->exact)
		suspect(out, ANZ_SUSPECT_TYPE_BITS, pfn, pfn, type, (type & ~rule->exact_mask) |
			rule->exact);
	if (rule->page_class == ANZ_CLASS_UNACCEPTED) {
		/* Always a block of the largest order (mm/page_alloc.c, __free_unaccepted()). */
		out->order[i] = f->max_buddy_order;
		out->attr[i] |= ANZ_ATTR_HEAD;
	}
	if (!rule->has_order)
		return rule->page_class;
	order = load64(record + f->private_word, f->big_endian);
	out->attr[i] |= ANZ_ATTR_HEAD;
	if (order > f->max_buddy_order || pfn & ((1ull << order) - 1)) {
		suspect(out, ANZ_SUSPECT_BLOCK_ORDER, pfn, pfn, order, rule->page_class);
		order = 0;
	}
	out->order[i] = order;
	if (rule->is_buddy) {
		AnzBuddyRecord buddy = {
			.pfn = pfn,
			.next = load64(record + f->list, f->big_endian),
			.prev = load64(record + f->list + 8, f->big_endian),
		};

		g_array_append_val(out->buddies, buddy);
		if (load32(record + f->refcount, f->big_endian) ||
		    load64(record + f->mapping, f->big_endian) ||
		    load64(record + f->flags, f->big_endian) & f->f_check & ~f->f_reported)
			suspect(out, ANZ_SUSPECT_FREE_HEAD, pfn, pfn, 0, 0);
	}
	return rule->page_class;
}

static gboolean is_folio(guint8 page_class)
{
	return page_class == ANZ_CLASS_FILE || page_class == ANZ_CLASS_SHMEM ||
	       page_class == ANZ_CLASS_ANON || page_class == ANZ_CLASS_KSM ||
	       page_class == ANZ_CLASS_SWAP_CACHE || page_class == ANZ_CLASS_HUGETLB;
}

/* Before 6.9 a head says that it is a hugetlb page in its second struct page. */
static gboolean is_marked_hugetlb(const AnzPageFormat *f, const guint8 *record)
{
	return (f->hugetlb_dtor_offset != ANZ_ABSENT_OFFSET &&
		record[f->hugetlb_dtor_offset] == f->hugetlb_dtor) ||
	       (f->hugetlb_flag_offset != ANZ_ABSENT_OFFSET &&
		load64(record + f->hugetlb_flag_offset, f->big_endian) & f->hugetlb_flag);
}

/*
 * A kernel that counts no mappings of single pages (CONFIG_NO_PAGE_MAPCOUNT, 6.15 on) counts a large
 * folio as mapped from its first mapping on: NR_ANON_MAPPED then holds all of its pages.
 */
static gboolean is_mapped_somewhere(const AnzPageFormat *f, const guint8 *record)
{
	return f->large_mapcount_offset != ANZ_ABSENT_OFFSET &&
	       (gint32)load32(record + f->large_mapcount_offset, f->big_endian) >= 0 &&
	       !load32(record + f->nr_pages_mapped_offset, f->big_endian);
}

/*
 * A page with the head flag.  Optimised hugetlb vmemmap before 7.1 maps the head's struct pages
 * again where tails should be, so a head must be what its first tail points at.
 * Returns the class, or ANZ_CODE_TAIL for such a fake head.
 */
static guint8 classify_head(const AnzPageFormat *f, const guint8 *record, guint64 address,
			    guint64 pfn, gsize i, guint8 page_class, AnzBatch *out)
{
	guint64 next_word = f->head == ANZ_ABSENT_OFFSET ? 0 :
			    load64(record + f->stride + f->head, f->big_endian);
	guint order = record[f->order_offset];

	if (next_word & 1 && head_of_tail(f, next_word, address + f->stride) != address) {
		guint64 head = head_of_tail(f, next_word, address + f->stride);

		if (head < address) {
			out->stats->fake_heads++;
			return ANZ_CODE_TAIL;
		}
	}
	if (!order || order > f->max_order || pfn & ((1ull << order) - 1)) {
		suspect(out, ANZ_SUSPECT_ORDER, pfn, pfn, order, 0);
		order = 0;
	}
	out->order[i] = order;
	out->attr[i] |= ANZ_ATTR_HEAD;
	/* What has a type of its own uses those bytes otherwise. */
	if ((is_folio(page_class) || page_class == ANZ_CLASS_KERNEL_OTHER ||
	     page_class == ANZ_CLASS_RESERVED) && is_marked_hugetlb(f, record))
		page_class = ANZ_CLASS_HUGETLB;
	/* Stored minus one.  Slab and untyped compound pages use the word for other things. */
	if (f->entire_mapcount_offset != ANZ_ABSENT_OFFSET && is_folio(page_class) &&
	    ((gint32)load32(record + f->entire_mapcount_offset, f->big_endian) >= 0 ||
	     is_mapped_somewhere(f, record)))
		out->attr[i] |= ANZ_ATTR_MAPPED | ANZ_ATTR_WHOLE_MAPPED;
	return page_class;
}

/* What is off about a tail; @head_address: the head that the pages before it name, 0 not known. */
static __attribute__((noinline, cold)) void
note_tail(const AnzPageFormat *f, AnzBatch *out, guint64 pfn, guint64 address, guint64 leads_to,
	  guint64 head_address, gint32 refcount, guint32 type, guint64 mapping)
{
	guint64 behind = (address - (head_address ? head_address : leads_to)) / f->stride;
	guint64 head = pfn - behind;

	if (head_address && leads_to != head_address)
		suspect(out, ANZ_SUSPECT_TAIL_HEAD, pfn, head, leads_to, head_address);
	if (refcount || (gint32)type < -1)
		suspect(out, ANZ_SUSPECT_TAIL_STATE, pfn, head, (guint32)refcount, type);
	/* The first tails keep in that word what concerns all pages. */
	if (f->tail_mapping && mapping != f->tail_mapping &&
	    behind % f->pages_per_map_page >= 4)
		suspect(out, ANZ_SUSPECT_TAIL_MAPPING, pfn, head, mapping, f->tail_mapping);
}

/* Which count is off, of a page that is no head of anything. */
static __attribute__((noinline, cold)) void
note_counts(const AnzPageFormat *f, AnzBatch *out, gsize i, guint64 pfn, guint64 flags, guint32 type,
	    gint32 refcount, gint64 held)
{
	guint8 c = out->page_class[i];
	gboolean is_user = is_folio(c);

	if (flags & f->f_reserved && refcount < 1)
		suspect(out, ANZ_SUSPECT_RESERVED, pfn, pfn, (guint32)refcount, 1);
	/* These keep other things in that word, or count otherwise. */
	if (!is_user && c != ANZ_CLASS_KERNEL_OTHER && c != ANZ_CLASS_RESERVED)
		return;
	if ((gint32)type < -1 && (gint32)type >= f->type_below)
		suspect(out, ANZ_SUSPECT_MAPCOUNT, pfn, pfn, type, G_MAXUINT32);
	else if (refcount < held)
		suspect(out, ANZ_SUSPECT_REFCOUNT, pfn, pfn, (guint32)refcount, held);
	else if (is_user && flags & f->f_lru && refcount > held + !!(flags & f->f_private))
		suspect(out, ANZ_SUSPECT_REFERENCES, pfn, pfn, (guint32)refcount,
			held + !!(flags & f->f_private));
}

/*
 * How many records ahead memory is asked for: further than the processor looks by itself while it
 * works on a record (tests/bench/decode.c).
 */
#define RECORDS_AHEAD 32

/* One batch, and what follows from its format. */
typedef struct {
	AnzPageFormat f;
	const guint8 *records;
	gsize nr;
	guint64 pfn, address;	/* of the first */
	guint64 swap_bits;	/* both flags that a page of the swap cache has, 0: not known */
	guint key_bits, key_shift;
	guint64 key_mask, zone_mask;
	AnzBatch *out;
} Loop;

/* What the pages before one leave behind. */
typedef struct {
	guint64 head_address;	/* of the compound page that the last one is in; 0: none, or not known */
	gboolean is_astray;	/* the last one is a tail that leads elsewhere */
	gsize free_start, free_end;	/* the free block that reaches over what follows */
} Before;

/* Page @i of the batch, after all those before it. */
static inline __attribute__((always_inline)) void
classify_page(const Loop *loop, gsize i, Before *before, const gboolean big)
{
	const AnzPageFormat *f = &loop->f;
	const guint8 *record = loop->records + i * f->stride;
	const guint64 pfn = loop->pfn + i, address = loop->address + i * f->stride;
	AnzBatch *out = loop->out;
	guint64 flags = load64(record + f->flags, big);
	guint64 mapping = load64(record + f->mapping, big);
	guint64 head = f->head == ANZ_ABSENT_OFFSET ? 0 : load64(record + f->head, big);
	guint32 type = load32(record + f->page_type, big);
	guint64 low = mapping & 3;
	gboolean file = mapping && !low && (gint64)mapping < 0;
	gboolean swapcached = loop->swap_bits && (flags & loop->swap_bits) == loop->swap_bits;
	guint key = flags >> loop->key_shift & loop->key_mask;
	/* Stored minus one; what is negative is none or a type. */
	gint32 mapcount = (gint32)type < 0 ? 0 : MIN(type, G_MAXINT32 - 1) + 1;
	gint32 refcount = load32(record + f->refcount, big);
	guint8 c = ANZ_CLASS_KERNEL_OTHER;
	guint16 attr = 0;
	gint64 held;

	out->flags[i] = flags & f->flags_plane_mask;
	out->refcount[i] = refcount;
	out->mapcount[i] = mapcount;
	out->zone_key[i] = key;
	out->order[i] = 0;
	if (flags & f->f_hwpoison)	attr |= ANZ_ATTR_HWPOISON;
	if ((gint32)type >= 0)		attr |= ANZ_ATTR_MAPPED;

	if (i < before->free_end && (refcount || mapping || type != ~0u || flags & f->f_check))
		suspect(out, ANZ_SUSPECT_FREE_INTERIOR, pfn, loop->pfn + before->free_start, 0, 0);

	if (head & 1) {
		guint64 leads_to = head_of_tail(f, head, address);

		before->is_astray = before->head_address && leads_to != before->head_address;
		if (i >= before->free_end && (before->is_astray || refcount || (gint32)type < -1 ||
					      mapping != f->tail_mapping))
			note_tail(f, out, pfn, address, leads_to, before->head_address, refcount,
				  type, mapping);
		if (!before->head_address)
			before->head_address = leads_to;
		out->page_class[i] = ANZ_CODE_TAIL;
		out->attr[i] = attr | ANZ_ATTR_TAIL;
		return;
	}
	before->head_address = 0;
	before->is_astray = FALSE;

	if (flags & f->f_reserved)	c = ANZ_CLASS_RESERVED;
	if (file)			c = flags & f->f_swapbacked ?
					    ANZ_CLASS_SHMEM : ANZ_CLASS_FILE;
	if (low & 1)			c = ANZ_CLASS_ANON;
	if (swapcached && !file)	c = ANZ_CLASS_SWAP_CACHE;
	if (low == 3)			c = ANZ_CLASS_KSM;
	/* PAGE_MAPPING_MOVABLE; where movable pages have a type, 2 occurs only with 1. */
	if (low == 2)			c = ANZ_CLASS_MOVABLE;
	if (f->zsmalloc_mops && mapping == (f->zsmalloc_mops | 2))
					c = ANZ_CLASS_ZSMALLOC;
	if (f->pp_magic != ANZ_ABSENT_OFFSET && f->pp_signature &&
	    (load64(record + f->pp_magic, big) & ~PP_DRIVER_BITS) == f->pp_signature)
					c = ANZ_CLASS_NET_POOL;

	if (flags & f->f_dirty)		attr |= ANZ_ATTR_DIRTY;
	if (flags & f->f_writeback)	attr |= ANZ_ATTR_WRITEBACK;
	if (flags & f->f_locked)	attr |= ANZ_ATTR_LOCKED;
	if (flags & f->f_lru)		attr |= ANZ_ATTR_LRU;
	if (flags & f->f_active)	attr |= ANZ_ATTR_ACTIVE;
	if (flags & f->f_unevictable)	attr |= ANZ_ATTR_UNEVICTABLE;
	if (flags & f->f_mlocked)	attr |= ANZ_ATTR_MLOCKED;
	out->attr[i] = attr;

	if (flags & f->f_slab) {
		c = ANZ_CLASS_SLAB;
	} else if ((gint32)type < f->type_below) {
		c = classify_typed(f, record, type, pfn, i, out);
	} else if (c == ANZ_CLASS_KERNEL_OTHER) {
		/* Typed pages keep what they like in that word. */
		out->stats->odd_mapping += mapping && !low;
	}
	/* These use flag bits and the mapcount for purposes of their own. */
	if (c == ANZ_CLASS_SLAB || c == ANZ_CLASS_NET_POOL || c == ANZ_CLASS_ZSMALLOC ||
	    c == ANZ_CLASS_MOVABLE)
		out->attr[i] &= ANZ_ATTR_HWPOISON;
	if (loop->key_bits && (key & loop->zone_mask) == f->device_zone &&
	    c != ANZ_CLASS_OFFLINE && c != ANZ_CLASS_GUARD)
		c = ANZ_CLASS_DEVICE;
	if (flags & f->f_head && i + 1 < loop->nr) {
		c = classify_head(f, record, address, pfn, i, c, out);
		if (c == ANZ_CODE_TAIL)
			out->attr[i] = (attr & ANZ_ATTR_HWPOISON) | ANZ_ATTR_TAIL;
		else
			before->head_address = address;
	}
	if (flags & f->f_reserved)
		out->attr[i] |= ANZ_ATTR_RESERVED;
	out->page_class[i] = c;

	/* What holds a reference: mappings, the page or swap cache, private data. */
	held = (gint64)mapcount + (file || swapcached);
	if (out->attr[i] & ANZ_ATTR_HEAD) {
		if (c == ANZ_CLASS_FREE && i >= before->free_end) {
			before->free_start = i;
			before->free_end = i + (1ull << out->order[i]);
		}
	} else if (refcount < held || (flags & f->f_lru && refcount > held +
				       !!(flags & f->f_private)) ||
		   ((gint32)type < -1 && (gint32)type >= f->type_below) ||
		   (flags & f->f_reserved && refcount < 1)) {
		note_counts(f, out, i, pfn, flags, type, refcount, held);
	}
}

static inline __attribute__((always_inline)) void
classify_all(const Loop *given, const gboolean big)
{
	const Loop loop = *given;	/* a local copy stays in registers and on one line */
	Before before = { 0 };

	for (gsize i = 0; i < loop.nr; i++) {
		__builtin_prefetch(loop.records + (i + RECORDS_AHEAD) * loop.f.stride);
		classify_page(&loop, i, &before, big);
	}
}

#ifdef ANZ_HAVE_LANES
/* What the lanes leave to be looked at by itself. */
static __attribute__((noinline)) void
classify_odd(const Loop *loop, gsize i, Before *before)
{
	classify_page(loop, i, before, FALSE);
}

#define LANES 4
#define LANES_TARGET
#include "pages/classify-lanes.h"
#undef LANES
#undef LANES_TARGET

#ifdef __x86_64__
#define LANES 8
#define LANES_TARGET __attribute__((target("avx2")))
#include "pages/classify-lanes.h"
#undef LANES
#undef LANES_TARGET
#endif

/* Words where all kernels have had them so far, and flags in the lower half of their word. */
static gboolean fits_lanes(const AnzPageFormat *f)
{
	guint64 masks = f->f_head | f->f_slab | f->f_reserved | f->f_hwpoison | f->f_swapcache |
			f->f_swapbacked | f->f_lru | f->f_active | f->f_unevictable |
			f->f_mlocked | f->f_dirty | f->f_writeback | f->f_locked |
			f->f_private | f->f_check | f->flags_plane_mask;

	return !f->big_endian && masks <= G_MAXUINT32 && f->head == f->flags + 8 &&
	       f->refcount == f->page_type + 4 &&
	       (f->pp_magic == ANZ_ABSENT_OFFSET || !f->pp_signature || f->pp_magic == f->head);
}
#endif

guint anz_classify_lanes(const AnzPageFormat *format)
{
#ifdef ANZ_HAVE_LANES
	if (!fits_lanes(format))
		return 1;
#ifdef __x86_64__
	if (__builtin_cpu_supports("avx2"))
		return 8;
#endif
	return 4;
#else
	return 1;
#endif
}

void anz_classify_batch_by(const AnzPageFormat *format, guint lanes, const guint8 *records,
			   gsize nr, guint64 first_pfn, guint64 address, AnzBatch *out)
{
	const guint key_bits = format->node_bits + format->zone_bits;
	const Loop loop = {
		.f = *format, .records = records, .nr = nr, .pfn = first_pfn, .address = address,
		.swap_bits = format->f_swapcache && format->f_swapbacked ?
			     format->f_swapcache | format->f_swapbacked : 0,
		.key_bits = key_bits, .key_shift = key_bits ? format->zone_shift : 0,
		.key_mask = (1ull << key_bits) - 1, .zone_mask = (1ull << format->zone_bits) - 1,
		.out = out,
	};

	if (format->big_endian)
		classify_all(&loop, TRUE);
#ifdef ANZ_HAVE_LANES
#ifdef __x86_64__
	else if (lanes == 8)
		classify_by_8(&loop);
#endif
	else if (lanes == 4)
		classify_by_4(&loop);
#endif
	else
		classify_all(&loop, FALSE);
}

void anz_classify_batch(const AnzPageFormat *format, const guint8 *records, gsize nr,
			guint64 first_pfn, guint64 address, AnzBatch *out)
{
	anz_classify_batch_by(format, anz_classify_lanes(format), records, nr, first_pfn, address,
			      out);
}
