/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "picture/view-keys.h"

#include <string.h>

#define MAX_PFN ((guint64)1 << 52)

/* --- values --- */

static const char *class_name(guint page_class)
{
	return page_class < ANZ_NR_CLASSES ? anz_page_class_info(page_class)->name : NULL;
}

static gboolean take_name(const char *value, int (*number)(const char *), const char *(*name)(guint),
			  guint *n, GError **error)
{
	g_autoptr(GString) known = g_string_new(NULL);
	int found = number(value);

	if (found >= 0) {
		*n = (guint)found;
		return TRUE;
	}
	for (guint i = 0; name(i); i++)
		g_string_append_printf(known, "%s%s", i ? ", " : "", name(i));
	g_set_error(error, ANZ_ERROR, ANZ_ERROR_ARGUMENT, "there is no '%s'; there is %s", value, known->str);
	return FALSE;
}

static gboolean take_names(const char *value, int (*number)(const char *), const char *(*name)(guint),
			   guint32 *set, GError **error)
{
	g_auto(GStrv) words = g_strsplit(value, ",", -1);

	for (char **word = words; *word; word++) {
		guint n;

		if (!take_name(*word, number, name, &n, error))
			return FALSE;
		*set |= 1u << n;
	}
	return TRUE;
}

static void put_names(GString *text, guint32 set, const char *(*name)(guint))
{
	const char *comma = "";

	for (guint i = 0; name(i); i++) {
		if (!(set >> i & 1))
			continue;
		g_string_append_printf(text, "%s%s", comma, name(i));
		comma = ",";
	}
}

static gboolean take_flag(const char *value, gboolean *flag, GError **error)
{
	*flag = !strcmp(value, "yes");
	if (*flag || !strcmp(value, "no"))
		return TRUE;
	g_set_error(error, ANZ_ERROR, ANZ_ERROR_ARGUMENT, "takes yes or no, not '%s'", value);
	return FALSE;
}

static gboolean take_number(const char *value, gint64 least, gint64 most, gint64 *n, GError **error)
{
	if (g_ascii_string_to_signed(value, 10, least, most, n, NULL))
		return TRUE;
	g_set_error(error, ANZ_ERROR, ANZ_ERROR_ARGUMENT,
		    "takes a number from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT ", not '%s'", least, most,
		    value);
	return FALSE;
}

static gboolean take_pair(const char *value, char between, gint64 least, gint64 most, gint64 *a, gint64 *b,
			  GError **error)
{
	const char *at = strchr(value, between);
	g_autofree char *first = at ? g_strndup(value, (gsize)(at - value)) : NULL;

	if (!at) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_ARGUMENT, "takes two numbers with '%c' between, not '%s'",
			    between, value);
		return FALSE;
	}
	return take_number(first, least, most, a, error) && take_number(at + 1, least, most, b, error);
}

/* --- keys: what is written where it is not as in a view of nothing, and how it is read --- */

static void put_layout(const AnzView *v, GString *text)
{
	g_string_append(text, anz_curve_name(v->curve));
}

static gboolean take_layout(AnzViewReading *r, const char *value, GError **error)
{
	return take_name(value, anz_curve_from_name, anz_curve_name, &r->view->curve, error);
}

static void put_mode(const AnzView *v, GString *text)
{
	g_string_append(text, anz_cell_mode_name(v->style.mode));
}

static gboolean take_mode(AnzViewReading *r, const char *value, GError **error)
{
	return take_name(value, anz_cell_mode_from_name, anz_cell_mode_name, &r->view->style.mode, error);
}

static void put_palette(const AnzView *v, GString *text)
{
	g_string_append(text, anz_palette_name(v->style.palette));
}

static gboolean take_palette(AnzViewReading *r, const char *value, GError **error)
{
	return take_name(value, anz_palette_from_name, anz_palette_name, &r->view->style.palette, error);
}

static void put_row(const AnzView *v, GString *text)
{
	if (v->row_tiles)
		g_string_append_printf(text, "%u", v->row_tiles);
}

static gboolean take_row(AnzViewReading *r, const char *value, GError **error)
{
	gint64 n;

	if (!take_number(value, 1, 65536, &n, error))
		return FALSE;
	r->view->row_tiles = (guint)n;
	return TRUE;
}

static void put_holes(const AnzView *v, GString *text)
{
	g_string_append(text, v->show_holes ? "yes" : "");
}

static gboolean take_holes(AnzViewReading *r, const char *value, GError **error)
{
	return take_flag(value, &r->view->show_holes, error);
}

static void put_grid(const AnzView *v, GString *text)
{
	g_string_append(text, v->style.grid ? "" : "no");
}

static gboolean take_grid(AnzViewReading *r, const char *value, GError **error)
{
	return take_flag(value, &r->view->style.grid, error);
}

static void put_borders(const AnzView *v, GString *text)
{
	put_names(text, v->style.overlays, anz_overlay_name);
}

static gboolean take_borders(AnzViewReading *r, const char *value, GError **error)
{
	guint32 set = 0;

	if (!take_names(value, anz_overlay_from_name, anz_overlay_name, &set, error))
		return FALSE;
	r->view->style.overlays = set;
	return TRUE;
}

/* A class shown alone is told as that, not by all the others. */
static gboolean tells_shown(const AnzView *v)
{
	guint32 hidden = v->style.hidden & ANZ_VIEW_ALL_CLASSES;

	return hidden != ANZ_VIEW_ALL_CLASSES && __builtin_popcount(hidden) > ANZ_NR_CLASSES / 2;
}

static void put_show(const AnzView *v, GString *text)
{
	if (tells_shown(v))
		put_names(text, ~v->style.hidden & ANZ_VIEW_ALL_CLASSES, class_name);
}

static void put_hide(const AnzView *v, GString *text)
{
	if (!tells_shown(v))
		put_names(text, v->style.hidden & ANZ_VIEW_ALL_CLASSES, class_name);
}

static gboolean take_hide(AnzViewReading *r, const char *value, GError **error)
{
	return take_names(value, anz_page_class_from_name, class_name, &r->view->style.hidden, error);
}

static gboolean take_show(AnzViewReading *r, const char *value, GError **error)
{
	guint32 shown = 0;

	if (!take_names(value, anz_page_class_from_name, class_name, &shown, error))
		return FALSE;
	r->view->style.hidden |= ~shown & ANZ_VIEW_ALL_CLASSES;
	return TRUE;
}

static void put_colours(const AnzView *v, GString *text)
{
	for (guint c = 0; c < ANZ_NR_CLASSES; c++)
		if (v->style.colours[c] != anz_palette_colour(v->style.palette, c))
			g_string_append_printf(text, "%s%s:%06x", text->len ? "," : "", class_name(c),
					       v->style.colours[c] & 0xffffff);
}

static gboolean take_colours(AnzViewReading *r, const char *value, GError **error)
{
	g_auto(GStrv) words = g_strsplit(value, ",", -1);

	for (char **word = words; *word; word++) {
		char *colon = strchr(*word, ':');
		guint64 colour;
		guint c;

		if (!colon || strlen(colon + 1) != 6 ||
		    !g_ascii_string_to_unsigned(colon + 1, 16, 0, 0xffffff, &colour, NULL)) {
			g_set_error(error, ANZ_ERROR, ANZ_ERROR_ARGUMENT,
				    "takes colours as in slab:5ac0ff, not '%s'", *word);
			return FALSE;
		}
		*colon = 0;
		if (!take_name(*word, anz_page_class_from_name, class_name, &c, error))
			return FALSE;
		r->own |= 1u << c;
		r->colours[c] = (guint32)colour;
	}
	return TRUE;
}

static void put_at(const AnzView *v, GString *text)
{
	if (v->has_place)
		g_string_append_printf(text, "%" G_GUINT64_FORMAT, v->pfn);
}

static gboolean take_at(AnzViewReading *r, const char *value, GError **error)
{
	gint64 pfn;

	if (!take_number(value, 0, MAX_PFN, &pfn, error))
		return FALSE;
	r->view->pfn = (guint64)pfn;
	r->view->has_place = TRUE;
	return TRUE;
}

static void put_zoom(const AnzView *v, GString *text)
{
	if (v->has_zoom)
		g_string_append_printf(text, "%d", v->zoom);
}

static gboolean take_zoom(AnzViewReading *r, const char *value, GError **error)
{
	gint64 zoom;

	if (!take_number(value, ANZ_ZOOM_MIN, ANZ_ZOOM_MAX, &zoom, error))
		return FALSE;
	r->view->zoom = (int)zoom;
	r->view->has_zoom = TRUE;
	return TRUE;
}

static void put_off(const AnzView *v, GString *text)
{
	if (v->has_place && v->has_off)
		g_string_append_printf(text, "%" G_GINT64_FORMAT ",%" G_GINT64_FORMAT, v->dx, v->dy);
}

static gboolean take_off(AnzViewReading *r, const char *value, GError **error)
{
	r->view->has_off = TRUE;
	return take_pair(value, ',', -ANZ_VIEW_MAX_OFFSET, ANZ_VIEW_MAX_OFFSET, &r->view->dx, &r->view->dy, error);
}

static void put_size(const AnzView *v, GString *text)
{
	if (v->width && v->height)
		g_string_append_printf(text, "%ux%u", v->width, v->height);
}

static gboolean take_size(AnzViewReading *r, const char *value, GError **error)
{
	gint64 width, height;

	if (!take_pair(value, 'x', 1, ANZ_VIEW_MAX_SIZE, &width, &height, error))
		return FALSE;
	r->view->width = (guint)width;
	r->view->height = (guint)height;
	return TRUE;
}

static void put_select(const AnzView *v, GString *text)
{
	if (v->nr_selected)
		g_string_append_printf(text, "%" G_GUINT64_FORMAT ",%" G_GUINT64_FORMAT, v->first,
				       v->nr_selected);
}

static gboolean take_select(AnzViewReading *r, const char *value, GError **error)
{
	gint64 first, n;

	if (!take_pair(value, ',', 0, MAX_PFN, &first, &n, error))
		return FALSE;
	r->view->first = (guint64)first;
	r->view->nr_selected = (guint64)n;
	return TRUE;
}

static void put_search(const AnzView *v, GString *text)
{
	g_string_append(text, v->search ?: "");
}

static gboolean take_search(AnzViewReading *r, const char *value, GError **error)
{
	if (!g_utf8_validate(value, -1, NULL)) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_ARGUMENT, "is no UTF-8");
		return FALSE;
	}
	r->view->search = g_strdup(value);
	return TRUE;
}

static void put_snapshot(const AnzView *v, GString *text)
{
	if (v->snapshot)
		g_string_append_printf(text, "%" G_GINT64_FORMAT, v->snapshot);
}

static gboolean take_snapshot(AnzViewReading *r, const char *value, GError **error)
{
	return take_number(value, 1, G_MAXINT64, &r->view->snapshot, error);
}

static void put_with(const AnzView *v, GString *text)
{
	g_string_append(text, v->other ?: "");
}

static gboolean take_with(AnzViewReading *r, const char *value, GError **error)
{
	r->view->other = g_strdup(value);
	return TRUE;
}

static void put_with_snapshot(const AnzView *v, GString *text)
{
	if (v->other && v->other_snapshot)
		g_string_append_printf(text, "%" G_GINT64_FORMAT, v->other_snapshot);
}

static gboolean take_with_snapshot(AnzViewReading *r, const char *value, GError **error)
{
	return take_number(value, 1, G_MAXINT64, &r->view->other_snapshot, error);
}

const AnzViewKey anz_view_keys[ANZ_NR_VIEW_KEYS] = {
	{ "snapshot", put_snapshot, take_snapshot },
	{ "with", put_with, take_with },
	{ "with-snapshot", put_with_snapshot, take_with_snapshot },
	{ "layout", put_layout, take_layout },
	{ "mode", put_mode, take_mode },
	{ "palette", put_palette, take_palette },
	{ "row", put_row, take_row },
	{ "holes", put_holes, take_holes },
	{ "grid", put_grid, take_grid },
	{ "borders", put_borders, take_borders },
	{ "show", put_show, take_show },
	{ "hide", put_hide, take_hide },
	{ "colours", put_colours, take_colours },
	{ "at", put_at, take_at },
	{ "zoom", put_zoom, take_zoom },
	{ "off", put_off, take_off },
	{ "size", put_size, take_size },
	{ "select", put_select, take_select },
	{ "search", put_search, take_search },
};
