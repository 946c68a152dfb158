/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The page virtual table as a loadable extension, for the sqlite3 shell and every other
 * program that can load one:
 *
 *	sqlite3 memory.db -cmd '.load memdesc_page' 'SELECT * FROM page WHERE pfn = 4711'
 *
 * It shows the newest snapshot of the file; page(N) shows snapshot N.
 */
#include <sqlite3ext.h>
SQLITE_EXTENSION_INIT1

#include "store/page-vtab.h"

/* SQLite makes the name of this function from the letters of the file's name. */
__attribute__((visibility("default")))
int sqlite3_memdescpage_init(sqlite3 *db, char **message,
			     const sqlite3_api_routines *api);

int sqlite3_memdescpage_init(sqlite3 *db, char **message, const sqlite3_api_routines *api)
{
	SQLITE_EXTENSION_INIT2(api);
	/*
	 * sqlite3_vtab_in() and others came with 3.38; before it they are holes in the
	 * table.
	 */
	if (sqlite3_libversion_number() < 3038000) {
		*message = sqlite3_mprintf("memdesc_page needs SQLite 3.38 or newer, "
					   "this is %s", sqlite3_libversion());
		return SQLITE_ERROR;
	}
	return anz_page_vtab_register(db, NULL);
}
