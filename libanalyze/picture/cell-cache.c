/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A blob of the pyramid has all levels of its tiles, so that most of what is unpacked is not what was asked
 * for; and other colours for the same cells want the same blobs again.  What was taken out of them is kept,
 * once for all who paint the same analysis.
 */
#include "picture/cell-cache.h"

#include <string.h>

#define CELL_BYTES (sizeof(guint8) + sizeof(guint32))

typedef struct {
	guint level, n;
	guint64 first;
	GList link;		/* in the order of use, latest first */
	guint32 *set;		/* n of them, followed by as many dominant classes */
} Stretch;

struct AnzCellCache {
	gatomicrefcount refs;
	GMutex lock;		/* of what follows */
	GHashTable *stretches;	/* set of Stretch */
	GQueue by_use;		/* links of Stretch */
	gsize bytes, max_bytes;
};

static guint stretch_hash(gconstpointer p)
{
	const Stretch *stretch = p;

	return (guint)stretch->first * 0x9e3779b1u ^ stretch->level * 0x85ebca6bu ^ stretch->n;
}

static gboolean stretch_equal(gconstpointer a, gconstpointer b)
{
	const Stretch *x = a, *y = b;

	return x->first == y->first && x->level == y->level && x->n == y->n;
}

static void stretch_free(gpointer data)
{
	Stretch *stretch = data;

	g_free(stretch->set);
	g_free(stretch);
}

AnzCellCache *anz_cell_cache_new(gsize max_bytes)
{
	AnzCellCache *cache = g_new0(AnzCellCache, 1);

	g_atomic_ref_count_init(&cache->refs);
	g_mutex_init(&cache->lock);
	g_queue_init(&cache->by_use);
	cache->stretches = g_hash_table_new_full(stretch_hash, stretch_equal, stretch_free, NULL);
	cache->max_bytes = max_bytes;
	return cache;
}

AnzCellCache *anz_cell_cache_ref(AnzCellCache *cache)
{
	g_atomic_ref_count_inc(&cache->refs);
	return cache;
}

void anz_cell_cache_unref(AnzCellCache *cache)
{
	if (!cache || !g_atomic_ref_count_dec(&cache->refs))
		return;
	g_hash_table_unref(cache->stretches);
	g_mutex_clear(&cache->lock);
	g_free(cache);
}

gboolean anz_cell_cache_get(AnzCellCache *cache, guint level, guint64 first, guint n, guint8 *dominant,
			    guint32 *set)
{
	const Stretch key = { .level = level, .n = n, .first = first };
	Stretch *stretch;

	g_mutex_lock(&cache->lock);
	stretch = g_hash_table_lookup(cache->stretches, &key);
	if (stretch) {
		memcpy(set, stretch->set, n * sizeof(*set));
		memcpy(dominant, stretch->set + n, n);
		g_queue_unlink(&cache->by_use, &stretch->link);
		g_queue_push_head_link(&cache->by_use, &stretch->link);
	}
	g_mutex_unlock(&cache->lock);
	return stretch != NULL;
}

static void make_room(AnzCellCache *cache, gsize bytes)
{
	while (cache->bytes + bytes > cache->max_bytes) {
		Stretch *last = g_queue_pop_tail_link(&cache->by_use)->data;

		cache->bytes -= last->n * CELL_BYTES;
		g_hash_table_remove(cache->stretches, last);
	}
	cache->bytes += bytes;
}

void anz_cell_cache_put(AnzCellCache *cache, guint level, guint64 first, guint n, const guint8 *dominant,
			const guint32 *set)
{
	const gsize bytes = n * CELL_BYTES;
	Stretch *stretch;

	if (bytes > cache->max_bytes)
		return;
	stretch = g_new0(Stretch, 1);
	stretch->level = level;
	stretch->n = n;
	stretch->first = first;
	stretch->link.data = stretch;
	stretch->set = g_malloc(bytes);
	memcpy(stretch->set, set, n * sizeof(*set));
	memcpy(stretch->set + n, dominant, n);
	g_mutex_lock(&cache->lock);
	/* two may have unpacked the same at the same time */
	if (g_hash_table_contains(cache->stretches, stretch)) {
		stretch_free(stretch);
	} else {
		make_room(cache, bytes);
		g_hash_table_add(cache->stretches, stretch);
		g_queue_push_head_link(&cache->by_use, &stretch->link);
	}
	g_mutex_unlock(&cache->lock);
}
