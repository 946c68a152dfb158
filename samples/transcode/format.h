/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The formats that can be written: shapes of struct page, variants of free lists, type tables. */
#ifndef TRANSCODE_FORMAT_H
#define TRANSCODE_FORMAT_H

#include <glib.h>

typedef enum {
	WORD_MISC, WORD_BUDDY, WORD_FILE, WORD_ANON, WORD_KSM, WORD_SLAB, WORD_MOVABLE,
	WORD_PAGE_TABLE, WORD_NET_POOL, WORD_HWPOISON, WORD_PERCPU, WORD_ZPDESC,
	NR_WORD_TYPES
} WordType;

typedef struct {
	const char *name;
	gint8 number[NR_WORD_TYPES];	/* -1: the table has no such type */
} TypeTable;

typedef enum {
	LINKS_LIST,	/* struct list_head in struct page */
	LINKS_POINTER,	/* tagged addresses of struct pages */
	LINKS_PFN,	/* frame numbers, a word each */
	LINKS_PFN8,	/* two of 29 bits in one word */
} LinkKind;

typedef struct {
	const char *name;	/* on the command line */
	const char *buddy;	/* MEMDESC_BUDDY */
	guint bytes;		/* of struct page */
	LinkKind links;
	gboolean next_first;	/* LINKS_POINTER: word 0 holds next */
	gboolean zone_relative;	/* LINKS_PFN8 */
	guint word;		/* offset of the word, and of buddy_list */
	guint refcount;		/* 32 bytes: offset, 0 none */
	guint private_word;	/* 32 bytes: offset of private where it does not overlap the links, or 0 */
	const char *offsets;	/* OFFSET(page.*) lines of VMCOREINFO */
	const char *text;	/* struct page in C */
	const char *struct_buddy;	/* in C; heads of lists are of this type */
} Variant;

const Variant *variant_find(const char *name);
/** Names with a space before each. */
char *variant_names(void);
/** @name: %NULL for the table that @variant has unless told otherwise. */
const TypeTable *table_find(const Variant *variant, const char *name);
const char *word_type_name(WordType type);

#define MISC_RESERVED 0
#define MISC_ZERO_PAGE 1
#define MISC_UNKNOWN 2
#define MISC_VMALLOC 3
#define MISC_GUARD 4
#define MISC_OFFLINE 5
#define MISC_KMALLOC_LARGE 6
#define MISC_UNASSIGNED 127
#define MISC_SUBTYPE_SHIFT 4
#define MISC_MAPPED (1u << 11)
#define MISC_ORDER_SHIFT 12

/* Of the 8-byte variants. */
#define PFN8_BITS 29
#define PFN8_NEXT_SHIFT 4
#define PFN8_PREV_SHIFT 33
#define PFN8_ORDER0 (1ull << 62)
#define PFN8_SECOND (1ull << 63)
#define PFN8_SECOND_ORDER_SHIFT 12

#endif
