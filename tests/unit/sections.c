/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * kernel/sections.c, page-fields.c, pageblocks.c and nodes.c on a machine made by hand: which
 * frames have a struct page and where, which zone they are in, and their migratetype.
 */
#include <string.h>

#include "kernel-util.h"

#define TEXT(...) TEXT_(__VA_ARGS__)
#define TEXT_(...) #__VA_ARGS__

static AnzPlanes *decode(TestMachine *m)
{
	GError *error = NULL;
	AnzPlanes *planes = anz_planes_decode(m->kernel, 2, 0, NULL, NULL, NULL, NULL, NULL, NULL, &error);

	g_assert_no_error(error);
	return planes;
}

static guint8 class_at(const AnzPlanes *planes, guint64 pfn)
{
	return anz_planes_tile(planes, pfn)->page_class[anz_tile_index(pfn)];
}

static guint zone_at(const AnzPlanes *planes, guint64 pfn)
{
	return anz_planes_tile(planes, pfn)->zone[anz_tile_index(pfn)];
}

static guint migratetype_at(const AnzPlanes *planes, guint64 pfn)
{
	return anz_tile_migratetype(planes, anz_planes_tile(planes, pfn), anz_tile_index(pfn));
}

static void test_two_levels(void)
{
	g_autoptr(TestMachine) m = test_machine_new();
	const AnzSection *section;
	g_autoptr(AnzPlanes) planes = NULL;

	/* Section 2 is present but has no map; section 5 is one like the others. */
	m->sections[2].section_mem_map = MACHINE_VMEMMAP | 1;
	m->sections[5] = (struct mem_section){ MACHINE_VMEMMAP | 0xf, m->sections[1].usage };
	test_machine_open(m, NULL);
	g_assert_cmpuint(m->kernel->sections->len, ==, 3);
	g_assert_cmpuint(m->kernel->max_pfn, ==, 6 * MACHINE_SECTION_PAGES);
	g_assert_cmphex(m->kernel->vmemmap, ==, MACHINE_VMEMMAP);
	section = anz_kernel_section(m->kernel, 5 * MACHINE_SECTION_PAGES + 7);
	g_assert_cmpuint(section->start_pfn, ==, 5 * MACHINE_SECTION_PAGES);
	g_assert_true(section->online);
	g_assert_false(section->device);
	g_assert_null(anz_kernel_section(m->kernel, 2 * MACHINE_SECTION_PAGES));
	g_assert_null(anz_kernel_section(m->kernel, 6 * MACHINE_SECTION_PAGES));
	g_assert_cmphex(anz_kernel_page_address(m->kernel, 4097), ==, MACHINE_VMEMMAP + 4097 * 64);
	g_assert_cmphex(anz_kernel_page_address(m->kernel, 3 * MACHINE_SECTION_PAGES), ==, 0);
	g_assert_cmpuint(anz_kernel_page_pfn(m->kernel, MACHINE_VMEMMAP + 4097 * 64), ==, 4097);
	g_assert_cmpuint(anz_kernel_page_pfn(m->kernel, MACHINE_VMEMMAP + 8), ==, G_MAXUINT64);
	g_assert_cmpuint(anz_kernel_page_pfn(m->kernel, MACHINE_VMEMMAP - 64), ==, G_MAXUINT64);
	g_assert_cmpuint(anz_kernel_page_pfn(m->kernel, MACHINE_VMEMMAP +
					     2 * MACHINE_SECTION_PAGES * 64), ==, G_MAXUINT64);
	planes = decode(m);
	g_assert_cmpuint(class_at(planes, 8191), ==, ANZ_CLASS_KERNEL_OTHER);
	g_assert_cmpuint(class_at(planes, 8192), ==, ANZ_CLASS_HOLE);
	g_assert_cmpuint(zone_at(planes, 8192), ==, ANZ_NO_ZONE);
}

/* Without a virtual memory map every section has an array of its own. */
static void test_separate_arrays(void)
{
	g_autoptr(TestMachine) m = test_machine_new();
	const guint64 array = MACHINE_VMEMMAP + 1024 * 64;	/* elsewhere: overlapping is fine */

	m->sections[1].section_mem_map = (array - MACHINE_SECTION_PAGES * 64) | 0xf;
	test_machine_open(m, NULL);
	g_assert_cmphex(m->kernel->vmemmap, ==, 0);
	g_assert_cmphex(anz_kernel_page_address(m->kernel, 4096), ==, array);
	g_assert_cmphex(anz_kernel_page_address(m->kernel, 0), ==, MACHINE_VMEMMAP);
	/* Where two arrays overlap the first section wins; behind it is the second one's. */
	g_assert_cmpuint(anz_kernel_page_pfn(m->kernel, array + 4000 * 64), ==, 8096);
	g_assert_cmpuint(anz_kernel_page_pfn(m->kernel, array + 4000 * 64 + 1), ==, G_MAXUINT64);
}

/* Hot-plugged memory: valid by subsections of 2 MiB; never onlined: no struct page to look at. */
static void test_hotplug(void)
{
	g_autoptr(TestMachine) m = test_machine_new();
	g_autoptr(AnzPlanes) planes = NULL;

	m->sections[0].section_mem_map = MACHINE_VMEMMAP | 7;	/* not early */
	m->usage[0]->subsection_map[0] = 0x0d;	/* subsections 0, 2 and 3 of 512 frames */
	m->sections[1].section_mem_map = MACHINE_VMEMMAP | 3;	/* nor online */
	m->usage[1]->subsection_map[0] = ~0ul;
	test_machine_page(m, 5000)->page_type = (guint32)PGTY_slab << 24;
	test_machine_open(m, NULL);
	planes = decode(m);
	g_assert_cmpuint(class_at(planes, 511), ==, ANZ_CLASS_KERNEL_OTHER);
	g_assert_cmpuint(class_at(planes, 512), ==, ANZ_CLASS_HOLE);
	g_assert_cmpuint(class_at(planes, 1023), ==, ANZ_CLASS_HOLE);
	g_assert_cmpuint(class_at(planes, 1024), ==, ANZ_CLASS_KERNEL_OTHER);
	g_assert_cmpuint(class_at(planes, 2047), ==, ANZ_CLASS_KERNEL_OTHER);
	g_assert_cmpuint(class_at(planes, 2048), ==, ANZ_CLASS_HOLE);
	g_assert_cmpuint(class_at(planes, 5000), ==, ANZ_CLASS_OFFLINE);
	g_assert_cmpuint(zone_at(planes, 5000), ==, 1);
}

/* A device's memory is not "online" but has struct pages. */
static void test_device(void)
{
	g_autoptr(TestMachine) m = test_machine_new();
	g_autoptr(AnzPlanes) planes = NULL;

	m->sections[1].section_mem_map = MACHINE_VMEMMAP | 0x1b;
	test_machine_page(m, 5000)->flags = 3ull << 60;	/* ZONE_DEVICE */
	test_machine_open(m, NULL);
	planes = decode(m);
	g_assert_true(anz_kernel_section(m->kernel, 5000)->device);
	g_assert_cmpuint(class_at(planes, 5000), ==, ANZ_CLASS_DEVICE);
	g_assert_cmpuint(class_at(planes, 5001), ==, ANZ_CLASS_KERNEL_OTHER);
}

/* Before 5.12 no flag says that a section is a device's: its struct pages do. */
static void test_device_without_flag(void)
{
	g_autoptr(TestMachine) m = test_machine_new();
	g_autoptr(AnzPlanes) planes = NULL;

	m->sections[1].section_mem_map = MACHINE_VMEMMAP | 0xb;
	for (guint64 pfn = MACHINE_SECTION_PAGES; pfn < MACHINE_FRAMES; pfn++)
		test_machine_page(m, pfn)->flags = 3ull << 60;	/* ZONE_DEVICE */
	test_machine_open(m, NULL);
	planes = decode(m);
	g_assert_true(anz_kernel_section(m->kernel, 5000)->device);
	g_assert_cmpuint(class_at(planes, 5000), ==, ANZ_CLASS_DEVICE);
}

/* Bit 4 of a kernel that enumerates the flags and has no devices is another flag's. */
static void test_no_device_flag(void)
{
	g_autoptr(TestMachine) m = test_machine_new();

	m->sections[1].section_mem_map = MACHINE_VMEMMAP | 0x1f;
	test_machine_say(m, "NUMBER(SECTION_MAP_LAST_BIT)=5");
	test_machine_open(m, NULL);
	g_assert_false(anz_kernel_section(m->kernel, 5000)->device);
}

/* VMCOREINFO before 5.13 does not state the size of sections: where nodes lie does. */
static void test_section_size_unstated(void)
{
	g_autoptr(TestMachine) m = test_machine_new();
	const char key[] = "NUMBER(SECTION_SIZE_BITS)";

	memset(strstr(m->info->str, key), 'x', sizeof(key) - 2);
	test_machine_open(m, NULL);
	g_assert_cmpstr(test_machine_fact(m, "SECTION_SIZE_BITS"), ==, "24");
	g_assert_cmpuint(m->kernel->sections->len, ==, 2);
	g_assert_cmpuint(anz_kernel_section(m->kernel, 5000)->start_pfn, ==, 4096);
	g_assert_cmpuint(m->kernel->max_pfn, ==, MACHINE_FRAMES);
	g_assert_cmphex(anz_kernel_page_address(m->kernel, 5000), ==, MACHINE_VMEMMAP + 5000 * 64);
	g_assert_cmpuint(m->kernel->remarks->len, ==, 0);
}

/* The same where nothing fits: said, and not guessed. */
static void test_section_size_unknown(void)
{
	g_autoptr(TestMachine) m = test_machine_new();
	const char key[] = "NUMBER(SECTION_SIZE_BITS)";

	memset(strstr(m->info->str, key), 'x', sizeof(key) - 2);
	m->node->node_spanned_pages = 3 << 20;
	test_machine_open(m, NULL);
	g_assert_cmpuint(test_machine_remarks(m, "no size at which the sections cover"), ==, 1);
}

static void test_table_lost(void)
{
	g_autoptr(TestMachine) m = test_machine_new();
	char *at = strstr(m->info->str, "SYMBOL(mem_section)=");
	g_autoptr(GError) error = NULL;

	/* The root array lies nowhere. */
	memcpy(at, "SYMBOL(mem_section)=ffffc", 25);
	g_assert_false(test_machine_open(m, &error));
	g_assert_error(error, ANZ_ERROR, ANZ_ERROR_NO_MEMORY_AT);
	g_assert_nonnull(strstr(error->message, "section array"));
}

/* The same with the base of the virtual memory map stated: the dump's ranges do for sections. */
static void test_table_lost_but_vmemmap(void)
{
	g_autoptr(TestMachine) m = test_machine_new();
	char *at = strstr(m->info->str, "SYMBOL(mem_section)=");

	memcpy(at, "SYMBOL(mem_section)=ffffc", 25);
	test_machine_say(m, "SYMBOL(vmemmap)=%" G_GINT64_MODIFIER "x", (guint64)MACHINE_VMEMMAP);
	test_machine_open(m, NULL);
	/* The image is 6 MiB long: one section. */
	g_assert_cmpuint(m->kernel->sections->len, ==, 1);
	g_assert_cmphex(m->kernel->vmemmap, ==, MACHINE_VMEMMAP);
	g_assert_cmpuint(test_machine_remarks(m, "the section table is not in the dump"), ==, 1);
}

/* VMCOREINFO without the line that begins with @key. */
static void unsay(TestMachine *m, const char *key)
{
	char *at = strstr(m->info->str, key);

	g_assert_nonnull(at);
	memset(at, 'x', strlen(key) - 1);
}

/* A kernel that has a vmemmap and no section table: no table is missed. */
static void test_vmemmap_alone(void)
{
	g_autoptr(TestMachine) m = test_machine_new();

	unsay(m, "SYMBOL(mem_section)=");
	test_machine_say(m, "SYMBOL(vmemmap)=%" G_GINT64_MODIFIER "x", (guint64)MACHINE_VMEMMAP);
	test_machine_open(m, NULL);
	g_assert_cmpstr(test_machine_fact(m, "memory model"), ==, "virtual memory map");
	g_assert_cmpuint(m->kernel->sections->len, ==, 1);
	g_assert_cmphex(anz_kernel_page_address(m->kernel, 1500), ==, MACHINE_VMEMMAP + 1500 * 64);
	g_assert_cmpuint(test_machine_remarks(m, "a vmemmap but no section table"), ==, 1);
}

/* Flat memory whose nodes do not say where their array is: mem_map does, from a whole block on. */
static void test_mem_map_alone(void)
{
	g_autoptr(TestMachine) m = test_machine_new();
	guint64 variable = test_machine_alloc(m, 8, 8), array = MACHINE_VMEMMAP + 64 * 64;

	unsay(m, "SYMBOL(mem_section)=");
	memcpy(test_machine_at(m, variable), &array, 8);
	test_machine_say(m, "SYMBOL(mem_map)=%" G_GINT64_MODIFIER "x", variable);
	m->node->node_start_pfn = 1030;
	m->node->node_spanned_pages = 400;
	test_machine_open(m, NULL);
	g_assert_cmpstr(test_machine_fact(m, "memory model"), ==, "flat");
	g_assert_cmpuint(m->kernel->sections->len, ==, 1);
	g_assert_cmphex(anz_kernel_page_address(m->kernel, 1023), ==, 0);
	g_assert_cmphex(anz_kernel_page_address(m->kernel, 1024), ==, array);
	g_assert_cmphex(anz_kernel_page_address(m->kernel, 1429), ==, array + 405 * 64);
	g_assert_cmpuint(m->kernel->max_pfn, ==, 1430);
}

/* A section that is only its map: one word. */
static void test_small_section(void)
{
	static const char usage[] = "struct mem_section_usage *usage;";
	g_autoptr(TestMachine) m = test_machine_new();
	g_autofree char *source = g_strdup(TEXT(MACHINE_TYPES));
	guint64 words[] = { 0, MACHINE_VMEMMAP | 0xf };

	g_assert_nonnull(strstr(source, usage));
	memset(strstr(source, usage), ' ', sizeof(usage) - 1);
	test_machine_types(m, source);
	memcpy(m->sections, words, sizeof(words));
	memset((guint8 *)m->sections + sizeof(words), 0, 4096 - sizeof(words));
	test_machine_open(m, NULL);
	g_assert_cmpuint(m->kernel->sections->len, ==, 1);
	g_assert_cmphex(anz_kernel_page_address(m->kernel, 4100), ==, MACHINE_VMEMMAP + 4100 * 64);
	g_assert_cmphex(anz_kernel_section(m->kernel, 4100)->pageblock_flags, ==, 0);
}

static void test_root_lost(void)
{
	g_autoptr(TestMachine) m = test_machine_new();
	guint64 nowhere = 0xffffc00000000000;
	char *at = strstr(m->info->str, "LENGTH(mem_section)=1");
	guint64 roots = g_ascii_strtoull(strstr(m->info->str, "SYMBOL(mem_section)=") +
					 strlen("SYMBOL(mem_section)="), NULL, 16);

	at[strlen("LENGTH(mem_section)=")] = '2';
	memcpy((guint8 *)test_machine_at(m, roots) + 8, &nowhere, 8);
	test_machine_open(m, NULL);
	g_assert_cmpuint(m->kernel->sections->len, ==, MACHINE_SECTIONS);
	g_assert_cmpuint(test_machine_remarks(m, "parts of the section table"), ==, 1);
}

static void test_no_sections(void)
{
	g_autoptr(TestMachine) m = test_machine_new();
	g_autoptr(GError) error = NULL;

	memset(m->sections, 0, 4096);
	g_assert_false(test_machine_open(m, &error));
	g_assert_error(error, ANZ_ERROR, ANZ_ERROR_KERNEL);
	g_assert_nonnull(strstr(error->message, "no memory section"));
}

static void test_zones(void)
{
	g_autoptr(TestMachine) m = test_machine_new();
	g_autoptr(AnzPlanes) planes = NULL;
	const AnzZone *zone;

	/* A frame that says it is in a zone that does not span it; one of zone 0 within zone 1. */
	test_machine_page(m, 100)->flags = 1ull << 60;
	test_machine_page(m, 3000)->flags = 0;
	test_machine_zone(m, 0)->zone_start_pfn = 1;
	test_machine_zone(m, 0)->spanned_pages = MACHINE_NORMAL_PFN;	/* to 2048, overlapping */
	test_machine_page(m, 2048)->flags = 0;
	test_machine_zone(m, 1)->vm_stat[NR_FREE_PAGES] = 55;
	test_machine_open(m, NULL);
	g_assert_cmpuint(m->kernel->zones->len, ==, 2);
	zone = &g_array_index(m->kernel->zones, AnzZone, 1);
	g_assert_cmpstr(zone->name, ==, "Normal");
	g_assert_cmpuint(zone->index, ==, ZONE_NORMAL);
	g_assert_cmpuint(zone->spanned, ==, MACHINE_FRAMES - MACHINE_NORMAL_PFN);
	g_assert_cmpint(zone->stat[NR_FREE_PAGES], ==, 55);
	g_assert_cmpuint(m->kernel->format.node_bits, ==, 2);
	g_assert_cmpuint(m->kernel->format.node_shift, ==, 62);
	g_assert_cmpuint(m->kernel->format.zone_bits, ==, 2);
	g_assert_cmpuint(m->kernel->format.zone_shift, ==, 60);
	g_assert_cmpuint(m->kernel->format.device_zone, ==, ZONE_DEVICE);
	planes = decode(m);
	g_assert_cmpuint(zone_at(planes, 0), ==, ANZ_NO_ZONE);
	g_assert_cmpuint(zone_at(planes, 1), ==, 0);
	g_assert_cmpuint(zone_at(planes, 100), ==, 0);
	g_assert_cmpuint(zone_at(planes, 2047), ==, 0);
	g_assert_cmpuint(zone_at(planes, 2048), ==, 0);
	g_assert_cmpuint(zone_at(planes, 2049), ==, 1);
	g_assert_cmpuint(zone_at(planes, 3000), ==, 1);
	g_assert_cmpuint(zone_at(planes, 8191), ==, 1);
}

/* The fields are not where they should be: spans alone tell the zone, and that is said. */
static void test_fields_disproved(void)
{
	g_autoptr(TestMachine) m = test_machine_new();
	g_autoptr(AnzPlanes) planes = NULL;

	for (guint64 pfn = 0; pfn < MACHINE_FRAMES; pfn++)
		test_machine_page(m, pfn)->flags = 2ull << 60;
	test_machine_open(m, NULL);
	g_assert_cmpuint(test_machine_remarks(m, "zones are told by their spans alone"), ==, 1);
	planes = decode(m);
	g_assert_cmpuint(zone_at(planes, 2047), ==, 0);
	g_assert_cmpuint(zone_at(planes, 2048), ==, 1);
}

static void test_per_cpu_deltas(void)
{
	g_autoptr(TestMachine) m = test_machine_new();
	struct zone *zone = test_machine_zone(m, 1);
	const AnzZone *read;

	zone->vm_stat[NR_FREE_PAGES] = 1000;
	for (guint cpu = 0; cpu < MACHINE_CPUS; cpu++) {
		struct per_cpu_zonestat *stat = test_machine_at(m,
			(guint64)(gsize)zone->per_cpu_zonestats + m->percpu_offset[cpu]);

		stat->vm_stat_diff[NR_FREE_PAGES] = cpu ? -7 : 3;
	}
	test_machine_open(m, NULL);
	read = &g_array_index(m->kernel->zones, AnzZone, 1);
	g_assert_cmpint(read->stat[NR_FREE_PAGES], ==, 996);
	g_assert_cmpint(read->stat_delta[NR_FREE_PAGES], ==, -4);
}

static void test_pageblocks(void)
{
	g_autoptr(TestMachine) m = test_machine_new();
	g_autoptr(AnzPlanes) planes = NULL;

	/* Four bits each; the highest of them is the skip hint. */
	m->usage[0]->pageblock_flags[0] = 0x1111ca21;
	m->usage[1]->pageblock_flags[0] = 0x71111141;
	test_machine_open(m, NULL);
	g_assert_cmpuint(m->kernel->pageblock_order, ==, 9);
	g_assert_cmpuint(m->kernel->pageblock_bits, ==, 4);
	g_assert_cmpint(m->kernel->migrate_isolate, ==, MIGRATE_ISOLATE);
	g_assert_cmpstr(m->kernel->migratetype_names[MIGRATE_MOVABLE], ==, "movable");
	g_assert_cmpstr(m->kernel->migratetype_names[MIGRATE_HIGHATOMIC], ==, "highatomic");
	g_assert_cmpstr(m->kernel->migratetype_names[MIGRATE_ISOLATE], ==, "isolate");
	planes = decode(m);
	g_assert_true(anz_planes_finish(planes, m->kernel, NULL, NULL));
	g_assert_cmpuint(migratetype_at(planes, 0), ==, MIGRATE_MOVABLE);
	g_assert_cmpuint(migratetype_at(planes, 511), ==, MIGRATE_MOVABLE);
	g_assert_cmpuint(migratetype_at(planes, 512), ==, MIGRATE_RECLAIMABLE);
	g_assert_cmpuint(migratetype_at(planes, 1024), ==, MIGRATE_RECLAIMABLE);
	g_assert_cmpuint(migratetype_at(planes, 1536), ==, MIGRATE_ISOLATE);
	g_assert_cmpuint(migratetype_at(planes, 4096 + 512), ==, MIGRATE_ISOLATE);
	/* No such type. */
	g_assert_cmpuint(migratetype_at(planes, 4096 + 7 * 512), ==, ANZ_NO_MIGRATETYPE);
	g_assert_cmphex(anz_planes_tile(planes, 1536)->attr[1536], ==, ANZ_ATTR_ISOLATED);
	g_assert_cmphex(anz_planes_tile(planes, 0)->attr[0], ==, 0);
}

/* A kernel without huge pages has pageblocks of the largest order: free blocks prove it. */
static void test_pageblocks_proved(void)
{
	g_autoptr(TestMachine) m = test_machine_new();

	/* Four pageblocks of 1024 frames in each section. */
	m->usage[0]->pageblock_flags[0] = 0x2010;
	m->usage[1]->pageblock_flags[0] = 0x0121;
	for (guint64 block = 0; block < 8; block++) {
		static const guint types[] = { 0, 1, 0, 2, 1, 2, 1, 0 };

		test_machine_free_block(m, block * 1024 + 8, 0, types[block]);
		test_machine_free_block(m, block * 1024 + 520, 1, types[block]);
	}
	test_machine_open(m, NULL);
	g_assert_cmpuint(m->kernel->pageblock_order, ==, 10);
	g_assert_cmpstr(test_machine_fact(m, "pageblock order"), ==,
			"10 (16 of 16 free blocks agree)");
}

/* The huge zero folio has neither a type nor a mapping: a variable tells where it is. */
static void test_huge_zero(void)
{
	g_autoptr(TestMachine) m = test_machine_new();
	g_autoptr(AnzPlanes) planes = NULL;
	guint64 variable = test_machine_alloc(m, 8, 8);

	*(guint64 *)test_machine_at(m, variable) = 4096;
	test_machine_say(m, "SYMBOL(huge_zero_pfn)=%" G_GINT64_MODIFIER "x", variable);
	test_machine_page(m, 4100)->page_type = (guint32)PGTY_slab << 24;
	test_machine_open(m, NULL);
	planes = decode(m);
	g_assert_true(anz_planes_finish(planes, m->kernel, NULL, NULL));
	g_assert_cmpuint(class_at(planes, 4095), ==, ANZ_CLASS_KERNEL_OTHER);
	g_assert_cmpuint(class_at(planes, 4096), ==, ANZ_CLASS_ZERO_PAGE);
	g_assert_cmpuint(class_at(planes, 4100), ==, ANZ_CLASS_SLAB);
	g_assert_cmpuint(class_at(planes, 4607), ==, ANZ_CLASS_ZERO_PAGE);
	g_assert_cmpuint(class_at(planes, 4608), ==, ANZ_CLASS_KERNEL_OTHER);
}

/* What the decoder cannot read says why; what lies around it is decoded. */
static void test_unmapped_array(void)
{
	g_autoptr(TestMachine) m = test_machine_new();
	g_autoptr(AnzPlanes) planes = NULL;

	test_machine_open(m, NULL);
	/* Frame 8000 is nowhere: no memory of the image, which is 6 MiB long, and in no zone. */
	g_array_index(m->kernel->zones, AnzZone, 1).spanned = 8000 - MACHINE_NORMAL_PFN;
	/* Gone only now, so that opening has seen it. */
	test_machine_unmap(m, MACHINE_VMEMMAP);
	anz_image_free(m->image);
	m->image = NULL;
	{
		g_autofree char *path = g_build_filename(m->folder, "vmcoreinfo", NULL);
		AnzImageOptions options = { .vmcoreinfo_path = path };
		GError *error = NULL;

		m->image = anz_image_open_memory(m->memory, m->len_bytes, "raw:machine", &options,
						 &error);
		g_assert_no_error(error);
		m->kernel->image = m->image;
	}
	planes = decode(m);
	g_assert_cmpuint(class_at(planes, 0), ==, ANZ_CLASS_UNREADABLE);
	g_assert_cmpuint(class_at(planes, 7999), ==, ANZ_CLASS_UNREADABLE);
	g_assert_cmpuint(class_at(planes, 8000), ==, ANZ_CLASS_HOLE);
	g_assert_cmpuint(planes->stats.unmapped, ==, 8000);
	/* The zone is then told by its span. */
	g_assert_cmpuint(zone_at(planes, 0), ==, 0);
	g_assert_cmpuint(zone_at(planes, 7999), ==, 1);
	g_assert_cmpuint(zone_at(planes, 8000), ==, ANZ_NO_ZONE);
}

/* Two nodes, of which nothing but node_data and node_id tells. */
static void test_nodes_uncounted(void)
{
	g_autoptr(TestMachine) m = test_machine_new();
	g_autofree char *types = g_strdup(TEXT(MACHINE_TYPES));
	guint64 node_data, second = test_machine_alloc(m, sizeof(struct pglist_data), 64);
	struct pglist_data *node = test_machine_at(m, second);
	guint64 *table;

	memcpy(strstr(types, "unsigned long room[64]"), "int node_id;   long r;", 22);
	test_machine_types(m, types);
	g_string_replace(m->info, "LENGTH(node_data)=4\n", "", 1);
	memcpy(node, m->node, sizeof(*node));
	node->room[0] = 2;
	node->node_start_pfn = MACHINE_FRAMES;
	node->node_spanned_pages = 0;
	memset(node->node_zones, 0, sizeof(node->node_zones));
	node_data = g_ascii_strtoull(strstr(m->info->str, "SYMBOL(node_data)=") + 18, NULL, 16);
	table = test_machine_at(m, node_data);
	/* No node 1; the next two pointers name one and the same node. */
	table[2] = table[3] = second;
	test_machine_open(m, NULL);
	g_assert_cmpuint(m->kernel->nodes->len, ==, 2);
	g_assert_cmpuint(g_array_index(m->kernel->nodes, AnzNode, 1).nid, ==, 2);
	g_assert_cmpuint(m->kernel->zones->len, ==, 2);
	g_assert_cmpuint(test_machine_remarks(m, "first 3 entries of node_data"), ==, 1);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/sections/two-levels", test_two_levels);
	g_test_add_func("/sections/separate-arrays", test_separate_arrays);
	g_test_add_func("/sections/hotplug", test_hotplug);
	g_test_add_func("/sections/device", test_device);
	g_test_add_func("/sections/device-without-flag", test_device_without_flag);
	g_test_add_func("/sections/no-device-flag", test_no_device_flag);
	g_test_add_func("/sections/size-unstated", test_section_size_unstated);
	g_test_add_func("/sections/size-unknown", test_section_size_unknown);
	g_test_add_func("/sections/table-lost", test_table_lost);
	g_test_add_func("/sections/table-lost-but-vmemmap", test_table_lost_but_vmemmap);
	g_test_add_func("/sections/vmemmap-alone", test_vmemmap_alone);
	g_test_add_func("/sections/mem-map-alone", test_mem_map_alone);
	g_test_add_func("/sections/small", test_small_section);
	g_test_add_func("/sections/root-lost", test_root_lost);
	g_test_add_func("/sections/none", test_no_sections);
	g_test_add_func("/sections/unmapped-array", test_unmapped_array);
	g_test_add_func("/zones", test_zones);
	g_test_add_func("/nodes/uncounted", test_nodes_uncounted);
	g_test_add_func("/zones/fields-disproved", test_fields_disproved);
	g_test_add_func("/zones/per-cpu-deltas", test_per_cpu_deltas);
	g_test_add_func("/pageblocks", test_pageblocks);
	g_test_add_func("/pageblocks/proved", test_pageblocks_proved);
	g_test_add_func("/huge-zero", test_huge_zero);
	return g_test_run();
}
