/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sets of frames as sorted ranges. */
#include <stdlib.h>

#include <analyze/picture.h>

struct AnzPageSet {
	gatomicrefcount refs;
	guint64 count;
	gsize n;
	AnzPageRange ranges[];
};

static int by_pfn(const void *a, const void *b)
{
	const AnzPageRange *x = a, *y = b;

	return (x->pfn > y->pfn) - (x->pfn < y->pfn);
}

/* Sorts, joins what touches or overlaps, drops what is empty. */
static void normalise(AnzPageSet *set)
{
	gsize kept = 0;

	qsort(set->ranges, set->n, sizeof(set->ranges[0]), by_pfn);
	for (gsize i = 0; i < set->n; i++) {
		AnzPageRange range = set->ranges[i];
		AnzPageRange *last = kept ? &set->ranges[kept - 1] : NULL;

		range.nr_pages = MIN(range.nr_pages, G_MAXUINT64 - range.pfn);
		if (!range.nr_pages)
			continue;
		if (last && range.pfn <= last->pfn + last->nr_pages)
			last->nr_pages = MAX(last->nr_pages,
					     range.pfn + range.nr_pages - last->pfn);
		else
			set->ranges[kept++] = range;
	}
	set->n = kept;
	for (gsize i = 0; i < kept; i++)
		set->count += set->ranges[i].nr_pages;
}

AnzPageSet *anz_page_set_new(const AnzPageRange *ranges, gsize n)
{
	AnzPageSet *set;

	if (n > (G_MAXSIZE - sizeof(*set)) / sizeof(*ranges))
		return NULL;
	set = g_try_malloc(sizeof(*set) + n * sizeof(*ranges));
	if (!set)
		return NULL;
	g_atomic_ref_count_init(&set->refs);
	set->count = 0;
	set->n = n;
	for (gsize i = 0; i < n; i++)
		set->ranges[i] = ranges[i];
	normalise(set);
	return set;
}

AnzPageSet *anz_page_set_ref(AnzPageSet *set)
{
	g_atomic_ref_count_inc(&set->refs);
	return set;
}

void anz_page_set_unref(AnzPageSet *set)
{
	if (set && g_atomic_ref_count_dec(&set->refs))
		g_free(set);
}

guint64 anz_page_set_count(const AnzPageSet *set)
{
	return set->count;
}

const AnzPageRange *anz_page_set_ranges(const AnzPageSet *set, gsize *n)
{
	*n = set->n;
	return set->ranges;
}

gsize anz_page_set_find(const AnzPageSet *set, guint64 pfn)
{
	gsize low = 0, high = set->n;

	while (low < high) {
		gsize middle = low + (high - low) / 2;

		if (set->ranges[middle].pfn + set->ranges[middle].nr_pages > pfn)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

gboolean anz_page_set_meets(const AnzPageSet *set, guint64 pfn, guint64 nr_pages)
{
	gsize i = anz_page_set_find(set, pfn);

	return i < set->n && nr_pages &&
		(set->ranges[i].pfn <= pfn || set->ranges[i].pfn - pfn < nr_pages);
}
