/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Tables of kallsyms as kernels have them (scripts/kallsyms.c), little-endian, from a list of
 * symbols.
 */
#ifndef TESTS_KALLSYMS_WRITER_H
#define TESTS_KALLSYMS_WRITER_H

#include "types/kallsyms.h"

#define KALLSYMS_BASE 0xffffffff81000000ull
/* Where the offsets lie, for those that are relative to themselves. */
#define KALLSYMS_OFFSETS (KALLSYMS_BASE + 0x5000)

typedef struct {
	const char *name;	/* with the type's letter before it */
	guint64 address;
} KallsymsEntry;

typedef enum {
	KALLSYMS_RELATIVE,
	KALLSYMS_PERCPU,
	KALLSYMS_SELF,
	KALLSYMS_ABSOLUTE,
} KallsymsEncoding;

/** Blocks to be freed by anz_kallsyms_provider_new(), or by the caller. */
AnzKallsymsTables kallsyms_write(KallsymsEncoding encoding, const KallsymsEntry *list, guint nr);

#endif
