/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reading struct pages in stretches as long as sections, subsections and the dump allow.  What cannot
 * be read is told apart by why; the rest of a stretch goes on behind the page that stopped it.
 */
#include "pages/records.h"

#include <analyze/store.h>

/* Frames [pfn, pfn + nr), all in one section; their struct pages begin at @address. */
static void read_part(const AnzKernel *kernel, AnzImage *image, AnzRecordBuffer *buffer,
		      guint64 pfn, guint nr, guint64 address, const AnzRecordFuncs *funcs)
{
	guint stride = kernel->format.stride;
	guint64 page_size = 1ull << kernel->page_shift;
	gsize len = (gsize)nr * stride, done = 0;
	const guint8 *in_place = anz_image_map_virt(image, address, len);

	if (in_place) {
		funcs->present(pfn, nr, in_place, address, funcs->data);
		return;
	}
	if (buffer->size < len) {
		g_free(buffer->bytes);
		buffer->bytes = g_malloc(len);
		buffer->size = len;
	}
	while (done < len) {
		AnzMemState stopped = ANZ_MEM_PRESENT;
		gsize got = anz_image_read_virt(image, address + done, buffer->bytes + done,
						len - done, &stopped);
		gsize good_from = (done + stride - 1) / stride;
		gsize good_to = (done + got) / stride, bad_to;
		gsize skip;

		/* A cut stretch may begin with a tail or end with a head: both are harmless, the
		 * head's order then comes from elsewhere or stays unknown. */
		if (good_to > good_from)
			funcs->present(pfn + good_from, good_to - good_from,
				       buffer->bytes + good_from * stride,
				       address + good_from * stride, funcs->data);
		done += got;
		if (done >= len)
			break;
		/* To the end of the page that could not be read. */
		skip = page_size - ((address + done) & (page_size - 1));
		skip = MIN(skip, len - done);
		bad_to = MIN((done + skip + stride - 1) / stride, nr);
		if (funcs->absent)
			funcs->absent(pfn + good_to, bad_to - good_to, stopped, funcs->data);
		done += skip;
	}
}

/* Frames [start, end) of @section. */
static void read_section(const AnzKernel *kernel, AnzImage *image, AnzRecordBuffer *buffer,
			 const AnzSection *section, guint64 start, guint64 end,
			 const AnzRecordFuncs *funcs)
{
	guint64 at = start;

	if (!section->online && !section->device) {
		if (funcs->offline)
			funcs->offline(start, end - start, funcs->data);
		return;
	}
	while (at < end) {
		guint64 offset = at - section->start_pfn;
		gboolean valid = anz_section_has_page(section, offset);
		guint64 to = at;

		while (to < end && anz_section_has_page(section, to - section->start_pfn) == valid)
			to = MIN(end, to + MAX(section->subsection_pages -
					       (to - section->start_pfn) % MAX(section->subsection_pages, 1),
					       1));
		if (valid)
			read_part(kernel, image, buffer, at, to - at,
				  section->page_array + offset * kernel->format.stride, funcs);
		at = to;
	}
}

/* The first section that reaches beyond @pfn. */
static guint first_section(const GArray *sections, guint64 pfn)
{
	guint low = 0, high = sections->len;

	while (low < high) {
		guint middle = low + (high - low) / 2;
		const AnzSection *section = &g_array_index(sections, AnzSection, middle);

		if (section->start_pfn + section->nr_pages <= pfn)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

void anz_records_read_range(const AnzKernel *kernel, AnzImage *image, guint64 start, guint64 end,
			    AnzRecordBuffer *buffer, const AnzRecordFuncs *funcs)
{
	const GArray *sections = kernel->sections;

	for (guint i = first_section(sections, start); i < sections->len; i++) {
		const AnzSection *section = &g_array_index(sections, AnzSection, i);

		if (section->start_pfn >= end)
			break;
		read_section(kernel, image, buffer, section, MAX(section->start_pfn, start),
			     MIN(section->start_pfn + section->nr_pages, end), funcs);
	}
}

void anz_records_read(const AnzKernel *kernel, AnzImage *image, guint64 number,
		      AnzRecordBuffer *buffer, const AnzRecordFuncs *funcs)
{
	guint64 start = number << ANZ_TILE_SHIFT;

	anz_records_read_range(kernel, image, start, start + ANZ_TILE_PAGES, buffer, funcs);
}
