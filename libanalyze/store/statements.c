/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "store/statements.h"

#include <string.h>

/* What a window or a page's report asks again and again; the oldest goes first. */
#define NR_KEPT 8

typedef struct {
	char *sql;
	sqlite3_stmt *stmt;
} Kept;

struct AnzStatements {
	gatomicrefcount refs;
	GMutex lock;
	gboolean closed;
	Kept kept[NR_KEPT];	/* newest first, gaps at the end */
};

AnzStatements *anz_statements_new(void)
{
	AnzStatements *statements = g_new0(AnzStatements, 1);

	g_atomic_ref_count_init(&statements->refs);
	g_mutex_init(&statements->lock);
	return statements;
}

AnzStatements *anz_statements_ref(AnzStatements *statements)
{
	g_atomic_ref_count_inc(&statements->refs);
	return statements;
}

static void drop(Kept *kept)
{
	sqlite3_finalize(kept->stmt);
	g_free(kept->sql);
	*kept = (Kept){ 0 };
}

void anz_statements_unref(AnzStatements *statements)
{
	if (!statements || !g_atomic_ref_count_dec(&statements->refs))
		return;
	for (guint i = 0; i < NR_KEPT; i++)
		drop(&statements->kept[i]);
	g_mutex_clear(&statements->lock);
	g_free(statements);
}

void anz_statements_close(AnzStatements *statements)
{
	g_mutex_lock(&statements->lock);
	statements->closed = TRUE;
	for (guint i = 0; i < NR_KEPT; i++)
		drop(&statements->kept[i]);
	g_mutex_unlock(&statements->lock);
}

sqlite3_stmt *anz_statements_take(AnzStatements *statements, const char *sql)
{
	sqlite3_stmt *stmt = NULL;

	g_mutex_lock(&statements->lock);
	for (guint i = 0; i < NR_KEPT && statements->kept[i].sql; i++) {
		Kept *kept = &statements->kept[i];

		if (strcmp(kept->sql, sql) != 0)
			continue;
		stmt = g_steal_pointer(&kept->stmt);
		g_free(kept->sql);
		memmove(kept, kept + 1, (NR_KEPT - 1 - i) * sizeof(*kept));
		statements->kept[NR_KEPT - 1] = (Kept){ 0 };
		break;
	}
	g_mutex_unlock(&statements->lock);
	return stmt;
}

void anz_statements_give(AnzStatements *statements, const char *sql, sqlite3_stmt *stmt)
{
	if (!stmt)
		return;
	/* Its cursors are closed, and what was bound may have been large. */
	sqlite3_reset(stmt);
	sqlite3_clear_bindings(stmt);
	g_mutex_lock(&statements->lock);
	if (statements->closed) {
		sqlite3_finalize(stmt);
	} else {
		drop(&statements->kept[NR_KEPT - 1]);
		memmove(statements->kept + 1, statements->kept,
			(NR_KEPT - 1) * sizeof(*statements->kept));
		statements->kept[0] = (Kept){ .sql = g_strdup(sql), .stmt = stmt };
	}
	g_mutex_unlock(&statements->lock);
}
