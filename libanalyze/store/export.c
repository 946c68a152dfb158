/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One snapshot copied into a file of its own, row by row (the source may be a private
 * store that no other connection can open).  What redacting does to each table is data:
 * schemas/redact.tsv.
 */
#include <string.h>

#include "store/store-private.h"

#define REDACTED "[redacted]"

/* Whether the space-separated @keys hold @key. */
static gboolean listed(const char *keys, const char *key)
{
	gsize len = strlen(key);

	for (const char *at = keys; at && (at = strstr(at, key)) != NULL; at += len) {
		if ((at == keys || at[-1] == ' ') && (at[len] == ' ' || at[len] == '\0'))
			return TRUE;
	}
	return FALSE;
}

/*
 * Adds a line, then the paths among its words ("DWARF of /srv/x/vmlinux"), then the file
 * names that these end with: longer ones first, as a part alone would leave the rest.
 */
static void add_secrets(GPtrArray *secrets, const char *line)
{
	g_auto(GStrv) words = g_strsplit(line, " ", -1);

	/* A number would be found everywhere. */
	if (strspn(line, "0123456789 ") == strlen(line))
		return;
	g_ptr_array_add(secrets, g_strdup(line));
	for (guint i = 0; words[i]; i++) {
		g_autofree char *name = g_path_get_basename(words[i]);

		if (!strchr(words[i], '/') || strlen(name) < 3)
			continue;
		g_ptr_array_add(secrets, g_strdup(words[i]));
		g_ptr_array_add(secrets, g_steal_pointer(&name));
	}
}

/* What the values that are left out say. */
static GPtrArray *collect_secrets(AnzStore *store, const char *keys, GError **error)
{
	g_autoptr(GPtrArray) secrets = g_ptr_array_new_with_free_func(g_free);
	sqlite3_stmt *stmt = anz_store_prepare(store,
		"SELECT key, value FROM meta WHERE snapshot = ?1", error);
	int rc;

	if (!stmt)
		return NULL;
	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		const char *key = (const char *)sqlite3_column_text(stmt, 0);
		const char *value = (const char *)sqlite3_column_text(stmt, 1);
		g_auto(GStrv) lines = NULL;

		if (!key || !value || !listed(keys, key))
			continue;
		lines = g_strsplit(value, "\n", -1);
		for (guint i = 0; lines[i]; i++)
			add_secrets(secrets, lines[i]);
	}
	if (rc != SQLITE_DONE)
		anz_store_fail(store, rc, error);
	sqlite3_finalize(stmt);
	return rc == SQLITE_DONE ? g_steal_pointer(&secrets) : NULL;
}

/* Whole words only: a host called "ea" must not be looked for in addresses. */
static void scrub_one(GString *text, const char *secret)
{
	const gsize len = strlen(secret);
	gsize at = 0;

	for (const char *hit; (hit = strstr(text->str + at, secret)) != NULL;) {
		at = (gsize)(hit - text->str);
		if ((at == 0 || !g_ascii_isalnum(hit[-1])) &&
		    !g_ascii_isalnum(hit[len])) {
			g_string_erase(text, (gssize)at, (gssize)len);
			g_string_insert(text, (gssize)at, REDACTED);
			at += strlen(REDACTED);
		} else {
			at++;
		}
	}
}

static char *scrub(const char *text, GPtrArray *secrets)
{
	GString *out = g_string_new(text);

	for (guint i = 0; i < secrets->len; i++)
		scrub_one(out, g_ptr_array_index(secrets, i));
	return g_string_free(out, FALSE);
}

typedef struct {
	AnzStore *store;
	AnzStoreWriter *writer;
	gboolean redact;
	GPtrArray *secrets;
} Export;

static void bind_column(Export *export, const AnzRedactRule *rule, sqlite3_stmt *from,
			int column, sqlite3_stmt *to)
{
	if (export->redact && rule->action == ANZ_REDACT_MASK &&
	    sqlite3_column_type(from, column) == SQLITE_TEXT &&
	    listed(rule->keys, sqlite3_column_name(from, column))) {
		sqlite3_bind_text(to, column + 1, REDACTED, -1, SQLITE_STATIC);
	} else if (export->redact && rule->action == ANZ_REDACT_SCRUB &&
	    sqlite3_column_type(from, column) == SQLITE_TEXT) {
		const char *text = (const char *)sqlite3_column_text(from, column);

		sqlite3_bind_text(to, column + 1,
				  scrub(text ? text : "", export->secrets), -1, g_free);
	} else {
		sqlite3_bind_value(to, column + 1, sqlite3_column_value(from, column));
	}
}

/* Names of the columns that the table has in both files, in the source's order. */
static char *common_columns(sqlite3 *from, sqlite3 *to, const char *table, GString *marks)
{
	g_autoptr(GString) names = g_string_new(NULL);
	sqlite3_stmt *stmt = anz_sqlite_prepare(from,
		"SELECT name FROM pragma_table_info(?1)", NULL);

	sqlite3_bind_text(stmt, 1, table, -1, SQLITE_STATIC);
	while (stmt && sqlite3_step(stmt) == SQLITE_ROW) {
		const char *name = (const char *)sqlite3_column_text(stmt, 0);

		if (!name ||
		    sqlite3_table_column_metadata(to, "main", table, name, NULL, NULL,
						  NULL, NULL, NULL) != SQLITE_OK)
			continue;
		g_string_append_printf(names, "%s\"%s\"", names->len ? "," : "", name);
		g_string_append(marks, marks->len ? ",?" : "?");
	}
	sqlite3_finalize(stmt);
	return names->len ? g_string_free(g_steal_pointer(&names), FALSE) : NULL;
}

static gboolean copy_rows(Export *export, const AnzRedactRule *rule, sqlite3_stmt *from,
			  sqlite3_stmt *to, GError **error)
{
	int columns = sqlite3_column_count(from), rc;

	while ((rc = sqlite3_step(from)) == SQLITE_ROW) {
		if (export->redact && rule->keys && rule->action != ANZ_REDACT_MASK &&
		    listed(rule->keys, (const char *)sqlite3_column_text(from, 1) ?: ""))
			continue;
		for (int i = 0; i < columns; i++)
			bind_column(export, rule, from, i, to);
		sqlite3_step(to);
		rc = sqlite3_reset(to);
		if (rc != SQLITE_OK) {
			/* The writer's commit reports it. */
			anz_store_writer_fail(export->writer, rc);
			return TRUE;
		}
	}
	return rc == SQLITE_DONE || anz_store_fail(export->store, rc, error);
}

static gboolean copy_table(Export *export, const AnzRedactRule *rule, GError **error)
{
	sqlite3 *out = anz_store_writer_db(export->writer);
	gboolean dictionary = strcmp(rule->table, "page_class") == 0;
	g_autoptr(GString) marks = g_string_new(NULL);
	g_autofree char *columns = NULL, *select = NULL, *insert = NULL;
	sqlite3_stmt *from, *to = NULL;
	gboolean ok;
	int rc;

	/* The writer has made the new file's page_class. */
	if (dictionary || (export->redact && rule->action == ANZ_REDACT_DROP))
		return TRUE;
	columns = common_columns(export->store->db, out, rule->table, marks);
	if (!columns)
		return TRUE; /* an older file without this table */
	select = g_strdup_printf(
		"SELECT %s FROM main.\"%s\" WHERE %s = ?1", columns, rule->table,
		strcmp(rule->table, "snapshot") == 0 ? "id" : "snapshot");
	insert = g_strdup_printf("INSERT INTO \"%s\" (%s) VALUES (%s)", rule->table,
				 columns, marks->str);
	from = anz_store_prepare(export->store, select, error);
	if (!from)
		return FALSE;
	rc = sqlite3_prepare_v2(out, insert, -1, &to, NULL);
	if (rc != SQLITE_OK)
		anz_store_writer_fail(export->writer, rc);
	ok = rc != SQLITE_OK || copy_rows(export, rule, from, to, error);
	sqlite3_finalize(from);
	sqlite3_finalize(to);
	return ok;
}

/*
 * Every table of the new file must have a rule, else a table made later could slip out.
 */
static gboolean check_rules(Export *export, GError **error)
{
	sqlite3_stmt *stmt = anz_sqlite_prepare(anz_store_writer_db(export->writer),
		"SELECT name FROM sqlite_schema WHERE type = 'table'", error);
	gboolean ok = stmt != NULL;

	while (ok && sqlite3_step(stmt) == SQLITE_ROW) {
		const char *table = (const char *)sqlite3_column_text(stmt, 0);
		const AnzRedactRule *rule = anz_redact_rules;

		while (rule->table && g_strcmp0(rule->table, table) != 0)
			rule++;
		ok = rule->table != NULL;
		if (!ok)
			g_set_error(error, ANZ_ERROR, ANZ_ERROR_UNSUPPORTED,
				    "table %s has no rule in schemas/redact.tsv; add one",
				    table);
	}
	sqlite3_finalize(stmt);
	return ok;
}

gboolean anz_store_export(AnzStore *store, const char *path, gboolean redact,
			  GError **error)
{
	g_autoptr(AnzStoreWriter) writer = anz_store_writer_new(path, FALSE, error);
	Export export = { .store = store, .writer = writer, .redact = redact };
	g_autoptr(GPtrArray) secrets = NULL;
	g_autoptr(AnzStore) made = NULL;

	if (!writer)
		return FALSE;
	anz_store_writer_set_snapshot(writer, store->snapshot);
	if (!check_rules(&export, error))
		return FALSE;
	for (const AnzRedactRule *rule = anz_redact_rules; redact && rule->table;
	     rule++) {
		if (strcmp(rule->table, "meta") != 0)
			continue;
		secrets = export.secrets = collect_secrets(store, rule->keys, error);
		if (!secrets)
			return FALSE;
	}
	for (const AnzRedactRule *rule = anz_redact_rules; rule->table; rule++) {
		if (!copy_table(&export, rule, error))
			return FALSE;
	}
	if (redact)
		anz_store_writer_meta(writer, "export.redacted", "1");
	made = anz_store_writer_commit(g_steal_pointer(&writer), error);
	return made != NULL;
}
