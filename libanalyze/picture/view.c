/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A view as one line of text and back.  The text may come from anybody: every value is checked, what is
 * not known is refused by name, and nothing is opened or looked up here.
 */
#include <string.h>

#include <analyze/view.h>

#define SCHEME "memdesc:"
#define MAX_TEXT 65536
#define UNESCAPED "/,:"		/* beside letters, digits and "-._~" */
#define ALL_CLASSES ((1u << ANZ_NR_CLASSES) - 1)
#define MAX_PFN ((guint64)1 << 52)
#define MAX_OFFSET ((gint64)1 << 32)
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

/* --- values --- */

/* What was read so far: colours count once the palette is known. */
typedef struct {
	AnzView *view;
	guint64 seen;		/* keys, by number */
	guint32 own;		/* classes with a colour of their own */
	guint32 colours[ANZ_NR_CLASSES];
} Reading;

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

static gboolean take_layout(Reading *r, const char *value, GError **error)
{
	return take_name(value, anz_curve_from_name, anz_curve_name, &r->view->curve, error);
}

static void put_mode(const AnzView *v, GString *text)
{
	g_string_append(text, anz_cell_mode_name(v->style.mode));
}

static gboolean take_mode(Reading *r, const char *value, GError **error)
{
	return take_name(value, anz_cell_mode_from_name, anz_cell_mode_name, &r->view->style.mode, error);
}

static void put_palette(const AnzView *v, GString *text)
{
	g_string_append(text, anz_palette_name(v->style.palette));
}

static gboolean take_palette(Reading *r, const char *value, GError **error)
{
	return take_name(value, anz_palette_from_name, anz_palette_name, &r->view->style.palette, error);
}

static void put_row(const AnzView *v, GString *text)
{
	if (v->row_tiles)
		g_string_append_printf(text, "%u", v->row_tiles);
}

static gboolean take_row(Reading *r, const char *value, GError **error)
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

static gboolean take_holes(Reading *r, const char *value, GError **error)
{
	return take_flag(value, &r->view->show_holes, error);
}

static void put_grid(const AnzView *v, GString *text)
{
	g_string_append(text, v->style.grid ? "" : "no");
}

static gboolean take_grid(Reading *r, const char *value, GError **error)
{
	return take_flag(value, &r->view->style.grid, error);
}

static void put_borders(const AnzView *v, GString *text)
{
	put_names(text, v->style.overlays, anz_overlay_name);
}

static gboolean take_borders(Reading *r, const char *value, GError **error)
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
	guint32 hidden = v->style.hidden & ALL_CLASSES;

	return hidden != ALL_CLASSES && __builtin_popcount(hidden) > ANZ_NR_CLASSES / 2;
}

static void put_show(const AnzView *v, GString *text)
{
	if (tells_shown(v))
		put_names(text, ~v->style.hidden & ALL_CLASSES, class_name);
}

static void put_hide(const AnzView *v, GString *text)
{
	if (!tells_shown(v))
		put_names(text, v->style.hidden & ALL_CLASSES, class_name);
}

static gboolean take_hide(Reading *r, const char *value, GError **error)
{
	return take_names(value, anz_page_class_from_name, class_name, &r->view->style.hidden, error);
}

static gboolean take_show(Reading *r, const char *value, GError **error)
{
	guint32 shown = 0;

	if (!take_names(value, anz_page_class_from_name, class_name, &shown, error))
		return FALSE;
	r->view->style.hidden |= ~shown & ALL_CLASSES;
	return TRUE;
}

static void put_colours(const AnzView *v, GString *text)
{
	for (guint c = 0; c < ANZ_NR_CLASSES; c++)
		if (v->style.colours[c] != anz_palette_colour(v->style.palette, c))
			g_string_append_printf(text, "%s%s:%06x", text->len ? "," : "", class_name(c),
					       v->style.colours[c] & 0xffffff);
}

static gboolean take_colours(Reading *r, const char *value, GError **error)
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

static gboolean take_at(Reading *r, const char *value, GError **error)
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

static gboolean take_zoom(Reading *r, const char *value, GError **error)
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

static gboolean take_off(Reading *r, const char *value, GError **error)
{
	r->view->has_off = TRUE;
	return take_pair(value, ',', -MAX_OFFSET, MAX_OFFSET, &r->view->dx, &r->view->dy, error);
}

static void put_size(const AnzView *v, GString *text)
{
	if (v->width && v->height)
		g_string_append_printf(text, "%ux%u", v->width, v->height);
}

static gboolean take_size(Reading *r, const char *value, GError **error)
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

static gboolean take_select(Reading *r, const char *value, GError **error)
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

static gboolean take_search(Reading *r, const char *value, GError **error)
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

static gboolean take_snapshot(Reading *r, const char *value, GError **error)
{
	return take_number(value, 1, G_MAXINT64, &r->view->snapshot, error);
}

static void put_with(const AnzView *v, GString *text)
{
	g_string_append(text, v->other ?: "");
}

static gboolean take_with(Reading *r, const char *value, GError **error)
{
	r->view->other = g_strdup(value);
	return TRUE;
}

static void put_with_snapshot(const AnzView *v, GString *text)
{
	if (v->other && v->other_snapshot)
		g_string_append_printf(text, "%" G_GINT64_FORMAT, v->other_snapshot);
}

static gboolean take_with_snapshot(Reading *r, const char *value, GError **error)
{
	return take_number(value, 1, G_MAXINT64, &r->view->other_snapshot, error);
}

static const struct {
	const char *key;
	void (*put)(const AnzView *view, GString *text);	/* nothing: it is not written */
	gboolean (*take)(Reading *reading, const char *value, GError **error);
} keys[] = {
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
	for (guint i = 0; i < G_N_ELEMENTS(keys); i++) {
		g_autoptr(GString) value = g_string_new(NULL);

		keys[i].put(view, value);
		if (!value->len)
			continue;
		g_string_append_printf(text, "%c%s=", between, keys[i].key);
		append_escaped(text, value->str);
		between = '&';
	}
	return g_string_free(text, FALSE);
}

static gboolean no_key(const char *key, GError **error)
{
	g_autoptr(GString) known = g_string_new("part");

	for (guint i = 0; i < G_N_ELEMENTS(keys); i++)
		g_string_append_printf(known, ", %s", keys[i].key);
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

static gboolean take_pair_of(Reading *r, GPtrArray *paths, char *pair, GError **error)
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
	for (guint i = 0; i < G_N_ELEMENTS(keys); i++) {
		if (strcmp(pair, keys[i].key))
			continue;
		if (r->seen >> i & 1) {
			g_set_error(error, ANZ_ERROR, ANZ_ERROR_ARGUMENT, "%s is said twice", pair);
			return FALSE;
		}
		r->seen |= (guint64)1 << i;
		if (keys[i].take(r, value, error))
			return TRUE;
		g_prefix_error(error, "%s: ", pair);
		return FALSE;
	}
	return no_key(pair, error);
}

static gboolean was_seen(const Reading *r, const char *key)
{
	for (guint i = 0; i < G_N_ELEMENTS(keys); i++)
		if (!strcmp(keys[i].key, key))
			return r->seen >> i & 1;
	return FALSE;
}

/* What keys say together. */
static gboolean finish(Reading *r, GError **error)
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
	v->style.chosen = v->style.hidden ? ~v->style.hidden & ALL_CLASSES : 0;
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

static gboolean parse(Reading *r, const char *text, GError **error)
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
	Reading reading = { .view = view };

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
	view->dx = CLAMP(x - cell.x, -MAX_OFFSET, MAX_OFFSET);
	view->dy = CLAMP(y - cell.y, -MAX_OFFSET, MAX_OFFSET);
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
