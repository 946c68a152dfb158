/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * VMCOREINFO: the text that a kernel leaves in its dumps for readers like this one.  Lines are
 * KEY=value; NUMBER, SIZE, OFFSET and LENGTH are signed decimal (but 0x... is accepted, because
 * NUMBER(VMALLOC_START) is hex), SYMBOL and KERNELOFFSET hex without 0x.
 * Source: kernel/vmcore_info.c (crash_core.c before 6.9).
 */
#ifndef ANZ_VMCOREINFO_H
#define ANZ_VMCOREINFO_H

#include "image/image.h"

/** Parses @len bytes of text (need not be NUL-terminated; cut lines are dropped).  Never fails. */
AnzVmcoreinfo *anz_vmcoreinfo_parse(const char *text, gsize len);
void anz_vmcoreinfo_free(AnzVmcoreinfo *info);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AnzVmcoreinfo, anz_vmcoreinfo_free)

gboolean anz_vmcoreinfo_is_empty(const AnzVmcoreinfo *info);
/** The value after KEY=, or NULL: anz_vmcoreinfo_line(info, "OSRELEASE"). */
const char *anz_vmcoreinfo_line(const AnzVmcoreinfo *info, const char *key);
gboolean anz_vmcoreinfo_number(const AnzVmcoreinfo *info, const char *name, gint64 *value);
gboolean anz_vmcoreinfo_symbol(const AnzVmcoreinfo *info, const char *name, guint64 *value);
gboolean anz_vmcoreinfo_size(const AnzVmcoreinfo *info, const char *name, guint64 *value);
gboolean anz_vmcoreinfo_offset(const AnzVmcoreinfo *info, const char *member, guint64 *value);
gboolean anz_vmcoreinfo_length(const AnzVmcoreinfo *info, const char *name, guint64 *value);
/** KERNELOFFSET=, hex; 0 with %FALSE when absent. */
gboolean anz_vmcoreinfo_kernel_offset(const AnzVmcoreinfo *info, guint64 *value);
/** Calls @func for every KEY=value in file order. */
void anz_vmcoreinfo_foreach(const AnzVmcoreinfo *info,
			    void (*func)(const char *key, const char *value, gpointer data),
			    gpointer data);

#endif
