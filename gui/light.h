/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From a query to a set of pages, in a thread of its own. */
#ifndef GUI_LIGHT_H
#define GUI_LIGHT_H

#include <gio/gio.h>

#include "document.h"

/**
 * mdv_light_query_async:
 * @sql: as anz_page_set_query() takes it
 *
 * The last query that was begun wins: @cancellable stops an earlier one.
 */
void mdv_light_query_async(MdvDocument *document, const char *sql, GCancellable *cancellable,
			   GAsyncReadyCallback done, gpointer data);
/** The pages (transfer full), or %NULL with @error. */
AnzPageSet *mdv_light_query_finish(GAsyncResult *result, GError **error);

#endif
