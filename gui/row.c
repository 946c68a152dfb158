/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "row.h"

#include "words.h"

G_DEFINE_FINAL_TYPE(MdvRow, mdv_row, G_TYPE_OBJECT)

static void mdv_row_finalize(GObject *object)
{
	MdvRow *self = MDV_ROW(object);

	for (guint i = 0; i < self->n; i++) {
		if (self->text[i] != self->value[i])
			g_free(self->text[i]);
		g_free(self->value[i]);
	}
	g_free(self->text);
	g_free(self->value);
	G_OBJECT_CLASS(mdv_row_parent_class)->finalize(object);
}

static void mdv_row_class_init(MdvRowClass *klass)
{
	G_OBJECT_CLASS(klass)->finalize = mdv_row_finalize;
}

static void mdv_row_init(MdvRow *self)
{
}

static char *shown(AnzQuery *query, guint column, char *value)
{
	if (!value)
		return NULL;
	switch (anz_query_column_kind(query, column)) {
	case ANZ_COLUMN_ADDRESS:
		return mdv_words_address((guint64)anz_query_int(query, column));
	case ANZ_COLUMN_BYTES:
		return mdv_words_size((guint64)anz_query_int(query, column));
	case ANZ_COLUMN_PAGES: {
		gint64 n = anz_query_int(query, column);

		return n < 0 ? value : mdv_words_count((guint64)n);
	}
	case ANZ_COLUMN_BOOLEAN:
		return g_strdup(anz_query_int(query, column) ? "yes" : "no");
	default:
		return value;
	}
}

MdvRow *mdv_row_new(AnzQuery *query)
{
	MdvRow *row = g_object_new(MDV_TYPE_ROW, NULL);

	row->n = anz_query_n_columns(query);
	row->text = g_new0(char *, row->n);
	row->value = g_new0(char *, row->n);
	for (guint i = 0; i < row->n; i++) {
		row->value[i] = anz_query_is_null(query, i) ? NULL :
			g_utf8_make_valid(anz_query_text(query, i) ?: "", -1);
		row->text[i] = shown(query, i, row->value[i]);
	}
	return row;
}
