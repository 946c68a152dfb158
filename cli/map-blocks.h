/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* memdesc map --mode fragmentation without a picture: pageblocks in letters, or counted as rows. */
#ifndef CLI_MAP_BLOCKS_H
#define CLI_MAP_BLOCKS_H

#include "output.h"

extern const Table map_block_table;

/** The least level whose cells hold a pageblock; %FALSE with @error if the file does not say how large one is. */
gboolean map_blocks_level(AnzStore *store, guint *level, GError **error);

/** Cells of 4^@level frames, @line of them a line of a report; rows of map_block_table else. */
gboolean map_blocks_print(Output *out, AnzStore *store, guint level, guint line, GError **error);

#endif
