/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * DWARF as a source of types: shared by the files dwarf*.c only.
 *
 * dwarf.c answers lookups; dwarf-units.c decides which compile units are read and what is
 * defined in them; dwarf-name.c reads a unit's name cheaply; dwarf-build.c turns a DIE
 * into an AnzType.
 */
#ifndef ANZ_TYPES_DWARF_PRIVATE_H
#define ANZ_TYPES_DWARF_PRIVATE_H

#include <elfutils/libdw.h>
#include <elfutils/libdwfl.h>

#include "types/dwarf-types.h"
#include "types/symbols.h"

/**
 * AnzDwarfUnit:
 * @die_off: of the unit's DIE in its section
 * @in_types: that is .debug_types (type units of DWARF 4), not .debug_info
 * @rank: lower is read first; @order: place in the file
 */
typedef struct {
	Dwarf_Off die_off;
	gboolean in_types;
	guint32 rank;
	guint32 order;
} AnzDwarfUnit;

/**
 * AnzDwarf:
 * @elf: of @dw: of @file, or of the relocated copy that @dwfl made of an object file
 * @units: AnzDwarfUnit in the order of preference; the first @nr_core of them are
 *	searched for every name, the others on demand only; those before @nr_read have
 *	been read
 * @defined: name -> 1 + index into @dies, per name space; keys lie in the file
 * @enums: Dwarf_Die of every enum read, named or not; those before @nr_enums_read are in
 *	@enumerators (name -> gint64 *)
 * @units_seen: DIEs of units read or imported
 * @built: address of a DIE -> AnzType; @building: those not yet complete
 * @shells: the same for types seen through a pointer
 * @garbage: what @built and @shells own
 * @debug_str: .debug_str if a name that does not occur in it is surely not defined, else
 *	%NULL
 * @absent: names (owned) that were looked for there in vain
 */
typedef struct {
	AnzTypeProvider provider;
	char *description;
	AnzElfFile *file;
	AnzElfFile *symbols_file;
	AnzSymbols *symbols;
	Dwfl *dwfl;
	Dwarf *dw;
	Elf *elf;
	GArray *units;
	guint nr_core;
	guint nr_read;
	GHashTable *defined[ANZ_N_TYPE_NS];
	GArray *dies;
	GArray *enums;
	guint nr_enums_read;
	GHashTable *enumerators;
	GHashTable *units_seen;
	GHashTable *built;
	GHashTable *building;
	GHashTable *shells;
	GPtrArray *garbage;
	const char *debug_str;
	gsize debug_str_len;
	GHashTable *absent;
} AnzDwarf;

/* dwarf-name.c */

/**
 * AnzUnitSections: raw bytes of the sections that hold units' names; %NULL where absent.
 */
typedef struct {
	const guint8 *info, *abbrev, *str, *line_str;
	gsize info_len, abbrev_len, str_len, line_str_len;
	gboolean big_endian;
} AnzUnitSections;

/**
 * anz_dwarf_unit_name:
 * @die_off: of the unit's DIE; @abbrev_off: of its abbreviations
 *
 * Returns: (nullable): DW_AT_name of the unit, pointing into @sections; %NULL if it has
 * none or if @unknown was set: a form that only libdw knows.
 */
const char *anz_dwarf_unit_name(const AnzUnitSections *sections, guint64 die_off,
				guint64 abbrev_off, guint8 address_size,
				guint8 offset_size, gboolean *unknown);

/* dwarf-units.c */

/** Lists the units of @d and puts them in order. */
gboolean anz_dwarf_list_units(AnzDwarf *d, GError **error);
/** Reads one more unit's definitions; %FALSE when there is none left below @limit. */
gboolean anz_dwarf_read_unit(AnzDwarf *d, guint limit);

/* dwarf-build.c */

/** The type that @die describes, typedefs and qualifiers resolved; never %NULL. */
const AnzType *anz_dwarf_build(AnzDwarf *d, Dwarf_Die *die);
/** Puts the enumerators of @die into @d->enumerators, first one wins. */
void anz_dwarf_add_enumerators(AnzDwarf *d, Dwarf_Die *die);

#endif
