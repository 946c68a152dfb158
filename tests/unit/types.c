/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * types/: what DWARF and BTF say is what the compiler did.  The structs below are
 * compiled twice, into this test, which knows their offsets, and into files with debug
 * info of every kind, which are read.
 */
#include <stddef.h>
#include <string.h>

#include "types-util.h"

DECLARED(source,
	typedef struct { unsigned long f; } flags_t;
	enum colour { RED, GREEN = 5, NEGATIVE = -3 };
	enum big { HUGE_VALUE = 0x123456789abcdefLL };
	struct later;
	union never;
	struct inner { int a; struct { short x, y; } pos[3]; };
	struct bits {
		unsigned int one:1, six:6;
		int minus:5;
		unsigned long wide:40;
		unsigned long behind;
	};
	struct packed_bits {
		unsigned char a:5;
		unsigned int b:30;
		unsigned long c:63;
	} __attribute__((packed));
	struct thing {
		flags_t flags;
		union {
			struct { struct thing *next, *prev; };
			struct inner inner;
			union { struct { long deep; }; char tail[40]; };
		};
		const volatile int counter;
		struct inner grid[2][3];
		enum colour colour;
		const char *const *names;
		void (*callback)(int);
		struct later *pending;
		struct bits bits;
		_Bool truth;
		double ratio;
		signed char small;
		unsigned char bytes[];
	};
	struct later { struct thing *back; int here; };
	struct empty { };
	typedef const struct thing thing_alias;
	typedef thing_alias *thing_pointer;
	typedef thing_alias second_alias;
);

/* Uses of everything, so that the compiler writes it down, and a few symbols. */
static const char uses[] =
	"struct thing t; struct later l; struct empty e; struct packed_bits p;\n"
	"enum big b; union never *n; thing_pointer tp; second_alias *sa;\n"
	"enum { NAMELESS = 77, ABC = 1 } nameless;\n"
	"static int local_one = 1; int shared_data[8];\n"
	"int function(void); int function(void) { return local_one; }\n";

static void write_source(const char *folder)
{
	g_autofree char *text = g_strconcat(source, "\n", uses, NULL);

	anz_test_write(folder, "types.c", text, -1);
	anz_test_write(folder, "mm/page_alloc.c", text, -1);
}

static AnzMember member_of(AnzTypes *types, const char *type, const char *path)
{
	AnzMember member = { 0 };

	if (!anz_types_member(types, type, path, &member))
		g_error("struct %s has no %s", type, path);
	return member;
}

#define assert_member(types, tag, path, offset, nr_bytes) \
	do { \
		AnzMember _m = member_of(types, tag, path); \
		g_assert_cmpuint(_m.bit_offset, ==, 8 * (offset)); \
		g_assert_cmpuint(_m.bit_size, ==, 8 * (nr_bytes)); \
		g_assert_false(_m.is_bitfield); \
	} while (0)

/* @is_flat: int a[2][3] has become int[6], as pahole writes it into BTF. */
static void check_members(AnzTypes *types, gboolean is_flat)
{
	struct thing *t = NULL;
	AnzMember m;

	assert_member(types, "thing", "flags", 0, sizeof(t->flags));
	assert_member(types, "thing", "flags.f", 0, sizeof(long));
	assert_member(types, "thing", "prev", offsetof(struct thing, prev),
		      sizeof(void *));
	assert_member(types, "thing", "deep", offsetof(struct thing, deep), sizeof(long));
	assert_member(types, "thing", "inner.pos[2].y",
		      offsetof(struct thing, inner.pos[2].y), sizeof(short));
	assert_member(types, "thing", is_flat ? "grid[5].pos[1].x" : "grid[1][2].pos[1].x",
		      offsetof(struct thing, grid[1][2].pos[1].x), sizeof(short));
	assert_member(types, "thing", is_flat ? "grid[3]" : "grid[1]",
		      offsetof(struct thing, grid[1]),
		      is_flat ? sizeof(t->grid[1][0]) : sizeof(t->grid[1]));
	assert_member(types, "thing", "tail[39]", offsetof(struct thing, tail[39]), 1);
	assert_member(types, "thing", "counter", offsetof(struct thing, counter),
		      sizeof(int));
	assert_member(types, "thing", "bytes", offsetof(struct thing, bytes), 0);
	assert_member(types, "thing", "bytes[100]", offsetof(struct thing, bytes[100]),
		      1);

	for (const char *const *path = (const char *const[]) {
		     "", ".", "nothing", "flags.g", "flags.", "flags..f", "flags[0]",
		     "tail[40]", "tail[", "tail[]", "tail[-1]", "tail[1]x", "tail[1].",
		     "tail[99999999999999999999]", "grid[6]", "grid[1][3]", "grid[0].[1]",
		     "next.flags", "pos", "fla", "counterx", is_flat ? NULL : "grid[2]",
		     NULL };
	     *path; path++) {
		if (anz_types_member(types, "thing", *path, &m))
			g_error("struct thing has \"%s\"", *path);
	}
	g_assert_false(anz_types_member(types, "nothing", "flags", &m));
	g_assert_false(anz_type_member(NULL, "flags", &m));
}

static void check_kinds(AnzTypes *types, gboolean is_flat)
{
	const AnzType *thing = anz_types_find(types, "thing");

	g_assert_nonnull(thing);
	g_assert_cmpint(thing->kind, ==, ANZ_TYPE_STRUCT);
	g_assert_cmpuint(thing->size, ==, sizeof(struct thing));
	g_assert_null(thing->alias);
	g_assert_true(thing == anz_types_find(types, "thing"));

	AnzMember m = member_of(types, "thing", "counter");
	g_assert_cmpint(m.type->kind, ==, ANZ_TYPE_INT);
	g_assert_cmpstr(m.type->name, ==, "int");
	g_assert_true(m.type->is_signed);
	g_assert_false(member_of(types, "thing", "flags.f").type->is_signed);
	g_assert_true(member_of(types, "thing", "small").type->is_signed);
	g_assert_cmpint(member_of(types, "thing", "ratio").type->kind, ==,
			ANZ_TYPE_FLOAT);
	g_assert_cmpint(member_of(types, "thing", "truth").type->kind, ==, ANZ_TYPE_INT);

	m = member_of(types, "thing", "flags");
	g_assert_cmpint(m.type->kind, ==, ANZ_TYPE_STRUCT);
	g_assert_null(m.type->name);
	g_assert_cmpstr(m.type->alias, ==, "flags_t");

	/* behind a pointer: only what it is called */
	m = member_of(types, "thing", "pending");
	g_assert_cmpint(m.type->kind, ==, ANZ_TYPE_POINTER);
	g_assert_cmpuint(m.type->size, ==, sizeof(void *));
	g_assert_cmpint(m.type->target->kind, ==, ANZ_TYPE_STRUCT);
	g_assert_cmpstr(m.type->target->name, ==, "later");
	g_assert_cmpuint(m.type->target->size, ==, 0);
	m = member_of(types, "thing", "names");
	g_assert_cmpint(m.type->target->kind, ==, ANZ_TYPE_POINTER);
	g_assert_cmpint(m.type->target->target->kind, ==, ANZ_TYPE_INT);
	g_assert_cmpuint(m.type->target->target->size, ==, 1);
	m = member_of(types, "thing", "callback");
	g_assert_cmpint(m.type->target->kind, ==, ANZ_TYPE_FUNCTION);

	m = member_of(types, "thing", "grid");
	g_assert_cmpint(m.type->kind, ==, ANZ_TYPE_ARRAY);
	g_assert_cmpuint(m.type->size, ==, 6 * sizeof(struct inner));
	g_assert_cmpuint(m.type->nr_elems, ==, is_flat ? 6 : 2);
	g_assert_cmpuint(m.type->target->nr_elems, ==, is_flat ? 0 : 3);
	g_assert_cmpstr((is_flat ? m.type->target : m.type->target->target)->name, ==, "inner");
	g_assert_true(anz_type_member(m.type, is_flat ? "[3].a" : "[1][0].a", &m));
	g_assert_cmpuint(m.bit_offset, ==, 8 * 3 * sizeof(struct inner));
	g_assert_cmpuint(member_of(types, "thing", "bytes").type->nr_elems, ==, 0);

	g_assert_cmpuint(anz_types_find(types, "empty")->size, ==, 0);
	g_assert_null(anz_types_find(types, "never"));	/* declared only */
	g_assert_null(anz_types_find(types, "colour"));	/* an enum */
	g_assert_null(anz_types_find_enum(types, "thing"));
}

static void check_typedefs(AnzTypes *types)
{
	const AnzType *type = anz_types_find_typedef(types, "thing_alias");

	g_assert_nonnull(type);
	g_assert_cmpstr(type->name, ==, "thing");
	g_assert_cmpstr(type->alias, ==, "thing_alias");
	g_assert_cmpuint(type->size, ==, sizeof(struct thing));
	g_assert_cmpstr(anz_types_find_typedef(types, "second_alias")->alias, ==,
			"second_alias");
	type = anz_types_find_typedef(types, "thing_pointer");
	g_assert_cmpint(type->kind, ==, ANZ_TYPE_POINTER);
	g_assert_cmpstr(type->target->alias, ==, "thing_alias");
	g_assert_cmpstr(type->target->name, ==, "thing");
	type = anz_types_find_typedef(types, "int");
	g_assert_cmpuint(type->size, ==, sizeof(int));
	g_assert_null(type->alias);
	g_assert_null(anz_types_find_typedef(types, "thing"));
}

static void check_enums(AnzTypes *types)
{
	const AnzType *colour = anz_types_find_enum(types, "colour");
	gint64 value = 0;

	g_assert_nonnull(colour);
	g_assert_cmpint(colour->kind, ==, ANZ_TYPE_ENUM);
	g_assert_cmpuint(colour->nr_enumerators, ==, 3);
	g_assert_true(colour->is_signed);
	g_assert_false(anz_types_find_enum(types, "big")->is_signed);
	g_assert_true(anz_types_enumerator(types, "colour", "GREEN", &value));
	g_assert_cmpint(value, ==, 5);
	g_assert_true(anz_types_enumerator(types, NULL, "NEGATIVE", &value));
	g_assert_cmpint(value, ==, -3);
	g_assert_true(anz_types_enumerator(types, NULL, "NAMELESS", &value));
	g_assert_cmpint(value, ==, 77);
	g_assert_true(anz_types_enumerator(types, "big", "HUGE_VALUE", &value));
	g_assert_cmpint(value, ==, 0x123456789abcdefLL);
	g_assert_false(anz_types_enumerator(types, "colour", "HUGE_VALUE", &value));
	g_assert_false(anz_types_enumerator(types, "none", "GREEN", &value));
	g_assert_false(anz_types_enumerator(types, NULL, "NOWHERE", &value));
}

/* What the compiler put into a bit-field is read back. */
static void check_bits(AnzTypes *types)
{
	struct bits bits = { .one = 1, .six = 0x2a, .minus = -7, .wide = 0xa987654321,
			     .behind = ~0UL };
	struct packed_bits packed = { .a = 0x15,
				      .b = 0x2aaabbbb,
				      .c = 0x7edcba9876543210 };
	const struct {
		const char *type, *path;
		const void *record;
		guint64 value;
	} fields[] = {
		{ "bits", "one", &bits, 1 },
		{ "bits", "six", &bits, 0x2a },
		{ "bits", "minus", &bits, (guint64)-7 },
		{ "bits", "wide", &bits, 0xa987654321 },
		{ "bits", "behind", &bits, ~(guint64)0 },
		{ "packed_bits", "a", &packed, 0x15 },
		{ "packed_bits", "b", &packed, 0x2aaabbbb },
		{ "packed_bits", "c", &packed, 0x7edcba9876543210 }, /* over nine bytes */
	};

	for (guint i = 0; i < G_N_ELEMENTS(fields); i++) {
		AnzMember m = member_of(types, fields[i].type, fields[i].path);

		g_test_message("%s.%s", fields[i].type, fields[i].path);
		g_assert_cmphex(anz_member_load(&m, fields[i].record, FALSE), ==,
				fields[i].value);
		g_assert_cmpint(m.is_bitfield, ==, strcmp(fields[i].path, "behind") != 0);
	}
	g_assert_cmpuint(member_of(types, "thing", "bits.six").bit_offset, ==,
			 8 * offsetof(struct thing, bits) + 1);
	g_assert_cmpuint(member_of(types, "bits", "wide").bit_size, ==, 40);
}

static void check_everything(AnzTypes *types, gboolean is_flat)
{
	check_members(types, is_flat);
	check_kinds(types, is_flat);
	check_typedefs(types);
	check_enums(types);
	check_bits(types);
}

typedef struct {
	const char *name;
	const char *command;	/* makes "vmlinux" of "types.c" */
	const char *then;	/* a second command */
	const char *needs;	/* a program without which there is nothing to test */
	const char *kind;	/* "DWARF" if NULL */
} Flavour;

#define LINK " -nostdlib -static -Wl,-e,0 -o vmlinux "

static const Flavour flavours[] = {
	{ "dwarf-2", "cc -gdwarf-2 -gstrict-dwarf" LINK "types.c", NULL, NULL },
	{ "dwarf-4", "cc -gdwarf-4" LINK "types.c", NULL, NULL },
	{ "dwarf-5", "cc -gdwarf-5" LINK "types.c", NULL, NULL },
	{ "dwarf-5-64bit", "cc -gdwarf-5 -gdwarf64" LINK "types.c", NULL, NULL },
	{ "type-units-4", "cc -gdwarf-4 -fdebug-types-section" LINK "types.c", NULL,
	  NULL },
	{ "type-units-5", "cc -gdwarf-5 -fdebug-types-section" LINK "types.c", NULL,
	  NULL },
	{ "compressed", "cc -g -gz" LINK "types.c", NULL, NULL },
	{ "compressed-old", "cc -g -gz=zlib-gnu" LINK "types.c", NULL, NULL },
	{ "shared", "cc -g -shared -fPIC -o vmlinux types.c", NULL, NULL },
	{ "object", "cc -g -c -o vmlinux types.c", NULL, NULL },
	{ "emit-relocs", "cc -g -Wl,--emit-relocs" LINK "types.c", NULL, NULL },
	{ "clang", "clang -g -fstandalone-debug" LINK "types.c", NULL, "clang" },
	{ "dwz", "cc -g" LINK "mm/page_alloc.c again.c", "dwz vmlinux", "dwz" },
	{ "btf", "cc -g" LINK "types.c", "sh -c 'pahole -J --btf_gen_floats vmlinux && strip -g vmlinux'",
	  "pahole", "BTF" },
	{ "btf-alone", "cc -g" LINK "types.c", "sh -c 'pahole --btf_gen_floats --btf_encode_detached=btf vmlinux"
	  " && mv btf vmlinux'", "pahole", "BTF" },
};

static void test_flavour(gconstpointer data)
{
	const Flavour *flavour = data;
	g_autofree char *program = flavour->needs ?
					   g_find_program_in_path(flavour->needs) :
					   NULL;
	char *folder;

	if (flavour->needs && !program) {
		g_test_skip("program not installed");
		return;
	}
	folder = anz_test_folder();
	write_source(folder);
	/*
	 * A second unit with the same types, for dwz to move them into a partial one;
	 * that is read because mm/page_alloc.c imports it, or not at all.
	 */
	g_autofree char *again = g_strconcat(source,
					     "\nstruct thing t2; struct packed_bits p2;"
					     "enum big b2; enum colour c2;",
					     NULL);
	anz_test_write(folder, "again.c", again, -1);
	g_assert_true(anz_test_run(folder, "%s", flavour->command));
	if (flavour->then)
		g_assert_true(anz_test_run(folder, "%s", flavour->then));

	g_autoptr(AnzTypes) types = anz_test_open(folder, "vmlinux");
	g_autofree char *prefix = g_strdup_printf("%s of ", flavour->kind ? flavour->kind :
								"DWARF");

	check_everything(types, flavour->kind != NULL);
	g_assert_true(g_str_has_prefix(anz_types_describe(types)[0], prefix));
	g_assert_true(g_str_has_suffix(anz_types_describe(types)[0], "/vmlinux"));
	g_assert_null(anz_types_describe(types)[1]);
	anz_test_remove(folder);
}

/* No big-endian machine at hand: bytes as such a machine would hold them. */
static void test_big_endian_load(void)
{
	static const guint8 record[] = { 0x12, 0x34, 0x56, 0x78, 0x9a,
					 0xbc, 0xde, 0xf0, 0xa5 };
	static const AnzType plain = { .kind = ANZ_TYPE_INT };
	static const AnzType with_sign = { .kind = ANZ_TYPE_INT, .is_signed = TRUE };
	const struct {
		guint64 offset, size;
		const AnzType *type;
		guint64 value;
	} loads[] = {
		{ 0, 8, &plain, 0x12 },
		{ 0, 16, &plain, 0x1234 },
		{ 32, 32, &plain, 0x9abcdef0 },
		{ 32, 32, &with_sign, 0xffffffff9abcdef0 },
		{ 0, 64, &plain, 0x123456789abcdef0 },
		{ 4, 8, &plain, 0x23 },
		{ 1, 3, &plain, 1 }, /* 0x12 is 0 001 0010 */
		{ 4, 64, &plain, 0x23456789abcdef0a },
		{ 0, 65, &plain, 0 },
	};

	for (guint i = 0; i < G_N_ELEMENTS(loads); i++) {
		AnzMember m = { .bit_offset = loads[i].offset, .bit_size = loads[i].size,
				.type = loads[i].type };

		g_assert_cmphex(anz_member_load(&m, record, TRUE), ==, loads[i].value);
	}

	AnzMember m = { .bit_offset = 8, .bit_size = 16, .type = &plain };
	g_assert_cmphex(anz_member_load(&m, record, FALSE), ==, 0x5634);
}

/* Type info of a big-endian machine; bits count from the other end there. */
static void test_big_endian_file(void)
{
	g_autofree char *clang = g_find_program_in_path("clang");
	/* one, six, minus, wide as s390x lays them out: from the top of each word */
	static const guint8 record[16] = {
		0x80 | 0x2a << 1 | 0x1, 0x90, 0, 0xa9, 0x87, 0x65, 0x43, 0x21
	};
	char *folder;

	if (!clang) {
		g_test_skip("clang not installed");
		return;
	}
	folder = anz_test_folder();
	write_source(folder);
	if (!anz_test_run(folder,
			  "clang --target=s390x-linux-gnu -g -c -o be.o types.c")) {
		g_test_skip("this clang makes no s390x code");
		anz_test_remove(folder);
		return;
	}

	g_autoptr(AnzTypes) types = anz_test_open(folder, "be.o");
	AnzMember one = member_of(types, "bits", "one"),
		  six = member_of(types, "bits", "six");
	AnzMember minus = member_of(types, "bits", "minus");

	g_assert_cmphex(anz_member_load(&one, record, TRUE), ==, 1);
	g_assert_cmphex(anz_member_load(&six, record, TRUE), ==, 0x2a);
	g_assert_cmphex(anz_member_load(&minus, record, TRUE), ==, (guint64)-7);
	assert_member(types, "thing", "flags.f", 0, 8);
	anz_test_remove(folder);
}

/*
 * mm/ is searched for every name, the rest on demand; what mm/page_alloc.c says of a
 * struct outranks what a unit before it says.
 */
static void test_order_of_units(gconstpointer prefix)
{
	char *folder = anz_test_folder();
	/* "/": absolute names, below the folder */
	g_autofree char *root = strcmp(prefix, "/") == 0 ?
					g_strconcat(folder, "/", NULL) :
					g_strdup(prefix);

	anz_test_write(folder, "init/main.c", "struct page { char a[8]; } p1;", -1);
	anz_test_write(folder, "drivers/d.c", "struct driver { int x; } d1;"
		       "enum { ONLY_IN_DRIVER = 1 } e1;", -1);
	anz_test_write(folder, "mm/aaa.c", "struct page { char a[16]; } p2;", -1);
	anz_test_write(folder, "mm/page_alloc.c", "struct page { char a[64]; } p3;", -1);
	anz_test_write(folder, "kernel/fork.c", "struct task_struct { int pid; } t1;",
		       -1);
	g_assert_true(anz_test_run(folder,
				   "cc -g" LINK "%1$sinit/main.c %1$sdrivers/d.c "
				   "%1$smm/aaa.c %1$smm/page_alloc.c %1$skernel/fork.c",
				   root));

	g_autoptr(AnzTypes) types = anz_test_open(folder, "vmlinux");
	gint64 value;

	g_assert_cmpuint(anz_types_find(types, "page")->size, ==, 64);
	g_assert_nonnull(anz_types_find(types, "task_struct"));
	g_assert_null(anz_types_find(types, "driver"));
	g_assert_false(anz_types_enumerator(types, NULL, "ONLY_IN_DRIVER", &value));
	g_assert_nonnull(anz_types_find_in_all(types, "driver"));
	g_assert_null(anz_types_find_in_all(types, "drivers"));
	anz_test_remove(folder);
}

/*
 * With many units, names are looked for among the strings of the file before units are
 * read.
 */
static void test_many_units(void)
{
	char *folder = anz_test_folder();
	GString *sources = g_string_new("mm/page_alloc.c");
	gint64 value;

	anz_test_write(folder, "mm/page_alloc.c", "struct page { int pg; } p;", -1);
	for (guint i = 0; i < 80; i++) {
		g_autofree char *name = g_strdup_printf("fs/f%u.c", i);
		/*
		 * "abc" stays out of .debug_str; "tail_of_name" may become part of
		 * another
		 */
		g_autofree char *text = g_strdup_printf(
			"struct unit_%u { int x; } u%u;"
			"struct longer_tail_of_name%u { int y; } l%u; %s", i, i, i, i,
			i == 75 ? "struct abc { long z; } a;" :
			i == 78 ? "struct tail_of_name75 { char c; } t;" : "");

		anz_test_write(folder, name, text, -1);
		g_string_append_printf(sources, " %s", name);
	}
	g_assert_true(anz_test_run(folder, "cc -O2 -g -Wl,-O2" LINK "%s", sources->str));

	g_autoptr(AnzTypes) types = anz_test_open(folder, "vmlinux");

	g_assert_null(anz_types_find(types, "unit_70"));
	g_assert_nonnull(anz_types_find_in_all(types, "unit_70"));
	g_assert_nonnull(anz_types_find_in_all(types, "abc"));
	g_assert_cmpuint(anz_types_find_in_all(types, "tail_of_name75")->size, ==, 1);
	g_assert_null(anz_types_find_in_all(types, "unit_80"));
	g_assert_null(anz_types_find_in_all(types, "unit_80"));
	g_assert_false(anz_types_enumerator(types, NULL, "unit_80", &value));
	g_string_free(sources, TRUE);
	anz_test_remove(folder);
}

/* A per-cpu area at 0 as x86-64 had it before 6.15, and absolute values of both kinds. */
static void test_symbols(void)
{
	char *folder = anz_test_folder();
	guint64 address, data, offset, slide = 0x12000000;

	anz_test_write(folder, "s.c", "int shared_data[8]; static int local_one = 1;"
		       "int function(void); int function(void) { return local_one; }"
		       "int first __attribute__((section(\".at_zero\")));"
		       "int cpu_number __attribute__((section(\".at_zero\")));"
		       "int lonely[2] __attribute__((section(\".lonely\"))) = { 1, 2 };"
		       "int further __attribute__((section(\".further\"))) = 3;", -1);
	g_assert_true(anz_test_run(
		folder, "cc -g" LINK "s.c "
			"-Wl,--section-start=.at_zero=0 "
			"-Wl,--section-start=.lonely=0x10000000 "
			"-Wl,--section-start=.further=0x10001000 "
			"-Wl,--defsym=__per_cpu_start=first "
			"-Wl,--defsym=__per_cpu_end=0x30000,--defsym=a_size=0x99000 "
			"-Wl,--defsym=computed=0x10001004"));

	g_autoptr(AnzTypes) types = anz_test_open(folder, "vmlinux");

	g_assert_true(anz_types_symbol(types, "shared_data", &data));
	g_assert_true(anz_types_symbol(types, "function", &address));
	g_assert_true(anz_types_symbol(types, "local_one", &address));
	g_assert_false(anz_types_symbol(types, "nothing", &address));
	g_assert_false(anz_types_symbol(types, "s.c", &address)); /* a file's name */
	g_assert_cmpstr(anz_types_symbol_at(types, data + 5, &offset), ==, "shared_data");
	g_assert_cmpuint(offset, ==, 5);

	anz_types_set_slide(types, slide);
	g_assert_true(anz_types_symbol(types, "shared_data", &address));
	g_assert_cmphex(address, ==, data + slide);
	g_assert_true(anz_types_symbol(types, "computed", &address));
	g_assert_cmphex(address, ==, 0x10001004 + slide);
	g_assert_true(anz_types_symbol(types, "cpu_number", &address));
	g_assert_cmphex(address, <, 0x1000);
	g_assert_true(anz_types_symbol(types, "__per_cpu_end", &address));
	g_assert_cmphex(address, ==, 0x30000);
	g_assert_true(anz_types_symbol(types, "a_size", &address));
	g_assert_cmphex(address, ==, 0x99000);

	g_assert_cmpstr(anz_types_symbol_at(types, data + slide + 31, &offset), ==,
			"shared_data");
	g_assert_cmpuint(offset, ==, 31);
	g_assert_cmpstr(anz_types_symbol_at(types, 0x10000007 + slide, NULL), ==,
			"lonely");
	g_assert_null(anz_types_symbol_at(types, 0x10000008 + slide, NULL));
	g_assert_null(anz_types_symbol_at(types, 0x10001005 + slide, NULL));
	g_assert_null(anz_types_symbol_at(types, 0, NULL));
	g_assert_null(anz_types_symbol_at(types, slide, NULL));
	anz_test_remove(folder);
}

/*
 * Where the per-cpu area lies within the image (arm64; x86-64 since 6.15) it moves with
 * it.
 */
static void test_percpu_in_image(void)
{
	char *folder = anz_test_folder();
	guint64 start, address;

	anz_test_write(folder, "p.c",
		       "int __per_cpu_start; int cpu_number; int __per_cpu_end;", -1);
	g_assert_true(anz_test_run(folder, "cc -g" LINK "p.c"));

	g_autoptr(AnzTypes) types = anz_test_open(folder, "vmlinux");

	g_assert_true(anz_types_symbol(types, "cpu_number", &start));
	anz_types_set_slide(types, 0x1000);
	g_assert_true(anz_types_symbol(types, "cpu_number", &address));
	g_assert_cmphex(address, ==, start + 0x1000);
	anz_test_remove(folder);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (guint i = 0; i < G_N_ELEMENTS(flavours); i++) {
		g_autofree char *path = g_strconcat("/types/flavour/", flavours[i].name,
						    NULL);

		g_test_add_data_func(path, &flavours[i], test_flavour);
	}
	g_test_add_func("/types/big-endian/load", test_big_endian_load);
	g_test_add_func("/types/big-endian/file", test_big_endian_file);
	g_test_add_data_func("/types/units/plain", "", test_order_of_units);
	g_test_add_data_func("/types/units/dots", "./", test_order_of_units);
	g_test_add_data_func("/types/units/absolute", "/", test_order_of_units);
	g_test_add_func("/types/units/many", test_many_units);
	g_test_add_func("/types/symbols/slide", test_symbols);
	g_test_add_func("/types/symbols/percpu-in-image", test_percpu_in_image);
	return g_test_run();
}
