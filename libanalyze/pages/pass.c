/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Tiles are handed to a pool in order and drained in order, so what a pass keeps back is bounded by
 * the number of slots, and what comes out of it does not depend on who was faster.
 */
#include "pages/pass.h"

#include <analyze/error.h>

#include "pages/planes-private.h"

#define SLOTS_PER_THREAD 2

typedef struct {
	AnzTile *tile;		/* NULL: idle */
	gpointer user;
	AnzTilePacker *packer;
	GAsyncQueue *done;	/* the slot itself, when its work is done */
	gboolean failed;
} Slot;

typedef struct {
	AnzPlanes *planes;
	const AnzPass *pass;
	Slot *slots;
	guint nr_slots;
} Run;

static void run_slot(gpointer item, gpointer data)
{
	const Run *run = data;
	Slot *slot = item;

	slot->failed = !anz_tile_open(slot->tile, slot->packer);
	if (!slot->failed) {
		run->pass->work(slot->tile, slot->user, run->pass->data);
		if (slot->tile >= run->planes->all_tiles + run->planes->nr_kept)
			anz_tile_pack(slot->tile, slot->packer, !run->pass->read_only);
	}
	g_async_queue_push(slot->done, slot);
}

static gboolean make_slots(Run *run, guint threads, GError **error)
{
	run->nr_slots = MIN(threads * SLOTS_PER_THREAD, MAX(run->planes->nr_tiles, 1));
	run->slots = g_new0(Slot, run->nr_slots);
	for (guint i = 0; i < run->nr_slots; i++) {
		Slot *slot = &run->slots[i];

		slot->packer = anz_tile_packer_new();
		slot->done = g_async_queue_new();
		if (!run->pass->slot_new)
			continue;
		slot->user = run->pass->slot_new(run->pass->data, error);
		if (!slot->user)
			return FALSE;
	}
	return TRUE;
}

static void free_slots(Run *run)
{
	for (guint i = 0; i < run->nr_slots; i++) {
		Slot *slot = &run->slots[i];

		if (slot->user && run->pass->slot_free)
			run->pass->slot_free(slot->user);
		if (slot->done)
			g_async_queue_unref(slot->done);
		anz_tile_packer_free(slot->packer);
	}
	g_free(run->slots);
}

/* Waits for the slot's tile, if it has one; %FALSE if there was no memory for it. */
static gboolean drain_slot(Run *run, Slot *slot)
{
	const AnzTile *tile = slot->tile;

	if (!tile)
		return TRUE;
	g_async_queue_pop(slot->done);
	slot->tile = NULL;
	if (slot->failed)
		return FALSE;
	if (run->pass->drain)
		run->pass->drain(tile, slot->user, run->pass->data);
	return TRUE;
}

gboolean anz_planes_pass(AnzPlanes *planes, const AnzPass *pass, GError **error)
{
	Run run = { .planes = planes, .pass = pass };
	/* Each thread has a tile open, and all of them must fit the budget, beside those that stay open. */
	guint threads = MIN(planes->threads, planes->nr_kept < planes->nr_tiles ?
			    planes->max_open - planes->nr_kept : planes->max_open);
	gboolean ok = make_slots(&run, threads, error), enough = TRUE, cancelled = FALSE;
	GThreadPool *pool = ok ? g_thread_pool_new(run_slot, &run, threads, FALSE, error) : NULL;

	anz_planes_close_all(planes);
	for (guint i = 0; pool && i < planes->nr_tiles + run.nr_slots; i++) {
		Slot *slot = &run.slots[i % run.nr_slots];

		enough &= drain_slot(&run, slot);
		cancelled = cancelled || anz_is_cancelled(pass->cancel);
		if (i >= planes->nr_tiles || !enough || cancelled)
			continue;
		slot->tile = &planes->all_tiles[i];
		g_thread_pool_push(pool, slot, NULL);
	}
	if (pool)
		g_thread_pool_free(pool, FALSE, TRUE);
	free_slots(&run);
	if (!pool)
		return FALSE;
	if (!enough)
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_UNSUPPORTED,
			    "not enough memory for a map of %" G_GUINT64_FORMAT " page frames; use a "
			    "machine with more memory or a smaller --memory",
			    (guint64)planes->nr_tiles << ANZ_TILE_SHIFT);
	else if (cancelled)
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_CANCELLED, "interrupted");
	return enough && !cancelled;
}
