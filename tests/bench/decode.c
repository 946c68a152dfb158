/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The decode loop beside its floor: nanoseconds per page of anz_classify_batch() over struct pages
 * in memory, and of touching one word of each, in the same run.
 *
 *	bench-decode [MIPAGES [JSON]]	default 1 Mi pages: 64 MiB of struct pages
 *
 * "runs" is memory as machines have it, stretches of like pages; "mixed" changes class at random
 * from page to page, which is as bad as it gets.
 */
#include <stdio.h>
#include <stdlib.h>

#include "../unit/page-record.h"
#include "pages/classify.h"

#define BATCH 32768	/* a section of 128 MiB: what one worker decodes at a time */
#define TIMES 7
#define ANON (TEST_POINTER | 1)

/* Shares are roughly those of a machine in use. */
static const struct {
	TestPage page;
	guint share;
} kinds[] = {
	{ { .type = NO_TYPE }, 8 },	/* most frames of free blocks, and what has no mark */
	{ { .type = NO_TYPE, .word8 = TEST_VMEMMAP | 1 }, 5 },	/* tails */
	{ { .type = 0, .mapping = ANON, .flags = F_SWAPBACKED | F_LRU }, 3 },
	{ { .type = NO_TYPE, .mapping = TEST_POINTER, .flags = F_LRU }, 2 },
	{ { .type = 0, .mapping = TEST_POINTER, .flags = F_SWAPBACKED }, 2 },
	{ { .type = NO_TYPE, .flags = F_RESERVED }, 1 },
	{ { .type = 0xf5000000, .mapping = TEST_POINTER }, 1 },
	{ { .type = 0xf2000000 }, 1 },
};
#define ALL_SHARES 23
static const TestPage free_block = { .type = 0xf0000000 };

static const TestPage *pick_kind(GRand *rand)
{
	guint at = g_rand_int_range(rand, 0, ALL_SHARES), i = 0;

	while (at >= kinds[i].share)
		at -= kinds[i++].share;
	return &kinds[i].page;
}

static void fill(guint8 *records, gsize nr, guint longest_run)
{
	AnzPageFormat format = test_format(STAGE_BYTE, FALSE);
	g_autoptr(GRand) rand = g_rand_new_with_seed(1);

	for (gsize i = 0; i < nr;) {
		const TestPage *kind = pick_kind(rand);
		guint run = longest_run > 1 ? g_rand_int_range(rand, 1, longest_run) : 1;

		for (guint k = 0; k < run && i < nr; k++, i++)
			test_page_write(&format, kind == &kinds[0].page && !k && longest_run > 1 ?
					&free_block : kind, records + i * TEST_STRIDE);
	}
}

/* Touches one word of every record; the sum keeps the compiler from leaving it out. */
static double floor_ns(const guint8 *records, gsize nr, guint64 *sum)
{
	double best = G_MAXDOUBLE;

	for (guint t = 0; t < TIMES; t++) {
		gint64 start = g_get_monotonic_time();

		for (gsize i = 0; i < nr; i++)
			*sum += *(const guint64 *)(records + i * TEST_STRIDE);
		best = MIN(best, (g_get_monotonic_time() - start) * 1e3 / nr);
	}
	return best;
}

static double classify_ns(const guint8 *records, gsize nr, guint64 *sum)
{
	AnzPageFormat format = test_format(STAGE_BYTE, FALSE);
	g_autofree guint8 *page_class = g_malloc(BATCH), *order = g_malloc(BATCH);
	g_autofree guint16 *attr = g_new(guint16, BATCH), *key = g_new(guint16, BATCH);
	g_autofree guint32 *flags = g_new(guint32, BATCH);
	g_autofree gint32 *refcount = g_new(gint32, BATCH), *mapcount = g_new(gint32, BATCH);
	g_autoptr(GArray) buddies = g_array_new(FALSE, FALSE, sizeof(AnzBuddyRecord));
	g_autoptr(GArray) suspects = g_array_new(FALSE, FALSE, sizeof(AnzSuspect));
	AnzDecodeStats stats = { 0 };
	AnzBatch batch = { .page_class = page_class, .order = order, .attr = attr,
			   .zone_key = key, .flags = flags, .refcount = refcount,
			   .mapcount = mapcount, .buddies = buddies, .suspects = suspects,
			   .stats = &stats };
	double best = G_MAXDOUBLE;

	for (guint t = 0; t < TIMES; t++) {
		gint64 start = g_get_monotonic_time();

		g_array_set_size(buddies, 0);
		g_array_set_size(suspects, 0);
		for (gsize i = 0; i < nr; i += BATCH) {
			anz_classify_batch(&format, records + i * TEST_STRIDE, BATCH, i,
					   TEST_VMEMMAP + i * TEST_STRIDE, &batch);
			*sum += page_class[t];
		}
		best = MIN(best, (g_get_monotonic_time() - start) * 1e3 / nr);
	}
	return best;
}

int main(int argc, char **argv)
{
	gsize nr = (argc > 1 ? CLAMP(atoi(argv[1]), 1, 64) : 1) << 20;
	g_autofree guint8 *records = g_malloc(nr * TEST_STRIDE);
	const struct { const char *name; guint longest_run; } inputs[] = {
		{ "runs", 512 }, { "mixed", 1 },
	};
	g_autoptr(GString) json = g_string_new("{\"decode\": [");
	guint64 sum = 0;

	printf("%-8s %14s %14s %8s\n", "INPUT", "LOOP ns/page", "FLOOR ns/page", "RATIO");
	for (guint i = 0; i < G_N_ELEMENTS(inputs); i++) {
		double loop, lowest;

		fill(records, nr, inputs[i].longest_run);
		lowest = floor_ns(records, nr, &sum);
		loop = classify_ns(records, nr, &sum);
		printf("%-8s %14.2f %14.2f %8.2f\n", inputs[i].name, loop, lowest, loop / lowest);
		g_string_append_printf(json, "%s{\"input\": \"%s\", \"loop_ns_per_page\": %.3f, "
				       "\"floor_ns_per_page\": %.3f}", i ? ", " : "",
				       inputs[i].name, loop, lowest);
	}
	g_string_append(json, "]}\n");
	if (argc > 2 && !g_file_set_contents(argv[2], json->str, json->len, NULL))
		return 1;
	return sum == 1;	/* never */
}
