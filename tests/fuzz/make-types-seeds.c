/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* make-types-seeds FOLDER: seeds for fuzz-btf and fuzz-kallsyms, a folder for each. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "btf-writer.h"
#include "kallsyms-seed.h"

static void put(const char *top, const char *target, const char *name, const GByteArray *bytes)
{
	g_autofree char *dir = g_build_filename(top, target, NULL);
	g_autofree char *path = g_build_filename(dir, name, NULL);
	g_autoptr(GError) error = NULL;

	g_mkdir_with_parents(dir, 0777);
	if (!g_file_set_contents(path, (const char *)bytes->data, bytes->len, &error)) {
		fprintf(stderr, "%s\n", error->message);
		exit(1);
	}
}

static void write_types(BtfWriter *w)
{
	guint32 i32 = btf_writer_int(w, "int", 4, BTF_INT_SIGNED), alias, to_page, array;

	alias = btf_writer_add(w, "atomic_t", BTF_KIND_TYPEDEF, 0, FALSE, i32);
	to_page = btf_writer_add(w, NULL, BTF_KIND_PTR, 0, FALSE, 5);
	array = btf_writer_add(w, NULL, BTF_KIND_ARRAY, 0, FALSE, 0);
	btf_writer_word(w, to_page);
	btf_writer_word(w, i32);
	btf_writer_word(w, 4);
	btf_writer_add(w, "page", BTF_KIND_STRUCT, 4, TRUE, 64);
	btf_writer_item(w, "flags", i32, 3u << 24);
	btf_writer_item(w, "_refcount", alias, 32);
	btf_writer_item(w, "lists", array, 64);
	btf_writer_item(w, NULL, 6, 320);
	btf_writer_add(w, NULL, BTF_KIND_UNION, 1, FALSE, 8);
	btf_writer_item(w, "private", i32, 0);
	btf_writer_add(w, "pageflags", BTF_KIND_ENUM, 2, TRUE, 4);
	btf_writer_name(w, "PG_locked");
	btf_writer_word(w, 0);
	btf_writer_name(w, "PG_odd");
	btf_writer_word(w, (guint32)-2);
	btf_writer_add(w, "wide", BTF_KIND_ENUM64, 1, FALSE, 8);
	btf_writer_item(w, "P_WIDE", 1, 2);
	btf_writer_add(w, "later", BTF_KIND_FWD, 0, TRUE, 0);
	btf_writer_add(w, NULL, BTF_KIND_CONST, 0, FALSE, 9);
	btf_writer_add(w, NULL, BTF_KIND_FUNC_PROTO, 1, FALSE, to_page);
	btf_writer_name(w, "x");
	btf_writer_word(w, 10);
	btf_writer_add(w, "f", BTF_KIND_FUNC, 0, FALSE, 11);
	btf_writer_add(w, "zone", BTF_KIND_STRUCT, 1, FALSE, 128);
	btf_writer_item(w, "pages", 5, 512);
}

static void write_btf(const char *top)
{
	g_autoptr(BtfWriter) w = btf_writer_new();
	g_autoptr(GByteArray) native = NULL, swapped = NULL;

	write_types(w);
	native = btf_writer_bytes(w, FALSE);
	swapped = btf_writer_bytes(w, TRUE);
	put(top, "btf", "native", native);
	put(top, "btf", "swapped", swapped);
}

static void write_kallsyms(const char *top, KallsymsEncoding encoding)
{
	static const KallsymsEntry list[] = {
		{ "T_stext", KALLSYMS_BASE }, { "t__local", KALLSYMS_BASE + 0x100 },
		{ "tsame", KALLSYMS_BASE + 0x200 }, { "Tsame", KALLSYMS_BASE + 0x200 },
		{ "B_end", KALLSYMS_BASE + 0x1000 },
	};
	AnzKallsymsTables t = kallsyms_write(encoding, list, G_N_ELEMENTS(list));
	KallsymsSeed head = { .encoding = encoding, .nr_symbols = t.nr_symbols,
			      .names_len = t.names_len, .tokens_len = t.tokens_len };
	g_autofree char *name = g_strdup_printf("encoding-%d", encoding);
	g_autoptr(GByteArray) out = g_byte_array_new();

	memcpy(head.token_index, t.token_index, sizeof(head.token_index));
	g_byte_array_append(out, (const guint8 *)&head, sizeof(head));
	g_byte_array_append(out, t.names, t.names_len);
	g_byte_array_append(out, t.tokens, t.tokens_len);
	g_byte_array_append(out, t.offsets, t.nr_symbols * (t.is_absolute ? 8 : 4));
	put(top, "kallsyms", name, out);
	g_free(t.names);
	g_free(t.tokens);
	g_free(t.offsets);
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: make-types-seeds FOLDER\n");
		return 2;
	}
	write_btf(argv[1]);
	for (KallsymsEncoding e = KALLSYMS_RELATIVE; e <= KALLSYMS_ABSOLUTE; e++)
		write_kallsyms(argv[1], e);
	return 0;
}
