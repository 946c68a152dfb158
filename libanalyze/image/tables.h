/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Page tables as a tree: every table and every entry of one address space, the kernel's or a
 * process's.  anz_image_translate() asks for one address; this visits all of them.
 */
#ifndef ANZ_IMAGE_TABLES_H
#define ANZ_IMAGE_TABLES_H

#include "image/image.h"

/** Levels are counted from below: the tables of level 0 hold pages, those of level 1 hold tables. */
#define ANZ_TABLE_LEVELS 5

/** One entry that is not empty and leads to no further table. */
typedef struct {
	guint64 vaddr;		/* of the first byte it stands for */
	guint64 nr_bytes;
	guint64 paddr;		/* of a present one */
	guint64 raw;		/* in host byte order */
	guint level;
	gboolean present;	/* the kernel counts it as mapped, though hardware may fault on it */
	gboolean special;	/* marked as a page that nobody counts (pte_special()) */
} AnzTableEntry;

/** What is called on the way; all may be %NULL but @entry. */
typedef struct {
	/*
	 * Before the entries of the table of @nr_bytes at @paddr, which map memory from @vaddr on.
	 * %FALSE: its entries are not visited.
	 */
	gboolean (*table)(guint64 paddr, guint64 nr_bytes, guint level, guint64 vaddr,
			  gpointer data);
	/* %FALSE ends the walk. */
	gboolean (*entry)(const AnzTableEntry *entry, gpointer data);
	/* A table that is not in the dump. */
	void (*lost)(guint64 paddr, guint level, guint64 vaddr, AnzMemState why, gpointer data);
} AnzTableVisitor;

typedef enum {
	ANZ_TABLES_USER,	/* addresses below the middle; a tree of a process */
	ANZ_TABLES_KERNEL,	/* addresses above it */
} AnzTableHalf;

/**
 * anz_image_can_walk_tables:
 *
 * Whether the shape of page tables is known: x86-64 and aarch64 whose translation is set up.
 */
gboolean anz_image_can_walk_tables(const AnzImage *image);

/** Physical address of the kernel's top table, that of anz_image_translate(). */
guint64 anz_image_kernel_tables(const AnzImage *image);

/**
 * anz_image_walk_tables:
 * @root: physical address of the top table
 *
 * Visits the tree below @root in the order of addresses.  Each table is read once and whole.  A tree
 * that leads back into itself is visited as often as it does: the visitor's table() is to know what
 * it has seen.
 *
 * An entry without the hardware's present bit is present all the same when the kernel made it so to
 * get a fault (PROT_NONE, NUMA balancing, a huge page being split).  x86-64: _PAGE_PROTNONE is
 * bit 8, and the address bits of such entries are inverted (arch/x86/include/asm/pgtable-invert.h).
 * aarch64: bit 58 before 6.11; since then bit 11, which a swap entry never has (asm/pgtable-prot.h,
 * PTE_PRESENT_INVALID); among pages both keep bit 1, which a swap entry never has either.
 *
 * Returns: %FALSE if the walk was ended by the visitor or cannot be done.
 */
gboolean anz_image_walk_tables(AnzImage *image, AnzTableHalf half, guint64 root,
			       const AnzTableVisitor *visitor, gpointer data);

/**
 * anz_image_translate_in:
 *
 * The one entry of the tree below @root that stands for @vaddr: as anz_image_walk_tables() would
 * visit it.
 *
 * Returns: %FALSE if it is empty, or if a table is not in the dump.
 */
gboolean anz_image_translate_in(AnzImage *image, AnzTableHalf half, guint64 root, guint64 vaddr,
				AnzTableEntry *entry);

#endif
