/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The memory-descriptor format of this dump, resolved: shape of struct page, meaning of the word's
 * types, place of a free page's links.  memdesc-format.md is normative; what it marks [C] is this
 * project's convention and is called so in the facts.
 */
#ifndef ANZ_MEMDESC_FORMAT_H
#define ANZ_MEMDESC_FORMAT_H

#include "kernel/memdesc-tables.h"
#include "types/types.h"

#define ANZ_MEMDESC_MAX_TYPES 64
#define ANZ_MEMDESC_MAX_SUBTYPES 128

typedef enum {
	ANZ_SHAPE_CLASSIC,
	ANZ_SHAPE_MEMDESC32,
	ANZ_SHAPE_MEMDESC16,
	ANZ_SHAPE_MEMDESC8,
} AnzPageShape;

typedef enum {
	ANZ_MEMDESC_UNASSIGNED,
	ANZ_MEMDESC_INLINE,
	ANZ_MEMDESC_EMBEDDED,
	ANZ_MEMDESC_POINTER,
} AnzMemdescKind;

/** What one type number means on this dump. */
typedef struct {
	AnzMemdescKind kind;
	guint8 page_class;
	const char *name;		/* "PageTable" */
	const char *struct_name;	/* descriptor found in the type info, or %NULL */
	const AnzType *type;		/* of struct_name */
	gboolean has_extent;		/* the descriptor states pfn and order */
	AnzMember pfn, order;
	guint read_bytes;		/* of the descriptor, enough for the members below */
	guint small_bytes;		/* of that of a single page: without what only larger ones have */
	gboolean has_flags;
	AnzMember flags;		/* of a folio */
	gboolean has_mapping;
	AnzMember mapping;		/* of a folio */
	guint nr_mapcounts, nr_small_mapcounts;
	AnzMember mapcounts[4];		/* of a folio: s32, minus one; those of a single page first */
} AnzMemdescType;

/** A member of a folio of several pages that says something: (value & mask) == wanted. */
typedef struct {
	guint64 mask;			/* 0: there is none */
	guint64 wanted;
	AnzMember member;
} AnzFolioMark;

typedef enum {
	ANZ_LINKS_LIST,			/* struct list_head: addresses of the neighbour's member */
	ANZ_LINKS_POINTER,		/* addresses of the neighbour's struct page, tagged */
	ANZ_LINKS_PFN,			/* frame numbers, all ones is the head */
} AnzLinkKind;

/** Where links and order of a listed page stand. */
typedef struct {
	AnzLinkKind kind;
	gboolean zone_relative;
	AnzWordField next, prev, order, order0, second_flag, second_order;
} AnzLinkFormat;

typedef struct {
	AnzPageShape shape;
	guint32 word;			/* offset of the word in struct page */
	guint nr_words;			/* 64-bit words of one struct page that links may use */
	guint type_bits;
	AnzMemdescType types[ANZ_MEMDESC_MAX_TYPES];
	guint8 misc_class[ANZ_MEMDESC_MAX_SUBTYPES];	/* ANZ_NR_CLASSES: unassigned */
	const char *misc_name[ANZ_MEMDESC_MAX_SUBTYPES];
	guint node_shift, node_bits, zone_shift, zone_bits;	/* on top of a Misc word */
	AnzLinkFormat links;
	/* memdesc32 only; ANZ_ABSENT_OFFSET where there is none */
	guint32 flags, refcount, private_word, buddy_list, pcp_list;
	const char *table;		/* "wiki2025", or "enumerators" */
	const char *buddy;		/* "pfn8-zone" */
	gboolean vmemmap_descriptors;	/* MEMDESC_DESCRIPTORS=vmemmap: not slab objects */
	guint64 f_swapcache, f_swapbacked, f_hugetlb, f_hwpoison;	/* of folio or page flags */
	AnzFolioMark hugetlb;		/* of folios that still overlay struct page */
} AnzMemdescFormat;

/* Fields of a Misc word [P], counted from the end of its type. */
#define ANZ_MISC_SUBTYPE_SHIFT 0
#define ANZ_MISC_SUBTYPE_MASK 0x7f
#define ANZ_MISC_MAPPED_SHIFT 7
#define ANZ_MISC_ORDER_SHIFT 8
#define ANZ_MISC_ORDER_MASK 0x3f
#define ANZ_MISC_RESERVED_SHIFT 14

/** Value of @field in the words of one struct page. */
static inline guint64 anz_word_field(const AnzWordField *field, const guint64 *words)
{
	if (!field->bits)
		return 0;
	return words[field->word] >> field->shift &
	       (field->bits > 63 ? ~0ull : (1ull << field->bits) - 1);
}

#endif
