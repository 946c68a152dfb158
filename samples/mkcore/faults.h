/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Planted faults: one thing wrong with a machine that is otherwise whole.  Each is named like the rule of
 * `memdesc check` that must find it.
 */
#ifndef MKCORE_FAULTS_H
#define MKCORE_FAULTS_H

#include <stdio.h>

#include "format.h"

/* bytes written over what the machine is */
struct patch {
	guint64 pa, value;
	int width;
};

struct fault {
	const char *name;
	guint64 pfn;	/* the page at fault; NO_PFN: none */
	GArray *patches;	/* struct patch */
};

/* makes fault @name of the machine; %NULL with @error if this machine has nothing to break so */
struct fault *fault_make(struct machine *m, const char *name, GError **error);
void fault_free(struct fault *f);
void fault_plant(struct machine *m, const struct fault *f);

/* names of all faults; ends with NULL */
extern const char *const fault_names[];

/*
 * one line for each patch of each fault that this machine can have: name, pfn or -, physical address,
 * width in bytes, value; numbers in decimal
 */
void faults_list(struct machine *m, FILE *out);

#endif
