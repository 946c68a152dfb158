/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Debug info by build-id from debuginfod servers.
 *
 * libdebuginfod drags a network stack in and is wanted rarely, so it is loaded when asked
 * for. It takes its servers and its cache folder from the environment and offers no other
 * way (its API, as of elfutils 0.192, has none).  A library must not change the
 * environment of its process: other threads may be reading it.  So the query runs in a
 * forked child, which sets its own copy, loads the library, and reports the path through
 * a pipe.  Nothing of it stays behind in the process, and a crash of it is an error
 * message here.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "types/search.h"

#define SONAME "libdebuginfod.so.1"

/* What the child says before the path. */
enum { FOUND = '+', FAILED = '-', NO_LIBRARY = '?' };

typedef struct debuginfod_client debuginfod_client;

static void write_all(int fd, const char *text)
{
	gsize left = strlen(text);

	while (left > 0) {
		ssize_t done = write(fd, text, left);

		if (done < 0 && errno != EINTR)
			return;
		if (done > 0) {
			text += done;
			left -= (gsize)done;
		}
	}
}

static void say(int fd, char what, const char *text)
{
	char head[2] = { what, '\0' };

	write_all(fd, head);
	write_all(fd, text);
}

static void query(int fd, const char *build_id, const char *urls, const char *cache)
{
	setenv("DEBUGINFOD_URLS", urls, 1);
	if (cache)
		setenv("DEBUGINFOD_CACHE_PATH", cache, 1);
	unsetenv("DEBUGINFOD_PROGRESS");	/* both write to stderr */
	unsetenv("DEBUGINFOD_VERBOSE");

	void *library = dlopen(SONAME, RTLD_NOW | RTLD_LOCAL);
	debuginfod_client *(*begin)(void);
	int (*find)(debuginfod_client *client, const unsigned char *id, int id_len,
		    char **path);

	if (library) {
		*(void **)&begin = dlsym(library, "debuginfod_begin");
		*(void **)&find = dlsym(library, "debuginfod_find_debuginfo");
	}
	if (!library || !begin || !find) {
		say(fd, NO_LIBRARY, SONAME " cannot be loaded");
		return;
	}

	debuginfod_client *client = begin();
	char *path = NULL;
	/* length 0: the id is in hex */
	int result = client ? find(client, (const unsigned char *)build_id, 0, &path) :
			      -ENOMEM;

	if (result >= 0 && path)
		say(fd, FOUND, path);
	else
		say(fd, FAILED, g_strerror(-result));
}

static GString *read_all(int fd)
{
	GString *text = g_string_new(NULL);
	char buffer[4096];
	ssize_t got;

	while ((got = read(fd, buffer, sizeof(buffer))) > 0 ||
	       (got < 0 && errno == EINTR)) {
		if (got > 0)
			g_string_append_len(text, buffer, got);
	}
	return text;
}

char *anz_debuginfod_fetch(const char *build_id, const char *urls, const char *cache,
			   GError **error)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) != 0) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_IO, "debuginfod: %s",
			    g_strerror(errno));
		return NULL;
	}

	pid_t child = fork();

	if (child == 0) {
		close(ends[0]);
		query(ends[1], build_id, urls, cache);
		_exit(0); /* nothing of the parent's is to be flushed or cleaned up */
	}
	close(ends[1]);
	if (child < 0) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_IO, "debuginfod: %s",
			    g_strerror(errno));
		close(ends[0]);
		return NULL;
	}

	g_autoptr(GString) answer = read_all(ends[0]);

	close(ends[0]);
	while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
		;

	switch (answer->len > 1 ? answer->str[0] : 0) {
	case FOUND:
		return g_strdup(answer->str + 1);
	case NO_LIBRARY:
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_UNSUPPORTED,
			    "debuginfod: %s; install it (Debian: libdebuginfod1)",
			    answer->str + 1);
		return NULL;
	case FAILED:
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_IO,
			    "debuginfod (%s) has no debug info for build-id %s: %s", urls,
			    build_id, answer->str + 1);
		return NULL;
	default:
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_IO,
			    "debuginfod (%s): the query ended without an answer", urls);
		return NULL;
	}
}
