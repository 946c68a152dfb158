/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The decode loops beside a plain read pass over the same struct pages in memory, in the same run:
 *
 *	bench-decode [MIB]	default 512 MiB of struct pages, more than caches hold
 *
 * "runs" is memory as machines have it, stretches of like pages; "mixed" changes class at random
 * from page to page, which is as bad as it gets.  The plain pass adds up every word.  What is counted
 * is processor time of a thread, since others may want the machine too; of two threads, each with
 * half of the array, that of the slower one.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "../unit/memdesc-words.h"
#include "../unit/page-record.h"
#include "pages/classify-memdesc.h"
#include "rows.h"

#define BATCH 32768	/* a section of 128 MiB: what one worker decodes at a time */
#define TIMES 15
#define ANON (TEST_POINTER | 1)
#define MAX_RUN 512
#define RATIO_TARGET 2.0
#define SPEED_UP_TARGET 0.9

/* Shares are roughly those of a machine in use. */
static const struct {
	TestPage page;
	guint64 word;		/* of the same kind of page, by table wiki2025 */
	guint share;
} kinds[] = {
	/* Most frames of free blocks, and what has no mark; their words are stale. */
	{ { .type = NO_TYPE }, TEST_POINTER | 2, 8 },
	{ { .type = NO_TYPE, .word8 = TEST_VMEMMAP | 1 }, TEST_POINTER | 3, 5 },	/* tails */
	{ { .type = 0, .mapping = ANON, .flags = F_SWAPBACKED | F_LRU, .refcount = 1 }, TEST_POINTER | 3, 3 },
	{ { .type = NO_TYPE, .mapping = TEST_POINTER, .flags = F_LRU, .refcount = 1 }, TEST_POINTER | 2, 2 },
	{ { .type = 0, .mapping = TEST_POINTER, .flags = F_SWAPBACKED, .refcount = 2 }, TEST_POINTER | 2, 2 },
	{ { .type = NO_TYPE, .flags = F_RESERVED, .refcount = 1 }, 3 << 4, 1 },
	{ { .type = 0xf5000000, .mapping = TEST_POINTER, .refcount = 1 }, TEST_POINTER | 5, 1 },
	{ { .type = 0xf2000000, .refcount = 1 }, TEST_POINTER | 8, 1 },
};
#define ALL_SHARES 23
static const TestPage free_block = { .type = 0xf0000000 };
#define FREE_BLOCK_WORD (1 | 0x1fffffffull << 4)

typedef struct {
	const char *name;
	AnzPageFormat format;
	AnzMemdescFormat *memdesc;	/* NULL: the classic shape */
	guint8 *records;
	gsize nr;
} Array;

static void fill(Array *array, guint longest_run)
{
	g_autoptr(GRand) rand = g_rand_new_with_seed(1);
	gsize stride = array->format.stride;

	for (gsize i = 0; i < array->nr;) {
		guint at = g_rand_int_range(rand, 0, ALL_SHARES), kind = 0;
		guint run = longest_run > 1 ? g_rand_int_range(rand, 1, longest_run) : 1;

		while (at >= kinds[kind].share)
			at -= kinds[kind++].share;
		for (guint k = 0; k < run && i < array->nr; k++, i++) {
			gboolean heads_block = !kind && !k && longest_run > 1;
			guint8 *record = array->records + i * stride;

			if (array->memdesc)
				test_put64(record, heads_block ? FREE_BLOCK_WORD : kinds[kind].word,
					   FALSE);
			else
				test_page_write(&array->format, heads_block ? &free_block :
						&kinds[kind].page, record);
		}
	}
}

/* The part of one thread. */
typedef struct {
	const Array *array;
	gsize from, nr;
	gboolean is_plain;
	double seconds;
	guint64 sum;		/* keeps the compiler from leaving the pass out */
} Share;

static double thread_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static guint64 add_up(const Array *array, gsize from, gsize nr)
{
	const guint64 *words = (const guint64 *)(const void *)(array->records +
							       from * array->format.stride);
	guint64 sum = 0;

	for (gsize i = 0; i < nr * array->format.stride / 8; i++)
		sum += words[i];
	return sum;
}

static guint64 classify(const Array *array, gsize from, gsize nr, double *began)
{
	g_autofree guint8 *page_class = g_malloc0(BATCH), *order = g_malloc0(BATCH);
	g_autofree guint16 *attr = g_new0(guint16, BATCH), *key = g_new0(guint16, BATCH);
	g_autofree guint32 *flags = g_new0(guint32, BATCH);
	g_autofree gint32 *refcount = g_new0(gint32, BATCH), *mapcount = g_new0(gint32, BATCH);
	g_autoptr(GArray) buddies = g_array_new(FALSE, FALSE, sizeof(AnzBuddyRecord));
	g_autoptr(GArray) suspects = g_array_new(FALSE, FALSE, sizeof(AnzSuspect));
	AnzDecodeStats stats = { 0 };
	AnzBatch batch = { .page_class = page_class, .order = order, .attr = attr,
			   .zone_key = key, .flags = flags, .refcount = refcount,
			   .mapcount = mapcount, .buddies = buddies, .suspects = suspects,
			   .stats = &stats };
	guint stride = array->format.stride;
	guint64 sum = 0;

	*began = thread_seconds();
	for (gsize i = from; i < from + nr; i += BATCH) {
		g_array_set_size(buddies, 0);
		g_array_set_size(suspects, 0);
		if (array->memdesc)
			anz_classify_memdesc_batch(array->memdesc, &array->format,
						   array->records + i * stride, BATCH, i, &batch);
		else
			anz_classify_batch(&array->format, array->records + i * stride, BATCH, i,
					   TEST_VMEMMAP + i * stride, &batch);
		sum += page_class[i / BATCH % BATCH];
	}
	return sum;
}

static gpointer run_share(gpointer data)
{
	Share *share = data;
	double began = thread_seconds();

	share->sum += share->is_plain ? add_up(share->array, share->from, share->nr) :
		      classify(share->array, share->from, share->nr, &began);
	share->seconds = thread_seconds() - began;
	return NULL;
}

/* Nanoseconds a page, of one pass on that many threads. */
static double pass_ns(const Array *array, guint threads, gboolean is_plain)
{
	Share shares[2] = { 0 };
	GThread *other = NULL;
	double slowest = 0;

	for (guint t = 0; t < threads; t++)
		shares[t] = (Share){ .array = array, .is_plain = is_plain,
				     .from = array->nr / threads * t, .nr = array->nr / threads };
	if (threads > 1)
		other = g_thread_new("second", run_share, &shares[1]);
	run_share(&shares[0]);
	if (other)
		g_thread_join(other);
	for (guint t = 0; t < threads; t++)
		slowest = MAX(slowest, shares[t].seconds);
	if (shares[0].sum + shares[1].sum == 1)
		printf("never\n");
	return slowest * 1e9 / array->nr;
}

static int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double middle(double values[TIMES])
{
	qsort(values, TIMES, sizeof(*values), compare_doubles);
	return values[TIMES / 2];
}

static void measure_array(BenchRows *rows, Array *array, const char *input)
{
	g_autofree char *one = g_strdup_printf("%s, %s, one thread", array->name, input);
	g_autofree char *two = g_strdup_printf("%s, %s, two threads: speed-up", array->name, input);
	double loop = G_MAXDOUBLE, plain = G_MAXDOUBLE, loop_gains[TIMES], plain_gains[TIMES];

	/*
	 * By turns, so that a busy moment meets all.  What a second thread gains is told by the middle one of
	 * its turns: the least times of four passes may each come from another moment.
	 */
	for (guint i = 0; i < TIMES; i++) {
		double plain_one = pass_ns(array, 1, TRUE), loop_one = pass_ns(array, 1, FALSE);

		plain_gains[i] = plain_one / pass_ns(array, 2, TRUE);
		loop_gains[i] = loop_one / pass_ns(array, 2, FALSE);
		plain = MIN(plain, plain_one);
		loop = MIN(loop, loop_one);
	}
	bench_rows_add(rows, (BenchRow){ .what = one, .value = loop, .unit = "ns/page",
					 .against = "plain read pass", .floor = plain,
					 .target_ratio = RATIO_TARGET });
	bench_rows_add(rows, (BenchRow){ .what = two, .value = middle(loop_gains), .unit = "times",
					 .against = "plain read pass", .floor = middle(plain_gains),
					 .target_ratio = SPEED_UP_TARGET, .more_is_better = TRUE });
}

int main(int argc, char **argv)
{
	gsize bytes = (argc > 1 ? CLAMP(atoi(argv[1]), 4, 4096) : 512) << 20;
	g_autofree guint8 *records = g_malloc(bytes);
	g_autofree AnzMemdescFormat *memdesc = test_memdesc_format("wiki2025", "pfn8-global");
	Array arrays[] = {
		{ "classic 64 bytes", test_format(STAGE_BYTE, FALSE), NULL, records,
		  bytes / TEST_STRIDE },
		{ "8-byte words", { .stride = 8 }, memdesc, records, bytes / 8 },
	};
	const struct { const char *name; guint longest_run; } inputs[] = {
		{ "runs", MAX_RUN }, { "mixed", 1 },
	};
	BenchRows *rows = bench_rows_new("decode");

	for (guint a = 0; a < G_N_ELEMENTS(arrays); a++) {
		for (guint i = 0; i < G_N_ELEMENTS(inputs); i++) {
			fill(&arrays[a], inputs[i].longest_run);
			measure_array(rows, &arrays[a], inputs[i].name);
		}
	}
	return bench_rows_finish(rows) ? 0 : 1;
}
