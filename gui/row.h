/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A row of a table: what a query yielded, and as people read it. */
#ifndef GUI_ROW_H
#define GUI_ROW_H

#include <analyze/analyze.h>
#include <glib-object.h>

#define MDV_TYPE_ROW (mdv_row_get_type())
G_DECLARE_FINAL_TYPE(MdvRow, mdv_row, MDV, ROW, GObject)

struct _MdvRow {
	GObject parent;
	guint n;
	char **text;		/* as shown */
	char **value;		/* as SQL has it; NULL null */
};

/** The row that @query stands at; may be made in any thread. */
MdvRow *mdv_row_new(AnzQuery *query);

#endif
