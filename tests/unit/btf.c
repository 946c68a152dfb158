/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * types/btf*.c: every kind of record, in both byte orders, and records that make no sense.
 * What compilers make of real structs is in types.c.
 */
#include <string.h>

#include "btf-writer.h"
#include "types/btf-private.h"

static AnzTypeProvider *open_bytes(const GByteArray *bytes)
{
	GError *error = NULL;
	AnzTypeProvider *p = anz_btf_provider_new(bytes->data, bytes->len, "the test", &error);

	g_assert_no_error(error);
	return p;
}

static const AnzType *find(AnzTypeProvider *p, AnzTypeNs ns, const char *name)
{
	return p->ops->find(p, ns, name, FALSE);
}

/* Opens what does not make sense and returns the message. */
static char *refuse(const guint8 *bytes, gsize len)
{
	GError *error = NULL;
	char *message;

	g_assert_null(anz_btf_provider_new(bytes, len, "the test", &error));
	g_assert_error(error, ANZ_ERROR, ANZ_ERROR_FORMAT);
	message = g_strdup(error->message);
	g_error_free(error);
	return message;
}

enum { SIGNED = BTF_INT_SIGNED };

/* One record of each kind; the numbers are in the order written. */
static BtfWriter *write_all_kinds(void)
{
	BtfWriter *w = btf_writer_new();
	guint32 i32 = btf_writer_int(w, "int", 4, SIGNED);
	guint32 u64 = btf_writer_int(w, "unsigned long", 8, 0);
	guint32 constant = btf_writer_add(w, NULL, BTF_KIND_CONST, 0, FALSE, i32);
	guint32 volat = btf_writer_add(w, NULL, BTF_KIND_VOLATILE, 0, FALSE, constant);
	guint32 restr = btf_writer_add(w, NULL, BTF_KIND_RESTRICT, 0, FALSE, volat);
	guint32 tag = btf_writer_add(w, "user", BTF_KIND_TYPE_TAG, 0, FALSE, restr);
	guint32 inner_alias = btf_writer_add(w, "inner_t", BTF_KIND_TYPEDEF, 0, FALSE, tag);
	guint32 alias = btf_writer_add(w, "outer_t", BTF_KIND_TYPEDEF, 0, FALSE, inner_alias);
	guint32 fwd = btf_writer_add(w, "later", BTF_KIND_FWD, 0, FALSE, 0);
	guint32 fwd_union = btf_writer_add(w, "other", BTF_KIND_FWD, 0, TRUE, 0);
	guint32 to_fwd = btf_writer_add(w, NULL, BTF_KIND_PTR, 0, FALSE, fwd);
	guint32 to_union = btf_writer_add(w, NULL, BTF_KIND_PTR, 0, FALSE, fwd_union);
	guint32 to_void = btf_writer_add(w, NULL, BTF_KIND_PTR, 0, FALSE, 0);
	guint32 array = btf_writer_add(w, NULL, BTF_KIND_ARRAY, 0, FALSE, 0), anon, proto, to_proto;

	btf_writer_word(w, u64);
	btf_writer_word(w, i32);
	btf_writer_word(w, 3);
	proto = btf_writer_add(w, NULL, BTF_KIND_FUNC_PROTO, 1, FALSE, i32);
	btf_writer_name(w, "x");
	btf_writer_word(w, i32);
	to_proto = btf_writer_add(w, NULL, BTF_KIND_PTR, 0, FALSE, proto);
	btf_writer_add(w, "double", BTF_KIND_FLOAT, 0, FALSE, 8);

	anon = btf_writer_add(w, NULL, BTF_KIND_UNION, 2, FALSE, 8);
	btf_writer_item(w, "word", u64, 0);
	btf_writer_item(w, "half", i32, 32);

	/* kind_flag: 8 bits of width above 24 bits of offset */
	btf_writer_add(w, "thing", BTF_KIND_STRUCT, 9, TRUE, 96);
	btf_writer_item(w, "one", i32, 1u << 24 | 0);
	btf_writer_item(w, "minus", i32, 5u << 24 | 7);
	btf_writer_item(w, NULL, anon, 64);
	btf_writer_item(w, "aliased", alias, 128);
	btf_writer_item(w, "pending", to_fwd, 192);
	btf_writer_item(w, "either", to_union, 256);
	btf_writer_item(w, "any", to_void, 320);
	btf_writer_item(w, "list", array, 384);
	btf_writer_item(w, "callback", to_proto, 576);

	btf_writer_add(w, "colour", BTF_KIND_ENUM, 2, TRUE, 4);
	btf_writer_name(w, "RED");
	btf_writer_word(w, (guint32)-3);
	btf_writer_name(w, "GREEN");
	btf_writer_word(w, 5);
	btf_writer_add(w, "mask", BTF_KIND_ENUM, 1, FALSE, 4);
	btf_writer_name(w, "TOP_BIT");
	btf_writer_word(w, 0x80000000);
	btf_writer_add(w, "wide", BTF_KIND_ENUM64, 1, FALSE, 8);
	btf_writer_item(w, "HUGE_VALUE", 0x89abcdef, 0x01234567);
	btf_writer_add(w, "declared", BTF_KIND_ENUM, 0, FALSE, 4);

	/* what is there besides types */
	btf_writer_add(w, "function", BTF_KIND_FUNC, 0, FALSE, proto);
	btf_writer_add(w, "variable", BTF_KIND_VAR, 0, FALSE, i32);
	btf_writer_word(w, 1);
	btf_writer_add(w, ".data", BTF_KIND_DATASEC, 1, FALSE, 4);
	btf_writer_word(w, w->nr_types - 1);
	btf_writer_word(w, 0);
	btf_writer_word(w, 4);
	btf_writer_add(w, "note", BTF_KIND_DECL_TAG, 0, FALSE, i32);
	btf_writer_word(w, (guint32)-1);

	/* and a second struct of the same name, which does not count */
	btf_writer_add(w, "thing", BTF_KIND_STRUCT, 0, FALSE, 1);
	return w;
}

static AnzMember member_of(const AnzType *type, const char *path)
{
	AnzMember m = { 0 };

	if (!anz_type_member(type, path, &m))
		g_error("no %s", path);
	return m;
}

static void check_struct(const AnzType *thing)
{
	AnzMember m;

	g_assert_cmpuint(thing->size, ==, 96);
	m = member_of(thing, "minus");
	g_assert_true(m.is_bitfield);
	g_assert_cmpuint(m.bit_offset, ==, 7);
	g_assert_cmpuint(m.bit_size, ==, 5);
	m = member_of(thing, "half");
	g_assert_cmpuint(m.bit_offset, ==, 96);
	g_assert_cmpuint(m.bit_size, ==, 32);
	m = member_of(thing, "aliased");
	g_assert_cmpstr(m.type->alias, ==, "outer_t");
	g_assert_cmpstr(m.type->name, ==, "int");
	g_assert_true(m.type->is_signed);
	m = member_of(thing, "pending");
	g_assert_cmpint(m.type->target->kind, ==, ANZ_TYPE_STRUCT);
	g_assert_cmpstr(m.type->target->name, ==, "later");
	g_assert_cmpint(member_of(thing, "either").type->target->kind, ==, ANZ_TYPE_UNION);
	g_assert_cmpint(member_of(thing, "any").type->target->kind, ==, ANZ_TYPE_VOID);
	g_assert_cmpint(member_of(thing, "callback").type->target->kind, ==, ANZ_TYPE_FUNCTION);
	m = member_of(thing, "list[2]");
	g_assert_cmpuint(m.bit_offset, ==, 384 + 128);
	g_assert_cmpuint(member_of(thing, "list").type->size, ==, 24);
}

static void check_enums(AnzTypeProvider *p)
{
	const AnzType *colour = find(p, ANZ_TYPE_NS_ENUM, "colour");
	gint64 value;

	g_assert_true(colour->is_signed);
	g_assert_cmpint(colour->enumerators[0].value, ==, -3);
	g_assert_cmpint(colour->enumerators[1].value, ==, 5);
	g_assert_false(find(p, ANZ_TYPE_NS_ENUM, "mask")->is_signed);
	g_assert_true(p->ops->enumerator(p, "TOP_BIT", &value));
	g_assert_cmpint(value, ==, 0x80000000);
	g_assert_true(p->ops->enumerator(p, "HUGE_VALUE", &value));
	g_assert_cmphex(value, ==, 0x0123456789abcdef);
	g_assert_false(p->ops->enumerator(p, "BLUE", &value));
	g_assert_null(find(p, ANZ_TYPE_NS_ENUM, "declared"));
}

static void test_kinds(gconstpointer swapped)
{
	g_autoptr(BtfWriter) w = write_all_kinds();
	g_autoptr(GByteArray) bytes = btf_writer_bytes(w, GPOINTER_TO_INT(swapped));
	AnzTypeProvider *p = open_bytes(bytes);

	g_assert_true(anz_btf_probe(bytes->data, bytes->len));
	check_struct(find(p, ANZ_TYPE_NS_TAG, "thing"));
	check_enums(p);
	g_assert_cmpint(find(p, ANZ_TYPE_NS_TYPEDEF, "double")->kind, ==, ANZ_TYPE_FLOAT);
	g_assert_cmpstr(find(p, ANZ_TYPE_NS_TYPEDEF, "inner_t")->alias, ==, "inner_t");
	g_assert_cmpuint(find(p, ANZ_TYPE_NS_TYPEDEF, "unsigned long")->size, ==, 8);
	g_assert_null(find(p, ANZ_TYPE_NS_TAG, "later"));
	g_assert_null(find(p, ANZ_TYPE_NS_TAG, "function"));
	g_assert_null(find(p, ANZ_TYPE_NS_TAG, "int"));
	p->ops->free(p);
}

/* Before kind_flag: an int of fewer bits is a bit-field, and enums do not say their sign. */
static void test_old(void)
{
	g_autoptr(BtfWriter) w = btf_writer_new();
	g_autoptr(GByteArray) bytes = NULL;
	guint32 narrow = btf_writer_add(w, "int", BTF_KIND_INT, 0, FALSE, 4);
	AnzTypeProvider *p;
	AnzMember m;
	gint64 value;

	btf_writer_word(w, (guint32)SIGNED << 24 | 2 << 16 | 3);	/* bits 2 to 4 */
	btf_writer_add(w, "thing", BTF_KIND_STRUCT, 1, FALSE, 8);
	btf_writer_item(w, "field", narrow, 32);
	btf_writer_add(w, "e", BTF_KIND_ENUM, 1, FALSE, 4);
	btf_writer_name(w, "MINUS");
	btf_writer_word(w, (guint32)-1);
	bytes = btf_writer_bytes(w, FALSE);
	p = open_bytes(bytes);
	m = member_of(find(p, ANZ_TYPE_NS_TAG, "thing"), "field");
	g_assert_cmpuint(m.bit_offset, ==, 34);
	g_assert_cmpuint(m.bit_size, ==, 3);
	g_assert_true(p->ops->enumerator(p, "MINUS", &value));
	g_assert_cmpint(value, ==, -1);
	g_assert_true(find(p, ANZ_TYPE_NS_ENUM, "e")->is_signed);
	p->ops->free(p);
}

/* Records that lead to themselves, or nowhere, end. */
static void test_loops(void)
{
	g_autoptr(BtfWriter) w = btf_writer_new();
	g_autoptr(GByteArray) bytes = NULL;
	AnzTypeProvider *p;
	const AnzType *type;
	AnzMember m;

	btf_writer_add(w, "self", BTF_KIND_STRUCT, 2, FALSE, 8);
	btf_writer_item(w, "again", 1, 0);
	btf_writer_item(w, "once_more", 1, 0);
	btf_writer_add(w, "turn", BTF_KIND_TYPEDEF, 0, FALSE, 3);
	btf_writer_add(w, "turn_back", BTF_KIND_TYPEDEF, 0, FALSE, 2);
	btf_writer_add(w, "outer", BTF_KIND_STRUCT, 3, FALSE, 8);
	btf_writer_item(w, "array", 5, 0);
	btf_writer_item(w, "nowhere", 9999, 0);
	btf_writer_item(w, "odd", 4, 3);	/* no byte, and no bit-field */
	btf_writer_add(w, NULL, BTF_KIND_ARRAY, 0, FALSE, 0);
	btf_writer_word(w, 5);
	btf_writer_word(w, 5);
	btf_writer_word(w, 0xffffffff);
	btf_writer_add(w, "pointer", BTF_KIND_TYPEDEF, 0, FALSE, 7);
	btf_writer_add(w, NULL, BTF_KIND_PTR, 0, FALSE, 7);
	bytes = btf_writer_bytes(w, FALSE);
	p = open_bytes(bytes);
	type = find(p, ANZ_TYPE_NS_TAG, "self");
	g_assert_cmpuint(type->nr_members, ==, 2);
	g_assert_false(anz_type_member(type, "again.again.again.again", &m));
	g_assert_cmpint(find(p, ANZ_TYPE_NS_TYPEDEF, "turn")->kind, ==, ANZ_TYPE_VOID);
	type = find(p, ANZ_TYPE_NS_TAG, "outer");
	g_assert_cmpint(member_of(type, "nowhere").type->kind, ==, ANZ_TYPE_VOID);
	g_assert_cmpuint(member_of(type, "array").bit_size, ==, 0);
	g_assert_false(anz_type_member(type, "odd", &m));
	g_assert_cmpint(find(p, ANZ_TYPE_NS_TYPEDEF, "pointer")->kind, ==, ANZ_TYPE_POINTER);
	p->ops->free(p);
}

/* A module's types refer to the kernel's by number, and to names that the kernel has. */
static void test_split(gconstpointer swapped)
{
	g_autoptr(BtfWriter) base = write_all_kinds(), w = btf_writer_new_split(base);
	guint32 own = btf_writer_add(w, "own", BTF_KIND_STRUCT, 3, FALSE, 16), nr_base;
	g_autoptr(GByteArray) base_bytes = NULL, bytes = NULL;
	AnzTypeProvider *kernel, *module;
	const AnzType *type;
	gint64 value;

	btf_writer_item(w, "number", 2, 0);	/* the kernel's unsigned long */
	btf_writer_item(w, "next", own + 1, 64);
	btf_writer_word(w, 1);			/* the kernel's first string: "int" */
	btf_writer_word(w, 8);			/* its outer_t */
	btf_writer_word(w, 128);
	btf_writer_add(w, NULL, BTF_KIND_PTR, 0, FALSE, own);
	btf_writer_add(w, "own_enum", BTF_KIND_ENUM, 1, FALSE, 4);
	btf_writer_name(w, "OWN_VALUE");
	btf_writer_word(w, 7);
	/* the same name as the kernel's, another struct */
	btf_writer_add(w, "thing", BTF_KIND_STRUCT, 0, FALSE, 3);
	btf_writer_add(w, "own_thing_t", BTF_KIND_TYPEDEF, 0, FALSE, own + 3);
	base_bytes = btf_writer_bytes(base, GPOINTER_TO_INT(swapped));
	bytes = btf_writer_bytes(w, GPOINTER_TO_INT(swapped));

	kernel = open_bytes(base_bytes);
	module = anz_btf_provider_new_split(bytes->data, bytes->len, "a module", kernel, NULL);
	g_assert_nonnull(module);
	g_assert_cmpstr(module->description, ==, "BTF of a module");
	type = find(module, ANZ_TYPE_NS_TAG, "own");
	g_assert_cmpuint(type->size, ==, 16);
	g_assert_cmpstr(member_of(type, "number").type->name, ==, "unsigned long");
	g_assert_cmpstr(member_of(type, "next").type->target->name, ==, "own");
	g_assert_cmpuint(member_of(type, "int").bit_offset, ==, 128);
	g_assert_cmpstr(member_of(type, "int").type->alias, ==, "outer_t");
	g_assert_cmpuint(find(module, ANZ_TYPE_NS_TAG, "thing")->size, ==, 3);
	g_assert_cmpuint(find(module, ANZ_TYPE_NS_TYPEDEF, "own_thing_t")->size, ==, 3);
	g_assert_cmpuint(find(kernel, ANZ_TYPE_NS_TAG, "thing")->size, ==, 96);
	/* only its own are found in it, and in the kernel's none of its */
	g_assert_null(find(module, ANZ_TYPE_NS_TYPEDEF, "inner_t"));
	g_assert_null(find(kernel, ANZ_TYPE_NS_TAG, "own"));
	g_assert_true(module->ops->enumerator(module, "OWN_VALUE", &value));
	g_assert_cmpint(value, ==, 7);
	g_assert_false(module->ops->enumerator(module, "HUGE_VALUE", &value));
	/* What the kernel's part built for the module outlives it. */
	module->ops->free(module);
	check_struct(find(kernel, ANZ_TYPE_NS_TAG, "thing"));

	/* Over another kernel, which ends earlier, numbers and names lead elsewhere, or nowhere. */
	nr_base = base->nr_types;
	kernel->ops->free(kernel);
	g_clear_pointer(&base, btf_writer_free);
	base = btf_writer_new();
	btf_writer_int(base, "char", 1, 0);
	g_assert_cmpuint(base->nr_types, <, nr_base);
	g_clear_pointer(&base_bytes, g_byte_array_unref);
	base_bytes = btf_writer_bytes(base, FALSE);
	kernel = open_bytes(base_bytes);
	module = anz_btf_provider_new_split(bytes->data, bytes->len, "a module", kernel, NULL);
	g_assert_nonnull(module);
	g_assert_null(find(module, ANZ_TYPE_NS_TAG, "own"));
	for (guint32 id = own; id <= own + 5; id++)
		g_assert_nonnull(anz_btf_build((AnzBtf *)module, id - nr_base + 1));
	module->ops->free(module);
	kernel->ops->free(kernel);
}

/* A module without types of its own has no strings, either. */
static void test_split_empty(void)
{
	g_autoptr(BtfWriter) base = write_all_kinds(), w = btf_writer_new_split(base);
	g_autoptr(GByteArray) base_bytes = btf_writer_bytes(base, FALSE);
	g_autoptr(GByteArray) bytes = btf_writer_bytes(w, FALSE);
	AnzTypeProvider *kernel = open_bytes(base_bytes), *module;
	GError *error = NULL;

	module = anz_btf_provider_new_split(bytes->data, bytes->len, "a module", kernel, &error);
	g_assert_no_error(error);
	g_assert_null(find(module, ANZ_TYPE_NS_TAG, "thing"));
	module->ops->free(module);
	for (gsize cut = 0; cut < bytes->len; cut++) {
		g_assert_null(anz_btf_provider_new_split(bytes->data, cut, "a module", kernel, &error));
		g_assert_error(error, ANZ_ERROR, ANZ_ERROR_FORMAT);
		g_clear_error(&error);
	}
	kernel->ops->free(kernel);
}

static void expect(const GByteArray *bytes, gsize len, const char *words)
{
	g_autofree char *message = refuse(bytes->data, len);

	if (!strstr(message, words))
		g_error("\"%s\" is not in: %s", words, message);
}

static void test_refused(void)
{
	g_autoptr(BtfWriter) w = write_all_kinds();
	g_autoptr(GByteArray) bytes = btf_writer_bytes(w, FALSE);
	guint32 *header = (guint32 *)bytes->data;
	guint32 nr_words = w->words->len;

	for (gsize cut = 0; cut < bytes->len; cut++)
		expect(bytes, cut, cut < sizeof(struct btf_header) ? "does not begin" :
				   "cut short");
	expect((GByteArray *)&(GByteArray){ (guint8 *)"\x7f" "ELF", 4 }, 4, "does not begin");

	header[1] = 4;
	expect(bytes, bytes->len, "senseless header");
	header[1] = sizeof(struct btf_header);
	header[3]--;	/* the last type record loses a byte */
	expect(bytes, bytes->len, "is cut short");
	header[3]++;
	bytes->data[bytes->len - 1] = 'x';
	expect(bytes, bytes->len, "strings");
	bytes->data[bytes->len - 1] = 0;
	header[6 + 1] = 31u << 24;	/* kind of the first record */
	expect(bytes, bytes->len, "of kind 31");
	header[6 + 1] = (guint32)BTF_KIND_STRUCT << 24 | 0xffff;
	expect(bytes, bytes->len, nr_words * 4 < 0xffff * 12 ? "type 1 is cut short" : "");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_data_func("/btf/kinds/native", GINT_TO_POINTER(FALSE), test_kinds);
	g_test_add_data_func("/btf/kinds/swapped", GINT_TO_POINTER(TRUE), test_kinds);
	g_test_add_func("/btf/old", test_old);
	g_test_add_func("/btf/loops", test_loops);
	g_test_add_data_func("/btf/split/native", GINT_TO_POINTER(FALSE), test_split);
	g_test_add_data_func("/btf/split/swapped", GINT_TO_POINTER(TRUE), test_split);
	g_test_add_func("/btf/split/empty", test_split_empty);
	g_test_add_func("/btf/refused", test_refused);
	return g_test_run();
}
