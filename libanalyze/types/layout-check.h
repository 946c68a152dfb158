/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Do layouts belong to a dump?  Type information without a build-id is held against what
 * VMCOREINFO states: some fifty sizes and offsets of the dumped kernel's own structs.
 */
#ifndef ANZ_TYPES_LAYOUT_CHECK_H
#define ANZ_TYPES_LAYOUT_CHECK_H

#include "image/vmcoreinfo.h"
#include "types/types.h"

/**
 * anz_types_check_layouts:
 * @conflict: (out) (transfer full): the first statement that differs, in words, or %NULL
 *
 * Returns: how many statements agree.
 */
guint anz_types_check_layouts(AnzTypes *types, const AnzVmcoreinfo *info, char **conflict);

#endif
