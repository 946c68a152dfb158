/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From a search to a set of pages, in a thread of its own. */
#ifndef GUI_LIGHT_H
#define GUI_LIGHT_H

#include <gio/gio.h>

#include "document.h"

/**
 * mdv_light_async:
 * @other: (nullable): what @document is compared with
 * @search: as anz_page_set_search() takes it
 *
 * The last search that was begun wins: @cancellable stops an earlier one.
 */
void mdv_light_async(MdvDocument *document, MdvDocument *other, const char *search, GCancellable *cancellable,
		     GAsyncReadyCallback done, gpointer data);
/** The pages (transfer full), or %NULL with @error. */
AnzPageSet *mdv_light_finish(GAsyncResult *result, GError **error);

#endif
