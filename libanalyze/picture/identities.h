/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One tile at one level, as numbers that differ where lines are drawn. */
#ifndef ANZ_PICTURE_IDENTITIES_H
#define ANZ_PICTURE_IDENTITIES_H

#include <analyze/picture.h>

/** AnzIdentities: of a store (borrowed); private to one picture. */
typedef struct AnzIdentities AnzIdentities;

AnzIdentities *anz_identities_new(AnzStore *store);
void anz_identities_free(AnzIdentities *identities);

/**
 * anz_identities_of:
 * @level: 0 to 8
 *
 * Returns: (transfer none): a number for each cell: neighbours that differ in @overlay have different
 * ones.  Valid until the next call; %NULL with @error.
 */
const guint64 *anz_identities_of(AnzIdentities *identities, AnzOverlay overlay, guint64 tile, guint level,
				 GError **error);

#endif
