/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The machine's physical memory as one sparse mapping. */
#include <errno.h>
#include <sys/mman.h>

#include "image.h"

/**
 * mk_map:
 * @len: bytes
 *
 * Returns: zeroed memory that costs nothing until it is written, for munmap().
 */
void *mk_map(guint64 len, GError **error)
{
	void *p = mmap(NULL, len, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p != MAP_FAILED)
		return p;
	g_set_error(error, MK_ERROR, MK_ERROR_MEMORY,
		    "cannot reserve %" G_GUINT64_FORMAT " bytes of address space: %s; "
		    "vm.overcommit_memory=2 forbids it, 0 or 1 do not", len,
		    g_strerror(errno));
	return NULL;
}

static guint64 bitmap_bytes(const struct image *img)
{
	return (img->size >> img->page_shift) / 8 + 16;
}

/**
 * image_init:
 * @size: bytes, one more than the highest physical address
 *
 * Only pages that are written cost memory.
 */
gboolean image_init(struct image *img, guint64 size, int page_shift, GError **error)
{
	img->page_shift = page_shift;
	img->size = align_up(size, 1ull << page_shift);
	img->base = mk_map(img->size, error);
	if (!img->base)
		return FALSE;
	return (img->touched = mk_map(bitmap_bytes(img), error)) &&
		(img->is_uniform = mk_map(bitmap_bytes(img), error)) &&
		(img->uniform = mk_map((img->size >> page_shift) * 8, error));
}

void image_clear(struct image *img)
{
	if (img->base)
		munmap(img->base, img->size);
	if (img->touched)
		munmap(img->touched, bitmap_bytes(img));
	if (img->is_uniform)
		munmap(img->is_uniform, bitmap_bytes(img));
	if (img->uniform)
		munmap(img->uniform, (img->size >> img->page_shift) * 8);
	memset(img, 0, sizeof(*img));
}

void image_touch(struct image *img, guint64 pa, guint64 len)
{
	guint64 last = (pa + len - 1) >> img->page_shift;

	for (guint64 pfn = pa >> img->page_shift; len && pfn <= last; pfn++)
		image_at(img, pfn << img->page_shift);
}

static void repeat(const struct image *img, guint64 pfn, guint8 *to)
{
	for (guint64 i = 0; i < 1ull << img->page_shift; i += 8)
		memcpy(to + i, &img->uniform[pfn], 8);
}

/* a uniform frame gets memory of its own */
void image_spell_out(struct image *img, guint64 pfn)
{
	repeat(img, pfn, img->base + (pfn << img->page_shift));
	img->is_uniform[pfn / 64] &= ~(1ull << pfn % 64);
}

/* @value in the machine's byte order over and over; @pa and @len are multiples of 8 */
void image_fill(struct image *img, guint64 pa, guint64 len, guint64 value)
{
	guint64 page = 1ull << img->page_shift;

	while (len) {
		guint64 part = MIN(len, page - pa % page), pfn = pa >> img->page_shift;

		if (part == page) {
			img->touched[pfn / 64] |= 1ull << pfn % 64;
			img->is_uniform[pfn / 64] |= 1ull << pfn % 64;
			put64((guint8 *)&img->uniform[pfn], value);
		} else {
			guint8 *at = image_at(img, pa);

			for (guint64 i = 0; i < part; i += 8)
				put64(at + i, value);
		}
		pa += part;
		len -= part;
	}
}

/* what frame @pfn holds; it may be put together in @room, of a page */
const guint8 *image_frame(const struct image *img, guint64 pfn, guint8 *room)
{
	if (!image_is_uniform(img, pfn))
		return img->base + (pfn << img->page_shift);
	repeat(img, pfn, room);
	return room;
}

/* store @width bytes of @value in the machine's byte order */
void image_put(struct image *img, guint64 pa, guint64 value, int width)
{
	guint8 *p = image_at(img, pa);

	for (int i = 0; i < width; i++)
		p[i] = value >> 8 * (mk_big ? width - 1 - i : i);
}

void image_write(struct image *img, guint64 pa, const void *data, guint64 len)
{
	image_touch(img, pa, len);
	memcpy(img->base + pa, data, len);
}
