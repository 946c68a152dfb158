/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Of memdesc map: what a link says, and a link to what is drawn. */
#ifndef CLI_MAP_VIEW_H
#define CLI_MAP_VIEW_H

#include "cli.h"
#include "source.h"

/** What --view says, with what --search says; a view of nothing without them. %NULL with a usage error. */
AnzView *map_view_read(const Args *args, GError **error);

/**
 * map_view_open:
 * @source: (out): what was named, or else what @view names
 * @other: (out) (nullable): what @view compares with; %NULL: that is of no use
 */
gboolean map_view_open(Args *args, const AnzView *view, Source **source, Source **other, GError **error);

/** A link to @view, with the names of files but not their folders: a picture is handed to others (transfer full). */
char *map_view_link(const Args *args, const AnzView *view);

#endif
