/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The rows of schemas/memdesc-cost.tsv and memdesc-path.tsv.  Each array ends with a row whose first
 * member is %NULL.
 */
#ifndef ANZ_COST_TABLES_H
#define ANZ_COST_TABLES_H

#include <glib.h>

/** Shapes of struct page, in the order of the columns of memdesc-cost.tsv. */
enum { ANZ_COST_CLASSIC, ANZ_COST_MEMDESC32, ANZ_COST_MEMDESC16, ANZ_COST_MEMDESC8, ANZ_NR_COST_SHAPES };

/** Bytes in one shape, and whether that is published ('P') or a convention ('C'); 0: none there. */
typedef struct {
	guint16 bytes;
	char status;
} AnzCostSize;

typedef struct {
	const char *descriptor;
	const char *orders;		/* "0", "1+", "any" */
	const char *classes;		/* comma-separated */
	AnzCostSize size[ANZ_NR_COST_SHAPES];
	const char *source;
} AnzCostRow;

typedef struct {
	const char *step;
	const char *test;		/* "struct", "member", "no-member", "absent", "type", "size" */
	const char *names;		/* comma-separated, or what the test compares with */
	const char *meaning;
} AnzPathRow;

/** The first row is struct page itself. */
extern const AnzCostRow anz_cost_rows[];
extern const AnzPathRow anz_path_rows[];

#endif
