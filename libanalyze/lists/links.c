/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a link says: another page, or the head.  Four encodings: struct list_head (addresses of the
 * neighbour's member), tagged addresses of struct pages, frame numbers, frame numbers relative to
 * the zone.  memdesc-format.md 2, "Buddy: variants".
 */
#include "lists/links.h"

/* The address that @field holds: its bits stand where they stand in the address. */
static guint64 tagged_address(const AnzWordField *field, const guint64 *words)
{
	return anz_word_field(field, words) << field->shift;
}

AnzListSpec anz_list_spec(const AnzKernel *kernel, guint32 link, guint64 zone_start_pfn)
{
	AnzListSpec spec = { .kind = ANZ_LINKS_LIST, .link = link };

	if (kernel->memdesc) {
		spec.kind = kernel->memdesc->links.kind;
		if (kernel->memdesc->links.zone_relative)
			spec.base_pfn = zone_start_pfn;
	}
	return spec;
}

guint64 anz_list_head_stride(const AnzKernel *kernel)
{
	/* struct list_head, or a struct buddy as large as the page's words. */
	if (kernel->memdesc && kernel->memdesc->links.kind == ANZ_LINKS_PFN)
		return kernel->memdesc->nr_words * 8;
	return 16;
}

static AnzLink link_to_address(const AnzKernel *kernel, guint64 raw, guint64 address)
{
	guint64 pfn = anz_kernel_page_pfn(kernel, address);

	return (AnzLink){ .kind = pfn == G_MAXUINT64 ? ANZ_LINK_BAD : ANZ_LINK_PAGE, .pfn = pfn,
			  .raw = raw };
}

static AnzLink pfn_link(const AnzKernel *kernel, const AnzListSpec *spec, const AnzWordField *field,
			const guint64 *words)
{
	guint64 value = anz_word_field(field, words);
	guint64 all_ones = field->bits > 63 ? ~0ull : (1ull << field->bits) - 1;
	AnzLink link = { .kind = ANZ_LINK_HEAD, .raw = value };

	if (value == all_ones)
		return link;
	link.pfn = value + spec->base_pfn;
	link.kind = anz_kernel_section(kernel, link.pfn) ? ANZ_LINK_PAGE : ANZ_LINK_BAD;
	return link;
}

AnzLink anz_link_from_page(const AnzKernel *kernel, const AnzListSpec *spec, const guint64 *words,
			   gboolean forward)
{
	const AnzLinkFormat *format = kernel->memdesc ? &kernel->memdesc->links : NULL;
	const AnzWordField *field;
	guint64 raw, address;

	switch (spec->kind) {
	case ANZ_LINKS_LIST:
		raw = words[forward ? 0 : 1];
		if (raw == spec->head)
			return (AnzLink){ .kind = ANZ_LINK_HEAD, .raw = raw };
		return link_to_address(kernel, raw, raw - spec->link);
	case ANZ_LINKS_POINTER:
		field = forward ? &format->next : &format->prev;
		raw = words[field->word];
		address = tagged_address(field, words);
		if (address == spec->head >> field->shift << field->shift)
			return (AnzLink){ .kind = ANZ_LINK_HEAD, .raw = raw };
		return link_to_address(kernel, raw, address);
	case ANZ_LINKS_PFN:
		return pfn_link(kernel, spec, forward ? &format->next : &format->prev, words);
	}
	return (AnzLink){ .kind = ANZ_LINK_BAD };
}

gboolean anz_link_from_head(AnzKernel *kernel, const AnzListSpec *spec, gboolean forward,
			    AnzLink *link)
{
	guint64 words[2] = { 0, 0 };
	guint nr_words = anz_list_head_stride(kernel) / 8;

	for (guint i = 0; i < nr_words && i < 2; i++)
		if (!anz_kernel_read_u64(kernel, spec->head + i * 8, &words[i]))
			return FALSE;
	if (spec->kind == ANZ_LINKS_POINTER) {
		/* A head is an untagged struct list_head that points at struct pages or at itself. */
		guint64 raw = words[forward ? 0 : 1];

		if (raw == spec->head)
			*link = (AnzLink){ .kind = ANZ_LINK_HEAD, .raw = raw };
		else
			*link = link_to_address(kernel, raw, raw);
		return TRUE;
	}
	*link = anz_link_from_page(kernel, spec, words, forward);
	return TRUE;
}

/* The words of @pfn that hold its links: noted by the decoder, else read from the source. */
gboolean anz_link_words(AnzKernel *kernel, const AnzPlanes *planes, const AnzListSpec *spec,
			guint64 pfn, guint64 *words)
{
	const AnzBuddyRecord *buddy = NULL;
	guint64 address;

	/* Of live memory what the decoder noted is of the past. */
	if (!anz_image_is_live(kernel->image) &&
	    (spec->kind != ANZ_LINKS_LIST || spec->link == kernel->format.list))
		buddy = anz_planes_buddy(planes, pfn);
	if (buddy) {
		words[0] = buddy->next;
		words[1] = buddy->prev;
		return TRUE;
	}
	address = anz_kernel_page_address(kernel, pfn);
	if (!address)
		return FALSE;
	address += spec->kind == ANZ_LINKS_LIST ? spec->link : kernel->memdesc->word;
	words[1] = 0;
	return anz_kernel_read_u64(kernel, address, &words[0]) &&
	       ((kernel->memdesc && kernel->memdesc->nr_words < 2) ||
		anz_kernel_read_u64(kernel, address + 8, &words[1]));
}

gboolean anz_list_stated_order(AnzKernel *kernel, const AnzPlanes *planes, guint64 pfn,
			       guint list_order, guint64 *order)
{
	const AnzMemdescFormat *memdesc = kernel->memdesc;
	const AnzLinkFormat *links = &memdesc->links;
	AnzListSpec spec = anz_list_spec(kernel, memdesc->buddy_list, 0);
	guint64 words[2];

	if (links->kind == ANZ_LINKS_LIST) {
		guint64 address = anz_kernel_page_address(kernel, pfn);

		/* private holds the order only where it does not lie over the links. */
		return memdesc->private_word != ANZ_ABSENT_OFFSET &&
		       (memdesc->private_word + 8 <= memdesc->buddy_list ||
			memdesc->private_word >= memdesc->buddy_list + 16) && address &&
		       anz_kernel_read_u64(kernel, address + memdesc->private_word, order);
	}
	if (!anz_link_words(kernel, planes, &spec, pfn, words))
		return FALSE;
	if (links->order.bits) {
		*order = anz_word_field(&links->order, words);
		return TRUE;
	}
	if (!links->order0.bits)
		return FALSE;
	if (anz_word_field(&links->order0, words)) {
		*order = 0;
		return TRUE;
	}
	/* A block of order 1 and more has a second page, whose word holds the order. */
	if (!list_order || !anz_link_words(kernel, planes, &spec, pfn + 1, words) ||
	    !anz_word_field(&links->second_flag, words))
		return FALSE;
	*order = anz_word_field(&links->second_order, words);
	return TRUE;
}
