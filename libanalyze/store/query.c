/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * SQL from the user: one statement that only reads, with hints how to show its columns.
 */
#include "store/query.h"

#include <string.h>

#include "store/schema-check.h"
#include "store/store-private.h"

struct AnzQuery {
	AnzStore *store;
	AnzStatements *statements;
	char *sql;
	sqlite3_stmt *stmt;
	guint nr_columns;
	gboolean done;
	gboolean has_row;
	/* Column kinds found so far; -1 not yet. */
	gint8 *kinds;
};

/*
 * Pragmas that tell about the file; those that take an argument take a table's or index's
 * name.
 */
static gboolean pragma_only_reads(const char *name, const char *argument)
{
	static const char *const with_argument[] = {
		"table_info", "table_xinfo", "table_list", "index_list", "index_info",
		"index_xinfo", "foreign_key_list", "quick_check", "integrity_check", NULL
	};
	static const char *const without[] = {
		"application_id", "user_version",    "schema_version",
		"data_version",	  "page_count",	     "page_size",
		"freelist_count", "encoding",	     "database_list",
		"collation_list", "function_list",   "module_list",
		"pragma_list",	  "compile_options", NULL
	};
	g_autofree char *lower = g_ascii_strdown(name, -1);

	return g_strv_contains(with_argument, lower) ||
	       (!argument && g_strv_contains(without, lower));
}

static int authorize(void *data, int action, const char *a, const char *b,
		     const char *database, const char *trigger)
{
	switch (action) {
	case SQLITE_SELECT:
	case SQLITE_READ:
	case SQLITE_RECURSIVE:
		return SQLITE_OK;
	case SQLITE_UPDATE:
		/*
		 * Asked for on behalf of sqlite3_declare_vtab(), when a virtual table is
		 * first used. SQLite refuses such statements of a user by itself.
		 */
		return strcmp(a, "sqlite_master") == 0 ? SQLITE_OK : SQLITE_DENY;
	case SQLITE_FUNCTION:
		return g_ascii_strcasecmp(b, "load_extension") == 0 ? SQLITE_DENY
								    : SQLITE_OK;
	case SQLITE_PRAGMA:
		return pragma_only_reads(a, b) ? SQLITE_OK : SQLITE_DENY;
	default:
		return SQLITE_DENY;
	}
}

void anz_store_restrict(AnzStore *store)
{
	sqlite3_set_authorizer(store->db, authorize, NULL);
}

static int poll_cancel(void *data)
{
	return anz_is_cancelled(data);
}

void anz_db_set_cancel(sqlite3 *db, const gint *cancel)
{
	/* A thousand steps of SQLite's machine are some ten microseconds. */
	sqlite3_progress_handler(db, cancel ? 1000 : 0, cancel ? poll_cancel : NULL, (void *)cancel);
}

void anz_store_set_cancel(AnzStore *store, const gint *cancel)
{
	store->cancel = cancel;
	anz_db_set_cancel(store->db, cancel);
}

static void only_read_error(AnzStore *store, GError **error)
{
	g_set_error(error, ANZ_ERROR, ANZ_ERROR_QUERY,
		    "query: %s: an analysis file can only be read, with SELECT",
		    sqlite3_errmsg(store->db));
}

/* Whether SQL asks for a table that this file lacks because another version made it; then sets @error. */
static gboolean asks_too_much(AnzStore *store, const char *why, GError **error)
{
	static const char missing[] = "no such table: ";

	if (!g_str_has_prefix(why, missing) || !anz_schema_has(why + strlen(missing)))
		return FALSE;
	g_set_error(error, ANZ_ERROR, ANZ_ERROR_QUERY,
		    "query: %s: another version made %s; analyze the source again", why,
		    store->path ?: "the file");
	return TRUE;
}

/* Sets @error for SQL that does not compile, with the place in it. */
static void syntax_error(AnzStore *store, const char *sql, int rc, GError **error)
{
	g_autofree char *why = g_strdup(sqlite3_errmsg(store->db));
	int offset = sqlite3_error_offset(store->db);

	if ((rc & 0xff) == SQLITE_AUTH)
		only_read_error(store, error);
	else if ((rc & 0xff) != SQLITE_ERROR)
		anz_store_fail(store, rc, error);
	else if (asks_too_much(store, why, error))
		return;
	else if (offset >= 0 && (gsize)offset <= strlen(sql))
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_QUERY,
			    "query: %s, at character %ld: \"%.40s\"", why,
			    g_utf8_strlen(sql, offset) + 1, sql + offset);
	else
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_QUERY, "query: %s", why);
}

/* Whether anything but space, comments and semicolons is left in @tail. */
static gboolean has_more(AnzStore *store, const char *tail)
{
	while (*tail) {
		sqlite3_stmt *next = NULL;
		int rc = sqlite3_prepare_v2(store->db, tail, -1, &next, &tail);

		sqlite3_finalize(next);
		if (next || rc != SQLITE_OK)
			return TRUE;
	}
	return FALSE;
}

/* One statement that only reads; %NULL with @error. */
static sqlite3_stmt *compile(AnzStore *store, const char *sql, GError **error)
{
	const char *tail = sql;
	sqlite3_stmt *stmt;
	int rc = sqlite3_prepare_v2(store->db, sql, -1, &stmt, &tail);

	if (rc != SQLITE_OK) {
		syntax_error(store, sql, rc, error);
	} else if (!stmt) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_QUERY,
			    "query: there is no SQL in it; try SELECT * FROM classes");
	} else if (has_more(store, tail)) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_QUERY,
			    "query: more than one statement, the second at character "
			    "%ld: \"%.40s\"",
			    g_utf8_strlen(sql, tail - sql) + 1, tail);
	} else if (!sqlite3_stmt_readonly(stmt)) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_QUERY,
			    "query: an analysis file can only be read, with SELECT");
	} else {
		return stmt;
	}
	sqlite3_finalize(stmt);
	return NULL;
}

AnzQuery *anz_store_query(AnzStore *store, const char *sql, GError **error)
{
	sqlite3_stmt *stmt = anz_statements_take(store->statements, sql);
	AnzQuery *query;

	if (!stmt)
		stmt = compile(store, sql, error);
	if (!stmt)
		return NULL;
	query = g_new0(AnzQuery, 1);
	query->store = store;
	query->statements = anz_statements_ref(store->statements);
	query->sql = g_strdup(sql);
	query->stmt = stmt;
	query->nr_columns = (guint)sqlite3_column_count(query->stmt);
	query->kinds = g_malloc(query->nr_columns + 1);
	memset(query->kinds, -1, query->nr_columns + 1);
	anz_query_bind_int(query, ":snapshot", store->snapshot);
	return query;
}

void anz_query_free(AnzQuery *query)
{
	if (!query)
		return;
	anz_statements_give(query->statements, query->sql, query->stmt);
	anz_statements_unref(query->statements);
	g_free(query->sql);
	g_free(query->kinds);
	g_free(query);
}

void anz_query_bind_int(AnzQuery *query, const char *name, gint64 value)
{
	int i = sqlite3_bind_parameter_index(query->stmt, name);

	if (i > 0)
		sqlite3_bind_int64(query->stmt, i, value);
}

void anz_query_bind_text(AnzQuery *query, const char *name, const char *value)
{
	int i = sqlite3_bind_parameter_index(query->stmt, name);

	if (i > 0)
		sqlite3_bind_text(query->stmt, i, value, -1, SQLITE_TRANSIENT);
}

gboolean anz_query_next(AnzQuery *query, GError **error)
{
	int rc;

	/* Stepping once more would begin anew. */
	if (query->done)
		return FALSE;
	rc = sqlite3_step(query->stmt);
	query->has_row = rc == SQLITE_ROW;
	if (query->has_row)
		return TRUE;
	query->done = TRUE;
	if ((rc & 0xff) == SQLITE_AUTH || (rc & 0xff) == SQLITE_READONLY)
		only_read_error(query->store, error);
	else if (rc != SQLITE_DONE)
		anz_store_fail(query->store, rc, error);
	return FALSE;
}

guint anz_query_n_columns(AnzQuery *query)
{
	return query->nr_columns;
}

const char *anz_query_column_name(AnzQuery *query, guint column)
{
	return sqlite3_column_name(query->stmt, (int)column);
}

/* Kind of a declared type, or -1. */
static int kind_of_type(const char *type)
{
	static const struct {
		const char *type;
		AnzColumnKind kind;
	} types[] = {
		{ "INTEGER", ANZ_COLUMN_INTEGER }, { "TEXT", ANZ_COLUMN_TEXT },
		{ "REAL", ANZ_COLUMN_REAL },	   { "ADDRESS", ANZ_COLUMN_ADDRESS },
		{ "PAGES", ANZ_COLUMN_PAGES },	   { "BYTES", ANZ_COLUMN_BYTES },
		{ "BOOLEAN", ANZ_COLUMN_BOOLEAN }, { "BLOB", ANZ_COLUMN_BLOB },
	};

	for (guint i = 0; type && i < G_N_ELEMENTS(types); i++) {
		if (g_ascii_strcasecmp(type, types[i].type) == 0)
			return (int)types[i].kind;
	}
	return -1;
}

/* Column names of the catalogue that mean the same kind wherever they occur. */
static GHashTable *load_kinds(AnzStore *store)
{
	GHashTable *kinds = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	sqlite3_stmt *stmt = anz_sqlite_prepare(
		store->db,
		"SELECT x.name, x.type FROM sqlite_schema s, pragma_table_xinfo(s.name) "
		"x "
		"WHERE s.type = 'table' "
		"UNION ALL SELECT name, type FROM pragma_table_xinfo('page')",
		NULL);

	while (stmt && sqlite3_step(stmt) == SQLITE_ROW) {
		const char *name = (const char *)sqlite3_column_text(stmt, 0);
		int kind = kind_of_type((const char *)sqlite3_column_text(stmt, 1));
		gpointer known;

		if (!name || kind < 0)
			continue;
		if (g_hash_table_lookup_extended(kinds, name, NULL, &known) &&
		    GPOINTER_TO_INT(known) != kind)
			kind = -1;
		g_hash_table_replace(kinds, g_strdup(name), GINT_TO_POINTER(kind));
	}
	sqlite3_finalize(stmt);
	return kinds;
}

static int kind_of_name(AnzStore *store, const char *name)
{
	gpointer kind;

	if (!store->kinds)
		store->kinds = load_kinds(store);
	if (name && g_hash_table_lookup_extended(store->kinds, name, NULL, &kind))
		return GPOINTER_TO_INT(kind);
	return -1;
}

AnzColumnKind anz_query_column_kind(AnzQuery *query, guint column)
{
	int kind;

	if (column >= query->nr_columns)
		return ANZ_COLUMN_TEXT;
	if (query->kinds[column] >= 0)
		return (AnzColumnKind)query->kinds[column];
	kind = kind_of_type(sqlite3_column_decltype(query->stmt, (int)column));
	if (kind < 0)
		kind = kind_of_name(query->store, anz_query_column_name(query, column));
	if (kind < 0) {
		if (!query->has_row)
			return ANZ_COLUMN_TEXT;
		kind = (int)anz_query_value_kind(query, column);
	}
	query->kinds[column] = (gint8)kind;
	return (AnzColumnKind)kind;
}

gboolean anz_query_is_null(AnzQuery *query, guint column)
{
	return sqlite3_column_type(query->stmt, (int)column) == SQLITE_NULL;
}

gint64 anz_query_int(AnzQuery *query, guint column)
{
	return sqlite3_column_int64(query->stmt, (int)column);
}

double anz_query_double(AnzQuery *query, guint column)
{
	return sqlite3_column_double(query->stmt, (int)column);
}

const char *anz_query_text(AnzQuery *query, guint column)
{
	return (const char *)sqlite3_column_text(query->stmt, (int)column);
}

const void *anz_query_blob(AnzQuery *query, guint column, gsize *len)
{
	const void *blob = sqlite3_column_blob(query->stmt, (int)column);

	*len = (gsize)sqlite3_column_bytes(query->stmt, (int)column);
	return blob;
}

AnzColumnKind anz_query_value_kind(AnzQuery *query, guint column)
{
	switch (sqlite3_column_type(query->stmt, (int)column)) {
	case SQLITE_INTEGER:
		return ANZ_COLUMN_INTEGER;
	case SQLITE_FLOAT:
		return ANZ_COLUMN_REAL;
	case SQLITE_BLOB:
		return ANZ_COLUMN_BLOB;
	default:
		return ANZ_COLUMN_TEXT;
	}
}

const char *anz_named_query(const char *name)
{
	if (*name == '@')
		name++;
	for (const AnzNamedQuery *q = anz_named_queries; q->name; q++) {
		if (strcmp(q->name, name) == 0)
			return q->sql;
	}
	return NULL;
}

const AnzNamedQuery *anz_named_query_list(void)
{
	return anz_named_queries;
}
