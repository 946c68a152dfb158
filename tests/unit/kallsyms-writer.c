/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See kallsyms-writer.h. */
#include "kallsyms-writer.h"

#include <string.h>

/* Token 1 is "__", all others are the letter of their number. */
static void write_tokens(AnzKallsymsTables *t)
{
	GByteArray *tokens = g_byte_array_new();

	for (guint i = 0; i < 256; i++) {
		const char letter[2] = { (char)i, 0 };
		const char *text = i == 1 ? "__" : letter;

		/* little-endian, as all of the tables here */
		t->token_index[2 * i] = tokens->len & 0xff;
		t->token_index[2 * i + 1] = tokens->len >> 8;
		g_byte_array_append(tokens, (const guint8 *)text, strlen(text) + 1);
	}
	t->tokens_len = tokens->len;
	t->tokens = g_byte_array_free(tokens, FALSE);
}

static void append_name(GByteArray *out, const char *name)
{
	g_autoptr(GByteArray) tokens = g_byte_array_new();
	guint8 length[2];

	for (const char *c = name; *c; c++) {
		gboolean pair = c[0] == '_' && c[1] == '_';

		g_byte_array_append(tokens, pair ? (const guint8 *)"\1" : (const guint8 *)c, 1);
		c += pair;
	}
	length[0] = tokens->len > 127 ? 0x80 | (tokens->len & 0x7f) : tokens->len;
	length[1] = tokens->len >> 7;
	g_byte_array_append(out, length, tokens->len > 127 ? 2 : 1);
	g_byte_array_append(out, tokens->data, tokens->len);
}

static guint64 encode(KallsymsEncoding encoding, guint64 address, guint i)
{
	switch (encoding) {
	case KALLSYMS_RELATIVE:
		return address - KALLSYMS_BASE;
	case KALLSYMS_PERCPU:	/* negative: base - 1 - offset is the address */
		return address < KALLSYMS_BASE ? address : KALLSYMS_BASE - 1 - address;
	case KALLSYMS_SELF:
		return address - (KALLSYMS_OFFSETS + 4 * i);
	default:
		return address;
	}
}

AnzKallsymsTables kallsyms_write(KallsymsEncoding encoding, const KallsymsEntry *list, guint nr)
{
	AnzKallsymsTables t = { .nr_symbols = nr, .offsets_address = KALLSYMS_OFFSETS,
				.relative_base = KALLSYMS_BASE,
				.has_relative_base = encoding == KALLSYMS_RELATIVE ||
						     encoding == KALLSYMS_PERCPU,
				.is_absolute = encoding == KALLSYMS_ABSOLUTE };
	GByteArray *names = g_byte_array_new(), *offsets = g_byte_array_new();

	write_tokens(&t);
	for (guint i = 0; i < nr; i++) {
		guint64 value = GUINT64_TO_LE(encode(encoding, list[i].address, i));

		append_name(names, list[i].name);
		g_byte_array_append(offsets, (const guint8 *)&value,
				    encoding == KALLSYMS_ABSOLUTE ? 8 : 4);
	}
	t.names_len = names->len;
	t.names = g_byte_array_free(names, FALSE);
	t.offsets = g_byte_array_free(offsets, FALSE);
	return t;
}
