/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Of memdesc map: all memory in letters, JSON or CSV. */
#ifndef CLI_MAP_LETTERS_H
#define CLI_MAP_LETTERS_H

#include <analyze/analyze.h>

#include "verbs.h"

extern const Table map_cell_table;

/**
 * map_letters_print:
 * @classes: to be shown; 0 for all
 * @lit: (nullable): frames to be shown; %NULL for all
 */
gboolean map_letters_print(const Args *args, guint32 classes, const AnzPageSet *lit, Output *out,
			   AnzStore *store, GError **error);

/** Pageblocks instead of classes. */
gboolean map_letters_print_blocks(const Args *args, Output *out, AnzStore *store, GError **error);

#endif
