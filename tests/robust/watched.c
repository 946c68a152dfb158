/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A run under watch.  Output goes to unnamed files rather than pipes, so that one thread
 * is enough and a run that says too much cannot block; the time limit is a SIGALRM that
 * the child inherits over exec, so that no second process is needed and a test that dies
 * leaves none behind for long. ulimit -v is no use with AddressSanitizer, which reserves
 * terabytes: the peak is measured.
 */
#include "watched.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_SAID (1 << 20)

static int unnamed_file(const char *name)
{
	int fd = memfd_create(name, MFD_CLOEXEC);

	if (fd < 0)
		g_error("memfd_create: %s", g_strerror(errno));
	return fd;
}

static char *read_back(int fd)
{
	char *text = g_malloc(MAX_SAID + 1);
	ssize_t n = pread(fd, text, MAX_SAID, 0);

	text[MAX(n, 0)] = '\0';
	close(fd);
	return text;
}

static void become(const char *const *argv, int out, int err, guint limit_seconds)
{
	int null = open("/dev/null", O_RDONLY);

	if (dup2(null, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0)
		_exit(126);
	signal(SIGALRM, SIG_DFL);
	alarm(limit_seconds);
	execv(argv[0], (char *const *)argv);
	_exit(127);
}

Watched *watched_run(const char *const *argv, guint limit_seconds)
{
	int out = unnamed_file("stdout"), err = unnamed_file("stderr"), status;
	Watched *w = g_new0(Watched, 1);
	gint64 began = g_get_monotonic_time();
	struct rusage used;
	pid_t pid = fork();

	if (pid < 0)
		g_error("fork: %s", g_strerror(errno));
	if (pid == 0)
		become(argv, out, err, limit_seconds);
	while (wait4(pid, &status, 0, &used) < 0)
		if (errno != EINTR)
			g_error("wait4: %s", g_strerror(errno));
	w->seconds = (g_get_monotonic_time() - began) / 1e6;
	w->peak_bytes = (guint64)used.ru_maxrss * 1024;
	w->exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	w->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	w->timed_out = w->signal == SIGALRM;
	w->out = read_back(out);
	w->err = read_back(err);
	if (w->exit_status == 127)
		g_error("%s cannot be run", argv[0]);
	return w;
}

void watched_free(Watched *w)
{
	if (!w)
		return;
	g_free(w->out);
	g_free(w->err);
	g_free(w);
}

char *watched_misbehaved(const Watched *w, guint64 limit_bytes)
{
	static const char *const reports[] = {
		"Sanitizer", "runtime error:", "-CRITICAL **", "-WARNING **", "-ERROR **",
	};

	if (w->timed_out)
		return g_strdup_printf("did not end within %.0f s", w->seconds);
	if (w->signal)
		return g_strdup_printf("ended by signal %d (%s)", w->signal,
				       strsignal(w->signal));
	for (guint i = 0; i < G_N_ELEMENTS(reports); i++)
		if (strstr(w->err, reports[i]))
			return g_strdup_printf("its stderr has \"%s\"", reports[i]);
	if (w->peak_bytes > limit_bytes)
		return g_strdup_printf("took %" G_GUINT64_FORMAT " MiB of memory, more than %"
				       G_GUINT64_FORMAT, w->peak_bytes >> 20, limit_bytes >> 20);
	return NULL;
}
