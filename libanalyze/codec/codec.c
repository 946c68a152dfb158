/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whole-buffer inflate for the four compressors that dumps use, and zstd deflate for the store.
 * Every page of a dump has a known size, so "wrong size came out" is simply failure.
 */
#include "codec/codec.h"

#include <libdeflate.h>
#include <lzo/lzo1x.h>
#include <snappy-c.h>
#include <zstd.h>

/* libdeflate and lzo take any size, but no block of a dump or of a store is larger than this. */
#define MAX_LEN ((gsize)1 << 31)

struct AnzCodecContext {
	struct libdeflate_decompressor *deflate;
	ZSTD_DCtx *zstd_in;
	ZSTD_CCtx *zstd_out;
};

/* Contexts inside are made at first use: a reader of an ELF dump never needs one. */
AnzCodecContext *anz_codec_context_new(void)
{
	return g_new0(AnzCodecContext, 1);
}

void anz_codec_context_free(AnzCodecContext *ctx)
{
	if (!ctx)
		return;
	libdeflate_free_decompressor(ctx->deflate);
	ZSTD_freeDCtx(ctx->zstd_in);
	ZSTD_freeCCtx(ctx->zstd_out);
	g_free(ctx);
}

static gboolean inflate_zlib(AnzCodecContext *ctx, const void *in, gsize in_len, void *out,
			     gsize out_len)
{
	if (!ctx->deflate)
		ctx->deflate = libdeflate_alloc_decompressor();
	/* Without a place for the actual size, libdeflate itself insists on exactly out_len. */
	return ctx->deflate &&
	       libdeflate_zlib_decompress(ctx->deflate, in, in_len, out, out_len, NULL) ==
	       LIBDEFLATE_SUCCESS;
}

static gboolean inflate_lzo(const void *in, gsize in_len, void *out, gsize out_len)
{
	lzo_uint got = out_len;

	/* lzo1x needs no lzo_init() to decompress: that call only checks type sizes. */
	return lzo1x_decompress_safe(in, in_len, out, &got, NULL) == LZO_E_OK && got == out_len;
}

static gboolean inflate_snappy(const void *in, gsize in_len, void *out, gsize out_len)
{
	size_t got = 0;

	/* snappy_uncompress() trusts the caller to have compared the length in the stream. */
	if (snappy_uncompressed_length(in, in_len, &got) != SNAPPY_OK || got != out_len)
		return FALSE;
	return snappy_uncompress(in, in_len, out, &got) == SNAPPY_OK && got == out_len;
}

static gboolean inflate_zstd(AnzCodecContext *ctx, const void *in, gsize in_len, void *out,
			     gsize out_len)
{
	if (!ctx->zstd_in)
		ctx->zstd_in = ZSTD_createDCtx();
	/* An error code is a huge size_t, so it differs from out_len as well. */
	return ctx->zstd_in &&
	       ZSTD_decompressDCtx(ctx->zstd_in, out, out_len, in, in_len) == out_len;
}

gboolean anz_codec_inflate(AnzCodecContext *ctx, AnzCodec codec, const void *in, gsize in_len,
			   void *out, gsize out_len)
{
	if (in_len == 0 || out_len == 0 || in_len > MAX_LEN || out_len > MAX_LEN)
		return FALSE;
	switch (codec) {
	case ANZ_CODEC_NONE:
		if (in_len != out_len)
			return FALSE;
		memcpy(out, in, out_len);
		return TRUE;
	case ANZ_CODEC_ZLIB:
		return inflate_zlib(ctx, in, in_len, out, out_len);
	case ANZ_CODEC_LZO:
		return inflate_lzo(in, in_len, out, out_len);
	case ANZ_CODEC_SNAPPY:
		return inflate_snappy(in, in_len, out, out_len);
	case ANZ_CODEC_ZSTD:
		return inflate_zstd(ctx, in, in_len, out, out_len);
	}
	return FALSE;
}

gsize anz_codec_bound(gsize len)
{
	return ZSTD_compressBound(len);
}

gsize anz_codec_deflate(AnzCodecContext *ctx, const void *in, gsize in_len, void *out,
			gsize out_room, int level)
{
	size_t len;

	if (in_len > MAX_LEN)
		return 0;
	if (!ctx->zstd_out)
		ctx->zstd_out = ZSTD_createCCtx();
	if (!ctx->zstd_out)
		return 0;
	len = ZSTD_compressCCtx(ctx->zstd_out, out, out_room, in, in_len, level);
	return ZSTD_isError(len) ? 0 : len;
}

const char *anz_codec_name(AnzCodec codec)
{
	static const char *const names[] = {
		[ANZ_CODEC_NONE] = "none", [ANZ_CODEC_ZLIB] = "zlib", [ANZ_CODEC_LZO] = "lzo",
		[ANZ_CODEC_SNAPPY] = "snappy", [ANZ_CODEC_ZSTD] = "zstd",
	};

	return (guint)codec < G_N_ELEMENTS(names) ? names[codec] : "unknown";
}
