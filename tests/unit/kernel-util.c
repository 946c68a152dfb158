/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See kernel-util.h. */
#include "kernel-util.h"

#include <string.h>

#include "types-util.h"

#define TEXT(...) TEXT_(__VA_ARGS__)
#define TEXT_(...) #__VA_ARGS__
static const char machine_types[] = TEXT(MACHINE_TYPES);

#define LEAF ((gsize)2 << 20)
#define KERNEL_MAP 0xffffffff80000000ull
#define PGD 0x1000ull
#define FIRST_DATA (2 * LEAF)
#define MEMORY (3 * LEAF)

static guint64 *entry_at(TestMachine *m, guint64 table, guint64 vaddr, guint shift)
{
	return (guint64 *)(m->memory + table) + (vaddr >> shift & 511);
}

static guint64 *leaf_entry(TestMachine *m, guint64 vaddr)
{
	guint64 table = PGD;

	for (guint shift = 39; shift > 21; shift -= 9) {
		guint64 *entry = entry_at(m, table, vaddr, shift);

		if (!*entry) {
			*entry = m->next_table | 0x63;	/* present, writable, accessed, dirty */
			m->next_table += 4096;
			g_assert_cmpuint(m->next_table, <=, LEAF);
		}
		table = *entry & ~0xfffull;
	}
	return entry_at(m, table, vaddr, 21);
}

void test_machine_map(TestMachine *m, guint64 vaddr, guint64 paddr)
{
	*leaf_entry(m, vaddr) = paddr | 0xe3;	/* and large */
}

void test_machine_unmap(TestMachine *m, guint64 vaddr)
{
	*leaf_entry(m, vaddr) = 0;
}

guint64 test_machine_alloc(TestMachine *m, gsize len_bytes, gsize align)
{
	guint64 at = (m->next_data + align - 1) / align * align;

	m->next_data = at + len_bytes;
	g_assert_cmpuint(m->next_data, <=, m->len_bytes);
	return MACHINE_DIRECT_MAP + at;
}

void *test_machine_at(TestMachine *m, guint64 vaddr)
{
	guint64 at = vaddr >= MACHINE_VMEMMAP ? vaddr - MACHINE_VMEMMAP + LEAF :
		     vaddr - MACHINE_DIRECT_MAP;

	g_assert_cmpuint(at, <, m->len_bytes);
	return m->memory + at;
}

guint64 test_machine_vaddr(TestMachine *m, const void *at)
{
	guint64 paddr = (const guint8 *)at - m->memory;

	g_assert_cmpuint(paddr, <, m->len_bytes);
	return paddr >= LEAF && paddr < 2 * LEAF ? MACHINE_VMEMMAP + paddr - LEAF :
						   MACHINE_DIRECT_MAP + paddr;
}

void test_machine_say(TestMachine *m, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	g_string_append_vprintf(m->info, format, args);
	va_end(args);
	g_string_append_c(m->info, '\n');
}

struct page *test_machine_page(TestMachine *m, guint64 pfn)
{
	return test_machine_at(m, MACHINE_VMEMMAP + pfn * sizeof(struct page));
}

struct zone *test_machine_zone(TestMachine *m, guint index)
{
	return &m->node->node_zones[index];
}

struct per_cpu_pages *test_machine_pcp(TestMachine *m, guint zone, guint cpu)
{
	return test_machine_at(m, (guint64)(gsize)test_machine_zone(m, zone)->per_cpu_pageset +
			       m->percpu_offset[cpu]);
}

static void *pointer(guint64 vaddr)
{
	return (void *)(gsize)vaddr;
}

static void list_init(TestMachine *m, struct list_head *head)
{
	head->next = head->prev = pointer(test_machine_vaddr(m, head));
}

void test_list_add(TestMachine *m, struct list_head *head, struct list_head *entry)
{
	struct list_head *last = test_machine_at(m, (guint64)(gsize)head->prev);

	entry->next = pointer(test_machine_vaddr(m, head));
	entry->prev = head->prev;
	last->next = head->prev = pointer(test_machine_vaddr(m, entry));
}

static guint zone_of(guint64 pfn)
{
	return pfn >= MACHINE_NORMAL_PFN;
}

void test_machine_free_block(TestMachine *m, guint64 pfn, guint order, guint migratetype)
{
	struct zone *zone = test_machine_zone(m, zone_of(pfn));
	struct page *page = test_machine_page(m, pfn);

	page->page_type = (guint32)PGTY_buddy << 24;
	page->private = order;
	page->_refcount = 0;
	test_list_add(m, &zone->free_area[order].free_list[migratetype], &page->buddy_list);
	zone->free_area[order].nr_free++;
	if (migratetype != MIGRATE_ISOLATE)
		zone->vm_stat[NR_FREE_PAGES] += 1l << order;
}

void test_machine_pcp_block(TestMachine *m, guint64 pfn, guint order, guint cpu, guint list)
{
	struct per_cpu_pages *pcp = test_machine_pcp(m, zone_of(pfn), cpu);

	test_machine_page(m, pfn)->_refcount = 0;
	test_list_add(m, &pcp->lists[list], &test_machine_page(m, pfn)->pcp_list);
	pcp->count += 1 << order;
}

static void init_zone(TestMachine *m, guint index, guint64 start, guint64 end)
{
	static const char *const names[] = { "DMA", "Normal" };
	struct zone *zone = test_machine_zone(m, index);
	guint64 name = test_machine_alloc(m, 8, 8);
	guint64 pcp = test_machine_alloc(m, sizeof(struct per_cpu_pages) * MACHINE_CPUS, 64);
	guint64 stat = test_machine_alloc(m, sizeof(struct per_cpu_pages) * MACHINE_CPUS, 64);

	zone->zone_start_pfn = start;
	zone->spanned_pages = zone->present_pages = zone->managed_pages = end - start;
	strcpy(test_machine_at(m, name), names[index]);
	zone->name = pointer(name);
	for (guint order = 0; order < G_N_ELEMENTS(zone->free_area); order++)
		for (guint type = 0; type < MIGRATE_TYPES; type++)
			list_init(m, &zone->free_area[order].free_list[type]);
	list_init(m, &zone->unaccepted_pages);
	/* Per-cpu pointers are what the cpu's offset is added to. */
	zone->per_cpu_pageset = pointer(pcp - m->percpu_offset[0]);
	zone->per_cpu_zonestats = pointer(stat - m->percpu_offset[0]);
	for (guint cpu = 0; cpu < MACHINE_CPUS; cpu++)
		for (guint i = 0; i < G_N_ELEMENTS(((struct per_cpu_pages *)0)->lists); i++)
			list_init(m, &test_machine_pcp(m, index, cpu)->lists[i]);
}

static void init_sections(TestMachine *m)
{
	guint64 root = test_machine_alloc(m, 8, 8), records = test_machine_alloc(m, 4096, 4096);

	memcpy(test_machine_at(m, root), &records, 8);
	m->sections = test_machine_at(m, records);
	for (guint i = 0; i < MACHINE_SECTIONS; i++) {
		guint64 usage = test_machine_alloc(m, sizeof(struct mem_section_usage) + 8, 8);

		m->usage[i] = test_machine_at(m, usage);
		m->usage[i]->pageblock_flags[0] = 0x11111111;	/* eight pageblocks, movable */
		/* present, has a map, online, early */
		m->sections[i] = (struct mem_section){ MACHINE_VMEMMAP | 0xf, pointer(usage) };
	}
	test_machine_say(m, "SYMBOL(mem_section)=%" G_GINT64_MODIFIER "x", root);
	test_machine_say(m, "LENGTH(mem_section)=1");
	test_machine_say(m, "NUMBER(SECTION_SIZE_BITS)=24\nNUMBER(MAX_PHYSMEM_BITS)=46");
}

static void init_cpus(TestMachine *m)
{
	guint64 offsets = test_machine_alloc(m, 8 * MACHINE_CPUS, 8);
	guint64 mask = test_machine_alloc(m, 8, 8), nr = test_machine_alloc(m, 4, 8);

	for (guint cpu = 0; cpu < MACHINE_CPUS; cpu++)
		m->percpu_offset[cpu] = 0x10000 + cpu * sizeof(struct per_cpu_pages);
	memcpy(test_machine_at(m, offsets), m->percpu_offset, 8 * MACHINE_CPUS);
	*(guint64 *)test_machine_at(m, mask) = (1 << MACHINE_CPUS) - 1;
	*(guint32 *)test_machine_at(m, nr) = MACHINE_CPUS;
	test_machine_say(m, "SYMBOL(__per_cpu_offset)=%" G_GINT64_MODIFIER "x", offsets);
	test_machine_say(m, "SYMBOL(__cpu_possible_mask)=%" G_GINT64_MODIFIER "x", mask);
	test_machine_say(m, "SYMBOL(nr_cpu_ids)=%" G_GINT64_MODIFIER "x", nr);
}

TestMachine *test_machine_new(void)
{
	TestMachine *m = g_new0(TestMachine, 1);
	guint64 node_data, nodestat;

	m->folder = anz_test_folder();
	m->len_bytes = MEMORY;
	m->memory = g_malloc0(MEMORY);
	m->next_table = PGD + 4096;
	m->next_data = FIRST_DATA;
	m->info = g_string_new("OSRELEASE=0.0-test\nPAGESIZE=4096\nNUMBER(phys_base)=0\n"
			       "NUMBER(pgtable_l5_enabled)=0\nKERNELOFFSET=0\n"
			       "NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=-268435456\n"
			       "LENGTH(node_data)=4\n");
	test_machine_say(m, "SYMBOL(init_top_pgt)=%" G_GINT64_MODIFIER "x",
			 (guint64)(KERNEL_MAP + PGD));
	test_machine_map(m, KERNEL_MAP, 0);
	for (gsize at = 0; at < MEMORY; at += LEAF)
		test_machine_map(m, MACHINE_DIRECT_MAP + at, at);
	test_machine_map(m, MACHINE_VMEMMAP, LEAF);

	init_cpus(m);
	init_sections(m);
	m->node_vaddr = test_machine_alloc(m, sizeof(struct pglist_data), 64);
	m->node = test_machine_at(m, m->node_vaddr);
	m->node->node_spanned_pages = m->node->node_present_pages = MACHINE_FRAMES;
	nodestat = test_machine_alloc(m, sizeof(struct per_cpu_pages) * MACHINE_CPUS, 64);
	m->node->per_cpu_nodestats = pointer(nodestat - m->percpu_offset[0]);
	node_data = test_machine_alloc(m, 4 * 8, 8);
	memcpy(test_machine_at(m, node_data), &m->node_vaddr, 8);
	test_machine_say(m, "SYMBOL(node_data)=%" G_GINT64_MODIFIER "x", node_data);
	init_zone(m, ZONE_DMA, 0, MACHINE_NORMAL_PFN);
	init_zone(m, ZONE_NORMAL, MACHINE_NORMAL_PFN, MACHINE_FRAMES);
	for (guint64 pfn = 0; pfn < MACHINE_FRAMES; pfn++) {
		struct page *page = test_machine_page(m, pfn);

		/* Node in the two highest bits, zone in the two below. */
		page->flags = (guint64)zone_of(pfn) << 60;
		page->page_type = 0xffffffff;
		page->_refcount = 1;
	}
	return m;
}

void test_machine_types(TestMachine *m, const char *source)
{
	anz_types_free(m->types);
	anz_test_write(m->folder, "types.c", *source ? source : machine_types, -1);
	g_assert_true(anz_test_run(m->folder, "cc -g -c -fno-eliminate-unused-debug-types "
				   "-o types.o types.c"));
	m->types = anz_test_open(m->folder, "types.o");
}

static void open_image(TestMachine *m)
{
	g_autofree char *path = g_build_filename(m->folder, "vmcoreinfo", NULL);
	AnzImageOptions options = { .vmcoreinfo_path = path };
	GError *error = NULL;

	if (!m->types)
		test_machine_types(m, "");
	anz_test_write(m->folder, "vmcoreinfo", m->info->str, m->info->len);
	m->image = anz_image_open_memory(m->memory, m->len_bytes, "raw:machine", &options, &error);
	g_assert_no_error(error);
}

gboolean test_machine_open(TestMachine *m, GError **error)
{
	GError *failed = NULL;

	open_image(m);
	m->kernel = anz_kernel_open(m->image, m->types, NULL, error ? error : &failed);
	g_assert_no_error(failed);
	return m->kernel != NULL;
}

static void fact_clear(gpointer data)
{
	g_free(((AnzFact *)data)->name);
	g_free(((AnzFact *)data)->value);
}

static void remark_clear(gpointer data)
{
	g_free(((AnzRemark *)data)->message);
}

void test_machine_open_bare(TestMachine *m)
{
	AnzKernel *kernel = g_new0(AnzKernel, 1);

	open_image(m);
	m->kernel = kernel;
	kernel->image = m->image;
	kernel->types = m->types;
	kernel->vmcoreinfo = anz_image_vmcoreinfo(m->image);
	kernel->page_shift = 12;
	kernel->facts = g_array_new(FALSE, TRUE, sizeof(AnzFact));
	g_array_set_clear_func(kernel->facts, fact_clear);
	kernel->remarks = g_array_new(FALSE, TRUE, sizeof(AnzRemark));
	g_array_set_clear_func(kernel->remarks, remark_clear);
	kernel->nodes = g_array_new(FALSE, TRUE, sizeof(AnzNode));
	kernel->zones = g_array_new(FALSE, TRUE, sizeof(AnzZone));
	kernel->sections = g_array_new(FALSE, TRUE, sizeof(AnzSection));
	kernel->odd_sections = g_array_new(FALSE, TRUE, sizeof(AnzOddSection));
	kernel->possible_cpus = g_array_new(FALSE, TRUE, sizeof(guint));
}

void test_machine_free(TestMachine *m)
{
	anz_kernel_free(m->kernel);
	anz_types_free(m->types);
	anz_image_free(m->image);
	anz_test_remove(m->folder);
	g_string_free(m->info, TRUE);
	g_free(m->memory);
	g_free(m);
}

guint test_machine_remarks(const TestMachine *m, const char *text)
{
	guint nr = 0;

	for (guint i = 0; i < m->kernel->remarks->len; i++)
		nr += !!strstr(g_array_index(m->kernel->remarks, AnzRemark, i).message, text);
	return nr;
}

const char *test_machine_fact(const TestMachine *m, const char *name)
{
	for (guint i = 0; i < m->kernel->facts->len; i++)
		if (g_str_equal(g_array_index(m->kernel->facts, AnzFact, i).name, name))
			return g_array_index(m->kernel->facts, AnzFact, i).value;
	return NULL;
}
