/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The machine's physical memory: one lazily filled mapping as large as the highest
 * address, and a bitmap of the pages that were ever written, so that a terabyte with
 * little in it costs little. A page that is one number over and over, as most of an array
 * of words is, costs that number until a part of it is changed.
 */
#ifndef MKCORE_IMAGE_H
#define MKCORE_IMAGE_H

#include <string.h>
#include <glib.h>

#include "util.h"

struct image {
	guint8 *base;
	guint64 size;
	guint64 *touched;	/* one bit per page frame */
	guint64 *is_uniform;	/* one more: the frame holds its number of @uniform */
	guint64 *uniform;	/* as stored, by frame */
	int page_shift;
};

void *mk_map(guint64 len, GError **error);
gboolean image_init(struct image *img, guint64 size, int page_shift, GError **error);
void image_clear(struct image *img);
void image_touch(struct image *img, guint64 pa, guint64 len);
void image_spell_out(struct image *img, guint64 pfn);
void image_fill(struct image *img, guint64 pa, guint64 len, guint64 value);
const guint8 *image_frame(const struct image *img, guint64 pfn, guint8 *room);

static inline gboolean image_is_touched(const struct image *img, guint64 pfn)
{
	return img->touched[pfn / 64] >> pfn % 64 & 1;
}

static inline gboolean image_is_uniform(const struct image *img, guint64 pfn)
{
	return img->is_uniform[pfn / 64] >> pfn % 64 & 1;
}

/* what is there, to look at */
static inline const guint8 *image_see(struct image *img, guint64 pa)
{
	if (G_UNLIKELY(image_is_uniform(img, pa >> img->page_shift)))
		image_spell_out(img, pa >> img->page_shift);
	return img->base + pa;
}

/* what is there, to be changed up to the end of its page */
static inline guint8 *image_at(struct image *img, guint64 pa)
{
	guint64 pfn = pa >> img->page_shift;

	img->touched[pfn / 64] |= 1ull << pfn % 64;
	return (guint8 *)image_see(img, pa);
}

/* numbers in memory and in the headers of a dump have the machine's byte order */
static inline void put64(guint8 *p, guint64 v)
{
	if (mk_swap)
		v = GUINT64_SWAP_LE_BE(v);
	memcpy(p, &v, 8);
}

static inline void put32(guint8 *p, guint32 v)
{
	if (mk_swap)
		v = GUINT32_SWAP_LE_BE(v);
	memcpy(p, &v, 4);
}

static inline guint64 get64(const guint8 *p)
{
	guint64 v;

	memcpy(&v, p, 8);
	return mk_swap ? GUINT64_SWAP_LE_BE(v) : v;
}

static inline guint32 get32(const guint8 *p)
{
	guint32 v;

	memcpy(&v, p, 4);
	return mk_swap ? GUINT32_SWAP_LE_BE(v) : v;
}

void image_put(struct image *img, guint64 pa, guint64 value, int width);
void image_write(struct image *img, guint64 pa, const void *data, guint64 len);

#endif
