/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * `page` as an eponymous virtual table: which rows, in which order.
 *
 * A scan goes through a range of frames and a set of classes.  Conditions on frame number
 * and addresses bound the range, conditions on the class bound the set, and the histogram
 * tells which tiles hold a class at all, so that "class = 'hugetlb'" inflates just the
 * tiles it needs.  "owner = 7" and "cgroup = 7" go through the numbers of that plane
 * before a row is made.  ORDER BY and GROUP BY class go through the range once per class: no
 * hundred million rows are sorted.  Planes are inflated when a column of theirs is first
 * asked for in a tile (page-row.c).
 */
#include "store/page-vtab.h"

#include <string.h>

#include "store/page-range.h"

/* idxNum: the order of rows. */
enum {
	SCAN_BY_CLASS = 1 << 0,
	SCAN_DESCENDING = 1 << 1, /* class names backwards */
};

#define ALL_CLASSES ((guint32)(((guint64)1 << ANZ_NR_CLASSES) - 1))

typedef struct {
	sqlite3_vtab base;
	sqlite3 *db;
	const gint64 *snapshot;
	AnzTileCache *cache;
	GHashTable *maps; /* &map->snapshot -> AnzPageMap */
	gint64 newest;	  /* newest snapshot; 0 not looked up yet */
	guint data_version;
	/* Names may outlive the cursor that handed them to SQLite as static text. */
	GStringChunk *names;
} PageTable;

typedef struct {
	sqlite3_vtab_cursor base;
	AnzPageRow row;
	AnzPageRange range;
	guint32 passes[ANZ_NR_CLASSES];
	guint pass, nr_passes;
	guint64 tile_end;   /* where the row's tile or the range ends */
	const guint8 *classes;	/* of the row's tile; NULL: every class in it is wanted */
	const guint32 *numbers;	/* of the range's plane; NULL: whatever they are */
	gboolean eof;
} PageCursor;

static int fail(PageTable *table, GError *error)
{
	int rc = SQLITE_ERROR;

	if (g_error_matches(error, ANZ_ERROR, ANZ_ERROR_FORMAT))
		rc = SQLITE_CORRUPT;
	else if (g_error_matches(error, ANZ_ERROR, ANZ_ERROR_IO))
		rc = SQLITE_IOERR;
	else if (g_error_matches(error, ANZ_ERROR, ANZ_ERROR_CANCELLED))
		rc = SQLITE_INTERRUPT;
	sqlite3_free(table->base.zErrMsg);
	table->base.zErrMsg = sqlite3_mprintf("page: %s", error->message);
	g_error_free(error);
	return rc;
}

static int page_connect(sqlite3 *db, void *data, int argc, const char *const *argv,
			sqlite3_vtab **out, char **message)
{
	static const char *const columns[] = {
#define X(id, name, type) "\"" name "\" " type,
		ANZ_PAGE_COLUMNS(X)
#undef X
		NULL
	};
	g_autofree char *list = g_strjoinv(", ", (char **)columns);
	g_autofree char *sql = g_strdup_printf("CREATE TABLE page(%s)", list);
	PageTable *table;
	int rc = sqlite3_declare_vtab(db, sql);

	if (rc != SQLITE_OK)
		return rc;
	sqlite3_vtab_config(db, SQLITE_VTAB_INNOCUOUS);
	table = g_new0(PageTable, 1);
	table->db = db;
	table->snapshot = data;
	table->cache = anz_tile_cache_new(db);
	table->maps = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL,
					    (GDestroyNotify)anz_page_map_unref);
	table->names = g_string_chunk_new(256);
	*out = &table->base;
	return SQLITE_OK;
}

static int page_disconnect(sqlite3_vtab *base)
{
	PageTable *table = (PageTable *)base;

	sqlite3_free(table->base.zErrMsg);
	anz_tile_cache_free(table->cache);
	g_hash_table_unref(table->maps);
	g_string_chunk_free(table->names);
	g_free(table);
	return SQLITE_OK;
}

/* The snapshot that is shown unless the query names one; 0 with @error. */
static gint64 default_snapshot(PageTable *table, GError **error)
{
	if (table->snapshot)
		return *table->snapshot;
	if (!table->newest)
		table->newest = anz_newest_snapshot(table->db, error);
	return table->newest;
}

/* (transfer none) */
static AnzPageMap *get_map(PageTable *table, gint64 snapshot, GError **error)
{
	AnzPageMap *map = g_hash_table_lookup(table->maps, &snapshot);

	if (!map) {
		map = anz_page_map_load(table->db, snapshot, table->names, error);
		if (map)
			g_hash_table_insert(table->maps, &map->snapshot, map);
	}
	return map;
}

/* --- planning --- */

static gboolean column_is_affine(int column)
{
	return column == -1 || column == ANZ_PAGE_PFN || column == ANZ_PAGE_PHYSICAL ||
	       column == ANZ_PAGE_VIRTUAL || column == ANZ_PAGE_STRUCT_PAGE;
}

/*
 * How page_filter() is told of constraint @i: one of "=<>lg" (l <=, g >=), "i" in, "!"; 0
 * not.
 */
static char constraint_op(sqlite3_index_info *info, int i)
{
	const struct sqlite3_index_constraint *c = &info->aConstraint[i];

	if (column_is_affine(c->iColumn)) {
		switch (c->op) {
		case SQLITE_INDEX_CONSTRAINT_EQ: return '=';
		case SQLITE_INDEX_CONSTRAINT_LT: return '<';
		case SQLITE_INDEX_CONSTRAINT_GT: return '>';
		case SQLITE_INDEX_CONSTRAINT_LE: return 'l';
		case SQLITE_INDEX_CONSTRAINT_GE: return 'g';
		default: return 0;
		}
	}
	if (c->iColumn == ANZ_PAGE_SNAPSHOT || c->iColumn == ANZ_PAGE_OWNER ||
	    c->iColumn == ANZ_PAGE_CGROUP)
		return c->op == SQLITE_INDEX_CONSTRAINT_EQ ? '=' : 0;
	if (c->iColumn != ANZ_PAGE_CLASS ||
	    g_ascii_strcasecmp(sqlite3_vtab_collation(info, i), "BINARY") != 0)
		return 0;
	if (c->op == SQLITE_INDEX_CONSTRAINT_NE)
		return '!';
	if (c->op != SQLITE_INDEX_CONSTRAINT_EQ)
		return 0;
	return sqlite3_vtab_in(info, i, 1) ? 'i' : '=';
}

/* Sets idxNum if rows can come in the order asked for. */
static void plan_order(sqlite3_index_info *info)
{
	const struct sqlite3_index_orderby *by = info->aOrderBy;

	if (info->nOrderBy == 1 && !by[0].desc && column_is_affine(by[0].iColumn) &&
	    by[0].iColumn <= ANZ_PAGE_PFN) {
		info->orderByConsumed = 1;
	} else if (info->nOrderBy >= 1 && info->nOrderBy <= 2 &&
		   by[0].iColumn == ANZ_PAGE_CLASS &&
		   (info->nOrderBy == 1 ||
		    (by[1].iColumn == ANZ_PAGE_PFN && !by[1].desc))) {
		info->orderByConsumed = 1;
		info->idxNum = SCAN_BY_CLASS | (by[0].desc ? SCAN_DESCENDING : 0);
	}
}

static int page_best_index(sqlite3_vtab *base, sqlite3_index_info *info)
{
	PageTable *table = (PageTable *)base;
	g_autoptr(GString) plan = g_string_new(NULL);
	gint64 snapshot = default_snapshot(table, NULL);
	AnzPageMap *map = snapshot ? get_map(table, snapshot, NULL) : NULL;
	double rows = map ? (double)map->max_pfn : 1e6;
	gboolean equal = FALSE, below = FALSE, above = FALSE, by_class = FALSE,
		 waits = FALSE;

	for (int i = 0; i < info->nConstraint; i++) {
		int column = info->aConstraint[i].iColumn;
		char op;

		if (!info->aConstraint[i].usable) {
			waits |= column == ANZ_PAGE_SNAPSHOT &&
				 info->aConstraint[i].op == SQLITE_INDEX_CONSTRAINT_EQ;
			continue;
		}
		op = constraint_op(info, i);
		if (!op)
			continue;
		g_string_append_c(plan,
				  (char)('A' + (column == -1 ? ANZ_PAGE_PFN : column)));
		g_string_append_c(plan, op);
		info->aConstraintUsage[i].argvIndex = (int)plan->len / 2;
		/* The class is tested exactly; numbers may come as text or fractions. */
		info->aConstraintUsage[i].omit = column == ANZ_PAGE_CLASS;
		if (column == ANZ_PAGE_CLASS) {
			by_class |= op != '!';
		} else if (column == ANZ_PAGE_OWNER || column == ANZ_PAGE_CGROUP) {
			by_class = TRUE;
		} else if (column != ANZ_PAGE_SNAPSHOT) {
			equal |= op == '=';
			below |= op == '<' || op == 'l';
			above |= op == '>' || op == 'g';
		}
	}
	if (equal) {
		rows = 1;
		info->idxFlags = SQLITE_INDEX_SCAN_UNIQUE;
	} else if (below && above) {
		rows = MIN(rows, 1000); /* a run, a block, a screenful */
	} else if (below || above) {
		rows /= 3;
	}
	if (by_class && !equal)
		rows = MAX(rows / 10, 1);
	info->estimatedRows = (sqlite3_int64)rows;
	info->estimatedCost = equal ? 1 : rows + 10;
	/*
	 * A snapshot given by another table: that table must come first, if there is any
	 * way.
	 */
	if (waits)
		info->estimatedCost = 1e15;
	plan_order(info);
	info->idxStr = sqlite3_mprintf("%s", plan->str);
	info->needToFreeIdxStr = 1;
	return info->idxStr ? SQLITE_OK : SQLITE_NOMEM;
}

/* One pass for all wanted classes, or one for each in the order of their names. */
static void make_passes(PageCursor *cursor, int order)
{
	const guint32 wanted = cursor->range.classes;
	guint n = 0;

	if (!(order & SCAN_BY_CLASS)) {
		cursor->passes[0] = wanted;
		cursor->nr_passes = wanted ? 1 : 0;
		return;
	}
	for (guint c = 0; c < ANZ_NR_CLASSES; c++) {
		const char *name = anz_page_class_info(c)->name;
		guint i;

		if (!(wanted & (1u << c)))
			continue;
		for (i = n++; i > 0; i--) {
			guint before = (guint)__builtin_ctz(cursor->passes[i - 1]);
			int cmp = strcmp(anz_page_class_info(before)->name, name);

			if ((order & SCAN_DESCENDING) ? cmp > 0 : cmp < 0)
				break;
			cursor->passes[i] = cursor->passes[i - 1];
		}
		cursor->passes[i] = 1u << c;
	}
	cursor->nr_passes = n;
}

/* --- going through the rows --- */

/* Index of the first stored tile at or after @tile. */
static guint find_tile(const AnzPageMap *map, guint64 tile)
{
	guint low = 0, high = map->tiles->len;

	while (low < high) {
		guint middle = low + (high - low) / 2;

		if (g_array_index(map->tiles, AnzTileClasses, middle).tile < tile)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/*
 * First frame from @pfn on, before @end, whose class is in @wanted; @end if there is
 * none.
 */
static guint64 find_class(const guint8 *classes, guint64 pfn, guint64 end, guint32 wanted)
{
	const guint8 *base = classes - (pfn & ~(guint64)(ANZ_TILE_PAGES - 1));

	if ((wanted & (wanted - 1)) == 0) {
		const guint8 *hit = memchr(base + pfn, __builtin_ctz(wanted), end - pfn);

		return hit ? (guint64)(hit - base) : end;
	}
	while (pfn < end && !(wanted >> base[pfn] & 1))
		pfn++;
	return pfn;
}

/* First frame from @pfn on in the row's tile that is wanted; its end if there is none. */
static guint64 find_row(const PageCursor *cursor, guint64 pfn)
{
	const guint64 end = cursor->tile_end, mask = ANZ_TILE_PAGES - 1;

	while (pfn < end) {
		guint64 here = pfn;

		while (cursor->numbers && pfn < end && cursor->numbers[pfn & mask] != cursor->range.value)
			pfn++;
		if (cursor->classes && pfn < end)
			pfn = find_class(cursor->classes, pfn, end, cursor->passes[cursor->pass]);
		if (pfn == here || !cursor->numbers)
			break;
	}
	return pfn;
}

/* Goes to the first row at or after @pfn; enters a tile, or a hole of tiles. */
static int seek(PageCursor *cursor, guint64 pfn)
{
	const AnzPageMap *map = cursor->row.map;
	GError *error = NULL;

	while (cursor->pass < cursor->nr_passes) {
		guint32 wanted = cursor->passes[cursor->pass], set = 1u << ANZ_CLASS_HOLE;
		guint64 tile = pfn >> ANZ_TILE_SHIFT, next = G_MAXUINT64;
		guint i;

		if (pfn >= cursor->range.end) {
			cursor->pass++;
			pfn = cursor->range.start;
			continue;
		}
		i = find_tile(map, tile);
		if (i < map->tiles->len) {
			const AnzTileClasses *stored =
				&g_array_index(map->tiles, AnzTileClasses, i);

			next = stored->tile == tile ? tile + 1 : stored->tile;
			set = stored->tile == tile ? stored->set : set;
		}
		if (!(set & wanted)) {
			pfn = next == G_MAXUINT64 ? cursor->range.end
						  : next << ANZ_TILE_SHIFT;
			continue;
		}
		anz_page_row_move(&cursor->row, pfn);
		cursor->tile_end = MIN(cursor->range.end, (tile + 1) << ANZ_TILE_SHIFT);
		cursor->classes = NULL;
		cursor->numbers = NULL;
		if (set & ~wanted)
			cursor->classes = anz_page_row_plane(&cursor->row, ANZ_PLANE_CLASS, &error);
		if (!error && cursor->range.plane != ANZ_NR_PLANES)
			cursor->numbers = anz_page_row_plane(&cursor->row, cursor->range.plane, &error);
		if (error)
			return fail((PageTable *)cursor->base.pVtab, error);
		pfn = find_row(cursor, pfn);
		if (pfn < cursor->tile_end) {
			anz_page_row_move(&cursor->row, pfn);
			return SQLITE_OK;
		}
	}
	cursor->eof = TRUE;
	return SQLITE_OK;
}

static int page_next(sqlite3_vtab_cursor *base)
{
	PageCursor *cursor = (PageCursor *)base;
	guint64 pfn = find_row(cursor, cursor->row.pfn + 1);

	if (pfn < cursor->tile_end) {
		cursor->row.pfn = pfn;
		return SQLITE_OK;
	}
	return seek(cursor, pfn);
}

static int page_open(sqlite3_vtab *base, sqlite3_vtab_cursor **out)
{
	PageTable *table = (PageTable *)base;
	PageCursor *cursor = g_new0(PageCursor, 1);
	guint version = 0;

	/* Another program, or SQL of this one, may have added or dropped a snapshot. */
	sqlite3_file_control(table->db, "main", SQLITE_FCNTL_DATA_VERSION, &version);
	if (version != table->data_version) {
		table->data_version = version;
		table->newest = 0;
		anz_tile_cache_clear(table->cache);
		g_hash_table_remove_all(table->maps);
	}
	cursor->row.cache = table->cache;
	*out = &cursor->base;
	return SQLITE_OK;
}

static int page_close(sqlite3_vtab_cursor *base)
{
	PageCursor *cursor = (PageCursor *)base;

	anz_page_row_clear(&cursor->row);
	g_free(cursor);
	return SQLITE_OK;
}

/* Whether the file has a snapshot that is asked for by number. */
static gboolean snapshot_exists(PageTable *table, gint64 snapshot)
{
	sqlite3_stmt *stmt;
	gboolean found;

	if (g_hash_table_contains(table->maps, &snapshot))
		return TRUE;
	stmt = anz_sqlite_prepare(table->db, "SELECT 1 FROM main.snapshot WHERE id = ?1",
				  NULL);
	if (!stmt)
		return FALSE;
	sqlite3_bind_int64(stmt, 1, snapshot);
	found = sqlite3_step(stmt) == SQLITE_ROW;
	sqlite3_finalize(stmt);
	return found;
}

/* Makes @snapshot the one that the cursor shows. */
static int choose_snapshot(PageCursor *cursor, gint64 snapshot)
{
	PageTable *table = (PageTable *)cursor->base.pVtab;
	GError *error = NULL;
	AnzPageMap *map;

	if (cursor->row.map && cursor->row.map->snapshot == snapshot)
		return SQLITE_OK;
	anz_page_row_clear(&cursor->row);
	map = get_map(table, snapshot, &error);
	if (!map)
		return fail(table, error);
	cursor->row.map = g_rc_box_acquire(map);
	return SQLITE_OK;
}

static int page_filter(sqlite3_vtab_cursor *base, int order, const char *plan, int argc,
		       sqlite3_value **argv)
{
	PageCursor *cursor = (PageCursor *)base;
	PageTable *table = (PageTable *)base->pVtab;
	GError *error = NULL;
	gint64 snapshot = 0;
	int rc;

	cursor->eof = TRUE;
	for (int i = 0; i < argc; i++) {
		if (plan[2 * i] != 'A' + ANZ_PAGE_SNAPSHOT)
			continue;
		if (sqlite3_value_numeric_type(argv[i]) != SQLITE_INTEGER)
			return SQLITE_OK;
		snapshot = sqlite3_value_int64(argv[i]);
		if (!snapshot_exists(table, snapshot))
			return SQLITE_OK;
	}
	if (!snapshot)
		snapshot = default_snapshot(table, &error);
	if (error)
		return fail(table, error);
	rc = choose_snapshot(cursor, snapshot);
	if (rc != SQLITE_OK)
		return rc;

	cursor->range = (AnzPageRange){ 0, cursor->row.map->max_pfn, ALL_CLASSES, ANZ_NR_PLANES, 0 };
	for (int i = 0; i < argc; i++) {
		AnzPageColumn column = (AnzPageColumn)(plan[2 * i] - 'A');

		if (column != ANZ_PAGE_SNAPSHOT)
			anz_page_range_bound(&cursor->range, cursor->row.map, column,
					     plan[2 * i + 1], argv[i]);
	}
	cursor->pass = 0;
	make_passes(cursor, order);
	cursor->eof = FALSE;
	return seek(cursor, cursor->range.start);
}

static int page_eof(sqlite3_vtab_cursor *base)
{
	return ((PageCursor *)base)->eof;
}

static int page_column(sqlite3_vtab_cursor *base, sqlite3_context *context, int column)
{
	PageCursor *cursor = (PageCursor *)base;
	GError *error = NULL;

	if (anz_page_row_result(&cursor->row, (AnzPageColumn)column, context, &error))
		return SQLITE_OK;
	return fail((PageTable *)base->pVtab, error);
}

static int page_rowid(sqlite3_vtab_cursor *base, sqlite3_int64 *rowid)
{
	*rowid = (sqlite3_int64)((PageCursor *)base)->row.pfn;
	return SQLITE_OK;
}

int anz_page_vtab_register(sqlite3 *db, const gint64 *snapshot)
{
	/* No xCreate: the table exists in every database without being made. */
	static const sqlite3_module module = {
		.xConnect = page_connect,
		.xDisconnect = page_disconnect,
		.xBestIndex = page_best_index,
		.xOpen = page_open,
		.xClose = page_close,
		.xFilter = page_filter,
		.xNext = page_next,
		.xEof = page_eof,
		.xColumn = page_column,
		.xRowid = page_rowid,
	};

	return sqlite3_create_module_v2(db, "page", &module, (void *)snapshot, NULL);
}
