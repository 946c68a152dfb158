/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Cells of the pyramid as they were unpacked; the rest is in analyze/picture.h. */
#ifndef ANZ_PICTURE_CELL_CACHE_H
#define ANZ_PICTURE_CELL_CACHE_H

#include <analyze/picture.h>

/**
 * anz_cell_cache_get:
 * @first: number of the first of @n cells at @level, as they were kept
 * @dominant: (out caller-allocated)
 * @set: (out caller-allocated)
 *
 * Returns: %FALSE if they are not there.
 */
gboolean anz_cell_cache_get(AnzCellCache *cache, guint level, guint64 first, guint n, guint8 *dominant,
			    guint32 *set);
/** Keeps a copy, and drops what was used longest ago. */
void anz_cell_cache_put(AnzCellCache *cache, guint level, guint64 first, guint n, const guint8 *dominant,
			const guint32 *set);

#endif
