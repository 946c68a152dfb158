/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the targets for dump formats have in common: open, ask everything, read everything that the
 * image says is there, up to a bound.
 */
#ifndef FUZZ_IMAGE_H
#define FUZZ_IMAGE_H

#include "fuzz.h"
#include "image/image.h"
#include "image/vmcoreinfo.h"

static inline void fuzz_image(const void *data, gsize len, const char *name)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(AnzImage) image = anz_image_open_memory(data, len, name, NULL, &error);
	g_autoptr(AnzImage) clone = NULL;
	guint64 from = 0, start, nr, paddr, run;
	guint8 buf[3 * 4096];
	AnzMemState state;
	gsize avail, sum = 0;

	/* Exactly one of the two, and a message for people. */
	if (!image != !!error || (error && !g_utf8_validate(error->message, -1, NULL)))
		abort();
	if (!image)
		return;
	clone = anz_image_clone(image, NULL);
	for (guint i = 0; i < 500 && anz_image_ram_run(image, from, &start, &nr, &state); i++) {
		const guint8 *at;

		if (nr == 0 || start < from || state == ANZ_MEM_ABSENT)
			abort();
		if (anz_image_pfn_state(clone, start) != state)
			abort();
		paddr = start << anz_image_page_shift(image);
		anz_image_read_phys(image, paddr, buf, sizeof(buf), &state);
		anz_image_read_phys(clone, paddr + 3000, buf, 2000, &state);
		at = anz_image_map_phys(image, paddr, &avail);
		for (gsize k = 0; at && k < avail && k < 4096; k++)
			sum += at[k];
		from = start + nr;
	}
	for (guint64 va = 0xffff800000000000; va; va += (guint64)1 << 40)
		if (anz_image_translate(image, va, &paddr, &run) && run == 0)
			abort();
	anz_image_read_virt(image, 0xffffffff81000000 + (sum & 0xfff), buf, sizeof(buf), &state);
}

#endif
