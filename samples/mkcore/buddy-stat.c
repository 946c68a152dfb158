/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the free lists add up to. */
#include "machine.h"

/* free pages as NR_FREE_PAGES counts them: not isolated, unaccepted included */
guint64 buddy_free_pages(struct machine *m, struct zone *z)
{
	guint64 nr = z->unaccepted.nr << (m->recipe->nr_orders - 1);

	for (int o = 0; o < m->recipe->nr_orders; o++)
		for (int t = 0; t < m->nr_types; t++)
			if (t != m->nr_types - 1)
				nr += z->free[o][t].nr << o;
	return nr;
}

/* pages on the free lists of a node */
guint64 buddy_node_free(struct machine *m, int node)
{
	guint64 nr = 0;

	for (int t = 0; t < ZONES_PER_NODE; t++)
		for (int o = 0; m->nodes[node].zones[t] && o < m->recipe->nr_orders; o++)
			nr += m->nodes[node].zones[t]->nr_free[o] << o;
	return nr;
}

/* percent of free memory in blocks smaller than a pageblock */
double buddy_fragmentation(struct machine *m)
{
	double all = 0, small = 0;

	for (guint i = 0; i < m->zones->len; i++) {
		struct zone *z = m->zones->pdata[i];

		for (int o = 0; o < m->recipe->nr_orders; o++) {
			all += (double)(z->nr_free[o] << o);
			if (o < m->recipe->pageblock_order)
				small += (double)(z->nr_free[o] << o);
		}
	}
	return all ? small * 100 / all : 0;
}
