/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lookup in the table that is made from schemas/page-classes.tsv. */
#include <analyze/page-class.h>

#include <string.h>

extern const AnzPageClassInfo anz_page_class_table[];

const AnzPageClassInfo *anz_page_class_info(guint page_class)
{
	return page_class < ANZ_NR_CLASSES ? &anz_page_class_table[page_class] : NULL;
}

int anz_page_class_from_name(const char *name)
{
	for (int i = 0; i < ANZ_NR_CLASSES; i++) {
		if (strcmp(anz_page_class_table[i].name, name) == 0)
			return i;
	}
	return -1;
}
