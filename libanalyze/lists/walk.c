/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Walking one list.  Links of pages that say "free block" were noted by the decoder, so most walks
 * touch no memory at all; others are read from the dump.
 */
#include "lists/links.h"

typedef struct {
	AnzKernel *kernel;
	AnzPlanes *planes;
	const AnzListSpec *spec;
	char *problem;		/* the first one */
} Walk;

static void problem(Walk *walk, char *message)
{
	if (walk->problem)
		g_free(message);
	else
		walk->problem = message;
}

static gboolean same_target(const AnzLink *a, const AnzLink *b)
{
	return a->kind == b->kind && (a->kind == ANZ_LINK_HEAD ||
				      (a->kind == ANZ_LINK_PAGE && a->pfn == b->pfn));
}

static char *name_of(const AnzLink *link)
{
	if (link->kind == ANZ_LINK_HEAD)
		return g_strdup("the head");
	if (link->kind == ANZ_LINK_PAGE)
		return g_strdup_printf("pfn %" G_GUINT64_FORMAT, link->pfn);
	return g_strdup_printf("0x%" G_GINT64_MODIFIER "x", link->raw);
}

/* Where a walk from one end stopped: the last page entered (or the head), and what it leads to. */
typedef struct {
	AnzLink last, beyond;
} Stop;

/*
 * From the head in one direction until the head comes round again (TRUE) or the chain cannot be
 * followed (FALSE).  Pages are appended to @reached and marked.
 */
static gboolean walk_one_way(Walk *walk, gboolean forward, GArray *reached, Stop *stop)
{
	AnzLink at, back, came_from = { .kind = ANZ_LINK_HEAD };
	guint64 words[2];

	*stop = (Stop){ { .kind = ANZ_LINK_HEAD }, { .kind = ANZ_LINK_BAD } };
	if (!anz_link_from_head(walk->kernel, walk->spec, forward, &at)) {
		problem(walk, g_strdup_printf("the list head at 0x%" G_GINT64_MODIFIER
					      "x is not in the dump", walk->spec->head));
		return FALSE;
	}
	while (at.kind != ANZ_LINK_HEAD) {
		AnzTile *tile = at.kind == ANZ_LINK_PAGE ? anz_planes_tile(walk->planes, at.pfn) :
				NULL;

		*stop = (Stop){ .last = came_from, .beyond = at };
		if (!tile) {
			g_autofree char *from = name_of(&came_from);

			problem(walk, g_strdup_printf("the link of %s is 0x%" G_GINT64_MODIFIER
						      "x, which leads to no struct page", from,
						      at.raw));
			return FALSE;
		}
		if (tile->attr[anz_tile_index(at.pfn)] & ANZ_ATTR_ON_LIST) {
			/* From the far end this is where the forward walk had stopped. */
			if (forward)
				problem(walk, g_strdup_printf("pfn %" G_GUINT64_FORMAT
							      " was on a list already", at.pfn));
			return FALSE;
		}
		if (!anz_link_words(walk->kernel, walk->planes, walk->spec, at.pfn, words)) {
			problem(walk, g_strdup_printf("the links of pfn %" G_GUINT64_FORMAT
						      " are not in the dump", at.pfn));
			return FALSE;
		}
		back = anz_link_from_page(walk->kernel, walk->spec, words, !forward);
		if (!same_target(&back, &came_from)) {
			g_autofree char *is = name_of(&back), *should_be = name_of(&came_from);

			problem(walk, g_strdup_printf("pfn %" G_GUINT64_FORMAT
						      " points back to %s, not to %s", at.pfn, is,
						      should_be));
			return FALSE;
		}
		tile->attr[anz_tile_index(at.pfn)] |= ANZ_ATTR_ON_LIST;
		g_array_append_val(reached, at.pfn);
		came_from = at;
		at = anz_link_from_page(walk->kernel, walk->spec, words, forward);
	}
	*stop = (Stop){ .last = came_from, .beyond = at };
	return TRUE;
}

char *anz_list_walk(AnzKernel *kernel, AnzPlanes *planes, const AnzListSpec *spec,
		    AnzListVisit visit, gpointer data, gboolean *complete)
{
	g_autoptr(GArray) reached = g_array_new(FALSE, FALSE, sizeof(guint64));
	g_autoptr(GArray) behind = g_array_new(FALSE, FALSE, sizeof(guint64));
	Walk walk = { .kernel = kernel, .planes = planes, .spec = spec };
	Stop front, back;

	*complete = walk_one_way(&walk, TRUE, reached, &front);
	if (!*complete) {
		walk_one_way(&walk, FALSE, behind, &back);
		/* One of the two links between neighbours suffices to know that they are. */
		*complete = same_target(&front.beyond, &back.last) ||
			    same_target(&back.beyond, &front.last);
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

	for (guint64 at = pfn + 1; at < pfn + (1ull << order); at++) {
		AnzTile *tile = anz_planes_tile(planes, at);

		if (!tile)
			continue;
		before += !!(tile->attr[anz_tile_index(at)] & ANZ_ATTR_ON_LIST);
		tile->attr[anz_tile_index(at)] |= ANZ_ATTR_ON_LIST;
	}
	return before;
}
