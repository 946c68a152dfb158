/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include <analyze/compare.h>
#include <analyze/search.h>

#define MAX_RANGES 4000000	/* 64 MB */

#define CHANGE_PREFIX "change:"

static void set_too_many(GError **error)
{
	g_set_error(error, ANZ_ERROR, ANZ_ERROR_QUERY, "more than %u stretches of pages; ask for fewer",
		    MAX_RANGES);
}

static AnzPageSet *set_of(GArray *ranges, GError **error)
{
	AnzPageSet *set = anz_page_set_new((const AnzPageRange *)(void *)ranges->data, ranges->len);

	if (!set)
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_QUERY, "there is no memory for the result");
	return set;
}

static int column_named(AnzQuery *query, const char *name)
{
	for (guint i = 0; i < anz_query_n_columns(query); i++)
		if (!strcmp(anz_query_column_name(query, i), name))
			return (int)i;
	return -1;
}

/* Rows come in the order of their frames mostly: what touches the last range joins it. */
static gboolean collect(AnzQuery *query, GArray *ranges, GError **error)
{
	int pfn = column_named(query, "pfn"), pages = column_named(query, "pages");
	g_autoptr(GError) err = NULL;

	if (pfn < 0) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_QUERY,
			    "the query has no column pfn, so there is nothing to light");
		return FALSE;
	}
	while (anz_query_next(query, &err)) {
		AnzPageRange *last = ranges->len ?
			&g_array_index(ranges, AnzPageRange, ranges->len - 1) : NULL;
		AnzPageRange range = {
			.pfn = (guint64)anz_query_int(query, (guint)pfn),
			.nr_pages = pages < 0 || anz_query_is_null(query, (guint)pages) ? 1 :
				(guint64)anz_query_int(query, (guint)pages),
		};

		if (anz_query_is_null(query, (guint)pfn))
			continue;
		if (last && last->pfn + last->nr_pages == range.pfn) {
			last->nr_pages += range.nr_pages;
			continue;
		}
		if (ranges->len >= MAX_RANGES) {
			set_too_many(error);
			return FALSE;
		}
		g_array_append_val(ranges, range);
	}
	if (err) {
		g_propagate_error(error, g_steal_pointer(&err));
		return FALSE;
	}
	return TRUE;
}

AnzPageSet *anz_page_set_query(AnzStore *store, const char *sql, GError **error)
{
	g_autoptr(GArray) ranges = g_array_new(FALSE, FALSE, sizeof(AnzPageRange));
	g_autoptr(AnzQuery) query = anz_store_query(store, sql, error);

	return query && collect(query, ranges, error) ? set_of(ranges, error) : NULL;
}

/* --- changes --- */

typedef struct {
	AnzPageClass from, to;
	GArray *ranges;
	gboolean too_many;
} Changes;

static gboolean collect_change(const AnzChange *change, gpointer data)
{
	const AnzPageRange range = { change->pfn, change->nr_pages };
	Changes *changes = data;

	if (change->from != changes->from || change->to != changes->to)
		return TRUE;
	changes->too_many = changes->ranges->len >= MAX_RANGES;
	if (!changes->too_many)
		g_array_append_val(changes->ranges, range);
	return !changes->too_many;
}

AnzPageSet *anz_page_set_changes(AnzStore *before, AnzStore *after, AnzPageClass from, AnzPageClass to,
				 const gint *cancel, GError **error)
{
	g_autoptr(GArray) ranges = g_array_new(FALSE, FALSE, sizeof(AnzPageRange));
	Changes changes = { from, to, ranges, FALSE };
	AnzComparison result;

	if (!anz_compare(before, after, &result, collect_change, &changes, cancel, error))
		return NULL;
	if (changes.too_many) {
		set_too_many(error);
		return NULL;
	}
	return set_of(ranges, error);
}

/* --- what a text means --- */

static gboolean looks_like_address(const char *text)
{
	return g_ascii_isdigit(*text) || g_str_has_prefix(text, "pfn:") ||
		g_str_has_prefix(text, "phys:") || g_str_has_prefix(text, "virt:") ||
		(strlen(text) == 16 && strspn(text, "0123456789abcdefABCDEF") == 16);
}

/* "slab, anon": every word a class, or it is not about classes. */
static gboolean parse_classes(const char *text, AnzSearch *search)
{
	g_auto(GStrv) words = g_strsplit_set(text, " ,", -1);
	g_autoptr(GString) list = g_string_new(NULL);

	for (char **word = words; *word; word++) {
		if (!**word)
			continue;
		if (anz_page_class_from_name(*word) < 0)
			return FALSE;
		g_string_append_printf(list, "%s'%s'", list->len ? ", " : "", *word);
	}
	if (!list->len)
		return FALSE;
	search->kind = ANZ_SEARCH_PAGES;
	search->sql = g_strdup_printf("SELECT pfn, pages FROM runs WHERE snapshot = :snapshot "
				      "AND class IN (%s) ORDER BY pfn", list->str);
	search->words = g_strdup(text);
	return TRUE;
}

static const char *const attributes[] = {
	"head", "tail", "mapped", "dirty", "writeback", "locked", "lru", "active", "unevictable",
	"mlocked", "reserved", "hwpoison", "excluded", "no_zone", "on_list", "isolated", NULL
};

/* A column of `page` where there is one (it works without recorded flags), else the flag's name. */
static gboolean append_flag(GString *sql, const char *name, GError **error)
{
	for (const char *p = name; *p; p++) {
		if (g_ascii_isalnum(*p) || *p == '_')
			continue;
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_ARGUMENT,
			    "flags are names joined by & or |, with ! before one for not; '%s' is "
			    "none", name);
		return FALSE;
	}
	if (g_strv_contains(attributes, name))
		g_string_append_printf(sql, "\"%s\"", name);
	else
		g_string_append_printf(sql, "instr(',' || coalesce(flags_text, '') || ',', ',%s,') > 0",
				       name);
	return TRUE;
}

static gboolean parse_flags(const char *text, AnzSearch *search, GError **error)
{
	g_autoptr(GString) sql = g_string_new("SELECT pfn FROM page WHERE ");
	gsize empty = sql->len;

	for (const char *at = text; *at;) {
		gboolean negated = FALSE;
		g_autofree char *name = NULL;
		gsize len;

		for (; strchr("& |!", *at) && *at; at++) {
			if (*at == '&' || *at == '|')
				g_string_append(sql, *at == '&' ? " AND " : " OR ");
			negated ^= *at == '!';
		}
		len = strcspn(at, "&|! ");
		name = g_strndup(at, len);
		at += len;
		if (!len)
			break;
		if (negated)
			g_string_append(sql, "NOT ");
		if (!append_flag(sql, name, error))
			return FALSE;
	}
	if (sql->len == empty) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_ARGUMENT,
			    "flags: takes names of flags, as in flags:lru&!dirty");
		return FALSE;
	}
	search->kind = ANZ_SEARCH_PAGES;
	search->sql = g_string_free(g_steal_pointer(&sql), FALSE);
	search->words = g_strdup_printf("flags %s", text);
	return TRUE;
}

gboolean anz_search_needs_other(const char *text)
{
	return text && g_str_has_prefix(text + strspn(text, " "), CHANGE_PREFIX);
}

static gboolean parse_change(const char *text, AnzSearch *search, GError **error)
{
	g_auto(GStrv) classes = g_strsplit(text, ">", -1);
	int from, to;

	if (g_strv_length(classes) != 2) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_ARGUMENT,
			    CHANGE_PREFIX " takes the class before and the one after, as in "
			    CHANGE_PREFIX "free>anon");
		return FALSE;
	}
	from = anz_page_class_from_name(g_strstrip(classes[0]));
	to = anz_page_class_from_name(g_strstrip(classes[1]));
	if (from < 0 || to < 0) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_ARGUMENT, CHANGE_PREFIX " there is no class '%s'",
			    classes[from < 0 ? 0 : 1]);
		return FALSE;
	}
	search->kind = ANZ_SEARCH_CHANGES;
	search->from = (AnzPageClass)from;
	search->to = (AnzPageClass)to;
	search->words = g_strdup_printf("%s \342\206\222 %s", anz_page_class_info((guint)from)->name,
					anz_page_class_info((guint)to)->name);
	return TRUE;
}

/* An older file has no such table: nothing is known then, either. */
static gboolean has_owners(AnzStore *store)
{
	g_autoptr(AnzQuery) query = anz_store_query(store,
		"SELECT 1 FROM owners WHERE snapshot = :snapshot LIMIT 1", NULL);

	return query && anz_query_next(query, NULL);
}

static gboolean parse_owner(AnzStore *store, const char *text, AnzSearch *search,
			    GError **error)
{
	g_auto(GStrv) parts = g_strsplit(text, "'", -1);
	g_autofree char *quoted = g_strjoinv("''", parts);

	if (!has_owners(store)) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_ARGUMENT,
			    "'%s' is no address, class or flag, and this analysis knows no owners",
			    text);
		return FALSE;
	}
	search->kind = ANZ_SEARCH_PAGES;
	search->sql = g_strdup_printf("SELECT o.pfn, o.pages FROM owned o JOIN owners w "
		"ON w.snapshot = o.snapshot AND w.id = o.owner "
		"WHERE o.snapshot = :snapshot AND instr(lower(w.name), lower('%s')) ORDER BY o.pfn",
		quoted);
	search->words = g_strdup_printf("owners named '%s'", text);
	return TRUE;
}

gboolean anz_search_parse(AnzStore *store, const char *text, AnzSearch *search,
			  GError **error)
{
	g_autofree char *trimmed = g_strstrip(g_strdup(text));

	*search = (AnzSearch){ .kind = ANZ_SEARCH_NOTHING };
	if (!*trimmed)
		return TRUE;
	if (*trimmed == '=') {
		search->kind = ANZ_SEARCH_ROWS;
		search->sql = g_strdup(g_strchug(trimmed + 1));
		search->words = g_strdup("SQL");
		return TRUE;
	}
	if (g_str_has_prefix(trimmed, "flags:"))
		return parse_flags(trimmed + strlen("flags:"), search, error);
	if (anz_search_needs_other(trimmed))
		return parse_change(trimmed + strlen(CHANGE_PREFIX), search, error);
	if (parse_classes(trimmed, search))
		return TRUE;
	if (looks_like_address(trimmed)) {
		AnzAddress address;

		if (!anz_store_resolve(store, trimmed, &address, error))
			return FALSE;
		if (address.kind == ANZ_ADDRESS_VIRTUAL) {
			g_set_error(error, ANZ_ERROR, ANZ_ERROR_ARGUMENT, "%s: %s", trimmed,
				    address.words);
			return FALSE;
		}
		search->kind = ANZ_SEARCH_ADDRESS;
		search->pfn = address.pfn;
		search->words = g_strdup(address.words);
		return TRUE;
	}
	return parse_owner(store, trimmed, search, error);
}

void anz_search_clear(AnzSearch *search)
{
	g_free(search->sql);
	g_free(search->words);
	*search = (AnzSearch){ .kind = ANZ_SEARCH_NOTHING };
}

static AnzPageSet *find(AnzStore *store, AnzStore *other, const AnzSearch *search, const gint *cancel,
			GError **error)
{
	const AnzPageRange page = { search->pfn, 1 };

	if (search->sql)
		return anz_page_set_query(store, search->sql, error);
	if (search->kind != ANZ_SEARCH_CHANGES)
		return anz_page_set_new(&page, search->kind == ANZ_SEARCH_ADDRESS ? 1 : 0);
	if (other)
		return anz_page_set_changes(other, store, search->from, search->to, cancel, error);
	g_set_error(error, ANZ_ERROR, ANZ_ERROR_ARGUMENT,
		    CHANGE_PREFIX " finds pages of another class than in an older analysis, and none is "
		    "compared with");
	return NULL;
}

AnzPageSet *anz_page_set_search(AnzStore *store, AnzStore *other, const char *text, const gint *cancel,
				GError **error)
{
	AnzPageSet *set;
	AnzSearch search;

	if (!anz_search_parse(store, text, &search, error))
		return NULL;
	set = find(store, other, &search, cancel, error);
	anz_search_clear(&search);
	return set;
}
