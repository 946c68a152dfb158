/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Opening an analysis file, and what is asked of it most often.
 *
 * The file may come from anywhere, so nothing in its schema is trusted: the connection
 * only reads, may call no function with side effects and attach nothing (query.c has the
 * authorizer), and numbers that size or index something are checked when they are loaded
 * (page-map.c).
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "store/page-vtab.h"
#include "store/query.h"
#include "store/store-private.h"

gboolean anz_errno_error(GError **error, const char *path, const char *doing)
{
	int saved = errno;

	g_set_error(error, ANZ_ERROR, ANZ_ERROR_IO, "%s: %s: %s", path, doing,
		    g_strerror(saved));
	return FALSE;
}

gboolean anz_store_fail(AnzStore *store, int rc, GError **error)
{
	return anz_sqlite_error(error, store->db, rc, store->path);
}

/*
 * Reads the first 100 bytes, the header of an SQLite file.  Returns how many there are,
 * or -1.
 */
static gssize read_header(const char *path, guint8 header[100])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	gssize len;
	int saved;

	if (fd < 0)
		return -1;
	len = read(fd, header, 100);
	saved = errno;
	close(fd);
	errno = saved;
	return len;
}

static gboolean header_is_ours(const guint8 *header, gssize len)
{
	guint32 id;

	if (len < 100 || memcmp(header, "SQLite format 3", 16) != 0)
		return FALSE;
	memcpy(&id, header + 68, 4);
	return GUINT32_FROM_BE(id) == ANZ_APPLICATION_ID;
}

gboolean anz_store_probe(const char *path)
{
	guint8 header[100];

	return header_is_ours(header, read_header(path, header));
}

static sqlite3 *open_connection(const char *path, int flags, int *rc)
{
	/* A relative name must not be taken for a URI or for ":memory:". */
	g_autofree char *name = g_path_is_absolute(path) ? g_strdup(path) :
				g_strconcat("./", path, NULL);
	sqlite3 *db = NULL;

	*rc = sqlite3_open_v2(name, &db,
			      flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
	if (*rc == SQLITE_OK) {
		sqlite3_busy_timeout(db, 5000);
		*rc = sqlite3_exec(db, "SELECT count(*) FROM sqlite_schema", NULL, NULL,
				   NULL);
	}
	return db;
}

/*
 * Opens read-only.  A journal left behind by an append that was cut short can only be
 * rolled back by a connection that may write: then one is opened for that purpose alone.
 */
static sqlite3 *open_read_only(const char *path, GError **error)
{
	int rc;
	sqlite3 *db = open_connection(path, SQLITE_OPEN_READONLY, &rc);

	if (rc == SQLITE_READONLY_ROLLBACK || rc == SQLITE_READONLY_RECOVERY) {
		sqlite3_close(db);
		db = open_connection(path, SQLITE_OPEN_READWRITE, &rc);
		if (rc == SQLITE_OK) {
			sqlite3_close(db);
			db = open_connection(path, SQLITE_OPEN_READONLY, &rc);
		}
	}
	if (rc == SQLITE_OK)
		return db;
	anz_sqlite_error(error, db, rc, path);
	sqlite3_close(db);
	return NULL;
}

static gboolean check_version(sqlite3 *db, const char *path, GError **error)
{
	sqlite3_stmt *stmt = anz_sqlite_prepare(db, "PRAGMA user_version", error);
	int version = 0, rc;

	if (!stmt)
		return FALSE;
	rc = sqlite3_step(stmt);
	if (rc == SQLITE_ROW)
		version = sqlite3_column_int(stmt, 0);
	sqlite3_finalize(stmt);
	if (rc != SQLITE_ROW)
		return anz_sqlite_error(error, db, rc, path);
	if (version > ANZ_SCHEMA_VERSION) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_UNSUPPORTED,
			    "%s: made by a newer version (its schema is %d, this version "
			    "reads up to "
			    "%d); update this program",
			    path, version, ANZ_SCHEMA_VERSION);
		return FALSE;
	}
	if (version < 1) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_FORMAT,
			    "%s: damaged: schema version %d; analyze the source again",
			    path, version);
		return FALSE;
	}
	return TRUE;
}

AnzStore *anz_store_adopt(sqlite3 *db, const char *path, gint64 snapshot, GError **error)
{
	g_autoptr(AnzStore) store = g_new0(AnzStore, 1);
	int rc;

	store->db = db;
	store->path = g_strdup(path);
	store->names = g_string_chunk_new(256);
	store->tiles = anz_tile_cache_new(db);
	store->statements = anz_statements_new();

	sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
	rc = sqlite3_exec(db, "PRAGMA query_only = 1; PRAGMA cell_size_check = 1", NULL,
			  NULL, NULL);
	if (rc == SQLITE_OK)
		rc = anz_page_vtab_register(db, &store->snapshot);
	if (rc != SQLITE_OK) {
		anz_store_fail(store, rc, error);
		return NULL;
	}
	anz_store_restrict(store);
	if (!snapshot)
		snapshot = anz_newest_snapshot(db, error);
	if (!snapshot || !anz_store_set_snapshot(store, snapshot, error))
		return NULL;
	return g_steal_pointer(&store);
}

AnzStore *anz_store_open(const char *path, GError **error)
{
	guint8 header[100];
	gssize len = read_header(path, header);
	AnzStore *store;
	sqlite3 *db;

	if (len < 0) {
		anz_errno_error(error, path, "cannot read");
		return NULL;
	}
	if (!header_is_ours(header, len)) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_FORMAT,
			    "%s: not an analysis file; 'memdesc analyze' makes one from "
			    "a dump",
			    path);
		return NULL;
	}
	db = open_read_only(path, error);
	if (!db)
		return NULL;
	if (!check_version(db, path, error)) {
		sqlite3_close(db);
		return NULL;
	}
	store = anz_store_adopt(db, path, 0, error);
	/* Messages from below do not know the file's name. */
	if (!store && error && !strstr((*error)->message, path))
		g_prefix_error(error, "%s: ", path);
	return store;
}

void anz_store_close(AnzStore *store)
{
	if (!store)
		return;
	anz_statements_close(store->statements);
	anz_tile_cache_free(store->tiles);
	anz_codec_context_free(store->codec);
	anz_page_map_unref(store->map);
	/*
	 * Before the names go: the virtual table has none of them, but queries may be
	 * left.
	 */
	sqlite3_close_v2(store->db);
	anz_statements_unref(store->statements);
	g_string_chunk_free(store->names);
	g_clear_pointer(&store->kinds, g_hash_table_unref);
	g_free(store->path);
	g_free(store);
}

gint64 anz_store_snapshot(const AnzStore *store)
{
	return store->snapshot;
}

gboolean anz_store_set_snapshot(AnzStore *store, gint64 snapshot, GError **error)
{
	AnzPageMap *map = anz_page_map_load(store->db, snapshot, store->names, error);

	if (!map)
		return FALSE;
	anz_page_map_unref(store->map);
	store->map = map;
	store->snapshot = snapshot;
	return TRUE;
}

guint64 anz_store_max_pfn(AnzStore *store)
{
	return store->map->max_pfn;
}

sqlite3_stmt *anz_store_prepare(AnzStore *store, const char *sql, GError **error)
{
	sqlite3_stmt *stmt = NULL;
	int rc = sqlite3_prepare_v2(store->db, sql, -1, &stmt, NULL);

	if (rc != SQLITE_OK) {
		anz_store_fail(store, rc, error);
		return NULL;
	}
	sqlite3_bind_int64(stmt, 1, store->snapshot);
	return stmt;
}

char *anz_store_meta(AnzStore *store, const char *key)
{
	sqlite3_stmt *stmt = anz_store_prepare(store,
		"SELECT value FROM meta WHERE snapshot = ?1 AND key = ?2", NULL);
	char *value = NULL;

	if (!stmt)
		return NULL;
	sqlite3_bind_text(stmt, 2, key, -1, SQLITE_STATIC);
	if (sqlite3_step(stmt) == SQLITE_ROW)
		value = g_strdup((const char *)sqlite3_column_text(stmt, 0));
	sqlite3_finalize(stmt);
	return value;
}

gboolean anz_store_meta_uint(AnzStore *store, const char *key, guint64 *value)
{
	g_autofree char *text = anz_store_meta(store, key);

	return text && anz_parse_u64(text, value);
}
