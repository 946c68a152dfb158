/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Every rule has a planted fault that it finds, at the page where it was planted; what else is found must
 * be a consequence that stands in the table below.  Each rule looks at something in one of the machines
 * before anything is planted.
 *
 *	planted MKCORE RECIPE...
 */
#include "analysed.h"

#include <string.h>

/* What a fault breaks beside its own rule; * is anything. */
static const struct {
	const char *fault, *consequences;
} allowed[] = {
	/* The list has one page more, or less, than the counters of the zone. */
	{ "buddy.alignment", "zone.free-pages buddy.order" },
	{ "buddy.overlap", "zone.free-pages buddy.interior-state buddy.order" },
	{ "buddy.zone", "zone.free-pages zone.free-blocks" },
	{ "buddy.unlisted", "zone.free-pages" },
	/* The neighbour of the page on the list of pairs is in use. */
	{ "pcp.alignment", "pcp.state" },
	/* Without its order a compound page has no tails, and those behind it no head. */
	{ "compound.order", "compound.orphan-tail zone.counters slab.objects slab.freelist" },
	/* Flags that no free page has. */
	{ "reserved.listed", "buddy.head-state" },
	/* Pages of a section that is not there are on lists and in counters. */
	{ "section.map", "*" },
	{ "section.flags", "*" },
	/* Pages that show as something else are missing in the census. */
	{ "page.type", "zone.counters" },
	{ "page.mapcount", "zone.counters" },
	/* References are held by one mapping more than is counted now. */
	{ "compound.mapcounts", "page.references" },
	/* The counter of poisoned pages does not know of one more. */
	{ "hwpoison.free", "hwpoison.count" },
	/* What the tree leads to names another file, and what names this one is not there. */
	{ "file.mapping", "file.entry" },
	{ "file.entry", "file.index" },
	{ "memdesc.type", "zone.counters file.entry" },
	{ "memdesc.pointer", "zone.counters file.entry" },
	{ "memdesc.object", "zone.counters memdesc.extent file.entry" },
	{ "memdesc.object-type", "zone.counters memdesc.extent" },
	{ "memdesc.descriptor-free", "zone.counters memdesc.extent file.entry" },
	{ "memdesc.extent", "zone.counters" },
	{ "memdesc.shared", "zone.counters file.index" },
};

static gboolean is_allowed(const char *fault, const char *rule)
{
	for (guint i = 0; i < G_N_ELEMENTS(allowed); i++) {
		g_auto(GStrv) names = NULL;

		if (strcmp(allowed[i].fault, fault))
			continue;
		if (!strcmp(allowed[i].consequences, "*"))
			return TRUE;
		names = g_strsplit(allowed[i].consequences, " ", -1);
		return g_strv_contains((const char *const *)names, rule);
	}
	return FALSE;
}

typedef struct {
	gsize at;
	int width;
	guint8 old[8];
} Undo;

static void write_number(guint8 *to, guint64 value, int width, gboolean big)
{
	for (int i = 0; i < width; i++)
		to[i] = value >> 8 * (big ? width - 1 - i : i);
}

/* Lines of one fault, from @i on, are written; returns the index behind them. */
static guint plant(Sample *sample, char **lines, guint i, GArray *undo)
{
	g_auto(GStrv) first = g_strsplit(lines[i], "\t", -1);

	for (; lines[i] && *lines[i]; i++) {
		g_auto(GStrv) fields = g_strsplit(lines[i], "\t", -1);
		Undo one;

		if (strcmp(fields[0], first[0]))
			break;
		one.at = g_ascii_strtoull(fields[2], NULL, 10);
		one.width = g_ascii_strtoull(fields[3], NULL, 10);
		g_assert_cmpuint(one.at + one.width, <=, sample->len);
		memcpy(one.old, sample->bytes + one.at, one.width);
		g_array_append_val(undo, one);
		write_number(sample->bytes + one.at, g_ascii_strtoull(fields[4], NULL, 10), one.width,
			     FALSE);
	}
	return i;
}

static void take_back(Sample *sample, const GArray *undo)
{
	for (guint i = undo->len; i-- > 0; ) {
		const Undo *one = &g_array_index(undo, Undo, i);

		memcpy(sample->bytes + one->at, one->old, one->width);
	}
}

/*
 * Needs processes, which no sample has: planted into a real dump by real.c; or a page of 32 bytes: planted
 * by tests/sample/elsewhere.
 */
static const char *const elsewhere[] = { "table.target", "rmap.mapped", "rmap.unmapped", "memdesc.poison", NULL };

/* FALSE if the fault is not found where it is, or something else is. */
static gboolean judge(const char *fault, gint64 pfn, const GArray *found)
{
	gboolean hit = FALSE, ok = TRUE;

	for (guint i = 0; found && i < found->len; i++) {
		const Found *it = &g_array_index(found, Found, i);

		if (!strcmp(it->rule, fault) && it->pfn == pfn) {
			hit = TRUE;
		} else if (!is_allowed(fault, it->rule)) {
			g_print("%s: unexpected: %s\n", fault, it->text);
			ok = FALSE;
		}
	}
	if (hit)
		return ok;
	g_print("%s: not found at pfn %" G_GINT64_FORMAT "; found instead:\n", fault, pfn);
	for (guint i = 0; found && i < found->len && i < 10; i++)
		g_print("\t%s\n", g_array_index(found, Found, i).text);
	return FALSE;
}

static guint try_recipe(const char *mkcore, const char *recipe, GHashTable *triggered,
			GHashTable *evaluated)
{
	Sample *sample = sample_make(mkcore, recipe);
	g_autofree char *path = g_build_filename(sample->folder, "faults.tsv", NULL);
	g_autofree char *text = NULL;
	g_auto(GStrv) lines = NULL;
	g_autoptr(GArray) sound = sample_check(sample, evaluated, TRUE);
	guint wrong = 0, nr = 0;

	g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
	lines = g_strsplit(text, "\n", -1);
	for (guint i = 0; sound && i < sound->len; i++)
		g_print("%s: without a fault: %s\n", recipe, g_array_index(sound, Found, i).text);
	wrong += !sound || sound->len;
	for (guint i = 0; lines[i] && *lines[i]; ) {
		g_autoptr(GArray) undo = g_array_new(FALSE, FALSE, sizeof(Undo));
		g_auto(GStrv) fields = g_strsplit(lines[i], "\t", -1);
		gint64 pfn = strcmp(fields[1], "-") ? g_ascii_strtoll(fields[1], NULL, 10) : -1;
		g_autoptr(GArray) found = NULL;

		i = plant(sample, lines, i, undo);
		found = sample_check(sample, NULL, TRUE);
		take_back(sample, undo);
		nr++;
		if (judge(fields[0], pfn, found))
			g_hash_table_add(triggered, g_strdup(fields[0]));
		else
			wrong++;
	}
	g_print("%s: %u faults, %u not as they should be\n", recipe, nr, wrong);
	sample_free(sample);
	return wrong;
}

int main(int argc, char **argv)
{
	g_autoptr(GHashTable) triggered = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
								NULL);
	g_autoptr(GHashTable) evaluated = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
								NULL);
	const AnzCheckRule *rule;
	guint wrong = 0;

	if (argc < 3) {
		g_printerr("usage: planted MKCORE RECIPE...\n");
		return 2;
	}
	for (int i = 2; i < argc; i++)
		wrong += try_recipe(argv[1], argv[i], triggered, evaluated);
	for (guint i = 0; (rule = anz_check_rule(i)); i++)
		if (!g_hash_table_contains(triggered, rule->id) &&
		    !g_strv_contains(elsewhere, rule->id)) {
			g_print("%s: no fault triggers it\n", rule->id);
			wrong++;
		} else if (!g_hash_table_contains(evaluated, rule->id) &&
			   !g_strv_contains(elsewhere, rule->id)) {
			g_print("%s: looks at nothing in a machine that is whole\n", rule->id);
			wrong++;
		}
	return wrong ? 1 : 0;
}
