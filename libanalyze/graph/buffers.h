/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Pages that hold what is under way: in pipes, in sockets, in trace ring buffers; pools and tables. */
#ifndef ANZ_GRAPH_BUFFERS_H
#define ANZ_GRAPH_BUFFERS_H

#include "graph/graph.h"

/* Families. */
void anz_pipes_build(AnzGraph *graph);		/* pipes.c */
void anz_sockets_build(AnzGraph *graph);	/* sockets.c */
void anz_trace_build(AnzGraph *graph);		/* trace.c */
void anz_requests_build(AnzGraph *graph);	/* requests.c */
void anz_pools_build(AnzGraph *graph);		/* pools.c */
void anz_mempools_build(AnzGraph *graph);	/* mempools.c */
void anz_tables_build(AnzGraph *graph);		/* tables.c */
void anz_interrupts_build(AnzGraph *graph);	/* interrupts.c */

#endif
