/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "summary-attributes.h"

#include <string.h>

#include "verbs.h"

static const Column attribute_columns[] = {
	{ "attribute", NULL, KIND_TEXT, 0, "what --by asked for" },
	{ "value", NULL, KIND_TEXT, 0,
	  "of lru: active, inactive, unevictable, off (on no such list), or generations, which "
	  "multi-generational LRU has in place of the first two; of the others: yes, no" },
	{ "class", NULL, KIND_TEXT, 0, "what the pages are" },
	{ "pages", NULL, KIND_PAGES, 0, "how many" },
	{ "bytes", "SIZE", KIND_BYTES, 0, "the same in bytes" },
	{ "share", "SHARE%", KIND_PERCENT, 0, "percent of the pages of this value" },
};
const Table attribute_table = TABLE("class_attribute", attribute_columns, 0,
				    "the census by a flag (with --by lru, dirty, mlocked or mapped)");

#define MAX_VALUES 4

/* Values in the order of printing; the first whose bits are set is it, the last is for all others. */
static const struct {
	const char *name;
	gboolean from_flags;	/* known only where pages have flags */
	struct {
		const char *name;
		guint bits;
	} values[MAX_VALUES];
} attributes[] = {
	{ "lru", TRUE, { { "unevictable", ANZ_ATTR_LRU | ANZ_ATTR_UNEVICTABLE },
			 { "active", ANZ_ATTR_LRU | ANZ_ATTR_ACTIVE }, { "inactive", ANZ_ATTR_LRU },
			 { "off", 0 } } },
	{ "dirty", TRUE, { { "yes", ANZ_ATTR_DIRTY }, { "no", 0 } } },
	{ "mlocked", TRUE, { { "yes", ANZ_ATTR_MLOCKED }, { "no", 0 } } },
	{ "mapped", FALSE, { { "yes", ANZ_ATTR_MAPPED }, { "no", 0 } } },
};

enum { LRU_ACTIVE = 1, LRU_INACTIVE = 2 };	/* in attributes[0].values */

static int find_attribute(const char *by)
{
	for (guint i = 0; i < G_N_ELEMENTS(attributes); i++)
		if (!strcmp(by, attributes[i].name))
			return i;
	return -1;
}

gboolean is_attribute(const char *by)
{
	return find_attribute(by) >= 0;
}

typedef struct {
	guint8 page_class[ANZ_TILE_PAGES], order[ANZ_TILE_PAGES];
	guint16 attr[ANZ_TILE_PAGES];
	guint16 carried;	/* of the folio that reaches over the end of the tile before */
} Tile;

static gboolean read_tile(AnzStore *store, guint64 pfn, guint64 nr, Tile *tile, GError **error)
{
	return anz_store_read_plane(store, ANZ_PLANE_CLASS, pfn, nr, tile->page_class, error) &&
	       anz_store_read_plane(store, ANZ_PLANE_ORDER, pfn, nr, tile->order, error) &&
	       anz_store_read_plane(store, ANZ_PLANE_ATTR, pfn, nr, tile->attr, error);
}

static guint value_of(guint attribute, guint attr)
{
	guint i = 0;

	while ((attr & attributes[attribute].values[i].bits) !=
	       attributes[attribute].values[i].bits)
		i++;
	return i;
}

/* A folio's flags are those of its first page; which of its pages are mapped is known of each. */
static void count_tile(guint attribute, Tile *tile, guint64 nr,
		       guint64 pages[MAX_VALUES][ANZ_NR_CLASSES])
{
	guint16 head = tile->carried;

	for (guint64 i = 0; i < nr; i++) {
		guint16 attr = tile->attr[i];

		if (!(attr & ANZ_ATTR_TAIL))
			head = attr;
		else if (attributes[attribute].from_flags)
			attr = head;
		if (tile->page_class[i] != ANZ_CLASS_HOLE && tile->page_class[i] < ANZ_NR_CLASSES)
			pages[value_of(attribute, attr)][tile->page_class[i]]++;
	}
	tile->carried = head;
}

static gboolean have_flags(AnzStore *store, GError **error)
{
	g_autoptr(AnzQuery) query = anz_store_query(store,
		"SELECT EXISTS (SELECT 1 FROM tile WHERE snapshot = :snapshot AND plane = 5)", error);

	if (!query || !anz_query_next(query, error))
		return FALSE;
	if (anz_query_int(query, 0))
		return TRUE;
	g_set_error(error, CLI_ERROR, CLI_ERROR_FAILED,
		    "this analysis has no flags of pages: in this memory-descriptor format folios have "
		    "them; --by mapped works");
	return FALSE;
}

/* Whether the kernel counts active pages, of which no page bears the mark. */
static gboolean has_generations(AnzStore *store, const guint64 pages[MAX_VALUES][ANZ_NR_CLASSES])
{
	g_autoptr(AnzQuery) query = NULL;

	for (guint c = 0; c < ANZ_NR_CLASSES; c++)
		if (pages[LRU_ACTIVE][c])
			return FALSE;
	query = anz_store_query(store, "SELECT total(value) > 0 FROM counter WHERE snapshot = :snapshot "
				"AND name IN ('NR_ACTIVE_ANON', 'NR_ACTIVE_FILE')", NULL);
	return query && anz_query_next(query, NULL) && anz_query_int(query, 0);
}

static void print_value(Output *out, guint attribute, const char *value,
			const guint64 pages[ANZ_NR_CLASSES], guint64 page_size)
{
	guint64 all = 0;

	for (guint c = 0; c < ANZ_NR_CLASSES; c++)
		all += pages[c];
	for (guint c = 0; c < ANZ_NR_CLASSES; c++) {
		if (!pages[c])
			continue;
		output_text(out, attributes[attribute].name);
		output_text(out, value);
		output_text(out, anz_page_class_info(c)->name);
		output_uint(out, pages[c]);
		output_uint(out, pages[c] * page_size);
		output_real(out, 100.0 * pages[c] / all);
		output_row(out);
	}
}

gboolean print_attribute(Output *out, AnzStore *store, const char *by, GError **error)
{
	guint attribute = find_attribute(by);
	guint64 pages[MAX_VALUES][ANZ_NR_CLASSES] = { { 0 } };
	guint64 end = anz_store_max_pfn(store), page_size = store_page_size(store);
	g_autofree Tile *tile = g_new0(Tile, 1);
	gboolean generations;

	if (attributes[attribute].from_flags && !have_flags(store, error))
		return FALSE;
	for (guint64 pfn = 0; pfn < end; pfn += ANZ_TILE_PAGES) {
		guint64 nr = MIN(ANZ_TILE_PAGES, end - pfn);

		if (!read_tile(store, pfn, nr, tile, error))
			return FALSE;
		count_tile(attribute, tile, nr, pages);
	}
	generations = !attribute && has_generations(store, pages);
	output_heading(out, "By %s", by);
	if (!output_begin(out, &attribute_table, error))
		return FALSE;
	for (guint i = 0; i < MAX_VALUES && attributes[attribute].values[i].name; i++)
		print_value(out, attribute, generations && i == LRU_INACTIVE ? "generations" :
			    attributes[attribute].values[i].name, pages[i], page_size);
	output_end(out);
	return TRUE;
}
