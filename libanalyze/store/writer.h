/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Writing an analysis file: one snapshot at a time, in one transaction, under a temporary
 * name that is renamed when whole (a new file), so that a file never exists half-written.
 */
#ifndef ANZ_STORE_WRITER_H
#define ANZ_STORE_WRITER_H

#include <analyze/store.h>

#include "codec/codec.h"

/** What an argument of format 'n' is for SQL NULL. */
#define ANZ_NULL G_MININT64

typedef struct AnzStoreWriter AnzStoreWriter;

/**
 * anz_store_writer_new:
 * @path: (nullable): the file to make; %NULL for a private temporary store that lives
 *	until the AnzStore made from it is closed
 * @append: add a snapshot to an existing analysis file at @path (made if there is none)
 *
 * A new file is written to a temporary name in the same folder; an existing file at @path
 * that is not an analysis file is refused (ANZ_ERROR_IO) unless it is empty, one that is
 * gets replaced at commit.
 *
 * Returns: (transfer full): %NULL with @error (IO, FORMAT, UNSUPPORTED).
 */
AnzStoreWriter *anz_store_writer_new(const char *path, gboolean append, GError **error);

/**
 * anz_store_writer_set_cancel:
 * @cancel: (nullable): non-zero when the user has had enough; must outlive the writer
 *
 * Then all further work stops, and the writer has the error CANCELLED.
 */
void anz_store_writer_set_cancel(AnzStoreWriter *writer, const gint *cancel);

/** Drops everything not committed and removes the temporary file.  %NULL is fine. */
void anz_store_writer_free(AnzStoreWriter *writer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AnzStoreWriter, anz_store_writer_free)

/**
 * anz_store_writer_insert:
 * @table: a table of schemas/catalogue.sql, without its snapshot column, which is filled
 *	in
 * @format: one letter per column in the order of the catalogue: 'i' gint64, 'u' guint64
 *	(stored as the same 64 bits), 'n' gint64 with ANZ_NULL for SQL NULL, 's' const
 *	char * (%NULL is SQL NULL), 'd' double, 'b' const void * and gsize (%NULL is SQL
 *	NULL), '-' SQL NULL (no argument)
 *
 * A snapshot needs exactly one row in table snapshot (format "sssui": taken, analyzed,
 * tool, max_pfn, page_size).  Table page_class is filled in by the writer.  A second row
 * with a primary key that is there already is an error, save in meta and format_fact,
 * where it replaces the first one.
 *
 * Errors are remembered and reported by anz_store_writer_commit(); after the first one
 * inserts do nothing, so callers need not check each row.
 */
void anz_store_writer_insert(AnzStoreWriter *writer, const char *table,
			     const char *format, ...);

/** Shorthands for tables meta (key, value) and format_fact (name, value, origin). */
void anz_store_writer_meta(AnzStoreWriter *writer, const char *key,
			   const char *value_format, ...) G_GNUC_PRINTF(3, 4);
void anz_store_writer_fact(AnzStoreWriter *writer, const char *name, const char *origin,
			   const char *value_format, ...) G_GNUC_PRINTF(4, 5);

/**
 * anz_store_writer_tile:
 * @tile: number of the tile: pfn >> ANZ_TILE_SHIFT
 * @values: ANZ_TILE_PAGES values in host byte order (stored little-endian, compressed)
 *
 * A tile that is wholly default (class hole, others 0 or 255) is not stored.  For the
 * class plane its histogram and pyramid are derived and stored as well; frames at and
 * above max_pfn must be holes.
 */
void anz_store_writer_tile(AnzStoreWriter *writer, AnzPlane plane, guint64 tile,
			   const void *values);

/**
 * The same in two steps, so that workers can compress (any thread, each with its own
 * codec context) and the writer's thread only inserts.  anz_store_writer_put() consumes
 * @encoded.
 */
typedef struct AnzEncodedTile AnzEncodedTile;
AnzEncodedTile *anz_encoded_tile_new(AnzCodecContext *codec, AnzPlane plane, guint64 tile,
				     const void *values);
/** The same values as those of @like, of any plane but the class plane, in another tile. */
AnzEncodedTile *anz_encoded_tile_again(const AnzEncodedTile *like, guint64 tile);
void anz_encoded_tile_free(AnzEncodedTile *encoded);
void anz_store_writer_put(AnzStoreWriter *writer, AnzEncodedTile *encoded);

/** First error so far, or %NULL. */
const GError *anz_store_writer_error(const AnzStoreWriter *writer);

/**
 * anz_store_writer_commit:
 *
 * Builds indexes, commits, renames.  Consumes @writer whether it succeeds or not.
 *
 * Returns: (transfer full): the new file, opened for reading at the new snapshot.
 */
AnzStore *anz_store_writer_commit(AnzStoreWriter *writer, GError **error);

#endif
