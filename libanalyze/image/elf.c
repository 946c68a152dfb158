/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ELF dumps: /proc/vmcore and its copies, QEMU's dump-guest-memory, "makedumpfile -E".
 *
 * Nothing is taken for granted about where things are: QEMU since 7.2 puts section headers before
 * the program headers (e_phoff is not 64), segments begin at any byte of file and memory, more
 * than 65534 of them are counted in section header 0 (PN_XNUM), and the kernel's text is often
 * described twice.
 *
 * p_filesz < p_memsz: the rest is memory without content.  makedumpfile -E ends a segment so where
 * 256 or more pages in a row were left out (write_elf_pages_cyclic(); shorter runs are stored
 * after all; it leaves no gaps between segments), QEMU where a filter cut.  makedumpfile counts
 * zero pages among them (-d 1), so such memory is EXCLUDED here and the image says
 * zero_is_ambiguous: the content may have been zeros or anything.
 */
#include "image/image-priv.h"
#include "image/interval.h"
#include "image/note.h"

#include <elf.h>
#include <string.h>

/* Notes hold some 400 bytes a CPU and VMCOREINFO; more than this is not a note segment. */
#define MAX_NOTE_BYTES ((guint64)256 << 20)
/* makedumpfile sets this bit of e_flags when it ran out of space (DUMP_ELF_INCOMPLETE). */
#define ELF_FLAG_INCOMPLETE 1

typedef struct {
	const AnzFile *file;
	gboolean is_64;
	gboolean is_big;
	guint64 phoff, shoff;
	guint32 phentsize, phnum, flags;
	guint16 type, machine;
} ElfHeader;

typedef struct {
	guint32 type;
	guint64 offset, vaddr, paddr, filesz, memsz;
} ElfSegment;

#define FIELD16(buf, T, f) anz_load16((const guint8 *)(buf) + G_STRUCT_OFFSET(T, f), h->is_big)
#define FIELD32(buf, T, f) anz_load32((const guint8 *)(buf) + G_STRUCT_OFFSET(T, f), h->is_big)
#define FIELD64(buf, T, f) anz_load64((const guint8 *)(buf) + G_STRUCT_OFFSET(T, f), h->is_big)

static gboolean read_header(ElfHeader *h, GError **error)
{
	guint8 buf[sizeof(Elf64_Ehdr)];
	gsize need = h->is_64 ? sizeof(Elf64_Ehdr) : sizeof(Elf32_Ehdr);

	if (!anz_file_read_all(h->file, 0, buf, need)) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_FORMAT,
			    "%s: truncated within its ELF header; copy the dump again",
			    h->file->path);
		return FALSE;
	}
	h->type = FIELD16(buf, Elf64_Ehdr, e_type);
	h->machine = FIELD16(buf, Elf64_Ehdr, e_machine);
	if (h->is_64) {
		h->phoff = FIELD64(buf, Elf64_Ehdr, e_phoff);
		h->shoff = FIELD64(buf, Elf64_Ehdr, e_shoff);
		h->flags = FIELD32(buf, Elf64_Ehdr, e_flags);
		h->phentsize = FIELD16(buf, Elf64_Ehdr, e_phentsize);
		h->phnum = FIELD16(buf, Elf64_Ehdr, e_phnum);
	} else {
		h->phoff = FIELD32(buf, Elf32_Ehdr, e_phoff);
		h->shoff = FIELD32(buf, Elf32_Ehdr, e_shoff);
		h->flags = FIELD32(buf, Elf32_Ehdr, e_flags);
		h->phentsize = FIELD16(buf, Elf32_Ehdr, e_phentsize);
		h->phnum = FIELD16(buf, Elf32_Ehdr, e_phnum);
	}
	if (h->phnum == PN_XNUM) {
		guint8 section[sizeof(Elf64_Shdr)];

		need = h->is_64 ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr);
		if (!anz_file_read_all(h->file, h->shoff, section, need)) {
			g_set_error(error, ANZ_ERROR, ANZ_ERROR_FORMAT,
				    "%s: truncated: the section header at 0x%" G_GINT64_MODIFIER
				    "x that counts the segments is missing; copy the dump again",
				    h->file->path, h->shoff);
			return FALSE;
		}
		h->phnum = h->is_64 ? FIELD32(section, Elf64_Shdr, sh_info) :
				      FIELD32(section, Elf32_Shdr, sh_info);
	}
	if (h->type != ET_CORE) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_FORMAT,
			    "%s: is an ELF file of type %u, not a core dump", h->file->path, h->type);
		return FALSE;
	}
	need = h->is_64 ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr);
	if (h->phnum == 0 || h->phentsize < need) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_FORMAT,
			    "%s: ELF core with %u program headers of %u bytes: not a dump of "
			    "memory", h->file->path, h->phnum, h->phentsize);
		return FALSE;
	}
	if (h->phoff > h->file->size ||
	    (h->file->size - h->phoff) / h->phentsize < h->phnum) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_FORMAT,
			    "%s: truncated: %u program headers should be at 0x%"
			    G_GINT64_MODIFIER "x, but the file has only 0x%" G_GINT64_MODIFIER
			    "x bytes; copy the dump again", h->file->path, h->phnum, h->phoff,
			    h->file->size);
		return FALSE;
	}
	return TRUE;
}

static gboolean read_segment(const ElfHeader *h, guint32 i, ElfSegment *seg)
{
	guint8 buf[sizeof(Elf64_Phdr)];
	gsize need = h->is_64 ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr);

	if (!anz_file_read_all(h->file, h->phoff + (guint64)i * h->phentsize, buf, need))
		return FALSE;
	seg->type = FIELD32(buf, Elf64_Phdr, p_type);
	if (h->is_64) {
		seg->offset = FIELD64(buf, Elf64_Phdr, p_offset);
		seg->vaddr = FIELD64(buf, Elf64_Phdr, p_vaddr);
		seg->paddr = FIELD64(buf, Elf64_Phdr, p_paddr);
		seg->filesz = FIELD64(buf, Elf64_Phdr, p_filesz);
		seg->memsz = FIELD64(buf, Elf64_Phdr, p_memsz);
	} else {
		seg->offset = FIELD32(buf, Elf32_Phdr, p_offset);
		seg->vaddr = FIELD32(buf, Elf32_Phdr, p_vaddr);
		seg->paddr = FIELD32(buf, Elf32_Phdr, p_paddr);
		seg->filesz = FIELD32(buf, Elf32_Phdr, p_filesz);
		seg->memsz = FIELD32(buf, Elf32_Phdr, p_memsz);
	}
	return TRUE;
}

static void take_notes(AnzImage *image, const ElfHeader *h, const ElfSegment *seg)
{
	g_autofree guint8 *copy = NULL;
	const guint8 *notes;
	gsize len = MIN(seg->filesz, MAX_NOTE_BYTES);

	if (seg->offset >= h->file->size)
		return;
	len = MIN(len, h->file->size - seg->offset);
	notes = anz_file_map_all(h->file, seg->offset, len);
	if (!notes) {
		copy = g_try_malloc(len);
		if (!copy)
			return;
		len = anz_file_read(h->file, seg->offset, copy, len);
		notes = copy;
	}
	anz_image_take_notes(image, notes, len);
}

/* One PT_LOAD into what is stored and what is only described. */
static void take_load(AnzImage *image, const ElfSegment *seg, GArray *present, GArray *excluded)
{
	AnzInterval it = { .start = seg->paddr, .pos = seg->offset };
	guint64 memsz = MAX(seg->memsz, seg->filesz), filesz = seg->filesz;

	/* /proc/kcore gives -1 to segments that are virtual only (vmalloc, vmemmap). */
	if (seg->paddr == G_MAXUINT64 || memsz == 0)
		return;
	if (seg->paddr >= ANZ_PADDR_END || memsz > ANZ_PADDR_END - seg->paddr ||
	    seg->offset > G_MAXINT64 || filesz > G_MAXINT64 - seg->offset) {
		anz_image_log(image, "%s: segment at physical 0x%" G_GINT64_MODIFIER "x of 0x%"
			      G_GINT64_MODIFIER "x bytes is beyond any machine's memory: left "
			      "out", image->shared->name, seg->paddr, memsz);
		return;
	}
	it.end = it.start + filesz;
	g_array_append_val(present, it);
	it.start = it.end;
	it.end = seg->paddr + memsz;
	if (it.start < it.end)
		g_array_append_val(excluded, it);
}

/* Where the file says that a segment was mapped; ~0 as physical address says that it has none. */
static void take_mapping(const ElfSegment *seg, GArray *mappings)
{
	AnzInterval it = { .start = seg->vaddr, .pos = seg->paddr };
	guint64 memsz = MAX(seg->memsz, seg->filesz);

	if (seg->paddr >= ANZ_PADDR_END || memsz > ANZ_PADDR_END - seg->paddr ||
	    seg->vaddr > G_MAXUINT64 - memsz)
		return;
	it.end = it.start + memsz;
	g_array_append_val(mappings, it);
}

static void set_machine(AnzImage *image, const ElfHeader *h)
{
	static const struct { guint16 machine; const char *name; } names[] = {
		{ EM_386, "i386" }, { EM_ARM, "arm" }, { EM_PPC, "ppc" }, { EM_PPC64, "ppc64" },
		{ EM_S390, "s390x" }, { EM_RISCV, "riscv64" }, { EM_MIPS, "mips" },
		{ 258, "loongarch64" },
	};

	if (h->machine == EM_X86_64 && h->is_64) {
		anz_image_set_arch(image, ANZ_ARCH_X86_64, "x86_64");
		return;
	}
	if (h->machine == EM_AARCH64 && h->is_64) {
		anz_image_set_machine(image, h->is_big ? "aarch64_be" : "aarch64");
		return;
	}
	for (guint i = 0; i < G_N_ELEMENTS(names); i++)
		if (names[i].machine == h->machine) {
			anz_image_set_arch(image, ANZ_ARCH_OTHER, names[i].name);
			return;
		}
	anz_image_set_arch(image, ANZ_ARCH_OTHER, "unknown");
}

AnzProbe anz_elf_open(AnzImage *image, GError **error)
{
	AnzImageShared *shared = image->shared;
	ElfHeader header = { .file = g_ptr_array_index(shared->files, 0) }, *h = &header;
	g_autoptr(GArray) present = NULL, excluded = NULL, mappings = NULL;
	guint8 ident[EI_NIDENT];
	guint nr_loads = 0, nr_paddr = 0;

	if (!anz_file_read_all(h->file, 0, ident, sizeof(ident)) ||
	    memcmp(ident, ELFMAG, SELFMAG) != 0)
		return ANZ_PROBE_NO;
	h->is_64 = ident[EI_CLASS] == ELFCLASS64;
	h->is_big = ident[EI_DATA] == ELFDATA2MSB;
	if (!read_header(h, error))
		return ANZ_PROBE_ERROR;
	if (shared->files->len > 1) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_ARGUMENT,
			    "%s: is an ELF dump, which has one file only; several files are for "
			    "the parts of one split kdump-compressed dump", h->file->path);
		return ANZ_PROBE_ERROR;
	}
	shared->is_big = h->is_big;
	shared->is_order_stated = TRUE;
	set_machine(image, h);

	present = g_array_new(FALSE, FALSE, sizeof(AnzInterval));
	excluded = g_array_new(FALSE, FALSE, sizeof(AnzInterval));
	mappings = g_array_new(FALSE, FALSE, sizeof(AnzInterval));
	for (guint32 i = 0; i < h->phnum; i++) {
		ElfSegment seg;

		if (!read_segment(h, i, &seg))
			break;
		if (seg.type == PT_NOTE)
			take_notes(image, h, &seg);
		if (seg.type != PT_LOAD)
			continue;
		nr_loads++;
		nr_paddr += seg.paddr != 0;
		take_load(image, &seg, present, excluded);
		take_mapping(&seg, mappings);
	}
	if (present->len == 0 && excluded->len == 0) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_FORMAT,
			    "%s: ELF core without any memory of a machine in it", h->file->path);
		return ANZ_PROBE_ERROR;
	}
	/* Cores of processes have segments by virtual address and 0 for the physical. */
	if (nr_loads > 1 && nr_paddr == 0) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_FORMAT,
			    "%s: is the core of a process, not of a kernel: no segment has a "
			    "physical address", h->file->path);
		return ANZ_PROBE_ERROR;
	}
	shared->segments = anz_intervals_flatten(mappings);
	anz_extents_new(image, g_steal_pointer(&present), g_steal_pointer(&excluded));
	if (h->flags & ELF_FLAG_INCOMPLETE || h->file->is_truncated)
		shared->is_incomplete = TRUE;
	shared->is_cut_short = shared->is_incomplete;
	shared->format = g_strconcat("ELF", h->file->is_flattened ? ", flattened" : "",
				     shared->is_incomplete ? ", incomplete" : "", NULL);
	return ANZ_PROBE_YES;
}
