/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The kernel's BTF out of its own dump: it lies in the image, between two symbols of the
 * linker script (include/asm-generic/vmlinux.lds.h, BTF).
 */
#include "image/vmcoreinfo.h"
#include "types/btf-types.h"

#define MAX_BTF_BYTES ((guint64)256 << 20)	/* 5 to 10 MB are usual */

static gboolean find(AnzTypeProvider *kallsyms, const char *name, guint64 slide,
		     guint64 *address)
{
	AnzSymbol symbol;

	if (!kallsyms->ops->symbol(kallsyms, name, &symbol))
		return FALSE;
	*address = symbol.value + (symbol.slides ? slide : 0);
	return TRUE;
}

AnzTypeProvider *anz_btf_read(AnzImage *image, guint64 start, guint64 stop, const char *name,
			      AnzTypeProvider *base, GError **error)
{
	g_autofree guint8 *bytes = NULL;

	if (stop < start || stop - start > MAX_BTF_BYTES) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_FORMAT,
			    "BTF of %s lies from 0x%" G_GINT64_MODIFIER "x to 0x%"
			    G_GINT64_MODIFIER "x: senseless", name, start, stop);
		return NULL;
	}
	bytes = g_try_malloc(stop - start);
	if (!bytes || anz_image_read_virt(image, start, bytes, stop - start, NULL) !=
		      stop - start) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_NO_MEMORY_AT,
			    "BTF of %s at 0x%" G_GINT64_MODIFIER "x is not wholly in the dump",
			    name, start);
		return NULL;
	}
	return base ? anz_btf_provider_new_split(bytes, stop - start, name, base, error) :
		      anz_btf_provider_new(bytes, stop - start, name, error);
}

AnzTypeProvider *anz_btf_from_dump(AnzImage *image, AnzTypeProvider *kallsyms, GError **error)
{
	guint64 slide, start, stop;

	anz_vmcoreinfo_kernel_offset(anz_image_vmcoreinfo(image), &slide);
	if (!find(kallsyms, "__start_BTF", slide, &start) ||
	    !find(kallsyms, "__stop_BTF", slide, &stop) || stop == start) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_NO_DEBUG_INFO,
			    "the dumped kernel has no BTF (CONFIG_DEBUG_INFO_BTF)");
		return NULL;
	}
	return anz_btf_read(image, start, stop, "the dump", NULL, error);
}
