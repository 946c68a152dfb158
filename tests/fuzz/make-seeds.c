/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* make-seeds FOLDER: seeds for the targets of codec/ and image/, a folder for each target. */
#include "dump-writer.h"

#include <glib/gstdio.h>
#include <libdeflate.h>
#include <lzo/lzo1x.h>
#include <snappy-c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *top;

static void put(const char *target, const char *name, const guint8 *data, gsize len)
{
	g_autofree char *dir = g_build_filename(top, target, NULL);
	g_autofree char *path = g_build_filename(dir, name, NULL);
	g_autoptr(GError) error = NULL;

	g_mkdir_with_parents(dir, 0777);
	if (!g_file_set_contents(path, (const char *)data, len, &error)) {
		fprintf(stderr, "%s\n", error->message);
		exit(1);
	}
}

static const char text[] =
	"OSRELEASE=6.1.0-test\nBUILD-ID=3b43fad5034874490492495d552c0af6a5fab235\nPAGESIZE=4096\n"
	"SYMBOL(init_uts_ns)=ffffffff82a1a5c0\nSYMBOL(swapper_pg_dir)=ffffffff80003000\n"
	"SYMBOL(_stext)=ffffffff81000000\nSIZE(page)=64\nOFFSET(page.flags)=0\n"
	"LENGTH(free_area.free_list)=6\nNUMBER(phys_base)=0\nNUMBER(pgtable_l5_enabled)=0\n"
	"NUMBER(sme_mask)=0\nKERNELOFFSET=0\n";

static const char arm_text[] =
	"OSRELEASE=6.12.0-test\nPAGESIZE=4096\nSYMBOL(swapper_pg_dir)=ffff800080003000\n"
	"NUMBER(VA_BITS)=48\nNUMBER(kimage_voffset)=0xffff800080000000\n"
	"NUMBER(PHYS_OFFSET)=0x40000000\nNUMBER(TCR_EL1_T1SZ)=0x10\n";

/* A few pages with a page table that maps itself, small enough for thousands of runs a second. */
static DumpWriter *sample(gboolean note, gboolean arm)
{
	DumpWriter *w = dump_writer_new(12);

	if (arm) {
		w->elf_machine = 183;
		w->machine = "aarch64";
	}
	if (note)
		w->vmcoreinfo = g_strdup(arm ? arm_text : text);
	else
		strcpy((char *)dump_writer_page(w, 9), arm ? arm_text : text);
	dump_writer_filled(w, 0);
	dump_writer_page(w, 1);
	dump_writer_store64(w, 0x3000 + 511 * 8, 0x4000 | 3);
	dump_writer_store64(w, 0x4000 + 510 * 8, 0x5000 | 3);
	dump_writer_store64(w, 0x5000, 0x83);
	dump_writer_exclude(w, 6);
	dump_writer_exclude(w, 7);
	dump_writer_filled(w, 20);
	return w;
}

static void put_dump(const DumpWriter *w, const char *name)
{
	for (gint codec = ANZ_CODEC_NONE; codec <= ANZ_CODEC_ZSTD; codec++) {
		for (guint flags = 0; flags < 16; flags += 1 + 2 * (codec > ANZ_CODEC_ZLIB)) {
			g_autoptr(GByteArray) b = dump_writer_kdump(w, codec, flags,
								    flags % 4 ? 6 : 5, 3, 12);
			g_autofree char *n = g_strdup_printf("%s-%s-%u", name,
							     anz_codec_name(codec), flags);

			put("kdump", n, b->data, b->len);
		}
	}
	for (guint flags = 0; flags < 128; flags += 9) {
		g_autoptr(GByteArray) b = dump_writer_elf(w, flags);
		g_autofree char *n = g_strdup_printf("%s-%u", name, flags);

		put("elf", n, b->data, b->len);
	}
	{
		g_autoptr(GByteArray) b = dump_writer_lime(w);
		g_autofree char *n = g_strdup_printf("%s-lime", name);

		put("elf", n, b->data, b->len);
	}
	for (guint flags = 0; flags < 8; flags++) {
		g_autoptr(GByteArray) a = dump_writer_elf(w, DUMP_ELF_PLAIN);
		g_autoptr(GByteArray) b = dump_writer_kdump(w, ANZ_CODEC_LZO,
							    DUMP_KDUMP_SHARED_ZERO, 6, 0, 0);
		g_autoptr(GByteArray) fa = dump_writer_flatten(a, 3000, flags);
		g_autoptr(GByteArray) fb = dump_writer_flatten(b, 1111, flags);
		g_autofree char *na = g_strdup_printf("%s-elf-%u", name, flags);
		g_autofree char *nb = g_strdup_printf("%s-kdump-%u", name, flags);

		put("flat", na, fa->data, fa->len);
		put("flat", nb, fb->data, fb->len);
	}
}

static void put_codec(AnzCodec codec, const guint8 *packed, gsize len)
{
	g_autofree guint8 *b = g_malloc(len + 1);

	b[0] = codec;
	memcpy(b + 1, packed, len);
	put("codec", anz_codec_name(codec), b, len + 1);
}

static void put_codecs(void)
{
	g_autoptr(DumpWriter) w = dump_writer_new(12);
	g_autoptr(AnzCodecContext) ctx = anz_codec_context_new();
	g_autofree void *work = g_malloc0(LZO1X_1_MEM_COMPRESS);
	struct libdeflate_compressor *c = libdeflate_alloc_compressor(6);
	const guint8 *page = dump_writer_filled(w, 1);
	guint8 packed[12288];
	lzo_uint lzo_len = sizeof(packed);
	size_t len = sizeof(packed);

	put_codec(ANZ_CODEC_NONE, page, 4096);
	put_codec(ANZ_CODEC_ZLIB, packed, libdeflate_zlib_compress(c, page, 4096, packed,
								   sizeof(packed)));
	libdeflate_free_compressor(c);
	lzo1x_1_compress(page, 4096, packed, &lzo_len, work);
	put_codec(ANZ_CODEC_LZO, packed, lzo_len);
	snappy_compress((const char *)page, 4096, (char *)packed, &len);
	put_codec(ANZ_CODEC_SNAPPY, packed, len);
	put_codec(ANZ_CODEC_ZSTD, packed, anz_codec_deflate(ctx, page, 4096, packed,
							    sizeof(packed), 3));
}

static void put_links(void)
{
	static const char *const links[] = {
		"memdesc:///srv/a.memdesc?at=58089&zoom=2&off=3,-4&search=flags%3Alru%26%21dirty&hide=free,hole",
		"memdesc:b.memdesc?part=c&with=d.memdesc&mode=change&snapshot=2&with-snapshot=1&palette=light",
		"memdesc:?show=slab,anon&borders=block&mode=fragmentation&colours=slab:102030&size=640x480&row=4&holes=yes&grid=no&select=10,20&layout=rows",
	};

	for (guint i = 0; i < G_N_ELEMENTS(links); i++) {
		g_autofree char *name = g_strdup_printf("link%u", i);

		put("link", name, (const guint8 *)links[i], strlen(links[i]));
	}
}

int main(int argc, char **argv)
{
	g_autoptr(GByteArray) note = g_byte_array_new();

	if (argc != 2) {
		fprintf(stderr, "usage: make-seeds FOLDER\n");
		return 2;
	}
	top = argv[1];
	for (guint i = 0; i < 4; i++) {
		g_autoptr(DumpWriter) w = sample(i & 1, i & 2);
		g_autofree char *name = g_strdup_printf("seed%u", i);

		w->is_big = i == 3;
		put_dump(w, name);
	}
	put("vmcoreinfo", "text", (const guint8 *)text, strlen(text));
	put("vmcoreinfo", "arm", (const guint8 *)arm_text, strlen(arm_text));
	dump_writer_add_note(note, FALSE, "VMCOREINFO", 0, text, strlen(text));
	put("vmcoreinfo", "note", note->data, note->len);
	put_codecs();
	put_links();
	return 0;
}
