/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * types/: which file is opened, which is refused and in what words, and where debug info
 * is looked for.
 */
#include <elf.h>
#include <glib/gstdio.h>
#include <string.h>

#include "types-util.h"

#define ID "0123456789abcdef0123456789abcdef01234567"
#define OTHER_ID "ffffffffffffffffffffffffffffffffffffffff"
#define LINK "cc -g -nostdlib -static -Wl,-e,0 "
#define WITH_ID(id) "-Wl,--build-id=0x" id " "

static void log_line(const char *line, gpointer data)
{
	g_string_append_printf(data, "%s\n", line);
}

typedef struct {
	char *folder;
	char *debug;		/* a search folder in it */
	GString *log;
	const char *dirs[2];
	AnzTypesOptions options;
} Fixture;

static void set_up(Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
	f->folder = anz_test_folder();
	f->debug = g_build_filename(f->folder, "debug", NULL);
	f->log = g_string_new(NULL);
	f->dirs[0] = f->debug;
	f->dirs[1] = NULL;
	f->options = (AnzTypesOptions) { .search_dirs = f->dirs, .log = log_line,
					 .log_data = f->log };
	anz_test_write(f->folder, "k.c", "struct page { long flags; char pad[56]; } p;"
		       "int init_task;", -1);
	anz_test_write(f->folder, "o.c",
		       "struct page { int desc; } p; struct added { int x; } a;"
		       "int init_task_of_overlay;",
		       -1);
	anz_test_write(f->folder, "debug/.keep", "", 0);
}

static void tear_down(Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
	anz_test_remove(f->folder);
	g_string_free(f->log, TRUE);
	g_free(f->debug);
}

/*
 * Opens @names (space-separated, in the folder; "" to search) and returns the error's
 * message.
 */
static char *open_fails(Fixture *f, const char *names, AnzError code)
{
	g_auto(GStrv) files = g_strsplit(names, " ", -1);
	GError *error = NULL;

	for (char **file = files; *file; file++) {
		char *path = g_build_filename(f->folder, *file, NULL);

		g_free(*file);
		*file = path;
	}
	f->options.files = *names ? (const char *const *)files : NULL;
	AnzTypes *types = anz_types_open(&f->options, &error);
	f->options.files = NULL;
	g_assert_null(types);
	g_assert_error(error, ANZ_ERROR, (gint)code);

	char *message = g_strdup(error->message);

	g_test_message("%s", message);
	g_error_free(error);
	return message;
}

static AnzTypes *open_works(Fixture *f, const char *names)
{
	g_auto(GStrv) files = g_strsplit(names, " ", -1);
	GError *error = NULL;

	for (char **file = files; *file; file++) {
		char *path = g_build_filename(f->folder, *file, NULL);

		g_free(*file);
		*file = path;
	}
	f->options.files = *names ? (const char *const *)files : NULL;
	AnzTypes *types = anz_types_open(&f->options, &error);
	f->options.files = NULL;
	g_assert_no_error(error);
	return types;
}

#define assert_says(message, ...)                                                        \
	do {                                                                             \
		for (const char *const *_w =                                             \
			     (const char *const[]) { __VA_ARGS__, NULL };                \
		     *_w; _w++) {                                                        \
			if (!strstr(message, *_w))                                       \
				g_error("\"%s\" is not in: %s", *_w, message);           \
		}                                                                        \
	} while (0)

static void assert_page_size(AnzTypes *types, guint64 size)
{
	g_assert_nonnull(anz_types_find(types, "page"));
	g_assert_cmpuint(anz_types_find(types, "page")->size, ==, size);
}

/* Things that are not type information, each called by its name. */
static void test_wrong_files(Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
	guint8 head[0x400] = { 0 };
	g_autofree char *m = open_fails(f, "nowhere", ANZ_ERROR_IO);

	assert_says(m, "nowhere", "No such file");
	g_free(m);
	m = open_fails(f, "debug", ANZ_ERROR_IO);
	assert_says(m, "regular");
	g_free(m);
	m = open_fails(f, "debug/.keep", ANZ_ERROR_FORMAT);
	assert_says(m, "empty");

	memcpy(head + 0x1fe, "\x55\xaa\xeb\x6aHdrS", 8);
	anz_test_write(f->folder, "vmlinuz", head, sizeof(head));
	g_free(m);
	m = open_fails(f, "vmlinuz", ANZ_ERROR_FORMAT);
	assert_says(m, "vmlinuz", "compressed kernel image (bzImage)", "linux-image-",
		    "-dbg");

	memset(head, 0, sizeof(head));
	memcpy(head + 0x38, "ARM\x64", 4);
	anz_test_write(f->folder, "Image", head, sizeof(head));
	g_free(m);
	m = open_fails(f, "Image", ANZ_ERROR_FORMAT);
	assert_says(m, "arm64 Image", "uncompressed vmlinux");

	anz_test_write(f->folder, "Image.gz", "\x1f\x8b\x08\x00\x00\x00\x00\x00", 8);
	g_free(m);
	m = open_fails(f, "Image.gz", ANZ_ERROR_FORMAT);
	assert_says(m, "a compressed file");

	anz_test_write(f->folder, "dump", "KDUMP   \x06\x00\x00\x00", 12);
	g_free(m);
	m = open_fails(f, "dump", ANZ_ERROR_FORMAT);
	assert_says(m, "is a dump");

	anz_test_write(f->folder, "text", "Hello, world", -1);
	g_free(m);
	m = open_fails(f, "text", ANZ_ERROR_FORMAT);
	assert_says(m, "not an ELF file", "vmlinux");

	g_assert_true(
		anz_test_run(f->folder, "cc -nostdlib -static -Wl,-e,0 -o nodebug k.c"));
	g_free(m);
	m = open_fails(f, "nodebug", ANZ_ERROR_NO_DEBUG_INFO);
	assert_says(m, "nodebug", "no debug info", "--vmlinux");

	anz_test_write(f->folder, "m.c", "int __attribute__((section(\".gnu.linkonce.this_module\"))) m = 1;",
		       -1);
	g_assert_true(anz_test_run(f->folder, "cc -c -o module.ko m.c"));
	g_free(m);
	m = open_fails(f, "module.ko", ANZ_ERROR_NO_DEBUG_INFO);
	assert_says(m, "module.ko is a module of the kernel", "vmlinux");
}

/* As if .debug_info of @name were compressed in a way that no library knows. */
static void compress_unknown(Fixture *f, const char *name)
{
	g_autofree char *path = g_build_filename(f->folder, name, NULL), *bytes = NULL;
	guint nr_changed = 0;
	Elf64_Ehdr *ehdr;
	Elf64_Shdr *shdr;
	const char *names;
	gsize len;

	g_assert_true(g_file_get_contents(path, &bytes, &len, NULL));
	ehdr = (Elf64_Ehdr *)bytes;
	shdr = (Elf64_Shdr *)(bytes + ehdr->e_shoff);
	names = bytes + shdr[ehdr->e_shstrndx].sh_offset;
	for (guint i = 0; i < ehdr->e_shnum; i++)
		if (strcmp(names + shdr[i].sh_name, ".debug_info") == 0) {
			g_assert_true(shdr[i].sh_flags & SHF_COMPRESSED);
			((Elf64_Chdr *)(bytes + shdr[i].sh_offset))->ch_type = 0x7f;
			nr_changed++;
		}
	g_assert_cmpuint(nr_changed, ==, 1);
	anz_test_write(f->folder, name, bytes, (gssize)len);
}

static void test_compressed(Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
	g_autofree char *pahole = g_find_program_in_path("pahole");
	g_autofree char *m = NULL;
	AnzTypes *types;

	/* So much that it is smaller compressed. */
	anz_test_write(f->folder, "k.c", "struct page { long flags; char pad[56]; } p;\n"
		       "#define F(n) struct n { struct page *n##_a, *n##_b; long n##_c, n##_d; } v_##n;\n"
		       "#define G(n) F(n##0) F(n##1) F(n##2) F(n##3) F(n##4) F(n##5) F(n##6) F(n##7)\n"
		       "G(a) G(b) G(c) G(d) G(e) G(f) G(g) G(h)\n", -1);
	g_assert_true(anz_test_run(f->folder, LINK "-gz=zlib -o vmlinux k.c"));
	compress_unknown(f, "vmlinux");
	m = open_fails(f, "vmlinux", ANZ_ERROR_NO_DEBUG_INFO);
	assert_says(m, "compressed in a way", "objcopy --decompress-debug-sections");
	if (!pahole) {
		g_test_skip("no pahole: what a file with BTF as well gives is not tested");
		return;
	}
	g_assert_true(anz_test_run(f->folder, LINK "-o plain k.c") &&
		      anz_test_run(f->folder, "pahole -J plain") &&
		      anz_test_run(f->folder, "objcopy --compress-debug-sections=zlib plain vmlinux"));
	compress_unknown(f, "vmlinux");
	types = open_works(f, "vmlinux");
	assert_page_size(types, 64);
	g_assert_cmpstr(anz_types_kind(types), ==, "BTF");
	assert_says(f->log->str, "its BTF is used instead");
	anz_types_free(types);
}

/*
 * A file that ends early is called truncated wherever it ends, and never read beyond its
 * end.
 */
static void test_truncated(Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
	g_autofree char *path = g_build_filename(f->folder, "vmlinux", NULL);
	g_autofree char *whole = NULL;
	gsize len;

	g_assert_true(anz_test_run(f->folder, LINK "-o vmlinux k.c"));
	g_assert_true(g_file_get_contents(path, &whole, &len, NULL));
	for (gsize cut = 0; cut < len; cut += MAX(len / 97, 1)) {
		anz_test_write(f->folder, "cut", whole, (gssize)cut);
		g_autofree char *m = open_fails(f, "cut", ANZ_ERROR_FORMAT);
		if (cut >= 64)
			assert_says(m, "cut");
	}
	anz_test_write(f->folder, "cut", whole, (gssize)len - 1);
	g_autofree char *m = open_fails(f, "cut", ANZ_ERROR_FORMAT);
	assert_says(m, "truncated", "copy it again");

	/* all headers there, but one of a section that reaches beyond the end */
	Elf64_Ehdr ehdr;
	Elf64_Shdr shdr;
	char *at = whole + len;

	memcpy(&ehdr, whole, sizeof(ehdr));
	g_assert_cmpuint(ehdr.e_ident[EI_CLASS], ==, ELFCLASS64);
	for (guint i = 1; i < ehdr.e_shnum; i++) {
		memcpy(&shdr, whole + ehdr.e_shoff + i * sizeof(shdr), sizeof(shdr));
		if (shdr.sh_type == SHT_PROGBITS)
			at = whole + ehdr.e_shoff + i * sizeof(shdr);
	}
	memcpy(&shdr, at, sizeof(shdr));
	shdr.sh_size = (guint64)1 << 40;
	memcpy(at, &shdr, sizeof(shdr));
	anz_test_write(f->folder, "cut", whole, (gssize)len);
	g_free(m);
	m = open_fails(f, "cut", ANZ_ERROR_FORMAT);
	assert_says(m, "truncated", "section");
}

/* What goes into an analysis file must mean the same from every folder. */
static void test_relative(Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
	const char *const files[] = { "k.o", NULL };
	g_autofree char *before = g_get_current_dir();
	g_autofree char *here = NULL, *expected = NULL;
	GError *error = NULL;

	g_assert_true(anz_test_run(f->folder, "cc -g -c -o k.o k.c"));
	g_assert_cmpint(g_chdir(f->folder), ==, 0);
	here = g_get_current_dir();
	expected = g_strdup_printf("DWARF of %s/k.o", here);
	f->options.files = files;

	g_autoptr(AnzTypes) types = anz_types_open(&f->options, &error);

	f->options.files = NULL;
	g_assert_cmpint(g_chdir(before), ==, 0);
	g_assert_no_error(error);
	g_assert_cmpstr(anz_types_describe(types)[0], ==, expected);
}

static void test_build_id(Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
	f->options.dump_name = "/dumps/vmcore";
	f->options.release = "6.99.0-test";
	f->options.build_id = ID;
	g_assert_true(anz_test_run(f->folder, LINK WITH_ID(ID) "-o right k.c"));
	g_assert_true(anz_test_run(f->folder, LINK WITH_ID(OTHER_ID) "-o wrong k.c"));
	g_assert_true(anz_test_run(f->folder, LINK "-Wl,--build-id=none -o without k.c"));

	g_autoptr(AnzTypes) types = open_works(f, "right");
	assert_page_size(types, 64);

	g_autofree char *m = open_fails(f, "wrong", ANZ_ERROR_MISMATCH);
	assert_says(m, "/dumps/vmcore", "/wrong", ID, OTHER_ID, "6.99.0-test", "--force");
	g_free(m);
	m = open_fails(f, "without", ANZ_ERROR_MISMATCH);
	assert_says(m, "no build-id", "--force");
	g_assert_cmpstr(f->log->str, ==, "");

	f->options.force = TRUE;
	g_clear_pointer(&types, anz_types_free);
	types = open_works(f, "wrong");
	assert_says(f->log->str, OTHER_ID, ID, "--force");

	/* a dump that does not say takes any */
	f->options.force = FALSE;
	f->options.build_id = NULL;
	g_clear_pointer(&types, anz_types_free);
	types = open_works(f, "wrong");
}

/* The overlay's struct page hides the kernel's; the symbols stay the kernel's. */
static void test_overlay(Fixture *f, gconstpointer command)
{
	guint64 mine, seen;

	f->options.build_id = ID;
	g_assert_true(anz_test_run(f->folder, LINK WITH_ID(ID) "-o vmlinux k.c"));
	g_assert_true(anz_test_run(f->folder, "%s", (const char *)command));

	g_autoptr(AnzTypes) types = open_works(f, "overlay vmlinux");
	assert_page_size(types, 4);
	g_assert_nonnull(anz_types_find(types, "added"));
	g_assert_true(g_str_has_suffix(anz_types_describe(types)[0], "/overlay"));
	g_assert_true(g_str_has_suffix(anz_types_describe(types)[1], "/vmlinux"));
	g_assert_null(anz_types_describe(types)[2]);

	g_autoptr(AnzTypes) kernel = open_works(f, "vmlinux");
	assert_page_size(kernel, 64);
	g_assert_null(anz_types_find(kernel, "added"));
	g_assert_true(anz_types_symbol(kernel, "_end", &mine));
	g_assert_true(anz_types_symbol(types, "_end", &seen));
	g_assert_cmphex(seen, ==, mine);
	g_assert_true(anz_types_symbol(types, "init_task", &seen));

	/*
	 * in the other order the kernel's own hides the overlay's, and still is the
	 * kernel
	 */
	g_autoptr(AnzTypes) reverse = open_works(f, "vmlinux overlay");
	assert_page_size(reverse, 64);
	g_assert_true(anz_types_symbol(reverse, "_end", &seen));
	g_assert_cmphex(seen, ==, mine);
}

static void split_debug(Fixture *f, const char *id_option)
{
	g_assert_true(anz_test_run(f->folder, LINK "%s -o vmlinux k.c", id_option));
	g_assert_true(
		anz_test_run(f->folder, "objcopy --only-keep-debug vmlinux k.debug"));
	g_assert_true(anz_test_run(f->folder,
				   "objcopy --strip-all --add-gnu-debuglink=k.debug "
				   "vmlinux stripped"));
}

static void move_to(Fixture *f, const char *from, const char *to)
{
	g_autofree char *target = g_build_filename(f->folder, to, NULL);
	g_autofree char *dir = g_path_get_dirname(target);
	g_autofree char *source = g_build_filename(f->folder, from, NULL);

	g_assert_cmpint(g_mkdir_with_parents(dir, 0700), ==, 0);
	g_assert_cmpint(g_rename(source, target), ==, 0);
}

/* A stripped vmlinux is completed by its debug file, wherever that is. */
static void test_separate(Fixture *f, gconstpointer data)
{
	const char *place = data;
	g_autofree char *elsewhere = g_strconcat("debug/", f->folder, "/k.debug", NULL);
	guint64 address;

	split_debug(f, strstr(place, "no-id") ? "-Wl,--build-id=none" : WITH_ID(ID));
	if (strstr(place, "below"))
		move_to(f, "k.debug", elsewhere);
	else if (strstr(place, "dot-debug"))
		move_to(f, "k.debug", ".debug/k.debug");
	else if (strstr(place, "by-id"))
		move_to(f, "k.debug",
			"debug/.build-id/01/23456789abcdef0123456789abcdef01234567"
			".debug");

	g_autoptr(AnzTypes) types = open_works(f, "stripped");
	assert_page_size(types, 64);
	g_assert_true(anz_types_symbol(types, "init_task", &address));
	assert_says(f->log->str, "no DWARF", ".debug");
}

static void test_separate_is_wrong(Fixture *f, gconstpointer id_option)
{
	split_debug(f, id_option);
	g_assert_true(anz_test_run(f->folder, LINK WITH_ID(OTHER_ID) "-o k.debug o.c"));
	g_autofree char *m = open_fails(f, "stripped", ANZ_ERROR_NO_DEBUG_INFO);
	assert_says(m, "k.debug", strstr(id_option, "none") ? "checksum" : OTHER_ID);
}

/*
 * Without a file named: by build-id, then by release in the places of the distributions.
 */
static void test_search(Fixture *f, gconstpointer place)
{
	f->options.build_id = ID;
	f->options.release = "6.99.0-test";
	g_assert_true(anz_test_run(f->folder, LINK WITH_ID(ID) "-o vmlinux k.c"));
	move_to(f, "vmlinux", place);

	g_autoptr(AnzTypes) types = open_works(f, "");
	assert_page_size(types, 64);
	assert_says(f->log->str, (const char *)place);
}

static void test_search_in_vain(Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
	f->options.build_id = ID;
	f->options.release = "6.99.0-test";
	g_autofree char *m = open_fails(f, "", ANZ_ERROR_NO_DEBUG_INFO);

	assert_says(m, ID, "linux-image-6.99.0-test-dbg", "--vmlinux", f->debug);

	/* a kernel of that release, but not that build */
	g_assert_true(anz_test_run(f->folder, LINK WITH_ID(OTHER_ID) "-o vmlinux k.c"));
	move_to(f, "vmlinux", "debug/boot/vmlinux-6.99.0-test");
	g_free(m);
	m = open_fails(f, "", ANZ_ERROR_NO_DEBUG_INFO);
	assert_says(m, OTHER_ID, "boot/vmlinux-6.99.0-test");
	f->options.force = TRUE;
	g_autoptr(AnzTypes) types = open_works(f, "");
	assert_page_size(types, 64);
	assert_says(f->log->str, "--force");

	/* what a dump states does not lead out of the search folders */
	move_to(f, "debug/boot/vmlinux-6.99.0-test", "outside/vmlinux");
	f->options.release = "../outside";
	f->options.build_id = NULL;
	g_free(m);
	m = open_fails(f, "", ANZ_ERROR_NO_DEBUG_INFO);
	move_to(f, "outside/vmlinux", "debug/.build-id/../xyz.debug");
	f->options.build_id = "../xyz";
	g_free(m);
	m = open_fails(f, "", ANZ_ERROR_NO_DEBUG_INFO);
}

/* libdebuginfod understands file:// servers, so no network is needed. */
static void test_debuginfod(Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
	g_autofree char *urls = g_strdup_printf("file://%s/server", f->folder);
	g_autofree char *cache = g_build_filename(f->folder, "a", "cache", NULL);
	g_autofree char *before = g_strdup(g_getenv("DEBUGINFOD_URLS"));
	const char *files[2] = { NULL, NULL };
	g_autoptr(GError) error = NULL;

	split_debug(f, WITH_ID(ID));
	f->options.build_id = ID;
	g_autofree char *m = open_fails(f, "", ANZ_ERROR_NO_DEBUG_INFO);
	g_assert_null(strstr(m, "debuginfod"));		/* not asked unless told to */

	f->options.debuginfod_urls = urls;
	f->options.debuginfod_cache = cache;
	g_free(m);
	m = open_fails(f, "", ANZ_ERROR_NO_DEBUG_INFO);
	if (strstr(m, "cannot be loaded")) {
		g_test_skip("libdebuginfod not installed");
		return;
	}
	assert_says(m, urls, ID);
	anz_test_remove(g_strdup(cache));	/* it remembers what was not there */

	move_to(f, "k.debug", "server/buildid/" ID "/debuginfo");
	g_autoptr(AnzTypes) found = open_works(f, "");
	assert_page_size(found, 64);
	assert_says(f->log->str, "asking debuginfod", urls);

	g_autofree char *stripped = g_build_filename(f->folder, "stripped", NULL);
	files[0] = stripped;
	f->options.files = files;
	g_autoptr(AnzTypes) types = anz_types_open(&f->options, &error);
	g_assert_no_error(error);
	assert_page_size(types, 64);
	g_assert_cmpstr(g_getenv("DEBUGINFOD_URLS"), ==, before);
}

int main(int argc, char **argv)
{
	static const char *const places[] = {
		"debug/.build-id/01/23456789abcdef0123456789abcdef01234567.debug",
		"debug/boot/vmlinux-6.99.0-test",
		"debug/boot/vmlinux-6.99.0-test.debug",
		"debug/lib/modules/6.99.0-test/vmlinux",
		"debug/6.99.0-test/build/vmlinux",
		"debug/vmlinux-6.99.0-test",
	};

	g_test_init(&argc, &argv, NULL);
#define ADD(path, data, test) g_test_add(path, Fixture, data, set_up, test, tear_down)
	ADD("/types-files/wrong", NULL, test_wrong_files);
	ADD("/types-files/compressed", NULL, test_compressed);
	ADD("/types-files/truncated", NULL, test_truncated);
	ADD("/types-files/relative", NULL, test_relative);
	ADD("/types-files/build-id", NULL, test_build_id);
	ADD("/types-files/overlay/object", "cc -g -c -o overlay o.c", test_overlay);
	ADD("/types-files/overlay/linked", "cc -g -shared -nostdlib -Wl,--build-id "
	    "-Wl,--defsym=_end=0x1234 -o overlay o.c", test_overlay);
	ADD("/types-files/separate/beside", "beside", test_separate);
	ADD("/types-files/separate/beside-no-id", "beside no-id", test_separate);
	ADD("/types-files/separate/dot-debug", "dot-debug", test_separate);
	ADD("/types-files/separate/below-search-folder", "below", test_separate);
	ADD("/types-files/separate/by-id", "by-id", test_separate);
	ADD("/types-files/separate/wrong-id", WITH_ID(ID), test_separate_is_wrong);
	ADD("/types-files/separate/wrong-checksum", "-Wl,--build-id=none",
	    test_separate_is_wrong);
	for (guint i = 0; i < G_N_ELEMENTS(places); i++) {
		g_autofree char *path = g_strdup_printf("/types-files/search/%u", i);

		ADD(path, places[i], test_search);
	}
	ADD("/types-files/search/in-vain", NULL, test_search_in_vain);
	ADD("/types-files/debuginfod", NULL, test_debuginfod);
	return g_test_run();
}
