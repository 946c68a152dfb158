/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Walking one list.  Links of pages that say "free block" were noted by the decoder, so most walks
 * touch no memory at all; others are read from the dump.
 */
#include "lists/walk.h"

#define NOT_A_PAGE G_MAXUINT64

typedef struct {
	AnzKernel *kernel;
	AnzPlanes *planes;
	guint64 head;
	guint32 link;
	AnzListVisit visit;
	gpointer data;
	char *problem;		/* the first one */
} Walk;

static void problem(Walk *walk, char *message)
{
	if (walk->problem)
		g_free(message);
	else
		walk->problem = message;
}

static gboolean read_links(Walk *walk, guint64 pfn, guint64 address, guint64 *next, guint64 *prev)
{
	const AnzBuddyRecord *buddy = NULL;

	if (walk->link == walk->kernel->format.list)
		buddy = anz_planes_buddy(walk->planes, pfn);
	if (buddy) {
		*next = buddy->next;
		*prev = buddy->prev;
		return TRUE;
	}
	return anz_kernel_read_u64(walk->kernel, address, next) &&
	       anz_kernel_read_u64(walk->kernel, address + 8, prev);
}

/* Where a walk from one end stopped: the last link entered, and the one that it led to. */
typedef struct {
	guint64 last, beyond;
} Stop;

/*
 * From the head in one direction until the head comes round again (TRUE) or the chain cannot be
 * followed (FALSE, with @stop).  Pages are appended to @reached and marked.
 */
static gboolean walk_one_way(Walk *walk, gboolean forward, GArray *reached, Stop *stop)
{
	guint64 at, next, prev, came_from = walk->head;

	*stop = (Stop){ .last = walk->head };
	if (!anz_kernel_read_u64(walk->kernel, walk->head + (forward ? 0 : 8), &at)) {
		problem(walk, g_strdup_printf("the list head at 0x%" G_GINT64_MODIFIER
					      "x is not in the dump", walk->head));
		return FALSE;
	}
	while (at != walk->head) {
		guint64 pfn = anz_kernel_page_pfn(walk->kernel, at - walk->link);
		AnzTile *tile = pfn == NOT_A_PAGE ? NULL : anz_planes_tile(walk->planes, pfn);

		*stop = (Stop){ .last = came_from, .beyond = at };
		if (!tile) {
			problem(walk, g_strdup_printf("the link at 0x%" G_GINT64_MODIFIER
						      "x leads to 0x%" G_GINT64_MODIFIER
						      "x, which is no struct page", came_from, at));
			return FALSE;
		}
		if (tile->attr[anz_tile_index(pfn)] & ANZ_ATTR_ON_LIST) {
			/* From the far end this is where the forward walk had stopped. */
			if (forward)
				problem(walk, g_strdup_printf("pfn %" G_GUINT64_FORMAT
							      " was on a list already", pfn));
			return FALSE;
		}
		if (!read_links(walk, pfn, at, forward ? &next : &prev, forward ? &prev : &next)) {
			problem(walk, g_strdup_printf("the links of pfn %" G_GUINT64_FORMAT
						      " are not in the dump", pfn));
			return FALSE;
		}
		if (prev != came_from) {
			problem(walk, g_strdup_printf("pfn %" G_GUINT64_FORMAT " points back to 0x%"
						      G_GINT64_MODIFIER "x, not to 0x%"
						      G_GINT64_MODIFIER "x", pfn, prev, came_from));
			return FALSE;
		}
		tile->attr[anz_tile_index(pfn)] |= ANZ_ATTR_ON_LIST;
		g_array_append_val(reached, pfn);
		came_from = at;
		at = next;
	}
	*stop = (Stop){ .last = came_from, .beyond = walk->head };
	return TRUE;
}

char *anz_list_walk(AnzKernel *kernel, AnzPlanes *planes, guint64 head, guint32 link,
		    AnzListVisit visit, gpointer data, gboolean *complete)
{
	g_autoptr(GArray) reached = g_array_new(FALSE, FALSE, sizeof(guint64));
	g_autoptr(GArray) behind = g_array_new(FALSE, FALSE, sizeof(guint64));
	Walk walk = { .kernel = kernel, .planes = planes, .head = head, .link = link,
		      .visit = visit, .data = data };
	Stop front, back;

	*complete = walk_one_way(&walk, TRUE, reached, &front);
	if (!*complete) {
		walk_one_way(&walk, FALSE, behind, &back);
		/* One of the two links between neighbours suffices to know that they are. */
		*complete = front.beyond == back.last || back.beyond == front.last;
	}
	for (guint i = behind->len; i-- > 0; )
		g_array_append_val(reached, g_array_index(behind, guint64, i));
	for (guint i = 0; i < reached->len; i++) {
		char *wrong = visit(g_array_index(reached, guint64, i), data);

		if (wrong)
			problem(&walk, wrong);
	}
	return walk.problem ? walk.problem : g_strdup("ok");
}

guint64 anz_list_mark(AnzPlanes *planes, guint64 pfn, guint order)
{
	guint64 before = 0;

	/* The first frame was marked by the walk itself. */
	for (guint64 at = pfn + 1; at < pfn + (1ull << order); at++) {
		AnzTile *tile = anz_planes_tile(planes, at);

		if (!tile)
			continue;
		before += !!(tile->attr[anz_tile_index(at)] & ANZ_ATTR_ON_LIST);
		tile->attr[anz_tile_index(at)] |= ANZ_ATTR_ON_LIST;
	}
	return before;
}
