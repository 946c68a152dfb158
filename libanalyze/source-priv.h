/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An open source: the dump's bytes, its kernel's types, and what was resolved from both. */
#ifndef ANZ_SOURCE_PRIV_H
#define ANZ_SOURCE_PRIV_H

#include <analyze/analysis.h>

#include "kernel/kernel.h"

struct AnzSource {
	AnzImage *image;
	AnzTypes *types;
	AnzKernel *kernel;
	struct AnzDrgn *drgn;	/* what image and types read through; or NULL */
	char **paths;
	gboolean is_callers;	/* memory that the caller reads; paths is its name */
	const gint *cancel;
	void (*log)(const char *line, gpointer data);
	gpointer log_data;
	gboolean partial;
	char *memdesc_table, *buddy_layout;	/* as the caller said; or NULL */
	gboolean is_analysed;	/* at least once */
};

#endif
