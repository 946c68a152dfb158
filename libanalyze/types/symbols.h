/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The symbols of one ELF file by name and by address.
 */
#ifndef ANZ_TYPES_SYMBOLS_H
#define ANZ_TYPES_SYMBOLS_H

#include "types/elf-file.h"
#include "types/provider.h"

typedef struct AnzSymbols AnzSymbols;

/** @file must outlive the result.  Returns %NULL if it has no usable .symtab. */
AnzSymbols *anz_symbols_new(AnzElfFile *file);
void anz_symbols_free(AnzSymbols *symbols);

gboolean anz_symbols_find(AnzSymbols *symbols, const char *name, AnzSymbol *out);
/** The nearest symbol at or below run-time @address, within its size when it has one. */
const char *anz_symbols_at(AnzSymbols *symbols, guint64 address, guint64 slide,
			   guint64 *offset);

#endif
