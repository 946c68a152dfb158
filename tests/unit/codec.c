/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* codec/: every compressor inflates what its own library made, and nothing else. */
#include "codec/codec.h"

#include <libdeflate.h>
#include <lzo/lzo1x.h>
#include <snappy-c.h>
#include <string.h>
#include <zstd.h>

#define PAGE 4096

static void fill(guint8 *page, guint32 seed)
{
	for (guint i = 0; i < PAGE; i++) {
		seed = seed * 1664525 + 1013904223;
		page[i] = i % 8 < 3 ? seed >> 24 : i / 256;
	}
}

static gsize compress_with(AnzCodec codec, const guint8 *in, guint8 *out, gsize room)
{
	struct libdeflate_compressor *c;
	g_autofree void *work = NULL;
	lzo_uint lzo_len = room;
	size_t len = room;

	switch (codec) {
	case ANZ_CODEC_ZLIB:
		c = libdeflate_alloc_compressor(6);
		len = libdeflate_zlib_compress(c, in, PAGE, out, room);
		libdeflate_free_compressor(c);
		return len;
	case ANZ_CODEC_LZO:
		work = g_malloc0(LZO1X_1_MEM_COMPRESS);
		g_assert_cmpint(lzo1x_1_compress(in, PAGE, out, &lzo_len, work), ==, LZO_E_OK);
		return lzo_len;
	case ANZ_CODEC_SNAPPY:
		g_assert_cmpint(snappy_compress((const char *)in, PAGE, (char *)out, &len), ==,
				SNAPPY_OK);
		return len;
	case ANZ_CODEC_ZSTD:
		return ZSTD_compress(out, room, in, PAGE, 3);
	case ANZ_CODEC_NONE:
		memcpy(out, in, PAGE);
		return PAGE;
	}
	g_assert_not_reached();
}

static void test_inflate(gconstpointer data)
{
	AnzCodec codec = GPOINTER_TO_INT(data);
	g_autoptr(AnzCodecContext) ctx = anz_codec_context_new();
	guint8 page[PAGE], packed[2 * PAGE + 4096], out[PAGE + 1];
	gsize len;

	for (guint round = 0; round < 20; round++) {
		fill(page, round);
		len = compress_with(codec, page, packed, sizeof(packed));
		memset(out, 0xee, sizeof(out));
		g_assert_true(anz_codec_inflate(ctx, codec, packed, len, out, PAGE));
		g_assert_cmpmem(out, PAGE, page, PAGE);
		g_assert_cmphex(out[PAGE], ==, 0xee);
		/* Any other size is not what was asked for, and no byte is written beyond it. */
		g_assert_false(anz_codec_inflate(ctx, codec, packed, len, out, PAGE - 1));
		g_assert_false(anz_codec_inflate(ctx, codec, packed, len, out, PAGE + 1));
		g_assert_false(anz_codec_inflate(ctx, codec, packed, len / 2, out, PAGE));
	}
	g_assert_false(anz_codec_inflate(ctx, codec, packed, 0, out, PAGE));
	g_assert_false(anz_codec_inflate(ctx, codec, packed, len, out, 0));
}

/* The blocks are on the heap, so that the sanitizer sees a byte too far. */
static void test_damage(gconstpointer data)
{
	AnzCodec codec = GPOINTER_TO_INT(data);
	g_autoptr(AnzCodecContext) ctx = anz_codec_context_new();
	g_autofree guint8 *out = g_malloc(PAGE);
	guint8 page[PAGE], packed[2 * PAGE + 4096];
	guint32 seed = 7;
	guint refused = 0;
	gsize len;

	fill(page, 3);
	len = compress_with(codec, page, packed, sizeof(packed));
	for (guint round = 0; round < 3000; round++) {
		g_autofree guint8 *bad = g_memdup2(packed, len);

		for (guint k = 0; k < 4; k++) {
			seed = seed * 1664525 + 1013904223;
			bad[(seed >> 8) % len] ^= 1 << (seed & 7);
		}
		refused += !anz_codec_inflate(ctx, codec, bad, len, out, PAGE);
	}
	if (codec != ANZ_CODEC_NONE)
		g_assert_cmpuint(refused, >, 100);
	/* A context survives what it refused. */
	g_assert_true(anz_codec_inflate(ctx, codec, packed, len, out, PAGE));
	g_assert_cmpmem(out, PAGE, page, PAGE);
}

static void test_deflate(void)
{
	g_autoptr(AnzCodecContext) ctx = anz_codec_context_new();
	guint8 page[PAGE], out[PAGE];
	gsize room = anz_codec_bound(PAGE), len;
	g_autofree guint8 *packed = g_malloc(room);

	fill(page, 1);
	len = anz_codec_deflate(ctx, page, PAGE, packed, room, 3);
	g_assert_cmpuint(len, >, 0);
	g_assert_cmpuint(len, <, PAGE);
	g_assert_true(anz_codec_inflate(ctx, ANZ_CODEC_ZSTD, packed, len, out, PAGE));
	g_assert_cmpmem(out, PAGE, page, PAGE);
	g_assert_cmpuint(anz_codec_deflate(ctx, page, PAGE, packed, 16, 3), ==, 0);
}

static void test_names(void)
{
	g_assert_cmpstr(anz_codec_name(ANZ_CODEC_LZO), ==, "lzo");
	g_assert_cmpstr(anz_codec_name(ANZ_CODEC_ZSTD), ==, "zstd");
	g_assert_cmpstr(anz_codec_name((AnzCodec)99), ==, "unknown");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (gint c = ANZ_CODEC_NONE; c <= ANZ_CODEC_ZSTD; c++) {
		g_autofree char *inflate = g_strdup_printf("/codec/inflate/%s",
							   anz_codec_name(c));
		g_autofree char *damage = g_strdup_printf("/codec/damage/%s",
							  anz_codec_name(c));

		g_test_add_data_func(inflate, GINT_TO_POINTER(c), test_inflate);
		g_test_add_data_func(damage, GINT_TO_POINTER(c), test_damage);
	}
	g_test_add_func("/codec/deflate", test_deflate);
	g_test_add_func("/codec/names", test_names);
	return g_test_run();
}
