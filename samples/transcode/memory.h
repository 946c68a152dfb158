/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The memory of the dump-to-be: that of the source, pages changed, and frames added behind it. */
#ifndef TRANSCODE_MEMORY_H
#define TRANSCODE_MEMORY_H

#include <analyze/analyze.h>

typedef struct Memory Memory;

/** @first_new: number of the first frame to add; nothing of the source lies at or above it. */
Memory *memory_new(AnzSource *source, guint page_shift, guint64 first_new);
void memory_free(Memory *memory);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Memory, memory_free)

guint memory_page_shift(const Memory *memory);
/** A zeroed frame behind all others.  Returns its number. */
guint64 memory_add_frame(Memory *memory);
/** Frames added so far begin at @first. */
guint64 memory_nr_added(const Memory *memory, guint64 *first);
/** The bytes of a frame, to be changed in place.  %NULL if the source does not have it. */
guint8 *memory_page(Memory *memory, guint64 pfn);
gboolean memory_write(Memory *memory, guint64 paddr, const void *data, gsize len, GError **error);
/** At a kernel virtual address of the source. */
gboolean memory_write_virtual(Memory *memory, guint64 vaddr, const void *data, gsize len,
			      GError **error);
/** Whole pages as they will be; %FALSE if the source lacks one. */
gboolean memory_read_pages(Memory *memory, guint64 pfn, guint nr, guint8 *out);

#endif
