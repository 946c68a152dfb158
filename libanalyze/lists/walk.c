/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Walking one list.  Links of pages that say "free block" were noted by the decoder, so most walks
 * touch no memory at all; others are read from the dump.
 *
 * In live memory a list may change under the walk, which then stops where links do not fit.  It begins
 * anew, a few times; what the last walk met is what is told.
 */
#include "lists/links.h"

/* Walks of a list that changes meanwhile. */
#define LIVE_TRIES 8

struct AnzReach {
	const AnzPlanes *planes;
	guint64 **words;	/* by index of the tile; NULL: none of its frames */
	const gint *cancel;
};

AnzReach *anz_reach_new(const AnzPlanes *planes, const gint *cancel)
{
	AnzReach *reach = g_new0(AnzReach, 1);

	reach->planes = planes;
	reach->cancel = cancel;
	reach->words = g_new0(guint64 *, planes->nr_tiles);
	return reach;
}

void anz_reach_free(AnzReach *reach)
{
	if (!reach)
		return;
	for (guint i = 0; i < reach->planes->nr_tiles; i++)
		g_free(reach->words[i]);
	g_free(reach->words);
	g_free(reach);
}

gboolean anz_reach_has(const AnzReach *reach, guint64 pfn)
{
	gint tile = anz_planes_find(reach->planes, pfn);
	guint i = anz_tile_index(pfn);

	return tile >= 0 && reach->words[tile] && reach->words[tile][i / 64] >> i % 64 & 1;
}

guint64 anz_reach_mark(AnzReach *reach, guint64 pfn, guint64 nr)
{
	guint64 before = 0, end = pfn + nr;

	while (pfn < end) {
		guint64 stop = MIN(end, (pfn | (ANZ_TILE_PAGES - 1)) + 1);
		gint tile = anz_planes_find(reach->planes, pfn);

		if (tile >= 0 && !reach->words[tile])
			reach->words[tile] = g_new0(guint64, ANZ_TILE_PAGES / 64);
		while (tile >= 0 && pfn < stop) {
			guint i = anz_tile_index(pfn), n = MIN(64 - i % 64, stop - pfn);
			guint64 mask = (n < 64 ? (1ull << n) - 1 : ~0ull) << i % 64;

			before += __builtin_popcountll(reach->words[tile][i / 64] & mask);
			reach->words[tile][i / 64] |= mask;
			pfn += n;
		}
		pfn = stop;
	}
	return before;
}

static void unmark(AnzReach *reach, GArray *pfns)
{
	for (guint k = 0; k < pfns->len; k++) {
		guint64 pfn = g_array_index(pfns, guint64, k);
		guint i = anz_tile_index(pfn);

		reach->words[anz_planes_find(reach->planes, pfn)][i / 64] &= ~(1ull << i % 64);
	}
	g_array_set_size(pfns, 0);
}

typedef struct {
	AnzKernel *kernel;
	const AnzPlanes *planes;
	AnzReach *reach;
	const AnzListSpec *spec;
	GArray *faults;
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

typedef enum {
	STOP_END,		/* back at the head */
	STOP_NOWHERE,		/* no struct page */
	STOP_ENTERED,		/* was on a list already, and does not point back */
	STOP_TWICE,		/* was on a list already, and is on this one */
	STOP_STRAY,		/* does not point back */
	STOP_UNREADABLE,
} StopReason;

/* Where a walk from one end stopped: the last page entered (or the head), and what it leads to. */
typedef struct {
	AnzLink last, beyond;
	StopReason reason;
} Stop;

static void add_fault(Walk *walk, AnzListFaultKind kind, gboolean forward, const AnzLink *of,
		      const AnzLink *expected, guint64 seen)
{
	AnzListFault fault = {
		.kind = kind, .forward = forward, .of_head = of->kind == ANZ_LINK_HEAD,
		.pfn = of->pfn, .head = walk->spec->head, .seen = seen,
	};

	if (expected && expected->kind != ANZ_LINK_BAD) {
		fault.expected_known = TRUE;
		fault.expected = expected->kind == ANZ_LINK_HEAD ? G_MAXUINT64 : expected->pfn;
	}
	g_array_append_val(walk->faults, fault);
}

/*
 * A walk that was stopped says where, but not whose link is wrong: that of the page it came from or that
 * of the page it came to.  What the walk from the other end met tells them apart.
 */
static void judge(Walk *walk, const Stop *front, const Stop *back)
{
	const Stop *stops[] = { front, back };
	gboolean prev_is_wrong = same_target(&front->beyond, &back->last);
	gboolean next_is_wrong = same_target(&back->beyond, &front->last);

	/* Both links of a page that is on another list, too, may be right. */
	if (front->reason == STOP_TWICE) {
		add_fault(walk, ANZ_FAULT_TWICE, TRUE, &front->beyond, NULL, 1);
		return;
	}
	for (guint i = 0; i < 2; i++)
		if (stops[i]->reason == STOP_UNREADABLE) {
			add_fault(walk, ANZ_FAULT_UNREADABLE, !i, &stops[i]->beyond, NULL, 0);
			return;
		}
	if (prev_is_wrong && next_is_wrong)
		return;
	if (prev_is_wrong)
		add_fault(walk, back->beyond.kind == ANZ_LINK_BAD ? ANZ_FAULT_NOWHERE :
			  ANZ_FAULT_LINK, FALSE, &back->last, &front->last, back->beyond.raw);
	else if (next_is_wrong)
		add_fault(walk, front->beyond.kind == ANZ_LINK_BAD ? ANZ_FAULT_NOWHERE :
			  ANZ_FAULT_LINK, TRUE, &front->last, &back->last, front->beyond.raw);
	else
		/* Two or more links are wrong. */
		for (guint i = 0; i < 2; i++)
			if (stops[i]->reason != STOP_END)
				add_fault(walk, stops[i]->beyond.kind == ANZ_LINK_BAD ?
					  ANZ_FAULT_NOWHERE : ANZ_FAULT_LINK, !i, &stops[i]->last,
					  NULL, stops[i]->beyond.raw);
}

static gboolean points_back(Walk *walk, const AnzLink *at, const AnzLink *came_from,
			    gboolean forward)
{
	guint64 words[2];
	AnzLink back;

	if (!anz_link_words(walk->kernel, walk->planes, walk->spec, at->pfn, words))
		return FALSE;
	back = anz_link_from_page(walk->kernel, walk->spec, words, !forward);
	return same_target(&back, came_from);
}

/*
 * From the head in one direction until the head comes round again (TRUE) or the chain cannot be
 * followed (FALSE).  Pages are appended to @reached and marked.
 */
static gboolean walk_one_way(Walk *walk, gboolean forward, GArray *reached, Stop *stop)
{
	AnzLink at, back, came_from = { .kind = ANZ_LINK_HEAD };
	guint64 words[2];

	*stop = (Stop){ { .kind = ANZ_LINK_HEAD }, { .kind = ANZ_LINK_BAD }, STOP_UNREADABLE };
	if (!anz_link_from_head(walk->kernel, walk->spec, forward, &at)) {
		problem(walk, g_strdup_printf("the list head at 0x%" G_GINT64_MODIFIER
					      "x is not in the dump", walk->spec->head));
		return FALSE;
	}
	while (at.kind != ANZ_LINK_HEAD) {
		*stop = (Stop){ .last = came_from, .beyond = at, .reason = STOP_NOWHERE };
		if (anz_is_cancelled(walk->reach->cancel)) {
			problem(walk, g_strdup("interrupted"));
			stop->reason = STOP_UNREADABLE;
			return FALSE;
		}
		if (at.kind != ANZ_LINK_PAGE || anz_planes_find(walk->planes, at.pfn) < 0) {
			g_autofree char *from = name_of(&came_from);

			problem(walk, g_strdup_printf("the link of %s is 0x%" G_GINT64_MODIFIER
						      "x, which leads to no struct page", from,
						      at.raw));
			return FALSE;
		}
		if (anz_reach_has(walk->reach, at.pfn)) {
			/* From the far end this is where the forward walk had stopped. */
			if (forward)
				problem(walk, g_strdup_printf("pfn %" G_GUINT64_FORMAT
							      " was on a list already", at.pfn));
			stop->reason = points_back(walk, &at, &came_from, forward) ? STOP_TWICE :
				       STOP_ENTERED;
			return FALSE;
		}
		if (!anz_link_words(walk->kernel, walk->planes, walk->spec, at.pfn, words)) {
			problem(walk, g_strdup_printf("the links of pfn %" G_GUINT64_FORMAT
						      " are not in the dump", at.pfn));
			stop->reason = STOP_UNREADABLE;
			return FALSE;
		}
		back = anz_link_from_page(walk->kernel, walk->spec, words, !forward);
		if (!same_target(&back, &came_from)) {
			g_autofree char *is = name_of(&back), *should_be = name_of(&came_from);

			problem(walk, g_strdup_printf("pfn %" G_GUINT64_FORMAT
						      " points back to %s, not to %s", at.pfn, is,
						      should_be));
			stop->reason = STOP_STRAY;
			return FALSE;
		}
		anz_reach_mark(walk->reach, at.pfn, 1);
		g_array_append_val(reached, at.pfn);
		came_from = at;
		at = anz_link_from_page(walk->kernel, walk->spec, words, forward);
	}
	*stop = (Stop){ .last = came_from, .beyond = at, .reason = STOP_END };
	return TRUE;
}

/* The head's link backwards must lead to where the walk forwards ended. */
static gboolean ends_well(Walk *walk, const Stop *front)
{
	g_autofree char *is = NULL, *should_be = NULL;
	AnzLink last;

	if (!anz_link_from_head(walk->kernel, walk->spec, FALSE, &last) ||
	    same_target(&last, &front->last))
		return TRUE;
	is = name_of(&last);
	should_be = name_of(&front->last);
	problem(walk, g_strdup_printf("the head points back to %s, not to %s", is, should_be));
	return FALSE;
}

/* Returns whether nothing of the list can be missing; in live memory: for want of being readable. */
static gboolean walk_both_ways(Walk *walk, GArray *reached, GArray *behind, gboolean is_live)
{
	Stop front, back;

	if (walk_one_way(walk, TRUE, reached, &front) && ends_well(walk, &front))
		return TRUE;
	walk_one_way(walk, FALSE, behind, &back);
	judge(walk, &front, &back);
	if (is_live)
		return front.reason != STOP_UNREADABLE && back.reason != STOP_UNREADABLE;
	/* One of the two links between neighbours suffices to know that they are. */
	return same_target(&front.beyond, &back.last) || same_target(&back.beyond, &front.last);
}

char *anz_list_walk(AnzKernel *kernel, const AnzPlanes *planes, AnzReach *reach,
		    const AnzListSpec *spec, AnzListVisit visit, gpointer data,
		    GArray *faults, gboolean *complete)
{
	g_autoptr(GArray) reached = g_array_new(FALSE, FALSE, sizeof(guint64));
	g_autoptr(GArray) behind = g_array_new(FALSE, FALSE, sizeof(guint64));
	Walk walk = { .kernel = kernel, .planes = planes, .reach = reach, .spec = spec,
		      .faults = faults };
	gboolean is_live = anz_image_is_live(kernel->image);
	guint nr_faults = faults->len, tries = is_live ? LIVE_TRIES : 1;

	for (;;) {
		*complete = walk_both_ways(&walk, reached, behind, is_live);
		if (!walk.problem || --tries == 0)
			break;
		unmark(reach, reached);
		unmark(reach, behind);
		g_array_set_size(faults, nr_faults);
		g_clear_pointer(&walk.problem, g_free);
	}
	for (guint i = behind->len; i-- > 0; )
		g_array_append_val(reached, g_array_index(behind, guint64, i));
	for (guint i = 0; i < reached->len && !anz_is_cancelled(reach->cancel); i++)
		visit(g_array_index(reached, guint64, i), data);
	return walk.problem;
}
