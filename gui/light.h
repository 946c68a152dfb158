/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From a query or a search to a set of pages, in a thread of its own. */
#ifndef GUI_LIGHT_H
#define GUI_LIGHT_H

#include <gio/gio.h>

#include "document.h"

/** A named parameter of SQL and its value. */
typedef struct {
	char *name, *value;
} MdvBinding;

/**
 * mdv_light_query_async:
 * @sql: one statement with a column pfn, and pages if a row stands for more than one
 * @bindings: (element-type MdvBinding) (nullable) (transfer none): copied
 *
 * The last query that was begun wins: @cancellable stops an earlier one.
 */
void mdv_light_query_async(MdvDocument *document, const char *sql, GArray *bindings,
			   GCancellable *cancellable, GAsyncReadyCallback done, gpointer data);
/** The pages (transfer full), or %NULL with @error. */
AnzPageSet *mdv_light_query_finish(GAsyncResult *result, GError **error);

/**
 * MdvSearch: what a text in the search box means.
 * @MDV_SEARCH_ADDRESS: go to a page
 * @MDV_SEARCH_PAGES: light what @sql finds
 * @MDV_SEARCH_ROWS: SQL of the user's own
 */
typedef enum {
	MDV_SEARCH_NOTHING,
	MDV_SEARCH_ADDRESS,
	MDV_SEARCH_PAGES,
	MDV_SEARCH_ROWS,
} MdvSearchKind;

typedef struct {
	MdvSearchKind kind;
	guint64 pfn;
	char *sql;
	char *words;
} MdvSearch;

/**
 * mdv_search_parse:
 *
 * An address in any form of anz_store_resolve(); names of classes, parted by blanks or commas;
 * "flags:lru&!dirty"; "= SQL"; else part of an owner's name.
 *
 * Returns: %FALSE with @error.
 */
gboolean mdv_search_parse(MdvDocument *document, const char *text, MdvSearch *search,
			  GError **error);
void mdv_search_clear(MdvSearch *search);

#endif
