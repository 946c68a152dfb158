/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* First byte: the codec; the rest: compressed bytes, into blocks of three sizes. */
#include "codec/codec.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const gsize sizes[] = { 16, 4096, 65536 };
	static AnzCodecContext *ctx;
	guint i = 0;

	if (!ctx)
		ctx = anz_codec_context_new();
	if (len < 2)
		return 0;
	for (i = 0; i < G_N_ELEMENTS(sizes); i++) {
		/* Exact sizes on the heap, so that a byte too far is seen. */
		g_autofree guint8 *out = g_malloc(sizes[i]), *in = g_memdup2(data + 1, len - 1);

		anz_codec_inflate(ctx, data[0] % 5, in, len - 1, out, sizes[i]);
	}
	return 0;
}
