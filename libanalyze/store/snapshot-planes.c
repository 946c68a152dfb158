/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Planes and runs of an analysis: workers compress tiles and find runs, the writer's thread joins the
 * runs that a tile's end has cut and inserts.
 */
#include <string.h>

#include "pages/pass.h"
#include "store/snapshot.h"

typedef struct {
	AnzStoreWriter *writer;
	const AnzKernel *kernel;
	const AnzPlanes *planes;
	AnzPageRun open;	/* the last run; nr_pages 0: none yet */
} PlaneWriter;

#define NR_PLANES 5

/* What comes out of one tile. */
typedef struct {
	AnzCodecContext *codec;
	AnzEncodedTile *encoded[NR_PLANES];
	struct {
		AnzEncodedTile *encoded;
		guint8 byte;
	} uniform[NR_PLANES];	/* the last one whose bytes were all the same */
	GArray *runs;		/* AnzPageRun */
} Slot;

static gpointer slot_new(gpointer data, GError **error)
{
	Slot *slot = g_new0(Slot, 1);

	(void)data;
	(void)error;
	slot->codec = anz_codec_context_new();
	slot->runs = g_array_new(FALSE, FALSE, sizeof(AnzPageRun));
	return slot;
}

static void slot_free(gpointer data)
{
	Slot *slot = data;

	for (guint i = 0; i < NR_PLANES; i++) {
		anz_encoded_tile_free(slot->encoded[i]);
		anz_encoded_tile_free(slot->uniform[i].encoded);
	}
	anz_codec_context_free(slot->codec);
	g_array_unref(slot->runs);
	g_free(slot);
}

/* Zone and migratetype are mostly those of the tile before, in all frames. */
static AnzEncodedTile *encode(Slot *slot, guint i, AnzPlane plane, guint64 number, const guint8 *bytes)
{
	gboolean is_uniform = plane != ANZ_PLANE_CLASS &&
			      !memcmp(bytes, bytes + 1, ANZ_TILE_PAGES * anz_plane_width(plane) - 1);
	AnzEncodedTile *encoded;

	if (is_uniform && slot->uniform[i].encoded && slot->uniform[i].byte == bytes[0])
		return anz_encoded_tile_again(slot->uniform[i].encoded, number);
	encoded = anz_encoded_tile_new(slot->codec, plane, number, bytes);
	if (is_uniform) {
		anz_encoded_tile_free(slot->uniform[i].encoded);
		slot->uniform[i].encoded = anz_encoded_tile_again(encoded, number);
		slot->uniform[i].byte = bytes[0];
	}
	return encoded;
}

static void encode_tile(AnzTile *tile, gpointer data, gpointer user_data)
{
	const PlaneWriter *to = user_data;
	Slot *slot = data;
	guint block = 1u << MIN(to->planes->pageblock_order, ANZ_TILE_SHIFT);
	guint8 migratetype[ANZ_TILE_PAGES];
	const struct {
		AnzPlane plane;
		const void *values;
	} planes[NR_PLANES] = {
		{ ANZ_PLANE_CLASS, tile->page_class },
		{ ANZ_PLANE_ORDER, tile->order },
		{ ANZ_PLANE_ATTR, tile->attr },
		{ ANZ_PLANE_ZONE, tile->zone },
		{ ANZ_PLANE_MIGRATETYPE, migratetype },
	};

	for (guint i = 0; i < ANZ_TILE_PAGES; i += block)
		memset(migratetype + i, anz_tile_migratetype(to->planes, tile, i), block);
	for (guint i = 0; i < NR_PLANES; i++)
		slot->encoded[i] = encode(slot, i, planes[i].plane, tile->number, planes[i].values);
	g_array_set_size(slot->runs, 0);
	anz_tile_runs(to->planes, tile, slot->runs);
}

static void write_run(const PlaneWriter *to)
{
	const AnzPageRun *run = &to->open;
	const AnzZone *zone = run->zone < to->kernel->zones->len ?
			      &g_array_index(to->kernel->zones, AnzZone, run->zone) : NULL;

	if (!run->nr_pages || run->page_class == ANZ_CLASS_HOLE)
		return;
	anz_store_writer_insert(to->writer, "runs", "uusnnssuu", run->pfn, run->nr_pages,
				anz_page_class_info(run->page_class)->name, run->order < 0 ?
				ANZ_NULL : (gint64)run->order, zone ? (gint64)zone->nid : ANZ_NULL,
				zone ? zone->name : NULL,
				anz_kernel_migratetype_name(to->kernel, run->migratetype),
				run->mapped, run->excluded);
}

static void put_tile(const AnzTile *tile, gpointer data, gpointer user_data)
{
	PlaneWriter *to = user_data;
	Slot *slot = data;

	(void)tile;
	for (guint i = 0; i < NR_PLANES; i++)
		anz_store_writer_put(to->writer, g_steal_pointer(&slot->encoded[i]));
	for (guint i = 0; i < slot->runs->len; i++) {
		const AnzPageRun *run = &g_array_index(slot->runs, AnzPageRun, i);

		if (to->open.nr_pages && anz_page_run_join(&to->open, run))
			continue;
		write_run(to);
		to->open = *run;
	}
}

gboolean anz_snapshot_write_planes(AnzStoreWriter *writer, const AnzKernel *kernel,
				   AnzPlanes *planes, const gint *cancel, GError **error)
{
	PlaneWriter to = { .writer = writer, .kernel = kernel, .planes = planes };
	const AnzPass pass = { .slot_new = slot_new, .slot_free = slot_free, .work = encode_tile,
			       .drain = put_tile, .read_only = TRUE, .cancel = cancel,
			       .data = &to };

	if (!anz_planes_pass(planes, &pass, error))
		return FALSE;
	write_run(&to);
	return TRUE;
}
