/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See types-util.h. */
#include "types-util.h"

#include <string.h>

char *anz_test_folder(void)
{
	GError *error = NULL;
	char *folder = g_dir_make_tmp("memdesc-types-XXXXXX", &error);

	g_assert_no_error(error);
	return folder;
}

static void remove_below(const char *path)
{
	GDir *dir = g_file_test(path, G_FILE_TEST_IS_SYMLINK) ? NULL :
		    g_dir_open(path, 0, NULL);
	const char *name;

	while (dir && (name = g_dir_read_name(dir))) {
		g_autofree char *child = g_build_filename(path, name, NULL);
		remove_below(child);
	}
	g_clear_pointer(&dir, g_dir_close);
	g_remove(path);
}

void anz_test_remove(char *folder)
{
	remove_below(folder);
	g_free(folder);
}

void anz_test_write(const char *folder, const char *name, const void *text, gssize len)
{
	g_autofree char *path = g_build_filename(folder, name, NULL);
	g_autofree char *dir = g_path_get_dirname(path);
	GError *error = NULL;

	g_assert_cmpint(g_mkdir_with_parents(dir, 0700), ==, 0);
	g_file_set_contents(path, text, len, &error);
	g_assert_no_error(error);
}

gboolean anz_test_run(const char *folder, const char *format, ...)
{
	g_auto(GStrv) argv = NULL;
	g_autofree char *said = NULL;
	GError *error = NULL;
	int status = 0;
	va_list args;

	va_start(args, format);
	g_autofree char *line = g_strdup_vprintf(format, args);
	va_end(args);
	g_shell_parse_argv(line, NULL, &argv, &error);
	g_assert_no_error(error);
	if (!g_spawn_sync(folder, argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL,
			  &said, &status, &error) ||
	    !g_spawn_check_wait_status(status, NULL)) {
		g_test_message("%s: %s", line, error ? error->message : said);
		g_clear_error(&error);
		return FALSE;
	}
	return TRUE;
}

AnzTypes *anz_test_open(const char *folder, const char *name)
{
	g_autofree char *path = g_build_filename(folder, name, NULL);
	const char *files[] = { path, NULL };
	AnzTypesOptions options = { .files = files };
	GError *error = NULL;
	AnzTypes *types = anz_types_open(&options, &error);

	g_assert_no_error(error);
	return types;
}
