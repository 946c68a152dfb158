/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * BTF as a source for AnzTypes: the kernel's own, compact type information, which it
 * carries in its image (section .BTF, /sys/kernel/btf/vmlinux, and so in its dumps).
 *
 * It has the layouts, and no symbols; those come from the file's .symtab, or kallsyms.
 */
#ifndef ANZ_TYPES_BTF_TYPES_H
#define ANZ_TYPES_BTF_TYPES_H

#include "types/elf-file.h"
#include "types/provider.h"

/** Whether @bytes begin like BTF outside of an ELF file, in either byte order. */
gboolean anz_btf_probe(const void *bytes, gsize len);

/**
 * anz_btf_provider_new:
 * @bytes: (transfer none): BTF; copied
 * @name: what messages and people call it: a path, "the dump"
 *
 * Returns: (transfer full): %NULL with @error FORMAT
 */
AnzTypeProvider *anz_btf_provider_new(const void *bytes, gsize len, const char *name,
				      GError **error);

/**
 * anz_btf_provider_new_split:
 * @base: (transfer none): BTF, which must live longer: @bytes go on where it ends
 *
 * BTF of a module: it numbers its types and strings from where the kernel's end, and refers to those
 * (Documentation/bpf/btf.rst and "bpf: Add kernel module support for split BTF", Linux 5.11).  Finds
 * only the module's own types.
 *
 * Returns: (transfer full): %NULL with @error FORMAT
 */
AnzTypeProvider *anz_btf_provider_new_split(const void *bytes, gsize len, const char *name,
					    AnzTypeProvider *base, GError **error);

/**
 * anz_btf_provider_new_elf:
 * @file: (transfer full): has section .BTF
 *
 * Returns: (transfer full): types and, if there is a .symtab, symbols; %NULL with @error
 * FORMAT, @file is freed then
 */
AnzTypeProvider *anz_btf_provider_new_elf(AnzElfFile *file, GError **error);

/**
 * anz_btf_read:
 * @start: kernel virtual address, @stop: behind its last byte
 * @name: what messages and people call it
 * @base: (nullable): what it is split from, as for anz_btf_provider_new_split()
 *
 * BTF in the memory of @image.
 *
 * Returns: (transfer full): %NULL with @error: NO_MEMORY_AT, FORMAT
 */
AnzTypeProvider *anz_btf_read(AnzImage *image, guint64 start, guint64 stop, const char *name,
			      AnzTypeProvider *base, GError **error);

/**
 * anz_btf_from_dump:
 * @kallsyms: symbols of @image
 *
 * The bytes from __start_BTF to __stop_BTF, which are in the kernel image.
 *
 * Returns: (transfer full): %NULL with @error: NO_DEBUG_INFO (a kernel without BTF),
 * NO_MEMORY_AT, FORMAT
 */
AnzTypeProvider *anz_btf_from_dump(AnzImage *image, AnzTypeProvider *kallsyms,
				   GError **error);

#endif
