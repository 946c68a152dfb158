/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * image/: one machine's memory written in every format must read the same: contents, what is
 * excluded, what is lost, what is not there.
 */
#include "dump-writer.h"
#include "image/image.h"
#include "image/interval.h"
#include "image/vmcoreinfo.h"

#include <glib/gstdio.h>
#include <errno.h>
#include <string.h>

/* libkdumpfile 0.5.1 leaks 104 bytes where it cannot set up translation (/image/library). */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libkdumpfile.so\n";
}

static const char vmcoreinfo_text[] =
	"OSRELEASE=6.1.0-test\nPAGESIZE=4096\nSYMBOL(swapper_pg_dir)=ffffffff82a10000\n"
	"NUMBER(phys_base)=0\nNUMBER(pgtable_l5_enabled)=0\n";

static GString *log_text;

static void keep_log(const char *line, gpointer data)
{
	g_string_append_printf(data, "%s\n", line);
}

/*
 * Frames 0-9 with a zero page, a hole, 16-39 of which 20-23 and 36-39 are excluded, a hole, a
 * thousand from 4000 on (so that more than one chunk of the rank directory is used), 9000.
 */
static DumpWriter *sample(guint page_shift)
{
	DumpWriter *w = dump_writer_new(page_shift);

	w->vmcoreinfo = g_strdup_printf("OSRELEASE=6.1.0-test\nPAGESIZE=%u\n"
					"SYMBOL(swapper_pg_dir)=ffffffff82a10000\n",
					1u << page_shift);
	for (guint pfn = 0; pfn < 10; pfn++)
		dump_writer_filled(w, pfn);
	memset(dump_writer_page(w, 5), 0, 1 << page_shift);
	for (guint pfn = 16; pfn < 40; pfn++) {
		if (pfn / 4 == 5 || pfn >= 36)
			dump_writer_exclude(w, pfn);
		else
			dump_writer_filled(w, pfn);
	}
	for (guint pfn = 4000; pfn < 5000; pfn++) {
		if (pfn % 3)
			dump_writer_filled(w, pfn);
		else
			dump_writer_page(w, pfn);
	}
	dump_writer_filled(w, 9000);
	return w;
}

static AnzImage *open_bytes(const GByteArray *bytes, const char *name)
{
	AnzImageOptions options = { .log = keep_log, .log_data = log_text };
	g_autoptr(GError) error = NULL;
	AnzImage *image;

	g_string_truncate(log_text, 0);
	image = anz_image_open_memory(bytes->data, bytes->len, name, &options, &error);
	g_assert_no_error(error);
	g_assert_nonnull(image);
	return image;
}

/* @lost_from: the frame from which on contents are lost */
static AnzMemState expected_state(const DumpWriter *w, guint64 pfn, guint64 lost_from)
{
	const DumpPage *p = dump_writer_find(w, pfn);

	return !p ? ANZ_MEM_ABSENT : p->is_excluded ? ANZ_MEM_EXCLUDED :
	       pfn >= lost_from ? ANZ_MEM_LOST : ANZ_MEM_PRESENT;
}

static void check_runs(AnzImage *image, const DumpWriter *w, guint64 lost_from)
{
	guint64 from = 0, start, nr, next = 0;
	AnzMemState state;

	while (anz_image_ram_run(image, from, &start, &nr, &state)) {
		g_assert_cmpuint(start, >=, next);
		g_assert_cmpuint(nr, >, 0);
		for (; next < start; next++)
			g_assert_cmpint(expected_state(w, next, lost_from), ==, ANZ_MEM_ABSENT);
		for (; next < start + nr; next++)
			g_assert_cmpint(expected_state(w, next, lost_from), ==, state);
		/* Maximal: the next frame differs. */
		g_assert_cmpint(expected_state(w, next, lost_from), !=, state);
		/* Asking from the middle gives the rest. */
		if (nr > 1) {
			guint64 s2, n2;
			AnzMemState st2;

			g_assert_true(anz_image_ram_run(image, start + 1, &s2, &n2, &st2));
			g_assert_cmpuint(s2, ==, start + 1);
			g_assert_cmpuint(n2, ==, nr - 1);
			g_assert_cmpint(st2, ==, state);
		}
		from = start + nr;
	}
	g_assert_cmpuint(next, ==, anz_image_max_pfn(image));
	for (; next < 9010; next++)
		g_assert_cmpint(expected_state(w, next, lost_from), ==, ANZ_MEM_ABSENT);
}

static void check_page(AnzImage *image, const DumpWriter *w, guint64 pfn, guint64 lost_from)
{
	gsize page = (gsize)1 << w->page_shift, avail;
	AnzMemState want = expected_state(w, pfn, lost_from), stopped;
	guint64 paddr = pfn << w->page_shift;
	g_autofree guint8 *buf = g_malloc(page);
	const guint8 *in_place;

	g_assert_cmpint(anz_image_pfn_state(image, pfn), ==, want);
	if (want != ANZ_MEM_PRESENT) {
		g_assert_cmpuint(anz_image_read_phys(image, paddr, buf, page, &stopped), ==, 0);
		g_assert_cmpint(stopped, ==, want);
		g_assert_null(anz_image_map_phys(image, paddr, &avail));
		return;
	}
	g_assert_cmpuint(anz_image_read_phys(image, paddr, buf, page, &stopped), ==, page);
	g_assert_cmpint(stopped, ==, ANZ_MEM_PRESENT);
	g_assert_cmpmem(buf, page, dump_writer_find(w, pfn)->bytes, page);
	/* A part of it, as readers of list heads ask. */
	g_assert_cmpuint(anz_image_read_phys(image, paddr + 1001, buf, 77, &stopped), ==, 77);
	g_assert_cmpmem(buf, 77, dump_writer_find(w, pfn)->bytes + 1001, 77);
	in_place = anz_image_map_phys(image, paddr + 8, &avail);
	if (in_place)
		g_assert_cmpmem(in_place, MIN(avail, page - 8),
				dump_writer_find(w, pfn)->bytes + 8, MIN(avail, page - 8));
}

/* A read across everything stops exactly where the pages do. */
static void check_long_read(AnzImage *image, const DumpWriter *w, guint64 lost_from)
{
	gsize page = (gsize)1 << w->page_shift, room = 50 * page;
	g_autofree guint8 *buf = g_malloc(room);

	for (guint64 pfn = 0; pfn < 45; pfn++) {
		AnzMemState stopped;
		guint64 n = 0;
		gsize got = anz_image_read_phys(image, (pfn << w->page_shift) + 3, buf, room,
						&stopped);

		while (expected_state(w, pfn + n, lost_from) == ANZ_MEM_PRESENT)
			n++;
		g_assert_cmpuint(got, ==, n ? n * page - 3 : 0);
		g_assert_cmpint(stopped, ==, expected_state(w, pfn + n, lost_from));
		for (guint64 i = 1; i < n; i++)
			g_assert_cmpmem(buf + i * page - 3, page,
					dump_writer_find(w, pfn + i)->bytes, page);
	}
}

static void check_image(AnzImage *image, const DumpWriter *w, guint64 lost_from)
{
	g_assert_cmpuint(anz_image_page_shift(image), ==, w->page_shift);
	check_runs(image, w, lost_from);
	for (guint64 pfn = 0; pfn < 60; pfn++)
		check_page(image, w, pfn, lost_from);
	for (guint64 pfn = 3990; pfn < 5010; pfn += pfn < 4100 || pfn > 4900 ? 1 : 7)
		check_page(image, w, pfn, lost_from);
	for (guint64 pfn = 8998; pfn < 9003; pfn++)
		check_page(image, w, pfn, lost_from);
	check_page(image, w, (guint64)1 << 45, lost_from);
	check_page(image, w, G_MAXUINT64 >> w->page_shift, lost_from);
	check_long_read(image, w, lost_from);
}

#define NOTHING_LOST G_MAXUINT64

typedef struct {
	AnzImage *image;
	const DumpWriter *w;
} ThreadTask;

static gpointer check_in_thread(gpointer data)
{
	ThreadTask *task = data;

	check_image(task->image, task->w, NOTHING_LOST);
	return NULL;
}

/* Four clones at work at once. */
static void check_clones(AnzImage *image, const DumpWriter *w)
{
	GThread *threads[4];
	ThreadTask tasks[4];

	for (guint i = 0; i < 4; i++) {
		g_autoptr(GError) error = NULL;

		tasks[i] = (ThreadTask){ anz_image_clone(image, &error), w };
		g_assert_no_error(error);
		threads[i] = g_thread_new("reader", check_in_thread, &tasks[i]);
	}
	for (guint i = 0; i < 4; i++) {
		g_thread_join(threads[i]);
		anz_image_free(tasks[i].image);
	}
}

static void check_whole(const GByteArray *bytes, const DumpWriter *w, const char *format)
{
	g_autoptr(AnzImage) image = open_bytes(bytes, "dump");

	g_assert_cmpstr(anz_image_format(image), ==, format);
	g_assert_cmpint(anz_image_arch(image), ==, ANZ_ARCH_X86_64);
	g_assert_cmpstr(anz_image_vmcoreinfo_origin(image), ==, "note");
	g_assert_cmpstr(anz_vmcoreinfo_line(anz_image_vmcoreinfo(image), "OSRELEASE"), ==,
			"6.1.0-test");
	g_assert_true(anz_image_is_filtered(image));
	g_assert_false(anz_image_is_incomplete(image));
	g_assert_cmpint(anz_image_zero_is_ambiguous(image), ==,
			strncmp(format, "ELF", 3) == 0);
	g_assert_cmpuint(anz_image_max_pfn(image), ==, 9001);
	g_assert_cmpuint(anz_image_file_bytes(image), ==, bytes->len);
	check_image(image, w, NOTHING_LOST);
	check_clones(image, w);
}

static void test_elf(gconstpointer data)
{
	DumpElfFlags flags = GPOINTER_TO_INT(data);
	g_autoptr(DumpWriter) w = sample(12);
	g_autoptr(GByteArray) little = dump_writer_elf(w, flags), big = NULL;

	check_whole(little, w, "ELF");
	w->is_big = TRUE;
	big = dump_writer_elf(w, flags);
	check_whole(big, w, "ELF");
}

/* A file smaller than PN_XNUM headers: the number must come from the section header. */
static void test_elf_xnum(void)
{
	g_autoptr(DumpWriter) w = dump_writer_new(12);
	g_autoptr(GByteArray) bytes = NULL;
	g_autoptr(AnzImage) image = NULL;
	guint64 start, nr;
	AnzMemState state;

	for (guint pfn = 1; pfn < 10; pfn += 2)
		dump_writer_filled(w, pfn);
	bytes = dump_writer_elf(w, DUMP_ELF_XNUM);
	image = open_bytes(bytes, "dump");
	for (guint pfn = 1; pfn < 10; pfn += 2) {
		g_assert_true(anz_image_ram_run(image, pfn - 1, &start, &nr, &state));
		g_assert_cmpuint(start, ==, pfn);
		g_assert_cmpuint(nr, ==, 1);
		check_page(image, w, pfn, NOTHING_LOST);
	}
}

static void test_elf_32(void)
{
	g_autoptr(DumpWriter) w = sample(12);
	g_autoptr(GByteArray) bytes = NULL;
	g_autoptr(AnzImage) image = NULL;

	w->elf_machine = 3;	/* EM_386 */
	bytes = dump_writer_elf(w, DUMP_ELF_32);
	image = open_bytes(bytes, "dump");
	g_assert_cmpstr(anz_image_arch_name(image), ==, "i386");
	g_assert_cmpint(anz_image_arch(image), ==, ANZ_ARCH_OTHER);
	g_assert_false(anz_image_can_translate(image));
	check_image(image, w, NOTHING_LOST);
}

/* Segments that begin and end within pages, as e820 has them. */
static void test_elf_part_pages(void)
{
	g_autoptr(DumpWriter) w = dump_writer_new(12);
	g_autoptr(GByteArray) bytes = NULL;
	g_autoptr(AnzImage) image = NULL;
	guint8 buf[8192], *phdr;
	guint64 start, nr;
	AnzMemState state;

	for (guint pfn = 1; pfn < 4; pfn++)
		dump_writer_filled(w, pfn);
	bytes = dump_writer_elf(w, 0);
	/* Second program header (after the note): cut 0x300 off the front, 0x500 off the end. */
	phdr = bytes->data + 64 + 56;
	for (guint i = 8; i <= 40; i += 8) {
		guint64 v = anz_load64(phdr + i, FALSE);

		if (i == 8 || i == 24)
			v += 0x300;
		if (i == 32 || i == 40)
			v -= 0x800;
		v = GUINT64_TO_LE(v);
		memcpy(phdr + i, &v, 8);
	}
	image = open_bytes(bytes, "dump");
	g_assert_true(anz_image_ram_run(image, 0, &start, &nr, &state));
	g_assert_cmpuint(start, ==, 1);
	g_assert_cmpuint(nr, ==, 3);
	g_assert_cmpint(state, ==, ANZ_MEM_PRESENT);
	g_assert_false(anz_image_ram_run(image, 4, &start, &nr, &state));
	for (guint pfn = 0; pfn < 6; pfn++)
		g_assert_cmpint(anz_image_pfn_state(image, pfn), ==,
				pfn >= 1 && pfn <= 3 ? ANZ_MEM_PRESENT : ANZ_MEM_ABSENT);
	g_assert_cmpuint(anz_image_read_phys(image, 0x1000, buf, 4096, &state), ==, 0);
	g_assert_cmpint(state, ==, ANZ_MEM_ABSENT);
	g_assert_cmpuint(anz_image_read_phys(image, 0x3000, buf, 4096, &state), ==, 0xb00);
	g_assert_cmpint(state, ==, ANZ_MEM_ABSENT);
	g_assert_cmpuint(anz_image_read_phys(image, 0x1300, buf, 4096, &state), ==, 4096);
	g_assert_cmpmem(buf, 0xd00, dump_writer_find(w, 1)->bytes + 0x300, 0xd00);
	g_assert_cmpuint(anz_image_max_pfn(image), ==, 4);
}

static void test_elf_truncated(void)
{
	g_autoptr(DumpWriter) w = sample(12);
	g_autoptr(GByteArray) bytes = dump_writer_elf(w, 0);
	g_autoptr(AnzImage) image = NULL;
	guint8 buf[4096];
	AnzMemState state;

	/* Pages 4000-4999 and 9000 are last: cut within page 4500. */
	g_byte_array_set_size(bytes, bytes->len - 501 * 4096 + 100);
	image = open_bytes(bytes, "dump");
	g_assert_true(anz_image_is_incomplete(image));
	g_assert_nonnull(strstr(log_text->str, "incomplete"));
	g_assert_cmpint(anz_image_pfn_state(image, 4499), ==, ANZ_MEM_PRESENT);
	/* Its first 100 bytes are there and can be read, but the page is not. */
	g_assert_cmpint(anz_image_pfn_state(image, 4500), ==, ANZ_MEM_LOST);
	g_assert_cmpuint(anz_image_read_phys(image, 4500 << 12, buf, 4096, &state), ==, 100);
	g_assert_cmpint(state, ==, ANZ_MEM_LOST);
	g_assert_cmpint(anz_image_pfn_state(image, 4501), ==, ANZ_MEM_LOST);
	g_assert_cmpint(anz_image_pfn_state(image, 9000), ==, ANZ_MEM_LOST);
	g_assert_cmpint(anz_image_pfn_state(image, 36), ==, ANZ_MEM_EXCLUDED);
	g_assert_cmpuint(anz_image_max_pfn(image), ==, 9001);
}

static const char *kdump_format(AnzCodec codec)
{
	return codec == ANZ_CODEC_ZLIB ? "kdump-compressed (zlib)" :
	       codec == ANZ_CODEC_LZO ? "kdump-compressed (lzo)" :
	       codec == ANZ_CODEC_SNAPPY ? "kdump-compressed (snappy)" :
	       codec == ANZ_CODEC_ZSTD ? "kdump-compressed (zstd)" :
	       "kdump-compressed (uncompressed)";
}

static void test_kdump(gconstpointer data)
{
	AnzCodec codec = GPOINTER_TO_INT(data);
	g_autoptr(DumpWriter) w = sample(12);

	for (guint flags = 0; flags <= (DUMP_KDUMP_SHARED_ZERO | DUMP_KDUMP_MIXED); flags++) {
		g_autoptr(GByteArray) bytes = NULL;

		if (flags & (DUMP_KDUMP_INCOMPLETE | DUMP_KDUMP_SPLIT))
			continue;
		w->is_big = flags & DUMP_KDUMP_MIXED;
		bytes = dump_writer_kdump(w, codec, flags, 6, 0, 0);
		check_whole(bytes, w, kdump_format(codec));
	}
}

static void test_kdump_versions(void)
{
	g_autoptr(DumpWriter) w = sample(12);

	for (guint version = 1; version <= 6; version++) {
		g_autoptr(GByteArray) bytes = dump_writer_kdump(w, ANZ_CODEC_ZLIB, 0, version, 0,
								0);
		g_autoptr(AnzImage) image = open_bytes(bytes, "dump");

		check_image(image, w, NOTHING_LOST);
		/* Version 3 brought VMCOREINFO; there is none in this memory to be found. */
		if (version >= 3)
			g_assert_cmpstr(anz_image_vmcoreinfo_origin(image), ==, "note");
		else
			g_assert_null(anz_image_vmcoreinfo_origin(image));
	}
}

/* As QEMU writes them: no machine's name, so the size of the CPU notes has to tell. */
static void test_kdump_machine(void)
{
	static const struct { guint32 bytes; gboolean big; const char *name; } cases[] = {
		{ 336, FALSE, "x86_64" }, { 392, FALSE, "aarch64" }, { 336, TRUE, "s390x" },
		{ 392, FALSE, "aarch64" },
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(DumpWriter) w = sample(12);
		g_autoptr(GByteArray) bytes = NULL;
		g_autoptr(AnzImage) image = NULL;

		w->machine = i < 3 ? "" : "Unknown";
		w->prstatus_bytes = cases[i].bytes;
		w->is_big = cases[i].big;
		bytes = dump_writer_kdump(w, ANZ_CODEC_LZO, DUMP_KDUMP_SHARED_ZERO, 6, 0, 0);
		image = open_bytes(bytes, "dump");
		g_assert_cmpstr(anz_image_arch_name(image), ==, cases[i].name);
		g_assert_nonnull(strstr(log_text->str, "taken for"));
		check_image(image, w, NOTHING_LOST);
	}
}

static void test_kdump_64k(void)
{
	g_autoptr(DumpWriter) w = sample(16);
	g_autoptr(GByteArray) bytes = NULL;
	g_autoptr(AnzImage) image = NULL;

	w->machine = "aarch64";
	bytes = dump_writer_kdump(w, ANZ_CODEC_ZSTD, DUMP_KDUMP_SHARED_ZERO, 6, 0, 0);
	image = open_bytes(bytes, "dump");
	g_assert_cmpint(anz_image_arch(image), ==, ANZ_ARCH_AARCH64);
	check_image(image, w, NOTHING_LOST);
}

/* Blocks of 4 KiB, kernel of 64 KiB pages: QEMU without VMCOREINFO in its hands. */
static void test_kdump_small_blocks(void)
{
	g_autoptr(DumpWriter) w = dump_writer_new(12);
	g_autoptr(GByteArray) bytes = NULL;
	g_autoptr(AnzImage) image = NULL;
	guint64 start, nr;
	AnzMemState state;
	guint8 buf[64];

	w->vmcoreinfo = g_strdup("OSRELEASE=x\nPAGESIZE=65536\n");
	w->machine = "aarch64";
	for (guint pfn = 32; pfn < 64; pfn++)
		dump_writer_filled(w, pfn);
	for (guint pfn = 64; pfn < 80; pfn++)
		dump_writer_exclude(w, pfn);
	dump_writer_filled(w, 100);
	bytes = dump_writer_kdump(w, ANZ_CODEC_ZLIB, 0, 6, 0, 0);
	image = open_bytes(bytes, "dump");
	g_assert_cmpuint(anz_image_page_shift(image), ==, 16);
	g_assert_cmpuint(anz_image_max_pfn(image), ==, 7);
	g_assert_true(anz_image_ram_run(image, 0, &start, &nr, &state));
	g_assert_cmpuint(start, ==, 2);
	g_assert_cmpuint(nr, ==, 2);
	g_assert_cmpint(state, ==, ANZ_MEM_PRESENT);
	g_assert_true(anz_image_ram_run(image, 4, &start, &nr, &state));
	g_assert_cmpuint(start, ==, 4);
	g_assert_cmpuint(nr, ==, 1);
	g_assert_cmpint(state, ==, ANZ_MEM_EXCLUDED);
	g_assert_cmpint(anz_image_pfn_state(image, 5), ==, ANZ_MEM_ABSENT);
	g_assert_cmpint(anz_image_pfn_state(image, 6), ==, ANZ_MEM_PRESENT);
	g_assert_cmpuint(anz_image_read_phys(image, 0x64000, buf, 64, &state), ==, 64);
}

/* Blocks of 64 KiB, kernel of 4 KiB pages: QEMU's kdump of any arm64 guest. */
static void test_kdump_large_blocks(void)
{
	g_autoptr(DumpWriter) w = dump_writer_new(16);
	g_autoptr(GByteArray) bytes = NULL;
	g_autoptr(AnzImage) image = NULL;
	guint64 start, nr;
	AnzMemState state;
	guint8 buf[5000];

	w->vmcoreinfo = g_strdup("OSRELEASE=x\nPAGESIZE=4096\n");
	w->machine = "Unknown";
	w->prstatus_bytes = 392;
	for (guint pfn = 4; pfn < 8; pfn++)
		dump_writer_filled(w, pfn);
	dump_writer_exclude(w, 8);
	bytes = dump_writer_kdump(w, ANZ_CODEC_ZLIB, 0, 6, 0, 0);
	image = open_bytes(bytes, "dump");
	g_assert_cmpint(anz_image_arch(image), ==, ANZ_ARCH_AARCH64);
	g_assert_cmpuint(anz_image_page_shift(image), ==, 12);
	g_assert_cmpuint(anz_image_max_pfn(image), ==, 9 * 16);
	g_assert_true(anz_image_ram_run(image, 0, &start, &nr, &state));
	g_assert_cmpuint(start, ==, 64);
	g_assert_cmpuint(nr, ==, 64);
	g_assert_true(anz_image_ram_run(image, 100, &start, &nr, &state));
	g_assert_cmpuint(start, ==, 100);
	g_assert_cmpuint(nr, ==, 28);
	g_assert_cmpint(anz_image_pfn_state(image, 63), ==, ANZ_MEM_ABSENT);
	g_assert_cmpint(anz_image_pfn_state(image, 79), ==, ANZ_MEM_PRESENT);
	g_assert_cmpint(anz_image_pfn_state(image, 143), ==, ANZ_MEM_EXCLUDED);
	g_assert_cmpuint(anz_image_read_phys(image, 0x4f000, buf, 5000, &state), ==, 5000);
	g_assert_cmpmem(buf, 4096, dump_writer_find(w, 4)->bytes + 0xf000, 4096);
	g_assert_cmpmem(buf + 4096, 904, dump_writer_find(w, 5)->bytes, 904);
}

static void test_kdump_incomplete(void)
{
	g_autoptr(DumpWriter) w = sample(12);
	g_autoptr(GByteArray) bytes = dump_writer_kdump(w, ANZ_CODEC_ZLIB, DUMP_KDUMP_INCOMPLETE,
							6, 0, 0);
	g_autoptr(AnzImage) image = open_bytes(bytes, "dump");
	guint written = 0, lost_from = 0;

	/* 10 + 16 + 1000 + 1 pages have content, three quarters of it written. */
	for (guint i = 0; i < w->pages->len && !lost_from; i++)
		if (!g_array_index(w->pages, DumpPage, i).is_excluded &&
		    ++written > 1027 * 3 / 4)
			lost_from = g_array_index(w->pages, DumpPage, i).pfn;
	g_assert_cmpstr(anz_image_format(image), ==, "kdump-compressed (zlib), incomplete");
	g_assert_true(anz_image_is_incomplete(image));
	check_image(image, w, lost_from);
}

/* Only the flag tells that descriptors in the middle are not to be trusted. */
static void test_kdump_hole(void)
{
	g_autoptr(DumpWriter) w = sample(12);
	g_autoptr(GByteArray) bytes = dump_writer_kdump(w, ANZ_CODEC_ZLIB, DUMP_KDUMP_HOLE, 6,
							0, 0);
	g_autoptr(AnzImage) image = open_bytes(bytes, "dump");
	guint written = 0;
	guint64 start, nr, pfn = 0;
	AnzMemState state;
	guint8 buf[64];

	for (guint i = 0; i < w->pages->len && !pfn; i++)
		if (!g_array_index(w->pages, DumpPage, i).is_excluded && ++written == 1027 / 2 + 1)
			pfn = g_array_index(w->pages, DumpPage, i).pfn;
	g_assert_true(anz_image_is_incomplete(image));
	g_assert_cmpint(anz_image_pfn_state(image, pfn), ==, ANZ_MEM_LOST);
	g_assert_cmpuint(anz_image_read_phys(image, pfn << 12, buf, 64, &state), ==, 0);
	g_assert_cmpint(state, ==, ANZ_MEM_LOST);
	g_assert_true(anz_image_ram_run(image, 4000, &start, &nr, &state));
	g_assert_cmpuint(nr, ==, pfn - 4000);
	g_assert_true(anz_image_ram_run(image, pfn, &start, &nr, &state));
	g_assert_cmpuint(start, ==, pfn);
	g_assert_cmpuint(nr, ==, 1);
	g_assert_cmpint(state, ==, ANZ_MEM_LOST);
	check_page(image, w, pfn + 1, NOTHING_LOST);
}

static void test_kdump_truncated(void)
{
	g_autoptr(DumpWriter) w = sample(12);
	g_autoptr(GByteArray) bytes = dump_writer_kdump(w, ANZ_CODEC_NONE, 0, 6, 0, 0);
	g_autoptr(AnzImage) image = NULL;

	/* Contents lie in order, a page each: page 9000 and 300 more are cut off, and a bit. */
	g_byte_array_set_size(bytes, bytes->len - 301 * 4096 - 1);
	image = open_bytes(bytes, "dump");
	g_assert_true(anz_image_is_incomplete(image));
	check_image(image, w, 5000 - 301);
}

static void write_file(const char *dir, const char *name, const GByteArray *bytes, char **path)
{
	g_autoptr(GError) error = NULL;

	*path = g_build_filename(dir, name, NULL);
	g_file_set_contents(*path, (const char *)bytes->data, bytes->len, &error);
	g_assert_no_error(error);
}

static AnzImage *open_paths(char **paths, GError **error)
{
	AnzImageOptions options = { .log = keep_log, .log_data = log_text };

	g_string_truncate(log_text, 0);
	return anz_image_open((const char *const *)paths, &options, error);
}

static void test_split(gconstpointer data)
{
	gboolean flat = GPOINTER_TO_INT(data);
	static const guint64 cut[] = { 0, 18, 4300, 9001 };
	g_autoptr(DumpWriter) w = sample(12), other = sample(12);
	g_autoptr(GError) error = NULL;
	g_autofree char *dir = g_dir_make_tmp("memdesc-test-XXXXXX", &error);
	g_autoptr(AnzImage) image = NULL;
	char *part[4], *paths[4] = { NULL };

	for (guint i = 0; i < 3; i++) {
		g_autoptr(GByteArray) bytes = dump_writer_kdump(w, ANZ_CODEC_LZO,
			DUMP_KDUMP_SPLIT | DUMP_KDUMP_SHARED_ZERO, 6, cut[i], cut[i + 1]);
		g_autofree char *name = g_strdup_printf("part%u", i);

		if (flat) {
			GByteArray *flattened = dump_writer_flatten(bytes, 1000, 0);

			g_byte_array_unref(g_steal_pointer(&bytes));
			bytes = flattened;
		}
		write_file(dir, name, bytes, &part[i]);
	}
	{
		g_autoptr(GByteArray) bytes = NULL;

		dump_writer_filled(other, 9005);
		bytes = dump_writer_kdump(other, ANZ_CODEC_LZO, DUMP_KDUMP_SPLIT, 6, 18, 4300);
		write_file(dir, "other", bytes, &part[3]);
	}
	/* In any order. */
	paths[0] = part[2];
	paths[1] = part[0];
	paths[2] = part[1];
	image = open_paths(paths, &error);
	g_assert_no_error(error);
	g_assert_false(anz_image_is_incomplete(image));
	g_assert_cmpstr(anz_image_format(image), ==, flat ?
			"kdump-compressed (lzo), flattened, split (3 parts)" :
			"kdump-compressed (lzo), split (3 parts)");
	check_image(image, w, NOTHING_LOST);
	check_clones(image, w);
	g_clear_pointer(&image, anz_image_free);

	/* The last one is missing: said, and lost rather than absent. */
	paths[0] = part[1];
	paths[1] = part[0];
	paths[2] = NULL;
	image = open_paths(paths, &error);
	g_assert_no_error(error);
	g_assert_true(anz_image_is_incomplete(image));
	g_assert_nonnull(strstr(log_text->str, "frames 0x10cc to 0x2328 was not given"));
	check_image(image, w, 4300);
	g_clear_pointer(&image, anz_image_free);

	/* The same part twice; a part of another dump. */
	paths[2] = part[0];
	g_assert_null(open_paths(paths, &error));
	g_assert_error(error, ANZ_ERROR, ANZ_ERROR_ARGUMENT);
	g_clear_error(&error);
	paths[2] = part[3];
	g_assert_null(open_paths(paths, &error));
	g_assert_error(error, ANZ_ERROR, ANZ_ERROR_ARGUMENT);

	for (guint i = 0; i < 4; i++) {
		g_unlink(part[i]);
		g_free(part[i]);
	}
	g_rmdir(dir);
}

static void test_flattened(gconstpointer data)
{
	DumpFlatFlags flags = GPOINTER_TO_INT(data);
	static const gsize sizes[] = { 100, 4096, 16384, 1000003 };
	g_autoptr(DumpWriter) w = sample(12);
	g_autoptr(GByteArray) elf = dump_writer_elf(w, DUMP_ELF_UNALIGNED);
	g_autoptr(GByteArray) kdump = dump_writer_kdump(w, ANZ_CODEC_SNAPPY,
							DUMP_KDUMP_SHARED_ZERO, 6, 0, 0);

	for (guint i = 0; i < G_N_ELEMENTS(sizes); i++) {
		g_autoptr(GByteArray) a = dump_writer_flatten(elf, sizes[i], flags);
		g_autoptr(GByteArray) b = dump_writer_flatten(kdump, sizes[i], flags);

		check_whole(a, w, "ELF, flattened");
		check_whole(b, w, "kdump-compressed (snappy), flattened");
	}
}

/* Cut off: what was not written is lost, not zero. */
static void test_flattened_truncated(void)
{
	g_autoptr(DumpWriter) w = sample(12);
	g_autoptr(GByteArray) elf = dump_writer_elf(w, 0);
	g_autoptr(GByteArray) flat = dump_writer_flatten(elf, 4096, DUMP_FLAT_NO_END);
	g_autoptr(AnzImage) image = NULL;

	/* 100 records of a page each and their headers. */
	g_byte_array_set_size(flat, flat->len - 100 * (4096 + 16));
	image = open_bytes(flat, "dump");
	g_assert_true(anz_image_is_incomplete(image));
	check_image(image, w, 5000 - 99);
}

static void test_raw(void)
{
	g_autoptr(DumpWriter) w = dump_writer_new(12);
	g_autoptr(GByteArray) bytes = g_byte_array_new();
	g_autoptr(AnzImage) image = NULL, again = NULL;
	g_autoptr(GError) error = NULL;
	g_autofree char *dir = g_dir_make_tmp("memdesc-test-XXXXXX", &error);
	g_autofree char *path = NULL, *beside = NULL, *name = NULL;
	g_autoptr(GByteArray) text = g_byte_array_new();
	char *paths[2] = { NULL };

	for (guint pfn = 0; pfn < 64; pfn++)
		g_byte_array_append(bytes, dump_writer_filled(w, pfn), 4096);
	image = open_bytes(bytes, "raw:memory");
	g_assert_cmpstr(anz_image_format(image), ==, "raw memory");
	g_assert_cmpuint(anz_image_max_pfn(image), ==, 64);
	g_assert_nonnull(strstr(log_text->str, "taken for x86_64"));
	for (guint pfn = 0; pfn < 70; pfn++)
		check_page(image, w, pfn, NOTHING_LOST);

	write_file(dir, "memory", bytes, &path);
	g_byte_array_append(text, (const guint8 *)"PAGESIZE=65536\nNUMBER(kimage_voffset)=0x1", 41);
	write_file(dir, "memory.vmcoreinfo", text, &beside);
	paths[0] = name = g_strconcat("raw:", path, NULL);
	again = open_paths(paths, &error);
	g_assert_no_error(error);
	g_assert_cmpstr(anz_image_vmcoreinfo_origin(again), ==, "file");
	/* The last line has no end, but in a file that is no sign of a cut. */
	g_assert_cmpint(anz_image_arch(again), ==, ANZ_ARCH_AARCH64);
	g_assert_cmpuint(anz_image_max_pfn(again), ==, 4);
	g_unlink(path);
	g_unlink(beside);
	g_rmdir(dir);
}

typedef struct {
	const char *machine;	/* what its VMCOREINFO has, but for the nodes */
	guint64 root;		/* virtual address of the top table */
	guint64 memory;		/* where the part begins that the tables lie in */
	guint64 pos;		/* and where that is in the file */
	guint64 entry;		/* bits of an entry of a table */
	const char *log;	/* (nullable) */
} RawLayout;

static const RawLayout raw_layouts[] = {
	{ "SYMBOL(init_top_pgt)=ffffffff81000000\nNUMBER(phys_base)=4278190080\n", 0xffffffff81000000,
	  1ull << 32, 128 << 20, 0x63, "byte 0x8000000 is taken for that at 0x100000000" },
	{ "SYMBOL(swapper_pg_dir)=ffff800081000000\nNUMBER(kimage_voffset)=-140736397836288\n"
	  "NUMBER(VA_BITS)=48\nNUMBER(TCR_EL1_T1SZ)=16\n", 0xffff800081000000,
	  1ull << 30, 0, 0x703, "byte 0x0 is taken for that at 0x40000000" },
	{ "SYMBOL(init_top_pgt)=ffffffff81000000\nNUMBER(phys_base)=-16777216\n", 0xffffffff81000000,
	  0, 0, 0x63, NULL },
};

/* Four levels of tables, of which the last maps the first table and a page of data behind it. */
static void write_tables(guint8 *file, const RawLayout *it)
{
	guint8 *at = file + it->pos;

	for (guint level = 0; level < 4; level++) {
		guint index = it->root >> (39 - 9 * level) & 511;
		guint64 next = level < 3 ? it->memory + (level + 1) * 4096 : it->memory;

		*(guint64 *)(at + level * 4096 + index * 8) = GUINT64_TO_LE(next | it->entry);
	}
	*(guint64 *)(at + 3 * 4096 + 8) = GUINT64_TO_LE((it->memory + 4 * 4096) | it->entry);
}

/* Memory of a virtual machine, from which what no memory is was left out. */
static void test_raw_layout(gconstpointer data)
{
	const RawLayout *it = data;
	/* Kernels of arm64 do not say where their nodes are. */
	gboolean is_said = !strstr(it->machine, "kimage");
	gsize size = it->pos + (2 << 20);
	guint64 data_at = it->memory + 4 * 4096, *node, end = (it->memory + (2 << 20)) >> 12;
	g_autoptr(GByteArray) bytes = g_byte_array_sized_new(size);
	g_autoptr(AnzImage) image = NULL;
	g_autofree char *info = g_strdup_printf(
		"OSRELEASE=6.1.0-test\nPAGESIZE=4096\n%sSYMBOL(init_uts_ns)=%" G_GINT64_MODIFIER "x\n"
		"SYMBOL(%s)=%" G_GINT64_MODIFIER "x\nLENGTH(node_data)=1\n"
		"OFFSET(pglist_data.node_start_pfn)=16\nOFFSET(pglist_data.node_spanned_pages)=8\n",
		it->machine, it->root, is_said ? "node_data" : "other", it->root + 4096);

	g_byte_array_set_size(bytes, size);
	memset(bytes->data, 0, size);
	write_tables(bytes->data, it);
	strcpy((char *)bytes->data + it->pos + 8 * 4096, info);
	node = (guint64 *)(bytes->data + it->pos + 4 * 4096);
	node[0] = GUINT64_TO_LE(it->root + 4096);
	/* Frames from 1 on; firmware has the last 16. */
	node[1] = GUINT64_TO_LE(end - 16 - 1);
	node[2] = GUINT64_TO_LE(1);

	image = open_bytes(bytes, "raw:memory");
	g_assert_cmpuint(anz_image_max_pfn(image), ==, end);
	g_assert_cmpint(anz_image_pfn_state(image, data_at >> 12), ==, ANZ_MEM_PRESENT);
	g_assert_cmpint(anz_image_pfn_state(image, it->pos ? it->pos >> 12 : end), ==, ANZ_MEM_ABSENT);
	g_assert_cmpint(anz_image_pfn_state(image, 0), ==, it->memory == 1 << 30 ? ANZ_MEM_ABSENT :
			ANZ_MEM_PRESENT);
	if (it->log)
		g_assert_nonnull(strstr(log_text->str, it->log));
	else
		g_assert_null(strstr(log_text->str, "is taken for that at"));

	if (!is_said)
		return;
	/* A kernel that says another end than any such file has. */
	node[1] = GUINT64_TO_LE(end + 4096);
	anz_image_free(image);
	image = open_bytes(bytes, "raw:memory");
	g_assert_cmpuint(anz_image_max_pfn(image), ==, size >> 12);
	g_assert_null(strstr(log_text->str, "is taken for that at"));
}

static void test_lime(gconstpointer big)
{
	g_autoptr(DumpWriter) w = dump_writer_new(12);
	g_autoptr(GByteArray) bytes = NULL;
	g_autoptr(AnzImage) image = NULL, cut = NULL, torn = NULL;

	for (guint i = 0; i < 42; i++)
		dump_writer_filled(w, i < 3 ? 1 + i : i < 33 ? 13 + i : (1 << 20) + i - 33);
	w->is_big = big != NULL;
	bytes = dump_writer_lime(w);
	image = open_bytes(bytes, "memory.lime");
	g_assert_cmpstr(anz_image_format(image), ==, "LiME");
	g_assert_cmpint(anz_image_is_big_endian(image), ==, big != NULL);
	g_assert_false(anz_image_is_incomplete(image));
	g_assert_cmpuint(anz_image_max_pfn(image), ==, (1 << 20) + 9);
	for (guint pfn = 0; pfn < 60; pfn++)
		check_page(image, w, pfn, NOTHING_LOST);
	for (guint pfn = (1 << 20) - 1; pfn < (1 << 20) + 10; pfn++)
		check_page(image, w, pfn, NOTHING_LOST);

	/* Without the last two pages. */
	g_byte_array_set_size(bytes, bytes->len - 2 * 4096);
	cut = open_bytes(bytes, "memory.lime");
	g_assert_true(anz_image_is_incomplete(cut));
	check_page(cut, w, (1 << 20) + 6, (1 << 20) + 7);
	check_page(cut, w, (1 << 20) + 7, (1 << 20) + 7);

	/* The second range's last address lies before its first one. */
	memset(bytes->data + 32 + 3 * 4096 + 16, 0, 8);
	torn = open_bytes(bytes, "memory.lime");
	g_assert_true(anz_image_is_incomplete(torn));
	g_assert_nonnull(strstr(log_text->str, "header of a range, at byte 0x3020"));
	check_page(torn, w, 3, NOTHING_LOST);
	g_assert_cmpint(anz_image_pfn_state(torn, 16), ==, ANZ_MEM_ABSENT);
}

/* A machine whose page tables are not walked here: libkdumpfile takes the file. */
static void test_library(void)
{
	g_autoptr(DumpWriter) w = dump_writer_new(12);
	g_autoptr(GByteArray) bytes = NULL;
	g_autoptr(GError) error = NULL;
	g_autofree char *dir = g_dir_make_tmp("memdesc-test-XXXXXX", &error), *path = NULL;
	g_autoptr(AnzImage) image = NULL, clone = NULL;
	char *paths[2] = { NULL };
	guint64 start, nr;
	AnzMemState state;

	w->elf_machine = 22;	/* EM_S390 */
	w->is_big = TRUE;
	w->vmcoreinfo = g_strdup(vmcoreinfo_text);
	for (guint pfn = 0; pfn < 30; pfn++)
		dump_writer_filled(w, pfn);
	bytes = dump_writer_elf(w, 0);
	write_file(dir, "s390", bytes, &path);
	paths[0] = path;
	image = open_paths(paths, &error);
	g_assert_no_error(error);
	g_assert_cmpstr(anz_image_format(image), ==, "elf (read by libkdumpfile)");
	g_assert_cmpstr(anz_image_arch_name(image), ==, "s390x");
	g_assert_true(anz_image_is_big_endian(image));
	g_assert_cmpstr(anz_image_vmcoreinfo_origin(image), ==, "note");
	g_assert_true(anz_image_ram_run(image, 0, &start, &nr, &state));
	g_assert_cmpuint(start, ==, 0);
	g_assert_cmpuint(nr, ==, 30);
	g_assert_cmpint(state, ==, ANZ_MEM_PRESENT);
	clone = anz_image_clone(image, &error);
	g_assert_no_error(error);
	for (guint pfn = 0; pfn < 33; pfn++) {
		check_page(image, w, pfn, NOTHING_LOST);
		check_page(clone, w, pfn, NOTHING_LOST);
	}
	g_unlink(path);
	g_rmdir(dir);
}

static void put_note_page(DumpWriter *w, guint64 pfn, const char *text)
{
	g_autoptr(GByteArray) note = g_byte_array_new();

	dump_writer_add_note(note, w->is_big, "VMCOREINFO", 0, text, strlen(text));
	memcpy(dump_writer_page(w, pfn), note->data, note->len);
}

/* The note's page, the text's page; quotations of it elsewhere must not be taken. */
static void test_search(gconstpointer data)
{
	gboolean as_note = GPOINTER_TO_INT(data);

	for (guint kind = 0; kind < 3; kind++) {
		g_autoptr(DumpWriter) w = dump_writer_new(12);
		g_autoptr(GByteArray) bytes = NULL;
		g_autoptr(AnzImage) image = NULL;

		for (guint pfn = 0; pfn < 300; pfn++)
			dump_writer_filled(w, pfn);
		memcpy(dump_writer_page(w, 7) + 100, vmcoreinfo_text, sizeof(vmcoreinfo_text));
		strcpy((char *)dump_writer_page(w, 8), "OSRELEASE=only this\n");
		if (as_note)
			put_note_page(w, 200, vmcoreinfo_text);
		else
			memcpy(dump_writer_page(w, 200), vmcoreinfo_text,
			       sizeof(vmcoreinfo_text));
		bytes = kind == 0 ? dump_writer_elf(w, 0) : dump_writer_kdump(w,
			kind == 1 ? ANZ_CODEC_ZLIB : ANZ_CODEC_NONE, 0, 6, 0, 0);
		image = open_bytes(bytes, "dump");
		g_assert_cmpstr(anz_image_vmcoreinfo_origin(image), ==, "memory at 0xc8000");
		g_assert_cmpstr(anz_vmcoreinfo_line(anz_image_vmcoreinfo(image), "OSRELEASE"),
				==, "6.1.0-test");
	}
}

static void test_search_nothing(void)
{
	g_autoptr(DumpWriter) w = dump_writer_new(12);
	g_autoptr(GByteArray) bytes = NULL;
	g_autoptr(AnzImage) image = NULL;

	strcpy((char *)dump_writer_page(w, 8), "OSRELEASE=only this\n");
	bytes = dump_writer_elf(w, 0);
	image = open_bytes(bytes, "dump");
	g_assert_null(anz_image_vmcoreinfo_origin(image));
	g_assert_true(anz_vmcoreinfo_is_empty(anz_image_vmcoreinfo(image)));
	g_assert_nonnull(strstr(log_text->str, "no VMCOREINFO in memory either"));
}

/* Against the plainest way there is: an array with a cell for every address. */
static void test_intervals(void)
{
	g_autoptr(GRand) rand = g_rand_new_with_seed(1);

	for (guint round = 0; round < 2000; round++) {
		g_autoptr(GArray) in = g_array_new(FALSE, FALSE, sizeof(AnzInterval));
		g_autoptr(GArray) out = NULL;
		guint n = g_rand_int_range(rand, 0, 12);
		guint64 pos[100];
		gint tag[100], at = 0;

		memset(tag, 0xff, sizeof(tag));
		for (guint i = 0; i < n; i++) {
			AnzInterval it = { .start = g_rand_int_range(rand, 0, 100),
					   .pos = g_rand_int_range(rand, 0, 3) * 1000,
					   .tag = g_rand_int_range(rand, 0, 3) };

			it.end = it.start + g_rand_int_range(rand, 0, 101 - it.start);
			for (guint64 a = it.start; a < it.end; a++)
				if (tag[a] < 0) {
					tag[a] = it.tag;
					pos[a] = it.pos + (a - it.start);
				}
			g_array_append_val(in, it);
		}
		out = anz_intervals_flatten(in);
		for (guint i = 0; i < out->len; i++) {
			const AnzInterval *it = &g_array_index(out, AnzInterval, i);

			g_assert_cmpuint(it->start, <, it->end);
			for (; at < (gint)it->start; at++)
				g_assert_cmpint(tag[at], <, 0);
			for (; at < (gint)it->end; at++) {
				g_assert_cmpint(tag[at], ==, it->tag);
				g_assert_cmpuint(pos[at], ==, it->pos + (at - it->start));
			}
			g_assert_cmpuint(anz_intervals_find(out, it->start), ==, i);
			g_assert_cmpuint(anz_intervals_find(out, it->end - 1), ==, i);
		}
		for (; at < 100; at++)
			g_assert_cmpint(tag[at], <, 0);
		g_assert_cmpuint(anz_intervals_find(out, 100), ==, out->len);
	}
}

static void check_refused(const void *data, gsize len, AnzError code, const char *words)
{
	g_autoptr(GError) error = NULL;

	g_assert_null(anz_image_open_memory(data, len, "somefile", NULL, &error));
	g_assert_error(error, ANZ_ERROR, (gint)code);
	g_assert_true(g_str_has_prefix(error->message, "somefile: "));
	g_assert_nonnull(strstr(error->message, words));
}

static void test_refused(void)
{
	g_autoptr(DumpWriter) w = sample(12);
	g_autoptr(GByteArray) elf = dump_writer_elf(w, DUMP_ELF_XNUM);
	g_autoptr(GByteArray) kdump = dump_writer_kdump(w, ANZ_CODEC_ZLIB, 0, 6, 0, 0);
	g_autoptr(GError) error = NULL;
	char *paths[] = { (char *)"/nonexistent/dump", NULL };

	check_refused("hello, world, this is a text", 28, ANZ_ERROR_FORMAT, "not a dump");
	check_refused("\x1f\x8b\x08\0abc", 7, ANZ_ERROR_FORMAT, "decompress it first, with 'gzip -d'");
	check_refused("BZh91AY", 7, ANZ_ERROR_FORMAT, "'bzip2 -d'");
	check_refused("LibvirtQemudSave\2\0\0\0", 20, ANZ_ERROR_FORMAT, "virsh dump --memory-only");
	check_refused("PAGESIZE=4096\nOSRELEASE=6.1\n", 28, ANZ_ERROR_FORMAT, "not a dump in any known format");
	check_refused("QEVM\0\0\0\3", 8, ANZ_ERROR_FORMAT, "dump-guest-memory");
	check_refused("\xd2\xbe\xd2\xbe\x08\0\0\0", 8, ANZ_ERROR_FORMAT, "vmss2core");
	check_refused("\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\2\0\x3e\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
		      "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 52, ANZ_ERROR_FORMAT, "with --vmlinux");
	check_refused("EMiL\2\0\0\0\0\0\0\0\0\0\0\0\xff\xff\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 32,
		      ANZ_ERROR_FORMAT, "avml-convert");
	g_set_error(&error, ANZ_ERROR, ANZ_ERROR_IO, "somefile: cannot open: %s", g_strerror(EACCES));
	g_assert_cmpstr(anz_error_next_step(error), ==, "; check its permissions");
	/* Headers cut anywhere give an error; contents cut anywhere give an image. */
	for (gsize len = 0; len < 64 + 64 + 56 * 5; len++) {
		g_clear_error(&error);
		g_assert_null(anz_image_open_memory(elf->data, len, "somefile", NULL, &error));
		g_assert_error(error, ANZ_ERROR, ANZ_ERROR_FORMAT);
	}
	for (gsize len = 0; len < 8192; len += len < 600 ? 1 : 61) {
		g_clear_error(&error);
		g_assert_null(anz_image_open_memory(kdump->data, len, "somefile", NULL, &error));
		g_assert_error(error, ANZ_ERROR, ANZ_ERROR_FORMAT);
	}
	elf->data[16] = 2;	/* ET_EXEC */
	check_refused(elf->data, elf->len, ANZ_ERROR_FORMAT, "--vmlinux");
	kdump->data[440 + 3] = kdump->data[4096 + 96 + 3] = 0x7f;
	check_refused(kdump->data, kdump->len, ANZ_ERROR_FORMAT, "damaged");
	g_clear_error(&error);
	g_assert_null(open_paths(paths, &error));
	g_assert_error(error, ANZ_ERROR, ANZ_ERROR_IO);
	g_clear_error(&error);
	paths[0] = (char *)"/";
	g_assert_null(open_paths(paths, &error));
	g_assert_error(error, ANZ_ERROR, ANZ_ERROR_IO);
}

static void test_cancel(void)
{
	gint stop = 1;
	AnzImageOptions options = { .cancel = &stop };
	g_autoptr(DumpWriter) w = dump_writer_new(12);
	g_autoptr(GByteArray) bytes = NULL;
	g_autoptr(GError) error = NULL;

	dump_writer_filled(w, 0);
	bytes = dump_writer_kdump(w, ANZ_CODEC_ZLIB, 0, 6, 0, 0);
	g_assert_null(anz_image_open_memory(bytes->data, bytes->len, "dump", &options, &error));
	g_assert_error(error, ANZ_ERROR, ANZ_ERROR_CANCELLED);
}

int main(int argc, char **argv)
{
	int ret;

	g_test_init(&argc, &argv, NULL);
	log_text = g_string_new(NULL);
	g_test_add_data_func("/image/elf/plain", NULL, test_elf);
	g_test_add_data_func("/image/elf/xnum", GINT_TO_POINTER(DUMP_ELF_XNUM), test_elf);
	g_test_add_data_func("/image/elf/late-phdrs", GINT_TO_POINTER(DUMP_ELF_LATE_PHDRS),
			     test_elf);
	g_test_add_data_func("/image/elf/unaligned", GINT_TO_POINTER(DUMP_ELF_UNALIGNED),
			     test_elf);
	g_test_add_data_func("/image/elf/twice", GINT_TO_POINTER(DUMP_ELF_TWICE), test_elf);
	g_test_add_data_func("/image/elf/page-segments", GINT_TO_POINTER(DUMP_ELF_PAGE_SEGMENTS |
			     DUMP_ELF_XNUM), test_elf);
	g_test_add_func("/image/elf/xnum-small", test_elf_xnum);
	g_test_add_func("/image/elf/32", test_elf_32);
	g_test_add_func("/image/elf/part-pages", test_elf_part_pages);
	g_test_add_func("/image/elf/truncated", test_elf_truncated);
	g_test_add_data_func("/image/kdump/none", GINT_TO_POINTER(ANZ_CODEC_NONE), test_kdump);
	g_test_add_data_func("/image/kdump/zlib", GINT_TO_POINTER(ANZ_CODEC_ZLIB), test_kdump);
	g_test_add_data_func("/image/kdump/lzo", GINT_TO_POINTER(ANZ_CODEC_LZO), test_kdump);
	g_test_add_data_func("/image/kdump/snappy", GINT_TO_POINTER(ANZ_CODEC_SNAPPY), test_kdump);
	g_test_add_data_func("/image/kdump/zstd", GINT_TO_POINTER(ANZ_CODEC_ZSTD), test_kdump);
	g_test_add_func("/image/kdump/versions", test_kdump_versions);
	g_test_add_func("/image/kdump/machine", test_kdump_machine);
	g_test_add_func("/image/kdump/64k", test_kdump_64k);
	g_test_add_func("/image/kdump/small-blocks", test_kdump_small_blocks);
	g_test_add_func("/image/kdump/large-blocks", test_kdump_large_blocks);
	g_test_add_func("/image/kdump/incomplete", test_kdump_incomplete);
	g_test_add_func("/image/kdump/hole", test_kdump_hole);
	g_test_add_func("/image/kdump/truncated", test_kdump_truncated);
	g_test_add_data_func("/image/split/plain", NULL, test_split);
	g_test_add_data_func("/image/split/flattened", GINT_TO_POINTER(1), test_split);
	g_test_add_data_func("/image/flat/plain", NULL, test_flattened);
	g_test_add_data_func("/image/flat/shuffled", GINT_TO_POINTER(DUMP_FLAT_SHUFFLED),
			     test_flattened);
	g_test_add_data_func("/image/flat/rewritten", GINT_TO_POINTER(DUMP_FLAT_REWRITTEN |
			     DUMP_FLAT_SHUFFLED), test_flattened);
	g_test_add_data_func("/image/flat/sparse", GINT_TO_POINTER(DUMP_FLAT_SPARSE),
			     test_flattened);
	g_test_add_func("/image/flat/truncated", test_flattened_truncated);
	g_test_add_func("/image/raw", test_raw);
	g_test_add_data_func("/image/raw/hole", &raw_layouts[0], test_raw_layout);
	g_test_add_data_func("/image/raw/arm64", &raw_layouts[1], test_raw_layout);
	g_test_add_data_func("/image/raw/whole", &raw_layouts[2], test_raw_layout);
	g_test_add_data_func("/image/lime/little-endian", NULL, test_lime);
	g_test_add_data_func("/image/lime/big-endian", GINT_TO_POINTER(1), test_lime);
	g_test_add_func("/image/library", test_library);
	g_test_add_data_func("/image/search/text", NULL, test_search);
	g_test_add_data_func("/image/search/note", GINT_TO_POINTER(1), test_search);
	g_test_add_func("/image/search/nothing", test_search_nothing);
	g_test_add_func("/image/intervals", test_intervals);
	g_test_add_func("/image/refused", test_refused);
	g_test_add_func("/image/cancel", test_cancel);
	ret = g_test_run();
	g_string_free(log_text, TRUE);
	return ret;
}
