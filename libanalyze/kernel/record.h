/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Structures of the dumped kernel, one at a time: the members of a type are looked up once, then
 * each structure is one read and its members are loads from that copy.  For walkers that meet
 * thousands of structures; anz_kernel_read_member() serves where one value is wanted.
 */
#ifndef ANZ_KERNEL_RECORD_H
#define ANZ_KERNEL_RECORD_H

#include "kernel/kernel.h"

/** One member, looked up.  All zeros is a member that this kernel does not have. */
typedef struct {
	gboolean known;
	guint64 offset;		/* bytes, of the byte that holds its first bit */
	AnzMember member;	/* bit_offset counted from that byte */
} AnzField;

/**
 * anz_field:
 * @type: a struct or union name
 * @paths: one path, or several parted by '|' of which the first that this kernel has is taken
 *	("index|__folio_index"): names change between releases, meanings do not
 * @field: (out): zeroed if there is none
 *
 * What is found becomes a fact.
 *
 * Returns: whether it is known.
 */
gboolean anz_field(AnzKernel *kernel, const char *type, const char *paths, AnzField *field);

/** The same, of a type at hand, and no fact: %FALSE if @type is %NULL or has no member @path. */
gboolean anz_field_of(const AnzType *type, const char *path, AnzField *field);

/** A copy of one structure, or of its first bytes. */
typedef struct {
	AnzKernel *kernel;
	guint64 address;	/* untagged */
	gsize size;		/* bytes wanted */
	gsize len;		/* bytes read: less if the end is not in the dump */
	guint8 *bytes;
} AnzRecord;

/**
 * anz_record_init:
 * @size: bytes of the structure; at most 64 KiB of it are used
 */
void anz_record_init(AnzRecord *record, AnzKernel *kernel, guint64 size);
/** The same with the size of struct @type; %FALSE, and a record that reads nothing, without one. */
gboolean anz_record_init_type(AnzRecord *record, AnzKernel *kernel, const char *type);
void anz_record_clear(AnzRecord *record);

/** Reads the structure at @vaddr.  %FALSE if not a byte of it is in the dump. */
gboolean anz_record_read(AnzRecord *record, guint64 vaddr);
/** Whether @field is known and its bytes were read. */
gboolean anz_record_has(const AnzRecord *record, const AnzField *field);
/** Its value; 0 if it is not known or was not read.  Signed members are sign-extended. */
guint64 anz_record_get(const AnzRecord *record, const AnzField *field);

/** A text member (char name[16]), NUL-terminated here; %NULL if it was not read. */
char *anz_record_text(const AnzRecord *record, const AnzField *field);

/**
 * AnzListFunc:
 * @entry: address of the structure that the list_head lies in
 *
 * Returns: whether to go on.
 */
typedef gboolean (*AnzListFunc)(guint64 entry, gpointer data);

/**
 * anz_kernel_walk_list:
 * @head: address of a struct list_head
 * @member: offset of the list_head in its structures
 * @max: elements at most; a list that is longer is taken for broken
 *
 * Follows next pointers.  Ends at the head, at an address that cannot be read, at NULL, or after
 * @max elements.
 *
 * Returns: %TRUE if the walk came back to the head or @func ended it.
 */
gboolean anz_kernel_walk_list(AnzKernel *kernel, guint64 head, guint64 member, guint64 max,
			      AnzListFunc func, gpointer data);

/** The copy of cpu @cpu of the per-cpu variable or pointer @percpu. */
static inline guint64 anz_kernel_percpu(const AnzKernel *kernel, guint64 percpu, guint cpu)
{
	return percpu + kernel->percpu_offset[cpu];
}

#endif
