/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Writing a snapshot: one transaction, one prepared statement per table and format.
 *
 * A new file needs no journal, for it is thrown away on any failure; an append to an
 * existing one is an ordinary SQLite transaction.  The first error is kept and stops all
 * further work, so the stages that produce rows need not look at each insert.
 */
#include "store/writer.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "store/encoded-tile.h"
#include "store/output-file.h"
#include "store/overview.h"
#include "store/schema-check.h"
#include "store/store-private.h"

/* Pages of 4096 bytes: larger ones are no faster, and a small file has many tables. */
#define NEW_FILE_PRAGMAS \
	"PRAGMA page_size = 4096; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;" \
	"PRAGMA locking_mode = EXCLUSIVE; PRAGMA cache_size = -16384;"

/* A prepared INSERT; the key of the hash table is the statement itself. */
typedef struct {
	char *table;
	char *format;
	sqlite3_stmt *stmt;
} Insert;

struct AnzStoreWriter {
	sqlite3 *db;
	AnzOutputFile *file; /* NULL: appending, or a private store */
	char *path;	     /* NULL: a private store */
	gint64 snapshot;
	GHashTable *inserts;
	Insert *last;
	guint64 end_pfn; /* one past the last frame that is no hole */
	AnzCodecContext *codec;
	sqlite3_stmt *put_tile, *put_histogram, *put_pyramid;
	AnzOverviewWriter *overview; /* made with the first class tile */
	GError *error;
	const gint *cancel; /* NULL: never */
};

static guint insert_hash(gconstpointer key)
{
	const Insert *insert = key;

	return g_str_hash(insert->table) ^ g_str_hash(insert->format);
}

static gboolean insert_equal(gconstpointer a, gconstpointer b)
{
	const Insert *x = a, *y = b;

	return strcmp(x->table, y->table) == 0 && strcmp(x->format, y->format) == 0;
}

static void insert_free(gpointer data)
{
	Insert *insert = data;

	sqlite3_finalize(insert->stmt);
	g_free(insert->table);
	g_free(insert->format);
	g_free(insert);
}

static const char *shown_path(const AnzStoreWriter *writer)
{
	return writer->path ? writer->path : "temporary store";
}

void anz_store_writer_fail(AnzStoreWriter *writer, int rc)
{
	if (!writer->error)
		anz_sqlite_error(&writer->error, writer->db, rc, shown_path(writer));
}

static gboolean exec(AnzStoreWriter *writer, const char *sql)
{
	int rc;

	if (writer->error)
		return FALSE;
	rc = sqlite3_exec(writer->db, sql, NULL, NULL, NULL);
	if (rc != SQLITE_OK)
		anz_store_writer_fail(writer, rc);
	return rc == SQLITE_OK;
}

/*
 * %TRUE if @path may be replaced (or, if @append, added to); *@exists tells if anything
 * is there.
 */
static gboolean check_target(const char *path, gboolean *exists, GError **error)
{
	struct stat st;

	*exists = FALSE;
	if (stat(path, &st) != 0) {
		if (errno == ENOENT)
			return TRUE;
		return anz_errno_error(error, path, "cannot write there");
	}
	if (!S_ISREG(st.st_mode)) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_IO,
			    "%s: is not a regular file; choose another output file",
			    path);
		return FALSE;
	}
	*exists = st.st_size > 0;
	if (*exists && !anz_store_probe(path)) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_IO,
			    "%s: exists and is not an analysis file; choose another "
			    "output file or "
			    "remove it first",
			    path);
		return FALSE;
	}
	return TRUE;
}

static gboolean open_db(AnzStoreWriter *writer, const char *name, GError **error)
{
	/*
	 * A relative name must not be taken for a URI or ":memory:"; "" is a private one.
	 */
	g_autofree char *plain = !*name || g_path_is_absolute(name) ? g_strdup(name) :
				 g_strconcat("./", name, NULL);
	int rc = sqlite3_open_v2(plain, &writer->db,
				 SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
				 SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);

	if (rc != SQLITE_OK)
		return anz_sqlite_error(error, writer->db, rc, shown_path(writer));
	sqlite3_busy_timeout(writer->db, 5000);
	return TRUE;
}

/* The classes, by number: what makes the file readable without this program. */
static void write_page_classes(AnzStoreWriter *writer)
{
	sqlite3_stmt *stmt = NULL;
	int rc = sqlite3_prepare_v2(
		writer->db, "INSERT INTO page_class VALUES (?1, ?2, ?3, ?4, ?5, ?6)", -1,
		&stmt, NULL);

	for (int c = 0; rc == SQLITE_OK && c < ANZ_NR_CLASSES; c++) {
		const AnzPageClassInfo *info = anz_page_class_info((guint)c);

		sqlite3_bind_int(stmt, 1, c);
		sqlite3_bind_text(stmt, 2, info->name, -1, SQLITE_STATIC);
		sqlite3_bind_text(stmt, 3, &info->letter, 1, SQLITE_STATIC);
		sqlite3_bind_text(stmt, 4, info->group, -1, SQLITE_STATIC);
		sqlite3_bind_text(stmt, 5, info->descriptor, -1, SQLITE_STATIC);
		sqlite3_bind_text(stmt, 6, info->meaning, -1, SQLITE_STATIC);
		sqlite3_step(stmt);
		rc = sqlite3_reset(stmt);
	}
	if (rc != SQLITE_OK)
		anz_store_writer_fail(writer, rc);
	sqlite3_finalize(stmt);
}

static void begin_new(AnzStoreWriter *writer)
{
	g_autofree char *stamp =
		g_strdup_printf("PRAGMA application_id = %d; PRAGMA user_version = %d",
				ANZ_APPLICATION_ID, ANZ_SCHEMA_VERSION);

	if (exec(writer, NEW_FILE_PRAGMAS) && exec(writer, "BEGIN") &&
	    exec(writer, stamp) && exec(writer, anz_catalogue_sql))
		write_page_classes(writer);
	writer->snapshot = 1;
}

/* An integer that a statement gives, or -1 with the error kept. */
static gint64 query_int(AnzStoreWriter *writer, const char *sql)
{
	sqlite3_stmt *stmt = NULL;
	gint64 value = -1;
	int rc = sqlite3_prepare_v2(writer->db, sql, -1, &stmt, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_step(stmt);
	if (rc == SQLITE_ROW)
		value = sqlite3_column_int64(stmt, 0);
	else
		anz_store_writer_fail(writer, rc);
	sqlite3_finalize(stmt);
	return value;
}

static void begin_append(AnzStoreWriter *writer)
{
	g_autofree char *lacks = NULL;
	gint64 version;

	if (!exec(writer, "PRAGMA synchronous = FULL; PRAGMA cell_size_check = 1") ||
	    !exec(writer, "BEGIN IMMEDIATE"))
		return;
	version = query_int(writer, "PRAGMA user_version");
	if (version != ANZ_SCHEMA_VERSION && !writer->error)
		g_set_error(&writer->error, ANZ_ERROR, ANZ_ERROR_UNSUPPORTED,
			    "%s: has schema %" G_GINT64_FORMAT
			    ", this version writes %d; write a "
			    "new file instead of appending",
			    writer->path, version, ANZ_SCHEMA_VERSION);
	if (!writer->error)
		lacks = anz_schema_lacks(writer->db);
	if (lacks)
		g_set_error(&writer->error, ANZ_ERROR, ANZ_ERROR_UNSUPPORTED,
			    "%s: another version made it, it has no (or another) table %s; write a new file "
			    "instead of appending", writer->path, lacks);
	if (!writer->error)
		writer->snapshot = query_int(writer, "SELECT coalesce(max(id), 0) + 1 "
						     "FROM snapshot");
}

AnzStoreWriter *anz_store_writer_new(const char *path, gboolean append, GError **error)
{
	g_autoptr(AnzStoreWriter) writer = g_new0(AnzStoreWriter, 1);
	gboolean exists = FALSE;

	writer->path = g_strdup(path);
	writer->codec = anz_codec_context_new();
	writer->inserts =
		g_hash_table_new_full(insert_hash, insert_equal, NULL, insert_free);
	if (path && !check_target(path, &exists, error))
		return NULL;
	if (path && append && exists) {
		if (!open_db(writer, path, error))
			return NULL;
		begin_append(writer);
	} else {
		if (path) {
			writer->file = anz_output_file_new(path, error);
			if (!writer->file)
				return NULL;
		}
		if (!open_db(writer, path ? writer->file->temporary : "", error))
			return NULL;
		begin_new(writer);
	}
	if (writer->error) {
		g_propagate_error(error, g_steal_pointer(&writer->error));
		return NULL;
	}
	return g_steal_pointer(&writer);
}

static void finalize_statements(AnzStoreWriter *writer)
{
	writer->last = NULL;
	g_hash_table_remove_all(writer->inserts);
	g_clear_pointer(&writer->put_tile, sqlite3_finalize);
	g_clear_pointer(&writer->put_histogram, sqlite3_finalize);
	g_clear_pointer(&writer->put_pyramid, sqlite3_finalize);
	g_clear_pointer(&writer->overview, anz_overview_writer_free);
}

void anz_store_writer_free(AnzStoreWriter *writer)
{
	if (!writer)
		return;
	finalize_statements(writer);
	g_hash_table_unref(writer->inserts);
	/* Closing rolls an open transaction back. */
	sqlite3_close(writer->db);
	anz_output_file_free(writer->file);
	anz_codec_context_free(writer->codec);
	g_clear_error(&writer->error);
	g_free(writer->path);
	g_free(writer);
}

sqlite3 *anz_store_writer_db(AnzStoreWriter *writer)
{
	return writer->db;
}

void anz_store_writer_set_snapshot(AnzStoreWriter *writer, gint64 snapshot)
{
	writer->snapshot = snapshot;
}

void anz_store_writer_set_cancel(AnzStoreWriter *writer, const gint *cancel)
{
	writer->cancel = cancel;
	anz_db_set_cancel(writer->db, cancel);
}

const GError *anz_store_writer_error(const AnzStoreWriter *writer)
{
	return writer->error;
}

static void wrong_call(AnzStoreWriter *writer, const char *table, const char *format)
{
	if (!writer->error)
		g_set_error(&writer->error, ANZ_ERROR, ANZ_ERROR_ARGUMENT,
			    "a row of format \"%s\" does not fit table %s of the "
			    "catalogue",
			    format, table);
}

/* Number of columns of @table, or 0. */
static gsize count_columns(AnzStoreWriter *writer, const char *table)
{
	sqlite3_stmt *stmt = NULL;
	gsize n = 0;

	if (sqlite3_prepare_v2(writer->db, "SELECT count(*) FROM pragma_table_info(?1)",
			       -1, &stmt, NULL) == SQLITE_OK) {
		sqlite3_bind_text(stmt, 1, table, -1, SQLITE_STATIC);
		if (sqlite3_step(stmt) == SQLITE_ROW)
			n = (gsize)sqlite3_column_int64(stmt, 0);
	}
	sqlite3_finalize(stmt);
	return n;
}

static Insert *new_insert(AnzStoreWriter *writer, const char *table, const char *format)
{
	/* A fact may be learnt twice; the later one wins. */
	gboolean replace =
		strcmp(table, "meta") == 0 || strcmp(table, "format_fact") == 0;
	gsize n = strlen(format);
	g_autoptr(GString) sql =
		g_string_new(replace ? "INSERT OR REPLACE INTO " : "INSERT INTO ");
	sqlite3_stmt *stmt = NULL;
	Insert *insert;
	int rc;

	if (count_columns(writer, table) != n + 1) {
		wrong_call(writer, table, format);
		return NULL;
	}
	g_string_append_printf(sql, "\"%s\" VALUES (?", table);
	for (gsize i = 0; i < n; i++)
		g_string_append(sql, ",?");
	g_string_append_c(sql, ')');
	rc = sqlite3_prepare_v3(writer->db, sql->str, -1, SQLITE_PREPARE_PERSISTENT,
				&stmt, NULL);
	if (rc != SQLITE_OK) {
		anz_store_writer_fail(writer, rc);
		return NULL;
	}
	sqlite3_bind_int64(stmt, 1, writer->snapshot);
	insert = g_new0(Insert, 1);
	insert->table = g_strdup(table);
	insert->format = g_strdup(format);
	insert->stmt = stmt;
	g_hash_table_add(writer->inserts, insert);
	return insert;
}

static Insert *get_insert(AnzStoreWriter *writer, const char *table, const char *format)
{
	Insert key = { .table = (char *)table, .format = (char *)format };
	Insert *insert = writer->last;

	/* Rows of one table come in long series. */
	if (insert && insert_equal(insert, &key))
		return insert;
	insert = g_hash_table_lookup(writer->inserts, &key);
	if (!insert)
		insert = new_insert(writer, table, format);
	writer->last = insert;
	return insert;
}

/* Runs a statement that returns no rows and makes it ready for the next one. */
static void run(AnzStoreWriter *writer, sqlite3_stmt *stmt)
{
	int rc;

	sqlite3_step(stmt);
	rc = sqlite3_reset(stmt);
	if (rc != SQLITE_OK)
		anz_store_writer_fail(writer, rc);
}

void anz_store_writer_insert(AnzStoreWriter *writer, const char *table,
			     const char *format, ...)
{
	gboolean ok = TRUE;
	Insert *insert;
	const void *blob;
	gint64 value;
	va_list args;

	if (writer->error)
		return;
	insert = get_insert(writer, table, format);
	if (!insert)
		return;
	va_start(args, format);
	for (int i = 0; ok && format[i]; i++) {
		/* Strings need not be copied: the statement runs before they can go. */
		switch (format[i]) {
		case 'i':
			sqlite3_bind_int64(insert->stmt, i + 2, va_arg(args, gint64));
			break;
		case 'u':
			sqlite3_bind_int64(insert->stmt, i + 2,
					   (gint64)va_arg(args, guint64));
			break;
		case 'n':
			value = va_arg(args, gint64);
			if (value == ANZ_NULL)
				sqlite3_bind_null(insert->stmt, i + 2);
			else
				sqlite3_bind_int64(insert->stmt, i + 2, value);
			break;
		case 's':
			sqlite3_bind_text(insert->stmt, i + 2, va_arg(args, const char *),
					  -1, SQLITE_STATIC);
			break;
		case 'd':
			sqlite3_bind_double(insert->stmt, i + 2, va_arg(args, double));
			break;
		case 'b':
			blob = va_arg(args, const void *);
			sqlite3_bind_blob64(insert->stmt, i + 2, blob, va_arg(args, gsize),
					    SQLITE_STATIC);
			break;
		case '-':
			sqlite3_bind_null(insert->stmt, i + 2);
			break;
		default:
			ok = FALSE;
			break;
		}
	}
	va_end(args);
	if (!ok) {
		wrong_call(writer, table, format);
		return;
	}
	run(writer, insert->stmt);
}

void anz_store_writer_meta(AnzStoreWriter *writer, const char *key,
			   const char *value_format, ...)
{
	g_autofree char *value = NULL;
	va_list args;

	va_start(args, value_format);
	value = g_strdup_vprintf(value_format, args);
	va_end(args);
	anz_store_writer_insert(writer, "meta", "ss", key, value);
}

void anz_store_writer_fact(AnzStoreWriter *writer, const char *name, const char *origin,
			   const char *value_format, ...)
{
	g_autofree char *value = NULL;
	va_list args;

	va_start(args, value_format);
	value = g_strdup_vprintf(value_format, args);
	va_end(args);
	anz_store_writer_insert(writer, "format_fact", "sss", name, value, origin);
}

static sqlite3_stmt *prepared(AnzStoreWriter *writer, sqlite3_stmt **stmt,
			      const char *sql)
{
	int rc;

	if (*stmt)
		return *stmt;
	rc = sqlite3_prepare_v3(writer->db, sql, -1, SQLITE_PREPARE_PERSISTENT, stmt,
				NULL);
	if (rc != SQLITE_OK)
		anz_store_writer_fail(writer, rc);
	else
		sqlite3_bind_int64(*stmt, 1, writer->snapshot);
	return *stmt;
}

static void put_class_tables(AnzStoreWriter *writer, const AnzEncodedTile *encoded)
{
	sqlite3_stmt *histogram =
		prepared(writer, &writer->put_histogram,
			 "INSERT INTO histogram VALUES (?1, ?2, ?3, ?4)");
	sqlite3_stmt *pyramid = prepared(writer, &writer->put_pyramid,
					 "INSERT INTO pyramid VALUES (?1, ?2, ?3)");
	int rc;

	if (writer->error)
		return;
	for (int c = 0; c < ANZ_NR_CLASSES; c++) {
		if (!encoded->pages[c])
			continue;
		sqlite3_bind_int64(histogram, 2, (gint64)encoded->tile);
		sqlite3_bind_int(histogram, 3, c);
		sqlite3_bind_int64(histogram, 4, encoded->pages[c]);
		run(writer, histogram);
	}
	sqlite3_bind_int64(pyramid, 2, (gint64)encoded->tile);
	sqlite3_bind_blob(pyramid, 3, encoded->pyramid->data, (int)encoded->pyramid->len,
			  SQLITE_STATIC);
	run(writer, pyramid);
	if (!writer->overview)
		writer->overview = anz_overview_writer_new(writer->db, writer->snapshot);
	rc = anz_overview_writer_add(writer->overview, encoded->tile, encoded->top);
	if (rc != SQLITE_OK)
		anz_store_writer_fail(writer, rc);
	writer->end_pfn = MAX(writer->end_pfn, encoded->end_pfn);
}

/* Everything of a tile that is not default. */
static void put(AnzStoreWriter *writer, const AnzEncodedTile *encoded)
{
	sqlite3_stmt *stmt;

	if (encoded->bad_class || !encoded->data ||
	    (encoded->plane == ANZ_PLANE_CLASS && !encoded->pyramid)) {
		g_set_error(&writer->error, ANZ_ERROR, ANZ_ERROR_ARGUMENT,
			    "tile %" G_GUINT64_FORMAT " of plane %s: %s", encoded->tile,
			    anz_plane_name(encoded->plane),
			    encoded->bad_class ? "a class number is not assigned" :
						 "cannot be compressed");
		return;
	}
	stmt = prepared(writer, &writer->put_tile,
			"INSERT INTO tile VALUES (?1, ?2, ?3, ?4)");
	if (writer->error)
		return;
	sqlite3_bind_int(stmt, 2, encoded->plane);
	sqlite3_bind_int64(stmt, 3, (gint64)encoded->tile);
	sqlite3_bind_blob(stmt, 4, encoded->data->data, (int)encoded->data->len,
			  SQLITE_STATIC);
	run(writer, stmt);
	if (encoded->plane == ANZ_PLANE_CLASS)
		put_class_tables(writer, encoded);
}

void anz_store_writer_put(AnzStoreWriter *writer, AnzEncodedTile *encoded)
{
	if (!writer->error && !encoded->is_default)
		put(writer, encoded);
	anz_encoded_tile_free(encoded);
}

void anz_store_writer_tile(AnzStoreWriter *writer, AnzPlane plane, guint64 tile,
			   const void *values)
{
	if (!writer->error)
		anz_store_writer_put(
			writer, anz_encoded_tile_new(writer->codec, plane, tile, values));
}

/* What only holds when all is written: a snapshot row, and no frame outside its map. */
static void check_whole(AnzStoreWriter *writer)
{
	g_autofree char *sql = g_strdup_printf("SELECT coalesce(max(max_pfn), 0) FROM "
					       "snapshot WHERE id = %" G_GINT64_FORMAT,
					       writer->snapshot);
	guint64 max_pfn;

	if (writer->error)
		return;
	max_pfn = (guint64)query_int(writer, sql);
	if (writer->error)
		return;
	if (max_pfn == 0 || max_pfn > ANZ_MAX_PFN)
		g_set_error(&writer->error, ANZ_ERROR, ANZ_ERROR_ARGUMENT,
			    "%s: no row of table snapshot, or none with a sensible "
			    "max_pfn, was "
			    "written",
			    shown_path(writer));
	else if (max_pfn < writer->end_pfn)
		g_set_error(&writer->error, ANZ_ERROR, ANZ_ERROR_ARGUMENT,
			    "%s: frame %" G_GUINT64_FORMAT
			    " is no hole, but the map ends before "
			    "frame %" G_GUINT64_FORMAT,
			    shown_path(writer), writer->end_pfn - 1, max_pfn);
}

AnzStore *anz_store_writer_commit(AnzStoreWriter *writer, GError **error)
{
	g_autoptr(AnzStoreWriter) owned = writer;
	AnzStore *store;
	int rc;

	rc = writer->overview ? anz_overview_writer_finish(writer->overview) : SQLITE_OK;
	if (rc != SQLITE_OK)
		anz_store_writer_fail(writer, rc);
	/* Short statements end before SQLite looks. */
	if (anz_is_cancelled(writer->cancel))
		anz_store_writer_fail(writer, SQLITE_INTERRUPT);
	check_whole(writer);
	finalize_statements(writer);
	if (exec(writer, anz_indexes_sql))
		exec(writer, "COMMIT");
	anz_db_set_cancel(writer->db, NULL);
	if (!writer->error && !writer->path)
		return anz_store_adopt(g_steal_pointer(&writer->db), shown_path(writer),
				       writer->snapshot, error);
	if (!writer->error) {
		rc = sqlite3_close(writer->db);
		if (rc == SQLITE_OK)
			writer->db = NULL;
		else
			anz_store_writer_fail(writer, rc);
	}
	if (!writer->error && writer->file)
		anz_output_file_commit(writer->file, &writer->error);
	if (writer->error) {
		g_propagate_error(error, g_steal_pointer(&writer->error));
		return NULL;
	}
	store = anz_store_open(writer->path, error);
	if (store && !anz_store_set_snapshot(store, writer->snapshot, error))
		g_clear_pointer(&store, anz_store_close);
	return store;
}
