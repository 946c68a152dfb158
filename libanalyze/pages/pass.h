/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One pass over all tiles of a map, on several threads. */
#ifndef ANZ_PAGES_PASS_H
#define ANZ_PAGES_PASS_H

#include "pages/planes.h"

/**
 * AnzPass:
 * @slot_new: (nullable): makes what one unit of work needs: an image of its own, buffers, results;
 *	%NULL with @error if it cannot.  There are some two slots a thread
 * @work: on some worker, with a tile that is open and nobody else's
 * @drain: (nullable): on the calling thread, in order of tiles, after @work of that tile; the tile
 *	itself may be closed by then, and others are in work
 * @read_only: @work changes no tile
 * @cancel: (nullable): polled before each tile
 *
 * anz_planes_tile() must not be used until the pass is over.
 */
typedef struct {
	gpointer (*slot_new)(gpointer data, GError **error);
	void (*slot_free)(gpointer slot);
	void (*work)(AnzTile *tile, gpointer slot, gpointer data);
	void (*drain)(const AnzTile *tile, gpointer slot, gpointer data);
	gboolean read_only;
	const gint *cancel;
	gpointer data;
} AnzPass;

/** Returns: %FALSE with @error: CANCELLED, UNSUPPORTED (no memory), or what a slot_new() said. */
gboolean anz_planes_pass(AnzPlanes *planes, const AnzPass *pass, GError **error);

#endif
