/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Formats of memory-descriptor words without a kernel; see memdesc-words.h. */
#include "memdesc-words.h"

#include <string.h>

#include <analyze/page-class.h>

AnzMemdescFormat *test_memdesc_format(const char *table, const char *buddy)
{
	AnzMemdescFormat *format = g_new0(AnzMemdescFormat, 1);

	format->type_bits = 4;
	for (const AnzMemdescBuddyRow *row = anz_memdesc_buddy_rows; row->id; row++) {
		if (!g_str_equal(row->id, buddy))
			continue;
		format->nr_words = row->page_size / 8;
		format->shape = row->page_size == 8 ? ANZ_SHAPE_MEMDESC8 :
				row->page_size == 16 ? ANZ_SHAPE_MEMDESC16 : ANZ_SHAPE_MEMDESC32;
		format->links.kind = g_str_equal(row->links, "pointer") ? ANZ_LINKS_POINTER :
				     g_str_equal(row->links, "list") ? ANZ_LINKS_LIST :
				     ANZ_LINKS_PFN;
		format->links.zone_relative = g_str_equal(row->links, "pfn-zone");
		format->links.next = row->next;
		format->links.prev = row->prev;
		format->links.order = row->order;
		format->links.order0 = row->order0;
		format->links.second_flag = row->second_flag;
		format->links.second_order = row->second_order;
	}
	g_assert_cmpuint(format->nr_words, >, 0);
	for (const AnzMemdescTypeRow *row = anz_memdesc_type_rows; row->table; row++) {
		AnzMemdescType *type = &format->types[row->number];

		if (!g_str_equal(row->table, table))
			continue;
		type->name = row->name;
		type->page_class = anz_page_class_from_name(row->page_class);
		type->kind = g_str_equal(row->kind, "inline") ? ANZ_MEMDESC_INLINE :
			     g_str_equal(row->kind, "pointer") ? ANZ_MEMDESC_POINTER :
			     ANZ_MEMDESC_EMBEDDED;
	}
	memset(format->misc_class, ANZ_NR_CLASSES, sizeof(format->misc_class));
	for (const AnzMemdescMiscRow *row = anz_memdesc_misc_rows; row->name; row++)
		format->misc_class[row->subtype] = anz_page_class_from_name(row->page_class);
	format->node_bits = 1;
	format->zone_bits = 2;
	format->node_shift = 63;
	format->zone_shift = 61;
	return format;
}
