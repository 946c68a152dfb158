/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The last words on each frame: what is decided by an address, a list or the dump itself and not by
 * the struct page.
 */
#include "pages/pass.h"

/* Frames [from, to) of the machine that are in the tile become @page_class if they are @of. */
static void rename_range(AnzTile *tile, guint64 from, guint64 to, guint8 of, guint8 page_class)
{
	guint64 base = tile->number << ANZ_TILE_SHIFT;

	for (guint64 pfn = MAX(from, base); pfn < MIN(to, base + ANZ_TILE_PAGES); pfn++)
		if (tile->page_class[pfn - base] == of &&
		    !(tile->attr[pfn - base] & ANZ_ATTR_HWPOISON))
			tile->page_class[pfn - base] = page_class;
}

static void finish_tile(const AnzPlanes *planes, AnzTile *tile, const AnzKernel *kernel)
{
	/* A folio of a PMD; no type and no mapping tells it. */
	guint64 huge_zero = kernel->huge_zero_pfn, nr_huge = 1ull << (kernel->page_shift - 3);
	guint8 *page_class = tile->page_class;
	const guint8 *zone = tile->zone;
	guint16 *attr = tile->attr;

	if (kernel->zero_pfn != G_MAXUINT64)
		rename_range(tile, kernel->zero_pfn, kernel->zero_pfn + 1, ANZ_CLASS_RESERVED,
			     ANZ_CLASS_ZERO_PAGE);
	if (huge_zero != G_MAXUINT64)
		rename_range(tile, huge_zero, huge_zero + nr_huge, ANZ_CLASS_KERNEL_OTHER,
			     ANZ_CLASS_ZERO_PAGE);
	rename_range(tile, kernel->image_start_pfn, kernel->image_start_pfn + kernel->image_nr_pages,
		     ANZ_CLASS_RESERVED, ANZ_CLASS_KERNEL_IMAGE);
	for (guint i = 0; i < ANZ_TILE_PAGES; i++) {
		guint8 c = page_class[i];
		guint16 no_zone = zone[i] == ANZ_NO_ZONE ? ANZ_ATTR_NO_ZONE : 0;

		page_class[i] = c != ANZ_CLASS_HOLE && attr[i] & ANZ_ATTR_HWPOISON ?
				ANZ_CLASS_HWPOISON : c;
		attr[i] |= c == ANZ_CLASS_HOLE ? 0 : no_zone;
	}
	for (guint i = 0, block = 1u << MIN(planes->pageblock_order, ANZ_TILE_SHIFT);
	     kernel->migrate_isolate >= 0 && i < ANZ_TILE_PAGES; i += block) {
		if (anz_tile_migratetype(planes, tile, i) != (guint)kernel->migrate_isolate)
			continue;
		for (guint k = i; k < i + block; k++)
			attr[k] |= page_class[k] == ANZ_CLASS_HOLE ? 0 : ANZ_ATTR_ISOLATED;
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
