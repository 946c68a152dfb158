/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * All memory of a transcoded dump is that of the original, but for a few pages of the kernel's own:
 * list heads, sections, the top page table, VMCOREINFO.
 *
 *   unchanged ANALYSIS DUMP VMLINUX TRANSCODED OVERLAY
 *
 * ANALYSIS is that of DUMP.
 */
#include <stdio.h>
#include <string.h>

#include <analyze/analyze.h>

#define MOST 128	/* the tests' machines have some 30 such pages */

typedef struct {
	AnzStore *store;
	AnzSource *before, *after;
	guint shift;
	guint8 *a, *b;
	guint64 compared, changed, wrong;
} Check;

static AnzSource *open_dump(const char *dump, const char *first, const char *second, GError **error)
{
	const char *const paths[] = { dump, NULL }, *const vmlinux[] = { first, second, NULL };
	AnzSourceOptions options = { .size = sizeof(options), .paths = paths, .vmlinux = vmlinux };

	return anz_source_open(&options, error);
}

/* Pages that no list, no process and no file has. */
static gboolean is_kernels_own(AnzStore *store, guint64 pfn)
{
	guint8 page_class = ANZ_CLASS_HOLE;

	anz_store_read_plane(store, ANZ_PLANE_CLASS, pfn, 1, &page_class, NULL);
	return page_class == ANZ_CLASS_RESERVED || page_class == ANZ_CLASS_KERNEL_IMAGE ||
	       page_class == ANZ_CLASS_KERNEL_OTHER || page_class == ANZ_CLASS_PERCPU ||
	       page_class == ANZ_CLASS_VMALLOC || page_class == ANZ_CLASS_SLAB;
}

static void check_range(Check *check, guint64 pfn, guint64 nr)
{
	gsize page = (gsize)1 << check->shift;

	for (; nr; pfn++, nr--) {
		check->compared++;
		if (anz_source_read_physical(check->before, pfn << check->shift, check->a, page) !=
			    page ||
		    anz_source_read_physical(check->after, pfn << check->shift, check->b, page) !=
			    page) {
			check->wrong++;
			continue;
		}
		if (!memcmp(check->a, check->b, page))
			continue;
		check->changed++;
		check->wrong += !is_kernels_own(check->store, pfn);
	}
}

static gboolean check_all(Check *check, GError **error)
{
	g_autoptr(AnzQuery) query = anz_store_query(
		check->store, "SELECT pfn, pages FROM memory_range "
			      "WHERE snapshot = :snapshot AND state = 'present' ORDER BY pfn", error);
	GError *problem = NULL;
	guint64 shift;

	if (!query || !anz_store_meta_uint(check->store, "kernel.page_shift", &shift))
		return FALSE;
	check->shift = shift;
	check->a = g_malloc((gsize)1 << shift);
	check->b = g_malloc((gsize)1 << shift);
	while (anz_query_next(query, &problem))
		check_range(check, anz_query_int(query, 0), anz_query_int(query, 1));
	g_free(check->a);
	g_free(check->b);
	if (problem)
		g_propagate_error(error, problem);
	return !problem;
}

int main(int argc, char **argv)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(AnzSource) before = NULL, after = NULL;
	g_autoptr(AnzStore) store = NULL;
	Check check = { 0 };
	gboolean ok;

	if (argc != 6) {
		fputs("usage: unchanged ANALYSIS DUMP VMLINUX TRANSCODED OVERLAY\n", stderr);
		return 2;
	}
	check.store = store = anz_store_open(argv[1], &error);
	if (store)
		check.before = before = open_dump(argv[2], argv[3], NULL, &error);
	if (before)
		check.after = after = open_dump(argv[4], argv[5], argv[3], &error);
	ok = after && check_all(&check, &error);
	if (!ok) {
		fprintf(stderr, "unchanged: %s\n", error ? error->message : "no page size");
		return 1;
	}
	printf("%" G_GUINT64_FORMAT " frames compared, %" G_GUINT64_FORMAT " changed, %"
	       G_GUINT64_FORMAT " of them wrongly\n", check.compared, check.changed, check.wrong);
	return !check.compared || !check.changed || check.changed > MOST || check.wrong;
}
