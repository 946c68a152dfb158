/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One call of anz_classify_batch() with all that it fills in. */
#ifndef TESTS_CLASSIFY_BATCH_H
#define TESTS_CLASSIFY_BATCH_H

#include "page-record.h"
#include "pages/classify.h"

#define BATCH_PFN 0x400000ull	/* aligned to any order */
#define BATCH_ADDRESS (TEST_VMEMMAP + BATCH_PFN * TEST_STRIDE)
#define MAX_BATCH 32768

#define ANON (TEST_POINTER | 1)
#define KSM (TEST_POINTER | 3)
#define SWAP (F_SWAPCACHE | F_SWAPBACKED)

typedef struct {
	guint8 page_class[MAX_BATCH];
	guint8 order[MAX_BATCH];
	guint16 attr[MAX_BATCH];
	guint16 zone_key[MAX_BATCH];
	guint32 flags[MAX_BATCH];
	gint32 refcount[MAX_BATCH];
	gint32 mapcount[MAX_BATCH];
	GArray *buddies;
	GArray *suspects;
	AnzDecodeStats stats;
} TestBatch;

/** Classifies @nr records as the frames from BATCH_PFN on. */
TestBatch *test_batch_run(const AnzPageFormat *format, const guint8 *records, gsize nr);
TestBatch *test_batch_run_by(const AnzPageFormat *format, guint lanes, const guint8 *records,
			     gsize nr);
void test_batch_free(TestBatch *batch);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TestBatch, test_batch_free)

#endif
