/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Layout look-ups and typed reads.  Type info answers first, VMCOREINFO second (memdesc-format.md:
 * the order of sources); what was used is recorded as a fact.
 */
#include <string.h>

#include "kernel/kernel.h"

const char *anz_kernel_layout_origin(const AnzKernel *kernel)
{
	const char *kind = anz_types_kind(kernel->types);

	return kind ? kind : "VMCOREINFO";
}

gboolean anz_kernel_member(AnzKernel *kernel, const char *type, const char *path,
			   guint64 *offset, guint64 *size)
{
	g_autofree char *name = g_strdup_printf("%s.%s", type, path);
	AnzMember member;
	guint64 value;

	if (anz_types_member(kernel->types, type, path, &member)) {
		if (member.is_bitfield || member.bit_offset % 8)
			return FALSE;
		*offset = member.bit_offset / 8;
		if (size)
			*size = member.bit_size / 8;
		anz_kernel_fact(kernel, name, anz_kernel_layout_origin(kernel), "%" G_GUINT64_FORMAT, *offset);
		return TRUE;
	}
	if (anz_vmcoreinfo_offset(kernel->vmcoreinfo, name, &value)) {
		*offset = value;
		if (size)
			*size = 0;
		anz_kernel_fact(kernel, name, "VMCOREINFO", "%" G_GUINT64_FORMAT, value);
		return TRUE;
	}
	return FALSE;
}

gboolean anz_kernel_sizeof(AnzKernel *kernel, const char *type, guint64 *size)
{
	g_autofree char *name = g_strdup_printf("SIZE(%s)", type);
	const AnzType *found = anz_types_find(kernel->types, type);

	if (found && found->size) {
		*size = found->size;
		anz_kernel_fact(kernel, name, anz_kernel_layout_origin(kernel), "%" G_GUINT64_FORMAT, *size);
		return TRUE;
	}
	if (anz_vmcoreinfo_size(kernel->vmcoreinfo, type, size)) {
		anz_kernel_fact(kernel, name, "VMCOREINFO", "%" G_GUINT64_FORMAT, *size);
		return TRUE;
	}
	return FALSE;
}

gboolean anz_kernel_array_len(AnzKernel *kernel, const char *type, const char *path,
			      guint64 *nr_elems, guint64 *elem_size)
{
	g_autofree char *name = g_strdup_printf("%s.%s", type, path);
	AnzMember member;

	if (anz_types_member(kernel->types, type, path, &member) && member.type &&
	    member.type->kind == ANZ_TYPE_ARRAY && member.type->target) {
		*nr_elems = member.type->nr_elems;
		*elem_size = member.type->target->size;
		g_free(name);
		name = g_strdup_printf("LENGTH(%s.%s)", type, path);
		anz_kernel_fact(kernel, name, anz_kernel_layout_origin(kernel), "%" G_GUINT64_FORMAT, *nr_elems);
		return TRUE;
	}
	if (anz_vmcoreinfo_length(kernel->vmcoreinfo, name, nr_elems)) {
		*elem_size = 0;
		anz_kernel_fact(kernel, name, "VMCOREINFO", "%" G_GUINT64_FORMAT, *nr_elems);
		return TRUE;
	}
	return FALSE;
}

gboolean anz_kernel_symbol(AnzKernel *kernel, const char *name, guint64 *address)
{
	return anz_vmcoreinfo_symbol(kernel->vmcoreinfo, name, address) ||
	       anz_types_symbol(kernel->types, name, address);
}

gboolean anz_kernel_enumerator(AnzKernel *kernel, const char *enum_name, const char *name,
			       gint64 *value)
{
	if (anz_types_enumerator(kernel->types, enum_name, name, value)) {
		anz_kernel_fact(kernel, name, anz_kernel_layout_origin(kernel), "%" G_GINT64_FORMAT, *value);
		return TRUE;
	}
	if (anz_vmcoreinfo_number(kernel->vmcoreinfo, name, value)) {
		anz_kernel_fact(kernel, name, "VMCOREINFO", "%" G_GINT64_FORMAT, *value);
		return TRUE;
	}
	return FALSE;
}

guint64 anz_kernel_untag(const AnzKernel *kernel, guint64 vaddr)
{
	/* Bit 55 tells kernel addresses from others; the byte above it is ignored by the machine. */
	if (anz_image_arch(kernel->image) == ANZ_ARCH_AARCH64 && vaddr >> 55 & 1)
		return vaddr | 0xffull << 56;
	return vaddr;
}

gboolean anz_kernel_read(AnzKernel *kernel, guint64 vaddr, void *buf, gsize len)
{
	vaddr = anz_kernel_untag(kernel, vaddr);
	return anz_image_read_virt(kernel->image, vaddr, buf, len, NULL) == len;
}

gboolean anz_kernel_read_u64(AnzKernel *kernel, guint64 vaddr, guint64 *value)
{
	guint8 raw[8];

	if (!anz_kernel_read(kernel, vaddr, raw, sizeof(raw)))
		return FALSE;
	*value = anz_load64(raw, kernel->big_endian);
	return TRUE;
}

gboolean anz_kernel_read_u32(AnzKernel *kernel, guint64 vaddr, guint32 *value)
{
	guint8 raw[4];

	if (!anz_kernel_read(kernel, vaddr, raw, sizeof(raw)))
		return FALSE;
	*value = anz_load32(raw, kernel->big_endian);
	return TRUE;
}

gboolean anz_kernel_read_ulong(AnzKernel *kernel, guint64 vaddr, guint64 *value)
{
	return anz_kernel_read_u64(kernel, vaddr, value);
}

gboolean anz_kernel_read_member(AnzKernel *kernel, guint64 address, const char *type,
				const char *path, guint64 *value)
{
	AnzMember member;
	guint64 offset, first, last;
	guint8 raw[16];

	if (!anz_types_member(kernel->types, type, path, &member)) {
		/* VMCOREINFO gives no widths; what it exports of this kind is unsigned long. */
		if (!anz_kernel_member(kernel, type, path, &offset, NULL))
			return FALSE;
		return anz_kernel_read_ulong(kernel, address + offset, value);
	}
	if (!member.bit_size || member.bit_size > 64)
		return FALSE;
	first = member.bit_offset / 8;
	last = (member.bit_offset + member.bit_size + 7) / 8;
	if (last - first > sizeof(raw) ||
	    !anz_kernel_read(kernel, address + first, raw, last - first))
		return FALSE;
	member.bit_offset -= first * 8;
	*value = anz_member_load(&member, raw, kernel->big_endian);
	return TRUE;
}

char *anz_kernel_read_string(AnzKernel *kernel, guint64 vaddr, gsize max)
{
	g_autofree char *text = g_malloc0(max);
	gsize done = anz_image_read_virt(kernel->image, anz_kernel_untag(kernel, vaddr), text,
					 max - 1, NULL);

	if (!done)
		return NULL;
	text[done] = '\0';
	return g_steal_pointer(&text);
}
