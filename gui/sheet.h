/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A table: the rows of one query, loaded in a thread when it is first seen.  Choosing a row that has a
 * frame shows it on the map; choosing another one lights what its query for pages finds.
 */
#ifndef GUI_SHEET_H
#define GUI_SHEET_H

#include <gtk/gtk.h>

#include "view.h"

#define MDV_TYPE_SHEET (mdv_sheet_get_type())
G_DECLARE_FINAL_TYPE(MdvSheet, mdv_sheet, MDV, SHEET, GtkWidget)

/**
 * mdv_sheet_new:
 * @name: for files and tests
 * @sql: with :snapshot; with :first and :end, rows are of the frames from one to before the other,
 *	those around the selection
 * @light_sql: (nullable): finds the pages of a row; the row's columns are its parameters (":zone")
 */
GtkWidget *mdv_sheet_new(MdvView *view, const char *name, const char *sql, const char *light_sql);

const char *mdv_sheet_name(MdvSheet *sheet);
/** Begins to load, if that has not been done. */
void mdv_sheet_load(MdvSheet *sheet);
/** %TRUE while rows are loaded, or the pages of a row looked for. */
gboolean mdv_sheet_is_busy(MdvSheet *sheet);
guint mdv_sheet_n_rows(MdvSheet *sheet);
/** The cell's text, or %NULL. */
const char *mdv_sheet_cell(MdvSheet *sheet, guint row, const char *column);
/** As if the row was chosen. */
void mdv_sheet_choose(MdvSheet *sheet, guint row);

/** Writes all rows, not only those loaded, to @path: CSV, or JSON if it ends in .json. */
gboolean mdv_sheet_export(MdvSheet *sheet, const char *path, GError **error);

#endif
