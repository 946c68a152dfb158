/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of this folder share of an open store and of a writer. */
#ifndef ANZ_STORE_PRIVATE_H
#define ANZ_STORE_PRIVATE_H

#include "store/page-map.h"
#include "store/schema.h"
#include "store/statements.h"
#include "store/tile-cache.h"
#include "store/writer.h"

struct AnzStore {
	sqlite3 *db;
	char *path;		/* for messages */
	gint64 snapshot;	/* read by the page virtual table as well */
	AnzPageMap *map;	/* of that snapshot */
	GStringChunk *names;
	AnzTileCache *tiles;
	GHashTable *kinds;	/* column name -> AnzColumnKind, made when first needed */
	AnzStatements *statements;
	const gint *cancel;
	gint64 overview_of;	/* snapshot of which has_overview is known; 0 none */
	gboolean has_overview;	/* rows of it in table overview */
	AnzCodecContext *codec;	/* for pyramids, made when first needed */
};

/**
 * anz_store_adopt:
 * @db: (transfer full): a connection with a whole analysis file behind it; closed on
 *	failure
 * @path: for messages
 * @snapshot: the current snapshot; 0 for the newest one
 *
 * Makes a store of it that can only read from now on.
 */
AnzStore *anz_store_adopt(sqlite3 *db, const char *path, gint64 snapshot, GError **error);

/** Statements on @db end early (CANCELLED) when @cancel is not 0; %NULL: they do not.  It must outlive that. */
void anz_db_set_cancel(sqlite3 *db, const gint *cancel);

/** Prepares internal SQL with ?1 bound to the current snapshot. */
sqlite3_stmt *anz_store_prepare(AnzStore *store, const char *sql, GError **error);

/** Sets @error from the connection's last failure, naming the file.  Returns FALSE. */
gboolean anz_store_fail(AnzStore *store, int rc, GError **error);

/** The writer's connection, for bulk copies. */
sqlite3 *anz_store_writer_db(AnzStoreWriter *writer);

/** Gives the new snapshot the number @snapshot instead of the next free one. */
void anz_store_writer_set_snapshot(AnzStoreWriter *writer, gint64 snapshot);

/** Records the connection's last failure as the writer's first error. */
void anz_store_writer_fail(AnzStoreWriter *writer, int rc);

/** Sets @error for a call on @path that failed with errno. */
gboolean anz_errno_error(GError **error, const char *path, const char *doing);

/** anz_store_resolve() of a text with a process number before a colon (resolve-process.c). */
gboolean anz_store_resolve_process(AnzStore *store, const char *text, AnzAddress *out,
				   GError **error);

#endif
