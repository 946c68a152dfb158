/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owners by guess: who holds a pointer to a page that nobody is known to own. */
#ifndef ANZ_GRAPH_POINTED_H
#define ANZ_GRAPH_POINTED_H

#include "graph/graph.h"

/**
 * anz_pointed_build:
 *
 * To be called when claims are settled.  Adds stretches of kind object to graph->owned.
 */
void anz_pointed_build(AnzGraph *graph);

#endif
