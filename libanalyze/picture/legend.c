/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the colours of a mode mean, in words. */
#include "picture/colour.h"

/* Until the list is full. */
typedef struct {
	AnzLegendEntry *entries;
	guint n;
} Legend;

static void add(Legend *legend, guint32 colour, const char *words)
{
	if (legend->n < ANZ_LEGEND_MAX)
		legend->entries[legend->n++] =
			(AnzLegendEntry){ colour & 0xffffff, ANZ_PATTERN_NONE, words };
}

static guint32 dimmed(const AnzPictureStyle *style, guint32 colour, guint percent)
{
	return anz_colour_blend(colour, anz_palette_background(style->palette), percent);
}

/* Where no classes are chosen these modes ask for the broken ones. */
static void add_heat(Legend *legend, const AnzPictureStyle *style)
{
	const struct {
		guint step;
		const char *words;
	} steps[] = {
		{ 0, style->chosen ? "none is of the chosen classes" : "none is broken" },
		{ 1, "one page is" }, { 64, "a quarter are" },
		{ 128, "half are" }, { 192, "three quarters are" }, { 256, "all are" },
	};

	for (guint i = 0; i < G_N_ELEMENTS(steps); i++)
		add(legend, anz_palette_heat(style->palette, style->colours[ANZ_CLASS_FREE],
					     steps[i].step), steps[i].words);
}

static void add_fragmentation(Legend *legend, const AnzPictureStyle *style)
{
	add(legend, anz_palette_open_block(style->palette, ANZ_HEAT_STEPS), "block all free");
	add(legend, anz_palette_open_block(style->palette, ANZ_HEAT_STEPS / 2),
	    "half free, the rest can be moved");
	add(legend, anz_palette_open_block(style->palette, 0), "in use, all can be moved");
	add(legend, anz_palette_blocked_block(style->palette, ANZ_HEAT_STEPS),
	    "one page is in the way");
	add(legend, anz_palette_blocked_block(style->palette, ANZ_HEAT_STEPS / 2),
	    "a few per cent are in the way");
	add(legend, anz_palette_blocked_block(style->palette, 0), "all pages are in the way");
	add(legend, style->colours[ANZ_CLASS_SLAB], "near by: a page in the way");
}

guint anz_picture_legend(const AnzPictureStyle *style, AnzLegendEntry *entries)
{
	Legend legend = { entries, 0 };

	switch (style->mode) {
	case ANZ_CELL_MIXED:
		add(&legend, style->colours[ANZ_CLASS_ANON], "colours add up by share of pages");
		break;
	case ANZ_CELL_HEAT:
		add_heat(&legend, style);
		break;
	case ANZ_CELL_ANY:
		add(&legend, style->colours[style->chosen ? ANZ_CLASS_SLAB : ANZ_CLASS_HWPOISON],
		    style->chosen ? "a page of a chosen class is there" : "a page is broken");
		add(&legend, dimmed(style, style->colours[ANZ_CLASS_SLAB], 80), "none is");
		break;
	case ANZ_CELL_OWNER:
		add(&legend, anz_palette_owner_colour(style->palette, 1), "each owner has its colour");
		add(&legend, dimmed(style, style->colours[ANZ_CLASS_SLAB], 80), "no owner is known");
		break;
	case ANZ_CELL_CGROUP:
		add(&legend, anz_palette_owner_colour(style->palette, 1), "each group has its colour");
		add(&legend, dimmed(style, style->colours[ANZ_CLASS_SLAB], 80), "charged to none");
		break;
	case ANZ_CELL_FILESYSTEM:
		add(&legend, anz_palette_owner_colour(style->palette, 1), "each has its colour");
		add(&legend, dimmed(style, style->colours[ANZ_CLASS_SLAB], 80), "not of a file");
		break;
	case ANZ_CELL_FRAGMENTATION:
		add_fragmentation(&legend, style);
		break;
	case ANZ_CELL_CHANGE:
		add(&legend, style->colours[ANZ_CLASS_SLAB], "changed: its class now");
		add(&legend, dimmed(style, anz_colour_fade(style->colours[ANZ_CLASS_SLAB], 15), 60),
		    "as before");
		break;
	default:
		break;
	}
	return legend.n;
}
