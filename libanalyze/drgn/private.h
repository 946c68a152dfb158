/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the two halves of the backend share. */
#ifndef ANZ_DRGN_PRIVATE_H
#define ANZ_DRGN_PRIVATE_H

#include <drgn.h>

#include "drgn/drgn-source.h"
#include "types/provider.h"

/**
 * AnzDrgn:
 * @kernel_offset: how far the kernel was moved, as VMCOREINFO has it
 * @lock: around every call of libdrgn
 */
struct AnzDrgn {
	struct drgn_program *program;
	gboolean is_owned;
	gboolean is_live;
	AnzMemory memory;
	GArray *ranges;		/* AnzMemoryRange */
	char *name, *vmcoreinfo;
	guint64 kernel_offset;
	GMutex lock;
};

/** Takes @err, which may be %NULL, into @error; returns whether there was none. */
gboolean anz_drgn_check(struct drgn_error *err, const char *what, GError **error);
/** The same for what may as well not be there. */
gboolean anz_drgn_found(struct drgn_error *err);

/** Types and symbols of @drgn. */
AnzTypeProvider *anz_drgn_provider_new(AnzDrgn *drgn);

#endif
