/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See rows.h. */
#include "rows.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

void die(const char *what, const GError *error)
{
	fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, what,
		error ? error->message : "not as specified");
	exit(99);
}

AnzQuery *rows_query(AnzStore *store, const char *sql)
{
	GError *error = NULL;
	AnzQuery *query = anz_store_query(store, sql, &error);

	if (!query)
		die(sql, error);
	return query;
}

gboolean next(AnzQuery *query)
{
	GError *error = NULL;
	gboolean more = anz_query_next(query, &error);

	if (error)
		die("query", error);
	return more;
}
