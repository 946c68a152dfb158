/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An analysis beside the truth that the sample's maker wrote (memdesc-format.md 3):
 *
 *   compare-truth STORE truth.json
 *
 * Page by page class, order, zone and mapped; every zone's numbers; every list, element by element
 * in walk order.  A null in the truth means that nothing applies and nothing is compared.  Prints one
 * line per subject with how much was compared, so that an empty comparison shows, and the first
 * differences of each.  The rows of pages and descriptors are read in place, planes a tile at a time:
 * what is in memory does not grow with the machine, but for some 50 bytes a descriptor.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <analyze/analyze.h>
#include <json-glib/json-glib.h>

#include "json-text.h"
#include "rows.h"

#define MAX_SHOWN 8

typedef struct {
	const char *subject;
	guint64 compared, differ;
} Score;

static AnzStore *store;
static gboolean failed;

static void begin(Score *score, const char *subject)
{
	*score = (Score){ .subject = subject };
}

static void G_GNUC_PRINTF(2, 3) differ(Score *score, const char *format, ...)
{
	va_list args;

	if (score->differ++ >= MAX_SHOWN)
		return;
	printf("  %s: ", score->subject);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
}

static void end(const Score *score)
{
	printf("%-12s %9" G_GUINT64_FORMAT " compared, %" G_GUINT64_FORMAT " differ%s\n",
	       score->subject, score->compared, score->differ, score->differ ? "  WRONG" : "");
	failed |= score->differ != 0;
}

static AnzQuery *query(const char *sql)
{
	return rows_query(store, sql);
}

static JsonArray *array_of(JsonObject *object, const char *name)
{
	JsonNode *node = json_object_get_member(object, name);

	return node && JSON_NODE_HOLDS_ARRAY(node) ? json_node_get_array(node) : NULL;
}

/* The planes that are compared, for one stretch of frames at a time. */
typedef struct {
	guint64 first, max_pfn;	/* first is G_MAXUINT64 before the first look */
	guint8 classes[ANZ_TILE_PAGES], orders[ANZ_TILE_PAGES], zones[ANZ_TILE_PAGES];
	guint16 attrs[ANZ_TILE_PAGES];
} Window;

/* Index of frame @pfn in the window, which moves there. */
static guint look_at(Window *w, guint64 pfn)
{
	guint64 first = pfn & ~(guint64)(ANZ_TILE_PAGES - 1);
	GError *error = NULL;

	if (w->first != first &&
	    (!anz_store_read_plane(store, ANZ_PLANE_CLASS, first, ANZ_TILE_PAGES, w->classes,
				   &error) ||
	     !anz_store_read_plane(store, ANZ_PLANE_ORDER, first, ANZ_TILE_PAGES, w->orders,
				   &error) ||
	     !anz_store_read_plane(store, ANZ_PLANE_ATTR, first, ANZ_TILE_PAGES, w->attrs,
				   &error) ||
	     !anz_store_read_plane(store, ANZ_PLANE_ZONE, first, ANZ_TILE_PAGES, w->zones,
				   &error)))
		die("plane", error);
	w->first = first;
	return pfn - first;
}

/* zones.id -> node and index, for the zone plane. */
static void load_zones(gint64 *node, gint64 *index)
{
	g_autoptr(AnzQuery) q = query("SELECT id, node, zone_index FROM zones "
				      "WHERE snapshot = :snapshot");

	for (guint i = 0; i < 256; i++)
		node[i] = index[i] = -1;
	while (next(q)) {
		guint8 id = anz_query_int(q, 0);

		node[id] = anz_query_int(q, 1);
		index[id] = anz_query_int(q, 2);
	}
}

typedef struct {
	guint64 address, pfn, pages;
	gint64 order;
	guint8 type;
	gboolean is_poison;
} Descriptor;

static int by_pfn(gconstpointer a, gconstpointer b)
{
	const Descriptor *left = a, *right = b;

	return (left->pfn > right->pfn) - (left->pfn < right->pfn);
}

static int by_address(gconstpointer a, gconstpointer b)
{
	const Descriptor *left = a, *right = b;

	return (left->address > right->address) - (left->address < right->address);
}

/* All of them; %NULL for the classic shape, which has none apart. */
static GArray *load_descriptors(void)
{
	g_autofree char *shape = anz_store_meta(store, "format.shape");
	g_autoptr(AnzQuery) q = query("SELECT address, pfn, pages, \"order\", type, "
				      "kind = 'HWPoison' FROM descriptors "
				      "WHERE snapshot = :snapshot");
	GArray *all;

	if (!g_strcmp0(shape, "classic"))
		return NULL;
	all = g_array_new(FALSE, FALSE, sizeof(Descriptor));
	while (next(q)) {
		Descriptor it = { .address = anz_query_int(q, 0), .pfn = anz_query_int(q, 1),
				  .pages = anz_query_int(q, 2), .order = anz_query_int(q, 3),
				  .type = anz_query_int(q, 4), .is_poison = anz_query_int(q, 5) };

		g_array_append_val(all, it);
	}
	return all;
}

/* The last of @sorted, by pfn, that begins at or before @pfn. */
static const Descriptor *descriptor_before(const GArray *sorted, guint64 pfn)
{
	guint low = 0, high = sorted->len;

	while (low < high) {
		guint middle = low + (high - low) / 2;

		if (g_array_index(sorted, Descriptor, middle).pfn <= pfn)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? &g_array_index(sorted, Descriptor, low - 1) : NULL;
}

/* Address of the descriptor of a frame.  A poisoned page inside a folio has one of its own. */
static guint64 descriptor_of(const GArray *whole, const GArray *poison, guint64 pfn)
{
	const Descriptor *it = descriptor_before(poison, pfn);

	if (it && pfn - it->pfn < it->pages)
		return it->address;
	it = descriptor_before(whole, pfn);
	return it && pfn - it->pfn < it->pages ? it->address : 0;
}

static GArray *those_with(const GArray *all, gboolean is_poison)
{
	GArray *some = g_array_new(FALSE, FALSE, sizeof(Descriptor));

	for (guint i = 0; all && i < all->len; i++)
		if (g_array_index(all, Descriptor, i).is_poison == is_poison)
			g_array_append_vals(some, &g_array_index(all, Descriptor, i), 1);
	g_array_sort(some, by_pfn);
	return some;
}

static gboolean same_class(guint8 ours, JsonText truth)
{
	if (json_text_is(truth, anz_page_class_info(ours)->name))
		return TRUE;
	/* The kernel's own page tables may carry no mark; those that map something are found all the same. */
	if (ours == ANZ_CLASS_PAGE_TABLE && json_text_is(truth, "kernel-other"))
		return TRUE;
	/* Inside the kernel's image the two are as good as each other. */
	return (ours == ANZ_CLASS_KERNEL_IMAGE && json_text_is(truth, "reserved")) ||
	       (ours == ANZ_CLASS_RESERVED && json_text_is(truth, "kernel-image"));
}

enum { COL_PFN, COL_PAGES, COL_CLASS, COL_MAPPED, COL_ORDER, COL_FIRST, COL_DESCRIPTOR, COL_NODE,
       COL_ZONE, NR_COLS };
#define MAX_COLUMNS 32

typedef struct {
	Window window;
	const GArray *whole, *poison;	/* NULL: classic */
	gint64 node[256], index[256];
	guint64 seen;
	Score class, order, mapped, zone, first, descriptor;
} PageScores;

/* One frame beside its row; @cells by COL_*. */
static void compare_page(PageScores *s, guint64 at, const JsonText *cells)
{
	guint i = look_at(&s->window, at);
	const Window *w = &s->window;
	guint8 c = w->classes[i];
	const char *name = anz_page_class_info(c)->name;

	if (!json_text_is_null(cells[COL_CLASS])) {
		s->class.compared++;
		if (!same_class(c, cells[COL_CLASS]))
			differ(&s->class, "pfn %" G_GUINT64_FORMAT " is %s, truth %.*s", at, name,
			       (int)(cells[COL_CLASS].end - cells[COL_CLASS].at),
			       cells[COL_CLASS].at);
	}
	if (at >= w->max_pfn)
		return;
	if (!json_text_is_null(cells[COL_ORDER])) {
		gint64 want = json_text_int(cells[COL_ORDER]);

		s->order.compared++;
		if (w->orders[i] != want)
			differ(&s->order, "pfn %" G_GUINT64_FORMAT " (%s) has %u, truth %d", at,
			       name, w->orders[i], (int)want);
	}
	if (!json_text_is_null(cells[COL_FIRST])) {
		guint64 first = at & ~((1ull << w->orders[i]) - 1);
		guint64 want = json_text_int(cells[COL_FIRST]);

		s->first.compared++;
		if (first != want)
			differ(&s->first, "pfn %" G_GUINT64_FORMAT " has %" G_GUINT64_FORMAT
			       ", truth %" G_GUINT64_FORMAT, at, first, want);
	}
	if (!json_text_is_null(cells[COL_DESCRIPTOR]) && s->whole) {
		guint64 ours = descriptor_of(s->whole, s->poison, at);
		guint64 want = json_text_int(cells[COL_DESCRIPTOR]);

		s->descriptor.compared++;
		if (ours != want)
			differ(&s->descriptor, "pfn %" G_GUINT64_FORMAT " (%s) has 0x%"
			       G_GINT64_MODIFIER "x, truth 0x%" G_GINT64_MODIFIER "x", at, name,
			       ours, want);
	}
	if (!json_text_is_null(cells[COL_MAPPED])) {
		gboolean mapped = !!(w->attrs[i] & ANZ_ATTR_MAPPED);

		s->mapped.compared++;
		if (mapped != !!json_text_int(cells[COL_MAPPED]))
			differ(&s->mapped, "pfn %" G_GUINT64_FORMAT " (%s) is %smapped", at, name,
			       mapped ? "" : "not ");
	}
	if (!json_text_is_null(cells[COL_NODE]) && !json_text_is_null(cells[COL_ZONE])) {
		gint64 node = s->node[w->zones[i]], index = s->index[w->zones[i]];

		s->zone.compared++;
		if (node != json_text_int(cells[COL_NODE]) ||
		    index != json_text_int(cells[COL_ZONE]))
			differ(&s->zone, "pfn %" G_GUINT64_FORMAT
			       " is in zone %d of node %d, truth %d of %d", at, (int)index,
			       (int)node, (int)json_text_int(cells[COL_ZONE]),
			       (int)json_text_int(cells[COL_NODE]));
	}
}

/* Which element of a row is which of COL_*. */
static void find_columns(JsonText columns, gint place[MAX_COLUMNS])
{
	static const char *const names[NR_COLS] = {
		"pfn", "pages", "class", "mapped", "order", "first_pfn", "descriptor", "node",
		"zone",
	};
	guint found = 0;
	JsonText name;

	for (guint i = 0; i < MAX_COLUMNS; i++)
		place[i] = -1;
	for (guint i = 0; i < MAX_COLUMNS && json_text_next(&columns, &name); i++)
		for (guint k = 0; k < NR_COLS; k++)
			if (json_text_is(name, names[k])) {
				place[i] = k;
				found++;
			}
	if (found != NR_COLS)
		die("truth.json lacks a column of pages", NULL);
}

/* What the truth does not speak of is a hole. */
static void check_holes(PageScores *s)
{
	guint64 not_holes = 0;

	for (guint64 at = 0; at < s->window.max_pfn; at++)
		not_holes += s->window.classes[look_at(&s->window, at)] != ANZ_CLASS_HOLE;
	if (not_holes > s->seen)
		differ(&s->class, "%" G_GUINT64_FORMAT " frames are no holes, the truth has %"
		       G_GUINT64_FORMAT, not_holes, s->seen);
}

static void compare_pages(JsonText root, const GArray *descriptors)
{
	g_autofree PageScores *s = g_new0(PageScores, 1);
	g_autoptr(GArray) whole = those_with(descriptors, FALSE);
	g_autoptr(GArray) poison = those_with(descriptors, TRUE);
	JsonText pages, columns, rows, row;
	gint place[MAX_COLUMNS];

	if (!json_text_member(root, "pages", &pages) ||
	    !json_text_member(pages, "columns", &columns) ||
	    !json_text_member(pages, "rows", &rows))
		die("truth.json has no pages", NULL);
	find_columns(columns, place);
	s->window.first = G_MAXUINT64;
	s->window.max_pfn = anz_store_max_pfn(store);
	s->whole = descriptors ? whole : NULL;
	s->poison = poison;
	load_zones(s->node, s->index);
	begin(&s->class, "class");
	begin(&s->order, "order");
	begin(&s->mapped, "mapped");
	begin(&s->zone, "zone");
	begin(&s->first, "first_pfn");
	begin(&s->descriptor, "descriptor");
	while (json_text_next(&rows, &row)) {
		JsonText cells[NR_COLS] = { 0 }, cell;
		guint64 pfn, nr;

		for (guint i = 0; i < MAX_COLUMNS && json_text_next(&row, &cell); i++)
			if (place[i] >= 0)
				cells[place[i]] = cell;
		for (guint i = 0; i < NR_COLS; i++)
			if (!cells[i].at)
				die("truth.json has a short row of pages", NULL);
		pfn = json_text_int(cells[COL_PFN]);
		nr = json_text_int(cells[COL_PAGES]);
		for (guint64 at = pfn; at < pfn + nr; at++)
			compare_page(s, at, cells);
		s->seen += nr;
	}
	check_holes(s);
	end(&s->class);
	end(&s->order);
	end(&s->first);
	end(&s->mapped);
	end(&s->zone);
	end(&s->descriptor);
}

static void compare_zones(JsonObject *root)
{
	JsonArray *zones = array_of(root, "zones");
	static const char *const keys[] = { "start_pfn", "spanned", "present", "managed",
					    "nr_free_pages" };
	Score score;

	begin(&score, "zones");
	for (guint i = 0; zones && i < json_array_get_length(zones); i++) {
		JsonObject *zone = json_array_get_object_element(zones, i);
		g_autoptr(AnzQuery) q = query(
			"SELECT start_pfn, spanned, present, managed, nr_free FROM zones "
			"WHERE snapshot = :snapshot AND node = :node AND zone_index = :index");

		if (!json_object_get_int_member(zone, "spanned"))
			continue;
		anz_query_bind_int(q, ":node", json_object_get_int_member(zone, "node"));
		anz_query_bind_int(q, ":index", json_object_get_int_member(zone, "index"));
		if (!next(q)) {
			differ(&score, "zone %d of node %d is missing",
			       (int)json_object_get_int_member(zone, "index"),
			       (int)json_object_get_int_member(zone, "node"));
			continue;
		}
		for (guint k = 0; k < G_N_ELEMENTS(keys); k++) {
			if (!json_object_has_member(zone, keys[k]) ||
			    json_object_get_null_member(zone, keys[k]))
				continue;
			score.compared++;
			if (anz_query_int(q, k) != json_object_get_int_member(zone, keys[k]))
				differ(&score, "%s of zone %s is %" G_GINT64_FORMAT ", truth %"
				       G_GINT64_FORMAT, keys[k],
				       json_object_get_string_member(zone, "name"),
				       anz_query_int(q, k),
				       (gint64)json_object_get_int_member(zone, keys[k]));
		}
	}
	end(&score);
}

/* One list of the truth beside the rows of @q (pfn each); counts what is left over on our side. */
static guint64 compare_list(Score *score, JsonArray *pfns, AnzQuery *q, const char *name)
{
	guint64 ours = 0;

	for (guint i = 0; i < json_array_get_length(pfns); i++) {
		gint64 want = json_array_get_int_element(pfns, i);

		score->compared++;
		if (!next(q)) {
			differ(score, "%s ends after %u of %u", name, i,
			       json_array_get_length(pfns));
			return ours;
		}
		ours++;
		if (anz_query_int(q, 0) != want)
			differ(score, "%s: element %u is %" G_GINT64_FORMAT ", truth %"
			       G_GINT64_FORMAT, name, i, anz_query_int(q, 0), want);
	}
	while (next(q)) {
		ours++;
		differ(score, "%s has pfn %" G_GINT64_FORMAT " more than the truth", name,
		       anz_query_int(q, 0));
	}
	return ours;
}

static gint64 count_of(const char *sql)
{
	g_autoptr(AnzQuery) q = query(sql);

	return next(q) ? anz_query_int(q, 0) : -1;
}

static void compare_free_area(JsonObject *root)
{
	JsonArray *lists = array_of(root, "free_area");
	guint64 ours = 0;
	Score score;

	begin(&score, "free_area");
	for (guint i = 0; lists && i < json_array_get_length(lists); i++) {
		JsonObject *list = json_array_get_object_element(lists, i);
		JsonNode *type = json_object_get_member(list, "migratetype");
		g_autoptr(AnzQuery) q = query(
			"SELECT f.pfn FROM free_block f JOIN zones z ON z.snapshot = f.snapshot AND "
			"z.node = f.node AND z.zone = f.zone LEFT JOIN migratetype m ON "
			"m.snapshot = f.snapshot AND m.name = f.migratetype "
			"WHERE f.snapshot = :snapshot AND f.node = :node AND z.zone_index = :zone AND "
			"f.\"order\" = :order AND (m.number = :number OR m.name = :name) AND "
			"f.migratetype <> 'unaccepted' ORDER BY f.position");
		g_autofree char *name = NULL;

		anz_query_bind_int(q, ":node", json_object_get_int_member(list, "node"));
		anz_query_bind_int(q, ":zone", json_object_get_int_member(list, "zone"));
		anz_query_bind_int(q, ":order", json_object_get_int_member(list, "order"));
		if (json_node_get_value_type(type) == G_TYPE_STRING)
			anz_query_bind_text(q, ":name", json_node_get_string(type));
		else
			anz_query_bind_int(q, ":number", json_node_get_int(type));
		name = g_strdup_printf("list %u (node %d zone %d order %d)", i,
				       (int)json_object_get_int_member(list, "node"),
				       (int)json_object_get_int_member(list, "zone"),
				       (int)json_object_get_int_member(list, "order"));
		ours += compare_list(&score, array_of(list, "pfns"), q, name);
	}
	if (lists && count_of("SELECT count(*) FROM free_block WHERE snapshot = :snapshot AND "
			      "migratetype <> 'unaccepted'") != (gint64)ours)
		differ(&score, "there are blocks on lists that the truth does not have");
	end(&score);
}

static void compare_pcp(JsonObject *root)
{
	JsonArray *lists = array_of(root, "pcp");
	guint64 ours = 0;
	Score score;

	begin(&score, "pcp");
	for (guint i = 0; lists && i < json_array_get_length(lists); i++) {
		JsonObject *list = json_array_get_object_element(lists, i);
		g_autoptr(AnzQuery) q = query(
			"SELECT p.pfn FROM pcp_block p JOIN zones z ON z.snapshot = p.snapshot AND "
			"z.node = p.node AND z.zone = p.zone WHERE p.snapshot = :snapshot AND "
			"p.node = :node AND z.zone_index = :zone AND p.cpu = :cpu AND p.list = :list "
			"ORDER BY p.position");
		g_autofree char *name = g_strdup_printf("list %u", i);

		anz_query_bind_int(q, ":node", json_object_get_int_member(list, "node"));
		anz_query_bind_int(q, ":zone", json_object_get_int_member(list, "zone"));
		anz_query_bind_int(q, ":cpu", json_object_get_int_member(list, "cpu"));
		anz_query_bind_int(q, ":list", json_object_get_int_member(list, "list"));
		ours += compare_list(&score, array_of(list, "pfns"), q, name);
	}
	if (lists && count_of("SELECT count(*) FROM pcp_block WHERE snapshot = :snapshot") !=
	    (gint64)ours)
		differ(&score, "there are blocks on per-cpu lists that the truth does not have");
	end(&score);
}

/* [{node, zone, pfns}] or plain pfns: either is met. */
static void compare_unaccepted(JsonObject *root)
{
	JsonArray *lists = array_of(root, "unaccepted");
	g_autoptr(GHashTable) want = g_hash_table_new(g_direct_hash, g_direct_equal);
	g_autoptr(AnzQuery) q = query("SELECT pfn FROM free_block WHERE snapshot = :snapshot AND "
				      "migratetype = 'unaccepted'");
	Score score;

	begin(&score, "unaccepted");
	for (guint i = 0; lists && i < json_array_get_length(lists); i++) {
		JsonNode *node = json_array_get_element(lists, i);
		JsonArray *pfns = JSON_NODE_HOLDS_OBJECT(node) ?
				  array_of(json_node_get_object(node), "pfns") : NULL;

		for (guint k = 0; pfns && k < json_array_get_length(pfns); k++)
			g_hash_table_add(want, GSIZE_TO_POINTER(json_array_get_int_element(pfns, k)));
		if (!pfns && JSON_NODE_HOLDS_VALUE(node))
			g_hash_table_add(want, GSIZE_TO_POINTER(json_node_get_int(node)));
	}
	score.compared = g_hash_table_size(want);
	while (next(q))
		if (!g_hash_table_remove(want, GSIZE_TO_POINTER(anz_query_int(q, 0))))
			differ(&score, "pfn %" G_GINT64_FORMAT " is not in the truth",
			       anz_query_int(q, 0));
	if (g_hash_table_size(want))
		differ(&score, "%u blocks were not found", g_hash_table_size(want));
	end(&score);
}

/* Every descriptor of the truth that has pages, by address; and none besides. */
static void compare_descriptors(JsonText root, GArray *ours)
{
	static const char *const keys[] = { "pfn", "order", "nr_pages", "type" };
	guint64 with_pages = 0;
	JsonText list, want, value;
	Score score;

	begin(&score, "descriptors");
	if (ours)
		g_array_sort(ours, by_address);
	if (!ours || !json_text_member(root, "descriptors", &list))
		list = (JsonText){ NULL, NULL };
	while (list.at && json_text_next(&list, &want)) {
		Descriptor key = { 0 }, *it;

		if (!json_text_member(want, "nr_pages", &value) || !json_text_int(value))
			continue;
		with_pages++;
		score.compared++;
		if (json_text_member(want, "address", &value))
			key.address = json_text_int(value);
		it = ours->len ? bsearch(&key, ours->data, ours->len, sizeof(key), by_address) : NULL;
		if (!it) {
			differ(&score, "0x%" G_GINT64_MODIFIER "x was not found", key.address);
			continue;
		}
		for (guint k = 0; k < G_N_ELEMENTS(keys); k++) {
			const gint64 seen[] = { it->pfn, it->order, it->pages, it->type };

			if (json_text_member(want, keys[k], &value) && !json_text_is_null(value) &&
			    seen[k] != json_text_int(value))
				differ(&score, "0x%" G_GINT64_MODIFIER "x: %s is %"
				       G_GINT64_FORMAT ", truth %" G_GINT64_FORMAT, key.address,
				       keys[k], seen[k], json_text_int(value));
		}
	}
	if (list.at && ours->len != with_pages)
		differ(&score, "%u descriptors, the truth has %" G_GUINT64_FORMAT, ours->len,
		       with_pages);
	end(&score);
}

/* The members that are compared as a tree, as an object of their own. */
static JsonObject *small_members(JsonText root, JsonParser *parser)
{
	static const char *const names[] = { "zones", "free_area", "pcp", "unaccepted" };
	g_autoptr(GString) text = g_string_new("{");
	GError *error = NULL;

	for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
		JsonText value, element;
		const char *comma = "[";

		if (!json_text_member(root, names[i], &value))
			continue;
		g_string_append_printf(text, "%s\"%s\": ", text->len > 1 ? ", " : "", names[i]);
		for (; json_text_next(&value, &element); comma = ", ") {
			g_string_append(text, comma);
			g_string_append_len(text, element.at, element.end - element.at);
		}
		g_string_append(text, *comma == '[' ? "[]" : "]");
	}
	g_string_append_c(text, '}');
	if (!json_parser_load_from_data(parser, text->str, text->len, &error))
		die("truth.json", error);
	return json_node_get_object(json_parser_get_root(parser));
}

int main(int argc, char **argv)
{
	g_autoptr(JsonParser) parser = json_parser_new();
	g_autoptr(GMappedFile) file = NULL;
	g_autoptr(GArray) descriptors = NULL;
	GError *error = NULL;
	JsonObject *small;
	JsonText root;

	if (argc != 3) {
		fprintf(stderr, "usage: compare-truth STORE TRUTH.json\n");
		return 2;
	}
	store = anz_store_open(argv[1], &error);
	if (!store)
		die(argv[1], error);
	file = g_mapped_file_new(argv[2], FALSE, &error);
	if (!file)
		die(argv[2], error);
	root.at = g_mapped_file_get_contents(file);
	root.end = root.at + g_mapped_file_get_length(file);
	descriptors = load_descriptors();
	small = small_members(root, parser);
	compare_pages(root, descriptors);
	compare_zones(small);
	compare_free_area(small);
	compare_pcp(small);
	compare_unaccepted(small);
	compare_descriptors(root, descriptors);
	anz_store_close(store);
	return failed;
}
