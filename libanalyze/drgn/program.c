/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A drgn program's memory.  drgn reads what it is asked for or fails, and does not say which memory there
 * is: that stands in the kernel's resource tree, as /proc/iomem has it.  VMCOREINFO is read where the
 * kernel keeps it.
 */
#include "drgn/private.h"

#include <stdlib.h>
#include <string.h>

#define IORESOURCE_SYSTEM_RAM 0x01000200u	/* IORESOURCE_MEM | IORESOURCE_SYSRAM */
#define MAX_RESOURCES 65536
#define MAX_VMCOREINFO 65536

static AnzError code_of(enum drgn_error_code code)
{
	switch (code) {
	case DRGN_ERROR_OS:
		return ANZ_ERROR_IO;
	case DRGN_ERROR_MISSING_DEBUG_INFO:
		return ANZ_ERROR_NO_DEBUG_INFO;
	case DRGN_ERROR_FAULT:
		return ANZ_ERROR_NO_MEMORY_AT;
	case DRGN_ERROR_LOOKUP:
		return ANZ_ERROR_KERNEL;
	default:
		return ANZ_ERROR_UNSUPPORTED;
	}
}

gboolean anz_drgn_check(struct drgn_error *err, const char *what, GError **error)
{
	char *text;

	if (!err)
		return TRUE;
	/* drgn_error_string() has errno and the file, or the address that could not be read. */
	text = drgn_error_string(err);
	g_set_error(error, ANZ_ERROR, code_of(drgn_error_code(err)), "%s: libdrgn: %s%s", what,
		    text ? text : "out of memory",
		    drgn_error_code(err) == DRGN_ERROR_MISSING_DEBUG_INFO ?
		    "; name the kernel's vmlinux with --vmlinux" : "");
	free(text);
	drgn_error_destroy(err);
	return FALSE;
}

gboolean anz_drgn_found(struct drgn_error *err)
{
	if (!err)
		return TRUE;
	drgn_error_destroy(err);
	return FALSE;
}

static gboolean read_with(AnzDrgn *drgn, guint64 address, void *buf, gsize len, gboolean physical)
{
	gboolean ok;

	g_mutex_lock(&drgn->lock);
	ok = anz_drgn_found(drgn_program_read_memory(drgn->program, buf, address, len, physical));
	g_mutex_unlock(&drgn->lock);
	return ok;
}

static gboolean read_physical(guint64 paddr, void *buf, gsize len, gpointer data)
{
	return read_with(data, paddr, buf, len, TRUE);
}

static gboolean read_virtual(guint64 vaddr, void *buf, gsize len, gpointer data)
{
	return read_with(data, vaddr, buf, len, FALSE);
}

/* --- what the kernel says of itself --- */

static gboolean symbol_address(AnzDrgn *drgn, const char *name, guint64 *address, GError **error)
{
	struct drgn_symbol *symbol = NULL;

	if (!anz_drgn_check(drgn_program_find_symbol_by_name(drgn->program, name, &symbol), drgn->name,
			    error))
		return FALSE;
	*address = drgn_symbol_address(symbol);
	drgn_symbol_destroy(symbol);
	return TRUE;
}

static gboolean read_word(AnzDrgn *drgn, guint64 address, guint64 *value, GError **error)
{
	uint64_t word;

	if (!anz_drgn_check(drgn_program_read_u64(drgn->program, address, false, &word), drgn->name,
			    error))
		return FALSE;
	*value = word;
	return TRUE;
}

/* char *vmcoreinfo_data; size_t vmcoreinfo_size (kernel/vmcore_info.c). */
static gboolean read_vmcoreinfo(AnzDrgn *drgn, GError **error)
{
	guint64 data, size;
	const char *offset;

	if (!symbol_address(drgn, "vmcoreinfo_data", &data, error) ||
	    !symbol_address(drgn, "vmcoreinfo_size", &size, error) ||
	    !read_word(drgn, data, &data, error) || !read_word(drgn, size, &size, error))
		return FALSE;
	if (size > MAX_VMCOREINFO) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_KERNEL,
			    "%s: vmcoreinfo_size is 0x%" G_GINT64_MODIFIER "x: senseless", drgn->name,
			    size);
		return FALSE;
	}
	drgn->vmcoreinfo = g_malloc0(size + 1);
	if (!anz_drgn_check(drgn_program_read_memory(drgn->program, drgn->vmcoreinfo, data, size,
						     false), drgn->name, error))
		return FALSE;
	offset = strstr(drgn->vmcoreinfo, "\nKERNELOFFSET=");
	if (offset)
		drgn->kernel_offset = g_ascii_strtoull(strchr(offset, '=') + 1, NULL, 16);
	return TRUE;
}

typedef struct {
	AnzMember start, end, flags, sibling, child;
} Resource;

static gboolean find_members(AnzTypes *types, Resource *r)
{
	return anz_types_member(types, "resource", "start", &r->start) &&
	       anz_types_member(types, "resource", "end", &r->end) &&
	       anz_types_member(types, "resource", "flags", &r->flags) &&
	       anz_types_member(types, "resource", "sibling", &r->sibling) &&
	       anz_types_member(types, "resource", "child", &r->child);
}

/* Every resource once: of memory its range, of others what they hold. */
static gboolean walk_resources(AnzDrgn *drgn, const Resource *r, guint64 root, GError **error)
{
	g_autoptr(GArray) waiting = g_array_new(FALSE, FALSE, sizeof(guint64));
	guint nr = 0;

	g_array_append_val(waiting, root);
	while (waiting->len) {
		guint64 at = g_array_index(waiting, guint64, waiting->len - 1);
		guint64 flags, start, end, next;

		g_array_set_size(waiting, waiting->len - 1);
		if (!at || ++nr > MAX_RESOURCES)
			continue;
		if (!read_word(drgn, at + r->flags.bit_offset / 8, &flags, error) ||
		    !read_word(drgn, at + r->start.bit_offset / 8, &start, error) ||
		    !read_word(drgn, at + r->end.bit_offset / 8, &end, error) ||
		    !read_word(drgn, at + r->sibling.bit_offset / 8, &next, error))
			return FALSE;
		g_array_append_val(waiting, next);
		if ((flags & IORESOURCE_SYSTEM_RAM) == IORESOURCE_SYSTEM_RAM) {
			AnzMemoryRange range = { start, end + 1 };

			if (start <= end)
				g_array_append_val(drgn->ranges, range);
			continue;
		}
		if (!read_word(drgn, at + r->child.bit_offset / 8, &next, error))
			return FALSE;
		g_array_append_val(waiting, next);
	}
	return TRUE;
}

static gboolean find_ranges(AnzDrgn *drgn, GError **error)
{
	g_autoptr(AnzTypes) types = anz_drgn_types(drgn);
	Resource members;
	guint64 root;

	if (!symbol_address(drgn, "iomem_resource", &root, error))
		return FALSE;
	if (!find_members(types, &members)) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_NO_DEBUG_INFO,
			    "%s: libdrgn knows no struct resource; is the kernel's debug information "
			    "loaded?", drgn->name);
		return FALSE;
	}
	if (!walk_resources(drgn, &members, root, error))
		return FALSE;
	if (drgn->ranges->len)
		return TRUE;
	g_set_error(error, ANZ_ERROR, ANZ_ERROR_KERNEL, "%s: no memory in the kernel's resource tree",
		    drgn->name);
	return FALSE;
}

/* --- opening --- */

static gboolean create(AnzDrgn *drgn, const char *what, const char *const *vmlinux, GError **error)
{
	guint nr = vmlinux ? g_strv_length((char **)vmlinux) : 0;
	struct drgn_error *err;

	if (!anz_drgn_check(drgn_program_create(NULL, &drgn->program), drgn->name, error))
		return FALSE;
	drgn->is_owned = TRUE;
	drgn->is_live = strcmp(what, "live") == 0;
	err = drgn->is_live ? drgn_program_set_kernel(drgn->program) :
			      drgn_program_set_core_dump(drgn->program, what);
	if (!anz_drgn_check(err, drgn->name, error))
		return FALSE;
	/* Modules have debug files of their own, which are not needed and may be missing. */
	return anz_drgn_check(drgn_program_load_debug_info(drgn->program, (const char **)vmlinux, nr,
							   false, nr == 0), drgn->name, error);
}

static gboolean check_program(AnzDrgn *drgn, GError **error)
{
	const struct drgn_platform *platform = drgn_program_platform(drgn->program);
	enum drgn_program_flags flags = drgn_program_flags(drgn->program);

	if (!(flags & DRGN_PROGRAM_IS_LINUX_KERNEL) || !platform) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_UNSUPPORTED,
			    "%s: not the program of a Linux kernel", drgn->name);
		return FALSE;
	}
	drgn->is_live |= (flags & DRGN_PROGRAM_IS_LIVE) != 0;
	switch (drgn_platform_arch(platform)) {
	case DRGN_ARCH_X86_64:
		drgn->memory.machine = "x86_64";
		break;
	case DRGN_ARCH_AARCH64:
		drgn->memory.machine = "aarch64";
		break;
	default:
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_UNSUPPORTED,
			    "%s: memory of a machine that is neither x86-64 nor arm64; look at it with "
			    "drgn itself", drgn->name);
		return FALSE;
	}
	drgn->memory.big_endian = !(drgn_platform_flags(platform) & DRGN_PLATFORM_IS_LITTLE_ENDIAN);
	return TRUE;
}

AnzDrgn *anz_drgn_open(const char *what, struct drgn_program *program, const char *const *vmlinux,
		       GError **error)
{
	g_autoptr(AnzDrgn) drgn = g_new0(AnzDrgn, 1);

	g_mutex_init(&drgn->lock);
	drgn->ranges = g_array_new(FALSE, FALSE, sizeof(AnzMemoryRange));
	drgn->name = program ? g_strdup("drgn program") : g_strconcat("drgn:", what, NULL);
	drgn->program = program;
	if ((!program && !create(drgn, what, vmlinux, error)) || !check_program(drgn, error) ||
	    !read_vmcoreinfo(drgn, error) || !find_ranges(drgn, error))
		return NULL;
	drgn->memory.size = sizeof(drgn->memory);
	drgn->memory.name = drgn->name;
	drgn->memory.vmcoreinfo = drgn->vmcoreinfo;
	drgn->memory.ranges = (const AnzMemoryRange *)drgn->ranges->data;
	drgn->memory.nr_ranges = drgn->ranges->len;
	drgn->memory.read_physical = read_physical;
	drgn->memory.read_virtual = read_virtual;
	drgn->memory.data = drgn;
	return g_steal_pointer(&drgn);
}

void anz_drgn_free(AnzDrgn *drgn)
{
	if (!drgn)
		return;
	if (drgn->is_owned)
		drgn_program_destroy(drgn->program);
	g_array_unref(drgn->ranges);
	g_free(drgn->name);
	g_free(drgn->vmcoreinfo);
	g_mutex_clear(&drgn->lock);
	g_free(drgn);
}

const AnzMemory *anz_drgn_memory(const AnzDrgn *drgn)
{
	return &drgn->memory;
}

gboolean anz_drgn_is_live(const AnzDrgn *drgn)
{
	return drgn->is_live;
}

AnzTypes *anz_drgn_types(AnzDrgn *drgn)
{
	AnzTypes *types = anz_types_new();

	anz_types_add_provider(types, anz_drgn_provider_new(drgn));
	return types;
}
