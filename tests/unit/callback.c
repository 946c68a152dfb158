/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * image/callback.c and the public face of it: memory that the caller's functions read.
 */
#include <string.h>

#include <analyze/analyze.h>

#include "kernel-util.h"
#include "types-util.h"

#define PAGE 4096

/* 16 pages of which each byte tells where it is; one of them cannot be read. */
typedef struct {
	guint8 bytes[16 * PAGE];
	guint64 bad_page;
	guint physical_calls, virtual_calls;
} Store;

static gboolean read_store(guint64 paddr, void *buf, gsize len, gpointer data)
{
	Store *store = data;

	store->physical_calls++;
	/* What lies in no range is never asked for. */
	g_assert_cmpuint(paddr + len, <=, sizeof(store->bytes));
	if (paddr / PAGE <= store->bad_page && (paddr + len - 1) / PAGE >= store->bad_page)
		return FALSE;
	memcpy(buf, store->bytes + paddr, len);
	return TRUE;
}

static gboolean read_virtual(guint64 vaddr, void *buf, gsize len, gpointer data)
{
	Store *store = data;

	store->virtual_calls++;
	if (vaddr < 0xffff000000000000ull)
		return FALSE;
	memset(buf, 0x77, len);
	return TRUE;
}

static Store *new_store(void)
{
	Store *store = g_new0(Store, 1);

	for (guint i = 0; i < sizeof(store->bytes); i++)
		store->bytes[i] = i * 7 + i / PAGE;
	store->bad_page = G_MAXUINT64;
	return store;
}

static AnzMemory memory_of(Store *store, const AnzMemoryRange *ranges, guint nr)
{
	return (AnzMemory){ .size = sizeof(AnzMemory), .name = "test", .machine = "x86_64",
			    .vmcoreinfo = "OSRELEASE=1\nPAGESIZE=4096\n", .ranges = ranges,
			    .nr_ranges = nr, .read_physical = read_store, .data = store };
}

/* In no order, touching and overlapping, one empty; holes in pages 0 to 1 and 6 to 7. */
static const AnzMemoryRange ranges[] = {
	{ 8 * PAGE, 12 * PAGE }, { 2 * PAGE, 4 * PAGE }, { 10 * PAGE, 14 * PAGE },
	{ 4 * PAGE, 6 * PAGE }, { 5 * PAGE, 5 * PAGE },
};

static void test_ranges(void)
{
	g_autofree Store *store = new_store();
	AnzMemory memory = memory_of(store, ranges, G_N_ELEMENTS(ranges));
	GError *error = NULL;
	g_autoptr(AnzImage) image = anz_image_open_callbacks(&memory, NULL, &error);
	guint8 buf[5 * PAGE];
	guint64 start, nr_pages;
	AnzMemState state;

	g_assert_no_error(error);
	g_assert_cmpint(anz_image_arch(image), ==, ANZ_ARCH_X86_64);
	g_assert_cmpstr(anz_image_vmcoreinfo_origin(image), ==, "the caller");
	g_assert_cmpuint(anz_image_max_pfn(image), ==, 14);
	g_assert_true(anz_image_ram_run(image, 0, &start, &nr_pages, &state));
	g_assert_cmpuint(start, ==, 2);
	g_assert_cmpuint(nr_pages, ==, 4);
	g_assert_true(anz_image_ram_run(image, 6, &start, &nr_pages, &state));
	g_assert_cmpuint(start, ==, 8);
	g_assert_cmpuint(nr_pages, ==, 6);
	g_assert_false(anz_image_ram_run(image, 14, &start, &nr_pages, &state));
	g_assert_cmpint(anz_image_pfn_state(image, 6), ==, ANZ_MEM_ABSENT);
	g_assert_cmpint(anz_image_pfn_state(image, 13), ==, ANZ_MEM_PRESENT);

	/* up to the hole, in one call */
	store->physical_calls = 0;
	g_assert_cmpuint(anz_image_read_phys(image, 2 * PAGE + 100, buf, sizeof(buf), &state), ==,
			 4 * PAGE - 100);
	g_assert_cmpint(state, ==, ANZ_MEM_ABSENT);
	g_assert_cmpmem(buf, 4 * PAGE - 100, store->bytes + 2 * PAGE + 100, 4 * PAGE - 100);
	g_assert_cmpuint(store->physical_calls, ==, 1);
	g_assert_cmpuint(anz_image_read_phys(image, 8 * PAGE, buf, 10, &state), ==, 10);
	g_assert_cmpint(state, ==, ANZ_MEM_PRESENT);
	g_assert_cmpuint(anz_image_read_phys(image, 0, buf, 1, &state), ==, 0);
	g_assert_cmpuint(anz_image_read_phys(image, 15 * PAGE, buf, 1, &state), ==, 0);
	g_assert_cmpint(state, ==, ANZ_MEM_ABSENT);
}

static void test_failing_read(void)
{
	g_autofree Store *store = new_store();
	AnzMemory memory = memory_of(store, ranges, G_N_ELEMENTS(ranges));
	AnzImageOptions options = { .reader = "a debugger" };
	g_autoptr(AnzImage) image = anz_image_open_callbacks(&memory, &options, NULL);
	guint8 buf[6 * PAGE];
	AnzMemState state;

	g_assert_cmpstr(anz_image_format(image), ==, "a debugger's memory");
	g_assert_cmpstr(anz_image_vmcoreinfo_origin(image), ==, "a debugger");
	store->bad_page = 10;
	g_assert_cmpuint(anz_image_read_phys(image, 8 * PAGE + 5, buf, sizeof(buf) - 5, &state), ==,
			 2 * PAGE - 5);
	g_assert_cmpint(state, ==, ANZ_MEM_LOST);
	g_assert_cmpmem(buf, 2 * PAGE - 5, store->bytes + 8 * PAGE + 5, 2 * PAGE - 5);
	g_assert_cmpuint(anz_image_read_phys(image, 10 * PAGE, buf, 8, &state), ==, 0);
	g_assert_cmpint(state, ==, ANZ_MEM_LOST);
	g_assert_cmpuint(anz_image_read_phys(image, 11 * PAGE, buf, 8, &state), ==, 8);
}

/* There are no page tables here: the caller alone knows virtual addresses. */
static void test_virtual(void)
{
	g_autofree Store *store = new_store();
	AnzMemory memory = memory_of(store, ranges, G_N_ELEMENTS(ranges));
	AnzImage *image = anz_image_open_callbacks(&memory, NULL, NULL);
	AnzMemState state;
	guint8 buf[8];

	g_assert_cmpuint(anz_image_read_virt(image, 0xffff888000000000ull, buf, 8, &state), ==, 0);
	anz_image_free(image);
	memory.read_virtual = read_virtual;
	image = anz_image_open_callbacks(&memory, NULL, NULL);
	g_assert_cmpuint(anz_image_read_virt(image, 0xffff888000000000ull, buf, 8, &state), ==, 8);
	g_assert_cmpint(state, ==, ANZ_MEM_PRESENT);
	g_assert_cmpuint(buf[7], ==, 0x77);
	g_assert_cmpuint(anz_image_read_virt(image, 0x1000, buf, 8, &state), ==, 0);
	g_assert_cmpuint(store->virtual_calls, >=, 2);
	anz_image_free(image);
}

static void test_refused(void)
{
	g_autofree Store *store = new_store();
	const AnzMemoryRange empty[] = { { 8, 8 }, { 9, 3 } };
	AnzMemory wrong[4];

	for (guint i = 0; i < G_N_ELEMENTS(wrong); i++)
		wrong[i] = memory_of(store, ranges, G_N_ELEMENTS(ranges));
	wrong[0].size--;
	wrong[1].read_physical = NULL;
	wrong[2].ranges = NULL;
	wrong[3] = memory_of(store, empty, G_N_ELEMENTS(empty));
	for (guint i = 0; i < G_N_ELEMENTS(wrong); i++) {
		GError *error = NULL;

		g_assert_null(anz_image_open_callbacks(&wrong[i], NULL, &error));
		g_assert_error(error, ANZ_ERROR, ANZ_ERROR_ARGUMENT);
		g_error_free(error);
	}
}

static gboolean read_machine(guint64 paddr, void *buf, gsize len, gpointer data)
{
	const TestMachine *m = data;

	memcpy(buf, m->memory + paddr, len);
	return TRUE;
}

static gint64 ask(AnzStore *store, const char *sql)
{
	GError *error = NULL;
	g_autoptr(AnzQuery) query = anz_store_query(store, sql, &error);
	gint64 value;

	g_assert_no_error(error);
	g_assert_true(anz_query_next(query, &error));
	value = anz_query_int(query, 0);
	return value;
}

/* Memory and a type-info file are all that the public API needs. */
static void test_source(void)
{
	g_autoptr(TestMachine) m = test_machine_new();
	g_autofree char *types = g_build_filename(m->folder, "types.o", NULL);
	const AnzMemoryRange all = { 0, m->len_bytes };
	const char *files[] = { types, NULL };
	AnzMemory memory = { .size = sizeof(memory), .name = "a debugger's session",
			     .machine = "x86_64", .vmcoreinfo = m->info->str, .ranges = &all,
			     .nr_ranges = 1, .read_physical = read_machine, .data = m };
	AnzSourceOptions open = { .size = sizeof(open), .memory = &memory, .vmlinux = files };
	AnzAnalyzeOptions analyze = { .size = sizeof(analyze),
				      .preview = "/nonexistent/because its size says that it is not there" };
	GError *error = NULL;
	AnzSource *source;
	AnzStore *store;
	char *path;

	test_machine_types(m, "");
	test_machine_free_block(m, 1024, 5, MIGRATE_MOVABLE);
	/* A caller of a newer version is refused in words, one of an older version has what it knew. */
	open.size += sizeof(gpointer);
	g_assert_null(anz_source_open(&open, &error));
	g_assert_error(error, ANZ_ERROR, ANZ_ERROR_ARGUMENT);
	g_clear_error(&error);
	open.size = G_STRUCT_OFFSET(AnzSourceOptions, vmcoreinfo);
	source = anz_source_open(&open, &error);
	g_assert_no_error(error);
	analyze.size = 0;
	g_assert_null(anz_source_analyze(source, &analyze, &error));
	g_assert_error(error, ANZ_ERROR, ANZ_ERROR_ARGUMENT);
	g_clear_error(&error);
	analyze.size = G_STRUCT_OFFSET(AnzAnalyzeOptions, memory_bytes);
	store = anz_source_analyze(source, &analyze, &error);
	g_assert_no_error(error);
	g_assert_cmpint(ask(store, "SELECT pages FROM classes WHERE class = 'free'"), ==, 32);
	g_assert_cmpint(ask(store, "SELECT \"order\" FROM page WHERE pfn = 1030"), ==, 5);
	path = anz_store_meta(store, "source.path");
	g_assert_cmpstr(path, ==, "a debugger's session");
	g_free(path);
	anz_store_close(store);
	anz_source_close(source);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/callback/ranges", test_ranges);
	g_test_add_func("/callback/failing-read", test_failing_read);
	g_test_add_func("/callback/virtual", test_virtual);
	g_test_add_func("/callback/refused", test_refused);
	g_test_add_func("/callback/source", test_source);
	return g_test_run();
}
