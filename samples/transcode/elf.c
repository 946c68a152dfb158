/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The dump as an ELF core, as QEMU writes them: notes, then one segment for each stretch of memory.
 * Pages of zeros become holes of the file where the file system has such.
 */
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "transcode.h"

#define CHUNK_BYTES (1u << 20)
#define MAX_SEGMENTS 65000

static void add_note(GByteArray *notes, const char *name, guint32 type, const void *desc,
		     guint32 desc_len)
{
	static const guint8 zeros[4];
	Elf64_Nhdr header = { .n_namesz = strlen(name) + 1, .n_descsz = desc_len, .n_type = type };

	g_byte_array_append(notes, (const guint8 *)&header, sizeof(header));
	g_byte_array_append(notes, (const guint8 *)name, header.n_namesz);
	g_byte_array_append(notes, zeros, -header.n_namesz & 3);
	g_byte_array_append(notes, desc, desc_len);
	g_byte_array_append(notes, zeros, -desc_len & 3);
}

/* All notes of @elf but VMCOREINFO: registers of the CPUs, and what else a dumper left. */
static void copy_notes(Elf *elf, GByteArray *notes)
{
	size_t nr = 0;

	if (elf_getphdrnum(elf, &nr))
		return;
	for (size_t i = 0; i < nr; i++) {
		size_t at = 0, name, desc;
		Elf_Data *data;
		GElf_Phdr ph;
		GElf_Nhdr nh;

		if (!gelf_getphdr(elf, i, &ph) || ph.p_type != PT_NOTE)
			continue;
		data = elf_getdata_rawchunk(elf, ph.p_offset, ph.p_filesz, ELF_T_NHDR);
		while (data && (at = gelf_getnote(data, at, &nh, &name, &desc))) {
			g_autofree char *text = g_strndup((char *)data->d_buf + name, nh.n_namesz);

			if (strcmp(text, "VMCOREINFO"))
				add_note(notes, text, nh.n_type, (char *)data->d_buf + desc,
					 nh.n_descsz);
		}
	}
}

static GByteArray *make_notes(const char *vmcoreinfo, const char *notes_from)
{
	GByteArray *notes = g_byte_array_new();
	int fd = g_open(notes_from, O_RDONLY | O_CLOEXEC, 0);
	Elf *elf;

	elf_version(EV_CURRENT);
	elf = fd >= 0 ? elf_begin(fd, ELF_C_READ, NULL) : NULL;
	if (elf && elf_kind(elf) == ELF_K_ELF)
		copy_notes(elf, notes);
	elf_end(elf);
	if (fd >= 0)
		close(fd);
	add_note(notes, "VMCOREINFO", 0, vmcoreinfo, strlen(vmcoreinfo));
	return notes;
}

static void add_segment(GArray *segments, guint page_shift, guint64 pfn, guint64 nr,
			gboolean has_content)
{
	Elf64_Phdr segment = {
		.p_type = PT_LOAD, .p_paddr = pfn << page_shift, .p_vaddr = pfn << page_shift,
		.p_memsz = nr << page_shift, .p_filesz = has_content ? nr << page_shift : 0,
	};

	g_array_append_val(segments, segment);
}

static GArray *make_segments(Transcoder *t, GError **error)
{
	g_autoptr(GArray) segments = g_array_new(FALSE, TRUE, sizeof(Elf64_Phdr));
	g_autoptr(AnzQuery) query = anz_store_query(
		t->store, "SELECT pfn, pages, state FROM memory_range "
			  "WHERE snapshot = :snapshot AND state <> 'lost' ORDER BY pfn", error);
	GError *problem = NULL;
	guint64 first, nr;

	g_array_set_size(segments, 1);	/* the notes */
	if (!query)
		return NULL;
	while (anz_query_next(query, &problem))
		add_segment(segments, t->page_shift, anz_query_int(query, 0),
			    anz_query_int(query, 1), !g_strcmp0(anz_query_text(query, 2), "present"));
	if (problem) {
		g_propagate_error(error, problem);
		return NULL;
	}
	nr = memory_nr_added(t->memory, &first);
	add_segment(segments, t->page_shift, first, nr, TRUE);
	if (segments->len > MAX_SEGMENTS) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_UNSUPPORTED,
			    "%u stretches of memory are more than an ELF header can count; give a dump "
			    "that is not filtered", segments->len);
		return NULL;
	}
	return g_steal_pointer(&segments);
}

static gboolean write_at(int fd, guint64 offset, const void *data, gsize len)
{
	const guint8 *from = data;

	while (len) {
		ssize_t done = pwrite(fd, from, len, offset);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return FALSE;
		from += done;
		offset += done;
		len -= done;
	}
	return TRUE;
}

static gboolean is_zero(const guint8 *data, gsize len)
{
	return !data[0] && !memcmp(data, data + 1, len - 1);
}

static gboolean write_segment(Transcoder *t, int fd, const Elf64_Phdr *segment, guint8 *buf,
			      GError **error)
{
	guint shift = t->page_shift;
	guint64 pfn = segment->p_paddr >> shift, left = segment->p_filesz >> shift;
	guint64 offset = segment->p_offset;

	while (left) {
		guint nr = MIN(left, CHUNK_BYTES >> shift);

		if (!memory_read_pages(t->memory, pfn, nr, buf)) {
			g_set_error(error, ANZ_ERROR, ANZ_ERROR_NO_MEMORY_AT,
				    "frames from %" G_GUINT64_FORMAT " on should be in the dump, but "
				    "cannot be read", pfn);
			return FALSE;
		}
		if (!is_zero(buf, (gsize)nr << shift) &&
		    !write_at(fd, offset, buf, (gsize)nr << shift))
			return FALSE;
		pfn += nr;
		left -= nr;
		offset += (guint64)nr << shift;
	}
	return TRUE;
}

static gboolean write_file(Transcoder *t, int fd, const GByteArray *notes, GArray *segments,
			   GError **error)
{
	g_autofree char *arch = anz_store_meta(t->store, "kernel.arch");
	g_autofree guint8 *buf = g_malloc(CHUNK_BYTES);
	Elf64_Phdr *ph = (Elf64_Phdr *)segments->data;
	guint64 page_bytes = 1ull << t->page_shift, offset;
	Elf64_Ehdr header = {
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
		.e_type = ET_CORE,
		.e_machine = g_strcmp0(arch, "aarch64") ? EM_X86_64 : EM_AARCH64,
		.e_version = EV_CURRENT, .e_phoff = sizeof(header), .e_ehsize = sizeof(header),
		.e_phentsize = sizeof(*ph), .e_phnum = segments->len,
	};

	offset = sizeof(header) + segments->len * sizeof(*ph);
	ph[0] = (Elf64_Phdr){ .p_type = PT_NOTE, .p_offset = offset, .p_filesz = notes->len,
			      .p_memsz = notes->len };
	offset = (offset + notes->len + page_bytes - 1) & ~(page_bytes - 1);
	for (guint i = 1; i < segments->len; i++) {
		ph[i].p_offset = offset;
		offset += ph[i].p_filesz;
	}
	if (ftruncate(fd, offset) || !write_at(fd, 0, &header, sizeof(header)) ||
	    !write_at(fd, sizeof(header), ph, segments->len * sizeof(*ph)) ||
	    !write_at(fd, ph[0].p_offset, notes->data, notes->len))
		return FALSE;
	for (guint i = 1; i < segments->len; i++)
		if (!write_segment(t, fd, &ph[i], buf, error))
			return FALSE;
	return TRUE;
}

gboolean elf_write(Transcoder *t, const char *vmcoreinfo, const char *notes_from, const char *path,
		   GError **error)
{
	g_autoptr(GByteArray) notes = make_notes(vmcoreinfo, notes_from);
	g_autoptr(GArray) segments = make_segments(t, error);
	GError *problem = NULL;
	int fd, failure = 0;

	if (!segments)
		return FALSE;
	fd = g_open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (fd < 0 || !write_file(t, fd, notes, segments, &problem))
		failure = errno ? errno : EIO;
	/* A file system may say only now that it is full. */
	if (fd >= 0 && close(fd) && !failure)
		failure = errno;
	if (problem)
		g_propagate_error(error, problem);
	else if (failure)
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_IO, "%s: %s", path, g_strerror(failure));
	return !problem && !failure;
}
