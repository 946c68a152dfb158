/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The columns of `page`.
 *
 * order, first_pfn,	the block, compound page or folio the frame lies in; blocks are
 *   last_pfn		aligned to their size, so the frame number and the order suffice
 * head ... isolated	the bits of AnzPageAttr
 * excluded		the page's content is not in the dump
 * flags, flags_text	page.flags of this very struct page, low 32 bits; names
 * physical, virtual	address of the page's first byte; virtual: in the direct map
 * struct_page		address of the frame's struct page
 * descriptor		address of the folio, slab, ptdesc ...: in the classic shape these
 *			overlay the struct page of the first frame, in a memory-descriptor
 *			format the page's word points at them; NULL for pages that have none
 * owner		row of table owners; NULL for pages of nobody known
 * cgroup		row of tables owners and cgroups: the control group that the page is charged
 *			to; NULL for pages charged to none
 * generation		of the folio, under multi-generational LRU; NULL if it is on no list of these
 * lru_refs		the same; NULL also where the kernel has no room for it in page->flags
 *
 * What the analysis does not know is NULL: order, flags and counts of frames whose struct
 * page is absent (hole, excluded, unreadable), addresses of a hole, names without a
 * number, and flags and counts altogether if it did not record them.
 */
#include "store/page-row.h"

#include <string.h>

#define CLASS_BIT(c) (1u << ANZ_CLASS_##c)

/* Classes whose struct page the analysis has not seen. */
#define NO_STRUCT_PAGE (CLASS_BIT(HOLE) | CLASS_BIT(EXCLUDED) | CLASS_BIT(UNREADABLE))
/* Head and tail mark the blocks of free lists too, which have no descriptor. */
#define FREE_CLASSES (CLASS_BIT(FREE) | CLASS_BIT(FREE_PCP) | CLASS_BIT(UNACCEPTED))

void anz_page_row_clear(AnzPageRow *row)
{
	for (guint p = 0; p < ANZ_NR_PLANES; p++)
		g_clear_pointer(&row->planes[p], anz_cached_tile_unref);
	g_clear_pointer(&row->map, anz_page_map_unref);
}

const void *anz_page_row_plane(AnzPageRow *row, AnzPlane plane, GError **error)
{
	if (!row->planes[plane])
		row->planes[plane] = anz_tile_cache_get(row->cache, row->map->snapshot,
							plane, row->tile, error);
	return row->planes[plane] ? row->planes[plane]->values : NULL;
}

/* Value of @plane for this row, sign-extended for the signed ones. */
static gboolean value(AnzPageRow *row, AnzPlane plane, gint64 *out, GError **error)
{
	const void *values = anz_page_row_plane(row, plane, error);
	guint i = row->pfn & (ANZ_TILE_PAGES - 1);

	if (!values)
		return FALSE;
	switch (plane) {
	case ANZ_PLANE_ATTR:
		*out = ((const guint16 *)values)[i];
		break;
	case ANZ_PLANE_FLAGS:
	case ANZ_PLANE_OWNER:
	case ANZ_PLANE_CGROUP:
		*out = ((const guint32 *)values)[i];
		break;
	case ANZ_PLANE_REFCOUNT:
	case ANZ_PLANE_MAPCOUNT:
		*out = ((const gint32 *)values)[i];
		break;
	default:
		*out = ((const guint8 *)values)[i];
		break;
	}
	return TRUE;
}

gboolean anz_page_map_affine(const AnzPageMap *map, AnzPageColumn column, guint64 *base,
			     guint64 *unit)
{
	switch (column) {
	case ANZ_PAGE_PFN:
		*base = 0;
		*unit = 1;
		return TRUE;
	case ANZ_PAGE_PHYSICAL:
		*base = 0;
		*unit = (guint64)1 << map->page_shift;
		return TRUE;
	case ANZ_PAGE_VIRTUAL:
		*base = map->page_offset;
		*unit = (guint64)1 << map->page_shift;
		return map->page_offset != 0;
	case ANZ_PAGE_STRUCT_PAGE:
		*base = map->vmemmap;
		*unit = map->struct_page_size;
		return map->vmemmap && map->struct_page_size;
	default:
		return FALSE;
	}
}

static void result_affine(AnzPageRow *row, AnzPageColumn column, guint64 pfn,
			  sqlite3_context *context)
{
	guint64 base, unit;

	if (anz_page_map_affine(row->map, column, &base, &unit))
		sqlite3_result_int64(context, (gint64)(base + pfn * unit));
}

static void result_name(sqlite3_context *context, const char *name)
{
	if (name)
		sqlite3_result_text(context, name, (int)strlen(name), SQLITE_STATIC);
}

static void result_flag_names(AnzPageRow *row, guint32 flags, sqlite3_context *context)
{
	g_autoptr(GString) text = g_string_new(NULL);

	for (guint bit = 0; bit < 32; bit++) {
		if (!(flags & (1u << bit)))
			continue;
		if (text->len)
			g_string_append_c(text, ',');
		if (row->map->flag_name[bit])
			g_string_append(text, row->map->flag_name[bit]);
		else
			g_string_append_printf(text, "bit%u", bit);
	}
	sqlite3_result_text(context, text->str, (int)text->len, SQLITE_TRANSIENT);
}

/* First frame of the block of @order around the row's; order is below 64. */
static guint64 first_pfn(const AnzPageRow *row, gint64 order)
{
	return row->pfn & ~(((guint64)1 << order) - 1);
}

static gboolean block_result(AnzPageRow *row, AnzPageColumn column,
			     sqlite3_context *context, GError **error)
{
	gint64 order;

	if (!value(row, ANZ_PLANE_ORDER, &order, error))
		return FALSE;
	if (column == ANZ_PAGE_ORDER)
		sqlite3_result_int64(context, order);
	else if (order > 40)
		return TRUE; /* no machine is that large: a damaged file */
	else if (column == ANZ_PAGE_FIRST_PFN)
		sqlite3_result_int64(context, (gint64)first_pfn(row, order));
	else
		sqlite3_result_int64(context, (gint64)(first_pfn(row, order) +
						       ((guint64)1 << order) - 1));
	return TRUE;
}

/* Less one, that of the first page; a folio that begins in another tile is a huge page, and on no list. */
static gboolean folio_result(AnzPageRow *row, AnzPlane plane, sqlite3_context *context, GError **error)
{
	gint64 attr, order;
	const guint8 *values;
	guint64 pfn = row->pfn;

	if (!value(row, ANZ_PLANE_ATTR, &attr, error) || !value(row, ANZ_PLANE_ORDER, &order, error))
		return FALSE;
	if (attr & ANZ_ATTR_TAIL && order <= 40)
		pfn = first_pfn(row, order);
	values = anz_page_row_plane(row, plane, error);
	if (values && pfn >> ANZ_TILE_SHIFT == row->tile && values[pfn & (ANZ_TILE_PAGES - 1)])
		sqlite3_result_int(context, values[pfn & (ANZ_TILE_PAGES - 1)] - 1);
	return values != NULL;
}

static gboolean descriptor_result(AnzPageRow *row, guint page_class,
				  sqlite3_context *context, GError **error)
{
	gint64 attr, order, address;

	if (row->map->has_descriptors) {
		/* Memory descriptors: what the page's word points at. */
		if (!(1u << page_class & FREE_CLASSES) &&
		    anz_tile_cache_descriptor(row->cache, row->map->snapshot, row->pfn,
					      page_class == ANZ_CLASS_HWPOISON, &address))
			sqlite3_result_int64(context, address);
		return TRUE;
	}
	if (!value(row, ANZ_PLANE_ATTR, &attr, error) ||
	    !value(row, ANZ_PLANE_ORDER, &order, error))
		return FALSE;
	if (order > 40)
		return TRUE;
	if (anz_page_class_info(page_class)->descriptor ||
	    ((attr & (ANZ_ATTR_HEAD | ANZ_ATTR_TAIL)) &&
	     !(1u << page_class & FREE_CLASSES)))
		result_affine(row, ANZ_PAGE_STRUCT_PAGE, first_pfn(row, order), context);
	return TRUE;
}

/* Columns that are NULL for frames without a struct page; the class decides. */
static gboolean described_result(AnzPageRow *row, AnzPageColumn column,
				 sqlite3_context *context, GError **error)
{
	gint64 page_class, v;
	AnzPlane plane;

	if (!value(row, ANZ_PLANE_CLASS, &page_class, error))
		return FALSE;
	if (1u << page_class & NO_STRUCT_PAGE)
		return TRUE;
	switch (column) {
	case ANZ_PAGE_FLAGS:
	case ANZ_PAGE_FLAGS_TEXT:
	case ANZ_PAGE_REFCOUNT:
	case ANZ_PAGE_MAPCOUNT:
		plane = ANZ_PLANE_FLAGS;
		if (column == ANZ_PAGE_REFCOUNT)
			plane = ANZ_PLANE_REFCOUNT;
		else if (column == ANZ_PAGE_MAPCOUNT)
			plane = ANZ_PLANE_MAPCOUNT;
		if (!(row->map->recorded & (1u << plane)))
			return TRUE;
		if (!value(row, plane, &v, error))
			return FALSE;
		if (column == ANZ_PAGE_FLAGS_TEXT)
			result_flag_names(row, (guint32)v, context);
		else
			sqlite3_result_int64(context, v);
		return TRUE;
	case ANZ_PAGE_DESCRIPTOR:
		return descriptor_result(row, (guint)page_class, context, error);
	default:
		return block_result(row, column, context, error);
	}
}

/* The bit of AnzPageAttr behind @column. */
static guint attr_bit(AnzPageColumn column)
{
	switch (column) {
	case ANZ_PAGE_HEAD:		return ANZ_ATTR_HEAD;
	case ANZ_PAGE_TAIL:		return ANZ_ATTR_TAIL;
	case ANZ_PAGE_MAPPED:		return ANZ_ATTR_MAPPED;
	case ANZ_PAGE_DIRTY:		return ANZ_ATTR_DIRTY;
	case ANZ_PAGE_WRITEBACK:	return ANZ_ATTR_WRITEBACK;
	case ANZ_PAGE_LOCKED:		return ANZ_ATTR_LOCKED;
	case ANZ_PAGE_LRU:		return ANZ_ATTR_LRU;
	case ANZ_PAGE_ACTIVE:		return ANZ_ATTR_ACTIVE;
	case ANZ_PAGE_UNEVICTABLE:	return ANZ_ATTR_UNEVICTABLE;
	case ANZ_PAGE_MLOCKED:		return ANZ_ATTR_MLOCKED;
	case ANZ_PAGE_RESERVED:		return ANZ_ATTR_RESERVED;
	case ANZ_PAGE_HWPOISON:		return ANZ_ATTR_HWPOISON;
	case ANZ_PAGE_EXCLUDED:		return ANZ_ATTR_CONTENT_EXCLUDED;
	case ANZ_PAGE_ON_LIST:		return ANZ_ATTR_ON_LIST;
	case ANZ_PAGE_ISOLATED:		return ANZ_ATTR_ISOLATED;
	default:			return 0;
	}
}

gboolean anz_page_row_result(AnzPageRow *row, AnzPageColumn column,
			     sqlite3_context *context, GError **error)
{
	gint64 v;

	switch (column) {
	case ANZ_PAGE_SNAPSHOT:
		sqlite3_result_int64(context, row->map->snapshot);
		return TRUE;
	case ANZ_PAGE_PFN:
	case ANZ_PAGE_PHYSICAL:
		result_affine(row, column, row->pfn, context);
		return TRUE;
	case ANZ_PAGE_VIRTUAL:
	case ANZ_PAGE_STRUCT_PAGE:
		if (!value(row, ANZ_PLANE_CLASS, &v, error))
			return FALSE;
		if (v != ANZ_CLASS_HOLE)
			result_affine(row, column, row->pfn, context);
		return TRUE;
	case ANZ_PAGE_CLASS:
		if (!value(row, ANZ_PLANE_CLASS, &v, error))
			return FALSE;
		result_name(context, anz_page_class_info((guint)v)->name);
		return TRUE;
	case ANZ_PAGE_NODE:
	case ANZ_PAGE_ZONE:
		if (!value(row, ANZ_PLANE_ZONE, &v, error))
			return FALSE;
		if (column == ANZ_PAGE_ZONE)
			result_name(context, row->map->zone_name[v]);
		else if (row->map->zone_name[v])
			sqlite3_result_int64(context, row->map->zone_node[v]);
		return TRUE;
	case ANZ_PAGE_MIGRATETYPE:
		if (!value(row, ANZ_PLANE_MIGRATETYPE, &v, error))
			return FALSE;
		result_name(context, row->map->migratetype[v]);
		return TRUE;
	case ANZ_PAGE_GENERATION:
		return folio_result(row, ANZ_PLANE_GENERATION, context, error);
	case ANZ_PAGE_LRU_REFS:
		return folio_result(row, ANZ_PLANE_LRU_REFS, context, error);
	case ANZ_PAGE_OWNER:
	case ANZ_PAGE_CGROUP:
		if (!value(row, column == ANZ_PAGE_OWNER ? ANZ_PLANE_OWNER : ANZ_PLANE_CGROUP, &v,
			   error))
			return FALSE;
		if (v)
			sqlite3_result_int64(context, v);
		return TRUE;
	default:
		break;
	}
	if (!attr_bit(column))
		return described_result(row, column, context, error);
	if (!value(row, ANZ_PLANE_ATTR, &v, error))
		return FALSE;
	sqlite3_result_int(context, (v & attr_bit(column)) != 0);
	return TRUE;
}
