/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The census in memory: per tile of 65536 frames the class, order and attributes of each frame, and
 * in compact form its zone and its pageblock's migratetype.  About four bytes a frame; wide values
 * (flags, counts) stream past and are never held.  Tiles exist only where a section does.
 */
#ifndef ANZ_PAGES_PLANES_H
#define ANZ_PAGES_PLANES_H

#include <analyze/store.h>

#include "kernel/kernel.h"

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
	guint8 *page_class;		/* [ANZ_TILE_PAGES] */
	guint8 *order;
	guint16 *attr;
	guint8 *zone;			/* [ANZ_TILE_PAGES], or NULL: all are zone_value */
	guint8 zone_value;
	guint8 *block_type;		/* migratetype per pageblock of the tile */
} AnzTile;

/**
 * A page whose struct page says "free block", with the two words of it that hold its links: next and
 * prev of the classic shape, the first and second word of struct page in 8- and 16-byte ones.
 */
typedef struct {
	guint64 pfn;
	guint64 next, prev;
} AnzBuddyRecord;

/** Frames one after another that hold the same word of a pointer type (memory descriptors). */
typedef struct {
	guint64 pfn;
	guint64 nr_pages;	/* poisoned pages between them included */
	guint64 word;
} AnzWordRun;

/** Oddities met while decoding; each becomes a remark. */
typedef struct {
	guint64 unknown_type;		/* a page type that is not assigned */
	guint32 unknown_type_value;	/* the first such; classic shape */
	guint64 unknown_type_pfn;	/* the first such; memory descriptors */
	guint64 bad_buddy_order;	/* free block with a senseless order */
	guint64 bad_compound_order;
	guint64 wrong_head;		/* tail whose word leads to another head */
	guint64 wrong_head_pfn;		/* the first such */
	guint64 orphan_tail;		/* tail behind no head */
	guint64 cut_compound;		/* compound page with fewer tails than its order */
	guint64 overlapping_block;	/* free block that begins inside another */
	guint64 odd_mapping;		/* mapping that is no pointer */
	guint64 fake_heads;		/* optimised hugetlb vmemmap; normal */
	guint64 unmapped;		/* struct page whose memory is not mapped */
} AnzDecodeStats;

typedef struct {
	guint nr_tiles;
	AnzTile *tiles;			/* by number */
	guint64 max_pfn;
	guint pageblock_order;
	GArray *buddies;		/* AnzBuddyRecord, by pfn */
	GArray *runs;			/* AnzWordRun, by pfn; empty for the classic shape */
	AnzDecodeStats stats;
} AnzPlanes;

/**
 * AnzTileSink: receives the wide values of one tile, from the thread that called anz_planes_decode().
 * Arrays hold ANZ_TILE_PAGES values.
 */
typedef void (*AnzTileSink)(guint64 tile, const guint32 *flags, const gint32 *refcount,
			    const gint32 *mapcount, gpointer data);

/**
 * anz_planes_decode:
 * @threads: workers; 0 for one per processor
 * @sink: (nullable)
 * @progress: (nullable): called from the calling thread
 * @cancel: (nullable)
 *
 * Reads every struct page once, in tiles, classifies it by itself and then spreads heads and free
 * blocks over the frames behind them.
 *
 * Returns: (transfer full): %NULL with @error (CANCELLED, or an image could not be cloned).
 */
AnzPlanes *anz_planes_decode(AnzKernel *kernel, guint threads, AnzTileSink sink, gpointer data,
			     void (*progress)(guint64 done, guint64 total, gpointer data),
			     gpointer progress_data, const gint *cancel, GError **error);
void anz_planes_free(AnzPlanes *planes);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AnzPlanes, anz_planes_free)

/** The tile that holds @pfn, or %NULL if no section does. */
AnzTile *anz_planes_tile(const AnzPlanes *planes, guint64 pfn);
/** Index of a frame in its tile. */
static inline guint anz_tile_index(guint64 pfn)
{
	return pfn & (ANZ_TILE_PAGES - 1);
}

static inline guint anz_tile_zone(const AnzTile *tile, guint index)
{
	return tile->zone ? tile->zone[index] : tile->zone_value;
}

/** Sets the zone of one frame (pages/decode.c). */
void anz_tile_set_zone(AnzTile *tile, guint index, guint8 zone);

static inline guint anz_tile_migratetype(const AnzPlanes *planes, const AnzTile *tile, guint index)
{
	return tile->block_type[index >> MIN(planes->pageblock_order, ANZ_TILE_SHIFT)];
}

/** The record of a page that says it is a free block, or %NULL. */
const AnzBuddyRecord *anz_planes_buddy(const AnzPlanes *planes, guint64 pfn);

/** Spreads heads over tails and free blocks over their frames (pages/spread.c). */
void anz_planes_spread(AnzPlanes *planes);

/**
 * anz_planes_finish:
 *
 * The last words on each frame, after the lists were walked: poisoned pages, kernel image, zero
 * page, frames in no zone, isolated pageblocks, content that is not in the dump.
 */
void anz_planes_finish(AnzPlanes *planes, AnzKernel *kernel);

/**
 * Counts pages of unknown type anew: words inside free blocks are stale, so among memory descriptors
 * only those that no list covers count.  To be called after the lists were walked.
 */
void anz_planes_recount_unknown(AnzPlanes *planes);

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

/** Calls @func for every run of the map that is not a hole, by pfn; holes between are left out. */
void anz_planes_runs(const AnzPlanes *planes, void (*func)(const AnzPageRun *run, gpointer data),
		     gpointer data);

#endif
