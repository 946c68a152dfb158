/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Multi-generational LRU: how many pages are of which generation, as their folios say, beside the
 * kernel's own counts.
 *
 * Each control group has a struct lruvec for each node; a kernel without control groups has one for each
 * node.  Generations have sequence numbers, max_seq that of the youngest; a folio names the last bits of
 * its generation's, so that what it says has a meaning only with its lruvec (include/linux/mmzone.h).
 */
#ifndef ANZ_GRAPH_GENERATIONS_H
#define ANZ_GRAPH_GENERATIONS_H

#include "graph/graph.h"

/** Types of pages as these lists part them: what lies in swap or would, and what lies in files. */
#define ANZ_LRU_TYPES 2

typedef struct {
	guint32 owner;		/* of the control group; 0: there are none */
	guint nid;
	guint64 address;	/* of struct lruvec */
	gboolean is_enabled;
	guint64 max_seq, min_seq[ANZ_LRU_TYPES];
	guint64 *born;		/* [nr_gens]: jiffies; NULL: not kept */
	gint64 *kernel;		/* [nr_gens][ANZ_LRU_TYPES][nr_zones]: lrugen.nr_pages */
	guint64 *found;		/* the same, of pages that say so */
} AnzLruvec;

struct AnzGenerations {
	guint nr_gens, nr_zones, nr_nodes;	/* nr_zones: zone types of a node */
	GArray *lruvecs;	/* AnzLruvec by group, then by node */
	guint64 now;		/* jiffies; 0 unknown */
	double tick;		/* seconds */
	guint64 nr_unread;	/* lruvecs that are not in the dump */
	guint64 nr_strange;	/* pages of a generation or zone that no lruvec has */
};

/** Family: the lruvecs of all groups; to be called when these are known.  Claims nothing. */
void anz_generations_build(AnzGraph *graph);
void anz_generations_free(AnzGenerations *generations);

/**
 * anz_generations_count:
 * @group: index in AnzCgroups.groups; 0 without groups
 * @zone: id of the zone
 * @type: 0 anonymous, 1 of files
 * @generation: as the folio has it: one more than its number
 */
void anz_generations_count(AnzGraph *graph, guint group, guint zone, guint type, guint generation,
			   guint64 nr_pages);

/** Index of [@generation][@type][@zone] in AnzLruvec.kernel and found; the generation by its number. */
static inline guint anz_generations_at(const AnzGenerations *g, guint generation, guint type, guint zone)
{
	return (generation * ANZ_LRU_TYPES + type) * g->nr_zones + zone;
}

/** Sequence number of @generation: of its last bits the one that is not above max_seq. */
guint64 anz_lruvec_seq(const AnzGenerations *generations, const AnzLruvec *lruvec, guint generation);

#endif
