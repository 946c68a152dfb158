/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The flattened form: a header of one page, then pieces of the file in the order they
 * happened to be written, each behind its offset and size in big-endian, and a piece at
 * -1 as the end. A header that is written twice, the second time for good, is part of it.
 */
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "out.h"

#define HEADER_SIZE 4096

static guint64 put_piece(struct writer *w, guint64 at, gint64 offset, gint64 len,
			 const void *data)
{
	gint64 head[2] = { GINT64_TO_BE(offset), GINT64_TO_BE(len) };

	writer_at(w, at, head, sizeof(head));
	if (len > 0)
		writer_at(w, at + sizeof(head), data, len);
	return at + sizeof(head) + (len > 0 ? len : 0);
}

static gboolean is_zero(const guint8 *p, gsize len)
{
	return !len || (!p[0] && !memcmp(p, p + 1, len - 1));
}

static void flatten(struct writer *w, const guint8 *data, guint64 size, guint64 seed)
{
	guint8 header[HEADER_SIZE] = "makedumpfile";
	struct rng rng = { seed ^ 0xf1a7 };
	guint64 at = HEADER_SIZE, pos = 0, held = 0, held_len = 0;
	gint64 one = GINT64_TO_BE(1);

	memcpy(header + 16, &one, 8);		/* type */
	memcpy(header + 24, &one, 8);		/* version */
	writer_at(w, 0, header, sizeof(header));
	/* the first page as it was before its numbers were known */
	memset(header, 0xee, sizeof(header));
	at = put_piece(w, at, 0, MIN(size, HEADER_SIZE), header);
	while (pos < size) {
		guint64 piece = 1000 + rng_below(&rng, 1 << 20);
		guint64 len = MIN(size - pos, piece);

		if (!held_len && rng_percent(&rng, 20)) {
			/* this piece comes later than the one behind it */
			held = pos;
			held_len = len;
		} else {
			/* the last piece must be there, to give the file its length */
			if (!is_zero(data + pos, len) || pos + len == size)
				at = put_piece(w, at, pos, len, data + pos);
			if (held_len)
				at = put_piece(w, at, held, held_len, data + held);
			held_len = 0;
		}
		pos += len;
	}
	if (held_len)
		at = put_piece(w, at, held, held_len, data + held);
	at = put_piece(w, at, 0, MIN(size, HEADER_SIZE), data);
	put_piece(w, at, -1, -1, NULL);
}

/**
 * out_flatten:
 * @in: a finished dump
 * @out: its flattened form, to be created
 */
gboolean out_flatten(const char *in, const char *out, guint64 seed, GError **error)
{
	g_autoptr(GMappedFile) map = g_mapped_file_new(in, FALSE, error);
	struct writer w;

	if (!map || !writer_open(&w, out, error))
		return FALSE;
	flatten(&w, (guint8 *)g_mapped_file_get_contents(map),
		g_mapped_file_get_length(map), seed);
	return writer_close(&w, error);
}
