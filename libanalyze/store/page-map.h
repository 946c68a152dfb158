/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What one snapshot says about its map of frames: the numbers and names behind tile
 * values.
 */
#ifndef ANZ_STORE_PAGE_MAP_H
#define ANZ_STORE_PAGE_MAP_H

#include "store/sqlite-face.h"

/*
 * Frames of 64-bit machines: 2^52 bytes of 4 KiB pages.  More than that is a damaged
 * file.
 */
#define ANZ_MAX_PFN ((guint64)1 << 40)

/** A stored class tile and the classes that occur in it (bit n = class n). */
typedef struct {
	guint64 tile;
	guint32 set;
} AnzTileClasses;

/**
 * AnzPageMap:
 * @page_shift: log2 of the page size
 * @vmemmap: virtual address of the struct page of frame 0; 0 unknown
 * @struct_page_size: 0 unknown
 * @page_offset: virtual address of physical 0 in the direct map; 0 unknown
 * @has_descriptors: descriptors stand apart from struct page, in table descriptors
 * @zone_name: by number in the zone plane; %NULL none
 * @zone_node: its node
 * @recorded: bit n: some tile of plane n is stored; a plane without any was not recorded
 * @tiles: AnzTileClasses by ascending tile
 *
 * Names live as long as the string chunk given to anz_page_map_load().
 */
typedef struct {
	gint64 snapshot;
	guint64 max_pfn;
	guint page_shift;
	guint64 vmemmap;
	guint64 struct_page_size;
	guint64 page_offset;
	gboolean has_descriptors;
	const char *zone_name[256];
	gint64 zone_node[256];
	const char *migratetype[256];
	const char *flag_name[32];
	guint recorded;
	GArray *tiles;
} AnzPageMap;

/**
 * anz_page_map_load:
 * @names: where names are kept
 *
 * Returns: (transfer full): %NULL with @error if there is no such snapshot or the file is
 * damaged.
 */
AnzPageMap *anz_page_map_load(sqlite3 *db, gint64 snapshot, GStringChunk *names,
			      GError **error);
/** Take further references with g_rc_box_acquire(). */
void anz_page_map_unref(AnzPageMap *map);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AnzPageMap, anz_page_map_unref)

/** Number of the newest snapshot; 0 with @error if there is none. */
gint64 anz_newest_snapshot(sqlite3 *db, GError **error);

/**
 * Reads "123" or "0x7b" (an optional sign means two's complement).  %FALSE if it is
 * neither.
 */
gboolean anz_parse_u64(const char *text, guint64 *value);

#endif
