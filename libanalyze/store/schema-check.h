/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef ANZ_STORE_SCHEMA_CHECK_H
#define ANZ_STORE_SCHEMA_CHECK_H

#include <glib.h>
#include <sqlite3.h>

/**
 * anz_schema_lacks:
 * @db: an open analysis file
 *
 * Returns: (transfer full) (nullable): the first table or view of schemas/catalogue.sql that the file does
 * not have, or not with all columns; %NULL if it has all.
 */
char *anz_schema_lacks(sqlite3 *db);

/** Whether files of this version have a table or view @name ("main." may stand before it). */
gboolean anz_schema_has(const char *name);

#endif
