/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Zones of live memory in which nothing happens: what lists, counters and pages say together can be held against
 * each other there, although they are not read at one moment.
 */
#ifndef ANZ_CHECK_STILL_H
#define ANZ_CHECK_STILL_H

#include "lists/lists.h"

/** Of one zone. */
typedef struct {
	guint64 address;	/* of struct zone */
	guint64 allocated;	/* pages that zones of its name have given away since boot */
	guint64 listed;		/* what its lists held and their counters said, as one number */
	gboolean known;		/* the kernel counts them */
} AnzZoneState;

/** (transfer full): AnzZoneState by zone, when a look begins; its lists are not known yet. */
GArray *anz_zone_states_take(AnzKernel *kernel);
/** What a walk found on the lists. */
void anz_zone_states_add_lists(GArray *states, const AnzLists *lists);

/**
 * anz_zone_states_still:
 * @first: of the look that began first
 * @again: (nullable): of a later one
 * @kernel: for what is counted now
 *
 * Returns: (transfer full): by zone, whether it gave no page away since @first was taken and @again found the same
 * on its lists.  Without allocations a page can be freed, merged with others or put from a per-cpu list to a free
 * list, but only once: what two looks see alike is not on its way.
 */
gboolean *anz_zone_states_still(const GArray *first, const GArray *again, AnzKernel *kernel);

#endif
