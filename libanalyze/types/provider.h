/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The seam between the merged AnzTypes and one source of type information: DWARF of a
 * file, BTF, kallsyms for symbols alone, and whatever else can say where a member lies.  A
 * source fills AnzType trees and answers by name; what it is made of stays in its own
 * file.
 */
#ifndef ANZ_TYPES_PROVIDER_H
#define ANZ_TYPES_PROVIDER_H

#include "types/types.h"

typedef enum {
	ANZ_TYPE_NS_TAG,	/* struct and union tags */
	ANZ_TYPE_NS_ENUM,
	ANZ_TYPE_NS_TYPEDEF,	/* typedefs and base types */
	ANZ_N_TYPE_NS,
} AnzTypeNs;

/**
 * AnzSymbol:
 * @value: link-time address
 * @size: bytes, 0 if unknown
 * @slides: the run-time address is @value plus the slide; %FALSE for absolute values
 */
typedef struct {
	guint64 value;
	guint64 size;
	gboolean slides;
} AnzSymbol;

typedef struct AnzTypeProvider AnzTypeProvider;

/**
 * AnzTypeProviderOps:
 * @kind: (nullable): what its layouts are, in a word: "DWARF", "BTF"; %NULL if it has none
 * @find: (nullable): a complete type by name, or %NULL; @everywhere asks for an exhaustive search.
 *	The type lives as long as the provider.
 * @enumerator: (nullable): value of an enumerator of whatever enum
 * @each_enumerator: (nullable): calls @func for every enumerator whose name begins with @prefix
 * @symbol: (nullable): by name
 * @symbol_at: (nullable): nearest at or below a run-time @address
 * @free: (nullable): with %NULL nothing is freed
 */
typedef struct {
	const char *kind;
	const AnzType *(*find)(AnzTypeProvider *provider, AnzTypeNs ns, const char *name,
			       gboolean everywhere);
	gboolean (*enumerator)(AnzTypeProvider *provider, const char *name,
			       gint64 *value);
	void (*each_enumerator)(AnzTypeProvider *provider, const char *prefix,
				AnzEnumeratorFunc func, gpointer data);
	gboolean (*symbol)(AnzTypeProvider *provider, const char *name, AnzSymbol *out);
	const char *(*symbol_at)(AnzTypeProvider *provider, guint64 address,
				 guint64 slide, guint64 *offset);
	void (*free)(AnzTypeProvider *provider);
} AnzTypeProviderOps;

/**
 * AnzTypeProvider: embedded first in a source's own struct.
 * @description: (owned by the source): what people call it; a file in it has its absolute path
 */
struct AnzTypeProvider {
	const AnzTypeProviderOps *ops;
	const char *description;
};

/** An empty stack, for sources that need no file. */
AnzTypes *anz_types_new(void);

/** For sources that keep enumerators as name -> gint64 *: those with @prefix, by name. */
void anz_provider_each_enumerator(GHashTable *enumerators, const char *prefix,
				  AnzEnumeratorFunc func, gpointer data);

/** Adds @provider (ownership taken) behind those already there: first match wins. */
void anz_types_add_provider(AnzTypes *types, AnzTypeProvider *provider);

/** The @i-th source is the kernel's own, not an overlay: it goes first for symbols. */
void anz_types_set_kernel(AnzTypes *types, guint i);
/** @provider, one of the sources, is the BTF of the very kernel that the image is of. */
void anz_types_set_btf(AnzTypes *types, AnzTypeProvider *provider);
/** (nullable): what was set so. */
AnzTypeProvider *anz_types_btf(AnzTypes *types);
/** The running kernel, which the image is of, hands out its BTF in @folder: "/sys/kernel/btf". */
void anz_types_set_btf_folder(AnzTypes *types, const char *folder);
/** (nullable): what was set so. */
const char *anz_types_btf_folder(AnzTypes *types);
/** What anz_types_missing() is to say. */
void anz_types_set_missing(AnzTypes *types, const char *message);

#endif
