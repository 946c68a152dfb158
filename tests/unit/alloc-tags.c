/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Allocation tags of an invented machine: pages refer to them by pointers in page_ext records, or by numbers
 * in their flags.
 */
#include "graph/alloc-tags.h"

#include <string.h>

#include "kernel-util.h"

#define TEXT(...) TEXT_(__VA_ARGS__)
#define TEXT_(...) #__VA_ARGS__

#define TAG_TYPES \
	struct page_ext { unsigned long flags; }; \
	struct page_ext_operations { unsigned long offset, size; }; \
	struct codetag { unsigned int flags, lineno; const char *modname, *function, *filename; }; \
	struct alloc_tag_counters { unsigned long bytes, calls; }; \
	struct alloc_tag { struct codetag ct; struct alloc_tag_counters *counters; }; \
	struct alloc_tag_kernel_section { struct alloc_tag *first_tag; unsigned long count; }; \
	struct alloc_tag_module_section { unsigned long start_addr, end_addr, size; };

TAG_TYPES

#define RECORD_BYTES 24u
#define RECORD_OFFSET 8u
#define NR_TAGS 4u
#define ID_SHIFT 30u

typedef struct {
	TestMachine *m;
	AnzGraph *graph;
	AnzPlanes *planes;
	guint64 records, tags, module_tag, key;
} Fixture;

static void put_symbol(Fixture *f, const char *name, guint64 value)
{
	test_machine_say(f->m, "SYMBOL(%s)=%" G_GINT64_MODIFIER "x\n", name, value);
}

static guint64 put_text(Fixture *f, const char *string)
{
	guint64 at = test_machine_alloc(f->m, 64, 8);

	strcpy(test_machine_at(f->m, at), string);
	return at;
}

/* A variable of 8 bytes; returns its address. */
static guint64 put_word(Fixture *f, const char *symbol, guint64 value)
{
	guint64 at = test_machine_alloc(f->m, 8, 8);

	memcpy(test_machine_at(f->m, at), &value, 8);
	put_symbol(f, symbol, at);
	return at;
}

/* Its counters: what cpu 0 allocated, and what cpu 1 freed of that. */
static void make_tag(Fixture *f, guint64 at, const char *file, guint line, const char *function,
		     const char *module, gint64 bytes, gint64 calls)
{
	guint64 counters = test_machine_alloc(f->m, 4096, 4096);
	struct alloc_tag *tag = test_machine_at(f->m, at);
	guint64 other = counters - f->m->percpu_offset[0] + f->m->percpu_offset[1];

	tag->ct.lineno = line;
	tag->ct.filename = (void *)(gsize)put_text(f, file);
	tag->ct.function = (void *)(gsize)put_text(f, function);
	tag->ct.modname = module ? (void *)(gsize)put_text(f, module) : NULL;
	tag->counters = (void *)(gsize)(counters - f->m->percpu_offset[0]);
	((struct alloc_tag_counters *)test_machine_at(f->m, counters))->bytes = bytes + 4096;
	((struct alloc_tag_counters *)test_machine_at(f->m, counters))->calls = calls + 1;
	((struct alloc_tag_counters *)test_machine_at(f->m, other))->bytes = -4096ul;
	((struct alloc_tag_counters *)test_machine_at(f->m, other))->calls = -1ul;
}

static guint64 tag_at(const Fixture *f, guint index)
{
	return f->tags + index * sizeof(struct alloc_tag);
}

static void set_up(Fixture *f, gconstpointer data)
{
	g_autoptr(GString) source = g_string_new(TEXT(MACHINE_TYPES) " " TEXT(TAG_TYPES));
	guint64 ops;

	g_string_replace(source, "unsigned long section_mem_map; struct mem_section_usage *usage;",
			 "unsigned long section_mem_map; struct mem_section_usage *usage; "
			 "struct page_ext *page_ext; unsigned long pad;", 1);
	f->m = test_machine_new();
	test_machine_types(f->m, source->str);
	f->tags = test_machine_alloc(f->m, (NR_TAGS + 1) * sizeof(struct alloc_tag), 8);
	f->module_tag = tag_at(f, NR_TAGS);
	make_tag(f, tag_at(f, 0), "mm/slub.c", 2365, "alloc_slab_page", NULL, 9 << 12, 3);
	make_tag(f, tag_at(f, 1), "mm/memory.c", 1061, "folio_prealloc", NULL, 2 << 12, 2);
	make_tag(f, tag_at(f, 2), "lib/never.c", 1, "never", NULL, 0, 0);
	make_tag(f, tag_at(f, 3), "lib/odd\033[31m.c", 1, "odd", NULL, 100, 1);
	make_tag(f, f->module_tag, "drivers/block/x.c", 77, "x_init", "x", 1 << 12, 1);
	put_symbol(f, "__start_alloc_tags", f->tags);
	put_symbol(f, "__stop_alloc_tags", tag_at(f, NR_TAGS));
	f->key = put_word(f, "mem_alloc_profiling_key", 1);
	/* Members of a section are 32 bytes here, not 16. */
	memcpy(f->m->sections + 2, f->m->sections + 1, 16);
	memset(f->m->sections + 1, 0, 16);
	f->records = test_machine_alloc(f->m, MACHINE_SECTION_PAGES * RECORD_BYTES, 4096);
	put_word(f, "page_ext_size", RECORD_BYTES);
	ops = test_machine_alloc(f->m, sizeof(struct page_ext_operations), 8);
	((struct page_ext_operations *)test_machine_at(f->m, ops))->offset = RECORD_OFFSET;
	put_symbol(f, "page_alloc_tagging_ops", ops);
}

static void tear_down(Fixture *f, gconstpointer data)
{
	anz_graph_free(f->graph);
	anz_planes_free(f->planes);
	test_machine_free(f->m);
}

static void refer(Fixture *f, guint64 pfn, guint64 tag)
{
	guint8 *record = test_machine_at(f->m, f->records + pfn * RECORD_BYTES);

	memcpy(record + RECORD_OFFSET, &tag, 8);
}

static void open_machine(Fixture *f)
{
	const guint64 numbers[] = { 0 };
	AnzTile *tile;

	test_machine_open(f->m, NULL);
	f->planes = anz_planes_new(numbers, 1, 9, 0);
	f->planes->max_pfn = MACHINE_FRAMES;
	f->planes->threads = 1;
	tile = anz_planes_edit_at(f->planes, 0);
	memset(tile->page_class, ANZ_CLASS_KERNEL_OTHER, MACHINE_FRAMES);
	/* A slab of eight pages, and a page that is free now. */
	for (guint i = 0; i < 8; i++) {
		tile->page_class[64 + i] = ANZ_CLASS_SLAB;
		tile->attr[64 + i] = i ? ANZ_ATTR_TAIL : ANZ_ATTR_HEAD;
		tile->order[64 + i] = 3;
	}
	tile->page_class[80] = ANZ_CLASS_FREE;
	f->graph = anz_graph_new(f->m->kernel, f->planes, NULL, NULL, NULL);
}

static const AnzAllocTag *find_tag(const Fixture *f, const char *function)
{
	const GArray *tags = f->graph->alloc_tags->tags;

	for (guint i = 0; i < tags->len; i++)
		if (g_str_equal(g_array_index(tags, AnzAllocTag, i).function, function))
			return &g_array_index(tags, AnzAllocTag, i);
	return NULL;
}

/* What both ways of referring have to give. */
static void check_tags(const Fixture *f)
{
	const AnzAllocTags *t = f->graph->alloc_tags;
	const AnzAllocTag *tag = find_tag(f, "alloc_slab_page");
	const AnzTagged *run;

	g_assert_nonnull(tag);
	g_assert_cmpstr(tag->file, ==, "mm/slub.c");
	g_assert_cmpuint(tag->line, ==, 2365);
	g_assert_null(tag->module);
	g_assert_cmpint(tag->bytes, ==, 9 << 12);
	g_assert_cmpint(tag->calls, ==, 3);
	g_assert_cmpuint(tag->nr_pages, ==, 9);
	g_assert_cmpuint(tag->nr_allocations, ==, 2);
	g_assert_cmpuint(find_tag(f, "folio_prealloc")->nr_pages, ==, 2);
	g_assert_cmpstr(find_tag(f, "x_init")->module, ==, "x");
	g_assert_cmpuint(find_tag(f, "x_init")->nr_pages, ==, 1);
	g_assert_null(find_tag(f, "never"));
	/* Its name would end up on a terminal. */
	g_assert_null(find_tag(f, "odd"));
	g_assert_cmpuint(t->tags->len, ==, 3);
	/* 64 to 72; 90 and 91; 100. */
	g_assert_cmpuint(t->runs->len, ==, 3);
	run = &g_array_index(t->runs, AnzTagged, 0);
	g_assert_cmpuint(run->pfn, ==, 64);
	g_assert_cmpuint(run->nr_pages, ==, 9);
	g_assert_cmpuint(g_array_index(t->runs, AnzTagged, 1).nr_pages, ==, 2);
}

static void test_pointers(Fixture *f, gconstpointer data)
{
	/* The second section's records must not be used. */
	const guint64 bases[] = { f->records, (f->records - MACHINE_SECTION_PAGES * RECORD_BYTES) | 1 };
	guint8 *sections = (guint8 *)f->m->sections;

	refer(f, 64, tag_at(f, 0));
	/* Left from before: a tail, a page that is free. */
	refer(f, 66, tag_at(f, 1));
	refer(f, 80, tag_at(f, 1));
	refer(f, 72, tag_at(f, 0));
	refer(f, 90, tag_at(f, 1));
	refer(f, 91, tag_at(f, 1));
	refer(f, 100, f->module_tag);
	/* Not counted; no tag. */
	refer(f, 101, 1);
	refer(f, 102, f->records);
	refer(f, 103, 0xffff88ff00000000);
	for (guint i = 0; i < MACHINE_SECTIONS; i++)
		memcpy(sections + i * 32 + 16, &bases[i], 8);
	open_machine(f);
	anz_alloc_tags_build(f->graph);
	g_assert_nonnull(f->graph->alloc_tags);
	check_tags(f);
	g_assert_cmpuint(f->graph->alloc_tags->nr_strange, ==, 2);
	g_assert_cmpuint(test_machine_remarks(f->m, "no allocation tag"), ==, 1);
}

static void put_id(Fixture *f, guint64 pfn, guint64 id)
{
	test_machine_page(f->m, pfn)->flags |= id << ID_SHIFT;
}

/* Numbers of the kernel's own tags, then those of modules; 0 and 1 are none. */
static void test_numbers(Fixture *f, gconstpointer data)
{
	guint64 at = test_machine_alloc(f->m, sizeof(struct alloc_tag_kernel_section), 8);

	*(struct alloc_tag_kernel_section *)test_machine_at(f->m, at) =
		(struct alloc_tag_kernel_section){ (void *)(gsize)f->tags, NR_TAGS };
	put_symbol(f, "kernel_tags", at);
	at = test_machine_alloc(f->m, sizeof(struct alloc_tag_module_section), 8);
	*(struct alloc_tag_module_section *)test_machine_at(f->m, at) =
		(struct alloc_tag_module_section){ f->module_tag, f->module_tag + (1 << 20),
						   sizeof(struct alloc_tag) };
	put_symbol(f, "module_tags", at);
	put_word(f, "mem_profiling_compressed", 1);
	put_word(f, "alloc_tag_ref_offs", ID_SHIFT);
	put_word(f, "alloc_tag_ref_mask", 0xfff);
	put_id(f, 64, 2);
	put_id(f, 66, 3);
	put_id(f, 80, 3);
	put_id(f, 72, 2);
	put_id(f, 90, 3);
	put_id(f, 91, 3);
	put_id(f, 100, 2 + NR_TAGS);
	put_id(f, 101, 1);
	put_id(f, 102, 3 + NR_TAGS);
	put_id(f, 103, 0xfff);
	open_machine(f);
	anz_alloc_tags_build(f->graph);
	g_assert_nonnull(f->graph->alloc_tags);
	check_tags(f);
	g_assert_cmpuint(f->graph->alloc_tags->nr_strange, ==, 2);
}

/* Where pages refer to tags is not known: counters are, all the same. */
static void test_counters_only(Fixture *f, gconstpointer data)
{
	put_word(f, "mem_profiling_compressed", 1);
	open_machine(f);
	anz_alloc_tags_build(f->graph);
	g_assert_nonnull(f->graph->alloc_tags);
	g_assert_cmpint(find_tag(f, "alloc_slab_page")->bytes, ==, 9 << 12);
	g_assert_cmpuint(f->graph->alloc_tags->runs->len, ==, 0);
	g_assert_cmpuint(test_machine_remarks(f->m, "only the kernel's own counters"), ==, 1);
}

static void test_off(Fixture *f, gconstpointer data)
{
	*(guint32 *)test_machine_at(f->m, f->key) = 0;
	open_machine(f);
	anz_alloc_tags_build(f->graph);
	g_assert_null(f->graph->alloc_tags);
	g_assert_cmpuint(test_machine_remarks(f->m, "tag"), ==, 0);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add("/alloc-tags/pointers", Fixture, NULL, set_up, test_pointers, tear_down);
	g_test_add("/alloc-tags/numbers", Fixture, NULL, set_up, test_numbers, tear_down);
	g_test_add("/alloc-tags/counters-only", Fixture, NULL, set_up, test_counters_only, tear_down);
	g_test_add("/alloc-tags/off", Fixture, NULL, set_up, test_off, tear_down);
	return g_test_run();
}
