/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What leaves the window as a file.  A file gets its name when it is whole. */
#ifndef GUI_EXPORT_H
#define GUI_EXPORT_H

#include <gio/gio.h>

#include "view.h"

/** All rows of @sql: CSV, or JSON with table @name when @path ends in .json. */
gboolean mdv_export_query(AnzStore *store, const char *name, const char *sql, const char *path,
			  GError **error);

/**
 * mdv_export_png_async:
 * @path: ending in .svg: an SVG with ruler and legend around the PNG
 * @whole: the whole picture at 1 pixel a page, or at the camera's zoom what the window shows
 */
void mdv_export_png_async(MdvView *view, const char *path, gboolean whole,
			  GCancellable *cancellable, GAsyncReadyCallback done, gpointer data);
gboolean mdv_export_png_finish(GAsyncResult *result, GError **error);

#endif
