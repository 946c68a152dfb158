/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the parts of transcode share: the dump, its analysis, the format wanted, and the memory of the
 * dump-to-be.  The parts run in the order of this file.
 */
#ifndef TRANSCODE_H
#define TRANSCODE_H

#include <analyze/analyze.h>

#include "format.h"
#include "memory.h"
#include "paging.h"

typedef struct {
	guint64 address;	/* of struct zone */
	guint64 start_pfn;
	guint node, index, id;
} Zone;

typedef struct {
	AnzSource *source;
	AnzStore *store;	/* the analysis of source */
	const Variant *variant;
	const TypeTable *table;
	guint page_shift;
	guint64 max_pfn;	/* one past the last frame that has a struct page */
	guint64 old_array;	/* struct page of frame 0 */
	/* of the old struct page */
	guint64 old_page_bytes, flags_offset, refcount_offset, page_type_offset;
	guint8 *old_page;	/* room for one */
	guint64 new_array;	/* the same in the dump-to-be */
	GArray *zones;		/* Zone, by id */
	guint node_shift, node_bits, zone_shift, zone_bits;	/* of page->flags and Misc words */
	guint head_bytes;	/* from one list head to the next in the dump-to-be */
	guint nr_migratetypes, nr_orders, nr_pcp_lists;
	Memory *memory;
	Paging *paging;
	GHashTable *array_pages;	/* page number of the new array -> its frame's bytes */
	guint64 nr_words[NR_WORD_TYPES], nr_lists, nr_blocks, nr_lost;
} Transcoder;

/* machine.c: what has to be known of the dump. */
gboolean machine_read(Transcoder *t, GError **error);
/** Bytes offset of a member that must be there. */
gboolean machine_offset(Transcoder *t, const char *type, const char *path, guint64 *offset,
			GError **error);
gboolean machine_read_u64(Transcoder *t, guint64 vaddr, guint64 *value, GError **error);

/* words.c: the new array. */
guint8 *record_at(Transcoder *t, guint64 pfn, GError **error);
gboolean words_write(Transcoder *t, GError **error);

/* lists.c: links of listed pages, and the heads. */
gboolean lists_write(Transcoder *t, GError **error);

/* sections.c: what leads to the array. */
gboolean sections_write(Transcoder *t, GError **error);

/* vmcoreinfo.c: the new text (transfer full), and its copies in memory. */
char *vmcoreinfo_rewrite(Transcoder *t);
gboolean vmcoreinfo_write_copies(Transcoder *t, const char *text, GError **error);

/* overlay.c: type info of what has changed, compiled with @cc to @path. */
gboolean overlay_compile(Transcoder *t, const char *cc, const char *path, GError **error);

/* elf.c: the dump.  @notes_from: an ELF core whose other notes are kept, or anything else. */
gboolean elf_write(Transcoder *t, const char *vmcoreinfo, const char *notes_from, const char *path,
		   GError **error);

#endif
