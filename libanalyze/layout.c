/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The kernel of a source, for programs that read structures of their own. */
#include <analyze/layout.h>

#include "source-priv.h"

gboolean anz_source_is_big_endian(const AnzSource *source)
{
	return source->kernel->big_endian;
}

static void append_line(const char *key, const char *value, gpointer data)
{
	g_string_append_printf(data, "%s=%s\n", key, value);
}

char *anz_source_vmcoreinfo(const AnzSource *source)
{
	GString *text = g_string_new(NULL);

	anz_vmcoreinfo_foreach(source->kernel->vmcoreinfo, append_line, text);
	return g_string_free(text, FALSE);
}

gboolean anz_source_symbol(AnzSource *source, const char *name, guint64 *address)
{
	return anz_kernel_symbol(source->kernel, name, address);
}

gboolean anz_source_type_size(AnzSource *source, const char *type, guint64 *bytes)
{
	const AnzType *found = anz_types_find(source->types, type);

	if (found && found->size) {
		*bytes = found->size;
		return TRUE;
	}
	return anz_vmcoreinfo_size(source->kernel->vmcoreinfo, type, bytes);
}

gboolean anz_source_member(AnzSource *source, const char *type, const char *path,
			   guint64 *bit_offset, guint64 *bit_size)
{
	g_autofree char *name = g_strdup_printf("%s.%s", type, path);
	AnzMember member;
	guint64 offset;

	if (anz_types_member(source->types, type, path, &member)) {
		*bit_offset = member.bit_offset;
		if (bit_size)
			*bit_size = member.bit_size;
		return TRUE;
	}
	if (!anz_vmcoreinfo_offset(source->kernel->vmcoreinfo, name, &offset) ||
	    offset > G_MAXUINT32)
		return FALSE;
	*bit_offset = offset * 8;
	if (bit_size)
		*bit_size = 0;
	return TRUE;
}

gsize anz_source_read_virtual(AnzSource *source, guint64 vaddr, void *buf, gsize len)
{
	return anz_image_read_virt(source->image, anz_kernel_untag(source->kernel, vaddr), buf,
				   len, NULL);
}

guint64 anz_source_struct_page_address(const AnzSource *source, guint64 pfn)
{
	return anz_kernel_page_address(source->kernel, pfn);
}
