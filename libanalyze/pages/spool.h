/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Arrays that grow with the machine (descriptors, claims, stretches of one owner) and share a budget of
 * memory.  One that does not fit lies in a file without a name, which is mapped: it is used as before, and
 * the kernel may take its pages away as it may those of the dump.  What an analysis finds does not
 * depend on where its arrays lie.
 *
 * A room and its spools belong to one thread; others may read while that one does not write.
 */
#ifndef ANZ_PAGES_SPOOL_H
#define ANZ_PAGES_SPOOL_H

#include <glib.h>

/** What spools share; each holds a reference to it. */
typedef struct AnzSpoolRoom AnzSpoolRoom;

/**
 * anz_spool_room_new:
 * @budget_bytes: of memory, for all its spools together
 *
 * Returns: (transfer full)
 */
AnzSpoolRoom *anz_spool_room_new(guint64 budget_bytes);
void anz_spool_room_unref(AnzSpoolRoom *room);

/**
 * anz_spool_room_set_folder:
 * @folder: (nullable): for files, from now on; %NULL: for temporary files
 */
void anz_spool_room_set_folder(AnzSpoolRoom *room, const char *folder);

/**
 * anz_spool_room_set_cancel:
 * @cancel: (nullable): when it is not 0, spools stay in memory rather than be written to a file; must outlive the
 *	room
 */
void anz_spool_room_set_cancel(AnzSpoolRoom *room, const gint *cancel);

/** How many bytes spools have in memory, and have in files. */
guint64 anz_spool_room_memory_bytes(const AnzSpoolRoom *room);
guint64 anz_spool_room_file_bytes(const AnzSpoolRoom *room);

/** Why spools stayed in memory beyond the budget, for people; %NULL: none did. */
const char *anz_spool_room_trouble(const AnzSpoolRoom *room);

/** Elements one after another; read these two, and anz_spool_index(). */
typedef struct {
	char *data;
	guint len;	/* elements */
} AnzSpool;

/** Element @i, as g_array_index(); valid until the next is added. */
#define anz_spool_index(spool, Type, i) (((Type *)(gpointer)(spool)->data)[i])

/** An empty one; @room (nullable): without, it stays in memory.  No memory at all is fatal, as it is to GArray. */
AnzSpool *anz_spool_new(AnzSpoolRoom *room, guint element_bytes);
void anz_spool_free(AnzSpool *spool);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AnzSpool, anz_spool_free)

/** Adds copies of @nr elements, which must not be the spool's own. */
void anz_spool_append(AnzSpool *spool, gconstpointer elements, guint nr);
/** To a smaller length, or to a larger one with elements of zero bytes. */
void anz_spool_set_len(AnzSpool *spool, guint len);
/** Drops all elements, and the memory and the file that held them. */
void anz_spool_clear(AnzSpool *spool);

/** Stable. */
void anz_spool_sort(AnzSpool *spool, GCompareDataFunc compare, gpointer data);

#endif
