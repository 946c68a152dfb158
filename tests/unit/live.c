/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Live memory: a machine that changes while it is read, at the very read that the test chooses.  What a
 * look meets half done is no finding; what is wrong at every look is one.
 */
#include <string.h>

#include <analyze/analyze.h>
#include <elf.h>

#include "dump-writer.h"
#include "image/image.h"
#include "kernel-util.h"
#include "types-util.h"

typedef struct Watched Watched;

/**
 * Watched:
 * @at: physical address; @hook is called before each read that covers it
 * @reads: how many there were
 */
struct Watched {
	TestMachine *m;
	guint64 at;
	guint reads;
	void (*hook)(Watched *w);
	guint64 bytes;
	AnzSource *source;
};

static gboolean read_watched(guint64 paddr, void *buf, gsize len, gpointer data)
{
	Watched *w = data;

	if (w->hook && paddr <= w->at && w->at < paddr + len) {
		w->reads++;
		w->hook(w);
	}
	w->bytes += len;
	memcpy(buf, w->m->memory + paddr, len);
	return TRUE;
}

static void open_watched(Watched *w, TestMachine *m)
{
	g_autofree char *types = g_build_filename(m->folder, "types.o", NULL);
	const AnzMemoryRange all = { 0, m->len_bytes };
	const char *files[] = { types, NULL };
	AnzMemory memory = { .size = sizeof(memory), .name = "live", .machine = "x86_64",
			     .vmcoreinfo = m->info->str, .ranges = &all, .nr_ranges = 1,
			     .read_physical = read_watched, .data = w };
	AnzSourceOptions open = { .size = sizeof(open), .memory = &memory, .vmlinux = files,
				  .live = TRUE };
	GError *error = NULL;

	w->m = m;
	test_machine_types(m, "");
	w->source = anz_source_open(&open, &error);
	g_assert_no_error(error);
}

static AnzStore *analyse(Watched *w)
{
	AnzAnalyzeOptions options = { .size = sizeof(options), .threads = 1 };
	GError *error = NULL;
	AnzStore *store = anz_source_analyze(w->source, &options, &error);

	g_assert_no_error(error);
	return store;
}

static gint64 ask(AnzStore *store, const char *sql)
{
	GError *error = NULL;
	g_autoptr(AnzQuery) query = anz_store_query(store, sql, &error);

	g_assert_no_error(error);
	g_assert_true(anz_query_next(query, &error));
	return anz_query_int(query, 0);
}

static guint64 meta(AnzStore *store, const char *key)
{
	guint64 value = G_MAXUINT64;

	anz_store_meta_uint(store, key, &value);
	return value;
}

static guint64 paddr_of(const TestMachine *m, const void *at)
{
	return (const guint8 *)at - m->memory;
}

/* --- what moves --- */

/* The first walk finds a link that is being changed; the next finds it whole. */
static void mend_link(Watched *w)
{
	struct page *page = test_machine_page(w->m, 1024);

	if (w->reads == 2)
		page->lru.next = (struct list_head *)(MACHINE_DIRECT_MAP + 0x1234);
	else if (w->reads > 2)
		page->lru.next = (struct list_head *)test_machine_vaddr(
			w->m, &test_machine_page(w->m, 2000)->lru);
}

static void test_list_changes(void)
{
	g_autoptr(TestMachine) m = test_machine_new();
	Watched w = { .hook = mend_link };
	AnzStore *store;

	test_machine_free_block(m, 1024, 0, MIGRATE_MOVABLE);
	test_machine_free_block(m, 2000, 0, MIGRATE_MOVABLE);
	w.at = paddr_of(m, &test_machine_page(m, 1024)->lru.next);
	open_watched(&w, m);
	store = analyse(&w);
	/* the decoder's read, the torn one of the first walk, and that of the second walk at least */
	g_assert_cmpuint(w.reads, >=, 3);
	g_assert_cmpint(ask(store, "SELECT count(*) FROM free_block WHERE \"order\" = 0"), ==, 2);
	g_assert_cmpint(ask(store, "SELECT count(*) FROM free_area WHERE status != 'ok'"), ==, 0);
	g_assert_cmpint(ask(store, "SELECT count(*) FROM findings"), ==, 0);
	g_assert_cmpuint(meta(store, "analysis.looks"), ==, 1);
	g_assert_cmpuint(meta(store, "analysis.partial"), ==, 0);
	/* At one look the array was read once, and with it the pageblocks' bits. */
	g_assert_cmpuint(meta(store, "analysis.read.struct-pages"), >=,
			 MACHINE_FRAMES * sizeof(struct page));
	g_assert_cmpuint(meta(store, "analysis.read.struct-pages"), <,
			 MACHINE_FRAMES * sizeof(struct page) + 1024);
	g_assert_cmpint(ask(store, "SELECT sum(value) FROM meta WHERE key LIKE 'analysis.read.%'"), ==,
			meta(store, "analysis.bytes_read"));
	g_assert_cmpuint(meta(store, "analysis.bytes_read"), >,
			 meta(store, "analysis.read.struct-pages"));
	anz_store_close(store);
	anz_source_close(w.source);
}

/* At the first look a page says that it is free before it is on a list. */
static void be_free_once(Watched *w)
{
	test_machine_page(w->m, 1500)->page_type = w->reads == 1 ? 0xf0ffffff : 0xffffffff;
}

static void test_transient_finding(void)
{
	g_autoptr(TestMachine) m = test_machine_new();
	Watched w = { .hook = be_free_once };
	AnzStore *store;

	w.at = paddr_of(m, &test_machine_page(m, 1500)->page_type);
	open_watched(&w, m);
	store = analyse(&w);
	g_assert_cmpint(ask(store, "SELECT count(*) FROM findings WHERE suppressed IS NULL"), ==, 0);
	g_assert_cmpint(ask(store, "SELECT total(findings) FROM rules"), ==, 0);
	g_assert_cmpuint(meta(store, "analysis.looks"), ==, 2);
	anz_store_close(store);
	anz_source_close(w.source);
}

/* That page stays wrong, and others come and go. */
static void be_free_elsewhere(Watched *w)
{
	for (guint i = 0; i < 8; i++)
		test_machine_page(w->m, 1600 + i)->page_type = w->reads % 8 == i ? 0xf0ffffff :
									     0xffffffff;
}

static void test_lasting_finding(void)
{
	g_autoptr(TestMachine) m = test_machine_new();
	Watched w = { .hook = be_free_elsewhere };
	AnzStore *store;

	test_machine_page(m, 1500)->page_type = 0xf0ffffff;
	w.at = paddr_of(m, &test_machine_page(m, 1600)->page_type);
	open_watched(&w, m);
	store = analyse(&w);
	/* A page that is dirty although it says that it is free; that it is on no list may be by chance. */
	g_assert_cmpint(ask(store, "SELECT count(*) FROM findings WHERE rule != 'buddy.unlisted' "
			    "AND pfn = 1500 AND suppressed IS NULL"), >=, 1);
	g_assert_cmpint(ask(store, "SELECT count(*) FROM findings WHERE rule = 'buddy.unlisted' "
			    "AND pfn = 1500 AND suppressed IS NOT NULL"), ==, 1);
	g_assert_cmpint(ask(store, "SELECT count(*) FROM findings WHERE pfn != 1500 "
			    "AND suppressed IS NULL"), ==, 0);
	g_assert_cmpint(ask(store, "SELECT total(findings) FROM rules"), ==,
			ask(store, "SELECT total(count) FROM findings WHERE suppressed IS NULL"));
	g_assert_cmpuint(meta(store, "analysis.looks"), ==, 5);
	anz_store_close(store);
	anz_source_close(w.source);
}

/* Nothing is kept from one analysis to the next; all that is read is counted. */
static void test_looks_anew(void)
{
	g_autoptr(TestMachine) m = test_machine_new();
	Watched w = { 0 };
	guint64 first, second;
	AnzStore *store;

	open_watched(&w, m);
	store = analyse(&w);
	first = meta(store, "analysis.bytes_read");
	g_assert_cmpuint(first, ==, w.bytes);
	g_assert_cmpint(ask(store, "SELECT nr_free FROM zones WHERE id = 0"), ==, 0);
	anz_store_close(store);
	test_machine_free_block(m, 1024, 0, MIGRATE_MOVABLE);
	store = analyse(&w);
	second = meta(store, "analysis.bytes_read");
	g_assert_cmpuint(first + second, ==, w.bytes);
	g_assert_cmpint(ask(store, "SELECT nr_free FROM zones WHERE id = 0"), ==, 1);
	g_assert_cmpint(ask(store, "SELECT listed FROM zones WHERE id = 0"), ==, 1);
	g_assert_cmpint(ask(store, "SELECT count(*) FROM findings"), ==, 0);
	/* the page array, and little else of so bare a machine */
	g_assert_cmpuint(second, >=, MACHINE_FRAMES * sizeof(struct page));
	g_assert_cmpuint(second, <, 2 * MACHINE_FRAMES * sizeof(struct page));
	anz_store_close(store);
	anz_source_close(w.source);
}

/* --- /proc/kcore and its like --- */

static void test_kcore(void)
{
	g_autoptr(DumpWriter) w = dump_writer_new(12);
	char *folder = anz_test_folder();
	g_autofree char *path = g_build_filename(folder, "kcore", NULL);
	g_autofree char *word = g_strconcat("live:", path, NULL);
	const char *paths[] = { word, NULL };
	g_autoptr(GByteArray) elf = NULL;
	g_autoptr(GError) error = NULL;
	g_autoptr(AnzImage) image = NULL;
	guint8 buf[8192];
	AnzMemState state;

	w->vmcoreinfo = g_strdup("OSRELEASE=6.1.0-test\nPAGESIZE=4096\n");
	w->elf_machine = EM_X86_64;
	for (guint pfn = 16; pfn < 32; pfn++)
		dump_writer_filled(w, pfn);
	elf = dump_writer_elf(w, DUMP_ELF_PLAIN);
	/* The last pages fail to be read, as others do in a kernel. */
	g_assert_true(g_file_set_contents(path, (const char *)elf->data, elf->len - 3 * 4096 - 100, NULL));
	image = anz_image_open(paths, NULL, &error);
	g_assert_no_error(error);
	g_assert_true(anz_image_is_live(image));
	g_assert_false(anz_image_is_incomplete(image));
	g_assert_cmpuint(anz_image_file_bytes(image), ==, 0);
	g_assert_cmpstr(anz_image_vmcoreinfo_origin(image), ==, "note");
	g_assert_cmpuint(anz_image_bytes_read(image, ANZ_READ_OPENING), ==, 0);
	g_assert_cmpuint(anz_image_read_phys(image, 16 << 12, buf, 8192, &state), ==, 8192);
	g_assert_cmpmem(buf, 4096, dump_writer_find(w, 16)->bytes, 4096);
	g_assert_cmpuint(anz_image_read_phys(image, 28 << 12, buf, 8192, &state), ==, 4096 - 100);
	g_assert_cmpint(state, ==, ANZ_MEM_LOST);
	g_assert_cmpuint(anz_image_bytes_read(image, ANZ_READ_OPENING), ==, 8192 + 4096 - 100);
	anz_image_reading_for(image, ANZ_READ_PAGES);
	anz_image_read_phys(image, 16 << 12, buf, 64, &state);
	g_assert_cmpuint(anz_image_bytes_read(image, ANZ_READ_PAGES), ==, 64);
	g_assert_cmpuint(anz_image_bytes_read(image, ANZ_READ_OPENING), ==, 8192 + 4096 - 100);
	g_clear_pointer(&image, anz_image_free);

	g_assert_true(g_file_set_contents(path, "no core", -1, NULL));
	g_assert_null(anz_image_open(paths, NULL, &error));
	g_assert_error(error, ANZ_ERROR, ANZ_ERROR_FORMAT);
	anz_test_remove(folder);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/live/list-changes", test_list_changes);
	g_test_add_func("/live/transient-finding", test_transient_finding);
	g_test_add_func("/live/lasting-finding", test_lasting_finding);
	g_test_add_func("/live/looks-anew", test_looks_anew);
	g_test_add_func("/live/kcore", test_kcore);
	return g_test_run();
}
