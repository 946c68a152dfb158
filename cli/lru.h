/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which LRU list pages are on, and of which generation they are. */
#ifndef CLI_LRU_H
#define CLI_LRU_H

#include "cli.h"
#include "output.h"

/** What is not known is %NULL or -1. */
typedef struct {
	char *list;		/* "anon", "file, inactive", "unevictable" */
	gint64 generation;	/* its number, */
	gint64 seq;		/* sequence number, */
	gint64 age;		/* and how many are younger */
	gint64 refs;		/* LRU_REFS of page->flags */
} PageLru;

/** Returns: %FALSE with @error; @lru is to be cleared in any case. */
gboolean page_lru_read(AnzStore *store, gint64 pfn, PageLru *lru, GError **error);
void page_lru_clear(PageLru *lru);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(PageLru, page_lru_clear)

extern const Table generation_table;

/** Returns: %FALSE with an error where there are no generations */
gboolean lru_check_generations(AnzStore *store, GError **error);

/** Pages by generation, over all control groups. */
gboolean lru_print_generations(Output *out, AnzStore *store, GError **error);

#endif
