/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A program of libdrgn as a source: whatever drgn can open, and has opened already.  Where libanalyze was
 * built without libdrgn these functions are there and fail with ANZ_ERROR_UNSUPPORTED.
 */
#ifndef ANALYZE_DRGN_H
#define ANALYZE_DRGN_H

#include <analyze/analysis.h>

G_BEGIN_DECLS

struct drgn_program;

/**
 * anz_source_open_drgn:
 * @program: of a Linux kernel, with its debug information loaded; it must stay as it is until the source
 *	is closed, and is not destroyed then
 * @options: for what it says beside paths, memory and type information
 *
 * Memory, types and symbols come from @program.  While the source is in use no other thread may use it.
 *
 * Returns: (transfer full): as anz_source_open(); errors of libdrgn have its words, and the address that
 * could not be read.
 */
AnzSource *anz_source_open_drgn(struct drgn_program *program, const AnzSourceOptions *options,
				GError **error);

G_END_DECLS

#endif
