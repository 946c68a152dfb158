/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The analysis of a dump, and the analysis of the same dump with memory descriptors written by
 * samples/transcode: on the frames of the original the two must be equal.
 *
 *   compare FORMAT TABLE ORIGINAL TRANSCODED
 *
 * What a format cannot say is known beforehand, and checked for being exactly that:
 *
 *   no such type      a class that the type table has no number for: zsmalloc is kernel-other where
 *                     there is no ZPDesc, net-pool where there is no NetPool, ksm is anon
 *   mapped in part    a large folio of which some pages are mapped: without counts of single pages
 *                     it is mapped as a whole
 *   poison            a poisoned page's word says neither that it is mapped nor what it lies in; a
 *                     folio that begins or ends with one seems shorter
 *   second table      the second page of a process's top table, which has no mark: today's struct
 *                     page tells by its reference count, a Misc word has none
 *   no pointer        a buffer is known by a pointer to its struct page, in a pipe or a packet; these still
 *                     point into the array that has become the descriptors, and Misc words have none
 *   single guard      today's kernels mark guard pages as blocks, also of one page
 *
 * Attributes that are flags of the struct page (dirty, lru ...) have no place in a word of 8 or 16
 * bytes and are not compared, nor are reference counts and counts of mappings.
 */
#include <stdio.h>
#include <string.h>

#include <analyze/analyze.h>

#define CHUNK ANZ_TILE_PAGES
#define SHOW 8

#define COMPARED_ATTR (ANZ_ATTR_HEAD | ANZ_ATTR_TAIL | ANZ_ATTR_MAPPED | ANZ_ATTR_HWPOISON | \
		       ANZ_ATTR_CONTENT_EXCLUDED | ANZ_ATTR_NO_ZONE | ANZ_ATTR_ON_LIST | \
		       ANZ_ATTR_ISOLATED)

enum { NO_TYPE, PARTLY_MAPPED, POISON, SECOND_TABLE, NO_POINTER, SINGLE_GUARD, NR_KINDS };
static const char *const kind_names[NR_KINDS] = { "no such type", "mapped in part", "poison",
						  "second table", "no pointer", "single guard" };

/* One side's planes, whole: a machine of these tests has a few gigabytes. */
typedef struct {
	AnzStore *store;
	guint8 *page_class, *order, *migratetype, *zone;
	guint16 *attr;
} Side;

typedef struct {
	const char *format, *table;
	guint64 max_pfn;
	Side before, after;
	guint64 tolerated[NR_KINDS];
	gboolean wrong;
} Comparison;

typedef struct {
	guint64 address, pfn, nr_pages;
	gint order;
	char kind[16];
} Descriptor;

static const struct {
	guint8 page_class;
	const char *kind;	/* name of the word's type */
} pointer_classes[] = {
	{ ANZ_CLASS_FILE, "File" }, { ANZ_CLASS_SHMEM, "File" }, { ANZ_CLASS_HUGETLB, "File" },
	{ ANZ_CLASS_SWAP_CACHE, "File" }, { ANZ_CLASS_ANON, "Anon" }, { ANZ_CLASS_KSM, "KSM" },
	{ ANZ_CLASS_SLAB, "Slab" }, { ANZ_CLASS_PAGE_TABLE, "PageTable" },
	{ ANZ_CLASS_MOVABLE, "Movable" }, { ANZ_CLASS_ZSMALLOC, "ZPDesc" },
	{ ANZ_CLASS_NET_POOL, "NetPool" }, { ANZ_CLASS_HWPOISON, "HWPoison" },
};

static void report(Comparison *c, const char *what, guint64 of, guint64 differ)
{
	printf("%-14s %9" G_GUINT64_FORMAT " compared %7" G_GUINT64_FORMAT " differ  %s\n", what, of,
	       differ, differ ? "WRONG" : "ok");
	c->wrong |= differ != 0;
}

static gboolean lacks_type(const Comparison *c, guint8 page_class)
{
	gboolean wiki = g_str_equal(c->table, "wiki2025"), path = g_str_equal(c->table, "path2025");

	return (page_class == ANZ_CLASS_ZSMALLOC && !wiki) ||
	       ((page_class == ANZ_CLASS_NET_POOL || page_class == ANZ_CLASS_KSM) && path);
}

static gboolean is_second_table(const Comparison *c, guint64 pfn)
{
	return pfn & 1 && c->before.page_class[pfn] == ANZ_CLASS_PAGE_TABLE &&
	       c->before.page_class[pfn - 1] == ANZ_CLASS_PAGE_TABLE &&
	       c->after.page_class[pfn - 1] == ANZ_CLASS_PAGE_TABLE &&
	       c->after.page_class[pfn] == ANZ_CLASS_KERNEL_OTHER;
}

static gboolean lost_pointer(const Comparison *c, guint64 pfn)
{
	return c->before.page_class[pfn] == ANZ_CLASS_BUFFER &&
	       c->after.page_class[pfn] == ANZ_CLASS_KERNEL_OTHER;
}

static guint8 expected_class(const Comparison *c, guint64 pfn)
{
	guint8 before = c->before.page_class[pfn];

	if (is_second_table(c, pfn) || lost_pointer(c, pfn))
		return ANZ_CLASS_KERNEL_OTHER;
	if (!lacks_type(c, before))
		return before;
	return before == ANZ_CLASS_KSM ? ANZ_CLASS_ANON : ANZ_CLASS_KERNEL_OTHER;
}

static gboolean is_folio(guint8 page_class)
{
	return page_class == ANZ_CLASS_FILE || page_class == ANZ_CLASS_SHMEM ||
	       page_class == ANZ_CLASS_HUGETLB || page_class == ANZ_CLASS_SWAP_CACHE ||
	       page_class == ANZ_CLASS_ANON || page_class == ANZ_CLASS_KSM;
}

static guint64 block_start(const Side *side, guint64 pfn)
{
	if (!(side->attr[pfn] & (ANZ_ATTR_HEAD | ANZ_ATTR_TAIL)))
		return pfn;
	return pfn & ~((1ull << side->order[pfn]) - 1);
}

static guint64 block_pages(const Side *side, guint64 pfn)
{
	return side->attr[pfn] & (ANZ_ATTR_HEAD | ANZ_ATTR_TAIL) ? 1ull << side->order[pfn] : 1;
}

/* The block of @pfn begins or ends with a poisoned page. */
static gboolean is_cut(const Side *side, guint64 pfn)
{
	guint64 start = block_start(side, pfn), nr = block_pages(side, pfn);

	return nr > 1 && (side->page_class[start] == ANZ_CLASS_HWPOISON ||
			  side->page_class[start + nr - 1] == ANZ_CLASS_HWPOISON);
}

static gboolean some_mapped(const Side *side, guint64 pfn)
{
	guint64 start = block_start(side, pfn), nr = block_pages(side, pfn);

	for (guint64 i = start; i < start + nr; i++)
		if (side->attr[i] & ANZ_ATTR_MAPPED)
			return TRUE;
	return FALSE;
}

static gboolean read_side(Side *side, guint64 max_pfn, GError **error)
{
	side->page_class = g_malloc(max_pfn);
	side->order = g_malloc(max_pfn);
	side->migratetype = g_malloc(max_pfn);
	side->zone = g_malloc(max_pfn);
	side->attr = g_new(guint16, max_pfn);
	for (guint64 pfn = 0; pfn < max_pfn; pfn += CHUNK) {
		guint64 nr = MIN(CHUNK, max_pfn - pfn);

		if (!anz_store_read_plane(side->store, ANZ_PLANE_CLASS, pfn, nr,
					  side->page_class + pfn, error) ||
		    !anz_store_read_plane(side->store, ANZ_PLANE_ORDER, pfn, nr, side->order + pfn,
					  error) ||
		    !anz_store_read_plane(side->store, ANZ_PLANE_MIGRATETYPE, pfn, nr,
					  side->migratetype + pfn, error) ||
		    !anz_store_read_plane(side->store, ANZ_PLANE_ZONE, pfn, nr, side->zone + pfn,
					  error) ||
		    !anz_store_read_plane(side->store, ANZ_PLANE_ATTR, pfn, nr, side->attr + pfn,
					  error))
			return FALSE;
		for (guint64 i = pfn; i < pfn + nr; i++)
			side->attr[i] &= COMPARED_ATTR;
	}
	return TRUE;
}

static void clear_side(Side *side)
{
	g_free(side->page_class);
	g_free(side->order);
	g_free(side->migratetype);
	g_free(side->zone);
	g_free(side->attr);
	anz_store_close(side->store);
}

/* @cuts: a folio that is cut by poison may differ. */
static void compare_bytes(Comparison *c, const char *what, const guint8 *before,
			  const guint8 *after, gboolean cuts)
{
	guint64 differ = 0;

	for (guint64 pfn = 0; pfn < c->max_pfn; pfn++)
		if (before[pfn] != after[pfn] && cuts && is_cut(&c->before, pfn))
			c->tolerated[POISON]++;
		else if (before[pfn] != after[pfn] && differ++ < SHOW)
			printf("    frame %" G_GUINT64_FORMAT " (%s): %u, %u\n", pfn,
			       anz_page_class_info(c->before.page_class[pfn])->name, before[pfn],
			       after[pfn]);
	report(c, what, c->max_pfn, differ);
}

static void compare_classes(Comparison *c)
{
	guint64 differ = 0;

	for (guint64 pfn = 0; pfn < c->max_pfn; pfn++) {
		guint8 before = c->before.page_class[pfn], after = c->after.page_class[pfn];

		c->tolerated[NO_TYPE] += lacks_type(c, before);
		c->tolerated[SECOND_TABLE] += is_second_table(c, pfn);
		c->tolerated[NO_POINTER] += lost_pointer(c, pfn);
		if (after != expected_class(c, pfn) && differ++ < SHOW)
			printf("    frame %" G_GUINT64_FORMAT ": %s, %s\n", pfn,
			       anz_page_class_info(before)->name, anz_page_class_info(after)->name);
	}
	report(c, "class", c->max_pfn, differ);
}

/* Why the attributes of a frame differ; NR_KINDS: they should not. */
static guint why_attr_differ(const Comparison *c, guint64 pfn)
{
	const Side *before = &c->before;
	guint16 changed = before->attr[pfn] ^ c->after.attr[pfn];

	if (changed & ~(ANZ_ATTR_HEAD | ANZ_ATTR_TAIL | ANZ_ATTR_MAPPED))
		return NR_KINDS;
	if (is_cut(before, pfn) || (changed == ANZ_ATTR_MAPPED &&
				    before->page_class[pfn] == ANZ_CLASS_HWPOISON))
		return POISON;
	if (changed == ANZ_ATTR_HEAD && before->page_class[pfn] == ANZ_CLASS_GUARD &&
	    block_pages(before, pfn) == 1)
		return SINGLE_GUARD;
	if (changed == ANZ_ATTR_MAPPED && c->after.attr[pfn] & ANZ_ATTR_MAPPED &&
	    is_folio(before->page_class[pfn]) && block_pages(before, pfn) > 1 &&
	    some_mapped(before, pfn))
		return PARTLY_MAPPED;
	return NR_KINDS;
}

static void compare_attr(Comparison *c)
{
	guint64 differ = 0;

	for (guint64 pfn = 0; pfn < c->max_pfn; pfn++) {
		guint kind;

		if (c->before.attr[pfn] == c->after.attr[pfn])
			continue;
		kind = why_attr_differ(c, pfn);
		if (kind < NR_KINDS)
			c->tolerated[kind]++;
		else if (differ++ < SHOW)
			printf("    frame %" G_GUINT64_FORMAT " (%s, order %u): attr 0x%x, 0x%x\n",
			       pfn, anz_page_class_info(c->before.page_class[pfn])->name,
			       c->before.order[pfn], c->before.attr[pfn], c->after.attr[pfn]);
	}
	report(c, "attr", c->max_pfn, differ);
}

/* What must be the same row by row. */
static const struct {
	const char *name, *sql;
} tables[] = {
	{ "zones",
	  "SELECT id, node, zone, zone_index, address, start_pfn, spanned, present, managed, nr_free, "
	  "listed, pcp, watermark_min, watermark_low, watermark_high, lock_held FROM zones "
	  "WHERE snapshot = :snapshot ORDER BY id" },
	{ "nodes", "SELECT node, address, start_pfn, present, spanned FROM nodes "
		   "WHERE snapshot = :snapshot ORDER BY node" },
	{ "free_area", "SELECT node, zone, \"order\", migratetype, blocks, nr_free, status "
		       "FROM free_area WHERE snapshot = :snapshot ORDER BY 1, 2, 3, 4" },
	{ "free_block", "SELECT node, zone, \"order\", migratetype, position, pfn FROM free_block "
			"WHERE snapshot = :snapshot ORDER BY 1, 2, 3, 4, 5" },
	{ "pcp", "SELECT node, zone, cpu, count, pages, high, status FROM pcp "
		 "WHERE snapshot = :snapshot ORDER BY 1, 2, 3" },
	{ "pcp_block", "SELECT node, zone, cpu, list, position, pfn, \"order\" FROM pcp_block "
		       "WHERE snapshot = :snapshot ORDER BY 1, 2, 3, 4, 5" },
	{ "migratetype", "SELECT number, name FROM migratetype WHERE snapshot = :snapshot "
			 "ORDER BY number" },
	{ "counter", "SELECT node, zone, name, value, cpu_delta FROM counter "
		     "WHERE snapshot = :snapshot ORDER BY 1, 2, 3" },
	/* Mapped pages: see "mapped in part". */
	{ "reconciliation", "SELECT counter, kernel, census FROM reconciliation "
			    "WHERE snapshot = :snapshot AND counter <> 'NR_ANON_MAPPED' ORDER BY 1" },
	/* The frames that were added may follow the last one directly. */
	{ "memory_range", "SELECT pfn, min(pages, :end - pfn), state FROM memory_range "
			  "WHERE snapshot = :snapshot AND pfn < :end ORDER BY pfn" },
	{ "log", "SELECT seq, level, facility, caller, message FROM log "
		 "WHERE snapshot = :snapshot ORDER BY seq" },
	{ "meta", "SELECT key, value FROM meta WHERE snapshot = :snapshot "
		  "AND key LIKE 'kernel.%' AND key <> 'kernel.vmemmap' ORDER BY key" },
};

static char *row_text(AnzQuery *query)
{
	GString *text = g_string_new(NULL);

	for (guint i = 0; i < anz_query_n_columns(query); i++)
		g_string_append_printf(text, "%s%s", i ? "|" : "",
				       anz_query_is_null(query, i) ? "NULL" : anz_query_text(query, i));
	return g_string_free(text, FALSE);
}

static GPtrArray *read_rows(Comparison *c, AnzStore *store, const char *sql, GError **error)
{
	g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(AnzQuery) query = anz_store_query(store, sql, error);
	GError *problem = NULL;

	if (!query)
		return NULL;
	anz_query_bind_int(query, ":end", c->max_pfn);
	while (anz_query_next(query, &problem))
		g_ptr_array_add(rows, row_text(query));
	if (!problem)
		return g_steal_pointer(&rows);
	g_propagate_error(error, problem);
	return NULL;
}

static gboolean compare_table(Comparison *c, const char *name, const char *sql, GError **error)
{
	g_autoptr(GPtrArray) before = read_rows(c, c->before.store, sql, error);
	g_autoptr(GPtrArray) after = before ? read_rows(c, c->after.store, sql, error) : NULL;
	guint64 differ = 0;

	if (!after)
		return FALSE;
	for (guint i = 0; i < MAX(before->len, after->len); i++) {
		const char *a = i < before->len ? before->pdata[i] : "no row";
		const char *b = i < after->len ? after->pdata[i] : "no row";

		if (strcmp(a, b) && differ++ < SHOW)
			printf("    %s\n    %s\n", a, b);
	}
	/* The machines of samples/mkcore have no log; everything else is there. */
	report(c, name, before->len, differ + (!before->len && strcmp(name, "log")));
	return TRUE;
}

/* The stored census against one counted here: what the original's classes should have become. */
static gboolean compare_census(Comparison *c, GError **error)
{
	g_autoptr(AnzQuery) query = anz_store_query(
		c->after.store, "SELECT class, pages FROM classes WHERE snapshot = :snapshot", error);
	guint64 expected[ANZ_NR_CLASSES] = { 0 }, differ = 0;
	GError *problem = NULL;

	if (!query)
		return FALSE;
	for (guint64 pfn = 0; pfn < c->max_pfn; pfn++)
		expected[expected_class(c, pfn)]++;
	while (anz_query_next(query, &problem)) {
		int page_class = anz_page_class_from_name(anz_query_text(query, 0));

		if (page_class < 0) {
			differ++;
			continue;
		}
		expected[page_class] -= anz_query_int(query, 1);
	}
	for (guint i = 0; i < ANZ_NR_CLASSES; i++)
		differ += expected[i] != 0;
	if (problem)
		g_propagate_error(error, problem);
	else
		report(c, "census", ANZ_NR_CLASSES, differ);
	return !problem;
}

static const char *kind_of(const Comparison *c, guint8 page_class)
{
	if (page_class == ANZ_CLASS_NET_POOL && g_str_equal(c->table, "wiki2025"))
		return "Bump";
	if (lacks_type(c, page_class))
		return page_class == ANZ_CLASS_KSM ? "Anon" : NULL;
	for (guint i = 0; i < G_N_ELEMENTS(pointer_classes); i++)
		if (pointer_classes[i].page_class == page_class)
			return pointer_classes[i].kind;
	return NULL;
}

/*
 * The run of words that lead to the head of @pfn, if it begins there: that of its block, but poison
 * at the ends is not part of it.
 */
static gboolean run_begins(const Side *side, guint64 pfn, guint64 *nr_pages)
{
	guint64 start = block_start(side, pfn), end = start + block_pages(side, pfn);

	*nr_pages = 1;
	/* Poison is the page's own, whatever it lies in. */
	if (side->page_class[pfn] == ANZ_CLASS_HWPOISON)
		return TRUE;
	while (side->page_class[start] == ANZ_CLASS_HWPOISON)
		start++;
	while (side->page_class[end - 1] == ANZ_CLASS_HWPOISON)
		end--;
	*nr_pages = end - start;
	return start == pfn;
}

static gint order_of(guint64 pfn, guint64 nr)
{
	return nr & (nr - 1) || pfn & (nr - 1) ? -1 : g_bit_nth_lsf(nr, -1);
}

/* What descriptors there must be: the struct pages of the original's heads. */
static GArray *expected_descriptors(Comparison *c, guint64 vmemmap, guint64 page_bytes)
{
	GArray *expected = g_array_new(FALSE, TRUE, sizeof(Descriptor));
	const Side *side = &c->before;

	for (guint64 pfn = 0; pfn < c->max_pfn; pfn++) {
		const char *kind = kind_of(c, side->page_class[pfn]);
		Descriptor d = { .pfn = pfn };
		guint64 head = pfn;

		if (!kind || !run_begins(side, pfn, &d.nr_pages))
			continue;
		if (side->page_class[pfn] != ANZ_CLASS_HWPOISON)
			head = block_start(side, pfn);
		d.address = vmemmap + page_bytes * head;
		d.order = order_of(pfn, d.nr_pages);
		g_strlcpy(d.kind, kind, sizeof(d.kind));
		g_array_append_val(expected, d);
	}
	return expected;
}

static const Descriptor *next_expected(const GArray *expected, guint *at, guint64 pfn,
				       guint64 *nr_skipped)
{
	static const Descriptor none;

	for (; *at < expected->len; ++*at) {
		const Descriptor *d = &g_array_index(expected, Descriptor, *at);

		if (d->pfn >= pfn || !g_str_equal(d->kind, "PageTable")) {
			++*at;
			return d;
		}
		++*nr_skipped;
	}
	return &none;
}

/* Page tables that carry no mark: Misc pages, which their owner tells. */
static gboolean count_unmarked_tables(Comparison *c, guint64 *nr, GError **error)
{
	g_autoptr(AnzQuery) query = anz_store_query(
		c->before.store, "SELECT (SELECT ifnull(sum(pages), 0) FROM classes WHERE "
				 "snapshot = :snapshot AND class = 'page-table') - census "
				 "FROM reconciliation WHERE snapshot = :snapshot AND "
				 "counter = 'NR_PAGETABLE'", error);

	if (!query || !anz_query_next(query, error))
		return FALSE;
	*nr = anz_query_int(query, 0);
	return TRUE;
}

static gboolean compare_descriptors(Comparison *c, GError **error)
{
	g_autoptr(AnzQuery) query = anz_store_query(
		c->after.store,
		"SELECT pfn, address, pages, ifnull(\"order\", -1), kind, status FROM descriptors "
		"WHERE snapshot = :snapshot ORDER BY pfn", error);
	guint64 vmemmap, page_bytes, nr_unmarked, nr_skipped = 0, differ = 0;
	g_autoptr(GArray) expected = NULL;
	GError *problem = NULL;
	guint at = 0;

	if (!query || !count_unmarked_tables(c, &nr_unmarked, error) || !anz_store_meta_uint(c->before.store, "kernel.vmemmap", &vmemmap) ||
	    !anz_store_meta_uint(c->before.store, "format.struct_page_size", &page_bytes))
		return FALSE;
	expected = expected_descriptors(c, vmemmap, page_bytes);
	while (anz_query_next(query, &problem)) {
		guint64 pfn = anz_query_int(query, 0);
		const Descriptor *d = next_expected(expected, &at, pfn, &nr_skipped);
		gboolean same = d->pfn == pfn && d->address == (guint64)anz_query_int(query, 1) &&
				d->nr_pages == (guint64)anz_query_int(query, 2) &&
				d->order == anz_query_int(query, 3) &&
				g_str_equal(d->kind, anz_query_text(query, 4)) &&
				g_str_equal("ok", anz_query_text(query, 5));

		if (!same && differ++ < SHOW)
			printf("    frame %" G_GUINT64_FORMAT " %s, %" G_GUINT64_FORMAT " pages, order "
			       "%d; frame %s %s, %s pages, order %s: %s\n", d->pfn, d->kind,
			       d->nr_pages, d->order, anz_query_text(query, 0),
			       anz_query_text(query, 4), anz_query_text(query, 2),
			       anz_query_text(query, 3), anz_query_text(query, 5));
	}
	if (problem) {
		g_propagate_error(error, problem);
		return FALSE;
	}
	if (next_expected(expected, &at, G_MAXUINT64, &nr_skipped)->nr_pages)
		differ += expected->len - at + 1;
	report(c, "descriptors", expected->len - nr_skipped, differ + !at);
	report(c, "unmarked", nr_unmarked, nr_skipped != nr_unmarked);
	return TRUE;
}

static char *fact(AnzStore *store, const char *name, GError **error)
{
	g_autoptr(AnzQuery) query = anz_store_query(
		store, "SELECT value FROM format_fact WHERE snapshot = :snapshot AND name = :name",
		error);

	if (!query)
		return NULL;
	anz_query_bind_text(query, ":name", name);
	return g_strdup(anz_query_next(query, error) ? anz_query_text(query, 0) : "");
}

/* That it is this format that was read, and not the old array once more. */
static gboolean check_format(Comparison *c, GError **error)
{
	gboolean is32 = g_str_has_prefix(c->format, "list32"), is8 = g_str_has_prefix(c->format, "pfn8");
	g_autofree char *layout = fact(c->after.store, "buddy layout", error);
	g_autofree char *table = layout ? fact(c->after.store, "memdesc type table", error) : NULL;
	g_autofree char *wanted = g_strdup_printf("%s (convention)", is32 ? "list32" : c->format);
	guint64 bytes = 0;

	if (!table)
		return FALSE;
	anz_store_meta_uint(c->after.store, "format.struct_page_size", &bytes);
	report(c, "format", 3, (bytes != (is32 ? 32 : is8 ? 8 : 16)) + !g_str_equal(layout, wanted) +
	       !g_str_equal(table, c->table));
	return TRUE;
}

/* The page tables of the new array lie in frames that have no struct page. */
#define ADDED_TABLE "page-table|page-table entries that lead to pages which are no page tables|1"

/* The groups that slots of swap are charged to stand in pages known by pointers to struct page. */
#define LOST_GROUPS "swap|slots of swap areas whose state is not in the dump|"

/* "subject|message|count": the same, of no more things. */
static gboolean is_no_worse(gconstpointer before, gconstpointer after)
{
	const char *was = strrchr(before, '|'), *is = strrchr(after, '|');
	gsize len = was - (const char *)before;

	return len == (gsize)(is - (const char *)after) && !memcmp(before, after, len) &&
	       g_ascii_strtoull(is + 1, NULL, 10) <= g_ascii_strtoull(was + 1, NULL, 10);
}

/* The analysis has nothing to complain of that was not so before. */
static gboolean compare_warnings(Comparison *c, GError **error)
{
	static const char sql[] = "SELECT subject, message, count FROM remark "
				  "WHERE snapshot = :snapshot AND severity = 'warning'";
	g_autoptr(GPtrArray) before = read_rows(c, c->before.store, sql, error);
	g_autoptr(GPtrArray) after = before ? read_rows(c, c->after.store, sql, error) : NULL;
	guint64 differ = 0;

	if (!after)
		return FALSE;
	for (guint i = 0; i < after->len; i++) {
		if (g_str_equal(after->pdata[i], ADDED_TABLE) ||
		    g_str_has_prefix(after->pdata[i], LOST_GROUPS) ||
		    g_ptr_array_find_with_equal_func(before, after->pdata[i], is_no_worse, NULL))
			continue;
		printf("    %s\n", (char *)after->pdata[i]);
		differ++;
	}
	report(c, "warnings", after->len, differ);
	return TRUE;
}

static gboolean compare(Comparison *c, GError **error)
{
	if (!check_format(c, error))
		return FALSE;
	if (!read_side(&c->before, c->max_pfn, error) || !read_side(&c->after, c->max_pfn, error))
		return FALSE;
	report(c, "frames", c->max_pfn, anz_store_max_pfn(c->after.store) != c->max_pfn);
	compare_classes(c);
	compare_bytes(c, "order", c->before.order, c->after.order, TRUE);
	compare_bytes(c, "migratetype", c->before.migratetype, c->after.migratetype,
		      FALSE);
	compare_bytes(c, "zone", c->before.zone, c->after.zone, FALSE);
	compare_attr(c);
	if (!compare_census(c, error))
		return FALSE;
	for (guint i = 0; i < G_N_ELEMENTS(tables); i++)
		if (!compare_table(c, tables[i].name, tables[i].sql, error))
			return FALSE;
	if (!compare_descriptors(c, error) || !compare_warnings(c, error))
		return FALSE;
	for (guint i = 0; i < NR_KINDS; i++)
		if (c->tolerated[i])
			printf("%-14s %9" G_GUINT64_FORMAT " tolerated\n", kind_names[i],
			       c->tolerated[i]);
	return TRUE;
}

int main(int argc, char **argv)
{
	g_autoptr(GError) error = NULL;
	Comparison c = { 0 };
	gboolean ok = FALSE;

	if (argc != 5) {
		fputs("usage: compare FORMAT TABLE ORIGINAL TRANSCODED\n", stderr);
		return 2;
	}
	c.format = argv[1];
	c.table = argv[2];
	c.before.store = anz_store_open(argv[3], &error);
	c.after.store = c.before.store ? anz_store_open(argv[4], &error) : NULL;
	if (c.after.store) {
		c.max_pfn = anz_store_max_pfn(c.before.store);
		ok = compare(&c, &error);
	}
	clear_side(&c.before);
	clear_side(&c.after);
	if (!ok) {
		fprintf(stderr, "compare: %s\n", error ? error->message : "not comparable");
		return 1;
	}
	if (c.wrong)
		puts("compare: the two differ, see WRONG above");
	return c.wrong;
}
