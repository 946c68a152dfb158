/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What hangs together around some pages or around an owner, as nodes in columns: pages and their
 * neighbours, the descriptor or free list they are on, who owns and who maps them, and whose those are.
 */
#ifndef GUI_GRAPH_MODEL_H
#define GUI_GRAPH_MODEL_H

#include "document.h"

/**
 * MdvNode:
 * @title: what it is; @words: how it belongs here
 * @page_class: of its pages, or -1
 * @pfn: @nr_pages 0: it is no stretch of frames
 * @owner: row in table owners, or 0
 * @is_centre: what the graph is about
 */
typedef struct {
	guint column;
	char *title, *words;
	int page_class;
	guint64 pfn, nr_pages;
	gint64 owner;
	gboolean is_centre;
} MdvNode;

/** MdvEdge: two nodes by their number; @dotted: they lie side by side, nothing more. */
typedef struct {
	guint from, to;
	gboolean dotted;
} MdvEdge;

typedef struct {
	GArray *nodes;		/* of MdvNode; those of one column from the top */
	GArray *edges;		/* of MdvEdge */
} MdvGraphModel;

/** Of the page @pfn, or of the stretch of @nr_pages that begins there; empty if nothing is known. */
MdvGraphModel *mdv_graph_model_of_pages(MdvDocument *document, guint64 pfn, guint64 nr_pages);
/** Of the owner with that number in table owners. */
MdvGraphModel *mdv_graph_model_of_owner(MdvDocument *document, gint64 owner);
void mdv_graph_model_free(MdvGraphModel *model);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MdvGraphModel, mdv_graph_model_free)

#endif
