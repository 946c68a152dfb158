/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The virtual table `page`: a row for every frame of the map, none of them stored. */
#ifndef ANZ_STORE_PAGE_VTAB_H
#define ANZ_STORE_PAGE_VTAB_H

#include "store/sqlite-face.h"

/**
 * anz_page_vtab_register:
 * @snapshot: (nullable): where the number of the snapshot to show is found, valid as long
 *	as @db; %NULL for the newest one
 *
 * Returns: an SQLite result code.
 */
int anz_page_vtab_register(sqlite3 *db, const gint64 *snapshot);

#endif
