/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "check/record.h"

#define MAX_STRUCT_PAGE 128

gboolean anz_page_record_read(AnzKernel *kernel, guint64 pfn, AnzPageRecord *record)
{
	const AnzPageFormat *f = &kernel->format;
	guint64 address = anz_kernel_page_address(kernel, pfn);
	guint8 raw[MAX_STRUCT_PAGE];
	gboolean big = f->big_endian;

	if (!address || f->stride > sizeof(raw) || !anz_kernel_read(kernel, address, raw, f->stride))
		return FALSE;
	*record = (AnzPageRecord){
		.pfn = pfn,
		.address = address,
		.flags = anz_load64(raw + f->flags, big),
		.mapping = anz_load64(raw + f->mapping, big),
		.private_word = anz_load64(raw + f->private_word, big),
		.next = anz_load64(raw + f->list, big),
		.prev = anz_load64(raw + f->list + 8, big),
		.type = anz_load32(raw + f->page_type, big),
		.refcount = anz_load32(raw + f->refcount, big),
	};
	return TRUE;
}

char *anz_page_record_not_free(const AnzKernel *kernel, const AnzPageRecord *record)
{
	guint64 flags = record->flags & kernel->format.f_check;

	if (record->refcount)
		return g_strdup_printf("refcount %d", record->refcount);
	if (record->mapping)
		return g_strdup_printf("mapping 0x%" G_GINT64_MODIFIER "x", record->mapping);
	if (record->type != G_MAXUINT32)
		return g_strdup_printf("page type or mapcount 0x%08x", record->type);
	if (flags)
		return g_strdup_printf("flags 0x%" G_GINT64_MODIFIER "x", flags);
	return NULL;
}
