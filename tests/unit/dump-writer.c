/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Writers of ELF, kdump-compressed and flattened dumps, after the formats' own descriptions
 * (elf(5); diskdump_mod.h and makedumpfile.h of makedumpfile).
 */
#include "dump-writer.h"

#include <elf.h>
#include <libdeflate.h>
#include <lzo/lzo1x.h>
#include <snappy-c.h>
#include <string.h>
#include <zstd.h>

DumpWriter *dump_writer_new(guint page_shift)
{
	DumpWriter *w = g_new0(DumpWriter, 1);

	w->page_shift = page_shift;
	w->elf_machine = EM_X86_64;
	w->machine = "x86_64";
	w->prstatus_bytes = 336;
	w->pages = g_array_new(FALSE, TRUE, sizeof(DumpPage));
	return w;
}

void dump_writer_free(DumpWriter *w)
{
	for (guint i = 0; i < w->pages->len; i++)
		g_free(g_array_index(w->pages, DumpPage, i).bytes);
	g_array_unref(w->pages);
	g_free(w->vmcoreinfo);
	g_free(w);
}

static gsize page_bytes(const DumpWriter *w)
{
	return (gsize)1 << w->page_shift;
}

static DumpPage *insert(DumpWriter *w, guint64 pfn)
{
	DumpPage page = { .pfn = pfn };
	guint i = 0;

	while (i < w->pages->len && g_array_index(w->pages, DumpPage, i).pfn < pfn)
		i++;
	if (i == w->pages->len || g_array_index(w->pages, DumpPage, i).pfn != pfn)
		g_array_insert_val(w->pages, i, page);
	return &g_array_index(w->pages, DumpPage, i);
}

guint8 *dump_writer_page(DumpWriter *w, guint64 pfn)
{
	DumpPage *page = insert(w, pfn);

	page->is_excluded = FALSE;
	if (!page->bytes)
		page->bytes = g_malloc0(page_bytes(w));
	return page->bytes;
}

guint8 *dump_writer_filled(DumpWriter *w, guint64 pfn)
{
	guint8 *bytes = dump_writer_page(w, pfn);
	guint64 x = pfn * 0x9e3779b97f4a7c15 + 1;

	for (gsize i = 0; i < page_bytes(w); i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		bytes[i] = i % 16 < 6 ? x : i / 64;
	}
	return bytes;
}

void dump_writer_exclude(DumpWriter *w, guint64 pfn)
{
	DumpPage *page = insert(w, pfn);

	g_clear_pointer(&page->bytes, g_free);
	page->is_excluded = TRUE;
}

static void put16(guint8 *at, guint16 v, gboolean big)
{
	v = big ? GUINT16_TO_BE(v) : GUINT16_TO_LE(v);
	memcpy(at, &v, sizeof(v));
}

static void put32(guint8 *at, guint32 v, gboolean big)
{
	v = big ? GUINT32_TO_BE(v) : GUINT32_TO_LE(v);
	memcpy(at, &v, sizeof(v));
}

static void put64(guint8 *at, guint64 v, gboolean big)
{
	v = big ? GUINT64_TO_BE(v) : GUINT64_TO_LE(v);
	memcpy(at, &v, sizeof(v));
}

void dump_writer_store64(DumpWriter *w, guint64 paddr, guint64 value)
{
	put64(dump_writer_page(w, paddr >> w->page_shift) + (paddr & (page_bytes(w) - 1)), value,
	      w->is_big);
}

const DumpPage *dump_writer_find(const DumpWriter *w, guint64 pfn)
{
	for (guint i = 0; i < w->pages->len; i++)
		if (g_array_index(w->pages, DumpPage, i).pfn == pfn)
			return &g_array_index(w->pages, DumpPage, i);
	return NULL;
}

static void pad(GByteArray *out, gsize align)
{
	static const guint8 zeros[65536];

	while (out->len % align)
		g_byte_array_append(out, zeros, MIN(align - out->len % align, sizeof(zeros)));
}

void dump_writer_add_note(GByteArray *out, gboolean big, const char *name, guint32 type,
			  const void *desc, gsize len)
{
	guint8 head[12];

	put32(head, strlen(name) + 1, big);
	put32(head + 4, len, big);
	put32(head + 8, type, big);
	g_byte_array_append(out, head, sizeof(head));
	g_byte_array_append(out, (const guint8 *)name, strlen(name) + 1);
	pad(out, 4);
	g_byte_array_append(out, desc, len);
	pad(out, 4);
}

static GByteArray *make_notes(const DumpWriter *w)
{
	GByteArray *notes = g_byte_array_new();
	g_autofree guint8 *prstatus = g_malloc0(w->prstatus_bytes + 1);

	if (w->prstatus_bytes)
		dump_writer_add_note(notes, w->is_big, "CORE", NT_PRSTATUS, prstatus,
				     w->prstatus_bytes);
	if (w->vmcoreinfo)
		dump_writer_add_note(notes, w->is_big, "VMCOREINFO", 0, w->vmcoreinfo,
				     strlen(w->vmcoreinfo));
	return notes;
}

typedef struct {
	guint32 type;
	guint64 offset, vaddr, paddr, filesz, memsz;
} Segment;

static void put_phdr(GByteArray *out, const Segment *s, DumpElfFlags flags, gboolean big)
{
	guint8 b[sizeof(Elf64_Phdr)] = { 0 };

	put32(b, s->type, big);
	if (flags & DUMP_ELF_32) {
		put32(b + G_STRUCT_OFFSET(Elf32_Phdr, p_offset), s->offset, big);
		put32(b + G_STRUCT_OFFSET(Elf32_Phdr, p_paddr), s->paddr, big);
		put32(b + G_STRUCT_OFFSET(Elf32_Phdr, p_filesz), s->filesz, big);
		put32(b + G_STRUCT_OFFSET(Elf32_Phdr, p_memsz), s->memsz, big);
		g_byte_array_append(out, b, sizeof(Elf32_Phdr));
		return;
	}
	put64(b + G_STRUCT_OFFSET(Elf64_Phdr, p_offset), s->offset, big);
	put64(b + G_STRUCT_OFFSET(Elf64_Phdr, p_vaddr), s->vaddr, big);
	put64(b + G_STRUCT_OFFSET(Elf64_Phdr, p_paddr), s->paddr, big);
	put64(b + G_STRUCT_OFFSET(Elf64_Phdr, p_filesz), s->filesz, big);
	put64(b + G_STRUCT_OFFSET(Elf64_Phdr, p_memsz), s->memsz, big);
	g_byte_array_append(out, b, sizeof(Elf64_Phdr));
}

/* A segment is a run of pages; from the first excluded one on it has no content. */
static GArray *make_segments(const DumpWriter *w, DumpElfFlags flags)
{
	GArray *segments = g_array_new(FALSE, TRUE, sizeof(Segment));
	guint64 next = G_MAXUINT64;

	for (guint i = 0; i < w->pages->len; i++) {
		const DumpPage *p = &g_array_index(w->pages, DumpPage, i);
		Segment *last = segments->len ? &g_array_index(segments, Segment,
							       segments->len - 1) : NULL;

		if (!last || p->pfn != next || flags & DUMP_ELF_PAGE_SEGMENTS ||
		    (!p->is_excluded && last->filesz < last->memsz)) {
			Segment s = { .type = PT_LOAD, .paddr = p->pfn << w->page_shift };

			if (w->vaddr_offset)
				s.vaddr = s.paddr + w->vaddr_offset;
			g_array_append_val(segments, s);
			last = &g_array_index(segments, Segment, segments->len - 1);
		}
		last->memsz += page_bytes(w);
		if (!p->is_excluded)
			last->filesz += page_bytes(w);
		next = p->pfn + 1;
	}
	return segments;
}

static void put_phdrs(GByteArray *out, const GArray *segments, const Segment *note,
		      DumpElfFlags flags, gboolean big)
{
	put_phdr(out, note, flags, big);
	for (guint i = 0; i < segments->len; i++)
		put_phdr(out, &g_array_index(segments, Segment, i), flags, big);
	if (flags & DUMP_ELF_TWICE)
		put_phdr(out, &g_array_index(segments, Segment, 0), flags, big);
}

static void put_ehdr(const DumpWriter *w, guint8 *e, DumpElfFlags flags, guint64 phoff,
		     guint64 shoff, guint phnum)
{
	gboolean big = w->is_big, is_32 = (flags & DUMP_ELF_32) != 0;

	memcpy(e, ELFMAG, SELFMAG);
	e[EI_CLASS] = is_32 ? ELFCLASS32 : ELFCLASS64;
	e[EI_DATA] = big ? ELFDATA2MSB : ELFDATA2LSB;
	e[EI_VERSION] = EV_CURRENT;
	put16(e + G_STRUCT_OFFSET(Elf64_Ehdr, e_type), ET_CORE, big);
	put16(e + G_STRUCT_OFFSET(Elf64_Ehdr, e_machine), w->elf_machine, big);
	put32(e + G_STRUCT_OFFSET(Elf64_Ehdr, e_version), EV_CURRENT, big);
	if (is_32) {
		put32(e + G_STRUCT_OFFSET(Elf32_Ehdr, e_phoff), phoff, big);
		put16(e + G_STRUCT_OFFSET(Elf32_Ehdr, e_ehsize), sizeof(Elf32_Ehdr), big);
		put16(e + G_STRUCT_OFFSET(Elf32_Ehdr, e_phentsize), sizeof(Elf32_Phdr), big);
		put16(e + G_STRUCT_OFFSET(Elf32_Ehdr, e_phnum), phnum, big);
		return;
	}
	put64(e + G_STRUCT_OFFSET(Elf64_Ehdr, e_phoff), phoff, big);
	put64(e + G_STRUCT_OFFSET(Elf64_Ehdr, e_shoff), shoff, big);
	put32(e + G_STRUCT_OFFSET(Elf64_Ehdr, e_flags),
	      flags & DUMP_ELF_INCOMPLETE ? 1 : 0, big);
	put16(e + G_STRUCT_OFFSET(Elf64_Ehdr, e_ehsize), sizeof(Elf64_Ehdr), big);
	put16(e + G_STRUCT_OFFSET(Elf64_Ehdr, e_phentsize), sizeof(Elf64_Phdr), big);
	put16(e + G_STRUCT_OFFSET(Elf64_Ehdr, e_phnum),
	      flags & DUMP_ELF_XNUM ? PN_XNUM : phnum, big);
	if (flags & DUMP_ELF_XNUM) {
		put16(e + G_STRUCT_OFFSET(Elf64_Ehdr, e_shentsize), sizeof(Elf64_Shdr), big);
		put16(e + G_STRUCT_OFFSET(Elf64_Ehdr, e_shnum), 1, big);
	}
}

GByteArray *dump_writer_elf(const DumpWriter *w, DumpElfFlags flags)
{
	GByteArray *out = g_byte_array_new();
	g_autoptr(GByteArray) notes = make_notes(w);
	g_autoptr(GArray) segments = make_segments(w, flags);
	Segment note = { .type = PT_NOTE, .filesz = notes->len, .memsz = notes->len };
	guint phnum = segments->len + 1 + !!(flags & DUMP_ELF_TWICE), page = 0;
	guint64 phoff = 0, shoff = 0;

	g_byte_array_set_size(out, sizeof(Elf64_Ehdr));
	memset(out->data, 0, out->len);
	if (flags & DUMP_ELF_XNUM) {
		guint8 section[sizeof(Elf64_Shdr)] = { 0 };

		shoff = out->len;
		put32(section + G_STRUCT_OFFSET(Elf64_Shdr, sh_info), phnum, w->is_big);
		g_byte_array_append(out, section, sizeof(section));
	}
	if (!(flags & DUMP_ELF_LATE_PHDRS)) {
		phoff = out->len;
		g_byte_array_set_size(out, out->len + phnum * (flags & DUMP_ELF_32 ?
				      sizeof(Elf32_Phdr) : sizeof(Elf64_Phdr)));
	}
	note.offset = out->len;
	g_byte_array_append(out, notes->data, notes->len);
	for (guint i = 0; i < segments->len; i++) {
		Segment *s = &g_array_index(segments, Segment, i);

		if (flags & DUMP_ELF_UNALIGNED)
			g_byte_array_append(out, (const guint8 *)"abcdefg", 1 + i % 7);
		else
			pad(out, page_bytes(w));
		s->offset = out->len;
		for (guint64 done = 0; done < s->memsz; done += page_bytes(w), page++) {
			const DumpPage *p = &g_array_index(w->pages, DumpPage, page);

			if (p->bytes)
				g_byte_array_append(out, p->bytes, page_bytes(w));
		}
	}
	if (flags & DUMP_ELF_LATE_PHDRS) {
		phoff = out->len;
		put_phdrs(out, segments, &note, flags, w->is_big);
	} else {
		g_autoptr(GByteArray) phdrs = g_byte_array_new();

		put_phdrs(phdrs, segments, &note, flags, w->is_big);
		memcpy(out->data + phoff, phdrs->data, phdrs->len);
	}
	put_ehdr(w, out->data, flags, phoff, shoff, phnum);
	return out;
}

static gsize compress_page(AnzCodec codec, const guint8 *in, gsize len, guint8 *out, gsize room)
{
	size_t got = room;
	lzo_uint lzo_got = room;

	switch (codec) {
	case ANZ_CODEC_ZLIB: {
		struct libdeflate_compressor *c = libdeflate_alloc_compressor(6);

		got = libdeflate_zlib_compress(c, in, len, out, room);
		libdeflate_free_compressor(c);
		return got;
	}
	case ANZ_CODEC_LZO: {
		g_autofree void *work = g_malloc0(LZO1X_1_MEM_COMPRESS);

		lzo1x_1_compress(in, len, out, &lzo_got, work);
		return lzo_got;
	}
	case ANZ_CODEC_SNAPPY:
		return snappy_compress((const char *)in, len, (char *)out, &got) == SNAPPY_OK ?
			got : 0;
	case ANZ_CODEC_ZSTD:
		got = ZSTD_compress(out, room, in, len, 3);
		return ZSTD_isError(got) ? 0 : got;
	case ANZ_CODEC_NONE:
		break;
	}
	return 0;
}

static gboolean is_zero(const guint8 *p, gsize len)
{
	return p[0] == 0 && memcmp(p, p + 1, len - 1) == 0;
}

GByteArray *dump_writer_kdump(const DumpWriter *w, AnzCodec codec, DumpKdumpFlags flags,
			      guint version, guint64 start, guint64 end)
{
	static const guint32 codec_flag[] = { 0, 1, 2, 4, 0x20 };
	gsize bs = page_bytes(w), room = 2 * bs + 4096;
	gboolean big = w->is_big;
	guint64 max_pfn = w->pages->len ?
		g_array_index(w->pages, DumpPage, w->pages->len - 1).pfn + 1 : 0;
	guint64 bitmap_blocks = (max_pfn / 8 + bs) / bs, at, shared_zero = 0;
	g_autoptr(GByteArray) notes = make_notes(w), descs = g_byte_array_new();
	g_autofree guint8 *packed = g_malloc(room);
	GByteArray *out = g_byte_array_new();
	guint64 sub_blocks, nr = 0, n = 0, data_at;
	guint8 *h;

	if (!(flags & DUMP_KDUMP_SPLIT)) {
		start = 0;
		end = max_pfn;
	}
	sub_blocks = (104 + notes->len + bs - 1) / bs;
	at = bs * (1 + sub_blocks);
	g_byte_array_set_size(out, at + 2 * bitmap_blocks * bs);
	memset(out->data, 0, out->len);
	h = out->data;
	memcpy(h, "KDUMP   ", 8);
	put32(h + 8, version, big);
	g_strlcpy((char *)h + 12 + 4 * 65, w->machine, 65);
	put32(h + 424, codec_flag[codec] |
	      (flags & (DUMP_KDUMP_INCOMPLETE | DUMP_KDUMP_HOLE) ? 8 : 0), big);
	put32(h + 428, bs, big);
	put32(h + 432, sub_blocks, big);
	put32(h + 436, 2 * bitmap_blocks, big);
	put32(h + 440, max_pfn, big);
	h += bs;
	put32(h + 8, 31, big);
	put32(h + 12, (flags & DUMP_KDUMP_SPLIT) != 0, big);
	put64(h + 16, start, big);
	put64(h + 24, end, big);
	if (version >= 3 && w->vmcoreinfo) {
		put64(h + 32, bs + 104 + notes->len - (strlen(w->vmcoreinfo) + 3) / 4 * 4, big);
		put64(h + 40, strlen(w->vmcoreinfo), big);
	}
	if (version >= 4) {
		put64(h + 48, bs + 104, big);
		put64(h + 56, notes->len, big);
	}
	if (version >= 6) {
		put64(h + 80, start, big);
		put64(h + 88, end, big);
		put64(h + 96, max_pfn, big);
	}
	memcpy(h + 104, notes->data, notes->len);
	for (guint i = 0; i < w->pages->len; i++) {
		const DumpPage *p = &g_array_index(w->pages, DumpPage, i);
		guint8 *bit = out->data + at + p->pfn / 8;

		*bit |= 1 << p->pfn % 8;
		if (p->is_excluded)
			continue;
		bit[bitmap_blocks * bs] |= 1 << p->pfn % 8;
		nr += p->pfn >= start && p->pfn < end;
	}
	data_at = out->len + nr * 24;
	g_byte_array_set_size(out, data_at);
	memset(out->data + data_at - nr * 24, 0, nr * 24);
	if (flags & DUMP_KDUMP_SHARED_ZERO) {
		shared_zero = out->len;
		g_byte_array_set_size(out, out->len + bs);
		memset(out->data + shared_zero, 0, bs);
	}
	for (guint i = 0; i < w->pages->len; i++) {
		const DumpPage *p = &g_array_index(w->pages, DumpPage, i);
		guint8 desc[24] = { 0 };
		guint32 flag = codec_flag[codec];
		gsize len;

		if (p->is_excluded || p->pfn < start || p->pfn >= end)
			continue;
		n++;
		if ((flags & DUMP_KDUMP_INCOMPLETE && n > nr * 3 / 4) ||
		    (flags & DUMP_KDUMP_HOLE && n == nr / 2 + 1)) {
			;	/* a descriptor of zeros */
		} else if (shared_zero && is_zero(p->bytes, bs)) {
			put64(desc, shared_zero, big);
			put32(desc + 8, bs, big);
		} else {
			const guint8 *bytes = packed;

			len = flags & DUMP_KDUMP_MIXED && n % 2 ? 0 :
				compress_page(codec, p->bytes, bs, packed, room);
			if (len == 0 || len >= bs) {
				bytes = p->bytes;
				len = bs;
				flag = 0;
			}
			put64(desc, out->len, big);
			put32(desc + 8, len, big);
			put32(desc + 12, flag, big);
			g_byte_array_append(out, bytes, len);
		}
		g_byte_array_append(descs, desc, sizeof(desc));
	}
	memcpy(out->data + data_at - nr * 24, descs->data, descs->len);
	return out;
}

static void put_record(GByteArray *out, guint64 offset, const guint8 *bytes, gsize len)
{
	guint8 head[16];

	put64(head, offset, TRUE);
	put64(head + 8, len, TRUE);
	g_byte_array_append(out, head, sizeof(head));
	g_byte_array_append(out, bytes, len);
}

GByteArray *dump_writer_flatten(const GByteArray *plain, gsize record, DumpFlatFlags flags)
{
	GByteArray *out = g_byte_array_new();
	gsize nr = (plain->len + record - 1) / record;
	g_autofree guint8 *rubbish = g_malloc(record);

	memset(rubbish, 0xa5, record);
	g_byte_array_set_size(out, 4096);
	memset(out->data, 0, 4096);
	memcpy(out->data, "makedumpfile", 12);
	put64(out->data + 16, 1, TRUE);
	put64(out->data + 24, 1, TRUE);
	for (gsize i = 0; flags & DUMP_FLAT_REWRITTEN && i < nr; i++)
		put_record(out, i * record, rubbish, MIN(record, plain->len - i * record));
	for (gsize i = 0; i < nr; i++) {
		/* 1, 0, 3, 2, ... */
		gsize k = flags & DUMP_FLAT_SHUFFLED && (i ^ 1) < nr ? i ^ 1 : i;
		gsize len = MIN(record, plain->len - k * record);

		if (!(flags & DUMP_FLAT_SPARSE) || k + 1 == nr ||
		    !is_zero(plain->data + k * record, len))
			put_record(out, k * record, plain->data + k * record, len);
	}
	if (!(flags & DUMP_FLAT_NO_END)) {
		guint8 end[16];

		memset(end, 0xff, sizeof(end));
		g_byte_array_append(out, end, sizeof(end));
	}
	return out;
}

GByteArray *dump_writer_lime(const DumpWriter *w)
{
	GByteArray *out = g_byte_array_new();
	guint next;

	for (guint i = 0; i < w->pages->len; i = next) {
		const DumpPage *first = &g_array_index(w->pages, DumpPage, i), *p = first;
		guint8 head[32] = { 0 };

		for (next = i; next < w->pages->len; next++) {
			p = &g_array_index(w->pages, DumpPage, next);
			if (!p->bytes || p->pfn != first->pfn + (next - i))
				break;
		}
		if (next == i) {
			next++;
			continue;
		}
		put32(head, 0x4c694d45, w->is_big);
		put32(head + 4, 1, w->is_big);
		put64(head + 8, first->pfn << w->page_shift, w->is_big);
		put64(head + 16, ((first->pfn + (next - i)) << w->page_shift) - 1, w->is_big);
		g_byte_array_append(out, head, sizeof(head));
		for (; i < next; i++)
			g_byte_array_append(out, g_array_index(w->pages, DumpPage, i).bytes,
					    page_bytes(w));
	}
	return out;
}
