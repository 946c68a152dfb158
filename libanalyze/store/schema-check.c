/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What an analysis file made by an earlier version lacks: schema versions count changes that older readers
 * would misread, and a table more is none.
 */
#include "store/schema-check.h"

#include <string.h>

#include "store/schema.h"

/* Every table and view with its columns; the virtual table that some views read is none of the file. */
#define OBJECTS "SELECT s.name, CASE s.type WHEN 'table' THEN (SELECT count(*) FROM pragma_table_info(s.name)) " \
		"ELSE 0 END FROM sqlite_schema s WHERE s.type IN ('table', 'view')"
#define COLUMNS "SELECT (SELECT count(*) FROM pragma_table_info(s.name)) FROM sqlite_schema s WHERE s.name = ?"

static gboolean has(sqlite3_stmt *look, const char *name, int columns)
{
	gboolean found;

	sqlite3_bind_text(look, 1, name, -1, SQLITE_STATIC);
	/* A view of which the tables are missing is not counted; that it is there is enough. */
	found = columns ? sqlite3_step(look) == SQLITE_ROW && sqlite3_column_int(look, 0) >= columns :
		sqlite3_step(look) != SQLITE_DONE;
	sqlite3_reset(look);
	return found;
}

gboolean anz_schema_has(const char *name)
{
	const char *bare = g_str_has_prefix(name, "main.") ? name + strlen("main.") : name;
	g_autofree char *table = g_strdup_printf("\nCREATE TABLE %s (", bare);
	g_autofree char *view = g_strdup_printf("\nCREATE VIEW %s AS", bare);

	return strstr(anz_catalogue_sql, table) || strstr(anz_catalogue_sql, view);
}

/* An empty file of this version; %NULL if there is no memory for it. */
static sqlite3 *open_model(void)
{
	sqlite3 *model = NULL;

	if (sqlite3_open(":memory:", &model) == SQLITE_OK &&
	    sqlite3_exec(model, anz_catalogue_sql, NULL, NULL, NULL) == SQLITE_OK)
		return model;
	sqlite3_close(model);
	return NULL;
}

char *anz_schema_lacks(sqlite3 *db)
{
	sqlite3 *model = open_model();
	sqlite3_stmt *each = NULL, *look = NULL;
	char *lacks = NULL;

	if (model && sqlite3_prepare_v2(model, OBJECTS, -1, &each, NULL) == SQLITE_OK &&
	    sqlite3_prepare_v2(db, COLUMNS, -1, &look, NULL) == SQLITE_OK)
		while (!lacks && sqlite3_step(each) == SQLITE_ROW) {
			const char *name = (const char *)sqlite3_column_text(each, 0);

			if (!has(look, name, sqlite3_column_int(each, 1)))
				lacks = g_strdup(name);
		}
	sqlite3_finalize(look);
	sqlite3_finalize(each);
	sqlite3_close(model);
	return lacks;
}
