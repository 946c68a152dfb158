/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See classify-batch.h. */
#include <string.h>

#include "classify-batch.h"

TestBatch *test_batch_run(const AnzPageFormat *format, const guint8 *records, gsize nr)
{
	return test_batch_run_by(format, anz_classify_lanes(format), records, nr);
}

TestBatch *test_batch_run_by(const AnzPageFormat *format, guint lanes, const guint8 *records,
			     gsize nr)
{
	TestBatch *r = g_new0(TestBatch, 1);
	AnzBatch batch = {
		.page_class = r->page_class, .order = r->order, .attr = r->attr,
		.zone_key = r->zone_key, .flags = r->flags, .refcount = r->refcount,
		.mapcount = r->mapcount, .stats = &r->stats,
	};
	/* Exactly as long as the batch, so that a sanitizer sees a read beyond it. */
	g_autofree guint8 *copy = g_memdup2(records, nr * format->stride);

	g_assert_cmpuint(nr, <=, MAX_BATCH);
	/* Nothing may be taken for granted of what is filled in. */
	memset(r->order, 0xa5, sizeof(r->order));
	memset(r->attr, 0xa5, sizeof(r->attr));
	memset(r->mapcount, 0xa5, sizeof(r->mapcount));
	batch.buddies = r->buddies = g_array_new(FALSE, TRUE, sizeof(AnzBuddyRecord));
	batch.suspects = r->suspects = g_array_new(FALSE, TRUE, sizeof(AnzSuspect));
	anz_classify_batch_by(format, lanes, copy, nr, BATCH_PFN, BATCH_ADDRESS, &batch);
	return r;
}

void test_batch_free(TestBatch *batch)
{
	g_array_unref(batch->buddies);
	g_array_unref(batch->suspects);
	g_free(batch);
}
