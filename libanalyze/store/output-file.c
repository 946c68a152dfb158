/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A temporary file that is renamed when whole, so that no reader ever sees half of it. */
#include "store/output-file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/store-private.h"

AnzOutputFile *anz_output_file_new(const char *path, GError **error)
{
	g_autoptr(AnzOutputFile) file = g_new0(AnzOutputFile, 1);
	char *real = realpath(path, NULL);
	g_autofree char *folder = NULL;
	g_autofree char *name = NULL;

	/* Renaming over a symbolic link would replace the link. */
	file->path = g_strdup(real ? real : path);
	free(real);
	folder = g_path_get_dirname(file->path);
	name = g_path_get_basename(file->path);
	for (int attempt = 0; attempt < 100; attempt++) {
		g_autofree char *temporary = g_strdup_printf("%s/.%s.%08x", folder, name,
							     g_random_int());
		/* Not mkstemp(): its mode 0600 would stay after the rename. */
		int fd = open(temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);

		if (fd >= 0) {
			struct stat old;

			if (stat(file->path, &old) == 0)
				(void)!fchmod(fd, old.st_mode & 0777);
			close(fd);
			file->temporary = g_steal_pointer(&temporary);
			return g_steal_pointer(&file);
		}
		if (errno != EEXIST)
			break;
	}
	g_set_error(error, ANZ_ERROR, ANZ_ERROR_IO,
		    "%s: cannot make a file in %s: %s; choose another output file", path,
		    folder, g_strerror(errno));
	return NULL;
}

static gboolean sync_path(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);
	gboolean ok;

	if (fd < 0)
		return FALSE;
	ok = fsync(fd) == 0;
	return close(fd) == 0 && ok;
}

gboolean anz_output_file_commit(AnzOutputFile *file, GError **error)
{
	g_autofree char *folder = g_path_get_dirname(file->path);

	if (!sync_path(file->temporary, O_RDWR))
		return anz_errno_error(error, file->path, "cannot write");
	if (rename(file->temporary, file->path) != 0)
		return anz_errno_error(error, file->path,
				       "cannot rename the finished file to it");
	g_clear_pointer(&file->temporary, g_free);
	/* The name itself; not all file systems can, and the file is whole either way. */
	sync_path(folder, O_RDONLY | O_DIRECTORY);
	return TRUE;
}

void anz_output_file_free(AnzOutputFile *file)
{
	if (!file)
		return;
	if (file->temporary) {
		unlink(file->temporary);
		g_free(file->temporary);
	}
	g_free(file->path);
	g_free(file);
}
