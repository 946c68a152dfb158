/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Orders and links of blocks, for those frames of a group that begin one. */
#include "machine.h"

/* room for what begins inside the group of @pfn */
struct frame_rest *frame_rest_new(struct machine *m, guint64 pfn)
{
	return m->groups[pfn / FRAME_GROUP].rest = g_new0(struct frame_rest, 1);
}

/* one block holds all of [@pfn, @pfn + @nr_pages): no other begins in its groups */
void frames_forget(struct machine *m, guint64 pfn, guint64 nr_pages)
{
	guint64 end = (pfn + nr_pages) / FRAME_GROUP;

	for (guint64 g = (pfn + FRAME_GROUP - 1) / FRAME_GROUP; g < end; g++)
		g_clear_pointer(&m->groups[g].rest, g_free);
}

void frames_clear(struct machine *m)
{
	if (m->groups)
		frames_forget(m, 0, m->nr_groups * FRAME_GROUP);
}
