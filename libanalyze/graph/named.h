/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owners that memory descriptors name themselves. */
#ifndef ANZ_GRAPH_NAMED_H
#define ANZ_GRAPH_NAMED_H

#include "graph/graph.h"

/** The family; last, because an owner that another family knows keeps that family's name. */
void anz_named_build(AnzGraph *graph);

#endif
