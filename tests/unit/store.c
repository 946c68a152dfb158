/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Opening and querying an analysis file, and everything that must be refused. */
#include <glib/gstdio.h>
#include <sqlite3.h>
#include <string.h>

#include "store-util.h"

/* --- reading --- */

static void test_meta(StoreFixture *f, gconstpointer data)
{
	g_autofree char *release = anz_store_meta(f->store, "kernel.release");
	g_autofree char *none = anz_store_meta(f->store, "kernel.nonsense");
	guint64 value = 7;

	g_assert_cmpstr(release, ==, "6.12.0-test");
	g_assert_null(none);
	g_assert_true(anz_store_meta_uint(f->store, "kernel.vmemmap", &value));
	g_assert_cmphex(value, ==, VMEMMAP);
	g_assert_true(anz_store_meta_uint(f->store, "format.struct_page_size", &value));
	g_assert_cmpuint(value, ==, 64);
	g_assert_false(anz_store_meta_uint(f->store, "kernel.release", &value));
	g_assert_false(anz_store_meta_uint(f->store, "kernel.nonsense", &value));
	g_assert_cmpuint(anz_store_max_pfn(f->store), ==, MAP_FRAMES);
	g_assert_cmpint(anz_store_snapshot(f->store), ==, 1);
	g_assert_true(anz_store_probe(f->path));
}

static void test_page_classes(StoreFixture *f, gconstpointer data)
{
	for (guint c = 0; c < ANZ_NR_CLASSES; c++) {
		const AnzPageClassInfo *info = anz_page_class_info(c);
		g_autofree char *sql =
			g_strdup_printf("SELECT name, letter, \"group\" FROM page_class "
					"WHERE number = %u",
					c);
		g_autofree char *row = g_strdup_printf("%s|%c|%s", info->name,
						       info->letter, info->group);

		g_assert_cmpint(anz_page_class_from_name(info->name), ==, c);
		assert_query(f->store, sql, row);
	}
	g_assert_null(anz_page_class_info(ANZ_NR_CLASSES));
	g_assert_cmpint(anz_page_class_from_name(""), ==, -1);
	g_assert_cmpint(anz_page_class_from_name("fre"), ==, -1);
	g_assert_cmpstr(anz_page_class_info(ANZ_CLASS_PAGE_TABLE)->name, ==,
			"page-table");
	g_assert_cmpstr(anz_page_class_info(ANZ_CLASS_HOLE)->name, ==, "hole");
}

static void test_query_refused(StoreFixture *f, gconstpointer data)
{
	static const struct {
		const char *sql, *message;
	} wrong[] = {
		{ "SELEC 1", "syntax error, at character 1: \"SELEC 1\"" },
		{ "SELECT 1 FORM page", "at character 15: \"page\"" },
		{ "SELECT '\303\244\303\266' || nonsense FROM page", "at character 16: "
								     "\"nonsense" },
		{ "SELECT * FROM nowhere", "no such table: nowhere" },
		{ "SELECT 1; SELECT 2", "more than one statement, the second at "
					"character 10" },
		{ "SELECT 1; nonsense", "more than one statement" },
		{ "", "no SQL" },
		{ "  -- only words", "no SQL" },
		{ "DELETE FROM classes", "can only be read" },
		{ "INSERT INTO page VALUES (1)", "" },
		{ "CREATE TABLE x (y)", "can only be read" },
		{ "CREATE TEMP TABLE x (y)", "can only be read" },
		{ "UPDATE sqlite_master SET sql = ''", "" },
		{ "ATTACH 'other.db' AS other", "can only be read" },
		{ "DETACH main", "can only be read" },
		{ "PRAGMA user_version = 5", "can only be read" },
		{ "PRAGMA query_only = 0", "can only be read" },
		{ "PRAGMA writable_schema = 1", "can only be read" },
		{ "SELECT * FROM pragma_query_only", "can only be read" },
		{ "VACUUM INTO 'other.db'", "" },
		{ "BEGIN", "can only be read" },
		{ "SELECT load_extension('x')", "" },
	};

	for (guint i = 0; i < G_N_ELEMENTS(wrong); i++) {
		g_autoptr(GError) error = NULL;
		AnzQuery *query = anz_store_query(f->store, wrong[i].sql, &error);

		/* VACUUM is refused when it is run. */
		if (query) {
			g_assert_false(anz_query_next(query, &error));
			anz_query_free(query);
		}
		assert_message(error, ANZ_ERROR_QUERY, wrong[i].message);
	}
	assert_query(f->store, "SELECT 1; -- the end\n ;;", "1");
	assert_query(f->store, "PRAGMA user_version", "1");
	assert_query(f->store, "SELECT count(*) > 5 FROM pragma_table_info('zones')",
		     "1");
}

static void test_query_values(StoreFixture *f, gconstpointer data)
{
	static const AnzColumnKind kinds[] = {
		ANZ_COLUMN_INTEGER, ANZ_COLUMN_TEXT, ANZ_COLUMN_ADDRESS, ANZ_COLUMN_PAGES,
		ANZ_COLUMN_BOOLEAN, ANZ_COLUMN_PAGES, ANZ_COLUMN_REAL, ANZ_COLUMN_INTEGER,
	};
	g_autoptr(GError) error = NULL;
	g_autoptr(AnzQuery) query =
		anz_store_query(f->store,
				"SELECT node, zone, address, managed, lock_held, "
				"sum(listed) AS pages, 0.5, "
				"count(*) FROM zones WHERE snapshot = :snapshot AND zone "
				"= :zone AND id > :id",
				&error);

	g_assert_no_error(error);
	g_assert_cmpuint(anz_query_n_columns(query), ==, G_N_ELEMENTS(kinds));
	g_assert_cmpstr(anz_query_column_name(query, 5), ==, "pages");
	g_assert_cmpint(anz_query_column_kind(query, 5), ==, ANZ_COLUMN_PAGES);
	g_assert_cmpint(anz_query_column_kind(query, 7), ==, ANZ_COLUMN_TEXT);
	anz_query_bind_text(query, ":zone", "Normal");
	anz_query_bind_int(query, ":id", 0);
	anz_query_bind_int(query, ":not_there", 0);
	g_assert_true(anz_query_next(query, &error));
	for (guint i = 0; i < G_N_ELEMENTS(kinds); i++)
		g_assert_cmpint(anz_query_column_kind(query, i), ==, kinds[i]);
	g_assert_cmphex((guint64)anz_query_int(query, 2), ==, 0xffff888000001000);
	g_assert_cmpint(anz_query_int(query, 5), ==, 28);
	g_assert_cmpfloat(anz_query_double(query, 6), ==, 0.5);
	g_assert_cmpint(anz_query_value_kind(query, 1), ==, ANZ_COLUMN_TEXT);
	g_assert_cmpint(anz_query_value_kind(query, 6), ==, ANZ_COLUMN_REAL);
	g_assert_false(anz_query_is_null(query, 0));
	g_assert_false(anz_query_next(query, &error));
	g_assert_no_error(error);
	/* It does not begin anew. */
	g_assert_false(anz_query_next(query, &error));
	g_assert_no_error(error);
}

static void test_cancel(StoreFixture *f, gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(AnzQuery) query = NULL;
	gint cancel = 1;

	anz_store_set_cancel(f->store, &cancel);
	query = anz_store_query(f->store, "SELECT count(*) FROM page a, page b", &error);
	g_assert_no_error(error);
	g_assert_false(anz_query_next(query, &error));
	g_assert_error(error, ANZ_ERROR, ANZ_ERROR_CANCELLED);
	g_clear_pointer(&query, anz_query_free);
	cancel = 0;
	assert_query(f->store, "SELECT count(*) FROM page", "263378");
	anz_store_set_cancel(f->store, NULL);
}

/* Statements are kept for when they are asked again; nobody must notice. */
static void test_query_again(StoreFixture *f, gconstpointer data)
{
	const char *sql = "SELECT pfn FROM page WHERE pfn = :pfn OR pfn = :pfn + 1 ORDER BY pfn";
	AnzQuery *first, *second;

	for (guint i = 0; i < 20; i++) {
		g_autofree char *other = g_strdup_printf("SELECT %u", i);

		first = anz_store_query(f->store, sql, NULL);
		anz_query_bind_int(first, ":pfn", 10 + i);
		g_assert_true(anz_query_next(first, NULL));
		g_assert_cmpint(anz_query_int(first, 0), ==, 10 + i);
		/* The same while the first is not done. */
		second = anz_store_query(f->store, sql, NULL);
		anz_query_bind_int(second, ":pfn", 100);
		g_assert_true(anz_query_next(second, NULL));
		g_assert_cmpint(anz_query_int(second, 0), ==, 100);
		anz_query_free(second);
		g_assert_true(anz_query_next(first, NULL));
		g_assert_cmpint(anz_query_int(first, 0), ==, 11 + i);
		anz_query_free(first);
		/* What was bound is gone. */
		first = anz_store_query(f->store, sql, NULL);
		g_assert_false(anz_query_next(first, NULL));
		anz_query_free(first);
		assert_query(f->store, other, other + strlen("SELECT "));
	}
	/* One that failed is none to keep, and one may outlive its store. */
	g_assert_null(anz_store_query(f->store, "SELECT 1; SELECT 2", NULL));
	g_assert_null(anz_store_query(f->store, "SELECT 1; SELECT 2", NULL));
	first = anz_store_query(f->store, sql, NULL);
	g_clear_pointer(&f->store, anz_store_close);
	anz_query_free(first);
}

static void test_named_queries(StoreFixture *f, gconstpointer data)
{
	guint n = 0;

	for (const AnzNamedQuery *q = anz_named_query_list(); q->name; q++, n++) {
		/* of frame 0 where a query is about one */
		g_auto(GStrv) parts = g_strsplit(q->sql, ":pfn", -1);
		g_autofree char *sql = g_strjoinv("0", parts);
		g_autofree char *rows = query_rows(f->store, sql);
		g_autofree char *at = g_strconcat("@", q->name, NULL);

		g_assert_cmpint(strlen(q->description), >, 10);
		/* What was read is counted of live memory only; live.c looks at that. */
		if (!*rows && strcmp(q->name, "reads"))
			g_error("@%s gives no rows", q->name);
		g_assert_cmpstr(anz_named_query(at), ==, q->sql);
		g_assert_cmpstr(anz_named_query(q->name), ==, q->sql);
	}
	g_assert_cmpuint(n, >=, 9);
	g_assert_null(anz_named_query("nonsense"));
	/*
	 * Free: 2 x 1, 2 x 2, 1 x 8 pages: 14.  Usable for order 2: 8, so 6 of 14 are
	 * not.
	 */
	assert_query(f->store, anz_named_query("@fragmentation"),
		     "0|Normal|0|2|2|14|0.0\n0|Normal|1|2|4|14|0.143\n"
		     "0|Normal|2|0|0|14|0.429\n0|Normal|3|1|8|14|0.429");
	assert_query(f->store, anz_named_query("free-blocks"),
		     "8|3|8|0|Normal|Movable|0");
	assert_query(f->store, anz_named_query("reconciliation"),
		     "NR_FREE_PAGES|14|14|0|0|free pages");
}

static void test_resolve(StoreFixture *f, gconstpointer data)
{
	static const struct {
		const char *text;
		AnzAddressKind kind;
		guint64 pfn, paddr, offset;
	} right[] = {
		{ "4711", ANZ_ADDRESS_PFN, 4711, 4711 * 4096, 0 },
		{ "pfn:0x10", ANZ_ADDRESS_PFN, 16, 0x10000, 0 },
		{ "0", ANZ_ADDRESS_PFN, 0, 0, 0 },
		{ "263377", ANZ_ADDRESS_PFN, 263377, 0x404d1000, 0 },
		{ "0x1267123", ANZ_ADDRESS_PHYSICAL, 0x1267, 0x1267123, 0x123 },
		{ "phys:0x1000", ANZ_ADDRESS_PHYSICAL, 1, 4096, 0 },
		{ "0x404d1fff", ANZ_ADDRESS_PHYSICAL, 263377, 0x404d1fff, 0xfff },
		{ "0xffffea0000000048", ANZ_ADDRESS_STRUCT_PAGE, 1, 0x1000, 8 },
		{ "ffffea0000000000", ANZ_ADDRESS_STRUCT_PAGE, 0, 0, 0 },
		{ "0xffff888001267123", ANZ_ADDRESS_DIRECT_MAP, 0x1267, 0x1267123,
		  0x123 },
		{ "virt:0xffff888000000000", ANZ_ADDRESS_DIRECT_MAP, 0, 0, 0 },
		{ "0xffffffff81000010", ANZ_ADDRESS_KERNEL_IMAGE, 0x1000, 0x1000010,
		  0x10 },
		{ "0xffffffff83000000", ANZ_ADDRESS_VIRTUAL, 0, 0, 0 },
		{ "0xffffc90000000000", ANZ_ADDRESS_VIRTUAL, 0, 0, 0 },
		{ "0xffff8880404d2000", ANZ_ADDRESS_VIRTUAL, 0, 0, 0 },
		{ "0xffffffffffffffff", ANZ_ADDRESS_VIRTUAL, 0, 0, 0 },
	};
	static const char *const wrong[] = {
		"",
		"x",
		"0x",
		"-1",
		" 5",
		"5 ",
		"1e5",
		"pfn:",
		"pfn:x",
		"virt:5",
		"page 5",
		"0x123456789abcdef01",
		"99999999999999999999",
		"263378",
		"pfn:263378",
		"0x404d2000",
		"phys:4096",	/* decimal: more likely a forgotten 0x */
		"phys:0xffff888000000000",
		"0x00007f0000000000",
		"deadbeef",
		"0x-5",
		"pfn:pfn:5",
	};

	for (guint i = 0; i < G_N_ELEMENTS(right); i++) {
		g_autoptr(GError) error = NULL;
		AnzAddress got;

		g_assert_true(anz_store_resolve(f->store, right[i].text, &got, &error));
		g_assert_no_error(error);
		g_assert_cmpint(got.kind, ==, right[i].kind);
		g_assert_cmphex(got.pfn, ==, right[i].pfn);
		g_assert_cmphex(got.paddr, ==, right[i].paddr);
		g_assert_cmphex(got.offset, ==, right[i].offset);
		g_assert_cmpint(strlen(got.words), >, 5);
		g_assert_cmpint(got.vaddr != 0, ==, got.kind >= ANZ_ADDRESS_STRUCT_PAGE);
	}
	for (guint i = 0; i < G_N_ELEMENTS(wrong); i++) {
		g_autoptr(GError) error = NULL;
		AnzAddress got = { .pfn = 77 };

		g_assert_false(anz_store_resolve(f->store, wrong[i], &got, &error));
		g_assert_error(error, ANZ_ERROR, ANZ_ERROR_ARGUMENT);
		g_assert_cmpuint(got.pfn, ==, 77);
	}
}

/* A memory descriptor's address means what it describes; "virt:" means where it lies. */
static void test_resolve_descriptor(StoreFixture *f, gconstpointer data)
{
	static const struct {
		const char *text;
		AnzAddressKind kind;
		guint64 pfn, offset;
		const char *words;
	} right[] = {
		{ "0xffff888000100050", ANZ_ADDRESS_DESCRIPTOR, 512, 0, "byte 0 of the File descriptor "
		  "(struct folio) of 4 pages from frame 512" },
		{ "0xffff88800010009f", ANZ_ADDRESS_DESCRIPTOR, 512, 79, "byte 79 of" },
		{ "ffff888000100050", ANZ_ADDRESS_DESCRIPTOR, 512, 0, "struct folio" },
		/* where the first ends, another one begins; its struct is not known */
		{ "0xffff8880001000a0", ANZ_ADDRESS_DESCRIPTOR, 516, 0, "KSM descriptor (of no known "
		  "struct) of 1 page from frame 516" },
		{ "0xffff8880001000af", ANZ_ADDRESS_DESCRIPTOR, 516, 15, "KSM" },
		{ "0xffff8880001000b0", ANZ_ADDRESS_DIRECT_MAP, 0x100, 0xb0, "direct map" },
		{ "0xffff88800010004f", ANZ_ADDRESS_DIRECT_MAP, 0x100, 0x4f, "direct map" },
		{ "virt:0xffff888000100050", ANZ_ADDRESS_DIRECT_MAP, 0x100, 0x50, "direct map" },
		{ "0xffff888000200000", ANZ_ADDRESS_DIRECT_MAP, 0x200, 0, "direct map" },
		/* numbers and physical addresses are none */
		{ "0x100050", ANZ_ADDRESS_PHYSICAL, 0x100, 0x50, "physical" },
	};
	g_autoptr(GError) error = NULL;

	g_clear_pointer(&f->store, anz_store_close);
	edit_file(f->path,
		  "INSERT INTO meta VALUES (1, 'format.shape', 'memdesc8');"
		  "DELETE FROM descriptors; DELETE FROM struct_layout;"
		  "INSERT INTO descriptors VALUES "
		  "(1, 0xffff888000100050, 'File', 'folio', 2, 512, 2, 4, 1, 'ok'),"
		  "(1, 0xffff8880001000a0, 'KSM', NULL, 4, 516, 0, 1, 0, 'ok'),"
		  "(1, 0x200000, 'File', 'folio', 2, 520, 0, 1, 1, 'ok'),"
		  /* a damaged file: outside the map */
		  "(1, 0xffff888000200000, 'File', 'folio', 2, 1 << 40, 0, 1, 1, 'ok');"
		  "INSERT INTO struct_layout VALUES (1, 'folio', NULL, NULL, NULL, 80)");
	f->store = anz_store_open(f->path, &error);
	g_assert_no_error(error);
	for (guint i = 0; i < G_N_ELEMENTS(right); i++) {
		AnzAddress got;

		g_assert_true(anz_store_resolve(f->store, right[i].text, &got, &error));
		g_assert_no_error(error);
		g_assert_cmpint(got.kind, ==, right[i].kind);
		g_assert_cmpuint(got.pfn, ==, right[i].pfn);
		g_assert_cmpuint(got.offset, ==, right[i].offset);
		g_assert_cmphex(got.paddr, ==, (right[i].pfn << 12) +
				(right[i].kind == ANZ_ADDRESS_DESCRIPTOR ? 0 : right[i].offset));
		g_assert_nonnull(strstr(got.words, right[i].words));
	}
}

/* --- opening --- */

static void refuse(const char *path, int code, const char *part)
{
	g_autoptr(GError) error = NULL;
	AnzStore *store = anz_store_open(path, &error);

	g_assert_null(store);
	g_assert_nonnull(error);
	if (!strstr(error->message, path))
		g_error("the file's name is not in: %s", error->message);
	assert_message(error, code, part);
}

static void test_open_refused(StoreFixture *f, gconstpointer data)
{
	g_autofree char *other = g_build_filename(f->folder, "other", NULL);

	refuse(other, ANZ_ERROR_IO, "No such file");
	refuse(f->folder, ANZ_ERROR_IO, "directory");
	g_file_set_contents(other, "", 0, NULL);
	refuse(other, ANZ_ERROR_FORMAT, "not an analysis file");
	g_file_set_contents(other,
			    "KDUMP   and so on, for more than a hundred bytes or so. "
			    "KDUMP   and so on, for more than a hundred bytes or so. ",
			    -1, NULL);
	refuse(other, ANZ_ERROR_FORMAT, "not an analysis file");
	g_assert_false(anz_store_probe(other));
	g_remove(other);
	edit_file(other, "CREATE TABLE snapshot (id); INSERT INTO snapshot VALUES (1)");
	refuse(other, ANZ_ERROR_FORMAT, "not an analysis file");
	edit_file(other, "PRAGMA application_id = 0x6d656d64; PRAGMA user_version = 1");
	g_assert_true(anz_store_probe(other));
	refuse(other, ANZ_ERROR_QUERY, "max_pfn");

	edit_file(f->path, "PRAGMA user_version = 2");
	refuse(f->path, ANZ_ERROR_UNSUPPORTED, "newer version");
	edit_file(f->path, "PRAGMA user_version = -1");
	refuse(f->path, ANZ_ERROR_FORMAT, "damaged");
	edit_file(f->path, "PRAGMA user_version = 1; UPDATE snapshot SET page_size = "
			   "1000");
	refuse(f->path, ANZ_ERROR_FORMAT, "snapshot 1");
	edit_file(f->path, "UPDATE snapshot SET page_size = 4096, max_pfn = 1 << 50");
	refuse(f->path, ANZ_ERROR_FORMAT, "snapshot 1");
	edit_file(f->path, "DELETE FROM snapshot");
	refuse(f->path, ANZ_ERROR_FORMAT, "holds no snapshot");
}

/* Reads a damaged file through and through; errors are fine, anything else is not. */
static void read_all(const char *path)
{
	static const char *const queries[] = {
		"SELECT * FROM page WHERE pfn % 97 = 0",
		"SELECT * FROM classes",
		"SELECT class, count(*) FROM page GROUP BY class",
		"SELECT count(*) FROM runs",
		"PRAGMA integrity_check",
	};
	g_autoptr(GError) error = NULL;
	g_autoptr(AnzStore) store = anz_store_open(path, &error);
	guint8 classes[100];

	if (!store) {
		g_assert_nonnull(error);
		return;
	}
	for (guint i = 0; i < G_N_ELEMENTS(queries); i++) {
		g_autoptr(AnzQuery) query = anz_store_query(store, queries[i], NULL);

		while (query && anz_query_next(query, NULL))
			anz_query_text(query, 0);
	}
	anz_store_read_plane(store, ANZ_PLANE_CLASS, 3 * ANZ_TILE_PAGES, 100, classes,
			     NULL);
	anz_store_read_pyramid(store, 4, 0, 100, classes, NULL, NULL);
	anz_store_read_pyramid(store, 9, 0, 1, classes, NULL, NULL);
}

static void test_damaged(StoreFixture *f, gconstpointer data)
{
	g_autofree char *other = g_build_filename(f->folder, "other", NULL);
	g_autofree char *bytes = NULL;
	guint32 state = 5;
	gsize len;

	g_file_get_contents(f->path, &bytes, &len, NULL);
	for (guint i = 0; i < 60; i++) {
		g_file_set_contents(other, bytes, (gssize)(len * i / 60), NULL);
		read_all(other);
	}
	for (guint i = 0; i < 60; i++) {
		g_autofree char *copy = g_memdup2(bytes, len);

		for (guint j = 0; j < 1 + i; j++) {
			state = state * 1664525 + 1013904223;
			copy[(j % 2 ? (state >> 4) % 4096 : state) % len] =
				(char)(state >> 24);
		}
		/* So that more than the header check is tested. */
		memcpy(copy, bytes, 100);
		g_file_set_contents(other, copy, (gssize)len, NULL);
		read_all(other);
	}
}

/* --- the loadable extension --- */

static const char *const extension_queries[] = {
	"SELECT class, count(*) FROM page GROUP BY class",
	"SELECT * FROM page WHERE pfn BETWEEN 65530 AND 65540",
	"SELECT count(*) FROM runs r JOIN page p ON p.pfn = r.pfn AND p.class = r.class",
	"SELECT pfn, flags_text FROM page WHERE class = 'slab' AND pfn < 70000",
};

static const char *extension(void)
{
	const char *module = g_getenv("MEMDESC_PAGE_EXTENSION");

	if (!module)
		g_test_skip("needs MEMDESC_PAGE_EXTENSION=.../memdesc_page.so");
	return module;
}

static int append_row(void *data, int n, char **values, char **names)
{
	GString *rows = data;

	for (int i = 0; i < n; i++)
		g_string_append_printf(rows, "%s%s", i ? "|" : rows->len ? "\n" : "",
				       values[i] ? values[i] : "");
	return 0;
}

/* In a connection that knows nothing of the library, while the file grows by a snapshot. */
static void test_extension(StoreFixture *f, gconstpointer data)
{
	g_autoptr(Map) second = map_new(2);
	g_autoptr(GString) count = g_string_new(NULL);
	AnzStoreWriter *writer;
	char *message = NULL;
	sqlite3 *db = NULL;

	if (!extension())
		return;
	g_assert_cmpint(sqlite3_open(f->path, &db), ==, SQLITE_OK);
	sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 1, NULL);
	sqlite3_load_extension(db, extension(), NULL, &message);
	g_assert_cmpstr(message, ==, NULL);
	for (guint i = 0; i < G_N_ELEMENTS(extension_queries); i++) {
		g_autofree char *expected = query_rows(f->store, extension_queries[i]);
		g_autoptr(GString) rows = g_string_new(NULL);

		sqlite3_exec(db, extension_queries[i], append_row, rows, &message);
		g_assert_cmpstr(message, ==, NULL);
		g_assert_cmpstr(rows->str, ==, expected);
	}
	writer = anz_store_writer_new(f->path, TRUE, NULL);
	write_snapshot(writer, second);
	anz_store_close(anz_store_writer_commit(writer, NULL));
	sqlite3_exec(db, "SELECT DISTINCT snapshot FROM page UNION ALL "
		     "SELECT DISTINCT snapshot FROM page(1)", append_row, count, &message);
	g_assert_cmpstr(count->str, ==, "2\n1");
	/* An ordinary close finds no statement left open. */
	g_assert_cmpint(sqlite3_close(db), ==, SQLITE_OK);

	g_assert_cmpint(sqlite3_open(":memory:", &db), ==, SQLITE_OK);
	sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 1, NULL);
	sqlite3_load_extension(db, extension(), NULL, &message);
	g_assert_cmpint(sqlite3_exec(db, "SELECT * FROM page", NULL, NULL, &message), !=,
			SQLITE_OK);
	g_assert_nonnull(strstr(message, "no such table: main.snapshot"));
	sqlite3_free(message);
	sqlite3_close(db);
}

static void test_shell(StoreFixture *f, gconstpointer data)
{
	g_autofree char *shell = g_find_program_in_path("sqlite3");
	g_autofree char *load = NULL;

	if (!extension())
		return;
	if (!shell) {
		g_test_skip("there is no sqlite3 program here");
		return;
	}
#ifdef __SANITIZE_ADDRESS__
	g_test_skip("a sanitized module does not load into a program without sanitizer");
	return;
#endif
	load = g_strdup_printf(".load %s", extension());
	for (guint i = 0; i < G_N_ELEMENTS(extension_queries); i++) {
		const char *argv[] = { shell, "-bail", f->path, "-cmd", load,
				       extension_queries[i], NULL };
		g_autofree char *out = NULL, *messages = NULL;
		g_autofree char *expected = query_rows(f->store, extension_queries[i]);
		g_autoptr(GError) error = NULL;
		int status;

		g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, &out,
			     &messages, &status, &error);
		g_assert_no_error(error);
		g_assert_cmpstr(messages, ==, "");
		g_assert_cmpint(status, ==, 0);
		g_assert_cmpstr(g_strchomp(out), ==, expected);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	ADD_STORE_TEST("meta", test_meta);
	ADD_STORE_TEST("page-classes", test_page_classes);
	ADD_STORE_TEST("query/refused", test_query_refused);
	ADD_STORE_TEST("query/values", test_query_values);
	ADD_STORE_TEST("query/cancel", test_cancel);
	ADD_STORE_TEST("query/again", test_query_again);
	ADD_STORE_TEST("query/named", test_named_queries);
	ADD_STORE_TEST("resolve", test_resolve);
	ADD_STORE_TEST("resolve-descriptor", test_resolve_descriptor);
	ADD_STORE_TEST("open/refused", test_open_refused);
	ADD_STORE_TEST("open/damaged", test_damaged);
	ADD_STORE_TEST("extension/library", test_extension);
	ADD_STORE_TEST("extension/shell", test_shell);
	return g_test_run();
}
