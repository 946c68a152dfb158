/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One ELF file opened for reading, mapped rather than copied, with what has to be known
 * before its DWARF is worth opening: build-id, separate debug file, is it whole, is it
 * ELF at all.
 */
#ifndef ANZ_TYPES_ELF_FILE_H
#define ANZ_TYPES_ELF_FILE_H

#include <analyze/error.h>
#include <gelf.h>
#include <libelf.h>

/**
 * AnzElfFile:
 * @path: as given; "(memory)" for bytes at hand
 * @build_id: lower-case hex, or %NULL
 * @debuglink: name in .gnu_debuglink, or %NULL
 * @debuglink_crc: its checksum of the debug file
 * @has_dwarf: .debug_info with content
 * @has_btf: .BTF with content
 * @has_symtab: .symtab with content
 */
typedef struct {
	char *path;
	int fd;
	Elf *elf;
	gsize size;
	GElf_Half type;
	gboolean big_endian;
	char *build_id;
	char *debuglink;
	guint32 debuglink_crc;
	gboolean has_dwarf;
	gboolean has_btf;
	gboolean has_symtab;
} AnzElfFile;

/**
 * anz_elf_file_open:
 *
 * Returns: (transfer full): the file, or %NULL with @error: IO, or FORMAT with a word on
 * what the file is instead (compressed kernel, dump) or where it was cut off.
 */
AnzElfFile *anz_elf_file_open(const char *path, GError **error);

/**
 * The same from @bytes, which stay the caller's and must outlive the file; libelf writes
 * none.
 */
AnzElfFile *anz_elf_file_open_memory(const void *bytes, gsize size, GError **error);

void anz_elf_file_free(AnzElfFile *file);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AnzElfFile, anz_elf_file_free)

/** First section called @name that has content in the file, or %NULL; header in @shdr. */
Elf_Scn *anz_elf_file_section(AnzElfFile *file, const char *name, GElf_Shdr *shdr);

/** Checksum of the whole file as .gnu_debuglink states it (CRC-32 of IEEE 802.3). */
guint32 anz_elf_file_crc32(AnzElfFile *file);

#endif
