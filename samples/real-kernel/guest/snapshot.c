/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reads the oracle: what the kernel itself says of every frame, right before
 * it is stopped.
 *
 *   snapshot [--crash] PAUSE-SECONDS FILE...
 *
 * Everything is read into huge pages that are taken at the start, and the host
 * fetches it from there, by physical address, once the machine stands still:
 *
 *   @piece NAME OFFSET PHYSICAL-ADDRESS SIZE     for every huge page
 *   @pieces-end
 *   @stop                                        now
 *
 * So nothing is sent, and nothing is allocated, between the last reading and
 * the stop, which a serial port would take a minute for. Every file is read
 * to its end once before, so that the kernel has the buffers it needs for it.
 *
 * The order is: kpageflags and kpagecount (reading 1), a pause, the text of
 * each FILE, kpageflags and kpagecount again (reading 2), "@stop".
 * With --crash it then waits for five seconds of the guest's time, in which the
 * host stops it, fetches the readings and lets it go on, and panics.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/mman.h>
#include <unistd.h>

#define HUGE_SIZE	(2UL << 20)
#define TEXT_SIZE	(2 * HUGE_SIZE)
#define KMSG_READ_ALL	3	/* syslog(2) */
#define CRASH_AFTER	5	/* seconds */

struct area {
	char *at;
	size_t size, used;
};

static void die(const char *what)
{
	fprintf(stderr, "snapshot: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int must_open(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);

	if (fd < 0)
		die(path);
	return fd;
}

static struct area area_create(size_t size)
{
	struct area a = { .used = 0 };

	a.size = (size + HUGE_SIZE - 1) & ~(HUGE_SIZE - 1);
	a.at = mmap(NULL, a.size, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);
	if (a.at == MAP_FAILED)
		die("huge pages for the readings");
	memset(a.at, 0, a.size);
	return a;
}

/* Where the host finds each huge page of an area. */
static void area_announce(const struct area *a, const char *name, size_t size)
{
	int fd = must_open("/proc/self/pagemap", O_RDONLY);
	size_t offset, piece;
	uint64_t entry;

	for (offset = 0; offset < size; offset += HUGE_SIZE) {
		uintptr_t virt = (uintptr_t)a->at + offset;
		uint64_t pfn;

		if (pread(fd, &entry, sizeof(entry),
			  (off_t)(virt / (uintptr_t)getpagesize() *
				  sizeof(entry))) != sizeof(entry))
			die("/proc/self/pagemap");
		pfn = entry & ((UINT64_C(1) << 55) - 1);
		piece = size - offset < HUGE_SIZE ? size - offset : HUGE_SIZE;
		printf("@piece %s %zu %llu %zu\n", name, offset,
		       (unsigned long long)pfn * (unsigned int)getpagesize(),
		       piece);
	}
	close(fd);
}

/* Reads @fd from its start to its end; a full area is an error. */
static void area_fill(struct area *a, int fd, const char *what)
{
	ssize_t n;

	if (lseek(fd, 0, SEEK_SET) < 0)
		die(what);
	for (;;) {
		if (a->used == a->size) {
			uint64_t more;	/* kpageflags gives whole words only */

			if (read(fd, &more, sizeof(more)) == 0)
				return;
			errno = ENOSPC;
			die(what);
		}
		n = read(fd, a->at + a->used, a->size - a->used);
		if (n < 0)
			die(what);
		if (n == 0)
			return;
		a->used += (size_t)n;
	}
}

static size_t file_length(int fd, const char *what)
{
	static char buffer[1 << 16];
	size_t length = 0;
	ssize_t n;

	while ((n = read(fd, buffer, sizeof(buffer))) > 0)
		length += (size_t)n;
	if (n < 0)
		die(what);
	return length;
}

/* One file after the other, each under a line that names it. */
static void read_texts(struct area *text, char **paths, const int *fds, int n)
{
	int i, got;

	text->used = 0;
	for (i = 0; i < n; i++) {
		got = snprintf(text->at + text->used, text->size - text->used,
			       "@file %s\n", paths[i]);
		text->used += (size_t)got;
		if (text->used >= text->size) {
			errno = ENOSPC;
			die("text");
		}
		area_fill(text, fds[i], paths[i]);
		if (text->used == text->size) {
			errno = ENOSPC;
			die("text");
		}
		if (text->at[text->used - 1] != '\n')
			text->at[text->used++] = '\n';
	}
}

static void read_kernel_log(struct area *log)
{
	int n = klogctl(KMSG_READ_ALL, log->at, (int)log->size);

	if (n < 0)
		die("kernel log");
	log->used = (size_t)n;
}

int main(int argc, char **argv)
{
	static const char * const frame_files[] = {
		"/proc/kpageflags", "/proc/kpagecount",
	};
	static const char * const names[] = {
		"kpageflags.1", "kpagecount.1", "kpageflags.2", "kpagecount.2",
	};
	struct area frames[4], text, log;
	int crash = argc > 1 && !strcmp(argv[1], "--crash");
	int n_files = argc - 2 - crash, frame_fds[2], *fds, trigger = -1, i;
	char **files = argv + 2 + crash;
	size_t length[2];

	if (n_files < 1) {
		fputs("usage: snapshot [--crash] SECONDS FILE...\n", stderr);
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	fds = calloc((size_t)n_files, sizeof(*fds));
	if (!fds)
		die("memory");
	for (i = 0; i < n_files; i++)
		fds[i] = must_open(files[i], O_RDONLY);
	for (i = 0; i < 2; i++) {
		frame_fds[i] = must_open(frame_files[i], O_RDONLY);
		length[i] = file_length(frame_fds[i], frame_files[i]);
	}
	if (crash)
		trigger = must_open("/proc/sysrq-trigger", O_WRONLY);

	for (i = 0; i < 4; i++) {
		frames[i] = area_create(length[i & 1]);
		area_announce(&frames[i], names[i], length[i & 1]);
	}
	text = area_create(TEXT_SIZE);
	area_announce(&text, "text", text.size);
	log = area_create(HUGE_SIZE);
	area_announce(&log, "dmesg", log.size);
	printf("@pieces-end\n");
	if (mlockall(MCL_CURRENT))
		die("mlockall");
	read_texts(&text, files, fds, n_files);
	memset(text.at, 0, text.size);
	read_kernel_log(&log);

	for (i = 0; i < 2; i++)
		area_fill(&frames[i], frame_fds[i], frame_files[i]);
	sleep((unsigned int)atoi(argv[1 + crash]));
	read_texts(&text, files, fds, n_files);
	for (i = 0; i < 2; i++)
		area_fill(&frames[2 + i], frame_fds[i], frame_files[i]);
	if (write(STDOUT_FILENO, "@stop\n", 6) != 6)
		die("console");
	if (crash) {
		sleep(CRASH_AFTER);
		if (write(trigger, "c", 1) != 1)
			die("/proc/sysrq-trigger");
	}
	for (;;)
		pause();
}
