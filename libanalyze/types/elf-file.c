/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Opening an ELF file and saying in words what is wrong with it.
 *
 * People pass what lies in /boot, which is a compressed kernel without debug info, or the
 * dump itself; both get a message of their own.  All section bounds are compared with the
 * size of the file once, here, so that a half-copied vmlinux is called that and not "no
 * DWARF".
 */
#include "types/elf-file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

/* A build-id is 20 bytes (SHA-1) or 16 (MD5, UUID); anything up to this is taken. */
#define BUILD_ID_MAX 64

/*
 * What a file that is not ELF is instead.  bzImage: Documentation/arch/x86/boot.rst (boot
 * flag at 0x1fe, "HdrS" at 0x202); arm64 Image: Documentation/arch/arm64/booting.rst
 * (magic at 0x38); EFI zboot: drivers/firmware/efi/libstub/zboot-header.S ("zimg" at 4).
 */
static const char *describe_non_elf(const guint8 *head, gsize len)
{
	if (len >= 0x206 && head[0x1fe] == 0x55 && head[0x1ff] == 0xaa &&
	    memcmp(head + 0x202, "HdrS", 4) == 0)
		return "a compressed kernel image (bzImage)";
	if (len >= 0x40 && memcmp(head + 0x38, "ARM\x64", 4) == 0)
		return "a bare kernel image (arm64 Image)";
	if (len >= 8 && memcmp(head, "MZ", 2) == 0 && memcmp(head + 4, "zimg", 4) == 0)
		return "a compressed kernel image (EFI zboot)";
	if (len >= 6 &&
	    (memcmp(head, "\x1f\x8b", 2) == 0 || memcmp(head, "BZh", 3) == 0 ||
	     memcmp(head, "\xfd" "7zXZ", 5) == 0 ||
	     memcmp(head, "\x28\xb5\x2f\xfd", 4) == 0))
		return "a compressed file";
	return NULL;
}

static gboolean fail_non_elf(const char *path, const guint8 *head, gsize len,
			     GError **error)
{
	const char *what = describe_non_elf(head, len);

	if (len == 0)
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_FORMAT, "%s is empty", path);
	else if (what)
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_FORMAT,
			    "%s: this is %s; memdesc needs the uncompressed vmlinux with "
			    "debug info (Debian: package linux-image-RELEASE-dbg, file "
			    "/usr/lib/debug/boot/vmlinux-RELEASE)", path, what);
	else if ((len >= 8 && memcmp(head, "KDUMP   ", 8) == 0) ||
		 (len >= 12 && memcmp(head, "makedumpfile", 12) == 0))
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_FORMAT,
			    "%s is a dump, not type information; name the vmlinux of the "
			    "dumped kernel instead", path);
	else
		g_set_error(
			error, ANZ_ERROR, ANZ_ERROR_FORMAT,
			"%s is not an ELF file; name the vmlinux of the dumped kernel",
			path);
	return FALSE;
}

/* NT_GNU_BUILD_ID among the notes in @data. */
static char *build_id_in_notes(Elf_Data *data)
{
	GElf_Nhdr nhdr;
	size_t name_off, desc_off, pos = 0;

	while (data && (pos = gelf_getnote(data, pos, &nhdr, &name_off, &desc_off)) > 0) {
		if (nhdr.n_type != NT_GNU_BUILD_ID || nhdr.n_namesz != 4 ||
		    nhdr.n_descsz == 0 || nhdr.n_descsz > BUILD_ID_MAX ||
		    memcmp((const char *)data->d_buf + name_off, "GNU", 4) != 0)
			continue;

		const guint8 *id = (const guint8 *)data->d_buf + desc_off;
		GString *hex = g_string_new(NULL);

		for (guint i = 0; i < nhdr.n_descsz; i++)
			g_string_append_printf(hex, "%02x", id[i]);
		return g_string_free(hex, FALSE);
	}
	return NULL;
}

/*
 * The kernel keeps the id in .notes; other files in .note.gnu.build-id.  Files without
 * sections have it in a PT_NOTE segment.
 */
static char *find_build_id(AnzElfFile *file)
{
	Elf_Scn *scn = NULL;
	GElf_Shdr shdr;
	GElf_Phdr phdr;
	size_t nr_phdrs = 0;

	while ((scn = elf_nextscn(file->elf, scn))) {
		if (!gelf_getshdr(scn, &shdr) || shdr.sh_type != SHT_NOTE)
			continue;
		char *id = build_id_in_notes(elf_getdata(scn, NULL));
		if (id)
			return id;
	}

	/*
	 * In a debug file (objcopy --only-keep-debug) the offsets of segments mean
	 * nothing, but there the section is always present.
	 */
	if (elf_getphdrnum(file->elf, &nr_phdrs) != 0)
		return NULL;
	for (size_t i = 0; i < nr_phdrs; i++) {
		if (!gelf_getphdr(file->elf, (int)i, &phdr) || phdr.p_type != PT_NOTE)
			continue;
		if (phdr.p_offset > file->size ||
		    phdr.p_filesz > file->size - phdr.p_offset)
			continue;
		char *id = build_id_in_notes(elf_getdata_rawchunk(
			file->elf, (int64_t)phdr.p_offset, phdr.p_filesz,
			phdr.p_align == 8 ? ELF_T_NHDR8 : ELF_T_NHDR));
		if (id)
			return id;
	}
	return NULL;
}

/*
 * .gnu_debuglink: a file name, its NUL, padding to four bytes, CRC in the file's byte
 * order.
 */
static void read_debuglink(AnzElfFile *file)
{
	GElf_Shdr shdr;
	Elf_Scn *scn = anz_elf_file_section(file, ".gnu_debuglink", &shdr);
	Elf_Data *data = scn ? elf_rawdata(scn, NULL) : NULL;

	if (!data || !data->d_buf || data->d_size < 8)
		return;

	gsize len = strnlen(data->d_buf, data->d_size);
	gsize crc_off = (len + 4) & ~(gsize)3;
	guint32 crc;

	if (len == 0 || crc_off > data->d_size - 4 || memchr(data->d_buf, '/', len))
		return;
	memcpy(&crc, (const guint8 *)data->d_buf + crc_off, 4);
	file->debuglink = g_strndup(data->d_buf, len);
	file->debuglink_crc = file->big_endian ? GUINT32_FROM_BE(crc) :
						 GUINT32_FROM_LE(crc);
}

/* Section headers and the bytes they speak of must lie within the file. */
static gboolean check_whole(AnzElfFile *file, const GElf_Ehdr *ehdr, GError **error)
{
	Elf_Scn *scn = NULL;
	GElf_Shdr shdr;
	gsize entry = ehdr->e_ident[EI_CLASS] == ELFCLASS64 ? sizeof(Elf64_Shdr) :
							      sizeof(Elf32_Shdr);

	if (ehdr->e_shoff &&
	    (ehdr->e_shoff > file->size ||
	     file->size - ehdr->e_shoff < entry * MAX(ehdr->e_shnum, 1))) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_FORMAT,
			    "%s is truncated: its section headers are at "
			    "0x%" G_GINT64_MODIFIER
			    "x, the file ends at 0x%" G_GSIZE_MODIFIER "x; copy it again",
			    file->path, (guint64)ehdr->e_shoff, file->size);
		return FALSE;
	}
	while ((scn = elf_nextscn(file->elf, scn))) {
		if (!gelf_getshdr(scn, &shdr) || shdr.sh_type == SHT_NOBITS)
			continue;
		if (shdr.sh_offset <= file->size &&
		    shdr.sh_size <= file->size - shdr.sh_offset)
			continue;
		g_set_error(
			error, ANZ_ERROR, ANZ_ERROR_FORMAT,
			"%s is truncated: section %zu reaches to 0x%" G_GINT64_MODIFIER
			"x, the file ends at 0x%" G_GSIZE_MODIFIER "x; copy it again",
			file->path, elf_ndxscn(scn),
			(guint64)(shdr.sh_offset + shdr.sh_size), file->size);
		return FALSE;
	}
	return TRUE;
}

Elf_Scn *anz_elf_file_section(AnzElfFile *file, const char *name, GElf_Shdr *shdr)
{
	Elf_Scn *scn = NULL;
	size_t strndx;

	if (elf_getshdrstrndx(file->elf, &strndx) != 0)
		return NULL;
	while ((scn = elf_nextscn(file->elf, scn))) {
		if (!gelf_getshdr(scn, shdr) || shdr->sh_type == SHT_NOBITS ||
		    shdr->sh_size == 0)
			continue;
		const char *have = elf_strptr(file->elf, strndx, shdr->sh_name);
		if (have && strcmp(have, name) == 0)
			return scn;
	}
	return NULL;
}

static gboolean look_into(AnzElfFile *file, GError **error)
{
	GElf_Ehdr ehdr;
	GElf_Shdr shdr;

	if (!gelf_getehdr(file->elf, &ehdr)) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_FORMAT, "%s: bad ELF header: %s",
			    file->path, elf_errmsg(-1));
		return FALSE;
	}
	file->type = ehdr.e_type;
	file->big_endian = ehdr.e_ident[EI_DATA] == ELFDATA2MSB;
	if (ehdr.e_type == ET_CORE) {
		g_set_error(
			error, ANZ_ERROR, ANZ_ERROR_FORMAT,
			"%s is a core file, not type information; name the vmlinux of "
			"the dumped kernel instead",
			file->path);
		return FALSE;
	}
	if (!check_whole(file, &ehdr, error))
		return FALSE;

	file->build_id = find_build_id(file);
	file->has_dwarf = anz_elf_file_section(file, ".debug_info", &shdr) ||
			  anz_elf_file_section(file, ".zdebug_info", &shdr);
	file->has_btf = anz_elf_file_section(file, ".BTF", &shdr) != NULL;
	file->has_symtab = anz_elf_file_section(file, ".symtab", &shdr) != NULL;
	read_debuglink(file);
	return TRUE;
}

AnzElfFile *anz_elf_file_open(const char *path, GError **error)
{
	guint8 head[0x210] = { 0 };
	struct stat st;
	g_autoptr(AnzElfFile) file = g_new0(AnzElfFile, 1);

	file->path = g_strdup(path);
	file->fd = g_open(path, O_RDONLY | O_CLOEXEC, 0);
	if (file->fd < 0 || fstat(file->fd, &st) != 0) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_IO, "cannot open %s: %s", path,
			    g_strerror(errno));
		return NULL;
	}
	if (!S_ISREG(st.st_mode)) {
		g_set_error(
			error, ANZ_ERROR, ANZ_ERROR_IO,
			"%s is not a regular file; name the vmlinux of the dumped kernel",
			path);
		return NULL;
	}
	file->size = (gsize)st.st_size;

	ssize_t got = pread(file->fd, head, sizeof(head), 0);
	if (got < 0) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_IO, "cannot read %s: %s", path,
			    g_strerror(errno));
		return NULL;
	}
	if (got < SELFMAG || memcmp(head, ELFMAG, SELFMAG) != 0) {
		fail_non_elf(path, head, (gsize)got, error);
		return NULL;
	}

	elf_version(EV_CURRENT);
	file->elf = elf_begin(file->fd, ELF_C_READ_MMAP, NULL);
	if (!file->elf || elf_kind(file->elf) != ELF_K_ELF) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_FORMAT,
			    "%s: not a usable ELF file: %s", path, elf_errmsg(-1));
		return NULL;
	}
	if (!look_into(file, error))
		return NULL;
	return g_steal_pointer(&file);
}

AnzElfFile *anz_elf_file_open_memory(const void *bytes, gsize size, GError **error)
{
	g_autoptr(AnzElfFile) file = g_new0(AnzElfFile, 1);

	file->path = g_strdup("(memory)");
	file->fd = -1;
	file->size = size;
	if (size < EI_NIDENT || memcmp(bytes, ELFMAG, SELFMAG) != 0) {
		fail_non_elf(file->path, bytes, size, error);
		return NULL;
	}

	elf_version(EV_CURRENT);
	file->elf = elf_memory((char *)bytes, size);
	if (!file->elf || elf_kind(file->elf) != ELF_K_ELF) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_FORMAT,
			    "%s: not a usable ELF file: %s", file->path, elf_errmsg(-1));
		return NULL;
	}
	if (!look_into(file, error))
		return NULL;
	return g_steal_pointer(&file);
}

void anz_elf_file_free(AnzElfFile *file)
{
	if (!file)
		return;
	if (file->elf)
		elf_end(file->elf);
	if (file->fd >= 0)
		close(file->fd);
	g_free(file->path);
	g_free(file->build_id);
	g_free(file->debuglink);
	g_free(file);
}

guint32 anz_elf_file_crc32(AnzElfFile *file)
{
	guint32 table[256];
	guint32 crc = ~0u;
	size_t size = 0;
	const guint8 *bytes = (const guint8 *)elf_rawfile(file->elf, &size);

	for (guint32 i = 0; i < G_N_ELEMENTS(table); i++) {
		guint32 c = i;

		for (int bit = 0; bit < 8; bit++)
			c = c & 1 ? 0xedb88320u ^ (c >> 1) : c >> 1;
		table[i] = c;
	}
	for (size_t i = 0; bytes && i < size; i++)
		crc = table[(crc ^ bytes[i]) & 0xff] ^ (crc >> 8);
	return ~crc;
}
