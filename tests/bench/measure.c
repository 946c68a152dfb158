/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Running a program under a stop watch; see measure.h. */
#include "measure.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib/gstdio.h>

/* "RssAnon:\t    1234 kB" */
static guint64 status_kb(const char *status, const char *key)
{
	const char *at = strstr(status, key);

	return at ? g_ascii_strtoull(at + strlen(key), NULL, 10) : 0;
}

static void watch(pid_t pid, Measured *m)
{
	g_autofree char *path = g_strdup_printf("/proc/%d/status", (int)pid);

	for (;;) {
		g_autofree char *status = NULL;
		siginfo_t info = { 0 };

		if (g_file_get_contents(path, &status, NULL, NULL)) {
			m->anon_kb = MAX(m->anon_kb, status_kb(status, "RssAnon:"));
			m->file_kb = MAX(m->file_kb, status_kb(status, "RssFile:"));
		}
		if (waitid(P_PID, pid, &info, WEXITED | WNOHANG | WNOWAIT) || info.si_pid)
			return;
		g_usleep(500);
	}
}

/* One run; -1 with why_not set if it failed. */
double measure_once(Measured *m, const char *folder, gboolean watched)
{
	g_autofree char *in = g_build_filename(folder, "in", NULL);
	g_autofree char *out = g_build_filename(folder, "out", NULL);
	g_autofree char *err = g_build_filename(folder, "err", NULL);
	posix_spawn_file_actions_t actions;
	gint64 start;
	struct rusage usage;
	int status, failed;
	pid_t pid;

	if (!g_file_set_contents(in, m->input ? m->input : "", -1, NULL))
		g_error("%s cannot be written", in);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, in, O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&actions, 1, out, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	posix_spawn_file_actions_addopen(&actions, 2, err, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	start = g_get_monotonic_time();
	failed = posix_spawnp(&pid, m->argv[0], &actions, NULL, (char **)m->argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (failed) {
		m->why_not = g_strdup(failed == ENOENT ? "not installed" : g_strerror(failed));
		return -1;
	}
	if (watched)
		watch(pid, m);
	wait4(pid, &status, 0, &usage);
	if (!WIFEXITED(status) || WEXITSTATUS(status)) {
		g_autofree char *said = NULL;

		g_file_get_contents(err, &said, NULL, NULL);
		m->why_not = WIFEXITED(status) && WEXITSTATUS(status) == 127 ?
			     g_strdup("not installed") :
			     g_strdup_printf("failed: %.200s", said ? g_strstrip(said) : "");
		return -1;
	}
	m->last_cpu_seconds = usage.ru_utime.tv_sec + usage.ru_utime.tv_usec / 1e6 +
			      usage.ru_stime.tv_sec + usage.ru_stime.tv_usec / 1e6;
	return (g_get_monotonic_time() - start) / 1e6;
}

void measure(Measured *m, const char *folder)
{
	m->seconds = G_MAXDOUBLE;
	for (guint i = 0; i <= m->runs; i++) {
		double seconds = measure_once(m, folder, i == m->runs);

		if (m->why_not)
			return;
		/* The run that is watched is slower; it counts only if it is the only one. */
		if ((i < m->runs || !m->runs) && seconds < m->seconds) {
			m->seconds = seconds;
			m->cpu_seconds = m->last_cpu_seconds;
		}
	}
}

void bench_remove_folder(const char *folder)
{
	g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
	const char *name;

	while (dir && (name = g_dir_read_name(dir))) {
		g_autofree char *path = g_build_filename(folder, name, NULL);

		if (g_remove(path))
			bench_remove_folder(path);
	}
	g_rmdir(folder);
}

gboolean bench_has_room(const char *folder, guint64 bytes)
{
	struct statvfs fs;

	return !statvfs(folder, &fs) && (guint64)fs.f_bavail * fs.f_frsize >= bytes;
}

gboolean bench_has_memory(guint64 bytes)
{
	g_autofree char *text = NULL;
	const char *at;

	if (!g_file_get_contents("/proc/meminfo", &text, NULL, NULL))
		return FALSE;
	at = strstr(text, "MemAvailable:");
	return at && g_ascii_strtoull(at + strlen("MemAvailable:"), NULL, 10) << 10 >= bytes;
}
