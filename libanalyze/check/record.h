/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One struct page of the classic shape, read for a rule that must see more of it than the planes hold. */
#ifndef ANZ_CHECK_RECORD_H
#define ANZ_CHECK_RECORD_H

#include "kernel/kernel.h"

typedef struct {
	guint64 pfn, address;
	guint64 flags, mapping, private_word, next, prev;
	guint32 type;
	gint32 refcount;
} AnzPageRecord;

/** %FALSE if it is not in the dump. */
gboolean anz_page_record_read(AnzKernel *kernel, guint64 pfn, AnzPageRecord *record);

/** What says that the page is not free (transfer full), %NULL if nothing does. */
char *anz_page_record_not_free(const AnzKernel *kernel, const AnzPageRecord *record);

#endif
