/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See btf-writer.h. */
#include "btf-writer.h"

#include <string.h>

BtfWriter *btf_writer_new(void)
{
	BtfWriter *w = g_new0(BtfWriter, 1);

	w->words = g_array_new(FALSE, FALSE, sizeof(guint32));
	w->strings = g_string_new(NULL);
	g_string_append_c(w->strings, '\0');
	return w;
}

BtfWriter *btf_writer_new_split(const BtfWriter *base)
{
	BtfWriter *w = btf_writer_new();

	g_string_truncate(w->strings, 0);
	w->nr_types = base->nr_types;
	w->first_string = base->strings->len;
	return w;
}

void btf_writer_free(BtfWriter *w)
{
	g_array_unref(w->words);
	g_string_free(w->strings, TRUE);
	g_free(w);
}

void btf_writer_word(BtfWriter *w, guint32 word)
{
	g_array_append_val(w->words, word);
}

void btf_writer_name(BtfWriter *w, const char *name)
{
	btf_writer_word(w, name && *name ? w->first_string + w->strings->len : 0);
	if (name && *name)
		g_string_append_len(w->strings, name, strlen(name) + 1);
}

guint32 btf_writer_add(BtfWriter *w, const char *name, guint kind, guint nr_items,
		       gboolean kind_flag, guint32 size_or_type)
{
	btf_writer_name(w, name);
	btf_writer_word(w, kind << 24 | nr_items | (kind_flag ? 1u << 31 : 0));
	btf_writer_word(w, size_or_type);
	return ++w->nr_types;
}

guint32 btf_writer_int(BtfWriter *w, const char *name, guint32 size, guint32 encoding)
{
	guint32 id = btf_writer_add(w, name, BTF_KIND_INT, 0, FALSE, size);

	btf_writer_word(w, encoding << 24 | size * 8);
	return id;
}

void btf_writer_item(BtfWriter *w, const char *name, guint32 first, guint32 second)
{
	btf_writer_name(w, name);
	btf_writer_word(w, first);
	btf_writer_word(w, second);
}

static void append(GByteArray *out, guint32 word, gboolean swapped)
{
	if (swapped)
		word = GUINT32_SWAP_LE_BE(word);
	g_byte_array_append(out, (const guint8 *)&word, sizeof(word));
}

GByteArray *btf_writer_bytes(const BtfWriter *w, gboolean swapped)
{
	GByteArray *out = g_byte_array_new();
	guint16 magic = swapped ? GUINT16_SWAP_LE_BE(BTF_MAGIC) : BTF_MAGIC;
	const guint8 version_and_flags[2] = { BTF_VERSION, 0 };

	g_byte_array_append(out, (const guint8 *)&magic, sizeof(magic));
	g_byte_array_append(out, version_and_flags, 2);
	append(out, sizeof(struct btf_header), swapped);
	append(out, 0, swapped);
	append(out, w->words->len * 4, swapped);
	append(out, w->words->len * 4, swapped);
	append(out, w->strings->len, swapped);
	for (guint i = 0; i < w->words->len; i++)
		append(out, g_array_index(w->words, guint32, i), swapped);
	g_byte_array_append(out, (const guint8 *)w->strings->str, w->strings->len);
	return out;
}
