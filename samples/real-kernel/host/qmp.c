/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A QEMU monitor (QMP) client that runs one list of commands and ends.
 *
 *   qmp [-t SECONDS] SOCKET COMMAND [ARGUMENT...] ...
 *
 *   await FILE TEXT        until FILE holds TEXT (a guest's console log)
 *   await-exit             until QEMU has gone
 *   stop, cont, quit       as QMP names them
 *   balloon BYTES          the size the guest shall shrink or grow to
 *   pmemsave ADDR SIZE FILE    guest physical memory into FILE
 *   dump FORMAT FILE       dump-guest-memory: elf, kdump-zlib, kdump-lzo...
 *   dump-formats           prints QEMU's answer on which formats it can write
 *
 * The connection stays open while a file is awaited, so a guest that dies is
 * noticed at once. -t bounds each command's waiting time (default 300 s).
 * QMP sends one JSON object a line, which is all the parsing that is needed.
 */
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define POLL_MS		4
#define CONNECT_MS	10000

static int monitor = -1;
static int patience_ms = 300 * 1000;
static char inbox[1 << 16];
static size_t inbox_len;

__attribute__((format(printf, 1, 2), noreturn))
static void die(const char *format, ...)
{
	va_list args;

	fputs("qmp: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

static long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000L + t.tv_nsec / 1000000L;
}

static void monitor_connect(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	long end = now_ms() + CONNECT_MS;

	if (strlen(path) >= sizeof(address.sun_path))
		die("%s: path too long for a socket", path);
	strcpy(address.sun_path, path);
	for (;;) {
		monitor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (monitor < 0)
			die("socket: %s", strerror(errno));
		if (!connect(monitor, (struct sockaddr *)&address,
			     sizeof(address)))
			return;
		if (now_ms() > end)
			die("%s: %s", path, strerror(errno));
		close(monitor);
		usleep(20 * 1000);
	}
}

/* One more piece of what QEMU has to say; false when QEMU has closed. */
static bool monitor_fill(int timeout_ms)
{
	struct pollfd p = { .fd = monitor, .events = POLLIN };
	ssize_t n;

	if (poll(&p, 1, timeout_ms) <= 0)
		return true;
	if (inbox_len == sizeof(inbox) - 1)
		die("QEMU sent a line that is too long");
	n = read(monitor, inbox + inbox_len, sizeof(inbox) - 1 - inbox_len);
	if (n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN))
		return false;
	if (n > 0)
		inbox_len += (size_t)n;
	return true;
}

/* The next line QEMU sent, or false when there is none yet. */
static bool monitor_line(char *line, size_t size)
{
	char *end = memchr(inbox, '\n', inbox_len);
	size_t len, used;

	if (!end)
		return false;
	used = (size_t)(end - inbox) + 1;
	len = used < size ? used : size;
	memcpy(line, inbox, len);
	line[len - 1] = '\0';
	inbox_len -= used;
	memmove(inbox, inbox + used, inbox_len);
	return true;
}

/* Waits for an answer that starts with @want; events in between are skipped. */
static const char *monitor_answer(const char *want, const char *what)
{
	static char line[sizeof(inbox)];
	long end = now_ms() + patience_ms;

	for (;;) {
		while (monitor_line(line, sizeof(line))) {
			if (!strncmp(line, want, strlen(want)))
				return line;
			if (!strncmp(line, "{\"error\"", 8))
				die("%s: %s", what, line);
		}
		if (now_ms() > end)
			die("%s: no answer in %d s", what, patience_ms / 1000);
		if (!monitor_fill(100))
			die("%s: QEMU has gone", what);
	}
}

__attribute__((format(printf, 2, 3)))
static const char *monitor_run(const char *what, const char *format, ...)
{
	char *text;
	size_t done = 0, len;
	va_list args;
	int n;

	va_start(args, format);
	n = vasprintf(&text, format, args);
	va_end(args);
	if (n < 0)
		die("out of memory");
	for (len = (size_t)n; done < len; ) {
		ssize_t w = send(monitor, text + done, len - done, MSG_NOSIGNAL);

		if (w < 0)
			die("%s: %s", what, strerror(errno));
		done += (size_t)w;
	}
	free(text);
	return monitor_answer("{\"return\"", what);
}

/* A path as a JSON string's inside. */
static char *json_text(const char *s)
{
	char *out = malloc(strlen(s) * 6 + 1), *o = out;

	if (!out)
		die("out of memory");
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			o += sprintf(o, "\\%c", *s);
		else if ((unsigned char)*s < 0x20)
			o += sprintf(o, "\\u%04x", (unsigned int)*s);
		else
			*o++ = *s;
	}
	*o = '\0';
	return out;
}

static bool file_holds(const char *path, const char *text)
{
	FILE *f = fopen(path, "r");
	struct stat st;
	bool found = false;
	char *all;
	size_t n;

	if (!f)
		return false;
	if (!fstat(fileno(f), &st) && st.st_size > 0) {
		all = malloc((size_t)st.st_size);
		if (!all)
			die("out of memory");
		n = fread(all, 1, (size_t)st.st_size, f);
		found = memmem(all, n, text, strlen(text)) != NULL;
		free(all);
	}
	fclose(f);
	return found;
}

/* Looks into the file only when it has grown. */
static void await_text(const char *path, const char *text)
{
	long end = now_ms() + patience_ms;
	char line[256];
	off_t seen = 0;
	struct stat st;

	for (;;) {
		if (!stat(path, &st) && st.st_size != seen) {
			seen = st.st_size;
			if (file_holds(path, text))
				return;
		}
		if (now_ms() > end)
			die("%s: no \"%s\" in %d s", path, text,
			    patience_ms / 1000);
		if (!monitor_fill(POLL_MS)) {
			/* The guest may have ended right after saying it. */
			if (file_holds(path, text))
				return;
			die("%s: QEMU ended before \"%s\"", path, text);
		}
		while (monitor_line(line, sizeof(line)))
			;
	}
}

static void await_exit(void)
{
	long end = now_ms() + patience_ms;
	char line[256];

	while (monitor_fill(100)) {
		while (monitor_line(line, sizeof(line)))
			;
		if (now_ms() > end)
			die("QEMU still runs after %d s", patience_ms / 1000);
	}
}

static unsigned long long number(const char *s)
{
	unsigned long long v;
	char *end;

	errno = 0;
	v = strtoull(s, &end, 0);
	if (errno || end == s || *end)
		die("not a number: %s", s);
	return v;
}

/* Runs one command; returns how many arguments it took. */
static int command(int argc, char **argv)
{
	const char *name = argv[0];
	char *path;

	if (!strcmp(name, "await") && argc > 2) {
		await_text(argv[1], argv[2]);
		return 3;
	}
	if (!strcmp(name, "await-exit")) {
		await_exit();
		return 1;
	}
	if (!strcmp(name, "dump-formats")) {
		puts(monitor_run(name, "{\"execute\": \"query-dump-guest-memory"
				 "-capability\"}\n"));
		return 1;
	}
	if (!strcmp(name, "stop") || !strcmp(name, "cont") ||
	    !strcmp(name, "quit")) {
		monitor_run(name, "{\"execute\": \"%s\"}\n", name);
		return 1;
	}
	if (!strcmp(name, "balloon") && argc > 1) {
		monitor_run(name, "{\"execute\": \"balloon\", \"arguments\": "
			    "{\"value\": %llu}}\n", number(argv[1]));
		return 2;
	}
	if (!strcmp(name, "pmemsave") && argc > 3) {
		path = json_text(argv[3]);
		monitor_run(name, "{\"execute\": \"pmemsave\", \"arguments\": "
			    "{\"val\": %llu, \"size\": %llu, "
			    "\"filename\": \"%s\"}}\n",
			    number(argv[1]), number(argv[2]), path);
		free(path);
		return 4;
	}
	if (!strcmp(name, "dump") && argc > 2) {
		path = json_text(argv[2]);
		monitor_run(name, "{\"execute\": \"dump-guest-memory\", "
			    "\"arguments\": {\"paging\": false, "
			    "\"detach\": false, \"format\": \"%s\", "
			    "\"protocol\": \"file:%s\"}}\n", argv[1], path);
		free(path);
		return 3;
	}
	die("no such command, or arguments missing: %s", name);
}

int main(int argc, char **argv)
{
	int i = 1;

	if (argc > 2 && !strcmp(argv[1], "-t")) {
		patience_ms = (int)(number(argv[2]) % 100000) * 1000;
		i = 3;
	}
	if (i + 1 >= argc)
		die("usage: qmp [-t SECONDS] SOCKET COMMAND [ARGUMENT...]...");
	monitor_connect(argv[i++]);
	monitor_answer("{\"QMP\"", "greeting");
	monitor_run("qmp_capabilities",
		    "{\"execute\": \"qmp_capabilities\"}\n");
	while (i < argc)
		i += command(argc - i, argv + i);
	return 0;
}
