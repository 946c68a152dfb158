/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The hot loop for memory-descriptor arrays: one word a page. */
#ifndef ANZ_PAGES_CLASSIFY_MEMDESC_H
#define ANZ_PAGES_CLASSIFY_MEMDESC_H

#include "kernel/memdesc-format.h"
#include "pages/classify.h"

/* Words that mean one thing inside a zone and another outside; resolved once the zone is known. */
#define ANZ_CODE_ZEROS 0xfd
#define ANZ_CODE_ONES 0xfc

/** As anz_classify_batch(); writes flags and counts only where struct page has them (32 bytes). */
void anz_classify_memdesc_batch(const AnzMemdescFormat *memdesc, const AnzPageFormat *format,
				const guint8 *records, gsize nr, guint64 first_pfn, AnzBatch *out);

/** Class of a page with @code, now that it is known whether a zone holds it. */
guint8 anz_memdesc_code_class(guint8 code, gboolean in_zone);

#endif
