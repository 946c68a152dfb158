/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bookmarks.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

#define MAX_BOOKMARKS 1000
#define MAX_FILE_BYTES (4 << 20)

static void bookmark_clear(gpointer data)
{
	g_free(((MdvBookmark *)data)->note);
}

static char *path_for(MdvDocument *document)
{
	return g_strconcat(mdv_document_origin(document), ".bookmarks", NULL);
}

void mdv_bookmarks_add(GArray *bookmarks, const MdvBookmark *bookmark)
{
	MdvBookmark copy = *bookmark;

	copy.note = g_utf8_make_valid(bookmark->note ? bookmark->note : "", -1);
	g_array_append_val(bookmarks, copy);
}

/* @max_pfn: a bookmark of another dump of that name may lie outside. */
static gboolean read_one(GKeyFile *file, const char *group, guint64 max_pfn, MdvBookmark *bookmark)
{
	g_autoptr(GError) error = NULL;

	bookmark->pfn = g_key_file_get_uint64(file, group, "pfn", &error);
	if (error || bookmark->pfn >= max_pfn)
		return FALSE;
	bookmark->nr_pages = g_key_file_get_uint64(file, group, "pages", &error);
	if (error || !bookmark->nr_pages || bookmark->nr_pages > max_pfn - bookmark->pfn)
		return FALSE;
	bookmark->zoom = g_key_file_get_integer(file, group, "zoom", NULL);
	bookmark->zoom = CLAMP(bookmark->zoom, ANZ_ZOOM_MIN, ANZ_ZOOM_MAX);
	bookmark->note = g_key_file_get_string(file, group, "note", NULL);
	return TRUE;
}

GArray *mdv_bookmarks_load(MdvDocument *document)
{
	GArray *bookmarks = g_array_new(FALSE, FALSE, sizeof(MdvBookmark));
	g_autoptr(GKeyFile) file = g_key_file_new();
	g_autofree char *path = path_for(document);
	g_auto(GStrv) groups = NULL;
	GStatBuf st;

	g_array_set_clear_func(bookmarks, bookmark_clear);
	if (g_stat(path, &st) || !S_ISREG(st.st_mode) || st.st_size > MAX_FILE_BYTES ||
	    !g_key_file_load_from_file(file, path, G_KEY_FILE_NONE, NULL))
		return bookmarks;
	groups = g_key_file_get_groups(file, NULL);
	for (char **group = groups; *group && bookmarks->len < MAX_BOOKMARKS; group++) {
		MdvBookmark bookmark = { 0 };

		if (read_one(file, *group, mdv_document_max_pfn(document), &bookmark))
			mdv_bookmarks_add(bookmarks, &bookmark);
		g_free(bookmark.note);
	}
	return bookmarks;
}

gboolean mdv_bookmarks_save(GArray *bookmarks, MdvDocument *document, GError **error)
{
	g_autoptr(GKeyFile) file = g_key_file_new();
	g_autofree char *path = path_for(document);
	g_autoptr(GError) err = NULL;

	for (guint i = 0; i < bookmarks->len; i++) {
		const MdvBookmark *bookmark = &g_array_index(bookmarks, MdvBookmark, i);
		g_autofree char *group = g_strdup_printf("bookmark %u", i + 1);

		g_key_file_set_uint64(file, group, "pfn", bookmark->pfn);
		g_key_file_set_uint64(file, group, "pages", bookmark->nr_pages);
		g_key_file_set_integer(file, group, "zoom", bookmark->zoom);
		g_key_file_set_string(file, group, "note", bookmark->note);
	}
	if (!bookmarks->len && (!g_unlink(path) || errno == ENOENT))
		return TRUE;
	if (g_key_file_save_to_file(file, path, &err))
		return TRUE;
	g_set_error(error, ANZ_ERROR, ANZ_ERROR_IO,
		    "%s: bookmarks cannot be kept there (%s); they last until the window is closed",
		    path, err->message);
	return FALSE;
}
