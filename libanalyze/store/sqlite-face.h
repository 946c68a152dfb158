/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The page virtual table is built twice: into the library, calling libsqlite3, and as a
 * loadable extension, calling whatever SQLite loads it through a table of pointers
 * (ANZ_PAGE_EXTENSION).
 */
#ifndef ANZ_STORE_SQLITE_FACE_H
#define ANZ_STORE_SQLITE_FACE_H

#include <analyze/store.h>

#ifdef ANZ_PAGE_EXTENSION
#include <sqlite3ext.h>
SQLITE_EXTENSION_INIT3
#else
#include <sqlite3.h>
#endif

/* SQL integers are signed; addresses and frame numbers are the same 64 bits unsigned. */
static inline guint64 anz_column_u64(sqlite3_stmt *stmt, int column)
{
	return (guint64)sqlite3_column_int64(stmt, column);
}

/** Prepares @sql; NULL with @error as of anz_sqlite_error(). */
sqlite3_stmt *anz_sqlite_prepare(sqlite3 *db, const char *sql, GError **error);

/**
 * anz_sqlite_error:
 * @doing: what failed, with the file's name: "memory.db: reading tiles"
 *
 * Sets @error from the last failure of @db: corrupt content is FORMAT, a full disk or
 * failed read IO, an interrupt CANCELLED, the rest QUERY.  Returns FALSE for convenience.
 */
gboolean anz_sqlite_error(GError **error, sqlite3 *db, int rc, const char *doing);

#endif
