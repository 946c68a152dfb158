/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * BTF as a source of types: shared by the files btf*.c only.
 *
 * btf.c checks the bytes and answers lookups; btf-build.c turns a type number into an
 * AnzType.
 */
#ifndef ANZ_TYPES_BTF_PRIVATE_H
#define ANZ_TYPES_BTF_PRIVATE_H

#include <bpf/btf.h>

#include "types/btf-types.h"
#include "types/symbols.h"

/**
 * AnzBtf:
 * @btf: libbpf's copy, in the byte order of this machine
 * @base: (nullable): what it is split from: lower numbers are that one's types
 * @file: (nullable): the ELF file it is from; @symbols: (nullable): that one's
 * @first_id: its own types' numbers begin here: those of the base are below; 0 is void
 * @nr_types: type numbers are below
 * @signed_enums: whether enums say if they are signed (they do since Linux 6.0)
 * @defined: name -> type number, per name space; keys lie in @btf; %NULL until asked for
 * @enumerators: name -> gint64 *, of all enums; %NULL until asked for
 * @built: by type number less @first_id, @shells: the same for types seen through a pointer
 * @building: type numbers of those not yet complete
 * @garbage: what @built and @shells own
 */
typedef struct AnzBtf AnzBtf;
struct AnzBtf {
	AnzTypeProvider provider;
	char *description;
	struct btf *btf;
	AnzBtf *base;
	AnzElfFile *file;
	AnzSymbols *symbols;
	guint first_id, nr_types;
	gboolean signed_enums;
	GHashTable *defined[ANZ_N_TYPE_NS];
	GHashTable *enumerators;
	const AnzType **built;
	const AnzType **shells;
	GHashTable *building;
	GPtrArray *garbage;
};

/** Name at @offset of the string section; %NULL if it is empty or lies outside. */
const char *anz_btf_name(const AnzBtf *b, guint32 offset);

/* btf-build.c */

/** The type with number @id, typedefs and qualifiers resolved; never %NULL. */
const AnzType *anz_btf_build(AnzBtf *b, guint32 id);

/** Calls @func for every enumerator of @t, which may be of any kind. */
void anz_btf_each_enumerator(const AnzBtf *b, const struct btf_type *t,
			     AnzEnumeratorFunc func, gpointer data);

#endif
