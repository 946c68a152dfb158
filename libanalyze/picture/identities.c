/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which cells belong together, for the lines between those that do not. */
#include "picture/identities.h"

struct AnzIdentities {
	AnzStore *store;
	guint64 section_pages;			/* 0: memory without sections, which is as one */
	guint64 node[256];			/* by number of the zone */
	gboolean has_nodes;
	guint8 bytes[ANZ_TILE_PAGES];
	guint64 number[ANZ_TILE_PAGES];
};

AnzIdentities *anz_identities_new(AnzStore *store)
{
	AnzIdentities *identities = g_new0(AnzIdentities, 1);

	identities->store = store;
	identities->section_pages = anz_store_section_pages(store);
	return identities;
}

void anz_identities_free(AnzIdentities *identities)
{
	g_free(identities);
}

static gboolean identify_bytes(AnzIdentities *identities, AnzPlane plane, guint64 tile, guint level,
			       GError **error)
{
	if (!anz_store_read_plane(identities->store, plane, tile << ANZ_TILE_SHIFT, ANZ_TILE_PAGES,
				  identities->bytes, error))
		return FALSE;
	for (guint i = 0; i < ANZ_TILE_PAGES >> (2 * level); i++)
		identities->number[i] = identities->bytes[i << (2 * level)];
	return TRUE;
}

/* Nodes by the zone's number: table zones says which node each has. */
static gboolean load_nodes(AnzIdentities *identities, GError **error)
{
	g_autoptr(AnzQuery) query = anz_store_query(identities->store,
		"SELECT id, node FROM zones WHERE snapshot = :snapshot", error);
	g_autoptr(GError) err = NULL;

	if (!query)
		return FALSE;
	for (guint i = 0; i < G_N_ELEMENTS(identities->node); i++)
		identities->node[i] = G_MAXUINT64;
	while (anz_query_next(query, &err)) {
		gint64 id = anz_query_int(query, 0);

		if (id >= 0 && id < (gint64)G_N_ELEMENTS(identities->node))
			identities->node[id] = (guint64)anz_query_int(query, 1);
	}
	if (err) {
		g_propagate_error(error, g_steal_pointer(&err));
		return FALSE;
	}
	identities->has_nodes = TRUE;
	return TRUE;
}

static gboolean identify_nodes(AnzIdentities *identities, guint64 tile, guint level, GError **error)
{
	if ((!identities->has_nodes && !load_nodes(identities, error)) ||
	    !identify_bytes(identities, ANZ_PLANE_ZONE, tile, level, error))
		return FALSE;
	for (guint i = 0; i < ANZ_TILE_PAGES >> (2 * level); i++)
		identities->number[i] = identities->node[identities->number[i]];
	return TRUE;
}

/* First frame of the block around each frame; frames of order 0 are all of one kind. */
static gboolean identify_blocks(AnzIdentities *identities, guint64 tile, guint level, GError **error)
{
	if (!identify_bytes(identities, ANZ_PLANE_ORDER, tile, level, error))
		return FALSE;
	for (guint i = 0; i < ANZ_TILE_PAGES >> (2 * level); i++) {
		guint64 pfn = (tile << ANZ_TILE_SHIFT) + ((guint64)i << (2 * level));
		guint64 order = identities->number[i];

		identities->number[i] = order > 2 * level && order < 64 ?
			pfn >> order << order : G_MAXUINT64;
	}
	return TRUE;
}

static void identify_sections(AnzIdentities *identities, guint64 tile, guint level)
{
	for (guint i = 0; i < ANZ_TILE_PAGES >> (2 * level); i++) {
		guint64 pfn = (tile << ANZ_TILE_SHIFT) + ((guint64)i << (2 * level));

		identities->number[i] = identities->section_pages ? pfn / identities->section_pages : 0;
	}
}

const guint64 *anz_identities_of(AnzIdentities *identities, AnzOverlay overlay, guint64 tile, guint level,
				 GError **error)
{
	gboolean ok = TRUE;

	switch (overlay) {
	case ANZ_OVERLAY_SECTION:
		identify_sections(identities, tile, level);
		break;
	case ANZ_OVERLAY_MIGRATETYPE:
		ok = identify_bytes(identities, ANZ_PLANE_MIGRATETYPE, tile, level, error);
		break;
	case ANZ_OVERLAY_BLOCK:
		ok = identify_blocks(identities, tile, level, error);
		break;
	case ANZ_OVERLAY_NODE:
		ok = identify_nodes(identities, tile, level, error);
		break;
	default:
		ok = identify_bytes(identities, ANZ_PLANE_ZONE, tile, level, error);
	}
	return ok ? identities->number : NULL;
}
