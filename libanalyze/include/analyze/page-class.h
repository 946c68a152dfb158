/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Page classes: what a page frame is.  The census is exclusive and complete, so each frame of the
 * map has exactly one class.  Whose it is (the owner) is a different question.
 * Names, letters and numbers come from schemas/page-classes.tsv; numbers are stored in files and
 * never change meaning.
 */
#ifndef ANALYZE_PAGE_CLASS_H
#define ANALYZE_PAGE_CLASS_H

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
	ANZ_CLASS_FREE,
	ANZ_CLASS_FREE_PCP,
	ANZ_CLASS_UNACCEPTED,
	ANZ_CLASS_FILE,
	ANZ_CLASS_SHMEM,
	ANZ_CLASS_ANON,
	ANZ_CLASS_KSM,
	ANZ_CLASS_HUGETLB,
	ANZ_CLASS_SWAP_CACHE,
	ANZ_CLASS_SLAB,
	ANZ_CLASS_LARGE_KMALLOC,
	ANZ_CLASS_PAGE_TABLE,
	ANZ_CLASS_KERNEL_STACK,
	ANZ_CLASS_VMALLOC,
	ANZ_CLASS_PERCPU,
	ANZ_CLASS_ZSMALLOC,
	ANZ_CLASS_NET_POOL,
	ANZ_CLASS_MOVABLE,
	ANZ_CLASS_KERNEL_IMAGE,
	ANZ_CLASS_RESERVED,
	ANZ_CLASS_ZERO_PAGE,
	ANZ_CLASS_GUARD,
	ANZ_CLASS_OFFLINE,
	ANZ_CLASS_DEVICE,
	ANZ_CLASS_HWPOISON,
	ANZ_CLASS_KERNEL_OTHER,
	ANZ_CLASS_UNKNOWN_TYPE,
	ANZ_CLASS_EXCLUDED,
	ANZ_CLASS_UNREADABLE,
	ANZ_CLASS_HOLE,
	ANZ_CLASS_BUFFER,
	ANZ_NR_CLASSES
} AnzPageClass;

/**
 * AnzMobility: what compaction, which makes large free blocks, can do with a page.
 * @ANZ_MOBILITY_FREE: nothing is to be done
 * @ANZ_MOBILITY_MOVES: its content can go elsewhere
 * @ANZ_MOBILITY_STAYS: it is in the way
 * @ANZ_MOBILITY_ABSENT: there is no page, or nothing is known of it
 */
typedef enum {
	ANZ_MOBILITY_FREE,
	ANZ_MOBILITY_MOVES,
	ANZ_MOBILITY_STAYS,
	ANZ_MOBILITY_ABSENT,
} AnzMobility;

/**
 * AnzPageClassInfo:
 * @name: as in SQL, JSON and text ("page-table")
 * @letter: one printable ASCII character for maps in a terminal
 * @group: "free", "user", "kernel", "boot", "away", "broken" or "absent"
 * @descriptor: (nullable): struct that overlays the struct page of such pages ("folio", "slab")
 * @mobility: of most such pages
 * @meaning: one clause for people
 */
typedef struct {
	const char *name;
	char letter;
	const char *group;
	const char *descriptor;
	AnzMobility mobility;
	const char *meaning;
} AnzPageClassInfo;

/**
 * anz_page_class_info:
 * @class: a class number, from a file perhaps
 *
 * Returns: (transfer none): its description, or %NULL if @class is not below %ANZ_NR_CLASSES.
 */
const AnzPageClassInfo *anz_page_class_info(guint page_class);

/**
 * anz_page_class_from_name:
 * @name: a name as in schemas/page-classes.tsv
 *
 * Returns: the class number, or -1.
 */
int anz_page_class_from_name(const char *name);

/**
 * Attributes beside the class, the bits of the plane "attr".
 * @ANZ_ATTR_HEAD: first page of a compound page, folio or listed free block
 * @ANZ_ATTR_TAIL: a later page of one
 * @ANZ_ATTR_MAPPED: mapped into a process (by mapcount)
 * @ANZ_ATTR_DIRTY: PG_dirty of the page or its folio
 * @ANZ_ATTR_WRITEBACK: PG_writeback
 * @ANZ_ATTR_LOCKED: PG_locked
 * @ANZ_ATTR_LRU: PG_lru
 * @ANZ_ATTR_ACTIVE: PG_active
 * @ANZ_ATTR_UNEVICTABLE: PG_unevictable
 * @ANZ_ATTR_MLOCKED: PG_mlocked
 * @ANZ_ATTR_RESERVED: PG_reserved
 * @ANZ_ATTR_HWPOISON: PG_hwpoison, whatever the class
 * @ANZ_ATTR_CONTENT_EXCLUDED: the page's content is not in the dump
 * @ANZ_ATTR_NO_ZONE: the frame lies in no zone's span
 * @ANZ_ATTR_ON_LIST: reached by walking a free, per-cpu or unaccepted list
 * @ANZ_ATTR_ISOLATED: its pageblock is isolated
 *
 * Flags of a folio are those of its head page: all its pages show them.
 */
typedef enum {
	ANZ_ATTR_HEAD = 1 << 0,
	ANZ_ATTR_TAIL = 1 << 1,
	ANZ_ATTR_MAPPED = 1 << 2,
	ANZ_ATTR_DIRTY = 1 << 3,
	ANZ_ATTR_WRITEBACK = 1 << 4,
	ANZ_ATTR_LOCKED = 1 << 5,
	ANZ_ATTR_LRU = 1 << 6,
	ANZ_ATTR_ACTIVE = 1 << 7,
	ANZ_ATTR_UNEVICTABLE = 1 << 8,
	ANZ_ATTR_MLOCKED = 1 << 9,
	ANZ_ATTR_RESERVED = 1 << 10,
	ANZ_ATTR_HWPOISON = 1 << 11,
	ANZ_ATTR_CONTENT_EXCLUDED = 1 << 12,
	ANZ_ATTR_NO_ZONE = 1 << 13,
	ANZ_ATTR_ON_LIST = 1 << 14,
	ANZ_ATTR_ISOLATED = 1 << 15,
} AnzPageAttr;

G_END_DECLS

#endif
