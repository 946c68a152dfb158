/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a window looks like, kept from run to run in one key file. */
#ifndef GUI_PREFS_H
#define GUI_PREFS_H

#include "view.h"

/** MdvPrefs: @own bit n: colours[n] is the user's for class n, else it is the palette's. */
typedef struct {
	AnzPalette palette;
	guint32 own, colours[ANZ_NR_CLASSES];
	AnzCurve curve;
	guint overlays;
	gboolean grid, holes;
	gboolean legend, inspector, tables, bytes;
	int width, height;
} MdvPrefs;

/** @path: (nullable): %NULL for the user's own; what is missing or senseless there is as at first. */
void mdv_prefs_load(MdvPrefs *prefs, const char *path);
/** %FALSE with @error if they could not be written. */
gboolean mdv_prefs_save(const MdvPrefs *prefs, const char *path, GError **error);

#endif
