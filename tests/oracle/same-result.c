/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Two analyses of the same memory, from files of different formats, must be the same:
 * every plane, frame by frame, and every row of the lists.
 *
 *   same-result [--filtered | --same-file] STORE STORE
 *
 * That content was left out of a dump is the one thing in which the two may differ;
 * with --filtered the second must have frames of which that is so, and the first none.
 * An owner is found through memory that may be among what was left out, so there the
 * second may know less: its owners are not compared, and a page for which it found none
 * is kernel-other where the first knows what it is.
 * With --same-file both are of one file, read with other type information: then nothing
 * may differ, nor in what was found out about the kernel and remarked on the way.
 */
#include <stdio.h>
#include <string.h>

#include <analyze/analyze.h>

#define CHUNK ANZ_TILE_PAGES
#define SHOW 8

typedef enum { ALIKE, FILTERED, SAME_FILE } Mode;

typedef struct {
	AnzStore *store[2];
	Mode mode;
	guint64 max_pfn;
	guint64 excluded[2];	/* frames without content that somebody could have read */
	guint64 untouchable[2];	/* and those that nobody could */
} Pair;

static guint64 value_at(const guint8 *values, guint width, guint64 i)
{
	guint64 value = 0;

	memcpy(&value, values + i * width, width);
	return value;
}

/* Counts the frames without content, and forgets which they are. */
static gboolean take_excluded(Pair *pair, guint side, guint64 pfn, guint64 nr,
			      guint16 *attr, GError **error)
{
	g_autofree guint8 *page_class = g_malloc(nr);

	if (!anz_store_read_plane(pair->store[side], ANZ_PLANE_CLASS, pfn, nr, page_class,
				  error))
		return FALSE;
	for (guint64 i = 0; i < nr; i++) {
		if (!(attr[i] & ANZ_ATTR_CONTENT_EXCLUDED))
			continue;
		attr[i] &= ~ANZ_ATTR_CONTENT_EXCLUDED;
		if (page_class[i] == ANZ_CLASS_OFFLINE ||
		    page_class[i] == ANZ_CLASS_HWPOISON)
			pair->untouchable[side]++;
		else
			pair->excluded[side]++;
	}
	return TRUE;
}

static void show_frame(AnzPlane plane, guint64 pfn, guint64 a, guint64 b)
{
	printf("    frame %#" G_GINT64_MODIFIER "x: ", pfn);
	if (plane == ANZ_PLANE_CLASS)
		printf("%s, %s\n", anz_page_class_info(a)->name,
		       anz_page_class_info(b)->name);
	else
		printf("%#" G_GINT64_MODIFIER "x, %#" G_GINT64_MODIFIER "x\n", a, b);
}

/* Frames that differ in one plane; -1 with @error. */
static gint64 compare_plane(Pair *pair, AnzPlane plane, GError **error)
{
	guint width = anz_plane_width(plane);
	g_autofree guint8 *a = g_malloc(CHUNK * width), *b = g_malloc(CHUNK * width);
	gint64 differ = 0;

	for (guint64 pfn = 0; pfn < pair->max_pfn; pfn += CHUNK) {
		guint64 nr = MIN(CHUNK, pair->max_pfn - pfn);

		if (!anz_store_read_plane(pair->store[0], plane, pfn, nr, a, error) ||
		    !anz_store_read_plane(pair->store[1], plane, pfn, nr, b, error))
			return -1;
		if (plane == ANZ_PLANE_ATTR && pair->mode != SAME_FILE &&
		    (!take_excluded(pair, 0, pfn, nr, (guint16 *)a, error) ||
		     !take_excluded(pair, 1, pfn, nr, (guint16 *)b, error)))
			return -1;
		if (!memcmp(a, b, nr * width))
			continue;
		for (guint64 i = 0; i < nr; i++) {
			guint64 va = value_at(a, width, i), vb = value_at(b, width, i);

			if (va == vb || (plane == ANZ_PLANE_CLASS && pair->mode == FILTERED &&
					 vb == ANZ_CLASS_KERNEL_OTHER))
				continue;
			if (differ++ < SHOW)
				show_frame(plane, pfn + i, va, vb);
		}
	}
	return differ;
}

typedef struct {
	const char *name, *sql;
} Table;

/* What the lists and counters are, without what is said of the source. */
static const Table tables[] = {
	{ "zones",
	  "SELECT id, node, zone, start_pfn, spanned, present, managed, nr_free, listed, "
	  "pcp, watermark_min, watermark_low, watermark_high FROM zones "
	  "WHERE snapshot = :snapshot ORDER BY id" },
	{ "free_area",
	  "SELECT node, zone, \"order\", migratetype, blocks, nr_free, status "
	  "FROM free_area WHERE snapshot = :snapshot ORDER BY 1, 2, 3, 4" },
	{ "free_block",
	  "SELECT node, zone, \"order\", migratetype, position, pfn FROM free_block "
	  "WHERE snapshot = :snapshot ORDER BY 1, 2, 3, 4, 5" },
	{ "pcp", "SELECT node, zone, cpu, count, pages, status FROM pcp "
		 "WHERE snapshot = :snapshot ORDER BY 1, 2, 3" },
	{ "pcp_block",
	  "SELECT node, zone, cpu, list, position, pfn, \"order\" FROM pcp_block "
	  "WHERE snapshot = :snapshot ORDER BY 1, 2, 3, 4, 5" },
	{ "counter", "SELECT node, zone, name, value, cpu_delta FROM counter "
		     "WHERE snapshot = :snapshot ORDER BY 1, 2, 3" },
	{ "reconciliation", "SELECT counter, kernel, census FROM reconciliation "
			    "WHERE snapshot = :snapshot ORDER BY 1" },
	{ "log", "SELECT seq, level, facility, caller, message FROM log "
		 "WHERE snapshot = :snapshot ORDER BY seq" },
	{ "meta", "SELECT key, value FROM meta WHERE snapshot = :snapshot "
		  "AND key LIKE 'kernel.%' ORDER BY key" },
};

/* Sums of planes, as far as these are alike. */
static const Table whole_tables[] = {
	{ "classes", "SELECT class, pages, mapped FROM classes "
		     "WHERE snapshot = :snapshot ORDER BY class" },
};

/* And what else two analyses of one file must share; who said it may differ. */
static const Table same_file_tables[] = {
	{ "format_fact", "SELECT name, value FROM format_fact WHERE snapshot = :snapshot "
			 "ORDER BY name" },
	{ "remark", "SELECT severity, subject, message, count FROM remark "
		    "WHERE snapshot = :snapshot ORDER BY 1, 2, 3, 4" },
	{ "nodes", "SELECT * FROM nodes WHERE snapshot = :snapshot ORDER BY 1, 2" },
	{ "descriptors", "SELECT * FROM descriptors WHERE snapshot = :snapshot "
			 "ORDER BY 1, 2, 3, 4, 5" },
	{ "migratetype", "SELECT * FROM migratetype WHERE snapshot = :snapshot ORDER BY 1, 2" },
	{ "page_flag", "SELECT * FROM page_flag WHERE snapshot = :snapshot ORDER BY 1, 2" },
};

static char *row_text(AnzQuery *query)
{
	GString *text = g_string_new(NULL);

	for (guint i = 0; i < anz_query_n_columns(query); i++)
		g_string_append_printf(
			text, "%s%s", i ? "|" : "",
			anz_query_is_null(query, i) ? "NULL" : anz_query_text(query, i));
	return g_string_free(text, FALSE);
}

static gint64 compare_table(Pair *pair, const char *sql, guint64 *nr_rows, GError **error)
{
	g_autoptr(AnzQuery) a = anz_store_query(pair->store[0], sql, error);
	g_autoptr(AnzQuery) b = a ? anz_store_query(pair->store[1], sql, error) : NULL;
	gint64 differ = 0;

	if (!b)
		return -1;
	for (*nr_rows = 0;; ++*nr_rows) {
		GError *problem = NULL;
		gboolean more_a = anz_query_next(a, &problem);
		gboolean more_b = !problem && anz_query_next(b, &problem);
		g_autofree char *text_a = NULL, *text_b = NULL;

		if (problem) {
			g_propagate_error(error, problem);
			return -1;
		}
		if (!more_a && !more_b)
			return differ;
		text_a = more_a ? row_text(a) : g_strdup("no row");
		text_b = more_b ? row_text(b) : g_strdup("no row");
		if (strcmp(text_a, text_b) && differ++ < SHOW)
			printf("    %s\n    %s\n", text_a, text_b);
	}
}

static gboolean report(const char *what, guint64 of, gint64 differ)
{
	printf("%-16s %9" G_GUINT64_FORMAT " %9" G_GINT64_FORMAT "  %s\n", what, of,
	       differ, differ ? "WRONG" : "ok");
	return !differ;
}

static gboolean compare_tables(Pair *pair, const Table *list, guint nr, gboolean *ok,
			       GError **error)
{
	for (guint i = 0; i < nr; i++) {
		guint64 nr_rows;
		gint64 differ = compare_table(pair, list[i].sql, &nr_rows, error);

		if (differ < 0)
			return FALSE;
		*ok &= report(list[i].name, nr_rows, differ);
	}
	return TRUE;
}

static gboolean report_excluded(const Pair *pair)
{
	gboolean filtered = pair->mode == FILTERED;
	gboolean ok = !pair->excluded[0] && filtered == (pair->excluded[1] > 0);

	for (guint side = 0; side < 2; side++)
		printf("%s: content of %" G_GUINT64_FORMAT " frames left out, and of %"
		       G_GUINT64_FORMAT " that are offline or poisoned\n",
		       side ? "second" : "first", pair->excluded[side],
		       pair->untouchable[side]);
	if (!ok)
		printf("of the first none should be left out, of the second %s  WRONG\n",
		       filtered ? "some" : "none");
	return ok;
}

int main(int argc, char **argv)
{
	g_autoptr(GError) error = NULL;
	gboolean ok = TRUE;
	Pair pair = { .mode = argc > 1 && !strcmp(argv[1], "--filtered") ? FILTERED :
			      argc > 1 && !strcmp(argv[1], "--same-file") ? SAME_FILE : ALIKE };
	int first = pair.mode == ALIKE ? 1 : 2;

	if (argc != first + 2) {
		fputs("usage: same-result [--filtered | --same-file] STORE STORE\n", stderr);
		return 2;
	}
	for (guint i = 0; i < 2; i++) {
		pair.store[i] = anz_store_open(argv[first + i], &error);
		if (!pair.store[i])
			goto failed;
		pair.max_pfn = MAX(pair.max_pfn, anz_store_max_pfn(pair.store[i]));
	}
	if (!pair.max_pfn) {
		fputs("same-result: no frames\n", stderr);
		return 1;
	}
	for (AnzPlane plane = 0; plane < ANZ_NR_PLANES; plane++) {
		gint64 differ;

		if ((plane == ANZ_PLANE_OWNER || plane == ANZ_PLANE_CGROUP) &&
		    pair.mode == FILTERED)
			continue;
		differ = compare_plane(&pair, plane, &error);
		if (differ < 0)
			goto failed;
		ok &= report(anz_plane_name(plane), pair.max_pfn, differ);
	}
	if (!compare_tables(&pair, tables, G_N_ELEMENTS(tables), &ok, &error) ||
	    (pair.mode != FILTERED &&
	     !compare_tables(&pair, whole_tables, G_N_ELEMENTS(whole_tables), &ok, &error)) ||
	    (pair.mode == SAME_FILE &&
	     !compare_tables(&pair, same_file_tables, G_N_ELEMENTS(same_file_tables), &ok,
			     &error)))
		goto failed;
	if (pair.mode != SAME_FILE)
		ok &= report_excluded(&pair);
	anz_store_close(pair.store[0]);
	anz_store_close(pair.store[1]);
	if (!ok)
		puts("same-result: the two differ, see WRONG above");
	return !ok;
failed:
	fprintf(stderr, "same-result: %s\n", error->message);
	return 1;
}
