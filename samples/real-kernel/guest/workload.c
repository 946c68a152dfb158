/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Makes memory worth looking at: one sleeping process for each kind of page.
 *
 *   workload SHM-FOLDER DISK-FOLDER
 *
 * Each entry of parts[] runs in a process of its own, named after it, that
 * fills memory and then sleeps for good. The program returns when all of them
 * sleep, and fails when one that is not optional could not do its work; an
 * optional one is something that not every kernel is built with.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#define KIB		1024UL
#define MIB		(1024UL * KIB)
#define HUGE_SIZE	(2UL * MIB)
#define PAGE		((size_t)getpagesize())
#define GROUPS		"/sys/fs/cgroup/work"	/* made by init, if the kernel can */

#ifndef MADV_SOFT_OFFLINE
#define MADV_SOFT_OFFLINE 101	/* asm-generic/mman-common.h */
#endif

static const char *shm_folder, *disk_folder;
static int ready_fd;		/* a part says here that its work is done */

/* ---- helpers: each ends the part's process when the kernel refuses ---- */

__attribute__((noreturn))
static void fail(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	_exit(1);
}

static char *map(size_t size, int flags)
{
	char *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       MAP_ANONYMOUS | flags, -1, 0);

	if (p == MAP_FAILED)
		fail("mmap");
	return p;
}

/* What a part's own children end in. */
__attribute__((noreturn))
static void sleep_as(const char *name)
{
	prctl(PR_SET_NAME, name);
	close(ready_fd);
	for (;;)
		pause();
}

/* Small pages only, so that a part gets what its name says. */
static char *map_small(size_t size, int flags)
{
	char *p = map(size, flags);

	madvise(p, size, MADV_NOHUGEPAGE);
	return p;
}

/* Every page differs: a counter, then the part's own byte. */
static void fill(char *p, size_t size, int byte)
{
	for (size_t at = 0; at < size; at += PAGE) {
		memset(p + at, byte, PAGE);
		memcpy(p + at, &at, sizeof(at));
	}
}

static int file_in(const char *folder, const char *name, int number, int flags)
{
	char path[512];
	int fd;

	snprintf(path, sizeof(path), "%s/%s-%d", folder, name, number);
	fd = open(path, flags | O_CLOEXEC, 0644);
	if (fd < 0)
		fail(path);
	return fd;
}

static void write_all(int fd, const char *data, size_t size)
{
	while (size) {
		ssize_t n = write(fd, data, size);

		if (n < 0)
			fail("write");
		data += n;
		size -= (size_t)n;
	}
}

static long number_in(const char *path)
{
	FILE *f = fopen(path, "r");
	long value = -1;

	if (f) {
		if (fscanf(f, "%ld", &value) != 1)
			value = -1;
		fclose(f);
	}
	return value;
}

/* ---- anonymous memory ---- */

static void part_anon(void)
{
	fill(map_small(40 * MIB, MAP_PRIVATE), 40 * MIB, 'a');
}

/* Whole huge pages, one that is half unmapped, one mapped by pages. */
static void part_thp(void)
{
	size_t size = 24 * HUGE_SIZE;
	char *p = map(size + HUGE_SIZE, MAP_PRIVATE);

	p = (char *)(((uintptr_t)p + HUGE_SIZE - 1) & ~(HUGE_SIZE - 1));
	if (madvise(p, size, MADV_HUGEPAGE))
		fail("MADV_HUGEPAGE");
	fill(p, size, 't');
	if (munmap(p + HUGE_SIZE / 2, HUGE_SIZE / 2) ||
	    mprotect(p + 2 * HUGE_SIZE, PAGE, PROT_READ))
		fail("thp split");
}

static void part_mlock(void)
{
	char *p = map_small(4 * MIB, MAP_PRIVATE);

	fill(p, 4 * MIB, 'l');
	if (mlock(p, 4 * MIB))
		fail("mlock");
}

/* Eight contents over 16 MiB; waits until ksmd has found nearly all. */
static void part_ksm(void)
{
	size_t pages = 16 * MIB / PAGE;
	char *p = map_small(16 * MIB, MAP_PRIVATE);

	for (size_t i = 0; i < pages; i++)
		memset(p + i * PAGE, 'A' + (int)(i % 8), PAGE);
	if (madvise(p, 16 * MIB, MADV_MERGEABLE))
		fail("MADV_MERGEABLE");
	for (int i = 0; i < 1200; i++) {
		if (number_in("/sys/kernel/mm/ksm/pages_sharing") >
		    (long)(pages * 9 / 10))
			return;
		usleep(100 * 1000);
	}
	errno = ETIME;
	fail("ksm: pages_sharing");
}

static void part_hugetlb(void)
{
	char *p = map(6 * HUGE_SIZE, MAP_PRIVATE | MAP_HUGETLB);

	fill(p, 4 * HUGE_SIZE, 'h');	/* two stay reserved only */
}

/* A child writes to half of what it shares with its parent. */
static void part_sharer(void)
{
	char *private = map_small(8 * MIB, MAP_PRIVATE);
	char *shared = map_small(4 * MIB, MAP_SHARED);
	int done[2];

	fill(private, 8 * MIB, 'p');
	fill(shared, 4 * MIB, 's');
	if (pipe(done))
		fail("pipe");
	switch (fork()) {
	case -1:
		fail("fork");
	case 0:
		fill(private, 4 * MIB, 'c');
		shared[0]++;
		close(done[1]);
		sleep_as("wl-sharer-child");
	}
	close(done[1]);
	if (read(done[0], private, 1) < 0)
		fail("sharer");
}

/* Holes in the free lists: every page that a simple generator picks is freed. */
static void part_fragments(void)
{
	char *p = map_small(48 * MIB, MAP_PRIVATE);
	uint32_t random = 12345;

	fill(p, 48 * MIB, 'f');
	for (size_t at = 0; at < 48 * MIB; at += PAGE) {
		random = random * 1103515245 + 12345;
		if (random >> 31)
			madvise(p + at, PAGE, MADV_DONTNEED);
	}
}

/* One page each in 200 page tables. */
static void part_pagetables(void)
{
	char *p = map_small(200 * HUGE_SIZE, MAP_PRIVATE | MAP_NORESERVE);

	for (size_t i = 0; i < 200; i++)
		p[i * HUGE_SIZE] = 1;
}

/* Sleeping children: kernel stacks, tasks, page tables. */
static void part_tasks(void)
{
	for (int i = 0; i < 50; i++) {
		pid_t pid = fork();

		if (pid < 0)
			fail("fork");
		if (!pid)
			sleep_as("wl-task");
	}
}

static void survive(int signal_number)
{
	(void)signal_number;
}

/*
 * Poison: pages in use (hard), pages that can be moved away (soft). The
 * kernel forces a SIGBUS on who asks for it, and kills who ignores that.
 */
static void part_poison(void)
{
	char *p = map_small(16 * PAGE, MAP_PRIVATE);
	char *file;
	int fd;

	signal(SIGBUS, survive);
	fill(p, 16 * PAGE, 'x');
	if (madvise(p + PAGE, PAGE, MADV_HWPOISON) ||
	    madvise(p + 4 * PAGE, 2 * PAGE, MADV_HWPOISON))
		fail("MADV_HWPOISON");
	if (madvise(p + 8 * PAGE, 2 * PAGE, MADV_SOFT_OFFLINE))
		fail("MADV_SOFT_OFFLINE");
	fd = file_in(disk_folder, "big", 1, O_RDONLY);
	file = mmap(NULL, 4 * PAGE, PROT_READ, MAP_SHARED, fd, 0);
	if (file == MAP_FAILED || madvise(file + PAGE, PAGE, MADV_HWPOISON))
		fail("MADV_HWPOISON of a file's page");
}

/*
 * Out to the swap device and partly in again. What comes in stays in the swap
 * cache only as long as another process has it out there still.
 */
static void part_swap(void)
{
	char *p = map_small(12 * MIB, MAP_PRIVATE);
	volatile char *touch = p;

	fill(p, 12 * MIB, 'w');
	if (madvise(p, 12 * MIB, MADV_PAGEOUT))
		fail("MADV_PAGEOUT");
	if (!fork())
		sleep_as("wl-swap-child");
	for (size_t at = 0; at < 4 * MIB; at += PAGE)
		(void)touch[at];
}

/* Pages that leave the kernel's direct map. */
static void part_secret(void)
{
	int fd = (int)syscall(SYS_memfd_secret, 0);
	char *p;

	if (fd < 0 || ftruncate(fd, 64 * (off_t)PAGE))
		fail("memfd_secret");
	p = mmap(NULL, 64 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		fail("memfd_secret");
	fill(p, 64 * PAGE, 'z');
}

/* ---- files ---- */

/* A tmpfs file in huge pages, where the mount allows it (huge=advise). */
static void shmem_huge(void)
{
	int fd = file_in(shm_folder, "huge", 0, O_RDWR | O_CREAT);
	char *p;

	if (ftruncate(fd, 3 * HUGE_SIZE))
		fail("ftruncate");
	p = mmap(NULL, 3 * HUGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		 0);
	if (p == MAP_FAILED)
		fail("mmap of tmpfs");
	madvise(p, 3 * HUGE_SIZE, MADV_HUGEPAGE);
	fill(p, 3 * HUGE_SIZE, 'H');
}

/* Four shared tmpfs files; every third run of pages is a gap. */
static void part_shmem(void)
{
	for (int i = 0; i < 4; i++) {
		int fd = file_in(shm_folder, "shared", i, O_RDWR | O_CREAT);
		char *p;

		if (ftruncate(fd, 12 * MIB))
			fail("ftruncate");
		p = mmap(NULL, 12 * MIB, PROT_READ | PROT_WRITE, MAP_SHARED,
			 fd, 0);
		if (p == MAP_FAILED)
			fail("mmap of tmpfs");
		for (size_t at = 0; at < 12 * MIB; at += 64 * KIB)
			if (at / (64 * KIB) % 3)
				memset(p + at, 'm' + i, 64 * KIB);
	}
	shmem_huge();
	if (!fork()) {
		int fd = file_in(shm_folder, "shared", 0, O_RDWR);
		volatile char *p = mmap(NULL, 12 * MIB, PROT_READ, MAP_SHARED,
					fd, 0);

		for (size_t at = 64 * KIB; at < 12 * MIB; at += 192 * KIB)
			(void)p[at];
		sleep_as("wl-shmem-reader");
	}
}

/* Thousands of inodes; some are deleted and stay only because held open. */
static void make_inodes(const char *folder, int count, int held)
{
	char path[512];

	for (int i = 0; i < count; i++) {
		int fd = file_in(folder, "inode", i, O_RDWR | O_CREAT);

		if (i % 4 == 0)
			write_all(fd, folder, strlen(folder));
		if (i >= held) {
			close(fd);
			continue;
		}
		snprintf(path, sizeof(path), "%s/inode-%d", folder, i);
		if (unlink(path))
			fail(path);
	}
}

static void part_inodes(void)
{
	struct rlimit limit = { 4096, 4096 };

	if (setrlimit(RLIMIT_NOFILE, &limit))
		fail("setrlimit");
	make_inodes(shm_folder, 4000, 400);
	make_inodes(disk_folder, 2000, 200);
}

/* Read ahead, mapped shared, mapped private and written to. */
static void part_pagecache(void)
{
	static char buffer[128 * KIB];
	int big = file_in(disk_folder, "big", 0, O_RDONLY);
	int mapped = file_in(disk_folder, "big", 1, O_RDWR);
	volatile char *shared, *private;

	while (read(big, buffer, sizeof(buffer)) > 0)
		;
	shared = mmap(NULL, 8 * MIB, PROT_READ | PROT_WRITE, MAP_SHARED,
		      mapped, 0);
	private = mmap(NULL, 4 * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE,
		       mapped, 0);
	if (shared == MAP_FAILED || private == MAP_FAILED)
		fail("mmap of a file");
	for (size_t at = 0; at < 8 * MIB; at += PAGE)
		(void)shared[at];
	for (size_t at = 0; at < 2 * MIB; at += 2 * PAGE)
		private[at] = 'P';
	for (size_t at = 4 * MIB; at < 5 * MIB; at += 4 * PAGE)
		shared[at] = 'S';
}

/* Written and never synced. */
static void part_dirty(void)
{
	static char buffer[64 * KIB];
	int fd = file_in(disk_folder, "dirty", 0, O_RDWR | O_CREAT);

	memset(buffer, 'd', sizeof(buffer));
	for (int i = 0; i < 96; i++)
		write_all(fd, buffer, sizeof(buffer));
}

/* ---- pipes, sockets, kernel memory ---- */

static void part_pipes(void)
{
	static char data[16 * KIB];
	int ends[2];

	memset(data, '|', sizeof(data));
	for (int i = 0; i < 64; i++) {
		if (pipe(ends))
			fail("pipe");
		write_all(ends[1], data, sizeof(data));
	}
}

/* Writes until the queue is full. */
static void stuff(int fd)
{
	static char data[8 * KIB];

	memset(data, '~', sizeof(data));
	while (send(fd, data, sizeof(data), MSG_DONTWAIT) > 0)
		;
	if (errno != EAGAIN)
		fail("send");
}

static void part_sockets(void)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t len = sizeof(address);
	int pair[2], server, client;

	for (int i = 0; i < 8; i++) {
		if (socketpair(AF_UNIX, i % 2 ? SOCK_DGRAM : SOCK_STREAM, 0,
			       pair))
			fail("socketpair");
		stuff(pair[0]);
	}
	server = socket(AF_INET, SOCK_STREAM, 0);
	if (server < 0 ||
	    bind(server, (struct sockaddr *)&address, len) ||
	    listen(server, 16) ||
	    getsockname(server, (struct sockaddr *)&address, &len))
		fail("tcp server");
	for (int i = 0; i < 8; i++) {
		client = socket(AF_INET, SOCK_STREAM, 0);
		if (client < 0 ||
		    connect(client, (struct sockaddr *)&address, len))
			fail("tcp client");
		if (i % 2 && accept(server, NULL, NULL) < 0)
			fail("accept");
		stuff(client);
	}
}

/* A packet ring: pages the kernel owns and user space maps. */
static void part_packet(void)
{
	struct tpacket_req ring = {
		.tp_block_size = 64 * KIB, .tp_block_nr = 16,
		.tp_frame_size = 2 * KIB, .tp_frame_nr = 16 * 32,
	};
	int fd = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_LOOP));
	volatile char *p;

	if (fd < 0 || setsockopt(fd, SOL_PACKET, PACKET_RX_RING, &ring,
				 sizeof(ring)))
		fail("PACKET_RX_RING");
	p = mmap(NULL, MIB, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		fail("mmap of a packet ring");
	for (size_t at = 0; at < MIB; at += PAGE)
		(void)p[at];
}

/* BPF arrays lie in vmalloc space. */
static void part_vmalloc(void)
{
	for (unsigned int i = 0; i < 8; i++) {
		union bpf_attr attr = {
			.map_type = BPF_MAP_TYPE_ARRAY,
			.key_size = 4,
			.value_size = 1024,
			.max_entries = 256 << (i % 4),
		};

		if (syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof(attr)) < 0)
			fail("bpf map");
	}
}

/* ---- all of them ---- */

static const struct part {
	const char *name;
	void (*run)(void);
	bool optional;
	const char *group;	/* below GROUPS; NULL: stays in the root group */
} parts[] = {
	{ "wl-shmem",	   part_shmem,	    false, "files" },
	{ "wl-inodes",	   part_inodes,     false, "files" },
	{ "wl-pagecache",  part_pagecache,  false, "files" },
	{ "wl-dirty",	   part_dirty,	    false },
	{ "wl-anon",	   part_anon,	    false, "anon" },
	{ "wl-thp",	   part_thp,	    false, "anon" },
	{ "wl-mlock",	   part_mlock,	    false, "anon" },
	{ "wl-hugetlb",    part_hugetlb,    false },
	{ "wl-sharer",	   part_sharer,     false, "anon" },
	{ "wl-pagetables", part_pagetables, false, "kernel" },
	{ "wl-pipes",	   part_pipes,	    false, "kernel" },
	{ "wl-sockets",    part_sockets,    false, "kernel" },
	{ "wl-tasks",	   part_tasks,	    false, "kernel" },
	{ "wl-packet",	   part_packet,     true },
	{ "wl-vmalloc",    part_vmalloc,    true },
	{ "wl-secret",	   part_secret,     true },
	{ "wl-swap",	   part_swap,	    true, "swap" },
	{ "wl-fragments",  part_fragments,  false },
	{ "wl-poison",	   part_poison,     true },
	{ "wl-ksm",	   part_ksm,	    false },
};

/* One processor, and with it a node whose memory is taken first. */
static void pin(int processor)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(processor, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		fail("sched_setaffinity");
}

/* Into a control group; where there are none, nothing happens. */
static void join(const char *group)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/%s/cgroup.procs", GROUPS, group);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd >= 0 && write(fd, "0", 1) != 1)
		fail(path);
	if (fd >= 0)
		close(fd);
}

/* Runs one part in a child; true when it sleeps with its work done. */
static bool part_start(const struct part *part, int processor)
{
	int ready[2], status;
	char byte = 0;
	pid_t pid;

	if (pipe2(ready, O_CLOEXEC))
		fail("pipe");
	pid = fork();
	if (pid < 0)
		fail("fork");
	if (!pid) {
		close(ready[0]);
		ready_fd = ready[1];
		prctl(PR_SET_NAME, part->name);
		pin(processor);
		if (part->group)
			join(part->group);
		part->run();
		if (write(ready_fd, "k", 1) != 1)
			_exit(1);
		close(ready_fd);
		for (;;)
			pause();
	}
	close(ready[1]);
	/* A part that fails ends, and its pipe with it. */
	while (read(ready[0], &byte, 1) < 0 && errno == EINTR)
		;
	close(ready[0]);
	if (byte == 'k')
		return true;
	waitpid(pid, &status, 0);
	return false;
}

int main(int argc, char **argv)
{
	if (argc != 3) {
		fputs("usage: workload SHM-FOLDER DISK-FOLDER\n", stderr);
		return 2;
	}
	shm_folder = argv[1];
	disk_folder = argv[2];
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		bool done = part_start(&parts[i], (int)(i % 2));

		printf("%s: %s\n", parts[i].name,
		       done ? "asleep" : "not done");
		fflush(stdout);
		if (!done && !parts[i].optional)
			return 1;
	}
	return 0;
}
