/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A very small machine for tests of kernel/, pages/ and lists/: physical memory that the test fills
 * in place, x86-64 page tables over it, VMCOREINFO as text, and types that the compiler describes.
 * The library reads it as a raw memory image.
 *
 * Physical memory: page tables and the rest of the kernel below 2 MiB, struct pages from 2 MiB to
 * 4 MiB, above that what is allocated.  8192 frames have a struct page, although the image is 6 MiB
 * long: what is in the frames does not matter here.
 */
#ifndef TESTS_KERNEL_UTIL_H
#define TESTS_KERNEL_UTIL_H

#include "kernel/kernel.h"
#include "lists/lists.h"

#define MACHINE_DIRECT_MAP 0xffff888000000000ull
#define MACHINE_VMEMMAP 0xffffea0000000000ull
#define MACHINE_SECTION_PAGES 4096u	/* SECTION_SIZE_BITS=24 */
#define MACHINE_SECTIONS 2u
#define MACHINE_FRAMES (MACHINE_SECTIONS * MACHINE_SECTION_PAGES)
#define MACHINE_NORMAL_PFN 2048u	/* zone 0 lies below, zone 1 from here on */
#define MACHINE_CPUS 2u

/*
 * The kernel's types; the same text is compiled for its debug info.  A test may have other members in place
 * of pglist_data.room.
 */
#define MACHINE_TYPES \
	enum pageflags { PG_locked = 0, PG_writeback = 1, PG_dirty = 4, PG_lru = 5, PG_head = 6, \
		PG_active = 8, PG_swapcache = 10, PG_reserved = 13, PG_swapbacked = 17, \
		PG_unevictable = 18, PG_mlocked = 19, PG_hwpoison = 20, __NR_PAGEFLAGS = 21 }; \
	enum pagetype { PGTY_buddy = 0xf0, PGTY_offline, PGTY_table, PGTY_guard, PGTY_hugetlb, \
		PGTY_slab, PGTY_zsmalloc, PGTY_unaccepted, PGTY_mapcount_underflow = 0xff }; \
	enum migratetype { MIGRATE_UNMOVABLE, MIGRATE_MOVABLE, MIGRATE_RECLAIMABLE, \
		MIGRATE_PCPTYPES, MIGRATE_HIGHATOMIC = MIGRATE_PCPTYPES, MIGRATE_ISOLATE, \
		MIGRATE_TYPES }; \
	enum zone_type { ZONE_DMA, ZONE_NORMAL, ZONE_MOVABLE, ZONE_DEVICE, __MAX_NR_ZONES }; \
	enum zone_stat_item { NR_FREE_PAGES, NR_MLOCK, NR_VM_ZONE_STAT_ITEMS }; \
	enum node_stat_item { NR_SLAB_RECLAIMABLE_B, NR_SLAB_UNRECLAIMABLE_B, NR_ANON_MAPPED, \
		NR_FILE_PAGES, NR_SHMEM, NR_PAGETABLE, NR_VM_NODE_STAT_ITEMS }; \
	enum pageblock_bits { PB_migrate, PB_migrate_end = 2, PB_migrate_skip, \
		NR_PAGEBLOCK_BITS }; \
	struct list_head { struct list_head *next, *prev; }; \
	struct page { \
		unsigned long flags; \
		union { \
			struct { \
				union { \
					struct list_head lru, buddy_list, pcp_list; \
				}; \
				void *mapping; \
				unsigned long index, private; \
			}; \
			unsigned long compound_head; \
		}; \
		union { unsigned int page_type; int _mapcount; }; \
		int _refcount; \
		unsigned long memcg_data; \
	}; \
	struct folio { struct page page; unsigned long _flags_1, _head_1; \
		int _large_mapcount, _entire_mapcount; }; \
	struct free_area { struct list_head free_list[MIGRATE_TYPES]; unsigned long nr_free; }; \
	struct per_cpu_pages { int lock, count, high, high_min; struct list_head lists[14]; }; \
	struct per_cpu_zonestat { signed char vm_stat_diff[NR_VM_ZONE_STAT_ITEMS]; \
		signed char stat_threshold; }; \
	struct per_cpu_nodestat { signed char stat_threshold; \
		signed char vm_node_stat_diff[NR_VM_NODE_STAT_ITEMS]; }; \
	struct zone { \
		unsigned long _watermark[4]; \
		struct per_cpu_pages *per_cpu_pageset; \
		struct per_cpu_zonestat *per_cpu_zonestats; \
		unsigned long zone_start_pfn; \
		long managed_pages; \
		unsigned long spanned_pages, present_pages; \
		const char *name; \
		struct free_area free_area[11]; \
		struct list_head unaccepted_pages; \
		long vm_stat[NR_VM_ZONE_STAT_ITEMS]; \
	}; \
	struct pglist_data { \
		struct zone node_zones[__MAX_NR_ZONES]; \
		unsigned long node_start_pfn, node_present_pages, node_spanned_pages; \
		struct per_cpu_nodestat *per_cpu_nodestats; \
		long vm_stat[NR_VM_NODE_STAT_ITEMS]; \
		unsigned long room[64]; \
	}; \
	struct mem_section_usage { unsigned long subsection_map[1], pageblock_flags[]; }; \
	struct mem_section { unsigned long section_mem_map; struct mem_section_usage *usage; }; \
	struct cpumask { unsigned long bits[1]; }; \
	struct hstate { unsigned int order; unsigned long nr_huge_pages; };

MACHINE_TYPES

typedef struct {
	char *folder;		/* of files that the library opens; removed at the end */
	guint8 *memory;		/* physical memory from address 0 */
	gsize len_bytes;
	guint64 next_table, next_data;	/* physical addresses */
	GString *info;		/* VMCOREINFO */
	struct pglist_data *node;
	guint64 node_vaddr;
	struct mem_section *sections;
	struct mem_section_usage *usage[MACHINE_SECTIONS];
	guint64 percpu_offset[MACHINE_CPUS];
	AnzTypes *types;
	AnzImage *image;
	AnzKernel *kernel;
} TestMachine;

/**
 * A machine with one node of two zones, all frames kernel-other, all lists empty, every page of
 * pageblock type movable, two cpus.  To be changed in place, then opened.
 */
TestMachine *test_machine_new(void);
void test_machine_free(TestMachine *m);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TestMachine, test_machine_free)

/** Compiles @source for its debug info and opens it; "" for the types above. */
void test_machine_types(TestMachine *m, const char *source);
/** Opens image and kernel.  With %NULL for @error failing is a failure of the test. */
gboolean test_machine_open(TestMachine *m, GError **error);
/** Opens only the image, and makes a kernel in which nothing is resolved yet. */
void test_machine_open_bare(TestMachine *m);

/** Zeroed memory of the direct map; returns its virtual address. */
guint64 test_machine_alloc(TestMachine *m, gsize len_bytes, gsize align);
/** Where the test itself finds a virtual address of the direct map or of struct pages. */
void *test_machine_at(TestMachine *m, guint64 vaddr);
guint64 test_machine_vaddr(TestMachine *m, const void *at);
/** One 2 MiB leaf. */
void test_machine_map(TestMachine *m, guint64 vaddr, guint64 paddr);
/** As if that leaf had never been there. */
void test_machine_unmap(TestMachine *m, guint64 vaddr);
void test_machine_say(TestMachine *m, const char *format, ...) G_GNUC_PRINTF(2, 3);

struct page *test_machine_page(TestMachine *m, guint64 pfn);
struct zone *test_machine_zone(TestMachine *m, guint index);
struct per_cpu_pages *test_machine_pcp(TestMachine *m, guint zone, guint cpu);

/** Adds the list head or member @entry at the tail of the list of @head, as list_add_tail(). */
void test_list_add(TestMachine *m, struct list_head *head, struct list_head *entry);
/** A free block on its list: type, order, link, nr_free and NR_FREE_PAGES. */
void test_machine_free_block(TestMachine *m, guint64 pfn, guint order, guint migratetype);
/** A block on a per-cpu list. */
void test_machine_pcp_block(TestMachine *m, guint64 pfn, guint order, guint cpu, guint list);

/** The number of remarks whose message contains @text. */
guint test_machine_remarks(const TestMachine *m, const char *text);
/** Value of a fact, or %NULL. */
const char *test_machine_fact(const TestMachine *m, const char *name);

#endif
