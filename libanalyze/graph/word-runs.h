/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Frames one after another that hold the same word of a pointer type (memory descriptors). */
#ifndef ANZ_GRAPH_WORD_RUNS_H
#define ANZ_GRAPH_WORD_RUNS_H

#include "pages/planes.h"

typedef struct {
	guint64 pfn;
	guint64 nr_pages;	/* poisoned pages between them included */
	guint64 word;
} AnzWordRun;

/**
 * anz_word_runs_find:
 * @tile: with the frames marked that lists cover: words there are stale
 * @records: @nr struct pages, the first that of @pfn, all in @tile
 * @runs: AnzWordRun by pfn, appended; goes on with the last one if it ends before @pfn
 *
 * A poisoned page stands in the array as a run of its own and does not end the run around it.
 */
void anz_word_runs_find(const AnzMemdescFormat *memdesc, gboolean big_endian, guint stride,
			const AnzTile *tile, guint64 pfn, guint nr, const guint8 *records,
			GArray *runs);

#endif
