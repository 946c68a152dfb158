/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The hot loop's face: struct pages in, class codes out.  Knows offsets and masks, no kernel names,
 * and nothing of neighbours but the record that follows a head.
 */
#ifndef ANZ_PAGES_CLASSIFY_H
#define ANZ_PAGES_CLASSIFY_H

#include "pages/planes.h"

/** Where one batch goes; each array has room for the batch. */
typedef struct {
	guint8 *page_class;	/* AnzPageClass or ANZ_CODE_TAIL */
	guint8 *order;
	guint16 *attr;
	guint16 *zone_key;	/* node and zone fields of the word, zone in the low bits */
	guint32 *flags;
	gint32 *refcount;
	gint32 *mapcount;
	GArray *buddies;	/* AnzBuddyRecord, appended */
	AnzDecodeStats *stats;
	GArray *suspects;	/* AnzSuspect, appended */
} AnzBatch;

/**
 * anz_classify_batch:
 * @records: @nr struct pages of format->stride bytes each
 * @first_pfn: frame of the first; a batch begins and ends at multiples of two frames at least, so
 *	that a head is never cut from its first tail
 * @address: virtual address of the first struct page
 */
void anz_classify_batch(const AnzPageFormat *format, const guint8 *records, gsize nr,
			guint64 first_pfn, guint64 address, AnzBatch *out);

/** How many pages of that format this processor looks at at a time; 1, 4 or 8. */
guint anz_classify_lanes(const AnzPageFormat *format);
/** As anz_classify_batch(), with @lanes no more than anz_classify_lanes(); all give the same. */
void anz_classify_batch_by(const AnzPageFormat *format, guint lanes, const guint8 *records,
			   gsize nr, guint64 first_pfn, guint64 address, AnzBatch *out);

#endif
