/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * types/kallsyms*.c and btf-dump.c: symbols in every encoding of addresses that kernels
 * have had, tables that make no sense, and a machine whose memory is all there is.
 */
#include <string.h>

#include "btf-writer.h"
#include "kallsyms-writer.h"
#include "kernel-util.h"
#include "types-util.h"

/* By address, as kernels have them; a per-cpu area at 0 first. */
static const KallsymsEntry entries[] = {
	{ "Acpu_number", 0x1000 },
	{ "T_text", KALLSYMS_BASE },
	{ "T_stext", KALLSYMS_BASE },
	{ "tlocal", KALLSYMS_BASE + 0x100 },
	{ "Tdo__something", KALLSYMS_BASE + 0x200 },
	{ "tsame_name", KALLSYMS_BASE + 0x300 },
	{ "Tsame_name", KALLSYMS_BASE + 0x400 },
	{ "tsame_name", KALLSYMS_BASE + 0x500 },
	{ "Dinit_uts_ns", KALLSYMS_BASE + 0x2000 },
	{ "B_end", KALLSYMS_BASE + 0x9000 },
};

static const AnzKallsymsAnchor anchors[] = {
	{ "not_there", 1 }, { "_stext", KALLSYMS_BASE }, { "init_uts_ns", KALLSYMS_BASE + 0x2000 },
};

static AnzTypeProvider *open_tables(AnzKallsymsTables *t, guint64 slide)
{
	GError *error = NULL;
	AnzTypeProvider *p = anz_kallsyms_provider_new(t, anchors, G_N_ELEMENTS(anchors), slide,
						       &error);

	g_assert_no_error(error);
	return p;
}

static void test_encoding(gconstpointer data)
{
	KallsymsEncoding encoding = GPOINTER_TO_INT(data);
	/* A 32-bit offset reaches the per-cpu area at 0 in one encoding only. */
	guint first = encoding == KALLSYMS_PERCPU || encoding == KALLSYMS_ABSOLUTE ? 0 : 1;
	AnzKallsymsTables t = kallsyms_write(encoding, entries + first,
					   G_N_ELEMENTS(entries) - first);
	guint64 slide = 0x1000000, offset = 0;
	AnzTypeProvider *p = open_tables(&t, slide);
	AnzSymbol s;

	for (guint i = first; i < G_N_ELEMENTS(entries); i++) {
		gboolean moves = entries[i].address >= KALLSYMS_BASE;

		if (strstr(entries[i].name, "same_name"))
			continue;
		g_assert_true(p->ops->symbol(p, entries[i].name + 1, &s));
		g_assert_cmphex(s.value, ==, entries[i].address - (moves ? slide : 0));
		g_assert_cmpint(s.slides, ==, moves);
	}
	g_assert_false(p->ops->symbol(p, "do_something", &s));
	g_assert_false(p->ops->symbol(p, "Tdo__something", &s));
	g_assert_false(p->ops->symbol(p, "", &s));
	/* the global one of three */
	g_assert_true(p->ops->symbol(p, "same_name", &s));
	g_assert_cmphex(s.value, ==, KALLSYMS_BASE + 0x400 - slide);

	/* by run-time address, which is value plus slide */
	g_assert_cmpstr(p->ops->symbol_at(p, KALLSYMS_BASE + 0x234, slide, &offset), ==, "do__something");
	g_assert_cmphex(offset, ==, 0x34);
	g_assert_cmpstr(p->ops->symbol_at(p, KALLSYMS_BASE + 1, slide, NULL), ==, "_text");
	g_assert_cmpstr(p->ops->symbol_at(p, KALLSYMS_BASE + 0x200, 0, NULL), ==, NULL);
	g_assert_null(p->ops->symbol_at(p, KALLSYMS_BASE + 0x9000, slide, NULL));
	g_assert_null(p->ops->symbol_at(p, 0x1000, slide, NULL));
	p->ops->free(p);
}

/* Since 6.1 a name may have more than 127 tokens. */
static void test_long_name(void)
{
	g_autofree char *name = g_strnfill(400, 'x'), *too_long = g_strnfill(2000, 'y');
	KallsymsEntry list[4] = { entries[2] };
	AnzKallsymsTables t;
	AnzTypeProvider *p;
	AnzSymbol s;

	name[0] = too_long[0] = 'T';
	list[1] = (KallsymsEntry){ name, KALLSYMS_BASE + 1 };
	list[2] = (KallsymsEntry){ too_long, KALLSYMS_BASE + 2 };
	list[3] = (KallsymsEntry){ "Tlast", KALLSYMS_BASE + 3 };
	t = kallsyms_write(KALLSYMS_RELATIVE, list, G_N_ELEMENTS(list));
	p = open_tables(&t, 0);
	g_assert_true(p->ops->symbol(p, name + 1, &s));
	g_assert_cmphex(s.value, ==, KALLSYMS_BASE + 1);
	g_assert_false(p->ops->symbol(p, too_long + 1, &s));
	g_assert_true(p->ops->symbol(p, "last", &s));
	p->ops->free(p);
}

/* A name that begins with a token without text, as a damaged table may have. */
static void test_empty_token(void)
{
	const KallsymsEntry list[] = { entries[2], { "?Tlast", KALLSYMS_BASE + 1 } };
	AnzKallsymsTables t = kallsyms_write(KALLSYMS_RELATIVE, list, G_N_ELEMENTS(list));
	AnzTypeProvider *p;
	AnzSymbol s;

	*(guint8 *)memchr(t.names, '?', t.names_len) = 0;
	p = open_tables(&t, 0);
	g_assert_true(p->ops->symbol(p, "last", &s));
	g_assert_cmphex(s.value, ==, KALLSYMS_BASE + 1);
	g_assert_false(p->ops->symbol(p, "Tlast", &s));
	p->ops->free(p);
}

static void refuse(AnzKallsymsTables *t, const AnzKallsymsAnchor *list, guint nr,
		   const char *words)
{
	GError *error = NULL;

	g_assert_null(anz_kallsyms_provider_new(t, list, nr, 0, &error));
	g_assert_error(error, ANZ_ERROR, ANZ_ERROR_FORMAT);
	if (!strstr(error->message, words))
		g_error("\"%s\" is not in: %s", words, error->message);
	g_error_free(error);
}

static void test_refused(void)
{
	const AnzKallsymsAnchor elsewhere = { "_stext", KALLSYMS_BASE + 0x1000 };
	AnzKallsymsTables t = kallsyms_write(KALLSYMS_RELATIVE, entries + 1, 9);

	t.names_len--;
	refuse(&t, anchors, G_N_ELEMENTS(anchors), "names end before");
	t = kallsyms_write(KALLSYMS_RELATIVE, entries + 1, 9);
	t.names[0] = 0xff;
	refuse(&t, anchors, G_N_ELEMENTS(anchors), "names end before");
	t = kallsyms_write(KALLSYMS_RELATIVE, entries + 1, 9);
	t.token_index[2 * 77 + 1] = 0xff;
	refuse(&t, anchors, G_N_ELEMENTS(anchors), "token lies outside");
	t = kallsyms_write(KALLSYMS_RELATIVE, entries + 1, 9);
	t.tokens_len--;	/* the last one has no end */
	refuse(&t, anchors, G_N_ELEMENTS(anchors), "token lies outside");
	t = kallsyms_write(KALLSYMS_RELATIVE, entries + 1, 9);
	refuse(&t, &elsewhere, 1, "no known encoding");
	t = kallsyms_write(KALLSYMS_RELATIVE, entries + 1, 9);
	refuse(&t, anchors, 1, "no known encoding");	/* nothing to hold it against */
}

/* Copies @bytes into the machine's memory and has VMCOREINFO name them. */
static guint64 place(TestMachine *m, const char *symbol, const void *bytes, gsize len)
{
	guint64 vaddr = test_machine_alloc(m, len, 16);

	memcpy(test_machine_at(m, vaddr), bytes, len);
	if (symbol)
		test_machine_say(m, "SYMBOL(%s)=%" G_GINT64_MODIFIER "x", symbol, vaddr);
	return vaddr;
}

static GByteArray *struct_only(const char *name, guint32 size)
{
	g_autoptr(BtfWriter) w = btf_writer_new();

	btf_writer_add(w, name, BTF_KIND_STRUCT, 0, FALSE, size);
	return btf_writer_bytes(w, FALSE);
}

/* A machine that carries kallsyms and, at __start_BTF, @btf (nullable). */
static TestMachine *machine_with(const GByteArray *btf)
{
	TestMachine *m = test_machine_new();
	guint64 stext = MACHINE_DIRECT_MAP + 0x1000, start = 0;
	AnzKallsymsTables t;

	if (btf)
		start = place(m, NULL, btf->data, btf->len);

	const KallsymsEntry list[] = {
		{ "T_stext", stext },
		{ "Tinit_uts_ns", stext + 8 },
		{ "D__start_BTF", start },
		{ "D__stop_BTF", start + (btf ? btf->len : 0) },
	};

	t = kallsyms_write(KALLSYMS_ABSOLUTE, list, btf ? 4 : 2);
	test_machine_say(m, "SYMBOL(_stext)=%" G_GINT64_MODIFIER "x", stext);
	place(m, "kallsyms_num_syms", &t.nr_symbols, 4);
	place(m, "kallsyms_names", t.names, t.names_len);
	place(m, "kallsyms_token_table", t.tokens, t.tokens_len);
	place(m, "kallsyms_token_index", t.token_index, sizeof(t.token_index));
	place(m, "kallsyms_addresses", t.offsets, t.nr_symbols * 8);
	g_free(t.names);
	g_free(t.tokens);
	g_free(t.offsets);
	return m;
}

static void log_line(const char *line, gpointer data)
{
	g_string_append_printf(data, "%s\n", line);
}

/* What a dump is opened with: nothing but itself. */
static AnzTypes *open_types(TestMachine *m, GString *log, const char *const *files,
			    GError **error)
{
	static const char *const nowhere[] = { NULL };
	AnzTypesOptions options = { .files = files, .search_dirs = nowhere, .image = m->image,
				    .build_id = "0123456789", .log = log ? log_line : NULL,
				    .log_data = log };

	return anz_types_open(&options, error);
}

static void test_dump(void)
{
	g_autoptr(GByteArray) btf = struct_only("page", 64);
	g_autoptr(TestMachine) m = machine_with(btf);
	g_autoptr(AnzTypes) types = NULL;
	GError *error = NULL;
	guint64 address;

	test_machine_open_bare(m);
	types = open_types(m, NULL, NULL, &error);
	g_assert_no_error(error);
	g_assert_cmpstr(anz_types_kind(types), ==, "BTF");
	g_assert_null(anz_types_missing(types));
	g_assert_cmpuint(anz_types_find(types, "page")->size, ==, 64);
	g_assert_true(anz_types_symbol(types, "init_uts_ns", &address));
	g_assert_cmphex(address, ==, MACHINE_DIRECT_MAP + 0x1008);
	g_assert_cmpstr(anz_types_describe(types)[0], ==, "BTF of the dump");
	g_assert_cmpstr(anz_types_describe(types)[1], ==, "kallsyms of the dump");
	g_assert_null(anz_types_describe(types)[2]);
}

/* No BTF, or nothing at all: a result that says so, with symbols if there are some. */
static void test_dump_without(void)
{
	g_autoptr(GByteArray) damaged = struct_only("page", 64);
	GByteArray *const btf[] = { NULL, damaged };
	const char *const words[] = { "CONFIG_DEBUG_INFO_BTF", "does not begin" };

	damaged->data[0] = 0;
	for (guint i = 0; i < G_N_ELEMENTS(btf); i++) {
		g_autoptr(TestMachine) m = machine_with(btf[i]);
		g_autoptr(AnzTypes) types = NULL;
		guint64 address;

		test_machine_open_bare(m);
		types = open_types(m, NULL, NULL, NULL);
		g_assert_nonnull(types);
		g_assert_null(anz_types_kind(types));
		g_assert_nonnull(strstr(anz_types_missing(types), words[i]));
		g_assert_nonnull(strstr(anz_types_missing(types), "--vmlinux"));
		g_assert_null(anz_types_find(types, "page"));
		g_assert_true(anz_types_symbol(types, "_stext", &address));
	}

	g_autoptr(TestMachine) m = test_machine_new();
	g_autoptr(AnzTypes) types = NULL;

	test_machine_open_bare(m);
	types = open_types(m, NULL, NULL, NULL);
	g_assert_null(anz_types_kind(types));
	g_assert_nonnull(strstr(anz_types_missing(types), "names no kallsyms"));
	g_assert_null(anz_types_describe(types)[0]);
}

/* Numbers and addresses out of a dump that make no sense are refused, not followed. */
static void test_dump_damaged(void)
{
	g_autoptr(GByteArray) btf = struct_only("page", 64);
	static const char *const tables[] = { "kallsyms_names", "kallsyms_num_syms",
					      "kallsyms_token_table", "kallsyms_token_index",
					      "kallsyms_addresses" };

	for (guint i = 0; i < G_N_ELEMENTS(tables); i++) {
		g_autoptr(TestMachine) m = machine_with(btf);
		g_autofree char *key = g_strdup_printf("SYMBOL(%s)=", tables[i]);
		g_autoptr(AnzTypes) types = NULL;

		/* moved to where nothing is */
		memcpy(strstr(m->info->str, key) + strlen(key), "ffffffffc", 9);
		test_machine_open_bare(m);
		types = open_types(m, NULL, NULL, NULL);
		g_assert_null(anz_types_kind(types));
		g_assert_nonnull(strstr(anz_types_missing(types), tables[i]));
	}
	for (guint32 nr = 0, i = 0; i < 2; i++, nr = 0x7fffffff) {
		g_autoptr(TestMachine) m = machine_with(btf);
		g_autoptr(AnzTypes) types = NULL;
		guint64 at = g_ascii_strtoull(strstr(m->info->str, "num_syms)=") + 10, NULL, 16);

		memcpy(test_machine_at(m, at), &nr, 4);
		test_machine_open_bare(m);
		types = open_types(m, NULL, NULL, NULL);
		g_assert_nonnull(strstr(anz_types_missing(types), "kallsyms_num_syms"));
	}
}

/* BTF alone has no build-id: VMCOREINFO tells whether it is the dump's. */
static void test_named_btf(void)
{
	g_autoptr(GByteArray) right = struct_only("page", 64), wrong = struct_only("page", 56);
	g_autoptr(TestMachine) m = machine_with(NULL);
	g_autoptr(GString) log = g_string_new(NULL);
	g_autofree char *path = g_build_filename(m->folder, "some.btf", NULL);
	const char *files[] = { path, NULL };
	GError *error = NULL;
	AnzTypes *types;
	guint64 address;

	test_machine_say(m, "SIZE(page)=64");
	test_machine_open_bare(m);
	anz_test_write(m->folder, "some.btf", right->data, right->len);
	types = open_types(m, log, files, &error);
	g_assert_no_error(error);
	g_assert_nonnull(strstr(log->str, "agree with all 1 statements"));
	/* and symbols are the dump's */
	g_assert_true(anz_types_symbol(types, "init_uts_ns", &address));
	anz_types_free(types);

	anz_test_write(m->folder, "some.btf", wrong->data, wrong->len);
	g_assert_null(open_types(m, NULL, files, &error));
	g_assert_error(error, ANZ_ERROR, ANZ_ERROR_MISMATCH);
	g_assert_nonnull(strstr(error->message, "SIZE(page) is 56 there and 64 in the dump"));
	g_error_free(error);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_data_func("/kallsyms/relative", GINT_TO_POINTER(KALLSYMS_RELATIVE), test_encoding);
	g_test_add_data_func("/kallsyms/percpu", GINT_TO_POINTER(KALLSYMS_PERCPU), test_encoding);
	g_test_add_data_func("/kallsyms/self", GINT_TO_POINTER(KALLSYMS_SELF), test_encoding);
	g_test_add_data_func("/kallsyms/absolute", GINT_TO_POINTER(KALLSYMS_ABSOLUTE), test_encoding);
	g_test_add_func("/kallsyms/long-name", test_long_name);
	g_test_add_func("/kallsyms/empty-token", test_empty_token);
	g_test_add_func("/kallsyms/refused", test_refused);
	g_test_add_func("/kallsyms/dump", test_dump);
	g_test_add_func("/kallsyms/dump-without", test_dump_without);
	g_test_add_func("/kallsyms/dump-damaged", test_dump_damaged);
	g_test_add_func("/kallsyms/named-btf", test_named_btf);
	return g_test_run();
}
