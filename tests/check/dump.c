/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dump.h"

#include <elf.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

void dump_open(Dump *dump, const char *path, const char *vmcoreinfo)
{
	const Elf64_Ehdr *header;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		g_error("%s cannot be opened", path);
	dump->len = st.st_size;
	dump->bytes = mmap(NULL, dump->len, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	if (dump->bytes == MAP_FAILED)
		g_error("%s cannot be mapped", path);
	close(fd);
	header = (const Elf64_Ehdr *)dump->bytes;
	dump->ranges = g_array_new(FALSE, FALSE, sizeof(AnzMemoryRange));
	dump->offsets = g_array_new(FALSE, FALSE, sizeof(gsize));
	for (guint i = 0; i < header->e_phnum; i++) {
		const Elf64_Phdr *p = (const Elf64_Phdr *)(dump->bytes + header->e_phoff) + i;
		AnzMemoryRange range = { p->p_paddr, p->p_paddr + p->p_filesz };
		gsize offset = p->p_offset;

		if (p->p_type != PT_LOAD || !p->p_filesz)
			continue;
		g_assert_cmpuint(offset + p->p_filesz, <=, dump->len);
		g_array_append_val(dump->ranges, range);
		g_array_append_val(dump->offsets, offset);
	}
	if (strcmp(vmcoreinfo, "-") && !g_file_get_contents(vmcoreinfo, &dump->vmcoreinfo, NULL, NULL))
		g_error("%s cannot be read", vmcoreinfo);
	dump->memory = (AnzMemory){
		.size = sizeof(dump->memory), .name = "dump", .read_physical = dump_read, .data = dump,
		.machine = header->e_machine == EM_AARCH64 ? "aarch64" : "x86_64",
		.vmcoreinfo = dump->vmcoreinfo,
		.ranges = (const AnzMemoryRange *)dump->ranges->data, .nr_ranges = dump->ranges->len,
	};
}

void dump_open_stages(const Dump *dump, const char *const *vmlinux, Opened *opened)
{
	AnzImageOptions image = { 0 };
	AnzTypesOptions types = { .force = TRUE, .files = vmlinux };
	g_autoptr(GError) error = NULL;

	opened->image = anz_image_open_callbacks(&dump->memory, &image, &error);
	g_assert_no_error(error);
	opened->types = anz_types_open(&types, &error);
	g_assert_no_error(error);
}

void dump_close(Dump *dump)
{
	munmap(dump->bytes, dump->len);
	g_array_unref(dump->ranges);
	g_array_unref(dump->offsets);
	g_free(dump->vmcoreinfo);
}

guint8 *dump_at(const Dump *dump, guint64 paddr, gsize len)
{
	for (guint i = 0; i < dump->ranges->len; i++) {
		const AnzMemoryRange *range = &g_array_index(dump->ranges, AnzMemoryRange, i);

		if (paddr >= range->start && paddr + len <= range->end)
			return dump->bytes + g_array_index(dump->offsets, gsize, i) + (paddr - range->start);
	}
	return NULL;
}

gboolean dump_read(guint64 paddr, void *buf, gsize len, gpointer data)
{
	const guint8 *at = dump_at(data, paddr, len);

	if (at)
		memcpy(buf, at, len);
	return at != NULL;
}
