/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One face for the block compressors that dumps and store files use.  Stateless: any thread may
 * call, each with its own AnzCodecContext.
 */
#ifndef ANZ_CODEC_H
#define ANZ_CODEC_H

#include <glib.h>

typedef enum { ANZ_CODEC_NONE, ANZ_CODEC_ZLIB, ANZ_CODEC_LZO, ANZ_CODEC_SNAPPY,
	       ANZ_CODEC_ZSTD } AnzCodec;

/** Scratch state of one thread (a libdeflate decompressor, a zstd context). */
typedef struct AnzCodecContext AnzCodecContext;
AnzCodecContext *anz_codec_context_new(void);
void anz_codec_context_free(AnzCodecContext *ctx);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AnzCodecContext, anz_codec_context_free)

/**
 * anz_codec_inflate:
 * @in: compressed bytes; @in_len at most 2^31
 * @out: room for @out_len bytes, the exact size expected
 *
 * Never reads or writes outside the given buffers, whatever @in holds.
 *
 * Returns: %TRUE if exactly @out_len bytes came out.
 */
gboolean anz_codec_inflate(AnzCodecContext *ctx, AnzCodec codec, const void *in, gsize in_len,
			   void *out, gsize out_len);

/** Upper bound of what anz_codec_deflate() writes for @len bytes (zstd). */
gsize anz_codec_bound(gsize len);
/** Compresses with zstd at @level.  Returns the compressed length, or 0 on failure. */
gsize anz_codec_deflate(AnzCodecContext *ctx, const void *in, gsize in_len, void *out,
			gsize out_room, int level);
const char *anz_codec_name(AnzCodec codec);

#endif
