/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the two files of faults share. */
#ifndef MKCORE_FAULTS_PRIVATE_H
#define MKCORE_FAULTS_PRIVATE_H

#include "faults.h"

/* something that was picked to be broken */
struct picked {
	struct zone *zone;
	int order, list;	/* migratetype, or index of a per-cpu list */
	guint32 pfn;
	int cpu;
};

/* the middle of the first free list with blocks of such an order and at least @min_len of them */
gboolean fault_pick_free(struct machine *m, int min_order, int max_order, guint64 min_len,
			 struct picked *p);
gboolean fault_pick_pcp(struct machine *m, guint64 min_len, struct picked *p);
/* the first allocation of class @cls with these flags and none of @without */
struct alloc *fault_pick_alloc(struct machine *m, int cls, int min_order, int max_order,
			       guint flags, guint without);

guint64 fault_peek(struct machine *m, const struct fault *f, guint64 pa, int width);
void fault_poke(struct fault *f, guint64 pa, guint64 value, int width);
void fault_add(struct machine *m, struct fault *f, guint64 pa, gint64 by, int width);

/* faults-memdesc.c, faults-graph.c; both end with a NULL name */
struct fault_entry {
	const char *name;
	gboolean (*make)(struct machine *m, struct fault *f);
};
extern const struct fault_entry memdesc_faults[];
extern const struct fault_entry graph_faults[];

#endif
