/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The last words on each frame: what is decided by an address, a list or the dump itself and not by
 * the struct page.
 */
#include "pages/planes.h"

static void finish_tile(const AnzPlanes *planes, AnzTile *tile, const AnzKernel *kernel)
{
	guint64 base = tile->number << ANZ_TILE_SHIFT;
	/* A folio of a PMD; no type and no mapping tells it. */
	guint64 huge_zero = kernel->huge_zero_pfn, nr_huge = 1ull << (kernel->page_shift - 3);

	for (guint i = 0; i < ANZ_TILE_PAGES; i++) {
		guint8 *page_class = &tile->page_class[i];
		guint64 pfn = base + i;

		if (*page_class == ANZ_CLASS_HOLE)
			continue;
		if (tile->attr[i] & ANZ_ATTR_HWPOISON)
			*page_class = ANZ_CLASS_HWPOISON;
		else if (*page_class == ANZ_CLASS_RESERVED && pfn == kernel->zero_pfn)
			*page_class = ANZ_CLASS_ZERO_PAGE;
		else if (*page_class == ANZ_CLASS_KERNEL_OTHER && huge_zero != G_MAXUINT64 &&
			 pfn >= huge_zero && pfn - huge_zero < nr_huge)
			*page_class = ANZ_CLASS_ZERO_PAGE;
		else if (*page_class == ANZ_CLASS_RESERVED && pfn >= kernel->image_start_pfn &&
			 pfn - kernel->image_start_pfn < kernel->image_nr_pages)
			*page_class = ANZ_CLASS_KERNEL_IMAGE;
		if (anz_tile_zone(tile, i) == ANZ_NO_ZONE)
			tile->attr[i] |= ANZ_ATTR_NO_ZONE;
		if (kernel->migrate_isolate >= 0 &&
		    anz_tile_migratetype(planes, tile, i) == (guint)kernel->migrate_isolate)
			tile->attr[i] |= ANZ_ATTR_ISOLATED;
	}
}

/* Frames whose content the dumper left out. */
static void mark_excluded(AnzPlanes *planes, AnzImage *image)
{
	guint64 pfn = 0, start, nr_pages;
	AnzMemState state;

	while (anz_image_ram_run(image, pfn, &start, &nr_pages, &state)) {
		pfn = start + nr_pages;
		if (state != ANZ_MEM_EXCLUDED)
			continue;
		for (guint64 at = start, end; at < pfn && at < planes->max_pfn; at = end) {
			AnzTile *tile = anz_planes_tile(planes, at);

			end = MIN((at | (ANZ_TILE_PAGES - 1)) + 1, pfn);
			for (guint64 i = at; tile && i < end; i++)
				tile->attr[anz_tile_index(i)] |= ANZ_ATTR_CONTENT_EXCLUDED;
		}
	}
}

void anz_planes_recount_unknown(AnzPlanes *planes)
{
	planes->stats.unknown_type = 0;
	for (guint t = 0; t < planes->nr_tiles; t++) {
		const AnzTile *tile = &planes->tiles[t];

		for (guint i = 0; i < ANZ_TILE_PAGES; i++)
			if (tile->page_class[i] == ANZ_CLASS_UNKNOWN_TYPE &&
			    !planes->stats.unknown_type++)
				planes->stats.unknown_type_pfn =
					(tile->number << ANZ_TILE_SHIFT) + i;
	}
}

void anz_planes_finish(AnzPlanes *planes, AnzKernel *kernel)
{
	mark_excluded(planes, kernel->image);
	for (guint i = 0; i < planes->nr_tiles; i++)
		finish_tile(planes, &planes->tiles[i], kernel);
}
