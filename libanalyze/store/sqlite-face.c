/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SQLite's result codes as errors of this library. */
#include "store/sqlite-face.h"

#include <errno.h>

sqlite3_stmt *anz_sqlite_prepare(sqlite3 *db, const char *sql, GError **error)
{
	sqlite3_stmt *stmt = NULL;
	int rc = sqlite3_prepare_v2(db, sql, -1, &stmt, NULL);

	if (rc != SQLITE_OK)
		anz_sqlite_error(error, db, rc, "analysis file");
	return stmt;
}

/* What the system said to the read or write that failed. */
static int last_errno(sqlite3 *db)
{
	int number = 0;

	if (db)
		sqlite3_file_control(db, "main", SQLITE_FCNTL_LAST_ERRNO, &number);
	if (db && !number)
		number = sqlite3_system_errno(db);
	return number ? number : EIO;
}

gboolean anz_sqlite_error(GError **error, sqlite3 *db, int rc, const char *doing)
{
	const char *why = db ? sqlite3_errmsg(db) : sqlite3_errstr(rc);

	switch (rc & 0xff) {
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_FORMAT,
			    "%s: damaged: %s; analyze the source again", doing, why);
		break;
	case SQLITE_FULL:
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_IO,
			    "%s: no space left on the device; free some or choose "
			    "another folder",
			    doing);
		break;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_IO,
			    "%s: another program is using the file; try again when it is "
			    "done",
			    doing);
		break;
	case SQLITE_READONLY:
	case SQLITE_PERM:
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_IO,
			    "%s: not writable: %s; choose another output file", doing,
			    why);
		break;
	case SQLITE_IOERR:
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_IO, "%s: %s: %s", doing, why,
			    g_strerror(last_errno(db)));
		break;
	case SQLITE_CANTOPEN:
	case SQLITE_NOMEM:
	case SQLITE_TOOBIG:
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_IO, "%s: %s", doing, why);
		break;
	case SQLITE_INTERRUPT:
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_CANCELLED, "%s: cancelled",
			    doing);
		break;
	default:
		/* The library's own statements ask for what this version writes; a user's are told apart before. */
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_QUERY, "%s: %s%s", doing, why,
			    g_str_has_prefix(why, "no such ") ?
			    ": another version made it; analyze the source again" : "");
		break;
	}
	return FALSE;
}
