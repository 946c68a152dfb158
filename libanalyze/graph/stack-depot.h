/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Stacks by number, as lib/stackdepot.c keeps them: a number says in which pool a record lies, and where
 * in it.
 */
#ifndef ANZ_GRAPH_STACK_DEPOT_H
#define ANZ_GRAPH_STACK_DEPOT_H

#include "kernel/record.h"

#define ANZ_STACK_FRAMES 64	/* more are not kept (CONFIG_STACKDEPOT_MAX_FRAMES) */

typedef struct AnzStackDepot AnzStackDepot;

/** %NULL if this kernel keeps none, or keeps them in a way not known. */
AnzStackDepot *anz_stack_depot_new(AnzKernel *kernel);
void anz_stack_depot_free(AnzStackDepot *depot);

/**
 * anz_stack_depot_read:
 * @handle: depot_stack_handle_t
 * @frames: (out): return addresses, innermost first
 *
 * Returns: how many there are; 0 if nothing is kept under that number, or it is not in the dump.
 */
guint anz_stack_depot_read(AnzStackDepot *depot, guint32 handle, guint64 frames[ANZ_STACK_FRAMES]);

/**
 * anz_stack_depot_each_pool:
 * @func: gets the address of a pool: the first byte of a block of pages
 *
 * Calls @func for all pools that are in use, and for one that is kept ready.
 */
void anz_stack_depot_each_pool(AnzStackDepot *depot, void (*func)(guint64 pool, gpointer data),
			       gpointer data);

#endif
