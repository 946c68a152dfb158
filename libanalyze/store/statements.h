/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Compiled statements that are done with, kept for when the same SQL is asked again: to compile a look-up
 * of one page takes longer than to look it up.
 */
#ifndef ANZ_STORE_STATEMENTS_H
#define ANZ_STORE_STATEMENTS_H

#include <glib.h>
#include <sqlite3.h>

/** Shared by a store and its queries, which may outlive it; of any thread. */
typedef struct AnzStatements AnzStatements;

AnzStatements *anz_statements_new(void);
AnzStatements *anz_statements_ref(AnzStatements *statements);
void anz_statements_unref(AnzStatements *statements);

/** Finalizes what is kept; nothing is kept from now on.  Before the connection is closed. */
void anz_statements_close(AnzStatements *statements);

/** Returns: (transfer full) (nullable): a statement of @sql, reset, nothing bound. */
sqlite3_stmt *anz_statements_take(AnzStatements *statements, const char *sql);

/** @stmt: (transfer full) (nullable): compiled from @sql and nothing more; kept, or finalized */
void anz_statements_give(AnzStatements *statements, const char *sql, sqlite3_stmt *stmt);

#endif
