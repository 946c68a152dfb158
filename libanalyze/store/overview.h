/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Table overview while a snapshot is written: the coarse cells of 16 tiles in a row. */
#ifndef ANZ_STORE_OVERVIEW_H
#define ANZ_STORE_OVERVIEW_H

#include "store/sqlite-face.h"
#include "store/tiles.h"

typedef struct AnzOverviewWriter AnzOverviewWriter;

/** @db: borrowed; must outlive what is returned. */
AnzOverviewWriter *anz_overview_writer_new(sqlite3 *db, gint64 snapshot);
/** Drops what was not finished.  %NULL is fine. */
void anz_overview_writer_free(AnzOverviewWriter *writer);

/** Adds what @tile shows from afar.  Returns: SQLITE_OK, or the code of what failed. */
int anz_overview_writer_add(AnzOverviewWriter *writer, guint64 tile, const AnzPyramidTop *top);
/** Stores the part under way.  Returns: SQLITE_OK, or the code of what failed. */
int anz_overview_writer_finish(AnzOverviewWriter *writer);

#endif
