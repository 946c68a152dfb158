/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Types that only modules have: struct zram, the inodes of a file system that is not built in.  They are
 * in the BTF that each module brings along, which is split from the kernel's.
 */
#ifndef ANZ_KERNEL_MODULE_TYPES_H
#define ANZ_KERNEL_MODULE_TYPES_H

#include "kernel/kernel.h"

typedef struct AnzModuleTypes AnzModuleTypes;

/**
 * anz_module_type:
 * @name: of a struct or union; "MODULE:NAME" for that of one module
 * @origin: (out) (optional) (transfer full): for people: "module zram", and which modules have another
 *	type of that name
 *
 * The kernel's own types are not looked through.  Of several modules the first by name counts.  Reads
 * BTF when first asked, of all modules if none is named.
 *
 * Returns: (nullable): lives as long as @kernel
 */
const AnzType *anz_module_type(AnzKernel *kernel, const char *name, char **origin);

/** For people, after no @name was found: how many modules were asked, or why none. */
char *anz_module_types_summary(AnzKernel *kernel, const char *name);

void anz_module_types_free(AnzModuleTypes *types);

#endif
