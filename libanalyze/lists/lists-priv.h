/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The two families of lists; anz_lists_walk() calls them in this order. */
#ifndef ANZ_LISTS_PRIV_H
#define ANZ_LISTS_PRIV_H

#include "lists/lists.h"
#include "lists/walk.h"

void anz_lists_walk_free(AnzKernel *kernel, AnzPlanes *planes, AnzLists *lists);
void anz_lists_walk_pcp(AnzKernel *kernel, AnzPlanes *planes, AnzLists *lists);

#endif
