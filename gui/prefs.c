/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "prefs.h"

#include <string.h>

#define GROUP "viewer"
#define COLOURS "colours"

static char *own_path(const char *path)
{
	return path ? g_strdup(path) :
		g_build_filename(g_get_user_config_dir(), "memdesc", "viewer.ini", NULL);
}

static void load_name(GKeyFile *file, const char *key, int (*number)(const char *), guint *value)
{
	g_autofree char *name = g_key_file_get_string(file, GROUP, key, NULL);
	int n = name ? number(name) : -1;

	if (n >= 0)
		*value = (guint)n;
}

static void load_flag(GKeyFile *file, const char *key, gboolean *value)
{
	g_autoptr(GError) error = NULL;
	gboolean got = g_key_file_get_boolean(file, GROUP, key, &error);

	if (!error)
		*value = got;
}

static void load_size(GKeyFile *file, const char *key, int least, int *value)
{
	int got = g_key_file_get_integer(file, GROUP, key, NULL);

	if (got >= least && got <= 16384)
		*value = got;
}

/* "slab=#5ac0ff": classes by name, for their numbers may change. */
static void load_colours(GKeyFile *file, MdvPrefs *prefs)
{
	g_auto(GStrv) names = g_key_file_get_keys(file, COLOURS, NULL, NULL);

	for (char **name = names; name && *name; name++) {
		g_autofree char *text = g_key_file_get_string(file, COLOURS, *name, NULL);
		int page_class = anz_page_class_from_name(*name);
		guint64 colour;

		if (page_class < 0 || !text || text[0] != '#' || strlen(text) != 7 ||
		    !g_ascii_string_to_unsigned(text + 1, 16, 0, 0xffffff, &colour, NULL))
			continue;
		prefs->own |= 1u << page_class;
		prefs->colours[page_class] = (guint32)colour;
	}
}

void mdv_prefs_load(MdvPrefs *prefs, const char *path)
{
	g_autoptr(GKeyFile) file = g_key_file_new();
	g_autofree char *name = own_path(path);
	g_auto(GStrv) overlays = NULL;
	guint palette = ANZ_PALETTE_DARK, curve = ANZ_CURVE_HILBERT;

	*prefs = (MdvPrefs){ .grid = TRUE, .legend = TRUE, .inspector = TRUE, .tables = TRUE,
			     .width = 1280, .height = 860 };
	g_key_file_load_from_file(file, name, G_KEY_FILE_NONE, NULL);
	load_name(file, "palette", anz_palette_from_name, &palette);
	load_name(file, "layout", anz_curve_from_name, &curve);
	prefs->palette = palette;
	prefs->curve = curve;
	load_colours(file, prefs);
	load_flag(file, "grid", &prefs->grid);
	load_flag(file, "holes", &prefs->holes);
	load_flag(file, "legend", &prefs->legend);
	load_flag(file, "inspector", &prefs->inspector);
	load_flag(file, "tables", &prefs->tables);
	load_flag(file, "bytes", &prefs->bytes);
	load_size(file, "width", 640, &prefs->width);
	load_size(file, "height", 400, &prefs->height);
	overlays = g_key_file_get_string_list(file, GROUP, "overlays", NULL, NULL);
	for (char **overlay = overlays; overlay && *overlay; overlay++) {
		int n = anz_overlay_from_name(*overlay);

		if (n >= 0)
			prefs->overlays |= 1u << n;
	}
}

gboolean mdv_prefs_save(const MdvPrefs *prefs, const char *path, GError **error)
{
	g_autoptr(GKeyFile) file = g_key_file_new();
	g_autofree char *name = own_path(path), *folder = g_path_get_dirname(name);
	const char *overlays[ANZ_NR_OVERLAYS];
	gsize n = 0;

	for (guint i = 0; i < ANZ_NR_OVERLAYS; i++)
		if (prefs->overlays >> i & 1)
			overlays[n++] = anz_overlay_name(i);
	g_key_file_set_string(file, GROUP, "palette", anz_palette_name(prefs->palette));
	g_key_file_set_string(file, GROUP, "layout", anz_curve_name(prefs->curve));
	g_key_file_set_string_list(file, GROUP, "overlays", overlays, n);
	g_key_file_set_boolean(file, GROUP, "grid", prefs->grid);
	g_key_file_set_boolean(file, GROUP, "holes", prefs->holes);
	g_key_file_set_boolean(file, GROUP, "legend", prefs->legend);
	g_key_file_set_boolean(file, GROUP, "inspector", prefs->inspector);
	g_key_file_set_boolean(file, GROUP, "tables", prefs->tables);
	g_key_file_set_boolean(file, GROUP, "bytes", prefs->bytes);
	g_key_file_set_integer(file, GROUP, "width", prefs->width);
	g_key_file_set_integer(file, GROUP, "height", prefs->height);
	for (guint c = 0; c < ANZ_NR_CLASSES; c++) {
		g_autofree char *text = g_strdup_printf("#%06x", prefs->colours[c]);

		if (prefs->own >> c & 1)
			g_key_file_set_string(file, COLOURS, anz_page_class_info(c)->name, text);
	}
	g_mkdir_with_parents(folder, 0700);
	return g_key_file_save_to_file(file, name, error);
}
