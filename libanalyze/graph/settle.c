/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Settling claims: who owns each frame.  A tile at a time, claims are painted over an array of
 * owners, the weakest first, so that the strongest is what stays; then the array is read off as
 * stretches.  Among claims of one rank that of the earlier turn wins.
 */
#include "graph/graph.h"

typedef struct {
	guint32 owner[ANZ_TILE_PAGES];
	guint64 position[ANZ_TILE_PAGES];
	guint8 before[ANZ_TILE_PAGES];	/* classes as they were */
} Canvas;

static int by_pfn(gconstpointer a, gconstpointer b, gpointer data)
{
	const AnzClaim *x = a, *y = b;

	(void)data;
	return x->pfn < y->pfn ? -1 : x->pfn > y->pfn;
}

/* Weakest first.  What is left is by frame, then by the order of their making: where they stand. */
static int by_weakness(gconstpointer a, gconstpointer b)
{
	const AnzClaim *x = *(const AnzClaim *const *)a, *y = *(const AnzClaim *const *)b;

	if (x->rank != y->rank)
		return x->rank > y->rank ? -1 : 1;
	if (x->turn != y->turn)
		return x->turn > y->turn ? -1 : 1;
	return x > y ? -1 : x < y;
}

static void paint(Canvas *canvas, AnzTile *tile, const AnzClaim *claim)
{
	guint64 base = tile->number << ANZ_TILE_SHIFT;
	guint64 from = MAX(claim->pfn, base);
	guint64 to = MIN(claim->pfn + claim->nr_pages, base + ANZ_TILE_PAGES);

	for (guint64 pfn = from; pfn < to; pfn++) {
		guint i = anz_tile_index(pfn);

		canvas->owner[i] = claim->owner;
		canvas->position[i] = claim->position == ANZ_NO_POSITION ? ANZ_NO_POSITION :
				      claim->position + (pfn - claim->pfn);
		/* The strongest that has a class for it says what it is. */
		if (claim->page_class < ANZ_NR_CLASSES &&
		    canvas->before[i] == ANZ_CLASS_KERNEL_OTHER)
			tile->page_class[i] = claim->page_class;
	}
}

static gboolean follows(const AnzOwned *last, guint64 pfn, guint32 owner, guint64 position)
{
	if (last->owner != owner || last->pfn + last->nr_pages != pfn)
		return FALSE;
	if (last->position == ANZ_NO_POSITION || position == ANZ_NO_POSITION)
		return last->position == position;
	return last->position + last->nr_pages == position;
}

/* @base: first frame of the tile. */
static void read_off(AnzGraph *graph, const Canvas *canvas, const AnzTile *tile, guint64 base)
{
	for (guint i = 0; i < ANZ_TILE_PAGES; i++) {
		AnzOwned *last = graph->owned->len ?
			&anz_spool_index(graph->owned, AnzOwned, graph->owned->len - 1) : NULL;
		guint32 owner = canvas->owner[i];
		AnzOwned next = { .pfn = base + i, .nr_pages = 1, .owner = owner,
				  .position = canvas->position[i] };

		if (!owner)
			continue;
		anz_graph_get_owner(graph, owner)->nr_pages++;
		if (tile->page_class[i] != canvas->before[i])
			graph->found[tile->page_class[i]]++;
		if (last && follows(last, base + i, owner, canvas->position[i]))
			last->nr_pages++;
		else
			anz_spool_append(graph->owned, &next, 1);
	}
}

/*
 * Claims may be longer than a tile (a gigantic page, the kernel image): @open holds those that reach
 * into the next one.
 */
void anz_graph_settle(AnzGraph *graph)
{
	g_autoptr(GPtrArray) open = g_ptr_array_new();
	g_autofree Canvas *canvas = g_new(Canvas, 1);
	AnzSpool *claims = graph->claims;
	guint next = 0;

	/* A stable sort: claims that begin at one frame stay in the order of their making. */
	anz_spool_sort(claims, by_pfn, NULL);
	for (guint t = 0; t < graph->planes->nr_tiles; t++) {
		guint64 base = graph->planes->all_tiles[t].number << ANZ_TILE_SHIFT;
		guint64 end = base + ANZ_TILE_PAGES;
		AnzTile *tile;

		for (guint i = 0; i < open->len; ) {
			const AnzClaim *claim = g_ptr_array_index(open, i);

			if (claim->pfn + claim->nr_pages <= base)
				g_ptr_array_remove_index_fast(open, i);
			else
				i++;
		}
		for (; next < claims->len; next++) {
			AnzClaim *claim = &anz_spool_index(claims, AnzClaim, next);

			if (claim->pfn >= end)
				break;
			if (claim->pfn + claim->nr_pages > base)
				g_ptr_array_add(open, claim);
		}
		if (!open->len)
			continue;
		memset(canvas->owner, 0, sizeof(canvas->owner));
		tile = anz_planes_edit_at(graph->planes, t);
		memcpy(canvas->before, tile->page_class, sizeof(canvas->before));
		g_ptr_array_sort(open, by_weakness);
		for (guint i = 0; i < open->len; i++)
			paint(canvas, tile, g_ptr_array_index(open, i));
		read_off(graph, canvas, tile, base);
	}
	/* Claims have served. */
	anz_spool_clear(claims);
}
