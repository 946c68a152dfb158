/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Planes, pyramid and the virtual table `page` against the arrays that a file was made
 * from. Conditions are checked against the same query with every column behind a unary
 * plus, which keeps SQLite from handing the condition down, so that it tests each row
 * itself.
 */
#include <string.h>

#include "store-util.h"

static void test_planes(StoreFixture *f, gconstpointer data)
{
	static const struct {
		guint64 pfn, n;
	} spans[] = { { 0, MAP_FRAMES },
		      { 65530, 20 },
		      { 100, 3 },
		      { 2 * ANZ_TILE_PAGES - 1, 65540 },
		      { MAP_FRAMES - 5, 5 } };

	for (guint p = 0; p < ANZ_NR_PLANES; p++) {
		guint width = anz_plane_width((AnzPlane)p);
		const guint8 *expected = map_plane(f->map, (AnzPlane)p);
		g_autofree guint8 *got = g_malloc(MAP_FRAMES * (gsize)width);

		for (guint i = 0; i < G_N_ELEMENTS(spans); i++) {
			g_autoptr(GError) error = NULL;

			memset(got, 0x55, MAP_FRAMES * (gsize)width);
			g_assert_true(anz_store_read_plane(f->store, (AnzPlane)p,
							   spans[i].pfn, spans[i].n, got,
							   &error));
			g_assert_no_error(error);
			g_assert_cmpmem(got, spans[i].n * width,
					expected + spans[i].pfn * width,
					spans[i].n * width);
		}
	}
}

static void test_planes_outside(StoreFixture *f, gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	guint8 classes[40], zones[40];
	gint32 counts[3] = { 7, 7, 7 };

	g_assert_true(anz_store_read_plane(f->store, ANZ_PLANE_CLASS, MAP_FRAMES - 20, 40,
					   classes, &error));
	g_assert_cmpmem(classes, 20, f->map->page_class + MAP_FRAMES - 20, 20);
	for (guint i = 20; i < 40; i++)
		g_assert_cmpuint(classes[i], ==, ANZ_CLASS_HOLE);
	g_assert_true(anz_store_read_plane(f->store, ANZ_PLANE_ZONE, G_MAXUINT64 - 50, 40,
					   zones, &error));
	g_assert_cmpuint(zones[39], ==, 255);
	g_assert_true(anz_store_read_plane(f->store, ANZ_PLANE_REFCOUNT, MAP_FRAMES, 3,
					   counts, &error));
	g_assert_cmpint(counts[0] | counts[1] | counts[2], ==, 0);
	g_assert_false(
		anz_store_read_plane(f->store, ANZ_NR_PLANES, 0, 1, classes, &error));
	g_assert_error(error, ANZ_ERROR, ANZ_ERROR_ARGUMENT);
}

/* What a cell must be, by counting its frames. */
static void expect_cell(const Map *map, guint level, guint64 cell, guint8 *dominant,
			guint32 *set)
{
	guint64 pages[ANZ_NR_CLASSES] = { 0 }, frames = (guint64)1 << (2 * level);
	guint64 first = cell * frames, best = 0;

	for (guint64 pfn = first; pfn < first + frames; pfn++) {
		if (pfn >= MAP_FRAMES) {
			pages[ANZ_CLASS_HOLE] += first + frames - pfn;
			break;
		}
		pages[map->page_class[pfn]]++;
	}
	*set = 0;
	for (guint c = 0; c < ANZ_NR_CLASSES; c++) {
		if (pages[c])
			*set |= 1u << c;
		if (pages[c] > best) {
			best = pages[c];
			*dominant = (guint8)c;
		}
	}
}

static void check_pyramid(StoreFixture *f)
{
	for (guint level = 0; level <= ANZ_PYRAMID_MAX_LEVEL; level++) {
		guint64 n = ((guint64)MAP_FRAMES >> (2 * level)) + 2, first = 0;
		g_autofree guint8 *dominant = g_malloc(n);
		g_autofree guint32 *set = g_new(guint32, n);
		g_autoptr(GError) error = NULL;

		/*
		 * The whole, then from the middle of a tile with an odd number of cells.
		 */
		for (guint part = 0; part < 2; part++) {
			anz_store_read_pyramid(f->store, level, first, n - first,
					       dominant, set, &error);
			g_assert_no_error(error);
			for (guint64 i = 0; i < n - first; i++) {
				guint8 expected_dominant = 0;
				guint32 expected_set;

				expect_cell(f->map, level, first + i, &expected_dominant,
					    &expected_set);
				g_assert_cmpuint(dominant[i], ==, expected_dominant);
				g_assert_cmphex(set[i], ==, expected_set);
			}
			first = n / 3;
		}
	}
}

static void test_pyramid(StoreFixture *f, gconstpointer data)
{
	check_pyramid(f);
}

/* Files that have none are read as before. */
static void test_no_overview(StoreFixture *f, gconstpointer data)
{
	g_autoptr(GError) error = NULL;

	assert_query(f->store, "SELECT count(*) FROM overview", "1");
	anz_store_close(f->store);
	edit_file(f->path, "DELETE FROM overview");
	f->store = anz_store_open(f->path, &error);
	g_assert_no_error(error);
	check_pyramid(f);
	anz_store_close(f->store);
	edit_file(f->path, "DROP TABLE overview");
	f->store = anz_store_open(f->path, &error);
	g_assert_no_error(error);
	check_pyramid(f);
}

static void test_damaged_overview(StoreFixture *f, gconstpointer data)
{
	static const char *const edits[] = {
		"UPDATE overview SET data = x'00'", "UPDATE overview SET data = 'text'",
		"UPDATE overview SET data = (SELECT data FROM tile LIMIT 1)",
	};
	guint8 dominant[4];

	for (guint i = 0; i < G_N_ELEMENTS(edits); i++) {
		g_autoptr(GError) error = NULL;

		anz_store_close(f->store);
		edit_file(f->path, edits[i]);
		f->store = anz_store_open(f->path, &error);
		g_assert_no_error(error);
		g_assert_true(anz_store_read_pyramid(f->store, 2, 0, 4, dominant, NULL, NULL));
		g_assert_false(anz_store_read_pyramid(f->store, 3, 0, 4, dominant, NULL, &error));
		g_assert_error(error, ANZ_ERROR, ANZ_ERROR_FORMAT);
		g_assert_nonnull(strstr(error->message, "analyze the source again"));
	}
}

static void test_pyramid_arguments(StoreFixture *f, gconstpointer data)
{
	guint8 dominant[3];
	guint32 set[3];
	g_autoptr(GError) error = NULL;

	g_assert_true(
		anz_store_read_pyramid(f->store, 3, 1u << 20, 3, dominant, set, &error));
	g_assert_cmpuint(dominant[2], ==, ANZ_CLASS_HOLE);
	g_assert_cmphex(set[2], ==, 1u << ANZ_CLASS_HOLE);
	g_assert_true(anz_store_read_pyramid(f->store, 4, 300, 2, NULL, set, &error));
	g_assert_true(anz_store_read_pyramid(f->store, 9, 0, 1, dominant, NULL, &error));
	g_assert_false(anz_store_read_pyramid(f->store, ANZ_PYRAMID_MAX_LEVEL + 1, 0, 1,
					      dominant, set, &error));
	g_assert_error(error, ANZ_ERROR, ANZ_ERROR_ARGUMENT);
	g_clear_error(&error);
	g_assert_false(anz_store_read_pyramid(f->store, 2, G_MAXUINT64 - 3, 1, dominant,
					      set, &error));
	g_assert_error(error, ANZ_ERROR, ANZ_ERROR_ARGUMENT);
}

/* --- rows --- */

#define has_class(map, pfn, mask) ((mask) >> (map)->page_class[pfn] & 1)
#define BIT(c) (1u << ANZ_CLASS_##c)

/* The row of @pfn as text, made from the arrays. */
static void expect_row(const Map *map, guint64 pfn, GString *out)
{
	static const char *const zones[] = { "DMA", "Normal", "Normal" };
	static const char *const types[] = { "Unmovable", "Movable", "Reclaimable" };
	static const int bits[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 15 };
	const AnzPageClassInfo *info = anz_page_class_info(map->page_class[pfn]);
	gboolean known =
		!has_class(map, pfn, BIT(HOLE) | BIT(EXCLUDED) | BIT(UNREADABLE));
	guint64 size = (guint64)1 << map->order[pfn], first = pfn / size * size;
	guint64 flags = map->flags[pfn];

	g_string_printf(out, "%" G_GUINT64_FORMAT "|%s|", pfn, info->name);
	if (known)
		g_string_append_printf(out,
				       "%u|%" G_GUINT64_FORMAT "|%" G_GUINT64_FORMAT "|",
				       map->order[pfn], first, first + size - 1);
	else
		g_string_append(out, "|||");
	if (map->zone[pfn] < 3)
		g_string_append_printf(out, "%d|%s|", map->zone[pfn] == 2,
				       zones[map->zone[pfn]]);
	else
		g_string_append(out, "||");
	g_string_append(out,
			map->migratetype[pfn] < 3 ? types[map->migratetype[pfn]] : "");
	for (guint i = 0; i < G_N_ELEMENTS(bits); i++)
		g_string_append_printf(out, "|%d", map->attr[pfn] >> bits[i] & 1);
	g_string_append_c(out, '|');
	if (known) {
		const char *comma = "";

		g_string_append_printf(out, "%" G_GUINT64_FORMAT "|", flags);
		for (guint bit = 0; bit < 32; bit++) {
			if (!(flags >> bit & 1))
				continue;
			g_string_append(out, comma);
			comma = ",";
			if (bit == 0 || bit == 10)
				g_string_append(out, bit ? "owner_priv_1" : "locked");
			else
				g_string_append_printf(out, "bit%u", bit);
		}
		g_string_append_printf(out, "|%d|%d|", map->refcount[pfn],
				       map->mapcount[pfn]);
	} else {
		g_string_append(out, "||||");
	}
	g_string_append_printf(out, "%" G_GUINT64_FORMAT "|", pfn * 4096);
	if (!has_class(map, pfn, BIT(HOLE)))
		g_string_append_printf(out, "%" G_GINT64_FORMAT "|%" G_GINT64_FORMAT "|",
				       (gint64)(PAGE_OFFSET + pfn * 4096),
				       (gint64)(VMEMMAP + pfn * 64));
	else
		g_string_append(out, "||");
	if (known && (info->descriptor ||
		      ((map->attr[pfn] & 3) && strcmp(info->group, "free") != 0)))
		g_string_append_printf(out, "%" G_GINT64_FORMAT,
				       (gint64)(VMEMMAP + first * 64));
	g_string_append_c(out, '|');
	if (map->owner[pfn])
		g_string_append_printf(out, "%u", map->owner[pfn]);
	g_string_append_c(out, '|');
	if (map->cgroup[pfn])
		g_string_append_printf(out, "%u", map->cgroup[pfn]);
	g_string_append_c(out, '|');
	/* That of a folio's first page; one that begins in another tile has none here. */
	if (map->attr[pfn] & ANZ_ATTR_TAIL)
		pfn = (pfn & ~(size - 1)) >> ANZ_TILE_SHIFT == pfn >> ANZ_TILE_SHIFT ? first : MAP_FRAMES;
	if (pfn < MAP_FRAMES && map->generation[pfn])
		g_string_append_printf(out, "%u", map->generation[pfn] - 1u);
	g_string_append_c(out, '|');
	if (pfn < MAP_FRAMES && map->refs[pfn])
		g_string_append_printf(out, "%u", map->refs[pfn] - 1u);
}

static void test_rows(StoreFixture *f, gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(AnzQuery) query =
		anz_store_query(f->store, "SELECT * FROM page", &error);
	g_autoptr(GString) expected = g_string_new(NULL), got = g_string_new(NULL);
	guint64 pfn = 0;

	g_assert_no_error(error);
	for (; anz_query_next(query, &error); pfn++) {
		expect_row(f->map, pfn, expected);
		g_string_truncate(got, 0);
		for (guint i = 0; i < anz_query_n_columns(query); i++)
			g_string_append_printf(got, "%s%s", i ? "|" : "",
					       anz_query_text(query, i) ?: "");
		g_assert_cmpstr(got->str, ==, expected->str);
	}
	g_assert_no_error(error);
	g_assert_cmpuint(pfn, ==, MAP_FRAMES);
}

/*
 * @ stands for nothing, or for a plus sign that keeps SQLite from handing the column
 * down.
 */
static char *with_plus(const char *sql, const char *plus)
{
	g_auto(GStrv) parts = g_strsplit(sql, "@", -1);

	return g_strjoinv(plus, parts);
}

static void test_conditions(StoreFixture *f, gconstpointer data)
{
	static const char *const conditions[] = {
		"@pfn = 70000",
		"@pfn = -1",
		"@pfn = 263378",
		"@pfn = 263377",
		"@pfn = NULL",
		"@pfn = 5.0",
		"@pfn = 5.5",
		"@pfn = 'x'",
		"@pfn < 'x'",
		"@pfn IN (1, 65536, 131072, 5, 9999999, NULL)",
		"@pfn < 100",
		"@pfn <= 100",
		"@pfn > 263300",
		"@pfn >= 263300",
		"@pfn < 99.5",
		"@pfn <= 99.5",
		"@pfn > 263300.5",
		"@pfn >= 263300.5",
		"@pfn < -3",
		"@pfn > -3 AND @pfn < 3",
		"@pfn < 1e300 AND @pfn < 10",
		"@pfn < -1e300",
		"@pfn BETWEEN 65530 AND 65545",
		"@pfn BETWEEN 10 AND 5",
		"@pfn > NULL",
		"@pfn < 9223372036854775807 AND @pfn > 263370",
		"@pfn > -9223372036854775808 AND @pfn < 4",
		"@rowid = 12",
		"@rowid BETWEEN 131070 AND 131075",
		"@class = 'hugetlb'",
		"@class = 'hole'",
		"@class = 'slab'",
		"@class = 'SLAB'",
		"@class = 'slab' COLLATE NOCASE",
		"@class = 'SLAB' COLLATE NOCASE",
		"@class = 'nonsense'",
		"@class = NULL",
		"@class = 9",
		"@class = x'736c6162'",
		"@class <> 'hole'",
		"@class <> 'nonsense' AND @pfn < 50",
		"@class <> NULL",
		"@class <> 'hole' AND @class <> 'slab'",
		"@class = 'slab' AND @class = 'anon'",
		"@class IN ('anon', 'file', 'ksm')",
		"@class IN ('hole', NULL)",
		"@class IN ('zero-page') AND @pfn > 65536",
		"@class IN ('anon', 'file') AND @class <> 'file' AND @pfn BETWEEN 100 "
		"AND 200000",
		"@class = 'free' AND @pfn BETWEEN 196608 AND 196700",
		"@class NOT IN ('anon', 'file')",
		"@class IS NULL",
		"@class LIKE 'free%'",
		"@owner = 3000",
		"@owner = 3000.0",
		"@owner = 3000.5",
		"@owner = 'x'",
		"@owner = 0",
		"@owner = -1",
		"@owner = 4294970296",
		"@owner = NULL",
		"@owner IN (1000, 2000, 7)",
		"@owner <> 3000",
		"@owner = 3000 AND @class = 'anon'",
		"@owner = 3000 AND @class IN ('anon', 'file', 'slab') AND @pfn > 196700",
		"@owner = 3000 AND @cgroup = 140",
		"@cgroup = 140",
		"@cgroup = 140 AND @class <> 'hole'",
		"@cgroup = CAST('140' AS INTEGER) AND @pfn BETWEEN 100 AND 200000",
		"@physical = 0x11170000",
		"@physical = 0x11170001",
		"@physical < 0x3001",
		"@physical >= 0x404d0001",
		"@physical BETWEEN 0x1fff000 AND 0x2003fff",
		"@virtual = 0xffff888000005000",
		"@virtual = 0xffff888000005001",
		"@virtual = 0xffff888020000000",
		"@virtual < 0xffff888000003001",
		"@virtual >= 0xffff8880404d1000",
		"@virtual > 0",
		"@virtual = 0x5000",
		"@struct_page = 0xffffea0000000040",
		"@struct_page = 0xffffea0000000041",
		"@struct_page BETWEEN 0xffffea0000ff0000 AND 0xffffea0000ff0100",
		"@struct_page = 0xffffea0000800000",
		"@struct_page > 5",
		"@pfn > 5 AND @physical < 0x9000 AND @virtual <> 0xffff888000007000",
		"@pfn BETWEEN 1 AND 300 AND @zone = 'Normal' AND @node = 1 AND @dirty",
		"@pfn % 1000 = 7 OR @class = 'ksm'",
		"@flags & 1 AND @pfn < 400",
		"@snapshot = 1 AND @pfn < 5",
		"@snapshot = 2",
		"@snapshot = 0",
		"@snapshot = NULL",
		"@snapshot = 'x'",
		"@snapshot IN (1, 7) AND @pfn < 5",
	};

	for (guint i = 0; i < G_N_ELEMENTS(conditions); i++) {
		g_autofree char *sql = g_strconcat("SELECT pfn, class FROM page WHERE ",
						   conditions[i], " ORDER BY @pfn", NULL);
		g_autofree char *fast_sql = with_plus(sql, ""),
				*slow_sql = with_plus(sql, "+");
		g_autofree char *fast = query_rows(f->store, fast_sql);
		g_autofree char *slow = query_rows(f->store, slow_sql);

		if (strcmp(fast, slow) != 0)
			g_error("%s: %.200s, but row by row: %.200s", fast_sql, fast,
				slow);
	}
	/*
	 * The plus would also take away that a column of numbers makes a number of text.
	 */
	assert_query(f->store, "SELECT pfn FROM page WHERE pfn = '77'", "77");
	assert_query(f->store, "SELECT count(*) FROM page WHERE pfn < '77'", "77");
}

static void test_order(StoreFixture *f, gconstpointer data)
{
	static const char *const queries[] = {
		"SELECT class, count(*), min(pfn), max(pfn) FROM page GROUP BY @class "
		"ORDER BY 1",
		"SELECT pfn, class FROM page WHERE pfn < 70000 ORDER BY @class, @pfn",
		"SELECT pfn, class FROM page WHERE pfn < 70000 ORDER BY @class DESC, "
		"@pfn",
		"SELECT class, pfn FROM page WHERE class IN ('slab', 'anon', 'hole') AND "
		"pfn > 131000 "
		"ORDER BY @class, @pfn",
		"SELECT DISTINCT @class FROM page ORDER BY 1",
		"SELECT count(DISTINCT @class) FROM page WHERE class <> 'hole'",
		"SELECT pfn FROM page WHERE pfn < 70000 ORDER BY @pfn DESC",
		"SELECT class, zone, count(*) FROM page GROUP BY @class, @zone ORDER BY "
		"1, 2",
		"SELECT class FROM page WHERE pfn < 1000 ORDER BY @class COLLATE NOCASE, "
		"@pfn",
		"SELECT pfn FROM page WHERE class IN ('ksm', 'anon') ORDER BY @pfn LIMIT "
		"50",
	};

	for (guint i = 0; i < G_N_ELEMENTS(queries); i++) {
		g_autofree char *fast_sql = with_plus(queries[i], "");
		g_autofree char *slow_sql = with_plus(queries[i], "+");
		g_autofree char *fast = query_rows(f->store, fast_sql);
		g_autofree char *slow = query_rows(f->store, slow_sql);

		g_assert_cmpstr(fast, ==, slow);
	}
	assert_query(f->store, "SELECT sum(pages) FROM classes", G_STRINGIFY(263378));
	assert_query(f->store, "SELECT count(*) FROM page", "263378");
	assert_query(f->store,
		     "SELECT c.class FROM classes c LEFT JOIN (SELECT class, count(*) n "
		     "FROM "
		     "page GROUP BY class) p USING (class) WHERE p.n IS NOT c.pages",
		     "");
}

/* Other tables give the frame number or the snapshot. */
static void test_joins(StoreFixture *f, gconstpointer data)
{
	g_autofree char *runs = query_rows(f->store, "SELECT count(*) FROM runs");

	assert_query(f->store,
		     "SELECT count(*) FROM runs r JOIN page p ON p.snapshot = r.snapshot "
		     "AND p.pfn BETWEEN r.pfn AND r.pfn + r.pages - 1 WHERE p.class = "
		     "r.class",
		     "263378");
	assert_query(f->store,
		     "SELECT count(*) FROM page p JOIN runs r ON r.snapshot = p.snapshot "
		     "AND r.pfn = p.pfn AND r.class <> p.class",
		     "0");
	assert_query(f->store,
		     "SELECT count(*) FROM runs r WHERE (SELECT p.class FROM page p "
		     "WHERE "
		     "p.pfn = r.pfn) = r.class",
		     runs);
	assert_query(f->store,
		     "SELECT b.pfn, p.first_pfn <= b.pfn FROM free_block b JOIN page p "
		     "USING (pfn)",
		     "8|1");
	assert_query(f->store,
		     "SELECT count(*), count(z.id) FROM page p LEFT JOIN zones z ON "
		     "z.snapshot = p.snapshot AND z.id = 77 WHERE p.pfn < 10",
		     "10|0");
	/* Two cursors far apart push each other's tiles out of the cache. */
	assert_query(f->store,
		     "SELECT count(*) FROM page a JOIN page b ON b.pfn = "
		     "(a.pfn * 65536 + a.pfn) % 263378 WHERE a.pfn < 3000 AND b.pfn >= 0",
		     "3000");
}

static void test_snapshots(StoreFixture *f, gconstpointer data)
{
	g_autoptr(Map) second = map_new(2);
	g_autoptr(GError) error = NULL;
	g_autoptr(AnzStore) store = NULL;
	g_autofree char *first_classes = query_rows(f->store, "SELECT class FROM page");
	AnzStoreWriter *writer = anz_store_writer_new(f->path, TRUE, &error);

	g_assert_no_error(error);
	write_snapshot(writer, second);
	store = anz_store_writer_commit(writer, &error);
	g_assert_no_error(error);
	g_assert_cmpint(anz_store_snapshot(store), ==, 2);
	assert_query(store, "SELECT class FROM page(1)", first_classes);
	g_assert_true(anz_store_set_snapshot(store, 1, &error));
	assert_query(store, "SELECT class FROM page", first_classes);
	assert_query(store, "SELECT min(snapshot), max(snapshot), count(*) FROM page(2)",
		     "2|2|263378");
	assert_query(store,
		     "SELECT s.id, count(*) FROM snapshot s JOIN page p ON p.snapshot = "
		     "s.id "
		     "WHERE p.pfn < 70000 GROUP BY s.id",
		     "1|70000\n2|70000");
	assert_query(store,
		     "SELECT count(*) FROM page(1) a JOIN page(2) b ON a.pfn = b.pfn "
		     "WHERE a.pfn BETWEEN 65536 AND 65545 AND a.class = b.class",
		     "10");
	g_assert_false(anz_store_set_snapshot(store, 3, &error));
	g_assert_error(error, ANZ_ERROR, ANZ_ERROR_FORMAT);
	g_assert_cmpint(anz_store_snapshot(store), ==, 1);
}

/* Analyses that leave out the flags and counts have NULL, not zero, in these columns. */
static void test_not_recorded(StoreFixture *f, gconstpointer data)
{
	g_autoptr(AnzStore) store = NULL;

	edit_file(f->path, "DELETE FROM tile WHERE plane >= 5;"
		  "DELETE FROM meta WHERE key = 'kernel.vmemmap'");
	store = anz_store_open(f->path, NULL);
	assert_query(store,
		     "SELECT count(*), count(flags), count(flags_text), count(refcount), "
		     "count(mapcount), count(struct_page), count(descriptor), "
		     "count(\"order\") > 0 "
		     "FROM page",
		     "263378|0|0|0|0|0|0|1");
	assert_query(store,
		     "SELECT count(*) FROM page WHERE struct_page = 0xffffea0000000040",
		     "0");
}

static void test_damaged_tiles(StoreFixture *f, gconstpointer data)
{
	static const char *const edits[] = {
		"UPDATE tile SET data = x'00' WHERE plane = 0 AND tile = 3",
		"UPDATE tile SET data = substr(data, 1, length(data) - 3) WHERE plane = "
		"0 AND tile = 3",
		"UPDATE tile SET data = (SELECT data FROM tile WHERE plane = 2 AND tile "
		"= 3) "
		"WHERE plane = 0 AND tile = 3",
		"UPDATE tile SET data = 'text' WHERE plane = 0 AND tile = 3",
		"UPDATE tile SET data = x'' WHERE plane = 0 AND tile = 3",
		/* Bytes above the classes: the migratetype plane has 255. */
		"UPDATE tile SET data = (SELECT data FROM tile WHERE plane = 3 AND tile "
		"= 3) "
		"WHERE plane = 0 AND tile = 3",
	};
	guint8 classes[10];

	for (guint i = 0; i < G_N_ELEMENTS(edits); i++) {
		g_autoptr(GError) error = NULL;
		g_autoptr(AnzStore) store = NULL;
		g_autoptr(AnzQuery) query = NULL;

		edit_file(f->path, edits[i]);
		store = anz_store_open(f->path, &error);
		g_assert_no_error(error);
		g_assert_true(anz_store_read_plane(store, ANZ_PLANE_CLASS, 0, 10, classes,
						   NULL));
		g_assert_false(anz_store_read_plane(store, ANZ_PLANE_CLASS,
						    3 * ANZ_TILE_PAGES + 5, 10, classes,
						    &error));
		g_assert_error(error, ANZ_ERROR, ANZ_ERROR_FORMAT);
		g_assert_nonnull(strstr(error->message, "tile 3 of plane class"));
		g_assert_nonnull(strstr(error->message, f->path));
		g_clear_error(&error);
		query = anz_store_query(store, "SELECT count(class) FROM page", &error);
		g_assert_no_error(error);
		g_assert_false(anz_query_next(query, &error));
		g_assert_error(error, ANZ_ERROR, ANZ_ERROR_FORMAT);
		g_assert_nonnull(strstr(error->message, "tile 3 of plane class"));
		/* What does not need the tile does not read it. */
		assert_query(store, "SELECT count(zone) > 0 FROM page", "1");
		assert_query(store, "SELECT count(class) FROM page WHERE pfn < 196608",
			     "196608");
		assert_query(store,
			     "SELECT count(class) FROM page WHERE class = 'slab' AND "
			     "physical >= 0x10000000 AND physical < 0x30000000",
			     "65536");
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	ADD_STORE_TEST("planes", test_planes);
	ADD_STORE_TEST("planes-outside", test_planes_outside);
	ADD_STORE_TEST("pyramid", test_pyramid);
	ADD_STORE_TEST("pyramid/no-overview", test_no_overview);
	ADD_STORE_TEST("pyramid/damaged-overview", test_damaged_overview);
	ADD_STORE_TEST("pyramid-arguments", test_pyramid_arguments);
	ADD_STORE_TEST("page/rows", test_rows);
	ADD_STORE_TEST("page/conditions", test_conditions);
	ADD_STORE_TEST("page/order", test_order);
	ADD_STORE_TEST("page/joins", test_joins);
	ADD_STORE_TEST("page/snapshots", test_snapshots);
	ADD_STORE_TEST("page/not-recorded", test_not_recorded);
	ADD_STORE_TEST("page/damaged-tiles", test_damaged_tiles);
	return g_test_run();
}
