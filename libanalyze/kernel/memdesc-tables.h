/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The rows of schemas/memdesc-*.tsv.  Each array ends with a row whose first member is %NULL. */
#ifndef ANZ_MEMDESC_TABLES_H
#define ANZ_MEMDESC_TABLES_H

#include <glib.h>

typedef struct {
	const char *table;
	guint type_bits;		/* width of the type field, 1 to 6 */
} AnzMemdescTableRow;

typedef struct {
	const char *table;
	guint number;
	const char *name;
	const char *kind;		/* "inline", "embedded", "pointer", "alias" */
	const char *descriptors;	/* struct names, comma-separated, tried in order */
	const char *page_class;
	char status;			/* 'P' published, 'C' convention */
} AnzMemdescTypeRow;

typedef struct {
	const char *name;
	guint subtype;
	const char *page_class;
} AnzMemdescMiscRow;

/** Bits of one word of the page; bits is 0 where there is none. */
typedef struct {
	guint8 word, shift, bits;
} AnzWordField;

typedef struct {
	const char *id;
	guint page_size;
	const char *links;		/* "pointer", "pfn", "pfn-zone", "list" */
	AnzWordField next, prev, order, order0, second_flag, second_order;
} AnzMemdescBuddyRow;

extern const AnzMemdescTableRow anz_memdesc_table_rows[];
extern const AnzMemdescTypeRow anz_memdesc_type_rows[];
extern const AnzMemdescMiscRow anz_memdesc_misc_rows[];
extern const AnzMemdescBuddyRow anz_memdesc_buddy_rows[];

#endif
