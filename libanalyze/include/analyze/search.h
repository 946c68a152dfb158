/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From what somebody typed to a set of pages. */
#ifndef ANALYZE_SEARCH_H
#define ANALYZE_SEARCH_H

#include <analyze/picture.h>

G_BEGIN_DECLS

/**
 * AnzSearchKind: what a text means.
 * @ANZ_SEARCH_NOTHING: it is empty
 * @ANZ_SEARCH_ADDRESS: one page
 * @ANZ_SEARCH_PAGES: pages, found by SQL made of the text
 * @ANZ_SEARCH_ROWS: SQL that was given; only with a column pfn are its rows pages
 * @ANZ_SEARCH_CHANGES: pages of another class than in the older analysis that is compared with
 */
typedef enum {
	ANZ_SEARCH_NOTHING,
	ANZ_SEARCH_ADDRESS,
	ANZ_SEARCH_PAGES,
	ANZ_SEARCH_ROWS,
	ANZ_SEARCH_CHANGES,
} AnzSearchKind;

/**
 * AnzSearch:
 * @pfn: of an address
 * @from: of changes, the class before
 * @to: and the one after
 * @sql: for anz_page_set_query(); %NULL of an address and of changes
 * @words: what is looked for, for people
 */
typedef struct {
	AnzSearchKind kind;
	guint64 pfn;
	AnzPageClass from, to;
	char *sql;
	char *words;
} AnzSearch;

/**
 * anz_search_parse:
 * @search: (out caller-allocated): to be cleared
 *
 * An address in any form of anz_store_resolve(); names of classes, parted by blanks or commas;
 * "flags:lru&!dirty"; "change:free>anon"; "= SQL"; else part of an owner's name.
 *
 * Returns: %FALSE with @error.
 */
gboolean anz_search_parse(AnzStore *store, const char *text, AnzSearch *search, GError **error);
void anz_search_clear(AnzSearch *search);

/** %TRUE if what @text finds hangs on the older analysis that is compared with. */
gboolean anz_search_needs_other(const char *text);

/**
 * anz_page_set_query:
 * @sql: one statement with a column pfn, and pages if a row stands for more than one
 *
 * Returns: (transfer full): %NULL with @error.
 */
AnzPageSet *anz_page_set_query(AnzStore *store, const char *sql, GError **error);

/**
 * anz_page_set_changes:
 * @before: the current snapshot of one store
 * @after: and of another, as for anz_compare()
 * @cancel: (nullable): polled; non-zero ends with ANZ_ERROR_CANCELLED
 *
 * The pages that were @from and are @to.
 *
 * Returns: (transfer full): %NULL with @error.
 */
AnzPageSet *anz_page_set_changes(AnzStore *before, AnzStore *after, AnzPageClass from, AnzPageClass to,
				 const gint *cancel, GError **error);

/**
 * anz_page_set_search:
 * @other: (nullable): the older analysis that is compared with
 * @cancel: (nullable): polled while two are compared; a query is ended by anz_store_set_cancel()
 *
 * The pages that @text means, as anz_search_parse() takes it; none of an empty text.
 *
 * Returns: (transfer full): %NULL with @error.
 */
AnzPageSet *anz_page_set_search(AnzStore *store, AnzStore *other, const char *text, const gint *cancel,
				GError **error);

G_END_DECLS

#endif
