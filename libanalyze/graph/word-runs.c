/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Pages of one allocation hold the same word: a pass over the words that looks at little more than
 * whether each equals the one before it.
 */
#include "graph/word-runs.h"

/* The kind that a word has by itself; words of all zeros and all ones are none. */
static gboolean is_pointer(const AnzMemdescFormat *memdesc, guint64 word)
{
	const AnzMemdescType *type = &memdesc->types[word & ((1ull << memdesc->type_bits) - 1)];

	return word && word != ~0ull && type->kind == ANZ_MEMDESC_POINTER &&
	       !(memdesc->links.kind == ANZ_LINKS_LIST && !(word & 3));
}

static gboolean is_poison(const AnzMemdescFormat *memdesc, guint64 word)
{
	return memdesc->types[word & ((1ull << memdesc->type_bits) - 1)].page_class ==
	       ANZ_CLASS_HWPOISON;
}

/* The run that a word at @pfn may continue: the last one, over poisoned pages right before @pfn. */
static AnzWordRun *open_run(const AnzMemdescFormat *memdesc, GArray *runs, guint64 pfn)
{
	for (guint i = runs->len; i-- > 0; ) {
		AnzWordRun *run = &g_array_index(runs, AnzWordRun, i);

		if (!is_poison(memdesc, run->word))
			return run->pfn + run->nr_pages == pfn ? run : NULL;
		/* One further back lies inside the run. */
		if (run->pfn + 1 == pfn)
			pfn--;
	}
	return NULL;
}

void anz_word_runs_find(const AnzMemdescFormat *memdesc, gboolean big_endian, guint stride,
			const AnzTile *tile, guint64 pfn, guint nr, const guint8 *records,
			GArray *runs)
{
	const guint8 *at = records + memdesc->word;
	const guint16 *attr = tile->attr + anz_tile_index(pfn);

	for (guint i = 0; i < nr; ) {
		guint64 word = anz_load64(at + (gsize)i * stride, big_endian);
		AnzWordRun run = { .pfn = pfn + i, .nr_pages = 1, .word = word };
		AnzWordRun *open;

		if (attr[i] & ANZ_ATTR_ON_LIST || !is_pointer(memdesc, word)) {
			i++;
			continue;
		}
		if (is_poison(memdesc, word)) {
			g_array_append_val(runs, run);
			i++;
			continue;
		}
		while (++i < nr && !(attr[i] & ANZ_ATTR_ON_LIST) &&
		       anz_load64(at + (gsize)i * stride, big_endian) == word)
			run.nr_pages++;
		open = open_run(memdesc, runs, run.pfn);
		if (open && open->word == word)
			open->nr_pages += run.pfn + run.nr_pages - (open->pfn + open->nr_pages);
		else
			g_array_append_val(runs, run);
	}
}
