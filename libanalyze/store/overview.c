/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Parts of table overview.  Tiles come in the order of their numbers mostly, so that one part is under way
 * at a time; one that was left is read back when another of its tiles comes.
 */
#include "store/overview.h"

struct AnzOverviewWriter {
	sqlite3_stmt *get, *put;
	AnzCodecContext *codec;
	gboolean open;		/* cells is part number part, not yet stored */
	guint64 part;
	AnzPyramid cells;
};

static sqlite3_stmt *prepare(sqlite3 *db, const char *sql, gint64 snapshot)
{
	sqlite3_stmt *stmt = anz_sqlite_prepare(db, sql, NULL);

	if (stmt)
		sqlite3_bind_int64(stmt, 1, snapshot);
	return stmt;
}

AnzOverviewWriter *anz_overview_writer_new(sqlite3 *db, gint64 snapshot)
{
	AnzOverviewWriter *writer = g_new0(AnzOverviewWriter, 1);

	writer->codec = anz_codec_context_new();
	writer->put = prepare(db, "INSERT OR REPLACE INTO overview VALUES (?1, ?2, ?3)", snapshot);
	writer->get = prepare(db, "SELECT data FROM overview WHERE snapshot = ?1 AND part = ?2",
			      snapshot);
	return writer;
}

void anz_overview_writer_free(AnzOverviewWriter *writer)
{
	if (!writer)
		return;
	sqlite3_finalize(writer->get);
	sqlite3_finalize(writer->put);
	anz_codec_context_free(writer->codec);
	g_free(writer);
}

static int begin(AnzOverviewWriter *writer, guint64 part)
{
	int rc;

	anz_overview_clear(&writer->cells);
	writer->part = part;
	writer->open = TRUE;
	sqlite3_bind_int64(writer->get, 2, (gint64)part);
	rc = sqlite3_step(writer->get);
	if (rc == SQLITE_ROW)
		anz_pyramid_inflate(writer->codec, sqlite3_column_blob(writer->get, 0),
				    (gsize)sqlite3_column_bytes(writer->get, 0), &writer->cells);
	sqlite3_reset(writer->get);
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? SQLITE_OK : rc;
}

int anz_overview_writer_add(AnzOverviewWriter *writer, guint64 tile, const AnzPyramidTop *top)
{
	guint64 part = tile >> ANZ_OVERVIEW_TILE_SHIFT;
	int rc = SQLITE_OK;

	if (!writer->get || !writer->put)
		return SQLITE_ERROR;
	if (!writer->open || writer->part != part) {
		rc = anz_overview_writer_finish(writer);
		if (rc == SQLITE_OK)
			rc = begin(writer, part);
	}
	if (rc == SQLITE_OK)
		anz_overview_set(&writer->cells, tile, top);
	return rc;
}

int anz_overview_writer_finish(AnzOverviewWriter *writer)
{
	g_autoptr(GByteArray) data = NULL;

	if (!writer->open)
		return SQLITE_OK;
	writer->open = FALSE;
	data = anz_pyramid_deflate(writer->codec, &writer->cells);
	if (!data)
		return SQLITE_NOMEM;
	sqlite3_bind_int64(writer->put, 2, (gint64)writer->part);
	sqlite3_bind_blob(writer->put, 3, data->data, (int)data->len, SQLITE_TRANSIENT);
	sqlite3_step(writer->put);
	return sqlite3_reset(writer->put);
}
