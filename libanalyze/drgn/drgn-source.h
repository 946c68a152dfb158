/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A drgn program as a source: its memory for image/ and its types and symbols for types/.  In a build
 * without libdrgn (none.c) opening one says so, and nothing else is different.
 *
 * libdrgn is used by one thread at a time; a lock of this folder sees to that.
 */
#ifndef ANZ_DRGN_SOURCE_H
#define ANZ_DRGN_SOURCE_H

#include "image/image.h"
#include "types/types.h"

struct drgn_program;

typedef struct AnzDrgn AnzDrgn;

/** What "drgn:WHAT" names: "live" or a file; %NULL if @word is no such word. */
const char *anz_drgn_word(const char *word);

/**
 * anz_drgn_open:
 * @what: (nullable): a core dump, or "live"; not used if there is @program
 * @program: (nullable): the caller's, which must outlive the result
 * @vmlinux: (nullable): %NULL-terminated debug files for a program that is opened here; without, drgn
 *	looks for them
 *
 * Returns: (transfer full): %NULL with @error: UNSUPPORTED (no libdrgn, or no kernel's program), IO,
 * NO_DEBUG_INFO, KERNEL, in libdrgn's words.
 */
AnzDrgn *anz_drgn_open(const char *what, struct drgn_program *program, const char *const *vmlinux,
		       GError **error);
void anz_drgn_free(AnzDrgn *drgn);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AnzDrgn, anz_drgn_free)

/** The program's memory, for anz_image_open_callbacks(); lives as long as @drgn. */
const AnzMemory *anz_drgn_memory(const AnzDrgn *drgn);
/** Whether that memory goes on changing. */
gboolean anz_drgn_is_live(const AnzDrgn *drgn);
/** (transfer full): types and symbols; @drgn must outlive them. */
AnzTypes *anz_drgn_types(AnzDrgn *drgn);

#endif
