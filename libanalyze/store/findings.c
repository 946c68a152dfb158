/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How much the rules found, for who wants one line of it. */
#include "store/store-private.h"

gboolean anz_store_count_findings(AnzStore *store, AnzFindingCounts *counts, GError **error)
{
	g_autoptr(AnzQuery) query = anz_store_query(store,
		"SELECT sum(findings * (severity = 'error')), sum(findings * (severity = 'warning')), "
		"sum(findings * (severity = 'info')), sum(evaluated > 0) FROM rules "
		"WHERE snapshot = :snapshot", error);

	if (!query || !anz_query_next(query, error))
		return FALSE;
	*counts = (AnzFindingCounts){
		.errors = (guint64)anz_query_int(query, 0), .warnings = (guint64)anz_query_int(query, 1),
		.infos = (guint64)anz_query_int(query, 2), .evaluated = (guint64)anz_query_int(query, 3),
	};
	return TRUE;
}
