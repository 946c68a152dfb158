/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What walkers of the graph met that cannot be: each kind is a rule of check/, which puts it into words.
 * So many of each kind are kept, all are counted.
 */
#ifndef ANZ_GRAPH_ODDITIES_H
#define ANZ_GRAPH_ODDITIES_H

#include <glib.h>

typedef enum {
	ANZ_ODD_SLAB_CACHE,	/* leads to no cache, or to one that is not on the list of caches */
	ANZ_ODD_SLAB_OBJECTS,	/* more objects, or more of them in use, than its pages hold */
	ANZ_ODD_SLAB_FREELIST,	/* leads out of the slab, amid an object or in circles */
	ANZ_ODD_SLAB_COUNT,	/* freelist of another length than its counters say */
	ANZ_ODD_SLAB_LIST,	/* a node's list of partial slabs: links, or what it leads to */
	ANZ_ODD_SLAB_NR_PARTIAL,/* that list is not as long as its counter says */
	ANZ_ODD_SLAB_NR_SLABS,	/* a node has not as many slabs as its counter says */
	ANZ_ODD_SLAB_UNLISTED,	/* has free objects and is where no allocation looks */
	ANZ_ODD_FILE_MAPPING,	/* a page of the page cache names no file */
	ANZ_ODD_FILE_ENTRY,	/* a file's tree leads to a page that names another place */
	ANZ_ODD_FILE_INDEX,	/* a page is not where it says in its file's tree */
	ANZ_ODD_FILE_NRPAGES,	/* a file's counter is not what its tree holds */
	ANZ_ODD_FILE_TREE,	/* a node of a file's tree makes no sense */
	ANZ_ODD_TABLE_ENTRY,	/* an entry of a page table leads to no page table */
	ANZ_ODD_TABLE_TARGET,	/* a process maps what no process can map */
	ANZ_NR_ODDITIES
} AnzOddityKind;

#define ANZ_MAX_ODDITIES 256	/* of a kind */

typedef struct {
	guint64 pfn;		/* G_MAXUINT64: none */
	guint64 address;	/* of the structure at fault; 0: that page's */
	guint64 seen, expected;	/* by kind */
	guint32 owner;		/* in AnzGraph.owners; 0 none */
	guint32 node;		/* of the slab kinds that are about one */
	const char *what;	/* (nullable): static; what exactly is wrong */
	const char *excuse;	/* (nullable): static; why it does not count */
	guint8 kind;
} AnzOddity;

typedef struct {
	GArray *kept;		/* AnzOddity */
	guint64 met[ANZ_NR_ODDITIES];
	guint64 excused[ANZ_NR_ODDITIES];	/* of those that are only counted: with an excuse */
	guint64 looked[ANZ_NR_ODDITIES];	/* times something could have been met */
	guint64 unread[ANZ_NR_ODDITIES];	/* times the dump does not have what to look at */
} AnzOddities;

static inline void anz_oddities_note(AnzOddities *oddities, AnzOddity oddity)
{
	if (++oddities->met[oddity.kind] <= ANZ_MAX_ODDITIES)
		g_array_append_val(oddities->kept, oddity);
	else if (oddity.excuse)
		oddities->excused[oddity.kind]++;
}

#endif
