/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An analysis beside the truth that the sample's maker wrote (memdesc-format.md 3):
 *
 *   compare-truth STORE truth.json
 *
 * Page by page class, order, zone and mapped; every zone's numbers; every list, element by element
 * in walk order.  A null in the truth means that nothing applies and nothing is compared.  Prints one
 * line per subject with how much was compared, so that an empty comparison shows, and the first
 * differences of each.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <analyze/analyze.h>
#include <json-glib/json-glib.h>

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

static void die(const char *what, const GError *error)
{
	fprintf(stderr, "compare-truth: %s: %s\n", what, error ? error->message : "not as specified");
	exit(99);
}

static AnzQuery *query(const char *sql)
{
	GError *error = NULL;
	AnzQuery *q = anz_store_query(store, sql, &error);

	if (!q)
		die(sql, error);
	return q;
}

static gboolean next(AnzQuery *q)
{
	GError *error = NULL;
	gboolean more = anz_query_next(q, &error);

	if (error)
		die("query", error);
	return more;
}

static JsonArray *array_of(JsonObject *object, const char *name)
{
	JsonNode *node = json_object_get_member(object, name);

	return node && JSON_NODE_HOLDS_ARRAY(node) ? json_node_get_array(node) : NULL;
}

static void *plane(AnzPlane which, guint64 nr)
{
	void *values = g_malloc((nr + 1) * anz_plane_width(which));
	GError *error = NULL;

	if (!anz_store_read_plane(store, which, 0, nr, values, &error))
		die("plane", error);
	return values;
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

/* Address of the descriptor of each frame; %NULL for the classic shape, which has none apart. */
static guint64 *load_descriptors(guint64 max_pfn)
{
	g_autofree char *shape = anz_store_meta(store, "format.shape");
	/* Poisoned pages last: one inside a folio has a descriptor of its own. */
	g_autoptr(AnzQuery) q = query("SELECT address, pfn, pages FROM descriptors "
				      "WHERE snapshot = :snapshot ORDER BY kind = 'HWPoison'");
	guint64 *of_frame;

	if (!g_strcmp0(shape, "classic"))
		return NULL;
	of_frame = g_new0(guint64, max_pfn + 1);
	while (next(q))
		for (guint64 i = 0; i < (guint64)anz_query_int(q, 2); i++)
			if (anz_query_int(q, 1) + i < max_pfn)
				of_frame[anz_query_int(q, 1) + i] = anz_query_int(q, 0);
	return of_frame;
}

static gboolean same_class(guint8 ours, const char *truth)
{
	const char *name = anz_page_class_info(ours)->name;

	if (!strcmp(name, truth))
		return TRUE;
	/* Inside the kernel's image the two are as good as each other. */
	return (!strcmp(name, "kernel-image") && !strcmp(truth, "reserved")) ||
	       (!strcmp(truth, "kernel-image") && !strcmp(name, "reserved"));
}

static void compare_pages(JsonObject *root)
{
	JsonObject *pages = json_object_get_object_member(root, "pages");
	JsonArray *columns, *rows;
	guint64 max_pfn = anz_store_max_pfn(store), seen = 0, not_holes = 0;
	guint8 *classes = plane(ANZ_PLANE_CLASS, max_pfn);
	guint8 *orders = plane(ANZ_PLANE_ORDER, max_pfn);
	guint16 *attrs = plane(ANZ_PLANE_ATTR, max_pfn);
	guint8 *zones = plane(ANZ_PLANE_ZONE, max_pfn);
	gint64 node[256], index[256];
	int col[11];
	static const char *const names[] = { "pfn", "pages", "type", "class", "subtype", "mapped",
					     "order", "first_pfn", "descriptor", "node", "zone" };
	Score class_score, order_score, mapped_score, zone_score, first_score, descriptor_score;
	guint64 *descriptors = load_descriptors(max_pfn);

	if (!pages || !(columns = array_of(pages, "columns")) || !(rows = array_of(pages, "rows")))
		die("truth.json has no pages", NULL);
	for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
		col[i] = -1;
		for (guint c = 0; c < json_array_get_length(columns); c++)
			if (!strcmp(json_array_get_string_element(columns, c), names[i]))
				col[i] = c;
		if (col[i] < 0)
			die(names[i], NULL);
	}
	load_zones(node, index);
	begin(&class_score, "class");
	begin(&order_score, "order");
	begin(&mapped_score, "mapped");
	begin(&zone_score, "zone");
	begin(&first_score, "first_pfn");
	begin(&descriptor_score, "descriptor");
	for (guint r = 0; r < json_array_get_length(rows); r++) {
		JsonArray *row = json_array_get_array_element(rows, r);
#define IS_NULL(i) json_array_get_null_element(row, col[i])
#define INT(i) ((guint64)json_array_get_int_element(row, col[i]))
		guint64 pfn = INT(0), nr = INT(1);

		for (guint64 at = pfn; at < pfn + nr; at++, seen++) {
			guint8 c = at < max_pfn ? classes[at] : ANZ_CLASS_HOLE;

			if (!IS_NULL(3)) {
				const char *want = json_array_get_string_element(row, col[3]);

				class_score.compared++;
				if (!same_class(c, want))
					differ(&class_score, "pfn %" G_GUINT64_FORMAT
					       " is %s, truth %s", at,
					       anz_page_class_info(c)->name, want);
			}
			if (at >= max_pfn)
				continue;
			if (!IS_NULL(6)) {
				order_score.compared++;
				if (orders[at] != INT(6))
					differ(&order_score, "pfn %" G_GUINT64_FORMAT
					       " (%s) has %u, truth %u", at,
					       anz_page_class_info(c)->name, orders[at],
					       (guint)INT(6));
			}
			if (!IS_NULL(7)) {
				guint64 first = at & ~((1ull << orders[at]) - 1);

				first_score.compared++;
				if (first != INT(7))
					differ(&first_score, "pfn %" G_GUINT64_FORMAT
					       " has %" G_GUINT64_FORMAT ", truth %" G_GUINT64_FORMAT,
					       at, first, INT(7));
			}
			if (!IS_NULL(8) && descriptors) {
				descriptor_score.compared++;
				if (descriptors[at] != INT(8))
					differ(&descriptor_score, "pfn %" G_GUINT64_FORMAT
					       " (%s) has 0x%" G_GINT64_MODIFIER "x, truth 0x%"
					       G_GINT64_MODIFIER "x", at,
					       anz_page_class_info(c)->name, descriptors[at], INT(8));
			}
			if (!IS_NULL(5)) {
				gboolean mapped = !!(attrs[at] & ANZ_ATTR_MAPPED);

				mapped_score.compared++;
				if (mapped != !!INT(5))
					differ(&mapped_score, "pfn %" G_GUINT64_FORMAT
					       " (%s) is %smapped", at,
					       anz_page_class_info(c)->name,
					       mapped ? "" : "not ");
			}
			if (!IS_NULL(9) && !IS_NULL(10)) {
				zone_score.compared++;
				if (node[zones[at]] != (gint64)INT(9) ||
				    index[zones[at]] != (gint64)INT(10))
					differ(&zone_score, "pfn %" G_GUINT64_FORMAT
					       " is in zone %d of node %d, truth %d of %d", at,
					       (int)index[zones[at]], (int)node[zones[at]],
					       (int)INT(10), (int)INT(9));
			}
		}
#undef IS_NULL
#undef INT
	}
	/* What the truth does not speak of is a hole. */
	for (guint64 at = 0; at < max_pfn; at++)
		not_holes += classes[at] != ANZ_CLASS_HOLE;
	if (not_holes > seen)
		differ(&class_score, "%" G_GUINT64_FORMAT " frames are no holes, the truth has %"
		       G_GUINT64_FORMAT, not_holes, seen);
	end(&class_score);
	end(&order_score);
	end(&first_score);
	end(&mapped_score);
	end(&zone_score);
	end(&descriptor_score);
	g_free(descriptors);
	g_free(classes);
	g_free(orders);
	g_free(attrs);
	g_free(zones);
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
static void compare_descriptors(JsonObject *root)
{
	JsonArray *list = array_of(root, "descriptors");
	g_autofree char *shape = anz_store_meta(store, "format.shape");
	guint64 with_pages = 0;
	Score score;

	begin(&score, "descriptors");
	if (!g_strcmp0(shape, "classic"))
		list = NULL;
	for (guint i = 0; list && i < json_array_get_length(list); i++) {
		JsonObject *want = json_array_get_object_element(list, i);
		gint64 address = json_object_get_int_member(want, "address");
		g_autoptr(AnzQuery) q = query(
			"SELECT pfn, \"order\", pages, type, status FROM descriptors "
			"WHERE snapshot = :snapshot AND address = :address");
		static const char *const keys[] = { "pfn", "order", "nr_pages", "type" };

		if (!json_object_has_member(want, "nr_pages") ||
		    json_object_get_null_member(want, "nr_pages") ||
		    !json_object_get_int_member(want, "nr_pages"))
			continue;
		with_pages++;
		score.compared++;
		anz_query_bind_int(q, ":address", address);
		if (!next(q)) {
			differ(&score, "0x%" G_GINT64_MODIFIER "x (%s) was not found",
			       (guint64)address, json_object_get_string_member(want, "kind"));
			continue;
		}
		for (guint k = 0; k < G_N_ELEMENTS(keys); k++)
			if (json_object_has_member(want, keys[k]) &&
			    !json_object_get_null_member(want, keys[k]) &&
			    anz_query_int(q, k) != json_object_get_int_member(want, keys[k]))
				differ(&score, "0x%" G_GINT64_MODIFIER "x (%s): %s is %"
				       G_GINT64_FORMAT ", truth %" G_GINT64_FORMAT " (%s)",
				       (guint64)address,
				       json_object_get_string_member(want, "kind"), keys[k],
				       anz_query_int(q, k),
				       (gint64)json_object_get_int_member(want, keys[k]),
				       anz_query_text(q, 4));
	}
	if (list && count_of("SELECT count(*) FROM descriptors WHERE snapshot = :snapshot") !=
	    (gint64)with_pages)
		differ(&score, "%" G_GINT64_FORMAT " descriptors, the truth has %" G_GUINT64_FORMAT,
		       count_of("SELECT count(*) FROM descriptors WHERE snapshot = :snapshot"),
		       with_pages);
	end(&score);
}

int main(int argc, char **argv)
{
	g_autoptr(JsonParser) parser = json_parser_new();
	GError *error = NULL;
	JsonNode *root;

	if (argc != 3) {
		fprintf(stderr, "usage: compare-truth STORE TRUTH.json\n");
		return 2;
	}
	store = anz_store_open(argv[1], &error);
	if (!store)
		die(argv[1], error);
	if (!json_parser_load_from_file(parser, argv[2], &error))
		die(argv[2], error);
	root = json_parser_get_root(parser);
	if (!root || !JSON_NODE_HOLDS_OBJECT(root))
		die(argv[2], NULL);
	compare_pages(json_node_get_object(root));
	compare_zones(json_node_get_object(root));
	compare_free_area(json_node_get_object(root));
	compare_pcp(json_node_get_object(root));
	compare_unaccepted(json_node_get_object(root));
	compare_descriptors(json_node_get_object(root));
	anz_store_close(store);
	return failed;
}
