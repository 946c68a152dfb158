/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Files that are no dump, told by how they begin: dumps that somebody packed, what virtual machines are
 * saved as, and the kernel's own file.  All have a next step.
 */
#include "image/foreign.h"

#include <elf.h>
#include <string.h>

#define PACKED "a compressed file, not a dump; decompress it first, with "
#define TO_DUMP "; have the machine's memory dumped instead, with 'virsh dump --memory-only' or QEMU's " \
	"dump-guest-memory"
#define VMWARE "the state of a VMware machine without its memory; make a core of it and the .vmem file " \
	"first, with 'vmss2core -N'"

typedef struct {
	guint offset, len;
	const char *magic;
	const char *what;
} Kind;

/*
 * QEVM: QEMU, migration/savevm.c; LibvirtQemud: libvirt, src/qemu/qemu_saveimage.h; HdrS:
 * Documentation/arch/x86/boot.rst; the others are the formats' own.
 */
static const Kind kinds[] = {
	{ 0, 2, "\x1f\x8b", PACKED "'gzip -d'" },
	{ 0, 6, "\xfd" "7zXZ", PACKED "'xz -d'" },
	{ 0, 4, "\x28\xb5\x2f\xfd", PACKED "'zstd -d'" },
	{ 0, 3, "BZh", PACKED "'bzip2 -d'" },
	{ 0, 4, "\x04\x22\x4d\x18", PACKED "'lz4 -d'" },
	{ 0, 4, "\x89LZO", PACKED "'lzop -d'" },
	{ 0, 4, "PK\3\4", PACKED "'unzip'" },
	{ 0, 6, "7z\xbc\xaf\x27\x1c", PACKED "'7z x'" },
	{ 257, 5, "ustar", "an archive, not a dump; unpack it first, with 'tar -x'" },
	{ 0, 12, "LibvirtQemud", "a machine that libvirt saved" TO_DUMP },
	{ 0, 4, "QEVM", "a machine that QEMU saved or migrated" TO_DUMP },
	{ 0, 4, "QFI\xfb", "the disk of a virtual machine (qcow2)" TO_DUMP },
	{ 0, 4, "\xd0\xbe\xd2\xbe", VMWARE },
	{ 0, 4, "\xd1\xba\xd1\xba", VMWARE },
	{ 0, 4, "\xd2\xbe\xd2\xbe", VMWARE },
	{ 0, 4, "\xd3\xbe\xd3\xbe", VMWARE },
	{ 0, 8, "PAGEDU64", "a crash dump of Windows" },
	{ 0, 8, "PAGEDUMP", "a crash dump of Windows" },
	{ 0x202, 4, "HdrS", "a kernel (bzImage), not a dump; name the dump" },
};

/* As people name one beside the dump who know crash(8). */
static gboolean is_program(const guint8 *head, gsize len)
{
	const guint8 *type = head + G_STRUCT_OFFSET(Elf64_Ehdr, e_type);
	guint16 value;

	if (len < sizeof(Elf32_Ehdr) || memcmp(head, ELFMAG, SELFMAG) != 0)
		return FALSE;
	value = head[EI_DATA] == ELFDATA2MSB ? type[0] << 8 | type[1] : type[1] << 8 | type[0];
	return value == ET_EXEC || value == ET_DYN;
}

const char *anz_foreign_describe(const AnzFile *file)
{
	guint8 head[0x206] = { 0 };
	gsize len = anz_file_read(file, 0, head, sizeof(head));

	for (guint i = 0; i < G_N_ELEMENTS(kinds); i++)
		if (kinds[i].offset + kinds[i].len <= len &&
		    memcmp(head + kinds[i].offset, kinds[i].magic, kinds[i].len) == 0)
			return kinds[i].what;
	return is_program(head, len) ? "an ELF program, not a dump; name a vmlinux with --vmlinux" : NULL;
}
