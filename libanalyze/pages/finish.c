/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The last words on each frame: what is decided by an address, a list or the dump itself and not by
 * the struct page.
 */
#include "pages/pass.h"

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
		if (tile->zone[i] == ANZ_NO_ZONE)
			tile->attr[i] |= ANZ_ATTR_NO_ZONE;
		if (kernel->migrate_isolate >= 0 &&
		    anz_tile_migratetype(planes, tile, i) == (guint)kernel->migrate_isolate)
			tile->attr[i] |= ANZ_ATTR_ISOLATED;
	}
}

/* Frames whose content the dumper left out. */
static void mark_excluded(AnzTile *tile, AnzImage *image)
{
	guint64 base = tile->number << ANZ_TILE_SHIFT, end = base + ANZ_TILE_PAGES;
	guint64 pfn = base, start, nr_pages;
	AnzMemState state;

	while (pfn < end && anz_image_ram_run(image, pfn, &start, &nr_pages, &state) &&
	       start < end) {
		pfn = start + nr_pages;
		if (state != ANZ_MEM_EXCLUDED)
			continue;
		for (guint64 at = start; at < MIN(pfn, end); at++)
			tile->attr[anz_tile_index(at)] |= ANZ_ATTR_CONTENT_EXCLUDED;
	}
}

typedef struct {
	AnzPlanes *planes;
	AnzKernel *kernel;
} Finish;

static gpointer clone_image(gpointer data, GError **error)
{
	const Finish *finish = data;

	return anz_image_clone(finish->kernel->image, error);
}

static void free_image(gpointer slot)
{
	anz_image_free(slot);
}

static void work(AnzTile *tile, gpointer slot, gpointer data)
{
	const Finish *finish = data;

	mark_excluded(tile, slot);
	finish_tile(finish->planes, tile, finish->kernel);
}

gboolean anz_planes_finish(AnzPlanes *planes, AnzKernel *kernel, const gint *cancel,
			   GError **error)
{
	Finish finish = { planes, kernel };
	const AnzPass pass = { .slot_new = clone_image, .slot_free = free_image, .work = work,
			       .cancel = cancel, .data = &finish };

	return anz_planes_pass(planes, &pass, error);
}
