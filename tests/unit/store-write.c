/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Writing, appending to and exporting an analysis file; nothing half-written is ever
 * left.
 */
#include <glib/gstdio.h>
#include <signal.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store-util.h"
#include "store/store-private.h"

static void test_private(StoreFixture *f, gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	AnzStoreWriter *writer = anz_store_writer_new(NULL, FALSE, &error);
	g_autoptr(AnzStore) store = NULL;

	g_assert_no_error(error);
	write_snapshot(writer, f->map);
	store = anz_store_writer_commit(writer, &error);
	g_assert_no_error(error);
	assert_query(store,
		     "SELECT count(*) FROM page WHERE class = 'slab' AND pfn < 131072 "
		     "AND "
		     "pfn >= 65536",
		     "65536");
	g_assert_null(anz_store_query(store, "DROP TABLE runs", NULL));
	/* It can be made a file. */
	g_assert_cmpuint(folder_count(f->folder), ==, 1);
	g_autofree char *other = g_build_filename(f->folder, "other", NULL);
	g_assert_true(anz_store_export(store, other, FALSE, &error));
	g_assert_no_error(error);
	g_assert_true(anz_store_probe(other));
}

static AnzStoreWriter *start(const char *path, gboolean append)
{
	g_autoptr(GError) error = NULL;
	AnzStoreWriter *writer = anz_store_writer_new(path, append, &error);

	g_assert_no_error(error);
	return writer;
}

static void test_write_refused(StoreFixture *f, gconstpointer data)
{
	g_autofree char *text = g_build_filename(f->folder, "notes.txt", NULL);
	g_autofree char *nowhere =
		g_build_filename(f->folder, "no", "such", "folder", NULL);
	g_autofree char *kept = NULL;
	g_autoptr(GError) error = NULL;

	for (gboolean append = FALSE; append <= TRUE; append++) {
		g_file_set_contents(text, "precious", -1, NULL);
		g_assert_null(anz_store_writer_new(text, append, &error));
		assert_message(error, ANZ_ERROR_IO, "is not an analysis file");
		g_assert_null(anz_store_writer_new(f->folder, append, &error));
		assert_message(error, ANZ_ERROR_IO, "not a regular file");
		g_assert_null(anz_store_writer_new("/dev/null", append, &error));
		assert_message(error, ANZ_ERROR_IO, "not a regular file");
		g_assert_null(anz_store_writer_new(nowhere, append, &error));
		assert_message(error, ANZ_ERROR_IO, "choose another output file");
	}
	g_file_get_contents(text, &kept, NULL, NULL);
	g_assert_cmpstr(kept, ==, "precious");
	g_assert_cmpuint(folder_count(f->folder), ==, 2);
	/* An empty file, as mktemp makes it, holds nothing to lose. */
	g_file_set_contents(text, "", 0, NULL);
	anz_store_writer_free(start(text, FALSE));
	g_assert_cmpuint(folder_count(f->folder), ==, 2);
}

static void test_replace(StoreFixture *f, gconstpointer data)
{
	g_autofree char *link = g_build_filename(f->folder, "link.db", NULL);
	g_autoptr(GError) error = NULL;
	AnzStoreWriter *writer;
	struct stat st;

	g_assert_cmpint(symlink("memory.db", link), ==, 0);
	g_assert_cmpint(chmod(f->path, 0640), ==, 0);
	/* Nothing is to be seen of a file that is not committed. */
	writer = start(link, FALSE);
	write_snapshot(writer, f->map);
	g_assert_cmpuint(folder_count(f->folder), ==, 3);
	anz_store_writer_free(writer);
	g_assert_cmpuint(folder_count(f->folder), ==, 2);
	assert_query(f->store, "SELECT tool FROM snapshot", "test");

	writer = start(link, FALSE);
	anz_store_writer_insert(writer, "snapshot", "-ssui", "now", "another",
				(guint64)100, (gint64)4096);
	anz_store_close(anz_store_writer_commit(writer, &error));
	g_assert_no_error(error);
	g_assert_cmpuint(folder_count(f->folder), ==, 2);
	g_assert_true(g_file_test(link, G_FILE_TEST_IS_SYMLINK));
	g_assert_cmpint(stat(f->path, &st), ==, 0);
	g_assert_cmpint(st.st_mode & 0777, ==, 0640);
	/* Who had the old file open still has it. */
	assert_query(f->store, "SELECT tool FROM snapshot", "test");
	anz_store_close(f->store);
	f->store = anz_store_open(f->path, &error);
	assert_query(f->store, "SELECT tool FROM snapshot", "another");
}

/* Commits and expects a failure that leaves the folder as it was. */
static void commit_fails(StoreFixture *f, AnzStoreWriter *writer, int code,
			 const char *part)
{
	g_autoptr(GError) error = NULL;

	g_assert_null(anz_store_writer_commit(writer, &error));
	assert_message(error, code, part);
	g_assert_cmpuint(folder_count(f->folder), ==, 1);
	assert_query(f->store, "SELECT group_concat(id) FROM snapshot", "1");
}

static void test_write_mistakes(StoreFixture *f, gconstpointer data)
{
	g_autofree char *other = g_build_filename(f->folder, "other", NULL);
	g_autofree guint8 *tile = g_malloc(ANZ_TILE_PAGES);
	AnzStoreWriter *writer;

	for (gboolean append = FALSE; append <= TRUE; append++) {
		const char *path = append ? f->path : other;

		commit_fails(f, start(path, append), ANZ_ERROR_ARGUMENT,
			     "no row of table snapshot");

		writer = start(path, append);
		anz_store_writer_insert(writer, "nonsense", "s", "x");
		g_assert_nonnull(anz_store_writer_error(writer));
		write_snapshot(writer, f->map);
		commit_fails(f, writer, ANZ_ERROR_ARGUMENT, "table nonsense");

		writer = start(path, append);
		anz_store_writer_insert(writer, "migratetype", "i", (gint64)1);
		commit_fails(f, writer, ANZ_ERROR_ARGUMENT,
			     "\"i\" does not fit table migratetype");

		writer = start(path, append);
		anz_store_writer_insert(writer, "migratetype", "is", (gint64)1, "a");
		anz_store_writer_insert(writer, "migratetype", "is", (gint64)1, "b");
		commit_fails(f, writer, ANZ_ERROR_QUERY, "UNIQUE");

		writer = start(path, append);
		anz_store_writer_insert(writer, "migratetype", "is", (gint64)1, NULL);
		commit_fails(f, writer, ANZ_ERROR_QUERY, "NOT NULL");

		writer = start(path, append);
		anz_store_writer_insert(writer, "snapshot", "-ssui", "now", "test",
					(guint64)100, (gint64)4096);
		memset(tile, ANZ_CLASS_HOLE, ANZ_TILE_PAGES);
		tile[100] = ANZ_CLASS_ANON;
		anz_store_writer_tile(writer, ANZ_PLANE_CLASS, 0, tile);
		commit_fails(f, writer, ANZ_ERROR_ARGUMENT, "frame 100 is no hole");

		writer = start(path, append);
		tile[99] = ANZ_NR_CLASSES;
		anz_store_writer_tile(writer, ANZ_PLANE_CLASS, 0, tile);
		commit_fails(f, writer, ANZ_ERROR_ARGUMENT, "not assigned");
	}
}

/* The device is full, or the file may not grow: whichever the system says. */
static void test_disk_full(StoreFixture *f, gconstpointer data)
{
	g_autofree char *other = g_build_filename(f->folder, "other", NULL);
	struct rlimit old, small = { .rlim_cur = 100000 };
	AnzStoreWriter *writer = start(other, FALSE);

	sqlite3_exec(anz_store_writer_db(writer), "PRAGMA max_page_count = 30", NULL,
		     NULL, NULL);
	write_snapshot(writer, f->map);
	commit_fails(f, writer, ANZ_ERROR_IO, "no space left");

	writer = start(f->path, TRUE);
	sqlite3_exec(anz_store_writer_db(writer), "PRAGMA max_page_count = 30", NULL,
		     NULL, NULL);
	write_snapshot(writer, f->map);
	commit_fails(f, writer, ANZ_ERROR_IO, "no space left");

	writer = start(other, FALSE);
	getrlimit(RLIMIT_FSIZE, &old);
	small.rlim_max = old.rlim_max;
	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &small);
	write_snapshot(writer, f->map);
	commit_fails(f, writer, ANZ_ERROR_IO, "File too large");
	setrlimit(RLIMIT_FSIZE, &old);
}

static void test_cancelled(StoreFixture *f, gconstpointer data)
{
	g_autofree char *other = g_build_filename(f->folder, "other", NULL);
	gint cancel;

	for (gboolean append = FALSE; append <= TRUE; append++) {
		AnzStoreWriter *writer = start(append ? f->path : other, append);

		cancel = 0;
		anz_store_writer_set_cancel(writer, &cancel);
		write_snapshot(writer, f->map);
		g_assert_no_error(anz_store_writer_error(writer));
		g_atomic_int_set(&cancel, 1);
		commit_fails(f, writer, ANZ_ERROR_CANCELLED, "cancelled");
	}
}

static void test_append(StoreFixture *f, gconstpointer data)
{
	g_autofree char *other = g_build_filename(f->folder, "other", NULL);
	g_autoptr(GError) error = NULL;
	g_autoptr(AnzStore) store = NULL;
	AnzStoreWriter *writer = start(f->path, TRUE);

	write_snapshot(writer, f->map);
	anz_store_writer_free(writer);
	assert_query(f->store, "SELECT count(*) FROM snapshot", "1");

	writer = start(f->path, TRUE);
	write_snapshot(writer, f->map);
	store = anz_store_writer_commit(writer, &error);
	g_assert_no_error(error);
	assert_query(store,
		     "SELECT id, (SELECT count(*) FROM tile WHERE snapshot = id), "
		     "(SELECT "
		     "count(*) FROM meta WHERE snapshot = id) = 14 FROM snapshot",
		     "1|49|1\n2|49|1");
	/* A reader that was open all the time sees it too. */
	assert_query(f->store,
		     "SELECT count(*) FROM page(2) WHERE class = 'slab' AND pfn < 70000 "
		     "AND "
		     "pfn > 65535",
		     "4464");

	g_clear_pointer(&store, anz_store_close);
	writer = start(other, TRUE);
	write_snapshot(writer, f->map);
	store = anz_store_writer_commit(writer, &error);
	g_assert_no_error(error);
	assert_query(store, "SELECT id FROM snapshot", "1");

	edit_file(other, "PRAGMA user_version = 7");
	g_assert_null(anz_store_writer_new(other, TRUE, &error));
	assert_message(error, ANZ_ERROR_UNSUPPORTED, "has schema 7");
}

/* Tables are added without a new schema version; files from before that are told as such. */
static void test_older(StoreFixture *f, gconstpointer data)
{
	g_autoptr(AnzStore) store = NULL;
	g_autoptr(GError) error = NULL;

	g_assert_null(anz_store_query(f->store, "SELECT * FROM nowhere", &error));
	assert_message(error, ANZ_ERROR_QUERY, "query: no such table: nowhere");
	edit_file(f->path, "DROP TABLE format_fact");
	store = anz_store_open(f->path, &error);
	g_assert_no_error(error);
	assert_query(store, "SELECT count(*) FROM snapshot", "1");
	g_assert_null(anz_store_query(store, "SELECT * FROM format_fact", &error));
	assert_message(error, ANZ_ERROR_QUERY, "no such table: format_fact: another version made ");
	g_assert_null(anz_store_writer_new(f->path, TRUE, &error));
	assert_message(error, ANZ_ERROR_UNSUPPORTED, "no (or another) table format_fact; write a new file");
	edit_file(f->path, "CREATE TABLE format_fact (snapshot INTEGER)");
	g_assert_null(anz_store_writer_new(f->path, TRUE, &error));
	assert_message(error, ANZ_ERROR_UNSUPPORTED, "no (or another) table format_fact; write a new file");
}

/*
 * A program that is killed while it appends leaves a journal; the next reader undoes the
 * half.
 */
static void test_append_killed(StoreFixture *f, gconstpointer data)
{
	g_autofree char *journal = g_strconcat(f->path, "-journal", NULL);
	pid_t child = fork();
	int status;

	if (child == 0) {
		AnzStoreWriter *writer = anz_store_writer_new(f->path, TRUE, NULL);

		sqlite3_exec(anz_store_writer_db(writer), "PRAGMA cache_size = 2", NULL,
			     NULL, NULL);
		write_snapshot(writer, f->map);
		_exit(anz_store_writer_error(writer) ? 1 : 0);
	}
	g_assert_cmpint(waitpid(child, &status, 0), ==, child);
	g_assert_cmpint(status, ==, 0);
	g_assert_true(g_file_test(journal, G_FILE_TEST_EXISTS));
	anz_store_close(f->store);
	f->store = anz_store_open(f->path, NULL);
	g_assert_nonnull(f->store);
	assert_query(f->store, "SELECT count(*) FROM snapshot", "1");
	assert_query(f->store, "PRAGMA integrity_check", "ok");
	assert_query(f->store, "SELECT max(snapshot) FROM tile", "1");
}

static void test_facts(StoreFixture *f, gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(AnzStore) store = NULL;
	AnzStoreWriter *writer = start(NULL, FALSE);

	anz_store_writer_insert(writer, "snapshot", "-ssui", "now", "test", (guint64)100,
				(gint64)4096);
	anz_store_writer_meta(writer, "a.b", "%d", 1);
	anz_store_writer_meta(writer, "a.b", "%d%%", 2);
	anz_store_writer_fact(writer, "x", "DWARF", "%s", "y");
	anz_store_writer_fact(writer, "x", "built-in", "0x%x", 255);
	anz_store_writer_insert(writer, "counter", "nssin", ANZ_NULL, NULL, "n",
				G_MAXINT64, (gint64)-1);
	store = anz_store_writer_commit(writer, &error);
	g_assert_no_error(error);
	assert_query(store, "SELECT * FROM meta", "1|a.b|2%");
	assert_query(store, "SELECT * FROM format_fact", "1|x|0xff|built-in");
	assert_query(store, "SELECT *, node IS NULL FROM counter",
		     "1|||n|9223372036854775807|-1|1");
	/* A map without a tile is all holes. */
	assert_query(store, "SELECT class, count(*) FROM page GROUP BY class",
		     "hole|100");
}

/* Workers compress, the writer's thread inserts. */
static gpointer encode(gpointer data)
{
	g_autoptr(AnzCodecContext) codec = anz_codec_context_new();
	const Map *map = data;

	return anz_encoded_tile_new(codec, ANZ_PLANE_CLASS, 3,
				    map->page_class + 3 * ANZ_TILE_PAGES);
}

static void test_encoded(StoreFixture *f, gconstpointer data)
{
	GThread *thread = g_thread_new("encode", encode, f->map);
	AnzEncodedTile *encoded = g_thread_join(thread);
	g_autoptr(AnzStore) store = NULL;
	AnzStoreWriter *writer = start(NULL, FALSE);
	g_autofree char *expected = NULL;

	anz_store_writer_insert(writer, "snapshot", "-ssui", "now", "test",
				(guint64)MAP_FRAMES, (gint64)4096);
	anz_store_writer_put(writer, encoded);
	anz_encoded_tile_free(NULL);
	store = anz_store_writer_commit(writer, NULL);
	expected = query_rows(f->store, "SELECT class FROM page WHERE pfn BETWEEN 196608 "
					"AND 262143");
	assert_query(store, "SELECT class FROM page WHERE pfn BETWEEN 196608 AND 262143",
		     expected);
	assert_query(store, "SELECT count(*) FROM histogram", "31");
}

/* Coarse cells are kept 16 tiles at a time, in whatever order the tiles come. */
static void test_overview(StoreFixture *f, gconstpointer data)
{
	static const guint tiles[] = { 40, 3, 17, 2, 16, 31 };
	AnzStoreWriter *writer = start(NULL, FALSE);
	g_autoptr(AnzStore) store = NULL;
	g_autofree guint8 *tile = g_malloc(ANZ_TILE_PAGES);

	anz_store_writer_insert(writer, "snapshot", "-ssui", "now", "test",
				(guint64)48 * ANZ_TILE_PAGES, (gint64)4096);
	for (guint i = 0; i < G_N_ELEMENTS(tiles); i++) {
		memset(tile, (int)i, ANZ_TILE_PAGES);
		anz_store_writer_tile(writer, ANZ_PLANE_CLASS, tiles[i], tile);
	}
	store = anz_store_writer_commit(writer, NULL);
	g_assert_nonnull(store);
	assert_query(store, "SELECT part FROM overview", "0\n1\n2");
	for (guint level = 3; level <= 8; level++) {
		const guint per_tile = ANZ_TILE_PAGES >> (2 * level);
		g_autofree guint8 *dominant = g_malloc(48 * per_tile);
		g_autofree guint32 *set = g_new(guint32, 48 * per_tile);

		g_assert_true(anz_store_read_pyramid(store, level, 0, 48 * per_tile, dominant, set,
						     NULL));
		for (guint cell = 0; cell < 48 * per_tile; cell++) {
			guint expected = ANZ_CLASS_HOLE;

			for (guint i = 0; i < G_N_ELEMENTS(tiles); i++)
				if (tiles[i] == cell / per_tile)
					expected = i;
			g_assert_cmpuint(dominant[cell], ==, expected);
			g_assert_cmphex(set[cell], ==, 1u << expected);
		}
	}
}

/* --- export --- */

static void test_export(StoreFixture *f, gconstpointer data)
{
	g_autofree char *other = g_build_filename(f->folder, "other", NULL);
	g_autofree char *tables = query_rows(f->store,
		"SELECT name FROM sqlite_schema WHERE type = 'table'");
	g_auto(GStrv) names = g_strsplit(tables, "\n", -1);
	g_autoptr(GError) error = NULL;
	g_autoptr(AnzStore) copy = NULL;
	AnzStoreWriter *writer = start(f->path, TRUE);

	/* Of a file with three snapshots the middle one. */
	for (guint i = 0; i < 2; i++) {
		g_autoptr(Map) map = map_new(i + 2);

		if (i)
			writer = start(f->path, TRUE);
		write_snapshot(writer, map);
		anz_store_close(anz_store_writer_commit(writer, &error));
		g_assert_no_error(error);
	}
	g_assert_true(anz_store_set_snapshot(f->store, 2, &error));
	g_assert_true(anz_store_export(f->store, other, FALSE, &error));
	g_assert_no_error(error);
	copy = anz_store_open(other, &error);
	g_assert_no_error(error);
	g_assert_cmpint(anz_store_snapshot(copy), ==, 2);
	g_assert_cmpuint(g_strv_length(names), >=, 22);
	for (guint i = 0; names[i]; i++) {
		gboolean whole = strcmp(names[i], "page_class") == 0;
		gboolean parent = strcmp(names[i], "snapshot") == 0;
		g_autofree char *sql =
			g_strdup_printf("SELECT * FROM \"%s\" WHERE %s", names[i],
					whole	 ? "1"
					: parent ? "id = 2"
						 : "snapshot = 2");
		g_autofree char *all = g_strdup_printf("SELECT * FROM \"%s\"", names[i]);
		g_autofree char *rows = query_rows(f->store, sql);

		g_assert_cmpint(strlen(rows), >, 0);
		assert_query(copy, all, rows);
	}
}

static void test_redact(StoreFixture *f, gconstpointer data)
{
	static const char *const secrets[] = {
		"topsecrethost", "hushhush", "whistleblower", "customer-x",
		"other-y",	 "vmcore.1", "part.2", "secretfile",
	};
	g_autofree char *other = g_build_filename(f->folder, "other", NULL);
	g_autofree char *bytes = NULL;
	g_autoptr(GError) error = NULL;
	g_autoptr(AnzStore) copy = NULL;
	gsize len;

	edit_file(f->path, "UPDATE meta SET value = value || char(10) || 'ffea' "
		  "WHERE key = 'kernel.hostname'");
	g_assert_true(anz_store_export(f->store, other, TRUE, &error));
	g_assert_no_error(error);
	g_file_get_contents(other, &bytes, &len, NULL);
	for (guint i = 0; i < G_N_ELEMENTS(secrets); i++) {
		if (memmem(bytes, len, secrets[i], strlen(secrets[i])))
			g_error("%s is in the redacted file", secrets[i]);
	}
	copy = anz_store_open(other, &error);
	g_assert_no_error(error);
	assert_query(copy, "SELECT count(*) FROM log", "0");
	assert_query(copy, "SELECT message FROM remark WHERE severity = 'warning'",
		     "[redacted] of [redacted]: type 0xfa is not assigned");
	assert_query(copy, "SELECT value FROM meta WHERE key IN ('export.redacted', "
		     "'kernel.release') ORDER BY key", "1\n6.12.0-test");
	/* The host's other name is a part of this address, not a word of it. */
	assert_query(copy, "SELECT value FROM meta WHERE key = 'kernel.vmemmap'",
		     "0xffffea0000000000");
	assert_query(copy,
		     "SELECT count(*) FROM page WHERE class = 'slab' AND pfn < 131072 "
		     "AND "
		     "pfn >= 65536",
		     "65536");
}

static void test_export_refused(StoreFixture *f, gconstpointer data)
{
	g_autofree char *text = g_build_filename(f->folder, "notes.txt", NULL);
	g_autoptr(GError) error = NULL;
	gint cancel = 1;

	g_file_set_contents(text, "precious", -1, NULL);
	g_assert_false(anz_store_export(f->store, text, FALSE, &error));
	assert_message(error, ANZ_ERROR_IO, "is not an analysis file");
	g_remove(text);
	anz_store_set_cancel(f->store, &cancel);
	g_assert_false(anz_store_export(f->store, text, FALSE, &error));
	g_assert_error(error, ANZ_ERROR, ANZ_ERROR_CANCELLED);
	g_assert_cmpuint(folder_count(f->folder), ==, 1);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	ADD_STORE_TEST("write/private", test_private);
	ADD_STORE_TEST("write/refused", test_write_refused);
	ADD_STORE_TEST("write/replace", test_replace);
	ADD_STORE_TEST("write/mistakes", test_write_mistakes);
	ADD_STORE_TEST("write/disk-full", test_disk_full);
	ADD_STORE_TEST("write/cancelled", test_cancelled);
	ADD_STORE_TEST("write/append", test_append);
	ADD_STORE_TEST("write/older", test_older);
	ADD_STORE_TEST("write/append-killed", test_append_killed);
	ADD_STORE_TEST("write/facts", test_facts);
	ADD_STORE_TEST("write/encoded", test_encoded);
	ADD_STORE_TEST("write/overview", test_overview);
	ADD_STORE_TEST("export/whole", test_export);
	ADD_STORE_TEST("export/redact", test_redact);
	ADD_STORE_TEST("export/refused", test_export_refused);
	return g_test_run();
}
