/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The census in memory: per tile of 65536 frames the class, order, attributes and zone of each frame,
 * and its pageblock's migratetype.  Five bytes a frame while a tile is open; wide values (flags,
 * counts) stream past and are never held.  Tiles exist only where a section does.
 *
 * A map that fits its budget of memory stays open.  Of a larger one every tile is compressed after
 * use: stages go over it with anz_planes_pass() (pages/pass.h), which opens each tile once, on many
 * threads; anz_planes_tile() opens what is asked for out of order and keeps the last ones open.
 */
#ifndef ANZ_PAGES_PLANES_H
#define ANZ_PAGES_PLANES_H

#include <analyze/sketch.h>
#include <analyze/store.h>

#include "kernel/kernel.h"
#include "pages/spool.h"

/* What a later page of a compound page has in place of a class until it is spread. */
#define ANZ_CODE_TAIL 0xfe
/*
 * Until then a head carries this bit when the folio is mapped as a whole, so that its tails are
 * mapped too; ANZ_ATTR_MAPPED alone is about the head's own page.  No list was walked yet, so the
 * bit is free.
 */
#define ANZ_ATTR_WHOLE_MAPPED ANZ_ATTR_ON_LIST

typedef struct {
	guint64 number;			/* pfn >> ANZ_TILE_SHIFT */
	guint8 *page_class;		/* [ANZ_TILE_PAGES] as are the next three; NULL: not open */
	guint8 *order;
	guint16 *attr;
	guint8 *zone;			/* ANZ_NO_ZONE */
	guint8 *block_type;		/* migratetype per pageblock of the tile; always there */
	/* For pages/pack.c: */
	guint8 *packed;			/* NULL: never packed */
	guint32 packed_len;
	guint32 nr_stretches;		/* 0: the arrays themselves are in packed */
	/* For pages/planes.c: */
	gboolean is_edited;		/* since it was opened */
	GList use;			/* in AnzPlanes.in_use */
} AnzTile;

/**
 * A page whose struct page says "free block", with the two words of it that hold its links: next and
 * prev of the classic shape, the first and second word of struct page in 8- and 16-byte ones.
 */
typedef struct {
	guint64 pfn;
	guint64 next, prev;
} AnzBuddyRecord;

/** What a struct page shows that a rule may object to, once lists and neighbours are known (check/). */
typedef enum {
	ANZ_SUSPECT_TYPE,		/* a page type that is not assigned */
	ANZ_SUSPECT_TYPE_BITS,		/* a typed page with bits that its type does not use */
	ANZ_SUSPECT_MAPCOUNT,		/* below zero */
	ANZ_SUSPECT_REFCOUNT,		/* fewer than mappings and caches hold */
	ANZ_SUSPECT_REFERENCES,		/* more than mappings and caches hold */
	ANZ_SUSPECT_RESERVED,		/* reserved without a reference */
	ANZ_SUSPECT_FREE_HEAD,		/* says that it is free, and is not clean */
	ANZ_SUSPECT_FREE_INTERIOR,	/* behind such a head, and not clean */
	ANZ_SUSPECT_BLOCK_ORDER,	/* free or guard block with a senseless order */
	ANZ_SUSPECT_BLOCK_INSIDE,	/* free block that begins inside another */
	ANZ_SUSPECT_ORDER,		/* head of a compound page with a senseless order */
	ANZ_SUSPECT_TAIL_HEAD,		/* leads to another head than its neighbours */
	ANZ_SUSPECT_TAIL_STATE,		/* a tail with references or a type */
	ANZ_SUSPECT_TAIL_MAPPING,
	ANZ_SUSPECT_ORPHAN_TAIL,	/* behind no head */
	ANZ_SUSPECT_CUT,		/* where a compound page should have a tail */
	ANZ_SUSPECT_ZONE,		/* names a zone that does not hold it */
	ANZ_NR_SUSPECTS
} AnzSuspectKind;

/** One page of that kind. */
typedef struct {
	guint64 pfn;
	guint64 head;		/* first frame of the block or compound page it is in; or its own */
	guint64 seen, expected;	/* by kind */
	guint8 kind;
} AnzSuspect;

/* So many are kept of each kind and tile; the others are counted. */
#define ANZ_MAX_SUSPECTS 256

/** Oddities met while decoding. */
typedef struct {
	guint64 suspects[ANZ_NR_SUSPECTS];	/* all there were, kept or not */
	guint64 odd_mapping;		/* mapping that is no pointer */
	guint64 fake_heads;		/* optimised hugetlb vmemmap; normal */
	guint64 unmapped;		/* struct page whose memory is not mapped */
} AnzDecodeStats;

typedef struct {
	guint nr_tiles;
	AnzTile *all_tiles;		/* by number; use anz_planes_tile_at() */
	guint64 max_pfn;
	guint pageblock_order;
	GArray *buddies;		/* AnzBuddyRecord, by pfn; none when they did not fit the budget */
	guint max_buddies;
	GArray *suspects;		/* AnzSuspect, those of a tile together; none of descriptors */
	AnzDecodeStats stats;
	guint threads;			/* for later passes */
	AnzSpoolRoom *room;		/* for what later stages find */
	/* For pages/planes.c: */
	guint max_open;			/* tiles */
	guint nr_kept;			/* first tiles, which stay open; all of a map that fits */
	GQueue in_use;			/* other open tiles, latest first */
	struct AnzTilePacker *packer;	/* the calling thread's */
} AnzPlanes;

/** What a map may take of memory when nothing else is said. */
#define ANZ_PLANES_DEFAULT_BUDGET (256ull << 20)

/**
 * anz_planes_new:
 * @numbers: of the tiles, ascending
 * @pageblock_order: of AnzKernel
 * @budget_bytes: of open tiles and noted links together; 0 for %ANZ_PLANES_DEFAULT_BUDGET.  Half as much
 *	have the spools of its room
 *
 * Returns: (transfer full): a map of holes in no zone and of no migratetype.
 */
AnzPlanes *anz_planes_new(const guint64 *numbers, guint nr, guint pageblock_order,
			  guint64 budget_bytes);
void anz_planes_free(AnzPlanes *planes);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AnzPlanes, anz_planes_free)

/**
 * anz_planes_tile:
 *
 * The tile that holds @pfn, open, or %NULL if no section does.  It stays open until seven other tiles
 * were asked for, or a pass begins.  Not for use inside a pass.
 */
const AnzTile *anz_planes_tile(const AnzPlanes *planes, guint64 pfn);
/** The same for tile @index of @planes->nr_tiles. */
const AnzTile *anz_planes_tile_at(const AnzPlanes *planes, guint index);
/** As those two, to write into: such a tile is packed again when it is closed. */
AnzTile *anz_planes_edit(AnzPlanes *planes, guint64 pfn);
AnzTile *anz_planes_edit_at(AnzPlanes *planes, guint index);
/** Index of the tile that holds @pfn, or -1; opens nothing. */
gint anz_planes_find(const AnzPlanes *planes, guint64 pfn);

/**
 * AnzTileSink: receives the wide values of one tile, from the thread that called anz_planes_decode().
 * Arrays hold ANZ_TILE_PAGES values; @generation (of AnzPageFormat.gen_mask) is %NULL if no page of the
 * tile has one, and @refs (of refs_mask, and one, of pages with a generation) also if none is kept.
 */
typedef void (*AnzTileSink)(guint64 tile, const guint32 *flags, const gint32 *refcount,
			    const gint32 *mapcount, const guint8 *generation, const guint8 *refs,
			    gpointer data);

/**
 * anz_planes_decode:
 * @threads: workers, for later passes as well; 0 for one per processor
 * @budget_bytes: as for anz_planes_new()
 * @sink: (nullable)
 * @sketch: (nullable): takes over each tile as it is decoded
 * @progress: (nullable): called from the calling thread
 * @cancel: (nullable)
 *
 * Reads every struct page once, in tiles, classifies it by itself and then spreads heads and free
 * blocks over the frames behind them.
 *
 * Returns: (transfer full): %NULL with @error (CANCELLED, or an image could not be cloned).
 */
AnzPlanes *anz_planes_decode(AnzKernel *kernel, guint threads, guint64 budget_bytes,
			     AnzTileSink sink, gpointer data, AnzSketch *sketch,
			     void (*progress)(guint64 done, guint64 total, gpointer data),
			     gpointer progress_data, const gint *cancel, GError **error);

/** Numbers of the tiles that some section touches (guint64), ascending (transfer full). */
GArray *anz_planes_tile_numbers(const AnzKernel *kernel);

/** Index of a frame in its tile. */
static inline guint anz_tile_index(guint64 pfn)
{
	return pfn & (ANZ_TILE_PAGES - 1);
}

static inline guint anz_tile_migratetype(const AnzPlanes *planes, const AnzTile *tile, guint index)
{
	return tile->block_type[index >> MIN(planes->pageblock_order, ANZ_TILE_SHIFT)];
}

/** The record of a page that says it is a free block, or %NULL. */
const AnzBuddyRecord *anz_planes_buddy(const AnzPlanes *planes, guint64 pfn);

/** Keeps @suspect in @suspects, or only counts it. */
void anz_suspect_add(GArray *suspects, AnzDecodeStats *stats, AnzSuspect suspect);

/** Spreads heads over tails and free blocks over their frames (pages/spread.c). */
void anz_planes_spread(AnzPlanes *planes);

/**
 * anz_planes_finish:
 *
 * The last words on each frame, after the lists were walked: poisoned pages, kernel image, zero
 * page, frames in no zone, isolated pageblocks, content that is not in the dump.
 */
gboolean anz_planes_finish(AnzPlanes *planes, AnzKernel *kernel, const gint *cancel,
			   GError **error);

/** A maximal run of frames alike in class, zone and migratetype. */
typedef struct {
	guint64 pfn;
	guint64 nr_pages;
	guint8 page_class;
	guint8 zone;		/* ANZ_NO_ZONE */
	guint8 migratetype;	/* ANZ_NO_MIGRATETYPE */
	int order;		/* -1 when not the same for all */
	guint64 mapped;
	guint64 excluded;
} AnzPageRun;

/**
 * anz_tile_runs:
 *
 * Appends the runs of one tile, of holes as well, to @runs (AnzPageRun).
 */
void anz_tile_runs(const AnzPlanes *planes, const AnzTile *tile, GArray *runs);

/**
 * anz_page_run_join:
 *
 * %TRUE if @next, from the tile behind, goes on where @run ends: it is then part of @run.
 */
gboolean anz_page_run_join(AnzPageRun *run, const AnzPageRun *next);

#endif
