/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A file's DWARF and .symtab as a source for AnzTypes.
 */
#ifndef ANZ_TYPES_DWARF_TYPES_H
#define ANZ_TYPES_DWARF_TYPES_H

#include "types/elf-file.h"
#include "types/provider.h"

/**
 * anz_dwarf_provider_new:
 * @file: (transfer full): holds DWARF
 * @symbols_file: (transfer full) (nullable): where to take .symtab from if @file has none
 *
 * Returns: (transfer full): %NULL with @error NO_DEBUG_INFO or FORMAT; both files are
 * freed then.
 */
AnzTypeProvider *anz_dwarf_provider_new(AnzElfFile *file, AnzElfFile *symbols_file,
					GError **error);

#endif
