/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which words of a machine may be damaged, and what of each kind the rules must notice. */
#ifndef TESTS_CHECK_REGIONS_H
#define TESTS_CHECK_REGIONS_H

#include "stages.h"

/** Words of one kind, all in use. */
typedef struct {
	const char *name;
	guint bits;		/* lowest ones of each, that are damaged */
	guint least;		/* percent of the damage that must be noticed; 0: nothing is promised */
	GArray *places;		/* guint64: of the first byte of each, in the dump */
} Region;

/** Regions of the machine as it was found whole; those that it does not have are left out. */
GArray *regions_find(const Stages *stages);
void regions_free(GArray *regions);

#endif
