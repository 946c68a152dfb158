/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A view as one line of text and back.  The text may come from anybody: every value is checked, what is
 * not known is refused by name, and nothing is opened or looked up here.
 */
#include "picture/view-keys.h"

#include <string.h>

#define SCHEME "memdesc:"
#define MAX_TEXT 65536
#define UNESCAPED "/,:"		/* beside letters, digits and "-._~" */
#define ZOOM_AT 2	/* of a place without a zoom */

AnzView *anz_view_new(void)
{
	AnzView *view = g_new0(AnzView, 1);

	anz_picture_style_init(&view->style, ANZ_PALETTE_DARK);
	return view;
}

void anz_view_free(AnzView *view)
{
	if (!view)
		return;
	g_strfreev(view->paths);
	g_free(view->other);
	g_free(view->search);
	g_free(view);
}

gboolean anz_view_is(const char *text)
{
	return g_str_has_prefix(text, SCHEME);
}

/* --- the whole --- */

static void append_escaped(GString *text, const char *value)
{
	g_autofree char *escaped = g_uri_escape_string(value, UNESCAPED, FALSE);

	g_string_append(text, escaped);
}

char *anz_view_text(const AnzView *view)
{
	const char *first = view->paths ? view->paths[0] : NULL;
	GString *text = g_string_new(SCHEME);
	char between = '?';

	if (first && g_path_is_absolute(first))
		g_string_append(text, "//");
	append_escaped(text, first ?: "");
	for (char **part = first ? view->paths + 1 : NULL; part && *part; part++) {
		g_string_append_printf(text, "%cpart=", between);
		append_escaped(text, *part);
		between = '&';
	}
	for (guint i = 0; i < ANZ_NR_VIEW_KEYS; i++) {
		g_autoptr(GString) value = g_string_new(NULL);

		anz_view_keys[i].put(view, value);
		if (!value->len)
			continue;
		g_string_append_printf(text, "%c%s=", between, anz_view_keys[i].key);
		append_escaped(text, value->str);
		between = '&';
	}
	return g_string_free(text, FALSE);
}

static gboolean no_key(const char *key, GError **error)
{
	g_autoptr(GString) known = g_string_new("part");

	for (guint i = 0; i < ANZ_NR_VIEW_KEYS; i++)
		g_string_append_printf(known, ", %s", anz_view_keys[i].key);
	g_set_error(error, ANZ_ERROR, ANZ_ERROR_ARGUMENT,
		    "a view has no '%s', which a newer version may know; it has %s", key, known->str);
	return FALSE;
}

/* What %XX stand for.  %NULL with @error; a NUL byte is refused, too. */
static char *unescape(const char *text, GError **error)
{
	char *plain = g_uri_unescape_string(text, NULL);

	if (!plain)
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_ARGUMENT, "'%s' has a %% without two digits of a byte",
			    text);
	return plain;
}

static gboolean take_pair_of(AnzViewReading *r, GPtrArray *paths, char *pair, GError **error)
{
	char *equals = strchr(pair, '=');
	g_autofree char *value = NULL;

	if (!equals) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_ARGUMENT, "'%s' is not KEY=VALUE", pair);
		return FALSE;
	}
	*equals = 0;
	value = unescape(equals + 1, error);
	if (!value)
		return FALSE;
	if (!*value) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_ARGUMENT, "%s was given nothing", pair);
		return FALSE;
	}
	if (!strcmp(pair, "part")) {
		g_ptr_array_add(paths, g_steal_pointer(&value));
		return TRUE;
	}
	for (guint i = 0; i < ANZ_NR_VIEW_KEYS; i++) {
		if (strcmp(pair, anz_view_keys[i].key))
			continue;
		if (r->seen >> i & 1) {
			g_set_error(error, ANZ_ERROR, ANZ_ERROR_ARGUMENT, "%s is said twice", pair);
			return FALSE;
		}
		r->seen |= (guint64)1 << i;
		if (anz_view_keys[i].take(r, value, error))
			return TRUE;
		g_prefix_error(error, "%s: ", pair);
		return FALSE;
	}
	return no_key(pair, error);
}

static gboolean was_seen(const AnzViewReading *r, const char *key)
{
	for (guint i = 0; i < ANZ_NR_VIEW_KEYS; i++)
		if (!strcmp(anz_view_keys[i].key, key))
			return r->seen >> i & 1;
	return FALSE;
}

/* What keys say together. */
static gboolean finish(AnzViewReading *r, GError **error)
{
	AnzView *v = r->view;

	if (was_seen(r, "show") && was_seen(r, "hide")) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_ARGUMENT, "show and hide exclude each other");
		return FALSE;
	}
	if (v->has_off && !v->has_place) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_ARGUMENT, "off says where in a frame, and needs at");
		return FALSE;
	}
	if (v->style.mode == ANZ_CELL_CHANGE && !v->other) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_ARGUMENT, "mode change compares, and needs with");
		return FALSE;
	}
	if (v->other_snapshot && !v->other) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_ARGUMENT, "with-snapshot needs with");
		return FALSE;
	}
	v->style.chosen = v->style.hidden ? ~v->style.hidden & ANZ_VIEW_ALL_CLASSES : 0;
	for (guint c = 0; c < ANZ_NR_CLASSES; c++)
		v->style.colours[c] = r->own >> c & 1 ? r->colours[c] :
			anz_palette_colour(v->style.palette, c);
	return TRUE;
}

/* "///srv/a", "/srv/a" or "a"; empty: none is named. */
static gboolean take_path(GPtrArray *paths, const char *text, GError **error)
{
	char *path;

	if (g_str_has_prefix(text, "//") && text[2] != '/') {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_ARGUMENT,
			    "it names another machine's file; a file here is named as in memdesc:///srv/a");
		return FALSE;
	}
	path = unescape(g_str_has_prefix(text, "//") ? text + 2 : text, error);
	if (path)
		g_ptr_array_add(paths, path);
	return path != NULL;
}

static gboolean parse(AnzViewReading *r, const char *text, GError **error)
{
	g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
	const char *query = strchr(text, '?');
	g_autofree char *path = query ? g_strndup(text, (gsize)(query - text)) : g_strdup(text);
	g_auto(GStrv) pairs = g_strsplit(query ? query + 1 : "", "&", -1);

	if (!take_path(paths, path, error))
		return FALSE;
	for (char **pair = pairs; *pair; pair++)
		if (!take_pair_of(r, paths, *pair, error))
			return FALSE;
	if (*(char *)paths->pdata[0]) {
		g_ptr_array_add(paths, NULL);
		r->view->paths = (char **)g_ptr_array_free(g_steal_pointer(&paths), FALSE);
	} else if (paths->len > 1) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_ARGUMENT, "part is of a file, and none is named");
		return FALSE;
	}
	return finish(r, error);
}

AnzView *anz_view_parse(const char *text, GError **error)
{
	g_autoptr(AnzView) view = anz_view_new();
	AnzViewReading reading = { .view = view };

	if (!anz_view_is(text) || strlen(text) > MAX_TEXT) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_ARGUMENT,
			    "this is no view; one begins with " SCHEME " and has at most %d characters", MAX_TEXT);
		return NULL;
	}
	if (!parse(&reading, text + strlen(SCHEME), error)) {
		g_prefix_error(error, "not a view: ");
		return NULL;
	}
	return g_steal_pointer(&view);
}

/* --- places --- */

void anz_view_look_at(AnzView *view, const AnzGeometry *geometry, int zoom, gint64 x, gint64 y)
{
	guint64 width, height;
	AnzCell cell;

	view->zoom = CLAMP(zoom, ANZ_ZOOM_MIN, ANZ_ZOOM_MAX);
	view->has_zoom = view->has_place = TRUE;
	anz_geometry_size(geometry, view->zoom, &width, &height);
	/* where no frame is, the place is told from one near by, or else from the first */
	if (!anz_geometry_cell_at(geometry, view->zoom, x, y, &cell) &&
	    !anz_geometry_cell_at(geometry, view->zoom, CLAMP(x, 0, (gint64)width - 1),
				  CLAMP(y, 0, (gint64)height - 1), &cell) &&
	    !anz_geometry_cell_at(geometry, view->zoom, 0, 0, &cell))
		return;
	view->pfn = cell.pfn;
	view->dx = CLAMP(x - cell.x, -ANZ_VIEW_MAX_OFFSET, ANZ_VIEW_MAX_OFFSET);
	view->dy = CLAMP(y - cell.y, -ANZ_VIEW_MAX_OFFSET, ANZ_VIEW_MAX_OFFSET);
	view->has_off = view->dx != cell.side / 2 || view->dy != cell.side / 2;
}

/* Of an odd number of pixels too few or too many, the greater half is at the left, or on top. */
static gint64 middle_of(guint64 whole, guint room)
{
	gint64 more = (gint64)whole - room + 1;

	return (more >= 0 ? more / 2 : -((1 - more) / 2)) + room / 2;
}

gboolean anz_view_middle(const AnzView *view, const AnzGeometry *geometry, guint width, guint height,
			 int *zoom, gint64 *x, gint64 *y, GError **error)
{
	guint64 whole_width, whole_height;
	AnzCell cell;

	*zoom = view->has_zoom ? view->zoom : view->has_place ? ZOOM_AT :
		anz_geometry_fit(geometry, width, height);
	if (view->has_place) {
		if (!anz_geometry_cell_of(geometry, *zoom, view->pfn, &cell)) {
			g_set_error(error, ANZ_ERROR, ANZ_ERROR_ARGUMENT,
				    "frame %" G_GUINT64_FORMAT " of the view is not in this picture", view->pfn);
			return FALSE;
		}
		*x = cell.x + (view->has_off ? view->dx : cell.side / 2);
		*y = cell.y + (view->has_off ? view->dy : cell.side / 2);
		return TRUE;
	}
	anz_geometry_size(geometry, *zoom, &whole_width, &whole_height);
	*x = middle_of(whole_width, width);
	*y = middle_of(whole_height, height);
	return TRUE;
}
