/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/record.h"

#include <string.h>

/* No structure that memory management keeps per object is larger. */
#define MAX_RECORD (64 << 10)
/* anz_member_load() may look at the eight bytes around a member. */
#define SLACK 16

static void set_field(AnzField *field)
{
	field->known = TRUE;
	field->offset = field->member.bit_offset / 8;
	field->member.bit_offset %= 8;
}

gboolean anz_field_of(const AnzType *type, const char *path, AnzField *field)
{
	memset(field, 0, sizeof(*field));
	if (!anz_type_member(type, path, &field->member))
		return FALSE;
	set_field(field);
	return TRUE;
}

gboolean anz_field(AnzKernel *kernel, const char *type, const char *paths, AnzField *field)
{
	g_auto(GStrv) each = g_strsplit(paths, "|", 0);

	memset(field, 0, sizeof(*field));
	for (guint i = 0; each[i]; i++) {
		g_autofree char *name = NULL;

		if (!anz_types_member(kernel->types, type, each[i], &field->member))
			continue;
		name = g_strdup_printf("%s.%s", type, each[i]);
		set_field(field);
		anz_kernel_fact(kernel, name, "DWARF", "%" G_GUINT64_FORMAT, field->offset);
		return TRUE;
	}
	return FALSE;
}

void anz_record_init(AnzRecord *record, AnzKernel *kernel, guint64 size)
{
	record->kernel = kernel;
	record->address = 0;
	record->size = MIN(size, MAX_RECORD);
	record->len = 0;
	record->bytes = g_malloc0(record->size + SLACK);
}

gboolean anz_record_init_type(AnzRecord *record, AnzKernel *kernel, const char *type)
{
	const AnzType *found = anz_types_find(kernel->types, type);

	anz_record_init(record, kernel, found ? found->size : 0);
	return record->size > 0;
}

void anz_record_clear(AnzRecord *record)
{
	g_clear_pointer(&record->bytes, g_free);
	record->size = record->len = 0;
}

gboolean anz_record_read(AnzRecord *record, guint64 vaddr)
{
	record->address = anz_kernel_untag(record->kernel, vaddr);
	record->len = anz_image_read_virt(record->kernel->image, record->address, record->bytes,
					  record->size, NULL);
	return record->len > 0;
}

gboolean anz_record_has(const AnzRecord *record, const AnzField *field)
{
	return field->known && field->offset +
	       (field->member.bit_offset + field->member.bit_size + 7) / 8 <= record->len;
}

guint64 anz_record_get(const AnzRecord *record, const AnzField *field)
{
	if (!anz_record_has(record, field))
		return 0;
	return anz_member_load(&field->member, record->bytes + field->offset,
			       record->kernel->big_endian);
}

char *anz_record_text(const AnzRecord *record, const AnzField *field)
{
	if (!anz_record_has(record, field))
		return NULL;
	return g_strndup((const char *)record->bytes + field->offset, field->member.bit_size / 8);
}

gboolean anz_kernel_walk_list(AnzKernel *kernel, guint64 head, guint64 member, guint64 max,
			      AnzListFunc func, gpointer data)
{
	guint64 at = head;

	for (guint64 i = 0; i <= max; i++) {
		if (!anz_kernel_read_u64(kernel, at, &at) || !at)
			return FALSE;
		at = anz_kernel_untag(kernel, at);
		if (at == head || !func(at - member, data))
			return TRUE;
	}
	return FALSE;
}
