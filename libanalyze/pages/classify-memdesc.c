/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Classifying memory-descriptor words.  A word says what its page is only where no free list covers
 * the page: inside free blocks words are stale, so what is decided here is provisional until the
 * lists were walked; the descriptors are read only then (graph/extents.c).
 */
#include "pages/classify-memdesc.h"

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

void anz_classify_memdesc_batch(const AnzMemdescFormat *memdesc, const AnzPageFormat *format,
				const guint8 *records, gsize nr, guint64 first_pfn, AnzBatch *out)
{
	const gboolean big = format->big_endian;
	const gboolean list32 = memdesc->links.kind == ANZ_LINKS_LIST;
	const guint64 type_mask = (1ull << memdesc->type_bits) - 1;
	const guint key_mask = (1u << (memdesc->node_bits + memdesc->zone_bits)) - 1;
	const guint8 *record = records + memdesc->word;

	for (gsize i = 0; i < nr; i++, record += format->stride) {
		guint64 word = anz_load64(record, big), pfn = first_pfn + i;
		const AnzMemdescType *type = &memdesc->types[word & type_mask];
		guint8 c = type->page_class;
		guint16 attr = 0;

		out->order[i] = 0;
		out->zone_key[i] = G_MAXUINT16;
		if (memdesc->shape == ANZ_SHAPE_MEMDESC32)
			attr = wide_values(memdesc, format, record - memdesc->word, i, out);
		if (word == ~0ull) {
			c = ANZ_CODE_ONES;
		} else if (!word) {
			c = ANZ_CODE_ZEROS;
			/* In list32 a zero word is a free page with no links. */
			if (list32)
				note_buddy(memdesc, record - memdesc->word, pfn, big, out->buddies);
		} else if (type->kind == ANZ_MEMDESC_EMBEDDED || (list32 && !(word & 3))) {
			c = ANZ_CLASS_FREE;
			note_buddy(memdesc, record - memdesc->word, pfn, big, out->buddies);
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
				out->zone_key[i] = word >> memdesc->zone_shift & key_mask;
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
}
