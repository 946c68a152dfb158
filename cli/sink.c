/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Our output is data, so a full disk or a closed pipe must not pass silently: everything is
 * written through one FILE whose error state decides at the end, and a file gets its name only
 * when it is whole.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "cli.h"
#include "sink.h"

struct Sink {
	FILE *file;
	char *path;		/* NULL: stdout */
	char *temporary;	/* NULL: written directly */
	int first_errno;	/* of the write that failed */
};

static const char *next_step(int err)
{
	switch (err) {
	case ENOSPC:
	case EDQUOT:
	case EFBIG:
		return "; free some space or name another place";
	case ENOENT:
	case ENOTDIR:
		return "; make its folder first or name another place";
	case EISDIR:
		return "; name a file in it";
	case EACCES:
	case EPERM:
	case EROFS:
		return "; name a place where you may write";
	default:
		return "";
	}
}

static gboolean fail(GError **error, const char *path, int err)
{
	if (err == EPIPE)
		g_set_error(error, CLI_ERROR, CLI_ERROR_PIPE, "%s: %s", path, g_strerror(err));
	else
		g_set_error(error, CLI_ERROR, CLI_ERROR_FAILED, "cannot write %s: %s%s", path,
			    g_strerror(err), next_step(err));
	return FALSE;
}

static FILE *open_temporary(const char *path, char **temporary)
{
	g_autofree char *dir = g_path_get_dirname(path);
	g_autofree char *base = g_path_get_basename(path);
	g_autofree char *name = g_strdup_printf("%s/.%s.XXXXXX", dir, base);
	int fd = g_mkstemp_full(name, O_WRONLY | O_CLOEXEC, 0666);

	if (fd < 0)
		return NULL;
	FILE *file = fdopen(fd, "w");

	if (!file) {
		int err = errno;

		close(fd);
		g_unlink(name);
		errno = err;
		return NULL;
	}
	*temporary = g_steal_pointer(&name);
	return file;
}

Sink *sink_open(const char *path, GError **error)
{
	g_autofree Sink *sink = g_new0(Sink, 1);
	struct stat st;

	if (!path || !strcmp(path, "-")) {
		sink->file = stdout;
		return g_steal_pointer(&sink);
	}
	if (!stat(path, &st) && !S_ISREG(st.st_mode))
		sink->file = fopen(path, "we");	/* a folder fails here, in words */
	else
		sink->file = open_temporary(path, &sink->temporary);
	if (!sink->file) {
		fail(error, path, errno);
		return NULL;
	}
	sink->path = g_strdup(path);
	return g_steal_pointer(&sink);
}

FILE *sink_file(Sink *sink)
{
	return sink->file;
}

gboolean sink_is_terminal(const Sink *sink)
{
	return isatty(fileno(sink->file));
}

gboolean sink_failed(Sink *sink)
{
	if (sink->first_errno)
		return TRUE;
	if (ferror(sink->file)) {
		/* errno is that of the last write; good enough, and EIO if it was reset */
		sink->first_errno = errno ? errno : EIO;
		return TRUE;
	}
	return FALSE;
}

gboolean sink_close(Sink *sink, GError **error)
{
	gboolean to_stdout = !sink->path;
	int err = sink_failed(sink) ? sink->first_errno : 0;

	errno = 0;
	if (!err && fflush(sink->file))
		err = errno ? errno : EIO;
	/* NFS and quotas may only tell when asked */
	if (!err && sink->temporary && fsync(fileno(sink->file)) && errno != EINVAL)
		err = errno;
	if (fclose(sink->file) && !err)
		err = errno ? errno : EIO;
	sink->file = NULL;
	if (!err && sink->temporary) {
		if (g_rename(sink->temporary, sink->path))
			err = errno;
		else
			g_clear_pointer(&sink->temporary, g_free);
	}
	if (err)
		fail(error, to_stdout ? "standard output" : sink->path, err);
	sink_free(sink);
	return !err;
}

void sink_free(Sink *sink)
{
	if (!sink)
		return;
	if (sink->file && sink->path)
		fclose(sink->file);
	else if (sink->file)
		fflush(sink->file);
	if (sink->temporary)
		g_unlink(sink->temporary);
	g_free(sink->temporary);
	g_free(sink->path);
	g_free(sink);
}

gboolean sink_check_output(const char *path, const char *const *sources, GError **error)
{
	struct stat out, in;

	if (!path || !strcmp(path, "-"))
		return TRUE;
	if (!stat(path, &out)) {
		for (; sources && *sources; sources++) {
			const char *name = *sources;

			if (g_str_has_prefix(name, "raw:"))
				name += strlen("raw:");
			if (stat(name, &in) || in.st_dev != out.st_dev || in.st_ino != out.st_ino)
				continue;
			g_set_error(error, CLI_ERROR, CLI_ERROR_USAGE,
				    "-o %s would overwrite the source; name another file", path);
			return FALSE;
		}
		if (S_ISDIR(out.st_mode))
			return fail(error, path, EISDIR);
	}

	g_autofree char *dir = g_path_get_dirname(path);

	if (stat(dir, &in))
		return fail(error, path, errno);
	if (!S_ISDIR(in.st_mode))
		return fail(error, path, ENOTDIR);
	/* devices and pipes are written in place; all else needs a new name in the folder */
	if (!(stat(path, &out) == 0 && !S_ISREG(out.st_mode)) && access(dir, W_OK))
		return fail(error, path, errno);
	return TRUE;
}
