/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Opening and packing tiles (pages/pack.c), for pages/planes.c and pages/pass.c. */
#ifndef ANZ_PAGES_PLANES_PRIVATE_H
#define ANZ_PAGES_PLANES_PRIVATE_H

#include "pages/planes.h"

/** Of an open tile: page_class, order, zone and the two bytes of attr. */
#define ANZ_TILE_OPEN_BYTES (5 * (gsize)ANZ_TILE_PAGES)

/** Scratch of one thread. */
typedef struct AnzTilePacker AnzTilePacker;
AnzTilePacker *anz_tile_packer_new(void);
void anz_tile_packer_free(AnzTilePacker *packer);

/** Any thread, each with a tile and a packer of its own.  %FALSE if memory has run out. */
gboolean anz_tile_open(AnzTile *tile, AnzTilePacker *packer);
/** Leaves the tile open if memory has run out.  @changed: since it was opened. */
void anz_tile_pack(AnzTile *tile, AnzTilePacker *packer, gboolean changed);

/** Drops the arrays of an open tile, whatever is in them. */
void anz_tile_close(AnzTile *tile);

/** Packs what anz_planes_tile() has opened. */
void anz_planes_close_all(AnzPlanes *planes);

#endif
