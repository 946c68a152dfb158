/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A load on the page allocator, for as long as it is let: each process allocates and frees pages in its
 * own way, all the time, up to a fixed amount.
 *
 *   load FOLDER	(a tmpfs, for files)
 *
 * Returns when all processes have begun; they end with the machine.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define MIB (1024UL * 1024)

static const char *folder;

static void fail(const char *what)
{
	fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
	_exit(1);
}

static char *map(size_t size)
{
	char *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		fail("mmap");
	return p;
}

/* Anonymous memory of changing size: high orders are split and merged. */
static void anonymous(unsigned int round)
{
	size_t size = (1 + round * 7 % 24) * MIB;
	char *p = map(size);

	for (size_t at = 0; at < size; at += 4096)
		p[at] = 1;
	munmap(p, size);
}

/* Single pages given back out of the middle: order 0 lists grow. */
static void holes(unsigned int round)
{
	size_t size = 8 * MIB;
	char *p = map(size);

	memset(p, 1, size);
	for (size_t at = round % 2 * 4096; at + 4096 <= size; at += 8192)
		madvise(p + at, 4096, MADV_DONTNEED);
	munmap(p, size);
}

/* Page cache that comes and goes, with its folios and trees. */
static void files(unsigned int round)
{
	static char bytes[65536];
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/load-%u", folder, round % 5);
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	if (fd < 0)
		fail(path);
	for (unsigned int i = 0; i < 16 + round % 48; i++)
		if (write(fd, bytes, sizeof(bytes)) < 0)
			break;
	close(fd);
	if (round % 3 == 0)
		unlink(path);
}

/* Processes: page tables, stacks, slab objects. */
static void forks(unsigned int round)
{
	pid_t child = fork();

	if (!child) {
		anonymous(round % 4);
		_exit(0);
	}
	if (child > 0)
		waitpid(child, NULL, 0);
}

int main(int argc, char **argv)
{
	static void (*const kinds[])(unsigned int round) = { anonymous, holes, files, forks };

	if (argc != 2)
		return 2;
	folder = argv[1];
	/* What reads the memory meanwhile goes first. */
	if (nice(10) < 0)
		fail("nice");
	for (unsigned int i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		pid_t child = fork();

		if (child < 0)
			fail("fork");
		for (unsigned int round = 0; !child; round++)
			kinds[i](round);
	}
	return 0;
}
