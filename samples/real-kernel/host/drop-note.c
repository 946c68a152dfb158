/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Takes the VMCOREINFO note out of an ELF dump, in place, and prints it.
 *
 *   drop-note [-k] FILE        -k: keep it, only print
 *
 * QEMU writes the note only when the guest has told it where VMCOREINFO lies,
 * and a stop yields one ELF dump of either kind only. Cutting the note
 * out of a copy gives the other one of the very same memory: the notes behind
 * it move up, PT_NOTE becomes shorter, and no segment of memory moves. The
 * page that the kernel keeps VMCOREINFO in is memory and stays.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *path;

static void die(const char *why)
{
	fprintf(stderr, "drop-note: %s: %s\n", path, why);
	exit(1);
}

static void read_at(int fd, void *buffer, size_t size, uint64_t offset)
{
	ssize_t n = pread(fd, buffer, size, (off_t)offset);

	if (n < 0)
		die(strerror(errno));
	if ((size_t)n != size)
		die("truncated");
}

static void write_at(int fd, const void *buffer, size_t size, uint64_t offset)
{
	ssize_t n = pwrite(fd, buffer, size, (off_t)offset);

	if (n < 0 || (size_t)n != size)
		die(n < 0 ? strerror(errno) : "short write");
}

static size_t up4(size_t n)
{
	return (n + 3) & ~(size_t)3;
}

/* Cuts the note out of the @size bytes at @notes; returns what is left. */
static size_t cut_note(char *notes, size_t size)
{
	size_t at = 0;

	while (size - at >= sizeof(Elf64_Nhdr)) {
		size_t left = size - at, len;
		Elf64_Nhdr head;
		const char *name;

		memcpy(&head, notes + at, sizeof(head));
		if (head.n_namesz > left || head.n_descsz > left)
			die("note is longer than its segment");
		len = sizeof(head) + up4(head.n_namesz) + up4(head.n_descsz);
		if (len > left)
			die("note is longer than its segment");
		name = notes + at + sizeof(head);
		if (head.n_namesz == sizeof("VMCOREINFO") &&
		    !memcmp(name, "VMCOREINFO", sizeof("VMCOREINFO"))) {
			fwrite(name + up4(head.n_namesz), 1, head.n_descsz,
			       stdout);
			memmove(notes + at, notes + at + len, left - len);
			memset(notes + size - len, 0, len);
			return size - len;
		}
		at += len;
	}
	die("no VMCOREINFO note");
	return 0;
}

int main(int argc, char **argv)
{
	int keep = argc == 3 && !strcmp(argv[1], "-k");
	Elf64_Ehdr elf;
	Elf64_Phdr segment;
	uint64_t where;
	size_t left;
	char *notes;
	int fd, i;

	if (argc != 2 + keep) {
		fputs("usage: drop-note [-k] FILE\n", stderr);
		return 2;
	}
	path = argv[1 + keep];
	fd = open(path, keep ? O_RDONLY : O_RDWR);
	if (fd < 0)
		die(strerror(errno));
	read_at(fd, &elf, sizeof(elf), 0);
	if (memcmp(elf.e_ident, ELFMAG, SELFMAG) ||
	    elf.e_ident[EI_CLASS] != ELFCLASS64 ||
	    elf.e_ident[EI_DATA] != ELFDATA2LSB ||
	    elf.e_phentsize != sizeof(segment))
		die("not a 64-bit little-endian ELF dump");
	for (i = 0; i < elf.e_phnum; i++) {
		where = elf.e_phoff + (uint64_t)i * sizeof(segment);
		read_at(fd, &segment, sizeof(segment), where);
		if (segment.p_type == PT_NOTE)
			break;
	}
	if (i == elf.e_phnum)
		die("no PT_NOTE segment");
	if (segment.p_filesz > 64 << 20)
		die("PT_NOTE segment is unbelievably long");
	notes = malloc(segment.p_filesz);
	if (!notes)
		die("out of memory");
	read_at(fd, notes, segment.p_filesz, segment.p_offset);
	left = cut_note(notes, segment.p_filesz);
	if (!keep) {
		write_at(fd, notes, segment.p_filesz, segment.p_offset);
		if (segment.p_memsz)
			segment.p_memsz -= segment.p_filesz - left;
		segment.p_filesz = left;
		write_at(fd, &segment, sizeof(segment), where);
	}
	free(notes);
	if (close(fd) || fclose(stdout))
		die(strerror(errno));
	return 0;
}
