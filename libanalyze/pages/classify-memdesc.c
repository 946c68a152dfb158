/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Classifying memory-descriptor words.  A word says what its page is only where no free list covers
 * the page: inside free blocks words are stale, so what is decided here is provisional until the
 * lists were walked; the descriptors are read only then (graph/extents.c).
 */
#include "pages/classify-memdesc.h"

#include <string.h>

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>
#define HAVE_SHUFFLE 1
#endif

guint8 anz_memdesc_code_class(guint8 code, gboolean in_zone)
{
	if (!in_zone)
		return ANZ_CLASS_HOLE;
	return code == ANZ_CODE_ZEROS ? ANZ_CLASS_RESERVED : ANZ_CLASS_UNKNOWN_TYPE;
}

static void note_buddy(const AnzMemdescFormat *memdesc, const guint8 *record, guint64 pfn,
		       gboolean big, GArray *buddies)
{
	guint32 at = memdesc->links.kind == ANZ_LINKS_LIST ? memdesc->buddy_list : memdesc->word;
	AnzBuddyRecord buddy = { .pfn = pfn, .next = anz_load64(record + at, big) };

	if (memdesc->nr_words > 1)
		buddy.prev = anz_load64(record + at + 8, big);
	g_array_append_val(buddies, buddy);
}

/* Shape of 32 bytes: flags and counts still stand in struct page. */
static guint16 wide_values(const AnzMemdescFormat *memdesc, const AnzPageFormat *format,
			   const guint8 *record, gsize i, AnzBatch *out)
{
	gboolean big = format->big_endian;
	guint64 flags;
	guint16 attr = 0;

	if (memdesc->refcount != ANZ_ABSENT_OFFSET)
		out->refcount[i] = anz_load32(record + memdesc->refcount, big);
	/* Known to be there, but nothing says where. */
	if (memdesc->flags == ANZ_ABSENT_OFFSET)
		return 0;
	flags = anz_load64(record + memdesc->flags, big);
	out->flags[i] = flags & format->flags_plane_mask;
	out->zone_key[i] = flags >> format->zone_shift &
			   ((1u << (format->node_bits + format->zone_bits)) - 1);
	if (flags & memdesc->f_hwpoison)
		attr |= ANZ_ATTR_HWPOISON;
	return attr;
}

/* What a word says by its type alone; SPECIAL if more of it must be looked at. */
#define SPECIAL 0xff

typedef struct {
	const AnzMemdescFormat *memdesc;
	const AnzPageFormat *format;
	gboolean list32;
	guint64 type_mask;
	guint key_mask;
	guint8 class_of[ANZ_MEMDESC_MAX_TYPES];
} Classifier;

static Classifier classifier(const AnzMemdescFormat *memdesc, const AnzPageFormat *format)
{
	Classifier c = { .memdesc = memdesc, .format = format,
			 .list32 = memdesc->links.kind == ANZ_LINKS_LIST,
			 .type_mask = (1ull << memdesc->type_bits) - 1,
			 .key_mask = (1u << (memdesc->node_bits + memdesc->zone_bits)) - 1 };

	for (guint t = 0; t <= c.type_mask; t++) {
		const AnzMemdescType *type = &memdesc->types[t];
		gboolean is_plain = type->kind == ANZ_MEMDESC_POINTER ||
				    type->kind == ANZ_MEMDESC_UNASSIGNED;

		c.class_of[t] = type->kind == ANZ_MEMDESC_POINTER ? type->page_class :
				ANZ_CLASS_UNKNOWN_TYPE;
		/* Words of all zeros and all ones have these types. */
		if (!is_plain || !t || t == c.type_mask || c.class_of[t] == ANZ_CLASS_HWPOISON ||
		    memdesc->shape == ANZ_SHAPE_MEMDESC32)
			c.class_of[t] = SPECIAL;
	}
	return c;
}

/* Page @i of the batch, whose word is more than a type and a pointer. */
static void classify_special(const Classifier *by, const guint8 *record, guint64 word, guint64 pfn,
			     gsize i, AnzBatch *out)
{
	const AnzMemdescFormat *memdesc = by->memdesc;
	const AnzMemdescType *type = &memdesc->types[word & by->type_mask];
	const gboolean big = by->format->big_endian;
	guint8 c = type->page_class;
	guint16 attr = 0;

	if (memdesc->shape == ANZ_SHAPE_MEMDESC32)
		attr = wide_values(memdesc, by->format, record, i, out);
	if (word == ~0ull) {
		c = ANZ_CODE_ONES;
	} else if (!word) {
		c = ANZ_CODE_ZEROS;
		/* In list32 a zero word is a free page with no links. */
		if (by->list32)
			note_buddy(memdesc, record, pfn, big, out->buddies);
	} else if (type->kind == ANZ_MEMDESC_EMBEDDED || (by->list32 && !(word & 3))) {
		c = ANZ_CLASS_FREE;
		note_buddy(memdesc, record, pfn, big, out->buddies);
	} else if (type->kind == ANZ_MEMDESC_INLINE) {
		guint64 misc = word >> memdesc->type_bits;
		guint subtype = misc >> ANZ_MISC_SUBTYPE_SHIFT & ANZ_MISC_SUBTYPE_MASK;
		guint order = misc >> ANZ_MISC_ORDER_SHIFT & ANZ_MISC_ORDER_MASK;

		c = memdesc->misc_class[subtype];
		if (c == ANZ_NR_CLASSES)
			c = ANZ_CLASS_UNKNOWN_TYPE;
		if (misc >> ANZ_MISC_MAPPED_SHIFT & 1)
			attr |= ANZ_ATTR_MAPPED;
		out->order[i] = order;
		if (out->zone_key[i] == G_MAXUINT16)
			out->zone_key[i] = word >> memdesc->zone_shift & by->key_mask;
		if (order)
			attr |= pfn & ((1ull << order) - 1) ? ANZ_ATTR_TAIL : ANZ_ATTR_HEAD;
	} else if (type->kind == ANZ_MEMDESC_POINTER) {
		if (c == ANZ_CLASS_HWPOISON)
			attr |= ANZ_ATTR_HWPOISON;
	} else {
		c = ANZ_CLASS_UNKNOWN_TYPE;
	}
	out->page_class[i] = c;
	out->attr[i] = attr;
}

/*
 * Most words are a type and a pointer, and the pointer does not matter here: a table of 16 classes in
 * one vector register answers for 16 words at a time.  Returns how many pages were looked at; of those
 * among them that need more the class is SPECIAL.
 */
#ifdef HAVE_SHUFFLE
__attribute__((target("ssse3")))
static gsize look_up_16(const Classifier *by, const guint8 *record, gsize nr, guint8 *page_class)
{
	const __m128i table = _mm_loadu_si128((const __m128i *)by->class_of);
	const __m128i type = _mm_set1_epi32(15);
	gsize i = 0;

	for (; i + 16 <= nr; i += 16) {
		const __m128 *at = (const __m128 *)(const void *)(record + i * 8);
		__m128i four[4], types;

		/* The low halves of four words at a time. */
		for (guint k = 0; k < 4; k++)
			four[k] = _mm_and_si128(type, _mm_castps_si128(
				_mm_shuffle_ps(_mm_loadu_ps((const float *)(at + 2 * k)),
					       _mm_loadu_ps((const float *)(at + 2 * k + 1)), 0x88)));
		types = _mm_packus_epi16(_mm_packs_epi32(four[0], four[1]),
					 _mm_packs_epi32(four[2], four[3]));
		_mm_storeu_si128((__m128i *)(page_class + i), _mm_shuffle_epi8(table, types));
	}
	return i;
}

static gboolean has_vectors(const Classifier *by)
{
	return by->memdesc->type_bits == 4 && by->format->stride == 8 && !by->format->big_endian &&
	       __builtin_cpu_supports("ssse3");
}
#else
static gsize look_up_16(const Classifier *by, const guint8 *record, gsize nr, guint8 *page_class)
{
	return 0;
}

static gboolean has_vectors(const Classifier *by)
{
	return FALSE;
}
#endif

static void look_up(const Classifier *by, const guint8 *record, gsize nr, guint8 *page_class)
{
	const gsize stride = by->format->stride;
	/* The type lies in the word's lowest bits. */
	const guint8 *at = record + (by->format->big_endian ? 7 : 0);
	gsize i = has_vectors(by) ? look_up_16(by, record, nr, page_class) : 0;

	for (; i < nr; i++)
		page_class[i] = by->class_of[at[i * stride] & by->type_mask];
}

void anz_classify_memdesc_batch(const AnzMemdescFormat *memdesc, const AnzPageFormat *format,
				const guint8 *records, gsize nr, guint64 first_pfn, AnzBatch *out)
{
	const Classifier by = classifier(memdesc, format);
	const guint8 *words = records + memdesc->word;

	look_up(&by, words, nr, out->page_class);
	memset(out->order, 0, nr);
	memset(out->attr, 0, nr * sizeof(*out->attr));
	memset(out->zone_key, 0xff, nr * sizeof(*out->zone_key));
	for (gsize i = 0; i < nr; i++) {
		const guint8 *special = memchr(out->page_class + i, SPECIAL, nr - i);

		if (!special)
			break;
		for (i = special - out->page_class; i < nr && out->page_class[i] == SPECIAL; i++)
			classify_special(&by, records + i * format->stride,
					 anz_load64(words + i * format->stride, format->big_endian),
					 first_pfn + i, i, out);
	}
}
